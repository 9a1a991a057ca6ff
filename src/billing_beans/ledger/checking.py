"""The whole check of books: Beancount's loader with our plugin in it, so that all errors come together (R6)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from beancount import loader
from beancount.core.data import Custom, Directive, Transaction

from billing_beans.audit import Audit, Finding
from billing_beans.books import Books
from billing_beans.core.checks import Problem
from billing_beans.core.errors import BooksUnusable
from billing_beans.core.records import record
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.ledger.journal import INTENT, let_writers_finish
from billing_beans.ledger.reading import (
    MAIN,
    PLUGIN,
    Place,
    collector_paused,
    judge,
    kept_audits,
    not_included,
    waiting_included,
)
from billing_beans.ledger.tampering import Tampering

SYNTAX = "R6: every line of the ledger can be read."
BEANCOUNT = "R6: what Beancount finds is wrong as well."
_OURS = "BillingProblem"


@record
class Found:
    """One problem of the books: the file relative to them, the line (0 for a whole file), and what to do."""

    file: str
    line: int
    problem: Problem

    def __str__(self) -> str:
        problem = self.problem
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {problem.message}.\n  {_rule(problem)} {_sentence(problem.remedy)}"


@record
class Checked:
    """The outcome: problems in the order of files and lines, how many more only follow from them, and what was read.

    `books` are what the sound facts add up to, `entries` the whole ledger as Beancount has loaded and booked it.
    """

    problems: tuple[Found, ...]
    following: int
    invoices: int
    files: int
    books: Books
    entries: list[Directive]


def check_books(root: Path, main_file: str = MAIN) -> Checked:
    """Load the books whole and find every problem. Raises `BooksUnusable` where there are none."""
    root = Path(os.path.abspath(root))  # noqa: PTH100 - as Beancount writes file names: no "..", links kept
    main = root / main_file
    if not main.is_file():
        raise BooksUnusable(
            f"There are no books in {root}: no {main_file}.", instead="billing-beans init DIR makes books"
        )
    let_writers_finish(root)
    with kept_audits() as kept, collector_paused():
        # As Fava does it: the public function would read and write a cache, and plugins would not run.
        entries, errors, options = loader._load([(str(main), True)], None, None, None)  # noqa: SLF001
        audit = kept[0] if kept else _judged_here(entries)
    included = {Path(one) for one in options["include"]}
    left_out = [*not_included(root, included), *_without_plugin(options)]
    left_out += waiting_included(root, included) if main_file == MAIN else []
    found = [*_interrupted(root), *(Found(one.where.filename, 0, one.problem) for one in left_out)]
    found += _located(root, _explained(root, entries, audit, errors))
    # Where a write was interrupted, or a line can't be read, the rest only says what is missing because of it.
    decisive = ("interrupted", "syntax")
    problems = next(
        ([one for one in found if one.problem.check == name] for name in decisive if name in _checks(found)), found
    )
    following = audit.following + len(found) - len(problems)
    problems.sort(key=lambda one: (one.file, one.line))
    return Checked(tuple(problems), following, _invoices(entries), len(options["include"]), audit.books, entries)


def found_in(root: Path, findings: Iterable[Finding]) -> list[Found]:
    """The findings of a reading in the order of files and lines."""
    return sorted(_located(root, findings), key=lambda one: (one.file, one.line))


def _checks(found: Iterable[Found]) -> set[str]:
    return {one.problem.check for one in found}


def _judged_here(entries: list[Directive]) -> Audit:
    """Where the plugin was not asked for, or stopped. Raises `BooksUnusable` where it stops here as well."""
    try:
        return judge(entries)
    except Exception as error:
        raise BooksUnusable(
            f"The checks of billing stopped: {type(error).__name__}: {error}.",
            instead="billing-beans check --debug shows where; this is a defect of the tool: please report it",
        ) from error


def _invoices(entries: Iterable[Directive]) -> int:
    drafts = (one.values for one in entries if isinstance(one, Custom) and one.type == "billing")
    kind = InvoiceDrafted.shape.kind
    return len({values[1].value for values in drafts if len(values) > 1 and values[0].value == kind})


def _without_plugin(options: Mapping[str, Any]) -> Iterator[Finding]:
    if PLUGIN not in {name for name, _config in options["plugin"]}:
        problem = Problem(
            "plugin",
            f'the line plugin "{PLUGIN}" is missing, so bean-check and Fava check nothing of billing',
            "R6: every check runs wherever the books are opened.",
            f'write it into {MAIN}: plugin "{PLUGIN}"',
        )
        yield Finding(problem, Place(MAIN, 0))


def _interrupted(root: Path) -> Iterator[Found]:
    if (root / INTENT).exists():
        problem = Problem(
            "interrupted",
            "a write was interrupted: the ledger may hold only a part of what a command was recording",
            "3 of the architecture: an act is written whole or not at all.",
            "finish it: billing-beans recover; or give it up: billing-beans recover --discard",
        )
        yield Found(INTENT, 1, problem)


def _explained(root: Path, entries: list[Directive], audit: Audit, errors: Iterable[Any]) -> Iterator[Finding]:
    """Our findings, then what Beancount found besides."""
    tampering = Tampering(root, entries)
    for finding in audit.findings:
        yield Finding(tampering.explain(finding), finding.where)
    ours = {_place(finding.where) for finding in audit.findings}
    lots = {account for finding in audit.findings for account in _lot_accounts(finding.where)}
    for error in errors:
        if type(error).__name__ == _OURS and getattr(error, "problem", None) is not None:
            continue
        if _place(error) not in ours and (lots.isdisjoint(_lot_accounts(error.entry)) or not _is_booking(error)):
            yield Finding(_problem(error), error)


def _is_booking(error: Any) -> bool:
    """Whether booking found it. It reports lots on whichever entry came later, so it is about the account."""
    return type(error).__module__.startswith("beancount.parser.booking")


def _lot_accounts(entry: Any) -> set[str]:
    if not isinstance(entry, Transaction):
        return set()
    written = [posting.account for posting in entry.postings if posting.cost is not None]
    return set(written) or set(entry.links)


def _problem(error: Any) -> Problem:
    message = _words(str(error.message))
    if type(error).__name__ in ("ParserSyntaxError", "ParserError", "LexerError"):
        return Problem("syntax", message, SYNTAX, "correct the line, or restore the file with git")
    if type(error).__name__ == "LoadError" and message.startswith("File "):
        return Problem("syntax", message, SYNTAX, "restore the file with git, or take its include out of the ledger")
    if type(error).__name__ == _OURS:
        return Problem("plugin", message, "R6: every check runs.", "see the message")
    return Problem("beancount", message, BEANCOUNT, "correct the entry; bean-check says the same")


def _words(message: str) -> str:
    """Beancount's message in one line; of a traceback only what it ends with."""
    before, traceback, _ = message.partition("Traceback (most recent call last)")
    last = message.rstrip().rpartition("\n")[2] if traceback else ""
    return " ".join(f"{before} {last}".split()).rstrip(".")


def _place(where: Any) -> tuple[str, int]:
    if isinstance(where, Place):
        return where.filename, where.line
    source = getattr(where, "meta", None) or getattr(where, "source", None) or {}
    return str(source.get("filename", "")), int(source.get("lineno", 0) or 0)


def _located(root: Path, findings: Iterable[Finding]) -> Iterator[Found]:
    for finding in findings:
        filename, line = _place(finding.where)
        path = Path(filename)
        if not path.is_absolute():
            # What Beancount says of the whole ledger has a made-up place, such as <load>:0.
            yield Found(MAIN, 0, finding.problem)
        else:
            yield Found(str(path.relative_to(root) if path.is_relative_to(root) else path), line, finding.problem)


def _rule(problem: Problem) -> str:
    name, colon, _ = problem.promise.partition(":")
    return f"Rule {name}." if colon else problem.promise


def _sentence(remedy: str) -> str:
    """What to do, as a sentence; a command stands as it is typed."""
    if remedy.startswith("billing-beans "):
        return f"Instead: {remedy}"
    return remedy[:1].upper() + remedy[1:] + ("" if remedy.endswith(".") else ".")
