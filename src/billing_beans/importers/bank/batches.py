"""Lines of bank statements on their way into the books: what stands there is passed over, the rest matched and recorded.

Statements overlap, and come twice: a line is known by its id (`lines.py`), which is the source of what it became.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from billing_beans.acts.receipts import Receipt, ReceiptRefused, ReceiveMoney, receive_money
from billing_beans.books import Books
from billing_beans.core.accounts import Account
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.importers.bank.accounts import account_for, refuse_other_currencies
from billing_beans.importers.bank.candidates import PAYER, Candidates, candidates_of
from billing_beans.importers.bank.lines import PREFIX, BankFile, BankLine, Skipped, identified
from billing_beans.importers.bank.matching import Confidence, Match, match_line, take
from billing_beans.ledger.codec import encode
from billing_beans.ledger.journal import Written
from billing_beans.ledger.ledger import Asker, Writing
from billing_beans.ledger.reading import collector_paused
from billing_beans.payments.records import PaymentStatus

BATCH = 500
"""Payments in one act: so many that flushing to disk costs little, so few that progress shows."""

HAND = "bank-line"
"""The metadata with which a transaction that a person keeps says which line of a statement it is of."""
_NOT_KEPT = ("journal", "documents")
"""Folders of the books that people write nothing into."""
_BY_HAND = re.compile(rf'{HAND}:\s*"({PREFIX}[0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class Standing:
    """A line that is in the books already, and as what."""

    line: BankLine
    what: str


@dataclass(slots=True)
class Report:
    """What became of the lines: each is standing, or matched, or skipped. `refused` by a rule when it was to be recorded."""

    matches: list[Match] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    verified: dict[str, str] = field(default_factory=dict)
    """The payment of each line that was recorded now, by the line's id."""
    refused: dict[str, BillingError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    sample: str = ""
    """The directives of the first payment, as they were or would be written."""
    accounts: dict[str, Account] = field(default_factory=dict)
    """The account of the ledger for each account of the statements."""

    @property
    def lines(self) -> int:
        """How many lines the files have, each once for as often as it stands in them."""
        return len(self.matches) + len(self.standing) + len(self.skipped)

    def of(self, confidence: Confidence) -> list[Match]:
        return [one for one in self.matches if one.confidence is confidence]


def lines_by_hand(root: Path) -> frozenset[str]:
    """Lines of statements that stand in files which people keep, such as those that an importer made for Fava."""
    found: set[str] = set()
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = [name for name in folders if not name.startswith(".") and (here != root or name not in _NOT_KEPT)]
        for name in names:
            if name.endswith((".beancount", ".bean")):
                found.update(_BY_HAND.findall((here / name).read_text(encoding="utf-8", errors="replace")))
    return frozenset(found)


@dataclass(slots=True)
class BankRun:
    """One run over files that were read. `recorded` is what is to be recorded; `progress` is told of each line."""

    books: Books
    into: str | None = None
    by_hand: frozenset[str] = frozenset()
    recorded: frozenset[Confidence] = frozenset((Confidence.SURE,))
    progress: Callable[[int], None] = lambda _done: None
    _candidates: dict[Account, Candidates] = field(default_factory=dict)

    def match(self, files: Sequence[BankFile]) -> Report:
        """Match each line, by the day it was booked. Writes nothing. Raises `BillingError` for files of another account."""
        found = identified(files)
        report = Report()
        report.notes += [note for file in files for note in file.notes]
        report.skipped += [one for file in files for one in file.skipped]
        report.skipped += found.repeated
        accounts = [*dict.fromkeys(line.account for line in found.lines)]
        if self.into and len(accounts) > 1:
            raise WrongUsage(
                f"The statements are of {len(accounts)} accounts, {', '.join(accounts)}, and --into is one.",
                rule="B3: money for a legal entity goes to its own account.",
                instead=f"take them one by one, such as --account {accounts[0]}",
            )
        for stated in accounts:
            account = report.accounts[stated] = account_for(self.books, stated, self.into)
            refuse_other_currencies(self.books, (one for one in found.lines if one.account == stated), account)
        with collector_paused():
            for line in sorted(found.lines, key=_booked):
                self._consider(line, report)
                self.progress(1)
        return report

    def _consider(self, line: BankLine, report: Report) -> None:
        standing = _payment_of(self.books, line)
        if standing is not None:
            report.standing.append(Standing(line, standing))
        elif line.id in self.by_hand:
            report.standing.append(Standing(line, "a transaction kept by hand"))
        else:
            candidates = self._of(report.accounts[line.account])
            match = match_line(line, candidates)
            if match.confidence in self.recorded:
                take(match, candidates)
            report.matches.append(match)

    def receipt(self, match: Match, account: Account) -> Receipt:
        """What is recorded of a match."""
        line = match.line
        return Receipt(
            source=line.id,
            received=line.booked,
            into=account,
            amount=line.amount,
            payment=match.payment,
            invoices=() if match.payment else match.invoices,
            customer=match.customer,
            seller=self._of(account).seller,
            bank_reference=line.bank_id or line.end_to_end or None,
            payer=f"{PAYER}{line.counterparty_account}" if line.counterparty_account else line.counterparty or None,
        )

    def _of(self, account: Account) -> Candidates:
        if account not in self._candidates:
            self._candidates[account] = candidates_of(self.books, account)
        return self._candidates[account]


def _payment_of(books: Books, line: BankLine) -> str | None:
    """The payment that came from this line, or that a person verified with it as its reference."""
    for payment in books.payments.heads.range("source", line.id):
        return payment.payment
    for payment in books.payments.heads.range("reference", line.id):
        if payment.status is PaymentStatus.VERIFIED:
            return payment.payment
    return None


def _booked(line: BankLine) -> date:
    return line.booked


def record(report: Report, run: BankRun, writing: Writing, asker: Asker) -> None:
    """Record what the run was to record: submitted and verified, in acts of many. Adds to the report what became of it.

    A payment that a rule forbids is left out, and the others are written. What was written stays where a later act fails.
    """
    waiting = [one for one in report.matches if one.confidence in run.recorded]
    while waiting:
        batch = waiting[:BATCH]
        try:
            _perform(batch, report, run, writing, asker)
            waiting = waiting[len(batch) :]
        except ReceiptRefused as refused:
            if refused.position:
                _perform(batch[: refused.position], report, run, writing, asker)
            report.refused[batch[refused.position].line.id] = refused
            waiting = waiting[refused.position + 1 :]


def _perform(batch: Sequence[Match], report: Report, run: BankRun, writing: Writing, asker: Asker) -> None:
    receipts = tuple(run.receipt(match, report.accounts[match.line.account]) for match in batch)
    key = f"{PREFIX}{_digest(one.source for one in receipts)}"
    outcome = writing.perform(receive_money, ReceiveMoney(receipts), replace(asker, idempotency_key=key))
    report.written += outcome.written
    first = [fact for fact in outcome.facts if fact.source == receipts[0].source]
    report.sample = report.sample or "\n".join(map(encode, first))
    for receipt in receipts:
        for head in outcome.act.books.payments.heads.range("source", receipt.source):
            report.verified[receipt.source] = head.payment


def _digest(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()
