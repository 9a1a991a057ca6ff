"""The seal of an invoice, held against its definition written a second time: old ledgers must keep their digests."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from beancount.core.amount import Amount
from hypothesis import given
from hypothesis import strategies as st

from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Account
from billing_beans.core.facts import Place
from billing_beans.core.money import Money
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.seal import seal

LINE = InvoiceLine(
    line=1,
    revision=1,
    product="placement-credit",
    description="Placement credits",
    quantity=Decimal(3),
    unit_price=Money(Decimal("300.00"), "SGD"),
    amount=Money(Decimal("900.00"), "SGD"),
    tax_code="SG-GST-9",
    tax_rate=Decimal("0.09"),
    tax=Money(Decimal("81.00"), "SGD"),
    tax_account=Account("Liabilities:SG:Tax:GST"),
    revenue=Revenue.ON_CONSUMPTION,
)
DRAFT = InvoiceDrafted(
    date=date(2026, 1, 11),
    invoice="SG-2026-00001",
    revision=1,
    lines=(LINE,),
    series="2026",
    customer="acme",
    seller="sg",
    seller_name="Example Pte. Ltd.",
    seller_address="1 Raffles Place",
    seller_country="SG",
    currency="SGD",
    due=date(2026, 2, 10),
    bill_to_name="Acme",
    bill_to_address="2 Shenton Way",
    subtotal=Money(Decimal("900.00"), "SGD"),
    tax=Money(Decimal("81.00"), "SGD"),
    total=Money(Decimal("981.00"), "SGD"),
)
TEXTS = st.text(max_size=20) | st.sampled_from(["{x}", '"""', "'''", "\\", "\\n", "a\nb=1:c", "{{}}"])


def plainly(draft: InvoiceDrafted, issued: date) -> str:
    """The seal, as its module defines it, in the plainest way."""
    records = (draft, *draft.lines)
    rows = [f"issued={issued.isoformat()}\n", f"date={draft.date.isoformat()}\n"]
    for record in records:
        fields = sorted((one.key, one.name) for one in record.shape.fields if one.place is not Place.PARTS)
        values = ((key, getattr(record, name)) for key, name in fields)
        rows += [f"{key}={written(value)}\n" for key, value in values if value is not None]
    return "sha256:" + hashlib.sha256("".join(rows).encode()).hexdigest()


def written(value: Any) -> str:
    if isinstance(value, Amount):
        return f"{written(value.number)} {value.currency}"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Enum):
        return str(value.value)
    return f"{len(value)}:{value}" if isinstance(value, str) else str(value)


@given(
    name=TEXTS,
    footer=st.none() | TEXTS,
    units=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    price=st.decimals(allow_nan=False, allow_infinity=False),
    count=st.integers(0, 3),
)
def test_the_seal_is_what_its_definition_says(
    name: str, footer: str | None, units: Decimal | None, price: Decimal, count: int
) -> None:
    line = replace(LINE, description=name, units=units, unit_price=Money(price, "SGD"))
    draft = replace(DRAFT, bill_to_name=name, footer=footer, lines=(line,) * count)
    assert seal(draft, date(2026, 1, 12)) == plainly(draft, date(2026, 1, 12))


@pytest.mark.parametrize("number", ["1E+3", "1E-9", "0E+2", "-0", "0.00", "0.0000001", "123456789012345.123456789012"])
def test_numbers_are_sealed_with_all_their_digits(number: str) -> None:
    draft = replace(DRAFT, total=Money(Decimal(number), "SGD"))
    assert seal(draft, date(2026, 1, 12)) == plainly(draft, date(2026, 1, 12))


def test_the_seal_of_an_old_invoice_stays() -> None:
    # As it was before the expression that writes the canonical form was made anew.
    assert seal(DRAFT, date(2026, 1, 12)) == "sha256:ef0449ef2e22dfbe538f0cc269175eed584c5dd2131d89a98042b20a3d31c258"
