"""What grants and consumption add up to: open lots, oldest first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.core.accounts import Account, place_of
from billing_beans.core.facts import Leg
from billing_beans.core.folds import folds
from billing_beans.core.replacing import replacing
from billing_beans.core.tables import Index, Store, TableSpec
from billing_beans.entitlements.facts import EntitlementConsumed, InvoicePosted, LotsOpened
from billing_beans.invoicing.facts import CreditNoteIssued

Day = date
"""A date, in a record that has a field of that name."""


class Lot(NamedTuple):
    """Units of one grant at one cost. `granted` and `remaining` are positive; `cost` is for one unit, in `currency`.

    `becomes` is the account to which the cost of a unit goes when it is used: revenue, or what is owed to others. `since` is
    the day from which these books have it, where it was granted before they began.
    """

    account: Account
    unit: str
    label: str
    cost: Decimal
    currency: str
    date: date
    sequence: str
    granted: Decimal
    remaining: Decimal
    owner: str
    becomes: Account
    platform_fee_bps: int | None = None
    since: Day | None = None

    @property
    def worth(self) -> Decimal:
        """What the remaining units are worth: deferred revenue, or funds held, with all its decimals."""
        return self.remaining * self.cost


LOTS = TableSpec(
    "entitlement_lots",
    Lot,
    ("account", "label", "cost", "currency", "date"),
    {
        "open": Index(("account",), ("date", "sequence"), where=lambda lot: lot.remaining != 0),
        "owner": Index(("owner",), ("account", "date", "sequence")),
        "held": Index(("owner", "unit"), ("account", "date", "sequence"), where=lambda lot: lot.remaining != 0),
    },
)


class OpenedLots(NamedTuple):
    """Units that were there when the books began: what their opening said, so that it is opened once."""

    opening: str
    customer: str
    product: str
    units: Decimal
    granted_on: date
    lots: tuple[Leg, ...]
    fees: tuple[Leg, ...]


OPENED_LOTS = TableSpec("opened_lots", OpenedLots, ("opening",))


class EntitlementState:
    """Lots by account, label and cost; the open ones of an account in the order in which they are used."""

    def __init__(self, store: Store) -> None:
        self.lots = store.table(LOTS)
        self.opened = store.table(OPENED_LOTS)

    @folds(LotsOpened)
    def open(self, fact: LotsOpened) -> None:
        self.opened.put(
            OpenedLots(fact.opening, fact.customer, fact.product, fact.units, fact.granted_on, fact.lots, fact.fees)
        )
        self.grant(fact)

    @folds(InvoicePosted)
    def grant(self, fact: InvoicePosted | LotsOpened) -> None:
        for position, leg in enumerate((*fact.lots, *fact.fees)):
            assert leg.cost is not None
            assert leg.becomes is not None
            place = place_of(leg.account)
            assert place is not None
            account, label, cost, currency, day = _key(leg)
            self.lots.put(
                Lot(
                    account,
                    leg.currency,
                    label,
                    cost,
                    currency,
                    day,
                    f"{fact.id}/{position:04d}",
                    -leg.number,
                    -leg.number,
                    place.owner[0],
                    leg.becomes,
                    leg.platform_fee_bps,
                    fact.date if fact.date != day else None,
                )
            )

    @folds(EntitlementConsumed, CreditNoteIssued)
    def consume(self, fact: EntitlementConsumed | CreditNoteIssued) -> None:
        for leg in (*fact.lots, *fact.fees):
            lot = self.lot_of(leg)
            self.lots.put(_with_remaining(lot, lot.remaining - leg.number))

    def lot_of(self, leg: Leg) -> Lot:
        """The lot that a posting names, which must be there."""
        lot = self.lots.get(_key(leg))
        assert lot is not None, f"there is no lot {leg.cost} on {leg.account}"
        return lot


_with_remaining = replacing(Lot, "remaining")


def _key(leg: Leg) -> tuple[Account, str, Decimal, str, date]:
    assert leg.cost is not None
    number, currency, day, label = leg.cost
    assert label is not None
    return (leg.account, label, number, currency, day)
