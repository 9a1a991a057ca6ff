"""Reports on small books made by commands; every expected figure was reckoned by hand (R5)."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from beginnings import beginning

from billing_beans.cli.check import problem_of
from billing_beans.cli.reporting import csv_text
from billing_beans.ledger.checking import Found
from billing_beans.reports.deep import Control, Disagreement

if TYPE_CHECKING:
    from conftest import Shell

ONE, TWO, THREE, FOUR = (f"SG-2026-{number:05d}" for number in range(1, 5))


def table_of(text: str) -> list[list[str]]:
    """The words of each line that says something."""
    return [line.split() for line in text.splitlines() if line.strip()]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@beginning
def sold(shell: Shell) -> Shell:
    """Four invoices of 27.25 (one handbook and 9 %) or a multiple; due 30 days later.

    One of acme's is paid in part, one overpaid, and a customer with a hostile name has one that was voided.
    """
    shell.at("2026-01-05T02:00:00Z")
    shell.done("invoice", "draft", "acme", "handbook", "4")
    shell.done("invoice", "issue", ONE)
    shell.at("2026-01-20T02:00:00Z")
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "issue", TWO)
    shell.done("invoice", "draft", "quote", "handbook", "2")
    shell.done("invoice", "issue", THREE)
    shell.done("invoice", "draft", "quote", "handbook", "1")
    shell.done("invoice", "issue", FOUR)
    shell.at("2026-02-10T02:00:00Z")
    shell.done("payment", "submit", ONE, "--amount", "50.00 SGD")
    shell.done("payment", "verify", "PAY-1")
    shell.at("2026-02-12T02:00:00Z")
    shell.done("payment", "submit", TWO, "--amount", "30.00 SGD")
    shell.done("payment", "verify", "PAY-2", "--received", "2026-02-11")
    shell.at("2026-02-15T02:00:00Z")
    shell.done("invoice", "void", FOUR, "--reason", "twice")
    shell.at("2026-03-31T02:00:00Z")
    return shell


def test_aging_sorts_what_is_open_by_the_days_since_it_was_due(sold: Shell) -> None:
    # Due 2026-02-04 and 2026-02-19: 55 and 40 days before the end of March.
    assert table_of(sold.done("report", "aging").out) == [
        ["Receivables", "at", "the", "end", "of", "2026-03-31,", "by", "the", "days", "since", "they", "were", "due"],
        ["sg,", "SGD"],
        ["customer", "current", "1-30", "31-60", "61-90", "over", "90", "open", "unapplied", "balance"],
        ["acme", "0.00", "0.00", "59.00", "0.00", "0.00", "59.00", "2.75", "56.25"],
        ["quote", "0.00", "0.00", "54.50", "0.00", "0.00", "54.50", "0.00", "54.50"],
        ["total", "0.00", "0.00", "113.50", "0.00", "0.00", "113.50", "2.75", "110.75"],
    ]


def test_aging_of_a_past_day_knows_nothing_of_what_came_later(sold: Shell) -> None:
    # On 2026-02-10 the second payment had not come, and the fourth invoice was not void.
    rows = rows_of(sold.done("report", "aging", "--date", "2026-02-10", "--csv").out)
    assert [row[3:4] + row[5:] for row in rows] == [
        ["customer", "current", "1-30", "31-60", "61-90", "over 90", "open", "unapplied", "balance"],
        ["acme", "27.25", "59.00", "0.00", "0.00", "0.00", "86.25", "0.00", "86.25"],
        ["quote", "81.75", "0.00", "0.00", "0.00", "0.00", "81.75", "0.00", "81.75"],
    ]
    assert sold.done("report", "aging", "--date", "2026-01-04").out == "Nothing was open on 2026-01-04.\n"


def test_an_invoice_is_not_overdue_on_its_due_day(sold: Shell) -> None:
    def buckets(day: str) -> dict[str, str]:
        said = sold.done("report", "aging", "--customer", "acme", "--date", day, "--json").json["result"]
        (row,) = said["customers"]
        return {label: amount for label, amount in row["amounts"].items() if amount != "0.00"}

    assert buckets("2026-02-04") == {"current": "136.25"}
    assert buckets("2026-02-05") == {"current": "27.25", "1-30": "109.00"}
    assert buckets("2026-03-06") == {"1-30": "59.00"}
    assert buckets("2026-03-07") == {"31-60": "59.00"}
    assert buckets("2026-05-05") == {"61-90": "59.00"}
    assert buckets("2026-05-06") == {"over 90": "59.00"}


def test_aging_lists_invoices_and_takes_other_buckets(sold: Shell) -> None:
    rows = rows_of(sold.done("report", "aging", "--invoices", "--buckets", "45,54", "--csv").out)
    assert [row[5:] for row in rows] == [
        ["invoice", "issued", "due", "overdue", "total", "bucket", "open"],
        [ONE, "2026-01-05", "2026-02-04", "55", "109.00", "over 54", "59.00"],
        [THREE, "2026-01-20", "2026-02-19", "40", "54.50", "1-45", "54.50"],
    ]
    words = table_of(sold.done("report", "aging", "--invoices", "--customer", "acme").out)
    assert words[3] == ["acme", ONE, "2026-02-04", "55", "59.00", "59.00"]
    assert words[4] == ["acme", "all", "0.00", "0.00", "59.00", "0.00", "0.00", "59.00", "2.75", "56.25"]
    listed = sold.done("report", "aging", "--invoices", "--json").json["result"]["customers"][0]["invoices"]
    assert [(one["invoice"], one["bucket"], one["open"]) for one in listed] == [(ONE, "31-60", "59.00")]


def test_cells_of_csv_are_no_formulas(sold: Shell) -> None:
    path = sold.root / "setup" / "customers.beancount"
    path.write_text(
        path.read_text(encoding="utf-8").replace('name: "Acme Pte. Ltd."', 'name: "=HYPERLINK(1)"'), encoding="utf-8"
    )
    rows = rows_of(sold.done("report", "aging", "--csv").out)
    assert rows[1][4] == "'=HYPERLINK(1)"
    assert "2026-03-31,sg,SGD,acme,'=HYPERLINK(1)" in sold.done("dunning", "list", "--csv").out


def test_numbers_and_days_stay_what_they_are_in_csv() -> None:
    cells = ("=1+1", "+49 30", "-1+2", "@x", "\tx", "-1.50", "a,b", Decimal("-0.10"), date(2026, 1, 5), 7, None)
    (row,) = rows_of(csv_text([cells]))
    assert row == ["'=1+1", "'+49 30", "'-1+2", "'@x", "'\tx", "-1.50", "a,b", "-0.10", "2026-01-05", "7", ""]


def test_a_statement_runs_from_the_opening_to_the_closing_balance(sold: Shell) -> None:
    assert table_of(sold.done("report", "statement", "acme", "--from", "2026-01-10", "--to", "2026-02-28").out) == [
        [
            "Statement",
            "of",
            "account,",
            "Acme",
            "Pte.",
            "Ltd.",
            "(acme)",
            "with",
            "sg,",
            "SGD,",
            "2026-01-10",
            "to",
            "2026-02-28",
        ],
        ["date", "what", "amount", "balance"],
        ["2026-01-10", "opening", "balance", "109.00"],
        ["2026-01-20", "invoice", TWO, "due", "2026-02-19", "27.25", "136.25"],
        ["2026-02-10", "payment", "PAY-1", ONE, "50.00", "-50.00", "86.25"],
        ["2026-02-11", "payment", "PAY-2", TWO, "27.25", "-30.00", "56.25"],
        ["2026-02-28", "closing", "balance", "56.25"],
        ["Open", "on", "2026-02-28,", "by", "days", "since", "it", "was", "due"],
        ["current", "1-30", "31-60", "61-90", "over", "90", "unapplied"],
        ["0.00", "59.00", "0.00", "0.00", "0.00", "2.75"],
    ]


def test_a_statement_shows_what_was_voided(sold: Shell) -> None:
    rows = rows_of(sold.done("report", "statement", "quote", "--csv").out)
    assert [row[3:] for row in rows] == [
        ["date", "what", "reference", "due", "for", "amount", "balance"],
        ["2026-01-20", "invoice", THREE, "2026-02-19", "", "54.50", "54.50"],
        ["2026-01-20", "invoice", FOUR, "2026-02-19", "", "27.25", "81.75"],
        ["2026-02-15", "void", FOUR, "", "", "-27.25", "54.50"],
        ["2026-03-31", "closing balance", "", "", "", "", "54.50"],
    ]


def test_statements_of_two_currencies_stand_apart(sold: Shell) -> None:
    sold.done("invoice", "draft", "acme", "handbook", "1", "--currency", "USD")
    sold.done("invoice", "issue", "SG-2026-00005")
    found = sold.done("report", "statement", "acme", "--json").json["result"]
    assert [(one["currency"], one["closing"]) for one in found] == [("SGD", "56.25"), ("USD", "20.71")]
    totals = sold.done("report", "aging", "--json").json["result"]["totals"]
    assert [(one["currency"], one["open"]) for one in totals] == [("SGD", "113.50"), ("USD", "20.71")]


def test_a_statement_of_nothing_says_so(sold: Shell) -> None:
    assert (
        sold.done("report", "statement", "acme", "--to", "2026-01-04").out
        == "Nothing happened with acme until 2026-01-04.\n"
    )


def test_tax_is_summed_by_code_and_kind_of_document(sold: Shell) -> None:
    # Eight handbooks at 25.00 were invoiced, one of them taken back.
    assert table_of(sold.done("report", "tax", "--period", "2026-Q1").out) == [
        ["Tax,", "2026-01-01", "to", "2026-03-31"],
        ["seller", "tax", "code", "rate", "currency", "what", "net", "tax"],
        ["sg", "SG-GST-9", "9", "%", "SGD", "invoices", "200.00", "18.00"],
        ["sg", "SG-GST-9", "9", "%", "SGD", "voids", "-25.00", "-2.25"],
        ["sg", "SG-GST-9", "9", "%", "SGD", "sum", "175.00", "15.75"],
        ["account", "currency", "moved", "by", "billing"],
        ["Liabilities:SG:Tax:GST", "SGD", "15.75"],
    ]
    february = rows_of(sold.done("report", "tax", "--period", "2026-02", "--csv").out)
    assert [row[7:] for row in february] == [["what", "net", "tax"], ["voids", "-25.00", "-2.25"]]
    assert sold.done("report", "tax", "--to", "2025-12-31").out == "Nothing was taxed, until 2025-12-31.\n"


def test_tax_says_what_the_accountant_moved_where_it_is_asked(sold: Shell) -> None:
    path = sold.root / "setup" / "accounts.beancount"
    paid = '2026-02-28 * "Tax office"\n  Liabilities:SG:Tax:GST  10.00 SGD\n  Assets:SG:Bank:OCBC\n'
    path.write_text(path.read_text(encoding="utf-8") + paid, encoding="utf-8")
    said = sold.done("report", "tax", "--from", "2026-02-01", "--to", "2026-02-28", "--with-other-entries")
    assert table_of(said.out)[-1] == ["Liabilities:SG:Tax:GST", "SGD", "18.00", "-2.25", "-10.00", "5.75"]
    rows = rows_of(sold.done("report", "tax", "--period", "2026-02", "--with-other-entries", "--csv").out)
    assert rows[-1][7:] == ["other entries", "", "-10.00"]
    assert "compared with the ledger" in sold.done("check", "--deep").out


def test_tax_of_books_with_problems_does_not_claim_to_equal_the_ledger(sold: Shell) -> None:
    path = sold.root / "journal" / "2026" / "2026-01.beancount"
    path.write_text(path.read_text(encoding="utf-8").replace("-2.25 SGD", "-2.24 SGD", 1), encoding="utf-8")
    said = sold.refused("report", "tax", "--with-other-entries", status=3)
    assert "R5" in said
    deep = sold("check", "--deep")
    assert deep.status == 3
    assert "not compared" in deep.err


def test_check_deep_holds_every_report_against_the_ledger(sold: Shell) -> None:
    said = sold.done("check", "--deep")
    # The receivable and the statement of two customers, acme's unapplied money, and the tax account.
    assert said.out.splitlines()[1] == "Reports: 6 figures compared with the ledger, on 5 days."
    assert sold.done("check", "--deep", "--json").json["result"]["reports"] == {"figures": 6, "days": 5}
    assert "--deep" in sold.refused("check", "--deep", "--fast", status=2)


def test_money_that_goes_elsewhere_is_in_every_report(sold: Shell) -> None:
    """From command to ledger to report: allocated, credited, refunded, charged back, written off with relief of tax."""
    for day, *words in (
        ("01", "payment", "allocate", "PAY-2", ONE),
        ("01", "invoice", "credit", THREE, "--line", "1=1", "--reason", "one came back"),
        ("02", "payment", "receive", "--customer", "quote", "--amount", "40.00 SGD"),
        ("02", "payment", "allocate", "PAY-3", THREE),
        ("03", "payment", "refund", "PAY-3", "--reason", "paid too much", "--paid"),
        ("04", "payment", "chargeback", "PAY-1", "--reason", "fraud"),
        ("05", "payment", "write-off", ONE, "--reason", "insolvent", "--tax-relief"),
    ):
        sold.at(f"2026-04-{day}T02:00:00Z")
        sold.done(*words)

    def balances(day: str) -> dict[str, tuple[str, str]]:
        said = sold.done("report", "aging", "--date", day, "--json").json["result"]
        return {one["customer"]: (one["open"], one["unapplied"]) for one in said["customers"]}

    assert balances("2026-04-01") == {"acme": ("56.25", "0.00"), "quote": ("27.25", "0.00")}
    assert balances("2026-04-02") == {"acme": ("56.25", "0.00"), "quote": ("0.00", "12.75")}
    assert balances("2026-04-03") == {"acme": ("56.25", "0.00")}
    assert balances("2026-04-04") == {"acme": ("106.25", "0.00")}
    assert balances("2026-04-05") == {}
    rows = table_of(sold.done("report", "statement", "acme", "--from", "2026-04-01").out)
    assert rows[2:] == [
        ["2026-04-01", "opening", "balance", "56.25"],
        ["2026-04-01", "allocation", "ALLOC-1", "from", "PAY-2,", ONE, "2.75", "0.00", "56.25"],
        ["2026-04-04", "chargeback", "CB-1", "from", "PAY-1,", ONE, "-50.00", "50.00", "106.25"],
        ["2026-04-05", "write", "off", "WO-1", ONE, "106.25", "-106.25", "0.00"],
        ["2026-04-05", "closing", "balance", "0.00"],
    ]
    rows = rows_of(sold.done("report", "statement", "quote", "--from", "2026-04-01", "--csv").out)
    credited, _received, _allocated, refunded = rows[2:6]
    assert (credited[4], credited[7], credited[8:]) == ("credit-note", f"{THREE} 27.25", ["-27.25", "27.25"])
    assert (refunded[4], refunded[7], refunded[8:]) == ("refund", "from PAY-3", ["12.75", "0.00"])
    # 106.25 of 109.00 were given up, and of 9.00 of tax as large a part: 8.77, which is the tax on 97.44.
    tax = rows_of(sold.done("report", "tax", "--period", "2026-04", "--csv").out)
    assert [row[7:] for row in tax[1:]] == [["credit notes", "-25.00", "-2.25"], ["write-offs", "-97.44", "-8.77"]]
    assert "compared with the ledger" in sold.done("check", "--deep").out


def test_accounts_of_nobody_in_the_books_are_in_no_report(sold: Shell) -> None:
    path = sold.root / "setup" / "accounts.beancount"
    other = (
        "2026-01-01 open Assets:XX:Receivable:Foo\n2026-01-01 open Liabilities:XX:Tax:VAT\n"
        '2026-02-01 * "Another company"\n  Assets:XX:Receivable:Foo  10.00 SGD\n  Liabilities:XX:Tax:VAT\n'
    )
    path.write_text(path.read_text(encoding="utf-8") + other, encoding="utf-8")
    assert "6 figures" in sold.done("check", "--deep").out
    assert "XX" not in sold.done("report", "tax", "--with-other-entries").out


def test_a_report_that_parts_from_the_ledger_is_a_problem_that_names_both() -> None:
    control = Control("aging", "SG", "Acme", "SGD")
    problem = problem_of(Disagreement(control, date(2026, 1, 5), Decimal("10.00"), Decimal("9.00")))
    assert str(Found("main.beancount", 0, problem)) == (
        "main.beancount: aging of SG Acme on 2026-01-05 is 10.00 SGD, and 9.00 by the ledger.\n"
        "  Rule R5. This is a defect of the tool: please report it."
    )


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("report", "aging", "--customer", "nobody"), 1, "There is no customer nobody"),
        (("report", "aging", "--seller", "xx"), 1, "There is no legal entity xx"),
        (("report", "aging", "--buckets", "60,30"), 2, "are no buckets"),
        (("report", "aging", "--csv", "--json"), 2, "can't be printed both"),
        (("report", "statement", "nobody"), 1, "There is no customer nobody"),
        (("report", "statement", "acme", "--from", "2026-02-01", "--to", "2026-01-01"), 2, "There is no day"),
        (("report", "tax", "--period", "2026-Q9"), 2, "is no period"),
        (("report", "tax", "--period", "2026", "--to", "2026-01-01"), 2, "says both days already"),
    ],
)
def test_what_makes_no_sense_is_refused(sold: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    said = sold(*words)
    assert said.status == status
    assert expected in said.err + said.out
