"""The facts of entitlements: a paid invoice posted, units consumed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from beancount.core.position import Cost

from billing_beans.books import Books
from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Account, Role, account_of, fee_unit, unit_component
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg
from billing_beans.core.ids import CustomerId
from billing_beans.core.money import Money, check_size
from billing_beans.entitlements.facts import EntitlementConsumed, InvoicePosted
from billing_beans.entitlements.state import Lot
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.legs import posting_legs
from billing_beans.invoicing.operations import customer_of, draft_named, parties_of


@dataclass(frozen=True, slots=True)
class Consume:
    """Units that a customer used, and what used them. `seller` only where several legal entities granted them."""

    customer: str
    entitlement: str
    units: Decimal
    source: str | None = None
    seller: str | None = None


def posted(books: Books, number: str, day: date) -> InvoicePosted:
    """The posting of a paid invoice: what was billed becomes lots (I6)."""
    draft = draft_named(books, number)
    legs = posting_legs(draft, parties_of(books, draft), day)
    return InvoicePosted(
        date=day,
        payee=draft.bill_to_name,
        narration=f"Posting of {number}",
        invoice=draft.invoice,
        billed=legs.billed,
        lots=legs.lots,
        fees=legs.fees,
    )


def consumed(books: Books, request: Consume, day: date) -> EntitlementConsumed:
    """The oldest lots at their own cost, and what they were held for (E1). Raises `Refused` where there are too few (E2)."""
    check_size(request.units)
    if request.units <= 0:
        raise WrongUsage(f"{request.units:f} units can't be consumed; say a number above zero.")
    customer = customer_of(books, request.customer, day)
    seller = _seller_account(books, request, customer.account)
    unit = request.entitlement
    component = unit_component(unit)
    lots = account_of(Role.ENTITLEMENTS, seller, customer.account, component)
    fees = account_of(Role.PLATFORM_FEE, seller, customer.account, component)
    taken = tuple(take(books.entitlements.lots.range("open", lots), request, unit))
    has_fees = any(True for _ in books.entitlements.lots.range("open", fees))
    fees_taken = tuple(take(books.entitlements.lots.range("open", fees), request, fee_unit(unit))) if has_fees else ()
    earned, owed = results_of(books, taken, fees_taken)
    return EntitlementConsumed(
        date=day,
        source=request.source,
        payee=customer.name,
        narration=f"{request.units:f} {unit} consumed",
        customer=CustomerId(customer.customer),
        entitlement=unit,
        units=request.units,
        lots=taken,
        fees=fees_taken,
        earned=earned,
        owed=owed,
    )


def take(open_lots: Iterable[Lot], request: Consume, unit: str) -> Iterator[Leg]:
    """Units from open lots, the oldest first, each lot up to what it holds."""
    left, available = request.units, Decimal(0)
    for lot in open_lots:
        available += lot.remaining
        units = min(left, lot.remaining)
        if units > 0:
            yield Leg(Account(lot.account), Money(units, unit), Cost(lot.cost, lot.currency, lot.date, lot.label))
            left -= units
    if left > 0:
        raise Refused(
            f"{request.customer} has {available:f} {unit}, and {request.units:f} were to be consumed.",
            rule="E2: no more is consumed than there is.",
            instead=f"billing-beans entitlement balance {request.customer}",
        )


def results_of(books: Books, lots: Iterable[Leg], fees: Iterable[Leg]) -> tuple[tuple[Leg, ...], tuple[Leg, ...]]:
    """What released lots become: revenue of their line's income account, or, for an agent's, what is owed to others."""
    earned: dict[tuple[Account, str], Decimal] = defaultdict(Decimal)
    owed: dict[tuple[Account, str], Decimal] = defaultdict(Decimal)
    for leg in lots:
        line = _line_of(books, leg)
        if line.revenue is Revenue.AGENT:
            assert line.entitlement is not None
            account = account_of(Role.PAYABLE, leg.account.split(":")[1], unit_component(line.entitlement))
            owed[account, leg.weight.currency] += leg.weight.number
        else:
            assert line.income is not None
            earned[line.income, leg.weight.currency] += leg.weight.number
    for leg in fees:
        earned[_fee_income(books, leg), leg.weight.currency] += leg.weight.number
    return _credits(earned), _credits(owed)


def _credits(sums: dict[tuple[Account, str], Decimal]) -> tuple[Leg, ...]:
    return tuple(Leg(account, Money(-total, currency)) for (account, currency), total in sums.items() if total)


def _line_of(books: Books, leg: Leg) -> InvoiceLine:
    """The invoice line that a lot came from."""
    draft, line = _sold_by(books, leg)
    return draft.lines[line - 1]


def _sold_by(books: Books, leg: Leg) -> tuple[InvoiceDrafted, int]:
    """The invoice that a lot's label names, and its line."""
    assert leg.cost is not None
    assert leg.cost.label is not None
    number, _, line = leg.cost.label.rpartition("/")
    return draft_named(books, number), int(line)


def _fee_income(books: Books, leg: Leg) -> Account:
    draft, line = _sold_by(books, leg)
    fee = next(one for one in draft.lines if one.fee_of_line == line)
    assert fee.income is not None
    return fee.income


def _seller_account(books: Books, request: Consume, customer_account: str) -> str:
    """The account component of the legal entity whose lots are used: the one asked for, or the only one that granted any."""
    if request.seller is not None:
        entity = books.catalog.entities.range("versions", request.seller)
        found = [one.account for one in entity][-1:]
    else:
        accounts = [
            lot.account
            for lot in books.entitlements.lots.range("owner", customer_account)
            if lot.unit == request.entitlement
        ]
        found = list(dict.fromkeys(account.split(":")[1] for account in accounts))
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(
            f"{request.customer} was never granted any {request.entitlement}.",
            rule="E2: no more is consumed than there is.",
            instead=f"billing-beans entitlement balance {request.customer}",
        )
    raise WrongUsage(
        f"{request.customer} has {request.entitlement} from {len(found)} legal entities.",
        instead="choose with --seller",
    )
