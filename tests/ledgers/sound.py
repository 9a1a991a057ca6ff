"""The sound ledger of the corpus: a little of everything, recorded by the real acts."""

from __future__ import annotations

import random
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from beancount.parser import parser
from sound_credits import SETUP as CREDITS
from sound_credits import wallet_life
from sound_prices import SETUP as PRICES
from sound_runs import SETUP as RUNS
from sound_runs import runs
from sound_subscriptions import SETUP as SUBSCRIPTIONS
from sound_subscriptions import subscribed

from billing_beans.acts.act import Act, Context
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.entitlements import consume_entitlement
from billing_beans.acts.invoices import IssueInvoice, VoidInvoice, draft_invoice, issue_invoice, void_invoice
from billing_beans.acts.money import (
    Refund,
    ReturnPayout,
    allocate_money,
    charge_back,
    fail_refund,
    record_payout,
    refund,
    return_payout,
    reverse_allocation,
    reverse_chargeback,
    reverse_write_off,
    settle_refund,
    write_off,
)
from billing_beans.acts.opening import (
    OpenInvoice,
    OpenMoney,
    open_credits,
    open_deferred,
    open_invoice,
    open_lots,
    open_money,
)
from billing_beans.acts.payments import (
    ReceivePayment,
    RejectPayment,
    receive_payment,
    reject_payment,
    submit_payment,
    verify_payment,
)
from billing_beans.acts.periods import close_period, reopen_period
from billing_beans.acts.revenue import release_revenue
from billing_beans.acts.top_up_rules import Running, RunRules
from billing_beans.books import Books
from billing_beans.core.accounts import Account
from billing_beans.core.clock import FixedClock
from billing_beans.core.facts import Fact
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import parse_money
from billing_beans.credits.opening import OpenCredits
from billing_beans.credits.records import Terms
from billing_beans.entitlements.opening import OpenLots
from billing_beans.entitlements.operations import Consume
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.facts import CreditNoteRendered, DocumentRendered
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.invoicing.writing_off import ReverseWriteOff, WriteOffInvoice
from billing_beans.ledger.codec import encode
from billing_beans.ledger.reading import judge
from billing_beans.ledger.text import open_account
from billing_beans.opening.operations import OpenDeferred
from billing_beans.payments.allocating import AllocateMoney, ReverseAllocation
from billing_beans.payments.chargebacks import ChargeBack, RecordPayout, ReverseChargeback
from billing_beans.payments.facts import Method, ReceiptRendered
from billing_beans.payments.operations import Allocate, SubmitPayment, VerifyPayment
from billing_beans.payments.processor_facts import Held
from billing_beans.payments.processor_operations import HoldEvent, exchanged, fee_told, held
from billing_beans.payments.refunds import FailRefund, RequestRefund, SettleRefund
from billing_beans.periods.operations import ClosePeriod, ReopenPeriod
from billing_beans.revenue.operations import ReleaseRevenue

