"""Random lives of wallets, held against a model of wallets at every step: `python tests/credits/wallet_lives.py --steps 100000`.

A step is an act that a person may ask for: most are possible, some are not, some have a day of their own. After each the
books, the accounts and the model say the same, and what is refused the model refuses too.
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

sys.path.append(str(Path(__file__).parent))

import wallet_laws as laws
from wallet_books import BANKS, CUSTOMERS, FACES, TOP_UPS, ZONES, Ledger
from wallet_model import Wallets
from wallet_records import (
    MINOR,
    OVER_TIME,
    UNTIL_PAID,
    Invoice,
    Line,
    No,
    Note,
    Scope,
    Terms,
    TopUp,
    Unit,
    When,
    written,
)

from billing_beans.acts import credits as acts
from billing_beans.acts import money
from billing_beans.acts.act import Act
from billing_beans.acts.catalog import choose_policy
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.invoices import (
    IssueInvoice,
    VoidInvoice,
    draft_invoice,
    edit_invoice,
    issue_invoice,
    void_invoice,
)
from billing_beans.acts.payments import (
    ReceivePayment,
    RejectPayment,
    receive_payment,
    reject_payment,
    verify_payment,
)
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.facts import Revenue
from billing_beans.catalog.policies import POLICIES
from billing_beans.core.calendar import local_date
from billing_beans.core.errors import BillingError
from billing_beans.core.facts import Fact
from billing_beans.core.money import Money, parse_money, quantum
from billing_beans.credits import facts as kinds
from billing_beans.credits.adjusting import AdjustGrant
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.facts import AdjustmentType, CreditType, Kinds
from billing_beans.credits.granting import BuyCredits, GrantCredits
from billing_beans.credits.operations import ReverseApplication
from billing_beans.credits.records import Terms as RealTerms
from billing_beans.invoicing import facts as invoicing
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.editing import EditInvoice, LineEdit
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.invoicing.writing_off import ReverseWriteOff, WriteOffInvoice
from billing_beans.payments import facts as payments
from billing_beans.payments.allocating import AllocateMoney, ReverseAllocation
from billing_beans.payments.chargebacks import ChargeBack, ReverseChargeback
from billing_beans.payments.operations import Allocate, SubmitPayment, VerifyPayment
from billing_beans.payments.records import PaymentStatus, RefundStatus
from billing_beans.payments.refunds import FailRefund, RequestRefund, SettleRefund, settled_and_free

T = TypeVar("T")
Pair = tuple[str, str]
Facts = tuple[Fact, ...]
UNITS = {name: Unit(name, Fraction(face.split()[0]), face.split()[1]) for name, face in FACES.items()}
PERIODS = [(date(2026, month, 1), date(2026, month + 1, 1)) for month in (1, 2, 3)]


class Difference(AssertionError):
    """The program and the model, or two things in the program, do not say the same."""


class Asked(NamedTuple):
    """An act, what the model does for it, and for whom. `may`: it can be refused for what the model does not know."""

    pair: Pair
    verb: Callable[[Act, Any], None]
    request: Any
    model: Callable[[Wallets, When, Facts], None]
    may: bool = False


class Life(Ledger):
    """Books in which things happen to wallets, and the model of each customer's with each seller."""

    def __init__(self, seed: int) -> None:
        super().__init__()
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
            verb = self.chance.choice(WEIGHTED)
            asked = VERBS[verb](self)
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
        lots = [one for one in books.credits.lots.range("grant", name)]
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


# --- What is tried ----------------------------------------------------------------------------------------------------


def pick(life: Life, found: Sequence[T]) -> T | None:
    return life.chance.choice(found) if found else None


def a_pair(life: Life) -> Pair:
    return life.chance.choice(("sg", "sg", "sg", "us")), life.chance.choice(("acme", "acme", "acme", "bolt"))


def _exact(number: Decimal | None) -> Fraction:
    return Fraction(number) if number is not None else Fraction(0)


def a_number(life: Life, most: Decimal, step: Decimal) -> Decimal:
    """Above zero, at most so much, in steps."""
    share = life.chance.choice((Decimal(1), Decimal(life.chance.randint(1, 100)) / 100))
    return max((most * share / step).to_integral_value(ROUND_DOWN), Decimal(1)) * step


