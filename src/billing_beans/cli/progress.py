"""How far a long command is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from billing_beans.acts.progress import Progress


@contextmanager
def progress(title: str, rows: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, where that is a terminal; gives what is told of rows that are done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=rows)
        yield lambda done: bar.advance(task, done)


def long_progress(title: str, long: int) -> Progress:
    """The same for work that is long from so many on; of less nothing is said."""

    def begun(count: int) -> AbstractContextManager[Callable[[int], None]]:
        return progress(title, count) if count >= long else nullcontext(lambda _done: None)

    return begun