SETUP = """\
option "title" "A sound ledger"
option "operating_currency" "SGD"
plugin "billing_beans.plugins"

2026-01-01 custom "billing" "book" "example"
  organization: "Example Group"
  livemode: TRUE
  format: 1

2026-01-01 custom "billing" "legal-entity" "sg"
  name: "Example Pte. Ltd."
  address: "1 Raffles Place, Singapore 048616"
  tax-number: "M90000001X"
  country: "SG"
  currency: "SGD"
  time-zone: "Asia/Singapore"
  account: "SG"
  invoice-format: "SG-{year}-{sequence:05d}"
  bank: Assets:SG:Bank:OCBC
2026-01-01 custom "billing" "tax-code" "SG-GST-9"
  rate: 0.09
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "tax-code" "SG-EXEMPT"
  rate: 0.00
  account: Liabilities:SG:Tax:GST

2026-01-01 custom "billing" "product" "placement-credit"
  name: "Placement credits"
  revenue: "on-consumption"
  tax-code: "SG-GST-9"
  entitlement: "PLACEMENT"
2026-01-01 custom "billing" "product" "gig-credit"
  name: "Gig credits"
  revenue: "agent"
  tax-code: "SG-EXEMPT"
  fee-tax-code: "SG-GST-9"
  entitlement: "GIG"
  platform-fee-bps: 1500
2026-01-01 custom "billing" "product" "consulting"
  name: "Consulting, one hour"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "tax-rule" "consulting" "MY"
  tax-code: "SG-EXEMPT"
2026-01-01 custom "billing" "price" "PRICE-1" "placement-credit"
  country: "SG"
  unit-price: 100.00 SGD
2026-01-01 custom "billing" "price" "PRICE-2" "gig-credit"
  unit-price: 20.00 SGD
2026-01-01 custom "billing" "price" "PRICE-3" "consulting"
  unit-price: 150.00 SGD

2026-01-02 custom "billing" "customer" "acme"
  name: "Acme Pte. Ltd."
  country: "SG"
  account: "Acme"
2026-01-02 custom "billing" "bill-to" "acme" "SGD"
  name: "Acme Pte. Ltd."
  address: "2 Shenton Way, Singapore 068804"
2026-01-02 custom "billing" "agreement" "AG-1" "acme"
2026-01-02 custom "billing" "agreement-term" "AG-1" "placement-credit"
  unit-price: 90.00 SGD
2026-01-02 custom "billing" "customer" "bolt"
  name: "Bolt Sdn. Bhd."
  country: "MY"
  account: "Bolt"
2026-01-02 custom "billing" "bill-to" "bolt" "SGD"
  name: "Bolt Sdn. Bhd."
  address: "3 Jalan Ampang, Kuala Lumpur"

2026-01-01 custom "billing" "tax-code" "NONE"
  rate: 0.00
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "product" "opening-balance"
  name: "Open balance"
  revenue: "on-issue"
  tax-code: "NONE"
2026-01-01 custom "billing" "product" "support-plan"
  name: "Support, one year"
  revenue: "over-period"
  tax-code: "SG-GST-9"

2026-01-01 custom "billing" "credit-unit" "CREDIT-SGD"
  name: "Credits"
  face: 1.00 SGD
2026-01-01 custom "billing" "product" "top-up"
  name: "Credits"
  revenue: "top-up"
  tax-code: "SG-EXEMPT"
  credit-unit: "CREDIT-SGD"
  units-per-quantity: 1
2026-01-01 custom "billing" "price" "PRICE-8" "top-up"
  unit-price: 1.00 SGD
2026-01-15 custom "billing" "top-up-rule" "RULE-1" "acme"
  seller: "sg"
  credit-unit: "CREDIT-SGD"
  units: 20
  every: "week"
  valid-days: 30
2026-01-15 custom "billing" "top-up-rule" "RULE-2" "bolt"
  seller: "sg"
  credit-unit: "CREDIT-SGD"
  units: 50
  below: 10
  product: "top-up"

2026-01-01 open Assets:SG:Bank:OCBC                                 SGD
2026-01-01 open Assets:SG:Bank:Wise                                 USD
2026-01-01 open Assets:SG:Processor:Stripe                          SGD
2026-01-01 open Assets:SG:Processor:Paypal
2026-01-01 open Equity:Elsewhere
"""
_CATALOGUE = SETUP + CREDITS + PRICES + RUNS + SUBSCRIPTIONS


@dataclass
class _Recorder:
    """Books that acts are performed on, day by day, and the facts and openings that come of it."""

    books: Books
    ids: UlidSource
    facts: list[Fact] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def on(self, day: int, verb: Any, request: Any, key: str | None = None) -> None:
        moment = datetime(2026, 1, day, 2, tzinfo=UTC)
        act = Act(self.books, Context(moment, "sarah", self.ids.next, date(2026, 1, day), key))
        verb(act, request)
        self.facts += act.facts
        self.opened += [
            open_account(one.date, one.account, one.currencies, lots=one.lots)  # type: ignore[arg-type]
            for one in act.openings
        ]


def _draft(customer: str, product: str, quantity: int) -> DraftInvoice:
    return DraftInvoice(customer, (Item(product, Decimal(quantity)),))


