"""Tables behave the same in memory, in forks of forks, and in SQLite: whatever is put and asked for (rule 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from billing_beans.core.tables import (
    COUNTERS,
    Counter,
    Counters,
    Index,
    MemoryStore,
    Overlay,
    Store,
    Table,
    TableSpec,
)
from billing_beans.ledger.sqlite import OutdatedIndex, SqliteStore, shape_of


class Mood(StrEnum):
    """A state that an index groups by."""

    OPEN = "open"
    DONE = "done"


class Thing(NamedTuple):
    """A record with a key of every type that keys may have."""

    name: str
    cost: Decimal
    day: date
    count: int
    mood: Mood
    owner: str | None
    remaining: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A record with one key field."""

    name: str
    rank: int


THINGS = TableSpec(
    "things",
    Thing,
    ("name", "cost", "day", "count"),
    {
        "owner": Index(("owner",), ("day", "note")),
        "mood": Index(("mood",), ("remaining",)),
        "open": Index(("owner", "mood"), ("count", "cost"), where=lambda thing: thing.remaining != 0),
    },
)
PLAINS = TableSpec("plains", Plain, ("name",), {"rank": Index(("rank",), ("name",))})

NAMES = st.sampled_from(["", "a", "a\0", "a\0b", "ab", "b", "é", "\ue000", "😀", "\udcff", '"', "a/1", "A"])
NUMBERS = st.sampled_from(
    [
        Decimal(one)
        for one in ("0", "0.00", "-0", "90", "90.0", "90.00", "9E+1", "9", "100", "0.5", "0.05", "-1", "-1.0")
    ]
    + [
        Decimal(one)
        for one in ("-10", "-0.5", "-0.55", "33.34", "33.333333", "1E+20", "-1E-12", "12345678901234567890.1")
    ]
)
DAYS = st.sampled_from([date(1, 1, 1), date(999, 12, 31), date(2026, 1, 31), date(2026, 2, 1), date(9999, 12, 31)])
COUNTS = st.sampled_from([-(10**30), -256, -10, -9, -1, 0, 1, 2, 9, 10, 11, 99, 100, 2**63, 10**30])
OWNERS = st.none() | NAMES
THING = st.builds(Thing, NAMES, NUMBERS, DAYS, COUNTS, st.sampled_from(Mood), OWNERS, NUMBERS, NAMES)
PLAIN = st.builds(Plain, NAMES, COUNTS)


@contextmanager
def sqlite_store() -> Iterator[SqliteStore]:
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "index.sqlite")
        try:
            yield store
        finally:
            store.close()


def test_what_a_fork_holds_is_not_in_its_base_until_it_is_committed() -> None:
    base = MemoryStore()
    fork = Overlay(base)
    fork.table(PLAINS).put(Plain("a", 1))
    assert base.table(PLAINS).get("a") is None
    fork.commit()
    assert base.table(PLAINS).get("a") == Plain("a", 1)


