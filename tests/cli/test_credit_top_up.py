"""Credits that are paid: with an invoice, with a payment that waits or is there, from money that is there (W2, W4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from credit_shell import balances, free, grant, invoice, last_facts, moved, sell, top_up, wallet, with_second_seller

if TYPE_CHECKING:
    from conftest import Shell

ONE, TWO = "SG-2026-00001", "SG-2026-00002"
BANK = "Assets:SG:Bank:OCBC"
PAID, FREE = "Liabilities:SG:Credits:Acme:Paid", "Liabilities:SG:Credits:Acme:Free"
UNAPPLIED = "Liabilities:SG:Unapplied:Acme"


def test_a_payment_tops_up_a_wallet_once_it_is_verified(wallets: Shell) -> None:
    """Case 4: command, ledger, balances posted and pending, and a second run."""
    words = ("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--payment", "--reference", "FT1", "--bonus", "5")
    said = wallets.done(*words, "--until", "2026-12-31", "--idempotency-key", "order-1")
    assert said.out == (
        "Submitted PAY-1, 100.00 SGD from acme; no money moved yet.\n"
        "  GRANT-1, 100 CREDIT paid with 100.00 SGD: until 2026-12-31, waits for PAY-1\n"
        "Next: billing-beans payment verify PAY-1\n"
    )
    assert balances(wallets) == {}
    assert wallet(wallets) == {"posted": "0", "pending": "105", "available": "0"}
    assert "done already" in wallets.done(*words, "--until", "2026-12-31", "--idempotency-key", "order-1").out

    said = wallets.done("payment", "verify", "PAY-1")
    assert "  granted GRANT-1, 100 CREDIT paid with 100.00 SGD: until 2026-12-31\n" in said.out
    assert "  granted GRANT-2, 5 CREDIT free with GRANT-1: until 2026-12-31\n" in said.out
    assert "unapplied" not in said.out
    assert last_facts(wallets, 2) == (
        '2026-01-11 * "Acme Pte. Ltd." "100 CREDIT for 100.00 SGD" ^GRANT-1 ^PAY-1\n'
        '  event: "credit-granted"\n'
        '  source: "payment/PAY-1"\n'
        '  grant: "GRANT-1"\n'
        '  customer: "acme"\n'
        '  credit-type: "payment-top-up"\n'
        '  expires-at: "2026-12-31T16:00:00Z"\n'
        "  Liabilities:SG:Unapplied:Acme                      100.00 SGD\n"
        '  Liabilities:SG:Credits:Acme:Paid                     -100 CREDIT {1.00 SGD, 2026-01-11, "GRANT-1"}\n'
        '2026-01-11 * "Acme Pte. Ltd." "5 CREDIT granted to acme" ^GRANT-2 ^GRANT-1\n'
        '  event: "credit-granted"\n'
        '  source: "grant/GRANT-1"\n'
        '  grant: "GRANT-2"\n'
        '  customer: "acme"\n'
        '  credit-type: "granted-bonus"\n'
        '  of-grant: "GRANT-1"\n'
        '  expires-at: "2026-12-31T16:00:00Z"\n'
        '  Liabilities:SG:Credits:Acme:Free                       -5 CREDIT {0 SGD, 2026-01-11, "GRANT-2"}\n'
    )
    assert balances(wallets) == {BANK: "100 SGD", PAID: "-100 CREDIT at -100 SGD", FREE: "-5 CREDIT"}
    assert wallet(wallets) == {"posted": "105", "pending": "0", "available": "105"}
    assert "PAY-1 is verified already" in wallets.refused("payment", "verify", "PAY-1")
    assert "buys credits           units       price  status   left" in wallets.done(
        "payment", "show", "PAY-1"
    ).out or ("GRANT-1" in wallets.done("payment", "show", "PAY-1").out)


def test_credits_of_an_invoice_are_granted_when_it_is_paid(wallets: Shell) -> None:
    """Case 4, with an invoice: the price, the bonus and the days are its product's."""
    said = wallets.done("credit", "top-up", "acme", "100", "--product", "top-up", "--due", "2026-01-31")
    assert said.out == (
        f"Issued {ONE} for Acme Pte. Ltd.\n"
        "  100 x Credits   1.00   100.00   SG-EXEMPT 0 %   tops up 100 CREDIT + 10 free\n"
        "  subtotal 100.00   tax 0.00   total 100.00 SGD   due 2026-01-31\n"
        "  100 CREDIT and 10 free are granted when it is paid.\n"
        f"Next: billing-beans invoice render {ONE}, and when the money comes:\n"
        f"      billing-beans payment submit {ONE}\n"
    )
    assert balances(wallets) == {"Assets:SG:Receivable:Acme": "100 SGD", "Liabilities:SG:Billed:Acme": "-100 SGD"}
    assert wallet(wallets) == {"posted": "0", "pending": "110", "available": "0"}
    wallets.done("payment", "receive", ONE, "--amount", "60.00 SGD")
    assert wallet(wallets)["pending"] == "110"

    wallets.at("2026-01-12T02:00:00Z")
    said = wallets.done("payment", "receive", ONE)
    assert f"  granted {ONE}/1, 100 CREDIT paid with 100.00 SGD: until 2027-01-11\n" in said.out
    assert f"  granted GRANT-1, 10 CREDIT free with {ONE}/1: until 2027-01-11\n" in said.out
    assert balances(wallets) == {BANK: "100 SGD", PAID: "-100 CREDIT at -100 SGD", FREE: "-10 CREDIT"}
    assert "is paid" in wallets.refused("payment", "receive", ONE)
    assert f"100 CREDIT, granted on 2026-01-12 as {ONE}/1" in wallets.done("invoice", "show", ONE).out


