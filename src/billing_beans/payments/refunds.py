"""Money that goes back to the customer: requested, then succeeded or failed (Y5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import new_leg
from billing_beans.core.ids import CustomerId, InvoiceNumber, PaymentId, RefundId
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.invoicing.legs import Parties
from billing_beans.payments.allocating import parties_of_money
from billing_beans.payments.facts import RefundFailed, RefundRequested, RefundShare, RefundSucceeded
from billing_beans.payments.operations import entity_of, payment_named, receiving_account
from billing_beans.payments.records import PaymentHead, PaymentStatus, Refund, RefundStatus
from billing_beans.payments.settling import called, parties_of_payment, seller_of_payment, settled_by, taken_back

PREFIX = "REF"
_ZERO = Decimal(0)


@record
class RequestRefund:
    """Money of one origin is to go back: what is unapplied of it, and what it settled of the invoices in `reopens`.

    Without an amount it is all that is unapplied, and with `reopens` also what it settled of them. `everything` takes what
    is unapplied first, and then opens invoices again, the last one first, as a processor does that refunds a charge.
    """

    origin: str
    reason: str
    amount: Money | None = None
    reopens: tuple[str, ...] = ()
    everything: bool = False
    payment: str | None = None
    refund: str | None = None
    source: str | None = None


@record
class SettleRefund:
    """The money went back, from which account, at which fee. `source` is what told so, where that did not ask for it."""

    refund: str
    paid_from: Account | None = None
    fee: Money | None = None
    source: str | None = None


@record
class FailRefund:
    """The money did not go back."""

    refund: str
    reason: str
    source: str | None = None


class _Source:
    """The money that a refund is taken from: what of it is unapplied and free, and which invoices it settles."""

    def __init__(self, books: Books, origin: str) -> None:
        self.money = books.payments.money.get(origin)
        payment = books.payments.heads.get(origin.removeprefix("payment/")) if origin.startswith("payment/") else None
        if payment is not None and payment.status is not PaymentStatus.VERIFIED:
            raise Refused(
                f"{payment.payment} is {payment.status}: no money came, and none can go back.",
                rule="Y5: no more goes back than was received.",
                instead=f"billing-beans payment show {payment.payment}",
            )
        if payment is None and self.money is None:
            raise Refused(
                f"There is no money of {called(origin)}.",
                rule="Y5: what goes back was received.",
                instead="billing-beans payment list; billing-beans payment unapplied",
            )
        self.payment: PaymentHead | None = payment
        self.free = self.money.available if self.money else _ZERO
        self.currency = self.money.currency if self.money else payment.amount.currency if payment else ""
        self.customer = self.money.customer if self.money else payment.customer if payment else ""


def requested(books: Books, request: RequestRefund, day: date) -> RefundRequested:
    """A refund that waits for the bank or the processor. It keeps the money, and moves none (Y5). Raises `Refused`."""
    source = _Source(books, request.origin)
    through = request.payment or (source.payment.payment if source.payment else None)
    settled = settled_and_free(books, request.origin)
    shares, amount = _shares(books, request, source, settled)
    if amount <= 0 or not is_minor(new_money(amount, source.currency)):
        raise Refused(
            f"Nothing of {called(request.origin)} is free to go back.",
            rule="Y5: unapplied money goes back; what settled an invoice is credited first, or opens it again.",
            instead=_way_out(books, request, settled),
        )
    if through is not None:
        _within_receipt(books, payment_named(books, through), new_money(amount, source.currency), request.origin)
    return RefundRequested(
        date=day,
        source=request.source,
        refund=RefundId(request.refund or books.payments.counters.next(PREFIX)),
        customer=CustomerId(source.customer),
        origin=request.origin,
        payment=PaymentId(through) if through else None,
        amount=new_money(amount, source.currency),
        reason=request.reason,
        reopens=tuple(
            RefundShare(invoice=InvoiceNumber(invoice), amount=new_money(share, source.currency))
            for invoice, share in shares.items()
        ),
    )


def _within_receipt(books: Books, head: PaymentHead, amount: Money, origin: str) -> None:
    """What goes back through a payment was received by it, and by the legal entity that has the money. Raises `Refused`."""
    if amount.number > head.refundable or amount.currency != head.amount.currency:
        raise Refused(
            f"{amount.number:f} {amount.currency} can't go back through {head.payment}: {head.refundable:f} of its "
            f"{head.amount} can.",
            rule="Y5: no more goes back than was received.",
            instead=f"billing-beans payment show {head.payment}",
        )
    if parties_of_payment(books, head) != parties_of_origin(books, origin):
        raise Refused(
            f"{called(origin)} can't go back through {head.payment}, which is of another customer or legal entity.",
            rule="B3: money of one customer and seller goes back as it came.",
            instead="leave the payment out, or name one of the same",
        )


def _way_out(books: Books, request: RequestRefund, settled: dict[str, Decimal]) -> str:
    bought = [one for one in books.credits.grants.range("origin", request.origin) if one.remaining]
    used = [] if bought else _paid_with_credits(books, request.origin)
    if used:
        return (
            f"it bought credits that paid {used[0]}; open that again: billing-beans payment refund {called(request.origin)} "
            f"--take-credits --reopen {used[0]} --reason ..."
        )
    if bought:
        return (
            f"it bought credits, and {bought[0].remaining:f} {bought[0].unit} of {bought[0].grant} are unspent: take them back "
            "with --take-credits, or let the customer keep as many free ones with --keep-credits"
        )
    if not settled:
        return exchange_taken_back(books, request.origin) or f"billing-beans payment show {called(request.origin)}"
    invoice = next(iter(settled))
    return (
        f"billing-beans invoice credit {invoice} --reason ...; or open it again: "
        f"billing-beans payment refund {called(request.origin)} --reopen {invoice} --reason ..."
    )


def _paid_with_credits(books: Books, origin: str) -> list[str]:
    """The invoices that credits pay which money of this origin bought."""
    found = [
        use.invoice
        for grant in books.credits.grants.range("origin", origin)
        for use in books.credits.uses.range("grant", grant.grant)
        if use.standing and not use.is_discount
    ]
    return list(dict.fromkeys(found))


def exchange_taken_back(books: Books, origin: str) -> str:
    """The command that takes back what money settled in another currency, if it settles anything so; else nothing."""
    exchanged: dict[str, Decimal] = {}
    for one in books.invoices.settlements.range("origin", origin):
        if one.paid is not None:
            exchanged[one.invoice] = exchanged.get(one.invoice, _ZERO) + one.amount.number
    invoice = next((invoice for invoice, amount in exchanged.items() if amount), None)
    return f"billing-beans payment deallocate {called(origin)} {invoice} --reason ..." if invoice else ""


def settled_and_free(books: Books, origin: str) -> dict[str, Decimal]:
    """What this money settles of invoices in its own currency, less what pending refunds will take of it."""
    found = settled_by(books, origin)
    for invoice, amount in reserved_of(books, origin).items():
        found[invoice] = found.get(invoice, _ZERO) - amount
    return {invoice: amount for invoice, amount in found.items() if amount > 0}


def reserved_of(books: Books, origin: str) -> dict[str, Decimal]:
    """What pending refunds of this money will take back, invoice by invoice."""
    found: dict[str, Decimal] = {}
    for refund in books.payments.refunds.range("origin", origin):
        if refund.status is RefundStatus.PENDING:
            for share in refund.reopens:
                found[share.invoice] = found.get(share.invoice, _ZERO) + share.amount.number
    return found


def _shares(
    books: Books, request: RequestRefund, source: _Source, settled: dict[str, Decimal]
) -> tuple[dict[str, Decimal], Decimal]:
    """What is taken back of which invoice, and the whole amount. Unapplied money goes first."""
    wanted = request.amount
    if wanted is not None and wanted.currency != source.currency:
        raise WrongUsage(f"{called(request.origin)} is in {source.currency}, and not in {wanted.currency}.")
    if absent := [one for one in request.reopens if one not in settled]:
        raise Refused(
            f"{called(request.origin)} settles nothing of {absent[0]} that could go back.",
            rule="Y5: a refund opens only invoices that the money had settled.",
            instead=f"billing-beans invoice show {absent[0]}",
        )
    invoices = [*reversed(settled)] if request.everything else list(dict.fromkeys(request.reopens))
    possible = source.free + sum((settled[one] for one in invoices), start=_ZERO)
    amount = possible if wanted is None else wanted.number
    if amount > possible or (wanted is not None and amount <= 0):
        raise Refused(
            f"{amount:f} {source.currency} can't go back: {possible:f} of {called(request.origin)} can.",
            rule="Y5: no more goes back than is unapplied, and than was settled of the invoices that are opened again.",
            instead=_way_out(books, request, settled),
        )
    left = amount - min(amount, source.free)
    shares: dict[str, Decimal] = {}
    for invoice in invoices:
        if left > 0:
            shares[invoice] = min(settled[invoice], left)
            left -= shares[invoice]
    return shares, amount


def refund_named(books: Books, refund: str) -> Refund:
    """The refund of this id. Raises `Refused`."""
    found = books.payments.refunds.get(refund)
    if found is None:
        raise Refused(f"There is no refund {refund}.", instead="billing-beans refund list")
    return found


def _paid_through(books: Books, refund: Refund) -> PaymentHead | None:
    return payment_named(books, refund.payment) if refund.payment else None


def succeeded(books: Books, request: SettleRefund, day: date) -> RefundSucceeded:
    """The money went back: unapplied money leaves, and invoices are open again (Y5). Raises `Refused` or `WrongUsage`."""
    refund = refund_named(books, request.refund)
    through = _paid_through(books, refund)
    given = request.paid_from or (Account(through.into) if through else None)
    paid_from = receiving_account(books, _seller_of(books, refund), given, day)
    parties = parties_of_origin(books, refund.origin)
    fee = request.fee or new_money(_ZERO, refund.amount.currency)
    if fee.currency != refund.amount.currency or fee.number < 0 or not is_minor(fee):
        raise WrongUsage(f"A fee of {fee.number:f} {fee.currency} can't come on top of {refund.amount}.")
    unapplied = new_money(refund.from_unapplied, refund.amount.currency)
    reopens = [taken_back(books, refund.origin, one.invoice, one.amount, parties).reopens for one in refund.reopens]
    return RefundSucceeded(
        date=day,
        source=request.source,
        payee=books.catalog.name_of(refund.customer, day),
        narration=f"Refund {refund.refund} of {refund.origin.replace('/', ' ')}",
        refund=RefundId(refund.refund),
        origin=refund.origin,
        unapplied=new_leg(account_of(Role.UNAPPLIED, *parties), unapplied) if unapplied.number else None,
        reopens=tuple(leg for legs in reopens for leg in legs),
        fee=new_leg(account_of(Role.PROCESSOR_FEES, entity_of(paid_from)), fee) if fee.number else None,
        paid_from=new_leg(paid_from, new_money(-refund.amount.number - fee.number, fee.currency)),
    )


def parties_of_origin(books: Books, origin: str) -> Parties:
    """Whose money of this origin is. Raises `Refused` where there is none."""
    money = books.payments.money.get(origin)
    if money is not None:
        return parties_of_money(money)
    return parties_of_payment(books, payment_named(books, origin.removeprefix("payment/")))


def _seller_of(books: Books, refund: Refund) -> str:
    if refund.payment is not None:
        return seller_of_payment(books, payment_named(books, refund.payment))
    return books.catalog.entity_with(parties_of_origin(books, refund.origin).seller)


def failed(books: Books, request: FailRefund, day: date) -> RefundFailed:
    """The money did not go back, and is free again (Y5)."""
    return RefundFailed(
        date=day,
        source=request.source,
        refund=RefundId(refund_named(books, request.refund).refund),
        reason=request.reason,
    )
