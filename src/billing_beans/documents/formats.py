"""Numbers and dates as the document's locale writes them (R4). Only `Decimal` comes in; nothing here rounds."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, minor_digits

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, time

# Named again without their types: the stubs of Babel that are about don't know numbering systems yet.
_decimal: Callable[..., str] = format_decimal
_percent: Callable[..., str] = format_percent
_unit: Callable[..., str] = format_unit

MINUS = "\N{MINUS SIGN}"
# The strong directions of Unicode, with the invisible mark of each.
MARKS = {"L": "\N{LEFT-TO-RIGHT MARK}", "R": "\N{RIGHT-TO-LEFT MARK}", "AL": "\N{RIGHT-TO-LEFT MARK}"}
NO_BREAK = "\N{NO-BREAK SPACE}"

# CLDR names the numbering system of a locale; its digits are ten code points in a row from these zeros. Babel has the separators of
# other systems but writes Latin digits, and in dates always.
ZEROS = {"arab": 0x0660, "arabext": 0x06F0, "deva": 0x0966, "latn": 0x30}
# The names under which CSS counts pages in those digits.
COUNTER_STYLES = {"arab": "arabic-indic", "arabext": "persian", "deva": "devanagari", "latn": "decimal"}


class Formats:
    """How one locale writes amounts, rates, quantities and dates, for a currency of `digits` minor units."""

    def __init__(self, locale: str, currency: str, digits: int) -> None:
        self.locale = parse_locale(locale)
        self.currency = currency
        self.digits = digits
        native: str = cast("Any", self.locale).default_numbering_system
        self._system = native if native in ZEROS else "latn"
        # Among words from the right, Latin digits take a minus sign before them only with a mark, as CLDR has it.
        minus = MARKS["L"] + MINUS if self.direction == "rtl" and self._system == "latn" else MINUS
        self._numerals = str.maketrans({chr(0x30 + n): chr(ZEROS[self._system] + n) for n in range(10)} | {"-": minus})
        whole = (self.locale.decimal_formats[None].pattern.split(";")[0]).split(".")[0]
        self._whole = whole
        currency_pattern = self.locale.currency_formats["standard"].pattern
        self._code_first = currency_pattern.lstrip("\u200e\u200f").startswith("¤")

    @property
    def language_tag(self) -> str:
        """The locale as BCP 47 writes it: `de-DE`."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    @property
    def counter_style(self) -> str:
        """The CSS counter style with the locale's digits."""
        return COUNTER_STYLES[self._system]

    def amount(self, value: Decimal | Money, digits: int | None = None) -> str:
        """An amount in exactly the currency's minor units. One with more is a mistake of the caller: `ValueError`."""
        if isinstance(value, Money):
            return self.amount(value.number, minor_digits(value.currency))
        places = self.digits if digits is None else digits
        if value != round(value, places):
            message = f"{value} has more than {places} decimals: amounts are rounded before they are formatted"
            raise ValueError(message)
        return self._number(value, self._pattern(places, places))

    def money(self, value: Decimal | Money, currency: str = "", digits: int | None = None) -> str:
        """An amount with its currency's code, on the side where the locale has it."""
        if isinstance(value, Money):
            return self.money(value.number, value.currency, minor_digits(value.currency))
        code, number = currency or self.currency, self.amount(value, digits)
        return f"{code}{NO_BREAK}{number}" if self._code_first else f"{number}{NO_BREAK}{code}"

    def price(self, value: Decimal) -> str:
        """A unit price: at least the minor units, and every further decimal that counts."""
        return self._number(value, self._pattern(self.digits, max(self.digits, decimals(value))))

    def quantity(self, value: Decimal) -> str:
        """A quantity, with only the decimals that count."""
        return self._number(value, self._pattern(0, decimals(value)))

    def rate(self, value: Decimal) -> str:
        """A rate in percent: 9 is 9 %."""
        text = _percent(value.scaleb(-2), locale=self.locale, decimal_quantization=False, numbering_system=self._system)
        return text.translate(self._numerals)

    def until(self, day: date, hour: time | None) -> str:
        """A last day; with the time at which it ends, where that is before the day does."""
        if hour is None:
            return self.date(day)
        shown = format_time(hour, "medium" if hour.second else "short", locale=self.locale)
        return f"{self.date(day)}, {shown.translate(self._numerals)}"

    def date(self, value: date) -> str:
        """A date in the locale's middle length."""
        return format_date(value, "medium", locale=self.locale).translate(self._numerals)

    def days(self, value: int) -> str:
        """So many days, as the language counts them: `365 days`."""
        text = _unit(value, "duration-day", locale=self.locale, numbering_system=self._system)
        return text.translate(self._numerals)

    def country(self, code: str) -> str:
        """A country's name in the document's language, or the code where CLDR has none."""
        return str(self.locale.territories.get(code, code))

    def apart(self, text: str) -> str:
        """Text from outside, kept apart from the direction around it: "Acme Ltd." keeps its full stop in an Arabic document.

        WeasyPrint has no isolation, so a mark of the text's own direction stands on both sides of it. Text without letters is a number
        or a code, whose parts are read from the left.
        """
        found = (unicodedata.bidirectional(char) for char in text)
        first = next((direction for direction in found if direction in MARKS), "L")
        if (first == "L") == (self.direction == "ltr"):
            return text
        return f"{MARKS[first]}{text}{MARKS[first]}"

    def _pattern(self, least: int, most: int) -> str:
        decimals_pattern = "0" * least + "#" * (most - least)
        return f"{self._whole}.{decimals_pattern}" if decimals_pattern else self._whole

    def _number(self, value: Decimal, pattern: str) -> str:
        text = _decimal(value, pattern, locale=self.locale, decimal_quantization=False, numbering_system=self._system)
        return text.translate(self._numerals)


def decimals(value: Decimal) -> int:
    """How many decimals of a number count: 1.50 has one."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


@lru_cache(maxsize=64)
def parse_locale(name: str) -> Locale:
    """The locale of that CLDR name, or its language where CLDR has nothing of its own for the country; else `WrongUsage`."""
    parts = name.replace("-", "_")
    try:
        with suppress(UnknownLocaleError):
            return Locale.parse(parts)
        return Locale.parse(parts.split("_", maxsplit=1)[0])
    except (UnknownLocaleError, ValueError) as error:
        raise WrongUsage(
            f"'{name}' is no locale that CLDR knows.", instead="write language and country, such as en_SG or de_DE"
        ) from error
