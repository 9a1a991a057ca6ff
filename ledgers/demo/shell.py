"""Commands as a person would type them: printed, then run."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable
from pathlib import Path

import click

from billing_beans.cli.root import run


class DemoFailed(Exception):
    """A command of the demo did not end as it should."""


class Shell:
    """Runs billing-beans on one folder of books, and prints each command as a line that can be typed."""

    def __init__(self, books: Path) -> None:
        self.books = books

    def __call__(self, *words: str, expect: Iterable[int] = (0,)) -> None:
        """Run a command with these words. Raises `DemoFailed` where it ends otherwise than expected."""
        self._run([*words, "--books", str(self.books)], expect)

    def init(self, *words: str) -> None:
        """Make the books."""
        self._run(["init", str(self.books), *words], (0,))

    def _run(self, words: list[str], expect: Iterable[int]) -> None:
        line = shlex.join(["billing-beans", *words])
        click.secho(f"\n$ {line}", bold=True)
        started = time.perf_counter()
        status = run(words)
        seconds = time.perf_counter() - started
        if seconds > 2:
            click.secho(f"  ({seconds:.1f} s)", dim=True)
        if status not in expect:
            raise DemoFailed(f"{line} ended with {status}.")


def say(*lines: str) -> None:
    """A remark between the commands."""
    click.echo()
    for line in lines:
        click.secho(f"# {line}", fg="cyan")
