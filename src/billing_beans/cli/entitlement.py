"""`billing-beans entitlement`: consume, balance, lots."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import click

from billing_beans.acts.entitlements import consume_entitlement
from billing_beans.books import Books
from billing_beans.cli.arguments import NUMBER, completes
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME, NumbersAsArguments, source_like
from billing_beans.core.errors import Refused
from billing_beans.core.facts import Leg
from billing_beans.core.money import Money, minor_digits
from billing_beans.entitlements.balances import Balance, balances_of, is_fee, unit_of
from billing_beans.entitlements.facts import EntitlementConsumed
from billing_beans.entitlements.operations import Consume
from billing_beans.entitlements.state import Lot
from billing_beans.ledger.ledger import Outcome


def _holders(books: Books) -> Iterable[tuple[str, str]]:
    units: dict[str, list[str]] = {}
    for one in balances_of(books):
        units.setdefault(one.customer, []).append(f"{one.units:f} {one.entitlement}")
    return [(customer, ", ".join(held)) for customer, held in units.items()]


def _units(books: Books) -> Iterable[tuple[str, str]]:
    return {one.entitlement: one.name for one in books.catalog.products.all() if one.entitlement}.items()


@click.group()
def command() -> None:
    """Entitlements: units that a paid invoice granted, and their consumption, oldest lot first.

    \b
    Examples:
      billing-beans entitlement consume acme PLACEMENT 1 --source placement/991
      billing-beans entitlement balance acme
      billing-beans entitlement lots acme GIG
    """


@command.command(cls=NumbersAsArguments)
@click.argument("customer", type=NAME, shell_complete=completes(_holders))
@click.argument("unit", type=NAME, shell_complete=completes(_units))
@click.argument("quantity", type=NUMBER)
@click.option("--source", type=source_like("placement/991"), metavar="TYPE/ID", help="What used them: placement/991.")
@click.option("--seller", help="The legal entity that granted them, where several did.")
@global_options
@click.pass_context
def consume(
    ctx: click.Context, customer: str, unit: str, quantity: Decimal, source: str | None, seller: str | None
) -> None:
    """Use units: the oldest lots first. What was deferred for them is earned, or owed to others.

    \b
    Examples:
      billing-beans entitlement consume acme PLACEMENT 1 --source placement/991
      billing-beans entitlement consume acme GIG 2.5 --date yesterday --idempotency-key shift-4711
    """
    request = Consume(customer, unit.upper(), quantity, source, seller)
    session_of(ctx).perform(consume_entitlement, request, _say_consumed)


def _say_consumed(outcome: Outcome) -> tuple[list[Balance], str]:
    books = outcome.act.books
    (fact,) = outcome.facts
    assert isinstance(fact, EntitlementConsumed)
    account = fact.lots[0].account.split(":")
    left = [
        one
        for one in balances_of(books, account[3])
        if one.entitlement == fact.entitlement and _same_seller(books, one, account[1])
    ]
    units = sum((one.units for one in left), start=Decimal(0))
    lots = [(f"  {_lot_name(leg)}", f"{leg.number:f}", _cost(leg), money(_short(leg.weight))) for leg in fact.lots]
    words = [
        f"Consumed {fact.units:f} {fact.entitlement} of {fact.customer}.",
        table(["  lot", "units>", "unit cost>", "worth>"], lots),
        *(f"  {money(_short(-leg.units))} earned: {leg.account}" for leg in fact.earned),
        *(f"  {money(_short(-leg.units))} owed to others: {leg.account}" for leg in fact.owed),
        f"  {units:f} {fact.entitlement} left",
    ]
    return left, "\n".join(words)


def _same_seller(books: Books, balance: Balance, component: str) -> bool:
    return any(one.account == component for one in books.catalog.entities.range("versions", balance.seller))


def _lot_name(leg: Leg) -> str:
    return leg.cost.label or "" if leg.cost else ""


def _cost(leg: Leg) -> str:
    return f"{leg.cost.number:f}" if leg.cost else ""


def _short(amount: Money) -> Money:
    """The amount with the minor units of its currency, and more decimals only where it has them."""
    digits = minor_digits(amount.currency)
    short = amount.number.normalize()
    exponent = short.as_tuple().exponent
    assert isinstance(exponent, int)
    return Money(round(short, max(digits, -exponent)), amount.currency)


@command.command()
@click.argument("customer", type=NAME, required=False, shell_complete=completes(_holders))
@global_options
@click.pass_context
def balance(ctx: click.Context, customer: str | None) -> None:
    """Units that are left, and what is held for them: deferred revenue, funds of others, deferred platform fee.

    \b
    Examples:
      billing-beans entitlement balance
      billing-beans entitlement balance acme --json
    """
    session = session_of(ctx)
    books = session.reading.books
    balances = balances_of(books, _account(books, customer) if customer else None)
    rows = [
        (
            one.customer,
            one.entitlement,
            one.seller,
            f"{one.units:f}",
            money(_short(one.deferred_revenue)),
            money(_short(one.funds_held)),
            money(_short(one.deferred_fee)),
        )
        for one in balances
    ]
    columns = ["customer", "entitlement", "seller", "units>", "deferred revenue>", "funds held>", "deferred fee>"]
    nothing = f"{customer} was never granted anything." if customer else "Nothing was granted yet."
    session.answer(balances, table(columns, rows) if rows else nothing)


def _account(books: Books, customer: str) -> str:
    """The component of a customer's accounts. Raises `Refused` for an unknown one."""
    versions = list(books.catalog.customers.range("versions", customer))
    if not versions:
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    return versions[-1].account


