"""Books from disk: the files that main includes, parsed, and what their facts add up to.

Facts are written in full, so reading them needs no booking; `check` loads through Beancount whole.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core.data import Directive

from billing_beans.audit import Audit, Finding
from billing_beans.books import Books, OpenAccount
from billing_beans.core.calendar import format_moment
from billing_beans.core.checks import Problem
from billing_beans.core.errors import WrongUsage
from billing_beans.core.identifiers import moment_of
from billing_beans.core.records import record
from billing_beans.core.tables import Store
from billing_beans.invoicing.checks import broken_seal, sealed
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceIssued
from billing_beans.invoicing.seal import seal
from billing_beans.ledger.collecting import WAITING, Collected, collect
from billing_beans.ledger.gathering import Gathered, gather_collected
from billing_beans.ledger.quick import fold_sound
from billing_beans.ledger.sources import Source, read_source

MAIN = "main.beancount"
PLUGIN = "billing_beans.plugins"

_audits: ContextVar[list[Audit] | None] = ContextVar("audits", default=None)


@record
class Place:
    """Where a problem stands: a file and a line."""

    filename: str
    line: int


class AsOf(NamedTuple):
    """How far books go: the id of their last fact, and when that was made; empty where no date can say it."""

    id: str
    at: str = ""


@record
class Reading:
    """What books say, and what is wrong with them. `unreadable` are syntax errors, which leave the rest in doubt."""

    books: Books
    audit: Audit
    unreadable: tuple[Finding, ...]

    @property
    def as_of(self) -> AsOf | None:
        """The last fact that is in them; None where nothing was recorded yet."""
        last = self.books.last_id
        if not last:
            return None
        try:
            return AsOf(last, format_moment(moment_of(last)))
        except WrongUsage:
            return AsOf(last)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.unreadable, *self.audit.findings)


@record
class Whole:
    """A reading of all files, with the directives that were collected from them."""

    reading: Reading
    collected: Collected
    sources: tuple[Source, ...]


@contextmanager
def collector_paused() -> Iterator[None]:
    """The garbage collector is three quarters of the cost of decoding; nothing that is decoded holds a cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_books(root: Path, store: Store | None = None) -> Reading:
    """Parse, decode, check and fold everything that the main file includes. Raises `BooksUnusable`."""
    return read_whole(root, store).reading


def read_whole(root: Path, store: Store | None = None) -> Whole:
    """The same, with what it was read from. Raises `BooksUnusable`."""
    with collector_paused():
        entries, unreadable, sources = _parse(root / MAIN)
        paths = {one.path for one in sources}
        unreadable += [*not_included(root, paths), *waiting_included(root, paths)]
        collected = collect(entries)
        return Whole(Reading(*_judge(collected, store), tuple(unreadable)), collected, tuple(sources))


def audit_with(root: Path, added: Iterable[Directive]) -> Audit:
    """The audit of everything that the main file includes, and of `added`, which stands in no file yet. Raises `BooksUnusable`."""
    with collector_paused():
        entries, _unreadable, _sources = _parse(root / MAIN)
        return _judge(collect(sorted([*entries, *added], key=by_date)), None)[1]


def judge(entries: Iterable[Directive]) -> Audit:
    """The audit of directives that Beancount has loaded: what `bean-check` and Fava show. Pause the collector meanwhile."""
    audit = _judge(collect(entries), None)[1]
    if (kept := _audits.get()) is not None:
        kept.append(audit)
    return audit


@contextmanager
def kept_audits() -> Iterator[list[Audit]]:
    """Keep the audits that our plugin makes meanwhile: a check of books that loads them need not do it again."""
    kept: list[Audit] = []
    token = _audits.set(kept)
    try:
        yield kept
    finally:
        _audits.reset(token)


def _judge(collected: Collected, store: Store | None) -> tuple[Books, Audit]:
    """Nearly always nothing is wrong; only where something is, each fact is looked at by itself, to say what."""
    books = opened_books(collected, store)
    if store is None and fold_sound(collected, books):
        return books, Audit(books)
    return _audited(gather_collected(collected), opened_books(collected, store))


def opened_books(collected: Collected, store: Store | None) -> Books:
    """Books without facts: only the accounts that a ledger opens and closes."""
    books = Books(store)
    for opened in collected.opens:
        books.accounts.put(OpenAccount(opened.account, opened.date, tuple(opened.currencies or ())))
    for closed in collected.closes:
        if (account := books.accounts.get(closed.account)) is not None:
            books.accounts.put(account._replace(closed=closed.date))
    return books


