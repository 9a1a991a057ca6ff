"""Verbs for entitlements: consume."""

from __future__ import annotations

from billing_beans.acts.act import Act
from billing_beans.entitlements.operations import Consume, consumed, seller_account
from billing_beans.invoicing.operations import customer_of


def consume_entitlement(act: Act, request: Consume) -> None:
    """Units are used, the oldest lots first, on the local day of the legal entity that granted them (E1, E2)."""
    account = seller_account(act.books, request, customer_of(act.books, request.customer, act.day(request.seller)))
    seller = act.books.catalog.entity_with(account)
    act.record(consumed(act.books, request, act.day(seller), account))