def test_a_draft_is_left_to_be_edited(wallets: Shell) -> None:
    said = wallets.done("credit", "top-up", "acme", "50", "--unit", "CREDIT", "--draft")
    assert said.out.startswith(f"Drafted {ONE} for Acme Pte. Ltd.")
    assert said.out.endswith(f"Next: billing-beans invoice issue {ONE}\n")
    assert wallets.done("credit", "balance", "acme").out == "acme has no credits.\n"
    wallets.done("invoice", "edit", ONE, "--quantity", "1=40")
    wallets.done("invoice", "issue", ONE)
    assert wallet(wallets)["pending"] == "44"


def test_money_that_is_there_buys_credits(wallets: Shell) -> None:
    """Case 4, from unapplied money; what is left of it stays the customer's."""
    wallets.done("payment", "receive", "--customer", "acme", "--amount", "100.00 SGD")
    said = wallets.done("credit", "top-up", "acme", "60", "--from", "PAY-1", "--meter", "api-calls")
    assert said.out.splitlines()[1] == "  granted GRANT-1, 60 CREDIT paid with 60.00 SGD: only for meter api-calls"
    assert balances(wallets) == {BANK: "100 SGD", PAID: "-60 CREDIT at -60 SGD", UNAPPLIED: "-40 SGD"}
    said = wallets.refused("credit", "top-up", "acme", "60", "--from", "PAY-1")
    assert "60.00 SGD of PAY-1 were to buy credits, and 40.00 SGD are free." in said
    wallets.done("credit", "top-up", "acme", "50", "--from", "PAY-1", "--price", "40.00 SGD")
    assert "no unapplied money" in wallets.done("payment", "unapplied").out.lower()


def test_a_credit_note_can_buy_credits(wallets: Shell) -> None:
    number = sell(wallets, "handbook", "2")
    wallets.done("payment", "receive", number)
    note = wallets.done("invoice", "credit", number, "--reason", "returned", "--json").json["result"]["credit-note"]
    assert top_up_from(wallets, note["number"], "54.5") == "GRANT-1"
    assert balances(wallets) == {BANK: "54.50 SGD".replace(".50", ".5"), PAID: "-54.5 CREDIT at -54.5 SGD"}


def top_up_from(shell: Shell, money: str, units: str) -> str:
    said = shell.done("credit", "top-up", "acme", units, "--unit", "CREDIT", "--from", money, "--json").json
    return str(said["result"]["grants"][0]["grant"])


def test_a_payment_that_settles_an_invoice_grants_nothing(wallets: Shell) -> None:
    """Case 5: settling a receivable is no credit (W4, instead of a payment period settlement)."""
    free(wallets, "5")
    number = sell(wallets, "handbook", "4")
    before = balances(wallets)
    said = wallets.done("payment", "receive", number)
    assert "CREDIT" not in said.out
    assert moved(wallets, before) == {"Assets:SG:Receivable:Acme": "", BANK: "109 SGD"}
    assert wallet(wallets) == {"posted": "5", "pending": "0", "available": "5"}
    assert "is paid" in wallets.refused("payment", "receive", number)


