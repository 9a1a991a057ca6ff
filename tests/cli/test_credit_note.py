"""I7, R4: `billing-beans credit-note render` makes the PDF of a credit note, and records it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Document

from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.cli.root import run
from billing_beans.documents.files import stale_documents
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.lines import Item

sys.path.append(str(Path(__file__).parent.parent / "documents"))

from billed_books import CONSULTING, GIG, PLACEMENT, Billed

NUMBER = "CN-SG-2026-00001"
FILE = f"documents/Assets/SG/Receivable/Acme/2026-01-11.{NUMBER}.pdf"
Render = Callable[..., int]


@pytest.fixture(autouse=True)
def _repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T04:00:00Z")
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    monkeypatch.setenv("BILLING_BEANS_ACTOR", "sarah")


@pytest.fixture
def billed(tmp_path: Path) -> Billed:
    return Billed(tmp_path / "books").make()


@pytest.fixture
def render(billed: Billed) -> Render:
    return lambda *args: run(["--books", str(billed.root), "credit-note", "render", *args])


def credited(billed: Billed, *items: Item, lines: tuple[CreditLine, ...] = (), paid: str | None = None) -> str:
    """An invoice, over ten placement credits if nothing else is said, paid so far, of which lines are credited, or all."""
    number = billed.issue(billed.draft("acme", *(items or (PLACEMENT,))))
    if paid is not None:
        billed.pay(number, paid)
    billed.perform(credit_invoice, CreditInvoice(number, "ordered too many", lines))
    return number


def facts(billed: Billed) -> list[Any]:
    return list(billed.books.invoices.credit_note_documents.all())


def text_of(pdf: Path) -> str:
    command = ["pdftotext", "-layout", str(pdf), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_quotes_its_invoice_says_why_and_is_recorded(billed: Billed, render: Render) -> None:
    credited(billed)
    assert render(NUMBER) == 0
    text = text_of(billed.root / FILE)
    for expected in (
        "Credit Note",
        NUMBER,
        "SG-2026-00001 of 11 Jan 2026",
        "ordered too many",
        "GST Reg. No. M90000001X",
        "Acme Pte. Ltd.",
        "SGD 981.00",
    ):
        assert expected in text
    assert re.search(r"GST 9% on 900\.00 +81\.00", text)
    assert re.search(r"Set against SG-2026-00001 +981\.00", text)
    assert "OCBC" not in text, "nobody pays a credit note"
    assert re.search(r"Number +Date +Corrects", text)
    (fact,) = facts(billed)
    assert (fact.credit_note, fact.file) == (NUMBER, FILE)
    assert fact.digest == "sha256:" + hashlib.sha256((billed.root / FILE).read_bytes()).hexdigest()


def test_what_was_paid_already_goes_to_the_customers_account(billed: Billed, render: Render) -> None:
    credited(billed, paid="900.00 SGD")
    assert render(NUMBER) == 0
    text = text_of(billed.root / FILE)
    assert re.search(r"Set against SG-2026-00001 +81\.00", text)
    assert re.search(r"To your account +900\.00", text)


def test_a_part_of_a_discounted_line_shows_its_part_of_the_discount(billed: Billed, render: Render) -> None:
    credited(billed, PLACEMENT, CONSULTING, lines=(CreditLine(1, Decimal(4)),))
    assert render(NUMBER) == 0
    text = text_of(billed.root / FILE)
    assert re.search(r"4 +100\.00 +9% +360\.00", text)
    assert "Discount −40.00" in text  # noqa: RUF001 - amounts have a real minus sign
    assert "Consulting" not in text


def test_a_gig_sale_is_credited_with_its_exempt_principal_and_its_fee(billed: Billed, render: Render) -> None:
    credited(billed, GIG, lines=(CreditLine(1, Decimal(5)),))
    assert render(NUMBER) == 0
    text = text_of(billed.root / FILE)
    assert re.search(r"Gig credits.* 5 +20\.00 +exempt +100\.00", text)
    assert re.search(r"GST exempt on 100\.00 +0\.00", text)
    assert re.search(r"GST 9% on 15\.00 +1\.35", text)


def test_rendering_twice_writes_nothing_and_a_new_template_changes_nothing_that_went_out(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    credited(billed)
    assert render(NUMBER) == 0
    (billed.root / "templates").mkdir()
    (billed.root / "templates/credit-note.html.j2").write_text('<html lang="en"><p>Own {{ doc.number }}</p></html>')
    capsys.readouterr()
    assert render(NUMBER) == 0
    assert f"Nothing to do: {NUMBER} is rendered as it stands" in capsys.readouterr().out
    assert len(facts(billed)) == 1
    assert render(NUMBER, "--force") == 0
    assert f"Own {NUMBER}" in text_of(billed.root / FILE)


def test_beancount_shows_it_in_the_journal_of_the_customer_and_check_passes(billed: Billed, render: Render) -> None:
    credited(billed)
    assert render("--all") == 0
    entries, errors, _ = loader.load_file(str(billed.root / "main.beancount"))
    assert errors == []
    assert [one.account for one in entries if isinstance(one, Document)] == ["Assets:SG:Receivable:Acme"]
    assert run(["--books", str(billed.root), "check"]) == 0


def test_its_invoice_shows_the_credit_note_and_stands_as_credited(billed: Billed, render: Render) -> None:
    number = credited(billed)
    assert run(["--books", str(billed.root), "invoice", "render", number]) == 0
    text = text_of(billed.root / f"documents/Assets/SG/Receivable/Acme/2026-01-11.{number}-credited.pdf")
    assert "CREDITED" in text
    assert re.search(r"Credit note 11 Jan 2026.* −981\.00", text)  # noqa: RUF001 - amounts have a real minus sign
    assert NUMBER in text
    assert re.search(r"Amount due SGD +0\.00", text)
    assert "OCBC" not in text


def test_an_unknown_one_is_refused_and_nothing_is_written(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render("CN-9") == 1
    assert "CN-9" in capsys.readouterr().err
    assert render() == 2
    assert "billing-beans credit-note render" in capsys.readouterr().err
    assert render("--all") == 0
    assert "No credit notes." in capsys.readouterr().out
    assert not list(billed.root.rglob("*.pdf"))


def test_all_in_json_names_the_credit_note(billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]) -> None:
    credited(billed)
    capsys.readouterr()
    assert render("--all", "--customer", "acme", "--json") == 0
    (made,) = json.loads(capsys.readouterr().out)["result"]
    assert (made["credit-note"], made["file"], made["done"]) == (NUMBER, FILE, "rendered")
    assert render("--all", "--customer", "muster") == 0
    assert "No credit notes." in capsys.readouterr().out


def test_an_edited_document_is_found_and_not_written_over(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    credited(billed)
    assert render(NUMBER) == 0
    (billed.root / FILE).write_bytes(b"%PDF edited")
    ((_file, problem),) = stale_documents(billed.books, billed.root)
    assert f"not the document of {NUMBER} that was recorded" in problem.message
    assert problem.remedy.endswith(f"billing-beans credit-note render {NUMBER} --force")
    assert render(NUMBER) == 1
    assert f"billing-beans credit-note render {NUMBER} --force" in capsys.readouterr().err
