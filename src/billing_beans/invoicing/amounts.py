"""What a line of an invoice comes to: words, quantity, unit price, discount. Each is rounded by itself (I10)."""

from __future__ import annotations

from decimal import Decimal

from billing_beans.catalog.charging import Charge, ChargePart
from billing_beans.catalog.facts import PriceAdded
from billing_beans.catalog.price_words import nothing_words, part_words
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, exact_product, exact_sum, shortest, times
from billing_beans.core.proration import Part
from billing_beans.core.proration import share as share_of
from billing_beans.core.records import record


@record
class LineAmount:
    """A line without its tax: `gross` is quantity times unit price, or a part of it; `amount` is that less the discount."""

    description: str
    quantity: Decimal
    unit_price: Money
    gross: Money
    discount: Money | None

    @property
    def amount(self) -> Money:
        """Net of the discount, and of tax."""
        if self.discount is None:
            return self.gross
        return Money(self.gross.number - self.discount.number, self.gross.currency)


@record
class Share:
    """How much of a period is charged, None for all of it, and which fraction an agreement takes off each line."""

    part: Part | None = None
    discount: Decimal | None = None


def gross_of(unit_price: Money, quantity: Decimal, part: Part | None) -> Money:
    """What so many come to, or a part of a period of them: rounded once, before any discount (I10). Raises `WrongUsage`."""
    if part is None:
        return times(unit_price.number, quantity, unit_price.currency)
    whole = exact_product(unit_price.number, quantity)
    if whole is None:
        raise WrongUsage(f"{unit_price.number} times {quantity} is too long to be reckoned exactly.")
    return share_of(whole, part, unit_price.currency)


def line_amount(
    description: str, quantity: Decimal, unit_price: Money, of: Share, lowered: Decimal = Decimal(0)
) -> LineAmount:
    """A line; `lowered` is what a maximum takes off it for a whole period, before an agreement's discount."""
    gross = gross_of(unit_price, quantity, of.part)
    less = _lowered(gross, lowered, of.part)
    if of.discount:
        less += times(exact_sum((gross.number, -less)), of.discount, gross.currency).number
    # An agreement's discount that rounds to nothing is still one, and said.
    discount = Money(less, gross.currency) if less or of.discount else None
    return LineAmount(description, quantity, unit_price, gross, discount)


def _lowered(gross: Money, lowered: Decimal, part: Part | None) -> Decimal:
    """What a maximum takes off a line, of a part of a period the same share: never more than there is."""
    if not lowered:
        return Decimal(0)
    of_part = lowered if part is None else share_of(lowered, part, gross.currency).number
    return min(gross.number, of_part)


def charged_amounts(name: str, price: PriceAdded, units: Decimal, charge: Charge, of: Share) -> list[LineAmount]:
    """A line for each part of a charge that comes to something; one of nothing where none does (U2)."""
    parts = [one for one in charge.parts if one.amount] or list(charge.parts[:1])
    if not parts:
        nothing = Money(Decimal(0), charge.currency)
        return [line_amount(nothing_words(name, price, units), units or Decimal(1), nothing, of)]
    return [_part_amount(name, price, one, of) for one in parts]


def _part_amount(name: str, price: PriceAdded, part: ChargePart, of: Share) -> LineAmount:
    words = part_words(name, price, part)
    return line_amount(words, shortest(part.quantity), part.unit_price, of, part.lowered)
