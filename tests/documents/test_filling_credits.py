"""R4, W2, W3: what a document shows of credits that are bought and used, and of the period that a line is for."""

# ruff: noqa: RUF001 - amounts have a real minus sign

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from billing_beans.acts.catalog import choose_policy
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.credits import (
    TopUpByPayment,
    adjust_grant,
    apply_credits,
    buy_credits,
    grant_credits,
    reverse_application,
    top_up_by_payment,
)
from billing_beans.acts.payments import verify_payment
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.core.money import parse_money
from billing_beans.credits.adjusting import AdjustGrant
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.facts import AdjustmentType
from billing_beans.credits.granting import BuyCredits, GrantCredits
from billing_beans.credits.operations import ReverseApplication
from billing_beans.documents.credit_note import CreditNote
from billing_beans.documents.filling import fill
from billing_beans.documents.filling_credit_note import fill_credit_note
from billing_beans.documents.filling_receipt import fill_receipt
from billing_beans.documents.languages import CATALOGUE
from billing_beans.documents.model import CreditUsed, InvoiceDocument, Line, Status
from billing_beans.documents.receipt import Bought, Receipt
from billing_beans.invoicing.crediting import CreditInvoice
from billing_beans.invoicing.lines import Item
from billing_beans.payments.operations import SubmitPayment, VerifyPayment

sys.path.append(str(Path(__file__).parent))

from billed_books import CONSULTING, GIG, PLACEMENT, Billed
from document_samples import Printed

if TYPE_CHECKING:
    from collections.abc import Callable

CREDITS = """2026-01-01 custom "billing" "credit-unit" "CREDIT-SGD"
  name: "Singapore credits"
  face: 1.00 SGD
2026-01-01 custom "billing" "product" "top-up"
  name: "Top-up"
  revenue: "top-up"
  tax-code: "SG-EXEMPT"
  units-per-quantity: 1
  credit-unit: "CREDIT-SGD"
  bonus-units: 0.1
  valid-days: 365
2026-01-01 custom "billing" "price" "PRICE-9" "top-up"
  unit-price: 1.00 SGD
"""
TOP_UP = Item("top-up", Decimal(1500))
FEBRUARY = {"period_start": date(2026, 2, 1), "period_end": date(2026, 3, 1)}


@pytest.fixture
def billed(tmp_path: Path) -> Billed:
    made = Billed(tmp_path).make()
    catalog = tmp_path / "setup/catalog.beancount"
    catalog.write_text(catalog.read_text() + CREDITS)
    return made


def filled(billed: Billed, number: str) -> InvoiceDocument:
    return fill(billed.books, number, billed.root)


def lines_in(billed: Billed, number: str, locale: str) -> tuple[Line, ...]:
    """The lines in another language."""
    books = billed.books
    draft = books.invoices.current(number)
    assert draft is not None
    books.invoices.revisions.put(replace(draft, locale=locale))
    return fill(books, number, billed.root).lines


def test_a_line_shows_its_period_from_the_first_to_the_last_day(billed: Billed) -> None:
    day = {"period_start": date(2026, 2, 1), "period_end": date(2026, 2, 2)}
    number = billed.draft("acme", replace(CONSULTING, **FEBRUARY), replace(CONSULTING, **day), CONSULTING)
    assert [one.details for one in filled(billed, number).lines] == [
        ("Service period: 1 Feb 2026 to 28 Feb 2026",),
        ("Service period: 1 Feb 2026",),
        (),
    ]
    assert lines_in(billed, number, "de_DE")[0].details == ("Leistungszeitraum: 01.02.2026 bis 28.02.2026",)


def test_a_platform_fee_shows_its_period_beside_how_it_came_about(billed: Billed) -> None:
    _principal, fee = filled(billed, billed.draft("acme", replace(GIG, **FEBRUARY))).lines
    assert len(fee.details) == 2
    assert fee.details[0].startswith("Service period")
    assert "15%" in fee.details[1]


