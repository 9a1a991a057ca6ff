"""Verbs for credit wallets: grant, top up, apply, give back, adjust, expire (W2 to W7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.credit_returns import expire_lots, give_back, now_of
from billing_beans.acts.granting import grant_bonus
from billing_beans.acts.invoices import IssueInvoice, IssueInvoices, draft_invoice, issue_invoice
from billing_beans.acts.payments import post_paid, submit_payment, verify_received
from billing_beans.acts.progress import Progress, untold
from billing_beans.catalog.facts import CreditUnitAdded, ProductAdded
from billing_beans.catalog.policies import CreditDiscounts
from billing_beans.core.accounts import Account
from billing_beans.core.errors import Refused
from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.credits.adjusting import (
    AdjustGrant,
    adjusted,
    corrected_upward,
    expired,
    grant_named,
    lots_of,
)
from billing_beans.credits.applying import ApplyCredits, Plan, kinds_for, plan, wallets_for
from billing_beans.credits.discounts import discounts_of
from billing_beans.credits.facts import Kinds
from billing_beans.credits.granting import (
    NO_TERMS,
    BuyCredits,
    GrantCredits,
    RequestCredits,
    asked_for,
    bought,
    granted,
    quantity_of,
)
from billing_beans.credits.moments import has_expired, moment_of
from billing_beans.credits.operations import (
    ReverseApplication,
    application_named,
    applied,
    discounted,
)
from billing_beans.credits.records import Lot, Terms
from billing_beans.credits.units import face_of
from billing_beans.invoicing.discounting import can_be_lowered
from billing_beans.invoicing.editing import lowered
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice, draft_named, head_named, parties_of, seller_of
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.allocating import money_named, parties_of_money
from billing_beans.payments.facts import PaymentSubmitted
from billing_beans.payments.operations import SubmitPayment


@record
class TopUpByInvoice:
    """So many credits are sold with an invoice in the currency of what they are worth: they are granted when it is paid.

    It is issued at once, unless it stays a draft.
    """

    customer: str
    units: Decimal
    product: str
    seller: str | None = None
    due: date | None = None
    is_draft: bool = False
    source: str | None = None


@record
class TopUpByPayment:
    """Credits for a payment without invoice: one that waits for verification, or one that is there already (`received`)."""

    payment: SubmitPayment
    units: Decimal
    credit_unit: str
    bonus: Decimal | None = None
    terms: Terms = NO_TERMS
    grant: str | None = None
    received: bool = False
    into: Account | None = None
    fee: Money | None = None


@record
class CorrectGrant:
    """A grant was too small: more free credits on its terms, for a reason."""

    grant: str
    units: Decimal
    reason: str


@record
class ExpireCredits:
    """What has expired is written off: of one grant, of one customer, or of all."""

    customer: str | None = None
    grant: str | None = None


class Expiring:
    """What has expired is written off, and somebody is told how far that is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def expire_credits(self, act: Act, request: ExpireCredits) -> None:
        """What has expired by now is written off, each grant once (W7)."""
        grants = dict.fromkeys(lot.label for lot in _expiring(act, request) if has_expired(lot.terms, now_of(act)))
        with self._progress(len(grants)) as advance:
            for grant in grants:
                act.record(expired(act.books, grant))
                advance(1)


def grant_credits(act: Act, request: GrantCredits) -> None:
    """Free credits, without an invoice (W2)."""
    seller = seller_of(act.books, DraftInvoice(request.customer, (), seller=request.seller), act.day())
    act.record(granted(act.books, request, act.day(seller.entity)))


def buy_credits(act: Act, request: BuyCredits) -> None:
    """Unapplied money becomes credits, with the bonus that belongs to them (W2)."""
    money = money_named(act.books, request.origin)
    seller = act.books.catalog.entity_with(parties_of_money(money).seller)
    fact = act.record(bought(act.books, request, act.day_after(seller, money.since)))
    if request.bonus is not None:
        grant_bonus(act, fact, request.bonus)


