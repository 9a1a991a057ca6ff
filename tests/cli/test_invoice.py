"""`billing-beans invoice`: draft, edit, issue, void, show, list (I1 to I5, I8, I10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from beancount import loader
from beginnings import beginning

if TYPE_CHECKING:
    from conftest import Shell

# --- Draft ---------------------------------------------------------------------------------------------------------


def test_a_draft_reads_as_the_manual_says(shell: Shell) -> None:
    said = shell.done("invoice", "draft", "acme", "placement-credit", "10")
    assert said.out == (
        "Drafted SG-2026-00001 for Acme Pte. Ltd.\n"
        "  10 x Placement credits   90.00   900.00   GST 9 %   (agreement AG-1 instead of 100.00)\n"
        "  subtotal 900.00   tax 81.00   total 981.00 SGD   due 2026-02-10\n"
        "Next: billing-beans invoice issue SG-2026-00001\n"
    )


def test_a_gig_sale_is_principal_and_fee_at_the_agreed_rate(shell: Shell) -> None:
    said = shell.done("invoice", "draft", "acme", "gig-credit", "10")
    assert "10 x Gig credits, principal      20.00   200.00   SG-EXEMPT 0 %" in said.out
    assert "(15 % of line 1, agreement AG-1 instead of 18 %)" in said.out
    assert "total 232.70 SGD" in said.out


def test_several_products_with_prices_and_words_of_their_own(shell: Shell) -> None:
    words = (
        "poster",
        "3",
        "handbook",
        "2",
        "--unit-price",
        "handbook=20.00 SGD",
        "--description",
        'poster=A "big" one',
    )
    said = shell.done("invoice", "draft", "acme", *words, "--notes", "PO 4711", "--due", "2026-01-31")
    assert '3 x A "big" one    9.99   26.97   GST 9 %   (less 3.00, agreement AG-1)' in said.out
    assert "2 x Handbook      20.00   40.00   GST 9 %   (price given by hand)" in said.out
    assert 'notes: "PO 4711"' in shell.journal()
    assert "due: 2026-01-31" in shell.journal()


def test_the_currency_chooses_the_profile_and_the_price(shell: Shell) -> None:
    said = shell.done("invoice", "draft", "acme", "handbook", "2", "--currency", "usd")
    assert "total 41.42 USD" in said.out


def test_a_hostile_name_is_written_and_shown_and_bean_check_is_content(shell: Shell) -> None:
    said = shell.done("invoice", "draft", "quote", "handbook", "1")
    assert said.out.startswith('Drafted SG-2026-00001 for Q}"ote & <b>Söhne</b> 株式会社 =1+1 [red]\n')
    shell.done("invoice", "issue", "SG-2026-00001")
    assert "[red]" in shell.done("invoice", "show", "SG-2026-00001").out
    _entries, errors, _options = loader.load_file(str(shell.root / "main.beancount"))
    assert errors == []


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("acme", "handbook", "0"), 2, "must be above zero"),
        (("acme", "handbook", "-5"), 2, "-5; it must be above zero"),
        (("acme", "handbook", "1,5"), 2, "did you mean 1.5?"),
        (("acme", "handbook", "ten"), 2, "no number"),
        (("acme", "handbook", "9" * 16), 2, "too long"),
        (("acme", "handbook", ""), 2, "There is no number"),
        (("acme", "", "1"), 2, "A product is empty"),
        (("", "handbook", "1"), 2, "CUSTOMER is empty"),
        (("acme", "handbook", "1", "--due", ""), 2, "no date"),
        (("acme", "handbook"), 2, "'handbook' has no quantity"),
        (("acme",), 2, "Missing argument"),
        (("acme", "handbok", "1"), 1, "There is no product handbok"),
        (("nobody", "handbook", "1"), 1, "There is no customer nobody"),
        (('a"}b', "handbook", "1"), 1, 'There is no customer a"}b'),
        (("acme", "handbook", "1", "--currency", "EUR"), 1, "no bill-to profile in EUR"),
        (("acme", "placement-credit", "1", "--currency", "USD"), 1, "AG-1 prices placement-credit in SGD"),
        (("acme", "handbook", "1", "--agreement", "AG-9"), 1, "no agreement AG-9"),
        (("quote", "placement-credit", "1"), 1, "no agreement that is active"),
        (("acme", "handbook", "1", "--seller", "us"), 1, "no legal entity us"),
        (("acme", "handbook", "1", "--due", "2026-01-10"), 2, "before its date"),
        (("acme", "handbook", "1", "--due", "31.01.2026"), 2, "no date"),
        (("acme", "handbook", "1", "--due", "2026-02-30"), 2, "There is no day"),
        (("acme", "handbook", "1", "--unit-price", "poster=1.00 SGD"), 2, "'poster' is not on this invoice"),
        (("acme", "handbook", "1", "--unit-price", "handbook"), 2, "names no price"),
        (("acme", "handbook", "1", "--unit-price", "handbook=1,00 SGD"), 2, "did you mean 1.00 SGD?"),
        (("acme", "handbook", "1", "--unit-price", "handbook=1.00 USD"), 2, "must be in SGD"),
        (("acme", "handbook", "1", "--unit-price", "handbook=-1.00 SGD"), 2, "not below zero"),
        (("acme", "handbook", "1", *("--unit-price", "handbook=1 SGD") * 2), 2, "is given twice"),
        (("acme", "handbook", "1", "--description", "handbook="), 2, "names no description"),
        (("acme", "handbook", "1", "--notes", "bell \x07"), 2, "can't be written to a ledger"),
        (("acme", "gig-credit", "1", "handbook", "1"), 1, "gig credits by themselves"),
        (("acme", "handbook", "1", "--unitprice", "handbook=1 SGD"), 2, "No such option"),
        (("--date", "2025-12-31", "acme", "handbook", "1"), 1, "2025-12-31"),
    ],
)
def test_what_can_not_be_drafted_is_refused(shell: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    assert expected in shell.refused("invoice", "draft", *words, status=status)


# --- Edit ----------------------------------------------------------------------------------------------------------


def test_an_edit_is_the_next_revision_whole_and_reckoned_again(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "poster", "1", "handbook", "2")
    before = shell.journal()
    said = shell.done(
        *("invoice", "edit", "SG-2026-00001", "--quantity", "1=100", "--remove", "2", "--add", "handbook 1"),
        *("--due", "2026-03-01", "--notes", "PO 1", "--description", "1=Big posters", "--bill-to-attention", ""),
        *("--bill-to-name", 'New "Name" }', "--bill-to-email", "x@acme.example", "--bill-to-address", "Elsewhere"),
    )
    assert "Edited SG-2026-00001, revision 2; it was 64.30 SGD" in said.out
    assert "100 x Big posters    9.99   899.10   GST 9 %   (less 99.90, agreement AG-1)" in said.out
    assert "subtotal 924.10   tax 83.17   total 1007.27 SGD   due 2026-03-01" in said.out
    assert shell.journal().startswith(before), "the first revision stays as it was"
    revision = shell.journal()[len(before) :]
    assert 'bill-to-name: "New \\"Name\\" }"' in revision
    assert "bill-to-attention" not in revision
    assert 'invoice-line" "SG-2026-00001" 2' in revision
    assert shell.done("invoice", "issue", "SG-2026-00001").status == 0


def test_a_line_that_is_not_touched_keeps_its_price(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "2")
    with (shell.root / "setup/catalog.beancount").open("a") as catalog:
        catalog.write('2026-01-20 custom "billing" "price" "PRICE-3" "handbook"\n  unit-price: 99.00 SGD\n')
    shell.at("2026-01-21T02:00:00Z")
    said = shell.done("invoice", "edit", "SG-2026-00001", "--quantity", "1=3", "--add", "handbook 1")
    assert "3 x Handbook   25.00   75.00" in said.out
    assert "1 x Handbook   99.00   99.00" in said.out


def test_a_revision_is_taxed_at_the_rate_of_its_day(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "4")
    with (shell.root / "setup/catalog.beancount").open("a") as catalog:
        catalog.write(
            '2026-01-20 custom "billing" "tax-code" "SG-GST-9"\n  rate: 0.10\n  account: Liabilities:SG:Tax:GST\n'
        )
    shell.at("2026-01-21T02:00:00Z")
    said = shell.done("invoice", "edit", "SG-2026-00001", "--notes", "late")
    assert "revision 2; it was 109.00 SGD" in said.out
    assert "tax 10.00   total 110.00 SGD" in said.out


def test_both_gig_lines_follow_the_quantity_or_the_price_of_the_principal(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "gig-credit", "10")
    said = shell.done("invoice", "edit", "SG-2026-00001", "--quantity", "1=3")
    assert "3 x Gig credits, principal      20.00   60.00" in said.out
    assert "1 x Gig credits, platform fee    9.00    9.00" in said.out
    said = shell.done("invoice", "edit", "SG-2026-00001", "--unit-price", "1=40.00 SGD")
    assert "1 x Gig credits, platform fee   18.00    18.00" in said.out
    shell.done("invoice", "issue", "SG-2026-00001")


def test_a_gig_sale_is_removed_whole_and_replaced(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "gig-credit", "10")
    said = shell.done("invoice", "edit", "SG-2026-00001", "--remove", "1", "--remove", "2", "--add", "handbook 1")
    assert "total 27.25 SGD" in said.out


@pytest.mark.parametrize("options", [(), ("--quantity", "1=2.0", "--due", "2026-02-10", "--notes", "")])
def test_an_edit_that_changes_nothing_says_so_and_writes_nothing(shell: Shell, options: tuple[str, ...]) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "2")
    before = shell.files()
    said = shell.done("invoice", "edit", "SG-2026-00001", *options)
    assert said.out == "Nothing to do: SG-2026-00001 says all of that already.\n"
    assert "nothing would be written" in shell.done("invoice", "edit", "SG-2026-00001", *options, "--dry-run").out
    assert shell.files() == before


@pytest.mark.parametrize(
    ("number", "options", "status", "expected"),
    [
        ("SG-2026-00001", ("--remove", "1"), 1, "one of them can't be removed alone"),
        ("SG-2026-00001", ("--remove", "2"), 1, "--remove 1 --remove 2"),
        ("SG-2026-00001", ("--quantity", "2=4"), 1, "change line 1; its fee follows"),
        ("SG-2026-00001", ("--add", "handbook 1"), 1, "sells gig credits on 3 lines"),
        ("SG-2026-00002", ("--remove", "1"), 2, "would have no lines left"),
        ("SG-2026-00002", ("--remove", "7"), 2, "has no line 7; its lines are 1 to 1"),
        ("SG-2026-00002", ("--remove", "0"), 2, "has no line 0"),
        ("SG-2026-00002", ("--remove", "x"), 2, "not a valid integer"),
        ("SG-2026-00002", ("--quantity", "1=0"), 2, "to take the line away: --remove 1"),
        ("SG-2026-00002", ("--quantity", "1=-3"), 2, "would be -3"),
        ("SG-2026-00002", ("--quantity", "one=3"), 2, "'one' is no line"),
        ("SG-2026-00002", ("--quantity", "3"), 2, "names no quantity"),
        ("SG-2026-00002", ("--quantity", "1=3", "--quantity", "1=4"), 2, "is given twice"),
        ("SG-2026-00002", ("--quantity", "1=3", "--remove", "1"), 2, "can't be removed and changed"),
        ("SG-2026-00002", ("--unit-price", "1=3.00 USD"), 2, "must be in SGD"),
        ("SG-2026-00002", ("--add", "handbook"), 2, "not a product and a quantity"),
        ("SG-2026-00002", ("--add", "nothing 1"), 1, "There is no product nothing"),
        ("SG-2026-00002", ("--due", "2026-01-01"), 2, "before its date"),
        ("SG-2026-00002", ("--bill-to-name", " "), 2, "name of the bill-to can't be empty"),
        ("SG-2026-00002", ("--date", "2026-01-03", "--notes", "x"), 1, "before its draft"),
        ("SG-2026-00003", ("--notes", "x"), 1, "is issued and can't be edited"),
        ("SG-2026-00003", (), 1, "billing-beans invoice void SG-2026-00003"),
        ("SG-2026-00099", ("--notes", "x"), 1, "There is no invoice SG-2026-00099"),
    ],
)
def test_what_can_not_be_edited_is_refused(
    shell: Shell, number: str, options: tuple[str, ...], status: int, expected: str
) -> None:
    shell.done("invoice", "draft", "acme", "gig-credit", "10")
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", "SG-2026-00003")
    assert expected in shell.refused("invoice", "edit", number, *options, status=status)


# --- Issue and void ------------------------------------------------------------------------------------------------


def test_several_drafts_are_issued_in_one_act_or_none_is(shell: Shell) -> None:
    for _ in range(2):
        shell.done("invoice", "draft", "acme", "handbook", "1")
    error = shell.refused("invoice", "issue", "SG-2026-00001", "SG-2026-00009")
    assert "There is no invoice SG-2026-00009" in error
    said = shell.done("invoice", "issue", "SG-2026-00001", "SG-2026-00002", "SG-2026-00001", "--json")
    assert [one["number"] for one in said.json["result"]] == ["SG-2026-00001", "SG-2026-00002"]
    assert len({one["operation"] for one in said.json["facts"]}) == 1


def test_json_of_a_movement_has_its_postings_with_their_units(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "1")
    (fact,) = shell.done("invoice", "issue", "SG-2026-00001", "--json").json["facts"]
    assert fact["receivable"] == {
        "account": "Assets:SG:Receivable:Acme",
        "units": "27.25 SGD",
        "invoice": "SG-2026-00001",
    }
    assert [leg["units"] for leg in (*fact["lines"], *fact["taxes"])] == ["-25.00 SGD", "-2.25 SGD"]


def test_an_issue_says_what_is_owed_and_what_is_next(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "1")
    said = shell.done("invoice", "issue", "SG-2026-00001")
    assert said.out.startswith("Issued SG-2026-00001 to Acme Pte. Ltd., 27.25 SGD, due 2026-02-10.\nNext: ")
    assert "billing-beans payment submit SG-2026-00001" in said.out


def test_an_invoice_over_nothing_is_paid_and_posted_on_issue(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "placement-credit", "3", "--unit-price", "placement-credit=0 SGD")
    said = shell.done("invoice", "issue", "SG-2026-00001")
    assert "nothing to pay, so it is paid; posted: 3 PLACEMENT." in said.out


def test_a_draft_whose_due_date_has_passed_is_edited_first(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "1", "--due", "2026-01-12")
    shell.at("2026-02-01T02:00:00Z")
    error = shell.refused("invoice", "issue", "SG-2026-00001")
    assert "billing-beans invoice edit SG-2026-00001 --due DATE" in error
    shell.done("invoice", "edit", "SG-2026-00001", "--due", "2026-02-15")
    shell.done("invoice", "issue", "SG-2026-00001")


def test_an_invoice_is_issued_once(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", "SG-2026-00001")
    error = shell.refused("invoice", "issue", "SG-2026-00001")
    assert "SG-2026-00001 is issued since 2026-01-11 and can't be issued." in error
    assert "Instead: billing-beans invoice show SG-2026-00001" in error


def test_voiding_says_which_payments_lost_the_invoice(shell: Shell) -> None:
    for _ in range(2):
        shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", "SG-2026-00001", "SG-2026-00002")
    shell.done("payment", "submit", "SG-2026-00001")
    shell.done("payment", "submit", "SG-2026-00001", "SG-2026-00002")
    said = shell.done("invoice", "void", "SG-2026-00001", "--reason", 'wrong "customer"')
    assert said.out == (
        'Voided SG-2026-00001, 27.25 SGD: wrong "customer"\n'
        "  PAY-1 was submitted for it and is rejected.\n"
        "  PAY-2 is no longer meant for it; it stays submitted for SG-2026-00002.\n"
    )
    assert "void" in shell.done("invoice", "list").out


def test_a_paid_invoice_is_not_voided(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.done("payment", "submit", "SG-2026-00001")
    shell.done("payment", "verify", "PAY-1", "--actor", "fin")
    error = shell.refused("invoice", "void", "SG-2026-00001", "--reason", "wrong customer")
    what, rule, instead = error.splitlines()
    assert what == "Refused: SG-2026-00001 is paid (PAY-1, 981.00 SGD, verified 2026-01-11 by fin)."
    assert rule.startswith("Rule I5: an invoice with verified payments can't be voided")
    assert instead.startswith("Instead: billing-beans invoice credit SG-2026-00001")


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("SG-2026-00001",), 2, "--reason"),
        (("", "--reason", "x"), 2, "NUMBER is empty"),
        (("SG-2026-00001", "--reason", " "), 1, "without a reason"),
        (("SG-2026-00009", "--reason", "x"), 1, "There is no invoice SG-2026-00009"),
        (("SG-2026-00001", "--reason", "x", "--date", "2026-01-10"), 1, "before 2026-01-11"),
        (("SG-2026-00002", "--reason", "x"), 1, "is void since 2026-01-11 (first)"),
    ],
)
def test_what_can_not_be_voided_is_refused(shell: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    for _ in range(2):
        shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.done("invoice", "void", "SG-2026-00002", "--reason", "first")
    assert expected in shell.refused("invoice", "void", *words, status=status)


# --- Show and list -------------------------------------------------------------------------------------------------


def test_show_has_header_parties_lines_payments_posting_and_revisions(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "gig-credit", "10")
    shell.done("invoice", "edit", "SG-2026-00001", "--quantity", "1=3", "--actor", "mei")
    assert "not yet; when it is paid: 3 GIG, fee 9.00 deferred" in shell.done("invoice", "show", "SG-2026-00001").out
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.done("payment", "submit", "SG-2026-00001", "--reference", "FT1", "--proof", "s3://proofs/1.png")
    shell.done("payment", "verify", "PAY-1")
    out = shell.done("invoice", "show", "SG-2026-00001").out
    for words in (
        "Example Pte. Ltd. (sg), 1 Raffles Place, Singapore 048616",
        "Acme Pte. Ltd. (acme), 2 Shenton Way, Singapore 068804",
        "69.81 SGD  (subtotal 69.00, tax 0.81)",
        "posted on 2026-01-11: 3 GIG, fee 9.00 deferred",
        "Gig credits, platform fee",
        "s3://proofs/1.png",
        "2026-01-11 by sarah",
        "232.70 SGD",
        "mei",
    ):
        assert words in out, words


def test_show_as_json_holds_the_same(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "handbook", "2")
    result = shell.done("--json", "invoice", "show", "SG-2026-00001").json["result"]
    assert result["invoice"]["total"] == "54.50 SGD"
    assert result["document"]["bill-to-name"] == "Acme Pte. Ltd."
    assert [one["quantity"] for one in result["document"]["lines"]] == ["2"]
    assert result["payments"] == result["documents"] == []
    assert len(result["revisions"]) == 1


def test_show_of_an_unknown_invoice_is_refused(shell: Shell) -> None:
    assert "There is no invoice SG-1." in shell.refused("invoice", "show", "SG-1")


@beginning
def three(shell: Shell) -> Shell:
    """An issued, a voided and a draft invoice, each of a day of its own, the last in another currency."""
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.at("2026-01-12T02:00:00Z")
    shell.done("invoice", "draft", "quote", "handbook", "1")
    shell.done("invoice", "void", "SG-2026-00002", "--reason", "twice")
    shell.at("2026-01-13T02:00:00Z")
    shell.done("invoice", "draft", "acme", "handbook", "1", "--currency", "USD")
    return shell


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), [3, 2, 1]),
        (("--customer", "acme"), [3, 1]),
        (("--status", "void"), [2]),
        (("--since", "2026-01-12"), [3, 2]),
        (("--until", "2026-01-12"), [2, 1]),
        (("--since", "yesterday", "--until", "yesterday", "--customer", "quote"), [2]),
        (("--customer", "quote", "--status", "paid"), []),
    ],
)
def test_the_list_is_newest_first_and_filtered(three: Shell, options: tuple[str, ...], expected: list[int]) -> None:
    rows = three.done("invoice", "list", *options, "--json").json["result"]["invoices"]
    assert [one["number"] for one in rows] == [f"SG-2026-0000{number}" for number in expected]


def test_the_list_adds_up_what_is_owed_by_currency(three: Shell) -> None:
    three.done("invoice", "issue", "SG-2026-00003")
    assert three.done("invoice", "list").out.endswith(
        "3 invoices, owed: 27.25 SGD, 20.71 USD, as of 2026-01-13T02:00:00Z\n"
    )
    assert three.done("invoice", "list", "--status", "void").out.endswith(
        "1 invoice, nothing owed, as of 2026-01-13T02:00:00Z\n"
    )
    assert three.done("invoice", "list", "--status", "paid").out == "No invoices.\n"


@pytest.mark.parametrize(
    ("options", "status", "expected"),
    [
        (("--customer", ""), 2, "ID is empty"),
        (("--customer", "acm"), 1, "There is no customer acm"),
        (("--status", "open"), 2, "'open' is not one of"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), 2, "There is no day from"),
        (("--since", "1/2/2026"), 2, "no date"),
    ],
)
def test_a_list_of_what_can_not_be_is_refused(
    three: Shell, options: tuple[str, ...], status: int, expected: str
) -> None:
    assert expected in three.refused("invoice", "list", *options, status=status)


def test_each_verb_has_help_with_examples(shell: Shell) -> None:
    for verb in ("draft", "edit", "issue", "void", "show", "list"):
        out = shell.done("invoice", verb, "--help").out
        assert f"billing-beans invoice {verb}" in out
        assert "--dry-run" in out
