"""Facts out of a ledger's directives, in the order in which they fold: one pass, each directive looked at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, localcontext
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core.data import Close, Custom, Directive, Open, Pad, Transaction
from beancount.parser import parser

from billing_beans.audit import Finding
from billing_beans.books import KINDS
from billing_beans.catalog import facts as catalog_facts
from billing_beans.catalog.facts import LegalEntityAdded
from billing_beans.core.accounts import place_of
from billing_beans.core.checks import Problem
from billing_beans.core.facts import Fact, kinds_of
from billing_beans.ledger.codec import Decoder, decoder
from billing_beans.ledger.postings import Malformed

UNIQUE = "I12: ids are unique."
COMPLETE = "I12: every fact is whole and says what its kind says (docs/ledger.md)."
_EXACT = Context(prec=500, traps=[])
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
    closes: list[Close] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    troubled: set[str] = field(default_factory=set)
    """Entities of which something could not be read; `following` counts what is not in `findings` because of that."""
    following: int = 0
    ids: list[str] = field(default_factory=list)
    """Every id that is used, those in directives that could not be read as well."""


class _Head(NamedTuple):
    """A fact whose parts may still follow."""

    decode: Decoder
    part_kinds: frozenset[str]
    entry: Custom
    parts: list[Custom]


def _part_kinds(cls: type[Fact]) -> frozenset[str]:
    return frozenset(one.type.shape.kind for one in cls.shape.parts)  # type: ignore[attr-defined]


PART_KINDS: Mapping[str, str] = {part: cls.shape.kind for cls in KINDS.values() for part in _part_kinds(cls)}
"""Kinds of parts, and the kind of the head that they stand behind."""


def gather(entries: Iterable[Directive], entities: Collection[str] = ()) -> Gathered:
    """Read every directive of billing, where `entities` are the account components of legal entities that are known. Catalogue and parties fold first, by day, each behind what it names; everything else by id (rule 11).

    Products of the longest numbers are exact meanwhile: that postings add up to zero is never a matter of rounding.
    """
    with localcontext(_EXACT):
        return _Gathering(entities).run(entries)


class _Decoders(dict[Any, "Decoder | None"]):
    """The decoders of some kinds, each compiled when the first fact of its kind is there; None for other kinds."""

    def __init__(self, of: Callable[[type[Fact]], bool]) -> None:
        super().__init__()
        self._shapes = {kind: cls.shape for (kind, _moves), cls in KINDS.items() if of(cls)}

    def __missing__(self, kind: Any) -> Decoder | None:
        shape = self._shapes.get(kind)
        self[kind] = found = decoder(shape) if shape is not None else None
        return found


class _Gathering:
    def __init__(self, entities: Collection[str]) -> None:
        self._found = Gathered()
        self._entities = entities
        self._recorded: list[Read] = []
        self._catalogue: list[_Ranked] = []
        self._heads: list[_Head] = []
        self._open_head: dict[str, _Head] = {}
        self._touching: list[tuple[Directive, str, str]] = []
        self._written = _AsWritten()
        self._simple = _Decoders(lambda cls: not cls.shape.moves and not cls.shape.parts)
        self._moving = _Decoders(lambda cls: cls.shape.moves)
        self._with_parts = _Decoders(lambda cls: not cls.shape.moves and bool(cls.shape.parts))

    def run(self, entries: Iterable[Directive]) -> Gathered:
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
        for head in self._heads:
            self._decode(head.decode, head.entry, head.parts)
        self._catalogue.sort(key=_by_day_and_kind)
        self._recorded.sort(key=_by_id)
        in_setup = [one.id for one in self._catalogue]
        recorded = [one.fact.id for one in self._recorded]
        self._found.ids += in_setup + recorded
        without_copies = self._without_copies(in_setup) if _has_copies(in_setup, recorded) else self._recorded
        self._found.facts = [*(one.read for one in self._catalogue), *without_copies]
        self._report_touching()
        return self._found

    def _without_copies(self, in_setup: Iterable[str]) -> Iterator[Read]:
        """The recorded facts by id, without those whose id another fact has too."""
        used = {*in_setup}
        for read in self._recorded:
            identifier = read.fact.id
            if identifier and identifier in used:
                self._report(
                    read.entry,
                    "ids-unique",
                    f"{_named(read.entry)} has the id {identifier}, which another fact has too",
                    UNIQUE,
                )
            else:
                used.add(identifier)
                yield read

    def _pad(self, entry: Pad) -> None:
        self._foreign(entry, (entry.account, entry.source_account))

    def _transaction(self, entry: Transaction) -> None:
        event = entry.meta.get("event")
        if event is None:
            self._foreign(entry, [posting.account for posting in entry.postings])
            return
        decode = self._moving[event]
        if decode is None and "operation" not in entry.meta:
            # An accountant's own entry, with a word of the accountant's own.
            self._foreign(entry, [posting.account for posting in entry.postings])
        elif decode is None:
            self._report(entry, "unknown-kind", f"{event!r} is no kind of fact that moves anything", COMPLETE)
        elif entry.flag != "*":
            self._report(entry, "complete", f"{event} has the flag {entry.flag}, and facts have *", COMPLETE)
        elif not entry.postings:
            # Nothing moves where a total is zero; but booking may have taken all postings away.
            self._decode(decode, self._written.original(entry) or entry, ())
        else:
            self._decode(decode, entry, ())

    def _custom(self, entry: Custom) -> None:
        if entry.type != "billing":
            return
        values: Any = entry.values
        kind = values[0][0] if values else ""
        decode = self._simple[kind]
        if decode is not None:
            self._decode(decode, entry, ())
        elif (decode := self._with_parts[kind]) is not None:
            head = _Head(decode, _part_kinds(KINDS[kind, False]), entry, [])
            self._heads.append(head)
            self._open_head[entry.meta["filename"]] = head
        elif kind in PART_KINDS:
            self._part(entry, kind)
        else:
            self._report(entry, "unknown-kind", f"{str(kind)!r} is no kind of fact", COMPLETE)

    def _part(self, entry: Custom, kind: str) -> None:
        """A part belongs to the last head in its file, whose first key it repeats."""
        head = self._open_head.get(entry.meta["filename"])
        values: Any = entry.values
        if head is None or kind not in head.part_kinds or len(values) < 2 or values[1].value != _name_of(head.entry):
            name = values[1].value if len(values) > 1 else "nothing"
            self._report(entry, "complete", f"{kind} of {name} stands alone, behind no {PART_KINDS[kind]}", COMPLETE)
        elif head.entry.date != entry.date:
            what = f"{kind} of {values[1].value} has another date than its {PART_KINDS[kind]}, {head.entry.date}"
            self._report(entry, "complete", what, COMPLETE)
        else:
            head.parts.append(entry)

    def _decode(self, decode: Any, entry: Directive, parts: Iterable[Custom]) -> None:
        try:
            fact = decode(entry, parts)
        except Malformed as error:
            self._decode_as_written(decode, entry, error)
        else:
            self._keep(fact, entry)

    def _decode_as_written(self, decode: Any, entry: Directive, error: Malformed) -> None:
        """Once more from its file: where booking took postings away, the checks can say more than that they are missing."""
        # The error is not raised again: it would hold this frame, which holds it, and all that was gathered with them.
        original = self._written.original(entry)
        if original is None:
            self._report_malformed(entry, error)
            return
        try:
            fact = decode(original, ())
        except Malformed as found:
            self._report_malformed(entry, found)
        else:
            self._keep(fact, entry)

    def _report_malformed(self, entry: Directive, error: Malformed) -> None:
        self._report(entry, "complete", f"{_named(entry)}: {error}", COMPLETE)

    def _keep(self, fact: Fact, entry: Directive) -> None:
        rank = _RANKS.get(fact.__class__)
        if rank is None:
            self._recorded.append(Read(fact, entry))
        else:
            self._catalogue.append(_Ranked(fact.date, rank, fact.id, Read(fact, entry)))

    def _foreign(self, entry: Directive, accounts: Iterable[str]) -> None:
        """An entry that is no fact may not touch the tool's accounts of a legal entity."""
        for account in accounts:
            place = place_of(account)
            if place is not None and place.role.of_the_tool:
                self._touching.append((entry, account, place.entity))

    def _report_touching(self) -> None:
        added = {one.read.fact.account for one in self._catalogue if isinstance(one.read.fact, LegalEntityAdded)}
        entities = added.union(self._entities)
        for entry, account, entity in self._touching:
            if entity in entities:
                self._report(entry, "tool-accounts", f"{account} is touched by an entry that is no fact", TOOL_ACCOUNTS)

    def _report(self, entry: Directive, check: str, message: str, promise: str) -> None:
        about = _about(entry)
        self._found.ids += [one for one in (entry.meta.get("id"),) if isinstance(one, str)]
        if self._found.troubled.isdisjoint(about):
            self._found.findings.append(Finding(Problem(check, message, promise, _REMEDIES[check]), entry))
        else:
            self._found.following += 1
        self._found.troubled.update(about)


