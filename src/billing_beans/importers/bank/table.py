"""A statement as CSV, which every bank writes its own way: columns by name, one for the amount or one for each direction."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal

from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import parse_number
from billing_beans.core.records import record
from billing_beans.importers.bank.decoding import decoded
from billing_beans.importers.bank.lines import (
    BankFile,
    BankLine,
    Skipped,
    Statement,
    account_number,
    amount_of,
    clean,
    day_of,
    reference,
    unreadable,
)
from billing_beans.importers.tables import Column, Row

FORMAT = "csv"

COLUMNS = (
    Column(
        "date",
        (
            "date",
            "bookingdate",
            "bookeddate",
            "transactiondate",
            "posted",
            "postingdate",
            "buchungstag",
            "buchungsdatum",
            "datum",
            "boekdatum",
        ),
        True,
    ),
    Column("value-date", ("valuedate", "valutadatum", "wertstellung", "valuta", "rentedatum")),
    Column("amount", ("amount", "betrag", "umsatz", "bedrag", "montant", "importe", "betrageur", "amounteur")),
    Column("debit", ("debit", "paidout", "withdrawal", "withdrawals", "moneyout", "soll", "belastung")),
    Column("credit", ("credit", "paidin", "deposit", "deposits", "moneyin", "haben", "gutschrift")),
    Column("currency", ("currency", "currencycode", "waehrung", "whrung", "munt", "devise")),
    Column(
        "name",
        (
            "name",
            "counterparty",
            "payee",
            "payer",
            "beguenstigterzahlungspflichtiger",
            "begnstigterzahlungspflichtiger",
            "namezahlungsbeteiligter",
            "auftraggeberempfnger",
            "naamtegenpartij",
        ),
    ),
    Column(
        "counterparty-account",
        (
            "counterpartyaccount",
            "counterpartyiban",
            "iban",
            "kontonummeriban",
            "ibanzahlungsbeteiligter",
            "tegenrekening",
        ),
    ),
    Column(
        "text", ("text", "description", "details", "memo", "reference", "verwendungszweck", "omschrijving", "libelle")
    ),
    Column("end-to-end", ("endtoend", "endtoendid", "endtoendreference", "kundenreferenzendtoend")),
    Column("id", ("id", "transactionid", "bankreference", "bankid", "transactionreference")),
    Column("account", ("account", "accountnumber", "ownaccount", "auftragskonto", "rekening")),
)
"""What a row may say, and what banks call it."""

_NEITHER = re.compile(r"[^a-z0-9]")
_DELIMITERS = ",;\t|"
_BEFORE_HEADER = 40
"""Lines that may stand before the header: the bank's name, the account, the period."""
_GROUPED = {
    ".": re.compile(r"[0-9]{1,3}(,[0-9]{3})*(\.[0-9]*)?|[0-9]*\.?[0-9]+"),
    ",": re.compile(r"[0-9]{1,3}(\.[0-9]{3})*(,[0-9]*)?|[0-9]*,?[0-9]+"),
}
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=$|[T ])")


@record
class CsvChoices:
    """How to read a table, as far as it does not say so itself.

    `columns` says which column holds what; `decimal` is the decimal mark; `account` and `currency` hold for rows that name
    none. Without `date_format` days are written 2026-01-31.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    decimal: str = "."
    date_format: str | None = None
    account: str | None = None
    currency: str | None = None


def read_csv(data: bytes, name: str, choices: CsvChoices, encoding: str | None = None) -> BankFile:
    """The rows of a table as one statement. Raises `WrongUsage`, with the line, where a row can't be read; then none is."""
    rows = list(_rows(decoded(data, name, encoding), name, choices.delimiter))
    header, places = _header(rows, name, choices)
    body = rows[rows.index(header) + 1 :]
    lines: list[BankLine] = []
    skipped: list[Skipped] = []
    reader = _Reader(choices, places, len(header.cells), name)
    for row in body:
        try:
            line = reader.line(row)
        except BillingError as error:
            raise unreadable(name, row.line, error.what, error.instead) from error
        if line.amount.number:
            lines.append(line)
        else:
            skipped.append(Skipped(line.where, "moves nothing: its amount is zero"))
    # The rows of one account are one statement, wherever they stand.
    accounts = dict.fromkeys(line.account for line in lines)
    statements = [Statement(one, "", tuple(line for line in lines if line.account == one)) for one in accounts]
    return BankFile(name, FORMAT, tuple(statements), tuple(skipped))


def _rows(text: str, name: str, delimiter: str | None) -> Iterator[Row]:
    if delimiter is None:
        head = text[:4000]
        delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(before + 1, tuple(cells))
            before = reader.line_num
    except csv.Error as error:
        raise unreadable(name, before + 1, f"this is no CSV: {error}.") from error


