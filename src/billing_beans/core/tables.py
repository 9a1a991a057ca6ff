"""State as tables of small records, the same over dictionaries and over SQLite.

Books are read by key or by a range of keys, never by scanning (architecture, rule 7). A record is replaced whole and
never removed; an index may leave records out (`where`), so that a range over the open lots does not grow with the used
ones. A fork is an `Overlay`: it reads through to its base and keeps what it writes until it is committed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Generic, TypeVar

R = TypeVar("R")
Key = Any
"""The value of a table's key field, or the tuple of its key fields."""


@dataclass(frozen=True)
class Index(Generic[R]):
    """Records grouped `by` some fields and sorted by others; only those for which `where` holds."""

    by: tuple[str, ...]
    order: tuple[str, ...]
    where: Callable[[R], bool] | None = None

    group_of: Callable[[R], Key] = field(init=False, repr=False, compare=False)
    order_of: Callable[[R], Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "group_of", attrgetter(*self.by))
        object.__setattr__(self, "order_of", attrgetter(*self.order))

    def holds(self, record: R) -> bool:
        return self.where is None or self.where(record)


@dataclass(frozen=True)
class TableSpec(Generic[R]):
    """A table's name, what a record is, its key and its indexes."""

    name: str
    record: type[R]
    key: tuple[str, ...]
    indexes: Mapping[str, Index[R]] = field(default_factory=dict)
    key_of: Callable[[R], Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key_of", attrgetter(*self.key))


class Table(ABC, Generic[R]):
    """Records by key, and ranges of them by index."""

    spec: TableSpec[R]

    @property
    @abstractmethod
    def stamp(self) -> int:
        """A number that changes with every `put`, so that what was read may be kept at hand while it stays the same."""

    @abstractmethod
    def get(self, key: Key) -> R | None:
        """The record of this key, or None."""

    @abstractmethod
    def put(self, record: R) -> None:
        """Add the record, or replace the one of the same key."""

    def put_all(self, records: Iterable[R]) -> None:
        """Put records of different keys, many at once."""
        for record in records:
            self.put(record)

    @abstractmethod
    def range(self, index: str, group: Key) -> Iterable[R]:
        """The records of one group of an index, in the index's order."""

    @abstractmethod
    def since(self, index: str, group: Key, order: tuple[Any, ...]) -> Iterable[R]:
        """The records of a group from a place on: `order` are the first values of those by which the index sorts, of several."""

    @abstractmethod
    def until(self, index: str, group: Key, order: tuple[Any, ...]) -> Iterable[R]:
        """The records of a group up to a place, with those that stand at it: `order` as in `since`."""

    @abstractmethod
    def all(self) -> Iterable[R]:
        """Every record, in the order of keys: for reports and listings, never in an act or a check."""

    def last(self, index: str, group: Key) -> R | None:
        """The last record of a group, or None."""
        record = None
        for record in self.range(index, group):  # noqa: B007 - the last one is wanted
            pass
        return record


class Store(ABC):
    """Where the tables of one set of books live."""

    @abstractmethod
    def table(self, spec: TableSpec[R]) -> Table[R]:
        """The table of this name, made empty if it is new."""


class MemoryTable(Table[R]):
    """A table over a dictionary. An index is built when it is first asked for, and kept up to date from then on."""

    stamp: int = 0

    def __init__(self, spec: TableSpec[R]) -> None:
        self.spec = spec
        self._rows: dict[Key, R] = {}
        self._indexes: dict[str, dict[Key, dict[Key, None]]] = {}
        self._kept: list[tuple[Index[R], dict[Key, dict[Key, None]]]] = []
        """The same, as `put` walks through them."""
        self._key_of = spec.key_of
        self.get = self._rows.get  # type: ignore[method-assign,assignment]  # as fast as the dictionary: every check reads

    def get(self, key: Key) -> R | None:
        return self._rows.get(key)

    def put(self, record: R) -> None:
        key = self._key_of(record)
        self.stamp += 1
        if self._kept:
            self._reindex(key, self._rows.get(key), record)
        self._rows[key] = record

    def range(self, index: str, group: Key) -> list[R]:
        groups = self._indexes.get(index)
        entries = (self._index(index) if groups is None else groups).get(group)
        if not entries:
            return []
        rows = self._rows
        if len(entries) == 1:
            (key,) = entries
            return [rows[key]]
        order_of = self.spec.indexes[index].order_of
        return [rows[key] for _order, key in sorted([(order_of(rows[key]), key) for key in entries])]

    def since(self, index: str, group: Key, order: tuple[Any, ...]) -> list[R]:
        order_of = self.spec.indexes[index].order_of
        return [record for record in self.range(index, group) if order_of(record) >= order]

    def until(self, index: str, group: Key, order: tuple[Any, ...]) -> list[R]:
        order_of, length = self.spec.indexes[index].order_of, len(order)
        return [record for record in self.range(index, group) if order_of(record)[:length] <= order]

    def all(self) -> list[R]:
        return [self._rows[key] for key in sorted(self._rows)]

    def __iter__(self) -> Iterator[tuple[Key, R]]:
        return iter(self._rows.items())

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def _index(self, name: str) -> dict[Key, dict[Key, None]]:
        groups = self._indexes.get(name)
        if groups is None:
            index = self.spec.indexes[name]
            groups = self._indexes[name] = {}
            for key, record in self._rows.items():
                if index.holds(record):
                    groups.setdefault(index.group_of(record), {})[key] = None
            self._kept.append((index, groups))
        return groups

    def _reindex(self, key: Key, old: R | None, new: R) -> None:
        # Each lot that is granted or used comes by here, so `Index.holds` is written out.
        for index, groups in self._kept:
            where, group = index.where, index.group_of(new)
            if old is not None and (where is None or where(old)):
                before = index.group_of(old)
                if before == group and (where is None or where(new)):
                    continue
                del groups[before][key]
            if where is None or where(new):
                if group not in groups:
                    groups[group] = {}
                groups[group][key] = None


class MemoryStore(Store):
    """Tables in memory."""

    def __init__(self) -> None:
        self._tables: dict[str, MemoryTable[Any]] = {}

    def table(self, spec: TableSpec[R]) -> MemoryTable[R]:
        if spec.name not in self._tables:
            self._tables[spec.name] = MemoryTable(spec)
        return self._tables[spec.name]

    def tables(self) -> Iterable[MemoryTable[Any]]:
        """All tables that there are."""
        return self._tables.values()


class OverlayTable(Table[R]):
    """What a fork wrote to one table, over the table that it was forked from."""

    def __init__(self, base: Table[R]) -> None:
        self.spec = base.spec
        self._base = base
        self._own: MemoryTable[R] = MemoryTable(base.spec)
        self._committed = 0

    @property
    def stamp(self) -> int:
        return self._base.stamp + self._committed + self._own.stamp

    def get(self, key: Key) -> R | None:
        record = self._own.get(key)
        return record if record is not None else self._base.get(key)

    def put(self, record: R) -> None:
        self._own.put(record)

    def range(self, index: str, group: Key) -> Iterable[R]:
        if not self._own.stamp:
            return self._base.range(index, group)
        return self._in_order(index, self._base.range(index, group), self._own.range(index, group))

    def since(self, index: str, group: Key, order: tuple[Any, ...]) -> Iterable[R]:
        if not self._own.stamp:
            return self._base.since(index, group, order)
        return self._in_order(index, self._base.since(index, group, order), self._own.since(index, group, order))

    def until(self, index: str, group: Key, order: tuple[Any, ...]) -> Iterable[R]:
        if not self._own.stamp:
            return self._base.until(index, group, order)
        return self._in_order(index, self._base.until(index, group, order), self._own.until(index, group, order))

    def all(self) -> list[R]:
        return sorted(self._not_replaced(self._base.all()) + self._own.all(), key=self.spec.key_of)

    def copy_to(self, table: Table[R]) -> None:
        """Put what this fork wrote into another table, and keep it here as well."""
        table.put_all(record for _key, record in self._own)

    @property
    def is_written(self) -> bool:
        """Whether this fork wrote anything to it that is not committed."""
        return self._own.stamp != 0

    def commit(self) -> None:
        """Write what this fork wrote into its base, and begin anew."""
        self.copy_to(self._base)
        self.discard()

    def discard(self) -> None:
        """Forget what this fork wrote, and begin anew."""
        self._committed += self._own.stamp
        self._own = MemoryTable(self.spec)

    def _in_order(self, index: str, base: Iterable[R], own: list[R]) -> list[R]:
        spec = self.spec.indexes[index]
        records = self._not_replaced(base) + own
        return sorted(records, key=lambda record: (spec.order_of(record), self.spec.key_of(record)))

    def _not_replaced(self, records: Iterable[R]) -> list[R]:
        return [record for record in records if self.spec.key_of(record) not in self._own]


class Overlay(Store):
    """A fork of a store: it sees its base and keeps its own writes until `commit`."""

    def __init__(self, base: Store) -> None:
        self._base = base
        self._tables: dict[str, OverlayTable[Any]] = {}

    def table(self, spec: TableSpec[R]) -> OverlayTable[R]:
        if spec.name not in self._tables:
            self._tables[spec.name] = OverlayTable(self._base.table(spec))
        return self._tables[spec.name]

    def copy_to(self, store: Store) -> None:
        """Put everything that was written here into another store."""
        for table in self._tables.values():
            table.copy_to(store.table(table.spec))

    def commit(self) -> None:
        """Write everything into the base."""
        for table in self._written():
            table.commit()

    def discard(self) -> None:
        """Forget everything that was written here and not committed."""
        for table in self._written():
            table.discard()

    def _written(self) -> list[OverlayTable[Any]]:
        return [table for table in self._tables.values() if table.is_written]


@dataclass(frozen=True, slots=True)
class Counter:
    """The highest number that ids of a prefix have reached: 7 where `PAY-7` is the last payment."""

    prefix: str
    last: int


COUNTERS = TableSpec("counters", Counter, ("prefix",))


class Counters:
    """Ids that the tool makes for people to type: a prefix and a number."""

    def __init__(self, store: Store) -> None:
        self._table = store.table(COUNTERS)

    def count(self, identifier: str) -> None:
        """Take note of an id. One that a person chose, without prefix and number, counts for nothing."""
        prefix, _, digits = identifier.rpartition("-")
        if prefix and digits.isdecimal() and digits.isascii() and len(digits) < 16:
            last = self._table.get(prefix)
            if last is None or last.last < int(digits):
                self._table.put(Counter(prefix, int(digits)))

    def next(self, prefix: str) -> str:
        last = self._table.get(prefix)
        return f"{prefix}-{last.last + 1 if last else 1}"
