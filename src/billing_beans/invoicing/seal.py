"""The seal of an issued invoice: a digest of everything that its document shows (I4).

The canonical form begins with the days of issue and of the draft; then comes one line `key=value` for each field that is
there, sorted by key, first of the head, then of each line. Numbers are written with all their digits, text with its length before it (`name=4:Acme`), so that no text can
pass for another field. It stays the same in every later release; a new field that is absent adds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

from beancount.core.amount import Amount

from billing_beans.core.accounts import Account
from billing_beans.core.facts import Field, Place, Shape
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteLine, InvoiceDrafted, InvoiceLine


def _canonical(shape: Shape) -> Callable[[Any], str]:
    """One expression over all fields: each load seals every invoice again, so it is compiled like a decoder."""
    fields = sorted((one for one in shape.fields if one.place is not Place.PARTS), key=attrgetter("key"))
    rows = "".join(_row(one) for one in fields)
    written: Callable[[Any], str] = eval(f'lambda r: f"""{rows}"""', {"NL": "\n", "digits": _digits})  # noqa: S307 - made from declarations only
    return written


def _digits(number: Decimal) -> str:
    """The number with all its digits, as `:f` writes it; which takes four times as long where nothing is to be done."""
    text = str(number)
    return text if "E" not in text else f"{number:f}"


def _row(field: Field) -> str:
    """What a field puts into the format string: its row, or nothing where it is optional and absent.

    Braces can hold no backslash, so that the end of a line has a name there.
    """
    value = f"r.{field.name}"
    row = f"{field.key}={_writer(field, value)}"
    return f"{{'' if {value} is None else f'{row}'+NL}}" if field.optional else f"{row}\\n"


def _writer(field: Field, value: str) -> str:
    """The braces of a format string for a value of this type."""
    if field.type is Amount:
        return f"{{digits({value}.number)}} {{{value}.currency}}"
    if field.type is Decimal:
        return f"{{digits({value})}}"
    if field.type in (str, Account):
        return f"{{len({value})}}:{{{value}}}"
    return f"{{{value}.value}}" if issubclass(field.type, Enum) else f"{{{value}}}"


@cache
def _of_invoices() -> tuple[Callable[[Any], str], Callable[[Any], str]]:
    """What writes the head of an invoice and a line of it. Most commands seal nothing."""
    return _canonical(InvoiceDrafted.shape), _canonical(InvoiceLine.shape)  # type: ignore[attr-defined]


@cache
def _of_credit_notes() -> tuple[Callable[[Any], str], Callable[[Any], str]]:
    return _canonical(CreditNoteDrafted.shape), _canonical(CreditNoteLine.shape)  # type: ignore[attr-defined]


def seal(draft: InvoiceDrafted, issued: date) -> str:
    """`sha256:` and the digest of the day of issue, the draft's day, and its canonical head and lines."""
    head, line = _of_invoices()
    lines = "".join([line(one) for one in draft.lines])
    content = f"issued={issued}\ndate={draft.date}\n{head(draft)}{lines}"
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def seal_credit_note(draft: CreditNoteDrafted) -> str:
    """The same of a credit note: `sha256:` and the digest of its day and its canonical head and lines (I7)."""
    head, line = _of_credit_notes()
    content = f"date={draft.date}\n{head(draft)}{''.join([line(one) for one in draft.lines])}"
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()
