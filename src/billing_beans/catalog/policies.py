"""Policies: what a book can do in several ways, each with a named default (architecture, rule 10)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class CreditOrder(StrEnum):
    """In which order the lots of a wallet are used (W5)."""

    SCOPE_FIRST = "scope-first"
    PRIORITY_FIRST = "priority-first"
    EXPIRY_FIRST = "expiry-first"
    GRANTED_FIRST = "granted-first"


class CreditDiscounts(StrEnum):
    """Whether free credits lower an invoice before tax, as a discount of its lines, or after it (W3)."""

    BEFORE_TAX = "before-tax"
    AFTER_TAX = "after-tax"


class CreditReturns(StrEnum):
    """What becomes of credits that are given back to a grant that has expired meanwhile (W7)."""

    EXPIRE = "expire"
    RENEW = "renew"


POLICIES: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "credit-order": CreditOrder,
        "credit-discounts": CreditDiscounts,
        "credit-returns": CreditReturns,
    }
)
"""Each policy with its choices; the first is the default."""


def default_of(policy: str) -> str:
    """What is done where a book has chosen nothing."""
    return next(iter(POLICIES[policy])).value
