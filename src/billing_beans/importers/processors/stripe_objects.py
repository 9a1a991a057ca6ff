"""Stripe's JSON: events as webhooks and `GET /v1/events` give them, and lists of charges, refunds, disputes and payouts.

Source of the shapes: docs.stripe.com/api, "The Event object", "The Charge object", "The Refund object", "The Dispute
object", "The Payout object", "The Balance Transaction object". What an event says is what its object says, whatever the
event's name: a charge in `charge.refunded` is still the charge that was paid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.importers.processors.amounts import currency_of, from_smallest
from billing_beans.importers.processors.events import EventKind, Payer, Processor, ProcessorEvent, Skipped
from billing_beans.importers.processors.files import Found
from billing_beans.importers.processors.hints import from_metadata, id_of, text_of
from billing_beans.importers.processors.stripe_kinds import NOT_READ, PAYOUTS, kind_of_movement

Thing = Mapping[str, Any]


class _Said(NamedTuple):
    """In which event an object stands: its id, when it happened, where in the file, whether it is live, and its name."""

    event: str
    moment: datetime
    where: str
    live: bool | None
    name: str = ""


def said(found: Found, where: str) -> Iterator[ProcessorEvent | Skipped]:
    """What an event, or an object of a list, says. Raises `WrongUsage` where it lacks what it must have."""
    value = found.value
    if value.get("object") != "event":
        thing, event, when, what = value, "", value.get("created"), str(value.get("object"))
    else:
        data = value.get("data")
        inner = data.get("object") if isinstance(data, dict) else None
        if not isinstance(inner, dict):
            raise WrongUsage("the event has no data.object")
        thing, event, when, what = inner, _needed_id(value), value.get("created"), text_of(value.get("type"))
    if not isinstance(value.get("object"), str):
        raise WrongUsage("this is nothing of Stripe: it does not say what object it is")
    read = _READERS.get(str(thing.get("object")))
    if read is None:
        yield Skipped(where, f"{what} {id_of(thing)}".strip(), "it moves no money that is read here")
        return
    live = value.get("livemode")
    is_live = live if live in (True, False) else None
    yield from read(thing, _Said(event or _needed_id(thing), _moment(when), where, is_live, what))


def _charge(thing: Thing, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    charge = _needed_id(thing)
    status = text_of(thing.get("status")) or ("succeeded" if thing.get("paid") else "failed")
    kind = {"succeeded": EventKind.PAID, "pending": EventKind.PENDING, "failed": EventKind.FAILED}.get(status)
    if kind is None:
        raise WrongUsage(f"{charge} has the status {status!r}, which no charge has")
    if kind is EventKind.PAID and thing.get("captured") is False:
        kind = EventKind.PENDING
    currency = currency_of(thing.get("currency"))
    captured = thing.get("amount_captured")
    amount = from_smallest(captured if captured and kind is EventKind.PAID else thing.get("amount"), currency)
    fee, settled = _settlement(thing.get("balance_transaction"), currency)
    invoices, customer = from_metadata(_mapping(thing.get("metadata")))
    billing = _mapping(thing.get("billing_details"))
    yield ProcessorEvent(
        processor=Processor.STRIPE,
        kind=kind,
        thing=charge,
        event=said.event,
        moment=_moment(thing.get("created")),
        where=said.where,
        amount=amount,
        fee=fee,
        settled=settled,
        payer=Payer(
            id_of(thing.get("customer")),
            customer,
            text_of(billing.get("email")) or text_of(thing.get("receipt_email")),
            text_of(billing.get("name")),
        ),
        invoices=invoices,
        description=text_of(thing.get("description")),
        reason=text_of(thing.get("failure_message")),
        live=said.live,
    )
    yield from _refunds_of(thing, charge, currency, said)


def _refunds_of(thing: Thing, charge: str, currency: str, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    """The refunds that stand in a charge, as older versions of the API wrote them, and how much went back in all."""
    refunds = _mapping(thing.get("refunds")).get("data")
    for refund in refunds if isinstance(refunds, list) else ():
        yield from _refund(_mapping(refund), said)
    if back := thing.get("amount_refunded"):
        yield ProcessorEvent(
            processor=Processor.STRIPE,
            kind=EventKind.WENT_BACK,
            thing=charge,
            event=said.event,
            moment=said.moment,
            where=said.where,
            about=charge,
            amount=from_smallest(back, currency),
            live=said.live,
        )


def _payment_intent(thing: Thing, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    """A payment is its latest charge, under the charge's id."""
    intent, status = _needed_id(thing), text_of(thing.get("status"))
    charges = _mapping(thing.get("charges")).get("data")
    latest = thing.get("latest_charge") or (charges[-1] if isinstance(charges, list) and charges else None)
    if isinstance(latest, dict):
        yield from _charge({"metadata": thing.get("metadata"), **latest}, said)
    elif status != "succeeded":
        yield Skipped(said.where, f"payment_intent {intent}", f"it is {status.replace('_', ' ')}: nothing was paid")
    elif not id_of(latest):
        yield Skipped(said.where, f"payment_intent {intent}", "it does not name its charge, which says the same")
    else:
        same = ("created", "currency", "customer", "metadata", "description", "receipt_email")
        charge = {name: thing.get(name) for name in same}
        amount = thing.get("amount_received") or thing.get("amount")
        yield from _charge({**charge, "id": id_of(latest), "status": status, "amount": amount}, said)


