"""Cancellations of another system: credit notes where they match an invoice, and a line with its reason where they don't."""

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beanquery import query
from shop_books import REAL, REAL_OPTIONS, customer, journal, make_books, problems, taking

from billing_beans.cli.root import run

SAME = "the same quantity and unit price"
PART = "a part, at the same unit price"
REST = "all that is left of the only invoice with that amount"
ONLY = "the only invoice with so much left"
NEWEST = "the newest of several with so much left"
NO_INVOICE = "is a cancellation, and its customer has no invoice before it"
TOO_MUCH = "is a cancellation of more than is left of any invoice of its customer"
SEVERAL = "is a cancellation that may be of several invoices"
TOO_EARLY = "is a cancellation from before what it takes back was paid or granted"
GRANTED = "is a cancellation of a part of granted units at another price"
TWICE = "has a number that stands on an earlier row too"
OTHER = "has a number that the books have with other content"

CREDITS = """2010-01-01 custom "billing" "product" "credits"
  name: "Credits"
  revenue: "on-consumption"
  tax-code: "VAT"
  entitlement: "CREDIT"
2010-01-01 custom "billing" "agreement" "AG-1" "c-17850"
2010-01-01 custom "billing" "agreement-term" "AG-1" "credits"
  unit-price: 9.00 GBP
"""

SOLD = ("A1,2011-02-01,c-17850,10,3,goods,x", "A2,2011-02-02,c-17850,4,5,goods,x")


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T02:00:00Z")
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    return make_books(tmp_path / "books")


