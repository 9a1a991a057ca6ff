"""Facts, and how a kind of fact is declared.

A kind is declared, not programmed: its fields say where they stand in the text (`key`, `meta`, `parts`), and a kind that
moves money or units is a set of typed legs (`leg`). Everything else comes from the declaration: the text and the way
back, the check that a fact moves only what it may, the accounts that open, and the row of the table in
`docs/ledger.md`.

    @fact("payment-rejected")
    class PaymentRejected(Fact):
        payment: PaymentId = key(link=True)
        reason: str = meta()
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property
from types import ModuleType, UnionType
from typing import Any, ClassVar, NamedTuple, TypeVar, dataclass_transform

from beancount.core.position import Cost

from billing_beans.core.accounts import Account, Role
from billing_beans.core.money import Money, new_money
from billing_beans.core.records import made_later, with_shared


class Side(Enum):
    """Which side of an account a leg stands on. In the ledger a credit is negative."""

    DEBIT = 1
    CREDIT = -1


class Leg(NamedTuple):
    """One posting of a movement: an amount, or units of a lot with its cost per unit, date and label.

    `number` is signed as in the ledger: positive is a debit. It stands beside its `currency`, and not in a `Money`, which
    Beancount would compare in Python. What belongs to one of several things says so in the tags; a lot says what it
    `becomes` when it is used: revenue, or what is owed to others. `price` is what all of it is worth in another currency,
    positive: `@@ 91.00 EUR`.
    """

    account: Account
    number: Decimal
    currency: str
    cost: Cost | None = None
    invoice: str | None = None
    line: int | None = None
    tax_code: str | None = None
    platform_fee_bps: int | None = None
    becomes: Account | None = None
    price: Money | None = None

    @property
    def units(self) -> Money:
        """The amount, or the units of a lot, signed."""
        return new_money(self.number, self.currency)

    @property
    def weight(self) -> Money:
        """What this leg adds to its transaction's balance, signed: the units, or what they cost or are worth."""
        if self.price is not None:
            return Money(self.price.number.copy_sign(self.number), self.price.currency)
        if self.cost is None:
            return self.units
        return Money(self.number * self.cost.number, self.cost.currency)


_new_tuple = tuple.__new__


def new_leg(
    account: Account,
    units: Money,
    cost: Cost | None = None,
    invoice: str | None = None,
    line: int | None = None,
    tax_code: str | None = None,
    platform_fee_bps: int | None = None,
    becomes: Account | None = None,
    price: Money | None = None,
) -> Leg:
    """A leg of an amount, or of units; in half the time of `Leg(...)`: the checks of every load make all postings once more."""
    return _new_tuple(
        Leg, (account, units[0], units[1], cost, invoice, line, tax_code, platform_fee_bps, becomes, price)
    )


def new_cost(number: Decimal, currency: str, day: date, label: str) -> Cost:
    """A lot's cost of one unit, its date and label; like `new_leg` in half the time of `Cost(...)`."""
    return _new_tuple(Cost, (number, currency, day, label))


LEG_TAGS = tuple(name for name in Leg._fields if name not in ("account", "number", "currency", "cost", "price"))


class Place(Enum):
    """Where a field stands in the text of its directive."""

    KEY = "key"
    META = "meta"
    PARTS = "parts"
    LEG = "leg"


class _Declared(NamedTuple):
    place: Place
    link: bool = False
    side: Side | None = None
    roles: tuple[Role, ...] = ()
    tags: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    priced: bool = False


def key(*, link: bool = False) -> Any:
    """A value behind the kind: `"SG-2026-00001"`. On a movement, which has no such values, it is metadata.

    `link` makes it a Beancount link of a movement, and one of the entities that the fact is about.
    """
    return dataclasses.field(metadata={"declared": _Declared(Place.KEY, link)})


def meta(*, link: bool = False, default: Any = dataclasses.MISSING) -> Any:
    """Metadata, named like the field with dashes. A default of None makes it optional."""
    return dataclasses.field(default=default, metadata={"declared": _Declared(Place.META, link)})


