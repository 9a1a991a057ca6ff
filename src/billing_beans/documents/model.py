"""What documents show, as plain values: what all of them have, and what an invoice has (R4).

A view model knows nothing of the books: whoever fills it has resolved, rounded and translated names already. Every amount is a
`Decimal` in major units of the document's currency, rounded to its minor units; formatting happens only when it is rendered.
Positive amounts are charged to the buyer; negative lines are allowed, and lower what is due. Receipts, statements and reminders stand
in modules of their own; their amounts are `Money`.
"""

from __future__ import annotations

from dataclasses import KW_ONLY
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Literal

from billing_beans.core.records import record

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

ZERO = Decimal(0)
DEFAULT_ACCENT = "#1f4e79"


class Status(StrEnum):
    """Where the invoice stands; the words of the stamp follow from it."""

    DRAFT = "draft"
    ISSUED = "issued"
    PARTIALLY_PAID = "partially-paid"
    PAID = "paid"
    CREDITED = "credited"
    VOID = "void"


@record
class Party:
    """Seller or buyer as the document shows them: the seller of record, the buyer's snapshot (I1).

    `country` is the ISO 3166 code; it decides the title of a seller's invoice. `tax_number_label` is what the number is called in
    the country ("GST Reg. No.", "USt-IdNr."); empty means the general words of the document's language. `extra` are further lines of
    law, such as a register number.
    """

    name: str
    address: tuple[str, ...] = ()
    attention: str = ""
    email: str = ""
    tax_number: str = ""
    tax_number_label: str = ""
    country: str = ""
    extra: tuple[str, ...] = ()


@record
class Line:
    """One line. `amount` is net, after `discount`; `tax` is this line's tax; `tax_rate` is in percent (9 is 9 %).

    `free_credits` is what free credits took off it before tax, like a discount (W3).

    `details` stand small under the description: the period, tiers, what is granted. Neighbouring lines with the same `section` stand
    under one heading. `unit_price` is None where the price isn't per unit. `exempt` shows "exempt" instead of a rate (I2).
    """

    description: str
    quantity: Decimal
    unit_price: Decimal | None
    amount: Decimal
    tax: Decimal = ZERO
    tax_rate: Decimal = ZERO
    tax_code: str = ""
    details: tuple[str, ...] = ()
    discount: Decimal = ZERO
    section: str = ""
    exempt: bool = False
    free_credits: Decimal = ZERO


@record
class TaxTotal:
    """The sum of one tax code. `rate` in percent, `base` the net amount it is on; `notice` is what the law wants to read there."""

    code: str
    label: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    exempt: bool = False
    notice: str = ""


@record
class PaymentMade:
    """What settled the invoice: a payment, a credit note, what was written off. Below zero it opened it again, as a refund does.

    `kind` is one of those that a statement's entries have.
    """

    date: date
    amount: Decimal
    reference: str = ""
    kind: str = "payment"


@record
class CreditUsed:
    """Credits that paid, by their face value; below zero is what they were given back for. An empty label means the general words.

    Free ones are a `discount` after tax. `reference` is the application.
    """

    amount: Decimal
    label: str = ""
    reference: str = ""
    discount: bool = False


@record
class TotalsInCurrency:
    """The same totals in the currency of the tax office, where the law asks for them; `rate` is units of it for one of the invoice."""

    currency: str
    digits: int
    rate: Decimal
    subtotal: Decimal
    tax: Decimal
    total: Decimal


@record
class PaymentDetails:
    """Where to pay. With an IBAN and an invoice in euro, an EPC payment code is drawn beside it. `extra` are (label, value) rows."""

    holder: str = ""
    bank: str = ""
    iban: str = ""
    account: str = ""
    bic: str = ""
    reference: str = ""
    extra: tuple[tuple[str, str], ...] = ()


@record
class Voided:
    """Since when and why the invoice is void (I5)."""

    date: date
    reason: str


@record
class Document:
    """What every document has. Its `kind` names its template: `invoice.html.j2`.

    `currency` is the ISO 4217 code. `locale` is a CLDR name ("en_SG", "ar_EG"). `title` replaces the word that language and seller's
    country would give. `livemode` False marks every page as a test (P4). `accent` is a colour as `#rrggbb`. The `number` is unique
    among the seller's documents of the kind.
    """

    kind: ClassVar[str]

    _: KW_ONLY
    number: str
    currency: str
    seller: Party
    buyer: Party
    livemode: bool = True
    locale: str = "en"
    page_size: Literal["A4", "Letter"] = "A4"
    title: str = ""
    logo: Path | None = None
    accent: str = DEFAULT_ACCENT
    footer: tuple[str, ...] = ()

    @property
    def dated(self) -> date:
        """The date that the document itself carries, also in its metadata; never the clock's."""
        raise NotImplementedError

    @property
    def standing(self) -> str:
        """Where it stands, for a document that is rendered anew with each step; empty for one that never changes."""
        return ""


@record
class InvoiceDocument(Document):
    """All that stands on one invoice (R4, I8). `digits` are the currency's minor units. `issued` is None for a draft."""

    kind = "invoice"

    _: KW_ONLY
    drafted: date
    lines: tuple[Line, ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    amount_due: Decimal
    status: Status = Status.DRAFT
    issued: date | None = None
    due: date | None = None
    paid: date | None = None
    voided: Voided | None = None
    digits: int = 2
    order_reference: str = ""
    taxes: tuple[TaxTotal, ...] = ()
    tax_currency_totals: TotalsInCurrency | None = None
    credits: tuple[CreditUsed, ...] = ()
    payments: tuple[PaymentMade, ...] = ()
    payment_details: PaymentDetails | None = None
    notes: str = ""

    @property
    def dated(self) -> date:
        return self.issued or self.drafted

    @property
    def standing(self) -> str:
        return self.status.value
