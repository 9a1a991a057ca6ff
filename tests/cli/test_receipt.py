"""R4: `billing-beans payment receipt` makes the receipt of a payment that came, and records it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Document

from billing_beans.acts.payments import submit_payment
from billing_beans.cli.root import run
from billing_beans.documents.files import stale_documents
from billing_beans.payments.operations import SubmitPayment

sys.path.append(str(Path(__file__).parent.parent / "documents"))

from billed_books import CONSULTING, GIG, PLACEMENT, Billed

RECEIPT = "documents/Assets/SG/Receivable/Acme/2026-01-11.PAY-1.pdf"
Receipt = Callable[..., int]


@pytest.fixture(autouse=True)
def _repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T04:00:00Z")
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    monkeypatch.setenv("BILLING_BEANS_ACTOR", "sarah")


@pytest.fixture
def billed(tmp_path: Path) -> Billed:
    return Billed(tmp_path / "books").make()


@pytest.fixture
def receipt(billed: Billed) -> Receipt:
    return lambda *args: run(["--books", str(billed.root), "payment", "receipt", *args])


def paid(billed: Billed, amount: str | None = None) -> str:
    return billed.pay(billed.issue(billed.draft("acme", PLACEMENT)), amount)


def facts(billed: Billed) -> list[Any]:
    return list(billed.books.payments.receipts.all())


def text_of(pdf: Path) -> str:
    command = ["pdftotext", "-layout", str(pdf), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_receipt_shows_what_came_and_what_it_settled_and_is_recorded(billed: Billed, receipt: Receipt) -> None:
    payment = paid(billed, "81.00 SGD")
    assert receipt(payment) == 0
    text = text_of(billed.root / RECEIPT)
    for expected in ("Receipt", "PAY-1", "SGD 81.00", "Received 11 Jan 2026", "Bank transfer", "SG-2026-00001"):
        assert expected in text
    (fact,) = facts(billed)
    assert (fact.payment, fact.file) == ("PAY-1", RECEIPT)
    assert fact.digest == "sha256:" + hashlib.sha256((billed.root / RECEIPT).read_bytes()).hexdigest()


def test_the_fee_of_a_processor_is_not_shown(billed: Billed, receipt: Receipt) -> None:
    billed.issue(billed.draft("acme", PLACEMENT))
    books = ["--books", str(billed.root)]
    assert run([*books, "payment", "submit", "SG-2026-00001", "--method", "processor"]) == 0
    assert run([*books, "payment", "verify", "PAY-1", "--fee", "29.00 SGD"]) == 0
    assert receipt("PAY-1") == 0
    text = text_of(billed.root / RECEIPT)
    assert "SGD 981.00" in text
    assert "Online payment" in text
    assert "29.00" not in text
    assert "952.00" not in text


def test_what_happens_to_the_invoice_later_leaves_the_receipt_as_it_is(billed: Billed, receipt: Receipt) -> None:
    paid(billed, "81.00 SGD")
    assert receipt("PAY-1") == 0
    before = (billed.root / RECEIPT).read_bytes()
    billed.pay("SG-2026-00001")
    assert receipt("PAY-1", "PAY-2") == 0
    assert (billed.root / RECEIPT).read_bytes() == before
    assert [one.payment for one in facts(billed)] == ["PAY-1", "PAY-2"]


def test_rendering_twice_writes_nothing_the_second_time(
    billed: Billed, receipt: Receipt, capsys: pytest.CaptureFixture[str]
) -> None:
    paid(billed)
    assert receipt("PAY-1") == 0
    (billed.root / "templates").mkdir()
    (billed.root / "templates/receipt.html.j2").write_text('<html lang="en"><p>Own {{ doc.number }}</p></html>')
    capsys.readouterr()
    assert receipt("PAY-1") == 0
    assert "Nothing to do: PAY-1 is rendered as it stands" in capsys.readouterr().out
    assert len(facts(billed)) == 1
    assert receipt("PAY-1", "--force") == 0
    assert "Own PAY-1" in text_of(billed.root / RECEIPT)


def test_beancount_shows_the_receipt_in_the_journal_of_the_customer(billed: Billed, receipt: Receipt) -> None:
    paid(billed)
    assert receipt("--all") == 0
    entries, errors, _ = loader.load_file(str(billed.root / "main.beancount"))
    assert errors == []
    assert [one.account for one in entries if isinstance(one, Document)] == ["Assets:SG:Receivable:Acme"]


def test_a_payment_that_did_not_come_has_no_receipt(
    billed: Billed, receipt: Receipt, capsys: pytest.CaptureFixture[str]
) -> None:
    number = billed.issue(billed.draft("acme", CONSULTING))
    billed.perform(submit_payment, SubmitPayment((number,)))
    assert receipt("PAY-1") == 1
    said = capsys.readouterr().err
    assert "PAY-1 is submitted" in said
    assert "billing-beans payment verify PAY-1" in said
    assert receipt("PAY-9") == 1
    assert "There is no payment PAY-9" in capsys.readouterr().err
    assert not list(billed.root.rglob("*.pdf"))


def test_all_is_by_customer_and_says_so_where_there_is_none(
    billed: Billed, receipt: Receipt, capsys: pytest.CaptureFixture[str]
) -> None:
    assert receipt("--all") == 0
    assert "No payments." in capsys.readouterr().out
    paid(billed)
    billed.pay(billed.issue(billed.draft("4711-works", GIG)))
    assert receipt("--all", "--customer", "4711-works", "--json") == 0
    (made,) = json.loads(capsys.readouterr().out)["result"]
    assert made["payment"] == "PAY-2"
    assert "status" not in made
    assert receipt("PAY-1", "--customer", "acme") == 2
    assert receipt("--all", "--customer", "nobody") == 1


def test_a_receipt_to_a_file_records_nothing(billed: Billed, receipt: Receipt, tmp_path: Path) -> None:
    paid(billed)
    assert receipt("PAY-1", "--output", str(tmp_path / "receipt.pdf")) == 0
    assert "SGD 981.00" in text_of(tmp_path / "receipt.pdf")
    assert facts(billed) == []
    assert not (billed.root / RECEIPT).exists()


def test_an_edited_receipt_is_found_and_not_written_over(
    billed: Billed, receipt: Receipt, capsys: pytest.CaptureFixture[str]
) -> None:
    paid(billed)
    assert receipt("PAY-1") == 0
    (billed.root / RECEIPT).write_bytes(b"%PDF edited")
    ((file, problem),) = stale_documents(billed.books, billed.root)
    assert file == RECEIPT
    assert "not the receipt of PAY-1 that was recorded" in problem.message
    assert problem.remedy.endswith("billing-beans payment receipt PAY-1 --force")
    assert receipt("PAY-1") == 1
    assert "billing-beans payment receipt PAY-1 --force" in capsys.readouterr().err
    assert (billed.root / RECEIPT).read_bytes() == b"%PDF edited"