def some_terms(life: Life, *, days: bool = False) -> tuple[RealTerms, Terms]:
    """Scope, expiry to the second and priority: often none."""
    chance = life.chance
    subscription, meter, period = (
        chance.choice((None, None, None, None, None, *some)) for some in (("sub-1", "sub-2"), ("api",), tuple(PERIODS))
    )
    expires = valid_days = None
    if days and chance.random() < 0.3:
        valid_days = chance.randint(1, 20)
    elif chance.random() < 0.5:
        expires = written(life.moment + timedelta(seconds=chance.choice((1, 90000, 400_000, 2_000_000, 5_000_000))))
    priority = chance.choice((None, None, 0, 5, 999))
    start, end = period or (None, None)
    return (
        RealTerms(subscription, meter, start, end, expires, priority, valid_days),
        Terms(Scope(subscription, meter, period), expires, priority, valid_days),
    )


def _grant(life: Life) -> Asked:
    pair, unit = a_pair(life), life.chance.choice([*FACES])
    units = Decimal(life.chance.choice(("1", "10", "33.3", "0.004", "2500", "77.777777", "1000")))
    real, terms = some_terms(life, days=True)
    kind = life.chance.choice((CreditType.PROMO, CreditType.GOODWILL))
    request = GrantCredits(pair[1], units, "promo/spring", unit, kind, terms=real, seller=pair[0])
    return Asked(
        pair,
        acts.grant_credits,
        request,
        lambda model, when, _facts: None if model.free(UNITS[unit], Fraction(units), terms, when.day) else None,
    )


def _buy(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.money.all() if one.available > 0])
    if found is None:
        return None
    pair = _pair_of_account(found.account, found.customer)
    unit = life.chance.choice([one for one in UNITS.values() if one.currency == found.currency])
    price = a_number(life, found.available, quantum(found.currency))
    if life.chance.random() < 0.05:
        price += found.available
    units = Decimal(life.chance.choice(("1", "3", "7.5", "100", "0.000007", "900000")))
    bonus = life.chance.choice((None, None, Decimal("0.5"), Decimal(3)))
    real, terms = some_terms(life, days=True)
    request = BuyCredits(found.origin, units, Money(price, found.currency), unit.name, bonus, real)
    return Asked(
        pair,
        acts.buy_credits,
        request,
        lambda model, when, _facts: model.buy(
            found.origin, unit, Fraction(units), Fraction(price), _exact(bonus), terms, when.day
        ),
        may=bool(found.reserved),
    )


def _pair_of_account(account: str, customer: str) -> Pair:
    return account.split(":")[1].lower(), customer


def _top_up_by_payment(life: Life) -> Asked:
    pair, unit = a_pair(life), life.chance.choice([*UNITS.values()])
    price = Money(Decimal(life.chance.choice(("1", "10", "33", "100"))), unit.currency)
    if unit.currency == "USD":
        price = Money(price.number + Decimal(life.chance.choice(("0.00", "0.33"))), "USD")
    units = Decimal(life.chance.choice(("1", "30", "7.5", "1000", "3", "0.7")))
    bonus = life.chance.choice((None, None, Decimal("0.5"), Decimal(3)))
    real, terms = some_terms(life, days=True)
    received = life.chance.random() < 0.5
    payment = SubmitPayment(customer=pair[1], seller=pair[0], amount=price)
    request = acts.TopUpByPayment(payment, units, unit.name, bonus, real, received=received)

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        name = next((one.payment for one in facts if isinstance(one, payments.PaymentSubmitted)), "?")
        wallets.await_payment(name, unit, Fraction(units), Fraction(price.number), _exact(bonus), terms)
        if received:
            wallets.paid(name, Fraction(price.number), when.day, when.now)

    return Asked(pair, acts.top_up_by_payment, request, model)


def _top_up_by_invoice(life: Life) -> Asked:
    pair, product = a_pair(life), life.chance.choice([*TOP_UPS])
    units = Decimal(TOP_UPS[product][1]) * life.chance.randint(1, 5)
    request = acts.TopUpByInvoice(pair[1], units, f"{pair[0]}-{product}", pair[0])

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        learn_invoices(wallets, facts)
        for fact in facts:
            if isinstance(fact, invoicing.InvoiceIssued):
                wallets.issue(fact.invoice, when.day)

    return Asked(pair, acts.top_up_by_invoice, request, model)


def learn_invoices(wallets: Wallets, facts: Facts) -> None:
    """What is sold, as drafts say it: that is not for the model of wallets to know by itself."""
    for fact in facts:
        if isinstance(fact, invoicing.InvoiceDrafted):
            wallets.invoices[fact.invoice] = Invoice(
                fact.invoice, fact.currency, [_line(one) for one in fact.lines], "draft"
            )


