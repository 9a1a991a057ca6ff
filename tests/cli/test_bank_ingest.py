"""Bank statements through beangulp's own command line and through Fava's import page, with the example that is shipped."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader
from beancount.core import data
from fava.application import create_app

sys.path.append(str(Path(__file__).parents[1] / "importers"))

from bank_samples import booking, camt, entry, mt940, ofx
from beginnings import beginning

from billing_beans.core.errors import WrongUsage
from billing_beans.importers.bank.ingest import CamtImporter, Mt940Importer

if TYPE_CHECKING:
    from conftest import Shell

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "import.py"
BANK = "Assets:SG:Bank:OCBC"
HOSTILE = 'Fee "x" \\ ; 2026-01-01 open Assets:Evil'


@beginning
def books(shell: Shell) -> Shell:
    """An invoice over 981.00, an account for what is not matched, the example, and a statement: a payment and a fee."""
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.at("2026-01-20T02:00:00Z")
    with (shell.root / "setup" / "accounts.beancount").open("a", encoding="utf-8") as handle:
        handle.write("2026-01-01 open Assets:SG:Bank:Unmatched\n")
    shutil.copy(EXAMPLE, shell.root / "import.py")
    (shell.root / "downloads").mkdir()
    statement(shell).write_text(camt(entry(), entry("5.00", HOSTILE.replace("&", ""), sign="DBIT", bank_id="FEE")))
    return shell


def statement(books: Shell, name: str = "january.xml") -> Path:
    return books.root / "downloads" / name


def beangulp(books: Shell, *words: str) -> str:
    """What the command line of beangulp says on stdout, run as a user runs it."""
    run = subprocess.run(
        [sys.executable, "import.py", *words], cwd=books.root, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def load(books: Shell) -> tuple[list[data.Directive], list[Any]]:
    entries, errors, _ = loader.load_file(str(books.root / "main.beancount"))
    return entries, errors


def keep(books: Shell, text: str) -> None:
    """Save what was extracted as a person does: in a file that main.beancount includes."""
    with (books.root / "bank.beancount").open("a", encoding="utf-8") as handle:
        handle.write(text)
    main = books.root / "main.beancount"
    if "bank.beancount" not in main.read_text(encoding="utf-8"):
        main.write_text(main.read_text(encoding="utf-8") + 'include "bank.beancount"\n', encoding="utf-8")


def live(text: str) -> list[str]:
    """The first lines of transactions that are no comments."""
    return [line for line in text.splitlines() if line.startswith("2026-") and " ! " in line]


def test_beangulp_identifies_each_format_once(books: Shell) -> None:
    statement(books, "b.sta").write_text(mt940(":61:260113C1,00NTRFNONREF"))
    statement(books, "c.ofx").write_text(ofx(booking()))
    statement(books, "d.csv").write_text("Date,Amount,Description,Name\n13/01/2026,5.00,x,y\n")
    statement(books, "e.txt").write_text("nothing of a bank")
    said = beangulp(books, "identify", "downloads")
    found = [one.split(".")[1] for one in said.splitlines() if "billing-beans." in one]
    assert found == ["mt940", "ofx", "csv", "camt"], "b.sta, c.ofx, d.csv, january.xml"


def test_beangulp_extracts_transactions_that_the_books_take(books: Shell) -> None:
    text = beangulp(books, "extract", "downloads", "--existing", "main.beancount")
    assert "  Assets:SG:Bank:OCBC        981.00 SGD" in text
    assert "  Assets:SG:Bank:Unmatched  -981.00 SGD" in text
    assert "2026-01-14 balance Assets:SG:Bank:OCBC                             1981.00 SGD" in text
    keep(books, text)
    entries, errors = load(books)
    assert [error.message.partition(":")[0] for error in errors] == ["Balance failed for 'Assets"], (
        "the books begin at 0, the bank did not"
    )
    fee = next(
        one for one in entries if isinstance(one, data.Transaction) and one.flag == "!" and "Fee" in one.narration
    )
    assert fee.narration == HOSTILE
    assert not [one for one in entries if isinstance(one, data.Open) and "Evil" in one.account]


def test_what_the_books_have_is_a_duplicate_for_beangulp(books: Shell) -> None:
    books.done("import", "bank", str(statement(books)), "--verify")
    text = beangulp(books, "extract", "downloads", "--existing", "main.beancount")
    assert [line for line in live(text) if "Acme" in line] == []
    assert "; duplicate of" in text
    assert len(live(text)) == 1
    keep(books, text)
    again = beangulp(books, "extract", "downloads", "--existing", "main.beancount")
    assert live(again) == []
    assert "2026-01-14 balance" not in [line[:18] for line in again.splitlines()]


def test_what_was_recorded_without_a_statement_is_a_duplicate_once(books: Shell) -> None:
    """A payment that was verified by hand has no line: it is told by account, amount and day."""
    books.done("payment", "submit", "SG-2026-00001")
    books.done("payment", "verify", "PAY-1", "--received", "2026-01-12")
    statement(books).write_text(camt(entry(), entry(text="again", day="2026-01-14"), entry("5.00", "fee", sign="DBIT")))
    text = beangulp(books, "extract", "downloads", "--existing", "main.beancount")
    assert text.count("; duplicate of") == 1
    assert [line[:10] for line in live(text)] == ["2026-01-13", "2026-01-14"]


def test_two_statements_that_overlap_are_extracted_once(books: Shell) -> None:
    shutil.copy(statement(books), statement(books, "again.xml"))
    text = beangulp(books, "extract", "downloads")
    assert len(live(text)) == 2


def test_a_line_that_was_extracted_is_not_verified_a_second_time_into_the_bank(books: Shell) -> None:
    """Its money is in the bank already: the payment is recorded from the account for what is not matched."""
    keep(
        books, "\n".join(line for line in beangulp(books, "extract", "downloads").splitlines() if "balance" not in line)
    )
    said = books.done("import", "bank", str(statement(books)), "--verify").out
    assert "2 in the books already" in said
    books.done("payment", "submit", "SG-2026-00001")
    books.done("payment", "verify", "PAY-1", "--received", "2026-01-13", "--into", "Assets:SG:Bank:Unmatched")
    entries, errors = load(books)
    assert errors == []
    moved = [
        posting.units.number
        for one in entries
        if isinstance(one, data.Transaction)
        for posting in one.postings
        if posting.account == "Assets:SG:Bank:Unmatched" and posting.units
    ]
    assert sum(moved) == 5


def test_favas_import_page_extracts_the_same(books: Shell) -> None:
    main = books.root / "main.beancount"
    options = '2026-01-01 custom "fava-option" "import-config" "import.py"\n2026-01-01 custom "fava-option" "import-dirs" "downloads"\n'
    main.write_text(main.read_text(encoding="utf-8") + options, encoding="utf-8")
    books.done("import", "bank", str(statement(books)), "--verify")
    client = create_app([str(main)]).test_client()
    page = client.get("/example/api/imports").get_json()["data"]
    (found,) = [one for one in page if one["basename"] == "january.xml"]
    (importer,) = found["importers"]
    assert importer == {
        "account": BANK,
        "date": "2026-01-13",
        "importer_name": f"billing-beans.camt.{BANK}",
        "name": "january.xml",
    }
    answer = client.get(
        "/example/api/extract", query_string={"filename": found["name"], "importer": importer["importer_name"]}
    )
    entries = answer.get_json()["data"]
    assert [(one["t"], bool(one["meta"].get("__duplicate__"))) for one in entries] == [
        ("Transaction", True),
        ("Transaction", False),
        ("Balance", False),
    ]
    fee = entries[1]
    assert fee["narration"] == HOSTILE
    saved = client.put("/example/api/add_entries", json={"entries": [fee]})
    assert saved.status_code == 200, saved.get_json()
    assert load(books)[1] == []
    again = client.get(
        "/example/api/extract", query_string={"filename": found["name"], "importer": importer["importer_name"]}
    )
    assert bool(again.get_json()["data"][1]["meta"].get("__duplicate__"))


@pytest.mark.parametrize(
    ("account", "unmatched"),
    [
        ("Assets:SG:Receivable:Acme", None),
        ("Expenses:Fees", None),
        (BANK, "Assets:SG:Receivable:Acme"),
        (BANK, "Liabilities:SG:Unapplied:Acme"),
    ],
)
def test_an_importer_moves_no_account_of_the_tool(account: str, unmatched: str | None) -> None:
    with pytest.raises(WrongUsage):
        CamtImporter(account, unmatched=unmatched)


def test_an_importer_takes_only_statements_of_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(camt(entry()))
    assert CamtImporter(BANK).identify(str(path))
    assert CamtImporter(BANK, "SG 001").identify(str(path))
    assert not CamtImporter(BANK, "SG002").identify(str(path))
    assert not Mt940Importer(BANK).identify(str(path))
    assert not CamtImporter(BANK).identify(str(tmp_path / "none.xml"))
