"""What wallets hold and what moved in them, as commands show it: to people, programs and spreadsheets (W1, W8, R5)."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from click.testing import CliRunner

from billing_beans.cli.root import root, run

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

ONE, TWO = "SG-2026-00001", "SG-2026-00002"
TOP_UP = f"{ONE}/1"


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def table_of(text: str) -> list[list[str]]:
    """The words of each line that says something."""
    return [line.split() for line in text.splitlines() if line.strip()]


STORY = (
    ("05T02:00:00", "credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--name", "Coins"),
    ("05T02:00:01", "product", "add", "top-up", "--name", "Credits", "--revenue", "top-up", "--tax-code", "SG-EXEMPT",
     "--credit-unit", "CREDIT-SGD", "--units", "10", "--bonus-units", "1", "--valid-days", "365", "--price", "9.00 SGD"),
    ("05T02:01:00", "credit", "top-up", "acme", "100"),
    ("06T02:00:00", "payment", "submit", ONE),
    ("06T03:00:00", "payment", "verify", "PAY-1"),
    ("06T04:00:00", "credit", "grant", "acme", "25", "--type", "goodwill", "--expires-at", "2026-01-20T12:00"),
    ("07T02:00:00", "credit", "grant", "quote", "10", "--meter", "api", "--source", "promo/spring"),
    ("08T02:00:00", "invoice", "draft", "acme", "handbook", "2"),
    ("08T02:01:00", "invoice", "issue", TWO),
    ("08T02:02:00", "credit", "apply", TWO),
    ("09T02:00:00", "credit", "top-up", "acme", "50", "--payment", "--until", "2026-12-31"),
)  # fmt: skip
"""Acme bought 100 credits for 90.00 with 10 free ones, got 25 until noon of the 20th, and used 54.5; 50 wait for a payment.

The customer with the hostile name has 10 for a meter.
"""


@pytest.fixture(scope="module")
def told(books_of_module: Path) -> Path:
    """Books in which the story has happened, made once."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BILLING_BEANS_SEED", "1")
        environment.setenv("BILLING_BEANS_ACTOR", "sarah")
        for moment, *words in STORY:
            environment.setenv("BILLING_BEANS_NOW", f"2026-01-{moment}Z")
            assert run(["--books", str(books_of_module), *words]) == 0
    return books_of_module


@pytest.fixture
def held(shell: Shell, told: Path) -> Shell:
    """The same books for each test, on the morning of the 18th in Singapore."""
    shutil.rmtree(shell.root)
    shutil.copytree(told, shell.root)
    shell.at("2026-01-18T01:00:00Z")
    return shell


def wallets(shell: Shell, *words: str) -> list[Any]:
    found: list[Any] = shell.done("credit", "balance", *words, "--json").json["result"]["wallets"]
    return found


# Balances


def test_a_balance_tells_posted_pending_and_available_apart(held: Shell) -> None:
    (one,) = wallets(held, "acme")
    assert one["posted"] == {"paid": "45.5", "free": "35", "total": "80.5"}
    assert one["pending"] == {"paid": "50", "free": "0", "total": "50"}
    assert one["available"] == {"paid": "45.5", "free": "35", "total": "80.5"}
    # 0.90 was paid for each.
    assert (one["face"], one["worth"]) == ("80.50 SGD", "40.95 SGD")
    assert (one["posted-credits"], one["posted-debits"]) == ("135", "54.5")
    assert (one["pending-credits"], one["pending-debits"]) == ("50", "0")
    assert "135 CREDIT-SGD came in, 54.5 went out; 50 wait for a payment" in held.done("credit", "balance", "acme").out


def test_all_wallets_and_what_they_are_worth_together(held: Shell) -> None:
    assert table_of(held.done("credit", "balance").out) == [
        ["customer", "unit", "seller", "posted", "paid", "free", "pending", "available", "face", "value", "liability"],
        ["acme", "CREDIT-SGD", "sg", "80.5", "45.5", "35", "50", "80.5", "80.50", "SGD", "40.95", "SGD"],
        ["quote", "CREDIT-SGD", "sg", "10", "0", "10", "0", "10", "10.00", "SGD", "0.00", "SGD"],
        ["seller", "currency", "liability", "account"],
        ["sg", "SGD", "40.95", "SGD", "Liabilities:SG:Credits"],
    ]  # fmt: skip
    rows = rows_of(held.done("credit", "balance", "--csv").out)
    assert rows[0][-3:] == ["currency", "face value", "liability"]
    assert [row[2:6] + row[-2:] for row in rows[1:]] == [
        ["acme", "CREDIT-SGD", "45.5", "35", "80.50", "40.95"],
        ["quote", "CREDIT-SGD", "0", "10", "10.00", "0.00"],
    ]


