"""Taxes on documents: what each is called, its sums by code and rate, and totals in the currency of the tax office (R4)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from billing_beans.core.accounts import place_of
from billing_beans.core.money import Money, minor_digits, times
from billing_beans.documents.model import ZERO, TaxTotal, TotalsInCurrency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from billing_beans.books import Books
    from billing_beans.catalog.facts import TaxCodeAdded

PERCENT = Decimal(100)
# What a name of a tax code says that the document says beside it anyway: "GST 9 %", "GST exempt".
SAID_BESIDE = re.compile(r"\s*[-,(]?\s*(\d+([.,]\d+)?\s*%|\bexempt)\s*\)?\s*$", re.IGNORECASE)


class TaxedLine(Protocol):
    """A line of an invoice or a credit note, as the books have it."""

    @property
    def tax_code(self) -> str: ...
    @property
    def tax_rate(self) -> Decimal: ...
    @property
    def amount(self) -> Money: ...
    @property
    def tax(self) -> Money: ...


def tax_codes(books: Books, lines: Iterable[TaxedLine], day: date) -> dict[str, TaxCodeAdded]:
    """The tax codes of the lines, as they were on the day of the invoice's draft."""
    found = {line.tax_code: books.catalog.tax_code(line.tax_code, day) for line in lines}
    return {name: code for name, code in found.items() if code is not None}


def is_exempt(code: TaxCodeAdded) -> bool:
    """A rate of zero alone may be a zero rate, which is not the same: the code or its name says that it is exempt."""
    return code.rate == 0 and "exempt" in f"{code.tax_code} {code.name or ''}".lower()


def _tax_name(code: TaxCodeAdded) -> str:
    """What the tax is called: the code's name, else what its account is called, `GST` for `Liabilities:SG:Tax:GST`."""
    place = place_of(code.account)
    account = place.owner[-1] if place is not None and place.owner else ""
    return SAID_BESIDE.sub("", code.name or "") or account


def tax_totals(lines: Iterable[TaxedLine], codes: Mapping[str, TaxCodeAdded], general: str) -> tuple[TaxTotal, ...]:
    """The totals of each tax code and rate, in the order in which they first stand in a line.

    `general` is what a tax without any name is called.
    """
    totals: dict[tuple[str, Decimal], TaxTotal] = {}
    for line in lines:
        code = codes[line.tax_code]
        key = (line.tax_code, line.tax_rate)
        before = totals.get(key)
        totals[key] = TaxTotal(
            line.tax_code,
            _tax_name(code) or general,
            line.tax_rate * PERCENT,
            (before.base if before else ZERO) + line.amount.number,
            (before.tax if before else ZERO) + line.tax.number,
            exempt=is_exempt(code),
        )
    return tuple(totals.values())


def totals_at(rate: Money | None, subtotal: Money, tax: Money) -> TotalsInCurrency | None:
    """The totals in the seller's own currency at the rate of the day of issue; None where that is the document's.

    Singapore, the United Kingdom and the European Union want the tax in their own money on an invoice in another (directive
    2006/112/EC, article 230).
    """
    if rate is None or rate.currency == subtotal.currency:
        return None
    net, taxed = (times(one, rate.number, rate.currency).number for one in (subtotal, tax))
    return TotalsInCurrency(rate.currency, minor_digits(rate.currency), rate.number, net, taxed, net + taxed)
