"""How facts become state: each method of a state says which kinds of facts it folds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from billing_beans.core.facts import Fact

Fold = Callable[[Any], None]
M = TypeVar("M", bound=Callable[..., None])


def folds(*kinds: type[Fact]) -> Callable[[M], M]:
    """Mark a method of a state as the fold of these kinds of facts."""

    def mark(method: M) -> M:
        method.folds = kinds  # type: ignore[attr-defined]
        return method

    return mark


def folds_of(states: Iterable[object]) -> Mapping[type[Fact], tuple[Fold, ...]]:
    """For each kind of fact the methods that fold it, in the order of the states."""
    found: dict[type[Fact], tuple[Fold, ...]] = {}
    for state in states:
        for kind, name in _declared_by(type(state)):  # type: ignore[arg-type]  # mypy takes the hash of an instance for its class's
            found[kind] = (*found.get(kind, ()), getattr(state, name))
    return found


@cache
def _declared_by(state: type) -> tuple[tuple[type[Fact], str], ...]:
    """The folds of a class: books are made anew for every fork."""
    return tuple((kind, name) for name, function in vars(state).items() for kind in getattr(function, "folds", ()))