def test_a_rejected_payment_leaves_no_grant_and_no_entry(wallets: Shell) -> None:
    """Case 6: a failed payment; the grant that waited is void for the same reason."""
    wallets.done("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--payment", "--bonus", "10")
    said = wallets.done("payment", "reject", "PAY-1", "--reason", "recalled\nby the bank")
    assert said.out.splitlines()[-1] == "  GRANT-1, 100 CREDIT, is void: recalled by the bank"
    assert balances(wallets) == {}
    found = grant(wallets, "GRANT-1")
    assert (found["status"], found["remaining"], found["movements"]) == ("void", "0", [])
    assert wallet_is_empty(wallets)
    assert "PAY-1 is rejected" in wallets.refused("payment", "verify", "PAY-1")
    assert "there is nothing to adjust" in wallets.refused("credit", "adjust", "GRANT-1", "--all", "--reason", "x")


def wallet_is_empty(shell: Shell) -> bool:
    return not shell.done("credit", "balance", "acme", "--json").json["result"]["wallets"]


def test_a_payment_that_brought_less_is_unapplied_money_and_no_credits(wallets: Shell) -> None:
    """Case 6: what was asked for was not paid."""
    wallets.done("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--payment")
    said = wallets.done("payment", "verify", "PAY-1", "--amount", "99.99 SGD")
    assert "GRANT-1, 100 CREDIT, is void: PAY-1 brought 99.99 SGD, and 100.00 SGD were asked for" in said.out
    assert "99.99 SGD are the customer's unapplied money." in said.out
    assert (
        "Next: billing-beans credit top-up acme CREDITS --unit CREDIT --from PAY-1, or billing-beans payment"
        in said.out
    )
    assert balances(wallets) == {BANK: "99.99 SGD", UNAPPLIED: "-99.99 SGD"}


def test_a_payment_that_brought_more_leaves_the_rest(wallets: Shell) -> None:
    wallets.done("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--payment")
    said = wallets.done("payment", "verify", "PAY-1", "--amount", "120.00 SGD")
    assert "granted GRANT-1, 100 CREDIT paid with 100.00 SGD" in said.out
    assert "  20.00 SGD are the customer's unapplied money." in said.out
    assert balances(wallets)[UNAPPLIED] == "-20 SGD"


def test_a_payment_that_comes_too_late_to_use_the_credits_is_money_of_the_customer(wallets: Shell) -> None:
    """Case 6: what could never be used is not granted."""
    wallets.done("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--payment", "--until", "2026-01-20")
    wallets.at("2026-01-20T16:00:00Z")
    said = wallets.done("payment", "verify", "PAY-1")
    assert "is void: PAY-1 came when they would have expired, at 2026-01-20T16:00:00Z" in said.out
    assert balances(wallets) == {BANK: "100 SGD", UNAPPLIED: "-100 SGD"}


def test_a_void_invoice_tops_up_nothing(wallets: Shell) -> None:
    """Case 6, with an invoice."""
    wallets.done("credit", "top-up", "acme", "100", "--product", "top-up")
    said = wallets.done("invoice", "void", ONE, "--reason", "not wanted")
    assert said.out.splitlines()[-1] == f"  {ONE}/1, 100 CREDIT, is void: not wanted"
    assert balances(wallets) == {}
    assert wallet_is_empty(wallets)


def test_a_processor_keeps_its_fee_and_the_credits_cost_what_was_paid(wallets: Shell) -> None:
    said = wallets.done(
        *("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--receive", "--method", "processor"),
        *("--into", "Assets:SG:Processor:Stripe", "--fee", "3.40 SGD", "--source", "stripe/ch_1", "--payer", "Mei"),
    )
    assert said.out.splitlines()[:2] == [
        "Received PAY-1, 100.00 SGD from acme.",
        "  granted GRANT-1, 100 CREDIT paid with 100.00 SGD",
    ]
    assert balances(wallets) == {
        "Assets:SG:Processor:Stripe": "96.6 SGD",
        "Expenses:SG:ProcessorFees": "3.4 SGD",
        PAID: "-100 CREDIT at -100 SGD",
    }
    again = wallets.refused(
        *("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--receive", "--source", "stripe/ch_1")
    )
    assert "stripe/ch_1" in again


