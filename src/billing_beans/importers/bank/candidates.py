"""What money may be for: open invoices and submitted payments, found by number, amount and payer.

Made once for a run, from the books' indexes of what is open; a line of a statement is then matched without reading books
line by line. What is matched is taken out, so that no two lines of a run pay the same invoice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import place_of
from billing_beans.core.money import Money, new_money
from billing_beans.importers.bank.lines import BankLine, account_number
from billing_beans.importers.bank.mentions import Mention, Numbers, Strength, name_key, name_keys
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.records import PaymentHead, PaymentStatus, Payout

_WORD = re.compile(r"[A-Za-z0-9]+(?:[-/._][A-Za-z0-9]+)+|[0-9]{5,}")
"""What may be a number as it is written: in parts, or of many digits."""

INVOICE, PAYMENT = "invoice ", "payment "
"""What the key of a mention begins with."""
ON_ITS_WAY = timedelta(days=7)
"""How far the day that a processor says and the day that the bank books may be apart."""
LEAST = 6
"""Characters of a reference that is told by itself."""
PAYER = "iban/"
"""What an account that pays for a customer begins with, as the books name it."""


@dataclass(slots=True)
class Owed:
    """An open invoice, and what is still owed on it as the run goes along: positive, in its currency."""

    number: str
    customer: str
    seller: str
    currency: str
    due: Decimal
    issued: date
    taken_by: str = ""


@dataclass(slots=True)
class Waiting:
    """A submitted payment that waits for its money, and what it is meant for."""

    payment: str
    customer: str
    amount: Money
    shares: Mapping[str, Decimal]
    taken_by: str = ""


@dataclass(slots=True)
class Candidates:
    """Everything that money on one account of a `seller` may be for. `payers` says for whom a known account pays on a day."""

    seller: str
    invoices: dict[str, Owed] = field(default_factory=dict)
    payments: dict[str, Waiting] = field(default_factory=dict)
    payers: Callable[[str, date], str | None] = lambda _payer, _day: None
    head_of: Callable[[str], InvoiceHead | None] = lambda _number: None
    _numbers: Numbers = field(default_factory=Numbers)
    _references: dict[str, list[str]] = field(default_factory=dict)
    _by_due: dict[tuple[str, Decimal], dict[str, None]] = field(default_factory=dict)
    _by_amount: dict[Money, dict[str, None]] = field(default_factory=dict)
    _for_invoice: dict[str, list[str]] = field(default_factory=dict)
    _payouts: dict[Money, list[tuple[date, str]]] = field(default_factory=dict)
    _by_name: dict[str, set[str]] = field(default_factory=dict)

    def named_by(self, line: BankLine) -> list[Mention]:
        """Open invoices and submitted payments that the line names, in its text or as a reference.

        A payment that names the line itself is by a person who looked at it: whatever else the line says is not asked.
        """
        if said_by_a_person := self._references.get(line.id):
            return [Mention(one, Strength.PLAIN) for one in said_by_a_person]
        whole = [Mention(one, Strength.PLAIN) for said in _references(line) for one in self._references.get(said, ())]
        best = {mention.key: mention for mention in whole}
        for text in (line.text, line.end_to_end, line.bank_id):
            for mention in self._numbers.in_text(text):
                before = best.get(mention.key)
                if before is None or before.strength < mention.strength:
                    best[mention.key] = mention
        return [*best.values()]

    def closed_named_by(self, line: BankLine) -> InvoiceHead | None:
        """An invoice that the line names just as it is written, and on which nothing is owed any more."""
        for text in (line.text, line.end_to_end):
            for word in _WORD.findall(text):
                head = self.head_of(word) or self.head_of(word.upper())
                if head is not None:
                    return head
        return None

    def customers_of(self, line: BankLine) -> set[str]:
        """Whose money it is by the payer's account; else by the payer's name. Several where the name is shared."""
        known = self.payer_of(line)
        if known is not None:
            return {known}
        return self._by_name.get(name_key(line.counterparty), set()) if line.counterparty else set()

    def payer_of(self, line: BankLine) -> str | None:
        """The customer for whom this account is known to pay, or None."""
        number = account_number(line.counterparty_account)
        return self.payers(f"{PAYER}{number}", line.booked) if number else None

    def payout_of(self, line: BankLine) -> str | None:
        """A payout of a processor that brought just this amount to the account, on a day near it; each is found once."""
        for place, (day, payout) in enumerate(payouts := self._payouts.get(line.amount, [])):
            if abs(line.booked - day) <= ON_ITS_WAY:
                payouts.pop(place)
                return payout
        return None

    def due_of(self, amount: Money) -> list[Owed]:
        """Open invoices on which exactly this is owed."""
        return [self.invoices[number] for number in self._by_due.get((amount.currency, amount.number), ())]

    def waiting_for(self, amount: Money) -> list[Waiting]:
        """Submitted payments of exactly this amount."""
        return [self.payments[payment] for payment in self._by_amount.get(amount, ())]

    def meant_for(self, numbers: Iterable[str]) -> list[Waiting]:
        """Submitted payments that are meant for one of these invoices, each once."""
        found = dict.fromkeys(payment for number in numbers for payment in self._for_invoice.get(number, ()))
        return [self.payments[one] for one in found if not self.payments[one].taken_by]

    def take(self, numbers: Iterable[str], amount: Decimal, where: str) -> None:
        """Settle this much of what is owed by a line, on the invoices in order."""
        left = amount
        for number in numbers:
            owed = self.invoices[number]
            share = min(left, owed.due)
            self._by_due[owed.currency, owed.due].pop(number, None)
            owed.due -= share
            left -= share
            if owed.due:
                self._by_due.setdefault((owed.currency, owed.due), {})[number] = None
            else:
                owed.taken_by = where

    def take_payment(self, payment: str, where: str) -> None:
        """Give a submitted payment its money: what it is meant for is settled as far as that goes."""
        waiting = self.payments[payment]
        waiting.taken_by = where
        self._by_amount[waiting.amount].pop(payment, None)
        for number, share in waiting.shares.items():
            if number in self.invoices:
                self.take([number], share, where)

    def add_invoice(self, head: InvoiceHead) -> None:
        owed = Owed(
            head.number, head.customer, head.seller, head.currency, head.due_amount, head.issued or head.drafted
        )
        self.invoices[owed.number] = owed
        self._by_due.setdefault((owed.currency, owed.due), {})[owed.number] = None
        self._numbers.add(INVOICE + owed.number, owed.number)

    def add_payment(self, head: PaymentHead, shares: Mapping[str, Decimal]) -> None:
        waiting = Waiting(head.payment, head.customer, head.amount, shares)
        self.payments[waiting.payment] = waiting
        self._by_amount.setdefault(waiting.amount, {})[waiting.payment] = None
        for number in shares:
            self._for_invoice.setdefault(number, []).append(waiting.payment)
        if head.bank_reference:
            self._numbers.add(PAYMENT + waiting.payment, head.bank_reference)
            self._references.setdefault(head.bank_reference, []).append(PAYMENT + waiting.payment)

    def add_payout(self, payout: Payout) -> None:
        net = new_money(payout.amount.number - payout.fee, payout.amount.currency)
        self._payouts.setdefault(net, []).append((payout.received, payout.payout))

    def add_name(self, customer: str, names: Iterable[str]) -> None:
        for key in name_keys(names):
            self._by_name.setdefault(key, set()).add(customer)


def _references(line: BankLine) -> list[str]:
    """What a payment's reference may be word for word, as long as it is no short number that says little."""
    return [one for one in (line.id, line.bank_id, line.end_to_end) if len(one) >= LEAST]


def candidates_of(books: Books, account: str) -> Candidates:
    """Everything that money on this account may be for: what is owed to the legal entity that it belongs to (B3)."""
    place = place_of(account)
    assert place is not None, f"{account} is no account of a legal entity"
    sellers = [one.entity for one in books.catalog.entities.range("account", place.entity)]
    found = Candidates(sellers[-1], payers=books.catalog.customer_of_payer, head_of=books.invoices.heads.get)
    for status in OPEN:
        for head in books.invoices.heads.range("status", status):
            if head.seller in sellers:
                found.add_invoice(head)
    for payment in books.payments.heads.range("status", PaymentStatus.SUBMITTED):
        allocations = books.payments.allocations.range("payment", payment.payment)
        shares = {one.invoice: one.amount.number for one in allocations}
        if payment.seller in sellers or any(one in found.invoices for one in shares):
            found.add_payment(payment, shares)
    for payout in books.payments.payouts.range("into", account):
        found.add_payout(payout)
    for customer in books.catalog.customers.all():
        found.add_name(customer.customer, (customer.name,))
    for profile in books.catalog.bill_to.all():
        found.add_name(profile.customer, (profile.name,))
    return found
