"""The checks as a Beancount plugin: `plugin "billing_beans.plugins"` in the root file of the books.

One runner, one pass: it decodes each directive of billing once, runs every check, and reports what is broken to
`bean-check` and Fava. A config string selects checks by name: `plugin "billing_beans.plugins" "['sealed']"`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, NamedTuple

from beancount.core.data import Directive, Meta

from billing_beans.audit import Finding
from billing_beans.ledger.reading import judge

__plugins__ = ("check",)


class BillingProblem(NamedTuple):
    """An error as Beancount and Fava show it."""

    source: Meta
    message: str
    entry: Directive


def check(
    entries: list[Directive], _options: dict[str, Any], config: str | None = None
) -> tuple[list[Directive], list[BillingProblem]]:
    """Run every check over the ledger, or only those that the config names; the entries stay as they are (R6)."""
    audit = judge(entries)
    return entries, [_error(one) for one in _selected(audit.findings, config)]


def _selected(findings: Iterable[Finding], config: str | None) -> list[Finding]:
    names = ast.literal_eval(config) if config else None
    return [one for one in findings if names is None or one.problem.check in names]


def _error(finding: Finding) -> BillingProblem:
    problem = finding.problem
    message = f"{problem.message}.\n  Rule {problem.promise}\n  What to do: {problem.remedy}."
    return BillingProblem(finding.where.meta, message, finding.where)
