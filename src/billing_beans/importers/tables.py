"""Tables as people export them: CSV, packed or not, with the columns found by their names."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import WrongUsage
from billing_beans.core.records import record

_GZIP = b"\x1f\x8b"
_DELIMITERS = ",;\t|"
_NEITHER = re.compile(r"[^a-z0-9]")
_FORMULA = re.compile(r"[=+\-@\t\r]")
_ISO_DAY = 10
"""Characters of a day such as 2026-01-31; what may follow is the time of the day."""
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Row(NamedTuple):
    """One row: the line on which it begins, from 1, and its cells as they stand there."""

    line: int
    cells: tuple[str, ...]


@record
class TableFile:
    """A whole file: its header, its rows, and the SHA-256 of its bytes."""

    name: str
    digest: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path) -> TableFile:
    """A CSV file, with `gzip` or without. Blank lines count for nothing. Raises `WrongUsage` where it is none."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data.startswith(_GZIP) else data).decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise WrongUsage(f"{path} can't be unpacked: {error}.", instead="fetch the file again") from error
    except OSError as error:
        raise WrongUsage(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise WrongUsage(
            f"{path} is not UTF-8 text: byte {error.start} is {data[error.start : error.start + 1]!r}."
            if not data.startswith(_GZIP)
            else f"{path} does not hold UTF-8 text.",
            instead="save it as CSV in UTF-8",
        ) from error
    return table_in(path, text, hashlib.sha256(data).hexdigest())


def table_in(path: Path, text: str, digest: str) -> TableFile:
    """The table that the text of a file holds. Raises `WrongUsage` where it is none."""
    rows = list(_rows(path, text))
    if not rows:
        raise WrongUsage(f"{path} is empty.", instead="give a CSV file whose first line names its columns")
    header = tuple(cell.strip() for cell in rows[0].cells)
    return TableFile(path.name, digest, header, tuple(rows[1:]))


def _rows(path: Path, text: str) -> Iterator[Row]:
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count), strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cells):
                yield Row(before + 1, tuple(cells))
            before = reader.line_num
    except csv.Error as error:
        raise WrongUsage(
            f"{path} is no CSV file from line {before + 1} on: {error}.",
            instead="quote text that holds quotes, and write each of them twice",
        ) from error


class Column(NamedTuple):
    """What is looked for in a table: its name here, what others call it, and whether it must be there."""

    name: str
    called: tuple[str, ...]
    needed: bool = False


def places_of(table: TableFile, columns: Sequence[Column], chosen: Mapping[str, str]) -> dict[str, int]:
    """Where each column stands: where `chosen` says, or by a name that it usually has. Raises `WrongUsage`."""
    if unknown := set(chosen) - {column.name for column in columns}:
        raise WrongUsage(
            f"{', '.join(sorted(unknown))} is nothing that can be mapped.",
            instead=f"choose from {', '.join(column.name for column in columns)}",
        )
    places: dict[str, int] = {}
    for column in columns:
        place = _place(table, column, chosen.get(column.name))
        if place is not None:
            places[column.name] = place
    if missing := [column.name for column in columns if column.needed and column.name not in places]:
        raise WrongUsage(
            f"{table.name} has no column for {', '.join(missing)}; it has {', '.join(table.header)}.",
            instead=f"say which one it is, such as --map {missing[0]}={table.header[0]!r}",
        )
    return places


def _place(table: TableFile, column: Column, chosen: str | None) -> int | None:
    if chosen is not None:
        if chosen not in table.header:
            raise WrongUsage(
                f"{table.name} has no column {chosen!r}; it has {', '.join(table.header)}.",
                instead=f"give --map once for each column, such as --map {column.name}={table.header[0]!r}",
            )
        return table.header.index(chosen)
    names = [_NEITHER.sub("", name.lower()) for name in table.header]
    return next((names.index(name) for name in column.called if name in names), None)


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell


def day_in(cell: str, pattern: str | None, today: date) -> date:
    """The day that a cell says: `2026-01-31`, also with a time behind it, or as `pattern` says. Raises `WrongUsage`."""
    return moment_in(cell, pattern, today)[0]


def moment_in(cell: str, pattern: str | None, today: date) -> tuple[date, str]:
    """The day that a cell says, and the time behind it as it stands there, or nothing. Raises `WrongUsage`."""
    if pattern is None:
        day = cell[:_ISO_DAY] if cell[_ISO_DAY : _ISO_DAY + 1] in (" ", "T") else cell
        if day in ("today", "yesterday"):
            raise WrongUsage(f"{cell!r} is no date.", instead="write it as year-month-day")
        return parse_day(day, today), cell[_ISO_DAY + 1 :]
    try:
        found = datetime.strptime(cell, pattern)  # noqa: DTZ007 - the local day of the seller, by definition
    except ValueError:
        raise WrongUsage(
            f"{cell!r} is no date of the form {pattern}.", instead="give the right --date-format"
        ) from None
    return parse_day(found.date().isoformat(), today), found.time().isoformat()
