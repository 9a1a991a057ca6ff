"""What invoices and payments do to credits. Few do anything, so what that needs is imported when one does: it takes time."""

from __future__ import annotations

from datetime import date

from billing_beans.acts.act import Act
from billing_beans.invoicing.operations import draft_named


def grant_top_ups(act: Act, number: str, day: date | None = None) -> None:
    """What the lines of an invoice top up, if it is paid (W2); on this day, or on the act's."""
    if any(line.credit_unit is not None for line in draft_named(act.books, number).lines):
        from billing_beans.acts import granting  # noqa: PLC0415 - see above

        granting.grant_top_ups(act, number, day)


def grant_waiting(act: Act, payment: str, day: date) -> None:
    """What waited for a payment that is verified now (W4)."""
    if any(True for _ in act.books.credits.grants.range("payment", payment)):
        from billing_beans.acts import granting  # noqa: PLC0415 - see above

        granting.grant_waiting(act, payment, day)


def give_all_back(act: Act, invoice: str, reason: str, day: date, *, discounts: bool) -> None:
    """Everything that stands of applications to an invoice goes back: those before tax, or those that settle it (W6)."""
    if any(use.is_discount == discounts for use in act.books.credits.standing(invoice)):
        from billing_beans.acts import credit_returns  # noqa: PLC0415 - see above

        credit_returns.give_all_back(act, invoice, reason, day, discounts=discounts)
