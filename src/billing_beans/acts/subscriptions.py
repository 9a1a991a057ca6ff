"""Verbs for subscriptions: start, change, pause, resume, cancel, renew; and bill what is due of one at once (U3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from billing_beans.acts.act import Act
from billing_beans.acts.billing import BillDue, Billing, check_day
from billing_beans.acts.progress import untold
from billing_beans.core.calendar import format_moment
from billing_beans.core.errors import Refused
from billing_beans.core.facts import Fact
from billing_beans.core.records import record
from billing_beans.invoicing.operations import DraftInvoice, seller_of
from billing_beans.subscriptions.operations import (
    CancelSubscription,
    ChangeSubscription,
    PauseSubscription,
    RenewSubscription,
    ResumeSubscription,
    StartSubscription,
    cancelled,
    changed,
    paused,
    renewed,
    resumed,
    started,
    subscription_named,
)

R = TypeVar("R", ChangeSubscription, PauseSubscription, ResumeSubscription, CancelSubscription)


@record
class BillSubscription:
    """What is due of a subscription is billed at once, and not with the next run; by a day, or today."""

    subscription: str
    until: date | None = None


def start_subscription(act: Act, request: StartSubscription) -> None:
    """A customer subscribes to a plan (U3)."""
    seller = seller_of(act.books, DraftInvoice(request.customer, (), seller=request.seller), act.day())
    act.record(started(act.books, request, act.day(seller.entity), _now(act)))


def change_subscription(act: Act, request: ChangeSubscription) -> None:
    """Another plan, another quantity, or both; no fact where it has them (U3)."""
    _record(act, changed(act.books, request, _day(act, request.subscription), _now(act)))


def pause_subscription(act: Act, request: PauseSubscription) -> None:
    """Nothing is billed until it is resumed (U3)."""
    _record(act, paused(act.books, request, _day(act, request.subscription), _now(act)))


def resume_subscription(act: Act, request: ResumeSubscription) -> None:
    """It is billed again (U3)."""
    _record(act, resumed(act.books, request, _day(act, request.subscription), _now(act)))


def cancel_subscription(act: Act, request: CancelSubscription) -> None:
    """It ends (U3)."""
    _record(act, cancelled(act.books, request, _day(act, request.subscription), _now(act)))


def renew_subscription(act: Act, request: RenewSubscription) -> None:
    """It goes on behind its end (U3)."""
    _record(act, renewed(act.books, request, _day(act, request.subscription)))


def bill_subscription(act: Act, request: BillSubscription) -> None:
    """Invoices and credit notes for what is due of a subscription (U3). Raises `Refused` where it can't be billed."""
    one = subscription_named(act.books, request.subscription)
    until = request.until or act.day(one.seller)
    check_day(until, act.day_after(one.seller, one.recorded))
    if (run := act.books.runs.run_of(one.subscription)) is not None:
        raise Refused(
            f"{one.subscription} waits in {run}.",
            rule="U4: a subscription is billed by one run at a time.",
            instead=f"billing-beans run post {run}, or billing-beans run discard {run} --reason ...",
        )
    billing = Billing(untold)
    billing.bill(act, BillDue(until, (one.subscription,), source=f"subscription/{one.subscription}"))
    for refused in billing.not_billed:
        raise refused.error


def start_and_bill(act: Act, request: StartSubscription) -> None:
    """A customer subscribes, and what is due by then is billed at once (U3)."""
    start_subscription(act, request)
    (fact,) = act.facts
    bill_subscription(act, BillSubscription(fact.entities()[0]))


def _and_bill(verb: Callable[[Act, R], None], name: str) -> Callable[[Act, R], None]:
    """The same, and what that comes to is credited and charged at once (U3). By its name an act is known when its key comes again."""

    def both(act: Act, request: R) -> None:
        verb(act, request)
        bill_subscription(act, BillSubscription(request.subscription))

    both.__name__ = name
    return both


change_and_bill = _and_bill(change_subscription, "change_and_bill")
pause_and_bill = _and_bill(pause_subscription, "pause_and_bill")
resume_and_bill = _and_bill(resume_subscription, "resume_and_bill")
cancel_and_bill = _and_bill(cancel_subscription, "cancel_and_bill")


def _record(act: Act, fact: Fact | None) -> None:
    if fact is not None:
        act.record(fact)


def _day(act: Act, subscription: str) -> date:
    one = subscription_named(act.books, subscription)
    return act.day_after(one.seller, one.recorded)


def _now(act: Act) -> str:
    return format_moment(act.context.now)
