"""R4: documents as PDF, the same bytes for the same ledger, and a customer's own templates."""

# ruff: noqa: RUF001 - amounts have a real minus sign

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest
import segno.helpers
import weasyprint.pdf.fonts
import weasyprint.text.ffi
from document_samples import ACME, SINGAPORE, make_invoice, make_line
from fontTools.ttLib import TTFont
from PIL import Image

from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.documents.labels import Labels, WalletWords
from billing_beans.documents.languages import CATALOGUE
from billing_beans.documents.languages.english import ENGLISH
from billing_beans.documents.model import (
    CreditUsed,
    InvoiceDocument,
    Party,
    PaymentDetails,
    PaymentMade,
    Status,
    TotalsInCurrency,
    Voided,
)
from billing_beans.documents.payment_code import payment_code
from billing_beans.documents.render import render_pdf, renderer_for
from billing_beans.documents.templates import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Callable

    from document_samples import Printed

    Print = Callable[..., Printed]

HERE = Path(__file__).parent
IN_ANOTHER_PROCESS = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from document_samples import make_invoice, make_line
from billing_beans.documents.render import render_pdf
lines = [make_line(f"Item {n}", str(n), "1.25") for n in range(1, 31)]
print(hashlib.sha256(render_pdf(make_invoice(*lines))).hexdigest())
"""


def usage(count: int) -> list[Any]:
    return [make_line(f"Usage of project {n:03d}", str(7 * n + 1), "1.25", tax_code="SR") for n in range(1, count + 1)]


def pages(printed: Printed) -> int:
    with pikepdf.open(printed.path) as pdf:
        return len(pdf.pages)


# The same bytes


def test_two_processes_write_the_same_bytes() -> None:
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(HERE)]
        digests.add(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
    ours = render_pdf(make_invoice(*(make_line(f"Item {n}", str(n), "1.25") for n in range(1, 31))))
    assert digests == {hashlib.sha256(ours).hexdigest() + "\n"}


def test_what_was_rendered_before_leaves_no_trace(gig: InvoiceDocument) -> None:
    before = render_pdf(gig)
    render_pdf(make_invoice(make_line("خدمة", "1", "1.00"), locale="ar_EG", livemode=False, page_size="Letter"))
    assert render_pdf(gig) == before


def test_without_the_subsetting_library_the_bytes_are_still_the_same(
    gig: InvoiceDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fontTools stands in for it, and would write the time into the fonts."""
    monkeypatch.setattr(weasyprint.pdf.fonts, "harfbuzz_subset", None)
    monkeypatch.setattr(weasyprint.text.ffi, "harfbuzz_subset", None)
    before = render_pdf(gig)
    monkeypatch.setattr("fontTools.misc.timeTools.time.time", lambda: 4_000_000_000.0)
    assert render_pdf(gig) == before
    assert renderer_for().missing_libraries() == ("libharfbuzz-subset0",)


def test_fingerprint_follows_the_templates(tmp_path: Path) -> None:
    bundled = renderer_for().fingerprint()
    assert bundled == renderer_for().fingerprint()
    (tmp_path / "document.css").write_text("html { color: black }")
    assert renderer_for(tmp_path).fingerprint() != bundled


# What it shows


def test_gig_invoice_shows_parties_lines_and_totals(gig: InvoiceDocument, printed: Print) -> None:
    text = printed(gig).text()
    for expected in (
        "Tax Invoice",
        "SG-2026-00002",
        "SGD 232.70",
        "pay by 10 Feb 2026",
        "Beans Singapore Pte. Ltd.",
        "GST Reg. No. M90312345A",
        "Acme Pte. Ltd.",
        "Attn. Accounts Payable",
        "ap@acme.example",
        "Page 1 of 1",
        "DBS Bank",
    ):
        assert expected in text
    assert re.search(r"Gig credits, principal +10 +20\.00 +exempt +200\.00", text)
    assert re.search(r"platform fee 15 % +10 +3\.00 +9% +30\.00", text)
    assert re.search(r"GST exempt on 200\.00 +0\.00", text)
    assert re.search(r"GST 9% on 30\.00 +2\.70", text)
    assert "forward" not in text


