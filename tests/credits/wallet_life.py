"""A life of wallets: books in which things happen, and the model of each customer's wallets with each seller beside them."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

import wallet_laws as laws
from wallet_books import CUSTOMERS, FACES, ZONES, Ledger
from wallet_model import Wallets
from wallet_records import No, Unit, When, written

from billing_beans.acts.act import Act
from billing_beans.acts.catalog import choose_policy
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.policies import POLICIES
from billing_beans.core.calendar import local_date
from billing_beans.core.errors import BillingError
from billing_beans.core.facts import Fact
from billing_beans.credits import facts as kinds
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import Status

T = TypeVar("T")
Pair = tuple[str, str]
Facts = tuple[Fact, ...]
UNITS = {name: Unit(name, Fraction(face.split()[0]), face.split()[1]) for name, face in FACES.items()}


class Difference(AssertionError):
    """The program and the model, or two things in the program, do not say the same."""


class Asked(NamedTuple):
    """An act, what the model does for it, and for whom. `may`: it can be refused for what the model does not know."""

    pair: Pair
    verb: Callable[[Act, Any], None]
    request: Any
    model: Callable[[Wallets, When, Facts], object]
    may: bool = False


Verbs = Mapping[str, "Callable[[Life], Asked | None]"]
UNDATED = ("policy", "close", "reopen", "open-invoice", "open-credits")


class Life(Ledger):
    """Books in which things happen to wallets, and the model of each customer's with each seller."""

    def __init__(self, seed: int, verbs: Verbs, weighted: Sequence[str]) -> None:
        super().__init__()
        self.verbs, self.weighted = verbs, weighted
        self.chance = random.Random(seed)
        self.models: dict[Pair, Wallets] = {
            (seller, customer): Wallets(zone, UNITS) for seller, zone in ZONES.items() for customer in CUSTOMERS
        }
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.last: str = ""
        self.latest: dict[Pair, date] = {}
        for policy, choices in POLICIES.items():
            choice = self.chance.choice([one.value for one in choices])
            self.perform(choose_policy, ChoosePolicy(policy, choice), date(2026, 1, 2))

    def today(self, pair: Pair) -> date:
        return local_date(self.moment, ZONES[pair[0]])

    def step(self) -> None:
        """Time goes by, and something is tried."""
        self._wait()
        asked = None
        while asked is None:  # there may be nothing to do it to
            verb = self.chance.choice(self.weighted)
            asked = self.verbs[verb](self)
        day = None
        if verb not in UNDATED and self.chance.random() < 0.12:
            day = self.today(asked.pair) + timedelta(days=self.chance.randint(-20, 3))
        self.last = f"{verb} {asked.request} at {written(self.moment)} on {day or 'today'}"
        try:
            facts = self.perform(asked.verb, asked.request, day)
        except BillingError as error:
            self._refuse(asked, day, error)
            self.refused[verb] += 1
        else:
            self._agree(asked, facts)
            self.done[verb] += 1

    def _wait(self) -> None:
        """A while; now and then until the very second at which something expires, or that before it."""
        some = self.chance.random()
        if some < 0.06:
            now = written(self.moment)
            later = sorted(
                one.terms.expires
                for model in self.models.values()
                for one in model.grants.values()
                if one.terms.expires and one.terms.expires > now and one.left
            )
            if later:
                when = datetime.fromisoformat(later[0]) - timedelta(seconds=self.chance.randint(0, 1))
                self.moment = max(self.moment, when)
                return
        most = timedelta(days=3) if some > 0.97 else timedelta(hours=5)
        self.moment += timedelta(seconds=self.chance.randint(1, int(most.total_seconds())))

    def _prepare(self, model: Wallets, pair: Pair, facts: Facts, day: date | None) -> When:
        """What the model is told of an act besides what was asked for: its day, its second, and the names that were given."""
        for name in POLICIES:
            model.policies[name] = self.books.catalog.policy(name, day or self.today(pair))
        model.now = written(self.moment)
        waiting = {one[0] for one in model.waiting.values()}
        names = dict.fromkeys(name for fact in facts for name in _named(fact))
        model.names = [name for name in names if "/" not in name and name not in waiting]
        return When(day or self.today(pair), written(self.moment))

    def _agree(self, asked: Asked, facts: Facts) -> None:
        days = [one.date for one in facts if not isinstance(one, kinds.CreditExpired)]
        model = self.models[asked.pair]
        if asked.verb is choose_policy:
            return
        when = self._prepare(model, asked.pair, facts, days[0] if days else None)
        try:
            asked.model(model, when, facts)
        except No as no:
            raise Difference(f"the program did what the model refuses: {no}") from no
        if facts:
            self.latest[asked.pair] = max(self.latest.get(asked.pair, date.min), *(one.date for one in facts))
        if model.names:
            raise Difference(f"the program also made {model.names}")
        compare(self, asked.pair)
        laws.hold_for(self, facts)

    def _refuse(self, asked: Asked, day: date | None, error: BillingError) -> None:
        """Where no day can be in the way, the model refuses it too."""
        if asked.may or day is not None or self.latest.get(asked.pair, date.min) > self.today(asked.pair):
            return
        model = copy.deepcopy(self.models[asked.pair])
        when = self._prepare(model, asked.pair, (), None)
        try:
            asked.model(model, when, ())
        except No:
            return
        raise Difference(f"the program refuses what the model does: {error}")


