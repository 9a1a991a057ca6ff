"""Beancount syntax, written: strings escaped, amounts in full, postings aligned.

Beancount's own printer does not escape strings in `custom` directives nor labels of lots, so billing has its own. Two
spaces of indent and the currency in column 61 are what `bean-format -c 61` and Fava leave as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from beancount.core.amount import Amount
from beancount.core.position import Cost

from billing_beans.core.accounts import Account
from billing_beans.core.errors import WrongUsage
from billing_beans.core.facts import LEG_TAGS, Leg
from billing_beans.core.money import Money

CURRENCY_COLUMN = 61
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LABEL = re.compile(r"[A-Za-z0-9._/-]+")
_LINK = re.compile(r"[A-Za-z0-9\-_/.]+")


def is_link(text: str) -> bool:
    """Whether Beancount can hold this as a link, and as part of a lot's label: what every id must be."""
    return _LINK.fullmatch(text) is not None


def quoted(text: str) -> str:
    """A string for the ledger. Raises `WrongUsage` for control characters, which no billing text needs."""
    if (found := _UNPRINTABLE.search(text)) is not None:
        raise WrongUsage(f"The text {text!r} holds the character {found[0]!r}, which can't be written to a ledger.")
    return f'"{text.translate(_ESCAPES)}"'


def number(value: Decimal) -> str:
    """All digits, no exponent."""
    return f"{value:f}"


def amount(value: Money) -> str:
    return f"{number(value.number)} {value.currency}"


def scalar(value: Any) -> str:
    """A value of metadata or of a custom directive. Enums are written as their value."""
    return _WRITERS.get(type(value), _text)(value)


def _text(value: Any) -> str:
    return quoted(value.value if isinstance(value, Enum) else value)


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "TRUE" if value else "FALSE",
    int: str,
    Decimal: number,
    Amount: amount,
    date: date.isoformat,
}


def custom(day: date, kind: str, values: list[str]) -> str:
    """The first line of a fact that moves nothing."""
    return " ".join([day.isoformat(), "custom", '"billing"', quoted(kind), *values])


def transaction(day: date, payee: str, narration: str, links: tuple[str, ...]) -> str:
    """The first line of a fact that moves something."""
    return " ".join([day.isoformat(), "*", quoted(payee), quoted(narration), *(f"^{link}" for link in links)])


def metadata(key: str, value: str, indent: int = 2) -> str:
    return f"{' ' * indent}{key}: {value}"


def posting(leg: Leg) -> list[str]:
    """A leg with its tags: the amount ends where the currency's column begins."""
    digits = number(leg.units.number)
    start = f"  {leg.account}"
    gap = max(2, CURRENCY_COLUMN - 2 - len(start) - len(digits))
    line = f"{start}{' ' * gap}{digits} {leg.units.currency}{_cost(leg.cost)}"
    tags = [(tag, getattr(leg, tag)) for tag in LEG_TAGS]
    return [line, *(metadata(tag.replace("_", "-"), scalar(value), 4) for tag, value in tags if value is not None)]


def _cost(cost: Cost | None) -> str:
    if cost is None:
        return ""
    if cost.label is None or _LABEL.fullmatch(cost.label) is None:
        raise WrongUsage(f"{cost.label!r} can't be the label of a lot: only A to Z, digits and . _ / - are possible.")
    return f' {{{number(cost.number)} {cost.currency}, {cost.date.isoformat()}, "{cost.label}"}}'


def open_account(day: date, account: Account, currencies: tuple[str, ...] = (), *, lots: bool = False) -> str:
    """An `open` directive; lots are booked first in, first out."""
    words = [day.isoformat(), "open", account, ",".join(currencies), '"FIFO"' if lots else ""]
    return " ".join(word for word in words if word)
