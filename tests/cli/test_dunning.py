"""What is overdue, and on which level of reminding it is (R5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from beginnings import beginning

if TYPE_CHECKING:
    from conftest import Shell

ONE, TWO = "SG-2026-00001", "SG-2026-00002"


@beginning
def late(shell: Shell) -> Shell:
    """Two invoices of acme, due on 2026-02-10 and 2026-02-25; today is 2026-03-18."""
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", ONE)
    shell.at("2026-01-26T02:00:00Z")
    shell.done("invoice", "draft", "acme", "handbook", "2")
    shell.done("invoice", "issue", TWO)
    shell.at("2026-03-18T02:00:00Z")
    return shell


def levels(shell: Shell, *words: str) -> list[tuple[str, int, int]]:
    found = shell.done("dunning", "list", "--json", *words).json["result"]["customers"]
    return [(one["invoice"], one["overdue"], one["level"]) for customer in found for one in customer["invoices"]]


def test_levels_begin_after_7_21_and_35_days_where_the_books_say_nothing(late: Shell) -> None:
    assert levels(late) == [(ONE, 36, 3), (TWO, 21, 2)]
    assert levels(late, "--date", "2026-02-10") == []
    assert levels(late, "--date", "2026-02-16") == [(ONE, 6, 0)]
    assert levels(late, "--date", "2026-02-17") == [(ONE, 7, 1)]
    assert levels(late, "--level", "3", "--date", "2026-03-16") == []
    listed = late.done("dunning", "list").out.splitlines()
    assert [line.split() for line in listed[2:]] == [
        ["acme", ONE, "2026-02-10", "36", "3", "27.25"],
        ["acme", TWO, "2026-02-25", "21", "2", "54.50"],
        ["total", "81.75"],
    ]


def test_levels_of_the_books_count_from_their_date_on(late: Shell) -> None:
    late.done("dunning", "level", "add", "1", "--days", "10", "--date", "2026-03-01")
    late.done(
        "dunning", "level", "add", "2", "--days", "30", "--title", "Last", "--text", "Pay.", "--date", "2026-03-01"
    )
    assert levels(late) == [(ONE, 36, 2), (TWO, 21, 1)]
    assert levels(late, "--date", "2026-02-28") == [(ONE, 18, 1), (TWO, 3, 0)]
    assert [line.split() for line in late.done("dunning", "level", "list").out.splitlines()[1:]] == [
        ["1", "10"],
        ["2", "30", "Last", "Pay."],
    ]
    late.done("dunning", "level", "add", "2", "--days", "30", "--until", "2026-03-17", "--date", "2026-03-02")
    assert levels(late) == [(ONE, 36, 1), (TWO, 21, 1)]
    assert 'custom "billing" "dunning-level" 1' in late.files()["setup/catalog.beancount"]
    assert late.done("check").status == 0


def test_a_level_that_is_there_is_nothing_to_do(late: Shell) -> None:
    late.done("dunning", "level", "add", "1", "--days", "10")
    assert "Nothing to do" in late.done("dunning", "level", "add", "1", "--days", "10").out


@pytest.mark.parametrize(("level", "days"), [("2", "10"), ("0", "5"), ("10", "50"), ("2", "0"), ("2", "9999")])
def test_a_level_that_does_not_rise_is_refused(late: Shell, level: str, days: str) -> None:
    late.done("dunning", "level", "add", "1", "--days", "10")
    assert "Rule R5" in late.refused("dunning", "level", "add", level, "--days", days)


def test_a_level_dated_back_is_held_against_later_ones_too(late: Shell) -> None:
    late.done("dunning", "level", "add", "2", "--days", "5", "--date", "2026-03-10")
    said = late.refused("dunning", "level", "add", "1", "--days", "7", "--date", "2026-03-01")
    assert "level 2 after 5 from 2026-03-10 on" in said
    late.done("dunning", "level", "add", "1", "--days", "7", "--until", "2026-03-09", "--date", "2026-03-01")
    assert late.done("check").status == 0


def test_only_the_day_is_filled_in_in_the_words_of_a_level(late: Shell) -> None:
    said = late.refused("dunning", "level", "add", "1", "--days", "10", "--text", "Dear {name}, pay by {date}.")
    assert "says {name}, and nothing but {date} is filled in" in said


def test_the_index_keeps_a_level_that_changes_nothing_before_it(late: Shell) -> None:
    late.done("dunning", "level", "add", "1", "--days", "10", "--date", "2026-03-01")
    said = late.done("dunning", "level", "add", "2", "--days", "30", "--date", "2026-03-01")
    assert "made anew" not in said.err + late.done("dunning", "level", "list").err
    late.done("dunning", "level", "add", "3", "--days", "40", "--date", "2026-02-01")
    assert [row["level"] for row in late.done("dunning", "level", "list", "--json").json["result"]] == [1, 2, 3]


def test_a_payment_that_waits_is_named_and_unapplied_money_too(late: Shell) -> None:
    late.done("payment", "submit", ONE, "--amount", "30.00 SGD")
    late.done("payment", "verify", "PAY-1")
    late.done("payment", "submit", TWO)
    words = late.done("dunning", "list").out
    assert "PAY-2 waits for verification" in words
    assert ["acme", "unapplied", "money", "-2.75", "not", "in", "the", "total"] in [
        line.split() for line in words.splitlines()
    ]
    late.done("payment", "reject", "PAY-2", "--reason", "bounced")
    assert "waits" not in late.done("dunning", "list").out


def test_nothing_overdue_is_said(shell: Shell) -> None:
    assert shell.done("dunning", "list").out == "Nothing to remind anybody of on 2026-01-11.\n"
