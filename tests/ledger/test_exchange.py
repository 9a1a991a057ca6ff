"""Files that are replaced whole or taken away are so with everything else of their write, or not at all: tried at every step."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from billing_beans.core.errors import BooksUnusable
from billing_beans.ledger.disk import CHUNK
from billing_beans.ledger.journal import DISCARDED, FOLDER, INTENT, Append, Journal, Recovery, Replace

if TYPE_CHECKING:
    from collections.abc import Callable

MONTH = "journal/2026-01.beancount"
OLD = "pending/RUN-1.beancount"  # taken away
KEPT = "pending/RUN-1.discarded.beancount"  # appended to
NEW = "fresh/pending/RUN-2.beancount"  # made, in folders that are absent, in three pieces
REVIEW = "review.beancount"  # replaced

LARGE = "; 円\n" * (2 * CHUNK // 6) + "; rest\n"
BEFORE = {MONTH: b"fact\n", OLD: b"waits\n", REVIEW: b'include "main"\ninclude "RUN-1"'}
AFTER = {
    MONTH: b"fact\nposted\n",
    KEPT: b"waits\n",
    NEW: LARGE.encode(),
    REVIEW: b'include "main"\ninclude "RUN-2"\n',
}
CHANGES = [
    Replace(OLD, None),
    Append(MONTH, "posted\n"),
    Replace(NEW, LARGE),
    Append(KEPT, "waits\n"),
    Replace(REVIEW, 'include "main"\ninclude "RUN-2"\n'),
]
ANNOUNCED = "intent:rename:end"  # from here on the write will be whole
KILLED = -signal.SIGKILL


@pytest.fixture
def books(tmp_path: Path) -> Path:
    return make_books(tmp_path / "books")


def make_books(root: Path) -> Path:
    for name, content in BEFORE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the books, and every empty folder, without the journal's own."""
    found: dict[str, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] != FOLDER and (path.is_file() or not any(path.iterdir())):
            found[name] = path.read_bytes() if path.is_file() else b""
    return found


def write(root: Path, step: Callable[[str], None] = lambda _: None) -> list[str]:
    journal = Journal(root, step=step)
    with journal.locked():
        return [str(written) for written in journal.append(CHANGES)]


def in_a_child(work: Callable[[Callable[[str], None]], object], die: str, fail: str | None = None) -> int:
    """Do it in a process of its own, which is killed at the step `die`; at `fail` the disk fails. How the process ended."""

    def step(name: str) -> None:
        if name == die:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == fail:
            raise OSError(errno.EIO, "Input/output error")

    child = os.fork()
    if not child:
        try:
            work(step)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def recover(root: Path) -> Recovery | None:
    return Journal(root).recover()


def failing(at: str) -> Callable[[str], None]:
    def step(name: str) -> None:
        if name == at:
            raise OSError(errno.EIO, "Input/output error")

    return step


def _steps(failed_at: str | None = None) -> list[str]:
    """The steps of the write, or of taking it back after it failed at one of them."""
    seen: list[str] = []

    def step(name: str) -> None:
        seen.append(name)
        if name == failed_at:
            raise OSError(errno.EIO, "Input/output error")

    with TemporaryDirectory() as folder:
        try:
            write(make_books(Path(folder) / "books"), step)
        except BooksUnusable:
            return seen[seen.index(failed_at or "") + 1 :]
    return seen


STEPS = _steps()
LATE = "exchange:5:rename:end"
TAKEN_BACK = _steps(LATE)


def test_files_are_replaced_made_and_taken_away_with_what_is_appended(books: Path) -> None:
    assert write(books) == [f"{MONTH}:2-2", f"{KEPT}:1-1", f"{NEW}:1-{LARGE.count(chr(10))}", f"{REVIEW}:1-2"]
    assert contents(books) == AFTER
    assert sorted(path.name for path in (books / FOLDER).iterdir()) == ["lock"]


def test_every_operation_on_disk_is_a_step() -> None:
    named = [name.removesuffix(":begin") for name in STEPS if name.endswith(":begin")]
    assert [name for name in named if name.startswith("exchange:")] == [
        "exchange:3:remove", "exchange:3:sync-folder", "exchange:3:read-back",
        "exchange:4:folder:1:make", "exchange:4:folder:1:sync-folder", "exchange:4:folder:2:make",
        "exchange:4:folder:2:sync-folder", "exchange:4:new:open", "exchange:4:new:write:0", "exchange:4:new:write:1",
        "exchange:4:new:write:2", "exchange:4:new:sync", "exchange:4:rename", "exchange:4:sync-folder",
        "exchange:4:read-back",
        "exchange:5:new:open", "exchange:5:new:write:0", "exchange:5:new:sync", "exchange:5:rename",
        "exchange:5:sync-folder", "exchange:5:read-back",
    ]  # fmt: skip


