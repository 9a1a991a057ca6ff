"""Bank statements for beangulp's own command line and for Fava's import page: importers, one for each format.

Accounts of the tool are moved by facts only, so customers' payments are for `billing-beans import bank`. What it does not
take (fees, rent, money that nobody owes) becomes a transaction between the bank and an account for what is not matched yet,
by default `Assets:<entity>:Bank:Unmatched`, for a person to complete. A line that is in the books already, as a payment or
as such a transaction, is marked as a duplicate: both say the line's id. So is what the tool recorded without a statement, such as a
processor's payout: the same amount on this account, within a week.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import beangulp  # type: ignore[import-untyped]
from beancount.core import data, flags
from beancount.core.amount import Amount
from beangulp.extract import DUPLICATE  # type: ignore[import-untyped]

from billing_beans.core.accounts import Role, place_of
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.importers.bank.batches import HAND
from billing_beans.importers.bank.candidates import ON_ITS_WAY
from billing_beans.importers.bank.lines import (
    PREFIX,
    BankFile,
    BankLine,
    Statement,
    account_number,
    identified,
    only_of,
)
from billing_beans.importers.bank.reading import ReadChoices, format_of, read_bank_file
from billing_beans.importers.bank.table import CsvChoices

SOURCE = "source"
"""The metadata with which a payment says the line that it came from."""

OPERATION = "operation"
"""The metadata that every fact of the tool has."""

_ONE_DAY = timedelta(days=1)


class BankImporter(beangulp.Importer):  # type: ignore[misc]
    """Statements of one bank account of a legal entity.

    `account` is the account of the ledger; `number` the IBAN or number that its statements bear, needed where there are
    importers for several accounts. `unmatched` is the other side of each transaction.
    """

    format: ClassVar[str]

    def __init__(
        self, account: str, number: str | None = None, unmatched: str | None = None, encoding: str | None = None
    ) -> None:
        place = place_of(account)
        if place is None or place.role is not Role.BANK:
            raise WrongUsage(
                f"{account} is no bank account of a legal entity.", instead="for example Assets:SG:Bank:OCBC"
            )
        self._account = account
        self._number = account_number(number) or None
        self._unmatched = unmatched or f"Assets:{place.entity}:Bank:Unmatched"
        other = place_of(self._unmatched)
        if other is not None and other.role.of_the_tool:
            raise WrongUsage(
                f"{self._unmatched} is an account of the tool.",
                rule="13 of the architecture: accounts of the tool are moved by facts only.",
                instead=f"for example Assets:{place.entity}:Bank:Unmatched",
            )
        self._choices = ReadChoices(self.format, encoding)
        self._read: tuple[tuple[str, int, int], BankFile] | None = None

    @property
    def name(self) -> str:
        """The format and the account: what tells importers apart."""
        return f"billing-beans.{self.format}.{self._account}"

    def identify(self, filepath: str) -> bool:
        """Whether this is a statement in the importer's format, and of its account."""
        path = Path(filepath)
        try:
            return path.is_file() and self._is_format(path) and bool(self._file(path).statements)
        except BillingError:
            return False

    def account(self, filepath: str) -> str:  # noqa: ARG002 - beangulp's signature
        return self._account

    def date(self, filepath: str) -> date | None:
        """The last day of the statement."""
        days = [day for statement in self._file(Path(filepath)).statements for day in _days(statement)]
        return max(days, default=None)

    def extract(self, filepath: str, existing: data.Directives) -> list[data.Directive]:  # noqa: ARG002 - as above
        """A transaction for each line, and a balance for each statement that closes with one. Raises `BillingError`."""
        file = self._file(Path(filepath))
        entries: list[data.Directive] = [self._transaction(line, filepath) for line in identified([file]).lines]
        return [*entries, *self._balances(file, filepath)]

    def deduplicate(self, entries: data.Directives, existing: data.Directives) -> None:
        """Mark what is in the books: lines by their id, balances by account, day and amount."""
        lines = {line: entry for entry in existing for line in _lines_of(entry)}
        recorded = self._recorded(existing)
        balances = {_balance(entry): entry for entry in existing if isinstance(entry, data.Balance)}
        for entry in entries:
            same: list[data.Directive | None] = [lines.get(one) for one in _lines_of(entry)]
            if isinstance(entry, data.Balance):
                same = [balances.get(_balance(entry))]
            elif isinstance(entry, data.Transaction) and not any(same):
                same = [_near(recorded.get(entry.postings[0].units, []), entry.date)]
            found = next((one for one in same if one is not None), None)
            if found is not None:
                entry.meta[DUPLICATE] = found

    def _recorded(self, existing: data.Directives) -> dict[Amount | None, list[data.Transaction]]:
        """What the tool recorded on this account and no line of a statement is named for: payouts, refunds, payments by hand."""
        found: dict[Amount | None, list[data.Transaction]] = {}
        for entry in existing:
            if isinstance(entry, data.Transaction) and OPERATION in entry.meta and not any(_lines_of(entry)):
                for posting in entry.postings:
                    if posting.account == self._account:
                        found.setdefault(posting.units, []).append(entry)
        return found

    def _is_format(self, path: Path) -> bool:
        with path.open("rb") as handle:
            return format_of(handle.read(1 << 16)) == self.format

    def _file(self, path: Path) -> BankFile:
        """The file, read once as long as it stays the same: identifying it reads all of it."""
        status = path.stat()
        key = (str(path), status.st_mtime_ns, status.st_size)
        if self._read is None or self._read[0] != key:
            self._read = (key, self._own(read_bank_file(path, self._choices)))
        return self._read[1]

    def _own(self, file: BankFile) -> BankFile:
        """The statements of this importer's account. Raises `WrongUsage` where there are others, and no number to tell it."""
        if self._number:
            return only_of([file], self._number)[0]
        if len({one.account for one in file.statements}) > 1:
            raise WrongUsage(f"{file.name} has statements of several accounts.", instead="give the importer a number")
        return file

    def _transaction(self, line: BankLine, filepath: str) -> data.Transaction:
        meta = data.new_metadata(filepath, int(line.where.rpartition(":")[2]), {HAND: line.id})
        if line.counterparty_account:
            meta["counterparty-account"] = line.counterparty_account
        postings = [self._posting(self._account, line.amount), self._posting(self._unmatched, -line.amount)]
        text = line.text or line.end_to_end
        return data.Transaction(
            meta,
            line.booked,
            flags.FLAG_WARNING,
            line.counterparty or None,
            text,
            data.EMPTY_SET,
            data.EMPTY_SET,
            postings,
        )

    @staticmethod
    def _posting(account: str, amount: Amount) -> data.Posting:
        return data.Posting(account, amount, None, None, None, None)

    def _balances(self, file: BankFile, filepath: str) -> Iterator[data.Balance]:
        """What the account holds at the beginning of the day after each statement."""
        closings = {
            (one.closing.day, one.closing.amount.currency): one.closing for one in file.statements if one.closing
        }
        for closing in closings.values():
            meta = data.new_metadata(filepath, 1)
            yield data.Balance(meta, closing.day + _ONE_DAY, self._account, closing.amount, None, None)


