"""What the model of subscriptions found, each as what a customer would see (U3)."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from beancount.parser import parser
from subscribers import Office
from test_billing import billed, started

from billing_beans.acts import subscriptions as acts
from billing_beans.acts.catalog import choose_policy
from billing_beans.acts.invoices import VoidInvoice, void_invoice
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.facts import PlanAdded, PriceAdded, Timing
from billing_beans.core.calendar import Every
from billing_beans.core.errors import Refused
from billing_beans.core.ids import PriceId, ProductId
from billing_beans.core.money import parse_money
from billing_beans.ledger.reading import judge
from billing_beans.subscriptions import state
from billing_beans.subscriptions.operations import (
    CancelSubscription,
    ChangeSubscription,
    PauseSubscription,
    RenewSubscription,
    ResumeSubscription,
    StartSubscription,
)
from billing_beans.subscriptions.pieces import Piece
from billing_beans.subscriptions.points import When
from billing_beans.subscriptions.records import Subscription

AT_PERIOD_END = When(at_period_end=True)


def change(
    office: Office, on: str, plan: str | None = None, quantity: int | None = None, when: When | None = None
) -> None:
    number = Decimal(quantity) if quantity is not None else None
    request = ChangeSubscription("SUB-1", plan, number, when or When())
    office.on(on).does(acts.change_subscription, request)


def cancel(office: Office, on: str, when: When | None = None) -> None:
    office.on(on).does(acts.cancel_subscription, CancelSubscription("SUB-1", when or When()))


def the_one(office: Office) -> Subscription:
    one = office.books.subscriptions.subscriptions.get("SUB-1")
    assert one is not None
    return one


def sound(office: Office) -> None:
    assert [one.problem.message for one in office.findings()] == []


def policies(**choices: str) -> Office:
    office = Office().on("2026-01-01", hour=0)
    for name, choice in choices.items():
        office.does(choose_policy, ChoosePolicy(name.replace("_", "-"), choice))
    return office


def test_months_behind_a_year_that_was_left_are_billed_as_they_come() -> None:
    office = started("yearly")
    office.bills("2026-01-01")
    change(office, "2026-03-10", "basic")
    assert billed(office, "2026-03-10")[1] == ("basic", "2026-03-10", "2026-04-10", "30.00")
    assert billed(office, "2026-04-10") == [("basic", "2026-04-10", "2026-05-10", "30.00")]
    sound(office)


def test_the_same_product_for_periods_of_another_length_is_charged_anew() -> None:
    office = started("pro")
    office.bills("2026-01-01")
    change(office, "2026-01-11", "quarterly")
    assert billed(office, "2026-01-11") == [
        ("pro", "2026-01-11", "2026-02-01", "-47.42"),
        ("pro", "2026-01-11", "2026-04-11", "70.00"),
    ]
    sound(office)


def test_what_changed_before_it_is_cancelled_is_billed_all_the_same() -> None:
    office = started("pro")
    office.bills("2026-01-01")
    change(office, "2026-01-11", quantity=5)
    cancel(office, "2026-01-12", AT_PERIOD_END)
    assert billed(office, "2026-01-12") == [
        ("pro", "2026-01-11", "2026-02-01", "-47.42"),
        ("pro", "2026-01-11", "2026-02-01", "237.10"),
    ]
    assert the_one(office).next_due is None
    sound(office)


@pytest.mark.parametrize("end", ["change", "cancel"])
def test_arrears_of_a_plan_that_was_left_come_when_the_periods_end_sooner(end: str) -> None:
    office = started("later")
    change(office, "2026-01-10", "basic")
    office.bills("2026-01-10")
    if end == "change":
        change(office, "2026-01-20", "yearly")
    else:
        cancel(office, "2026-01-20")
    assert ("support", "2026-01-01", "2026-01-10", "14.52") in billed(office, "2026-01-20")
    sound(office)


@pytest.mark.parametrize("on", ["2026-01-01", "2025-12-20"])
def test_one_that_is_cancelled_before_it_has_a_day_owes_nothing(on: str) -> None:
    office = Office().on(on)
    office.does(acts.start_subscription, StartSubscription("c0", "basic", when=When(date(2026, 1, 1))))
    cancel(office, on)
    assert billed(office, "2026-03-01") == []
    assert the_one(office).next_due is None
    sound(office)


def test_what_was_billed_ahead_of_one_that_never_begins_goes_back() -> None:
    office = started("basic")
    office.bills("2026-01-01")
    cancel(office, "2026-01-02", When(date(2025, 12, 1)))
    assert billed(office, "2026-01-02") == [("basic", "2026-01-01", "2026-02-01", "-30.00")]
    sound(office)


def test_renewed_after_it_was_cancelled_in_its_trial_it_is_billed_behind_it() -> None:
    office = started("basic", trial_days=14)
    cancel(office, "2026-01-10", When(date(2026, 1, 12)))
    office.does(acts.renew_subscription, RenewSubscription("SUB-1"))
    assert billed(office, "2026-01-14") == []
    assert billed(office, "2026-01-15") == [("basic", "2026-01-15", "2026-02-15", "30.00")]
    sound(office)


@pytest.mark.parametrize(
    ("verb", "request_"),
    [
        (acts.change_subscription, ChangeSubscription("SUB-1", quantity=Decimal(2), when=AT_PERIOD_END)),
        (acts.pause_subscription, PauseSubscription("SUB-1", AT_PERIOD_END)),
    ],
)
def test_nothing_happens_at_the_end_of_a_period_before_what_is_to_happen_later(verb: Any, request_: Any) -> None:
    office = started("basic")
    change(office, "2026-01-05", "pro", when=When(date(2026, 3, 10)))
    with pytest.raises(Refused, match="counts from 2026-03-10, and this would from 2026-02-01"):
        office.does(verb, request_)
    sound(office)


@pytest.mark.parametrize(
    ("start", "anchor", "trial", "ends"),
    [
        ("2026-01-10", None, None, "2026-03-10"),
        ("2026-03-10", "2026-01-31", None, "2026-05-31"),  # three weeks, and two whole months
        ("2026-01-10", "2026-02-01", None, "2026-04-01"),
        ("2026-01-10", "2026-05-01", None, "2026-04-01"),
        ("2026-01-10", None, 14, "2026-03-24"),
    ],
)
def test_a_term_has_so_many_whole_periods(start: str, anchor: str | None, trial: int | None, ends: str) -> None:
    more: dict[str, Any] = {"anchor": date.fromisoformat(anchor)} if anchor else {}
    office = started("basic", start, periods=2, trial_days=trial, **more)
    assert str(the_one(office).ends.day) == ends  # type: ignore[union-attr]
    sound(office)


def test_other_periods_that_were_chosen_in_a_trial_begin_behind_it() -> None:
    office = started("basic", trial_days=14)
    change(office, "2026-01-10", "yearly")
    assert billed(office, "2026-01-15") == [("year", "2026-01-15", "2027-01-15", "365.00")]
    sound(office)


def test_a_fixed_fee_is_one_line_though_the_quantity_changed_before_it_was_billed() -> None:
    office = policies(proration_rounding="each-part")
    office.does(acts.start_subscription, StartSubscription("c0", "team", Decimal(3)))
    change(office, "2026-01-15", quantity=5)
    assert billed(office, "2026-01-15") == [
        ("basic", "2026-01-01", "2026-02-01", "30.00"),
        ("seat", "2026-01-01", "2026-01-15", "13.53"),
        ("seat", "2026-01-15", "2026-02-01", "27.39"),
    ]
    sound(office)


def test_what_is_charged_once_is_billed_again_where_its_invoice_was_voided() -> None:
    office = Office().on("2026-01-01")
    once_and_later = PlanAdded(
        date=date(2024, 1, 1),
        plan="begin",
        name="Begin",
        every=Every.MONTH,
        charges=tuple(
            one
            for fact in office.foundation
            if isinstance(fact, PlanAdded) and fact.plan == "full"
            for one in fact.charges
            if one.timing is not Timing.IN_ADVANCE
        ),
    )
    office.foundation.append(once_and_later)
    office.books.apply(once_and_later)
    office.does(acts.start_subscription, StartSubscription("c0", "begin"))
    assert billed(office, "2026-01-01") == [("setup", "None", "None", "100.00")]
    office.bills("2026-02-01")
    office.bills("2026-03-01")
    office.on("2026-03-05").does(void_invoice, VoidInvoice("SG-2026-00001", "wrong address"))
    assert billed(office, "2026-03-05") == [("setup", "None", "None", "100.00")]
    sound(office)


def test_what_is_to_change_changes_on_its_day_though_an_older_period_was_billed_again() -> None:
    office = started("basic", "2025-12-01")
    office.bills("2025-12-01")
    office.bills("2026-01-01")
    change(office, "2026-01-05", "pro", when=When(date(2026, 1, 20)))
    office.on("2026-01-06").does(void_invoice, VoidInvoice("SG-2025-00001", "wrong address"))
    assert billed(office, "2026-01-12") == [("basic", "2025-12-01", "2026-01-01", "30.00")]
    assert billed(office, "2026-01-20") == [
        ("basic", "2026-01-20", "2026-02-01", "-11.61"),
        ("pro", "2026-01-20", "2026-02-01", "27.10"),
    ]
    sound(office)


def test_what_was_billed_before_a_pause_stays_though_what_came_behind_it_was_voided() -> None:
    office = started("basic")
    office.bills("2026-01-01")
    office.on("2026-01-11").does(acts.pause_subscription, PauseSubscription("SUB-1"))
    office.bills("2026-01-11")
    office.on("2026-01-21").does(acts.resume_subscription, ResumeSubscription("SUB-1"))
    for day in ("2026-01-21", "2026-02-01", "2026-03-01"):
        office.bills(day)
    office.on("2026-03-02").does(void_invoice, VoidInvoice("SG-2026-00002", "wrong address"))
    assert billed(office, "2026-03-02") == [("basic", "2026-01-21", "2026-02-01", "10.65")]
    sound(office)


def test_other_periods_that_begin_in_the_course_of_a_day_leave_what_was_billed_before() -> None:
    office = policies(proration="second")
    office.does(acts.start_subscription, StartSubscription("c0", "yearly", until=date(2026, 3, 31)))
    office.bills("2026-01-01")
    office.on("2026-04-02").does(acts.renew_subscription, RenewSubscription("SUB-1"))
    office.bills("2026-04-02")
    office.on("2026-05-10", hour=12)
    office.does(acts.change_subscription, ChangeSubscription("SUB-1", "weekly"))
    office.bills("2026-05-11")
    office.on("2026-05-12").does(acts.pause_subscription, PauseSubscription("SUB-1"))
    assert [what for what, *_ in billed(office, "2026-05-12")] == ["basic"]
    sound(office)


def test_what_begins_on_a_day_that_counts_for_nothing_is_billed() -> None:
    office = policies(proration_length="thirty-days")
    office.does(acts.start_subscription, StartSubscription("c0", "basic"))
    office.bills("2026-01-01")
    change(office, "2026-01-31", "weekly")  # thirty days were used: nothing goes back
    assert billed(office, "2026-01-31") == [("basic", "2026-01-31", "2026-02-07", "30.00")]
    sound(office)


def test_a_line_of_which_nothing_was_left_to_take_back_is_not_taken_back_later() -> None:
    office = policies(proration_length="thirty-days")
    office.does(acts.start_subscription, StartSubscription("c0", "half", when=When(date(2026, 9, 1))))
    office.bills("2026-09-01")
    change(office, "2027-02-28", "team")  # the last day of six months of thirty: nothing goes back
    assert [what for what, *_ in billed(office, "2027-02-28")] == ["basic", "seat"]
    change(office, "2027-03-17", "pro")
    assert {first for what, first, _until, amount in billed(office, "2027-03-17") if amount.startswith("-")} == {
        "2027-03-17"
    }
    sound(office)


def test_what_follows_a_free_plan_is_billed_though_it_ended_before_a_run() -> None:
    office = started("free")
    office.bills("2026-01-01")
    plan = next(one for one in office.foundation if isinstance(one, PlanAdded) and one.plan == "free")
    costly = PlanAdded(date=date(2024, 1, 1), plan="costly", name="Costly", every=plan.every, charges=plan.charges)
    price = PriceAdded(
        date=date(2026, 1, 9), price=PriceId("P-free"), product=ProductId("free"), unit_price=parse_money("31.00 USD")
    )
    for fact in (costly, price):
        office.foundation.append(fact)
        office.books.apply(fact)
    change(office, "2026-01-11", "costly", quantity=2)
    cancel(office, "2026-01-21")
    assert billed(office, "2026-01-21") == [("free", "2026-01-11", "2026-01-21", "20.00")]
    assert the_one(office).next_due is None
    sound(office)


def test_a_plan_that_changes_within_a_period_counts_from_the_next() -> None:
    office = started("basic")
    plan = next(one for one in office.foundation if isinstance(one, PlanAdded) and one.plan == "basic")
    both = next(one for one in office.foundation if isinstance(one, PlanAdded) and one.plan == "team").charges
    later = PlanAdded(date=date(2026, 1, 15), plan="basic", name="Basic", every=plan.every, charges=both)
    office.foundation.append(later)
    office.books.apply(later)
    office.bills("2026-01-01")
    change(office, "2026-01-20", quantity=2)
    assert {what for what, *_ in billed(office, "2026-01-20")} == {"basic"}
    assert {what for what, *_ in billed(office, "2026-02-01")} == {"basic", "seat"}
    sound(office)


def test_a_first_period_that_was_missed_has_an_invoice_of_its_own() -> None:
    office = started("basic", "2026-01-10", anchor=date(2026, 2, 1))
    office.bills("2026-02-05")
    assert [len(one.lines) for one in office.invoices()] == [1, 1]


def test_what_is_over_as_other_periods_begin_is_on_the_invoice_of_their_first() -> None:
    office = started("later")
    change(office, "2026-01-11", "yearly")
    assert len(billed(office, "2026-01-11")) == 2
    assert len(office.invoices()) == 1


@pytest.mark.parametrize("how", ["in its trial", "while it is paused", "free of charge", "at the end of its period"])
def test_one_that_has_ended_and_owes_nothing_is_not_looked_at_again(how: str) -> None:
    plan = "free" if how == "free of charge" else "basic"
    office = started(plan, trial_days=14 if how == "in its trial" else None)
    office.bills("2026-01-01")
    if how == "while it is paused":
        office.on("2026-01-05").does(acts.pause_subscription, PauseSubscription("SUB-1"))
        office.bills("2026-01-05")
    cancel(office, "2026-01-10", AT_PERIOD_END if how == "at the end of its period" else None)
    office.bills("2026-01-10")
    assert the_one(office).next_due is None
    sound(office)


def test_a_run_is_of_a_day_on_which_all_of_it_is_due_and_known() -> None:
    office = started("basic")
    change(office, "2026-01-20", "pro", when=When(date(2026, 1, 11)))
    for until, day, what in (
        (date(2026, 2, 1), date(2026, 1, 25), "What is due by 2026-02-01 can't be billed on 2026-01-25"),
        (date(2026, 1, 15), date(2026, 1, 15), "what last happened to it is dated 2026-01-20"),
    ):
        with pytest.raises(Refused, match=what):
            office.does(acts.bill_subscription, acts.BillSubscription("SUB-1", until), day)
    assert office.invoices() == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("effective: 2026-01-12", "effective: 9999-12-31", "something happens to SUB-1 from 9999-12-31 on"),
        ("  ends: 2027-01-01", "  ends: 9999-12-31", "SUB-2 begins on 2026-01-01, and ends on 9999-12-31"),
        (
            '2026-01-20 custom "billing" "subscription-r',
            '2026-01-05 custom "billing" "subscription-r',
            "dated 2026-01-12",
        ),
        ("effective: 2026-01-20", "effective: 2026-01-12", "pro is not billed from 2026-01-12"),
        (
            '2026-01-12 custom "billing" "subscription-p',
            '2026-02-02 custom "billing" "subscription-p',
            "dated 2026-02-02",
        ),
    ],
)
def test_what_somebody_writes_by_hand_is_found(before: str, after: str, what: str) -> None:
    office = started("full")
    office.does(acts.start_subscription, StartSubscription("c1", "basic", periods=12))
    office.bills("2026-01-01")
    office.on("2026-01-12").does(acts.pause_subscription, PauseSubscription("SUB-1"))
    office.bills("2026-01-12")
    office.on("2026-01-20").does(acts.resume_subscription, ResumeSubscription("SUB-1"))
    office.bills("2026-02-01")
    sound(office)
    text = office.text()
    assert text.count(before) == 1
    found = judge(parser.parse_string(text.replace(before, after))[0]).findings
    assert what in "; ".join(one.problem.message for one in found)


def test_a_long_term_is_not_reckoned_to_its_end_with_each_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    office = started("daily", until=date(2999, 12, 31))
    seen: list[int] = []
    pieces_of = state.pieces_of

    def counted(*arguments: Any) -> list[Piece]:
        found = pieces_of(*arguments)
        seen.append(len(found))
        return found

    monkeypatch.setattr(state, "pieces_of", counted)
    office.bills("2026-01-03")
    assert len(office.invoices()) == 3
    assert sum(seen) < 10
