"""Credit notes by quantity and by amount: whatever the order, all of a line's add up to it, and so does its tax (I7)."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from beancount.parser import parser
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_beans.acts.act import Act, Context
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.invoices import IssueInvoice, draft_invoice, issue_invoice
from billing_beans.acts.payments import ReceivePayment, receive_payment
from billing_beans.books import Books
from billing_beans.core.clock import FixedClock
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Fact
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import Money, parse_money, round_money
from billing_beans.entitlements.facts import InvoicePosted
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine, credit_note_drafted
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteIssued
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.invoicing.seal import seal_credit_note
from billing_beans.invoicing.status import Status
from billing_beans.ledger.codec import encode
from billing_beans.ledger.gathering import gather
from billing_beans.ledger.reading import judge
from billing_beans.payments.operations import SubmitPayment

SETUP = """
2026-01-01 custom "billing" "book" "example"
  organization: "Example"
  livemode: TRUE
  format: 1
2026-01-01 custom "billing" "legal-entity" "sg"
  name: "Example Pte. Ltd."
  address: "1 Raffles Place"
  country: "SG"
  currency: "SGD"
  time-zone: "Asia/Singapore"
  account: "SG"
  invoice-format: "SG-{year}-{sequence:05d}"
  bank: Assets:SG:Bank:OCBC
2026-01-01 custom "billing" "tax-code" "GST"
  rate: 0.09
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "tax-code" "EXEMPT"
  rate: 0.00
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "product" "goods"
  name: "Goods"
  revenue: "on-issue"
  tax-code: "GST"
2026-01-01 custom "billing" "product" "credits"
  name: "Credits"
  revenue: "on-consumption"
  tax-code: "GST"
  entitlement: "CREDIT"
2026-01-01 custom "billing" "product" "gigs"
  name: "Gigs"
  revenue: "agent"
  tax-code: "EXEMPT"
  fee-tax-code: "GST"
  entitlement: "GIG"
  platform-fee-bps: 1500
2026-01-01 custom "billing" "customer" "acme"
  name: "Acme"
  country: "SG"
  account: "Acme"
2026-01-01 custom "billing" "bill-to" "acme" "SGD"
  name: "Acme"
  address: "2 Shenton Way"
2026-01-01 custom "billing" "agreement" "AG-1" "acme"
2026-01-01 custom "billing" "agreement-term" "AG-1" "credits"
  unit-price: 90.00 SGD
