"""The larger half of the model of wallets: what is granted, used, given back, and ends (W2 to W7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction as F  # noqa: N817 - the model is full of them
from zoneinfo import ZoneInfo

from wallet_paying import Paying
from wallet_records import (
    FINEST,
    LOWEST,
    NEVER,
    OVER_TIME,
    UNTIL_PAID,
    Application,
    Grant,
    Invoice,
    Line,
    Lot,
    No,
    Terms,
    Unit,
    Use,
    When,
    down,
    read,
    rounded,
    written,
)


class Grants:
    """All wallets of a customer with a seller, and what they touch."""

    def __init__(self, zone: str, units: dict[str, Unit]) -> None:
        self.zone = ZoneInfo(zone)
        self.units = units
        self.grants: dict[str, Grant] = {}
        self.waiting: dict[str, tuple[str, Unit, F, F, F, Terms]] = {}
        self.invoices: dict[str, Invoice] = {}
        self.applications: dict[str, Application] = {}
        self.money: dict[str, F] = defaultdict(F)
        self.breakage: dict[str, F] = defaultdict(F)
        self.discounts: dict[str, F] = defaultdict(F)
        self.policies: dict[str, str] = {}
        self.now = ""
        self.names: list[str] = []
        """What the program called the grants and applications of this act: a model gives no names."""
        self._numbers = 0

    # --- Time ---------------------------------------------------------------------------------------------------------

    def moment(self, when: When) -> str:
        """The second at which something happens: now, or the last of another day than today."""
        if read(when.now).astimezone(self.zone).date() == when.day:
            return when.now
        return written(self._midnight(when.day + timedelta(days=1)) - timedelta(seconds=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    # --- Grants (W2, W4) ----------------------------------------------------------------------------------------------

    def _name(self) -> str:
        return self.names.pop(0) if self.names else f"?{self._numbers}"

    def grant(self, name: str, unit: Unit, units: F, terms: Terms, day: date, price: F = F(0)) -> Grant:
        """Lots that are worth the price exactly, the dearer ones first."""
        if terms.days is not None:
            terms = terms._replace(days=None, expires=written(self._midnight(day + timedelta(days=terms.days))))
        if terms.over(self.moment(When(day, self.now))):
            raise No("it would have expired before it is granted")
        grant = self.grants[name] = Grant(name, unit, price > 0, units, terms)
        for of_lot, cost in self._costs(units, price, unit.minor):
            self._numbers += 1
            grant.lots.append(Lot(cost, of_lot, day, self._numbers, grant))
        return grant

    @staticmethod
    def _costs(units: F, price: F, minor: F) -> Iterator[tuple[F, F]]:
        if (price / units / minor).denominator == 1:
            yield units, price / units
            return
        step = minor if price >= units else minor * FINEST
        base = down(price / units, step)
        dearer = (price - base * units) / step
        if dearer:
            yield dearer, base + step
        if units > dearer:
            yield units - dearer, base

    def free(self, unit: Unit, units: F, terms: Terms, day: date, bonus_of: str | None = None) -> Grant:
        grant = self.grant(self._name(), unit, units, terms, day)
        grant.bonus_of = bonus_of
        return grant

    def buy(
        self, origin: str, unit: Unit, units: F, price: F, bonus: F, terms: Terms, day: date, name: str = ""
    ) -> None:
        if price > self.money[origin] or price <= 0:
            raise No("there is not so much money")
        grant = self.grant(name or self._name(), unit, units, terms, day, price)
        grant.origin = origin
        self.money[origin] -= price
        if bonus:
            self.free(unit, bonus, grant.terms, day, grant.name)

    def await_payment(self, payment: str, unit: Unit, units: F, price: F, bonus: F, terms: Terms) -> None:
        self.waiting[payment] = (self._name(), unit, units, price, bonus, terms)

    def paid(self, payment: str, came: F, day: date, now: str) -> None:
        """The rest of a payment is unapplied money; what waited for it is bought, where it is enough and not too late."""
        origin = f"payment/{payment}"
        self.money[origin] += came
        if payment not in self.waiting:
            return
        name, unit, units, price, bonus, terms = self.waiting.pop(payment)
        too_late = terms.over(max(now, self.moment(When(day, now))))
        if came >= price and not too_late:
            self.buy(origin, unit, units, price, bonus, terms, day, name)

    def top_up(self, invoice: Invoice, day: date) -> None:
        """What the lines of a paid invoice sell, each once, less what was credited of it."""
        if invoice.status != "issued" or invoice.due > 0 or invoice.is_credited:
            return
        invoice.granted |= any(one.held == UNTIL_PAID and one.credited_quantity < one.quantity for one in invoice.lines)
        for line in invoice.lines:
            name, share = f"{invoice.number}/{line.number}", 1 - line.credited_quantity / line.quantity
            if line.top_up is None or name in self.grants or not share:
                continue
            unit, units, bonus, days = line.top_up
            grant = self.grant(name, unit, units * share, Terms(days=days), day, line.amount - line.credited)
            if bonus:
                self.free(unit, bonus * share, grant.terms, day, name)

    def correct(self, name: str, units: F, day: date) -> None:
        found = self.grants[name]
        self.free(found.unit, units, found.terms, day)

    # --- Endings (W6, W7) ---------------------------------------------------------------------------------------------

    def _expire(self, grant: Grant) -> None:
        self.breakage[grant.unit.currency] += grant.worth
        grant.expired += grant.left
        for lot in grant.lots:
            lot.left = F(0)

    def expire(self, grants: Sequence[Grant], moment: str) -> None:
        """What has expired is written off."""
        for grant in grants:
            if grant.left and grant.terms.over(moment):
                self._expire(grant)

    def _remove(self, grant: Grant, units: F, day: date = date.max) -> F:
        """Units leave a grant, those first that would be used last; what they had cost."""
        if units > grant.left or units <= 0:
            raise No(f"{grant.name} has {grant.left} left, and not {units}")
        grant.adjusted += units
        cost = F(0)
        for lot in reversed(grant.lots):
            taken = min(lot.left, units)
            if taken and lot.since > day:
                raise No("it came later")
            lot.left -= taken
            units -= taken
            cost += taken * lot.cost
        return cost

    def adjust(self, name: str, units: F | None, day: date, *, cap: bool, lost: bool) -> F:
        """A grant gets smaller; what was paid is unapplied money again, or where terms were violated lost. What came back."""
        grant = self.grants[name]
        wanted = grant.left if units is None else units
        taken = min(wanted, grant.left) if cap else wanted
        if grant.paid and not lost and grant.origin is None:
            raise No("an invoice sold it, and is credited")
        cost = self._remove(grant, taken, day)
        back = F(0)
        if grant.paid and not lost:
            first = grant
            while first.renews is not None:
                first = first.renews
            first.returned_cost += cost
            back = rounded(first.returned_cost, grant.unit.minor) - first.returned
            first.returned += back
            assert grant.origin is not None
            self.money[grant.origin] += back
        self.breakage[grant.unit.currency] += cost - back
        return back

    def _renew(self, grant: Grant, day: date, moment: str, used_at: str) -> None:
        """What came back too late goes on as long as it would have lasted when it was used, and a day at least."""
        assert grant.terms.expires is not None
        lasting = max(read(grant.terms.expires) - read(used_at), timedelta(days=1))
        new = Grant(
            self._name(),
            grant.unit,
            grant.paid,
            grant.left,
            grant.terms._replace(expires=written(read(moment) + lasting)),
        )
        new.origin, new.renews = grant.origin, grant
        grant.expired += grant.left
        for lot in grant.lots:
            if lot.left:
                self._numbers += 1
                new.lots.append(Lot(lot.cost, lot.left, day, self._numbers, new))
                lot.left = F(0)
        self.grants[new.name] = new

    # --- Use (W3, W5) -------------------------------------------------------------------------------------------------

    def _order(self, lot: Lot) -> tuple[object, ...]:
        terms, grant = lot.grant.terms, lot.grant
        expires = terms.expires or NEVER
        scope = (terms.scope.period is None, terms.scope.meter is None, terms.scope.subscription is None)
        priority = LOWEST if terms.priority is None else terms.priority
        return {
            "scope-first": (*scope, expires, grant.paid, lot.number),
            "priority-first": (priority, expires, grant.paid, lot.number),
            "expiry-first": (expires, lot.number),
            "granted-first": (grant.paid, lot.number),
        }[self.policies["credit-order"]]

    def _kinds(self, invoice: Invoice, wanted: str) -> tuple[bool, ...]:
        """Whether free (False) and paid (True) credits are used."""
        asked = {"all": (False, True), "paid": (True,), "free": (False,)}[wanted]
        before_tax = self.policies["credit-discounts"] == "before-tax"
        if invoice.status == "draft":
            possible: tuple[bool, ...] = (False,) if before_tax else ()
        else:
            possible = (True,) if before_tax else (False, True)
        kinds = tuple(one for one in asked if one in possible)
        if not kinds:
            raise No("such credits are not used for that")
        return kinds

    def apply(
        self, number: str, when: When, amount: F | None, lines: Sequence[int], wanted: str, only: str | None
    ) -> None:
        """Credits pay an invoice, or free ones lower a draft."""
        invoice, moment = self.invoices[number], self.moment(when)
        mine = [one for one in self.units.values() if one.currency == invoice.currency and only in (None, one.name)]
        self.expire([one for one in self.grants.values() if one.unit in mine], min(moment, when.now))
        kinds = self._kinds(invoice, wanted)
        paying = Paying(invoice, lines, amount)
        usable = sorted(
            (
                lot
                for grant in self.grants.values()
                for lot in grant.lots
                if grant.unit in mine and grant.paid in kinds and lot.left
                if lot.since <= when.day and not grant.terms.over(moment)
            ),
            key=self._order,
        )
        runs = [run for unit in sorted(mine) for run in paying.runs([lot for lot in usable if lot.grant.unit == unit])]
        if not runs:
            raise No("nothing can be used")
        for run in runs:
            self._use(invoice, run, moment, when.now)
        paying.all_is_used(usable)
        if invoice.status == "issued":
            self.top_up(invoice, when.day)

    def _use(self, invoice: Invoice, run: list[Use], moment: str, now: str) -> None:
        unit = run[0].lot.grant.unit
        application = Application(self._name(), invoice, unit, run, invoice.status == "draft", now)
        self.applications[application.name] = application
        for use in run:
            grant = use.lot.grant
            assert 0 < use.units <= use.lot.left
            assert not grant.terms.over(moment)
            use.lot.left -= use.units
            grant.applied += use.units
            self._settle(application, use, use.units)
        self._hold_less(application)

    def _settle(self, application: Application, use: Use, units: F) -> None:
        """What so many credits pay; below zero, what is owed again."""
        invoice, amount = application.invoice, units * application.unit.face
        line = invoice.lines[use.line - 1] if use.line is not None else None
        if application.lowers:
            assert line is not None
            if invoice.status == "draft":
                line.lowered += amount
            return
        invoice.settled += amount
        if line is not None:
            line.settled += amount
        self.discounts[invoice.currency] += amount - units * use.lot.cost

    @staticmethod
    def _hold_less(application: Application) -> None:
        """Free credits that settle a line take the net part of it off what is held for that."""
        for line in [] if application.lowers or application.paid else application.invoice.lines:
            amount = application.standing(line.number) * application.unit.face
            line.free += amount
            if amount and application.invoice.holds(line) and line.gross_left > 0:
                net = line.amount - line.credited
                until = min(rounded(line.free * net / line.gross_left, line.minor), net)
                line.off = min(until, line.off + line.deferred) if line.held == OVER_TIME else until

    @staticmethod
    def _hold_again(application: Application, line: Line, amount: F) -> None:
        if application.invoice.holds(line) and line.free:
            line.off = rounded(line.off * (line.free - amount) / line.free, line.minor)
        line.free -= amount

    # --- And back (W6) ------------------------------------------------------------------------------------------------

    def give_back(
        self, name: str, when: When, amount: F | None = None, line: int | None = None, *, taken: bool = False
    ) -> list[Grant]:
        """What was used last goes back first; to a grant that has expired meanwhile it comes too late.

        Unless it is `taken` next: then the grants that it came too late to are said.
        """
        application = self.applications[name]
        unit, standing = application.unit, application.standing(line)
        units = standing if amount is None else amount / unit.face
        if not 0 < units <= standing or units != down(units, unit.step):
            raise No("not so much can go back")
        back = [*self._last(application, units, line)]
        for target in {use.line for use, _units in back}:
            of_target = sum((one for use, one in back if use.line == target), start=F(0))
            if units != standing and of_target != down(of_target, unit.step):
                raise No("a part of a minor unit would go back")
        for line_back in [] if application.lowers or application.paid else application.invoice.lines:
            amount_back = sum((number for use, number in back if use.line == line_back.number), start=F(0)) * unit.face
            if amount_back:
                self._hold_again(application, line_back, amount_back)
        moment = self.moment(when)
        grants = {use.lot.grant.name: use.lot.grant for use, _units in back}
        late = [one for one in grants.values() if one.terms.over(min(moment, when.now))]
        self.expire(late, when.now)
        for use, number in back:
            use.back += number
            use.lot.left += number
            use.lot.since = max(use.lot.since, when.day)
            use.lot.grant.applied -= number
            self._settle(application, use, -number)
        if not taken:
            for grant in late:
                self.end(grant, when, application.at)
        return late

    @staticmethod
    def _last(application: Application, units: F, line: int | None) -> Iterator[tuple[Use, F]]:
        for use in reversed(application.uses):
            number = min(units, use.standing)
            if number and line in (None, use.line):
                units -= number
                yield use, number

    def end(self, grant: Grant, when: When, used_at: str) -> None:
        """What came back too late is written off, or renewed, as the books choose."""
        if not grant.left:
            return
        if self.policies["credit-returns"] == "renew":
            self._renew(grant, when.day, self.moment(when), used_at)
        else:
            self._expire(grant)

    def _to(self, invoice: Invoice, *, lowers: bool) -> list[str]:
        found = [one for one in self.applications.values() if one.invoice is invoice and one.lowers == lowers]
        return [one.name for one in reversed(found) if one.standing()]

    def give_all_back(self, number: str, when: When, *, lowers: bool) -> None:
        for name in self._to(self.invoices[number], lowers=lowers):
            self.give_back(name, when)
