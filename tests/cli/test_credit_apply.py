"""Credits pay invoices, by people: applied in order, before tax and after it, and given back (W3, W5, W6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from credit_shell import (
    after_tax,
    balances,
    free,
    grant,
    invoice,
    last_facts,
    moved,
    sell,
    top_up,
    wallet,
    with_second_seller,
)

if TYPE_CHECKING:
    from conftest import Shell

ONE, TWO, THREE, FOUR = (f"SG-2026-{number:05d}" for number in range(1, 5))
RECEIVABLE, BILLED, DEFERRED = (
    "Assets:SG:Receivable:Acme",
    "Liabilities:SG:Billed:Acme",
    "Liabilities:SG:Deferred:Acme",
)
DISCOUNTS, SALES, TAX = "Income:SG:Discounts", "Income:SG:Sales", "Liabilities:SG:Tax:GST"
PAID, FREE = "Liabilities:SG:Credits:Acme:Paid", "Liabilities:SG:Credits:Acme:Free"


def test_paid_credits_pay_and_the_ledger_names_the_lots(wallets: Shell) -> None:
    """Case 11: several grants together; a second try has nothing left to pay."""
    top_up(wallets, "100", "--price", "90.00 SGD")
    top_up(wallets, "50")
    number = sell(wallets, "handbook", "4")
    before = balances(wallets)
    said = wallets.done("credit", "apply", number)
    assert said.out == (
        f"Applied credits of acme to {number}.\n"
        f"  APP-1: 109 CREDIT pay 109.00 SGD of {number}: 100 of GRANT-1, 9 of GRANT-2\n"
        "  invoice         total  status\n"
        f"  {number}  109.00  paid\n"
    )
    assert last_facts(wallets) == (
        f'2026-01-11 * "Acme Pte. Ltd." "109 CREDIT applied to {number}" ^APP-1 ^{number} ^GRANT-1 ^GRANT-2\n'
        '  event: "credit-applied"\n'
        '  application: "APP-1"\n'
        f'  invoice: "{number}"\n'
        '  customer: "acme"\n'
        '  order: "scope-first"\n'
        '  credits: "paid"\n'
        '  Liabilities:SG:Credits:Acme:Paid                      100 CREDIT {0.90 SGD, 2026-01-11, "GRANT-1"}\n'
        '  Liabilities:SG:Credits:Acme:Paid                        9 CREDIT {1.00 SGD, 2026-01-11, "GRANT-2"}\n'
        "  Income:SG:Discounts                                 10.00 SGD\n"
        "  Assets:SG:Receivable:Acme                         -109.00 SGD\n"
        f'    invoice: "{number}"\n'
    )
    assert moved(wallets, before) == {RECEIVABLE: "", DISCOUNTS: "10 SGD", PAID: "-41 CREDIT at -41 SGD"}
    assert f"{number} is paid: nothing is owed on it." in wallets.refused("credit", "apply", number)


def test_too_little_credit_is_used_whole_and_the_rest_is_owed(wallets: Shell) -> None:
    """Case 12."""
    top_up(wallets, "40")
    number = sell(wallets, "handbook", "4")
    said = wallets.done("credit", "apply", number)
    assert f"  {number}  109.00  partially-paid  69.00 owed\n" in said.out
    assert f"Next: billing-beans payment submit {number}\n" in said.out
    assert wallet(wallets)["available"] == "0"
    wallets.done("payment", "receive", number)
    assert invoice(wallets, number)["status"] == "paid"


def test_credits_are_used_in_the_order_of_scopes(wallets: Shell) -> None:
    """Case 13: for a meter before general, the earliest expiry first, free before paid, oldest first."""
    free(wallets, "10", "--id", "NEVER")
    free(wallets, "10", "--until", "2026-06-30", "--id", "JUNE")
    free(wallets, "10", "--meter", "api-calls", "--id", "METER")
    top_up(wallets, "30", "--until", "2026-03-31", "--id", "MARCH")
    top_up(wallets, "30", "--id", "LAST")
    number = sell(wallets, "calls", "200", "handbook", "1", issue=False)
    said = wallets.done("invoice", "issue", number, "--apply-credits")
    assert said.out == (
        f"Issued {number} to Acme Pte. Ltd., 16.35 SGD: paid.\n"
        f"  APP-1: 30 CREDIT take 30.00 SGD off {number}: "
        "10 of METER for line 1, 10 of JUNE for line 1, 10 of NEVER for line 2\n"
        f"  APP-2: 16.35 CREDIT pay 16.35 SGD of {number}: 16.35 of MARCH\n"
    )


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("scope-first", "SCOPED"),
        ("priority-first", "URGENT"),
        ("expiry-first", "SOON"),
        ("granted-first", "OLDEST"),
    ],
)
def test_the_book_chooses_another_order(wallets: Shell, order: str, first: str) -> None:
    wallets.done("book", "policy", "credit-order", order, "--date", "2026-01-01")
    free(wallets, "5", "--id", "OLDEST")
    free(wallets, "5", "--until", "2026-01-31", "--id", "SOON")
    free(wallets, "5", "--priority", "1", "--id", "URGENT")
    free(wallets, "5", "--meter", "api-calls", "--id", "SCOPED")
    number = sell(wallets, "calls", "50", issue=False)
    assert f": 5 of {first} for line 1" in wallets.done("credit", "apply", number).out


def test_no_credit_is_said_and_the_cost_is_owed(wallets: Shell) -> None:
    """Case 14."""
    number = sell(wallets, "handbook", "1")
    said = wallets.refused("credit", "apply", number)
    assert f"acme has no paid credits that can be used for {number}." in said
    assert "Instead: billing-beans credit balance acme --by grant" in said
    assert invoice(wallets, number)["owed"] == "27.25 SGD"


def test_an_amount_a_line_and_a_kind_can_be_chosen(wallets: Shell) -> None:
    after_tax(wallets)
    top_up(wallets, "100")
    free(wallets, "100")
    number = sell(wallets, "handbook", "1", "poster", "2", "calls", "100")
    assert "10 CREDIT pay" in wallets.done("credit", "apply", number, "--amount", "10.00 SGD", "--paid").out
    assert "10 CREDIT are a discount" in wallets.done("credit", "apply", number, "--amount", "10.00 SGD", "--free").out
    said = wallets.done("credit", "apply", number, "--line", "3", "--line", "2", "--free")
    assert "10.9 of GRANT-2 for line 3, 19.6 of GRANT-2 for line 2" in said.out
    assert "nothing" not in wallets.done("credit", "apply", number).out
    assert invoice(wallets, number)["status"] == "paid"


def test_free_credits_before_tax_lower_the_draft_its_tax_and_what_is_held(wallets: Shell) -> None:
    """What is deferred falls, and no revenue that was not earned; what is earned stays gross beside its discount."""
    free(wallets, "70")
    number = sell(wallets, "placement-credit", "1", "plan", "1", "handbook", "1", issue=False)
    said = wallets.done("credit", "apply", number, "--line", "1", "--amount", "40.00 SGD")
    assert said.out == (
        f"Applied credits of acme to {number}.\n"
        f"  APP-1: 40 CREDIT take 40.00 SGD off {number}: 40 of GRANT-1 for line 1\n"
        f"  {number} comes to 136.25 SGD, tax 11.25; it was 179.85 SGD, tax 14.85\n"
        f"Next: billing-beans invoice issue {number}\n"
    )
    wallets.done("credit", "apply", number, "--line", "2", "--amount", "20.00 SGD")
    wallets.done("credit", "apply", number, "--line", "3")
    assert balances(wallets) == {}, "a draft moves nothing, and free credits are worth nothing"
    wallets.done("invoice", "issue", number)
    assert balances(wallets) == {
        RECEIVABLE: "103.55 SGD",
        BILLED: "-50 SGD",
        DEFERRED: "-30 SGD",
        SALES: "-25 SGD",
        DISCOUNTS: "10 SGD",
        TAX: "-8.55 SGD",
    }
    wallets.done("payment", "receive", number)
    wallets.done("entitlement", "consume", "acme", "PLACEMENT", "1")
    assert balances(wallets)["Income:SG:Placement"] == "-50 SGD"


def test_free_credits_after_tax_lower_what_is_held_by_its_net_share(wallets: Shell) -> None:
    """The tax is owed all the same; what is not earned yet is less, by 100/109 of what the credits settle."""
    after_tax(wallets)
    free(wallets, "70")
    number = sell(wallets, "placement-credit", "1", "plan", "1", "handbook", "1")
    wallets.done("credit", "apply", number, "--line", "1", "--amount", "40.00 SGD")
    wallets.done("credit", "apply", number, "--line", "2", "--amount", "20.00 SGD")
    before = balances(wallets)
    assert before == {
        RECEIVABLE: "119.85 SGD",
        BILLED: "-53.3 SGD",
        DEFERRED: "-31.65 SGD",
        SALES: "-25 SGD",
        DISCOUNTS: "4.95 SGD",
        TAX: "-14.85 SGD",
        FREE: "-10 CREDIT",
    }
    wallets.done("credit", "apply", number, "--line", "3")
    assert moved(wallets, before) == {RECEIVABLE: "109.85 SGD", DISCOUNTS: "14.95 SGD", FREE: ""}
    wallets.done("payment", "receive", number)
    wallets.done("entitlement", "consume", "acme", "PLACEMENT", "1")
    assert balances(wallets)["Income:SG:Placement"] == "-53.3 SGD"


def test_several_invoices_are_issued_with_the_credits_that_there_are(wallets: Shell) -> None:
    """In the order given; none is no error, nor is a top-up, nor another customer without any."""
    top_up(wallets, "30")
    free(wallets, "5")
    for customer, items in (
        ("acme", ("handbook", "1")),
        ("acme", ("handbook", "1")),
        ("acme", ("top-up", "10")),
        ("quote", ("handbook", "1")),
    ):
        sell(wallets, *items, customer=customer, issue=False)
    words = ("invoice", "issue", TWO, ONE, THREE, FOUR, "--apply-credits", "--idempotency-key", "january")
    said = wallets.done(*words)
    assert [line.rpartition(", ")[2] for line in said.out.splitlines()[:2]] == ["21.80 SGD: paid.", "due 2026-02-10."]
    assert "  APP-2: 21.8 CREDIT pay 21.80 SGD" in said.out
    assert f"  APP-3: 8.2 CREDIT pay 8.20 SGD of {ONE}" in said.out
    assert invoice(wallets, ONE)["owed"] == "19.05 SGD"
    assert "was done already" in wallets.done(*words).out
    number = sell(wallets, "handbook", "1", customer="quote", issue=False)
    assert wallets.done("invoice", "issue", number, "--apply-credits").out.endswith("No credits could be used.\n")


def test_an_invoice_that_free_credits_pay_whole_is_paid_by_its_issue(wallets: Shell) -> None:
    free(wallets, "100")
    number = sell(wallets, "placement-credit", "1", issue=False)
    said = wallets.done("invoice", "issue", number, "--apply-credits")
    assert "0.00 SGD: nothing to pay, so it is paid; posted: 1 PLACEMENT." in said.out
    assert balances(wallets) == {FREE: "-10 CREDIT", "Liabilities:SG:Entitlements:Acme:Placement": "-1 PLACEMENT"}


def test_an_application_is_given_back_to_the_lots_last_first(wallets: Shell) -> None:
    """A part, then all; what was used last goes back first, and once."""
    top_up(wallets, "20")
    top_up(wallets, "20", "--price", "10.00 SGD")
    number = sell(wallets, "handbook", "1")
    wallets.done("credit", "apply", number)
    before = balances(wallets)
    said = wallets.done("credit", "reverse", "APP-1", "--amount", "10.00 SGD", "--reason", "too\nmuch")
    assert said.out == (
        "Gave back APP-1 to acme.\n"
        f"  APP-1: 10 CREDIT went back from {number}: 7.25 of GRANT-2, 2.75 of GRANT-1\n"
        f"  {number} is partially paid, 10.00 SGD owed.\n"
        f"Next: billing-beans credit apply {number}, or billing-beans credit balance acme\n"
    )
    assert moved(wallets, before) == {
        RECEIVABLE: "10 SGD",
        DISCOUNTS: "",
        PAID: "-22.75 CREDIT at -12.75 SGD",
    }
    said = wallets.refused("credit", "reverse", "APP-1", "--amount", "17.26 SGD", "--reason", "x")
    assert "APP-1 stands for 17.25 SGD, and 17.26 SGD were to go back." in said
    wallets.done("credit", "reverse", "APP-1", "--reason", "meant for another")
    assert balances(wallets)[PAID] == "-40 CREDIT at -30 SGD"
    assert "Everything of APP-1 went back already." in wallets.refused("credit", "reverse", "APP-1", "--reason", "x")
    assert "credits APP-1" in wallets.done("invoice", "show", number).out


def test_a_discount_of_a_draft_is_given_back_and_it_is_dearer_again(wallets: Shell) -> None:
    free(wallets, "10")
    number = sell(wallets, "handbook", "1", issue=False)
    wallets.done("credit", "apply", number)
    said = wallets.done("credit", "reverse", "APP-1", "--reason", "not yet")
    assert "  subtotal 25.00   tax 2.25   total 27.25 SGD" in said.out
    assert wallet(wallets)["available"] == "10"
    wallets.done("credit", "apply", number)
    wallets.done("invoice", "issue", number)
    said = wallets.refused("credit", "reverse", "APP-2", "--reason", "x")
    assert f"Instead: billing-beans invoice credit {number} --reason ... gives the credits back" in said


def test_a_line_of_an_application_is_given_back_by_itself(wallets: Shell) -> None:
    after_tax(wallets)
    free(wallets, "100")
    number = sell(wallets, "handbook", "1", "poster", "2")
    wallets.done("credit", "apply", number)
    said = wallets.done("credit", "reverse", "APP-1", "--line", "1", "--reason", "the books came late")
    assert "27.25 of GRANT-1 for line 1" in said.out
    again = wallets.refused("credit", "reverse", "APP-1", "--line", "1", "--reason", "x")
    assert "Everything of APP-1 on line 1 went back already." in again
    never = wallets.refused("credit", "reverse", "APP-1", "--line", "7", "--reason", "x", status=2)
    assert f"APP-1 used nothing for line 7 of {number}." in never


@pytest.mark.parametrize(
    ("returns", "words", "left", "breakage"),
    [
        ("expire", "20 CREDIT of GRANT-1 had expired and are written off, 18.00 SGD of breakage", "0", "-18 SGD"),
        ("renew", "20 CREDIT of GRANT-1 had expired meanwhile, and go on as GRANT-2 until 2026-02-10", "20", None),
    ],
)
def test_what_comes_back_to_an_expired_grant_goes_as_the_book_says(
    wallets: Shell, returns: str, words: str, left: str, breakage: str | None
) -> None:
    """Reversal, with what to do about a lot that has expired meanwhile as a policy."""
    wallets.done("book", "policy", "credit-returns", returns, "--date", "2026-01-01")
    top_up(wallets, "50", "--price", "45.00 SGD", "--until", "2026-01-20")
    number = sell(wallets, "handbook", "4")
    wallets.done("credit", "apply", number)
    wallets.at("2026-02-01T02:00:00Z")
    said = wallets.done("credit", "reverse", "APP-1", "--amount", "20.00 SGD", "--reason", "x")
    assert f"  {words}\n" in said.out
    assert wallet(wallets)["available"] == left
    assert balances(wallets).get("Income:SG:Breakage") == breakage
    assert "20.00 SGD owed" not in said.out
    assert f"{number} is partially paid, 79.00 SGD owed." in said.out


def test_an_edit_of_what_was_lowered_gives_the_credits_back(wallets: Shell) -> None:
    free(wallets, "10")
    number = sell(wallets, "handbook", "1", issue=False)
    wallets.done("credit", "apply", number)
    said = wallets.done("invoice", "edit", number, "--quantity", "1=2")
    assert said.out.endswith(
        f"  APP-1: 10 CREDIT went back from {number}: 10 of GRANT-1 for line 1\n"
        "  What they lowered was edited; to use them again:\n"
        f"Next: billing-beans credit apply {number}\n"
    )
    assert wallet(wallets)["available"] == "10"
    wallets.done("credit", "apply", number)
    assert "went back" not in wallets.done("invoice", "edit", number, "--notes", "PO 4711").out
    assert invoice(wallets, number)["total"] == "43.60 SGD"


def test_credits_of_another_seller_customer_or_currency_pay_nothing(wallets: Shell) -> None:
    with_second_seller(wallets)
    free(wallets, "5", "--seller", "de")
    top_up(wallets, "5", unit="CREDIT-USD")
    free(wallets, "5", customer="bolt", unit="CREDIT-EUR")
    number = sell(wallets, "handbook", "1", issue=False)
    said = wallets.refused("credit", "apply", number)
    assert "of the invoice's own legal entity and currency" in said
    assert "acme has no free credits" in wallets.refused("credit", "apply", number, "--unit", "CREDIT-USD")
    wallets.done("invoice", "issue", number)
    assert "acme has no paid credits" in wallets.refused("credit", "apply", number)
    other = sell(wallets, "buch", "1", customer="bolt", issue=False)
    assert "5 CREDIT-EUR take 5.00 EUR off" in wallets.done("credit", "apply", other).out


def test_several_kinds_of_one_currency_pay_together(wallets: Shell) -> None:
    top_up(wallets, "100", unit="CREDIT-CALL")
    top_up(wallets, "10", unit="CREDIT-USD")
    number = sell(wallets, "handbook", "1", currency="USD")
    wallets.done("credit", "apply", number, "--unit", "CREDIT-USD", "--amount", "1.00 USD")
    said = wallets.done("credit", "apply", number)
    assert "100 CREDIT-CALL pay 3.00 USD" in said.out
    assert "9 CREDIT-USD pay 9.00 USD" in said.out
    assert invoice(wallets, number)["owed"] == "7.71 USD"


def test_what_has_expired_is_written_off_before_others_are_used(wallets: Shell) -> None:
    """W7, at evaluation."""
    top_up(wallets, "10", "--until", "2026-01-15")
    top_up(wallets, "10")
    number = sell(wallets, "handbook", "1")
    wallets.at("2026-01-20T02:00:00Z")
    said = wallets.done("credit", "apply", number)
    assert "  10 CREDIT of GRANT-1 had expired and are written off, 10.00 SGD of breakage\n" in said.out
    assert ": 10 of GRANT-2\n" in said.out
    assert grant(wallets, "GRANT-1")["expired"] == "10"


def test_a_dry_run_a_key_and_a_closed_period(wallets: Shell) -> None:
    top_up(wallets, "100", "--date", "2026-01-05")
    number = sell(wallets, "handbook", "1", issue=False)
    wallets.done("invoice", "issue", number)
    before = wallets.files()
    assert "credit-applied" in wallets.done("credit", "apply", number, "--dry-run").out
    assert wallets.files() == before
    words = ("credit", "apply", number, "--amount", "5.00 SGD", "--idempotency-key", "k")
    wallets.done(*words)
    assert "was done already (credit-applied APP-1" in wallets.done(*words).out
    assert wallet(wallets)["available"] == "95"
    wallets.at("2026-01-12T02:00:00Z")
    wallets.done("period", "close", "2026-01-11")
    assert "closed" in wallets.refused("credit", "apply", number, "--date", "2026-01-11")
    wallets.done("credit", "apply", number)
    assert invoice(wallets, number)["status"] == "paid"


REFUSED_ON_A_DRAFT = [
    (("NOPE",), 1, "There is no invoice NOPE"),
    (("",), 2, "INVOICE is empty"),
    ((ONE, "--paid"), 1, f"{ONE} is a draft: nothing is owed on it yet"),
    ((ONE, "--paid", "--free"), 2, "--paid and --free leave no credits"),
    ((ONE, "--line", "2"), 2, f"{ONE} has no line 2"),
    ((ONE, "--line", "-1"), 2, f"{ONE} has no line -1"),
    ((ONE, "--line", "x"), 2, "'x' is not a valid integer"),
    ((ONE, "--amount", "109.00 SGD"), 1, "109.00 SGD were to be paid of"),
    ((ONE, "--amount", "0.00 SGD"), 2, "0.00 SGD can't be paid"),
    ((ONE, "--amount", "-1.00 SGD"), 2, "-1.00 SGD can't be paid"),
    ((ONE, "--amount", "1.005 SGD"), 2, "more decimals than SGD"),
    ((ONE, "--amount", "1.00 USD"), 2, "1.00 USD can't be paid of"),
    ((ONE, "--unit", "CREDIT-NONE"), 1, "There are no credits called CREDIT-NONE"),
    ((ONE, "--date", "2026-01-05"), 1, "acme has no free credits"),
    ((TWO,), 1, "credits don't buy credits"),
    ((THREE,), 1, "quote has no free credits"),
]


def test_what_can_not_be_applied_is_refused(kinds: Shell) -> None:
    top_up(kinds, "100")
    free(kinds, "10")
    sell(kinds, "handbook", "4", issue=False)
    sell(kinds, "top-up", "10", issue=False)
    sell(kinds, "handbook", "1", customer="quote", issue=False)
    for words, status, expected in REFUSED_ON_A_DRAFT:
        assert expected in kinds.refused("credit", "apply", *words, status=status), words
    kinds.done("invoice", "issue", ONE)
    said = kinds.refused("credit", "apply", ONE, "--free")
    assert "billing-beans book policy credit-discounts after-tax" in said
    said = kinds.refused("credit", "apply", ONE, "--amount", "109.01 SGD")
    assert "109.01 SGD were to be paid of SG-2026-00001, and 109.00 can be." in said
    kinds.done("credit", "apply", ONE, "--amount", "50.00 SGD")
    for words, status, expected in (
        (("NOPE", "--reason", "x"), 1, "There is no application NOPE"),
        (("APP-1",), 2, "Missing option '--reason'"),
        (("APP-1", "--reason", ""), 1, "Instead: say with --reason why"),
        (("APP-1", "--reason", " \n"), 1, "is given back without a reason"),
        (("APP-1", "--reason", "x", "--amount", "0.00 SGD"), 2, "0.00 SGD can't be paid with credits"),
        (("APP-1", "--reason", "x", "--amount", "5.00 USD"), 2, "give an amount in SGD"),
        (("APP-1", "--reason", "x", "--amount", "50.01 SGD"), 1, "APP-1 stands for 50.00 SGD"),
        (("APP-1", "--reason", "x", "--date", "2026-01-10"), 1, "Instead: give a later --date"),
    ):
        assert expected in kinds.refused("credit", "reverse", *words, status=status), words
