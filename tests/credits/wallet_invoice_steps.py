"""Steps with invoices: drafted, edited, issued, voided, credited."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from fractions import Fraction

from wallet_books import TOP_UPS
from wallet_life import UNITS, Asked, Facts, Life, a_number, a_pair, exact, heads, pair_of, pick, topped_up_on
from wallet_model import Wallets
from wallet_money_steps import money_moves
from wallet_records import MINOR, OVER_TIME, UNTIL_PAID, Invoice, Line, Note, Scope, TopUp, When

from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.invoices import (
    IssueInvoice,
    VoidInvoice,
    draft_invoice,
    edit_invoice,
    issue_invoice,
    void_invoice,
)
from billing_beans.catalog.facts import Revenue
from billing_beans.core.money import Money, parse_money, quantum
from billing_beans.invoicing import facts as invoicing
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.editing import EditInvoice, LineEdit
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.invoicing.status import Status

PERIODS = [(date(2026, month, 1), date(2026, month + 1, 1)) for month in (1, 2, 3)]
EARNED = (Revenue.ON_ISSUE, Revenue.ON_USAGE)
LOWERED = (*EARNED, Revenue.ON_CONSUMPTION, Revenue.OVER_PERIOD)


def learn_invoices(wallets: Wallets, facts: Facts) -> None:
    """What is sold, as drafts say it: that is not for the model of wallets to know by itself."""
    for fact in facts:
        if isinstance(fact, invoicing.InvoiceDrafted):
            wallets.invoices[fact.invoice] = Invoice(
                fact.invoice, fact.currency, [_line(one) for one in fact.lines], "draft"
            )


def _line(line: invoicing.InvoiceLine) -> Line:
    top_up = None
    if line.credit_unit is not None:
        top_up = TopUp(UNITS[line.credit_unit], exact(line.units), exact(line.bonus_units), line.valid_days)
    period = (line.period_start, line.period_end) if line.period_start and line.period_end else None
    discount = exact(line.credit_discount.number) if line.credit_discount else Fraction(0)
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


def draft(life: Life) -> Asked:
    pair, currency = a_pair(life), life.chance.choice(("USD", "USD", "USD", "JPY"))
    items = tuple(an_item(life, pair[0], currency) for _ in range(life.chance.randint(1, 3)))
    if life.chance.random() < 0.08:
        items = (Item(f"{pair[0]}-gig", Decimal(2), parse_money(f"50 {currency}"), subscription="sub-1"),)
    request = DraftInvoice(pair[1], items, currency, pair[0])
    return Asked(pair, draft_invoice, request, lambda model, _when, facts: learn_invoices(model, facts))


def edit(life: Life) -> Asked | None:
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


def issue(life: Life) -> Asked | None:
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


def void(life: Life) -> Asked | None:
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


def credit(life: Life) -> Asked | None:
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