def test_a_top_up_says_how_many_credits_it_brings_and_how_long_they_last(billed: Billed) -> None:
    number = billed.draft("acme", TOP_UP)
    (line,) = filled(billed, number).lines
    assert line.details == ("1,500 Singapore credits + 150 free", "valid for 365 days from payment")
    assert lines_in(billed, number, "de_DE")[0].details == (
        "1.500 Singapore credits + 150 gratis",
        "gültig 365 Tage ab Zahlung",
    )


@pytest.mark.parametrize("language", CATALOGUE)
def test_every_language_says_it_all(billed: Billed, language: str) -> None:
    number = billed.draft("acme", replace(TOP_UP, **FEBRUARY))
    period, brings, lasts = lines_in(billed, number, language)[0].details
    assert "{" not in period + brings + lasts
    assert "Singapore credits" in brings
    assert CATALOGUE[language].free_credits.strip()


def test_what_free_credits_took_off_is_shown_apart_from_an_agreed_discount_and_before_tax(
    billed: Billed, tmp_path: Path, printed: Callable[[InvoiceDocument], Printed]
) -> None:
    number = billed.draft("acme", PLACEMENT)
    billed.perform(grant_credits, GrantCredits("acme", Decimal(50), "promo/1", seller="sg"))
    billed.perform(apply_credits, ApplyCredits(number))
    document = filled(billed, number)
    (line,) = document.lines
    assert (line.discount, line.free_credits, line.amount) == (Decimal("100.00"), Decimal("50.00"), Decimal("850.00"))
    assert document.tax == Decimal("76.50")
    text = printed(document).text()
    assert "Discount −100.00" in text
    assert "Discount from free credits −50.00" in text
    assert re.search(r"GST 9% on 850\.00 +76\.50", text)


def test_credits_that_paid_are_shown_as_what_settled_the_invoice(
    billed: Billed, printed: Callable[[InvoiceDocument], Printed]
) -> None:
    top_up = billed.issue(billed.draft("acme", Item("top-up", Decimal(100))))
    billed.pay(top_up)
    number = billed.issue(billed.draft("acme", CONSULTING))
    billed.perform(apply_credits, ApplyCredits(number, amount=parse_money("60.00 SGD")))
    document = filled(billed, number)
    assert document.status is Status.PARTIALLY_PAID
    (used,) = document.credits
    assert used == CreditUsed(Decimal("60.00"), reference=used.reference)
    assert document.payments == ()
    assert document.amount_due == document.total - Decimal("60.00")
    assert re.search(r"Paid with credits APP-1 +−60\.00\nAmount due SGD +348\.75", unindented(printed(document).text()))


def test_credits_that_paid_all_of_an_invoice_say_since_when(billed: Billed) -> None:
    billed.pay(billed.issue(billed.draft("acme", TOP_UP)))
    number = billed.issue(billed.draft("acme", CONSULTING))
    billed.perform(apply_credits, ApplyCredits(number))
    document = filled(billed, number)
    assert (document.status, document.paid, document.amount_due) == (Status.PAID, date(2026, 1, 11), Decimal("0.00"))
    (paid,) = document.credits
    assert (paid.amount, paid.discount) == (document.total, False)


def test_what_credits_paid_and_got_back_is_not_shown(billed: Billed) -> None:
    billed.pay(billed.issue(billed.draft("acme", TOP_UP)))
    number = billed.issue(billed.draft("acme", CONSULTING))
    billed.perform(apply_credits, ApplyCredits(number))
    billed.perform(reverse_application, ReverseApplication("APP-1", "wrong", parse_money("100.00 SGD")))
    (paid,) = filled(billed, number).credits
    assert paid.amount == Decimal("308.75")
    billed.perform(reverse_application, ReverseApplication("APP-1", "wrong"))
    document = filled(billed, number)
    assert (document.credits, document.amount_due) == ((), document.total)


