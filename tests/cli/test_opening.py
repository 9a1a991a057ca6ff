"""`billing-beans opening import`: a company starts in the middle of its life (B1)."""

from __future__ import annotations

import gzip
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader
from beginnings import beginning

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

HEAD = (
    "kind,number,customer,amount,currency,issued,due,product,unit,units,unit-cost,fee,granted,period-start,period-end"
)
ROWS = (
    "invoice,INV-412,acme,1090.00,SGD,2025-11-03,2025-12-03,,,,,,,,",
    "invoice,INV-413,acme,80.5,USD,2025-12-20,2026-01-19,,,,,,,,",
    "money,RCPT-881,acme,250.00,SGD,,,,,,,,,,",
    "lot,INV-388/1,acme,,SGD,,,placement-credit,,6,90.00,,2025-09-15,,",
    "lot,INV-389/1,acme,100.00,SGD,,,,PLACEMENT,3,,,2025-08-15,,",
    "lot,INV-390/1,acme,,SGD,,,,gig,40,20.00,120.00,2025-10-01,,",
    "deferred,SUB-77,acme,600.00,SGD,,,support-plan,,,,,,2025-08-01,2026-07-31",
)


@beginning
def books(shell: Shell) -> Shell:
    """Books with a product that is earned over a period, too."""
    shell.done(
        "product", "add", "support-plan", "--name", "Support", "--revenue", "over-period", "--tax-code", "SG-GST-9",
        "--date", "2026-01-02",
    )  # fmt: skip
    return shell


def csv_of(shell: Shell, *rows: str, head: str = HEAD) -> str:
    path = shell.root.parent / "opening.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return str(path)


def opened(shell: Shell, *rows: str) -> Any:
    said = shell.done("opening", "import", csv_of(shell, *rows), "--date", "2026-01-05", "--json")
    return said.json["result"]


def refused(shell: Shell, *rows: str, head: str = HEAD) -> str:
    return shell.refused("opening", "import", csv_of(shell, *rows, head=head), "--date", "2026-01-05")


def balances_of(root: Path) -> dict[str, dict[str, Decimal]]:
    """The units on each account by Beancount's own loader, as `bean-check` loads; there must be no error."""
    entries, errors, _options = loader.load_file(str(root / "main.beancount"))
    assert errors == []
    found: dict[str, dict[str, Decimal]] = {}
    for entry in entries:
        for posting in getattr(entry, "postings", ()):
            held = found.setdefault(posting.account, {})
            held[posting.units.currency] = held.get(posting.units.currency, Decimal(0)) + posting.units.number
    return found


def test_everything_that_was_open_is_opened_in_one_act_and_summed_up(books: Shell) -> None:
    said = books.done("opening", "import", csv_of(books, *ROWS), "--date", "2026-01-05")
    assert said.out == (
        "Opened what opening.csv says, on 2026-01-05.\n"
        "  what                          rows          sum\n"
        "  open invoices                    1  1090.00 SGD\n"
        "  open invoices                    1    80.50 USD\n"
        "  unapplied money                  1   250.00 SGD\n"
        "  lots of units, fees included     3  1560.00 SGD\n"
        "  deferred revenue                 1   600.00 SGD\n"
        "  Added to the catalogue: tax-code OPENING-BALANCE, product opening-balance; it is not taxed.\n"
        "  Equity:SG:Opening holds 1320.00 SGD.\n"
        "  Equity:SG:Opening holds -80.50 USD.\n"
        "Next: billing-beans check\n"
    )
    held = balances_of(books.root)
    assert held["Equity:SG:Opening"] == {"SGD": Decimal("1320.00"), "USD": Decimal("-80.50")}
    assert held["Assets:SG:Receivable:Acme"] == {"SGD": Decimal("1090.00"), "USD": Decimal("80.50")}
    assert held["Liabilities:SG:Unapplied:Acme"] == {"SGD": Decimal("-250.00")}
    assert held["Liabilities:SG:Entitlements:Acme:Placement"] == {"PLACEMENT": Decimal(-9)}
    assert held["Liabilities:SG:PlatformFee:Acme:Gig"] == {"GIG-FEE": Decimal(-40)}
    assert held["Liabilities:SG:Deferred:Acme"] == {"SGD": Decimal("-600.00")}
    books.done("check", "--deep")


