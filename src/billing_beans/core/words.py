"""Numbers as people say them."""

from __future__ import annotations

from decimal import Decimal


def count_words(count: int, name: str) -> str:
    """So many of something: `1 invoice`, `1,200 invoices`."""
    return f"{count:,} {name}{'s' * (count != 1)}"


def rate_words(rate: Decimal) -> str:
    """A fraction as people say it: 0.013 is `1.3 %`."""
    return f"{(rate * 100).normalize():f} %"
