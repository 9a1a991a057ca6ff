"""Fixtures of the documents' tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from billing_beans.documents.render import render_pdf

# Tests are no packages here, so what they share is found by its folder.
sys.path.append(str(Path(__file__).parent))

from document_samples import Printed, make_invoice, make_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing_beans.documents.model import InvoiceDocument


@pytest.fixture(scope="session")
def gig() -> InvoiceDocument:
    """The two lines of a gig-credit sale (I2)."""
    return make_invoice(
        make_line("Gig credits, principal", "10", "20.00", "0", exempt=True, tax_code="OS"),
        make_line("Gig credits, platform fee 15 %", "10", "3.00", tax_code="SR"),
        notes="Thank you for your business.",
    )


@pytest.fixture
def printed(tmp_path: Path) -> Callable[..., Printed]:
    def make(document: InvoiceDocument, templates: Path | None = None) -> Printed:
        data = render_pdf(document, templates=templates)
        path = tmp_path / "document.pdf"
        path.write_bytes(data)
        return Printed(data, path)

    return make
