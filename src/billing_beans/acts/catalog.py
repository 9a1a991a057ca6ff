"""Verbs for catalogue and parties: add, change, import. What is there already, exactly so, is nothing to do (rule 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

from billing_beans.acts.act import Act
from billing_beans.books import Books
from billing_beans.catalog import operations as make
from billing_beans.catalog.credit_units import AddCreditUnit, ChoosePolicy, credit_unit_added, policy_chosen
from billing_beans.catalog.facts import CustomerAdded, LegalEntityAdded, ProductAdded, TaxCodeAdded
from billing_beans.catalog.levels import AddLevel, level_added
from billing_beans.catalog.plans import AddPlan, plan_added
from billing_beans.catalog.price_operations import AddPrice, price_added
from billing_beans.catalog.versions import differences, given_values, last_by, same_content, without_envelope
from billing_beans.core.calendar import local_date
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.facts import Fact
from billing_beans.core.records import record
from billing_beans.core.tables import Overlay

F = TypeVar("F", bound=Fact)
Known = LegalEntityAdded | TaxCodeAdded | ProductAdded | CustomerAdded

_VERSIONS = "P1: what changes is a new fact of a later date."


@record
class Change:
    """Something known gets a new version: `values` by the name of the field; an empty text takes one away."""

    noun: str
    identifier: str
    values: tuple[tuple[str, Any], ...]


@record
class NumberedRow:
    """A row of a file, read: its line, and what it asks for."""

    line: int
    request: make.AddCustomer | make.AddProduct | AddPrice


@record
class ImportRows:
    """Rows of one file, to be taken in one act."""

    rows: tuple[NumberedRow, ...]


def add_entity(act: Act, request: make.AddEntity) -> None:
    """A seller of record; its bank account is opened with it (B3)."""
    today = max(local_date(act.context.now, make.zone_for(request)), act.books.periods.first_open)
    day = act.context.day or today
    fact = _add(act, make.entity_added(request, day), "entity")
    if fact is not None and fact.bank is not None:
        act.open(fact.bank, fact.date)


def add_tax_code(act: Act, request: make.AddTaxCode) -> None:
    """A rate of tax (P1)."""
    _add(act, make.tax_code_added(act.books, request, act.day(request.entity)), "tax-code")


def add_tax_rule(act: Act, request: make.AddTaxRule) -> None:
    """Which tax code a product carries in a country, from a day on (P1)."""
    _next_version(act, make.tax_rule_added(request, act.day()))


def add_product(act: Act, request: make.AddProduct) -> None:
    """Something that can be sold, and its price where that is said (P1, P2)."""
    _add(act, make.product_added(request, act.day()), "product")
    if request.unit_price is not None:
        _next_version(act, price_added(act.books, AddPrice(request.product, request.unit_price), act.day()))


def add_price(act: Act, request: AddPrice) -> None:
    """A price, or the next version of one (P2)."""
    _next_version(act, price_added(act.books, request, act.day()))


def add_agreement(act: Act, request: make.AddAgreement) -> None:
    """An agreement, or the next version of one (P1)."""
    _next_version(act, make.agreement_added(act.books, request, act.day(_seller(act, request.customer))))


def add_term(act: Act, request: make.AddTerm) -> None:
    """What an agreement says of a product (P2). One that begins later begins with its agreement."""
    versions = [*act.books.catalog.agreements.range("versions", request.agreement)]
    day = act.day(_seller(act, versions[0].customer) if versions else None)
    if act.context.day is None and versions:
        day = max(day, versions[0].date)
    _next_version(act, make.term_added(request, day))


def add_level(act: Act, request: AddLevel) -> None:
    """A level of reminding, or the next version of one (R5)."""
    _next_version(act, level_added(request, act.day()))


def add_credit_unit(act: Act, request: AddCreditUnit) -> None:
    """A kind of credits, or the next version of one, which can have another name and is worth the same (W1)."""
    _next_version(act, credit_unit_added(act.books, request, act.day()))


def add_plan(act: Act, request: AddPlan) -> None:
    """What can be subscribed to, or the next version of it (P1, U3)."""
    _next_version(act, plan_added(act.books, request, request.since or act.day()))


def choose_policy(act: Act, request: ChoosePolicy) -> None:
    """How these books do something from a day on (architecture, rule 10)."""
    _next_version(act, policy_chosen(request, act.day()))


def add_customer(act: Act, request: make.AddCustomer) -> None:
    """A customer with its first bill-to profile, in one act (P1, P2)."""
    customer, bill_to = make.customer_added(act.books, request, act.day(request.seller))
    _add(act, customer, "customer")
    _add(act, bill_to, "customer")


def add_payer(act: Act, request: make.AddPayer) -> None:
    """Who pays for a customer (Y6)."""
    _next_version(act, make.payer_added(act.books, request, act.day(_seller(act, request.customer))))


def add_bill_to(act: Act, request: make.AddBillTo) -> None:
    """One more bill-to profile, or the next version of one (P2)."""
    _next_version(act, make.bill_to_added(act.books, request, act.day(_seller(act, request.customer))))


def change(act: Act, request: Change) -> None:
    """A new version of a legal entity, tax code, product or customer: what it was, with what is given (P1)."""
    zone_of = request.identifier if request.noun == "entity" else None
    current = named(act.books, request.noun, request.identifier)
    day = act.day(zone_of)
    before = last_by(act.books.catalog.versions_of(current), day)
    if before is None:
        raise Refused(
            f"{request.identifier} is known from {current.date} on, and not yet on {day}.",
            rule=_VERSIONS,
            instead="give a later --date",
        )
    values = given_values(before, dict(request.values))
    fact = replace(without_envelope(before), date=day, **values)
    if not same_content(before, fact):
        recorded = act.record(fact)
        if isinstance(recorded, LegalEntityAdded) and recorded.bank is not None:
            act.open(recorded.bank, recorded.date)


def named(books: Books, noun: str, identifier: str) -> Known:
    """The first version of the thing of this id. Raises `Refused` where there is none."""
    catalog = books.catalog
    tables: dict[str, Any] = {
        "entity": catalog.entities,
        "tax-code": catalog.tax_codes,
        "product": catalog.products,
        "customer": catalog.customers,
    }
    for found in tables[noun].range("versions", identifier):
        return cast("Known", found)
    raise Refused(f"There is no {noun} {identifier}.", instead=f"billing-beans {noun} list")


def _seller(act: Act, customer: str) -> str | None:
    versions = [*act.books.catalog.customers.range("versions", customer)]
    return versions[-1].seller if versions else None


def _add(act: Act, fact: F, noun: str) -> F | None:
    """Record the first version. Known exactly so: None. Raises `Refused` where it is known otherwise."""
    known = act.books.catalog.versions_of(fact)
    if not known:
        return act.record(fact)
    if any(same_content(one, fact) for one in known):
        return None
    name = " ".join(str(getattr(fact, field.name)) for field in fact.shape.keys)
    differing = ", ".join(differences(known[-1], fact))
    verb = f"bill-to {name}" if fact.shape.kind == "bill-to" else f"change {name}"
    raise Refused(
        f"{fact.shape.kind} {name} is known since {known[0].date}, and differs in {differing}.",
        rule=_VERSIONS,
        instead=f"billing-beans {noun} {verb} makes a new version; or choose another id",
    )


def _next_version(act: Act, fact: Fact) -> None:
    """Record a version, unless what is valid on its day says the same."""
    before = last_by(act.books.catalog.versions_of(fact), fact.date)
    over = (getattr(fact, "active_until", None) or fact.date) < fact.date
    if before is None or over or not same_content(before, fact):
        act.record(fact)


Taken = Callable[[Act, Any], None]
_TAKE: dict[type, Taken] = {
    make.AddCustomer: add_customer,
    make.AddProduct: add_product,
    AddPrice: add_price,
}


class Importing:
    """Rows into one act: each whole or not at all. `refused` names those that were not taken, `known` counts old ones."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self.refused: list[tuple[int, BillingError]] = []
        self.known = 0
        self.new = 0
        self._progress = progress

    def import_rows(self, act: Act, request: ImportRows) -> None:
        """Take every row that no rule forbids."""
        for done, row in enumerate(request.rows, start=1):
            try:
                facts = self._tried(act, row)
            except BillingError as error:
                self.refused.append((row.line, error))
            else:
                for fact in facts:
                    act.record(without_envelope(fact))
                self.new += bool(facts)
                self.known += not facts
            self._progress(done, len(request.rows))

    @staticmethod
    def _tried(act: Act, row: NumberedRow) -> list[Fact]:
        """The facts of one row, from an act that is thrown away: a row of which half is refused leaves nothing."""
        trial = Act(Books(Overlay(act.books.store)), replace(act.context, idempotency_key=None))
        _TAKE[type(row.request)](trial, row.request)
        return trial.facts
