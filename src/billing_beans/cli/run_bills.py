"""What a billing run records, put together by customer: invoices, credit notes, the credits that are used; and its sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing_beans.cli.output import money
from billing_beans.core.facts import Fact
from billing_beans.core.money import Money
from billing_beans.credits.facts import CreditApplied, CreditDiscounted
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteLine, InvoiceDrafted
from billing_beans.payments.facts import PaymentAllocated

_ZERO = Decimal(0)
Used = CreditApplied | CreditDiscounted


@dataclass(slots=True)
class Bill:
    """An invoice as its last revision says it, with the credits that lower or pay it, and the money that does."""

    draft: InvoiceDrafted
    used: list[Used] = field(default_factory=list)
    paid: Decimal = _ZERO

    @property
    def by_credits(self) -> Decimal:
        """What credits pay of it after tax."""
        return -sum(
            (leg.number for one in self.used if isinstance(one, CreditApplied) for leg in one.settles), start=_ZERO
        )

    @property
    def owed(self) -> Money:
        return Money(self.draft.total.number - self.by_credits - self.paid, self.draft.currency)


@dataclass(slots=True)
class OfCustomer:
    """Everything of one customer with one seller, in order."""

    customer: str
    seller: str
    invoices: dict[str, Bill] = field(default_factory=dict)
    credit_notes: list[CreditNoteDrafted] = field(default_factory=list)


@dataclass(slots=True)
class Sums:
    """All of one currency."""

    invoices: int = 0
    subtotal: Decimal = _ZERO
    tax: Decimal = _ZERO
    total: Decimal = _ZERO
    by_credits: Decimal = _ZERO
    owed: Decimal = _ZERO
    credit_notes: int = 0
    credited: Decimal = _ZERO


@dataclass(slots=True)
class Bills:
    """By customer, in the order of recording; and the sums of each currency."""

    customers: list[OfCustomer]
    sums: dict[str, Sums]

    @property
    def length(self) -> int:
        """How many documents it makes."""
        return sum(len(one.invoices) + len(one.credit_notes) for one in self.customers)


def bills_of(facts: Iterable[Fact]) -> Bills:
    """What facts bill, put together."""
    found: dict[tuple[str, str], OfCustomer] = {}
    invoices: dict[str, Bill] = {}
    for fact in facts:
        if isinstance(fact, InvoiceDrafted):
            bill = invoices.get(fact.invoice)
            if bill is not None:
                bill.draft = fact
                continue
            invoices[fact.invoice] = bill = Bill(fact)
            key = (fact.customer, fact.seller)
            found.setdefault(key, OfCustomer(*key)).invoices[fact.invoice] = bill
        elif isinstance(fact, CreditNoteDrafted):
            key = (fact.customer, fact.seller)
            found.setdefault(key, OfCustomer(*key)).credit_notes.append(fact)
        elif isinstance(fact, (CreditApplied, CreditDiscounted)) and fact.invoice in invoices:
            invoices[fact.invoice].used.append(fact)
        elif isinstance(fact, PaymentAllocated):
            for leg in fact.settles:
                if leg.invoice in invoices:
                    invoices[leg.invoice].paid -= leg.number
    return Bills([*found.values()], _sums(found.values()))


def _sums(customers: Iterable[OfCustomer]) -> dict[str, Sums]:
    sums: dict[str, Sums] = {}
    for one in customers:
        for bill in one.invoices.values():
            of = sums.setdefault(bill.draft.currency, Sums())
            of.invoices += 1
            of.subtotal += bill.draft.subtotal.number
            of.tax += bill.draft.tax.number
            of.total += bill.draft.total.number
            of.by_credits += bill.by_credits
            of.owed += bill.owed.number
        for note in one.credit_notes:
            of = sums.setdefault(note.total.currency, Sums())
            of.credit_notes += 1
            of.credited += note.total.number
    return dict(sorted(sums.items()))


def bills_result(bills: Bills) -> dict[str, Any]:
    """The same for programs: every document with its lines."""
    return {
        "documents": [document for one in bills.customers for document in _documents(one)],
        "totals": {currency: _sums_result(of, currency) for currency, of in bills.sums.items()},
    }


def _documents(one: OfCustomer) -> Iterable[dict[str, Any]]:
    for note in one.credit_notes:
        yield {
            "customer": one.customer,
            "seller": one.seller,
            "credit-note": note.credit_note,
            "of": note.invoice,
            "reason": note.reason,
            "lines": [_taken_back(line) for line in note.lines],
            "subtotal": note.subtotal,
            "tax": note.tax,
            "total": note.total,
        }
    for number, bill in one.invoices.items():
        draft = bill.draft
        yield {
            "customer": one.customer,
            "seller": one.seller,
            "invoice": number,
            "due": draft.due,
            "lines": [_line(line) for line in draft.lines],
            "subtotal": draft.subtotal,
            "tax": draft.tax,
            "total": draft.total,
            "credits": [used for fact in bill.used for used in _used(fact)],
            "owed": bill.owed,
        }


def _line(line: Any) -> dict[str, Any]:
    said = {
        "subscription": line.subscription,
        "charge": line.charge,
        "product": line.product,
        "description": line.description,
        "quantity": line.quantity,
        "unit-price": line.unit_price,
        "amount": line.amount,
        "tax": line.tax,
        "period-start": line.period_start,
        "period-end": line.period_end,
        "prorated-from": line.prorated_from,
        "prorated-until": line.prorated_until,
        "prorated-of": line.prorated_of,
        "prorated-by": line.prorated_by,
    }
    return {name: value for name, value in said.items() if value is not None}


def _taken_back(line: CreditNoteLine) -> dict[str, Any]:
    said = {
        "line": line.line,
        "description": line.description,
        "quantity": line.quantity,
        "amount": line.amount,
        "tax": line.tax,
        "period-start": line.period_start,
        "period-end": line.period_end,
    }
    return {name: value for name, value in said.items() if value is not None}


def _used(fact: Used) -> Iterable[dict[str, Any]]:
    for leg in fact.lots:
        assert leg.cost is not None
        yield {"grant": leg.cost.label, "unit": leg.currency, "units": leg.number}


def _sums_result(of: Sums, currency: str) -> dict[str, Any]:
    amounts = {
        "subtotal": of.subtotal,
        "tax": of.tax,
        "total": of.total,
        "by-credits": of.by_credits,
        "owed": of.owed,
        "credited": of.credited,
    }
    said = {name: money(Money(amount, currency)) for name, amount in amounts.items()}
    return {"invoices": of.invoices, "credit-notes": of.credit_notes, **said}
