"""Steps with money: it comes, settles, goes back, is taken back, is given up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from wallet_books import BANKS
from wallet_life import (
    Asked,
    Facts,
    Life,
    Pair,
    a_number,
    a_pair,
    heads,
    pair_of,
    pair_of_account,
    pair_of_origin,
    pick,
    topped_up_on,
)
from wallet_model import Wallets
from wallet_records import No, When

from billing_beans.acts import money
from billing_beans.acts.payments import (
    ReceivePayment,
    RejectPayment,
    receive_payment,
    reject_payment,
    verify_payment,
)
from billing_beans.core.money import Money, quantum
from billing_beans.credits import facts as kinds
from billing_beans.invoicing import facts as invoicing
from billing_beans.invoicing.status import OPEN
from billing_beans.invoicing.writing_off import ReverseWriteOff, WriteOffInvoice
from billing_beans.payments import facts as payments
from billing_beans.payments.allocating import AllocateMoney, ReverseAllocation
from billing_beans.payments.chargebacks import ChargeBack, ReverseChargeback
from billing_beans.payments.operations import Allocate, SubmitPayment, VerifyPayment
from billing_beans.payments.records import PaymentStatus, RefundStatus
from billing_beans.payments.refunds import FailRefund, RequestRefund, SettleRefund, settled_and_free


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


def after_money(wallets: Wallets, when: When, facts: Facts) -> None:
    for number in money_moves(wallets, facts):
        wallets.top_up(wallets.invoices[number], topped_up_on(facts, when.day))


def pay(life: Life) -> Asked | None:
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
    after_money(wallets, when, facts)
    for fact in facts:
        if isinstance(fact, payments.PaymentVerified):
            came = -Fraction(fact.rest.number) if fact.rest is not None else Fraction(0)
            wallets.paid(fact.payment, came, fact.date, when.now)


def on_account(life: Life) -> Asked:
    pair, currency = a_pair(life), life.chance.choice(("USD", "USD", "JPY"))
    amount = Money(Decimal(life.chance.choice(("10", "100", "333"))), currency)
    request = ReceivePayment(SubmitPayment(customer=pair[1], seller=pair[0], amount=amount))
    return Asked(pair, receive_payment, request, _verified)


def verify(life: Life) -> Asked | None:
    found = [one for one in life.books.payments.heads.all() if one.status is PaymentStatus.SUBMITTED]
    head = pick(life, found)
    if head is None:
        return None
    amount = None
    if life.chance.random() < 0.3:
        amount = Money(a_number(life, head.amount.number * 2, quantum(head.amount.currency)), head.amount.currency)
    pair = (head.seller or "", head.customer)
    return Asked(pair, verify_payment, VerifyPayment(head.payment, amount=amount), _verified, may=not head.seller)


def reject(life: Life) -> Asked | None:
    found = [one for one in life.books.payments.heads.all() if one.status is PaymentStatus.SUBMITTED and one.seller]
    head = pick(life, found)
    if head is None or life.chance.random() < 0.6:
        return None
    pair = (head.seller or "", head.customer)
    return Asked(
        pair,
        reject_payment,
        RejectPayment(head.payment, "no such money"),
        lambda model, _when, _facts: model.waiting.pop(head.payment, None),
    )


def allocate(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.money.all() if one.available > 0])
    if found is None:
        return None
    pair = pair_of_account(found.account, found.customer)
    head = pick(life, [one for one in heads(life, *OPEN) if pair_of(one) == pair and one.currency == found.currency])
    if head is None:
        return None
    return Asked(
        pair, money.allocate_money, AllocateMoney(found.origin, (Allocate(head.number),)), after_money, may=True
    )


def _settling(life: Life) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], Decimal] = {}
    for one in life.books.invoices.settlements.all():
        if one.origin:
            key = (one.origin, one.invoice)
            found[key] = found.get(key, Decimal(0)) + one.amount.number
    return [key for key, amount in found.items() if amount]


def reverse_allocation(life: Life) -> Asked | None:
    found = pick(life, _settling(life)[-8:])
    if found is None:
        return None
    head = life.books.invoices.heads.get(found[1])
    assert head is not None
    return Asked(
        pair_of(head), money.reverse_allocation, ReverseAllocation(*found, "not meant for it"), after_money, may=True
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


def refund(life: Life) -> Asked | None:
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


def settle_refund(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.refunds.all() if one.status is RefundStatus.PENDING])
    if found is None:
        return None
    pair = pair_of_origin(life, found.origin)
    if pair is None:
        return None
    verb: Any = money.settle_refund
    request: Any = SettleRefund(found.refund, BANKS[pair[0]])
    if life.chance.random() < 0.3:
        verb, request = money.fail_refund, FailRefund(found.refund, "closed")
    return Asked(pair, verb, request, lambda model, _when, facts: money_moves(model, facts), may=True)


def charge_back(life: Life) -> Asked | None:
    found = [one for one in life.books.payments.heads.all() if one.refundable > 0]
    head = pick(life, found)
    if head is None or life.chance.random() < 0.5:
        return None
    amount = a_number(life, head.refundable, quantum(head.amount.currency))
    origin = f"payment/{head.payment}"
    pair = pair_of_origin(life, origin)
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


def reverse_chargeback(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.payments.chargebacks.all() if one.reversed is None])
    if found is None:
        return None
    pair = pair_of_origin(life, f"payment/{found.payment}")
    if pair is None:
        return None
    return Asked(pair, money.reverse_chargeback, ReverseChargeback(found.chargeback), after_money, may=True)


def write_off(life: Life) -> Asked | None:
    head = pick(life, heads(life, *OPEN))
    if head is None or life.chance.random() < 0.5:
        return None
    amount = None
    if life.chance.random() < 0.5:
        amount = Money(a_number(life, head.due_amount, quantum(head.currency)), head.currency)
    request = WriteOffInvoice(head.number, "insolvent", amount)
    return Asked(pair_of(head), money.write_off, request, after_money, may=True)


def reverse_write_off(life: Life) -> Asked | None:
    found = pick(life, [one for one in life.books.invoices.write_offs.all() if one.reversed is None])
    if found is None:
        return None
    head = life.books.invoices.heads.get(found.invoice)
    assert head is not None
    request = ReverseWriteOff(found.invoice, "the estate pays", found.write_off)
    return Asked(pair_of(head), money.reverse_write_off, request, after_money, may=True)
