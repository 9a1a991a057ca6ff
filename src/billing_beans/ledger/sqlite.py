"""State in one SQLite file: tables that a command opens without reading the ledger again (architecture, rule 7).

The file is derived and can be thrown away: one of another shape or release, or a damaged one, raises `OutdatedIndex`, and
the caller makes it anew. Everything since the last commit is one transaction. The journal is a write-ahead log: who reads
(Fava) and the one who writes don't wait for each other; a power cut loses the last commits at most, never a part of one.
"""

# ruff: noqa: S608 - names of tables come from declarations; values are always bound

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import billing_beans
from billing_beans.core.errors import BooksUnusable, OutdatedIndex
from billing_beans.core.tables import Index, Key, Store, Table, TableSpec
from billing_beans.ledger.records import Codec, Unreadable, codec_of
from billing_beans.ledger.sortable import BEHIND, sortable

R = TypeVar("R")

VERSION = 1
"""How this module lays out the file. Raise it with every change."""

_MACHINE = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    )
)
"""What making the file anew would not mend."""

_SHARED = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA cache_size=-16000")
_ALONE = ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-64000")
"""For a file that nobody else sees yet, and that is thrown away where it isn't finished."""
_STATEMENTS = 1024
_AT_ONCE = 500
"""How many records are written together."""
_KEPT = 10_000
"""How many answers a table keeps at hand."""


class SqliteStore(Store):
    """Tables in the file at `path`, which is made if there is none.

    `release` is whatever the rows depend on, in one text: where it is the same as when the file was made, so are the
    shapes of all tables, and none of them is looked at. `alone`: the file is being made, and nobody else sees it.

    Raises `OutdatedIndex`, here and wherever it is used, and `BooksUnusable` where the machine is at fault: no space, no
    right to write, or another process that writes at the same time.
    """

    def __init__(self, path: Path, *, release: str = "", alone: bool = False) -> None:
        self.path = path
        self.rollbacks = 0
        self.turns = 0
        """How often a transaction ended: from then on, another process may have written."""
        self._release = release
        self._tables: dict[str, SqliteTable[Any]] = {}
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=_STATEMENTS)
        except sqlite3.Error as error:
            raise _told(error, path) from error
        try:
            for setting in _ALONE if alone else _SHARED:
                self.run(setting)
            self._begin()
            self._is_new = not self.run("SELECT 1 FROM sqlite_master LIMIT 1")
            self._check_release()
        except BaseException:
            self._connection.close()
            raise

    def table(self, spec: TableSpec[R]) -> SqliteTable[R]:
        if spec.name not in self._tables:
            self._tables[spec.name] = SqliteTable(self, spec)
            self._check_shape(spec)
        return self._tables[spec.name]

    def commit(self) -> None:
        """Keep everything since the last commit, whole."""
        self.run("COMMIT")
        self._begin()

    def finish(self) -> None:
        """Keep everything in a file that was made alone, and let others see it from now on."""
        self.run("COMMIT")
        self.run(_SHARED[0])
        self._begin()

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self.run("ROLLBACK")
        self.rollbacks += 1
        self._begin()
        self._check_release()
        for table in self._tables.values():
            self._check_shape(table.spec)

    def close(self) -> None:
        """Forget what isn't committed, and let go of the file."""
        self._connection.close()

    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """One statement for each of these rows."""
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise _told(error, self.path) from error

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of one statement."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _told(error, self.path) from error

    def _begin(self) -> None:
        self.turns += 1
        self.run("BEGIN")

    def _check_release(self) -> None:
        """The file is of this release, or new."""
        if self._is_new:
            self.run(f"PRAGMA user_version={VERSION}")
            self.run("CREATE TABLE IF NOT EXISTS _shapes (name TEXT PRIMARY KEY, shape TEXT) WITHOUT ROWID")
            self.run("INSERT OR IGNORE INTO _shapes VALUES ('', ?)", (self._release,))
        elif self.run("PRAGMA user_version") != [(VERSION,)] or (
            self._release and self.run("SELECT shape FROM _shapes WHERE name = ''") != [(self._release,)]
        ):
            raise OutdatedIndex(f"{self.path} was made by another release.")

    def _check_shape(self, spec: TableSpec[Any]) -> None:
        """The table is there, in the shape that this release gives it; in a new file it is made."""
        if self._release and not self._is_new:
            return
        shape = shape_of(spec)
        found = self.run("SELECT shape FROM _shapes WHERE name = ?", (spec.name,))
        if not found and self._is_new:
            self.run("INSERT INTO _shapes VALUES (?, ?)", (spec.name, shape))
            self._tables[spec.name].create()
        elif found != [(shape,)]:
            raise OutdatedIndex(f"{self.path} has the table {spec.name} in another shape, or not at all.")