@pytest.mark.parametrize(
    ("words", "available"),
    [
        (("--at", "2026-01-20T11:59:59"), "80.5"),
        (("--at", "2026-01-20T12:00"), "55.5"),
        (("--at", "2026-01-20T04:00:00Z"), "55.5"),
        (("--at", "2026-01-06T02:59:59Z"), "0"),
        (("--at", "2026-01-06T11:00+08:00"), "110"),
        (("--date", "2026-01-06"), "135"),
        (("--date", "2026-01-20"), "55.5"),
    ],
)
def test_a_balance_is_of_any_moment_to_the_second(held: Shell, words: tuple[str, ...], available: str) -> None:
    (one,) = wallets(held, "acme", *words)
    assert one["available"]["total"] == available


def test_a_balance_before_anything_happened_is_of_nobody(held: Shell) -> None:
    assert held.done("credit", "balance", "--date", "2026-01-04").out == "Nobody has any credits.\n"
    assert held.done("credit", "balance", "acme", "--date", "2026-01-04").out == "acme has no credits.\n"


def test_what_waits_for_a_payment_is_shown_before_anything_is_posted(held: Shell) -> None:
    held.done("credit", "top-up", "quote", "20")
    (one,) = wallets(held, "quote")
    assert (one["pending"], one["posted"]["total"]) == ({"paid": "20", "free": "2", "total": "22"}, "10")
    (before,) = wallets(held, "acme", "--date", "2026-01-05")
    assert (before["pending"], before["posted-credits"]) == ({"paid": "100", "free": "10", "total": "110"}, "0")


def test_a_balance_is_divided_by_what_is_asked(held: Shell) -> None:
    def parts(customer: str, by: str) -> dict[str, str]:
        (one,) = wallets(held, customer, "--by", by)
        return {part[by]: part["posted"]["total"] for part in one["parts"]}

    assert parts("acme", "grant") == {TOP_UP: "45.5", "GRANT-1": "10", "GRANT-2": "25", "GRANT-4": "0"}
    assert parts("acme", "expiry") == {"2026-01-20T04:00:00Z": "25", "2027-01-05T16:00:00Z": "55.5", "pending": "0"}
    assert parts("acme", "subscription") == {"any": "80.5"}
    assert parts("quote", "scope") == {"meter api": "10"}
    words = table_of(held.done("credit", "balance", "acme", "--by", "expiry").out)
    assert [row[:3] for row in words[2:6]] == [
        ["2026-01-20", "12:00", "25"], ["2027-01-05", "55.5", "45.5"], ["pending", "0", "0"], ["all", "80.5", "45.5"]
    ]  # fmt: skip
    rows = rows_of(held.done("credit", "balance", "acme", "--by", "grant", "--csv").out)
    assert [row[4] for row in rows] == ["grant", TOP_UP, "GRANT-1", "GRANT-2", "GRANT-4"]


def test_where_an_invoice_was_opened_again_the_net_may_be_below_zero(held: Shell) -> None:
    assert wallets(held, "acme")[0]["available"]["total"] == "80.5"
    assert held.done("credit", "balance", "acme", "--json").json["result"]["net"] == []
    for words in (
        ("invoice", "draft", "acme", "handbook", "4"),
        ("invoice", "issue", "SG-2026-00003"),
        ("payment", "submit", "SG-2026-00003"),
        ("payment", "verify", "PAY-3"),
        ("payment", "chargeback", "PAY-3", "--reason", "fraud"),
    ):
        held.done(*words)
    (net,) = held.done("credit", "balance", "acme", "--json").json["result"]["net"]
    assert (net["available"], net["owed"], net["net"]) == ("80.50 SGD", "109.00 SGD", "-28.50 SGD")
    assert net["invoices"] == ["SG-2026-00003"]
    said = held.done("credit", "balance", "acme").out
    assert "acme owes sg 109.00 SGD on what was opened again (SG-2026-00003)" in said
    assert "has credits worth 80.50 SGD: 28.50 SGD too few" in said


