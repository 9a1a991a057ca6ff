"""The cases of the corpus that break the rules of plans and subscriptions, and of what is billed of them."""

from __future__ import annotations

from collections.abc import Mapping

from edits import Edit, again, both, enveloped, plus, within, without

CHANGED, TRIED, NEXT = "SG-2026-00022", "SG-2026-00023", "SG-2026-00026"
UNUSED = "CN-SG-2026-00004"


def plan(name: str, says: str, *charges: str, day: str = "2026-01-15") -> str:
    """A plan, as it is written by hand, with charges in advance."""
    head = f'{day} custom "billing" "plan" "{name}"\n  name: "Rooms"\n{says}  charges: {len(charges)}\n'
    return head + "".join(
        f'{day} custom "billing" "plan-charge" "{name}" "{one}"\n  product: "{one}"\n  timing: "in-advance"\n'
        for one in charges
    )


def happened(kind: str, subscription: str, says: str) -> Edit:
    """Something that happens to a subscription, behind all else."""
    return plus(f'2026-01-31 custom "billing" "{kind}" "{subscription}"\n{enveloped(1)}{says}')


WEEKLY = '  every: "week"\n'


def renumbered(invoice: str) -> tuple[tuple[str, str], ...]:
    """The same under the next number."""
    return (invoice, NEXT), (f"sequence: {int(invoice[-5:])}", f"sequence: {int(NEXT[-5:])}")


def billed(invoice: str, *pairs: tuple[str, str]) -> Edit:
    """An invoice that says something else, and is not issued yet: there is no seal to break."""
    return both(within("invoice-drafted", invoice, *pairs), without("invoice-issued", invoice))


