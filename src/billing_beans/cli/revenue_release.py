"""`billing-beans revenue release` (R5)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

import click

from billing_beans.acts.revenue import Releasing
from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.progress import long_progress
from billing_beans.cli.revenue_words import amount, exactly, with_deferred
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import WrongUsage
from billing_beans.core.words import count_words
from billing_beans.ledger.ledger import Outcome
from billing_beans.revenue.facts import RevenueReleased
from billing_beans.revenue.operations import ReleaseRevenue
from billing_beans.revenue.state import source_of

_LISTED = 30
"""Rows that are said one by one."""
_LONG = 1000
"""Lines from which on it is said how far the command is."""


class Released(NamedTuple):
    """What was released of one customer's revenue, or of all where it is empty, into one income account."""

    customer: str
    income: str
    currency: str
    lines: int
    amount: Decimal


@click.command()
@click.option("--until", metavar="DATE", required=True, help="The last day that is earned: 2026-01-31, yesterday.")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), type=NAME, help="Only of this customer.")
@click.option(
    "--invoice",
    shell_complete=completes(with_deferred),
    type=NAME,
    help="Only of this invoice, or of this deferred revenue of before.",
)
@global_options
@click.pass_context
def release(ctx: click.Context, until: str, customer: str | None, invoice: str | None) -> None:
    """Release what was earned by DATE, that day included: deferred revenue becomes income, by days, each line and day once.

    Each month is one entry of each line, dated its last day, or the first open day where the month is closed. Running it
    again changes nothing; how often it is run makes no difference to what is earned by when. Deferred revenue that was
    opened with the books is released with the rest.

    \b
    Examples:
      billing-beans revenue release --until 2026-01-31
      billing-beans revenue release --until yesterday --customer acme --dry-run
      billing-beans revenue release --until today --invoice SG-2026-00001
    """
    session = session_of(ctx)
    if session.settings.date:
        raise WrongUsage(
            "Each release is dated the last day that it releases.",
            rule="R5: revenue is earned by the days that are over.",
            instead="leave --date out; --until says how far",
        )
    if customer is not None and invoice is not None:
        raise WrongUsage("An invoice is of one customer.", instead="give --customer or --invoice")
    request = ReleaseRevenue(parse_day(until, session.today), customer, invoice)

    def say(outcome: Outcome) -> tuple[Any, str]:
        return _said(outcome, request)

    session.perform(Releasing(long_progress("Lines", _LONG)).release_revenue, request, say)


def _said(outcome: Outcome, request: ReleaseRevenue) -> tuple[Any, str]:
    facts = [one for one in outcome.facts if isinstance(one, RevenueReleased)]
    rows = [*_sums(outcome.act.books, facts, by_customer=True)]
    totals = [*_sums(outcome.act.books, facts, by_customer=False)]
    result = {
        "until": request.until,
        "entries": len(facts),
        "rows": [_result(one) for one in rows],
        "totals": [_result(one) for one in totals],
    }
    if not facts:
        of = f" of {request.customer or request.invoice}" if request.customer or request.invoice else ""
        return result, f"Nothing to do: what is earned{of} by {request.until} is released."
    return result, _words(request, facts, rows, totals)


def _sums(books: Books, facts: Iterable[RevenueReleased], *, by_customer: bool) -> Iterable[Released]:
    amounts: dict[tuple[str, str, str], Decimal] = {}
    lines: dict[tuple[str, str, str], set[tuple[str, int]]] = {}
    for fact in facts:
        source = source_of(fact)
        found = books.revenue.deferred.get(source)
        assert found is not None
        key = (found.customer if by_customer else "", fact.income.account, fact.income.currency)
        amounts[key] = amounts.get(key, Decimal(0)) - fact.income.number
        lines.setdefault(key, set()).add(source)
    return [Released(*key, len(lines[key]), amounts[key]) for key in sorted(amounts)]


def _result(one: Released) -> dict[str, Any]:
    said = {**one._asdict(), "amount": exactly(one.amount, one.currency)}
    return {name: value for name, value in said.items() if value != "" and name != "currency"}


def _words(request: ReleaseRevenue, facts: list[RevenueReleased], rows: list[Released], totals: list[Released]) -> str:
    sums: dict[str, Decimal] = {}
    for one in totals:
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.amount
    total = ", ".join(exactly(number, currency) for currency, number in sorted(sums.items()))
    lines = len({source_of(one) for one in facts})
    count = count_words(lines, "line")
    entries = f"{len(facts):,} entr{'y' if len(facts) == 1 else 'ies'}"
    words = [f"Released {total} of {count} until {request.until}, in {entries}."]
    columns = ["  customer", "income", "lines>", "amount>", "currency"]
    cells = [(f"  {one.customer}", *_cells(one)) for one in rows[:_LISTED]]
    more = len(rows) - len(cells)
    if len(rows) > 1:
        cells += [("  total", *_cells(one)) for one in totals]
    words.append(table(columns, cells))
    if more > 0:
        words.append(f"  and {more:,} more; --json names all of them")
    return "\n".join(words)


def _cells(one: Released) -> tuple[str, str, str, str]:
    return one.income, f"{one.lines:,}", amount(one.amount, one.currency), one.currency