@pytest.mark.parametrize(
    ("units", "unit", "options", "price", "cost", "used", "left"),
    [
        # 120 credits for 100.00 USD: each costs 0.83, and the 19.00 that they pay are 15.83 of money and 3.17 of discount.
        (
            "120",
            "CREDIT-USD",
            ("--price", "100.00 USD"),
            "100.00 USD",
            "-120 CREDIT-USD at -100 USD",
            "20.71",
            "-82.74",
        ),
        # Dearer than their face: the rest is no income before they are used.
        ("50", "CREDIT-USD", ("--price", "60.00 USD"), "60.00 USD", "-50 CREDIT-USD at -60 USD", "20.71", "-35.15"),
        # 0.03 USD each: 690 are worth 20.70, and no credit pays a part of a cent.
        ("1000", "CREDIT-CALL", (), "30.00 USD", "-1000 CREDIT-CALL at -30 USD", "690", "-9.3"),
        # 2,180 JPY, without any decimals.
        ("3000", "CREDIT-YEN", (), "3000 JPY", "-3000 CREDIT-YEN at -3000 JPY", "2180", "-820"),
    ],
)
def test_credits_need_not_cost_what_they_are_worth(
    wallets: Shell, units: str, unit: str, options: tuple[str, ...], price: str, cost: str, used: str, left: str
) -> None:
    """Case 4 with conversion rates other than one to one: to the last minor unit, on both sides."""
    top_up(wallets, units, *options, unit=unit)
    assert grant(wallets, "GRANT-1")["price"] == price
    assert balances(wallets)[PAID] == cost
    number = sell(wallets, "handbook", "1", currency=price.split()[1])
    said = wallets.done("credit", "apply", number)
    assert f"APP-1: {used} {unit} pay" in said.out
    after = balances(wallets)
    assert after[PAID].split(" at ")[1].split()[0] == left
    assert sum(float(after[name].split()[0]) for name in after if name.startswith(("Income", "Liabilities:SG:Tax"))) < 0


def test_whole_minor_units_are_paid_and_the_rest_stays_owed(wallets: Shell) -> None:
    """Case 12: too little credit in steps of 0.03 USD."""
    top_up(wallets, "10", unit="CREDIT-CALL")
    number = sell(wallets, "handbook", "1", currency="USD")
    wallets.done("credit", "apply", number)
    assert invoice(wallets, number)["owed"] == "20.41 USD"
    said = wallets.refused("credit", "top-up", "acme", "0.5", "--unit", "CREDIT-CALL", "--receive", status=2)
    assert "0.5 CREDIT-CALL are worth 0.015 USD, which can't be paid." in said


def test_a_closed_period_and_another_day(wallets: Shell) -> None:
    wallets.done("period", "close", "2026-01-08")
    words = ("credit", "top-up", "acme", "10", "--unit", "CREDIT", "--receive", "--date")
    assert "closed" in wallets.refused(*words, "2026-01-05")
    wallets.done(*words, "2026-01-09")
    assert grant(wallets, "GRANT-1")["granted"] == "2026-01-09"


