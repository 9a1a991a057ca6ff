"""Append-only, proved against git: every fact that stood at a commit stands there still (rule 2, requirement R3)."""

from __future__ import annotations

import difflib
import hashlib
import os
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path

from billing_beans.core.errors import BooksUnusable, WrongUsage
from billing_beans.core.records import record
from billing_beans.ledger.blocks import Block, normalised, split_blocks

# A run that waits for review may be discarded and done again, and is posted by moving it: nothing there is a fact yet.
_NOT_YET_FACTS = "pending/"
# Set inside a git hook; with them git would look at the hook's repository and index instead of at the books.
_HOOK_VARIABLES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"})


class Change(Enum):
    """What happened to a fact that should stand as it stood."""

    CHANGED = "was changed"
    REMOVED = "was removed"
    MOVED = "was moved"


@record
class Violation:
    """A fact that isn't where it stood, as it stood.

    `file` (relative to the books) and `line` are where it stands now, or where it stood if it is gone. `lines` shows
    what changed, old -> new. `instead` is what to do.
    """

    file: str
    line: int
    id: str | None
    words: str
    change: Change
    lines: tuple[str, ...]
    instead: str

    def __str__(self) -> str:
        name = f"{self.words} ({self.id})" if self.id else self.words
        shown = "".join(f"\n  {line}" for line in self.lines)
        rule = "Rule R3: a fact is never changed or removed; a correction is a new fact."
        return f"{self.file}:{self.line}: {name} {self.change.value}.{shown}\n  {rule}\n  Instead: {self.instead}"


def check_append_only(root: Path, base: str) -> list[Violation]:
    """What append-only forbids between commit `base` and the files as they are now, in the books at `root`.

    A fact is a block with `id`, or a `custom "billing"` directive that was written by hand without one. It must stand in
    the same file, byte for byte (line ends aside; comments and empty lines around it are free). `pending/` is left out.
    New facts on the base's own branch are missing here too: give the merge base of the two to see only this branch.

    Raises `WrongUsage` if there is no commit `base`, `BooksUnusable` if there is no git repository or it lacks objects.
    """
    repository = _Repository(root)
    commit = repository.commit(base)
    missing: list[tuple[str, Block]] = []
    violations: list[Violation] = []
    changed = [file for file in repository.ledgers(commit) if not file.is_as_now(root)]
    for file, then in repository.contents(changed):
        now = _now(root, file.path)
        # Only appended to, the way the tool writes: no need to tell facts apart.
        if now.startswith(then) and _begins_anew(now, len(then)):
            continue
        lost = _lost(_facts(then), _facts(now))
        violations += [_changed(file.path, old, new, base) for old, new in lost if new]
        missing += [(file.path, old) for old, new in lost if not new]
    return sorted([*violations, *_gone(root, missing, base)], key=lambda found: (found.file, found.line))


# Comparing


def _now(root: Path, path: str) -> str:
    file = root / path
    try:
        return _text(file.read_bytes()) if file.is_file() else ""
    except OSError as error:
        raise BooksUnusable(f"{path} can't be read: {error.strerror}.", instead=f"make {file} readable") from error


def _text(content: bytes) -> str:
    return normalised(content.decode("utf-8", "surrogateescape"))


def _begins_anew(text: str, at: int) -> bool:
    """Whether what stands from `at` on is no continuation of the block before: no indented line and no part."""
    if text[at:].startswith((" ", "\t", "\r")):
        return False
    first = next((block for block in split_blocks(text[at:]) if block.directive), None)
    return first is None or (not first.directive[:1].isspace() and (first.id is not None or not first.is_billing))


def _facts(text: str) -> list[Block]:
    return [block for block in split_blocks(text) if block.id or block.is_billing]


def _lost(then: list[Block], now: list[Block]) -> list[tuple[Block, Block | None]]:
    """The facts that don't stand as they stood, each with what stands in its place."""
    same = Counter((block.key, block.fact) for block in now)
    lost: list[Block] = []
    for block in then:
        if same[block.key, block.fact]:
            same[block.key, block.fact] -= 1
        else:
            lost.append(block)
    unused: defaultdict[tuple[str, ...], list[Block]] = defaultdict(list)
    for block in reversed(now if lost else []):
        if same[block.key, block.fact]:
            same[block.key, block.fact] -= 1
            unused[block.key].append(block)
    return [(block, unused[block.key].pop() if unused[block.key] else None) for block in lost]


def _changed(path: str, old: Block, new: Block, base: str) -> Violation:
    lines = tuple(_differences(old.fact, new.fact))
    instead = f"put it back as `git show {base}:./{path}` has it (line {old.line})"
    return Violation(path, new.line, old.id, old.words, Change.CHANGED, lines, instead)


def _differences(old: str, new: str) -> Iterator[str]:
    """The lines that differ, `old -> new`; nothing stands for a line that is only on one side."""
    before, after = _lines(old), _lines(new)
    for what, start, end, at, to in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        for index in range(max(end - start, to - at)):
            was = before[start + index].strip() if start + index < end else "(nothing)"
            became = after[at + index].strip() if at + index < to else "(nothing)"
            yield f"{was} -> {became}" if was != became else f"{was!r}: only spaces changed"


def _lines(fact: str) -> list[str]:
    return fact.removesuffix("\n").split("\n")


# What is in its file no more


