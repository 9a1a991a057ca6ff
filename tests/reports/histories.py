"""Books in which anything happens in any order, by the real acts, and the ledger that comes of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from beancount import loader
from beancount.parser import parser
from hypothesis import strategies as st

from billing_beans.acts.act import Act, Context
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.invoices import IssueInvoice, VoidInvoice, draft_invoice, issue_invoice, void_invoice
from billing_beans.acts.money import (
    Refund,
    allocate_money,
    charge_back,
    fail_refund,
    refund,
    reverse_allocation,
    reverse_chargeback,
    reverse_write_off,
    settle_refund,
    write_off,
)
from billing_beans.acts.payments import RejectPayment, reject_payment, submit_payment, verify_payment
from billing_beans.books import Books
from billing_beans.core.clock import FixedClock
from billing_beans.core.errors import BillingError
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import parse_money
from billing_beans.core.tables import Overlay
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.opening import opened
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.invoicing.operations import drafted as make_draft
from billing_beans.invoicing.writing_off import ReverseWriteOff, WriteOffInvoice
from billing_beans.ledger.codec import encode
from billing_beans.ledger.reading import judge
from billing_beans.ledger.text import open_account
from billing_beans.payments.allocating import AllocateMoney, ReverseAllocation
from billing_beans.payments.chargebacks import ChargeBack, ReverseChargeback
from billing_beans.payments.operations import Allocate, SubmitPayment, VerifyPayment
from billing_beans.payments.refunds import FailRefund, RequestRefund, SettleRefund

if TYPE_CHECKING:
    from collections.abc import Callable

    from beancount.core.data import Directive

    from billing_beans.core.facts import Fact

START = date(2026, 1, 5)
COMPONENTS = {"sg": "SG", "de": "DE", "acme": "Acme", "bolt": "Bolt"}
NUMBERS = [f"{seller}-2026-{number:05d}" for seller in ("SG", "DE") for number in (1, 2, 3, 4)] + ["OLD-1"]

SETUP = """\
option "operating_currency" "SGD"
plugin "billing_beans.plugins"
2026-01-01 custom "billing" "book" "example"
  organization: "Example Group"
  livemode: TRUE
  format: 1
2026-01-01 custom "billing" "legal-entity" "sg"
  name: "Example Pte. Ltd."
  address: "1 Raffles Place, Singapore 048616"
  country: "SG"
  currency: "SGD"
  time-zone: "UTC"
  account: "SG"
  invoice-format: "SG-{year}-{sequence:05d}"
  bank: Assets:SG:Bank:OCBC
  payment-terms: 14
2026-01-01 custom "billing" "legal-entity" "de"
  name: "Beispiel GmbH"
  address: "Weg 1, Berlin"
  country: "DE"
  currency: "EUR"
  time-zone: "UTC"
  account: "DE"
  invoice-format: "DE-{year}-{sequence:05d}"
  bank: Assets:DE:Bank:N26
  payment-terms: 30
2026-01-01 custom "billing" "tax-code" "GST-9"
  rate: 0.09
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "tax-code" "ZERO"
  rate: 0.00
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "product" "advice"
  name: "Advice"
  revenue: "on-issue"
  tax-code: "GST-9"
2026-01-01 custom "billing" "product" "credit"
  name: "Credits"
  revenue: "on-consumption"
  tax-code: "ZERO"
  entitlement: "PLACEMENT"
2026-01-01 custom "billing" "tax-code" "DE-VAT-19"
  rate: 0.19
  account: Liabilities:DE:Tax:VAT
2026-01-01 custom "billing" "product" "rat"
  name: "Rat"
  revenue: "on-issue"
  tax-code: "DE-VAT-19"
2026-01-01 custom "billing" "price" "PRICE-5" "rat"
  unit-price: 20.00 EUR
2026-01-01 custom "billing" "price" "PRICE-1" "advice"
  unit-price: 33.33 SGD
2026-01-01 custom "billing" "price" "PRICE-2" "credit"
  unit-price: 90.00 SGD
2026-01-01 custom "billing" "price" "PRICE-4" "advice"
  unit-price: 25.00 USD
2026-01-01 custom "billing" "customer" "acme"
  name: "Acme"
  country: "SG"
  account: "Acme"
2026-01-01 custom "billing" "bill-to" "acme" "SGD"
  name: "Acme"
  address: "2 Shenton Way"
2026-01-01 custom "billing" "bill-to" "acme" "EUR"
  name: "Acme"
  address: "2 Shenton Way"
2026-01-01 custom "billing" "bill-to" "acme" "USD"
  name: "Acme"
  address: "2 Shenton Way"
2026-01-01 custom "billing" "agreement" "AG-1" "acme"
2026-01-01 custom "billing" "customer" "bolt"
  name: "Bolt"
  country: "DE"
  account: "Bolt"
2026-01-01 custom "billing" "bill-to" "bolt" "SGD"
  name: "Bolt"
  address: "3 Shenton Way"
2026-01-01 custom "billing" "bill-to" "bolt" "USD"
  name: "Bolt"
  address: "3 Shenton Way"
