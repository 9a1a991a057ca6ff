"""What is written by a standard: ids, countries, time zones, locales, IBAN, BIC. Each is looked up once and remembered."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from billing_beans.core.calendar import local_date
from billing_beans.core.errors import BillingError

_WITHOUT_ZONE = frozenset(("BV", "HM"))
"""Countries of ISO 3166 in which nobody lives, so that CLDR has no time zone for them."""
_NO_COUNTRY = frozenset(("001", "ZZ"))
_KOSOVO = "XK"
"""A code that ISO 3166 leaves to its users, and that everybody uses for Kosovo."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Za-z0-9]{2,8})*")
_IBAN_CHECK = 97

_IN_A_YEAR = tuple(datetime(2025, month, 15, 12, tzinfo=UTC) for month in range(1, 13))


IDS = "P1: an id can be a link, a part of a lot's label and of a file's name."
AN_ID = "choose one of letters A to Z, digits and . _ - that begins with a letter or a digit, at most 64 of them"


def is_identifier(text: str) -> bool:
    """Whether this can be an id of the catalogue."""
    return _ID.fullmatch(text) is not None


@cache
def is_country(code: str) -> bool:
    """Whether this is one of the two-letter codes of ISO 3166, in capitals; XK for Kosovo is one too."""
    from babel.core import get_global  # noqa: PLC0415 - loading CLDR takes time, and few commands need it

    known = set(get_global("zone_territories").values()) - _NO_COUNTRY
    return code in known or code in _WITHOUT_ZONE or code == _KOSOVO


@cache
def is_time_zone(name: str) -> bool:
    """Whether the tz database has this name."""
    try:
        local_date(_IN_A_YEAR[0], name)
    except BillingError:
        return False
    return True


@cache
def is_locale(name: str) -> bool:
    """Whether CLDR knows this locale, or at least its language: `en_SG`, `de`."""
    from babel import localedata  # noqa: PLC0415 - as above

    return _LOCALE.fullmatch(name) is not None and localedata.exists(name.partition("_")[0])


@cache
def is_iban(text: str) -> bool:
    """Whether this is an IBAN by its form and its check digits (ISO 13616); spaces don't matter."""
    compact = "".join(text.split())
    if _IBAN.fullmatch(compact) is None:
        return False
    digits = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return int(digits) % _IBAN_CHECK == 1


@cache
def is_bic(text: str) -> bool:
    """Whether this is a BIC by its form (ISO 9362): bank, a country that there is, place, and perhaps branch."""
    return _BIC.fullmatch(text) is not None and is_country(text[4:6])


def time_zone_of(country: str) -> str | None:
    """The country's time zone, or None where its clocks differ."""
    from babel.core import get_global  # noqa: PLC0415 - as above

    zones = [zone for zone, territory in get_global("zone_territories").items() if territory == country]
    zones = [zone for zone in zones if is_time_zone(zone)]
    clocks = {tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _IN_A_YEAR) for zone in zones}
    return zones[0] if len(clocks) == 1 else None


def currency_of(country: str) -> str | None:
    """The country's currency, or None where it has several or none."""
    from babel.numbers import get_territory_currencies  # noqa: PLC0415 - as above

    currencies = get_territory_currencies(country)
    return currencies[0] if len(currencies) == 1 else None
