"""Free credits lower lines before tax: what is then billed, earned, edited, voided and credited adds up (W3, I7)."""

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
from billing_beans.acts.credits import apply_credits, grant_credits
from billing_beans.acts.invoices import (
    IssueInvoice,
    VoidInvoice,
    draft_invoice,
    edit_invoice,
    issue_invoice,
    void_invoice,
)
from billing_beans.books import Books
from billing_beans.core.clock import FixedClock
from billing_beans.core.errors import Refused
from billing_beans.core.facts import Fact, Leg
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import Money, round_money, times
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.granting import GrantCredits
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.discounting import can_be_lowered, with_credit_discounts
from billing_beans.invoicing.editing import EditInvoice, LineEdit
from billing_beans.invoicing.facts import CreditNoteIssued, InvoiceDrafted, InvoiceIssued, InvoiceVoided
from billing_beans.invoicing.legs import issue_legs
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice, parties_of
from billing_beans.ledger.codec import encode
from billing_beans.ledger.reading import judge
from billing_beans.ledger.text import open_account

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
2026-01-01 custom "billing" "tax-code" "GST"
  rate: 0.09
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "tax-code" "EXEMPT"
  rate: 0.00
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "credit-unit" "CREDIT-SGD"
  name: "Credits"
  face: 1.00 SGD
2026-01-01 custom "billing" "product" "goods"
  name: "Goods"
  revenue: "on-issue"
  tax-code: "GST"
2026-01-01 custom "billing" "product" "calls"
  name: "Calls"
  revenue: "on-usage"
  tax-code: "GST"
2026-01-01 custom "billing" "product" "seats"
  name: "Seats"
  revenue: "over-period"
  tax-code: "GST"
2026-01-01 custom "billing" "product" "placements"
  name: "Placements"
  revenue: "on-consumption"
  tax-code: "GST"
  entitlement: "PLACEMENT"
2026-01-01 custom "billing" "product" "gigs"
  name: "Gigs"
  revenue: "agent"
  tax-code: "EXEMPT"
  fee-tax-code: "GST"
  entitlement: "GIG"
  platform-fee-bps: 1500
2026-01-01 custom "billing" "product" "top-up"
  name: "Credits"
  revenue: "top-up"
  tax-code: "EXEMPT"
  units-per-quantity: 1
  credit-unit: "CREDIT-SGD"
2026-01-01 custom "billing" "price" "PRICE-1" "goods"
  unit-price: 10.00 SGD
2026-01-01 custom "billing" "customer" "acme"
  name: "Acme"
  country: "SG"
  account: "Acme"
2026-01-01 custom "billing" "bill-to" "acme" "SGD"
  name: "Acme"
  address: "2 Shenton Way"
2026-01-01 custom "billing" "agreement" "AG-1" "acme"
2026-01-01 custom "billing" "agreement-term" "AG-1" "goods"
  discount: 0.1
