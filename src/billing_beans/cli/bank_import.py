"""`billing-beans import bank`: bank statements, matched to what is owed, and recorded where that is sure."""

from __future__ import annotations

import shlex
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.progress import long_progress
from billing_beans.cli.session import Session, session_of
from billing_beans.core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from billing_beans.importers.bank.lines import BankFile

LONG = 2000
"""Lines from which on a bar says how far it is."""


@click.command(name="bank")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--verify", is_flag=True, help="Record the sure ones: submitted and verified, dated the day they were booked."
)
@click.option("--likely", is_flag=True, help="With --verify, the likely ones too.")
@click.option("--into", metavar="ACCOUNT", help="The account of the ledger that the statement is of; else the legal entity's with its number.")  # fmt: skip
@click.option("--account", metavar="NUMBER", help="Only the statements of this account; for CSV whose statement it is.")
@click.option("--format", "kind", type=click.Choice(["camt", "mt940", "ofx", "csv"]), help="What it is; else it is seen from the content.")  # fmt: skip
@click.option("--encoding", metavar="NAME", help="How the text is encoded, such as cp1252; else UTF-8, or what the file says.")  # fmt: skip
@click.option("--columns", "--map", "columns", metavar="WHAT=COLUMN,...", multiple=True, help="CSV: which column says date, value-date, amount (or debit and credit), currency, name, counterparty-account, text, end-to-end, id or account.")  # fmt: skip
@click.option("--delimiter", metavar="SIGN", help="CSV: what stands between cells; else what is most frequent.")
@click.option("--decimal", type=click.Choice([".", ","]), default=".", show_default=True, help="CSV: the decimal mark.")
@click.option("--date-format", metavar="FORMAT", help='CSV: how days are written, such as "%d.%m.%Y"; else 2026-01-31.')
@click.option("--currency", help="CSV: the currency of rows that name none.")
@global_options
@click.pass_context
def command(
    ctx: click.Context, /, files: tuple[Path, ...], verify: bool, likely: bool, into: str | None, **said: Any
) -> int:
    """Match bank statements to open invoices and submitted payments: CAMT.053, MT940, OFX, or CSV.

    Shows what each line pays, how sure that is, and why; nothing is written without --verify. With it the sure ones are
    recorded, each as a payment that is submitted and verified. Lines that are in the books already are passed over:
    statements may overlap, and come twice. A file that can't be read whole is refused whole.

    The exit status is 1 where a line that was to be recorded was refused by a rule; the others are written.

    \b
    Examples:
      billing-beans import bank january.xml
      billing-beans import bank january.xml february.sta --verify
      billing-beans import bank umsaetze.csv --account DE89370400440532013000 --currency EUR --encoding cp1252 \\
        --columns date=Buchungstag,amount=Betrag,text=Verwendungszweck --decimal , --date-format "%d.%m.%Y"
    """
    session = session_of(ctx)
    _refuse_together(session, verify=verify, likely=likely)
    again = _again(files, said, into)
    read = _read(files, said)
    return _record(session, again, read, into, likely=likely) if verify else _show(session, again, read, into)


def _again(files: Sequence[Path], said: dict[str, Any], into: str | None) -> str:
    """The same command once more, as a shell reads it: what it shows names the next step with it."""
    words = ["billing-beans", "import", "bank", *map(str, files)]
    for name, value in {**said, "into": into}.items():
        option = "--format" if name == "kind" else f"--{name.replace('_', '-')}"
        for one in value if isinstance(value, tuple) else (value,):
            words += [option, one] if one is not None and (name, one) != ("decimal", ".") else []
    return shlex.join(words)


def _refuse_together(session: Session, *, verify: bool, likely: bool) -> None:
    if likely and not verify:
        raise WrongUsage("--likely says what is recorded, and nothing is without --verify.", instead="give both")
    if session.settings.idempotency_key:
        raise WrongUsage(
            "An import takes no --idempotency-key.",
            rule="Y6: each line of a statement is its own key; the same statement twice changes nothing.",
        )
    if session.settings.date:
        raise WrongUsage("Each line has a day of its own: the one on which it was booked.", instead="leave --date out")


def _read(files: Sequence[Path], said: dict[str, Any]) -> list[BankFile]:
    """Every file, whole. Raises `WrongUsage`; then none is taken."""
    from billing_beans.importers.bank.lines import account_number, only_of
    from billing_beans.importers.bank.reading import ReadChoices, read_bank_file
    from billing_beans.importers.bank.table import CsvChoices
    from billing_beans.ledger.reading import collector_paused

    delimiter = said["delimiter"]
    if delimiter is not None and len(delimiter) != 1:
        if delimiter != "\\t":
            raise WrongUsage(
                f"{delimiter!r} is not one sign.", instead="for example --delimiter ';', or '\\t' for a tab"
            )
        delimiter = "\t"
    csv = CsvChoices(_columns(said["columns"]), delimiter, said["decimal"], said["date_format"], said["account"], said["currency"])  # fmt: skip
    choices = ReadChoices(said["kind"], said["encoding"], csv)
    with collector_paused():
        read = [read_bank_file(file, choices) for file in files]
    return only_of(read, account_number(said["account"])) if said["account"] else read


def _columns(texts: Sequence[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in ",".join(texts).split(","):
        what, equals, column = pair.partition("=")
        if equals:
            columns[what.strip()] = column.strip()
        elif pair.strip():
            raise WrongUsage(f"{pair!r} maps nothing.", instead="for example --columns date=Buchungstag,amount=Betrag")
    return columns


def _show(session: Session, again: str, read: list[BankFile], into: str | None) -> int:
    from billing_beans.cli.bank_words import shown
    from billing_beans.importers.bank.batches import BankRun, lines_by_hand

    with _progress("Matching", read) as advance:
        run = BankRun(session.reading.books, into, lines_by_hand(session.root), progress=advance)
        report = run.match(read)
    result, words = shown(report, again, verify=False, dry_run=False)
    session.answer(result, words)
    return 0


def _record(session: Session, again: str, read: list[BankFile], into: str | None, *, likely: bool) -> int:
    from billing_beans.cli.bank_words import shown
    from billing_beans.importers.bank.batches import BankRun, lines_by_hand, record
    from billing_beans.importers.bank.matching import Confidence

    recorded = frozenset((Confidence.SURE, *([Confidence.LIKELY] if likely else [])))
    dry_run = session.settings.dry_run
    with session.ledger.writing(dry_run=dry_run) as writing, _progress("Recording", read) as advance:
        if writing.recovery is not None:
            click.echo(str(writing.recovery), err=True)
        by_hand = lines_by_hand(session.root)
        run = BankRun(writing.reading.books, into, by_hand, recorded, advance)
        report = run.match(read)
        record(report, run, writing, session.asker)
    session.settings.is_done = bool(report.written)
    result, words = shown(report, again, verify=True, dry_run=dry_run)
    session.answer(result, words)
    return 1 if report.refused else 0


def _progress(title: str, read: Sequence[BankFile]) -> AbstractContextManager[Callable[[int], None]]:
    """A bar on stderr, where that is a terminal and it takes long; gives what is told of lines that are done."""
    lines = sum(len(statement.lines) for file in read for statement in file.statements)
    return long_progress(title, LONG)(lines)
