"""Records and tables of credit wallets: what `credits/state.py` folds facts into.

A wallet is what one customer has of one kind of credits with one legal entity.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.accounts import Account
from billing_beans.core.money import Money
from billing_beans.core.tables import Index, TableSpec

_ZERO = Decimal(0)

Day = date
"""A date, in a record that has a field of that name."""


class GrantStatus(StrEnum):
    """Where a grant stands (W4). One that is used up or expired stays granted: what is left of it says so."""

    PENDING = "pending"
    GRANTED = "granted"
    VOID = "void"


class Terms(NamedTuple):
    """For what and until when credits can be used: scope, first moment (UTC) at which they can't any more, and priority.

    `valid_days` is for a grant that waits for its payment: its days count from when it is granted.
    """

    subscription: str | None = None
    meter: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    expires_at: str | None = None
    priority: int | None = None
    valid_days: int | None = None


class Grant(NamedTuple):
    """A grant in one record. Units are positive; `price` is what was, or will be, paid for all of them.

    `wallet` is that of its lots. `origin` is the unapplied money that paid, `invoice` and `line` the top-up that did.
    `returned` is how much of that is unapplied money again, for credits that had cost `returned_cost`, those
    of its renewals too. `at` is when it was
    granted or, while it waits, asked for; that stays in `requested_at`. One that will not be granted is `voided`.
    """

    grant: str
    customer: str
    wallet: str
    unit: str
    paid: bool
    credit_type: str
    units: Decimal
    price: Money | None
    terms: Terms
    status: GrantStatus
    requested: date | None
    granted: date | None
    fact: str
    at: str
    actor: str
    source: str | None = None
    origin: str | None = None
    payment: str | None = None
    invoice: str | None = None
    line: int | None = None
    of_grant: str | None = None
    bonus: Decimal | None = None
    reason: str | None = None
    remaining: Decimal = _ZERO
    applied: Decimal = _ZERO
    adjusted: Decimal = _ZERO
    expired: Decimal = _ZERO
    requested_at: str = ""
    voided: date | None = None
    voided_at: str = ""
    returned: Decimal = _ZERO
    returned_cost: Decimal = _ZERO


class Lot(NamedTuple):
    """Units of one grant at one cost, which is zero for free ones. `granted` and `remaining` are positive.

    `sequence` rises in the order of granting. `since` is the last day on which units came into it: they are used from then on.
    `reserved` is what billing runs that wait for review will use (W8).
    """

    account: Account
    label: str
    cost: Decimal
    currency: str
    date: date
    unit: str
    wallet: str
    sequence: str
    paid: bool
    granted: Decimal
    remaining: Decimal
    terms: Terms
    since: Day
    reserved: Decimal = _ZERO

    @property
    def usable(self) -> Decimal:
        """What remains and no billing run has reserved (W8). What is reserved may expire, so it may be more than remains."""
        return max(self.remaining - self.reserved, _ZERO)

    @property
    def expires_at(self) -> str | None:
        """The first moment at which they can't be used."""
        return self.terms.expires_at

    @property
    def worth(self) -> Decimal:
        """What the remaining units cost: the liability, with all its decimals."""
        return self.remaining * self.cost


class EntryKind(StrEnum):
    """What moved a wallet, as its statement says it."""

    GRANT = "grant"
    APPLICATION = "application"
    DISCOUNT = "discount"
    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"
    EXPIRY = "expiry"
    RENEWAL = "renewal"
    CREDIT_NOTE = "credit-note"
    OPENING = "opening"


class Entry(NamedTuple):
    """One movement of a wallet (W1): units that came (above zero) or left, paid or free, at which cost, and what it refers to.

    `at` is when it was recorded, and by which `actor`. `reference` is `invoice/SG-1`, `payment/PAY-1`, another source, or None.
    """

    wallet: str
    fact: str
    position: int
    date: date
    at: str
    kind: EntryKind
    paid: bool
    units: Decimal
    cost: Decimal
    currency: str
    grant: str
    reference: str | None = None
    identifier: str | None = None
    actor: str = ""


