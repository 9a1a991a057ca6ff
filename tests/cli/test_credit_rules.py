"""Rules that top up wallets again and again, from the command line (W2)."""

from typing import TYPE_CHECKING, Any

import pytest
from beginnings import beginning

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Said, Shell

RULE = ("credit", "rule")
MONTHLY = (*RULE, "add", "acme", "100", "--every", "month", "--free")
SELLS = (
    *("product", "add", "top-up", "--name", "Credits", "--revenue", "top-up", "--tax-code", "SG-EXEMPT"),
    *("--price", "1.00 SGD", "--credit-unit", "CREDIT-SGD", "--units", "1", "--bonus-units", "0.1"),
)


@beginning
def wallets(shell: "Shell") -> "Shell":
    """Books that sell credits, with a customer who may buy them."""
    shell.done("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--date", "2026-01-02")
    shell.done(*SELLS, "--date", "2026-01-02")
    return shell


def topped_up(said: "Said") -> list[tuple[str, str, str]]:
    """For each time the rule, the day for which it was, and the day of the fact."""
    return [(one["rule"], one["for"], one["date"]) for one in said.json["result"]["topped-up"]]


def available(shell: "Shell") -> str:
    (wallet,) = shell.done("credit", "balance", "acme", "--json").json["result"]["wallets"]
    return str(wallet["available"]["total"])


def grants(shell: "Shell") -> list[Any]:
    return list(shell.done("credit", "grants", "--json").json["result"])


# --- Adding, changing, ending -----------------------------------------------------------------------------------------


def test_a_rule_is_a_fact_of_the_catalogue_and_grants_nothing_by_itself(wallets: "Shell") -> None:
    said = wallets.done(*MONTHLY, "--valid-days", "30", "--below", "20", "--until", "2026-12-31")
    assert "Added RULE-1: 100 CREDIT-SGD for acme every month, and below 20, free, for 30 days each time" in said.out
    assert "Once it is due already, since 2026-01-11" in said.out
    text = wallets.files()["setup/customers.beancount"]
    assert '2026-01-11 custom "billing" "top-up-rule" "RULE-1" "acme"' in text
    assert grants(wallets) == []
    (listed,) = wallets.done(*RULE, "list", "--json").json["result"]
    assert (listed["times"], listed["next"], listed["until"]) == (0, "2026-01-11", "2026-12-31")
    assert listed["version"]["every"] == "month"
    wallets.done("check")