def test_the_same_file_again_opens_nothing_twice_and_says_so(books: Shell) -> None:
    opened(books, *ROWS)
    before = books.files()
    again = books.done("opening", "import", csv_of(books, *ROWS), "--date", "2026-01-06")
    assert again.out == ("Nothing to do: nothing in opening.csv is new. 7 of its 7 rows stood in the books already.\n")
    assert books.files() == before


def test_rows_that_were_added_to_the_file_are_opened_and_the_others_stand(books: Shell) -> None:
    opened(books, *ROWS[:3])
    result = opened(books, *ROWS)
    assert (result["known"], [one["rows"] for one in result["opened"]]) == (3, [3, 1])
    assert result["created"] == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROWS[0].replace("1090.00", "1080.00"), "invoice INV-412 is in the books with amount 1090.00 SGD"),
        (ROWS[0].replace("2025-11-03", "2025-11-04"), "issued 2025-11-03, and the file says issued 2025-11-04"),
        (ROWS[0].replace("acme", "quote"), "customer acme, and the file says customer quote"),
        (ROWS[2].replace("250.00", "251.00"), "unapplied money RCPT-881 is in the books with amount 250.00 SGD"),
        (ROWS[3].replace(",6,", ",7,"), "lots INV-388/1 is in the books with units 6"),
        (ROWS[4].replace("100.00", "99.00"), "worth 100.00 SGD, and the file says worth 99.00 SGD"),
        (ROWS[5].replace("120.00", "119.00"), "fee 120.00 SGD, and the file says fee 119.00 SGD"),
        (ROWS[6].replace("2026-07-31", "2026-08-31"), "period 2025-08-01 to 2026-07-31"),
    ],
)
def test_a_known_number_with_other_content_is_refused(books: Shell, row: str, words: str) -> None:
    opened(books, *ROWS)
    assert words in refused(books, row)


def test_each_bad_row_is_named_with_its_line_and_nothing_is_written(books: Shell) -> None:
    said = refused(
        books,
        ROWS[0],
        "invoice,INV-1,nobody,1.00,SGD,2025-11-03,2025-12-03,,,,,,,,",
        "invoice,INV-2,acme,1.005,SGD,2025-11-03,2025-12-03,,,,,,,,",
        "invoice,INV-3,acme,1.00,SGD,03/11/2025,2025-12-03,,,,,,,,",
        "wallet,W-1,acme,50.00,USD,,,,,,,,,,",
        "credits,C-1,acme,50.00,USD,,,,,,,,,,",
        "loan,L-1,acme,50.00,USD,,,,,,,,,,",
        ROWS[0],
    )
    lines = [line.partition("opening.csv:")[2] for line in said.splitlines() if "opening.csv:" in line]
    assert [line.partition(":")[0] for line in lines] == ["3", "4", "5", "6", "7", "8", "9"]
    assert "There is no customer nobody." in lines[0]
    assert "billing-beans customer import" in lines[0]
    assert "more decimals than SGD" in lines[1]
    assert "no date" in lines[2]
    assert "no wallets of money yet" in lines[3]
    assert "The row has no granted and no paid and no units" in lines[4]
    assert "'loan' is nothing that can be opened" in lines[5]
    assert "stands on line 2 already" in lines[6]
    assert "Refused: 7 of 8 rows can't be opened, so nothing was written." in said


