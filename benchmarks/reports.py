"""What reports cost in books of many invoices, beside a query of the same accounts, and what comparing all days adds to a check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from index import COMMAND, PYTHON, Taken, taken

BEAN_QUERY = PYTHON.with_name("bean-query")
RECEIVABLES = "SELECT account, sum(position) WHERE account ~ 'Receivable' GROUP BY account"
PAST = "2026-06-30"
"""Half of the year's invoices were issued by then, and nearly all of them are paid now."""


def measured(root: Path) -> Iterator[tuple[str, Taken]]:
    """Each once, one behind the other; the index is made before."""
    books = (COMMAND, "--books", root)
    taken(*books, "rebuild")
    yield "report aging", taken(*books, "report", "aging")
    yield f"report aging --date {PAST}", taken(*books, "report", "aging", "--date", PAST)
    yield "report tax --period 2026", taken(*books, "report", "tax", "--period", "2026")
    yield "check", taken(*books, "check")
    yield "check --deep", taken(*books, "check", "--deep")
    yield "bean-query", taken(BEAN_QUERY, "-q", root / "plain.beancount", RECEIVABLES)
