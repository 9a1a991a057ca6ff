"""A file that is replaced whole, or taken away, as one of the targets of a write (architecture, rule 3).

What waits in `pending/`, and the list of it, are no facts: they come and go. The new text is written beside the file and put in its
place in one step, so whoever reads finds the old file or the new one. Between the two there is nothing to finish half.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from billing_beans.core.records import record
from billing_beans.ledger.disk import Disk, open_plain


@record
class Exchange:
    """One file, what it was before, and what it becomes: other text, or nothing. The digest is of all of it."""

    path: str
    """Relative to the root of the books, with `/`."""
    exists: bool
    size: int
    sha256: str
    becomes: bytes | None
    was: bytes | None = None
    """What it held, for this process to take back; not in the intent on disk."""

    def done(self, file: Path) -> int | None:
        """1 where `file` is what it is to become, 0 where it is as it was; None if it is neither. Raises OSError."""
        now = content_of(file)
        if now == self.becomes:
            return 1
        before = (self.exists, self.size, self.sha256)
        return 0 if (now is not None, len(now or b""), digest_of(now)) == before else None

    def carry_out(self, disk: Disk, name: str, file: Path, beside: Path) -> None:
        """Put the new text in the file's place, or take the file away. Raises OSError."""
        _put(disk, name, file, beside, self.becomes)

    def restore(self, disk: Disk, name: str, file: Path, beside: Path) -> None:
        """What was there before. Raises OSError."""
        _put(disk, name, file, beside, self.was)


def _put(disk: Disk, name: str, file: Path, beside: Path, content: bytes | None) -> None:
    if content is None:
        disk.remove(name, file)
        disk.sync_folder(name, file.parent)
        return
    with disk.opened(f"{name}:new", beside, os.O_CREAT | os.O_TRUNC) as descriptor:
        if file.exists():
            os.fchmod(descriptor, stat.S_IMODE(file.stat().st_mode))
        disk.write(f"{name}:new", descriptor, content)
    disk.rename(name, beside, file)


def plan_exchange(path: str, file: Path, becomes: bytes | None) -> Exchange:
    """What is to become of a file, as it is now. Raises OSError where it can't be read, or is a folder, a pipe, a device."""
    was = content_of(file)
    return Exchange(path, was is not None, len(was or b""), digest_of(was), becomes, was)


def content_of(file: Path) -> bytes | None:
    """All of a file, or None where there is none. Raises OSError."""
    try:
        handle: BinaryIO = open_plain(file)
    except FileNotFoundError:
        return None
    with handle:
        return handle.read()


def digest_of(content: bytes | None) -> str:
    """An absent file is like an empty one; whether it is there is said beside it."""
    return hashlib.sha256(content or b"").hexdigest()