EARNED = (Revenue.ON_ISSUE, Revenue.ON_USAGE)
LOWERED = (*EARNED, Revenue.ON_CONSUMPTION, Revenue.OVER_PERIOD)


def _line(line: invoicing.InvoiceLine) -> Line:
    top_up = None
    if line.credit_unit is not None:
        top_up = TopUp(UNITS[line.credit_unit], _exact(line.units), _exact(line.bonus_units), line.valid_days)
    period = (line.period_start, line.period_end) if line.period_start and line.period_end else None
    discount = _exact(line.credit_discount.number) if line.credit_discount else Fraction(0)
    return Line(
        number=line.line,
        quantity=Fraction(line.quantity),
        net=Fraction(line.amount.number) + discount,
        rate=Fraction(line.tax_rate),
        earned=line.revenue in EARNED,
        held={Revenue.ON_CONSUMPTION: UNTIL_PAID, Revenue.OVER_PERIOD: OVER_TIME}.get(line.revenue, ""),
        can_be_lowered=line.revenue in LOWERED,
        scope=Scope(line.subscription, line.meter, period),
        top_up=top_up,
        lowered=discount,
        minor=MINOR[line.amount.currency],
    )


def an_item(life: Life, seller: str, currency: str, *, top_ups: bool = True) -> Item:
    chance = life.chance
    if top_ups and chance.random() < 0.12:
        product = chance.choice([name for name, one in TOP_UPS.items() if one[2].endswith(currency)])
        return Item(f"{seller}-{product}", Decimal(chance.choice(("1", "2", "3", "0.5"))))
    price = chance.choice(("33.33", "100", "0.01", "7.77", "0.00", "19.995"))
    if currency == "JPY":
        price = chance.choice(("100", "1", "3333", "0", "77.5"))
    period = chance.choice((None, *PERIODS))
    return Item(
        f"{seller}-{chance.choice(('advice', 'calls', 'calls', 'plan', 'place'))}",
        Decimal(chance.choice(("1", "2", "3", "0.25", "7"))),
        parse_money(f"{price} {currency}"),
        subscription=chance.choice((None, "sub-1", "sub-2")),
        period_start=period[0] if period else None,
        period_end=period[1] if period else None,
    )


def _draft(life: Life) -> Asked:
    pair, currency = a_pair(life), life.chance.choice(("USD", "USD", "USD", "JPY"))
    items = tuple(an_item(life, pair[0], currency) for _ in range(life.chance.randint(1, 3)))
    if life.chance.random() < 0.08:
        items = (Item(f"{pair[0]}-gig", Decimal(2), parse_money(f"50 {currency}"), subscription="sub-1"),)
    request = DraftInvoice(pair[1], items, currency, pair[0])
    return Asked(pair, draft_invoice, request, lambda model, _when, facts: learn_invoices(model, facts))


def _edit(life: Life) -> Asked | None:
    head = pick(life, heads(life, Status.DRAFT))
    if head is None:
        return None
    draft = life.books.invoices.current(head.number)
    assert draft is not None
    line = life.chance.choice(draft.lines)
    way = life.chance.randint(0, 3)
    request = EditInvoice(head.number, notes=f"note {len(life.facts)}")
    if way == 1 and line.fee_of_line is None:
        request = EditInvoice(head.number, changes=(LineEdit(line.line, Decimal(life.chance.randint(1, 9))),))
    elif way == 2 and line.revenue is not Revenue.AGENT and not any(one.fee_of_line for one in draft.lines):
        request = EditInvoice(head.number, add=(an_item(life, head.seller, head.currency),))
    elif way == 3 and len(draft.lines) > 1 and not any(one.fee_of_line for one in draft.lines):
        request = EditInvoice(head.number, remove=(line.line,))

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        drafted = [one for one in facts if isinstance(one, invoicing.InvoiceDrafted)]
        if not drafted:
            return
        lines = [_line(one) for one in drafted[0].lines]
        before = wallets.invoices[head.number]
        again = [*map(_sold, lines)] != [*map(_sold, before.lines)]
        if again and any(one.lowered for one in before.lines):
            wallets.give_all_back(head.number, when, lowers=True)
        if again:
            before.lines = [copy.copy(one) for one in lines]
            for one in before.lines:
                one.lowered = Fraction(0)

    return Asked(pair_of(head), edit_invoice, request, model, may=True)


