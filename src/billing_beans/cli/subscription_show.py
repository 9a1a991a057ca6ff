"""`billing-beans subscription show` (U3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import click

from billing_beans.acts.foreseeing import Foreseeing, Foreseen
from billing_beans.books import Books
from billing_beans.cli.arguments import completes
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.credit_words import number
from billing_beans.cli.invoice_words import one_line
from billing_beans.cli.invoice_words import status_words as invoice_status
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.plan_words import EVERY
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.subscription_list import Row, next_words, point_on, row_of, status_words
from billing_beans.cli.subscription_options import every
from billing_beans.cli.subscription_words import (
    STAGES,
    ends_words,
    foreseen_result,
    foreseen_words,
    last_words,
    line_days_words,
    note_days_words,
    point_words,
    subscription_result,
    what_words,
)
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import Every
from billing_beans.core.money import Money
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.operations import draft_named
from billing_beans.invoicing.status import Status
from billing_beans.subscriptions.history import Happened
from billing_beans.subscriptions.operations import subscription_named
from billing_beans.subscriptions.phases import Phases
from billing_beans.subscriptions.records import Point, Subscription
from billing_beans.subscriptions.standing import Standing, life_of, period_on


class BilledRow(NamedTuple):
    """A line of an invoice for a subscription, or of a credit note, below zero. `period_end` is the day after its last."""

    document: str
    status: str
    dated: date
    what: str
    charge: str
    days: str
    quantity: Decimal | None
    amount: Money
    period_start: date | None
    period_end: date | None


@click.command()
@click.argument("subscription", type=NAME, shell_complete=completes(every))
@global_options
@click.pass_context
def show(ctx: click.Context, subscription: str) -> None:
    """One subscription: who, what, its phases, what happened to it and who said so, what was billed, and what comes next.

    How it stands is said for today, or for --date; what would be billed is reckoned on the books as they are, and nothing is written.

    \b
    Examples:
      billing-beans subscription show SUB-1
      billing-beans subscription show SUB-1 --date 2026-12-31
      billing-beans subscription show SUB-1 --json
    """
    session = session_of(ctx)
    books, day = session.reading.books, day_shown(session)
    one = subscription_named(books, subscription)
    row = row_of(books, one, day, point_on(session, books, one, day))
    history = [*books.subscription_history.happened.range("subscription", subscription)]
    billed = sorted(_billed(books, one), key=lambda each: (each.period_start or each.dated, each.dated))
    coming = _Coming(session, books, one, row, day)
    period = _period(books, one, row, day)
    result = {
        "subscription": subscription_result(books, one),
        "standing": row,
        "period": {"start": period[0], "end": period[1]} if period is not None else None,
        "history": history,
        "billed": billed,
        **coming.result(),
    }
    parts = [
        _head(books, one, row, period, day),
        _phase_table(books, one, life_of(books, one)),
        _history_table(books, one, history),
        _billed_table(billed),
        *coming.words(),
    ]
    session.answer(result, "\n\n".join(part for part in parts if part))


def _period(books: Books, one: Subscription, row: Row, day: date) -> tuple[date, date] | None:
    """The period in which the day lies, while there is one."""
    return None if row.status in (Standing.TO_COME, Standing.TRIAL, Standing.ENDED) else period_on(books, one, day)


def _head(books: Books, one: Subscription, row: Row, period: tuple[date, date] | None, day: date) -> str:
    name = one_line(books.catalog.name_of(one.customer, max(day, one.started)))
    rows = [
        ("customer", f"{name} ({one.customer})"),
        ("billed by", f"{one.seller}, in {one.currency}"),
        ("plan", f"{what_words(row.plan, row.quantity)}, {EVERY[Every(row.every)]}"),
        ("status", status_words(row.status)),
        ("begins", point_words(books, one, one.start)),
        ("free until", last_words(books, one, Point(one.trial_until)) if one.trial_until else None),
        ("last day", ends_words(books, one)),
        ("period", _period_words(period, day) if period is not None else None),
        ("next billing", next_words(row) or "nothing more, as it is"),
    ]
    return table([one.subscription, f"on {day}"], [each for each in rows if each[1] is not None])


def _period_words(period: tuple[date, date], day: date) -> str:
    start, end = period
    return f"{start} to {last_day(end)}, day {(day - start).days + 1} of {(end - start).days}"


def last_day(end: date) -> date:
    return date.fromordinal(end.toordinal() - 1)


def _phase_table(books: Books, one: Subscription, phases: Phases) -> str:
    if len(phases) == 1:
        return ""
    rows = [
        (
            point_words(books, one, each.start),
            last_words(books, one, each.end) if each.end is not None else "",
            STAGES[each.stage],
            what_words(each.plan, each.quantity),
            EVERY[each.every],
        )
        for each in phases
    ]
    return table(["from", "until", "it is", "with", "charged"], rows)


def _history_table(books: Books, one: Subscription, history: Iterable[Happened]) -> str:
    rows = [
        (
            each.date,
            _happened_words(each),
            point_words(books, one, Point(each.since, each.since_at)) if each.since else "",
            f"{each.actor}, {each.at}",
        )
        for each in history
    ]
    return table(["dated", "what happened", "counts from", "recorded by"], rows)


def _happened_words(each: Happened) -> str:
    words = each.what
    if each.quantity is not None:
        words += f" {'to' if each.what == 'changed' else 'with'} {what_words(each.plan, each.quantity)}"
    if each.ends is not None:
        words += f" until {last_day(each.ends)}"
    return f"{words}: {one_line(each.reason)}" if each.reason else words


def _billed(books: Books, one: Subscription) -> Iterator[BilledRow]:
    """Each line for a subscription of an invoice, and of the credit notes of that."""
    for head in books.invoices.heads.range("customer", one.customer):
        draft = draft_named(books, head.number)
        if any(line.subscription == one.subscription for line in draft.lines):
            yield from _of_invoice(one, draft, head.status)
            yield from _of_credit_notes(books, one, draft)


def _of_invoice(one: Subscription, draft: InvoiceDrafted, status: Status) -> Iterator[BilledRow]:
    for line in draft.lines:
        if line.subscription == one.subscription:
            yield BilledRow(
                draft.invoice,
                invoice_status(status),
                draft.date,
                one_line(line.description),
                line.charge or "",
                line_days_words(line),
                line.quantity,
                line.amount,
                line.period_start,
                line.period_end,
            )


def _of_credit_notes(books: Books, one: Subscription, draft: InvoiceDrafted) -> Iterator[BilledRow]:
    for note in books.invoices.credit_notes.range("invoice", draft.invoice):
        drafted = books.invoices.credit_note_drafts.get(note.number)
        for line in drafted.lines if drafted is not None else ():
            billed = draft.lines[line.line - 1]
            if drafted is not None and billed.subscription == one.subscription:
                yield BilledRow(
                    note.number,
                    f"credit of {draft.invoice}",
                    drafted.date,
                    one_line(line.description),
                    billed.charge or "",
                    note_days_words(books, drafted, line) or line_days_words(billed),
                    None,
                    Money(-line.amount.number, line.amount.currency),
                    line.period_start or billed.period_start,
                    line.period_end or billed.period_end,
                )


def _billed_table(billed: list[BilledRow]) -> str:
    if not billed:
        return "Nothing of it was billed yet."
    rows = [
        (
            each.days or "once",
            each.what,
            number(each.quantity) if each.quantity is not None else "",
            f"{each.amount.number:f}",
            each.document,
            each.status,
        )
        for each in billed
    ]
    net = sum((each.amount.number for each in billed if each.status != "void"), start=Decimal(0))
    head = table(["billed for", "what", "quantity>", f"{billed[0].amount.currency}>", "document", "is"], rows)
    return f"{head}\nIn all {net:f} {billed[0].amount.currency}, before tax."


class _Coming:
    """What would be billed now, and what comes next."""

    def __init__(self, session: Session, books: Books, one: Subscription, row: Row, day: date) -> None:
        self._foreseeing = Foreseeing(books, one.subscription, session.clock.now())
        self._run = row.run
        self._now: Foreseen | None = None
        self._next: Foreseen | None = None
        if row.run is None and row.due:
            self._now = self._foreseeing.on(day)
        self._words = foreseen_words(self._foreseeing, self._now, f"To be billed on {day}", "") if self._now else []
        if row.run is None and row.next_billing is not None and (self._now is None or self._now.refused is None):
            self._next = self._foreseeing.on(row.next_billing)

    def result(self) -> dict[str, Any]:
        said = {"due": self._now, "next": self._next}
        return {name: foreseen_result(found) if found else None for name, found in said.items()}

    def words(self) -> Iterator[str]:
        if self._words:
            yield "\n".join(self._words)
        if self._next is not None:
            day = self._next.day
            yield "\n".join(foreseen_words(self._foreseeing, self._next, f"On {day} follows", f"Nothing on {day}."))
