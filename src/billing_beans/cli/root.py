"""The root command: nouns by name, global options, and what becomes of errors."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence

import click

from billing_beans import __version__
from billing_beans.cli.options import Settings, global_options
from billing_beans.core.errors import BillingError, BooksUnusable, OutdatedIndex, Refused

NOUNS = {
    "init": "Make new books in a folder: starter files, git, and the merge driver.",
    "book": "What these books are: whose, live or test; the policies they follow.",
    "entity": "Legal entities: sellers of record with their numbers, tax and bank.",
    "tax-code": "Tax codes and the rules that choose them by country.",
    "product": "What is sold, when its revenue counts, what it grants.",
    "price": "Prices by country, currency and date.",
    "plan": "Plans: what can be subscribed to, what they charge, and how often.",
    "agreement": "Agreements with customers and their negotiated terms.",
    "customer": "Customers and their bill-to profiles.",
    "invoice": "Draft, edit, issue, credit, void, show, list, render and import invoices.",
    "payment": "Payments: submit, verify, receive, allocate, refund, write off, charge back, pay out; receipts.",
    "refund": "Refunds: settle, fail, list, show.",
    "credit-note": "Credit notes: list, show, render.",
    "import": "Take in bank statements, and what payment processors say.",
    "subscription": "Subscriptions: start, change, pause, resume, cancel, renew, bill, list, show.",
    "entitlement": "Consume what was sold; balances and lots.",
    "credit": "Credit wallets: kinds of credits, and what customers have of them.",
    "run": "Billing runs: reckon what is due of subscriptions, review it, post it.",
    "revenue": "Revenue over time: release what is earned, list and show what is deferred.",
    "report": "Receivables aging, statements of account, tax by code, wallet liability, deferred revenue.",
    "dunning": "Overdue invoices, and levels of reminding.",
    "opening": "Begin in the middle: open invoices, money, lots and deferred revenue of before.",
    "period": "Close periods, open them again, list them.",
    "check": "Check the books: every rule, with file, line and what to do.",
    "browse": "Open the books in Fava.",
    "rebuild": "Make the index anew, from the whole ledger.",
    "recover": "Finish or discard a write that was interrupted.",
    "merge-driver": "Join two versions of a ledger file (git calls this).",
}
"""Every noun, and every verb that stands alone, with its line of help; the module has the same name."""

MODULES = {"import": "imports"}
"""Modules that can't be called like their noun."""

HIDDEN = frozenset({"merge-driver"})


class Root(click.Group):
    """The nouns, each imported when it is needed, and one place for errors."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [name for name in NOUNS if name not in HIDDEN]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in NOUNS:
            return None
        module = importlib.import_module(f"billing_beans.cli.{MODULES.get(name, name.replace('-', '_'))}")
        command: click.Command = module.command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The nouns with their help, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, text in NOUNS.items() if name not in HIDDEN])


def run(args: Sequence[str] | None = None) -> int:
    """Run a command; turn errors into words and an exit status (0 done, 1 refused, 2 usage, 3 problems, 4 books).

    Where its index turns out to be damaged, it is run once more without.
    """
    settings = Settings()
    try:
        return _run(args, settings)
    except OutdatedIndex as error:
        if settings.ledger is None:
            raise
        settings.ledger.forget()
        if settings.is_done:
            click.echo(f"It was done, but can't be described: {error} The next command makes the index anew.", err=True)
            return 0
    click.echo("The index was damaged, and is made anew.", err=True)
    return _run(args, Settings())


def _run(args: Sequence[str] | None, settings: Settings) -> int:
    try:
        status = root.main(args, prog_name="billing-beans", standalone_mode=False, obj=settings)
        return status if isinstance(status, int) else 0
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BillingError as error:
        explained = _explained(error, settings)
        _say(explained, settings)
        return explained.exit_status
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); Python would complain again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _machine(error, settings)


def _explained(error: BillingError, settings: Settings) -> BillingError:
    """What is refused as unknown may be there, and kept out of the books by a problem."""
    if not isinstance(error, Refused) or settings.reading is None:
        return error
    from billing_beans.ledger.ledger import in_trouble

    return in_trouble(error, settings.reading) or error


def _machine(error: OSError, settings: Settings) -> int:
    """What the machine refused: no room for the output, a file that can't be read."""
    if settings.debug:
        raise error
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    click.echo(f"Refused: {what}.", err=True)
    return BooksUnusable.exit_status


def _say(error: BillingError, settings: Settings) -> None:
    if settings.debug:
        raise error
    if settings.json:
        words = {"what": error.what, "rule": error.rule, "instead": error.instead}
        click.echo(json.dumps({"error": words}, ensure_ascii=False))
        return
    click.echo(f"Refused: {error}", err=True)


@click.command(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="billing-beans")
@global_options
def root() -> None:
    """Billing as Beancount directives in ledger files under git.

    \b
    Examples:
      billing-beans init books --name "Example Pte. Ltd." --country SG
      billing-beans invoice draft acme placement-credit 10
      billing-beans invoice issue SG-2026-00001
      billing-beans payment submit SG-2026-00001 --reference FT26012ABC
      billing-beans payment verify PAY-1
      billing-beans check

    The options below stand for every command, before or after it.
    """
