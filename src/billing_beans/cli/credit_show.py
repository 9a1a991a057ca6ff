"""`billing-beans credit show`: a grant, an application or an adjustment, with all that moved (W4, W6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.cli.arguments import completes
from billing_beans.cli.credit_grants import grant_result
from billing_beans.cli.credit_used import amount_of, application_result, way_of
from billing_beans.cli.credit_words import KIND, exact, number, scope, until
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import format_moment
from billing_beans.core.errors import Refused
from billing_beans.core.money import new_money
from billing_beans.credits.records import Adjustment, Application, Grant, Lot, Use
from billing_beans.reports.credit_statement import Movement, movements
from billing_beans.reports.grants import standing_of


def _things(books: Books) -> Iterable[tuple[str, str]]:
    for grant in books.credits.grants.all():
        yield grant.grant, f"{number(grant.units)} {grant.unit} of {grant.customer}"
    for application in books.credits.applications.all():
        yield application.application, f"{number(application.units)} {application.unit} to {application.invoice}"
    for adjustment in books.credits.adjustments.all():
        yield adjustment.adjustment, f"{number(adjustment.units)} off {adjustment.grant}"


@click.command()
@click.argument("name", metavar="GRANT|APPLICATION|ADJUSTMENT", type=NAME, shell_complete=completes(_things))
@global_options
@click.pass_context
def show(ctx: click.Context, name: str) -> None:
    """One grant with its terms, lots and movements; or one application or adjustment, with what it used.

    \b
    Examples:
      billing-beans credit show GRANT-1
      billing-beans credit show SG-2026-00005/1
      billing-beans credit show APP-2 --json
    """
    session = session_of(ctx)
    books = session.reading.books
    grant = books.credits.grants.get(name)
    application = books.credits.applications.get(name)
    adjustment = books.credits.adjustments.get(name)
    if grant is not None:
        _show_grant(session, books, grant)
    elif application is not None:
        _show_application(session, books, application)
    elif adjustment is not None:
        _show_adjustment(session, books, adjustment)
    else:
        raise Refused(
            f"There is no grant, application or adjustment {name}.",
            instead="billing-beans credit grants, or billing-beans credit applications",
        )


def _show_grant(session: Session, books: Books, grant: Grant) -> None:
    entity = grant.wallet.partition("/")[0]
    seller, standing = books.catalog.entity_with(entity), standing_of(grant, format_moment(session.clock.now()))
    lots = [*books.credits.lots.range("grant", grant.grant)]
    moved = movements(books.credits.entries.range("grant", grant.grant))
    result = {
        **grant_result(grant, seller, standing),
        "lots": [_lot_result(lot) for lot in lots],
        "movements": [_movement_result(one) for one in moved],
    }
    terms = grant.terms
    rows = [
        ("status", f"{standing}{f': {_line(grant.reason)}' if grant.reason and standing == 'void' else ''}"),
        ("customer", f"{grant.customer} with {seller}"),
        ("granted as", f"{grant.credit_type}, {KIND[grant.paid]}"),
        ("units", f"{number(grant.units)} {grant.unit}"),
        ("price", money(grant.price) if grant.price is not None else None),
        ("left", number(grant.remaining)),
        (
            "used",
            f"{number(grant.applied)} applied, {number(grant.adjusted)} taken back, {number(grant.expired)} expired",
        ),
        ("until", _until(books, entity, grant)),
        ("for", scope(terms) or "anything"),
        ("priority", terms.priority),
        ("reason", _line(grant.reason) if grant.reason and standing != "void" else None),
        ("source", grant.source),
        ("bonus", f"{number(grant.bonus)} free credits with it" if grant.bonus else None),
        ("belongs to", grant.of_grant),
        ("asked for", f"{grant.requested}, at {grant.requested_at}" if grant.requested else None),
        ("granted", f"{grant.granted} by {grant.actor}, at {grant.at}" if grant.granted else None),
        ("void since", f"{grant.voided}, at {grant.voided_at}" if grant.voided else None),
    ]
    parts = [
        table([grant.grant, ""], [row for row in rows if row[1] is not None]),
        _lot_table(lots),
        _movement_table(moved),
    ]
    session.answer(result, "\n\n".join(part for part in parts if part))


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _until(books: Books, entity: str, grant: Grant) -> str | None:
    terms = grant.terms
    if terms.expires_at is not None:
        return f"{until(books, entity, terms.expires_at)}; expires at {terms.expires_at}"
    return f"{terms.valid_days} days from when it is granted" if terms.valid_days is not None else None


def _lot_result(lot: Lot) -> dict[str, Any]:
    return {
        "date": lot.date,
        "unit-cost": new_money(lot.cost, lot.currency),
        "granted": number(lot.granted),
        "remaining": number(lot.remaining),
        "worth": exact(new_money(lot.worth, lot.currency)),
    }


def _lot_table(lots: Sequence[Lot]) -> str:
    rows = [
        (
            lot.date,
            exact(new_money(lot.cost, lot.currency)),
            number(lot.granted),
            number(lot.remaining),
            exact(new_money(lot.worth, lot.currency)),
        )
        for lot in lots
    ]
    return table(["lot of", "unit cost>", "granted>", "left>", "worth>"], rows) if rows else ""


def _movement_result(one: Movement) -> dict[str, Any]:
    return {
        "date": one.day,
        "at": one.at,
        "actor": one.actor,
        "what": one.kind,
        **({"identifier": one.identifier} if one.identifier else {}),
        "grant": one.grant,
        **({"reference": one.reference} if one.reference else {}),
        "units": number(one.units),
        "left": number(one.balance),
    }


def _movement_table(moved: Sequence[Movement]) -> str:
    """Who moved what, when, and what it refers to."""
    rows = [
        (
            one.day,
            one.kind.value.replace("-", " "),
            one.identifier if one.identifier != one.grant else "",
            one.reference,
            number(one.units),
            number(one.balance),
            one.actor,
            one.at,
        )
        for one in moved
    ]
    columns = ["date", "what", "", "reference", "units>", "left>", "by", "at"]
    return table(columns, rows) if rows else "Nothing has moved."


def _show_application(session: Session, books: Books, one: Application) -> None:
    uses = [*books.credits.uses.range("application", one.application)]
    moved = [
        entry
        for grant in dict.fromkeys(use.grant for use in uses)
        for entry in books.credits.entries.range("grant", grant)
        if entry.identifier == one.application
    ]
    lines = movements(sorted(moved, key=lambda entry: (entry.fact, entry.position)))
    result = {
        **application_result(books, one),
        "order": one.order,
        "uses": [_use_result(use) for use in uses],
        "movements": [_movement_result(line) for line in lines],
    }
    rows = [
        ("invoice", one.invoice),
        ("customer", one.customer),
        ("as", way_of(books, one)),
        ("credits", f"{number(one.units)} {one.unit}"),
        ("worth", money(amount_of(books, one, one.units))),
        ("given back", f"{number(one.back)} {one.unit}" if one.back else None),
        ("order", one.order or None),
        ("applied", f"{one.applied} by {one.actor}, at {one.at}"),
    ]
    header = table([one.application, ""], [row for row in rows if row[1] is not None])
    back = [line for line in lines if line.is_credit]
    parts = [header, _use_table(uses), _back_table(back)]
    session.answer(result, "\n\n".join(part for part in parts if part))


def _use_result(use: Use) -> dict[str, Any]:
    return {
        "grant": use.grant,
        **({"line": use.line} if use.line is not None else {}),
        "units": number(use.units),
        "unit-cost": new_money(use.cost, use.currency),
        "back": number(use.back),
        "used-at": use.used_at,
    }


def _use_table(uses: Sequence[Use]) -> str:
    rows = [
        (
            use.grant,
            use.line,
            number(use.units),
            exact(new_money(use.cost, use.currency)),
            number(use.back) if use.back else "",
        )
        for use in uses
    ]
    return table(["grant", "line>", "units>", "unit cost>", "given back>"], rows)


def _back_table(back: Sequence[Movement]) -> str:
    rows = [(one.day, one.grant, number(one.units), one.actor, one.at) for one in back]
    return table(["given back", "grant", "units>", "by", "at"], rows) if rows else ""


def _show_adjustment(session: Session, books: Books, one: Adjustment) -> None:
    grant = books.credits.grants.get(one.grant)
    assert grant is not None, f"there is no grant {one.grant}"
    result = {
        name.replace("_", "-"): value for name, value in one._asdict().items() if name not in ("fact", "breakage")
    }
    rows = [
        ("grant", one.grant),
        ("customer", one.customer),
        ("what", str(one.adjustment_type)),
        ("units", f"-{number(one.units)} {grant.unit}"),
        ("reason", _line(one.reason)),
        ("adjusted", f"{one.adjusted} by {one.actor}, at {one.at}"),
    ]
    session.answer({**result, "units": number(one.units), "unit": grant.unit}, table([one.adjustment, ""], rows))
