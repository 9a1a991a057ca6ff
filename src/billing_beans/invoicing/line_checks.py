"""What must hold of the lines of an invoice: what each sells, what it comes to, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.credit_units import FINEST, LONGEST_VALIDITY, can_be_credits
from billing_beans.catalog.facts import Revenue
from billing_beans.catalog.standards import AN_ID, is_identifier
from billing_beans.core.checks import Broken, check
from billing_beans.core.errors import BillingError
from billing_beans.core.money import MAX_INTEGER_DIGITS, Money, exact_product, is_minor, is_within_limits, times
from billing_beans.invoicing.amounts import gross_of
from billing_beans.invoicing.discounting import can_be_lowered
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.lines import BASIS_POINTS, part_of


@check(
    InvoiceDrafted,
    promise="S3-2: an invoice has at least one line; its lines are numbered from 1.",
    remedy="a draft is corrected with: billing-beans invoice edit NUMBER",
    timeless=True,
)
def has_lines(books: Books, fact: InvoiceDrafted) -> Iterator[str | Broken]:
    if not fact.lines:
        yield f"{fact.invoice} has no lines"
    for position, line in enumerate(fact.lines, start=1):
        if line.line != position or line.revision != fact.revision:
            yield f"line {position} of revision {fact.revision} of {fact.invoice} is written as line {line.line} of revision {line.revision}"
        if line.fee_of_line is not None and not 0 < line.fee_of_line < position:
            yield f"line {position} of {fact.invoice} is the fee of line {line.fee_of_line}, which does not stand before it"
        yield from _line_purpose(fact, line)
        if line.revenue is Revenue.TOP_UP or _says_any(line.credit_unit, line.bonus_units, line.valid_days):
            yield from _line_credits(books, fact, line)
        if _says_any(line.subscription, line.meter, line.period_start, line.period_end):
            yield from _line_scope(fact, line)
        if _says_any(line.prorated_from, line.prorated_until, line.prorated_of, line.prorated_by):
            yield from _line_part(fact, line)


def _says_any(*values: object) -> bool:
    """Whether one of these is there. Most lines have none of them, and a load asks it of every line."""
    return values.count(None) != len(values)


_GRANTING = (Revenue.ON_CONSUMPTION, Revenue.AGENT)


def _line_purpose(fact: InvoiceDrafted, line: InvoiceLine) -> Iterator[str]:
    """A line says what it grants and what it becomes as its revenue needs it: else it could be paid and never posted."""
    grants = line.revenue in _GRANTING and line.fee_of_line is None
    tops_up = line.revenue is Revenue.TOP_UP
    becomes_nothing_else = tops_up or (line.revenue is Revenue.AGENT and line.fee_of_line is None)
    if (line.units is not None, line.entitlement is not None) != (grants or tops_up, grants):
        yield f"line {line.line} of {fact.invoice} with revenue {line.revenue} must name entitlement and units exactly if it grants some"
    elif (line.income is None) != becomes_nothing_else:
        yield f"line {line.line} of {fact.invoice} must name an income account, unless what it sells is held for others or tops up credits"
    elif line.units is not None and not _can_be_units(line.units):
        yield f"line {line.line} of {fact.invoice} grants {line.units:f} units, which can't be counted out"


def _line_credits(books: Books, fact: InvoiceDrafted, line: InvoiceLine) -> Iterator[str | Broken]:
    """A top-up, and nothing else, says which credits it sells: so many as can be granted, in the currency of their worth."""
    name = f"line {line.line} of {fact.invoice}"
    if line.revenue is not Revenue.TOP_UP:
        if (line.credit_unit, line.bonus_units, line.valid_days) != (None, None, None):
            yield f"{name} with revenue {line.revenue} must not sell credits"
        return
    unit = books.catalog.credit_unit(line.credit_unit, fact.date) if line.credit_unit else None
    if unit is None:
        yield f"{name} sells credits {line.credit_unit or 'of no kind'}, which are not known on {fact.date}"
    elif unit.face.currency != fact.currency:
        yield Broken(
            f"{name} sells {unit.credit_unit} in {fact.currency}, and one is worth {unit.face.number:f} {unit.face.currency}",
            f"sell them on an invoice in {unit.face.currency}: --currency {unit.face.currency}",
        )
    for units in (line.units, line.bonus_units):
        if units is not None and not can_be_credits(units):
            yield Broken(f"{name} sells {units:f} credits", f"sell a number above zero, of {FINEST} decimals at most")
    if line.valid_days is not None and not 0 < line.valid_days <= LONGEST_VALIDITY:
        yield f"{name} sells credits that can be used for {line.valid_days} days"


def _line_scope(fact: InvoiceDrafted, line: InvoiceLine) -> Iterator[str | Broken]:
    """What a line is for can be the scope of a grant: a subscription, a meter, a period that ends after it begins (W4)."""
    start, end = line.period_start, line.period_end
    if (start is None) != (end is None) or (start is not None and end is not None and end <= start):
        yield Broken(
            f"line {line.line} of {fact.invoice} is for a period from {start or 'no day'} until {end or 'no day'}",
            "name its first day and the day after its last: --period 2026-02-01..2026-03-01",
        )
    for what, value in (("subscription", line.subscription), ("meter", line.meter)):
        if value is not None and not is_identifier(value):
            yield Broken(f"line {line.line} of {fact.invoice} is of the {what} {value!r}, which can't be an id", AN_ID)


def _line_part(fact: InvoiceDrafted, line: InvoiceLine) -> Iterator[str]:
    """A part of a period begins and ends in it (U3)."""
    part = part_of(line)
    if part is None or line.prorated_by is None or line.period_start is None:
        yield f"line {line.line} of {fact.invoice} does not say which part of which period it charges"
    elif not 0 <= part.start < part.end <= part.whole:
        yield f"line {line.line} of {fact.invoice} charges from {part.start} to {part.end} of {part.whole} {line.prorated_by}s"


def _can_be_units(units: Decimal) -> bool:
    return units > 0 and is_within_limits(units)


@check(
    InvoiceDrafted,
    promise="S3-10, I10: total = subtotal + tax = the sum over the lines, each rounded by itself.",
    remedy="a draft is corrected with: billing-beans invoice edit NUMBER",
    timeless=True,
)
def exact_totals(_books: Books, fact: InvoiceDrafted) -> Iterator[str]:
    subtotal = tax = Decimal(0)
    for line in fact.lines:
        yield from _line_amounts(fact, line)
        subtotal += line.amount.number
        tax += line.tax.number
    for name, amount, expected in (
        ("subtotal", fact.subtotal, subtotal),
        ("tax", fact.tax, tax),
        ("total", fact.total, subtotal + tax),
    ):
        if amount.number != expected or amount.currency != fact.currency:
            yield f"the {name} of {fact.invoice} is {amount}, and its lines add up to {expected:f} {fact.currency}"
    if not is_within_limits(fact.total.number):
        yield f"the total of {fact.invoice}, {fact.total}, is too long to be paid: at most 15 digits before the point"
    if any(line.amount.number < 0 or line.quantity <= 0 for line in fact.lines):
        yield f"{fact.invoice} has a line below zero; what is owed to a customer is a credit note"


def _lowered(fact: InvoiceDrafted, line: InvoiceLine, discount: Money) -> Iterator[str]:
    """What free credits take off a line is above zero, at most all of it, and off no line that they can't lower (W3)."""
    name = f"line {line.line} of {fact.invoice}"
    if discount.currency != fact.currency or discount.number <= 0 or not is_minor(discount):
        yield f"{name} is lowered by free credits of {discount}"
    elif not can_be_lowered(line):
        yield f"{name} with revenue {line.revenue} can't be lowered by free credits"


