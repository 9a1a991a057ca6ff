"""Subscriptions from the command line: what happens to them, what is billed of it, what is shown and what is refused (U3, I9)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from click.shell_completion import ShellComplete
from run_shell import with_plans

from billing_beans.cli.root import root

if TYPE_CHECKING:
    from conftest import Shell


@pytest.fixture
def books(shell: Shell) -> Shell:
    """Books with a plan `team`: seats at 10.00, and support for 25.00, a month in advance; and `late`, in arrears."""
    with_plans(shell)
    shell.done("plan", "add", "late", "--charge", "support:in-arrears:1", "--from", "2026-01-01")
    return shell


def sound(shell: Shell) -> None:
    said = shell("check", "--deep")
    assert said.status == 0, said.out


def documents(shell: Shell, *words: str) -> list[dict[str, Any]]:
    """What a command billed."""
    found: list[dict[str, Any]] = shell.done(*words, "--json").json["result"]["documents"]
    return found


def shown(shell: Shell, *words: str) -> Any:
    return shell.done("subscription", "show", *words, "--json").json["result"]


def test_a_year_of_a_subscription_is_billed_day_by_day_as_it_was(books: Shell) -> None:
    """Begun in the middle of a month, more seats, fewer, another plan, paused, resumed, ended: no day twice, none left out."""
    books.at("2026-01-12T02:00:00Z")
    books.done("subscription", "start", "acme", "team", "2", "--anchor", "2026-01-01", "--bill")
    for month in range(2, 13):
        books.at(f"2026-{month:02d}-01T02:00:00Z")
        books.done("subscription", "bill", "SUB-1")
        books.at(f"2026-{month:02d}-16T02:00:00Z")
        happens = {
            3: ("quantity", "SUB-1", "5", "--bill"),
            5: ("quantity", "SUB-1", "1"),
            7: ("pause", "SUB-1", "--bill"),
            9: ("resume", "SUB-1"),
            10: ("change", "SUB-1", "--plan", "late", "--at-period-end"),
            12: ("cancel", "SUB-1", "--at-period-end", "--reason", "moves"),
        }
        if month in happens:
            books.done("subscription", *happens[month])
    books.at("2027-01-01T02:00:00Z")
    books.done("subscription", "bill", "SUB-1")

    found = shown(books, "SUB-1")
    assert found["standing"]["status"] == "ended"
    assert (found["due"], found["next"]) == (None, None)
    net: dict[str, Decimal] = {}
    for one in found["billed"]:
        net[one["charge"]] = net.get(one["charge"], Decimal(0)) + Decimal(one["amount"].split()[0])
    # 20 of 31 days of January for 2, February, 15 days of March for 2 and 16 for 5, April, 15 days of May for 5 and 16 for 1, June,
    # 15 days of July for 1; nothing until the middle of September, and of it 15 days; October.
    seats = ["12.90", "20", "9.68", "25.81", "50", "24.19", "5.16", "10", "4.84", "5", "10"]
    # 20 of 31 days of January, four months, May and June whole, 15 days of July; 15 of September, October; two months in arrears.
    support = ["16.13", "25", "25", "25", "25", "25", "12.10", "12.50", "25", "25", "25"]
    assert net == {"seats": sum(map(Decimal, seats)), "support": sum(map(Decimal, support))}
    sound(books)


def test_starting_says_who_subscribes_to_what_and_what_would_be_billed(books: Shell) -> None:
    said = books.done("subscription", "start", "acme", "team", "3").out
    assert said.splitlines()[0] == (
        "Started SUB-1: Acme Pte. Ltd. subscribes to 3 x team from 2026-01-11 on, charged every month in SGD."
    )
    assert "To be billed now: 59.95 SGD charged" in said
    assert "2026-01-11 to 2026-02-10" in said
    assert "billing-beans subscription bill SUB-1" in said.splitlines()[-1]
    assert books.done("invoice", "list").out == "No invoices.\n"


def test_a_trial_is_free_and_the_periods_are_counted_from_its_end(books: Shell) -> None:
    said = books.done("subscription", "start", "acme", "team", "--trial-days", "14", "--periods", "2", "--bill").out
    assert "free until 2026-01-24" in said
    assert "last day: 2026-03-24" in said
    assert "Nothing of it is due yet" in said
    found = shown(books, "SUB-1")
    assert found["standing"]["status"] == "trial"
    assert found["standing"]["next-billing"] == found["next"]["date"] == "2026-01-25"
    assert found["next"]["totals"]["SGD"]["total"] == "38.15 SGD"
    (row,) = books.done("subscription", "list", "--status", "trial", "--json").json["result"]
    assert (row["subscription"], row["last-day"]) == ("SUB-1", "2026-03-24")


def test_more_seats_take_back_the_days_that_are_left_and_charge_them_anew(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "2", "--bill")
    books.at("2026-01-21T02:00:00Z")
    note, invoice = documents(books, "subscription", "quantity", "SUB-1", "5", "--bill")

    assert (note["credit-note"], note["of"], note["subtotal"]) == ("CN-SG-2026-00001", "SG-2026-00001", "13.55 SGD")
    (line,) = invoice["lines"]
    assert (line["quantity"], line["amount"]) == ("5", "33.87 SGD")
    assert (line["period-start"], line["period-end"]) == ("2026-01-21", "2026-02-11")
    out = books.done("subscription", "show", "SUB-1").out
    assert "2026-01-21 to 2026-02-10 (21 of 31 days)" in out
    assert "5 x team" in out
    sound(books)


def test_a_day_from_which_it_counts_and_the_day_of_the_fact_are_two_things(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team")
    (fact,) = books.done(
        "subscription", "quantity", "SUB-1", "2", "--from", "2026-02-05", "--date", "2026-01-20", "--json"
    ).json["facts"]
    assert (fact["date"], fact["effective"]) == ("2026-01-20", "2026-02-05")


def test_at_the_end_of_the_period_nothing_is_taken_back(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "2", "--bill")
    said = books.done("subscription", "cancel", "SUB-1", "--at-period-end", "--bill").out
    assert "its last day is 2026-02-10" in said
    assert "Nothing of it is due yet" in said
    (row,) = books.done("subscription", "list", "--json").json["result"]
    assert (row["status"], row["due"], "next-billing" in row) == ("active", False, False)
    (row,) = books.done("subscription", "list", "--date", "2026-02-11", "--json").json["result"]
    assert row["status"] == "ended"


def test_cancelled_from_its_first_day_on_everything_goes_back(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "2", "--bill")
    (note,) = documents(books, "subscription", "cancel", "SUB-1", "--bill")
    assert note["total"] == "49.05 SGD"
    assert shown(books, "SUB-1")["standing"]["status"] == "ended"
    assert "Nothing to do" in books.done("subscription", "bill", "SUB-1").out
    sound(books)


def test_what_would_end_is_renewed_and_what_is_over_begins_anew(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "--periods", "1")
    assert "it goes on until 2026-05-10" in books.done("subscription", "renew", "SUB-1", "--periods", "3").out
    assert "it goes on until it is cancelled" in books.done("subscription", "renew", "SUB-1").out
    assert "has no end" in books.refused("subscription", "renew", "SUB-1", "--periods", "1")
    books.done("subscription", "cancel", "SUB-1", "--date", "2026-01-15")
    words = books.refused("subscription", "quantity", "SUB-1", "2", "--date", "2026-01-20")
    assert "has ended: its last day was 2026-01-14" in words
    assert "billing-beans subscription start acme PLAN" in words


def test_show_tells_its_history_and_who_recorded_it(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "2", "--actor", "mei")
    books.done("subscription", "pause", "SUB-1", "--from", "2026-02-01", "--reason", "closed\nfor a while")
    books.done("subscription", "resume", "SUB-1", "--from", "2026-03-01")
    history = shown(books, "SUB-1")["history"]
    assert [(one["what"], one["since"], one["actor"]) for one in history] == [
        ("started", "2026-01-11", "mei"),
        ("paused", "2026-02-01", "sarah"),
        ("resumed", "2026-03-01", "sarah"),
    ]
    out = books.done("subscription", "show", "SUB-1", "--date", "2026-02-15").out
    assert "status        paused" in out
    assert "paused: closed for a while" in out
    assert "2026-02-01  2026-02-28  paused" in out


def test_lists_are_by_customer_plan_and_standing_on_a_day(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team")
    books.done("subscription", "start", "bolt", "late", "--id", "BOLT-1", "--from", "2026-02-01")
    books.done("subscription", "pause", "SUB-1", "--from", "2026-02-10")

    def named(*words: str) -> list[str]:
        return [one["subscription"] for one in books.done("subscription", "list", *words, "--json").json["result"]]

    assert named() == ["SUB-1", "BOLT-1"]
    assert named("--customer", "bolt") == named("--plan", "late") == named("--status", "to-come") == ["BOLT-1"]
    assert named("--status", "paused") == []
    assert named("--status", "paused", "--date", "2026-02-10") == ["SUB-1"]
    out = books.done("subscription", "list").out
    assert "BOLT-1" in out
    assert "to come" in out
    assert "2 subscriptions, 1 of them due: billing-beans run start" in out


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("start", "nobody", "team"), 1, "There is no customer nobody"),
        (("start", "acme", "nope"), 1, "billing-beans plan add nope"),
        (("start", "", "team"), 2, "CUSTOMER is empty"),
        (("start", "acme", "team", "0"), 2, "above zero"),
        (("start", "acme", "team", "-3"), 2, "above zero"),
        (("start", "acme", "team", "1,5"), 2, "did you mean 1.5?"),
        (("start", "acme", "team", "9" * 20), 2, "too long"),
        (("start", "acme", "team", "--from", "11/01/2026"), 2, "year-month-day"),
        (("start", "acme", "team", "--from", "2025-12-31"), 1, "There is no plan team on 2025-12-31"),
        (("start", "acme", "team", "--until", "2026-01-10"), 2, "before it begins"),
        (("start", "acme", "team", "--periods", "0"), 2, "from 1 to 1200"),
        (("start", "acme", "team", "--periods", "-1"), 2, "from 1 to 1200"),
        (("start", "acme", "team", "--periods", "2", "--until", "2026-12-31"), 2, "given twice"),
        (("start", "acme", "team", "--trial-days", "-1"), 2, "can't have -1 days"),
        (("start", "acme", "team", "--currency", "EUR"), 1, "customer bill-to acme EUR"),
        (("start", "acme", "team", "--currency", "USD"), 1, "has no price in USD"),
        (("start", "acme", "team", "--seller", "my"), 1, "There is no legal entity my"),
        (("start", "acme", "team", "--at", "2026-01-11T14:30"), 2, "bill by the day"),
        (("start", "acme", "team", "--at", "noon"), 2, "is no moment"),
        (("start", "acme", "team", "--at", "2026-01-11T14:30", "--from", "2026-01-11"), 2, "said twice"),
        (("start", "acme", "team", "--id", 'x}"'), 2, "can't be an id"),
        (("start", "acme", "team", "--id", "SUB-1"), 1, "choose another --id"),
        (("start", "acme", "team", "--anchor", "0206-01-01"), 2, "outside the years"),
        (("change", "SUB-1"), 2, "--plan PLAN, or --quantity NUMBER"),
        (("change", "SUB-1", "--plan", "nope"), 1, "There is no plan nope"),
        (("change", "SUB-9", "--plan", "late"), 1, "There is no subscription SUB-9"),
        (("change", "SUB-1", "--plan", "late", "--from", "2026-01-12", "--at-period-end"), 2, "said twice"),
        (("quantity", "SUB-1", "0"), 2, "subscription pause, or cancel"),
        (("quantity", "SUB-1", "-2"), 2, "above zero"),
        (("quantity", "SUB-1", "many"), 2, "no number"),
        (("quantity", "SUB-1", "2", "--from", "2026-01-01"), 1, "--from"),
        (("pause", "SUB-1", "--from", "2026-01-01"), 1, "in order"),
        (("pause", "SUB-9"), 1, "There is no subscription SUB-9"),
        (("resume", "SUB-9"), 1, "There is no subscription SUB-9"),
        (("cancel", "SUB-9"), 1, "There is no subscription SUB-9"),
        (("renew", "SUB-1", "--periods", "1"), 1, "has no end"),
        (("renew", "SUB-9"), 1, "There is no subscription SUB-9"),
        (("bill", "SUB-9"), 1, "There is no subscription SUB-9"),
        (("bill", "SUB-1", "--until", "tomorrow"), 2, "year-month-day"),
        (("show", "SUB-9"), 1, "billing-beans subscription list"),
        (("list", "--customer", "nobody"), 1, "There is no customer nobody"),
        (("list", "--plan", "nope"), 1, "There is no plan nope"),
        (("list", "--status", "asleep"), 2, "'paused'"),
    ],
)
def test_what_is_wrong_is_refused_with_the_way_out(
    books: Shell, words: tuple[str, ...], status: int, says: str
) -> None:
    books.done("subscription", "start", "acme", "team", "2")
    assert says in books.refused("subscription", *words, status=status)


def test_what_is_so_already_is_nothing_to_do(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "2", "--bill")
    for words in (
        ("quantity", "SUB-1", "2"),
        ("change", "SUB-1", "--plan", "team"),
        ("resume", "SUB-1"),
        ("bill", "SUB-1"),
    ):
        before = books.files()
        assert "Nothing to do" in books.done("subscription", *words).out
        assert books.files() == before


def test_a_dry_run_shows_the_directives_and_writes_nothing(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "2", "--bill")
    before = books.files()
    for words, says in (
        (("start", "bolt", "team", "--bill"), 'custom "billing" "invoice-drafted" "SG-2026-00002"'),
        (("quantity", "SUB-1", "3", "--bill"), 'custom "billing" "credit-note-drafted"'),
        (("pause", "SUB-1"), 'custom "billing" "subscription-paused" "SUB-1"'),
        (("cancel", "SUB-1", "--bill"), 'custom "billing" "subscription-cancelled" "SUB-1"'),
        (("bill", "SUB-1", "--date", "2026-02-11"), 'custom "billing" "invoice-drafted" "SG-2026-00002"'),
    ):
        assert says in books.done("subscription", *words, "--dry-run").out
    assert books.files() == before


def test_the_same_key_starts_once(books: Shell) -> None:
    words = ("subscription", "start", "acme", "team", "--bill", "--idempotency-key", "crm-1")
    books.done(*words)
    before = books.files()
    assert "was done already" in books.done(*words).out
    assert books.files() == before


def test_what_waits_in_a_run_is_said_and_not_billed_beside_it(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team")
    books.done("run", "start")
    assert "next billing  waits in RUN-1" in books.done("subscription", "show", "SUB-1").out
    assert "waits in RUN-1" in books.done("subscription", "list").out
    assert "billing-beans run post RUN-1" in books.refused("subscription", "bill", "SUB-1")
    assert "SUB-1 waits in RUN-1" in books.done("subscription", "quantity", "SUB-1", "2").out


def test_by_the_second_a_change_counts_from_its_moment(books: Shell) -> None:
    books.done("book", "policy", "proration", "second", "--date", "2026-01-01")
    books.done("subscription", "start", "acme", "team", "2", "--from", "2026-01-11", "--bill")
    books.at("2026-01-26T04:00:00Z")
    note, invoice = documents(books, "subscription", "quantity", "SUB-1", "4", "--at", "2026-01-26T12:00", "--bill")
    assert (note["subtotal"], invoice["subtotal"]) == ("10.00 SGD", "20.00 SGD")
    out = books.done("subscription", "show", "SUB-1").out
    assert "2026-01-26 12:00" in out
    assert "(50.00 % of the period)" in out
    sound(books)


def test_each_invoice_says_where_it_comes_from(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team", "--bill")
    books.done("subscription", "start", "acme", "late")
    books.done("invoice", "draft", "acme", "handbook", "1")
    books.at("2026-02-11T02:00:00Z")
    books.done("subscription", "bill", "SUB-1")
    books.done("subscription", "bill", "SUB-2")
    books.at("2026-03-11T02:00:00Z")
    books.done("subscription", "bill", "SUB-2")

    def found(origin: str) -> set[str]:
        said = books.done("invoice", "list", "--origin", origin, "--json").json["result"]
        return {one["number"][-1] for one in said["invoices"]}

    assert found("subscription-start") == {"1", "4"}
    assert found("subscription-period") == {"3", "5"}
    assert found("one-off") == {"2"}
    assert found("top-up") == set()
    assert "origin               subscription start\n" in books.done("invoice", "show", "SG-2026-00001").out
    assert books.done("invoice", "show", "SG-2026-00002", "--json").json["result"]["origin"] == "one-off"


def test_ids_are_completed_by_how_they_stand(books: Shell) -> None:
    books.done("subscription", "start", "acme", "team")
    books.done("subscription", "start", "bolt", "team", "--periods", "2")
    books.done("subscription", "pause", "SUB-2")

    def completed(verb: str) -> list[str]:
        complete = ShellComplete(root, {}, "billing-beans", "_BILLING_BEANS_COMPLETE")
        return [
            one.value for one in complete.get_completions(["--books", str(books.root), "subscription", verb], "SUB")
        ]

    assert completed("pause") == ["SUB-1"]
    assert completed("resume") == ["SUB-2"]
    assert completed("renew") == ["SUB-2"]
    assert completed("show") == ["SUB-1", "SUB-2"]