def test_a_dry_run_says_both_facts_and_writes_nothing(wallets: Shell) -> None:
    before = wallets.files()
    said = wallets.done("credit", "top-up", "acme", "10", "--unit", "CREDIT", "--receive", "--dry-run")
    assert all(kind in said.out for kind in ('"payment-submitted"', "payment-verified", "credit-granted"))
    assert wallets.files() == before


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("nobody", "10", "--receive"), 1, "There is no customer nobody"),
        (("acme", "0", "--receive"), 2, "0 credits can't be bought"),
        (("acme", "-1", "--receive"), 2, "-1 credits can't be bought"),
        (("acme", "-1"), 2, "-1 credits are no number"),
        (("acme", "x", "--receive"), 2, "no number"),
        (("acme", "0.005", "--receive"), 2, "0.005 CREDIT are worth 0.005 SGD, which can't be paid"),
        (("acme", "10", "--payment", "--receive"), 2, "--payment and --receive are two ways to pay"),
        (("acme", "10", "--payment", "--from", "PAY-1"), 2, "two ways to pay"),
        (("acme", "10", "--payment", "--into", BANK), 2, "--into means nothing with --payment"),
        (("acme", "10", "--receive", "--draft"), 2, "--draft means nothing with --receive"),
        (("acme", "10", "--from", "PAY-1", "--reference", "FT1"), 2, "--reference means nothing with --from"),
        (("acme", "10", "--from", "PAY-1"), 1, "no unapplied money PAY-1"),
        (("acme", "10", "--valid-days", "3"), 2, "--valid-days can't be said of a top-up by invoice"),
        (("acme", "10", "--meter", "m"), 2, "--meter can't be said of a top-up by invoice"),
        (("acme", "10", "--bonus", "3"), 2, "--bonus can't be said of a top-up by invoice"),
        (("acme", "10", "--price", "9.00 SGD"), 2, "--price can't be said of a top-up by invoice"),
        (("acme", "10", "--id", "GRANT-9"), 2, "--id can't be said of a top-up by invoice"),
        (("acme", "10", "--product", "handbook", "--unit", "CREDIT"), 2, "handbook sells no CREDIT"),
        (("acme", "10", "--product", "pack", "--unit", "CREDIT-USD"), 2, "10 CREDIT-USD are no number of pack"),
        (("acme", "10", "--unit", "CREDIT-YEN"), 1, "No product sells CREDIT-YEN on 2026-01-11"),
        (("acme", "10", "--due", "2026-01-01"), 2, "due on 2026-01-01, before its date"),
        (("quote", "120", "--unit", "CREDIT-USD"), 1, "quote has no bill-to profile in USD"),
        (("acme", "10", "--receive", "--price", "0.00 SGD"), 2, "0.00 SGD is no price of credits"),
        (("acme", "10", "--receive", "--price", "9.00 USD"), 2, "9.00 USD can't buy CREDIT"),
        (("acme", "10", "--receive", "--price", "9.005 SGD"), 2, "more decimals than SGD"),
        (("acme", "10", "--receive", "--bonus", "0"), 2, "0 credits are no number"),
        (("acme", "10", "--receive", "--fee", "10.00 SGD"), 2, "A fee of 10.00 SGD can't be taken"),
        (("acme", "10", "--receive", "--into", "Assets:SG:Bank:None"), 1, "Assets:SG:Bank:None is not open"),
        (("acme", "10", "--receive", "--source", "ch_1"), 2, "names no source"),
        (("acme", "10", "--receive", "--id", "a/b"), 1, "can't be the id of this grant"),
        (("acme", "10", "--receive", "--until", "2026-01-10"), 2, "would have expired"),
        (("acme", "10", "--receive", "--date", "2026-02-20"), 1, "2026-02-20"),
    ],
)
def test_what_can_not_be_bought_is_refused(kinds: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    unit = () if "--unit" in words else ("--unit", "CREDIT")
    assert expected in kinds.refused("credit", "top-up", *words, *unit, status=status)


def test_several_products_are_asked_for_and_none_says_how_to_make_one(kinds: Shell) -> None:
    said = kinds.refused("credit", "top-up", "acme", "10", status=2)
    assert "2 products sell credits: pack, top-up." in said
    assert "choose with --product" in said
    said = kinds.refused("credit", "top-up", "acme", "10", "--product", "handbook")
    assert "handbook tops up no wallet." in said
    assert "There is no product none." in kinds.refused("credit", "top-up", "acme", "10", "--product", "none")


def test_money_buys_only_credits_of_its_own_customer_seller_and_currency(wallets: Shell) -> None:
    with_second_seller(wallets)
    wallets.done("payment", "receive", "--customer", "bolt", "--amount", "30.00 EUR")
    words = ("credit", "top-up", "bolt", "10", "--from", "PAY-1")
    assert "PAY-1 is money of bolt with de." in wallets.refused("credit", "top-up", "acme", *words[3:])
    assert "PAY-1 is money of bolt with de." in wallets.refused(*words, "--seller", "sg")
    assert "PAY-1 is in EUR, and CREDIT is paid in SGD." in wallets.refused(*words, "--unit", "CREDIT")
    wallets.done(*words, "--until", "2026-03-29")
    found = grant(wallets, "GRANT-1")
    assert (found["unit"], found["seller"], found["expires-at"]) == ("CREDIT-EUR", "de", "2026-03-29T22:00:00Z")
