"""Money: exact decimal amounts of a currency, its minor units, rounding, and shares that add up.

No float reaches an amount. What customers see and pay is in minor units, rounded half away from zero (P3, I10); unit
prices and unit costs may have more decimals. Amounts are signed as their caller means them; nothing here turns a sign.
Products and shares are reckoned in a context of their own, exactly or not at all, never in the 28 digits of the default
context.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Self

from beancount.core.amount import Amount

from billing_beans.core.errors import WrongUsage

if TYPE_CHECKING:

    class Money(Amount):
        """To the type checker an `Amount` whose number is never missing, as in every fact."""

        number: Decimal

        def __new__(cls, number: Decimal, currency: str) -> Self: ...
        def __neg__(self) -> Self: ...

else:
    Money = Amount

_new_tuple = tuple.__new__


def new_money(number: Decimal, currency: str) -> Money:
    """`Money(number, currency)` at a third of its cost, without the type tests of Beancount's `Amount`: for the hot paths."""
    return _new_tuple(Money, (number, currency))


MAX_INTEGER_DIGITS = 15
MAX_DECIMALS = 12
"""Limits of what comes from outside: a sum of numbers within them is exact in the default context."""

_LONG = 500
_FAULTS = [InvalidOperation, DivisionByZero, Overflow]
_EXACT = Context(prec=_LONG, traps=[*_FAULTS, Inexact])
_ROUNDING = Context(prec=_LONG, rounding=ROUND_HALF_UP, traps=_FAULTS)

_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
        "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
        "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "
        # Withdrawn, but invoices in them may be imported: MRO, STD, SLL became MRU, STN, SLE; the others were redenominated.
        "MRO SLL STD TMM ZMK ZWD"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_ISO_DIGITS = {currency: digits for digits, currencies in _MINOR_UNITS.items() for currency in currencies.split()}
"""ISO 4217, list one: every currency in use. CLDR has fewer for some, as people use them, and takes a while to load."""

_NO_MINOR_UNIT = frozenset(
    # Metals, units of account and codes for tests: ISO 4217 gives "N.A.", and nobody is billed in them.
    ("XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX")
)

_MINOR = "P3: what is paid is in the minor units of its currency."
_EXACTLY = "P3: amounts are exact, to the last decimal."

_ONE = Decimal(1)
_FINER = 6
"""How many decimals more than the minor unit a unit cost has where a unit costs less than one major unit."""


def minor_digits(currency: str) -> int:
    """Decimals of the currency's minor unit by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD (P3).

    Raises `WrongUsage` for a code that is no currency with minor units.
    """
    digits = _ISO_DIGITS.get(currency)
    return _withdrawn_digits(currency) if digits is None else digits


@cache
def _withdrawn_digits(currency: str) -> int:
    """Decimals of a currency that is no longer in use, or not yet in the list above, by CLDR. Raises `WrongUsage`."""
    from babel.core import get_global  # noqa: PLC0415 - loading CLDR takes time

    if currency not in get_global("all_currencies") or currency in _NO_MINOR_UNIT:
        raise WrongUsage(
            f"{currency!r} is no currency that can be billed in.",
            rule="P3: amounts are in the minor units of ISO 4217.",
            instead="give the code of a currency in capitals, such as SGD or USD",
        )
    fractions = get_global("currency_fractions")
    digits: int = fractions.get(currency, fractions["DEFAULT"])[0]
    return digits


def is_currency(code: str) -> bool:
    """Whether this is the code of a currency, of today or of the past."""
    if code in _ISO_DIGITS:
        return True
    from babel.core import get_global  # noqa: PLC0415 - as above

    return code in get_global("all_currencies")


@cache
def quantum(currency: str) -> Decimal:
    """One minor unit of the currency, in major units: `Decimal("0.01")` for USD. Raises like `minor_digits`."""
    return Decimal(1).scaleb(-minor_digits(currency))


def round_money(number: Decimal, currency: str) -> Money:
    """The number in minor units of the currency, half away from zero: 10.125 and -10.125 USD are 10.13 and -10.13 (P3).

    Never minus zero. Raises `WrongUsage` for NaN, infinity, and what is too long to be an amount.
    """
    try:
        rounded = _ROUNDING.quantize(number, quantum(currency))
    except InvalidOperation:
        raise _not_exact(number, currency) from None
    if not rounded.is_finite():
        raise _not_exact(number, currency)
    return new_money(_ROUNDING.plus(rounded), currency)


def exact_product(one: Decimal, other: Decimal) -> Decimal | None:
    """The product with all its decimals; None where it is too long."""
    try:
        return _EXACT.multiply(one, other)
    except DecimalException:
        return None