@pytest.fixture
def take(books: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    return taking(books, capsys)


def note(books: Path, number: str) -> str:
    """The text of a credit note, from its draft to what it moves."""
    everything = "".join(journal(books).values())
    found = everything.partition(f'"credit-note-drafted" "{number}"')[2]
    return found.partition(f"^{number}")[0] + found.partition(f"^{number}")[2].partition("\n\n")[0]


def balances(books: Path) -> dict[str, Decimal]:
    """What stands on each account, by Beancount's own query language."""
    entries, errors, options = loader.load_file(str(books / "main.beancount"))
    assert errors == []
    _types, rows = query.run_query(entries, options, "SELECT root(account, 3) AS a, sum(number) AS n GROUP BY a")
    return dict(rows)


def pay(books: Path, *commands: str) -> None:
    for words in commands:
        assert run(["payment", *(word.replace("_", " ") for word in words.split()), "--books", str(books)]) == 0


def result_of(take: Any, *rows: str, options: tuple[str, ...] = ()) -> Any:
    return take(*rows, options=options)[1]["result"]


def test_a_cancellation_becomes_a_credit_note_with_its_own_number_and_day(books: Path, take: Any) -> None:
    status, answer, _ = take(*SOLD, "C3,2011-02-05,c-17850,-10,3,goods,x")
    assert status == 0
    assert answer["result"] | {"matches": {SAME: 1}, "credited": 1, "imported": 2} == answer["result"]
    assert (answer["result"]["credit-totals"], answer["result"]["credit-taxes"]) == ({"GBP": "36.00"}, {"GBP": "6.00"})
    text = note(books, "C3")
    assert 'series: "imported"' in text
    assert f'source: "import/{answer["result"]["digest"][:23]}/4"' in text
    assert 'reason: "Cancellation of 10 at 3 GBP: A1 sold the same"' in text
    assert "2011-02-05 *" in text
    assert "Assets:GB:Receivable:C-17850                       -36.00 GBP" in text
    assert balances(books)["Assets:GB:Receivable"] == Decimal("24.00")


FOUND = [
    # a later invoice that sold the same is nearer
    (("A3,2011-02-03,c-17850,10,3,goods,x",), "-10,3", "A3", SAME, "quantity: 10"),
    ((), "-3,5", "A2", PART, "quantity: 3"),
    ((), "-2,15", "A1", REST, "quantity: 10"),
    ((), "-1,29.99", "A1", ONLY, "allowance: TRUE"),
    ((), "-9,0.3333", "A1", ONLY, "amount: 3.00 GBP"),
    # what cost nothing, and what another product was, does not come into question
    (("A3,2011-02-03,c-17850,10,0,goods,x", "A4,2011-03-03,c-17850,99,3,late,x"), "-5,1", "A1", ONLY, "5.00 GBP"),
    # another customer's, and a later one
    (("A3,2011-02-03,c-12388,10,3,goods,x", "A4,2011-06-01,c-17850,10,3,goods,x"), "-10,3", "A1", SAME, "30.00 GBP"),
]


@pytest.mark.parametrize(("others", "cancelled", "invoice", "rule", "says"), FOUND)
def test_the_surest_rule_finds_the_invoice(
    books: Path, take: Any, others: tuple[str, ...], cancelled: str, invoice: str, rule: str, says: str
) -> None:
    result = result_of(take, *SOLD, *others, f"C9,2011-05-01,c-17850,{cancelled},goods,x")
    assert (result["refused"], result["matches"]) == (0, {rule: 1})
    assert f'invoice: "{invoice}"' in note(books, "C9")
    assert says in note(books, "C9")
    assert problems(books) == []


NOT_FOUND = [
    ("C9,2011-01-31,c-17850,-1,3,goods,x", NO_INVOICE, "there is nothing to credit of what c-17850 bought before"),
    ("C9,2011-05-01,c-12388,-1,3,goods,x", NO_INVOICE, "c-12388"),
    ("C9,2011-05-01,c-17850,-1,3,late,x", NO_INVOICE, "c-17850"),
    ("C9,2011-05-01,c-17850,-1,31,goods,x", TOO_MUCH, "10 for 30.00 are left of A1, the largest"),
    ("C9,2011-05-01,c-17850,-11,3,goods,x", TOO_MUCH, "takes back 33.00 GBP for 11"),
    ("C9,2011-05-01,c-17850,-20,1,goods,x", TOO_MUCH, "for 20"),
    ("C9,2011-05-01,c-17850,-1,4,goods,x", SEVERAL, "takes back 4.00 GBP, and may be of A2, A1"),
]


@pytest.mark.parametrize(("row", "why", "says"), NOT_FOUND)
def test_what_matches_nothing_is_listed_with_its_reason_and_never_guessed(
    books: Path, take: Any, row: str, why: str, says: str
) -> None:
    status, answer, said = take(*SOLD, row)
    assert (status, answer["result"]["credited"], answer["result"]["reasons"]) == (1, 0, {why: 1})
    assert "line 4: C9 takes back" in said
    assert says in said
    assert balances(books)["Assets:GB:Receivable"] == Decimal("60.00")


def test_how_sure_a_match_must_be_is_chosen_and_rows_that_were_refused_are_taken_later(books: Path, take: Any) -> None:
    rows = (*SOLD, "C8,2011-05-01,c-17850,-1,4,goods,x", "C9,2011-05-02,c-17850,-1,29,goods,x")
    exact = result_of(take, *rows, options=("--match", "exact"))
    assert exact["reasons"] == {"is a cancellation that no invoice matches exactly": 2}
    only = result_of(take, *rows)
    # C9 is more than all of A2, and leaves so little of A1 that C8 can be of A2 alone.
    assert (only["standing"], only["matches"], only["reasons"]) == (2, {ONLY: 2}, {})
    assert 'invoice: "A1"' in note(books, "C9")
    assert 'invoice: "A2"' in note(books, "C8")
    assert balances(books)["Assets:GB:Receivable"] == Decimal("20.40")


def test_the_newest_counts_where_that_is_asked_for(books: Path, take: Any) -> None:
    result = result_of(take, *SOLD, "C8,2011-05-01,c-17850,-1,4,goods,x", options=("--match", "newest"))
    assert (result["matches"], result["refused"]) == ({NEWEST: 1}, 0)
    assert "A2 is the newest of 2 invoices before it with so much left" in note(books, "C8")
    assert problems(books) == []


def test_rows_are_taken_by_day_and_time_whatever_their_order_in_the_file(books: Path, take: Any) -> None:
    rows = ("C9,2011-02-01 12:00,c-17850,-10,3,goods,x", "A1,2011-02-01 09:00,c-17850,10,3,goods,x")
    assert result_of(take, *rows)["matches"] == {SAME: 1}
    too_early = ("C8,2011-03-01 12:00,c-17850,-7,3,goods,x", "A2,2011-03-01 12:01,c-17850,7,3,goods,x")
    for _ in range(2):
        assert result_of(take, *too_early)["reasons"] == {NO_INVOICE: 1}
    without_time = ("C7,2011-04-01,c-17850,-6,3,goods,x", "A3,2011-04-01,c-17850,6,3,goods,x")
    assert result_of(take, *without_time)["matches"] == {SAME: 1}


def test_the_same_file_again_finds_nothing_new(books: Path, take: Any) -> None:
    rows = (
        *SOLD,
        "C8,2011-05-01,c-17850,-1,4,goods,x",
        "C9,2011-05-02,c-17850,-10,3,goods,x",
        "C7,2011-01-01,c-17850,-1,1,goods,x",
    )
    first = result_of(take, *rows)
    assert (first["credited"], first["reasons"]) == (2, {NO_INVOICE: 1})
    before = journal(books)
    again = result_of(take, *rows)
    assert (again["standing"], again["credited"], again["reasons"]) == (4, 0, first["reasons"])
    assert journal(books) == before


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("C9,2011-05-02,c-17850,-4,5,goods,x", OTHER),
        ("C9,2011-05-03,c-17850,-10,3,goods,x", OTHER),
        ("C9,2011-05-02,c-12388,-10,3,goods,x", OTHER),
        ("C9,2011-05-02,c-17850,-5,6,goods,x", OTHER),
        ("A2,2011-05-02,c-17850,-1,5,goods,x", OTHER),
    ],
)
def test_a_number_that_stands_for_something_else_is_refused(books: Path, take: Any, row: str, why: str) -> None:
    assert result_of(take, *SOLD, "C9,2011-05-02,c-17850,-10,3,goods,x")["refused"] == 0
    before = journal(books)
    status, answer, said = take(row)
    assert (status, answer["result"]["reasons"]) == (1, {why: 1})
    assert "the file says something else" in said
    assert journal(books) == before


