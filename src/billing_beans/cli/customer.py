"""`billing-beans customer`: add, bill-to, change, list, show, import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from billing_beans.acts.catalog import add_bill_to, add_customer, add_payer, named
from billing_beans.catalog.facts import BillToAdded, CustomerAdded, LegalEntityAdded, PayerKnown
from billing_beans.catalog.operations import AddBillTo, AddCustomer, AddPayer
from billing_beans.catalog.versions import last_by
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import (
    FromFile,
    Said,
    cell,
    day_shown,
    described,
    import_file,
    import_options,
    perform,
    perform_change,
    show_list,
)
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.subscription_list import Row, next_words, point_on, row_of, status_words
from billing_beans.cli.subscription_words import what_words
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.ledger.ledger import Outcome

_PROFILE = (
    click.option("--attention", help="Whom it is for: Accounts Payable."),
    click.option("--email", help="Where invoices are sent to."),
    click.option("--tax-number", help="The customer's number with the tax office."),
    click.option("--terms", "payment_terms", type=int, metavar="DAYS", help="Days until an invoice is due."),
)


def _profile(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_PROFILE):
        function = option(function)
    return function


@click.group()
def command() -> None:
    """Customers and their bill-to profiles.

    \b
    Examples:
      billing-beans customer add acme --name "Acme Pte. Ltd." --country SG --address "2 Shenton Way, Singapore"
      billing-beans customer bill-to acme USD
      billing-beans customer import customers.csv
    """


@command.command()
@click.argument("customer")
@click.option("--name", required=True, help="Its name, as on an invoice.")
@click.option("--address", required=True, help="Its address, as on an invoice.")
@click.option("--country", help="The code of its country, for prices and tax: SG.")
@click.option("--currency", help="The currency of its invoices; else the seller's.")
@click.option("--account", metavar="COMPONENT", help="Its component in accounts; else from the id: acme is Acme.")
@click.option("--locale", help="Language and country of its invoices: en_SG.")
@click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="The legal entity that it buys from.")
@_profile
@global_options
@click.pass_context
def add(ctx: click.Context, /, customer: str, **values: Any) -> None:
    """Add a customer with its first bill-to profile.

    \b
    Examples:
      billing-beans customer add acme --name "Acme Pte. Ltd." --country SG --address "2 Shenton Way, Singapore"
      billing-beans customer add globex --name "Globex" --address "5 Main St" --country US --currency USD \\
        --email ap@globex.example --terms 14
    """
    request = AddCustomer(customer, **values)
    perform(session_of(ctx), add_customer, request, lambda outcome: _say_added(outcome, request))


def _say_added(outcome: Outcome, request: AddCustomer) -> Said:
    books, day = outcome.act.books, outcome.facts[0].date
    found = books.catalog.customer(request.customer, day)
    assert found is not None
    profile = next(fact for fact in outcome.facts if isinstance(fact, BillToAdded))
    words = [f"Added customer {found.customer}, {found.name}, from {day} on, invoiced in {profile.currency}."]
    words += [] if request.currency else [f"  assumed  currency {profile.currency}"]
    words += [] if request.account else [f"  assumed  account {found.account}"]
    words += [] if request.country else ["  no country: neither prices nor tax rules of a country apply"]
    words.append(f"Next: billing-beans invoice draft {found.customer} PRODUCT QUANTITY")
    return {"customer": found, "bill-to": profile}, "\n".join(words)


@command.command(name="bill-to")
@click.argument("customer", shell_complete=ids_of(CustomerAdded))
@click.argument("currency")
@click.option("--name", help="The name on the invoice; else as before.")
@click.option("--address", help="The address on the invoice; else as before.")
@click.option("--country", help="The country of the address, where it is not the customer's.")
@_profile
@global_options
@click.pass_context
def bill_to(ctx: click.Context, /, customer: str, currency: str, **values: Any) -> None:
    """One more currency in which a customer is invoiced, or a new version of its profile, from a day on.

    What isn't given is as in the profile before, or in the customer's first one; an empty text takes it away.

    \b
    Examples:
      billing-beans customer bill-to acme USD
      billing-beans customer bill-to acme SGD --address "3 Shenton Way, Singapore" --date 2026-07-01
    """

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, BillToAdded)
        rows = [("  name", fact.name), ("  address", cell(fact.address))]
        rows += [("  attention", fact.attention)] if fact.attention else []
        rows += [("  email", fact.email)] if fact.email else []
        return fact, f"{customer} is invoiced in {currency} from {fact.date} on:\n" + table(["", ""], rows).lstrip("\n")

    perform(session_of(ctx), add_bill_to, AddBillTo(customer, currency, **values), say)


@command.command()
@click.argument("customer", shell_complete=ids_of(CustomerAdded))
@click.argument("payer")
@global_options
@click.pass_context
def payer(ctx: click.Context, /, customer: str, payer: str) -> None:
    """Who pays for a customer, as a bank statement or a processor names them. Imports find the customer by it.

    \b
    Examples:
      billing-beans customer payer acme stripe/cus_9s6XKzkNRiz8i3
      billing-beans customer payer acme iban/DE02120300000000202051
      billing-beans customer payer acme email/ap@acme.example
    """

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, PayerKnown)
        return fact, f"{fact.payer} pays for {fact.customer} from {fact.date} on."

    perform(session_of(ctx), add_payer, AddPayer(customer, payer), say)


@command.command()
@click.argument("customer", shell_complete=ids_of(CustomerAdded))
@click.option("--name", help="Its name.")
@click.option("--country", help="The code of its country, for prices and tax: SG.")
@click.option("--locale", help="Language and country of its invoices: en_SG.")
@click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="The legal entity that it buys from.")
@global_options
@click.pass_context
def change(ctx: click.Context, /, customer: str, locale: str | None, **values: Any) -> None:
    """A new version from a day on. Name and address on invoices are in its bill-to profiles: customer bill-to.

    \b
    Example:
      billing-beans customer change acme --country MY --date 2026-07-01
    """
    values["locale"] = locale.replace("-", "_") if locale is not None else None
    perform_change(session_of(ctx), "customer", customer, values)


@command.command(name="list")
@global_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Customers as they are on a day.

    \b
    Examples:
      billing-beans customer list
      billing-beans customer list --date 2026-01-31 --json
    """
    session = session_of(ctx)
    catalog, day = session.reading.books.catalog, day_shown(session)
    columns = {
        "customer": lambda one: one.customer,
        "name": lambda one: one.name,
        "country": lambda one: one.country,
        "invoiced in": lambda one: ", ".join(catalog.bill_to_currencies(one.customer, day)),
        "account": lambda one: one.account,
        "from": lambda one: one.date,
    }
    found = catalog.valid_on(CustomerAdded, day)
    show_list(session, found, columns, f"No customers on {day}.\nNext: billing-beans customer add --help")


