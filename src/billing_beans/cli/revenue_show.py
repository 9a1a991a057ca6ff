"""`billing-beans revenue list` and `show` (R5)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import known_parties
from billing_beans.cli.revenue_words import amount, days, exactly, line_of, released_until, with_deferred
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.reports.deferred import by_month
from billing_beans.revenue.operations import deferred_of
from billing_beans.revenue.records import DeferredRevenue, MoveKind, RevenueMove, Standing


@click.command(name="list")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), type=NAME, help="Only of this customer.")
@click.option("--all", "every", is_flag=True, help="Also what is released, credited or void.")
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, every: bool) -> None:
    """Lines of which revenue is deferred: for which days, until when it was released, what is left.

    \b
    Examples:
      billing-beans revenue list
      billing-beans revenue list --customer acme --all --json
    """
    session = session_of(ctx)
    books = session.reading.books
    known_parties(books, customer, None)
    found = [one for one in _records(books, customer, every=every) if every or one.left]
    rows = [
        (
            one.customer,
            line_of(one),
            one.product,
            days(one.start, one.period_end),
            amount(one.amount, one.currency),
            released_until(one),
            amount(one.left, one.currency),
            one.currency,
        )
        for one in found
    ]
    columns = ["customer", "line", "product", "days", "amount>", "released until", "deferred>", "currency"]
    nothing = "No revenue is deferred." if not every else "No revenue was ever deferred."
    session.answer([_result(one) for one in found], table(columns, rows) if rows else nothing)


def _records(books: Books, customer: str | None, *, every: bool) -> Iterable[DeferredRevenue]:
    revenue = books.revenue.deferred
    if customer is not None:
        return revenue.range("customer", customer)
    found = [*revenue.range("open", Standing.OPEN), *(revenue.range("over", Standing.OVER) if every else ())]
    return sorted(found, key=lambda one: (one.customer, one.sequence, one.line))


@click.command()
@click.argument("number", metavar="NUMBER", type=NAME, shell_complete=completes(with_deferred))
@global_options
@click.pass_context
def show(ctx: click.Context, number: str) -> None:
    """The revenue of one invoice, or of deferred revenue of before: what moved it, and what its months will earn.

    \b
    Examples:
      billing-beans revenue show SG-2026-00001
      billing-beans revenue show SUB-3 --json
    """
    session = session_of(ctx)
    books = session.reading.books
    found = deferred_of(books, number)
    result = [
        {
            **_result(one),
            "moves": [*_moves(books, one)],
            "months": [
                {"month": f"{month:%Y-%m}", "amount": exactly(sum_, one.currency)} for month, sum_ in by_month(one)
            ],
        }
        for one in found
    ]
    session.answer(result, "\n\n".join(_words(books, one) for one in found))


def _result(one: DeferredRevenue) -> dict[str, Any]:
    said = one._asdict()
    names = ("source", "line", "customer", "seller", "product", "account", "income", "start")
    return {
        **{name: said[name] for name in names if said[name] != 0},
        "end": one.end,
        "released-until": released_until(one),
        **{name: exactly(getattr(one, name), one.currency) for name in ("amount", "released", "taken", "left")},
    }


def _moves(books: Books, found: DeferredRevenue) -> Iterable[RevenueMove]:
    return books.revenue.moves.range("record", (found.source, found.line))


_SAID = {
    MoveKind.DEFERRED: "deferred",
    MoveKind.RELEASED: "released",
    MoveKind.CREDITED: "credited",
    MoveKind.DISCOUNTED: "free credits",
    MoveKind.VOIDED: "void",
}


def _words(books: Books, found: DeferredRevenue) -> str:
    """What moved a record, and what is to come."""
    what = f"line {found.line} of {found.name}" if found.line else f"{found.name}, of before"
    taken = f", taken away {amount(found.taken, found.currency)}" if found.taken else ""
    of, currency = days(found.start, found.period_end), found.currency
    sums = f"released {amount(found.released, currency)}{taken}, deferred {exactly(found.left, currency)}"
    words = [
        f"{found.product}, {what}, {found.customer}: {exactly(found.amount, currency)} for {of}",
        f"  {sums}; becomes {found.income}",
    ]
    left, since, rows = Decimal(0), found.start, []
    for move in _moves(books, found):
        left += move.amount
        of = days(since, move.until) if move.until is not None else _reference(move)
        since = move.until or since
        rows.append(
            (f"  {move.date}", _SAID[move.kind], of, amount(move.amount, found.currency), amount(left, found.currency))
        )
    words.append(table(["  date", "what", "of", "amount>", "deferred>"], rows))
    coming = [(f"  {month:%Y-%m}", amount(sum_, found.currency)) for month, sum_ in by_month(found)]
    if coming:
        words += [table(["  month", "to be released>"], coming)]
    return "\n".join(words)


def _reference(move: RevenueMove) -> str:
    return move.reference.partition("/")[2]
