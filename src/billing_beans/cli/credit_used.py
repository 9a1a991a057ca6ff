"""Applications of credits: what they are worth, as what they count, and those of an invoice in a table."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from billing_beans.books import Books
from billing_beans.cli.credit_words import number
from billing_beans.cli.output import money, table
from billing_beans.core.money import Money, round_money
from billing_beans.credits.records import Application
from billing_beans.credits.units import face_of


def amount_of(books: Books, one: Application, units: Decimal) -> Money:
    """What so many credits of an application are worth by their face value."""
    face = face_of(books, one.unit)
    return round_money(units * face.number, face.currency)


def is_paid(books: Books, one: Application) -> bool:
    """Whether paid credits were used; all of an application are, or none."""
    return any(
        grant.paid
        for use in books.credits.uses.range("application", one.application)
        if (grant := books.credits.grants.get(use.grant)) is not None
    )


def way_of(books: Books, one: Application) -> str:
    """As what credits count: a payment, or a discount after tax or before it."""
    if one.is_discount:
        return "discount before tax"
    return "payment" if is_paid(books, one) else "discount after tax"


def application_result(books: Books, one: Application) -> dict[str, Any]:
    """An application for programs."""
    return {
        "application": one.application,
        "date": one.applied,
        "at": one.at,
        "actor": one.actor,
        "customer": one.customer,
        "invoice": one.invoice,
        "unit": one.unit,
        "as": way_of(books, one),
        "units": number(one.units),
        "amount": amount_of(books, one, one.units),
        "back": number(one.back),
        "standing": number(one.units - one.back),
    }


def used_table(books: Books, found: Iterable[Application]) -> str:
    """What was applied to one invoice, from which grants, and what of it went back; empty where nothing was."""
    rows = [
        (
            one.application,
            one.applied,
            way_of(books, one),
            f"{number(one.units)} {one.unit}",
            money(amount_of(books, one, one.units)),
            number(one.back) if one.back else "",
            ", ".join(dict.fromkeys(use.grant for use in books.credits.uses.range("application", one.application))),
        )
        for one in found
    ]
    columns = ["credits", "used", "as", "units>", "worth>", "given back>", "of"]
    return table(columns, rows) if rows else ""