def _named(fact: Fact) -> Iterator[str]:
    if isinstance(fact, (kinds.CreditGranted, kinds.CreditRenewed, kinds.CreditRequested)):
        yield fact.grant
    elif isinstance(fact, (kinds.CreditApplied, kinds.CreditDiscounted)):
        yield fact.application


def compare(life: Life, pair: Pair) -> None:
    """The books, and what stands on the accounts, are what the model says."""
    model, books = life.models[pair], life.books
    for name, grant in model.grants.items():
        found = books.credits.grants.get(name)
        if found is None:
            raise Difference(f"there is no grant {name}")
        lots = [*books.credits.lots.range("grant", name)]
        said = {
            "paid": found.paid, "expires": found.terms.expires_at, "origin": found.origin,
            "units": found.units, "left": found.remaining, "applied": found.applied, "adjusted": found.adjusted,
            "expired": found.expired, "lots": sorted((one.cost, one.remaining) for one in lots),
            "worth": sum((Fraction(one.cost) * Fraction(one.remaining) for one in lots), start=Fraction(0)),
        }  # fmt: skip
        expected = {
            "paid": grant.paid, "expires": grant.terms.expires, "origin": grant.origin,
            "units": grant.units, "left": grant.left, "applied": grant.applied, "adjusted": grant.adjusted,
            "expired": grant.expired, "lots": sorted((one.cost, one.left) for one in grant.lots), "worth": grant.worth,
        }  # fmt: skip
        same(f"grant {name}", said, expected)
        if grant.units != grant.left + grant.applied + grant.adjusted + grant.expired:
            raise Difference(f"of {name} units are lost in the model")
    for number, invoice in model.invoices.items():
        head, draft = books.invoices.heads.get(number), books.invoices.current(number)
        assert head is not None
        assert draft is not None
        lowered = [one.credit_discount.number if one.credit_discount else 0 for one in draft.lines]
        same(
            f"invoice {number}",
            {"due": head.due_amount, "total": head.total, "settled": head.settled, "lowered": lowered},
            {"due": invoice.due, "total": invoice.total, "settled": invoice.settled,
             "lowered": [one.lowered for one in invoice.lines]},
        )  # fmt: skip
    for origin, left in model.money.items():
        found_money = books.payments.money.get(origin)
        same(f"money {origin}", {"left": found_money.remaining if found_money else 0}, {"left": left})
        if left < 0:
            raise Difference(f"less than nothing of {origin} is left")
    compare_accounts(life, pair)


