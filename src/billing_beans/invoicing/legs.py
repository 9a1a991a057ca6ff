"""What an invoice moves when it is issued, voided and posted: pure functions of the draft.

Operations write these legs, and checks compare a ledger with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount.core.position import Cost

from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Account, Role, account_of, fee_unit, unit_component
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.money import Money, new_money, unit_costs
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.records import CreditedLine

_HELD = {
    Revenue.ON_CONSUMPTION: Role.BILLED,
    Revenue.AGENT: Role.BILLED,
    Revenue.TOP_UP: Role.BILLED,
    Revenue.ON_USAGE: Role.UNBILLED,
    Revenue.OVER_PERIOD: Role.DEFERRED,
}
"""Where the amount of a line stands until it is earned; a line that is earned on issue has its income account."""

EARNED_BY_ISSUE = (Revenue.ON_ISSUE, Revenue.ON_USAGE)
"""When all of a line's revenue has counted once its invoice is issued."""

DISCOUNTS = "Discounts"
"""The component of the income that free credits take away from what was earned."""


class Parties(NamedTuple):
    """The account components of seller and customer."""

    seller: str
    customer: str


class IssueLegs(NamedTuple):
    """The postings of an issue; those of a voiding are the same with the other sign."""

    receivable: Leg | None
    discounts: tuple[Leg, ...]
    lines: tuple[Leg, ...]
    taxes: tuple[Leg, ...]

    def reversed(self) -> IssueLegs:
        receivable = _reverse(self.receivable) if self.receivable else None
        discounts, lines, taxes = (tuple(map(_reverse, legs)) for legs in (self.discounts, self.lines, self.taxes))
        return IssueLegs(receivable, discounts, lines, taxes)


class PostingLegs(NamedTuple):
    """The postings by which a paid invoice grants what it sold."""

    billed: tuple[Leg, ...]
    lots: tuple[Leg, ...]
    fees: tuple[Leg, ...]


def issue_legs(draft: InvoiceDrafted, parties: Parties) -> IssueLegs:
    """Receivable against what is billed, deferred or earned, and tax by code (the law: invoice issued).

    What is earned by then is so before the discount that free credits make; that stands on an account of its own (W3).
    """
    receivable = account_of(Role.RECEIVABLE, parties.seller, parties.customer)
    return IssueLegs(
        new_leg(receivable, draft.total, invoice=draft.invoice) if draft.total.number else None,
        tuple(
            [
                new_leg(discounts_account(parties), line.credit_discount, line=line.line)
                for line in draft.lines
                if line.credit_discount is not None and line.revenue in EARNED_BY_ISSUE
            ]
        ),
        tuple(
            [
                new_leg(line_account(line, parties), _credit(amount), line=line.line)
                for line in draft.lines
                if (amount := line.amount if line.credit_discount is None else _standing(line)).number
            ]
        ),
        tuple(
            [
                new_leg(line.tax_account, _credit(line.tax), line=line.line, tax_code=line.tax_code)
                for line in draft.lines
                if line.tax.number
            ]
        ),
    )


def _standing(line: InvoiceLine) -> Money:
    """What of a line stands on its account once it is issued: earned, before the discount of free credits; else after it."""
    return before_credits(line) if line.revenue in EARNED_BY_ISSUE else line.amount


def before_credits(line: InvoiceLine) -> Money:
    """What a line comes to, net of tax, before free credits lower it."""
    if line.credit_discount is None:
        return line.amount
    return new_money(line.amount.number + line.credit_discount.number, line.amount.currency)


def discounts_account(parties: Parties) -> Account:
    """Where stands what free credits take away from revenue that was earned."""
    return account_of(Role.INCOME, parties.seller, DISCOUNTS)


def posting_legs(draft: InvoiceDrafted, parties: Parties, day: date) -> PostingLegs:
    """What was billed becomes lots: units at their cost, and the platform fee beside them (the law: invoice posted)."""
    granting = [line for line in draft.lines if line_grants(line)]
    billed = account_of(Role.BILLED, parties.seller, parties.customer)
    return PostingLegs(
        tuple([new_leg(billed, line.amount, line=line.line) for line in granting if line.amount.number]),
        tuple([leg for line in granting if line.units for leg in _lots(draft, line, parties, day)]),
        tuple([leg for line in granting if line.fee_of_line is not None for leg in _fees(draft, line, parties, day)]),
    )


