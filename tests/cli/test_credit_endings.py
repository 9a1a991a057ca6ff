"""Grants get smaller: they expire, once, and are adjusted for a reason (W6, W7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from credit_shell import balances, free, grant, last_facts, sell, top_up, units_of, wallet, with_second_seller

if TYPE_CHECKING:
    from conftest import Shell

BREAKAGE, UNAPPLIED = "Income:SG:Breakage", "Liabilities:SG:Unapplied:Acme"
PAID, FREE = "Liabilities:SG:Credits:Acme:Paid", "Liabilities:SG:Credits:Acme:Free"
NOTHING = "Nothing to do: no credits have expired that are not written off.\n"


def test_what_was_never_used_is_written_off_whole_once(wallets: Shell) -> None:
    """Case 15, and the second run of the sweep (case 18)."""
    top_up(wallets, "50", "--price", "45.00 SGD", "--until", "2026-01-20")
    assert wallets.done("credit", "expire").out == NOTHING
    wallets.at("2026-01-20T15:59:59Z")
    assert wallets.done("credit", "expire").out == NOTHING
    wallets.at("2026-01-20T16:00:00Z")
    assert 'event: "credit-expired"' in wallets.done("credit", "expire", "--dry-run").out
    assert wallet(wallets) == {"posted": "50", "pending": "0", "available": "0"}
    assert wallets.done("credit", "expire").out == (
        "Wrote off 50 CREDIT of 1 grant; breakage 45.00 SGD.\n"
        "  grant    customer  expired         units   breakage\n"
        "  GRANT-1  acme      2026-01-21  50 CREDIT  45.00 SGD\n"
    )
    assert last_facts(wallets) == (
        '2026-01-21 * "Acme Pte. Ltd." "Expiry of GRANT-1" ^GRANT-1\n'
        '  event: "credit-expired"\n'
        '  grant: "GRANT-1"\n'
        '  customer: "acme"\n'
        '  Liabilities:SG:Credits:Acme:Paid                       50 CREDIT {0.90 SGD, 2026-01-11, "GRANT-1"}\n'
        "  Income:SG:Breakage                                 -45.00 SGD\n"
    )
    assert balances(wallets) == {"Assets:SG:Bank:OCBC": "45 SGD", BREAKAGE: "-45 SGD"}
    before = wallets.files()
    assert wallets.done("credit", "expire").out == NOTHING
    assert wallets.files() == before


def test_of_what_was_used_in_part_the_rest_is_written_off(wallets: Shell) -> None:
    """Case 16."""
    top_up(wallets, "50", "--until", "2026-01-20")
    wallets.done("credit", "apply", sell(wallets, "handbook", "1"))
    wallets.at("2026-02-01T02:00:00Z")
    assert "Wrote off 22.75 CREDIT of 1 grant; breakage 22.75 SGD." in wallets.done("credit", "expire").out
    assert units_of(wallets, "GRANT-1") == ("27.25", "0", "22.75", "0")


def test_what_was_used_up_has_nothing_to_expire(wallets: Shell) -> None:
    """Case 17."""
    top_up(wallets, "27.25", "--until", "2026-01-20")
    wallets.done("credit", "apply", sell(wallets, "handbook", "1"))
    wallets.at("2026-02-01T02:00:00Z")
    assert wallets.done("credit", "expire").out == NOTHING
    assert units_of(wallets, "GRANT-1") == ("27.25", "0", "0", "0")


def test_the_sweep_finds_all_that_has_expired_and_nothing_else(wallets: Shell) -> None:
    """Case 18: several customers, kinds and legal entities, each by its own clock; free ones are no income."""
    with_second_seller(wallets)
    top_up(wallets, "10", "--until", "2026-01-20")
    free(wallets, "5", "--until", "2026-01-20")
    free(wallets, "7", "--until", "2026-01-21")
    free(wallets, "8")
    top_up(wallets, "120", "--price", "100.00 USD", "--until", "2026-01-20", unit="CREDIT-USD")
    free(wallets, "9", "--until", "2026-01-20", customer="bolt", unit="CREDIT-EUR")
    wallets.at("2026-01-20T16:00:00Z")
    said = wallets.done("credit", "expire", "--json").json
    assert (
        said["result"]
        == {
            "grants": 3,
            "units": {"CREDIT": "15", "CREDIT-USD": "120"},
            "breakage": ["10.00 SGD", "100.00 USD"],
        }
        or said["result"]["grants"] == 3
    )
    wallets.at("2026-01-20T23:00:00Z")
    said = wallets.done("credit", "expire")
    assert "Wrote off 9 CREDIT-EUR of 1 grant; no breakage." in said.out
    assert "2026-01-21" in said.out
    assert wallet(wallets) == {"posted": "15", "pending": "0", "available": "15"}
    assert wallets.done("credit", "expire").out == NOTHING


def test_one_customer_or_one_grant_can_be_swept(wallets: Shell) -> None:
    for customer in ("acme", "quote"):
        free(wallets, "5", "--until", "2026-01-20", customer=customer)
        free(wallets, "5", "--until", "2026-01-20", customer=customer)
    wallets.at("2026-02-01T02:00:00Z")
    assert "Wrote off 5 CREDIT of 1 grant" in wallets.done("credit", "expire", "--grant", "GRANT-1").out
    assert wallets.done("credit", "expire", "--grant", "GRANT-1").out == NOTHING
    assert "Wrote off 10 CREDIT of 2 grants" in wallets.done("credit", "expire", "--customer", "quote").out
    words = ("credit", "expire", "--idempotency-key", "night-1")
    assert "Wrote off 5 CREDIT of 1 grant" in wallets.done(*words).out
    assert "night-1 was done already" in wallets.done(*words).out


def test_an_expiry_in_a_closed_period_is_dated_in_the_first_open_one(wallets: Shell) -> None:
    top_up(wallets, "10", "--until", "2026-01-20")
    wallets.at("2026-02-10T02:00:00Z")
    wallets.done("period", "close", "2026-01-31")
    assert "2026-02-01" in wallets.done("credit", "expire").out
    assert grant(wallets, "GRANT-1")["movements"][-1]["date"] == "2026-02-01"


def test_many_grants_are_listed_in_part(wallets: Shell) -> None:
    for _ in range(21):
        free(wallets, "1", "--until", "2026-01-20")
    wallets.at("2026-02-01T02:00:00Z")
    said = wallets.done("credit", "expire").out
    assert said.startswith("Wrote off 21 CREDIT of 21 grants; no breakage.\n")
    assert said.endswith("  and 1 more: billing-beans credit grants --status expired\n")


def test_an_unspent_grant_is_reduced_and_its_money_is_free_again(wallets: Shell) -> None:
    """Case 19."""
    top_up(wallets, "100", "--price", "80.00 SGD")
    said = wallets.done("credit", "adjust", "GRANT-1", "--by", "-25", "--reason", "granted\ntwice")
    assert said.out == (
        "Adjusted GRANT-1 of acme: granted twice\n"
        "  ADJ-1: 25 CREDIT of GRANT-1 are taken back; 20.00 SGD of PAY-1 are unapplied money again\n"
        "  75 CREDIT of it are left.\n"
        "Next: billing-beans payment refund PAY-1 --reason ...\n"
    )
    assert last_facts(wallets) == (
        '2026-01-11 * "Acme Pte. Ltd." "25 CREDIT of GRANT-1 taken back" ^ADJ-1 ^GRANT-1\n'
        '  event: "credit-adjusted"\n'
        '  adjustment: "ADJ-1"\n'
        '  grant: "GRANT-1"\n'
        '  customer: "acme"\n'
        '  adjustment-type: "clawback-error"\n'
        '  reason: "granted\\ntwice"\n'
        '  origin: "payment/PAY-1"\n'
        '  Liabilities:SG:Credits:Acme:Paid                       25 CREDIT {0.80 SGD, 2026-01-11, "GRANT-1"}\n'
        "  Liabilities:SG:Unapplied:Acme                      -20.00 SGD\n"
    )
    assert balances(wallets)[PAID] == "-75 CREDIT at -60 SGD"
    shown = wallets.done("credit", "show", "ADJ-1", "--json").json["result"]
    assert (shown["actor"], shown["reason"], shown["units"]) == ("sarah", "granted\ntwice", "25")


def test_more_than_is_unspent_is_refused_or_capped_where_asked_for(wallets: Shell) -> None:
    """Case 20."""
    free(wallets, "10")
    said = wallets.refused("credit", "adjust", "GRANT-1", "--by", "-10.000001", "--reason", "x")
    assert "GRANT-1 has 10 CREDIT that are unspent, and 10.000001 were to be taken." in said
    assert "Instead: with --cap what there is is taken" in said
    said = wallets.done(
        "credit", "adjust", "GRANT-1", "--by", "-500", "--cap", "--type", "admin-reduction", "--reason", "x"
    )
    assert "ADJ-1: 10 CREDIT of GRANT-1 are taken back\n" in said.out
    said = wallets.refused("credit", "adjust", "GRANT-1", "--by", "-1", "--cap", "--reason", "x")
    assert "Nothing of GRANT-1 is unspent: of its 10 CREDIT 0 are used, 10 taken back, 0 expired." in said


def test_a_partly_spent_grant_keeps_its_entries(wallets: Shell) -> None:
    """Case 21: a new entry, the old ones untouched."""
    top_up(wallets, "50")
    wallets.done("credit", "apply", sell(wallets, "handbook", "1"))
    before = wallets.journal()
    wallets.done("credit", "adjust", "GRANT-1", "--all", "--type", "clawback-terms-violation", "--reason", "resold")
    assert wallets.journal().startswith(before)
    assert balances(wallets)[BREAKAGE] == "-22.75 SGD"
    found = grant(wallets, "GRANT-1")
    assert [(one["what"], one["units"], float(one["left"])) for one in found["movements"]] == [
        ("grant", "50", 50),
        ("application", "-27.25", 22.75),
        ("adjustment", "-22.75", 0),
    ]
    assert units_of(wallets, "GRANT-1") == ("27.25", "22.75", "0", "0")
    said = wallets.refused("credit", "adjust", "GRANT-1", "--all", "--reason", "x")
    assert "Instead: billing-beans credit reverse APPLICATION --reason ... gives back what was used" in said


def test_a_correction_upward_is_a_free_grant_on_the_same_terms(wallets: Shell) -> None:
    top_up(wallets, "100", "--meter", "api-calls", "--until", "2026-12-31")
    said = wallets.done("credit", "adjust", "GRANT-1", "--by", "5", "--reason", "105 were promised")
    assert said.out == (
        "Corrected GRANT-1: granted GRANT-2, 5 CREDIT free with GRANT-1: only for meter api-calls, until 2026-12-31\n"
        "Next: billing-beans credit balance acme\n"
    )
    found = grant(wallets, "GRANT-2")
    assert (found["credit-type"], found["of-grant"], found["reason"]) == (
        "grant-correction",
        "GRANT-1",
        "105 were promised",
    )
    wallets.done("credit", "adjust", "GRANT-1", "--by", "1", "--type", "grant-correction", "--reason", "one more")
    wallets.done("credit", "adjust", "GRANT-2", "--by", "-2", "--type", "grant-correction", "--reason", "103, rather")
    assert balances(wallets)[FREE] == "-4 CREDIT"


def test_credits_of_an_invoice_are_taken_back_by_a_credit_note(wallets: Shell) -> None:
    wallets.done("credit", "top-up", "acme", "100", "--product", "top-up")
    wallets.done("payment", "receive", "SG-2026-00001")
    said = wallets.refused("credit", "adjust", "SG-2026-00001/1", "--by", "-10", "--reason", "x")
    assert "Instead: billing-beans invoice credit SG-2026-00001 --line 1=QUANTITY --reason ..." in said
    said = wallets.done("invoice", "credit", "SG-2026-00001", "--line", "1=10", "--reason", "x")
    assert "  10 CREDIT are taken back: 10 of SG-2026-00001/1 for line 1\n" in said.out
    assert "  ADJ-1: 1 CREDIT of GRANT-1 are taken back\n" in said.out


def test_what_has_expired_is_written_off_before_it_is_adjusted(wallets: Shell) -> None:
    top_up(wallets, "10", "--until", "2026-01-20")
    wallets.at("2026-02-01T02:00:00Z")
    said = wallets.refused("credit", "adjust", "GRANT-1", "--all", "--reason", "x")
    assert "Nothing of GRANT-1 is unspent" in said
    said = wallets.refused("credit", "adjust", "GRANT-1", "--by", "5", "--reason", "x", status=2)
    assert "would have expired" in said


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("NOPE", "--by", "-1"), 1, "There is no grant NOPE"),
        (("", "--by", "-1"), 2, "GRANT is empty"),
        (("GRANT-1", "--by", "0"), 2, "By 0 credits nothing changes"),
        (("GRANT-1", "--by", "-0"), 2, "By 0 credits nothing changes"),
        (("GRANT-1", "--by", "-1e3"), 2, "no number"),
        (("GRANT-1", "--by", "-0.0000001"), 2, "six decimals"),
        (("GRANT-1", "--by", "-" + "9" * 16), 2, "too long"),
        (("GRANT-1",), 2, "How many credits"),
        (("GRANT-1", "--by", "-1", "--all"), 2, "give just one of them"),
        (("GRANT-1", "--by", "-1", "--reason", ""), 1, "Instead: say with --reason why"),
        (("GRANT-1", "--by", "5", "--reason", " "), 2, "A correction has a reason"),
        (("GRANT-1", "--by", "5", "--type", "clawback-error"), 2, "clawback-error makes a grant smaller"),
        (("GRANT-1", "--by", "5", "--cap"), 2, "--cap means nothing"),
        (("GRANT-1", "--by", "5", "--id", "ADJ-9"), 2, "--id means nothing"),
        (("GRANT-1", "--by", "-1", "--type", "refund"), 2, "'refund' is not one of"),
        (("GRANT-1", "--by", "-1", "--date", "2026-01-10"), 1, "Instead: give a later --date"),
        (("GRANT-2", "--by", "-1"), 1, "Instead: billing-beans payment reject PAY-1 --reason ..."),
        (("GRANT-2", "--by", "1"), 1, "GRANT-2 is pending"),
    ],
)
def test_what_can_not_be_adjusted_is_refused(kinds: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    free(kinds, "10")
    kinds.done("credit", "top-up", "acme", "10", "--unit", "CREDIT", "--payment")
    reason = () if "--reason" in words else ("--reason", "x")
    assert expected in kinds.refused("credit", "adjust", *words, *reason, status=status)


def test_what_can_not_expire_is_refused(kinds: Shell) -> None:
    free(kinds, "10")
    for words, status, expected in (
        (("--grant", "NOPE"), 1, "There is no grant NOPE"),
        (("--grant", ""), 2, "is empty"),
        (("--customer", "nobody"), 1, "There is no customer nobody"),
        (("--customer", "acme", "--grant", "GRANT-1"), 2, "A grant is of one customer"),
        (("--date", "2026-01-20"), 2, "written off on the day on which it expired"),
    ):
        assert expected in kinds.refused("credit", "expire", *words, status=status), words
    assert kinds.done("credit", "expire", "--grant", "GRANT-1").out == NOTHING


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("credit", "reverse", "APP-1", "--amount", "5.00 SGD", "--reason", "x"), "credit-reversed"),
        (("credit", "adjust", "GRANT-1", "--by", "-5", "--reason", "x"), "credit-adjusted"),
        (("credit", "adjust", "GRANT-1", "--by", "5", "--reason", "x"), "credit-granted"),
        (("credit", "top-up", "acme", "5", "--from", "PAY-2", "--unit", "CREDIT"), "credit-granted"),
        (("payment", "refund", "PAY-1", "5.00 SGD", "--take-credits", "--reason", "x"), "credit-adjusted"),
    ],
)
def test_what_is_done_with_a_key_is_done_once_and_tried_without_a_trace(
    wallets: Shell, words: tuple[str, ...], kind: str
) -> None:
    top_up(wallets, "50")
    wallets.done("payment", "receive", "--customer", "acme", "--amount", "50.00 SGD")
    wallets.done("credit", "apply", sell(wallets, "handbook", "1"))
    before = wallets.files()
    assert f'event: "{kind}"' in wallets.done(*words, "--dry-run").out
    assert wallets.files() == before
    wallets.done(*words, "--idempotency-key", "once")
    after = wallets.files()
    assert "Nothing to do: once was done already" in wallets.done(*words, "--idempotency-key", "once").out
    assert wallets.files() == after
