"""What became of the ledger files since the index noted them, and what of that can be folded into it.

Never a wrong answer: whatever is not certainly the same as reading everything anew raises `Doubt`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from beancount.core.data import Close, Directive, Open

from billing_beans.audit import BY_HAND, Audit
from billing_beans.books import Books, OpenAccount
from billing_beans.core.facts import Fact
from billing_beans.core.identifiers import is_ulid
from billing_beans.ledger.gathering import Gathered, gather
from billing_beans.ledger.harmless import is_harmless
from billing_beans.ledger.notes import FileNote, Notes
from billing_beans.ledger.reading import MAIN, by_date
from billing_beans.ledger.sources import (
    CHUNK,
    Parsed,
    Source,
    chunks_of,
    included,
    is_beginning,
    parsed,
    read_source,
    source_of,
    unparsed,
)
from billing_beans.ledger.stamps import Stamp, stamp_of


class Doubt(Exception):
    """The books must be read whole; why, in words that a user understands."""


class Names:
    """Paths as the index keeps them: below the books relative to them, so that books can be moved."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = f"{root}{os.sep}"

    def short(self, path: Path | str) -> str:
        return str(path).removeprefix(self._prefix)

    def full(self, name: str) -> Path:
        return self.root / name


@dataclass(slots=True)
class Change:
    """A file as it is to be noted, with the digests of its chunks from `first` on, and the new entries in it."""

    note: FileNote
    digests: tuple[bytes, ...]
    first: int
    entries: list[Directive]
    again: bool = False
    """All of it was read again, what was there before as well."""


@dataclass(slots=True)
class Changes:
    """Everything that changed, by the name of the file."""

    files: dict[str, Change] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.files)

    @property
    def stamps(self) -> dict[str, Stamp]:
        return {name: one.note.stamp for name, one in self.files.items()}

    def note(self, notes: Notes, added: Additions) -> None:
        """Write down what became of the files, and what they say now."""
        for name, one in self.files.items():
            one.note = one.note._replace(recorded=one.note.recorded or name in added.recorded)
            notes.put_file(name, one.note, one.digests, one.first)
        for name, said in added.said.items():
            notes.add_said(name, said)
        last = max((fact.date for fact in added.facts), default=date.min)
        if last > notes.last_day:
            notes.put_fact("last-day", last.isoformat())

    @property
    def entries(self) -> list[Directive]:
        return sorted((entry for one in self.files.values() for entry in one.entries), key=by_date)


def differing(names: Names, notes: dict[str, FileNote]) -> list[str]:
    """The files that may have changed, without reading any. Raises `Doubt` where there are others than before."""
    found = []
    for name, note in notes.items():
        try:
            status = os.stat(names.full(name))  # noqa: PTH116 - in the hot path of every command
        except OSError:
            raise Doubt(f"{name} is not there any more") from None
        if stamp_of(status) != note.stamp:
            found.append(name)
        _refuse_other_includes(names, name, note)
    for path in _journal(names.root):
        if names.short(path) not in notes:
            raise Doubt(f"{names.short(path)} is new, and is not included")
    return found


def _refuse_other_includes(names: Names, name: str, note: FileNote) -> None:
    for pattern, before in note.includes.items():
        if tuple(map(names.short, included(names.full(name), pattern))) != before:
            raise Doubt(f"{name} includes other files than before")


def _journal(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root / "journal"):
        yield from (os.path.join(folder, one) for one in (*files, *folders) if one.endswith(".beancount"))  # noqa: PTH118


class Comparison:
    """Reads what changed in these files, and no more."""

    def __init__(
        self, names: Names, notes: Notes, files: dict[str, FileNote], own: Mapping[str, bytes] = MappingProxyType({})
    ) -> None:
        """`own` are new files that this very command wrote: what they say is known."""
        self._own = own
        self._names = names
        self._notes = notes
        self._files = files
        self.changes = Changes()

    def compare(self, name: str) -> None:
        """Take note of what became of a file. Raises `Doubt`."""
        note = self._files[name]
        with self._names.full(name).open("rb") as handle:
            stamp = stamp_of(os.fstat(handle.fileno()))
            same = stamp.size >= note.stamp.size and is_beginning(handle, note.stamp.size, self._notes.digests(name))
        if same and stamp.size == note.stamp.size:
            self.changes.files[name] = Change(note._replace(stamp=stamp), (), len(self._notes.digests(name)), [])
        elif name == MAIN or note.stateful:
            raise Doubt(f"{name} was changed")
        elif same:
            self._grown(name, note)
        elif note.recorded:
            raise Doubt(f"{name} was changed other than by adding to its end")
        else:
            self._read_again(name, note)

    def _grown(self, name: str, note: FileNote) -> None:
        with self._names.full(name).open("rb") as handle:
            stamp = stamp_of(os.fstat(handle.fileno()))
            first = note.stamp.size // CHUNK
            handle.seek(first * CHUNK)
            data = handle.read(stamp.size - first * CHUNK)
        self.add_tail(
            name, note, stamp, data, parsed(self._names.full(name), data[note.stamp.size % CHUNK :], note.lines + 1)
        )

    def add_tail(self, name: str, note: FileNote, stamp: Stamp, data: bytes, found: Parsed) -> None:
        """A file grew: `data` begins with the last chunk that was there, `found` is what was added. Raises `Doubt`."""
        tail = source_of(self._names.full(name), stamp, data[note.stamp.size % CHUNK :], found)
        if tail.errors or tail.stateful or not note.whole_lines:
            raise Doubt(f"what was added to {name} says nothing by itself")
        includes = dict(note.includes)
        for pattern, paths in tail.includes.items():
            includes[pattern] = tuple(map(self._names.short, paths))
            self._add_included(name, includes[pattern])
        grown = note._replace(
            stamp=stamp, lines=note.lines + tail.lines, whole_lines=tail.whole_lines, includes=includes
        )
        first = note.stamp.size // CHUNK
        self.changes.files[name] = Change(grown, tuple(chunks_of(data)), first, tail.entries)

    def _add_included(self, name: str, paths: tuple[str, ...]) -> None:
        """Files that are included now and were not: the months of a new year."""
        for one in paths:
            if one in self._files or one in self.changes.files:
                continue
            path = self._names.full(one)
            if not path.is_file():
                raise Doubt(f"{name} includes {one}, which is not there")
            source = self._written(path, self._own[one]) if one in self._own else read_source(path)
            if source.errors or source.includes:
                raise Doubt(f"{name} includes {one}")
            self.changes.files[one] = Change(note_of(source, self._names), source.digests, 0, source.entries)

    @staticmethod
    def _written(path: Path, text: bytes) -> Source:
        with path.open("rb") as handle:
            stamp, data = stamp_of(os.fstat(handle.fileno())), handle.read()
        if data != text:
            raise Doubt(f"{path} is not as it was left")
        return source_of(path, stamp, data, unparsed())

    def _read_again(self, name: str, note: FileNote) -> None:
        source = read_source(self._names.full(name))
        again = note_of(source, self._names)
        if source.errors or source.stateful or again.includes != note.includes:
            raise Doubt(f"{name} was changed")
        self.changes.files[name] = Change(again, source.digests, 0, source.entries, again=True)


