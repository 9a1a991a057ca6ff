"""Verbs for invoices: draft, edit, issue, void. Issuing and voiding reach into other areas."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.credits_touched import give_all_back, grant_top_ups
from billing_beans.core.records import record
from billing_beans.credits.discounts import discounts_of
from billing_beans.entitlements.operations import posted, to_grant
from billing_beans.invoicing.editing import EditInvoice, revised
from billing_beans.invoicing.legs import grants
from billing_beans.invoicing.operations import (
    DraftInvoice,
    draft_named,
    drafted,
    head_named,
    issued,
    rate_of,
    seller_of,
    voided,
)
from billing_beans.invoicing.status import Status
from billing_beans.payments.allocating import ReverseAllocation, reversed_allocation
from billing_beans.payments.operations import allocation_rejected, rejected
from billing_beans.payments.records import PaymentStatus


@record
class IssueInvoice:
    """The draft is right and goes to the customer. `rate` is what one of its currency is worth in the seller's own, if that differs."""

    number: str
    rate: Decimal | None = None


@record
class IssueInvoices:
    """Several drafts go to their customers in one act: all of them, or none."""

    numbers: tuple[str, ...]
    rate: Decimal | None = None


@record
class VoidInvoice:
    """The invoice is taken back before it is paid, for a reason; with `take_back`, credits and unapplied money that settled it are so first."""

    number: str
    reason: str
    take_back: bool = False


def draft_invoice(act: Act, request: DraftInvoice) -> None:
    """A draft with the next number (I1)."""
    seller = seller_of(act.books, request, act.context.day or act.day())
    act.record(drafted(act.books, request, act.day(seller.entity)))


def edit_invoice(act: Act, request: EditInvoice) -> None:
    """The next revision of a draft; no fact where nothing changes (I3)."""
    current = draft_named(act.books, request.number)
    today = act.day(current.seller)
    day = today if act.context.day else max(today, current.date)
    fact = revised(act.books, request, day)
    if fact is not None:
        if discounts_of(act.books, request.number) and not any(line.credit_discount for line in fact.lines):
            give_all_back(act, request.number, f"{request.number} was edited", day, discounts=True)
        act.record(fact)


def issue_invoices(act: Act, request: IssueInvoices) -> None:
    """Each draft once, in the order given (I4)."""
    for number in dict.fromkeys(request.numbers):
        issue_invoice(act, IssueInvoice(number, request.rate))


def issue_invoice(act: Act, request: IssueInvoice) -> None:
    """A draft becomes immutable; a total of zero is paid at once, and posted (I4, Y2)."""
    head = head_named(act.books, request.number)
    day = act.context.day or max(act.day(head.seller), draft_named(act.books, request.number).date)
    rate = rate_of(act.books, head, request.rate, day) if request.rate is not None else None
    act.record(issued(act.books, request.number, day, rate=rate))
    post_if_paid(act, request.number)


def post_if_paid(act: Act, number: str, day: date | None = None) -> None:
    """Posting follows paid in the same act, where there is anything to grant (I6, Y2); on this day, or on the act's."""
    head = head_named(act.books, number)
    if head.status is Status.PAID and head.posted is None and grants(to_grant(act.books, number)):
        settled = [one.date for one in act.books.invoices.settlements.range("invoice", number)]
        day = max([day or act.day(head.seller), head.issued or head.drafted, *settled])
        act.record(posted(act.books, number, day))
    grant_top_ups(act, number, day)


def void_invoice(act: Act, request: VoidInvoice) -> None:
    """A draft or an unpaid invoice is taken back; payments that were submitted for it lose it, for the same reason (I5)."""
    head = head_named(act.books, request.number)
    day = act.day_after(head.seller, head.settled_on)
    reason = f"{request.number} was voided: {request.reason}"
    if request.take_back:
        give_all_back(act, request.number, reason, day, discounts=False)
        _take_back_unapplied(act, request, day)
    act.record(voided(act.books, request.number, request.reason, day))
    give_all_back(act, request.number, reason, day, discounts=True)
    for allocation in list(act.books.payments.allocations.range("invoice", request.number)):
        payment = act.books.payments.heads.get(allocation.payment)
        if payment is None or payment.status is not PaymentStatus.SUBMITTED or allocation.rejected_reason:
            continue
        if len(list(act.books.payments.allocations.range("payment", allocation.payment))) > 1:
            act.record(allocation_rejected(allocation.payment, request.number, reason, day))
        else:
            act.record(rejected(act.books, allocation.payment, reason, day))


def _take_back_unapplied(act: Act, request: VoidInvoice, day: date) -> None:
    """Unapplied money that was applied to an invoice is the customer's again, for the same reason (I5)."""
    settlements = list(act.books.invoices.settlements.range("invoice", request.number))
    origins = [one.origin for one in settlements if one.source.startswith("allocation/")]
    for origin in dict.fromkeys(origins):
        if sum(one.amount.number for one in settlements if one.origin == origin):
            reason = f"{request.number} was voided: {request.reason}"
            act.record(reversed_allocation(act.books, ReverseAllocation(origin, request.number, reason), day))