def test_only_a_registered_singapore_seller_titles_it_tax_invoice(gig: InvoiceDocument, printed: Print) -> None:
    assert "Tax Invoice" not in printed(replace(gig, seller=replace(SINGAPORE, tax_number=""))).text()
    assert "Tax Invoice" not in printed(replace(gig, seller=replace(SINGAPORE, country="MY"))).text()
    assert "Proforma" in printed(replace(gig, title="Proforma")).text()


def test_no_lines_is_said(printed: Print) -> None:
    text = printed(make_invoice()).text()
    assert "Nothing is charged." in text
    assert "SGD 0.00" in text


def test_credits_payments_and_what_is_still_due(gig: InvoiceDocument, printed: Print) -> None:
    paid = (PaymentMade(date(2026, 1, 13), Decimal("100.00"), "PAY-1"),)
    credits_used = (
        CreditUsed(Decimal("30.00"), reference="APP-2"),
        CreditUsed(Decimal("2.70"), reference="APP-3", discount=True),
    )
    text = printed(
        replace(gig, status=Status.PARTIALLY_PAID, payments=paid, credits=credits_used, amount_due=Decimal("100.00"))
    ).text()
    assert "PARTIALLY PAID" in text
    assert re.search(r"Payment 13 Jan 2026 PAY-1 +−100\.00", text)
    assert re.search(r"Paid with credits APP-2 +−30\.00", text)
    assert re.search(r"Discount from free credits +−2\.70", text)
    assert "APP-3" in text
    assert re.search(r"Amount due SGD +100\.00", text)


def test_negative_lines_and_discounts(printed: Print) -> None:
    text = printed(
        make_invoice(make_line("Seats", "3", "10.00", discount=Decimal("5.00")), make_line("Refund", "-2", "10.00"))
    ).text()
    assert re.search(r"Refund +−2 +10\.00 +9% +−20\.00", text)
    assert "Discount −5.00" in text


def test_ten_tax_codes_each_with_rate_and_base(printed: Print) -> None:
    lines = [make_line(f"Item {n}", "1", f"{n}00.00", str(n), tax_code=f"T{n}") for n in range(1, 11)]
    text = printed(make_invoice(*lines)).text()
    for n in range(1, 11):
        assert re.search(rf"GST {n}% on {1000 if n == 10 else n * 100:,}\.00 +{n * n}\.00", text)


def test_one_rate_under_two_codes_names_the_code(printed: Print) -> None:
    lines = [
        make_line("Export", "1", "1.00", "0", tax_code="ZR"),
        make_line("Transit", "1", "1.00", "0", tax_code="ZT"),
    ]
    text = printed(make_invoice(*lines)).text()
    assert "ZR" in text
    assert "ZT" in text


def test_totals_in_the_currency_of_the_tax_office(printed: Print) -> None:
    local = TotalsInCurrency("SGD", 2, Decimal("1.3512"), Decimal("13.51"), Decimal("1.22"), Decimal("14.73"))
    text = printed(make_invoice(make_line("Seat", "1", "10.00"), currency="USD", tax_currency_totals=local)).text()
    assert "In SGD at 1.3512" in text
    assert "SGD 14.73" in text


# Many pages


def test_many_pages_repeat_the_head_and_carry_right_sums(printed: Print) -> None:
    lines = usage(200)
    made = printed(make_invoice(*lines))
    count = pages(made)
    assert count > 3
    reached = Decimal(0)
    for number in range(1, count + 1):
        text = made.text(number)
        assert f"Page {number} of {count}" in text
        shown = [int(found) for found in re.findall(r"Usage of project (\d+)", text)]
        brought = re.search(r"Brought forward +([\d,.]+)", text)
        carried = re.search(r"Carried forward +([\d,.]+)", text)
        assert (brought is not None) == (number > 1)
        assert (carried is not None) == (number < count)
        if brought:
            assert Decimal(brought[1].replace(",", "")) == reached
        reached += sum((lines[position - 1].amount for position in shown), Decimal(0))
        if carried:
            assert Decimal(carried[1].replace(",", "")) == reached
        if shown:
            assert re.search(r"Description +Quantity +Unit price +Tax +Amount SGD", text)
    assert reached == sum((line.amount for line in lines), Decimal(0))


