"""`billing-beans check` names every problem with its place and what to do (R6)."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from pathlib import Path

import pytest

from billing_beans import plugins
from billing_beans.cli.root import run
from billing_beans.ledger.journal import Append, Journal

JANUARY = Path("journal/2026/2026-01.beancount")
SETUP = [
    ["tax-code", "add", "SG-GST-9", "--rate", "9%"],
    ["product", "add", "placement-credit", "--name", "Placement credits", "--revenue", "on-consumption",
     "--tax-code", "SG-GST-9", "--entitlement", "PLACEMENT"],
    ["price", "add", "placement-credit", "90.00 SGD"],
    ["customer", "add", "acme", "--name", "Acme", "--country", "SG", "--address", "2 Shenton Way"],
    ["agreement", "add", "acme"],
    ["invoice", "draft", "acme", "placement-credit", "10"],
    ["invoice", "issue", "SG-2026-00001"],
    ["payment", "submit", "SG-2026-00001"],
    ["payment", "verify", "PAY-1"],
    ["entitlement", "consume", "acme", "PLACEMENT", "3"],
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made") / "books"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BILLING_BEANS_NOW", "2026-01-11T02:00:00Z")
        seller = ["--name", "Example Pte. Ltd.", "--country", "SG", "--address", "1 Raffles Place"]
        assert run(["init", str(root), *seller]) == 0
        for command in SETUP:
            assert run(["--books", str(root), *command]) == 0, command
    return root


@pytest.fixture
def books(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["cp", "-r", str(made), str(tmp_path / "books")], check=True)
    monkeypatch.chdir(tmp_path / "books")
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-12T02:00:00Z")
    return tmp_path / "books"


def check(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    status = run(["check", *options])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return status, said.out + said.err


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def commit(words: str) -> str:
    author = ["-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", "add", "."], check=True)
    subprocess.run(["git", *author, "commit", "-qm", words], check=True)
    return subprocess.run(
        ["git", "log", "-1", "--format=%h"], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.usefixtures("books")
def test_sound_books_end_with_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = check(capsys)
    assert status == 0
    assert re.fullmatch(r"No problems in 1 invoice, 18 files, \d+\.\d s\.\n", said)


@pytest.mark.usefixtures("books")
def test_a_changed_invoice_is_named_by_field_and_commit(capsys: pytest.CaptureFixture[str]) -> None:
    commit("books")
    edit(JANUARY, "unit-price: 90.00 SGD", "unit-price: 80.00 SGD")

    status, said = check(capsys)
    assert status == 3
    assert "unit-price of line 1 is 80.00 SGD, sealed as 90.00 SGD (not committed yet)" in said

    changed_in = commit("tidied")
    commit_after = Path("README.md")
    edit(commit_after, "Invoices", "All invoices")
    commit("readme")
    status, said = check(capsys)
    assert f"unit-price of line 1 is 80.00 SGD, sealed as 90.00 SGD (changed in {changed_in})" in said
    assert said.startswith("journal/2026/2026-01.beancount:3: SG-2026-00001 was changed after it was issued")
    assert "\n1 problem in 1 invoice, 18 files, " in said


@pytest.mark.usefixtures("books")
def test_a_changed_day_of_issue_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    commit("books")
    edit(JANUARY, '2026-01-11 * "Acme" "Invoice', '2026-01-12 * "Acme" "Invoice')

    _status, said = check(capsys)

    assert "the day of issue is 2026-01-12, sealed as 2026-01-11 (not committed yet)" in said


@pytest.mark.usefixtures("books")
def test_without_history_a_changed_invoice_is_still_found(capsys: pytest.CaptureFixture[str]) -> None:
    edit(JANUARY, 'bill-to-name: "Acme"', 'bill-to-name: "Acme Holding"')

    status, said = check(capsys)

    assert status == 3
    assert "SG-2026-00001 was changed after it was issued: its text no longer has the digest that sealed it" in said


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("units: 3", "units: 13"), ("  3 PLACEMENT {", " 13 PLACEMENT {"), ("-270.00", "-1170.00")],
         "acme has 10 PLACEMENT, and 13 were to be consumed"),
        ([('"SG-2026-00001/1"}\n  Income', '"SG-2026-00001/7"}\n  Income')], "SG-2026-00001/7"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("books")
def test_where_booking_fails_our_own_words_stand_alone(
    pairs: list[tuple[str, str]], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for old, new in pairs:
        edit(JANUARY, old, new)

    status, said = check(capsys)

    assert status == 3
    assert words in said
    assert "\n1 problem in " in said


@pytest.mark.usefixtures("books")
def test_an_error_of_beancount_comes_with_ours(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("setup/accounts.beancount").open("a", encoding="utf-8") as file:
        file.write('\n2026-01-31 * "Rent"\n  Expenses:Rent  10.00 SGD\n  Assets:SG:Bank:Main  -10.00 SGD\n')
        file.write('2026-01-31 custom "billing" "invoice-payed" "SG-2026-00001"\n')

    _status, said = check(capsys)

    assert "unknown account 'Expenses:Rent'" in said
    assert "'invoice-payed' is no kind of fact" in said
    assert "\n2 problems in " in said


@pytest.mark.usefixtures("books")
def test_a_line_that_can_not_be_read_hides_what_only_follows(capsys: pytest.CaptureFixture[str]) -> None:
    edit(JANUARY, "  lines: 1\n", "  lines: 1\n  ]]\n")

    status, said = check(capsys)

    assert status == 3
    assert "Invalid token" in said
    assert "never drafted" not in said


@pytest.mark.usefixtures("books")
def test_a_missing_file_hides_what_only_follows(capsys: pytest.CaptureFixture[str]) -> None:
    Path("setup/catalog.beancount").unlink()

    status, said = check(capsys)

    assert status == 3
    assert said.startswith('main.beancount: File glob "setup/catalog.beancount" does not match any files.')
    assert "\n1 problem in " in said


@pytest.mark.usefixtures("books")
def test_a_plugin_that_is_not_there_is_said_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    edit(Path("main.beancount"), 'plugin "billing_beans.plugins"', 'plugin "no.such.plugin"')

    status, said = check(capsys)

    assert status == 3
    assert "main.beancount: Error importing \"no.such.plugin\": ModuleNotFoundError: No module named 'no'." in said


@pytest.mark.usefixtures("books")
def test_a_removed_part_is_one_problem(capsys: pytest.CaptureFixture[str]) -> None:
    edit(JANUARY, "  lines: 1\n", "  lines: 2\n")

    _status, said = check(capsys)

    assert "lines says 2" in said
    assert "\n1 problem in " in said


@pytest.mark.usefixtures("books")
def test_books_without_the_plugin_line_are_checked_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    edit(Path("main.beancount"), 'plugin "billing_beans.plugins"\n', "")
    edit(JANUARY, 'bill-to-name: "Acme"', 'bill-to-name: "Acme Holding"')

    status, said = check(capsys)

    assert status == 3
    assert "was changed after it was issued" in said


@pytest.mark.usefixtures("books")
def test_json_has_the_same_problems(capsys: pytest.CaptureFixture[str]) -> None:
    edit(JANUARY, 'bill-to-name: "Acme"', 'bill-to-name: "Acme Holding"')

    status, said = check(capsys, "--json")

    (problem,) = json.loads(said)["result"]["problems"]
    assert status == 3
    assert (problem["file"], problem["line"], problem["check"]) == (str(JANUARY), 3, "sealed")


@pytest.mark.usefixtures("books")
def test_append_only_names_what_was_removed_since(capsys: pytest.CaptureFixture[str]) -> None:
    commit("books")
    edit(Path("setup/customers.beancount"), "2 Shenton Way", "3 Shenton Way")

    assert check(capsys)[0] == 0
    status, said = check(capsys, "--append-only", "HEAD")

    assert status == 3
    assert "Rule R3" in said
    assert check(capsys, "--append-only", "nowhere")[0] == 2


def interrupted(root: Path) -> None:
    """What a command leaves that was killed right before its first append."""

    def step(name: str) -> None:
        if name in ("append:1:open:begin", "undo:intent:remove:begin"):
            raise KeyboardInterrupt

    journal = Journal(root, step=step)
    with pytest.raises(Exception, match="interrupted"), journal.locked():
        journal.append([Append(str(JANUARY), "; one more line\n")])


def test_an_interrupted_write_is_a_problem_until_it_is_finished(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(books)

    status, said = check(capsys)
    assert status == 3
    assert ".billing-beans/intent.json:1: a write was interrupted" in said

    assert run(["recover"]) == 0
    assert JANUARY.read_text(encoding="utf-8").endswith("; one more line\n")
    assert check(capsys)[0] == 0
    assert run(["recover"]) == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_an_interrupted_write_can_be_given_up(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    interrupted(books)

    assert run(["recover", "--discard"]) == 0

    assert "holds nothing" in capsys.readouterr().out
    assert "; one more line" not in JANUARY.read_text(encoding="utf-8")
    assert check(capsys)[0] == 0


def test_a_command_that_is_writing_now_is_waited_for(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    intent = books / ".billing-beans/intent.json"
    begun = threading.Event()

    def write() -> None:
        with Journal(books).locked():
            intent.write_text("{}", encoding="utf-8")
            begun.set()
            time.sleep(0.3)
            intent.unlink()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    status, _said = check(capsys)
    writer.join()

    assert status == 0


def test_files_are_named_relative_to_the_books(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(JANUARY, 'bill-to-name: "Acme"', 'bill-to-name: "Acme Holding"')
    assert run(["--books", str(books / ".." / "books"), "check"]) == 3
    assert capsys.readouterr().out.startswith("journal/2026/2026-01.beancount:3: ")


@pytest.mark.parametrize("config", ["sealed", "['sealed'", "{1: 2}", "[1]"])
def test_a_config_that_is_no_list_of_checks_is_said(config: str) -> None:
    _entries, (error,) = plugins.check([], {}, config)
    assert "no list of checks" in error.message


def test_an_exception_in_the_checks_is_said_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_entries: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(plugins, "judge", fail)

    _entries, (error,) = plugins.check([], {})

    assert "The checks of billing stopped: ZeroDivisionError: oh" in error.message
    assert "Traceback" not in error.message


def test_where_there_are_no_books_it_says_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status, said = check(capsys)
    assert status == 4
    assert "billing-beans init" in said


@pytest.mark.parametrize("key", ["invoice:", "payment:", "customer:", "id:"])
def test_a_fact_that_was_cut_off_behind_a_key_is_a_problem_with_its_place(
    books: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    with (books / JANUARY).open("a", encoding="utf-8") as journal:
        journal.write(f'\n2026-01-12 * "Acme" "Credits applied"\n  event: "credit-applied"\n  {key}\n')
    status, said = check(capsys)
    assert status == 3, said
    assert str(JANUARY) in said
