"""Merging two branches of a ledger file by whole facts: git's merge driver (rule 19, requirement R3).

Facts of both branches are kept, each whole and once, by id. What only a person can decide (one number drawn twice, one
payment verified twice) is put between git's conflict markers and said in words. `merge=union` would instead fuse the
equal lines of two facts into one, and `bean-check` would be content.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from billing_beans.core.errors import BooksUnusable
from billing_beans.core.records import record
from billing_beans.ledger.blocks import Block, Key, normalised, open_quote_line, split_blocks
from billing_beans.ledger.clashes import CLASHES, Clash, Name, identities, same_operation, value_of

GITATTRIBUTES: Final = """\
# Facts merge whole, by id. Never merge=union: it fuses two equal facts into one.
# Without the driver (billing-beans init, or git config merge.billing-beans.driver) git stops with a conflict.
*.beancount text eol=lf merge=billing-beans
*.pdf binary
*.parquet binary
"""
"""What `.gitattributes` of the books says: every ledger file merges by facts, and has the same bytes on every machine."""

_OURS: Final = "<<<<<<< ours"
_BETWEEN: Final = "======="
_THEIRS: Final = ">>>>>>> theirs"
_MARKER = re.compile(r"(<{7,}|\|{7,}|={7,}|>{7,})(?=[ \r\n]|\Z)")
# Greater than any id: what no new fact follows comes last.
_LAST: Final = "~"


@record
class Conflict:
    """What a person has to decide: what was found, and the way out."""

    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.what} {self.instead}"


@record
class MergeResult:
    """The merged text, with conflict markers around what `conflicts` says in words; clean where there are none."""

    text: str
    conflicts: tuple[Conflict, ...] = ()


@record
class _Region:
    """What stands between conflict markers: each side's blocks, whole."""

    ours: tuple[Block, ...]
    theirs: tuple[Block, ...]


_Piece = Block | _Region


@dataclass(slots=True)
class _Merge:
    """The three versions by name, and what has been found so far."""

    base: Mapping[Name, Block]
    ours: Mapping[Name, Block]
    theirs: Mapping[Name, Block]
    conflicts: list[Conflict] = field(default_factory=list)


def merge_texts(base: str, ours: str, theirs: str) -> MergeResult:
    """Join two versions of a ledger file that both come from `base`.

    Blocks of the base keep their order; new facts of both sides follow by id; a new block without id stays behind what
    it stood behind, or before the new fact that it stood before. A fact that was changed or removed is a conflict, also
    when only one side did it (rule 2); what was written by hand without id may be corrected on one side.
    """
    if normalised(ours) == normalised(theirs):
        return MergeResult(ours)
    line_end = _line_end(ours or theirs)
    if _line_end(theirs) != line_end:
        theirs = normalised(theirs).replace("\n", line_end)
    mine, yours = split_blocks(ours), split_blocks(theirs)
    if unreadable := _unreadable("ours", ours, mine) or _unreadable("theirs", theirs, yours):
        return MergeResult(whole_file_conflict(ours, theirs), (unreadable,))
    before = _settled_part(split_blocks(base))
    merge = _Merge(_named(before), _named(_freed(mine, before)), _named(_freed(yours, before)))
    pieces = [*_old_pieces(merge), *_new_pieces(merge)]
    return MergeResult(_joined(pieces, line_end), tuple(merge.conflicts))


def whole_file_conflict(ours: str, theirs: str) -> str:
    """Both versions whole, between markers: where facts can't be told apart, nothing may get lost."""
    return f"{_OURS}\n{_ended(ours)}{_BETWEEN}\n{_ended(theirs)}{_THEIRS}\n"


