"""`billing-beans opening`: what a company brings along when its books begin in the middle of its life."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import Session, session_of
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import Money

if TYPE_CHECKING:
    from billing_beans.acts.beginning import Beginning, RowsRefused
    from billing_beans.core.facts import Fact
    from billing_beans.importers.openings import ReadOpenings
    from billing_beans.importers.tables import TableFile
    from billing_beans.ledger.ledger import Outcome

_KINDS = ("invoice", "money", "lot", "credits", "deferred")
_LISTED = 50
"""Refused rows that are said one by one; `--json` says all of them."""


@click.group()
def command() -> None:
    """Begin in the middle of a company's life: what was open in the books before.

    \b
    Examples:
      billing-beans opening import --template > opening.csv
      billing-beans opening import opening.csv --date 2026-01-01 --dry-run
      billing-beans opening import opening.csv --date 2026-01-01
    """


@command.command(name="import")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--kind", type=click.Choice(_KINDS), help="What the rows are, where no column kind says it.")
@click.option("--map", "columns", metavar="WHAT=COLUMN", multiple=True, help="Which column says what, where it has another name.")  # fmt: skip
@click.option("--date-format", metavar="FORMAT", help='How days are written, such as "%d.%m.%Y"; else 2026-01-31.')
@click.option("--template", is_flag=True, help="Print an example with a row of each kind, and do nothing.")
@global_options
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    file: Path | None,
    kind: str | None,
    columns: tuple[str, ...],
    date_format: str | None,
    template: bool,
) -> None:
    """Open what was open: FILE is CSV, packed with gzip or not, one row for each thing, all of it or nothing.

    The books open on --date, else today: each row stands against Equity:<E>:Opening on that day. Customers and products
    must be known by then. What a row is stands in the column kind, or in --kind for a whole file:

    \b
      invoice   number, customer, amount (what is still owed, tax included), issued, due; may have product, rate
      money     number, customer, amount: money of the customer that belongs to no invoice
      lot       number, customer, unit or product, units, granted, unit-cost or amount (the worth of all);
                of a product that is sold as an agent also fee (the platform fee that is still deferred)
      credits   number, customer, units, granted, paid (paid or free); of paid ones amount (what was paid for all that are
                left); may have unit, expires (the last day on which they can be used, or a moment: 2026-07-01T00:00),
                subscription, meter, period-start, period-end (its last day), priority
      deferred  number, customer, product, amount (what is still to be earned), period-start, period-end

    Every row may have seller, currency and description. The number is that of the old books; it identifies the row, so
    that the same file again opens nothing twice. Invoices are for the untaxed product opening-balance, which is added
    where it is missing: their tax was accounted for before. Credits that expired before the books open are refused.

    \b
    Examples:
      billing-beans opening import opening.csv --date 2026-01-01
      billing-beans opening import receivables.csv --kind invoice --map amount=Balance --date-format "%d/%m/%Y"
    """
    from billing_beans.acts.beginning import Beginning, OpenBooks, RowsRefused
    from billing_beans.importers.openings import TEMPLATE, Choices, read_openings
    from billing_beans.importers.tables import read_table

    if template:
        click.echo(TEMPLATE, nl=False)
        return
    if file is None:
        raise WrongUsage(
            "No file is named.", instead="billing-beans opening import --template shows what one looks like"
        )
    session = session_of(ctx)
    found = read_table(file)
    mapped = dict(_pair(text) for text in columns)
    read = read_openings(found, Choices(session.today, kind, date_format, mapped))
    if read.unused:
        click.echo(f"Columns that say nothing here: {', '.join(map(repr, read.unused))}.", err=True)
    beginning = Beginning(read.unread)
    try:
        session.perform(
            beginning.open_books, OpenBooks(read.rows), lambda outcome: _said(outcome, found, read, beginning)
        )
    except RowsRefused as refused:
        _say_refused(session, file, refused)
        ctx.exit(refused.exit_status)


def _pair(text: str) -> tuple[str, str]:
    what, equals, column = text.partition("=")
    if not equals:
        raise WrongUsage(f"{text!r} maps nothing.", instead="for example --map amount=Balance")
    return what.strip(), column.strip()


def _said(outcome: Outcome, file: TableFile, read: ReadOpenings, beginning: Beginning) -> tuple[Any, str]:
    rows = list(_sums(outcome.facts))
    known = beginning.known.total()
    created = [" ".join((one.shape.kind, one.entities()[0])) for one in _of_catalogue(outcome.facts)]
    balances = [(one.account, Money(one.amount, one.currency)) for one in outcome.act.books.opening.balances.all()]
    result = {
        "file": file.name,
        "digest": f"sha256:{file.digest}",
        "opened": [{"kind": kind, "rows": count, "sum": total} for kind, count, total in rows],
        "known": known,
        "created": created,
        "balances": [{"account": account, "amount": amount} for account, amount in balances],
    }
    standing = f" {known:,} of its {len(read.rows):,} rows stood in the books already." if known else ""
    if not rows:
        empty = "" if read.rows else f" {file.name} has no rows."
        return result, f"Nothing to do: nothing in {file.name} is new.{standing}{empty}"
    words = [f"Opened what {file.name} says, on {outcome.facts[-1].date}.{standing}"]
    words += [
        table(["  what", "rows>", "sum>"], [(f"  {kind}", f"{count:,}", money(sum_)) for kind, count, sum_ in rows])
    ]
    words += [f"  Added to the catalogue: {', '.join(created)}; it is not taxed."] if created else []
    words += [f"  {account} holds {money(amount)}." for account, amount in balances]
    return result, "\n".join([*words, "Next: billing-beans check"])


def _of_catalogue(facts: Iterable[Fact]) -> Iterator[Fact]:
    from billing_beans.audit import BY_HAND

    return (one for one in facts if type(one) in BY_HAND)


def _sums(facts: Iterable[Fact]) -> Iterator[tuple[str, int, Money]]:
    """What was opened, kind by kind and currency by currency."""
    from billing_beans.credits.facts import CreditsOpened
    from billing_beans.entitlements.facts import LotsOpened
    from billing_beans.invoicing.facts import InvoiceOpened
    from billing_beans.opening.facts import DeferredOpened
    from billing_beans.payments.facts import UnappliedOpened

    names = {
        InvoiceOpened: "open invoices",
        UnappliedOpened: "unapplied money",
        LotsOpened: "lots of units, fees included",
        CreditsOpened: "credits, at what was paid for them",
        DeferredOpened: "deferred revenue",
    }
    counts: Counter[tuple[str, str]] = Counter()
    sums: dict[tuple[str, str], Decimal] = {}
    for fact in facts:
        if not isinstance(fact, (InvoiceOpened, UnappliedOpened, LotsOpened, CreditsOpened, DeferredOpened)):
            continue
        leg = fact.opening_balance
        currency = leg.currency if leg is not None else _currency_of(fact)
        key = (names[type(fact)], currency)
        counts[key] += 1
        sums[key] = sums.get(key, Decimal(0)) + (abs(leg.number) if leg is not None else 0)
    for name in names.values():
        for key in sorted(key for key in counts if key[0] == name):
            yield name, counts[key], Money(sums[key], key[1])


def _currency_of(fact: Any) -> str:
    """The currency of lots that are worth nothing."""
    currency: str = fact.lots[0].cost.currency
    return currency


def _say_refused(session: Session, file: Path, refused: RowsRefused) -> None:
    if session.settings.json:
        rows = [
            {"line": line, "what": error.what, "rule": error.rule, "instead": error.instead}
            for line, error in refused.rows
        ]
        words = {"what": refused.what, "rule": refused.rule, "instead": refused.instead, "rows": rows}
        click.echo(json.dumps({"error": words}, ensure_ascii=False))
        return
    for line, error in refused.rows[:_LISTED]:
        click.echo(f"{file}:{line}: {_in_a_line(error)}", err=True)
    if len(refused.rows) > _LISTED:
        click.echo(f"... and {len(refused.rows) - _LISTED:,} more rows; --json names all of them.", err=True)
    click.echo(f"Refused: {refused}", err=True)


def _in_a_line(error: BillingError) -> str:
    rule = f" Rule {error.rule}" if error.rule else ""
    instead = f" Instead: {error.instead}" if error.instead else ""
    return f"{error.what}{rule}{instead}"
