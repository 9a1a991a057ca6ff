"""Amounts as processors write them: integers in the smallest unit, and numbers with the marks of a country.

Source of the units: docs.stripe.com/currencies, "Minor units in API amounts" and "Special cases".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, check_size, is_minor, minor_digits, new_money, quantum

_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
"""Every other currency is in hundredths, ISK and UGX too, though they have no minor unit any more."""

_LONGEST = 18
_MARKED = re.compile(r"(?P<sign>[-\u2212+]?)(?P<digits>[0-9][0-9.,'\u2019 \u00a0\u202f]*)")
_SPACES = re.compile(r"['\u2019 \u00a0\u202f]")
_DECIMALS_AT_END = re.compile(r"([.,])[0-9]{1,2}$")


def currency_of(code: object) -> str:
    """The code in capitals. Raises `WrongUsage` for what is no currency."""
    if not isinstance(code, str):
        raise WrongUsage(f"{code!r} is no currency.")
    return _in_capitals(code)


@cache
def _in_capitals(code: str) -> str:
    upper = code.strip().upper()
    minor_digits(upper)
    return upper


def from_smallest(units: object, currency: str) -> Money:
    """The amount of an integer in the processor's smallest unit: 1000 usd are 10.00 USD, 500 jpy are 500 JPY.

    Raises `WrongUsage` for what is no integer, and for a part of the currency's own minor unit.
    """
    if type(units) is not int or len(str(abs(units))) > _LONGEST:
        raise WrongUsage(f"{units!r} is no amount: an integer of the smallest unit of {currency} is expected.")
    digits = 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2
    return in_minor(Decimal(units).scaleb(-digits), currency)


def in_minor(number: Decimal, currency: str) -> Money:
    """The amount with as many decimals as its currency has. Raises `WrongUsage` where it has more."""
    check_size(number)
    exact = number.quantize(quantum(currency))
    if exact != number:
        raise WrongUsage(
            f"{number:f} {currency} has more decimals than {currency}, which has {minor_digits(currency)}.",
            rule="P3: what is paid is in the minor units of its currency.",
        )
    return new_money(exact + 0, currency)


def plain_amount(text: object, currency: str) -> Money:
    """An amount as an API writes it: `"10.00"`. Raises `WrongUsage` for any other form."""
    if not isinstance(text, str) or re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,3})?", text) is None:
        raise WrongUsage(f"{text!r} is no amount: a text such as '10.00' is expected.")
    return in_minor(Decimal(text), currency)


def decimal_mark(cells: Iterable[str]) -> str:
    """The decimal mark of a report, from all its amounts: a point, unless they show that it is a comma.

    Raises `WrongUsage` where some show the one and some the other.
    """
    found = set()
    for cell in cells:
        marks = [character for character in cell if character in ".,"]
        ending = _DECIMALS_AT_END.search(cell.strip())
        if ending is not None:
            found.add(ending[1])
        elif len(set(marks)) == 2:
            found.add(marks[-1])
    if len(found) > 1:
        raise WrongUsage(
            "The amounts have decimal points and decimal commas.",
            instead="a spreadsheet may have changed some of them: download the file again",
        )
    return found.pop() if found else "."


def marked_amount(cell: str, currency: str, mark: str) -> Money:
    """An amount of a report whose decimal mark is known: `-1,234.56` or `-1.234,56`. Raises `WrongUsage`."""
    read = _MARKED.fullmatch(cell.strip())
    if read is None:
        raise WrongUsage(f"{cell!r} is no amount." if cell.strip() else "There is no amount.")
    whole, point, decimals = _SPACES.sub(" ", read["digits"]).partition(mark)
    groups = re.split(r"[.,' ]", whole)
    if len(groups) > 1 and (len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:])):
        raise WrongUsage(f"{cell!r} is no amount: its thousands are not three digits each.")
    if not all(group.isdecimal() for group in groups) or (point and not decimals.isdecimal()):
        raise WrongUsage(f"{cell!r} is no amount.")
    number = Decimal(f"{''.join(groups)}.{decimals or 0}")
    if minor_digits(currency) == 0 and point and not int(decimals):
        number = Decimal("".join(groups))
    sized = in_minor(number, currency)
    assert is_minor(sized)
    return new_money(-sized.number, currency) if read["sign"] in ("-", "\u2212") else sized
