"""Where a document lies in the books, what it is known by, and how it gets there (R4).

An issued invoice lies where Beancount and Fava look for the documents of its account, under its date of issue:

    documents/Assets/SG/Receivable/Acme/2026-01-11.SG-2026-00001.pdf                   as it was issued
    documents/Assets/SG/Receivable/Acme/2026-01-11.SG-2026-00001-partially-paid.pdf    and -paid, -void: as it stood later

What no account holds lies apart, since Beancount refuses a document that is dated before its account is open: a draft, one
given up, and an invoice over nothing. The folder's name is no account's, so Beancount passes it over:

    documents/unbooked/2026-01-10.SG-2026-00001-draft-r1.pdf                           one for each revision

A credit note lies with its invoice's account, under its own date, and the receipt of a payment where the money went:

    documents/Assets/SG/Receivable/Acme/2026-01-13.PAY-1.pdf

A slash in a number is written `%2F`.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from billing_beans.acts.documents import (
    issued_credit_note_named,
    receipt_named,
    seller_of_payment,
    settlements_of,
)
from billing_beans.core.accounts import Role, account_of
from billing_beans.core.checks import Problem
from billing_beans.core.errors import BooksUnusable
from billing_beans.invoicing.operations import draft_named, head_named
from billing_beans.invoicing.status import Status
from billing_beans.ledger.attempt import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from billing_beans.books import Books
    from billing_beans.documents.model import Document


class Rendered(Protocol):
    """What every fact of a rendered document says."""

    @property
    def id(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def renderer(self) -> str: ...
    @property
    def content(self) -> str | None: ...


DOCUMENTS = "documents"
UNBOOKED = "unbooked"
BACKUP = ".before"


def file_of(books: Books, number: str) -> str:
    """The file of an invoice's document as it stands, relative to the books. It never changes for the same standing."""
    head, draft = head_named(books, number), draft_named(books, number)
    standing = {
        Status.DRAFT: f"-draft-r{head.revision}",
        Status.ISSUED: "",
    }.get(head.status, f"-{head.status}")
    name = f"{_name_of(number)}{standing}.pdf"
    if head.issued is None or not head.total:
        return f"{DOCUMENTS}/{UNBOOKED}/{head.issued or head.drafted}.{name}"
    account = _account_of(books, Role.RECEIVABLE, draft.seller, draft.customer, draft.date)
    return f"{_folder_of(account)}/{head.issued}.{name}"


def file_of_credit_note(books: Books, number: str) -> str:
    """The file of a credit note's document, relative to the books: with the account of its invoice."""
    note = issued_credit_note_named(books, number)
    assert note.issued is not None
    day = draft_named(books, note.invoice).date
    account = _account_of(books, Role.RECEIVABLE, note.seller, note.customer, day)
    return f"{_folder_of(account)}/{note.issued}.{_name_of(number)}.pdf"


def file_of_receipt(books: Books, payment: str) -> str:
    """The file of a payment's receipt, relative to the books: with the account that it settled, or where the money lies."""
    head = receipt_named(books, payment)
    assert head.verified_on is not None
    role = Role.RECEIVABLE if settlements_of(books, payment) else Role.UNAPPLIED
    account = _account_of(books, role, seller_of_payment(books, head), head.customer, head.verified_on)
    return f"{_folder_of(account)}/{head.verified_on}.{_name_of(payment)}.pdf"


def _account_of(books: Books, role: Role, seller: str, customer: str, day: date) -> str:
    entity, buyer = books.catalog.entity(seller, day), books.catalog.customer(customer, day)
    assert entity is not None
    assert buyer is not None
    return account_of(role, entity.account, buyer.account)


def _folder_of(account: str) -> str:
    return f"{DOCUMENTS}/{account.replace(':', '/')}"


