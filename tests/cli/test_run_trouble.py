"""Billing where something is not as it should be: damaged texts, files that were edited, dates that can't be; and what is said then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from run_shell import subscribe, with_plans

if TYPE_CHECKING:
    from conftest import Shell

DAMAGES = {
    "amount": ("  unit-price: 10.00 SGD", "  unit-price: 11.00 SGD"),
    "line": ('  description: "Seats"', '  descripshun: "Seats"'),
    "head": ("  sequence: ", "  sequenze: "),
}
"""What was done to the text: a line that no longer is what was sealed, a line that can't be read, a head that can't."""


@pytest.fixture
def billed(shell: Shell) -> Shell:
    """One subscription, billed for its first month; and an invoice of somebody else."""
    subscribe(with_plans(shell), "bolt", 3)
    shell.done("subscription", "bill", "SUB-1")
    shell.done("invoice", "draft", "acme", "placement-credit", "1")
    return shell


@pytest.mark.parametrize("damage", sorted(DAMAGES))
@pytest.mark.parametrize("words", [("subscription", "bill", "SUB-1"), ("run", "start")], ids=["bill", "run"])
def test_what_a_damaged_invoice_bills_is_not_billed_again(billed: Shell, damage: str, words: tuple[str, ...]) -> None:
    month = next(
        path for path in sorted(billed.root.glob("journal/*/*.beancount")) if DAMAGES[damage][0] in path.read_text()
    )
    old, new = DAMAGES[damage]
    text = month.read_text()
    month.write_text(text.replace(old, new, 1))
    said = billed.refused(*words, status=3)
    assert re.search(r"There is a problem in the books with .*SUB-1\.\n", said)
    assert "bolt" not in said
    assert "billing-beans check" in said


def test_a_run_whose_file_was_edited_is_shown_with_a_warning_and_not_offered_for_posting(shell: Shell) -> None:
    subscribe(with_plans(shell), "bolt", 3)
    shell.done("run", "start")
    assert shell.done("run", "show", "RUN-1", "--json").json["result"]["as-reckoned"] is True
    file = shell.root / "pending/RUN-1.beancount"
    file.write_text(file.read_text().replace("10.00 SGD", "9.00 SGD"))
    said = shell.done("run", "show", "RUN-1")
    assert "pending/RUN-1.beancount is not what was reckoned" in said.err
    assert "run post" not in said.out
    assert "Next: billing-beans run redo RUN-1" in said.out
    assert shell.done("run", "show", "RUN-1", "--json").json["result"]["as-reckoned"] is False
    file.unlink()
    said = shell.done("run", "show", "RUN-1")
    assert "can't be read" in said.err
    assert "run post" not in said.out


@pytest.mark.parametrize("words", [("run", "start"), ("subscription", "bill", "SUB-1")], ids=["run", "bill"])
def test_what_is_due_later_is_not_billed_with_an_earlier_date(shell: Shell, words: tuple[str, ...]) -> None:
    subscribe(with_plans(shell), "bolt", 3)
    assert "give 2999-01-01 or a later day with --date" in shell.refused(*words, "--until", "2999-01-01")
    refused = shell.refused(*words, "--until", "2026-01-16", "--date", "2026-01-15")
    assert "can't be billed on 2026-01-15" in refused
    shell.done(*words, "--until", "2026-02-05", "--date", "2026-02-05")


def test_a_run_says_what_is_taken_back_in_words_and_to_programs(shell: Shell) -> None:
    subscribe(with_plans(shell), "bolt", 3)
    shell.done("subscription", "bill", "SUB-1")
    shell.done("subscription", "quantity", "SUB-1", "1", "--from", "2026-01-10")
    shell.done("run", "start")
    assert "x Seats  2026-01-10 to 2026-02-04 (26 of 31 days)" in shell.done("run", "show", "RUN-1").out
    documents = shell.done("run", "show", "RUN-1", "--json").json["result"]["documents"]
    note, invoice = documents
    (line,) = note["lines"]
    assert (line["description"], line["amount"], line["period-start"]) == ("Seats", "25.16 SGD", "2026-01-10")
    (charged,) = invoice["lines"]
    assert (charged["prorated-from"], charged["prorated-until"], charged["prorated-of"]) == (5, 31, 31)


def test_what_will_be_taken_back_is_billed_next(shell: Shell) -> None:
    subscribe(with_plans(shell), "bolt", 3)
    shell.done("subscription", "bill", "SUB-1")
    shell.done("subscription", "cancel", "SUB-1", "--from", "2026-01-20")
    assert "next billing  2026-01-20" in shell.done("subscription", "show", "SUB-1").out


def test_what_was_credited_by_hand_is_for_the_days_of_its_line(shell: Shell) -> None:
    subscribe(with_plans(shell), "bolt", 3)
    shell.done("subscription", "bill", "SUB-1")
    shell.done("invoice", "credit", "SG-2026-00001", "--line", "1=1", "--reason", "goodwill")
    said = shell.done("subscription", "show", "SUB-1").out
    assert "once" not in said


def test_what_changes_while_a_run_waits_leads_to_reckoning_anew(shell: Shell) -> None:
    subscribe(with_plans(shell), "bolt", 3)
    shell.done("run", "start")
    said = shell.done("subscription", "quantity", "SUB-1", "1").out
    assert "to 1 x team from" in said
    assert "Next: billing-beans run redo RUN-1" in said
    shell.done("run", "redo", "RUN-1")
    assert "Posted RUN-1, dated" in shell.done("run", "post", "RUN-1").out


def test_renewing_says_what_the_end_is_held_against(shell: Shell) -> None:
    subscribe(with_plans(shell), "bolt", 3)
    assert "before today" in shell.refused("subscription", "renew", "SUB-1", "--until", "2026-01-01", status=2)
    shell.done("subscription", "cancel", "SUB-1", "--at-period-end")
    words = shell.refused("subscription", "renew", "SUB-1", "--until", "2026-01-20", status=2)
    assert "its last day is 2026-02-04" in words


def test_programs_are_told_what_is_due_as_people_are(shell: Shell) -> None:
    with_plans(shell)
    due = shell.done("subscription", "start", "bolt", "team", "3", "--json").json["result"]["due"]
    assert due["totals"]["SGD"]["subtotal"] == "55.00 SGD"
    assert shell.done("subscription", "start", "bolt", "team", "--bill", "--json").json["result"]["due"] is None
