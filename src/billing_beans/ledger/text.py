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
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from beancount.core import account as names
from beancount.core.amount import Amount
from beancount.core.position import Cost

from billing_beans.core.accounts import Account
from billing_beans.core.errors import WrongUsage
from billing_beans.core.facts import LEG_TAGS, Leg
from billing_beans.core.ids import is_link
from billing_beans.core.money import Money

RECORDED, PENDING = "*", "!"
"""The flags of transactions: of facts, and of what waits for review."""
CURRENCY_COLUMN = 61
_KEPT = 4096
"""How many names of accounts and units are kept that were looked at: many facts name the same."""
MAX_DIGITS = 28
"""Beancount's parser rounds longer numbers, where they are negative, without a word."""

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})
# Line separators among them: bean-format takes each for the end of a line, and would change the text.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CURRENCY = re.compile(r"[A-Z][A-Z0-9'._-]*[A-Z0-9]")
_LABEL = re.compile(r"[A-Za-z0-9._/-]+")


def quoted(text: str) -> str:
    """A string for the ledger. Raises `WrongUsage` for control characters, which no billing text needs."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    if (found := _UNPRINTABLE.search(text)) is not None:
        raise WrongUsage(
            f"The text {text!r} holds the character {found[0]!r}, which can't be written to a ledger.",
            instead="take it out; a line ends with a line feed",
        )
    return f'"{text.translate(_ESCAPES)}"'


def number(value: Decimal) -> str:
    """All digits, no exponent. Raises `WrongUsage` for NaN, infinity, and what Beancount would round."""
    written = f"{value:f}"
    if len(written) <= MAX_DIGITS and written[-1].isdecimal():
        return written
    if not value.is_finite() or len(value.as_tuple().digits) > MAX_DIGITS:
        raise WrongUsage(
            f"{value} is no number that can be written to a ledger.",
            rule=f"P3: amounts are exact; Beancount rounds what has more than {MAX_DIGITS} digits.",
        )
    return written


def amount(value: Money) -> str:
    """Number and currency. Raises `WrongUsage` for what no commodity is called."""
    return f"{number(value.number)} {currency(value.currency)}"


@lru_cache(_KEPT)
def currency(name: str) -> str:
    """A currency or unit. Raises `WrongUsage` for what no commodity is called."""
    if _CURRENCY.fullmatch(name) is None:
        raise WrongUsage(f"{name!r} can't be a currency or unit: only capitals, digits and dashes are possible.")
    return name


@lru_cache(_KEPT)
def account(name: Account) -> str:
    """The name of an account. Raises `WrongUsage` for what Beancount would not read as one."""
    if not names.is_valid(name) or name.endswith("\n"):
        raise WrongUsage(
            f"{name!r} can't be the name of an account.",
            instead="write it as Assets:SG:Bank:Main: parts that begin with a capital, joined by colons",
        )
    return name


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


def transaction(day: date, payee: str, narration: str, links: tuple[str, ...], flag: str) -> str:
    """The first line of a fact that moves something. Raises `WrongUsage` for ids that can't be links."""
    for link in links:
        if not is_link(link):
            raise WrongUsage(f"{link!r} can't be an id: only letters A to Z, digits and - _ / . are possible.")
    return " ".join([day.isoformat(), flag, quoted(payee), quoted(narration), *(f"^{link}" for link in links)])


def metadata(key: str, value: str, indent: int = 2) -> str:
    return f"{' ' * indent}{key}: {value}"


def posting(leg: Leg, *, one_decimal: bool = False) -> list[str]:
    """A leg with its tags: the amount ends where the currency's column begins. A whole number may get one decimal, a zero."""
    written = leg.number
    if one_decimal and written == written.to_integral_value():
        written = written.quantize(Decimal("0.1"))
    start, units = f"  {account(leg.account)}", number(written)
    gap = max(2, CURRENCY_COLUMN - 2 - len(start) - len(units))
    worth = f" @@ {amount(leg.price)}" if leg.price is not None else ""
    lines = [f"{start}{' ' * gap}{units} {currency(leg.currency)}{_cost(leg.cost)}{worth}"]
    for tag, name in _TAGS:
        value = getattr(leg, tag)
        if value is not None:
            lines.append(f"    {name}: {_tag(tag, value)}")
    return lines


_TAGS = tuple((tag, tag.replace("_", "-")) for tag in LEG_TAGS)
_ACCOUNT_TAGS = frozenset(name for name, hint in get_type_hints(Leg).items() if Account in get_args(hint))


def _tag(name: str, value: Any) -> str:
    return account(value) if name in _ACCOUNT_TAGS else scalar(value)


def _cost(cost: Cost | None) -> str:
    if cost is None:
        return ""
    if cost.label is None or _LABEL.fullmatch(cost.label) is None:
        raise WrongUsage(f"{cost.label!r} can't be the label of a lot: only A to Z, digits and . _ / - are possible.")
    return f' {{{amount(Money(cost.number, cost.currency))}, {cost.date.isoformat()}, "{cost.label}"}}'


def open_account(day: date, name: Account, currencies: tuple[str, ...] = (), *, lots: bool = False) -> str:
    """An `open` directive; lots are booked first in, first out."""
    words = [day.isoformat(), "open", account(name), ",".join(currencies), '"FIFO"' if lots else ""]
    return " ".join(word for word in words if word)
