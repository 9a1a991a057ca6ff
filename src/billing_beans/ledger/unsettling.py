"""Whether what the catalogue is to say from now on would break what was recorded before (P1).

The catalogue folds before all else. A policy, a tax code or a time zone that counts from a day in the past is held against
everything that was recorded since; an act of its own sees none of that. Most of what is added can't change anything
(`ledger/harmless.py`); only for the rest is the whole ledger judged, as it would be, before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from beancount.core.data import Directive

from billing_beans.audit import BY_HAND, Finding
from billing_beans.core.errors import Refused
from billing_beans.core.facts import Fact
from billing_beans.ledger.harmless import is_harmless
from billing_beans.ledger.reading import Reading, audit_with


def refuse_unsettling(
    root: Path, reading: Reading, facts: Iterable[Fact], added: Sequence[Directive], last_day: date
) -> None:
    """Raises `Refused` where these facts, `added` to the books, would break what stands in them already.

    `last_day` is the latest day of the facts in the books, or `date.max` where nobody knows it.
    """
    doubtful = [one for one in facts if type(one) in BY_HAND and not is_harmless(reading.books, one, last_day)]
    if not doubtful:
        return
    audit = audit_with(root, added)
    broken = [*_new(audit.findings, reading.audit.findings)]
    if not broken:
        return
    first = broken[0].problem
    more = f" ({len(broken) - 1 + audit.following} more problems)" if len(broken) > 1 else ""
    raise Refused(
        f"With {_words(doubtful[0])} what is recorded would be wrong: {first.message}{more}.",
        rule=first.promise,
        instead=f"let it begin later: --date {_day_after([*broken, *audit.followed])}",
    )


def _new(findings: Iterable[Finding], before: Iterable[Finding]) -> Iterator[Finding]:
    known = {(one.problem.check, one.problem.message) for one in before}
    return (one for one in findings if (one.problem.check, one.problem.message) not in known)


def _words(fact: Fact) -> str:
    name = " ".join(str(getattr(fact, field.name)) for field in fact.shape.keys)
    return f"{fact.shape.kind} {name} from {fact.date} on"


def _day_after(broken: Iterable[Finding]) -> date:
    """The first day that is later than all that would be broken."""
    places: Iterator[Any] = (one.where for one in broken)
    return max(getattr(one, "date", date.min) for one in places) + timedelta(days=1)
