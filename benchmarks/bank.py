"""Bank statements as large as a busy account's year, made for open invoices; and the bare readers that stand beside ours."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.invoicing.status import OPEN

ACCOUNT = "GB29NWBK60161331926819"
DAY = "2012-01-31"
SEED = 4

MT940_PEER = """
import sys, mt940
with open(sys.argv[1], encoding="utf-8") as handle:
    print(sum(len(one.transactions) for one in mt940.parse_statements(handle, options=mt940.Options.all())))
"""
"""The library alone: it reads the same file, and matches nothing."""

CSV_PEER = """
import csv, sys
with open(sys.argv[1], encoding="utf-8", newline="") as handle:
    print(sum(1 for _ in csv.DictReader(handle)))
"""
"""The standard library alone."""


class Row(NamedTuple):
    """A line of a statement."""

    amount: str
    name: str
    text: str


def rows_for(books: Books, count: int) -> list[Row]:
    """So many lines: each open invoice is paid once, and the rest is what an account has besides."""
    chance = random.Random(SEED)
    rows = [
        Row(f"{head.due_amount:f}", head.customer.replace("c-", "Customer "), f"INVOICE {head.number} THANK YOU")
        for status in OPEN
        for head in books.invoices.heads.range("status", status)
    ][:count]
    kinds = ("-{}.{:02d}", "{}.{:02d}")
    while len(rows) < count:
        amount = chance.choice(kinds).format(chance.randrange(1, 9000), chance.randrange(100))
        party = f"Somebody {chance.randrange(50_000)}"
        rows.append(Row(amount, party, f"ref {chance.randrange(10**9)} of {chance.randrange(1, 13)}/2011"))
    chance.shuffle(rows)
    return rows


def write_statement_as_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(("id", "date", "amount", "name", "text"))
        writer.writerows((f"B{place}", DAY, *row) for place, row in enumerate(rows))


def write_statement_as_mt940(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("\n".join(_mt940(rows)) + "\n", encoding="utf-8")


def _mt940(rows: Sequence[Row]) -> Iterator[str]:
    yield from (":20:BENCH", f":25:{ACCOUNT}", ":28C:1/1", ":60F:C120130GBP0,00")
    for place, row in enumerate(rows):
        mark = "D" if row.amount.startswith("-") else "C"
        yield f":61:1201310131{mark}{row.amount.lstrip('-').replace('.', ',')}NTRFNONREF//B{place}"
        yield f":86:166?00TRANSFER?20SVWZ+{row.text}?32{row.name}"
    yield ":62F:C120131GBP0,00"
    yield "-"
