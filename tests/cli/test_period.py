"""`billing-beans period`: closed books stay as they are (B2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from beancount import loader
from beginnings import beginning
from click.shell_completion import ShellComplete

from billing_beans.cli.root import root

if TYPE_CHECKING:
    from conftest import Shell

FEBRUARY = "2026-02-03T02:00:00Z"


@beginning
def closed(shell: Shell) -> Shell:
    """Acme owes SG-2026-00001 and has a submitted payment for it; 00002 is a draft; 10 PLACEMENT are granted; January is closed."""
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "draft", "acme", "handbook", "2", "--due", "2026-03-31")
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "draft", "acme", "handbook", "4")
    shell.done("invoice", "issue", "SG-2026-00001", "SG-2026-00003", "SG-2026-00004")
    shell.done("payment", "submit", "SG-2026-00001")
    shell.done("payment", "submit", "SG-2026-00003")
    shell.done("payment", "verify", "PAY-2")
    shell.at(FEBRUARY)
    shell.done("period", "close", "2026-01-31")
    # The clock is behind: what is recorded on the last days of January gets the first open day.
    shell.at("2026-01-31T02:00:00Z")
    return shell


def february(shell: Shell) -> str:
    return shell.files().get("journal/2026/2026-02.beancount", "")


def sound(shell: Shell) -> None:
    """Nothing is wrong by `check`, nor by Beancount's own loader."""
    shell.done("check")
    assert loader.load_file(str(shell.root / "main.beancount"))[1] == []


def test_closing_says_what_is_still_open_and_the_first_open_day(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.done("payment", "submit", "SG-2026-00001")
    shell.at(FEBRUARY)
    said = shell.done("period", "close", "2026-01-31")
    assert said.out == (
        "Closed the books until 2026-01-31. The first open day is 2026-02-01.\n"
        "Next: git commit, so that what is final is kept.\n"
    )
    assert said.err == (
        "Still open: 1 draft of 2026-01-31 or before: what is issued now gets a later date "
        "(billing-beans invoice list --status draft).\n"
        "Still open: 1 payment submitted on 2026-01-31 or before: what is verified now gets a later date "
        "(billing-beans payment list --status submitted).\n"
    )
    sound(shell)


def test_closing_until_the_same_day_again_is_nothing_to_do(closed: Shell) -> None:
    before = closed.files()
    assert closed.done("period", "close", "2026-01-31").out == (
        "Nothing to do: the books are closed until 2026-01-31 already.\n"
    )
    assert closed.files() == before


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("close", "2026-01-30"), 1, "they were closed until 2026-01-31 before"),
        (("close", "2026-02-03"), 1, "when that day was not over"),
        (("close", "2026-02-03"), 1, "Instead: close until a day that is over"),
        (("close", "soon"), 2, "no date"),
        (("close",), 2, "Missing argument"),
        (("reopen", "--from", "2026-02-01", "--reason", "x"), 1, "they are closed until 2026-01-31"),
        (("reopen", "--from", "2026-01-31", "--reason", " "), 1, "without a reason"),
        (("reopen", "--from", "2026-01-31"), 2, "--reason"),
        (("reopen", "--reason", "x"), 2, "--from"),
    ],
)
def test_what_can_not_be_closed_or_reopened_is_refused(
    closed: Shell, words: tuple[str, ...], status: int, expected: str
) -> None:
    closed.at(FEBRUARY)
    assert expected in closed.refused("period", *words, status=status)