"""
BOOKS = judge(parser.parse_string(SETUP)[0]).books
NUMBER = "SG-2026-00001"
DISCOUNTS = "Income:SG:Discounts"


class Till:
    """Books with a draft, lowered by so many free credits, on which acts are performed; a price of "" is the catalogue's."""

    def __init__(self, *items: tuple[str, str, str], free: str = "") -> None:
        self.books: Books = BOOKS.fork()
        clock = FixedClock(datetime(2026, 1, 10, 2, tzinfo=UTC))
        self._ids = UlidSource(clock, random.Random(1).randbytes)
        self.facts: list[Fact] = []
        self.opened: list[str] = []
        if free:
            self.perform(grant_credits, GrantCredits("acme", Decimal(free), "promo/1"))
        sold = (Item(name, Decimal(quantity), sgd(price) if price else None) for name, quantity, price in items)
        self.perform(draft_invoice, DraftInvoice("acme", tuple(sold)))
        if free:
            self.perform(apply_credits, ApplyCredits(NUMBER))

    def perform(self, verb: Callable[[Act, Any], None], request: Any) -> list[Fact]:
        context = Context(datetime(2026, 1, 12, 2, tzinfo=UTC), "sarah", self._ids.next, date(2026, 1, 12))
        act = Act(self.books, context)
        verb(act, request)
        self.facts += act.facts
        self.opened += [
            open_account(one.date, one.account, one.currencies, lots=one.lots)  # type: ignore[arg-type]
            for one in act.openings
        ]
        return act.facts

    @property
    def draft(self) -> InvoiceDrafted:
        draft = self.books.invoices.current(NUMBER)
        assert draft is not None
        return draft

    def issue(self) -> InvoiceIssued:
        fact = self.perform(issue_invoice, IssueInvoice(NUMBER))[0]
        assert isinstance(fact, InvoiceIssued)
        return fact

    def credit(self, *lines: CreditLine) -> CreditNoteIssued:
        found = self.perform(credit_invoice, CreditInvoice(NUMBER, "returned", lines))
        (issue,) = (one for one in found if isinstance(one, CreditNoteIssued))
        assert sum(leg.weight.number for leg in issue.legs()) == 0
        return issue

    def ledger(self) -> str:
        return "\n".join([SETUP, *self.opened, "", *map(encode, self.facts)])


def sgd(number: Decimal | str) -> Money:
    return round_money(Decimal(number), "SGD")


def posted(legs: tuple[Leg, ...]) -> list[tuple[str, str]]:
    return [(leg.account, str(leg.units)) for leg in legs]


# --- The draft -----------------------------------------------------------------------------------------------------------


def test_a_line_is_lowered_before_tax_and_the_totals_follow() -> None:
    draft = Till(("goods", "2", "100.00"), ("seats", "1", "50.00"), free="30").draft
    first, second = draft.lines
    assert (first.credit_discount, first.amount, first.tax) == (sgd("30"), sgd("170"), sgd("15.30"))
    assert (second.credit_discount, second.amount) == (None, sgd("50"))
    assert (draft.revision, draft.subtotal, draft.tax, draft.total) == (2, sgd("220"), sgd("19.80"), sgd("239.80"))


def test_an_agreed_discount_comes_first_and_credits_lower_what_is_left() -> None:
    (line,) = Till(("goods", "10", ""), free="5").draft.lines
    assert (line.discount, line.credit_discount, line.amount) == (sgd("10"), sgd("5"), sgd("85"))


@pytest.mark.parametrize(
    ("product", "can"),
    [("goods", True), ("calls", True), ("seats", True), ("placements", True), ("gigs", False), ("top-up", False)],
)
def test_what_is_held_for_others_and_what_tops_up_is_never_lowered(product: str, can: bool) -> None:
    draft = Till((product, "10", "10.00")).draft
    assert [can_be_lowered(line) for line in draft.lines] == [can] * len(draft.lines)


MONEY = st.decimals("0.01", "500", places=2)


@settings(deadline=None, max_examples=60)
@given(price=MONEY, quantity=st.integers(1, 9), shares=st.lists(st.fractions(0, 1, max_denominator=30), max_size=3))
def test_discounts_are_set_and_not_added_and_taken_away_without_a_trace(
    price: Decimal, quantity: int, shares: list[Any]
) -> None:
    before = Till(("seats", str(quantity), str(price))).draft
    draft, whole = before, before.lines[0].amount.number
    for share in shares:
        discount = sgd(whole * share.numerator / share.denominator)
        draft = with_credit_discounts(draft, {1: discount} if discount.number else {})
        line = draft.lines[0]
        assert line.amount.number == whole - discount.number
        assert line.tax == times(line.amount.number, line.tax_rate, "SGD")
        assert (draft.subtotal, draft.total.number) == (line.amount, line.amount.number + line.tax.number)
    assert with_credit_discounts(draft, {}) == before


