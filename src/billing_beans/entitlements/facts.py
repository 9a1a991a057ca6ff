"""What can happen to entitlements."""

from datetime import date
from decimal import Decimal

from billing_beans.core.accounts import Role
from billing_beans.core.facts import Leg, Movement, Side, fact, key, leg, meta
from billing_beans.core.ids import CustomerId, InvoiceNumber, OpeningId, ProductId


@fact("invoice-posted")
class InvoicePosted(Movement):
    """A paid invoice grants what it sold, once: what was billed becomes lots, units at their cost (I6)."""

    invoice: InvoiceNumber = key(link=True)
    billed: tuple[Leg, ...] = leg(Side.DEBIT, Role.BILLED, tags=("line",))
    lots: tuple[Leg, ...] = leg(Side.CREDIT, Role.ENTITLEMENTS, tags=("becomes",))
    fees: tuple[Leg, ...] = leg(Side.CREDIT, Role.PLATFORM_FEE, tags=("platform_fee_bps", "becomes"))


@fact("entitlement-consumed")
class EntitlementConsumed(Movement):
    """Units are used: the oldest lots, at their own cost, become revenue or are owed to others (E1)."""

    customer: CustomerId = meta()
    entitlement: str = meta()
    units: Decimal = meta()
    lots: tuple[Leg, ...] = leg(Side.DEBIT, Role.ENTITLEMENTS)
    fees: tuple[Leg, ...] = leg(Side.DEBIT, Role.PLATFORM_FEE)
    earned: tuple[Leg, ...] = leg(Side.CREDIT, Role.INCOME)
    owed: tuple[Leg, ...] = leg(Side.CREDIT, Role.PAYABLE)


@fact("lots-opened")
class LotsOpened(Movement):
    """Units that a customer had left when the books began, at their own cost, against the opening balance (B1).

    They were granted on `granted_on`, and are used in that order with all others. Their label is `opening/<opening>`. Units
    that are worth nothing move no balance.
    """

    opening: OpeningId = key(link=True)
    customer: CustomerId = meta()
    product: ProductId = meta()
    entitlement: str = meta()
    units: Decimal = meta()
    granted_on: date = meta()
    reference: str | None = meta(default=None)
    opening_balance: Leg | None = leg(Side.DEBIT, Role.OPENING, default=None)
    lots: tuple[Leg, ...] = leg(Side.CREDIT, Role.ENTITLEMENTS, tags=("becomes",))
    fees: tuple[Leg, ...] = leg(Side.CREDIT, Role.PLATFORM_FEE, tags=("platform_fee_bps", "becomes"))