def _header(rows: Sequence[Row], name: str, choices: CsvChoices) -> tuple[Row, dict[str, int]]:
    """The first row that names the columns, and where they stand. Raises `WrongUsage` where there is none."""
    known = {column.name for column in COLUMNS}
    if unknown := set(choices.columns) - known:
        raise WrongUsage(
            f"{', '.join(sorted(unknown))} is nothing that a statement says.",
            instead=f"choose from {', '.join(column.name for column in COLUMNS)}",
        )
    missing = "date"
    for row in rows[:_BEFORE_HEADER]:
        places = _places(row, choices.columns)
        if set(choices.columns) <= set(places) and "date" in places and {"amount", "credit", "debit"} & set(places):
            return row, places
        if "date" in places and set(choices.columns) <= set(places):
            missing = "amount"
    at, has = (rows[0].line, ", ".join(cell.strip() for cell in rows[0].cells)) if rows else (1, "nothing")
    if choices.columns:
        raise unreadable(
            name,
            at,
            f"no line names the columns {', '.join(choices.columns.values())}; this one has {has}.",
            "correct --columns or --delimiter",
        )
    raise unreadable(
        name,
        at,
        f"no line names a column for the {missing}; this one has {has}.",
        "say which column it is, such as --columns date=Buchungstag,amount=Betrag",
    )


def _places(row: Row, chosen: Mapping[str, str]) -> dict[str, int]:
    cells = [cell.strip() for cell in row.cells]
    plain = [_NEITHER.sub("", cell.lower()) for cell in cells]
    places: dict[str, int] = {}
    for column in COLUMNS:
        if column.name in chosen:
            if chosen[column.name] in cells:
                places[column.name] = cells.index(chosen[column.name])
            continue
        place = next((plain.index(called) for called in column.called if called in plain), None)
        if place is not None:
            places[column.name] = place
    taken = [places[name] for name in chosen if name in places]
    return {name: place for name, place in places.items() if name in chosen or place not in taken}


class _Reader:
    """Reads rows, with what the choices say of all of them."""

    def __init__(self, choices: CsvChoices, places: dict[str, int], width: int, name: str) -> None:
        self._choices = choices
        self._places = places
        self._width = width
        self._name = name

    def line(self, row: Row) -> BankLine:
        """What a row says. Raises `BillingError`."""
        if len(row.cells) != self._width:
            raise WrongUsage(f"the row has {len(row.cells)} cells, and the header {self._width}.")
        currency = self._cell(row, "currency") or self._choices.currency or ""
        if not currency:
            raise WrongUsage("the row names no currency.", instead="say which one it is with --currency")
        account = account_number(self._cell(row, "account") or self._choices.account)
        if not account:
            raise WrongUsage("the row names no account.", instead="say whose statement it is with --account")
        value = self._cell(row, "value-date")
        return BankLine(
            account=account,
            booked=self._day(self._cell(row, "date")),
            amount=amount_of(self._number(row), currency.upper()),
            where=f"{self._name}:{row.line}",
            bank_id=reference(self._cell(row, "id")),
            value=self._day(value) if value else None,
            counterparty=clean(self._cell(row, "name")),
            counterparty_account=account_number(self._cell(row, "counterparty-account")),
            text=clean(self._cell(row, "text")),
            end_to_end=reference(self._cell(row, "end-to-end")),
        )

    def _cell(self, row: Row, column: str) -> str:
        place = self._places.get(column)
        return "" if place is None else row.cells[place].strip()

    def _number(self, row: Row) -> Decimal:
        if "amount" in self._places:
            return self._parsed(self._cell(row, "amount"))
        debit, credit = self._cell(row, "debit"), self._cell(row, "credit")
        went, came = (self._parsed(cell) if cell else Decimal(0) for cell in (debit, credit))
        if went and came:
            raise WrongUsage(f"the row has a debit of {went:f} and a credit of {came:f}.")
        # Some banks write a debit with its sign, and some without.
        return came or -abs(went)

    def _parsed(self, text: str) -> Decimal:
        """A number with the decimal mark that was chosen; thousands may be marked with the other one, by threes."""
        plain = text.replace("\u2212", "-").replace("\u00a0", "").replace("'", "").replace(" ", "")
        sign = "-" if plain.startswith("-") or plain.endswith("-") else ""
        digits = plain.removesuffix("-").lstrip("+-") if plain[:1] in ("-", "+") else plain.removesuffix("-")
        mark = self._choices.decimal
        if _GROUPED[mark].fullmatch(digits) is None:
            other = "," if mark == "." else "."
            raise WrongUsage(
                f"{text!r} is no number with the decimal mark {mark!r}.",
                instead=f"give the other one with --decimal {other!r}, or correct --columns",
            )
        number = digits.replace("," if mark == "." else ".", "").replace(mark, ".").rstrip(".")
        return parse_number(f"{sign}{number if number[:1] != '.' else f'0{number}'}")

    def _day(self, text: str) -> date:
        pattern = self._choices.date_format
        if pattern is None:
            found = _ISO_DAY.match(text)
            return parse_day(found[0] if found else text, date.min) if found else _no_day(text)
        try:
            moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - the day as the bank writes it
        except ValueError:
            raise WrongUsage(
                f"{text!r} is no date of the form {pattern}.", instead="give the right --date-format"
            ) from None
        return day_of(moment.year, moment.month, moment.day)


def _no_day(text: str) -> date:
    raise WrongUsage(
        f"{text!r} is no date like 2026-01-31.", instead="say how days are written: --date-format %d.%m.%Y"
    )
