"""MT940, the statement of the SWIFT network, read by the library `mt-940`, and cut into fields here.

The library knows no line numbers, takes what stands behind the closing balance for the last booking's text, and passes
over a booking that it can't tell from the next. So each statement is cut into its fields first: the library gets what
belongs to bookings, and what it makes of them is counted.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

from billing_beans.core.errors import BillingError
from billing_beans.importers.bank.decoding import decoded
from billing_beans.importers.bank.lines import (
    BankFile,
    BankLine,
    Closing,
    Statement,
    account_number,
    amount_of,
    clean,
    day_of,
    reference,
    unreadable,
    what_is_wrong,
)

if TYPE_CHECKING:
    from mt940.models import Balance, Transaction, Transactions

FORMAT = "mt940"

_FIELD = re.compile(r"^:([0-9]{2}[A-Z]?|NS):", re.MULTILINE)
_END = re.compile(r"^-(\}.*)?$", re.MULTILINE)
_STATEMENT, _BOOKING, _TEXT = "20", "61", "86"
_BALANCES = ("62", "62F", "62M", "64", "65")
_SLASHED = re.compile(
    r"/(EREF|KREF|PREF|MARF|CSID|BENM|ORDP|NAME|IBAN|REMI|ISDT|BIC|TRTP|PURP|ULTB|ULTD|CNTP|SVCL|ID|ADDR)/"
)
_FULL = 64
"""Characters of a full line of text (65 with a space at its end): a word goes on in the next one."""
_CODES = frozenset(("EREF", "KREF", "PREF", "MARF", "KREF+"))
"""What stands in place of a reference where the text gives it."""


class _Field(NamedTuple):
    line: int
    tag: str
    text: str


def read_mt940(data: bytes, name: str, encoding: str | None = None) -> BankFile:
    """The statements of an MT940 file. Raises `WrongUsage`, with the line, where it is none, is cut off, or can't be read."""
    logging.getLogger("mt940").addHandler(logging.NullHandler())  # what it can't read is said by us, once
    text = decoded(data, name, encoding).replace("\r\n", "\n")
    blocks = list(_blocks(_fields(text)))
    if not blocks:
        raise unreadable(name, 1, "this is no MT940: no statement begins in it (:20:).", "export it as MT940")
    notes: list[str] = []
    statements = tuple(_statement(block, name, notes) for block in blocks)
    return BankFile(name, FORMAT, statements, (), tuple(notes))


def _fields(text: str) -> Iterator[_Field]:
    found = list(_FIELD.finditer(text))
    line, counted = 1, 0
    for place, match in enumerate(found):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        yield _Field(line, match[1], _END.sub("", text[match.start() : end]))


def _blocks(fields: Iterator[_Field]) -> Iterator[list[_Field]]:
    """The fields of each statement; what stands before the first one is the envelope."""
    block: list[_Field] = []
    for field in fields:
        if field.tag == _STATEMENT and block:
            yield block
            block = []
        if block or field.tag == _STATEMENT:
            block.append(field)
    if block:
        yield block


def _statement(block: list[_Field], name: str, notes: list[str]) -> Statement:
    first = block[0].line
    if not any(field.tag in _BALANCES[:3] for field in block):
        raise unreadable(
            name, block[-1].line, f"the statement of line {first} is cut off: it has no closing balance (:62F:)."
        )
    kept = list(_of_bookings(block))
    read = _parsed(kept, name)
    account = account_number(read.data.get("account_identification"))
    if not account or read.currency is None:
        raise unreadable(name, first, "a statement that names no account (:25:), or no balance (:60F:).")
    bookings = [field for field in kept if field.tag == _BOOKING]
    if len(bookings) != len(read.transactions):
        raise unreadable(name, first, f"{len(bookings)} bookings, of which {len(read.transactions)} can be told apart.")
    lines = []
    for field, booking in zip(bookings, read.transactions, strict=True):
        try:
            lines.append(_line(booking, account, read.currency, f"{name}:{field.line}"))
        except BillingError as error:
            raise unreadable(name, field.line, what_is_wrong(error)) from error
    opening = _balance(read, "opening", name, first)
    closing = _balance(read, "closing", name, first)
    _compare(opening, closing, lines, f"{name}:{first}", notes)
    number = str(read.data.get("statement_number") or read.data.get("transaction_reference") or "")
    return Statement(account, number, tuple(lines), opening.amount if opening else None, closing)


