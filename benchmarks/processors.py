"""Events of a payment processor, as many as are asked for: what the benchmark of `import stripe` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIRST = 1_767_830_400
"""2026-01-08: the benchmark's books begin on the first of January."""
STEP = 60
PROCESSOR = "Assets:SG:Processor:Stripe"


def write_events(path: Path, events: int, customers: int) -> None:
    """So many events as JSON Lines: of each hundred 60 charges, 25 payments that say the same, 10 refunds, 4 disputes, 1 payout."""
    with path.open("w", encoding="utf-8") as handle:
        for number in range(events):
            handle.write(json.dumps(_event(number, customers)) + "\n")


def _event(number: int, customers: int) -> dict[str, Any]:
    kind, thing = _thing(number, customers)
    return {
        "id": f"evt_{number}",
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": FIRST + number * STEP // 10,
        "data": {"object": thing},
        "livemode": True,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def _thing(number: int, customers: int) -> tuple[str, dict[str, Any]]:
    hundred, place = divmod(number, 100)
    if place < 60:
        return "charge.succeeded", _charge(number, customers)
    charge = hundred * 100 + (place - 60)
    if place < 85:
        return "payment_intent.succeeded", _payment(charge, customers)
    amount, moment = _amount(charge), FIRST + number * STEP // 10
    common = {"charge": f"ch_{charge}", "created": moment, "currency": "sgd"}
    if place < 95:
        return "refund.created", {
            "id": f"re_{number}",
            "object": "refund",
            "amount": amount // 2,
            "status": "succeeded",
            **common,
        }
    if place < 99:
        lost = {
            "amount": -amount,
            "fee": 1500,
            "net": -amount - 1500,
            "currency": "sgd",
            "object": "balance_transaction",
        }
        dispute = {
            "id": f"dp_{number}",
            "object": "dispute",
            "amount": amount,
            "status": "needs_response",
            "reason": "fraudulent",
        }
        return "charge.dispute.created", {**dispute, **common, "balance_transactions": [lost]}
    payout = {"id": f"po_{number}", "object": "payout", "amount": 200_000, "currency": "sgd", "status": "paid"}
    return "payout.paid", {**payout, "created": moment, "arrival_date": moment - moment % 86_400}


def _amount(charge: int) -> int:
    """Cents."""
    return 5_000 + charge * 37 % 20_000


def _charge(number: int, customers: int) -> dict[str, Any]:
    amount = _amount(number)
    fee = amount * 34 // 1000 + 50
    moved = {
        "id": f"txn_{number}",
        "object": "balance_transaction",
        "amount": amount,
        "currency": "sgd",
        "fee": fee,
        "net": amount - fee,
    }
    return {
        "id": f"ch_{number}",
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": moved,
        "billing_details": {"email": None, "name": "A Customer"},
        "captured": True,
        "created": FIRST + number * STEP // 10,
        "currency": "sgd",
        "customer": f"cus_{number % customers}",
        "description": "Order",
        "metadata": {"customer": f"customer-{number % customers}"},
        "paid": True,
        "payment_intent": f"pi_{number}",
        "status": "succeeded",
    }


def _payment(charge: int, customers: int) -> dict[str, Any]:
    whole = _charge(charge, customers)
    same = {name: whole[name] for name in ("created", "currency", "customer", "metadata", "description")}
    paid = {"amount": whole["amount"], "amount_received": whole["amount"], "status": "succeeded"}
    return {"id": whole["payment_intent"], "object": "payment_intent", "latest_charge": whole["id"], **same, **paid}


def parsed(path: Path) -> Iterator[str]:
    """The program that reads the same file and does nothing with it, for comparison."""
    yield "-c"
    yield f"import json\nfor line in open({str(path)!r}, encoding='utf-8'):\n    json.loads(line)"
