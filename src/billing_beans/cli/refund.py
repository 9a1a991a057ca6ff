"""`billing-beans payment refund`, and `billing-beans refund`: money that goes back (Y5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from billing_beans.acts import money as acts
from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import AMOUNT, completes, ids_of
from billing_beans.cli.credit_said import credits_said, reopened_words
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.payment_words import invoice_table, origin_named, origins
from billing_beans.cli.session import session_of
from billing_beans.core.accounts import Account
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.facts import RefundFailed, RefundRequested, RefundSucceeded
from billing_beans.payments.records import PaymentStatus, Refund, RefundStatus
from billing_beans.payments.refunds import FailRefund, RequestRefund, SettleRefund, refund_named


def _refundable(books: Books) -> Iterable[tuple[str, str]]:
    found = dict(origins(books))
    for head in books.payments.heads.range("status", PaymentStatus.VERIFIED):
        if head.refundable:
            found[head.payment] = f"{head.customer}, {head.refundable:f} {head.amount.currency}"
    return found.items()


def _pending(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.payments.refunds.range("status", RefundStatus.PENDING):
        yield one.refund, f"{one.customer}, {money(one.amount)}"


def _refunds(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.payments.refunds.all():
        yield one.refund, f"{one.customer}, {money(one.amount)}, {one.status}"


@click.command(name="refund")
@click.argument("origin", metavar="PAYMENT", shell_complete=completes(_refundable))
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@click.option(
    "--reopen", metavar="INVOICE", multiple=True, help="Take it back from this invoice, which is open again then."
)
@click.option(
    "--take-credits", is_flag=True, help="Credits that it had paid and that are unspent are taken back first."
)
@click.option("--keep-credits", is_flag=True, help="So, too; and the customer keeps as many, as free ones.")
@click.option("--whole", is_flag=True, help="All of a payment: its invoices are open again, the last one first.")
@click.option(
    "--through", metavar="PAYMENT", help="The receipt through which it goes back, for money of a credit note."
)
@click.option("--paid", is_flag=True, help="The money went back already: the refund succeeds in the same act.")
@click.option(
    "--from", "account", metavar="ACCOUNT", help="With --paid: where it left; else where the payment came in."
)
@click.option("--fee", type=AMOUNT, help="With --paid: what the processor took for it.")
@click.option("--id", "refund_id", help="The refund's id; else the next REF-number.")
@global_options
@click.pass_context
def request(
    ctx: click.Context,
    origin: str,
    amount: Money | None,
    reason: str,
    reopen: tuple[str, ...],
    take_credits: bool,
    keep_credits: bool,
    whole: bool,
    through: str | None,
    paid: bool,
    account: str | None,
    fee: Money | None,
    refund_id: str | None,
) -> None:
    """Money of a payment, a credit note or an opening goes back to the customer: what is unapplied of it.

    It waits until the money went: refund settle, or refund fail. What already settled an invoice goes back by crediting the
    invoice first, or with --reopen. What bought credits goes back with --take-credits or --keep-credits; --reopen then also
    opens an invoice that they paid.

    \b
    Examples:
      billing-beans payment refund PAY-2 --reason "paid twice"
      billing-beans payment refund SGC-2026-00001 "50.00 SGD" --reason "as agreed" --paid
      billing-beans payment refund PAY-1 "40.00 SGD" --reopen SG-2026-00001 --reason "goodwill"
      billing-beans payment refund PAY-3 --take-credits --reason "the project ended"
    """
    session = session_of(ctx)
    if (account or fee) and not paid:
        raise WrongUsage(
            "--from and --fee are said when the money went.", instead="add --paid, or say them to refund settle"
        )
    if take_credits and keep_credits:
        raise WrongUsage("Credits are taken back, or kept.", instead="give --take-credits or --keep-credits")
    wanted = RequestRefund(
        origin_named(session.reading.books, origin), reason, amount, reopen, whole, through, refund_id
    )
    settle = SettleRefund("", Account(account) if account else None, fee) if paid else None
    kept = acts.PaidCredits.KEEP if keep_credits else acts.PaidCredits.LEAVE
    credits_ = acts.PaidCredits.TAKE if take_credits else kept
    session.perform(acts.refund, acts.Refund(wanted, settle, credits_), _say_requested)


def _say_requested(outcome: Outcome) -> tuple[Any, str]:
    books = outcome.act.books
    fact = next(one for one in outcome.facts if isinstance(one, RefundRequested))
    one = refund_named(books, fact.refund)
    if any(isinstance(other, RefundSucceeded) for other in outcome.facts):
        return _say_succeeded(outcome)
    words = [f"Requested {one.refund}, {money(one.amount)} to {one.customer}; no money moved yet."]
    words += [
        f"  {share.amount.number:f} of it from {share.invoice}, which will be open again." for share in one.reopens
    ]
    words += [*credits_said(books, outcome.facts), *reopened_words(books, outcome.facts)]
    words.append(
        f"Next: billing-beans refund settle {one.refund}, or billing-beans refund fail {one.refund} --reason ..."
    )
    return one, "\n".join(words)


@click.group()
def command() -> None:
    """Refunds: requested with `payment refund`, then succeeded or failed.

    \b
    Examples:
      billing-beans payment refund PAY-2 --reason "paid twice"
      billing-beans refund settle REF-1
      billing-beans refund list --status pending
    """


@command.command()
@click.argument("refund", shell_complete=completes(_pending))
@click.option("--from", "account", metavar="ACCOUNT", help="Where it left; else where the payment came in.")
@click.option("--fee", type=AMOUNT, help="What the processor took for it.")
@global_options
@click.pass_context
def settle(ctx: click.Context, refund: str, account: str | None, fee: Money | None) -> None:
    """The money of a pending refund went back; --date is the day on which it did.

    \b
    Example:
      billing-beans refund settle REF-1 --date 2026-02-17
    """
    wanted = SettleRefund(refund, Account(account) if account else None, fee)
    session_of(ctx).perform(acts.settle_refund, wanted, _say_succeeded)


def _say_succeeded(outcome: Outcome) -> tuple[Any, str]:
    books = outcome.act.books
    fact = next(one for one in outcome.facts if isinstance(one, RefundSucceeded))
    one = refund_named(books, fact.refund)
    words = [f"Refunded {one.refund}, {money(one.amount)} to {one.customer} from {fact.paid_from.account}."]
    if fact.reopens:
        words.append(invoice_table(books, (leg.invoice for leg in fact.reopens), outcome.facts))
    words += [*credits_said(books, outcome.facts), *reopened_words(books, outcome.facts)]
    return one, "\n".join(words)


@command.command()
@click.argument("refund", shell_complete=completes(_pending))
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@global_options
@click.pass_context
def fail(ctx: click.Context, refund: str, reason: str) -> None:
    """The money of a pending refund did not go back: it is the customer's unapplied money as before.

    \b
    Example:
      billing-beans refund fail REF-1 --reason "the account is closed"
    """
    session_of(ctx).perform(acts.fail_refund, FailRefund(refund, reason), _say_failed)


def _say_failed(outcome: Outcome) -> tuple[Any, str]:
    fact = outcome.facts[0]
    assert isinstance(fact, RefundFailed)
    one = refund_named(outcome.act.books, fact.refund)
    return one, f"Failed {one.refund}, {money(one.amount)} to {one.customer}: {one.failed_reason}"


@command.command(name="list")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="Only of this customer.")
@click.option("--status", type=click.Choice([one.value for one in RefundStatus]), help="Only those that stand here.")
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, status: str | None) -> None:
    """Refunds, newest first.

    \b
    Example:
      billing-beans refund list --status pending
    """
    session = session_of(ctx)
    refunds = session.reading.books.payments.refunds
    found = refunds.range("customer", customer) if customer else refunds.all()
    kept = [one for one in found if status is None or one.status.value == status]
    kept.sort(key=lambda one: one.requested_id, reverse=True)
    rows = [
        (
            one.refund,
            one.requested,
            one.customer,
            one.origin.replace("/", " "),
            money(one.amount),
            one.status.value,
            one.settled,
            one.reason,
        )
        for one in kept
    ]
    columns = ["refund", "requested", "customer", "of", "amount>", "status", "settled", "reason"]
    session.answer(kept, table(columns, rows) if rows else "No refunds.")


@command.command()
@click.argument("refund", shell_complete=completes(_refunds))
@global_options
@click.pass_context
def show(ctx: click.Context, refund: str) -> None:
    """One refund: of which money, through which receipt, where it stands.

    \b
    Example:
      billing-beans refund show REF-1
    """
    session = session_of(ctx)
    one = refund_named(session.reading.books, refund)
    session.answer(one, table([one.refund, ""], [row for row in _rows(one) if row[1]]))


def _rows(one: Refund) -> Iterable[tuple[str, object]]:
    yield "customer", one.customer
    yield "of", one.origin.replace("/", " ")
    yield "through", one.payment
    yield "amount", money(one.amount)
    yield "reason", one.reason
    yield "status", one.status.value
    yield "requested", f"{one.requested} by {one.requested_by}"
    yield "settled", f"{one.settled} by {one.settled_by}" if one.settled else None
    yield "failed", one.failed_reason
    yield "source", one.source
    for share in one.reopens:
        yield "from", f"{share.invoice}  {money(share.amount)}"
