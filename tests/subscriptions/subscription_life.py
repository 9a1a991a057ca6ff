"""A life of subscriptions: books in which things happen to them, and the model of each of them beside the books."""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent.parent / "ledger"))

from beancount.parser import parser
from money_laws import dump
from subscribers import PLANS, PRICES, Office, catalogue, charge
from subscription_model import (
    DAY,
    Billed,
    Catalogue,
    Charge,
    Credit,
    Plan,
    Start,
    Subscription,
    begun,
    day_of,
    midnight,
)

from billing_beans.acts import subscriptions as acts
from billing_beans.acts.billing import BillDue, Billing
from billing_beans.acts.catalog import choose_policy
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.credits import grant_credits
from billing_beans.acts.invoices import VoidInvoice, void_invoice
from billing_beans.acts.payments import ReceivePayment, receive_payment
from billing_beans.catalog import facts as catalog
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.facts import Timing
from billing_beans.core.errors import BillingError
from billing_beans.core.facts import Fact
from billing_beans.core.money import Money
from billing_beans.core.tables import MemoryStore
from billing_beans.credits.granting import GrantCredits
from billing_beans.invoicing.crediting import CreditInvoice
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.status import Status
from billing_beans.ledger.reading import judge
from billing_beans.payments.operations import SubmitPayment
from billing_beans.subscriptions import facts as kinds
from billing_beans.subscriptions.operations import (
    CancelSubscription,
    ChangeSubscription,
    PauseSubscription,
    RenewSubscription,
    ResumeSubscription,
    StartSubscription,
)
from billing_beans.subscriptions.points import When

CUSTOMERS = 6
POLICIES = {
    "proration": ("day", "second"),
    "proration-first-day": ("counts", "free"),
    "proration-last-day": ("left-out", "included"),
    "proration-length": ("anchor-to-anchor", "natural-month", "thirty-days"),
    "proration-rounding": ("cumulative", "each-part"),
    "subscription-invoices": ("together", "one-each"),
    "run-credits": ("apply", "keep"),
    "credit-discounts": ("before-tax", "after-tax"),
}
ZONES = ("Asia/Singapore", "America/New_York", "Europe/Berlin", "Africa/Cairo")
"""Without summer time; with it; and where it begins at midnight, so that a day begins at one o'clock."""
BEGINNING = date(2026, 1, 1)
OPEN = (Status.ISSUED, Status.PARTIALLY_PAID)


class Difference(AssertionError):
    """The program and the model do not say the same."""


class Shown(NamedTuple):
    """A line of an invoice as both say it."""

    charge: str
    product: str
    begin: datetime | None
    end: datetime | None
    quantity: Fraction
    unit_price: Fraction
    amount: Fraction


def versions(chance: random.Random) -> list[Fact]:
    """Prices and plans that change on a day, some on the first of a month and some in the middle of one."""
    found: list[Fact] = []
    for product in chance.sample([*PRICES], 4):
        for since in (-20, 190):
            day = BEGINNING + chance.randint(since, since + 200) * DAY
            number = Decimal(chance.randint(1, 20000)).scaleb(-2)
            found.append(
                catalog.PriceAdded(date=day, price=f"P-{product}", product=product, unit_price=Money(number, "USD"))
            )
    for plan in chance.sample([*PLANS], 3):
        every, charges = PLANS[plan]
        others = [one for one in PRICES if one not in {mine.product for mine in charges}]
        timing = chance.choice([*Timing])
        more = charge(chance.choice(others), timing, chance.choice((None, "1", "2.5")))
        day = BEGINNING + chance.randint(10, 400) * DAY
        found.append(
            catalog.PlanAdded(date=day, plan=plan, name=plan, every=every, charges=chance.choice([(*charges, more), charges[:1]]))
        )  # fmt: skip
    return sorted(found, key=lambda fact: fact.date)


