"""Books with plans and subscriptions, for what bills them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from billing_beans.acts.subscriptions import change_subscription, start_subscription
from billing_beans.core.clock import FixedClock
from billing_beans.ledger.ledger import Asker, Ledger
from billing_beans.subscriptions.operations import ChangeSubscription, StartSubscription
from billing_beans.subscriptions.points import When

if TYPE_CHECKING:
    from conftest import Shell

PLANS = """\
2026-01-01 custom "billing" "product" "seat"
  name: "Seats"
  revenue: "over-period"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-21" "seat"
  unit-price: 10.00 SGD
2026-01-01 custom "billing" "product" "support"
  name: "Support"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-22" "support"
  unit-price: 25.00 SGD
2026-01-01 custom "billing" "plan" "team"
  name: "Team"
  every: "month"
  charges: 2
2026-01-01 custom "billing" "plan-charge" "team" "seats"
  product: "seat"
  timing: "in-advance"
2026-01-01 custom "billing" "plan-charge" "team" "support"
  product: "support"
  timing: "in-advance"
  quantity: 1
2026-01-02 custom "billing" "customer" "bolt"
  name: "Bolt Ltd."
  country: "SG"
  account: "Bolt"
2026-01-02 custom "billing" "bill-to" "bolt" "SGD"
  name: "Bolt Ltd."
  address: "5 Shenton Way, Singapore 068805"
"""

JANUARY = date(2026, 1, 5)


def with_plans(shell: Shell) -> Shell:
    """The same books with a plan: seats at 10.00 each and support for 25.00, a month in advance."""
    with (shell.root / "setup/catalog.beancount").open("a", encoding="utf-8") as catalog:
        catalog.write(PLANS)
    return shell


def subscribe(shell: Shell, customer: str, seats: int = 2, day: date = JANUARY, plan: str = "team") -> str:
    """A customer subscribes; the name of the subscription."""
    request = StartSubscription(customer, plan, Decimal(seats), When(day))
    outcome = _ledger(shell, 10).perform(start_subscription, request, Asker("sarah", day))
    return outcome.facts[0].entities()[0]


def change_seats(shell: Shell, subscription: str, seats: int, day: date) -> None:
    """Another quantity from a day on."""
    request = ChangeSubscription(subscription, quantity=Decimal(seats), when=When(day))
    _ledger(shell, 31).perform(change_subscription, request, Asker("sarah", day))


def _ledger(shell: Shell, day: int) -> Ledger:
    return Ledger(shell.root, FixedClock(datetime(2026, 1, day, 2, tzinfo=UTC)), random.Random(day).randbytes)
