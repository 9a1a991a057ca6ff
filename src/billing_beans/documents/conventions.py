"""What a country decides about a document where nobody chose: its language, its paper, the name of its tax number (R4)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from billing_beans.documents.languages import CATALOGUE

if TYPE_CHECKING:
    from typing import Literal

LETTER_COUNTRIES = frozenset({"US", "CA"})

TAX_NUMBER_LABELS = MappingProxyType(
    {
        "AT": "UID-Nr.",
        "AU": "ABN",
        "DE": "USt-IdNr.",
        "ES": "NIF",
        "FR": "N\N{DEGREE SIGN} TVA",
        "GB": "VAT Reg. No.",
        "IE": "VAT No.",
        "IT": "P. IVA",
        "NL": "Btw-nr.",
        "SG": "GST Reg. No.",
    }
)
"""What a tax number is called where it was given; elsewhere the document's own general words stand."""

ENGLISH_ANYWHERE = "en_001"
"""English with the day before the month, for countries that CLDR has no English of."""


def locale_of(country: str) -> str:
    """The likely language of a country, if documents have its words, else English: `de_DE`, `en_SG`; `en_001` for Brazil."""
    likely = get_global("likely_subtags").get(f"und_{country}", "en")
    language = likely.split("_", maxsplit=1)[0]
    name = f"{language if language in CATALOGUE else 'en'}_{country}"
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return ENGLISH_ANYWHERE
    return name


def page_size_of(country: str) -> Literal["A4", "Letter"]:
    """The paper of the seller's country."""
    return "Letter" if country in LETTER_COUNTRIES else "A4"


def tax_number_label(country: str) -> str:
    """What the tax number of a party in this country is called there, or nothing."""
    return TAX_NUMBER_LABELS.get(country, "")
