"""`billing-beans invoice render`: invoices as PDF."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.session import Session, session_of
from billing_beans.core.errors import BillingError, Refused, WrongUsage
from billing_beans.invoicing.status import Status

if TYPE_CHECKING:
    from billing_beans.documents.printing import Failure, Job, Press, Print
    from billing_beans.ledger.ledger import Outcome
    from billing_beans.ledger.reading import Reading

STDOUT = "-"
SLOW = 36
"""From this many documents on, progress is told even where nobody watches a terminal."""
LISTED = 20


def _invoices(books: Books) -> Iterable[tuple[str, str]]:
    for status in Status:
        for head in books.invoices.heads.range("status", status):
            yield head.number, f"{head.customer}, {head.status}, {head.total} {head.currency}"


@click.command(name="render")
@click.argument("number", nargs=-1, shell_complete=completes(_invoices))
@click.option("--all", "every", is_flag=True, help="All invoices, or those that the next two options name.")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="With --all: only of this customer.")
@click.option(
    "--status", type=click.Choice([one.value for one in Status]), help="With --all: only those that stand here."
)
@click.option("--output", metavar="FILE", help="Write the PDF of one invoice there, - for stdout, and record nothing.")
@click.option("--force", is_flag=True, help="Render anew what stands unchanged, and write over files that were edited.")
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    number: tuple[str, ...],
    every: bool,
    customer: str | None,
    status: str | None,
    output: str | None,
    force: bool,
) -> None:
    """Make the PDF of invoices, and record file and digest in the ledger.

    The PDF shows the invoice as it stands: draft, issued, partially paid, paid or void, each in a file of its own under
    documents/. What shows the same as before is not made again, also when a template has changed since: a document
    that went out stays as it was, unless --force is given. A file that was edited is not written over without it.

    Templates of your own in the books' templates/ folder go before the bundled ones.

    \b
    Examples:
      billing-beans invoice render SG-2026-00001
      billing-beans invoice render --all --status issued
      billing-beans invoice render SG-2026-00001 --output invoice.pdf
    """
    from billing_beans.documents.printing import Press

    session = session_of(ctx)
    _refuse_contradictions(number, every, customer or status, output)
    press = Press(session.root, force=force)
    if output is not None:
        _write_out(session, press, number[0], output)
        return
    numbers = _chosen(session.reading.books, customer, status) if every else list(dict.fromkeys(number))
    if not numbers:
        session.answer([], "No invoices.")
        return
    if _render(session, press, numbers, patient=every):
        ctx.exit(Refused.exit_status)


def _refuse_contradictions(number: tuple[str, ...], every: bool, narrowed: str | None, output: str | None) -> None:
    if every == bool(number):
        raise WrongUsage(
            "Say either which invoices to render, or --all.",
            instead="billing-beans invoice render SG-2026-00001, or billing-beans invoice render --all",
        )
    if narrowed is not None and not every:
        raise WrongUsage("--customer and --status choose among all invoices.", instead="add --all, or leave them out")
    if output is not None and len(number) != 1:
        raise WrongUsage("--output takes the PDF of one invoice.", instead="name one invoice, or leave out --output")


def _chosen(books: Books, customer: str | None, status: str | None) -> list[str]:
    """The numbers of all invoices that fit, in the order in which they were drafted; without those of before (B1)."""
    if customer is not None and not books.catalog.customers.range("versions", customer):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    if customer is not None:
        found = books.invoices.heads.range("customer", customer)
    else:
        found = books.invoices.heads.range("status", Status(status)) if status else books.invoices.heads.all()
    fitting = (one for one in found if not one.opened and (status is None or one.status == status))
    return [one.number for one in sorted(fitting, key=lambda one: one.drafted_id)]


def _write_out(session: Session, press: Press, number: str, output: str) -> None:
    from billing_beans.documents.files import digest_of
    from billing_beans.documents.filling import fill
    from billing_beans.documents.printing import refuse_in_trouble
    from billing_beans.documents.render import render_pdf

    if session.settings.json and output == STDOUT:
        raise WrongUsage("A PDF and JSON can't both go to stdout.", instead="give --output a file, or leave out --json")
    refuse_in_trouble(session.reading, number)
    data = render_pdf(fill(session.reading.books, number, press.root), templates=press.templates)
    if output == STDOUT:
        sys.stdout.buffer.write(data)
        return
    result = {"invoice": number, "output": output, "digest": digest_of(data)}
    if session.settings.dry_run:
        session.answer(result, f"Would write {number} to {output}.")
        return
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        raise WrongUsage(f"{output} can't be written: {error.strerror}.", instead="name another file") from error
    session.answer(result, f"Wrote {number} to {output}; nothing is recorded.")


def _render(session: Session, press: Press, numbers: Sequence[str], *, patient: bool) -> bool:
    """Render and record; whether something could not be made. The `patient` go on without it, else nothing is written."""
    from billing_beans.documents.printing import Failure, Job, Print, Publishing, staging_in

    planned = [_job(press, session.reading, number) for number in numbers]
    jobs = [one for one in planned if isinstance(one, Job)]
    waiting = any(not press.is_unchanged(job) for job in jobs)
    staging_needed = waiting and not session.settings.dry_run
    with staging_in(press.root) if staging_needed else nullcontext() as staging:
        with _progress(len(jobs) if waiting else 0) as advance:
            results = [advance(one) for one in press.run(jobs, staging)]
        failures = [one for one in (*planned, *results) if isinstance(one, Failure)]
        if failures and not patient:
            raise failures[0].error
        prints = [one for one in results if isinstance(one, Print)]
        publishing = Publishing(press, prints, dry_run=session.settings.dry_run)

        def say(_outcome: Outcome) -> tuple[Any, str]:
            publishing.keep()
            return _result(prints, failures), _words(prints)

        try:
            if publishing.is_needed:
                session.perform(publishing.render_invoices, publishing.request, say)
            else:
                session.answer(_result(prints, failures), _words(prints))
        except BaseException:
            publishing.take_back()
            raise
    if waiting and press.slowed_by:
        click.echo(
            f"Rendering is three times slower than it could be: apt-get install {' '.join(press.slowed_by)}", err=True
        )
    for failure in failures:
        click.echo(f"Not rendered: {failure.number}. {failure.error}", err=True)
    return bool(failures)


def _job(press: Press, reading: Reading, number: str) -> Job | Failure:
    from billing_beans.documents.printing import Failure, refuse_in_trouble

    try:
        refuse_in_trouble(reading, number)
        return press.job(reading.books, number)
    except BillingError as error:
        return Failure(number, error)


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """What to call with each document that is done; draws a bar on stderr where it takes a while."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    silent = total < 2 or not (console.is_terminal or total >= SLOW)
    # No thread that draws by itself: workers are forked meanwhile.
    with Progress(console=console, auto_refresh=False, transient=console.is_terminal, disable=silent) as progress:
        task = progress.add_task("Rendering", total=total)

        def advance(one: Print | Failure) -> Print | Failure:
            progress.advance(task)
            progress.refresh()
            return one

        yield advance


