"""What must hold of invoices: the invariants of S3."""

from __future__ import annotations

from collections.abc import Iterator

from billing_beans.books import Books
from billing_beans.core.accounts import Role, place_of
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.invoicing.crediting import draws_itself
from billing_beans.invoicing.facts import (
    DocumentRendered,
    DraftVoided,
    InvoiceDrafted,
    InvoiceIssued,
    InvoiceOpened,
    InvoiceVoided,
)
from billing_beans.invoicing.numbering import number_format
from billing_beans.invoicing.operations import issued, voided
from billing_beans.invoicing.records import IMPORTED, InvoiceHead
from billing_beans.invoicing.seal import seal
from billing_beans.invoicing.status import Event, Status, can

RESTORE = "restore the text with git (git log -p shows who changed it), or void the invoice and draft a new one"


@check(
    InvoiceDrafted,
    promise="S3-1: an invoice belongs to exactly one customer, and everything that it names is known on its day.",
    remedy="add what is missing to setup/, dated no later than the draft",
    timeless=True,
)
def known_parties(books: Books, fact: InvoiceDrafted) -> Iterator[str]:
    catalog, day = books.catalog, fact.date
    if catalog.customer(fact.customer, day) is None:
        yield f"{fact.invoice} is for {fact.customer}, who is no customer on {day}"
    if catalog.entity(fact.seller, day) is None:
        yield f"{fact.invoice} is sold by {fact.seller}, which is no legal entity on {day}"
    if fact.agreement is not None and catalog.agreement(fact.agreement, day) is None:
        yield f"{fact.invoice} names the agreement {fact.agreement}, which is not known on {day}"
    for line in fact.lines:
        if catalog.product(line.product, day) is None:
            yield f"line {line.line} of {fact.invoice} sells {line.product}, which is no product on {day}"
        if catalog.tax_code(line.tax_code, day) is None:
            yield f"line {line.line} of {fact.invoice} is taxed by {line.tax_code}, which is not known on {day}"


@check(
    InvoiceDrafted,
    promise="P1: a line is taxed at the rate of its code on its day.",
    remedy="a tax code that was added later for an earlier day does not move an old invoice: remove it, or date it later",
    blocks=False,
    timeless=True,
)
def taxed_as_coded(books: Books, fact: InvoiceDrafted) -> Iterator[str]:
    for line in fact.lines:
        code = books.catalog.tax_code(line.tax_code, fact.date)
        if code is not None and code.rate != line.tax_rate:
            yield f"line {line.line} of {fact.invoice} is taxed at {line.tax_rate:f}, and {line.tax_code} at {code.rate:f}"


@check(
    InvoiceDrafted,
    promise="B3: an invoice moves accounts of its own seller only.",
    remedy="sell it with a tax code and a product of the legal entity that sells",
    timeless=True,
)
def own_accounts(books: Books, fact: InvoiceDrafted) -> Iterator[str]:
    entity = books.catalog.entity(fact.seller, fact.date)
    for line in fact.lines:
        for account, role in ((line.tax_account, Role.TAX), (line.income, Role.INCOME)):
            place = place_of(account) if account is not None else None
            if account is not None and (place is None or entity is None or place[:2] != (role, entity.account)):
                yield f"line {line.line} of {fact.invoice} names {account}, which is no {role.name.lower()} account of {fact.seller}"


@check(
    InvoiceDrafted,
    promise="S3-5, I10: numbers are unique in the book, and gapless in each series, drafts and voided ones counted.",
    remedy="where two branches drew one number, undo the commits of the one that was not published, and draft it again",
)
def number_drawn_once(books: Books, fact: InvoiceDrafted) -> Iterator[str]:
    head = books.invoices.heads.get(fact.invoice)
    if fact.revision == 1 and head is not None:
        yield f"the number {fact.invoice} is drawn twice, for {head.customer} and for {fact.customer}"
    if fact.revision == 1 and books.invoices.credit_notes.get(fact.invoice) is not None:
        yield f"{fact.invoice} is the number of a credit note, and an invoice has it too"
    if fact.series == IMPORTED and draws_itself(books, fact.seller, fact.invoice, fact.date):
        yield f"the imported number {fact.invoice} looks like one that {fact.seller} draws itself, and would stand in its way"


