"""Imported invoices on their way into the books: refused one by one, written in acts of many.

An invoice that stands in the books already is passed over, so the same file can be imported again: after a crash, or
after the customers that were missing have been added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from billing_beans.acts.importing import (
    ImportedInvoice,
    ImportInvoices,
    InvoiceRefused,
    OtherContent,
    draft_of,
    import_invoices,
    stands_already,
)
from billing_beans.books import Books
from billing_beans.core.errors import BillingError
from billing_beans.core.facts import Fact
from billing_beans.importers.invoices import InvoiceRows, Refusal, Why
from billing_beans.importers.tables import Row, TableFile
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.ledger.codec import encode
from billing_beans.ledger.journal import Written
from billing_beans.ledger.ledger import Asker, Outcome, Writing
from billing_beans.ledger.reading import collector_paused

BATCH = 500
"""Invoices in one act: so many that flushing to disk costs little, so few that progress shows."""


@dataclass(slots=True)
class Report:
    """What became of the rows. Totals are of what was imported, by currency; `totals` with tax."""

    rows: int
    imported: int = 0
    without_total: int = 0
    standing: int = 0
    first: date | None = None
    last: date | None = None
    totals: dict[str, Decimal] = field(default_factory=dict)
    taxes: dict[str, Decimal] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    sample: str = ""
    """The directives of the first invoice, as they were or would be written."""

    def count(self, outcome: Outcome) -> None:
        """Take note of what an act wrote, or would write."""
        self.written += outcome.written
        if not self.sample:
            self.sample = "\n".join(map(encode, _first_invoice(outcome.facts)))
        for draft in outcome.facts:
            if not isinstance(draft, InvoiceDrafted):
                continue
            self.imported += 1
            self.without_total += not draft.total.number
            self.first = min(self.first or draft.date, draft.date)
            self.last = max(self.last or draft.date, draft.date)
            self.totals[draft.currency] = self.totals.get(draft.currency, Decimal(0)) + draft.total.number
            self.taxes[draft.currency] = self.taxes.get(draft.currency, Decimal(0)) + draft.tax.number


def _first_invoice(facts: list[Fact]) -> list[Fact]:
    first = facts[0].entities()[0]
    return [fact for fact in facts[:3] if fact.entities()[0] == first]


@dataclass(slots=True)
class InvoiceImport:
    """One import of one file into open books. `progress` is told how many rows have been dealt with."""

    writing: Writing
    asker: Asker
    table: TableFile
    progress: Callable[[int], None]
    _waiting: list[tuple[Row, ImportedInvoice]] = field(default_factory=list)

    def run(self, rows: InvoiceRows) -> Report:
        """Take every row that can be taken. What was written stays where a later act fails. Raises `BillingError`."""
        report = Report(len(self.table.rows))
        with collector_paused():
            for row, read in rows:
                self._consider(row, read, report)
                if len(self._waiting) == BATCH:
                    self._write(report)
            self._write(report)
        report.refusals.sort(key=lambda refusal: refusal.row.line)
        return report

    def _consider(self, row: Row, read: ImportedInvoice | Refusal, report: Report) -> None:
        try:
            if isinstance(read, Refusal):
                report.refusals.append(read)
            elif self._books.catalog.customer(read.customer, read.day) is None:
                words = f"{read.number} is for {read.customer}, who is no customer on {read.day}"
                report.refusals.append(Refusal(row, Why.UNKNOWN_CUSTOMER, words, "billing-beans customer add"))
            elif stands_already(self._books, read):
                report.standing += 1
            elif read.day < (first := self._books.periods.first_open):
                words = f"{read.number} is of {read.day}, and {first} is the first day that is not closed"
                instead = f"billing-beans period reopen --from {read.day} --reason ..., or date it later"
                report.refusals.append(Refusal(row, Why.CLOSED, words, instead))
            else:
                draft_of(self._books, read)
                self._waiting.append((row, read))
                return
        except OtherContent as error:
            report.refusals.append(Refusal(row, Why.OTHER, error.what, error.instead))
        except BillingError as error:
            report.refusals.append(_by_rule(row, error))
        self.progress(1)

    def _write(self, report: Report) -> None:
        """Write what waits in one act; where one of them is refused, in an act before it and one behind it."""
        while self._waiting:
            batch = self._waiting
            try:
                report.count(self._perform(batch))
                self._waiting = []
            except InvoiceRefused as refused:
                good, (row, _invoice) = batch[: refused.position], batch[refused.position]
                if good:
                    report.count(self._perform(good))
                report.refusals.append(_by_rule(row, refused))
                self._waiting = batch[refused.position + 1 :]
            self.progress(len(batch) - len(self._waiting))

    def _perform(self, batch: list[tuple[Row, ImportedInvoice]]) -> Outcome:
        first, last = batch[0][0].line, batch[-1][0].line
        key = f"import/sha256:{self.table.digest}/{first}-{last}"
        request = ImportInvoices(tuple(invoice for _row, invoice in batch))
        return self.writing.perform(import_invoices, request, replace(self.asker, idempotency_key=key))

    @property
    def _books(self) -> Books:
        return self.writing.reading.books


def _by_rule(row: Row, error: BillingError) -> Refusal:
    return Refusal(row, Why.RULE, f"{error.what} Rule {error.rule}" if error.rule else error.what, error.instead)
