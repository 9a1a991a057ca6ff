"""The cases of the corpus that break the rules of prices (P2, U2)."""

from __future__ import annotations

from collections.abc import Mapping

from edits import Edit, plus, within


def price(product: str, says: str, *, name: str = "PRICE-31", day: str = "2026-01-01") -> str:
    """A price as it is written by hand, in a country of its own, where no other is valid."""
    return f'{day} custom "billing" "price" "{name}" "{product}"\n  country: "BN"\n{says}'


def tiers(*says: str, name: str = "PRICE-31") -> str:
    """Its tiers, numbered from 1."""
    return "".join(
        f'2026-01-01 custom "billing" "price-tier" "{name}" {number}\n{one}' for number, one in enumerate(says, start=1)
    )


_GRADUATED, _FIRST, _LAST = (
    '  model: "graduated"\n  tiers: 2\n',
    "  up-to: 10\n  unit-price: 2.00 SGD\n",
    "  unit-price: 1.00 SGD\n",
)

CASES: Mapping[str, Mapping[str, Edit]] = {
    "priced-as-modelled": {
        "no-tiers": plus(price("calls", '  model: "graduated"\n  currency: "SGD"\n')),
        "a-flat-price-for-packages": within("price", "PRICE-26", ("  unit-price", "  package-size: 10\n  unit-price")),
    },
    "sound-tiers": {
        "falling": within("price", "PRICE-21", ("up-to: 50000", "up-to: 5000")),
        "last-has-an-end": within("price", "PRICE-22", ("  unit-price: 0.10", "  up-to: 500\n  unit-price: 0.10")),
    },
    "sound-price": {
        "unknown-product": plus('2026-01-01 custom "billing" "price" "PRICE-4" "training"\n  unit-price: 80.00 SGD\n'),
        "in-two-currencies": within("price", "PRICE-21", ("flat-fee: 3.00 SGD", "flat-fee: 3.00 USD")),
        "more-than-everything": within("price", "PRICE-24", ("rate: 0.013", "rate: 1.3")),
    },
    "per-unit-where-granted": {
        "an-entitlement-in-tiers": plus(price("placement-credit", _GRADUATED) + tiers(_FIRST, _LAST)),
        "a-product-that-grants-from-now-on": plus(
            '2026-01-20 custom "billing" "product" "storage"\n  name: "Storage, GB"\n  revenue: "on-consumption"\n'
            '  tax-code: "SG-GST-9"\n  entitlement: "STORAGE"\n'
        ),
    },
}