def _days(statement: Statement) -> Iterator[date]:
    yield from (line.booked for line in statement.lines)
    if statement.closing:
        yield statement.closing.day


def _lines_of(entry: data.Directive) -> Iterator[str]:
    """The lines of statements that an entry is of."""
    for key in (HAND, SOURCE):
        value = (entry.meta or {}).get(key)
        if isinstance(value, str) and value.startswith(PREFIX):
            yield value


def _near(recorded: list[data.Transaction], day: date) -> data.Transaction | None:
    """The first of these that is dated near the day; each is taken once."""
    for place, entry in enumerate(recorded):
        if abs(entry.date - day) <= ON_ITS_WAY:
            return recorded.pop(place)
    return None


def _balance(entry: data.Balance) -> tuple[Any, ...]:
    return entry.account, entry.date, entry.amount


class CamtImporter(BankImporter):
    """CAMT.053."""

    format = "camt"


class Mt940Importer(BankImporter):
    """MT940."""

    format = "mt940"


class OfxImporter(BankImporter):
    """OFX, as SGML or XML."""

    format = "ofx"


class CsvImporter(BankImporter):
    """CSV, with the columns that are named: `columns={"date": "Buchungstag", "amount": "Betrag"}`.

    `number` stands for the account of rows that name none, and `currency` for their currency.
    """

    format = "csv"

    def __init__(
        self,
        account: str,
        number: str,
        columns: Mapping[str, str],
        *,
        delimiter: str | None = None,
        decimal: str = ".",
        date_format: str | None = None,
        currency: str | None = None,
        unmatched: str | None = None,
        encoding: str | None = None,
    ) -> None:
        super().__init__(account, number, unmatched, encoding)
        choices = CsvChoices(columns, delimiter, decimal, date_format, number, currency)
        self._choices = ReadChoices(self.format, encoding, choices)
