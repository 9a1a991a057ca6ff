"""Grants as their facts say them: asked for, awaited from an invoice, made, opened, renewed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from billing_beans.core.accounts import is_paid
from billing_beans.core.facts import Leg
from billing_beans.credits.facts import CreditGranted, CreditRenewed, CreditRequested, CreditsOpened, CreditType
from billing_beans.credits.records import Grant, GrantStatus, Terms
from billing_beans.invoicing.facts import InvoiceIssued, InvoiceLine

_ZERO = Decimal(0)


def terms_of(fact: CreditGranted | CreditRequested | CreditsOpened) -> Terms:
    """For what and until when its credits can be used."""
    return Terms(
        fact.scope_subscription,
        fact.scope_meter,
        fact.scope_period_start,
        fact.scope_period_end,
        fact.expires_at,
        fact.priority,
        fact.valid_days if isinstance(fact, CreditRequested) else None,
    )


def requested_grant(fact: CreditRequested, wallet: str) -> Grant:
    """One that waits for a submitted payment."""
    return Grant(
        grant=fact.grant,
        customer=fact.customer,
        wallet=wallet,
        unit=fact.credit_unit,
        paid=True,
        credit_type=CreditType.PAYMENT_TOP_UP,
        units=fact.units,
        price=fact.price,
        terms=terms_of(fact),
        status=GrantStatus.PENDING,
        requested=fact.date,
        granted=None,
        fact=fact.id,
        at=fact.at,
        actor=fact.actor,
        source=fact.source,
        origin=f"payment/{fact.payment}",
        payment=fact.payment,
        bonus=fact.bonus,
        requested_at=fact.at,
    )


def awaited_grant(fact: InvoiceIssued, line: InvoiceLine, customer: str, wallet: str) -> Grant:
    """What a line of an issued invoice will top up when that is paid; it is called like the line."""
    assert line.credit_unit is not None
    assert line.units is not None
    return Grant(
        grant=f"{fact.invoice}/{line.line}",
        customer=customer,
        wallet=wallet,
        unit=line.credit_unit,
        paid=True,
        credit_type=CreditType.INVOICE_TOP_UP,
        units=line.units,
        price=line.amount,
        terms=Terms(valid_days=line.valid_days),
        status=GrantStatus.PENDING,
        requested=fact.date,
        granted=None,
        fact=fact.id,
        at=fact.at,
        actor=fact.actor,
        source=f"invoice/{fact.invoice}",
        invoice=fact.invoice,
        line=line.line,
        bonus=line.bonus_units,
        requested_at=fact.at,
    )


def made_grant(fact: CreditGranted, wallet: str, before: Grant | None) -> Grant:
    """One whose credits are there now; `before` is it while it waited."""
    debit = fact.unapplied or fact.billed
    source = fact.source or ""
    of_invoice = fact.credit_type is CreditType.INVOICE_TOP_UP
    invoice, _, line = fact.grant.rpartition("/") if of_invoice else ("", "", "")
    return Grant(
        grant=fact.grant,
        customer=fact.customer,
        wallet=wallet,
        unit=fact.lots[0].currency,
        paid=is_paid(fact.lots[0].account),
        credit_type=fact.credit_type,
        units=_units(fact.lots),
        price=debit.units if debit is not None else None,
        terms=terms_of(fact),
        status=GrantStatus.GRANTED,
        requested=before.requested if before else None,
        granted=fact.date,
        fact=fact.id,
        at=fact.at,
        actor=fact.actor,
        source=fact.source,
        origin=source if fact.unapplied is not None else None,
        payment=before.payment if before else None,
        invoice=invoice or None,
        line=int(line) if of_invoice else None,
        of_grant=fact.of_grant,
        bonus=before.bonus if before else None,
        reason=fact.reason,
        requested_at=before.requested_at if before else "",
    )


def opened_grant(fact: CreditsOpened, wallet: str) -> Grant:
    """What a customer had left when the books began."""
    return Grant(
        grant=f"opening/{fact.opening}",
        customer=fact.customer,
        wallet=wallet,
        unit=fact.lots[0].currency,
        paid=is_paid(fact.lots[0].account),
        credit_type=CreditType.OPENED,
        units=_units(fact.lots),
        price=fact.opening_balance.units if fact.opening_balance else None,
        terms=terms_of(fact),
        status=GrantStatus.GRANTED,
        requested=None,
        granted=fact.date,
        fact=fact.id,
        at=fact.at,
        actor=fact.actor,
        source=fact.source,
    )


def renewed_grant(fact: CreditRenewed, old: Grant) -> Grant:
    """What came back too late to an old grant, in a new one. What money had paid for it may still be that money again."""
    return Grant(
        grant=fact.grant,
        customer=old.customer,
        wallet=old.wallet,
        unit=old.unit,
        paid=old.paid,
        credit_type=CreditType.RENEWAL,
        units=_units(fact.lots),
        price=None,
        terms=old.terms._replace(expires_at=fact.expires_at),
        status=GrantStatus.GRANTED,
        requested=None,
        granted=fact.date,
        fact=fact.id,
        at=fact.at,
        actor=fact.actor,
        source=f"grant/{fact.of_grant}",
        origin=old.origin,
        of_grant=fact.of_grant,
    )


def paid_for(get: Callable[[str], Grant | None], grant: Grant) -> Grant:
    """The grant that was paid for, which this one may be a renewal of: what came back of its money is reckoned with that."""
    found: Grant | None = grant
    while found is not None and found.credit_type == CreditType.RENEWAL and found.of_grant is not None:
        found = get(found.of_grant)
    assert found is not None, f"{grant.grant} renews no grant"
    return found


def _units(lots: tuple[Leg, ...]) -> Decimal:
    return -sum((one.number for one in lots), start=_ZERO)