@pytest.mark.parametrize("count", range(16, 26))
def test_sums_are_right_wherever_the_page_breaks(count: int, printed: Print) -> None:
    """Around the end of the first page: totals or notes alone on the second one."""
    lines = usage(count)
    made = printed(make_invoice(*lines))
    total = sum((line.amount for line in lines), Decimal(0))
    for number in range(2, pages(made) + 1):
        text = made.text(number)
        if "Subtotal" in text:
            shown = [int(found) for found in re.findall(r"Usage of project (\d+)", text)]
            here = sum((lines[position - 1].amount for position in shown), Decimal(0))
            assert f"Brought forward {total - here:,.2f}" in re.sub(" +", " ", text)
        else:
            assert "forward" not in text


def test_forty_lines_are_all_there(printed: Print) -> None:
    text = printed(make_invoice(*usage(40))).text()
    assert [int(found) for found in re.findall(r"Usage of project (\d+)", text)] == list(range(1, 41))


# Nothing is cut off

LONG_NAMES = [
    {
        "buyer": Party(
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3, ("X" * 250,)
        )
    },
    {"number": "N" * 60},
    {"notes": "unbreakable" * 60},
    {"footer": ("Legal " * 80, "L" * 150)},
    {"payment_details": PaymentDetails(holder="H" * 200, reference="R" * 140, extra=(("L" * 60, "V" * 100),))},
    {"payments": (PaymentMade(date(2026, 1, 1), Decimal("1.00"), "REF" * 40),)},
    {"order_reference": "PO" * 60, "title": "Title" * 30},
]


@pytest.mark.parametrize("page_size", ["A4", "Letter"])
@pytest.mark.parametrize("changes", LONG_NAMES, ids="-".join)
def test_long_texts_stay_within_the_margins(changes: dict[str, Any], page_size: str, printed: Print) -> None:
    made = printed(make_invoice(make_line("W" * 200, "1", "10.00"), page_size=page_size, **changes))
    assert_within_margins(made)
    everything = re.sub(r"\s", "", made.text())
    for value in changes.values():
        if isinstance(value, str):
            assert letters_of(value) <= everything.count(value[0])


def letters_of(value: str) -> int:
    """How often a text's first letter stands in it: as often it must stand on paper, wherever the lines break."""
    return value.count(value[0])


def test_enormous_figures_stay_within_the_margins(printed: Print) -> None:
    invoice = make_invoice(
        make_line("All of it", "123456789.123456", "98765432.12345678"), make_line("x " * 90, "1", "1")
    )
    made = printed(invoice)
    assert_within_margins(made)
    assert f"{invoice.subtotal:,.2f}" in made.text()


def test_a_long_note_goes_on_over_pages(printed: Print) -> None:
    made = printed(make_invoice(make_line("Seat", "1", "1.00"), notes="\n".join(f"Paragraph {n}." for n in range(150))))
    assert pages(made) > 2
    assert "Paragraph 149." in made.text()


@pytest.mark.parametrize("locale", ["en_SG", "de_DE", "fr_FR"])
def test_no_word_stands_on_another(locale: str, gig: InvoiceDocument, printed: Print) -> None:
    made = printed(
        replace(gig, locale=locale, livemode=False, order_reference="PO 4711", buyer=replace(ACME, country="DE"))
    )
    words = [word for word in made.words() if word[6]]
    for position, first in enumerate(words):
        for second in words[position + 1 :]:
            apart_x = first[4] <= second[2] + 1 or second[4] <= first[2] + 1
            # A box is as high as its face, which is more than the line: let its middle count.
            inner = [
                (top + (bottom - top) * 0.3, bottom - (bottom - top) * 0.3) for *_, top, _, bottom, _ in (first, second)
            ]
            apart_y = inner[0][1] <= inner[1][0] or inner[1][1] <= inner[0][0]
            assert apart_x or apart_y, (first[6], second[6])


