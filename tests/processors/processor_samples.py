"""Events and reports as Stripe and PayPal write them, made by hand after their documentation.

Stripe: docs.stripe.com/api/events/object, /charges/object, /refunds/object, /disputes/object, /payouts/object and
/reports/report-types. PayPal: developer.paypal.com/api/rest/webhooks/event-names, payments v1 and v2, disputes v1, and
the Activity Download Specification.
"""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any

JAN_12 = 1768183200
"""2026-01-12T02:00:00Z."""
DAY = 86_400

_numbers = itertools.count(1)


def event(kind: str, thing: dict[str, Any], *, at: int = JAN_12, live: bool = True) -> dict[str, Any]:
    """A Stripe event around an object."""
    return {
        "id": f"evt_{next(_numbers)}",
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": at,
        "data": {"object": thing},
        "livemode": live,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def transaction(amount: int, fee: int, currency: str = "sgd") -> dict[str, Any]:
    """An expanded balance transaction."""
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "amount": amount,
        "currency": currency,
        "fee": fee,
        "net": amount - fee,
    }


def charge(
    name: str, amount: int, *, currency: str = "sgd", at: int = JAN_12, fee: int | None = None, **more: Any
) -> Any:
    """A charge that succeeded; with `fee` its balance transaction is expanded."""
    moved = f"txn_{name}" if fee is None else transaction(amount, fee, currency)
    return {
        "id": name,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": moved,
        "billing_details": {"email": None, "name": None},
        "captured": True,
        "created": at,
        "currency": currency,
        "customer": None,
        "description": None,
        "metadata": {},
        "paid": True,
        "payment_intent": f"pi_{name}",
        "status": "succeeded",
        **more,
    }


def refund(name: str, of: str, amount: int, *, status: str = "succeeded", at: int = JAN_12 + DAY, **more: Any) -> Any:
    """A refund."""
    return {
        "id": name,
        "object": "refund",
        "amount": amount,
        "charge": of,
        "created": at,
        "currency": "sgd",
        "payment_intent": f"pi_{of}",
        "reason": "requested_by_customer",
        "status": status,
        **more,
    }


def dispute(name: str, of: str, amount: int, *, status: str, at: int = JAN_12 + DAY, fee: int = 1500) -> Any:
    """A dispute with the movement that takes its money."""
    return {
        "id": name,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [transaction(-amount, fee)],
        "charge": of,
        "created": at,
        "currency": "sgd",
        "reason": "fraudulent",
        "status": status,
    }


def payout(name: str, amount: int, *, status: str = "paid", at: int = JAN_12 + 2 * DAY) -> Any:
    """A payout to the bank."""
    return {
        "id": name,
        "object": "payout",
        "amount": amount,
        "arrival_date": at,
        "automatic": True,
        "created": at - DAY,
        "currency": "sgd",
        "status": status,
        "type": "bank_account",
    }


def json_lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def listed(*values: Any) -> str:
    return json.dumps({"object": "list", "url": "/v1/events", "has_more": False, "data": list(values)}, indent=2)


BALANCE_HEAD = (
    "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,"
    "description,customer_facing_amount,customer_facing_currency,customer_id,customer_email,customer_name,charge_id,"
    "payment_intent_id,invoice_number,dispute_reason,payment_metadata[invoice]"
)


def balance_row(category: str, source: str, gross: str, fee: str = "0.00", **more: str) -> str:
    """A row of the itemized balance report."""
    currency = more.get("currency", "sgd")
    net = more.get("net") or str(Decimal(gross) - Decimal(fee))
    cells = [
        more.get("transaction", f"txn_{next(_numbers)}"),
        more.get("created", "2026-01-12 02:00:00"),
        "2026-01-14 00:00:00",
        currency,
        gross,
        fee,
        net,
        category,
        source,
        more.get("description", ""),
        more.get("facing", gross),
        more.get("facing_currency", currency),
        more.get("customer", ""),
        more.get("email", ""),
        "",
        more.get("charge", ""),
        "",
        "",
        "",
        more.get("invoice", ""),
    ]
    return ",".join(cells)


def capture(
    name: str, value: str, *, kind: str = "PAYMENT.CAPTURE.COMPLETED", fee: str | None = "1.00", **more: Any
) -> Any:
    """A PayPal event about a captured payment."""
    currency = more.pop("currency", "SGD")
    breakdown: dict[str, Any] = {"gross_amount": {"currency_code": currency, "value": value}}
    if fee is not None:
        breakdown["paypal_fee"] = {"currency_code": currency, "value": fee}
    resource = {
        "id": name,
        "status": "COMPLETED",
        "amount": {"currency_code": currency, "value": value},
        "final_capture": True,
        "seller_receivable_breakdown": breakdown,
        "create_time": "2026-01-12T02:00:00Z",
        "update_time": "2026-01-12T02:00:00Z",
        **more,
    }
    return paypal(kind, resource, "capture")


def paypal(
    kind: str, resource: dict[str, Any], resource_type: str = "refund", at: str = "2026-01-13T02:00:00.000Z"
) -> Any:
    """A PayPal event around a resource."""
    return {
        "id": f"WH-{next(_numbers)}",
        "event_version": "1.0",
        "create_time": at,
        "resource_type": resource_type,
        "event_type": kind,
        "summary": "",
        "resource": resource,
    }


def paypal_refund(name: str, of: str, value: str, *, fee: str = "0.30", kind: str = "PAYMENT.CAPTURE.REFUNDED") -> Any:
    """A PayPal event about money that went back from a capture."""
    resource = {
        "id": name,
        "status": "COMPLETED",
        "amount": {"currency_code": "SGD", "value": value},
        "seller_payable_breakdown": {"paypal_fee": {"currency_code": "SGD", "value": fee}},
        "create_time": "2026-01-13T02:00:00Z",
        "links": [
            {"href": f"https://api.paypal.com/v2/payments/refunds/{name}", "rel": "self", "method": "GET"},
            {"href": f"https://api.paypal.com/v2/payments/captures/{of}", "rel": "up", "method": "GET"},
        ],
    }
    return paypal(kind, resource)


ACTIVITY_HEAD = (
    '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address",'
    '"To Email Address","Transaction ID","Reference Txn ID","Invoice Number","Custom Number","Balance Impact"'
)


def activity_row(kind: str, name: str, gross: str, fee: str, net: str, **more: str) -> str:
    """A row of the activity download."""
    cells = [
        more.get("date", "13/01/2026"),
        more.get("time", "10:00:00"),
        more.get("zone", "SGT"),
        more.get("who", "Acme Pte. Ltd."),
        kind,
        more.get("status", "Completed"),
        more.get("currency", "SGD"),
        gross,
        fee,
        net,
        more.get("email", "ap@acme.example"),
        "shop@example.com",
        name,
        more.get("about", ""),
        more.get("invoice", ""),
        more.get("custom", ""),
        more.get("impact", "Debit" if gross.startswith("-") else "Credit"),
    ]
    return ",".join(f'"{cell}"' for cell in cells)