def _audited(gathered: Gathered, books: Books) -> tuple[Books, Audit]:
    books.note_ids(gathered.ids)
    audit = Audit(books)
    audit.findings += gathered.findings
    audit.distrust(gathered.troubled, gathered.following)
    for fact, entry in gathered.facts:
        audit.take(fact, entry)
    if audit.findings:
        _name_broken_seals(audit, gathered)
        audit.findings[:] = [_located(finding, gathered) for finding in audit.findings]
    return books, audit


def _name_broken_seals(audit: Audit, gathered: Gathered) -> None:
    """Whatever else is wrong with a draft that was issued, or its issue: first of all, somebody changed it (I4)."""
    changed = _changed_after_issue(gathered)
    kept: dict[int, Finding] = {}
    for finding in audit.findings:
        draft = changed.get(id(finding.where))
        if draft is None:
            kept[id(finding)] = finding
        elif id(draft) in kept:
            audit.followed.append(finding)
        else:
            problem = sealed.checking.problem(broken_seal(draft.fact))  # type: ignore[attr-defined]
            kept[id(draft)] = Finding(problem, draft.entry)
    audit.findings[:] = kept.values()


def _changed_after_issue(gathered: Gathered) -> dict[int, Any]:
    """The drafts that no longer have the seal of their issue, by the identity of both directives."""
    issues: dict[tuple[str, int], list[Any]] = defaultdict(list)
    drafts: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for read in gathered.facts:
        if isinstance(read.fact, InvoiceIssued):
            issues[read.fact.invoice, read.fact.revision].append(read)
        elif isinstance(read.fact, InvoiceDrafted):
            drafts[read.fact.invoice, read.fact.revision].append(read)
    changed = {}
    for key, (issue, *others) in issues.items():
        # Where a number was drawn or issued twice, nobody changed anything.
        if others or len(drafts[key]) != 1:
            continue
        (draft,) = drafts[key]
        if seal(draft.fact, issue.fact.date) != issue.fact.content:
            changed[id(draft.entry)] = changed[id(issue.entry)] = draft
    return changed


def _located(finding: Finding, gathered: Gathered) -> Finding:
    """A problem that names another fact as the place to look is found there."""
    about = finding.problem.about
    if not about:
        return finding
    entry = next((read.entry for read in gathered.facts if read.fact.id == about), finding.where)
    return Finding(finding.problem, entry)


def not_included(root: Path, files: Collection[Path]) -> Iterator[Finding]:
    """Journal files that these books do not read, or that were emptied: numbers in them would be drawn again."""
    for path in sorted((root / "journal").rglob("*.beancount")):
        name = str(path.relative_to(root))
        if path not in files:
            what, remedy = f"{name} is not included", f"put its include back, into {MAIN} or the file that included it"
        elif not path.stat().st_size and path.parent.name.isdecimal():
            what, remedy = f"{name} was emptied", "restore the file with git"
        else:
            continue
        yield Finding(Problem("journal-read", what, "R6: all of the journal is read.", remedy), Place(name, 0))


def waiting_included(root: Path, files: Iterable[Path]) -> Iterator[Finding]:
    """Files in which a billing run waits for review, and that main includes: nothing there counts."""
    for path in sorted(files):
        if WAITING in str(path):
            name = str(path.relative_to(root) if path.is_relative_to(root) else path)
            what = f"{name} is included by {MAIN}, and waits for review"
            rule = "U4: a billing run counts when it is posted."
            problem = Problem("journal-read", what, rule, "take its include out; review.beancount has it")
            yield Finding(problem, Place(name, 0))


def _parse(main: Path) -> tuple[list[Directive], list[Finding], list[Source]]:
    """The unbooked entries of a file and all that it includes, sorted as Beancount sorts them within each file."""
    entries: list[Directive] = []
    findings: list[Finding] = []
    sources: dict[Path, Source] = {}
    waiting = [main]
    while waiting:
        path = waiting.pop(0)
        if path in sources:
            continue
        source = sources[path] = read_source(path)
        entries += source.entries
        findings += [_syntax(error) for error in source.errors]
        waiting += chain.from_iterable(source.includes.values())
    entries.sort(key=by_date)
    return entries, findings, [*sources.values()]


def by_date(entry: Directive) -> Any:
    return entry.date


def _syntax(error: Any) -> Finding:
    source = error.source or {}
    problem = Problem(
        "syntax",
        str(error.message).strip(),
        "R6: every line of the ledger can be read.",
        "correct the line, or restore the file with git",
    )
    return Finding(problem, Place(str(source.get("filename", "")), int(source.get("lineno", 0))))
