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


MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        CreditOrder.SCOPE_FIRST: "for the billing period, then the meter, then the subscription; "
        "of these what expires first, free before paid, oldest first",
        CreditOrder.PRIORITY_FIRST: "the lowest priority; of these what expires first, free before paid, oldest first",
        CreditOrder.EXPIRY_FIRST: "what expires first, then the oldest",
        CreditOrder.GRANTED_FIRST: "free before paid, then the oldest",
        CreditDiscounts.BEFORE_TAX: "free credits lower the lines of a draft, and its tax",
        CreditDiscounts.AFTER_TAX: "free credits settle what was issued; the tax stays",
        CreditReturns.EXPIRE: "what comes back to a grant that has expired is written off",
        CreditReturns.RENEW: "it goes on in a new grant, for as long as it would have lasted",
    }
)
"""What each choice is, in words for whoever chooses."""


def default_of(policy: str) -> str:
    """What is done where a book has chosen nothing."""
    return next(iter(POLICIES[policy])).value
