"""R4, P4: `billing-beans invoice render` makes the PDF of an invoice as it stands, and records it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Document

from billing_beans.acts import documents as acting
from billing_beans.cli.root import run
from billing_beans.documents.files import stale_documents
from billing_beans.ledger.journal import Journal

sys.path.append(str(Path(__file__).parent.parent / "documents"))

from billed_books import CONSULTING, GIG, PLACEMENT, Billed

RECEIVABLE = "documents/Assets/SG/Receivable/Acme/2026-01-11."


@pytest.fixture(autouse=True)
def _repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T04:00:00Z")
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    monkeypatch.setenv("BILLING_BEANS_ACTOR", "sarah")


@pytest.fixture
def billed(tmp_path: Path) -> Billed:
    return Billed(tmp_path / "books").make()


Render = Callable[..., int]


@pytest.fixture
def render(billed: Billed) -> Render:
    return lambda *args: run(["--books", str(billed.root), "invoice", "render", *args])


def files(root: Path) -> dict[str, bytes]:
    """Every file of the books but those that are derived."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in found if ".billing-beans" not in path.parts}


def text_of(pdf: Path) -> str:
    command = ["pdftotext", "-layout", str(pdf), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def facts(billed: Billed) -> list[Any]:
    return list(billed.books.invoices.documents.all())


def test_each_standing_from_draft_to_paid_is_rendered_to_a_file_of_its_own(billed: Billed, render: Render) -> None:
    number = billed.draft("acme", PLACEMENT)
    steps: list[tuple[Callable[[], object], str, tuple[str, ...]]] = [
        (lambda: None, f"documents/unbooked/2026-01-11.{number}-draft-r1.pdf", ("DRAFT", "SGD 981.00")),
        (lambda: billed.issue(number), f"{RECEIVABLE}{number}.pdf", ("Amount due", "pay by 10 Feb 2026")),
        (lambda: billed.pay(number, "81.00 SGD"), f"{RECEIVABLE}{number}-partially-paid.pdf", ("SGD 900.00", "PAY-1")),
        (lambda: billed.pay(number), f"{RECEIVABLE}{number}-paid.pdf", ("PAID", "Paid 11 Jan 2026", "PAY-2")),
    ]
    for step, file, shown in steps:
        step()
        assert render(number) == 0
        text = text_of(billed.root / file)
        assert all(one in text for one in ("Tax Invoice", number, "Acme Pte. Ltd.", *shown))
    assert len(facts(billed)) == len(steps)
    for fact in facts(billed):
        assert fact.digest == "sha256:" + hashlib.sha256((billed.root / fact.file).read_bytes()).hexdigest()
    assert list(stale_documents(billed.books, billed.root)) == []


def test_a_void_invoice_and_a_draft_given_up_say_so(billed: Billed, render: Render) -> None:
    issued = billed.void(billed.issue(billed.draft("acme", CONSULTING)), "ordered twice")
    draft = billed.void(billed.draft("acme", GIG), "not wanted")
    assert render(issued, draft) == 0
    assert "ordered twice" in text_of(billed.root / f"{RECEIVABLE}{issued}-void.pdf")
    assert "not wanted" in text_of(billed.root / f"documents/unbooked/2026-01-11.{draft}-void.pdf")


def test_beancount_shows_documents_in_the_journal_of_their_account(billed: Billed, render: Render) -> None:
    digits = billed.issue(billed.draft("4711-works", GIG))
    billed.draft("acme", PLACEMENT)
    assert render("--all") == 0
    entries, errors, _ = loader.load_file(str(billed.root / "main.beancount"))
    assert errors == []
    (shown,) = [entry for entry in entries if isinstance(entry, Document)]
    assert shown.account == "Assets:SG:Receivable:4711-Works"
    assert Path(shown.filename).name == f"2026-01-11.{digits}.pdf"


def test_an_account_that_opens_after_the_draft_leaves_the_books_sound(billed: Billed, render: Render) -> None:
    billed.draft("acme", GIG)
    assert render("--all") == 0
    with (billed.root / "setup/accounts.beancount").open("a") as accounts:
        accounts.write("2026-02-01 open Assets:SG:Receivable:Acme\n")
    assert loader.load_file(str(billed.root / "main.beancount"))[1] == []


def test_rendering_twice_writes_nothing_the_second_time(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    billed.draft("acme", GIG)
    assert render("--all") == 0
    before = files(billed.root)
    capsys.readouterr()
    assert render(number) == 0
    assert f"Nothing to do: {number} is rendered as it stands" in capsys.readouterr().out
    assert render("--all") == 0
    assert "Nothing to do for 2" in capsys.readouterr().out
    assert files(billed.root) == before


def test_the_same_ledger_gives_the_same_bytes_in_other_copies_of_the_books(tmp_path: Path) -> None:
    logo = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="10"><rect width="40" height="10" fill="#7a1f2b"/></svg>'
    copies = []
    for name in ("one", "another copy"):
        billed = Billed(tmp_path / name).make(seller='  logo: "templates/logo.svg"')
        (billed.root / "templates").mkdir()
        (billed.root / "templates/logo.svg").write_text(logo)
        number = billed.issue(billed.draft("acme", PLACEMENT))
        billed.pay(number, "1.00 SGD")
        billed.draft("acme", GIG)
        assert run(["--books", str(billed.root), "invoice", "render", "--all"]) == 0
        copies.append(files(billed.root))
    assert copies[0] == copies[1]
    assert sum(name.endswith(".pdf") for name in copies[0]) == 2


def test_a_missing_file_is_made_again_and_nothing_is_recorded(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    render(number)
    before = files(billed.root)
    (billed.root / f"{RECEIVABLE}{number}.pdf").unlink()
    assert list(stale_documents(billed.books, billed.root)) == []
    assert render(number) == 0
    assert "Restored the document" in capsys.readouterr().out
    assert files(billed.root) == before


def test_an_edited_file_is_a_problem_and_is_written_over_only_by_force(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    render(number)
    before = files(billed.root)
    pdf = billed.root / f"{RECEIVABLE}{number}.pdf"
    pdf.write_bytes(b"%PDF edited")
    ((file, problem),) = stale_documents(billed.books, billed.root)
    assert (billed.root / file, number in problem.message) == (pdf, True)
    assert "--force" in problem.remedy
    edited = files(billed.root)
    assert render(number) == 1
    assert "not the one that was recorded" in capsys.readouterr().err
    assert files(billed.root) == edited
    assert render(number, "--force") == 0
    assert files(billed.root) == before


def test_a_file_that_somebody_put_there_is_kept(billed: Billed, render: Render) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    pdf = billed.root / f"{RECEIVABLE}{number}.pdf"
    pdf.parent.mkdir(parents=True)
    pdf.write_bytes(b"scanned")
    assert render(number) == 1
    assert (pdf.read_bytes(), facts(billed)) == (b"scanned", [])


def test_a_document_that_was_placed_but_never_recorded_is_taken_up(billed: Billed, render: Render) -> None:
    """A command that was killed between the two leaves the finished file."""
    number = billed.issue(billed.draft("acme", PLACEMENT))
    pdf = billed.root / f"{RECEIVABLE}{number}.pdf"
    pdf.parent.mkdir(parents=True)
    assert render(number, "--output", str(pdf)) == 0
    assert facts(billed) == []
    assert render(number) == 0
    assert [fact.file for fact in facts(billed)] == [f"{RECEIVABLE}{number}.pdf"]


def test_a_second_part_payment_replaces_the_document_of_the_first(billed: Billed, render: Render) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    for payment in ("PAY-1", "PAY-2"):
        billed.pay(number, "1.00 SGD")
        assert render(number) == 0
        assert payment in text_of(billed.root / f"{RECEIVABLE}{number}-partially-paid.pdf")
    assert list(stale_documents(billed.books, billed.root)) == []


def test_when_the_ledger_cant_be_written_the_files_are_taken_back(
    billed: Billed, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    billed.pay(number, "1.00 SGD")
    render(number)
    billed.pay(number, "1.00 SGD")
    billed.issue(billed.draft("acme", CONSULTING))
    before = files(billed.root)

    def fails(_journal: Journal, _appends: object) -> None:
        assert files(billed.root) != before, "the files are placed before the ledger is written"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "append", fails)
    assert render("--all") == 4
    assert files(billed.root) == before


def test_a_change_while_rendering_is_noticed_under_the_lock(
    billed: Billed, render: Render, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from billing_beans.documents import printing  # noqa: PLC0415

    number = billed.issue(billed.draft("acme", PLACEMENT))
    original = printing.Press.run

    def and_meanwhile(press: Any, *args: Any) -> Any:
        yield from original(press, *args)
        billed.pay(number, "1.00 SGD")

    monkeypatch.setattr(printing.Press, "run", and_meanwhile)
    assert render(number) == 1
    assert "changed while it was being rendered" in capsys.readouterr().err
    assert facts(billed) == []
    assert list((billed.root / "documents").rglob("*.pdf")) == []


@pytest.mark.parametrize("args", [(), ("--output", "-"), ("--dry-run",)])
def test_an_invoice_that_was_changed_after_its_issue_is_not_rendered(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str], args: tuple[str, ...]
) -> None:
    number = billed.issue(billed.draft("acme", CONSULTING))
    month = billed.root / "journal/2026/2026-01.beancount"
    month.write_text(month.read_text().replace('description: "Consulting"', 'description: "Consultation"'))
    before = files(billed.root)
    assert render(number, *args) == 3
    said = capsys.readouterr()
    assert f"There is a problem in the books with {number}" in said.err
    assert said.out == ""
    assert files(billed.root) == before


def test_dry_run_needs_no_right_to_write(billed: Billed, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    from billing_beans.documents import printing  # noqa: PLC0415

    number = billed.issue(billed.draft("acme", PLACEMENT))
    monkeypatch.setattr(printing, "staging_in", None)
    assert render(number, "--dry-run") == 0


def test_a_worker_that_is_ended_from_outside_is_said_and_nothing_is_written(
    billed: Billed, render: Render, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from billing_beans.documents import printing  # noqa: PLC0415

    for _ in range(printing.WORTH_WORKERS):
        billed.draft("acme", CONSULTING)
    before = files(billed.root)
    monkeypatch.setattr(printing, "_render", _ends_itself)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert render("--all") == 4
    assert "was ended from outside" in capsys.readouterr().err
    assert files(billed.root) == before


def _ends_itself(_templates: Path, _document: object) -> bytes:
    os._exit(1)


def test_a_test_book_marks_its_documents(tmp_path: Path) -> None:
    billed = Billed(tmp_path).make(livemode=False)
    number = billed.issue(billed.draft("acme", GIG))
    assert run(["--books", str(tmp_path), "invoice", "render", number]) == 0
    assert "Test: not a real document" in text_of(tmp_path / f"{RECEIVABLE}{number}.pdf")


def test_a_template_in_the_books_goes_first_and_changes_nothing_that_went_out(billed: Billed, render: Render) -> None:
    issued, draft = billed.issue(billed.draft("acme", CONSULTING)), billed.draft("acme", GIG)
    render("--all")
    (billed.root / "templates").mkdir()
    (billed.root / "templates/invoice.html.j2").write_text(
        '{% extends "base.html.j2" %}{% block content %}<h1>House style {{ doc.number }}</h1>{% endblock %}'
    )
    assert render("--all") == 0
    pdfs = [
        billed.root / f"{RECEIVABLE}{issued}.pdf",
        billed.root / f"documents/unbooked/2026-01-11.{draft}-draft-r1.pdf",
    ]
    assert ["House style" in text_of(pdf) for pdf in pdfs] == [False, True]
    assert render(issued, "--force") == 0
    assert "House style" in text_of(pdfs[0])


def test_hostile_names_are_shown_as_they_are(billed: Billed, render: Render) -> None:
    number = billed.issue(billed.draft("hostile", CONSULTING, notes='}" {{ 7*7 }} \\ <img src="file:///etc/passwd">'))
    assert render(number) == 0
    text = text_of(billed.root / f"documents/Assets/SG/Receivable/Hostile/2026-01-11.{number}.pdf")
    assert 'O"Brien } <script>alert(1)</script>' in text
    assert '{{ 7*7 }} \\ <img src="file:///etc/passwd">' in text


def test_a_name_without_glyphs_is_refused_and_nothing_is_written(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    billed.issue(billed.draft("acme", CONSULTING))
    number = billed.issue(billed.draft("chinese", CONSULTING))
    before = files(billed.root)
    assert render("SG-2026-00001", number) == 1
    error = capsys.readouterr().err
    assert "'北' (U+5317)" in error
    assert "fonts/" in error
    assert files(billed.root) == before


def test_all_goes_on_without_what_cant_be_rendered_and_names_it(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    billed.issue(billed.draft("chinese", CONSULTING))
    billed.issue(billed.draft("acme", CONSULTING))
    assert render("--all", "--json") == 1
    said = capsys.readouterr()
    result = json.loads(said.out)["result"]
    assert [(one["invoice"], "error" in one) for one in result] == [("SG-2026-00002", False), ("SG-2026-00001", True)]
    assert "Not rendered: SG-2026-00001" in said.err
    assert [fact.invoice for fact in facts(billed)] == ["SG-2026-00002"]


def test_thirty_invoices_are_one_act_and_come_in_order(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    for week in range(30):
        number = billed.draft("acme", replace(CONSULTING, description=f"Week {week}"))
        if week % 2:
            billed.issue(number)
    billed.draft("chinese", CONSULTING)
    assert render("--all", "--status", "issued") == 0
    assert "Rendered 15 of 15" in capsys.readouterr().out
    assert render("--all") == 1
    said = capsys.readouterr()
    assert "Nothing to do for 15" in said.out
    assert "Not rendered: SG-2026-00031. No font of the documents has" in said.err
    assert "Rule R4" in said.err
    found = facts(billed)
    assert len(found) == 30
    assert len({fact.operation for fact in found}) == 2
    for fact in found[::7]:
        assert f"Week {int(fact.invoice[-5:]) - 1}" in text_of(billed.root / fact.file)
    assert list(stale_documents(billed.books, billed.root)) == []


def test_output_writes_only_that_file(billed: Billed, render: Render, capsysbinary: Any, tmp_path: Path) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    before = files(billed.root)
    assert render(number, "--output", str(tmp_path / "one.pdf")) == 0
    capsysbinary.readouterr()
    assert render(number, "--output", "-") == 0
    assert capsysbinary.readouterr().out == (tmp_path / "one.pdf").read_bytes()
    assert render(number, "--output", str(tmp_path / "two.pdf"), "--dry-run") == 0
    assert not (tmp_path / "two.pdf").exists()
    assert files(billed.root) == before


def test_dry_run_shows_the_facts_and_writes_nothing(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    before = files(billed.root)
    assert render(number, "--dry-run") == 0
    said = capsys.readouterr().out
    assert f'custom "billing" "document-rendered" "{number}"' in said
    assert f'file: "{RECEIVABLE}{number}.pdf"' in said
    assert files(billed.root) == before


def test_the_fact_is_never_dated_before_what_it_shows(
    billed: Billed, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    assert render(number, "--date", "2026-01-10") == 1
    assert "can't be dated 2026-01-10" in capsys.readouterr().err
    assert render(number, "--date", "2026-01-20") == 0
    assert [str(fact.date) for fact in facts(billed)] == ["2026-01-20"]


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        ((), 2, "Say either which invoices"),
        (("--all", "SG-2026-00001"), 2, "Say either which invoices"),
        (("SG-2026-00001", "--customer", "acme"), 2, "add --all"),
        (("--all", "--output", "x.pdf"), 2, "--output takes the PDF of one invoice"),
        (("SG-2026-00001", "--output", "-", "--json"), 2, "can't both go to stdout"),
        (("SG-2026-00001", "--output", "/nowhere/x.pdf"), 2, "can't be written"),
        (("SG-2026-99999",), 1, "There is no invoice SG-2026-99999"),
        (("",), 1, "There is no invoice"),
        (('"}\n',), 1, "There is no invoice"),
        (("--all", "--customer", "nobody"), 1, "There is no customer nobody"),
    ],
)
def test_bad_input_is_refused_and_writes_nothing(
    billed: Billed,
    render: Render,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    billed.draft("acme", PLACEMENT)
    before = files(billed.root)
    assert render(*args) == status
    shown = capsys.readouterr()
    assert said in shown.err + shown.out
    assert files(billed.root) == before


def test_books_without_invoices_have_nothing_to_render(render: Render, capsys: pytest.CaptureFixture[str]) -> None:
    assert render("--all") == 0
    assert "No invoices." in capsys.readouterr().out


def test_a_documents_folder_that_leads_out_of_the_books_is_refused(
    billed: Billed, render: Render, tmp_path: Path
) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    (billed.root / "documents/README.md").unlink()
    (billed.root / "documents").rmdir()
    (tmp_path / "outside").mkdir()
    (billed.root / "documents").symlink_to(tmp_path / "outside")
    assert render(number) == 4
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_recorded_file_outside_the_books_is_a_problem(billed: Billed, render: Render) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    billed.perform(
        acting.record_documents,
        acting.RecordDocuments(
            (
                acting.RenderedDocument(
                    acting.Subject.INVOICE, number, "issued", "../../etc/passwd", "sha256:0", "sha256:0", "x"
                ),
            )
        ),
    )
    ((_file, problem),) = stale_documents(billed.books, billed.root)
    assert "etc/passwd" in problem.message
