"""A billing run that is killed while it is written has happened whole, its file in `pending/` included, or not at all."""

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
from run_shell import subscribe, with_plans

from billing_beans.cli.root import run
from billing_beans.ledger.disk import Disk

if TYPE_CHECKING:
    from conftest import Shell

LATER = {"BILLING_BEANS_NOW": "2026-02-06T03:00:00Z", "BILLING_BEANS_ACTOR": "sarah", "BILLING_BEANS_SEED": "1"}
DONE = ("", "0")


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.beancount"))}


def killed_at(root: Path, words: tuple[str, ...], last: int | None) -> int:
    """Run a command in a process of its own, killed before an operation on disk; how many there were, or -1 if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        count = 0
        operation = Disk.operation

        def counted(disk: Disk, name: str) -> object:
            nonlocal count
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return operation(disk, name)

        with patch.object(Disk, "operation", counted), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            status = run(["--books", str(root), *words])
        os.write(writer, f"{count} {status}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        counted_, _, status = answer.read().partition(" ")
    os.waitpid(child, 0)
    assert status in DONE
    return int(counted_) if counted_ else -1


@pytest.mark.parametrize("words", [("redo", "RUN-1"), ("post", "RUN-1")], ids=["redo", "post"])
def test_killed_at_any_operation_a_run_is_there_whole_or_not_at_all(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    with_plans(shell)
    subscribe(shell, "acme")
    shell.at("2026-02-06T02:00:00Z")
    shell.done("run", "start")
    for name, value in LATER.items():
        monkeypatch.setenv(name, value)

    def copied(name: str) -> Path:
        return Path(shutil.copytree(shell.root, tmp_path / name))

    before, whole = contents(shell.root), copied("whole")
    operations = killed_at(whole, ("run", *words), None)
    after = contents(whole)
    assert operations > 15
    assert after != before
    found = set()
    for last in range(operations):
        root = copied(str(last))
        assert killed_at(root, ("run", *words), last) == -1
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            assert run(["--books", str(root), "recover"]) == 0
        now = contents(root)
        assert now in (before, after), last
        found.add(now == after)
        shutil.rmtree(root)
    assert found == {True, False}
