"""The index in `.billing-beans/`: the books as of the last command, so that the next one reads only what came since.

It is derived, and safe to delete. Who opens it either finds every ledger file as it was noted, or is under the journal's
lock: then what was only added is folded in, and for anything else the books are read whole and the index is made anew.
Where there can be no index (a folder that can't be written, text that can't be read), books are read whole each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from billing_beans.audit import Audit, Finding
from billing_beans.books import Books
from billing_beans.core.errors import BooksUnusable, OutdatedIndex
from billing_beans.core.records import record
from billing_beans.ledger.attempt import FOLDER
from billing_beans.ledger.changes import Additions, Changes, Comparison, Doubt, Names, additions, differing, fold
from billing_beans.ledger.making import make_index
from billing_beans.ledger.notes import FileNote, Notes, Troubles
from billing_beans.ledger.reading import Place, Reading, read_whole
from billing_beans.ledger.release import release
from billing_beans.ledger.settling import is_settled
from billing_beans.ledger.sqlite import SqliteStore

INDEX = f"{FOLDER}/index.sqlite"
_MAKING = f"{FOLDER}/index.making"
_LARGE = 20_000_000
"""Bytes of ledger text from which on reading them whole is said before it is done."""

Tell = Callable[[str], None]


@record
class Opened:
    """An index whose every file is as it was noted."""

    names: Names
    store: SqliteStore
    notes: Notes
    files: dict[str, FileNote]
    troubles: Troubles
    reading: Reading


class Index:
    """The index of the books in `root`; `tell` says to the user what took long, in one line."""

    def __init__(self, root: Path, tell: Tell) -> None:
        self._names = Names(root)
        self._root = root
        self._path = root / INDEX
        self._tell = tell

    def fresh(self) -> Opened | None:
        """The index, if nothing at all changed since it was written. Needs no lock, and writes nothing."""
        with suppress(OutdatedIndex, BooksUnusable, Doubt, OSError):
            opened = self._open()
            if opened is not None:
                with _closed_on_error(opened.store):
                    if differing(self._names, opened.files):
                        raise Doubt("something changed")
                    return opened
        return None

    def renewed(self) -> Opened | Reading:
        """The index, brought up to date; or the books without one, where there can't be any. Needs the journal's lock."""
        reason = ""
        try:
            opened = self._open()
            if opened is not None:
                return self._caught_up(opened)
        except (OutdatedIndex, Doubt) as doubt:
            reason = str(doubt).rstrip(".")
        except (BooksUnusable, UnicodeDecodeError, OSError) as error:
            reason = str(error).partition("\n")[0].rstrip(".")
        return self._anew(reason)

    def make(self) -> Opened | Reading:
        """The index made anew, whatever there was. Needs the journal's lock."""
        return self._anew("")

    def discard(self) -> None:
        """Remove the index: the next command makes it anew."""
        for suffix in ("-wal", "-shm", ""):
            with suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()

    def _open(self) -> Opened | None:
        """What was written last, whatever became of the files since. Raises `OutdatedIndex`, `BooksUnusable`."""
        try:
            inode = self._path.stat().st_ino
        except OSError:
            return None
        store = SqliteStore(self._path, release=release())
        with _closed_on_error(store):
            notes = Notes(store)
            files, troubles = notes.files(), notes.troubles()
            _refuse_replaced(self._path, inode)
        books = Books(store)
        audit = Audit(books)
        audit.findings += [
            Finding(problem, Place(str(self._names.full(place.path)), place.line))
            for problem, place in troubles.findings
        ]
        audit.distrust(troubles.subjects, troubles.following)
        return Opened(self._names, store, notes, files, troubles, Reading(books, audit, ()))

    def _caught_up(self, opened: Opened) -> Opened:
        """The index with what was added to the files since. Raises `Doubt` where more than that was done."""
        with _closed_on_error(opened.store):
            changed = differing(self._names, opened.files)
            if not changed:
                return opened
            comparison = Comparison(self._names, opened.notes, opened.files)
            for name in changed:
                comparison.compare(name)
            self._fold(opened, comparison.changes)
            opened.store.commit()
        files = {**opened.files, **{name: one.note for name, one in comparison.changes.files.items()}}
        return replace(opened, files=files)

    def _fold(self, opened: Opened, changes: Changes) -> None:
        notes = opened.notes
        added = Additions()
        if any(one.entries or one.again for one in changes.files.values()):
            if opened.troubles:
                raise Doubt(f"{', '.join(changes.files)} was changed, and there are problems in the books")
            added = additions(self._names, notes, changes)
            fold(opened.reading.books, opened.reading.audit, added, notes.last_day)
        changes.note(notes, added)
        if not is_settled(self._root, changes.stamps):
            raise Doubt("a file was changed at this moment")

    def _anew(self, reason: str) -> Opened | Reading:
        size = sum(one.stat().st_size for one in self._root.glob("journal/*/*.beancount") if one.is_file())
        if size > _LARGE:
            why = f" ({reason})" if reason else ""
            self._tell(f"The books are read whole{why}; that takes a while at {size / 1e6:,.0f} MB.")
        whole = read_whole(self._root)
        if whole.reading.unreadable:
            return whole.reading
        try:
            making = self._root / _MAKING
            making.unlink(missing_ok=True)
            with _removed_at_last(making):
                make_index(making, whole, self._names, release())
                stamps = {self._names.short(one.path): one.stamp for one in whole.sources}
                if not is_settled(self._root, stamps):
                    return whole.reading
                self.discard()
                making.replace(self._path)
            opened = self._open()
        except (OSError, BooksUnusable, OutdatedIndex):
            return whole.reading
        if reason:
            self._tell(f"Index made anew: {reason}.")
        return opened or whole.reading


def _refuse_replaced(path: Path, inode: int) -> None:
    """Replaced while it was opened, this may be the old file with the new one's log. Raises `OutdatedIndex`."""
    if path.stat().st_ino != inode:
        raise OutdatedIndex(f"{INDEX} was made by another command at this moment")


@contextmanager
def _closed_on_error(store: SqliteStore) -> Iterator[None]:
    try:
        yield
    except BaseException:
        store.close()
        raise


@contextmanager
def _removed_at_last(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
