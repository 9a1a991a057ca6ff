"""The single operations on disk that the journal is made of, each between two steps.

A step is a name that is called out right before and right after one operation (`append:1:write:0:begin` and `:end`): a
test that stops the program there knows exactly what is on disk.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHUNK = 64 * 1024


class Disk:
    """Operations that are on disk when they return; all of them raise OSError."""

    def __init__(self, step: Callable[[str], None]) -> None:
        self._step = step

    @contextmanager
    def operation(self, name: str) -> Iterator[None]:
        self._step(f"{name}:begin")
        yield
        self._step(f"{name}:end")

    @contextmanager
    def opened(self, name: str, file: Path, flags: int) -> Iterator[int]:
        """A descriptor to write with; on leaving without error, what was written is on disk."""
        with self.operation(f"{name}:open"):
            # The last part of a path is never a link here: the path was resolved, and is refused if it changed since.
            descriptor = os.open(file, flags | os.O_WRONLY | os.O_NOFOLLOW, 0o666)
        try:
            yield descriptor
            with self.operation(f"{name}:sync"):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write(self, name: str, descriptor: int, data: bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(data), CHUNK):
            with self.operation(f"{name}:write:{start // CHUNK}"):
                piece = view[start : start + CHUNK]
                while piece:
                    piece = piece[os.write(descriptor, piece) :]

    def sync_folder(self, name: str, folder: Path) -> None:
        """Put on disk that a file or folder was made, renamed or removed in `folder`."""
        with self.operation(f"{name}:sync-folder"):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def rename(self, name: str, old: Path, new: Path) -> None:
        with self.operation(f"{name}:rename"):
            old.replace(new)
        self.sync_folder(name, new.parent)

    def remove(self, name: str, file: Path) -> None:
        """Remove a file, or find that it is gone; its folder is not yet on disk."""
        with self.operation(f"{name}:remove"):
            file.unlink(missing_ok=True)

    def make_folder(self, name: str, folder: Path) -> None:
        with self.operation(f"{name}:make"):
            folder.mkdir(exist_ok=True)
        self.sync_folder(name, folder.parent)

    def remove_folder(self, name: str, folder: Path) -> None:
        with self.operation(f"{name}:remove"):
            folder.rmdir()
        self.sync_folder(name, folder.parent)


def open_plain(file: Path) -> BinaryIO:
    """A file to read, which must be a plain one. Raises OSError."""
    # Without waiting, or a named pipe in the place of a ledger file would hang the command.
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a file that can be appended to", str(file))
    return os.fdopen(descriptor, "rb")