def test_an_invoice_with_the_number_of_a_credit_note_is_refused(books: Path, take: Any) -> None:
    take(*SOLD, "X9,2011-05-02,c-17850,-10,3,goods,x")
    assert result_of(take, "X9,2011-05-02,c-17850,10,3,goods,x")["reasons"] == {OTHER: 1}
    twice = ("C5,2011-05-03,c-17850,-1,5,goods,x", "C5,2011-05-03,c-17850,-1,5,goods,x")
    again = result_of(take, *twice)
    assert (again["credited"], again["reasons"]) == (1, {TWICE: 1})


def test_what_is_credited_of_a_paid_invoice_becomes_the_customers_money(books: Path, take: Any, capsys: Any) -> None:
    take(*SOLD)
    pay(
        books,
        "submit A1",
        "verify PAY-1 --received 2011-03-01",
        "submit A2 --amount 20.00_GBP",
        "verify PAY-2 --received 2011-03-02",
    )
    capsys.readouterr()
    result = result_of(take, "C8,2011-05-01,c-17850,-2,3,goods,x", "C9,2011-05-02,c-17850,-4,5,goods,x")
    assert (result["matches"], result["refused"]) == ({SAME: 1, PART: 1}, 0)
    now = balances(books)
    assert now["Liabilities:GB:Unapplied"] == -(Decimal("7.20") + Decimal("20.00"))
    assert now["Assets:GB:Receivable"] == 0


def test_what_was_paid_later_is_not_given_back_before_that_day(books: Path, take: Any, capsys: Any) -> None:
    take(*SOLD)
    pay(books, "submit A1", "verify PAY-1 --received 2011-06-01")
    capsys.readouterr()
    status, answer, _ = take("C8,2011-05-01,c-17850,-2,3,goods,x", "C9,2011-06-01,c-17850,-2,3,goods,x")
    assert (status, answer["result"]["matches"], answer["result"]["reasons"]) == (1, {PART: 1}, {TOO_EARLY: 1})
    assert balances(books)["Liabilities:GB:Unapplied"] == Decimal("-7.20")


def test_granted_units_are_taken_back_by_quantity_and_never_by_amount(books: Path, take: Any, capsys: Any) -> None:
    with (books / "setup/catalog.beancount").open("a") as handle:
        handle.write(CREDITS)
    take("A1,2011-02-01,c-17850,10,9,credits,x")
    pay(books, "submit A1", "verify PAY-1 --date 2011-03-01")
    capsys.readouterr()
    rows = ("C8,2011-05-01,c-17850,-2,9,credits,x", "C9,2011-05-02,c-17850,-2,5,credits,x")
    result = result_of(take, *rows)
    assert (result["matches"], result["reasons"]) == ({PART: 1}, {GRANTED: 1})
    assert balances(books)["Liabilities:GB:Entitlements"] == -8