def top_up_by_invoice(act: Act, request: TopUpByInvoice) -> None:
    """An invoice for credits; they are granted when it is paid (W2)."""
    product = _product_of(act, request)
    draft = DraftInvoice(
        request.customer,
        (Item(request.product, quantity_of(request.units, product)),),
        currency=face_of(act.books, product.credit_unit).currency if product.credit_unit else None,
        seller=request.seller,
        due=request.due,
        source=request.source,
    )
    draft_invoice(act, draft)
    fact = act.facts[-1]
    assert isinstance(fact, InvoiceDrafted)
    if not request.is_draft:
        issue_invoice(act, IssueInvoice(fact.invoice))


def _product_of(act: Act, request: TopUpByInvoice) -> ProductAdded:
    """The product that sells the credits. Raises `Refused`."""
    product = act.books.catalog.product(request.product, act.day())
    if product is not None and product.credit_unit is not None:
        return product
    raise Refused(
        f"{request.product} tops up no wallet." if product else f"There is no product {request.product}.",
        rule="W2: credits are sold by a product of the revenue top-up.",
        instead="billing-beans product list; or billing-beans product add top-up --revenue top-up --credit-unit CREDIT-USD "
        "--units 1 --name ... --tax-code ...",
    )


def top_up_by_payment(act: Act, request: TopUpByPayment) -> None:
    """Credits for a payment: pending until it is verified, or granted at once where the money is there (W2, W4)."""
    submit_payment(act, request.payment)
    payment = act.facts[-1]
    assert isinstance(payment, PaymentSubmitted)
    assert payment.seller is not None
    wanted = RequestCredits(
        payment.payment,
        payment.customer,
        payment.seller,
        request.units,
        payment.amount,
        request.credit_unit,
        request.bonus,
        request.terms,
        request.grant,
    )
    act.record(asked_for(act.books, wanted, payment.date))
    if request.received:
        verify_received(act, payment, request.into, request.fee)


def apply_credits(act: Act, request: ApplyCredits) -> None:
    """Credits pay an invoice, or free ones lower a draft; what is then paid is posted (W3, W5, W7). Raises `Refused`."""
    if not use_credits(act, request):
        raise _nothing_usable(act, request)


def use_credits(act: Act, request: ApplyCredits) -> bool:
    """The same; False where no credits can be used."""
    head, draft = head_named(act.books, request.invoice), draft_named(act.books, request.invoice)
    parties = parties_of(act.books, draft)
    day = act.day_after(head.seller, head.issued or draft.date, head.taken_back)
    moment = moment_of(act.books, parties.seller, day, now_of(act))
    for wallet in wallets_for(act.books, parties, head.currency, request.unit):
        expire_lots(act, act.books.credits.lots.range("open", wallet.wallet), moment)
    chosen = plan(act.books, request, parties, day, moment)
    if head.status is Status.DRAFT:
        _lower(act, request.invoice, chosen, day)
    else:
        _pay(act, request.invoice, chosen, day)
    return bool(chosen.runs)


def issue_with_credits(act: Act, request: IssueInvoices) -> None:
    """Each draft is issued, once, in the order given, with the credits that can be used for it; with none, as without (W3, I4).

    Before the issue free credits lower the draft, where the book says so; what is then owed the others pay.
    """
    for number in dict.fromkeys(request.numbers):
        if can_be_lowered_now(act, number):
            use_credits(act, ApplyCredits(number))
        issue_invoice(act, IssueInvoice(number, request.rate))
        if head_named(act.books, number).status in OPEN and not _only_tops_up(draft_named(act.books, number)):
            use_credits(act, ApplyCredits(number))


def can_be_lowered_now(act: Act, number: str) -> bool:
    """Whether free credits can lower a draft before tax, and the book does so."""
    head, draft = head_named(act.books, number), draft_named(act.books, number)
    policy = act.books.catalog.policy("credit-discounts", act.day_after(head.seller, draft.date))
    return (
        head.status is Status.DRAFT
        and policy == CreditDiscounts.BEFORE_TAX
        and any(can_be_lowered(line) for line in draft.lines)
    )