def test_books_with_problems_are_not_closed(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", "SG-2026-00001")
    journal = shell.root / "journal/2026/2026-01.beancount"
    journal.write_text(journal.read_text(encoding="utf-8").replace('"Handbook"', '"Handbooks"'), encoding="utf-8")
    shell.at(FEBRUARY)
    said = shell.refused("period", "close", "2026-01-31", status=3)
    assert "There is 1 problem in the books." in said
    assert "billing-beans check names every problem" in said


@pytest.mark.parametrize(
    "words",
    [
        ("invoice", "draft", "acme", "handbook", "1"),
        ("invoice", "issue", "SG-2026-00002"),
        ("invoice", "void", "SG-2026-00004", "--reason", "x"),
        ("invoice", "edit", "SG-2026-00002", "--notes", "x"),
        ("payment", "submit", "SG-2026-00004"),
        ("payment", "reject", "PAY-1", "--reason", "x"),
        ("entitlement", "consume", "acme", "PLACEMENT", "1"),
    ],
)
def test_a_day_in_a_closed_period_is_refused_with_the_day_to_use(closed: Shell, words: tuple[str, ...]) -> None:
    said = closed.refused(*words, "--date", "2026-01-20")
    assert "is dated 2026-01-20, and the books are closed until 2026-01-31." in said
    assert "Rule B2" in said
    assert "--date 2026-02-01" in said


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("invoice", "draft", "acme", "handbook", "1"), 'custom "billing" "invoice-drafted"'),
        (("invoice", "issue", "SG-2026-00002"), "* "),
        (("invoice", "void", "SG-2026-00004", "--reason", "x"), "* "),
        (("invoice", "edit", "SG-2026-00002", "--notes", "x"), 'custom "billing" "invoice-drafted"'),
        (("payment", "submit", "SG-2026-00004"), 'custom "billing" "payment-submitted"'),
        (("payment", "reject", "PAY-1", "--reason", "x"), 'custom "billing" "payment-rejected"'),
        (("entitlement", "consume", "acme", "PLACEMENT", "1"), "* "),
        (("invoice", "render", "SG-2026-00004"), 'custom "billing" "document-rendered"'),
    ],
)
def test_without_a_day_a_command_takes_the_first_open_one(closed: Shell, words: tuple[str, ...], kind: str) -> None:
    january = closed.journal()
    closed.done(*words)
    assert closed.journal() == january
    assert f"\n2026-02-01 {kind}" in february(closed)
    sound(closed)


def test_money_that_came_in_a_closed_period_keeps_its_day_and_is_dated_the_first_open_one(closed: Shell) -> None:
    said = closed.done("payment", "verify", "PAY-1", "--received", "2026-01-20")
    assert "received 2026-01-20." in said.out
    text = february(closed)
    assert "\n2026-02-01 * " in text
    assert "received: 2026-01-20" in text
    sound(closed)


def test_a_credit_note_for_an_invoice_of_a_closed_period_is_of_the_first_open_day(closed: Shell) -> None:
    january = closed.journal()
    assert "are closed until 2026-01-31" in closed.refused(
        "invoice", "credit", "SG-2026-00004", "--reason", "not delivered", "--date", "2026-01-20"
    )
    said = closed.done("invoice", "credit", "SG-2026-00004", "--reason", "not delivered", "--json").json
    assert {fact["date"] for fact in said["facts"]} == {"2026-02-01"}
    assert closed.journal() == january
    sound(closed)


def test_imported_invoices_of_a_closed_period_are_refused_and_listed_by_line(closed: Shell) -> None:
    path = closed.root.parent / "invoices.csv"
    path.write_text(
        "number,date,customer,price\nA-1,2026-01-30,acme,5.00\nA-2,2026-01-31,acme,6.00\nA-3,2026-02-01,acme,7.00\n",
        encoding="utf-8",
    )
    closed.at(FEBRUARY)
    before = closed.journal()
    said = closed("invoice", "import", str(path), "--product", "handbook")
    assert said.status == 1
    assert "2 x is dated into a closed period" in said.err
    assert "line 2: A-1 is of 2026-01-30, and 2026-02-01 is the first day that is not closed" in said.err
    assert "billing-beans period reopen --from 2026-01-30" in said.err
    assert closed.journal() == before
    assert "A-1" not in february(closed)
    assert "A-3" in february(closed)
    sound(closed)


def test_opening_facts_of_a_closed_period_are_refused(closed: Shell) -> None:
    path = closed.root.parent / "opening.csv"
    path.write_text("kind,number,customer,amount\nmoney,M-1,acme,5.00 SGD\n", encoding="utf-8")
    said = closed.refused("opening", "import", str(path), "--date", "2026-01-15")
    assert "the books are closed until 2026-01-31" in said
    closed.done("opening", "import", str(path))
    assert "\n2026-02-01 * " in february(closed)