class _AsWritten:
    """Transactions as they stand in their files, for those that booking has mutilated.

    Where lots are missing, Beancount leaves out postings, or all of them; our own check can say what is wrong, but only
    of the whole transaction. So what can't be decoded is read once more from its file, unbooked.
    """

    def __init__(self) -> None:
        self._files: dict[str, dict[int, Transaction]] = {}

    def original(self, entry: Directive) -> Transaction | None:
        """The transaction as its file has it, if it is one and the file is there."""
        if not isinstance(entry, Transaction):
            return None
        filename, line = entry.meta["filename"], entry.meta["lineno"]
        if filename not in self._files:
            found = parser.parse_file(filename)[0] if Path(filename).is_file() else []
            self._files[filename] = {one.meta["lineno"]: one for one in found if isinstance(one, Transaction)}
        return self._files[filename].get(line)


def _has_copies(in_setup: list[str], recorded: list[str]) -> bool:
    """Whether an id of the recorded facts is there twice, or in the catalogue as well."""
    used = set(recorded)
    return len(used) < len(recorded) or not used.isdisjoint(in_setup)


def _about(entry: Any) -> set[str]:
    """What a directive that can't be read would touch, as far as it can be read: ids, and the accounts of lots."""
    if isinstance(entry, Custom):
        return {value.value for value in (entry.values or [])[1:] if isinstance(value.value, str)}
    if not isinstance(entry, Transaction):
        return set()
    named = {value for key, value in entry.meta.items() if key in ("invoice", "payment", "customer")}
    return {*entry.links, *named, *(posting.account for posting in entry.postings if posting.cost is not None)}


