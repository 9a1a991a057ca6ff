"""What can happen to an invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Account, Role
from billing_beans.core.facts import Fact, Leg, Movement, Side, fact, key, leg, meta, part, parts
from billing_beans.core.ids import AgreementId, CustomerId, EntityId, InvoiceNumber, PriceId, ProductId, TaxCodeId
from billing_beans.core.money import Money


@part("invoice-line")
class InvoiceLine:
    """One line, with everything that its document shows and its accounts need, as it was when it was drafted.

    `amount` is net of tax and of `discount`, `tax` what `tax_rate` (a fraction) makes of it; both in minor units. A line
    with `fee_of_line` is the platform fee of that line.
    """

    line: int = key()
    revision: int = meta()
    product: ProductId = meta()
    price: PriceId | None = meta(default=None)
    description: str = meta()
    quantity: Decimal = meta()
    unit_price: Money = meta()
    discount: Money | None = meta(default=None)
    amount: Money = meta()
    tax_code: TaxCodeId = meta()
    tax_rate: Decimal = meta()
    tax: Money = meta()
    tax_account: Account = meta()
    revenue: Revenue = meta()
    income: Account | None = meta(default=None)
    entitlement: str | None = meta(default=None)
    units: Decimal | None = meta(default=None)
    fee_of_line: int | None = meta(default=None)
    platform_fee_bps: int | None = meta(default=None)


@fact("invoice-drafted")
class InvoiceDrafted(Fact):
    """A draft, or the next revision of one, whole. Its number is drawn now; everything that its document shows is here."""

    invoice: InvoiceNumber = key(link=True)
    revision: int = meta()
    lines: tuple[InvoiceLine, ...] = parts()
    series: str = meta()
    sequence: int | None = meta(default=None)
    customer: CustomerId = meta()
    seller: EntityId = meta()
    seller_name: str = meta()
    seller_address: str = meta()
    seller_tax_number: str | None = meta(default=None)
    seller_country: str = meta()
    agreement: AgreementId | None = meta(default=None)
    currency: str = meta()
    due: date = meta()
    bill_to_name: str = meta()
    bill_to_attention: str | None = meta(default=None)
    bill_to_email: str | None = meta(default=None)
    bill_to_address: str = meta()
    bill_to_tax_number: str | None = meta(default=None)
    bill_to_country: str | None = meta(default=None)
    locale: str | None = meta(default=None)
    bank_name: str | None = meta(default=None)
    account_number: str | None = meta(default=None)
    iban: str | None = meta(default=None)
    bic: str | None = meta(default=None)
    footer: str | None = meta(default=None)
    notes: str | None = meta(default=None)
    subtotal: Money = meta()
    tax: Money = meta()
    total: Money = meta()


@fact("invoice-issued")
class InvoiceIssued(Movement):
    """The receivable is real; what was sold is still owed, or earned. `content` seals the revision that was issued."""

    invoice: InvoiceNumber = key(link=True)
    revision: int = meta()
    content: str = meta()
    receivable: Leg | None = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",), default=None)
    lines: tuple[Leg, ...] = leg(Side.CREDIT, Role.BILLED, Role.DEFERRED, Role.UNBILLED, Role.INCOME, tags=("line",))
    taxes: tuple[Leg, ...] = leg(Side.CREDIT, Role.TAX, tags=("line", "tax_code"))


@fact("invoice-voided")
class DraftVoided(Fact):
    """A draft is given up. It stays visible, and its number stays drawn."""

    invoice: InvoiceNumber = key(link=True)
    reason: str = meta()


@fact("invoice-voided")
class InvoiceVoided(Movement):
    """An issued invoice without verified payments is taken back: the exact reverse of its issue."""

    invoice: InvoiceNumber = key(link=True)
    reason: str = meta()
    receivable: Leg | None = leg(Side.CREDIT, Role.RECEIVABLE, tags=("invoice",), default=None)
    lines: tuple[Leg, ...] = leg(Side.DEBIT, Role.BILLED, Role.DEFERRED, Role.UNBILLED, Role.INCOME, tags=("line",))
    taxes: tuple[Leg, ...] = leg(Side.DEBIT, Role.TAX, tags=("line", "tax_code"))


@fact("document-rendered")
class DocumentRendered(Fact):
    """A PDF was made: where it lies, the digest of its bytes, of what it shows (`content`), and what rendered it (R4)."""

    invoice: InvoiceNumber = key(link=True)
    status: str = meta()
    file: str = meta()
    digest: str = meta()
    renderer: str = meta()
    content: str | None = meta(default=None)
