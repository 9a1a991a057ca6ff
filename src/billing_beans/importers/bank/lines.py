"""A line of a bank statement, the same whatever format it came in, and the id that makes it one line for ever (Y6)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.core.calendar import FIRST_DAY, LAST_DAY
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import Money, check_size, is_minor, minor_digits, round_money
from billing_beans.core.records import record

PREFIX = "bank/"
"""What the id of every line begins with: the `source` of the facts that come from it."""

_DIGITS = 24
_SPACES = re.compile(r"\s+")
_NOT_PROVIDED = frozenset(("", "NOTPROVIDED", "NONREF", "NOTAVAILABLE"))


@record
class BankLine:
    """One booking on a bank account. `amount` is signed: above zero it came in, below it went out.

    `account` is the statement's own account, as it is stated there; `counterparty` and `counterparty_account` are whoever
    paid or was paid. `bank_id` is the bank's own id of the booking. A `reversal` takes back an earlier booking: money that
    comes in by one was ours before. `where` is the file and the line of it. `id` is empty until `identified` gives it.
    """

    account: str
    booked: date
    amount: Money
    where: str
    bank_id: str = ""
    value: date | None = None
    counterparty: str = ""
    counterparty_account: str = ""
    text: str = ""
    end_to_end: str = ""
    reversal: bool = False
    id: str = ""


class Closing(NamedTuple):
    """What was on the account at the end of a day, signed as the holder sees it: below zero it is overdrawn."""

    day: date
    amount: Money


class Skipped(NamedTuple):
    """Something in a file that is no line to deal with: where it stands, and why."""

    where: str
    why: str


@record
class Statement:
    """The bookings of one account in one statement of a file, with what it closes at, where it says so.

    `number` joins the pages of one statement: equal lines are counted through all of them.
    """

    account: str
    number: str
    lines: tuple[BankLine, ...]
    opening: Money | None = None
    closing: Closing | None = None


@record
class BankFile:
    """A whole file, read. `skipped` are bookings that are none yet, `notes` what a person should know about it."""

    name: str
    format: str
    statements: tuple[Statement, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = field(default=())


def unreadable(name: str, line: int, what: str, instead: str = "") -> WrongUsage:
    """A file that can't be read, said with its line; nothing of it is taken."""
    return WrongUsage(
        f"{name}:{line}: {what}",
        rule="Y6: a statement is read whole or not at all.",
        instead=instead or "fetch the statement again from the bank; nothing of it was taken",
    )


def amount_of(number: Decimal, currency: str) -> Money:
    """What a line moves, written in minor units. Raises `WrongUsage` for more decimals than the currency has."""
    minor_digits(currency)
    check_size(number)
    money = round_money(number, currency)
    if not is_minor(Money(number, currency)) and money.number != number:
        raise WrongUsage(f"{number:f} has more decimals than {currency}, which has {minor_digits(currency)}.")
    return money


def day_of(year: int, month: int, day: int) -> date:
    """A day on a statement. Raises `WrongUsage` for one that is in no calendar, or in no year that has statements."""
    try:
        found = date(year, month, day)
    except ValueError:
        raise WrongUsage(f"There is no day {year:04d}-{month:02d}-{day:02d}.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise WrongUsage(f"{found} is outside the years {FIRST_DAY.year} to {LAST_DAY.year}.")
    return found


def clean(text: str | None) -> str:
    """Text of a bank on one line: no control characters, no format characters, single spaces."""
    if not text:
        return ""
    if not text.isprintable():
        text = "".join(_printable(character) for character in text)
    return _SPACES.sub(" ", text).strip()


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return "-" if character == "\u00ad" else ""
    return " " if category[0] in "CZ" else character


def reference(text: str | None) -> str:
    """A reference, or nothing where the bank writes that there is none."""
    cleaned = clean(text)
    return "" if cleaned.upper() in _NOT_PROVIDED else cleaned


def account_number(text: str | None) -> str:
    """An IBAN or account number without spaces, in capitals."""
    return _SPACES.sub("", clean(text)).upper()


def what_is_wrong(error: BillingError) -> str:
    """What an error says, in one line, for a message that has a rule of its own."""
    return f"{error.what} ({error.instead})" if error.instead else error.what


def only_of(files: Iterable[BankFile], account: str) -> list[BankFile]:
    """The files with their statements of this account only. Raises `WrongUsage` for a file that has none of it."""
    found = []
    for file in files:
        kept = tuple(one for one in file.statements if one.account == account)
        if file.statements and not kept:
            stated = ", ".join(dict.fromkeys(one.account for one in file.statements))
            raise WrongUsage(
                f"{file.name} has no statement of {account}, but of {stated}.", instead="correct --account"
            )
        found.append(replace(file, statements=kept))
    return found


class Identified(NamedTuple):
    """Lines with their ids, each once, in the order of their files; and those that stood there before."""

    lines: tuple[BankLine, ...]
    repeated: tuple[Skipped, ...]


def identified(files: Iterable[BankFile]) -> Identified:
    """Give every line its id: the same line has the same one in whatever file it stands, and however often (Y6).

    It is a digest of the account, the booked day, the amount, and the bank's own id of the booking. A line without such
    an id is told by everything that it says, and by the how-manieth equal one it is on its day: counted within one
    statement, so that two statements that overlap give the same ids. Two equal lines with the same bank's id are one.
    """
    seen: dict[str, str] = {}
    lines: list[BankLine] = []
    repeated: list[Skipped] = []
    for file in files:
        counts: dict[tuple[str, str], Counter[str]] = {}
        for statement in file.statements:
            counted = counts.setdefault((statement.account, statement.number), Counter())
            for line in _with_ids(statement.lines, counted):
                if line.id in seen:
                    repeated.append(Skipped(line.where, f"is the same booking as {seen[line.id]}"))
                    continue
                seen[line.id] = line.where
                lines.append(line)
    return Identified(tuple(lines), tuple(repeated))


def _with_ids(lines: Sequence[BankLine], counted: Counter[str]) -> Iterator[BankLine]:
    for line in lines:
        content = _content(line)
        if not line.bank_id:
            counted[content] += 1
            content = f"{content}\n{counted[content]}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        yield replace(line, id=f"{PREFIX}{digest[:_DIGITS]}")


def _content(line: BankLine) -> str:
    """What tells this line from others. Nothing in it holds a line break, so no two contents are written the same."""
    told = (account_number(line.account), line.booked.isoformat(), f"{line.amount.number:f}", line.amount.currency)
    if line.bank_id:
        return "\n".join((*told, line.bank_id))
    said = (line.counterparty, line.counterparty_account, line.text, line.end_to_end)
    return "\n".join((*told, "", *(_SPACES.sub("", one) for one in said)))