def _told(error: sqlite3.Error, path: Path) -> Exception:
    """What SQLite reports, as what its caller can do about it."""
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _MACHINE:
        return BooksUnusable(
            f"The index {path} can't be used: {error}.",
            instead="see that no other command runs, and that there is space on the disk and the right to write to it",
        )
    return OutdatedIndex(f"{path} is no index: {error}.")


class _IndexTable(NamedTuple):
    """An index as statements."""

    declared: Index[Any]
    add: str
    remove: str
    range: str
    since: str
    until: str
    last: str


class SqliteTable(Table[R]):
    """One table of a `SqliteStore`: rows of key and record, and for each index rows of group, order and key."""

    def __init__(self, store: SqliteStore, spec: TableSpec[R]) -> None:
        self.spec = spec
        self._run = store.run
        self._store = store
        self._puts = 0
        self._kept: dict[tuple[str, Key], list[R]] = {}
        self._kept_at = 0
        self._key_of: Callable[[R], Key] = spec.key_of
        self._get = f'SELECT record FROM "{spec.name}" WHERE key = ?'
        self._put = f'INSERT INTO "{spec.name}" VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record'
        self._all = f'SELECT record FROM "{spec.name}" ORDER BY key'
        self._indexes = {name: _statements(spec.name, name, index) for name, index in spec.indexes.items()}

    @cached_property
    def _codec(self) -> Codec[R]:
        # Compiled when it is first needed: a command touches a few of all tables.
        return codec_of(self.spec.record)

    @property
    def stamp(self) -> int:
        return self._puts + self._store.rollbacks

    def get(self, key: Key) -> R | None:
        found = self._at_hand("", key, lambda: self._records(self._run(self._get, (sortable(key),))))
        return found[0] if found else None

    def put(self, record: R) -> None:
        key = sortable(self._key_of(record))
        self._puts += 1
        if self._indexes:
            self._reindex(key, self._row(key), record)
        self._run(self._put, (key, self._codec.encode(record)))

    def put_all(self, records: Iterable[R]) -> None:
        rows = [(sortable(self._key_of(record)), record) for record in records]
        for first in range(0, len(rows), _AT_ONCE):
            self._put_several(rows[first : first + _AT_ONCE])
        self._puts += len(rows)

    def _put_several(self, rows: list[tuple[bytes, R]]) -> None:
        if self._indexes:
            before = self._rows([key for key, _record in rows])
        for table in self._indexes.values():
            removed, added = [], []
            index = table.declared
            for key, record in rows:
                old = before.get(key)
                was = None if old is None else _entry(index, old, key)
                now = _entry(index, record, key)
                if was != now:
                    removed += [was] if was is not None else []
                    added += [now] if now is not None else []
            self._store.run_many(table.remove, removed)
            self._store.run_many(table.add, added)
        encode = self._codec.encode
        self._store.run_many(self._put, [(key, encode(record)) for key, record in rows])

    def _rows(self, keys: list[bytes]) -> dict[bytes, R]:
        """What is there already of these keys."""
        places = ", ".join("?" * len(keys))
        rows = self._run(f'SELECT key, record FROM "{self.spec.name}" WHERE key IN ({places})', tuple(keys))
        return dict(zip([key for key, _text in rows], self._records([(text,) for _key, text in rows]), strict=True))

    def range(self, index: str, group: Key) -> list[R]:
        read = self._indexes[index].range
        return self._at_hand(index, group, lambda: self._records(self._run(read, (sortable(group),))))[:]

    def since(self, index: str, group: Key, order: tuple[Any, ...]) -> list[R]:
        return self._records(self._run(self._indexes[index].since, (sortable(group), sortable(order))))

    def until(self, index: str, group: Key, order: tuple[Any, ...]) -> list[R]:
        place = sortable(order) + BEHIND
        return self._records(self._run(self._indexes[index].until, (sortable(group), place)))

    def last(self, index: str, group: Key) -> R | None:
        found = self._records(self._run(self._indexes[index].last, (sortable(group),)))
        return found[0] if found else None

    def all(self) -> list[R]:
        return self._records(self._run(self._all))

    def fill(self, records: Iterable[R]) -> None:
        """Put records into a table that is empty still: all at once, and in the order in which the file keeps them."""
        rows = sorted(((sortable(self._key_of(record)), record) for record in records), key=itemgetter(0))
        encode = self._codec.encode
        self._store.run_many(
            f'INSERT INTO "{self.spec.name}" VALUES (?, ?)', ((key, encode(record)) for key, record in rows)
        )
        for table in self._indexes.values():
            entries = [_entry(table.declared, record, key) for key, record in rows]
            self._store.run_many(table.add, sorted(one for one in entries if one is not None))
        self._puts += len(rows)

    def create(self) -> None:
        """Make the table and its indexes, empty."""
        self._run(f'CREATE TABLE "{self.spec.name}" (key BLOB PRIMARY KEY, record TEXT) WITHOUT ROWID')
        for name in self._indexes:
            columns = '"group" BLOB, "order" BLOB, key BLOB, PRIMARY KEY ("group", "order", key)'
            self._run(f'CREATE TABLE "{self.spec.name}.{name}" ({columns}) WITHOUT ROWID')

    def _at_hand(self, index: str, key: Key, read: Callable[[], list[R]]) -> list[R]:
        """What was read once, as long as nothing was written: an import asks for the same prices again and again."""
        now = self._puts + self._store.turns
        if self._kept_at != now or len(self._kept) > _KEPT:
            self._kept.clear()
            self._kept_at = now
        # Equal numbers of different types are equal keys here as in the file.
        found = self._kept.get((index, key))
        if found is None:
            found = self._kept[index, key] = read()
        return found

    def _row(self, key: bytes) -> R | None:
        rows = self._run(self._get, (key,))
        return self._records(rows)[0] if rows else None

    def _records(self, rows: list[tuple[str]]) -> list[R]:
        try:
            decode = self._codec.decode
            return [decode(text) for (text,) in rows]
        except Unreadable as error:
            raise OutdatedIndex(str(error)) from error

    def _reindex(self, key: bytes, old: R | None, new: R) -> None:
        for table in self._indexes.values():
            before = None if old is None else _entry(table.declared, old, key)
            after = _entry(table.declared, new, key)
            if before == after:
                continue
            if before is not None:
                self._run(table.remove, before)
            if after is not None:
                self._run(table.add, after)


