"""What a price may not say: each broken price breaks the check that is meant for it (P2, U2)."""

from collections.abc import Mapping

import pytest
from beancount.parser import parser

from billing_beans.catalog.facts import PriceAdded
from billing_beans.ledger.codec import decode, encode
from billing_beans.ledger.reading import judge

SETUP = """
2026-01-01 custom "billing" "book" "example"
  organization: "Example"
  livemode: TRUE
  format: 1
2026-01-01 custom "billing" "legal-entity" "sg"
  name: "Example Pte. Ltd."
  address: "1 Raffles Place"
  country: "SG"
  currency: "SGD"
  time-zone: "Asia/Singapore"
  account: "SG"
  invoice-format: "SG-{year}-{sequence:05d}"
2026-01-01 custom "billing" "tax-code" "GST"
  rate: 0.09
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "product" "calls"
  name: "API calls"
  revenue: "on-usage"
  tax-code: "GST"
2026-01-01 custom "billing" "product" "placement"
  name: "Placements"
  revenue: "on-consumption"
  tax-code: "GST"
  entitlement: "PLACEMENT"
"""


def found(says: str, *tiers: str, product: str = "calls") -> list[tuple[str, str]]:
    """The checks that a price breaks, and their words."""
    counted = f"  tiers: {len(tiers)}\n" if tiers else ""
    price = f'2026-01-02 custom "billing" "price" "P" "{product}"\n{_lines(says)}{counted}'
    behind = "".join(
        f'2026-01-02 custom "billing" "price-tier" "P" {one.partition("|")[0].strip()}\n{_lines(one.partition("|")[2])}'
        for one in tiers
    )
    problems = [one.problem for one in judge(parser.parse_string(SETUP + price + behind)[0]).findings]
    return [(one.check, one.message) for one in problems]


def _lines(says: str) -> str:
    """`a: 1; b: 2` as metadata, a line each."""
    return "".join(f"  {one.strip()}\n" for one in says.split(";") if one.strip())


SOUND: Mapping[str, tuple[str, ...]] = {
    "unit-price: 1.00 SGD": (),
    'model: "per-unit"; unit-price: 1.00 SGD; included: 5; minimum: 1.00 SGD; maximum: 1.00 SGD': (),
    'model: "flat"; unit-price: 0.00 SGD': (),
    'model: "graduated"': ("1 | up-to: 0.5; unit-price: 1.00 SGD", "2 | flat-fee: 1.00 SGD"),
    'model: "volume"; maximum: 20 SGD': ("1 | unit-price: 1.00 SGD; flat-fee: 0 SGD",),
    'model: "package"; unit-price: 1.00 SGD; package-size: 0.5; included: 10': (),
    'model: "percentage"; currency: "SGD"; rate: 0': (),
    'model: "percentage"; rate: 1; free-events: 0; free-amount: 1 SGD; event-minimum: 1 SGD; event-maximum: 1 SGD': (),
    'model: "graduated-percentage"; currency: "SGD"': ("1 | up-to: 10; rate: 0.01", "2 | rate: 0"),
}


@pytest.mark.parametrize("says", SOUND)
def test_a_price_of_each_model_is_sound_as_written_by_hand(says: str) -> None:
    assert found(says, *SOUND[says]) == []


