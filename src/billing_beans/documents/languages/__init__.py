"""The languages that documents have been translated into; others show English words (R4)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from billing_beans.documents.languages.arabic import ARABIC
from billing_beans.documents.languages.dutch import DUTCH
from billing_beans.documents.languages.english import ENGLISH
from billing_beans.documents.languages.french import FRENCH
from billing_beans.documents.languages.german import GERMAN
from billing_beans.documents.languages.italian import ITALIAN
from billing_beans.documents.languages.spanish import SPANISH

if TYPE_CHECKING:
    from billing_beans.documents.labels import Labels

CATALOGUE = MappingProxyType(
    {
        "ar": ARABIC,
        "de": GERMAN,
        "en": ENGLISH,
        "es": SPANISH,
        "fr": FRENCH,
        "it": ITALIAN,
        "nl": DUTCH,
    }
)


def labels_for(language: str) -> Labels:
    """The words of a language, or the English ones."""
    return CATALOGUE.get(language, ENGLISH)
