"""Documents of subscriptions: for which days a line is, what part of a period, which days a credit note takes back (U3, R4)."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from billing_beans.acts.subscriptions import (
    BillSubscription,
    bill_subscription,
    change_subscription,
    pause_subscription,
    start_subscription,
)
from billing_beans.catalog.facts import CustomerAdded, PolicyChosen
from billing_beans.documents.filling import fill
from billing_beans.documents.filling_credit_note import fill_credit_note
from billing_beans.subscriptions.operations import ChangeSubscription, PauseSubscription, StartSubscription
from billing_beans.subscriptions.points import When

if TYPE_CHECKING:
    from billing_beans.documents.credit_note import CreditNote
    from billing_beans.documents.model import InvoiceDocument

sys.path.append(str(Path(__file__).parents[1] / "subscriptions"))

from subscribers import START, Office

ROOT = Path(__file__).parent
JANUARY = date(2026, 1, 1)


def office(locale: str, *policies: tuple[str, str]) -> Office:
    """Books whose first customer reads this language."""
    made = Office(1)
    known = CustomerAdded(date=date(2025, 1, 1), customer="c0", name="Customer 0", account="C0", locale=locale)
    for fact in (known, *(PolicyChosen(date=START, policy=name, choice=choice) for name, choice in policies)):
        made.foundation.append(fact)
        made.books.apply(fact)
    return made


def invoice(made: Office, number: int) -> InvoiceDocument:
    return fill(made.books, f"SG-2026-{number:05d}", ROOT)


def credit_note(made: Office) -> CreditNote:
    return fill_credit_note(made.books, "CN-SG-2026-00001", ROOT)


def details(document: InvoiceDocument | CreditNote) -> list[tuple[str, ...]]:
    return [line.details for line in document.lines]


@pytest.mark.parametrize(
    ("locale", "whole", "part", "unused", "reason"),
    [
        (
            "en_SG",
            "Service period: 1 Jan 2026 to 31 Jan 2026",
            "Service period: 13 Jan 2026 to 31 Jan 2026 (19 of 31 days)",
            "Not used: 20 Jan 2026 to 31 Jan 2026 (12 of 31 days)",
            "Unused days of SUB-1",
        ),
        (
            "de_DE",
            "Leistungszeitraum: 01.01.2026 bis 31.01.2026",
            "Leistungszeitraum: 13.01.2026 bis 31.01.2026 (19 / 31 Tage)",
            "Nicht genutzt: 20.01.2026 bis 31.01.2026 (12 / 31 Tage)",
            "Nicht genutzte Tage von SUB-1",
        ),
    ],
)
def test_a_line_says_its_days_and_its_part_of_the_period(
    locale: str, whole: str, part: str, unused: str, reason: str
) -> None:
    made = office(locale).on("2026-01-13")
    made.does(start_subscription, StartSubscription("c0", "basic", when=When(JANUARY)))
    made.does(start_subscription, StartSubscription("c0", "pro", when=When(date(2026, 1, 13)), anchor=JANUARY))
    made.bills("2026-01-13")
    made.on("2026-01-20")
    made.does(pause_subscription, PauseSubscription("SUB-1"))
    made.does(bill_subscription, BillSubscription("SUB-1"))

    assert details(invoice(made, 1)) == [(whole,), (part,)]
    assert details(credit_note(made)) == [(unused,)]
    assert credit_note(made).reason == reason


def test_of_what_was_a_part_already_the_days_of_the_same_period_are_taken_back() -> None:
    made = office("en_SG").on("2026-01-13")
    made.does(start_subscription, StartSubscription("c0", "pro", anchor=JANUARY))
    made.bills("2026-01-13")
    made.on("2026-01-22")
    made.does(pause_subscription, PauseSubscription("SUB-1"))
    made.bills("2026-01-22")
    assert details(credit_note(made)) == [("Not used: 22 Jan 2026 to 31 Jan 2026 (10 of 31 days)",)]


def test_where_all_months_have_thirty_days_a_credit_note_names_the_days_alone() -> None:
    made = office("en_SG", ("proration-length", "thirty-days")).on("2026-02-01")
    made.does(start_subscription, StartSubscription("c0", "pro"))
    made.bills("2026-02-01")
    made.on("2026-02-16")
    made.does(pause_subscription, PauseSubscription("SUB-1"))
    made.bills("2026-02-16")
    assert details(credit_note(made)) == [("Not used: 16 Feb 2026 to 28 Feb 2026",)]


def test_by_the_second_the_moment_and_the_share_are_said() -> None:
    made = office("en_SG", ("proration", "second")).on("2026-01-01", 0)
    made.does(start_subscription, StartSubscription("c0", "basic", when=When(JANUARY)))
    made.bills("2026-01-01")
    made.on("2026-01-16", 12)
    made.does(change_subscription, ChangeSubscription("SUB-1", quantity=Decimal(2)))
    made.does(bill_subscription, BillSubscription("SUB-1"))

    (changed,) = details(invoice(made, 2))
    assert changed == (
        "Service period: 16 Jan 2026, 12:00\N{NARROW NO-BREAK SPACE}pm to 31 Jan 2026 (50% of the period)",
    )
    assert details(credit_note(made)) == [("Not used: 16 Jan 2026, 12:00\N{NARROW NO-BREAK SPACE}pm to 31 Jan 2026",)]


def test_lines_of_several_subscriptions_stand_under_their_names_and_those_of_one_don_t() -> None:
    made = office("en_SG").on("2026-01-01")
    for plan in ("full", "basic"):
        made.does(start_subscription, StartSubscription("c0", plan))
    made.bills("2026-01-01")
    sections = [line.section for line in invoice(made, 1).lines]
    assert sections == ["Subscription SUB-1", "Subscription SUB-1", "Subscription SUB-2"]
    made.on("2026-02-01")
    made.does(bill_subscription, BillSubscription("SUB-2"))
    assert [line.section for line in invoice(made, 2).lines] == [""]
