"""What the wallets of one customer with one legal entity must hold, by the requirement (W1 to W8) and the ledger's format alone.

It knows nothing of the program: it is told what people ask for, and what money, invoices and credit notes come to, and says
what is then in each grant, what each invoice owes, what is unapplied, and what was income. Numbers are fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction as F  # noqa: N817 - the model is full of them

from wallet_grants import Grants
from wallet_records import (
    FINEST,
    NEVER,
    Grant,
    Invoice,
    Line,
    No,
    Note,
    When,
    down,
    rounded,
    up,
)


class Wallets(Grants):
    """All wallets of a customer with a seller, and what becomes of them with invoices and money."""

    def issue(self, number: str, day: date) -> None:
        invoice = self.invoices[number]
        invoice.status = "issued"
        self.discounts[invoice.currency] += sum((one.lowered for one in invoice.lines if one.earned), start=F(0))
        self.top_up(invoice, day)

    def void(self, number: str, when: When) -> None:
        invoice = self.invoices[number]
        if invoice.status == "issued":
            self.discounts[invoice.currency] -= sum((one.lowered for one in invoice.lines if one.earned), start=F(0))
        invoice.status = "void"
        self.give_all_back(number, when, lowers=True)

    def credit(self, number: str, note: str, lines: Sequence[Note], when: When) -> None:
        """A credit note: credits that had paid go back first; what was paid in money is the customer's again (I7)."""
        invoice = self.invoices[number]
        topped = [self.grants[name] for one in invoice.lines if (name := f"{number}/{one.number}") in self.grants]
        names = [one.name for one in topped]
        self.expire([*topped, *(one for one in self.grants.values() if one.bonus_of in names)], when.now)
        total = sum((one.net + one.tax for one in lines), start=F(0))
        for one in lines:
            self._make_room(invoice, one, when)
        for name in self._to(invoice, lowers=False):
            if total > invoice.due:
                self._give_back_so_much(name, total - invoice.due, when)
        taken = self._take_top_ups(invoice, lines)
        to_receivable = min(total, invoice.due)
        invoice.credited += to_receivable
        invoice.noted = True
        if total > to_receivable:
            self.money[f"credit-note/{note}"] += total - to_receivable
        for one in lines:
            line = invoice.lines[one.line - 1]
            before = self._off(line)
            line.taken += min(one.net, line.deferred)
            line.credited += one.net
            line.credited_tax += one.tax
            line.credited_quantity += one.quantity
            if line.earned:
                self.discounts[invoice.currency] -= self._off(line) - before
        for one in lines:
            self._raise_again(invoice, invoice.lines[one.line - 1], when)
        for name, units in taken:
            self._take_bonus(name, units, when.day)
        self.top_up(invoice, when.day)

    def _make_room(self, invoice: Invoice, note: Note, when: When) -> None:
        """Credits that are for a credited line go back as far as more would be settled of it than is left."""
        line = invoice.lines[note.line - 1]
        for name in self._to(invoice, lowers=False):
            over = self._by_credits(invoice, line) - (line.gross_left - note.net - note.tax)
            net = line.amount - line.credited - note.net
            if invoice.holds(line) and line.off > net and not self.applications[name].paid:
                over = max(over, up(line.free * (line.off - net) / line.off, line.minor))
            if over > 0 and (standing := self.applications[name].standing(note.line)):
                unit = self.applications[name].unit
                units = min(up(over / unit.face, unit.step), standing)
                self.give_back(name, when, units * unit.face, note.line)

    def _by_credits(self, invoice: Invoice, line: Line) -> F:
        """What credits settle of a line."""
        return sum(
            (
                one.standing(line.number) * one.unit.face
                for one in self.applications.values()
                if one.invoice is invoice and not one.lowers
            ),
            start=F(0),
        )

    def _give_back_so_much(self, name: str, amount: F, when: When) -> None:
        """In whole steps, and all where a part can't go back by itself."""
        application = self.applications[name]
        units = up(amount / application.unit.face, application.unit.step)
        if units < application.standing():
            try:
                self.give_back(name, when, units * application.unit.face)
            except No:
                self.give_back(name, when)
        else:
            self.give_back(name, when)

    def _take_top_ups(self, invoice: Invoice, lines: Sequence[Note]) -> list[tuple[str, F]]:
        """Credits that were sold by what is credited; what they cost more or less than that is breakage."""
        taken = []
        for one in lines:
            line, name = invoice.lines[one.line - 1], f"{invoice.number}/{one.line}"
            if line.top_up is not None and name in self.grants:
                units = line.top_up.units * one.quantity / line.quantity
                self.breakage[invoice.currency] -= one.net - self._remove(self.grants[name], units)
                taken.append((name, units))
        return taken

    def _off(self, line: Line) -> F:
        """What of the discount of free credits went with what is credited of a line."""
        if not line.lowered or not line.credited:
            return F(0)
        return rounded(line.lowered * line.credited / line.amount, line.minor)

    def _raise_again(self, invoice: Invoice, line: Line, when: When) -> None:
        """Of what free credits had lowered a credited line by, before tax, the credited part goes back."""
        if not line.lowered:
            return
        share = line.credited / line.amount if line.amount else line.credited_quantity / line.quantity
        names = self._to(invoice, lowers=True)
        standing = sum((self._lowers(name, line.number) for name in names), start=F(0))
        wanted = line.lowered * share - (line.lowered - standing)
        for name in names:
            unit = self.applications[name].unit
            units = min(down(max(wanted, F(0)) / unit.face, unit.step), self.applications[name].standing(line.number))
            if units:
                self.give_back(name, when, units * unit.face, line.number)
                wanted -= units * unit.face

    def _lowers(self, name: str, line: int) -> F:
        return self.applications[name].standing(line) * self.applications[name].unit.face

    # --- Money that had paid for credits goes back (Y5) ---------------------------------------------------------------

    def refund(self, origin: str, when: When, amount: F | None, reopens: Sequence[str], *, keep: bool) -> None:
        """Credits that the money had bought are money again: so much of it, or all; first what was used for these invoices."""
        grants = self._bought(origin)
        self.expire(grants, when.now)
        late: dict[str, tuple[Grant, str]] = {}
        for number in reopens:
            names = [
                one.name
                for one in self.applications.values()
                if one.invoice.number == number and not one.lowers
                if any(use.standing and use.lot.grant in grants for use in one.uses)
            ]
            if not names:
                raise No("none of it was used for that")
            for name in reversed(names):
                self._back_to_take(name, when, late)
        self._take(grants, when, amount, keep=keep)
        self._end_all(late, when)

    def charge_back(self, origin: str, when: When, amount: F) -> None:
        """So much money is gone, and its credits with it."""
        left = self.take_all(origin, when, amount)
        if left is not None and left > 0:
            raise No("it is not there any more")

    def take_all(self, origin: str, when: When, amount: F | None, *, keep: bool = False) -> F | None:
        """Unspent credits that the money had bought, then what was used of them: so much, or all. What is still wanted."""
        grants = self._bought(origin)
        late: dict[str, tuple[Grant, str]] = {}
        left = self._take(grants, when, amount, keep=keep)
        for grant in reversed(grants):
            if left is None or left > 0:
                for one in [*self.applications.values()][::-1]:
                    if not one.lowers and any(use.standing and use.lot.grant is grant for use in one.uses):
                        self._back_to_take(one.name, when, late)
                left = self._take([grant], when, left, keep=keep)
        self._end_all(late, when)
        return left

    def _bought(self, origin: str) -> list[Grant]:
        return [one for one in self.grants.values() if one.origin == origin]

    def _back_to_take(self, name: str, when: When, late: dict[str, tuple[Grant, str]]) -> None:
        for grant in self.give_back(name, when, taken=True):
            before = late.get(grant.name, (grant, NEVER))[1]
            late[grant.name] = (grant, min(before, self.applications[name].at))

    def _end_all(self, late: dict[str, tuple[Grant, str]], when: When) -> None:
        for grant, used_at in late.values():
            self.end(grant, when, used_at)

    def _take(self, grants: Sequence[Grant], when: When, amount: F | None, *, keep: bool = False) -> F | None:
        left = amount
        for grant in reversed(grants):
            units = self._units_for(grant, left)
            if not units:
                continue
            back = self.adjust(grant.name, units, when.day, cap=False, lost=False)
            if keep and not grant.terms.over(when.now):
                self.free(grant.unit, units, grant.terms, when.day)
            else:
                self._take_bonus(grant.name, units, when.day)
            left = None if left is None else left - back
        return left

    @staticmethod
    def _units_for(grant: Grant, amount: F | None) -> F:
        """How many of what is unspent had cost so much, the last ones first."""
        units, left = F(0), amount
        for lot in reversed(grant.lots):
            if left is None or lot.left * lot.cost <= left:
                units += lot.left
                left = None if left is None else left - lot.left * lot.cost
            elif left > 0:
                return units + min(lot.left, up(left / lot.cost, FINEST))
        return units

    def _take_bonus(self, name: str, units: F, day: date) -> None:
        for bonus in [one for one in self.grants.values() if one.bonus_of == name and one.left]:
            share = up(bonus.units * units / self.grants[name].units, FINEST)
            self.adjust(bonus.name, share, day, cap=True, lost=False)
