"""Lines of an invoice from prices of every model: each part a line, rounded by itself, and they add up (U2, I10)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from beancount.parser import parser
from hypothesis import given
from hypothesis import strategies as st
from price_samples import UNITS, any_price, priced, rated, tiers, usd

from billing_beans.books import Books
from billing_beans.catalog.charging import Used, charge
from billing_beans.catalog.facts import AgreementTermAdded, PolicyChosen, PriceAdded, PriceModel
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import Money
from billing_beans.core.proration import Part, ProrationUnit, share
from billing_beans.core.tables import Overlay
from billing_beans.invoicing.editing import EditInvoice, LineEdit, revised
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.line_checks import exact_totals, has_lines
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice, drafted
from billing_beans.ledger.reading import judge

SETUP = """
2026-01-01 custom "billing" "book" "example"
  organization: "Example"
  livemode: TRUE
  format: 1
2026-01-01 custom "billing" "legal-entity" "us"
  name: "Example Inc."
  address: "1 Main Street"
  country: "US"
  currency: "USD"
  time-zone: "America/New_York"
  account: "US"
  invoice-format: "US-{year}-{sequence:05d}"
2026-01-01 custom "billing" "tax-code" "TAX"
  rate: 0.08875
  account: Liabilities:US:Tax:Sales
2026-01-01 custom "billing" "product" "api"
  name: "API calls"
  revenue: "on-usage"
  tax-code: "TAX"
2026-01-02 custom "billing" "customer" "acme"
  name: "Acme"
  account: "Acme"
2026-01-02 custom "billing" "bill-to" "acme" "USD"
  name: "Acme"
  address: "2 Main Street"
