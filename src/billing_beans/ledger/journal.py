"""The only thing that writes to ledger files: it appends text to them, all or nothing (architecture, rule 3).

First an intent is flushed to disk that says what will be written where (`ledger.intent`); then come the appends, each
flushed and read back; then the intent is removed. A command that was killed in between is finished by the next one that
takes the lock. A command that fails, and lives, takes everything back.

Facts are only ever appended, never replaced; what waits for review in `pending/` comes and goes, and is replaced whole, in one step,
since Fava may be reading it. Nothing is known here of what the text means.

    journal = Journal(root)
    with journal.locked() as recovery:     # a line for the user if an interrupted write was finished, else None
        books = ...                        # read the books here: nobody else writes now
        written = journal.append([Append("journal/2026/2026-01.beancount", text)])
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NoReturn

from billing_beans.core.errors import BooksUnusable
from billing_beans.core.records import record
from billing_beans.ledger.attempt import BESIDE, FOLDER, Attempt, Changed, inside
from billing_beans.ledger.disk import Disk
from billing_beans.ledger.exchange import Exchange, plan_exchange
from billing_beans.ledger.intent import Intent, Target, look
from billing_beans.ledger.lock import Held, Lock
from billing_beans.ledger.stamps import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

INTENT = f"{FOLDER}/intent.json"
DISCARDED = f"{FOLDER}/intent.discarded.json"

_GIVE_UP = "`billing-beans recover --discard`"
_PATIENCE = 10.0
"""Seconds for which a reader waits for a command that is writing."""


def let_writers_finish(root: Path) -> None:
    """Wait for a command that is writing at this moment: it is no interrupted one, and leaves no half of an act."""
    if (root / INTENT).exists():
        lock = Lock(root / FOLDER / "lock", _PATIENCE)
        with suppress(OSError, Held):
            lock.take()
            lock.let_go()


@record
class Known:
    """What a file was found to be before: it must still be so when it is appended to, and needn't be read again."""

    stamp: Stamp
    lines: int


@record
class Append:
    """Whole lines to append to one file, whose path is relative to the root of the books."""

    path: PurePosixPath | str
    text: str
    known: Known | None = None


@record
class Replace:
    """The text that a whole file is to have, or None where it is to be taken away; its path is relative to the root of the books."""

    path: PurePosixPath | str
    text: str | None


@record
class Written:
    """Where the text of one append, or of a file that was replaced, now stands; the first line is 1."""

    path: PurePosixPath
    first_line: int
    last_line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.first_line}-{self.last_line}"


@record
class Recovery:
    """What became of an interrupted write, in words for the user; `targets` are the files that it was meant for."""

    words: str
    targets: tuple[PurePosixPath, ...] = ()

    def __str__(self) -> str:
        return self.words


class CantLock(BooksUnusable):
    """Another command holds the lock for long, or the folder of the books can't be written."""


