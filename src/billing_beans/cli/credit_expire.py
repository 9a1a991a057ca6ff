"""`billing-beans credit expire` (W7)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import click

from billing_beans.acts.credits import ExpireCredits, Expiring
from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.credit_words import exact, number
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.progress import long_progress
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.core.words import count_words
from billing_beans.credits.facts import CreditExpired
from billing_beans.credits.units import short, tidy
from billing_beans.ledger.ledger import Outcome

_LISTED = 20
"""Grants that are said one by one."""
_LONG = 1000
"""Grants from which on it is said how far the command is."""


def _expiring(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.credits.grants.all():
        if one.remaining and one.terms.expires_at is not None:
            yield one.grant, f"{one.customer}, {number(one.remaining)} {one.unit}, {one.terms.expires_at}"


@click.command()
@click.option("--customer", shell_complete=ids_of(CustomerAdded), type=NAME, help="Only of this customer.")
@click.option("--grant", shell_complete=completes(_expiring), type=NAME, help="Only this grant.")
@global_options
@click.pass_context
def command(ctx: click.Context, customer: str | None, grant: str | None) -> None:
    """Write off what is left of grants that have expired by now: of paid credits it is income (breakage), of free ones nothing.

    Each is dated the day on which it expired. Expired credits can't be used in any case; this is for the books, and to be run as
    often as they are closed. Running it again changes nothing.

    \b
    Examples:
      billing-beans credit expire
      billing-beans credit expire --customer acme --dry-run
    """
    session = session_of(ctx)
    if session.settings.date:
        raise WrongUsage(
            "Each grant is written off on the day on which it expired.",
            rule="W7: what is left of a grant expires once, by the clock.",
            instead="leave --date out",
        )
    if customer is not None and grant is not None:
        raise WrongUsage("A grant is of one customer.", instead="give --customer or --grant")
    session.perform(Expiring(long_progress("Grants", _LONG)).expire_credits, ExpireCredits(customer, grant), _say)


def _say(outcome: Outcome) -> tuple[Any, str]:
    expired = [one for one in outcome.facts if isinstance(one, CreditExpired)]
    units: dict[str, Decimal] = {}
    breakage: dict[str, Decimal] = {}
    for fact in expired:
        for leg in fact.lots:
            units[leg.currency] = units.get(leg.currency, Decimal(0)) + leg.number
        if fact.breakage is not None:
            currency = fact.breakage.currency
            breakage[currency] = breakage.get(currency, Decimal(0)) - fact.breakage.number
    income = [tidy(sum_, currency) for currency, sum_ in sorted(breakage.items())]
    result = {"grants": len(expired), "units": {unit: short(sum_) for unit, sum_ in units.items()}, "breakage": income}
    if not expired:
        return result, "Nothing to do: no credits have expired that are not written off."
    return result, _words(expired, units, income)


def _words(expired: list[CreditExpired], units: dict[str, Decimal], income: list[Money]) -> str:
    sums = ", ".join(f"{number(sum_)} {unit}" for unit, sum_ in sorted(units.items()))
    breakage = ", ".join(map(exact, income))
    count = count_words(len(expired), "grant")
    words = [f"Wrote off {sums} of {count}; {f'breakage {breakage}' if breakage else 'no breakage'}."]
    rows = [
        (
            f"  {one.grant}",
            one.customer,
            one.date,
            f"{number(sum((leg.number for leg in one.lots), start=Decimal(0)))} {one.lots[0].currency}",
            exact(new_money(-one.breakage.number, one.breakage.currency)) if one.breakage is not None else "",
        )
        for one in expired[:_LISTED]
    ]
    words.append(table(["  grant", "customer", "expired", "units>", "breakage>"], rows))
    if len(expired) > _LISTED:
        words.append(f"  and {len(expired) - _LISTED:,} more: billing-beans credit grants --status expired")
    return "\n".join(words)
