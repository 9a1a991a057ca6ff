"""Imported invoices and cancellations on their way into the books: refused one by one, written in acts of many.

They go in by day, so that a cancellation finds the invoices before it. A document that stands in the books already is passed over, so the same file can be imported again: after a crash, or
after the customers that were missing have been added.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from billing_beans.acts.importing import (
    DocumentImport,
    DocumentRefused,
    ImportDocuments,
    ImportedInvoice,
    OtherContent,
    check_number,
    draft_of,
    stands_already,
)
from billing_beans.books import Books
from billing_beans.core.errors import BillingError
from billing_beans.core.facts import Fact
from billing_beans.importers.invoices import Document, InvoiceRows, Issued, Refusal, Why, with_later
from billing_beans.importers.tables import Row, TableFile
from billing_beans.invoicing.cancelling import Certainty, NoMatch, Rule, Unmatched
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted
from billing_beans.ledger.codec import encode
from billing_beans.ledger.journal import Written
from billing_beans.ledger.ledger import Asker, Outcome, Writing
from billing_beans.ledger.reading import collector_paused

BATCH = 500
"""Documents in one act: so many that flushing to disk costs little, so few that progress shows."""


@dataclass(slots=True)
class Sums:
    """Documents of one kind that were imported, and their totals and taxes by currency; totals with tax."""

    count: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)
    taxes: dict[str, Decimal] = field(default_factory=dict)

    def add(self, draft: InvoiceDrafted | CreditNoteDrafted) -> None:
        self.count += 1
        for sums, money in ((self.totals, draft.total), (self.taxes, draft.tax)):
            sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.number


@dataclass(slots=True)
class Report:
    """What became of the rows: `rules` counts by which of them credit notes found their invoices."""

    rows: int
    invoices: Sums = field(default_factory=Sums)
    credit_notes: Sums = field(default_factory=Sums)
    rules: Counter[Rule] = field(default_factory=Counter)
    without_total: int = 0
    standing: int = 0
    first: date | None = None
    last: date | None = None
    refusals: list[Refusal] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    sample: str = ""
    """The directives of the first document, as they were or would be written."""

    def count(self, outcome: Outcome, rules: Counter[Rule]) -> None:
        """Take note of what an act wrote, or would write."""
        self.written += outcome.written
        self.rules += rules
        if not self.sample:
            self.sample = "\n".join(map(encode, _first_document(outcome.facts)))
        for draft in outcome.facts:
            if isinstance(draft, CreditNoteDrafted):
                self.credit_notes.add(draft)
            elif isinstance(draft, InvoiceDrafted):
                self.invoices.add(draft)
                self.without_total += not draft.total.number
            else:
                continue
            self.first = min(self.first or draft.date, draft.date)
            self.last = max(self.last or draft.date, draft.date)


def _first_document(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts[:3] if fact.entities()[0] == facts[0].entities()[0]]


@dataclass(slots=True)
class InvoiceImport:
    """One import of one file into open books. `progress` is told how many rows have been dealt with."""

    writing: Writing
    asker: Asker
    table: TableFile
    progress: Callable[[int], None]
    certainty: Certainty = Certainty.ONLY
    _waiting: list[Document] = field(default_factory=list)
    _unmatched: list[tuple[Document, NoMatch]] = field(default_factory=list)
    _credited: set[str] = field(default_factory=set)
    """Customers who got credit notes since the cancellations that match nothing were last looked at."""

    def run(self, rows: InvoiceRows) -> Report:
        """Take every row that can be taken. What was written stays where a later act fails. Raises `BillingError`."""
        report = Report(len(self.table.rows))
        with collector_paused():
            for document in self._in_order(rows, report):
                self._consider(document, report)
                if len(self._waiting) == BATCH:
                    self._write(report)
            self._write(report)
            self._look_again(report)
        report.refusals += [Refusal(one.row, no.why, no.words, INSTEAD[no.why]) for one, no in self._unmatched]
        report.refusals.sort(key=lambda refusal: refusal.row.line)
        return report

    def _in_order(self, rows: InvoiceRows, report: Report) -> list[Document]:
        documents: list[Document] = []
        for one in rows:
            if isinstance(one, Document):
                documents.append(one)
            else:
                report.refusals.append(one)
                self.progress(1)
        return with_later(sorted(documents, key=lambda one: one.order))

    def _look_again(self, report: Report) -> None:
        """Of several invoices that a cancellation may have been of, later ones may have left only one.

        What is left in the end matches nothing, so that the same file finds nothing new when it is imported again.
        """
        while self._credited:
            credited, self._credited = self._credited, set()
            again = [one for one, no in self._unmatched if no.why in MAY_CHANGE and one.what.customer in credited]
            if not again:
                break
            lines = {one.row.line for one in again}
            self._unmatched = [pair for pair in self._unmatched if pair[0].row.line not in lines]
            for start in range(0, len(again), BATCH):
                self._waiting = again[start : start + BATCH]
                self._write(report)

    def _consider(self, document: Document, report: Report) -> None:
        row, what = document.row, document.what
        try:
            if self._books.catalog.customer(what.customer, what.day) is None:
                words = f"{what.number} is for {what.customer}, who is no customer on {what.day}"
                report.refusals.append(Refusal(row, Why.UNKNOWN_CUSTOMER, words, "billing-beans customer add"))
            elif stands_already(self._books, what):
                report.standing += 1
            elif what.day < (first := self._books.periods.first_open):
                words = f"{what.number} is of {what.day}, and {first} is the first day that is not closed"
                instead = f"billing-beans period reopen --from {what.day} --reason ..., or date it later"
                report.refusals.append(Refusal(row, Why.CLOSED, words, instead))
            else:
                self._check(what)
                self._waiting.append(document)
        except OtherContent as error:
            report.refusals.append(Refusal(row, Why.OTHER, error.what, error.instead))
        except BillingError as error:
            report.refusals.append(_by_rule(row, error))
        self.progress(1)

    def _check(self, what: Issued) -> None:
        """What can be said of a document before its turn comes. Raises `BillingError`."""
        if isinstance(what, ImportedInvoice):
            draft_of(self._books, what)
        else:
            check_number(what.number)

    def _write(self, report: Report) -> None:
        """Write what waits in one act; where one of them is refused, in an act before it and one behind it."""
        while self._waiting:
            batch = self._waiting
            try:
                self._perform(batch, report)
                self._waiting = []
            except DocumentRefused as refused:
                good, bad = batch[: refused.position], batch[refused.position]
                if good:
                    self._perform(good, report)
                report.refusals.append(_by_rule(bad.row, refused))
                self._waiting = batch[refused.position + 1 :]

    def _perform(self, batch: list[Document], report: Report) -> None:
        request = ImportDocuments(tuple(one.what for one in batch), self.certainty)
        act = DocumentImport()
        outcome = self.writing.perform(
            act.import_documents, request, replace(self.asker, idempotency_key=_key(self.table, batch))
        )
        report.count(outcome, act.rules)
        self._unmatched += [(batch[position], no_match) for position, no_match in act.unmatched.items()]
        self._credited.update(one.customer for one in outcome.facts if isinstance(one, CreditNoteDrafted))

    @property
    def _books(self) -> Books:
        return self.writing.reading.books


def _key(table: TableFile, batch: list[Document]) -> str:
    """The rows of a batch, of which a later import of the same file may find some to take that match nothing now."""
    lines = ",".join(str(one.row.line) for one in batch)
    rows = hashlib.sha256(lines.encode()).hexdigest()
    return f"import/sha256:{table.digest}/{batch[0].row.line}-{batch[-1].row.line}/{rows[:16]}"


MAY_CHANGE = (Unmatched.SEVERAL, Unmatched.GRANTED)
"""Reasons that credit notes for the same customer can put right."""

INSTEAD = {
    Unmatched.NO_INVOICE: "import the invoice first, or take it as settled before the books began",
    Unmatched.TOO_MUCH: "credit several invoices by hand: billing-beans invoice credit",
    Unmatched.SEVERAL: "let the newest count with --match newest, or choose: billing-beans invoice credit",
    Unmatched.NOT_EXACT: "accept the only invoice with so much left with --match only",
    Unmatched.TOO_EARLY: "credit it by hand on a later day: billing-beans invoice credit",
    Unmatched.GRANTED: "credit a quantity by hand: billing-beans invoice credit",
}
"""What to do about a cancellation that takes back nothing."""


def _by_rule(row: Row, error: BillingError) -> Refusal:
    return Refusal(row, Why.RULE, f"{error.what} Rule {error.rule}" if error.rule else error.what, error.instead)
