"""Words about rules that top up."""

from __future__ import annotations

from billing_beans.catalog.facts import TopUpRuleAdded
from billing_beans.cli.credit_words import number, scope
from billing_beans.core.calendar import Every
from billing_beans.credits.records import Terms


def when_words(version: TopUpRuleAdded) -> str:
    """When a rule tops up: `every month, and below 20`."""
    words = []
    if version.every is not None:
        words.append("every half year" if version.every is Every.HALF_YEAR else f"every {version.every}")
    if version.below is not None:
        words.append(f"below {number(version.below)}")
    return ", and ".join(words)


def paid_words(version: TopUpRuleAdded) -> str:
    """Who pays for what a rule brings."""
    return f"invoice of {version.product}" if version.product is not None else "free"


def rule_words(version: TopUpRuleAdded) -> str:
    """A rule in a line: `RULE-1: 100 CREDIT-USD for acme every month, free, for 30 days each time`."""
    terms = Terms(version.scope_subscription, version.scope_meter)
    said = [
        f"{version.rule}: {number(version.units)} {version.credit_unit} for {version.customer} {when_words(version)}"
    ]
    said += [paid_words(version)]
    said += [f"only for {scope(terms)}"] if scope(terms) else []
    said += [f"for {version.valid_days} days each time"] if version.valid_days is not None else []
    said += [f"priority {version.priority}"] if version.priority is not None else []
    said += [f"until {version.active_until}"] if version.active_until is not None else []
    return ", ".join(said)
