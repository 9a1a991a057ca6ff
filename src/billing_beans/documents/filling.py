"""Fills an invoice's document from the books: what was drafted and sealed, and what was settled since (R4, I8).

The sealed revision says nearly everything. The legal entity and the tax codes are read as they were on the draft's day;
the only things that move after issue are the status, the payments, and what is still due. Everything is looked up by key.

Not here yet: the totals in SGD that Singapore wants on an invoice in a foreign currency. They need the rate of the day
of issue, which no fact carries so far.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from billing_beans.core.accounts import place_of
from billing_beans.core.errors import Refused
from billing_beans.core.money import minor_digits
from billing_beans.documents.conventions import locale_of, page_size_of, tax_number_label
from billing_beans.documents.formats import Formats
from billing_beans.documents.labels import labels_for
from billing_beans.documents.model import (
    DEFAULT_ACCENT,
    ZERO,
    InvoiceDocument,
    Line,
    Party,
    PaymentDetails,
    PaymentMade,
    Status,
    TaxTotal,
    Voided,
)
from billing_beans.invoicing import status as invoicing
from billing_beans.invoicing.operations import draft_named, head_named

if TYPE_CHECKING:
    from datetime import date

    from billing_beans.books import Books
    from billing_beans.catalog.facts import LegalEntityAdded, TaxCodeAdded
    from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
    from billing_beans.invoicing.records import InvoiceHead

PERCENT_OF_BPS = Decimal("0.01")
PERCENT = Decimal(100)
IBAN_GROUP = 4
TIMES = "\N{MULTIPLICATION SIGN}"
# What a name of a tax code says that the document says beside it anyway: "GST 9 %", "GST exempt".
SAID_BESIDE = re.compile(r"\s*[-,(]?\s*(\d+([.,]\d+)?\s*%|\bexempt)\s*\)?\s*$", re.IGNORECASE)


def fill(books: Books, number: str, root: Path) -> InvoiceDocument:
    """The document of an invoice as it stands in the books, whose folder is `root` (its logo lies there).

    Raises `Refused` for an unknown invoice, for one of before (B1), for books that don't say whether they are live (P4),
    and for a logo that lies outside the books.
    """
    head, draft = head_named(books, number), draft_named(books, number)
    if head.opened:
        raise Refused(
            f"{number} was issued on {head.issued_before}, before these books began with what was open of it.",
            rule="B1: the document of an invoice of before is the one that was sent then.",
            instead=f"look for it where it was issued; billing-beans invoice show {number} says what is owed",
        )
    entity = books.catalog.entity(draft.seller, draft.date)
    assert entity is not None
    locale = draft.locale or locale_of(draft.seller_country)
    formats = Formats(locale, draft.currency, minor_digits(draft.currency))
    codes = _tax_codes(books, draft)
    payments = _payments(books, head)
    due = head.total if head.status is invoicing.Status.DRAFT else head.due_amount
    return InvoiceDocument(
        number=draft.invoice,
        drafted=draft.date,
        issued=head.issued,
        due=draft.due,
        paid=_paid(head, payments),
        voided=Voided(head.voided, head.void_reason) if head.voided else None,
        status=Status(head.status.value),
        livemode=_livemode(books),
        currency=draft.currency,
        digits=formats.digits,
        locale=locale,
        page_size=page_size_of(draft.seller_country),
        seller=_seller(draft, entity),
        buyer=_buyer(draft),
        lines=tuple(_line(line, draft, codes, formats) for line in draft.lines),
        subtotal=draft.subtotal.number,
        tax=draft.tax.number,
        total=draft.total.number,
        amount_due=due,
        taxes=_taxes(draft, codes, labels_for(formats.locale.language).tax_total),
        payments=payments,
        payment_details=_payment_details(draft),
        notes=draft.notes or "",
        footer=tuple((draft.footer or "").splitlines()),
        logo=_logo(entity, root),
        accent=entity.accent or DEFAULT_ACCENT,
    )


def _livemode(books: Books) -> bool:
    declared = books.catalog.declared()
    if declared is None:
        raise Refused(
            "These books don't say what they are, so their documents can't say whether they are real.",
            rule="P4: a book says whether it is live or a test, and documents of a test book say so.",
            instead='add to setup/accounts.beancount: 2026-01-01 custom "billing" "book" "NAME", with its metadata '
            "organization, livemode and format",
        )
    return declared.livemode


def _seller(draft: InvoiceDrafted, entity: LegalEntityAdded) -> Party:
    return Party(
        draft.seller_name,
        _address(draft.seller_address),
        email=entity.email or "",
        tax_number=draft.seller_tax_number or "",
        tax_number_label=tax_number_label(draft.seller_country),
        country=draft.seller_country,
    )


def _buyer(draft: InvoiceDrafted) -> Party:
    country = draft.bill_to_country or ""
    return Party(
        draft.bill_to_name,
        _address(draft.bill_to_address),
        attention=draft.bill_to_attention or "",
        email=draft.bill_to_email or "",
        tax_number=draft.bill_to_tax_number or "",
        tax_number_label=tax_number_label(country),
        country=country,
    )


def _address(text: str) -> tuple[str, ...]:
    """The lines of an address: as they were written, or, if it was written in one line, its parts between commas."""
    parts = text.splitlines() if "\n" in text.strip() else text.split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _line(line: InvoiceLine, draft: InvoiceDrafted, codes: dict[str, TaxCodeAdded], formats: Formats) -> Line:
    return Line(
        line.description,
        line.quantity,
        line.unit_price.number,
        line.amount.number,
        tax=line.tax.number,
        tax_rate=line.tax_rate * PERCENT,
        tax_code=line.tax_code,
        details=_details(line, draft, formats),
        discount=line.discount.number if line.discount else ZERO,
        exempt=_is_exempt(codes[line.tax_code]),
    )


def _details(line: InvoiceLine, draft: InvoiceDrafted, formats: Formats) -> tuple[str, ...]:
    """How a platform fee came about: the principal, times its rate (I2)."""
    if line.fee_of_line is None or line.platform_fee_bps is None:
        return ()
    principal = draft.lines[line.fee_of_line - 1]
    rate = formats.rate(line.platform_fee_bps * PERCENT_OF_BPS)
    return (f"{formats.money(principal.amount.number)} {TIMES} {rate}",)


def _tax_codes(books: Books, draft: InvoiceDrafted) -> dict[str, TaxCodeAdded]:
    """The tax codes of the lines, as they were on the draft's day."""
    found = {line.tax_code: books.catalog.tax_code(line.tax_code, draft.date) for line in draft.lines}
    return {name: code for name, code in found.items() if code is not None}


