"""Books of two sellers in two time zones with every kind of product and five kinds of credits, and acts on them in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing_beans.acts.act import Act, Context, Opening
from billing_beans.books import Books, OpenAccount
from billing_beans.catalog import facts as catalog
from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Account
from billing_beans.core.clock import FixedClock
from billing_beans.core.facts import Fact, Movement
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import parse_money
from billing_beans.core.tables import MemoryStore, Overlay, Store
from billing_beans.ledger.codec import encode
from billing_beans.ledger.text import open_account
from billing_beans.revenue.facts import RevenueReleased

START = date(2026, 1, 1)
ZONES = {"sg": "Asia/Singapore", "us": "America/New_York"}
CUSTOMERS = ("acme", "bolt")
BANKS = {one: Account(f"Assets:{one.upper()}:Bank:Main") for one in ZONES}
FACES = {
    "CREDIT-CENT": "0.03 USD",
    "CREDIT-JPY": "1 JPY",
    "CREDIT-MIL": "0.001 USD",
    "CREDIT-OCT": "0.125 USD",
    "CREDIT-USD": "1.00 USD",
}
TOP_UPS: dict[str, tuple[str, str, str, str | None, int | None]] = {
    "usd": ("CREDIT-USD", "1", "1.00 USD", "0.1", None),
    "cent": ("CREDIT-CENT", "100", "2.50 USD", None, 30),
    "mil": ("CREDIT-MIL", "3000", "3.33 USD", "7", 12),
    "oct": ("CREDIT-OCT", "7", "1.00 USD", "1", 9),
    "jpy": ("CREDIT-JPY", "100", "90 JPY", "2.5", 20),
}
"""Products that sell credits: which, how many each, at what price, how many free ones with them, and for how many days."""
HEADER = 'option "operating_currency" "USD"\nplugin "billing_beans.plugins"\n\n'


def catalogue() -> Iterator[Fact]:
    yield catalog.BookDeclared(date=START, book="test", organization="Test", livemode=False, format=1)
    for entity, zone in ZONES.items():
        yield catalog.LegalEntityAdded(
            date=START, entity=entity, name=f"Example {entity}", address="Road 1", country=entity.upper(),
            currency="USD", time_zone=zone, account=entity.upper(),
            invoice_format=f"{entity.upper()}-{{year}}-{{sequence:05d}}", bank=BANKS[entity], payment_terms=60,
        )  # fmt: skip
        tax = Account(f"Liabilities:{entity.upper()}:Tax:VAT")
        yield catalog.TaxCodeAdded(date=START, tax_code=f"{entity}-SR", rate=Decimal("0.09"), account=tax)
        yield catalog.TaxCodeAdded(date=START, tax_code=f"{entity}-ES", rate=Decimal("0.00"), account=tax)
    for unit, face in FACES.items():
        yield catalog.CreditUnitAdded(date=START, credit_unit=unit, name=unit, face=parse_money(face))
    for entity in ZONES:
        yield from _products(entity)
    for name in CUSTOMERS:
        yield catalog.CustomerAdded(date=START, customer=name, name=f"{name} Ltd", account=name.capitalize())
        yield catalog.AgreementAdded(date=START, agreement=f"AG-{name}", customer=name)
        for currency in ("USD", "JPY"):
            yield catalog.BillToAdded(date=START, customer=name, currency=currency, name=f"{name} Ltd", address="R 1")


def _products(entity: str) -> Iterator[Fact]:
    taxed, exempt = f"{entity}-SR", f"{entity}-ES"
    sold: dict[str, dict[str, Any]] = {
        "advice": {"revenue": Revenue.ON_ISSUE, "tax_code": taxed},
        "old": {"revenue": Revenue.ON_ISSUE, "tax_code": exempt},
        "calls": {"revenue": Revenue.ON_USAGE, "tax_code": taxed, "meter": "api"},
        "plan": {"revenue": Revenue.OVER_PERIOD, "tax_code": taxed},
        "place": {"revenue": Revenue.ON_CONSUMPTION, "tax_code": taxed, "entitlement": "PLACEMENT"},
        "gig": {
            "revenue": Revenue.AGENT, "tax_code": exempt, "fee_tax_code": taxed, "entitlement": "GIG",
            "platform_fee_bps": 1575,
        },
    }  # fmt: skip
    for name, values in sold.items():
        yield catalog.ProductAdded(date=START, product=f"{entity}-{name}", name=name, **values)
    for name, (unit, units, price, bonus, days) in TOP_UPS.items():
        yield catalog.ProductAdded(
            date=START, product=f"{entity}-{name}", name=name, revenue=Revenue.TOP_UP, tax_code=exempt, credit_unit=unit,
            units_per_quantity=Decimal(units), bonus_units=Decimal(bonus) if bonus else None, valid_days=days,
        )  # fmt: skip
        yield catalog.PriceAdded(
            date=START, price=f"{entity}-{name}", product=f"{entity}-{name}", unit_price=parse_money(price)
        )


FOUNDATION = tuple(catalogue())


@dataclass
class Ledger:
    """Books over a store, what was recorded in them, and what stands on each account by the postings alone."""

    store: Store = field(default_factory=MemoryStore)
    facts: list[Fact] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    moment: datetime = datetime(2026, 1, 10, 5, tzinfo=UTC)
    balances: dict[tuple[str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    worth: dict[tuple[str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    held: dict[tuple[str, int | None], Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def __post_init__(self) -> None:
        self.books = Books(self.store)
        for fact in FOUNDATION:
            self.books.apply(fact)
        for bank in BANKS.values():
            self.books.accounts.put(OpenAccount(bank, START))

    def perform(self, verb: Callable[[Act, Any], None], request: Any, day: date | None = None) -> tuple[Fact, ...]:
        """One act on a fork, which is kept. Raises what refuses it."""
        fork = Overlay(self.store)
        ids = UlidSource(FixedClock(self.moment), bytes, self.books.last_id)
        act = Act(Books(fork), Context(self.moment, "test", ids.next, day))
        verb(act, request)
        fork.commit()
        self.openings += act.openings
        self.facts += act.facts
        for fact in act.facts:
            self._post(fact)
        return tuple(act.facts)

    def _post(self, fact: Fact) -> None:
        residual: dict[str, Fraction] = defaultdict(Fraction)
        for leg in fact.legs() if isinstance(fact, Movement) else ():
            weight = Fraction(leg.number)
            currency = leg.currency
            if leg.cost is not None:
                weight, currency = weight * Fraction(leg.cost.number), leg.cost.currency
            if leg.price is None:
                residual[currency] += weight
            else:
                residual[leg.price.currency] += Fraction(leg.weight.number)
            self.balances[leg.account, leg.currency] += Fraction(leg.number)
            self.worth[leg.account, currency] += weight
            if leg.account.split(":")[2] in ("Billed", "Deferred", "Unbilled"):
                invoice = fact.grant.rpartition("/")[0] if hasattr(fact, "grant") else fact.invoice  # type: ignore[attr-defined]
                line = fact.line if isinstance(fact, RevenueReleased) else leg.line
                self.held[invoice, line] -= weight
                assert self.held[invoice, line] >= 0, f"less than nothing is held for line {line} of {invoice}"
        assert not any(residual.values()), f"{fact.shape.kind} leaves {dict(residual)}"

    def text(self, facts: Iterable[Fact] | None = None) -> str:
        """The history as a ledger, with our plugin."""
        opened = [open_account(START, one) + "\n" for one in BANKS.values()]
        opened += [open_account(one.date, Account(one.account), lots=one.lots) + "\n" for one in self.openings]
        return "".join(
            [HEADER, *opened, *map(encode, FOUNDATION), *map(encode, self.facts if facts is None else facts)]
        )
