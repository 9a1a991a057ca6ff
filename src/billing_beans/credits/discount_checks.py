"""What must hold of invoices that free credits have lowered (W3)."""

from __future__ import annotations

from collections.abc import Iterator

from billing_beans.books import Books
from billing_beans.core.checks import check
from billing_beans.credits.discounts import discounts_of
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceIssued
from billing_beans.invoicing.operations import draft_named


def has_discounts(draft: InvoiceDrafted) -> bool:
    """Whether any line is lowered. A load asks it of every revision."""
    for line in draft.lines:  # noqa: SIM110 - a generator would cost as much as the rest of the check
        if line.credit_discount is not None:
            return True
    return False


@check(
    InvoiceDrafted,
    InvoiceIssued,
    promise="W3: what free credits took off a line is what they are worth that were used for it.",
    remedy="billing-beans credit apply INVOICE, and billing-beans credit reverse APPLICATION, change both",
)
def discounted_as_applied(books: Books, fact: InvoiceDrafted | InvoiceIssued) -> Iterator[str]:
    uses = [*books.credits.uses.range("invoice", fact.invoice)]
    if not uses and (isinstance(fact, InvoiceIssued) or not has_discounts(fact)):
        return  # as nearly all are; what is issued was looked at when it was drafted
    draft = fact if isinstance(fact, InvoiceDrafted) else draft_named(books, fact.invoice)
    said = {line.line: line.credit_discount for line in draft.lines if line.credit_discount is not None}
    used = discounts_of(books, fact.invoice)
    late = [one.used for one in uses if one.is_discount and one.standing and one.used > fact.date]
    if late:
        yield f"{fact.invoice} is lowered on {fact.date} by credits that are used on {max(late)}"
    for line in sorted({*said, *used}):
        ours, theirs = used.get(line), said.get(line)
        if ours != theirs:
            yield f"line {line} of {fact.invoice} is lowered by {theirs or 'nothing'}, and by the credits used for it {ours or 'nothing'}"
