"""Small immutable classes that cost little to declare: a command declares two hundred before it does anything.

`dataclass(frozen=True, slots=True)` takes 0.6 ms for each, most of it to compile what is seldom used: comparing, printing,
hashing, and two methods that refuse what a type checker refuses anyway. Those are shared here. What makes an instance is
compiled when the first one is made: most commands make instances of a few classes only.

Modules of kinds and of records leave out `from __future__ import annotations`: each annotation would be compiled as text when
its class is made, and every command makes all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, dataclass_transform

C = TypeVar("C")


@dataclass_transform(frozen_default=True, eq_default=True)
def record(cls: type[C]) -> type[C]:
    """A dataclass with slots that compares, prints and hashes by its fields, and that the type checker holds frozen."""
    made = dataclass(slots=True, init=False, eq=False, repr=False, match_args=False)(cls)
    return made_later(with_shared(made, _hash))


def made_later(cls: type[C]) -> type[C]:
    """The class with an `__init__` like that of a dataclass, compiled when it is first called."""

    def first(self: Any, *values: Any, **named: Any) -> None:
        init = _init_of(cls)
        cls.__init__ = init  # type: ignore[method-assign]  # from now on it is this one
        init(self, *values, **named)

    cls.__init__ = first  # type: ignore[method-assign]
    return cls


def _init_of(cls: type[Any]) -> Callable[..., None]:
    names: dict[str, Any] = {}
    plain, keyword = ["self"], list[str]()
    lines = []
    for field in dataclasses.fields(cls):
        names[f"default_{field.name}"], has_default = field.default, field.default is not dataclasses.MISSING
        made = field.default_factory is not dataclasses.MISSING
        if made:
            names[f"default_{field.name}"], names[f"new_{field.name}"] = dataclasses.MISSING, field.default_factory
        parameter = f"{field.name}=default_{field.name}" if has_default or made else field.name
        (keyword if field.kw_only else plain).append(parameter)
        value = f"new_{field.name}() if {field.name} is default_{field.name} else {field.name}" if made else field.name
        lines.append(f"self.{field.name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join([*plain, *(["*", *keyword] if keyword else [])])
    source = f"def __init__({parameters}):\n    " + "\n    ".join(lines or ["pass"])
    exec(source, names)  # noqa: S102 - made from declarations only, as dataclasses makes it
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def with_shared(cls: type[C], hashed: Callable[[Any], int] | None) -> type[C]:
    """The class with the shared methods, where it has none of its own; None: it can't be hashed."""
    for name, shared in (("__eq__", _equal), ("__hash__", hashed), ("__repr__", _words)):
        if name not in vars(cls):
            setattr(cls, name, shared)
    return cls


def _values(one: Any) -> tuple[Any, ...]:
    return tuple([getattr(one, name) for name in one.__dataclass_fields__])


def _equal(one: Any, other: Any) -> bool:
    return _values(one) == _values(other) if one.__class__ is other.__class__ else NotImplemented


def _hash(one: Any) -> int:
    return hash(_values(one))


def _words(one: Any) -> str:
    fields = ", ".join(f"{name}={getattr(one, name)!r}" for name in one.__dataclass_fields__)
    return f"{one.__class__.__qualname__}({fields})"


def with_values(one: C, **values: Any) -> C:
    """The same with other values of some fields, as `dataclasses.replace`; in a sixth of the time for what has fifty of them."""
    made: C = _copy_of(type(one))(one)  # type: ignore[arg-type]  # mypy takes the hash of an instance for its class's
    for name, value in values.items():
        setattr(made, name, value)
    return made


@cache
def _copy_of(cls: type[Any]) -> Callable[[Any], Any]:
    """What makes another instance with the same values in its slots."""
    names = [one.name for one in dataclasses.fields(cls)]
    body = "".join(f"    made.{name} = one.{name}\n" for name in names)
    source = f"def copy(one):\n    made = new(cls)\n{body}    return made"
    scope: dict[str, Any] = {"new": object.__new__, "cls": cls}
    exec(source, scope)  # noqa: S102 - made from declarations only, as dataclasses makes __init__
    made: Callable[[Any], Any] = scope["copy"]
    return made