def parts(*, default: Any = dataclasses.MISSING) -> Any:
    """One directive for each, right behind the fact's own; their number stands in metadata named like the field.

    With a default there may be none, and then no number stands there either.
    """
    return dataclasses.field(default=default, metadata={"declared": _Declared(Place.PARTS)})


def leg(
    side: Side,
    *roles: Role,
    tags: tuple[str, ...] = (),
    may: tuple[str, ...] = (),
    link: bool = False,
    priced: bool = False,
    default: Any = dataclasses.MISSING,
) -> Any:
    """Postings to accounts of these roles on this side: one (`Leg`), at most one (`Leg | None`) or many (`tuple`).

    `tags` must stand on each posting, and those in `may` can; with `link` the invoices they name, or else the labels of
    their lots, are links of the fact.
    A `priced` leg may be worth an amount of another currency (`@@`).
    """
    declared = _Declared(Place.LEG, link, side, roles, tags, may, priced)
    return dataclasses.field(default=default, metadata={"declared": declared})


C = TypeVar("C")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(key, meta, parts, leg))
def _record(cls: type[C]) -> type[C]:
    """Frozen to the type checker, a plain slotted dataclass when it runs: each load fills millions of slots.

    What `dataclass(frozen=True)` adds would make each of them cost five times as much.
    """
    made = dataclass(slots=True, init=False, kw_only=True, eq=False, repr=False, match_args=False)(cls)
    return made_later(with_shared(made, None))


@_record
class Fact:
    """Something that happened and moves nothing: a `custom "billing"` directive.

    `date` is when it happened, the local date of the legal entity. What the tool records has an `id` (ULID, rising in the
    order of recording), `at` (UTC, when it was recorded), `actor`, and `operation`, which the facts of one act share (U7,
    U9). Catalogue and parties that a person adds by hand have none of these.
    """

    shape: ClassVar[Shape]

    date: date
    id: str = ""
    at: str = ""
    actor: str = ""
    operation: str = ""
    source: str | None = None
    idempotency_key: str | None = None
    request: str | None = None

    def entities(self) -> tuple[str, ...]:
        """The ids of what this fact is about: what its text links to."""
        return tuple(dict.fromkeys(self._entities()))

    def subjects(self) -> tuple[str, ...]:
        """What this fact and its parts touch: while one of them has a problem, nothing may build on it (R6)."""
        return (*self.entities(), *self._of_parts(), *self._of_origin())

    def _of_parts(self) -> Iterator[str]:
        for field in self.shape.parts:
            linked = field.type.shape.linked  # type: ignore[attr-defined]
            for part in getattr(self, field.name) if linked else ():
                yield from (getattr(part, one.name) for one in linked)

    def _of_origin(self) -> Iterator[str]:
        """What the money came from that a fact is about: `PAY-1` of the origin `payment/PAY-1`."""
        origin: str | None = getattr(self, "origin", None)
        if origin is not None:
            yield origin.partition("/")[2]

    def _entities(self) -> Iterator[str]:
        for field in self.shape.linked:
            value = getattr(self, field.name)
            if field.place is Place.LEG:
                yield from (name for one in legs_in(value) if (name := _entity_of(one)))
            elif value is not None:
                yield value


@_record
class Movement(Fact):
    """Something that moves money or units: a Beancount transaction."""

    payee: str = ""
    narration: str = ""

    def legs(self) -> Iterator[Leg]:
        """All postings in the order in which they are written."""
        for field in self.shape.legs:
            yield from legs_in(getattr(self, field.name))

    def subjects(self) -> tuple[str, ...]:
        """What it links to, and the accounts whose lots it makes or uses."""
        lots = dict.fromkeys(leg.account for leg in self.legs() if leg.cost is not None)
        return (*self.entities(), *lots, *self._of_origin())


def _entity_of(one: Leg) -> str | None:
    """What a posting is linked to: the invoice that it names, or where its lot came from."""
    return one.invoice or (one.cost.label if one.cost else None)


