"""Free credits lower the lines of a draft before tax (W3): the draft with these discounts, reckoned again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from billing_beans.catalog.facts import Revenue
from billing_beans.core.money import Money, new_money, times
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.legs import before_credits
from billing_beans.invoicing.operations import with_lines

_LOWERED = (Revenue.ON_ISSUE, Revenue.ON_USAGE, Revenue.ON_CONSUMPTION, Revenue.OVER_PERIOD)


def can_be_lowered(line: InvoiceLine) -> bool:
    """Whether free credits can lower a line: not what is held for others, nor its fee, nor credits that are bought."""
    return line.revenue in _LOWERED and line.fee_of_line is None and line.credit_unit is None


def with_credit_discounts(draft: InvoiceDrafted, discounts: Mapping[int, Money]) -> InvoiceDrafted:
    """The draft with just these discounts of free credits, by the number of the line; amounts, tax and totals follow (I10)."""
    lines = tuple(_lowered(line, discounts.get(line.line)) for line in draft.lines)
    return draft if lines == draft.lines else with_lines(draft, lines)


def _lowered(line: InvoiceLine, discount: Money | None) -> InvoiceLine:
    if discount == line.credit_discount:
        return line
    whole = before_credits(line)
    amount = whole if discount is None else new_money(whole.number - discount.number, whole.currency)
    tax = times(amount.number, line.tax_rate, amount.currency)
    return replace(line, credit_discount=discount, amount=amount, tax=tax)
