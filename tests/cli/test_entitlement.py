"""`billing-beans entitlement`: consume, balance, lots (E1 to E3)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from beginnings import beginning

if TYPE_CHECKING:
    from conftest import Shell


def sell(shell: Shell, product: str, quantity: str, *options: str) -> None:
    """Sell to acme, be paid, and so grant."""
    number = shell.done("invoice", "draft", "acme", product, quantity, *options, "--json").json["result"]["number"]
    shell.done("invoice", "issue", number)
    payment = shell.done("payment", "submit", number, "--json").json["result"]["payment"]
    shell.done("payment", "verify", payment)


@beginning
def granted(shell: Shell) -> Shell:
    """Acme holds 10 PLACEMENT, and 3 and then 7 GIG of another price."""
    sell(shell, "placement-credit", "10")
    sell(shell, "gig-credit", "3")
    shell.at("2026-01-12T02:00:00Z")
    sell(shell, "gig-credit", "7", "--unit-price", "gig-credit=30.00 SGD")
    return shell


def test_consumption_takes_the_oldest_lot_and_says_what_became_of_it(granted: Shell) -> None:
    said = granted.done("entitlement", "consume", "acme", "gig", "5", "--source", "shift/1")
    assert said.out == (
        "Consumed 5 GIG of acme.\n"
        "  lot              units  unit cost      worth\n"
        "  SG-2026-00002/1      3      20.00  60.00 SGD\n"
        "  SG-2026-00003/1      2      30.00  60.00 SGD\n"
        "  18.00 SGD earned: Income:SG:PlatformFee\n"
        "  120.00 SGD owed to others: Liabilities:SG:Payable:Gig\n"
        "  5 GIG left\n"
    )
    assert 'source: "shift/1"' in granted.journal()


def test_own_revenue_is_earned_also_for_a_part_of_a_unit(granted: Shell) -> None:
    said = granted.done("entitlement", "consume", "acme", "PLACEMENT", "0.25")
    assert "  22.50 SGD earned: Income:SG:Placement\n  9.75 PLACEMENT left\n" in said.out


def test_over_the_life_of_a_lot_exactly_its_cost_is_released(granted: Shell) -> None:
    sell(granted, "placement-credit", "3", "--unit-price", "placement-credit=33.333333 SGD")
    for quantity in ("10", "1", "1", "1"):
        granted.done("entitlement", "consume", "acme", "PLACEMENT", quantity)
    (left,) = [
        one
        for one in granted.done("entitlement", "balance", "acme", "--json").json["result"]
        if one["entitlement"] == "PLACEMENT"
    ]
    assert (Decimal(left["units"]), left["deferred-revenue"].split()[0].strip("0.")) == (0, "")


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("acme", "GIG", "11"), 1, "acme has 10 GIG, and 11 were to be consumed."),
        (("acme", "GIG", "0"), 2, "above zero"),
        (("acme", "GIG", "-5"), 2, "above zero"),
        (("acme", "GIG", "1e3"), 2, "no number"),
        (("acme", "GIG", "9" * 20), 2, "too long"),
        (("acme", "GIG"), 2, "Missing argument"),
        (("acme", "HATS", "1"), 1, "acme has no HATS"),
        (("acme", 'G"}', "1"), 1, "acme has no G"),
        (("quote", "GIG", "1"), 1, "quote has no GIG"),
        (("nobody", "GIG", "1"), 1, "There is no customer nobody"),
        (("acme", "GIG", "1", "--source", "shift"), 2, "names no source"),
        (("acme", "GIG", "1", "--source", ""), 2, "names no source"),
        (("acme", "GIG", "1", "--date", "2026-01-05"), 1, "it was granted on 2026-01-11"),
    ],
)
def test_what_can_not_be_consumed_is_refused(
    granted: Shell, words: tuple[str, ...], status: int, expected: str
) -> None:
    assert expected in granted.refused("entitlement", "consume", *words, status=status)


def test_a_partly_paid_invoice_grants_nothing(shell: Shell) -> None:
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "issue", "SG-2026-00001")
    shell.done("payment", "submit", "SG-2026-00001", "--amount", "980.99 SGD")
    shell.done("payment", "verify", "PAY-1")
    assert shell.done("entitlement", "balance").out == "Nothing was granted yet.\n"
    assert shell.done("entitlement", "balance", "acme").out == "acme was never granted anything.\n"
    assert shell.done("entitlement", "lots", "acme").out == "acme was never granted anything.\n"


def test_the_balance_has_units_deferred_revenue_funds_held_and_deferred_fee(granted: Shell) -> None:
    granted.done("entitlement", "consume", "acme", "GIG", "1")
    result = granted.done("--json", "entitlement", "balance").json["result"]
    assert result == [
        {
            "customer": "acme",
            "seller": "sg",
            "entitlement": "GIG",
            "units": "9",
            "deferred-revenue": "0 SGD",
            "funds-held": "250.00 SGD",
            "deferred-fee": "37.50 SGD",
        },
        {
            "customer": "acme",
            "seller": "sg",
            "entitlement": "PLACEMENT",
            "units": "10",
            "deferred-revenue": "900.00 SGD",
            "funds-held": "0 SGD",
            "deferred-fee": "0 SGD",
        },
    ]
    assert (
        "acme      PLACEMENT    sg         10        900.00 SGD" in granted.done("entitlement", "balance", "acme").out
    )


def test_lots_are_listed_in_the_order_of_use_and_used_up_ones_on_request(granted: Shell) -> None:
    granted.done("entitlement", "consume", "acme", "GIG", "4")
    rows = granted.done("entitlement", "lots", "acme", "gig", "--json").json["result"]
    assert [(one["unit"], one["label"], one["remaining"], one["worth"]) for one in rows] == [
        ("GIG", "SG-2026-00003/1", "6", "180.00 SGD"),
        ("GIG-FEE", "SG-2026-00003/1", "6", "27.00 SGD"),
    ]
    rows = granted.done("entitlement", "lots", "acme", "--all", "--json").json["result"]
    assert [(one["unit"], one["granted"], one["date"]) for one in rows] == [
        ("GIG", "3", "2026-01-11"),
        ("GIG", "7", "2026-01-12"),
        ("GIG-FEE", "3", "2026-01-11"),
        ("GIG-FEE", "7", "2026-01-12"),
        ("PLACEMENT", "10", "2026-01-11"),
    ]


def test_lots_that_are_all_used_up_are_said_to_be(granted: Shell) -> None:
    granted.done("entitlement", "consume", "acme", "PLACEMENT", "10")
    said = granted.done("entitlement", "lots", "acme", "PLACEMENT")
    assert said.out == "acme has used up every lot; --all shows them.\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("lots", "acme", "HATS"), "acme was never granted any HATS; it has GIG, PLACEMENT."),
        (("lots", "nobody"), "There is no customer nobody."),
        (("balance", "nobody"), "There is no customer nobody."),
    ],
)
def test_unknown_names_are_refused(granted: Shell, words: tuple[str, ...], expected: str) -> None:
    assert expected in granted.refused("entitlement", *words)


def test_a_customer_may_be_renamed_on_a_day_on_which_it_consumed(granted: Shell) -> None:
    granted.done("entitlement", "consume", "acme", "PLACEMENT", "1")
    granted.done("customer", "change", "acme", "--name", "Acme Holdings")
    granted.done("check")
    granted.done("entitlement", "consume", "acme", "PLACEMENT", "1")
    granted.done("check")
