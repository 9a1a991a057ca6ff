"""Killed at any moment, between any two steps on disk: at the next start ledger and index agree."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from billing_beans.cli.root import run
from billing_beans.ledger import settling
from billing_beans.ledger.disk import Disk
from billing_beans.ledger.index import INDEX
from billing_beans.ledger.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOMENT = {"BILLING_BEANS_ACTOR": "sarah", "BILLING_BEANS_SEED": "1"}
CONSUME = ("entitlement", "consume", "acme", "PLACEMENT", "2")
ASKED = (("entitlement", "balance", "--json"), ("invoice", "list", "--json"), ("check", "--fast"))
BEGUN = (
    ("tax-code", "add", "SG-GST-9", "--rate", "9%"),
    ("product", "add", "placement", "--name", "Placement", "--revenue", "on-consumption", "--tax-code", "SG-GST-9",
     "--entitlement", "PLACEMENT", "--price", "90.00 SGD"),
    ("customer", "add", "acme", "--name", "Acme", "--country", "SG", "--address", "2 Shenton Way"),
    ("agreement", "add", "acme", "--id", "AG-1"),
    ("invoice", "draft", "acme", "placement", "10"),
    ("invoice", "issue", "SG-2026-00001"),
    ("payment", "submit", "SG-2026-00001"),
    ("payment", "verify", "PAY-1"),
)  # fmt: skip


def said(root: Path | None, *words: str, at: str = "2026-01-11T02:00:00Z") -> tuple[int, str]:
    out = StringIO()
    whole = ["--books", str(root), *words] if root else list(words)
    with patch.dict(os.environ, {**MOMENT, "BILLING_BEANS_NOW": at}), redirect_stdout(out), redirect_stderr(out):
        status = run(whole)
    return status, "".join(one for one in out.getvalue().splitlines(keepends=True) if not one.startswith("Index made"))


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sold") / "books"
    place = ("--country", "SG", "--address", "1 Raffles Place", "--name", "Example", "--no-git", str(root))
    assert said(None, "init", *place)[0] == 0
    for number, words in enumerate(BEGUN):
        status, out = said(root, *words, at=f"2026-01-11T01:00:{number:02}Z")
        assert status == 0, out
    return root


class Steps:
    """Counts the steps of a command that touch the disk, and ends the process before one of them."""

    def __init__(self, last: int | None) -> None:
        self._last = last
        self.count = 0

    def step(self) -> None:
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1

    def before(self, function: Callable[..., object]) -> Callable[..., object]:
        def stepping(*arguments: object, **more: object) -> object:
            self.step()
            return function(*arguments, **more)

        return stepping


def in_a_child(root: Path, words: Sequence[str], last: int | None) -> int:
    """Run a command in a process of its own, killed before step `last`; how many steps it took, or -1 if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        steps = Steps(last)
        operation = Disk.operation
        with (
            patch.object(SqliteStore, "run", steps.before(SqliteStore.run)),
            patch.object(SqliteStore, "run_many", steps.before(SqliteStore.run_many)),
            patch.object(Disk, "operation", lambda disk, name: (steps.step(), operation(disk, name))[1]),
            patch.object(settling.os, "utime", steps.before(os.utime)),
            patch.object(Path, "replace", steps.before(Path.replace)),
            patch.object(Path, "unlink", steps.before(Path.unlink)),
        ):
            status = said(root, *words)[0]
        os.write(writer, f"{steps.count} {status}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        count, _, status = answer.read().partition(" ")
    os.waitpid(child, 0)
    assert status in ("", "0"), status
    return int(count) if count else -1


Answers = list[tuple[int, str]]


class WithoutAnIndex:
    """What commands say where there can't be an index: asked once of each content of the ledger's files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[tuple[tuple[str, bytes], ...], Answers] = {}

    def of(self, root: Path) -> Answers:
        files = tuple((str(path.relative_to(root)), path.read_bytes()) for path in sorted(root.rglob("*.beancount")))
        if files not in self._answers:
            copy = Path(shutil.copytree(root, self._folder / f"copy-{len(self._answers)}"))
            shutil.rmtree(copy / ".billing-beans")
            (copy / INDEX).mkdir(parents=True)
            self._answers[files] = [said(copy, *words) for words in ASKED]
        return self._answers[files]


def kill_at_every_step(sold: Path, folder: Path, words: Sequence[str], *, without: bool) -> None:
    def books(name: str) -> Path:
        root = Path(shutil.copytree(sold, folder / name))
        if without:
            (root / INDEX).unlink()
        else:
            # Copied files are others: their digests are looked at once.
            said(root, "invoice", "list")
        return root

    whole = WithoutAnIndex(folder)
    steps = in_a_child(books("whole"), words, None)
    assert steps > 20
    for last in range(0, steps, 1 if steps < 150 else 3):
        root = books(str(last))
        assert in_a_child(root, words, last) == -1, last
        said(root, "recover")
        assert [said(root, *asked) for asked in ASKED] == whole.of(root), last
        shutil.rmtree(root)


def test_a_command_killed_at_any_step_leaves_an_index_that_agrees(sold: Path, tmp_path: Path) -> None:
    kill_at_every_step(sold, tmp_path, CONSUME, without=False)


def test_killed_while_the_index_is_made_there_is_an_old_one_or_none(sold: Path, tmp_path: Path) -> None:
    kill_at_every_step(sold, tmp_path, ("invoice", "list"), without=True)
