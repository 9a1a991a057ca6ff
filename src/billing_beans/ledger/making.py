"""An index made of books that were read whole: every table at once, in the order in which the file keeps it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from billing_beans.audit import Finding
from billing_beans.books import Books
from billing_beans.core.facts import Fact
from billing_beans.core.tables import MemoryStore
from billing_beans.ledger.changes import Names, note_of, words_of
from billing_beans.ledger.collecting import Collected
from billing_beans.ledger.gathering import entity_accounts
from billing_beans.ledger.notes import Notes, Place, Troubles
from billing_beans.ledger.postings import Malformed
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
    collected = whole.collected
    catalogue = [*_catalogue(collected)]
    for name, fact in catalogue:
        said[name].append(words_of(fact))
    for opened in collected.opens:
        said[opened.meta["filename"]].append(words_of(opened))
    for closed in collected.closes:
        said[closed.meta["filename"]].append(words_of(closed))
    for name, words in said.items():
        notes.add_said(names.short(name), words)
    recorded = {one.entry.meta["filename"] for one in collected.recorded}
    for source in whole.sources:
        note = note_of(source, names)._replace(recorded=str(source.path) in recorded)
        notes.put_file(names.short(source.path), note, source.digests)
    last = max((one.entry.date for one in (*collected.recorded, *collected.catalogue)), default=date.min)
    notes.put_fact("last-day", last.isoformat())
    notes.put_fact("entities", "\n".join(sorted(entity_accounts(fact for _name, fact in catalogue))))
    notes.put_troubles(_troubles(whole, names))


def _catalogue(collected: Collected) -> Iterator[tuple[str, Fact]]:
    """The facts of catalogue and parties that can be read, and in which file they stand."""
    for said in collected.catalogue:
        with suppress(Malformed):
            yield said.entry.meta["filename"], said.kind.decode(said.entry, said.parts)


def _troubles(whole: Whole, names: Names) -> Troubles:
    audit = whole.reading.audit
    findings = tuple((one.problem, _place(one, names)) for one in audit.findings)
    return Troubles(findings, audit.following, tuple(audit.troubled))


def _place(finding: Finding, names: Names) -> Place:
    where: Any = finding.where
    if hasattr(where, "meta"):
        return Place(names.short(where.meta["filename"]), where.meta["lineno"])
    return Place(names.short(where.filename), where.line)
