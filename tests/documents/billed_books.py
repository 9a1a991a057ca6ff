"""Small books on disk that sell, issue and are paid, for tests of documents."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing_beans.acts.invoices import IssueInvoice, VoidInvoice, draft_invoice, issue_invoice, void_invoice
from billing_beans.acts.payments import submit_payment, verify_payment
from billing_beans.core.calendar import parse_moment
from billing_beans.core.clock import FixedClock
from billing_beans.core.money import parse_money
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.ledger.ledger import Asker, Ledger
from billing_beans.payments.operations import SubmitPayment, VerifyPayment

if TYPE_CHECKING:
    from billing_beans.books import Books

MAIN = """option "title" "Documents"
option "operating_currency" "SGD"
option "documents" "documents"
plugin "billing_beans.plugins"
include "setup/accounts.beancount"
include "setup/catalog.beancount"
include "setup/customers.beancount"
include "journal/accounts.beancount"
include "journal/all.beancount"
"""
ACCOUNTS = """2026-01-01 custom "billing" "book" "documents"
  organization: "Example Group"
  livemode: {livemode}
  format: 1
2026-01-01 open Assets:SG:Bank:OCBC
2026-01-01 open Assets:DE:Bank:Main
"""
CATALOG = """2026-01-01 custom "billing" "legal-entity" "sg"
  name: "Example Pte. Ltd."
  address: "1 Raffles Place, Singapore 048616"
  tax-number: "M90000001X"
  country: "SG"
  currency: "SGD"
  time-zone: "Asia/Singapore"
  account: "SG"
  invoice-format: "SG-{{year}}-{{sequence:05d}}"
  bank: Assets:SG:Bank:OCBC
  bank-name: "OCBC Bank"
  account-number: "501-234567-001"
  bic: "OCBCSGSG"
  email: "billing@example.sg"
  footer: "Example Pte. Ltd. · UEN 201912345K · 1 Raffles Place, Singapore 048616"
{seller}
2026-01-01 custom "billing" "legal-entity" "de"
  name: "Beispiel GmbH"
  address: "Hauptstraße 1\\n10115 Berlin"
  tax-number: "DE123456788"
  country: "DE"
  currency: "EUR"
  time-zone: "Europe/Berlin"
  account: "DE"
  invoice-format: "RE-{{year}}-{{sequence:04d}}"
  bank: Assets:DE:Bank:Main
  bank-name: "Beispielbank"
  iban: "DE89370400440532013000"
  bic: "COBADEFFXXX"
2026-01-01 custom "billing" "tax-code" "SG-GST-9"
  rate: 0.09
  account: Liabilities:SG:Tax:GST
  name: "GST"
2026-01-01 custom "billing" "tax-code" "SG-EXEMPT"
  rate: 0.00
  account: Liabilities:SG:Tax:GST
  name: "GST exempt"
2026-01-01 custom "billing" "tax-code" "DE-19"
  rate: 0.19
  account: Liabilities:DE:Tax:USt
  name: "USt."
2026-01-01 custom "billing" "product" "placement-credit"
  name: "Placement credits"
  entitlement: "PLACEMENT"
  units-per-quantity: 1
  revenue: "on-consumption"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "product" "gig-credit"
  name: "Gig credits"
  entitlement: "GIG"
  units-per-quantity: 1
  revenue: "agent"
  platform-fee-bps: 1500
  tax-code: "SG-EXEMPT"
  fee-tax-code: "SG-GST-9"
2026-01-01 custom "billing" "product" "consulting"
  name: "Consulting"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "product" "beratung"
  name: "Beratung"
  revenue: "on-issue"
  tax-code: "DE-19"
2026-01-01 custom "billing" "price" "PRICE-1" "placement-credit"
  unit-price: 100.00 SGD
2026-01-01 custom "billing" "price" "PRICE-2" "gig-credit"
  unit-price: 20.00 SGD
2026-01-01 custom "billing" "price" "PRICE-3" "consulting"
  unit-price: 150.00 SGD
2026-01-01 custom "billing" "price" "PRICE-4" "beratung"
  unit-price: 1250.50 EUR
"""
CUSTOMER = """2026-01-02 custom "billing" "customer" "{id}"
  name: "{name}"
  country: "{country}"
  account: "{account}"
2026-01-02 custom "billing" "bill-to" "{id}" "{currency}"
  name: "{name}"
  attention: "Accounts Payable"
  email: "ap@{id}.example"
  address: "2 Shenton Way, Singapore 068804"
2026-01-02 custom "billing" "agreement" "AG-{id}" "{id}"
2026-01-02 custom "billing" "agreement-term" "AG-{id}" "placement-credit"
  discount: 0.10
2026-01-02 custom "billing" "agreement-term" "AG-{id}" "gig-credit"
  platform-fee-bps: 1500
"""


def customer(identifier: str, name: str, account: str, currency: str = "SGD", country: str = "SG") -> str:
    return CUSTOMER.format(id=identifier, name=name, account=account, currency=currency, country=country)


CUSTOMERS = (
    customer("acme", "Acme Pte. Ltd.", "Acme"),
    customer("4711-works", "4711 Works & Sons", "4711-Works"),
    customer("muster", "Muster AG", "Muster", "EUR", "DE"),
    customer("hostile", 'O\\"Brien } <script>alert(1)</script> {{{{ 7*7 }}}} ^x', "Hostile"),
    customer("chinese", "北京科技有限公司", "Chinese"),
)


@dataclass
class Billed:
    """Books in a folder. Each thing that is done to them is a second later than the one before."""

    root: Path
    seed: int = 1
    _second: int = field(default=0)

    def make(self, *, livemode: bool = True, seller: str = "") -> Billed:
        for path, text in {
            "main.beancount": MAIN,
            "setup/accounts.beancount": ACCOUNTS.format(livemode=str(livemode).upper()),
            "setup/catalog.beancount": CATALOG.format(seller=seller),
            "setup/customers.beancount": "".join(CUSTOMERS),
            "journal/accounts.beancount": "",
            "journal/all.beancount": "",
            "documents/README.md": "Rendered documents.\n",
        }.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return self

    @property
    def ledger(self) -> Ledger:
        self._second += 1
        clock = FixedClock(parse_moment(f"2026-01-11T02:{self._second // 60:02d}:{self._second % 60:02d}Z"))
        return Ledger(self.root, clock, random.Random(self.seed * 1000 + self._second).randbytes)

    @property
    def books(self) -> Books:
        return self.ledger.read().books

    def perform(self, verb: Any, request: Any) -> Any:
        return self.ledger.perform(verb, request, Asker("tester"))

    def draft(self, who: str, *items: Item, **more: Any) -> str:
        outcome = self.perform(draft_invoice, DraftInvoice(who, items, seller=more.pop("seller", "sg"), **more))
        return str(outcome.facts[0].invoice)

    def issue(self, number: str) -> str:
        self.perform(issue_invoice, IssueInvoice(number))
        return number

    def void(self, number: str, reason: str) -> str:
        self.perform(void_invoice, VoidInvoice(number, reason))
        return number

    def pay(self, number: str, amount: str | None = None) -> str:
        request = SubmitPayment((number,), amount=parse_money(amount) if amount else None)
        payment = self.perform(submit_payment, request).facts[0].payment
        self.perform(verify_payment, VerifyPayment(payment))
        return str(payment)


PLACEMENT = Item("placement-credit", Decimal(10))
GIG = Item("gig-credit", Decimal(10))
CONSULTING = Item("consulting", Decimal("2.5"))
BERATUNG = Item("beratung", Decimal(3))
