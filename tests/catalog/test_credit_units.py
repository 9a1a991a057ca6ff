"""Kinds of credits and policies: what they can be called, and how many credits there can be (W1, W2)."""

from decimal import Decimal

import pytest

from billing_beans.catalog.credit_units import can_be_credits, is_credit_unit
from billing_beans.catalog.policies import POLICIES, default_of
from billing_beans.core.accounts import is_unit


@pytest.mark.parametrize("name", ["CREDIT", "CREDIT-USD", "CREDIT-API-2", "CREDIT-2026", "CREDIT-ABCDEFGHIJKLM"])
def test_a_name_of_credits_can_be_a_commodity(name: str) -> None:
    assert is_credit_unit(name)
    assert is_unit(name)


@pytest.mark.parametrize(
    "name",
    ["", "credit", "Credit-USD", "CREDITS", "USD", "CREDIT-", "CREDIT--A", "-CREDIT", "CREDIT USD", "CREDIT-USD\n",
     "CREDIT-FEE", "CREDIT-API-FEE", "CREDIT-ABCDEFGHIJKLMN", 'CREDIT-"'],
)  # fmt: skip
def test_what_else_there_is_names_no_credits(name: str) -> None:
    assert not is_credit_unit(name)


@pytest.mark.parametrize(
    ("units", "can"),
    [("1", True), ("0.000001", True), ("0.1000000", True), ("999999999999999", True), ("0.0000001", False),
     ("0", False), ("-1", False), ("1E+15", False), ("1E+3", True), ("NaN", False), ("Infinity", False)],
)  # fmt: skip
def test_credits_are_counted_to_the_sixth_decimal(units: str, can: bool) -> None:
    assert can_be_credits(Decimal(units)) is can


def test_every_policy_has_several_choices_and_a_default() -> None:
    for name, choices in POLICIES.items():
        assert len(choices) > 1
        assert default_of(name) in list(choices)
