"""Kinds of credits, what sells them, and policies, from the command line (W1, W2, W5)."""

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from beginnings import beginning

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

UNIT = ("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--name", "Singapore credits")
TOP_UP = (
    *("product", "add", "top-up", "--name", "Credits", "--revenue", "top-up", "--tax-code", "SG-EXEMPT"),
    *("--price", "1.00 SGD"),
)
SOLD = (*TOP_UP, "--credit-unit", "CREDIT-SGD", "--units", "1", "--bonus-units", "0.1", "--valid-days", "365")


@beginning
def credits_known(shell: "Shell") -> "Shell":
    shell.done(*UNIT)
    return shell


def test_a_kind_of_credits_is_added_with_what_one_is_worth(shell: "Shell") -> None:
    assert "One CREDIT-SGD, Singapore credits, is worth 1.00 SGD" in shell.done(*UNIT).out
    assert '2026-01-11 custom "billing" "credit-unit" "CREDIT-SGD"' in shell.files()["setup/catalog.beancount"]
    assert "Nothing to do" in shell.done(*UNIT).out
    (listed,) = shell.done("credit", "unit", "list", "--json").json["result"]
    assert (listed["credit-unit"], listed["face"]) == ("CREDIT-SGD", "1.00 SGD")
    shell.done("check")


def test_a_hostile_name_of_credits_reads_back_as_it_was(shell: "Shell") -> None:
    name = 'A}"b\\ {c}\n%s'
    shell.done("credit", "unit", "add", "CREDIT", "--face", "0.00001 USD", "--name", name)
    (listed,) = shell.done("credit", "unit", "list", "--json").json["result"]
    assert (listed["name"], listed["face"]) == (name, "0.00001 USD")
    assert len(shell.done("credit", "unit", "list").out.splitlines()) == 2


def test_what_one_is_worth_never_changes_and_the_name_may(credits_known: "Shell") -> None:
    shell = credits_known
    later = ("--date", "2026-02-01")
    said = shell.refused("credit", "unit", "add", "CREDIT-SGD", "--face", "2.00 SGD", *later)
    assert "One CREDIT-SGD is worth 1.00 SGD since 2026-01-11" in said
    assert "1.00 SGD from 2026-01-11" in shell.refused(
        "credit", "unit", "add", "CREDIT-SGD", "--face", "2.00 SGD", "--date", "2026-01-05"
    )
    shell.done("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--name", "Coins", *later)
    assert "Coins" in shell.done("credit", "unit", "list", *later).out
    assert "Coins" not in shell.done("credit", "unit", "list").out
    said_again = shell.done("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", *later)
    assert "Nothing to do" in said_again.out, "without a name it is called as before"


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("credit-usd", "--face", "1.00 USD"), 1, "can't be the name of credits"),
        (("API", "--face", "1.00 USD"), 1, "CREDIT-USD"),
        (("", "--face", "1.00 USD"), 2, "UNIT is empty"),
        (("CREDIT-USD", "--face", "0 USD"), 1, "is worth 0 USD"),
        (("CREDIT-USD", "--face", "-1.00 USD"), 1, "is worth -1.00 USD"),
        (("CREDIT-USD", "--face", "1.00 XXX"), 2, "XXX"),
        (("CREDIT-USD", "--face", "1.00"), 2, "1.00"),
        (("CREDIT-USD", "--face", "1000000000000000 USD"), 2, "too long"),
        (("CREDIT-USD", "--face", "1.00 USD", "--name", " "), 1, "has no name"),
    ],
)
def test_what_can_not_be_credits_is_refused(shell: "Shell", words: tuple[str, ...], status: int, expected: str) -> None:
    assert expected in shell.refused("credit", "unit", "add", *words, status=status)


def test_credits_and_entitlements_never_share_a_unit(credits_known: "Shell") -> None:
    granting = ("--revenue", "on-consumption", "--tax-code", "SG-GST-9", "--name", "X")
    said = credits_known.refused("product", "add", "x", *granting, "--entitlement", "CREDIT-SGD")
    assert "it is a kind of credits" in said
    credits_known.done("product", "add", "x", *granting, "--entitlement", "CREDIT-X")
    assert "x grants it as an entitlement" in credits_known.refused(
        "credit", "unit", "add", "CREDIT-X", "--face", "1.00 SGD", "--date", "2026-01-02"
    )


