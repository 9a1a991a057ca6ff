"""`billing-beans import stripe` and `import paypal`: events and reports of payment processors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from billing_beans.catalog.facts import LegalEntityAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.progress import progress
from billing_beans.cli.session import Session, session_of
from billing_beans.core.errors import WrongUsage

if TYPE_CHECKING:
    from billing_beans.importers.processors.batches import Report
    from billing_beans.importers.processors.events import Processor, Read
    from billing_beans.importers.processors.outcomes import Outcome

F = TypeVar("F", bound=Callable[..., Any])

SHOWN = 20
"""Things for a person that are shown; `--json` gives all."""

_NAMES = {
    "charge": ("payment", "payments"),
    "refund": ("refund", "refunds"),
    "dispute": ("dispute", "disputes"),
    "fee": ("fee", "fees"),
    "exchange": ("exchange", "exchanges"),
    "payout": ("payout", "payouts"),
}


_OPTIONS = (
    click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)),
    click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="Whose account at the processor it is, where the books have several legal entities."),
    click.option("--into", metavar="ACCOUNT", help="The account that holds the money; else Assets:<entity>:Processor:<name>."),
    click.option("--bank", metavar="ACCOUNT", help="Where payouts arrive; else the legal entity's bank account."),
)  # fmt: skip


def _options(function: F) -> F:
    function = global_options(function)
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command()
@_options
@click.pass_context
def stripe(
    ctx: click.Context, /, files: tuple[Path, ...], seller: str | None, into: str | None, bank: str | None
) -> int:
    """Import what Stripe says of charges, refunds, disputes, payouts and fees.

    FILE is JSON (an event, a list, JSON Lines) or CSV (the balance, payout reconciliation, payments or payouts report),
    packed with gzip or not. A charge is one payment, whatever files and events it stands in; files may come in any order,
    overlap, and come twice. A file that can't be read whole is refused, and nothing is written.

    Money is that of the customer whose invoice the metadata names (`invoice`), whose id it holds (`customer`), who is known
    to pay under this Stripe customer, or whose bill-to email is the payer's. Where nothing says whose it is, it is listed.
    Refunds and disputes of a charge that is not in the books wait for it.

    \b
    Examples:
      billing-beans import stripe events.jsonl
      billing-beans import stripe balance-january.csv --bank Assets:SG:Bank:OCBC
      billing-beans import stripe events.jsonl balance.csv --dry-run
    """
    from billing_beans.importers.processors.events import Processor

    return _import(session_of(ctx), Processor.STRIPE, files, {"seller": seller, "into": into, "bank": bank})


@click.command()
@click.option(
    "--date-format", metavar="FORMAT", help='How days are written in CSV, where the file does not show it: "%d/%m/%Y".'
)
@_options
@click.pass_context
def paypal(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    date_format: str | None,
    seller: str | None,
    into: str | None,
    bank: str | None,
) -> int:
    """Import what PayPal says of payments, refunds, reversals, withdrawals and fees.

    FILE is JSON (webhook events, one or many) or the activity download as CSV, in English or German. A payment is one,
    whatever files and events it stands in; files may come in any order, overlap, and come twice. A file that can't be read
    whole is refused, and nothing is written.

    Money is that of the customer whose invoice is named (Invoice Number, `invoice_id`), whose id stands in the custom
    field, who is known to pay under this PayPal account, or whose bill-to email is the payer's. Where nothing says whose
    it is, it is listed. Refunds and reversals of a payment that is not in the books wait for it.

    \b
    Examples:
      billing-beans import paypal activity.csv
      billing-beans import paypal events.json --bank Assets:SG:Bank:OCBC
      billing-beans import paypal activity.csv --date-format "%d/%m/%Y"
    """
    from billing_beans.importers.processors.events import Processor

    return _import(
        session_of(ctx), Processor.PAYPAL, files, {"seller": seller, "into": into, "bank": bank}, date_format
    )


def _import(
    session: Session,
    processor: Processor,
    files: tuple[Path, ...],
    said: dict[str, str | None],
    date_format: str | None = None,
) -> int:
    from billing_beans.core.accounts import Account
    from billing_beans.importers.processors.batches import ProcessorImport, refuse_tests
    from billing_beans.importers.processors.outcomes import Choices
    from billing_beans.importers.processors.plan import planned
    from billing_beans.importers.processors.reading import read_file
    from billing_beans.ledger.reading import collector_paused

    if session.settings.idempotency_key or session.settings.date:
        raise WrongUsage(
            "An import takes no --idempotency-key and no --date.",
            rule="Y6: the processor's ids are the keys, and each event has its own moment.",
            instead="leave them out",
        )
    with collector_paused():
        read = [read_file(file, processor, date_format) for file in files]
        events = [event for one in read for event in one.events]
        plan = planned(events)
    account = Account(said["into"]) if said["into"] else None
    bank = Account(said["bank"]) if said["bank"] else None
    choices = Choices(processor.value, processor.value.capitalize(), said["seller"], account, bank)
    with session.ledger.writing(dry_run=session.settings.dry_run) as writing:
        if writing.recovery is not None:
            click.echo(str(writing.recovery), err=True)
        refuse_tests(writing.reading.books, events)
        with progress(f"Importing from {processor.label}", len(plan.things)) as advance:
            skipped = [skipped for one in read for skipped in one.skipped]
            report = ProcessorImport(writing, session.asker, choices, advance).run(plan, skipped)
    session.settings.is_done = bool(report.written)
    _say(session, processor, read, report)
    return 0


def _say(session: Session, processor: Processor, read: list[Read], report: Report) -> None:
    if session.settings.json:
        session.answer(_result(read, report, session.settings.dry_run), "")
        return
    dry = session.settings.dry_run
    done = [_counted(str(family), count) for family, count in sorted(report.recorded.items()) if count]
    verb = "Would record" if dry else "Recorded"
    if done:
        sums = ", ".join(f"{total:f} {currency}" for currency, total in sorted(report.totals.items()))
        came = f"; {sums} came" if sums else ""
        click.echo(f"{verb} {', '.join(done)} of {processor.label}, {report.first} to {report.last}{came}.")
    elif report.listed:
        click.echo(f"{verb} nothing of {', '.join(one.name for one in read)}.")
    elif report.held:
        click.echo(f"{verb} nothing but what waits.")
    else:
        click.echo(f"Nothing to do: nothing in {', '.join(one.name for one in read)} is new.")
    _say_rest(report)
    if dry and report.sample:
        click.echo(f"Nothing was written. The first of it would be:\n\n{report.sample}", nl=False)
    elif report.facts:
        click.echo("Next: billing-beans check")


def _counted(family: str, count: int) -> str:
    return f"{count:,} {_NAMES[family][count != 1]}"


def _say_rest(report: Report) -> None:
    """What was in the books, what moves no money, what waits, and what is for a person."""
    if report.standing:
        click.echo(f"  in the books already: {report.standing:,}")
    if moved_nothing := sum(report.no_money.values()) + len(report.skipped):
        click.echo(f"  moved no money, or are not read here: {moved_nothing:,}")
        for one in report.skipped[:SHOWN]:
            click.echo(f"    {one.where}: {one.what}: {one.why}")
        _say_more(len(report.skipped))
    if report.held:
        click.echo(f"  wait for their charge: {len(report.held):,}")
        for outcome in report.held[:SHOWN]:
            click.echo(f"    {outcome.thing.where}: {outcome.thing.source}, {outcome.thing.amount}: {outcome.why}")
        _say_more(len(report.held))
    if report.listed:
        click.echo(f"  for a person, and not recorded: {len(report.listed):,}")
        for outcome in report.listed[:SHOWN]:
            click.echo(f"    {outcome.thing.where}: {outcome.why}")
            if outcome.instead:
                click.echo(f"      {outcome.instead}")
        _say_more(len(report.listed))


def _say_more(count: int) -> None:
    if count > SHOWN:
        click.echo(f"    and {count - SHOWN:,} more; --json gives all of them")


def _result(read: list[Read], report: Report, dry: bool) -> dict[str, Any]:
    return {
        "files": [{"file": one.name, "digest": f"sha256:{one.digest}", "events": len(one.events)} for one in read],
        "dry-run": dry,
        "events": report.events,
        "recorded": {str(family): count for family, count in sorted(report.recorded.items())},
        "totals": report.totals,
        "first": report.first,
        "last": report.last,
        "standing": report.standing,
        "no-money": dict(report.no_money),
        "skipped": [one._asdict() for one in report.skipped],
        "held": [_shown(one) for one in report.held],
        "listed": [_shown(one) for one in report.listed],
        "facts": report.facts,
        "written": [str(one) for one in report.written],
    }


def _shown(outcome: Outcome) -> dict[str, Any]:
    thing = outcome.thing
    return {
        "where": thing.where,
        "source": thing.source,
        "kind": thing.kind,
        "about": thing.about,
        "amount": thing.amount,
        "why": outcome.why,
        "instead": outcome.instead,
    }
