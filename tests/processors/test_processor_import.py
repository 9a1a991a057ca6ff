"""From files of processors to the ledger: what is recorded, what waits, what is for a person, and what is refused."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pytest
from processor_samples import (
    ACTIVITY_HEAD,
    BALANCE_HEAD,
    DAY,
    JAN_12,
    activity_row,
    balance_row,
    capture,
    charge,
    dispute,
    event,
    json_lines,
    payout,
    paypal_refund,
    refund,
)

from billing_beans.acts.payments import ReceivePayment, receive_payment, submit_payment
from billing_beans.acts.periods import close_period
from billing_beans.core.accounts import Account
from billing_beans.core.clock import SystemClock
from billing_beans.core.money import parse_money
from billing_beans.ledger.ledger import Asker, Ledger
from billing_beans.payments.operations import SubmitPayment
from billing_beans.periods.operations import ClosePeriod

PAID = {"Assets:SG:Processor:Stripe": "(105.52 SGD)", "Expenses:SG:ProcessorFees": "(3.48 SGD)"}


def named(number: str, amount: int = 10900, **more: Any) -> Any:
    """A charge whose metadata names an invoice."""
    return charge("ch_1", amount, fee=more.pop("fee", 348), metadata={"invoice": number}, **more)


def test_a_charge_that_names_its_invoice_pays_it(desk: Any) -> None:
    number = desk.invoice()
    said = desk.take(json_lines(event("charge.succeeded", named(number, customer="cus_9"))))
    assert said["recorded"] == {"charge": 1}
    assert said["totals"] == {"SGD": "109.00"}
    balances = desk.balances()
    assert {account: balances.get(account) for account in PAID} == PAID
    assert "Assets:SG:Receivable:Acme" not in balances
    assert desk.status(number) == "paid"
    text = desk.shell.journal()
    assert 'source: "stripe/ch_1"' in text
    assert 'payer: "stripe/cus_9"' in text
    assert "received: 2026-01-12" in text


def test_the_same_file_twice_changes_nothing(desk: Any) -> None:
    text = json_lines(
        event("charge.succeeded", named(desk.invoice())), event("refund.created", refund("re_1", "ch_1", 900))
    )
    desk.take(text)
    before = desk.shell.files()
    said = desk.take(text)
    assert desk.shell.files() == before
    assert (said["recorded"], said["standing"], said["facts"]) == ({}, 2, 0)
    words = desk.shell.done("import", "stripe", str(desk.file("events.json", text))).out
    assert words.startswith("Nothing to do: nothing in events.json is new.")


def test_overlapping_files_of_other_kinds_say_the_same_things(desk: Any) -> None:
    number = desk.invoice()
    desk.take(json_lines(event("charge.succeeded", named(number))))
    rows = [
        balance_row("charge", "ch_1", "109.00", "3.48", invoice=number),
        balance_row("refund", "re_1", "-9.00", charge="ch_1", created="2026-01-13 02:00:00"),
        balance_row("payout", "po_1", "-96.52", created="2026-01-14 00:00:00"),
    ]
    report = "\n".join([BALANCE_HEAD, *rows])
    said = desk.take(report, name="balance.csv")
    assert (said["recorded"], said["standing"]) == ({"refund": 1, "payout": 1}, 1)
    events = json_lines(
        event("charge.refunded", {**named(number), "amount_refunded": 900}),
        event("refund.updated", refund("re_1", "ch_1", 900)),
        event("payout.paid", payout("po_1", 9652)),
    )
    again = desk.take(events, name="more.json")
    assert (again["recorded"], again["standing"], again["listed"]) == ({}, 3, [])
    assert desk.balances()["Assets:SG:Bank:OCBC"] == "(96.52 SGD)"
    assert "Assets:SG:Processor:Stripe" not in desk.balances()


def test_a_refund_takes_back_what_its_charge_paid(desk: Any) -> None:
    number = desk.invoice()
    desk.take(
        json_lines(
            event("refund.created", refund("re_1", "ch_1", 10900), at=JAN_12 + DAY),
            event("charge.succeeded", named(number)),
        )
    )
    assert desk.status(number) in ("issued", "partially-paid")
    assert desk.balances()["Assets:SG:Receivable:Acme"] == "(109.00 SGD)"
    assert desk.balances()["Assets:SG:Processor:Stripe"] == "(-3.48 SGD)"


def test_a_refund_waits_for_its_charge_and_is_done_with_it(desk: Any) -> None:
    number = desk.invoice()
    said = desk.take(json_lines(event("refund.created", refund("re_1", "ch_1", 900))))
    assert (said["recorded"], len(said["held"]), said["facts"]) == ({}, 1, 1)
    assert 'custom "billing" "processor-event-held" "stripe/re_1"' in desk.shell.journal()
    again = desk.take(json_lines(event("refund.created", refund("re_1", "ch_1", 900))))
    assert (again["facts"], again["standing"]) == (0, 1)
    said = desk.take(json_lines(event("charge.succeeded", named(number))))
    assert said["recorded"] == {"charge": 1, "refund": 1}
    assert desk.balances()["Assets:SG:Receivable:Acme"] == "(9.00 SGD)"


def test_a_refund_takes_what_a_credit_note_left_before_it_opens_an_invoice_again(desk: Any) -> None:
    number = desk.invoice()
    desk.take(json_lines(event("charge.succeeded", named(number))))
    desk.shell.done("invoice", "credit", number, "--line", "1=2", "--reason", "two came back")
    desk.take(json_lines(event("refund.created", refund("re_1", "ch_1", 5450))))
    assert desk.status(number) == "paid"
    assert "Liabilities:SG:Unapplied:Acme" not in desk.balances()
    assert "Assets:SG:Receivable:Acme" not in desk.balances()


def test_the_refund_that_a_person_asked_for_is_the_one_that_the_processor_made(desk: Any) -> None:
    number = desk.invoice()
    desk.take(json_lines(event("charge.succeeded", named(number))))
    desk.shell.done("invoice", "credit", number, "--reason", "all came back")
    desk.shell.done("payment", "refund", "CN-SG-2026-00001", "--through", "PAY-1", "--reason", "all came back")
    text = json_lines(event("refund.created", refund("re_1", "ch_1", 10900)))
    desk.take(text)
    refunds = desk.shell.done("refund", "list", "--json").json["result"]
    assert [(one["refund"], one["status"], one["source"]) for one in refunds] == [("REF-1", "succeeded", "stripe/re_1")]
    assert desk.take(text)["facts"] == 0
    assert "Liabilities:SG:Unapplied:Acme" not in desk.balances()
    assert desk.status(number) == "credited"


def test_a_dispute_takes_the_money_and_its_fee_and_gives_the_money_back(desk: Any) -> None:
    number = desk.invoice()
    desk.take(json_lines(event("charge.succeeded", named(number)), event("charge.dispute.created", dispute("dp_1", "ch_1", 10900, status="needs_response"))))  # fmt: skip
    assert desk.balances()["Assets:SG:Receivable:Acme"] == "(109.00 SGD)"
    assert desk.balances()["Expenses:SG:ProcessorFees"] == "(18.48 SGD)"
    won = event("charge.dispute.closed", dispute("dp_1", "ch_1", 10900, status="won"), at=JAN_12 + 2 * DAY)
    said = desk.take(json_lines(won))
    assert said["recorded"] == {"dispute": 1}
    assert desk.status(number) == "paid"
    assert desk.balances()["Assets:SG:Processor:Stripe"] == "(90.52 SGD)"


def test_a_fee_that_is_told_later_is_recorded_then(desk: Any) -> None:
    number = desk.invoice()
    desk.take(json_lines(event("charge.succeeded", named(number, fee=None))))
    assert "Expenses:SG:ProcessorFees" not in desk.balances()
    report = f"{BALANCE_HEAD}\n{balance_row('charge', 'ch_1', '109.00', '3.48', invoice=number)}\n"
    assert desk.take(report, name="balance.csv")["recorded"] == {"charge": 1}
    balances = desk.balances()
    assert {account: balances.get(account) for account in PAID} == PAID
    assert desk.take(report, name="balance.csv")["facts"] == 0


def test_a_fee_for_no_charge_is_an_expense_once(desk: Any) -> None:
    report = f"{BALANCE_HEAD}\n{balance_row('fee', '', '-2.00', transaction='txn_9')}\n"
    for count in (1, 0):
        assert desk.take(report, name="balance.csv")["facts"] == count
    assert desk.balances() == {"Assets:SG:Processor:Stripe": "(-2.00 SGD)", "Expenses:SG:ProcessorFees": "(2.00 SGD)"}


WAYS = [
    ({"metadata": {"customer": "acme"}}, True),
    ({"billing_details": {"email": "AP@acme.example", "name": "A"}}, True),
    ({"description": "Order for SG-2026-00001"}, True),
    ({"description": "Order for SG-2026-00001", "amount": 500, "amount_captured": 500}, False),
    ({"metadata": {"customer": "nobody"}}, False),
    ({"billing_details": {"email": "x@y.example"}, "customer": "cus_9"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("says", "found"), WAYS)
def test_whose_money_it_is_must_be_said(desk: Any, says: dict[str, Any], found: bool) -> None:
    desk.invoice()
    whole = {**charge("ch_1", 10900), **says}
    said = desk.take(json_lines(event("charge.succeeded", whole)))
    assert bool(said["recorded"]) is found
    assert len(said["listed"]) == (not found)
    if not found:
        (one,) = said["listed"]
        assert one["where"] == "line 1 of events.json"
        assert "whose money" in one["why"]
        assert one["instead"]
        assert said["facts"] == 0


def test_what_a_person_says_of_a_payer_is_taken_when_the_file_comes_again(desk: Any) -> None:
    text = json_lines(
        event("charge.succeeded", charge("ch_1", 5000, customer="cus_9")),
        event("refund.created", refund("re_1", "ch_1", 1000)),
    )
    said = desk.take(text)
    assert (len(said["listed"]), len(said["held"])) == (1, 1)
    assert "billing-beans customer payer CUSTOMER stripe/cus_9" in said["listed"][0]["instead"]
    desk.shell.done("customer", "payer", "acme", "stripe/cus_9", "--date", "2026-01-02")
    said = desk.take(text)
    assert (said["recorded"], said["listed"]) == ({"charge": 1, "refund": 1}, [])
    assert desk.balances()["Liabilities:SG:Unapplied:Acme"] == "(-40.00 SGD)"


def test_two_customers_for_one_charge_are_for_a_person(desk: Any) -> None:
    number, other = desk.invoice(), desk.invoice("quote")
    both = charge("ch_1", 10900, metadata={"invoices": f"{number}, {other}"})
    against = charge("ch_2", 10900, metadata={"invoice": number, "customer": "quote"})
    said = desk.take(json_lines(event("charge.succeeded", both), event("charge.succeeded", against)))
    assert [one["source"] for one in said["listed"]] == ["stripe/ch_1", "stripe/ch_2"]
    assert said["facts"] == 0


def test_one_charge_pays_several_invoices_and_the_rest_is_unapplied(desk: Any) -> None:
    one, two = desk.invoice(), desk.invoice(quantity=1)
    desk.take(json_lines(event("charge.succeeded", charge("ch_1", 15000, metadata={"invoice": f"{one} {two}"}))))
    assert (desk.status(one), desk.status(two)) == ("paid", "paid")
    assert desk.balances()["Liabilities:SG:Unapplied:Acme"] == "(-13.75 SGD)"


def test_money_for_an_invoice_that_is_void_is_its_customers(desk: Any) -> None:
    number = desk.invoice()
    desk.shell.done("invoice", "void", number, "--reason", "wrong")
    said = desk.take(json_lines(event("charge.succeeded", named(number))))
    assert said["recorded"] == {"charge": 1}
    assert desk.balances()["Liabilities:SG:Unapplied:Acme"] == "(-109.00 SGD)"


def test_money_in_another_currency_than_the_invoice_is_its_customers(desk: Any) -> None:
    number = desk.invoice()
    desk.take(
        json_lines(event("charge.succeeded", charge("ch_1", 10900, currency="usd", metadata={"invoice": number})))
    )
    assert desk.status(number) == "issued"
    assert desk.balances()["Liabilities:SG:Unapplied:Acme"] == "(-109.00 USD)"


def test_a_charge_that_the_processor_exchanged_pays_its_invoice_at_that_rate(desk: Any) -> None:
    said = desk.shell.done("invoice", "draft", "acme", "handbook", "1", "--currency", "USD", "--json").json
    number = said["result"]["number"]
    desk.shell.done("invoice", "issue", number)
    row = balance_row("charge", "ch_1", "27.75", "1.00", facing="20.71", facing_currency="usd", invoice=number)
    said = desk.take(f"{BALANCE_HEAD}\n{row}\n", name="balance.csv")
    assert said["recorded"] == {"charge": 1}
    assert desk.status(number) == "paid"
    assert desk.balances()["Assets:SG:Processor:Stripe"] == "(26.75 SGD)"


def test_failed_then_succeeded_is_paid_and_failed_alone_moves_nothing(desk: Any) -> None:
    number = desk.invoice()
    failed = event("charge.failed", named(number, fee=None, status="failed", paid=False))
    said = desk.take(json_lines(failed))
    assert (said["facts"], said["no-money"]) == (0, {"charge: failed": 1})
    desk.take(json_lines(event("charge.succeeded", named(number), at=JAN_12 + 60), failed))
    assert desk.status(number) == "paid"
    assert desk.take(json_lines(failed))["standing"] == 1


def test_a_refund_above_its_charge_is_for_a_person_and_the_charge_is_taken(desk: Any) -> None:
    number = desk.invoice()
    text = json_lines(event("charge.succeeded", named(number)), event("refund.created", refund("re_1", "ch_1", 99900)))
    said = desk.take(text)
    assert said["recorded"] == {"charge": 1}
    assert [one["source"] for one in said["listed"]] == ["stripe/re_1"]
    assert desk.status(number) == "paid"


def test_a_held_refund_above_its_charge_does_not_keep_the_charge_out(desk: Any) -> None:
    desk.take(json_lines(event("refund.created", refund("re_1", "ch_1", 99900))))
    said = desk.take(json_lines(event("charge.succeeded", named(desk.invoice()))))
    assert (said["recorded"], [one["source"] for one in said["listed"]]) == ({"charge": 1}, ["stripe/re_1"])


def test_what_waits_is_done_though_its_charge_came_another_way(desk: Any) -> None:
    desk.take(json_lines(event("refund.created", refund("re_1", "ch_1", 900))))
    number = desk.invoice()
    ledger = Ledger(desk.shell.root, SystemClock(), os.urandom)
    stripe = Account("Assets:SG:Processor:Stripe")
    received = ReceivePayment(SubmitPayment((number,), source="stripe/ch_1"), stripe, parse_money("3.48 SGD"))
    ledger.perform(receive_payment, received, Asker("fin", date(2026, 1, 12)))
    said = desk.take(json_lines(event("charge.succeeded", named(number))))
    assert (said["recorded"], said["standing"]) == ({"refund": 1}, 1)


def test_what_went_back_without_a_refund_that_is_named_is_for_a_person(desk: Any) -> None:
    number = desk.invoice()
    whole = event("charge.refunded", {**named(number), "amount_refunded": 900})
    said = desk.take(json_lines(whole))
    assert [one["source"] for one in said["listed"]] == ["stripe/ch_1"]
    assert "went back" in said["listed"][0]["why"]
    assert desk.take(json_lines(whole, event("refund.created", refund("re_1", "ch_1", 900))))["listed"] == []


def test_another_amount_for_what_is_in_the_books_is_for_a_person(desk: Any) -> None:
    number = desk.invoice()
    desk.take(json_lines(event("charge.succeeded", named(number))))
    said = desk.take(json_lines(event("charge.succeeded", named(number, 10800))))
    assert (said["facts"], [one["source"] for one in said["listed"]]) == (0, ["stripe/ch_1"])
    both = json_lines(event("charge.succeeded", charge("ch_2", 100)), event("charge.succeeded", charge("ch_2", 200)))
    assert desk.take(both)["facts"] == 0


def test_what_a_person_recorded_by_hand_is_passed_over(desk: Any) -> None:
    text = json_lines(
        event("charge.succeeded", charge("ch_1", 5000)), event("refund.created", refund("re_1", "ch_1", 900))
    )
    said = desk.take(text)
    by_hand = said["listed"][0]["instead"]
    assert by_hand == (
        'billing-beans payment receive INVOICE --amount "50.00 SGD" --date ... --method processor --into ACCOUNT '
        "--source stripe/ch_1"
    )
    stripe = ("--into", "Assets:SG:Processor:Stripe", "--method", "processor", "--date", "2026-01-12")
    desk.shell.done(
        "payment", "receive", "--customer", "acme", "--amount", "50.00 SGD", "--source", "stripe/ch_1", *stripe
    )
    said = desk.take(text)
    assert (said["recorded"], said["standing"], said["listed"]) == ({"refund": 1}, 2, [])
    failed = json_lines(event("refund.failed", refund("re_1", "ch_1", 900, status="failed")))
    assert "are at the processor again" in desk.take(failed)["listed"][0]["why"]
    desk.shell.done(
        "payment", "receive", "--customer", "acme", "--amount", "9.00 SGD", "--source", "stripe/re_1", *stripe
    )
    assert desk.take(failed)["listed"] == []
    assert desk.balances()["Liabilities:SG:Unapplied:Acme"] == "(-50.00 SGD)"


def test_payouts_arrive_and_come_back(desk: Any) -> None:
    desk.take(json_lines(event("payout.paid", payout("po_1", 5000))), "--bank", "Assets:SG:Bank:OCBC")
    assert desk.balances() == {"Assets:SG:Bank:OCBC": "(50.00 SGD)", "Assets:SG:Processor:Stripe": "(-50.00 SGD)"}
    desk.take(json_lines(event("payout.failed", payout("po_1", 5000, status="failed"))))
    assert desk.balances() == {}
    desk.take(json_lines(event("payout.canceled", payout("po_2", 700, status="canceled"))))
    said = desk.take(json_lines(event("payout.paid", payout("po_2", 700))))
    assert (said["facts"], desk.balances()) == (0, {})


def test_an_account_that_is_not_open_is_named_with_its_directive(desk: Any) -> None:
    accounts = desk.shell.root / "setup" / "accounts.beancount"
    text = accounts.read_text(encoding="utf-8")
    accounts.write_text(text.replace("2026-01-01 open Assets:SG:Processor:Stripe\n", ""), encoding="utf-8")
    said = desk.refused(json_lines(event("payout.paid", payout("po_1", 5000))))
    assert "2026-01-14 open Assets:SG:Processor:Stripe" in said


def test_events_of_test_mode_are_refused_in_live_books(desk: Any) -> None:
    said = desk.refused(json_lines(event("charge.succeeded", named(desk.invoice()), live=False)))
    assert "test mode" in said


def test_one_bad_file_of_several_writes_nothing(desk: Any) -> None:
    good = desk.file("good.json", json_lines(event("charge.succeeded", named(desk.invoice()))))
    bad = desk.file("bad.json", json_lines(event("charge.succeeded", charge("ch_2", 100, currency="zzz"))))
    said = desk.shell.refused("import", "stripe", str(good), str(bad), status=2)
    assert "line 1 of bad.json" in said
    desk.shell.refused("import", "stripe", str(good), str(desk.folder / "absent.json"), status=2)
    desk.shell.refused("import", "paypal", str(good), status=2)


@pytest.mark.parametrize(
    "option", [("--date", "today"), ("--idempotency-key", "x"), ("--seller", "my"), ("--into", "Assets:X")]
)
def test_options_that_make_no_sense_are_refused(desk: Any, option: tuple[str, str]) -> None:
    path = desk.file("events.json", json_lines(event("charge.succeeded", named("SG-1", customer="cus_9"))))
    said = desk.shell("import", "stripe", str(path), *option)
    assert said.status == 2
    assert "Traceback" not in said.err
    assert "Instead: " in said.err


def test_a_moment_that_is_none_is_shown_as_it_stands_in_the_file(desk: Any) -> None:
    text = json_lines(event("charge.succeeded", charge("ch_1", 5000), at=10**14))
    assert "'1E+400' is no moment" in desk.refused(text.replace(str(10**14), "1e400"))


def test_a_dry_run_shows_the_first_and_writes_nothing(desk: Any) -> None:
    number = desk.invoice()
    before = desk.shell.files()
    path = desk.file("events.json", json_lines(event("charge.succeeded", named(number))))
    said = desk.shell.done("import", "stripe", str(path), "--dry-run").out
    assert desk.shell.files() == before
    assert "Would record 1 payment" in said
    assert 'custom "billing" "payment-submitted" "PAY-1"' in said


def test_what_was_done_is_said_in_words(desk: Any) -> None:
    number = desk.invoice()
    text = json_lines(
        event("charge.succeeded", named(number)),
        event("charge.succeeded", charge("ch_2", 100, customer="cus_9")),
        event("refund.created", refund("re_3", "ch_3", 100)),
        event("customer.created", {"id": "cus_1", "object": "customer"}),
    )
    said = desk.shell.done("import", "stripe", str(desk.file("events.json", text))).out.splitlines()
    assert said[0] == "Recorded 1 payment of Stripe, 2026-01-12 to 2026-01-12; 109.00 SGD came."
    assert "  moved no money, or are not read here: 1" in said
    assert "  wait for their charge: 1" in said
    assert "  for a person, and not recorded: 1" in said
    assert "      billing-beans customer payer CUSTOMER stripe/cus_9, and import the file again" in said


def test_days_are_those_of_the_seller_in_what_is_said_and_in_the_way_out(desk: Any) -> None:
    # Half past five in the evening in UTC: in Singapore the next day has begun, and in New York it is the same day.
    text = json_lines(
        event("charge.succeeded", charge("ch_1", 5000, at=1768239000, billing_details={"email": "ap@acme.example"}))
    )
    path = str(desk.file("events.json", text))
    assert "2026-01-13 to 2026-01-13" in desk.shell.done("import", "stripe", path, "--dry-run").out
    desk.shell.done("import", "stripe", path)
    assert "2026-01-13" in desk.shell.done("payment", "list").out
    accounts = desk.shell.root / "setup" / "accounts.beancount"
    assert "Processor:Adyen" not in accounts.read_text(encoding="utf-8")
    refusal = desk.refused(text, "--into", "Assets:SG:Processor:Adyen")
    assert "2026-01-13 open Assets:SG:Processor:Adyen" in refusal


def test_what_names_an_unknown_invoice_and_is_all_there_is_is_said_to_be_recorded_in_no_part(desk: Any) -> None:
    text = json_lines(event("charge.succeeded", charge("ch_1", 5000, metadata={"invoice": "SG-2026-09999"})))
    said = desk.shell.done("import", "stripe", str(desk.file("events.json", text))).out
    assert said.startswith("Recorded nothing of events.json.\n")
    assert "SG-2026-09999 is no invoice and no customer of these books" in said


def test_what_paypal_exchanges_moves_between_currencies_once(desk: Any) -> None:
    kind = "General Currency Conversion"
    rows = [
        activity_row("General Withdrawal", "WD1", "-134.00", "0.00", "-134.00"),
        activity_row(kind, "T1", "-100.00", "0.00", "-100.00", currency="USD", about="WD1"),
        activity_row(kind, "T2", "134.00", "0.00", "134.00", about="WD1"),
    ]
    report = "\n".join([ACTIVITY_HEAD, *rows])
    assert desk.take(report, processor="paypal", name="a.csv")["recorded"] == {"exchange": 1, "payout": 1}
    assert desk.take(report, processor="paypal", name="a.csv")["facts"] == 0
    assert desk.balances() == {"Assets:SG:Bank:OCBC": "(134.00 SGD)", "Assets:SG:Processor:Paypal": "(-100.00 USD)"}


def test_paypal_events_and_the_activity_download_say_the_same(desk: Any) -> None:
    number = desk.invoice()
    events = json_lines(
        capture("CAP1", "109.00", fee="4.00", invoice_id=number),
        paypal_refund("REF1", "CAP1", "9.00"),
        paypal_refund("REV1", "CAP1", "50.00", kind="PAYMENT.CAPTURE.REVERSED", fee="0.00"),
    )
    assert desk.take(events, processor="paypal")["recorded"] == {"charge": 1, "refund": 1, "dispute": 1}
    assert desk.balances()["Assets:SG:Receivable:Acme"] == "(59.00 SGD)"
    assert desk.balances()["Expenses:SG:ProcessorFees"] == "(3.70 SGD)"
    rows = [
        activity_row(
            "Express Checkout Payment", "CAP1", "109.00", "-4.00", "105.00", invoice=number, date="12/01/2026"
        ),
        activity_row("Payment Refund", "REF1", "-9.00", "0.30", "-8.70", about="CAP1"),
        activity_row("Payment Reversal", "REV1", "-50.00", "0.00", "-50.00", about="CAP1"),
        activity_row("Chargeback Reversal", "REV2", "50.00", "0.00", "50.00", about="REV1", date="15/01/2026"),
        activity_row("Chargeback Fee", "FEE1", "-16.00", "0.00", "-16.00", about="CAP1"),
        activity_row("General Withdrawal", "WD1", "-80.00", "0.00", "-80.00", date="16/01/2026"),
    ]
    report = "\n".join([ACTIVITY_HEAD, *rows])
    said = desk.take(report, processor="paypal", name="activity.csv")
    assert (said["recorded"], said["standing"], said["listed"]) == ({"dispute": 1, "fee": 1, "payout": 1}, 2, [])
    assert desk.take(report, processor="paypal", name="activity.csv")["facts"] == 0
    assert desk.balances()["Assets:SG:Receivable:Acme"] == "(9.00 SGD)"
    assert desk.balances()["Assets:SG:Bank:OCBC"] == "(80.00 SGD)"
    assert desk.balances()["Assets:SG:Processor:Paypal"] == "(0.30 SGD)"


def test_a_charge_that_a_person_rejected_stays_rejected(desk: Any) -> None:
    number = desk.invoice()
    ledger = Ledger(desk.shell.root, SystemClock(), os.urandom)
    ledger.perform(submit_payment, SubmitPayment((number,), source="stripe/ch_1"), Asker("fin", date(2026, 1, 12)))
    desk.shell.done("payment", "reject", "PAY-1", "--reason", "not ours")
    said = desk.take(json_lines(event("charge.succeeded", named(number))))
    assert (said["facts"], said["standing"], said["listed"]) == (0, 1, [])


def test_money_that_came_before_its_invoice_was_issued_pays_it_on_that_day(desk: Any) -> None:
    number = desk.invoice()
    desk.take(json_lines(event("charge.succeeded", named(number, at=JAN_12 - 5 * DAY))))
    assert '2026-01-11 * "Acme Pte. Ltd." "Payment PAY-1' in desk.shell.journal()
    assert "received: 2026-01-07" in desk.shell.journal()
    assert desk.balances()["Assets:SG:Processor:Stripe"] == "(105.52 SGD)"


def test_what_happened_in_a_closed_period_is_dated_after_it(desk: Any) -> None:
    number = desk.invoice()
    ledger = Ledger(desk.shell.root, SystemClock(), os.urandom)
    ledger.perform(close_period, ClosePeriod(date(2026, 1, 15)), Asker("fin", date(2026, 1, 20)))
    events = [
        event("charge.succeeded", named(number)),
        event("refund.created", refund("re_1", "ch_1", 900)),
        event("refund.created", refund("re_8", "ch_8", 900)),
        event("payout.paid", payout("po_1", 5000)),
    ]
    said = desk.take(json_lines(*events))
    assert (said["recorded"], said["listed"]) == ({"charge": 1, "refund": 1, "payout": 1}, [])
    assert "received: 2026-01-12" in desk.shell.journal()
    desk.balances()


def test_hostile_text_is_written_harmlessly(desk: Any) -> None:
    number = desk.invoice()
    evil = 'Q"} \n2026-01-01 open Assets:Evil\u2028\x00 \\ =1+1 \ud800'
    whole = named(number, billing_details={"email": evil, "name": evil}, description=evil, customer=None)
    back = refund("re_1", "ch_1", 900, reason=evil)
    desk.take(json_lines(event("charge.succeeded", whole), event("refund.created", back)))
    assert "Assets:Evil" not in desk.balances()
    assert desk.status(number) == "partially-paid"


@pytest.mark.parametrize("name", ["ch 1", "ch\n1", 'ch"1', "ch^1", "ñ"])
def test_an_id_that_no_processor_gives_is_refused(desk: Any, name: str) -> None:
    desk.refused(json_lines(event("charge.succeeded", charge(name, 100))))
    desk.refused(json_lines(event("refund.created", refund("re_1", name, 100))))


@pytest.mark.parametrize("option", [("--into", "Assets:SG:Bank:OCBC"), ("--bank", "Assets:SG:Bank:Nowhere"), ("--bank", "Expenses:X"), ("--into", "Assets:SG:Processor:Adyen")])  # fmt: skip
def test_accounts_where_the_money_cannot_lie_are_refused(desk: Any, option: tuple[str, str]) -> None:
    said = desk.refused(json_lines(event("payout.paid", payout("po_1", 5000))), *option)
    assert "Traceback" not in said


def test_a_charge_that_waits_for_its_money_grants_the_credits_that_it_buys_and_its_refund_takes_them_back(
    desk: Any,
) -> None:
    """W4, Y5: submitted as a charge, verified by what the processor says of it, and taken back as far as it is refunded."""
    desk.shell.at("2026-01-12T01:00:00Z")
    desk.shell.done("credit", "unit", "add", "CREDIT", "--face", "1.00 SGD", "--name", "Credits")
    top_up = ("--payment", "--method", "processor", "--source", "stripe/ch_1")
    desk.shell.done("credit", "top-up", "acme", "109", *top_up)
    desk.shell.at("2026-01-20T02:00:00Z")
    assert desk.take(json_lines(event("charge.succeeded", charge("ch_1", 10900, fee=348))))["recorded"] == {"charge": 1}
    assert desk.balances() == PAID | {
        "Liabilities:SG:Credits:Acme:Paid": '(-109 CREDIT {1.00 SGD, 2026-01-12, "GRANT-1"})'
    }
    assert desk.take(json_lines(event("charge.succeeded", charge("ch_1", 10900, fee=348))))["recorded"] == {}
    desk.take(json_lines(event("refund.created", refund("re_1", "ch_1", 4000))))
    wallet = desk.shell.done("credit", "balance", "acme", "--json").json["result"]["wallets"][0]
    assert wallet["available"]["paid"] == "69"
    assert desk.balances()["Assets:SG:Processor:Stripe"] == "(65.52 SGD)"
