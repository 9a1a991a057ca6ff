"""`billing-beans credit`: the wallets of customers; each verb stands in a module of its own."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later

_UNIT = {"add": "credit_unit.add", "list": "credit_unit.list_"}
_RULE = {
    "add": "credit_rule.add",
    "end": "credit_rule.end",
    "list": "credit_rule_list.list_",
    "run": "credit_rule_run.run",
}

ELSEWHERE: dict[str, str] = {
    "adjust": "credit_adjust.command",
    "applications": "credit_applications.applications",
    "apply": "credit_apply.command",
    "balance": "credit_balance.balance",
    "expire": "credit_expire.command",
    "grant": "credit_grant.command",
    "grants": "credit_grants.grants",
    "reverse": "credit_reverse.command",
    "show": "credit_show.show",
    "statement": "credit_statement.statement",
    "top-up": "credit_top_up.command",
}
"""Where each verb is: `{"grant": "credit_grant.command"}`."""


@click.group(cls=Later, later=ELSEWHERE)
def command() -> None:
    """Credit wallets: kinds of credits, and what customers have of them.

    \b
    Examples:
      billing-beans credit unit add CREDIT-USD --face "1.00 USD" --name "US dollar credits"
      billing-beans credit top-up acme 100
      billing-beans credit grant acme 25 --type goodwill --until 2026-12-31
      billing-beans credit apply SG-2026-00001
      billing-beans credit balance acme --by expiry
      billing-beans credit statement acme --from 2026-01-01
    """


@command.group(cls=Later, later=_UNIT)
def unit() -> None:
    """Kinds of credits: what one of them is worth when it is used.

    \b
    Examples:
      billing-beans credit unit add CREDIT-USD --face "1.00 USD" --name "US dollar credits"
      billing-beans credit unit list
    """


@command.group(cls=Later, later=_RULE)
def rule() -> None:
    """Credits that customers get again and again: each month, say, or when few are left. Free, or sold by an invoice.

    \b
    Examples:
      billing-beans credit rule add acme 100 --every month --free --valid-days 30
      billing-beans credit rule add acme 500 --below 50 --product top-up
      billing-beans credit rule list
      billing-beans credit rule run --dry-run
      billing-beans credit rule end RULE-1
    """
