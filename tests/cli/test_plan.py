"""Plans: added, changed, listed, shown; and what a person gets wrong (U3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from run_shell import with_plans

from billing_beans.cli.root import root

if TYPE_CHECKING:
    from conftest import Shell


@pytest.fixture
def books(shell: Shell) -> Shell:
    """Books with a plan `team`."""
    return with_plans(shell)


def test_a_plan_says_what_it_charges_when_and_at_which_price(books: Shell) -> None:
    said = books.done(
        "plan", "add", "pro", "--every", "year", "--name", "Pro, by the year",
        "--charge", "seat", "--charge", "help=support:in-arrears", "--charge", "handbook:once:1", "--trial-days", "14",
    )  # fmt: skip

    assert said.out.splitlines()[0] == "Added pro, Pro, by the year, charged every year, from 2026-01-11 on."
    rows = [line.split("  ") for line in said.out.splitlines() if "SGD" in line]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["seat", "the subscription's", "seat", "in advance", "10.00 SGD"],
        ["help", "the subscription's", "support", "in arrears", "25.00 SGD"],
        ["handbook", "1", "handbook", "once, with the first period", "25.00 SGD, 19.00 USD"],
    ]
    assert "the first 14 days are free" in said.out
    assert said.out.splitlines()[-1] == "Next: billing-beans subscription start CUSTOMER pro"


def test_the_same_again_is_nothing_to_do_and_something_else_is_the_next_version(books: Shell) -> None:
    charges = ("--charge", "seats=seat", "--charge", "support:1")
    assert "Nothing to do" in books.done("plan", "add", "team", *charges).out

    said = books.done("plan", "add", "team", *charges, "--charge", "handbook:once", "--from", "2026-03-01")
    assert said.out.startswith("Changed team, Team, from 2026-03-01 on: charges seats=seat, support:1, handbook:once.")
    shown = books.done("plan", "show", "team").out
    assert "handbook" not in shown.split("recorded by")[0]
    assert "2026-03-01  sarah" in shown
    assert "handbook" in books.done("plan", "show", "team", "--date", "2026-03-01").out.split("recorded by")[0]


def test_what_is_not_said_stays_as_it_is(books: Shell) -> None:
    books.done("plan", "change", "team", "--trial-days", "7")
    said = books.done("plan", "change", "team", "--name", "Teams", "--from", "2026-02-01", "--json").json["facts"][0]

    assert (said["name"], said["trial-days"], len(said["charges"])) == ("Teams", 7, 2)
    assert (
        "trial-days"
        not in books.done("plan", "change", "team", "--trial-days", "0", "--from", "2026-03-01", "--json").json[
            "facts"
        ][0]
    )
    assert "a version of plan team of 2026-03-01 already" in books.refused(
        "plan", "change", "team", "--name", "T", "--from", "2026-03-01"
    )


def test_a_product_without_a_price_is_said_and_how_it_gets_one(books: Shell) -> None:
    books.done("product", "add", "desk", "--name", "Desk", "--revenue", "over-period", "--tax-code", "SG-GST-9")
    said = books.done("plan", "add", "desks", "--charge", "desk").out
    assert "no price yet" in said
    assert said.splitlines()[-1] == 'Next: billing-beans price add desk "10.00 SGD"'


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("x",), 2, "charges nothing"),
        (("", "--charge", "seat"), 2, "PLAN is empty"),
        (("two words", "--charge", "seat"), 2, "can't be an id"),
        (('x}"', "--charge", "seat"), 2, "can't be an id"),
        (("x", "--charge", ""), 2, "is no charge of a plan"),
        (("x", "--charge", "=seat"), 2, "setup:once:1"),
        (("x", "--charge", "a=b=seat"), 2, "is no charge of a plan"),
        (("x", "--charge", "seat:later"), 2, "in-advance, in-arrears or once"),
        (("x", "--charge", "seat:once:in-arrears"), 2, "'in-arrears' in 'seat:once:in-arrears'"),
        (("x", "--charge", "seat:1:2"), 2, "'2' in 'seat:1:2'"),
        (("x", "--charge", "seat:1,5"), 2, "did you mean 1.5?"),
        (("x", "--charge", "seat:-1"), 1, "above zero"),
        (("x", "--charge", "seat:0"), 1, "above zero"),
        (("x", "--charge", f"seat:{'9' * 30}"), 2, "too long"),
        (("x", "--charge", "chair"), 1, "which is no product"),
        (("x", "--charge", "placement-credit"), 1, "whose revenue counts on-consumption"),
        (("x", "--charge", "seat", "--charge", "seat"), 1, "--charge NAME=PRODUCT"),
        (("x", "--charge", "seat", "--trial-days", "-1"), 1, "a trial of -1 days"),
        (("x", "--charge", "seat", "--trial-days", "100000"), 1, "1 to 3660"),
        (("x", "--charge", "seat", "--until", "2025-12-31"), 1, "which is earlier"),
        (("x", "--charge", "seat", "--from", "1.3.2026"), 2, "year-month-day"),
        (("x", "--charge", "seat", "--from", "2026-02-30"), 2, "There is no day"),
        (("x", "--charge", "seat", "--every", "fortnight"), 2, "half-year"),
        (("team", "--every", "year"), 1, "of one length for ever"),
    ],
)
def test_what_is_wrong_is_refused_and_says_the_right_form(
    books: Shell, words: tuple[str, ...], status: int, says: str
) -> None:
    assert says in books.refused("plan", "add", *words, status=status)


def test_a_plan_that_is_not_there_is_neither_changed_nor_shown(books: Shell) -> None:
    assert "billing-beans plan add nope" in books.refused("plan", "change", "nope", "--name", "No")
    assert "There is no plan nope" in books.refused("plan", "show", "nope")
    assert "Nothing was said" in books.refused("plan", "change", "team", "--from", "2026-03-01", status=2)


def test_a_hostile_name_stays_on_its_line(books: Shell) -> None:
    books.done("plan", "add", "x", "--charge", "seat", "--name", 'Pro "}" plan\n2026-01-01 open Assets:Evil')
    assert books("check").status == 0
    assert 'Pro "}" plan 2026-01-01 open Assets:Evil' in books.done("plan", "list").out


def test_a_dry_run_shows_the_plan_and_writes_nothing(books: Shell) -> None:
    before = books.files()
    said = books.done("plan", "add", "pro", "--charge", "seat:2", "--dry-run").out
    assert books.files() == before
    assert said.startswith(";; setup/catalog.beancount\n")
    assert '  timing: "in-advance"\n  quantity: 2\n' in said


def test_plans_say_how_many_subscribe_on_a_day(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "3")
    books.done("subscription", "start", "bolt", "team", "--trial-days", "10", "--from", "2026-02-01")

    (plan,) = [line for line in books.done("plan", "list").out.splitlines() if line.startswith("team")]
    assert plan.split()[-2:] == ["1", "2026-01-01"]
    on_trial = books.done("plan", "show", "team", "--date", "2026-02-05", "--json").json["result"]["subscriptions"]
    assert on_trial == {"trial": 1, "active": 1, "paused": 0}
    assert "subscribed  2: 1 trial, 1 active" in books.done("plan", "show", "team", "--date", "2026-02-05").out


def test_a_plan_that_can_no_longer_be_subscribed_to_is_listed_only_with_all(books: Shell) -> None:
    books.done("plan", "change", "team", "--until", "2026-01-31")
    assert "team" in books.done("plan", "list").out
    assert "No plans on 2026-02-01" in books.done("plan", "list", "--date", "2026-02-01").out
    assert "2026-01-31" in books.done("plan", "list", "--date", "2026-02-01", "--all").out
    refused = books.refused("subscription", "start", "acme", "team", "--from", "2026-02-01")
    assert "could be subscribed to until 2026-01-31" in refused


def test_plans_are_completed(books: Shell) -> None:
    complete = ShellComplete(root, {}, "billing-beans", "_BILLING_BEANS_COMPLETE")
    options = ["--books", str(books.root), "subscription", "start", "acme"]
    assert [one.value for one in complete.get_completions(options, "t")] == ["team"]
