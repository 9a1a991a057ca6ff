"""`billing-beans credit top-up` (W2): with an invoice, for a payment, or from money that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import click

from billing_beans.acts.credits import (
    TopUpByInvoice,
    TopUpByPayment,
    buy_credits,
    top_up_by_invoice,
    top_up_by_payment,
)
from billing_beans.books import Books
from billing_beans.catalog.facts import CreditUnitAdded, CustomerAdded, LegalEntityAdded, ProductAdded, Revenue
from billing_beans.cli.arguments import AMOUNT, NUMBER, completes, ids_of
from billing_beans.cli.credit_grants import grant_result
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.credit_terms import TypedTerms, say_if_ignored, terms_of, terms_options, zone_of_seller
from billing_beans.cli.credit_words import number
from billing_beans.cli.invoice_words import lines_and_total, one_line, row_named
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.payment_words import origin_named, origins
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME, NumbersAsArguments, source_like
from billing_beans.core.accounts import Account
from billing_beans.core.calendar import format_moment, parse_day
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import Money, times
from billing_beans.credits.adjusting import grant_named
from billing_beans.credits.facts import CreditGranted, CreditRequested
from billing_beans.credits.granting import BuyCredits
from billing_beans.credits.moments import zone_of
from billing_beans.credits.units import unit_chosen, unit_in
from billing_beans.invoicing.operations import draft_named
from billing_beans.invoicing.status import Status
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.allocating import money_named, parties_of_money
from billing_beans.payments.facts import Method, PaymentSubmitted
from billing_beans.payments.operations import SubmitPayment, payment_named
from billing_beans.payments.records import UnappliedMoney
from billing_beans.reports.grants import standing_of


def _top_ups(books: Books) -> Iterable[tuple[str, str]]:
    for one in _sold(books, date.max, None):
        yield one.product, one_line(one.name)


_OPTIONS = (
    click.option(
        "--unit",
        metavar="UNIT",
        type=NAME,
        shell_complete=ids_of(CreditUnitAdded),
        help="Which credits, of several kinds.",
    ),
    click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="The legal entity that sells, of several."),
    click.option(
        "--product",
        type=NAME,
        shell_complete=completes(_top_ups),
        help="By invoice: what sells them, where several do.",
    ),
    click.option("--draft", is_flag=True, help="By invoice: leave it a draft."),
    click.option("--due", metavar="DATE", help="By invoice: when it is to be paid."),
    click.option(
        "--payment", "pending", is_flag=True, help="For a payment that is submitted now; granted when it is verified."
    ),
    click.option("--receive", "received", is_flag=True, help="For a payment that is there already; granted at once."),
    click.option(
        "--from",
        "origin",
        metavar="MONEY",
        shell_complete=completes(origins),
        help="Unapplied money: PAY-2, a credit note.",
    ),
    click.option("--price", type=AMOUNT, help="What is paid for all of them; else what they are worth."),
    click.option("--bonus", type=NUMBER, metavar="CREDITS", help="How many free credits come with them."),
    click.option(
        "--method", type=click.Choice([one.value for one in Method]), help="Of the payment; else bank-transfer."
    ),
    click.option("--payer", help="Of the payment: who pays, as the bank or the processor names them."),
    click.option("--reference", help="Of the payment: the reference on the bank statement."),
    click.option("--proof", help="Of the payment: where the proof lies."),
    click.option(
        "--source",
        type=source_like("stripe/ch_1"),
        metavar="TYPE/ID",
        help="What the payment is at a processor: stripe/ch_1.",
    ),
    click.option("--into", metavar="ACCOUNT", help="With --receive: the account that received it."),
    click.option("--fee", type=AMOUNT, help='With --receive: what the processor kept: "2.90 USD".'),
    click.option("--id", "grant", metavar="GRANT", type=NAME, help="The grant's id; else the next GRANT-number."),
)

_INVOICE = ("product", "draft", "due")
_BOUGHT = ("price", "bonus", "grant")
_PAYMENT = ("method", "payer", "reference", "proof", "source")
_RECEIVED = ("into", "fee")


def _options(function: Any) -> Any:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command(cls=NumbersAsArguments)
@click.argument("customer", type=NAME, shell_complete=ids_of(CustomerAdded))
@click.argument("credits_", metavar="CREDITS", type=NUMBER)
@_options
@terms_options
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    customer: str,
    credits_: Decimal,
    pending: bool,
    received: bool,
    origin: str | None,
    terms: TypedTerms,
    **given: Any,
) -> None:
    """Sell credits. With an invoice, they are granted when it is paid; its product says for how long, and with which bonus.

    With --payment or --receive there is no invoice; with --from the customer's unapplied money pays.

    \b
    Examples:
      billing-beans credit top-up acme 100
      billing-beans credit top-up acme 100 --payment --reference FT26012ABC --until 2026-12-31
      billing-beans credit top-up acme 120 --receive --price "100.00 USD" --method processor --source stripe/ch_1
      billing-beans credit top-up acme 50 --from PAY-2 --bonus 5
    """
    session = session_of(ctx)
    ways = [name for name, said in (("--payment", pending), ("--receive", received), ("--from", origin)) if said]
    if len(ways) > 1:
        raise WrongUsage(f"{ways[0]} and {ways[1]} are two ways to pay.", instead="give one of them")
    if not ways:
        _refuse_by_invoice(given, terms)
        _by_invoice(session, customer, credits_, given)
    elif origin is not None:
        _refuse(given, (*_INVOICE, *_PAYMENT, *_RECEIVED), "--from")
        _from_money(session, customer, credits_, origin, terms, given)
    else:
        _refuse(given, _INVOICE if received else (*_INVOICE, *_RECEIVED), ways[0])
        _by_payment(session, customer, credits_, terms, given, received=received)


_OPTION = {"grant": "--id"}


def _refuse(given: Mapping[str, Any], names: Iterable[str], way: str) -> None:
    """Options that mean nothing in this way of paying. Raises `WrongUsage`."""
    said = _said(given, names)
    if said:
        raise WrongUsage(f"{said[0]} means nothing with {way}.", instead="leave one of the two out")


def _said(given: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [_OPTION.get(name, f"--{name}") for name in names if given[name] is not None and given[name] is not False]


def _refuse_by_invoice(given: Mapping[str, Any], terms: TypedTerms) -> None:
    """What an invoice sells is said by its product. Raises `WrongUsage`."""
    said = [*_said(given, (*_BOUGHT, *_PAYMENT, *_RECEIVED)), *([terms.first_given] if terms.first_given else [])]
    if said:
        raise WrongUsage(
            f"{said[0]} can't be said of a top-up by invoice: its product says the price, the bonus, and for how long they can be used.",
            rule="W2: what an invoice sells is what its product says.",
            instead="leave it out, or billing-beans product change PRODUCT --valid-days DAYS; or pay without an invoice: --payment, "
            "--receive, --from",
        )


def _by_invoice(session: Session, customer: str, units: Decimal, given: Mapping[str, Any]) -> None:
    books = session.reading.books
    due = parse_day(given["due"], session.today) if given["due"] is not None else None
    sold = _product(books, session.day or session.today, given["product"], _upper(given["unit"]))
    request = TopUpByInvoice(customer, units, sold, given["seller"], due, given["draft"])
    session.perform(top_up_by_invoice, request, _say_invoiced)


def _upper(unit: str | None) -> str | None:
    return unit.upper() if unit is not None else None


def _sold(books: Books, day: date, unit: str | None) -> list[ProductAdded]:
    return [
        one
        for one in books.catalog.valid_on(ProductAdded, day)
        if one.revenue is Revenue.TOP_UP and unit in (None, one.credit_unit)
    ]


def _product(books: Books, day: date, wanted: str | None, unit: str | None) -> str:
    """The product that sells the credits: the one named, or the only one. Raises `Refused` or `WrongUsage`."""
    found = _sold(books, day, unit)
    if wanted is not None:
        if unit is not None and all(one.product != wanted for one in found):
            raise WrongUsage(f"{wanted} sells no {unit}.", instead="leave out --unit, or billing-beans product list")
        return wanted
    if len(found) == 1:
        return found[0].product
    if not found:
        raise Refused(
            f"No product sells {unit or 'credits'} on {day}.",
            rule="W2: credits are sold by a product of the revenue top-up.",
            instead=f"billing-beans product add top-up --revenue top-up --credit-unit {unit or 'CREDIT-USD'} --name ... --tax-code ...; "
            "or without an invoice: --payment, --receive, --from",
        )
    names = ", ".join(one.product for one in found)
    raise WrongUsage(f"{len(found)} products sell {unit or 'credits'}: {names}.", instead="choose with --product")


def _by_payment(
    session: Session, customer: str, units: Decimal, terms: TypedTerms, given: Mapping[str, Any], *, received: bool
) -> None:
    books, day = session.reading.books, session.day or session.today
    unit = _unit(books, given["unit"], given["price"].currency if given["price"] is not None else None, day)
    payment = SubmitPayment(
        method=Method(given["method"] or Method.BANK_TRANSFER),
        amount=_price(given["price"], units, unit),
        bank_reference=given["reference"],
        proof=given["proof"],
        customer=customer,
        seller=given["seller"],
        payer=given["payer"],
        source=given["source"],
    )
    request = TopUpByPayment(
        payment,
        units,
        unit.credit_unit,
        given["bonus"],
        terms_of(terms, session, lambda: zone_of_seller(session, customer, given["seller"])),
        given["grant"],
        received,
        Account(given["into"]) if given["into"] else None,
        given["fee"],
    )
    session.perform(top_up_by_payment, request, lambda outcome: _say_paid(outcome, terms.priority))


def _unit(books: Books, wanted: str | None, currency: str | None, day: date) -> CreditUnitAdded:
    """The kind of credits: the one named, the only one that this money buys, or the only one. Raises `Refused` or `WrongUsage`."""
    in_currency = unit_in(books, currency, day) if currency is not None else None
    return unit_chosen(books, _upper(wanted) or in_currency, day)


def _price(said: Money | None, units: Decimal, unit: CreditUnitAdded) -> Money:
    """What credits cost: the price that is said, or what they are worth. Raises `WrongUsage` where that is nothing that can be paid."""
    if said is not None and said.number <= 0:
        raise WrongUsage(
            f"{money(said)} is no price of credits.",
            instead="give one above zero; free ones are granted: billing-beans credit grant",
        )
    if said is not None:
        return said
    price = times(units, unit.face.number, unit.face.currency)
    if units <= 0:
        raise WrongUsage(f"{units:f} credits can't be bought.", instead="give a number above zero")
    if Fraction(price.number) != Fraction(units) * Fraction(unit.face.number):
        worth = number(units * unit.face.number)
        raise WrongUsage(
            f"{number(units)} {unit.credit_unit} are worth {worth} {price.currency}, which can't be paid.",
            rule="P3: what is paid is in the minor units of its currency.",
            instead=f'say what is paid for them: --price "... {price.currency}"',
        )
    return price


def _from_money(
    session: Session, customer: str, units: Decimal, text: str, terms: TypedTerms, given: Mapping[str, Any]
) -> None:
    books, day = session.reading.books, session.day or session.today
    origin = origin_named(books, text)
    found = money_named(books, origin)
    _must_be_of(books, found, text, customer, given["seller"])
    unit = _unit(books, given["unit"], found.currency, day)
    entity = parties_of_money(found).seller
    request = BuyCredits(
        origin,
        units,
        _price(given["price"], units, unit),
        unit.credit_unit,
        given["bonus"],
        terms_of(terms, session, lambda: zone_of(books, entity, day)),
        given["grant"],
    )
    session.perform(buy_credits, request, lambda outcome: _say_paid(outcome, terms.priority))


def _must_be_of(books: Books, found: UnappliedMoney, text: str, customer: str, seller: str | None) -> None:
    """Raises `Refused` where the money is another's."""
    holder = books.catalog.entity_with(parties_of_money(found).seller)
    if found.customer != customer or seller not in (None, holder):
        raise Refused(
            f"{text} is money of {found.customer} with {holder}.",
            rule="B3: money of one customer and legal entity buys only its own credits.",
            instead=f"billing-beans payment unapplied --customer {customer}",
        )


