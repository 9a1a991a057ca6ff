"""Renders documents of the books into their files, and records each (R4).

What is not to be done is found out first, without rendering:

- A file that is still the recorded one, of a document that shows the same, stays: a document that went out is archived, and
  neither a new template nor a new release changes it. Drafts follow both. `force` renders anew.
- A file that is neither the recorded one nor the one that comes out was edited, or put there by somebody: it is refused,
  and only `force` writes over it.
- A missing file is made again; where the bytes are those recorded, no new fact is written.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from billing_beans.acts.documents import RecordDocuments, RenderedDocument, record_documents
from billing_beans.core.errors import BillingError, BooksUnusable, ProblemsInBooks, Refused
from billing_beans.core.records import record
from billing_beans.documents.files import (
    Placing,
    content_of,
    digest_of,
    digest_on_disk,
    write_synced,
)
from billing_beans.documents.model import Status
from billing_beans.documents.render import renderer_for
from billing_beans.documents.templates import OWN_FOLDER
from billing_beans.ledger.attempt import FOLDER

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from billing_beans.acts.act import Act
    from billing_beans.books import Books
    from billing_beans.documents.files import Rendered
    from billing_beans.documents.kinds import Kind
    from billing_beans.documents.model import Document
    from billing_beans.ledger.reading import Reading

Render = Callable[["Document"], "bytes | BillingError"]

WORTH_WORKERS = 6
"""Fewer documents than this are rendered sooner than workers begin."""
MOST_WORKERS = 4


class Done(StrEnum):
    """What becomes of a document."""

    RENDERED = "rendered"
    RESTORED = "restored"
    UNCHANGED = "unchanged"


@record
class Job:
    """A document that has a place, what is there, and what is recorded of it."""

    document: Document
    file: str
    content: str
    on_disk: str | None
    recorded: Rendered | None

    @property
    def number(self) -> str:
        return self.document.number

    @property
    def is_intact(self) -> bool:
        """Whether the file is the one that was recorded."""
        return self.on_disk is not None and self.recorded is not None and self.on_disk == self.recorded.digest


@record
class Print:
    """A job that is done: the digest of its bytes; `staged` is the finished file that waits to be put in its place."""

    job: Job
    done: Done
    digest: str
    staged: Path | None = None


@record
class Failure:
    """A document that could not be made, and why."""

    number: str
    error: BillingError


def refuse_in_trouble(reading: Reading, number: str) -> None:
    """A document shows only what the checks have passed: not an invoice that was changed after its issue, for one (R6).

    Raises `ProblemsInBooks`.
    """
    if reading.unreadable or reading.audit.is_troubled((number,)):
        raise ProblemsInBooks(
            f"There is a problem in the books with {'lines that cannot be read' if reading.unreadable else number}.",
            rule="R6: what has a problem is mended before anything builds on it.",
            instead="billing-beans check names every problem",
        )


class Press:
    """Makes the documents of one kind for one set of books."""

    def __init__(self, root: Path, kind: Kind, *, force: bool = False) -> None:
        self.root = root
        self.kind = kind
        self.templates = root / OWN_FOLDER
        self._force = force

    def job(self, books: Books, number: str) -> Job:
        """What is to be made of an invoice, a credit note or a payment as it stands. Raises `BillingError`."""
        document = self.kind.fill(books, number, self.root)
        file = self.kind.file_of(books, number)
        recorded = self.kind.recorded(books, number, document.standing)
        recorded = recorded if recorded is not None and recorded.file == file else None
        return Job(document, file, content_of(document), digest_on_disk(self.root, file), recorded)

    def is_unchanged(self, job: Job) -> bool:
        """Whether there is nothing to render."""
        if self._force or not job.is_intact or job.recorded is None or job.recorded.content != job.content:
            return False
        return job.document.standing != Status.DRAFT or job.recorded.renderer == self.fingerprint

    @cached_property
    def fingerprint(self) -> str:
        """What renders, beside the document itself."""
        return renderer_for(self.templates).fingerprint()

    @cached_property
    def slowed_by(self) -> tuple[str, ...]:
        """Packages of Debian without which rendering is three times slower."""
        return renderer_for(self.templates).missing_libraries()

    def run(self, jobs: Sequence[Job], staging: Path | None) -> Iterator[Print | Failure]:
        """Render, in parallel where it is worth it; into files of `staging`, or only to know the digests."""
        unchanged = [self.is_unchanged(job) for job in jobs]
        results = self._rendered([job for job, same in zip(jobs, unchanged, strict=True) if not same])
        for job, same in zip(jobs, unchanged, strict=True):
            if same:
                yield Print(job, Done.UNCHANGED, job.on_disk or "")
                continue
            result = next(results)
            try:
                yield self._print(job, result, staging)
            except BillingError as error:
                yield Failure(job.number, error)

    def _print(self, job: Job, result: bytes | BillingError, staging: Path | None) -> Print:
        if isinstance(result, BillingError):
            raise result
        digest = digest_of(result)
        self._refuse_edited(job, digest)
        same = job.recorded is not None and (digest, job.content) == (job.recorded.digest, job.recorded.content)
        if job.on_disk == digest:
            return Print(job, Done.UNCHANGED if same else Done.RENDERED, digest)
        staged = None if staging is None else _staged(staging, digest, result)
        return Print(job, Done.RESTORED if same else Done.RENDERED, digest, staged)

    def _refuse_edited(self, job: Job, digest: str) -> None:
        if self._force or job.on_disk is None or job.is_intact or job.on_disk == digest:
            return
        whose = "not the one that was recorded" if job.recorded else "there already, and nothing is recorded of it"
        raise Refused(
            f"The file {job.file} is {whose}: it was edited or put there by hand.",
            rule="R4: a rendered document stays as it is; the ledger knows its digest.",
            instead=f"restore or move the file, or write over it: {self.kind.command} {job.number} --force",
        )

    def _rendered(self, jobs: Sequence[Job]) -> Iterator[bytes | BillingError]:
        if not jobs:
            return iter(())
        # Made before workers are forked, so that they share fonts, style sheets and templates.
        renderer_for(self.templates)
        render = partial(_render, self.templates)
        documents = [job.document for job in jobs]
        workers = min(MOST_WORKERS, os.cpu_count() or 1)
        if len(jobs) < WORTH_WORKERS or workers == 1:
            return map(render, documents)
        return _in_parallel(render, documents, workers)


def _render(templates: Path, document: Document) -> bytes | BillingError:
    """In a worker an error is a result like any other: the other documents go on."""
    try:
        return renderer_for(templates).render(document)
    except BillingError as error:
        return error


def _in_parallel(render: Render, documents: Sequence[Document], workers: int) -> Iterator[bytes | BillingError]:
    """Results in the order of the documents: each worker has every so manieth of them, and waits until its last is taken.

    A worker whose reader is gone ends, however its parent came to its end.
    """
    fork = multiprocessing.get_context("fork")
    readers: list[Connection] = []
    processes = []
    try:
        for first in range(workers):
            reader, writer = fork.Pipe(duplex=False)
            readers.append(reader)
            work = (render, documents[first::workers], writer, tuple(readers))
            process = fork.Process(target=_work, args=work, daemon=True)
            process.start()
            writer.close()
            processes.append(process)
        for position in range(len(documents)):
            yield readers[position % workers].recv()
    except EOFError:
        raise BooksUnusable(
            "A process that rendered documents was ended from outside, perhaps for want of memory.",
            instead="render fewer at once, with --customer or --status",
        ) from None
    finally:
        for reader in readers:
            reader.close()
        for process in processes:
            process.join()


def _work(render: Render, documents: Sequence[Document], writer: Connection, readers: Sequence[Connection]) -> None:
    """One worker. It heeds no Ctrl-C: its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for reader in readers:
        # Inherited, and kept open they would hide from the other workers that their reader is gone.
        reader.close()
    with suppress(BrokenPipeError):
        for document in documents:
            writer.send(render(document))