def _rendered(act: Act, file: str) -> None:
    act.record(
        DocumentRendered(
            date=date(2026, 1, 13), invoice="SG-2026-00001", status="paid", file=file, digest="sha256:5e0c",
            renderer="weasyprint 70.0",
        )
    )  # fmt: skip


def _receipt(act: Act, payment: str) -> None:
    act.record(
        ReceiptRendered(
            date=date(2026, 1, 13), payment=payment, file=f"documents/Assets/SG/Receivable/Acme/2026-01-13.{payment}.pdf",
            digest="sha256:5e0c", renderer="weasyprint 70.0", content="sha256:77aa",
        )
    )  # fmt: skip


def _credit_note_rendered(act: Act, number: str) -> None:
    act.record(
        CreditNoteRendered(
            date=date(2026, 1, 27), credit_note=number, digest="sha256:5e0c", renderer="weasyprint 70.0",
            file=f"documents/Assets/SG/Receivable/Acme/2026-01-27.{number}.pdf", content="sha256:77aa",
        )
    )  # fmt: skip


def sound_ledger() -> str:
    """The text of the ledger: catalogue by hand, then everything that the acts recorded, each month's facts in order."""
    books = judge(parser.parse_string(_CATALOGUE)[0]).books
    clock = FixedClock(datetime(2026, 1, 10, 2, tzinfo=UTC))
    recorder = _Recorder(books, UlidSource(clock, random.Random(1).randbytes))
    _history(recorder)
    return "\n".join([_CATALOGUE + "\n" + "\n".join(recorder.opened), "", *map(encode, recorder.facts)])


def _history(at: _Recorder) -> None:
    one, two, three, four, five, six, seven = (f"SG-2026-{number:05d}" for number in range(1, 8))
    at.on(10, draft_invoice, _draft("acme", "placement-credit", 10), "crm-1")
    at.on(10, draft_invoice, _draft("acme", "gig-credit", 10), "crm-2")
    at.on(10, draft_invoice, _draft("acme", "placement-credit", 4))
    at.on(11, issue_invoice, IssueInvoice(one))
    at.on(11, issue_invoice, IssueInvoice(two))
    at.on(11, issue_invoice, IssueInvoice(three))
    at.on(12, submit_payment, SubmitPayment((one, two), bank_reference="FT26012ABC"))
    at.on(13, verify_payment, VerifyPayment("PAY-1"))
    at.on(13, _rendered, "documents/Assets/SG/Receivable/Acme/2026-01-11.SG-2026-00001.pdf")
    at.on(13, _receipt, "PAY-1")
    at.on(14, draft_invoice, _draft("acme", "consulting", 1))
    at.on(14, void_invoice, VoidInvoice(four, "ordered twice"))
    at.on(14, draft_invoice, _draft("bolt", "consulting", 2))
    at.on(15, issue_invoice, IssueInvoice(five))
    at.on(15, void_invoice, VoidInvoice(five, "wrong customer"))
    at.on(15, submit_payment, SubmitPayment((three,)))
    at.on(16, verify_payment, VerifyPayment("PAY-2"))
    at.on(16, _half_paid, six)
    at.on(16, draft_invoice, _draft("acme", "consulting", 1))
    at.on(16, issue_invoice, IssueInvoice(seven))
    at.on(17, submit_payment, SubmitPayment((six, seven)))
    at.on(17, draft_invoice, _draft("acme", "gig-credit", 5))
    at.on(20, consume_entitlement, Consume("acme", "PLACEMENT", Decimal(3), "placement/991"))
    at.on(20, consume_entitlement, Consume("acme", "GIG", Decimal(4), "gig/17"))
    at.on(21, draft_invoice, _draft("acme", "consulting", 3))
    _money(at)
    _credits(at)
    _beginning(at)
    _wallets(at)
    wallet_life(at.on)
    at.on(28, close_period, ClosePeriod(date(2026, 1, 9)))
    at.on(28, reopen_period, ReopenPeriod(date(2026, 1, 8), "a receipt was missing"))
    _revenue(at, "SG-2026-00017", "SG-2026-00018")
    subscribed(at.on)
    runs(at.on)