def _say_invoiced(outcome: Outcome) -> tuple[Any, str]:
    books, invoice = outcome.act.books, outcome.facts[0].entities()[0]
    draft, row = draft_named(books, invoice), row_named(books, invoice)
    words = [f"{'Drafted' if row.status is Status.DRAFT else 'Issued'} {invoice} for {one_line(draft.bill_to_name)}"]
    words += [lines_and_total(books, draft), *credits_said(books, outcome.facts)]
    line = draft.lines[0]
    bonus = f" and {number(line.bonus_units)} free" if line.bonus_units is not None else ""
    granted = f"  {number(line.units or Decimal(0))} {line.credit_unit}{bonus} are granted when it is paid."
    if row.status is Status.DRAFT:
        words += [granted, f"Next: billing-beans invoice issue {invoice}"]
    elif row.owed.number:
        words += [granted, f"Next: billing-beans invoice render {invoice}, and when the money comes:"]
        words += [f"      billing-beans payment submit {invoice}"]
    return {"invoice": row, "grants": _results(outcome)}, "\n".join(words)


def _say_paid(outcome: Outcome, priority: int | None) -> tuple[Any, str]:
    books = outcome.act.books
    first = next(one for one in outcome.facts if isinstance(one, CreditGranted | CreditRequested))
    say_if_ignored(books, priority, first.date)
    paid = [one for one in outcome.facts if isinstance(one, PaymentSubmitted)]
    result: dict[str, Any] = {"grants": _results(outcome)}
    words = [f"Topped up {first.customer}."]
    if paid:
        head = payment_named(books, paid[0].payment)
        result["payment"] = head
        words = [f"Received {head.payment}, {money(head.amount)} from {head.customer}."]
        if isinstance(outcome.facts[-1], CreditRequested):
            words = [f"Submitted {head.payment}, {money(head.amount)} from {head.customer}; no money moved yet."]
    words += credits_said(books, outcome.facts)
    if isinstance(outcome.facts[-1], CreditRequested):
        words.append(f"Next: billing-beans payment verify {outcome.facts[-1].payment}")
    else:
        words.append(f"Next: billing-beans credit balance {first.customer}")
    return result, "\n".join(words)


def _results(outcome: Outcome) -> list[Any]:
    """The grants of an act, for programs; an invoice's wait for it."""
    books = outcome.act.books
    moment = format_moment(outcome.act.context.now)
    named = [one.grant for one in outcome.facts if isinstance(one, CreditGranted | CreditRequested)]
    invoice = outcome.facts[0].entities()[0]
    names = dict.fromkeys([*named, *(one.grant for one in books.credits.grants.range("invoice", invoice))])
    found = [grant_named(books, name) for name in names]
    return [
        grant_result(one, books.catalog.entity_with(one.wallet.partition("/")[0]), standing_of(one, moment))
        for one in found
    ]
