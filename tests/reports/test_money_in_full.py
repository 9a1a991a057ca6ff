"""Every kind of movement on a statement and in the tax of its period; the figures were reckoned by hand (R5)."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from billing_beans.reports.aging import aging
from billing_beans.reports.periods import Period
from billing_beans.reports.statement import statements
from billing_beans.reports.tax import tax_report

sys.path.append(str(Path(__file__).parent))

from histories import MOVED, played

if TYPE_CHECKING:
    from billing_beans.books import Books

ONE, TWO, THREE = (f"SG-2026-{number:05d}" for number in (1, 2, 3))
NOTE, OTHER_NOTE = "CN-SG-2026-00001", "CN-SG-2026-00002"
WHOLE = Period(None, date(2026, 12, 31))


def lines_of(books: Books) -> list[tuple[str, str, str, str, str]]:
    """What, its number, what it adds, the balance after it, and for which invoices it counts."""
    (one,) = statements(books, "acme", WHOLE)
    return [
        (
            line.what,
            line.reference,
            str(line.amount),
            str(line.balance),
            ", ".join(f"{part.invoice} {part.amount}" for part in line.applied),
        )
        for line in one.lines
    ]


def test_a_statement_tells_the_whole_story() -> None:
    # Advice is 36.33 a piece with tax. 200.00 were paid for 72.66 and 90.00, which leaves 37.34; one piece came back.
    assert lines_of(played(MOVED).books) == [
        ("invoice", ONE, "72.66", "72.66", ""),
        ("invoice", TWO, "90.00", "162.66", ""),
        ("payment", "PAY-1", "-200.00", "-37.34", f"{ONE} -72.66, {TWO} -90.00"),
        ("credit-note", NOTE, "-36.33", "-73.67", ""),
        ("invoice", THREE, "108.99", "35.32", ""),
        ("allocation", "ALLOC-1", "0.00", "35.32", f"{THREE} -37.34"),
        ("allocation", "ALLOC-2", "0.00", "35.32", f"{THREE} -36.33"),
        ("allocation-reversed", THREE, "0.00", "35.32", f"{THREE} 37.34"),
        ("refund", "REF-1", "10.00", "45.32", ""),
        ("chargeback", "CB-1", "190.00", "235.32", f"{ONE} 72.66, {TWO} 90.00"),
        ("chargeback-reversed", "CB-1", "-190.00", "45.32", f"{ONE} -72.66, {TWO} -90.00"),
        ("write-off", "WO-1", "-72.66", "-27.34", f"{THREE} -72.66"),
        ("write-off-reversed", "WO-1", "72.66", "45.32", f"{THREE} 72.66"),
        ("invoice", "OLD-1", "36.33", "81.65", ""),
        # 20.00 USD at 0.74 USD for one SGD.
        ("payment", "PAY-2", "-27.03", "54.62", "OLD-1 -27.03"),
        ("credit-note", OTHER_NOTE, "-36.33", "18.29", "OLD-1 -9.30"),
    ]


def test_a_line_names_the_money_that_it_moves_and_the_invoice_that_it_credits() -> None:
    (one,) = statements(played(MOVED).books, "acme", WHOLE)
    by_number = {line.reference: line for line in one.lines}
    assert by_number["ALLOC-2"].origin == f"credit-note/{NOTE}"
    assert by_number["REF-1"].origin == "payment/PAY-1"
    assert (by_number["PAY-1"].origin, by_number[NOTE].origin) == ("", "")
    assert by_number[NOTE].credits == ONE


def test_aging_follows_what_was_given_back_taken_back_and_given_up() -> None:
    books = played(MOVED).books

    def figures(month: int, day: int) -> tuple[str, str]:
        (row,) = [one for one in aging(books, date(2026, month, day)).rows if one.customer == "acme"]
        return str(row.open), str(row.unapplied)

    assert figures(1, 30) == ("0", "73.67")
    assert figures(2, 3) == ("35.32", "0")
    assert figures(2, 4) == ("72.66", "37.34")
    # What was unapplied of the payment is gone first, and the invoices that it had settled are open again.
    assert figures(2, 11) == ("235.32", "0")
    assert figures(2, 20) == ("72.66", "27.34")
    assert [one.customer for one in aging(books, date(2026, 2, 21)).rows] == ["acme"]
    assert figures(2, 21) == ("0", "27.34")
    assert figures(2, 26) == ("72.66", "54.37")


def test_tax_counts_credit_notes_and_relief_and_not_what_was_open_before_the_books() -> None:
    books = played(MOVED).books

    def found(period: Period) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
        return {(row.tax_code, row.what): (row.net, row.tax) for row in tax_report(books, period, "sg").rows}

    whole = found(WHOLE)
    # Two, three pieces at 33.33; credited were one of them, and the piece that was invoiced before the books began.
    assert whole["GST-9", "invoices"] == (Decimal("166.65"), Decimal("15.00"))
    assert whole["GST-9", "credit notes"] == (Decimal("-66.66"), Decimal("-6.00"))
    assert whole["GST-9", "write-offs"] == (0, 0)
    assert whole["ZERO", "invoices"] == (Decimal("90.00"), 0)
    # 72.66 of 108.99 were given up: two thirds of the tax on three pieces.
    day = date(2026, 2, 21)
    assert found(Period(day, day)) == {("GST-9", "write-offs"): (Decimal("-66.66"), Decimal("-6.00"))}