class SameTables(RuleBasedStateMachine):
    """The same operations on stores of every kind, and on a list that is searched: the model."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._sqlite = [SqliteStore(Path(self._folder.name) / name) for name in ("plain", "forked")]
        memory = MemoryStore()
        self._forks: list[list[Store]] = [[MemoryStore()], [memory], [self._sqlite[0]], [self._sqlite[1]]]
        self._model: list[dict[Any, Thing]] = [{}]
        self._stamped: dict[tuple[Table[Thing], int], list[Thing]] = {}

    def teardown(self) -> None:
        for store in self._sqlite:
            store.close()
        self._folder.cleanup()

    @initialize()
    def forked(self) -> None:
        self.fork()

    @rule(things=st.lists(THING, min_size=1, max_size=4))
    def put(self, things: list[Thing]) -> None:
        for thing in things:
            for table in self._tables():
                table.put(thing)
            self._model[-1][THINGS.key_of(thing)] = thing

    @rule()
    def fork(self) -> None:
        """Only two of the stores are forked; the others take every write at once."""
        if len(self._model) < 4:
            self._model.append(dict(self._model[-1]))
            for forks in self._forks[1::2]:
                forks.append(Overlay(forks[-1]))

    @rule()
    def commit(self) -> None:
        if len(self._model) > 1:
            self._model[-2:] = [self._model[-1]]
            for forks in self._forks[1::2]:
                fork = forks.pop()
                assert isinstance(fork, Overlay)
                fork.commit()

    @rule(name=NAMES, cost=NUMBERS, day=DAYS, count=COUNTS)
    def get(self, name: str, cost: Decimal, day: date, count: int) -> None:
        expected = self._model[-1].get((name, cost, day, count))
        assert [table.get((name, cost, day, count)) for table in self._tables()] == [expected] * 4

    @rule(owner=OWNERS, mood=st.sampled_from(Mood))
    def ranges(self, owner: str | None, mood: Mood) -> None:
        for index, group in (("owner", owner), ("mood", mood), ("mood", mood.value), ("open", (owner, mood))):
            expected = self._expected(index, group)
            for table in self._tables():
                assert list(table.range(index, group)) == expected
                assert table.last(index, group) == (expected[-1] if expected else None)

    @rule(owner=OWNERS, mood=st.sampled_from(Mood), day=DAYS, note=NAMES, count=COUNTS)
    def since_and_until(self, owner: str | None, mood: Mood, day: date, note: str, count: int) -> None:
        asked: list[tuple[str, Any, tuple[Any, ...]]] = [
            ("owner", owner, (day,)), ("owner", owner, (day, note)), ("open", (owner, mood), (count,)),
        ]  # fmt: skip
        for index, group, order in asked:
            order_of = THINGS.indexes[index].order_of
            every = self._expected(index, group)
            for table in self._tables():
                assert list(table.since(index, group, order)) == [one for one in every if order_of(one) >= order]
                up_to = [one for one in every if order_of(one)[: len(order)] <= order]
                assert list(table.until(index, group, order)) == up_to

    @invariant()
    def everything_is_there_in_the_order_of_keys(self) -> None:
        expected = sorted(self._model[-1].values(), key=THINGS.key_of)
        for table in self._tables():
            assert list(table.all()) == expected

    @invariant()
    def a_record_comes_back_as_it_was_put(self) -> None:
        for table in self._tables():
            for key, thing in self._model[-1].items():
                found = table.get(key)
                assert found is not None
                assert [str(value) for value in found] == [str(value) for value in thing]

    @invariant()
    def while_the_stamp_of_a_table_is_the_same_so_is_what_it_holds(self) -> None:
        for table in self._tables():
            held = list(table.all())
            assert self._stamped.setdefault((table, table.stamp), held) == held

    def _tables(self) -> list[Table[Thing]]:
        return [forks[-1].table(THINGS) for forks in self._forks]

    def _expected(self, index: str, group: object) -> list[Thing]:
        of = THINGS.indexes[index]
        found = [one for one in self._model[-1].values() if of.holds(one) and of.group_of(one) == group]
        return sorted(found, key=lambda one: (of.order_of(one), THINGS.key_of(one)))


SameTables.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
test_memory_sqlite_and_forks_of_both_are_the_same = SameTables.TestCase


@given(st.lists(PLAIN, max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_table_of_one_key_field_is_asked_by_its_value(plains: list[Plain]) -> None:
    memory = MemoryStore().table(PLAINS)
    with sqlite_store() as store:
        sqlite = store.table(PLAINS)
        for plain in plains:
            memory.put(plain)
            sqlite.put(plain)
        assert list(sqlite.all()) == list(memory.all())
        for plain in plains:
            assert sqlite.get(plain.name) == memory.get(plain.name)
            assert list(sqlite.range("rank", plain.rank)) == list(memory.range("rank", plain.rank))


@pytest.mark.parametrize("make", [MemoryStore, lambda: Overlay(MemoryStore())])
def test_counters_rise_in_a_fork_and_are_kept_when_it_is_committed(make: Callable[[], Store]) -> None:
    store = make()
    fork = Overlay(store)
    Counters(fork).count("PAY-7")
    assert (Counters(fork).next("PAY"), Counters(store).next("PAY")) == ("PAY-8", "PAY-1")
    fork.commit()
    assert store.table(COUNTERS).get("PAY") == Counter("PAY", 7)


def test_a_fork_that_was_committed_and_goes_on_has_a_new_stamp_with_every_put() -> None:
    store = Overlay(MemoryStore())
    table = store.table(PLAINS)
    stamps = set()
    for rank in range(4):
        table.put(Plain("a", rank))
        stamps.add(table.stamp)
        if rank == 1:
            store.commit()
    assert len(stamps) == 4


def test_what_is_rolled_back_or_never_committed_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    store = SqliteStore(path)
    table = store.table(PLAINS)
    table.put(Plain("lost", 1))
    store.rollback()
    assert list(table.all()) == []
    table.put(Plain("kept", 1))
    store.commit()
    table.put(Plain("never committed", 1))
    store.close()
    again = SqliteStore(path)
    assert list(again.table(PLAINS).all()) == [Plain("kept", 1)]
    again.close()


def test_one_who_reads_sees_one_moment_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    writer = SqliteStore(path)
    writer.table(PLAINS).put(Plain("a", 1))
    writer.commit()
    reader = SqliteStore(path)
    seen = reader.table(PLAINS)
    writer.table(PLAINS).put(Plain("a", 2))
    writer.commit()
    assert seen.get("a") == Plain("a", 1)
    reader.rollback()
    assert seen.get("a") == Plain("a", 2)
    reader.close()
    writer.close()


OTHER_SPECS = [
    TableSpec("plains", Plain, ("name",)),
    TableSpec("plains", Plain, ("rank",), PLAINS.indexes),
    TableSpec("plains", Plain, ("name",), {"rank": Index(("rank",), ("rank", "name"))}),
    TableSpec("plains", Plain, ("name",), {"rank": Index(("rank",), ("name",), where=lambda one: one.rank > 0)}),
    TableSpec("plains", Thing, ("name",), PLAINS.indexes),
    TableSpec("new_in_this_release", Plain, ("name",)),
]


@pytest.mark.parametrize("spec", OTHER_SPECS)
def test_an_index_of_other_tables_is_recognised(tmp_path: Path, spec: TableSpec[Any]) -> None:
    path = tmp_path / "index.sqlite"
    store = SqliteStore(path)
    store.table(PLAINS).put(Plain("a", 1))
    store.commit()
    store.close()
    again = SqliteStore(path)
    with pytest.raises(OutdatedIndex, match=spec.name):
        again.table(spec)
    again.close()


def test_another_condition_of_an_index_is_another_shape() -> None:
    def spec(where: Callable[[Plain], bool]) -> TableSpec[Plain]:
        return TableSpec("plains", Plain, ("name",), {"rank": Index(("rank",), ("name",), where)})

    assert shape_of(spec(lambda one: one.rank > 0)) != shape_of(spec(lambda one: one.rank > 1))
    assert shape_of(spec(lambda one: one.rank > 0)) == shape_of(spec(lambda one: one.rank > 0))


def test_an_index_of_another_release_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.sqlite"
    store = SqliteStore(path)
    store.commit()
    store.close()
    monkeypatch.setattr("billing_beans.ledger.sqlite.VERSION", 2)
    with pytest.raises(OutdatedIndex, match="another release"):
        SqliteStore(path)


@pytest.mark.parametrize("damage", [b"not a database at all, but long enough to look like one" * 40, b"\0" * 8192])
def test_a_file_that_is_no_index_is_recognised(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(damage)
    with pytest.raises(OutdatedIndex):
        SqliteStore(path).table(PLAINS)


@pytest.mark.parametrize("record", ["", "[]", '["a",1.5]', '["a",1,2]', '{"a":1}', '["a",NaN]', '["a","1"]'])
def test_a_record_that_was_tampered_with_is_recognised(record: str) -> None:
    with sqlite_store() as store:
        table = store.table(PLAINS)
        table.put(Plain("a", 1))
        store.run("UPDATE plains SET record = ?", (record,))
        with pytest.raises(OutdatedIndex):
            table.get("a")
