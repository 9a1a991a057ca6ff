"""What should be billed of a subscription, day by day (U3): written from the requirement and the policies' own words, not from the code.

A subscription is a list of slices of time: local days, which are cut where something happens in the middle of one. Each slice
says what holds in it: plan, quantity, paused or not. What is wanted in a slice is looked up for each charge of the plan; what is
billed is a list of lines, each over some slices. A run takes back lines from the first slice on in which they are wrong, and bills
the slices that no line covers. Amounts are fractions until they are rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
DAYS = {"day": 1, "week": 7}


# --- Calendar ---------------------------------------------------------------------------------------------------------


def days_in(year: int, month: int) -> int:
    """By hand, so that nothing is shared with the program."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def border(anchor: date, every: str, number: int) -> date:
    """The first day of the period with this number; number 0 begins on the anchor."""
    if every in DAYS:
        return anchor + number * DAYS[every] * DAY
    year, month = anchor.year, anchor.month
    for _ in range(abs(number) * MONTHS[every]):
        month += 1 if number > 0 else -1
        year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
    return date(year, month, min(anchor.day, days_in(year, month)))


@cache
def period_of(anchor: date, every: str, day: date) -> tuple[date, date]:
    """The period in which a day lies, found by walking."""
    number = 0
    while border(anchor, every, number + 1) <= day:
        number += 1
    while border(anchor, every, number) > day:
        number -= 1
    return border(anchor, every, number), border(anchor, every, number + 1)


@cache
def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


# --- Money ------------------------------------------------------------------------------------------------------------


def cents(number: Fraction) -> Fraction:
    """Half away from zero, to two decimals."""
    scaled = abs(number) * 100
    whole, rest = divmod(scaled, 1)
    if rest >= Fraction(1, 2):
        whole += 1
    return Fraction(whole if number >= 0 else -whole) / 100


# --- What is sold -----------------------------------------------------------------------------------------------------


class Charge(NamedTuple):
    name: str
    product: str
    timing: str
    quantity: Fraction | None


class Plan(NamedTuple):
    since: date
    every: str
    charges: tuple[Charge, ...]


@dataclass(frozen=True)
class Catalogue:
    """Versions, oldest first: of plans, and of the prices of products."""

    plans: Mapping[str, tuple[Plan, ...]]
    prices: Mapping[str, tuple[tuple[date, Fraction], ...]]

    def plan(self, name: str, day: date) -> Plan:
        valid = [one for one in self.plans[name] if one.since <= day]
        return valid[-1] if valid else self.plans[name][0]

    def price(self, product: str, day: date) -> Fraction:
        return [price for since, price in self.prices[product] if since <= day][-1]


# --- A subscription's time --------------------------------------------------------------------------------------------


class State(NamedTuple):
    plan: str
    quantity: Fraction
    paused: bool
    every: str
    anchor: date
    rhythm: datetime
    """The moment since when periods have this anchor: a period that began before it was cut off there."""
    planned: datetime
    """Since when it has this plan: a period is billed as the plan was on its first day, or when it came to be this one."""


class Slice(NamedTuple):
    begin: datetime
    end: datetime
    day: date
    state: State


class Want(NamedTuple):
    """What a slice should be billed for: a charge of the period in which it lies."""

    charge: str
    product: str
    quantity: Fraction
    first: date
    last: date


Wants = Mapping[datetime, list[tuple[Want, str]]]
"""What each slice wants, by its first moment: of which charge, and when that is billed."""


class Piece(NamedTuple):
    """Slices in a row that are billed together. `once`: without any time."""

    want: Want
    timing: str
    begin: datetime
    end: datetime
    due: date


@dataclass
class Line:
    """What was billed. It covers the slices from `begin` until `end`, less what was taken back."""

    invoice: str
    number: int
    piece: Piece
    unit_price: Fraction
    amount: Fraction
    end: datetime
    credited: Fraction = Fraction(0)
    taken_back: Fraction = Fraction(0)
    void: bool = False


class Credit(NamedTuple):
    invoice: str
    line: int
    begin: datetime
    amount: Fraction


class Billed(NamedTuple):
    """A line that is to be billed: its piece, price of one, and what the slices come to."""

    piece: Piece
    unit_price: Fraction
    amount: Fraction