def main(base_path: Path, ours_path: Path, theirs_path: Path, file_name: str) -> int:
    """What git calls as `billing-beans merge-driver %O %A %B %P`: writes into `ours_path`; 0 clean, 1 with conflicts.

    The words go to stderr, where git shows them beside its own.
    """
    base, ours, theirs = (_read(path) for path in (base_path, ours_path, theirs_path))
    # First the version that loses nothing: should this process die, git keeps what stands in the file and calls it a
    # conflict, and without this it would be ours alone.
    _write(ours_path, whole_file_conflict(ours, theirs))
    result = merge_texts(base, ours, theirs)
    _write(ours_path, result.text)
    for conflict in result.conflicts:
        print(f"{file_name}: {conflict}", file=sys.stderr)  # noqa: T201 -- git shows a driver's stderr
    return 1 if result.conflicts else 0


def install(repository: Path, command: str = "billing-beans") -> None:
    """Tell git in this repository's own configuration how to merge ledger files; doing it twice changes nothing.

    `command` is what a shell starts billing-beans with. Raises `BooksUnusable` where git can't write the configuration.
    """
    settings = {
        "merge.billing-beans.name": "billing-beans: whole facts, by id",
        "merge.billing-beans.driver": f"{command} merge-driver %O %A %B %P",
    }
    for name, value in settings.items():
        try:
            command_line = ["git", "-C", str(repository), "config", name, value]
            subprocess.run(command_line, check=True, capture_output=True, text=True)  # noqa: S603 -- no shell
        except FileNotFoundError as error:
            raise BooksUnusable("The git command was not found.", instead="install git") from error
        except subprocess.CalledProcessError as error:
            what = f"git can't be told how to merge ledger files in {repository}: {error.stderr.strip()}"
            raise BooksUnusable(what, instead=f"git init {repository}") from error


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def _ended(text: str, line_end: str = "\n") -> str:
    return text if not text or text.endswith("\n") else text + line_end


def _unreadable(side: str, text: str, blocks: list[Block]) -> Conflict | None:
    """Why facts of this side can't be told apart at all, so that nothing can be merged."""
    way_out = "Both versions stand whole between the markers: git merge --abort, mend the file, and merge again."
    line = open_quote_line(text)
    if line is not None:
        return Conflict(f"line {line} on {side} has a quote that is never closed (was the file cut off?).", way_out)
    if any(_marker(block) for block in blocks):
        return Conflict(f"{side} has conflict markers in it already, of a conflict that was never decided.", way_out)
    return None


def _marker(block: Block) -> str:
    """The first character of a conflict marker; empty for any other block."""
    found = _MARKER.match(block.directive) if block.directive[:1] in {"<", "|", "=", ">"} else None
    return found[0][0] if found else ""


def _settled_part(base: list[Block]) -> list[Block]:
    """The base without what stands between conflict markers.

    Where two branches have several common ancestors, git merges those first and takes the result as base, markers and
    all. What was undecided there binds nobody: each side has decided it, and the two are compared.
    """
    settled: list[Block] = []
    depth = 0
    for block in base:
        marker = _marker(block)
        depth += marker == "<"
        if not depth:
            settled.append(block)
        depth -= marker == ">" and depth > 0
    return settled


def _freed(version: list[Block], base: list[Block]) -> list[Block]:
    """Part the comment that ended the base from the fact that was appended under it, or each side would bring it along."""
    tail = normalised(base[-1].comment) if base and base[-1].kind == "comment" else ""
    for at, block in enumerate(version):
        if tail and block.directive and normalised(block.comment).startswith(tail):
            lines = block.comment.splitlines(keepends=True)
            count = tail.count("\n")
            comment = Block(block.lead, "".join(lines[:count]), "", block.line, None)
            return [*version[:at], comment, replace(block, lead="", comment="".join(lines[count:])), *version[at + 1 :]]
    return version


def _named(blocks: Iterable[Block]) -> dict[Name, Block]:
    """Blocks by name, in order; empty lines at the end of a file are nothing."""
    seen: Counter[Key] = Counter()
    named: dict[Name, Block] = {}
    for block in blocks:
        if block.directive or block.comment:
            named[block.key, seen[block.key]] = block
            seen[block.key] += 1
    return named


# What stood in the base


