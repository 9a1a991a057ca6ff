"""CAMT.053, the ISO 20022 statement as XML: every version, several statements in a file, batches by their details.

Elements are found by their local names: versions differ in their namespace and in little else. `CdtDbtInd` says the
direction of the booking itself, also where `RvslInd` says that it takes back another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import Money, parse_number
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
from billing_beans.importers.bank.markup import Node, parse_xml

FORMAT = "camt"

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.[0-9]{2}")
_OTHERS = {
    "BkToCstmrAcctRpt": "a report within the day (camt.052), whose bookings may still change",
    "BkToCstmrDbtCdtNtfctn": "a notification (camt.054), whose bookings stand on a statement too",
}
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")
_SIGNS = {"CRDT": 1, "DBIT": -1}
_TRUE = ("true", "1")
_BOOKED = "BOOK"
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class _Told(NamedTuple):
    """What an entry, or one detail of it, says beside its amount."""

    bank_id: str
    end_to_end: str
    counterparty: str
    counterparty_account: str
    text: str


def read_camt(data: bytes, name: str) -> BankFile:
    """The statements of a CAMT.053 document. Raises `WrongUsage`, with the line, where it is none or can't be read."""
    root = parse_xml(data, name)
    message = root.first("BkToCstmrStmt")
    if message is None:
        raise unreadable(name, root.line, _no_statement(root), "export the statement as camt.053")
    if root.namespace and _NAMESPACE.fullmatch(root.namespace) is None:
        raise unreadable(name, root.line, f"this is no CAMT.053: its namespace is {root.namespace}.")
    skipped: list[Skipped] = []
    statements = tuple(_statement(one, name, skipped) for one in message.all("Stmt"))
    if not statements:
        raise unreadable(name, message.line, "this document has no statement in it.")
    return BankFile(name, FORMAT, statements, tuple(skipped))


def _no_statement(root: Node) -> str:
    for tag, what in _OTHERS.items():
        if root.first(tag) is not None:
            return f"this is {what}, and no statement (camt.053)."
    return f"this is no CAMT.053 statement, but a document <{root.tag}>."


def _statement(node: Node, name: str, skipped: list[Skipped]) -> Statement:
    account = account_number(
        node.words("Acct", "Id", "IBAN")
        or node.words("Acct", "Id", "Othr", "Id")
        or node.words("Acct", "Id", "PrtryAcct", "Id")
    )
    if not account:
        raise unreadable(name, node.line, "a statement that names no account.")
    lines: list[BankLine] = []
    for entry in node.all("Ntry"):
        where = f"{name}:{entry.line}"
        status = entry.words("Sts", "Cd") or entry.words("Sts")
        if status and status != _BOOKED:
            skipped.append(Skipped(where, f"is not booked yet, but {status}"))
            continue
        try:
            lines += _lines(entry, account, where)
        except BillingError as error:
            raise unreadable(name, entry.line, what_is_wrong(error)) from error
    opening, closing = _balance(node, _OPENING, name), _balance(node, _CLOSING, name)
    # A statement in pages begins a page with what the page before it closed at.
    number = node.words("ElctrncSeqNb") or node.words("LglSeqNb") or node.words("Id")
    return Statement(account, number, tuple(lines), opening.amount if opening else None, closing)


def _balance(statement: Node, codes: tuple[str, ...], name: str) -> Closing | None:
    found = None
    for node in statement.all("Bal"):
        if (node.words("Tp", "CdOrPrtry", "Cd") or node.words("Tp", "Cd")) not in codes:
            continue
        try:
            found = Closing(_day(node.first("Dt"), "balance"), _amount(node, _sign(node)))
        except BillingError as error:
            raise unreadable(name, node.line, what_is_wrong(error)) from error
    return found


