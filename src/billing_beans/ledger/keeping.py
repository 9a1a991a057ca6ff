"""An index that keeps up with the commands that write: what they append is known, and needn't be read again.

It is written once, when a command is done, and under the same lock. Whatever goes wrong here is no error: the ledger is
written, and the next command finds files that grew.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from billing_beans.audit import BY_HAND
from billing_beans.books import Books
from billing_beans.core.errors import BooksUnusable, OutdatedIndex
from billing_beans.core.facts import Fact
from billing_beans.core.tables import Overlay
from billing_beans.ledger.changes import Additions, Comparison, Doubt, sort_out
from billing_beans.ledger.gathering import Gathered
from billing_beans.ledger.harmless import is_harmless
from billing_beans.ledger.index import Opened
from billing_beans.ledger.journal import Append, Known
from billing_beans.ledger.reading import Reading
from billing_beans.ledger.settling import is_settled
from billing_beans.ledger.sources import CHUNK, unparsed
from billing_beans.ledger.stamps import Stamp, stamp_of


@dataclass(slots=True)
class Grown:
    """What a command appended to one file, and how the file stands since."""

    stamp: Stamp
    texts: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)

    @property
    def text(self) -> bytes:
        return "".join(self.texts).encode()


class Keeper:
    """Keeps an index up with one command: `reading` are the books, over which its acts are folded."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._overlay = Overlay(opened.store)
        self._grown: dict[str, Grown] = {}
        self._added = Additions()
        self.last_day = opened.notes.last_day
        self._given_up = False
        self.reading = Reading(Books(self._overlay), opened.reading.audit, ())

    def known(self, appends: Sequence[Append]) -> list[Append]:
        """The appends, with what is known of their files."""
        return [Append(one.path, one.text, self._known(str(one.path))) for one in appends]

    def _known(self, name: str) -> Known | None:
        note = self._opened.files.get(name)
        if note is None or not note.whole_lines:
            return None
        grown = self._grown.get(name)
        if grown is None:
            return Known(note.stamp, note.lines)
        return Known(grown.stamp, note.lines + sum(text.count("\n") for text in grown.texts))

    def keep(self, appends: Sequence[Append], gathered: Gathered, patterns: dict[str, list[str]]) -> None:
        """Take note of what an act appended, before it is folded into the books."""
        try:
            added = sort_out(self._opened.names, gathered, {})
            for fact in added.facts:
                self._refuse_doubtful(fact)
            for append in appends:
                self._note_grown(str(append.path), append.text, patterns.get(str(append.path), []))
        except (Doubt, OutdatedIndex, BooksUnusable, OSError):
            self._given_up = True
            return
        self.last_day = max([self.last_day, *(fact.date for fact in added.facts)])
        self._added.merge(added)

    def _refuse_doubtful(self, fact: Fact) -> None:
        if type(fact) in BY_HAND and (
            self._opened.troubles or not is_harmless(self.reading.books, fact, self.last_day)
        ):
            raise Doubt("it may change what earlier facts are held against")

    def _note_grown(self, name: str, text: str, patterns: list[str]) -> None:
        stamp = stamp_of(os.stat(self._path(name)))  # noqa: PTH116 - in the hot path of every command
        grown = self._grown.setdefault(name, Grown(stamp))
        grown.stamp = stamp
        grown.texts.append(text)
        grown.patterns += patterns

    def _path(self, name: str) -> Path:
        return self._opened.names.full(name)

    def close(self) -> None:
        """Write what was kept; or leave the index as it is, and the next command to see what was added."""
        store = self._opened.store
        with suppress(OutdatedIndex, BooksUnusable, Doubt, OSError):
            if self._grown and not self._given_up:
                self._write()
                store.commit()
                return
        with suppress(OutdatedIndex, BooksUnusable):
            store.rollback()

    def _write(self) -> None:
        opened = self._opened
        own = {name: one.text for name, one in self._grown.items() if name not in opened.files}
        comparison = Comparison(opened.names, opened.notes, opened.files, own)
        for name, grown in self._grown.items():
            if name not in comparison.changes.files:
                self._compare(comparison, name, grown)
        self._overlay.copy_to(opened.store)
        comparison.changes.note(opened.notes, self._added)
        if not is_settled(opened.names.root, comparison.changes.stamps):
            raise Doubt("a file was changed at this moment")

    def _compare(self, comparison: Comparison, name: str, grown: Grown) -> None:
        """Verify that a file is what it was and what was appended, and nothing else. Raises `Doubt`."""
        note = self._opened.files.get(name)
        if note is None:
            raise Doubt(f"{name} was not included")
        first, before = divmod(note.stamp.size, CHUNK)
        with self._path(name).open("rb") as handle:
            stamp = stamp_of(os.fstat(handle.fileno()))
            handle.seek(first * CHUNK)
            data = handle.read(stamp.size - first * CHUNK)
        digests = self._opened.notes.digests(name, first)
        was = [sha256(data[:before]).digest()] if before else []
        if stamp != grown.stamp or was != digests or data[before:] != grown.text:
            raise Doubt(f"{name} is not as it was left")
        comparison.add_tail(name, note, stamp, data, unparsed(grown.patterns))