@pytest.mark.parametrize(
    ("says", "tiers", "check", "words"),
    [
        ("minimum: 1.00 SGD", (), "priced-as-modelled", "says no unit-price"),
        ('model: "flat"; unit-price: 1.00 SGD; minimum: 2.00 SGD', (), "priced-as-modelled", "no use for minimum"),
        ('model: "volume"; currency: "SGD"', (), "priced-as-modelled", "says no tiers"),
        ("unit-price: 1.00 SGD", ("1 | unit-price: 1.00 SGD",), "priced-as-modelled", "no use for tiers"),
        ('model: "package"; unit-price: 1.00 SGD', (), "priced-as-modelled", "says no package-size"),
        ('model: "percentage"; unit-price: 1.00 SGD', (), "priced-as-modelled", "says no rate"),
        ('model: "percentage"; rate: 0.01; included: 5; currency: "SGD"', (), "priced-as-modelled", "use for included"),
        ('model: "percentage"; rate: 0.01', (), "priced-as-modelled", "in no currency"),
        ("unit-price: 1.00 SGD; rate: 0.01; free-events: 1", (), "priced-as-modelled", "use for rate and free-events"),
        (
            'model: "graduated"',
            ("1 | up-to: 0; unit-price: 1 SGD", "2 | unit-price: 1 SGD"),
            "sound-tiers",
            "begins at 0",
        ),
        (
            'model: "graduated"',
            ("1 | up-to: 5; unit-price: 1 SGD", "3 | unit-price: 1 SGD"),
            "sound-tiers",
            "as tier 3",
        ),
        ('model: "graduated"', ("1 | unit-price: 1 SGD", "2 | unit-price: 1 SGD"), "sound-tiers", "others follow"),
        ('model: "graduated"; currency: "SGD"', ("1 | up-to: 5", "2 | unit-price: 1 SGD"), "sound-tiers", "or both"),
        (
            'model: "volume"',
            ("1 | up-to: 0.1234567890123; unit-price: 1 SGD", "2 | unit-price: 1 SGD"),
            "sound-tiers",
            "long",
        ),
        ('model: "percentage"; currency: "SGD"; rate: 0.1234567890123', (), "sound-price", "the rate 0.12345678"),
        ('model: "volume"', ("1 | unit-price: 1 SGD; rate: 0.1",), "sound-tiers", "no rate"),
        ('model: "graduated-percentage"', ("1 | unit-price: 1 SGD",), "sound-tiers", "must say a rate"),
        ('model: "graduated-percentage"', ("1 | rate: 0.1; unit-price: 1 SGD",), "sound-tiers", "no unit-price"),
        ('unit-price: 1.00 SGD; currency: "USD"', (), "sound-price", "in SGD and in USD"),
        ("unit-price: 1.00 SGD; minimum: 1.00 USD", (), "sound-price", "in SGD and in USD"),
        ('model: "percentage"; currency: "XAU"; rate: 0.1', (), "sound-price", "no currency that can be billed in"),
        ('model: "volume"', ("1 | unit-price: -1 SGD",), "sound-price", "below zero"),
        ('model: "percentage"; currency: "SGD"; rate: -0.1', (), "sound-price", "the rate -0.1"),
        ('model: "graduated-percentage"; currency: "SGD"', ("1 | rate: 1.01",), "sound-price", "the rate 1.01"),
        ('model: "package"; unit-price: 1.00 SGD; package-size: 0', (), "sound-price", "packages of 0"),
        ("unit-price: 1.00 SGD; included: -1", (), "sound-price", "-1 included"),
        ('model: "percentage"; currency: "SGD"; rate: 0; free-events: -3', (), "sound-price", "-3 free-events"),
        ("unit-price: 1.00 SGD; minimum: 1.001 SGD", (), "sound-price", "not in minor units"),
        ("unit-price: 1.00 SGD; minimum: 2.00 SGD; maximum: 1.00 SGD", (), "sound-price", "at least 2.00 SGD"),
        ("unit-price: 9999999999999999.00 SGD", (), "sound-price", "too long"),
        ('unit-price: 1.00 SGD; model: "stepped"', (), "complete", "model must be one of flat, per-unit"),
    ],
)
def test_a_price_that_makes_no_sense_is_named(says: str, tiers: tuple[str, ...], check: str, words: str) -> None:
    (problem,) = found(says, *tiers)
    assert problem[0] == check
    assert words in problem[1]


def test_tiers_behind_a_price_that_counts_none_are_a_problem() -> None:
    tier = '2026-01-02 custom "billing" "price-tier" "P" 1\n  unit-price: 1.00 SGD\n'
    price = '2026-01-02 custom "billing" "price" "P" "calls"\n  unit-price: 1.00 SGD\n'
    (finding,) = judge(parser.parse_string(SETUP + price + tier)[0]).findings
    assert finding.problem.message.endswith("tiers says 0, but 1 directives price-tier stand behind it")


@pytest.mark.parametrize("says", ["unit-price: 1.00 SGD; included: 5", 'model: "flat"; unit-price: 1.00 SGD'])
def test_what_is_granted_is_sold_for_each(says: str) -> None:
    ((check, words),) = found(says, product="placement")
    assert (check, "placement grants PLACEMENT" in words) == ("per-unit-where-granted", True)


def test_a_price_of_before_there_were_models_is_written_as_it_was() -> None:
    old = (
        '2026-01-01 custom "billing" "price" "PRICE-1" "calls"\n  id: "01KENCG780YQ1Q03HMT6J8NSA4"\n'
        '  at: "2026-01-11T02:00:00Z"\n  actor: "sarah"\n  operation: "01KENCG780YQ1Q03HMT6J8NSA3"\n'
        '  country: "SG"\n  unit-price: 100.00 SGD\n  active-until: 2026-12-31\n'
    )
    (entry,) = parser.parse_string(old)[0]
    assert encode(decode(PriceAdded, entry)) == old