def test_refused_rows_are_named_to_programs_as_well(books: Shell) -> None:
    said = books("opening", "import", csv_of(books, ROWS[2].replace("acme", "nobody")), "--json")
    assert said.status == 1
    (row,) = said.json["error"]["rows"]
    assert (row["line"], row["what"]) == (2, "There is no customer nobody.")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("invoice,INV-1,acme,-5.00,SGD,2025-11-03,2025-12-03,,,,,,,,", "it is above zero"),
        ("invoice,INV-1,acme,5.00,,2025-11-03,2025-12-03,,,,,,,,", "no currency is said"),
        ('invoice,INV-1,acme,"5,00",SGD,2025-11-03,2025-12-03,,,,,,,,', "5.00 SGD"),
        ("invoice,INV-1,acme,5.00,EUR,2025-11-03,2025-12-03,,,,,,,,", "no bill-to profile in EUR"),
        ("invoice,INV-1,acme,5.00,SGD,2026-01-06,2026-02-03,,,,,,,,", "the books open on 2026-01-05"),
        ("invoice,INV-1,acme,5.00,SGD,2025-11-03,2025-11-02,,,,,,,,", "due no earlier"),
        ("invoice,INV-1,acme,5.00,SGD,2025-11-03,2025-12-03,handbook,,,,,,,", "handbook is taxed"),
        ("invoice,INV/1,acme,5.00,SGD,2025-11-03,2025-12-03,,,,,,,,", "can't be the number of an invoice"),
        (
            "invoice,SG-2025-00001,acme,5.00,SGD,2025-11-03,2025-12-03,,,,,,,,",
            "SG-2025-00001 is a number that sg draws itself",
        ),
        ("invoice,INV-1,acme,5.00,SGD,2025-11-03,,,,,,,,,", "The row has no due."),
        ("invoice,INV-1,acme,5.00,SGD,2025-11-03,2025-12-03,,,4,,,,,", "units '4', which no invoice has"),
        ("money,M 1,acme,5.00,SGD,,,,,,,,,,", "'M 1' can't be a number here"),
        ("money,,acme,5.00,SGD,,,,,,,,,,", "The row has no number."),
        ("lot,L-1,acme,,SGD,,,handbook,,4,9.00,,2025-10-01,,", "handbook grants nothing"),
        ("lot,L-1,acme,,SGD,,,placement-credit,GIG,4,9.00,,2025-10-01,,", "placement-credit grants PLACEMENT"),
        ("lot,L-1,acme,,SGD,,,,HATS,4,9.00,,2025-10-01,,", "HATS is granted by no product"),
        ("lot,L-1,acme,,SGD,,,,GIG,4,9.00,,2025-10-01,,", "no platform fee is said"),
        ("lot,L-1,acme,,SGD,,,,PLACEMENT,4,9.00,1.00,2025-10-01,,", "A platform fee of 1.00 SGD can't be"),
        ("lot,L-1,acme,,SGD,,,,PLACEMENT,0,9.00,,2025-10-01,,", "say a number above zero"),
        ("lot,L-1,acme,,SGD,,,,PLACEMENT,4,,,2025-10-01,,", "Nothing says what L-1 is worth"),
        ("lot,L-1,acme,35.00,SGD,,,,PLACEMENT,4,9.00,,2025-10-01,,", "are worth 36.00, and not 35.00 SGD"),
        ("lot,L-1,acme,,SGD,,,,PLACEMENT,4,9.00,,2026-10-01,,", "what was granted later is sold in these books"),
        ("deferred,D-1,acme,5.00,SGD,,,handbook,,,,,,2025-08-01,2026-07-31", "and not over a period"),
        ("deferred,D-1,acme,5.00,SGD,,,support-plan,,,,,,2025-01-01,2025-12-31", "leaves nothing to be earned"),
        ("deferred,D-1,acme,5.00,SGD,,,nothing,,,,,,2025-08-01,2026-07-31", "There is no product nothing"),
    ],
)
def test_what_can_not_be_opened_is_refused_with_the_reason(books: Shell, row: str, words: str) -> None:
    said = refused(books, row)
    assert words in said
    assert "opening.csv:2: " in said


