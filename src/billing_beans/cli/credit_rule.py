"""`billing-beans credit rule`: add, end (W2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import click

from billing_beans.acts.top_up_rules import add_rule, end_rule
from billing_beans.books import Books
from billing_beans.catalog.facts import (
    CreditUnitAdded,
    CustomerAdded,
    LegalEntityAdded,
    ProductAdded,
    Revenue,
    TopUpRuleAdded,
)
from billing_beans.cli.arguments import NUMBER, completes, ids_of
from billing_beans.cli.catalogue import Said, day_typed, perform
from billing_beans.cli.credit_rule_words import rule_words
from billing_beans.cli.credit_terms import say_if_ignored
from billing_beans.cli.options import global_options
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME, NumbersAsArguments
from billing_beans.core.calendar import Every, local_date
from billing_beans.core.errors import WrongUsage
from billing_beans.credits.records import Terms
from billing_beans.credits.rules import AddRule, EndRule, days_due, every_rule, last_day_of, versions_named
from billing_beans.invoicing.operations import entity_of
from billing_beans.ledger.ledger import Outcome


def _top_ups(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.catalog.valid_on(ProductAdded, date.max):
        if one.revenue is Revenue.TOP_UP:
            yield one.product, " ".join(one.name.split())


def _running(books: Books) -> Iterable[tuple[str, str]]:
    """Rules that have not ended."""
    for versions in every_rule(books):
        if last_day_of(versions) == date.max:
            yield versions[0].rule, rule_words(versions[-1])


@click.command(cls=NumbersAsArguments)
@click.argument("customer", type=NAME, shell_complete=ids_of(CustomerAdded))
@click.argument("credits_", metavar="CREDITS", type=NUMBER)
@click.option("--every", type=click.Choice([one.value for one in Every]), help="How often they come.")
@click.option("--below", type=NUMBER, metavar="CREDITS", help="They come when fewer than these are available.")
@click.option("--free", is_flag=True, help="They cost nothing.")
@click.option("--product", type=NAME, shell_complete=completes(_top_ups), help="An invoice of this product sells them.")
@click.option(
    "--unit", metavar="UNIT", type=NAME, shell_complete=ids_of(CreditUnitAdded), help="Which credits, of several kinds."
)
@click.option("--from", "since", metavar="DAY", help="The first day, to which the others are anchored; else --date, else today.")  # fmt: skip
@click.option("--until", metavar="DAY", help="The last day; else without end.")
@click.option("--valid-days", type=int, metavar="DAYS", help="Free ones: for how many days they can be used, each time.")  # fmt: skip
@click.option("--subscription", metavar="ID", type=NAME, help="Free ones: only for lines of this subscription.")
@click.option("--meter", metavar="METER", type=NAME, help="Free ones: only for lines that sell what this meter counts.")
@click.option("--priority", type=int, metavar="N", help="Free ones: low is used first, where the book's order asks for it.")  # fmt: skip
@click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="The legal entity that gives them, of several.")
@click.option("--id", "rule", metavar="RULE", type=NAME, help="The rule's id; else the next RULE-number. A known one gets a new version.")  # fmt: skip
@global_options
@click.pass_context
def add(ctx: click.Context, /, customer: str, credits_: Decimal, **given: Any) -> None:
    """Give a customer credits again and again: --every so often from a first day on, or when fewer than --below are available.

    Nothing is granted yet: billing-beans credit rule run does what is due, each day of a rule once. The first day is one of
    them. A month that has no such day ends with its last: from 2026-01-31 it is 2026-02-28 and 2026-03-31.

    \b
    Examples:
      billing-beans credit rule add acme 100 --every month --free --valid-days 30
      billing-beans credit rule add acme 100 --every month --from 2026-01-31 --product top-up
      billing-beans credit rule add acme 500 --below 50 --product top-up --until 2026-12-31
      billing-beans credit rule add acme 150 --every month --free --id RULE-1 --from 2026-07-01
    """
    session = session_of(ctx)
    if given["free"] == (given["product"] is not None):
        raise WrongUsage(
            "Whether the credits are free or sold is said twice."
            if given["free"]
            else "Nothing says who pays for the credits.",
            instead="give --free, or --product PRODUCT for an invoice each time",
        )
    terms = Terms(given["subscription"], given["meter"], priority=given["priority"], valid_days=given["valid_days"])
    request = AddRule(
        customer,
        credits_,
        Every(given["every"]) if given["every"] is not None else None,
        given["below"],
        given["product"],
        given["unit"].upper() if given["unit"] is not None else None,
        terms,
        given["seller"],
        day_typed(session, given["since"]),
        day_typed(session, given["until"]),
        given["rule"],
    )
    perform(session, add_rule, request, lambda outcome: _say_added(session, outcome))


def _say_added(session: Session, outcome: Outcome) -> Said:
    fact = outcome.facts[0]
    assert isinstance(fact, TopUpRuleAdded)
    books = outcome.act.books
    versions = versions_named(books, fact.rule)
    say_if_ignored(books, fact.priority, fact.date)
    words = [f"{'Changed' if len(versions) > 1 else 'Added'} {rule_words(fact)}, from {fact.date} on."]
    others = {one.rule for one in books.catalog.top_up_rules.range("customer", fact.customer)} - {fact.rule}
    words += [f"  {fact.customer} has {', '.join(sorted(others))} as well."] if others else []
    today = local_date(session.clock.now(), entity_of(books, fact.seller, date.max).time_zone)
    due = [*days_due(books, versions, today)]
    words += [f"  {_times(len(due))} due already, since {due[0]}."] if due else []
    return fact, "\n".join([*words, "Next: billing-beans credit rule run --dry-run"])


def _times(count: int) -> str:
    return f"{count:,} times are" if count > 1 else "Once it is"


@click.command()
@click.argument("rule", type=NAME, shell_complete=completes(_running))
@click.option("--until", metavar="DAY", help="The last day; else the one before --date, or before today.")
@global_options
@click.pass_context
def end(ctx: click.Context, rule: str, until: str | None) -> None:
    """End a rule: from today on, or --date, it does nothing more. What was due before and is not done stays due.

    \b
    Examples:
      billing-beans credit rule end RULE-1
      billing-beans credit rule end RULE-1 --until 2026-12-31
    """
    session = session_of(ctx)

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, TopUpRuleAdded)
        assert fact.active_until is not None
        due = [*days_due(outcome.act.books, versions_named(outcome.act.books, rule), fact.active_until)]
        words = [f"{fact.rule} for {fact.customer} ends: its last day is {fact.active_until}."]
        if due and fact.active_until < outcome.act.day(fact.seller):
            words += [f"  {_times(len(due))} due still, since {due[0]}: billing-beans credit rule run"]
        return fact, "\n".join(words)

    perform(session, end_rule, EndRule(rule, day_typed(session, until)), say)
