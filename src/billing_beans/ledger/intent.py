"""What one write is going to do, said on disk before it begins (architecture, rule 3).

With the intent on disk, a write that was cut off anywhere can be finished: each target either is still as it was, or
holds what it held and a beginning of the text. A target that is neither was changed by somebody else.

Nothing here writes.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Before:
    """A file as it is before a write; one that is absent is like an empty one. Sizes in bytes."""

    exists: bool
    size: int
    sha256: str
    newlines: int
    unfinished: bool
    """Its last line has no newline: somebody edited it by hand."""

    @property
    def lines(self) -> int:
        return self.newlines + self.unfinished


@dataclass(frozen=True, slots=True)
class Target:
    """One file, what it was before, and what is appended to it, to the byte."""

    path: str
    """Relative to the root of the books, with `/`."""
    exists: bool
    size: int
    sha256: str
    text: bytes

    def done(self, file: Path) -> int | None:
        """How many bytes of the text `file` holds already; None if it is not what the write left there.

        Raises OSError if it can't be read.
        """
        try:
            handle = _open(file)
        except FileNotFoundError:
            return None if self.exists else 0
        with handle:
            before = hashlib.sha256()
            if _feed(handle, self.size, before) < self.size or before.hexdigest() != self.sha256:
                return None
            rest = handle.read(len(self.text) + 1)
        return len(rest) if self.text.startswith(rest) else None

    def stands_whole_in(self, file: Path) -> bool:
        """The file is what it was and the whole text: by size, and by reading the text back. Raises OSError."""
        with _open(file) as handle:
            handle.seek(self.size)
            # One byte more than the text: a file that goes on after it is not as it was written.
            return handle.read(len(self.text) + 1) == self.text


@dataclass(frozen=True, slots=True)
class Intent:
    """All targets of one write, in order."""

    targets: tuple[Target, ...]

    def encode(self) -> bytes:
        body = {
            "format": FORMAT,
            "targets": [
                {
                    "path": target.path,
                    "exists": target.exists,
                    "size": target.size,
                    "sha256": target.sha256,
                    "text": target.text.decode(),
                }
                for target in self.targets
            ],
        }
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
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {body['format']}, and this release reads {FORMAT}")
        return cls(tuple(Target(**{**each, "text": each["text"].encode()}) for each in body["targets"]))


def look(file: Path) -> Before:
    """What is in a file now. Raises OSError if it can't be read, or is a folder, a pipe, a device."""
    digest = hashlib.sha256()
    try:
        handle = _open(file)
    except FileNotFoundError:
        return Before(exists=False, size=0, sha256=digest.hexdigest(), newlines=0, unfinished=False)
    size = newlines = 0
    last = b"\n"
    with handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
            size += len(block)
            newlines += block.count(b"\n")
            last = block[-1:]
    return Before(exists=True, size=size, sha256=digest.hexdigest(), newlines=newlines, unfinished=last != b"\n")


def _open(file: Path) -> BinaryIO:
    # Without waiting, or a named pipe in the place of a ledger file would hang the command.
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a file that can be appended to", str(file))
    return os.fdopen(descriptor, "rb")


def _feed(handle: BinaryIO, size: int, digest: hashlib._Hash) -> int:
    """Hash the next `size` bytes; how many there were."""
    left = size
    while left and (block := handle.read(min(left, _BLOCK))):
        digest.update(block)
        left -= len(block)
    return size - left


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _digest(body: object) -> str:
    return hashlib.sha256(_json(body)).hexdigest()
