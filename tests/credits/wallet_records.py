"""What the model of wallets is made of: kinds of credits, grants and their lots, invoices and their lines, applications."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction as F  # noqa: N817 - the model is full of them
from typing import NamedTuple

MINOR = {"USD": F(1, 100), "JPY": F(1), "KWD": F(1, 1000)}
FINEST = F(1, 10**6)
NEVER = "9999"
UNTIL_PAID, OVER_TIME = "until it is paid", "over time"
LOWEST = 1000


class No(Exception):
    """This must be refused."""


def rounded(number: F, step: F) -> F:
    """Half away from zero."""
    sign = -1 if number < 0 else 1
    return sign * math.floor(abs(number) / step + F(1, 2)) * step


def up(number: F, step: F) -> F:
    return math.ceil(number / step) * step


def down(number: F, step: F) -> F:
    return math.floor(number / step) * step


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(moment: str) -> datetime:
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


class Unit(NamedTuple):
    """A kind of credits, and what one of them is worth."""

    name: str
    face: F
    currency: str

    @property
    def minor(self) -> F:
        return MINOR[self.currency]

    @property
    def step(self) -> F:
        """The fewest, as a finite decimal, that are worth whole minor units."""
        step = self.minor / self.face
        endless = step.denominator
        for prime in (2, 5):
            while endless % prime == 0:
                endless //= prime
        return step * endless


class Scope(NamedTuple):
    """What credits are for, or what a line is of."""

    subscription: str | None = None
    meter: str | None = None
    period: tuple[date, date] | None = None

    def covers(self, line: Scope) -> bool:
        if self.subscription not in (None, line.subscription) or self.meter not in (None, line.meter):
            return False
        if self.period is None:
            return True
        return line.period is not None and self.period[0] <= line.period[0] and line.period[1] <= self.period[1]


ANYTHING = Scope()


class Terms(NamedTuple):
    scope: Scope = ANYTHING
    expires: str | None = None
    priority: int | None = None
    days: int | None = None

    def over(self, moment: str) -> bool:
        """Whether they can't be used any more."""
        return self.expires is not None and self.expires <= moment


@dataclass
class Lot:
    cost: F
    left: F
    since: date
    number: int
    grant: Grant


@dataclass
class Grant:
    """Units at what was paid for each. `share` is what came back of its money, and what that had cost."""

    name: str
    unit: Unit
    paid: bool
    units: F
    terms: Terms
    lots: list[Lot] = field(default_factory=list)
    origin: str | None = None
    bonus_of: str | None = None
    applied: F = F(0)
    adjusted: F = F(0)
    expired: F = F(0)
    returned: F = F(0)
    returned_cost: F = F(0)
    renews: Grant | None = None

    @property
    def left(self) -> F:
        return sum((lot.left for lot in self.lots), start=F(0))

    @property
    def worth(self) -> F:
        return sum((lot.left * lot.cost for lot in self.lots), start=F(0))


class TopUp(NamedTuple):
    unit: Unit
    units: F
    bonus: F
    days: int | None


@dataclass
class Line:
    """A line as it was drafted: `net` before free credits lower it by `lowered`; what was credited and settled of it since.

    What is `held` for it until it is paid, or over time, free credits that settle it (`free`) took so much `off`. Of what is held
    over time so much was `released`, and credit notes took so much (`taken`).
    """

    number: int
    quantity: F
    net: F
    rate: F
    earned: bool
    held: str
    can_be_lowered: bool
    scope: Scope
    top_up: TopUp | None = None
    lowered: F = F(0)
    credited: F = F(0)
    credited_tax: F = F(0)
    credited_quantity: F = F(0)
    settled: F = F(0)
    free: F = F(0)
    off: F = F(0)
    released: F = F(0)
    taken: F = F(0)
    minor: F = F(1, 100)

    @property
    def amount(self) -> F:
        return self.net - self.lowered

    @property
    def deferred(self) -> F:
        """What is held over time, and was neither released nor taken away."""
        return self.amount - self.off - self.released - self.taken if self.held == OVER_TIME else F(0)

    @property
    def tax(self) -> F:
        return rounded(self.amount * self.rate, self.minor)

    @property
    def gross_left(self) -> F:
        return self.amount + self.tax - self.credited - self.credited_tax

    @property
    def due(self) -> F:
        return max(self.gross_left - self.settled, F(0))


@dataclass
class Invoice:
    number: str
    currency: str
    lines: list[Line]
    status: str = "draft"
    settled: F = F(0)
    credited: F = F(0)
    noted: bool = False
    granted: bool = False

    @property
    def total(self) -> F:
        return sum((line.amount + line.tax for line in self.lines), start=F(0))

    @property
    def due(self) -> F:
        return self.total - self.settled - self.credited if self.status == "issued" else F(0)

    @property
    def is_credited(self) -> bool:
        whole = all((one.credited, one.credited_tax) == (one.amount, one.tax) for one in self.lines if one.amount)
        return self.noted and whole

    def holds(self, line: Line) -> bool:
        """Whether anything is held for a line, and not granted yet."""
        return line.held == OVER_TIME or (line.held == UNTIL_PAID and not self.granted)


@dataclass
class Use:
    lot: Lot
    line: int | None
    units: F
    back: F = F(0)

    @property
    def standing(self) -> F:
        return self.units - self.back


@dataclass
class Application:
    name: str
    invoice: Invoice
    unit: Unit
    uses: list[Use]
    lowers: bool
    at: str

    @property
    def paid(self) -> bool:
        return self.uses[0].lot.grant.paid

    def standing(self, line: int | None = None) -> F:
        return sum((one.standing for one in self.uses if line in (None, one.line)), start=F(0))


class When(NamedTuple):
    """The day of an act, and the second at which it is recorded."""

    day: date
    now: str


class Note(NamedTuple):
    """What a credit note takes of a line: net, tax, and how much of its quantity."""

    line: int
    quantity: F
    net: F
    tax: F
