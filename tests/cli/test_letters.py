"""Statements and reminders as PDF: what they say, and what is refused (R5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
import pytest
from beginnings import beginning

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

ONE, TWO = "SG-2026-00001", "SG-2026-00002"


@beginning
def late(shell: Shell) -> Shell:
    """Two invoices of acme, due on 2026-02-10 and 2026-02-25, a payment of the first; today is 2026-03-18."""
    shell.done("invoice", "draft", "acme", "handbook", "2")
    shell.done("invoice", "issue", ONE)
    shell.done("payment", "submit", ONE, "--amount", "30.00 SGD")
    shell.at("2026-01-26T02:00:00Z")
    shell.done("payment", "verify", "PAY-1")
    shell.done("invoice", "draft", "acme", "handbook", "2")
    shell.done("invoice", "issue", TWO)
    shell.at("2026-03-18T02:00:00Z")
    return shell


def text_of(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)


def test_a_statement_as_pdf_shows_what_the_table_shows(late: Shell, tmp_path: Path) -> None:
    path = tmp_path / "statement.pdf"
    said = late.done("report", "statement", "acme", "--period", "2026-Q1", "--pdf", str(path))
    assert said.out == f"Wrote the statement of acme to {path}; nothing is recorded.\n"
    text = text_of(path)
    for words in ("Acme Pte. Ltd.", "Example Pte. Ltd.", ONE, TWO, "PAY-1", "54.50", "30.00", "79.00"):
        assert words in text
    before = path.read_bytes()
    late.done("report", "statement", "acme", "--period", "2026-Q1", "--pdf", str(path))
    assert path.read_bytes() == before


def test_a_pdf_holds_one_statement(late: Shell, tmp_path: Path) -> None:
    late.done("invoice", "draft", "acme", "handbook", "1", "--currency", "USD")
    late.done("invoice", "issue", "SG-2026-00003")
    path = tmp_path / "statement.pdf"
    assert "these are 2: sg in SGD, sg in USD" in late.refused(
        "report", "statement", "acme", "--pdf", str(path), status=2
    )
    assert not path.exists()
    late.done("report", "statement", "acme", "--currency", "USD", "--pdf", str(path))
    assert "20.71" in text_of(path)
    assert "can't be written both" in late.refused(
        "report", "statement", "acme", "--csv", "--pdf", str(path), status=2
    )  # fmt: skip


def test_a_reminder_asks_for_what_is_overdue(late: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    before = late.files()
    said = late.done("dunning", "letter", "acme", "--output", str(folder), "--days", "10")
    (path,) = folder.iterdir()
    assert path.name == "2026-03-18.sg.acme.SGD.reminder-3.pdf"
    assert str(path) in said.out
    assert "nothing is sent or recorded" in said.out
    text = text_of(path)
    for words in ("Acme Pte. Ltd.", ONE, "24.50", TWO, "54.50", "79.00", "28 Mar 2026"):
        assert words in text
    assert late.files() == before
    again = late("dunning", "letter", "acme", "--output", str(folder))
    assert "is there already" in again.err
    assert again.out == "No letter was written.\n"
    late.done("dunning", "letter", "acme", "--output", str(folder), "--force")


def test_a_letter_has_the_words_of_its_level(late: Shell, tmp_path: Path) -> None:
    late.done(
        "dunning", "level", "add", "1", "--days", "5", "--title", "Have you forgotten us?",
        "--text", "Please look at this.\n\nPay until {date}.", "--date", "2026-03-01",
    )  # fmt: skip
    said = late.done("dunning", "letter", "--all", "--output", str(tmp_path), "--json").json["result"]
    assert [(one["customer"], one["level"], one["open"], one["pay-by"]) for one in said] == [
        ("acme", 1, "79.00 SGD", "2026-04-01")
    ]
    text = text_of(tmp_path / "2026-03-18.sg.acme.SGD.reminder-1.pdf")
    assert "Have you forgotten us?" in text
    assert "Please look at this." in text


def test_nobody_is_reminded_of_what_is_paid_perhaps(late: Shell, tmp_path: Path) -> None:
    late.done("payment", "submit", ONE)
    (one,) = late.done("dunning", "letter", "--all", "--output", str(tmp_path), "--json").json["result"]
    assert (one["level"], one["open"]) == (2, "54.50 SGD")
    late.done("payment", "submit", TWO)
    assert late.done("dunning", "letter", "--all", "--output", str(tmp_path)).out == (
        "Nobody is to be reminded on 2026-03-18.\n"
    )
    assert "nothing to remind acme of" in late.refused("dunning", "letter", "acme", "--output", str(tmp_path))


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("acme", "--all"), 2, "either to whom to write, or --all"),
        ((), 2, "either to whom to write, or --all"),
        (("nobody",), 1, "There is no customer nobody"),
        (("acme", "--date", "2026-02-12"), 1, "no invoice is on a level"),
        (("acme", "--seller", "xx"), 1, "There is no legal entity xx"),
        (("acme", "--days", "0"), 2, "0 is not in the range"),
        (("acme", "--level", "2"), 2, "--level chooses among all customers"),
        (("acme", "--output", " "), 2, "--output is empty"),
    ],
)
def test_letters_that_make_no_sense_are_refused(
    late: Shell, tmp_path: Path, words: tuple[str, ...], status: int, expected: str
) -> None:
    assert expected in late.refused("dunning", "letter", "--output", str(tmp_path / "new"), *words, status=status)
    assert not (tmp_path / "new").exists()


def test_a_dry_run_writes_no_letter(late: Shell, tmp_path: Path) -> None:
    assert (
        "would be written" in late.done("dunning", "letter", "acme", "--output", str(tmp_path / "x"), "--dry-run").out
    )
    assert not (tmp_path / "x").exists()


def test_a_letter_that_can_not_be_written_is_named_and_the_others_are(late: Shell, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    said = late("dunning", "letter", "--all", "--output", str(blocked))
    assert said.status == 1
    assert "No letter to acme" in said.err
    assert "Traceback" not in said.err
