"""One thing of a processor into the books: what is not there yet is recorded, what waits is held, and nothing is made up.

Each function looks at what the books hold of the thing, and records what is missing; so the same thing may come again, in
any order and in pieces. What can't be decided raises `NotTaken` before anything of it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.money import ReturnPayout, record_payout, return_payout
from billing_beans.acts.payments import submit_payment, verify_payment
from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.importers.processors.days import dated, local_day
from billing_beans.importers.processors.events import EventKind, Family
from billing_beans.importers.processors.fees import add_fee, kept
from billing_beans.importers.processors.going_back import charge_of, take_back, try_held
from billing_beans.importers.processors.outcomes import Became, Choices, NotTaken, Outcome
from billing_beans.importers.processors.owners import Emails, Owner, owner_of, payers_of
from billing_beans.importers.processors.plan import Thing
from billing_beans.payments.chargebacks import RecordPayout
from billing_beans.payments.facts import Method, PaymentSubmitted
from billing_beans.payments.operations import SubmitPayment, VerifyPayment
from billing_beans.payments.processor_facts import Held
from billing_beans.payments.processor_operations import HoldEvent, exchanged, held
from billing_beans.payments.records import PaymentHead, PaymentStatus, RefundStatus
from billing_beans.payments.settling import seller_of_payment

_RATE = Decimal("0.000000000001")
"""Rates have as many decimals as any number in the books may have."""


@dataclass(slots=True)
class Taker:
    """What all things of one import are taken with."""

    choices: Choices
    emails: Emails

    def take(self, act: Act, thing: Thing) -> Iterator[Outcome]:
        """Record what is missing of this thing, and what waited for it. Raises `BillingError` where that can't be."""
        if thing.family is Family.CHARGE:
            yield self._charge(act, thing)
            yield from try_held(act, thing.source)
        elif thing.family is Family.REFUND:
            yield take_back(act, thing)
        elif thing.family is Family.DISPUTE:
            yield take_back(act, thing)
            yield from try_held(act, thing.source, thing.about)
        elif thing.family is Family.SAID:
            yield went_back(act.books, thing)
        elif thing.family is Family.FEE:
            yield self._fee(act, thing)
        elif thing.family is Family.EXCHANGE:
            yield self._exchange(act, thing)
        else:
            yield self._payout(act, thing)

    def _charge(self, act: Act, thing: Thing) -> Outcome:
        """Money that came: of whom and for what, on the account at the processor."""
        if thing.clash:
            raise NotTaken(f"{thing.source} is {thing.clash}.", rule="Y6: nothing is made up.", instead=_COMPARE)
        head = charge_of(act.books, thing.source)
        if head is not None and (head.status is not PaymentStatus.SUBMITTED or thing.kind is not EventKind.PAID):
            return _standing(act, thing, head)
        if head is None and any(act.books.payments.heads.range("source", thing.source)):
            return Outcome(thing, Became.STANDING, "a person rejected it")
        if thing.kind is not EventKind.PAID or thing.came is None or not thing.came.number:
            return Outcome(thing, Became.NO_MONEY, thing.kind.value)
        _refuse_fee(thing)
        if head is not None:
            return self._submitted(act, thing, head)
        seller = self.seller(act.books)
        owner = owner_of(act.books, thing, self.emails, local_day(act.books, thing.moment, seller))
        _refuse_seller(thing, owner.named, owner.seller, seller)
        day = local_day(act.books, thing.moment, seller)
        with dated(act, day, *(head.issued for head in owner.invoices)):
            submit_payment(act, _submission(thing, owner, seller))
            submitted = act.facts[-1]
            assert isinstance(submitted, PaymentSubmitted)
            self._verify(act, thing, VerifyPayment(submitted.payment, day))
        return Outcome(thing, Became.RECORDED)

    def _submitted(self, act: Act, thing: Thing, head: PaymentHead) -> Outcome:
        """A payment that somebody submitted as this charge: here is its money, so much as the processor says."""
        seller, came = self.seller(act.books), thing.came
        _refuse_seller(thing, head.payment, seller_of_payment(act.books, head), seller)
        if came is None or came.currency != head.amount.currency:
            raise _in_the_books(thing, head)
        day = local_day(act.books, thing.moment, seller)
        self._verify(act, thing, VerifyPayment(head.payment, day, amount=came if came != head.amount else None))
        return Outcome(thing, Became.RECORDED)

    def _verify(self, act: Act, thing: Thing, request: VerifyPayment) -> None:
        """The money is on the account at the processor, less what it kept."""
        into = self.account(act.books, self.seller(act.books))
        verify_payment(act, replace(request, into=into, fee=kept(thing)))
        assert request.received is not None
        add_fee(act, thing, into, request.received)

    def _fee(self, act: Act, thing: Thing) -> Outcome:
        if act.books.processors.fees.get(thing.source) is None and not (thing.fee and thing.fee.number):
            return Outcome(thing, Became.NO_MONEY, "a fee of nothing")
        seller = self.seller(act.books)
        day = local_day(act.books, thing.moment, seller)
        added = add_fee(act, thing, self.account(act.books, seller), day)
        return Outcome(thing, Became.RECORDED if added else Became.STANDING)

    def _exchange(self, act: Act, thing: Thing) -> Outcome:
        """What the processor held in one currency became another."""
        if thing.clash or thing.amount is None or thing.settled is None:
            raise NotTaken(f"{thing.source} is {thing.clash}.", rule="Y6: nothing is made up.", instead=_COMPARE)
        if act.books.processors.exchanges.get(thing.source) is not None:
            return Outcome(thing, Became.STANDING)
        seller = self.seller(act.books)
        with dated(act, local_day(act.books, thing.moment, seller)) as day:
            act.record(exchanged(thing.source, thing.amount, thing.settled, self.account(act.books, seller), day))
        return Outcome(thing, Became.RECORDED)

    def _payout(self, act: Act, thing: Thing) -> Outcome:
        """Money that left the processor for the bank. Its date is a day, which processors give as its midnight in UTC."""
        if thing.clash:
            raise NotTaken(f"{thing.source} is {thing.clash}.", rule="Y6: nothing is made up.", instead=_COMPARE)
        payout = thing.source.partition("/")[2]
        known, day = act.books.payments.payouts.get(payout), thing.moment.date()
        if known is not None:
            if thing.kind is not EventKind.PAYOUT_FAILED or known.returned is not None:
                return Outcome(thing, Became.STANDING)
            with dated(act, day, known.received):
                return_payout(act, ReturnPayout(payout, thing.reason or "it came back to the processor"))
            return Outcome(thing, Became.RECORDED)
        if act.books.processors.held.get(thing.source) is not None:
            return Outcome(thing, Became.STANDING, "it came back")
        if thing.kind is EventKind.PAYOUT_PENDING:
            return Outcome(thing, Became.NO_MONEY, "on its way")
        if thing.kind is EventKind.PAYOUT_FAILED:
            return _remember(act, thing, day)
        assert thing.amount is not None
        seller, fee = self.seller(act.books), kept(thing)
        left = new_money(thing.amount.number + (fee.number if fee else 0), thing.amount.currency)
        with dated(act, day):
            request = RecordPayout(
                left, self.account(act.books, seller), self.choices.bank, fee, payout=payout, source=thing.source
            )
            record_payout(act, request)
        return Outcome(thing, Became.RECORDED)

    def seller(self, books: Books) -> str:
        """The legal entity whose account at the processor this is. Raises `WrongUsage` where there are several."""
        if self.choices.seller is not None:
            return self.choices.seller
        sellers = sorted({one.entity for one in books.catalog.entities.all()})
        if len(sellers) != 1:
            raise WrongUsage(
                f"The books have {len(sellers)} legal entities.", instead="say whose files these are with --seller"
            )
        return sellers[0]

    def account(self, books: Books, seller: str) -> Account:
        """Where the processor holds the seller's money."""
        if self.choices.into is not None:
            return self.choices.into
        versions = [*books.catalog.entities.range("versions", seller)]
        if not versions:
            raise WrongUsage(f"There is no legal entity {seller}.", instead="billing-beans entity list")
        return account_of(Role.PROCESSOR, versions[-1].account, self.choices.label)


