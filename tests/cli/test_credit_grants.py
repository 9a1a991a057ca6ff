"""Free credits, granted by people: what for, until when, for what (W2, W4, W7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from credit_shell import balances, free, grant, invoice, last_facts, moved, sell, with_second_seller

if TYPE_CHECKING:
    from conftest import Shell

ONE = "SG-2026-00001"


def test_promotional_credits_are_there_at_once_and_move_no_balance(wallets: Shell) -> None:
    """Case 8: a promotional grant."""
    before = balances(wallets)
    said = wallets.done("credit", "grant", "acme", "100", "--unit", "credit", "--source", "promo/APPSUMO2026")
    assert said.out == (
        "Granted GRANT-1, 100 CREDIT free\n"
        "Next: billing-beans credit apply INVOICE, or billing-beans credit balance acme\n"
    )
    assert last_facts(wallets) == (
        '2026-01-11 * "Acme Pte. Ltd." "100 CREDIT granted to acme" ^GRANT-1\n'
        '  event: "credit-granted"\n'
        '  source: "promo/APPSUMO2026"\n'
        '  grant: "GRANT-1"\n'
        '  customer: "acme"\n'
        '  credit-type: "granted-promo"\n'
        '  Liabilities:SG:Credits:Acme:Free                     -100 CREDIT {0 SGD, 2026-01-11, "GRANT-1"}\n'
    )
    assert moved(wallets, before) == {"Liabilities:SG:Credits:Acme:Free": "-100 CREDIT"}
    wallets.done("credit", "grant", "acme", "100", "--unit", "CREDIT", "--source", "promo/APPSUMO2026")
    assert grant(wallets, "GRANT-2")["remaining"] == "100", "a second run without a key is a second grant"


def test_who_grants_is_the_source_where_none_is_said(wallets: Shell) -> None:
    wallets.done(
        "credit", "grant", "acme", "25", "--unit", "CREDIT", "--type", "goodwill", "--reason", 'the "outage" of\nMay }'
    )
    found = grant(wallets, "GRANT-1")
    assert (found["credit-type"], found["source"]) == ("granted-goodwill", "user/sarah")
    assert found["reason"] == 'the "outage" of\nMay }'


@pytest.mark.parametrize(
    ("options", "expires_at", "said"),
    [
        (("--until", "2026-12-31"), "2026-12-31T16:00:00Z", "until 2026-12-31"),
        (("--until", "today"), "2026-01-11T16:00:00Z", "until 2026-01-11"),
        (("--expires-at", "2026-07-01T00:00"), "2026-06-30T16:00:00Z", "until 2026-06-30"),
        (("--expires-at", "2026-07-01 12:30:15"), "2026-07-01T04:30:15Z", "until 2026-07-01 12:30:15"),
        (("--expires-at", "2026-07-01T12:00Z"), "2026-07-01T12:00:00Z", "until 2026-07-01 20:00"),
        (("--expires-at", "2026-07-01T12:00-07:00"), "2026-07-01T19:00:00Z", "until 2026-07-02 03:00"),
        (("--valid-days", "1"), "2026-01-11T16:00:00Z", "until 2026-01-11"),
        (("--valid-days", "365"), "2027-01-10T16:00:00Z", "until 2027-01-10"),
        (("--valid-days", "415"), "2027-03-01T16:00:00Z", "until 2027-03-01"),
    ],
)
def test_credits_expire_where_the_seller_is(kinds: Shell, options: tuple[str, ...], expires_at: str, said: str) -> None:
    """Case 9: a grant with expiry; case 33: over the end of a month and of a year."""
    assert said in kinds.done("credit", "grant", "acme", "10", "--unit", "CREDIT", *options).out
    assert grant(kinds, "GRANT-1")["expires-at"] == expires_at


@pytest.mark.parametrize(
    ("options", "expires_at"),
    [
        (("--until", "2026-03-28"), "2026-03-28T23:00:00Z"),
        (("--until", "2026-03-29"), "2026-03-29T22:00:00Z"),
        (("--expires-at", "2026-03-29T03:00"), "2026-03-29T01:00:00Z"),
        (("--expires-at", "2026-10-25T02:30+02:00"), "2026-10-25T00:30:00Z"),
        (("--expires-at", "2026-10-25T02:30+01:00"), "2026-10-25T01:30:00Z"),
    ],
)
def test_a_day_ends_where_the_clocks_of_the_seller_say_so(
    wallets: Shell, options: tuple[str, ...], expires_at: str
) -> None:
    """Case 33: daylight saving around an expiry; the day of the change has 23 hours in Berlin."""
    with_second_seller(wallets)
    wallets.done("credit", "grant", "bolt", "10", "--unit", "CREDIT-EUR", *options)
    assert grant(wallets, "GRANT-1")["expires-at"] == expires_at


@pytest.mark.parametrize(
    ("moment", "words"),
    [("2026-03-29T02:30", "never show 2026-03-29T02:30:00"), ("2026-10-25T02:30", "show twice 2026-10-25T02:30:00")],
)
def test_a_time_that_the_clocks_skip_or_show_twice_is_asked_for(kinds: Shell, moment: str, words: str) -> None:
    with_second_seller(kinds)
    said = kinds.refused("credit", "grant", "bolt", "10", "--unit", "CREDIT-EUR", "--expires-at", moment, status=2)
    assert f"The clocks of Europe/Berlin {words}." in said
    assert f"Instead: say how far it is from UTC: {moment}:00+0" in said


def test_credits_are_used_to_the_last_second_and_not_in_the_next(wallets: Shell) -> None:
    """Case 9: expiry to the second."""
    free(wallets, "10", "--expires-at", "2026-01-12T12:00:00")
    sell(wallets, "handbook", "1", issue=False)
    wallets.at("2026-01-12T04:00:00Z")
    assert "no free credits that can be used" in wallets.refused("credit", "apply", ONE)
    wallets.at("2026-01-12T03:59:59Z")
    assert "10 CREDIT take 10.00 SGD off" in wallets.done("credit", "apply", ONE).out


def test_scopes_are_combined_and_only_what_has_all_of_them_is_paid(wallets: Shell) -> None:
    """Case 10: scoped to a subscription, a meter and a period."""
    wallets.done(
        *("credit", "grant", "acme", "100", "--unit", "CREDIT", "--meter", "api-calls", "--subscription", "SUB-1"),
        *("--period", "2026-01-01..2026-02-01"),
    )
    free(wallets, "3", "--subscription", "SUB-2")
    for product, subscription, period in (
        ("handbook", "SUB-1", "2026-01-01..2026-02-01"),
        ("calls", "SUB-3", "2026-01-01..2026-02-01"),
        ("calls", "SUB-1", "2026-01-31..2026-02-02"),
    ):
        said = wallets.done(
            *("invoice", "draft", "acme", product, "50", "--subscription", subscription, "--period", period, "--json")
        )
        number = said.json["result"]["number"]
        assert "no free credits that can be used" in wallets.refused("credit", "apply", number)
    fits = wallets.done(
        *("invoice", "draft", "acme", "calls", "50", "--subscription", "SUB-1", "--period", "2026-01-10..2026-01-17"),
        "--json",
    ).json["result"]["number"]
    said = wallets.done("credit", "apply", fits)
    assert "5 CREDIT take 5.00 SGD off" in said.out
    assert "5 of GRANT-1 for line 1" in said.out
    assert invoice(wallets, fits)["total"] == "0.00 SGD"


def test_a_priority_that_the_order_does_not_look_at_is_kept_and_said(wallets: Shell) -> None:
    said = wallets.done("credit", "grant", "acme", "10", "--unit", "CREDIT", "--priority", "3")
    assert "these books use credits scope-first" in said.err
    assert grant(wallets, "GRANT-1")["priority"] == 3
    wallets.done("book", "policy", "credit-order", "priority-first")
    assert (
        wallets.done("credit", "grant", "acme", "10", "--unit", "CREDIT", "--priority", "1").err.count(
            "priority is kept"
        )
        == 0
    )
    assert wallets.done("credit", "grant", "acme", "10", "--unit", "CREDIT").err == ""


def test_a_key_grants_once_and_a_dry_run_nothing(wallets: Shell) -> None:
    said = wallets.done("credit", "grant", "acme", "10", "--unit", "CREDIT", "--until", "2026-12-31", "--dry-run")
    assert 'expires-at: "2026-12-31T16:00:00Z"' in said.out
    words = ("credit", "grant", "acme", "10", "--unit", "CREDIT", "--valid-days", "30", "--idempotency-key", "crm-1")
    wallets.done(*words)
    before = wallets.files()
    assert wallets.done(*words).out == "Nothing to do: crm-1 was done already (credit-granted GRANT-1).\n"
    assert wallets.files() == before
    assert "used for something else" in wallets.refused(*words[:3], "11", *words[4:])


def test_a_grant_gets_the_id_that_it_is_given_and_the_next_a_number(wallets: Shell) -> None:
    free(wallets, "10", "--id", "GRANT-7")
    assert free(wallets, "10") == "GRANT-8"
    assert "GRANT-7 is granted twice" in wallets.refused(
        "credit", "grant", "acme", "1", "--unit", "CREDIT", "--id", "GRANT-7"
    )


def test_another_day_and_a_closed_period(wallets: Shell) -> None:
    free(wallets, "10", "--date", "2026-01-05")
    assert grant(wallets, "GRANT-1")["granted"] == "2026-01-05"
    wallets.done("period", "close", "2026-01-08")
    said = wallets.refused("credit", "grant", "acme", "1", "--unit", "CREDIT", "--date", "2026-01-08")
    assert "closed" in said


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("nobody", "10"), 1, "There is no customer nobody"),
        (("", "10"), 2, "CUSTOMER is empty"),
        (("acme",), 2, "Missing argument"),
        (("acme", "0"), 2, "0 credits are no number of them"),
        (("acme", "-5"), 2, "billing-beans credit adjust GRANT --by -10"),
        (("acme", "1e3"), 2, "no number"),
        (("acme", "0.0000001"), 2, "six decimals at most"),
        (("acme", "9" * 20), 2, "too long"),
        (("acme", "10", "--unit", "CREDIT-NONE"), 1, "There are no credits called CREDIT-NONE"),
        (("acme", "10", "--unit", ""), 2, "is empty"),
        (("acme", "10", "--until", "2026-01-10"), 2, "would have expired at 2026-01-10T16:00:00Z"),
        (("acme", "10", "--expires-at", "2026-01-11T10:00"), 1, "expired at 2026-01-11T02:00:00Z"),
        (("acme", "10", "--expires-at", "tomorrow"), 2, "'tomorrow' is no moment"),
        (("acme", "10", "--expires-at", "2026-02-30T00:00"), 2, "no moment"),
        (("acme", "10", "--until", "31.12.2026"), 2, "no date that can be read"),
        (("acme", "10", "--until", "2026-12-31", "--valid-days", "3"), 2, "said in several ways"),
        (("acme", "10", "--valid-days", "0"), 2, "can't be valid for 0 days"),
        (("acme", "10", "--valid-days", "36526"), 2, "can't be valid for 36526 days"),
        (("acme", "10", "--priority", "1000"), 2, "1000 is no priority"),
        (("acme", "10", "--priority", "-1"), 2, "-1 is no priority"),
        (("acme", "10", "--period", "2026-02-01"), 2, "is no period"),
        (("acme", "10", "--period", "2026-03-01..2026-02-01"), 2, "ends before it begins"),
        (("acme", "10", "--subscription", " "), 2, "is empty"),
        (("acme", "10", "--meter", " api"), 2, "is no meter"),
        (("acme", "10", "--source", "APPSUMO"), 2, "names no source"),
        (("acme", "10", "--type", "bonus"), 2, "'bonus' is not one of"),
        (("acme", "10", "--seller", "de"), 1, "There is no legal entity de"),
        (("acme", "10", "--id", "SG-2026-00009/1"), 1, "can't be the id of this grant"),
        (("acme", "10", "--id", 'a"}\n'), 2, "can't be an id"),
        (("acme", "10", "--date", "2026-01-01"), 1, "acme is a customer from 2026-01-02 on"),
    ],
)
def test_what_can_not_be_granted_is_refused(kinds: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    """Case 32: a zero grant is none; and bad input of every kind."""
    unit = () if "--unit" in words else ("--unit", "CREDIT")
    assert expected in kinds.refused("credit", "grant", *words, *unit, status=status)


def test_a_customer_that_nobody_knows_is_said_to_be_that_where_several_sell(kinds: Shell) -> None:
    with_second_seller(kinds)
    assert "There is no customer nobody" in kinds.refused("credit", "grant", "nobody", "10", "--unit", "CREDIT-EUR")


def test_a_moment_that_clocks_show_twice_says_which(wallets: Shell) -> None:
    """Case 33: the hour that comes twice when daylight saving ends."""
    with_second_seller(wallets)
    for offset in ("+02:00", "+01:00"):
        free(wallets, "1", "--expires-at", f"2026-10-25T02:30{offset}", customer="bolt", unit="CREDIT-EUR")
    said = wallets.done("credit", "balance", "bolt", "--by", "expiry").out
    assert [line.split()[:2] for line in said.splitlines()[2:4]] == [
        ["2026-10-25", "02:30+02:00"], ["2026-10-25", "02:30+01:00"]
    ]  # fmt: skip


def test_several_kinds_of_credits_are_asked_for(kinds: Shell) -> None:
    said = kinds.refused("credit", "grant", "acme", "10", status=2)
    assert "choose with --unit: CREDIT, CREDIT-CALL, CREDIT-USD, CREDIT-YEN" in said


def test_books_without_credits_say_how_to_begin(shell: Shell) -> None:
    said = shell.refused("credit", "grant", "acme", "10")
    assert 'Instead: billing-beans credit unit add CREDIT-USD --face "1.00 USD"' in said
