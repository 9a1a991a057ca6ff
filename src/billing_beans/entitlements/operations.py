"""The facts of entitlements: a paid invoice posted, units consumed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.core.accounts import Account, Role, account_of, unit_component
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.ids import CustomerId
from billing_beans.core.money import check_size, new_money
from billing_beans.core.records import record
from billing_beans.entitlements.facts import EntitlementConsumed, InvoicePosted
from billing_beans.entitlements.state import Lot
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.legs import less_credited, posting_legs
from billing_beans.invoicing.operations import customer_of, draft_named, parties_of
from billing_beans.invoicing.records import LineDiscount


@record
class Consume:
    """Units that a customer used, and what used them. `seller` only where several legal entities granted them."""

    customer: str
    entitlement: str
    units: Decimal
    source: str | None = None
    seller: str | None = None


def posted(books: Books, number: str, day: date) -> InvoicePosted:
    """The posting of a paid invoice: what was billed and not credited since becomes lots (I6, I7)."""
    draft = to_grant(books, number)
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


def to_grant(books: Books, number: str) -> InvoiceDrafted:
    """What an invoice sold, less what was credited before it was posted."""
    draft, head = _less_discounts(books, draft_named(books, number)), books.invoices.heads.get(number)
    if head is None or not head.has_credit_notes:
        return draft
    found = {line.line: books.invoices.credited.get((number, line.line)) for line in draft.lines}
    return less_credited(draft, {line: one for line, one in found.items() if one is not None})


def _less_discounts(books: Books, draft: InvoiceDrafted) -> InvoiceDrafted:
    """Free credits that settled a line after tax took their part off what is held for it (W3)."""
    invoice, held = draft.invoice, books.invoices.line_discounts.get
    found = [held((invoice, line.line)) for line in draft.lines]
    if found.count(None) == len(found):
        return draft
    return replace(draft, lines=tuple(map(_less, draft.lines, found)))


def _less(line: InvoiceLine, discount: LineDiscount | None) -> InvoiceLine:
    if discount is None:
        return line
    return replace(line, amount=new_money(line.amount.number - discount.held, line.amount.currency))


Taken = tuple[Lot, Decimal]
"""A lot, and the units taken from it."""


class Taking(NamedTuple):
    """What a consumption takes: units, and the platform fee that is attached to them."""

    lots: tuple[Leg, ...]
    fees: tuple[Leg, ...]


def consumed(books: Books, request: Consume, day: date, seller: str) -> EntitlementConsumed:
    """The oldest lots at their own cost, and what they become (E1). Raises `Refused` where there are too few (E2).

    `seller` is the account component of the legal entity whose lots are used: see `seller_account`.
    """
    taken = taking(books, request, day, seller)
    return consumption(books, request, day, taken, customer_of(books, request.customer, day).name)


def taking(books: Books, request: Consume | EntitlementConsumed, day: date, seller: str) -> Taking:
    """The oldest units, and their fees. A consumption that was recorded asks for the same once more. Raises like `consumed`."""
    check_size(request.units)
    if request.units <= 0:
        raise WrongUsage(f"{request.units:f} units can't be consumed; say a number above zero.")
    customer = customer_of(books, request.customer, day)
    component = unit_component(request.entitlement)
    taken = _take(books, request, account_of(Role.ENTITLEMENTS, seller, customer.account, component))
    fees = _fees_of(books, taken, account_of(Role.PLATFORM_FEE, seller, customer.account, component))
    return Taking(tuple([_leg(lot, units) for lot, units in taken]), tuple([_leg(lot, units) for lot, units in fees]))


def consumption(
    books: Books, request: Consume | EntitlementConsumed, day: date, taken: Taking, payee: str
) -> EntitlementConsumed:
    """What the units taken become: revenue, or what is owed to others. The payee is whoever it was recorded for, by name."""
    earned, owed = _becoming(books, taken)
    return EntitlementConsumed(
        date=day,
        source=request.source,
        payee=payee,
        narration=f"{request.units:f} {request.entitlement} consumed",
        customer=CustomerId(request.customer),
        entitlement=request.entitlement,
        units=request.units,
        lots=taken.lots,
        fees=taken.fees,
        earned=earned,
        owed=owed,
    )


def _take(books: Books, request: Consume | EntitlementConsumed, account: Account) -> list[Taken]:
    """Units from the open lots of an account, the oldest first, each lot up to what it holds."""
    taken: list[Taken] = []
    left = request.units
    for lot in books.entitlements.lots.range("open", account):
        remaining = lot.remaining
        if left <= remaining:
            return [*taken, (lot, left)]
        taken.append((lot, remaining))
        left -= remaining
    available = sum((units for _lot, units in taken), start=Decimal(0))
    raise Refused(
        f"{request.customer} has {available:f} {request.entitlement}, and {request.units:f} were to be consumed.",
        rule="E2: no more is consumed than there is.",
        instead=f"billing-beans entitlement balance {request.customer}",
    )


def _fees_of(books: Books, taken: list[Taken], account: Account) -> list[Taken]:
    """The platform fee that is attached to the units taken: from fee lots of the same label, in their order."""
    open_lots = [*books.entitlements.lots.range("open", account)]
    if not open_lots:
        return []
    left_of: dict[str, Decimal] = {}
    for lot, units in taken:
        left_of[lot.label] = left_of[lot.label] + units if lot.label in left_of else units
    attached: dict[str, list[Lot]] = {label: [] for label in left_of}
    for lot in open_lots:
        if lot.label in attached:
            attached[lot.label].append(lot)
    fees: list[Taken] = []
    for label, lots in attached.items():
        left = left_of[label]
        for lot in lots:
            if left > 0:
                fees.append((lot, min(left, lot.remaining)))
                left -= lot.remaining
    return fees


def _leg(lot: Lot, units: Decimal) -> Leg:
    cost = new_cost(lot.cost, lot.currency, lot.date, lot.label)
    return new_leg(lot.account, new_money(units, lot.unit), cost)


def _becoming(books: Books, taken: Taking) -> tuple[tuple[Leg, ...], tuple[Leg, ...]]:
    """What released lots become, account by account: exactly their cost, with all its decimals. Revenue, and what is owed."""
    sums: dict[tuple[Account, str], Decimal] = {}
    for leg in (*taken.lots, *taken.fees):
        lot = books.entitlements.lot_of(leg)
        key, cost = (lot.becomes, lot.currency), leg.number * lot.cost
        sums[key] = sums[key] + cost if key in sums else cost
    earned: list[Leg] = []
    owed: list[Leg] = []
    for (account, currency), total in sums.items():
        if total:
            kept = earned if account.startswith("Income:") else owed
            kept.append(new_leg(account, new_money(-total, currency)))
    return tuple(earned), tuple(owed)


def seller_account(books: Books, request: Consume, customer: CustomerAdded) -> str:
    """The account component of the legal entity whose lots are used: the one asked for, or the only one that granted any."""
    if request.seller is not None:
        found = [one.account for one in books.catalog.entities.range("versions", request.seller)][-1:]
    else:
        granted = books.entitlements.lots.range("held", (customer.account, request.entitlement))
        found = list(dict.fromkeys(lot.account.split(":", 2)[1] for lot in granted))
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(
            f"{request.customer} has no {request.entitlement} that could be consumed.",
            rule="E2: no more is consumed than there is.",
            instead=f"billing-beans entitlement balance {request.customer}",
        )
    raise WrongUsage(
        f"{request.customer} has {request.entitlement} from {len(found)} legal entities.",
        instead="choose with --seller",
    )