def _gone(root: Path, missing: list[tuple[str, Block]], base: str) -> Iterator[Violation]:
    places = _places(root, [block for _, block in missing]) if missing else {}
    for path, old in missing:
        new_path, new = places.get(_sought(old), ("", None))
        if new and new_path != path:
            lines = (f"{path}:{old.line} -> {new_path}:{new.line}", *_differences(old.fact, new.fact))
            instead = f"move it back to {path}, where `git show {base}:./{path}` has it (line {old.line})"
            yield Violation(new_path, new.line, old.id, old.words, Change.MOVED, lines, instead)
            continue
        lines = tuple(f"{line.strip()} -> (nothing)" for line in _lines(old.fact))
        restore = f"git checkout {base} -- {path}"
        if (root / path).exists():
            restore = f"put it back as `git show {base}:./{path}` has it (line {old.line})"
        yield Violation(path, old.line, old.id, old.words, Change.REMOVED, lines, restore)


def _sought(block: Block) -> str:
    """What a moved fact is found by: its id; without one, its whole text."""
    return block.id or block.fact


def _places(root: Path, missing: Iterable[Block]) -> Mapping[str, tuple[str, Block]]:
    """Where the missing facts stand now: file and block, by what they are sought by. Files without any aren't split."""
    sought = {_sought(block) for block in missing}
    ids = {name.encode() for name in sought if "\n" not in name}
    by_text = any("\n" in name for name in sought)
    places: dict[str, tuple[str, Block]] = {}
    for file in sorted(root.rglob("*.beancount")):
        path = file.relative_to(root).as_posix()
        content = file.read_bytes() if file.is_file() else b""
        if not by_text and not _has_any(content, ids):
            continue
        for block in _facts(_text(content)):
            if _sought(block) in sought:
                places.setdefault(_sought(block), (path, block))
    return places


def _has_any(content: bytes, ids: set[bytes]) -> bool:
    """Whether any of the ids stands in the file; one pass, for a whole month of facts can be missing."""
    return any(line.strip().removeprefix(b'id: "')[:26] in ids for line in content.split(b"\n") if b'id: "' in line)


# Git


@record
class _File:
    """A ledger file at the base: its path from the books' root, and its blob."""

    path: str
    blob: str

    def is_as_now(self, root: Path) -> bool:
        """Whether the working tree has exactly these bytes. Not asked of git's index, which can be told not to look."""
        try:
            content = (root / self.path).read_bytes()
        except OSError:
            return False
        # What git calls a blob's name; this is no matter of security.
        digest = hashlib.new("sha1" if len(self.blob) == 40 else "sha256", usedforsecurity=False)
        digest.update(b"blob %d\0" % len(content))
        digest.update(content)
        return digest.hexdigest() == self.blob


class _Repository:
    """The git repository that the books stand in, asked through the git command from the books' folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._environment = {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES}
        self._environment["LC_ALL"] = "C"
        found = self._git("rev-parse", "--is-inside-work-tree")
        if found.returncode:
            reason = os.fsdecode(found.stderr).strip().removeprefix("fatal: ")
            what = f"{root} is in no git repository that can be read, so append-only can't be checked: {reason}"
            raise BooksUnusable(what, instead=f"git init {root}, and commit the books")

    def commit(self, base: str) -> str:
        """The commit's own name. `WrongUsage` if there is none, with words for a clone that was made shallow."""
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
        if found.returncode == 0 and base and not base.startswith("-"):
            return os.fsdecode(found.stdout).split()[-1]
        if self._git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            raise WrongUsage(
                f"There is no commit {base!r} in this clone, which is shallow: its older history was not fetched.",
                instead=f"git fetch --unshallow, or git fetch --depth=1 origin {base} and give FETCH_HEAD",
            )
        raise WrongUsage(f"There is no commit {base!r} in the repository.", instead="git log --oneline shows commits")

    def ledgers(self, commit: str) -> Iterator[_File]:
        """The ledger files of the books at a commit, without what waits in `pending/`."""
        listed = self._git("ls-tree", "-r", "-z", commit)
        if listed.returncode:
            raise self._incomplete(os.fsdecode(listed.stderr).strip())
        for entry in listed.stdout.split(b"\0"):
            about, _, name = entry.partition(b"\t")
            path = os.fsdecode(name)
            if not path.endswith(".beancount") or path.startswith(_NOT_YET_FACTS):
                continue
            mode, _, blob = about.decode().split(" ")
            # A symbolic link's blob is no ledger, and what it points to is in the list itself.
            if mode.startswith("100"):
                yield _File(path, blob)

    def contents(self, files: list[_File]) -> Iterator[tuple[_File, str]]:
        """The files with their text at the commit, one at a time, all from one git process."""
        if not files:
            return
        # What git says beside is thrown away: nobody reads it meanwhile, and a full pipe would stop both.
        with self._start("cat-file", "--batch", error=subprocess.DEVNULL) as git:
            assert git.stdin
            assert git.stdout
            for file in files:
                git.stdin.write(file.blob.encode() + b"\n")
                git.stdin.flush()
                header = git.stdout.readline().split()
                if len(header) != 3:
                    raise self._incomplete(f"{file.path} ({file.blob}) is missing")
                content = git.stdout.read(int(header[2]))
                git.stdout.read(1)
                yield file, _text(content)

    def _incomplete(self, reason: str) -> BooksUnusable:
        what = f"The git repository of {self._root} lacks what append-only is checked against: {reason}."
        return BooksUnusable(what, instead="git fetch --unshallow --refetch, or check in a full clone")

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        with self._start(*arguments) as git:
            out, error = git.communicate()
        return subprocess.CompletedProcess(git.args, git.returncode, out, error)

    def _start(self, *arguments: str, error: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        command = ["git", *arguments]
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(  # noqa: S603 -- no shell
                command, cwd=self._root, env=self._environment, stdin=pipe, stdout=pipe, stderr=error
            )
        except (FileNotFoundError, NotADirectoryError) as not_found:
            what = "The git command" if self._root.is_dir() else f"The folder {self._root}"
            raise BooksUnusable(
                f"{what} was not found.", instead="install git, or name the books' folder"
            ) from not_found
