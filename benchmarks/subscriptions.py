"""Subscriptions in books that are there, and billing runs over all of them: from start to the file that waits, and from post to the journal."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from index import BEAN_CHECK, COMMAND, Taken, taken

from billing_beans.acts.act import Act
from billing_beans.acts.subscriptions import start_subscription
from billing_beans.core.clock import FixedClock
from billing_beans.ledger.ledger import Asker, Ledger
from billing_beans.subscriptions.operations import StartSubscription
from billing_beans.subscriptions.points import When

OPENED, FIRST, SECOND = date(2026, 1, 1), date(2026, 12, 1), date(2027, 1, 1)
PLANS = ("solo", "team")
SETUP = """
{day} custom "billing" "product" "base"
  name: "Base fee"
  revenue: "over-period"
  tax-code: "SG-GST-9"
{day} custom "billing" "product" "seat"
  name: "Seats"
  revenue: "over-period"
  tax-code: "SG-GST-9"
{day} custom "billing" "price" "PRICE-BASE" "base"
  unit-price: 49.00 SGD
{day} custom "billing" "price" "PRICE-SEAT" "seat"
  unit-price: 7.50 SGD
{day} custom "billing" "plan" "solo"
  name: "Solo"
  every: "month"
  charges: 1
{day} custom "billing" "plan-charge" "solo" "base"
  product: "base"
  timing: "in-advance"
{day} custom "billing" "plan" "team"
  name: "Team"
  every: "month"
  charges: 2
{day} custom "billing" "plan-charge" "team" "base"
  product: "base"
  timing: "in-advance"
  quantity: 1
{day} custom "billing" "plan-charge" "team" "seat"
  product: "seat"
  timing: "in-advance"
"""
CUSTOMER = """{day} custom "billing" "customer" "subscriber-{one}"
  name: "Subscriber {one} Pte. Ltd."
  country: "SG"
  account: "Subscriber-{one}"
{day} custom "billing" "bill-to" "subscriber-{one}" "SGD"
  name: "Subscriber {one} Pte. Ltd."
  address: "3 Marina Boulevard, Singapore 018982"
"""


def subscribe(root: Path, subscriptions: int) -> None:
    """So many customers, each with a subscription by the month: half of them to one charge, half to two."""
    with (root / "setup" / "setup.beancount").open("a", encoding="utf-8") as handle:
        handle.write(SETUP.format(day=OPENED))
        handle.writelines(CUSTOMER.format(day=OPENED, one=one) for one in range(subscriptions))
    clock = FixedClock(datetime(2026, 12, 1, 1, tzinfo=UTC))
    Ledger(root, clock, random.Random(1).randbytes).perform(_start, subscriptions, Asker("bench", FIRST))


def _start(act: Act, subscriptions: int) -> None:
    for one in range(subscriptions):
        quantity = Decimal(one % 20 + 1)
        start_subscription(act, StartSubscription(f"subscriber-{one}", PLANS[one % 2], quantity, When(FIRST)))


def month(root: Path, day: date, run: str) -> Iterator[tuple[str, Taken]]:
    """What is due by a day, from start to the file that waits, and from there to the journal; and once more, when nothing is due."""
    words = ("run", "start", "--until", str(day), "--date", str(day))
    yield "run start", taken(COMMAND, "--books", root, *words)
    yield "run post", taken(COMMAND, "--books", root, "run", "post", run)
    yield "once more", taken(COMMAND, "--books", root, *words)


def checked(root: Path) -> Taken:
    """What plain Beancount takes for the same books."""
    return taken(BEAN_CHECK, "-C", root / "plain.beancount")
