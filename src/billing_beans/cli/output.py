"""How results look: tables that a person can read, plain values for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from io import StringIO
from typing import Any

from beancount.core.amount import Amount

from billing_beans.core.facts import LEG_TAGS, Leg


def money(value: Amount) -> str:
    """An amount as in a ledger: `981.00 SGD`."""
    return f"{value.number:f} {value.currency}"


def plain(value: Any) -> Any:
    """A value as JSON can hold it: amounts as `"981.00 SGD"`, numbers as text, so that no digit is lost."""
    if isinstance(value, Amount):
        return money(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return _record(fields)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _record(_posting(value) if isinstance(value, Leg) else value._asdict())
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(one) for one in value]
    return _scalar(value)


def _posting(leg: Leg) -> dict[str, Any]:
    tags = {tag: getattr(leg, tag) for tag in LEG_TAGS}
    return {"account": leg.account, "units": leg.units, "cost": leg.cost, **tags}


def _record(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something, named as in the ledger."""
    said = {name: one for name, one in fields.items() if one is not None and not (isinstance(one, str) and not one)}
    return {name.replace("_", "-"): plain(one) for name, one in said.items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> str:
    """A table as text, without boxes. A column whose head ends with `>` is aligned to the right.

    Where it is wider than the terminal words go on a second line, and where that doesn't do whole columns: nothing is cut.
    """
    cells = [["" if cell is None else str(cell).rstrip() for cell in row] for row in rows]
    heads = [column.removesuffix(">") for column in columns]
    right = [column.endswith(">") for column in columns]
    return _aligned(heads, right, cells, title) or _fitted(heads, right, cells, title)


_GAP = "  "
_INDENT = "    "


def _aligned(heads: list[str], right: list[bool], rows: list[list[str]], title: str | None) -> str | None:
    """A table of plain text that fits: nearly all are. None for others, which need a library that knows wide characters."""
    if not all(cell.isascii() and cell.isprintable() for row in (heads, [title or ""], *rows) for cell in row):
        return None
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    if _total(widths) > _width() or len(title or "") > _width():
        return None
    places = [*zip(widths, right, strict=True)]
    lines = [
        _GAP.join(
            cell.rjust(width) if to_the_right else cell.ljust(width)
            for cell, (width, to_the_right) in zip(row, places, strict=True)
        )
        for row in (heads, *rows)
    ]
    return "\n".join(line.rstrip() for line in ([title] if title else []) + lines)


def _total(widths: Iterable[int]) -> int:
    several = [*widths]
    return sum(several) + len(_GAP) * (len(several) - 1)


def _fitted(heads: list[str], right: list[bool], rows: list[list[str]], title: str | None) -> str:
    """A table of any text: folded at words if that makes it fit, else with the last columns on lines of their own."""
    if _total(_least(heads, right, rows)) <= _width():
        return _folded(heads, right, rows, title)
    # Each row is one line of each block: a text of several lines becomes one.
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [_longest(column, cut=False) for column in zip(heads, *rows, strict=True)]
    blocks = [_block(group, widths, heads, right, rows) for group in _groups(widths, _width())]
    lines = [title] if title else []
    for first, *others in zip(*blocks, strict=True):
        lines += [first, *(_INDENT + other for other in others if other)]
    return "\n".join(lines)


def _block(
    group: list[int], widths: list[int], heads: list[str], right: list[bool], rows: list[list[str]]
) -> list[str]:
    """Some columns as a table of their own: its head, and a line for each row."""
    said = _folded(
        [heads[column] for column in group],
        [right[column] for column in group],
        [[row[column] for column in group] for row in rows],
        None,
        width=_total(widths[column] for column in group) or 1,
    )
    lines = said.split("\n")
    return [*lines, *[""] * (len(rows) + 1 - len(lines))]


def _groups(widths: list[int], width: int) -> Iterator[list[int]]:
    """The columns by the line on which they stand: the first one as it is, the others indented."""
    group: list[int] = []
    room = width
    for column, needed in enumerate(widths):
        if group and _total([*(widths[one] for one in group), needed]) > room:
            yield group
            group, room = [], width - len(_INDENT)
        group.append(column)
    yield group


def _least(heads: list[str], right: list[bool], rows: list[list[str]]) -> list[int]:
    """How narrow each column can be: its longest word; numbers with their currency are one."""
    return [
        max(_longest([head], cut=not to_the_right), _longest(column, cut=not to_the_right))
        for head, to_the_right, column in zip(heads, right, _columns(heads, rows), strict=True)
    ]


def _columns(heads: list[str], rows: list[list[str]]) -> list[list[str]]:
    return [[*column] for column in zip(*rows, strict=True)] or [[] for _ in heads]


def _narrowed(natural: list[int], least: list[int], width: int) -> list[int]:
    """Widths of columns that fit, the widest narrowed first, and none below its longest word: a library would cut that."""
    widths = [*natural]
    while _total(widths) > width:
        wide = [column for column, each in enumerate(widths) if each > least[column]]
        if not wide:
            break
        widths[max(wide, key=lambda column: widths[column])] -= 1
    return widths


def _longest(cells: Iterable[str], *, cut: bool) -> int:
    from rich.cells import cell_len

    parts = (part for cell in cells for part in (cell.split() if cut else cell.split("\n")))
    return max(map(cell_len, parts), default=0)


def _folded(
    heads: list[str], right: list[bool], rows: list[list[str]], title: str | None, width: int | None = None
) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    named = Text(title) if title is not None else None
    made = Table(box=None, title=named, title_justify="left", pad_edge=False, header_style="bold")
    natural = [_longest([head, *column], cut=False) for head, column in zip(heads, _columns(heads, rows), strict=True)]
    widths = _narrowed(natural, _least(heads, right, rows), width or _width())
    for head, to_the_right, column_width in zip(heads, right, widths, strict=True):
        made.add_column(
            head, justify="right" if to_the_right else "left", no_wrap=to_the_right, width=column_width, overflow="fold"
        )
    for row in rows:
        made.add_row(*map(Text, row))
    console = Console(file=StringIO(), width=width or _width(), color_system=None)
    console.print(made)
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().rstrip("\n").split("\n"))


def _width() -> int:
    """The terminal's width; wide where there is none, so that nothing that is piped is folded."""
    import shutil
    import sys

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 200