def legs_in(value: Leg | tuple[Leg, ...] | None) -> Iterable[Leg]:
    """The legs in a field's value, however many it may hold."""
    if value is None:
        return ()
    return (value,) if isinstance(value, Leg) else value


ENVELOPE = ("id", "at", "actor", "operation", "source", "idempotency_key", "request")


class Field(NamedTuple):
    """A declared field: its name, its key in the text, where it stands, and its type."""

    name: str
    key: str
    place: Place
    type: type
    optional: bool
    many: bool
    link: bool
    side: Side | None
    roles: tuple[Role, ...]
    tags: tuple[str, ...]
    may: tuple[str, ...]
    priced: bool


class Shape:
    """A kind of fact, or of part, as data: what the codec, the checks and the documentation are made from.

    Its fields are read from the class when they are first asked for: a command declares all kinds, and uses a few.
    """

    def __init__(self, kind: str, cls: type) -> None:
        self.kind = kind
        self.cls = cls
        self.moves = issubclass(cls, Movement)

    @property
    def has_parts(self) -> bool:
        """Whether it has parts, without reading of which type its fields are."""
        declared = (one.metadata.get("declared") for one in dataclasses.fields(self.cls))
        return any(one is not None and one.place is Place.PARTS for one in declared)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return _fields_of(self.cls)

    @cached_property
    def keys(self) -> tuple[Field, ...]:
        return self._at(Place.KEY)

    @cached_property
    def legs(self) -> tuple[Field, ...]:
        return self._at(Place.LEG)

    @cached_property
    def parts(self) -> tuple[Field, ...]:
        return self._at(Place.PARTS)

    @cached_property
    def linked(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.link)

    def _at(self, place: Place) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.place is place)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(key, meta, parts, leg))
def fact(kind: str) -> Callable[[type[C]], type[C]]:
    """Declare a kind of fact. The class becomes a slotted dataclass that nobody may change; its docstring goes into `docs/ledger.md`."""
    return _declare(kind)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(key, meta))
def part(kind: str) -> Callable[[type[C]], type[C]]:
    """Declare what a fact has several of. Its directive repeats the first key of its head, then come its own keys."""
    return _declare(kind)


def _declare(kind: str) -> Callable[[type[C]], type[C]]:
    def declare(cls: type[C]) -> type[C]:
        made = _record(cls)
        made.shape = Shape(kind, made)  # type: ignore[attr-defined]
        return made

    return declare


def _fields_of(cls: type[Any]) -> tuple[Field, ...]:
    types = typing.get_type_hints(cls)
    return tuple(
        _field(one, types[one.name], one.metadata["declared"])
        for one in dataclasses.fields(cls)
        if "declared" in one.metadata
    )


def _field(one: dataclasses.Field[Any], annotation: Any, declared: _Declared) -> Field:
    inner, optional, many = _unwrap(annotation)
    may_be_empty = declared.place is Place.PARTS and one.default is not dataclasses.MISSING
    return Field(
        one.name,
        one.name.replace("_", "-"),
        declared.place,
        inner,
        optional or may_be_empty,
        many,
        declared.link,
        declared.side,
        declared.roles,
        declared.tags,
        declared.may,
        declared.priced,
    )


def _unwrap(annotation: Any) -> tuple[Any, bool, bool]:
    """The type inside `X | None` and `tuple[X, ...]`, and whether each of them was there."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) in (UnionType, typing.Union):
        inner = next(one for one in arguments if one is not type(None))
        return _unwrap(inner)[0], True, False
    if typing.get_origin(annotation) is tuple:
        return arguments[0], False, True
    if annotation is not Account and hasattr(annotation, "__supertype__"):
        return _unwrap(annotation.__supertype__)
    return annotation, False, False


Kinds = Mapping[tuple[str, bool], type[Fact]]
"""Kinds of facts by their name and whether they move something."""


def kinds_of(modules: Iterable[ModuleType]) -> Kinds:
    """The kinds that these modules declare."""
    kinds: dict[tuple[str, bool], type[Fact]] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Fact) and "shape" in vars(value):
                kinds[value.shape.kind, value.shape.moves] = value
    return kinds
