"""What was changed in an issued invoice, and by which commit: the seal says that, git's history says what (I4, R3)."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core.data import Custom, Directive, Transaction
from beancount.parser import parser

from billing_beans.audit import Finding
from billing_beans.core.checks import Problem
from billing_beans.core.facts import Place
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceIssued
from billing_beans.invoicing.seal import seal
from billing_beans.ledger import text
from billing_beans.ledger.blocks import split_blocks
from billing_beans.ledger.gathering import gather

_ISSUED = InvoiceIssued.shape.kind
_NOT_COMMITTED = "not committed yet"
_DIRECTIVE = re.compile(r"^\d{4}[-/]", re.MULTILINE)


class Version(NamedTuple):
    """An invoice as one version of the ledger has it: its draft, and its issue."""

    draft: InvoiceDrafted | None
    issue: InvoiceIssued | None


class Tampering:
    """Explains broken seals of one ledger. Git is asked only where there is one to explain."""

    def __init__(self, root: Path, entries: Iterable[Directive]) -> None:
        self._root = root
        self._entries = entries

    def explain(self, finding: Finding) -> Problem:
        """The problem with the changed fields named, where git's history still has the sealed version."""
        problem, draft = finding.problem, finding.where
        issue = self._issue(draft) if problem.check == "sealed" and isinstance(draft, Custom) else None
        if issue is None or "id" not in draft.meta:
            return problem
        now = Version(self._working(draft), self._working(issue))
        sealed, changed_in = self._sealed(draft, issue)
        changes = [*_changes(now, sealed)] if sealed else []
        if not changes:
            return problem
        said = "; ".join(changes)
        message = f"{draft.values[1].value} was changed after it was issued: {said} ({changed_in})"
        return replace(problem, message=message, remedy=_remedy(changed_in))

    def _issue(self, draft: Custom) -> Transaction | None:
        """The directive that issued this revision."""
        key = (draft.values[1].value, draft.meta.get("revision"))
        issues = (one for one in self._entries if isinstance(one, Transaction) and one.meta.get("event") == _ISSUED)
        return next((one for one in issues if (one.meta.get("invoice"), one.meta.get("revision")) == key), None)

    def _working(self, entry: Directive) -> Any:
        return _fact_in(Path(entry.meta["filename"]).read_text(encoding="utf-8"), entry.meta.get("id", ""))

    def _sealed(self, draft: Custom, issue: Transaction) -> tuple[Version | None, str]:
        """The last committed version that has the seal, and which commit it was changed in."""
        paths = [os.path.relpath(entry.meta["filename"], self._root) for entry in (draft, issue)]
        content, changed_in = issue.meta["content"], _NOT_COMMITTED
        for commit in self._git("log", "--format=%h", "--", *dict.fromkeys(paths)).split():
            texts = {path: self._git("show", f"{commit}:./{path}") for path in dict.fromkeys(paths)}
            found = Version(_fact_in(texts[paths[0]], draft.meta["id"]), _fact_in(texts[paths[1]], issue.meta["id"]))
            if found.draft is not None and found.issue is not None and seal(found.draft, found.issue.date) == content:
                return found, changed_in
            changed_in = f"changed in {commit}"
        return None, ""

    def _git(self, *arguments: str) -> str:
        """What git says; nothing where there is no git, no repository, or no such thing in it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            done = subprocess.run(  # noqa: S603 - no shell
                ["git", "-C", str(self._root), *arguments],  # noqa: S607 - the user's git
                env=environment,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            return ""
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _fact_in(ledger: str, fact: str) -> Any:
    """The fact of this id in a ledger file's text; None where it is not there or can't be read."""
    at = ledger.find(f'"{fact}"') if fact else -1
    if at < 0:
        return None
    start = max((one.start() for one in _DIRECTIVE.finditer(ledger, 0, at)), default=0)
    block = next(iter(split_blocks(ledger[start : _end(ledger, at)])), None)
    entries = parser.parse_string(block.text)[0] if block else []
    return next((read.fact for read in gather(entries).facts if read.fact.id == fact), None)


def _end(ledger: str, at: int) -> int:
    """Where the next directive begins that can't be a part of the one at this place."""
    part = re.compile(r'\S+ custom "billing" "invoice-line"')
    return next(
        (one.start() for one in _DIRECTIVE.finditer(ledger, at) if not part.match(ledger, one.start())), len(ledger)
    )


def _changes(now: Version, then: Version) -> Iterator[str]:
    """What differs, as `unit-price of line 1 is 80.00 SGD, sealed as 90.00 SGD`."""
    if now.draft is None or now.issue is None or then.draft is None or then.issue is None:
        return
    yield from _days(now.issue.date, then.issue.date, "the day of issue")
    yield from _days(now.draft.date, then.draft.date, "the day of the draft")
    yield from _fields(now.draft, then.draft, "")
    if len(now.draft.lines) != len(then.draft.lines):
        yield f"it has {len(now.draft.lines)} lines, sealed with {len(then.draft.lines)}"
    for line, sealed in zip(now.draft.lines, then.draft.lines, strict=False):
        yield from _fields(line, sealed, f" of line {sealed.line}")


def _days(now: date, then: date, what: str) -> Iterator[str]:
    if now != then:
        yield f"{what} is {now}, sealed as {then}"


def _fields(now: Any, then: Any, of: str) -> Iterator[str]:
    for field in then.shape.fields:
        new, old = getattr(now, field.name), getattr(then, field.name)
        if field.place is not Place.PARTS and new != old:
            yield f"{field.key}{of} is {_said(new)}, sealed as {_said(old)}"


def _said(value: Any) -> str:
    return "absent" if value is None else text.scalar(value)


def _remedy(changed_in: str) -> str:
    if changed_in == _NOT_COMMITTED:
        return "restore the line (git diff shows it), or void the invoice while it is unpaid and draft a new one"
    commit = changed_in.rpartition(" ")[2]
    return f"restore the line (git show {commit} shows who changed it), or void the invoice while it is unpaid and draft a new one"