def test_a_fact_that_is_written_into_a_closed_period_by_hand_is_found(closed: Shell) -> None:
    journal = closed.root / "journal/2026/2026-01.beancount"
    with journal.open("a", encoding="utf-8") as file:
        file.write(
            '\n2026-01-30 custom "billing" "payment-rejected" "PAY-1"\n  id: "01KGZZZZZZZZZZZZZZZZZZZZZZ"\n'
            '  at: "2026-02-09T02:00:00Z"\n  actor: "eve"\n  operation: "01KGZZZZZZZZZZZZZZZZZZZZZZ"\n'
            '  reason: "no money"\n'
        )
    said = closed("check")
    assert said.status == 3
    assert (
        "payment-rejected PAY-1 is dated 2026-01-30, and the books are closed until 2026-01-31" in said.out + said.err
    )


def test_a_transaction_of_the_accountant_is_not_held(closed: Shell) -> None:
    with (closed.root / "setup/accounts.beancount").open("a", encoding="utf-8") as file:
        file.write(
            "2026-01-01 open Expenses:SG:Rent\n"
            '2026-01-30 * "Rent"\n  Expenses:SG:Rent  100.00 SGD\n  Assets:SG:Bank:OCBC  -100.00 SGD\n'
        )
    sound(closed)


def test_a_customer_may_be_added_for_a_day_in_a_closed_period(closed: Shell) -> None:
    closed.done(
        "customer", "add", "late", "--name", "Late", "--country", "SG", "--address", "1 Road", "--date", "2026-01-15"
    )
    sound(closed)


def test_reopened_books_take_corrections_and_are_closed_again(closed: Shell) -> None:
    closed.at(FEBRUARY)
    said = closed.done("period", "reopen", "--from", "2026-01-20", "--reason", "a receipt\nwas missing", "--json").json
    assert said["result"] == {"closed-until": "2026-01-19", "first-open": "2026-01-20"}
    closed.done("payment", "verify", "PAY-1", "--received", "2026-01-20")
    assert "the books are closed until 2026-01-19" in closed.refused(
        "invoice", "draft", "acme", "handbook", "1", "--date", "2026-01-19"
    )
    closed.done("period", "close", "2026-01-31")
    listed = closed.done("period", "list")
    assert listed.out == (
        "Closed until 2026-01-31; the first open day is 2026-02-01.\n"
        "  period            what          on          by     reason\n"
        "  until 2026-01-31  closed        2026-02-03  sarah\n"
        "  from 2026-01-20   opened again  2026-02-03  sarah  a receipt was missing\n"
        "  until 2026-01-31  closed        2026-02-03  sarah\n"
    )
    assert [one["until"] for one in closed.done("period", "list", "--json").json["result"]["closings"]] == [
        "2026-01-31",
        "2026-01-19",
        "2026-01-31",
    ]
    sound(closed)


def test_books_that_were_never_closed_say_so(shell: Shell) -> None:
    assert shell.done("period", "list").out == "No period was ever closed.\n"


def test_a_dry_run_closes_nothing(shell: Shell) -> None:
    shell.at(FEBRUARY)
    before = shell.files()
    assert 'custom "billing" "period-closed" 2026-01-31' in shell.done("period", "close", "2026-01-31", "--dry-run").out
    assert shell.files() == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["period", "close"], ["2026-03-31", "2026-02-28"]),
        (["period", "reopen", "--from"], ["2026-01-01"]),
    ],
)
def test_ends_and_beginnings_of_months_complete(
    closed: Shell, monkeypatch: pytest.MonkeyPatch, words: list[str], expected: list[str]
) -> None:
    closed.at("2026-04-02T02:00:00Z")
    monkeypatch.chdir(closed.root)
    complete = ShellComplete(root, {}, "billing-beans", "_BILLING_BEANS_COMPLETE")
    found = [one.value for one in complete.get_completions(words, "2026")]
    assert found[: len(expected)] == expected