def assert_within_margins(made: Printed) -> None:
    margin = 20 / 25.4 * 72 - 1.5
    for width, height, left, top, right, bottom, word in made.words():
        assert left >= margin, word
        assert right <= width - margin, word
        assert top >= 5, word
        assert bottom <= height - 20, word


# Currencies, locales, sizes


def test_yen_has_no_decimals_and_dinar_three(printed: Print) -> None:
    yen = printed(make_invoice(make_line("Seat", "2", "5000", "10"), currency="JPY", digits=0, locale="en_JP")).text()
    assert "JPY 11,000" in yen
    assert "11,000.0" not in yen
    dinar = make_line("Seat", "1", "5.000", "0")
    assert "KWD 5.000" in printed(make_invoice(dinar, currency="KWD", digits=3, locale="en_US")).text()


def test_an_amount_that_is_not_rounded_is_a_mistake(gig: InvoiceDocument) -> None:
    with pytest.raises(ValueError, match="more than 0 decimals"):
        render_pdf(replace(gig, digits=0, total=Decimal("1.50")))


def test_german_words_numbers_and_dates(printed: Print) -> None:
    made = printed(make_invoice(make_line("Beratung", "12.5", "1140.00", "19"), locale="de_DE", currency="EUR"))
    text = made.text()
    for expected in (
        "Rechnung",
        "16.957,50 EUR",
        "Fällig am 10.02.2026",
        "12,5",
        "19 %",
        "Nettobetrag",
        "Seite 1 von 1",
    ):
        assert expected in text.replace("\N{NO-BREAK SPACE}", " ")


def test_arabic_runs_from_the_right_with_its_own_digits(printed: Print) -> None:
    made = printed(make_invoice(make_line("خدمة", "3", "30.00", "14"), locale="ar_EG", currency="EGP", buyer=ACME))
    text = made.text()
    assert "١٠٢" in text
    assert "٢٠٢٦" in text
    words = made.words()
    number = next(word for word in words if word[6] == "SG-2026-00002")
    assert number[2] > number[0] / 2, "the first fact stands on the right"
    assert_within_margins(made)


def test_a_language_without_words_of_its_own_has_english_ones_and_right_numbers(printed: Print) -> None:
    text = printed(make_invoice(make_line("Seat", "1", "1234.50", "24"), locale="fi_FI", currency="EUR")).text()
    assert "Amount due" in text
    assert "1 530,78 EUR" in re.sub("[\u00a0\u202f]", " ", text)


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_language_has_every_word_and_its_blanks(language: str) -> None:
    for field in fields(Labels):
        ours, english = words_of(getattr(CATALOGUE[language], field.name)), words_of(getattr(ENGLISH, field.name))
        assert ours.keys() == english.keys()
        for place, word in ours.items():
            assert word.strip()
            assert blanks(word) == blanks(english[place]), (field.name, place)


def words_of(value: Any) -> dict[object, str]:
    """The words of one label: most are one, methods and entries are by name, those of reminders by level."""
    if isinstance(value, str):
        return {"": value}
    if isinstance(value, WalletWords):
        parts = {field.name: words_of(getattr(value, field.name)) for field in fields(WalletWords)}
        return {(name, place): word for name, words in parts.items() for place, word in words.items()}
    return dict(value) if hasattr(value, "keys") else {level: one.title for level, one in enumerate(value)}


def blanks(word: str) -> set[str]:
    return set(re.findall(r"{\w+}", word))


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_language_prints(language: str, gig: InvoiceDocument, printed: Print) -> None:
    void = replace(gig, locale=language, status=Status.VOID, voided=Voided(date(2026, 1, 12), "Wrong"), livemode=False)
    assert_prints(printed(void))
    assert_prints(printed(replace(gig, locale=language)))


def assert_prints(made: Printed) -> None:
    assert "SG-2026-00002" in made.text()


