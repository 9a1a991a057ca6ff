"""What is due of subscriptions is billed: each day once, in any order of what happens (U3)."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from subscribers import Office

from billing_beans.acts import subscriptions as acts
from billing_beans.acts.catalog import choose_policy
from billing_beans.acts.credits import grant_credits
from billing_beans.acts.invoices import VoidInvoice, void_invoice
from billing_beans.acts.payments import ReceivePayment, receive_payment
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.facts import PriceAdded, PriceModel, PriceTier
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Fact
from billing_beans.core.money import parse_money
from billing_beans.credits.granting import GrantCredits
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted
from billing_beans.payments.operations import SubmitPayment
from billing_beans.subscriptions.operations import (
    CancelSubscription,
    ChangeSubscription,
    PauseSubscription,
    RenewSubscription,
    ResumeSubscription,
    StartSubscription,
)
from billing_beans.subscriptions.points import When


def started(plan: str, on: str = "2026-01-01", **more: Any) -> Office:
    """One subscription of c0 to a plan, from a day on; it is that day."""
    office = Office().on(on)
    office.does(acts.start_subscription, StartSubscription("c0", plan, **more))
    return office


def charged(facts: list[Fact]) -> list[tuple[str, str, str, str]]:
    """Charge, first day, day after the last, amount; of credit notes below zero."""
    found = []
    for fact in facts:
        if isinstance(fact, InvoiceDrafted) and fact.revision == 1:
            found += [
                (str(one.charge), str(one.period_start), str(one.period_end), str(one.amount.number))
                for one in fact.lines
            ]
        elif isinstance(fact, CreditNoteDrafted):
            found += [
                (one.description.lower(), str(one.period_start), str(one.period_end), str(-one.amount.number))
                for one in fact.lines
            ]
    return found


def billed(office: Office, until: str) -> list[tuple[str, str, str, str]]:
    facts, refused = office.bills(until)
    assert not refused, refused
    again, _ = office.bills(until)
    assert again == []
    return charged(facts)


def test_each_period_is_billed_once_and_again_nothing() -> None:
    office = started("basic")
    assert billed(office, "2026-01-01") == [("basic", "2026-01-01", "2026-02-01", "30.00")]
    assert billed(office, "2026-01-31") == []
    assert billed(office, "2026-02-01") == [("basic", "2026-02-01", "2026-03-01", "30.00")]
    assert office.findings() == []


def test_missed_periods_are_caught_up_one_by_one() -> None:
    office = started("basic")
    facts, _ = office.bills("2026-03-15")
    assert [[(one.period_start.month) for one in fact.lines] for fact in office.invoices()] == [[1], [2], [3]]  # type: ignore[union-attr]
    assert {fact.date for fact in facts} == {date(2026, 3, 15)}
    assert office.findings() == []


@pytest.mark.parametrize(
    ("anchor", "days"),
    [
        ("2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2028-01-31", ["2028-01-31", "2028-02-29"]),
    ],
)
def test_months_that_are_too_short_end_with_their_last_day(anchor: str, days: list[str]) -> None:
    office = started("basic", anchor)
    office.bills(days[-1])
    assert [str(fact.lines[0].period_start) for fact in office.invoices()] == days


def test_a_first_period_that_is_cut_by_the_anchor_is_charged_in_part() -> None:
    office = started("basic", "2026-01-10", anchor=date(2026, 2, 1))
    assert billed(office, "2026-01-10") == [("basic", "2026-01-10", "2026-02-01", "21.29")]  # 22 of 31 days
    assert billed(office, "2026-02-01") == [("basic", "2026-02-01", "2026-03-01", "30.00")]


def test_a_change_takes_back_what_is_unused_and_charges_what_is_new() -> None:
    office = started("basic")
    office.bills("2026-01-01")
    office.does(receive_payment, ReceivePayment(SubmitPayment(("SG-2026-00001",))))
    office.on("2026-01-11").does(acts.change_subscription, ChangeSubscription("SUB-1", "pro"))
    assert billed(office, "2026-01-11") == [
        ("basic", "2026-01-11", "2026-02-01", "-20.32"),
        ("pro", "2026-01-11", "2026-02-01", "47.42"),
    ]
    # What was paid for the rest of January pays for the new plan.
    assert office.books.invoices.heads.get("SG-2026-00002").settled == Decimal("22.15")  # type: ignore[union-attr]
    assert office.findings() == []


def test_parts_of_a_period_add_up_to_its_price() -> None:
    office = started("team", quantity=Decimal(3))
    office.bills("2026-01-01")
    for day, quantity in (("2026-01-08", 5), ("2026-01-15", 2), ("2026-01-22", 3)):
        office.on(day).does(acts.change_subscription, ChangeSubscription("SUB-1", quantity=Decimal(quantity)))
        office.bills(day)
    seats = [(first, last, Decimal(amount)) for what, first, last, amount in charged(office.facts) if what == "seat"]
    kept = sum(amount for _first, _last, amount in seats)
    # Seven days of 3, seven of 5, seven of 2, ten of 3; the base fee is not touched.
    assert kept == Decimal("6.77") + Decimal("11.27") + Decimal("4.52") + Decimal("9.67")
    assert len([one for one in charged(office.facts) if one[0] == "basic"]) == 1
    assert office.findings() == []


def test_what_is_charged_in_arrears_comes_when_it_is_over() -> None:
    office = started("later")
    assert billed(office, "2026-01-31") == []
    assert billed(office, "2026-02-01") == [("support", "2026-01-01", "2026-02-01", "50.00")]
    office.on("2026-02-15").does(acts.cancel_subscription, CancelSubscription("SUB-1"))
    assert billed(office, "2026-02-15") == [("support", "2026-02-01", "2026-02-15", "25.00")]
    assert office.books.subscriptions.subscriptions.get("SUB-1").next_due is None  # type: ignore[union-attr]
    assert office.findings() == []


def test_what_is_charged_once_is_charged_once() -> None:
    office = started("full")
    assert ("setup", "None", "None", "100.00") in billed(office, "2026-01-01")
    assert "setup" not in {what for what, *_ in billed(office, "2026-02-01")}
    office.on("2026-02-10").does(acts.change_subscription, ChangeSubscription("SUB-1", "basic"))
    office.bills("2026-02-10")
    office.on("2026-02-12").does(acts.change_subscription, ChangeSubscription("SUB-1", "full"))
    assert "setup" not in {what for what, *_ in billed(office, "2026-02-12")}
    assert office.findings() == []


def test_a_trial_is_free_and_periods_begin_behind_it() -> None:
    office = started("basic", trial_days=14)
    assert billed(office, "2026-01-14") == []
    assert billed(office, "2026-01-15") == [("basic", "2026-01-15", "2026-02-15", "30.00")]


def test_one_that_is_cancelled_in_its_trial_owes_nothing() -> None:
    office = started("basic", trial_days=14)
    office.on("2026-01-10").does(acts.cancel_subscription, CancelSubscription("SUB-1"))
    assert billed(office, "2026-03-01") == []


def test_a_pause_takes_back_its_days_and_the_periods_stay_where_they_were() -> None:
    office = started("basic")
    office.bills("2026-01-01")
    office.on("2026-01-16").does(acts.pause_subscription, PauseSubscription("SUB-1"))
    assert billed(office, "2026-01-16") == [("basic", "2026-01-16", "2026-02-01", "-15.48")]
    assert billed(office, "2026-02-10") == []
    office.on("2026-02-15").does(acts.resume_subscription, ResumeSubscription("SUB-1"))
    assert billed(office, "2026-02-15") == [("basic", "2026-02-15", "2026-03-01", "15.00")]
    assert billed(office, "2026-03-01") == [("basic", "2026-03-01", "2026-04-01", "30.00")]
    assert office.findings() == []


def test_cancelled_at_the_end_of_its_period_it_runs_out() -> None:
    office = started("basic")
    office.bills("2026-01-01")
    office.on("2026-01-10").does(acts.cancel_subscription, CancelSubscription("SUB-1", When(at_period_end=True)))
    assert billed(office, "2026-04-01") == []
    assert office.books.subscriptions.subscriptions.get("SUB-1").next_due is None  # type: ignore[union-attr]


def test_a_term_ends_and_is_renewed() -> None:
    office = started("basic", periods=2)
    assert len(billed(office, "2026-06-01")) == 2
    office.on("2026-06-02").does(acts.renew_subscription, RenewSubscription("SUB-1", periods=4))
    assert [first for _what, first, *_ in billed(office, "2026-06-02")] == [
        *("2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01")
    ]
    assert billed(office, "2026-08-01") == []
    assert office.findings() == []


def test_another_length_of_periods_begins_a_new_one() -> None:
    office = started("basic")
    office.bills("2026-01-01")
    office.on("2026-01-11").does(acts.change_subscription, ChangeSubscription("SUB-1", "yearly"))
    assert billed(office, "2026-01-11") == [
        ("basic", "2026-01-11", "2026-02-01", "-20.32"),
        ("year", "2026-01-11", "2027-01-11", "365.00"),
    ]
    assert office.findings() == []


def test_a_change_that_is_recorded_late_is_billed_from_when_it_counts() -> None:
    office = started("basic")
    for day in ("2026-01-01", "2026-02-01", "2026-03-01"):
        office.bills(day)
    office.on("2026-03-10").does(
        acts.change_subscription, ChangeSubscription("SUB-1", "pro", when=When(date(2026, 2, 15)))
    )
    assert billed(office, "2026-03-10") == [
        ("basic", "2026-02-15", "2026-03-01", "-15.00"),
        ("basic", "2026-03-01", "2026-04-01", "-30.00"),
        ("pro", "2026-02-15", "2026-03-01", "35.00"),
        ("pro", "2026-03-01", "2026-04-01", "70.00"),
    ]
    assert office.findings() == []


def test_what_was_voided_is_billed_again() -> None:
    office = started("basic")
    for day in ("2026-01-01", "2026-02-01", "2026-03-01"):
        office.bills(day)
    office.on("2026-03-02").does(void_invoice, VoidInvoice("SG-2026-00002", "wrong address"))
    assert billed(office, "2026-03-02") == [("basic", "2026-02-01", "2026-03-01", "30.00")]
    assert office.findings() == []


def test_a_free_plan_that_becomes_a_paid_one_takes_nothing_back() -> None:
    office = started("free")
    assert billed(office, "2026-01-01") == [("free", "2026-01-01", "2026-02-01", "0.00")]
    office.on("2026-01-16").does(acts.change_subscription, ChangeSubscription("SUB-1", "basic"))
    assert billed(office, "2026-01-16") == [("basic", "2026-01-16", "2026-02-01", "15.48")]
    assert billed(office, "2026-02-01") == [("basic", "2026-02-01", "2026-03-01", "30.00")]
    assert office.findings() == []


POLICIES = [
    ({}, "2026-01-11", "20.32", "40.65"),
    ({"proration-first-day": "free"}, "2026-01-12", "19.35", "38.71"),
    ({"proration-length": "thirty-days"}, "2026-01-11", "20.00", "40.00"),
    ({"proration-length": "natural-month"}, "2026-01-11", "20.32", "40.65"),
    ({"proration-rounding": "each-part"}, "2026-01-11", "20.32", "40.65"),
]


@pytest.mark.parametrize(("policies", "since", "back", "new"), POLICIES)
def test_proration_follows_the_policies(policies: dict[str, str], since: str, back: str, new: str) -> None:
    office = Office().on("2026-01-01")
    office.does(acts.start_subscription, StartSubscription("c0", "basic"))
    for name, choice in policies.items():
        office.does(choose_policy, ChoosePolicy(name, choice))
    office.bills("2026-01-01")
    office.on("2026-01-11").does(acts.change_subscription, ChangeSubscription("SUB-1", quantity=Decimal(2)))
    facts, _ = office.bills("2026-01-12")
    assert charged(facts) == [
        ("basic", since, "2026-02-01", f"-{back}"),
        ("basic", since, "2026-02-01", new),
    ]
    assert office.findings() == []


def test_the_last_day_counts_where_the_book_says_so() -> None:
    office = Office().on("2026-01-01")
    office.does(choose_policy, ChoosePolicy("proration-last-day", "included"))
    office.does(acts.start_subscription, StartSubscription("c0", "basic"))
    office.bills("2026-01-01")
    office.on("2026-01-15").does(acts.cancel_subscription, CancelSubscription("SUB-1"))
    assert billed(office, "2026-01-16") == [("basic", "2026-01-16", "2026-02-01", "-15.48")]


def test_by_the_second_what_changes_now_changes_now() -> None:
    office = Office().on("2026-01-01", hour=0)
    office.does(choose_policy, ChoosePolicy("proration", "second"))
    office.does(acts.start_subscription, StartSubscription("c0", "basic"))
    office.bills("2026-01-01")
    office.on("2026-01-16", hour=12).does(acts.change_subscription, ChangeSubscription("SUB-1", "pro"))
    facts, _ = office.bills("2026-01-17")
    assert charged(facts) == [
        ("basic", "2026-01-16", "2026-02-01", "-15.00"),  # half of 31 days
        ("pro", "2026-01-16", "2026-02-01", "35.00"),
    ]
    line = office.invoices()[-1].lines[0]
    assert (line.from_at, line.prorated_from, line.prorated_of) == ("2026-01-16T04:00:00Z", 1_339_200, 2_678_400)
    assert office.findings() == []


def test_a_moment_is_refused_where_days_are_billed() -> None:
    office = started("basic")
    with pytest.raises(WrongUsage, match="bill by the day"):
        office.does(acts.cancel_subscription, CancelSubscription("SUB-1", When(at="2026-01-10T00:00:00Z")))


def test_one_that_cant_be_billed_keeps_no_other_from_it() -> None:
    office = started("basic")
    for customer, plan in (("c0", "pro"), ("c1", "pro"), ("c2", "basic")):
        office.does(acts.start_subscription, StartSubscription(customer, plan))
    ended = PriceAdded(
        date=date(2026, 1, 15),
        price="P-pro",
        product="pro",
        unit_price=parse_money("70.00 USD"),
        active_until=date(2026, 1, 31),
    )
    office.foundation.append(ended)
    office.books.apply(ended)
    office.bills("2026-01-01")
    facts, refused = office.bills("2026-02-01")
    assert [(one.subscription, one.customer) for one in refused] == [("SUB-2", "c0"), ("SUB-3", "c1")]
    assert "pro has no price in USD" in str(refused[0].error)
    assert [what for what, *_ in charged(facts)] == ["basic", "basic"]
    assert office.findings() == []


def test_credits_pay_for_what_a_run_bills_unless_the_book_keeps_them() -> None:
    office = started("basic")
    office.does(grant_credits, GrantCredits("c0", Decimal(10), "promo/x", "CREDIT-USD"))
    office.bills("2026-01-01")
    assert office.books.invoices.heads.get("SG-2026-00001").total == Decimal("21.80")  # type: ignore[union-attr]
    assert office.findings() == []


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (StartSubscription("nobody", "basic"), "There is no customer nobody"),
        (StartSubscription("c0", "nothing"), "There is no plan nothing"),
        (StartSubscription("c0", "basic", Decimal(0)), "must be above zero"),
        (StartSubscription("c0", "basic", Decimal(-1)), "must be above zero"),
        (StartSubscription("c0", "basic", trial_days=-1), "can't have -1 days"),
        (StartSubscription("c0", "basic", periods=0), "can't have 0 periods"),
        (StartSubscription("c0", "basic", until=date(2025, 1, 1)), "would end on 2025-01-01"),
        (StartSubscription("c0", "basic", currency="EUR"), "no bill-to profile in EUR"),
    ],
)
def test_what_cant_be_subscribed_to_is_refused(request_: StartSubscription, what: str) -> None:
    office = Office().on("2026-01-01")
    with pytest.raises((Refused, WrongUsage), match=what):
        office.does(acts.start_subscription, request_)
    assert office.facts == []


def test_a_price_with_tiers_is_taken_back_and_charged_tier_by_tier() -> None:
    office = started("team", quantity=Decimal(12))
    tiered = PriceAdded(
        date=date(2025, 12, 1),
        price="P-seat",
        product="seat",
        model=PriceModel.GRADUATED,
        tiers=(
            PriceTier(tier=1, up_to=Decimal(10), unit_price=parse_money("9.00 USD")),
            PriceTier(tier=2, unit_price=parse_money("5.00 USD"), flat_fee=parse_money("3.00 USD")),
        ),
    )
    office.foundation.append(tiered)
    office.books.apply(tiered)
    seats = [(one[0], one[3]) for one in billed(office, "2026-01-01")][1:]
    assert seats == [("seat", "90.00"), ("seat", "10.00"), ("seat", "3.00")]
    office.on("2026-01-16").does(acts.change_subscription, ChangeSubscription("SUB-1", quantity=Decimal(5)))
    assert [(first, amount) for _what, first, _last, amount in billed(office, "2026-01-16")] == [
        *(("2026-01-16", "-46.45"), ("2026-01-16", "-5.16"), ("2026-01-16", "-1.55"), ("2026-01-16", "23.23"))
    ]
    assert office.findings() == []
