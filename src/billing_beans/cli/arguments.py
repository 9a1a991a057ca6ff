"""Ids that complete by what fits the state, and values that are read with a clear word where they can't be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from billing_beans.core.errors import BillingError
from billing_beans.core.money import parse_money, parse_number

if TYPE_CHECKING:
    from billing_beans.books import Books
    from billing_beans.core.facts import Fact

Candidates = Callable[[Any], Iterable[tuple[str, str]]]
"""From books to the ids that fit, each with a word about it."""


def completes(candidates: Candidates) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Shell completion of an id from the books; silent where they can't be read."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from billing_beans.cli.session import session_of

        try:
            books = session_of(ctx).reading.books
            found = [(one, text) for one, text in candidates(books) if one.startswith(incomplete)]
        except BillingError:
            return []
        return [CompletionItem(one, help=text) for one, text in found]

    return complete


def ids_of(kind: type[Fact]) -> Callable[..., Any]:
    """Completion of the ids of a kind, each with its name."""

    def candidates(books: Books) -> Iterable[tuple[str, str]]:
        for one in books.catalog.valid_on(kind, date.max):
            yield one.entities()[0], str(getattr(one, "name", None) or "")

    return completes(candidates)


class _Read(click.ParamType[Any]):
    """A value that one of our own parsers reads; its error is ours, with the right form in it."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> Any:
        return self._read(value) if isinstance(value, str) else value


AMOUNT = _Read("amount", lambda text: parse_money(text, minor=True))
"""An amount in whole minor units: `981.00 SGD`."""

UNIT_PRICE = _Read("price", parse_money)
"""A price of one, which may have more decimals: `0.00001 USD`."""

NUMBER = _Read("number", parse_number)
"""A quantity: `10`, `2.5`."""


def percentage(text: str) -> Decimal:
    """A rate as a fraction: `9 %`, `9%` or `0.09` are 0.09. Raises `WrongUsage`."""
    if text.rstrip().endswith("%"):
        return parse_number(text.rstrip().removesuffix("%").strip()) / 100
    return parse_number(text)


RATE = _Read("rate", percentage)
"""A rate: `0.09` or `9%`."""
