"""What free credits take off the lines of an invoice before tax (W3)."""

from __future__ import annotations

from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.money import Money, new_money
from billing_beans.credits.units import face_of, worth

_ZERO = Decimal(0)


def discounts_of(books: Books, invoice: str) -> dict[int, Money]:
    """What free credits take off each line of an invoice before tax, as applications to it stand."""
    units: dict[tuple[int, str], Decimal] = {}
    for use in books.credits.standing(invoice):
        if use.is_discount and use.line is not None:
            application = books.credits.applications.get(use.application)
            assert application is not None
            key = (use.line, application.unit)
            units[key] = units.get(key, _ZERO) + use.standing
    found: dict[int, Money] = {}
    for (line, unit), used in units.items():
        amount = worth(used, face_of(books, unit))
        before = found[line].number if line in found else _ZERO
        found[line] = new_money(before + amount.number, amount.currency)
    return found