def _sold(line: Line) -> tuple[object, ...]:
    return (line.net, line.quantity, line.scope)


def pair_of(head: InvoiceHead) -> Pair:
    return head.seller, head.customer


def heads(life: Life, *statuses: Status) -> list[InvoiceHead]:
    found = [head for status in statuses for head in life.books.invoices.heads.range("status", status)]
    return found if life.chance.random() < 0.3 else found[-6:]


def _issue(life: Life) -> Asked | None:
    head = pick(life, heads(life, Status.DRAFT))
    if head is None:
        return None
    return Asked(
        pair_of(head),
        issue_invoice,
        IssueInvoice(head.number),
        lambda model, when, facts: model.issue(head.number, topped_up_on(facts, when.day)),
        may=True,
    )


def topped_up_on(facts: Facts, day: date) -> date:
    """The day on which an act granted what an invoice had sold."""
    found = [one.date for one in facts if isinstance(one, kinds.CreditGranted) and "/" in one.grant]
    return found[0] if found else day


def _void(life: Life) -> Asked | None:
    head = pick(life, heads(life, Status.DRAFT, Status.ISSUED, Status.PARTIALLY_PAID))
    if head is None:
        return None
    take_back = life.chance.random() < 0.7

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        if take_back:
            wallets.give_all_back(head.number, when, lowers=False)
        money_moves(wallets, facts)
        wallets.void(head.number, when)

    return Asked(pair_of(head), void_invoice, VoidInvoice(head.number, "a mistake", take_back), model, may=True)


def money_moves(wallets: Wallets, facts: Facts) -> list[str]:
    """What money does besides credits: the model is told. Which invoices it settled."""
    settled = []
    for fact in facts:
        for leg in (*getattr(fact, "settles", ()), *getattr(fact, "reopens", ())):
            if isinstance(fact, (kinds.CreditApplied, kinds.CreditReversed)) or isinstance(leg, payments.RefundShare):
                continue
            _settle(wallets, leg, settled)
        if isinstance(fact, (invoicing.InvoiceWrittenOff, invoicing.WriteOffReversed)):
            _settle(wallets, fact.receivable, settled)
        origin = getattr(fact, "origin", None) or f"payment/{getattr(fact, 'payment', '')}"
        if isinstance(fact, kinds.CreditAdjusted | kinds.CreditGranted | invoicing.CreditNoteIssued):
            continue
        if (unapplied := getattr(fact, "unapplied", None)) is not None:
            wallets.money[origin] -= Fraction(unapplied.number)
        if isinstance(fact, payments.ChargebackReversed) and fact.rest is not None:
            wallets.money[origin] -= Fraction(fact.rest.number)
    return [*dict.fromkeys(settled)]


def _settle(wallets: Wallets, leg: Any, settled: list[str]) -> None:
    invoice = wallets.invoices[leg.invoice]
    invoice.settled -= Fraction(leg.number)
    if leg.line is not None:
        invoice.lines[leg.line - 1].settled -= Fraction(leg.number)
    settled.append(leg.invoice)


def _after_money(wallets: Wallets, when: When, facts: Facts) -> None:
    for number in money_moves(wallets, facts):
        wallets.top_up(wallets.invoices[number], topped_up_on(facts, when.day))


def _apply(life: Life) -> Asked | None:
    found = heads(life, Status.DRAFT) + heads(life, Status.ISSUED, Status.PARTIALLY_PAID)
    if life.chance.random() < 0.03:
        found = heads(life, Status.PAID, Status.VOID)
    if life.chance.random() < 0.95:
        found = [one for one in found if _can_be_paid(life, one)]
    head = pick(life, found)
    if head is None:
        return None
    draft = life.books.invoices.current(head.number)
    assert draft is not None
    lines: tuple[int, ...] = ()
    if life.chance.random() < 0.3:
        lines = tuple(
            sorted(life.chance.sample(range(1, len(draft.lines) + 1), life.chance.randint(1, len(draft.lines))))
        )
    amount = None
    owed = head.due_amount or draft.subtotal.number
    if owed and life.chance.random() < 0.4:
        amount = Money(a_number(life, owed, quantum(head.currency)), head.currency)
    unit = life.chance.choice((*[None] * 9, *FACES))
    wanted = life.chance.choice([*[Kinds.ALL] * 8, Kinds.FREE, Kinds.PAID])
    request = ApplyCredits(head.number, amount, lines, wanted, unit)
    return Asked(
        pair_of(head),
        acts.apply_credits,
        request,
        lambda model, when, _facts: model.apply(
            head.number, when, Fraction(amount.number) if amount else None, lines, wanted.value, unit
        ),
    )


