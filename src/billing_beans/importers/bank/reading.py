"""Any bank statement from a file: what it is, is seen from what stands in it, whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from billing_beans.core.errors import WrongUsage
from billing_beans.core.records import record
from billing_beans.importers.bank.lines import BankFile, unreadable
from billing_beans.importers.bank.table import CsvChoices, read_csv

FORMATS = ("camt", "mt940", "ofx", "csv")

_HEAD = 4096
_MARKS = b"\xef\xbb\xbf \t\r\n"
_MT940 = re.compile(rb"^:20:", re.MULTILINE)
_ROOT = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.:-]*)")
_DELIMITED = re.compile(rb"[,;\t|]")


@record
class ReadChoices:
    """How to read statements, where they don't say so themselves. `format` is one of `FORMATS`; None: see what it is."""

    format: str | None = None
    encoding: str | None = None
    csv: CsvChoices = field(default_factory=CsvChoices)


def read_bank_file(path: Path, choices: ReadChoices) -> BankFile:
    """Everything that stands in a statement. Raises `WrongUsage`, with the line, where not all of it can be read (Y6)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUsage(f"{path} can't be read: {error.strerror}.") from error
    return read_bank_data(data, path.name, choices)


def read_bank_data(data: bytes, name: str, choices: ReadChoices) -> BankFile:
    """The same from bytes that were read already; `name` is what they are called in messages."""
    chosen = choices.format or format_of(data)
    if chosen is None:
        raise unreadable(name, 1, _unknown(data), "export CAMT.053, MT940, OFX or CSV, or say what it is with --format")
    return _READERS[chosen](data, name, choices)


def format_of(data: bytes) -> str | None:
    """Which format this is, or None where it is none of them."""
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    start = head.lstrip(_MARKS)
    if b"OFXHEADER" in head or b"<OFX>" in head:
        return "ofx"
    if start.startswith(b"<"):
        return "camt" if b"camt." in head or b"BkToCstmr" in head else None
    if _MT940.search(data, 0, 1 << 16):
        return "mt940"
    if not start or b"\0" in head or start.startswith((b"%PDF", b"PK\x03\x04", b"{", b"[")):
        return None
    return "csv" if _DELIMITED.search(head) else None


def _unknown(data: bytes) -> str:
    start = data[:_HEAD].lstrip(_MARKS)
    if not start:
        return "the file is empty."
    if start.startswith(b"%PDF"):
        return "this is a PDF, and no statement that a program can read."
    root = _ROOT.search(start) if start.startswith(b"<") else None
    return f"this is no bank statement, but a document <{root[1].decode()}>." if root else "this is no bank statement."


def _camt(data: bytes, name: str, _choices: ReadChoices) -> BankFile:
    from billing_beans.importers.bank.camt import read_camt  # noqa: PLC0415 - only what is needed

    return read_camt(data, name)


def _mt940(data: bytes, name: str, choices: ReadChoices) -> BankFile:
    from billing_beans.importers.bank.mt940 import read_mt940  # noqa: PLC0415 - as above

    return read_mt940(data, name, choices.encoding)


def _ofx(data: bytes, name: str, choices: ReadChoices) -> BankFile:
    from billing_beans.importers.bank.ofx import read_ofx  # noqa: PLC0415 - as above

    return read_ofx(data, name, choices.encoding)


def _csv(data: bytes, name: str, choices: ReadChoices) -> BankFile:
    return read_csv(data, name, choices.csv, choices.encoding)


_READERS: dict[str, Callable[[bytes, str, ReadChoices], BankFile]] = {
    "camt": _camt,
    "mt940": _mt940,
    "ofx": _ofx,
    "csv": _csv,
}