# Statements


def test_a_statement_names_type_grant_and_reference_of_each_movement(held: Shell) -> None:
    assert table_of(held.done("credit", "statement", "acme", "--from", "2026-01-06", "--until", "2026-01-10").out) == [
        ["Credits", "of", "Acme", "Pte.", "Ltd.", "(acme)", "with", "sg,", "CREDIT-SGD,", "2026-01-06", "to", "2026-01-10"],
        ["date", "what", "type", "kind", "grant", "reference", "units", "balance"],
        ["2026-01-06", "opening", "balance", "0"],
        ["2026-01-06", "grant", "credit", "paid", TOP_UP, f"invoice/{ONE}", "100", "100"],
        ["2026-01-06", "grant", "credit", "free", "GRANT-1", f"grant/{TOP_UP}", "10", "110"],
        ["2026-01-06", "grant", "credit", "free", "GRANT-2", "user/sarah", "25", "135"],
        ["2026-01-08", "application", "APP-1", "debit", "paid", TOP_UP, f"invoice/{TWO}", "-54.5", "80.5"],
        ["2026-01-10", "closing", "balance", "80.5"],
        ["On", "2026-01-10", "units"],
        ["paid", "45.5"],
        ["free", "35"],
        ["available", "80.5", "worth", "80.50", "SGD", "when", "they", "are", "used"],
        ["pending", "50", "waiting", "for", "a", "payment,", "in", "none", "of", "these"],
        ["until", "2026-01-20", "12:00", "25"],
        ["until", "2027-01-05", "55.5"],
    ]  # fmt: skip


def test_a_statement_for_programs_says_who_and_when(held: Shell) -> None:
    (one,) = held.done("credit", "statement", "quote", "--json").json["result"]
    assert (one["opening"], one["closing"], one["available"]["total"]) == ("0", "10", "10")
    (line,) = one["lines"]
    assert (line["date"], line["at"], line["actor"]) == ("2026-01-07", "2026-01-07T02:00:00Z", "sarah")
    assert (line["type"], line["kind"], line["what"], line["units"]) == ("credit", "free", "grant", "10")
    assert (line["reference-type"], line["reference"]) == ("external", "promo/spring")
    types = [
        line["reference-type"] for line in held.done("credit", "statement", "acme", "--json").json["result"][0]["lines"]
    ]
    assert types == ["invoice", "grant", "user", "invoice"]


def test_a_statement_as_csv_is_one_row_a_movement(held: Shell) -> None:
    rows = rows_of(held.done("credit", "statement", "acme", "--period", "2026-01", "--csv").out)
    assert rows[0][3:] == [
        "date", "what", "identifier", "type", "kind", "grant", "reference type", "reference", "units", "balance"
    ]  # fmt: skip
    assert rows[1][3:5] + rows[1][-1:] == ["2026-01-01", "opening balance", "0"]
    assert rows[-2][3:] == [
        "2026-01-08", "application", "APP-1", "debit", "paid", TOP_UP, "invoice", f"invoice/{TWO}", "-54.5", "80.5"
    ]  # fmt: skip
    assert rows[-1][3:5] + rows[-1][-1:] == ["2026-01-31", "closing balance", "80.5"]
    assert held.done("credit", "statement", "quote", "--until", "2026-01-06").out == (
        "Nothing happened with the credits of quote until 2026-01-06.\n"
    )


def test_a_statement_as_pdf_is_the_same_each_time_and_keeps_to_itself_who_granted(held: Shell, tmp_path: Path) -> None:
    path = tmp_path / "credits.pdf"
    said = held.done("credit", "statement", "acme", "--until", "2026-01-18", "--pdf", str(path))
    assert said.out == f"Wrote the statement of CREDIT-SGD of acme to {path}; nothing is recorded.\n"
    before = path.read_bytes()
    held.done("credit", "statement", "acme", "--until", "2026-01-18", "--pdf", str(path))
    assert path.read_bytes() == before
    with pypdfium2.PdfDocument(path) as document:
        text = " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)
    for words in ("Statement of credits", "Coins", "Acme Pte. Ltd.", "Example Pte. Ltd.", "APP-1", TOP_UP, "80.5", TWO):
        assert words in text
    assert "20 Jan 2026, 12:00 pm" in text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "sarah" not in text