def _can_be_paid(life: Life, head: InvoiceHead) -> bool:
    """Whether there are credits of the kind that can pay an invoice, for anything on it."""
    before_tax = life.books.catalog.policy("credit-discounts", life.today(pair_of(head))) == "before-tax"
    possible = (False,) if head.status is Status.DRAFT and before_tax else (True,) if before_tax else (True, False)
    if head.status is Status.DRAFT and not before_tax:
        return False
    model, now = life.models[pair_of(head)], written(life.moment)
    lines = [one for one in model.invoices[head.number].lines if one.top_up is None and one.due]
    return any(
        one.left >= one.unit.step and one.unit.currency == head.currency and one.paid in possible
        for one in model.grants.values()
        if not one.terms.over(now)
        and any(one.terms.scope.covers(of.scope) and of.due >= one.unit.step * one.unit.face for of in lines)
    )


def _reverse(life: Life) -> Asked | None:
    found = [
        one for one in life.books.credits.applications.all() if one.units != one.back or life.chance.random() < 0.02
    ]
    one = pick(life, found)
    if one is None:
        return None
    head = life.books.invoices.heads.get(one.invoice)
    assert head is not None
    face = UNITS[one.unit]
    amount = line = None
    if life.chance.random() < 0.4:
        whole = (
            Decimal(int((one.units - one.back) * Decimal(face.face.numerator) / face.face.denominator * 1000)) / 1000
        )
        amount = Money(a_number(life, whole or Decimal(1), quantum(face.currency)), face.currency)
    if life.chance.random() < 0.2:
        line = life.chance.randint(1, 3)

    def model(wallets: Wallets, when: When, _facts: Facts) -> None:
        application = wallets.applications[one.application]
        if application.lowers and application.invoice.status == "issued":
            raise No("it lowered what was issued")
        wallets.give_back(one.application, when, Fraction(amount.number) if amount else None, line)

    request = ReverseApplication(one.application, "not meant", amount, line)
    return Asked(pair_of(head), acts.reverse_application, request, model)


def a_grant(life: Life) -> tuple[Pair, str] | None:
    found = [(pair, name) for pair, model in life.models.items() for name, one in model.grants.items() if one.left]
    return pick(life, found if life.chance.random() < 0.5 else found[-9:])


def _adjust(life: Life) -> Asked | None:
    found = a_grant(life)
    if found is None:
        return None
    pair, name = found
    grant = life.books.credits.grants.get(name)
    assert grant is not None
    units = None
    if life.chance.random() < 0.8:
        units = a_number(life, grant.remaining, Decimal("0.000001"))
        units += life.chance.choice((Decimal(0), Decimal(0), Decimal(0), grant.remaining))
    cap = life.chance.random() < 0.3
    kind = life.chance.choice([AdjustmentType.ERROR, AdjustmentType.TERMS_VIOLATION, AdjustmentType.REDUCTION])
    lost = kind is AdjustmentType.TERMS_VIOLATION

    def model(wallets: Wallets, when: When, _facts: Facts) -> None:
        wallets.expire([wallets.grants[name]], when.now)
        wallets.adjust(name, Fraction(units) if units else None, when.day, cap=cap, lost=lost)

    request = AdjustGrant(name, "a mistake", kind, units, cap)
    return Asked(pair, acts.adjust_grant, request, model)


def _correct(life: Life) -> Asked | None:
    found = a_grant(life)
    if found is None:
        return None
    pair, name = found
    request = acts.CorrectGrant(name, Decimal("1.5"), "too few")
    return Asked(
        pair, acts.correct_grant, request, lambda model, when, _facts: model.correct(name, Fraction(3, 2), when.day)
    )


def _sweep(life: Life) -> Asked:
    pair = a_pair(life)

    def model(wallets: Wallets, when: When, _facts: Facts) -> None:
        for one in life.models.values() if wallets is life.models[pair] else (wallets,):
            one.expire([*one.grants.values()], when.now)

    return Asked(pair, acts.expire_credits, acts.ExpireCredits(), model)