2026-01-02 custom "billing" "agreement" "AG-1" "acme"
"""
DAY = date(2026, 1, 15)
GRADUATED = priced(PriceModel.GRADUATED, *tiers((10, 10, 2), (20, 5, 3), (None, 5, 3)))


_BASE = judge(parser.parse_string(SETUP)[0]).books


def books_with(*facts: Any) -> Books:
    """The books of the set-up with these facts, which no other test sees."""
    books = Books(Overlay(_BASE.store))
    for fact in facts:
        books.apply(fact)
    return books


def draft_of(price: PriceAdded, units: object, *facts: Any, **more: Any) -> InvoiceDrafted:
    """A draft of so many at this price, which its checks find sound."""
    books = books_with(price, *facts)
    made = drafted(books, DraftInvoice("acme", (Item("api", Decimal(str(units)), **more),)), DAY)
    assert [*has_lines(books, made), *exact_totals(books, made)] == []
    return made


def rows(made: InvoiceDrafted) -> list[tuple[str, str, str, str]]:
    return [
        (one.description, f"{one.quantity:f}", f"{one.unit_price.number:f}", f"{one.amount.number:f}")
        for one in made.lines
    ]


def test_each_tier_and_each_flat_fee_is_a_line_that_says_what_it_is() -> None:
    assert rows(draft_of(GRADUATED, 21)) == [
        ("API calls, 0 to 10", "10", "10", "100.00"),
        ("API calls, flat fee of tier 1", "1", "2", "2.00"),
        ("API calls, 11 to 20", "10", "5", "50.00"),
        ("API calls, flat fee of tier 2", "1", "3", "3.00"),
        ("API calls, from 21", "1", "5", "5.00"),
        ("API calls, flat fee of tier 3", "1", "3", "3.00"),
    ]


@pytest.mark.parametrize(
    ("price", "units", "lines"),
    [
        (
            priced(PriceModel.VOLUME, *tiers((10_000, "0.001", 10), (None, "0.0008", 10))),
            12_000,
            [("API calls, volume price from 10,001", "9.60"), ("API calls, flat fee of tier 2", "10.00")],
        ),
        (
            priced(PriceModel.PACKAGE, unit_price=usd(100), package_size=Decimal(10)),
            121,
            [("API calls, 13 packages of 10", "1300.00")],
        ),
        (
            priced(PriceModel.PACKAGE, unit_price=usd(100), package_size=Decimal(10), included=Decimal(115)),
            121,
            [("API calls, 1 package of 10, beyond 115 included", "100.00")],
        ),
        (
            priced(PriceModel.PERCENTAGE, rate=Decimal("0.013"), unit_price=usd("0.25")),
            550,
            [("API calls, 1.3 % of 550 USD", "7.15"), ("API calls, fee for each transaction", "0.25")],
        ),
        (
            priced(PriceModel.PERCENTAGE, rate=Decimal("0.0299"), event_minimum=usd("1.75")),
            10,
            [("API calls, the minimum for a transaction", "1.75")],
        ),
        (
            priced(PriceModel.GRADUATED_PERCENTAGE, *rated((1000, 1, 200), (None, "0.5", None))),
            3000,
            [
                ("API calls, 1 % up to 1,000 USD", "10.00"),
                ("API calls, flat fee of tier 1", "200.00"),
                ("API calls, 0.5 % above 1,000 USD", "10.00"),
            ],
        ),
        (priced(PriceModel.FLAT, unit_price=usd(99)), 12, [("API calls", "99.00")]),
        (
            priced(PriceModel.PER_UNIT, unit_price=usd("0.02"), included=Decimal(1000)),
            1500,
            [("API calls, beyond 1,000 included", "10.00")],
        ),
        (
            priced(PriceModel.PER_UNIT, unit_price=usd("0.02"), included=Decimal(1000)),
            800,
            [("API calls, 800 of 1,000 included", "0.00")],
        ),
        (
            priced(PriceModel.PER_UNIT, unit_price=usd("0.02"), minimum=usd(50)),
            800,
            [("API calls", "16.00"), ("API calls, up to the minimum of 50 USD", "34.00")],
        ),
        (
            priced(PriceModel.GRADUATED, *tiers(("0.1", 10, None), (1, 5, None), (None, 2, None))),
            "1.5",
            [("API calls, 0 to 0.1", "1.00"), ("API calls, over 0.1 to 1", "4.50"), ("API calls, over 1", "1.00")],
        ),
        (priced(PriceModel.VOLUME, *tiers((None, 2, None))), 3, [("API calls", "6.00")]),
        (GRADUATED, 0, [("API calls, flat fee of tier 1", "2.00")]),
    ],
)
def test_lines_say_what_they_are(price: PriceAdded, units: object, lines: list[tuple[str, str]]) -> None:
    assert [(what, amount) for what, _, _, amount in rows(draft_of(price, units))] == lines


def test_a_maximum_is_a_discount_from_the_last_line_backwards() -> None:
    made = draft_of(replace(GRADUATED, maximum=usd("140.00")), 21)
    assert [(f"{one.amount.number:f}", one.discount) for one in made.lines] == [
        ("100.00", None),
        ("2.00", None),
        ("38.00", usd("12.00")),
        ("0.00", usd("3.00")),
        ("0.00", usd("5.00")),
        ("0.00", usd("3.00")),
    ]
    assert made.subtotal == usd("140.00")
    assert made.lines[2].description == "API calls, 11 to 20, at most 140.00 USD in all"


def test_of_what_costs_nothing_one_line_stays() -> None:
    free = priced(PriceModel.GRADUATED, *tiers((10, 0, None), (None, 0, None)))
    assert rows(draft_of(free, 21)) == [("API calls, 0 to 10", "10", "0", "0.00")]


def test_flat_fees_of_nothing_follow_the_policy_of_the_day() -> None:
    waived = PolicyChosen(date=DAY, policy="zero-quantity-fees", choice="waive")
    assert rows(draft_of(GRADUATED, 0, waived)) == [("API calls, none used", "1", "0", "0.00")]
    assert rows(draft_of(GRADUATED, 0, waived, priced_on=date(2026, 1, 14)))[0][3] == "2.00"


def test_an_item_is_priced_as_on_its_own_day() -> None:
    dearer = replace(GRADUATED, date=date(2026, 1, 10), tiers=tiers((None, 20, None)))
    assert draft_of(GRADUATED, 1, dearer).subtotal == usd("20.00")
    assert draft_of(GRADUATED, 1, dearer, priced_on=date(2026, 1, 9)).subtotal == usd("12.00")


def test_an_agreements_unit_price_stands_in_for_the_whole_price() -> None:
    term = AgreementTermAdded(date=DAY, agreement="AG-1", product="api", unit_price=usd(4))
    assert rows(draft_of(replace(GRADUATED, minimum=usd(500)), 21, term)) == [("API calls", "21", "4", "84.00")]


def test_an_agreements_discount_is_taken_off_each_line_also_off_what_a_maximum_leaves() -> None:
    term = AgreementTermAdded(date=DAY, agreement="AG-1", product="api", discount=Decimal("0.1"))
    made = draft_of(replace(GRADUATED, maximum=usd("140.00")), 21, term)
    assert [f"{one.amount.number:f}" for one in made.lines] == ["90.00", "1.80", "34.20", "0.00", "0.00", "0.00"]
    assert made.lines[2].discount == usd("15.80")


def test_a_percentage_is_of_an_amount_in_the_currency_of_the_price() -> None:
    price = priced(PriceModel.PERCENTAGE, rate=Decimal("0.013"), free_amount=usd(250))
    (line,) = draft_of(price, 800).lines
    assert (line.quantity, line.unit_price, line.amount) == (550, usd("0.013"), usd("7.15"))


def test_every_line_of_an_item_says_of_how_many_it_is_and_for_what() -> None:
    more = {
        "subscription": "SUB-1",
        "charge": "api",
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 2, 1),
        "part": Part(10, 31, 31),
        "part_by": ProrationUnit.DAY,
    }
    made = draft_of(GRADUATED, 12, **more)
    assert len(made.lines) == 4
    assert {
        (one.subscription, one.charge, one.period_start, one.prorated_from, one.prorated_of, one.of_quantity)
        for one in made.lines
    } == {("SUB-1", "api", date(2026, 1, 1), 10, 31, 12)}


@pytest.mark.parametrize("units", [-1, "-0.5"])
def test_less_than_nothing_is_refused(units: object) -> None:
    with pytest.raises(WrongUsage, match="above zero"):
        draft_of(GRADUATED, units)


def test_nothing_of_what_is_priced_for_each_is_refused() -> None:
    with pytest.raises(WrongUsage, match="above zero"):
        draft_of(priced(PriceModel.PER_UNIT, unit_price=usd(1)), 0)


def test_a_part_of_a_charge_has_no_quantity_to_edit_but_can_be_priced_by_hand() -> None:
    books = books_with(GRADUATED)
    made = drafted(books, DraftInvoice("acme", (Item("api", Decimal(12)),)), DAY)
    books.apply(made)
    with pytest.raises(Refused, match="a part of what 12 of api come to") as refused:
        revised(books, EditInvoice(made.invoice, changes=(LineEdit(1, quantity=Decimal(5)),)), DAY)
    assert "--remove 1 --remove 2 --remove 3 --remove 4 --add" in refused.value.instead
    by_hand = revised(books, EditInvoice(made.invoice, changes=(LineEdit(1, Decimal(5), usd(7)),)), DAY)
    assert by_hand is not None
    assert (by_hand.lines[0].amount, by_hand.lines[0].of_quantity) == (usd("35.00"), None)


# --- What holds of every price ---------------------------------------------------------------------------------------


@given(any_price(), UNITS)
def test_lines_add_up_to_the_rounded_parts(price: PriceAdded, units: Decimal) -> None:
    if price.is_per_unit and not units:
        return
    made = draft_of(price, units)
    assert made.subtotal.number == charge(price, Used(units), rounded=True).total
    assert all(one.amount.number >= 0 for one in made.lines)


@given(any_price(), UNITS, st.integers(1, 30))
def test_parts_of_a_period_add_up_to_all_of_it(price: PriceAdded, units: Decimal, day: int) -> None:
    price = replace(price, maximum=None)
    if price.is_per_unit and not units:
        return
    period = {"period_start": date(2026, 1, 1), "period_end": date(2026, 2, 1), "part_by": ProrationUnit.DAY}
    first, second = (draft_of(price, units, **period, part=part) for part in (Part(0, day, 31), Part(day, 31, 31)))
    whole = draft_of(price, units)
    assert first.subtotal.number + second.subtotal.number == whole.subtotal.number
    for one, line in zip(first.lines, whole.lines, strict=True):
        gross = one.unit_price.number * one.quantity
        assert one.amount == share(gross, Part(0, day, 31), "USD")
        assert (one.description, one.quantity) == (line.description, line.quantity)


@given(any_price(), UNITS, st.integers(0, 30), st.integers(1, 31))
def test_what_a_maximum_leaves_of_a_part_of_a_period_is_never_below_zero(
    price: PriceAdded, units: Decimal, start: int, days: int
) -> None:
    part = Part(start, min(31, start + days), 31)
    capped = replace(price, maximum=price.maximum or Money(Decimal("1.00"), "USD"), minimum=None)
    if capped.model is PriceModel.FLAT:
        return
    period = {"period_start": date(2026, 1, 1), "period_end": date(2026, 2, 1), "part_by": ProrationUnit.DAY}
    made = draft_of(capped, units, **period, part=part)
    assert capped.maximum is not None
    assert all(one.amount.number >= 0 for one in made.lines)
    most = share(capped.maximum.number, part, "USD").number
    assert made.subtotal.number <= most + Decimal("0.01") * len(made.lines)