class Use(NamedTuple):
    """Units that an application took from one lot, for an invoice or a line of it, and how many of them went `back` since.

    `used_at` is the moment at which they were used: what a renewed grant still lasts is counted from it.
    """

    application: str
    position: int
    invoice: str
    line: int | None
    grant: str
    account: Account
    cost: Decimal
    currency: str
    lot_date: date
    units: Decimal
    used: date
    used_at: str
    fact: str
    is_discount: bool
    back: Decimal = _ZERO

    @property
    def standing(self) -> Decimal:
        """What of it has not gone back."""
        return self.units - self.back


class Application(NamedTuple):
    """An application in one record: which invoice, how many units, in which `order` they were chosen, and how many went back."""

    application: str
    customer: str
    wallet: str
    invoice: str
    unit: str
    is_discount: bool
    amount: Money
    units: Decimal
    applied: date
    fact: str
    at: str
    actor: str
    back: Decimal = _ZERO
    order: str = ""


class Wallet(NamedTuple):
    """What one customer has of one kind of credits with one legal entity; `wallet` is `<entity>/<customer>/<unit>` by their accounts.

    Posted credits and debits are all units that ever came and left; what expired counts as left once it is written off.
    `breakage` is what of it was income, in the currency of the face value.
    """

    wallet: str
    owner: str
    entity: str
    unit: str
    since: date
    credits: Decimal = _ZERO
    debits: Decimal = _ZERO
    paid: Decimal = _ZERO
    free: Decimal = _ZERO
    breakage: Decimal = _ZERO


class Adjustment(NamedTuple):
    """A grant that was made smaller, by how many units (positive), and why; `breakage` is what of that was income."""

    adjustment: str
    grant: str
    customer: str
    adjustment_type: str
    units: Decimal
    reason: str
    adjusted: date
    actor: str
    fact: str
    at: str = ""
    breakage: Decimal = _ZERO


WALLETS = TableSpec("credit_wallets", Wallet, ("wallet",), {"owner": Index(("owner",), ("entity", "unit"))})
GRANTS = TableSpec(
    "credit_grants",
    Grant,
    ("grant",),
    {
        "customer": Index(("customer",), ("fact",)),
        "wallet": Index(("wallet",), ("fact",)),
        "pending": Index(("wallet",), ("fact",), where=lambda one: one.status is GrantStatus.PENDING),
        "waiting": Index(
            ("status",), ("customer", "wallet", "fact"), where=lambda one: one.status is GrantStatus.PENDING
        ),
        "payment": Index(("payment",), ("fact",), where=lambda one: one.payment is not None),
        "origin": Index(("origin",), ("fact",), where=lambda one: one.origin is not None),
        "invoice": Index(("invoice",), ("line", "fact"), where=lambda one: one.invoice is not None),
        "of_grant": Index(("of_grant",), ("fact",), where=lambda one: one.of_grant is not None),
    },
)
LOTS = TableSpec(
    "credit_lots",
    Lot,
    ("account", "label", "cost", "currency", "date", "unit"),
    {
        "open": Index(("wallet",), ("sequence",), where=lambda lot: lot.remaining != 0),
        "grant": Index(("label",), ("sequence",)),
        "expiring": Index(
            ("unit",),
            ("expires_at", "sequence"),
            where=lambda lot: lot.remaining != 0 and lot.expires_at is not None,
        ),
    },
)
ENTRIES = TableSpec(
    "credit_entries",
    Entry,
    ("wallet", "fact", "position"),
    {"wallet": Index(("wallet",), ("date", "fact", "position")), "grant": Index(("grant",), ("fact", "position"))},
)
USES = TableSpec(
    "credit_uses",
    Use,
    ("application", "position"),
    {
        "application": Index(("application",), ("position",)),
        "invoice": Index(("invoice",), ("fact", "position")),
        "standing": Index(("invoice",), ("fact", "position"), where=lambda one: one.units != one.back),
        "grant": Index(("grant",), ("fact", "position")),
    },
)
APPLICATIONS = TableSpec(
    "credit_applications",
    Application,
    ("application",),
    {"invoice": Index(("invoice",), ("fact",)), "customer": Index(("customer",), ("fact",))},
)
ADJUSTMENTS = TableSpec("credit_adjustments", Adjustment, ("adjustment",), {"grant": Index(("grant",), ("fact",))})
