"""`billing-beans payment`: submit, verify, reject, list, show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import click

from billing_beans.acts.payments import RejectPayment, reject_payment, submit_payment, verify_payment
from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import AMOUNT, completes, ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import Session, session_of
from billing_beans.core.accounts import Account
from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, parse_money
from billing_beans.invoicing.status import OPEN
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.facts import Method
from billing_beans.payments.operations import Allocate, SubmitPayment, VerifyPayment, payment_named
from billing_beans.payments.records import PaymentHead, PaymentStatus


def _open_invoices(books: Books) -> Iterable[tuple[str, str]]:
    for status in OPEN:
        for head in books.invoices.heads.range("status", status):
            yield head.number, f"{head.customer}, {head.due_amount} {head.currency}"


def _payments(*statuses: PaymentStatus) -> object:
    def candidates(books: Books) -> Iterable[tuple[str, str]]:
        for status in statuses:
            for head in books.payments.heads.range("status", status):
                yield head.payment, f"{head.customer}, {money(head.amount)}"

    return completes(candidates)


@click.group()
def command() -> None:
    """Payments: submitted with a proof, then verified or rejected.

    \b
    Examples:
      billing-beans payment submit SG-2026-00001 --reference FT26012ABC
      billing-beans payment verify PAY-1 --received 2026-01-13
      billing-beans payment list --status submitted
    """


@command.command()
@click.argument("invoice", nargs=-1, required=True, shell_complete=completes(_open_invoices))
@click.option("--amount", type=AMOUNT, help='What was paid: "981.00 SGD". Else what the invoices still owe.')
@click.option("--allocate", metavar="INVOICE=AMOUNT", multiple=True, help="How much of it is for one invoice.")
@click.option(
    "--method", type=click.Choice([one.value for one in Method]), default=Method.BANK_TRANSFER.value, show_default=True
)
@click.option("--reference", help="The reference on the bank statement.")
@click.option("--proof", help="Where the proof lies: a file or an address.")
@click.option("--id", "payment", help="The payment's id; else the next PAY-number.")
@global_options
@click.pass_context
def submit(
    ctx: click.Context,
    invoice: tuple[str, ...],
    amount: Money | None,
    allocate: tuple[str, ...],
    method: str,
    reference: str | None,
    proof: str | None,
    payment: str | None,
) -> None:
    """Record a payment for which there is a proof. No money moves until it is verified.

    \b
    Examples:
      billing-beans payment submit SG-2026-00001
      billing-beans payment submit SG-2026-00001 SG-2026-00002 --amount "1213.70 SGD" --reference FT26012ABC
      billing-beans payment submit SG-2026-00001 --amount "500.00 SGD" --method card
    """
    session = session_of(ctx)
    allocations = tuple(_allocation(text) for text in allocate)
    request = SubmitPayment(invoice, Method(method), amount, allocations, reference, proof, payment)
    session.perform(submit_payment, request, _say_submitted)


def _allocation(text: str) -> Allocate:
    invoice, equals, amount = text.rpartition("=")
    if not equals:
        raise WrongUsage(f"{text!r} says no share.", instead='for example --allocate "SG-2026-00001=500.00 SGD"')
    return Allocate(invoice, parse_money(amount, minor=True))


def _say_submitted(outcome: Outcome) -> tuple[PaymentHead, str]:
    books = outcome.act.books
    head = payment_named(books, outcome.facts[0].entities()[0])
    shares = books.payments.allocations.range("payment", head.payment)
    rows = [(f"  {one.invoice}", money(one.amount)) for one in shares]
    words = [f"Submitted {head.payment}, {money(head.amount)} from {head.customer}; no money moved yet."]
    words += [table(["  for", "amount>"], rows)]
    if same := [one.payment for one in _of_reference(books, head) if one.payment != head.payment]:
        words += [f"Careful: {', '.join(same)} has the same reference {head.bank_reference}."]
    return head, "\n".join([*words, f"Next: billing-beans payment verify {head.payment}"])


def _of_reference(books: Books, head: PaymentHead) -> Iterable[PaymentHead]:
    """Payments with the same reference on a bank statement: one of them may have been submitted twice."""
    if head.bank_reference is None:
        return ()
    return books.payments.heads.range("reference", head.bank_reference)


@command.command()
@click.argument("payment", shell_complete=_payments(PaymentStatus.SUBMITTED))
@click.option("--received", metavar="DATE", help="The day on which the money came; else today.")
@click.option("--into", metavar="ACCOUNT", help="The account that received it; else the legal entity's bank account.")
@click.option("--fee", type=AMOUNT, help='What the processor kept: "2.90 USD".')
@global_options
@click.pass_context
def verify(ctx: click.Context, payment: str, received: str | None, into: str | None, fee: Money | None) -> None:
    """The money is there: settle what it was meant for. Invoices that are now paid are posted in the same act.

    \b
    Examples:
      billing-beans payment verify PAY-1
      billing-beans payment verify PAY-1 --received 2026-01-13 --into Assets:SG:Bank:OCBC
    """
    session = session_of(ctx)
    day: date | None = parse_day(received, session.today) if received else None
    request = VerifyPayment(payment, day, Account(into) if into else None, fee)
    session.perform(verify_payment, request, _say_verified)


def _say_verified(outcome: Outcome) -> tuple[PaymentHead, str]:
    books = outcome.act.books
    head = payment_named(books, outcome.facts[0].entities()[0])
    settled = [one for one in outcome.facts[0].entities() if one != head.payment]
    rows = []
    for number in settled:
        invoice = books.invoices.heads.get(number)
        assert invoice is not None
        rows.append((f"  {number}", f"{invoice.total:f}", invoice.status.value, _posted(books, number)))
    words = [f"Verified {head.payment}, {money(head.amount)} received {head.received}."]
    words += [table(["  invoice", "total>", "status", ""], rows)] if rows else []
    words += (
        [f"  {head.unapplied:f} {head.amount.currency} are the customer's unapplied money."] if head.unapplied else []
    )
    return head, "\n".join(words)


def _posted(books: Books, number: str) -> str:
    draft, head = books.invoices.current(number), books.invoices.heads.get(number)
    if draft is None or head is None or head.posted is None:
        return ""
    units = [f"{line.units:f} {line.entitlement}" for line in draft.lines if line.units is not None]
    fees = [f"fee {line.amount.number:f} deferred" for line in draft.lines if line.fee_of_line is not None]
    return f"posted: {', '.join(units + fees)}"


@command.command()
@click.argument("payment", shell_complete=_payments(PaymentStatus.SUBMITTED))
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
    head = payment_named(outcome.act.books, outcome.facts[0].entities()[0])
    return head, f"Rejected {head.payment}, {money(head.amount)} from {head.customer}: {head.rejected_reason}"


@command.command(name="list")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="Only of this customer.")
@click.option("--status", type=click.Choice([one.value for one in PaymentStatus]), help="Only those that stand here.")
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, status: str | None) -> None:
    """Payments, newest first.

    \b
    Examples:
      billing-beans payment list --status submitted
      billing-beans payment list --customer acme --json
    """
    session = session_of(ctx)
    heads = _found(session, customer, status)
    columns = ["payment", "submitted", "customer", "method", "amount>", "status", "received", "reference"]
    rows = [
        (
            one.payment,
            one.submitted,
            one.customer,
            one.method,
            money(one.amount),
            one.status.value,
            one.received,
            one.bank_reference,
        )
        for one in heads
    ]
    session.answer(heads, table(columns, rows) if rows else "No payments.")


def _found(session: Session, customer: str | None, status: str | None) -> list[PaymentHead]:
    heads = session.reading.books.payments.heads
    found = heads.range("customer", customer) if customer else heads.all()
    kept = [one for one in found if status is None or one.status.value == status]
    return sorted(kept, key=lambda one: one.submitted_id, reverse=True)


@command.command()
@click.argument("payment", shell_complete=_payments(*PaymentStatus))
@global_options
@click.pass_context
def show(ctx: click.Context, payment: str) -> None:
    """One payment: what it is for, where it stands, who verified it and when."""
    session = session_of(ctx)
    books = session.reading.books
    head = payment_named(books, payment)
    allocations = list(books.payments.allocations.range("payment", payment))
    rows = [
        ("customer", head.customer),
        ("amount", money(head.amount)),
        ("method", head.method),
        ("status", head.status.value),
        ("submitted", f"{head.submitted} by {head.submitted_by}"),
        ("reference", head.bank_reference),
        ("proof", head.proof),
        ("verified", f"{head.verified_at} by {head.verified_by}" if head.verified_at else None),
        ("received", head.received),
        ("unapplied", f"{head.unapplied:f} {head.amount.currency}" if head.unapplied else None),
        ("rejected", head.rejected_reason or None),
        *(("for", f"{one.invoice}  {money(one.amount)}") for one in allocations),
    ]
    words = table([payment, ""], [row for row in rows if row[1] is not None])
    session.answer({"payment": head, "allocations": allocations}, words)
