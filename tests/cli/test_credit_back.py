"""What credits paid is taken back: refunded, voided, credited, charged back (W6, Y3, Y5, I5, I7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from credit_shell import after_tax, balances, free, grant, invoice, moved, sell, top_up, units_of, wallet

if TYPE_CHECKING:
    from conftest import Shell

ONE, TWO = "SG-2026-00001", "SG-2026-00002"
BANK, RECEIVABLE, UNAPPLIED = "Assets:SG:Bank:OCBC", "Assets:SG:Receivable:Acme", "Liabilities:SG:Unapplied:Acme"
PAID, FREE = "Liabilities:SG:Credits:Acme:Paid", "Liabilities:SG:Credits:Acme:Free"
TAKE = ("--take-credits", "--reason", "the project ended")


def test_unused_credit_is_refunded_whole_and_the_grant_is_taken_back(wallets: Shell) -> None:
    """Case 22, with taking the grant back: its bonus goes with it. The second run finds nothing."""
    top_up(wallets, "120", "--price", "100.00 SGD", "--bonus", "12")
    said = wallets.refused("payment", "refund", "PAY-1", "--reason", "x")
    assert "it bought credits, and 120 CREDIT of GRANT-1 are unspent: take them back with --take-credits" in said
    said = wallets.done("payment", "refund", "PAY-1", *TAKE)
    assert said.out == (
        "Requested REF-1, 100.00 SGD to acme; no money moved yet.\n"
        "  ADJ-1: 120 CREDIT of GRANT-1 are taken back; 100.00 SGD of PAY-1 are unapplied money again\n"
        "  ADJ-2: 12 CREDIT of GRANT-2 are taken back\n"
        "Next: billing-beans refund settle REF-1, or billing-beans refund fail REF-1 --reason ...\n"
    )
    assert balances(wallets) == {BANK: "100 SGD", UNAPPLIED: "-100 SGD"}
    assert "Nothing of PAY-1 is free to go back." in wallets.refused("payment", "refund", "PAY-1", *TAKE)
    wallets.done("refund", "settle", "REF-1")
    assert balances(wallets) == {}
    assert "REF-1" in wallets.refused("refund", "settle", "REF-1")


def test_unused_credit_is_refunded_whole_and_the_customer_keeps_as_many(wallets: Shell) -> None:
    """Case 22, without taking the grant back: what was paid is free now, on the same terms."""
    top_up(wallets, "120", "--price", "100.00 SGD", "--until", "2026-12-31", "--meter", "api-calls")
    said = wallets.done("payment", "refund", "PAY-1", "--keep-credits", "--reason", "goodwill", "--paid")
    assert "Refunded REF-1, 100.00 SGD to acme from Assets:SG:Bank:OCBC." in said.out
    assert "  granted GRANT-2, 120 CREDIT free with GRANT-1: only for meter api-calls, until 2026-12-31\n" in said.out
    assert balances(wallets) == {FREE: "-120 CREDIT"}
    assert wallet(wallets)["available"] == "120"


def test_the_bonus_stays_with_credits_that_are_kept(wallets: Shell) -> None:
    top_up(wallets, "100", "--price", "80.00 SGD", "--bonus", "10")
    wallets.done("payment", "refund", "PAY-1", "10.00 SGD", "--keep-credits", "--reason", "goodwill", "--paid")
    assert wallet(wallets)["available"] == "110", "as many as before"
    assert units_of(wallets, "GRANT-2") == ("0", "0", "0", "10")
    wallets.done("payment", "refund", "PAY-1", *TAKE, "--paid")
    assert wallet(wallets)["available"] == "13.75", "an eighth of both was kept"


def test_a_part_of_the_credit_is_refunded(wallets: Shell) -> None:
    """Case 23: three parts that add up to the cent, where one credit costs 0.833... SGD."""
    top_up(wallets, "120", "--price", "100.00 SGD", "--bonus", "12")
    for amount in ("33.33 SGD", "33.33 SGD"):
        wallets.done("payment", "refund", "PAY-1", amount, *TAKE, "--paid")
    said = wallets.refused("payment", "refund", "PAY-1", "33.35 SGD", *TAKE, "--paid")
    assert "33.35 SGD can't go back: 33.34 of PAY-1 can." in said
    wallets.done("payment", "refund", "PAY-1", "33.34 SGD", *TAKE, "--paid")
    assert units_of(wallets, "GRANT-1") == ("0", "120", "0", "0")
    assert not [name for name in balances(wallets) if name.startswith(("Assets", "Liabilities"))]


def test_of_credit_that_was_used_in_part_the_rest_is_refunded(wallets: Shell) -> None:
    """Case 23."""
    top_up(wallets, "100")
    wallets.done("credit", "apply", sell(wallets, "handbook", "2"))
    said = wallets.done("payment", "refund", "PAY-1", *TAKE, "--paid")
    assert "Refunded REF-1, 45.50 SGD to acme" in said.out
    assert wallet(wallets)["posted"] == "0"
    assert invoice(wallets, ONE)["status"] == "paid"


def test_of_spent_credit_the_invoice_is_opened_again_and_the_balance_says_so(wallets: Shell) -> None:
    """Case 24: the balance goes below zero, and says so."""
    top_up(wallets, "100")
    wallets.done("credit", "apply", sell(wallets, "handbook", "2"))
    said = wallets.refused("payment", "refund", "PAY-1", "60.00 SGD", *TAKE)
    assert "60.00 SGD can't go back: 45.50 of PAY-1 can." in said
    assert f"billing-beans payment refund PAY-1 --take-credits --reopen {ONE} --reason ..." in said
    said = wallets.done("payment", "refund", "PAY-1", "60.00 SGD", "--reopen", ONE, *TAKE)
    assert f"  APP-1: 54.5 CREDIT went back from {ONE}: 54.5 of GRANT-1\n" in said.out
    assert f"  {ONE} is issued, 54.50 SGD owed.\n" in said.out
    assert wallet(wallets)["available"] == "40"
    balance = wallets.done("credit", "balance", "acme").out
    assert f"acme owes sg 54.50 SGD on what was opened again ({ONE}), and has" in balance
    assert "14.50 SGD too few." in balance
    wallets.done("credit", "apply", ONE)
    assert invoice(wallets, ONE)["owed"] == "14.50 SGD"


def test_a_whole_refund_opens_all_that_the_credits_had_paid(wallets: Shell) -> None:
    """Case 24."""
    top_up(wallets, "100")
    for quantity in ("1", "2"):
        wallets.done("credit", "apply", sell(wallets, "handbook", quantity))
    said = wallets.done("payment", "refund", "PAY-1", "--whole", *TAKE, "--paid")
    assert "Refunded REF-1, 100.00 SGD to acme" in said.out
    assert balances(wallets)[RECEIVABLE] == "81.75 SGD"
    assert wallet(wallets)["posted"] == "0"


def test_what_never_came_is_not_refunded(wallets: Shell) -> None:
    """Case 25."""
    wallets.done("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--payment")
    assert "PAY-1 is submitted" in wallets.refused("payment", "refund", "PAY-1", *TAKE)
    wallets.done("payment", "reject", "PAY-1", "--reason", "bounced")
    said = wallets.refused("payment", "refund", "PAY-1", *TAKE)
    assert "PAY-1 is rejected: no money came, and none can go back." in said


def test_only_a_refund_that_succeeded_moves_money(wallets: Shell) -> None:
    """Case 26: pending, failed, succeeded."""
    top_up(wallets, "100")
    wallets.done("payment", "refund", "PAY-1", *TAKE)
    pending = balances(wallets)
    assert pending == {BANK: "100 SGD", UNAPPLIED: "-100 SGD"}
    said = wallets.done("refund", "fail", "REF-1", "--reason", "the account is closed")
    assert said.out == "Failed REF-1, 100.00 SGD to acme: the account is closed\n"
    assert balances(wallets) == pending
    wallets.done("credit", "top-up", "acme", "40", "--from", "PAY-1", "--unit", "CREDIT")
    wallets.done("payment", "refund", "PAY-1", "--reason", "again")
    assert moved(wallets, pending) == {UNAPPLIED: "-60 SGD", PAID: "-40 CREDIT at -40 SGD"}
    wallets.done("refund", "settle", "REF-2")
    assert balances(wallets) == {BANK: "40 SGD", PAID: "-40 CREDIT at -40 SGD"}


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("PAY-1", "--take-credits", "--keep-credits"), 2, "give --take-credits or --keep-credits"),
        (("PAY-1", "0.00 SGD", "--take-credits"), 1, "can't go back"),
        (("PAY-1", "50.00 USD", "--take-credits"), 2, "PAY-1 is in SGD, and not in USD"),
        (("PAY-1", "100.01 SGD", "--take-credits"), 1, "100.01 SGD can't go back: 100.00 of PAY-1 can"),
        (
            ("PAY-1", "--take-credits", "--reopen", TWO),
            1,
            f"PAY-1 settles nothing of {TWO}, and bought no credits that do",
        ),
        (("NOPE", "--take-credits"), 1, "There is no payment and no unapplied money NOPE"),
    ],
)
def test_what_can_not_go_back_is_refused(kinds: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    top_up(kinds, "100")
    assert expected in kinds.refused("payment", "refund", *words, "--reason", "x", status=status)


def test_a_void_invoice_gives_the_credits_back(wallets: Shell) -> None:
    top_up(wallets, "100", "--price", "80.00 SGD")
    free(wallets, "10")
    start = balances(wallets)
    number = sell(wallets, "handbook", "2", issue=False)
    wallets.done("invoice", "issue", number, "--apply-credits")
    said = wallets.refused("invoice", "void", number, "--reason", "wrong")
    assert f'billing-beans invoice void {number} --take-back --reason "..."' in said
    said = wallets.done("invoice", "void", number, "--reason", "wrong customer", "--take-back")
    assert said.out == (
        f"Voided {number}, 43.60 SGD: wrong customer\n"
        f"  APP-2: 43.6 CREDIT went back from {number}: 43.6 of GRANT-1\n"
        f"  APP-1: 10 CREDIT went back from {number}: 10 of GRANT-2 for line 1\n"
    )
    assert balances(wallets) == start
    assert "is void" in wallets.refused("invoice", "void", number, "--reason", "x", "--take-back")


def test_a_void_draft_gives_its_discount_back(wallets: Shell) -> None:
    free(wallets, "10")
    number = sell(wallets, "handbook", "2", issue=False)
    wallets.done("credit", "apply", number)
    said = wallets.done("invoice", "void", number, "--reason", "wrong")
    assert f"  APP-1: 10 CREDIT went back from {number}: 10 of GRANT-1 for line 1\n" in said.out
    assert wallet(wallets)["available"] == "10"


@pytest.mark.parametrize("policy", ["before-tax", "after-tax"])
def test_a_credit_note_gives_back_what_paid_in_whichever_way(wallets: Shell, policy: str) -> None:
    """First a part, then the rest: nothing is left of it, and every credit is where it came from."""
    if policy == "after-tax":
        after_tax(wallets)
    top_up(wallets, "200", "--price", "150.00 SGD")
    free(wallets, "30")
    start = balances(wallets)
    number = sell(wallets, "placement-credit", "1", "plan", "1", "handbook", "1", issue=False)
    wallets.done("invoice", "issue", number, "--apply-credits", "--json")
    assert invoice(wallets, number)["status"] == "paid"
    said = wallets.done("invoice", "credit", number, "--line", "2=10.00 SGD", "--reason", "a discount")
    assert "went back from" in said.out
    wallets.done("invoice", "credit", number, "--reason", "cancelled")
    assert balances(wallets) == start
    assert invoice(wallets, number)["owed"] == "0.00 SGD"


def test_a_credited_top_up_takes_its_credits_and_their_bonus(wallets: Shell) -> None:
    wallets.done("credit", "top-up", "acme", "100", "--product", "top-up")
    wallets.done("payment", "receive", ONE)
    said = wallets.done("invoice", "credit", ONE, "--line", "1=40", "--reason", "too many")
    assert f"  40 CREDIT are taken back: 40 of {ONE}/1 for line 1\n" in said.out
    assert "  ADJ-1: 4 CREDIT of GRANT-1 are taken back\n" in said.out
    assert "  40.00 SGD are the customer's unapplied money.\n" in said.out
    wallets.done("credit", "apply", sell(wallets, "handbook", "2"))
    said = wallets.refused("invoice", "credit", ONE, "--reason", "all of it")
    assert "60 CREDIT of line 1 of SG-2026-00001 were to be taken back, and 5.5 of them are unspent." in said
    wallets.done("invoice", "credit", ONE, "--line", "1=5.5", "--reason", "what is left")
    assert units_of(wallets, f"{ONE}/1") == ("54.5", "45.5", "0", "0")


def test_a_pending_top_up_that_is_credited_is_granted_less_or_void(wallets: Shell) -> None:
    wallets.done("credit", "top-up", "acme", "100", "--product", "top-up")
    wallets.done("invoice", "credit", ONE, "--line", "1=40", "--reason", "too many")
    assert wallet(wallets)["pending"] == "66"
    said = wallets.done("payment", "receive", ONE)
    assert f"granted {ONE}/1, 60 CREDIT paid with 60.00 SGD" in said.out
    assert "granted GRANT-1, 6 CREDIT free" in said.out


def test_a_chargeback_takes_unspent_credits_first_and_then_opens_what_they_paid(wallets: Shell) -> None:
    top_up(wallets, "100", "--bonus", "10")
    wallets.done("credit", "apply", sell(wallets, "handbook", "2"))
    said = wallets.done("payment", "chargeback", "PAY-1", "45.50 SGD", "--reason", "fraudulent")
    assert "went back" not in said.out
    assert "  ADJ-1: 45.5 CREDIT of GRANT-1 are taken back; 45.50 SGD of PAY-1 are unapplied money again\n" in said.out
    said = wallets.done("payment", "chargeback", "PAY-1", "--reason", "fraudulent", "--fee", "15.00 SGD")
    assert f"  APP-1: 54.5 CREDIT went back from {ONE}: 54.5 of GRANT-1\n" in said.out
    assert f"  {ONE} is issued, 54.50 SGD owed.\n" in said.out
    assert balances(wallets)[RECEIVABLE] == "54.5 SGD"
    assert wallet(wallets)["available"] == "0"
    said = wallets.done("payment", "chargeback", "CB-2", "--reversed")
    assert "54.50 SGD are the customer's unapplied money." in said.out
    wallets.done("payment", "allocate", "PAY-1", ONE)
    assert invoice(wallets, ONE)["status"] == "paid"


def test_money_that_comes_back_after_a_dispute_can_buy_credits_again(wallets: Shell) -> None:
    top_up(wallets, "100")
    wallets.done("payment", "chargeback", "PAY-1", "--reason", "fraudulent")
    said = wallets.done("payment", "chargeback", "CB-1", "--reversed")
    assert (
        "Next: billing-beans credit top-up acme CREDITS --unit CREDIT --from PAY-1, or billing-beans payment"
        in said.out
    )
    wallets.done("credit", "top-up", "acme", "100", "--unit", "CREDIT", "--from", "PAY-1")
    assert wallet(wallets)["available"] == "100"


def test_credits_show_where_they_settle_and_what_bought_them(wallets: Shell) -> None:
    top_up(wallets, "20")
    number = sell(wallets, "handbook", "1")
    wallets.done("credit", "apply", number)
    wallets.done("credit", "reverse", "APP-1", "--amount", "5.00 SGD", "--reason", "x")
    wallets.done("payment", "receive", number)
    shown = wallets.done("invoice", "show", number).out
    assert [line.split()[1:] for line in shown.splitlines() if line.startswith("2026-01-11  ")] == [
        ["credits", "APP-1", "20.00"],
        ["credits", "APP-1", "-5.00"],
        ["payment", "PAY-2", "12.25", "PAY-2"],
    ]
    (used,) = [line.split() for line in shown.splitlines() if line.startswith("APP-1")]
    assert used == ["APP-1", "2026-01-11", "payment", "20", "CREDIT", "20.00", "SGD", "5", "GRANT-1"]
    result = wallets.done("invoice", "show", number, "--json").json["result"]
    assert [one["application"] for one in result["credits-used"]] == ["APP-1"]
    bought = wallets.done("payment", "show", "PAY-1", "--json").json["result"]["credits-bought"]
    assert [(one["grant"], one["remaining"]) for one in bought] == [("GRANT-1", "5")]
    assert wallets.done("payment", "show", "PAY-2", "--json").json["result"]["credits-bought"] == []


def test_a_hostile_name_goes_through_the_whole_life_of_a_wallet(wallets: Shell) -> None:
    """Quotes, line breaks and braces in the name of the customer, and in every reason."""
    words = 'a "b" }\n\\c'
    top_up(wallets, "50", customer="quote")
    free(wallets, "5", "--reason", words, customer="quote")
    number = sell(wallets, "handbook", "1", customer="quote", issue=False)
    wallets.done("invoice", "issue", number, "--apply-credits")
    wallets.done("credit", "reverse", "APP-2", "--reason", words)
    wallets.done("credit", "adjust", "GRANT-1", "--by", "-1", "--reason", words)
    wallets.done("credit", "adjust", "GRANT-1", "--by", "1", "--reason", words)
    wallets.done("payment", "refund", "PAY-1", "--take-credits", "--reason", words, "--paid")
    assert grant(wallets, "GRANT-3")["reason"] == words
    assert all(len(line) < 200 for line in wallets.done("credit", "show", "GRANT-3").out.splitlines())
