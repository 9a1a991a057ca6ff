"""By what a file is known to be unchanged, without reading it."""

from __future__ import annotations

import os
from typing import NamedTuple


class Stamp(NamedTuple):
    """Which file it is, how long, and when it was last changed, in nanoseconds: its content, and anything about it.

    Nobody can set `changed` (the kernel's ctime) to a moment of their own.
    """

    inode: int
    size: int
    modified: int
    changed: int


def stamp_of(status: os.stat_result) -> Stamp:
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