def grants(draft: InvoiceDrafted) -> bool:
    """Whether there is anything to post."""
    return any(line.units and line.entitlement is not None for line in draft.lines)


def line_grants(line: InvoiceLine) -> bool:
    """Whether a line becomes lots of an entitlement once its invoice is paid."""
    return line.entitlement is not None or line.fee_of_line is not None


def tops_up(line: InvoiceLine) -> bool:
    """Whether a line becomes credits once its invoice is paid."""
    return line.credit_unit is not None


def units_of(line: InvoiceLine, quantity: Decimal) -> Decimal:
    """How many units so much of a line grants."""
    assert line.units is not None
    return line.units if quantity == line.quantity else quantity * (line.units / line.quantity)


def less_credited(draft: InvoiceDrafted, credited: Mapping[int, CreditedLine]) -> InvoiceDrafted:
    """What is left to be granted of a draft whose lines were credited in part before they were posted (I7)."""
    return replace(draft, lines=tuple(_less(line, credited.get(line.line)) for line in draft.lines))


def _less(line: InvoiceLine, credited: CreditedLine | None) -> InvoiceLine:
    if credited is None:
        return line
    amount = new_money(line.amount.number - credited.ungranted_amount, line.amount.currency)
    if line.units is None:
        return replace(line, amount=amount)
    left = line.quantity - credited.ungranted_quantity
    return replace(line, amount=amount, units=units_of(line, left), bonus_units=bonus_of(line, left))


def bonus_of(line: InvoiceLine, quantity: Decimal) -> Decimal | None:
    """How many free credits come with so much of a line."""
    if line.bonus_units is None or quantity == line.quantity:
        return line.bonus_units
    return quantity * (line.bonus_units / line.quantity) or None


def _lots(draft: InvoiceDrafted, line: InvoiceLine, parties: Parties, day: date) -> Iterator[Leg]:
    """The lots of a line; used, they are revenue, or owed to those for whom an agent holds them."""
    assert line.entitlement is not None
    assert line.units is not None
    component = unit_component(line.entitlement)
    account = account_of(Role.ENTITLEMENTS, parties.seller, parties.customer, component)
    becomes = line.income or account_of(Role.PAYABLE, parties.seller, component)
    for units, cost in unit_costs(line.amount, line.units):
        lot = _cost(draft, line.line, cost, day)
        yield new_leg(account, new_money(-units, line.entitlement), lot, becomes=becomes)


def _fees(draft: InvoiceDrafted, line: InvoiceLine, parties: Parties, day: date) -> Iterator[Leg]:
    """The platform fee of a line's units, one fee unit for each."""
    principal = draft.lines[(line.fee_of_line or 0) - 1]
    unit = principal.entitlement
    assert unit is not None
    assert principal.units is not None
    if not principal.units:
        return
    account = account_of(Role.PLATFORM_FEE, parties.seller, parties.customer, unit_component(unit))
    for units, cost in unit_costs(line.amount, principal.units):
        lot = _cost(draft, principal.line, cost, day)
        amount = new_money(-units, fee_unit(unit))
        yield new_leg(account, amount, lot, platform_fee_bps=line.platform_fee_bps, becomes=line.income)


def _cost(draft: InvoiceDrafted, line: int, number: Decimal, day: date) -> Cost:
    return new_cost(number, draft.currency, day, f"{draft.invoice}/{line}")


def line_account(line: InvoiceLine, parties: Parties) -> Account:
    """Where the amount of a line stands from its issue until it is earned."""
    if line.revenue is Revenue.ON_ISSUE:
        assert line.income is not None
        return line.income
    return account_of(_HELD[line.revenue], parties.seller, parties.customer)


def _credit(amount: Money) -> Money:
    return new_money(-amount.number, amount.currency)


def _reverse(leg: Leg) -> Leg:
    return leg._replace(number=-leg.number)
