"""R4, I8: what a document shows is what the books say."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from billing_beans.core.errors import Refused
from billing_beans.core.money import parse_money
from billing_beans.documents.conventions import locale_of, page_size_of
from billing_beans.documents.files import content_of, file_of, stale_documents
from billing_beans.documents.filling import fill
from billing_beans.documents.model import InvoiceDocument, PaymentMade, Status, Voided
from billing_beans.invoicing.lines import Item

sys.path.append(str(Path(__file__).parent))

from billed_books import BERATUNG, CONSULTING, GIG, PLACEMENT, Billed


@pytest.fixture
def billed(tmp_path: Path) -> Billed:
    return Billed(tmp_path).make()


def filled(billed: Billed, number: str) -> InvoiceDocument:
    return fill(billed.books, number, billed.root)


def test_an_issued_invoice_shows_what_was_sealed(billed: Billed) -> None:
    document = filled(billed, billed.issue(billed.draft("acme", PLACEMENT, notes="Thank you.")))
    assert (document.number, document.status, document.issued) == ("SG-2026-00001", Status.ISSUED, date(2026, 1, 11))
    assert (document.subtotal, document.tax, document.total) == (Decimal("900.00"), Decimal("81.00"), Decimal("981.00"))
    assert document.amount_due == Decimal("981.00")
    assert document.seller.address == ("1 Raffles Place", "Singapore 048616")
    assert document.seller.tax_number_label == "GST Reg. No."
    assert (document.buyer.name, document.buyer.attention) == ("Acme Pte. Ltd.", "Accounts Payable")
    assert document.payment_details is not None
    assert document.payment_details.reference == "SG-2026-00001"
    assert document.payment_details.account == "501-234567-001"
    assert (document.notes, document.locale, document.page_size) == ("Thank you.", "en_SG", "A4")
    assert document.footer == ("Example Pte. Ltd. · UEN 201912345K · 1 Raffles Place, Singapore 048616",)
    assert document.livemode


def test_a_negotiated_discount_is_shown_and_tax_is_on_what_is_left(billed: Billed) -> None:
    (line,) = filled(billed, billed.draft("acme", PLACEMENT)).lines
    assert (line.unit_price, line.discount, line.amount) == (Decimal("100.00"), Decimal("100.00"), Decimal("900.00"))


def test_a_gig_sale_is_two_lines_with_exempt_principal_and_taxed_fee(billed: Billed) -> None:
    document = filled(billed, billed.draft("acme", GIG))
    principal, fee = document.lines
    assert (principal.exempt, principal.amount, principal.tax) == (True, Decimal("200.00"), Decimal("0.00"))
    assert (fee.exempt, fee.amount, fee.tax) == (False, Decimal("30.00"), Decimal("2.70"))
    assert fee.details == ("SGD\N{NO-BREAK SPACE}200.00 \N{MULTIPLICATION SIGN} 15%",)
    assert [(one.label, one.rate, one.base, one.tax, one.exempt) for one in document.taxes] == [
        ("GST", Decimal(0), Decimal("200.00"), Decimal("0.00"), True),
        ("GST", Decimal(9), Decimal("30.00"), Decimal("2.70"), False),
    ]


def test_taxes_are_summed_by_code_and_add_up_to_the_tax(billed: Billed) -> None:
    document = filled(billed, billed.draft("acme", PLACEMENT, CONSULTING))
    assert [one.code for one in document.taxes] == ["SG-GST-9"]
    assert sum(one.base for one in document.taxes) == document.subtotal
    assert sum(one.tax for one in document.taxes) == document.tax


@pytest.mark.parametrize(
    ("name", "label"),
    [('  name: "GST 9 %"', "GST"), ('  name: "Goods and Services Tax (9%)"', "Goods and Services Tax"), ("", "GST")],
)
def test_a_tax_is_called_by_its_name_or_its_account_without_the_rate(billed: Billed, name: str, label: str) -> None:
    catalog = billed.root / "setup/catalog.beancount"
    catalog.write_text(catalog.read_text().replace('  name: "GST"', name))
    assert [one.label for one in filled(billed, billed.draft("acme", PLACEMENT)).taxes] == [label]


def test_payments_are_shown_with_their_day_and_lower_what_is_due(billed: Billed) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    billed.pay(number, "100.00 SGD")
    partly = filled(billed, number)
    assert partly.status is Status.PARTIALLY_PAID
    assert partly.payments == (PaymentMade(date(2026, 1, 11), Decimal("100.00"), "PAY-1"),)
    assert (partly.amount_due, partly.paid) == (Decimal("881.00"), None)
    billed.pay(number)
    paid = filled(billed, number)
    assert (paid.status, paid.amount_due, paid.paid) == (Status.PAID, Decimal(0), date(2026, 1, 11))
    assert [one.amount for one in paid.payments] == [Decimal("100.00"), Decimal("881.00")]


def test_a_void_invoice_says_since_when_and_why(billed: Billed) -> None:
    number = billed.void(billed.issue(billed.draft("acme", CONSULTING)), "ordered twice")
    assert filled(billed, number).voided == Voided(date(2026, 1, 11), "ordered twice")


def test_a_free_invoice_is_paid_on_the_day_of_its_issue(billed: Billed) -> None:
    free = Item("consulting", Decimal(1), unit_price=parse_money("0.00 SGD"))
    document = filled(billed, billed.issue(billed.draft("acme", free)))
    assert (document.status, document.paid) == (Status.PAID, date(2026, 1, 11))


def test_a_german_seller_writes_german_and_groups_the_iban(billed: Billed) -> None:
    document = filled(billed, billed.issue(billed.draft("muster", BERATUNG, seller="de")))
    assert (document.locale, document.currency, document.total) == ("de_DE", "EUR", Decimal("4464.29"))
    assert document.seller.address == ("Hauptstraße 1", "10115 Berlin")
    assert document.payment_details is not None
    assert document.payment_details.iban == "DE89 3704 0044 0532 0130 00"


def test_documents_of_a_test_book_say_so(tmp_path: Path) -> None:
    billed = Billed(tmp_path).make(livemode=False)
    assert not filled(billed, billed.draft("acme", GIG)).livemode


def test_books_that_do_not_say_what_they_are_make_no_documents(billed: Billed) -> None:
    number = billed.draft("acme", GIG)
    accounts = billed.root / "setup/accounts.beancount"
    accounts.write_text("\n".join(accounts.read_text().splitlines()[4:]) + "\n")
    with pytest.raises(Refused, match="P4"):
        filled(billed, number)


@pytest.mark.parametrize(
    ("country", "locale", "page"),
    [
        ("SG", "en_SG", "A4"),
        ("DE", "de_DE", "A4"),
        ("AT", "de_AT", "A4"),
        ("US", "en_US", "Letter"),
        ("CA", "en_CA", "Letter"),
        ("EG", "ar_EG", "A4"),
        ("HK", "en_HK", "A4"),
        ("BR", "en_001", "A4"),
        ("XX", "en_001", "A4"),
    ],
)
def test_language_and_paper_follow_the_sellers_country(country: str, locale: str, page: str) -> None:
    assert (locale_of(country), page_size_of(country)) == (locale, page)


def test_accent_and_logo_come_from_the_legal_entity(tmp_path: Path) -> None:
    billed = Billed(tmp_path).make(seller='  accent: "#7a1f2b"\n  logo: "templates/logo.svg"')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/logo.svg").write_text("<svg/>")
    document = filled(billed, billed.draft("acme", GIG))
    assert (document.accent, document.logo) == ("#7a1f2b", (tmp_path / "templates/logo.svg").resolve())


@pytest.mark.parametrize("logo", ["../secret.svg", "/etc/passwd", "link.svg"])
def test_a_logo_outside_the_books_is_refused(tmp_path: Path, logo: str) -> None:
    root = tmp_path / "books"
    root.mkdir()
    (tmp_path / "secret.svg").write_text("<svg/>")
    (root / "link.svg").symlink_to(tmp_path / "secret.svg")
    billed = Billed(root).make(seller=f'  logo: "{logo}"')
    with pytest.raises(Refused, match="outside of the books"):
        filled(billed, billed.draft("acme", GIG))


def test_a_missing_logo_is_refused(tmp_path: Path) -> None:
    billed = Billed(tmp_path).make(seller='  logo: "logo.svg"')
    with pytest.raises(Refused, match="There is no logo logo"):
        filled(billed, billed.draft("acme", GIG))


# Where it lies, and what it is known by


def test_each_standing_has_a_file_of_its_own(billed: Billed) -> None:
    receivable = "documents/Assets/SG/Receivable/4711-Works"
    number = billed.draft("4711-works", CONSULTING)
    assert file_of(billed.books, number) == "documents/unbooked/2026-01-11.SG-2026-00001-draft-r1.pdf"
    billed.issue(number)
    assert file_of(billed.books, number) == f"{receivable}/2026-01-11.SG-2026-00001.pdf"
    billed.pay(number, "1.00 SGD")
    assert file_of(billed.books, number) == f"{receivable}/2026-01-11.SG-2026-00001-partially-paid.pdf"
    billed.pay(number)
    assert file_of(billed.books, number) == f"{receivable}/2026-01-11.SG-2026-00001-paid.pdf"


def test_what_no_account_holds_lies_apart(billed: Billed) -> None:
    given_up = billed.void(billed.draft("acme", GIG), "not wanted")
    free = billed.issue(billed.draft("acme", Item("consulting", Decimal(1), unit_price=parse_money("0.00 SGD"))))
    assert file_of(billed.books, given_up) == "documents/unbooked/2026-01-11.SG-2026-00001-void.pdf"
    assert file_of(billed.books, free) == "documents/unbooked/2026-01-11.SG-2026-00002-paid.pdf"


def test_a_number_with_slashes_stays_in_its_folder(billed: Billed) -> None:
    number = billed.draft("acme", CONSULTING, number="../../2025/17")
    assert file_of(billed.books, number) == "documents/unbooked/2026-01-11...%2F..%2F2025%2F17-draft-r1.pdf"


def test_the_digest_of_what_is_shown_follows_every_field_but_not_the_place_of_the_books(tmp_path: Path) -> None:
    contents = []
    for name, drawing in (("one", "<svg/>"), ("two", "<svg/>"), ("three", "<svg></svg>")):
        root = tmp_path / name
        billed = Billed(root).make(seller='  logo: "logo.svg"')
        (root / "logo.svg").write_text(drawing)
        document = filled(billed, billed.draft("acme", GIG))
        contents.append(content_of(document))
        assert content_of(replace(document, notes="More")) != content_of(document)
        assert content_of(replace(document, amount_due=Decimal(1))) != content_of(document)
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_books_without_documents_have_no_stale_ones(billed: Billed) -> None:
    billed.issue(billed.draft("acme", GIG))
    assert list(stale_documents(billed.books, billed.root)) == []