def note_of(source: Source, names: Names) -> FileNote:
    """What is kept of a file that was read whole; whether it holds recorded facts is still to be seen."""
    includes = {pattern: tuple(map(names.short, paths)) for pattern, paths in source.includes.items()}
    return FileNote(source.stamp, source.lines, source.whole_lines, source.stateful, recorded=False, includes=includes)


# --- What is said in the files ----------------------------------------------------------------------------------------


def words_of(said: Fact | Open | Close) -> str:
    """What a directive of the catalogue, or of an account, says, as text that is the same for the same."""
    if isinstance(said, Open):
        return f"open {said.date} {said.account} {','.join(said.currencies or ())}"
    if isinstance(said, Close):
        return f"close {said.date} {said.account}"
    return repr(said)


@dataclass(slots=True)
class Additions:
    """What files say that they did not say before: facts in the order of folding, accounts that are opened."""

    facts: list[Fact] = field(default_factory=list)
    opens: list[Open] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)

    def add_fact(self, name: str, fact: Fact) -> None:
        self.facts.append(fact)
        if type(fact) in BY_HAND:
            self.said.setdefault(name, []).append(words_of(fact))
        else:
            self.recorded.add(name)

    def merge(self, others: Additions) -> None:
        """These, and the others behind them."""
        self.facts += others.facts
        self.opens += others.opens
        self.recorded |= others.recorded
        for name, said in others.said.items():
            self.said.setdefault(name, []).extend(said)


def additions(names: Names, notes: Notes, changes: Changes) -> Additions:
    """What the changed files add to the books. Raises `Doubt` where they do anything else."""
    gathered = gather(changes.entries, notes.entities)
    if gathered.findings or gathered.following:
        raise Doubt("there is a problem in what was added")
    before = {name: notes.said(name) for name, one in changes.files.items() if one.again}
    found = sort_out(names, gathered, before)
    for name, said in before.items():
        if +said:
            raise Doubt(f"{name} no longer says what it said")
    return found


def sort_out(names: Names, gathered: Gathered, before: dict[str, Counter[str]]) -> Additions:
    """What was gathered, without what the files said `before`, which is taken out of there. Raises `Doubt`."""
    found = Additions()
    for read in gathered.facts:
        name = names.short(read.entry.meta["filename"])
        if not (type(read.fact) in BY_HAND and _known(before.get(name), words_of(read.fact))):
            found.add_fact(name, read.fact)
    for opened in gathered.opens:
        name = names.short(opened.meta["filename"])
        if not _known(before.get(name), words_of(opened)):
            found.opens.append(opened)
            found.said.setdefault(name, []).append(words_of(opened))
    for closed in gathered.closes:
        name = names.short(closed.meta["filename"])
        if not _known(before.get(name), words_of(closed)):
            raise Doubt(f"{name} closes {closed.account}")
    return found


def _known(said: Counter[str] | None, words: str) -> bool:
    if said is None or said[words] <= 0:
        return False
    said[words] -= 1
    return True


def fold(books: Books, audit: Audit, added: Additions, last_day: date) -> None:
    """Check and fold what was added to sound books. Raises `Doubt`."""
    ids = [fact.id for fact in added.facts if fact.id]
    if len({*ids}) < len(ids) or not all(is_ulid(one) and one > books.last_id for one in ids):
        raise Doubt("facts were added that are older than the last one")
    for fact in added.facts:
        if type(fact) in BY_HAND and not is_harmless(books, fact, last_day):
            raise Doubt(
                f"{' '.join((fact.shape.kind, *fact.entities()[:1]))} may change what earlier facts are held against"
            )
    for opened in added.opens:
        if books.accounts.get(opened.account) is not None:
            raise Doubt(f"{opened.account} is opened again")
        books.accounts.put(OpenAccount(opened.account, opened.date, tuple(opened.currencies or ())))
    books.note_ids(ids)
    for fact in added.facts:
        audit.take(fact)
        if audit.findings or audit.followed:
            raise Doubt("there is a problem in what was added")
