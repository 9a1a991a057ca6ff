"""Revenue that is earned over a period, on real books: released, credited, reported (R5)."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader
from credit_shell import add_setup, after_tax, balances, free, last_facts, with_second_seller
from run_shell import subscribe, with_plans

from billing_beans.ledger.reading import read_books
from billing_beans.reports.deep import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Shell

DEFERRED, INCOME = "Liabilities:SG:Deferred:Acme", "Income:SG:Subscription"
ONE, TWO, THREE = (f"SG-2026-{number:05d}" for number in (1, 2, 3))
SETUP = """\
2026-01-01 custom "billing" "product" "care"
  name: "Care"
  revenue: "over-period"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-31" "care"
  unit-price: 120.00 SGD
2026-01-01 custom "billing" "price" "PRICE-32" "care"
  unit-price: 90.00 USD
"""


@pytest.fixture
def books(kinds: Shell) -> Iterator[Shell]:
    """Books with a product that is earned over a period; at the end they are sound, and their reports equal the accounts."""
    add_setup(kinds, SETUP)
    yield kinds
    said = kinds("check", "--deep")
    assert said.status == 0, said.out + said.err


def sold(shell: Shell, *words: str, period: str | None = "2026-01-01..2026-05-01", customer: str = "acme") -> str:
    """The number of an invoice that was issued for a period."""
    options = ("--period", period) if period else ()
    said = shell.done("invoice", "draft", customer, *(words or ("care", "1")), *options, "--json")
    number: str = said.json["result"]["number"]
    shell.done("invoice", "issue", number)
    return number


def released(shell: Shell, until: str, *options: str) -> Any:
    return shell.done("revenue", "release", "--until", until, *options, "--json").json


def left(shell: Shell, number: str = ONE) -> list[str]:
    return [one["left"] for one in shell.done("revenue", "show", number, "--json").json["result"]]


def test_what_the_days_have_earned_becomes_income_month_by_month_once(books: Shell) -> None:
    # 120.00 for 120 days.
    sold(books)
    assert balances(books)[DEFERRED] == "-120 SGD"
    books.at("2026-03-11T02:00:00Z")
    assert '2026-02-28 * "Acme Pte. Ltd."' in books.done("revenue", "release", "--until", "today", "--dry-run").out
    assert balances(books)[DEFERRED] == "-120 SGD"
    assert books.done("revenue", "release", "--until", "2026-03-10").out == (
        "Released 69.00 SGD of 1 line until 2026-03-10, in 3 entries.\n"
        "  customer  income                  lines  amount  currency\n"
        "  acme      Income:SG:Subscription      1   69.00  SGD\n"
    )
    assert last_facts(books, 2) == (
        '2026-02-28 * "Acme Pte. Ltd." "Revenue of SG-2026-00001, line 1: 2026-02-01 to 2026-02-28" ^SG-2026-00001\n'
        '  event: "revenue-released"\n'
        '  invoice: "SG-2026-00001"\n'
        "  line: 1\n"
        "  since: 2026-02-01\n"
        "  until: 2026-03-01\n"
        "  Liabilities:SG:Deferred:Acme                        28.00 SGD\n"
        "  Income:SG:Subscription                             -28.00 SGD\n"
        '2026-03-10 * "Acme Pte. Ltd." "Revenue of SG-2026-00001, line 1: 2026-03-01 to 2026-03-10" ^SG-2026-00001\n'
        '  event: "revenue-released"\n'
        '  invoice: "SG-2026-00001"\n'
        "  line: 1\n"
        "  since: 2026-03-01\n"
        "  until: 2026-03-11\n"
        "  Liabilities:SG:Deferred:Acme                        10.00 SGD\n"
        "  Income:SG:Subscription                             -10.00 SGD\n"
    )
    before = books.files()
    assert (
        books.done("revenue", "release", "--until", "2026-03-10").out
        == "Nothing to do: what is earned by 2026-03-10 is released.\n"
    )
    assert books.done("revenue", "release", "--until", "2026-02-10").out.startswith("Nothing to do")
    assert books.files() == before
    books.at("2026-06-01T02:00:00Z")
    assert released(books, "2026-05-31")["result"]["totals"] == [{"income": INCOME, "lines": 1, "amount": "51.00 SGD"}]
    assert DEFERRED not in balances(books)
    assert balances(books)[INCOME] == "-120 SGD"


def test_only_of_a_customer_or_an_invoice_or_of_all_that_has_something_to_earn(books: Shell) -> None:
    with_second_seller(books)
    add_setup(books, '2026-01-01 custom "billing" "product" "wartung"\n  name: "Wartung"\n  revenue: "over-period"\n'
                     '  tax-code: "DE-VAT-19"\n2026-01-01 custom "billing" "price" "PRICE-33" "wartung"\n'
                     "  unit-price: 31.00 EUR\n")  # fmt: skip
    one, two = sold(books), sold(books, "care", "2", period="2026-01-11..2026-01-21")
    german = sold(books, "wartung", "1", period="2026-01-01..2026-02-01", customer="bolt")
    books.at("2026-02-01T02:00:00Z")
    assert released(books, "2026-01-10", "--invoice", two)["result"]["entries"] == 0
    assert released(books, "2026-01-12", "--invoice", two)["result"]["rows"] == [
        {"customer": "acme", "income": INCOME, "lines": 1, "amount": "48.00 SGD"}
    ]
    assert released(books, "2026-01-12", "--customer", "bolt")["result"]["totals"] == [
        {"income": "Income:DE:Subscription", "lines": 1, "amount": "12.00 EUR"}
    ]
    said = books.done("revenue", "release", "--until", "2026-01-31").out
    assert said.splitlines() == [
        "Released 19.00 EUR, 223.00 SGD of 3 lines until 2026-01-31, in 3 entries.",
        "  customer  income                  lines  amount  currency",
        "  acme      Income:SG:Subscription      2  223.00  SGD",
        "  bolt      Income:DE:Subscription      1   19.00  EUR",
        "  total     Income:DE:Subscription      1   19.00  EUR",
        "  total     Income:SG:Subscription      2  223.00  SGD",
    ]
    assert [left(books, number) for number in (one, two, german)] == [["89.00 SGD"], ["0.00 SGD"], ["0.00 EUR"]]
    listed = books.done("revenue", "list", "--json").json["result"]
    assert [(row["source"], row["left"], row["released-until"]) for row in listed] == [
        (f"invoice/{one}", "89.00 SGD", "2026-01-31")
    ]
    assert len(books.done("revenue", "list", "--all", "--json").json["result"]) == 3
    assert [
        row.split()[1] for row in books.done("revenue", "list", "--customer", "bolt", "--all").out.splitlines()
    ] == [
        "line",
        f"{german}/1",
    ]


def test_without_a_period_it_is_earned_on_the_day_of_issue_and_one_that_is_over_at_once(books: Shell) -> None:
    sold(books, period=None)
    sold(books, period="2025-11-01..2026-01-01")
    assert released(books, "2026-01-10")["result"]["totals"] == [{"income": INCOME, "lines": 1, "amount": "120.00 SGD"}]
    assert released(books, "today")["result"]["totals"] == [{"income": INCOME, "lines": 1, "amount": "120.00 SGD"}]
    assert [line[:12] for line in books.journal().splitlines() if "Revenue of" in line] == ["2026-01-11 *"] * 2


def test_a_closed_month_is_released_into_the_first_open_day(books: Shell) -> None:
    sold(books)
    books.at("2026-02-20T02:00:00Z")
    books.done("period", "close", "2026-02-10")
    facts = released(books, "2026-02-05")["facts"]
    assert [(one["date"], one["until"], one["income"]["units"]) for one in facts] == [
        ("2026-02-11", "2026-02-06", "-36.00 SGD")
    ]


def test_a_credit_note_takes_what_is_not_released_first(books: Shell) -> None:
    sold(books)
    books.at("2026-04-11T02:00:00Z")
    released(books, "2026-03-31")
    books.done("invoice", "credit", ONE, "--line", "1=10.00 SGD", "--reason", "slow")
    assert (balances(books)[DEFERRED], balances(books)[INCOME]) == ("-20 SGD", "-90 SGD")
    # 20.00 are left for the thirty days of April.
    assert released(books, "2026-04-03")["facts"][0]["income"]["units"] == "-2.00 SGD"
    said = books.refused("invoice", "credit", ONE, "--line", "1=40.00 SGD", "--reason", "late", "--date", "2026-04-02")
    assert "what it takes back of SG-2026-00001 was there on 2026-04-11" in said
    books.done("invoice", "credit", ONE, "--line", "1=40.00 SGD", "--reason", "later still")
    assert (balances(books).get(DEFERRED), balances(books)[INCOME]) == (None, "-70 SGD")
    books.done("invoice", "credit", ONE, "--reason", "all of it")
    assert INCOME not in balances(books)
    assert released(books, "2026-04-11")["result"]["entries"] == 0
    shown = books.done("revenue", "show", ONE).out.splitlines()
    assert shown[:2] == [
        "care, line 1 of SG-2026-00001, acme: 120.00 SGD for 2026-01-01 to 2026-04-30",
        "  released 92.00, taken away 28.00, deferred 0.00 SGD; becomes Income:SG:Subscription",
    ]
    assert [row.split() for row in shown[6:]] == [
        ["2026-03-31", "released", "2026-03-01", "to", "2026-03-31", "-31.00", "30.00"],
        ["2026-04-11", "credited", "CN-SG-2026-00001", "-10.00", "20.00"],
        ["2026-04-03", "released", "2026-04-01", "to", "2026-04-03", "-2.00", "18.00"],
        ["2026-04-11", "credited", "CN-SG-2026-00002", "-18.00", "0.00"],
    ]


def test_free_credits_after_tax_take_no_more_than_is_not_released(books: Shell) -> None:
    after_tax(books)
    sold(books, "care", "1", period="2026-01-01..2026-01-31")
    books.at("2026-01-27T02:00:00Z")
    released(books, "2026-01-27")  # 108.00 of 120.00
    free(books, "54.50")
    books.done("credit", "apply", ONE)
    # 50.00 of the net amount: 12.00 are deferred, and the rest lowers what was earned.
    held = balances(books)
    assert DEFERRED not in held
    assert (held[INCOME], held["Income:SG:Discounts"]) == ("-108 SGD", "42.5 SGD")
    assert released(books, "2026-01-27")["result"]["entries"] == 0
    books.at("2026-02-10T02:00:00Z")
    books.done("credit", "reverse", "APP-1", "--reason", "not meant for this")
    assert balances(books)[DEFERRED] == "-12 SGD"
    assert released(books, "today")["facts"][0]["date"] == "2026-02-10"
    assert balances(books)[INCOME] == "-120 SGD"
    assert "Income:SG:Discounts" not in balances(books)


def test_an_invoice_of_which_revenue_was_released_is_credited_and_not_voided(books: Shell) -> None:
    sold(books)
    sold(books)
    books.done("invoice", "void", TWO, "--reason", "twice")
    assert left(books, TWO) == ["0.00 SGD"]
    released(books, "today")
    said = books.refused("invoice", "void", ONE, "--reason", "wrong customer")
    assert f"{ONE} has earned revenue, which was released" in said
    assert f"billing-beans invoice credit {ONE} --reason" in said
    books.done("invoice", "credit", ONE, "--reason", "wrong customer")
    assert not {DEFERRED, INCOME} & balances(books).keys()


def test_deferred_revenue_of_before_is_released_with_the_same_command(books: Shell) -> None:
    path = books.root.parent / "opening.csv"
    path.write_text(
        "kind,number,customer,amount,currency,product,period-start,period-end\n"
        "deferred,SUB-77,acme,177.00,SGD,care,2025-08-01,2026-06-30\n",
        encoding="utf-8",
    )
    books.done("opening", "import", str(path), "--date", "2026-01-05")
    books.at("2026-07-05T02:00:00Z")
    # One for each day from 2026-01-05 on, the last one included.
    assert released(books, "2026-01-31", "--invoice", "SUB-77")["facts"][0]["income"]["units"] == "-27.00 SGD"
    assert (
        "SUB-77, of before, acme: 177.00 SGD for 2026-01-05 to 2026-06-30"
        in books.done("revenue", "show", "SUB-77").out
    )
    released(books, "2026-07-04")
    assert balances(books)[INCOME] == "-177 SGD"


def test_the_report_says_when_it_will_be_released_and_equals_the_accounts_on_any_day(books: Shell) -> None:
    sold(books)
    sold(books, "care", "1", "plan", "1", period="2026-02-01..2028-02-01")
    books.at("2026-03-05T02:00:00Z")
    released(books, "2026-02-28", "--invoice", ONE)
    found = books.done("report", "deferred", "--json").json["result"]
    (total,) = found["totals"]
    assert (total["deferred"], total["earned"]) == ("231.00", "12.68")
    assert found["accounts"] == [
        {"seller": "sg", "account": "Liabilities:SG:Deferred", "currency": "SGD", "balance": "231.00"}
    ]
    assert list(total["months"].items())[:3] == [("2026-02", "6.52"), ("2026-03", "38.22"), ("2026-04", "36.99")]
    said = books.done("report", "deferred", "--by", "product").out
    assert [row.split()[2:] for row in said.splitlines()[2:5]] == [
        ["care", "181.00", "10.42", "120.28", "50.30"],
        ["plan", "50.00", "2.26", "26.78", "20.96"],
        ["total", "231.00", "12.68", "147.06", "71.26"],
    ]
    rows = list(csv.reader(io.StringIO(books.done("report", "deferred", "--by", "customer", "--csv").out)))
    assert rows[0] == ["date", "seller", "currency", "customer", "month", "amount"]
    assert rows[1] == ["2026-03-05", "sg", "SGD", "acme", "2026-02", total["months"]["2026-02"]]
    assert books.done("report", "deferred", "--date", "2026-01-10").out == "No revenue was deferred on 2026-01-10.\n"
    past = books.done("report", "deferred", "--date", "2026-01-31", "--json").json["result"]["accounts"]
    assert past[0]["balance"] == "259.00"


def test_a_record_that_parts_from_its_account_is_found_for_its_day(books: Shell) -> None:
    sold(books)
    released(books, "2026-01-10")
    entries, errors, _options = loader.load_file(str(books.root / "main.beancount"))
    assert errors == []
    known = read_books(books.root).books
    assert compare(known, entries).disagreements == ()
    (record,) = known.revenue.deferred.all()
    *_others, move = known.revenue.moves.all()
    known.revenue.moves.put(move._replace(amount=move.amount - 1))
    known.revenue.deferred.put(record._replace(released=record.released + 1))
    found = compare(known, entries).disagreements
    day = date(2026, 1, 11)
    assert [(one.control.who, one.day, one.reported, one.ledger) for one in found] == [
        (who, day, Decimal("-109.00"), Decimal("-110.00")) for who in (DEFERRED, "Liabilities:SG:Deferred", DEFERRED)
    ]
    assert {one.control.report for one in found} == {"deferred revenue"}


def test_the_index_knows_what_a_full_load_knows(books: Shell) -> None:
    sold(books)
    sold(books, "care", "3", period="2026-02-01..2027-02-01")
    books.at("2026-04-11T02:00:00Z")
    for until in ("2026-01-20", "2026-03-31"):
        released(books, until)
    books.done("invoice", "credit", TWO, "--line", "1=1", "--reason", "one was not needed")
    asked = [("revenue", "show", ONE), ("revenue", "list", "--all"), ("report", "deferred", "--date", "2026-03-15")]
    kept = [books.done(*words).out for words in asked]
    books.done("rebuild")
    assert [books.done(*words).out for words in asked] == kept


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--until", "2026-01-12"), "Revenue was to be released until 2026-01-12, and today is 2026-01-11"),
        (("--until", "2026-01-10", "--customer", "nobody"), "There is no customer nobody"),
        (("--until", "2026-01-10", "--invoice", "SG-1"), "There is no invoice and no opening SG-1"),
        (("--until", "2026-01-10", "--invoice", TWO), f"{TWO} is not issued"),
        (("--until", "2026-01-10", "--invoice", THREE), f"Nothing of {THREE} is earned over a period"),
    ],
)
def test_what_can_t_be_released_is_refused(books: Shell, words: tuple[str, ...], expected: str) -> None:
    sold(books)
    books.done("invoice", "draft", "acme", "care", "1")
    sold(books, "handbook", "1", period=None)
    assert expected in books.refused("revenue", "release", *words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--until", "31.1.2026"), "no date that can be read"),
        (("--until", "2026-02-30"), "There is no day 2026-02-30"),
        (("--until", "2026-01-10", "--date", "2026-01-10"), "Each release is dated the last day that it releases"),
        (("--until", "2026-01-10", "--customer", "acme", "--invoice", ONE), "An invoice is of one customer"),
        (("--until", "2026-01-10", "--customer", ""), "is empty"),
        ((), "--until"),
    ],
)
def test_what_can_t_be_read_is_wrong_usage(books: Shell, words: tuple[str, ...], expected: str) -> None:
    assert expected in books.refused("revenue", "release", *words, status=2)


def test_completion_offers_what_is_deferred(books: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import ShellComplete  # noqa: PLC0415

    from billing_beans.cli.root import root  # noqa: PLC0415

    sold(books)
    sold(books, period=None)
    released(books, "today")
    monkeypatch.chdir(books.root)
    complete = ShellComplete(root, {}, "billing-beans", "_BILLING_BEANS_COMPLETE")
    for words in (["revenue", "show"], ["revenue", "release", "--invoice"]):
        assert [one.value for one in complete.get_completions(words, "SG")] == [ONE]


@pytest.mark.parametrize("early", [None, "2026-01-04", "2026-01-09"])
def test_a_subscription_that_is_cancelled_earns_the_days_before_however_releases_are_cut(
    books: Shell, early: str | None
) -> None:
    # Two seats at 10.00 for the 31 days from 2026-01-05; they end with 2026-01-14, and 13.55 come back.
    with_plans(books)
    books.at("2026-01-05T02:00:00Z")
    subscription = subscribe(books, "acme")
    books.done("subscription", "bill", subscription)
    books.at("2026-01-15T02:00:00Z")
    if early is not None:
        released(books, early)
    books.done("subscription", "cancel", subscription, "--bill", "--reason", "moves away")
    assert left(books)[0] == {None: "6.45 SGD", "2026-01-04": "6.45 SGD", "2026-01-09": "3.22 SGD"}[early]
    released(books, "2026-01-10")
    assert left(books)[0] == "2.58 SGD"
    released(books, "2026-01-14")
    assert balances(books)[INCOME] == "-6.45 SGD"
    assert DEFERRED not in balances(books)
    books.at("2026-03-01T02:00:00Z")
    assert released(books, "2026-02-28")["result"]["entries"] == 0


def test_seats_that_are_given_up_are_not_earned_and_those_that_are_kept_are(books: Shell) -> None:
    with_plans(books)
    books.at("2026-01-05T02:00:00Z")
    subscription = subscribe(books, "acme", seats=4)
    books.done("subscription", "bill", subscription)
    books.at("2026-01-15T02:00:00Z")
    books.done("subscription", "quantity", subscription, "3", "--bill")
    books.at("2026-03-01T02:00:00Z")
    released(books, "2026-02-04")
    # Ten days of four seats, and 21 of three: 12.90 and 20.32.
    assert balances(books)[INCOME] == "-33.22 SGD"
    assert DEFERRED not in balances(books)
