"""Which account of the ledger a statement is of: the one that is given, or that of the legal entity whose number it bears."""

from __future__ import annotations

import re
from collections.abc import Iterable

from billing_beans.books import Books
from billing_beans.catalog.facts import LegalEntityAdded
from billing_beans.core.accounts import Account, Role, place_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.importers.bank.lines import BankLine, account_number

_ENOUGH = 6
"""Characters that a number must have to be told at the end of a longer one: an account number in its IBAN."""

_GERMAN = re.compile(r"([0-9]{8})/([0-9]{1,10})")
"""Bank code and account number, as German banks name an account in MT940; its IBAN fills the latter up with zeros."""
_GERMAN_DIGITS = 10


def account_for(books: Books, stated: str, given: str | None) -> Account:
    """Where money of this statement lies. Raises `WrongUsage` where that is not clear, `Refused` for an account that can't be."""
    account = Account(given) if given else _of_entities(books, stated)
    place = place_of(account)
    if place is None or place.role is not Role.BANK:
        raise WrongUsage(
            f"{account} is no bank account of a legal entity.",
            rule="B3: money for a legal entity goes to its account Assets:<entity>:Bank:...",
            instead="give one with --into, such as --into Assets:SG:Bank:Main",
        )
    if books.accounts.get(account) is None:
        raise Refused(
            f"{account} is not open in these books.",
            rule="13 of the architecture: a fact moves accounts that are open on its day, in currencies that they hold.",
            instead=f"write it into setup/accounts.beancount: 2026-01-01 open {account}",
        )
    return account


def _of_entities(books: Books, stated: str) -> Account:
    """The bank account of the legal entity whose number the statement bears; of the only one, where it has no number."""
    entities = [*{one.entity: one for one in books.catalog.entities.all()}.values()]
    owners = [one for one in entities if any(_same(number, stated) for number in _numbers(one))]
    if not owners and len(entities) == 1 and not any(_numbers(entities[0])):
        owners = entities
    banks = dict.fromkeys(one.bank for one in owners if one.bank is not None)
    if len(banks) == 1:
        return next(iter(banks))
    raise WrongUsage(
        f"The statement is of account {stated}, which is that of {len(banks) or 'no'} legal entity of these books.",
        rule="B3: money for a legal entity goes to its own account.",
        instead="say where the money is with --into Assets:<entity>:Bank:..., or give the entity its number: "
        f"billing-beans entity change ENTITY --account-number {stated} (or --iban)",
    )


def _numbers(entity: LegalEntityAdded) -> list[str]:
    return [account_number(one) for one in (entity.iban, entity.account_number) if one]


def _same(number: str, stated: str) -> bool:
    if (german := _GERMAN.fullmatch(stated)) and number.startswith("DE"):
        return number[4:] == german[1] + german[2].zfill(_GERMAN_DIGITS)
    short, long = sorted((_bare(number), _bare(stated)), key=len)
    return short == long or (len(short) >= _ENOUGH and long.endswith(short))


def _bare(number: str) -> str:
    return "".join(one for one in number if one.isalnum())


def refuse_other_currencies(books: Books, lines: Iterable[BankLine], account: Account) -> None:
    """Raises `Refused` for a line in a currency that the account does not hold: it is the statement of another account."""
    held = books.accounts.get(account)
    if held is None or not held.currencies:
        return
    for line in lines:
        if line.amount.currency not in held.currencies:
            raise Refused(
                f"{line.where}: {line.amount.number:f} {line.amount.currency} came to an account of "
                f"{', '.join(held.currencies)}, {account}.",
                rule="Y6: a statement is read whole or not at all.",
                instead="give the account of this statement with --into",
            )