CASES: Mapping[str, Mapping[str, Edit]] = {
    "sound-plan": {
        "charges-nothing": plus(plan("rooms", WEEKLY)),
        "sells-no-product": plus(plan("rooms", WEEKLY, "room")),
        "sells-entitlements": plus(plan("rooms", WEEKLY, "placement-credit")),
        "charges-twice": plus(plan("rooms", WEEKLY, "seat", "seat")),
        "of-other-periods": plus(plan("desk", '  every: "month"\n', "seat")),
        "trial-without-days": plus(plan("rooms", f"{WEEKLY}  trial-days: 0\n", "seat")),
        "offered-until-before": plus(plan("rooms", f"{WEEKLY}  active-until: 2026-01-14\n", "seat")),
    },
    "sound-subscription": {
        "begun-twice": again("subscription-started", "SUB-2"),
        "of-another-seller": within("subscription-started", "DESK-1", ('seller: "sg"', 'seller: "my"')),
        "in-a-currency-of-nobody": within("subscription-started", "DESK-1", ('"SGD"', '"USD"')),
        "to-no-plan": within("subscription-started", "DESK-1", ('"desk"', '"chair"')),
        "of-other-periods": within("subscription-started", "DESK-1", ('"week"', '"month"')),
        "ends-before": within("subscription-started", "DESK-1", ("ends: 2026-02-07", "ends: 2026-01-20")),
        "of-none": within("subscription-started", "DESK-1", ("quantity: 1", "quantity: 0")),
        "at-a-moment-of-another-day": within(
            "subscription-started",
            "DESK-1",
            ("start: 2026-01-24\n", 'start: 2026-01-24\n  start-at: "2026-01-24T20:00:00Z"\n'),
        ),
    },
    "subscription-in-order": {
        "not-there": happened("subscription-paused", "SUB-9", "  effective: 2026-01-31\n"),
        "resumed-twice": again("subscription-resumed", "SUB-2"),
        "changed-before-the-last-change": within(
            "subscription-resumed", "SUB-2", ("effective: 2026-01-31", "effective: 2026-01-29")
        ),
        "changed-when-it-has-ended": happened(
            "subscription-changed",
            "ROOM-1",
            '  plan: "desk"\n  quantity: 2\n  every: "week"\n  anchor: 2026-01-28\n  effective: 2026-01-31\n',
        ),
        "to-no-plan": happened(
            "subscription-changed",
            "DESK-1",
            '  plan: "chair"\n  quantity: 1\n  every: "week"\n  anchor: 2026-01-24\n  effective: 2026-01-31\n',
        ),
        "with-other-periods": happened(
            "subscription-changed",
            "DESK-1",
            '  plan: "desk"\n  quantity: 2\n  every: "week"\n  anchor: 2026-01-31\n  effective: 2026-01-31\n',
        ),
        "cancelled-behind-its-end": happened("subscription-cancelled", "ROOM-1", "  effective: 2026-02-07\n"),
        "renewed-without-an-end": happened("subscription-renewed", "SUB-1", "  ends: 2026-03-01\n"),
        "renewed-when-it-was-cancelled": happened("subscription-renewed", "ROOM-1", "  ends: 2026-03-01\n"),
        "renewed-for-less": within("subscription-renewed", "DESK-1", ("ends: 2026-02-14", "ends: 2026-02-01")),
    },
    "billed-as-subscribed": {
        "a-day-twice": again("invoice-drafted", CHANGED, *renumbered(CHANGED)),
        "a-gap": again(
            "invoice-drafted",
            TRIED,
            *renumbered(TRIED),
            ('subscription: "SUB-2"', 'subscription: "DESK-1"'),
            ("2026-01-30 custom", "2026-01-31 custom"),
            ("due: 2026-03-01", "due: 2026-03-02"),
            ("period-start: 2026-01-30", "period-start: 2026-01-31"),
            ("period-end: 2026-02-06", "period-end: 2026-02-07"),
        ),
        "more-than-it-has": billed(
            TRIED,
            ("quantity: 1", "quantity: 2"),
            ("7.00 SGD\n  tax: 0.63 SGD\n  total: 7.63 SGD", "14.00 SGD\n  tax: 1.26 SGD\n  total: 15.26 SGD"),
            ("amount: 7.00 SGD", "amount: 14.00 SGD"),
            ("tax: 0.63 SGD", "tax: 1.26 SGD"),
        ),
        "another-part": billed(
            CHANGED,
            ("prorated-from: 4", "prorated-from: 3"),
            ("21.00 SGD", "28.00 SGD"),
            ("1.89 SGD", "2.52 SGD"),
            ("22.89 SGD", "30.52 SGD"),
        ),
        "before-it-is-due": billed(
            TRIED, ("2026-01-30 custom", "2026-01-29 custom"), ("due: 2026-03-01", "due: 2026-02-28")
        ),
        "of-no-subscription": billed(TRIED, ('subscription: "SUB-2"', 'subscription: "SUB-9"')),
        "days-of-its-trial": billed(
            TRIED,
            ("period-start: 2026-01-30", "period-start: 2026-01-29"),
            ("period-end: 2026-02-06", "period-end: 2026-02-05"),
        ),
        "once-again": again(
            "invoice-drafted",
            CHANGED,
            *renumbered(CHANGED),
            ("21.00 SGD", "50.00 SGD"),
            ("1.89 SGD", "4.50 SGD"),
            ("22.89 SGD", "54.50 SGD"),
            ("quantity: 7", "quantity: 1"),
            ("7.00 SGD", "50.00 SGD"),
            ("PRICE-11", "PRICE-13"),
            ("Seats", "Onboarding"),
            ('product: "seat"', 'product: "onboarding"'),
            ('charge: "seat"', 'charge: "onboarding"'),
            ('revenue: "over-period"', 'revenue: "on-issue"'),
            ("Income:SG:Subscription", "Income:SG:Sales"),
            ("  period-start: 2026-01-30\n  period-end: 2026-02-02\n", ""),
            (
                '  prorated-from: 4\n  prorated-until: 7\n  prorated-of: 7\n  prorated-by: "day"\n',
                "",
            ),
        ),
    },
    "credited-as-unused": {
        "more-than-is-unused": within(
            "credit-note-drafted", UNUSED, ("4.00 SGD", "5.00 SGD"), ("0.36", "0.45"), ("4.36", "5.45")
        ),
        "days-that-it-had": within(
            "credit-note-drafted",
            UNUSED,
            ("period-start: 2026-01-31", "period-start: 2026-01-30"),
            ("4.00 SGD", "5.00 SGD"),
            ("0.36", "0.45"),
            ("4.36", "5.45"),
        ),
        "until-another-day": within(
            "credit-note-drafted", UNUSED, ("period-end: 2026-02-04", "period-end: 2026-02-11")
        ),
    },
}
