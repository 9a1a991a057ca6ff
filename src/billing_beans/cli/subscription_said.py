"""What is said of what has happened to a subscription, and of what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from billing_beans.acts.foreseeing import Foreseeing
from billing_beans.books import Books
from billing_beans.cli.credit_words import number
from billing_beans.cli.invoice_words import one_line
from billing_beans.cli.plan_words import EVERY
from billing_beans.cli.run_bills import bills_of, bills_result
from billing_beans.cli.session import Session
from billing_beans.cli.subscription_words import (
    billed_words,
    ends_words,
    foreseen_result,
    foreseen_words,
    last_words,
    point_words,
    subscription_result,
    sums_words,
    what_words,
)
from billing_beans.core.calendar import local_date
from billing_beans.core.facts import Fact
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted
from billing_beans.invoicing.operations import entity_of
from billing_beans.ledger.ledger import Outcome
from billing_beans.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionPaused,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionStarted,
)
from billing_beans.subscriptions.operations import subscription_named
from billing_beans.subscriptions.records import Subscription, point_of

_ONE_DAY = timedelta(days=1)


def say_started(session: Session, outcome: Outcome) -> tuple[Any, str]:
    """Who subscribes to what, from when on, and what is billed or would be."""
    fact = outcome.facts[0]
    assert isinstance(fact, SubscriptionStarted)
    books = outcome.act.books
    one = subscription_named(books, fact.subscription)
    name = one_line(books.catalog.name_of(one.customer, one.start.day))
    what, since = what_words(fact.plan, fact.quantity), point_words(books, one, one.start)
    words = [
        f"Started {one.subscription}: {name} subscribes to {what} from {since} on, charged {EVERY[fact.every]} in {one.currency}."
    ]
    if fact.trial_until is not None:
        words.append(f"  free until {fact.trial_until - _ONE_DAY}")
    if fact.anchor != (fact.trial_until or fact.start):
        words.append(f"  periods are counted from {fact.anchor}")
    if one.ends is not None:
        words.append(f"  last day: {last_words(books, one, one.ends)}")
    due, said = _due(session, outcome, one)
    return {**_result(books, one, outcome.facts), "due": due}, "\n".join([*words, *said])


def say_happened(session: Session, outcome: Outcome, subscription: str) -> tuple[Any, str]:
    """What has happened to a subscription, and what is billed for it or would be."""
    books = outcome.act.books
    one = subscription_named(books, subscription)
    happened = [fact for fact in outcome.facts if type(fact) in _SAY]
    if not happened and not outcome.facts:
        return _result(books, one, ()), f"Nothing to do: that is how {subscription} is already."
    words = [_SAY[type(fact)](books, one, fact) for fact in happened]
    words = words or [f"{subscription} is so already."]
    due, said = _due(session, outcome, one)
    return {**_result(books, one, outcome.facts), "due": due}, "\n".join([*words, *said])


def say_billed(outcome: Outcome, subscription: str) -> tuple[Any, str]:
    """What was billed of a subscription."""
    books = outcome.act.books
    one = subscription_named(books, subscription)
    if not outcome.facts:
        words = f"Nothing to do: nothing of {subscription} is due that is not billed."
        return _result(books, one, ()), f"{words}\nNext: billing-beans subscription show {subscription}"
    return _result(books, one, outcome.facts), "\n".join(_billed(books, one, outcome.facts))


def _result(books: Books, one: Subscription, facts: Any) -> dict[str, Any]:
    return {"subscription": subscription_result(books, one), **bills_result(bills_of(facts))}


def _due(session: Session, outcome: Outcome, one: Subscription) -> tuple[dict[str, Any] | None, list[str]]:
    """What was billed with it; or what would be billed today, for programs too, and how."""
    books = outcome.act.books
    if any(isinstance(fact, (InvoiceDrafted, CreditNoteDrafted)) for fact in outcome.facts):
        return None, _billed(books, one, outcome.facts)
    today = local_date(session.clock.now(), entity_of(books, one.seller, date.max).time_zone)
    day = max(today, outcome.facts[0].date if outcome.facts else today)
    if (run := books.runs.run_of(one.subscription)) is not None:
        words = f"{one.subscription} waits in {run}, which was reckoned without this."
        return None, [words, f"Next: billing-beans run redo {run}"]
    foreseeing = Foreseeing(books, one.subscription, session.clock.now())
    found = foreseeing.on(day)
    if found.refused is None and not sums_words(found.facts):
        return None, ["Nothing of it is due yet.", f"Next: billing-beans subscription show {one.subscription}"]
    following = f"billing-beans subscription bill {one.subscription}, or billing-beans run start for all that is due"
    said = [*foreseen_words(foreseeing, found, "To be billed now", ""), f"Next: {following}"]
    return foreseen_result(found), said


def _billed(books: Books, one: Subscription, facts: Any) -> list[str]:
    numbers = [fact.invoice for fact in facts if isinstance(fact, InvoiceDrafted)]
    notes = [fact.credit_note for fact in facts if isinstance(fact, CreditNoteDrafted)]
    words = [f"Billed {one.subscription}: {sums_words(facts)}.", *billed_words(books, facts)]
    following = f"invoice render {numbers[0]}" if numbers else f"credit-note render {notes[0]}"
    return [*words, f"Next: billing-beans {following}"]


# --- What happened ---------------------------------------------------------------------------------------------------


def _changed(books: Books, one: Subscription, fact: SubscriptionChanged) -> str:
    since = point_words(books, one, point_of(fact.effective, fact.effective_at))
    what = f"{number(fact.quantity)} x {fact.plan}"
    return f"Changed {one.subscription} of {one.customer} to {what} from {since} on, charged {EVERY[fact.every]}."


def _paused(books: Books, one: Subscription, fact: SubscriptionPaused) -> str:
    since = point_words(books, one, point_of(fact.effective, fact.effective_at))
    return f"Paused {one.subscription} of {one.customer} from {since} on; billing-beans subscription resume goes on."


def _resumed(books: Books, one: Subscription, fact: SubscriptionResumed) -> str:
    since = point_words(books, one, point_of(fact.effective, fact.effective_at))
    return f"Resumed {one.subscription} of {one.customer} from {since} on."


def _cancelled(books: Books, one: Subscription, fact: SubscriptionCancelled) -> str:
    if fact.effective == one.start.day and not fact.effective_at:
        return f"Cancelled {one.subscription} of {one.customer} from its first day on: nothing of it is charged."
    return f"Cancelled {one.subscription} of {one.customer}: its last day is {ends_words(books, one)}."


def _renewed(books: Books, one: Subscription, _fact: SubscriptionRenewed) -> str:
    until = f"until {last_words(books, one, one.ends)}" if one.ends is not None else "until it is cancelled"
    return f"Renewed {one.subscription} of {one.customer}: it goes on {until}."


_SAY: Mapping[type[Fact], Callable[[Books, Subscription, Any], str]] = {
    SubscriptionChanged: _changed,
    SubscriptionPaused: _paused,
    SubscriptionResumed: _resumed,
    SubscriptionCancelled: _cancelled,
    SubscriptionRenewed: _renewed,
}