def _refund(thing: Thing, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    refund = _needed_id(thing)
    status = text_of(thing.get("status")) or "succeeded"
    kind = _REFUNDS.get(status)
    if kind is None:
        raise WrongUsage(f"{refund} has the status {status!r}, which no refund has")
    currency = currency_of(thing.get("currency"))
    fee, settled = _settlement(thing.get("balance_transaction"), currency)
    yield ProcessorEvent(
        processor=Processor.STRIPE,
        kind=kind,
        thing=refund,
        event=said.event,
        moment=_moment(thing.get("created")),
        where=said.where,
        about=id_of(thing.get("charge")),
        amount=from_smallest(thing.get("amount"), currency),
        fee=fee,
        settled=settled,
        reason=(text_of(thing.get("failure_reason")) or text_of(thing.get("reason"))).replace("_", " "),
        live=said.live,
    )


_REFUNDS = {
    "succeeded": EventKind.REFUNDED,
    "pending": EventKind.REFUND_PENDING,
    "requires_action": EventKind.REFUND_PENDING,
    "failed": EventKind.REFUND_FAILED,
    "canceled": EventKind.REFUND_FAILED,
}


def _dispute(thing: Thing, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    """The processor takes the money when a dispute begins; an inquiry (`warning_...`) takes none."""
    dispute, status = _needed_id(thing), text_of(thing.get("status"))
    moves = thing.get("balance_transactions")
    if status.startswith("warning") or status == "prevented" or moves == []:
        yield Skipped(said.where, f"dispute {dispute}, {status}", "no money was taken")
        return
    kind = {"won": EventKind.DISPUTE_WON, "lost": EventKind.DISPUTE_LOST}.get(status, EventKind.DISPUTED)
    if said.name == "charge.dispute.funds_reinstated":
        kind = EventKind.DISPUTE_WON
    currency = currency_of(thing.get("currency"))
    taken = next((_mapping(one) for one in moves if _mapping(one).get("amount", 0) < 0), {}) if moves else {}
    fee, settled = _settlement(taken or None, currency)
    began = _moment(thing.get("created"))
    yield ProcessorEvent(
        processor=Processor.STRIPE,
        kind=kind,
        thing=dispute,
        event=said.event,
        moment=said.moment if kind is EventKind.DISPUTE_WON else began,
        where=said.where,
        about=id_of(thing.get("charge")),
        amount=from_smallest(thing.get("amount"), currency),
        fee=fee,
        settled=settled,
        since=began,
        reason=text_of(thing.get("reason")).replace("_", " "),
        live=said.live,
    )
    for move in map(_mapping, moves or ()):
        given_back = _settlement(move, currency)[0] if move.get("amount", 0) > 0 else None
        if given_back is not None and given_back.number:
            yield _fee(_needed_id(move), given_back, move, said)


def _payout(thing: Thing, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    payout, status = _needed_id(thing), text_of(thing.get("status"))
    kind = PAYOUTS.get(status)
    if kind is None:
        raise WrongUsage(f"{payout} has the status {status!r}, which no payout has")
    currency = currency_of(thing.get("currency"))
    amount = from_smallest(thing.get("amount"), currency)
    if amount.number < 0:
        yield Skipped(said.where, f"payout {payout}", "it took money from the bank: record it by hand")
        return
    arrival = thing.get("arrival_date")
    yield ProcessorEvent(
        processor=Processor.STRIPE,
        kind=kind,
        thing=payout,
        event=said.event,
        moment=_moment(arrival if arrival is not None else thing.get("created")),
        where=said.where,
        amount=amount,
        reason=text_of(thing.get("failure_message")),
        live=said.live,
    )


def _balance_transaction(thing: Thing, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    """One movement of the balance: with its source expanded it is that, with this fee; else what its category says."""
    source, moved = thing.get("source"), _needed_id(thing)
    reader = _READERS.get(str(source.get("object"))) if isinstance(source, dict) else None
    if isinstance(source, dict) and reader is not None:
        yield from reader({**source, "balance_transaction": thing}, said)
        return
    own = currency_of(thing.get("currency"))
    gross, (fee, _settled) = from_smallest(thing.get("amount"), own), _settlement(thing, own)
    category = text_of(thing.get("reporting_category")) or text_of(thing.get("type"))
    kind = kind_of_movement(category, id_of(source), gross)
    if kind is EventKind.FEE and fee is not None:
        yield _fee(moved, new_money(fee.number - gross.number, own), thing, said)
    elif kind is None or not id_of(source) or thing.get("exchange_rate") is not None:
        why = NOT_READ if kind is None else "it does not say what the payer saw: import the balance report"
        yield Skipped(said.where, f"{category} {id_of(source) or moved}, {gross.number:f} {own}", why)
    else:
        yield ProcessorEvent(
            processor=Processor.STRIPE,
            kind=kind,
            thing=id_of(source),
            event=moved,
            moment=_moment(thing.get("created")),
            where=said.where,
            amount=new_money(abs(gross.number), own),
            fee=fee,
            description=text_of(thing.get("description")),
            live=said.live,
        )


def _fee(transaction: str, fee: Money, thing: Thing, said: _Said) -> ProcessorEvent:
    """A fee by itself, under the id of the movement that it is in: positive where it was kept."""
    created = thing.get("created")
    return ProcessorEvent(
        processor=Processor.STRIPE,
        kind=EventKind.FEE,
        thing=transaction,
        event=said.event,
        moment=said.moment if created is None else _moment(created),
        where=said.where,
        fee=fee,
        description=text_of(thing.get("description")),
        live=said.live,
    )


def _settlement(moved: object, currency: str) -> tuple[Money | None, Money | None]:
    """The fee, and what came where that is another currency, from an expanded balance transaction; else nothing."""
    if not isinstance(moved, dict):
        return None, None
    own = currency_of(moved.get("currency"))
    amount = from_smallest(moved.get("amount"), own)
    fee = from_smallest(moved.get("fee", 0), own)
    if "net" in moved and amount.number - fee.number != from_smallest(moved["net"], own).number:
        raise WrongUsage(f"{id_of(moved)}: {amount.number:f} less the fee {fee.number:f} is not its net")
    settled = None if own == currency else new_money(abs(amount.number), own)
    return fee, settled


def _needed_id(thing: Thing) -> str:
    found = id_of(thing.get("id"))
    if not found:
        raise WrongUsage(f"the {thing.get('object') or 'object'} has no id")
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(seconds: object) -> datetime:
    if type(seconds) is not int or not 0 <= seconds < 32_503_680_000:
        raise WrongUsage(f"{str(seconds)!r} is no moment: seconds since 1970 are expected")
    return datetime.fromtimestamp(seconds, UTC)


_READERS: Mapping[str, Callable[[Thing, _Said], Iterator[ProcessorEvent | Skipped]]] = {
    "charge": _charge,
    "payment_intent": _payment_intent,
    "refund": _refund,
    "dispute": _dispute,
    "payout": _payout,
    "balance_transaction": _balance_transaction,
}