@pytest.mark.parametrize(("size", "width", "height"), [("A4", 595.28, 841.89), ("Letter", 612, 792)])
def test_page_sizes(size: str, width: float, height: float, gig: InvoiceDocument, printed: Print) -> None:
    with pikepdf.open(printed(replace(gig, page_size=size)).path) as pdf:
        box = [float(number) for number in pdf.pages[0].mediabox]
    assert box[2:] == pytest.approx([width, height], abs=0.1)


def test_what_is_no_locale_size_or_colour_is_refused(gig: InvoiceDocument) -> None:
    for wrong in ({"locale": "xx_XX"}, {"page_size": "A3"}, {"accent": "red;} body{display:none"}):
        with pytest.raises(WrongUsage):
            render_pdf(replace(gig, **wrong))


# Stamps


def test_draft_says_so(gig: InvoiceDocument, printed: Print) -> None:
    text = printed(replace(gig, status=Status.DRAFT, issued=None)).text()
    assert "DRAFT" in text
    assert "Not yet issued" in text
    assert "Drafted" in text


def test_void_shows_since_when_and_why(gig: InvoiceDocument, printed: Print) -> None:
    text = printed(replace(gig, status=Status.VOID, voided=Voided(date(2026, 1, 12), "Wrong quantity"))).text()
    for expected in ("VOID", "Void since 12 Jan 2026", "Wrong quantity"):
        assert expected in text
    assert "DBS Bank" not in text, "nobody should pay a void invoice"


def test_paid_says_when(gig: InvoiceDocument, printed: Print) -> None:
    text = printed(replace(gig, status=Status.PAID, paid=date(2026, 1, 13), amount_due=Decimal(0))).text()
    assert "PAID" in text
    assert "Paid 13 Jan 2026" in text


def test_every_page_of_a_test_book_says_so(printed: Print) -> None:
    made = printed(make_invoice(*usage(60), livemode=False))
    for number in range(1, pages(made) + 1):
        assert "Test: not a real document" in made.text(number)
    assert "Test" not in printed(make_invoice(*usage(1))).text()


def test_watermark_leaves_the_text_readable(gig: InvoiceDocument) -> None:
    """Where the word stands behind the text it is lighter than anything else on the page."""
    draft = render_pdf(replace(gig, status=Status.DRAFT))
    page = pypdfium2.PdfDocument(draft)[0].render(scale=1).to_pil().convert("L")
    histogram = page.histogram()
    lightest = max(range(250), key=lambda grey: histogram[grey])
    assert lightest > 230


# Hostile text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "{{ 7 * 7 }} {% raise %}",
        '} body { display: none } "',
        "</title></head>",
        "a & b &lt; c",
        "\\22 ;",
    ],
)
def test_markup_in_names_is_text(text: str, gig: InvoiceDocument, printed: Print) -> None:
    lines = tuple(replace(line, description=text, section=text) for line in gig.lines)
    hostile = replace(
        gig,
        buyer=replace(ACME, name=text, address=(text,)),
        lines=lines,
        notes=text,
        number=text,
        footer=(text,),
        title=text,
    )
    shown = re.sub(r"\s", "", printed(hostile).text())
    assert shown.count(re.sub(r"\s", "", text)) >= 6


def test_control_and_direction_characters_are_left_out(gig: InvoiceDocument, printed: Print) -> None:
    hostile = replace(gig, buyer=replace(ACME, name="Ac\x07me \u202edtL\x00"))
    assert "Acme dtL" in printed(hostile).text()


def test_network_and_foreign_files_are_refused(gig: InvoiceDocument, tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "link.svg").symlink_to(secret)
    for url in (
        "http://127.0.0.1:9/x.png",
        "file:///etc/passwd",
        secret.as_uri(),
        "link.svg",
        "../secret.svg",
        "ftp://x/y",
    ):
        own = '{% extends "base.html.j2" %}{% block content %}<img alt="" src="' + url + '">{% endblock %}'
        (templates / "invoice.html.j2").write_text(own)
        with pytest.raises(Refused, match="asked for"):
            render_pdf(gig, templates=templates)


