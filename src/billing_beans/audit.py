"""The one runner of all checks: facts in order, each checked against the books before it, then folded.

Commands, `bean-check` and Fava all go through it, so they can't disagree about what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from billing_beans.books import KINDS, Books
from billing_beans.catalog import facts as catalog_facts
from billing_beans.core.checks import Checking, Problem, checks_of
from billing_beans.core.errors import BillingError
from billing_beans.core.facts import Fact, kinds_of
from billing_beans.core.identifiers import is_ulid
from billing_beans.core.tables import Table
from billing_beans.credits.rule_state import rule_and_day

CHECKED_BY: Mapping[str, tuple[str, ...]] = {
    "catalog.facts": (
        "catalog.checks",
        "catalog.price_checks",
        "catalog.level_checks",
        "catalog.wallet_checks",
        "catalog.plan_checks",
        "credits.rule_checks",
    ),
    "invoicing.facts": (
        "invoicing.checks",
        "invoicing.line_checks",
        "invoicing.credit_checks",
        "credits.discount_checks",
        "credits.top_up_checks",
        "subscriptions.billing_checks",
    ),
    "payments.facts": ("payments.checks", "payments.money_checks"),
    "payments.processor_facts": ("payments.processor_checks",),
    "credits.facts": (
        "credits.grant_checks",
        "credits.checks",
        "credits.ending_checks",
        "credits.top_up_checks",
        "credits.opening_checks",
    ),
    "entitlements.facts": ("entitlements.checks",),
    "opening.facts": ("opening.checks",),
    "periods.facts": ("periods.checks",),
    "revenue.facts": ("revenue.checks",),
    "runs.facts": ("runs.checks",),
    "subscriptions.facts": ("subscriptions.checks",),
}
"""Where the checks stand of the kinds of each module of facts; what is checked first stands first."""


class _Checks(Mapping[type[Fact], tuple[Checking, ...]]):
    """The checks of a kind of fact. They are imported when the first of their kinds is asked for: many commands only look."""

    def __init__(self) -> None:
        self._found: dict[type[Fact], tuple[Checking, ...]] = {}

    def __getitem__(self, kind: type[Fact]) -> tuple[Checking, ...]:
        found = self._found.get(kind)
        if found is None:
            modules = CHECKED_BY.get(kind.__module__.removeprefix(f"{_PACKAGE}."), ())
            every = checks_of([import_module(f"{_PACKAGE}.{name}") for name in modules])
            found = self._found[kind] = every.get(kind, ())
        return found

    def __iter__(self) -> Iterator[type[Fact]]:
        return iter(KINDS.values())

    def __len__(self) -> int:
        return len(KINDS)


_PACKAGE = __name__.rpartition(".")[0]

CHECKS = _Checks()
"""Every check, by the kind of fact that it is on."""

BY_HAND = frozenset(kinds_of((catalog_facts,)).values())
"""Kinds that a person may add to `setup/` without id, time and actor."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and where it was found: whatever stands for the fact's place in the ledger."""

    problem: Problem
    where: Any


class Audit:
    """One pass over facts in the order of folding. Afterwards `books` is what the sound ones add up to.

    A fact that breaks a blocking check is left out; what its entities are found to break after that only follows from it,
    and stands in `followed`, not in `findings`.
    """

    def __init__(self, books: Books | None = None) -> None:
        self.books = books or Books()
        self.findings: list[Finding] = []
        self.followed: list[Finding] = []
        self._unread = 0
        self._left_out: set[str] = set()
        self._troubled: set[str] = set()

    def take(self, fact: Fact, where: Any = None) -> None:
        """Check a fact and fold it, or leave it out."""
        try:
            broken = broken_by(self.books, fact)
        except Exception as error:  # noqa: BLE001 - bean-check must name the other problems too
            broken = [(_unjudged(fact, error), True)]
        if not broken:
            self.books.apply(fact)
            return
        self._report(broken, fact, where)
        if any(blocks for _problem, blocks in broken):
            self._left_out.update(fact.subjects())
            self.books.note_key(fact)
        else:
            self.books.apply(fact)

    def _report(self, broken: Sequence[tuple[Problem, bool]], fact: Fact, where: Any) -> None:
        subjects = fact.subjects()
        for problem, _blocks in broken:
            kept = self.findings if self._left_out.isdisjoint((*subjects, problem.after)) else self.followed
            kept.append(Finding(problem, where))
        self._troubled.update(subjects)

    @property
    def following(self) -> int:
        """How many problems only follow from those in `findings`."""
        return len(self.followed) + self._unread

    def distrust(self, subjects: Iterable[str], following: int = 0) -> None:
        """Take these as left out already: something about them could not be read."""
        self._left_out.update(subjects)
        self._troubled.update(self._left_out)
        self._unread += following

    @property
    def troubled(self) -> frozenset[str]:
        """Everything that has a problem already."""
        return frozenset(self._troubled)

    def is_troubled(self, subjects: tuple[str, ...]) -> bool:
        """Whether one of these has a problem already."""
        return not self._troubled.isdisjoint(subjects)


