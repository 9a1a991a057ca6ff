"""Credits that customers had left when the books began (B1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader
from beginnings import beginning

if TYPE_CHECKING:
    from conftest import Shell

HEAD = "kind,number,customer,amount,currency,unit,units,granted,paid,expires,subscription,meter,period-start,period-end,priority"
PAID = "credits,W-1,acme,40.00,SGD,CREDIT-SGD,50,2025-07-01,paid,2026-12-31,,,,,"
FREE = "credits,W-2,acme,,,CREDIT-SGD,20,2025-12-01,free,,,,,,"
SCOPED = "credits,W-3,acme,,,credit-sgd,5,2025-12-24,free,2026-02-01T12:00,SUB-1,pages,2026-01-01,2026-01-31,3"


@beginning
def books(shell: Shell) -> Shell:
    shell.done("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--date", "2026-01-02")
    return shell


def csv_of(shell: Shell, *rows: str) -> str:
    path = shell.root.parent / "wallets.csv"
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return str(path)


def opened(shell: Shell, *rows: str) -> Any:
    return shell.done("opening", "import", csv_of(shell, *rows), "--date", "2026-01-05", "--json").json["result"]


def refused(shell: Shell, *rows: str) -> str:
    return shell.refused("opening", "import", csv_of(shell, *rows), "--date", "2026-01-05")


def test_credits_are_opened_as_they_were_against_the_opening_balance(books: Shell) -> None:
    result = opened(books, PAID, FREE, SCOPED)
    assert result["opened"] == [{"kind": "credits, at what was paid for them", "rows": 3, "sum": "40.00 SGD"}]
    assert result["balances"] == [{"account": "Equity:SG:Opening", "amount": "40.00 SGD"}]
    assert '{0.80 SGD, 2025-07-01, "opening/W-1"}' in books.journal()
    paid, free, scoped = books.done("credit", "grants", "--json").json["result"]
    assert (paid["grant"], paid["kind"], paid["expires-at"]) == ("opening/W-1", "paid", "2026-12-31T16:00:00Z")
    assert (free["grant"], free["kind"], "expires-at" in free) == ("opening/W-2", "free", False)
    assert (scoped["expires-at"], scoped["meter"], scoped["priority"]) == ("2026-02-01T04:00:00Z", "pages", 3)
    assert (scoped["period-start"], scoped["period-end"]) == ("2026-01-01", "2026-02-01"), "its last day is in it"
    _entries, errors, _options = loader.load_file(str(books.root / "main.beancount"))
    assert errors == []
    books.done("check", "--deep")


def test_a_wallet_says_what_was_opened(books: Shell) -> None:
    opened(books, PAID, FREE, SCOPED)
    (wallet,) = books.done("credit", "balance", "acme", "--json").json["result"]["wallets"]
    assert (wallet["available"]["total"], wallet["worth"]) == ("75", "40.00 SGD")
    said = books.done("credit", "statement", "acme").out
    assert "opening/W-1" in said
    shown = books.done("credit", "show", "opening/W-1", "--json").json["result"]
    assert "opening/W-1" in str(shown)


def test_opened_credits_pay_expire_and_come_back_like_others(books: Shell) -> None:
    opened(books, PAID, SCOPED)
    books.done("invoice", "draft", "acme", "poster", "2")
    books.done("invoice", "issue", "SG-2026-00001")
    books.done("credit", "apply", "SG-2026-00001")
    assert '"opening/W-1"' in books.journal().rpartition("credit-applied")[2]
    books.done("credit", "reverse", "APP-1", "--reason", "mistake")
    books.at("2026-02-01T04:00:00Z")
    assert "Wrote off 5 CREDIT-SGD of 1 grant" in books.done("credit", "expire").out
    books.done("check", "--deep")


def test_the_oldest_of_them_is_used_first_in_whichever_order_the_file_has_them(books: Shell) -> None:
    books.done("book", "policy", "credit-order", "granted-first", "--date", "2026-01-03")
    opened(
        books,
        "credits,NEW,acme,10.00,SGD,,10,2025-12-01,paid,,,,,,",
        "money,M-1,acme,5.00,SGD,,,,,,,,,,",
        "credits,OLD,acme,10.00,SGD,,10,2025-06-01,paid,,,,,,",
    )
    books.done("invoice", "draft", "acme", "poster", "1")
    books.done("invoice", "issue", "SG-2026-00001")
    books.done("credit", "apply", "SG-2026-00001", "--amount", "5.00 SGD")
    left = {one["grant"]: one["remaining"] for one in books.done("credit", "grants", "--json").json["result"]}
    assert left == {"opening/OLD": "5", "opening/NEW": "10"}


def test_worth_that_can_not_be_divided_is_opened_to_the_minor_unit(books: Shell) -> None:
    opened(books, "credits,W-1,acme,100.00,SGD,,3,2025-07-01,paid,,,,,,")
    assert '-1 CREDIT-SGD {33.34 SGD, 2025-07-01, "opening/W-1"}' in books.journal()
    assert '-2 CREDIT-SGD {33.33 SGD, 2025-07-01, "opening/W-1"}' in books.journal()
    books.done("check")


def test_the_same_file_again_opens_nothing_twice(books: Shell) -> None:
    opened(books, PAID, FREE, SCOPED)
    before = books.files()
    said = books.done("opening", "import", csv_of(books, PAID, FREE, SCOPED), "--date", "2026-01-05")
    assert "3 of its 3 rows stood in the books already" in said.out
    assert books.files() == before
    books.done("invoice", "draft", "acme", "poster", "2")
    books.done("invoice", "issue", "SG-2026-00001")
    books.done("credit", "apply", "SG-2026-00001")
    assert opened(books, PAID, FREE)["known"] == 2, "also when some of it was used"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (PAID.replace("40.00", "45.00"), "with paid 40.00 SGD, and the file says paid 45.00 SGD"),
        (PAID.replace(",50,", ",51,"), "with credits 50 CREDIT-SGD, and the file says credits 51 CREDIT-SGD"),
        (PAID.replace("2025-07-01", "2025-07-02"), "granted 2025-07-01"),
        (PAID.replace("2026-12-31", "2026-12-30"), "expiry 2026-12-31T16:00:00Z"),
        (PAID.replace(",,,,,", ",SUB-1,,,,"), "scope"),
        (PAID.replace("acme", "quote"), "customer acme"),
    ],
)
def test_a_known_number_with_other_content_is_refused(books: Shell, row: str, words: str) -> None:
    opened(books, PAID)
    assert words in refused(books, row)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("credits,W-1,acme,40.00,SGD,,50,2025-07-01,,,,,,,", "The row has no paid"),
        ("credits,W-1,acme,40.00,SGD,,50,2025-07-01,yes,,,,,,", "'yes' does not say whether"),
        ("credits,W-1,acme,,,,50,2025-07-01,paid,,,,,,", "nothing says what was paid"),
        ("credits,W-1,acme,0.00,SGD,,50,2025-07-01,paid,,,,,,", "0.00 SGD can't be what was paid"),
        ("credits,W-1,acme,-1.00,SGD,,50,2025-07-01,paid,,,,,,", "-1.00 SGD can't be what was paid"),
        ("credits,W-1,acme,40.00,USD,,50,2025-07-01,paid,,,,,,", "in minor units of SGD"),
        ("credits,W-1,acme,40.005,SGD,,50,2025-07-01,paid,,,,,,", "more decimals than SGD"),
        ("credits,W-1,acme,40.00,SGD,,50,2025-07-01,free,,,,,,", "W-1 is free, and 40.00 SGD were paid for it"),
        ("credits,W-1,acme,,,,0,2025-07-01,free,,,,,,", "a number above zero"),
        ("credits,W-1,acme,,,,-5,2025-07-01,free,,,,,,", "a number above zero"),
        ("credits,W-1,acme,,,,0.0000001,2025-07-01,free,,,,,,", "six decimals"),
        ("credits,W-1,acme,,,," + "9" * 40 + ",2025-07-01,free,,,,,,", "long"),
        ("credits,W-1,acme,,,CREDIT-X,5,2025-07-01,free,,,,,,", "no credits called CREDIT-X"),
        ("credits,W-1,acme,,,,5,2026-01-06,free,,,,,,", "the books open on 2026-01-05"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,2026-01-04,,,,,", "had expired at 2026-01-04T16:00:00Z"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,2026-01-05T00:00,,,,,", "had expired at 2026-01-04T16:00:00Z"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,2026-13-01,,,,,", "no day 2026-13-01"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,2026-02-01T25:00,,,,,", "is no moment"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,,,,2026-01-01,,", "A period from 2026-01-01 to None"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,,,,2026-02-01,2026-01-01,", "A period from 2026-02-01"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,,,,,,1.5", "1.5 is no priority"),
        ("credits,W-1,acme,,,,5,2025-07-01,free,,,,,,1000", "1000 is no priority"),
        ("credits,W-1,nobody,,,,5,2025-07-01,free,,,,,,", "There is no customer nobody"),
        ("credits,W 1,acme,,,,5,2025-07-01,free,,,,,,", "'W 1' can't be a number here"),
        ("wallet,W-1,acme,50.00,SGD,,,,,,,,,,", "no wallets of money yet"),
        ("money wallet,W-1,acme,50.00,SGD,,,,,,,,,,", "credits are rows of the kind credits"),
    ],
)
def test_what_can_not_be_opened_is_refused_with_the_reason(books: Shell, row: str, words: str) -> None:
    said = refused(books, row)
    assert words in said
    assert "wallets.csv:2: " in said


def test_what_can_be_used_on_the_first_day_is_opened(books: Shell) -> None:
    assert opened(books, "credits,W-1,acme,,,,5,2025-07-01,free,2026-01-05,,,,,")["known"] == 0


def test_books_without_credits_open_none(shell: Shell) -> None:
    assert "no kind of credits" in refused(shell, "credits,W-1,acme,,,,5,2025-07-01,free,,,,,,")


def test_a_file_of_credits_needs_no_column_for_the_kind(books: Shell) -> None:
    path = books.root.parent / "wallets.csv"
    path.write_text(
        "Reference,Client,Credits,Granted on,Paid or free,Worth,Expiry date\nW-1,acme,12,01.07.2025,Paid,10.00 SGD,31.12.2026\n"
    )
    mapped = ("--kind", "credits", "--map", "units=Credits", "--date-format", "%d.%m.%Y", "--date", "2026-01-05")
    books.done("opening", "import", str(path), *mapped)
    (grant,) = books.done("credit", "grants", "--json").json["result"]
    assert (grant["units"], grant["expires-at"]) == ("12", "2026-12-31T16:00:00Z")
