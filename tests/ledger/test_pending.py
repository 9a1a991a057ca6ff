"""The digest of what waits for review: the same for the same content, whatever ids, times and numbers it was given (U4)."""

from __future__ import annotations

import pytest

from billing_beans.ledger.pending import content_of

DRAFT = """\
2026-02-06 custom "billing" "invoice-drafted" "{first}"
  id: "{id}"
  at: "{at}"
  series: "2026"
  sequence: {sequence}
  customer: "acme"
  total: 7.00 SGD
2026-02-06 custom "billing" "invoice-line" "{first}" 7
  quantity: 7
  description: "Seats of 7, less {old}"

2026-02-06 ! "Acme" "Invoice {first}" ^{first}
  event: "credit-applied"
  id: "{id}"
  actor: "sarah"
  application: "{application}"
  invoice: "{first}"
  Liabilities:SG:Credits:Acme:Paid                       7 CREDIT {{1.00 SGD, 2026-01-01, "{old}/1"}}
  Assets:SG:Receivable:Acme                          -7.00 SGD
    invoice: "{first}"
"""


def said(first: str = "SG-2026-00001", application: str = "APP-1", old: str = "SG-2025-00007", **more: object) -> str:
    values = {"id": "01", "at": "2026-02-06T02:00:00Z", "sequence": 1, **more}
    return content_of(DRAFT.format(first=first, application=application, old=old, **values))


def test_ids_times_and_numbers_that_are_drawn_make_no_difference() -> None:
    assert said() == said("SG-2026-00042", "APP-9", id="02", at="2026-02-07T02:00:00Z", sequence=42)


@pytest.mark.parametrize("number", ["7", "1", "00007", "7/SG", "2026/0007"])
def test_numbers_of_any_form_are_told_from_amounts_and_quantities(number: str) -> None:
    assert said(number) == said()
    assert said(number) == said("8" if number == "7" else number + "9")


def test_what_was_drawn_before_is_not_what_is_drawn_now() -> None:
    assert said(old="SG-2026-00002") != said(old="SG-2026-00003")
    assert said("SG-2026-00002", old="SG-2026-00009") == said("SG-2026-00003", old="SG-2026-00009")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7.00 SGD\n2026", "8.00 SGD\n2026"),
        ('customer: "acme"', 'customer: "bolt"'),
        ("quantity: 7", "quantity: 8"),
        ("2026-02-06 !", "2026-02-07 !"),
        ("  Assets:", "  ; Assets:"),
        ("Seats", "Seats;"),
    ],
)
def test_any_other_difference_is_one(old: str, new: str) -> None:
    assert old in DRAFT
    changed = DRAFT.replace(old, new, 1)
    values = {"first": "SG-1", "application": "APP-1", "old": "SG-0", "id": "1", "at": "", "sequence": 1}
    assert content_of(changed.format(**values)) != content_of(DRAFT.format(**values))


def test_comments_at_the_beginning_of_lines_and_empty_lines_make_none() -> None:
    text = DRAFT.format(first="SG-1", application="APP-1", old="SG-0", id="1", at="", sequence=1)
    assert content_of(f";; mine\n\n{text}\n; and mine\n") == content_of(text)
