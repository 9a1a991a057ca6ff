"""`billing-beans agreement`: add, term, list, show."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import click

from billing_beans.acts.catalog import add_agreement, add_term
from billing_beans.catalog.facts import AgreementAdded, AgreementTermAdded, CustomerAdded, ProductAdded
from billing_beans.catalog.operations import AddAgreement, AddTerm
from billing_beans.catalog.state import CatalogState
from billing_beans.catalog.versions import last_by
from billing_beans.cli.arguments import RATE, UNIT_PRICE, ids_of
from billing_beans.cli.catalogue import Said, day_shown, day_typed, described, perform, show_list
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import session_of
from billing_beans.core.errors import Refused
from billing_beans.core.money import Money
from billing_beans.core.words import rate_words
from billing_beans.ledger.ledger import Outcome


@click.group()
def command() -> None:
    """Agreements with customers and their negotiated terms.

    \b
    Examples:
      billing-beans agreement add acme --until 2026-12-31
      billing-beans agreement term AG-1 placement-credit --unit-price "90.00 SGD"
      billing-beans agreement list --customer acme
    """


@command.command()
@click.argument("customer", shell_complete=ids_of(CustomerAdded))
@click.option("--id", "agreement", help="The agreement's id; else the next AG-number. A known one gets a new version.")
@click.option("--from", "since", metavar="DATE", help="The first day; else --date, else today.")
@click.option("--until", metavar="DATE", help="The last day; else without end.")
@global_options
@click.pass_context
def add(ctx: click.Context, customer: str, agreement: str | None, since: str | None, until: str | None) -> None:
    """Add an agreement with a customer. What grants an entitlement is sold only under one.

    \b
    Examples:
      billing-beans agreement add acme
      billing-beans agreement add acme --id AG-1 --until 2027-12-31
    """
    session = session_of(ctx)
    first, last = day_typed(session, since), day_typed(session, until)

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, AgreementAdded)
        again = len(outcome.act.books.catalog.versions_of(fact)) > 1
        until_words = f", until {fact.active_until}" if fact.active_until else ""
        words = f"{'Changed' if again else 'Added'} agreement {fact.agreement} with {fact.customer} from {fact.date} on"
        return fact, (
            f"{words}{until_words}.\n"
            f'Next: billing-beans agreement term {fact.agreement} PRODUCT --unit-price "90.00 SGD"'
        )

    perform(session, add_agreement, AddAgreement(customer, agreement, first, last), say)


@command.command()
@click.argument("agreement", shell_complete=ids_of(AgreementAdded))
@click.argument("product", shell_complete=ids_of(ProductAdded))
@click.option("--unit-price", type=UNIT_PRICE, help='What one costs instead of the price: "90.00 SGD".')
@click.option("--platform-fee-bps", type=int, metavar="BPS", help="The fee of an agent, in hundredths of a percent.")
@click.option("--discount", type=RATE, help="What is taken off: 10%.")
@global_options
@click.pass_context
def term(
    ctx: click.Context,
    agreement: str,
    product: str,
    unit_price: Money | None,
    platform_fee_bps: int | None,
    discount: Decimal | None,
) -> None:
    """What an agreement says of a product, from a day on. It replaces what it said of it before, whole.

    \b
    Examples:
      billing-beans agreement term AG-1 placement-credit --unit-price "90.00 SGD"
      billing-beans agreement term AG-1 pro-plan --discount 10%
      billing-beans agreement term AG-1 gig-credit --platform-fee-bps 1200
    """

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, AgreementTermAdded)
        return fact, f"{fact.agreement}: {fact.product} {_term_words(fact)}, from {fact.date} on."

    perform(session_of(ctx), add_term, AddTerm(agreement, product, unit_price, platform_fee_bps, discount), say)


def _term_words(term_: AgreementTermAdded) -> str:
    said = [f"at {money(term_.unit_price)}"] if term_.unit_price is not None else []
    said += [f"with a fee of {term_.platform_fee_bps} bps"] if term_.platform_fee_bps is not None else []
    said += [f"less {rate_words(term_.discount)}"] if term_.discount is not None else []
    return ", ".join(said)


def _terms_of(catalog: CatalogState, agreement: str) -> Iterable[AgreementTermAdded]:
    return catalog.terms.range("agreement", agreement)


@command.command(name="list")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="Only of this customer.")
@click.option("--all", "every", is_flag=True, help="Also those that ended or have not begun.")
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, every: bool) -> None:
    """Agreements that are active on a day.

    \b
    Examples:
      billing-beans agreement list --customer acme
      billing-beans agreement list --all
    """
    session = session_of(ctx)
    catalog, day = session.reading.books.catalog, day_shown(session)
    found = [*catalog.agreements.all()] if every else catalog.valid_on(AgreementAdded, day)
    kept = [one for one in found if customer in (None, one.customer)]
    if not every:
        kept = [one for one in kept if one.active_until is None or day <= one.active_until]
    columns = {
        "agreement": lambda one: one.agreement,
        "customer": lambda one: one.customer,
        "from": lambda one: one.date,
        "until": lambda one: one.active_until,
        "terms": lambda one: ", ".join(dict.fromkeys(term.product for term in _terms_of(catalog, one.agreement))),
    }
    show_list(session, kept, columns, f"No agreements on {day}.")


@command.command()
@click.argument("agreement", shell_complete=ids_of(AgreementAdded))
@global_options
@click.pass_context
def show(ctx: click.Context, agreement: str) -> None:
    """One agreement as it is on a day, its versions, and its terms.

    \b
    Example:
      billing-beans agreement show AG-1
    """
    session = session_of(ctx)
    catalog, day = session.reading.books.catalog, day_shown(session)
    versions = [*catalog.agreements.range("versions", agreement)]
    if not versions:
        raise Refused(f"There is no agreement {agreement}.", instead="billing-beans agreement list --all")
    valid = last_by(versions, day) or versions[0]
    terms = [*_terms_of(catalog, agreement)]
    words = described("agreement", agreement, valid, versions, day)
    if terms:
        rows = [(one.product, str(one.date), _term_words(one)) for one in terms]
        words += "\n\n" + table(["product", "from", "term"], rows)
    session.answer({"agreement": valid, "versions": versions, "terms": terms}, words)