def test_units_are_not_taken_back_before_the_day_on_which_they_were_granted(
    books: Path, take: Any, capsys: Any
) -> None:
    with (books / "setup/catalog.beancount").open("a") as handle:
        handle.write(CREDITS)
    take("A1,2011-02-01,c-17850,10,9,credits,x")
    pay(books, "submit A1", "verify PAY-1 --date 2011-03-02")
    capsys.readouterr()
    rows = ("C8,2011-03-01,c-17850,-2,9,credits,x", "C9,2011-03-02,c-17850,-2,9,credits,x")
    status, answer, said = take(*rows)
    assert (status, answer["result"]["matches"], answer["result"]["reasons"]) == (1, {PART: 1}, {TOO_EARLY: 1})
    assert "C8 is of 2011-03-01, and what it takes back of A1 was there on 2011-03-02" in said
    assert balances(books)["Liabilities:GB:Entitlements"] == -8


def test_a_credit_note_that_completes_an_invoice_posts_what_is_left_of_it(books: Path, take: Any, capsys: Any) -> None:
    with (books / "setup/catalog.beancount").open("a") as handle:
        handle.write(CREDITS)
    take("A1,2011-02-01,c-17850,10,9,credits,x")
    pay(books, "submit A1 --amount 86.40_GBP", "verify PAY-1 --received 2011-03-01")
    capsys.readouterr()
    assert result_of(take, "C8,2011-05-01,c-17850,-2,9,credits,x")["matches"] == {PART: 1}
    assert balances(books)["Liabilities:GB:Entitlements"] == -8
    assert '2011-05-01 * "Customer c-17850" "Posting of A1"' in "".join(journal(books).values())


def test_real_rows_of_a_shop_come_in_and_receivables_are_invoices_less_credit_notes(
    books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row of eleven customers, some of whom cancelled before they bought anything."""
    chosen = ["15311", "14527", "17841", "12472", "17850", "12388", "17548", "16546", "15443", "12346", "12748"]
    with gzip.open(REAL, "rt", encoding="utf-8", newline="") as handle:
        head, *rows = [row for row in csv.reader(handle) if row[2] in ("CustomerID", *chosen)]
    file = tmp_path / "real.csv"
    with file.open("w", newline="") as handle:
        csv.writer(handle).writerows([head, *rows])
    with (books / "setup/customers.beancount").open("a") as handle:
        handle.writelines(customer(f"c-{one}", "GB") for one in chosen if one not in ("17850", "12388"))
    command = ["invoice", "import", str(file), "--books", str(books), "--json", *REAL_OPTIONS]
    rejected = tmp_path / "refused.csv"
    assert run([*command, "--reject", str(rejected)]) == 1
    result = json.loads(capsys.readouterr().out)["result"]
    cancelled = sum(row[0].startswith("C") for row in rows)
    assert cancelled > 100
    assert result["imported"] + result["credited"] + result["refused"] == len(rows)
    assert sum(result["matches"].values()) == result["credited"] > 10
    assert result["reasons"][NO_INVOICE] > 0
    with rejected.open(newline="") as handle:
        refused = [*csv.DictReader(handle)]
    assert len(refused) == result["refused"]
    assert {one["reason"] for one in refused if not one["InvoiceNo"].startswith("C")} == {TWICE}
    total, credited = Decimal(result["totals"]["GBP"]), Decimal(result["credit-totals"]["GBP"])
    assert balances(books)["Assets:GB:Receivable"] == total - credited
    assert run(command) == 1
    again = json.loads(capsys.readouterr().out)["result"]
    assert (again["imported"], again["credited"], again["refused"]) == (0, 0, result["refused"])
    assert run([*command, "--match", "newest"]) == 1
    newest = json.loads(capsys.readouterr().out)["result"]
    assert SEVERAL in result["reasons"]
    assert SEVERAL not in newest["reasons"]
    credited += Decimal(newest["credit-totals"]["GBP"])
    assert balances(books)["Assets:GB:Receivable"] == total - credited
