"""`billing-beans report statement` (R5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import (
    Cell,
    answer,
    csv_option,
    exactly,
    known_parties,
    name_of,
    number,
    period_asked,
    period_options,
    seller_option,
)
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import WrongUsage
from billing_beans.reports.aging import labels_of
from billing_beans.reports.statement import Statement, StatementLine, statements


@click.command()
@click.argument("customer", type=NAME, shell_complete=ids_of(CustomerAdded))
@period_options
@seller_option
@click.option("--currency", metavar="CODE", help="Only in this currency.")
@csv_option
@click.option("--pdf", metavar="FILE", help="Write one statement as PDF there, or to stdout for -.")
@global_options
@click.pass_context
def statement(
    ctx: click.Context,
    customer: str,
    first: str | None,
    last: str | None,
    period: str | None,
    seller: str | None,
    currency: str | None,
    as_csv: bool,
    pdf: str | None,
) -> None:
    """Statement of account of a customer: opening balance, each document and payment, closing balance, aging.

    There is one for each legal entity and currency. Balances are positive where the customer owes.

    \b
    Examples:
      billing-beans report statement acme
      billing-beans report statement acme --from 2026-01-01 --to 2026-03-31
      billing-beans report statement acme --period 2026-Q1 --json
      billing-beans report statement acme --period 2026-Q1 --currency SGD --pdf statement.pdf
    """
    session = session_of(ctx)
    books = session.reading.books
    known_parties(books, customer, seller)
    days = period_asked(session, first, last, period, seller)
    found = [one for one in statements(books, customer, days, seller=seller) if currency in (None, one.currency)]
    if pdf is not None:
        _write(session, found, pdf, as_csv=as_csv)
        return
    answer(
        session,
        [statement_result(books, one) for one in found],
        lambda: (
            "\n\n\n".join(_words(books, one) for one in found) or f"Nothing happened with {customer} until {days.last}."
        ),
        lambda: _csv(found),
        as_csv=as_csv,
    )


def _write(session: Session, found: Sequence[Statement], output: str, *, as_csv: bool) -> None:
    """The only statement as PDF. Raises `BillingError`; then nothing is written."""
    from billing_beans.cli.letters import statement_letter
    from billing_beans.cli.rendering import write_pdf
    from billing_beans.documents.letters import render_letter
    from billing_beans.documents.printing import refuse_in_trouble

    if as_csv:
        raise WrongUsage("--csv and --pdf can't be written both.", instead="leave out one of them")
    if len(found) != 1:
        every = ", ".join(f"{one.seller} in {one.currency}" for one in found) or "none"
        raise WrongUsage(
            f"A PDF holds one statement, and these are {len(found)}: {every}.",
            instead="choose one with --seller and --currency" if found else "choose other days with --from and --to",
        )
    (one,) = found
    for name in (one.customer, *(line.reference for line in one.lines)):
        refuse_in_trouble(session.reading, name)
    data = render_letter(statement_letter(session.reading.books, session.root, one), session.root)
    write_pdf(session, data, output, {"customer": one.customer}, f"the statement of {one.customer}")


def statement_result(books: Books, one: Statement) -> dict[str, Any]:
    """One statement for programs."""
    aging: dict[str, Any] = {}
    if one.aging is not None:
        amounts = [exactly(amount, one.currency) for amount in one.aging.amounts]
        aging = {
            **dict(zip(labels_of(one.days), amounts, strict=True)),
            "unapplied": exactly(one.aging.unapplied, one.currency),
        }
    return {
        "customer": one.customer,
        "name": name_of(books, one.customer, one.period.last),
        "seller": one.seller,
        "currency": one.currency,
        **({"from": one.period.first} if one.period.first else {}),
        "to": one.period.last,
        "opening": exactly(one.opening, one.currency),
        "lines": [_line_result(one, line) for line in one.lines],
        "closing": exactly(one.closing, one.currency),
        "aging": aging,
    }


def _line_result(one: Statement, line: StatementLine) -> dict[str, Any]:
    return {
        "date": line.day,
        "what": line.what,
        "reference": line.reference,
        **({"due": line.due} if line.due else {}),
        "amount": exactly(line.amount, one.currency),
        "balance": exactly(line.balance, one.currency),
        "applied": line.applied,
        **({"origin": line.origin} if line.origin else {}),
        **({"credits": line.credits} if line.credits else {}),
    }


def _words(books: Books, one: Statement) -> str:
    when = f"{one.period.first} to {one.period.last}" if one.period.first else f"until {one.period.last}"
    name = " ".join(name_of(books, one.customer, one.period.last).split())
    rows: list[tuple[object, ...]] = []
    if one.period.first:
        rows.append((one.period.first, "opening balance", "", "", number(one.opening, one.currency)))
    for line in one.lines:
        amounts = (number(line.amount, one.currency), number(line.balance, one.currency))
        rows.append((line.day, f"{line.what.replace('-', ' ')} {line.reference}", _details(one, line), *amounts))
    rows.append((one.period.last, "closing balance", "", "", number(one.closing, one.currency)))
    title = f"Statement of account, {name} ({one.customer}) with {one.seller}, {one.currency}, {when}"
    parts = [table(["date", "what", "", "amount>", "balance>"], rows, title=title)]
    if one.aging is not None:
        columns = [*(f"{label}>" for label in labels_of(one.days)), "unapplied>"]
        aged = [number(amount, one.currency) for amount in (*one.aging.amounts, one.aging.unapplied)]
        parts.append(table(columns, [aged], title=f"Open on {one.period.last}, by days since it was due"))
    return "\n\n".join(parts)


def _details(one: Statement, line: StatementLine) -> str:
    if line.due is not None:
        return f"due {line.due}"
    applied = [f"{part.invoice} {number(-part.amount, one.currency)}" for part in line.applied]
    credited = [f"of {line.credits}"] if line.credits and not applied else []
    origin = [f"from {line.origin.partition('/')[2]}"] if line.origin else []
    return ", ".join([*origin, *credited, *applied])


def _csv(found: Sequence[Statement]) -> Iterator[Sequence[Cell]]:
    yield ("seller", "customer", "currency", "date", "what", "reference", "due", "for", "amount", "balance")
    for one in found:
        who = (one.seller, one.customer, one.currency)
        if one.period.first:
            yield (*who, one.period.first, "opening balance", "", None, "", None, exactly(one.opening, one.currency))
        for line in one.lines:
            amounts = (exactly(line.amount, one.currency), exactly(line.balance, one.currency))
            yield (*who, line.day, line.what, line.reference, line.due, _details_of_csv(one, line), *amounts)
        yield (*who, one.period.last, "closing balance", "", None, "", None, exactly(one.closing, one.currency))


def _details_of_csv(one: Statement, line: StatementLine) -> str:
    return "" if line.due is not None else _details(one, line)