def _money(at: _Recorder) -> None:
    """Money for no invoice, applied and taken back; refunds; a processor, a chargeback and payouts; another currency."""
    ten, eleven, twelve = (f"SG-2026-{number:05d}" for number in range(10, 13))
    for number, hours in ((ten, 2), (eleven, 4), (twelve, 1)):
        at.on(22, draft_invoice, _draft("bolt", "consulting", hours))
        at.on(22, issue_invoice, IssueInvoice(number))
    unapplied = SubmitPayment(customer="bolt", amount=parse_money("500.00 SGD"), source="bank/1")
    at.on(23, receive_payment, ReceivePayment(unapplied))
    at.on(24, allocate_money, AllocateMoney("payment/PAY-6", (Allocate(ten),)))
    at.on(24, allocate_money, AllocateMoney("payment/PAY-6", (Allocate(eleven, parse_money("100.00 SGD"), 1),)))
    at.on(24, reverse_allocation, ReverseAllocation("payment/PAY-6", eleven, "meant for another invoice"))
    goes_back = RequestRefund("payment/PAY-6", "paid too much", parse_money("150.00 SGD"))
    at.on(25, refund, Refund(goes_back, SettleRefund("")))
    at.on(25, refund, Refund(RequestRefund("payment/PAY-6", "paid too much", parse_money("20.00 SGD"))))
    at.on(25, fail_refund, FailRefund("REF-2", "the account is closed"))
    stripe = Account("Assets:SG:Processor:Stripe")
    charge = SubmitPayment((eleven,), Method.PROCESSOR, source="stripe/ch_1")
    at.on(25, receive_payment, ReceivePayment(charge, stripe, parse_money("20.00 SGD")))
    at.on(26, charge_back, ChargeBack("PAY-7", "fraudulent", fee=parse_money("15.00 SGD"), source="stripe/dp_1"))
    at.on(26, reverse_chargeback, ReverseChargeback("CB-1"))
    at.on(26, refund, Refund(RequestRefund("payment/PAY-7", "goodwill", parse_money("40.00 SGD"), (eleven,))))
    at.on(26, settle_refund, SettleRefund("REF-3"))
    at.on(26, record_payout, RecordPayout(parse_money("300.00 SGD"), stripe, fee=parse_money("1.00 SGD")))
    at.on(26, record_payout, RecordPayout(parse_money("100.00 SGD"), stripe, source="stripe/po_2"))
    at.on(27, return_payout, ReturnPayout("PO-2", "no such account"))
    at.on(26, _told_by_itself, stripe)
    dollars = SubmitPayment((twelve,), amount=parse_money("111.00 USD"), rate=Decimal("0.74"))
    at.on(27, receive_payment, ReceivePayment(dollars, Account("Assets:SG:Bank:Wise")))


def _told_by_itself(act: Act, stripe: Account) -> None:
    """What a processor tells of a charge that is not in the books, and fees without their charge."""
    day = date(2026, 1, 26)
    waits = HoldEvent("stripe/re_8", Held.REFUNDED, "stripe/ch_8", parse_money("30.00 SGD"), "requested by customer")
    act.record(held(waits, day))
    act.record(fee_told("stripe/txn_1", parse_money("2.00 SGD"), stripe, day))
    act.record(fee_told("stripe/re_3", parse_money("-0.30 SGD"), stripe, day))
    paypal = Account("Assets:SG:Processor:Paypal")
    act.record(exchanged("paypal/4TX", parse_money("100.00 USD"), parse_money("134.00 SGD"), paypal, day))


def _credits(at: _Recorder) -> None:
    """Credit notes for what is paid and for what is not, and small sums written off."""
    three = "SG-2026-00003"
    at.on(27, credit_invoice, CreditInvoice(three, "one was not needed", (CreditLine(1, Decimal(1)),)))
    at.on(27, _credit_note_rendered, "CN-SG-2026-00001")
    at.on(27, draft_invoice, _draft("acme", "consulting", 3))
    at.on(27, issue_invoice, IssueInvoice("SG-2026-00013"))
    at.on(27, credit_invoice, CreditInvoice("SG-2026-00013", "an hour less", (CreditLine(1, Decimal(1)),)))
    at.on(27, write_off, WriteOffInvoice("SG-2026-00013", "a small difference", parse_money("2.00 SGD")))
    given_up = WriteOffInvoice("SG-2026-00013", "insolvent", parse_money("109.00 SGD"), tax_relief=True)
    at.on(27, write_off, given_up)
    at.on(27, reverse_write_off, ReverseWriteOff("SG-2026-00013", "the estate pays", "WO-2"))


