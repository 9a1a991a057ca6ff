"""What a line of a bank statement pays, how sure that is, and why (Y6).

A line is held against what its account may be paid for (`candidates.py`). The first row that fits decides:

| the line                                                                                      | is       |
|-----------------------------------------------------------------------------------------------|----------|
| went out, or takes back an earlier booking                                                    | skipped  |
| is named by the reference of one submitted payment, over the same amount                      | sure     |
| names one submitted payment by its reference, over the same amount                            | sure     |
| ... over another amount                                                                       | likely   |
| names several payments, or invoices besides that its payment is not for                       | doubtful |
| names open invoices of several customers or sellers, or of another currency                   | doubtful |
| names open invoices, and one payment that is submitted for just these has the same amount     | sure     |
| ... and payments over another amount are submitted for them                                   | doubtful |
| names open invoices plainly, and is over exactly what is owed on them                         | sure     |
| names them less plainly, and exactly; and the payer is the customer (by account or name)      | sure     |
| names them less plainly, and exactly                                                          | likely   |
| names several, and is over what is owed on just one of them                                   | likely   |
| names them plainly, and is over less or more than is owed                                     | likely   |
| names them less plainly, and is over another amount                                           | doubtful |
| names none, comes from no customer, and is over what a processor's payout brought that week   | skipped  |
| names an invoice on which nothing is owed                                                     | doubtful |
| names none; the payer is one customer; one thing of this customer's is over just this amount  | likely   |
| names none; its amount, or its payer, is that of something or of somebody known               | doubtful |
| ... and the payer's account is known as one customer's, of whom nothing is over this amount    | likely   |
| anything else                                                                                 | unknown  |

What would be sure is likely where the payer's account is known as another customer's, where the text can be read in two
ways, or where the money came before the invoice was issued. Two candidates are never sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.importers.bank.candidates import INVOICE, PAYMENT, Candidates, Owed, Waiting
from billing_beans.importers.bank.lines import BankLine
from billing_beans.importers.bank.mentions import Mention, Strength

LISTED = 5
"""Candidates that are named in a reason."""


class Confidence(StrEnum):
    """How sure it is what a line pays."""

    SURE = "sure"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@record
class Match:
    """What a line pays: one submitted payment, or invoices in order; for neither it is the customer's unapplied money.

    `reasons` are in words; `customer` is whose money it is, where that is known. A doubtful one pays nothing yet.
    """

    line: BankLine
    confidence: Confidence
    reasons: tuple[str, ...]
    customer: str | None = None
    invoices: tuple[str, ...] = ()
    payment: str | None = None


def match_line(line: BankLine, candidates: Candidates) -> Match:
    """What this line pays, by the table above. Nothing is taken out of the candidates: see `take`."""
    if line.amount.number <= 0:
        return Match(line, Confidence.SKIPPED, ("went out",))
    if line.reversal:
        return Match(line, Confidence.SKIPPED, ("takes back an earlier booking",))
    return _Matching(line, candidates).match()


def take(match: Match, candidates: Candidates) -> None:
    """Take what this match pays out of the candidates: the lines behind it can't pay it again."""
    if match.payment is not None:
        candidates.take_payment(match.payment, match.line.where)
    elif match.invoices:
        candidates.take(match.invoices, match.line.amount.number, match.line.where)


