"""What must hold of a grant: who, how many, what was paid, for what and until when (W2, W4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Place, is_paid, place_of
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.credits.facts import CreditGranted, CreditRequested, CreditType
from billing_beans.credits.granting import (
    FREE_TYPES,
    BuyCredits,
    GrantCredits,
    RequestCredits,
    asked_for,
    bought,
    granted,
    of_line,
    purchase_of,
)
from billing_beans.credits.grants import terms_of
from billing_beans.credits.moments import is_moment, moment_of
from billing_beans.credits.records import Grant, GrantStatus
from billing_beans.credits.state import wallet_key
from billing_beans.entitlements.operations import to_grant
from billing_beans.invoicing.operations import head_named
from billing_beans.invoicing.status import Status
from billing_beans.payments.operations import payment_named
from billing_beans.payments.records import PaymentStatus
from billing_beans.payments.settling import as_called, seller_of_payment

RESTORE = "restore the text with git; what was recorded is never edited"
_ZERO = Decimal(0)


@check(
    CreditRequested,
    promise="W4: a grant waits for a submitted payment of its own customer, that is over its price at least.",
    remedy="billing-beans credit top-up CUSTOMER CREDITS --payment submits both",
)
def request_waits(books: Books, fact: CreditRequested) -> Iterator[str | Broken]:
    if books.credits.grants.get(fact.grant) is not None:
        yield Broken(f"{fact.grant} is made twice", "choose another id with --id, or leave it out")
        return
    payment = payment_named(books, fact.payment)
    if payment.status is not PaymentStatus.SUBMITTED or payment.customer != fact.customer:
        yield f"{fact.grant} of {fact.customer} waits for {fact.payment}, which is {payment.status}, of {payment.customer}"
    elif seller_of_payment(books, payment) != fact.seller or payment.first_invoice is not None:
        yield f"{fact.grant} is of {fact.seller}, and {fact.payment} of {seller_of_payment(books, payment)}, or for invoices"
    elif payment.amount.currency != fact.price.currency or payment.amount.number < fact.price.number:
        yield f"{fact.grant} costs {fact.price}, and {fact.payment} is over {payment.amount}"
    elif fact.date < payment.submitted:
        yield f"{fact.grant} is dated {fact.date}, before {fact.payment} was submitted on {payment.submitted}"
    if not is_moment(fact.expires_at):
        yield f"{fact.grant} expires at {fact.expires_at!r}, which is no moment in UTC"
        return
    yield from has_own_id(fact.grant)
    entity = books.catalog.entity(fact.seller, fact.date)
    if entity is not None:
        yield from _can_still_be_used(books, fact, entity.account)
    request = RequestCredits(
        fact.payment,
        fact.customer,
        fact.seller,
        fact.units,
        fact.price,
        fact.credit_unit,
        fact.bonus,
        terms_of(fact),
        fact.grant,
    )
    if fact != _enveloped(asked_for(books, request, fact.date), fact):
        yield Broken(f"{fact.grant} does not say what it comes from, which is payment/{fact.payment}", RESTORE)


def has_own_id(grant: str) -> Iterator[Broken]:
    """A name with a slash is that of a line of an invoice, which tops up, or of an opening."""
    if "/" in grant:
        yield Broken(
            f"{grant} can't be the id of this grant: only what an invoice tops up, or an opening, is called so",
            "choose another id with --id, or leave it out",
        )


def _can_still_be_used(books: Books, fact: CreditGranted | CreditRequested, entity: str) -> Iterator[Broken]:
    moment = moment_of(books, entity, fact.date, fact.at)
    if fact.expires_at is not None and fact.expires_at <= moment:
        what = "granted" if isinstance(fact, CreditGranted) else "asked for"
        yield Broken(f"{fact.grant} is {what} at {moment}, and expired at {fact.expires_at}", "give a later moment")


def _enveloped(expected: CreditRequested, fact: CreditRequested) -> CreditRequested:
    return replace(
        expected,
        id=fact.id,
        at=fact.at,
        actor=fact.actor,
        operation=fact.operation,
        idempotency_key=fact.idempotency_key,
        request=fact.request,
    )


@check(
    CreditGranted,
    promise="W2, W4: credits are granted once: free ones for nothing, paid ones for exactly what was paid for them.",
    remedy="billing-beans credit grant, or billing-beans credit top-up",
)
def granted_once(books: Books, fact: CreditGranted) -> Iterator[str | Broken]:
    before = books.credits.grants.get(fact.grant)
    if before is not None and before.status is not GrantStatus.PENDING:
        yield Broken(f"{fact.grant} is granted twice", "choose another id with --id, or leave it out")
        return
    if not fact.lots or any(leg.cost is None for leg in fact.lots) or not is_moment(fact.expires_at):
        yield f"{fact.grant} grants no credits, or expires at no moment in UTC: {fact.expires_at!r}"
        return
    if len({(leg.account, leg.currency) for leg in fact.lots}) != 1:
        yield f"{fact.grant} grants credits of several kinds"
        return
    if fact.source is None:
        yield f"{fact.grant} does not say what it comes from"
        return
    place = place_of(fact.lots[0].account)
    if place is not None:
        yield from _can_still_be_used(books, fact, place.entity)
    if fact.credit_type is CreditType.INVOICE_TOP_UP:
        yield from _from_invoice(books, fact)
        return
    yield from has_own_id(fact.grant)
    if fact.credit_type is CreditType.PAYMENT_TOP_UP:
        yield from _from_money(books, fact, before)
    elif fact.credit_type in FREE_TYPES:
        yield from _free(books, fact, before)
    else:
        yield f"{fact.grant} is of the type {fact.credit_type}, which is written otherwise"


def _from_invoice(books: Books, fact: CreditGranted) -> Iterator[str | Broken]:
    """The line of a paid invoice, once."""
    invoice, _, line = fact.grant.rpartition("/")
    head = head_named(books, invoice)
    if head.status is not Status.PAID or not line.isdecimal():
        yield f"{fact.grant} is granted while {invoice} is {head.status}"
        return
    if fact.date < max(head.settled_on or fact.date, head.issued or fact.date):
        yield f"{fact.grant} is granted on {fact.date}, before {invoice} was paid"
    expected = of_line(books, invoice, int(line), fact.date)
    yield from _differs(books, fact, expected)


def _from_money(books: Books, fact: CreditGranted, before: Grant | None) -> Iterator[str | Broken]:
    """Unapplied money; what was asked for as it was asked for."""
    assert fact.source is not None
    if fact.unapplied is None:
        yield f"{fact.grant} is paid, and takes no unapplied money"
        return
    units = -sum((leg.number for leg in fact.lots), start=_ZERO)
    request = BuyCredits(
        fact.source, units, fact.unapplied.units, fact.lots[0].currency, None, terms_of(fact), fact.grant
    )
    if before is not None:
        request = purchase_of(before)
    money = books.payments.money.get(fact.source)
    if money is not None and fact.date < money.since:
        yield f"{fact.grant} is granted on {fact.date}, before the money was free on {money.since}"
    yield from _differs(books, fact, bought(books, request, fact.date))


def _free(books: Books, fact: CreditGranted, before: Grant | None) -> Iterator[str | Broken]:
    assert fact.source is not None
    place = place_of(fact.lots[0].account)
    if before is not None or is_paid(fact.lots[0].account) or place is None:
        yield f"{fact.grant} is granted for nothing, and stands on {fact.lots[0].account}"
        return
    request = GrantCredits(
        fact.customer,
        -sum((leg.number for leg in fact.lots), start=_ZERO),
        fact.source,
        fact.lots[0].currency,
        fact.credit_type,
        fact.reason,
        terms_of(fact),
        books.catalog.entity_with(place.entity),
        fact.grant,
        fact.of_grant,
    )
    if fact.of_grant is not None or fact.credit_type in OF_ANOTHER:
        yield from _belongs(books, fact, place)
    if fact.credit_type is CreditType.CORRECTION and not (fact.reason or "").strip():
        yield f"{fact.grant} corrects {fact.of_grant} without a reason"
    yield from _differs(books, fact, granted(books, request, fact.date))


OF_ANOTHER = (CreditType.BONUS, CreditType.CORRECTION)
"""What there is only with another grant."""


def _belongs(books: Books, fact: CreditGranted, place: Place) -> Iterator[str]:
    """What belongs to another grant is in the same wallet, on the same terms; and a bonus is what was promised, once."""
    of_grant = books.credits.grants.get(fact.of_grant) if fact.of_grant is not None else None
    wallet = wallet_key(place.entity, place.owner[0], fact.lots[0].currency)
    if of_grant is None or (of_grant.customer, of_grant.wallet) != (fact.customer, wallet):
        yield f"{fact.grant} belongs to {fact.of_grant or 'no grant'}, which is none of {fact.customer} in the wallet {wallet}"
    elif of_grant.granted is None or fact.date < of_grant.granted:
        yield f"{fact.grant} is granted on {fact.date}, before {fact.of_grant}"
    elif fact.source != f"grant/{fact.of_grant}":
        yield f"{fact.grant} belongs to {fact.of_grant}, and comes from {fact.source}"
    elif terms_of(fact) != of_grant.terms:
        yield f"{fact.grant} belongs to {fact.of_grant}, and is for other things, or until another time"
    elif fact.credit_type is CreditType.BONUS:
        yield from _as_promised(books, fact, of_grant)


def _as_promised(books: Books, fact: CreditGranted, of_grant: Grant) -> Iterator[str]:
    units = -sum((leg.number for leg in fact.lots), start=_ZERO)
    promised = of_grant.bonus if of_grant.requested is not None else units
    if of_grant.invoice is not None and of_grant.line is not None:
        promised = to_grant(books, of_grant.invoice).lines[of_grant.line - 1].bonus_units
    if units != promised:
        yield f"{fact.grant} is a bonus of {units:f}, and with {fact.of_grant} come {promised or _ZERO:f}"
    if any(one.credit_type == CreditType.BONUS for one in books.credits.grants.range("of_grant", of_grant.grant)):
        yield f"{fact.grant} is another bonus of {fact.of_grant}"


def _differs(books: Books, fact: CreditGranted, expected: CreditGranted) -> Iterator[Broken]:
    expected = as_called(books, fact.customer, fact, expected)
    if fact.source != expected.source:
        yield Broken(f"{fact.grant} comes from {fact.source}, and should from {expected.source}", RESTORE)
    elif differs := difference(fact, expected):
        yield Broken(f"{fact.grant} does not grant what was paid, or asked for: {differs}", RESTORE)
