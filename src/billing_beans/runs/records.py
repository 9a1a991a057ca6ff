"""Records and tables of billing runs: what `runs/state.py` folds facts into."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.accounts import Account
from billing_beans.core.tables import Index, TableSpec

LotKey = tuple[Account, str, Decimal, str, date, str]
"""What a lot of credits is known by."""


class RunStatus(StrEnum):
    """Where a run stands (U4)."""

    PENDING = "pending"
    POSTED = "posted"
    DISCARDED = "discarded"


class Run(NamedTuple):
    """A run in one record, as of its last `revision`.

    It bills what is due until a day, that day included, and `day` is the date of what it writes. `started` and `started_at` are of its
    first revision, `redone_at` of the last one. `content` is the digest of what waits. `decided` is when it was posted or discarded.
    """

    run: str
    revision: int
    until: date
    day: date
    content: str
    invoices: int
    credit_notes: int
    subscriptions: int
    reservations: int
    refusals: int
    status: RunStatus
    started: date
    started_at: str
    started_by: str
    redone_at: str
    fact: str
    decided: date | None = None
    decided_at: str = ""
    decided_by: str = ""
    reason: str | None = None


class Billed(NamedTuple):
    """A subscription in a run; while it `waits`, no other run bills it."""

    run: str
    subscription: str
    revision: int
    position: int
    waits: bool


class Reserved(NamedTuple):
    """Units of one lot that a run uses; while it `waits`, nobody else can use them (W8)."""

    run: str
    position: int
    account: Account
    grant: str
    unit: str
    units: Decimal
    cost: Decimal
    currency: str
    granted: date
    waits: bool

    @property
    def lot(self) -> LotKey:
        """The key of the lot."""
        return (self.account, self.grant, self.cost, self.currency, self.granted, self.unit)


class NotBilled(NamedTuple):
    """A subscription that a run could not bill, as of its last revision, and why."""

    run: str
    position: int
    subscription: str
    reason: str
    instead: str | None
    revision: int


RUNS = TableSpec("runs", Run, ("run",), {"status": Index(("status",), ("fact",))})
BILLED = TableSpec(
    "run_subscriptions",
    Billed,
    ("run", "subscription"),
    {
        "run": Index(("run", "revision"), ("position",)),
        "waiting": Index(("subscription",), ("run",), where=lambda one: one.waits),
    },
)
RESERVED = TableSpec(
    "run_reservations",
    Reserved,
    ("run", "position"),
    {"waiting": Index(("run",), ("position",), where=lambda one: one.waits)},
)
NOT_BILLED = TableSpec(
    "run_refusals",
    NotBilled,
    ("run", "position"),
    {"run": Index(("run", "revision"), ("position",))},
)
