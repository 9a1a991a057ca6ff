"""`billing-beans payment`: submit, verify, receive, reject; its other verbs stand in modules of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import click
from click.decorators import FC

from billing_beans.acts.payments import (
    ReceivePayment,
    RejectPayment,
    VerifyAndWriteOff,
    receive_payment,
    reject_payment,
    submit_payment,
    verify_and_write_off,
    verify_payment,
)
from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded, LegalEntityAdded
from billing_beans.cli.arguments import AMOUNT, NUMBER, completes, ids_of
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.later import Later
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.payment_words import allocation, invoice_table, next_for_credits, open_invoices, payments
from billing_beans.cli.session import session_of
from billing_beans.core.accounts import Account
from billing_beans.core.calendar import parse_day
from billing_beans.core.money import Money
from billing_beans.invoicing.facts import InvoiceWrittenOff
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.facts import Method, PaymentVerified
from billing_beans.payments.operations import SubmitPayment, VerifyPayment, payment_named
from billing_beans.payments.records import PaymentHead, PaymentStatus

ELSEWHERE = {
    "list": "payment_show.list_",
    "show": "payment_show.show",
    "allocate": "payment_money.allocate",
    "deallocate": "payment_money.deallocate",
    "unapplied": "payment_money.unapplied",
    "write-off": "payment_write_off.write_off_command",
    "refund": "refund.request",
    "chargeback": "payment_processor.chargeback",
    "payout": "payment_processor.payout",
    "receipt": "payment_receipt.command",
}


@click.group(cls=Later, later=ELSEWHERE)
def command() -> None:
    """Payments: submitted with a proof, then verified or rejected; unapplied money, refunds, chargebacks, payouts.

    \b
    Examples:
      billing-beans payment submit SG-2026-00001 --reference FT26012ABC
      billing-beans payment verify PAY-1 --received 2026-01-13
      billing-beans payment allocate PAY-2 SG-2026-00002
      billing-beans payment refund PAY-2 --reason "paid twice"
      billing-beans payment receipt PAY-1
      billing-beans payment list --status submitted
    """


_MONEY = (
    click.argument("invoice", nargs=-1, shell_complete=completes(open_invoices)),
    click.option("--amount", type=AMOUNT, help='What was paid: "981.00 SGD". Else what the invoices still owe.'),
    click.option(
        "--allocate",
        metavar="INVOICE[:LINE]=AMOUNT",
        multiple=True,
        help="How much of it is for one invoice, or for one line of it.",
    ),
    click.option("--rate", type=NUMBER, help="What one of the invoices' currency costs in that of the payment."),
    click.option(
        "--customer", shell_complete=ids_of(CustomerAdded), help="Whose money it is, where it is for no invoice."
    ),
    click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="Who was paid, where it is for no invoice."),
    click.option(
        "--method",
        type=click.Choice([one.value for one in Method]),
        default=Method.BANK_TRANSFER.value,
        show_default=True,
    ),
    click.option("--payer", help="Who paid, as the bank or the processor names them."),
    click.option("--reference", help="The reference on the bank statement."),
    click.option("--proof", help="Where the proof lies: a file or an address."),
    click.option(
        "--source",
        metavar="ID",
        help="What it is at a processor: stripe/ch_1. An import verifies it, and passes over what is verified.",
    ),
    click.option("--id", "payment", help="The payment's id; else the next PAY-number."),
)


def _payment_options(function: FC) -> FC:
    for option in reversed(_MONEY):
        function = option(function)
    return function


def _request(
    invoice: tuple[str, ...], allocate: tuple[str, ...], method: str, reference: str | None, **more: Any
) -> SubmitPayment:
    return SubmitPayment(
        invoice,
        method=Method(method),
        allocations=tuple(allocation(text) for text in allocate),
        bank_reference=reference,
        **more,
    )


@command.command()
@_payment_options
@global_options
@click.pass_context
def submit(ctx: click.Context, /, **values: Any) -> None:
    """Record a payment for which there is a proof. No money moves until it is verified.

    What is paid in another currency says at which rate; money for no invoice says whose it is, and will be unapplied.

    \b
    Examples:
      billing-beans payment submit SG-2026-00001
      billing-beans payment submit SG-2026-00001 SG-2026-00002 --amount "1213.70 SGD" --reference FT26012ABC
      billing-beans payment submit --allocate "SG-2026-00001:2=50.00 SGD" --amount "50.00 SGD" --method card
      billing-beans payment submit SG-2026-00003 --amount "92.00 EUR" --rate 0.92
      billing-beans payment submit --customer acme --amount "500.00 SGD"
    """
    session_of(ctx).perform(submit_payment, _request(**values), _say_submitted)


def _say_submitted(outcome: Outcome) -> tuple[PaymentHead, str]:
    books = outcome.act.books
    head = payment_named(books, outcome.facts[0].entities()[0])
    shares = books.payments.allocations.range("payment", head.payment)
    rows = [(f"  {one.invoice}{f' line {one.line}' if one.line else ''}", money(one.amount)) for one in shares]
    words = [f"Submitted {head.payment}, {money(head.amount)} from {head.customer}; no money moved yet."]
    words += (
        [table(["  for", "amount>"], rows)]
        if rows
        else ["  for no invoice: it will be the customer's unapplied money."]
    )
    if same := [one.payment for one in _of_reference(books, head) if one.payment != head.payment]:
        words += [f"Careful: {', '.join(same)} has the same reference {head.bank_reference}."]
    return head, "\n".join([*words, f"Next: billing-beans payment verify {head.payment}"])


def _of_reference(books: Books, head: PaymentHead) -> Iterable[PaymentHead]:
    """Payments with the same reference on a bank statement: one of them may have been submitted twice."""
    if head.bank_reference is None:
        return ()
    return books.payments.heads.range("reference", head.bank_reference)


@command.command()
@click.argument("payment", shell_complete=payments(PaymentStatus.SUBMITTED))
@click.option("--received", metavar="DATE", help="The day on which the money came; else today.")
@click.option("--into", metavar="ACCOUNT", help="The account that received it; else the legal entity's bank account.")
@click.option("--amount", type=AMOUNT, help="What the customer paid, where it is not what was submitted.")
@click.option("--fee", type=AMOUNT, help='What the processor kept: "2.90 USD".')
@click.option("--charges", type=AMOUNT, help='What banks kept on the way, and we bear: "15.00 USD".')
@click.option("--write-off", metavar="REASON", help="Give up what is then still owed on its invoices, for this reason.")
@global_options
@click.pass_context
def verify(
    ctx: click.Context,
    payment: str,
    received: str | None,
    into: str | None,
    amount: Money | None,
    fee: Money | None,
    charges: Money | None,
    write_off: str | None,
) -> None:
    """The money is there: settle what it was meant for. Invoices that are now paid are posted in the same act.

    What is more than it was meant to settle is the customer's unapplied money; what is less stays owed, unless it is written off.

    \b
    Examples:
      billing-beans payment verify PAY-1
      billing-beans payment verify PAY-1 --received 2026-01-13 --into Assets:SG:Bank:OCBC
      billing-beans payment verify PAY-1 --amount "980.50 SGD" --write-off "rounded by the customer"
      billing-beans payment verify PAY-1 --charges "15.00 SGD"
    """
    session = session_of(ctx)
    day: date | None = parse_day(received, session.today) if received else None
    request = VerifyPayment(payment, day, Account(into) if into else None, fee, charges, amount)
    if write_off is None:
        session.perform(verify_payment, request, _say_verified)
    else:
        session.perform(verify_and_write_off, VerifyAndWriteOff(request, write_off), _say_verified)


def _say_verified(outcome: Outcome) -> tuple[PaymentHead, str]:
    books = outcome.act.books
    fact = next(one for one in outcome.facts if isinstance(one, PaymentVerified))
    head = payment_named(books, fact.payment)
    words = [f"Verified {head.payment}, {money(head.amount)} received {head.received}."]
    words += [invoice_table(books, (leg.invoice for leg in fact.settles), outcome.facts)] if fact.settles else []
    exchanged = -sum((leg.number for leg in (*fact.gain, *fact.loss)), start=Decimal(0))
    if exchanged:
        words.append(
            f"  {abs(exchanged):f} {head.amount.currency} {'gained' if exchanged > 0 else 'lost'} by the rate."
        )
    for one in outcome.facts:
        if isinstance(one, InvoiceWrittenOff):
            words.append(
                f"  {-one.receivable.number:f} {one.receivable.currency} of {one.invoice} written off ({one.write_off})."
            )
    words += credits_said(books, outcome.facts)
    left = books.payments.money.get(f"payment/{head.payment}")
    if left is not None and left.remaining:
        words.append(f"  {left.remaining:f} {left.currency} are the customer's unapplied money.")
    words += next_for_credits(books, head.payment)
    return head, "\n".join(words)


@command.command()
@_payment_options
@click.option("--into", metavar="ACCOUNT", help="The account that received it; else the legal entity's bank account.")
@click.option("--fee", type=AMOUNT, help='What the processor kept: "2.90 USD".')
@click.option("--charges", type=AMOUNT, help='What banks kept on the way, and we bear: "15.00 USD".')
@global_options
@click.pass_context
def receive(ctx: click.Context, /, into: str | None, fee: Money | None, charges: Money | None, **values: Any) -> None:
    """Money that is there already, such as cash: submit and verify it in one act. --date is the day on which it came.

    \b
    Examples:
      billing-beans payment receive SG-2026-00001 --method cash --into Assets:SG:Bank:Till
      billing-beans payment receive SG-2026-00001 --method processor --into Assets:SG:Processor:Stripe --fee "2.90 SGD"
      billing-beans payment receive --customer acme --amount "500.00 SGD" --date yesterday
    """
    request = ReceivePayment(_request(**values), Account(into) if into else None, fee, charges)
    session_of(ctx).perform(receive_payment, request, _say_verified)


@command.command()
@click.argument("payment", shell_complete=payments(PaymentStatus.SUBMITTED))
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@global_options
@click.pass_context
def reject(ctx: click.Context, payment: str, reason: str) -> None:
    """A submitted payment was not one: the proof was not valid, or the money did not come.

    \b
    Example:
      billing-beans payment reject PAY-1 --reason "the transfer was recalled"
    """
    session = session_of(ctx)
    session.perform(reject_payment, RejectPayment(payment, reason), _say_rejected)


def _say_rejected(outcome: Outcome) -> tuple[PaymentHead, str]:
    books = outcome.act.books
    head = payment_named(books, outcome.facts[0].entities()[0])
    words = [f"Rejected {head.payment}, {money(head.amount)} from {head.customer}: {head.rejected_reason}"]
    return head, "\n".join([*words, *credits_said(books, outcome.facts)])
