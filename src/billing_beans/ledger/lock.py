"""One lock between processes: whoever holds it writes, and the system lets go of it when that process ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

_POLL = 0.02


class Held(Exception):
    """Another process held the lock all the time."""


class Lock:
    """An advisory lock (flock) on a file, which is made where there is none, and stays. Not re-entrant."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._tries = max(1, round(patience / _POLL))
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this very object holds it."""
        return self._descriptor is not None

    def take(self) -> None:
        """Take it; try for `patience` seconds. Raises `Held`, and OSError."""
        assert self._descriptor is None, "the lock is not re-entrant"
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            self._wait(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def let_go(self) -> None:
        assert self._descriptor is not None
        os.close(self._descriptor)
        self._descriptor = None

    def _wait(self, descriptor: int) -> None:
        for left in reversed(range(self._tries)):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not left:
                    raise Held from None
                time.sleep(_POLL)
            else:
                return
