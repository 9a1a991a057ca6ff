"""Two branches of one ledger, each written by commands, merged by git through our driver (rules 3 and 19, R3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from billing_beans.cli.root import run
from billing_beans.ledger.journal import Journal

AUTHOR = ["-c", "user.name=t", "-c", "user.email=t@t"]
JANUARY = Path("journal/2026/2026-01.beancount")


def git(*arguments: str, must: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *AUTHOR, *arguments], check=must, capture_output=True, text=True)


def do(*arguments: str, at: str = "2026-01-12T02:00:00Z") -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BILLING_BEANS_NOW", at)
        patch.setenv("BILLING_BEANS_SEED", " ".join(arguments) + at)
        assert run(list(arguments)) == 0, arguments


def commit(words: str) -> None:
    git("add", ".")
    git("commit", "-qm", words)


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Books made by commands, with two issued invoices, a catalogue, and the merge driver of this very code."""
    root = tmp_path / "books"
    do("init", str(root), "--name", "Example", "--country", "SG", "--address", "1 Raffles Place")
    monkeypatch.chdir(root)
    command = tmp_path / "billing-beans"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from billing_beans.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    day = "2026-01-11T02:00:00Z"
    do("tax-code", "add", "SG-GST-9", "--rate", "9%", at=day)
    do("product", "add", "hours", "--name", "Hours", "--revenue", "on-issue", "--tax-code", "SG-GST-9", at=day)
    do("price", "add", "hours", "150.00 SGD", at=day)
    for customer in ("acme", "bolt"):
        do("customer", "add", customer, "--name", customer, "--country", "SG", "--address", "2 Shenton Way", at=day)
        do("invoice", "draft", customer, "hours", "1", at=day)
    for number in ("SG-2026-00001", "SG-2026-00002"):
        do("invoice", "issue", number, at=day)
        do("payment", "submit", number, at=day)
    do("product", "add", "guide", "--name", "Guide", "--revenue", "on-issue", "--tax-code", "SG-GST-9",
       "--income", "Guides", at=day)  # fmt: skip
    do("price", "add", "guide", "20.00 SGD", at=day)
    for customer in ("acme", "bolt"):
        do("invoice", "draft", customer, "guide", "1", at=day)
    git("checkout", "-qb", "main")
    commit("books")
    return root


def on_branches(ours: list[list[str]], theirs: list[list[str]]) -> subprocess.CompletedProcess[str]:
    """Each branch does its commands; then theirs is merged into ours."""
    git("checkout", "-qb", "theirs")
    for number, command in enumerate(theirs):
        do(*command, at=f"2026-01-13T02:00:{number:02}Z")
    commit("theirs")
    git("checkout", "-q", "main")
    for number, command in enumerate(ours):
        do(*command, at=f"2026-01-12T02:00:{number:02}Z")
    commit("ours")
    return git("merge", "--no-edit", "theirs", must=False)


@pytest.mark.usefixtures("books")
def test_what_both_branches_recorded_is_there_and_sound(capsys: pytest.CaptureFixture[str]) -> None:
    merged = on_branches([["payment", "verify", "PAY-1"]], [["payment", "verify", "PAY-2"]])

    assert merged.returncode == 0, merged.stdout + merged.stderr
    text = JANUARY.read_text(encoding="utf-8")
    assert text.count('event: "payment-verified"') == 2
    assert run(["check"]) == 0
    assert run(["check", "--append-only", "theirs"]) == 0
    assert run(["check", "--append-only", "main~1"]) == 0
    capsys.readouterr()
    run(["payment", "list", "--status", "verified"])
    assert {"PAY-1", "PAY-2"} <= set(capsys.readouterr().out.split())


@pytest.mark.usefixtures("books")
def test_an_account_that_both_branches_opened_is_open_once() -> None:
    merged = on_branches([["invoice", "issue", "SG-2026-00003"]], [["invoice", "issue", "SG-2026-00004"]])

    assert merged.returncode == 0, merged.stdout + merged.stderr
    assert Path("journal/accounts.beancount").read_text(encoding="utf-8").count("open Income:SG:Guides") == 1
    assert JANUARY.read_text(encoding="utf-8").count('event: "invoice-issued"') == 4
    assert run(["check"]) == 0


