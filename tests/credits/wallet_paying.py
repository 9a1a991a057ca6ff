"""Which lots, in order, pay how much of what: the middle of the model of wallets (W3, W5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction as F  # noqa: N817 - the model is full of them
from itertools import groupby

from wallet_records import ANYTHING, Invoice, Lot, No, Unit, Use, down


class Paying:
    """What is still owed of an invoice, of all of it and of each line that credits can pay, or of a draft can be lowered."""

    def __init__(self, invoice: Invoice, wanted: Sequence[int], amount: F | None) -> None:
        chosen = [one for one in invoice.lines if not wanted or one.number in wanted]
        payable = [one for one in chosen if one.top_up is None]
        if not payable or (wanted and payable != chosen):
            raise No("credits don't buy credits")
        is_draft = invoice.status == "draft"
        lines = [one for one in payable if one.can_be_lowered] if is_draft else payable
        self._scopes = {one.number: one.scope for one in lines}
        self._due = {one.number: one.amount if is_draft else one.due for one in lines}
        self._limit = sum(self._due.values(), start=F(0)) if is_draft else invoice.due
        self._whole = not is_draft and not wanted and len(payable) == len(invoice.lines)
        if not lines or (not is_draft and self._limit <= 0):
            raise No("nothing is owed, or no line can be lowered")
        if amount is not None:
            if not 0 < amount <= self._limit:
                raise No("not so much can be paid")
            self._limit = amount

    def runs(self, lots: list[Lot]) -> Iterator[list[Use]]:
        """Paid and free ones apart, in order, each as far as it goes, in whole minor units for each line."""
        for _paid, group in groupby(lots, key=lambda lot: lot.grant.paid):
            several, run = [*group], list[Use]()
            self._fill(several, run, fragments=True)
            for target in {one.line for one in run}:
                self._trim(several[0].grant.unit, target, [one for one in run if one.line == target])
            self._fill(several, run, fragments=False)
            run.sort(key=lambda use: (several.index(use.lot), use.line or 0))
            if kept := [one for one in run if one.units]:
                yield kept

    def _targets(self, lot: Lot) -> list[int | None]:
        """What a lot can pay: paid ones for anything pay all of an invoice at once, the others line by line."""
        scope = lot.grant.terms.scope
        if self._whole and lot.grant.paid and scope == ANYTHING:
            return [None]
        return [number for number, of in self._scopes.items() if scope.covers(of)]

    def _owed(self, target: int | None) -> F:
        return self._limit if target is None else min(self._due[target], self._limit)

    def _fill(self, lots: list[Lot], run: list[Use], *, fragments: bool) -> None:
        """Each lot for what it is for, as far as whole minor units of that go; or only by whole minor units of its own."""
        for lot in lots:
            unit = lot.grant.unit
            for target in self._targets(lot):
                before = sum((one.units for one in run if one.line == target), start=F(0))
                left = lot.left - sum((one.units for one in run if one.lot is lot), start=F(0))
                units = min(left, down(before + self._owed(target) / unit.face, unit.step) - before)
                units = units if fragments else down(units, unit.step)
                if units > 0:
                    self._count(target, units * unit.face)
                    found = [one for one in run if one.lot is lot and one.line == target]
                    if found:
                        found[0].units += units
                    else:
                        run.append(Use(lot, target, units))

    def _trim(self, unit: Unit, target: int | None, uses: list[Use]) -> None:
        units = sum((one.units for one in uses), start=F(0))
        too_much = units - down(units, unit.step)
        self._count(target, -too_much * unit.face)
        for use in reversed(uses):
            less = min(too_much, use.units)
            use.units -= less
            too_much -= less

    def _count(self, target: int | None, amount: F) -> None:
        self._limit -= amount
        if target is not None:
            self._due[target] -= amount

    def all_is_used(self, lots: list[Lot]) -> None:
        """Nothing is owed that what is left could pay in whole minor units (too little credit: all of it is used)."""
        for lot in lots:
            unit = lot.grant.unit
            for number, scope in self._scopes.items():
                could_pay = min(self._owed(number), lot.left * unit.face) // (unit.step * unit.face)
                assert not lot.grant.terms.scope.covers(scope) or not could_pay, (
                    f"{lot.grant.name} could pay more of line {number}"
                )
