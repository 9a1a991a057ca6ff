"""Verbs for credit notes: an invoice is taken back, whole or in part; what that leaves to be granted is posted (I7)."""

from __future__ import annotations

from datetime import date

from billing_beans.acts.act import Act
from billing_beans.acts.credit_note_credits import (
    expire_topped_up,
    give_back_after_crediting,
    give_back_before_crediting,
    take_bonus_of_credited,
    topped_up_by,
)
from billing_beans.acts.invoices import post_if_paid
from billing_beans.invoicing.credit_limits import credited_since
from billing_beans.invoicing.crediting import CreditInvoice, credit_note_drafted, credit_note_issued
from billing_beans.invoicing.operations import draft_named, head_named


def credit_invoice(act: Act, request: CreditInvoice) -> None:
    """A credit note is drawn and issued. An invoice that nothing is owed on any more is posted with what is left of it."""
    head = head_named(act.books, request.invoice)
    expire_topped_up(act, head.number)
    notes = act.books.invoices.credit_notes.range("invoice", head.number)
    top_ups = [lot.since for lot in topped_up_by(act, head.number)]
    days = [credited_since(head, became_money=True), *(one.issued for one in notes), *top_ups]
    day = act.day_after(head.seller, *days, _deferred_since(act, request))
    note = act.record(credit_note_drafted(act.books, request, day))
    give_back_before_crediting(act, note, day)
    fact = act.record(credit_note_issued(act.books, note.credit_note, day))
    give_back_after_crediting(act, note, day)
    take_bonus_of_credited(act, fact)
    post_if_paid(act, head.number)


def _deferred_since(act: Act, request: CreditInvoice) -> date:
    """The last day on which anything moved what the lines had deferred that are credited."""
    lines = {one.line for one in request.lines} or {one.line for one in draft_named(act.books, request.invoice).lines}
    return act.books.revenue.moved_on(request.invoice, lines)
