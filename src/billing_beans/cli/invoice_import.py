"""`billing-beans invoice import`: invoices and cancellations that another system issued, from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.progress import progress
from billing_beans.cli.session import Session, session_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.words import count_words

if TYPE_CHECKING:
    from billing_beans.importers.invoice_batches import Report, Sums
    from billing_beans.importers.invoices import Choices, Refusal
    from billing_beans.importers.tables import TableFile
    from billing_beans.ledger.ledger import Writing

SHOWN = 3
"""Refused rows that are shown of each reason."""

REFUSED_HEAD = ("line", "reason", "details")


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "columns", metavar="WHAT=COLUMN", multiple=True, help="Which column says number, date, customer, price, quantity, product, description, currency or due.")  # fmt: skip
@click.option("--date-format", metavar="FORMAT", help='How days are written, such as "%d.%m.%Y"; else 2026-01-31.')
@click.option("--product", help="The product of every row, where no column says it.")
@click.option("--currency", help="The currency of rows that name none; else the legal entity's.")
@click.option("--seller", help="The legal entity that sold, where the books have several.")
@click.option(
    "--customer-prefix", metavar="TEXT", default="", help="What stands before each customer's id in the books."
)
@click.option("--cancelled-prefix", metavar="TEXT", default="C", show_default=True, help="What stands before the digits in the number of a cancellation; empty for nothing.")  # fmt: skip
@click.option("--match", "certainty", type=click.Choice(["exact", "only", "newest"]), default="only", show_default=True, help="How sure the invoice of a cancellation must be.")  # fmt: skip
@click.option("--reject", metavar="CSV", type=click.Path(path_type=Path), help="Write every row that was refused to this file, with line and reason.")  # fmt: skip
@global_options
@click.pass_context
def command(ctx: click.Context, /, file: Path, reject: Path | None, certainty: str, **said: Any) -> int:
    """Import invoices that another system issued: FILE is CSV, packed with gzip or not, one invoice a row.

    Each becomes an issued invoice with its own number (in the series `imported`), dated and taxed by the catalogue as of
    its day; prices are without tax. A price of zero is taken: an invoice with a total of zero is paid on issue.
    Columns are found by their usual names, or named with --map.

    A cancellation (C and digits, or a negative quantity) becomes a credit note with its own number and day, where it
    matches an invoice of its customer and product that is not younger and has so much left: one at the same unit price
    (the newest, if several), or the only one that is possible. With --match exact the price must be the same; with
    --match newest the newest counts where several are possible.

    Rows that can't be taken are refused one by one, and the rest is written: cancellations that match no invoice, rows
    without a customer, numbers that occur twice. The exit status is 0 where every row stands in the books afterwards,
    and 1 where some do not. Importing a file again takes only what is not in the books yet.

    \b
    Examples:
      billing-beans invoice import invoices.csv --product goods
      billing-beans invoice import export.csv.gz --map number=DocNo --date-format "%m/%d/%Y %H:%M" --reject refused.csv
      billing-beans invoice import invoices.csv --product goods --dry-run
    """
    from billing_beans.importers.invoice_batches import InvoiceImport
    from billing_beans.importers.invoices import InvoiceRows
    from billing_beans.importers.tables import read_table
    from billing_beans.invoicing.cancelling import Certainty

    session = session_of(ctx)
    if session.settings.idempotency_key:
        raise WrongUsage(
            "An import takes no --idempotency-key.",
            rule="U6: the file's digest is the key; the same file twice changes nothing.",
        )
    table = read_table(file)
    _check_reject(reject)
    with session.ledger.writing(dry_run=session.settings.dry_run) as writing:
        if writing.recovery is not None:
            click.echo(str(writing.recovery), err=True)
        rows = InvoiceRows(table, _choices(session, writing, said))
        with progress(f"Importing {table.name}", len(table.rows)) as advance:
            report = InvoiceImport(writing, session.asker, table, advance, Certainty(certainty)).run(rows)
    if session.settings.dry_run:
        reject = None
    if reject is not None:
        _write_rejected(reject, table, report.refusals)
    _say(session, table, report, reject)
    return 1 if report.refusals else 0


def _choices(session: Session, writing: Writing, said: dict[str, Any]) -> Choices:
    from billing_beans.importers.invoices import Choices

    columns = dict(_pair(text) for text in said.pop("columns"))
    currency = said.pop("currency") or _currency_of_seller(writing, said["seller"])
    return Choices(today=session.today, day=session.day, currency=currency, columns=columns, **said)


def _pair(text: str) -> tuple[str, str]:
    what, equals, column = text.partition("=")
    if not equals:
        raise WrongUsage(f"{text!r} maps nothing.", instead="for example --map number=InvoiceNo")
    return what.strip(), column.strip()


def _currency_of_seller(writing: Writing, seller: str | None) -> str:
    entities = writing.reading.books.catalog.entities
    found = entities.range("versions", seller) if seller else entities.all()
    currencies = {one.currency for one in found}
    if len(currencies) != 1:
        raise WrongUsage(
            f"There is no legal entity {seller}." if seller else f"The sellers have {len(currencies)} currencies.",
            instead="billing-beans entity list" if seller else "say which one it is with --currency",
        )
    return currencies.pop()


def _check_reject(reject: Path | None) -> None:
    """Nothing is lost: only an earlier list of refused rows is written over."""
    if reject is None or not reject.exists():
        return
    if reject.is_file() and reject.read_bytes().startswith(",".join(REFUSED_HEAD).encode()):
        return
    raise WrongUsage(f"{reject} is there already, and is no list of refused rows.", instead="name a new file")


def _write_rejected(reject: Path, table: TableFile, refusals: list[Refusal]) -> None:
    from billing_beans.importers.tables import safe_cell

    try:
        with reject.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow([*REFUSED_HEAD, *table.header])
            for one in refusals:
                cells = (one.why.value, one.words, *one.row.cells)
                writer.writerow([one.row.line, *map(safe_cell, cells)])
    except OSError as error:
        raise WrongUsage(f"{reject} can't be written: {error.strerror}; the import itself is done.") from error


def _say(session: Session, table: TableFile, report: Report, reject: Path | None) -> None:
    _say_refused(report, reject)
    dry = session.settings.dry_run
    if session.settings.json:
        session.answer(_result(table, report, dry), "")
        return
    if report.first is None:
        what = "Nothing to do" if len(report.refusals) < report.rows or not report.rows else "Nothing was written"
        click.echo(f"{what}: no row of {table.name} is new.{_standing(report)}")
        return
    verb = "Would import" if dry else "Imported"
    kinds = [(report.invoices, "invoice"), (report.credit_notes, "credit note")]
    (first, what), *others = [(sums, what) for sums, what in kinds if sums.count]
    span = f"{report.first} to {report.last}"
    click.echo(f"{verb} {count_words(first.count, what)} of {span}: {_sums(first)}.{_standing(report)}")
    for more, what in others:
        click.echo(f"  and {count_words(more.count, what)}: {_sums(more)}")
    for rule, count in report.rules.most_common():
        click.echo(f"    {count:,} x {rule}")
    if report.without_total:
        click.echo(f"  with a total of zero, and so paid on issue: {report.without_total:,}")
    if dry:
        click.echo(f"Nothing was written. The first document would be:\n\n{report.sample}", nl=False)
    else:
        click.echo("Next: billing-beans check")


def _sums(sums: Sums) -> str:
    return ", ".join(f"{total:f} {one} (tax {sums.taxes[one]:f})" for one, total in sorted(sums.totals.items()))


def _standing(report: Report) -> str:
    return f" {count_words(report.standing, 'row')} of the file stood in the books already." if report.standing else ""


def _say_refused(report: Report, reject: Path | None) -> None:
    if not report.refusals:
        return
    by_reason: dict[str, list[Refusal]] = {}
    for one in report.refusals:
        by_reason.setdefault(one.why.value, []).append(one)
    click.echo(f"Refused {len(report.refusals):,} of {report.rows:,} rows:", err=True)
    for why, found in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        click.echo(f"  {len(found):,} x {why}", err=True)
        for one in found[:SHOWN]:
            instead = f" ({one.instead})" if one.instead else ""
            click.echo(f"    line {one.row.line}: {one.words}{instead}", err=True)
        if len(found) > SHOWN:
            click.echo(f"    and {len(found) - SHOWN:,} more", err=True)
    click.echo(f"All of them: {reject}" if reject else "--reject FILE writes all of them to a file.", err=True)


def _result(table: TableFile, report: Report, dry: bool) -> dict[str, Any]:
    reasons: dict[str, int] = {}
    for one in report.refusals:
        reasons[one.why.value] = reasons.get(one.why.value, 0) + 1
    return {
        "file": table.name,
        "digest": f"sha256:{table.digest}",
        "dry-run": dry,
        "rows": report.rows,
        "imported": report.invoices.count,
        "total-of-zero": report.without_total,
        "standing": report.standing,
        "refused": len(report.refusals),
        "reasons": reasons,
        "totals": report.invoices.totals,
        "taxes": report.invoices.taxes,
        "credited": report.credit_notes.count,
        "credit-totals": report.credit_notes.totals,
        "credit-taxes": report.credit_notes.taxes,
        "matches": {rule.value: count for rule, count in report.rules.most_common()},
        "first": report.first,
        "last": report.last,
        "written": [str(one) for one in report.written],
    }
