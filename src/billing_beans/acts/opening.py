"""Verbs for books that begin in the middle of a company's life: what was open on the first day (B1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.importing import check_number, refuse_own_number
from billing_beans.catalog.facts import LegalEntityAdded, Revenue
from billing_beans.catalog.operations import AddProduct, AddTaxCode, product_added, tax_code_added
from billing_beans.core.accounts import Role, account_of, place_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import new_leg
from billing_beans.core.ids import OpeningId
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.credits.opening import OpenCredits, credits_opened
from billing_beans.entitlements.opening import OpenLots, lots_opened
from billing_beans.invoicing.legs import Parties, line_grants, tops_up
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.opening import opened
from billing_beans.invoicing.operations import DraftInvoice, customer_of, drafted, seller_of
from billing_beans.opening.operations import OpenDeferred, deferred_opened
from billing_beans.payments.facts import UnappliedOpened

PREFIX = "OPEN"

PRODUCT = "opening-balance"
"""What open invoices of before are for, where no product is named."""

BEGINNING = "B1: a company can start in the middle of its life."


@record
class OpenInvoice:
    """An invoice of before: what is still owed on it, for an untaxed product; issued and due on days that may be past.

    Without a product it is for `opening-balance`, which is added with a tax code of zero where it is missing. `rate` is what
    one of its currency was worth in the seller's own on the day of issue.
    """

    number: str
    customer: str
    issued_on: date
    due: date
    owed: Money
    product: str | None = None
    seller: str | None = None
    description: str | None = None
    rate: Money | None = None
    source: str | None = None


@record
class OpenMoney:
    """Money of a customer that belongs to no invoice: a payment on account of before."""

    customer: str
    amount: Money
    seller: str | None = None
    reference: str | None = None
    opening: str | None = None
    source: str | None = None


def open_invoice(act: Act, request: OpenInvoice) -> None:
    """The invoice stands in the books with what is owed on it, against the opening balance. Raises `Refused`."""
    check_number(request.number)
    seller = seller_of(act.books, DraftInvoice(request.customer, (), seller=request.seller), act.day())
    day = act.day(seller.entity)
    _payable(request.owed)
    _check_rate(request, seller)
    if request.issued_on > day or request.due < request.issued_on:
        raise WrongUsage(
            f"{request.number} was issued on {request.issued_on} and due on {request.due}, and the books open on {day}.",
            instead="an open invoice was issued before the books open, and is due no earlier than it was issued",
        )
    product = request.product or _opening_product(act, seller, day)
    item = Item(product, Decimal(1), request.owed, request.description)
    wanted = DraftInvoice(
        request.customer, (item,), currency=request.owed.currency, seller=seller.entity, number=request.number
    )
    draft = replace(drafted(act.books, wanted, day), due=request.due, source=request.source)
    refuse_own_number(act.books, draft)
    if draft.total.number != request.owed.number or any(line_grants(line) or tops_up(line) for line in draft.lines):
        raise Refused(
            f"{product} is taxed or grants something, and an open invoice of before was taxed when it was issued, "
            "and does not wait here to grant anything.",
            rule="B1: what was owed is opened as it was, and taxed once.",
            instead=f"name a product that is not taxed and earned on issue, or none: then it is {PRODUCT}",
        )
    act.record(draft)
    act.record(opened(act.books, request.number, request.issued_on, day, request.rate))


def open_money(act: Act, request: OpenMoney) -> None:
    """Unapplied money of before, against the opening balance. Raises `Refused` or `WrongUsage`."""
    seller = seller_of(act.books, DraftInvoice(request.customer, (), seller=request.seller), act.day())
    day = act.day(seller.entity)
    customer = customer_of(act.books, request.customer, day)
    _payable(request.amount)
    opening = request.opening or act.books.payments.counters.next(PREFIX)
    amount = request.amount
    act.record(
        UnappliedOpened(
            date=day,
            source=request.source,
            payee=customer.name,
            narration=f"Unapplied money of {customer.customer} when the books began",
            opening=OpeningId(opening),
            customer=customer.customer,
            reference=request.reference,
            opening_balance=new_leg(account_of(Role.OPENING, seller.account), amount),
            unapplied=new_leg(
                account_of(Role.UNAPPLIED, seller.account, customer.account),
                new_money(-amount.number, amount.currency),
            ),
        )
    )


def open_lots(act: Act, request: OpenLots) -> None:
    """Units that a customer had left, at their own cost, against the opening balance. Raises `Refused` or `WrongUsage`."""
    day, parties = _parties(act, request.customer, request.seller)
    act.record(lots_opened(act.books, request, day, parties))


def open_credits(act: Act, request: OpenCredits) -> None:
    """Credits that a customer had left, against the opening balance. Raises `Refused` or `WrongUsage`."""
    day, parties = _parties(act, request.customer, request.seller)
    act.record(credits_opened(act.books, request, day, parties))


def open_deferred(act: Act, request: OpenDeferred) -> None:
    """Revenue that is still to be earned, against the opening balance. Raises `Refused` or `WrongUsage`."""
    day, parties = _parties(act, request.customer, request.seller)
    act.record(deferred_opened(act.books, request, day, parties))


def _parties(act: Act, customer: str, seller: str | None) -> tuple[date, Parties]:
    """The day on which the seller's books open, and the accounts of both."""
    entity = seller_of(act.books, DraftInvoice(customer, (), seller=seller), act.day())
    day = act.day(entity.entity)
    return day, Parties(entity.account, customer_of(act.books, customer, day).account)


def _opening_product(act: Act, seller: LegalEntityAdded, day: date) -> str:
    """The product that open invoices of this seller are for, added with its tax code where it is missing.

    A tax code has one account, and so one seller: where the first is another's, this one gets a product of its own.
    """
    catalog = act.books.catalog
    for name in (PRODUCT, f"{PRODUCT}-{seller.entity}"):
        product = catalog.product(name, day)
        if product is None:
            code = AddTaxCode(
                name.upper(), Decimal(0), account_of(Role.TAX, seller.account, "Opening"), name="Not taxed again"
            )
            if catalog.tax_code(code.tax_code, day) is None:
                act.record(tax_code_added(act.books, code, day))
            act.record(product_added(AddProduct(name, "Open balance", Revenue.ON_ISSUE, code.tax_code), day))
            return name
        tax_code = catalog.tax_code(product.tax_code, day)
        place = place_of(tax_code.account) if tax_code is not None else None
        if place is not None and place.entity == seller.account:
            return name
    raise Refused(
        f"The product {PRODUCT}-{seller.entity} has no tax code of {seller.entity}.",
        rule=BEGINNING,
        instead="name a product that is not taxed in the column product",
    )


def _check_rate(request: OpenInvoice, seller: LegalEntityAdded) -> None:
    rate = request.rate
    if rate is None:
        return
    if rate.currency != seller.currency or rate.number <= 0 or request.owed.currency == seller.currency:
        raise WrongUsage(
            f"The rate {rate.number:f} {rate.currency} of {request.number} can't be used.",
            instead=f"a rate is what one of a foreign currency was worth in {seller.currency}, above zero",
        )


def _payable(amount: Money) -> None:
    if amount.number <= 0 or not is_minor(amount):
        raise WrongUsage(f"{amount.number:f} {amount.currency} can't be opened: it is above zero, in minor units.")
