"""What of a subscription is to be billed, what is billed, and the difference (U3).

What should be billed follows from the phases of a subscription and the charges of its plan: pieces of periods. What is billed
stands on the lines of its invoices. Where a billed line is what it should be only until some point, the rest of it is taken
back from there; and what should be billed and isn't becomes lines. So whatever happened in whichever order, each day is billed once,
and what is right already is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanCharge, Timing
from billing_beans.catalog.state import CatalogState
from billing_beans.core.errors import Refused
from billing_beans.subscriptions.pieces import Piece, looked_at, pieces_of, rest, until_point
from billing_beans.subscriptions.records import BilledLine, Point, Subscription


class Missing(NamedTuple):
    """A piece, or the rest of one, that is to be billed; without days where it is billed once. `bucket` is with which period."""

    piece: Piece
    start: Point
    end: Point
    bucket: date


class Surplus(NamedTuple):
    """A billed line that is right only until a point; from there on it is taken back."""

    line: BilledLine
    since: Point


class Difference(NamedTuple):
    """What is to be done so that a subscription is billed as it should be."""

    missing: list[Missing]
    surplus: list[Surplus]


def difference_of(books: Books, one: Subscription, until: date) -> Difference:
    """What is due by a day, that day included, and not billed; and what is billed and no longer right by then."""
    billed = [*books.subscriptions.billed.since("subscription", one.subscription, (one.review_from,))]
    horizon = max([until, *(line.end for line in billed)])
    pieces = subscribed_to(books, one, one.review_from, horizon)
    right: dict[str, list[BilledLine]] = {}
    surplus: list[Surplus] = []
    for line, right_until in looked_at(billed, pieces, one.review_from):
        is_wrong = right_until < line.stops and right_until.day <= until
        if is_wrong:
            surplus.append(Surplus(line, right_until))
        stays_until = right_until if is_wrong else line.stops
        if line.begins < stays_until:
            right.setdefault(line.charge, []).append(until_point(line, stays_until))
    missing = [*_missing(pieces, right, until), *_once(books, one, pieces, until)]
    missing.sort(key=lambda each: (each.bucket, each.start))
    return Difference(missing, surplus)


def subscribed_to(books: Books, one: Subscription, since: date, horizon: date) -> list[Piece]:
    """Every piece of the periods from that of one day on that begin by another. Raises `Refused` where a plan is not known."""
    return pieces_of(lambda plan, day: _charges_on(books.catalog, plan, day), one, since, horizon)


def _charges_on(catalog: CatalogState, plan: str, day: date) -> Sequence[PlanCharge]:
    found = catalog.plan(plan, day)
    if found is None:
        raise Refused(
            f"There is no plan {plan} on {day}.",
            rule="U3: a subscription is billed by a plan of the catalogue.",
            instead="billing-beans plan list",
        )
    return found.charges


def _missing(pieces: Iterable[Piece], right: dict[str, list[BilledLine]], until: date) -> Iterator[Missing]:
    for piece in pieces:
        if piece.charge.timing is not Timing.ONCE and piece.due <= until:
            for start, end in rest(piece, right.get(piece.charge.charge, ())):
                due = due_of(piece, start)
                if due <= until:
                    yield Missing(piece, start, end, _bucket(piece, due, until))


def due_of(piece: Piece, start: Point) -> date:
    """The day on which what begins at a point of a piece falls due."""
    return start.day if piece.charge.timing is Timing.IN_ADVANCE else piece.due


def _once(books: Books, one: Subscription, pieces: Iterable[Piece], until: date) -> Iterator[Missing]:
    """What is charged once, for each product, with the first period of its plan."""
    seen: set[str] = set()
    for piece in pieces:
        product = piece.charge.product
        if piece.charge.timing is not Timing.ONCE or piece.due > until or product in seen:
            continue
        seen.add(product)
        if not any(True for _ in books.subscriptions.billed.range("once", (one.subscription, product))):
            yield Missing(piece, piece.start, piece.start, _bucket(piece, piece.due, until))


def _bucket(piece: Piece, due: date, until: date) -> date:
    """The beginning of the period with which a piece is billed: what falls due within one is billed with the next, if that has come."""
    if due == piece.begins:
        return due
    return piece.over if piece.over <= until else date.max
