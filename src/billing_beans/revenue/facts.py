"""What can happen to revenue that is earned over time."""

from datetime import date

from billing_beans.core.accounts import Role
from billing_beans.core.facts import Leg, Movement, Side, fact, leg, meta
from billing_beans.core.ids import InvoiceNumber, OpeningId


@fact("revenue-released")
class RevenueReleased(Movement):
    """What was deferred is earned, day by day: of one line of an invoice, or of deferred revenue that was opened (R5).

    From `since`, the first day, until `until`, which is excluded: each day once, and each calendar month by itself. What is
    released is cumulatively the share of days, to the minor unit, and all of it at the end.
    """

    invoice: InvoiceNumber | None = meta(link=True, default=None)
    line: int | None = meta(default=None)
    opening: OpeningId | None = meta(link=True, default=None)
    since: date = meta()
    until: date = meta()
    deferred: Leg = leg(Side.DEBIT, Role.DEFERRED)
    income: Leg = leg(Side.CREDIT, Role.INCOME)
