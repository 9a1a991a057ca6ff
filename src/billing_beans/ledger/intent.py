"""What one write is going to do, said on disk before it begins (architecture, rule 3).

With the intent on disk, a write that was cut off anywhere can be finished: each target either is still as it was, or
holds what it held and a beginning of the text. A target that is neither was changed by somebody else.

Nothing here writes.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from billing_beans.core.records import record
from billing_beans.ledger.disk import open_plain
from billing_beans.ledger.exchange import Exchange
from billing_beans.ledger.stamps import Stamp

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 3
APPENDING = 2
"""The format of an intent that only appends, as releases before wrote it and can finish it."""
_BLOCK = 1 << 20
_TAIL = 1 << 16
"""How much of a file is compared before something is appended: with its size that says which file it is, and where it ends.

More would make each command as slow as its files are long.
"""


@record
class Before:
    """A file as it is before a write; one that is absent is like an empty one. Sizes in bytes."""

    exists: bool
    size: int
    sha256: str
    """Of its last `_TAIL` bytes."""
    newlines: int
    unfinished: bool
    """Its last line has no newline: somebody edited it by hand."""

    @property
    def lines(self) -> int:
        return self.newlines + self.unfinished


@record
class Target:
    """One file, what it was before, and what is appended to it, to the byte."""

    path: str
    """Relative to the root of the books, with `/`."""
    exists: bool
    size: int
    sha256: str
    """Of its last `_TAIL` bytes before."""
    text: bytes
    stamp: Stamp | None = None
    """How the file stood when the write was planned, where that is known; not in the intent on disk."""

    def done(self, file: Path) -> int | None:
        """How many bytes of the text `file` holds already; None if it is not what the write left there.

        Raises OSError if it can't be read.
        """
        try:
            handle = open_plain(file)
        except FileNotFoundError:
            return None if self.exists else 0
        with handle:
            if os.fstat(handle.fileno()).st_size < self.size or _tail_digest(handle, self.size) != self.sha256:
                return None
            rest = handle.read(len(self.text) + 1)
        return len(rest) if self.text.startswith(rest) else None

    def stands_whole_in(self, file: Path) -> bool:
        """The file is what it was and the whole text: by size, and by reading the text back. Raises OSError."""
        with open_plain(file) as handle:
            handle.seek(self.size)
            # One byte more than the text: a file that goes on after it is not as it was written.
            return handle.read(len(self.text) + 1) == self.text


@record
class Intent:
    """All targets of one write, in order: what is appended to, and what is replaced or taken away."""

    targets: tuple[Target | Exchange, ...]

    def encode(self) -> bytes:
        only_appends = all(isinstance(target, Target) for target in self.targets)
        body = {"format": APPENDING if only_appends else FORMAT, "targets": [_said(target) for target in self.targets]}
        return _json({**body, "digest": _digest(body)})

    @classmethod
    def decode(cls, data: bytes) -> Intent:
        """The intent as it was encoded. Raises ValueError, in words, for anything else: cut off, changed, newer."""
        try:
            body = json.loads(data)
            digest = body.pop("digest")
        except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
            raise ValueError("it is cut off, or no intent at all") from None
        if digest != _digest(body):
            raise ValueError("its digest does not fit its content")
        if body["format"] not in (APPENDING, FORMAT):
            raise ValueError(f"its format is {body['format']}, and this release reads {FORMAT}")
        return cls(tuple(_target(each) for each in body["targets"]))


def _said(target: Target | Exchange) -> dict[str, Any]:
    said = {"path": target.path, "exists": target.exists, "size": target.size, "sha256": target.sha256}
    if isinstance(target, Target):
        return {**said, "text": target.text.decode()}
    return {**said, "becomes": None if target.becomes is None else target.becomes.decode()}


def _target(said: dict[str, Any]) -> Target | Exchange:
    if "text" in said:
        return Target(**{**said, "text": said["text"].encode()})
    becomes = said["becomes"]
    return Exchange(**{**said, "becomes": None if becomes is None else becomes.encode()})


def look(file: Path, lines: int | None = None) -> Before:
    """What is in a file now; where its `lines` are known, and all of them whole, nothing is counted.

    Raises OSError if it can't be read, or is a folder, a pipe, a device.
    """
    try:
        handle = open_plain(file)
    except FileNotFoundError:
        return Before(exists=False, size=0, sha256=hashlib.sha256().hexdigest(), newlines=0, unfinished=False)
    with handle:
        size = os.fstat(handle.fileno()).st_size
        digest = _tail_digest(handle, size)
        handle.seek(max(0, size - 1))
        unfinished = handle.read(1) not in (b"", b"\n")
        newlines = _newlines(handle) if lines is None or unfinished else lines
    return Before(exists=True, size=size, sha256=digest, newlines=newlines, unfinished=unfinished)


def _newlines(handle: BinaryIO) -> int:
    handle.seek(0)
    return sum(block.count(b"\n") for block in iter(partial(handle.read, _BLOCK), b""))


def _tail_digest(handle: BinaryIO, size: int) -> str:
    """Of the last bytes of the first `size`; reading goes on behind them."""
    start = max(0, size - _TAIL)
    handle.seek(start)
    return hashlib.sha256(handle.read(size - start)).hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _digest(body: object) -> str:
    return hashlib.sha256(_json(body)).hexdigest()