def test_free_credits_after_tax_are_a_discount_that_leaves_the_tax_alone(
    billed: Billed, printed: Callable[[InvoiceDocument], Printed]
) -> None:
    billed.perform(choose_policy, ChoosePolicy("credit-discounts", "after-tax"))
    billed.perform(grant_credits, GrantCredits("acme", Decimal(50), "promo/1", seller="sg"))
    number = billed.issue(billed.draft("acme", CONSULTING))
    billed.perform(apply_credits, ApplyCredits(number))
    document = filled(billed, number)
    assert document.credits == (CreditUsed(Decimal("50.00"), reference="APP-1", discount=True),)
    assert (document.tax, document.amount_due) == (Decimal("33.75"), Decimal("358.75"))
    text = unindented(printed(document).text())
    assert re.search(r"Total SGD +408\.75\nDiscount from free credits +−50\.00\nAPP-1\nAmount due SGD +358\.75", text)


def test_a_credit_note_says_what_went_back_to_the_credits_that_had_paid(
    billed: Billed, printed: Callable[[CreditNote], Printed]
) -> None:
    billed.pay(billed.issue(billed.draft("acme", TOP_UP)))
    number = billed.issue(billed.draft("acme", CONSULTING))
    billed.perform(apply_credits, ApplyCredits(number, parse_money("100.00 SGD")))
    billed.perform(credit_invoice, CreditInvoice(number, "never happened"))
    note = fill_credit_note(billed.books, "CN-SG-2026-00001", billed.root)
    assert (note.against_invoice, note.to_credits, note.to_account) == (
        Decimal("308.75"),
        Decimal("100.00"),
        Decimal(0),
    )
    text = unindented(printed(note).text())
    assert re.search(r"Set against SG-2026-00002 +308\.75\nGiven back as credits +100\.00", text)


def test_a_receipt_names_the_credits_that_its_payment_bought_and_only_the_rest_is_on_account(
    billed: Billed, printed: Callable[[Receipt], Printed]
) -> None:
    paid = SubmitPayment(customer="acme", seller="sg", amount=parse_money("90.00 SGD"))
    billed.perform(top_up_by_payment, TopUpByPayment(paid, Decimal(100), "CREDIT-SGD", bonus=Decimal(7)))
    billed.perform(verify_payment, VerifyPayment("PAY-1", amount=parse_money("95.00 SGD")))
    receipt = fill_receipt(billed.books, "PAY-1", billed.root)
    assert receipt.bought == (Bought("GRANT-1", "100 Singapore credits + 7 free", parse_money("90.00 SGD")),)
    assert receipt.on_account == parse_money("5.00 SGD")
    text = unindented(printed(receipt).text())
    assert re.search(r"GRANT-1 +90\.00\n100 Singapore credits \+ 7 free\n", text)
    assert re.search(r"On account +5\.00\n+Total SGD +95\.00", text)
    assert "Nothing is settled" not in text


def test_a_receipt_stays_as_it_was_when_its_money_buys_credits_later_or_what_it_bought_goes_back(
    billed: Billed,
) -> None:
    less = SubmitPayment(customer="acme", seller="sg", amount=parse_money("90.00 SGD"))
    for _payment in range(2):
        billed.perform(top_up_by_payment, TopUpByPayment(less, Decimal(100), "CREDIT-SGD"))
    billed.perform(verify_payment, VerifyPayment("PAY-1", amount=parse_money("80.00 SGD")))
    billed.perform(verify_payment, VerifyPayment("PAY-2"))
    before = [fill_receipt(billed.books, payment, billed.root) for payment in ("PAY-1", "PAY-2")]
    assert (before[0].bought, before[0].on_account) == ((), parse_money("80.00 SGD"))
    billed.perform(buy_credits, BuyCredits("payment/PAY-1", Decimal(80)))
    billed.perform(adjust_grant, AdjustGrant("GRANT-2", "wrong", AdjustmentType.ERROR, Decimal(50)))
    assert [fill_receipt(billed.books, payment, billed.root) for payment in ("PAY-1", "PAY-2")] == before


def unindented(text: str) -> str:
    return re.sub(r"\n\s*", "\n", text)