_COMPARE = "compare it at the processor, and import the file that is right"


def _submission(thing: Thing, owner: Owner, seller: str) -> SubmitPayment:
    """For the invoices that it names; else the customer's, for none. Money that was exchanged says its rate."""
    came = thing.came
    assert came is not None
    payer = next(iter(payers_of(thing)), None) or thing.payer.name or None
    if not owner.invoices:
        return SubmitPayment(
            method=Method.PROCESSOR,
            amount=came,
            customer=owner.customer,
            seller=seller,
            payer=payer,
            source=thing.source,
        )
    return SubmitPayment(
        invoices=tuple(head.number for head in owner.invoices),
        method=Method.PROCESSOR,
        amount=came,
        payer=payer,
        rate=_rate(thing.amount, came),
        source=thing.source,
    )


def _rate(paid: Money | None, came: Money) -> Decimal | None:
    """What one of the currency that was paid became in the balance; None where it is the same currency."""
    if paid is None or paid.currency == came.currency:
        return None
    return (came.number / paid.number).quantize(_RATE)


def _standing(act: Act, thing: Thing, head: PaymentHead) -> Outcome:
    """A charge that is in the books; its fee may be told only now."""
    if thing.kind is not EventKind.PAID:
        return Outcome(thing, Became.STANDING)
    if thing.came != head.amount:
        raise _in_the_books(thing, head)
    day: date = head.verified_on or head.submitted
    added = add_fee(act, thing, Account(head.into), day)
    return Outcome(thing, Became.RECORDED if added else Became.STANDING)


