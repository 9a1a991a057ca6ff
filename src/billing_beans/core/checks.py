"""Invariants: what must hold of a fact, given the books before it.

A check is a pure function of the books and the next fact that yields problems. It names the kinds it is for, so that one
pass over a ledger calls only what applies. The same checks refuse a command and find a ledger edited by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from billing_beans.core.facts import Fact
from billing_beans.core.records import record


@record
class Problem:
    """A broken invariant: the fact that breaks it or that stands nearest, in words, with the way out.

    `promise` is the requirement's id and the rule in words (`I6: an invoice is posted once.`). `about` is the id of the
    fact at which to look, where that is not the one being checked. `after` is an entity whose own trouble, if it has any,
    explains this one. A fact with a `follows` problem is still folded: what
    comes after it can be judged.
    """

    check: str
    message: str
    promise: str
    remedy: str
    about: str = ""
    after: str = ""


class Checking:
    """One check, with what it declares about itself."""

    __slots__ = ("blocks", "function", "name", "on", "promise", "remedy", "timeless")

    def __init__(
        self,
        name: str,
        on: tuple[type[Fact], ...],
        promise: str,
        remedy: str,
        blocks: bool,
        timeless: bool,
        function: CheckFunction,
    ) -> None:
        self.name = name
        self.on = on
        self.promise = promise
        self.remedy = remedy
        self.blocks = blocks
        self.timeless = timeless
        self.function = function

    def problem(self, found: str | Broken) -> Problem:
        """The problem that this check reports for what it found."""
        if isinstance(found, str):
            return Problem(self.name, found, self.promise, self.remedy)
        return Problem(self.name, found.message, self.promise, found.remedy or self.remedy, found.about, found.after)


@record
class Broken:
    """What a check yields where a sentence is not enough: another remedy, or another fact to look at."""

    message: str
    remedy: str = ""
    about: str = ""
    after: str = ""


CheckFunction = Callable[[Any, Any], Iterable[str | Broken]]
F = TypeVar("F", bound=CheckFunction)


def check(*on: type[Fact], promise: str, remedy: str, blocks: bool = True, timeless: bool = False) -> Callable[[F], F]:
    """Declare a check on these kinds of facts; it is named like its function, with dashes.

    It yields what is broken, in words that name the thing. `promise` is the rule it keeps, `remedy` what to do. A fact that
    breaks a check with `blocks` is left out of the books, since nothing can build on it; with `blocks=False` it counts all
    the same.

    A `timeless` check looks at the fact and the catalogue, and in the books only at what can't change any more once the fact
    is in them, as the revision that was issued: in books that are otherwise sound it says the same whenever it is asked
    afterwards. So a pass may ask it of many facts in a row (`ledger/quick.py`).
    """

    def mark(function: F) -> F:
        name = function.__name__.replace("_", "-")
        function.checking = Checking(name, on, promise, remedy, blocks, timeless, function)  # type: ignore[attr-defined]
        return function

    return mark


Checks = Mapping[type[Fact], tuple[Checking, ...]]


def checks_of(modules: Iterable[ModuleType]) -> Checks:
    """For each kind of fact the checks that these modules declare on it, in the order in which they stand."""
    found: dict[type[Fact], tuple[Checking, ...]] = {}
    for module in modules:
        for value in vars(module).values():
            checking = getattr(value, "checking", None)
            if checking is not None and value.__module__ == module.__name__:
                for kind in checking.on:
                    found[kind] = (*found.get(kind, ()), checking)
    return found
