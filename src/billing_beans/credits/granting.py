"""Credits are granted: free ones, and paid ones from unapplied money or from a paid invoice (W2, W4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import ProductAdded
from billing_beans.core.accounts import Account, Role, account_of, credit_account
from billing_beans.core.calendar import parse_moment, start_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.ids import CustomerId, EntityId, GrantId, PaymentId
from billing_beans.core.money import Money, check_size, is_minor, new_money, unit_costs
from billing_beans.core.records import record
from billing_beans.credits.facts import CreditGranted, CreditRequested, CreditType
from billing_beans.credits.moments import expiry_after, zone_of
from billing_beans.credits.records import Grant, GrantStatus, Terms
from billing_beans.credits.units import SMALLEST, short, unit_chosen, unit_in, unit_named
from billing_beans.entitlements.operations import to_grant
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.legs import Parties
from billing_beans.invoicing.operations import DraftInvoice, customer_of, parties_of, seller_of
from billing_beans.payments.allocating import money_named, parties_of_money
from billing_beans.payments.settling import called

PREFIX = "GRANT"
MAX_PRIORITY = 999
MAX_DAYS = 36_525
_ZERO = Decimal(0)

FREE_TYPES = (CreditType.PROMO, CreditType.GOODWILL, CreditType.BONUS, CreditType.CORRECTION)
"""What free credits can be granted as."""
NO_TERMS = Terms()


@record
class GrantCredits:
    """Free credits for a customer (W2). `source` is what they come from: `promo/APPSUMO2026`."""

    customer: str
    units: Decimal
    source: str
    credit_unit: str | None = None
    credit_type: CreditType = CreditType.PROMO
    reason: str | None = None
    terms: Terms = NO_TERMS
    seller: str | None = None
    grant: str | None = None
    of_grant: str | None = None


@record
class BuyCredits:
    """Credits for unapplied money of one `origin` (W2): so many for `price`, or for all of it that is free; `bonus` free ones with them.

    Without units it is as many as the price is worth.
    """

    origin: str
    units: Decimal | None = None
    price: Money | None = None
    credit_unit: str | None = None
    bonus: Decimal | None = None
    terms: Terms = NO_TERMS
    grant: str | None = None


@record
class RequestCredits:
    """Credits that a submitted payment will pay for."""

    payment: str
    customer: str
    seller: str
    units: Decimal
    price: Money
    credit_unit: str
    bonus: Decimal | None = None
    terms: Terms = NO_TERMS
    grant: str | None = None


def next_grant(books: Books) -> str:
    """The id of the next grant that is not named otherwise."""
    return books.credits.counters.next(PREFIX)


def granted(books: Books, request: GrantCredits, day: date) -> CreditGranted:
    """Free credits: lots at zero, which move no balance (W2). Raises `Refused` or `WrongUsage`."""
    customer = customer_of(books, request.customer, day)
    seller = seller_of(books, DraftInvoice(request.customer, (), seller=request.seller), day)
    unit = unit_chosen(books, request.credit_unit, day)
    check_units(request.units)
    units = short(request.units)
    terms = settled_terms(request.terms, day, seller.time_zone)
    grant = request.grant or next_grant(books)
    account = credit_account(seller.account, customer.account, paid=False)
    return CreditGranted(
        date=day,
        source=request.source,
        payee=customer.name,
        narration=f"{units:f} {unit.credit_unit} granted to {customer.customer}",
        grant=GrantId(grant),
        customer=customer.customer,
        credit_type=request.credit_type,
        reason=request.reason,
        of_grant=GrantId(request.of_grant) if request.of_grant else None,
        scope_subscription=terms.subscription,
        scope_meter=terms.meter,
        scope_period_start=terms.period_start,
        scope_period_end=terms.period_end,
        expires_at=terms.expires_at,
        priority=terms.priority,
        lots=free_lots(account, unit.credit_unit, units, unit.face.currency, grant, day),
    )


def bought(books: Books, request: BuyCredits, day: date) -> CreditGranted:
    """Credits at what was paid for each, from unapplied money (W2). Raises `Refused` or `WrongUsage`."""
    money = money_named(books, request.origin)
    parties = parties_of_money(money)
    unit = unit_chosen(books, request.credit_unit or unit_in(books, money.currency, day), day)
    price = request.price if request.price is not None else new_money(money.available, money.currency)
    if not is_minor(price) or price.number <= 0 or price.currency != unit.face.currency:
        raise WrongUsage(
            f"{price.number:f} {price.currency} can't buy {unit.credit_unit}, each worth {unit.face.number:f} {unit.face.currency}.",
            rule="W2: credits are paid in the currency of their face value, above zero.",
            instead=f"billing-beans payment unapplied --customer {money.customer}",
        )
    if price.currency != money.currency:
        raise Refused(
            f"{called(request.origin)} is in {money.currency}, and {unit.credit_unit} is paid in {unit.face.currency}.",
            rule="W2: credits are paid in the currency of their face value, above zero.",
            instead=f"choose with --unit credits that are worth {money.currency}, or other money",
        )
    if price.number > money.available:
        raise Refused(
            f"{price.number:f} {price.currency} of {called(request.origin)} were to buy credits, and "
            f"{money.available:f} {money.currency} are free.",
            rule="Y4: no more is used than there is.",
            instead=f"billing-beans payment unapplied --customer {money.customer}",
        )
    units = request.units if request.units is not None else worth_of(price, unit.face)
    check_units(units)
    units = short(units)
    name = books.catalog.name_of(money.customer, day)
    terms = settled_terms(request.terms, day, zone_of(books, parties.seller, day))
    grant = request.grant or next_grant(books)
    return CreditGranted(
        date=day,
        source=request.origin,
        payee=name,
        narration=f"{units:f} {unit.credit_unit} for {price.number:f} {price.currency}",
        grant=GrantId(grant),
        customer=CustomerId(money.customer),
        credit_type=CreditType.PAYMENT_TOP_UP,
        scope_subscription=terms.subscription,
        scope_meter=terms.meter,
        scope_period_start=terms.period_start,
        scope_period_end=terms.period_end,
        expires_at=terms.expires_at,
        priority=terms.priority,
        unapplied=new_leg(account_of(Role.UNAPPLIED, *parties), price),
        lots=paid_lots(parties, unit.credit_unit, units, price, grant, day),
    )


def of_line(books: Books, invoice: str, line: int, day: date) -> CreditGranted:
    """What a line of a paid invoice tops up, less what was credited of it (W2, I7). Raises `Refused`."""
    draft = to_grant(books, invoice)
    sold = draft.lines[line - 1] if 0 < line <= len(draft.lines) else None
    if sold is None or sold.credit_unit is None or not sold.units:
        raise Refused(f"Line {line} of {invoice} tops up nothing.", instead=f"billing-beans invoice show {invoice}")
    parties, grant = parties_of(books, draft), f"{invoice}/{line}"
    billed = account_of(Role.BILLED, *parties)
    terms = settled_terms(Terms(valid_days=sold.valid_days), day, zone_of(books, parties.seller, day))
    units = short(sold.units)
    if sold.amount.number:
        lots = paid_lots(parties, sold.credit_unit, units, sold.amount, grant, day)
    else:
        free = credit_account(*parties, paid=False)
        lots = free_lots(free, sold.credit_unit, units, sold.amount.currency, grant, day)
    return CreditGranted(
        date=day,
        source=f"invoice/{invoice}",
        payee=draft.bill_to_name,
        narration=f"{units:f} {sold.credit_unit} of {invoice}",
        grant=GrantId(grant),
        customer=draft.customer,
        credit_type=CreditType.INVOICE_TOP_UP,
        expires_at=terms.expires_at,
        billed=new_leg(billed, sold.amount, line=line) if sold.amount.number else None,
        lots=lots,
    )


def top_ups(draft: InvoiceDrafted) -> list[InvoiceLine]:
    """The lines of an invoice that top up a wallet."""
    return [line for line in draft.lines if line.credit_unit is not None]


def bonus_of(books: Books, grant: Grant, units: Decimal, terms: Terms, day: date) -> CreditGranted:
    """The free credits that come with a grant, on its terms; each a grant of its own (W2)."""
    seller = books.catalog.entity_with(grant.wallet.partition("/")[0])
    request = GrantCredits(
        grant.customer,
        units,
        f"grant/{grant.grant}",
        grant.unit,
        CreditType.BONUS,
        terms=terms,
        seller=seller,
        of_grant=grant.grant,
    )
    return granted(books, request, day)


def asked_for(books: Books, request: RequestCredits, day: date) -> CreditRequested:
    """A grant that waits for its payment (W4). Raises `WrongUsage`."""
    unit = unit_named(books, request.credit_unit, day)
    check_units(request.units)
    if request.bonus is not None:
        check_units(request.bonus)
    if request.price.currency != unit.face.currency or request.price.number <= 0 or not is_minor(request.price):
        raise WrongUsage(
            f"{request.price.number:f} {request.price.currency} can't buy {unit.credit_unit}.",
            rule="W2: credits are paid in the currency of their face value, above zero.",
            instead=f"give a price in {unit.face.currency}",
        )
    entity = books.catalog.entity(request.seller, day)
    assert entity is not None
    check_terms(request.terms, day, entity.time_zone)
    terms = request.terms
    return CreditRequested(
        date=day,
        source=f"payment/{request.payment}",
        grant=GrantId(request.grant or next_grant(books)),
        customer=CustomerId(request.customer),
        seller=EntityId(request.seller),
        credit_unit=unit.credit_unit,
        units=request.units,
        price=request.price,
        payment=PaymentId(request.payment),
        bonus=request.bonus,
        scope_subscription=terms.subscription,
        scope_meter=terms.meter,
        scope_period_start=terms.period_start,
        scope_period_end=terms.period_end,
        expires_at=terms.expires_at,
        valid_days=terms.valid_days,
        priority=terms.priority,
    )


def waiting_for(books: Books, payment: str) -> list[Grant]:
    """What waits for a payment, in the order in which it was asked for."""
    return [one for one in books.credits.grants.range("payment", payment) if one.status is GrantStatus.PENDING]


def purchase_of(grant: Grant) -> BuyCredits:
    """What a grant that waits for its payment buys when that is there."""
    assert grant.origin is not None
    return BuyCredits(grant.origin, grant.units, grant.price, grant.unit, grant.bonus, grant.terms, grant.grant)


def free_lots(account: Account, unit: str, units: Decimal, currency: str, grant: str, day: date) -> tuple[Leg, ...]:
    """One lot at zero."""
    return (new_leg(account, new_money(-units, unit), new_cost(_ZERO, currency, day, grant)),)


def paid_lots(parties: Parties, unit: str, units: Decimal, price: Money, grant: str, day: date) -> tuple[Leg, ...]:
    """Lots that are worth the price exactly."""
    account = credit_account(*parties, paid=True)
    return tuple(
        [
            new_leg(account, new_money(short(-of_lot), unit), new_cost(cost, price.currency, day, grant))
            for of_lot, cost in unit_costs(price, units)
        ]
    )


def worth_of(price: Money, face: Money) -> Decimal:
    """How many credits a price buys at their face value. Raises `WrongUsage` where that is no finite number."""
    units = (price.number / face.number).quantize(Decimal("0.000001"))
    if units * face.number != price.number:
        raise WrongUsage(
            f"{price.number:f} {price.currency} buy no whole number of credits at {face.number:f} each.",
            instead="say how many credits, and what is paid for all of them with --price",
        )
    return short(units)


def check_units(units: Decimal) -> None:
    """A number of credits that can be granted. Raises `WrongUsage`."""
    check_size(units)
    exponent = units.as_tuple().exponent
    if units <= 0 or (isinstance(exponent, int) and exponent < -6):
        raise WrongUsage(
            f"{units:f} credits are no number of them that there can be.",
            rule="W2: credits are a number above zero, with six decimals at most.",
            instead="to make a grant smaller: billing-beans credit adjust GRANT --by -10 --reason ..."
            if units < 0
            else "give another number",
        )


def quantity_of(units: Decimal, product: ProductAdded) -> Decimal:
    """How many of a top-up product so many credits are. Raises `WrongUsage` where that is no number that can be sold."""
    check_units(units)
    each = product.units_per_quantity or Decimal(1)
    quantity = (units / each).quantize(SMALLEST)
    if quantity * each != units:
        raise WrongUsage(
            f"{units:f} {product.credit_unit} are no number of {product.product} that can be sold, each {each:f} of them.",
            instead=f"give a multiple of {each:f}",
        )
    return short(quantity)


def settled_terms(terms: Terms, day: date, zone: str) -> Terms:
    """Terms as they are granted: days that count from the grant become a moment. Raises `WrongUsage`."""
    check_terms(terms, day, zone)
    if terms.valid_days is None:
        return terms
    return terms._replace(expires_at=expiry_after(day, terms.valid_days, zone), valid_days=None)


def check_terms(terms: Terms, day: date, zone: str) -> None:
    """Scope, expiry and priority that can be. Raises `WrongUsage`."""
    start, end = terms.period_start, terms.period_end
    if (start is None) != (end is None) or (start is not None and end is not None and end <= start):
        raise WrongUsage(
            f"A period from {start} to {end} is none.",
            rule="W4: credits for a billing period name its first day and the day after its last.",
            instead="give both, such as --period 2026-02-01..2026-03-01",
        )
    for name, value in (("subscription", terms.subscription), ("meter", terms.meter)):
        if value is not None and (not value.strip() or value != value.strip()):
            raise WrongUsage(f"{value!r} is no {name}.", instead=f"give the id of a {name}, or leave it out")
    if terms.expires_at is not None and terms.valid_days is not None:
        raise WrongUsage("Credits expire at a moment, or after so many days, and not both.")
    if terms.valid_days is not None and not 0 < terms.valid_days <= MAX_DAYS:
        raise WrongUsage(f"Credits can't be valid for {terms.valid_days} days.", instead=f"from 1 to {MAX_DAYS}")
    if terms.expires_at is not None and parse_moment(terms.expires_at) <= start_of(day, zone):
        raise WrongUsage(
            f"Credits of {day} would have expired at {terms.expires_at}, before they are granted.",
            rule="W7: an expired credit can't be used.",
            instead="give a later moment",
        )
    if terms.priority is not None and not 0 <= terms.priority <= MAX_PRIORITY:
        raise WrongUsage(f"{terms.priority} is no priority.", instead=f"from 0, used first, to {MAX_PRIORITY}")
