"""Money in full, as people type it: allocation, exchange, refunds, chargebacks, payouts, credit notes, write-offs (Y3 to Y5, I7)."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader
from beancount.core import convert, inventory, realization
from beginnings import beginning

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell  # type: ignore[import-not-found]

ONE, TWO, THREE = (f"SG-2026-{number:05d}" for number in (1, 2, 3))


def balance(root: Path, account: str) -> str:
    """What Beancount says that an account holds: `-19.00 SGD`."""
    entries, errors, _ = loader.load_file(str(root / "main.beancount"))
    assert errors == []
    held = realization.get(realization.realize(entries), account)
    found: inventory.Inventory = held.balance if held is not None else inventory.Inventory()
    return " ".join(sorted(str(one.units) for one in found.reduce(convert.get_units).get_positions()))


@beginning
def owing(shell: Shell) -> Shell:
    """Acme owes 981.00 for ten placement credits, 54.50 for two handbooks; and has USD to pay 19.00 for one more."""
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "draft", "acme", "handbook", "2")
    shell.done("invoice", "issue", ONE, TWO)
    return shell


def invoice(shell: Shell, number: str) -> Any:
    return shell.done("invoice", "show", number, "--json").json["result"]["invoice"]


def test_money_for_no_invoice_is_kept_shown_applied_and_refunded(owing: Shell) -> None:
    said = owing.done("payment", "receive", "--customer", "acme", "--amount", "100.00 SGD", "--reference", "FT1")
    assert "100.00 SGD are the customer's unapplied money." in said.out
    assert balance(owing.root, "Liabilities:SG:Unapplied:Acme") == "-100.00 SGD"

    said = owing.done("payment", "allocate", "PAY-1", TWO)
    assert said.out.splitlines()[0] == "Applied 54.50 SGD of PAY-1 (ALLOC-1)."
    assert "45.50 SGD of it are left unapplied." in said.out
    assert invoice(owing, TWO)["status"] == "paid"

    said = owing.done("payment", "refund", "PAY-1", "--reason", "not needed any more")
    assert said.out.startswith("Requested REF-1, 45.50 SGD to acme; no money moved yet.")
    assert "Nothing" not in owing.done("payment", "unapplied").out
    assert owing.done("payment", "unapplied", "--json").json["result"]["unapplied"][0]["reserved"] == "45.50"
    refusal = owing.refused("payment", "allocate", "PAY-1", ONE, "--amount", "1.00 SGD")
    assert "0.00 SGD of PAY-1 are free" in refusal

    owing.done("refund", "settle", "REF-1")
    assert balance(owing.root, "Liabilities:SG:Unapplied:Acme") == ""
    assert balance(owing.root, "Assets:SG:Bank:OCBC") == "54.50 SGD"
    assert owing.done("payment", "unapplied").out == "No unapplied money.\n"
    assert owing.done("check").status == 0


def test_a_failed_refund_frees_the_money(owing: Shell) -> None:
    owing.done("payment", "receive", "--customer", "acme", "--amount", "60.00 SGD")
    owing.done("payment", "refund", "PAY-1", "20.00 SGD", "--reason", "as agreed")
    owing.done("refund", "fail", "REF-1", "--reason", "the account is closed")
    assert owing.done("refund", "show", "REF-1", "--json").json["result"]["status"] == "failed"
    assert "has failed already" in owing.refused("refund", "settle", "REF-1")
    owing.done("payment", "allocate", "PAY-1", TWO)
    assert invoice(owing, TWO)["status"] == "paid"


def test_a_payment_for_lines_settles_those_lines_only(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "2", "poster", "10")
    shell.done("invoice", "issue", ONE)
    shell.done("payment", "receive", "--allocate", f"{ONE}:1=54.50 SGD", "--amount", "54.50 SGD")
    assert invoice(shell, ONE)["status"] == "partially-paid"
    assert "line: 1" in shell.journal()
    refusal = shell.refused("payment", "receive", "--allocate", f"{ONE}:9=1.00 SGD", "--amount", "1.00 SGD")
    assert "has no such line" in refusal
    shell.done("payment", "receive", "--allocate", f"{ONE}:1=54.50 SGD", "--amount", "54.50 SGD")
    assert invoice(shell, ONE)["status"] == "partially-paid", "the first line was paid: the money is unapplied"
    assert balance(shell.root, "Liabilities:SG:Unapplied:Acme") == "-54.50 SGD"


def test_a_payment_in_another_currency_stores_its_rate_and_posts_the_gain(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "2", "--currency", "USD")
    shell.done("invoice", "issue", ONE, "--rate", "1.34")
    said = shell.done("payment", "receive", ONE, "--amount", "57.00 SGD", "--rate", "1.376")
    assert "1.00 SGD" not in said.out
    assert "paid" in said.out
    assert "rate: 1.376" in shell.journal()
    assert "@@ 55.50 SGD" in shell.journal()
    assert "1 USD was worth 1.34 SGD on issue, the total 55.50 SGD" in shell.done("invoice", "show", ONE).out
    assert balance(shell.root, "Income:SG:FX") == "-1.50 SGD"
    assert balance(shell.root, "Assets:SG:Receivable:Acme") == ""
    assert shell.done("check").status == 0
    shell.done("payment", "deallocate", "PAY-1", ONE, "--reason", "another invoice")
    assert balance(shell.root, "Income:SG:FX") == ""
    assert balance(shell.root, "Liabilities:SG:Unapplied:Acme") == "-57.00 SGD"
    shell.done("payment", "allocate", "PAY-1", ONE, "--rate", "1.376")
    assert invoice(shell, ONE)["status"] == "paid"
    assert shell.done("check").status == 0


def test_what_was_paid_too_little_is_written_off_only_when_asked(owing: Shell) -> None:
    owing.done("payment", "submit", TWO)
    owing.done("payment", "verify", "PAY-1", "--amount", "54.00 SGD")
    assert invoice(owing, TWO)["status"] == "partially-paid"
    owing.done("payment", "write-off", TWO, "--reason", "rounded by the customer")
    assert invoice(owing, TWO)["status"] == "paid"
    assert balance(owing.root, "Expenses:SG:WriteOff") == "0.50 SGD"
    owing.done("payment", "write-off", TWO, "--reverse", "--reason", "it was a mistake")
    assert balance(owing.root, "Expenses:SG:WriteOff") == ""
    assert invoice(owing, TWO)["reopened"] == "2026-01-11"


def test_bank_charges_are_ours_and_the_invoice_is_paid(owing: Shell) -> None:
    owing.done("payment", "submit", ONE)
    owing.done("payment", "verify", "PAY-1", "--charges", "15.00 SGD")
    assert balance(owing.root, "Expenses:SG:BankCharges") == "15.00 SGD"
    assert balance(owing.root, "Assets:SG:Bank:OCBC") == "966.00 SGD"
    assert invoice(owing, ONE)["status"] == "paid"


def test_a_small_difference_is_written_off_as_the_payment_is_verified(owing: Shell) -> None:
    owing.done("payment", "submit", ONE)
    said = owing.done("payment", "verify", "PAY-1", "--amount", "980.50 SGD", "--write-off", "rounded")
    assert f"0.50 SGD of {ONE} written off (WO-1)." in said.out
    assert "posted: 10 PLACEMENT" in said.out


def test_an_invoice_of_which_nothing_was_paid_is_not_written_off_into_a_grant(owing: Shell) -> None:
    assert "would grant what it sold" in owing.refused("payment", "write-off", ONE, "--reason", "insolvent")
    said = owing.done("payment", "write-off", TWO, "--reason", "insolvent", "--tax-relief")
    assert "4.50 of it tax that comes back" in said.out
    assert balance(owing.root, "Liabilities:SG:Tax:GST") == "-81.00 SGD"


def test_a_chargeback_reopens_what_the_payment_had_settled_until_it_is_won(owing: Shell) -> None:
    stripe = ("--method", "processor", "--into", "Assets:SG:Processor:Stripe")
    owing.done("payment", "receive", ONE, *stripe, "--fee", "30.00 SGD")
    assert balance(owing.root, "Assets:SG:Processor:Stripe") == "951.00 SGD"
    said = owing.done("payment", "chargeback", "PAY-1", "--reason", "fraudulent", "--fee", "20.00 SGD")
    assert "issued, reopened" in said.out
    assert balance(owing.root, "Assets:SG:Processor:Stripe") == "-50.00 SGD"
    assert balance(owing.root, "Assets:SG:Receivable:Acme") == "1035.50 SGD"
    assert "can't be charged back" in owing.refused("payment", "chargeback", "PAY-1", "--reason", "again")
    owing.done("payment", "chargeback", "CB-1", "--reversed", "--fee", "20.00 SGD")
    assert invoice(owing, ONE)["status"] == "paid"
    assert "reversed already" in owing.refused("payment", "chargeback", "CB-1", "--reversed")
    owing.done("payment", "payout", "Assets:SG:Processor:Stripe", "900.00 SGD", "--fee", "1.00 SGD")
    assert balance(owing.root, "Assets:SG:Bank:OCBC") == "899.00 SGD"
    owing.done("payment", "payout", "PO-1", "--returned", "no such account")
    assert balance(owing.root, "Assets:SG:Bank:OCBC") == ""
    assert owing.done("check").status == 0


def test_a_credit_note_for_a_part_of_an_unpaid_invoice_lowers_what_is_owed(owing: Shell) -> None:
    said = owing.done("invoice", "credit", ONE, "--line", "1=4", "--reason", "four were cancelled")
    assert said.out.startswith(f"Issued CN-SG-2026-00001 for {ONE}, 392.40 SGD: four were cancelled")
    assert invoice(owing, ONE)["status"] == "issued"
    assert invoice(owing, ONE)["owed"] == "588.60 SGD"
    owing.done("payment", "submit", ONE)
    owing.done("payment", "verify", "PAY-1")
    assert balance(owing.root, "Liabilities:SG:Entitlements:Acme:Placement") == "-6 PLACEMENT"
    assert balance(owing.root, "Liabilities:SG:Billed:Acme") == ""


def test_an_amount_makes_a_line_cheaper_and_the_invoice_shows_what_is_left_of_its_lines(owing: Shell) -> None:
    said = owing.done("invoice", "credit", TWO, "--line", "1=10.00 SGD", "--reason", "a\nstain")
    assert said.out.startswith(f"Issued CN-SG-2026-00001 for {TWO}, 10.90 SGD: a stain")
    assert invoice(owing, TWO)["owed"] == "43.60 SGD"
    line = next(row for row in owing.done("invoice", "show", TWO).out.splitlines() if row.startswith("   1 "))
    assert line.split()[-2:] == ["2", "40.00"], "no handbook came back, and they are cheaper"
    owing.done("invoice", "credit", TWO, "--line", "1=1", "--reason", "one came back")
    assert invoice(owing, TWO)["owed"] == "21.80 SGD"
    assert owing.done("check").status == 0


def test_credit_notes_of_a_paid_invoice_take_unspent_units_back_and_the_money_is_the_customers(owing: Shell) -> None:
    owing.done("payment", "submit", ONE)
    owing.done("payment", "verify", "PAY-1")
    owing.done("entitlement", "consume", "acme", "PLACEMENT", "3")
    said = owing.done("invoice", "credit", ONE, "--line", "1=2", "--reason", "two positions were cancelled")
    assert "196.20 SGD are the customer's unapplied money." in said.out
    assert balance(owing.root, "Liabilities:SG:Entitlements:Acme:Placement") == "-5 PLACEMENT"
    owing.done("invoice", "credit", ONE, "--reason", "everything else, too")
    assert invoice(owing, ONE)["status"] == "credited"
    assert balance(owing.root, "Liabilities:SG:Entitlements:Acme:Placement") == ""
    assert balance(owing.root, "Income:SG:Placement") == "", "what was used is not earned any more"
    assert balance(owing.root, "Liabilities:SG:Unapplied:Acme") == "-981.00 SGD"
    assert balance(owing.root, "Liabilities:SG:Tax:GST") == "-4.50 SGD", "the tax of the other invoice"
    assert "credited, and can't be credited" in owing.refused("invoice", "credit", ONE, "--reason", "again")
    notes = owing.done("credit-note", "list", "--json").json["result"]
    assert [one["total"] for one in notes] == ["784.80", "196.20"]
    owing.done("payment", "refund", "CN-SG-2026-00001", "--through", "PAY-1", "--paid", "--reason", "as agreed")
    assert balance(owing.root, "Assets:SG:Bank:OCBC") == "784.80 SGD"
    assert owing.done("check").status == 0


def test_a_gig_invoice_is_credited_with_its_platform_fee(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "gig-credit", "10")
    shell.done("invoice", "issue", ONE)
    shell.done("payment", "submit", ONE)
    shell.done("payment", "verify", "PAY-1")
    shell.done("entitlement", "consume", "acme", "GIG", "4")
    shell.done("invoice", "credit", ONE, "--line", "1=6", "--reason", "not needed")
    assert balance(shell.root, "Liabilities:SG:Entitlements:Acme:Gig") == ""
    assert balance(shell.root, "Liabilities:SG:PlatformFee:Acme:Gig") == ""
    assert balance(shell.root, "Liabilities:SG:Unapplied:Acme") == "-139.62 SGD"
    assert "is the platform fee of line 1" in shell.refused(
        "invoice", "credit", ONE, "--line", "2", "--reason", "x", status=2
    )


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("invoice", "credit", ONE, "--reason", " "), 1, "has no reason"),
        (("invoice", "credit", ONE, "--line", "1=11", "--reason", "x"), 1, "10 of its 10 are left"),
        (("invoice", "credit", ONE, "--line", "1=-1", "--reason", "x"), 1, "can't be credited"),
        (("invoice", "credit", ONE, "--line", "9", "--reason", "x"), 2, "has no line 9"),
        (("invoice", "credit", ONE, "--line", "one", "--reason", "x"), 2, "is no line"),
        (("invoice", "credit", "SG-2026-00099", "--reason", "x"), 1, "There is no invoice"),
        (("invoice", "credit", THREE, "--reason", "x"), 1, "is draft, and can't be credited"),
        (("invoice", "credit", ONE, "--line", "1=", "--reason", "x"), 2, "There is no number"),
        (("invoice", "credit", ONE, "--line", "1=5.00 USD", "--reason", "x"), 2, "which is in SGD"),
        (("invoice", "credit", ONE, "--line", "1=5.001 SGD", "--reason", "x"), 2, "more decimals than SGD"),
        (("invoice", "credit", ONE, "--line", "1=5.00SGD", "--reason", "x"), 2, "did you mean 5.00 SGD?"),
        (("invoice", "credit", TWO, "--line", "1=50.01 SGD", "--reason", "x"), 1, "50.00 of its 50.00 SGD are left"),
        (("invoice", "credit", TWO, "--line", "1=-1.00 SGD", "--reason", "x"), 1, "can't be credited"),
        (("invoice", "credit", TWO, "--reason", " "), 1, "say why the invoice is credited"),
        (("invoice", "credit", TWO, "--reason", "x", "--date", "2026-01-01"), 1, "or later"),
        (("invoice", "credit", TWO, "--reason", "x", "--date", "2019-01-01"), 1, "There is no legal entity sg on 2019"),
        (("invoice", "edit", THREE, "--add", "handbook 1", "--date", "2019-01-01"), 1, "no legal entity sg on 2019"),
        (("invoice", "issue", THREE, "--rate", "1.3", "--date", "2019-01-01"), 1, "no legal entity sg on 2019"),
        (("credit-note", "list", "--customer", "nobody"), 1, "There is no customer nobody"),
        (("credit-note", "list", "--customer", ""), 2, "is empty"),
        (("credit-note", "list", "--invoice", "SG-2026-00099"), 1, "There is no invoice SG-2026-00099"),
        (("payment", "refund", "PAY-1", "--reason", "x"), 1, "Nothing of PAY-1 is free to go back"),
        (
            ("payment", "refund", "PAY-1", "60.00 SGD", "--reopen", TWO, "--reason", "x"),
            1,
            "54.50 of PAY-1 can",
        ),
        (("payment", "refund", "PAY-1", "1.00 USD", "--reopen", TWO, "--reason", "x"), 2, "is in SGD"),
        (("payment", "refund", "PAY-1", "1.00 SGD", "--reopen", ONE, "--reason", "x"), 1, "settles nothing"),
        (("payment", "refund", "PAY-9", "--reason", "x"), 1, "There is no payment and no unapplied money"),
        (("payment", "allocate", "PAY-1", ONE), 1, "no unapplied money of PAY-1"),
        (("payment", "write-off", ONE, "2000.00 SGD", "--reason", "x"), 1, "981.00 SGD are open"),
        (("payment", "write-off", ONE, "1.00 USD", "--reason", "x"), 1, "can't be written off"),
        (("payment", "write-off", TWO, "--reverse", "--reason", "x"), 1, "Nothing of"),
        (("payment", "chargeback", "PAY-1", "99.00 SGD", "--reason", "x"), 1, "can't be charged back"),
        (("payment", "refund", "PAY-1", "--reason", "x"), 1, "--reopen SG-2026-00002 --reason ..."),
        (("payment", "chargeback", "PAY-1"), 2, "needs a reason"),
        (("payment", "chargeback", "CB-1"), 2, "--reversed"),
        (("payment", "payout", "PO-9", "--returned", "x"), 1, "name it as it was recorded"),
        (("customer", "payer", "acme", "name/ACME"), 2, "No import looks for a payer by name/"),
        (("payment", "payout", "Assets:SG:Bank:OCBC", "5.00 SGD"), 2, "no account of a processor"),
        (("payment", "payout", "Assets:SG:Processor:Stripe", "5.00 SGD", "--fee", "6.00 SGD"), 2, "can't be paid out"),
        (("payment", "receive", ONE, "--amount", "5.00 USD"), 2, "no rate is said"),
        (("payment", "receive", ONE, "--amount", "5.00 SGD", "--rate", "1.2"), 2, "can't be used"),
        (("payment", "receive", "--customer", "nobody", "--amount", "5.00 SGD"), 1, "There is no customer nobody"),
        (("payment", "receive", "--amount", "5.00 SGD"), 2, "says whose money it is"),
        (("payment", "receive", ONE, "--date", "2027-01-01"), 1, "--date DATE of payment receive"),
        (("payment", "deallocate", "PAY-1", TWO, "--amount", "60.00 SGD", "--reason", "x"), 1, "were to be taken back"),
        (("invoice", "void", TWO, "--take-back", "--reason", "x"), 1, "is paid"),
    ],
)
def test_what_must_not_be_is_refused_and_writes_nothing(
    owing: Shell, words: tuple[str, ...], status: int, expected: str
) -> None:
    owing.done("payment", "receive", TWO)
    owing.done("invoice", "draft", "acme", "poster", "1")
    assert expected in owing.refused(*words, status=status)


def test_an_applied_invoice_is_voided_after_the_money_is_taken_back(owing: Shell) -> None:
    owing.done("payment", "receive", "--customer", "acme", "--amount", "30.00 SGD")
    owing.done("payment", "allocate", "PAY-1", TWO)
    assert "partially paid" in owing.refused("invoice", "void", TWO, "--reason", "wrong customer")
    said = owing.done("invoice", "void", TWO, "--take-back", "--reason", "wrong customer")
    assert "30.00 SGD of PAY-1 are the customer's unapplied money again." in said.out
    assert invoice(owing, TWO)["status"] == "void"


def test_a_refund_that_opens_an_invoice_again_shows_it_as_reopened(owing: Shell) -> None:
    owing.done("payment", "receive", ONE)
    owing.done("payment", "refund", "PAY-1", "81.00 SGD", "--reopen", ONE, "--paid", "--reason", "goodwill")
    shown = owing.done("invoice", "show", ONE).out
    assert "partially paid, reopened on 2026-01-11" in shown
    assert "refund REF-1" in shown
    assert "posted on" in shown, "what was granted stays granted"
    owing.done("payment", "receive", ONE)
    assert invoice(owing, ONE)["status"] == "paid"


def test_bean_check_finds_nothing_in_what_these_commands_write(owing: Shell) -> None:
    owing.done("payment", "receive", ONE)
    owing.done("invoice", "credit", ONE, "--line", "1=3", "--reason", "three were cancelled")
    owing.done("payment", "allocate", "CN-SG-2026-00001", TWO)
    run = subprocess.run(
        [sys.executable, "-m", "beancount.scripts.check", str(owing.root / "main.beancount")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_a_write_off_is_taken_back_on_no_day_before_it(owing: Shell) -> None:
    owing.done("payment", "receive", ONE, "--amount", "980.00 SGD")
    made = owing.done("payment", "write-off", ONE, "--reason", "rounded", "--json").json["facts"][0]["date"]
    refusal = owing.refused("payment", "write-off", ONE, "--reverse", "--reason", "x", "--date", "2026-01-01")
    assert f"--date {made}" in refusal
    owing.done("payment", "write-off", ONE, "--reverse", "--reason", "x", "--date", made)


def test_nobodys_money_is_refused_for_that_where_there_are_two_sellers(shell: Shell) -> None:
    shell.done("entity", "add", "de", "--name", "Beispiel GmbH", "--country", "DE", "--address", "Weg 1, Berlin")
    refusal = shell.refused("payment", "submit", "--customer", "nobody", "--amount", "5.00 SGD")
    assert "There is no customer nobody" in refusal


def test_money_that_was_exchanged_goes_back_by_the_command_that_is_shown(owing: Shell) -> None:
    owing.done("payment", "receive", TWO, "--amount", "20.00 USD", "--rate", "0.75")
    shown = f"billing-beans payment deallocate PAY-1 {TWO} --reason"
    assert shown in owing.refused("payment", "refund", "PAY-1", "--whole", "--reason", "x")
    assert shown in owing.refused("payment", "chargeback", "PAY-1", "--reason", "x")
    owing.done("payment", "deallocate", "PAY-1", TWO, "--reason", "x")
    owing.done("payment", "refund", "PAY-1", "--reason", "x", "--paid")
    assert owing.done("payment", "unapplied").out == "No unapplied money.\n"


def test_a_customer_is_shown_with_who_pays_for_it_until_somebody_else_does(shell: Shell) -> None:
    shell.done("customer", "payer", "acme", "stripe/cus_9", "--date", "2026-01-05")
    assert "Paid for by stripe/cus_9." in shell.done("customer", "show", "acme").out
    shell.done("customer", "payer", "quote", "stripe/cus_9", "--date", "2026-01-06")
    assert shell.done("customer", "show", "acme", "--json").json["result"]["payers"] == []
    assert shell.done("customer", "show", "quote", "--json").json["result"]["payers"] == ["stripe/cus_9"]
