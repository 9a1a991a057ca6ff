"""The states of an invoice, as a table that can be held against the requirement (S3, state machine)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

_ZERO = Decimal(0)


class Status(StrEnum):
    """Where an invoice stands."""

    DRAFT = "draft"
    ISSUED = "issued"
    PARTIALLY_PAID = "partially-paid"
    PAID = "paid"
    CREDITED = "credited"
    VOID = "void"

    # Keys of the table below are looked up for every fact; Enum's own __hash__ is a Python function.
    __hash__ = str.__hash__


class Event(StrEnum):
    """What can happen to an invoice that changes where it stands, or needs it to stand somewhere."""

    REVISED = "revised"
    ISSUED = "issued"
    SETTLED = "settled"
    REOPENED = "reopened"
    CREDITED = "credited"
    POSTED = "posted"
    VOIDED = "voided"

    __hash__ = str.__hash__


OPEN = (Status.ISSUED, Status.PARTIALLY_PAID)
"""Where money is still owed."""

CREDITABLE = (Status.ISSUED, Status.PARTIALLY_PAID, Status.PAID)
"""What a credit note may take back (I7)."""


TRANSITIONS = MappingProxyType(
    {
        (Status.DRAFT, Event.REVISED): (Status.DRAFT,),
        (Status.DRAFT, Event.ISSUED): (Status.ISSUED, Status.PAID),
        (Status.DRAFT, Event.VOIDED): (Status.VOID,),
        (Status.ISSUED, Event.SETTLED): (Status.PARTIALLY_PAID, Status.PAID, Status.CREDITED),
        (Status.ISSUED, Event.CREDITED): (Status.ISSUED, Status.CREDITED),
        (Status.ISSUED, Event.VOIDED): (Status.VOID,),
        (Status.PARTIALLY_PAID, Event.SETTLED): (Status.PARTIALLY_PAID, Status.PAID, Status.CREDITED),
        (Status.PARTIALLY_PAID, Event.REOPENED): OPEN,
        (Status.PARTIALLY_PAID, Event.CREDITED): (Status.PARTIALLY_PAID, Status.PAID, Status.CREDITED),
        (Status.PAID, Event.POSTED): (Status.PAID,),
        (Status.PAID, Event.REOPENED): OPEN,
        (Status.PAID, Event.VOIDED): (Status.VOID,),
        (Status.PAID, Event.CREDITED): (Status.PAID, Status.CREDITED),
        (Status.CREDITED, Event.REOPENED): OPEN,
    }
)
"""(where it stands, what happens) to where it may stand then. What is not here is refused.

Only a paid invoice over nothing is voided: no payment was needed, and there is nothing that a credit note could take back.
"""


def can(status: Status, event: Event) -> bool:
    return (status, event) in TRANSITIONS


def status_of(total: Decimal, settled: Decimal, credited: Decimal = _ZERO, *, is_credited: bool = False) -> Status:
    """Where an issued invoice stands by what is settled and credited of it; a total of zero is paid at once (Y2, I7)."""
    if settled + credited >= total:
        return Status.CREDITED if is_credited else Status.PAID
    return Status.PARTIALLY_PAID if settled else Status.ISSUED
