"""What must hold of invoices and credit notes for subscriptions: each day is billed once, as it was subscribed to (U3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from billing_beans.books import Books
from billing_beans.catalog.facts import Timing
from billing_beans.core.checks import Broken, check
from billing_beans.core.proration import Part
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteLine, InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.lines import part_of
from billing_beans.subscriptions.billing import unused_amount
from billing_beans.subscriptions.due import Missing, difference_of, due_of, subscribed_to
from billing_beans.subscriptions.measuring import Measure, measure_of
from billing_beans.subscriptions.pieces import Piece, agreed, quantity_of
from billing_beans.subscriptions.records import BilledLine, Point, Subscription, period_end_of, point_of, stops_at

RESTORE = "restore the text with git; where it was changed on one branch and billed on another, take the change out, and record it again"
_ONE_DAY = timedelta(days=1)
ONCE = "U3: each day of a subscription is billed once, as it was subscribed to, without gaps."


@check(InvoiceDrafted, promise=ONCE, remedy=RESTORE)
def billed_as_subscribed(books: Books, fact: InvoiceDrafted) -> Iterator[str | Broken]:
    charged = [line for line in fact.lines if line.charge is not None]
    if fact.revision > 1:
        yield from _as_before(books, fact, charged)
        return
    if not charged:
        return
    for name in dict.fromkeys(line.subscription for line in charged):
        one = books.subscriptions.subscriptions.get(name) if name is not None else None
        if one is None:
            yield f"{fact.invoice} charges {name}, and there is no such subscription"
        elif (one.customer, one.seller, one.currency) != (fact.customer, fact.seller, fact.currency):
            yield f"{fact.invoice} charges {name}, which is of {one.customer}, with {one.seller}, in {one.currency}"
        elif fact.date < one.recorded:
            yield f"{fact.invoice} charges {name} on {fact.date}, and what last happened to that is dated {one.recorded}"
        else:
            yield from _Charged(books, fact, one, [line for line in charged if line.subscription == name]).broken()


def _as_before(books: Books, fact: InvoiceDrafted, charged: list[InvoiceLine]) -> Iterator[str]:
    """An edit leaves what is charged for subscriptions as it is; free credits may lower it."""
    before = books.invoices.current(fact.invoice)
    known = [line for line in before.lines if line.charge is not None] if before is not None else []
    if [*map(_what, charged)] != [*map(_what, known)]:
        yield f"revision {fact.revision} of {fact.invoice} charges subscriptions otherwise than the one before"


def _what(line: InvoiceLine) -> tuple[object, ...]:
    return (
        *(line.subscription, line.charge, line.product, line.quantity, line.unit_price, line.of_quantity),
        *(line.period_start, line.period_end, line.from_at, line.until_at, part_of(line)),
    )


class _Charged:
    """What one invoice charges of one subscription, held against what should be billed of it."""

    def __init__(self, books: Books, fact: InvoiceDrafted, one: Subscription, lines: list[InvoiceLine]) -> None:
        self._books, self._fact, self._one, self._lines = books, fact, one, lines
        self._starts = [line.period_start for line in lines if line.period_start is not None]
        ends = [line.period_end for line in lines if line.period_end is not None]
        # What is charged once is so with the first period of its plan, which may be an earlier one.
        since = min(self._starts) if len(self._starts) == len(lines) else min([one.review_from, *self._starts])
        self._pieces = subscribed_to(books, one, since, max([fact.date, *ends]))
        self._measure = _measure(books, one, fact.date)
        table = books.subscriptions.billed
        self._billed = [*table.since("subscription", one.subscription, (since,))] if self._starts else []

    def broken(self) -> Iterator[str | Broken]:
        for line in self._lines:
            if line.period_start is None:
                yield from self._once(line)
            else:
                yield from self._for_days(line)
        yield from self._gap()

    def _once(self, line: InvoiceLine) -> Iterator[str]:
        pieces = (one for one in self._pieces if one.charge.timing is Timing.ONCE and one.charge.charge == line.charge)
        if not any(_is_of(line, one) for one in pieces):
            yield f"line {line.line} of {self._fact.invoice} charges {line.charge} of {line.subscription} once, and its plan doesn't"
        for billed in self._books.subscriptions.billed.range("once", (line.subscription, line.product)):
            yield f"{billed.charge} of {line.subscription} is charged once, on {billed.invoice} and on {self._fact.invoice}"

    def _for_days(self, line: InvoiceLine) -> Iterator[str | Broken]:
        assert line.period_start is not None
        assert line.period_end is not None
        name = f"line {line.line} of {self._fact.invoice}"
        begins, stops = point_of(line.period_start, line.from_at), stops_at(line.period_end, line.until_at)
        piece = self._piece_of(line, begins, stops)
        if piece is None:
            yield (
                f"{name} charges {line.charge} of {line.subscription} from {line.period_start} until {line.period_end}, "
                "and that is not what it is subscribed to then"
            )
            return
        due = due_of(piece, begins)
        if due > self._fact.date:
            yield f"{name} charges {line.charge} of {line.subscription}, which is due on {due}, on {self._fact.date}"
        part = self._measure.part(piece.period, begins, stops)
        said, expected = part_of(line), None if part.is_whole else part
        if (said, line.prorated_by) != (expected, None if part.is_whole else self._measure.unit):
            yield f"{name} charges {_words(said)} of its period, and should charge {_words(expected)}"
        yield from self._twice(line, begins, stops)

    def _piece_of(self, line: InvoiceLine, begins: Point, stops: Point) -> Piece | None:
        for piece in self._pieces:
            is_for_days = piece.charge.timing is not Timing.ONCE and piece.start <= begins < stops <= piece.end
            if is_for_days and piece.charge.charge == line.charge and _is_of(line, piece):
                return piece
        return None

    def _twice(self, line: InvoiceLine, begins: Point, stops: Point) -> Iterator[str]:
        for other in self._billed:
            overlaps = other.begins < stops and begins < other.stops and other.charge == line.charge
            if overlaps and self._is_right_or_owed(other, max(begins, other.begins)):
                yield (
                    f"{line.charge} of {line.subscription} is billed twice from {max(begins, other.begins).day} on: "
                    f"on {other.invoice} and on {self._fact.invoice}"
                )

    def _is_right_or_owed(self, other: BilledLine, since: Point) -> bool:
        """Whether a line is what is subscribed to behind a point, or costs something since it no longer is, that is to be taken back."""
        reviewed = self._one.review_from
        pieces = subscribed_to(self._books, self._one, reviewed, max(other.end, self._fact.date))
        right_until = agreed(other, pieces, reviewed)
        return right_until > since or bool(unused_amount(self._books, other, right_until, self._measure).number)

    def _gap(self) -> Iterator[str]:
        """What was due before what is billed now is billed already, or on this very invoice."""
        one, starts = self._one, self._starts
        if not starts or (one.next_due is not None and one.next_due >= max(starts)):
            return
        by_start = sorted(self._lines, key=lambda line: line.period_start or date.max, reverse=True)
        first = {line.charge: line.period_start for line in by_start if line.period_start is not None}
        for missing in difference_of(self._books, self._one, max(starts) - _ONE_DAY).missing:
            charge, since = missing.piece.charge.charge, missing.start.day
            is_before = since < first.get(charge, min(starts))
            counts = self._measure.part(missing.piece.period, missing.start, missing.end).units
            if is_before and counts and not self._has(missing):
                yield (
                    f"{self._fact.invoice} charges {self._one.subscription} from {first.get(charge, min(starts))} on, and "
                    f"{charge} is not billed from {since} until {missing.end.day}"
                )

    def _has(self, missing: Missing) -> bool:
        charge, since = missing.piece.charge.charge, missing.start.day
        return any(line.charge == charge and line.period_start == since for line in self._lines)


def _is_of(line: InvoiceLine, piece: Piece) -> bool:
    quantity = line.quantity if line.of_quantity is None else line.of_quantity
    return (line.product, quantity) == (piece.charge.product, quantity_of(piece))


def _words(part: Part | None) -> str:
    return "all" if part is None else f"{part.start} to {part.end} of {part.whole}"


def _measure(books: Books, one: Subscription, day: date) -> Measure:
    entity = books.catalog.entity(one.seller, day)
    assert entity is not None
    return measure_of(books, entity.time_zone, day)


@check(
    CreditNoteDrafted,
    promise="U3: what is taken back of a line is for days that the subscription has no longer, and never more than was charged.",
    remedy=RESTORE,
)
def credited_as_unused(books: Books, fact: CreditNoteDrafted) -> Iterator[str]:
    lines = [line for line in fact.lines if line.period_start is not None]
    for line in lines:
        billed = books.subscriptions.billed.get((fact.invoice, line.line))
        one = books.subscriptions.subscriptions.get(billed.subscription) if billed is not None else None
        if billed is None or one is None or billed.is_void:
            yield f"{fact.credit_note} takes back days of line {line.line} of {fact.invoice}, which charges none"
        else:
            yield from _taken_back(books, fact, one, billed, line)


def _taken_back(
    books: Books, fact: CreditNoteDrafted, one: Subscription, billed: BilledLine, line: CreditNoteLine
) -> Iterator[str]:
    name = f"line {line.line} of {fact.credit_note}"
    assert line.period_start is not None
    since = point_of(line.period_start, line.from_at)
    if fact.date < one.recorded:
        yield f"{name} takes back days of {one.subscription} on {fact.date}, and what last happened to that is dated {one.recorded}"
        return
    unused = difference_of(books, one, fact.date).surplus
    if not any(each.line == billed and each.since == since for each in unused):
        yield f"{name} takes back what {one.subscription} was charged from {since.day} on, and it has that then"
    elif line.period_end != period_end_of(billed.stops):
        yield f"{name} is until {line.period_end}, and what it takes back is billed until {period_end_of(billed.stops)}"
    else:
        expected = unused_amount(books, billed, since, _measure(books, one, fact.date))
        if line.amount != expected or not line.allowance:
            yield f"{name} takes back {line.amount}, and what is not used comes to {expected}"
