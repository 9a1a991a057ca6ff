"""R4, I7, Y4: what came and went since an invoice was issued, on it, on its credit notes, and on receipts."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.invoices import IssueInvoice, issue_invoice
from billing_beans.acts.money import allocate_money, charge_back, reverse_allocation
from billing_beans.acts.payments import ReceivePayment, receive_payment
from billing_beans.core.accounts import Account
from billing_beans.core.money import parse_money
from billing_beans.documents.files import file_of_receipt
from billing_beans.documents.filling import fill
from billing_beans.documents.filling_credit_note import fill_credit_note
from billing_beans.documents.filling_receipt import fill_receipt
from billing_beans.documents.model import InvoiceDocument, PaymentMade, Status, TotalsInCurrency
from billing_beans.documents.receipt import Settled
from billing_beans.documents.taxes import totals_at
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.lines import Item
from billing_beans.payments.allocating import AllocateMoney, ReverseAllocation
from billing_beans.payments.chargebacks import ChargeBack
from billing_beans.payments.operations import Allocate, SubmitPayment

sys.path.append(str(Path(__file__).parent))

from billed_books import CONSULTING, PLACEMENT, Billed, customer


@pytest.fixture
def billed(tmp_path: Path) -> Billed:
    return Billed(tmp_path).make()


def filled(billed: Billed, number: str) -> InvoiceDocument:
    return fill(billed.books, number, billed.root)


def test_money_that_came_for_no_invoice_counts_with_its_payment_once_it_is_set_against_one(billed: Billed) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    unapplied = SubmitPayment(customer="acme", seller="sg", amount=parse_money("500.00 SGD"))
    billed.perform(receive_payment, ReceivePayment(unapplied))
    billed.perform(allocate_money, AllocateMoney("payment/PAY-1", (Allocate(number, parse_money("300.00 SGD")),)))
    document = filled(billed, number)
    assert document.payments == (PaymentMade(date(2026, 1, 11), Decimal("300.00"), "PAY-1"),)
    assert document.amount_due == Decimal("681.00")
    billed.perform(reverse_allocation, ReverseAllocation("payment/PAY-1", number, "meant for another"))
    assert filled(billed, number).payments == ()


def test_what_the_customers_bank_took_back_is_shown_and_is_due_again(billed: Billed) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    billed.pay(number)
    billed.perform(charge_back, ChargeBack("PAY-1", "fraudulent"))
    document = filled(billed, number)
    assert [(one.kind, one.reference, one.amount) for one in document.payments] == [
        ("payment", "PAY-1", Decimal("981.00")),
        ("chargeback", "CB-1", Decimal("-981.00")),
    ]
    assert document.amount_due == Decimal("981.00")


def test_a_credit_note_lowers_what_is_due_and_is_named(billed: Billed) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    billed.perform(credit_invoice, CreditInvoice(number, "one was not needed", (CreditLine(1, Decimal(1)),)))
    document = filled(billed, number)
    assert [(one.kind, one.reference, one.amount) for one in document.payments] == [
        ("credit-note", "CN-SG-2026-00001", Decimal("98.10"))
    ]
    assert (document.status, document.amount_due) == (Status.ISSUED, Decimal("882.90"))


def test_a_credit_note_has_the_parties_and_the_rate_of_its_invoice(billed: Billed) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    billed.perform(credit_invoice, CreditInvoice(number, "cancelled"))
    note, invoice = fill_credit_note(billed.books, "CN-SG-2026-00001", billed.root), filled(billed, number)
    assert (note.seller, note.buyer, note.locale, note.footer) == (
        invoice.seller,
        invoice.buyer,
        invoice.locale,
        invoice.footer,
    )
    assert (note.taxes, note.subtotal, note.tax, note.total) == (
        invoice.taxes,
        invoice.subtotal,
        invoice.tax,
        invoice.total,
    )
    assert (note.invoice, note.invoice_issued, note.reason) == (number, invoice.issued, "cancelled")
    assert note.against_invoice + note.to_account == note.total


def test_totals_in_the_sellers_currency_follow_the_rate_of_the_day_of_issue() -> None:
    net, tax = parse_money("100.05 USD"), parse_money("9.00 USD")
    found = totals_at(parse_money("1.35 SGD"), net, tax)
    assert found == TotalsInCurrency("SGD", 2, Decimal("1.35"), Decimal("135.07"), Decimal("12.15"), Decimal("147.22"))
    assert totals_at(None, net, tax) is None
    assert totals_at(parse_money("1 USD"), net, tax) is None


def test_an_invoice_in_another_currency_has_its_totals_in_the_sellers_at_the_rate_of_its_issue(billed: Billed) -> None:
    dollars = Item("consulting", Decimal(2), unit_price=parse_money("100.00 USD"))
    with (billed.root / "setup/customers.beancount").open("a") as customers:
        customers.write(customer("usa", "USA Inc.", "Usa", "USD", "US"))
    number = billed.draft("usa", dollars)
    billed.perform(issue_invoice, IssueInvoice(number, rate=Decimal("1.34")))
    expected = TotalsInCurrency("SGD", 2, Decimal("1.34"), Decimal("268.00"), Decimal("24.12"), Decimal("292.12"))
    assert filled(billed, number).tax_currency_totals == expected
    billed.perform(credit_invoice, CreditInvoice(number, "cancelled"))
    assert fill_credit_note(billed.books, "CN-SG-2026-00001", billed.root).tax_currency_totals == expected


def test_a_receipt_of_money_for_no_invoice_lies_where_the_money_does(billed: Billed) -> None:
    unapplied = SubmitPayment(
        customer="acme", seller="sg", amount=parse_money("500.00 SGD"), payer="Acme Holdings", bank_reference="FT9"
    )
    billed.perform(receive_payment, ReceivePayment(unapplied))
    receipt = fill_receipt(billed.books, "PAY-1", billed.root)
    assert (receipt.amount, receipt.on_account, receipt.settled) == (
        parse_money("500.00 SGD"),
        parse_money("500.00 SGD"),
        (),
    )
    assert (receipt.payer, receipt.reference) == ("Acme Holdings", "FT9")
    assert file_of_receipt(billed.books, "PAY-1") == "documents/Liabilities/SG/Unapplied/Acme/2026-01-11.PAY-1.pdf"


def test_a_receipt_names_an_invoice_once_though_the_payment_was_for_two_of_its_lines(billed: Billed) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT, CONSULTING))
    shares = (Allocate(number, parse_money("100.00 SGD"), 1), Allocate(number, parse_money("50.00 SGD"), 2))
    submitted = SubmitPayment((number,), amount=parse_money("150.00 SGD"), allocations=shares)
    billed.perform(receive_payment, ReceivePayment(submitted))
    assert fill_receipt(billed.books, "PAY-1", billed.root).settled == (
        Settled(number, parse_money("150.00 SGD"), date(2026, 1, 11)),
    )


@pytest.mark.parametrize("payer", ["stripe/cus_9", "iban/DE89370400440532013000", "ACME PTE. LTD."])
def test_a_receipt_names_no_payer_who_is_an_id_or_the_customer(billed: Billed, payer: str) -> None:
    unapplied = SubmitPayment(customer="acme", seller="sg", amount=parse_money("5.00 SGD"), payer=payer)
    billed.perform(receive_payment, ReceivePayment(unapplied))
    assert fill_receipt(billed.books, "PAY-1", billed.root).payer == ""


def test_a_receipt_shows_what_a_payment_in_another_currency_settled(billed: Billed) -> None:
    number = billed.issue(billed.draft("acme", PLACEMENT))
    with (billed.root / "setup/accounts.beancount").open("a") as accounts:
        accounts.write("2026-01-01 open Assets:SG:Bank:Wise\n")
    dollars = SubmitPayment((number,), amount=parse_money("730.00 USD"), rate=Decimal("0.74"))
    billed.perform(receive_payment, ReceivePayment(dollars, Account("Assets:SG:Bank:Wise")))
    receipt = fill_receipt(billed.books, "PAY-1", billed.root)
    (settled,) = receipt.settled
    assert (receipt.currency, receipt.amount) == ("USD", parse_money("730.00 USD"))
    assert settled.paid is not None
    assert (settled.amount.currency, settled.paid.currency) == ("SGD", "USD")
    rest = receipt.on_account.number if receipt.on_account else Decimal(0)
    assert settled.paid.number + rest == receipt.amount.number
