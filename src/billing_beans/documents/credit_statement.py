"""What a statement of a credit wallet shows (W1)."""

from __future__ import annotations

from dataclasses import KW_ONLY
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from billing_beans.core.records import record
from billing_beans.documents.formats import decimals
from billing_beans.documents.model import ZERO, Document

if TYPE_CHECKING:
    from datetime import date, time

    from billing_beans.core.money import Money


class CreditEntry(StrEnum):
    """What moved credits, as the books call it; every language has its word."""

    GRANT = "grant"
    APPLICATION = "application"
    DISCOUNT = "discount"
    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"
    EXPIRY = "expiry"
    RENEWAL = "renewal"
    CREDIT_NOTE = "credit-note"
    OPENING = "opening"


@record
class CreditLine:
    """One movement: `units` that came (above zero) or left, and all units after it. `paid` ones were bought, others are free.

    `reference` is what it is called, `about` what it refers to: an invoice, a grant, something from elsewhere. `until` is the last
    day on which units that came can be used; `hour` when that ends on it, if that isn't with the day.
    """

    day: date
    kind: CreditEntry
    reference: str
    units: Decimal
    balance: Decimal
    paid: bool
    about: tuple[str, ...] = ()
    until: date | None = None
    hour: time | None = None


@record
class CreditsUntil:
    """Units that can be used until a day, or an `hour` of it; without one they never expire, or, `later`, they do behind all other days."""

    units: Decimal
    until: date | None = None
    hour: time | None = None
    later: bool = False


@record
class CreditStatement(Document):
    """The credits of a customer of one kind, from the day `first` to the day `last`, both included.

    `unit` is their code, `unit_name` what they are called. `lines` are in order, each with the balance after it; the first follows
    `opening`, the last leaves `closing`, of which `paid` were bought. Of these `expired` can't be used any more, and `available`
    can: `worth` is what those are worth when they are used. `expiry` are the same by when they expire. The `number` is for the
    title. Whoever fills it sees to all that; `currency` is that of the worth.
    """

    kind = "credit-statement"

    _: KW_ONLY
    customer: str
    unit: str
    unit_name: str = ""
    first: date
    last: date
    opening: Decimal
    lines: tuple[CreditLine, ...]
    closing: Decimal
    paid: Decimal
    available: Decimal
    worth: Money
    expired: Decimal = ZERO
    expiry: tuple[CreditsUntil, ...] = ()
    notes: str = ""

    @property
    def dated(self) -> date:
        return self.last

    @property
    def free(self) -> Decimal:
        """What of the closing balance was not bought."""
        return self.closing - self.paid

    @property
    def digits(self) -> int:
        """How many decimals all numbers of credits have: as many as count in any of them."""
        numbers = [self.opening, self.closing, self.paid, self.available, self.expired]
        numbers += [number for line in self.lines for number in (line.units, line.balance)]
        return max(decimals(one) for one in (*numbers, *(one.units for one in self.expiry)))
