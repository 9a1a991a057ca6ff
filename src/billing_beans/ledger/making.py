"""An index made of books that were read whole: every table at once, in the order in which the file keeps it."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from billing_beans.audit import BY_HAND, Finding
from billing_beans.books import Books
from billing_beans.catalog.facts import LegalEntityAdded
from billing_beans.core.tables import MemoryStore
from billing_beans.ledger.changes import Names, note_of, words_of
from billing_beans.ledger.notes import Notes, Place, Troubles
from billing_beans.ledger.reading import Whole, collector_paused
from billing_beans.ledger.sqlite import SqliteStore


def make_index(path: Path, whole: Whole, names: Names, release: str) -> None:
    """Write all of it to a new file, and onto the disk. Raises `BooksUnusable` and OSError."""
    # SQLite would make it for its user alone, whatever the others of a group may do with the ledger.
    path.touch(mode=0o666)
    store = SqliteStore(path, release=release, alone=True)
    try:
        with collector_paused():
            Books(store)
            kept = whole.reading.books.store
            assert isinstance(kept, MemoryStore), "books that were read whole are in memory"
            for table in kept.tables():
                store.table(table.spec).fill(record for _key, record in table)
            _make_notes(Notes(store), whole, names)
        store.finish()
    finally:
        store.close()
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _make_notes(notes: Notes, whole: Whole, names: Names) -> None:
    notes.create()
    said: dict[str, list[str]] = defaultdict(list)
    recorded: set[str] = set()
    last = date.min
    entities = []
    for fact, entry in whole.gathered.facts:
        name = entry.meta["filename"]
        last = max(last, fact.date)
        if type(fact) not in BY_HAND:
            recorded.add(name)
            continue
        said[name].append(words_of(fact))
        if isinstance(fact, LegalEntityAdded):
            entities.append(fact.account)
    for opened in whole.gathered.opens:
        said[opened.meta["filename"]].append(words_of(opened))
    for closed in whole.gathered.closes:
        said[closed.meta["filename"]].append(words_of(closed))
    for name, words in said.items():
        notes.add_said(names.short(name), words)
    for source in whole.sources:
        note = note_of(source, names)._replace(recorded=str(source.path) in recorded)
        notes.put_file(names.short(source.path), note, source.digests)
    notes.put_fact("last-day", last.isoformat())
    notes.put_fact("entities", "\n".join(sorted({*entities})))
    notes.put_troubles(_troubles(whole, names))


def _troubles(whole: Whole, names: Names) -> Troubles:
    audit = whole.reading.audit
    findings = tuple((one.problem, _place(one, names)) for one in audit.findings)
    return Troubles(findings, audit.following, tuple(audit.troubled))


def _place(finding: Finding, names: Names) -> Place:
    where: Any = finding.where
    if hasattr(where, "meta"):
        return Place(names.short(where.meta["filename"]), where.meta["lineno"])
    return Place(names.short(where.filename), where.line)