def _unjudged(fact: Fact, error: Exception) -> Problem:
    """A ledger that nobody thought of may break a check itself: then that is the problem."""
    return Problem(
        "judged",
        f"{_words(fact)} can't be judged: {type(error).__name__} {error}",
        "R6: every fact is checked.",
        "restore the text with git; if the tool wrote it so, this is a defect of the tool: please report it",
    )


def broken_by(books: Books, fact: Fact) -> list[tuple[Problem, bool]]:
    """What this fact breaks in these books, and whether it blocks.

    A check may rely on those before it: after one that blocks, the rest of them would only find what follows from it.
    """
    broken = [(problem, True) for problem in envelope_of(books, fact)]
    if broken:
        return broken
    for checking in CHECKS[fact.__class__]:
        found = _found_by(checking, books, fact)
        broken += [(one, checking.blocks) for one in found]
        if found and checking.blocks:
            break
    return broken


def _found_by(checking: Checking, books: Books, fact: Fact) -> list[Problem]:
    found: list[Problem] = []
    try:
        for one in checking.function(books, fact):
            found.append(checking.problem(one))  # noqa: PERF401 - it may yield one, and then raise
    except BillingError as error:
        # What an operation would refuse, such as using more than there is, the ledger may not hold either.
        remedy = error.instead or checking.remedy
        found = [Problem(checking.name, error.what.rstrip("."), error.rule or checking.promise, remedy)]
    return found


OWN_SOURCES = (
    "invoice/",
    "payment/",
    "credit-note/",
    "refund/",
    "grant/",
    "application/",
    "top-up-rule/",
    "subscription/",
    "run/",
)
"""How a source begins that is in these books."""

AUDIT_TRAIL = "S3-11, U7, U9: every fact says what it is, when it was recorded, by whom, and in which act."


def envelope_of(books: Books, fact: Fact) -> Iterator[Problem]:
    """Id, time, actor and act of a fact; idempotency keys are used once, and what it came from is there."""
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
    if fact.date <= (until := books.periods.closed_until) and type(fact) not in BY_HAND:
        yield Problem(
            "period-open",
            f"{_words(fact)} is dated {fact.date}, and the books are closed until {until}",
            "B2: nothing is dated into a closed period.",
            f"give a later date: --date {books.periods.first_open}",
        )
    if fact.idempotency_key and books.keys.get(fact.idempotency_key) is not None:
        yield Problem(
            "keys-unique",
            f"{_words(fact)} has the idempotency key {fact.idempotency_key}, which another act has too",
            "U6: an act with the same key happens once.",
            "two branches did the same: keep the act of one of them",
        )
    if fact.source is not None and not _is_known_source(books, fact.source):
        yield Problem(
            "source-known",
            f"{_words(fact)} comes from {fact.source}, which is not in these books",
            "U7: every entry names what it came from, and that exists.",
            "correct the source, or restore what it came from with git",
        )


def _is_known_source(books: Books, source: str) -> bool:
    """Sources of our own must be there; those of other systems are theirs."""
    if not source.startswith(OWN_SOURCES):
        return True
    kind, _, name = source.partition("/")
    if kind == "top-up-rule":
        named = rule_and_day(source)
        return named is not None and any(True for _ in books.catalog.top_up_rules.range("versions", named[0]))
    tables: dict[str, Table[Any]] = {
        "invoice": books.invoices.heads,
        "payment": books.payments.heads,
        "credit-note": books.invoices.credit_notes,
        "refund": books.payments.refunds,
        "grant": books.credits.grants,
        "application": books.credits.applications,
        "run": books.runs.runs,
        "subscription": books.subscriptions.subscriptions,
    }
    return tables[kind].get(name) is not None


def _words(fact: Fact) -> str:
    return " ".join([fact.shape.kind, *fact.entities()[:1]])
