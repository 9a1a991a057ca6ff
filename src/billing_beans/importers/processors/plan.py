"""What all files say of each thing, folded into its last state and put into the order in which things depend on each other.

The result is the same for any order of the events, for any division into files, and for events that are told twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.importers.processors.events import EventKind, Family, Payer, ProcessorEvent, family_of

RANK: Mapping[EventKind, int] = {
    EventKind.PENDING: 0,
    EventKind.FAILED: 1,
    EventKind.PAID: 2,
    EventKind.REFUND_PENDING: 0,
    EventKind.REFUNDED: 1,
    EventKind.REFUND_FAILED: 2,
    EventKind.DISPUTED: 0,
    EventKind.DISPUTE_LOST: 1,
    EventKind.DISPUTE_WON: 2,
    EventKind.PAYOUT_PENDING: 0,
    EventKind.PAYOUT: 1,
    EventKind.PAYOUT_FAILED: 2,
    EventKind.FEE: 0,
    EventKind.EXCHANGED: 0,
    EventKind.WENT_BACK: 0,
}
"""Which state of a thing is its last one: a charge that failed and then succeeded is paid; a refund or a payout that
succeeded can still come back; and of a dispute that was lost and then won the money is back."""

_ORDER = {family: place for place, family in enumerate(Family)}
_UNCHANGING = (EventKind.PENDING, EventKind.FAILED)
"""What was asked for may differ from what was paid in the end: an authorization of which a part was captured."""


@record
class Thing:
    """A charge, a refund, a dispute, a payout or a fee in its last state, with all that was said of it.

    Amounts are as in `ProcessorEvent`. `began` is when a dispute took its money, `moment` when the last state came about.
    `clash` says what two events say differently, if they do: then it is for a person.
    """

    source: str
    family: Family
    kind: EventKind
    moment: datetime
    where: str
    about: str = ""
    amount: Money | None = None
    fee: Money | None = None
    settled: Money | None = None
    payer: Payer = Payer()
    invoices: tuple[str, ...] = ()
    description: str = ""
    began: datetime | None = None
    reason: str = ""
    clash: str = ""

    @property
    def processor(self) -> str:
        """The name that stands before its ids."""
        return self.source.partition("/")[0]

    @property
    def came(self) -> Money | None:
        """What it is in the processor's balance, positive."""
        return self.settled or self.amount


class Plan(NamedTuple):
    """The things that a person or the books have to do with, in order, and how many events they were told in."""

    things: list[Thing]
    events: int


def planned(events: Iterable[ProcessorEvent]) -> Plan:
    """One thing for each id, charges before what became of them, payouts last; within these by time."""
    told: dict[tuple[Family, str], list[ProcessorEvent]] = {}
    count = 0
    for event in events:
        count += 1
        told.setdefault((family_of(event.kind), event.source), []).append(event)
    things = [folded(found) for found in told.values()]
    return Plan(in_order(_named_by_dispute(things)), count)


def in_order(things: Iterable[Thing]) -> list[Thing]:
    """As they depend on each other, and by time."""
    return sorted(things, key=lambda one: (_ORDER[one.family], one.began or one.moment, one.source))


def folded(events: Iterable[ProcessorEvent]) -> Thing:
    """All that events say of one thing."""
    return reduce(joined, (_thing(one) for one in sorted(events, key=_told)))


def _told(event: ProcessorEvent) -> tuple[int, datetime, str, str]:
    return (-RANK[event.kind], event.moment, event.event, event.where)


def _thing(event: ProcessorEvent) -> Thing:
    is_dispute = family_of(event.kind) is Family.DISPUTE
    taken = event.moment if is_dispute and event.kind is not EventKind.DISPUTE_WON else None
    return Thing(
        source=event.source,
        family=family_of(event.kind),
        kind=event.kind,
        moment=event.moment,
        where=event.where,
        about=f"{event.processor}/{event.about}" if event.about else "",
        amount=event.amount,
        fee=event.fee,
        settled=event.settled,
        payer=event.payer,
        invoices=event.invoices,
        description=event.description,
        began=event.since or taken,
        reason=event.reason,
    )


def joined(one: Thing, other: Thing) -> Thing:
    """What two say of the same thing: the later state, and of what only one says, that."""
    first, second = (one, other) if RANK[one.kind] >= RANK[other.kind] else (other, one)
    if first.kind is EventKind.WENT_BACK:
        return max(first, second, key=lambda said: said.amount.number if said.amount else 0)
    began = [moment for moment in (first.began, second.began) if moment is not None]
    # A fee is for taking the money; what else a lower state says of money is not about the same movement.
    same = RANK[first.kind] == RANK[second.kind] or first.family is not Family.CHARGE
    return replace(
        first,
        about=first.about or second.about,
        amount=first.amount or second.amount,
        fee=_fee(first, second) if same else first.fee,
        settled=first.settled or (second.settled if same else None),
        payer=Payer(*(a or b for a, b in zip(first.payer, second.payer, strict=True))),
        invoices=tuple(dict.fromkeys((*first.invoices, *second.invoices))),
        description=first.description or second.description,
        began=min(began) if began else None,
        reason=first.reason or second.reason,
        clash=first.clash or second.clash or (_clash(first, second) if same else ""),
    )


def _fee(first: Thing, second: Thing) -> Money | None:
    """The fee of a dispute that was won is what taking the money cost, whatever its return says."""
    fees = [one.fee for one in (first, second) if one.fee is not None]
    if first.kind is EventKind.DISPUTE_WON and second.kind is not EventKind.DISPUTE_WON:
        fees.reverse()
    return next((fee for fee in fees if fee.number), fees[0] if fees else None)


def _clash(first: Thing, second: Thing) -> str:
    """What two events say differently of the same money."""
    if first.kind in _UNCHANGING or second.kind in _UNCHANGING:
        return ""
    is_fee_said = first.family is not Family.DISPUTE
    for what, a, b in (
        ("over", first.amount, second.amount),
        ("in the balance", first.settled, second.settled),
        ("at a fee of", *((first.fee, second.fee) if is_fee_said else (None, None))),
        ("of", first.about, second.about),
    ):
        if a and b and a != b:
            return f"{what} {a} in {first.where}, and {what} {b} in {second.where}"
    return ""


def _named_by_dispute(things: list[Thing]) -> list[Thing]:
    """Money that came back of a reversal under an id of its own, as at PayPal, is that reversal, won."""
    disputes = {one.source: one for one in things if one.family is Family.DISPUTE}
    found: dict[str, Thing] = {}
    for one in things:
        of = disputes.get(one.about) if one.family is Family.DISPUTE and one.kind is EventKind.DISPUTE_WON else None
        if of is not None:
            won = replace(one, source=of.source, about=of.about, amount=of.amount, fee=of.fee)
            found[of.source] = joined(found.get(of.source, of), won)
        elif one.family is Family.DISPUTE:
            found.setdefault(one.source, one)
    others = [one for one in things if one.family is not Family.DISPUTE]
    return [*others, *found.values()]