def _pay(life: Life) -> Asked | None:
    head = pick(life, heads(life, *OPEN))
    if head is None:
        return None
    amount = head.due_amount
    some = life.chance.random()
    if some < 0.35:
        amount = a_number(life, amount, quantum(head.currency))
    elif some < 0.5:
        amount += quantum(head.currency) * 500
    payment = SubmitPayment((head.number,), amount=Money(amount, head.currency))
    if some > 0.85:
        payment = SubmitPayment(allocations=(Allocate(head.number, line=1),))
    request = ReceivePayment(payment)
    return Asked(pair_of(head), receive_payment, request, _verified, may=True)


def _verified(wallets: Wallets, when: When, facts: Facts) -> None:
    _after_money(wallets, when, facts)
    for fact in facts:
        if isinstance(fact, payments.PaymentVerified):
            came = -Fraction(fact.rest.number) if fact.rest is not None else Fraction(0)
            wallets.paid(fact.payment, came, fact.date, when.now)


def _on_account(life: Life) -> Asked:
    pair, currency = a_pair(life), life.chance.choice(("USD", "USD", "JPY"))
    amount = Money(Decimal(life.chance.choice(("10", "100", "333"))), currency)
    request = ReceivePayment(SubmitPayment(customer=pair[1], seller=pair[0], amount=amount))
    return Asked(pair, receive_payment, request, _verified)


def _verify(life: Life) -> Asked | None:
    found = [one for one in life.books.payments.heads.all() if one.status is PaymentStatus.SUBMITTED]
    head = pick(life, found)
    if head is None:
        return None
    amount = None
    if life.chance.random() < 0.3:
        amount = Money(a_number(life, head.amount.number * 2, quantum(head.amount.currency)), head.amount.currency)
    pair = (head.seller or "", head.customer)
    return Asked(pair, verify_payment, VerifyPayment(head.payment, amount=amount), _verified, may=not head.seller)


def _reject(life: Life) -> Asked | None:
    found = [one for one in life.books.payments.heads.all() if one.status is PaymentStatus.SUBMITTED and one.seller]
    head = pick(life, found)
    if head is None or life.chance.random() < 0.6:
        return None
    pair = (head.seller or "", head.customer)
    return Asked(
        pair,
        reject_payment,
        RejectPayment(head.payment, "no such money"),
        lambda model, _when, _facts: None if model.waiting.pop(head.payment, None) else None,
    )


def _allocate(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.money.all() if one.available > 0])
    if found is None:
        return None
    pair = _pair_of_account(found.account, found.customer)
    head = pick(life, [one for one in heads(life, *OPEN) if pair_of(one) == pair and one.currency == found.currency])
    if head is None:
        return None
    return Asked(
        pair, money.allocate_money, AllocateMoney(found.origin, (Allocate(head.number),)), _after_money, may=True
    )


def _settling(life: Life) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], Decimal] = {}
    for one in life.books.invoices.settlements.all():
        if one.origin:
            key = (one.origin, one.invoice)
            found[key] = found.get(key, Decimal(0)) + one.amount.number
    return [key for key, amount in found.items() if amount]


def _reverse_allocation(life: Life) -> Asked | None:
    found = pick(life, _settling(life)[-8:])
    if found is None:
        return None
    head = life.books.invoices.heads.get(found[1])
    assert head is not None
    return Asked(
        pair_of(head), money.reverse_allocation, ReverseAllocation(*found, "not meant for it"), _after_money, may=True
    )


def _origins(life: Life) -> list[tuple[Pair, str]]:
    """Money that bought credits, or is unapplied."""
    found = {}
    for pair, model in life.models.items():
        for grant in model.grants.values():
            if grant.origin:
                found[grant.origin] = pair
        for origin, left in model.money.items():
            if left:
                found[origin] = pair
    return [(pair, origin) for origin, pair in found.items()]


