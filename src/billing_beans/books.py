"""What the facts add up to. `apply` is the only thing that changes it; it reads no clock and no disk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from billing_beans.catalog import facts as catalog_facts
from billing_beans.catalog.state import CatalogState
from billing_beans.core.facts import Fact, kinds_of
from billing_beans.core.folds import Fold, folds_of
from billing_beans.core.identifiers import is_ulid
from billing_beans.core.records import record
from billing_beans.core.tables import MemoryStore, Overlay, Store, TableSpec
from billing_beans.credits import facts as credit_facts
from billing_beans.credits.rule_state import RuleState
from billing_beans.credits.state import CreditState
from billing_beans.entitlements import facts as entitlement_facts
from billing_beans.entitlements.state import EntitlementState
from billing_beans.invoicing import facts as invoicing_facts
from billing_beans.invoicing.state import InvoiceState
from billing_beans.opening import facts as opening_facts
from billing_beans.opening.state import OpeningState
from billing_beans.payments import facts as payment_facts
from billing_beans.payments import processor_facts
from billing_beans.payments.processor_state import ProcessorState
from billing_beans.payments.state import PaymentState
from billing_beans.periods import facts as period_facts
from billing_beans.periods.state import PeriodState
from billing_beans.revenue import facts as revenue_facts
from billing_beans.revenue.state import RevenueState
from billing_beans.runs import facts as run_facts
from billing_beans.runs.state import RunState
from billing_beans.subscriptions import facts as subscription_facts
from billing_beans.subscriptions.history import SubscriptionHistory
from billing_beans.subscriptions.state import SubscriptionState

KINDS = kinds_of(
    (
        catalog_facts,
        invoicing_facts,
        payment_facts,
        processor_facts,
        credit_facts,
        entitlement_facts,
        opening_facts,
        period_facts,
        subscription_facts,
        run_facts,
        revenue_facts,
    )
)
"""Every kind of fact, by name and whether it moves something: the table of `docs/ledger.md`."""

FORMAT = 1
"""The version of the ledger's format that this release writes (B4)."""


@record
class Recorded:
    """The first fact of an act that was given an idempotency key: what to answer when the key comes again (U6)."""

    key: str
    request: str
    operation: str
    kind: str
    entities: tuple[str, ...]


class OpenAccount(NamedTuple):
    """An account that the ledger has opened: since when, for which currencies (none: for all), and until when."""

    account: str
    since: date
    currencies: tuple[str, ...] = ()
    closed: date | None = None


@record
class LastFact:
    """The highest id that was noted; the next one is above it."""

    book: str
    id: str


KEYS = TableSpec("idempotency_keys", Recorded, ("key",))
ACCOUNTS = TableSpec("accounts", OpenAccount, ("account",))
LAST = TableSpec("last_fact", LastFact, ("book",))


class Books:
    """The states of all areas over one store."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store or MemoryStore()
        self.catalog = CatalogState(self.store)
        self.invoices = InvoiceState(self.store)
        self.payments = PaymentState(self.store)
        self.processors = ProcessorState(self.store)
        self.credits = CreditState(self.store)
        self.rules = RuleState(self.store)
        self.entitlements = EntitlementState(self.store)
        self.opening = OpeningState(self.store)
        self.revenue = RevenueState(self.store)
        self.periods = PeriodState(self.store)
        self.runs = RunState(self.store)
        self.subscriptions = SubscriptionState(self.store)
        self.subscription_history = SubscriptionHistory(self.store)
        self.keys = self.store.table(KEYS)
        self.accounts = self.store.table(ACCOUNTS)
        self._last = self.store.table(LAST)
        self._folds = folds_of(
            (
                self.catalog,
                self.payments,
                self.processors,
                self.invoices,
                self.credits,
                self.rules,
                self.entitlements,
                self.opening,
                self.revenue,
                self.periods,
                self.runs,
                self.subscriptions,
                self.subscription_history,
            )
        )

    @property
    def last_id(self) -> str:
        """The highest id that was noted, empty in new books."""
        last = self._last.get("")
        return last.id if last else ""

    def apply(self, fact: Fact) -> None:
        """Fold one fact that the checks have passed. Its id is for the caller to note, once for all that are folded together."""
        for fold in self.folds_of(type(fact)):
            fold(fact)
        self.note_key(fact)

    def folds_of(self, kind: type[Fact]) -> tuple[Fold, ...]:
        """What folds a kind of fact, in order."""
        return self._folds.get(kind, ())

    def note_key(self, fact: Fact) -> None:
        """Keep that a fact's idempotency key is used, if it has one, though the fact be left out: the key is not free."""
        if fact.idempotency_key:
            self.keys.put(
                Recorded(fact.idempotency_key, fact.request or "", fact.operation, fact.shape.kind, fact.entities())
            )

    def note_ids(self, identifiers: Iterable[str]) -> None:
        """Keep the highest id that is used: the next one is above it. What is no ULID is a problem, and no id to go on from."""
        for identifier in sorted(identifiers, reverse=True):
            if identifier <= self.last_id:
                return
            if is_ulid(identifier):
                self._last.put(LastFact("", identifier))
                return

    def fork(self) -> Books:
        """Books that see these and keep to themselves what is applied to them."""
        return Books(Overlay(self.store))
