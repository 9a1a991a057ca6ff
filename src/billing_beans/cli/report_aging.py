"""`billing-beans report aging` (R5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import (
    Cell,
    answer,
    csv_option,
    customer_option,
    exactly,
    known_parties,
    name_of,
    number,
    seller_option,
)
from billing_beans.cli.session import session_of
from billing_beans.reports.aging import DAYS, AgedInvoice, Aging, AgingRow, aging, parse_buckets

_OF_AN_INVOICE = ("invoice", "issued", "due", "overdue", "total")


@click.command(name="aging")
@customer_option
@seller_option
@click.option(
    "--buckets",
    metavar="DAYS",
    default=",".join(map(str, DAYS)),
    show_default=True,
    help="The last day of each bucket of what is overdue.",
)
@click.option("--invoices", "listed", is_flag=True, help="List each open invoice.")
@csv_option
@global_options
@click.pass_context
def aging_(
    ctx: click.Context, customer: str | None, seller: str | None, buckets: str, listed: bool, as_csv: bool
) -> None:
    """What is open by customer and currency, by how long it has been due; as of today, or of --date.

    What was issued, paid, credited or voided after that day counts for nothing. What a customer has paid for no invoice
    stands beside it.

    \b
    Examples:
      billing-beans report aging
      billing-beans report aging --date 2026-01-31 --invoices
      billing-beans report aging --customer acme --buckets 15,30,60 --csv
    """
    session = session_of(ctx)
    days = parse_buckets(buckets)
    books = session.reading.books
    known_parties(books, customer, seller)
    found = aging(books, day_shown(session, seller), days, customer=customer, seller=seller)
    answer(
        session,
        aging_result(books, found, listed=listed),
        lambda: _words(found, listed=listed),
        lambda: _csv(books, found, listed=listed),
        as_csv=as_csv,
    )


def aging_result(books: Books, found: Aging, *, listed: bool) -> dict[str, Any]:
    """The report for programs: amounts by the names of their buckets."""
    rows = [
        {
            **_row_result(found, row),
            "name": name_of(books, row.customer, found.on),
            **({"invoices": [_invoice_result(found, one) for one in row.invoices]} if listed else {}),
        }
        for row in found.rows
    ]
    totals = [_row_result(found, row) for row in found.totals]
    return {"on": found.on, "buckets": found.labels, "customers": rows, "totals": totals}


def _row_result(found: Aging, row: AgingRow) -> dict[str, Any]:
    said = {"seller": row.seller, "currency": row.currency, **({"customer": row.customer} if row.customer else {})}
    amounts = [exactly(one, row.currency) for one in row.amounts]
    return {
        **said,
        "amounts": dict(zip(found.labels, amounts, strict=True)),
        "open": exactly(row.open, row.currency),
        "unapplied": exactly(row.unapplied, row.currency),
        "balance": exactly(row.balance, row.currency),
    }


def _invoice_result(found: Aging, one: AgedInvoice) -> dict[str, Any]:
    invoice = one.invoice
    return {
        "invoice": invoice.number,
        "issued": invoice.issued,
        "due": invoice.due,
        "overdue": one.overdue,
        "bucket": found.labels[one.bucket],
        "total": invoice.total,
        "open": invoice.open,
    }


def _words(found: Aging, *, listed: bool) -> str:
    if not found.rows:
        return f"Nothing was open on {found.on}."
    parts = [f"Receivables at the end of {found.on}, by the days since they were due"]
    for total in found.totals:
        rows = [row for row in found.rows if (row.seller, row.currency) == (total.seller, total.currency)]
        cells = _listed(rows) if listed else [_cells(row, row.customer) for row in rows]
        heads = ["invoice", "due", "overdue>"] if listed else []
        columns = ["customer", *heads, *(f"{one}>" for one in found.labels), "open>", "unapplied>", "balance>"]
        blank = ("", "", "") if listed else ()
        every = [*cells, _cells(total, "total", blank)]
        parts.append(table(columns, every, title=f"{total.seller}, {total.currency}"))
    return "\n\n".join(parts)


def _cells(row: AgingRow, name: str, between: Sequence[str] = ()) -> list[str]:
    amounts = (*row.amounts, row.open, row.unapplied, row.balance)
    return [name, *between, *(number(one, row.currency) for one in amounts)]


def _listed(rows: Sequence[AgingRow]) -> Iterator[list[str]]:
    """A row for each invoice, and behind those of a customer its sum, where it says more than they do."""
    for row in rows:
        for one in row.invoices:
            amounts = [number(one.invoice.open, row.currency) if place == one.bucket else "" for place in _places(row)]
            overdue = str(max(one.overdue, 0) or "")
            about = [row.customer, one.invoice.number, one.invoice.due.isoformat(), overdue]
            yield [*about, *amounts, number(one.invoice.open, row.currency), "", ""]
        yield _cells(row, row.customer, ("all", "", ""))


def _places(row: AgingRow) -> range:
    return range(len(row.amounts))


def _csv(books: Books, found: Aging, *, listed: bool) -> Iterator[Sequence[Cell]]:
    about = ("date", "seller", "currency", "customer", "name")
    if listed:
        yield (*about, *_OF_AN_INVOICE, "bucket", "open")
    else:
        yield (*about, *found.labels, "open", "unapplied", "balance")
    for row in found.rows:
        who = (found.on, row.seller, row.currency, row.customer, name_of(books, row.customer, found.on))
        if not listed:
            amounts = (*row.amounts, row.open, row.unapplied, row.balance)
            yield (*who, *(exactly(one, row.currency) for one in amounts))
            continue
        for one in row.invoices:
            invoice = one.invoice
            yield (*who, invoice.number, invoice.issued, invoice.due, one.overdue, invoice.total,
                   found.labels[one.bucket], invoice.open)  # fmt: skip
