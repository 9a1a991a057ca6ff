"""R5: statements and reminders go out on the letterhead of the seller, to the customer's profile, as they are on the day."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from account_samples import make_aging, money

from billing_beans.core.errors import Refused
from billing_beans.documents.letterhead import letterhead
from billing_beans.documents.letters import reminder_of, render_letter, statement_of
from billing_beans.documents.reminder import OverdueInvoice
from billing_beans.documents.statement import EntryKind, StatementLine

sys.path.append(str(Path(__file__).parent))

from billed_books import Billed

DAY = date(2026, 3, 31)


@pytest.fixture
def billed(tmp_path: Path) -> Billed:
    return Billed(tmp_path).make(seller='  accent: "#7a1f2b"')


def overdue(number: str, currency: str = "SGD") -> OverdueInvoice:
    return OverdueInvoice(number, date(2026, 1, 11), date(2026, 2, 10), 49, money(981, currency), money(900, currency))


def reminder(billed: Billed, *invoices: OverdueInvoice, **more: Any) -> Any:
    parties = {"seller": "sg", "customer": "acme"} | more
    return reminder_of(
        billed.books, billed.root, day=DAY, level=2, pay_by=date(2026, 4, 14), invoices=invoices, **parties
    )


def text_of(data: bytes) -> str:
    return "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data))


def test_a_letterhead_is_the_seller_and_the_customers_profile_of_the_day(billed: Billed) -> None:
    head = letterhead(billed.books, billed.root, seller="sg", customer="acme", currency="SGD", day=DAY)
    assert (head.seller.name, head.seller.tax_number_label) == ("Example Pte. Ltd.", "GST Reg. No.")
    assert head.seller.address == ("1 Raffles Place", "Singapore 048616")
    assert (head.buyer.name, head.buyer.attention, head.buyer.country) == ("Acme Pte. Ltd.", "Accounts Payable", "SG")
    assert (head.locale, head.page_size, head.accent, head.livemode) == ("en_SG", "A4", "#7a1f2b", True)
    assert head.footer == ("Example Pte. Ltd. · UEN 201912345K · 1 Raffles Place, Singapore 048616",)
    assert head.payment_details is not None
    assert (head.payment_details.account, head.payment_details.reference) == ("501-234567-001", "acme")


def test_a_customer_without_a_profile_for_the_currency_is_addressed_by_another(billed: Billed) -> None:
    head = letterhead(billed.books, billed.root, seller="sg", customer="acme", currency="USD", day=DAY)
    assert (head.currency, head.buyer.address) == ("USD", ("2 Shenton Way", "Singapore 068804"))


def test_a_customer_without_any_profile_is_addressed_by_name(billed: Billed) -> None:
    with (billed.root / "setup/customers.beancount").open("a") as customers:
        customers.write('2026-01-02 custom "billing" "customer" "bare"\n  name: "Bare Ltd"\n  account: "Bare"\n')
    head = letterhead(billed.books, billed.root, seller="sg", customer="bare", currency="SGD", day=DAY)
    assert (head.buyer.name, head.buyer.address, head.buyer.country) == ("Bare Ltd", (), "")


def test_a_customers_own_language_goes_before_that_of_the_sellers_country(billed: Billed) -> None:
    with (billed.root / "setup/customers.beancount").open("a") as customers:
        customers.write(
            '2026-01-02 custom "billing" "customer" "fr"\n  name: "Fr"\n  account: "Fr"\n  locale: "fr_FR"\n'
        )
    assert letterhead(billed.books, billed.root, seller="sg", customer="fr", currency="SGD", day=DAY).locale == "fr_FR"


def test_unknown_parties_are_refused(billed: Billed) -> None:
    for seller, customer, word in (("xx", "acme", "legal entity xx"), ("sg", "nobody", "customer nobody")):
        with pytest.raises(Refused, match=word):
            letterhead(billed.books, billed.root, seller=seller, customer=customer, currency="SGD", day=DAY)
    with pytest.raises(Refused, match="on 2025-12-31"):
        letterhead(billed.books, billed.root, seller="sg", customer="acme", currency="SGD", day=date(2025, 12, 31))


def test_a_statement_is_printed_by_the_templates_of_the_books(billed: Billed) -> None:
    line = StatementLine(date(2026, 1, 11), EntryKind.INVOICE, "SG-2026-00001", money("981.00"), debit=money("981.00"))
    statement = statement_of(
        billed.books,
        billed.root,
        seller="sg",
        customer="acme",
        first=date(2026, 1, 1),
        last=DAY,
        opening=money("0.00"),
        lines=[line],
        closing=money("981.00"),
        aging=make_aging("SGD", "0", "0", "981.00", "0", "0"),
    )
    assert (statement.number, statement.currency) == ("acme-2026-03-31", "SGD")
    text = text_of(render_letter(statement, billed.root))
    for expected in ("Statement of account", "Example Pte. Ltd.", "Acme Pte. Ltd.", "OCBC Bank", "SG-2026-00001"):
        assert expected in text
    own = billed.root / "templates/statement.html.j2"
    own.parent.mkdir()
    own.write_text('{% extends "base.html.j2" %}{% block content %}<p>Our own {{ doc.customer }}</p>{% endblock %}')
    assert "Our own acme" in text_of(render_letter(statement, billed.root))


def test_a_reminder_over_one_invoice_quotes_it_and_over_several_the_customer(billed: Billed) -> None:
    assert reminder(billed, overdue("SG-2026-00001")).payment_details.reference == "SG-2026-00001"
    both = reminder(billed, overdue("SG-2026-00001"), overdue("SG-2026-00002"))
    assert both.payment_details.reference == "acme"
    assert both.total_open == money("1800.00")
    assert "Second reminder" in text_of(render_letter(both, billed.root))


def test_a_reminder_of_a_german_seller_is_german_and_can_be_scanned(billed: Billed) -> None:
    letter = reminder(billed, overdue("RE-2026-0001", "EUR"), seller="de", customer="muster")
    text = text_of(render_letter(letter, billed.root))
    for expected in ("Zweite", "Zahlcode", "DE89 3704 0044 0532 0130 00", "900,00"):
        assert expected in text
    assert letter.total_open.number == Decimal("900.00")
