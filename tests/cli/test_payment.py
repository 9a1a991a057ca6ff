"""`billing-beans payment`: submit, verify, reject, list, show (Y1, Y2, Y4, I6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from beginnings import beginning

if TYPE_CHECKING:
    from conftest import Shell


@beginning
def owing(shell: Shell) -> Shell:
    """Acme owes 981.00 and 232.70 SGD and 20.71 USD; quote owes 27.25 SGD; SG-2026-00005 is a draft, the next void."""
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "draft", "acme", "gig-credit", "10")
    shell.done("invoice", "draft", "acme", "handbook", "1", "--currency", "USD")
    shell.done("invoice", "draft", "quote", "handbook", "1")
    shell.done("invoice", "issue", *(f"SG-2026-0000{number}" for number in range(1, 5)))
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "void", "SG-2026-00006", "--reason", "twice")
    return shell


def status_of(shell: Shell, number: str) -> str:
    status: str = shell.done("invoice", "show", number, "--json").json["result"]["invoice"]["status"]
    return status


def test_a_submitted_payment_moves_no_money(owing: Shell) -> None:
    said = owing.done("payment", "submit", "SG-2026-00001", "--reference", "FT1", "--proof", "s3://p/1.png")
    assert said.out.startswith("Submitted PAY-1, 981.00 SGD from acme; no money moved yet.\n")
    assert said.out.endswith("Next: billing-beans payment verify PAY-1\n")
    assert status_of(owing, "SG-2026-00001") == "issued"


def test_verifying_settles_several_invoices_and_posts_them_in_one_act(owing: Shell) -> None:
    owing.done("payment", "submit", "SG-2026-00001", "SG-2026-00002", "--amount", "1213.70 SGD")
    owing.at("2026-01-14T02:00:00Z")
    said = owing.done("payment", "verify", "PAY-1", "--received", "2026-01-13")
    assert said.out == (
        "Verified PAY-1, 1213.70 SGD received 2026-01-13.\n"
        "  invoice         total  status\n"
        "  SG-2026-00001  981.00  paid    posted: 10 PLACEMENT\n"
        "  SG-2026-00002  232.70  paid    posted: 10 GIG, fee 30.00 deferred\n"
    )


def test_payments_in_part_add_up_until_the_invoice_is_paid(owing: Shell) -> None:
    owing.done("payment", "submit", "SG-2026-00001", "--amount", "500.00 SGD")
    owing.done("payment", "submit", "SG-2026-00001", "--amount", "481.00 SGD")
    assert "partially-paid" in owing.done("payment", "verify", "PAY-1").out
    assert "posted: 10 PLACEMENT" in owing.done("payment", "verify", "PAY-2").out


def test_what_is_paid_too_much_is_unapplied(owing: Shell) -> None:
    owing.done("payment", "submit", "SG-2026-00001", "--amount", "1000.00 SGD")
    assert "19.00 SGD are the customer's unapplied money." in owing.done("payment", "verify", "PAY-1").out
    assert "unapplied" in owing.done("payment", "show", "PAY-1").out


def test_shares_are_as_given(owing: Shell) -> None:
    shares = ("--allocate", "SG-2026-00001=900.00 SGD", "--allocate", "SG-2026-00002=100.00 SGD")
    owing.done("payment", "submit", "SG-2026-00001", "SG-2026-00002", "--amount", "1000.00 SGD", *shares)
    owing.done("payment", "verify", "PAY-1")
    assert status_of(owing, "SG-2026-00001") == status_of(owing, "SG-2026-00002") == "partially-paid"


def test_a_rejected_payment_is_kept_with_its_reason_and_a_new_one_follows(owing: Shell) -> None:
    owing.done("payment", "submit", "SG-2026-00001")
    said = owing.done("payment", "reject", "PAY-1", "--reason", 'no "money"\ncame }')
    assert said.out.startswith("Rejected PAY-1, 981.00 SGD from acme")
    assert status_of(owing, "SG-2026-00001") == "issued"
    assert owing.done("payment", "submit", "SG-2026-00001").out.startswith("Submitted PAY-2")


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("SG-2026-00009",), 1, "There is no invoice SG-2026-00009"),
        (("SG-2026-00005",), 1, "SG-2026-00005 is draft: nothing is owed on it"),
        (("SG-2026-00005", "--amount", "1.00 SGD"), 1, "billing-beans invoice issue SG-2026-00005"),
        (("SG-2026-00006", "--amount", "1.00 SGD"), 1, "SG-2026-00006 is void: nothing is owed on it"),
        (("SG-2026-00001", "SG-2026-00003"), 1, "must have one currency"),
        (("SG-2026-00001", "SG-2026-00004"), 1, "must have one customer"),
        (("SG-2026-00001", "--amount", "0.00 SGD"), 2, "can't be paid"),
        (("SG-2026-00001", "--amount", "-5.00 SGD"), 2, "can't be paid"),
        (("SG-2026-00001", "--amount", "5.001 SGD"), 2, "more decimals than SGD"),
        (("SG-2026-00001", "--amount", "5,00 SGD"), 2, "did you mean 5.00 SGD?"),
        (("SG-2026-00001", "--amount", "500"), 2, "no amount of money"),
        (("SG-2026-00001", "--amount", "5.00 USD"), 2, "say what one SGD costs in USD"),
        (("SG-2026-00001", "--allocate", "SG-2026-00001"), 2, "says no share"),
        (("SG-2026-00001", "--allocate", "SG-2026-00001=2000.00 SGD"), 2, "2000.00 SGD are allocated"),
        (("SG-2026-00001", "--method", "barter"), 2, "'barter' is not one of"),
        ((), 2, "says whose money it is"),
    ],
)
def test_what_can_not_be_submitted_is_refused(owing: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    assert expected in owing.refused("payment", "submit", *words, status=status)


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("verify", "PAY-9"), 1, "There is no payment PAY-9"),
        (("verify", "PAY-2"), 1, "PAY-2 is verified already, on 2026-01-11 by sarah."),
        (("verify", "PAY-3"), 1, "PAY-3 is rejected already (no money)."),
        (("reject", "PAY-2", "--reason", "x"), 1, "PAY-2 is verified already"),
        (("reject", "PAY-1"), 2, "--reason"),
        (("reject", "PAY-1", "--reason", ""), 1, "without a reason"),
        (("verify", "PAY-1", "--into", "Assets:US:Bank:Main"), 2, "can't receive this payment"),
        (("verify", "PAY-1", "--into", "Income:SG:Sales"), 2, "can't receive this payment"),
        (("verify", "PAY-1", "--fee", "981.00 SGD"), 2, "can't be taken"),
        (("verify", "PAY-1", "--fee", "1.00 USD"), 2, "can't be taken"),
        (("verify", "PAY-1", "--fee", "981.00 SGD"), 2, "what the customer paid in all is --amount"),
        (("verify", "PAY-1", "--into", "Assets:US:Bank:Main"), 2, "billing-beans entity show sg"),
        (("verify", "PAY-1", "--amount", "-1.00 SGD"), 2, "give what was paid"),
        (("verify", "PAY-1", "--received", "soon"), 2, "no date"),
        (("show", "PAY-9"), 1, "There is no payment PAY-9"),
    ],
)
def test_what_can_not_be_decided_is_refused(owing: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    owing.done("payment", "submit", "SG-2026-00001")
    owing.done("payment", "submit", "SG-2026-00002")
    owing.done("payment", "verify", "PAY-2")
    owing.done("payment", "submit", "SG-2026-00004")
    owing.done("payment", "reject", "PAY-3", "--reason", "no money")
    assert expected in owing.refused("payment", *words, status=status)


def test_nothing_is_written_off_that_the_same_money_could_pay(owing: Shell) -> None:
    owing.done("payment", "submit", "SG-2026-00001", "--amount", "900.00 SGD")
    refusal = owing.refused("payment", "verify", "PAY-1", "--amount", "980.50 SGD", "--write-off", "rounded")
    assert "80.50 SGD of PAY-1 would be left unapplied, and SG-2026-00001 still owes 81.00" in refusal
    owing.done("payment", "verify", "PAY-1", "--amount", "980.50 SGD")
    # What the refusal says to do instead.
    owing.done("payment", "allocate", "PAY-1", "SG-2026-00001")
    owing.done("payment", "write-off", "SG-2026-00001", "--reason", "rounded")
    assert status_of(owing, "SG-2026-00001") == "paid"
    assert "0.50 SGD" in (owing.root / "journal/2026/2026-01.beancount").read_text(encoding="utf-8")


def test_a_processor_keeps_its_fee(owing: Shell) -> None:
    owing.done("payment", "submit", "SG-2026-00004", "--method", "processor")
    owing.done("payment", "verify", "PAY-1", "--into", "Assets:SG:Processor:Stripe", "--fee", "1.25 SGD")
    assert "Expenses:SG:ProcessorFees" in owing.journal()
    assert status_of(owing, "SG-2026-00004") == "paid"


def test_the_list_is_newest_first_and_filtered(owing: Shell) -> None:
    assert owing.done("payment", "list").out == "No payments.\n"
    owing.done("payment", "submit", "SG-2026-00001")
    owing.done("payment", "submit", "SG-2026-00004")
    owing.done("payment", "verify", "PAY-1")

    def listed(*options: str) -> list[str]:
        return [one["payment"] for one in owing.done("payment", "list", *options, "--json").json["result"]]

    assert listed() == ["PAY-2", "PAY-1"]
    assert listed("--customer", "quote") == ["PAY-2"]
    assert listed("--status", "verified") == ["PAY-1"]
