"""Facts out of a ledger's directives, in the order in which they fold: one pass, each directive looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from beancount.core.data import Custom, Directive, Open, Pad, Transaction

from billing_beans.audit import Finding
from billing_beans.books import KINDS
from billing_beans.core.accounts import place_of
from billing_beans.core.checks import Problem
from billing_beans.core.facts import Fact
from billing_beans.ledger.codec import decoder
from billing_beans.ledger.postings import Malformed

COMPLETE = "I12: every fact is whole and says what its kind says (docs/ledger.md)."
TOOL_ACCOUNTS = "Accounts of the tool are touched by facts only (docs/ledger.md, accounts)."


class Read(NamedTuple):
    """A fact and the directive that says it."""

    fact: Fact
    entry: Directive


@dataclass(slots=True)
class Gathered:
    """What a ledger says: facts in the order of folding, opened accounts, and what could not be read."""

    facts: list[Read] = field(default_factory=list)
    opens: list[Open] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class _Head(NamedTuple):
    """A fact whose parts may still follow."""

    cls: type[Fact]
    entry: Custom
    part_kinds: frozenset[str]
    parts: list[Custom]


def _part_kinds(cls: type[Fact]) -> frozenset[str]:
    return frozenset(one.type.shape.kind for one in cls.shape.parts)  # type: ignore[attr-defined]


PART_KINDS: Mapping[str, str] = {part: cls.shape.kind for cls in KINDS.values() for part in _part_kinds(cls)}
"""Kinds of parts, and the kind of the head that they stand behind."""


def gather(entries: Iterable[Directive]) -> Gathered:
    """Read every directive of billing. Facts without id fold first, in the order given; the others by id (rule 11)."""
    return _Gathering().run(entries)


class _Gathering:
    def __init__(self) -> None:
        self._found = Gathered()
        self._recorded: list[tuple[str, Read]] = []
        self._heads: list[_Head] = []
        self._open_head: dict[str, _Head] = {}
        self._touching: list[tuple[Directive, str, str]] = []
        self._simple = {
            kind: decoder(cls.shape) for (kind, moves), cls in KINDS.items() if not moves and not cls.shape.parts
        }
        self._moving = {kind: decoder(cls.shape) for (kind, moves), cls in KINDS.items() if moves}
        self._with_parts = {
            kind: (cls, _part_kinds(cls)) for (kind, moves), cls in KINDS.items() if not moves and cls.shape.parts
        }

    def run(self, entries: Iterable[Directive]) -> Gathered:
        for entry in entries:
            if isinstance(entry, Transaction):
                self._transaction(entry)
            elif isinstance(entry, Custom):
                if entry.type == "billing":
                    self._custom(entry)
            elif isinstance(entry, Open):
                self._found.opens.append(entry)
            elif isinstance(entry, Pad):
                self._foreign(entry, (entry.account, entry.source_account))
        for head in self._heads:
            self._decode(decoder(head.cls.shape), head.entry, head.parts)
        self._recorded.sort(key=_by_id)
        self._found.facts += [read for _id, read in self._recorded]
        self._report_touching()
        return self._found

    def _transaction(self, entry: Transaction) -> None:
        event = entry.meta.get("event")
        if event is None:
            self._foreign(entry, [posting.account for posting in entry.postings])
            return
        decode = self._moving.get(event)
        if decode is None:
            self._report(entry, "unknown-kind", f"{event!r} is no kind of fact that moves anything", COMPLETE)
        elif entry.flag != "*":
            self._report(entry, "complete", f"{event} has the flag {entry.flag}, and facts have *", COMPLETE)
        else:
            self._decode(decode, entry, ())

    def _custom(self, entry: Custom) -> None:
        values: Any = entry.values
        kind = str(values[0].value) if values else ""
        decode = self._simple.get(kind)
        if decode is not None:
            self._decode(decode, entry, ())
        elif kind in self._with_parts:
            cls, part_kinds = self._with_parts[kind]
            head = _Head(cls, entry, part_kinds, [])
            self._heads.append(head)
            self._open_head[entry.meta["filename"]] = head
        elif kind in PART_KINDS:
            self._part(entry, kind)
        else:
            self._report(entry, "unknown-kind", f"{kind!r} is no kind of fact", COMPLETE)

    def _part(self, entry: Custom, kind: str) -> None:
        """A part belongs to the last head in its file, whose first key it repeats."""
        head = self._open_head.get(entry.meta["filename"])
        values: Any = entry.values
        if head is None or kind not in head.part_kinds or len(values) < 2 or values[1].value != _name_of(head.entry):
            name = values[1].value if len(values) > 1 else "nothing"
            self._report(entry, "complete", f"{kind} of {name} stands alone, behind no {PART_KINDS[kind]}", COMPLETE)
        else:
            head.parts.append(entry)

    def _decode(self, decode: Any, entry: Directive, parts: Iterable[Custom]) -> None:
        try:
            fact = decode(entry, parts)
        except Malformed as error:
            self._report(entry, "complete", f"{_named(entry)}: {error}", COMPLETE)
            return
        if fact.id:
            self._recorded.append((fact.id, Read(fact, entry)))
        else:
            self._found.facts.append(Read(fact, entry))

    def _foreign(self, entry: Directive, accounts: Iterable[str]) -> None:
        """An entry that is no fact may not touch the tool's accounts of a legal entity."""
        for account in accounts:
            place = place_of(account)
            if place is not None and place.role.of_the_tool:
                self._touching.append((entry, account, place.entity))

    def _report_touching(self) -> None:
        entities = {
            getattr(read.fact, "account", "") for read in self._found.facts if read.fact.shape.kind == "legal-entity"
        }
        entities |= {
            getattr(read.fact, "account", "") for _, read in self._recorded if read.fact.shape.kind == "legal-entity"
        }
        for entry, account, entity in self._touching:
            if entity in entities:
                self._report(entry, "tool-accounts", f"{account} is touched by an entry that is no fact", TOOL_ACCOUNTS)

    def _report(self, entry: Directive, check: str, message: str, promise: str) -> None:
        self._found.findings.append(Finding(Problem(check, message, promise, _REMEDIES[check]), entry))


def _name_of(entry: Any) -> Any:
    """The first value behind a directive's kind: the id of what it is about."""
    return entry.values[1].value if len(entry.values) > 1 else None


def _by_id(row: tuple[str, Read]) -> str:
    return row[0]


def _named(entry: Any) -> str:
    """What a directive calls itself, for a message about one that can't be read."""
    if isinstance(entry, Custom):
        return " ".join(str(value.value) for value in entry.values[:2])
    return " ".join([entry.meta["event"], *sorted(entry.links)[:1]])


_REMEDIES = {
    "complete": "restore the text with git, or complete the directive",
    "unknown-kind": "correct the kind; billing-beans of a later release may know it",
    "tool-accounts": "book it on other accounts, or let the tool record it: billing-beans payment, invoice, entitlement",
}