def exact_sum(numbers: Iterable[Decimal]) -> Decimal:
    """The sum with all its decimals. Raises `WrongUsage` where it is too long."""
    total = Decimal(0)
    for number in numbers:
        try:
            total = _EXACT.add(total, number)
        except DecimalException:
            raise WrongUsage(f"{total} and {number} can't be added up exactly.", rule=_EXACTLY) from None
    return total


def times(what: Money | Decimal, factor: Decimal, currency: str) -> Money:
    """The exact product, rounded once to minor units of `currency`: a price by a quantity, a net amount by a tax rate.

    The currency is that of the result, so that an exchange rate is a factor too. Raises like `round_money`.
    """
    number = what if isinstance(what, Decimal) else what.number
    try:
        product = _EXACT.multiply(number, factor)
    except DecimalException:
        raise WrongUsage(f"{number} times {factor} is too long to be reckoned exactly.", rule=_EXACTLY) from None
    return round_money(product, currency)


def is_minor(money: Money) -> bool:
    """Whether it has no more decimals than its currency, as written: 1.00 USD, but neither 1.005 nor 1.000 USD (P3)."""
    if money.number.same_quantum(quantum(money.currency)):
        return True  # as nearly every amount is written; to ask for the exponent costs more
    exponent = money.number.as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= minor_digits(money.currency)


def allocate(total: Money, weights: Sequence[Decimal]) -> tuple[Money, ...]:
    """Shares of an amount by weight, in minor units; they always add up to it exactly.

    Each share is cut off towards zero, and the minor units that are left go one each to the first shares in order (but to
    none with weight zero): 15 JPY by 80, 8 and 12 are 13, 1 and 1. A negative total gives the negative of what the
    positive one gives. Raises `WrongUsage` for a total that isn't in minor units, a negative or not finite weight, and
    weights that add up to zero.
    """
    if not is_minor(total):
        raise WrongUsage(f"{_text(total)} can't be shared out: it is not in minor units.", rule=_MINOR)
    parts = _fractions(weights)
    digits = minor_digits(total.currency)
    minor_units = int(_EXACT.scaleb(total.number.copy_abs(), digits))
    whole = sum(parts)
    shares = [int(minor_units * part / whole) for part in parts]
    left = minor_units - sum(shares)
    for index in [index for index, part in enumerate(parts) if part][:left]:
        shares[index] += 1
    sign = -1 if total.number < 0 else 1
    return tuple(Money(_EXACT.scaleb(Decimal(sign * share), -digits), total.currency) for share in shares)


def _fractions(weights: Sequence[Decimal]) -> list[Fraction]:
    if not all(weight.is_finite() and weight >= 0 for weight in weights) or not any(weights):
        raise WrongUsage(
            f"Nothing can be shared out by the weights {', '.join(map(str, weights)) or '(none)'}.",
            instead="give weights that are zero or more, and at least one above zero",
        )
    return [Fraction(weight) for weight in weights]


def unit_costs(total: Money, units: Decimal) -> tuple[tuple[Decimal, Decimal], ...]:
    """How units that are worth `total` together are split into lots: (units, cost of one), the dearer ones first.

    100.00 USD for 3 is ((1, 33.34), (2, 33.33)). The lots are worth the total exactly, so that every fact balances with
    no residual (E1). Costs are in minor units where a unit costs one major unit or more, or where that is exact; else
    they have six decimals more. A total of zero is one lot at cost zero.

    Raises `WrongUsage` for units that aren't above zero, a negative total, numbers beyond the limits, and a total with so
    many decimals that a lot would hold a smaller part of a unit than was given.
    """
    check_size(total.number)
    check_size(units)
    if units <= 0 or total.number < 0:
        raise WrongUsage(f"{units} units can't be worth {_text(total)}: units are above zero, their worth not below.")
    minor = quantum(total.currency)
    even, rest = _EXACT.divmod(total.number, _EXACT.multiply(units, minor))
    if not rest:
        return ((units, _EXACT.multiply(even, minor)),)
    step = minor if total.number >= units else minor.scaleb(-_FINER)
    base = _EXACT.multiply(_EXACT.divide_int(total.number, _EXACT.multiply(units, step)), step)
    rest = _EXACT.subtract(total.number, _EXACT.multiply(base, units))
    try:
        dearer = _EXACT.quantize(_EXACT.divide(rest, step), shortest(units))
    except Inexact:
        raise WrongUsage(
            f"{units} units can't be worth {_text(total)} exactly.",
            rule=_EXACTLY,
            instead="give the total in minor units",
        ) from None
    lots = ((dearer, _EXACT.add(base, step)), (_EXACT.subtract(units, dearer), base))
    return tuple(lot for lot in lots if lot[0])


def shortest(number: Decimal) -> Decimal:
    """The same number without zeros at its end, as long as it needs no exponent."""
    short = number.normalize(_EXACT)
    return _EXACT.quantize(short, Decimal(1)) if short == short.to_integral_value() else short


