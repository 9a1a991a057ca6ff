"""`billing-beans credit grant` (W2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from billing_beans.acts.credits import grant_credits
from billing_beans.catalog.facts import CreditUnitAdded, CustomerAdded, LegalEntityAdded
from billing_beans.cli.arguments import NUMBER, ids_of
from billing_beans.cli.credit_grants import grant_result
from billing_beans.cli.credit_said import credits_said, granted_words
from billing_beans.cli.credit_terms import TypedTerms, say_if_ignored, terms_of, terms_options, zone_of_seller
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME, NumbersAsArguments, source_like
from billing_beans.credits.adjusting import grant_named
from billing_beans.credits.facts import CreditGranted, CreditType
from billing_beans.credits.granting import GrantCredits
from billing_beans.ledger.ledger import Outcome
from billing_beans.reports.grants import Standing

_TYPES = {"promo": CreditType.PROMO, "goodwill": CreditType.GOODWILL}


@click.command(cls=NumbersAsArguments)
@click.argument("customer", type=NAME, shell_complete=ids_of(CustomerAdded))
@click.argument("credits_", metavar="CREDITS", type=NUMBER)
@click.option(
    "--unit", metavar="UNIT", type=NAME, shell_complete=ids_of(CreditUnitAdded), help="Which credits, of several kinds."
)
@click.option(
    "--type", "kind", type=click.Choice([*_TYPES]), default="promo", show_default=True, help="Why for nothing."
)
@click.option(
    "--source",
    type=source_like("promo/APPSUMO2026"),
    metavar="TYPE/ID",
    help="What they come from: promo/APPSUMO2026; else who grants them.",
)
@click.option("--reason", help="Why: it is kept for ever.")
@terms_options
@click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="The legal entity that grants, of several.")
@click.option("--id", "grant", metavar="GRANT", type=NAME, help="The grant's id; else the next GRANT-number.")
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    customer: str,
    credits_: Decimal,
    unit: str | None,
    kind: str,
    source: str | None,
    reason: str | None,
    terms: TypedTerms,
    seller: str | None,
    grant: str | None,
) -> None:
    """Grant free credits, without an invoice: for a promotion, or out of goodwill. They can be used at once.

    What is said of a scope is combined: credits for a subscription and a meter are for lines that have both.

    \b
    Examples:
      billing-beans credit grant acme 100 --source promo/APPSUMO2026 --until 2026-12-31
      billing-beans credit grant acme 25 --type goodwill --reason "the outage of May"
      billing-beans credit grant acme 50 --unit CREDIT-API --meter api-calls --period 2026-07-01..2026-08-01
      billing-beans credit grant acme 10 --subscription SUB-1 --expires-at 2026-07-01T12:00
    """
    session = session_of(ctx)
    request = GrantCredits(
        customer,
        credits_,
        source or f"user/{session.actor}",
        unit.upper() if unit is not None else None,
        _TYPES[kind],
        reason,
        terms_of(terms, session, lambda: zone_of_seller(session, customer, seller)),
        seller,
        grant,
    )
    session.perform(grant_credits, request, lambda outcome: _say(outcome, terms.priority))


def _say(outcome: Outcome, priority: int | None) -> tuple[Any, str]:
    books = outcome.act.books
    fact = outcome.facts[0]
    assert isinstance(fact, CreditGranted)
    grant = grant_named(books, fact.grant)
    say_if_ignored(books, priority, fact.date)
    words = [f"Granted {granted_words(books, grant)}", *credits_said(books, outcome.facts[1:])]
    words.append(f"Next: billing-beans credit apply INVOICE, or billing-beans credit balance {grant.customer}")
    seller = books.catalog.entity_with(grant.wallet.partition("/")[0])
    return grant_result(grant, seller, Standing.OPEN), "\n".join(words)
