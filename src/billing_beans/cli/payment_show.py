"""`billing-beans payment list` and `payment show`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.credit_words import number
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.payment_words import payments
from billing_beans.cli.session import Session, session_of
from billing_beans.core.money import Money
from billing_beans.credits.records import Grant
from billing_beans.payments.operations import payment_named
from billing_beans.payments.records import Allocation, Chargeback, PaymentHead, PaymentStatus, Refund


@click.command(name="list")
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


@click.command()
@click.argument("payment", shell_complete=payments(*PaymentStatus))
@global_options
@click.pass_context
def show(ctx: click.Context, payment: str) -> None:
    """One payment: what it is for, where it stands, what it settles now, and what became of the rest.

    \b
    Examples:
      billing-beans payment show PAY-1
      billing-beans payment show PAY-1 --json
    """
    session = session_of(ctx)
    books = session.reading.books
    shown = _shown(books, payment)
    session.answer(shown, "\n\n".join(part for part in _parts(books, shown) if part))


class Shown(NamedTuple):
    """Everything there is to a payment. Amounts are positive, in its currency."""

    payment: PaymentHead
    allocations: list[Allocation]
    settles: list[Settled]
    unapplied: Money
    credits_bought: list[Grant]
    refunds: list[Refund]
    chargebacks: list[Chargeback]


class Settled(NamedTuple):
    """What a payment settles of an invoice now, in the invoice's currency."""

    invoice: str
    amount: Money


def _shown(books: Books, payment: str) -> Shown:
    head = payment_named(books, payment)
    origin = f"payment/{payment}"
    settled: dict[str, Decimal] = {}
    currencies: dict[str, str] = {}
    for one in books.invoices.settlements.range("origin", origin):
        settled[one.invoice] = settled.get(one.invoice, Decimal(0)) + one.amount.number
        currencies[one.invoice] = one.amount.currency
    unapplied = books.payments.money.get(origin)
    through = {one.refund: one for one in books.payments.refunds.range("origin", origin)}
    return Shown(
        head,
        list(books.payments.allocations.range("payment", payment)),
        [Settled(invoice, Money(amount, currencies[invoice])) for invoice, amount in settled.items() if amount],
        Money(unapplied.remaining if unapplied else Decimal(0), head.amount.currency),
        [*_bought(books, payment)],
        [*through.values()],
        list(books.payments.chargebacks.range("payment", payment)),
    )


def _bought(books: Books, payment: str) -> Iterable[Grant]:
    """The grants that wait for a payment, or that its money paid, each once."""
    grants = books.credits.grants
    found = [*grants.range("payment", payment), *grants.range("origin", f"payment/{payment}")]
    return {one.grant: one for one in found}.values()


def _parts(books: Books, shown: Shown) -> Iterable[str]:
    head = shown.payment
    rows = [
        ("customer", head.customer),
        ("amount", money(head.amount)),
        ("method", head.method),
        ("status", head.status.value),
        ("submitted", f"{head.submitted} by {head.submitted_by}"),
        ("payer", head.payer),
        ("reference", head.bank_reference),
        ("source", head.source),
        ("proof", head.proof),
        ("verified", f"{head.verified_at} by {head.verified_by}" if head.verified_at else None),
        ("received", head.received),
        ("into", head.into or None),
        ("unapplied", _unapplied_words(books, shown) if shown.unapplied.number else None),
        ("can still go back", f"{head.refundable:f} {head.amount.currency}" if head.verified_at else None),
        ("rejected", head.rejected_reason or None),
        *(("for", _share_words(one)) for one in shown.allocations),
    ]
    yield table([head.payment, ""], [row for row in rows if row[1] is not None])
    yield _rows(["settles", "amount>"], [(one.invoice, money(one.amount)) for one in shown.settles])
    bought = [
        (
            one.grant,
            f"{number(one.units)} {one.unit}",
            money(one.price) if one.price is not None else "",
            one.status.value,
            number(one.remaining),
        )
        for one in shown.credits_bought
    ]
    yield _rows(["buys credits", "units>", "price>", "status", "left>"], bought)
    refunds = [(one.refund, money(one.amount), one.status.value, one.requested, one.reason) for one in shown.refunds]
    yield _rows(["refund", "amount>", "status", "requested", "reason"], refunds)
    taken = [
        (one.chargeback, money(one.amount), one.taken, one.reversed or "", one.reason) for one in shown.chargebacks
    ]
    yield _rows(["chargeback", "amount>", "taken", "reversed", "reason"], taken)


def _rows(columns: list[str], rows: Sequence[tuple[object, ...]]) -> str:
    return table(columns, rows) if rows else ""


def _unapplied_words(books: Books, shown: Shown) -> str:
    reserved = books.payments.money.get(f"payment/{shown.payment.payment}")
    kept = f", {reserved.reserved:f} of it kept for refunds" if reserved is not None and reserved.reserved else ""
    return f"{money(shown.unapplied)}{kept}"


def _share_words(one: Allocation) -> str:
    line = f", line {one.line}" if one.line is not None else ""
    paid = f"  ({money(one.paid)} at {one.rate:f})" if one.paid is not None else ""
    return f"{one.invoice}{line}  {money(one.amount)}{paid}"
