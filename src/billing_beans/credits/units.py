"""Kinds of credits: what they are worth, and how finely they can be used."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from billing_beans.books import Books
from billing_beans.catalog.facts import CreditUnitAdded
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import Money, new_money, quantum

_ZERO = Decimal(0)
_EXACT = Context(prec=60)
SMALLEST = Decimal("0.000001")
"""As finely as credits are counted."""


def short(number: Decimal) -> Decimal:
    """The same number without zeros at its end, as it is written."""
    if number == number.to_integral_value():
        return number.quantize(Decimal(1))
    return number.normalize(_EXACT)


def tidy(number: Decimal, currency: str) -> Money:
    """An amount with the minor units of its currency, and more decimals only where it has them."""
    least = quantum(currency)
    brief = short(number)
    exponent = brief.as_tuple().exponent
    assert isinstance(exponent, int)
    return new_money(brief if exponent < (least.as_tuple().exponent or 0) else number.quantize(least), currency)  # type: ignore[operator]


def unit_named(books: Books, unit: str, day: date) -> CreditUnitAdded:
    """The kind of credits of this name. Raises `Refused`."""
    found = books.catalog.credit_unit(unit, day)
    if found is None:
        raise Refused(
            f"There are no credits called {unit} on {day}.",
            rule="P1: what is granted stands in the catalogue.",
            instead=f'billing-beans credit unit list, or billing-beans credit unit add {unit} --face "1.00 USD"',
        )
    return found


def unit_chosen(books: Books, wanted: str | None, day: date) -> CreditUnitAdded:
    """The kind of credits that is asked for, or the only one that there is. Raises `Refused` or `WrongUsage`."""
    if wanted is not None:
        return unit_named(books, wanted, day)
    known = [one.credit_unit for one in books.catalog.valid_on(CreditUnitAdded, day)]
    if len(known) == 1:
        return unit_named(books, known[0], day)
    if not known:
        raise Refused(
            f"These books have no kind of credits on {day}.",
            rule="P1: what is granted stands in the catalogue.",
            instead='billing-beans credit unit add CREDIT-USD --face "1.00 USD"',
        )
    raise WrongUsage(
        f"These books have {len(known)} kinds of credits.", instead=f"choose with --unit: {', '.join(known)}"
    )


def unit_in(books: Books, currency: str, day: date) -> str | None:
    """The only kind of credits with a face value in this currency, where there is just one."""
    found = [one for one in books.catalog.valid_on(CreditUnitAdded, day) if one.face.currency == currency]
    return found[0].credit_unit if len(found) == 1 else None


def face_of(books: Books, unit: str) -> Money:
    """What one of these credits is worth when it is used. It never changes."""
    found = books.catalog.credit_unit(unit, date.max)
    assert found is not None, f"there are no credits called {unit}"
    return found.face


@lru_cache(maxsize=256)
def step_of(face: Decimal, currency: str) -> Decimal:
    """The fewest credits that are worth whole minor units: what is used of them for one thing is a multiple of that.

    0.01 credits at 1.00 USD each, 10 at 0.001 USD, one at 0.03 USD.
    """
    minor_units = Fraction(face) / Fraction(quantum(currency))
    decimal_part = 1
    rest = minor_units.numerator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
            decimal_part *= prime
    return _EXACT.divide(Decimal(minor_units.denominator), Decimal(decimal_part))


def whole_steps(units: Decimal, face: Money) -> Decimal:
    """So many of these units as are worth whole minor units."""
    step = step_of(face.number, face.currency)
    return _EXACT.multiply(_EXACT.divide_int(units, step), step)


def units_within(amount: Decimal, face: Money) -> Decimal:
    """How many credits are worth so much money at most."""
    return _EXACT.divide(amount, face.number).quantize(SMALLEST, ROUND_DOWN, _EXACT)


def units_worth(amount: Money, face: Money) -> Decimal:
    """How many credits are worth just so much. Raises `WrongUsage` where no number of them is."""
    found = whole_steps(units_within(amount.number, face), face)
    if amount.currency != face.currency or amount.number <= 0 or found * face.number != amount.number:
        raise WrongUsage(
            f"{amount.number:f} {amount.currency} can't be paid with credits of {face.number:f} {face.currency} each.",
            rule="W3: credits pay whole minor units.",
            instead=f"give an amount in {face.currency} that so many credits are worth",
        )
    return found


def worth(units: Decimal, face: Money) -> Money:
    """What so many credits are worth when they are used; in whole minor units where they are whole steps."""
    return new_money((units * face.number).quantize(quantum(face.currency)), face.currency)