def model_of(foundation: Iterable[Fact]) -> Catalogue:
    plans, prices = defaultdict(list), defaultdict(list)
    for fact in foundation:
        if isinstance(fact, catalog.PlanAdded):
            charges = [
                Charge(one.charge, one.product, one.timing.value, None if one.quantity is None else Fraction(one.quantity))
                for one in fact.charges
            ]  # fmt: skip
            plans[fact.plan].append(Plan(fact.date, fact.every.value, tuple(charges)))
        elif isinstance(fact, catalog.PriceAdded):
            assert fact.unit_price is not None
            prices[fact.product].append((fact.date, Fraction(fact.unit_price.number)))
    return Catalogue(
        {name: tuple(one) for name, one in plans.items()}, {name: tuple(one) for name, one in prices.items()}
    )


class Life:
    """Books in which things happen to subscriptions."""

    def __init__(
        self, seed: int, policies: dict[str, str] | None = None, zone: str | None = None, *, plain: bool = False
    ) -> None:
        """`plain` is a catalogue that never changes."""
        self.chance = random.Random(seed)
        self.zone = zone or self.chance.choice(ZONES)
        self.policies = {name: self.chance.choice(choices) for name, choices in POLICIES.items()} | (policies or {})
        foundation = [
            replace(fact, time_zone=self.zone) if isinstance(fact, catalog.LegalEntityAdded) else fact
            for fact in (*catalogue(CUSTOMERS), *(() if plain else versions(self.chance)))
        ]
        foundation = [one for _, one in sorted(enumerate(foundation), key=lambda each: (each[1].date, each[0]))]
        self.office = Office(CUSTOMERS, foundation=foundation)
        self.catalogue = model_of(foundation)
        self.models: dict[str, Subscription] = {}
        self.last_effect: dict[str, datetime] = {}
        self.recorded: dict[str, date] = {}
        self.dated: date | None = None
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.last = ""
        self.at(BEGINNING)
        for name, choice in self.policies.items():
            self.office.does(choose_policy, ChoosePolicy(name, choice))

    # -- Time

    @property
    def today(self) -> date:
        return day_of(self.office.moment, self.zone)

    def at(self, day: date, seconds: int = 36_000) -> None:
        self.office.moment = midnight(day, self.zone) + timedelta(seconds=seconds)

    def wait(self, most: int = 9) -> None:
        """Some days, or some hours."""
        hours = self.chance.randint(1, 20) if self.chance.random() < 0.3 else 0
        later = self.office.moment + timedelta(
            days=self.chance.randint(0, most), hours=hours, seconds=self.chance.randint(1, 3600)
        )
        self.office.moment = later

    # -- Acts on subscriptions

    def moment(self, model: Subscription, when: When, begins: bool) -> datetime:
        """When something counts that is asked for now: at once, on the day, at its end, or as the period ends."""
        if when.at_period_end:
            asked_on = self.office.moment if self.dated is None else midnight(self.dated, self.zone)
            return midnight(model.period_end(asked_on), self.zone)
        day = when.day or self.dated or self.today
        if self.policies["proration"] == "second":
            if when.at is not None:
                return datetime.fromisoformat(when.at)
            return midnight(day, self.zone) if when.day or day != self.today else self.office.moment
        free = begins and self.policies["proration-first-day"] == "free"
        included = not begins and self.policies["proration-last-day"] == "included"
        return midnight(day + DAY if free or included else day, self.zone)

    def start(self, request: StartSubscription) -> str:
        day = request.when.day
        facts = self.does("start", acts.start_subscription, request)
        if facts is None:
            return ""
        fact = facts[0]
        assert isinstance(fact, kinds.SubscriptionStarted)
        if self.policies["proration"] == "second":
            begins = datetime.fromisoformat(request.when.at) if request.when.at else self.office.moment
            begins = midnight(day, self.zone) if day else begins
        else:
            begins = midnight(day or self.today, self.zone)
        wanted = Start(
            request.customer, request.plan, Fraction(request.quantity), begins, request.anchor, request.trial_days or 0,
            request.periods, request.until,
        )  # fmt: skip
        model = begun(fact.subscription, wanted, self.zone, self.catalogue, self.policies)
        self.models[fact.subscription] = model
        self.last_effect[fact.subscription] = model.begins
        self.recorded[fact.subscription] = fact.date
        ends = day_of(model.ends, self.zone) if model.ends else None
        if ends != fact.ends:
            raise Difference(f"{fact.subscription} ends {fact.ends}, by the model {ends}")
        return fact.subscription

    def happens(self, verb: str, name: str, when: When, **more: Any) -> None:
        """One act on a subscription that is there."""
        model = self.models[name]
        if self.chance.random() < 0.1:
            self.dated = self.today - self.chance.randint(1, 12) * DAY
        begins = verb in {"change", "resume"}
        effective = self.moment(model, when, begins)
        request: Any
        act: Any
        if verb == "change":
            act, request = (
                acts.change_subscription,
                ChangeSubscription(name, more.get("plan"), more.get("quantity"), when),
            )
        elif verb == "pause":
            act, request = acts.pause_subscription, PauseSubscription(name, when)
        elif verb == "resume":
            act, request = acts.resume_subscription, ResumeSubscription(name, when)
        else:
            act, request = acts.cancel_subscription, CancelSubscription(name, when)
        state = model.at(effective)
        plain = self.last_effect[name] <= effective and model.begins <= effective
        plain = plain and (model.ends is None or (effective < model.ends and self.office.moment < model.ends))
        plain = plain and (self.dated or self.today) >= self.recorded[name]
        plain = plain and not (verb == "pause" and state.paused) and not (verb == "resume" and not state.paused)
        if verb == "cancel":  # what has not begun ends as it begins
            effective = max(effective, model.begins)
        facts = self.does(verb, act, request, must=plain)
        self.dated = None
        if facts is None:
            return
        if not facts:
            same_plan = more.get("plan") in {None, state.plan}
            same = same_plan and (more.get("quantity") is None or Fraction(more["quantity"]) == state.quantity)
            has_it = {
                "change": same,
                "pause": state.paused,
                "resume": not state.paused,
                "cancel": model.ends == max(effective, model.begins),
            }
            if not has_it[verb]:
                raise Difference("nothing was recorded")
            return
        self.agree_on(facts[0], effective)
        if verb == "change":
            quantity = more.get("quantity")
            model.change(effective, more.get("plan"), None if quantity is None else Fraction(quantity))
        else:
            getattr(model, verb)(effective)
        self.recorded[name] = facts[0].date
        later = min(self.last_effect[name], effective) if verb == "cancel" else effective
        self.last_effect[name] = later

    def agree_on(self, fact: Any, effective: datetime) -> None:
        at = fact.effective_at and datetime.fromisoformat(fact.effective_at)
        theirs = at or midnight(fact.effective, self.zone)
        if theirs != effective:
            raise Difference(f"it counts from {theirs}, by the model from {effective}")

    def renew(self, name: str, periods: int | None = None, until: date | None = None) -> None:
        model = self.models[name]
        facts = self.does("renew", acts.renew_subscription, RenewSubscription(name, periods, until))
        if not facts:
            return
        fact = facts[0]
        assert isinstance(fact, kinds.SubscriptionRenewed)
        self.recorded[name] = fact.date
        assert model.ends is not None
        ends = until + DAY if until else None
        if periods is not None:
            ends = day_of(model.ends, self.zone)
            for _ in range(periods):
                ends = model.period_end(midnight(ends, self.zone))
        if ends != fact.ends:
            raise Difference(f"{name} ends {fact.ends} then, by the model {ends}")
        model.renew(midnight(ends, self.zone) if ends else None)

    def does(self, what: str, verb: Any, request: Any, *, must: bool = False) -> list[Fact] | None:
        self.last = f"{what} {request} at {self.office.moment.isoformat()} on {self.dated or 'today'}"
        try:
            facts = self.office.does(verb, request, self.dated)
        except BillingError as error:
            if must:
                raise Difference(f"refused: {error}") from error
            self.refused[what] += 1
            self.refusals[f"{what}: {error}"[:160]] += 1
            return None
        self.done[what] += 1
        return facts

    # -- Acts on invoices

    def pay(self, invoice: str) -> None:
        self.does("pay", receive_payment, ReceivePayment(SubmitPayment((invoice,))))

    def void(self, invoice: str) -> None:
        if self.does("void", void_invoice, VoidInvoice(invoice, "wrong")) is not None:
            for model in self.models.values():
                model.voided(invoice)

    def credit(self, request: CreditInvoice) -> None:
        facts = self.does("credit", credit_invoice, request)
        for fact in facts or ():
            if isinstance(fact, CreditNoteDrafted):
                for line in fact.lines:
                    for model in self.models.values():
                        model.credited(fact.invoice, line.line, Fraction(line.amount.number))

    def grant(self, customer: str, units: Decimal) -> None:
        self.does("grant", grant_credits, GrantCredits(customer, units, "promo/x", "CREDIT-USD"))

    # -- Runs

    def run(self, until: date | None = None, names: Sequence[str] | None = None) -> list[Fact]:
        """A billing run makes what the model says, and a second one nothing."""
        day = until or self.today
        billing = Billing(lambda _count: nullcontext(lambda _done: None))
        request = BillDue(day, tuple(names) if names is not None else None)
        self.last = f"run {request} at {self.office.moment.isoformat()}"
        facts = self.office.does(billing.bill, request)
        if billing.not_billed:
            raise Difference(f"not billed: {billing.not_billed}")
        for name in names if names is not None else self.models:
            self.compare(name, day, facts)
        self.compare_customers(facts)
        again = Billing(lambda _count: nullcontext(lambda _done: None))
        if self.office.does(again.bill, request):
            raise Difference("a second run adds something")
        self.done["run"] += 1
        return facts

    def compare(self, name: str, until: date, facts: list[Fact]) -> None:
        model = self.models[name]
        credits_, invoices = model.run(until)
        notes = self.credits_in(name, facts)
        if sorted(credits_) != sorted(notes):
            raise Difference(f"{name}: taken back {_texts(notes)}, by the model {_texts(credits_)}")
        drafts = [*_last_drafts(facts).values()]
        theirs = []
        for draft in drafts:
            lines = [(draft.invoice, one) for one in draft.lines if one.subscription == name and one.charge]
            if lines:
                theirs.append(lines)
        shown = [sorted(_sorting(self.shown(one)) for _, one in lines) for lines in theirs]
        ours = [sorted(_sorting(_shown(one)) for one in lines) for lines in invoices]
        if shown != ours:
            raise Difference(f"{name}: billed{_rows(shown)}\nby the model{_rows(ours)}")
        for lines, mine in zip(theirs, invoices, strict=True):
            left = [*mine]
            for invoice, line in lines:
                match = next(one for one in left if _shown(one) == self.shown(line))
                left.remove(match)
                model.billed(invoice, line.line, match, Fraction(line.amount.number))

    def compare_customers(self, facts: list[Fact]) -> None:
        """What is on one invoice, by the policy: one subscription; or all of a customer's, so that none has more than any needs."""
        invoices: dict[str, set[str]] = defaultdict(set)
        by_subscription: dict[tuple[str, str], set[str]] = defaultdict(set)
        apart = self.policies["subscription-invoices"] == "one-each"
        for draft in _last_drafts(facts).values():
            invoices[draft.customer].add(draft.invoice)
            for line in draft.lines:
                by_subscription[draft.customer, str(line.subscription)].add(draft.invoice)
        for customer, found in invoices.items():
            each = [len(one) for (whose, _), one in by_subscription.items() if whose == customer]
            expected = sum(each) if apart else max(each)
            if len(found) != expected:
                raise Difference(f"{customer} has {len(found)} invoices, by the policy {expected}")

    def credits_in(self, name: str, facts: list[Fact]) -> list[Credit]:
        found = []
        for fact in facts:
            if isinstance(fact, CreditNoteDrafted):
                draft = self.office.books.invoices.current(fact.invoice)
                assert draft is not None
                lines = {one.line: one for one in draft.lines}
                for one in fact.lines:
                    if lines[one.line].subscription == name:
                        assert one.period_start is not None
                        at = (
                            datetime.fromisoformat(one.from_at)
                            if one.from_at
                            else midnight(one.period_start, self.zone)
                        )
                        found.append(Credit(fact.invoice, one.line, at, Fraction(one.amount.number)))
        return found

    def shown(self, line: InvoiceLine) -> Shown:
        begin = line.from_at and datetime.fromisoformat(line.from_at)
        end = line.until_at and datetime.fromisoformat(line.until_at)
        if line.period_start is not None and line.period_end is not None:
            begin = begin or midnight(line.period_start, self.zone)
            end = end or midnight(line.period_end, self.zone)
        off = sum((Fraction(one.number) for one in (line.discount, line.credit_discount) if one), Fraction(0))
        quantity, price = Fraction(line.quantity), Fraction(line.unit_price.number)
        return Shown(
            str(line.charge),
            line.product,
            begin or None,
            end or None,
            quantity,
            price,
            Fraction(line.amount.number) + off,
        )

    # -- Laws

    def hold(self) -> None:
        """The whole ledger as text has no findings, and the books read back from it are these."""
        audit = judge(parser.parse_string(self.office.text())[0])
        if audit.findings:
            raise Difference(f"found in the text: {[one.problem for one in audit.findings[:3]]}")
        ours, theirs = dump(self.office.store), dump(audit.books.store)
        for name in sorted((ours.keys() | theirs.keys()) - {"accounts", "last_fact"}):
            if ours.get(name, {}) != theirs.get(name, {}):
                raise Difference(
                    f"read back, {name} is other: {_first_difference(ours.get(name, {}), theirs.get(name, {}))}"
                )
        self.done["text"] += 1
        self.a_day_is_sound()

    def a_day_is_sound(self) -> None:
        """What is dated until a day is a history of its own (rule 11)."""
        day = self.chance.choice(sorted({fact.date for fact in self.office.facts}))
        cut = replace(self.office, facts=[fact for fact in self.office.facts if fact.date <= day], store=MemoryStore())
        found = [one.problem for one in cut.findings()]
        if found:
            raise Difference(f"found in what is dated until {day}: {found[:3]}")