def _name_of(entry: Any) -> Any:
    """The first value behind a directive's kind: the id of what it is about."""
    return entry.values[1].value if len(entry.values) > 1 else None


class _Ranked(NamedTuple):
    """A fact of the catalogue, sorted by day, then behind what it may name, then in the order of recording."""

    day: date
    rank: int
    id: str
    read: Read


_RANKS: Mapping[type[Fact], int] = {cls: rank for rank, cls in enumerate(kinds_of((catalog_facts,)).values())}


def _by_day_and_kind(one: _Ranked) -> tuple[date, int, bool, str]:
    # What the tool recorded stands before what was added by hand: a second version of a day is the one by hand.
    return one.day, one.rank, not one.id, one.id


_by_id = attrgetter("fact.id")


def _named(entry: Any) -> str:
    """What a directive calls itself, for a message about one that can't be read."""
    if isinstance(entry, Custom):
        return " ".join(str(value.value) for value in entry.values[:2])
    return " ".join([entry.meta["event"], *sorted(entry.links)[:1]])


_REMEDIES = {
    "complete": "restore the text with git, or complete the directive",
    "unknown-kind": "correct the kind; billing-beans of a later release may know it",
    "ids-unique": "one of the two was copied: remove it",
    "tool-accounts": "book it on other accounts, or let the tool record it: billing-beans payment, invoice, entitlement",
}
