"""The facts of an invoice: drafted, revised, issued, voided. Each function is pure and raises where a rule forbids it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.facts import BillToAdded, CustomerAdded, LegalEntityAdded
from billing_beans.catalog.pricing import Buyer
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.ids import AgreementId, InvoiceNumber
from billing_beans.core.money import Money, check_size
from billing_beans.core.records import record, with_values
from billing_beans.invoicing.facts import DraftVoided, InvoiceDrafted, InvoiceIssued, InvoiceLine, InvoiceVoided
from billing_beans.invoicing.legs import Parties, issue_legs
from billing_beans.invoicing.lines import Item, Sale, lines_of, price_item
from billing_beans.invoicing.numbering import number_format
from billing_beans.invoicing.records import IMPORTED, InvoiceHead
from billing_beans.invoicing.seal import seal
from billing_beans.invoicing.status import Status

DEFAULT_TERMS = 30
"""Days until an invoice is due where neither the bill-to profile nor the legal entity says otherwise."""


@record
class DraftInvoice:
    """What a person asks for when drafting: who buys what. The rest comes from the catalogue (S3 UC-1).

    `number` is for imported invoices, which keep theirs; `source` says what else than a person asks.
    """

    customer: str
    items: tuple[Item, ...]
    currency: str | None = None
    seller: str | None = None
    agreement: str | None = None
    due: date | None = None
    notes: str | None = None
    number: str | None = None
    source: str | None = None


def drafted(books: Books, request: DraftInvoice, day: date) -> InvoiceDrafted:
    """The first revision of an invoice: prices, tax, bill-to and seller as they are on this day, and the next number (I1)."""
    seller, customer = seller_of(books, request, day), customer_of(books, request.customer, day)
    bill_to = bill_to_for(books, request, seller, day)
    if not request.items:
        raise WrongUsage("An invoice needs at least one line.", instead="name a product and a quantity")
    sale = Sale(seller.account, Buyer(customer, bill_to.currency, day, request.agreement))
    lines, agreement = _priced_lines(books, sale, request.items)
    number = _number(books, request, seller, day)
    draft = _snapshot(seller, customer, bill_to, number, day)
    due = request.due or draft.due
    if due < day:
        raise WrongUsage(f"The invoice would be due on {due}, before its date {day}.", instead="give a later --due")
    return with_lines(
        with_values(draft, agreement=agreement, due=due, notes=request.notes, source=request.source), lines
    )


def _priced_lines(
    books: Books, sale: Sale, items: tuple[Item, ...]
) -> tuple[tuple[InvoiceLine, ...], AgreementId | None]:
    """The lines of all items, and the agreement that their terms come from."""
    lines: list[InvoiceLine] = []
    agreements: dict[AgreementId, None] = {}
    for item in items:
        priced = price_item(books.catalog, sale, item)
        lines += lines_of(books.catalog, sale, priced, len(lines) + 1, 1)
        if priced.terms.agreement is not None:
            agreements[priced.terms.agreement.agreement] = None
    if len(agreements) > 1:
        raise Refused(
            f"The lines come under {len(agreements)} agreements: {', '.join(agreements)}.",
            rule="I12: an invoice names the agreement that its terms come from.",
            instead="choose one with --agreement, or draft an invoice for each",
        )
    return tuple(lines), next(iter(agreements), None)


def with_lines(draft: InvoiceDrafted, lines: tuple[InvoiceLine, ...]) -> InvoiceDrafted:
    """The draft with these lines, and with subtotal, tax and total as they add up (I10)."""
    subtotal = sum((line.amount.number for line in lines), start=Decimal(0))
    tax = sum((line.tax.number for line in lines), start=Decimal(0))
    return with_values(
        draft,
        lines=lines,
        subtotal=Money(subtotal, draft.currency),
        tax=Money(tax, draft.currency),
        total=Money(subtotal + tax, draft.currency),
    )


def issued(
    books: Books, number: str, day: date, content: str | None = None, rate: Money | None = None
) -> InvoiceIssued:
    """The issue of a draft: its receivable, and the seal over what it shows (I4), unless a seal is given.

    `rate` is what one of its currency is worth in the seller's own.
    """
    draft = draft_named(books, number)
    legs = issue_legs(draft, parties_of(books, draft))
    return InvoiceIssued(
        date=day,
        payee=draft.bill_to_name,
        narration=f"Invoice {number}",
        invoice=draft.invoice,
        revision=draft.revision,
        content=seal(draft, day) if content is None else content,
        rate=rate,
        receivable=legs.receivable,
        discounts=legs.discounts,
        lines=legs.lines,
        taxes=legs.taxes,
    )


def rate_of(books: Books, head: InvoiceHead, rate: Decimal, day: date) -> Money:
    """What one of an invoice's currency is worth in its seller's own (Y3). Raises `WrongUsage` where they don't differ."""
    seller = entity_of(books, head.seller, day)
    check_size(rate)
    if seller.currency == head.currency or rate <= 0:
        raise WrongUsage(
            f"{head.number} is in {head.currency}, and {seller.entity} keeps its books in {seller.currency}: "
            f"a rate of {rate:f} can't be used.",
            rule="Y3: an invoice in another currency than its seller's may say what that is worth on the day of issue.",
            instead="leave out --rate, or give one above zero",
        )
    return Money(rate, seller.currency)


