"""`billing-beans credit balance` (W8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import click

from billing_beans.books import Books
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.credit_options import complete_holders, known, unit_option
from billing_beans.cli.credit_words import account_result, counted, exact, exact_number, number, split, until
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.reporting import Cell, answer, csv_option, seller_option
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import format_moment, read_moment
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import new_money, round_money
from billing_beans.credits.moments import zone_of
from billing_beans.reports.wallet_liability import Account, accounts_of
from billing_beans.reports.wallets import (
    NEVER,
    PENDING,
    Balance,
    Cut,
    Group,
    Holding,
    Net,
    WalletName,
    at_moment,
    balances_by,
    end_of,
    holding,
    nets,
    now,
    wallets_of,
)
from billing_beans.reports.wallets import balance as balance_of


class Shown(NamedTuple):
    """A wallet, what it comes to, and that divided, where it was asked for."""

    holding: Holding
    balance: Balance
    parts: Sequence[Balance]

    @property
    def name(self) -> WalletName:
        return self.holding.name


class Answer(NamedTuple):
    """What is said: wallets, what customers owe on invoices that were opened again, and what all wallets are worth."""

    wallets: Sequence[Shown]
    nets: Sequence[Net]
    accounts: Sequence[Account]


@click.command()
@click.argument("customer", type=NAME, required=False, shell_complete=complete_holders)
@click.option("--by", "group", type=click.Choice([one.value for one in Group]), help="Divide each balance.")
@unit_option
@seller_option
@click.option(
    "--at",
    metavar="MOMENT",
    help="As of a moment: 2026-01-31T18:00 where the seller is, or with Z or an offset; else now, or --date.",
)
@csv_option
@global_options
@click.pass_context
def balance(
    ctx: click.Context,
    customer: str | None,
    group: str | None,
    unit: str | None,
    seller: str | None,
    at: str | None,
    as_csv: bool,
) -> None:
    """What wallets hold: posted, waiting for a payment, and available, to the second; as of now, the end of --date, or --at.

    Posted credits stand in the accounts. Those that have expired, or wait to be used by a billing run, are not available. The
    face value is what the available ones are worth when they are used; the liability is what was paid for all that are posted.

    \b
    Examples:
      billing-beans credit balance
      billing-beans credit balance acme --by expiry
      billing-beans credit balance acme --by subscription --json
      billing-beans credit balance acme --date 2026-01-31
      billing-beans credit balance --at 2026-01-31T18:00 --csv
    """
    session = session_of(ctx)
    if at is not None and session.settings.date is not None:
        raise WrongUsage("--at and --date are two moments.", instead="leave out one of them")
    books = session.reading.books
    unit = known(books, customer, seller, unit)
    if at is not None:
        read_moment(at, "UTC")
    divided = Group(group) if group is not None else None
    shown = [
        _shown(books, name, _cut(session, books, name, session.day, at), divided)
        for name in wallets_of(books, customer, seller=seller, unit=unit)
    ]
    shown = [one for one in shown if one.holding.credits or one.holding.waiting]
    is_now = at is None and session.day is None
    found = Answer(
        shown,
        nets(books, ((one.name, one.balance) for one in shown)) if is_now else [],
        [*accounts_of(books, ((one.name.seller, one.balance.worth) for one in shown))],
    )
    nothing = f"{customer} has no credits." if customer else "Nobody has any credits."
    answer(
        session,
        _result(found, divided),
        lambda: _words(books, found, customer, divided) if shown else nothing,
        lambda: _csv(found, divided),
        as_csv=as_csv,
    )


def _cut(session: Session, books: Books, name: WalletName, day: date | None, at: str | None) -> Cut:
    if at is not None:
        entity = name.key.partition("/")[0]
        return at_moment(format_moment(read_moment(at, zone_of(books, entity, day_shown(session, name.seller)))))
    return now(format_moment(session.clock.now())) if day is None else end_of(books, name, day)


def _shown(books: Books, name: WalletName, cut: Cut, group: Group | None) -> Shown:
    found = holding(books, name, cut)
    return Shown(found, balance_of(books, found), balances_by(books, found, group) if group is not None else ())


def _result(found: Answer, group: Group | None) -> dict[str, Any]:
    return {
        "wallets": [_wallet_result(one, group) for one in found.wallets],
        "net": [_net_result(one) for one in found.nets],
        "liability": [account_result(one) for one in found.accounts],
    }


def _net_result(one: Net) -> dict[str, Any]:
    amounts = {"available": one.available, "owed": one.owed, "net": one.net}
    return {
        "seller": one.seller,
        "customer": one.customer,
        **{name: money(round_money(amount, one.currency)) for name, amount in amounts.items()},
        "invoices": one.invoices,
    }


def _wallet_result(one: Shown, group: Group | None) -> dict[str, Any]:
    held = one.holding
    parts = {"by": group, "parts": [{group.value: part.group, **_figures(part)} for part in one.parts]} if group else {}
    return {
        "customer": one.name.customer,
        "seller": one.name.seller,
        "unit": one.name.unit,
        "at": held.at,
        **_figures(one.balance),
        "posted-credits": number(held.credits),
        "posted-debits": number(held.debits),
        "pending-credits": number(one.balance.pending.total),
        "pending-debits": number(one.balance.reserved.total),
        **parts,
    }


def _figures(one: Balance) -> dict[str, Any]:
    return {
        "posted": split(one.posted),
        "pending": split(one.pending),
        "expired": split(one.expired),
        "reserved": split(one.reserved),
        "available": split(one.available),
        "face": exact(one.face),
        "worth": exact(one.worth),
    }


class Column(NamedTuple):
    """A figure of balances. What is nothing in all of them is not shown where `seldom` says so."""

    head: str
    cell: Callable[[Balance], str]
    seldom: bool = False


_COLUMNS = (
    Column("posted>", lambda one: number(one.posted.total)),
    Column("paid>", lambda one: number(one.posted.paid)),
    Column("free>", lambda one: number(one.posted.free)),
    Column("pending>", lambda one: number(one.pending.total), seldom=True),
    Column("expired>", lambda one: number(one.expired.total), seldom=True),
    Column("reserved>", lambda one: number(one.reserved.total), seldom=True),
    Column("available>", lambda one: number(one.available.total)),
    Column("face value>", lambda one: exact(one.face)),
    Column("liability>", lambda one: exact(one.worth)),
)


def _table(heads: list[str], balances: Sequence[tuple[list[str], Balance]], title: str | None = None) -> str:
    """Balances, each behind what it is of."""
    shown = [one for one in _COLUMNS if not one.seldom or any(one.cell(held) != "0" for _of, held in balances)]
    rows = [[*of, *(column.cell(held) for column in shown)] for of, held in balances]
    return table([*heads, *(column.head for column in shown)], rows, title=title)


def _words(books: Books, found: Answer, customer: str | None, group: Group | None) -> str:
    parts = []
    if group is None:
        every = [([one.name.customer, one.name.unit, one.name.seller], one.balance) for one in found.wallets]
        parts.append(_table(["customer", "unit", "seller"], every))
    for one in found.wallets if group is not None else ():
        divided = [([_group_words(books, one, group, part)], part) for part in one.parts]
        title = f"{one.name.unit} of {one.name.customer} with {one.name.seller}"
        parts.append(_table([str(group)], [*divided, (["all"], one.balance)], title))
    parts += ["\n".join(_sums(one) for one in found.wallets)] if customer is not None else []
    parts += ["\n".join(_net_words(one) for one in found.nets)] if found.nets else []
    if customer is None:
        accounts = [
            (one.seller, one.currency, exact(new_money(one.balance, one.currency)), one.account)
            for one in found.accounts
        ]
        parts.append(table(["seller", "currency", "liability>", "account"], accounts))
    return "\n\n".join(parts)


def _group_words(books: Books, one: Shown, group: Group | None, part: Balance) -> str:
    if group is Group.EXPIRY and part.group not in (NEVER, PENDING):
        return until(books, one.name.key.partition("/")[0], part.group)
    return part.group


def _sums(one: Shown) -> str:
    held, all_of = one.holding, one.balance
    waiting = f"; {number(all_of.pending.total)} wait for a payment" if all_of.pending.total else ""
    kept = f"; {number(all_of.reserved.total)} wait to be used" if all_of.reserved.total else ""
    came = f"{number(held.credits)} {one.name.unit} came in, {number(held.debits)} went out"
    return f"{came}{waiting}{kept}, as of {held.at}."


def _net_words(one: Net) -> str:
    worth, owed = (money(round_money(amount, one.currency)) for amount in (one.available, one.owed))
    left = money(round_money(abs(one.net), one.currency))
    return (
        f"{one.customer} owes {one.seller} {owed} on what was opened again ({', '.join(one.invoices)}), "
        f"and has credits worth {worth}: {left} {'too few' if one.net < 0 else 'more'}."
    )


def _csv(found: Answer, group: Group | None) -> Iterator[Sequence[Cell]]:
    divided = (group.value,) if group is not None else ()
    yield (
        *("at", "seller", "customer", "unit", *divided, "posted paid", "posted free", "pending paid", "pending free"),
        *("expired paid", "expired free", "reserved paid", "reserved free", "available paid", "available free"),
        *("currency", "face value", "liability"),
    )
    for one in found.wallets:
        for part in one.parts if group is not None else (one.balance,):
            name = (part.group,) if group is not None else ()
            units = counted((*part.posted, *part.pending, *part.expired, *part.reserved, *part.available))
            currency = part.face.currency
            worth = [exact_number(amount.number, currency) for amount in (part.face, part.worth)]
            yield (one.holding.at, one.name.seller, one.name.customer, one.name.unit, *name, *units, currency, *worth)
