"""The checks as a Beancount plugin: `plugin "billing_beans.plugins"` in the root file of the books.

One runner, one pass: it decodes each directive of billing once, runs every check, and reports what is broken to
`bean-check` and Fava. A config string selects checks by name: `plugin "billing_beans.plugins" "['sealed']"`.
"""

from __future__ import annotations

import ast
import gc
from typing import Any, NamedTuple

from beancount.core.data import Directive, Meta, new_metadata

from billing_beans.audit import Finding
from billing_beans.core.checks import Problem
from billing_beans.core.errors import WrongUsage
from billing_beans.ledger.reading import PLUGIN, collector_paused, judge

__plugins__ = ("check",)


_LARGE = 10_000


class BillingProblem(NamedTuple):
    """An error as Beancount and Fava show it. `problem` is absent where the checks themselves could not run."""

    source: Meta
    message: str
    entry: Directive | None
    problem: Problem | None = None


def check(
    entries: list[Directive], _options: dict[str, Any], config: str | None = None
) -> tuple[list[Directive], list[BillingProblem]]:
    """Run every check over the ledger, or only those that the config names; the entries stay as they are (R6)."""
    try:
        names = _names(config)
        findings = _findings(entries)
        return entries, [_error(one) for one in findings if names is None or one.problem.check in names]
    except WrongUsage as error:
        return entries, [_stopped(error.what)]
    except Exception as error:  # noqa: BLE001 - whatever it is: Beancount would show its traceback to an accountant
        return entries, [_stopped(f"The checks of billing stopped: {type(error).__name__}: {error}.")]


def _findings(entries: list[Directive]) -> list[Finding]:
    """What the audit finds. The collector stays paused until the books are freed again: it would walk through all of them."""
    with collector_paused():
        findings = judge(entries).findings
        _spare_the_collector(entries)
        return findings


def _spare_the_collector(entries: list[Directive]) -> None:
    """Let the garbage collector pass over what is loaded by now.

    Directives hold no cycles, and stay until they are loaded anew; yet the collector would walk through millions of them
    again and again while Beancount validates. In large books that saves as much as a third of what the checks cost.
    """
    if len(entries) > _LARGE:
        gc.freeze()


def _names(config: str | None) -> frozenset[str] | None:
    """The checks that the config names; None for all of them. Raises `WrongUsage`."""
    if not config:
        return None
    try:
        names = ast.literal_eval(config)
    except (ValueError, SyntaxError):
        names = None
    if not isinstance(names, (list, tuple, set)) or not all(isinstance(name, str) for name in names):
        example = f"plugin \"{PLUGIN}\" \"['sealed', 'posted-once']\""
        raise WrongUsage(f"The plugin's config {config!r} is no list of checks; write it so: {example}.")
    return frozenset(names)


def _error(finding: Finding) -> BillingProblem:
    problem = finding.problem
    message = f"{problem.message}.\n  Rule {problem.promise}\n  What to do: {problem.remedy}."
    return BillingProblem(finding.where.meta, message, finding.where, problem)


def _stopped(words: str) -> BillingProblem:
    remedy = "billing-beans check --debug shows where; until then nothing of billing is checked."
    return BillingProblem(new_metadata(f"<{PLUGIN}>", 0), f"{words}\n  What to do: {remedy}", None)