def voided(books: Books, number: str, reason: str, day: date) -> DraftVoided | InvoiceVoided:
    """The voiding of a draft, which moves nothing, or of an issued invoice: the exact reverse of its issue (I5)."""
    head, draft = head_named(books, number), draft_named(books, number)
    if head.status is Status.DRAFT:
        return DraftVoided(date=day, invoice=draft.invoice, reason=reason)
    legs = issue_legs(draft, parties_of(books, draft)).reversed()
    return InvoiceVoided(
        date=day,
        payee=draft.bill_to_name,
        narration=f"Void of invoice {number}",
        invoice=draft.invoice,
        reason=reason,
        receivable=legs.receivable,
        discounts=legs.discounts,
        lines=legs.lines,
        taxes=legs.taxes,
    )


def head_named(books: Books, number: str) -> InvoiceHead:
    """The invoice of this number. Raises `Refused`."""
    head = books.invoices.heads.get(number)
    if head is None:
        raise _no_invoice(number)
    return head


def _no_invoice(number: str) -> Refused:
    return Refused(f"There is no invoice {number}.", instead="billing-beans invoice list")


def draft_named(books: Books, number: str) -> InvoiceDrafted:
    """The revision of this invoice that counts. Raises `Refused`."""
    draft = books.invoices.current(number)
    if draft is None:
        raise _no_invoice(number)
    return draft


def parties_of(books: Books, draft: InvoiceDrafted) -> Parties:
    """Whose accounts an invoice moves, as of its draft."""
    return parties_named(books, draft.seller, draft.customer, draft.date)


def parties_named(books: Books, seller: str, customer: str, day: date) -> Parties:
    """The accounts of a seller and a customer, who must be known on this day."""
    entity = books.catalog.entity(seller, day)
    buyer = books.catalog.customer(customer, day)
    assert entity is not None
    assert buyer is not None
    return Parties(entity.account, buyer.account)


def customer_of(books: Books, customer: str, day: date) -> CustomerAdded:
    """The customer as it is on this day. Raises `Refused`."""
    found = books.catalog.customer(customer, day)
    if found is not None:
        return found
    later = next(iter(books.catalog.customers.range("versions", customer)), None)
    known = f"{customer} is a customer from {later.date} on." if later else f"There is no customer {customer}."
    raise Refused(
        f"{known} The books know nobody of that name on {day}." if later else known,
        rule="P1: parties are known before anything happens with them.",
        instead=f"billing-beans customer list, or billing-beans customer add {customer}",
    )


