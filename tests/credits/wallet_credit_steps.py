"""Steps with credits: granted, bought, used, given back, adjusted, expired."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from wallet_books import FACES, TOP_UPS
from wallet_invoice_steps import PERIODS, learn_invoices
from wallet_life import UNITS, Asked, Facts, Life, Pair, a_number, a_pair, exact, heads, pair_of, pair_of_account, pick
from wallet_model import Wallets
from wallet_records import No, Scope, Terms, When, written

from billing_beans.acts import credits as acts
from billing_beans.acts.catalog import choose_policy
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.policies import POLICIES
from billing_beans.core.money import Money, quantum
from billing_beans.credits.adjusting import AdjustGrant
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.facts import AdjustmentType, CreditType, Kinds
from billing_beans.credits.granting import BuyCredits, GrantCredits
from billing_beans.credits.operations import ReverseApplication
from billing_beans.credits.records import Terms as RealTerms
from billing_beans.invoicing import facts as invoicing
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import Status
from billing_beans.payments import facts as payments
from billing_beans.payments.operations import SubmitPayment


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


def grant(life: Life) -> Asked:
    pair, unit = a_pair(life), life.chance.choice([*FACES])
    units = Decimal(life.chance.choice(("1", "10", "33.3", "0.004", "2500", "77.777777", "1000")))
    real, terms = some_terms(life, days=True)
    kind = life.chance.choice((CreditType.PROMO, CreditType.GOODWILL))
    request = GrantCredits(pair[1], units, "promo/spring", unit, kind, terms=real, seller=pair[0])
    return Asked(
        pair,
        acts.grant_credits,
        request,
        lambda model, when, _facts: model.free(UNITS[unit], Fraction(units), terms, when.day),
    )


def buy(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.money.all() if one.available > 0])
    if found is None:
        return None
    pair = pair_of_account(found.account, found.customer)
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
            found.origin, unit, Fraction(units), Fraction(price), exact(bonus), terms, when.day
        ),
        may=bool(found.reserved),
    )


def top_up_by_payment(life: Life) -> Asked:
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
        wallets.await_payment(name, unit, Fraction(units), Fraction(price.number), exact(bonus), terms)
        if received:
            wallets.paid(name, Fraction(price.number), when.day, when.now)

    return Asked(pair, acts.top_up_by_payment, request, model)


def top_up_by_invoice(life: Life) -> Asked:
    pair, product = a_pair(life), life.chance.choice([*TOP_UPS])
    units = Decimal(TOP_UPS[product][1]) * life.chance.randint(1, 5)
    request = acts.TopUpByInvoice(pair[1], units, f"{pair[0]}-{product}", pair[0])

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        learn_invoices(wallets, facts)
        for fact in facts:
            if isinstance(fact, invoicing.InvoiceIssued):
                wallets.issue(fact.invoice, when.day)

    return Asked(pair, acts.top_up_by_invoice, request, model)


def apply(life: Life) -> Asked | None:
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


def reverse(life: Life) -> Asked | None:
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


def adjust(life: Life) -> Asked | None:
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


def correct(life: Life) -> Asked | None:
    found = a_grant(life)
    if found is None:
        return None
    pair, name = found
    request = acts.CorrectGrant(name, Decimal("1.5"), "too few")
    return Asked(
        pair, acts.correct_grant, request, lambda model, when, _facts: model.correct(name, Fraction(3, 2), when.day)
    )


def sweep(life: Life) -> Asked:
    pair = a_pair(life)

    def model(wallets: Wallets, when: When, _facts: Facts) -> None:
        for one in life.models.values() if wallets is life.models[pair] else (wallets,):
            one.expire([*one.grants.values()], when.now)

    return Asked(pair, acts.expire_credits, acts.ExpireCredits(), model)


def policy(life: Life) -> Asked | None:
    """From a day on which nothing was recorded yet: a policy is for what comes, and the ledger refuses any other."""
    latest = max(life.latest.values(), default=date.min)
    if life.chance.random() < 0.5 or any(latest >= life.today(pair) for pair in life.models):
        return None
    policy = life.chance.choice([*POLICIES])
    choice = life.chance.choice([one.value for one in POLICIES[policy]])
    pair = a_pair(life)
    return Asked(pair, choose_policy, ChoosePolicy(policy, choice), lambda _model, _when, _facts: None, may=True)