def _of_bookings(block: Sequence[_Field]) -> Iterator[_Field]:
    """Without the text that follows a closing balance: it is the statement's, and no booking's."""
    before = ""
    for field in block:
        if field.tag == _TEXT and before in _BALANCES:
            continue
        before = field.tag
        yield field


def _parsed(fields: list[_Field], name: str) -> Transactions:
    from mt940 import Options  # noqa: PLC0415 - only where a statement is MT940
    from mt940.models import Transactions  # noqa: PLC0415 - as above

    options = Options.all()

    def parse(count: int) -> Transactions:
        read = Transactions(options=options)
        read.parse("\n".join(field.text for field in fields[:count]))
        return read

    try:
        return parse(len(fields))
    except (RuntimeError, ValueError, TypeError, KeyError, InvalidOperation):
        line = fields[_first_bad(parse, len(fields))].line
    raise unreadable(name, line, "this field can't be read as MT940.")


def _first_bad(parse: Any, count: int) -> int:
    """Which field is the first that can't be read: the beginning of the statement can be, as long as it is left out."""
    good, bad = 0, count
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            parse(middle)
        except (RuntimeError, ValueError, TypeError, KeyError, InvalidOperation):
            bad = middle
        else:
            good = middle
    return bad - 1


def _line(booking: Transaction, account: str, currency: str, where: str) -> BankLine:
    said = booking.data
    details = _details(said)
    booked: date = said.get("entry_date") or said["date"]
    return BankLine(
        account=account,
        booked=day_of(booked.year, booked.month, booked.day),
        amount=amount_of(said["amount"].amount, currency),
        where=where,
        bank_id=reference(said.get("bank_reference")),
        value=day_of(said["date"].year, said["date"].month, said["date"].day),
        counterparty=clean(details.get("name") or said.get("applicant_name") or said.get("recipient_name")),
        counterparty_account=account_number(
            details.get("account") or said.get("applicant_iban") or said.get("gvc_applicant_iban")
        ),
        text=clean(details.get("text")),
        end_to_end=reference(details.get("end_to_end")),
        reversal=str(said.get("status", "")).upper().startswith("R"),
    )


def _details(said: dict[str, Any]) -> dict[str, str]:
    """What :86: says, as `name`, `account`, `text` and `end_to_end`: in German sub-fields, between slashes, or freely."""
    own = reference(said.get("customer_reference"))
    own = "" if own.upper() in _CODES else own.removeprefix("KREF+").strip()
    if "transaction_details" not in said:
        parts = (said.get("purpose"), said.get("additional_purpose"))
        text = " ".join(part for part in parts if part) or said.get("posting_text") or ""
        return {"text": text, "end_to_end": said.get("end_to_end_reference") or own}
    free = _joined(said["transaction_details"])
    codes = _SLASHED.split(free)
    if len(codes) < 3:
        return {"text": free, "end_to_end": own}
    values: dict[str, str] = {}
    for code, value in zip(codes[1::2], codes[2::2], strict=True):
        values.setdefault(code, value.strip("/"))
    return {
        "name": values.get("NAME", ""),
        "account": values.get("IBAN", ""),
        "text": values.get("REMI") or free,
        "end_to_end": values.get("EREF") or own,
    }


def _joined(text: str) -> str:
    """Lines of text as they were before the bank cut them."""
    lines = text.split("\n")
    return "".join(line if len(line) >= _FULL else f"{line} " for line in lines)


def _balance(read: Transactions, which: str, name: str, line: int) -> Closing | None:
    from mt940.models import Amount  # noqa: PLC0415 - as above

    for kind in ("final", "intermediate", ""):
        found: Balance | None = read.data.get(f"{kind}_{which}_balance".removeprefix("_"))
        if found is None or not isinstance(found.amount, Amount) or found.date is None:
            continue
        try:
            day = day_of(found.date.year, found.date.month, found.date.day)
            return Closing(day, amount_of(found.amount.amount, found.amount.currency or ""))
        except BillingError as error:
            raise unreadable(name, line, what_is_wrong(error)) from error
    return None


def _compare(
    opening: Closing | None, closing: Closing | None, lines: list[BankLine], where: str, notes: list[str]
) -> None:
    if opening is None or closing is None or opening.amount.currency != closing.amount.currency:
        return
    missing = closing.amount.number - opening.amount.number - sum(line.amount.number for line in lines)
    if missing:
        notes.append(
            f"{where}: the bookings and the balances of this statement differ by {missing:f} {closing.amount.currency}."
        )