def test_a_pdf_holds_the_statement_of_one_wallet(held: Shell, tmp_path: Path) -> None:
    held.done("credit", "unit", "add", "CREDIT-POINTS", "--face", "0.10 SGD")
    held.done("credit", "grant", "acme", "7", "--unit", "CREDIT-POINTS")
    path = tmp_path / "credits.pdf"
    said = held.refused("credit", "statement", "acme", "--pdf", str(path), status=2)
    assert "these are 2: CREDIT-POINTS with sg, CREDIT-SGD with sg" in said
    assert "can't be written both" in held.refused(
        "credit", "statement", "acme", "--csv", "--pdf", str(path), status=2
    )  # fmt: skip
    assert not path.exists()
    held.done("credit", "statement", "acme", "--unit", "credit-points", "--pdf", str(path))
    assert path.exists()
    assert "CREDIT-POINTS" in held.done("credit", "statement", "acme").out


# Grants, applications, and one of them


def test_what_waits_for_a_payment_is_counted_below_the_grants(held: Shell) -> None:
    said = held.done("credit", "grants", "acme").out
    assert said.endswith("4 grants, 80.5 CREDIT-SGD left, 50 CREDIT-SGD wait for a payment\n")
    assert held.done("credit", "grants", "quote").out.endswith("1 grant, 10 CREDIT-SGD left\n")


def test_grants_are_listed_by_where_they_stand(held: Shell) -> None:
    def names(*words: str) -> list[str]:
        return [one["grant"] for one in held.done("credit", "grants", *words, "--json").json["result"]]

    assert names() == [TOP_UP, "GRANT-1", "GRANT-2", "GRANT-3", "GRANT-4"]
    assert names("acme", "--status", "pending") == ["GRANT-4"]
    assert names("quote", "--status", "open") == ["GRANT-3"]
    assert names("--expiring-before", "2026-01-20") == []
    assert names("--expiring-before", "2026-01-21") == ["GRANT-2"]
    assert names("quote", "--expiring-before", "2026-01-21") == []
    assert names("--status", "expired") == []
    held.at("2026-01-20T04:00:00Z")
    assert names("--status", "expired") == ["GRANT-2"]
    held.done("credit", "expire")
    assert names("--status", "expired") == ["GRANT-2"]
    held.done("payment", "reject", "PAY-2", "--reason", "bounced")
    assert names("--status", "void") == ["GRANT-4"]
    words = held.done("credit", "grants", "acme").out.splitlines()
    assert words[-1] == "4 grants, 55.5 CREDIT-SGD left"
    rows = rows_of(held.done("credit", "grants", "quote", "--csv").out)
    assert dict(zip(*rows, strict=True))["meter"] == "api"
    assert held.done("credit", "grants", "acme", "--status", "used").out == "No grants.\n"


def test_a_grant_shows_its_terms_lots_and_who_moved_what(held: Shell) -> None:
    said = held.done("credit", "show", TOP_UP)
    rows = table_of(said.out)
    assert ["granted", "as", "invoice-top-up,", "paid"] in rows
    assert ["price", "90.00", "SGD"] in rows
    assert ["until", "2027-01-05;", "expires", "at", "2027-01-05T16:00:00Z"] in rows
    assert ["2026-01-06", "0.90", "SGD", "100", "45.5", "40.95", "SGD"] in rows
    assert [
        "2026-01-08", "application", "APP-1", f"invoice/{TWO}", "-54.5", "45.5", "sarah", "2026-01-08T02:02:00Z"
    ] in rows  # fmt: skip
    found = held.done("credit", "show", "GRANT-4", "--json").json["result"]
    assert (found["status"], found["requested"], found["lots"], found["movements"]) == ("pending", "2026-01-09", [], [])
    assert "Nothing has moved." in held.done("credit", "show", "GRANT-4").out


