"""What a reminder of overdue invoices shows."""

from __future__ import annotations

from dataclasses import KW_ONLY
from decimal import Decimal
from typing import TYPE_CHECKING

from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.documents.model import Document, PaymentDetails

if TYPE_CHECKING:
    from datetime import date


@record
class OverdueInvoice:
    """An invoice that is overdue on the day of the letter: `days` after `due`; `open` of its `total` is still to be paid."""

    number: str
    issued: date
    due: date
    days: int
    total: Money
    open: Money


@record
class Reminder(Document):
    """A letter that asks for the payment of overdue invoices by the day `pay_by`.

    `level` counts from one. It decides the words, unless a policy has its own in `title` and `paragraphs`; in both `{date}` stands for
    the day by which to pay. All amounts are in the letter's currency. The `number` is for the title, such as `acme-2026-03-01`;
    `customer` is what the customer is known by.
    """

    kind = "reminder"

    _: KW_ONLY
    customer: str
    day: date
    level: int
    pay_by: date
    invoices: tuple[OverdueInvoice, ...]
    paragraphs: tuple[str, ...] = ()
    payment_details: PaymentDetails | None = None

    @property
    def dated(self) -> date:
        return self.day

    @property
    def total_open(self) -> Money:
        """What is to be paid: the sum of what is open."""
        return Money(sum((one.open.number for one in self.invoices), Decimal(0)), self.currency)
