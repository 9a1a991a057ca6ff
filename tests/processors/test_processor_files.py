"""What files of Stripe and PayPal say: each wrapping, encoding, currency and state, and what can't be read."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_samples import (
    ACTIVITY_HEAD,
    BALANCE_HEAD,
    JAN_12,
    activity_row,
    balance_row,
    capture,
    charge,
    dispute,
    event,
    json_lines,
    listed,
    payout,
    paypal,
    paypal_refund,
    refund,
    transaction,
)

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, minor_digits
from billing_beans.importers.processors.amounts import decimal_mark, from_smallest, marked_amount
from billing_beans.importers.processors.events import EventKind, Processor, ProcessorEvent, Read
from billing_beans.importers.processors.reading import read_file

STRIPE, PAYPAL = Processor.STRIPE, Processor.PAYPAL


def sgd(number: str) -> Money:
    return Money(Decimal(number), "SGD")


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(
        text: str | bytes, processor: Processor = STRIPE, name: str = "events.json", form: str | None = None
    ) -> Read:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_file(path, processor, form)

    return read


def test_every_wrapping_of_the_same_events_says_the_same_with_its_own_lines(read: Any) -> None:
    one, two = (
        event("charge.succeeded", charge("ch_1", 1000, fee=64)),
        event("refund.created", refund("re_1", "ch_1", 400)),
    )
    lines = {
        json_lines(one, two): [1, 2],
        json.dumps(one, indent=1) + "\n" + json.dumps(two): None,
        json.dumps([one, two]): [1, 1],
        listed(one, two): None,
        "\n\n" + json_lines(one) + "\n" + json_lines(two): [3, 5],
    }
    for text, expected in lines.items():
        found = read(text)
        assert [(e.kind, e.thing, e.about, e.amount, e.fee) for e in found.events] == [
            (EventKind.PAID, "ch_1", "", sgd("10.00"), sgd("0.64")),
            (EventKind.REFUNDED, "re_1", "ch_1", sgd("4.00"), None),
        ]
        at = [int(e.where.split()[1]) for e in found.events]
        assert at == (expected or sorted(at))
        if expected is None:
            assert text.splitlines()[at[1] - 1].strip().startswith("{")


def test_the_only_object_of_a_file_may_be_a_webhook_body(read: Any) -> None:
    (found,) = read(json.dumps(event("charge.succeeded", charge("ch_1", 1000)))).events
    assert (found.source, found.event, found.moment) == (
        "stripe/ch_1",
        "evt_" + found.event[4:],
        datetime(2026, 1, 12, 2, tzinfo=UTC),
    )
    assert found.live is True


def test_a_list_of_charges_needs_no_events_around_them(read: Any) -> None:
    found = read(listed(charge("ch_1", 1000), payout("po_1", 900)))
    assert [(one.kind, one.thing) for one in found.events] == [(EventKind.PAID, "ch_1"), (EventKind.PAYOUT, "po_1")]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: gzip.compress(text.encode()),
    ],
)
@pytest.mark.parametrize("head", [True, False])
def test_the_usual_encodings_are_read_in_json_and_in_csv(read: Any, encode: Any, head: bool) -> None:
    row = balance_row("charge", "ch_1", "10.00", "0.64", description="Grüße")
    text = (
        f"{BALANCE_HEAD}\n{row}\n"
        if head
        else json_lines(event("charge.succeeded", charge("ch_1", 1000, fee=64, description="Grüße")))
    )
    (found,) = read(encode(text)).events
    assert (found.amount, found.fee, found.description) == (sgd("10.00"), sgd("0.64"), "Grüße")


def test_two_encodings_in_one_file_are_refused_with_the_line(read: Any) -> None:
    rows = [balance_row("charge", f"ch_{n}", "10.00", description="Grüße") for n in (1, 2)]
    data = f"{BALANCE_HEAD}\n{rows[0]}\n".encode() + rows[1].encode("cp1252")
    with pytest.raises(WrongUsage, match=r"is not UTF-8 text: line 3 holds b'\\xfc'"):
        read(data)


@pytest.mark.parametrize(("cut", "line"), [(0.5, "line "), (0.99, "line ")])
def test_a_truncated_file_is_refused_with_the_line(read: Any, cut: float, line: str) -> None:
    text = listed(*(event("charge.succeeded", charge(f"ch_{n}", 1000)) for n in range(3)))
    with pytest.raises(WrongUsage, match=line) as refused:
        read(text[: int(len(text) * cut)])
    assert "no JSON" in refused.value.what
    with pytest.raises(WrongUsage, match="can't be unpacked"):
        read(gzip.compress(text.encode())[:-20])


@pytest.mark.parametrize(
    "text",
    ["", "   \n", "[", "[1]", '[{"a": NaN}]', "[" * 100_000, "{} {", '[{"object": "charge"},]', "[{}{}]", "[{}] x"],
)
def test_what_is_no_file_of_events_is_refused(read: Any, text: str) -> None:
    for processor in Processor:
        with pytest.raises(WrongUsage):
            read(text, processor)


def test_every_broken_line_is_named_and_the_first_five_are_shown(read: Any) -> None:
    bad = [event("charge.succeeded", charge(f"ch_{n}", 1000, currency="xyz")) for n in range(7)]
    with pytest.raises(WrongUsage) as refused:
        read(json_lines(event("charge.succeeded", charge("ch_9", 1)), *bad))
    words = refused.value.what.splitlines()
    assert [one.partition(":")[0] for one in words[:5]] == [f"line {n} of events.json" for n in range(2, 7)]
    assert words[5] == "and 2 more lines"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 10.5},
        {"amount": "1000"},
        {"amount": True},
        {"amount": None},
        {"amount": 10**30},
        {"currency": None},
        {"currency": "isk", "amount": 150, "amount_captured": 150},
        {"status": "great"},
        {"id": ""},
        {"created": "2026-01-12"},
        {"created": -5},
        {"balance_transaction": {**transaction(1000, 64), "net": 900}},
    ],
)
def test_a_charge_that_lacks_what_it_must_have_is_refused(read: Any, change: dict[str, Any]) -> None:
    whole = {**charge("ch_1", 1000), "amount_captured": None, **change}
    with pytest.raises(WrongUsage, match=r"line 1 of events\.json"):
        read(json_lines(event("charge.succeeded", whole)))


SMALLEST = [
    (1000, "USD", "10.00"),
    (500, "JPY", "500"),
    (5120, "KWD", "5.120"),
    (500, "ISK", "5"),
    (500, "UGX", "5"),
    (500, "MGA", "500.00"),
    (1, "EUR", "0.01"),
    (100, "HUF", "1.00"),
]


@pytest.mark.parametrize(("units", "currency", "amount"), SMALLEST)
def test_the_smallest_unit_is_that_of_the_currency_at_the_processor(units: int, currency: str, amount: str) -> None:
    read = from_smallest(units, currency)
    assert str(read) == f"{amount} {currency}"


@given(number=st.decimals(0, 10**12, places=2), comma=st.booleans(), code=st.sampled_from(["USD", "JPY", "KWD"]))
def test_an_amount_is_read_as_it_was_written_in_any_country(number: Decimal, comma: bool, code: str) -> None:
    number = number.quantize(Decimal(1).scaleb(-minor_digits(code)))
    text = f"{number:,f}"
    if comma:
        text = text.translate({ord(","): ".", ord("."): ","})
    mark = "," if comma else "."
    assert marked_amount(text, code, mark).number == number
    assert marked_amount(f"-{text}", code, mark).number == -number


def test_the_decimal_mark_is_found_from_all_amounts() -> None:
    assert decimal_mark(["1,234", "5.10"]) == "."
    assert decimal_mark(["1.234", "5,10"]) == ","
    assert decimal_mark(["1.234,56"]) == ","
    assert decimal_mark(["10", "1,234"]) == "."
    with pytest.raises(WrongUsage, match="decimal points and decimal commas"):
        decimal_mark(["1.10", "1,10"])


@pytest.mark.parametrize(
    "cell", ["1,23.45", "12,3456.00", "1.2.3", "--1", "1e5", "", "1.005", "abc", "1234,567.00", "٣.00"]
)
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(WrongUsage):
        marked_amount(cell, "USD", ".")


def states(found: Read) -> list[tuple[EventKind, str, str]]:
    return [(one.kind, one.thing, one.about) for one in found.events]


def test_a_payment_is_its_charge_whoever_says_it(read: Any) -> None:
    intent = {
        "id": "pi_ch_1",
        "object": "payment_intent",
        "amount": 1000,
        "amount_received": 1000,
        "created": JAN_12,
        "currency": "sgd",
        "customer": "cus_9",
        "latest_charge": "ch_1",
        "metadata": {"invoice_number": "SG-2026-00001"},
        "status": "succeeded",
    }
    older = {**intent, "latest_charge": None, "charges": {"object": "list", "data": [charge("ch_1", 1000)]}}
    found = read(
        json_lines(
            event("payment_intent.succeeded", intent),
            event("payment_intent.succeeded", older),
            event("charge.succeeded", charge("ch_1", 1000)),
        )
    )
    assert {(one.kind, one.source, one.amount) for one in found.events} == {
        (EventKind.PAID, "stripe/ch_1", sgd("10.00"))
    }
    assert found.events[0].invoices == ("SG-2026-00001",)
    assert found.events[0].payer.account == "cus_9"
    skipped = read(json_lines(event("payment_intent.payment_failed", {**intent, "status": "requires_payment_method"})))
    assert (skipped.events, len(skipped.skipped)) == ([], 1)


def test_states_of_charges_refunds_disputes_and_payouts(read: Any) -> None:
    found = read(
        json_lines(
            event("charge.pending", charge("ch_1", 1000, status="pending", paid=False)),
            event("charge.failed", charge("ch_2", 1000, status="failed", paid=False)),
            event("charge.succeeded", charge("ch_3", 1000, captured=False)),
            event("charge.captured", charge("ch_4", 1000, amount_captured=700)),
            event("charge.refunded", charge("ch_5", 1000, amount_refunded=300)),
            event("refund.created", refund("re_1", "ch_5", 300, status="pending")),
            event("refund.failed", refund("re_2", "ch_5", 300, status="failed")),
            event("charge.dispute.created", dispute("dp_1", "ch_6", 1000, status="needs_response")),
            event("charge.dispute.closed", dispute("dp_2", "ch_6", 1000, status="lost")),
            event("charge.dispute.funds_reinstated", dispute("dp_3", "ch_6", 1000, status="won"), at=JAN_12 + 9),
            event("payout.created", payout("po_1", 900, status="in_transit")),
            event("payout.paid", payout("po_2", 900)),
            event("payout.failed", payout("po_3", 900, status="failed")),
        )
    )
    assert states(found) == [
        (EventKind.PENDING, "ch_1", ""),
        (EventKind.FAILED, "ch_2", ""),
        (EventKind.PENDING, "ch_3", ""),
        (EventKind.PAID, "ch_4", ""),
        (EventKind.PAID, "ch_5", ""),
        (EventKind.WENT_BACK, "ch_5", "ch_5"),
        (EventKind.REFUND_PENDING, "re_1", "ch_5"),
        (EventKind.REFUND_FAILED, "re_2", "ch_5"),
        (EventKind.DISPUTED, "dp_1", "ch_6"),
        (EventKind.DISPUTE_LOST, "dp_2", "ch_6"),
        (EventKind.DISPUTE_WON, "dp_3", "ch_6"),
        (EventKind.PAYOUT_PENDING, "po_1", ""),
        (EventKind.PAYOUT, "po_2", ""),
        (EventKind.PAYOUT_FAILED, "po_3", ""),
    ]
    by_thing = {one.thing: one for one in found.events}
    assert by_thing["ch_4"].amount == sgd("7.00")
    assert by_thing["dp_1"].fee == sgd("15.00")
    assert by_thing["dp_3"].moment.second == 9


def test_what_moves_no_money_is_skipped_and_said(read: Any) -> None:
    found = read(
        json_lines(
            event("customer.created", {"id": "cus_1", "object": "customer"}),
            event("charge.dispute.created", dispute("dp_1", "ch_1", 1000, status="warning_needs_response")),
        )
    )
    assert found.events == []
    assert [(one.where, one.what) for one in found.skipped] == [
        ("line 1 of events.json", "customer.created cus_1"),
        ("line 2 of events.json", "dispute dp_1, warning_needs_response"),
    ]


def test_a_fee_that_is_given_back_with_a_dispute_is_told_by_itself(read: Any) -> None:
    won = dispute("dp_1", "ch_1", 1000, status="won")
    won["balance_transactions"].append({**transaction(1000, -1500), "id": "txn_back"})
    row = balance_row("dispute_reversal", "dp_1", "10.00", "-15.00", charge="ch_1", transaction="txn_back")
    for text in (json_lines(event("charge.dispute.closed", won)), f"{BALANCE_HEAD}\n{row}\n"):
        told = {one.thing: one for one in read(text).events}
        assert told["dp_1"].kind is EventKind.DISPUTE_WON
        assert (told["txn_back"].kind, told["txn_back"].fee) == (EventKind.FEE, sgd("-15.00"))
    back = activity_row("Chargeback Reversal", "REV2", "50.00", "16.00", "66.00", about="REV1")
    found = read(f"{ACTIVITY_HEAD}\n{back}\n", PAYPAL, "activity.csv")
    assert [(one.kind, one.fee) for one in found.events] == [
        (EventKind.FEE, sgd("-16.00")),
        (EventKind.DISPUTE_WON, None),
    ]


def test_movements_of_the_balance_as_json(read: Any) -> None:
    def moved(name: str, category: str, amount: int, fee: int, source: Any) -> dict[str, Any]:
        whole = {**transaction(amount, fee), "id": name, "created": JAN_12, "reporting_category": category}
        return {**whole, "source": source, "exchange_rate": None}

    found = read(
        listed(
            moved("txn_1", "charge", 1000, 64, charge("ch_1", 1000)),
            moved("txn_2", "charge", 1000, 64, "ch_2"),
            moved("txn_3", "refund", -400, 0, "re_1"),
            moved("txn_4", "fee", -200, 0, None),
            moved("txn_5", "payout", -900, 0, payout("po_1", 900)),
            {**moved("txn_6", "charge", 1340, 64, "ch_6"), "exchange_rate": 1.34},
            moved("txn_7", "advance", 1000, 0, "adv_1"),
        )
    )
    assert [(one.kind, one.thing, one.amount, one.fee) for one in found.events] == [
        (EventKind.PAID, "ch_1", sgd("10.00"), sgd("0.64")),
        (EventKind.PAID, "ch_2", sgd("10.00"), sgd("0.64")),
        (EventKind.REFUNDED, "re_1", sgd("4.00"), sgd("0.00")),
        (EventKind.FEE, "txn_4", None, sgd("2.00")),
        (EventKind.PAYOUT, "po_1", sgd("9.00"), None),
    ]
    assert [one.what for one in found.skipped] == ["charge ch_6, 13.40 SGD", "advance adv_1, 10.00 SGD"]


def test_the_older_charge_names_its_refunds(read: Any) -> None:
    whole = charge("ch_1", 1000, amount_refunded=300, refunds={"object": "list", "data": [refund("re_1", "ch_1", 300)]})
    assert states(read(json_lines(event("charge.refunded", whole)))) == [
        (EventKind.PAID, "ch_1", ""),
        (EventKind.REFUNDED, "re_1", "ch_1"),
        (EventKind.WENT_BACK, "ch_1", "ch_1"),
    ]


def test_the_itemized_balance_report(read: Any) -> None:
    rows = [
        balance_row("charge", "ch_1", "1000.00", "30.50", customer="cus_9", invoice="SG-2026-00001 SG-2026-00002"),
        balance_row("charge", "ch_2", "134.00", "4.10", facing="100.00", facing_currency="usd"),
        balance_row("refund", "re_1", "-300.00", charge="ch_1"),
        balance_row("refund_failure", "re_1", "300.00", charge="ch_1"),
        balance_row("dispute", "dp_1", "-700.00", "15.00", charge="ch_1"),
        balance_row("dispute_reversal", "dp_1", "700.00", charge="ch_1"),
        balance_row("fee", "", "-2.00", transaction="txn_fee"),
        balance_row("payout", "po_1", "-950.00"),
        balance_row("payout_reversal", "po_1", "950.00"),
        balance_row("transfer", "tr_1", "-5.00"),
    ]
    found = read("\n".join([BALANCE_HEAD, *rows, ""]), name="balance.csv")
    assert [(e.kind, e.thing, e.about, str(e.amount), str(e.fee)) for e in found.events] == [
        (EventKind.PAID, "ch_1", "", "1000.00 SGD", "30.50 SGD"),
        (EventKind.PAID, "ch_2", "", "100.00 USD", "4.10 SGD"),
        (EventKind.REFUNDED, "re_1", "ch_1", "300.00 SGD", "0.00 SGD"),
        (EventKind.REFUND_FAILED, "re_1", "ch_1", "300.00 SGD", "0.00 SGD"),
        (EventKind.DISPUTED, "dp_1", "ch_1", "700.00 SGD", "15.00 SGD"),
        (EventKind.DISPUTE_WON, "dp_1", "ch_1", "700.00 SGD", "0.00 SGD"),
        (EventKind.FEE, "txn_fee", "", "None", "2.00 SGD"),
        (EventKind.PAYOUT, "po_1", "", "950.00 SGD", "0.00 SGD"),
        (EventKind.PAYOUT_FAILED, "po_1", "", "950.00 SGD", "0.00 SGD"),
    ]
    assert found.events[0].invoices == ("SG-2026-00001", "SG-2026-00002")
    assert found.events[1].settled == sgd("134.00")
    assert [one.where for one in found.skipped] == ["line 11 of balance.csv"]


def test_the_balance_history_of_the_dashboard_with_decimal_commas(read: Any) -> None:
    text = (
        "id;Type;Source;Amount;Fee;Net;Currency;Created (UTC);Description;invoice (metadata)\n"
        'txn_1;charge;ch_1;"1.234,56";"36,10";"1.198,46";eur;2026-01-12 02:00;Order;SG-2026-00001\n'
        "txn_2;adjustment;du_1;-1.234,56;15,00;-1.249,56;eur;2026-01-13 02:00;Dispute;\n"
        "txn_3;stripe_fee;;-0,50;0,00;-0,50;eur;2026-01-13 02:00;Radar;\n"
    )
    found = read(text, name="history.csv")
    assert [(e.kind, e.thing, str(e.amount), str(e.fee)) for e in found.events] == [
        (EventKind.PAID, "ch_1", "1234.56 EUR", "36.10 EUR"),
        (EventKind.DISPUTED, "du_1", "1234.56 EUR", "15.00 EUR"),
        (EventKind.FEE, "txn_3", "None", "0.50 EUR"),
    ]
    assert found.events[0].invoices == ("SG-2026-00001",)


def test_the_payments_and_the_payouts_of_the_dashboard(read: Any) -> None:
    payments = (
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Currency,Fee,Status,"
        "Customer ID,Customer Email,invoice (metadata)\n"
        "ch_1,2026-01-12 02:00:00,1000.00,300.00,sgd,true,1000.00,sgd,30.50,Paid,cus_9,ap@acme.example,SG-2026-00001\n"
        "ch_2,2026-01-12 02:00:00,50.00,0.00,sgd,false,0.00,sgd,0.00,Failed,cus_9,,\n"
        "pi_3,2026-01-12 02:00:00,50.00,0.00,sgd,true,50.00,sgd,0.00,Paid,cus_9,,\n"
    )
    found = read(payments, name="payments.csv")
    assert states(found) == [
        (EventKind.PAID, "ch_1", ""),
        (EventKind.WENT_BACK, "ch_1", "ch_1"),
        (EventKind.FAILED, "ch_2", ""),
    ]
    assert found.skipped[0].what == "pi_3, paid"
    payouts = "id,Amount,Created (UTC),Currency,Arrival Date (UTC),Status\npo_1,950.00,2026-01-13 00:00,sgd,2026-01-14 00:00,paid\n"
    (one,) = read(payouts, name="payouts.csv").events
    assert (one.kind, one.moment) == (EventKind.PAYOUT, datetime(2026, 1, 14, tzinfo=UTC))


def test_paypal_events(read: Any) -> None:
    sale = {
        "id": "SALE1",
        "state": "completed",
        "amount": {"total": "20.00", "currency": "SGD"},
        "transaction_fee": {"value": "0.88", "currency": "SGD"},
        "invoice_number": "SG-2026-00002",
        "custom": "acme",
        "create_time": "2026-01-12T02:00:00Z",
    }
    back = {"sale_id": "SALE1", "amount": {"total": "-20.00", "currency": "SGD"}, "create_time": "2026-01-13T02:00:00Z"}
    lost = {
        "dispute_id": "PP-D-1",
        "disputed_transactions": [{"seller_transaction_id": "CAP1"}],
        "dispute_amount": {"currency_code": "SGD", "value": "10.00"},
        "dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"},
    }
    found = read(
        json.dumps(
            {
                "events": [
                    capture("CAP1", "10.00", invoice_id="SG-2026-00001", custom_id="acme"),
                    capture("CAP2", "10.00", kind="PAYMENT.CAPTURE.PENDING", fee=None),
                    capture("CAP3", "10.00", kind="PAYMENT.CAPTURE.DENIED", fee=None),
                    paypal_refund("REF1", "CAP1", "4.00"),
                    paypal_refund("REV1", "CAP1", "6.00", kind="PAYMENT.CAPTURE.REVERSED"),
                    paypal("PAYMENT.SALE.COMPLETED", sale, "sale"),
                    paypal("PAYMENT.SALE.REFUNDED", {**back, "id": "REF2"}),
                    paypal("PAYMENT.SALE.REVERSED", {**back, "id": "SALE1", "sale_id": ""}),
                    paypal("CUSTOMER.DISPUTE.CREATED", lost, "dispute"),
                    paypal("CUSTOMER.DISPUTE.RESOLVED", lost, "dispute"),
                    paypal(
                        "CUSTOMER.DISPUTE.RESOLVED",
                        {**lost, "dispute_outcome": {"outcome_code": "RESOLVED_SELLER_FAVOUR"}},
                    ),
                    paypal("CHECKOUT.ORDER.APPROVED", {"id": "ORDER1"}),
                ],
                "count": 12,
                "links": [],
            }
        ),
        PAYPAL,
    )
    assert [(e.kind, e.thing, e.about, str(e.amount), str(e.fee)) for e in found.events] == [
        (EventKind.PAID, "CAP1", "", "10.00 SGD", "1.00 SGD"),
        (EventKind.PENDING, "CAP2", "", "10.00 SGD", "None"),
        (EventKind.FAILED, "CAP3", "", "10.00 SGD", "None"),
        (EventKind.REFUNDED, "REF1", "CAP1", "4.00 SGD", "-0.30 SGD"),
        (EventKind.DISPUTED, "REV1", "CAP1", "6.00 SGD", "-0.30 SGD"),
        (EventKind.PAID, "SALE1", "", "20.00 SGD", "0.88 SGD"),
        (EventKind.REFUNDED, "REF2", "SALE1", "20.00 SGD", "None"),
        (EventKind.DISPUTED, "SALE1-reversed", "SALE1", "20.00 SGD", "None"),
        (EventKind.WENT_BACK, "CAP1", "CAP1", "10.00 SGD", "None"),
    ]
    assert (found.events[0].invoices, found.events[0].payer.customer) == (("SG-2026-00001",), "acme")
    assert [one.what for one in found.skipped] == [
        "CUSTOMER.DISPUTE.CREATED PP-D-1",
        "dispute PP-D-1",
        "CHECKOUT.ORDER.APPROVED ORDER1",
    ]


def test_the_activity_download(read: Any) -> None:
    rows = [
        activity_row("Express Checkout Payment", "CAP1", "1,234.56", "-36.10", "1,198.46", invoice="SG-2026-00001"),
        activity_row("Payment Refund", "REF1", "-34.56", "1.00", "-33.56", about="CAP1", zone="PST", time="20:00:00"),
        activity_row("Payment Reversal", "REV1", "-200.00", "0.00", "-200.00", about="CAP1"),
        activity_row("Chargeback Reversal", "REV2", "200.00", "0.00", "200.00", about="REV1"),
        activity_row("Chargeback Fee", "FEE1", "-16.00", "0.00", "-16.00", about="CAP1"),
        activity_row("General Withdrawal", "WD1", "-900.00", "0.00", "-900.00"),
        activity_row("Payment Hold", "HOLD1", "-5.00", "0.00", "-5.00"),
        activity_row("Payment Release", "HOLD2", "5.00", "0.00", "5.00"),
        activity_row("Website Payment", "CAP2", "5.00", "0.00", "5.00", status="Pending"),
        activity_row("Website Payment", "CAP3", "5.00", "0.00", "5.00", status="Denied"),
        activity_row("General Authorization", "AUTH1", "5.00", "0.00", "5.00", impact="Memo"),
        activity_row("Website Payment", "OUT1", "-5.00", "0.00", "-5.00"),
    ]
    found = read("\n".join([ACTIVITY_HEAD, *rows]), PAYPAL, "activity.csv")
    assert [(e.kind, e.thing, e.about, str(e.amount), str(e.fee)) for e in found.events] == [
        (EventKind.PAID, "CAP1", "", "1234.56 SGD", "36.10 SGD"),
        (EventKind.REFUNDED, "REF1", "CAP1", "34.56 SGD", "-1.00 SGD"),
        (EventKind.DISPUTED, "REV1", "CAP1", "200.00 SGD", "0.00 SGD"),
        (EventKind.DISPUTE_WON, "REV2", "REV1", "200.00 SGD", "0.00 SGD"),
        (EventKind.FEE, "FEE1", "CAP1", "None", "16.00 SGD"),
        (EventKind.PAYOUT, "WD1", "", "900.00 SGD", "0.00 SGD"),
        (EventKind.PENDING, "CAP2", "", "5.00 SGD", "0.00 SGD"),
        (EventKind.FAILED, "CAP3", "", "5.00 SGD", "0.00 SGD"),
    ]
    assert found.events[0].moment == datetime(2026, 1, 13, 2, tzinfo=UTC)
    assert found.events[1].moment == datetime(2026, 1, 14, 4, tzinfo=UTC)
    assert [one.where.split()[1] for one in found.skipped] == ["8", "9", "12", "13"]


def test_an_exchange_stands_in_two_rows(read: Any) -> None:
    def row(name: str, gross: str, currency: str, about: str, time: str = "10:00:00") -> str:
        kind = "General Currency Conversion"
        return activity_row(kind, name, gross, "0.00", gross, currency=currency, about=about, time=time)

    rows = [
        row("T1", "-1261.00", "USD", "WD1"),
        row("T2", "1058.09", "EUR", "WD1"),
        row("T3", "43.34", "EUR", "T4"),
        row("T4", "-50.00", "USD", "T3"),
        row("T5", "-7.00", "USD", "WD5", "11:00:00"),
        row("T6", "-8.00", "USD", ""),
    ]
    found = read("\n".join([ACTIVITY_HEAD, *rows]), PAYPAL, "activity.csv")
    assert [(one.kind, one.thing, str(one.amount), str(one.settled)) for one in found.events] == [
        (EventKind.EXCHANGED, "T1", "1261.00 USD", "1058.09 EUR"),
        (EventKind.EXCHANGED, "T4", "50.00 USD", "43.34 EUR"),
    ]
    assert [one.where.split()[1] for one in found.skipped] == ["6", "7"]


def test_the_monthly_statement_names_its_columns_otherwise(read: Any) -> None:
    text = (
        '"Date","Time","Time Zone","Description","Currency","Gross","Fee ","Net","Balance","Transaction ID",'
        '"From Email Address","Name","Invoice ID","Reference Txn ID"\n'
        '"9/24/2018","16:41:01","America/Los_Angeles","Express Checkout Payment","USD","4,447.40","-164.85","4,282.55",'
        '"4,282.68","T13","a@b.example","Partner 2","363",""\n'
    )
    (one,) = read(text, PAYPAL, "statement.csv").events
    assert (one.kind, one.invoices, str(one.amount), str(one.fee)) == (
        EventKind.PAID,
        ("363",),
        "4447.40 USD",
        "164.85 USD",
    )
    assert one.moment == datetime(2018, 9, 24, 23, 41, 1, tzinfo=UTC)


def test_funds_that_are_reinstated_are_a_dispute_that_was_won(read: Any) -> None:
    told = event("charge.dispute.funds_reinstated", dispute("dp_1", "ch_1", 1000, status="under_review"))
    (one,) = read(json_lines(told)).events
    assert one.kind is EventKind.DISPUTE_WON


def test_an_event_about_something_without_a_name_is_skipped(read: Any) -> None:
    found = read(json_lines(event("account.application.deauthorized", {"id": "ca_1", "name": "Platform"})))
    assert [one.what for one in found.skipped] == ["account.application.deauthorized ca_1"]


def test_the_activity_download_in_german(read: Any) -> None:
    text = (
        '"Datum";"Uhrzeit";"Zeitzone";"Name";"Typ";"Status";"Währung";"Brutto";"Gebühr";"Netto";'
        '"Absender E-Mail-Adresse";"Empfänger E-Mail-Adresse";"Transaktionscode";"Zugehöriger Transaktionscode";"Rechnungsnummer"\n'
        '"07.01.2026";"10:12:00";"Europe/Berlin";"Acme";"Express-Zahlung";"Abgeschlossen";"EUR";"1.024,90";"-24,90";"1.000,00";'
        '"a@b.de";"c@d.de";"1AB";"";"SG-2026-00001"\n'
        '"08.01.2026";"10:12:00";"Europe/Berlin";"Acme";"Rückzahlung";"Abgeschlossen";"EUR";"-24,90";"0,00";"-24,90";'
        '"c@d.de";"a@b.de";"2AB";"1AB";""\n'
    )
    found = read(text, PAYPAL)
    assert [(e.kind, e.thing, e.about, str(e.amount), str(e.fee)) for e in found.events] == [
        (EventKind.PAID, "1AB", "", "1024.90 EUR", "24.90 EUR"),
        (EventKind.REFUNDED, "2AB", "1AB", "24.90 EUR", "0.00 EUR"),
    ]
    assert found.events[0].moment == datetime(2026, 1, 7, 9, 12, tzinfo=UTC)


def test_day_and_month_are_told_apart_by_the_file_or_by_its_reader(read: Any) -> None:
    def day(form: str | None, *dates: str) -> str:
        rows = [activity_row("Website Payment", f"C{n}", "5.00", "0.00", "5.00", date=d) for n, d in enumerate(dates)]
        found: Read = read("\n".join([ACTIVITY_HEAD, *rows]), PAYPAL, "activity.csv", form)
        return str(found.events[0].moment.date())

    assert day(None, "03/04/2026", "13/04/2026") == "2026-04-03"
    assert day(None, "03/04/2026", "03/14/2026") == "2026-03-04"
    assert day(None, "03/03/2026") == "2026-03-03"
    assert day("%d/%m/%Y", "03/04/2026") == "2026-04-03"
    with pytest.raises(WrongUsage, match="begins with the day or the month"):
        day(None, "03/04/2026")
    with pytest.raises(WrongUsage, match="is no moment of the form"):
        day(None, "13/04/2026", "03/14/2026")


@pytest.mark.parametrize(
    "change",
    [{"status": "Perhaps"}, {"zone": "IST"}, {"currency": "ZZZ"}, {"time": "25:00:00"}, {"date": "31/02/2026"}],
)
def test_a_row_that_cannot_be_read_is_refused(read: Any, change: dict[str, str]) -> None:
    row = activity_row("Website Payment", "CAP1", "5.00", "0.00", "5.00", **change)
    with pytest.raises(WrongUsage, match=r"line 2 of activity\.csv"):
        read(f"{ACTIVITY_HEAD}\n{row}\n", PAYPAL, "activity.csv")


@pytest.mark.parametrize("row", ["a,b", activity_row("Website Payment", "C", "5.00", "0.10", "5.00")])
def test_a_row_that_does_not_add_up_or_is_cut_is_refused(read: Any, row: str) -> None:
    with pytest.raises(WrongUsage, match=r"line 2 of activity\.csv"):
        read(f"{ACTIVITY_HEAD}\n{row}\n", PAYPAL, "activity.csv")
    with pytest.raises(WrongUsage, match=r"line 2 of balance\.csv"):
        read(f"{BALANCE_HEAD}\n{balance_row('charge', 'ch_1', '5.00', '1.00', net='5.00')}\n", name="balance.csv")


WRONG = [
    (STRIPE, f"{ACTIVITY_HEAD}\n", "is a report of PayPal"),
    (PAYPAL, f"{BALANCE_HEAD}\n", "is a report of Stripe"),
    (STRIPE, json_lines(capture("CAP1", "1.00")), "this is from PayPal"),
    (PAYPAL, json_lines(event("charge.succeeded", charge("ch_1", 1))), "this is from Stripe"),
    (STRIPE, "a,b\n1,2\n", "is no report of Stripe"),
    (PAYPAL, "a,b\n1,2\n", "is no report of PayPal"),
    (STRIPE, '{"hello": 1}', "line 1"),
    (PAYPAL, '{"hello": 1}', "line 1"),
    (STRIPE, "%PDF-1.7\n\xe2", "is no report of Stripe"),
]


@pytest.mark.parametrize(("processor", "text", "words"), WRONG)
def test_the_wrong_file_is_refused_by_what_it_is(read: Any, processor: Processor, text: str, words: str) -> None:
    with pytest.raises(WrongUsage, match=words):
        read(text, processor, "file")


def test_events_of_the_same_thing_are_equal_but_for_where_they_stand(read: Any) -> None:
    whole = event("charge.succeeded", charge("ch_1", 1000, fee=64))
    one, two = read(json_lines(whole, whole)).events
    assert isinstance(one, ProcessorEvent)
    assert one != two
    assert one.where != two.where