@pytest.mark.usefixtures("books")
def test_one_number_drawn_twice_is_a_conflict_in_words() -> None:
    merged = on_branches([["invoice", "draft", "acme", "hours", "1"]], [["invoice", "draft", "bolt", "hours", "1"]])

    assert merged.returncode == 1
    said = merged.stdout + merged.stderr
    assert "SG-2026-00005" in said
    text = JANUARY.read_text(encoding="utf-8")
    assert "<<<<<<< ours" in text
    assert text.count('"invoice-drafted" "SG-2026-00005"') == 2
    assert run(["check"]) == 3


@pytest.mark.usefixtures("books")
def test_one_payment_verified_twice_is_a_conflict_in_words() -> None:
    merged = on_branches([["payment", "verify", "PAY-1"]], [["payment", "verify", "PAY-1"]])

    assert merged.returncode == 1
    assert "PAY-1" in merged.stdout + merged.stderr


@pytest.mark.usefixtures("books")
def test_the_index_notices_checkouts_and_merges(capsys: pytest.CaptureFixture[str]) -> None:
    on_branches([["payment", "verify", "PAY-1"]], [["payment", "verify", "PAY-2"]])
    for commit in ("main", "theirs", "main~1", "main"):
        git("checkout", "-q", commit)
        capsys.readouterr()
        assert run(["payment", "list"]) == 0
        through_the_index = capsys.readouterr()
        for file in Path(".billing-beans").glob("index.*"):
            file.unlink()
        assert run(["payment", "list"]) == 0
        assert capsys.readouterr().out == through_the_index.out
        verified = {"main": 2, "theirs": 1, "main~1": 1}[commit]
        assert through_the_index.out.count("verified  ") == verified
        # What theirs added stands behind all of ours: then only that is read.
        assert ("Index made anew" in through_the_index.err) == (commit in ("theirs", "main~1"))


def test_another_branch_checked_out_before_recovery_is_refused(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("checkout", "-qb", "theirs")
    do("payment", "verify", "PAY-2", at="2026-01-13T02:00:00Z")
    commit("theirs")
    git("checkout", "-q", "main")
    _killed_within_an_append(books)
    git("stash", "-q")
    git("checkout", "-q", "theirs")
    before = JANUARY.read_bytes()
    capsys.readouterr()

    assert run(["payment", "verify", "PAY-1"]) == 4

    said = capsys.readouterr().err
    assert "Somebody changed it, or checked out another branch" in said
    assert "billing-beans recover --discard" in said
    assert JANUARY.read_bytes() == before
    assert run(["recover", "--discard"]) == 0
    assert run(["check"]) == 0


def _killed_within_an_append(books: Path) -> None:
    """A process that dies in the middle of writing, as by a power cut."""
    program = f"""
import os
from pathlib import Path
from billing_beans.ledger.journal import Append, Journal
def step(name):
    if name == "append:1:write:0:end":
        os._exit(9)
journal = Journal(Path({str(books)!r}), step=step)
with journal.locked():
    journal.append([Append({str(JANUARY)!r}, "; half of an act\\n"), Append("setup/customers.beancount", "; rest\\n")])
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9


def test_after_a_kill_the_next_command_finishes_the_write(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _killed_within_an_append(books)
    assert run(["check"]) == 3
    assert "a write was interrupted" in capsys.readouterr().out

    do("payment", "verify", "PAY-1")

    assert "An interrupted write was finished" in capsys.readouterr().err
    assert Path("setup/customers.beancount").read_text(encoding="utf-8").endswith("; rest\n")
    assert run(["check"]) == 0


def test_the_journals_own_files_are_not_in_git(books: Path) -> None:
    with Journal(books).locked():
        assert git("status", "--short").stdout == ""
