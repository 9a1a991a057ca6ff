"""Payment codes: an EPC QR code for what is due in euro (EPC069-12, version 002). PayNow for Singapore will stand here too."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from markupsafe import Markup

from billing_beans.documents.model import Status

if TYPE_CHECKING:
    from decimal import Decimal

    from billing_beans.documents.model import Document, InvoiceDocument, PaymentDetails

PAYABLE = frozenset({Status.ISSUED, Status.PARTIALLY_PAID})
LONGEST_NAME, LONGEST_TEXT = 70, 140


def payment_code(doc: InvoiceDocument, title: str) -> Markup | None:
    """The code of an invoice; None where there is nothing to pay in euro to an IBAN."""
    if doc.status not in PAYABLE:
        return None
    return code_for(doc, doc.payment_details, doc.amount_due, title)


def code_for(doc: Document, details: PaymentDetails | None, amount: Decimal, title: str) -> Markup | None:
    """The code that pays `amount` as inline SVG with `title` for who can't see it; None for other money than euro, and in a test."""
    if details is None or not details.iban or doc.currency != "EUR" or not doc.livemode:
        return None
    import segno.helpers  # noqa: PLC0415 - only where a code is drawn

    try:
        code = segno.helpers.make_epc_qr(
            name=_one_line(details.holder or doc.seller.name, LONGEST_NAME),
            iban="".join(details.iban.split()).upper(),
            amount=amount,
            text=_one_line(details.reference or doc.number, LONGEST_TEXT),
            bic="".join(details.bic.split()).upper() or None,
            encoding="utf-8",
        )
    except ValueError:
        # What the standard can't hold (nothing due, above 999,999,999.99, no real IBAN or BIC) is still written in words beside it.
        return None
    drawn = io.BytesIO()
    code.save(
        drawn,
        kind="svg",
        border=0,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        title=title,
        svgclass=None,
        lineclass=None,
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - segno's own drawing; it escapes the title


def _one_line(text: str, longest: int) -> str:
    """Fields of the code end with a line: a line break in a name would let it write the next field."""
    return " ".join(text.split())[:longest]
