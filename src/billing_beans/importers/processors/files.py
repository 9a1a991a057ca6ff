"""Files of a processor: packed or not, in UTF-8 or UTF-16, JSON in its several wrappings or a table.

Nothing here knows what the objects mean; it gives each with the line on which it begins.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Generator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from billing_beans.core.errors import WrongUsage
from billing_beans.core.records import record
from billing_beans.importers.tables import TableFile, table_in

MAX_BYTES = 2_000_000_000
"""A file that unpacks to more is refused: nobody exports so much at once."""

_GZIP = b"\x1f\x8b"
_SPACE = re.compile(r"\s*")
_SEPARATOR = re.compile(r"\s*,?\s*")
_LISTED = re.compile(r'"(data|events|transaction_details)"\s*:\s*\[')


class Found(NamedTuple):
    """A JSON object of a file, and the line on which it begins, from 1."""

    line: int
    value: dict[str, Any]


@record
class SourceFile:
    """A file, read: either a table, or JSON objects one after another."""

    name: str
    digest: str
    table: TableFile | None
    text: str

    def objects(self) -> Iterator[Found]:
        """The objects of a list, of JSON Lines, of one after another, or the only one. Raises `WrongUsage` with the line."""
        return _Objects(self.name, self.text).read()


def open_file(path: Path) -> SourceFile:
    """The file. Raises `WrongUsage` where it can't be read, unpacked or decoded, or is empty."""
    try:
        data = path.read_bytes()
        plain = _unpacked(data) if data.startswith(_GZIP) else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise WrongUsage(f"{path} can't be unpacked: {error}.", instead="fetch the file again") from error
    except OSError as error:
        raise WrongUsage(f"{path} can't be read: {error.strerror}.") from error
    text = _decoded(path, plain)
    digest = hashlib.sha256(data).hexdigest()
    first = text.lstrip()[:1]
    if not first:
        raise WrongUsage(f"{path} is empty.", instead="download it again")
    table = None if first in "{[" else table_in(path, text, digest)
    return SourceFile(path.name, digest, table, text)


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    plain = unpacker.decompress(data, MAX_BYTES)
    if unpacker.unconsumed_tail:
        raise zlib.error("it unpacks to more than 2 GB")
    if not unpacker.eof:
        raise EOFError("it ends before its time")
    return plain


def _decoded(path: Path, data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise WrongUsage(
            f"{path} is not {'UTF-16' if wide else 'UTF-8'} text: line {line} holds {data[error.start : error.start + 1]!r}.",
            instead="download it again and import it as it is; a spreadsheet may have changed its encoding",
        ) from error
    if "\0" in text:
        raise WrongUsage(f"{path} holds bytes that are no text.", instead="download it again")
    return text


class _Objects:
    """Walks through JSON text, object by object, and keeps count of the lines."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._line = 1
        self._counted = 0
        self._decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_number)

    def read(self) -> Iterator[Found]:
        position = self._skip(0, _SPACE)
        if self._text[position] == "[":
            position = yield from self._array(position)
            self._refuse_more(position)
            return
        while position < len(self._text):
            start = position
            value, position = self._one(start)
            listed = _LISTED.search(self._text, start, position) if _is_list(value) else None
            if listed is not None:
                yield from self._array(listed.end() - 1)
            else:
                yield Found(self._line_at(start), value)
            position = self._skip(position, _SPACE)

    def _array(self, position: int) -> Generator[Found, None, int]:
        """The objects of an array that begins here; gives the position behind it."""
        position = self._skip(position + 1, _SPACE)
        while self._text[position : position + 1] != "]":
            value, end = self._one(position)
            yield Found(self._line_at(position), value)
            after = self._skip(end, _SEPARATOR)
            if self._text[after : after + 1] != "]" and "," not in self._text[end:after]:
                raise self._broken(end, "a comma is missing")
            position = after
        return position + 1

    def _one(self, position: int) -> tuple[dict[str, Any], int]:
        try:
            value, end = self._decoder.raw_decode(self._text, position)
        except json.JSONDecodeError as error:
            cut = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated")
            raise self._broken(error.pos, "the file ends in the middle" if cut else error.msg) from None
        except (ValueError, RecursionError) as error:
            raise self._broken(position, str(error)) from None
        if not isinstance(value, dict):
            raise self._broken(position, "an object is expected")
        return value, end

    def _refuse_more(self, position: int) -> None:
        if self._skip(position, _SPACE) < len(self._text):
            raise self._broken(position, "something stands behind the list")

    def _skip(self, position: int, what: re.Pattern[str]) -> int:
        found = what.match(self._text, position)
        return found.end() if found else position

    def _line_at(self, position: int) -> int:
        self._line += self._text.count("\n", self._counted, position)
        self._counted = max(position, self._counted)
        return self._line

    def _broken(self, position: int, why: str) -> WrongUsage:
        line = self._text.count("\n", 0, position) + 1
        return WrongUsage(
            f"line {line} of {self._name} is no JSON: {why}.",
            instead="the file may be cut off: download it again; nothing of it was imported",
        )


def _is_list(value: dict[str, Any]) -> bool:
    """Whether this is a page of a list: Stripe's `{"object": "list", "data": [...]}`, PayPal's `{"events": [...]}`."""
    if value.get("object") == "list":
        return isinstance(value.get("data"), list)
    return any(isinstance(value.get(name), list) for name in ("events", "transaction_details"))


def _no_number(text: str) -> Decimal:
    raise ValueError(f"{text} is no number")
