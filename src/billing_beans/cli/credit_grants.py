"""`billing-beans credit grants` (W4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import click

from billing_beans.books import Books
from billing_beans.cli.catalogue import day_typed
from billing_beans.cli.credit_options import complete_holders, known, unit_option
from billing_beans.cli.credit_words import KIND, counted, number, scope, terms_result, until
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import Cell, answer, csv_option, seller_option
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import format_moment
from billing_beans.core.words import count_words
from billing_beans.credits.records import Grant
from billing_beans.reports.grants import Standing, expiring_before, grants_of, standing_of


class GrantRow(NamedTuple):
    """A grant as it is listed, and where it stands."""

    grant: Grant
    seller: str
    standing: Standing


@click.command()
@click.argument("customer", type=NAME, required=False, shell_complete=complete_holders)
@click.option("--status", type=click.Choice([one.value for one in Standing]), help="Only those that stand here.")
@click.option(
    "--expiring-before", "before", metavar="DATE", help="Only what is unused and can't be used any more on this day."
)
@unit_option
@seller_option
@csv_option
@global_options
@click.pass_context
def grants(
    ctx: click.Context,
    customer: str | None,
    status: str | None,
    before: str | None,
    unit: str | None,
    seller: str | None,
    as_csv: bool,
) -> None:
    """Grants of credits in the order of recording: what was granted, what is left, for what and until when it can be used.

    Pending ones wait for their payment; of open ones something is left that can be used. What is left of expired ones is not
    yet written off; void ones were never granted.

    \b
    Examples:
      billing-beans credit grants acme
      billing-beans credit grants --status pending
      billing-beans credit grants --expiring-before 2026-07-01 --csv
    """
    session = session_of(ctx)
    books = session.reading.books
    unit = known(books, customer, seller, unit)
    moment = format_moment(session.clock.now())
    wanted = Standing(status) if status is not None else None
    day = day_typed(session, before)
    sellers = {one.account: one.entity for one in books.catalog.entities.all()}
    of_all = grants_of(books, customer) if day is None else expiring_before(books, day, customer)
    found = [
        row
        for grant in of_all
        if (row := GrantRow(grant, sellers[grant.wallet.partition("/")[0]], standing_of(grant, moment)))
        and seller in (None, row.seller)
        and unit in (None, grant.unit)
        and wanted in (None, row.standing)
    ]
    answer(
        session,
        [_result(one) for one in found],
        lambda: _words(books, found) if found else "No grants.",
        lambda: _csv(found),
        as_csv=as_csv,
    )


def _result(one: GrantRow) -> dict[str, Any]:
    return grant_result(one.grant, one.seller, one.standing)


def grant_result(grant: Grant, seller: str, standing: Standing) -> dict[str, Any]:
    """A grant for programs: what is said of it, and where it stands."""
    left_out = ("terms", "paid", "status", "fact", "reason")
    said = {name.replace("_", "-"): value for name, value in grant._asdict().items() if name not in left_out}
    return {
        **{name: _said(value) for name, value in said.items() if value is not None and not _is_empty(value)},
        "seller": seller,
        "kind": KIND[grant.paid],
        "status": standing,
        **terms_result(grant.terms),
        **({"reason": grant.reason} if grant.reason else {}),
    }


def _said(value: object) -> object:
    return number(value) if isinstance(value, Decimal) else value


def _is_empty(value: object) -> bool:
    return isinstance(value, str) and not value


def _words(books: Books, found: Sequence[GrantRow]) -> str:
    columns = ["grant", "customer", "unit", "what", "kind", "units>", "left>", "status", "granted", "until", "for"]
    rows = [
        (
            one.grant.grant,
            one.grant.customer,
            one.grant.unit,
            one.grant.credit_type,
            KIND[one.grant.paid],
            number(one.grant.units),
            number(one.grant.remaining),
            one.standing.value,
            one.grant.granted,
            until(books, one.grant.wallet.partition("/")[0], one.grant.terms.expires_at),
            scope(one.grant.terms),
        )
        for one in found
    ]
    count = count_words(len(found), "grant")
    left = _sums((one.grant.unit, one.grant.remaining) for one in found)
    waiting = _sums(
        (one.grant.unit, one.grant.units + (one.grant.bonus or 0)) for one in found if one.standing is Standing.PENDING
    )
    pending = f", {waiting} wait for a payment" if waiting else ""
    return f"{table(columns, rows)}\n{count}, {left or 'nothing'} left{pending}"


def _sums(units: Iterable[tuple[str, Decimal]]) -> str:
    """Credits of each kind: `200 CREDIT-API, 189.05 CREDIT-USD`; empty where there are none."""
    found: dict[str, Decimal] = {}
    for unit, some in units:
        found[unit] = found.get(unit, Decimal(0)) + some
    return ", ".join(f"{number(some)} {unit}" for unit, some in sorted(found.items()) if some)


def _csv(found: Sequence[GrantRow]) -> Iterator[Sequence[Cell]]:
    yield (
        *("grant", "seller", "customer", "unit", "what", "kind", "units", "left", "applied", "adjusted", "expired"),
        *("status", "requested", "granted", "expires at", "subscription", "meter", "period start", "period end"),
        *("priority", "source"),
    )
    for one in found:
        grant, terms = one.grant, one.grant.terms
        units = counted((grant.units, grant.remaining, grant.applied, grant.adjusted, grant.expired))
        yield (
            *(grant.grant, one.seller, grant.customer, grant.unit, str(grant.credit_type), KIND[grant.paid]),
            *(*units, one.standing.value, grant.requested, grant.granted, terms.expires_at, terms.subscription),
            *(terms.meter, terms.period_start, terms.period_end, terms.priority, grant.source),
        )
