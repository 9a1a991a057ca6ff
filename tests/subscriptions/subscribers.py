"""Books with plans of every kind of period and timing, and acts on them in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from beancount.parser import parser

from billing_beans.acts.act import Act, Context, Opening
from billing_beans.acts.billing import BillDue, Billing, NotBilled
from billing_beans.audit import Finding
from billing_beans.books import Books, OpenAccount
from billing_beans.catalog import facts as catalog
from billing_beans.catalog.facts import PlanCharge, Revenue, Timing
from billing_beans.core.accounts import Account
from billing_beans.core.calendar import Every
from billing_beans.core.clock import FixedClock
from billing_beans.core.facts import Fact
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import parse_money
from billing_beans.core.tables import MemoryStore, Overlay, Store
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.ledger.codec import encode
from billing_beans.ledger.reading import judge
from billing_beans.ledger.text import open_account

START = date(2024, 1, 1)
BANK = Account("Assets:SG:Bank:Main")
PRICES = {
    "basic": ("30.00 USD", Revenue.OVER_PERIOD),
    "pro": ("70.00 USD", Revenue.OVER_PERIOD),
    "seat": ("9.99 USD", Revenue.OVER_PERIOD),
    "support": ("50.00 USD", Revenue.ON_ISSUE),
    "setup": ("100.00 USD", Revenue.ON_ISSUE),
    "free": ("0.00 USD", Revenue.OVER_PERIOD),
    "year": ("365.00 USD", Revenue.OVER_PERIOD),
}


def charge(product: str, timing: Timing = Timing.IN_ADVANCE, quantity: str | None = None) -> PlanCharge:
    return PlanCharge(
        charge=product, product=product, timing=timing, quantity=Decimal(quantity) if quantity is not None else None
    )


PLANS: Mapping[str, tuple[Every, tuple[PlanCharge, ...]]] = {
    "basic": (Every.MONTH, (charge("basic"),)),
    "pro": (Every.MONTH, (charge("pro"),)),
    "team": (Every.MONTH, (charge("basic", quantity="1"), charge("seat"))),
    "later": (Every.MONTH, (charge("support", Timing.IN_ARREARS),)),
    "full": (
        Every.MONTH,
        (charge("setup", Timing.ONCE, "1"), charge("pro", quantity="1"), charge("support", Timing.IN_ARREARS)),
    ),
    "free": (Every.MONTH, (charge("free"),)),
    "yearly": (Every.YEAR, (charge("year"),)),
    "quarterly": (Every.QUARTER, (charge("pro"),)),
    "weekly": (Every.WEEK, (charge("basic"),)),
    "daily": (Every.DAY, (charge("basic"),)),
    "half": (Every.HALF_YEAR, (charge("pro"),)),
}


def catalogue(customers: int = 3) -> Iterator[Fact]:
    yield catalog.BookDeclared(date=START, book="test", organization="Test", livemode=False, format=1)
    yield catalog.LegalEntityAdded(
        date=START, entity="sg", name="Example", address="Road 1", country="SG", currency="USD",
        time_zone="Asia/Singapore", account="SG", invoice_format="SG-{year}-{sequence:05d}", bank=BANK, payment_terms=30,
    )  # fmt: skip
    tax = Account("Liabilities:SG:Tax:GST")
    yield catalog.TaxCodeAdded(date=START, tax_code="SR", rate=Decimal("0.09"), account=tax)
    for name, (price, revenue) in PRICES.items():
        yield catalog.ProductAdded(date=START, product=name, name=name.capitalize(), revenue=revenue, tax_code="SR")
        yield catalog.PriceAdded(date=START, price=f"P-{name}", product=name, unit_price=parse_money(price))
    for name, (every, charges) in PLANS.items():
        yield catalog.PlanAdded(date=START, plan=name, name=name.capitalize(), every=every, charges=charges)
    yield catalog.CreditUnitAdded(date=START, credit_unit="CREDIT-USD", name="Credits", face=parse_money("1.00 USD"))
    for number in range(customers):
        name = f"c{number}"
        yield catalog.CustomerAdded(date=START, customer=name, name=f"Customer {number}", account=f"C{number}")
        yield catalog.BillToAdded(date=START, customer=name, currency="USD", name=f"Customer {number}", address="R 1")


@dataclass
class Office:
    """Books over a store in memory; time goes on by what it is told."""

    customers: int = 3
    store: Store = field(default_factory=MemoryStore)
    facts: list[Fact] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    moment: datetime = datetime(2026, 1, 1, 2, tzinfo=UTC)
    foundation: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.books = Books(self.store)
        self.foundation = self.foundation or [*catalogue(self.customers)]
        for fact in self.foundation:
            self.books.apply(fact)
        self.books.accounts.put(OpenAccount(BANK, START))

    def on(self, day: date | str, hour: int = 10) -> Office:
        """It is this day at sg, at this hour."""
        local = date.fromisoformat(day) if isinstance(day, str) else day
        self.moment = datetime(local.year, local.month, local.day, tzinfo=UTC) + timedelta(hours=hour - 8)
        return self

    def does(self, verb: Callable[[Act, Any], None], request: Any, day: date | None = None) -> list[Fact]:
        """One act on a fork, which is kept. Raises what refuses it."""
        fork = Overlay(self.store)
        ids = UlidSource(FixedClock(self.moment), bytes, self.books.last_id)
        act = Act(Books(fork), Context(self.moment, "test", ids.next, day))
        verb(act, request)
        fork.commit()
        self.openings += act.openings
        self.facts += act.facts
        return act.facts

    def bills(self, until: date | str, *subscriptions: str) -> tuple[list[Fact], list[NotBilled]]:
        """All that is due by a day, on that day."""
        day = date.fromisoformat(until) if isinstance(until, str) else until
        self.on(day)
        billing = Billing(lambda _count: nullcontext(lambda _done: None))
        facts = self.does(billing.bill, BillDue(day, subscriptions or None))
        return facts, billing.not_billed

    def invoices(self) -> list[InvoiceDrafted]:
        return [one for one in self.facts if isinstance(one, InvoiceDrafted) and one.revision == 1]

    def text(self) -> str:
        """All of it as a ledger."""
        opened = [open_account(one.date, Account(one.account), one.currencies, lots=one.lots) for one in self.openings]
        bank = f"{START} open {BANK}"
        return "\n".join([bank, *opened, *map(encode, [*self.foundation, *self.facts])]) + "\n"

    def findings(self) -> list[Finding]:
        """What is found in the ledger as text, by every check."""
        return judge(parser.parse_string(self.text())[0]).findings
