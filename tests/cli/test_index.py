"""The index: what a command takes from it, what it folds into it, and when it is made anew."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from beginnings import beginning

from billing_beans.ledger.index import INDEX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Shell

JANUARY = "journal/2026/2026-01.beancount"
ANEW = "Index made anew"


@beginning
def sold(shell: Shell) -> Shell:
    """Books with an invoice that is paid, and an index of them."""
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.done("payment", "submit", "SG-2026-00001")
    shell.done("payment", "verify", "PAY-1")
    return shell


def index(shell: Shell) -> Path:
    return shell.root / INDEX


def edit(shell: Shell, name: str, change: Callable[[str], str]) -> None:
    path = shell.root / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def status_of(shell: Shell, number: str = "SG-2026-00001") -> str:
    status: str = shell.done("invoice", "show", number, "--json").json["result"]["invoice"]["status"]
    return status


# Nothing is read again


def test_what_a_command_wrote_the_next_one_knows_without_reading_it(sold: Shell) -> None:
    before = index(sold).stat().st_ino
    for words in (("invoice", "list"), ("entitlement", "consume", "acme", "PLACEMENT", "1"), ("invoice", "list")):
        assert sold.done(*words).err == ""
    assert index(sold).stat().st_ino == before


def test_the_first_command_of_a_new_year_begins_it_in_the_index_too(sold: Shell) -> None:
    before = index(sold).stat().st_ino
    sold.at("2027-01-05T02:00:00Z")
    sold.done("invoice", "draft", "acme", "handbook", "1")
    sold.done("invoice", "draft", "acme", "handbook", "1")
    assert status_of(sold, "SG-2027-00002") == "draft"
    assert index(sold).stat().st_ino == before


UNCHANGED: dict[str, Callable[[Shell], object]] = {
    "touched": lambda shell: [path.touch() for path in shell.root.rglob("*.beancount")],
    "moved": lambda shell: shutil.move(shell.root, shell.root.with_name("moved")) and setattr(shell, "root", shell.root.with_name("moved")),
    "copied": lambda shell: shutil.copytree(shell.root, shell.root.with_name("copy")) and setattr(shell, "root", shell.root.with_name("copy")),
    "a remark at the end": lambda shell: edit(shell, JANUARY, lambda text: text + ";; seen\n"),
    "a remark in the setup": lambda shell: edit(shell, "setup/catalog.beancount", lambda text: ";; seen\n" + text),
    "a customer by hand": lambda shell: edit(shell, "setup/customers.beancount", lambda text: text + '2026-01-02 custom "billing" "customer" "dale"\n  name: "Dale"\n  account: "Dale"\n'),
    "an entry of the accountant's": lambda shell: edit(shell, "setup/accounts.beancount", lambda text: text + '2026-01-03 * "Fee"\n  Assets:SG:Bank:OCBC  -1 SGD\n  Expenses:Fees\n2026-01-01 open Expenses:Fees\n'),
}  # fmt: skip


@pytest.mark.parametrize("how", UNCHANGED)
def test_what_adds_to_the_books_or_changes_nothing_does_not_make_the_index_anew(sold: Shell, how: str) -> None:
    UNCHANGED[how](sold)
    said = sold.done("invoice", "list")
    assert said.err == ""
    assert "SG-2026-00001" in said.out
    sold.done("invoice", "draft", "acme", "handbook", "1")
    assert "No problems" in sold.done("check").out


def test_a_fact_that_was_appended_by_another_copy_of_the_books_is_folded_in(sold: Shell) -> None:
    """As after a pull that only added: the text of a command that ran elsewhere."""
    elsewhere = sold.root.with_name("elsewhere")
    shutil.copytree(sold.root, elsewhere)
    here, sold.root = sold.root, elsewhere
    sold.at("2026-01-12T02:00:00Z")
    sold.done("entitlement", "consume", "acme", "PLACEMENT", "4")
    added = sold.files()
    sold.root = here
    for name, text in added.items():
        edit(sold, name, lambda _before, text=text: text)
    said = sold.done("entitlement", "balance", "acme", "--json")
    assert said.json["result"][0]["units"] == "6"
    assert said.err == ""


# It is made anew, and that is said


CHANGED: dict[str, tuple[str, Callable[[str], str]]] = {
    "in the middle": (JANUARY, lambda text: text.replace('notes: "', 'notes: "x', 1).replace(";; January", ";; Of")),
    "the end cut off": (JANUARY, lambda text: text[: text.rindex("\n\n") + 1]),
    "emptied": ("journal/accounts.beancount", lambda _text: ""),
    "the main file": ("main.beancount", lambda text: text + ";; a remark\n"),
    "an account closed": ("setup/accounts.beancount", lambda text: text + "2026-02-01 close Assets:SG:Processor:Stripe\n"),
    "a name corrected": ("setup/customers.beancount", lambda text: text.replace("Acme Pte. Ltd.", "Acme Ltd", 1)),
}  # fmt: skip


@pytest.mark.parametrize("how", CHANGED)
def test_what_was_changed_otherwise_is_named_in_one_line(sold: Shell, how: str) -> None:
    name, change = CHANGED[how]
    edit(sold, name, change)
    said = sold("invoice", "list")
    assert [line for line in said.err.splitlines() if line.startswith(ANEW)] == [said.err.strip()]
    assert name in said.err
    assert sold("invoice", "list").err == ""


def test_a_change_of_the_same_length_is_seen_though_somebody_set_the_time_back(sold: Shell) -> None:
    path = sold.root / JANUARY
    before = path.stat()
    edit(sold, JANUARY, lambda text: text.replace("quantity: 10", "quantity: 11", 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert JANUARY in sold("invoice", "list").err
    assert "changed after it was issued" in sold("check", "--fast").out


def test_a_change_right_behind_a_command_is_seen(sold: Shell) -> None:
    """Within one step of the file system's clock a file could keep its times."""
    for number in range(20):
        sold.done("entitlement", "consume", "acme", "PLACEMENT", "0.1")
        with (sold.root / JANUARY).open("r+b") as handle:
            handle.seek(len(";; "))
            handle.write(b"JANUARY" if number % 2 == 0 else b"january")
        assert ANEW in sold.done("invoice", "list").err


