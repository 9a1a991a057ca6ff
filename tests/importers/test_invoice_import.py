"""Importing invoices that another system issued: a real shop's file, and rows made to be refused."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from shop_books import HEAD, REAL_OPTIONS, customer, entry, journal, make_books, problems, real_rows, taking

from billing_beans.acts import importing
from billing_beans.cli.root import run
from billing_beans.importers import invoice_batches


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T02:00:00Z")
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    return make_books(tmp_path / "books")


@pytest.fixture
def take(books: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    return taking(books, capsys)


def test_a_row_becomes_an_issued_invoice_with_its_own_number_and_day(books: Path, take: Any) -> None:
    status, answer, _ = take("536365,2011-02-01,c-17850,12,1.8533,goods,Mugs")
    assert status == 0
    assert answer["result"]["imported"] == 1
    text = entry(books, "536365")
    assert 'series: "imported"' in text
    assert 'description: "Mugs"' in text
    assert "unit-price: 1.8533 GBP" in text
    assert "subtotal: 22.24 GBP" in text
    assert "tax: 4.45 GBP" in text
    assert '2011-02-01 * "Customer c-17850" "Invoice 536365" ^536365' in text
    assert 'at: "2026-01-11T02:00:00Z"' in text
    assert problems(books) == []


@pytest.mark.parametrize(
    ("day", "buyer", "rate"),
    [("2011-01-03", "c-17850", "0.175"), ("2011-01-04", "c-17850", "0.20"), ("2011-01-04", "c-12388", "0.00")],
)
def test_tax_is_that_of_the_day_and_of_the_customers_country(
    books: Path, take: Any, day: str, buyer: str, rate: str
) -> None:
    take(f"A1,{day},{buyer},1,10,goods,x")
    assert f"tax-rate: {rate}\n" in entry(books, "A1")


def test_a_price_of_zero_is_an_invoice_that_is_paid_on_issue(
    books: Path, take: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    status, answer, _ = take("A1,2011-02-01,c-17850,5,0,goods,Samples")
    assert (status, answer["result"]["total-of-zero"]) == (0, 1)
    assert run(["invoice", "show", "A1", "--books", str(books)]) == 0
    assert "paid" in capsys.readouterr().out
    assert problems(books) == []


REFUSED = [
    ("C536,2010-02-01,c-17850,-1,10,goods,x", "is a cancellation, and its customer has no invoice before it"),
    ("C536,2010-02-01,c-17850,1,10,goods,x", "is a cancellation, and its customer has no invoice before it"),
    ("A1,2010-02-01,c-17850,-3,10,goods,x", "is a cancellation, and its customer has no invoice before it"),
    ("C536,2011-02-03,c-17850,-5,0,goods,x", "is a cancellation of nothing"),
    ("C536,2011-02-03,c-17850,-5,-1,goods,x", "can't be read"),
    ("C536,2011-02-03,(blank),-1,10,goods,x", "names no customer"),
    ("C536,2011-02-03,acme,-1,10,goods,x", "names a customer that the books don't know on that day"),
    ("C/6,2011-02-03,c-17850,-1,10,goods,x", "breaks a rule of the books"),
    ("GB-2011-00007,2011-02-03,c-17850,-1,10,goods,x", "breaks a rule of the books"),
    ("CN-GB-2011-00007,2011-02-03,c-17850,-1,10,goods,x", "breaks a rule of the books"),
    ("CN-GB-2011-00007,2011-02-03,c-17850,1,10,goods,x", "breaks a rule of the books"),
    (",2011-02-01,c-17850,1,10,goods,x", "can't be read"),
    ("A1,2011-02-30,c-17850,1,10,goods,x", "can't be read"),
    ("A1,02/01/2011,c-17850,1,10,goods,x", "can't be read"),
    ("A1,2031-02-01,c-17850,1,10,goods,x", "can't be read"),
    ("A1,today,c-17850,1,10,goods,x", "can't be read"),
    ('A1,2011-02-01,c-17850,1,"1,000",goods,x', "can't be read"),
    ("A1,2011-02-01,c-17850,1,,goods,x", "can't be read"),
    ("A1,2011-02-01,c-17850,0,10,goods,x", "can't be read"),
    ("A1,2011-02-01,c-17850,1,-10,goods,x", "can't be read"),
    ("A1,2011-02-01,c-17850,9999999999999999,1,goods,x", "can't be read"),
    ("A1,2011-02-01,c-17850,1", "can't be read"),
    ("A1,2011-02-01,c-17850,1,10,goods,a\x01b", "can't be read"),
    ("A1,2011-02-01,(blank),1,10,goods,x", "names no customer"),
    ("A1,2011-02-01,,1,10,goods,x", "names no customer"),
    ("A1,2011-02-01,acme,1,10,goods,x", "names a customer that the books don't know on that day"),
    ("A1,2009-12-31,c-17850,1,10,goods,x", "names a customer that the books don't know on that day"),
    ("A1,2011-02-01,c-17850,1,10,gifts,x", "breaks a rule of the books"),
    ("A/1,2011-02-01,c-17850,1,10,goods,x", "breaks a rule of the books"),
    ("Ж1,2011-02-01,c-17850,1,10,goods,x", "breaks a rule of the books"),
    ("GB-2011-00007,2011-02-01,c-17850,1,10,goods,x", "breaks a rule of the books"),
    ("A1,2011-02-01,c-17850,1,10,late,x", "breaks a rule of the books"),
    ("A1,2011-02-01,c-17850,999999999999999,999999999999999,goods,x", "breaks a rule of the books"),
]


@pytest.mark.parametrize(("row", "why"), REFUSED)
def test_a_row_that_cannot_be_taken_is_named_with_its_line_and_reason_and_the_rest_is_written(
    books: Path, take: Any, row: str, why: str
) -> None:
    status, answer, said = take("B1,2011-02-01,c-17850,1,10,goods,x", row, "B2,2011-02-02,c-17850,1,10,goods,x")
    assert (status, answer["result"]["imported"]) == (1, 2)
    assert answer["result"]["reasons"] == {why: 1}
    assert "line 3: " in said
    assert problems(books) == []
    assert "B1" in entry(books, "B1")
    assert "B2" in entry(books, "B2")


def test_a_number_that_occurs_twice_is_refused_for_the_second_row(books: Path, take: Any) -> None:
    status, answer, said = take("A1,2011-02-01,c-17850,1,10,goods,x", "A1,2011-02-01,c-17850,1,20,goods,x")
    assert (status, answer["result"]["imported"]) == (1, 1)
    assert "line 3: A1 stands on line 2 already" in said
    assert "20.00" not in entry(books, "A1")


def test_importing_the_same_file_again_writes_nothing_and_says_so(
    books: Path, take: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take("A1,2011-02-01,c-17850,1,10,goods,x", "A2,2011-02-01,c-17850,1,0.333,goods,x")
    before = journal(books)
    status, answer, _ = take("A1,2011-02-01,c-17850,1,10,goods,x", "A2,2011-02-01,c-17850,1,0.333,goods,x")
    assert (status, answer["result"]["imported"], answer["result"]["standing"]) == (0, 0, 2)
    assert run(["invoice", "import", str(tmp_path / "invoices.csv"), "--books", str(books)]) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert journal(books) == before


def test_rows_that_were_refused_are_taken_once_the_cause_is_put_right(books: Path, take: Any) -> None:
    rows = ("A1,2011-02-01,acme,1,10,goods,x", "A2,2011-02-01,c-17850,1,10,goods,x")
    assert take(*rows)[1]["result"]["imported"] == 1
    with (books / "setup/customers.beancount").open("a") as handle:
        handle.write(customer("acme", "GB"))
    status, answer, _ = take(*rows)
    assert (status, answer["result"]["imported"], answer["result"]["standing"]) == (0, 1, 1)
    assert problems(books) == []


def test_a_number_with_other_content_is_refused(books: Path, take: Any) -> None:
    take("A1,2011-02-01,c-17850,1,10,goods,x")
    before = journal(books)
    status, answer, said = take("A1,2011-02-01,c-17850,1,11,goods,x")
    assert status == 1
    assert answer["result"]["reasons"] == {"has a number that the books have with other content": 1}
    assert "invoice show A1" in said
    assert journal(books) == before


class Killed(BaseException):
    """Nothing catches it, as nothing catches a process that is killed."""


def test_an_import_that_was_cut_off_is_continued_by_the_next_run(
    books: Path, take: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoice_batches, "BATCH", 2)
    rows = [f"A{one},2011-02-01,c-17850,1,10,goods,x" for one in range(1, 8)]
    real = importing.issued

    def killed(state: Any, number: str, day: Any) -> Any:
        if number == "A6":
            raise Killed
        return real(state, number, day)

    with monkeypatch.context() as patch:
        patch.setattr(importing, "issued", killed)
        with pytest.raises(Killed):
            take(*rows)
    status, answer, _ = take(*rows)
    assert (status, answer["result"]["standing"], answer["result"]["imported"]) == (0, 4, 3)
    assert problems(books) == []


def test_a_dry_run_writes_nothing_and_shows_what_it_would_write(
    books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "one.csv"
    file.write_text(f"{HEAD}\nA1,2011-02-01,c-17850,1,10,goods,x\n", encoding="utf-8")
    before = journal(books)
    assert run(["invoice", "import", str(file), "--books", str(books), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Would import 1 invoice" in said
    assert 'custom "billing" "invoice-drafted" "A1"' in said
    assert journal(books) == before


def test_refused_rows_are_written_to_a_file_safe_for_spreadsheets(
    books: Path, take: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejected = tmp_path / "refused.csv"
    take("A1,2011-02-01,(blank),-1,10,goods,=cmd|' /C calc'!A0", options=("--reject", str(rejected)))
    with rejected.open(newline="") as handle:
        (row,) = csv.DictReader(handle)
    assert row["line"] == "2"
    assert row["reason"] == "names no customer"
    assert row["quantity"] == "-1"
    assert row["description"].startswith("'=")
    precious = tmp_path / "precious.csv"
    precious.write_text("mine", encoding="utf-8")
    assert (
        run(["invoice", "import", str(rejected), "--books", str(books), "--product", "g", "--reject", str(precious)])
        == 2
    )
    assert precious.read_text(encoding="utf-8") == "mine"
    capsys.readouterr()


@pytest.mark.parametrize(
    ("content", "options", "word"),
    [
        (b"", (), "is empty"),
        (b"a,b\n1,2\n", (), "has no column for number, customer, price"),
        (b"number,customer,price\n", (), "no column for the date"),
        (b"number,customer,price,date\n", (), "no column for the product"),
        (b'number\n"1\n', (), "is no CSV file from line 2 on"),
        (b"\xff\xfe", (), "is not UTF-8 text"),
        (b"\x1f\x8b\x08rest", (), "can't be unpacked"),
        (HEAD.encode(), ("--map", "number=Nr"), "has no column 'Nr'"),
        (HEAD.encode(), ("--map", "numbers=number"), "nothing that can be mapped"),
        (HEAD.encode(), ("--map", "number"), "maps nothing"),
        (HEAD.encode(), ("--currency", "XXX"), "no currency that can be billed in"),
        (HEAD.encode(), ("--seller", "sg"), "no legal entity sg"),
        (HEAD.encode(), ("--idempotency-key", "K"), "takes no --idempotency-key"),
    ],
)
def test_a_file_or_an_option_that_makes_no_sense_is_wrong_usage(
    books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, options: tuple[str, ...], word: str
) -> None:
    file = tmp_path / "invoices.csv"
    file.write_bytes(content)
    before = journal(books)
    assert run(["invoice", "import", str(file), "--books", str(books), *options]) == 2
    assert word in capsys.readouterr().err
    assert journal(books) == before


def test_columns_are_found_by_usual_names_or_named_and_the_delimiter_is_seen(books: Path, take: Any) -> None:
    status, answer, _ = take(
        "X1;01.02.2011;c-17850;2;3.50",
        head="Beleg;InvoiceDate;CustomerID;Qty;Unit Price",
        options=("--map", "number=Beleg", "--product", "goods", "--date-format", "%d.%m.%Y"),
    )
    assert (status, answer["result"]["totals"]) == (0, {"GBP": "8.40"})


def test_the_first_rows_of_a_real_shop_come_in_and_every_other_row_is_accounted_for(
    books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = real_rows(400)
    file = tmp_path / "real.csv.gz"
    with gzip.open(file, "wt", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    known = dict.fromkeys(row[2] for row in rows[1:] if row[2].isdigit() and row[2] != "17850")
    with (books / "setup/customers.beancount").open("a") as handle:
        handle.writelines(customer(f"c-{one}", "GB") for one in known if one != "12388")
    assert run(["invoice", "import", str(file), "--books", str(books), "--json", *REAL_OPTIONS]) == 1
    said = capsys.readouterr()
    result = json.loads(said.out)["result"]
    assert result["rows"] == 400
    assert result["imported"] + result["refused"] == 400
    nobody = sum(row[2] == "(blank)" and row[0] != "536591" for row in rows[1:])
    assert result["reasons"]["names no customer"] == nobody
    assert result["imported"] > 200
    assert "line 133: 536591 stands on line 132 already" in said.err
    assert problems(books) == []
    assert run(["invoice", "import", str(file), "--books", str(books), "--json", *REAL_OPTIONS]) == 1
    assert json.loads(capsys.readouterr().out)["result"]["standing"] == result["imported"]
