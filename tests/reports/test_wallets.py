"""What wallets hold, at any moment: by the ledger alone, and by what had been recorded by then (W1, W7, W8, R5)."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.credits import top_up_by_invoice
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.reports.credit_statement import credit_statement, reference_type
from billing_beans.reports.deep import Control, Disagreement, compare
from billing_beans.reports.grants import Standing, expiring_before, standing_of
from billing_beans.reports.periods import Period
from billing_beans.reports.wallet_liability import wallet_liability
from billing_beans.reports.wallets import (
    Group,
    Units,
    added,
    at_moment,
    balance,
    balances_by,
    end_of,
    holding,
    now,
    wallets_of,
)

sys.path.append(str(Path(__file__).parent))

from histories import COMPONENTS, START, History, Step
from test_histories import changed
from wallet_histories import (
    POINTS,
    TOLD,
    UNIT,
    WALLET_STEPS,
    at_noon,
    credit_postings,
    expiries,
    pay,
    played_wallets,
    sums_of,
    top_up,
)

if TYPE_CHECKING:
    from billing_beans.books import Books
    from billing_beans.reports.wallets import Balance, Cut, Holding, WalletName

LATER = "2027-01-01T00:00:00Z"


def accounts_of(name: WalletName) -> tuple[str, str]:
    where = f"Liabilities:{COMPONENTS[name.seller]}:Credits:{COMPONENTS[name.customer]}"
    return f"{where}:Paid", f"{where}:Free"


def wallet(books: Books, customer: str = "acme", unit: str = UNIT) -> WalletName:
    (found,) = wallets_of(books, customer, unit=unit)
    return found


def shown(books: Books, cut: Cut, customer: str = "acme") -> Balance:
    return balance(books, holding(books, wallet(books, customer), cut))


def refolded(history: History, last: date) -> Books:
    """The books with nothing in them that is dated later."""
    books = history.begun()
    for fact in history.facts:
        if fact.date <= last:
            books.apply(fact)
    return books


def days_of(history: History) -> list[date]:
    return sorted({fact.date + timedelta(days=step) for fact in history.facts for step in (-1, 0, 1)})


@given(WALLET_STEPS)
@example(TOLD)
@settings(max_examples=40, deadline=None)
def test_at_every_moment_wallets_hold_what_the_ledger_says(steps: list[Step]) -> None:
    history = played_wallets(steps)
    entries = history.entries()
    moved, ends = credit_postings(entries), expiries(entries)
    turns = sorted({one.moment for one in moved} | {at for at in ends.values() if at < LATER})
    for name in wallets_of(history.books):
        for moment in sorted({shifted(turn, by) for turn in turns for by in (-1, 0)}):
            by_then = [one for one in moved if one.moment <= moment]
            unused = [one for one in by_then if ends.get(one.grant, LATER) > moment]
            found = balance(history.books, holding(history.books, name, at_moment(moment)))
            posted, usable = sums_of(by_then), sums_of(unused)
            assert found.posted == Units(*(posted[account, name.unit] for account in accounts_of(name)))
            assert found.available == Units(*(usable[account, name.unit] for account in accounts_of(name)))
            of_it = [one for one in by_then if one.account in accounts_of(name) and one.unit == name.unit]
            assert found.worth.number == sum(one.units * one.cost for one in of_it)


def shifted(moment: str, seconds: int) -> str:
    there = datetime.fromisoformat(moment) + timedelta(seconds=seconds)
    return there.strftime("%Y-%m-%dT%H:%M:%SZ")


@given(WALLET_STEPS)
@example(TOLD)
@settings(max_examples=25, deadline=None)
def test_a_wallet_of_a_past_day_is_as_if_nothing_had_happened_since(steps: list[Step]) -> None:
    # A payment may be verified on a day before it was submitted, so nothing is dated otherwise than it happened.
    history = played_wallets([replace(step, dated=None) for step in steps])
    for day in days_of(history):
        then = refolded(history, day)
        for name in wallets_of(history.books):
            cut = end_of(history.books, name, day)
            was = holding(history.books, name, cut)
            had = holding(then, name, now(cut.at))
            assert in_short(was) == in_short(had), day
            assert [balance(history.books, was), *balances_by(history.books, was, Group.EXPIRY)] == [
                balance(then, had),
                *balances_by(then, had, Group.EXPIRY),
            ]


def in_short(one: Holding) -> object:
    """What counts of a holding: lots by what they are, whatever came back to them meanwhile."""
    held = {(part.grant, part.paid, part.cost, part.terms): part.units for part in one.held}
    waiting = {part.grant: (part.units, part.terms) for part in one.waiting}
    return (held, waiting, one.credits, one.debits, one.breakage)


@given(WALLET_STEPS)
@example(TOLD)
@settings(max_examples=25, deadline=None)
def test_on_every_day_the_liability_of_all_wallets_equals_the_accounts(steps: list[Step]) -> None:
    history = played_wallets(steps)
    entries = history.entries()
    assert compare(history.books, entries).disagreements == ()
    moved = credit_postings(entries)
    for day in days_of(history):
        report = wallet_liability(history.books, day)
        by_then = sum((one.units * one.cost for one in moved if one.day <= day), start=Decimal(0))
        assert sum((one.balance for one in report.accounts), start=Decimal(0)) == by_then
        assert {one.account for one in report.accounts} <= {"Liabilities:SG:Credits"}
        assert sum(row.liability for row in report.rows) == by_then
        units = added(row.posted for row in report.rows)
        assert units.total == sum(one.units for one in moved if one.day <= day)


@given(WALLET_STEPS, st.sampled_from(Group), st.integers(0, 40))
@example(TOLD, Group.SCOPE, 30)
@settings(max_examples=40, deadline=None)
def test_the_parts_of_a_balance_add_up_to_it(steps: list[Step], group: Group, days: int) -> None:
    history = played_wallets(steps)
    for name in wallets_of(history.books):
        held = holding(history.books, name, end_of(history.books, name, START + timedelta(days=days)))
        whole, parts = balance(history.books, held), balances_by(history.books, held, group)
        assert len({one.group for one in parts}) == len(parts)
        for figure in ("posted", "pending", "expired", "available"):
            assert added(getattr(one, figure) for one in parts) == getattr(whole, figure)
        assert sum(one.worth.number for one in parts) == whole.worth.number
        assert sum(one.face.number for one in parts) == whole.face.number


@given(WALLET_STEPS, st.integers(0, 30))
@example(TOLD, 6)
@settings(max_examples=25, deadline=None)
def test_a_statement_goes_on_where_the_one_before_it_ended(steps: list[Step], days: int) -> None:
    history = played_wallets(steps)
    middle, last = START + timedelta(days=days), history.day + timedelta(days=40)
    for name in wallets_of(history.books):
        whole = credit_statement(history.books, name, Period(None, last))
        before = credit_statement(history.books, name, Period(None, middle))
        after = credit_statement(history.books, name, Period(middle + timedelta(days=1), last))
        assert (whole.opening, before.opening) == (0, 0)
        assert after.opening == before.closing == before.at_the_end.posted.total
        assert (*before.lines, *after.lines) == whole.lines
        assert after.closing == whole.closing == whole.at_the_end.posted.total


# A story, told with figures reckoned by hand


@pytest.fixture(scope="module")
def told() -> History:
    history = played_wallets(TOLD)
    assert len({fact.operation for fact in history.facts}) == len(TOLD), "something of it was refused"
    return history


def test_a_statement_tells_the_whole_story(told: History) -> None:
    found = credit_statement(told.books, wallet(told.books), Period(None, date(2026, 12, 31)))
    assert [
        (
            f"{line.day:%d}",
            str(line.kind),
            "paid" if line.paid else "free",
            line.grant,
            line.reference,
            line.identifier,
            f"{line.units.normalize():f}",
            f"{line.balance.normalize():f}",
        )
        for line in found.lines
    ] == [
        # 100 for 80.00 with 5 free ones; both until noon of the 25th.
        ("05", "grant", "paid", "GRANT-1", "payment/PAY-1", None, "100", "100"),
        ("05", "grant", "free", "GRANT-2", "grant/GRANT-1", None, "5", "105"),
        ("06", "grant", "free", "GRANT-3", "promo/spring", None, "50", "155"),
        ("08", "application", "paid", "GRANT-1", "invoice/SG-2026-00001", "APP-1", "-30", "125"),
        ("08", "grant", "paid", "GRANT-5", "payment/PAY-2", None, "3", "128"),
        ("10", "grant", "paid", "SG-2026-00002/1", "invoice/SG-2026-00002", None, "30", "158"),
        ("10", "grant", "free", "GRANT-6", "grant/SG-2026-00002/1", None, "3", "161"),
        ("11", "reversal", "paid", "GRANT-1", "invoice/SG-2026-00001", "APP-1", "10", "171"),
        ("12", "adjustment", "paid", "GRANT-1", "grant/GRANT-1", "ADJ-1", "-10", "161"),
        # What expired on the 12th is written off on the 17th, and on the day on which it expired.
        ("12", "adjustment", "paid", "GRANT-1", "grant/GRANT-1", "ADJ-2", "-4", "157"),
        ("12", "expiry", "free", "GRANT-3", "grant/GRANT-3", "GRANT-3", "-50", "107"),
        ("23", "discount", "free", "GRANT-2", "invoice/SG-2026-00003", "APP-2", "-3", "104"),
        ("25", "expiry", "paid", "GRANT-1", "grant/GRANT-1", "GRANT-1", "-66", "38"),
        ("25", "expiry", "free", "GRANT-2", "grant/GRANT-2", "GRANT-2", "-2", "36"),
        ("27", "credit-note", "paid", "SG-2026-00002/1", "credit-note/CN-SG-2026-00001", "CN-SG-2026-00001", "-10", "26"),
        ("27", "adjustment", "free", "GRANT-6", "grant/GRANT-6", "ADJ-3", "-1", "25"),
    ]  # fmt: skip
    assert {line.reference_type for line in found.lines} == {
        "payment", "grant", "external", "invoice", "credit-note"
    }  # fmt: skip


def test_units_of_one_grant_at_two_costs_are_one_line(told: History) -> None:
    # Three for 10.00 are one at 3.34 and two at 3.33.
    assert len([*told.books.credits.lots.range("grant", "GRANT-5")]) == 2
    (line,) = [
        one
        for one in credit_statement(told.books, wallet(told.books), Period(None, date(2026, 12, 31))).lines
        if one.grant == "GRANT-5"
    ]
    assert (line.units, line.worth) == (Decimal(3), Decimal("10.00"))


def test_what_waits_for_a_payment_is_pending_and_not_available(told: History) -> None:
    books, name = told.books, wallet(told.books)
    before = balance(books, holding(books, name, at_moment("2026-01-07T08:59:59Z")))
    asked = balance(books, holding(books, name, at_moment("2026-01-07T09:00:00Z")))
    came = balance(books, holding(books, name, at_moment("2026-01-08T05:00:00Z")))
    assert (before.pending, asked.pending, came.pending) == (Units(), Units(Decimal(3)), Units())
    assert asked.posted == before.posted == asked.available
    # On the 9th an invoice sells 30 with 3 free ones, which wait until it is paid.
    (part,) = balances_by(books, holding(books, name, end_of(books, name, date(2026, 1, 9))), Group.GRANT)[-1:]
    assert (part.group, part.pending, part.posted) == ("SG-2026-00002/1", Units(Decimal(30), Decimal(3)), Units())


def test_a_top_up_that_is_credited_while_it_waits_is_smaller_with_its_bonus_from_then_on() -> None:
    steps = [
        Step(0, top_up_by_invoice, top_up(30)),
        Step(2, credit_invoice, CreditInvoice("SG-2026-00001", "one less", (CreditLine(1, Decimal(1)),))),
        Step(2, pay, "SG-2026-00001"),
    ]
    books = played_wallets(steps).books

    def pending(day: int) -> Units:
        return shown(books, end_of(books, wallet(books), date(2026, 1, day))).pending

    assert [pending(day) for day in (4, 5, 7, 9)] == [
        Units(), Units(Decimal(30), Decimal(3)), Units(Decimal(20), Decimal(2)), Units()
    ]  # fmt: skip
    before = played_wallets(steps[:2]).books
    assert shown(before, now(LATER)).pending == Units(Decimal(20), Decimal(2))
    assert shown(books, now(LATER)).posted == Units(Decimal(20), Decimal(2))


def test_credits_expire_to_the_second_before_they_are_written_off(told: History) -> None:
    books, name = told.books, wallet(told.books)
    last = balance(books, holding(books, name, at_moment("2026-01-25T03:59:59Z")))
    first = balance(books, holding(books, name, at_moment(at_noon(25))))
    assert last.expired == Units()
    assert first.expired == Units(Decimal(66), Decimal(2))
    assert first.posted == last.posted
    assert first.available == Units(last.available.paid - 66, last.available.free - 2)
    # It is written off on that day, and so in its last second; what is left can be used at any time.
    end = shown(books, end_of(books, name, date(2026, 1, 25)))
    assert (end.posted, end.expired) == (Units(Decimal(33), Decimal(3)), Units())


def test_the_liability_counts_what_paid_credits_cost_and_what_of_them_lapsed(told: History) -> None:
    (row,) = [one for one in wallet_liability(told.books, date(2026, 1, 26)).rows if one.unit == UNIT]
    assert (row.seller, row.currency, row.wallets) == ("sg", "SGD", 2)
    # GRANT-5 for 10.00, and the 30 of the top-up for 27.00; of GRANT-1 nothing is left.
    assert (row.posted.paid, row.liability) == (Decimal(33), Decimal("37.00"))
    # 4 taken away for fraud, and 66 that expired, at 0.80.
    assert row.breakage == Decimal("56.00")
    assert (row.expired, row.expired_worth) == (Units(), 0)
    (before,) = [one for one in wallet_liability(told.books, date(2026, 1, 12)).rows if one.unit == UNIT]
    assert before.breakage == Decimal("3.20")


def test_kinds_of_credits_stand_apart_in_one_account(told: History) -> None:
    points = balance(told.books, holding(told.books, wallet(told.books, unit=POINTS), now(LATER)))
    assert (points.posted, points.face.number, points.worth.number) == (Units(free=Decimal(300)), Decimal("30.00"), 0)
    assert [(one.customer, one.unit) for one in wallets_of(told.books)] == [
        ("acme", POINTS), ("acme", UNIT), ("bolt", UNIT)
    ]  # fmt: skip


def test_a_balance_is_divided_by_what_credits_are_for_and_until_when(told: History) -> None:
    books = told.books
    bolt = holding(books, wallet(books, "bolt"), now(LATER))
    acme = holding(books, wallet(books), end_of(books, wallet(books), date(2026, 1, 11)))
    assert [one.group for one in balances_by(books, bolt, Group.SCOPE)] == ["subscription sub-1, meter api"]
    assert [one.group for one in balances_by(books, bolt, Group.SUBSCRIPTION)] == ["sub-1"]
    assert [(one.group, one.posted.total) for one in balances_by(books, acme, Group.EXPIRY)] == [
        (at_noon(12), Decimal(50)),
        (at_noon(25), Decimal(85)),
        ("2026-01-29T16:00:00Z", Decimal(33)),
        ("never", Decimal(3)),
    ]


def test_grants_stand_where_their_units_are(told: History) -> None:
    grants = {one.grant: one for one in told.books.credits.grants.all()}
    noon = "2026-01-27T04:00:00Z"
    assert {name: standing_of(one, noon) for name, one in grants.items()} == {
        "GRANT-1": Standing.EXPIRED,
        "GRANT-2": Standing.EXPIRED,
        "GRANT-3": Standing.EXPIRED,
        "GRANT-4": Standing.OPEN,
        "GRANT-5": Standing.OPEN,
        "GRANT-6": Standing.OPEN,
        "GRANT-7": Standing.OPEN,
        "SG-2026-00002/1": Standing.OPEN,
    }
    assert standing_of(grants["GRANT-6"], "2026-01-29T16:00:00Z") == Standing.EXPIRED
    soon = [one.grant for one in expiring_before(told.books, date(2026, 1, 30))]
    assert soon == ["GRANT-6", "SG-2026-00002/1"]
    assert [*expiring_before(told.books, date(2026, 1, 29))] == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [("invoice/SG-1", "invoice"), ("payment/PAY-1", "payment"), ("promo/x", "external"), (None, "none")],
)
def test_a_movement_says_what_kind_of_thing_it_refers_to(reference: str | None, expected: str) -> None:
    assert reference_type(reference) == expected


def test_now_is_answered_from_what_is_open_alone(told: History, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_read(*_words: object) -> object:
        pytest.fail("the past was read")

    books = refolded(told, told.day)
    for table in (books.credits.entries, books.credits.uses, books.credits.applications):
        for verb in ("all", "range", "since"):
            monkeypatch.setattr(table, verb, not_read)
    monkeypatch.setattr(books.credits.grants, "all", not_read)
    for name in wallets_of(books, "acme"):
        held = holding(books, name, now(LATER))
        assert balance(books, held).posted.total == held.credits - held.debits


def test_the_walk_over_all_days_sees_credits_and_what_they_cost(told: History) -> None:
    paid = "Liabilities:SG:Credits:Acme:Paid"
    found = compare(told.books, changed(told.entries(), paid, "-1")).disagreements
    assert found[:2] == (
        Disagreement(Control("credits", "SG", paid, UNIT), START, Decimal(-100), Decimal(-101)),
        Disagreement(Control("wallet liability", "SG", paid, "SGD"), START, Decimal("-80.00"), Decimal("-80.80")),
    )
    # The wallet's own sum, all wallets together, and the lots beside Beancount's own balances.
    assert [(one.control.report, one.control.who, one.control.currency) for one in found[2:]] == [
        ("credits", paid, UNIT),
        ("wallet liability", "Liabilities:SG:Credits", "SGD"),
        ("credits", paid, f"{UNIT} {{0.80 SGD}}"),
    ]
