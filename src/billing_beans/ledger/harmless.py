"""Which new facts of the catalogue leave everything as it was judged before.

Catalogue and parties fold before all else, wherever they stand, so one that is added later may change what earlier facts
are held against. What is said here follows from the checks: of catalogue and parties they ask whether something is known
on a day, and of what is known only the rate of a tax code, the revenue of a product, and everything of a legal entity.
A check that asks for more must be thought of here; `tests/ledger/test_index_histories.py` compares with a full load.
"""

from __future__ import annotations

from datetime import date

from billing_beans.books import Books
from billing_beans.catalog.facts import BookDeclared, LegalEntityAdded, ProductAdded, TaxCodeAdded
from billing_beans.core.facts import Fact


def is_harmless(books: Books, fact: Fact, last_day: date) -> bool:
    """Whether no fact of sound `books`, none of them dated later than `last_day`, is judged otherwise with this one."""
    if isinstance(fact, (BookDeclared, LegalEntityAdded)):
        return False
    versions = books.catalog.versions_of(fact)
    if not versions:
        return True
    before = versions[-1]
    if before.date >= fact.date:
        return False
    if isinstance(fact, TaxCodeAdded) and isinstance(before, TaxCodeAdded):
        return fact.rate == before.rate or fact.date > last_day
    if isinstance(fact, ProductAdded) and isinstance(before, ProductAdded):
        return fact.revenue == before.revenue or fact.date > last_day
    return True
