"""The identifiers that people type, each a type of its own."""

from typing import NewType

EntityId = NewType("EntityId", str)
CustomerId = NewType("CustomerId", str)
ProductId = NewType("ProductId", str)
PriceId = NewType("PriceId", str)
AgreementId = NewType("AgreementId", str)
TaxCodeId = NewType("TaxCodeId", str)
InvoiceNumber = NewType("InvoiceNumber", str)
PaymentId = NewType("PaymentId", str)
