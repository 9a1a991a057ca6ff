"""What is due of subscriptions becomes invoices and credit notes (U3, U4). Used by billing runs, and at once by a subscription."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import NamedTuple

from billing_beans.acts.act import Act, Attempts
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.credits import can_be_lowered_now, use_credits
from billing_beans.acts.invoices import IssueInvoice, issue_invoice
from billing_beans.acts.money import allocate_money
from billing_beans.acts.progress import Progress
from billing_beans.books import Books
from billing_beans.catalog.policies import RunCredits, SubscriptionInvoices
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.records import record
from billing_beans.credits.applying import ApplyCredits, wallets_for
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice, drafted, entity_of, head_named, parties_of
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.allocating import AllocateMoney
from billing_beans.payments.operations import Allocate
from billing_beans.subscriptions.billing import Bill, bill_of, together
from billing_beans.subscriptions.measuring import measure_of
from billing_beans.subscriptions.operations import subscription_named
from billing_beans.subscriptions.records import Subscription


@record
class BillDue:
    """All that is due by a day, that day included: of all subscriptions, of some, or of some customers. `source` is what bills them."""

    until: date
    subscriptions: tuple[str, ...] | None = None
    customers: tuple[str, ...] = ()
    source: str | None = None


class NotBilled(NamedTuple):
    """A subscription that could not be billed, and why."""

    subscription: str
    customer: str
    error: BillingError


class Billing:
    """What is due is billed, customer by customer: what one of them is refused keeps no other from being billed.

    `billed` are the subscriptions for which something was recorded. One that `is_waiting`, for a run under review, is left out.
    """

    def __init__(self, progress: Progress, is_waiting: Callable[[str], bool] = lambda _subscription: False) -> None:
        self.billed: list[str] = []
        self.not_billed: list[NotBilled] = []
        self._progress = progress
        self._is_waiting = is_waiting

    def bill(self, act: Act, request: BillDue) -> None:
        """Record invoices, credit notes, and what settles them (U4).

        Raises `Refused` for subscriptions that are not there, and for a day before that by which they are due.
        """
        if act.context.day is not None:
            check_day(request.until, act.context.day)
        due = [one for one in _due(act.books, request) if not self._is_waiting(one.subscription)]
        attempts = Attempts(act)
        with self._progress(len(due)) as advance:
            for _customer, group in groupby(due, key=_customer_of):
                subscriptions = [*group]
                self._bill_customer(act, attempts, request, subscriptions)
                advance(len(subscriptions))

    def _bill_customer(self, act: Act, attempts: Attempts, request: BillDue, due: list[Subscription]) -> None:
        """All of a customer's together; or, where one of them can't be billed, each that can by itself."""
        try:
            self._bill_together(attempts, request, due)
        except BillingError as error:
            if len(due) == 1:
                self.not_billed.append(NotBilled(due[0].subscription, due[0].customer, error))
                return
            for one in due:
                self._bill_customer(act, attempts, request, [one])

    def _bill_together(self, attempts: Attempts, request: BillDue, due: list[Subscription]) -> None:
        with attempts.attempt() as act:
            bills = _Customer(act, request, due)
            bills.record()
        self.billed += bills.billed


def check_day(until: date, day: date) -> None:
    """Nothing is billed before it is due. Raises `Refused`."""
    if day < until:
        raise Refused(
            f"What is due by {until} can't be billed on {day}.",
            rule="U3: what is due is billed on its day, or later.",
            instead=f"bill by that day with --until {day}, or give {until} or a later day with --date",
        )


def _due(books: Books, request: BillDue) -> list[Subscription]:
    """The subscriptions that may have something due, seller by seller and customer by customer, the oldest first."""
    if request.subscriptions is not None:
        found = [subscription_named(books, name) for name in dict.fromkeys(request.subscriptions)]
    elif request.customers:
        found = [one for name in dict.fromkeys(request.customers) for one in _of_customer(books, name)]
    else:
        sellers = dict.fromkeys(one.entity for one in books.catalog.entities.all())
        table = books.subscriptions.subscriptions
        found = [one for seller in sellers for one in table.until("due", seller, (request.until,))]
    wanted = [one for one in found if one.next_due is not None and one.next_due <= request.until]
    return sorted(wanted, key=lambda one: (*_customer_of(one), one.sequence))


def _of_customer(books: Books, customer: str) -> Iterable[Subscription]:
    if not any(books.catalog.customers.range("versions", customer)):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    return books.subscriptions.subscriptions.range("customer", customer)


def _customer_of(one: Subscription) -> tuple[str, str, str]:
    return one.seller, one.customer, one.currency


class _Customer:
    """Subscriptions of one customer with one seller in one currency, billed in one act."""

    def __init__(self, act: Act, request: BillDue, due: list[Subscription]) -> None:
        self.billed: list[str] = []
        self._act, self._request, self._due = act, request, due
        first = due[0]
        self._seller, self._customer, self._currency = _customer_of(first)
        self._day = act.day_after(self._seller, request.until, *(one.recorded for one in due))

    def _check_recorded(self) -> None:
        """Rule 11: what is dated until a day is a history of its own."""
        for one in self._due:
            if self._day < one.recorded:
                raise Refused(
                    f"{one.subscription} can't be billed on {self._day}: what last happened to it is dated {one.recorded}.",
                    rule="Nothing is dated before what it builds on.",
                    instead=f"give {one.recorded} or a later day with --date",
                )

    def record(self) -> None:
        """First what is taken back, then what is charged; what came back pays for it."""
        self._check_recorded()
        act = self._act
        zone = entity_of(act.books, self._seller, self._day).time_zone
        measure = measure_of(act.books, zone, self._day)
        bills = [(one, bill_of(act.books, one, self._request.until, measure)) for one in self._due]
        self.billed = [one.subscription for one, bill in bills if bill.items or bill.unused]
        origins = [*self._take_back(bills)]
        for items in self._invoices(bills):
            self._invoice(items, origins)

    def _take_back(self, bills: list[tuple[Subscription, Bill]]) -> Iterator[str]:
        """A credit note for each invoice of which something is taken back; where its money is, if it had been paid."""
        found: dict[str, list[tuple[str, CreditLine]]] = {}
        for one, bill in bills:
            for unused in bill.unused:
                found.setdefault(unused.invoice, []).append((one.subscription, unused.line))
        for invoice, lines in found.items():
            names = ", ".join(dict.fromkeys(name for name, _ in lines))
            request = CreditInvoice(
                invoice,
                f"{names}: what is not used",
                tuple(line for _, line in lines),
                source=self._request.source,
            )
            credit_invoice(self._act, request)
            note = self._act.books.invoices.credit_notes.last("invoice", invoice)
            if note is not None and note.to_unapplied:
                yield f"credit-note/{note.number}"

    def _invoices(self, bills: list[tuple[Subscription, Bill]]) -> list[list[Item]]:
        policy = self._act.books.catalog.policy("subscription-invoices", self._day)
        if policy == SubscriptionInvoices.TOGETHER:
            return together(bill for _one, bill in bills)
        return [items for _one, bill in bills for items in together([bill])]

    def _invoice(self, items: list[Item], origins: list[str]) -> None:
        act = self._act
        request = DraftInvoice(
            self._customer,
            tuple(items),
            currency=self._currency,
            seller=self._seller,
            source=self._request.source,
        )
        draft = act.record(drafted(act.books, request, self._day))
        with_credits = self._uses_credits(draft)
        if with_credits and can_be_lowered_now(act, draft.invoice):
            use_credits(act, ApplyCredits(draft.invoice))
        issue_invoice(act, IssueInvoice(draft.invoice))
        self._settle(draft.invoice, origins)
        if with_credits and head_named(act.books, draft.invoice).status in OPEN:
            use_credits(act, ApplyCredits(draft.invoice))

    def _settle(self, invoice: str, origins: list[str]) -> None:
        """What was taken back pays for what is charged."""
        for origin in origins:
            money = self._act.books.payments.money.get(origin)
            if money is not None and money.available and head_named(self._act.books, invoice).status in OPEN:
                allocate_money(self._act, AllocateMoney(origin, (Allocate(invoice),)))

    def _uses_credits(self, draft: InvoiceDrafted) -> bool:
        books = self._act.books
        if books.catalog.policy("run-credits", self._day) == RunCredits.KEEP:
            return False
        return bool(wallets_for(books, parties_of(books, draft), draft.currency))