def _old_pieces(merge: _Merge) -> Iterator[_Piece]:
    """The base's blocks in the base's order, each with what was inserted behind it by hand."""
    inserted = _insertions(merge)
    yield from inserted[None]
    for name, old in merge.base.items():
        piece = _three_way(merge, old, merge.ours.get(name), merge.theirs.get(name))
        if piece:
            yield piece
        yield from inserted[name]


def _three_way(merge: _Merge, old: Block | None, mine: Block | None, yours: Block | None) -> _Piece | None:
    """One block in three versions: what both have, what one side changed, or a conflict. None: it is gone."""
    before, ours, theirs = (block.fact if block else None for block in (old, mine, yours))
    block = old or mine or yours
    assert block is not None
    if ours == theirs:
        return mine and yours and _with_comment(old, mine, yours)
    is_correction = not block.id and before in {ours, theirs}
    if is_correction:
        return yours if ours == before else mine
    merge.conflicts.append(_broken(block, before, ours, theirs))
    return _Region((mine,) if mine else (), (yours,) if yours else ())


def _with_comment(old: Block | None, mine: Block, yours: Block) -> Block:
    """The same block on both sides. The comment above it is no fact: what one side changed is taken, else both are kept."""
    before, ours, theirs = (normalised(block.comment) if block else "" for block in (old, mine, yours))
    if theirs in ours or theirs == before:
        return mine
    if ours in theirs or ours == before:
        return replace(mine, comment=yours.comment)
    return replace(mine, comment=mine.comment + yours.comment)


def _broken(block: Block, before: str | None, ours: str | None, theirs: str | None) -> Conflict:
    """The words for a block that the two sides don't agree about."""
    name = f"{block.words} ({block.id})" if block.id else block.words
    if before is None:
        return Conflict(f"{name} was added on both branches, with different text.", "Keep one of them, then git add.")
    if not block.id:
        return Conflict(f"{name} was changed on both branches.", "Keep one of them, then git add.")
    rule = "A fact is never changed or removed; a correction is a new fact."
    if ours is None or theirs is None:
        side = "ours" if ours is None else "theirs"
        kept = "" if before in {ours, theirs} else ", and the other side changed it"
        instead = f"{rule} Keep the fact as it was, then git add (leave it out only where a cherry-pick is to leave it behind)."
        return Conflict(f"{name} stood in the common base and is missing on {side}{kept}.", instead)
    if before in {ours, theirs}:
        changed, kept = ("theirs", "ours") if ours == before else ("ours", "theirs")
        return Conflict(f"{name} was changed on {changed}.", f"{rule} Keep it as it is on {kept}, then git add.")
    return Conflict(
        f"{name} was changed on both branches.", f"{rule} Put it back as it was in the common base, then git add."
    )


def _insertions(merge: _Merge) -> Mapping[Name | None, list[_Piece]]:
    """What was written in between by hand: blocks without id, by the base's block that they stand behind."""
    places: defaultdict[Name | None, dict[Name, None]] = defaultdict(dict)
    taken: set[Name] = set()
    for version in (merge.ours, merge.theirs):
        behind: Name | None = None
        for name in _before_tail(merge, version):
            if name in merge.base:
                behind = name
            elif not version[name].id and name not in taken:
                taken.add(name)
                places[behind][name] = None
    pieces: defaultdict[Name | None, list[_Piece]] = defaultdict(list)
    for place, names in places.items():
        pieces[place] = _sorted_includes(_new_piece(merge, name) for name in names)
    return pieces


def _before_tail(merge: _Merge, version: Mapping[Name, Block]) -> list[Name]:
    """A version's names up to the last one that stood in the base."""
    names = list(version)
    last = max((at for at, name in enumerate(names) if name in merge.base), default=-1)
    return names[: last + 1]


