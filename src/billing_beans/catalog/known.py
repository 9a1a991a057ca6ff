"""What checks of the catalogue ask in several places: codes of the standards, and whether something is known on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from billing_beans.catalog.standards import is_country
from billing_beans.core.checks import Broken
from billing_beans.core.errors import BillingError
from billing_beans.core.money import minor_digits


def sound_currency(code: str) -> Iterator[Broken]:
    """A currency with minor units."""
    try:
        minor_digits(code)
    except BillingError as error:
        yield Broken(error.what.rstrip("."), error.instead or "write its ISO 4217 code, such as SGD")


def sound_country(code: str | None) -> Iterator[Broken]:
    """A country, where one is said."""
    if code is not None and not is_country(code):
        capitals = code.strip().upper()
        known = f"write it as {capitals}" if is_country(capitals) else "write its code of two capitals, such as SG"
        yield Broken(f"{code!r} is no country of ISO 3166", known)


def ends_later(of: str, since: date, until: date | None) -> Iterator[Broken]:
    """A last day that is not before the first."""
    if until is not None and until < since:
        yield Broken(f"{of} is valid from {since}, and until {until}, which is earlier", "give a later last day")


_NOUNS = {"tax code": "tax-code", "legal entity": "entity"}


def unknown(what: str, identifier: str, on: date) -> Broken:
    """What is to be added first."""
    noun = _NOUNS.get(what, what)
    verb = "add CUSTOMER" if noun == "agreement" else f"add {identifier}"
    return Broken(
        f"there is no {what} {identifier} on {on}",
        f"billing-beans {noun} list; or add it with the same date or an earlier one: billing-beans {noun} {verb}",
    )


def is_known(table: object, key: str, on: date, index: str = "versions") -> bool:
    """Whether a table of versions has this thing on a day."""
    versions = table.range(index, key)  # type: ignore[attr-defined]
    return any(version.date <= on for version in versions)
