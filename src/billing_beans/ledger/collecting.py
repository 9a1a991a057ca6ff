"""The directives of each fact, found in a ledger: one pass, each directive looked at once, nothing decoded yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from beancount.core.data import Close, Custom, Directive, Open, Pad, Transaction

from billing_beans.books import KINDS
from billing_beans.catalog import facts as catalog_facts
from billing_beans.core.accounts import place_of
from billing_beans.core.checks import Problem
from billing_beans.core.facts import Fact, kinds_of
from billing_beans.ledger.codec import Decoder, decoder
from billing_beans.ledger.text import PENDING, RECORDED

WAITING = "pending/RUN-"
"""What the name of a file holds in which a billing run waits for review; `review.beancount` includes it, and main never does."""

UNIQUE = "I12: ids are unique."
COMPLETE = "I12: every fact is whole and says what its kind says (docs/ledger.md)."
TOOL_ACCOUNTS = "Accounts of the tool are touched by facts only (docs/ledger.md, accounts)."
_REMEDIES = {
    "complete": "restore the text with git, or complete the directive",
    "unknown-kind": "correct the kind; billing-beans of a later release may know it",
    "ids-unique": "one of the two was copied: remove it",
    "tool-accounts": "book it on other accounts, or let the tool record it: billing-beans payment, invoice, entitlement",
}
RANKS: Mapping[type[Fact], int] = {cls: rank for rank, cls in enumerate(kinds_of((catalog_facts,)).values())}


class Kind:
    """How facts of one kind are read."""

    def __init__(self, cls: type[Fact]) -> None:
        self.cls = cls
        parts = cls.shape.parts if cls.shape.has_parts else ()
        self.part_kinds = frozenset(one.type.shape.kind for one in parts)  # type: ignore[attr-defined]
        self.rank = RANKS.get(cls)
        """Among the catalogue and parties, which fold first: behind what it may name. None for everything else."""

    @cached_property
    def decode(self) -> Decoder:
        """Compiled when it is first needed: a command that reads few lines reads few kinds."""
        return decoder(self.cls.shape)


_MOVING = {name: Kind(cls) for (name, moves), cls in KINDS.items() if moves}
_STILL = {name: Kind(cls) for (name, moves), cls in KINDS.items() if not moves}
_HEAD_OF: Mapping[str, str] = {part: name for name, kind in _STILL.items() for part in kind.part_kinds}
"""Kinds of parts, and the kind of the head that they stand behind."""


class Said(NamedTuple):
    """What a ledger says of one fact: its directive and those of its parts. The id is whatever stands there."""

    id: Any
    kind: Kind
    entry: Directive
    parts: Sequence[Custom]


_said = tuple.__new__
"""In a quarter of the time of `Said(...)`: every fact of every load is collected."""


class Misread(NamedTuple):
    """A directive of ours that says nothing that could be read: which check it breaks, and how."""

    entry: Directive
    check: str
    message: str
    promise: str

    @property
    def problem(self) -> Problem:
        return Problem(self.check, self.message, self.promise, _REMEDIES[self.check])


class Touching(NamedTuple):
    """An entry that is no fact and moves an account as the tool has them: whose, if that is a legal entity here."""

    entry: Directive
    account: str
    entity: str

    def misread(self) -> Misread:
        what = f"{self.account} is touched by an entry that is no fact"
        return Misread(self.entry, "tool-accounts", what, TOOL_ACCOUNTS)


@dataclass(slots=True)
class Collected:
    """The directives of a ledger by what they are: of the catalogue, recorded facts, and the rest that concerns us."""

    catalogue: list[Said] = field(default_factory=list)
    recorded: list[Said] = field(default_factory=list)
    opens: list[Open] = field(default_factory=list)
    closes: list[Close] = field(default_factory=list)
    touching: list[Touching] = field(default_factory=list)
    misread: list[Misread] = field(default_factory=list)
    has_empty: bool = False
    """Whether there is a movement without postings: nothing moves, or booking has taken all of them away."""


def collect(entries: Iterable[Directive]) -> Collected:
    """Every directive of billing, and what opens or touches accounts."""
    return _Collecting().run(entries)


class _Collecting:
    def __init__(self) -> None:
        self._found = Collected()
        self._open_head: dict[str, Said] = {}

    def run(self, entries: Iterable[Directive]) -> Collected:
        readers: dict[type[Any], Callable[[Any], None]] = {
            Transaction: self._transaction,
            Custom: self._custom,
            Open: self._found.opens.append,
            Close: self._found.closes.append,
            Pad: self._pad,
        }
        for entry in entries:
            reader = readers.get(entry.__class__)
            if reader is not None:
                reader(entry)
        return self._found

    def _pad(self, entry: Pad) -> None:
        self._foreign(entry, (entry.account, entry.source_account))

    def _transaction(self, entry: Transaction) -> None:
        meta = entry.meta
        event: Any = meta.get("event")
        kind = _MOVING.get(event)
        waits = WAITING in meta["filename"]
        if kind is not None and entry.flag == (PENDING if waits else RECORDED):
            self._found.recorded.append(_said(Said, (meta.get("id"), kind, entry, ())))
            if not entry.postings:
                self._found.has_empty = True
        elif kind is not None:
            should = f"what waits for review has {PENDING}" if waits else f"facts have {RECORDED}"
            self._misread(entry, "complete", f"{event} has the flag {entry.flag}, and {should}", COMPLETE)
        elif event is None or "operation" not in meta:
            # An accountant's own entry, perhaps with a word of the accountant's own.
            self._foreign(entry, [posting.account for posting in entry.postings])
        else:
            self._misread(entry, "unknown-kind", f"{event!r} is no kind of fact that moves anything", COMPLETE)

    def _custom(self, entry: Custom) -> None:
        if entry.type != "billing":
            return
        values: Any = entry.values
        name = values[0][0] if values else ""
        kind = _STILL.get(name)
        if kind is not None:
            said = _said(Said, (entry.meta.get("id"), kind, entry, [] if kind.part_kinds else ()))
            (self._found.recorded if kind.rank is None else self._found.catalogue).append(said)
            if kind.part_kinds:
                self._open_head[entry.meta["filename"]] = said
        elif name in _HEAD_OF:
            self._part(entry, name)
        else:
            self._misread(entry, "unknown-kind", f"{str(name)!r} is no kind of fact", COMPLETE)

    def _part(self, entry: Custom, name: str) -> None:
        """A part belongs to the last head in its file, whose first key it repeats."""
        head = self._open_head.get(entry.meta["filename"])
        values: Any = entry.values
        if (
            head is None
            or name not in head.kind.part_kinds
            or len(values) < 2
            or values[1].value != _name_of(head.entry)
        ):
            named = values[1].value if len(values) > 1 else "nothing"
            self._misread(entry, "complete", f"{name} of {named} stands alone, behind no {_HEAD_OF[name]}", COMPLETE)
        elif head.entry.date != entry.date:
            what = f"{name} of {values[1].value} has another date than its {_HEAD_OF[name]}, {head.entry.date}"
            self._misread(entry, "complete", what, COMPLETE)
        else:
            head.parts.append(entry)  # type: ignore[attr-defined]  # of a kind that has parts it is a list

    def _foreign(self, entry: Directive, accounts: Iterable[str]) -> None:
        """An entry that is no fact may not touch the tool's accounts of a legal entity."""
        for account in accounts:
            place = place_of(account)
            if place is not None and place.role.of_the_tool:
                self._found.touching.append(Touching(entry, account, place.entity))

    def _misread(self, entry: Directive, check: str, message: str, promise: str) -> None:
        self._found.misread.append(Misread(entry, check, message, promise))


def _name_of(entry: Any) -> Any:
    """The first value behind a directive's kind: the id of what it is about."""
    return entry.values[1].value if len(entry.values) > 1 else None
