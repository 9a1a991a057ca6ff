"""What the index knows of ledger files, and what is wrong with the books: small tables beside those of the books."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from billing_beans.core.checks import Problem
from billing_beans.core.errors import OutdatedIndex
from billing_beans.core.records import record
from billing_beans.ledger.sqlite import SqliteStore
from billing_beans.ledger.stamps import Stamp

_TABLES = (
    "_files (path TEXT PRIMARY KEY, note TEXT) WITHOUT ROWID",
    "_chunks (path TEXT, number INTEGER, digest BLOB, PRIMARY KEY (path, number)) WITHOUT ROWID",
    "_said (path TEXT, what TEXT)",
    "_findings (position INTEGER PRIMARY KEY, finding TEXT)",
    "_troubled (subject TEXT PRIMARY KEY) WITHOUT ROWID",
    "_facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
)


class FileNote(NamedTuple):
    """A ledger file as it was read.

    `whole_lines`: its last line ends. `stateful`: a part of it says nothing by itself. `recorded`: it holds facts that
    fold by id. `includes`: what each of its includes led to.
    """

    stamp: Stamp
    lines: int
    whole_lines: bool
    stateful: bool
    recorded: bool
    includes: Mapping[str, tuple[str, ...]]

    def encode(self) -> str:
        return json.dumps(self)

    @classmethod
    def decode(cls, text: str) -> FileNote:
        stamp, *middle, includes = json.loads(text)
        return cls._make([Stamp(*stamp), *middle, {pattern: tuple(paths) for pattern, paths in includes.items()}])


class Place(NamedTuple):
    """Where a finding stands: the path as the index has it, and the line."""

    path: str
    line: int


@record
class Troubles:
    """What is wrong with the books: findings with their places, how many only follow, and everything that is touched."""

    findings: tuple[tuple[Problem, Place], ...] = ()
    following: int = 0
    subjects: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.findings or self.following or self.subjects)


class Notes:
    """The tables of one index."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def create(self) -> None:
        for table in _TABLES:
            self._store.run(f"CREATE TABLE {table}")
        self._store.run("CREATE INDEX _said_by_path ON _said (path)")

    # Files

    def files(self) -> dict[str, FileNote]:
        try:
            return {path: FileNote.decode(note) for path, note in self._store.run("SELECT path, note FROM _files")}
        except (ValueError, TypeError, AttributeError) as error:
            raise OutdatedIndex(f"{self._store.path} is damaged.") from error

    def put_file(self, path: str, note: FileNote, digests: Sequence[bytes], first: int = 0) -> None:
        """A file as it is now; `digests` are of its chunks from `first` on, those before are as they were."""
        self._store.run("INSERT OR REPLACE INTO _files VALUES (?, ?)", (path, note.encode()))
        self._store.run("DELETE FROM _chunks WHERE path = ? AND number >= ?", (path, first))
        rows = ((path, number, digest) for number, digest in enumerate(digests, start=first))
        self._store.run_many("INSERT INTO _chunks VALUES (?, ?, ?)", rows)

    def digests(self, path: str, first: int = 0) -> list[bytes]:
        """The digests of a file's chunks, from one on."""
        sql = "SELECT digest FROM _chunks WHERE path = ? AND number >= ? ORDER BY number"
        return [digest for (digest,) in self._store.run(sql, (path, first))]

    def said(self, path: str) -> Counter[str]:
        """What a file says of catalogue, parties and accounts, each as text."""
        return Counter(what for (what,) in self._store.run("SELECT what FROM _said WHERE path = ?", (path,)))

    def add_said(self, path: str, said: Iterable[str]) -> None:
        self._store.run_many("INSERT INTO _said VALUES (?, ?)", ((path, what) for what in said))

    # What is wrong

    def troubles(self) -> Troubles:
        try:
            rows = [json.loads(text) for (text,) in self._store.run("SELECT finding FROM _findings ORDER BY position")]
            findings = tuple((Problem(**problem), Place(*place)) for problem, place in rows)
            subjects = tuple(subject for (subject,) in self._store.run("SELECT subject FROM _troubled"))
            return Troubles(findings, int(self.fact("following")), subjects)
        except (ValueError, TypeError) as error:
            raise OutdatedIndex(f"{self._store.path} is damaged.") from error

    def put_troubles(self, troubles: Troubles) -> None:
        rows = [
            (number, json.dumps([_fields(problem), place])) for number, (problem, place) in enumerate(troubles.findings)
        ]
        self._store.run_many("INSERT INTO _findings VALUES (?, ?)", rows)
        self._store.run_many("INSERT INTO _troubled VALUES (?)", ((one,) for one in sorted(set(troubles.subjects))))
        self.put_fact("following", str(troubles.following))

    # Single facts about the whole

    def fact(self, name: str) -> str:
        found = self._store.run("SELECT value FROM _facts WHERE name = ?", (name,))
        if not found:
            raise OutdatedIndex(f"{self._store.path} does not say {name}.")
        value: str = found[0][0]
        return value

    def put_fact(self, name: str, value: str) -> None:
        self._store.run("INSERT OR REPLACE INTO _facts VALUES (?, ?)", (name, value))

    @property
    def entities(self) -> frozenset[str]:
        """The account components of all legal entities."""
        return frozenset(self.fact("entities").split())

    @property
    def last_day(self) -> date:
        """The latest date of any fact."""
        return date.fromisoformat(self.fact("last-day"))


def _fields(problem: Problem) -> dict[str, str]:
    return {name: getattr(problem, name) for name in Problem.__dataclass_fields__}