def _beginning(at: _Recorder) -> None:
    """What was open before."""
    at.on(28, open_money, OpenMoney("acme", parse_money("20.00 SGD"), reference="advance of 2025"))
    owed = parse_money("75.00 SGD")
    old = OpenInvoice("OLD-7", "acme", date(2025, 11, 3), date(2025, 12, 3), owed, "opening-balance")
    at.on(28, open_invoice, old)
    placements = OpenLots(
        "LOT-7", "bolt", Decimal(3), date(2025, 11, 3), "placement-credit", worth=parse_money("100.00 SGD")
    )
    at.on(28, open_lots, placements)
    gigs = OpenLots(
        "LOT-8",
        "bolt",
        Decimal(4),
        date(2025, 12, 1),
        entitlement="GIG",
        unit_cost=parse_money("20.00 SGD"),
        fee=parse_money("12.00 SGD"),
    )
    at.on(28, open_lots, gigs)
    at.on(28, consume_entitlement, Consume("bolt", "GIG", Decimal(1), "gig/18"))
    support = OpenDeferred(
        "SUB-3", "bolt", parse_money("600.00 SGD"), "support-plan", date(2025, 8, 1), date(2026, 7, 31)
    )
    at.on(28, open_deferred, support)


def _revenue(at: _Recorder, one: str, two: str) -> None:
    """What is earned over a period: of an invoice, of before, and of all that a customer has."""
    price, first = parse_money("310.00 SGD"), date(2026, 1, 1)
    january = Item("support-plan", Decimal(1), price, period_start=first, period_end=date(2026, 2, 1))
    quarter = Item("support-plan", Decimal(3), price, period_start=first, period_end=date(2026, 4, 1))
    for number, item in ((one, january), (two, quarter)):
        at.on(29, draft_invoice, DraftInvoice("acme", (item,)))
        at.on(29, issue_invoice, IssueInvoice(number))
    at.on(30, release_revenue, ReleaseRevenue(date(2026, 1, 15), invoice=one))
    at.on(30, release_revenue, ReleaseRevenue(date(2026, 1, 30), customer="bolt"))
    at.on(31, release_revenue, ReleaseRevenue(date(2026, 1, 31), customer="acme"))


def _wallets(at: _Recorder) -> None:
    """Credits of before, and rules that top up: every week for nothing, and by an invoice when few are left."""
    paid = OpenCredits(
        "WALLET-5",
        "acme",
        Decimal(80),
        date(2025, 7, 1),
        is_paid=True,
        worth=parse_money("60.00 SGD"),
        credit_unit="CREDIT-SGD",
    )
    at.on(28, open_credits, paid)
    scoped = Terms(meter="pages", period_start=date(2026, 1, 1), period_end=date(2026, 7, 1))
    free = OpenCredits(
        "WALLET-6",
        "acme",
        Decimal(25),
        date(2025, 12, 1),
        is_paid=False,
        last_day=date(2026, 6, 30),
        terms=scoped,
        credit_unit="CREDIT-SGD",
    )
    at.on(28, open_credits, free)
    at.on(28, Running(lambda _count: nullcontext(lambda _done: None)).run_rules, RunRules())


def _half_paid(act: Act, number: str) -> None:
    """An invoice that is partially paid, and a payment for it that was no payment."""
    draft_invoice(act, _draft("acme", "consulting", 1))
    issue_invoice(act, IssueInvoice(number))
    submit_payment(act, SubmitPayment((number,), amount=parse_money("100.00 SGD")))
    verify_payment(act, VerifyPayment("PAY-3"))
    submit_payment(act, SubmitPayment((number,)))
    reject_payment(act, RejectPayment("PAY-4", "the transfer was recalled"))