def check_size(number: Decimal) -> None:
    """Refuse, with `WrongUsage`, more than 15 digits before the point or 12 behind it, NaN and infinity.

    Sums of such numbers are exact in the default context of 28 digits; their products may not be: use `times`.
    """
    if number.same_quantum(_ONE) and number.adjusted() < MAX_INTEGER_DIGITS:
        return  # a whole number, as most are; to ask for the exponent costs more
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise WrongUsage(f"{number} is no number.", instead="write it with digits, such as 1200.50")
    if -exponent > MAX_DECIMALS or number.adjusted() >= MAX_INTEGER_DIGITS:
        raise WrongUsage(
            f"{number} is too long.",
            rule=_EXACTLY,
            instead=f"at most {MAX_INTEGER_DIGITS} digits before the point and {MAX_DECIMALS} behind it",
        )


def is_within_limits(number: Decimal) -> bool:
    """Whether `check_size` would let it pass."""
    if number.same_quantum(_ONE):
        return number.adjusted() < MAX_INTEGER_DIGITS
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= MAX_DECIMALS and number.adjusted() < MAX_INTEGER_DIGITS


def parse_number(text: str) -> Decimal:
    """A number as a person types it: `1200`, `-0.5`. Spaces around it don't matter; zero has no sign.

    Raises `WrongUsage` for a decimal comma, thousands marks, an exponent, other digits than 0 to 9, and what is beyond
    the limits of `check_size`; the message shows the right form.
    """
    return _number(text, "")


def parse_money(text: str, *, minor: bool = False) -> Money:
    """An amount as in a ledger: `981.00 SGD`. With `minor` it is what somebody pays: in minor units, written out in full.

    Raises `WrongUsage` like `parse_number`, for a currency that is none, and with `minor` for more decimals than the
    currency has.
    """
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise WrongUsage(f"{text!r} is no amount of money.", instead=_hint(_reordered(text), "981.00 SGD"))
    currency = found["currency"]
    minor_digits(currency)
    money = Money(_number(found["number"], currency), currency)
    if not minor:
        return money
    if not is_minor(money):
        raise WrongUsage(
            f"{text!r} has more decimals than {currency}, which has {minor_digits(currency)}.",
            rule=_MINOR,
            instead=f"give the amount that is paid, such as {_text(round_money(money.number, currency))}",
        )
    return round_money(money.number, currency)


_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MONEY = re.compile(r"(?P<number>\S.*?)\s+(?P<currency>[A-Z]{3})")
_UNORDERED = re.compile(r"(?P<before>[A-Za-z]{3})?\s*(?P<number>-?[0-9.]+)\s*(?P<after>[A-Za-z]{3})?")
_SPACING = re.compile(r"[\s'\u2019_]")


def _number(text: str, currency: str) -> Decimal:
    stripped = text.strip()
    if _PLAIN.fullmatch(stripped) is None:
        forms = [f"{form} {currency}".strip() for form in _plain_forms(stripped)]
        what = f"{text!r} is no number that can be read without doubt." if stripped else "There is no number."
        raise WrongUsage(what, instead=_hint(forms, f"1200.50 {currency}".strip()))
    number = Decimal(stripped)
    check_size(number)
    return _EXACT.plus(number)


def _hint(forms: Sequence[str], example: str) -> str:
    if forms:
        return f"did you mean {' or '.join(forms)}?"
    return f"write it with digits and a decimal point, such as {example}"


def _plain_forms(text: str) -> list[str]:
    """What a number with a decimal comma or thousands marks may mean, written plainly; the likelier meaning first."""
    bare = _SPACING.sub("", text).replace("\u2212", "-")
    mark = "," if bare.rfind(",") > bare.rfind(".") else "."
    head, _, tail = bare.rpartition(mark)
    head = head.replace(",", "").replace(".", "")
    fraction, whole = f"{head or '0'}.{tail}", f"{head}{tail}"
    if bare.count(mark) == 1 and tail:
        perhaps_thousands = mark == "," and len(tail) == 3 and "." not in bare
        forms = [whole, fraction] if perhaps_thousands else [fraction]
    else:
        forms = [whole] if mark not in bare or len(tail) in (0, 3) else []
    return [form for form in forms if _PLAIN.fullmatch(form)]


def _reordered(text: str) -> list[str]:
    """`SGD 981.00`, `981.00sgd` and the like as they should be written; nothing where that isn't clear."""
    found = _UNORDERED.fullmatch(text.strip())
    if found is None or bool(found["before"]) == bool(found["after"]) or not _PLAIN.fullmatch(found["number"]):
        return []
    return [f"{found['number']} {(found['before'] or found['after']).upper()}"]


def _text(money: Money) -> str:
    return f"{money.number} {money.currency}"


def _not_exact(number: Decimal, currency: str) -> WrongUsage:
    return WrongUsage(f"{number} can't be an amount of {currency}.", rule=_EXACTLY)
