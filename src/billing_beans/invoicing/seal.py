"""The seal of an issued invoice: a digest of everything that its document shows (I4).

The canonical form is one line `key=value` for each field that is there, sorted by key, first of the head, then of each
line, every value as it is written in the ledger. It stays the same in every later release; a new field that is absent
adds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any

from beancount.core.amount import Amount

from billing_beans.core.accounts import Account
from billing_beans.core.facts import Place
from billing_beans.core.money import Money
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine


def seal(draft: InvoiceDrafted) -> str:
    """`sha256:` and the digest of the draft's canonical head and lines."""
    rows = [_canonical(InvoiceDrafted)(draft), *map(_canonical(InvoiceLine), draft.lines)]
    return "sha256:" + hashlib.sha256("\n".join(rows).encode()).hexdigest()


@cache
def _canonical(cls: type[Any]) -> Callable[[Any], str]:
    fields = sorted((one for one in cls.shape.fields if one.place is not Place.PARTS), key=attrgetter("key"))
    starts = [(f"{one.key}=", _WRITERS.get(one.type, str)) for one in fields]
    values = attrgetter(*(one.name for one in fields))

    def canonical(record: Any) -> str:
        rows = zip(starts, values(record), strict=True)
        return "\n".join([start + written(value) for (start, written), value in rows if value is not None])

    return canonical


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in text or "\\" in text else text


def _amount(money: Money) -> str:
    return f"{money.number} {money.currency}"


_WRITERS: Mapping[type, Callable[[Any], str]] = {str: _escaped, Account: _escaped, Amount: _amount}
