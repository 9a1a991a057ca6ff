"""What the catalogue adds up to: for each thing the versions that facts gave it, looked up by date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Generic, TypeVar, cast

from billing_beans.catalog import facts as kinds
from billing_beans.catalog.policies import default_of
from billing_beans.core.facts import Fact
from billing_beans.core.folds import folds
from billing_beans.core.tables import Counters, Index, Key, Store, Table, TableSpec

F = TypeVar("F", bound=Fact)

VERSIONS = "versions"


def _versioned(name: str, record: type[F], *key: str, **indexes: Index[F]) -> TableSpec[F]:
    """A table of dated facts: what is valid on a day is the last version that began by then."""
    return TableSpec(name, record, (*key, "date"), {VERSIONS: Index(key, ("date",)), **indexes})


BOOK = TableSpec("book", kinds.BookDeclared, ("book",))
ENTITIES = _versioned("entities", kinds.LegalEntityAdded, "entity", account=Index(("account",), ("date",)))
TAX_CODES = _versioned("tax_codes", kinds.TaxCodeAdded, "tax_code")
TAX_RULES = _versioned("tax_rules", kinds.TaxRuleAdded, "product", "country")
PRODUCTS = _versioned("products", kinds.ProductAdded, "product", unit=Index(("entitlement",), ("date",)))
PRICES = _versioned("prices", kinds.PriceAdded, "price", product=Index(("product",), ("date", "price")))
AGREEMENTS = _versioned(
    "agreements", kinds.AgreementAdded, "agreement", customer=Index(("customer",), ("agreement", "date"))
)
TERMS = _versioned(
    "agreement_terms",
    kinds.AgreementTermAdded,
    "agreement",
    "product",
    agreement=Index(("agreement",), ("product", "date")),
)
PAYERS = _versioned("payers", kinds.PayerKnown, "payer", customer=Index(("customer",), ("payer", "date")))
CUSTOMERS = _versioned("customers", kinds.CustomerAdded, "customer", account=Index(("account",), ("date",)))
BILL_TO = _versioned(
    "bill_to", kinds.BillToAdded, "customer", "currency", customer=Index(("customer",), ("currency", "date"))
)
POLICIES = _versioned("policies", kinds.PolicyChosen, "policy")
CREDIT_UNITS = _versioned("credit_units", kinds.CreditUnitAdded, "credit_unit")
TOP_UP_RULES = _versioned(
    "top_up_rules",
    kinds.TopUpRuleAdded,
    "rule",
    customer=Index(("customer",), ("rule", "date")),
    unit=Index(("credit_unit",), ("rule", "date")),
)
PLANS = _versioned("plans", kinds.PlanAdded, "plan")
DUNNING_LEVELS = _versioned("dunning_levels", kinds.DunningLevelAdded, "level")


def time_zone_on(versions: Iterable[kinds.LegalEntityAdded], day: date) -> str:
    """The time zone of a legal entity on a day, by its versions in order; before the first one, as that says."""
    zone = ""
    for one in versions:
        if zone and one.date > day:
            break
        zone = one.time_zone
    return zone or "UTC"


class _Versions(Generic[F]):
    """The versions of the things in one table. Each draft, issue and payment asks for some, so they are kept at hand."""

    def __init__(self, table: Table[F]) -> None:
        self._table = table
        self._stamp = -1
        self._newest_first: dict[Key, list[F]] = {}

    def valid(self, key: Key, on: date) -> F | None:
        """The last version that began by this day."""
        if self._stamp != self._table.stamp:
            self._stamp = self._table.stamp
            self._newest_first = {}
        versions = self._newest_first.get(key)
        if versions is None:
            versions = self._newest_first[key] = [*self._table.range(VERSIONS, key)][::-1]
        for version in versions:
            if version.date <= on:
                return version
        return None


class CatalogState:
    """Catalogue and parties. Every look-up carries a date: an old invoice does not move when a price does (P1)."""

    def __init__(self, store: Store) -> None:
        self.book = store.table(BOOK)
        self.entities = store.table(ENTITIES)
        self.tax_codes = store.table(TAX_CODES)
        self.tax_rules = store.table(TAX_RULES)
        self.products = store.table(PRODUCTS)
        self.prices = store.table(PRICES)
        self.agreements = store.table(AGREEMENTS)
        self.terms = store.table(TERMS)
        self.customers = store.table(CUSTOMERS)
        self.bill_to = store.table(BILL_TO)
        self.dunning_levels = store.table(DUNNING_LEVELS)
        self.payers = store.table(PAYERS)
        self.policies = store.table(POLICIES)
        self.top_up_rules = store.table(TOP_UP_RULES)
        self.credit_units = store.table(CREDIT_UNITS)
        self.plans = store.table(PLANS)
        self.counters = Counters(store)
        # As short a way as there can be: every fact of every load asks for several of these.
        self.entity = _Versions(self.entities).valid
        self.tax_code = _Versions(self.tax_codes).valid
        self.product = _Versions(self.products).valid
        self.customer = _Versions(self.customers).valid
        self.agreement = _Versions(self.agreements).valid
        self._tax_rule = _Versions(self.tax_rules).valid
        self._price = _Versions(self.prices).valid
        self._term = _Versions(self.terms).valid
        self._bill_to = _Versions(self.bill_to).valid
        self._payer = _Versions(self.payers).valid
        self.credit_unit = _Versions(self.credit_units).valid
        self.plan = _Versions(self.plans).valid
        self._policy = _Versions(self.policies).valid
        self._tables: dict[type[Fact], Table[Fact]] = {
            table.spec.record: table for table in vars(self).values() if isinstance(table, Table)
        }

    @folds(kinds.BookDeclared)
    def declare(self, fact: kinds.BookDeclared) -> None:
        self.book.put(fact)

    @folds(
        kinds.LegalEntityAdded,
        kinds.TaxCodeAdded,
        kinds.TaxRuleAdded,
        kinds.ProductAdded,
        kinds.PriceAdded,
        kinds.AgreementAdded,
        kinds.AgreementTermAdded,
        kinds.CustomerAdded,
        kinds.BillToAdded,
        kinds.PayerKnown,
        kinds.CreditUnitAdded,
        kinds.TopUpRuleAdded,
        kinds.PlanAdded,
    )
    def add(self, fact: Fact) -> None:
        self._tables[type(fact)].put(fact)
        self.counters.count(fact.entities()[0])

    @folds(kinds.DunningLevelAdded)
    def add_level(self, fact: kinds.DunningLevelAdded) -> None:
        self.dunning_levels.put(fact)

    @folds(kinds.PolicyChosen)
    def choose(self, fact: kinds.PolicyChosen) -> None:
        self.policies.put(fact)

    def policy(self, name: str, on: date) -> str:
        """What these books have chosen, or the default (architecture, rule 10)."""
        chosen = self._policy(name, on)
        return default_of(name) if chosen is None else chosen.choice

    def same_version(self, fact: Fact) -> Fact | None:
        """The fact that already says something of the same thing from the same day."""
        table = self._tables[type(fact)]
        return table.get(table.spec.key_of(fact))

    def versions_of(self, fact: F) -> list[F]:
        """All versions, by date, of what this fact is a version of."""
        table = cast("Table[F]", self._tables[type(fact)])
        return [*table.range(VERSIONS, table.spec.indexes[VERSIONS].group_of(fact))]

    def valid_on(self, kind: type[F], on: date) -> list[F]:
        """Of everything of a kind the version that is valid on this day, by id: for what there are few of, and for lists."""
        table = cast("Table[F]", self._tables[kind])
        group_of = table.spec.indexes[VERSIONS].group_of
        return [*{group_of(one): one for one in table.all() if one.date <= on}.values()]

    def declared(self) -> kinds.BookDeclared | None:
        """What these books are (P4)."""
        return next(iter(self.book.all()), None)

    def active_levels(self, on: date) -> list[kinds.DunningLevelAdded]:
        """The levels of reminding that are valid on this day, from the lowest up."""
        levels = self.valid_on(kinds.DunningLevelAdded, on)
        return [one for one in levels if one.active_until is None or on <= one.active_until]

    def tax_rule(self, product: str, country: str, on: date) -> kinds.TaxRuleAdded | None:
        return self._tax_rule((product, country), on)

    def term(self, agreement: str, product: str, on: date) -> kinds.AgreementTermAdded | None:
        return self._term((agreement, product), on)

    def bill_to_of(self, customer: str, currency: str, on: date) -> kinds.BillToAdded | None:
        return self._bill_to((customer, currency), on)

    def entity_with(self, component: str) -> str:
        """The legal entity whose accounts have this component, which there must be: no account is ever renamed."""
        return next(iter(self.entities.range("account", component))).entity

    def name_of(self, customer: str, on: date) -> str:
        """What a customer is called on this day; before it was known, as it was called last."""
        found = self.customer(customer, on) or self.customer(customer, date.max)
        assert found is not None, f"there is no customer {customer}"
        return found.name

    def customer_of_payer(self, payer: str, on: date) -> str | None:
        """The customer for whom this payer pays on this day: `stripe/cus_9`, `iban/DE02...`."""
        known = self._payer(payer, on)
        return known.customer if known is not None else None

    def active_agreements(self, customer: str, on: date) -> list[kinds.AgreementAdded]:
        """The customer's agreements that are valid on this day, by id."""
        ids = dict.fromkeys(one.agreement for one in self.agreements.range("customer", customer))
        versions = (self.agreement(one, on) for one in ids)
        return [one for one in versions if one is not None and (one.active_until is None or on <= one.active_until)]

    def active_prices(self, product: str, on: date) -> list[kinds.PriceAdded]:
        """The product's prices that are valid on this day, in any country and currency."""
        ids = dict.fromkeys(one.price for one in self.prices.range("product", product))
        versions = (self._price(one, on) for one in ids)
        return [one for one in versions if one is not None and (one.active_until is None or on <= one.active_until)]

    def bill_to_currencies(self, customer: str, on: date) -> list[str]:
        """The currencies for which the customer has a bill-to profile on this day."""
        profiles = self.bill_to.range("customer", customer)
        return list(dict.fromkeys(one.currency for one in profiles if one.date <= on))