def _in_the_books(thing: Thing, head: PaymentHead) -> NotTaken:
    return NotTaken(
        f"{thing.source} is in the books as {head.payment} over {head.amount}, and {thing.where} says {thing.came}.",
        rule="Y6: what a processor told once is not changed by telling it otherwise.",
        instead=f"billing-beans payment show {head.payment}",
    )


def _refuse_seller(thing: Thing, named: str, its_seller: str | None, seller: str) -> None:
    """Raises `NotTaken` where what the charge is for is another legal entity's."""
    if its_seller not in (None, seller):
        raise NotTaken(
            f"{thing.source} names {named} of {its_seller}, and the money is with {seller}.",
            rule="B3: money of one legal entity pays only its own invoices.",
            instead=f"these may be the files of {its_seller}: --seller {its_seller}",
        )


def _refuse_fee(thing: Thing) -> None:
    fee, came = kept(thing), thing.came
    if fee is not None and came is not None and fee.currency != came.currency:
        raise NotTaken(
            f"{thing.source} came as {came}, less a fee in {fee.currency}.",
            rule="Y3: gross, fee and net are in one currency.",
            instead="import the balance report, which says what it came to",
        )


def _remember(act: Act, thing: Thing, day: date) -> Outcome:
    """A payout that came back before it was recorded moves nothing, and what is told of it later is old."""
    assert thing.amount is not None
    with dated(act, day) as known:
        request = HoldEvent(
            event=thing.source,
            state=Held.PAYOUT_FAILED,
            about=thing.source,
            amount=thing.amount,
            reason=thing.reason or "it came back",
        )
        act.record(held(request, known))
    return Outcome(thing, Became.NO_MONEY, "it came back")


def went_back(books: Books, thing: Thing) -> Outcome:
    """How much of a charge went back in all, held against what is recorded of it. Raises `NotTaken` where that is less."""
    head = charge_of(books, thing.about)
    if head is None or thing.amount is None or head.amount.currency != thing.amount.currency:
        return Outcome(thing, Became.NO_MONEY, "its charge is not in the books")
    refunds = books.payments.refunds.range("origin", f"payment/{head.payment}")
    recorded = sum((one.amount.number for one in refunds if one.status is not RefundStatus.FAILED), start=Decimal(0))
    recorded += sum(
        (one.amount.number for one in books.payments.chargebacks.range("payment", head.payment)), start=Decimal(0)
    )
    if recorded >= thing.amount.number:
        return Outcome(thing, Became.NO_MONEY, "said already")
    raise NotTaken(
        f"{thing.amount} of {thing.source} ({head.payment}) went back, and {recorded:f} of it are in the books: "
        f"{thing.where} does not say by which refund.",
        rule="Y6: nothing is made up.",
        instead="import the refunds of the processor, or its balance report",
    )