def test_the_same_command_once_more_makes_no_second_rule(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    assert "Nothing to do" in wallets.done(*MONTHLY).out
    assert "acme has RULE-1 as well" in wallets.done(*MONTHLY, "--valid-days", "30").out


def test_a_new_version_holds_from_its_day_on_and_the_anchor_stays(wallets: "Shell") -> None:
    wallets.done(*MONTHLY, "--from", "2026-01-31")
    more = (*RULE, "add", "acme", "150", "--every", "month", "--free", "--id", "RULE-1")
    assert "Changed RULE-1: 150 CREDIT-SGD" in wallets.done(*more, "--from", "2026-03-15").out
    wallets.at("2026-04-02T02:00:00Z")
    done = wallets.done(*RULE, "run", "--json").json["result"]["topped-up"]
    assert [(one["for"], one["units"]) for one in done] == [
        ("2026-01-31", "100"), ("2026-02-28", "100"), ("2026-03-31", "150"),
    ]  # fmt: skip
    assert "has topped up for 2026-03-31 already" in wallets.refused(*more, "--below", "5", "--from", "2026-03-20")
    assert "every month, and below 5" in wallets.done(*more, "--below", "5", "--from", "2026-04-01").out
    assert "has a version of 2026-04-01 already" in wallets.refused(*more, "--from", "2026-04-01")
    wallets.done("check")


def test_a_rule_stays_with_its_wallet(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    other = (*RULE, "add", "quote", "100", "--every", "month", "--free", "--id", "RULE-1", "--from", "2026-02-01")
    assert "RULE-1 gives acme CREDIT-SGD of sg" in wallets.refused(*other)


def test_a_rule_that_ends_does_nothing_more_also_on_its_first_day(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    assert "RULE-1 for acme ends: its last day is 2026-01-10" in wallets.done(*RULE, "end", "RULE-1").out
    assert "Nothing to do" in wallets.done(*RULE, "end", "RULE-1").out
    assert "Nothing to do" in wallets.done(*RULE, "run").out
    assert "No rules" in wallets.done(*RULE, "list").out
    assert "RULE-1" in wallets.done(*RULE, "list", "--all").out
    again = (*MONTHLY, "--id", "RULE-1", "--from", "2026-02-01")
    assert "RULE-1 ended on 2026-01-10" in wallets.refused(*again)
    wallets.done("check")


def test_what_was_due_before_a_rule_ended_stays_due(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    wallets.at("2026-03-20T02:00:00Z")
    assert "3 times are due still, since 2026-01-11" in wallets.done(*RULE, "end", "RULE-1").out
    assert "2026-01-11" in wallets.done(*RULE, "list").out, "it has ended, and is not done"
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 3
    assert "can't end on 2026-02-01" in wallets.refused(*RULE, "end", "RULE-1", "--until", "2026-02-01")


def test_of_several_sellers_one_gives_the_credits_by_its_own_clock(wallets: "Shell") -> None:
    wallets.done("entity", "add", "us", "--name", "Example Inc.", "--country", "US", "--address", "1 Main Street",
                 "--time-zone", "America/New_York", "--date", "2026-01-02")  # fmt: skip
    assert "choose one with --seller" in wallets.refused(*MONTHLY, status=2)
    wallets.at("2026-01-11T04:59:59Z")
    assert "from 2026-01-10 on" in wallets.done(*MONTHLY, "--seller", "us").out
    assert "from 2026-01-11 on" in wallets.done(*MONTHLY, "--seller", "sg").out
    assert topped_up(wallets.done(*RULE, "run", "--json")) == [
        ("RULE-1", "2026-01-10", "2026-01-10"), ("RULE-2", "2026-01-11", "2026-01-11"),
    ]  # fmt: skip
    assert {one["seller"] for one in grants(wallets)} == {"us", "sg"}
    wallets.done("check")


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("acme", "100", "--free"), 2, "Nothing says when"),
        (("acme", "100", "--every", "month"), 2, "Nothing says who pays"),
        (("acme", "100", "--every", "month", "--free", "--product", "top-up"), 2, "said twice"),
        (("acme", "0", "--every", "month", "--free"), 2, "a number above zero"),
        (("acme", "-5", "--every", "month", "--free"), 2, "a number above zero"),
        (("acme", "0.0000001", "--every", "month", "--free"), 2, "six decimals"),
        (("acme", "9" * 40, "--every", "month", "--free"), 2, ""),
        (("acme", "100", "--below", "0", "--free"), 2, "a number above zero"),
        (("acme", "100", "--every", "fortnight", "--free"), 2, "fortnight"),
        (("", "100", "--every", "month", "--free"), 2, "CUSTOMER is empty"),
        (("nobody", "100", "--every", "month", "--free"), 1, "no customer nobody"),
        (("acme", "100", "--every", "month", "--product", "poster"), 1, "not the product for it"),
        (("acme", "100", "--every", "month", "--product", "none"), 1, "not the product for it"),
        (("acme", "100", "--every", "month", "--product", "top-up", "--valid-days", "3"), 2, "top-up says how"),
        (("acme", "100", "--every", "month", "--free", "--valid-days", "0"), 2, "valid for 0 days"),
        (("acme", "100", "--every", "month", "--free", "--priority", "1000"), 2, "no priority"),
        (("acme", "100", "--every", "month", "--free", "--meter", 'a"b}\n'), 1, "which is no id"),
        (("acme", "100", "--every", "month", "--free", "--unit", "CREDIT-X"), 1, "no credits called CREDIT-X"),
        (("acme", "100", "--every", "month", "--free", "--from", "2026-01-01"), 1, "from 2026-01-02 on"),
        (("acme", "100", "--every", "month", "--free", "--from", "2026-02-30"), 2, "no day 2026-02-30"),
        (("acme", "100", "--every", "month", "--free", "--until", "2026-01-10"), 2, "last day on 2026-01-10"),
        (("acme", "100", "--every", "month", "--free", "--id", "a b"), 2, "can't be an id"),
        (("acme", "100", "--every", "month", "--free", "--seller", "us"), 1, "no legal entity us"),
    ],
)
def test_a_rule_that_could_not_be_kept_is_refused(
    wallets: "Shell", words: tuple[str, ...], status: int, expected: str
) -> None:
    assert expected in wallets.refused(*RULE, "add", *words, status=status)


def test_what_is_not_there_is_said(wallets: "Shell") -> None:
    assert "There is no rule RULE-9" in wallets.refused(*RULE, "end", "RULE-9")
    assert "There is no customer nobody" in wallets.refused(*RULE, "run", "--customer", "nobody")
    assert "There is no customer nobody" in wallets.refused(*RULE, "list", "--customer", "nobody")
    assert "No rules" in wallets.done(*RULE, "list").out
    assert "Nothing to do: no rule" in wallets.done(*RULE, "run").out


# --- Free credits ------------------------------------------------------------------------------------------------------


def test_a_day_is_done_once_and_running_twice_writes_nothing(wallets: "Shell") -> None:
    wallets.done(*MONTHLY, "--valid-days", "30")
    assert "Topped up once by 1 rule." in wallets.done(*RULE, "run").out
    before = wallets.files()
    assert "Nothing to do" in wallets.done(*RULE, "run").out
    assert wallets.files() == before
    (grant,) = grants(wallets)
    assert (grant["source"], grant["expires-at"][:10]) == ("top-up-rule/RULE-1@2026-01-11", "2026-02-09")
    assert "top-up-rule/RULE-1@2026-01-11" in wallets.done("credit", "statement", "acme").out
    wallets.done("check")


def test_days_that_were_missed_are_made_up_for_on_their_own_days(wallets: "Shell") -> None:
    wallets.done(*MONTHLY, "--from", "2026-01-31")
    wallets.at("2026-05-01T02:00:00Z")
    done = topped_up(wallets.done(*RULE, "run", "--json"))
    assert done == [("RULE-1", day, day) for day in ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30")]
    assert "top-up-rule/RULE-1@2026-02-28" in wallets.files()["journal/2026/2026-02.beancount"]
    wallets.at("2026-05-31T02:00:00Z")
    assert topped_up(wallets.done(*RULE, "run", "--json")) == [("RULE-1", "2026-05-31", "2026-05-31")]
    wallets.done("check")


def test_what_was_missed_in_a_closed_period_is_dated_the_first_open_day_and_lasts_from_then_on(
    wallets: "Shell",
) -> None:
    wallets.done(*MONTHLY, "--from", "2026-01-15", "--valid-days", "10")
    wallets.at("2026-03-20T02:00:00Z")
    wallets.done("period", "close", "2026-02-28")
    done = topped_up(wallets.done(*RULE, "run", "--json"))
    assert done == [
        ("RULE-1", "2026-01-15", "2026-03-01"), ("RULE-1", "2026-02-15", "2026-03-01"),
        ("RULE-1", "2026-03-15", "2026-03-15"),
    ]  # fmt: skip
    assert [one["expires-at"][:10] for one in grants(wallets)] == ["2026-03-10", "2026-03-10", "2026-03-24"]
    assert "Nothing to do" in wallets.done(*RULE, "run").out
    wallets.done("check")


def test_a_run_goes_as_far_as_the_day_asked_for_and_never_ahead(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "5", "--every", "week", "--free")
    wallets.at("2026-02-01T02:00:00Z")
    first = topped_up(wallets.done(*RULE, "run", "--date", "2026-01-18", "--json"))
    assert [one[1] for one in first] == ["2026-01-11", "2026-01-18"]
    assert "2026-02-02 is still to come" in wallets.refused(*RULE, "run", "--date", "2026-02-02")
    assert [one[1] for one in topped_up(wallets.done(*RULE, "run", "--json"))] == ["2026-01-25", "2026-02-01"]


def test_today_is_where_the_legal_entity_is(wallets: "Shell") -> None:
    wallets.done(*MONTHLY, "--from", "2026-01-12")
    wallets.at("2026-01-11T15:59:59Z")
    assert "Nothing to do" in wallets.done(*RULE, "run").out
    wallets.at("2026-01-11T16:00:00Z")
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 1


def test_only_the_rules_of_a_customer_are_run_where_one_is_named(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    wallets.done(*RULE, "add", "quote", "7", "--every", "day", "--free")
    done = wallets.done(*RULE, "run", "--customer", "quote", "--json").json["result"]["topped-up"]
    assert [one["customer"] for one in done] == ["quote"]
    assert [one[0] for one in topped_up(wallets.done(*RULE, "run", "--json"))] == ["RULE-1"]


def test_a_dry_run_shows_the_grants_and_writes_nothing(wallets: "Shell") -> None:
    wallets.done(*MONTHLY, "--meter", "pages", "--subscription", "SUB-1")
    before = wallets.files()
    said = wallets.done(*RULE, "run", "--dry-run").out
    assert 'source: "top-up-rule/RULE-1@2026-01-11"' in said
    assert 'scope-meter: "pages"' in said
    assert wallets.files() == before
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 1


def test_the_same_key_runs_once(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    wallets.done(*RULE, "run", "--idempotency-key", "cron-1")
    assert "was done already" in wallets.done(*RULE, "run", "--idempotency-key", "cron-1").out


# --- When few are left -------------------------------------------------------------------------------------------------


def test_credits_come_when_fewer_are_available_once_a_day(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "10", "--below", "20", "--free")
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 1
    assert available(wallets) == "10"
    assert "Nothing to do" in wallets.done(*RULE, "run").out, "ten are too few still, and today was done"
    wallets.at("2026-01-12T02:00:00Z")
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 1
    wallets.at("2026-01-13T02:00:00Z")
    assert "Nothing to do" in wallets.done(*RULE, "run").out, "twenty are not fewer than twenty"
    wallets.done("check")


def test_what_has_expired_is_not_available(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "30", "--below", "20", "--free", "--valid-days", "2")
    wallets.done(*RULE, "run")
    wallets.at("2026-01-12T02:00:00Z")
    assert "Nothing to do" in wallets.done(*RULE, "run").out
    wallets.at("2026-01-13T02:00:00Z")
    assert [one[1] for one in topped_up(wallets.done(*RULE, "run", "--json"))] == ["2026-01-13"]


def test_what_comes_every_month_counts_before_it_is_asked_whether_there_is_enough(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "5", "--below", "20", "--free")
    wallets.done(*MONTHLY)
    assert [one[0] for one in topped_up(wallets.done(*RULE, "run", "--json"))] == ["RULE-2"]


def test_a_rule_with_both_fills_up_between_its_months(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "30", "--every", "month", "--below", "20", "--free", "--valid-days", "5")
    wallets.done(*RULE, "run")
    wallets.at("2026-01-20T02:00:00Z")
    wallets.done(*RULE, "run")
    wallets.at("2026-02-12T02:00:00Z")
    assert [one[1] for one in topped_up(wallets.done(*RULE, "run", "--json"))] == ["2026-02-11"]
    assert len(grants(wallets)) == 3
    wallets.done("check")


# --- Sold by an invoice ------------------------------------------------------------------------------------------------


def test_an_invoice_sells_the_credits_and_they_come_when_it_is_paid(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "100", "--every", "quarter", "--product", "top-up")
    said = wallets.done(*RULE, "run").out
    assert "SG-2026-00001  100.00 SGD" in said
    assert 'source: "top-up-rule/RULE-1@2026-01-11"' in wallets.journal()
    assert "Nothing to do" in wallets.done(*RULE, "run").out
    wallets.done("payment", "receive", "SG-2026-00001")
    assert available(wallets) == "110"
    wallets.done("check")


def test_invoices_for_days_that_were_missed_are_dated_the_day_on_which_they_are_made(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "100", "--every", "month", "--product", "top-up")
    wallets.at("2026-03-20T02:00:00Z")
    done = topped_up(wallets.done(*RULE, "run", "--json"))
    assert done == [("RULE-1", day, "2026-03-20") for day in ("2026-01-11", "2026-02-11", "2026-03-11")]
    wallets.done("check")


def test_no_second_invoice_is_made_while_one_of_the_rule_waits_for_its_payment(wallets: "Shell") -> None:
    wallets.done(*RULE, "add", "acme", "50", "--below", "20", "--product", "top-up")
    wallets.done(*RULE, "run")
    wallets.at("2026-01-12T02:00:00Z")
    assert "Nothing to do" in wallets.done(*RULE, "run").out
    wallets.done("payment", "submit", "SG-2026-00001")
    wallets.at("2026-01-13T02:00:00Z")
    assert "Nothing to do" in wallets.done(*RULE, "run").out, "a payment that is not verified brings nothing"
    wallets.done("payment", "verify", "PAY-1")
    wallets.done(
        "credit", "adjust", "SG-2026-00001/1", "--all", "--type", "clawback-terms-violation", "--reason", "abuse"
    )
    wallets.at("2026-01-14T02:00:00Z")
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 1, "what was paid is used up"
    wallets.done("invoice", "void", "SG-2026-00002", "--reason", "not wanted")
    wallets.at("2026-01-15T02:00:00Z")
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 1, "a void invoice brings nothing"
    wallets.done("check")


def test_another_invoice_that_waits_keeps_no_rule_from_topping_up(wallets: "Shell") -> None:
    wallets.done("credit", "top-up", "acme", "10")
    wallets.done(*RULE, "add", "acme", "50", "--below", "20", "--product", "top-up")
    assert len(topped_up(wallets.done(*RULE, "run", "--json"))) == 1


def test_what_one_rule_can_not_do_keeps_no_other_from_it_and_is_named(wallets: "Shell") -> None:
    wallets.done("product", "add", "dear", "--name", "Dear", "--revenue", "top-up", "--tax-code", "SG-EXEMPT",
                 "--credit-unit", "CREDIT-SGD", "--units", "1")  # fmt: skip
    wallets.done(*RULE, "add", "acme", "50", "--every", "week", "--product", "dear")
    wallets.done(*MONTHLY)
    wallets.at("2026-01-20T02:00:00Z")
    said = wallets(*RULE, "run")
    assert said.status == 1
    assert "Topped up once by 1 rule. 1 rule could not do what is due." in said.out
    assert said.err.startswith("RULE-1 of acme for 2026-01-11: ")
    assert "price" in said.err
    again = wallets(*RULE, "run", "--json")
    assert (again.status, again.json["result"]["topped-up"]) == (1, [])
    assert [one["for"] for one in again.json["result"]["refused"]] == ["2026-01-11"]
    wallets.done("price", "add", "dear", "2.00 SGD")
    assert [one[1] for one in topped_up(wallets.done(*RULE, "run", "--json"))] == ["2026-01-11", "2026-01-18"]
    wallets.done("check")


def test_a_number_of_credits_that_no_product_sells_is_named_when_it_is_due(wallets: "Shell") -> None:
    wallets.done("product", "add", "pack", "--name", "Pack", "--revenue", "top-up", "--tax-code", "SG-EXEMPT",
                 "--credit-unit", "CREDIT-SGD", "--units", "30", "--price", "25.00 SGD")  # fmt: skip
    said = wallets.refused(*RULE, "add", "acme", "50", "--every", "week", "--product", "pack", status=2)
    assert "no number of pack that can be sold" in said


# --- The books ---------------------------------------------------------------------------------------------------------


def test_a_source_that_names_no_rule_or_no_day_is_found(wallets: "Shell") -> None:
    grant = ("credit", "grant", "acme", "5", "--source")
    assert "which is not in these books" in wallets.refused(*grant, "top-up-rule/RULE-1@2026-01-11")
    wallets.done(*MONTHLY)
    for source in (
        "top-up-rule/RULE-1",
        "top-up-rule/RULE-1@today",
        "top-up-rule/RULE-1@2026-1-11",
        "top-up-rule/@2026-01-11",
    ):
        assert "which is not in these books" in wallets.refused(*grant, source)


def test_a_grant_by_hand_for_a_rule_is_held_against_it(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    source = ("--source", "top-up-rule/RULE-1@2026-01-11")
    assert "is not what RULE-1 gives on 2026-01-11" in wallets.refused("credit", "grant", "acme", "5", *source)
    assert "is no day of it" in wallets.refused(
        "credit", "grant", "acme", "100", "--source", "top-up-rule/RULE-1@2026-01-12", "--date", "2026-01-12"
    )
    wallets.done("credit", "grant", "acme", "100", *source)
    assert "that is GRANT-1 already" in wallets.refused("credit", "grant", "acme", "100", *source)
    assert "Nothing to do" in wallets.done(*RULE, "run").out


def test_a_rule_that_was_used_can_not_be_changed_by_hand_behind_its_back(wallets: "Shell") -> None:
    wallets.done(*MONTHLY)
    wallets.done(*RULE, "run")
    path: Path = wallets.root / "setup" / "customers.beancount"
    path.write_text(path.read_text().replace("  units: 100\n", "  units: 90\n"))
    said = wallets("check")
    assert said.status == 3
    assert "GRANT-1 is not what RULE-1 gives on 2026-01-11" in said.out + said.err


def test_rules_that_run_are_offered_to_be_ended(wallets: "Shell", monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import ShellComplete  # noqa: PLC0415

    from billing_beans.cli.root import root  # noqa: PLC0415

    wallets.done(*MONTHLY)
    wallets.done(*RULE, "add", "acme", "5", "--every", "week", "--free", "--until", "2026-12-31")
    wallets.done(*RULE, "add", "acme", "7", "--every", "week", "--free")
    monkeypatch.chdir(wallets.root)
    complete = ShellComplete(root, {}, "billing-beans", "_BILLING_BEANS_COMPLETE")
    assert [one.value for one in complete.get_completions(["credit", "rule", "end"], "RULE")] == ["RULE-1", "RULE-3"]