class Journal:
    """The ledger files under one root, as something to append to.

    Everything a person can cause is raised as BooksUnusable. `step` is called with a stable name right before and after
    each single operation on disk.
    """

    def __init__(self, root: Path, *, lock_timeout: float = 10.0, step: Callable[[str], None] = lambda _: None) -> None:
        self._root = Path(os.path.realpath(root))
        self._folder = self._root / FOLDER
        self._intent = self._root / INTENT
        self._draft = self._intent.with_suffix(".tmp")
        self._holder = self._folder / "lock.holder"
        self._lock = Lock(self._folder / "lock", lock_timeout)
        self._disk = Disk(step)

    # What callers use

    @contextmanager
    def locked(self) -> Iterator[Recovery | None]:
        """Keep other processes from writing; gives what `recover` found. Seconds to wait: `lock_timeout`."""
        with self.alone():
            yield self._recover()

    def recover(self) -> Recovery | None:
        """Finish what an interrupted command began to write; None if there was nothing. Takes the lock by itself."""
        with self.locked() as recovery:
            return recovery

    def discard(self) -> Recovery | None:
        """Give up an interrupted write: its intent is moved aside, ledger files stay as they are. None if there is none.

        The words say which files hold a part of it. Takes the lock by itself.
        """
        with self.alone():
            data = self._waiting()
            if data is None:
                return None
            recovery = self._what_stands(data)
            try:
                self._disk.remove("beside", self._root / BESIDE)
                self._disk.rename("discard", self._intent, self._root / DISCARDED)
            except OSError as failure:
                raise BooksUnusable(f"Could not move {INTENT} aside: {_reason(failure)}.") from failure
            return recovery

    def append(self, appends: Sequence[Append | Replace]) -> tuple[Written, ...]:
        """Append all the texts, and replace the files, or do none of it: to distinct files, made where they are absent. Needs the lock.

        Where a file was left without a newline at its end, one is put before the text. A file that is as it shall be is left alone.
        """
        assert self._lock.is_held, "append only within `with journal.locked()`"
        if self._waiting() is not None:
            raise BooksUnusable(
                f"An interrupted write still waits in {INTENT}; nothing was written.",
                instead="repeat the command: it finishes that write first",
            )
        plans = self._plan(appends)
        if not plans:
            return ()
        intent = Intent(tuple(target for target, _ in plans))
        attempt = Attempt(self._root, intent, self._disk)
        try:
            self._announce(intent)
            attempt.carry_out()
        except BaseException as failure:  # noqa: BLE001 - whatever it is, it is raised again after the rest is taken back
            self._take_back(attempt, failure)
        # From here on all of it stands: what fails now, the next command repairs by finishing.
        self._conclude(intent)
        return tuple(written for _, written in plans if written is not None)

    # The lock

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from writing, and leave an interrupted write as it is. Raises `BooksUnusable`."""
        assert not self._lock.is_held, "the lock is not re-entrant"
        self._make_own_folder()
        try:
            self._lock.take()
        except Held:
            raise CantLock(
                f"Another command is writing to these books{self._who_holds()}; nothing was written.",
                instead="repeat the command when that one is done",
            ) from None
        except OSError as failure:
            raise CantLock(f"Could not lock the books in {self._root}: {_reason(failure)}.") from failure
        try:
            # Who holds the lock is a courtesy to those who wait: it must not stop a command, and may be out of date.
            with suppress(OSError):
                self._holder.write_text(str(os.getpid()), encoding="ascii")
            yield
        finally:
            with suppress(OSError):
                self._holder.unlink()
            self._lock.let_go()

    def _make_own_folder(self) -> None:
        if not self._root.is_dir():
            raise BooksUnusable(f"There are no books in {self._root}: no such folder.")
        try:
            if not self._folder.is_dir():
                self._disk.make_folder("own", self._folder)
        except OSError as failure:
            raise CantLock(
                f"Could not write to the books in {self._root}: {_reason(failure)}.",
                instead="make the folder writable for you, or work on a copy of the books that is",
            ) from failure

    def _who_holds(self) -> str:
        try:
            process = int(self._holder.read_text(encoding="ascii"))
            since = datetime.fromtimestamp(self._holder.stat().st_mtime, tz=UTC)
        except (OSError, ValueError):
            return ""
        return f" (process {process} since {since:%Y-%m-%dT%H:%M:%SZ})"

    # Writing

    def _plan(self, appends: Sequence[Append | Replace]) -> list[tuple[Target | Exchange, Written | None]]:
        exchanges = [self._plan_exchange(one) for one in appends if isinstance(one, Replace)]
        plans: list[tuple[Target | Exchange, Written | None]] = [
            self._plan_one(one) for one in appends if isinstance(one, Append)
        ]
        plans += [one for one in exchanges if one[0].becomes != one[0].was]
        files = {os.path.realpath(self._root / target.path) for target, _ in plans}
        assert len(files) == len(plans), "the targets of one append are distinct files"
        return plans

    def _plan_one(self, append: Append) -> tuple[Target, Written]:
        assert append.text.endswith("\n"), "an append is whole lines"
        path = PurePosixPath(append.path)
        file = inside(self._root, path)
        try:
            text = append.text.encode()
            before = look(file, append.known.lines if append.known else None)
        except UnicodeEncodeError as failure:
            raise _no_text(path, failure) from None
        except OSError as failure:
            raise BooksUnusable(f"Could not read {path}: {_reason(failure)}; nothing was written.") from failure
        if before.unfinished:
            text = b"\n" + text
        stamp = append.known.stamp if append.known else None
        target = Target(str(path), before.exists, before.size, before.sha256, text, stamp)
        return target, Written(path, before.lines + 1, before.lines + append.text.count("\n"))

    def _plan_exchange(self, replace: Replace) -> tuple[Exchange, Written | None]:
        assert replace.text is None or replace.text.endswith("\n"), "a file is whole lines"
        path = PurePosixPath(replace.path)
        try:
            text = None if replace.text is None else replace.text.encode()
            exchange = plan_exchange(str(path), inside(self._root, path), text)
        except UnicodeEncodeError as failure:
            raise _no_text(path, failure) from None
        except OSError as failure:
            raise BooksUnusable(f"Could not read {path}: {_reason(failure)}; nothing was written.") from failure
        return exchange, None if replace.text is None else Written(path, 1, replace.text.count("\n"))

    def _announce(self, intent: Intent) -> None:
        data = intent.encode()
        with self._disk.opened("intent", self._draft, os.O_CREAT | os.O_TRUNC) as draft:
            self._disk.write("intent", draft, data)
        self._disk.rename("intent", self._draft, self._intent)
        if self._waiting() != data:
            raise Changed([INTENT])

    def _conclude(self, intent: Intent) -> None:
        try:
            self._disk.remove("intent", self._intent)
            self._disk.sync_folder("intent:removed", self._folder)
        except (OSError, KeyboardInterrupt) as failure:
            raise BooksUnusable(
                f"{_names(intent)}: everything was written, but {INTENT} could not be removed: {_reason(failure)}.",
                instead="don't repeat the command; the next one clears this up",
            ) from failure

    # Taking back, in the same process

    def _take_back(self, attempt: Attempt, failure: BaseException) -> NoReturn:
        """Leave everything as it was before `append`, and raise what happened; leave the intent where that fails."""
        where = attempt.at or INTENT
        try:
            attempt.take_back()
            if self._intent.exists():
                self._disk.remove("undo:intent", self._intent)
        except (OSError, KeyboardInterrupt, Changed) as again:
            raise BooksUnusable(
                f"Could not write {where}: {_reason(failure)}; nor could what was begun be taken back: {_reason(again)}.",
                instead="put the cause right; the next command then finishes the write, so don't repeat this one",
            ) from failure
        # All is as it was. A draft left behind promises nothing; and that the intent is gone is not on disk only if the
        # disk fails a second time, and matters only if the power is cut as well.
        with suppress(OSError, KeyboardInterrupt):
            self._disk.remove("undo:draft", self._draft)
            self._disk.sync_folder("undo", self._folder)
        if isinstance(failure, (OSError, KeyboardInterrupt, Changed)):
            raise BooksUnusable(
                f"Could not write {where}: {_reason(failure)}; nothing was written.",
                instead="put the cause right, and repeat the command",
            ) from failure
        raise failure

    # Recovery, by the next process

    def _waiting(self) -> bytes | None:
        try:
            return self._intent.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as failure:
            raise BooksUnusable(f"Could not read {INTENT}: {_reason(failure)}.") from failure

    def _recover(self) -> Recovery | None:
        data = self._waiting()
        if data is None:
            return self._drop_draft()
        try:
            intent = Intent.decode(data)
        except ValueError as why:
            raise BooksUnusable(
                f"An interrupted write can't be finished, because {INTENT} can't be trusted: {why}. Nothing was changed.",
                instead=f"see with `git diff` what stands in the ledger, then give the write up with {_GIVE_UP}",
            ) from None
        try:
            Attempt(self._root, intent, self._disk).carry_out()
            self._disk.remove("intent", self._intent)
            self._disk.sync_folder("intent:removed", self._folder)
        except Changed as changed:
            raise _not_as_left(changed) from None
        except (OSError, KeyboardInterrupt) as failure:
            raise BooksUnusable(
                f"An interrupted write to {_names(intent)} could not be finished: {_reason(failure)}.",
                instead="put the cause right; it is kept, and the next command tries again",
            ) from failure
        return Recovery(f"An interrupted write was finished: {_names(intent)}.", _paths(intent))

    def _drop_draft(self) -> Recovery | None:
        # Killed before its intent was complete, so before any ledger file was touched.
        if not self._draft.exists():
            return None
        try:
            self._disk.remove("draft", self._draft)
        except OSError as failure:
            raise BooksUnusable(f"Could not remove {self._draft}: {_reason(failure)}.") from failure
        return Recovery("An interrupted write had not begun: nothing of it is in the books.")

    def _what_stands(self, data: bytes) -> Recovery:
        given_up = f"An interrupted write was given up; what it was is kept in {DISCARDED}."
        try:
            intent = Intent.decode(data)
        except ValueError as why:
            return Recovery(f"{given_up} Which files it was meant for is unknown: {why}.")
        stands = ", ".join(f"{target.path} {self._how_much(target)}" for target in intent.targets)
        return Recovery(f"{given_up} Of its text, {stands}.", _paths(intent))

    def _how_much(self, target: Target | Exchange) -> str:
        try:
            done = target.done(inside(self._root, target.path))
        except OSError as failure:
            return f"can't be read ({_reason(failure)})"
        except BooksUnusable:
            return "leads out of the books"
        if done is None:
            return "was changed since, so look at its end"
        if isinstance(target, Exchange):
            return ("is there" if target.becomes is not None else "is taken away") if done else "is as it was"
        if done == 0:
            return "holds nothing"
        return "holds all" if done == len(target.text) else f"holds the first {done} bytes of {len(target.text)}"


def _not_as_left(changed: Changed) -> BooksUnusable:
    return BooksUnusable(
        f"An interrupted write can't be finished: {', '.join(changed.paths)} holds neither what was there before it nor "
        "a beginning of what it was writing. Somebody changed it, or checked out another branch, after an interrupted "
        "write.",
        instead="bring the file back as it was (check out the branch of that time), and the next command finishes the "
        f"write; or, if the write is not wanted: {_GIVE_UP}",
    )


def _no_text(path: PurePosixPath, failure: UnicodeEncodeError) -> BooksUnusable:
    bad = failure.object[failure.start : failure.end]
    return BooksUnusable(f"Could not write {path}: {bad!a} is not Unicode text; nothing was written.")


def _reason(failure: BaseException) -> str:
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    return "interrupted" if isinstance(failure, KeyboardInterrupt) else str(failure)


def _paths(intent: Intent) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(target.path) for target in intent.targets)


def _names(intent: Intent) -> str:
    return ", ".join(target.path for target in intent.targets)
