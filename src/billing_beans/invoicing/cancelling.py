"""Which invoice a cancellation of another system takes back: found by stated rules, never guessed (I7, I10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.money import Money, times
from billing_beans.core.records import record
from billing_beans.invoicing.credit_limits import credited_of
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine, net_of, takes_amounts
from billing_beans.invoicing.facts import InvoiceLine
from billing_beans.invoicing.records import IMPORTED, CreditedLine
from billing_beans.invoicing.status import CREDITABLE

NAMED = 3
"""Invoices that a message names where several may be meant."""


class Rule(StrEnum):
    """What a match rests on, the surest first."""

    SAME = "the same quantity and unit price"
    PART = "a part, at the same unit price"
    REST = "all that is left of the only invoice with that amount"
    ONLY = "the only invoice with so much left"
    NEWEST = "the newest of several with so much left"


class Certainty(StrEnum):
    """How sure a match must be: by the price, or by being the only one that is possible, or the newest of several."""

    EXACT = "exact"
    ONLY = "only"
    NEWEST = "newest"


class Unmatched(StrEnum):
    """Why a cancellation takes back nothing."""

    NO_INVOICE = "is a cancellation, and its customer has no invoice before it"
    TOO_MUCH = "is a cancellation of more than is left of any invoice of its customer"
    SEVERAL = "is a cancellation that may be of several invoices"
    NOT_EXACT = "is a cancellation that no invoice matches exactly"
    TOO_EARLY = "is a cancellation from before what it takes back was paid or granted"
    GRANTED = "is a cancellation of a part of granted units at another price"


@record
class Cancellation:
    """A cancellation as another system issued it: so much of a product, net of tax; quantity and price are positive.

    `later` are invoices that were issued on its day, and after it.
    """

    source: str
    number: str
    day: date
    customer: str
    product: str
    quantity: Decimal
    unit_price: Money
    seller: str | None = None
    later: tuple[str, ...] = ()

    @property
    def amount(self) -> Money:
        """What it takes back, net of tax."""
        return times(self.quantity, self.unit_price.number, self.unit_price.currency)

    @property
    def said(self) -> str:
        """What the reason of its credit note begins with: by it the same cancellation is known again (U6)."""
        return f"Cancellation of {self.quantity:f} at {self.unit_price.number:f} {self.unit_price.currency}: "


class Match(NamedTuple):
    """The credit note that a cancellation becomes, and by which rule."""

    rule: Rule
    request: CreditInvoice


class NoMatch(NamedTuple):
    """Why there is none, and what a person needs to decide."""

    why: Unmatched
    words: str


class _Candidate(NamedTuple):
    """An invoice that a cancellation may be of, and what is left of its line."""

    number: str
    order: tuple[date, str]
    line: InvoiceLine
    credited: CreditedLine
    takes_amounts: bool

    @property
    def quantity(self) -> Decimal:
        return self.line.quantity - self.credited.quantity

    @property
    def amount(self) -> Decimal:
        return self.line.amount.number - self.credited.amount

    @property
    def is_whole(self) -> bool:
        return not self.credited.amount


class _Found(NamedTuple):
    """An invoice, the rule that found it, and that in words."""

    rule: Rule
    invoice: _Candidate
    why: str


def matched(books: Books, cancellation: Cancellation, certainty: Certainty = Certainty.ONLY) -> Match | NoMatch:
    """The surest of the rules that finds an invoice; it was issued before the cancellation, and has so much left.

    The first two find by the price; of several invoices that they find, which sold the same, the newest counts. The next
    two find what no other invoice can be, unless `certainty` is exact. Where several can be, none is taken, unless
    `certainty` says that the newest shall be.
    """
    before = [*_issued_before(books, cancellation)]
    possible = [one for one in before if _fits(cancellation, one) and _credited_as(cancellation, one) is not None]
    found = _by_price(cancellation, possible)
    if found is None and certainty is not Certainty.EXACT:
        found = _by_amount(cancellation, possible, certainty)
    if found is None:
        return NoMatch(*_why_none(cancellation, certainty, before, possible))
    line = _credited_as(cancellation, found.invoice)
    assert line is not None
    number, reason = found.invoice.number, f"{cancellation.said}{found.why}"
    request = CreditInvoice(number, reason, (line,), number=cancellation.number, source=cancellation.source)
    return Match(found.rule, request)


def _by_price(cancellation: Cancellation, possible: list[_Candidate]) -> _Found | None:
    alike = [one for one in possible if one.line.unit_price == cancellation.unit_price]
    same = [one for one in alike if one.is_whole and one.line.quantity == cancellation.quantity]
    if same:
        one = _newest(same)
        return _Found(Rule.SAME, one, f"{one.number} sold the same")
    if alike:
        one = _newest(alike)
        return _Found(Rule.PART, one, f"part of {one.number}, at the same price")
    return None


def _by_amount(cancellation: Cancellation, possible: list[_Candidate], certainty: Certainty) -> _Found | None:
    rests = [one for one in possible if one.amount == cancellation.amount.number]
    if len(rests) == 1:
        return _Found(Rule.REST, rests[0], f"all that is left of {rests[0].number}, and of no other invoice before it")
    if len(possible) == 1:
        return _Found(Rule.ONLY, possible[0], f"no other invoice before it than {possible[0].number} has so much left")
    if not possible or certainty is not Certainty.NEWEST:
        return None
    one = _newest(rests or possible)
    count = len(rests or possible)
    return _Found(Rule.NEWEST, one, f"{one.number} is the newest of {count} invoices before it with so much left")


def _issued_before(books: Books, cancellation: Cancellation) -> Iterator[_Candidate]:
    """What was imported of the same product for the same customer, not later, and can be credited."""
    for head in books.invoices.heads.range("customer", cancellation.customer):
        if head.status not in CREDITABLE or head.opened or head.issued is None or head.issued > cancellation.day:
            continue
        if head.currency != cancellation.unit_price.currency or cancellation.seller not in (None, head.seller):
            continue
        if head.number in cancellation.later:
            continue
        draft = books.invoices.current(head.number)
        assert draft is not None
        line = draft.lines[0]
        if draft.series == IMPORTED and line.product == cancellation.product and head.total:
            credited = credited_of(books, draft, line)
            yield _Candidate(head.number, (head.issued, head.drafted_id), line, credited, takes_amounts(head, line))


def _fits(cancellation: Cancellation, one: _Candidate) -> bool:
    return one.amount >= cancellation.amount.number and one.quantity >= cancellation.quantity


def _credited_as(cancellation: Cancellation, one: _Candidate) -> CreditLine | None:
    """What a credit note takes of an invoice, so that it comes to the cancellation's amount to the last minor unit."""
    amount = cancellation.amount
    if one.amount == amount.number:
        return CreditLine(1)
    is_alike = one.line.unit_price == cancellation.unit_price
    if is_alike and net_of(one.line, one.credited, cancellation.quantity) == amount:
        return CreditLine(1, cancellation.quantity)
    return CreditLine(1, amount=amount) if one.takes_amounts else None