def test_a_top_up_is_shown_with_what_it_brings(credits_known: "Shell") -> None:
    shell = credits_known
    assert "one is 1 CREDIT-SGD + 0.1 free" in shell.done(*SOLD).out
    assert "1 CREDIT-SGD + 0.1 free" in shell.done("product", "list").out
    shown = shell.done("product", "show", "top-up", "--json").json["result"]["product"]
    assert (shown["credit-unit"], shown["bonus-units"], shown["valid-days"]) == ("CREDIT-SGD", "0.1", 365)
    shell.done("product", "change", "top-up", "--bonus-units", "0", "--valid-days", "30", "--date", "2026-02-01")
    assert "1 CREDIT-SGD " in shell.done("product", "list", "--date", "2026-02-01").out
    shell.done("check")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (TOP_UP, "says not of which credits"),
        ((*TOP_UP, "--credit-unit", "CREDIT-USD"), "there are no such credits"),
        ((*SOLD, "--date", "2026-01-05"), "there are no such credits on 2026-01-05"),
        ((*TOP_UP, "--credit-unit", "CREDIT-SGD", "--units", "0"), "grants 0 units"),
        ((*TOP_UP, "--credit-unit", "CREDIT-SGD", "--units", "0.0000001"), "6 decimals at most"),
        ((*SOLD, "--bonus-units", "-1"), "-1 credits as a bonus"),
        ((*SOLD, "--valid-days", "0"), "can be used for 0 days"),
        ((*SOLD, "--valid-days", "36526"), "1 to 36525 days"),
        ((*SOLD, "--platform-fee-bps", "100"), "a platform fee"),
        ((*SOLD, "--fee-tax-code", "SG-GST-9"), "a tax on a platform fee"),
        ((*SOLD, "--income", "Sales"), "an income account"),
        ((*SOLD, "--entitlement", "PLACEMENT"), "exactly on-consumption and agent products grant"),
        ((*SOLD, "--revenue", "on-issue"), "says credit-unit, and its revenue counts on-issue"),
        ((*SOLD, "--meter", "api calls"), "the meter 'api calls'"),
    ],
)
def test_a_top_up_that_could_bring_nothing_is_refused(
    credits_known: "Shell", words: tuple[str, ...], expected: str
) -> None:
    assert expected in credits_known.refused(*words)


def test_top_ups_are_imported_like_other_products(credits_known: "Shell", tmp_path: "Path") -> None:
    file = tmp_path / "products.csv"
    file.write_text(
        "sku,name,revenue,tax code,units,credit unit,bonus units,valid days,meter\n"
        "t-1,Credits,top-up,SG-EXEMPT,100,credit-sgd,5.5,365,\n"
        "t-2,Credits,top-up,SG-EXEMPT,100,CREDIT-USD,,,\n"
        "t-3,Credits,top-up,SG-EXEMPT,100,CREDIT-SGD,,1.5,\n"
        "api,API calls,on-usage,SG-GST-9,,,,,api-calls\n"
    )
    said = credits_known("product", "import", str(file))
    assert "2 new, 2 refused" in said.out
    assert "t-2 sells CREDIT-USD" in said.err
    assert "valid-days is 1.5" in said.err
    shown = credits_known.done("product", "show", "t-1", "--json").json["result"]["product"]
    assert (shown["units-per-quantity"], shown["bonus-units"]) == ("100", "5.5")
    assert credits_known.done("product", "show", "api", "--json").json["result"]["product"]["meter"] == "api-calls"


def test_policies_are_listed_with_what_can_be_chosen(shell: "Shell") -> None:
    said = shell.done("book", "policy", "--json").json["result"]
    order = next(one for one in said if one["policy"] == "credit-order")
    assert order["choice"] == "scope-first"
    assert "since" not in order
    assert order["choices"] == ["scope-first", "priority-first", "expiry-first", "granted-first"]