def _result(prints: Sequence[Print], failures: Sequence[Failure]) -> list[dict[str, str]]:
    made = [
        {
            "invoice": one.job.number,
            "status": one.job.document.status.value,
            "file": one.job.file,
            "digest": one.digest,
            "done": one.done.value,
        }
        for one in prints
    ]
    return made + [{"invoice": one.number, "error": one.error.what} for one in failures]


def _words(prints: Sequence[Print]) -> str:
    from billing_beans.documents.printing import Done

    made = [one for one in prints if one.done is not Done.UNCHANGED]
    unchanged = len(prints) - len(made)
    if len(prints) == 1:
        (only,) = prints
        head = {
            Done.RENDERED: f"Rendered {only.job.number}, {only.job.document.status}:",
            Done.RESTORED: f"Restored the document of {only.job.number}, as it was recorded:",
            Done.UNCHANGED: f"Nothing to do: {only.job.number} is rendered as it stands:",
        }[only.done]
        return f"{head}\n  {only.job.file}"
    words = [f"Rendered {len(made)} of {len(prints)} documents:" if made else ""]
    words += [f"  {one.job.file}" for one in made[:LISTED]]
    words += [f"  and {len(made) - LISTED} more" if len(made) > LISTED else ""]
    words += [f"Nothing to do for {unchanged}: they are rendered as they stand." if unchanged else ""]
    return "\n".join(one for one in words if one) or "Nothing was rendered."
