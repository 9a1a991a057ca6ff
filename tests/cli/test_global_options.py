"""What stands for every command: where the options may stand, dry runs, idempotency, JSON, exit statuses (U6, U8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from billing_beans.cli.root import run

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

DRAFT = ("invoice", "draft", "acme", "handbook", "1")


def test_options_stand_before_the_noun_or_behind_the_verb(shell: Shell) -> None:
    shell.done("--actor", "mei", *DRAFT)
    shell.done(*DRAFT, "--actor", "bo")
    shell.done("--actor", "mei", *DRAFT, "--actor", "last")
    assert [f'actor: "{one}"' in shell.journal() for one in ("mei", "bo", "last")] == [True] * 3
    assert shell.journal().count('actor: "mei"') == 1


def test_the_date_says_when_it_happened_and_the_clock_when_it_was_recorded(shell: Shell) -> None:
    shell.done(*DRAFT, "--date", "yesterday")
    assert '2026-01-10 custom "billing" "invoice-drafted"' in shell.journal()
    assert 'at: "2026-01-11T02:00:00Z"' in shell.journal()


@pytest.mark.parametrize(
    "words",
    [
        DRAFT,
        ("invoice", "edit", "SG-2026-00001", "--quantity", "1=5"),
        ("invoice", "issue", "SG-2026-00001"),
        ("invoice", "void", "SG-2026-00001", "--reason", "twice"),
        ("payment", "submit", "SG-2026-00002"),
        ("payment", "verify", "PAY-1"),
        ("payment", "reject", "PAY-1", "--reason", "no money"),
        ("entitlement", "consume", "acme", "PLACEMENT", "2"),
    ],
)
def test_a_dry_run_prints_what_the_real_run_then_writes_byte_for_byte(shell: Shell, words: tuple[str, ...]) -> None:
    shell.done(*DRAFT)
    shell.done("invoice", "draft", "acme", "placement-credit", "3")
    shell.done("invoice", "draft", "acme", "placement-credit", "4")
    shell.done("invoice", "issue", "SG-2026-00002", "SG-2026-00003")
    shell.done("payment", "submit", "SG-2026-00002")
    shell.done("payment", "submit", "SG-2026-00003")
    shell.done("payment", "verify", "PAY-2")
    before = shell.files()
    dry = shell.done(*words, "--dry-run")
    promised = shell.done("--dry-run", "--json", *words).json["would-write"]
    assert shell.files() == before
    shell.done(*words)
    after = shell.files()
    written = {path: text.removeprefix(before.get(path, "")) for path, text in after.items()}
    assert {path: text for path, text in written.items() if text} == promised
    for path, text in promised.items():
        assert f";; {path}\n{text}" in dry.out


def test_the_first_fact_of_a_year_brings_its_twelve_files(shell: Shell) -> None:
    promised = shell.done(*DRAFT, "--dry-run", "--json").json["would-write"]
    assert len(promised) == 13
    shell.done(*DRAFT)
    assert all(shell.files()[path] == text for path, text in promised.items())


def test_a_key_that_comes_again_changes_nothing_and_says_so(shell: Shell) -> None:
    shell.done(*DRAFT, "--idempotency-key", "deal-812")
    before = shell.files()
    shell.at("2026-01-12T02:00:00Z")
    said = shell.done("--idempotency-key", "deal-812", *DRAFT)
    assert said.out == "Nothing to do: deal-812 was done already (invoice-drafted SG-2026-00001).\n"
    answer = shell.done("--idempotency-key", "deal-812", *DRAFT, "--json").json
    assert answer["facts"] == answer["written"] == []
    assert answer["result"]["entities"] == ["SG-2026-00001"]
    assert shell.files() == before


@pytest.mark.parametrize(
    "words",
    [
        ("invoice", "draft", "acme", "handbook", "2"),
        (*DRAFT, "--date", "2026-01-10"),
        ("invoice", "void", "SG-2026-00001", "--reason", "x"),
    ],
)
def test_a_key_with_other_content_is_refused(shell: Shell, words: tuple[str, ...]) -> None:
    shell.done(*DRAFT, "--idempotency-key", "deal-812")
    error = shell.refused(*words, "--idempotency-key", "deal-812")
    assert "The idempotency key deal-812 was used for something else: invoice-drafted SG-2026-00001." in error
    assert "Rule U6" in error


def test_json_is_one_object_with_result_facts_and_written(shell: Shell) -> None:
    answer = shell.done(*DRAFT, "--json").json
    assert set(answer) == {"result", "facts", "written"}
    assert answer["result"]["number"] == "SG-2026-00001"
    assert answer["result"]["total"] == "27.25 SGD"
    (fact,) = answer["facts"]
    assert (fact["kind"], fact["actor"], fact["lines"][0]["tax"]) == ("invoice-drafted", "sarah", "2.25 SGD")
    (written,) = [one for one in answer["written"] if "2026-01." in one]
    path, lines = written.split(":")
    first, last = map(int, lines.split("-"))
    assert "\n".join(shell.files()[path].split("\n")[first - 1 : last]).strip() == shell.journal().strip()


def test_json_of_a_refusal_has_its_three_parts(shell: Shell) -> None:
    said = shell("--json", "invoice", "draft", "acme", "placement-credit", "1", "--currency", "USD")
    assert said.status == 1
    assert set(said.json["error"]) == {"what", "rule", "instead"}
    assert said.json["error"]["rule"].startswith("P2")


def test_status_0_when_done_and_when_there_is_nothing_to_do(shell: Shell) -> None:
    assert shell(*DRAFT).status == 0
    assert shell("invoice", "edit", "SG-2026-00001").status == 0
    assert shell("invoice", "list", "--status", "paid").status == 0


def test_status_1_when_a_rule_refuses(shell: Shell) -> None:
    error = shell.refused("invoice", "draft", "quote", "placement-credit", "1", status=1)
    assert [line.split()[0] for line in error.splitlines()] == ["Refused:", "Rule", "Instead:"]


@pytest.mark.parametrize(
    "words",
    [("invoice", "drfat"), ("invoce",), ("invoice", "draft"), (*DRAFT, "--date", "2026-13-01"), (*DRAFT, "--x")],
)
def test_status_2_when_the_command_is_wrong(shell: Shell, words: tuple[str, ...]) -> None:
    shell.refused(*words, status=2)


def test_status_3_when_the_books_have_a_problem_with_what_is_touched_and_only_then(shell: Shell) -> None:
    shell.done(*DRAFT)
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.done(*DRAFT)
    path = shell.root / "journal/2026/2026-01.beancount"
    path.write_text(path.read_text().replace('description: "Handbook"', 'description: "Handbuch"', 1))
    error = shell.refused("payment", "submit", "SG-2026-00001", status=3)
    assert "billing-beans check" in error
    shell.done("invoice", "issue", "SG-2026-00002")


def test_status_3_when_the_books_can_not_be_read_whole(shell: Shell) -> None:
    with (shell.root / "setup/catalog.beancount").open("a") as catalog:
        catalog.write("2026-01-01 custom billing\n")
    shell.refused(*DRAFT, status=3)


def test_status_4_when_there_are_no_books(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--books", str(tmp_path), *DRAFT]) == 4
    assert "There are no books in" in capsys.readouterr().err


def test_status_4_when_a_file_of_the_books_is_gone(shell: Shell) -> None:
    (shell.root / "setup/customers.beancount").unlink()
    shell.refused(*DRAFT, status=4)


def test_books_are_found_above_the_folder_where_one_stands(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shell.root / "documents" / "deep"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert run(list(DRAFT)) == 0
    assert "SG-2026-00001" in shell.journal()


def test_the_same_input_gives_the_same_bytes(shell: Shell, other_books: Path) -> None:
    for root in (shell.root, other_books):
        for words in (DRAFT, ("invoice", "issue", "SG-2026-00001"), ("payment", "submit", "SG-2026-00001")):
            assert run(["--books", str(root), *words]) == 0
    assert (other_books / "journal/2026/2026-01.beancount").read_text() == shell.journal()


def test_completion_offers_what_fits_the_state(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.done(*DRAFT)
    shell.done(*DRAFT)
    shell.done("invoice", "issue", "SG-2026-00001")
    monkeypatch.chdir(shell.root)
    assert shell_words(["invoice", "issue"]) == ["SG-2026-00002"]
    assert shell_words(["payment", "submit"]) == ["SG-2026-00001"]


def test_a_refund_is_completed_where_it_stands_and_in_every_state_to_be_shown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.done("payment", "receive", "--customer", "acme", "--amount", "50.00 SGD")
    shell.done("payment", "refund", "PAY-1", "20.00 SGD", "--reason", "x", "--paid")
    shell.done("payment", "refund", "PAY-1", "--reason", "x")
    monkeypatch.chdir(shell.root)
    assert shell_words(["refund", "settle"]) == ["REF-2"]
    assert shell_words(["refund", "show"]) == ["REF-1", "REF-2"]


def test_credits_are_completed_by_what_can_be_done_with_them(kinds: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = kinds
    for quantity in ("1", "2", "3"):
        shell.done("invoice", "draft", "acme", "handbook", quantity)
    shell.done("invoice", "issue", "SG-2026-00001", "SG-2026-00002")
    shell.done("credit", "top-up", "acme", "30", "--unit", "CREDIT", "--receive", "--until", "2026-12-31")
    shell.done("credit", "grant", "acme", "5", "--unit", "CREDIT")
    shell.done("credit", "apply", "SG-2026-00001")
    shell.done("payment", "receive", "--customer", "acme", "--amount", "5.00 SGD")
    monkeypatch.chdir(shell.root)
    shell.done("credit", "top-up", "acme", "5", "--unit", "CREDIT")
    assert shell_words(["credit", "apply"]) == ["SG-2026-00003", "SG-2026-00002"]
    shell.done("credit", "apply", "SG-2026-00003", "--amount", "1.00 SGD")
    assert shell_words(["credit", "reverse"]) == ["APP-1", "APP-2"]
    shell.done("invoice", "issue", "SG-2026-00003")
    assert shell_words(["credit", "reverse"]) == ["APP-1"], "what lowered an issued invoice stays"
    assert shell_words(["payment", "refund"]) == ["PAY-2", "PAY-1"]
    assert shell_words(["credit", "adjust"]) == ["GRANT-1", "GRANT-2"]
    assert shell_words(["credit", "expire", "--grant"]) == ["GRANT-1"]
    assert shell_words(["credit", "top-up", "acme", "5", "--from"]) == ["PAY-2"]
    assert shell_words(["credit", "top-up", "acme", "5", "--product"]) == ["pack", "top-up"]
    assert shell_words(["credit", "grant"]) == ["acme", "quote"]


def shell_words(args: list[str]) -> list[str]:
    """What <TAB> offers behind these words."""
    from click.shell_completion import ShellComplete  # noqa: PLC0415

    from billing_beans.cli.root import root  # noqa: PLC0415

    complete = ShellComplete(root, {}, "billing-beans", "_BILLING_BEANS_COMPLETE")
    return [one.value for one in complete.get_completions(args, "") if not one.value.startswith("-")]


def test_a_line_of_json_is_one_line(shell: Shell) -> None:
    out = shell.done("invoice", "draft", "quote", "handbook", "1", "--json").out
    assert out.count("\n") == 1
    assert json.loads(out)["facts"][0]["bill-to-name"].startswith('Q}"ote')