def test_what_each_choice_means_is_said_and_completed(shell: "Shell", monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import ShellComplete  # noqa: PLC0415

    from billing_beans.catalog.policies import MEANINGS, POLICIES  # noqa: PLC0415
    from billing_beans.cli.root import root  # noqa: PLC0415

    said = shell.done("book", "policy").out
    monkeypatch.chdir(shell.root)
    complete = ShellComplete(root, {}, "billing-beans", "_BILLING_BEANS_COMPLETE")
    for policy, choices in POLICIES.items():
        assert all(f"{one.value} {MEANINGS[one]}" in " ".join(said.split()) for one in choices)
        offered = [one.value for one in complete.get_completions(["book", "policy", policy], "")]
        assert offered == [one.value for one in choices]


def test_a_policy_is_chosen_from_a_day_on(shell: "Shell") -> None:
    said = shell.done("book", "policy", "credit-order", "expiry-first", "--date", "2026-02-01")
    assert said.out == "credit-order is expiry-first from 2026-02-01 on.\n"
    assert 'custom "billing" "policy" "credit-order"' in shell.files()["setup/accounts.beancount"]
    assert "scope-first  the default" in " ".join(shell.done("book", "policy", "credit-order").out.split("\n"))
    on_the_day = shell.done("book", "policy", "credit-order", "--date", "2026-02-01", "--json").json["result"]
    assert [(one["choice"], one["since"]) for one in on_the_day] == [("expiry-first", "2026-02-01")]
    assert "Nothing to do" in shell.done("book", "policy", "credit-order", "expiry-first", "--date", "2026-03-01").out
    shell.done("check")


def test_a_default_can_be_chosen_so_that_it_stays(shell: "Shell") -> None:
    shell.done("book", "policy", "credit-returns", "expire")
    assert json.dumps("expire") in shell.files()["setup/accounts.beancount"]


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("credit-orders",), 2, "There is no policy 'credit-orders'"),
        (("credit-orders", "x"), 2, "There is no policy credit-orders"),
        (("credit-order", "newest-first"), 2, "scope-first, priority-first"),
        (("credit-order", ""), 2, "'' is no choice"),
    ],
)
def test_policies_and_choices_that_are_none_are_refused(
    shell: "Shell", words: tuple[str, ...], status: int, expected: str
) -> None:
    assert expected in shell.refused("book", "policy", *words, status=status)


# --- Lines that top up, and what lines are for ------------------------------------------------------------------------


def test_a_top_up_line_waits_among_what_is_billed_until_it_is_paid(credits_known: "Shell") -> None:
    shell = credits_known
    shell.done(*SOLD)
    assert "tops up 100 CREDIT-SGD + 10 free" in shell.done("invoice", "draft", "acme", "top-up", "100").out
    shell.done("invoice", "issue", "SG-2026-00001")
    assert "Liabilities:SG:Billed:Acme                        -100.00 SGD" in shell.journal()
    said = shell.done("invoice", "show", "SG-2026-00001").out
    assert "not yet; when it is paid: 100 CREDIT-SGD + 10 free" in said
    assert "posting" not in said
    (line,) = shell.done("invoice", "show", "SG-2026-00001", "--json").json["result"]["document"]["lines"]
    assert (line["units"], line["credit-unit"], line["bonus-units"]) == ("100", "CREDIT-SGD", "10")
    assert line["valid-days"] == 365
    assert "income" not in line
    assert "entitlement" not in line


def test_a_top_up_that_nobody_paid_is_not_written_off(credits_known: "Shell") -> None:
    shell = credits_known
    shell.done(*SOLD)
    shell.done("invoice", "draft", "acme", "top-up", "100")
    shell.done("invoice", "issue", "SG-2026-00001")
    said = shell.refused("payment", "write-off", "SG-2026-00001", "--reason", "insolvent")
    assert "written off it would grant what it sold" in said
    shell.done("invoice", "void", "SG-2026-00001", "--reason", "insolvent")
    shell.done("check")


def test_credits_are_sold_in_the_currency_of_their_worth(credits_known: "Shell") -> None:
    shell = credits_known
    shell.done(*SOLD)
    shell.done("price", "add", "top-up", "0.80 USD")
    said = shell.refused("invoice", "draft", "acme", "top-up", "100", "--currency", "USD")
    assert "sells CREDIT-SGD in USD, and one is worth 1.00 SGD" in said