def test_a_journal_file_that_nothing_includes_is_still_refused(sold: Shell) -> None:
    (sold.root / "journal" / "2026" / "more.beancount").write_text(";; more\n", encoding="utf-8")
    assert "is not included" in sold.refused("invoice", "draft", "acme", "handbook", "1", status=3)


# The index itself


def damaged(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(sql)
    connection.close()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": lambda path: path.unlink(),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-5000]),
    "empty": lambda path: path.write_bytes(b""),
    "no database": lambda path: path.write_bytes(b"text\n" * 999),
    "of another release": lambda path: damaged(path, "UPDATE _shapes SET shape = 'other' WHERE name = ''"),
    "of another layout": lambda path: damaged(path, "PRAGMA user_version=99"),
    "without a table": lambda path: damaged(path, "DROP TABLE invoices"),
    "with records that can't be read": lambda path: damaged(path, "UPDATE invoices SET record = '[1,2'"),
    "with findings that can't be read": lambda path: damaged(path, "INSERT INTO _findings VALUES (0, 'x')"),
    "with files that can't be read": lambda path: damaged(path, "UPDATE _files SET note = '{'"),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize(
    "words", [("invoice", "show", "SG-2026-00001"), ("invoice", "void", "SG-2026-00001", "--reason", "x")]
)
def test_a_damaged_index_is_made_anew_and_changes_no_answer(sold: Shell, how: str, words: tuple[str, ...]) -> None:
    good = sold(*words)
    DAMAGE[how](index(sold))
    said = sold(*words)
    assert (said.status, said.out) == (good.status, good.out)
    assert sold(*words).err == good.err


def test_without_a_place_for_an_index_everything_works_as_well(sold: Shell) -> None:
    index(sold).unlink()
    index(sold).mkdir()
    assert status_of(sold) == "paid"
    sold.done("entitlement", "consume", "acme", "PLACEMENT", "10")
    sold.refused("entitlement", "consume", "acme", "PLACEMENT", "1")


def test_rebuild_makes_it_anew_and_says_from_what(sold: Shell) -> None:
    before = index(sold).stat().st_ino
    said = sold.done("rebuild")
    assert said.out.startswith("Made the index anew from ")
    assert "as of 2026-01-11T02:00:00Z" in said.out
    assert index(sold).stat().st_ino != before
    assert sold.done("rebuild", "--json").json["result"]["rebuilt"] is True
    after = index(sold).stat().st_ino
    sold.done("rebuild", "--dry-run")
    assert index(sold).stat().st_ino == after


def test_text_that_cannot_be_read_has_no_index(sold: Shell) -> None:
    edit(sold, JANUARY, lambda text: text + "2026-01-11 nonsense\n")
    said = sold("rebuild")
    assert said.status == 3
    assert "There can be no index" in said.out
    sold.refused("invoice", "draft", "acme", "handbook", "1", status=3)


def test_a_dry_run_writes_nothing_and_the_next_command_sees_nothing_of_it(sold: Shell) -> None:
    before = sold.files()
    sold.done("entitlement", "consume", "acme", "PLACEMENT", "10", "--dry-run")
    assert sold.files() == before
    sold.done("entitlement", "consume", "acme", "PLACEMENT", "10")


# What is said of it


def test_answers_say_as_of_which_fact(sold: Shell) -> None:
    as_of = sold.done("invoice", "list", "--json").json["as-of"]
    assert as_of["at"] == "2026-01-11T02:00:00Z"
    assert f'id: "{as_of["id"]}"' in sold.journal()


def test_books_in_which_nothing_was_recorded_are_as_of_nothing(shell: Shell) -> None:
    assert shell.done("customer", "list", "--json").json["as-of"] is None


def test_a_fast_check_says_what_it_did_not_look_at(sold: Shell) -> None:
    said = sold.done("check", "--fast")
    assert "No problems, as of 2026-01-11T02:00:00Z." in said.out
    assert "Not looked at: what Beancount finds by itself" in said.out
    assert len(sold.done("check", "--fast", "--json").json["result"]["not-looked-at"]) == 3
    assert sold("check", "--fast", "--append-only", "HEAD").status == 2


def test_a_fast_check_names_problems_with_file_and_line_from_the_index(sold: Shell) -> None:
    edit(sold, JANUARY, lambda text: text.replace("quantity: 10", "quantity: 11", 1))
    first, again, whole = sold("check", "--fast"), sold("check", "--fast"), sold("check")
    assert first.status == again.status == 3
    assert first.out == again.out
    assert again.err == ""
    assert again.out.splitlines()[0].split(": SG-2026")[0] == whole.out.splitlines()[0].split(": SG-2026")[0]


# Many at once


def test_eight_processes_at_once_lose_nothing(sold: Shell) -> None:
    def consume(number: int) -> subprocess.CompletedProcess[str]:
        words = ["--books", str(sold.root), "entitlement", "consume", "acme", "PLACEMENT", "0.5"]
        environment = {**os.environ, "BILLING_BEANS_SEED": str(number)}
        return subprocess.run(
            [sys.executable, "-m", "billing_beans.cli", *words, "--source", f"placement/{number}"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    index(sold).unlink()
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(consume, range(8)))
    assert [one.returncode for one in done] == [0] * 8, [one.stderr for one in done]
    balance = sold.done("entitlement", "balance", "acme", "--json")
    assert balance.json["result"][0]["units"] == "6.0"
    assert balance.err == ""
    assert "No problems" in sold.done("check").out
    index(sold).unlink()
    assert sold.done("entitlement", "balance", "acme", "--json").out == balance.out