def _refund(life: Life) -> Asked | None:
    found = pick(life, _origins(life))
    if found is None:
        return None
    pair, origin = found
    model_now = life.models[pair]
    currency = next((one.unit.currency for one in model_now.grants.values() if one.origin == origin), "")
    held = life.books.payments.money.get(origin)
    currency = currency or (held.currency if held else "USD")
    mine = [one for one in model_now.grants.values() if one.origin == origin]
    amount = None
    if life.chance.random() < 0.5:
        most = sum((one.worth for one in mine), start=Fraction(0)) + model_now.money[origin]
        most += Fraction(life.chance.choice((0, 0, 0, 10)))
        minor = Fraction(quantum(currency))
        share = Fraction(life.chance.randint(1, 100), 100)
        number = max(int(most * share / minor), 1)
        amount = Money(Decimal(number) * quantum(currency), currency)
    used = [
        one.invoice.number
        for one in model_now.applications.values()
        if not one.lowers and any(use.standing and use.lot.grant in mine for use in one.uses)
    ]
    by_money = settled_and_free(life.books, origin)
    reopens: tuple[str, ...] = ()
    if used and life.chance.random() < 0.5:
        reopens = (life.chance.choice(used),)
        if reopens[0] in by_money:
            return None
    credit_way = life.chance.choice(list(money.PaidCredits))
    settle = SettleRefund("", BANKS[pair[0]]) if life.chance.random() < 0.7 else None
    request = money.Refund(RequestRefund(origin, "goodwill", amount, reopens), settle, credit_way)
    available = held.available if held else Decimal(0)

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        if credit_way is not money.PaidCredits.LEAVE:
            needed = None if amount is None else Fraction(amount.number) - Fraction(available)
            if needed is None or needed > 0:
                keep = credit_way is money.PaidCredits.KEEP
                wallets.refund(origin, when, needed, reopens, keep=keep)
            possible = wallets.money[origin] - Fraction(held.reserved if held else 0)
            if possible <= 0 or (amount is not None and Fraction(amount.number) > possible):
                raise No("not so much can go back")
        elif available <= 0 or reopens or (amount is not None and amount.number > available):
            raise No("not so much can go back")
        money_moves(wallets, facts)

    through = origin.startswith("payment/")
    payment = life.books.payments.heads.get(origin.removeprefix("payment/")) if through else None
    may = payment is not None and (amount is None or payment.refundable < amount.number)
    return Asked(pair, money.refund, request, model, may=may or bool(reopens and amount is None))


def _settle_refund(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.refunds.all() if one.status is RefundStatus.PENDING])
    if found is None:
        return None
    pair = _pair_of_origin(life, found.origin)
    if pair is None:
        return None
    verb: Any = money.settle_refund
    request: Any = SettleRefund(found.refund, BANKS[pair[0]])
    if life.chance.random() < 0.3:
        verb, request = money.fail_refund, FailRefund(found.refund, "closed")
    return Asked(pair, verb, request, lambda model, _when, facts: None if money_moves(model, facts) else None, may=True)


def _pair_of_origin(life: Life, origin: str) -> Pair | None:
    for pair, model in life.models.items():
        if origin in model.money:
            return pair
    return None


def _charge_back(life: Life) -> Asked | None:
    found = [one for one in life.books.payments.heads.all() if one.refundable > 0]
    head = pick(life, found)
    if head is None or life.chance.random() < 0.5:
        return None
    amount = a_number(life, head.refundable, quantum(head.amount.currency))
    origin = f"payment/{head.payment}"
    pair = _pair_of_origin(life, origin)
    if pair is None:
        return None
    held = life.books.payments.money.get(origin)
    there = (held.available if held else 0) + sum(settled_and_free(life.books, origin).values())

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        if amount > there:
            wallets.charge_back(origin, when, Fraction(amount) - Fraction(there))
        money_moves(wallets, facts)

    request = ChargeBack(head.payment, "fraudulent", Money(amount, head.amount.currency))
    return Asked(pair, money.charge_back, request, model, may=bool(held and held.reserved))


def _reverse_chargeback(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.chargebacks.all() if one.reversed is None])
    if found is None:
        return None
    pair = _pair_of_origin(life, f"payment/{found.payment}")
    if pair is None:
        return None
    return Asked(pair, money.reverse_chargeback, ReverseChargeback(found.chargeback), _after_money, may=True)


def _credit(life: Life) -> Asked | None:
    head = pick(life, heads(life, Status.ISSUED, Status.PARTIALLY_PAID, Status.PAID, Status.PAID))
    if head is None:
        return None
    draft = life.books.invoices.current(head.number)
    assert draft is not None
    lines = [one for one in draft.lines if not one.fee_of_line]
    line = life.chance.choice(lines)
    credited = life.books.invoices.credited.get((head.number, line.line))
    left = line.quantity - (credited.quantity if credited else 0)
    wanted: tuple[CreditLine, ...] = ()
    way = life.chance.random()
    if way < 0.15 and line.amount.number:
        amount = a_number(life, line.amount.number, quantum(head.currency))
        wanted = (CreditLine(line.line, amount=Money(amount, head.currency)),)
    elif way < 0.4:
        wanted = (CreditLine(line.line),)
    elif way < 0.75 and left:
        wanted = (CreditLine(line.line, a_number(life, left, Decimal("0.01"))),)

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        notes = [one for one in facts if isinstance(one, invoicing.CreditNoteDrafted)]
        if notes:
            taken = [
                Note(
                    one.line,
                    Fraction(0 if one.allowance else one.quantity),
                    *map(Fraction, (one.amount.number, one.tax.number)),
                )
                for one in notes[0].lines
            ]
            wallets.credit(head.number, notes[0].credit_note, taken, When(notes[0].date, when.now))

    return Asked(pair_of(head), credit_invoice, CreditInvoice(head.number, "not delivered", wanted), model, may=True)


