"""Billing runs in the sound ledger: done again and posted, discarded, and one that waits with credits reserved."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing_beans.acts.credits import grant_credits
from billing_beans.acts.runs import DiscardRun, PostRun, RedoRun, Runs, StartRun
from billing_beans.acts.subscriptions import start_subscription
from billing_beans.credits.granting import GrantCredits
from billing_beans.credits.records import Terms
from billing_beans.ledger.pending import PendingFiles
from billing_beans.subscriptions.operations import StartSubscription

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from billing_beans.acts.act import Act
    from billing_beans.core.facts import Fact

SETUP = """\
2026-01-01 custom "billing" "product" "hosting"
  name: "Hosting"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-9" "hosting"
  unit-price: 30.00 SGD
2026-01-01 custom "billing" "plan" "hosted"
  name: "Hosted"
  every: "month"
  charges: 1
2026-01-01 custom "billing" "plan-charge" "hosted" "hosting"
  product: "hosting"
  timing: "in-advance"
"""


class _Waiting(PendingFiles):
    """What waits, kept in memory."""

    def __init__(self) -> None:
        super().__init__(Path())
        self._kept: dict[str, Sequence[Fact]] = {}

    def keep(self, act: Act) -> None:
        self._kept |= {one.run: one.facts for one in act.waiting}

    def content(self, run: str) -> str | None:
        return self.content_of(map(self.text_of, self._kept[run]))

    def facts(self, run: str) -> list[Fact]:
        return [*self._kept[run]]


def runs(on: Callable[[int, Any, Any], None]) -> None:
    """`on` performs an act on a day of January."""
    waiting = _Waiting()

    def run(day: int, verb: str, request: Any) -> None:
        def perform(act: Act, asked: Any) -> None:
            getattr(Runs(waiting, lambda _count: nullcontext(lambda _done: None)), verb)(act, asked)
            waiting.keep(act)

        on(day, perform, request)

    for number, customer in enumerate(("bolt", "bolt", "acme"), start=1):
        on(29, start_subscription, StartSubscription(customer, "hosted", Decimal(2), subscription=f"HOST-{number}"))
    only = Terms(subscription="HOST-3")
    on(29, grant_credits, GrantCredits("acme", Decimal(90), "promo/HOSTED", "CREDIT-PRO", terms=only, grant="HOSTED-1"))
    run(29, "start_run", StartRun(subscriptions=("HOST-1",)))
    run(29, "redo_run", RedoRun("RUN-1"))
    run(30, "start_run", StartRun(subscriptions=("HOST-2",)))
    run(29, "post_run", PostRun("RUN-1"))
    run(30, "discard_run", DiscardRun("RUN-2", "one subscription too few"))
    run(31, "start_run", StartRun(subscriptions=("HOST-3",)))