@pytest.mark.parametrize("die", STEPS)
def test_killed_at_any_step_all_of_it_stands_or_nothing(books: Path, die: str) -> None:
    promised = STEPS.index(die) >= STEPS.index(ANNOUNCED)

    assert in_a_child(lambda step: write(books, step), die) == KILLED
    recover(books)

    assert contents(books) == (AFTER if promised else BEFORE)
    assert sorted(path.name for path in (books / FOLDER).iterdir()) == ["lock"]
    assert recover(books) is None


@pytest.mark.parametrize("die", STEPS[STEPS.index(ANNOUNCED) + 3 :])
def test_killed_again_while_recovering_it_is_still_whole(books: Path, die: str) -> None:
    assert in_a_child(lambda step: write(books, step), "exchange:3:remove:end") == KILLED
    # What stands already is not done again, so that some steps don't come in the second run.
    assert in_a_child(lambda step: Journal(books, step=step).recover(), die) in {KILLED, 0}
    recover(books)
    assert contents(books) == AFTER


@pytest.mark.parametrize("at", [step for step in STEPS if not step.startswith(("own:", "intent:remove"))])
def test_a_failure_at_any_step_takes_everything_back(books: Path, at: str) -> None:
    with pytest.raises(BooksUnusable, match="Input/output error; nothing was written"):
        write(books, failing(at))
    assert contents(books) == BEFORE
    assert not (books / INTENT).exists()
    assert sorted(path.name for path in (books / FOLDER).iterdir()) == ["lock"]
    write(books)
    assert contents(books) == AFTER


@pytest.mark.parametrize("die", TAKEN_BACK)
def test_killed_while_taking_back_all_of_it_stands_or_nothing(books: Path, die: str) -> None:
    given_up = TAKEN_BACK.index(die) >= TAKEN_BACK.index("undo:intent:remove:end")
    assert in_a_child(lambda step: write(books, step), die, LATE) == KILLED
    recover(books)
    assert contents(books) == (BEFORE if given_up else AFTER)
    assert sorted(path.name for path in (books / FOLDER).iterdir()) == ["lock"]


@pytest.mark.parametrize("name", [OLD, REVIEW])
def test_a_file_that_another_program_changed_after_the_write_was_interrupted_is_left_alone(
    books: Path, name: str
) -> None:
    in_a_child(lambda step: write(books, step), ANNOUNCED)
    (books / name).write_bytes(b"edited\n")
    changed = contents(books)
    with pytest.raises(BooksUnusable, match=f"can't be finished: {name} holds neither"):
        recover(books)
    assert contents(books) == changed
    given_up = Journal(books).discard()
    assert f"{name} was changed since" in str(given_up)
    assert f"{NEW} is as it was" in str(given_up)
    assert contents(books) == changed
    assert (books / DISCARDED).exists()
    assert recover(books) is None


def test_a_file_changed_while_the_write_is_going_on_is_not_overwritten(books: Path) -> None:
    def step(name: str) -> None:
        if name == "append:1:open:begin":
            (books / REVIEW).write_bytes(b"edited\n")

    with pytest.raises(BooksUnusable, match="another program changed review"):
        write(books, step)
    assert contents(books) == {**BEFORE, REVIEW: b"edited\n"}


def test_a_file_that_is_as_it_shall_be_is_left_alone(books: Path) -> None:
    journal = Journal(books)
    with journal.locked():
        assert journal.append([Replace(OLD, "waits\n"), Replace("pending/none", None)]) == ()
    assert contents(books) == BEFORE


def test_who_may_read_a_file_that_is_replaced_stays_as_it_was(books: Path) -> None:
    (books / REVIEW).chmod(0o640)
    write(books)
    assert (books / REVIEW).stat().st_mode & 0o777 == 0o640


def test_an_intent_that_only_appends_is_one_that_releases_before_can_finish(books: Path) -> None:
    def dies(step: Callable[[str], None]) -> None:
        journal = Journal(books, step=step)
        with journal.locked():
            journal.append([Append(MONTH, "posted\n")])

    in_a_child(dies, ANNOUNCED)
    assert '"format": 2' in (books / INTENT).read_text(encoding="utf-8")
    recover(books)
    in_a_child(lambda step: write(books, step), ANNOUNCED)
    assert '"format": 3' in (books / INTENT).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["../outside.beancount", f"{FOLDER}/lock"])
def test_no_file_outside_the_books_or_of_the_journal_is_replaced(books: Path, path: str) -> None:
    journal = Journal(books)
    with journal.locked(), pytest.raises(BooksUnusable, match="no ledger file"):
        journal.append([Replace(path, "x\n")])
