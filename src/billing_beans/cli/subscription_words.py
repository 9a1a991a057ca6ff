"""Words about subscriptions: a phase, a period, what is billed of one and what would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing_beans.acts.foreseeing import Foreseeing, Foreseen
from billing_beans.books import Books
from billing_beans.cli.credit_words import number
from billing_beans.cli.invoice_words import days_words, one_line
from billing_beans.cli.output import table
from billing_beans.cli.run_bills import Bill, bills_of, bills_result
from billing_beans.core.calendar import parse_moment
from billing_beans.core.facts import Fact
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteLine, InvoiceLine
from billing_beans.invoicing.lines import part_of
from billing_beans.invoicing.operations import entity_of
from billing_beans.subscriptions.records import Point, Stage, Subscription
from billing_beans.subscriptions.standing import life_of
from billing_beans.subscriptions.taken_back import part_taken_back

_ONE_DAY = timedelta(days=1)
STAGES = {Stage.TRIAL: "on trial", Stage.ACTIVE: "active", Stage.PAUSED: "paused"}


def point_words(books: Books, one: Subscription, point: Point) -> str:
    """A day, or a moment of it on the clocks of the seller: `2026-07-01 14:30`."""
    if not point.at:
        return f"{point.day}"
    from zoneinfo import ZoneInfo

    zone = entity_of(books, one.seller, date.max).time_zone
    local = parse_moment(point.at).astimezone(ZoneInfo(zone))
    return f"{point.day} {local:%H:%M}" if not local.second else f"{point.day} {local:%H:%M:%S}"


def last_words(books: Books, one: Subscription, end: Point) -> str:
    """The last day before a point, or the moment at which it is over."""
    return point_words(books, one, end) if end.at else f"{end.day - _ONE_DAY}"


def what_words(plan: str, quantity: Decimal) -> str:
    """What is subscribed to: `team`, `5 x team`."""
    return plan if quantity == 1 else f"{number(quantity)} x {plan}"


def ends_words(books: Books, one: Subscription) -> str | None:
    """Its last day, and why; None where it has none."""
    if one.ends is None:
        return None
    why = f", cancelled on {one.cancelled}" if one.cancelled is not None else ""
    reason = f": {one_line(one.reason)}" if one.reason else ""
    return f"{last_words(books, one, one.ends)}{why}{reason}"


def subscription_result(books: Books, one: Subscription) -> dict[str, Any]:
    """A subscription for programs. `ends` is the first day that is no longer covered, as `end` is of a phase."""
    return {
        "subscription": one.subscription,
        "customer": one.customer,
        "seller": one.seller,
        "currency": one.currency,
        "started": one.started,
        "start": one.start.day,
        "trial-until": one.trial_until,
        "ends": one.ends.day if one.ends is not None else None,
        "cancelled": one.cancelled,
        "reason": one.reason,
        "phases": [
            {
                **_point_result("start", phase.start),
                **(_point_result("end", phase.end) if phase.end is not None else {}),
                "stage": phase.stage,
                "plan": phase.plan,
                "quantity": phase.quantity,
                "every": phase.every,
                "anchor": phase.anchor,
            }
            for phase in life_of(books, one)
        ],
    }


def _point_result(name: str, point: Point) -> dict[str, Any]:
    return {name: point.day, **({f"{name}-at": point.at} if point.at else {})}


# --- Bills -----------------------------------------------------------------------------------------------------------


def billed_words(books: Books, facts: Iterable[Fact]) -> list[str]:
    """The invoices and credit notes among facts, with their lines; none where there are none."""
    bills = bills_of(facts)
    return [line for one in bills.customers for line in _customer_lines(books, [*one.credit_notes], one.invoices)]


def _customer_lines(books: Books, notes: list[CreditNoteDrafted], invoices: dict[str, Bill]) -> Iterator[str]:
    rows = []
    for note in notes:
        rows.append((f"  {note.credit_note}", f"credit note of {note.invoice}", "", "", f"-{note.total.number:f}"))
        rows += [
            ("", f"{one_line(line.description)}", note_days_words(books, note, line), "", f"-{line.amount.number:f}")
            for line in note.lines
        ]
        rows += [("", "tax", "", "", f"-{note.tax.number:f}")] if note.tax.number else []
    for name, bill in invoices.items():
        owed = f", {bill.owed.number:f} to pay" if bill.owed != bill.draft.total else ""
        rows.append((f"  {name}", f"due {bill.draft.due}{owed}", "", "", f"{bill.draft.total.number:f}"))
        rows += [
            ("", one_line(line.description), line_days_words(line), f"{line.quantity:f}", f"{line.amount.number:f}")
            for line in bill.draft.lines
        ]
        rows += [("", "tax", "", "", f"{bill.draft.tax.number:f}")] if bill.draft.tax.number else []
    if rows:
        yield table(["  document", "what", "for", "quantity>", f"{_currency(notes, invoices)}>"], rows)


def _currency(notes: list[CreditNoteDrafted], invoices: dict[str, Bill]) -> str:
    totals = [*(note.total for note in notes), *(bill.draft.total for bill in invoices.values())]
    return totals[0].currency


def line_days_words(line: InvoiceLine) -> str:
    """The days that a line charges; empty where it charges none."""
    if line.period_start is None or line.period_end is None:
        return ""
    return days_words(line.period_start, line.period_end, part_of(line), line.prorated_by)


def note_days_words(books: Books, note: CreditNoteDrafted, line: CreditNoteLine) -> str:
    """The days that a line of a credit note takes back, and how many of the period they are; empty where it says none."""
    if line.period_start is None or line.period_end is None:
        return ""
    return days_words(line.period_start, line.period_end, part_taken_back(books, note, line))


# --- What would be billed --------------------------------------------------------------------------------------------


def foreseen_words(foreseeing: Foreseeing, found: Foreseen, head: str, nothing: str) -> list[str]:
    """What would be billed, with a head; or why it can't be."""
    if found.refused is not None:
        instead = f"\n  Instead: {found.refused.instead}" if found.refused.instead else ""
        return [f"It can't be billed on {found.day}: {found.refused.what}{instead}"]
    said = billed_words(foreseeing.books, found.facts)
    return [f"{head}: {sums_words(found.facts)}", *said] if said else [nothing]


def sums_words(facts: Iterable[Fact]) -> str:
    """What is charged and what is credited, in a few words: `22.89 SGD charged, 16.35 SGD credited`."""
    words = []
    for currency, of in bills_of(facts).sums.items():
        words += [f"{of.total:f} {currency} charged"] if of.invoices else []
        words += [f"{of.credited:f} {currency} credited"] if of.credit_notes else []
        if of.invoices and of.owed != of.total:
            words.append(f"{of.owed:f} {currency} to pay")
    return ", ".join(words)


def foreseen_result(found: Foreseen) -> dict[str, Any]:
    """The same for programs."""
    if found.refused is not None:
        return {"date": found.day, "refused": found.refused.what, "instead": found.refused.instead}
    return {"date": found.day, **bills_result(bills_of(found.facts))}
