"""Verbs for entitlements: consume."""

from __future__ import annotations

from billing_beans.acts.act import Act
from billing_beans.entitlements.operations import Consume, consumed


def consume_entitlement(act: Act, request: Consume) -> None:
    """Units are used, the oldest lots first (E1, E2)."""
    act.record(consumed(act.books, request, act.day(request.seller)))
