"""How far an act is that does many things, for somebody who is told meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""For so many things: what is told, while they are done, how many more are."""


def untold(_count: int) -> AbstractContextManager[Callable[[int], None]]:
    """Nobody is told."""
    return nullcontext(lambda _done: None)