def test_a_logo_reads_no_other_file(gig: InvoiceDocument, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd" width="9" height="9"/></svg>'
    )
    with pytest.raises(Refused, match="/etc/passwd"):
        render_pdf(replace(gig, logo=logo))


# Logos


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_logo_stands_instead_of_the_name(suffix: str, gig: InvoiceDocument, tmp_path: Path, printed: Print) -> None:
    logo = tmp_path / f"logo.{suffix}"
    if suffix == "svg":
        logo.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#f00"/></svg>'
        )
    else:
        Image.new("RGB", (90, 90), "#f00").save(logo)
    page = pypdfium2.PdfDocument(printed(replace(gig, logo=logo)).data)[0].render(scale=1).to_pil()
    assert page.convert("RGB").getpixel((70, 70)) == (255, 0, 0)


def test_missing_or_broken_logo_is_refused(gig: InvoiceDocument, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"logo .*gone\.svg can't be read"):
        render_pdf(replace(gig, logo=tmp_path / "gone.svg"))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    with pytest.raises(Refused, match="Failed to load image"):
        render_pdf(replace(gig, logo=broken))


# Fonts


def test_missing_glyph_names_characters_fields_and_the_way_out(gig: InvoiceDocument) -> None:
    japanese = replace(gig, buyer=replace(ACME, name="株式会社 Acme"))
    with pytest.raises(Refused) as refused:
        render_pdf(japanese)
    message = str(refused.value)
    for expected in ("'株' (U+682A)", "buyer name: '株式会社 Acme'", "fonts/ folder"):
        assert expected in message


def test_a_font_in_the_books_templates_is_used(gig: InvoiceDocument, tmp_path: Path, printed: Print) -> None:
    """A font for which no system font stands in: Latin letters moved to where Noto Sans has none."""
    (tmp_path / "fonts").mkdir()
    with TTFont(BUNDLED / "fonts" / "noto-sans-latin-400.ttf") as font:
        for table in font["cmap"].tables:
            table.cmap = {0x20: "space", 0x682A: "A"}
        font["name"].setName("Own Face", 1, 3, 1, 0x409)
        font.save(tmp_path / "fonts" / "own.ttf")
    made = printed(replace(gig, buyer=replace(ACME, name="株 Acme")), tmp_path)
    assert "株 Acme" in made.text()
    with pytest.raises(Refused):
        render_pdf(replace(gig, buyer=replace(ACME, name="式 Acme")), templates=tmp_path)


def test_an_unreadable_font_is_refused_by_name(gig: InvoiceDocument, tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "bad.ttf").write_bytes(b"no font")
    with pytest.raises(Refused, match=r"bad\.ttf can't be read as a font"):
        render_pdf(gig, templates=tmp_path)


def test_bundled_fonts_stay_small_and_carry_their_licence() -> None:
    folder = BUNDLED / "fonts"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
    assert "SIL Open Font License, Version 1.1" in (folder / "LICENSE").read_text()


# Own templates


def test_own_template_replaces_the_bundled_one(gig: InvoiceDocument, tmp_path: Path, printed: Print) -> None:
    (tmp_path / "invoice.html.j2").write_text(
        '{% extends "base.html.j2" %}{% block content %}<p>Our own {{ doc.number }}, {{ f.money(doc.total) }}</p>{% endblock %}'
    )
    assert "Our own SG-2026-00002, SGD 232.70" in printed(gig, tmp_path).text()
    (tmp_path / "invoice.html.j2").write_text(
        '{% extends "base.html.j2" %}{% block content %}<p>Changed</p>{% endblock %}'
    )
    assert "Changed" in printed(gig, tmp_path).text()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('{% extends "base.html.j2" %}\n{% block content %}\n{% if %}\n{% endblock %}', 3),
        ('{% extends "base.html.j2" %}\n{% block content %}\n{{ doc.nonsense }}\n{% endblock %}', 3),
        ('{% extends "base.html.j2" %}\n{% block content %}\n\n{{ 1 / 0 }}\n{% endblock %}', 4),
        ('{% include "nowhere.html" %}', 1),
        ('\n{{ "".__class__.__mro__ }}', 2),
    ],
)
def test_broken_own_template_is_named_with_its_line(
    source: str, line: int, gig: InvoiceDocument, tmp_path: Path
) -> None:
    path = tmp_path / "invoice.html.j2"
    path.write_text(source)
    with pytest.raises(Refused, match=re.escape(f"{path}:{line}: ")):
        render_pdf(gig, templates=tmp_path)