def _name_of(number: str) -> str:
    return number.replace("/", "%2F")


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_on_disk(root: Path, file: str) -> str | None:
    """The digest of a file of the books, None where there is none. Raises `BooksUnusable` outside them."""
    try:
        return digest_of(_path(root, file).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BooksUnusable(
            f"{file} can't be read: {error.strerror}.", instead="make it a file that you may read"
        ) from error


def content_of(document: Document) -> str:
    """A digest of everything that a document shows; of the logo its bytes count, wherever it lies.

    What is as it is by default adds nothing, so that a new field of a later release leaves the digests as they are.
    """
    content = json.dumps(_shown(document), ensure_ascii=False, sort_keys=True)
    return digest_of(content.encode("utf-8", "surrogatepass"))


def _shown(value: Any) -> Any:
    if is_dataclass(value):
        pairs = ((one.name, getattr(value, one.name), one.default) for one in fields(value))
        return {name: _shown(field) for name, field, default in pairs if field != default}
    if isinstance(value, tuple):
        return [_shown(one) for one in value]
    if isinstance(value, Path):
        return digest_of(value.read_bytes())
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, (date, time)) else value


def stale_documents(books: Books, root: Path) -> Iterator[tuple[str, Problem]]:
    """Documents whose file is no longer the one that was recorded: the file, and the problem with it.

    A missing file is none: PDFs may be kept elsewhere.
    """
    for fact, what, command in _recorded(books):
        try:
            found = digest_on_disk(root, fact.file)
        except BooksUnusable as error:
            message = error.what.rstrip(".")
        else:
            if found in (None, fact.digest):
                continue
            message = f"the file is not the {what}"
        yield (
            fact.file,
            Problem(
                "document-unchanged",
                message,
                "R4: a rendered document stays as it is; the ledger knows its digest.",
                f"restore the file with git, or render it again: {command} --force",
                about=fact.id,
            ),
        )


def _recorded(books: Books) -> Iterator[tuple[Rendered, str, str]]:
    """Each document that was recorded, what it is, and the command that makes it."""
    for one in books.invoices.documents.all():
        what = f"document of {one.invoice} that was recorded, as {one.status}"
        yield one, what, f"billing-beans invoice render {one.invoice}"
    for note in books.invoices.credit_note_documents.all():
        what = f"document of {note.credit_note} that was recorded"
        yield note, what, f"billing-beans credit-note render {note.credit_note}"
    for receipt in books.payments.receipts.all():
        what = f"receipt of {receipt.payment} that was recorded"
        yield receipt, what, f"billing-beans payment receipt {receipt.payment}"


class Placing:
    """Finished files on their way into the books: each is there whole or not at all, and can be taken back.

    Nobody else writes meanwhile: the caller holds the lock of the books.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._placed: list[tuple[Path, Path | None]] = []

    def put(self, staged: Path, file: str) -> None:
        """Move a finished file to its place; what stood there is kept until the end. Raises `BooksUnusable`."""
        target = _path(self._root, file)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            before = staged.with_suffix(BACKUP) if target.exists() else None
            if before is not None:
                target.replace(before)
            self._placed.append((target, before))
            staged.replace(target)
            _sync(target.parent)
        except OSError as error:
            raise BooksUnusable(
                f"{file} can't be written: {error.strerror}.",
                instead="make room, or make the folder writable for you, and repeat the command",
            ) from error

    def keep(self) -> None:
        """From here on there is nothing to take back."""
        self._placed.clear()

    def take_back(self) -> None:
        """Leave every place as it was."""
        for target, before in reversed(self._placed):
            # What can't be taken back is no harm: a file that no fact names yet is written over by the same file.
            with suppress(OSError):
                if before is None:
                    target.unlink(missing_ok=True)
                else:
                    before.replace(target)
        self.keep()


def write_synced(file: Path, data: bytes) -> None:
    """Write a new file, on disk when this returns."""
    with file.open("xb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path(root: Path, file: str) -> Path:
    return inside(root.resolve(), file)