def _lines(entry: Node, account: str, where: str) -> Iterator[BankLine]:
    """One line for an entry; one for each detail of a batch, where these say amounts that add up to it."""
    sign = _sign(entry)
    amount = _amount(entry, sign)
    booked = _day(entry.first("BookgDt"), "booking") if entry.first("BookgDt") else _day(entry.first("ValDt"), "value")
    value = _day(entry.first("ValDt"), "value") if entry.first("ValDt") else None
    reversal = entry.words("RvslInd") in _TRUE
    details = [one for group in entry.all("NtryDtls") for one in group.all("TxDtls")]
    whole = _told(entry, details, sign)
    parts = _parts(details, amount)
    told = (
        [whole] if len(parts) < 2 else [_told_of_part(entry, one, sign, place) for place, one in enumerate(details, 1)]
    )
    for amount_told, one in zip([amount] if len(parts) < 2 else parts, told, strict=True):
        yield BankLine(
            account=account,
            booked=booked,
            amount=amount_told,
            where=where,
            bank_id=one.bank_id,
            value=value,
            counterparty=one.counterparty,
            counterparty_account=one.counterparty_account,
            text=one.text,
            end_to_end=one.end_to_end,
            reversal=reversal,
        )


def _parts(details: list[Node], amount: Money) -> list[Money]:
    """The amounts of the details, or none where one says no amount, or they don't add up to the entry's."""
    parts: list[Money] = []
    for detail in details:
        holder = detail if detail.first("Amt") else detail.first("AmtDtls", "TxAmt")
        if holder is None or holder.first("Amt") is None:
            return []
        sign = _sign(detail) if detail.first("CdtDbtInd") else 1 if amount.number > 0 else -1
        part = _amount(holder, sign)
        if part.currency != amount.currency:
            return []
        parts.append(part)
    return parts if sum(part.number for part in parts) == amount.number else []


def _told(entry: Node, details: list[Node], sign: int) -> _Told:
    """What an entry says as a whole: what its only detail says, or all that its details say, joined."""
    if len(details) == 1:
        one = _told_of_part(entry, details[0], sign, None)
        return one._replace(text=one.text or clean(entry.words("AddtlNtryInf")))
    texts = [text for text in dict.fromkeys(_remittance(one) for one in details) if text]
    text = " ".join(texts) or clean(entry.words("AddtlNtryInf"))
    ids = [one for one in (reference(detail.words("Refs", "EndToEndId")) for detail in details) if one]
    return _Told(reference(entry.words("AcctSvcrRef")), " ".join(ids), "", "", text)


def _told_of_part(entry: Node, detail: Node, sign: int, place: int | None) -> _Told:
    own = reference(detail.words("Refs", "AcctSvcrRef"))
    bank_id = reference(entry.words("AcctSvcrRef"))
    if place is None:
        bank_id = bank_id or own
    elif bank_id:
        # The details of a batch may all repeat the id of the entry; their order is a part of the statement.
        bank_id = own if own and own != bank_id else f"{bank_id}#{place}"
    else:
        bank_id = own
    role = "Dbtr" if sign > 0 else "Cdtr"
    party = detail.first("RltdPties", role)
    account = detail.first("RltdPties", f"{role}Acct", "Id")
    return _Told(
        bank_id,
        reference(detail.words("Refs", "EndToEndId")),
        clean((party.words("Pty", "Nm") or party.words("Nm")) if party else ""),
        account_number((account.words("IBAN") or account.words("Othr", "Id")) if account else ""),
        _remittance(detail) or clean(detail.words("AddtlTxInf")),
    )


def _remittance(detail: Node) -> str:
    """What the payment is for: free text, then structured references."""
    found = []
    for information in detail.all("RmtInf"):
        found += [one.text for one in information.all("Ustrd")]
        for structured in information.all("Strd"):
            found += [structured.words("CdtrRefInf", "Ref"), structured.words("RfrdDocInf", "Nb")]
            found += [one.text for one in structured.all("AddtlRmtInf")]
    return clean(" ".join(found))


def _sign(node: Node) -> int:
    said = node.words("CdtDbtInd")
    if said not in _SIGNS:
        raise WrongUsage(f"the booking is neither CRDT nor DBIT, but {said!r}.")
    return _SIGNS[said]


def _amount(holder: Node, sign: int) -> Money:
    node = holder.first("Amt")
    if node is None:
        raise WrongUsage("the booking has no amount.")
    return amount_of(sign * parse_number(node.text), node.attributes.get("Ccy", ""))


def _day(node: Node | None, what: str) -> date:
    text = (node.words("Dt") or node.words("DtTm")) if node is not None else ""
    found = _DAY.fullmatch(text)
    if found is None:
        raise WrongUsage(f"the {what} date {text!r} is none.")
    return day_of(*map(int, found.groups()))
