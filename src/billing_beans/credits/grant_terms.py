"""The terms of a grant as its fact says them."""

from __future__ import annotations

from billing_beans.credits.facts import CreditGranted, CreditRequested, CreditsOpened
from billing_beans.credits.records import Terms


def terms_of(fact: CreditGranted | CreditRequested | CreditsOpened) -> Terms:
    """For what and until when its credits can be used."""
    return Terms(
        fact.scope_subscription,
        fact.scope_meter,
        fact.scope_period_start,
        fact.scope_period_end,
        fact.expires_at,
        fact.priority,
        fact.valid_days if isinstance(fact, CreditRequested) else None,
    )
