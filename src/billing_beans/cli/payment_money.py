"""`billing-beans payment allocate`, `deallocate` and `unapplied`: money that belongs to no invoice (Y4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from billing_beans.acts.money import allocate_money, reverse_allocation
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import AMOUNT, NUMBER, completes, ids_of
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.payment_words import (
    allocation,
    invoice_table,
    open_invoices,
    origin_named,
    origins,
    payments,
)
from billing_beans.cli.session import session_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.allocating import AllocateMoney, ReverseAllocation
from billing_beans.payments.facts import AllocationReversed, PaymentAllocated
from billing_beans.payments.operations import Allocate
from billing_beans.payments.records import PaymentStatus, UnappliedMoney


@click.command()
@click.argument("money", metavar="PAYMENT", shell_complete=completes(origins))
@click.argument("invoice", nargs=-1, shell_complete=completes(open_invoices))
@click.option(
    "--allocate",
    "shares",
    metavar="INVOICE[:LINE]=AMOUNT",
    multiple=True,
    help="How much of it is for one invoice, or for one line of it.",
)
@click.option("--amount", type=AMOUNT, help="How much, where one invoice is named; else what it owes.")
@click.option("--rate", type=NUMBER, help="What one of the invoices' currency costs in that of the money.")
@click.option("--id", "allocation_id", help="The allocation's id; else the next ALLOC-number.")
@global_options
@click.pass_context
def allocate(
    ctx: click.Context,
    money: str,
    invoice: tuple[str, ...],
    shares: tuple[str, ...],
    amount: Money | None,
    rate: Decimal | None,
    allocation_id: str | None,
) -> None:
    """Unapplied money of a payment, a credit note or an opening settles invoices, in the order given.

    Invoices that are now paid are posted in the same act.

    \b
    Examples:
      billing-beans payment allocate PAY-2 SG-2026-00003 SG-2026-00004
      billing-beans payment allocate SGC-2026-00001 SG-2026-00003 --amount "100.00 SGD"
      billing-beans payment allocate PAY-2 --allocate "SG-2026-00003:2=50.00 SGD"
    """
    session = session_of(ctx)
    if amount is not None and len(invoice) != 1:
        raise WrongUsage(
            f"--amount is for one invoice, and {len(invoice)} are named.", instead="use --allocate INVOICE=AMOUNT"
        )
    wanted = (*(allocation(text) for text in shares), *(Allocate(one, amount) for one in invoice))
    origin = origin_named(session.reading.books, money)
    session.perform(allocate_money, AllocateMoney(origin, wanted, rate, allocation_id), _say_allocated)


def _say_allocated(outcome: Outcome) -> tuple[Any, str]:
    books = outcome.act.books
    fact = outcome.facts[0]
    assert isinstance(fact, PaymentAllocated)
    left = books.payments.money.get(fact.origin)
    assert left is not None
    words = [f"Applied {money(fact.unapplied.units)} of {fact.origin.partition('/')[2]} ({fact.allocation})."]
    words.append(invoice_table(books, (leg.invoice for leg in fact.settles), outcome.facts))
    words += credits_said(books, outcome.facts)
    words.append(f"  {left.available:f} {left.currency} of it are left unapplied.")
    return {"allocation": fact.allocation, "unapplied": left}, "\n".join(words)


@click.command()
@click.argument("money", metavar="PAYMENT", shell_complete=payments(PaymentStatus.VERIFIED))
@click.argument("invoice")
@click.option("--amount", type=AMOUNT, help="How much of it; else all that it settles.")
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@global_options
@click.pass_context
def deallocate(ctx: click.Context, money: str, invoice: str, amount: Money | None, reason: str) -> None:
    """What a payment, or other money, settled of an invoice is taken back: the invoice is open again by so much.

    The money is the customer's unapplied money then, to be allocated elsewhere or refunded.

    \b
    Example:
      billing-beans payment deallocate PAY-1 SG-2026-00001 --reason "meant for another invoice"
    """
    session = session_of(ctx)
    origin = origin_named(session.reading.books, money)
    session.perform(reverse_allocation, ReverseAllocation(origin, invoice, reason, amount), _say_deallocated)


def _say_deallocated(outcome: Outcome) -> tuple[Any, str]:
    books, fact = outcome.act.books, outcome.facts[0]
    assert isinstance(fact, AllocationReversed)
    back = new_money(-fact.unapplied.number, fact.unapplied.currency)
    left = books.payments.money.get(fact.origin)
    words = [f"Took back {money(back)} of {fact.origin.partition('/')[2]} from {fact.invoice}: {fact.reason}"]
    words.append(invoice_table(books, [fact.invoice], outcome.facts))
    return {"invoice": fact.invoice, "amount": back, "unapplied": left}, "\n".join(words)


@click.command()
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="Only of this customer.")
@click.option("--all", "every", is_flag=True, help="What is used up as well.")
@global_options
@click.pass_context
def unapplied(ctx: click.Context, customer: str | None, every: bool) -> None:
    """Money of customers that belongs to no invoice, by what it came from: payments, credit notes, openings.

    \b
    Examples:
      billing-beans payment unapplied
      billing-beans payment unapplied --customer acme --json
    """
    session = session_of(ctx)
    books = session.reading.books.payments.money
    found = list(books.range("customer", customer) if customer else books.all())
    kept = [one for one in found if every or one.remaining]
    kept.sort(key=lambda one: (one.customer, one.sequence))
    session.answer({"unapplied": kept, "totals": _totals(kept)}, _unapplied_words(kept))


def _totals(found: list[UnappliedMoney]) -> list[Money]:
    sums: dict[str, Decimal] = {}
    for one in found:
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.remaining
    return [Money(amount, currency) for currency, amount in sorted(sums.items())]


def _unapplied_words(found: list[UnappliedMoney]) -> str:
    if not found:
        return "No unapplied money."
    rows = [
        (
            one.customer,
            one.origin.replace("/", " "),
            one.date,
            f"{one.amount:f}",
            f"{one.remaining:f}",
            f"{one.reserved:f}" if one.reserved else "",
            f"{one.available:f}",
            one.currency,
        )
        for one in found
    ]
    columns = ["customer", "from", "since", "came>", "left>", "kept for refunds>", "free>", "currency"]
    totals = ", ".join(money(one) for one in _totals(found))
    return f"{table(columns, rows)}\n\n{totals} in all."