def test_a_customer_of_a_later_day_is_refused_with_the_day_to_use(books: Shell) -> None:
    said = books.refused("opening", "import", csv_of(books, ROWS[2]), "--date", "2026-01-01")
    assert "acme is a customer from 2026-01-02 on, and the books open on 2026-01-01." in said
    assert "open on 2026-01-02 or later" in said


def test_an_opened_invoice_is_due_in_the_past_paid_and_never_voided_or_printed(books: Shell) -> None:
    opened(books, *ROWS)
    shown = books.done("invoice", "show", "INV-412").out
    assert "2025-11-03, before the books began; opened 2026-01-05" in shown
    assert "2025-12-03" in shown
    assert "was open when the books began" in books.refused("invoice", "void", "INV-412", "--reason", "old")
    assert "before these books began" in books.refused("invoice", "render", "INV-412")
    assert books.done("invoice", "render", "--all").out == "No invoices.\n"
    books.done("payment", "submit", "INV-412", "--amount", "90.00 SGD")
    books.done("payment", "verify", "PAY-1")
    assert books.done("invoice", "show", "INV-412", "--json").json["result"]["invoice"]["owed"] == "1000.00 SGD"
    assert balances_of(books.root)["Assets:SG:Receivable:Acme"]["SGD"] == Decimal("1000.00")


def test_what_quotes_an_opened_invoice_says_the_day_that_it_bears(books: Shell, tmp_path: Path) -> None:
    opened(books, *ROWS)
    assert "2025-11-03  2025-12-03" in books.done("invoice", "list").out
    late = books.done("dunning", "list", "--date", "2026-01-11", "--json").json["result"]["customers"]
    assert late[0]["invoices"][0]["issued"] == "2025-11-03"
    books.done("payment", "submit", "INV-412", "--amount", "90.00 SGD")
    books.done("payment", "verify", "PAY-1")
    books.done("invoice", "credit", "INV-412", "--reason", "never delivered")
    for words in (("payment", "receipt", "PAY-1"), ("credit-note", "render", "CN-SG-2026-00001")):
        path = tmp_path / f"{words[0]}.pdf"
        books.done(*words, "--output", str(path))
        text = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True)
        assert "3 Nov 2025" in text.stdout


def test_what_was_opened_ages_by_its_old_due_day_and_is_on_the_statement(books: Shell, tmp_path: Path) -> None:
    opened(books, *ROWS)
    (sgd, usd) = books.done("report", "aging", "--date", "2026-01-11", "--json").json["result"]["customers"]
    assert (sgd["amounts"]["31-60"], sgd["unapplied"], sgd["balance"]) == ("1090.00", "250.00", "840.00")
    assert usd["amounts"]["current"] == "80.50"
    assert books.done("report", "aging", "--date", "2026-01-04").out == "Nothing was open on 2026-01-04.\n"
    books.done("payment", "allocate", "RCPT-881", "INV-412", "--amount", "150.00 SGD")
    (sgd, _usd) = books.done("report", "statement", "acme", "--json").json["result"]
    assert [(one["what"], one["reference"], one["amount"], one["balance"]) for one in sgd["lines"]] == [
        ("invoice", "INV-412", "1090.00", "1090.00"),
        ("opening", "RCPT-881", "-250.00", "840.00"),
        ("allocation", "ALLOC-1", "0.00", "840.00"),
    ]
    path = tmp_path / "statement.pdf"
    books.done("report", "statement", "acme", "--currency", "SGD", "--pdf", str(path))
    assert path.read_bytes().startswith(b"%PDF")
    # What was invoiced before the books began was taxed there.
    assert books.done("report", "tax", "--json").json["result"]["rows"] == []
    books.done("check", "--deep")


