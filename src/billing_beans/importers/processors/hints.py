"""What an event says of who paid and for what: metadata that the seller gave the processor to keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NEITHER = re.compile(r"[^a-z0-9]")
_INVOICE = frozenset(("invoice", "invoices", "invoiceno", "invoicenumber", "invoicenumbers", "invoiceid"))
_CUSTOMER = frozenset(("customer", "customerid", "customerno", "customernumber", "billingcustomer"))
_BETWEEN = re.compile(r"[\s,;|]+")
MAX_TEXT = 500
"""Characters of a description that are looked at."""


def text_of(value: object) -> str:
    """A text of an event on one line, without what can't be printed; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    short = value[:MAX_TEXT]
    return short.strip() if short.isprintable() else "".join(c if c.isprintable() else " " for c in short).strip()


def id_of(value: object) -> str:
    """The id of something that stands there by its id or, expanded, as a whole."""
    if isinstance(value, dict):
        return text_of(value.get("id"))
    return text_of(value)


def numbers_in(value: str) -> tuple[str, ...]:
    """The invoice numbers in a text that holds nothing else: one, or several with commas or spaces between them."""
    return tuple(dict.fromkeys(number for number in _BETWEEN.split(value.strip()) if number))


def from_metadata(metadata: Mapping[str, Any] | None) -> tuple[tuple[str, ...], str]:
    """The invoice numbers and the customer's id in metadata, by the usual names."""
    invoices: tuple[str, ...] = ()
    customer = ""
    for name, value in (metadata or {}).items():
        bare = _NEITHER.sub("", str(name).lower())
        if bare in _INVOICE:
            invoices += numbers_in(text_of(value))
        elif bare in _CUSTOMER:
            customer = customer or text_of(value)
    return tuple(dict.fromkeys(invoices)), customer
