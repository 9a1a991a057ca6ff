"""The options that stand for every command, and amounts, dates and ids as they are typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from billing_beans.ledger.ledger import Ledger
    from billing_beans.ledger.reading import Reading

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Settings:
    """What the global options say. They may stand before the noun or behind the verb; the last one counts."""

    books: str | None = None
    json: bool = False
    actor: str | None = None
    date: str | None = None
    idempotency_key: str | None = None
    dry_run: bool = False
    debug: bool = False
    reading: Reading | None = None
    """The books that the command has read, if it has: what is wrong with them may explain a refusal."""
    ledger: Ledger | None = None
    """The folder of books that the command is about, once it was opened."""
    is_done: bool = False
    """Whether the command has written what it was to write."""


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if isinstance(value, str) and not value.strip():
        raise click.BadParameter("it is empty; leave the option out, or give it a value", ctx=ctx, param=param)
    if value not in (None, False):
        setattr(ctx.ensure_object(Settings), str(param.name), value)


_HIDDEN: dict[str, Any] = {"expose_value": False, "callback": _keep, "is_eager": True}

_GLOBAL = (
    click.option(
        "--books",
        type=click.Path(),
        help="The folder of the books; else this one or the nearest above it.",
        **_HIDDEN,
    ),
    click.option("--json", is_flag=True, help="Print one JSON object, for programs.", **_HIDDEN),
    click.option("--actor", help="Who does it; else BILLING_BEANS_ACTOR or the user of this machine.", **_HIDDEN),
    click.option(
        "--date", metavar="DATE", help="The day on which it happened: 2026-01-31, today, yesterday.", **_HIDDEN
    ),
    click.option("--idempotency-key", metavar="KEY", help="Do it once: the same key again changes nothing.", **_HIDDEN),
    click.option(
        "--dry-run", is_flag=True, help="Print the directives that would be written, and write nothing.", **_HIDDEN
    ),
    click.option("--debug", is_flag=True, help="Show the traceback of an error.", **_HIDDEN),
)


def global_options(function: F) -> F:
    """Add the options that stand for every command; they are kept in the context, not passed on."""
    for option in reversed(_GLOBAL):
        function = option(function)
    return function