def test_opened_money_settles_an_opened_invoice_and_the_rest_is_credited(books: Shell) -> None:
    opened(books, *ROWS)
    books.done("payment", "allocate", "RCPT-881", "INV-412", "--amount", "150.00 SGD")
    books.done("payment", "allocate", "opening/RCPT-881", "INV-412", "--amount", "50.00 SGD")
    books.done("invoice", "credit", "INV-412", "--reason", "never delivered")
    shown = books.done("invoice", "show", "INV-412", "--json").json["result"]["invoice"]
    assert (shown["status"], shown["owed"]) == ("credited", "0.00 SGD")
    held = balances_of(books.root)
    assert held["Income:SG:Sales"] == {"SGD": Decimal("1090.00")}
    assert held["Liabilities:SG:Unapplied:Acme"] == {"SGD": Decimal("-250.00")}
    books.done("check", "--deep")


def test_opened_lots_are_used_oldest_first_at_their_own_cost(books: Shell) -> None:
    opened(books, *ROWS)
    said = books.done("entitlement", "consume", "acme", "PLACEMENT", "4")
    assert said.out == (
        "Consumed 4 PLACEMENT of acme.\n"
        "  lot                units  unit cost      worth\n"
        "  opening/INV-389/1      1      33.34  33.34 SGD\n"
        "  opening/INV-389/1      2      33.33  66.66 SGD\n"
        "  opening/INV-388/1      1      90.00  90.00 SGD\n"
        "  190.00 SGD earned: Income:SG:Placement\n"
        "  5 PLACEMENT left\n"
    )
    gigs = books.done("entitlement", "consume", "acme", "GIG", "10").out
    assert "30.00 SGD earned: Income:SG:PlatformFee" in gigs
    assert "200.00 SGD owed to others: Liabilities:SG:Payable:Gig" in gigs
    assert "the books have it from 2026-01-05 on" in books.refused(
        "entitlement", "consume", "acme", "GIG", "1", "--date", "2026-01-03"
    )
    balances_of(books.root)
    books.done("check", "--deep")


def test_units_that_are_worth_nothing_are_opened_too(books: Shell) -> None:
    result = opened(books, "lot,GIFT-1,acme,0.00,SGD,,,placement-credit,,2,,,2025-10-01,,")
    assert result["opened"] == [{"kind": "lots of units, fees included", "rows": 1, "sum": "0 SGD"}]
    assert books.done("entitlement", "lots", "acme", "--json").json["result"][0]["remaining"] == "2"
    balances_of(books.root)


def test_a_file_of_one_kind_needs_no_column_for_it(books: Shell) -> None:
    path = csv_of(
        books, "INV-7;acme;12.50 SGD;03.11.2025;03.12.2025;x", head="Doc;Client;Balance;Issued;Due date;Other"
    )
    said = books.done(
        "opening", "import", path, "--kind", "invoice", "--map", "number=Doc", "--date-format", "%d.%m.%Y"
    )
    assert "Columns that say nothing here: 'Other'." in said.err
    assert "12.50 SGD" in said.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "No file is named."),
        (("no-such.csv",), "can't be read"),
        (("FILE",), "has no column for number, customer"),
        (("FILE", "--map", "number"), "maps nothing"),
        (("FILE", "--map", "number=A", "--map", "customer=B"), "has no column for the kind"),
    ],
)
def test_a_file_that_can_not_be_read_as_openings_is_wrong_usage(
    books: Shell, words: tuple[str, ...], expected: str
) -> None:
    path = csv_of(books, "1,2", head="A,B")
    given = [path if word == "FILE" else word for word in words]
    assert expected in books.refused("opening", "import", *given, status=2)


def test_a_file_in_another_encoding_is_refused(books: Shell) -> None:
    path = books.root.parent / "latin.csv"
    path.write_bytes("kind,number,customer,amount\nmoney,1,Köln,5.00 SGD\n".encode("latin-1"))
    assert "is not UTF-8 text" in books.refused("opening", "import", str(path), status=2)


