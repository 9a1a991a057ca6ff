"""Fills an invoice's document from the books: what was drafted and sealed, and what was settled since (R4, I8).

The sealed revision says nearly everything. The legal entity and the tax codes are read as they were on the draft's day;
the only things that move after issue are the status, the payments and credit notes, and what is still due. Everything is
looked up by key.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from billing_beans.core.accounts import is_paid
from billing_beans.core.errors import Refused
from billing_beans.core.money import minor_digits
from billing_beans.documents.formats import Formats
from billing_beans.documents.languages import labels_for
from billing_beans.documents.letterhead import letterhead_of
from billing_beans.documents.model import ZERO, CreditUsed, InvoiceDocument, Line, PaymentMade, Status, Voided
from billing_beans.documents.periods import Days, span_and_part, zone_of
from billing_beans.documents.taxes import PERCENT, is_exempt, tax_codes, tax_totals, totals_at
from billing_beans.invoicing import status as invoicing
from billing_beans.invoicing.lines import part_of
from billing_beans.invoicing.operations import draft_named, head_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from billing_beans.books import Books
    from billing_beans.catalog.facts import TaxCodeAdded
    from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
    from billing_beans.invoicing.records import InvoiceHead

PERCENT_OF_BPS = Decimal("0.01")
TIMES = "\N{MULTIPLICATION SIGN}"
ALLOCATIONS = ("allocation/", "allocation-reversed")
APPLICATION = "application/"


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
    letter = letterhead_of(books, draft, root)
    formats = Formats(letter.locale, draft.currency, minor_digits(draft.currency))
    codes = tax_codes(books, draft.lines, draft.date)
    payments = _payments(books, head)
    credits_used = _credits_used(books, number)
    due = head.total if head.status is invoicing.Status.DRAFT else head.due_amount
    return InvoiceDocument(
        number=draft.invoice,
        drafted=draft.date,
        issued=head.issued,
        due=draft.due,
        paid=_paid(head, [*(one.date for one in payments), *(day for day, _used in credits_used)]),
        voided=Voided(head.voided, head.void_reason) if head.voided else None,
        status=Status(head.status.value),
        livemode=letter.livemode,
        currency=draft.currency,
        digits=formats.digits,
        locale=letter.locale,
        page_size=letter.page_size,
        seller=letter.seller,
        buyer=letter.buyer,
        lines=tuple(_lines(books, draft, codes, formats)),
        subtotal=draft.subtotal.number,
        tax=draft.tax.number,
        total=draft.total.number,
        amount_due=due,
        taxes=tax_totals(draft.lines, codes, labels_for(formats.locale.language).tax_total),
        tax_currency_totals=totals_at(head.rate, draft.subtotal, draft.tax),
        credits=tuple(used for _day, used in credits_used),
        payments=payments,
        payment_details=letter.payment_details,
        notes=draft.notes or "",
        footer=letter.footer,
        logo=letter.logo,
        accent=letter.accent,
    )


def _lines(books: Books, draft: InvoiceDrafted, codes: dict[str, TaxCodeAdded], formats: Formats) -> Iterator[Line]:
    """The lines; of several subscriptions each under its own heading."""
    several = len({line.subscription for line in draft.lines if line.charge is not None}) > 1
    heading = labels_for(formats.locale.language).subscription
    for line in draft.lines:
        made = _line(books, line, draft, codes, formats)
        under = several and line.charge is not None
        yield replace(made, section=heading.format(name=formats.apart(line.subscription or ""))) if under else made


def _line(
    books: Books, line: InvoiceLine, draft: InvoiceDrafted, codes: dict[str, TaxCodeAdded], formats: Formats
) -> Line:
    return Line(
        line.description,
        line.quantity,
        line.unit_price.number,
        line.amount.number,
        tax=line.tax.number,
        tax_rate=line.tax_rate * PERCENT,
        tax_code=line.tax_code,
        details=tuple(_details(books, line, draft, formats)),
        discount=line.discount.number if line.discount else ZERO,
        exempt=is_exempt(codes[line.tax_code]),
        free_credits=line.credit_discount.number if line.credit_discount else ZERO,
    )


def _details(books: Books, line: InvoiceLine, draft: InvoiceDrafted, formats: Formats) -> Iterator[str]:
    """For which period a line is; how a platform fee came about: the principal, times its rate (I2); what a top-up brings."""
    labels = labels_for(formats.locale.language)
    if line.period_start is not None and line.period_end is not None:
        zone = zone_of(books, draft)
        days = Days(line.period_start, line.period_end, line.from_at, line.until_at)
        yield labels.service_period.format(span=span_and_part(days, part_of(line), line.prorated_by, formats, zone))
    if line.fee_of_line is not None and line.platform_fee_bps is not None:
        principal = draft.lines[line.fee_of_line - 1]
        rate = formats.rate(line.platform_fee_bps * PERCENT_OF_BPS)
        yield f"{formats.money(principal.amount.number)} {TIMES} {rate}"
    if line.credit_unit is not None and line.units is not None:
        yield _credits(books, line, draft, formats)
        if line.valid_days is not None:
            yield labels.valid_for.format(days=formats.days(line.valid_days))


def _credits(books: Books, line: InvoiceLine, draft: InvoiceDrafted, formats: Formats) -> str:
    """How many credits a top-up brings, called as on the day of the draft, and how many free ones with them (W2)."""
    assert line.units is not None
    assert line.credit_unit is not None
    return credits_bought(books, line.credit_unit, line.units, line.bonus_units, draft.date, formats)


def credits_bought(books: Books, unit: str, units: Decimal, bonus: Decimal | None, day: date, formats: Formats) -> str:
    """So many credits, called as on this day, and how many free ones with them: `100 Credits + 10 free`."""
    kind = books.catalog.credit_unit(unit, day)
    bought = f"{formats.quantity(units)} {kind.name if kind is not None else unit}"
    if bonus is None:
        return bought
    with_bonus = labels_for(formats.locale.language).with_bonus
    return with_bonus.format(credits=bought, bonus=formats.quantity(bonus))


def _payments(books: Books, head: InvoiceHead) -> tuple[PaymentMade, ...]:
    """What settled the invoice, by the day on which the money came.

    Money that was set against it later, or taken back from it, counts with what it came by: a payment, a credit note. What came
    to nothing isn't shown.
    """
    found: dict[str, PaymentMade] = {}
    for one in books.invoices.settlements.range("invoice", head.number):
        if one.source.startswith(APPLICATION):
            continue
        source = one.origin if one.source.startswith(ALLOCATIONS) else one.source
        kind, _, name = source.partition("/")
        payment = books.payments.heads.get(name) if kind == "payment" else None
        received = payment.received if payment and payment.received else one.date
        before = found.get(source) or PaymentMade(received, ZERO, name, kind)
        found[source] = replace(before, amount=before.amount + one.amount.number)
    return tuple(sorted((one for one in found.values() if one.amount), key=lambda one: one.date))


def _credits_used(books: Books, number: str) -> list[tuple[date, CreditUsed]]:
    """What credits paid, by application, and on which day; what was given back isn't shown."""
    found: dict[str, tuple[date, CreditUsed]] = {}
    for one in books.invoices.settlements.range("invoice", number):
        if one.source.startswith(APPLICATION):
            name = one.source.removeprefix(APPLICATION)
            day, used = found.get(name) or (one.date, CreditUsed(ZERO, reference=name, discount=_are_free(books, name)))
            found[name] = (day, replace(used, amount=used.amount + one.amount.number))
    return [one for one in found.values() if one[1].amount]


def _are_free(books: Books, application: str) -> bool:
    """All credits of an application are free, or all are paid."""
    used = next(iter(books.credits.uses.range("application", application)))
    return not is_paid(used.account)


def _paid(head: InvoiceHead, days: Sequence[date]) -> date | None:
    """The day of the last payment or credit note; the day of issue where there was nothing to pay."""
    if head.status is not invoicing.Status.PAID:
        return None
    return max(days) if days else head.issued
