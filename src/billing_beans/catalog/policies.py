"""Policies: what a book can do in several ways, each with a named default (architecture, rule 10)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from billing_beans.core.proration import ProrationUnit


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


class ZeroQuantityFees(StrEnum):
    """Whether a price with flat fees charges the first of them where nothing was used (U2)."""

    CHARGE = "charge"
    WAIVE = "waive"


class FirstDay(StrEnum):
    """Whether the day on which something begins, a subscription or what it changes to, is charged (U3)."""

    COUNTS = "counts"
    FREE = "free"


class LastDay(StrEnum):
    """Whether the day on which a subscription is cancelled or paused is charged (U3)."""

    LEFT_OUT = "left-out"
    INCLUDED = "included"


class PeriodLength(StrEnum):
    """How long the whole is of which a part of a period is charged (U3)."""

    ANCHOR = "anchor-to-anchor"
    NATURAL = "natural-month"
    THIRTY = "thirty-days"


class ProrationRounding(StrEnum):
    """How parts of one period are rounded: so that they add up to the price of it, or each by itself (U3)."""

    CUMULATIVE = "cumulative"
    EACH = "each-part"


class SubscriptionInvoices(StrEnum):
    """Whether subscriptions of a customer that fall due together are on one invoice (I9)."""

    TOGETHER = "together"
    APART = "one-each"


class RunCredits(StrEnum):
    """Whether a billing run uses the credits of the customers that it bills (U4, W3)."""

    APPLY = "apply"
    KEEP = "keep"


POLICIES: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "credit-order": CreditOrder,
        "credit-discounts": CreditDiscounts,
        "credit-returns": CreditReturns,
        "zero-quantity-fees": ZeroQuantityFees,
        "proration": ProrationUnit,
        "proration-first-day": FirstDay,
        "proration-last-day": LastDay,
        "proration-length": PeriodLength,
        "proration-rounding": ProrationRounding,
        "subscription-invoices": SubscriptionInvoices,
        "run-credits": RunCredits,
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
        ZeroQuantityFees.CHARGE: "where nothing was used, a price with tiers still charges the flat fee of its first",
        ZeroQuantityFees.WAIVE: "where nothing was used, no flat fee of a tier is; a flat price and a minimum still are",
        ProrationUnit.DAY: "a part of a period is so many of its days",
        ProrationUnit.SECOND: "a part of a period is so many of its seconds; what changes now, changes now",
        FirstDay.COUNTS: "the day on which something begins is charged",
        FirstDay.FREE: "what begins on a day is charged from the next day on; what it changes from still is on that day",
        LastDay.LEFT_OUT: "the day on which a subscription is cancelled or paused is not charged",
        LastDay.INCLUDED: "the day on which a subscription is cancelled or paused is charged",
        PeriodLength.ANCHOR: "the whole is the period itself, from anchor to anchor",
        PeriodLength.NATURAL: "the whole is as long as the months in which it begins; what is over counts as its last day",
        PeriodLength.THIRTY: "every month has thirty days; what is over counts as its last day",
        ProrationRounding.CUMULATIVE: "parts of a period add up to the price of it, to the cent",
        ProrationRounding.EACH: "each part is rounded by itself",
        SubscriptionInvoices.TOGETHER: "subscriptions of a customer that fall due together are on one invoice",
        SubscriptionInvoices.APART: "each subscription has invoices of its own",
        RunCredits.APPLY: "a billing run uses the customer's credits",
        RunCredits.KEEP: "a billing run leaves credits alone",
    }
)
"""What each choice is, in words for whoever chooses."""


_DEFAULTS = {name: next(iter(choices)).value for name, choices in POLICIES.items()}


def default_of(policy: str) -> str:
    """What is done where a book has chosen nothing."""
    return _DEFAULTS[policy]
