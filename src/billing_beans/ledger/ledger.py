"""A folder of books, as a program uses it: read them, perform an act on them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from beancount.parser import parser

from billing_beans.acts.act import Act, Context
from billing_beans.books import Books, Recorded
from billing_beans.core.clock import Clock
from billing_beans.core.errors import BooksUnusable, ProblemsInBooks, Refused
from billing_beans.core.facts import Fact
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.records import record
from billing_beans.core.tables import Overlay
from billing_beans.ledger.gathering import Gathered, gather
from billing_beans.ledger.index import Index, Opened
from billing_beans.ledger.journal import (
    INTENT,
    Append,
    CantLock,
    Journal,
    Recovery,
    Replace,
    Written,
    let_writers_finish,
)
from billing_beans.ledger.keeping import Keeper
from billing_beans.ledger.layout import appends_of
from billing_beans.ledger.pending import changes_of
from billing_beans.ledger.reading import MAIN, Reading, collector_paused, read_books
from billing_beans.ledger.unsettling import refuse_unsettling

Request = TypeVar("Request")
Verb = Callable[[Act, Request], None]


@record
class Asker:
    """Who asks, for which day, under which idempotency key, and whether only to see what would be written."""

    actor: str
    day: date | None = None
    idempotency_key: str | None = None
    dry_run: bool = False


@record
class Outcome:
    """What an act did. `repeated` is set where its key was used before: then nothing was written (U6)."""

    act: Act
    appends: tuple[Append | Replace, ...]
    written: tuple[Written, ...]
    recovery: Recovery | None
    repeated: Recorded | None = None

    @property
    def facts(self) -> list[Fact]:
        return self.act.facts


@record
class Rebuilt:
    """What became of making the index anew, and from how many files."""

    reading: Reading
    is_kept: bool
    files: int = 0


class Ledger:
    """Books on disk. The clock and randomness are passed in; the same input gives the same bytes."""

    def __init__(
        self, root: Path, clock: Clock, randomness: Callable[[int], bytes], tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.root = root
        self._clock = clock
        self._randomness = randomness
        self._journal = Journal(root)
        self._index = Index(root, tell)

    def read(self) -> Reading:
        """The books as they are now, for looking only; a command that is writing is waited for. Raises `BooksUnusable`."""
        self._refuse_none()
        self._refuse_interrupted()
        opened = self._index.fresh()
        if opened is not None:
            return opened.reading
        try:
            with self._journal.alone():
                self._refuse_interrupted()
                return _reading(self._index.renewed())
        except CantLock:
            # Another command is at work for long, or this folder can't be written.
            self._refuse_interrupted()
            return read_books(self.root)

    def rebuild(self) -> Rebuilt:
        """The books read whole, and the index made of them anew. Raises `BooksUnusable`."""
        self._refuse_none()
        with self._journal.locked():
            made = self._index.make()
        if isinstance(made, Opened):
            return Rebuilt(made.reading, is_kept=True, files=len(made.files))
        return Rebuilt(made, is_kept=False)

    def forget(self) -> None:
        """Remove the index: it was found to be damaged."""
        self._index.discard()

    def _refuse_interrupted(self) -> None:
        let_writers_finish(self.root)
        if (self.root / INTENT).exists():
            raise BooksUnusable(
                "A write to these books was interrupted: they may hold only a part of what a command was recording.",
                rule="3 of the architecture: an act is written whole or not at all.",
                instead="finish it: billing-beans recover",
            )

    def _refuse_none(self) -> None:
        if not (self.root / MAIN).is_file():
            raise BooksUnusable(
                f"There are no books in {self.root}: it has no {MAIN}.",
                instead="billing-beans init DIR makes books; --books DIR names them",
            )

    def perform(self, verb: Verb[Request], request: Request, asker: Asker) -> Outcome:
        """Lock, recover, read, act, check, write, verify. Raises `BillingError`; then nothing was written."""
        with collector_paused(), self.writing(dry_run=asker.dry_run) as writing:
            return writing.perform(verb, request, asker)

    @contextmanager
    def writing(self, *, dry_run: bool = False) -> Iterator[Writing]:
        """Many acts under one lock and one reading; each is written by itself, and stays whatever the next one does.

        Raises `BooksUnusable`.
        """
        ids = partial(UlidSource, self._clock, self._randomness)
        if dry_run:
            found = self.read()
            reading = Reading(found.books.fork(), found.audit, found.unreadable)
            yield Writing(reading, None, self._clock, ids(reading.books.last_id), self.root)
            return
        with self._journal.locked() as recovery:
            self._refuse_none()
            opened = self._index.renewed()
            keeper = Keeper(opened) if isinstance(opened, Opened) else None
            reading = keeper.reading if keeper else _reading(opened)
            try:
                yield Writing(
                    reading, self._journal, self._clock, ids(reading.books.last_id), self.root, recovery, keeper
                )
            finally:
                if keeper is not None:
                    keeper.close()


def _reading(found: Opened | Reading) -> Reading:
    return found if isinstance(found, Reading) else found.reading


@record
class Writing:
    """Books that are open for acts, one after another: `reading` is folded on after each append.

    Without a journal nothing is written, and every act still sees those before it. `recovery` says what became of a
    write that was interrupted before.
    """

    reading: Reading
    journal: Journal | None
    clock: Clock
    ids: UlidSource
    root: Path
    recovery: Recovery | None = None
    keeper: Keeper | None = None

    def perform(self, verb: Verb[Request], request: Request, asker: Asker) -> Outcome:
        """Act, check, write, verify, fold. Raises `BillingError`; then nothing of this act was written."""
        with collector_paused():
            return self._perform(verb, request, asker)

    def _perform(self, verb: Verb[Request], request: Request, asker: Asker) -> Outcome:
        digest = digest_of(verb, request, asker.day) if asker.idempotency_key else None
        fork = Overlay(self.reading.books.store)
        act = Act(
            Books(fork),
            Context(self.clock.now(), asker.actor, self.ids.next, asker.day, asker.idempotency_key, digest),
        )
        if repeated := _repeated(self.reading, asker.idempotency_key, digest):
            return Outcome(act, (), (), self.recovery, repeated)
        _refuse_unreadable(self.reading)
        try:
            verb(act, request)
        except Refused as error:
            raise in_trouble(error, self.reading) or error from None
        _refuse_in_trouble(self.reading, act)
        appends = appends_of(act, self.root)
        entries, patterns = _parsed(appends)
        gathered = _read_back(entries, act.facts)
        refuse_unsettling(self.root, self.reading, act.facts, entries, self._last_day)
        if self.keeper is not None:
            appends = self.keeper.known(appends)
        changes = [*appends, *changes_of(act, self.root)]
        written = () if self.journal is None else self.journal.append(changes)
        if self.keeper is not None and written:
            self.keeper.keep(appends, gathered, patterns)
        fork.commit()
        return Outcome(act, tuple(changes), written, self.recovery)

    @property
    def _last_day(self) -> date:
        return self.keeper.last_day if self.keeper else date.max


def in_trouble(error: Refused, reading: Reading) -> ProblemsInBooks | None:
    """What a refusal really says where it is about something that a problem keeps out of the books."""
    words = error.what.rstrip(".").replace(",", " ").split()
    if not reading.audit.is_troubled(tuple(words)):
        return None
    return ProblemsInBooks(
        f"{error.what} But there is a problem in the books with it, which keeps it out of them.",
        rule="R6: what has a problem is mended before anything builds on it.",
        instead="billing-beans check names every problem",
    )


def _repeated(reading: Reading, key: str | None, digest: str | None) -> Recorded | None:
    """The first act of this key, if there was one. Raises `Refused` where it was another act (U6)."""
    recorded = reading.books.keys.get(key) if key else None
    if recorded is not None and recorded.request != digest:
        raise Refused(
            f"The idempotency key {key} was used for something else: {recorded.kind} {' '.join(recorded.entities)}.",
            rule="U6: the same key with other content is refused.",
            instead="use a new key, or repeat the command exactly as it was",
        )
    return recorded


def _refuse_unreadable(reading: Reading) -> None:
    """Nothing is written to books that could not be read whole."""
    if reading.unreadable:
        raise ProblemsInBooks(
            f"The books can't be read whole: {reading.unreadable[0].problem.message}",
            rule="R6: every line of the ledger can be read.",
            instead="billing-beans check names every problem",
        )


def _refuse_in_trouble(reading: Reading, act: Act) -> None:
    """Books with problems are written to only where the problems have nothing to do with what is touched."""
    if not reading.audit.troubled:
        return
    for fact in [*act.facts, *(fact for one in act.waiting for fact in one.facts)]:
        touched = dict.fromkeys((*fact.subjects(), *_named(fact)))
        in_trouble = [one for one in touched if reading.audit.is_troubled((one,))]
        if in_trouble:
            raise ProblemsInBooks(
                f"There is a problem in the books with {' and '.join(in_trouble)}.",
                rule="R6: what has a problem is mended before anything builds on it.",
                instead="billing-beans check names every problem",
            )


_NAMED = frozenset({"customer", "seller", "agreement", "product", "price", "tax_code"})


def _named(fact: Fact) -> Iterator[str]:
    """The parties and the entries of the catalogue that a fact and its parts name: it builds on them, too."""
    parts = [one for field in fact.shape.parts for one in getattr(fact, field.name)]
    for one in (fact, *parts):
        for name in _NAMED:
            value = getattr(one, name, None)
            if isinstance(value, str):
                yield value


def _parsed(appends: list[Append]) -> tuple[list[Any], dict[str, list[str]]]:
    """The directives that will be written, and what each file includes. Raises `BooksUnusable`."""
    entries: list[Any] = []
    patterns: dict[str, list[str]] = {}
    for append in appends:
        found, errors, options = parser.parse_string(append.text, report_filename=str(append.path))
        if errors:
            raise BooksUnusable(f"What would be written can't be read back: {errors[0].message}.")
        entries += found
        patterns[str(append.path)] = options["include"]
    return entries, patterns


def _read_back(entries: list[Any], facts: list[Fact]) -> Gathered:
    """Pair assertion: the text that will be written says exactly these facts. Raises `BooksUnusable`."""
    gathered = gather(entries)
    said = {read.fact.id: read.fact for read in gathered.facts}
    if gathered.findings or said != {fact.id: fact for fact in facts}:
        problem = gathered.findings[0].problem.message if gathered.findings else "other facts"
        raise BooksUnusable(f"What would be written reads back as something else: {problem}.")
    return gathered


def digest_of(verb: Verb[Any], request: Any, day: date | None) -> str:
    """What a request is, in one line, for idempotency: the verb, its content, and the date asked for (U6)."""
    content = json.dumps([verb.__name__, dataclasses.asdict(request), day], sort_keys=True, default=str)
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()
