"""What an index depends on besides the ledger: this program to the last line, and the libraries that it reads with."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import beancount

import billing_beans

_PACKAGE = Path(billing_beans.__file__).parent


@cache
def release() -> str:
    """A digest that changes with every release, with every edit of the program, and when a library is installed anew.

    Files are not read: size and time are enough to notice that one was replaced. A process asks once: what is replaced
    while it runs is not what it runs.
    """
    libraries = os.stat(Path(beancount.__file__).parent.parent).st_mtime_ns  # noqa: PTH116 - in the hot path of every command
    parts = (billing_beans.__version__, beancount.__version__, sys.version, libraries, *sorted(_modules(_PACKAGE)))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _modules(folder: Path | str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False) and one.name != "__pycache__":
                yield from _modules(one.path)
            elif one.name.endswith(".py"):
                status = one.stat()
                yield one.path, status.st_size, status.st_mtime_ns
