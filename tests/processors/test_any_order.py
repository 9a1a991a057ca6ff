"""Any order, any division into files and any repetition of the same events give the same books (Y6, U6)."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import realization
from books_of_samples import COMMAND_LINE, OPEN
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
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
    payout,
    paypal,
    paypal_refund,
    refund,
)

from billing_beans.cli.root import run
from billing_beans.core.clock import FixedClock
from billing_beans.importers.processors.batches import ProcessorImport
from billing_beans.importers.processors.events import Processor
from billing_beans.importers.processors.outcomes import Choices
from billing_beans.importers.processors.plan import planned
from billing_beans.importers.processors.reading import read_file
from billing_beans.ledger.ledger import Asker, Ledger

NOW = FixedClock(datetime(2026, 1, 20, 2, tzinfo=UTC))


def row(*args: str, **more: str) -> str:
    return balance_row(*args, created="2026-01-13 02:00:00", **more)


def told() -> list[dict[str, Any] | str]:
    """What one account did in a week: objects are events, texts are rows of the balance report."""

    def invoice(number: int) -> dict[str, str]:
        return {"invoice": f"SG-2026-{number:05d}"}

    one = charge("ch_1", 10900, fee=348, metadata=invoice(1))
    two = charge("ch_2", 10900, metadata=invoice(2))
    three = charge("ch_3", 12900, fee=400, metadata=invoice(3))
    intent = {
        "id": "pi_ch_1",
        "object": "payment_intent",
        "amount_received": 10900,
        "created": JAN_12,
        "currency": "sgd",
        "latest_charge": "ch_1",
        "metadata": invoice(1),
        "status": "succeeded",
    }
    lost = dispute("dp_4", "ch_4", 2725, status="lost")
    return [
        event("charge.succeeded", one),
        event("payment_intent.succeeded", intent),
        row("charge", "ch_1", "109.00", "3.48", invoice="SG-2026-00001"),
        event("refund.created", refund("re_1", "ch_1", 900, status="pending")),
        event("refund.updated", refund("re_1", "ch_1", 900)),
        row("refund", "re_1", "-9.00", charge="ch_1"),
        event("charge.succeeded", two),
        row("charge", "ch_2", "109.00", "3.50", invoice="SG-2026-00002"),
        event("charge.dispute.created", dispute("dp_2", "ch_2", 10900, status="needs_response")),
        row("dispute", "dp_2", "-109.00", "15.00", charge="ch_2"),
        event("charge.dispute.closed", dispute("dp_2", "ch_2", 10900, status="won"), at=JAN_12 + 3 * DAY),
        balance_row("dispute_reversal", "dp_2", "109.00", charge="ch_2", created="2026-01-15 02:00:00"),
        event("charge.failed", {**three, "status": "failed", "balance_transaction": None}),
        event("charge.succeeded", three),
        event("refund.created", refund("re_3", "ch_3", 1000)),
        row("refund", "re_3", "-10.00", "-0.20", charge="ch_3"),
        event("refund.created", refund("re_33", "ch_3", 5000, status="pending")),
        event("refund.failed", refund("re_33", "ch_3", 5000, status="failed")),
        event("charge.succeeded", charge("ch_4", 2725, fee=100, description="SG-2026-00004")),
        event("charge.dispute.created", dispute("dp_4", "ch_4", 2725, status="under_review")),
        event("charge.dispute.closed", lost),
        event("charge.succeeded", charge("ch_5", 5000, billing_details={"email": "ap@acme.example"}, fee=0)),
        event("refund.created", refund("re_5", "ch_5", 5000)),
        event("charge.succeeded", charge("ch_6", 700, customer="cus_of_nobody")),
        event("refund.created", refund("re_6", "ch_6", 700)),
        row("fee", "", "-2.00", transaction="txn_fee"),
        event("payout.paid", payout("po_1", 9000)),
        row("payout", "po_1", "-90.00"),
        event("payout.paid", payout("po_2", 500)),
        event("payout.failed", payout("po_2", 500, status="failed")),
    ]


def told_by_paypal() -> list[dict[str, Any] | str]:
    """The same of PayPal: events, and rows of the activity download."""
    lost = {
        "dispute_id": "PP-D-1",
        "disputed_transactions": [{"seller_transaction_id": "CAP1"}],
        "dispute_amount": {"currency_code": "SGD", "value": "50.00"},
        "dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"},
    }
    pending = paypal_refund("REF2", "CAP2", "20.00")
    pending["resource"]["status"] = "PENDING"
    return [
        capture("CAP1", "109.00", fee="4.00", invoice_id="SG-2026-00001"),
        activity_row("Express Checkout Payment", "CAP1", "109.00", "-4.00", "105.00", invoice="SG-2026-00001"),
        paypal_refund("REF1", "CAP1", "9.00"),
        activity_row("Payment Refund", "REF1", "-9.00", "0.30", "-8.70", about="CAP1"),
        paypal_refund("REV1", "CAP1", "50.00", kind="PAYMENT.CAPTURE.REVERSED", fee="0.00"),
        activity_row("Payment Reversal", "REV1", "-50.00", "0.00", "-50.00", about="CAP1"),
        activity_row("Chargeback Reversal", "REV11", "50.00", "0.00", "50.00", about="REV1", date="15/01/2026"),
        activity_row("Chargeback Fee", "FEE1", "-16.00", "0.00", "-16.00", about="CAP1"),
        paypal("CUSTOMER.DISPUTE.RESOLVED", lost, "dispute"),
        capture("CAP2", "129.00", kind="PAYMENT.CAPTURE.PENDING", fee=None, custom_id="acme"),
        capture("CAP2", "129.00", fee=None, custom_id="acme"),
        activity_row("Website Payment", "CAP2", "129.00", "-5.00", "124.00", custom="acme"),
        pending,
        paypal_refund("REF2", "CAP2", "20.00"),
        capture("CAP3", "27.25", invoice_id="SG-2026-00004"),
        activity_row("Payment Reversal", "REV3", "-27.25", "0.00", "-27.25", about="CAP3"),
        activity_row("Canceled Reversal", "REV33", "27.25", "0.00", "27.25", about="CAP3", date="16/01/2026"),
        capture("CAP4", "5.00", kind="PAYMENT.CAPTURE.DENIED", invoice_id="SG-2026-00002"),
        capture("CAP5", "5.00"),
        paypal_refund("REF5", "CAP5", "5.00"),
        activity_row("General Withdrawal", "WD1", "-80.00", "0.00", "-80.00", date="16/01/2026"),
    ]


TOLD = told()
TOLD_BY_PAYPAL = told_by_paypal()
HEADS = {Processor.STRIPE: BALANCE_HEAD, Processor.PAYPAL: ACTIVITY_HEAD}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books with four issued invoices: three of 109.00 and one of 27.25."""
    root: Path = COMMAND_LINE.write_books(tmp_path_factory.mktemp("order") / "books")
    accounts = root / "setup" / "accounts.beancount"
    accounts.write_text(accounts.read_text(encoding="utf-8") + OPEN, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BILLING_BEANS_NOW", COMMAND_LINE.NOW)
        for quantity in (4, 4, 4, 1):
            assert run(["--books", str(root), "invoice", "draft", "acme", "handbook", str(quantity)]) == 0
        for number in range(1, 5):
            assert run(["--books", str(root), "invoice", "issue", f"SG-2026-{number:05d}"]) == 0
    return root


def imported(
    books: Path, pieces: list[list[dict[str, Any] | str]], processor: Processor = Processor.STRIPE
) -> dict[str, Any]:
    """The books after each piece was imported by itself: balances, and where everything stands."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "books"
        shutil.copytree(books, root)
        ledger = Ledger(root, NOW, random.Random(7).randbytes)
        for number, piece in enumerate(pieces):
            _import(ledger, Path(folder) / str(number), piece, processor)
        entries, errors, _options = loader.load_file(str(root / "main.beancount"))
        assert errors == []
        accounts = realization.iter_children(realization.realize(entries))
        state = ledger.read().books
        return {
            "balances": {one.account: str(one.balance) for one in accounts if not one.balance.is_empty()},
            "invoices": [(one.number, one.status, one.due_amount) for one in state.invoices.heads.all()],
            "payments": sorted((one.source, one.amount, one.refundable) for one in state.payments.heads.all()),
            "refunds": sorted((one.source, one.status, one.amount) for one in state.payments.refunds.all()),
            "disputes": sorted((one.source, one.reversed is None) for one in state.payments.chargebacks.all()),
            "waiting": sorted(
                one.event for one in state.processors.held.all() if not one.done and one.event != one.about
            ),
        }


def _import(ledger: Ledger, folder: Path, piece: list[dict[str, Any] | str], processor: Processor) -> None:
    folder.mkdir()
    events = "\n".join(json.dumps(one) for one in piece if isinstance(one, dict))
    rows = [one for one in piece if isinstance(one, str)]
    texts = {"events.json": events, "balance.csv": "\n".join([HEADS[processor], *rows]) if rows else ""}
    read = []
    for name, text in texts.items():
        if text:
            path = folder / name
            path.write_text(text, encoding="utf-8")
            read.append(read_file(path, processor))
    with ledger.writing() as writing:
        plan = planned(event for one in read for event in one.events)
        ProcessorImport(
            writing, Asker("fin"), Choices(processor, processor.value.capitalize()), lambda _done: None
        ).run(plan, [])


@st.composite
def pieces(draw: st.DrawFn, count: int) -> list[list[int]]:
    """All that was told, some of it twice, in any order, cut into one to seven files' worth."""
    again = draw(st.lists(st.sampled_from(range(count)), max_size=6))
    order = draw(st.permutations([*range(count), *again]))
    cuts = sorted(draw(st.lists(st.integers(1, len(order) - 1), max_size=6, unique=True)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@pytest.fixture(scope="module")
def whole(books: Path) -> dict[str, Any]:
    return imported(books, [TOLD])


def test_the_whole_is_as_it_happened(whole: dict[str, Any]) -> None:
    assert [(number, str(status), str(due)) for number, status, due in whole["invoices"]] == [
        ("SG-2026-00001", "partially-paid", "9.00"),
        ("SG-2026-00002", "paid", "0.00"),
        ("SG-2026-00003", "paid", "0.00"),
        ("SG-2026-00004", "issued", "27.25"),
    ]
    assert whole["waiting"] == ["stripe/re_6"]
    assert whole["balances"]["Liabilities:SG:Unapplied:Acme"] == "(-10.00 SGD)"
    # Kept: 3.48 + 3.50 + 15.00 + 4.00 - 0.20 + 1.00 + 15.00 + 2.00.
    assert whole["balances"]["Expenses:SG:ProcessorFees"] == "(43.78 SGD)"
    assert whole["balances"]["Assets:SG:Bank:OCBC"] == "(90.00 SGD)"


def test_each_event_by_itself_and_backwards(books: Path, whole: dict[str, Any]) -> None:
    assert imported(books, [[one] for one in TOLD]) == whole
    assert imported(books, [[one] for one in reversed(TOLD)]) == whole


PROPERTY = settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@given(told_in=pieces(len(TOLD)))
@PROPERTY
def test_any_order_any_pieces_any_repetition_give_the_same_books(
    books: Path, whole: dict[str, Any], told_in: list[list[int]]
) -> None:
    assert imported(books, [[TOLD[n] for n in piece] for piece in told_in]) == whole


@pytest.fixture(scope="module")
def whole_of_paypal(books: Path) -> dict[str, Any]:
    return imported(books, [TOLD_BY_PAYPAL], Processor.PAYPAL)


def test_the_whole_of_paypal_is_as_it_happened(whole_of_paypal: dict[str, Any]) -> None:
    assert [str(due) for _number, _status, due in whole_of_paypal["invoices"]] == ["9.00", "109.00", "109.00", "0.00"]
    assert whole_of_paypal["disputes"] == [("paypal/REV1", False), ("paypal/REV3", False)]
    assert whole_of_paypal["waiting"] == ["paypal/REF5"]
    assert whole_of_paypal["balances"]["Liabilities:SG:Unapplied:Acme"] == "(-109.00 SGD)"
    # Kept: 4.00 - 0.30 + 16.00 + 5.00 - 0.30 + 1.00.
    assert whole_of_paypal["balances"]["Expenses:SG:ProcessorFees"] == "(25.40 SGD)"


@given(told_in=pieces(len(TOLD_BY_PAYPAL)))
@PROPERTY
def test_so_it_is_with_paypal(books: Path, whole_of_paypal: dict[str, Any], told_in: list[list[int]]) -> None:
    told_so = [[TOLD_BY_PAYPAL[n] for n in piece] for piece in told_in]
    assert imported(books, told_so, Processor.PAYPAL) == whole_of_paypal
