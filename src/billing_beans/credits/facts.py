"""What can happen to credits: asked for, granted, applied, given back, adjusted, expired, renewed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing_beans.core.accounts import Role
from billing_beans.core.facts import Fact, Leg, Movement, Side, fact, key, leg, meta
from billing_beans.core.ids import (
    AdjustmentId,
    ApplicationId,
    CustomerId,
    EntityId,
    GrantId,
    InvoiceNumber,
    OpeningId,
    PaymentId,
)
from billing_beans.core.money import Money


class CreditType(StrEnum):
    """Why credits were granted (S2, 1.1). The first two kinds are paid, the others free unless what they replace was paid."""

    PAYMENT_TOP_UP = "payment-top-up"
    INVOICE_TOP_UP = "invoice-top-up"
    PROMO = "granted-promo"
    GOODWILL = "granted-goodwill"
    BONUS = "granted-bonus"
    CORRECTION = "grant-correction"
    RENEWAL = "grant-renewal"
    OPENED = "opened"


class AdjustmentType(StrEnum):
    """Why a grant is made smaller (S2, 1.2)."""

    ERROR = "clawback-error"
    TERMS_VIOLATION = "clawback-terms-violation"
    REDUCTION = "admin-reduction"
    CORRECTION = "grant-correction"
    REFUND = "refund"


class Kinds(StrEnum):
    """Which credits an application may use."""

    PAID = "paid"
    FREE = "free"
    ALL = "all"


@fact("credit-requested")
class CreditRequested(Fact):
    """A grant that waits for its payment: nothing moves, and nothing of it can be used (W4).

    It is granted when the payment is verified with at least its `price`, and void when that is rejected or brought less.
    `valid_days` count from the day of the grant; `bonus` is how many free credits come with it.
    """

    grant: GrantId = key(link=True)
    customer: CustomerId = meta()
    seller: EntityId = meta()
    credit_unit: str = meta()
    units: Decimal = meta()
    price: Money = meta()
    payment: PaymentId = meta(link=True)
    bonus: Decimal | None = meta(default=None)
    scope_subscription: str | None = meta(default=None)
    scope_meter: str | None = meta(default=None)
    scope_period_start: date | None = meta(default=None)
    scope_period_end: date | None = meta(default=None)
    expires_at: str | None = meta(default=None)
    valid_days: int | None = meta(default=None)
    priority: int | None = meta(default=None)


@fact("credit-granted")
class CreditGranted(Movement):
    """Credits of a customer: paid ones at what was paid for each, free ones at zero (W2, W4). Their lots are labelled with the grant.

    What was paid comes from unapplied money, whose origin is the `source`, or from a line of a paid invoice. `of_grant` is the
    grant that this one is a bonus or a correction of. The scope says for what they can be used, `expires_at` is the first
    moment (UTC) at which they can't any more. A low `priority` is used first, where the book's order asks for it.
    """

    grant: GrantId = key(link=True)
    customer: CustomerId = meta()
    credit_type: CreditType = meta()
    reason: str | None = meta(default=None)
    of_grant: GrantId | None = meta(link=True, default=None)
    scope_subscription: str | None = meta(default=None)
    scope_meter: str | None = meta(default=None)
    scope_period_start: date | None = meta(default=None)
    scope_period_end: date | None = meta(default=None)
    expires_at: str | None = meta(default=None)
    priority: int | None = meta(default=None)
    unapplied: Leg | None = leg(Side.DEBIT, Role.UNAPPLIED, default=None)
    billed: Leg | None = leg(Side.DEBIT, Role.BILLED, tags=("line",), default=None)
    lots: tuple[Leg, ...] = leg(Side.CREDIT, Role.CREDITS)

    def _entities(self) -> Iterator[str]:
        """What paid for it is linked too."""
        yield from Fact._entities(self)  # noqa: SLF001 - a slotted dataclass is a new class, for which super() is none
        kind, _, name = (self.source or "").partition("/")
        if kind in ("payment", "invoice", "credit-note", "opening"):
            yield name


@fact("credit-applied")
class CreditApplied(Movement):
    """Credits pay an invoice: paid ones as a means of payment, free ones as a discount after tax (W3, W5).

    All lots of one application are paid, or all are free. `order` is the policy by which they were chosen, `credits` which of
    them could be. A posting that is for one line says so.
    The receivable falls by the face value; what that is above the cost is a discount, on lines that are not yet earned less
    of what is held for them; what the cost is above it is `premium`.
    """

    application: ApplicationId = key(link=True)
    invoice: InvoiceNumber = meta(link=True)
    customer: CustomerId = meta()
    order: str = meta()
    credits: Kinds = meta()
    lots: tuple[Leg, ...] = leg(Side.DEBIT, Role.CREDITS, may=("line",), link=True)
    discount: tuple[Leg, ...] = leg(Side.DEBIT, Role.INCOME, Role.BILLED, Role.DEFERRED, may=("line",), default=())
    premium: tuple[Leg, ...] = leg(Side.CREDIT, Role.INCOME, may=("line",), default=())
    settles: tuple[Leg, ...] = leg(Side.CREDIT, Role.RECEIVABLE, tags=("invoice",), may=("line",))


@fact("credit-discounted")
class CreditDiscounted(Movement):
    """Free credits lower lines of a draft before tax (W3): the units leave the wallet, and the next revision says the discount.

    No balance moves: free credits are worth nothing, and what a line is lowered by was never billed.
    """

    application: ApplicationId = key(link=True)
    invoice: InvoiceNumber = meta(link=True)
    customer: CustomerId = meta()
    order: str = meta()
    lots: tuple[Leg, ...] = leg(Side.DEBIT, Role.CREDITS, tags=("line",), link=True)


@fact("credit-reversed")
class CreditReversed(Movement):
    """What an application used goes back into the same lots, what was used last first; the invoice is open again by so much (W6)."""

    application: ApplicationId = key(link=True)
    invoice: InvoiceNumber = meta(link=True)
    customer: CustomerId = meta()
    reason: str = meta()
    reopens: tuple[Leg, ...] = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",), may=("line",), default=())
    premium: tuple[Leg, ...] = leg(Side.DEBIT, Role.INCOME, may=("line",), default=())
    lots: tuple[Leg, ...] = leg(Side.CREDIT, Role.CREDITS, may=("line",), link=True)
    discount: tuple[Leg, ...] = leg(Side.CREDIT, Role.INCOME, Role.BILLED, Role.DEFERRED, may=("line",), default=())


@fact("credit-adjusted")
class CreditAdjusted(Movement):
    """A grant is made smaller, for a reason, by what is unspent of it at most (W6).

    Paid credits that were granted in error, or are refunded, are the customer's unapplied money again, of the `origin` that
    had paid for them, in whole minor units of all that came back so far (`rounding`, or breakage, is the rest); where terms
    were violated they are breakage. Free ones leave at zero.
    """

    adjustment: AdjustmentId = key(link=True)
    grant: GrantId = meta(link=True)
    customer: CustomerId = meta()
    adjustment_type: AdjustmentType = meta()
    reason: str = meta()
    origin: str | None = meta(default=None)
    lots: tuple[Leg, ...] = leg(Side.DEBIT, Role.CREDITS)
    rounding: Leg | None = leg(Side.DEBIT, Role.INCOME, default=None)
    unapplied: Leg | None = leg(Side.CREDIT, Role.UNAPPLIED, default=None)
    breakage: Leg | None = leg(Side.CREDIT, Role.INCOME, default=None)


@fact("credit-expired")
class CreditExpired(Movement):
    """All that is left of a grant that has expired is written off: of paid credits it is income, of free ones nothing (W7).

    It is dated the day on which the grant expired, or the last day on which anything moved on it, if that was later.
    """

    grant: GrantId = key(link=True)
    customer: CustomerId = meta()
    lots: tuple[Leg, ...] = leg(Side.DEBIT, Role.CREDITS)
    breakage: Leg | None = leg(Side.CREDIT, Role.INCOME, default=None)


@fact("credit-renewed")
class CreditRenewed(Movement):
    """What was given back to a grant that had expired meanwhile goes on in a new one, at the same cost (W6, W7).

    It lasts as long as the old one would have when it was used.
    """

    grant: GrantId = key(link=True)
    of_grant: GrantId = meta(link=True)
    customer: CustomerId = meta()
    expires_at: str = meta()
    before: tuple[Leg, ...] = leg(Side.DEBIT, Role.CREDITS)
    lots: tuple[Leg, ...] = leg(Side.CREDIT, Role.CREDITS)


@fact("credits-opened")
class CreditsOpened(Movement):
    """Credits that a customer had left when the books began, against the opening balance (B1). Their grant is `opening/<opening>`."""

    opening: OpeningId = key(link=True)
    customer: CustomerId = meta()
    reference: str | None = meta(default=None)
    granted_on: date = meta()
    scope_subscription: str | None = meta(default=None)
    scope_meter: str | None = meta(default=None)
    scope_period_start: date | None = meta(default=None)
    scope_period_end: date | None = meta(default=None)
    expires_at: str | None = meta(default=None)
    priority: int | None = meta(default=None)
    opening_balance: Leg | None = leg(Side.DEBIT, Role.OPENING, default=None)
    lots: tuple[Leg, ...] = leg(Side.CREDIT, Role.CREDITS)