@dataclass
class Subscription:
    """One subscription: its slices, and the lines that were billed for it."""

    name: str
    customer: str
    zone: str
    catalogue: Catalogue
    policies: Mapping[str, str]
    slices: list[Slice]
    begins: datetime
    trial_until: datetime | None
    ends: datetime | None
    lines: list[Line] = field(default_factory=list)
    worthless: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """Lines of which nothing is left, and from when on they are wrong: there is nothing to take back, and they cover no more."""

    # -- What happens to it

    def reach(self, day: date) -> None:
        """Slices until the end of a day."""
        last = self.slices[-1]
        begin, state = last.end, last.state
        following = last.day + DAY
        while following <= day:
            end = midnight(following + DAY, self.zone)
            self.slices.append(Slice(begin, end, following, state))
            begin, following = end, following + DAY

    def cut(self, moment: datetime) -> None:
        self.reach(day_of(moment, self.zone) + DAY)
        for index, one in enumerate(self.slices):
            if one.begin < moment < one.end:
                self.slices[index : index + 1] = [one._replace(end=moment), one._replace(begin=moment)]
                return

    def at(self, moment: datetime) -> State:
        self.reach(day_of(moment, self.zone) + DAY)
        for one in self.slices:
            if one.begin <= moment < one.end:
                return one.state
        return self.slices[0].state

    def set(self, moment: datetime, **new: object) -> None:
        """From this moment on it is like that."""
        self.cut(moment)
        self.slices = [
            one if one.end <= moment else one._replace(state=one.state._replace(**new))  # type: ignore[arg-type]
            for one in self.slices
        ]

    def change(self, moment: datetime, plan: str | None, quantity: Fraction | None) -> None:
        was = self.at(moment)
        day = day_of(moment, self.zone)
        name = plan or was.plan
        new: dict[str, object] = {"plan": name, "quantity": quantity if quantity is not None else was.quantity}
        every = self.catalogue.plan(name, day).every
        if name != was.plan:
            new["planned"] = moment
        if every != was.every:
            free_until = day_of(self.trial_until, self.zone) if self.trial_until is not None else day
            new |= {"every": every, "anchor": max(day, free_until), "rhythm": moment}
        self.set(moment, **new)

    def pause(self, moment: datetime) -> None:
        self.set(moment, paused=True)

    def resume(self, moment: datetime) -> None:
        self.set(moment, paused=False)

    def cancel(self, moment: datetime) -> None:
        """It ends; what was to happen later does not, whatever comes of it."""
        self.cut(moment)
        before = [one.state for one in self.slices if one.begin < moment]
        if before:
            self.set(moment, **before[-1]._asdict())
        self.ends = moment

    def renew(self, ends: datetime | None) -> None:
        if ends is not None:
            self.cut(ends)
        self.ends = ends

    # -- Periods

    def period_at(self, one: Slice) -> tuple[date, date]:
        return period_of(one.state.anchor, one.state.every, one.day)

    def period_end(self, moment: datetime) -> date:
        """The day on which the period is over that is running."""
        self.reach(day_of(moment, self.zone) + DAY)
        state = self.at(max(moment, self.begins))
        return period_of(state.anchor, state.every, day_of(max(moment, self.begins), self.zone))[1]

    def length(self, first: date, last: date, every: str) -> Fraction:
        """How long the whole is of which parts of this period are charged, in days or seconds."""
        by_second = self.policies["proration"] == "second"
        how = self.policies["proration-length"]
        months = MONTHS.get(every)
        if how == "anchor-to-anchor" or months is None:
            return self.distance(first, midnight(last, self.zone))
        if how == "thirty-days":
            days = 30 * months
        else:
            days, year, month = 0, first.year, first.month
            for _ in range(months):
                days += days_in(year, month)
                year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return Fraction(days * 86400 if by_second else days)

    def distance(self, first: date, moment: datetime) -> Fraction:
        if self.policies["proration"] == "second":
            return Fraction(int((moment - midnight(first, self.zone)).total_seconds()))
        return Fraction((day_of(moment, self.zone) - first).days)

    def position(self, first: date, last: date, every: str, moment: datetime) -> Fraction:
        """How far into its period a moment is. What is over costs nothing more; what is missing comes with the last day."""
        length = self.length(first, last, every)
        if moment == midnight(last, self.zone):
            return length
        return min(self.distance(first, moment), length)

    def part(self, whole: Fraction, piece: Piece, begin: datetime, end: datetime) -> Fraction:
        """What the time from `begin` until `end` costs, of a period that costs `whole`."""
        every = self.every_of(piece)
        first, last = piece.want.first, piece.want.last
        length = self.length(first, last, every)
        until = self.position(first, last, every, end)
        since = self.position(first, last, every, begin)
        if self.policies["proration-rounding"] == "cumulative":
            return cents(whole * until / length) - cents(whole * since / length)
        return cents(whole * (until - since) / length)

    def every_of(self, piece: Piece) -> str:
        return self.at(piece.begin).every

    # -- What is wanted

    def is_covered(self, one: Slice) -> bool:
        """Whether there is something to pay for in it."""
        if one.state.paused or one.begin < self.begins:
            return False
        if self.trial_until is not None and one.begin < self.trial_until:
            return False
        return self.ends is None or one.begin < self.ends

    def charges_in(self, one: Slice) -> tuple[Charge, ...]:
        """A period is billed as the plan was on its first day, or on the day on which the subscription came to have it."""
        day = max(self.period_at(one)[0], day_of(one.state.planned, self.zone))
        return self.catalogue.plan(one.state.plan, day).charges

    def wanted(self, one: Slice) -> Iterator[tuple[Want, str]]:
        if not self.is_covered(one):
            return
        first, last = self.period_at(one)
        for charge in self.charges_in(one):
            quantity = charge.quantity if charge.quantity is not None else one.state.quantity
            yield Want(charge.name, charge.product, quantity, first, last), charge.timing

    def looked_at(self, until: date) -> list[Slice]:
        """The slices of all periods that have begun by a day."""
        self.reach(until + DAY)
        while True:
            running = [one for one in self.slices if one.day <= until]
            end = max(self.period_at(running[-1])[1], until + DAY) if running else until
            if self.slices[-1].day >= end:
                break
            self.reach(end)
        return [one for one in self.slices if one.day < end]

    # -- Runs

    def run(self, until: date) -> tuple[list[Credit], list[list[Billed]]]:
        """What a run takes back, and the lines of each invoice that it makes, oldest first."""
        slices = self.looked_at(until)
        wants = {one.begin: [*self.wanted(one)] for one in slices}
        self.worthless = {}
        taken_back = [*self.take_back(slices, wants, until)]
        for_days = [piece for piece in self.missing(slices, wants, until) if self.counts(piece)]
        pieces = [*for_days, *self.missing_once(slices, wants, until)]
        starts = self.starts(slices, until)
        invoices: dict[date, list[Billed]] = {}
        for piece in sorted(pieces, key=lambda one: one.due):
            bucket = next((day for day in starts if day >= piece.due), date.max)
            invoices.setdefault(bucket, []).append(self.priced(piece))
        return taken_back, [invoices[day] for day in sorted(invoices)]

    def counts(self, piece: Piece) -> bool:
        """Whether it has any days that count: where a month has thirty, or as many as another, the rest are for nothing."""
        first, last, every = piece.want.first, piece.want.last, self.every_of(piece)
        return self.position(first, last, every, piece.begin) < self.position(first, last, every, piece.end)

    def starts(self, slices: list[Slice], until: date) -> list[date]:
        """The days on which periods have begun."""
        found = set()
        for one in slices:
            if self.ends is not None and one.begin >= self.ends:
                break
            first = max(self.period_at(one)[0], day_of(one.state.rhythm, self.zone))
            if first <= until:
                found.add(first)
        return sorted(found)

    def take_back(self, slices: list[Slice], wants: Wants, until: date) -> Iterator[Credit]:
        """Of each line what it charges from the first slice on that has come and is not as it says."""
        for line in self.lines:
            if line.void or line.piece.timing == "once":
                continue
            for one in slices:
                if line.piece.begin <= one.begin < line.end and one.day <= until:
                    if line.piece.want in [want for want, _timing in wants[one.begin]]:
                        continue
                    amount = self.unused(line, one.begin)
                    if amount:
                        yield Credit(line.invoice, line.number, one.begin, amount)
                        line.end = one.begin
                        line.credited += amount
                        line.taken_back += amount
                    else:
                        self.worthless[line.invoice, line.number] = one.begin
                    break

    def unused(self, line: Line, since: datetime) -> Fraction:
        """What a line costs, less the share of the time that was used; never more than is left of it."""
        piece = line.piece
        every = self.every_of(piece)
        first, last = piece.want.first, piece.want.last
        begin = self.position(first, last, every, piece.begin)
        used = self.position(first, last, every, since) - begin
        all_of_it = self.position(first, last, every, piece.end) - begin
        kept = cents(line.amount * used / all_of_it) if all_of_it else Fraction(0)
        return max(min(line.amount - kept - line.taken_back, line.amount - line.credited), Fraction(0))

    def missing(self, slices: list[Slice], wants: Wants, until: date) -> Iterator[Piece]:
        """What should be billed and is due: of slices in a row that want the same those that are in no line."""
        billed = {
            (line.piece.want.charge, one.begin)
            for line in self.lines
            if not line.void and line.piece.timing != "once"
            for one in slices
            if line.piece.begin <= one.begin < self.worthless.get((line.invoice, line.number), line.end)
        }
        for timing, row in self.rows(slices, wants):
            over = self.over(slices, row[0][0])
            open_: Piece | None = None
            for one, want in row:
                due = one.day if timing == "in-advance" else over
                if (want.charge, one.begin) in billed:
                    if open_ is not None:
                        yield open_
                    open_ = None
                elif open_ is None and due <= until:
                    open_ = Piece(want, timing, one.begin, one.end, due)
                elif open_ is not None:
                    open_ = open_._replace(end=one.end)
            if open_ is not None:
                yield open_

    def rows(self, slices: list[Slice], wants: Wants) -> Iterator[tuple[str, list[tuple[Slice, Want]]]]:
        """Slices in a row that want the same."""
        rows: dict[tuple[Want, str], list[tuple[Slice, Want]]] = {}
        for one in slices:
            here = {}
            for want, timing in wants[one.begin]:
                if timing != "once":
                    here[want, timing] = [*rows.pop((want, timing), ()), (one, want)]
            for (_want, timing), row in rows.items():
                yield timing, row
            rows = here
        for (_want, timing), row in rows.items():
            yield timing, row

    def over(self, slices: list[Slice], one: Slice) -> date:
        """The day on which the period of a slice is over, or what ends it sooner: another rhythm, or the subscription's end."""
        last = self.period_at(one)[1]
        for later in slices:
            if later.begin > one.begin and later.state.rhythm != one.state.rhythm:
                last = min(last, later.day)
        if self.ends is not None:
            last = min(last, day_of(self.ends, self.zone))
        return last

    def missing_once(self, slices: list[Slice], wants: Wants, until: date) -> Iterator[Piece]:
        """With the first slice that wants it, if that has come; never again."""
        done = {line.piece.want.charge for line in self.lines if line.piece.timing == "once" and not line.void}
        for one in slices:
            if one.day > until:
                return
            for want, timing in wants[one.begin]:
                if timing == "once" and want.charge not in done:
                    done.add(want.charge)
                    yield Piece(want, timing, one.begin, one.end, one.day)

    def priced(self, piece: Piece) -> Billed:
        """At the price of the first day of what is billed."""
        price = self.catalogue.price(piece.want.product, day_of(piece.begin, self.zone))
        whole = price * piece.want.quantity
        if piece.timing == "once":
            return Billed(piece, price, cents(whole))
        return Billed(piece, price, self.part(whole, piece, piece.begin, piece.end))

    def billed(self, invoice: str, number: int, what: Billed, amount: Fraction) -> None:
        """The program billed it; `amount` is what is left of it behind discounts."""
        self.lines.append(Line(invoice, number, what.piece, what.unit_price, amount, what.piece.end))

    def voided(self, invoice: str) -> None:
        for line in self.lines:
            if line.invoice == invoice:
                line.void = True

    def credited(self, invoice: str, number: int, amount: Fraction) -> None:
        """Somebody took something off a line, for reasons of their own."""
        for line in self.lines:
            if (line.invoice, line.number) == (invoice, number):
                line.credited += amount


