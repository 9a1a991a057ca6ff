"""Random lives of wallets agree with the model of wallets at every step; the long run is `python tests/credits/wallet_lives.py`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

import wallet_life
import wallet_lives
from wallet_life import Difference
from wallet_lives import VERBS, live
from wallet_records import written

from billing_beans.credits.facts import CreditReversed

SEED = 1 if os.environ.get("CI") else int.from_bytes(os.urandom(3), "big")
"""Where a change is judged it is the same for all; everywhere else each run looks for something new, and a difference names it."""


@pytest.mark.parametrize("number", range(12))
def test_wallets_hold_what_the_model_says_at_every_step(number: int) -> None:
    live(SEED + number, 200)


def test_each_act_is_done_and_most_that_is_tried_is_possible() -> None:
    done: Counter[str] = Counter()
    refused = 0
    for seed in range(300, 308):
        life = live(seed, 250, text_every=10**9, text_at_end=False)
        done.update(life.done)
        done.update(fact.shape.kind for fact in life.facts)
        refused += life.refused.total()
    assert all(done[verb] >= 2 for verb in VERBS), done
    assert all(done[kind] >= 2 for kind in KINDS), done
    assert sum(done[verb] for verb in VERBS) > 2 * refused


KINDS = (
    "credit-requested", "credit-granted", "credit-applied", "credit-discounted", "credit-reversed", "credit-adjusted",
    "credit-expired", "credit-renewed", "credit-note-issued", "invoice-voided", "refund-succeeded", "payment-charged-back",
)  # fmt: skip


def test_a_difference_stops_the_run_and_names_seed_step_and_act(monkeypatch: pytest.MonkeyPatch) -> None:
    give_back = wallet_life.Wallets.give_back

    def wrong(*arguments: object, **options: object) -> object:
        model = arguments[0]
        assert isinstance(model, wallet_life.Wallets)
        model.breakage["USD"] += 1
        return give_back(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(wallet_life.Wallets, "give_back", wrong)
    with pytest.raises(Difference, match=r"seed 300, step \d+, \S+ \S+\(.*breakage USD is "):
        live(300, 250, text_every=10**9)


def test_time_passes_over_expiries_to_the_second() -> None:
    """Else nothing would be seen of what happens in the last second of credits, and in the first without them."""
    seen = Counter[str]()
    for seed in range(300, 304):
        life = wallet_lives.begun(seed)
        for _ in range(200):
            life.step()
            now = written(life.moment)
            seen["at"] += any(
                one.terms.expires == now for model in life.models.values() for one in model.grants.values()
            )
        seen["late"] += sum(isinstance(one, CreditReversed) for one in life.facts)
    assert seen["at"] > 3
    assert seen["late"] > 3
