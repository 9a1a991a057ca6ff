"""`billing-beans entity`: add, change, list, show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from billing_beans.acts.catalog import add_entity
from billing_beans.catalog.facts import LegalEntityAdded
from billing_beans.catalog.operations import AddEntity, compact
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import Said, day_shown, perform, perform_change, show_list, show_one
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.core.accounts import Account
from billing_beans.ledger.ledger import Outcome

_ASSUMED = ("currency", "time_zone", "account", "invoice_format", "credit_note_format")
"""What follows from id and country where it isn't said."""


def _details(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--currency", help="The currency of its books; else the country's."),
            click.option("--time-zone", help="Where its days begin: Asia/Singapore; else the country's."),
            click.option("--tax-number", help="Its number with the tax office, for invoices."),
            click.option(
                "--invoice-format", metavar="FORMAT", help="How invoices are numbered: SG-{year}-{sequence:05d}."
            ),
            click.option("--credit-note-format", metavar="FORMAT", help="How credit notes are numbered."),
            click.option("--terms", "payment_terms", type=int, metavar="DAYS", help="Days until an invoice is due."),
            click.option("--bank", metavar="ACCOUNT", help="Where money comes in: Assets:SG:Bank:OCBC."),
            click.option("--bank-name", help="The bank's name, for invoices."),
            click.option("--account-number", help="The number of the bank account, for invoices."),
            click.option("--iban", help="The IBAN, for invoices; its check digits must be right."),
            click.option("--bic", help="The BIC (SWIFT code), for invoices."),
            click.option("--email", help="Where customers write to."),
            click.option("--footer", help="A text at the foot of each invoice."),
            click.option("--logo", metavar="FILE", help="A picture for invoices, relative to the books."),
            click.option("--accent", metavar="COLOUR", help="The colour of its invoices: #1f4e79."),
        )
    ):
        function = option(function)
    return function


@click.group()
def command() -> None:
    """Legal entities: sellers of record with their numbers, tax and bank.

    \b
    Examples:
      billing-beans entity add sg --name "Example Pte. Ltd." --country SG --address "1 Raffles Place"
      billing-beans entity change sg --bank Assets:SG:Bank:OCBC --bic OCBCSGSG
      billing-beans entity show sg
    """


@command.command()
@click.argument("entity")
@click.option("--name", required=True, help="Its name, as on an invoice.")
@click.option("--address", required=True, help="Its address, as on an invoice.")
@click.option("--country", required=True, help="The code of its country: SG.")
@click.option("--account", metavar="COMPONENT", help="Its component in accounts (Assets:SG:...); else from the id.")
@_details
@global_options
@click.pass_context
def add(ctx: click.Context, /, entity: str, **values: Any) -> None:
    """Add a seller of record. What is left out follows from id and country, and is said.

    \b
    Examples:
      billing-beans entity add sg --name "Example Pte. Ltd." --country SG --address "1 Raffles Place, Singapore"
      billing-beans entity add us --name "Example Inc." --country US --address "5 Main St" --time-zone America/New_York
      billing-beans entity add de --name "Beispiel GmbH" --country DE --address "Hauptstr. 1, Berlin" --terms 14 \\
        --bank Assets:DE:Bank:Giro --iban "DE89 3704 0044 0532 0130 00"
    """
    request = AddEntity(entity, **values)
    perform(session_of(ctx), add_entity, request, lambda outcome: _say_added(outcome, request))


def _say_added(outcome: Outcome, request: AddEntity) -> Said:
    fact = outcome.facts[0]
    assert isinstance(fact, LegalEntityAdded)
    words = [f"Added legal entity {fact.entity}, {fact.name}, from {fact.date} on."]
    assumed = [(name.replace("_", "-"), getattr(fact, name)) for name in _ASSUMED if getattr(request, name) is None]
    words += [f"  assumed  {name} {value}" for name, value in assumed]
    words += [f"  opened   {opening.account}" for opening in outcome.act.openings]
    words += ["Next: billing-beans tax-code add CODE --rate RATE"]
    return fact, "\n".join(words)


@command.command()
@click.argument("entity", shell_complete=ids_of(LegalEntityAdded))
@click.option("--name", help="Its name, as on an invoice.")
@click.option("--address", help="Its address, as on an invoice.")
@click.option("--country", help="The code of its country: SG.")
@_details
@global_options
@click.pass_context
def change(ctx: click.Context, /, entity: str, iban: str | None, bic: str | None, **values: Any) -> None:
    """A new version from a day on. What isn't given stays; an empty text takes a value away. Old invoices don't move.

    \b
    Examples:
      billing-beans entity change sg --address "2 Raffles Place, Singapore" --date 2026-07-01
      billing-beans entity change sg --footer ""
    """
    values["bank"] = Account(values["bank"]) if values["bank"] else values["bank"]
    values["iban"] = compact(iban) if iban else iban
    values["bic"] = compact(bic) if bic else bic
    perform_change(session_of(ctx), "entity", entity, values)


@command.command(name="list")
@global_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Legal entities as they are on a day.

    \b
    Examples:
      billing-beans entity list
      billing-beans entity list --date 2026-01-31 --json
    """
    session = session_of(ctx)
    found = session.reading.books.catalog.valid_on(LegalEntityAdded, day_shown(session))
    columns = {
        "entity": lambda one: one.entity,
        "name": lambda one: one.name,
        "country": lambda one: one.country,
        "currency": lambda one: one.currency,
        "account": lambda one: one.account,
        "invoices": lambda one: one.invoice_format,
        "bank": lambda one: one.bank,
        "from": lambda one: one.date,
    }
    show_list(session, found, columns, "No legal entities.\nNext: billing-beans entity add --help")


@command.command()
@click.argument("entity", shell_complete=ids_of(LegalEntityAdded))
@global_options
@click.pass_context
def show(ctx: click.Context, entity: str) -> None:
    """One legal entity as it is on a day, and its versions.

    \b
    Example:
      billing-beans entity show sg
    """
    show_one(session_of(ctx), "entity", entity)
