"""`billing-beans invoice list` (I8)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.invoice_words import InvoiceRow, row_of, status_words
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import Money, round_money
from billing_beans.invoicing.operations import draft_named
from billing_beans.invoicing.status import Status
from billing_beans.ledger.reading import AsOf
from billing_beans.subscriptions.origins import Origin, origin_of


@click.command(name="list")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), type=NAME, help="Only of this customer.")
@click.option("--status", type=click.Choice([one.value for one in Status]), help="Only those that stand here.")
@click.option("--origin", type=click.Choice([one.value for one in Origin]), help="Only those that come from this.")
@click.option("--since", metavar="DATE", help="Drafted on this day or later.")
@click.option("--until", metavar="DATE", help="Drafted on this day or earlier.")
@global_options
@click.pass_context
def list_(
    ctx: click.Context,
    customer: str | None,
    status: str | None,
    origin: str | None,
    since: str | None,
    until: str | None,
) -> None:
    """Invoices, newest first, drafts and voided ones too; below them what is owed in each currency.

    \b
    Examples:
      billing-beans invoice list --customer acme
      billing-beans invoice list --status partially-paid
      billing-beans invoice list --origin subscription-start
      billing-beans invoice list --since 2026-01-01 --until 2026-03-31 --json
    """
    session = session_of(ctx)
    first = parse_day(since, session.today) if since is not None else None
    last = parse_day(until, session.today) if until is not None else None
    if first and last and first > last:
        raise WrongUsage(f"There is no day from {first} until {last}.", instead="give --since the earlier of the two")
    books = session.reading.books
    rows = [
        one
        for one in _found(books, customer)
        if (status is None or one.status.value == status)
        and (first is None or first <= one.drafted)
        and (last is None or one.drafted <= last)
        and (origin is None or origin_of(books, draft_named(books, one.number)).value == origin)
    ]
    owed = _owed(rows)
    result = {"invoices": rows, "owed": owed, **({"origin": origin} if origin is not None else {})}
    session.answer(result, _list_words(rows, owed, session.reading.as_of))


def _found(books: Books, customer: str | None) -> list[InvoiceRow]:
    if customer is None:
        heads = list(books.invoices.heads.all())
    elif any(True for _ in books.catalog.customers.range("versions", customer)):
        heads = list(books.invoices.heads.range("customer", customer))
    else:
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    return [row_of(one) for one in sorted(heads, key=lambda head: (head.drafted_id, head.number), reverse=True)]


def _owed(rows: list[InvoiceRow]) -> list[Money]:
    """What is owed on these invoices together, by currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.owed.currency] += row.owed.number
    return [round_money(number, currency) for currency, number in sorted(sums.items())]


def _list_words(rows: list[InvoiceRow], owed: list[Money], as_of: AsOf | None) -> str:
    if not rows:
        return "No invoices."
    columns = ["invoice", "drafted", "issued", "due", "customer", "total>", "paid>", "owed>", "status"]
    cells = [
        (
            one.number,
            one.drafted,
            one.issued_before or one.issued,
            one.due,
            one.customer,
            money(one.total),
            f"{one.settled.number:f}",
            f"{one.owed.number:f}",
            status_words(one.status),
        )
        for one in rows
    ]
    count = f"{len(rows)} invoice{'s' * (len(rows) != 1)}"
    open_ = [money(one) for one in owed if one.number]
    moment = f", as of {as_of.at}" if as_of else ""
    return f"{table(columns, cells)}\n{count}, {'owed: ' + ', '.join(open_) if open_ else 'nothing owed'}{moment}"
