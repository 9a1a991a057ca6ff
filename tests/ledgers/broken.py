"""The cases of the corpus: for each check the small edits of the sound ledger that break it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from broken_credits import CASES as CREDIT_CASES
from broken_prices import CASES as PRICE_CASES
from broken_revenue import CASES as REVENUE_CASES
from broken_runs import CASES as RUN_CASES
from broken_subscriptions import CASES as SUBSCRIPTION_CASES
from edits import Edit, again, both, enveloped, is_about, plus, swapped, within, without

from billing_beans.ledger.blocks import split_blocks


def rule(name: str, says: str, *, customer: str = "acme", unit: str = "CREDIT-SGD", day: str = "2026-01-31") -> str:
    """A version of a rule that tops up, as it is written by hand."""
    return (
        f'{day} custom "billing" "top-up-rule" "{name}" "{customer}"\n  seller: "sg"\n  credit-unit: "{unit}"\n{says}'
    )


ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE, TEN, ELEVEN = (f"SG-2026-{number:05d}" for number in range(1, 12))

CASES: Mapping[str, Mapping[str, Edit]] = {
    **CREDIT_CASES,
    **PRICE_CASES,
    **RUN_CASES,
    **SUBSCRIPTION_CASES,
    **REVENUE_CASES,
    "one-book": {
        "declared-twice": plus(
            '2026-01-01 custom "billing" "book" "other"\n  organization: "Other"\n  livemode: TRUE\n  format: 1\n'
        ),
        "later-format": within("book", "example", ("format: 1", "format: 2")),
    },
    "sound-id": {
        "with-a-space": plus(
            '2026-01-02 custom "billing" "customer" "big corp"\n  name: "Big Corp"\n  account: "Big"\n'
        ),
    },
    "one-version-a-day": {
        "price-twice": plus('2026-01-01 custom "billing" "price" "PRICE-3" "consulting"\n  unit-price: 160.00 SGD\n'),
    },
    "sound-entity": {
        "same-account": plus(
            '2026-01-01 custom "billing" "legal-entity" "my"\n  name: "Example Sdn. Bhd."\n  address: "Kuala Lumpur"\n'
            '  country: "MY"\n  currency: "MYR"\n  time-zone: "Asia/Kuala_Lumpur"\n  account: "SG"\n'
            '  invoice-format: "MY-{year}-{sequence:05d}"\n'
        ),
    },
    "sound-tax-code": {
        "nine-for-nine-percent": plus(
            '2026-01-01 custom "billing" "tax-code" "SG-GST-10"\n  rate: 10\n  account: Liabilities:SG:Tax:GST\n'
        ),
    },
    "sound-tax-rule": {
        "unknown-product": plus('2026-01-01 custom "billing" "tax-rule" "training" "MY"\n  tax-code: "SG-EXEMPT"\n'),
    },
    "sound-product": {
        "agent-without-fee": plus(
            '2026-01-01 custom "billing" "product" "shift-credit"\n  name: "Shift credits"\n  revenue: "agent"\n'
            '  tax-code: "SG-EXEMPT"\n  entitlement: "SHIFT"\n'
        ),
    },
    "sound-credit-unit": {
        "another-worth": plus(
            '2026-01-01 custom "billing" "credit-unit" "CREDIT-API"\n  name: "API credits"\n  face: 0.01 SGD\n'
            '2026-01-20 custom "billing" "credit-unit" "CREDIT-API"\n  name: "API credits"\n  face: 0.02 SGD\n'
        ),
        "no-such-name": plus(
            '2026-01-01 custom "billing" "credit-unit" "API-CREDIT"\n  name: "API credits"\n  face: 0.01 SGD\n'
        ),
        "worth-nothing": plus(
            '2026-01-01 custom "billing" "credit-unit" "CREDIT-API"\n  name: "API credits"\n  face: 0.00 SGD\n'
        ),
    },
    "sound-policy": {
        "no-such-policy": plus('2026-01-01 custom "billing" "policy" "credit-orders"\n  choice: "scope-first"\n'),
        "no-such-choice": plus('2026-01-01 custom "billing" "policy" "credit-order"\n  choice: "newest-first"\n'),
    },
    "sound-top-up": {
        "of-unknown-credits": plus(
            '2026-01-01 custom "billing" "product" "api-top-up"\n  name: "API credits"\n  revenue: "top-up"\n'
            '  tax-code: "SG-EXEMPT"\n  units-per-quantity: 100\n  credit-unit: "CREDIT-API"\n'
        ),
        "valid-for-no-day": plus(
            '2026-01-01 custom "billing" "credit-unit" "CREDIT-API"\n  name: "API credits"\n  face: 0.01 SGD\n'
            '2026-01-01 custom "billing" "product" "api-top-up"\n  name: "API credits"\n  revenue: "top-up"\n'
            '  tax-code: "SG-EXEMPT"\n  units-per-quantity: 100\n  credit-unit: "CREDIT-API"\n  valid-days: 0\n'
        ),
        "sold-at-once": plus(
            '2026-01-01 custom "billing" "product" "api-calls"\n  name: "API calls"\n  revenue: "on-issue"\n'
            '  tax-code: "SG-GST-9"\n  meter: "api-calls"\n  bonus-units: 10\n'
        ),
    },
    "one-price-a-day": {
        "two-prices": plus('2026-02-01 custom "billing" "price" "PRICE-4" "consulting"\n  unit-price: 80.00 SGD\n'),
    },
    "sound-agreement": {
        "unknown-customer": plus('2026-01-02 custom "billing" "agreement" "AG-2" "nobody"\n'),
    },
    "sound-term": {
        "ten-for-ten-percent": plus(
            '2026-01-02 custom "billing" "agreement-term" "AG-1" "consulting"\n  discount: 10\n'
        ),
    },
    "sound-customer": {
        "same-account": plus(
            '2026-01-02 custom "billing" "customer" "acme-two"\n  name: "Acme Two"\n  account: "Acme"\n'
        ),
    },
    "sound-payer": {
        "unknown-customer": plus('2026-01-02 custom "billing" "payer" "stripe/cus_9"\n  customer: "nobody"\n'),
        "no-payer": plus('2026-01-02 custom "billing" "payer" "cus_9"\n  customer: "acme"\n'),
    },
    "sound-bill-to": {
        "unknown-customer": plus(
            '2026-01-02 custom "billing" "bill-to" "nobody" "SGD"\n  name: "Nobody"\n  address: "Nowhere"\n'
        ),
    },
    "known-parties": {
        "nobody": within("invoice-drafted", NINE, ('customer: "acme"', 'customer: "nobody"')),
    },
    "taxed-as-coded": {
        "other-rate": within(
            "invoice-drafted",
            NINE,
            ("tax-rate: 0.09", "tax-rate: 0.08"),
            ("tax: 40.50", "tax: 36.00"),
            ("total: 490.50", "total: 486.00"),
        ),
    },
    "own-accounts": {"of-another-seller": within("invoice-drafted", NINE, ("Income:SG:Sales", "Income:MY:Sales"))},
    "has-lines": {
        "none": lambda sound: "".join(
            block.text.partition(f'2026-01-21 custom "billing" "invoice-line" "{NINE}"')[0].replace(
                "lines: 1", "lines: 0"
            )
            if is_about(block, "invoice-drafted", NINE)
            else block.text
            for block in split_blocks(sound)
        ),
        "wrong-number": within("invoice-drafted", NINE, (f'"{NINE}" 1\n', f'"{NINE}" 2\n')),
        "period-of-no-day": within(
            "invoice-drafted",
            NINE,
            ('revenue: "on-issue"\n', 'revenue: "on-issue"\n  period-start: 2026-02-01\n  period-end: 2026-02-01\n'),
        ),
        "credits-of-no-kind": within(
            "invoice-drafted",
            NINE,
            ('revenue: "on-issue"', 'revenue: "top-up"'),
            ("  income: Income:SG:Sales\n", '  units: 3\n  credit-unit: "CREDIT-API"\n'),
        ),
    },
    "exact-totals": {
        "total": within("invoice-drafted", NINE, ("total: 490.50", "total: 409.50")),
        "line": within("invoice-drafted", NINE, ("quantity: 3", "quantity: 4")),
        "credits-raise-a-line": within(
            "invoice-drafted",
            NINE,
            ("  amount: 450.00 SGD\n", "  amount: 500.00 SGD\n"),
            ("tax: 40.50 SGD", "tax: 45.00 SGD"),
            ("subtotal: 450.00", "subtotal: 500.00"),
            ("total: 490.50", "total: 545.00"),
            ("  income: Income:SG:Sales\n", "  income: Income:SG:Sales\n  credit-discount: -50.00 SGD\n"),
        ),
    },
    "two-gig-lines": {
        "one-line": lambda sound: "".join(
            swapped(
                block.text.partition(f'2026-01-17 custom "billing" "invoice-line" "{EIGHT}" 2')[0],
                (
                    ("lines: 2", "lines: 1"),
                    ("subtotal: 115.00", "subtotal: 100.00"),
                    ("tax: 1.35", "tax: 0.00"),
                    ("total: 116.35", "total: 100.00"),
                ),
            )
            if is_about(block, "invoice-drafted", EIGHT)
            else block.text
            for block in split_blocks(sound)
        ),
        "other-fee": within("invoice-drafted", EIGHT, ("platform-fee-bps: 1500", "platform-fee-bps: 1000")),
    },
    "sound-level": {
        "not-later": plus(
            '2026-01-31 custom "billing" "dunning-level" 1\n  days: 21\n'
            '2026-01-31 custom "billing" "dunning-level" 2\n  days: 21\n'
        ),
        "before-due": plus('2026-01-31 custom "billing" "dunning-level" 1\n  days: 0\n'),
        "level-zero": plus('2026-01-31 custom "billing" "dunning-level" 0\n  days: 7\n'),
    },
    "number-drawn-once": {"twice": again("invoice-drafted", NINE)},
    "number-gapless": {"removed": both(without("invoice-drafted", FOUR), without("invoice-voided", FOUR))},
    "revised-as-draft": {
        "after-issue": again("invoice-drafted", SIX, ("revision: 1", "revision: 2")),
        "skipped": within("invoice-drafted", NINE, ("revision: 1", "revision: 3")),
    },
    "issued-from-draft": {
        "twice": again("invoice-issued", SEVEN),
        "never-drafted": both(without("invoice-drafted", SEVEN), without("payment-submitted", "PAY-5")),
    },
    "sound-rate": {
        "in-its-own-currency": within("invoice-issued", ONE, ("  revision: 1\n", "  revision: 1\n  rate: 1.34 SGD\n"))
    },
    "sealed": {
        "unit-price": within(
            "invoice-drafted",
            ONE,
            ("unit-price: 90.00", "unit-price: 80.00"),
            ("900.00 SGD", "800.00 SGD"),
            (" 81.00 SGD", " 72.00 SGD"),
            ("981.00 SGD", "872.00 SGD"),
        ),
        "address": within("invoice-drafted", ONE, ("2 Shenton Way", "3 Shenton Way")),
        "due-of-an-opened-one": within("invoice-drafted", "OLD-7", ("due: 2025-12-03", "due: 2026-12-03")),
    },
    "issued-in-full": {
        "less-tax": within("invoice-issued", SIX, ("-150.00 SGD", "-160.00 SGD"), ("-13.50 SGD", " -3.50 SGD")),
    },
    "voided-unpaid": {
        "partially-paid": plus(
            f'2026-01-31 * "Acme Pte. Ltd." "Void of invoice {SIX}" ^{SIX}\n  event: "invoice-voided"\n{enveloped(1)}'
            f'  invoice: "{SIX}"\n  reason: "wrong customer"\n'
            f'  Assets:SG:Receivable:Acme                         -163.50 SGD\n    invoice: "{SIX}"\n'
            "  Income:SG:Sales                                    150.00 SGD\n    line: 1\n"
            '  Liabilities:SG:Tax:GST                              13.50 SGD\n    line: 1\n    tax-code: "SG-GST-9"\n'
        ),
    },
    "void-has-reason": {"none": within("invoice-voided", FOUR, ("ordered twice", " "))},
    "voided-in-full": {"only-a-part": within("invoice-voided", FIVE, ("300.00", "200.00"))},
    "posted-once": {
        "twice": again("invoice-posted", THREE, ("2026-01-16", "2026-01-17")),
        "before-paid": without("payment-verified", "PAY-2"),
    },
    "posted-in-full": {
        "fewer-units": within("invoice-posted", THREE, ("-4 PLACEMENT {90.00", "-3 PLACEMENT {120.00")),
    },
    "document-of-invoice": {"unknown": within("document-rendered", ONE, (f'"{ONE}"', '"SG-2026-00099"'))},
    "document-of-credit-note": {
        "unknown": within("credit-note-rendered", "CN-SG-2026-00001", ('"CN-SG-2026-00001"', '"CN-SG-2026-00009"'))
    },
    "receipt-of-payment": {"not-verified": within("receipt-rendered", "PAY-1", ('"PAY-1"', '"PAY-5"'))},
    "sound-submission": {
        "for-a-draft": plus(
            f'2026-01-31 custom "billing" "payment-submitted" "PAY-99"\n{enveloped(1)}  customer: "acme"\n'
            '  method: "cash"\n  amount: 10.00 SGD\n  allocations: 1\n'
            f'2026-01-31 custom "billing" "payment-allocation" "PAY-99" "{NINE}" 10.00 SGD\n'
        ),
    },
    "allocated-within": {
        "too-much": within("payment-submitted", "PAY-5", ('"SG-2026-00006" 63.50', '"SG-2026-00006" 93.50'))
    },
    "decided-once": {
        "rejected-after-all": plus(
            f'2026-01-31 custom "billing" "payment-rejected" "PAY-1"\n{enveloped(1)}  reason: "a mistake"\n'
        ),
    },
    "settles-as-meant": {"another-invoice": within("payment-verified", "PAY-3", (SIX, SEVEN))},
    "dated-as-received": {
        "earlier": within("payment-verified", "PAY-2", ("received: 2026-01-16", "received: 2026-01-15"))
    },
    "verified-in-full": {"of-another": within("payment-verified", "PAY-2", ("Acme Pte. Ltd.", "Nobody Pte. Ltd."))},
    "received-by-now": {
        "next-month": within(
            "payment-verified",
            "PAY-2",
            ("received: 2026-01-16", "received: 2026-02-16"),
            ("2026-01-16 *", "2026-02-16 *"),
        )
    },
    "rejection-has-reason": {"none": within("payment-rejected", "PAY-4", ("the transfer was recalled", " "))},
    "allocation-of-payment": {
        "not-meant": plus(
            f'2026-01-31 custom "billing" "allocation-rejected" "PAY-5" "{ONE}"\n{enveloped(1)}  reason: "void"\n'
        ),
    },
    "consumed-in-full": {
        "other-income": within("entitlement-consumed", "placement/991", ("Income:SG:Placement", "Income:SG:Sales    ")),
        "other-payee": within("entitlement-consumed", "placement/991", ('* "Acme Pte. Ltd."', '* "Somebody else"')),
    },
    "consumed-in-order": {
        "too-many": within(
            "entitlement-consumed",
            "placement/991",
            ("3 PLACEMENT consumed", "23 PLACEMENT consumed"),
            ("units: 3", "units: 23"),
            ("  3 PLACEMENT {", " 23 PLACEMENT {"),
            ("-270.00 SGD", "-2070.00 SGD"),
        ),
        "no-such-lot": within("entitlement-consumed", "placement/991", (f"{ONE}/1", f"{ONE}/9")),
        "newer-lot": within(
            "entitlement-consumed", "placement/991", (f'2026-01-13, "{ONE}/1"', f'2026-01-16, "{THREE}/1"')
        ),
        "fewer-than-said": within("entitlement-consumed", "placement/991", ("units: 3", "units: 2")),
    },
    "granted-before": {
        "day-before": within("entitlement-consumed", "placement/991", ("2026-01-20 *", "2026-01-12 *")),
        "before-the-books-began": within("entitlement-consumed", "gig/18", ("2026-01-28 *", "2026-01-27 *")),
    },
    "source-known": {
        "unknown-invoice": within("entitlement-consumed", "placement/991", ("placement/991", "invoice/SG-2026-00099")),
    },
    "audit-trail": {
        "no-actor": within("invoice-drafted", NINE, ('  actor: "sarah"\n', "")),
        "no-id": lambda sound: "".join(
            block.text.replace(f'  id: "{block.id}"\n', "") if is_about(block, "invoice-drafted", NINE) else block.text
            for block in split_blocks(sound)
        ),
    },
    "ids-unique": {
        "copied": lambda sound: (
            sound
            + "\n"
            + next(one for one in split_blocks(sound) if is_about(one, "document-rendered", ONE)).directive.replace(
                '"paid"', '"issued"'
            )
        ),
    },
    "keys-unique": {"two-acts": within("invoice-drafted", TWO, ("crm-2", "crm-1"))},
    "complete": {
        "missing-part": lambda sound: "".join(
            block.text.partition(f'2026-01-17 custom "billing" "invoice-line" "{EIGHT}" 2')[0]
            if is_about(block, "invoice-drafted", EIGHT)
            else block.text
            for block in split_blocks(sound)
        ),
        "misspelt-key": within("invoice-drafted", NINE, ("bill-to-name:", "bill-to-nmae:")),
        "flag": lambda sound: sound.replace(
            '2026-01-20 * "Acme Pte. Ltd." "4 GIG', '2026-01-20 ! "Acme Pte. Ltd." "4 GIG'
        ),
        "price": within(
            "payment-verified", "PAY-3", ("100.00 SGD\n  Assets:SG:R", "100.00 SGD @ 1.00 SGD\n  Assets:SG:R")
        ),
    },
    "unknown-kind": {
        "misspelt": plus('2026-01-31 custom "billing" "invoice-drafteed" "SG-2026-00010"\n'),
        "transaction": plus(
            '2026-01-31 * "Refund"\n  event: "refunded"\n  operation: "01KEJT3G80ZZZZZZZZZZZZZZ00"\n  Equity:Elsewhere  1.00 SGD\n  Assets:SG:Bank:OCBC  -1.00 SGD\n'
        ),
    },
    "tool-accounts": {
        "by-hand": plus(
            '2026-01-31 * "Correction"\n  Assets:SG:Receivable:Acme  -63.50 SGD\n  Equity:Elsewhere  63.50 SGD\n'
        ),
    },
    "external-id-once": {
        "charged-twice": plus(
            f'2026-01-31 custom "billing" "payment-submitted" "PAY-99"\n{enveloped(1)}  source: "stripe/ch_1"\n'
            '  customer: "bolt"\n  seller: "sg"\n  method: "processor"\n  amount: 10.00 SGD\n  allocations: 0\n'
        ),
        "verified-with-anothers": within(
            "payment-verified", "PAY-8", ('  payment: "PAY-8"', '  source: "stripe/ch_1"\n  payment: "PAY-8"')
        ),
    },
    "applied-from-free": {
        "more-than-there-is": within("payment-allocated", "ALLOC-1", ("300.00 SGD", "550.00 SGD")),
        "made-twice": again("payment-allocated", "ALLOC-1"),
    },
    "taken-back-as-settled": {
        "more-than-it-settled": within("allocation-reversed", ELEVEN, ("100.00 SGD", "130.00 SGD")),
    },
    "refund-within": {
        "more-than-is-free": within("refund-requested", "REF-2", ("amount: 20.00 SGD", "amount: 60.00 SGD")),
        "without-a-reason": within("refund-requested", "REF-2", ('"paid too much"', '" "')),
    },
    "refund-settled-once": {
        "failed-after-it-succeeded": again("refund-failed", "REF-2", ('"REF-2"', '"REF-1"')),
    },
    "charged-back-within": {
        "more-than-was-paid": again(
            "payment-charged-back",
            "CB-1",
            ("CB-1", "CB-2"),
            ("stripe/dp_1", "stripe/dp_2"),
            ("PAY-7", "PAY-3"),
            (
                '  Assets:SG:Receivable:Bolt                          600.00 SGD\n    invoice: "SG-2026-00011"',
                '  Assets:SG:Receivable:Acme                          600.00 SGD\n    invoice: "SG-2026-00006"',
            ),
            (f"^{ELEVEN}", f"^{SIX}"),
        ),
    },
    "reversed-once": {"twice": again("chargeback-reversed", "CB-1")},
    "payout-once": {"twice": again("payout-received", "PO-1")},
    "payout-returned-once": {"twice": again("payout-returned", "PO-2")},
    "held-once": {"twice": again("processor-event-held", "stripe/re_8")},
    "fee-as-told": {
        "of-another-thing": within(
            "processor-fee-charged", "stripe/txn_1", ("Fee for stripe/txn_1", "Fee for stripe/txn_2")
        ),
    },
    "exchanged-once": {
        "twice": again("processor-exchanged", "paypal/4TX"),
        "of-another-thing": within("processor-exchanged", "paypal/4TX", ("Exchange paypal/4TX", "Exchange paypal/5TX")),
    },
    "fee-once": {"twice": again("processor-fee-charged", "stripe/txn_1")},
    "money-opened-once": {"twice": again("unapplied-opened", "OPEN-1")},
    "lots-opened-once": {
        "twice": again("lots-opened", "LOT-7"),
        "granted-later": within("lots-opened", "LOT-7", ("2025-11-03", "2026-01-29")),
        "another-fee-than-units": within("lots-opened", "LOT-8", ("  -4 GIG-FEE {3.00", "  -2 GIG-FEE {6.00")),
        "revenue-of-another": within("lots-opened", "LOT-7", ("Income:SG:Placement", "Income:MY:Placement")),
    },
    "credits-opened-once": {
        "twice": again("credits-opened", "WALLET-5"),
        "granted-later": within("credits-opened", "WALLET-5", ("2025-07-01", "2026-01-29")),
        "expired-before": within("credits-opened", "WALLET-6", ("2026-06-30T16", "2026-01-27T16")),
        "free-at-a-cost": within("credits-opened", "WALLET-5", ("Acme:Paid", "Acme:Free")),
        "another-label": within("credits-opened", "WALLET-5", ('"opening/WALLET-5"', '"opening/WALLET-9"')),
    },
    "sound-top-up-rule": {
        "says-not-when": plus(rule("RULE-9", "  units: 20\n")),
        "of-unknown-credits": plus(rule("RULE-9", '  units: 20\n  every: "week"\n', unit="CREDIT-API")),
        "sold-by-another-product": plus(rule("RULE-9", '  units: 20\n  below: 5\n  product: "consulting"\n')),
        "another-wallet": plus(rule("RULE-1", '  units: 20\n  every: "week"\n', customer="bolt")),
        "goes-on-after-its-end": both(
            plus(rule("RULE-9", '  units: 20\n  every: "week"\n  active-until: 2026-01-30\n', day="2026-01-29")),
            plus(rule("RULE-9", '  units: 20\n  every: "week"\n')),
        ),
    },
    "topped-up-once": {
        "twice": again("credit-granted", "GRANT-2", ("GRANT-2", "GRANT-9")),
        "no-day-of-it": within("credit-granted", "GRANT-2", ("RULE-1@2026-01-22", "RULE-1@2026-01-21")),
        "more-than-it-says": within("credit-granted", "GRANT-2", ("20 CREDIT-SGD", "30 CREDIT-SGD")),
        "sells-less-than-it-says": within("top-up-rule", "RULE-2", ("units: 50", "units: 60")),
    },
    "deferred-opened-once": {
        "twice": again("deferred-opened", "SUB-3"),
        "over-already": within(
            "deferred-opened",
            "SUB-3",
            ("period-start: 2025-08-01", "period-start: 2025-01-01"),
            ("period-end: 2026-07-31", "period-end: 2025-12-31"),
        ),
    },
    "credited-within": {
        "more-than-was-sold": both(
            within("credit-note-drafted", "CN-SG-2026-00002", ("quantity: 1", "quantity: 4")),
            without("credit-note-issued", "CN-SG-2026-00002"),
            without("invoice-written-off", "WO-1"),
            without("invoice-written-off", "WO-2"),
            without("write-off-reversed", "WO-2"),
        ),
    },
    "credit-notes-gapless": {
        "never-issued": both(
            without("credit-note-issued", "CN-SG-2026-00001"),
            without("credit-note-rendered", "CN-SG-2026-00001"),
        ),
        "a-gap": both(
            within("credit-note-drafted", "CN-SG-2026-00004", ("sequence: 4", "sequence: 5"), ("00004", "00005")),
            without("credit-note-issued", "CN-SG-2026-00004"),
        ),
    },
    "credited-in-full": {
        "income-instead-of-lots": within(
            "credit-note-issued",
            "CN-SG-2026-00001",
            (
                '  Liabilities:SG:Entitlements:Acme:Placement              1 PLACEMENT {90.00 SGD, 2026-01-16, "SG-2026-00003/1"}',
                "  Income:SG:Placement                                 90.00 SGD",
            ),
        ),
    },
    "credit-note-sealed": {
        "another-description": within(
            "credit-note-drafted", "CN-SG-2026-00001", ('"one was not needed"', '"two were not needed"')
        ),
    },
    "written-off-within": {
        "more-than-is-open": within("invoice-written-off", "WO-1", ("2.00 SGD", "902.00 SGD")),
    },
    "write-off-reversed-once": {"twice": again("write-off-reversed", "WO-2")},
    "opened-as-drafted": {"less-than-was-owed": within("invoice-opened", "OLD-7", ("75.00 SGD", "70.00 SGD"))},
    "closed-in-order": {
        "not-over-yet": plus(f'2026-01-31 custom "billing" "period-closed" 2026-02-28\n{enveloped(1)}'),
    },
    "reopened-for-reason": {
        "without-a-reason": within("period-reopened", "2026-01-08", ('"a receipt was missing"', '" "')),
    },
    "period-open": {
        "dated-into-a-closed-period": plus(
            f'2026-01-07 custom "billing" "payment-rejected" "PAY-5"\n{enveloped(1)}  reason: "not paid"\n'
        ),
    },
}
