"""W1: the statement of a credit wallet as PDF, quiet and exact as the other documents are."""

# ruff: noqa: RUF001 - amounts have a real minus sign

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pikepdf
import pytest
from account_samples import make_credit_statement, money

from billing_beans.credits.records import EntryKind
from billing_beans.documents.credit_statement import CreditEntry, CreditLine, CreditsUntil
from billing_beans.documents.languages import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from document_samples import Printed

    Print = Callable[..., Printed]


def test_it_runs_from_the_opening_to_the_closing_balance(printed: Print) -> None:
    text = printed(make_credit_statement(3, opening="75.5")).text()
    assert re.search(r"1 Jan 2026 +Opening balance +75\.5\n", text)
    assert re.search(r"3 Jan 2026 +Granted GRANT-1 +paid +120\.0 +195\.5\n +PAY-1 · until 2 Jul 2026", text)
    assert re.search(r"7 Jan 2026 +Used APP-3 +free +60\.0 +255\.5\n +SG-2026-00003 · GRANT-1", text)
    assert re.search(r"paid +235\.5\s+free +20\.0\s+Closing balance +255\.5", text)
    assert "1 Jan 2026 to 31 Dec 2026" in text
    assert "US dollar credits" in text
    assert "CREDIT-USD" in text


def test_what_can_be_used_meets_the_eye_first_with_what_it_is_worth(printed: Print) -> None:
    text = printed(make_credit_statement(3)).text().replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"Statement of credits +180\n +Available · as of 31 Dec 2026\n +Worth when used USD 180\.00", text)


def test_what_has_expired_is_taken_off_the_closing_balance(printed: Print) -> None:
    left = {"expired": Decimal(30), "available": Decimal(150), "worth": money("150.00", "USD")}
    text = printed(make_credit_statement(3, **left)).text()
    assert re.search(r"Closing balance +180\s+Expired +−30\s+Available +150\n", text)
    assert "Expired" not in printed(make_credit_statement(3)).text()


def test_all_numbers_have_the_decimals_that_one_of_them_needs(printed: Print) -> None:
    text = printed(make_credit_statement(2, each="0.000001")).text()
    assert re.search(r"GRANT-2 +paid +0\.000001 +0\.000002", text)
    assert re.search(r"Opening balance +0\.000000", text)
    assert re.search(r"Opening balance +0\n", printed(make_credit_statement(2)).text())


def test_points_that_are_worth_yen_show_no_cents_of_either(printed: Print) -> None:
    changes = {"currency": "JPY", "unit": "CREDIT-JPY", "unit_name": "Points", "each": "1000000"}
    text = printed(make_credit_statement(1, **changes)).text().replace("\N{NO-BREAK SPACE}", " ")
    assert "Worth when used JPY 1,000,000\n" in text
    assert re.search(r"Closing balance +1,000,000\n", text)


def test_many_pages_repeat_the_head_and_carry_the_balance(printed: Print) -> None:
    statement = make_credit_statement(80, opening="10")
    made = printed(statement)
    with pikepdf.open(made.path) as pdf:
        count = len(pdf.pages)
    assert count >= 3
    balances = {line.reference: line.balance for line in statement.lines}
    reached = Decimal(10)
    for number in range(1, count + 1):
        text = made.text(number)
        assert figure(text, "Brought forward") == (reached if number > 1 else None)
        if shown := re.findall(r"(?:Granted|Used) (\S+)", text):
            assert re.search(r"Date +Movement +Type +Added +Used +Balance", text)
            reached = balances[shown[-1]]
        assert figure(text, "Carried forward") == (reached if number < count else None)
    assert reached == statement.closing


def figure(text: str, word: str) -> Decimal | None:
    found = re.search(rf"{word} +([−\d,.]+)", text)
    return Decimal(found[1].replace(",", "").replace("−", "-")) if found else None


def test_credits_stand_by_the_day_until_which_they_can_be_used(printed: Print) -> None:
    expiry = (
        CreditsUntil(Decimal(30), date(2027, 1, 31)),
        CreditsUntil(Decimal(5), later=True),
        CreditsUntil(Decimal(7)),
    )
    text = printed(make_credit_statement(3, expiry=expiry)).text().replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"31 Jan 2027 +Later +Without end\n\n? *30 +5 +7\n", text)
    large = tuple(CreditsUntil(Decimal("1234567890.125"), date(2027, month, 15)) for month in range(1, 6))
    below = printed(make_credit_statement(3, expiry=large)).text().replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"15 Jan 2027 +1,234,567,890\.125\n", below)
    assert "Credits by the day" not in printed(make_credit_statement(3, expiry=())).text()


def test_a_wallet_in_which_nothing_moved_says_so(printed: Print) -> None:
    text = printed(make_credit_statement(0, opening="12")).text()
    assert "Nothing was added or used." in text
    assert re.search(r"Closing balance +12\n", text)


def test_long_references_are_whole_and_stay_within_the_margins(printed: Print) -> None:
    reference = "promo/" + "q" * 90
    line = CreditLine(
        date(2026, 1, 3), CreditEntry.GRANT, "<b>GRANT</b>", Decimal("123456789.125"), Decimal("123456789.125"), paid=False, about=(reference,)
    )  # fmt: skip
    made = printed(make_credit_statement(1, lines=(line,), unit_name="ø" * 80, customer="c" * 60))
    shown = re.sub(r"\s", "", made.text())
    assert "<b>GRANT</b>" in shown
    assert (shown.count("q"), shown.count("ø")) == (90, 80)
    for width, _height, left, _top, right, _bottom, word in made.words():
        assert left >= 56 - 0.5, word
        assert right <= width - 56 + 0.5, word


def test_it_runs_from_the_right_where_the_language_does(printed: Print) -> None:
    made = printed(make_credit_statement(3, locale="ar_EG"))
    assert "١٨٠" in made.text()
    words = made.words()
    grant = next(word for word in words if word[6] == "GRANT-1")
    balance = [word for word in words if word[6] == "١٢٠"]
    assert all(word[2] < grant[2] for word in balance)


@pytest.mark.parametrize("kind", EntryKind)
def test_every_movement_of_a_wallet_has_its_word_in_every_language(kind: EntryKind) -> None:
    assert CreditEntry(kind.value).value == kind.value
    for labels in CATALOGUE.values():
        assert labels.wallet.entries[kind.value].strip()
