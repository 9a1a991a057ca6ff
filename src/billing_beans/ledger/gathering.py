"""Facts out of a ledger's directives, in the order in which they fold, and everything that could not be read, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, localcontext
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core.data import Close, Custom, Directive, Open, Transaction
from beancount.parser import parser

from billing_beans.audit import Finding
from billing_beans.catalog.facts import LegalEntityAdded
from billing_beans.core.facts import Fact
from billing_beans.ledger.collecting import COMPLETE, RANKS, UNIQUE, Collected, Misread, Said, collect
from billing_beans.ledger.postings import Malformed

_EXACT = Context(prec=500, traps=[])


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


def gather(entries: Iterable[Directive], entities: Collection[str] = ()) -> Gathered:
    """Read every directive of billing. Catalogue and parties fold first, by day, each behind what it names; everything else by id (rule 11).

    `entities` are the account components of legal entities that are known besides those in the entries.
    """
    return gather_collected(collect(entries), entities)


def gather_collected(collected: Collected, entities: Collection[str] = ()) -> Gathered:
    """The same of directives that were collected already."""
    with exact_products():
        return _Gathering(collected, entities).run()


def exact_products() -> Any:
    """While postings are read, products of the longest numbers are exact: that they add up to zero is never a matter of rounding."""
    return localcontext(_EXACT)


class _Gathering:
    def __init__(self, collected: Collected, entities: Collection[str]) -> None:
        self._collected = collected
        self._entities = entities
        self._found = Gathered(opens=collected.opens, closes=collected.closes)
        self._written = AsWritten()

    def run(self) -> Gathered:
        for misread in self._collected.misread:
            self._report(misread)
        catalogue = [*self._decoded(self._collected.catalogue)]
        recorded = [*self._decoded(self._collected.recorded)]
        catalogue.sort(key=by_day_and_kind)
        recorded.sort(key=_by_id)
        in_setup = [one.fact.id for one in catalogue]
        ids = [one.fact.id for one in recorded]
        self._found.ids += in_setup + ids
        without_copies = self._without_copies(in_setup, recorded) if _has_copies(in_setup, ids) else recorded
        self._found.facts = [*catalogue, *without_copies]
        self._report_touching(catalogue)
        return self._found

    def _decoded(self, several: Iterable[Said]) -> Iterator[Read]:
        """The facts that can be read; the others are reported."""
        for said in several:
            fact = self._decode(said)
            if fact is not None:
                yield Read(fact, said.entry)

    def _decode(self, said: Said) -> Fact | None:
        try:
            fact: Fact = said.kind.decode(self._written.whole(said.entry), said.parts)
        except Malformed as error:
            return self._decode_as_written(said, str(error))
        return fact

    def _decode_as_written(self, said: Said, words: str) -> Fact | None:
        """Once more from its file: where booking took postings away, the checks can say more than that they are missing."""
        # No error is kept: it would hold this frame, which holds it, and all that was gathered with them.
        original = self._written.original(said.entry)
        if original is not None:
            try:
                fact: Fact = said.kind.decode(original, ())
            except Malformed as error:
                words = str(error)
            else:
                return fact
        self._report(Misread(said.entry, "complete", f"{_named(said.entry)}: {words}", COMPLETE), said.parts)
        return None

    def _without_copies(self, in_setup: Iterable[str], recorded: Iterable[Read]) -> Iterator[Read]:
        """The recorded facts by id, without those whose id another fact has too."""
        used = {*in_setup}
        for read in recorded:
            identifier = read.fact.id
            if identifier and identifier in used:
                what = f"{_named(read.entry)} has the id {identifier}, which another fact has too"
                self._report(Misread(read.entry, "ids-unique", what, UNIQUE))
            else:
                used.add(identifier)
                yield read

    def _report_touching(self, catalogue: Iterable[Read]) -> None:
        entities = entity_accounts(one.fact for one in catalogue).union(self._entities)
        for touching in self._collected.touching:
            if touching.entity in entities:
                self._report(touching.misread())

    def _report(self, misread: Misread, parts: Iterable[Custom] = ()) -> None:
        entry = misread.entry
        about = _about(entry).union(*map(_billed_by, parts))
        self._found.ids += [one for one in (entry.meta.get("id"),) if isinstance(one, str)]
        if self._found.troubled.isdisjoint(about):
            self._found.findings.append(Finding(misread.problem, entry))
        else:
            self._found.following += 1
        self._found.troubled.update(about)


class AsWritten:
    """Transactions as they stand in their files, for those that booking has mutilated.

    Where lots are missing, Beancount leaves out postings, or all of them; our own check can say what is wrong, but only
    of the whole transaction. So what can't be decoded is read once more from its file, unbooked.
    """

    def __init__(self) -> None:
        self._files: dict[str, dict[int, Transaction]] = {}

    def whole(self, entry: Directive) -> Directive:
        """The entry itself; or, where it has no postings, as its file has it.

        Nothing moves where a total is zero; but booking may have taken all postings away.
        """
        if isinstance(entry, Transaction) and not entry.postings:
            return self.original(entry) or entry
        return entry

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


def entity_accounts(catalogue: Iterable[Fact]) -> set[str]:
    """The account components of the legal entities."""
    return {fact.account for fact in catalogue if isinstance(fact, LegalEntityAdded)}


def _about(entry: Any) -> set[str]:
    """What a directive that can't be read would touch, as far as it can be read: ids, and the accounts of lots."""
    if isinstance(entry, Custom):
        named = {value.value for value in (entry.values or [])[1:] if isinstance(value.value, str)}
        return named | _billed_by(entry)
    if not isinstance(entry, Transaction):
        return set()
    # A line that was cut off says the key, and no value.
    said = (entry.meta.get(key) for key in ("invoice", "payment", "customer"))
    named = {value for value in said if isinstance(value, str)}
    return {*entry.links, *named, *(posting.account for posting in entry.postings if posting.cost is not None)}


def _billed_by(entry: Custom) -> set[str]:
    """The subscription that a line of an invoice bills."""
    billed = entry.meta.get("subscription")
    return {billed} if isinstance(billed, str) else set()


def by_day_and_kind(one: Read) -> tuple[date, int, bool, str]:
    """The order of catalogue and parties: by day, then behind what they may name, then as recorded."""
    # What the tool recorded stands before what was added by hand: a second version of a day is the one by hand.
    fact = one.fact
    return fact.date, RANKS[type(fact)], not fact.id, fact.id


_by_id = attrgetter("fact.id")


def _named(entry: Any) -> str:
    """What a directive calls itself, for a message about one that can't be read."""
    if isinstance(entry, Custom):
        return " ".join(str(value.value) for value in entry.values[:2])
    return " ".join([entry.meta["event"], *sorted(entry.links)[:1]])
