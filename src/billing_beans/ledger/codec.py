"""Facts to text and back.

Both ways are compiled from a kind's declaration when it is first used. Decoding is the hot path of every load, so it is
generated as one straight function for each kind, as `dataclasses` does for `__init__`: a type test and a slot for each
field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from beancount.core.amount import Amount
from beancount.core.data import Custom, Transaction

from billing_beans.core.accounts import Account
from billing_beans.core.facts import ENVELOPE, Fact, Field, Movement, Place, Shape, legs_in
from billing_beans.core.money import minor_digits
from billing_beans.ledger import text
from billing_beans.ledger.postings import (
    LOCATION,
    NOT_WHOLE_NAMES,
    Malformed,
    leg_reader,
    not_whole,
    single,
    stray_keys,
)

PART_KEYS = 2
"""A part's values begin with its kind and the first key of its head."""

_NEVER_EMPTY = ("id", "at", "actor", "operation")
"""What is empty in a fact where its text has none."""


# --- Facts to text ---------------------------------------------------------------------------------------------------


def encode(fact: Fact, flag: str = text.RECORDED) -> str:
    """The fact's directives as text, ending with a newline. Raises `WrongUsage` for what a ledger can't hold.

    What waits for review has the flag `!` where it moves something.
    """
    return "\n".join(_lines(fact, flag)) + "\n"


def _lines(fact: Fact, flag: str) -> Iterator[str]:
    shape = fact.shape
    if isinstance(fact, Movement):
        yield text.transaction(fact.date, fact.payee, fact.narration, fact.entities(), flag)
        yield text.metadata("event", text.quoted(shape.kind))
    else:
        yield text.custom(fact.date, shape.kind, _keys(shape, fact))
    for name in ENVELOPE:
        value = getattr(fact, name)
        if value or (value is not None and name not in _NEVER_EMPTY):
            yield text.metadata(name.replace("_", "-"), text.quoted(value))
    yield from _metadata(shape)(fact)
    whole = _whole_currencies(fact) if any(field.priced for field in shape.legs) else frozenset()
    for field in shape.legs:
        for leg in legs_in(getattr(fact, field.name)):
            yield from text.posting(leg, one_decimal=leg.currency in whole)
    for field in shape.parts:
        for part in getattr(fact, field.name):
            yield from _part_lines(fact, part)


def _whole_currencies(fact: Any) -> frozenset[str]:
    """Currencies without minor units, such as JPY, in which something of this movement is worth (`@@`).

    Beancount makes a price of one of it, in 28 digits, and allows for what that loses only where an amount of the currency
    has decimals: so they are written with one.
    """
    priced = {leg.price.currency for leg in fact.legs() if leg.price is not None}
    return frozenset(currency for currency in priced if not minor_digits(currency))


def _part_lines(head: Fact, part: Any) -> Iterator[str]:
    first = text.scalar(getattr(head, head.shape.keys[0].name))
    yield text.custom(head.date, part.shape.kind, [first, *_keys(part.shape, part)])
    yield from _metadata(part.shape)(part)


def _keys(shape: Shape, fact: Any) -> list[str]:
    return [_scalar(field, getattr(fact, field.name)) for field in shape.keys]


@cache
def _metadata(shape: Shape) -> Callable[[Any], list[str]]:
    """What writes the metadata of a kind: which of its fields stand there, and how, is found out once."""
    fields = [
        (field.name, f"  {field.key}: ", _writer(field))
        for field in shape.fields
        if field.place in (Place.META, Place.PARTS) or (field.place is Place.KEY and shape.moves)
    ]

    def write(fact: Any) -> list[str]:
        return [
            f"{key}{written}"
            for name, key, writer in fields
            if (value := getattr(fact, name)) is not None and (written := writer(value)) is not None
        ]

    return write


def _scalar(field: Field, value: Any) -> str:
    return text.account(value) if field.type is Account else text.scalar(value)


def _writer(field: Field) -> Callable[[Any], str | None]:
    """What writes the values of a field; of parts their number, and nothing where there may be none and are none."""
    if field.place is Place.PARTS:
        return lambda parts: str(len(parts)) if parts or not field.optional else None
    if field.type is Account:
        return text.account
    return text.quoted if field.type is str else text.scalar


