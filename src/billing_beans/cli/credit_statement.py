"""`billing-beans credit statement` (W1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.cli.credit_options import complete_holders, known, unit_option
from billing_beans.cli.credit_words import KIND, counted, exact, number, split, until
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import Cell, answer, csv_option, name_of, period_asked, seller_option
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import new_money
from billing_beans.credits.units import face_of
from billing_beans.reports.credit_statement import CreditStatement, Movement, credit_statement
from billing_beans.reports.wallets import NEVER, wallets_of


@click.command()
@click.argument("customer", type=NAME, shell_complete=complete_holders)
@unit_option
@seller_option
@click.option("--from", "first", metavar="DATE", help="The first day; else from the beginning.")
@click.option("--until", "--to", "last", metavar="DATE", help="The last day; else today.")
@click.option("--period", metavar="PERIOD", help="A month, a quarter or a year: 2026-01, 2026-Q1, 2026.")
@csv_option
@click.option("--pdf", metavar="FILE", help="Write one statement as PDF there, or to stdout for -.")
@global_options
@click.pass_context
def statement(
    ctx: click.Context,
    customer: str,
    unit: str | None,
    seller: str | None,
    first: str | None,
    last: str | None,
    period: str | None,
    as_csv: bool,
    pdf: str | None,
) -> None:
    """Statement of a wallet: what was in it, each movement with what it refers to, and what is in it at the end.

    There is one for each legal entity and kind of credits. Units that came are above zero.

    \b
    Examples:
      billing-beans credit statement acme
      billing-beans credit statement acme --from 2026-01-01 --until 2026-03-31
      billing-beans credit statement acme --unit CREDIT-USD --period 2026-Q1 --json
      billing-beans credit statement acme --period 2026-Q1 --pdf credits.pdf
    """
    session = session_of(ctx)
    books = session.reading.books
    unit = known(books, customer, seller, unit)
    days = period_asked(session, first, last, period, seller)
    found = [
        one
        for name in wallets_of(books, customer, seller=seller, unit=unit)
        if (one := credit_statement(books, name, days)).lines or one.opening
    ]
    if pdf is not None:
        _write(session, found, pdf, as_csv=as_csv)
        return
    answer(
        session,
        [statement_result(books, one) for one in found],
        lambda: (
            "\n\n\n".join(_words(books, one) for one in found)
            or f"Nothing happened with the credits of {customer} until {days.last}."
        ),
        lambda: _csv(found),
        as_csv=as_csv,
    )


def _write(session: Session, found: Sequence[CreditStatement], output: str, *, as_csv: bool) -> None:
    """The only statement as PDF. Raises `BillingError`; then nothing is written."""
    from billing_beans.cli.letters import credit_statement_letter
    from billing_beans.cli.rendering import write_pdf
    from billing_beans.documents.letters import render_letter
    from billing_beans.documents.printing import refuse_in_trouble

    if as_csv:
        raise WrongUsage("--csv and --pdf can't be written both.", instead="leave out one of them")
    if len(found) != 1:
        every = ", ".join(f"{one.name.unit} with {one.name.seller}" for one in found) or "none"
        raise WrongUsage(
            f"A PDF holds one statement, and these are {len(found)}: {every}.",
            instead="choose one with --unit and --seller" if found else "choose other days with --from and --until",
        )
    (one,) = found
    for name in (one.name.customer, *dict.fromkeys(line.grant for line in one.lines)):
        refuse_in_trouble(session.reading, name)
    data = render_letter(credit_statement_letter(session.reading.books, session.root, one), session.root)
    result = {"customer": one.name.customer, "unit": one.name.unit}
    write_pdf(session, data, output, result, f"the statement of {one.name.unit} of {one.name.customer}")


def statement_result(books: Books, one: CreditStatement) -> dict[str, Any]:
    """One statement for programs."""
    end = one.at_the_end
    return {
        "customer": one.name.customer,
        "name": name_of(books, one.name.customer, one.period.last),
        "seller": one.name.seller,
        "unit": one.name.unit,
        **({"from": one.period.first} if one.period.first else {}),
        "until": one.period.last,
        "opening": number(one.opening),
        "lines": [_line_result(books, one, line) for line in one.lines],
        "closing": number(one.closing),
        "posted": split(end.posted),
        "pending": split(end.pending),
        "expired": split(end.expired),
        "available": split(end.available),
        "face": exact(end.face),
        "worth": exact(end.worth),
        "expiry": [{"expires-at": part.group, **split(part.posted)} for part in one.by_expiry if part.posted.total],
    }


def _line_result(books: Books, one: CreditStatement, line: Movement) -> dict[str, Any]:
    currency = face_of(books, one.name.unit).currency
    return {
        "date": line.day,
        "at": line.at,
        "actor": line.actor,
        "what": line.kind,
        "type": "credit" if line.is_credit else "debit",
        "kind": KIND[line.paid],
        "grant": line.grant,
        **({"identifier": line.identifier} if line.identifier else {}),
        "reference-type": line.reference_type,
        **({"reference": line.reference} if line.reference else {}),
        "units": number(line.units),
        "worth": exact(new_money(line.worth, currency)),
        "balance": number(line.balance),
    }


def _words(books: Books, one: CreditStatement) -> str:
    when = f"{one.period.first} to {one.period.last}" if one.period.first else f"until {one.period.last}"
    name = " ".join(name_of(books, one.name.customer, one.period.last).split())
    rows: list[tuple[object, ...]] = []
    if one.period.first:
        rows.append((one.period.first, "opening balance", *[""] * 5, number(one.opening)))
    rows += [
        (
            line.day,
            _what(line),
            "credit" if line.is_credit else "debit",
            KIND[line.paid],
            line.grant,
            line.reference,
            number(line.units),
            number(line.balance),
        )
        for line in one.lines
    ]
    rows.append((one.period.last, "closing balance", *[""] * 5, number(one.closing)))
    title = f"Credits of {name} ({one.name.customer}) with {one.name.seller}, {one.name.unit}, {when}"
    columns = ["date", "what", "type", "kind", "grant", "reference", "units>", "balance>"]
    return "\n\n".join([table(columns, rows, title=title), _at_the_end(books, one)])


def _what(line: Movement) -> str:
    """`application APP-1`; what is called like its grant is not called twice."""
    name = line.identifier if line.identifier not in (None, line.grant) else ""
    return f"{line.kind.value.replace('-', ' ')} {name}".rstrip()


def _at_the_end(books: Books, one: CreditStatement) -> str:
    """What the closing balance is made of."""
    end, entity = one.at_the_end, one.name.key.partition("/")[0]
    rows = [
        ("  paid", number(end.posted.paid), ""),
        ("  free", number(end.posted.free), ""),
        ("  available", number(end.available.total), f"worth {exact(end.face)} when they are used"),
    ]
    if end.expired.total:
        rows.append(("  expired", number(end.expired.total), "not yet written off"))
    if end.pending.total:
        rows.append(("  pending", number(end.pending.total), "waiting for a payment, in none of these"))
    rows += [
        (f"  until {until(books, entity, part.group)}", number(part.available.total), "")
        for part in one.by_expiry
        if part.group != NEVER and part.available.total
    ]
    return table([f"On {one.period.last}", "units>", ""], rows)


def _csv(found: Sequence[CreditStatement]) -> Iterator[Sequence[Cell]]:
    yield (
        *("seller", "customer", "unit", "date", "what", "identifier", "type", "kind", "grant", "reference type"),
        *("reference", "units", "balance"),
    )
    for one in found:
        who = (one.name.seller, one.name.customer, one.name.unit)
        if one.period.first:
            yield (*who, one.period.first, "opening balance", *[""] * 7, *counted([one.opening]))
        for line in one.lines:
            sides = ("credit" if line.is_credit else "debit", KIND[line.paid])
            refers = (line.grant, line.reference_type, line.reference or "")
            yield (
                *who,
                line.day,
                line.kind.value,
                line.identifier or "",
                *sides,
                *refers,
                *counted((line.units, line.balance)),
            )
        yield (*who, one.period.last, "closing balance", *[""] * 7, *counted([one.closing]))
