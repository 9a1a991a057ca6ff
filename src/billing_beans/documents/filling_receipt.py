"""Fills a receipt from the books: what came, and what it settled when it was verified (R4).

What becomes of the money later (unapplied money that settles another invoice or buys credits, a refund, a chargeback) is no
part of it: a receipt says what was received on its day, and never changes. Credits that waited for it came with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from billing_beans.acts.documents import receipt_named, seller_of_payment, settlements_of
from billing_beans.core.money import minor_digits, new_money
from billing_beans.credits.records import GrantStatus
from billing_beans.documents.filling import credits_bought
from billing_beans.documents.formats import Formats
from billing_beans.documents.letterhead import letterhead
from billing_beans.documents.model import ZERO
from billing_beans.documents.receipt import Bought, Receipt, Settled
from billing_beans.invoicing.operations import head_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from billing_beans.books import Books
    from billing_beans.core.money import Money
    from billing_beans.invoicing.records import Settlement
    from billing_beans.payments.records import PaymentHead

KNOWN_BY = re.compile(r"[a-z][a-z0-9-]*/")
"""How a payer begins who is known by an id, and not by a name."""


def fill_receipt(books: Books, payment: str, root: Path) -> Receipt:
    """The receipt of a verified payment; `root` is the folder of the books, where the logo lies.

    Raises `Refused` for an unknown payment, for one that isn't verified, and as `letterhead` does.
    """
    head = receipt_named(books, payment)
    assert head.received is not None
    assert head.verified_on is not None
    currency = head.amount.currency
    seller = seller_of_payment(books, head)
    letter = letterhead(books, root, seller=seller, customer=head.customer, currency=currency, day=head.verified_on)
    bought = tuple(_bought(books, head, Formats(letter.locale, currency, minor_digits(currency))))
    rest = head.unapplied - sum((one.amount.number for one in bought), start=ZERO)
    return Receipt(
        number=head.payment,
        currency=currency,
        seller=letter.seller,
        buyer=letter.buyer,
        livemode=letter.livemode,
        locale=letter.locale,
        page_size=letter.page_size,
        logo=letter.logo,
        accent=letter.accent,
        footer=letter.footer,
        received=head.received,
        amount=head.amount,
        method=head.method,
        reference=head.bank_reference or "",
        payer=_somebody_else(head.payer or "", letter.buyer.name),
        settled=tuple(_settled(books, payment)),
        bought=bought,
        on_account=new_money(rest, currency) if rest else None,
    )


def _bought(books: Books, head: PaymentHead, formats: Formats) -> Iterator[Bought]:
    """The credits that waited for the payment."""
    for grant in books.credits.grants.range("payment", head.payment):
        if grant.status is GrantStatus.GRANTED and grant.price is not None and grant.granted is not None:
            words = credits_bought(books, grant.unit, grant.units, grant.bonus, grant.granted, formats)
            yield Bought(grant.grant, words, grant.price)


def _somebody_else(payer: str, buyer: str) -> str:
    """The payer's name, where it is another than the customer's. An account or a processor's id (`iban/DE89...`) is no name."""
    is_name = not KNOWN_BY.match(payer)
    return payer if is_name and payer.casefold() != buyer.casefold() else ""


def _settled(books: Books, payment: str) -> Iterator[Settled]:
    """Each invoice once, also where the payment was meant for some of its lines."""
    by_invoice: dict[str, list[Settlement]] = {}
    for one in settlements_of(books, payment):
        by_invoice.setdefault(one.invoice, []).append(one)
    for invoice, parts in by_invoice.items():
        paid = [one.paid for one in parts if one.paid is not None]
        issued = head_named(books, invoice).dated
        yield Settled(invoice, _sum([one.amount for one in parts]), issued, _sum(paid) if paid else None)


def _sum(amounts: Sequence[Money]) -> Money:
    return new_money(sum((one.number for one in amounts), start=ZERO), amounts[0].currency)
