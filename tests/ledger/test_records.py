"""Records become text and come back the same: every type of record of every table, found by introspection."""

from __future__ import annotations

import dataclasses
import typing
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, NamedTuple

import pytest
from beancount.core.amount import Amount
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_beans.books import KINDS, Books
from billing_beans.core.facts import Leg
from billing_beans.core.money import Money
from billing_beans.core.tables import MemoryStore, Store, Table, TableSpec
from billing_beans.ledger.records import Unreadable, codec_of


class SpecsSeen(Store):
    """A store that only takes note of which tables the program asks for."""

    def __init__(self) -> None:
        self.specs: dict[str, TableSpec[Any]] = {}
        self._memory = MemoryStore()

    def table(self, spec: TableSpec[Any]) -> Table[Any]:
        self.specs[spec.name] = spec
        return self._memory.table(spec)


def specs_of_the_program() -> dict[str, TableSpec[Any]]:
    store = SpecsSeen()
    Books(store)
    return store.specs


SPECS = specs_of_the_program()
RECORDS = dict.fromkeys([*(spec.record for spec in SPECS.values()), *KINDS.values()])

ANY_TEXT = st.text(max_size=12) | st.sampled_from(["\ud800", "\u2028\x85\n", '"\\{}[]', "\0", "1.50", "null", "😀"])
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [Decimal(one) for one in ("10.00", "10", "1E+2", "-0", "0E-12", "0.00001", "33.333333")]
)
CURRENCIES = st.sampled_from(["SGD", "USD", "GIG-FEE"])
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: ANY_TEXT,
    int: st.integers(),
    bool: st.booleans(),
    Decimal: NUMBERS,
    date: st.dates(),
    Amount: st.builds(Money, NUMBERS, CURRENCIES),
}


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value of a field, as its annotation says."""
    annotation = getattr(annotation, "__supertype__", annotation)
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) in (UnionType, typing.Union):
        return st.one_of([values_of(one) for one in arguments])
    if typing.get_origin(annotation) is tuple:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if annotation is type(None):
        return st.none()
    if annotation in SCALARS:
        return SCALARS[annotation]
    return st.sampled_from(annotation) if issubclass(annotation, StrEnum) else records_of(annotation)


def records_of(record: type[Any]) -> st.SearchStrategy[Any]:
    """Any record of a type."""
    types = typing.get_type_hints(record)
    return st.builds(record, **{name: values_of(types[name]) for name in names_of(record)})


def names_of(record: type[Any]) -> list[str]:
    if dataclasses.is_dataclass(record):
        return [one.name for one in dataclasses.fields(record)]
    return list(record._fields)


def exactly(value: Any) -> Any:
    """What a value is to the last digit: 10.00 and 10 are equal numbers and not the same text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [type(value), *(exactly(getattr(value, name)) for name in names_of(type(value)))]
    if isinstance(value, tuple):
        return [type(value), *map(exactly, value)]
    return (type(value), repr(value))


def test_the_tables_of_every_area_are_found() -> None:
    assert {"customers", "invoices", "invoice_revisions", "payments", "entitlement_lots", "last_fact"} <= set(SPECS)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_of_every_table_and_every_fact_comes_back_exactly(record: type[Any]) -> None:
    codec = codec_of(record)

    @given(records_of(record))
    @settings(max_examples=30, deadline=None)
    def comes_back(one: Any) -> None:
        text = codec.encode(one)
        assert text.isascii()
        assert "\n" not in text
        assert exactly(codec.decode(text)) == exactly(one)

    comes_back()


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_keys_and_indexes_name_fields_that_sort(spec: TableSpec[Any]) -> None:
    """An order may not be absent: None does not compare. What an index leaves out (`where`) may be."""
    always = {name for index in spec.indexes.values() if index.where is None for name in index.order}
    for name in {*spec.key, *always}:
        assert type_of(spec.record, name) in SORTED, f"{spec.name}.{name}"
    for name in {name for index in spec.indexes.values() for name in index.order} - always:
        assert type_of(spec.record, name) in (*SORTED, *(one | None for one in SORTED)), f"{spec.name}.{name}"


SORTED = (str, int, Decimal, date)


def type_of(record: Any, name: str) -> Any:
    """Of a field, or of what a property reckons of fields."""
    found = getattr(record, name, None)
    types = typing.get_type_hints(found.fget if isinstance(found, property) else record)
    annotation = types["return" if isinstance(found, property) else name]
    return getattr(annotation, "__supertype__", annotation)


class Sample(NamedTuple):
    """One field of each of the types that could lose something."""

    number: Decimal
    count: int
    amount: Money
    leg: Leg | None


def test_the_text_of_a_record_is_json_without_binary_floats() -> None:
    sample = Sample(Decimal("10.00"), 10**30, Money(Decimal("0.10"), "SGD"), None)
    assert codec_of(Sample).encode(sample) == '["10.00",1000000000000000000000000000000,"0.10 SGD",null]'


@pytest.mark.parametrize("count", [1.0, Decimal(1), "1", float("nan")])
def test_what_is_no_whole_number_is_not_written_as_one(count: Any) -> None:
    with pytest.raises(TypeError):
        codec_of(Sample).encode(Sample(Decimal(1), count, Money(Decimal(1), "SGD"), None))


BROKEN = [
    "",
    "[",
    "{}",
    "[]",
    '["1",1,"1 SGD",null,null]',
    '["1",1.0,"1 SGD",null]',
    '["1",1e3,"1 SGD",null]',
    '["1",NaN,"1 SGD",null]',
    '[1.5,1,"1 SGD",null]',
    '["one",1,"1 SGD",null]',
    '["1",1,"SGD",null]',
    '["1",1,null,null]',
    '["1",1,"1 SGD",[1]]',
    '["1",1,"1 SGD",["Assets:SG:Bank"]]',
]


@pytest.mark.parametrize("text", BROKEN)
def test_text_that_is_no_such_record_is_recognised(text: str) -> None:
    with pytest.raises(Unreadable):
        codec_of(Sample).decode(text)


def test_the_description_tells_types_of_records_apart() -> None:
    descriptions = [codec_of(record).description for record in RECORDS]
    assert len(set(descriptions)) == len(descriptions)
    assert (
        "status: Status[draft|issued|partially-paid|paid|credited|void]"
        in codec_of(SPECS["invoices"].record).description
    )


def test_a_type_that_can_not_be_kept_exactly_is_refused() -> None:
    class Inexact(NamedTuple):
        rate: float

    with pytest.raises(TypeError, match="can't be kept"):
        codec_of(Inexact)