def _write_off(life: Life) -> Asked | None:
    head = pick(life, heads(life, *OPEN))
    if head is None or life.chance.random() < 0.5:
        return None
    amount = None
    if life.chance.random() < 0.5:
        amount = Money(a_number(life, head.due_amount, quantum(head.currency)), head.currency)
    request = WriteOffInvoice(head.number, "insolvent", amount)
    return Asked(pair_of(head), money.write_off, request, _after_money, may=True)


def _reverse_write_off(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.invoices.write_offs.all() if one.reversed is None])
    if found is None:
        return None
    head = life.books.invoices.heads.get(found.invoice)
    assert head is not None
    request = ReverseWriteOff(found.invoice, "the estate pays", found.write_off)
    return Asked(pair_of(head), money.reverse_write_off, request, _after_money, may=True)


def _policy(life: Life) -> Asked | None:
    """From a day on which nothing was recorded yet: a policy is for what comes, and the ledger refuses any other."""
    latest = max(life.latest.values(), default=date.min)
    if life.chance.random() < 0.5 or any(latest >= life.today(pair) for pair in life.models):
        return None
    policy = life.chance.choice([*POLICIES])
    choice = life.chance.choice([one.value for one in POLICIES[policy]])
    pair = a_pair(life)
    return Asked(pair, choose_policy, ChoosePolicy(policy, choice), lambda _model, _when, _facts: None, may=True)


VERBS: dict[str, Callable[[Life], Asked | None]] = {
    "grant": _grant, "buy": _buy, "top-up-by-payment": _top_up_by_payment, "top-up-by-invoice": _top_up_by_invoice,
    "draft": _draft, "edit": _edit, "issue": _issue, "void": _void, "apply": _apply, "reverse": _reverse,
    "adjust": _adjust, "correct": _correct, "sweep": _sweep, "pay": _pay, "on-account": _on_account, "verify": _verify,
    "reject": _reject, "allocate": _allocate, "reverse-allocation": _reverse_allocation, "refund": _refund,
    "settle-refund": _settle_refund, "charge-back": _charge_back, "reverse-chargeback": _reverse_chargeback,
    "credit": _credit, "write-off": _write_off, "reverse-write-off": _reverse_write_off, "policy": _policy,
}  # fmt: skip
WEIGHTED = (
    *VERBS,
    "grant",
    "grant",
    "draft",
    "draft",
    "draft",
    *["issue"] * 4,
    *["apply"] * 9,
    "reverse",
    "credit",
    "pay",
    "refund",
    "top-up-by-payment",
)
UNDATED = ("policy",)


# --- Runs -------------------------------------------------------------------------------------------------------------


def live(seed: int, steps: int, *, text_every: int = 250, text_at_end: bool = True) -> Life:
    """A life of so many steps. Raises `Difference` with seed, step and act where anything differs."""
    life = Life(seed)
    for step in range(1, steps + 1):
        try:
            life.step()
            if step % text_every == 0 or (step == steps and text_at_end):
                laws.hold(life)
        except Exception as error:
            raise Difference(f"seed {seed}, step {step}, {life.last}: {type(error).__name__}: {error}") from error
    return life


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Random lives of wallets, held against a model of wallets at every step."
    )
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first life; each further life has the next")
    parser.add_argument("--length", type=int, default=400, help="steps of one life")
    options = parser.parse_args(arguments)
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(-(-options.steps // options.length)):
        steps = min(options.length, options.steps - number * options.length)
        try:
            life = live(options.seed + number, steps)
        except Difference as difference:
            print(f"\n{difference}")
            raise
        done.update(life.done)
        refused.update(life.refused)
        so_far = number * options.length + steps
        print(
            f"\r{so_far} of {options.steps} steps, {so_far / (time.monotonic() - began):.0f} a second",
            end="",
            flush=True,
        )
    print(f"\nNo difference. Done: {dict(done.most_common())}. Refused by both: {dict(refused.most_common())}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
