"""Every command that a message names is one that there is, with the options that it is told with."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

import billing_beans
from billing_beans.cli.root import root

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = sorted(Path(billing_beans.__file__).parent.rglob("*.py"))
_COMMAND = re.compile(r"billing-beans (?!of |with)(?P<words>[a-z][^;,()\n`]*)")
_GLOBAL = {"--help", "--json", "--date", "--dry-run", "--books", "--actor", "--idempotency-key", "--debug"}
HOLE = "VALUE"


def texts_of(source: Path) -> Iterator[str]:
    """The texts in a module, a hole for each value that is filled in; docstrings and the parts of f-strings left out."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else HOLE for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


def wrong_in(text: str) -> Iterator[str]:
    """What a text names that there isn't: a noun, a verb, an option of it."""
    ctx = click.Context(root)
    for found in _COMMAND.finditer(text):
        words = [word.rstrip(".:`") for word in found["words"].split()]
        command: click.Command | None = root
        while isinstance(command, click.Group) and words and words[0].islower():
            command = command.get_command(ctx, words.pop(0))
        if command is None:
            yield found[0]
        elif not isinstance(command, click.Group):
            known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | _GLOBAL
            yield from (f"{word} in {found[0]}" for word in words if word.startswith("--") and word not in known)


def test_every_command_that_a_message_names_is_there() -> None:
    wrong = {f"{source.name}: {one}" for source in SOURCES for text in texts_of(source) for one in wrong_in(text)}
    assert wrong == set()


def test_a_command_that_is_not_there_would_be_found() -> None:
    assert [*wrong_in("Instead: billing-beans credit topup acme 10")] == ["billing-beans credit topup acme 10"]
    assert [*wrong_in("billing-beans credit grant acme 10 --units CREDIT")] != []
    assert [*wrong_in("billing-beans credit grant acme 10 --unit CREDIT --json")] == []