@check(
    InvoiceDrafted,
    promise="I10: numbers follow the legal entity's format without gaps.",
    remedy="let the tool draw numbers; restore a draft that was removed from the ledger",
    blocks=False,
)
def number_gapless(books: Books, fact: InvoiceDrafted) -> Iterator[str | Broken]:
    if fact.revision != 1 or fact.series == IMPORTED:
        return
    entity = books.catalog.entity(fact.seller, fact.date)
    if entity is None:
        return
    numbers = number_format(entity.invoice_format)
    last = books.invoices.series.get((fact.seller, fact.series))
    expected = last.last + 1 if last else 1
    if fact.series != numbers.series(fact.date):
        yield f"{fact.invoice} stands in the series {fact.series}, and its date is {fact.date}"
    elif fact.sequence is None or numbers.number(fact.date, fact.sequence) != fact.invoice:
        yield f"{fact.invoice} is not number {fact.sequence} in the format {entity.invoice_format}"
    elif fact.sequence != expected:
        following = numbers.number(fact.date, expected)
        yield Broken(f"{fact.invoice} is drawn, and the next number of {fact.seller} is {following}", after=following)


@check(
    InvoiceDrafted,
    promise="I3: only a draft is edited; each edit is the next revision, of the same customer, seller and currency.",
    remedy="void the invoice and draft a new one: billing-beans invoice void NUMBER --reason ...",
)
def revised_as_draft(books: Books, fact: InvoiceDrafted) -> Iterator[str]:
    if fact.revision == 1:
        return
    head = books.invoices.heads.get(fact.invoice)
    if head is None or fact.revision != head.revision + 1:
        have = f"the last one is {head.revision}" if head else "it was never drafted"
        yield f"{fact.invoice} has a revision {fact.revision}, and {have}"
    elif not can(head.status, Event.REVISED):
        yield f"{fact.invoice} is {head.status} and can't be edited"
    elif (fact.customer, fact.seller, fact.currency) != (head.customer, head.seller, head.currency):
        yield f"revision {fact.revision} of {fact.invoice} has another customer, seller or currency"
    elif fact.date < head.drafted:
        yield f"revision {fact.revision} of {fact.invoice} is dated {fact.date}, before its draft of {head.drafted}"


@check(
    InvoiceIssued,
    promise="I4: a draft is issued once, and not before it was drafted.",
    remedy="billing-beans invoice show NUMBER says where it stands",
)
def issued_from_draft(books: Books, fact: InvoiceIssued) -> Iterator[str | Broken]:
    draft = books.invoices.current(fact.invoice)
    head = books.invoices.heads.get(fact.invoice)
    if head is None or draft is None:
        yield f"{fact.invoice} is issued and was never drafted"
    elif not can(head.status, Event.ISSUED):
        since = f" since {head.issued or head.voided}" if head.issued or head.voided else ""
        yield Broken(
            f"{fact.invoice} is {head.status.replace('-', ' ')}{since} and can't be issued",
            f"billing-beans invoice show {fact.invoice}",
        )
    elif fact.revision != head.revision:
        yield f"revision {fact.revision} of {fact.invoice} is issued, and the last one is {head.revision}"
    elif fact.date < draft.date:
        yield f"{fact.invoice} is issued on {fact.date}, before its draft of {draft.date}"
    elif fact.date > draft.due:
        yield Broken(
            f"{fact.invoice} is issued on {fact.date}, and was due on {draft.due}",
            f"give it a later due date first: billing-beans invoice edit {fact.invoice} --due DATE",
        )


@check(
    InvoiceIssued,
    InvoiceOpened,
    promise="I4, S3-3: what was issued never changes.",
    remedy=RESTORE,
    blocks=False,
    timeless=True,
)
def sealed(books: Books, fact: InvoiceIssued | InvoiceOpened) -> Iterator[str | Broken]:
    draft = books.invoices.current(fact.invoice)
    if draft is not None and seal(draft, fact.date) != fact.content:
        yield broken_seal(draft)


def broken_seal(draft: InvoiceDrafted) -> Broken:
    """What is said of a revision that was issued and no longer has the digest that its issue sealed."""
    return Broken(
        f"{draft.invoice} was changed after it was issued: its text no longer has the digest that sealed it",
        about=draft.id,
    )


@check(
    InvoiceIssued,
    promise="I4: an issued invoice moves what its lines say: receivable, revenue or what is owed, and tax by code.",
    remedy=RESTORE,
    timeless=True,
)
def issued_in_full(books: Books, fact: InvoiceIssued) -> Iterator[str]:
    if differs := difference(fact, issued(books, fact.invoice, fact.date, fact.content, fact.rate)):
        yield f"the issue of {fact.invoice} is not that of its lines: {differs}"


@check(
    InvoiceIssued,
    InvoiceOpened,
    promise="Y3: an invoice in another currency than its seller's may say what that is worth on the day of issue.",
    remedy="restore the text with git; a rate is never edited",
    timeless=True,
)
def sound_rate(books: Books, fact: InvoiceIssued | InvoiceOpened) -> Iterator[str]:
    if fact.rate is None:
        return
    draft = books.invoices.current(fact.invoice)
    seller = books.catalog.entity(draft.seller, fact.date) if draft is not None else None
    if seller is not None and draft is not None:
        wrong = fact.rate.number <= 0 or fact.rate.currency != seller.currency or seller.currency == draft.currency
        if wrong:
            yield f"one {draft.currency} of {fact.invoice} is said to be worth {fact.rate}, and {fact.invoice} is sold by {seller.entity} in {seller.currency}"