def test_a_draft_whose_discounts_stay_is_the_same_draft() -> None:
    draft = Till(("goods", "2", "100.00"), free="30").draft
    assert with_credit_discounts(draft, {1: sgd("30")}) is draft


# --- Edits ---------------------------------------------------------------------------------------------------------------


def test_an_edit_of_what_is_around_the_lines_keeps_what_lowers_them() -> None:
    till = Till(("goods", "2", "100.00"), free="30")
    till.perform(edit_invoice, EditInvoice(NUMBER, due=date(2026, 3, 1), notes="PO 4711", bill_to_name="Acme Ltd."))
    assert (till.draft.revision, till.draft.lines[0].credit_discount) == (3, sgd("30"))
    assert till.draft.total == sgd("185.30")


@pytest.mark.parametrize(
    "edit",
    [
        EditInvoice(NUMBER, changes=(LineEdit(2, Decimal(2)),)),
        EditInvoice(NUMBER, changes=(LineEdit(1, unit_price=sgd("90")),)),
        EditInvoice(NUMBER, changes=(LineEdit(1, description="Other words"),)),
        EditInvoice(NUMBER, remove=(2,)),
        EditInvoice(NUMBER, add=(Item("seats", Decimal(1), sgd("1")),)),
    ],
    ids=["quantity", "price", "words", "remove", "add"],
)
def test_an_edit_of_any_line_takes_all_that_lowers_them_away(edit: EditInvoice) -> None:
    till = Till(("goods", "2", "100.00"), ("seats", "1", "50.00"), free="230")
    till.perform(edit_invoice, edit)
    assert all(line.credit_discount is None for line in till.draft.lines)
    gross = sum(line.quantity * line.unit_price.number for line in till.draft.lines)
    assert till.draft.subtotal.number == gross


def test_a_quantity_is_edited_at_the_agreed_discount_and_not_at_what_credits_left() -> None:
    till = Till(("goods", "10", ""), free="5")
    till.perform(edit_invoice, EditInvoice(NUMBER, changes=(LineEdit(1, Decimal(20)),)))
    (line,) = till.draft.lines
    assert (line.discount, line.amount) == (sgd("20"), sgd("180"))


def test_an_edit_to_what_the_lines_say_already_changes_nothing() -> None:
    till = Till(("goods", "2", "100.00"), free="30")
    assert not till.perform(edit_invoice, EditInvoice(NUMBER, changes=(LineEdit(1, Decimal(2), sgd("100")),)))


# --- Issue and void ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("product", "account"), [("goods", "Income:SG:Sales"), ("calls", "Assets:SG:Unbilled:Acme")])
def test_what_is_earned_by_issue_is_so_before_the_discount(product: str, account: str) -> None:
    issue = Till((product, "1", "100.00"), free="30").issue()
    assert posted(issue.lines) == [(account, "-100.00 SGD")]
    assert posted(issue.discounts) == [(DISCOUNTS, "30.00 SGD")]
    assert posted(issue.taxes) == [("Liabilities:SG:Tax:GST", "-6.30 SGD")]
    assert issue.receivable is not None
    assert issue.receivable.units == sgd("76.30")


@pytest.mark.parametrize(
    ("product", "account"),
    [("seats", "Liabilities:SG:Deferred:Acme"), ("placements", "Liabilities:SG:Billed:Acme")],
)
def test_of_what_is_earned_later_only_what_is_billed_is_held(product: str, account: str) -> None:
    issue = Till((product, "1", "100.00"), free="30").issue()
    assert (posted(issue.lines), issue.discounts) == ([(account, "-70.00 SGD")], ())


def test_a_line_that_credits_paid_whole_is_earned_and_given_away() -> None:
    issue = Till(("goods", "1", "100.00"), free="100").issue()
    assert issue.receivable is None
    assert (posted(issue.lines), posted(issue.discounts)) == (
        [("Income:SG:Sales", "-100.00 SGD")],
        [(DISCOUNTS, "100.00 SGD")],
    )


