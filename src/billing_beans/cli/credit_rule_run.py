"""`billing-beans credit rule run` (W2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from billing_beans.acts.top_up_rules import NotDone, Running, RunRules
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.credit_words import number
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.progress import long_progress
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.facts import Fact
from billing_beans.core.words import count_words
from billing_beans.credits.facts import CreditGranted
from billing_beans.credits.rule_state import rule_and_day
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.ledger.ledger import Outcome

_LISTED = 20
"""Top-ups, and what could not be done, that are said one by one."""
_LONG = 500
"""Top-ups from which on it is said how far the command is."""


@click.command()
@click.option("--customer", type=NAME, shell_complete=ids_of(CustomerAdded), help="Only rules of this customer.")
@global_options
@click.pass_context
def run(ctx: click.Context, customer: str | None) -> None:
    """Do what rules that top up have due by today, or by --date: each of their days once. To be run every day.

    Days that were missed are made up for. Free credits are dated the day for which they are, or the first day that is not closed,
    and can be used from then on for as many days as the rule says. An invoice is dated the day on which it is made, and issued;
    its credits are granted when it is paid. Where few credits are left, a rule tops up once on a day, and not while an invoice of
    it waits for its payment.

    What is refused keeps the rest of its rule waiting, and no other rule; it is named, and the command ends with 1.

    \b
    Examples:
      billing-beans credit rule run --dry-run
      billing-beans credit rule run
      billing-beans credit rule run --customer acme --date 2026-03-31
    """
    session = session_of(ctx)
    running = Running(long_progress("Top-ups", _LONG))
    session.perform(running.run_rules, RunRules(customer), lambda outcome: _say(outcome, running.not_done))
    for one in running.not_done[:_LISTED] if not session.settings.json else ():
        click.echo(f"{one.rule} of {one.customer} for {one.day}: {one.error}", err=True)
    if len(running.not_done) > _LISTED:
        click.echo(f"... and {len(running.not_done) - _LISTED:,} more rules; --json names all of them.", err=True)
    if running.not_done:
        ctx.exit(1)


def _say(outcome: Outcome, not_done: list[NotDone]) -> tuple[Any, str]:
    done = [*_done(outcome.facts)]
    refused = [
        {
            "rule": one.rule,
            "customer": one.customer,
            "for": one.day,
            "why": one.error.what,
            "instead": one.error.instead,
        }
        for one in not_done
    ]
    result = {"topped-up": done, "refused": refused}
    waits = f" {count_words(len(not_done), 'rule')} could not do what is due." if not_done else ""
    if not done:
        return (
            result,
            f"Nothing was done.{waits}" if waits else "Nothing to do: no rule has anything due that is not done.",
        )
    rules = len({one["rule"] for one in done})
    times = "once" if len(done) == 1 else f"{len(done):,} times"
    words = [f"Topped up {times} by {count_words(rules, 'rule')}.{waits}", *_table(done)]
    invoices = [one["invoice"] for one in done if "invoice" in one]
    following = f"invoice render {invoices[0]}" if invoices else f"credit balance {done[0]['customer']}"
    return result, "\n".join([*words, f"Next: billing-beans {following}"])


def _table(done: list[dict[str, Any]]) -> Iterator[str]:
    rows = [
        (
            f"  {one['rule']}",
            one["customer"],
            one["for"],
            f"{number(one['units'])} {one['unit']}",
            one.get("grant") or one["invoice"],
            money(one["total"]) if "total" in one else "free",
            one["date"] if one["date"] != one["for"] else "",
        )
        for one in done[:_LISTED]
    ]
    yield table(["  rule", "customer", "for", "credits>", "by", "costs>", "dated"], rows)
    if len(done) > _LISTED:
        yield f"  and {len(done) - _LISTED:,} more: billing-beans credit rule list"


def _done(facts: list[Fact]) -> Iterator[dict[str, Any]]:
    """What each rule did, in order."""
    for fact in facts:
        named = rule_and_day(fact.source)
        if named is None:
            continue
        rule, day = named
        if isinstance(fact, CreditGranted):
            units = -sum(leg.number for leg in fact.lots)
            yield {
                "rule": rule, "customer": fact.customer, "for": day, "date": fact.date, "units": units,
                "unit": fact.lots[0].currency, "grant": fact.grant,
            }  # fmt: skip
        elif isinstance(fact, InvoiceDrafted):
            line = fact.lines[0]
            yield {
                "rule": rule, "customer": fact.customer, "for": day, "date": fact.date, "units": line.units,
                "unit": line.credit_unit, "invoice": fact.invoice, "total": fact.total,
            }  # fmt: skip