# --- Text to facts ---------------------------------------------------------------------------------------------------

Decoder = Callable[[Any, Sequence[Custom]], Any]


def decode(cls: type[Fact], entry: Custom | Transaction, parts: Sequence[Custom] = ()) -> Fact:
    """The fact that these directives say. Raises `Malformed`."""
    fact: Fact = decoder(cls.shape)(entry, parts)
    return fact


@cache
def decoder(shape: Shape) -> Decoder:
    """The decoder of a kind of fact or part."""
    return _Generated(shape).build()


def _wrong(key: str, value: Any, expected: str) -> None:
    if value is None:
        raise Malformed(f"{key} is missing")
    raise Malformed(f"{key} must be {expected}, not {value!s}")


def _stray(meta: dict[str, Any], known: frozenset[str]) -> None:
    """Metadata that the kind doesn't know: a typing error, or `x-...`, which is the user's own."""
    for key in stray_keys(meta, known):
        raise Malformed(f"{key} is not known here; keys of your own begin with x-")


_WORDS = {
    str: "text",
    int: "a whole number",
    Decimal: "a number",
    Amount: "an amount like 10.00 SGD",
    bool: "TRUE or FALSE",
}


class _Generated:
    """Writes the source of one decoder."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._is_fact = issubclass(shape.cls, Fact)
        self._names: dict[str, Any] = {
            "new": shape.cls.__new__,
            "cls": shape.cls,
            "wrong": _wrong,
            "stray": _stray,
            **NOT_WHOLE_NAMES,
            "read_legs": leg_reader(shape) if shape.moves else None,
            **{f"read_{field.name}": _part_reader(field, alone=len(shape.parts) == 1) for field in shape.parts},
            "read_keys": _read_keys,
            "single": single,
        }
        self._lines: list[str] = []

    def build(self) -> Decoder:
        self._line("fact = new(cls)")
        self._line(f"meta = entry.meta; get = meta.get; count = {self._usual_count()}")
        if self._is_fact:
            self._envelope()
        self._keys()
        for field in self._shape.fields:
            if field.place is Place.META:
                self._scalar(field, f"get({field.key!r})", counted=True)
        if self._shape.parts:
            self._parts()
        if self._shape.moves:
            self._legs()
        self._unknown()
        self._line("return fact")
        source = "def decode(entry, parts):\n    " + "\n    ".join(self._lines)
        exec(source, self._names)  # noqa: S102 - made from declarations only, as dataclasses makes __init__
        made: Decoder = self._names["decode"]
        return made

    def _usual_count(self) -> int:
        """How many keys the metadata has where nothing optional is there: what is more, or missing, is counted on the way."""
        required = sum(self._is_in_metadata(field) and not field.optional for field in self._shape.fields)
        return len(LOCATION) + required + self._is_fact * len(_NEVER_EMPTY) + self._shape.moves

    def _is_in_metadata(self, field: Field) -> bool:
        return field.place in (Place.META, Place.PARTS) or (field.place is Place.KEY and self._shape.moves)

    def _line(self, source: str) -> None:
        self._lines.append(source)

    def _envelope(self) -> None:
        self._line("fact.date = entry.date")
        for name in ENVELOPE:
            key = name.replace("_", "-")
            self._line(f"fact.{name} = v = get({key!r})")
            if name in _NEVER_EMPTY:
                self._line("if v.__class__ is not str:")
                self._line(f"    if v is not None: wrong({key!r}, v, 'text')")
                self._line(f"    fact.{name} = ''; count -= 1")
            else:
                self._line("if v is not None:")
                self._line(f"    if v.__class__ is not str: wrong({key!r}, v, 'text')")
                self._line("    count += 1")
        if self._shape.moves:
            self._line("fact.payee = entry.payee or ''; fact.narration = entry.narration or ''")

    def _keys(self) -> None:
        keys = self._shape.keys
        if self._shape.moves:
            for field in keys:
                self._scalar(field, f"get({field.key!r})", counted=True)
            return
        before = 1 if self._is_fact else PART_KEYS
        names = ", ".join(field.key for field in keys)
        self._line("values = entry.values")
        self._line(f"if len(values) != {before + len(keys)}: read_keys(values, {before + len(keys)}, {names!r})")
        for position, field in enumerate(keys, start=before):
            self._scalar(field, f"values[{position}][0]", counted=False)

    def _scalar(self, field: Field, source: str, *, counted: bool) -> None:
        self._line(f"fact.{field.name} = v = {source}")
        if not field.optional:
            self._typed(field, "")
            return
        self._line("if v is not None:")
        self._typed(field, "    ")
        if counted:
            self._line("    count += 1")

    def _typed(self, field: Field, indent: str) -> None:
        """A test of the value's type; numbers and enumerations also become what the fact holds."""
        if field.type is not Account and issubclass(field.type, Enum):
            self._names[f"members_{field.name}"] = {member.value: member for member in field.type}
            expected = "one of " + ", ".join(str(member.value) for member in field.type)
            test = f"v.__class__ is not str or v not in members_{field.name}"
            becomes = f"members_{field.name}[v]"
        elif field.type is int:
            expected, test, becomes = "a whole number", not_whole("v"), "int(v)"
        else:
            cls = str if field.type is Account else field.type
            self._names[f"type_{field.name}"] = cls
            expected, becomes = _WORDS.get(cls, "a date"), ""
            test = f"v.__class__ is not type_{field.name}"
        self._line(f"{indent}if {test}: wrong({field.key!r}, v, {expected!r})")
        if becomes:
            self._line(f"{indent}fact.{field.name} = {becomes}")

    def _parts(self) -> None:
        for field in self._shape.parts:
            self._line(f"v = get({field.key!r})")
            if field.optional:
                self._line("if v is None: v = 0")
                self._line("else: count += 1")
            else:
                self._line(f"if v is None: wrong({field.key!r}, v, '')")
            self._line(f"fact.{field.name} = read_{field.name}(v, parts)")

    def _legs(self) -> None:
        self._line("legs = read_legs(entry)")
        for position, field in enumerate(self._shape.legs):
            if field.many:
                self._line(f"fact.{field.name} = tuple(legs[{position}])")
            else:
                self._names[f"field_{position}"] = field
                self._line(f"found = legs[{position}]")
                self._line(f"fact.{field.name} = found[0] if len(found) == 1 else single(field_{position}, found)")
        self._names["check_links"] = _check_links
        for field in self._shape.linked:
            if field.place is not Place.LEG:
                there = f"fact.{field.name} is not None and " if field.optional else ""
                self._line(f"if {there}fact.{field.name} not in entry.links: check_links(entry, fact)")
            else:
                assert field.many, f"{self._shape.kind}: only legs of which there may be many are linked"
                named = f"[leg.invoice for leg in fact.{field.name}]"
                self._line(f"if not entry.links.issuperset({named}): check_links(entry, fact)")

    def _unknown(self) -> None:
        known = {field.key for field in self._shape.fields if field.place is not Place.LEG}
        known |= {*LOCATION, "event", *(name.replace("_", "-") for name in ENVELOPE)}
        self._names["known"] = frozenset(known)
        booked = " + ('__tolerances__' in meta)" if self._shape.moves else ""
        self._line(f"if len(meta) != count{booked}: stray(meta, known)")


def _read_keys(values: Sequence[Any], expected: int, names: str) -> None:
    raise Malformed(f"behind its kind stand {len(values) - 1} values instead of {expected - 1} ({names})")


def _check_links(entry: Transaction, fact: Fact) -> None:
    if missing := set(fact.entities()) - entry.links:
        raise Malformed(f"the link ^{min(missing)} is missing")


def _part_reader(field: Field, *, alone: bool) -> Callable[[Any, Sequence[Custom]], tuple[Any, ...]]:
    """What reads the parts of one field; where a fact has parts of several kinds, those of its own kind among them."""
    shape: Shape = field.type.shape  # type: ignore[attr-defined]
    name, kind = field.key, shape.kind
    read = decoder(shape)

    def read_parts(count: Any, parts: Sequence[Custom]) -> tuple[Any, ...]:
        own = parts if alone else [one for one in parts if one.values[0].value == kind]
        if len(own) != count:
            raise Malformed(f"{name} says {count}, but {len(own)} directives {kind} stand behind it")
        return tuple([read(part, ()) for part in own])

    return read_parts
