"""Renders documents of one kind, records them, and says what became of them: what `render` and `receipt` share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from billing_beans.cli.session import Session
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.records import record
from billing_beans.documents import printing
from billing_beans.documents.files import digest_of
from billing_beans.documents.printing import Done, Failure, Job, Press, Print, Publishing, refuse_in_trouble
from billing_beans.documents.render import render_pdf

if TYPE_CHECKING:
    from billing_beans.documents.kinds import Kind
    from billing_beans.ledger.ledger import Outcome
    from billing_beans.ledger.reading import Reading

STDOUT = "-"
SLOW = 36
"""From this many documents on, progress is told even where nobody watches a terminal."""
LISTED = 20


@record
class Wanted:
    """What was asked for: these `numbers`, or `every` one that `chosen` gives; into the books, or to `output` alone."""

    numbers: tuple[str, ...]
    every: bool
    output: str | None
    force: bool
    chosen: Callable[[], list[str]]


def run(session: Session, kind: Kind, wanted: Wanted) -> bool:
    """Render what is wanted, and say it; whether something could not be made. Raises `BillingError`."""
    _refuse_contradictions(kind, wanted)
    press = Press(session.root, kind, force=wanted.force)
    if wanted.output is not None:
        _write_out(session, press, wanted.numbers[0], wanted.output)
        return False
    numbers = wanted.chosen() if wanted.every else list(dict.fromkeys(wanted.numbers))
    if not numbers:
        session.answer([], f"No {kind.subject.words}s.")
        return False
    return _render(session, press, numbers, patient=wanted.every)


def _refuse_contradictions(kind: Kind, wanted: Wanted) -> None:
    words = kind.subject.words
    if wanted.every == bool(wanted.numbers):
        raise WrongUsage(
            f"Say either which {words}s to render, or --all.",
            instead=f"{kind.command} NUMBER, or {kind.command} --all",
        )
    if wanted.output is not None and len(wanted.numbers) != 1:
        raise WrongUsage(f"--output takes the PDF of one {words}.", instead=f"name one {words}, or leave out --output")


def _write_out(session: Session, press: Press, number: str, output: str) -> None:
    refuse_in_trouble(session.reading, number)
    document = press.kind.fill(session.reading.books, number, press.root)
    data = render_pdf(document, templates=press.templates)
    write_pdf(session, data, output, {press.kind.subject.value: number}, number)


def write_pdf(session: Session, data: bytes, output: str, result: dict[str, str], name: str) -> None:
    """Write a PDF to a file, or to stdout for `-`, and say so; nothing is recorded. Raises `WrongUsage`.

    `result` is what programs are told besides the file and the digest, `name` is what people are told that it is.
    """
    if session.settings.json and output == STDOUT:
        raise WrongUsage("A PDF and JSON can't both go to stdout.", instead="give --output a file, or leave out --json")
    if output == STDOUT:
        sys.stdout.buffer.write(data)
        return
    told = {**result, "output": output, "digest": digest_of(data)}
    if session.settings.dry_run:
        session.answer(told, f"Would write {name} to {output}.")
        return
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        raise WrongUsage(f"{output} can't be written: {error.strerror}.", instead="name another file") from error
    session.answer(told, f"Wrote {name} to {output}; nothing is recorded.")


def _render(session: Session, press: Press, numbers: Sequence[str], *, patient: bool) -> bool:
    """Render and record; whether something could not be made. The `patient` go on without it, else nothing is written."""
    planned = [_job(press, session.reading, number) for number in numbers]
    jobs = [one for one in planned if isinstance(one, Job)]
    waiting = any(not press.is_unchanged(job) for job in jobs)
    staging_needed = waiting and not session.settings.dry_run
    with printing.staging_in(press.root) if staging_needed else nullcontext() as staging:
        with _progress(len(jobs) if waiting else 0) as advance:
            results = [advance(one) for one in press.run(jobs, staging)]
        failures = [one for one in (*planned, *results) if isinstance(one, Failure)]
        if failures and not patient:
            raise failures[0].error
        prints = [one for one in results if isinstance(one, Print)]
        publishing = Publishing(press, prints, dry_run=session.settings.dry_run)

        def say(_outcome: Outcome) -> tuple[Any, str]:
            publishing.keep()
            return _result(press.kind, prints, failures), _words(prints)

        try:
            if publishing.is_needed:
                session.perform(publishing.render_documents, publishing.request, say)
            else:
                session.answer(_result(press.kind, prints, failures), _words(prints))
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


def _result(kind: Kind, prints: Sequence[Print], failures: Sequence[Failure]) -> list[dict[str, str]]:
    subject = kind.subject.value
    made = []
    for one in prints:
        standing = {"status": one.job.document.standing} if one.job.document.standing else {}
        made.append(
            {subject: one.job.number, **standing, "file": one.job.file, "digest": one.digest, "done": one.done.value}
        )
    return made + [{subject: one.number, "error": one.error.what} for one in failures]


def _words(prints: Sequence[Print]) -> str:
    made = [one for one in prints if one.done is not Done.UNCHANGED]
    unchanged = len(prints) - len(made)
    if len(prints) == 1:
        (only,) = prints
        standing = f", {only.job.document.standing}" if only.job.document.standing else ""
        head = {
            Done.RENDERED: f"Rendered {only.job.number}{standing}:",
            Done.RESTORED: f"Restored the document of {only.job.number}, as it was recorded:",
            Done.UNCHANGED: f"Nothing to do: {only.job.number} is rendered as it stands:",
        }[only.done]
        return f"{head}\n  {only.job.file}"
    words = [f"Rendered {len(made)} of {len(prints)} documents:" if made else ""]
    words += [f"  {one.job.file}" for one in made[:LISTED]]
    words += [f"  and {len(made) - LISTED} more" if len(made) > LISTED else ""]
    words += [f"Nothing to do for {unchanged}: they are rendered as they stand." if unchanged else ""]
    return "\n".join(one for one in words if one) or "Nothing was rendered."
