"""OFX, what banks of America and Australia export: version 1 is SGML that leaves end tags out, version 2 is XML.

One reader takes both, since banks write the head of the one above the body of the other. It reads tags and nothing else:
no entity is declared or looked up. Days are taken as they are written: the bank's own, whatever time zone stands behind.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import parse_number
from billing_beans.importers.bank.decoding import decoded
from billing_beans.importers.bank.lines import (
    BankFile,
    BankLine,
    Closing,
    Skipped,
    Statement,
    account_number,
    amount_of,
    clean,
    day_of,
    reference,
    unreadable,
    what_is_wrong,
)
from billing_beans.importers.bank.markup import Node

FORMAT = "ofx"

_TAG = re.compile(r"<(/?)([A-Za-z0-9._]+)\s*/?>([^<]*)")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_DECLARED = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_CHARSET = re.compile(r"^CHARSET:[ \t]*([A-Za-z0-9-]+)|encoding=[\"']([A-Za-z0-9._-]+)[\"']", re.MULTILINE)
_CHARSETS = {"1252": "cp1252", "ISO-8859-1": "iso-8859-1", "WINDOWS-1252": "cp1252", "US-ASCII": "cp1252"}
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_AGGREGATES = frozenset(
    (
        "OFX",
        "SIGNONMSGSRSV1",
        "SONRS",
        "STATUS",
        "BANKMSGSRSV1",
        "STMTTRNRS",
        "STMTRS",
        "BANKACCTFROM",
        "CREDITCARDMSGSRSV1",
        "CCSTMTTRNRS",
        "CCSTMTRS",
        "CCACCTFROM",
        "BANKTRANLIST",
        "STMTTRN",
        "PAYEE",
        "BANKACCTTO",
        "CCACCTTO",
        "CURRENCY",
        "ORIGCURRENCY",
        "LEDGERBAL",
        "AVAILBAL",
        "BALLIST",
        "BAL",
        "FI",
    )
)
"""Elements that hold others, as far as a statement has them; in SGML nothing else tells them from an empty value."""
_STATEMENTS = (
    ("BANKMSGSRSV1", "STMTTRNRS", "STMTRS", "BANKACCTFROM"),
    ("CREDITCARDMSGSRSV1", "CCSTMTTRNRS", "CCSTMTRS", "CCACCTFROM"),
)


def read_ofx(data: bytes, name: str, encoding: str | None = None) -> BankFile:
    """The statements of an OFX file. Raises `WrongUsage`, with the line, where it is none, is cut off, or can't be read."""
    root = _tree(data, name, encoding)
    skipped: list[Skipped] = []
    statements = tuple(_statements(root, name, skipped))
    if not statements:
        raise unreadable(name, root.line, "there is no statement of an account or a card in this file.")
    return BankFile(name, FORMAT, statements, tuple(skipped))


def _text(data: bytes, name: str, encoding: str | None) -> str:
    charset = _CHARSET.search(data[:1000].decode("ascii", "replace"))
    fallback = _CHARSETS.get((charset[1] or charset[2]).upper()) if charset else None
    text = decoded(data, name, encoding, fallback).replace("\r\n", "\n").replace("\r", "\n")
    if declared := _DECLARED.search(text):
        line = text.count("\n", 0, declared.start()) + 1
        raise unreadable(name, line, f"<!{declared[1]} is never read: no statement has one.")
    return _CDATA.sub(lambda found: html.escape(found[1]), text)


def _tree(data: bytes, name: str, encoding: str | None) -> Node:
    text = _text(data, name, encoding)
    begin = text.find("<OFX>")
    if begin < 0:
        raise unreadable(name, 1, "this is no OFX: there is no <OFX> in it.")
    root: Node | None = None
    opened: list[Node] = []
    line, counted = text.count("\n", 0, begin) + 1, begin
    for match in _TAG.finditer(text, begin):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        end, tag, value = bool(match[1]), match[2].upper(), match[3].strip()
        if not end:
            node = Node(tag, line, {})
            node.text = html.unescape(value)
            if opened:
                opened[-1].children.append(node)
            root = root or node
            if tag in _AGGREGATES and not value:
                opened.append(node)
        elif tag in _AGGREGATES:
            if not opened or opened[-1].tag != tag:
                inside = opened[-1].tag if opened else "nothing"
                raise unreadable(name, line, f"</{tag}> ends what is not open: {inside} is.")
            opened.pop()
    assert root is not None
    if opened:
        raise unreadable(name, line, f"the file is cut off: <{opened[-1].tag}> of line {opened[-1].line} has no end.")
    return root


def _statements(root: Node, name: str, skipped: list[Skipped]) -> Iterator[Statement]:
    for message, response, statement, account in _STATEMENTS:
        for node in _below(root, message, response, statement):
            yield _statement(node, account_number(node.words(account, "ACCTID")), name, skipped)


def _below(node: Node, *path: str) -> Iterator[Node]:
    if not path:
        yield node
        return
    for child in node.all(path[0]):
        yield from _below(child, *path[1:])


def _statement(node: Node, account: str, name: str, skipped: list[Skipped]) -> Statement:
    if not account:
        raise unreadable(name, node.line, "a statement that names no account.")
    currency = node.words("CURDEF")
    lines: list[BankLine] = []
    for booking in _below(node, "BANKTRANLIST", "STMTTRN"):
        where = f"{name}:{booking.line}"
        if booking.first("CORRECTFITID"):
            skipped.append(Skipped(where, f"corrects another booking, {clean(booking.words('CORRECTFITID'))}"))
            continue
        try:
            lines.append(_line(booking, account, currency, where))
        except BillingError as error:
            raise unreadable(name, booking.line, what_is_wrong(error)) from error
    balance = node.first("LEDGERBAL")
    closing = None
    if balance is not None and balance.words("BALAMT"):
        try:
            closing = Closing(_day(balance.words("DTASOF")), amount_of(_number(balance.words("BALAMT")), currency))
        except BillingError as error:
            raise unreadable(name, balance.line, what_is_wrong(error)) from error
    return Statement(account, str(node.line), tuple(lines), None, closing)


def _line(node: Node, account: str, currency: str, where: str) -> BankLine:
    return BankLine(
        account=account,
        booked=_day(node.words("DTPOSTED")),
        amount=amount_of(_number(node.words("TRNAMT")), node.words("CURRENCY", "CURSYM") or currency),
        where=where,
        bank_id=reference(node.words("FITID")),
        value=_day(node.words("DTAVAIL")) if node.words("DTAVAIL") else None,
        counterparty=clean(node.words("NAME") or node.words("PAYEE", "NAME")),
        counterparty_account=account_number(node.words("BANKACCTTO", "ACCTID") or node.words("CCACCTTO", "ACCTID")),
        text=clean(node.words("MEMO")),
        end_to_end=reference(node.words("REFNUM") or node.words("CHECKNUM")),
    )


def _number(text: str) -> Decimal:
    """An amount: a sign, and one decimal point or comma."""
    plain = text.removeprefix("+")
    return parse_number(plain.replace(",", ".") if "." not in plain else plain)


def _day(text: str) -> date:
    found = _DAY.match(text)
    if found is None:
        raise WrongUsage(f"{text!r} is no day.")
    return day_of(*map(int, found.groups()))
