"""A charge for which somebody submitted a payment already, such as one that is to buy credits: the import verifies it."""

from __future__ import annotations

from typing import Any

import pytest
from processor_samples import DAY, JAN_12, charge, event, json_lines, refund


@pytest.fixture
def waiting(desk: Any) -> Any:
    """Forty credits and four free ones wait for a charge of Stripe."""
    desk.shell.done("credit", "unit", "add", "CREDIT", "--face", "1.00 SGD", "--date", "2026-01-02")
    options = ("--method", "processor", "--source", "stripe/ch_1", "--bonus", "4")
    desk.shell.done("credit", "top-up", "acme", "40", "--payment", *options)
    return desk


def wallet(desk: Any) -> tuple[str, str]:
    """Posted and pending credits of acme."""
    for found in desk.shell.done("credit", "balance", "acme", "--json").json["result"]["wallets"]:
        return found["posted"]["total"], found["pending"]["total"]
    return "0", "0"


def test_the_charge_verifies_the_payment_and_the_credits_are_granted_once(waiting: Any) -> None:
    text = json_lines(event("charge.succeeded", charge("ch_1", 4000, fee=150)))
    said = waiting.take(text)
    assert said["recorded"] == {"charge": 1}
    assert wallet(waiting) == ("44", "0")
    balances = waiting.balances()
    assert balances["Assets:SG:Processor:Stripe"] == "(38.50 SGD)"
    assert balances["Expenses:SG:ProcessorFees"] == "(1.50 SGD)"
    assert "Liabilities:SG:Unapplied:Acme" not in balances
    (paid,) = waiting.shell.done("payment", "list", "--json").json["result"]
    assert (paid["payment"], paid["status"], paid["received"]) == ("PAY-1", "verified", "2026-01-12")
    assert waiting.take(text)["facts"] == 0
    waiting.shell.done("check", "--deep")


def test_a_charge_over_less_than_was_submitted_grants_nothing_and_is_the_customers_money(waiting: Any) -> None:
    waiting.take(json_lines(event("charge.succeeded", charge("ch_1", 3900, fee=150))))
    assert wallet(waiting) == ("0", "0")
    assert waiting.balances()["Liabilities:SG:Unapplied:Acme"] == "(-39.00 SGD)"
    assert waiting.shell.done("credit", "show", "GRANT-1", "--json").json["result"]["status"] == "void"


def test_a_charge_that_failed_leaves_no_grant_and_moves_nothing(waiting: Any) -> None:
    failed = charge("ch_1", 4000, status="failed", paid=False, captured=False)
    assert waiting.take(json_lines(event("charge.failed", failed)))["recorded"] == {}
    assert wallet(waiting) == ("0", "44")
    assert waiting.balances() == {}
    waiting.shell.done("payment", "reject", "PAY-1", "--reason", "the card was declined")
    assert wallet(waiting) == ("0", "0")


def test_a_charge_in_another_currency_is_for_a_person(waiting: Any) -> None:
    (listed,) = waiting.take(json_lines(event("charge.succeeded", charge("ch_1", 4000, currency="usd"))))["listed"]
    assert "stripe/ch_1 is in the books as PAY-1 over 40.00 SGD" in listed["why"]
    assert wallet(waiting) == ("0", "44")


def test_a_refund_waits_for_the_charge_of_a_submitted_payment_and_takes_its_credits(waiting: Any) -> None:
    back = json_lines(event("refund.created", refund("re_1", "ch_1", 2000), at=JAN_12 + DAY))
    assert len(waiting.take(back)["held"]) == 1
    said = waiting.take(json_lines(event("charge.succeeded", charge("ch_1", 4000))))
    assert said["recorded"] == {"charge": 1, "refund": 1}
    assert wallet(waiting) == ("22", "0"), "half of both the credits and the free ones that came with them"
    assert waiting.take(back)["facts"] == 0
    waiting.shell.done("check", "--deep")


def test_a_payment_that_was_submitted_for_an_invoice_pays_it(desk: Any) -> None:
    number = desk.invoice()
    desk.shell.done("payment", "submit", number, "--method", "processor", "--source", "stripe/ch_1")
    desk.take(json_lines(event("charge.succeeded", charge("ch_1", 10900, fee=348))))
    assert desk.status(number) == "paid"
    assert desk.balances()["Assets:SG:Processor:Stripe"] == "(105.52 SGD)"
