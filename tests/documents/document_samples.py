"""Invoices to render, and the tools that read a PDF back."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing_beans.documents.model import InvoiceDocument, Line, Party, PaymentDetails, Status, TaxTotal

if TYPE_CHECKING:
    from pathlib import Path

SINGAPORE = Party(
    "Beans Singapore Pte. Ltd.",
    ("80 Robinson Road #10-01", "Singapore 068898"),
    tax_number="M90312345A",
    tax_number_label="GST Reg. No.",
    country="SG",
)
ACME = Party(
    "Acme Pte. Ltd.",
    ("2 Shenton Way", "Singapore 068804"),
    attention="Accounts Payable",
    email="ap@acme.example",
    country="SG",
)


def make_line(description: str, quantity: str, price: str, rate: str = "9", **more: Any) -> Line:
    amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    tax = (amount * Decimal(rate) / 100).quantize(Decimal("0.01"))
    return Line(description, Decimal(quantity), Decimal(price), amount, tax=tax, tax_rate=Decimal(rate), **more)


def make_invoice(*lines: Line, **changes: Any) -> InvoiceDocument:
    """An issued invoice whose totals are those of its lines."""
    sums: dict[tuple[str, Decimal, bool], tuple[Decimal, Decimal]] = {}
    for line in lines:
        key = (line.tax_code, line.tax_rate, line.exempt)
        base, tax = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (base + line.amount, tax + line.tax)
    subtotal, tax = (
        (sum(parts, Decimal(0)) for parts in zip(*sums.values(), strict=True)) if sums else (Decimal(0),) * 2
    )
    values: dict[str, Any] = {
        "number": "SG-2026-00002",
        "drafted": date(2026, 1, 10),
        "issued": date(2026, 1, 11),
        "due": date(2026, 2, 10),
        "status": Status.ISSUED,
        "currency": "SGD",
        "locale": "en_SG",
        "seller": SINGAPORE,
        "buyer": ACME,
        "subtotal": subtotal,
        "tax": tax,
        "taxes": tuple(TaxTotal(code, "GST", rate, *both, exempt=free) for (code, rate, free), both in sums.items()),
        "total": subtotal + tax,
        "amount_due": subtotal + tax,
        "payment_details": PaymentDetails(bank="DBS Bank", account="012-345678-9", reference="SG-2026-00002"),
        "footer": ("Beans Singapore Pte. Ltd. · UEN 201912345K",),
    }
    return InvoiceDocument(lines=lines, **(values | changes))


@dataclass(frozen=True)
class Printed:
    """A rendered document with what can be read from it."""

    data: bytes
    path: Path

    def text(self, page: int | None = None) -> str:
        pages = [] if page is None else ["-f", str(page), "-l", str(page)]
        command = ["pdftotext", "-layout", *pages, str(self.path), "-"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def words(self) -> list[tuple[float, float, float, float, float, float, str]]:
        """Width and height of the page, left, top, right, bottom and text of each word."""
        command = ["pdftotext", "-bbox", str(self.path), "-"]
        found, size = [], (0.0, 0.0)
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            numbers = [float(number) for number in re.findall(r'="([\d.-]+)"', line)]
            if "<page" in line:
                size = (numbers[0], numbers[1])
            elif "<word" in line:
                left, top, right, bottom = numbers
                found.append((*size, left, top, right, bottom, re.sub("<[^>]*>", "", line).strip()))
        return found