def test_the_template_is_a_file_that_can_be_imported(books: Shell) -> None:
    books.done("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD")
    path = books.root.parent / "template.csv"
    path.write_text(books.done("opening", "import", "--template").out, encoding="utf-8")
    result = books.done("opening", "import", str(path), "--json").json["result"]
    assert sum(one["rows"] for one in result["opened"]) == 7


def test_a_dry_run_shows_the_directives_and_writes_nothing(books: Shell) -> None:
    before = books.files()
    said = books.done("opening", "import", csv_of(books, *ROWS), "--date", "2026-01-05", "--dry-run")
    assert 'event: "lots-opened"' in said.out
    assert books.files() == before


def test_hostile_text_is_written_as_it_stands(books: Shell) -> None:
    row = f'{HEAD},description\nmoney,M-1,quote,5.00,SGD,,,,,,,,,,,"=cmd(""x"") \\ {{y}} ;; 株式会社"'
    path = csv_of(books, head=row)
    books.done("opening", "import", path)
    assert '"=cmd(\\"x\\") \\\\ {y} ;; 株式会社"' in books.journal()
    balances_of(books.root)


def test_a_second_seller_gets_an_untaxed_product_of_its_own(books: Shell) -> None:
    books.done("entity", "add", "my", "--name", "Example Sdn. Bhd.", "--address", "KL", "--country", "MY", "--date", "2026-01-02")  # fmt: skip
    head = f"{HEAD},seller"
    rows = [f"{ROWS[0]},sg", f"{ROWS[0].replace('INV-412', 'MY-9')},my"]
    said = books.done("opening", "import", csv_of(books, *rows, head=head), "--date", "2026-01-05", "--json").json
    assert said["result"]["created"][2:] == ["tax-code OPENING-BALANCE-MY", "product opening-balance-my"]
    held = balances_of(books.root)
    assert held["Assets:MY:Receivable:Acme"] == held["Assets:SG:Receivable:Acme"] == {"SGD": Decimal("1090.00")}


RATED = "kind,number,customer,amount,issued,due,rate"


def test_an_opened_invoice_in_another_currency_keeps_the_rate_of_its_issue(books: Shell) -> None:
    path = csv_of(books, "invoice,INV-9,acme,80.00 USD,2025-11-03,2025-12-03,1.30 SGD", head=RATED)
    books.done("opening", "import", path, "--date", "2026-01-05")
    books.done("payment", "submit", "INV-9", "--amount", "108.00 SGD", "--rate", "1.35")
    books.done("payment", "verify", "PAY-1")
    assert balances_of(books.root)["Income:SG:FX"] == {"SGD": Decimal("-4.00")}
    books.done("check", "--deep")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("invoice,INV-9,acme,80.00 USD,2025-11-03,2025-12-03,1.30 EUR", "The rate 1.30 EUR of INV-9 can't be used"),
        ("invoice,INV-9,acme,80.00 SGD,2025-11-03,2025-12-03,1.30 SGD", "The rate 1.30 SGD of INV-9 can't be used"),
        ("invoice,INV-9,acme,80.00 USD,2025-11-03,2025-12-03,0 SGD", "The rate 0 SGD of INV-9 can't be used"),
        ("invoice,INV-9,acme,80.00 USD,2025-11-03,2025-12-03,1.30", "no amount of money"),
    ],
)
def test_a_rate_that_says_nothing_is_refused(books: Shell, row: str, words: str) -> None:
    assert words in refused(books, row, head=RATED)


def test_a_file_of_openings_packed_and_with_a_mark_of_its_encoding_is_read(books: Shell) -> None:
    path = books.root.parent / "opening.csv.gz"
    path.write_bytes(gzip.compress("\ufeffkind;number;customer;amount\nmoney;M-1;acme;5.5 SGD\n".encode()))
    assert "5.50 SGD" in books.done("opening", "import", str(path)).out