def _newest(found: list[_Candidate]) -> _Candidate:
    return max(found, key=_when)


def _when(one: _Candidate) -> tuple[date, str]:
    return one.order


def _why_none(
    cancellation: Cancellation, certainty: Certainty, before: list[_Candidate], possible: list[_Candidate]
) -> tuple[Unmatched, str]:
    """Why no invoice is found, and what there is."""
    customer, said = cancellation.customer, f"{cancellation.number} takes back {cancellation.amount}"
    if not before:
        return Unmatched.NO_INVOICE, f"{said}, and there is nothing to credit of what {customer} bought before"
    if possible and certainty is Certainty.EXACT:
        return Unmatched.NOT_EXACT, f"{said}, and {customer} bought nothing at {cancellation.unit_price} before"
    if possible:
        return Unmatched.SEVERAL, f"{said}, and may be of {_named(possible)}"
    if any(_fits(cancellation, one) for one in before):
        return Unmatched.GRANTED, f"{said}, which is no quantity of the units that {customer} bought"
    most = max(before, key=lambda one: one.amount)
    left = f"{most.quantity:f} for {most.amount:f} are left of {most.number}, the largest"
    return Unmatched.TOO_MUCH, f"{said} for {cancellation.quantity:f}, and {left}"


def _named(found: list[_Candidate]) -> str:
    newest = sorted(found, key=_when, reverse=True)[:NAMED]
    more = f" and {len(found) - len(newest)} more" if len(found) > len(newest) else ""
    return f"{', '.join(one.number for one in newest)}{more}"
