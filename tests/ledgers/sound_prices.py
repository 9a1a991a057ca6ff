"""Prices of the sound ledger, as a person writes them by hand: a product for each model (U2)."""

from __future__ import annotations

_PRODUCT = """\
2026-01-01 custom "billing" "product" "{0}"
  name: "{1}"
  revenue: "on-usage"
  tax-code: "SG-GST-9"
"""

SETUP = (
    "\n"
    + "".join(
        _PRODUCT.format(product, name)
        for product, name in (
            ("calls", "API calls"),
            ("storage", "Storage, GB"),
            ("messages", "Messages"),
            ("card-fees", "Card payments"),
            ("payout-fees", "Payouts"),
            ("hotline", "Hotline"),
        )
    )
    + """\
2026-01-01 custom "billing" "price" "PRICE-21" "calls"
  model: "graduated"
  included: 100
  minimum: 20.00 SGD
  maximum: 5000.00 SGD
  tiers: 3
2026-01-01 custom "billing" "price-tier" "PRICE-21" 1
  up-to: 10000
  unit-price: 0.0100 SGD
2026-01-01 custom "billing" "price-tier" "PRICE-21" 2
  up-to: 50000
  unit-price: 0.0080 SGD
  flat-fee: 3.00 SGD
2026-01-01 custom "billing" "price-tier" "PRICE-21" 3
  unit-price: 0.0050 SGD
2026-01-01 custom "billing" "price" "PRICE-22" "storage"
  model: "volume"
  tiers: 2
2026-01-01 custom "billing" "price-tier" "PRICE-22" 1
  up-to: 100
  unit-price: 0.20 SGD
2026-01-01 custom "billing" "price-tier" "PRICE-22" 2
  unit-price: 0.10 SGD
  flat-fee: 50.00 SGD
2026-01-01 custom "billing" "price" "PRICE-23" "messages"
  model: "package"
  unit-price: 9.00 SGD
  package-size: 100
2026-01-01 custom "billing" "price" "PRICE-24" "card-fees"
  model: "percentage"
  unit-price: 0.25 SGD
  rate: 0.013
  free-events: 3
  free-amount: 250.00 SGD
  event-minimum: 0.50 SGD
  event-maximum: 12.00 SGD
2026-01-01 custom "billing" "price" "PRICE-25" "payout-fees"
  model: "graduated-percentage"
  currency: "SGD"
  tiers: 2
2026-01-01 custom "billing" "price-tier" "PRICE-25" 1
  up-to: 1000
  rate: 0.01
2026-01-01 custom "billing" "price-tier" "PRICE-25" 2
  rate: 0.005
2026-01-01 custom "billing" "price" "PRICE-26" "hotline"
  model: "flat"
  unit-price: 99.00 SGD
"""
)