def test_an_application_shows_what_it_used_and_what_went_back(held: Shell) -> None:
    held.done("credit", "reverse", "APP-1", "--reason", "wrong invoice", "--amount", "4.50 SGD")
    found = held.done("credit", "show", "APP-1", "--json").json["result"]
    assert (found["invoice"], found["as"], found["amount"], found["standing"]) == (TWO, "payment", "54.50 SGD", "50")
    assert [(one["grant"], one["units"], one["back"]) for one in found["uses"]] == [(TOP_UP, "54.5", "4.5")]
    assert [(one["what"], one["units"]) for one in found["movements"]] == [
        ("application", "-54.5"),
        ("reversal", "4.5"),
    ]
    rows = table_of(held.done("credit", "show", "APP-1").out)
    assert ["order", "scope-first"] in rows
    assert ["2026-01-18", TOP_UP, "4.5", "sarah", "2026-01-18T01:00:00Z"] in rows
    assert [one["application"] for one in held.done("credit", "applications", "acme", "--json").json["result"]] == [
        "APP-1"
    ]
    assert table_of(held.done("credit", "applications", "--invoice", TWO).out)[1] == [
        "APP-1", "2026-01-08", "acme", TWO, "payment", "54.5", "CREDIT-SGD", "54.50", "SGD", "4.5", "sarah"
    ]  # fmt: skip
    assert held.done("credit", "applications", "--invoice", ONE).out == "No credits were applied.\n"


def test_an_adjustment_shows_why(held: Shell) -> None:
    held.done("credit", "adjust", "GRANT-2", "--by", "-5", "--reason", "too\nmany")
    rows = table_of(held.done("credit", "show", "ADJ-1").out)
    assert ["grant", "GRANT-2"] in rows
    assert ["units", "-5", "CREDIT-SGD"] in rows
    assert ["reason", "too", "many"] in rows
    found = held.done("credit", "show", "ADJ-1", "--json").json["result"]
    assert (found["units"], found["actor"], found["at"]) == ("5", "sarah", "2026-01-18T01:00:00Z")


def test_an_invoice_says_what_credits_paid(held: Shell) -> None:
    said = held.done("invoice", "show", TWO).out
    assert "54.50 SGD, 54.50 of it with credits" in said
    assert ["APP-1", "2026-01-08", "payment", "54.5", "CREDIT-SGD", "54.50", "SGD", TOP_UP] in table_of(said)


def test_a_statement_of_account_tells_of_credits_that_money_bought_and_that_paid(held: Shell, tmp_path: Path) -> None:
    for words in (
        ("payment", "receive", "--customer", "acme", "--amount", "40.00 SGD"),
        ("credit", "top-up", "acme", "30", "--from", "PAY-3", "--price", "30.00 SGD"),
        ("credit", "adjust", "GRANT-5", "--by", "-10", "--type", "clawback-error", "--reason", "too many"),
        ("credit", "reverse", "APP-1", "--reason", "wrong invoice"),
    ):
        held.done(*words)
    rows = table_of(held.done("report", "statement", "acme", "--from", "2026-01-08").out)
    assert [row[1:3] + row[-2:] for row in rows[3:9]] == [
        ["invoice", TWO, "54.50", "54.50"],
        ["application", "APP-1", "-54.50", "0.00"],
        ["payment", "PAY-3", "-40.00", "-40.00"],
        ["grant", "GRANT-5", "30.00", "-10.00"],
        ["grant", "reversed", "-10.00", "-20.00"],
        ["application", "reversed", "54.50", "34.50"],
    ]
    path = tmp_path / "statement.pdf"
    held.done("report", "statement", "acme", "--pdf", str(path))
    with pypdfium2.PdfDocument(path) as document:
        text = " ".join(document[0].get_textpage().get_text_bounded().split())
    for expected in (
        "Credits used APP-1",
        "Credits bought GRANT-5",
        "Credits returned GRANT-5",
        "Credits given back APP-1",
    ):
        assert expected in text
    assert "compared with the ledger" in held.done("check", "--deep").out


# The liability


