"""Subscriptions in the sound ledger: begun, changed, paused, resumed, cancelled, renewed; billed, and taken back what is not used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing_beans.acts.subscriptions import (
    BillSubscription,
    bill_subscription,
    cancel_subscription,
    change_subscription,
    pause_subscription,
    renew_subscription,
    resume_subscription,
    start_subscription,
)
from billing_beans.subscriptions.operations import (
    CancelSubscription,
    ChangeSubscription,
    PauseSubscription,
    RenewSubscription,
    ResumeSubscription,
    StartSubscription,
)
from billing_beans.subscriptions.points import When

if TYPE_CHECKING:
    from collections.abc import Callable

SETUP = """\
2026-01-02 custom "billing" "customer" "dune"
  name: "Dune Design"
  country: "SG"
  account: "Dune"
2026-01-02 custom "billing" "bill-to" "dune" "SGD"
  name: "Dune Design"
  address: "4 Duxton Hill, Singapore 089590"
2026-01-01 custom "billing" "product" "seat"
  name: "Seats"
  revenue: "over-period"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-11" "seat"
  unit-price: 7.00 SGD
2026-01-01 custom "billing" "product" "helpline"
  name: "Helpline"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-12" "helpline"
  unit-price: 14.00 SGD
2026-01-01 custom "billing" "product" "onboarding"
  name: "Onboarding"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-13" "onboarding"
  unit-price: 50.00 SGD
2026-01-01 custom "billing" "plan" "desk"
  name: "A desk"
  every: "week"
  charges: 1
2026-01-01 custom "billing" "plan-charge" "desk" "seat"
  product: "seat"
  timing: "in-advance"
2026-01-01 custom "billing" "plan" "team"
  name: "A room for a team"
  every: "week"
  charges: 3
2026-01-01 custom "billing" "plan-charge" "team" "onboarding"
  product: "onboarding"
  timing: "once"
  quantity: 1
2026-01-01 custom "billing" "plan-charge" "team" "seat"
  product: "seat"
  timing: "in-advance"
2026-01-01 custom "billing" "plan-charge" "team" "helpline"
  product: "helpline"
  timing: "in-arrears"
  quantity: 1
"""


def subscribed(on: Callable[[int, Any, Any], None]) -> None:
    """SUB-1 has a life of weeks with a change; SUB-2 is tried, paused and ends; DESK-1 would end, and is renewed;
    ROOM-1 ends within a week."""
    twelfth = When(date(2026, 1, 12))
    on(29, start_subscription, StartSubscription("dune", "team", Decimal(5), twelfth))
    on(29, bill_subscription, BillSubscription("SUB-1"))
    on(30, change_subscription, ChangeSubscription("SUB-1", quantity=Decimal(7)))
    on(30, bill_subscription, BillSubscription("SUB-1"))
    on(29, start_subscription, StartSubscription("dune", "desk", trial_days=1))
    on(30, bill_subscription, BillSubscription("SUB-2"))
    on(30, pause_subscription, PauseSubscription("SUB-2", reason="away"))
    on(31, resume_subscription, ResumeSubscription("SUB-2"))
    on(31, cancel_subscription, CancelSubscription("SUB-2", When(at_period_end=True), "moves out"))
    on(
        31,
        start_subscription,
        StartSubscription("dune", "desk", when=When(date(2026, 1, 24)), subscription="DESK-1", periods=2),
    )
    on(31, renew_subscription, RenewSubscription("DESK-1", periods=1))
    on(28, start_subscription, StartSubscription("dune", "desk", subscription="ROOM-1"))
    on(28, bill_subscription, BillSubscription("ROOM-1"))
    on(31, cancel_subscription, CancelSubscription("ROOM-1", reason="too small"))
    on(31, bill_subscription, BillSubscription("ROOM-1"))
