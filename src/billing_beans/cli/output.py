"""How results look: tables that a person can read, plain values for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
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
    """A table as text, without boxes. A column whose head ends with `>` is aligned to the right."""
    cells = [["" if cell is None else str(cell).rstrip() for cell in row] for row in rows]
    heads = [column.removesuffix(">") for column in columns]
    right = [column.endswith(">") for column in columns]
    return _aligned(heads, right, cells, title) or _folded(heads, right, cells, title)


_GAP = "  "


def _aligned(heads: list[str], right: list[bool], rows: list[list[str]], title: str | None) -> str | None:
    """A table of plain text that fits: nearly all are. None for others, which need a library that knows wide characters."""
    if not all(cell.isascii() and cell.isprintable() for row in (heads, [title or ""], *rows) for cell in row):
        return None
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > _width() or len(title or "") > _width():
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


def _folded(heads: list[str], right: list[bool], rows: list[list[str]], title: str | None) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    named = Text(title) if title is not None else None
    made = Table(box=None, title=named, title_justify="left", pad_edge=False, header_style="bold")
    for head, to_the_right in zip(heads, right, strict=True):
        made.add_column(head, justify="right" if to_the_right else "left", no_wrap=to_the_right)
    for row in rows:
        made.add_row(*map(Text, row))
    console = Console(file=StringIO(), width=_width(), color_system=None)
    console.print(made)
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().rstrip("\n").split("\n"))


def _width() -> int:
    """The terminal's width; wide where there is none, so that nothing that is piped is folded."""
    import shutil
    import sys

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 200