def test_a_voiding_takes_the_discount_back_too() -> None:
    till = Till(("goods", "1", "100.00"), free="30")
    issue = till.issue()
    voided = next(
        one for one in till.perform(void_invoice, VoidInvoice(NUMBER, "wrong")) if isinstance(one, InvoiceVoided)
    )
    assert [-leg.number for leg in voided.discounts] == [leg.number for leg in issue.discounts]
    assert sum(leg.number for leg in (*issue.legs(), *voided.legs())) == 0


def test_an_invoice_without_discounts_moves_what_it_always_did() -> None:
    till = Till(("goods", "1", "100.00"), ("seats", "1", "10.00"))
    legs = issue_legs(till.draft, parties_of(till.books, till.draft))
    assert legs.discounts == ()
    assert posted(legs.lines) == [("Income:SG:Sales", "-100.00 SGD"), ("Liabilities:SG:Deferred:Acme", "-10.00 SGD")]


# --- Credit notes --------------------------------------------------------------------------------------------------------

PARTS = st.tuples(st.sampled_from(["quantity", "amount"]), st.fractions(0, 1, max_denominator=20))


@settings(deadline=None, max_examples=60)
@given(
    product=st.sampled_from(["goods", "calls"]),
    quantity=st.integers(1, 12),
    price=st.decimals("0.10", "90", places=2),
    share=st.fractions("1/50", "49/50", max_denominator=50),
    parts=st.lists(PARTS, max_size=5),
)
def test_all_credit_notes_of_a_line_take_back_what_was_earned_and_the_discount_to_the_cent(
    product: str, quantity: int, price: Decimal, share: Any, parts: list[Any]
) -> None:
    gross = quantity * price
    free = sgd(gross * share.numerator / share.denominator).number
    if not free or free == gross:
        return
    till = Till((product, str(quantity), str(price)), free=str(free))
    till.issue()
    (line,) = till.draft.lines
    assert line.credit_discount == sgd(free)
    amount, earned, given, credited = line.amount.number, Decimal(0), Decimal(0), Decimal(0)
    units = Decimal(0)
    for kind, part in [*parts, ("rest", None)]:
        some = Decimal(part.numerator) / part.denominator if part is not None else Decimal(1)
        of_quantity = ((quantity - units) * some).quantize(Decimal("0.1"))
        off = sgd((amount - credited) * some)
        if kind == "rest" and amount > credited:
            wanted: tuple[CreditLine, ...] = ()
        elif kind == "amount" and off.number:
            wanted = (CreditLine(1, amount=off),)
        elif kind == "quantity" and of_quantity and amount > credited:
            wanted = (CreditLine(1, of_quantity),)
        else:
            continue
        try:
            issue = till.credit(*wanted)
        except Refused:  # it comes to less than a cent
            assert kind == "quantity"
            continue
        units += of_quantity if kind == "quantity" else 0
        net = sum(leg.number for leg in issue.earned) + sum(leg.number for leg in issue.rounding)
        credited += net
        earned += sum(leg.number for leg in issue.earned)
        given -= sum(leg.number for leg in issue.rounding)
        assert all(leg.account == DISCOUNTS for leg in issue.rounding)
        assert given == sgd(free * credited / amount).number
    assert (credited, earned, given) == (amount, gross, free)


def test_of_what_is_held_a_credit_note_takes_only_what_was_billed() -> None:
    till = Till(("seats", "10", "10.00"), free="30")
    till.issue()
    note = till.credit(CreditLine(1, Decimal(5)))
    assert posted(note.held) == [("Liabilities:SG:Deferred:Acme", "35.00 SGD")]
    assert (note.earned, note.rounding) == ((), ())


