"""The cases of the corpus that break the rules of revenue over time."""

from __future__ import annotations

from collections.abc import Mapping

from edits import Edit, again, within

OPENED, INVOICE = "SUB-3", "SG-2026-00018"

CASES: Mapping[str, Mapping[str, Edit]] = {
    "released-of-deferred": {
        "of-another-line": within("revenue-released", INVOICE, ("line: 1", "line: 2")),
        "of-nothing": within("revenue-released", OPENED, (f'  opening: "{OPENED}"\n', "")),
        "of-what-is-earned-on-issue": within(
            "revenue-released", INVOICE, (f"^{INVOICE}", "^SG-2026-00013"), (f'"{INVOICE}"', '"SG-2026-00013"')
        ),
    },
    "released-when-over": {
        "before-the-days-are-over": within("revenue-released", INVOICE, ("until: 2026-02-01", "until: 2026-02-05")),
    },
    "released-in-order": {
        "twice": again("revenue-released", INVOICE),
        "with-a-gap": within("revenue-released", OPENED, ("since: 2026-01-28", "since: 2026-01-29")),
        "from-before-its-period": within("revenue-released", INVOICE, ("since: 2026-01-01", "since: 2025-12-31")),
        "not-a-day": within("revenue-released", OPENED, ("until: 2026-01-31", "until: 2026-01-28")),
    },
    "released-by-day": {
        "too-much": within("revenue-released", INVOICE, ("320.33 SGD", "320.34 SGD")),
        "to-another-account": within("revenue-released", INVOICE, ("Income:SG:Subscription", "Income:SG:Sales")),
        "on-another-day": within("revenue-released", INVOICE, ("2026-01-31 *", "2026-01-30 *")),
    },
}