def _only_tops_up(draft: InvoiceDrafted) -> bool:
    return all(line.credit_unit is not None for line in draft.lines)


def _pay(act: Act, invoice: str, chosen: Plan, day: date) -> None:
    for run in chosen.runs:
        fact = act.record(applied(act.books, invoice, run, day, chosen.order, chosen.credits))
        post_paid(act, fact.settles)


def _lower(act: Act, invoice: str, chosen: Plan, day: date) -> None:
    for run in chosen.runs:
        act.record(discounted(act.books, invoice, run, day, chosen.order))
    if chosen.runs:
        act.record(lowered(act.books, invoice, discounts_of(act.books, invoice), day))


def _nothing_usable(act: Act, request: ApplyCredits) -> Refused:
    head = head_named(act.books, request.invoice)
    kinds = kinds_for(act.books, head, request.credits, act.day(head.seller))
    pays_later = f", or pay with paid ones after the issue: billing-beans invoice issue {head.number} --apply-credits"
    return Refused(
        f"{head.customer} has no {'' if kinds is Kinds.ALL else f'{kinds} '}credits that can be used for {head.number}.",
        rule="W5: what is used is there, in scope and not expired, and of the invoice's own legal entity and currency.",
        instead=f"billing-beans credit balance {head.customer} --by grant{pays_later if head.status is Status.DRAFT else ''}",
    )


def reverse_application(act: Act, request: ReverseApplication) -> None:
    """What an application used goes back to its lots; the invoice is open again by so much (W6)."""
    found = application_named(act.books, request.application)
    head = head_named(act.books, found.invoice)
    day = act.day_after(head.seller, found.applied, head.settled_on, head.voided)
    if found.is_discount and head.status not in (Status.DRAFT, Status.VOID):
        raise Refused(
            f"{found.application} lowered {head.number} before tax, and that was issued.",
            rule="W3: what an issued invoice says never changes.",
            instead=f"billing-beans invoice credit {head.number} --reason ... gives the credits back",
        )
    give_back(act, request, day)
    if head.status is Status.DRAFT:
        act.record(lowered(act.books, head.number, discounts_of(act.books, head.number), day))


def adjust_grant(act: Act, request: AdjustGrant) -> None:
    """A grant is made smaller (W6); what had expired before is written off first (W7)."""
    grant = grant_named(act.books, request.grant)
    expire_lots(act, lots_of(act.books, grant.grant), now_of(act))
    act.record(adjusted(act.books, request, _day_of_grant(act, grant.grant)))


def correct_grant(act: Act, request: CorrectGrant) -> None:
    """A grant is made larger by a new one, linked to it (W6)."""
    grant = grant_named(act.books, request.grant)
    day = _day_of_grant(act, grant.grant)
    act.record(corrected_upward(act.books, grant, request.units, request.reason, day))


def _day_of_grant(act: Act, name: str) -> date:
    grant = grant_named(act.books, name)
    seller = act.books.catalog.entity_with(grant.wallet.partition("/")[0])
    return act.day_after(seller, grant.granted, *(lot.since for lot in lots_of(act.books, name)))


def expire_credits(act: Act, request: ExpireCredits) -> None:
    """What has expired by now is written off, each grant once (W7)."""
    Expiring(untold).expire_credits(act, request)


def _expiring(act: Act, request: ExpireCredits) -> Iterator[Lot]:
    lots = act.books.credits.lots
    if request.grant is not None:
        yield from lots_of(act.books, grant_named(act.books, request.grant).grant)
        return
    if request.customer is not None:
        versions = [*act.books.catalog.customers.range("versions", request.customer)]
        if not versions:
            raise Refused(f"There is no customer {request.customer}.", instead="billing-beans customer list")
        for wallet in [*act.books.credits.wallets.range("owner", versions[-1].account)]:
            yield from lots.range("open", wallet.wallet)
        return
    for unit in act.books.catalog.valid_on(CreditUnitAdded, date.max):
        yield from lots.until("expiring", unit.credit_unit, (now_of(act),))