def seller_of(books: Books, request: DraftInvoice, day: date) -> LegalEntityAdded:
    """The legal entity that sells: the one asked for, the customer's, or the only one there is (B3)."""
    customer = books.catalog.customer(request.customer, day)
    wanted = request.seller or (customer.seller if customer else None)
    if wanted is not None:
        return entity_of(books, wanted, day)
    every = dict.fromkeys(one.entity for one in books.catalog.entities.all())
    if len(every) != 1:
        customer_of(books, request.customer, day)
        raise WrongUsage(
            f"These books have {len(every)} legal entities: {', '.join(every) or 'none'}.",
            rule="B3: an invoice has one seller.",
            instead="choose one with --seller" if every else "billing-beans entity add",
        )
    return entity_of(books, next(iter(every)), day)


def entity_of(books: Books, seller: str, day: date) -> LegalEntityAdded:
    """The legal entity as it is on this day. Raises `Refused`."""
    entity = books.catalog.entity(seller, day)
    if entity is None:
        raise Refused(f"There is no legal entity {seller} on {day}.", instead="billing-beans entity list")
    return entity


def bill_to_for(books: Books, request: DraftInvoice, seller: LegalEntityAdded, day: date) -> BillToAdded:
    """The profile of the currency asked for, the only one there is, or the one in the seller's currency (P2)."""
    currencies = books.catalog.bill_to_currencies(request.customer, day)
    choice = request.currency
    if choice is None and len(currencies) == 1:
        choice = currencies[0]
    if choice is None and seller.currency in currencies:
        choice = seller.currency
    profile = books.catalog.bill_to_of(request.customer, choice, day) if choice else None
    if profile is None:
        wanted = f" in {choice}" if choice else ""
        has = f" It has {', '.join(currencies)}." if currencies else ""
        raise Refused(
            f"{request.customer} has no bill-to profile{wanted} on {day}.{has}",
            rule="P2: an invoice is in the currency of a bill-to profile.",
            instead=f"billing-beans customer bill-to {request.customer} {choice or seller.currency}"
            if not currencies or choice
            else "choose one with --currency",
        )
    return profile


class _Number(NamedTuple):
    """A number with the series that it was drawn from."""

    number: InvoiceNumber
    series: str
    sequence: int | None


def _number(books: Books, request: DraftInvoice, seller: LegalEntityAdded, day: date) -> _Number:
    """The next number of the seller's series, drawn now; or the imported one, whose series may have gaps (I10)."""
    if request.number is not None:
        return _Number(InvoiceNumber(request.number), IMPORTED, None)
    numbers = number_format(seller.invoice_format)
    series = numbers.series(day)
    last = books.invoices.series.get((seller.entity, series))
    sequence = last.last + 1 if last else 1
    return _Number(InvoiceNumber(numbers.number(day, sequence)), series, sequence)


def _snapshot(
    seller: LegalEntityAdded, customer: CustomerAdded, bill_to: BillToAdded, number: _Number, day: date
) -> InvoiceDrafted:
    """A draft without lines: seller and buyer as they are on this day. Later changes do not reach it (S3, invariant 8)."""
    terms = next((days for days in (bill_to.payment_terms, seller.payment_terms) if days is not None), DEFAULT_TERMS)
    zero = Money(Decimal(0), bill_to.currency)
    return InvoiceDrafted(
        date=day,
        invoice=number.number,
        revision=1,
        lines=(),
        series=number.series,
        sequence=number.sequence,
        customer=customer.customer,
        seller=seller.entity,
        seller_name=seller.name,
        seller_address=seller.address,
        seller_tax_number=seller.tax_number,
        seller_country=seller.country,
        currency=bill_to.currency,
        due=day + timedelta(days=terms),
        bill_to_name=bill_to.name,
        bill_to_attention=bill_to.attention,
        bill_to_email=bill_to.email,
        bill_to_address=bill_to.address,
        bill_to_tax_number=bill_to.tax_number,
        bill_to_country=bill_to.country or customer.country,
        locale=customer.locale,
        bank_name=seller.bank_name,
        account_number=seller.account_number,
        iban=seller.iban,
        bic=seller.bic,
        footer=seller.footer,
        subtotal=zero,
        tax=zero,
        total=zero,
    )