@dataclass(frozen=True)
class Start:
    """What a customer subscribes to."""

    customer: str
    plan: str
    quantity: Fraction
    begins: datetime
    anchor: date | None = None
    trial_days: int = 0
    periods: int | None = None
    until: date | None = None


def begun(name: str, start: Start, zone: str, catalogue: Catalogue, policies: Mapping[str, str]) -> Subscription:
    """A subscription as it begins. Trial days come first and are free; then periods are counted from the anchor."""
    day = day_of(start.begins, zone)
    if policies["proration-first-day"] == "free" and policies["proration"] == "day":
        day += DAY
    trial = day + start.trial_days * DAY if start.trial_days else None
    anchor = start.anchor or trial or day
    every = catalogue.plan(start.plan, day).every
    begins = start.begins if policies["proration"] == "second" else midnight(day, zone)
    state = State(start.plan, start.quantity, False, every, anchor, begins, begins)
    first = Slice(midnight(day, zone), midnight(day + DAY, zone), day, state)
    ends = start.until + DAY if start.until else None
    if start.periods is not None:
        # A first period that the anchor cuts does not count: so many whole ones follow it.
        ends = trial or day
        if period_of(anchor, every, ends)[0] != ends:
            ends = period_of(anchor, every, ends)[1]
        for _ in range(start.periods):
            ends = period_of(anchor, every, ends)[1]
    made = Subscription(
        name, start.customer, zone, catalogue, policies, [first], begins,
        midnight(trial, zone) if trial else None, midnight(ends, zone) if ends else None,
    )  # fmt: skip
    made.cut(begins)
    for moment in (made.trial_until, made.ends):
        if moment is not None:
            made.cut(moment)
    return replace(made)
