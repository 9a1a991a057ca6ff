"""What can happen to an invoice."""

from datetime import date
from decimal import Decimal

from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Account, Role
from billing_beans.core.facts import Fact, Leg, Movement, Side, fact, key, leg, meta, part, parts
from billing_beans.core.ids import (
    AgreementId,
    CreditNoteNumber,
    CustomerId,
    EntityId,
    InvoiceNumber,
    PriceId,
    ProductId,
    TaxCodeId,
    WriteOffId,
)
from billing_beans.core.money import Money
from billing_beans.core.proration import ProrationUnit


@part("invoice-line")
class InvoiceLine:
    """One line, with everything that its document shows and its accounts need, as it was when it was drafted.

    `amount` is net of tax, of `discount` and of `credit_discount`, `tax` what `tax_rate` (a fraction) makes of it; all in
    minor units. A line with `fee_of_line` is the platform fee of that line. One with a `credit_unit` tops up a wallet.
    `credit_discount` is what free credits lowered it by, before tax. Credits may be for a subscription, a meter or a period:
    the line says which it is of; `period_end` is excluded.

    A line of a subscription names the `charge` of its plan. A part of a period is charged from `prorated_from` until
    `prorated_until`, of the `prorated_of` days, or seconds, that the whole period has (`prorated_by`): quantity times unit price
    is what the whole would come to. Where a price has tiers and the like, a line is one of them, `of_quantity` is how many were charged in all. `from_at` and `until_at` are the moments (UTC) at which it begins and ends in the middle of a day.
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
    subscription: str | None = meta(default=None)
    meter: str | None = meta(default=None)
    period_start: date | None = meta(default=None)
    period_end: date | None = meta(default=None)
    credit_discount: Money | None = meta(default=None)
    credit_unit: str | None = meta(default=None)
    bonus_units: Decimal | None = meta(default=None)
    valid_days: int | None = meta(default=None)
    charge: str | None = meta(default=None)
    of_quantity: Decimal | None = meta(default=None)
    prorated_from: int | None = meta(default=None)
    prorated_until: int | None = meta(default=None)
    prorated_of: int | None = meta(default=None)
    prorated_by: ProrationUnit | None = meta(default=None)
    from_at: str | None = meta(default=None)
    until_at: str | None = meta(default=None)


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

    def subjects(self) -> tuple[str, ...]:
        """What it links to, and the subscriptions that it bills: while its text is damaged they look as if they weren't billed."""
        return tuple(dict.fromkeys([*self.entities(), *(one.subscription for one in self.lines if one.subscription)]))


@fact("invoice-issued")
class InvoiceIssued(Movement):
    """The receivable is real; what was sold is still owed, or earned. `content` seals the revision that was issued.

    `rate` is what one of the invoice's currency is worth in the seller's own, where they differ: later payments are held
    against it.
    """

    invoice: InvoiceNumber = key(link=True)
    revision: int = meta()
    content: str = meta()
    rate: Money | None = meta(default=None)
    receivable: Leg | None = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",), default=None)
    discounts: tuple[Leg, ...] = leg(Side.DEBIT, Role.INCOME, tags=("line",), default=())
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
    discounts: tuple[Leg, ...] = leg(Side.CREDIT, Role.INCOME, tags=("line",), default=())
    lines: tuple[Leg, ...] = leg(Side.DEBIT, Role.BILLED, Role.DEFERRED, Role.UNBILLED, Role.INCOME, tags=("line",))
    taxes: tuple[Leg, ...] = leg(Side.DEBIT, Role.TAX, tags=("line", "tax_code"))


@fact("invoice-opened")
class InvoiceOpened(Movement):
    """An invoice that was open when the books began: what was still owed on it, against the opening balance (B1).

    `issued_on` is the day of its issue; `rate` as on an invoice that is issued here, `content` seals
    what was opened.
    """

    invoice: InvoiceNumber = key(link=True)
    issued_on: date = meta()
    content: str = meta()
    rate: Money | None = meta(default=None)
    receivable: Leg = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",))
    opening_balance: Leg = leg(Side.CREDIT, Role.OPENING)


@part("credit-note-line")
class CreditNoteLine:
    """What is credited of one line of the invoice: its number there, how much of it, net of tax and the tax; positive.

    An `allowance` takes an amount off the line and nothing of its quantity: it is one, at that amount. One that takes back what was
    charged for days of a subscription that it has no longer says which: from `period_start` to the end of the line's (`period_end`,
    excluded); `from_at` is the moment (UTC), where that is in the middle of a day.
    """

    line: int = key()
    description: str = meta()
    quantity: Decimal = meta()
    unit_price: Money = meta()
    amount: Money = meta()
    tax_code: TaxCodeId = meta()
    tax_rate: Decimal = meta()
    tax: Money = meta()
    allowance: bool | None = meta(default=None)
    period_start: date | None = meta(default=None)
    period_end: date | None = meta(default=None)
    from_at: str | None = meta(default=None)


