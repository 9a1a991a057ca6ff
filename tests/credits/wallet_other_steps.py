"""Steps beside the wallets that they must live with: openings, consumption, money of another currency, closed periods."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from wallet_books import ZONES
from wallet_credit_steps import some_terms
from wallet_invoice_steps import learn_invoices
from wallet_life import UNITS, Asked, Facts, Life, a_pair, heads, pair_of, pick
from wallet_model import Wallets
from wallet_money_steps import verified
from wallet_records import When

from billing_beans.acts.entitlements import consume_entitlement
from billing_beans.acts.opening import OpenInvoice, open_credits, open_invoice
from billing_beans.acts.payments import ReceivePayment, receive_payment
from billing_beans.acts.periods import close_period, reopen_period
from billing_beans.acts.revenue import release_revenue
from billing_beans.core.money import Money, parse_money, times
from billing_beans.credits.opening import OpenCredits
from billing_beans.entitlements.operations import Consume
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.operations import SubmitPayment
from billing_beans.periods.operations import ClosePeriod, ReopenPeriod
from billing_beans.revenue.facts import RevenueReleased
from billing_beans.revenue.operations import ReleaseRevenue

BEFORE = date(2025, 11, 3)


def opened_credits(life: Life) -> Asked:
    """Credits of before, paid or free, on any terms but days."""
    pair, unit = a_pair(life), life.chance.choice([*UNITS.values()])
    units = Decimal(life.chance.choice(("3", "70", "0.5", "1200")))
    worth = life.chance.choice((None, Money(Decimal(10), unit.currency)))
    real, terms = some_terms(life)
    name = f"OLD-{len(life.facts)}"
    request = OpenCredits(
        name, pair[1], units, BEFORE, worth is not None, unit.name, worth,
        terms=real._replace(expires_at=None), seller=pair[0],
    )  # fmt: skip
    price = Fraction(worth.number) if worth else Fraction(0)

    def model(wallets: Wallets, when: When, _facts: Facts) -> None:
        lasting = terms._replace(expires=None)
        wallets.grant(f"opening/{name}", unit, Fraction(units), lasting, when.day, price)

    return Asked(pair, open_credits, request, model)


def opened_invoice(life: Life) -> Asked:
    """An invoice that was open when the books began: nothing is held for it, and it can be paid with credits."""
    pair = a_pair(life)
    owed = parse_money(life.chance.choice(("200.00 USD", "33.33 USD", "500 JPY")))
    name = f"OLD-{len(life.facts)}"
    request = OpenInvoice(name, pair[1], BEFORE, date(2025, 12, 3), owed, f"{pair[0]}-old", pair[0])

    def model(wallets: Wallets, when: When, facts: Facts) -> None:
        if any(isinstance(one, InvoiceDrafted) for one in facts):
            learn_invoices(wallets, facts)
            wallets.issue(name, when.day)

    return Asked(pair, open_invoice, request, model)


def consume(life: Life) -> Asked | None:
    """Units of a paid invoice are used: what is credited of it then was earned."""
    lots = [one for one in life.books.entitlements.lots.all() if one.remaining and one.unit == "PLACEMENT"]
    lot = pick(life, lots)
    if lot is None:
        return None
    pair = (lot.account.split(":")[1].lower(), lot.owner.lower())
    units = (lot.remaining * life.chance.randint(1, 100) / 100).quantize(Decimal("0.001"))
    request = Consume(pair[1], "PLACEMENT", units or lot.remaining, seller=pair[0])
    return Asked(pair, consume_entitlement, request, lambda _model, _when, _facts: None, may=True)


def release(life: Life) -> Asked | None:
    """What the days of an invoice have earned is released: how much, others say; the model says that there was so much."""
    head = pick(life, [one for one in heads(life, *Status) if deferred_in(life, one.number)])
    if head is None:
        return None
    pair = pair_of(head)
    request = ReleaseRevenue(life.today(pair) - timedelta(days=life.chance.randint(0, 20)), invoice=head.number)

    def model(wallets: Wallets, _when: When, facts: Facts) -> None:
        for fact in facts:
            assert isinstance(fact, RevenueReleased)
            line = wallets.invoices[head.number].lines[(fact.line or 0) - 1]
            assert fact.deferred.number <= line.deferred, fact
            line.released += Fraction(fact.deferred.number)

    return Asked(pair, release_revenue, request, model, may=True)


def deferred_in(life: Life, invoice: str) -> bool:
    return any(one.left for one in life.books.revenue.deferred.range("source", f"invoice/{invoice}"))


def pay_in_another(life: Life) -> Asked | None:
    """What credits left open is paid in another currency."""
    head = pick(life, heads(life, *OPEN))
    if head is None:
        return None
    rate = Decimal("1.35") if head.currency == "USD" else Decimal("0.009")
    amount = times(head.due_amount, rate * life.chance.choice((1, Decimal("0.5"), Decimal("1.1"))), "SGD")
    if not amount.number:
        return None
    request = ReceivePayment(SubmitPayment((head.number,), amount=amount, rate=rate))
    return Asked(pair_of(head), receive_payment, request, verified, may=True)


def close(life: Life) -> Asked:
    """What is over is closed: nothing is dated into it."""
    pair = a_pair(life)
    today = min(life.today((seller, pair[1])) for seller in ZONES)
    request = ClosePeriod(today - timedelta(days=life.chance.randint(1, 25)))
    return Asked(pair, close_period, request, lambda _model, _when, _facts: None, may=True)


def reopen(life: Life) -> Asked | None:
    until = life.books.periods.closed_until
    if until == date.min:
        return None
    request = ReopenPeriod(until - timedelta(days=life.chance.randint(0, 10)), "a receipt was missing")
    return Asked(a_pair(life), reopen_period, request, lambda _model, _when, _facts: None, may=True)
