"""The rows of a report by the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money
from billing_beans.importers.processors.amounts import decimal_mark, marked_amount
from billing_beans.importers.processors.hints import text_of
from billing_beans.importers.tables import Row, TableFile

_NEITHER = re.compile(r"[^\w]+")
_METADATA = re.compile(r"(?:payment_)?metadata\[(?P<inside>[^\]]+)\]|(?P<before>.+?) \(metadata\)")
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")


def bare(name: str) -> str:
    """The name of a column without capitals and marks: `Created (UTC)` is `createdutc`."""
    return _NEITHER.sub("", name.lower()).replace("_", "")


class Columns:
    """Where each column of a report stands, its decimal mark, and its columns of metadata."""

    def __init__(self, table: TableFile, wanted: Mapping[str, Sequence[str]], amounts: Sequence[str]) -> None:
        names = [bare(name) for name in table.header]
        self.places = {
            column: names.index(name)
            for column, called in wanted.items()
            for name in [next((one for one in called if one in names), None)]
            if name is not None
        }
        self.metadata = {place: found for place, name in enumerate(table.header) if (found := _metadata_name(name))}
        self.width = len(table.header)
        places = [self.places[name] for name in amounts if name in self.places]
        self.mark = decimal_mark(row.cells[place] for row in table.rows for place in places if place < len(row.cells))

    def has(self, *columns: str) -> bool:
        """Whether the report has all of these."""
        return all(column in self.places for column in columns)


class Cells:
    """One row, by column. Raises `WrongUsage` where it has more or fewer cells than the header."""

    __slots__ = ("_cells", "_columns")

    def __init__(self, columns: Columns, row: Row) -> None:
        if len(row.cells) != columns.width:
            raise WrongUsage(f"the row has {len(row.cells)} cells, and the header {columns.width}")
        self._columns = columns
        self._cells = row.cells

    def __getitem__(self, column: str) -> str:
        """The cell without spaces around it; empty where there is no such column."""
        place = self._columns.places.get(column)
        return "" if place is None else text_of(self._cells[place])

    def needed(self, column: str) -> str:
        """The cell, which must not be empty. Raises `WrongUsage`."""
        found = self[column]
        if not found:
            raise WrongUsage(f"there is no {column}")
        return found

    def amount(self, column: str, currency: str) -> Money:
        """An amount, signed as it stands there. Raises `WrongUsage`."""
        return marked_amount(self.needed(column), currency, self._columns.mark)

    def amount_or_none(self, column: str, currency: str) -> Money | None:
        """The amount, if there is one. Raises `WrongUsage` for what is none."""
        return self.amount(column, currency) if self[column] else None

    def metadata(self) -> dict[str, str]:
        """What the seller gave the processor to keep, by name."""
        return {name: self._cells[place] for place, name in self._columns.metadata.items()}


def utc_moment(cell: str) -> datetime:
    """A moment of a report that is in UTC: `2026-01-31 10:30:00`, with seconds or without. Raises `WrongUsage`."""
    text = cell.strip().removesuffix("Z").removesuffix(" UTC")
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise WrongUsage(f"{cell!r} is no moment such as 2026-01-31 10:30:00")


def _metadata_name(header: str) -> str:
    found = _METADATA.fullmatch(header.strip())
    return (found["inside"] or found["before"]) if found else ""
