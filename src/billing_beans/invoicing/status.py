"""The states of an invoice, as a table that can be held against the requirement (S3, state machine)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """Where an invoice stands."""

    DRAFT = "draft"
    ISSUED = "issued"
    PARTIALLY_PAID = "partially-paid"
    PAID = "paid"
    VOID = "void"

    # Keys of the table below are looked up for every fact; Enum's own __hash__ is a Python function.
    __hash__ = str.__hash__


class Event(StrEnum):
    """What can happen to an invoice that changes where it stands, or needs it to stand somewhere."""

    REVISED = "revised"
    ISSUED = "issued"
    SETTLED = "settled"
    POSTED = "posted"
    VOIDED = "voided"

    __hash__ = str.__hash__


OPEN = (Status.ISSUED, Status.PARTIALLY_PAID)
"""Where money is still owed."""

TRANSITIONS = MappingProxyType(
    {
        (Status.DRAFT, Event.REVISED): (Status.DRAFT,),
        (Status.DRAFT, Event.ISSUED): (Status.ISSUED, Status.PAID),
        (Status.DRAFT, Event.VOIDED): (Status.VOID,),
        (Status.ISSUED, Event.SETTLED): (Status.PARTIALLY_PAID, Status.PAID),
        (Status.ISSUED, Event.VOIDED): (Status.VOID,),
        (Status.PARTIALLY_PAID, Event.SETTLED): (Status.PARTIALLY_PAID, Status.PAID),
        (Status.PAID, Event.POSTED): (Status.PAID,),
    }
)
"""(where it stands, what happens) to where it may stand then. What is not here is refused."""


def can(status: Status, event: Event) -> bool:
    return (status, event) in TRANSITIONS


def status_of(total: Decimal, settled: Decimal) -> Status:
    """Where an issued invoice stands by what is settled of it; a total of zero is paid at once (Y2)."""
    if settled >= total:
        return Status.PAID
    return Status.PARTIALLY_PAID if settled else Status.ISSUED
