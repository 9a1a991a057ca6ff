"""`billing-beans credit adjust` (W6)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import click

from billing_beans.acts.credits import CorrectGrant, adjust_grant, correct_grant
from billing_beans.books import Books
from billing_beans.cli.arguments import NUMBER, completes
from billing_beans.cli.credit_grants import grant_result
from billing_beans.cli.credit_said import credits_said, granted_words
from billing_beans.cli.credit_words import number
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME, NumbersAsArguments
from billing_beans.core.calendar import format_moment
from billing_beans.core.errors import WrongUsage
from billing_beans.credits.adjusting import AdjustGrant, grant_named
from billing_beans.credits.facts import AdjustmentType, CreditAdjusted, CreditGranted
from billing_beans.credits.records import Grant
from billing_beans.ledger.ledger import Outcome
from billing_beans.reports.grants import standing_of

_TYPES = [one.value for one in AdjustmentType if one is not AdjustmentType.REFUND]


def _unspent(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.credits.grants.all():
        if one.remaining:
            yield one.grant, f"{one.customer}, {number(one.remaining)} {one.unit} left"


@click.command(cls=NumbersAsArguments)
@click.argument("grant", type=NAME, shell_complete=completes(_unspent))
@click.option("--by", type=NUMBER, metavar="CREDITS", help="How many: -20 takes twenty, 20 is a correction upward.")
@click.option("--all", "every", is_flag=True, help="Take all that is unspent.")
@click.option("--cap", is_flag=True, help="Take what there is, where that is less.")
@click.option(
    "--type", "kind", type=click.Choice(_TYPES), help=f"Why.  [default: {_TYPES[0]}; upward: grant-correction]"
)
@click.option("--reason", required=True, help="Why, in words: it is kept for ever.")
@click.option("--id", "name", metavar="ID", type=NAME, help="The adjustment's id; else the next ADJ-number.")
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    grant: str,
    by: Decimal | None,
    every: bool,
    cap: bool,
    kind: str | None,
    reason: str,
    name: str | None,
) -> None:
    """Make a grant smaller, by what is unspent of it at most; or correct it upward with a new, free one on the same terms.

    Paid credits that are taken back are the customer's unapplied money again, or breakage where terms were violated. What an
    invoice sold is taken back by a credit note.

    \b
    Examples:
      billing-beans credit adjust GRANT-1 --by -20 --reason "granted twice"
      billing-beans credit adjust GRANT-1 --all --type clawback-terms-violation --reason "resold"
      billing-beans credit adjust GRANT-1 --by -500 --cap --type admin-reduction --reason "end of the pilot"
      billing-beans credit adjust GRANT-1 --by 5 --reason "105 were promised"
    """
    session = session_of(ctx)
    if (by is None) is not every:
        raise WrongUsage(
            "How many credits is said with --by, or --all takes all that is unspent.", instead="give just one of them"
        )
    if by is not None and not by:
        raise WrongUsage(
            "By 0 credits nothing changes.", instead="give a number below zero, or above it for a correction"
        )
    if by is not None and by > 0:
        _refuse_upward(kind, cap=cap, name=name)
        session.perform(correct_grant, CorrectGrant(grant, by, reason), _say_corrected)
        return
    request = AdjustGrant(grant, reason, AdjustmentType(kind or _TYPES[0]), -by if by is not None else None, cap, name)
    session.perform(adjust_grant, request, _say_adjusted)


def _refuse_upward(kind: str | None, *, cap: bool, name: str | None) -> None:
    """What can't be said of a correction upward. Raises `WrongUsage`."""
    if kind not in (None, AdjustmentType.CORRECTION):
        raise WrongUsage(
            f"{kind} makes a grant smaller, and --by is above zero.",
            rule="W6: upward a grant is only corrected.",
            instead="give a number below zero, or leave out --type",
        )
    if cap or name is not None:
        raise WrongUsage(
            f"{'--cap' if cap else '--id'} means nothing for a correction upward, which is a grant of its own.",
            instead="leave it out",
        )


def _say_adjusted(outcome: Outcome) -> tuple[Any, str]:
    books = outcome.act.books
    fact = outcome.facts[-1]
    assert isinstance(fact, CreditAdjusted)
    grant = grant_named(books, fact.grant)
    words = [f"Adjusted {grant.grant} of {grant.customer}: {' '.join(fact.reason.split())}"]
    words += [*credits_said(books, outcome.facts), f"  {number(grant.remaining)} {grant.unit} of it are left."]
    if fact.unapplied is not None and fact.origin is not None:
        words.append(f"Next: billing-beans payment refund {fact.origin.partition('/')[2]} --reason ...")
    adjustment = books.credits.adjustments.get(fact.adjustment)
    assert adjustment is not None
    said = {name: value for name, value in adjustment._asdict().items() if name not in ("fact", "breakage")}
    return {"adjustment": said, "grant": _result(outcome, grant)}, "\n".join(words)


def _say_corrected(outcome: Outcome) -> tuple[Any, str]:
    books = outcome.act.books
    fact = outcome.facts[-1]
    assert isinstance(fact, CreditGranted)
    grant = grant_named(books, fact.grant)
    words = [
        f"Corrected {fact.of_grant}: granted {granted_words(books, grant)}",
        *credits_said(books, outcome.facts[:-1]),
    ]
    words.append(f"Next: billing-beans credit balance {grant.customer}")
    return {"grant": _result(outcome, grant)}, "\n".join(words)


def _result(outcome: Outcome, grant: Grant) -> dict[str, Any]:
    seller = outcome.act.books.catalog.entity_with(grant.wallet.partition("/")[0])
    return grant_result(grant, seller, standing_of(grant, format_moment(outcome.act.context.now)))
