"""What a receipt shows (R4)."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING

from billing_beans.core.records import record
from billing_beans.documents.model import Document

if TYPE_CHECKING:
    from datetime import date

    from billing_beans.core.money import Money


@record
class Settled:
    """An invoice that the payment settles, with `amount` of it, in the invoice's currency, above zero.

    `issued` is the invoice's date. `paid` is the share of the payment where that is in another currency.
    """

    invoice: str
    amount: Money
    issued: date | None = None
    paid: Money | None = None


@record
class Bought:
    """Credits that the payment paid for with `amount` of it, above zero: `words` say how many of what, `grant` is what they are called."""

    grant: str
    words: str
    amount: Money


@record
class Receipt(Document):
    """Money that came from a customer: its `number` is the payment's, its `amount` all that the customer paid, above zero.

    What a processor or a bank kept of it is the seller's affair and isn't shown. `method` is a word of the books ("bank-transfer"),
    which the language of the document has its own for; `reference` is what the bank statement says; `payer` is who paid, where that is
    somebody else than the customer. `bought` are credits that it paid for; `on_account` is what neither they nor an invoice took of it,
    in the payment's currency: the customer's money.
    """

    kind = "receipt"

    _: KW_ONLY
    received: date
    amount: Money
    method: str
    reference: str = ""
    payer: str = ""
    settled: tuple[Settled, ...] = ()
    bought: tuple[Bought, ...] = ()
    on_account: Money | None = None
    notes: str = ""

    @property
    def dated(self) -> date:
        return self.received
