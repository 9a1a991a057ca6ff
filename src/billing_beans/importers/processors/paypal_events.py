"""PayPal's JSON: webhook events, and lists of them as `GET /v1/notifications/webhooks-events` gives them.

Source of the shapes: developer.paypal.com/api/rest/webhooks/event-names, payments v2 ("captures", "refunds"), payments v1
("sale", "refund") and customer disputes v1. A dispute of PayPal moves money by a refund or a reversal with an id of its
own, so what a dispute's outcome says is only held against those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.importers.processors.amounts import currency_of, plain_amount
from billing_beans.importers.processors.events import EventKind, Payer, Processor, ProcessorEvent, Skipped
from billing_beans.importers.processors.files import Found
from billing_beans.importers.processors.hints import numbers_in, text_of

Thing = Mapping[str, Any]

_CHARGES = {
    "PAYMENT.CAPTURE.COMPLETED": EventKind.PAID,
    "PAYMENT.CAPTURE.PENDING": EventKind.PENDING,
    "PAYMENT.CAPTURE.DENIED": EventKind.FAILED,
    "PAYMENT.CAPTURE.DECLINED": EventKind.FAILED,
    "PAYMENT.SALE.COMPLETED": EventKind.PAID,
    "PAYMENT.SALE.PENDING": EventKind.PENDING,
    "PAYMENT.SALE.DENIED": EventKind.FAILED,
}
_BACK = {
    "PAYMENT.CAPTURE.REFUNDED": EventKind.REFUNDED,
    "PAYMENT.SALE.REFUNDED": EventKind.REFUNDED,
    "PAYMENT.REFUND.PENDING": EventKind.REFUND_PENDING,
    "PAYMENT.REFUND.FAILED": EventKind.REFUND_FAILED,
    "PAYMENT.CAPTURE.REVERSED": EventKind.DISPUTED,
    "PAYMENT.SALE.REVERSED": EventKind.DISPUTED,
}
_REFUND_STATES = {
    "pending": EventKind.REFUND_PENDING,
    "failed": EventKind.REFUND_FAILED,
    "cancelled": EventKind.REFUND_FAILED,
}
_BUYER = frozenset(("RESOLVED_BUYER_FAVOUR", "ACCEPTED"))


@dataclass(frozen=True, slots=True)
class _Said:
    """The event in which a resource stands."""

    event: str
    name: str
    moment: datetime
    where: str


def said(found: Found, where: str) -> Iterator[ProcessorEvent | Skipped]:
    """What an event says. Raises `WrongUsage` where it lacks what it must have."""
    value = found.value
    name, event = text_of(value.get("event_type")), text_of(value.get("id"))
    resource = value.get("resource")
    if not name or not isinstance(resource, dict):
        raise WrongUsage("this is no event of PayPal: it has no event_type and resource")
    envelope = _Said(event, name, _moment(value.get("create_time")), where)
    if name in _CHARGES:
        yield _charge(resource, envelope)
    elif name in _BACK:
        yield _back(resource, envelope)
    elif name == "CUSTOMER.DISPUTE.RESOLVED":
        yield from _resolved(resource, envelope)
    elif name.startswith("CUSTOMER.DISPUTE."):
        words = "no money moves yet; the reversal or the refund that may follow says so"
        yield Skipped(where, f"{name} {text_of(resource.get('dispute_id'))}".strip(), words)
    else:
        yield Skipped(where, f"{name} {text_of(resource.get('id'))}".strip(), "it moves no money that is read here")


def _charge(thing: Thing, said: _Said) -> ProcessorEvent:
    amount = _amount(thing.get("amount"))
    payer = _mapping(thing.get("payer"))
    info = _mapping(payer.get("payer_info")) or payer
    custom = text_of(thing.get("custom_id")) or text_of(thing.get("custom"))
    number = text_of(thing.get("invoice_id")) or text_of(thing.get("invoice_number"))
    fee, settled = _fee_of(thing, amount, "seller_receivable_breakdown")
    return ProcessorEvent(
        processor=Processor.PAYPAL,
        kind=_CHARGES[said.name],
        thing=_needed(thing, "id"),
        event=said.event,
        moment=_moment(thing.get("create_time") or said.moment),
        where=said.where,
        amount=amount,
        fee=fee,
        settled=settled,
        payer=Payer(
            text_of(info.get("payer_id")),
            custom,
            text_of(info.get("email_address")) or text_of(info.get("email")),
            _name(info),
        ),
        invoices=numbers_in(number),
        description=text_of(thing.get("note_to_payer")),
        reason=text_of(_mapping(thing.get("status_details")).get("reason")).replace("_", " ").lower(),
    )


def _back(thing: Thing, said: _Said) -> ProcessorEvent:
    """A refund or a reversal; it names its capture in the link `up`, its sale in `sale_id`."""
    about = text_of(thing.get("sale_id")) or _linked(thing, "up") or _linked(thing, "sale")
    found = text_of(thing.get("id")) or _linked(thing, "self")
    if not found:
        raise WrongUsage(f"the {said.name} has no id")
    if said.name.endswith(".REVERSED") and (not about or about == found):
        about, found = about or found, f"{found}-reversed"
    amount = _amount(thing.get("amount"))
    kind = _BACK[said.name]
    if kind is EventKind.REFUNDED:
        state = text_of(thing.get("status")) or text_of(thing.get("state"))
        kind = _REFUND_STATES.get(state.lower(), kind)
    fee, settled = _fee_of(thing, amount, "seller_payable_breakdown")
    return ProcessorEvent(
        processor=Processor.PAYPAL,
        kind=kind,
        thing=found,
        event=said.event,
        moment=_moment(thing.get("create_time") or said.moment),
        where=said.where,
        about=about,
        amount=new_money(abs(amount.number), amount.currency),
        fee=None if fee is None else new_money(-abs(fee.number), fee.currency),
        settled=settled,
        reason=text_of(thing.get("note_to_payer"))
        or text_of(thing.get("refund_reason_code")).replace("_", " ").lower(),
    )


def _resolved(thing: Thing, said: _Said) -> Iterator[ProcessorEvent | Skipped]:
    """A dispute that the buyer won: so much of the capture went back, by a refund or a reversal that has its own event."""
    dispute = text_of(thing.get("dispute_id"))
    outcome = text_of(_mapping(thing.get("dispute_outcome")).get("outcome_code"))
    transactions = thing.get("disputed_transactions")
    first = _mapping(transactions[0]) if isinstance(transactions, list) and transactions else {}
    about = text_of(first.get("seller_transaction_id"))
    if outcome not in _BUYER or not about:
        words = outcome.replace("_", " ").lower() or "without an outcome"
        yield Skipped(said.where, f"dispute {dispute}", f"{words}: no money went back")
        return
    refunded = _mapping(thing.get("dispute_outcome")).get("amount_refunded") or thing.get("dispute_amount")
    yield ProcessorEvent(
        processor=Processor.PAYPAL,
        kind=EventKind.WENT_BACK,
        thing=about,
        event=said.event,
        moment=said.moment,
        where=said.where,
        about=about,
        amount=_amount(refunded),
        reason=f"dispute {dispute}",
    )


def _fee_of(thing: Thing, amount: Money, breakdown: str) -> tuple[Money | None, Money | None]:
    """The fee that was kept, and what came where PayPal converted it."""
    parts = _mapping(thing.get(breakdown))
    kept = parts.get("paypal_fee_in_receivable_currency") or parts.get("paypal_fee") or thing.get("transaction_fee")
    fee = _amount(kept) if isinstance(kept, dict) else None
    converted = _mapping(parts.get("receivable_amount")) or _mapping(thing.get("receivable_amount"))
    settled = _amount(converted) if converted else None
    if settled is not None and settled.currency == amount.currency:
        settled = None
    return fee, settled


def _amount(value: object) -> Money:
    """`{"value", "currency_code"}` of version 2, `{"total", "currency"}` of version 1."""
    parts = _mapping(value)
    currency = currency_of(parts.get("currency_code") or parts.get("currency"))
    return plain_amount(parts.get("value") if "value" in parts else parts.get("total"), currency)


def _linked(thing: Thing, relation: str) -> str:
    """The last part of the address of a related resource: its id."""
    links = thing.get("links")
    for link in links if isinstance(links, list) else ():
        if _mapping(link).get("rel") == relation:
            return text_of(_mapping(link).get("href")).rstrip("/").rpartition("/")[2]
    return ""


def _name(info: Thing) -> str:
    name = _mapping(info.get("name"))
    parts = (name.get("given_name") or info.get("first_name"), name.get("surname") or info.get("last_name"))
    return " ".join(text_of(part) for part in parts if text_of(part))


def _needed(thing: Thing, name: str) -> str:
    found = text_of(thing.get(name))
    if not found:
        raise WrongUsage(f"the resource has no {name}")
    return found


def _mapping(value: object) -> Thing:
    return value if isinstance(value, dict) else {}


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WrongUsage(f"{value!r} is no moment such as 2026-01-31T10:30:00Z")
    return moment.astimezone(UTC)
