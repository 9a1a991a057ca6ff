"""Lines of invoices and credit notes for what is due of a subscription (U3). Pure functions of the books."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.facts import Timing
from billing_beans.core.money import Money, new_money
from billing_beans.core.proration import Part, share
from billing_beans.invoicing.credit_limits import credited_of
from billing_beans.invoicing.crediting import CreditLine
from billing_beans.invoicing.facts import InvoiceLine
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import draft_named
from billing_beans.subscriptions.due import Missing, Surplus, difference_of
from billing_beans.subscriptions.measuring import Measure
from billing_beans.subscriptions.pieces import Period, quantity_of
from billing_beans.subscriptions.records import BilledLine, Point, Subscription, period_end_of, stops_at

_ZERO = Decimal(0)


class Unused(NamedTuple):
    """What is taken back of a line of an invoice."""

    invoice: str
    line: CreditLine


class Bill(NamedTuple):
    """What is to be billed of one subscription: items by the period with which they fall due, in order; and what is taken back."""

    items: dict[date, list[Item]]
    unused: list[Unused]


def bill_of(books: Books, one: Subscription, until: date, measure: Measure) -> Bill:
    """What is due of a subscription by a day, that day included. Raises `Refused` where its plan is not known."""
    difference = difference_of(books, one, until)
    items: dict[date, list[Item]] = {}
    for missing in difference.missing:
        item = item_of(one, missing, measure)
        if item is not None:
            items.setdefault(missing.bucket, []).append(item)
    unused = [unused_of(books, surplus, measure) for surplus in difference.surplus]
    return Bill(items, [each for each in unused if each is not None])


def item_of(one: Subscription, missing: Missing, measure: Measure) -> Item | None:
    """What is sold with a piece; None where it has no days that count."""
    piece, charge = missing.piece, missing.piece.charge
    if charge.timing is Timing.ONCE:
        return Item(
            charge.product,
            quantity_of(piece),
            subscription=one.subscription,
            charge=charge.charge,
            priced_on=missing.start.day,
        )
    part = measure.part(piece.period, missing.start, missing.end)
    if not part.units:
        return None
    return Item(
        charge.product,
        quantity_of(piece),
        subscription=one.subscription,
        charge=charge.charge,
        priced_on=missing.start.day,
        period_start=missing.start.day,
        period_end=period_end_of(missing.end),
        from_at=missing.start.at or None,
        until_at=missing.end.at or None,
        part=None if part.is_whole else part,
        part_by=None if part.is_whole else measure.unit,
    )


def unused_of(books: Books, surplus: Surplus, measure: Measure) -> Unused | None:
    """What a line charged for the days from a point on, as far as it was not taken back yet; None where that is nothing."""
    billed, since = surplus
    line = draft_named(books, billed.invoice).lines[billed.line - 1]
    amount = unused_amount(books, billed, since, measure)
    if not amount.number:
        return None
    assert line.period_end is not None
    return Unused(
        billed.invoice,
        CreditLine(
            billed.line,
            amount=amount,
            period_start=since.day,
            period_end=period_end_of(billed.stops),
            from_at=since.at or None,
        ),
    )


def unused_amount(books: Books, billed: BilledLine, since: Point, measure: Measure) -> Money:
    """What of a line goes back that is right only until a point: its amount less what its days before come to.

    Never more than is left of it, whatever else was credited (I7).
    """
    draft = draft_named(books, billed.invoice)
    line = draft.lines[billed.line - 1]
    kept = _kept(line, billed, since, measure)
    left = line.amount.number - credited_of(books, draft, line).amount
    unused = line.amount.number - kept.number - billed.days_credited
    return new_money(max(min(unused, left), _ZERO), line.amount.currency)


def _kept(line: InvoiceLine, billed: BilledLine, since: Point, measure: Measure) -> Money:
    """What the days of a line come to that lie before a point: their share of its amount."""
    if since <= billed.begins:
        return new_money(_ZERO, line.amount.currency)
    assert line.period_end is not None
    period = Period(billed.period_start, billed.period_end, billed.every)
    used = measure.part(period, billed.begins, since)
    of = measure.part(period, billed.begins, stops_at(line.period_end, line.until_at))
    if not of.units:
        return line.amount
    return share(line.amount.number, Part(0, min(used.units, of.units), of.units), line.amount.currency)


def together(bills: Iterable[Bill]) -> list[list[Item]]:
    """The items of several subscriptions for each of their common invoices, oldest first; the last of each are on the last."""
    per_bill = [[items for _bucket, items in sorted(bill.items.items())] for bill in bills]
    count = max((len(each) for each in per_bill), default=0)
    joined: list[list[Item]] = [[] for _ in range(count)]
    for each in per_bill:
        for place, items in enumerate(each, start=count - len(each)):
            joined[place] += items
    return joined