@check(
    DraftVoided,
    InvoiceVoided,
    promise="I5: an invoice with verified payments can't be voided; a void one stays void.",
    remedy="a paid invoice stays; a credit note takes it back: billing-beans invoice credit NUMBER --reason ...",
)
def voided_unpaid(books: Books, fact: DraftVoided | InvoiceVoided) -> Iterator[str | Broken]:
    head = books.invoices.heads.get(fact.invoice)
    if head is None:
        yield f"{fact.invoice} is voided and was never drafted"
        return
    if not can(head.status, Event.VOIDED) or (head.status is Status.PAID and head.total):
        way_out = (
            f"draft a new one; billing-beans invoice show {fact.invoice} says how it stands"
            if head.status in (Status.VOID, Status.CREDITED)
            else f'billing-beans invoice credit {fact.invoice} --reason "..."{_or_taken_back(books, head)}'
        )
        yield Broken(f"{fact.invoice} is {head.status.replace('-', ' ')}{_why_not_void(books, head)}", way_out)
    elif why := _why_not_taken_back(books, head):
        yield Broken(f"{fact.invoice} {why}", f'billing-beans invoice credit {fact.invoice} --reason "..."')
    elif isinstance(fact, DraftVoided) != (head.status is Status.DRAFT):
        yield f"{fact.invoice} is {head.status}, and is voided as if it were not"
    elif fact.date < (since := max(head.issued or head.drafted, head.settled_on or head.drafted)):
        yield f"{fact.invoice} is voided on {fact.date}, before {since}"


def _why_not_taken_back(books: Books, head: InvoiceHead) -> str | None:
    """What of an invoice, which is not paid, its voiding would not take back; None where there is nothing."""
    if head.posted is not None or _has_topped_up(books, head.number):
        return "has granted what it sold"
    if head.opened:
        return "was open when the books began"
    if head.has_credit_notes:
        return "is credited in part"
    return "has earned revenue, which was released" if books.revenue.is_released(head.number) else None


def _or_taken_back(books: Books, head: InvoiceHead) -> str:
    """The other way, where nothing but credits and unapplied money settled an invoice, and it granted nothing yet."""
    sources = {one.source.partition("/")[0] for one in books.invoices.settlements.range("invoice", head.number)}
    if sources <= {"allocation", "application"} and head.posted is None and not _has_topped_up(books, head.number):
        return f'; or with --take-back: billing-beans invoice void {head.number} --take-back --reason "..."'
    return ""


def _has_topped_up(books: Books, invoice: str) -> bool:
    """Whether a wallet has the credits that it sold."""
    return any(one.granted is not None for one in books.credits.grants.range("invoice", invoice))


def _why_not_void(books: Books, head: InvoiceHead) -> str:
    if head.status is Status.VOID:
        return f" since {head.voided} ({' '.join(head.void_reason.split())})"
    found = []
    for one in books.invoices.settlements.range("invoice", head.number):
        kind, _, name = one.source.partition("/")
        payment = books.payments.heads.get(name) if kind == "payment" else None
        by = f"verified {one.date} by {payment.verified_by}" if payment else f"{kind.replace('-', ' ')} of {one.date}"
        found.append(f"{name or kind}, {one.amount}, {by}")
    return f" ({'; '.join(found)})" if found else ""


@check(
    DraftVoided,
    InvoiceVoided,
    promise="I5: voiding needs a reason.",
    remedy="say why with --reason",
)
def void_has_reason(books: Books, fact: DraftVoided | InvoiceVoided) -> Iterator[str]:
    if not fact.reason.strip():
        yield f"{fact.invoice} is voided without a reason"


@check(
    InvoiceVoided,
    promise="I5: voiding an issued invoice is the exact reverse of its issue.",
    remedy=RESTORE,
)
def voided_in_full(books: Books, fact: InvoiceVoided) -> Iterator[str]:
    expected = voided(books, fact.invoice, fact.reason, fact.date)
    assert isinstance(expected, InvoiceVoided)
    if differs := difference(fact, expected):
        yield f"the voiding of {fact.invoice} is not the reverse of its issue: {differs}"


@check(
    DocumentRendered,
    promise="R4: a rendered document is one of a known invoice.",
    remedy="restore the draft of the invoice, or remove this directive if it was never published",
)
def document_of_invoice(books: Books, fact: DocumentRendered) -> Iterator[str]:
    if books.invoices.heads.get(fact.invoice) is None:
        yield f"{fact.file} is a document of {fact.invoice}, which is no invoice"
