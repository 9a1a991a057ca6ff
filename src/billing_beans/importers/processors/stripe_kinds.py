"""What Stripe calls the movements of its balance, and the states of a payout.

Source: docs.stripe.com/reports/reporting-categories, docs.stripe.com/api/payouts/object.
"""

from __future__ import annotations

from billing_beans.core.money import Money
from billing_beans.importers.processors.events import EventKind

_CATEGORIES = {
    "charge": EventKind.PAID,
    "payment": EventKind.PAID,
    "refund": EventKind.REFUNDED,
    "payment_refund": EventKind.REFUNDED,
    "refund_failure": EventKind.REFUND_FAILED,
    "payment_failure_refund": EventKind.REFUNDED,
    "dispute": EventKind.DISPUTED,
    "dispute_reversal": EventKind.DISPUTE_WON,
    "payout": EventKind.PAYOUT,
    "payout_reversal": EventKind.PAYOUT_FAILED,
    "payout_cancel": EventKind.PAYOUT_FAILED,
    "payout_failure": EventKind.PAYOUT_FAILED,
    "fee": EventKind.FEE,
    "stripe_fee": EventKind.FEE,
    "network_cost": EventKind.FEE,
    "tax": EventKind.FEE,
    "tax_fee": EventKind.FEE,
}
PAYOUTS = {
    "paid": EventKind.PAYOUT,
    "pending": EventKind.PAYOUT_PENDING,
    "in_transit": EventKind.PAYOUT_PENDING,
    "failed": EventKind.PAYOUT_FAILED,
    "canceled": EventKind.PAYOUT_FAILED,
}
NOT_READ = "it moves the processor's balance, and is no charge, refund, dispute, payout or fee: record it by hand"


def kind_of_movement(category: str, thing: str, gross: Money) -> EventKind | None:
    """Balance history calls disputes and failed refunds adjustments; their source says what they are."""
    if category == "adjustment" and thing.startswith(("dp_", "du_")):
        return EventKind.DISPUTED if gross.number < 0 else EventKind.DISPUTE_WON
    if category == "adjustment" and thing.startswith(("re_", "pyr_")) and gross.number > 0:
        return EventKind.REFUND_FAILED
    if category == "refund" and thing.startswith(("ch_", "py_")):
        return EventKind.WENT_BACK
    return _CATEGORIES.get(category)