def _is_exempt(code: TaxCodeAdded) -> bool:
    """A rate of zero alone may be a zero rate, which is not the same: the code or its name says that it is exempt."""
    return code.rate == 0 and "exempt" in f"{code.tax_code} {code.name or ''}".lower()


def _tax_name(code: TaxCodeAdded) -> str:
    """What the tax is called: the code's name, else what its account is called, `GST` for `Liabilities:SG:Tax:GST`."""
    place = place_of(code.account)
    account = place.owner[-1] if place is not None and place.owner else ""
    return SAID_BESIDE.sub("", code.name or "") or account


def _taxes(draft: InvoiceDrafted, codes: dict[str, TaxCodeAdded], general: str) -> tuple[TaxTotal, ...]:
    """The totals of each tax code and rate, in the order in which they first stand in a line."""
    totals: dict[tuple[str, Decimal], TaxTotal] = {}
    for line in draft.lines:
        code = codes[line.tax_code]
        key = (line.tax_code, line.tax_rate)
        before = totals.get(key)
        totals[key] = TaxTotal(
            line.tax_code,
            _tax_name(code) or general,
            line.tax_rate * PERCENT,
            (before.base if before else ZERO) + line.amount.number,
            (before.tax if before else ZERO) + line.tax.number,
            exempt=_is_exempt(code),
        )
    return tuple(totals.values())


def _payments(books: Books, head: InvoiceHead) -> tuple[PaymentMade, ...]:
    """What settled the invoice, by the day on which the money came."""
    found = []
    for one in books.invoices.settlements.range("invoice", head.number):
        kind, _, name = one.source.partition("/")
        payment = books.payments.heads.get(name) if kind == "payment" else None
        received = payment.received if payment and payment.received else one.date
        found.append(PaymentMade(received, one.amount.number, name))
    return tuple(sorted(found, key=lambda one: one.date))


def _paid(head: InvoiceHead, payments: tuple[PaymentMade, ...]) -> date | None:
    """The day of the last payment; the day of issue where there was nothing to pay."""
    if head.status is not invoicing.Status.PAID:
        return None
    return payments[-1].date if payments else head.issued


def _payment_details(draft: InvoiceDrafted) -> PaymentDetails | None:
    if not (draft.bank_name or draft.account_number or draft.iban):
        return None
    return PaymentDetails(
        holder=draft.seller_name,
        bank=draft.bank_name or "",
        iban=_grouped(draft.iban or ""),
        account=draft.account_number or "",
        bic=draft.bic or "",
        reference=draft.invoice,
    )


def _grouped(iban: str) -> str:
    """As it is written on paper: in groups of four."""
    bare = "".join(iban.split())
    return " ".join(bare[start : start + IBAN_GROUP] for start in range(0, len(bare), IBAN_GROUP))


def _logo(entity: LegalEntityAdded, root: Path) -> Path | None:
    """The logo's file, which must lie in the books: a ledger from elsewhere shows nothing else of this machine."""
    if entity.logo is None:
        return None
    file = (root / entity.logo).resolve()
    if not file.is_relative_to(root.resolve()):
        raise Refused(
            f"The logo {entity.logo} of {entity.entity} lies outside of the books.",
            rule="R4: a document reads only its templates, their fonts and its logo, and no network",
            instead="put the file into the books, and name it by its path in them, such as templates/logo.svg",
        )
    if not file.is_file():
        raise Refused(
            f"There is no logo {entity.logo} in the books, which {entity.entity} names.",
            instead="put the file there, or correct the path: billing-beans entity",
        )
    return file
