"""An act in progress: a fork of the books, and the facts that it has recorded so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from billing_beans.audit import broken_by
from billing_beans.books import Books, OpenAccount
from billing_beans.core.accounts import Role, place_of
from billing_beans.core.calendar import format_moment, local_date
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Fact, Leg, Movement
from billing_beans.core.ids import is_link
from billing_beans.core.records import record, with_values
from billing_beans.core.tables import Overlay

F = TypeVar("F", bound=Fact)

ACCOUNTS = "13 of the architecture: a fact moves accounts that are open on its day, in currencies that they hold."


@record
class Context:
    """Who acts and when: nothing in an act reads a clock or makes up an id (architecture, rule 6).

    `day` is the date asked for, or None for the local date of the legal entity at `now`.
    """

    now: datetime
    actor: str
    next_id: Callable[[], str]
    day: date | None = None
    idempotency_key: str | None = None
    request: str | None = None


@record
class Opening:
    """An account that the act needs and that is not open yet, and what alone it may hold; anything, where nothing is said."""

    account: str
    date: date
    currencies: tuple[str, ...]
    lots: bool


@record
class GivenUp:
    """What waited in `pending/`, of which revision, does not count any more: since when (UTC), and why (U9)."""

    revision: int
    moment: str
    reason: str


@record
class Waiting:
    """What waits in `pending/` for a billing run from now on: facts that were reckoned, and count when it is posted; or nothing.

    `texts` say the facts, one each, as they stand there.
    """

    run: str
    facts: tuple[Fact, ...]
    texts: tuple[str, ...] = ()
    given_up: GivenUp | None = None


@dataclass
class Act:
    """What one verb does: facts, each checked and folded into a fork as it is recorded; and what waits for review."""

    books: Books
    context: Context
    facts: list[Fact] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """What the ledger will say of facts, by their ids, where that was made already."""
    outer: Act | None = None
    operation: str = ""

    def __post_init__(self) -> None:
        self.operation = self.operation or self.context.next_id()
        self._held: str | None = None

    def hold_id(self) -> str:
        """The id of the fact that is recorded next, drawn now: what is reckoned meanwhile comes after it."""
        self._held = self.context.next_id()
        return self._held

    def day(self, seller: str | None = None) -> date:
        """The date of what happens: as asked for, or today where the legal entity is, but not in a closed period."""
        if self.context.day is not None:
            return self.context.day
        zones = self._time_zones(seller)
        today = local_date(self.context.now, zones[0] if len(set(zones)) == 1 else "UTC")
        return max(today, self.books.periods.first_open)

    def day_after(self, seller: str, *days: date | None) -> date:
        """The same, and where no day was asked for, not before these: those of what the act builds on (rule 11)."""
        today = self.day(seller)
        return today if self.context.day is not None else max([today, *(day for day in days if day is not None)])

    def _time_zones(self, seller: str | None) -> list[str]:
        entities = self.books.catalog.entities
        versions = entities.range("versions", seller) if seller else entities.all()
        return [*{one.entity: one.time_zone for one in versions}.values()] or ["UTC"]

    def record(self, fact: F) -> F:
        """Keep this fact: stamped, checked against the books so far, and folded. Raises `Refused` where a rule forbids it."""
        context = self.context
        first = not self.facts and (self.outer is None or not self.outer.facts)
        identifier, self._held = self._held or context.next_id(), None
        stamped = with_values(
            fact,
            id=identifier,
            at=format_moment(context.now),
            actor=context.actor,
            operation=self.operation,
            idempotency_key=context.idempotency_key if first else None,
            request=context.request if first else None,
        )
        for name in stamped.entities():
            if not is_link(name):
                raise WrongUsage(
                    f"{name!r} can't be an id: only letters A to Z, digits and - _ / . are possible.",
                    instead="choose another id or number",
                )
        for problem, _blocks in broken_by(self.books, stamped):
            raise Refused(sentence(problem.message), rule=problem.promise, instead=problem.remedy)
        if isinstance(stamped, Movement):
            for leg in stamped.legs():
                self._open(stamped, leg)
        self.books.apply(stamped)
        self.books.note_ids([stamped.id])
        self.facts.append(stamped)
        return stamped

    def _open(self, fact: Movement, leg: Leg) -> None:
        """Open an account when the first fact needs it, dated like its customer or its legal entity (rule 13).

        Where money lies is not for the tool to open: a typing error would make a bank of its own.
        """
        account = self.books.accounts.get(leg.account)
        if account is None:
            place = place_of(leg.account)
            if place is None or place.role in (Role.BANK, Role.PROCESSOR):
                raise Refused(
                    f"{leg.account} is not open in these books.",
                    rule=ACCOUNTS,
                    instead=f"write it into setup/accounts.beancount: {fact.date} open {leg.account}",
                )
            lots = leg.cost is not None
            # A customer may have several kinds of credits; an entitlement has an account of its own.
            currencies = (leg.currency,) if lots and place.role is not Role.CREDITS else ()
            account = OpenAccount(leg.account, self._since(leg), currencies)
            self.openings.append(Opening(account.account, account.since, currencies, lots))
            self.books.accounts.put(account)
        _refuse_unusable(account, fact, leg)

    def open(self, account: str, since: date) -> None:
        """Open an account that a fact names, before anything moves on it, where it isn't open yet."""
        self.open_all([Opening(account, since, (), lots=False)])

    def open_all(self, openings: Iterable[Opening]) -> None:
        """Open these accounts where they aren't open yet: what is reckoned in another act will need them."""
        for one in openings:
            if self.books.accounts.get(one.account) is None:
                self.books.accounts.put(OpenAccount(one.account, one.date, one.currencies))
                self.openings.append(one)

    def _since(self, leg: Leg) -> date:
        place = place_of(leg.account)
        assert place is not None
        catalog = self.books.catalog
        parties = [*catalog.entities.range("account", place.entity)]
        owners = [*catalog.customers.range("account", place.owner[0])] if place.role.of_the_tool and place.owner else []
        return max(one[0].date for one in (parties, owners) if one)


def _refuse_unusable(account: OpenAccount, fact: Movement, leg: Leg) -> None:
    """Beancount would find the same afterwards; here nothing is written."""
    currency = leg.currency
    if account.since > fact.date or (account.closed is not None and account.closed <= fact.date):
        until = f" to {account.closed}" if account.closed else " on"
        raise Refused(
            f"{account.account} is open from {account.since}{until}, and this happens on {fact.date}.",
            rule=ACCOUNTS,
            instead="give a --date on which it is open, or change setup/accounts.beancount",
        )
    if account.currencies and currency not in account.currencies:
        raise Refused(
            f"{account.account} holds {', '.join(account.currencies)}, and not {currency}.",
            rule=ACCOUNTS,
            instead="use another account, or let it hold more currencies in setup/accounts.beancount",
        )


def sentence(text: str) -> str:
    """With a full stop, as an error is printed."""
    return text if text.endswith(".") else f"{text}."


class Attempts:
    """Parts of an act of which each is done whole or not at all: what one of them is refused keeps no other from being done."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._fork = Overlay(act.books.store)
        self._inner = Act(Books(self._fork), act.context, outer=act, operation=act.operation)

    @contextmanager
    def attempt(self) -> Iterator[Act]:
        """An act for one part. Its facts are those of the whole act, unless something is raised."""
        inner = self._inner
        try:
            yield inner
        except BaseException:
            self._fork.discard()
            raise
        else:
            self._fork.commit()
            self._act.facts += inner.facts
            self._act.openings += inner.openings
        finally:
            inner.facts.clear()
            inner.openings.clear()
