"""`billing-beans tax-code`: add, change, rule, list, show."""

from __future__ import annotations

from decimal import Decimal

import click

from billing_beans.acts.catalog import add_tax_code, add_tax_rule, named
from billing_beans.catalog.facts import LegalEntityAdded, ProductAdded, TaxCodeAdded, TaxRuleAdded
from billing_beans.catalog.operations import AddTaxCode, AddTaxRule
from billing_beans.catalog.versions import last_by
from billing_beans.cli.arguments import RATE, ids_of
from billing_beans.cli.catalogue import Said, day_shown, described, perform, perform_change, show_list
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import session_of
from billing_beans.core.accounts import Account
from billing_beans.core.words import rate_words
from billing_beans.ledger.ledger import Outcome


@click.group()
def command() -> None:
    """Tax codes and the rules that choose them by country.

    \b
    Examples:
      billing-beans tax-code add SG-GST-9 --rate 9%
      billing-beans tax-code rule placement-credit MY SG-ZERO
      billing-beans tax-code list
    """


@command.command()
@click.argument("tax_code")
@click.option("--rate", type=RATE, required=True, help="What part of the net amount it is: 9%, 0.09, 0%.")
@click.option("--account", help="Where it is owed: Liabilities:SG:Tax:GST; else from the code.")
@click.option("--entity", shell_complete=ids_of(LegalEntityAdded), help="Whose account it is; else the only one's.")
@click.option("--name", help="What invoices call it: GST.")
@global_options
@click.pass_context
def add(
    ctx: click.Context, tax_code: str, rate: Decimal, account: str | None, entity: str | None, name: str | None
) -> None:
    """Add a tax code. Its account is opened when tax is first owed on it.

    \b
    Examples:
      billing-beans tax-code add SG-GST-9 --rate 9%
      billing-beans tax-code add SG-EXEMPT --rate 0% --account Liabilities:SG:Tax:GST
    """
    request = AddTaxCode(tax_code, rate, account, entity, name)

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, TaxCodeAdded)
        assumed = "" if account else " (assumed; --account names another)"
        where = f"  on {fact.account}{assumed}"
        return fact, f"Added tax code {fact.tax_code}, {rate_words(fact.rate)}, from {fact.date} on.\n{where}"

    perform(session_of(ctx), add_tax_code, request, say)


@command.command()
@click.argument("tax_code", shell_complete=ids_of(TaxCodeAdded))
@click.option("--rate", type=RATE, help="The new rate: 9%.")
@click.option("--account", help="Where it is owed from now on.")
@click.option("--name", help="What invoices call it.")
@global_options
@click.pass_context
def change(ctx: click.Context, tax_code: str, rate: Decimal | None, account: str | None, name: str | None) -> None:
    """A new version from a day on. Old invoices don't move.

    \b
    Example:
      billing-beans tax-code change SG-GST --rate 9% --date 2024-01-01
    """
    values = {"rate": rate, "account": Account(account) if account else None, "name": name}
    perform_change(session_of(ctx), "tax-code", tax_code, values)


@command.command()
@click.argument("product", shell_complete=ids_of(ProductAdded))
@click.argument("country")
@click.argument("tax_code", shell_complete=ids_of(TaxCodeAdded))
@global_options
@click.pass_context
def rule(ctx: click.Context, product: str, country: str, tax_code: str) -> None:
    """For customers of a country a product carries this code instead of its own, from a day on.

    \b
    Example:
      billing-beans tax-code rule placement-credit MY SG-ZERO
    """

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        return fact, f"{product} carries {tax_code} for customers in {country} from {fact.date} on."

    perform(session_of(ctx), add_tax_rule, AddTaxRule(product, country, tax_code), say)


@command.command(name="list")
@global_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Tax codes as they are on a day.

    \b
    Examples:
      billing-beans tax-code list
      billing-beans tax-code list --date 2023-12-31
    """
    session = session_of(ctx)
    found = session.reading.books.catalog.valid_on(TaxCodeAdded, day_shown(session))
    columns = {
        "tax code": lambda one: one.tax_code,
        "rate>": lambda one: rate_words(one.rate),
        "account": lambda one: one.account,
        "name": lambda one: one.name,
        "from": lambda one: one.date,
    }
    show_list(session, found, columns, "No tax codes.\nNext: billing-beans tax-code add --help")


@command.command()
@click.argument("tax_code", shell_complete=ids_of(TaxCodeAdded))
@global_options
@click.pass_context
def show(ctx: click.Context, tax_code: str) -> None:
    """One tax code as it is on a day, its versions, and which products carry it where.

    \b
    Example:
      billing-beans tax-code show SG-GST-9
    """
    session = session_of(ctx)
    catalog, day = session.reading.books.catalog, day_shown(session)
    versions = catalog.versions_of(named(session.reading.books, "tax-code", tax_code))
    valid = last_by(versions, day) or versions[0]
    rules = [one for one in catalog.valid_on(TaxRuleAdded, day) if one.tax_code == tax_code]
    products = [one for one in catalog.valid_on(ProductAdded, day) if tax_code in (one.tax_code, one.fee_tax_code)]
    rows = [(one.product, "everywhere else", "") for one in products if one.tax_code == tax_code]
    rows += [(one.product, "the platform fee", "") for one in products if one.fee_tax_code == tax_code]
    rows += [(one.product, one.country, str(one.date)) for one in rules]
    words = described("tax-code", tax_code, valid, versions, day)
    words += "\n\n" + table(["product", "country", "from"], rows) if rows else ""
    session.answer({"tax-code": valid, "versions": versions, "rules": rules, "products": products}, words)
