"""`billing-beans payment chargeback` and `payment payout` (Y3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from billing_beans.acts.money import ReturnPayout, charge_back, record_payout, return_payout, reverse_chargeback
from billing_beans.books import Books
from billing_beans.cli.arguments import AMOUNT, completes
from billing_beans.cli.credit_said import credits_said, reopened_words
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.payment_words import invoice_table, next_for_credits, payments
from billing_beans.cli.session import session_of
from billing_beans.core.accounts import Account, Role, place_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.chargebacks import ChargeBack, RecordPayout, ReverseChargeback
from billing_beans.payments.facts import ChargebackReversed, PaymentChargedBack, PayoutReceived, PayoutReturned
from billing_beans.payments.records import PaymentStatus


@click.command()
@click.argument("payment", shell_complete=payments(PaymentStatus.VERIFIED))
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--reason", help="Why: it is kept for ever. A chargeback that is recorded needs one.")
@click.option(
    "--fee", type=AMOUNT, help="What the processor takes for it; with --reversed, what it gives back of that."
)
@click.option("--from", "account", metavar="ACCOUNT", help="Where the money left; else where the payment came in.")
@click.option(
    "--reversed", "is_reversed", is_flag=True, help="The dispute was won: PAYMENT is the chargeback's id, CB-1."
)
@click.option("--id", "identifier", help="The chargeback's id; else the next CB-number.")
@global_options
@click.pass_context
def chargeback(
    ctx: click.Context,
    payment: str,
    amount: Money | None,
    reason: str | None,
    fee: Money | None,
    account: str | None,
    is_reversed: bool,
    identifier: str | None,
) -> None:
    """The customer's bank took a payment back: what was unapplied of it first, then its invoices are open again.

    Credits that it had paid are taken back as far as that needs: unspent ones first, then those that paid invoices.

    \b
    Examples:
      billing-beans payment chargeback PAY-7 --reason fraudulent --fee "15.00 SGD"
      billing-beans payment chargeback CB-1 --reversed
    """
    session = session_of(ctx)
    place = Account(account) if account else None
    if is_reversed:
        if amount is not None:
            raise WrongUsage("A chargeback is reversed whole.", instead="leave out the amount")
        session.perform(reverse_chargeback, ReverseChargeback(payment, fee, place), _say_reversed)
        return
    if not reason or not reason.strip():
        raise WrongUsage(
            "A chargeback needs a reason.",
            instead="say it with --reason, such as --reason fraudulent; one that was won is taken back with --reversed",
        )
    session.perform(charge_back, ChargeBack(payment, reason, amount, fee, place, identifier), _say_charged_back)


def _say_charged_back(outcome: Outcome) -> tuple[Any, str]:
    books = outcome.act.books
    fact = next(one for one in outcome.facts if isinstance(one, PaymentChargedBack))
    one = books.payments.chargebacks.get(fact.chargeback)
    assert one is not None
    fee = f", for a fee of {one.fee:f}" if one.fee else ""
    words = [f"Recorded {one.chargeback}: {money(one.amount)} of {one.payment} taken back{fee}: {one.reason}"]
    if fact.unapplied:
        words.append(f"  {fact.unapplied.number:f} of it were unapplied.")
    if fact.reopens:
        words.append(invoice_table(books, (leg.invoice for leg in fact.reopens), outcome.facts))
    words += [*credits_said(books, outcome.facts), *reopened_words(books, outcome.facts)]
    return one, "\n".join([*words, f"When it is won: billing-beans payment chargeback {one.chargeback} --reversed"])


def _say_reversed(outcome: Outcome) -> tuple[Any, str]:
    books, fact = outcome.act.books, outcome.facts[0]
    assert isinstance(fact, ChargebackReversed)
    words = [f"Reversed {fact.chargeback}: {money(fact.into.units)} of {fact.payment} are back."]
    if fact.settles:
        words.append(invoice_table(books, (leg.invoice for leg in fact.settles), outcome.facts))
    if fact.rest:
        words.append(f"  {-fact.rest.number:f} {fact.rest.currency} are the customer's unapplied money.")
    words += next_for_credits(books, fact.payment)
    return books.payments.chargebacks.get(fact.chargeback), "\n".join(words)


def _processors(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.accounts.all():
        place = place_of(one.account)
        if place is not None and place.role is Role.PROCESSOR:
            yield one.account, ", ".join(one.currencies)


@click.command()
@click.argument("account", shell_complete=completes(_processors))
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--into", metavar="ACCOUNT", help="The bank account; else that of the legal entity.")
@click.option("--fee", type=AMOUNT, help="What the processor kept of it.")
@click.option("--returned", metavar="REASON", help="It came back: ACCOUNT is the payout's id, PO-1.")
@click.option("--id", "identifier", help="The payout's id; else the next PO-number.")
@global_options
@click.pass_context
def payout(
    ctx: click.Context,
    account: str,
    amount: Money | None,
    into: str | None,
    fee: Money | None,
    returned: str | None,
    identifier: str | None,
) -> None:
    """A processor paid out what it held: the money is on the bank account now.

    \b
    Examples:
      billing-beans payment payout Assets:SG:Processor:Stripe "500.00 SGD" --date 2026-01-26
      billing-beans payment payout PO-1 --returned "no such account"
    """
    session = session_of(ctx)
    if returned is not None:
        session.perform(return_payout, ReturnPayout(account, returned), _say_returned)
        return
    if amount is None:
        raise WrongUsage("How much was paid out?", instead=f'billing-beans payment payout {account} "500.00 SGD"')
    request = RecordPayout(amount, Account(account), Account(into) if into else None, fee, identifier)
    session.perform(record_payout, request, _say_paid_out)


def _say_paid_out(outcome: Outcome) -> tuple[Any, str]:
    fact = outcome.facts[0]
    assert isinstance(fact, PayoutReceived)
    held = new_money(-fact.paid_from.number, fact.paid_from.currency)
    fee = f", less {fact.fee.number:f}" if fact.fee else ""
    words = f"Recorded {fact.payout}: {money(held)} from {fact.paid_from.account} to {fact.into.account}{fee}."
    return outcome.act.books.payments.payouts.get(fact.payout), words


def _say_returned(outcome: Outcome) -> tuple[Any, str]:
    fact = outcome.facts[0]
    assert isinstance(fact, PayoutReturned)
    words = f"Returned {fact.payout}: {money(fact.into.units)} are on {fact.into.account} again: {fact.reason}"
    return outcome.act.books.payments.payouts.get(fact.payout), words
