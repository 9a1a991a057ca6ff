"""Ledger files, each read once: what stands in it, and by what it is known again without being read.

The bytes that are parsed are those that the digests are of. A digest stands for `CHUNK` bytes, so that what was appended to
a large file costs no more than its last chunk.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from beancount.core.data import Directive
from beancount.parser import parser

from billing_beans.core.errors import BooksUnusable
from billing_beans.core.records import record
from billing_beans.ledger.stamps import Stamp, stamp_of

CHUNK = 1 << 18

_STATEFUL = re.compile(rb"^(push|pop)(tag|meta)", re.MULTILINE)


@record
class Source:
    """One file, or what was appended to it: `errors` are the parser's, `includes` what its includes lead to, by pattern.

    `stateful`: it says something about all lines that follow, so that they mean nothing by themselves.
    """

    path: Path
    stamp: Stamp
    digests: tuple[bytes, ...]
    lines: int
    whole_lines: bool
    stateful: bool
    entries: list[Directive]
    errors: list[Any]
    includes: dict[str, tuple[Path, ...]]


def read_source(path: Path) -> Source:
    """A file, parsed. Raises `BooksUnusable` where it can't be read or is no text."""
    try:
        with path.open("rb") as handle:
            stamp = stamp_of(os.fstat(handle.fileno()))
            data = handle.read()
        text = parsed(path, data)
    except (OSError, UnicodeDecodeError) as error:
        raise BooksUnusable(
            f"{path} can't be read: {error.strerror if isinstance(error, OSError) else 'it is not UTF-8 text'}.",
            instead="restore the file with git, or take its include out of the ledger",
        ) from error
    return source_of(path, stamp, data, text)


Parsed = tuple[list[Directive], list[Any], dict[str, Any]]


def parsed(path: Path, data: bytes, first_line: int = 1) -> Parsed:
    """Directives, errors and options of a text, unbooked. Raises `UnicodeDecodeError`."""
    data.decode("utf-8")
    found: Parsed = parser.parse_file(BytesIO(data), report_filename=str(path), report_firstline=first_line)
    return found


def unparsed(includes: Sequence[str] = ()) -> Parsed:
    """In the place of what the parser would find, for a text that this program has just written."""
    return [], [], {"include": includes}


def source_of(path: Path, stamp: Stamp, data: bytes, found: Parsed) -> Source:
    entries, errors, options = found
    return Source(
        path,
        stamp,
        tuple(chunks_of(data)),
        data.count(b"\n"),
        data[-1:] in (b"", b"\n"),
        _STATEFUL.search(data) is not None,
        entries,
        errors,
        {pattern: tuple(included(path, pattern)) for pattern in options["include"]},
    )


def included(path: Path, pattern: str) -> list[Path]:
    """The files that an include leads to."""
    absolute = str(path.parent / pattern)
    if glob.has_magic(pattern):
        # As Beancount does it: a pattern may begin anywhere, which Path.glob does not allow.
        return [Path(found) for found in sorted(glob.glob(absolute, recursive=True))]  # noqa: PTH207
    return [Path(absolute)]


def chunks_of(data: bytes) -> Iterator[bytes]:
    """The digest of each chunk."""
    view = memoryview(data)
    for start in range(0, len(data), CHUNK):
        yield hashlib.sha256(view[start : start + CHUNK]).digest()


def is_beginning(handle: BinaryIO, size: int, digests: Iterable[bytes]) -> bool:
    """Whether the first `size` bytes of a file have these digests; reading goes on behind them. Raises OSError."""
    left = size
    for digest in digests:
        data = handle.read(min(left, CHUNK))
        left -= len(data)
        if hashlib.sha256(data).digest() != digest:
            return False
    return left == 0
