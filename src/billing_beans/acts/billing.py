"""What is due of subscriptions becomes invoices and credit notes (U3, U4)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from billing_beans.acts.act import Act
from billing_beans.acts.credits import Progress
from billing_beans.core.errors import BillingError
from billing_beans.core.records import record


@record
class BillDue:
    """What is due until a day, that day included: of these subscriptions, of these customers, or of all that no run bills."""

    until: date
    subscriptions: tuple[str, ...] | None = None
    customers: tuple[str, ...] = ()


class NotBilled(NamedTuple):
    """A subscription that could not be billed, and why."""

    subscription: str
    customer: str
    error: BillingError


class Billing:
    """Bills what is due; `billed` are the subscriptions for which something was recorded, in order."""

    def __init__(self, progress: Progress) -> None:
        self.not_billed: list[NotBilled] = []
        self.billed: list[str] = []
        self._progress = progress

    def bill(self, act: Act, request: BillDue) -> None:
        """Record drafts, issues, credit notes and applications."""