def _sorted_includes(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Several new includes at one place come sorted, whichever branch added them: so the tool keeps the list."""
    ordered = list(pieces)
    if all(isinstance(piece, Block) and piece.kind == "include" and not piece.comment for piece in ordered):
        ordered.sort(key=lambda piece: piece.fact if isinstance(piece, Block) else "")
    return ordered


# What is new


def _new_pieces(merge: _Merge) -> Iterator[_Piece]:
    """What both branches appended, by id. A clash stands where the first of its facts would, with all that belongs to it."""
    order = _new_order(merge)
    regions = _clash_regions(merge, order)
    told: set[int] = set()
    loose: list[_Piece] = []
    for name in order:
        region = regions.get(name)
        if region is None:
            piece = _new_piece(merge, name)
            loose.append(piece)
        elif id(region) not in told:
            told.add(id(region))
            loose.append(region)
    yield from _sorted_includes(loose)


def _new_piece(merge: _Merge, name: Name) -> _Piece:
    mine, yours = merge.ours.get(name), merge.theirs.get(name)
    if mine and yours:
        piece = _three_way(merge, None, mine, yours)
        assert piece is not None
        return piece
    block = mine or yours
    assert block is not None
    return block


def _new_order(merge: _Merge) -> list[Name]:
    """The names that belong behind the base: facts by id; a block without id stays before the new fact it stood before."""
    places: dict[Name, str] = {}
    for version in (merge.ours, merge.theirs):
        tail = set(version) - set(_before_tail(merge, version))
        following = _LAST
        for name in reversed(list(version)):
            fact = version[name].id
            following = fact or following
            if name not in merge.base and (fact or name in tail):
                places[name] = min(following, places.get(name, _LAST))
    between = {name for version in (merge.ours, merge.theirs) for name in _before_tail(merge, version)}
    in_reading_order = [name for version in (merge.ours, merge.theirs) for name in version if name in places]
    movable = dict.fromkeys(name for name in in_reading_order if _is_fact(name) or name not in between)
    return sorted(movable, key=lambda name: (places[name], _is_fact(name)))


def _is_fact(name: Name) -> bool:
    return name[0][0] == "id"


def _clash_regions(merge: _Merge, order: list[Name]) -> Mapping[Name, _Region]:
    """Clashing facts and what belongs to them, by name; the words go to the merge's conflicts.

    An act is all or nothing (rule 3), so with a fact stand those of its operation, and what else its branch recorded
    about the same thing: a person keeps one branch's story or the other's. What only follows is counted, not listed.
    """
    ours = {name: merge.ours[name] for name in order if _is_fact(name) and name not in merge.theirs}
    theirs = {name: merge.theirs[name] for name in order if _is_fact(name) and name not in merge.ours}
    pairs = list(_clashing_pairs(ours, theirs))
    groups = _Groups()
    for pair in pairs:
        groups.join(pair.mine, pair.yours)
    for side in (ours, theirs):
        _join_what_belongs(groups, side, pairs)
    merge.conflicts.extend(_told(pairs, groups, merge))
    members: defaultdict[Name, list[Name]] = defaultdict(list)
    for name in order:
        if name in groups:
            members[groups.head(name)].append(name)
    return {name: region for names in members.values() for region in [_region(names, ours, theirs)] for name in names}


def _region(names: list[Name], ours: Mapping[Name, Block], theirs: Mapping[Name, Block]) -> _Region:
    return _Region(
        tuple(ours[name] for name in names if name in ours),
        tuple(theirs[name] for name in names if name in theirs),
    )


@record
class _Pair:
    """A fact of ours that clashes with a fact of theirs."""

    clash: Clash
    it: str
    mine: Name
    yours: Name


class _Groups:
    """Names that are decided together (union-find)."""

    def __init__(self) -> None:
        self._above: dict[Name, Name] = {}

    def __contains__(self, name: Name) -> bool:
        return name in self._above

    def head(self, name: Name) -> Name:
        while (above := self._above.setdefault(name, name)) != name:
            # Halving the path keeps a billing run of many thousand facts from becoming quadratic.
            self._above[name] = name = self._above[above]
        return name

    def join(self, one: Name, other: Name) -> None:
        self._above[self.head(one)] = self.head(other)


def _clashing_pairs(ours: Mapping[Name, Block], theirs: Mapping[Name, Block]) -> Iterator[_Pair]:
    """Every two facts that clash, by the first row of the table that says so, row by row."""
    seen: set[tuple[Name, Name]] = set()
    for clash in CLASHES:
        for one, other in ((clash.one, clash.other), (clash.other, clash.one)):
            index: defaultdict[tuple[str, ...], list[Name]] = defaultdict(list)
            for name, identity in identities(theirs, other, clash.by):
                index[identity].append(name)
            for mine, identity in identities(ours, one, clash.by) if index else ():
                for yours in index.get(identity, ()):
                    if (mine, yours) not in seen and not same_operation(ours[mine], theirs[yours]):
                        seen.add((mine, yours))
                        yield _Pair(clash, identity[0], mine, yours)


def _join_what_belongs(groups: _Groups, side: Mapping[Name, Block], pairs: list[_Pair]) -> None:
    """Join to each clashing fact of one side what its branch recorded about the same thing, and their operations."""
    about: defaultdict[tuple[str, str], list[Name]] = defaultdict(list)
    operation: defaultdict[str, list[Name]] = defaultdict(list)
    things = {pair.clash.by[0] for pair in pairs}
    for name, block in side.items():
        operation[block.meta.get("operation", "")].append(name)
        for thing in things:
            about[thing, value_of(block, thing)].append(name)
    for pair in pairs:
        seed = pair.mine if pair.mine in side else pair.yours
        for mate in about.pop((pair.clash.by[0], pair.it), []):
            groups.join(mate, seed)
    operation.pop("", None)
    for names in operation.values():
        _join_if_any_clashes(groups, names)


def _join_if_any_clashes(groups: _Groups, operation: list[Name]) -> None:
    clashing = next((name for name in operation if name in groups), None)
    if clashing:
        for name in operation:
            groups.join(name, clashing)


def _told(pairs: list[_Pair], groups: _Groups, merge: _Merge) -> Iterator[Conflict]:
    """The words for the first clash of each group; the others of the group only follow from it."""
    clashes = Counter(groups.head(pair.mine) for pair in pairs)
    for pair in pairs:
        more = clashes.pop(groups.head(pair.mine), 0) - 1
        if more >= 0:
            mine, yours = merge.ours[pair.mine], merge.theirs[pair.yours]
            kinds = ("", "") if mine.kind == yours.kind else (f"{mine.kind} ", f"{yours.kind} ")
            what = pair.clash.what.format(it=pair.it)
            follows = f" {more} more between the same markers follow from it." if more else ""
            yield Conflict(
                f"{what}: {kinds[0]}by {mine.meta.get('actor', 'somebody')} on ours ({mine.id}), "
                f"{kinds[1]}by {yours.meta.get('actor', 'somebody')} on theirs ({yours.id}).{follows}",
                pair.clash.instead,
            )


# The text


def _line_end(text: str) -> str:
    return "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"


def _joined(pieces: Iterable[_Piece], line_end: str) -> str:
    """The pieces one behind the other; a block that ended a file without a line end gets one."""
    texts: list[str] = []
    remark = False
    for piece in pieces:
        for text in _lines(piece, line_end):
            # A remark that stood alone would become the comment of what happens to come under it now.
            texts += [line_end, text] if remark and text.strip(" \t\r")[:1] != "\n" else [text]
            remark = False
        remark = isinstance(piece, Block) and piece.kind == "comment"
    return "".join(texts)


def _lines(piece: _Piece, line_end: str) -> Iterator[str]:
    if isinstance(piece, Block):
        yield _ended(piece.text, line_end)
        return
    yield _OURS + line_end
    yield from (_ended(block.text, line_end) for block in piece.ours)
    yield _BETWEEN + line_end
    yield from (_ended(block.text, line_end) for block in piece.theirs)
    yield _THEIRS + line_end
