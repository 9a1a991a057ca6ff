"""Invoices that were open when the books began (B1)."""

from __future__ import annotations

from datetime import date

from billing_beans.books import Books
from billing_beans.core.accounts import Role, account_of
from billing_beans.core.facts import new_leg
from billing_beans.core.money import Money, new_money
from billing_beans.invoicing.facts import InvoiceOpened
from billing_beans.invoicing.operations import draft_named, parties_of
from billing_beans.invoicing.seal import seal


def opened(
    books: Books, number: str, issued_on: date, day: date, rate: Money | None = None, content: str | None = None
) -> InvoiceOpened:
    """What was owed on an invoice, against the opening balance (B1). `issued_on` is the day on which it was issued.

    What is said of it is sealed, unless a seal is given.
    """
    draft = draft_named(books, number)
    parties = parties_of(books, draft)
    receivable = account_of(Role.RECEIVABLE, *parties)
    return InvoiceOpened(
        date=day,
        payee=draft.bill_to_name,
        narration=f"Open invoice {number} of {issued_on}",
        invoice=draft.invoice,
        issued_on=issued_on,
        content=seal(draft, day) if content is None else content,
        rate=rate,
        receivable=new_leg(receivable, draft.total, invoice=draft.invoice),
        opening_balance=new_leg(
            account_of(Role.OPENING, parties.seller), new_money(-draft.total.number, draft.currency)
        ),
    )