def compare_accounts(life: Life, pair: Pair) -> None:
    seller, customer = pair[0].upper(), pair[1].capitalize()
    model = life.models[pair]
    both = [one for (of, _customer), one in life.models.items() if of == pair[0]]
    found: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    for name, unit in UNITS.items():
        for paid, last in ((True, "Paid"), (False, "Free")):
            grants = [one for one in model.grants.values() if one.unit is unit and one.paid == paid]
            found[f"{last} {name}"] = -life.balances[f"Liabilities:{seller}:Credits:{customer}:{last}", name]
            expected[f"{last} {name}"] = sum((one.left for one in grants), start=Fraction(0))
    for currency in ("USD", "JPY"):
        mine = [one for one in model.grants.values() if one.unit.currency == currency]
        found[f"liability {currency}"] = -life.worth[f"Liabilities:{seller}:Credits:{customer}:Paid", currency]
        expected[f"liability {currency}"] = sum((one.worth for one in mine), start=Fraction(0))
        found[f"receivable {currency}"] = life.worth[f"Assets:{seller}:Receivable:{customer}", currency]
        owed = [one.due for one in model.invoices.values() if one.currency == currency]
        expected[f"receivable {currency}"] = sum(owed, start=Fraction(0))
        found[f"breakage {currency}"] = -life.worth[f"Income:{seller}:Breakage", currency]
        expected[f"breakage {currency}"] = sum((one.breakage[currency] for one in both), start=Fraction(0))
        found[f"deferred {currency}"] = -life.worth[f"Liabilities:{seller}:Deferred:{customer}", currency]
        lines = [
            line
            for one in model.invoices.values()
            if (one.status, one.currency) == ("issued", currency)
            for line in one.lines
        ]
        expected[f"deferred {currency}"] = sum((line.deferred for line in lines), start=Fraction(0))
        held = sum(
            (
                Fraction(one.held - one.credited)
                for one in life.books.invoices.line_discounts.all()
                if one.invoice.startswith(seller) and life.books.invoices.heads.get(one.invoice).currency == currency  # type: ignore[union-attr]
            ),
            start=Fraction(0),
        )
        discounts = (f"Income:{seller}:Discounts", currency)
        found[f"discounts {currency}"] = life.worth[discounts] + held
        expected[f"discounts {currency}"] = sum((one.discounts[currency] for one in both), start=Fraction(0))
    same(f"the accounts of {customer} at {seller}", found, expected)


def same(what: str, found: dict[str, Any], expected: dict[str, Any]) -> None:
    differ = [
        f"{key} is {_words(found[key])}, and {_words(expected[key])} by the model"
        for key in found
        if found[key] != expected[key]
    ]
    if differ:
        raise Difference(f"{what}: {'; '.join(differ)}")


def _words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_words, value))})"
    return str(float(value)) if isinstance(value, Fraction) else str(value)


# --- What steps share -------------------------------------------------------------------------------------------------


def pick(life: Life, found: Sequence[T]) -> T | None:
    return life.chance.choice(found) if found else None


def a_pair(life: Life) -> Pair:
    return life.chance.choice(("sg", "sg", "sg", "us")), life.chance.choice(("acme", "acme", "acme", "bolt"))


def pair_of(head: InvoiceHead) -> Pair:
    return head.seller, head.customer


def heads(life: Life, *statuses: Status) -> list[InvoiceHead]:
    found = [head for status in statuses for head in life.books.invoices.heads.range("status", status)]
    return found if life.chance.random() < 0.3 else found[-6:]


def exact(number: Decimal | None) -> Fraction:
    return Fraction(number) if number is not None else Fraction(0)


def a_number(life: Life, most: Decimal, step: Decimal) -> Decimal:
    """Above zero, at most so much, in steps."""
    share = life.chance.choice((Decimal(1), Decimal(life.chance.randint(1, 100)) / 100))
    return max((most * share / step).to_integral_value(ROUND_DOWN), Decimal(1)) * step


def pair_of_account(account: str, customer: str) -> Pair:
    return account.split(":")[1].lower(), customer


def topped_up_on(facts: Facts, day: date) -> date:
    """The day on which an act granted what an invoice had sold."""
    found = [one.date for one in facts if isinstance(one, kinds.CreditGranted) and "/" in one.grant]
    return found[0] if found else day


def pair_of_origin(life: Life, origin: str) -> Pair | None:
    for pair, model in life.models.items():
        if origin in model.money:
            return pair
    return None