@command.command()
@click.argument("customer", shell_complete=ids_of(CustomerAdded))
@global_options
@click.pass_context
def show(ctx: click.Context, customer: str) -> None:
    """One customer as it is on a day: profiles, agreements, subscriptions, invoices and what is owed.

    \b
    Example:
      billing-beans customer show acme
    """
    session = session_of(ctx)
    books, day = session.reading.books, day_shown(session)
    catalog = books.catalog
    versions = catalog.versions_of(named(books, "customer", customer))
    valid = last_by(versions, day) or versions[0]
    profiles = [catalog.bill_to_of(customer, one, day) for one in catalog.bill_to_currencies(customer, day)]
    agreements = catalog.active_agreements(customer, day)
    invoices = sorted(books.invoices.heads.range("customer", customer), key=lambda one: one.drafted_id, reverse=True)
    owed = _owed(invoices)
    known = dict.fromkeys(one.payer for one in catalog.payers.range("customer", customer))
    payers = [one for one in known if catalog.customer_of_payer(one, day) == customer]
    subscriptions = _subscriptions(session, day, customer)
    parts = [
        described("customer", customer, valid, versions, day),
        _profiles_table(profiles),
        table(["agreement", "from", "until"], [(one.agreement, one.date, one.active_until) for one in agreements])
        if agreements
        else "No active agreement.",
        f"Paid for by {', '.join(payers)}." if payers else "",
        _subscriptions_table(subscriptions),
        _invoices_table(invoices, owed),
    ]
    result = {
        "customer": valid,
        "versions": versions,
        "bill-to": profiles,
        "agreements": agreements,
        "payers": payers,
        "subscriptions": subscriptions,
        "invoices": invoices,
        "owed": {currency: f"{amount:f}" for currency, amount in owed.items()},
    }
    session.answer(result, "\n\n".join(part for part in parts if part))


def _profiles_table(profiles: list[Any]) -> str:
    columns = ["bill-to", "name", "address", "attention", "email", "tax number", "from"]
    names = ("currency", "name", "address", "attention", "email", "tax_number", "date")
    return table(columns, [[cell(getattr(one, name)) for name in names] for one in profiles])


def _subscriptions(session: Session, day: date, customer: str) -> list[Row]:
    """What the customer subscribes to, and did, as it stands on a day."""
    books = session.reading.books
    found = books.subscriptions.subscriptions.range("customer", customer)
    return [row_of(books, one, day, point_on(session, books, one, day)) for one in found]


def _subscriptions_table(rows: list[Row]) -> str:
    columns = ["subscription", "to", "status", "from", "until", "next billing"]
    cells = [
        (
            one.subscription,
            what_words(one.plan, one.quantity),
            status_words(one.status),
            one.start,
            one.last_day,
            next_words(one),
        )
        for one in rows
    ]
    return table(columns, cells) if cells else ""


def _owed(invoices: list[InvoiceHead]) -> dict[str, Decimal]:
    owed: dict[str, Decimal] = {}
    for one in invoices:
        if one.due_amount:
            owed[one.currency] = owed.get(one.currency, Decimal(0)) + one.due_amount
    return owed


def _invoices_table(invoices: list[InvoiceHead], owed: dict[str, Decimal]) -> str:
    if not invoices:
        return "No invoices."
    rows = [
        (
            one.number,
            one.status.value,
            one.dated or one.drafted,
            one.due,
            f"{one.total:f} {one.currency}",
            f"{one.due_amount:f}",
        )
        for one in invoices
    ]
    words = table(["invoice", "status", "date", "due", "total>", "owed>"], rows)
    total = ", ".join(f"{amount:f} {currency}" for currency, amount in owed.items())
    return f"{words}\nOwed: {total or 'nothing'}."


@command.command(name="import")
@import_options
@global_options
@click.pass_context
def import_(ctx: click.Context, file: Path, mapping: tuple[str, ...], reject: Path | None) -> None:
    """Import customers from a CSV file (UTF-8; comma, semicolon or tab): customer, name, address, country, currency, ...

    Rows that can't be taken are named, the others are written in one act. Importing a file again changes nothing. A
    second row of a customer, in another currency, is one more bill-to profile.

    \b
    Examples:
      billing-beans customer import customers.csv
      billing-beans customer import crm.csv --map customer="Account No" --map name=Company --reject refused.csv
    """
    from billing_beans.importers.catalog_rows import read_customers

    import_file(ctx, FromFile("customers", file, mapping, reject), read_customers)
