"""What the facts of credits add up to: grants, their lots, and what each application used of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing_beans.catalog.state import CUSTOMERS, ENTITIES, VERSIONS, time_zone_on
from billing_beans.core.accounts import Account, is_paid, place_of
from billing_beans.core.calendar import moment_on
from billing_beans.core.facts import Fact, Leg
from billing_beans.core.folds import folds
from billing_beans.core.money import Money, new_money
from billing_beans.core.tables import Counters, Store
from billing_beans.credits.facts import (
    AdjustmentType,
    CreditAdjusted,
    CreditApplied,
    CreditDiscounted,
    CreditExpired,
    CreditGranted,
    CreditRenewed,
    CreditRequested,
    CreditReversed,
    CreditsOpened,
)
from billing_beans.credits.grants import (
    awaited_grant,
    made_grant,
    opened_grant,
    paid_for,
    renewed_grant,
    requested_grant,
    terms_of,
)
from billing_beans.credits.records import (
    ADJUSTMENTS,
    APPLICATIONS,
    ENTRIES,
    GRANTS,
    LOTS,
    USES,
    WALLETS,
    Adjustment,
    Application,
    Entry,
    EntryKind,
    Grant,
    GrantStatus,
    Lot,
    Terms,
    Use,
    Wallet,
)
from billing_beans.invoicing.facts import CreditNoteIssued, InvoiceIssued, InvoiceLine, InvoiceVoided
from billing_beans.invoicing.records import CREDITED_LINES, REVISIONS
from billing_beans.invoicing.records import HEADS as INVOICES
from billing_beans.payments.facts import PaymentRejected, PaymentVerified

_ZERO = Decimal(0)


def wallet_key(entity: str, owner: str, unit: str) -> str:
    """The key of a wallet: the account components of legal entity and customer, and the kind of credits."""
    return f"{entity}/{owner}/{unit}"


def wallet_of(leg: Leg) -> str:
    """The wallet whose account a posting moves."""
    place = place_of(leg.account)
    assert place is not None
    return wallet_key(place.entity, place.owner[0], leg.currency)


class CreditState:
    """Wallets, their grants and lots, and every movement of them."""

    def __init__(self, store: Store) -> None:
        self.wallets = store.table(WALLETS)
        self.grants = store.table(GRANTS)
        self.lots = store.table(LOTS)
        self.entries = store.table(ENTRIES)
        self.uses = store.table(USES)
        self.applications = store.table(APPLICATIONS)
        self.adjustments = store.table(ADJUSTMENTS)
        self.counters = Counters(store)
        self._customers = store.table(CUSTOMERS)
        self._entities = store.table(ENTITIES)
        self._invoices = store.table(INVOICES)
        self._revisions = store.table(REVISIONS)
        self._credited = store.table(CREDITED_LINES)

    def lot_of(self, leg: Leg) -> Lot:
        """The lot that a posting names, which must be there."""
        lot = self.lots.get(lot_key(leg))
        assert lot is not None, f"there is no lot {leg.cost} on {leg.account}"
        return lot

    def standing(self, invoice: str) -> list[Use]:
        """What applications to an invoice used and was not given back, in the order of use."""
        return [*self.uses.range("standing", invoice)]

    @folds(CreditRequested)
    def request(self, fact: CreditRequested) -> None:
        self.counters.count(fact.grant)
        owner = [*self._customers.range(VERSIONS, fact.customer)][-1].account
        entity = [*self._entities.range(VERSIONS, fact.seller)][-1].account
        self.grants.put(requested_grant(fact, wallet_key(entity, owner, fact.credit_unit)))

    @folds(PaymentRejected)
    def reject(self, fact: PaymentRejected) -> None:
        for grant in self._pending_on(fact.payment):
            self._give_up(grant, fact, fact.reason)

    @folds(PaymentVerified)
    def verify(self, fact: PaymentVerified) -> None:
        """A payment that brought less than the credits cost, or when they could be used no more, funds none of them."""
        for grant in self._pending_on(fact.payment):
            came = -fact.rest.number if fact.rest is not None else _ZERO
            assert grant.price is not None
            if fact.rest is None or fact.rest.currency != grant.price.currency or came < grant.price.number:
                reason = f"{fact.payment} brought {came:f} {grant.price.currency}, and {grant.price} were asked for"
                self._give_up(grant, fact, reason)
            elif self._would_have_expired(grant, fact):
                self._give_up(
                    grant, fact, f"{fact.payment} came when they would have expired, at {grant.terms.expires_at}"
                )

    def _would_have_expired(self, grant: Grant, fact: PaymentVerified) -> bool:
        zone = time_zone_on(self._entities.range("account", grant.wallet.partition("/")[0]), fact.date)
        moment = max(fact.at, moment_on(fact.date, fact.at, zone))
        return grant.terms.expires_at is not None and grant.terms.expires_at <= moment

    def _give_up(self, grant: Grant, fact: Fact, reason: str) -> None:
        voided = grant._replace(status=GrantStatus.VOID, reason=reason, voided=fact.date, voided_at=fact.at)
        self.grants.put(voided)

    def _pending_on(self, payment: str) -> list[Grant]:
        return [one for one in self.grants.range("payment", payment) if one.status is GrantStatus.PENDING]

    @folds(InvoiceIssued)
    def issue(self, fact: InvoiceIssued) -> None:
        """The top-ups of an invoice wait until it is paid."""
        draft = self._revisions.get((fact.invoice, fact.revision))
        assert draft is not None
        for line in draft.lines:
            if line.credit_unit is not None:
                self._wait_for(fact, line, draft.customer)

    def _wait_for(self, fact: InvoiceIssued, line: InvoiceLine, customer: str) -> None:
        if fact.receivable is None:
            return  # nothing is owed, and what it sells is granted at once
        place = place_of(fact.receivable.account)
        assert place is not None
        assert line.credit_unit is not None
        wallet = wallet_key(place.entity, place.owner[0], line.credit_unit)
        self.grants.put(awaited_grant(fact, line, customer, wallet))

    @folds(InvoiceVoided)
    def void(self, fact: InvoiceVoided) -> None:
        for grant in self.grants.range("invoice", fact.invoice):
            if grant.status is GrantStatus.PENDING:
                self._give_up(grant, fact, fact.reason)

    @folds(CreditGranted)
    def grant(self, fact: CreditGranted) -> None:
        self.counters.count(fact.grant)
        self.grants.put(made_grant(fact, wallet_of(fact.lots[0]), self.grants.get(fact.grant)))
        self._come(fact, fact.lots, terms_of(fact), EntryKind.GRANT, fact.source)

    @folds(CreditsOpened)
    def open(self, fact: CreditsOpened) -> None:
        self.counters.count(fact.opening)
        grant = opened_grant(fact, wallet_of(fact.lots[0]))
        self.grants.put(grant)
        self._come(fact, fact.lots, grant.terms, EntryKind.OPENING, grant.grant, fact.opening)

    @folds(CreditApplied)
    def apply(self, fact: CreditApplied) -> None:
        amount = new_money(-sum((one.number for one in fact.settles), start=_ZERO), fact.settles[0].currency)
        self._use(fact, amount, is_discount=False)

    @folds(CreditDiscounted)
    def discount(self, fact: CreditDiscounted) -> None:
        self._use(fact, new_money(_ZERO, fact.lots[0].cost.currency if fact.lots[0].cost else ""), is_discount=True)

    def _use(self, fact: CreditApplied | CreditDiscounted, amount: Money, *, is_discount: bool) -> None:
        self.counters.count(fact.application)
        first = fact.lots[0]
        self.applications.put(
            Application(
                fact.application,
                fact.customer,
                wallet_of(first),
                fact.invoice,
                first.currency,
                is_discount,
                amount,
                sum((one.number for one in fact.lots), start=_ZERO),
                fact.date,
                fact.id,
                fact.at,
                fact.actor,
                order=fact.order,
            )
        )
        for position, leg in enumerate(fact.lots):
            assert leg.cost is not None
            assert leg.cost.label is not None
            self.uses.put(
                Use(
                    fact.application,
                    position,
                    fact.invoice,
                    leg.line,
                    leg.cost.label,
                    leg.account,
                    leg.cost.number,
                    leg.cost.currency,
                    leg.cost.date,
                    leg.number,
                    fact.date,
                    fact.at,
                    fact.id,
                    is_discount,
                )
            )
        kind = EntryKind.DISCOUNT if is_discount else EntryKind.APPLICATION
        self._leave(fact, fact.lots, kind, f"invoice/{fact.invoice}", fact.application, applied=1)

    @folds(CreditReversed)
    def reverse(self, fact: CreditReversed) -> None:
        application = self.applications.get(fact.application)
        assert application is not None, f"there is no application {fact.application}"
        back = -sum((one.number for one in fact.lots), start=_ZERO)
        self.applications.put(application._replace(back=application.back + back))
        uses = [*self.uses.range("application", fact.application)]
        for leg in fact.lots:
            left = -leg.number
            for place, use in reversed([*enumerate(uses)]):
                if left and use.line == leg.line and _lot_of(use) == lot_key(leg)[:-1]:
                    given = min(left, use.standing)
                    left -= given
                    uses[place] = use._replace(back=use.back + given)
                    self.uses.put(uses[place])
        for leg in fact.lots:
            lot = self.lot_of(leg)
            since = max(lot.since, fact.date)
            self.lots.put(lot._replace(remaining=lot.remaining - leg.number, since=since))
            self._change(lot.label, remaining=-leg.number, applied=leg.number)
        self._enter(fact, fact.lots, EntryKind.REVERSAL, f"invoice/{fact.invoice}", fact.application)

    @folds(CreditAdjusted)
    def adjust(self, fact: CreditAdjusted) -> None:
        self.counters.count(fact.adjustment)
        units = sum((one.number for one in fact.lots), start=_ZERO)
        self.adjustments.put(
            Adjustment(
                fact.adjustment,
                fact.grant,
                fact.customer,
                fact.adjustment_type,
                units,
                fact.reason,
                fact.date,
                fact.actor,
                fact.id,
                fact.at,
                -fact.breakage.number if fact.breakage is not None else _ZERO,
            )
        )
        self._leave(fact, fact.lots, EntryKind.ADJUSTMENT, f"grant/{fact.grant}", fact.adjustment, adjusted=1)
        self._earn(fact)
        if fact.adjustment_type is not AdjustmentType.TERMS_VIOLATION:
            self._return(fact)

    def _return(self, fact: CreditAdjusted) -> None:
        """What had been paid is unapplied money again: to the minor unit of all that came back of the grant so far."""
        grant = self.grants.get(fact.grant)
        assert grant is not None
        first = paid_for(self.grants.get, grant)
        cost = sum((one.weight.number for one in fact.lots), start=_ZERO)
        back = -fact.unapplied.number if fact.unapplied is not None else _ZERO
        self.grants.put(first._replace(returned=first.returned + back, returned_cost=first.returned_cost + cost))

    @folds(CreditNoteIssued)
    def credit(self, fact: CreditNoteIssued) -> None:
        """Unspent credits of a top-up leave their lots; one that is not granted yet gets smaller, or is void."""
        if fact.credits:
            name = fact.credit_note
            self._leave(fact, fact.credits, EntryKind.CREDIT_NOTE, f"credit-note/{name}", name, adjusted=1)
        for grant in self.grants.range("invoice", fact.invoice):
            if grant.status is GrantStatus.PENDING:
                self._shrink(grant, fact)

    def _shrink(self, grant: Grant, fact: CreditNoteIssued) -> None:
        credited = self._credited.get((grant.invoice, grant.line))
        head = self._invoices.get(fact.invoice)
        draft = self._revisions.get((fact.invoice, head.revision)) if head else None
        if credited is None or draft is None or grant.line is None:
            return
        line = draft.lines[grant.line - 1]
        assert line.units is not None
        left = line.quantity - credited.quantity
        units = line.units * left / line.quantity
        bonus = line.bonus_units * left / line.quantity if line.bonus_units is not None else None
        price = new_money(line.amount.number - credited.amount, line.amount.currency)
        bonus = line.bonus_units * left / line.quantity if line.bonus_units is not None else None
        if left:
            self.grants.put(grant._replace(units=units, price=price, bonus=bonus))
        else:
            self._give_up(grant, fact, f"credited by {fact.credit_note}")

    @folds(CreditExpired)
    def expire(self, fact: CreditExpired) -> None:
        self._leave(fact, fact.lots, EntryKind.EXPIRY, f"grant/{fact.grant}", fact.grant, expired=1)
        self._earn(fact)

    def _earn(self, fact: CreditAdjusted | CreditExpired) -> None:
        """What is written off of paid credits is breakage."""
        if fact.breakage is not None:
            wallet = self.wallets.get(wallet_of(fact.lots[0]))
            assert wallet is not None
            self.wallets.put(wallet._replace(breakage=wallet.breakage - fact.breakage.number))

    @folds(CreditRenewed)
    def renew(self, fact: CreditRenewed) -> None:
        self.counters.count(fact.grant)
        old = self.grants.get(fact.of_grant)
        assert old is not None, f"there is no grant {fact.of_grant}"
        reference = f"grant/{fact.of_grant}"
        self._leave(fact, fact.before, EntryKind.RENEWAL, f"grant/{fact.grant}", fact.grant, expired=1)
        grant = renewed_grant(fact, old)
        self.grants.put(grant)
        self._come(fact, fact.lots, grant.terms, EntryKind.RENEWAL, reference, first=len(fact.before))

    def _come(
        self,
        fact: Fact,
        legs: tuple[Leg, ...],
        terms: Terms,
        kind: EntryKind,
        reference: str | None,
        identifier: str | None = None,
        first: int = 0,
    ) -> None:
        """New lots."""
        for position, leg in enumerate(legs):
            account, label, cost, currency, day, unit = lot_key(leg)
            self.lots.put(
                Lot(
                    account,
                    label,
                    cost,
                    currency,
                    day,
                    unit,
                    wallet_of(leg),
                    f"{fact.id}/{position:04d}",
                    is_paid(account),
                    -leg.number,
                    -leg.number,
                    terms,
                    fact.date,
                )
            )
            self._change(label, remaining=-leg.number)
        self._enter(fact, legs, kind, reference, identifier, first)

    def _leave(
        self,
        fact: Fact,
        legs: tuple[Leg, ...],
        kind: EntryKind,
        reference: str | None,
        identifier: str,
        *,
        applied: int = 0,
        adjusted: int = 0,
        expired: int = 0,
    ) -> None:
        """Units leave their lots."""
        for leg in legs:
            lot = self.lot_of(leg)
            self.lots.put(lot._replace(remaining=lot.remaining - leg.number))
            self._change(
                lot.label,
                remaining=-leg.number,
                applied=applied * leg.number,
                adjusted=adjusted * leg.number,
                expired=expired * leg.number,
            )
        self._enter(fact, legs, kind, reference, identifier)

    def _change(
        self,
        grant: str,
        *,
        remaining: Decimal,
        applied: Decimal = _ZERO,
        adjusted: Decimal = _ZERO,
        expired: Decimal = _ZERO,
    ) -> None:
        found = self.grants.get(grant)
        assert found is not None, f"there is no grant {grant}"
        self.grants.put(
            found._replace(
                remaining=found.remaining + remaining,
                applied=found.applied + applied,
                adjusted=found.adjusted + adjusted,
                expired=found.expired + expired,
            )
        )

    def _enter(
        self,
        fact: Fact,
        legs: Iterable[Leg],
        kind: EntryKind,
        reference: str | None,
        identifier: str | None = None,
        first: int = 0,
    ) -> None:
        """The movements of a wallet, one for each posting, and its sums."""
        for position, leg in enumerate(legs, start=first):
            _account, label, cost, currency, _day, _unit = lot_key(leg)
            wallet, paid = wallet_of(leg), is_paid(leg.account)
            self.entries.put(
                Entry(
                    wallet,
                    fact.id,
                    position,
                    fact.date,
                    fact.at,
                    kind,
                    paid,
                    -leg.number,
                    cost,
                    currency,
                    label,
                    reference,
                    identifier,
                    fact.actor,
                )
            )
            self._sum(wallet, leg, paid=paid, day=fact.date)

    def _sum(self, wallet: str, leg: Leg, *, paid: bool, day: date) -> None:
        found = self.wallets.get(wallet)
        if found is None:
            entity, owner, unit = wallet.split("/", 2)
            found = Wallet(wallet, owner, entity, unit, day)
        units = -leg.number
        self.wallets.put(
            found._replace(
                credits=found.credits + max(units, _ZERO),
                debits=found.debits + max(-units, _ZERO),
                paid=found.paid + (units if paid else _ZERO),
                free=found.free + (_ZERO if paid else units),
            )
        )


def _lot_of(use: Use) -> tuple[Account, str, Decimal, str, date]:
    return (use.account, use.grant, use.cost, use.currency, use.lot_date)


def lot_key(leg: Leg) -> tuple[Account, str, Decimal, str, date, str]:
    """The key of the lot that a posting names."""
    assert leg.cost is not None
    number, currency, day, label = leg.cost
    assert label is not None
    return (leg.account, label, number, currency, day, leg.currency)