2026-01-01 custom "billing" "bill-to" "bolt" "EUR"
  name: "Bolt"
  address: "3 Shenton Way"
2026-01-01 open Assets:SG:Bank:OCBC
2026-01-01 open Assets:DE:Bank:N26
2026-01-01 open Equity:Elsewhere
"""
WAGES = '2026-02-01 * "Tax office"\n  Liabilities:SG:Tax:GST   1.00 SGD\n  Assets:SG:Bank:OCBC\n'


@dataclass
class History:
    """Books that acts are tried on, one after another, each some days later; what is refused leaves nothing."""

    setup: str = SETUP
    day: date = START
    hour: int = 0
    facts: list[Fact] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.books = self.begun()
        clock = FixedClock(datetime(2026, 1, 5, 2, tzinfo=UTC))
        self._ids = UlidSource(clock, random.Random(1).randbytes)

    def begun(self) -> Books:
        """The books before anything happened."""
        return judge(parser.parse_string(self.setup)[0]).books

    def attempt(self, step: Step) -> None:
        self.day += timedelta(days=step.days)
        self.hour = step.hour if step.days else max(self.hour, step.hour)
        moment = datetime.combine(self.day, time(self.hour), UTC)
        fork = Overlay(self.books.store)
        act = Act(Books(fork), Context(moment, "sarah", self._ids.next, step.dated or self.day))
        try:
            step.verb(act, step.request)
        except BillingError:
            return
        fork.commit()
        self.facts += act.facts
        self.opened += [
            open_account(one.date, one.account, one.currencies, lots=one.lots)  # type: ignore[arg-type]
            for one in act.openings
        ]

    def entries(self) -> list[Directive]:
        """The ledger as Beancount loads it, with our checks: nothing is wrong with it."""
        plain = WAGES if any("Tax:GST" in one for one in self.opened) else ""
        text = "\n".join([self.setup, *self.opened, *map(encode, self.facts), plain])
        entries, errors, _options = loader.load_string(text)
        assert errors == []
        return entries


@dataclass(frozen=True)
class Step:
    """Something that is tried, how many days after the step before it, and at which hour (UTC) of the day at the earliest.

    It is `dated` the same day, unless something else is said.
    """

    days: int
    verb: Callable[[Act, Any], None]
    request: Any
    hour: int = 0
    dated: date | None = None


def drafted(customer: str, product: str, quantity: int, seller: str, currency: str = "") -> DraftInvoice:
    currency, product = ("EUR", "rat") if seller == "de" else (currency or "SGD", product)
    return DraftInvoice(customer, (Item(product, Decimal(quantity)),), currency=currency, seller=seller)


def sell(act: Act, request: DraftInvoice) -> None:
    draft_invoice(act, request)
    issue_invoice(act, IssueInvoice(act.facts[0].entities()[0]))


def begin_with(act: Act, request: DraftInvoice) -> None:
    """An invoice of before the books."""
    number = f"OLD-{1 + sum(one.opened for one in act.books.invoices.heads.all())}"
    draft = act.record(make_draft(act.books, replace(request, number=number), act.day()))
    act.record(opened(act.books, draft.invoice, date(2025, 12, 1), act.day()))


def money_for(*invoices: str, amount: str | None = None, rate: str | None = None) -> SubmitPayment:
    return SubmitPayment(
        invoices, amount=parse_money(amount) if amount else None, rate=Decimal(rate) if rate else None
    )  # fmt: skip


def credited(invoice: str, quantity: int = 0) -> CreditInvoice:
    lines = (CreditLine(1, Decimal(quantity)),) if quantity else ()
    return CreditInvoice(invoice, "returned", lines)


def refunded(origin: str, amount: str | None = None, *invoices: str, settled: bool = False) -> Refund:
    wanted = RequestRefund(
        origin, "asked for", parse_money(amount) if amount else None, invoices, everything=not invoices
    )
    return Refund(wanted, SettleRefund("", None) if settled else None)


def used(origin: str, invoice: str, rate: str | None = None) -> AllocateMoney:
    return AllocateMoney(origin, (Allocate(invoice),), rate=Decimal(rate) if rate else None)


DAYS = st.sampled_from((0, 0, 1, 3, 13, 20))
INVOICES = st.sampled_from(NUMBERS)
AMOUNTS = st.sampled_from(("10.00 SGD", "36.33 SGD", "100.00 SGD", "20.00 EUR", "30.00 EUR", "27.25 USD"))
SOME = st.none() | AMOUNTS
RATES = st.none() | st.sampled_from(("1.35", "0.74"))
PAYMENTS = st.integers(1, 5).map(lambda one: f"PAY-{one}")
CREDIT_NOTES = ("CN-SG-2026-00001", "CN-SG-2026-00002")
ORIGINS = PAYMENTS.map(lambda one: f"payment/{one}") | st.sampled_from(CREDIT_NOTES).map(
    lambda one: f"credit-note/{one}"
)
NUMBERED = st.integers(1, 2)


def asked(verb: Callable[[Act, Any], None], request: Any, *drawn: Any) -> Any:
    return st.tuples(st.just(verb), st.builds(request, *drawn))


REQUESTS: Any = st.one_of(
    asked(
        sell, drafted, st.sampled_from(("acme", "bolt")), st.sampled_from(("advice", "credit")), st.integers(1, 3),
        st.sampled_from(("sg", "de")), st.sampled_from(("", "", "USD")),
    ),
    asked(begin_with, drafted, st.just("acme"), st.just("advice"), NUMBERED, st.just("sg")),
    asked(void_invoice, lambda one: VoidInvoice(one, "a mistake"), INVOICES),
    asked(
        submit_payment, lambda some, amount, rate: money_for(*some, amount=amount, rate=rate),
        st.lists(INVOICES, min_size=1, max_size=2, unique=True), SOME, RATES,
    ),
    asked(
        submit_payment, lambda who, seller, amount: SubmitPayment(customer=who, seller=seller, amount=parse_money(amount)),
        st.sampled_from(("acme", "bolt")), st.sampled_from(("sg", "de")), AMOUNTS,
    ),
    asked(
        verify_payment,
        lambda one, back: VerifyPayment(one, received=None if back is None else START + timedelta(days=back)),
        PAYMENTS, st.none() | st.integers(0, 60),
    ),
    asked(reject_payment, lambda one: RejectPayment(one, "bounced"), PAYMENTS),
    asked(credit_invoice, credited, INVOICES, st.integers(0, 2)),
    asked(allocate_money, used, ORIGINS, INVOICES, RATES),
    asked(reverse_allocation, lambda origin, one: ReverseAllocation(origin, one, "wrong"), ORIGINS, INVOICES),
    asked(refund, lambda origin, amount, settled: refunded(origin, amount, settled=settled), ORIGINS, SOME, st.booleans()),
    asked(refund, lambda origin, amount, one: refunded(origin, amount, one, settled=True), ORIGINS, SOME, INVOICES),
    asked(settle_refund, lambda one: SettleRefund(f"REF-{one}"), NUMBERED),
    asked(fail_refund, lambda one: FailRefund(f"REF-{one}", "closed"), NUMBERED),
    asked(charge_back, lambda one, amount: ChargeBack(one, "fraud", parse_money(amount) if amount else None), PAYMENTS, SOME),
    asked(reverse_chargeback, lambda one: ReverseChargeback(f"CB-{one}"), NUMBERED),
    asked(
        write_off, lambda one, amount, relief: WriteOffInvoice(one, "lost", parse_money(amount) if amount else None, relief),
        INVOICES, SOME, st.booleans(),
    ),
    asked(reverse_write_off, lambda one: ReverseWriteOff(one, "paid after all"), INVOICES),
)  # fmt: skip

SOLD = [
    Step(0, sell, drafted("acme", "advice", 2, "sg")),
    Step(3, sell, drafted("acme", "credit", 1, "sg")),
    Step(0, sell, drafted("bolt", "rat", 2, "de")),
    Step(1, submit_payment, money_for(NUMBERS[0], NUMBERS[1], amount="200.00 SGD")),
    Step(20, verify_payment, VerifyPayment("PAY-1", received=START)),
    Step(0, void_invoice, VoidInvoice("DE-2026-00001", "a mistake")),
]
MOVED = [
    *SOLD,
    Step(1, credit_invoice, credited(NUMBERS[0], 1)),
    Step(1, sell, drafted("acme", "advice", 3, "sg")),
    Step(2, allocate_money, used("payment/PAY-1", NUMBERS[2])),
    Step(1, allocate_money, used("credit-note/CN-SG-2026-00001", NUMBERS[2])),
    Step(1, reverse_allocation, ReverseAllocation("payment/PAY-1", NUMBERS[2], "wrong")),
    Step(5, refund, refunded("payment/PAY-1", "10.00 SGD")),
    Step(1, settle_refund, SettleRefund("REF-1")),
    Step(1, charge_back, ChargeBack("PAY-1", "fraud")),
    Step(9, reverse_chargeback, ReverseChargeback("CB-1")),
    Step(1, write_off, WriteOffInvoice(NUMBERS[2], "lost", None, tax_relief=True)),
    Step(1, reverse_write_off, ReverseWriteOff(NUMBERS[2], "paid after all")),
    Step(1, begin_with, drafted("acme", "advice", 1, "sg")),
    Step(1, submit_payment, money_for("OLD-1", amount="20.00 USD", rate="0.74")),
    Step(1, verify_payment, VerifyPayment("PAY-2")),
    Step(1, credit_invoice, credited("OLD-1")),
]
STEPS = st.builds(
    lambda begun, steps: [*MOVED[:begun], *steps],
    st.integers(0, len(MOVED)),
    st.lists(st.builds(lambda days, asked: Step(days, *asked), DAYS, REQUESTS), max_size=14),
)


def played(steps: list[Step]) -> History:
    history = History()
    for step in steps:
        history.attempt(step)
    return history