def test_a_number_of_credits_that_can_not_be_counted_is_refused(credits_known: "Shell") -> None:
    credits_known.done(*SOLD)
    said = credits_known.refused("invoice", "draft", "acme", "top-up", "0.0000001")
    assert "6 decimals at most" in said


def test_an_edit_of_a_top_up_keeps_its_bonus_in_proportion(credits_known: "Shell") -> None:
    shell = credits_known
    shell.done(*SOLD)
    shell.done("invoice", "draft", "acme", "top-up", "100")
    shell.done("invoice", "edit", "SG-2026-00001", "--quantity", "1=250")
    (line,) = shell.done("invoice", "show", "SG-2026-00001", "--json").json["result"]["document"]["lines"]
    assert (Decimal(line["units"]), Decimal(line["bonus-units"])) == (Decimal(250), Decimal(25))
    assert line["amount"] == "250.00 SGD"


def test_lines_say_which_subscription_meter_and_period_they_are_of(shell: "Shell") -> None:
    shell.done("product", "change", "handbook", "--meter", "pages", "--date", "2026-01-10")
    period = ("--period", "2026-02-01..2026-03-01")
    shell.done("invoice", "draft", "acme", "handbook", "2", "poster", "1", "--subscription", "SUB-1", *period)
    said = shell.done("invoice", "show", "SG-2026-00001")
    assert said.out.count("2026-02-01 to 2026-02-28, SUB-1") == 2
    first, second = shell.done("invoice", "show", "SG-2026-00001", "--json").json["result"]["document"]["lines"]
    assert (first["meter"], first["subscription"]) == ("pages", "SUB-1")
    assert (first["period-start"], first["period-end"]) == ("2026-02-01", "2026-03-01")
    assert "meter" not in second
    shell.done("check")


def test_both_lines_of_a_gig_sale_are_of_the_same_period(shell: "Shell") -> None:
    shell.done("invoice", "draft", "acme", "gig-credit", "10", "--period", "2026-02-01..2026-02-02")
    lines = shell.done("invoice", "show", "SG-2026-00001", "--json").json["result"]["document"]["lines"]
    assert [one["period-end"] for one in lines] == ["2026-02-02"] * 2


def test_lines_that_are_added_later_may_be_of_another_period(shell: "Shell") -> None:
    shell.done("invoice", "draft", "acme", "handbook", "2", "--period", "2026-02-01..2026-03-01")
    shell.done(
        "invoice", "edit", "SG-2026-00001", "--add", "poster 1", "--period", "2026-03-01..2026-04-01",
        "--subscription", "SUB-2",
    )  # fmt: skip
    first, second = shell.done("invoice", "show", "SG-2026-00001", "--json").json["result"]["document"]["lines"]
    assert (first["period-start"], second["period-start"]) == ("2026-02-01", "2026-03-01")
    assert second["subscription"] == "SUB-2"


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("--period", "2026-03-01..2026-03-01"), 2, "ends before it begins"),
        (("--period", "2026-03-02..2026-03-01"), 2, "ends before it begins"),
        (("--period", "2026-02"), 2, "is no period"),
        (("--period", "2026-02-01..2026-02-30"), 2, "There is no day 2026-02-30"),
        (("--period", ""), 2, "is no period"),
        (("--subscription", ""), 2, "is empty"),
        (("--subscription", "SUB 1"), 1, "the subscription 'SUB 1'"),
        (("--subscription", 'SUB}"\n'), 1, "can't be an id"),
    ],
)
def test_scopes_that_are_none_are_refused(shell: "Shell", words: tuple[str, ...], status: int, expected: str) -> None:
    assert expected in shell.refused("invoice", "draft", "acme", "handbook", "2", *words, status=status)


def test_a_period_of_no_added_line_is_refused(shell: "Shell") -> None:
    shell.done("invoice", "draft", "acme", "handbook", "2")
    said = shell.refused("invoice", "edit", "SG-2026-00001", "--period", "2026-02-01..2026-03-01", status=2)
    assert "of lines that are added, and none is" in said
