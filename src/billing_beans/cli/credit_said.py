"""What an act did with credits, in words: whichever command it was, what it granted, used, gave back or wrote off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from billing_beans.books import Books
from billing_beans.cli.credit_words import exact, number, terms_words, until
from billing_beans.cli.output import money
from billing_beans.core.accounts import is_paid
from billing_beans.core.facts import Fact, Leg
from billing_beans.core.money import Money, new_money
from billing_beans.credits.facts import (
    CreditAdjusted,
    CreditApplied,
    CreditDiscounted,
    CreditExpired,
    CreditGranted,
    CreditRenewed,
    CreditRequested,
    CreditReversed,
)
from billing_beans.credits.records import Grant, GrantStatus
from billing_beans.credits.units import face_of, worth
from billing_beans.invoicing.facts import CreditNoteIssued, InvoiceVoided
from billing_beans.invoicing.operations import head_named
from billing_beans.payments.facts import PaymentRejected, PaymentVerified

_ZERO = Decimal(0)


def credits_said(books: Books, facts: Iterable[Fact]) -> list[str]:
    """A line for each thing that happened to credits in an act, in order; none where nothing did."""
    return [line for fact in facts for line in _said(books, fact)]


def reopened_words(books: Books, facts: Iterable[Fact]) -> list[str]:
    """What is owed on invoices that credits no longer pay."""
    found = dict.fromkeys(one.invoice for one in facts if isinstance(one, CreditReversed) and one.reopens)
    heads = [head_named(books, one) for one in found]
    return [
        f"  {one.number} is {one.status.replace('-', ' ')}, {one.due_amount:f} {one.currency} owed." for one in heads
    ]


def _said(books: Books, fact: Fact) -> Iterable[str]:
    say = _WORDS.get(type(fact))
    return say(books, fact) if say is not None else ()


def units_of(legs: Iterable[Leg]) -> Decimal:
    """How many credits postings move, whichever way."""
    return abs(sum((leg.number for leg in legs), start=_ZERO))


def shares(legs: Iterable[Leg]) -> str:
    """Which grants postings name: `60 of GRANT-1, 40 of GRANT-2 for line 2`."""
    found: dict[tuple[str, int | None], Decimal] = {}
    for leg in legs:
        assert leg.cost is not None
        key = (leg.cost.label or "", leg.line)
        found[key] = found.get(key, _ZERO) + abs(leg.number)
    return ", ".join(
        f"{number(units)} of {grant}{f' for line {line}' if line is not None else ''}"
        for (grant, line), units in found.items()
    )


def granted_words(books: Books, grant: Grant) -> str:
    """A grant in a line: `GRANT-1, 100 CREDIT-USD paid with 100.00 USD: until 2026-12-31`."""
    paid = f"paid with {money(grant.price)}" if grant.price is not None else "paid" if grant.paid else "free"
    of_grant = f" with {grant.of_grant}" if grant.of_grant is not None else ""
    return f"{grant.grant}, {number(grant.units)} {grant.unit} {paid}{of_grant}{terms_words(books, grant)}"


def _granted(books: Books, fact: CreditGranted) -> Iterator[str]:
    yield f"  granted {granted_words(books, _grant(books, fact.grant))}"


def _requested(books: Books, fact: CreditRequested) -> Iterator[str]:
    grant = _grant(books, fact.grant)
    if grant.status is GrantStatus.PENDING:
        yield f"  {granted_words(books, grant)}, waits for {fact.payment}"


def _applied(_books: Books, fact: CreditApplied) -> Iterator[str]:
    amount = new_money(units_of(fact.settles), fact.settles[0].currency)
    way = "pay" if is_paid(fact.lots[0].account) else "are a discount after tax of"
    yield f"  {_used(fact)} {way} {money(amount)} of {fact.invoice}: {shares(fact.lots)}"


def _discounted(books: Books, fact: CreditDiscounted) -> Iterator[str]:
    amount = worth(units_of(fact.lots), face_of(books, fact.lots[0].currency))
    yield f"  {_used(fact)} take {money(amount)} off {fact.invoice}: {shares(fact.lots)}"


def _used(fact: CreditApplied | CreditDiscounted) -> str:
    return f"{fact.application}: {number(units_of(fact.lots))} {fact.lots[0].currency}"


def _reversed(_books: Books, fact: CreditReversed) -> Iterator[str]:
    yield (
        f"  {fact.application}: {number(units_of(fact.lots))} {fact.lots[0].currency} went back from {fact.invoice}: "
        f"{shares(fact.lots)}"
    )


def _adjusted(_books: Books, fact: CreditAdjusted) -> Iterator[str]:
    yield f"  {fact.adjustment}: {number(units_of(fact.lots))} {fact.lots[0].currency} of {fact.grant} are taken back{_became(fact)}"


def _became(fact: CreditAdjusted) -> str:
    words = []
    if fact.unapplied is not None:
        assert fact.origin is not None
        words.append(f"{money(_positive(fact.unapplied))} of {fact.origin.partition('/')[2]} are unapplied money again")
    if fact.breakage is not None:
        words.append(f"{exact(_positive(fact.breakage))} are breakage")
    return f"; {', '.join(words)}" if words else ""


def _positive(leg: Leg) -> Money:
    return new_money(abs(leg.number), leg.currency)


def _expired(_books: Books, fact: CreditExpired) -> Iterator[str]:
    breakage = f", {exact(_positive(fact.breakage))} of breakage" if fact.breakage is not None else ""
    yield f"  {number(units_of(fact.lots))} {fact.lots[0].currency} of {fact.grant} had expired and are written off{breakage}"


def _renewed(books: Books, fact: CreditRenewed) -> Iterator[str]:
    last = until(books, _grant(books, fact.grant).wallet.partition("/")[0], fact.expires_at)
    yield (
        f"  {number(units_of(fact.lots))} {fact.lots[0].currency} of {fact.of_grant} had expired meanwhile, and go on as "
        f"{fact.grant} until {last}"
    )


def _void_with_payment(books: Books, fact: PaymentVerified | PaymentRejected) -> Iterator[str]:
    yield from _void(books.credits.grants.range("payment", fact.payment), fact.date)


def _void_with_invoice(books: Books, fact: InvoiceVoided) -> Iterator[str]:
    yield from _void(books.credits.grants.range("invoice", fact.invoice), fact.date)


def _grant(books: Books, name: str) -> Grant:
    found = books.credits.grants.get(name)
    assert found is not None, f"there is no grant {name}"
    return found


def _void(grants: Iterable[Grant], day: date) -> Iterator[str]:
    for grant in grants:
        if grant.status is GrantStatus.VOID and grant.voided == day:
            yield f"  {grant.grant}, {number(grant.units)} {grant.unit}, is void: {' '.join((grant.reason or '').split())}"


def _credited(_books: Books, fact: CreditNoteIssued) -> Iterator[str]:
    if fact.credits:
        yield f"  {number(units_of(fact.credits))} {fact.credits[0].currency} are taken back: {shares(fact.credits)}"


_WORDS: dict[type[Fact], Callable[[Books, Any], Iterable[str]]] = {
    CreditGranted: _granted,
    CreditRequested: _requested,
    CreditApplied: _applied,
    CreditDiscounted: _discounted,
    CreditReversed: _reversed,
    CreditAdjusted: _adjusted,
    CreditExpired: _expired,
    CreditRenewed: _renewed,
    PaymentVerified: _void_with_payment,
    PaymentRejected: _void_with_payment,
    InvoiceVoided: _void_with_invoice,
    CreditNoteIssued: _credited,
}