def test_the_liability_of_all_wallets_is_a_report_that_equals_the_accounts(held: Shell) -> None:
    held.at("2026-01-21T01:00:00Z")
    assert table_of(held.done("report", "wallets").out)[2:] == [
        ["sg", "CREDIT-SGD", "2", "45.5", "45", "0", "25", "40.95", "SGD", "0.00", "SGD", "0.00", "SGD"],
        ["account", "liability"],
        ["Liabilities:SG:Credits", "40.95", "SGD"],
    ]
    before = held.done("report", "wallets", "--date", "2026-01-07", "--json").json["result"]
    assert before["accounts"][0]["liability"] == "90.00 SGD"
    assert rows_of(held.done("report", "wallets", "--csv", "--unit", "credit-sgd").out)[1] == [
        "2026-01-21", "sg", "SGD", "CREDIT-SGD", "2", "45.5", "45", "0", "25", "40.95", "0.00", "0.00"
    ]  # fmt: skip
    assert held.done("report", "wallets", "--date", "2026-01-05").out == "Nobody had any credits on 2026-01-05.\n"
    assert "compared with the ledger" in held.done("check", "--deep").out


def test_breakage_is_what_nobody_used_of_paid_credits(held: Shell) -> None:
    held.at("2027-01-05T16:00:00Z")
    (before,) = held.done("report", "wallets", "--json").json["result"]["rows"]
    assert (before["expired"]["paid"], before["expired-worth"], before["breakage"]) == ("45.5", "40.95 SGD", "0.00 SGD")
    held.done("credit", "expire")
    (after,) = held.done("report", "wallets", "--json").json["result"]["rows"]
    assert (after["liability"], after["expired-worth"], after["breakage"]) == ("0.00 SGD", "0.00 SGD", "40.95 SGD")
    assert "compared with the ledger" in held.done("check", "--deep").out


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("balance", "nobody"), 1, "There is no customer nobody"),
        (("balance", "acme", "--seller", "xx"), 1, "There is no legal entity xx"),
        (("balance", "acme", "--unit", "CREDIT-X"), 1, "There are no credits called CREDIT-X"),
        (("balance", "--by", "colour"), 2, "colour"),
        (("balance", "--at", "noon"), 2, "is no moment"),
        (("balance", "--at", "2026-01-20T12:00", "--date", "2026-01-20"), 2, "are two moments"),
        (("balance", "--csv", "--json"), 2, "can't be printed both"),
        (("balance", ""), 2, "CUSTOMER is empty"),
        (("statement", "nobody"), 1, "There is no customer nobody"),
        (("statement", "acme", "--from", "2026-02-01", "--until", "2026-01-01"), 2, "There is no day"),
        (("statement", "acme", "--period", "2026-01", "--from", "2026-01-01"), 2, "says both days already"),
        (("grants", "--expiring-before", "soon"), 2, "is no date"),
        (("grants", "--csv", "--date", "2026-01-01"), 2, "as they are now"),
        (("show", "GRANT-9"), 1, "There is no grant, application or adjustment GRANT-9"),
        (("show", "GRANT-1", "--date", "2026-01-06"), 2, "as they are now"),
        (("applications", "quote", "--invoice", TWO), 2, f"{TWO} is an invoice of acme"),
        (("applications", "--invoice", "SG-9"), 1, "SG-9"),
    ],
)
def test_what_makes_no_sense_is_refused(held: Shell, words: tuple[str, ...], status: int, expected: str) -> None:
    said = held("credit", *words)
    assert said.status == status
    assert expected in said.err + said.out
    assert "Traceback" not in said.err


def test_commands_complete_what_there_is(held: Shell) -> None:
    def offered(line: str, incomplete: str = "") -> list[str]:
        environment = {
            "_BILLING_BEANS_COMPLETE": "bash_complete",
            "COMP_WORDS": f"billing-beans --books {held.root} {line} {incomplete}",
            "COMP_CWORD": str(len(line.split()) + 3),
        }
        said = CliRunner().invoke(root, prog_name="billing-beans", env=environment)
        return [one.partition(",")[2] for one in said.output.splitlines()]

    assert offered("credit balance") == ["acme", "quote"]
    assert offered("credit show", "GRANT") == ["GRANT-1", "GRANT-2", "GRANT-3", "GRANT-4"]
    assert offered("credit applications --invoice") == [TWO]
    assert offered("credit statement acme --unit") == ["CREDIT-SGD"]
