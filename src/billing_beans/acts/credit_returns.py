"""Credits go back where what they paid is taken back: all that is voided, edited, given back by hand (W6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from billing_beans.acts.act import Act
from billing_beans.catalog.policies import CreditReturns
from billing_beans.core.calendar import format_moment
from billing_beans.credits.adjusting import expired, grant_named, lots_of, renewed
from billing_beans.credits.moments import has_expired, moment_of
from billing_beans.credits.operations import ReverseApplication, reversed_application
from billing_beans.credits.records import Application, Lot
from billing_beans.invoicing.operations import draft_named, parties_of


def expire_lots(act: Act, lots: Iterable[Lot], moment: str) -> None:
    """At evaluation: what has expired by this moment, and by now, is written off first (W7)."""
    until = min(moment, now_of(act))
    for grant in dict.fromkeys(lot.label for lot in [*lots] if has_expired(lot.terms, until)):
        act.record(expired(act.books, grant))


def now_of(act: Act) -> str:
    """The moment of the act, as facts carry it."""
    return format_moment(act.context.now)


def give_back(act: Act, request: ReverseApplication, day: date) -> None:
    """Credits go back into their lots; what has expired meanwhile is written off, or renewed, as the book says (W7)."""
    end_late(act, given_back_late(act, request, day), day)


def given_back_late(act: Act, request: ReverseApplication, day: date) -> list[str]:
    """Credits go back into their lots. To which grants they came too late: what was not used of those is written off before."""
    fact = reversed_application(act.books, request, day)
    grants = dict.fromkeys(leg.cost.label for leg in fact.lots if leg.cost is not None and leg.cost.label)
    entity = parties_of(act.books, draft_named(act.books, fact.invoice)).seller
    now = format_moment(act.context.now)
    until = min(moment_of(act.books, entity, day, now), now)
    late = [one for one in grants if has_expired(grant_named(act.books, one).terms, until)]
    for grant in late:
        if lots_of(act.books, grant):
            act.record(expired(act.books, grant))  # what was not used is not renewed
    act.record(fact)
    return late


def end_late(act: Act, grants: Iterable[str], day: date) -> None:
    """What stands in grants that had expired when it came back is written off, or renewed, as the book says (W7)."""
    renews = act.books.catalog.policy("credit-returns", day) == CreditReturns.RENEW
    for grant in dict.fromkeys(grants):
        if lots_of(act.books, grant):
            entity = grant_named(act.books, grant).wallet.partition("/")[0]
            moment = moment_of(act.books, entity, day, format_moment(act.context.now))
            act.record(renewed(act.books, grant, moment, day) if renews else expired(act.books, grant))


def applications_to(act: Act, invoice: str, *, discounts: bool) -> Iterator[Application]:
    """What stands of applications to an invoice, the last one first: those before tax, or those that settle it."""
    for application in reversed([*act.books.credits.applications.range("invoice", invoice)]):
        if application.is_discount == discounts and application.units != application.back:
            yield application


def give_all_back(act: Act, invoice: str, reason: str, day: date, *, discounts: bool) -> None:
    """Everything that stands of applications to an invoice."""
    for application in applications_to(act, invoice, discounts=discounts):
        give_back(act, ReverseApplication(application.application, reason), day)
