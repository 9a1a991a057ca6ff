"""Histories of real acts: the same books over dictionaries and over SQLite, forks that keep to themselves, exact lots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from beancount import loader
from beancount.parser import parser
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from billing_beans.acts.act import Act, Context, Opening
from billing_beans.acts.entitlements import consume_entitlement
from billing_beans.acts.invoices import IssueInvoice, VoidInvoice, draft_invoice, issue_invoice, void_invoice
from billing_beans.acts.payments import RejectPayment, reject_payment, submit_payment, verify_payment
from billing_beans.books import Books, OpenAccount
from billing_beans.catalog import facts as catalog
from billing_beans.core.accounts import Account
from billing_beans.core.clock import FixedClock
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.facts import Fact, Movement
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import Money, parse_money
from billing_beans.core.tables import MemoryStore, Overlay, Store, TableSpec
from billing_beans.entitlements.facts import EntitlementConsumed, InvoicePosted
from billing_beans.entitlements.operations import Consume
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice, draft_named
from billing_beans.ledger.codec import encode
from billing_beans.ledger.gathering import gather
from billing_beans.ledger.sqlite import SqliteStore
from billing_beans.ledger.text import open_account
from billing_beans.payments.operations import SubmitPayment, VerifyPayment

START = date(2026, 1, 1)
CUSTOMERS = ("acme", "bolt", "crux")
CURRENCIES = ("SGD", "JPY", "KWD")
BANK = Account("Assets:SG:Bank:OCBC")


def catalogue() -> Iterator[Fact]:
    """One seller, a product of each kind that is sold now, and customers who pay in several currencies."""
    yield catalog.BookDeclared(date=START, book="test", organization="Test", livemode=False, format=1)
    yield catalog.LegalEntityAdded(
        date=START, entity="sg", name="Example Pte. Ltd.", address="1 Raffles Place", country="SG", currency="SGD",
        time_zone="Asia/Singapore", account="SG", invoice_format="SG-{year}-{sequence:05d}",
        bank=BANK,
    )  # fmt: skip
    tax = Account("Liabilities:SG:Tax:GST")
    yield catalog.TaxCodeAdded(date=START, tax_code="SR", rate=Decimal("0.09"), account=tax)
    yield catalog.TaxCodeAdded(date=START, tax_code="ES", rate=Decimal("0.00"), account=tax)
    yield catalog.ProductAdded(
        date=START, product="placement", name="Placements", revenue=catalog.Revenue.ON_CONSUMPTION, tax_code="SR",
        entitlement="PLACEMENT",
    )  # fmt: skip
    yield catalog.ProductAdded(
        date=START, product="gig", name="Gigs", revenue=catalog.Revenue.AGENT, tax_code="ES", fee_tax_code="SR",
        entitlement="GIG", platform_fee_bps=1575,
    )  # fmt: skip
    yield catalog.ProductAdded(
        date=START, product="advice", name="Advice", revenue=catalog.Revenue.ON_ISSUE, tax_code="SR"
    )
    for product in ("placement", "gig", "advice"):
        for currency in CURRENCIES:
            yield catalog.PriceAdded(
                date=START, price=f"{product}-{currency}", product=product, unit_price=parse_money(f"33.33 {currency}")
            )
    for name in CUSTOMERS:
        yield catalog.CustomerAdded(date=START, customer=name, name=f"{name} Ltd", account=name.capitalize())
        yield catalog.AgreementAdded(date=START, agreement=f"AG-{name}", customer=name)
        for currency in CURRENCIES:
            yield catalog.BillToAdded(
                date=START, customer=name, currency=currency, name=f"{name} Ltd", address="Road 1"
            )


FOUNDATION = tuple(catalogue())


@dataclass(frozen=True, slots=True)
class Edit:
    """The next revision of a draft, with other notes: as the act for it would record it (I3)."""

    number: str
    notes: str


def edit(act: Act, request: Edit) -> None:
    draft = draft_named(act.books, request.number)
    lines = tuple(replace(line, revision=draft.revision + 1) for line in draft.lines)
    act.record(replace(draft, revision=draft.revision + 1, lines=lines, notes=request.notes))


Step = tuple[Callable[[Act, Any], None], Any]


@dataclass
class History:
    """Books over one store, and what has happened in them, act by act: what was recorded, or the refusal."""

    store: Store = field(default_factory=MemoryStore)
    outcomes: list[tuple[Fact, ...] | str] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    moment: datetime = datetime(2026, 1, 2, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.books = Books(self.store)
        for fact in FOUNDATION:
            self.books.apply(fact)
        self.books.accounts.put(OpenAccount(BANK, START))

    def perform(self, verb: Callable[[Act, Any], None], request: Any) -> tuple[Fact, ...] | str:
        """One act on a fork, which is committed where nothing refuses it."""
        self.moment += timedelta(hours=5)
        fork = Overlay(self.store)
        ids = UlidSource(FixedClock(self.moment), bytes, self.books.last_id)
        act = Act(Books(fork), Context(self.moment, "test", ids.next))
        try:
            verb(act, request)
        except BillingError as error:
            self.outcomes.append(str(error))
        else:
            fork.commit()
            self.openings += act.openings
            self.outcomes.append(tuple(act.facts))
        return self.outcomes[-1]

    def must(self, verb: Callable[[Act, Any], None], request: Any) -> tuple[Fact, ...]:
        outcome = self.perform(verb, request)
        assert not isinstance(outcome, str), outcome
        return outcome

    @property
    def facts(self) -> list[Fact]:
        return [fact for outcome in self.outcomes if not isinstance(outcome, str) for fact in outcome]

    @property
    def text(self) -> str:
        """The history as a ledger."""
        opened = [open_account(one.date, Account(one.account), lots=one.lots) + "\n" for one in self.openings]
        return "".join([open_account(START, BANK) + "\n", *opened, *map(encode, FOUNDATION), *map(encode, self.facts)])


class SpecsSeen(Store):
    """A store that takes note of which tables the program asks for."""

    def __init__(self) -> None:
        self.specs: list[TableSpec[Any]] = []
        self._memory = MemoryStore()

    def table(self, spec: TableSpec[Any]) -> Any:
        self.specs.append(spec)
        return self._memory.table(spec)


def specs_of_the_program() -> list[TableSpec[Any]]:
    seen = SpecsSeen()
    Books(seen)
    return seen.specs


SPECS = specs_of_the_program()


def dump(store: Store) -> dict[str, list[Any]]:
    """Everything that the books hold, table by table."""
    return {spec.name: list(store.table(spec).all()) for spec in SPECS}


@contextmanager
def sqlite_store() -> Iterator[SqliteStore]:
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "index.sqlite")
        try:
            yield store
        finally:
            store.close()


# --- The same books over every store ------------------------------------------------------------------------------------

QUANTITIES = st.decimals("0.001", "40", places=3) | st.integers(1, 30).map(Decimal)
PRICES = st.decimals("0", "250", places=4)
NUMBERS = st.integers(1, 5).map(lambda sequence: f"SG-2026-{sequence:05d}")
PAYMENTS = st.integers(1, 4).map(lambda sequence: f"PAY-{sequence}")
SGD = st.decimals("0.01", "900", places=2).map(lambda number: Money(number, "SGD"))


def items() -> st.SearchStrategy[Item]:
    prices = PRICES.map(lambda number: Money(number, "SGD"))
    return st.builds(Item, st.sampled_from(("placement", "gig", "advice")), QUANTITIES, st.none() | prices)


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(
        st.just(draft_invoice),
        st.builds(
            DraftInvoice,
            st.sampled_from(CUSTOMERS),
            st.lists(items(), min_size=1, max_size=2).map(tuple),
            st.just("SGD"),
        ),
    ),
    st.tuples(st.just(edit), st.builds(Edit, NUMBERS, st.text('aé"\\\n', max_size=5))),
    st.tuples(st.just(issue_invoice), st.builds(IssueInvoice, NUMBERS)),
    st.tuples(st.just(void_invoice), st.builds(VoidInvoice, NUMBERS, st.sampled_from(("", "a mistake")))),
    st.tuples(
        st.just(submit_payment),
        st.builds(SubmitPayment, st.lists(NUMBERS, min_size=1, max_size=2).map(tuple), amount=st.none() | SGD),
    ),
    st.tuples(st.just(verify_payment), st.builds(VerifyPayment, PAYMENTS)),
    st.tuples(st.just(reject_payment), st.builds(RejectPayment, PAYMENTS, st.sampled_from(("", "no such money")))),
    st.tuples(
        st.just(consume_entitlement),
        st.builds(Consume, st.sampled_from(CUSTOMERS), st.sampled_from(("PLACEMENT", "GIG")), QUANTITIES),
    ),
)


def sold(customer: str, product: str, quantity: str, invoice: int) -> list[Step]:
    """An invoice drafted, issued and paid: the steps that random ones seldom take in this order."""
    number = f"SG-2026-{invoice:05d}"
    return [
        (draft_invoice, DraftInvoice(customer, (Item(product, Decimal(quantity)),), "SGD")),
        (issue_invoice, IssueInvoice(number)),
        (submit_payment, SubmitPayment((number,))),
        (verify_payment, VerifyPayment(f"PAY-{invoice}")),
    ]


SOLD = [*sold("acme", "placement", "3", 1), *sold("acme", "gig", "0.7", 2), *sold("bolt", "placement", "1.333", 3)]


def begun(count: int) -> list[Step]:
    return SOLD[:count]


HISTORIES = st.builds(
    lambda before, after: [*before, *after], st.integers(0, len(SOLD)).map(begun), st.lists(STEPS, max_size=14)
)


@given(HISTORIES)
@example(SOLD)
@settings(max_examples=60, deadline=None)
def test_books_over_memory_and_over_sqlite_are_the_same_and_refuse_the_same(steps: list[Step]) -> None:
    memory = History()
    with sqlite_store() as store:
        sqlite = History(store)
        for verb, request in steps:
            assert sqlite.perform(verb, request) == memory.perform(verb, request)
        store.commit()
        assert dump(store) == dump(memory.store)
        path = store.path
        again = SqliteStore(path)
        assert dump(again) == dump(memory.store)
        again.close()


@given(HISTORIES)
@example(SOLD)
@settings(max_examples=40, deadline=None)
def test_a_refused_act_changes_nothing_and_the_others_add_up_to_the_books(steps: list[Step]) -> None:
    history = History()
    for verb, request in steps:
        before = dump(history.store)
        if isinstance(history.perform(verb, request), str):
            assert dump(history.store) == before
    folded = History()
    for fact in history.facts:
        folded.books.apply(fact)
    folded.books.note_ids(fact.id for fact in history.facts)
    kept = dump(history.store)
    assert {**dump(folded.store), "accounts": kept["accounts"]} == kept


@given(HISTORIES)
@example(SOLD)
@settings(max_examples=25, deadline=None)
def test_beancount_books_every_history_without_an_error(steps: list[Step]) -> None:
    history = History()
    for verb, request in steps:
        history.perform(verb, request)
    _entries, errors, _options = loader.load_string(history.text)
    assert errors == []


@pytest.mark.parametrize("steps", [SOLD])
def test_the_steps_that_should_sell_do_sell(steps: list[Step]) -> None:
    history = History()
    for verb, request in steps:
        history.must(verb, request)
    assert sum(isinstance(fact, InvoicePosted) for fact in history.facts) == 3


def test_a_fork_of_a_fork_over_sqlite_keeps_to_itself() -> None:
    with sqlite_store() as store:
        history = History(store)
        store.commit()
        before = dump(store)
        outer = history.books.fork()
        inner = outer.fork()
        inner.apply(catalog.CustomerAdded(date=START, customer="dune", name="Dune", account="Dune"))
        assert inner.catalog.customer("dune", START) is not None
        assert outer.catalog.customer("dune", START) is None
        assert dump(store) == before


# --- Money over the life of a lot (E1) ----------------------------------------------------------------------------------


def residual(fact: Movement) -> dict[str, Decimal]:
    """What a movement does not balance by, in every currency, reckoned without rounding."""
    sums: dict[str, Decimal] = {}
    with localcontext(prec=200):
        for leg in fact.legs():
            price, currency = (leg.cost.number, leg.cost.currency) if leg.cost else (Decimal(1), leg.units.currency)
            sums[currency] = sums.get(currency, Decimal(0)) + leg.units.number * price
    return sums


def pieces_of(total: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """The total in pieces of about these weights, with three decimals more than it has; the last takes what is left."""
    exponent = total.as_tuple().exponent
    assert isinstance(exponent, int)
    step, left, pieces = Decimal(1).scaleb(exponent - 3), total, []
    for weight in weights[:-1]:
        piece = (total * weight / sum(weights)).quantize(step)
        if 0 < piece < left:
            pieces.append(piece)
            left -= piece
    return [*pieces, left]


def bought(product: str, quantity: Decimal, price: Money) -> History:
    """A history in which acme bought and paid this."""
    history = History()
    item = Item(product, quantity, price)
    history.must(draft_invoice, DraftInvoice("acme", (item,), price.currency))
    history.must(issue_invoice, IssueInvoice("SG-2026-00001"))
    if not any(isinstance(fact, InvoicePosted) for fact in history.facts):
        history.must(submit_payment, SubmitPayment(("SG-2026-00001",)))
        history.must(verify_payment, VerifyPayment("PAY-1"))
    return history


AMOUNTS = st.sampled_from(CURRENCIES).flatmap(
    lambda currency: st.decimals("0", "99999", places=5).map(lambda number: Money(number, currency))
)


@given(
    st.sampled_from((("placement", "PLACEMENT"), ("gig", "GIG"))),
    st.decimals("0.0001", "9999", places=4) | st.integers(1, 300).map(Decimal),
    AMOUNTS,
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
)
@example(("placement", "PLACEMENT"), Decimal(3), Money(Decimal("33.33333"), "SGD"), [1, 1, 1])
@example(("gig", "GIG"), Decimal(7), Money(Decimal("0.01"), "SGD"), [3, 2, 2])
@example(("gig", "GIG"), Decimal(3), Money(Decimal("0.001"), "KWD"), [1, 2])
@settings(max_examples=60, deadline=None)
def test_over_the_life_of_a_lot_exactly_what_was_paid_is_released(
    sale: tuple[str, str], quantity: Decimal, price: Money, weights: list[int]
) -> None:
    product, unit = sale
    history = bought(product, quantity, price)
    draft = draft_named(history.books, "SG-2026-00001")
    pieces = pieces_of(quantity, weights)
    for units in pieces:
        history.must(consume_entitlement, Consume("acme", unit, units))
    released = [fact for fact in history.facts if isinstance(fact, EntitlementConsumed)]
    earned = sum((-leg.units.number for fact in released for leg in fact.earned), start=Decimal(0))
    owed = sum((-leg.units.number for fact in released for leg in fact.owed), start=Decimal(0))
    assert earned + owed == draft.subtotal.number
    assert owed == (draft.lines[0].amount.number if product == "gig" else 0)
    assert all(lot.remaining == 0 for lot in history.books.entitlements.lots.all())
    for fact in history.facts:
        if isinstance(fact, Movement):
            assert not any(residual(fact).values())
    assert isinstance(history.perform(consume_entitlement, Consume("acme", unit, Decimal("0.0000001"))), str)
    _entries, errors, _options = loader.load_string(history.text)
    assert errors == []


@given(st.decimals("0.000000000001", "999999999", places=12), st.decimals("0.01", "999999", places=12))
@example(Decimal("975775770.104156944207"), Decimal("809941.386329"))
@settings(max_examples=60, deadline=None)
def test_the_longest_numbers_are_exact_or_found_before_they_are_written(quantity: Decimal, price: Decimal) -> None:
    assume(quantity * price * Decimal("1.09") < Decimal(10) ** 15)  # with its tax it has at most 15 digits
    history = bought("placement", quantity, Money(price, "SGD"))
    for units in pieces_of(quantity, [1, 2]):
        history.perform(consume_entitlement, Consume("acme", "PLACEMENT", units))
    for fact in history.facts:
        if isinstance(fact, Movement):
            assert any(residual(fact).values()) == bool(gather(parser.parse_string(encode(fact))[0]).findings)


def test_more_than_there_is_can_not_be_consumed() -> None:
    history = bought("placement", Decimal(3), parse_money("33.33 SGD"))
    fork = history.books.fork()
    act = Act(fork, Context(history.moment, "test", UlidSource(FixedClock(history.moment), bytes).next))
    with pytest.raises(Refused, match=r"acme has 3 PLACEMENT, and 3\.001 were to be consumed"):
        consume_entitlement(act, Consume("acme", "PLACEMENT", Decimal("3.001")))