class LotRow(NamedTuple):
    """A lot as it is listed. `worth` is that of the remaining units, with all its decimals."""

    unit: str
    label: str
    seller_account: str
    date: date
    unit_cost: Money
    granted: Decimal
    remaining: Decimal
    worth: Money


@command.command()
@click.argument("customer", type=NAME, shell_complete=completes(_holders))
@click.argument("unit", type=NAME, required=False, shell_complete=completes(_units))
@click.option("--all", "every", is_flag=True, help="Used up lots too.")
@global_options
@click.pass_context
def lots(ctx: click.Context, customer: str, unit: str | None, every: bool) -> None:
    """Lots in the order in which they are used: of each unit the oldest first, the fee's lots behind their units'.

    \b
    Examples:
      billing-beans entitlement lots acme
      billing-beans entitlement lots acme GIG --all
    """
    session = session_of(ctx)
    books = session.reading.books
    owned = list(books.entitlements.lots.range("owner", _account(books, customer)))
    owned.sort(key=lambda lot: (unit_of(lot), is_fee(lot)))
    if unit is not None:
        owned = _of_unit(customer, owned, unit.upper())
    rows = [_lot_row(lot) for lot in owned if every or lot.remaining]
    cells = [
        (
            one.unit,
            one.label,
            one.date,
            money(_short(one.unit_cost)),
            f"{one.granted:f}",
            f"{one.remaining:f}",
            money(_short(one.worth)),
        )
        for one in rows
    ]
    columns = ["unit", "lot", "since", "unit cost>", "granted>", "remaining>", "worth>"]
    session.answer(rows, table(columns, cells) if cells else _no_lots(customer, owned))


def _no_lots(customer: str, owned: list[Lot]) -> str:
    if owned:
        return f"{customer} has used up every lot; --all shows them."
    return f"{customer} was never granted anything."


def _of_unit(customer: str, owned: list[Lot], unit: str) -> list[Lot]:
    """The lots of one entitlement, and of its fee. Raises `Refused` where there never was one."""
    units = dict.fromkeys(unit_of(lot) for lot in owned)
    if unit not in units:
        has = f"; it has {', '.join(units)}" if units else ""
        raise Refused(
            f"{customer} was never granted any {unit}{has}.", instead=f"billing-beans entitlement balance {customer}"
        )
    return [lot for lot in owned if unit_of(lot) == unit]


def _lot_row(lot: Lot) -> LotRow:
    return LotRow(
        lot.unit,
        lot.label,
        lot.account.split(":")[1],
        lot.date,
        Money(lot.cost, lot.currency),
        lot.granted,
        lot.remaining,
        Money(lot.worth, lot.currency),
    )