def test_a_line_that_was_paid_whole_by_credits_adds_nothing_to_a_credit_note() -> None:
    till = Till(("goods", "1", "100.00"), ("seats", "1", "50.00"), free="100")
    till.issue()
    note = till.credit()
    assert (note.earned, note.rounding) == ((), ())
    assert posted(note.held) == [("Liabilities:SG:Deferred:Acme", "50.00 SGD")]


# --- The ledger ----------------------------------------------------------------------------------------------------------


def test_all_of_it_reads_back_and_is_sound() -> None:
    till = Till(("goods", "2", "100.00"), ("calls", "1", "50.00"), ("seats", "1", "20.00"), free="130")
    till.issue()
    till.credit(CreditLine(2, amount=sgd("7")))
    till.credit(CreditLine(1, Decimal(1)))
    reading = judge(parser.parse_string(till.ledger())[0])
    assert reading.findings == []
    assert reading.books.invoices.current(NUMBER) == till.draft


def messages_of(till: Till, old: str, new: str) -> list[str]:
    """What is said of the ledger with another text in one place."""
    text = till.ledger()
    assert text.count(old) == 1
    return [one.problem.message for one in judge(parser.parse_string(text.replace(old, new))[0]).findings]


@pytest.mark.parametrize("new", ["  credit-discount: 31.00 SGD\n", "  credit-discount: 30.00 USD\n", ""])
def test_a_discount_that_is_not_what_a_line_is_lowered_by_is_a_problem(new: str) -> None:
    till = Till(("goods", "2", "100.00"), free="30")
    (message,) = messages_of(till, "  credit-discount: 30.00 SGD\n", new)
    assert "line 1 of SG-2026-00001" in message


def test_a_discount_that_was_changed_after_the_issue_breaks_its_seal() -> None:
    till = Till(("goods", "2", "100.00"), free="30")
    till.issue()
    (message,) = messages_of(till, "  credit-discount: 30.00 SGD\n", "  credit-discount: 31.00 SGD\n")
    assert "was changed after it was issued" in message


def test_an_issue_that_says_the_discount_elsewhere_is_a_problem() -> None:
    till = Till(("goods", "2", "100.00"), free="30")
    till.issue()
    (message,) = messages_of(till, "  Income:SG:Discounts ", "  Income:SG:Sales ")
    assert "is not that of its lines" in message


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"credit_discount": sgd("-1")}, "lowered by free credits of -1.00"),
        ({"credit_discount": sgd("0")}, "lowered by free credits of 0.00"),
        ({"credit_discount": Money(Decimal("1.00"), "USD")}, "lowered by free credits of 1.00 USD"),
        ({"credit_discount": Money(Decimal("1.005"), "SGD")}, "lowered by free credits of 1.005"),
        ({"credit_discount": sgd("201")}, "a line below zero"),
    ],
)
def test_a_discount_that_there_can_not_be_is_refused(change: dict[str, Any], what: str) -> None:
    till = Till(("goods", "2", "100.00"))
    draft = till.draft
    discount = change["credit_discount"]
    line = replace(draft.lines[0], revision=2, amount=Money(Decimal(200) - discount.number, "SGD"), **change)
    line = replace(line, tax=times(line.amount.number, line.tax_rate, "SGD"))
    total = Money(line.amount.number + line.tax.number, "SGD")
    lowered = replace(draft, revision=2, lines=(line,), subtotal=line.amount, tax=line.tax, total=total)
    with pytest.raises(Refused, match=what):
        till.perform(Act.record, lowered)


@pytest.mark.parametrize("product", ["gigs", "top-up"])
def test_a_discount_of_what_can_not_be_lowered_is_refused(product: str) -> None:
    till = Till((product, "10", "10.00"))
    lowered = with_credit_discounts(till.draft, {1: sgd("1")})
    lowered = replace(lowered, revision=2, lines=tuple(replace(one, revision=2) for one in lowered.lines))
    with pytest.raises(Refused, match="can't be lowered by free credits"):
        till.perform(Act.record, lowered)