def _is_exact(line: InvoiceLine, currency: str) -> bool:
    """Whether amount and tax are the exact products, in minor units: most lines need no rounding to be seen as sound."""
    amount, tax = line.amount, line.tax
    return (
        line.discount is None
        and line.credit_discount is None
        and line.prorated_of is None
        and amount.number.adjusted() < MAX_INTEGER_DIGITS
        and amount.currency == line.unit_price.currency == tax.currency == currency
        and is_minor(amount)
        and is_minor(tax)
        and exact_product(line.unit_price.number, line.quantity) == amount.number
        and exact_product(amount.number, line.tax_rate) == tax.number
    )


def _line_amounts(fact: InvoiceDrafted, line: InvoiceLine) -> Iterator[str]:
    currency = fact.currency
    discount = line.discount.number if line.discount else Decimal(0)
    if line.credit_discount is not None:
        discount += line.credit_discount.number
    try:
        if _is_exact(line, currency):
            return
        amount = gross_of(line.unit_price, line.quantity, part_of(line)).number - discount
        tax = times(line.amount.number, line.tax_rate, currency)
    except BillingError as error:
        yield f"line {line.line} of {fact.invoice}: {error.what}"
        return
    if line.credit_discount is not None:
        yield from _lowered(fact, line, line.credit_discount)
    found = (line.amount, line.unit_price, line.tax, line.discount or line.tax)
    if any(one.currency != currency for one in found) or not is_minor(line.amount):
        yield f"line {line.line} of {fact.invoice} is not wholly in {currency} and its minor units"
    elif line.amount.number != amount:
        yield f"line {line.line} of {fact.invoice} is {line.amount}; {line.quantity:f} at {line.unit_price} less discount are {amount:f}"
    elif line.tax != tax:
        yield f"the tax of line {line.line} of {fact.invoice} is {line.tax}; {line.tax_rate:f} of {line.amount} are {tax}"


@check(
    InvoiceDrafted,
    promise="S3-9, I2: a gig-credit invoice is exactly two lines, the exempt principal and the taxed platform fee.",
    remedy="draft gig credits on an invoice of their own: billing-beans invoice draft CUSTOMER PRODUCT QUANTITY",
    timeless=True,
)
def two_gig_lines(_books: Books, fact: InvoiceDrafted) -> Iterator[str | Broken]:
    if not any(line.revenue is Revenue.AGENT for line in fact.lines):
        return
    if len(fact.lines) != 2:
        yield Broken(
            f"{fact.invoice} sells gig credits on {len(fact.lines)} line{'s' * (len(fact.lines) != 1)}",
            f"invoice gig credits by themselves: billing-beans invoice draft {fact.customer} PRODUCT QUANTITY",
        )
        return
    principal, fee = fact.lines
    if principal.units is None or fee.fee_of_line != 1 or fee.platform_fee_bps is None:
        yield f"{fact.invoice} must have the principal, with its units, on line 1 and the platform fee on line 2"
    elif principal.tax_rate or principal.tax.number:
        yield f"{fact.invoice} taxes the principal of its gig credits"
    elif fee.amount != times(principal.amount.number, fee.platform_fee_bps / BASIS_POINTS, fact.currency):
        yield f"the platform fee of {fact.invoice} is {fee.amount}, which is not {fee.platform_fee_bps} basis points of {principal.amount}"
