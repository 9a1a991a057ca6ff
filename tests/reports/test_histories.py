"""Whatever happened in whatever order: reports equal the ledger on every day, by Beancount's own entries (R5)."""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from beancount.core.data import Posting, Transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing_beans.reports.aging import aging
from billing_beans.reports.deep import Control, Disagreement, compare
from billing_beans.reports.periods import Period
from billing_beans.reports.statement import statements
from billing_beans.reports.tax import tax_report

sys.path.append(str(Path(__file__).parent))

from histories import COMPONENTS, MOVED, SOLD, START, STEPS, Step, played

if TYPE_CHECKING:
    from beancount.core.data import Directive


def balances(entries: list[Directive], until: date) -> dict[tuple[str, str], Decimal]:
    """What stands on each account at the end of a day, in units, by what is no fact as well."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, Transaction) and entry.date <= until:
            for posting in entry.postings:
                assert posting.units is not None
                assert posting.units.number is not None
                found[posting.account, posting.units.currency] += posting.units.number
    return found


def days_of(entries: list[Directive]) -> list[date]:
    """Every day on which anything happened, and the days beside them."""
    days = {one.date for one in entries if isinstance(one, Transaction)}
    return sorted({day + timedelta(days=step) for day in days for step in (-1, 0, 1)})


def nonzero(balances: dict[tuple[str, str], Decimal], part: str) -> dict[tuple[str, str], Decimal]:
    return {key: number for key, number in balances.items() if f":{part}" in key[0] and number}


@given(STEPS)
@example(MOVED)
@settings(max_examples=60, deadline=None)
def test_on_every_day_reports_equal_the_accounts(steps: list[Step]) -> None:
    history = played(steps)
    books, entries = history.books, history.entries()
    for day in days_of(entries):
        at = balances(entries, day)
        reported: dict[tuple[str, str], Decimal] = {}
        for row in aging(books, day).rows:
            where = f"{COMPONENTS[row.seller]}:{{}}:{COMPONENTS[row.customer]}"
            reported["Assets:" + where.format("Receivable"), row.currency] = row.open
            reported["Liabilities:" + where.format("Unapplied"), row.currency] = -row.unapplied
        assert nonzero(reported, "Receivable") == nonzero(at, "Receivable")
        assert nonzero(reported, "Unapplied") == nonzero(at, "Unapplied")
        for customer in ("acme", "bolt"):
            for one in statements(books, customer, Period(None, day)):
                owner = (COMPONENTS[one.seller], COMPONENTS[customer])
                owed = at["Assets:{}:Receivable:{}".format(*owner), one.currency]
                paid = at["Liabilities:{}:Unapplied:{}".format(*owner), one.currency]
                assert one.closing == owed + paid
                assert one.closing == (one.aging.balance if one.aging else 0)


@given(STEPS, st.integers(0, 40), st.integers(0, 40))
@example(MOVED, 0, 40)
@settings(max_examples=40, deadline=None)
def test_the_tax_of_a_period_is_what_facts_moved_in_it(steps: list[Step], first: int, length: int) -> None:
    history = played(steps)
    period = Period(START + timedelta(days=first), START + timedelta(days=first + length))
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in history.entries():
        if isinstance(entry, Transaction) and "event" in entry.meta and period.has(entry.date):
            for posting in entry.postings:
                if ":Tax:" in posting.account:
                    moved[posting.account, posting.units.currency] -= posting.units.number  # type: ignore[union-attr,operator]
    report = tax_report(history.books, period)
    assert {(one.account, one.currency): one.facts for one in report.accounts if one.facts} == nonzero(moved, "Tax")
    assert sum(one.tax for one in report.sums) == sum(one.tax for one in report.rows)


@given(STEPS)
@example(MOVED)
@settings(max_examples=30, deadline=None)
def test_a_statement_goes_on_where_the_one_before_it_ended(steps: list[Step]) -> None:
    history = played(steps)
    last = history.day + timedelta(days=90)
    for customer in ("acme", "bolt"):
        whole = {(one.seller, one.currency): one for one in statements(history.books, customer, Period(None, last))}
        middle = START + timedelta(days=15)
        before = {(one.seller, one.currency): one for one in statements(history.books, customer, Period(None, middle))}
        after = statements(history.books, customer, Period(middle + timedelta(days=1), last))
        for one in after:
            key = (one.seller, one.currency)
            earlier = before.get(key)
            assert one.opening == (earlier.closing if earlier else 0)
            assert (*(earlier.lines if earlier else ()), *one.lines) == whole[key].lines


@given(STEPS)
@example(MOVED)
@settings(max_examples=40, deadline=None)
def test_the_walk_over_all_days_finds_nothing_apart(steps: list[Step]) -> None:
    history = played(steps)
    assert compare(history.books, history.entries()).disagreements == ()


def changed(entries: list[Directive], account: str, by: str) -> list[Directive]:
    """The entries with another amount in the first posting on an account; Beancount's balances go with it."""
    done = False

    def swapped(posting: Posting) -> Posting:
        nonlocal done
        if done or posting.account != account:
            return posting
        done = True
        assert posting.units is not None
        assert posting.units.number is not None
        return posting._replace(units=posting.units._replace(number=posting.units.number + Decimal(by)))

    found = [
        one._replace(postings=[*map(swapped, one.postings)]) if isinstance(one, Transaction) else one for one in entries
    ]
    assert done
    return found


def test_the_walk_names_the_day_on_which_a_figure_parts_from_the_ledger() -> None:
    history = played(SOLD)
    entries = changed(history.entries(), "Assets:SG:Receivable:Acme", "0.01")
    found = compare(history.books, entries).disagreements
    assert found[:2] == (
        Disagreement(Control("aging", "SG", "Acme", "SGD"), START, Decimal("72.66"), Decimal("72.67")),
        Disagreement(Control("statement", "SG", "Acme", "SGD"), START, Decimal("72.66"), Decimal("72.67")),
    )
    # The two figures stay as far apart, which is not said again; the last of all is Beancount's own balance.
    assert [one.control for one in found[2:]] == [Control("aging", "SG", "Assets:SG:Receivable:Acme", "SGD")]


def test_the_walk_sees_tax_and_lots_as_well() -> None:
    history = played(SOLD)
    entries = changed(history.entries(), "Liabilities:SG:Tax:GST", "-1")
    assert {one.control.report for one in compare(history.books, entries).disagreements} == {"tax"}
    entries = changed(history.entries(), "Liabilities:SG:Entitlements:Acme:Placement", "1")
    (found,) = compare(history.books, entries).disagreements
    assert found.control == Control(
        "entitlements", "SG", "Liabilities:SG:Entitlements:Acme:Placement", "PLACEMENT {90.00 SGD}"
    )
    assert (found.reported, found.ledger) == (Decimal(-1), Decimal(0))