def _first_difference(ours: dict[Any, Any], theirs: dict[Any, Any]) -> str:
    for key in {**ours, **theirs}:
        if ours.get(key) != theirs.get(key):
            return f"{key}: {ours.get(key)} was, {theirs.get(key)} is"
    return "in order"


def _last_drafts(facts: Iterable[Fact]) -> dict[str, InvoiceDrafted]:
    found: dict[str, InvoiceDrafted] = {}
    for fact in facts:
        if isinstance(fact, InvoiceDrafted):
            found[fact.invoice] = fact
    return found


def _shown(one: Billed) -> Shown:
    want = one.piece.want
    once = one.piece.timing == "once"
    begin, end = (None, None) if once else (one.piece.begin, one.piece.end)
    return Shown(want.charge, want.product, begin, end, want.quantity, one.unit_price, one.amount)


_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def _sorting(one: Shown) -> Shown:
    return one._replace(begin=one.begin or _EVER, end=one.end or _EVER)


def _rows(invoices: list[list[Shown]]) -> str:
    rows = ""
    for lines in invoices:
        rows += "\n  an invoice"
        for one in lines:
            rows += f"\n    {one.charge}/{one.product} {one.begin:%Y-%m-%dT%H:%M:%S}..{one.end:%Y-%m-%dT%H:%M:%S} {float(one.quantity)} at {float(one.unit_price)}: {float(one.amount)}"
    return rows or " nothing"


def _texts(credits_: list[Credit]) -> str:
    return (
        ", ".join(
            f"{one.invoice}.{one.line} from {one.begin:%Y-%m-%dT%H:%M:%S} {float(one.amount)}"
            for one in sorted(credits_)
        )
        or "nothing"
    )
