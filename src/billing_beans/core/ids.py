"""The identifiers that people type, each a type of its own."""

import re
from typing import NewType

EntityId = NewType("EntityId", str)
CustomerId = NewType("CustomerId", str)
ProductId = NewType("ProductId", str)
PriceId = NewType("PriceId", str)
AgreementId = NewType("AgreementId", str)
TaxCodeId = NewType("TaxCodeId", str)
InvoiceNumber = NewType("InvoiceNumber", str)
PaymentId = NewType("PaymentId", str)
AllocationId = NewType("AllocationId", str)
RefundId = NewType("RefundId", str)
ChargebackId = NewType("ChargebackId", str)
PayoutId = NewType("PayoutId", str)
CreditNoteNumber = NewType("CreditNoteNumber", str)
WriteOffId = NewType("WriteOffId", str)
OpeningId = NewType("OpeningId", str)
GrantId = NewType("GrantId", str)
ApplicationId = NewType("ApplicationId", str)
AdjustmentId = NewType("AdjustmentId", str)
RuleId = NewType("RuleId", str)
PlanId = NewType("PlanId", str)
SubscriptionId = NewType("SubscriptionId", str)
RunId = NewType("RunId", str)

_LINK = re.compile(r"[A-Za-z0-9\-_/.]+")


def is_link(text: str) -> bool:
    """Whether Beancount can hold this as a link, and as part of a lot's label: what every id must be."""
    return _LINK.fullmatch(text) is not None
