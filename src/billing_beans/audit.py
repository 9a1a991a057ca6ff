"""The one runner of all checks: facts in order, each checked against the books before it, then folded.

Commands, `bean-check` and Fava all go through it, so they can't disagree about what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from billing_beans.books import Books
from billing_beans.catalog import checks as catalog_checks
from billing_beans.catalog import facts as catalog_facts
from billing_beans.core.checks import Problem, checks_of
from billing_beans.core.facts import Fact, kinds_of
from billing_beans.core.identifiers import is_ulid
from billing_beans.entitlements import checks as entitlement_checks
from billing_beans.invoicing import checks as invoicing_checks
from billing_beans.payments import checks as payment_checks

CHECKS = checks_of((catalog_checks, invoicing_checks, payment_checks, entitlement_checks))
"""Every check, by the kind of fact that it is on."""

BY_HAND = frozenset(kinds_of((catalog_facts,)).values())
"""Kinds that a person may add to `setup/` without id, time and actor."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and where it was found: whatever stands for the fact's place in the ledger."""

    problem: Problem
    where: Any


class Audit:
    """One pass over facts in the order of their ids. Afterwards `books` is what the sound ones add up to.

    After the first problem of an entity, what only follows from it is counted in `following` and not listed.
    """

    def __init__(self, books: Books | None = None) -> None:
        self.books = books or Books()
        self.findings: list[Finding] = []
        self.following = 0
        self._troubled: set[str] = set()

    def take(self, fact: Fact, where: Any = None) -> None:
        """Check a fact and fold it; one that breaks a blocking check is left out."""
        blocked = False
        for problem, blocks in broken_by(self.books, fact):
            self._report(problem, fact, where)
            blocked = blocked or blocks
        if not blocked:
            self.books.apply(fact)

    def _report(self, problem: Problem, fact: Fact, where: Any) -> None:
        entities = fact.entities()
        if self._troubled.isdisjoint(entities):
            self.findings.append(Finding(problem, where))
        else:
            self.following += 1
        self._troubled.update(entities)

    def is_troubled(self, entities: tuple[str, ...]) -> bool:
        """Whether one of these entities has a problem already."""
        return not self._troubled.isdisjoint(entities)


def broken_by(books: Books, fact: Fact) -> list[tuple[Problem, bool]]:
    """What this fact breaks in these books, and whether it blocks.

    A check may rely on those before it: after one that blocks, the rest of them would only find what follows from it.
    """
    broken = [(problem, True) for problem in _envelope(books, fact)]
    if broken:
        return broken
    for checking in CHECKS.get(fact.__class__, ()):
        found = [*checking.function(books, fact)]
        if found:
            broken += [(checking.problem(one), checking.blocks) for one in found]
            if checking.blocks:
                break
    return broken


AUDIT_TRAIL = "S3-11, U7, U9: every fact says what it is, when it was recorded, by whom, and in which act."


def _envelope(books: Books, fact: Fact) -> Iterator[Problem]:
    """Id, time, actor and act of a fact; ids rise, and idempotency keys are used once."""
    if not fact.id:
        if type(fact) not in BY_HAND or fact.at or fact.actor or fact.operation:
            yield Problem(
                "audit-trail",
                f"{_words(fact)} has no id",
                AUDIT_TRAIL,
                "let the tool write facts; only catalogue and parties may be added by hand, with nothing but a date",
            )
        return
    if not (fact.at and fact.actor and fact.operation and is_ulid(fact.id)):
        absent = [name for name in ("at", "actor", "operation") if not getattr(fact, name)]
        what = f"lacks {', '.join(absent)}" if absent else f"has the id {fact.id!r}, which is no ULID"
        yield Problem("audit-trail", f"{_words(fact)} {what}", AUDIT_TRAIL, "restore the text with git")
    if fact.id <= books.last_id:
        yield Problem(
            "ids-unique",
            f"{_words(fact)} has the id {fact.id}, which another fact has too",
            "I12: ids are unique.",
            "one of the two was copied: remove it",
        )
    if fact.idempotency_key and books.keys.get(fact.idempotency_key) is not None:
        yield Problem(
            "keys-unique",
            f"{_words(fact)} has the idempotency key {fact.idempotency_key}, which another act has too",
            "U6: an act with the same key happens once.",
            "two branches did the same: keep the act of one of them",
        )


def _words(fact: Fact) -> str:
    return " ".join([fact.shape.kind, *fact.entities()[:1]])
