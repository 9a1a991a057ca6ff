"""Random lives of subscriptions agree with the day-by-day model at every run; the long run is `subscription_lives.py` beside this."""

from __future__ import annotations

import os
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

import subscription_life
from subscribers import PLANS
from subscription_life import POLICIES, Difference, Life
from subscription_lives import QUANTITIES, VERBS, live, some_when
from subscription_model import DAY, day_of

from billing_beans.subscriptions.operations import StartSubscription
from billing_beans.subscriptions.points import When

SEED = 1 if os.environ.get("CI") else int.from_bytes(os.urandom(3), "big")
"""Where a change is judged it is the same for all; everywhere else each run looks for something new, and a difference names it."""


@pytest.mark.parametrize("number", range(8))
def test_what_is_billed_is_what_the_model_says_at_every_run(number: int) -> None:
    live(SEED + number, 60)


@pytest.mark.parametrize(
    ("policy", "choice"), [(name, one) for name, choices in POLICIES.items() for one in choices[1:]]
)
def test_each_policy_by_itself_is_what_the_model_says(policy: str, choice: str) -> None:
    default = {name: choices[0] for name, choices in POLICIES.items()}
    live(SEED + 100, 30, policies=default | {policy: choice})


def test_a_year_of_fifty_subscriptions_is_what_it_is_day_by_day() -> None:
    """Run month by month, with changes between: each run bills what the model says, a second one nothing, and each day once."""
    life = Life(SEED, {name: choices[0] for name, choices in POLICIES.items()})
    chance = life.chance
    for number in range(50):
        plan, quantity = chance.choice([*PLANS]), chance.choice(QUANTITIES)
        when = When(date(2026, 1, 1) + chance.randint(-31, 120) * DAY)
        anchor = chance.choice([None, None, date(2026, 1, 31), date(2026, 1, 30), date(2026, 1, 29)])
        trial = chance.choice([None, None, None, 14])
        life.start(StartSubscription(f"c{number % 6}", plan, quantity, when, anchor=anchor, trial_days=trial))
    names = [*life.models]
    for month in range(1, 13):
        for name in chance.sample(names, 12):
            life.at(date(2026, month, chance.randint(2, 28)))
            verb = chance.choices(("change", "pause", "resume", "cancel"), (6, 2, 3, 1))[0]
            life.last = f"{verb} {name} on {life.today}"
            life.happens(verb, name, some_when(life, name), **_more(life, verb))
        life.at(date(2026 + month // 12, month % 12 + 1, 1))
        life.run()
    life.hold()
    assert {*life.models} == {f"SUB-{number}" for number in range(1, 51)}
    for name, model in life.models.items():
        _each_day_is_billed_once(life, name, model)


def _more(life: Life, verb: str) -> dict[str, object]:
    if verb != "change":
        return {}
    plan = life.chance.choice([*PLANS]) if life.chance.random() < 0.5 else None
    return {"plan": plan, "quantity": life.chance.choice(QUANTITIES)}


def _each_day_is_billed_once(life: Life, name: str, model: subscription_life.Subscription) -> None:
    """As the books have it: of each charge that a day should be billed for, in advance or over by now, there is one line."""
    lines = [*life.office.books.subscriptions.billed.range("subscription", name)]
    today = life.today
    worth = {(one.invoice, one.number): one.amount - one.credited for one in model.lines}
    for one in model.slices:
        wanted = {want.charge for want, timing in model.wanted(one) if timing == "in-advance"}
        over = {want.charge for want, timing in model.wanted(one) if timing == "in-arrears" and want.last <= today}
        if one.day > today:
            break
        found = Counter(
            line.charge for line in lines if line.start <= one.day < line.end and worth[line.invoice, line.line]
        )
        free = {
            line.charge for line in lines if line.start <= one.day < line.end and not worth[line.invoice, line.line]
        }
        assert {charge: found[charge] for charge in wanted | over if charge not in free} == dict.fromkeys(
            (wanted | over) - free, 1
        ), (name, one)
        assert all(count == 1 for count in found.values()), (name, one)


def test_each_act_is_done_and_most_that_is_tried_is_possible() -> None:
    done: Counter[str] = Counter()
    refused = 0
    for seed in range(300, 310):
        used = {"run-credits": "apply", "credit-discounts": ("before-tax", "after-tax")[seed % 2]}
        life = live(seed, 50, text_every=10**9, text_at_end=False, policies=used)
        done.update(life.done)
        done.update(fact.shape.kind for fact in life.office.facts)
        refused += life.refused.total()
    assert all(done[verb] >= 2 for verb in VERBS if verb != "missed"), done
    assert all(
        done[kind] >= 2 for kind in ("invoice-drafted", "credit-note-drafted", "invoice-voided", "credit-discounted")
    ), done
    assert sum(done[verb] for verb in VERBS) > 2 * refused


def test_a_difference_stops_the_run_and_names_seed_step_and_act(monkeypatch: pytest.MonkeyPatch) -> None:
    cents = subscription_life.Subscription.part

    def wrong(*arguments: object, **options: object) -> object:
        return cents(*arguments, **options) + 1  # type: ignore[arg-type]

    monkeypatch.setattr(subscription_life.Subscription, "part", wrong)
    with pytest.raises(Difference, match=r"seed 300, step \d+, run (.|\n)*billed(.|\n)*by the model"):
        live(300, 250, text_every=10**9)


def test_what_the_model_bills_is_what_a_person_reckons() -> None:
    """Two months by hand, so that the model is held against something too."""
    life = Life(1, {name: choices[0] for name, choices in POLICIES.items()}, "Asia/Singapore", plain=True)
    life.at(date(2026, 1, 10))
    name = life.start(StartSubscription("c0", "team", Decimal(3), When(date(2026, 1, 10)), anchor=date(2026, 1, 31)))
    model = life.models[name]
    assert day_of(model.begins, life.zone) == date(2026, 1, 10)
    (invoice,) = model.run(date(2026, 1, 10))[1]
    # Twenty-one of the thirty-one days until the 31st: of 30.00, and of three seats at 9.99.
    assert [(one.piece.want.charge, one.amount) for one in invoice] == [
        ("basic", Decimal("20.32")),
        ("seat", Decimal("20.30")),
    ]


def test_a_void_looks_back_through_a_day_on_which_periods_became_others_at_noon() -> None:
    """Once, what lay before that noon was reckoned by a version of its plan that counted only from the next period on."""
    live(20261183, 30)


def test_what_is_dated_back_builds_on_phases_that_are_over_and_billed() -> None:
    """Once, a change was refused as if the subscription had ended, and a period was that of another rhythm."""
    live(555018, 48)
    live(777071, 18)