def _staged(staging: Path, digest: str, data: bytes) -> Path:
    file = staging / f"{digest.removeprefix('sha256:')}.pdf"
    try:
        write_synced(file, data)
    except OSError as error:
        raise BooksUnusable(f"A rendered document can't be written: {error.strerror}.", instead="make room") from error
    return file


@contextmanager
def staging_in(root: Path) -> Iterator[Path]:
    """A folder for finished files, on the disk of the books; it is gone afterwards."""
    own = root.resolve() / FOLDER
    try:
        own.mkdir(exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="rendered-", dir=own)
    except OSError as error:
        raise BooksUnusable(
            f"Could not write to the books in {root}: {error.strerror}.",
            instead="make the folder writable for you, or use --output FILE",
        ) from error
    with folder as name:
        yield Path(name)


class Publishing:
    """The verb that records prints and puts them in their places: as one, or not at all."""

    def __init__(self, press: Press, prints: Iterable[Print], *, dry_run: bool) -> None:
        self._press = press
        self._prints = [one for one in prints if one.done is not Done.UNCHANGED]
        self._dry_run = dry_run
        self._placing = Placing(press.root)

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to place or to record."""
        return bool(self._prints)

    @property
    def request(self) -> RecordDocuments:
        """The documents that are new; a restored one is recorded already."""
        new = [one for one in self._prints if one.done is Done.RENDERED]
        return RecordDocuments(tuple(self._record(one) for one in new))

    def _record(self, one: Print) -> RenderedDocument:
        job = one.job
        return RenderedDocument(
            self._press.kind.subject,
            job.number,
            job.document.standing,
            job.file,
            one.digest,
            job.content,
            self._press.fingerprint,
        )

    def render_documents(self, act: Act, request: RecordDocuments) -> None:
        """Under the lock: nothing changed since the documents were rendered, so they are recorded and placed."""
        for one in self._prints:
            now = self._press.job(act.books, one.job.number)
            if (now.content, now.file, now.on_disk) != (one.job.content, one.job.file, one.job.on_disk):
                raise Refused(
                    f"{one.job.number} or its document changed while it was being rendered.",
                    rule="R4: a document shows what the ledger says.",
                    instead="repeat the command",
                )
        record_documents(act, request)
        if not self._dry_run:
            for one in self._prints:
                if one.staged is not None:
                    self._placing.put(one.staged, one.job.file)

    def keep(self) -> None:
        """All is recorded: from here on nothing is taken back."""
        self._placing.keep()

    def take_back(self) -> None:
        """Nothing was recorded: the files go, and what stood there before comes back."""
        self._placing.take_back()
