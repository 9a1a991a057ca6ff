"""R4, R5, I7: credit notes, receipts, statements and reminders as PDF, quiet and exact as the invoice is."""

# ruff: noqa: RUF001 - amounts have a real minus sign

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from account_samples import (
    EPC,
    make_aging,
    make_credit_note,
    make_credit_statement,
    make_receipt,
    make_reminder,
    make_statement,
    money,
)
from document_samples import ACME, SINGAPORE, make_line

from billing_beans.core.errors import Refused
from billing_beans.documents.formats import Formats
from billing_beans.documents.languages import CATALOGUE
from billing_beans.documents.model import TaxTotal
from billing_beans.documents.receipt import Settled
from billing_beans.documents.render import render_pdf
from billing_beans.documents.sheet import sheet_of
from billing_beans.documents.statement import EntryKind, entry
from billing_beans.documents.templates import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Callable

    from document_samples import Printed

    from billing_beans.documents.model import Document

    Print = Callable[..., Printed]

HERE = Path(__file__).parent
GIG = (
    make_line("Gig credits, principal", "10", "20.00", "0", exempt=True, tax_code="OS"),
    make_line("Gig credits, platform fee 15 %", "10", "3.00", tax_code="SR"),
)
SAMPLES: dict[str, Document] = {
    "credit-note": make_credit_note(*GIG),
    "receipt": make_receipt("981.00", "232.70", on_account="86.30"),
    "statement": make_statement(7),
    "credit-statement": make_credit_statement(7),
    "reminder": make_reminder("981.00", "232.70"),
}
every_kind = pytest.mark.parametrize("kind", SAMPLES)
IN_ANOTHER_PROCESS = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from test_accounts import SAMPLES
from billing_beans.documents.render import render_pdf
print([hashlib.sha256(render_pdf(document)).hexdigest() for document in SAMPLES.values()])
"""


@cache
def bundled(kind: str) -> bytes:
    """A sample by the bundled templates."""
    return render_pdf(SAMPLES[kind])


def pages(printed: Printed) -> int:
    with pikepdf.open(printed.path) as pdf:
        return len(pdf.pages)


def figures(text: str, word: str) -> Decimal | None:
    found = re.search(rf"{word} +([−\d,.]+)", text)
    return Decimal(found[1].replace(",", "").replace("−", "-")) if found else None


# The same bytes, the same standards


def test_two_processes_write_the_same_bytes() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(HERE)]
    theirs = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    assert theirs == f"{[hashlib.sha256(render_pdf(one)).hexdigest() for one in SAMPLES.values()]}\n"


@every_kind
def test_it_is_archival_tagged_and_dated_by_itself(kind: str, printed: Print) -> None:
    document = SAMPLES[kind]
    with pikepdf.open(printed(document).path) as pdf:
        assert bytes(pdf.Root.Metadata.read_bytes()).count(b"<rdf:RDF") == 1
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("3", "A", "1")
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo.Title) == f"{sheet_of(document).title} {document.number}"
        assert str(pdf.docinfo.CreationDate).startswith(f"D:{document.dated:%Y%m%d}")


@every_kind
def test_own_template_replaces_the_bundled_one(kind: str, tmp_path: Path, printed: Print) -> None:
    (tmp_path / f"{kind}.html.j2").write_text(
        '{% extends "base.html.j2" %}{% block content %}<p>Our own {{ doc.number }}</p>{% endblock %}'
    )
    document = SAMPLES[kind]
    assert f"Our own {document.number}" in printed(document, tmp_path).text()
    for other in SAMPLES.values():
        if other is not document:
            assert render_pdf(other, templates=tmp_path) == bundled(other.kind)


@every_kind
def test_a_character_without_a_glyph_is_refused_with_its_field(kind: str) -> None:
    with pytest.raises(Refused, match="buyer name"):
        render_pdf(replace(SAMPLES[kind], buyer=replace(ACME, name="株式会社")))


@every_kind
def test_a_test_book_says_so_on_the_document(kind: str, printed: Print) -> None:
    assert "Test: not a real document" in printed(replace(SAMPLES[kind], livemode=False)).text()


@every_kind
@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_language_prints_within_the_margins(kind: str, language: str, printed: Print) -> None:
    document = replace(SAMPLES[kind], locale=language)
    words = printed(document).words()
    assert "M90312345A" in [word[-1] for word in words]
    for width, _height, left, _top, right, _bottom, word in words:
        assert left >= 56 - 0.5, word
        assert right <= width - 56 + 0.5, word


@every_kind
def test_markup_and_long_names_are_text_and_stay_on_the_page(kind: str, printed: Print) -> None:
    long = "<b>Gesellschaft</b> für {{ 7*7 }} " + "Donaudampfschifffahrt" * 6
    made = printed(replace(SAMPLES[kind], buyer=replace(ACME, name=long), seller=replace(SINGAPORE, name=long)))
    shown = re.sub(r"\s", "", made.text())
    assert "<b>Gesellschaft</b>für{{7*7}}" in shown
    for width, _height, left, _top, right, _bottom, word in made.words():
        assert left >= 56 - 0.5, word
        assert right <= width - 56 + 0.5, word


def test_the_guide_names_every_template_and_its_example_works(tmp_path: Path, printed: Print) -> None:
    guide = (HERE.parents[1] / "docs/templates.md").read_text(encoding="utf-8")
    bundled = {path.name for path in BUNDLED.iterdir() if path.suffix in {".j2", ".css"}}
    assert set(re.findall(r"^\| `([^`]+)` \|", guide, re.MULTILINE)) == bundled
    (example,) = re.findall(r"```jinja\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "receipt.html.j2").write_text(example)
    text = printed(SAMPLES["receipt"], tmp_path).text().replace("\N{NO-BREAK SPACE}", " ")
    assert "Thank you, Acme Pte. Ltd.: SGD 1,300.00 came on 13 Jan 2026." in text
    assert "It settles SGD 232.70 of SG-2026-00002." in text


# Credit notes


def test_a_credit_note_quotes_its_invoice_and_says_why(printed: Print) -> None:
    text = printed(SAMPLES["credit-note"]).text()
    for expected in (
        "Credit Note",
        "SGC-2026-00001",
        "20 Jan 2026",
        "SG-2026-00002 of 11 Jan 2026",
        "Wrong quantity",
        "GST Reg. No. M90312345A",
        "Acme Pte. Ltd.",
        "SGD 232.70",
    ):
        assert expected in text
    assert re.search(r"Gig credits, principal +10 +20\.00 +exempt +200\.00", text)
    assert re.search(r"GST 9% on 30\.00 +2\.70", text)
    assert re.search(r"Total credited SGD +232\.70", text)


def test_a_credit_note_says_what_became_of_it(printed: Print) -> None:
    whole = printed(SAMPLES["credit-note"]).text()
    assert re.search(r"Set against SG-2026-00002 +232\.70", whole)
    assert "To your account" not in whole
    split = make_credit_note(*GIG, against_invoice=Decimal("100.00"), to_account=Decimal("132.70"))
    text = printed(split).text()
    assert re.search(r"Set against SG-2026-00002 +100\.00", text)
    assert re.search(r"To your account +132\.70", text)
    paid = make_credit_note(*GIG, against_invoice=Decimal(0), to_account=Decimal("232.70"))
    assert "Set against" not in printed(paid).text()


@pytest.mark.parametrize(
    ("country", "number", "locale", "title"),
    [
        ("SG", "M90312345A", "en_SG", "Credit Note"),
        ("AU", "51824753556", "en_AU", "Adjustment Note"),
        ("AU", "", "en_AU", "Credit Note"),
        ("DE", "DE123456788", "de_DE", "Rechnungskorrektur"),
        ("FR", "FR12345678901", "fr_FR", "Avoir"),
        ("ES", "B12345678", "es_ES", "Factura rectificativa"),
    ],
)
def test_a_credit_note_has_the_title_of_its_country(
    country: str, number: str, locale: str, title: str, printed: Print
) -> None:
    seller = replace(SINGAPORE, country=country, tax_number=number)
    assert title in printed(make_credit_note(*GIG, seller=seller, locale=locale)).text()


def test_a_credit_note_of_many_pages_carries_its_sums(printed: Print) -> None:
    lines = [make_line(f"Usage of project {n:03d}", str(n), "1.25") for n in range(1, 81)]
    made = printed(make_credit_note(*lines, notes="Agreed by telephone."))
    reached = Decimal(0)
    for number in range(1, pages(made) + 1):
        text = made.text(number)
        assert figures(text, "Brought forward") == (reached if number > 1 else None)
        shown = [int(found) for found in re.findall(r"Usage of project (\d+)", text)]
        reached += sum((lines[one - 1].amount for one in shown), Decimal(0))
    assert reached == sum((line.amount for line in lines), Decimal(0))


def test_a_notice_of_the_law_stands_on_the_credit_note(printed: Print) -> None:
    notice = "Reverse charge: the customer owes the tax."
    taxes = (TaxTotal("RC", "VAT", Decimal(0), Decimal("230.00"), Decimal(0), notice=notice),)
    assert notice in printed(make_credit_note(*GIG, taxes=taxes)).text()


# Receipts


def test_a_receipt_says_what_came_how_and_what_it_settled(printed: Print) -> None:
    text = printed(SAMPLES["receipt"]).text()
    for expected in ("Receipt", "PAY-1", "SGD 1,300.00", "Received 13 Jan 2026", "Bank transfer", "FT26012ABC"):
        assert expected in text
    assert re.search(r"SG-2026-00001 +11 Jan 2026 +981\.00", text)
    assert re.search(r"SG-2026-00002 +11 Jan 2026 +232\.70", text)
    assert re.search(r"On account +86\.30", text)
    assert re.search(r"Total SGD +1,300\.00", text)


def test_a_receipt_of_money_for_no_invoice_says_so(printed: Print) -> None:
    text = printed(make_receipt(on_account="500.00", method="cash", reference="")).text()
    assert "Nothing is settled yet." in text
    assert "Cash" in text
    assert "Reference" not in text


def test_a_receipt_names_a_payer_who_is_somebody_else(printed: Print) -> None:
    assert "Paid by" not in printed(SAMPLES["receipt"]).text()
    assert re.search(r"Paid by\s+Acme Holdings", printed(make_receipt("9.00", payer="Acme Holdings")).text())


def test_a_receipt_in_another_currency_shows_both_amounts(printed: Print) -> None:
    settled = (Settled("SG-2026-00001", money("981.00"), date(2026, 1, 11), money("730.00", "USD")),)
    text = printed(make_receipt(currency="USD", amount=money("730.00", "USD"), settled=settled)).text()
    assert re.search(r"Amount USD", text)
    assert re.search(r"SG-2026-00001 +11 Jan 2026 +730\.00", text)
    assert "SGD 981.00" in text


def test_an_unknown_method_stands_as_the_books_have_it(printed: Print) -> None:
    assert "cheque" in printed(make_receipt("9.00", method="cheque")).text()


@pytest.mark.parametrize("count", range(20, 28))
def test_nothing_after_the_sums_makes_no_empty_page(count: int, printed: Print) -> None:
    made = printed(make_receipt(*["10.00"] * count))
    assert "Total SGD" in made.text(pages(made))


# Statements


def test_a_statement_runs_from_opening_to_closing_balance(printed: Print) -> None:
    text = printed(make_statement(4, opening="100.00")).text()
    assert re.search(r"1 Jan 2026 +Opening balance +100\.00", text)
    assert re.search(r"3 Jan 2026 +Invoice SG-2026-00001 +2 Feb 2026 +250\.00 +350\.00", text)
    assert re.search(r"7 Jan 2026 +Payment PAY-3 +500\.00 +100\.00", text)
    assert re.search(r"Closing balance SGD +350\.00", text)
    assert "1 Jan 2026 to 31 Dec 2026" in text
    assert re.search(r"Balance due · as of 31 Dec 2026", text)
    assert "DBS Bank" in text


@pytest.mark.parametrize(
    ("opening", "words", "amount"),
    [("0.00", "Nothing is due", "SGD 0.00"), ("-300.00", "Balance in your favour", "SGD 300.00")],
)
def test_a_statement_asks_for_nothing_where_nothing_is_due(
    opening: str, words: str, amount: str, printed: Print
) -> None:
    text = printed(make_statement(0, opening=opening)).text()
    assert words in text
    assert amount in text
    assert "Nothing was charged or paid." in text
    assert "DBS Bank" not in text


def test_aging_stands_by_bucket_and_comes_to_the_closing_balance(printed: Print) -> None:
    aging = make_aging("SGD", "250.00", "40.00", "30.00", "20.00", "10.00")
    statement = make_statement(0, opening="300.00", aging=aging, unapplied=money("50.00"))
    text = printed(statement).text()
    assert re.search(r"Not yet due +1 to 30 days +31 to 60 days +61 to 90 days +Over 90 days +On account", text)
    assert re.search(r"250\.00 +40\.00 +30\.00 +20\.00 +10\.00 +−50\.00 +300\.00", text)


def test_large_amounts_of_aging_stand_below_each_other_and_whole(printed: Print) -> None:
    aging = make_aging("SGD", *["12345678901.50"] * 5)
    text = printed(make_statement(0, aging=aging, unapplied=money("12345678901.50"))).text()
    assert text.count("12,345,678,901.50") == 6
    assert re.search(r"1 to 30 days +12,345,678,901\.50\n", text)


def test_a_statement_of_many_pages_repeats_head_and_balance(printed: Print) -> None:
    statement = make_statement(110, opening="75.00")
    made = printed(statement)
    count = pages(made)
    assert count >= 3
    balances = {line.reference: line.balance.number for line in statement.lines}
    reached = Decimal("75.00")
    for number in range(1, count + 1):
        text = made.text(number)
        assert f"Page {number} of {count}" in text
        assert figures(text, "Brought forward") == (reached if number > 1 else None)
        if shown := re.findall(r"(?:SG-2026-\d+|PAY-\d+)", text):
            assert re.search(r"Date +Document +Due +Charged +Credited +Balance SGD", text)
            reached = balances[shown[-1]]
        assert figures(text, "Carried forward") == (reached if number < count else None)
    assert reached == statement.closing.number


@pytest.mark.parametrize("kind", EntryKind)
def test_every_language_has_a_word_for_every_entry(kind: EntryKind) -> None:
    for labels in CATALOGUE.values():
        assert labels.entries[kind].strip()


@pytest.mark.parametrize(
    ("what", "amount", "kind", "debit", "credit"),
    [
        ("invoice", "9.00", EntryKind.INVOICE, "9.00", None),
        ("payment", "-9.00", EntryKind.PAYMENT, None, "9.00"),
        ("chargeback", "9.00", EntryKind.CHARGEBACK, "9.00", None),
        ("chargeback", "-9.00", EntryKind.CHARGEBACK_REVERSED, None, "9.00"),
        ("write-off", "-9.00", EntryKind.WRITE_OFF, None, "9.00"),
        ("write-off", "9.00", EntryKind.WRITE_OFF_REVERSED, "9.00", None),
        ("allocation", "0.00", EntryKind.ALLOCATION, None, None),
        ("application", "-9.00", EntryKind.APPLICATION, None, "9.00"),
        ("application", "9.00", EntryKind.APPLICATION_REVERSED, "9.00", None),
        ("grant", "9.00", EntryKind.GRANT, "9.00", None),
        ("grant", "-9.00", EntryKind.GRANT_REVERSED, None, "9.00"),
    ],
)
def test_an_entry_stands_on_its_side_and_says_where_it_is_taken_back(
    what: str, amount: str, kind: EntryKind, debit: str | None, credit: str | None
) -> None:
    line = entry(date(2026, 1, 3), what, "X-1", money(amount), money("1.00"))
    assert line.kind is kind
    assert (line.debit, line.credit) == (money(debit) if debit else None, money(credit) if credit else None)


def test_an_invoice_over_nothing_says_so() -> None:
    line = entry(date(2026, 1, 3), "invoice", "X-1", money("0.00"), money("1.00"))
    assert (line.debit, line.credit) == (money("0.00"), None)


@pytest.mark.parametrize(
    ("locale", "expected"), [("ar_AE", "\u200e−2,000.00"), ("he_IL", "\u200e−2,000.00"), ("en_SG", "−2,000.00")]
)
def test_a_minus_sign_stands_before_latin_digits_whatever_runs_from_the_right(locale: str, expected: str) -> None:
    assert Formats(locale, "AED", 2).amount(Decimal("-2000.00")) == expected


def test_an_entry_may_have_words_of_its_own_and_details(printed: Print) -> None:
    statement = make_statement(1)
    line = replace(statement.lines[0], label="Storage", details=("for SG-2026-00009",))
    text = printed(replace(statement, lines=(line,))).text()
    assert "Storage SG-2026-00001" in text
    assert "for SG-2026-00009" in text


def test_yen_and_dinar_have_their_own_decimals_without_being_told(printed: Print) -> None:
    assert "JPY 1,250,000" in printed(make_statement(1, currency="JPY", charge="1250000")).text()
    assert "KWD 1.005" in printed(make_reminder("1.005", currency="KWD")).text()


# Reminders


def test_a_reminder_lists_what_is_overdue_and_by_when_to_pay(printed: Print) -> None:
    text = printed(SAMPLES["reminder"]).text().replace("\N{NO-BREAK SPACE}", " ")
    assert "Payment reminder" in text
    assert re.search(r"Total open · pay by 15 Mar 2026", text)
    assert "Please pay by 15 Mar 2026." in text
    assert re.search(r"SG-2026-00001 +11 Jan 2026 +22 Feb 2026 +7 +1,081\.00 +981\.00", text)
    assert re.search(r"Total open SGD +1,213\.70", text)
    assert "DBS Bank" in text


@pytest.mark.parametrize(
    ("level", "title"),
    [(1, "Payment reminder"), (2, "Second reminder"), (3, "Final reminder"), (9, "Final reminder")],
)
def test_a_level_decides_title_and_text(level: int, title: str, printed: Print) -> None:
    assert title in printed(make_reminder("981.00", level=level)).text()


def test_a_policy_may_have_its_own_text_in_which_only_the_day_is_filled(printed: Print) -> None:
    own = {"title": "Mahnung", "paragraphs": ("Bitte bis {date} zahlen, {total} {0.__class__} {{ 7*7 }}.",)}
    text = printed(make_reminder("981.00", **own)).text().replace("\N{NO-BREAK SPACE}", " ")
    assert "Mahnung" in text
    assert "Bitte bis 15 Mar 2026 zahlen, {total} {0.__class__} {{ 7*7 }}." in text
    assert "overlooked" not in text


def test_a_reminder_has_a_payment_code_over_what_is_open() -> None:
    def code(**changes: Any) -> object:
        return sheet_of(make_reminder("981.00", "19.00", payment_details=EPC, **changes)).payment_code

    assert code(currency="EUR") is not None
    assert code(currency="EUR") == code(currency="EUR", level=2)
    assert code(currency="USD") is None
    assert code(currency="EUR", livemode=False) is None


def test_every_language_has_three_levels() -> None:
    for labels in CATALOGUE.values():
        assert len(labels.reminders) == 3
        for words in labels.reminders:
            assert any("{date}" in paragraph for paragraph in words.paragraphs)
            assert words.title.strip()
