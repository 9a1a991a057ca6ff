"""What the catalogue is to say of the past may not break what was recorded since (P1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from beginnings import beginning
from credit_shell import free, sell, top_up

if TYPE_CHECKING:
    from conftest import Shell


@beginning
def used(wallets: Shell) -> Shell:
    """Books in which free credits lowered a draft, and paid ones that expire paid the rest."""
    free(wallets, "5")
    top_up(wallets, "100", "--valid-days", "30")
    number = sell(wallets, "handbook", "1", issue=False)
    wallets.done("invoice", "issue", number, "--apply-credits")
    wallets.done("invoice", "show", number)
    return wallets


BROKEN = {
    "the order of use": (("book", "policy", "credit-order", "expiry-first"), "APP-1 uses credits by 'scope-first'"),
    "what a discount is": (("book", "policy", "credit-discounts", "after-tax"), "APP-1 lowers SG-2026-00001"),
    "the rate of a tax": (("tax-code", "change", "SG-GST-9", "--rate", "8%"), "is taxed at 0.09, and SG-GST-9 at 0.08"),
    "when a day ends": (("entity", "change", "sg", "--time-zone", "America/New_York"), "2026-01-1"),
}


@pytest.mark.parametrize(("words", "broken"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["written", "dry run"])
def test_what_would_break_what_is_recorded_is_refused_with_the_first_day_on_which_it_can_begin(
    used: Shell, words: tuple[str, ...], broken: str, dry: tuple[str, ...]
) -> None:
    said = used.refused(*words, "--date", "2026-01-05", *dry)
    assert broken in said
    assert "from 2026-01-05 on what is recorded would be wrong" in said
    assert said.rstrip().endswith("--date 2026-01-12")
    used.done(*words, "--date", "2026-01-12", *dry)


def test_what_changes_nothing_that_is_recorded_may_begin_in_the_past(used: Shell) -> None:
    used.done("book", "policy", "credit-returns", "renew", "--date", "2026-01-05")
    used.done("book", "policy", "credit-order", "scope-first", "--date", "2026-01-05")
    used.done("entity", "change", "sg", "--email", "billing@example.com", "--date", "2026-01-05")


def test_problems_that_were_there_before_are_not_those_of_the_new_fact(used: Shell) -> None:
    path = used.root / "setup" / "accounts.beancount"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + '2026-01-05 custom "billing" "policy" "credit-discounts"\n  choice: "after-tax"\n', encoding="utf-8"
    )
    assert used("check").status == 3
    used.done("book", "policy", "credit-returns", "renew", "--date", "2026-01-05")
    assert "would be wrong" in used.refused("tax-code", "change", "SG-GST-9", "--rate", "8%", "--date", "2026-01-05")
    path.write_text(text, encoding="utf-8")
