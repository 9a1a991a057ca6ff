"""Arguments as people type them: numbers below zero, and names that must be there."""

from __future__ import annotations

import re
from typing import Any

import click

from billing_beans.core.errors import WrongUsage

_SOURCE = re.compile(r"[a-z][a-z0-9-]*/\S.*")
_NEGATIVE = re.compile(r"-[0-9.,][0-9.,]*")


class NumbersAsArguments(click.Command):
    """A command that takes numbers as arguments: `-5` is one, so that its refusal can say what is wrong.

    Click would take it for an option; with a space before it, it is an argument, and our parsers strip spaces.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {one}" if _NEGATIVE.fullmatch(one) else one for one in args])


class _Name(click.ParamType[str]):
    """The id of something. A script whose variable is empty is told so, and not that nothing has no invoice."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not str(value).strip():
            what = param.make_metavar(ctx).strip("[]-. ") if param and ctx else "A name"
            raise WrongUsage(f"{what} is empty.", instead="give an id; the list of each noun shows them")
        return str(value)


NAME = _Name()
"""An id that a person types: `SG-2026-00001`, `acme`."""


class _Source(click.ParamType[str]):
    """What something came from: a type and an id, such as `placement/991`."""

    name = "source"

    def __init__(self, example: str) -> None:
        self._example = example

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        if _SOURCE.fullmatch(str(value)) is None:
            raise WrongUsage(
                f"{value!r} names no source: a type and an id.",
                rule="U7: every entry names what it came from.",
                instead=f"for example --source {self._example}",
            )
        return str(value)


def source_like(example: str) -> click.ParamType[str]:
    """A source as an option reads it; the example stands in the refusal."""
    return _Source(example)
