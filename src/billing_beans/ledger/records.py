"""Records of tables as JSON text and back, exactly: what the index on disk keeps.

Both ways are compiled once for each type of record, from its annotations. A record is a list of its fields in the order
of their declaration; `description` says what that order is, so that an index of another shape is recognised. Numbers and
amounts are text: no float ever comes in between (P3). It is JSON and no pickle, since books are shared by strangers.
"""

from __future__ import annotations

import dataclasses
import json
import operator
import typing
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Generic, NoReturn, TypeVar

from beancount.core.amount import Amount

R = TypeVar("R")


class Unreadable(Exception):
    """Text that is no record of its type."""


@dataclasses.dataclass(frozen=True, slots=True)
class Codec(Generic[R]):
    """How records of one type become text and come back. `decode` raises `Unreadable`.

    `description` names every field with its type, and the types inside: where it is the same, text can be exchanged.
    """

    encode: Callable[[R], str]
    decode: Callable[[str], R]
    description: str


def codec_of(record: type[R]) -> Codec[R]:
    """The codec of a NamedTuple or of a slotted dataclass. Raises `TypeError` where a field can't be kept."""
    codec: Codec[R] = _codec_of(typing.cast("Any", record))
    return codec


@cache
def _codec_of(record: Any) -> Codec[Any]:
    compiled = _Compiled(record)
    pack, unpack = compiled.functions()

    def encode(one: Any) -> str:
        return _to_json(pack(one))

    def decode(text: str) -> Any:
        try:
            made = unpack(_from_json(text))
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise Unreadable(f"{text!r} is no {record.__name__}") from error
        return made

    return Codec(encode, decode, compiled.description)


_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is a binary float")


_from_json = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float).decode


def _money_text(money: Amount) -> str:
    return f"{money.number} {money.currency}"


def _money(text: str) -> Amount:
    number, _, currency = text.partition(" ")
    return Amount(Decimal(number), currency)


_HELPERS: dict[str, Any] = {
    "Decimal": Decimal,
    "day": date.fromisoformat,
    "index": operator.index,
    "money": _money,
    "money_text": _money_text,
    "tuple_new": tuple.__new__,
}

_SCALARS: dict[Any, tuple[str, str]] = {
    str: ("{}", "{}"),
    bool: ("{}", "{}"),
    int: ("index({})", "index({})"),
    Decimal: ("str({})", "Decimal({})"),
    date: ("{}.isoformat()", "day({})"),
    Amount: ("money_text({})", "money({})"),
}
"""Source that writes a value of a type, and source that reads it back."""


class _Compiled:
    """Writes the source of both functions of one type of record, as `dataclasses` does for `__init__`."""

    def __init__(self, record: type[Any]) -> None:
        self._record = record
        self._names = dict(_HELPERS)
        self._fields = [(name, *self._source(annotation)) for name, annotation in _fields_of(record)]
        self.description = f"{record.__name__}({', '.join(f'{name}: {what}' for name, _, _, what in self._fields)})"

    def functions(self) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """What turns a record into a list for JSON, and what makes the record of such a list."""
        written = ", ".join(write.format(f"one.{name}") for name, write, _, _ in self._fields)
        source = f"def pack(one):\n    return [{written}]\ndef unpack(row):\n{self._unpack()}"
        exec(source, self._names)  # noqa: S102 - made from declarations only
        return self._names["pack"], self._names["unpack"]

    def _unpack(self) -> str:
        names = [name for name, _, _, _ in self._fields]
        values = [read.format(f"v_{name}") for name, _, read, _ in self._fields]
        row = f"    [{', '.join(f'v_{name}' for name in names)}] = row\n"
        self._names["cls"] = self._record
        if issubclass(self._record, tuple):
            return f"{row}    return tuple_new(cls, ({', '.join(values)},))"
        self._names["new"] = self._record.__new__
        self._names |= {f"set_{name}": getattr(self._record, name).__set__ for name in names}
        sets = "".join(f"    set_{name}(one, {value})\n" for name, value in zip(names, values, strict=True))
        return f"{row}    one = new(cls)\n{sets}    return one"

    def _source(self, annotation: Any) -> tuple[str, str, str]:
        """Source that writes a value, source that reads it, each with {} for the value; and the type in words."""
        annotation = getattr(annotation, "__supertype__", annotation)
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (UnionType, typing.Union) and len(arguments) == 2 and type(None) in arguments:
            (inner,) = (one for one in arguments if one is not type(None))
            write, read, what = self._source(inner)
            return _unless_none(write), _unless_none(read), f"{what} | None"
        if origin is tuple and arguments[1:] == (...,):
            write, read, what = self._source(arguments[0])
            each = f"e{len(self._names)}"
            self._names[each] = None
            return _for_each(each, write), f"tuple({_for_each(each, read)})", f"tuple[{what}]"
        if annotation in _SCALARS:
            return *_SCALARS[annotation], annotation.__name__
        return self._made(annotation)

    def _made(self, cls: Any) -> tuple[str, str, str]:
        """Source for a class with a name of its own: an enum, or a record inside a record."""
        name = f"{cls.__name__}_{len(self._names)}"
        if isinstance(cls, type) and issubclass(cls, StrEnum):
            members = {member.value: member for member in cls}
            self._names[name] = members.__getitem__
            return "{}.value", f"{name}({{}})", f"{cls.__name__}[{'|'.join(members)}]"
        inner = _Compiled(cls)
        self._names[f"pack_{name}"], self._names[f"unpack_{name}"] = inner.functions()
        return f"pack_{name}({{}})", f"unpack_{name}({{}})", inner.description


def _unless_none(source: str) -> str:
    return source if source == "{}" else f"(None if {{0}} is None else {source.replace('{}', '{0}')})"


def _for_each(name: str, source: str) -> str:
    return f"[{source.format(name)} for {name} in {{}}]"


def _fields_of(record: type[Any]) -> list[tuple[str, Any]]:
    """The fields of a record with their types, in the order of their declaration."""
    types = typing.get_type_hints(record)
    if dataclasses.is_dataclass(record):
        return [(one.name, types[one.name]) for one in dataclasses.fields(record)]
    if hasattr(record, "_fields"):
        return [(name, types[name]) for name in record._fields]
    raise TypeError(
        f"{record} can't be kept in a record: only text, whole numbers, Decimal, dates, amounts and records"
    )