@fact("credit-note-drafted")
class CreditNoteDrafted(Fact):
    """A credit note for an invoice: its number is drawn, and what it credits is said line by line (I7).

    Seller and buyer are those of the invoice, as its document shows them. Amounts are positive.
    """

    credit_note: CreditNoteNumber = key(link=True)
    invoice: InvoiceNumber = meta(link=True)
    lines: tuple[CreditNoteLine, ...] = parts()
    series: str = meta()
    sequence: int | None = meta(default=None)
    customer: CustomerId = meta()
    seller: EntityId = meta()
    reason: str = meta()
    subtotal: Money = meta()
    tax: Money = meta()
    total: Money = meta()


@fact("credit-note-issued")
class CreditNoteIssued(Movement):
    """What was sold is taken back: first what is not yet earned, lots at their own cost, then revenue; tax to the cent (I7).

    The receivable falls by what is still open; what was paid already becomes the customer's unapplied money, whose origin
    is `credit-note/<number>`. `content` seals the credit note.
    """

    credit_note: CreditNoteNumber = key(link=True)
    invoice: InvoiceNumber = meta(link=True)
    customer: CustomerId = meta()
    content: str = meta()
    held: tuple[Leg, ...] = leg(Side.DEBIT, Role.BILLED, Role.DEFERRED, tags=("line",))
    lots: tuple[Leg, ...] = leg(Side.DEBIT, Role.ENTITLEMENTS, tags=("line",))
    fees: tuple[Leg, ...] = leg(Side.DEBIT, Role.PLATFORM_FEE, tags=("line",))
    credits: tuple[Leg, ...] = leg(Side.DEBIT, Role.CREDITS, tags=("line",), default=())
    earned: tuple[Leg, ...] = leg(Side.DEBIT, Role.INCOME, Role.PAYABLE, tags=("line",))
    taxes: tuple[Leg, ...] = leg(Side.DEBIT, Role.TAX, tags=("line", "tax_code"))
    rounding: tuple[Leg, ...] = leg(Side.CREDIT, Role.INCOME, Role.PAYABLE, tags=("line",))
    receivable: Leg | None = leg(Side.CREDIT, Role.RECEIVABLE, tags=("invoice",), default=None)
    unapplied: Leg | None = leg(Side.CREDIT, Role.UNAPPLIED, default=None)


@fact("invoice-written-off")
class InvoiceWrittenOff(Movement):
    """What will not be paid is given up, for a reason: the invoice is settled by so much (Y4).

    `taxes` is the part of its tax that the law gives back.
    """

    write_off: WriteOffId = key(link=True)
    invoice: InvoiceNumber = meta(link=True)
    reason: str = meta()
    expense: Leg = leg(Side.DEBIT, Role.WRITE_OFF)
    taxes: tuple[Leg, ...] = leg(Side.DEBIT, Role.TAX, tags=("line", "tax_code"))
    receivable: Leg = leg(Side.CREDIT, Role.RECEIVABLE, tags=("invoice",))


@fact("write-off-reversed")
class WriteOffReversed(Movement):
    """A write-off is taken back: the exact reverse of it. The invoice is open again by so much (Y4)."""

    write_off: WriteOffId = key(link=True)
    invoice: InvoiceNumber = meta(link=True)
    reason: str = meta()
    receivable: Leg = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",))
    expense: Leg = leg(Side.CREDIT, Role.WRITE_OFF)
    taxes: tuple[Leg, ...] = leg(Side.CREDIT, Role.TAX, tags=("line", "tax_code"))


@fact("document-rendered")
class DocumentRendered(Fact):
    """A PDF was made: where it lies, the digest of its bytes, of what it shows (`content`), and what rendered it (R4)."""

    invoice: InvoiceNumber = key(link=True)
    status: str = meta()
    file: str = meta()
    digest: str = meta()
    renderer: str = meta()
    content: str | None = meta(default=None)


@fact("credit-note-rendered")
class CreditNoteRendered(Fact):
    """A PDF of a credit note was made: where it lies, the digests of its bytes and of what it shows, and the renderer (R4)."""

    credit_note: CreditNoteNumber = key(link=True)
    file: str = meta()
    digest: str = meta()
    renderer: str = meta()
    content: str = meta()