def test_a_folder_without_templates_changes_nothing(gig: InvoiceDocument, tmp_path: Path) -> None:
    assert render_pdf(gig, templates=tmp_path / "none") == render_pdf(gig)
    assert render_pdf(gig, templates=tmp_path) == render_pdf(gig)


# Payment code


def test_payment_code_only_for_euro_to_an_iban(gig: InvoiceDocument) -> None:
    details = PaymentDetails(holder="Bohnen GmbH", iban="DE89 3704 0044 0532 0130 00", reference="DE-17")
    euro = replace(gig, currency="EUR", payment_details=details)
    assert payment_code(euro, "Pay & go") is not None
    assert "<title>Pay &amp; go</title>" in str(payment_code(euro, "Pay & go"))
    for other in (
        replace(euro, currency="USD"),
        replace(euro, payment_details=replace(details, iban="")),
        replace(euro, payment_details=replace(details, bic="wrong")),
        replace(euro, status=Status.PAID),
        replace(euro, status=Status.DRAFT),
        replace(euro, amount_due=Decimal(0)),
        replace(euro, livemode=False),
    ):
        assert payment_code(other, "") is None


def test_payment_code_keeps_a_hostile_name_in_its_field(gig: InvoiceDocument, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    draw = segno.helpers.make_epc_qr

    def spy(**fields_of_code: Any) -> Any:
        asked.update(fields_of_code)
        return draw(**fields_of_code)

    monkeypatch.setattr(segno.helpers, "make_epc_qr", spy)
    details = PaymentDetails(holder="Bohnen\nDE00EVIL\r\nEUR1", iban="DE89370400440532013000")
    payment_code(replace(gig, currency="EUR", payment_details=details), "")
    assert asked["name"] == "Bohnen DE00EVIL EUR1"
    assert asked["amount"] == Decimal("232.70")
    assert asked["text"] == "SG-2026-00002"


# Structure


def test_pdf_is_archival_tagged_and_complete(gig: InvoiceDocument, printed: Print) -> None:
    with pikepdf.open(printed(replace(gig, locale="de_DE")).path) as pdf:
        metadata = bytes(pdf.Root.Metadata.read_bytes())
        assert metadata.count(b"<rdf:RDF") == 1
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("3", "A", "1")
            assert meta["dc:title"] == "Rechnung SG-2026-00002"
        assert str(pdf.Root.Lang) == "de-DE"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo.Title) == "Rechnung SG-2026-00002"
        assert str(pdf.docinfo.CreationDate).startswith("D:20260111")
        descriptors = [
            font.DescendantFonts[0].FontDescriptor
            for font in (part for part in pdf.objects if isinstance(part, pikepdf.Dictionary))
            if "/DescendantFonts" in font
        ]
        assert descriptors
        assert all("/FontFile2" in descriptor or "/FontFile3" in descriptor for descriptor in descriptors)


def test_identifier_follows_seller_and_number(gig: InvoiceDocument) -> None:
    def identifier(document: InvoiceDocument) -> bytes:
        with pikepdf.open(io.BytesIO(render_pdf(document))) as pdf:
            return bytes(pdf.trailer.ID[0])

    assert identifier(gig) == identifier(replace(gig, notes="other"))
    assert identifier(gig) != identifier(replace(gig, number="SG-2026-00003"))


def test_importing_the_renderer_does_not_import_weasyprint() -> None:
    code = "import sys, billing_beans.documents.render; sys.exit('weasyprint' in sys.modules or 'segno' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pdftotext_is_here() -> None:
    assert shutil.which("pdftotext"), "install poppler-utils"
