"""What can be open when the books begin, and belongs to no other area."""

from datetime import date

from billing_beans.core.accounts import Account, Role
from billing_beans.core.facts import Leg, Movement, Side, fact, key, leg, meta
from billing_beans.core.ids import CustomerId, OpeningId, ProductId


@fact("deferred-opened")
class DeferredOpened(Movement):
    """Revenue that was invoiced before the books began and is still to be earned, against the opening balance (B1).

    `period_start` and `period_end` are the first and the last day of what was sold. What is left of it is earned evenly from
    the later of the first day and the day of this fact until the last day, and becomes `income`.
    """

    opening: OpeningId = key(link=True)
    customer: CustomerId = meta()
    product: ProductId = meta()
    period_start: date = meta()
    period_end: date = meta()
    income: Account = meta()
    reference: str | None = meta(default=None)
    opening_balance: Leg = leg(Side.DEBIT, Role.OPENING)
    deferred: Leg = leg(Side.CREDIT, Role.DEFERRED)