2026-01-01 open Assets:SG:Bank:OCBC SGD
"""
BOOKS = judge(parser.parse_string(SETUP)[0]).books
NUMBER = "SG-2026-00001"


class Till:
    """Books with one issued invoice, on which acts are performed."""

    def __init__(self, product: str, quantity: str, price: str) -> None:
        self.books: Books = BOOKS.fork()
        clock = FixedClock(datetime(2026, 1, 10, 2, tzinfo=UTC))
        self._ids = UlidSource(clock, random.Random(1).randbytes)
        item = Item(product, Decimal(quantity), parse_money(f"{price} SGD"))
        self.perform(draft_invoice, DraftInvoice("acme", (item,)))
        self.perform(issue_invoice, IssueInvoice(NUMBER))
        draft = self.books.invoices.current(NUMBER)
        assert draft is not None
        self.line = draft.lines[0]

    def perform(self, verb: Callable[[Act, Any], None], request: Any) -> list[Fact]:
        context = Context(datetime(2026, 1, 12, 2, tzinfo=UTC), "sarah", self._ids.next, date(2026, 1, 12))
        act = Act(self.books, context)
        verb(act, request)
        return act.facts

    def credit(self, *lines: CreditLine) -> CreditNoteDrafted:
        facts = self.perform(credit_invoice, CreditInvoice(NUMBER, "returned", lines))
        note, issue = facts[:2]
        assert isinstance(note, CreditNoteDrafted)
        assert isinstance(issue, CreditNoteIssued)
        assert sum(leg.weight.number for leg in issue.legs()) == 0
        return note

    def pay(self, amount: str | None = None) -> list[Fact]:
        paid = parse_money(f"{amount} SGD") if amount else None
        return self.perform(receive_payment, ReceivePayment(SubmitPayment((NUMBER,), amount=paid)))

    @property
    def status(self) -> Status:
        head = self.books.invoices.heads.get(NUMBER)
        assert head is not None
        return head.status

    @property
    def due(self) -> Decimal:
        head = self.books.invoices.heads.get(NUMBER)
        assert head is not None
        return head.due_amount


def sgd(number: Decimal | str) -> Money:
    return round_money(Decimal(number), "SGD")


PARTS = st.tuples(st.sampled_from(["quantity", "amount"]), st.fractions(0, 1, max_denominator=50))


@settings(deadline=None, max_examples=80)
@given(
    quantity=st.integers(1, 60),
    price=st.decimals("0.0001", "90", places=4),
    parts=st.lists(PARTS, max_size=8),
    is_paid=st.booleans(),
)
def test_credits_by_quantity_and_by_amount_add_up_to_the_line_and_its_tax(
    quantity: int, price: Decimal, parts: list[Any], is_paid: bool
) -> None:
    till = Till("goods", str(quantity), f"{price:f}")
    amount, tax = till.line.amount.number, till.line.tax.number
    if is_paid and till.status is not Status.PAID:
        till.pay()
    credited = of_tax = units = Decimal(0)
    for kind, part in parts:
        share = Decimal(part.numerator) / Decimal(part.denominator)
        some = ((quantity - units) * share).quantize(Decimal("0.01"))
        off = sgd((amount - credited) * share)
        if kind == "amount" and off.number:
            note = till.credit(CreditLine(1, amount=off))
            assert note.subtotal == off
        elif kind == "quantity" and some and amount > credited:
            worth = (amount - credited) * some / (quantity - units)
            try:
                note = till.credit(CreditLine(1, some))
            except Refused:  # it comes to less than a cent
                assert worth < Decimal("0.01")
                continue
            units += some
        else:
            continue
        credited, of_tax = credited + note.subtotal.number, of_tax + note.tax.number
        assert credited <= amount
        assert of_tax == sgd(tax * credited / amount).number
    if amount > credited:
        note = till.credit()
        credited, of_tax = credited + note.subtotal.number, of_tax + note.tax.number
    assert (credited, of_tax) == (amount, tax)
    assert till.due == 0
    assert till.status is (Status.CREDITED if amount else Status.PAID)


@settings(deadline=None, max_examples=80)
@given(quantity=st.integers(1, 40), price=st.decimals("0.01", "90", places=4), steps=st.lists(st.integers(1, 9)))
def test_credits_by_quantity_alone_never_stray_from_their_share_by_more_than_half_a_cent(
    quantity: int, price: Decimal, steps: list[int]
) -> None:
    till = Till("goods", str(quantity), f"{price:f}")
    credited, units = Decimal(0), 0
    for step in steps:
        if units + step > quantity:
            break
        units += step
        try:
            credited += till.credit(CreditLine(1, Decimal(step))).subtotal.number
        except Refused:
            pass  # too few for a cent
        else:
            assert credited == sgd(till.line.amount.number * units / quantity).number


def test_after_an_allowance_what_is_left_is_shared_out_over_what_is_left() -> None:
    till = Till("goods", "10", "10.00")
    assert till.credit(CreditLine(1, Decimal(5))).subtotal == sgd("50")
    allowance = till.credit(CreditLine(1, amount=sgd("20"))).lines[0]
    assert (allowance.allowance, allowance.quantity, allowance.unit_price) == (True, 1, sgd("20"))
    assert till.credit(CreditLine(1, Decimal(1))).subtotal == sgd("6")
    assert till.credit(CreditLine(1, Decimal(3))).subtotal == sgd("18")
    assert till.credit().lines[0].quantity == 1
    assert till.status is Status.CREDITED


def test_an_allowance_before_posting_leaves_the_units_and_makes_them_cheaper() -> None:
    till = Till("credits", "10", "90.00")
    till.credit(CreditLine(1, Decimal(2)))
    till.credit(CreditLine(1, amount=sgd("120")))
    posted = till.pay("654.00")[-1]
    assert isinstance(posted, InvoicePosted)
    assert sum(-leg.number for leg in posted.lots) == 8
    assert sum(-leg.weight.number for leg in posted.lots) == 600
    assert till.status is Status.PAID


@pytest.mark.parametrize(
    ("product", "is_paid", "line", "error"),
    [
        ("goods", False, CreditLine(1, amount=sgd("100.01")), Refused),
        ("goods", False, CreditLine(1, amount=sgd("0")), Refused),
        ("goods", False, CreditLine(1, amount=sgd("-1")), Refused),
        ("goods", False, CreditLine(1, amount=Money(Decimal("1.005"), "SGD")), WrongUsage),
        ("goods", False, CreditLine(1, amount=Money(Decimal("1.00"), "USD")), WrongUsage),
        ("goods", False, CreditLine(1, Decimal(1), sgd("1")), WrongUsage),
        ("credits", False, CreditLine(1, amount=sgd("100")), Refused),
        ("credits", True, CreditLine(1, amount=sgd("10")), Refused),
        ("gigs", False, CreditLine(1, amount=sgd("10")), Refused),
    ],
    ids=str,
)
def test_an_amount_that_cannot_be_taken_off_a_line_is_refused(
    product: str, is_paid: bool, line: CreditLine, error: type[Exception]
) -> None:
    till = Till(product, "10", "10.00")
    if is_paid:
        till.pay()
    before = till.due
    with pytest.raises(error):
        till.credit(line)
    assert till.due == before
    assert not [*till.books.invoices.credit_notes.all()]


def test_an_allowance_is_read_back_from_its_text_as_it_was_and_sealed_with_it() -> None:
    till = Till("goods", "10", "10.00")
    note = till.credit(CreditLine(1, amount=sgd("20")))
    (read,) = gather(parser.parse_string(encode(note))[0]).facts
    assert read.fact == note
    assert "allowance: TRUE" in encode(note)
    by_quantity = replace(note, lines=(replace(note.lines[0], allowance=None),))
    assert seal_credit_note(by_quantity) != seal_credit_note(note)


def test_a_line_in_the_ledger_that_calls_its_quantity_an_allowance_is_a_problem() -> None:
    till = Till("goods", "10", "10.00")
    request = CreditInvoice(NUMBER, "returned", (CreditLine(1, Decimal(2)),))
    note = credit_note_drafted(till.books, request, date(2026, 1, 12))
    claimed = replace(note, lines=(replace(note.lines[0], allowance=True),))
    with pytest.raises(Refused, match="does not credit what its lines take"):
        till.perform(Act.record, claimed)
    assert till.perform(Act.record, note)