def _entry(index: Index[Any], record: Any, key: bytes) -> tuple[bytes, bytes, bytes] | None:
    """The row of a record in an index, or None where the index leaves it out."""
    if index.where is not None and not index.where(record):
        return None
    return sortable(index.group_of(record)), sortable(index.order_of(record)), key


def _statements(table: str, name: str, index: Index[Any]) -> _IndexTable:
    # A cross join is done in the order in which it is written: through the index, then to the records.
    found = f'SELECT record FROM "{table}.{name}" one CROSS JOIN "{table}" USING (key) WHERE one."group" = ?'
    return _IndexTable(
        index,
        f'INSERT INTO "{table}.{name}" VALUES (?, ?, ?)',
        f'DELETE FROM "{table}.{name}" WHERE "group" = ? AND "order" = ? AND key = ?',
        f'{found} ORDER BY one."order", one.key',
        f'{found} AND one."order" >= ? ORDER BY one."order", one.key',
        f'{found} AND one."order" < ? ORDER BY one."order", one.key',
        f'{found} ORDER BY one."order" DESC, one.key DESC LIMIT 1',
    )


def shape_of(spec: TableSpec[Any]) -> str:
    """A digest of everything that the rows of a table depend on: release, record, key, indexes with their conditions."""
    indexes = [(name, one.by, one.order, _condition(one.where)) for name, one in sorted(spec.indexes.items())]
    shape = (billing_beans.__version__, spec.name, codec_of(spec.record).description, spec.key, indexes)
    return hashlib.sha256(repr(shape).encode()).hexdigest()


def _condition(where: Callable[[Any], bool] | None) -> tuple[object, ...]:
    """What a function does, as far as its code says so."""
    code = getattr(where, "__code__", None)
    if code is None:
        return ()
    constants = [sorted(map(repr, one)) if isinstance(one, frozenset) else one for one in code.co_consts]
    return code.co_code, code.co_names, constants
