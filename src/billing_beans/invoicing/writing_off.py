"""What will not be paid: written off for a reason, and taken back (Y4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_leg
from billing_beans.core.ids import InvoiceNumber, WriteOffId
from billing_beans.core.money import Money, is_minor, new_money, round_money
from billing_beans.core.records import record
from billing_beans.credits.records import GrantStatus
from billing_beans.invoicing.credit_limits import relieved_taxes
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceWrittenOff, WriteOffReversed
from billing_beans.invoicing.legs import grants, tops_up
from billing_beans.invoicing.operations import draft_named, head_named, parties_named
from billing_beans.invoicing.records import InvoiceHead, WriteOff
from billing_beans.invoicing.status import OPEN

PREFIX = "WO"
_ZERO = Decimal(0)
_PRECISE = Context(prec=100)


@record
class WriteOffInvoice:
    """What is open of an invoice, or so much of it, is given up. `tax_relief`: the law gives its part of the tax back."""

    invoice: str
    reason: str
    amount: Money | None = None
    tax_relief: bool = False
    write_off: str | None = None


@record
class ReverseWriteOff:
    """A write-off of an invoice is taken back: the one named, or the only one."""

    invoice: str
    reason: str
    write_off: str | None = None


def written_off(books: Books, request: WriteOffInvoice, day: date) -> InvoiceWrittenOff:
    """So much of an open invoice is given up (Y4). Raises `Refused`, also where that would grant what nobody paid for."""
    head, draft = head_named(books, request.invoice), draft_named(books, request.invoice)
    amount = new_money(head.due_amount, head.currency) if request.amount is None else request.amount
    if head.status not in OPEN or amount.currency != head.currency or not 0 < amount.number <= head.due_amount:
        raise Refused(
            f"{amount.number:f} {amount.currency} of {head.number} can't be written off: it is "
            f"{head.status.replace('-', ' ')}, and {head.due_amount:f} {head.currency} are open.",
            rule="Y4: no more is written off than is open.",
            instead=f"billing-beans invoice show {head.number}",
        )
    if not is_minor(amount):
        raise WrongUsage(f"{amount} is not in whole minor units.")
    _worth_granting(books, head, draft, amount)
    parties = parties_named(books, head.seller, head.customer, head.drafted)
    taxes = tuple(_taxes(books, head, draft, amount)) if request.tax_relief else ()
    tax = sum((leg.number for leg in taxes), start=_ZERO)
    receivable = account_of(Role.RECEIVABLE, *parties)
    return InvoiceWrittenOff(
        date=day,
        payee=draft.bill_to_name,
        narration=f"Written off of invoice {head.number}",
        write_off=WriteOffId(request.write_off or books.invoices.counters.next(PREFIX)),
        invoice=InvoiceNumber(head.number),
        reason=request.reason,
        expense=new_leg(account_of(Role.WRITE_OFF, parties.seller), new_money(amount.number - tax, amount.currency)),
        taxes=taxes,
        receivable=new_leg(receivable, new_money(-amount.number, amount.currency), invoice=InvoiceNumber(head.number)),
    )


def _worth_granting(books: Books, head: InvoiceHead, draft: InvoiceDrafted, amount: Money) -> None:
    """An invoice that is settled grants what it sold: it must have been paid at least in part."""
    waits = (head.posted is None and grants(draft)) or _tops_up_yet(books, draft)
    if waits and amount.number == head.due_amount and head.settled <= head.written_off:
        raise Refused(
            f"Nothing was paid on {head.number}, and written off it would grant what it sold.",
            rule="I6: what an invoice sold is granted once it is paid.",
            instead=f"billing-beans invoice credit {head.number} --reason ...",
        )


def _tops_up_yet(books: Books, draft: InvoiceDrafted) -> bool:
    """Whether credits that an invoice sells are not granted yet."""
    labels = [f"{draft.invoice}/{line.line}" for line in draft.lines if tops_up(line)]
    grants_of = [books.credits.grants.get(label) for label in labels]
    return any(one is None or one.status is not GrantStatus.GRANTED for one in grants_of)


def _taxes(books: Books, head: InvoiceHead, draft: InvoiceDrafted, amount: Money) -> Iterator[Leg]:
    """The part of each line's tax that is in what is written off: of what no credit note and no other write-off took before.

    So all of them together give back at most the tax of a line, and exactly that where nothing of it is paid.
    """
    relieved = relieved_taxes(books, head.number)
    credited = {line.line: books.invoices.credited.get((head.number, line.line)) for line in draft.lines}
    left = head.total - sum((one.amount + one.tax for one in credited.values() if one is not None), start=_ZERO)
    left -= sum(
        (
            one.amount.number
            for one in books.invoices.write_offs.range("invoice", head.number)
            if one.taxes and one.reversed is None
        ),
        start=_ZERO,
    )
    if left < amount.number:
        return  # what is open was credited before, and opened again by a refund: there is no tax in it
    for line in draft.lines:
        one = credited[line.line]
        tax = line.tax.number - (one.tax if one else _ZERO) - relieved.get(line.line, _ZERO)
        back = round_money(_PRECISE.divide(_PRECISE.multiply(tax, amount.number), left), head.currency)
        if back.number:
            yield new_leg(line.tax_account, back, line=line.line, tax_code=line.tax_code)


def write_off_of(books: Books, request: ReverseWriteOff) -> WriteOff:
    """The write-off that is meant. Raises `Refused` or `WrongUsage`."""
    found = [one for one in books.invoices.write_offs.range("invoice", request.invoice) if one.reversed is None]
    if request.write_off is not None:
        found = [one for one in found if one.write_off == request.write_off]
    if not found:
        raise Refused(
            f"Nothing of {request.invoice} is written off{f' by {request.write_off}' if request.write_off else ''}.",
            instead=f"billing-beans invoice show {request.invoice}",
        )
    if len(found) > 1:
        names = ", ".join(one.write_off for one in found)
        raise WrongUsage(f"{request.invoice} has {len(found)} write-offs: {names}.", instead="name one with --id")
    return found[0]


def write_off_reversed(books: Books, request: ReverseWriteOff, day: date) -> WriteOffReversed:
    """The exact reverse of a write-off (Y4). Raises `Refused` or `WrongUsage`."""
    one = write_off_of(books, request)
    head, draft = head_named(books, one.invoice), draft_named(books, one.invoice)
    parties = parties_named(books, head.seller, head.customer, head.drafted)
    number, currency = InvoiceNumber(one.invoice), one.amount.currency
    tax = sum((back.amount for back in one.taxes), start=_ZERO)
    expense = new_money(tax - one.amount.number, currency)
    return WriteOffReversed(
        date=day,
        payee=draft.bill_to_name,
        narration=f"Write-off {one.write_off} of invoice {one.invoice} taken back",
        write_off=WriteOffId(one.write_off),
        invoice=number,
        reason=request.reason,
        receivable=new_leg(account_of(Role.RECEIVABLE, *parties), one.amount, invoice=number),
        expense=new_leg(account_of(Role.WRITE_OFF, parties.seller), expense),
        taxes=tuple(
            new_leg(Account(back.account), new_money(-back.amount, currency), line=back.line, tax_code=back.tax_code)
            for back in one.taxes
        ),
    )
