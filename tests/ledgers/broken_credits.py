"""The cases of the corpus that break the rules of wallets: what is granted, used, given back, adjusted, and expires."""

from __future__ import annotations

from collections.abc import Mapping

from edits import Edit, again, within, without

FIFTEEN, SIXTEEN = "SG-2026-00015", "SG-2026-00016"

CASES: Mapping[str, Mapping[str, Edit]] = {
    "request-waits": {
        "of-another-customer": within("credit-requested", "TOPUP-3", ('customer: "acme"', 'customer: "bolt"')),
        "for-a-verified-payment": within("credit-requested", "TOPUP-3", ("PAY-11", "PAY-9")),
        "dearer-than-the-payment": within("credit-requested", "TOPUP-3", ("price: 30.00", "price: 30.01")),
        "twice": again("credit-requested", "TOPUP-3"),
        "called-like-a-line": within("credit-requested", "TOPUP-3", ("TOPUP-3", "SG-2026-00009/1")),
        "expired-before": within(
            "credit-requested",
            "TOPUP-3",
            ('  payment: "PAY-11"\n', '  payment: "PAY-11"\n  expires-at: "2026-01-29T02:00:00Z"\n'),
        ),
    },
    "granted-once": {
        "twice": again("credit-granted", "PROMO-1"),
        "paid-for-nothing": within("credit-granted", "PROMO-3", ("Acme:Free", "Acme:Paid")),
        "not-as-asked-for": within("credit-granted", "TOPUP-1", ("2026-04-28T16:00:00Z", "2026-04-29T16:00:00Z")),
        "expired-before": within("credit-granted", "PROMO-2", ("2026-01-29T16:00:00Z", "2026-01-29T02:00:00Z")),
        "called-like-a-line": within("credit-granted", "PROMO-3", ("PROMO-3", "SG-2026-00009/1")),
        "without-a-source": within("credit-granted", "PROMO-3", ('  source: "promo/NY2026"\n', "")),
        "corrected-without-a-reason": within("credit-granted", "GRANT-3", ('"62 were promised"', '" "')),
    },
    "credits-usable": {
        "more-than-there-are": again("credit-discounted", "APP-2", ("APP-2", "APP-9"), ("20 CREDIT", "99 CREDIT")),
        "of-another-scope": within("credit-discounted", "APP-2", ("PROMO-1", "PROMO-3")),
        "not-there": within("credit-discounted", "APP-2", ("PROMO-1", "PROMO-9")),
        "of-another-kind": within("credit-applied", "APP-3", ("40 CREDIT-PRO", "40 CREDIT-SGD")),
        "twice": again("credit-discounted", "APP-2"),
    },
    "credits-in-order": {
        "oldest-first": within("credit-discounted", "APP-2", ("PROMO-1", "PROMO-4")),
        "late-before-early": within("credit-applied", "APP-3", ("EARLY", "LATE")),
        "of-no-such-order": within("credit-discounted", "APP-2", ("scope-first", "newest-first")),
    },
    "applied-in-full": {
        "less-than-they-are-worth": within(
            "credit-applied", "APP-4", ("-20.00 SGD", "-19.00 SGD"), ("  4.00 SGD", "  3.00 SGD")
        ),
        "free-after-tax": within("credit-applied", "APP-3", ('credits: "paid"', 'credits: "free"')),
    },
    "discounted-within": {
        "of-an-issued-invoice": again(
            "credit-discounted", "APP-2", ("APP-2", "APP-9"), (SIXTEEN, FIFTEEN), ("2026-01-29 *", "2026-01-31 *")
        ),
        "of-a-part-of-a-cent": within("credit-discounted", "APP-2", ("20 CREDIT", "19.995 CREDIT")),
    },
    "discounted-as-applied": {
        "without-the-credits": without("credit-discounted", "APP-2"),
    },
    "given-back-as-used": {
        "twice": again("credit-reversed", "APP-3"),
        "without-a-reason": within("credit-reversed", "APP-4", ('"too much"', '" "')),
        "before-it-was-used": within("credit-reversed", "APP-4", ("2026-01-30 *", "2026-01-28 *")),
    },
    "adjusted-within": {
        "twice": again("credit-adjusted", "ADJ-1"),
        "without-a-reason": within("credit-adjusted", "ADJ-1", ('"granted twice"', '" "')),
        "more-than-is-unspent": within("credit-adjusted", "ADJ-2", ("5 CREDIT-PRO", "70 CREDIT-PRO")),
        "money-of-another": within("credit-adjusted", "ADJ-1", ("payment/PAY-9", "payment/PAY-12")),
    },
    "expired-once": {
        "twice": again("credit-expired", "PROMO-2"),
        "only-a-part": within("credit-expired", "PROMO-2", ("5 CREDIT-PRO", "4 CREDIT-PRO")),
        "what-never-expires": within("credit-expired", "PROMO-2", ("PROMO-2", "PROMO-4")),
    },
    "renewed-as-returned": {
        "for-longer": within("credit-renewed", "GRANT-5", ("2026-02-01", "2026-03-01")),
        "twice": again("credit-renewed", "GRANT-5"),
    },
}