class _Matching:
    """One line on its way to a match."""

    def __init__(self, line: BankLine, candidates: Candidates) -> None:
        self._line = line
        self._candidates = candidates
        self._customers = candidates.customers_of(line)

    def match(self) -> Match:
        mentions = self._candidates.named_by(self._line)
        payments = [one for one in mentions if one.key.startswith(PAYMENT)]
        invoices = [one for one in mentions if one.key.startswith(INVOICE)]
        if payments:
            return self._by_payment(payments, invoices)
        if invoices:
            return self._by_number(invoices)
        return self._by_amount()

    def _by_payment(self, payments: list[Mention], invoices: list[Mention]) -> Match:
        waiting = [self._candidates.payments[one.key.removeprefix(PAYMENT)] for one in payments]
        free = [one for one in waiting if not one.taken_by]
        if not free:
            return self._made(Confidence.DOUBTFUL, f"{waiting[0].payment} has its money already, {waiting[0].taken_by}")
        one = free[0]
        numbers = [mention.key.removeprefix(INVOICE) for mention in invoices]
        others = [number for number in numbers if number not in one.shares]
        if len(waiting) > 1 or others:
            named = _listed([*(each.payment for each in waiting), *others])
            return self._made(
                Confidence.DOUBTFUL, f"names {named}: which one it pays is not clear", customer=one.customer
            )
        if one.amount != self._line.amount:
            words = f"has the reference of {one.payment}, which is over {_money(one.amount)}"
            return self._paying(one, sure=False, reasons=[words])
        words = f"has the reference of {one.payment}, and its amount"
        sure = payments[0].strength is Strength.PLAIN or self._is_customer(one.customer)
        return self._paying(one, sure=sure, reasons=[words])

    def _by_number(self, mentions: list[Mention]) -> Match:
        named = [self._candidates.invoices[one.key.removeprefix(INVOICE)] for one in mentions]
        owed = [one for one in named if one.due]
        if not owed:
            where = named[0].taken_by
            return self._made(
                Confidence.DOUBTFUL, f"{named[0].number} is settled already, by {where}", customer=named[0].customer
            )
        if refused := self._not_together(owed):
            return self._made(Confidence.DOUBTFUL, refused)
        numbers = tuple(one.number for one in owed)
        waiting = self._candidates.meant_for(numbers)
        if waiting:
            return self._of_submitted(waiting, owed)
        total = sum((one.due for one in owed), start=Decimal(0))
        strengths = [one.strength for one in mentions]
        if total == self._line.amount.number:
            return self._exactly(owed, strengths)
        return self._not_exactly(owed, total, strengths)

    def _not_together(self, owed: Sequence[Owed]) -> str:
        """Why invoices can't be paid by this one line, if they can't."""
        numbers = _listed(one.number for one in owed)
        if len({(one.customer, one.seller) for one in owed}) > 1:
            return f"names {numbers}, which are not of one customer and seller"
        currency = owed[0].currency
        if {one.currency for one in owed} != {self._line.amount.currency}:
            return f"names {numbers} in {currency}, and is over {_money(self._line.amount)}"
        return ""

    def _of_submitted(self, waiting: list[Waiting], owed: Sequence[Owed]) -> Match:
        numbers = {one.number for one in owed}
        fitting = [one for one in waiting if one.amount == self._line.amount and numbers <= set(one.shares)]
        if len(fitting) == 1 == len(waiting):
            words = f"names {_listed(numbers)}, for which {fitting[0].payment} over this amount is submitted"
            return self._paying(fitting[0], sure=True, reasons=[words])
        submitted = _listed(f"{one.payment} over {_money(one.amount)}" for one in waiting)
        words = f"names {_listed(numbers)}, for which {submitted} waits to be verified or rejected"
        return self._made(Confidence.DOUBTFUL, words, customer=owed[0].customer)

    def _exactly(self, owed: Sequence[Owed], strengths: Sequence[Strength]) -> Match:
        numbers, customer = [one.number for one in owed], owed[0].customer
        reasons = [f"names {_listed(numbers)}, and is over what is owed"]
        plainly = min(strengths) is Strength.PLAIN
        if not plainly:
            reasons.append("the number is short, or its digits stand apart")
        sure = plainly or (len(owed) == 1 and self._is_customer(customer))
        if sure and not plainly:
            reasons.append(f"the payer is {customer}")
        early = [one for one in owed if self._line.booked < one.issued]
        if early:
            sure = False
            reasons.append(f"came before {early[0].number} was issued on {early[0].issued}")
        if other := self._known_as_other(customer):
            sure = False
            reasons.append(other)
        confidence = Confidence.SURE if sure else Confidence.LIKELY
        return self._made(confidence, *reasons, customer=customer, invoices=numbers)

    def _not_exactly(self, owed: Sequence[Owed], total: Decimal, strengths: Sequence[Strength]) -> Match:
        amount, customer = self._line.amount, owed[0].customer
        numbers = [one.number for one in owed]
        just = [one for one in owed if one.due == amount.number]
        if len(just) == 1:
            words = f"names {_listed(numbers)}, and is over what is owed on {just[0].number}"
            return self._made(Confidence.LIKELY, words, customer=customer, invoices=[just[0].number])
        less = amount.number < total
        words = f"names {_listed(numbers)}, and is over {'less' if less else 'more'} than the {total:f} that are owed"
        reasons = [words, *filter(None, [self._known_as_other(customer)])]
        if min(strengths) is Strength.PLAIN and len(reasons) == 1:
            return self._made(Confidence.LIKELY, *reasons, customer=customer, invoices=numbers)
        return self._made(Confidence.DOUBTFUL, *reasons, customer=customer)

    def _by_amount(self) -> Match:
        line, customers = self._line, self._customers
        owed, waiting = self._candidates.due_of(line.amount), self._candidates.waiting_for(line.amount)
        if not customers and (payout := self._candidates.payout_of(line)):
            return self._made(Confidence.SKIPPED, f"is the payout {payout}, which is in the books")
        closed = self._candidates.closed_named_by(line)
        if closed is not None:
            words = f"names {closed.number}, which is {closed.status.replace('-', ' ')}"
            return self._made(Confidence.DOUBTFUL, words, customer=closed.customer)
        if len(customers) == 1:
            (customer,) = customers
            return self._of_customer(customer, owed, waiting)
        found = [*(one.payment for one in waiting), *(one.number for one in owed)]
        who = f"{line.counterparty!r} is the name of {_listed(sorted(customers))}" if customers else self._nobody()
        if found:
            return self._made(Confidence.DOUBTFUL, f"is over the amount of {_listed(found)}", who)
        confidence = Confidence.DOUBTFUL if customers else Confidence.UNKNOWN
        return self._made(confidence, "names no open invoice, and nothing of this amount is owed", who)

    def _of_customer(self, customer: str, owed: list[Owed], waiting: list[Waiting]) -> Match:
        """The payer is one customer: what of his is over just this amount."""
        payments = [one for one in waiting if one.customer == customer]
        covered = {number for one in payments for number in one.shares}
        invoices = [one for one in owed if one.customer == customer and one.number not in covered]
        who = f"the payer is {customer}"
        if len(payments) == 1 and not invoices:
            return self._paying(payments[0], sure=False, reasons=[who, f"is over the amount of {payments[0].payment}"])
        if len(invoices) == 1 and not payments and not self._candidates.meant_for([invoices[0].number]):
            (one,) = invoices
            words = f"is over what is owed on {one.number}, and on no other of theirs"
            return self._made(Confidence.LIKELY, who, words, customer=customer, invoices=[one.number])
        found = [*(one.payment for one in payments), *(one.number for one in invoices)]
        if found:
            return self._made(Confidence.DOUBTFUL, who, f"is over the amount of {_listed(found)}", customer=customer)
        words = "no open invoice of theirs is over this amount"
        if self._candidates.payer_of(self._line) == customer:
            return self._made(Confidence.LIKELY, who, f"{words}: unapplied money", customer=customer)
        return self._made(Confidence.DOUBTFUL, who, words, customer=customer)

    def _paying(self, waiting: Waiting, *, sure: bool, reasons: list[str]) -> Match:
        if other := self._known_as_other(waiting.customer):
            sure = False
            reasons = [*reasons, other]
        confidence = Confidence.SURE if sure else Confidence.LIKELY
        return self._made(confidence, *reasons, customer=waiting.customer, payment=waiting.payment)

    def _is_customer(self, customer: str) -> bool:
        return self._customers == {customer}

    def _known_as_other(self, customer: str) -> str:
        """What speaks against a customer: the payer's account is known, and as another one's."""
        known = self._candidates.payer_of(self._line)
        return f"but the payer's account is that of {known}" if known not in (None, customer) else ""

    def _nobody(self) -> str:
        line = self._line
        return f"{line.counterparty!r} is no customer" if line.counterparty else "the line names no payer"

    def _made(
        self,
        confidence: Confidence,
        *reasons: str,
        customer: str | None = None,
        invoices: Sequence[str] = (),
        payment: str | None = None,
    ) -> Match:
        return Match(self._line, confidence, reasons, customer, tuple(invoices), payment)


def _listed(names: Iterable[str]) -> str:
    found = [*names]
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return f"{', '.join(found[:LISTED])}{more}"


def _money(amount: Money) -> str:
    return f"{amount.number:f} {amount.currency}"
