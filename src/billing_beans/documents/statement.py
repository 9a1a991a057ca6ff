"""What a statement of account shows (R5)."""

from __future__ import annotations

from dataclasses import KW_ONLY
from enum import StrEnum
from typing import TYPE_CHECKING

from billing_beans.core.records import record
from billing_beans.documents.model import Document, PaymentDetails

if TYPE_CHECKING:
    from datetime import date

    from billing_beans.core.money import Money


class EntryKind(StrEnum):
    """What an entry is, as the books call what it comes from (`payment/PAY-1`); every language has its word.

    An allocation sets the customer's own money against an invoice, and moves no balance; an opening is what the customer had before
    the books began. An application pays with credits, and a grant is of credits that the customer's own money bought.
    """

    INVOICE = "invoice"
    VOID = "void"
    CREDIT_NOTE = "credit-note"
    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSED = "chargeback-reversed"
    WRITE_OFF = "write-off"
    WRITE_OFF_REVERSED = "write-off-reversed"
    ALLOCATION = "allocation"
    ALLOCATION_REVERSED = "allocation-reversed"
    OPENING = "opening"
    APPLICATION = "application"
    APPLICATION_REVERSED = "application-reversed"
    GRANT = "grant"
    GRANT_REVERSED = "grant-reversed"


_TAKEN_BACK = {
    (EntryKind.CHARGEBACK, False): EntryKind.CHARGEBACK_REVERSED,
    (EntryKind.WRITE_OFF, True): EntryKind.WRITE_OFF_REVERSED,
    (EntryKind.APPLICATION, True): EntryKind.APPLICATION_REVERSED,
    (EntryKind.GRANT, False): EntryKind.GRANT_REVERSED,
}
"""What an entry is where it charges, or doesn't, against its kind."""


@record
class StatementLine:
    """One document or payment. Either `debit` (what it charged) or `credit` (what it took off) is there, or neither.

    `balance` is what the customer owes after it; below zero it is in the customer's favour. `due` is an invoice's. `details` stand
    small under it. `label` replaces the words of its kind.
    """

    day: date
    kind: EntryKind
    reference: str
    balance: Money
    debit: Money | None = None
    credit: Money | None = None
    due: date | None = None
    details: tuple[str, ...] = ()
    label: str = ""


def entry(
    day: date,
    what: str,
    reference: str,
    amount: Money,
    balance: Money,
    *,
    due: date | None = None,
    details: tuple[str, ...] = (),
) -> StatementLine:
    """The line of a movement: `amount` above zero is charged, below zero it is taken off. `what` is the value of a kind.

    A chargeback that takes off is one that was reversed, and so is a write-off that charges.
    """
    kind = EntryKind(what)
    charges = amount.number > 0 or (what == EntryKind.INVOICE and not amount.number)
    if amount.number:
        kind = _TAKEN_BACK.get((kind, charges), kind)
    return StatementLine(
        day,
        kind,
        reference,
        balance,
        debit=amount if charges else None,
        credit=-amount if amount.number < 0 else None,
        due=due,
        details=details,
    )


@record
class AgingBucket:
    """What is open on the last day of the statement, from `first` to `last` days after its due date.

    `first` is None for what isn't due yet, `last` for what is overdue for `first` days or more: (None, 0), (1, 30), (91, None).
    """

    first: int | None
    last: int | None
    amount: Money


@record
class Statement(Document):
    """The account of a customer in one currency, from the day `first` to the day `last`, both included.

    `lines` are in order, each with the balance after it; the first follows `opening`, the last leaves `closing`. `aging` are the
    buckets in the order in which they stand, and `unapplied` what is the customer's and not yet set against an invoice, zero or above:
    the buckets less that is the closing balance. The `number` is for the title, such as `acme-2026-01-31`; `customer` is what the
    customer is known by. All amounts are in the statement's currency. Whoever fills it sees to that.
    """

    kind = "statement"

    _: KW_ONLY
    customer: str
    first: date
    last: date
    opening: Money
    lines: tuple[StatementLine, ...]
    closing: Money
    aging: tuple[AgingBucket, ...] = ()
    unapplied: Money | None = None
    payment_details: PaymentDetails | None = None
    notes: str = ""

    @property
    def dated(self) -> date:
        return self.last
