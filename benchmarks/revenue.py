"""What it costs to release revenue, once and once more, in books where nothing is released yet; and what reads all of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from index import BEAN_CHECK, COMMAND, Taken, taken

UNTIL = "2026-11-30"


def measured(root: Path) -> Iterator[tuple[str, Taken]]:
    """Everything that is deferred is released in one run; once more; and what reads the books afterwards: once each."""
    books = (COMMAND, "--books", root)
    taken(*books, "revenue", "list", "--customer", "customer-0")  # The index is there.
    yield "report deferred", taken(*books, "report", "deferred", "--date", UNTIL)
    yield "revenue release", taken(*books, "revenue", "release", "--until", UNTIL)
    yield "once more", taken(*books, "revenue", "release", "--until", UNTIL)
    yield "check", taken(*books, "check")
    yield "bean-check -C", taken(BEAN_CHECK, "-C", root / "plain.beancount")
