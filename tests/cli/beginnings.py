"""Books that many tests begin with: commands make them once in a process, and each other test has a copy."""

from __future__ import annotations

import inspect
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CLOCK = "BILLING_BEANS_NOW"


class Beginnings:
    """Keeps books as they were made, with their index and what time it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clocks: dict[str, str] = {}

    def __call__(self, shell: Any, make: Callable[[Any], object]) -> Any:
        """The shell, with its books as `make` leaves them."""
        name = f"{make.__module__}.{make.__qualname__}"
        kept = self._folder / name
        if name not in self._clocks:
            make(shell)
            shutil.copytree(shell.root, kept, symlinks=True)
            self._clocks[name] = os.environ[CLOCK]
        else:
            shutil.rmtree(shell.root)
            shutil.copytree(kept, shell.root, symlinks=True)
            shell.at(self._clocks[name])
        return shell


def beginning(make: Callable[[Any], object]) -> Any:
    """A fixture of books on which `make` runs the same commands for every test, whichever test is the first.

    It takes the fixture that its one parameter names, and may change nothing but the books and the clock.
    """
    (before,) = inspect.signature(make).parameters

    @pytest.fixture(name=make.__name__)
    def copied(request: pytest.FixtureRequest, beginnings: Beginnings) -> Any:
        return beginnings(request.getfixturevalue(before), make)

    copied.__doc__ = make.__doc__
    return copied
