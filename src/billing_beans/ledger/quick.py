"""Books in which nothing at all is wrong, as nearly all are: the same checks and folds as in `audit`, in fewer steps.

Facts are taken window by window in the order of folding, and none is kept: those of a window are decoded kind by kind,
checked and folded one by one, and then the checks that are `timeless` go through them kind by kind. Doing one thing many
times in a row is what makes it fast: the processor has forgotten each check by the time its next fact comes, and a fact by
the time that all others have been read.

It says only that everything is sound. What is wrong the audit says, which then begins anew and looks at each fact by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from billing_beans.audit import CHECKS, OWN_SOURCES, envelope_of
from billing_beans.books import Books
from billing_beans.core.facts import Fact
from billing_beans.core.folds import Fold
from billing_beans.core.identifiers import are_ulids
from billing_beans.ledger.collecting import Collected, Kind, Said
from billing_beans.ledger.gathering import AsWritten, Read, by_day_and_kind, entity_accounts, exact_products
from billing_beans.periods.facts import PeriodClosed, PeriodReopened

WINDOW = 256
"""Facts of a window; what they and their books touch fits into the cache of a processor."""

_id = attrgetter("id")


class _Unsound(Exception):
    """Something is wrong; what it is, the audit says."""


def fold_sound(collected: Collected, books: Books) -> bool:
    """Fold a ledger's facts into new books, if every one of them is sound.

    False where anything at all may be wrong; then the books are good for nothing.
    """
    if collected.misread:
        return False
    try:
        _Pass(collected, books).run()
    except Exception:  # noqa: BLE001 - whatever it is, the audit comes to it as well, and names it
        return False
    return True


class _Steps:
    """What is done with each fact of a kind."""

    def __init__(self, kind: Kind, books: Books) -> None:
        checks = CHECKS[kind.cls]
        self.in_order = tuple(one.function for one in checks if not one.timeless)
        self.timeless = tuple(one.function for one in checks if one.timeless)
        self.folds: tuple[Fold, ...] = books.folds_of(kind.cls)
        self.closes = kind.cls in (PeriodClosed, PeriodReopened)


class _Pass:
    def __init__(self, collected: Collected, books: Books) -> None:
        self._collected = collected
        self._books = books
        self._steps: dict[Kind, _Steps] = {}
        self._closed_until = date.min

    def run(self) -> None:
        recorded = sorted(self._recorded(), key=_id)
        with exact_products():
            catalogue = [Read(one.kind.decode(one.entry, one.parts), one.entry) for one in self._collected.catalogue]
        self._note_ids([one.id for one in recorded], [one.fact.id for one in catalogue if one.fact.id])
        entities = entity_accounts(one.fact for one in catalogue)
        if any(one.entity in entities for one in self._collected.touching):
            raise _Unsound
        catalogue.sort(key=by_day_and_kind)
        kinds = {said.kind.cls: said.kind for said in self._collected.catalogue}
        for read in catalogue:
            steps = self._steps_of(kinds[type(read.fact)])
            self._take(steps, read.fact)
            self._ask_later(steps, [read.fact])
        for first in range(0, len(recorded), WINDOW):
            self._take_window(recorded[first : first + WINDOW])

    def _recorded(self) -> Iterable[Said]:
        if not self._collected.has_empty:
            return self._collected.recorded
        written = AsWritten()
        return [one._replace(entry=written.whole(one.entry)) for one in self._collected.recorded]

    def _note_ids(self, recorded: list[Any], in_setup: list[str]) -> None:
        """Every id is a ULID, and there once."""
        ids = [*in_setup, *recorded]
        if not are_ulids(ids) or len(set(ids)) < len(ids):
            raise _Unsound
        self._books.note_ids(ids)

    def _take_window(self, window: Sequence[Said]) -> None:
        places: dict[Kind, list[int]] = {}
        for place, said in enumerate(window):
            places.setdefault(said.kind, []).append(place)
        facts: list[Any] = [None] * len(window)
        with exact_products():
            for kind, several in places.items():
                decode = kind.decode
                for place in several:
                    _, _, entry, parts = window[place]
                    facts[place] = decode(entry, parts)
        for said, fact in zip(window, facts, strict=True):
            self._take(self._steps_of(said.kind), fact)
        for kind, several in places.items():
            self._ask_later(self._steps_of(kind), [facts[place] for place in several])

    def _take(self, steps: _Steps, fact: Fact) -> None:
        """Check a fact against the books before it, and fold it."""
        books = self._books
        if fact.date <= self._closed_until or not _is_enveloped(fact):
            for _problem in envelope_of(books, fact):
                raise _Unsound
            books.note_key(fact)
        for check in steps.in_order:
            for _broken in check(books, fact):
                raise _Unsound
        for fold in steps.folds:
            fold(fact)
        if steps.closes:
            self._closed_until = books.periods.closed_until

    def _ask_later(self, steps: _Steps, facts: Iterable[Fact]) -> None:
        """The checks that say the same whenever they are asked, of several facts of a kind."""
        books = self._books
        for check in steps.timeless:
            for fact in facts:
                for _broken in check(books, fact):
                    raise _Unsound

    def _steps_of(self, kind: Kind) -> _Steps:
        steps = self._steps.get(kind)
        if steps is None:
            steps = self._steps[kind] = _Steps(kind, self._books)
        return steps


def _is_enveloped(fact: Fact) -> bool:
    """Whether nothing can be wrong with time, actor and act, as with nearly every fact: ids were looked at before."""
    if fact.idempotency_key is not None or not (fact.at and fact.actor and fact.operation):
        return False
    return fact.source is None or not fact.source.startswith(OWN_SOURCES)
