"""`billing-beans book`: show, policy."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

from billing_beans.acts.catalog import choose_policy
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.facts import CustomerAdded, LegalEntityAdded, PolicyChosen, ProductAdded
from billing_beans.catalog.policies import MEANINGS, POLICIES
from billing_beans.cli.arguments import completes
from billing_beans.cli.catalogue import Said, day_shown, perform
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import Session, session_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.ledger.ledger import Outcome


@click.group()
def command() -> None:
    """What these books are: whose, live or test; the policies they follow.

    \b
    Examples:
      billing-beans book show
      billing-beans book policy
    """


@command.command()
@global_options
@click.pass_context
def show(ctx: click.Context) -> None:
    """Whose books these are, whether they are live or a test, and what is in them."""
    session = session_of(ctx)
    catalog, day = session.reading.books.catalog, day_shown(session)
    book = catalog.declared()
    if book is None:
        raise Refused(
            f"The books in {session.root} don't say what they are.",
            rule="P4: a book says once what it is, live or test.",
            instead='add a `custom "billing" "book"` directive to setup/accounts.beancount; init writes one',
        )
    entities = [one.entity for one in catalog.valid_on(LegalEntityAdded, day)]
    customers = len(catalog.valid_on(CustomerAdded, day))
    products = len(catalog.valid_on(ProductAdded, day))
    rows = [
        ("organization", book.organization),
        ("mode", "live" if book.livemode else "test"),
        ("format", str(book.format)),
        ("folder", str(session.root)),
        ("legal entities", ", ".join(entities) or "none; next: billing-beans entity add"),
        ("customers", str(customers)),
        ("products", str(products)),
    ]
    result = {"book": book, "entities": entities, "customers": customers, "products": products}
    session.answer(result, table([book.book, ""], rows))


class PolicyRow(NamedTuple):
    """One policy as a book follows it on a day: what is chosen since when, or the default, and what can be."""

    policy: str
    choice: str
    since: date | None
    choices: list[str]


def _complete_choice(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    choices = POLICIES.get(ctx.params.get("policy") or "", ())
    return [CompletionItem(one.value, help=MEANINGS[one]) for one in choices if one.value.startswith(incomplete)]


@command.command()
@click.argument("policy", required=False, shell_complete=completes(lambda _books: [(one, "") for one in POLICIES]))
@click.argument("choice", required=False, shell_complete=_complete_choice)
@global_options
@click.pass_context
def policy(ctx: click.Context, policy: str | None, choice: str | None) -> None:
    """What can be done in several ways, and how these books do it. With POLICY and CHOICE: do it so from a day on.

    \b
    Examples:
      billing-beans book policy
      billing-beans book policy credit-order priority-first
      billing-beans book policy credit-discounts after-tax --date 2026-07-01
    """
    session = session_of(ctx)
    if policy is None or choice is None:
        _show_policies(session, policy)
        return

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, PolicyChosen)
        return fact, f"{fact.policy} is {fact.choice} from {fact.date} on."

    perform(session, choose_policy, ChoosePolicy(policy, choice), say)


def _show_policies(session: Session, policy: str | None) -> None:
    """All policies, or one. Raises `WrongUsage` for one that there isn't."""
    if policy is not None and policy not in POLICIES:
        raise WrongUsage(f"There is no policy {policy!r}.", instead=f"one of {', '.join(POLICIES)}")
    catalog, day = session.reading.books.catalog, day_shown(session)
    chosen = {one.policy: one for one in catalog.valid_on(PolicyChosen, day)}
    rows = [
        PolicyRow(
            name,
            catalog.policy(name, day),
            chosen[name].date if name in chosen else None,
            [one.value for one in choices],
        )
        for name, choices in POLICIES.items()
        if policy in (None, name)
    ]
    session.answer(rows, "\n\n".join([_chosen(rows), *map(_choices, rows)]))


def _chosen(rows: list[PolicyRow]) -> str:
    return table(["policy", "choice", "since"], [(one.policy, one.choice, one.since or "the default") for one in rows])


def _choices(row: PolicyRow) -> str:
    """What a policy can be, and what that means."""
    return table([row.policy, "what it means"], [(one, MEANINGS[one]) for one in row.choices])
