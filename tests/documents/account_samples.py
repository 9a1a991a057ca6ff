"""Credit notes, receipts, statements of account and of credits, and reminders to render."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from document_samples import ACME, SINGAPORE, make_invoice

from billing_beans.core.money import Money, round_money
from billing_beans.documents.credit_note import CreditNote
from billing_beans.documents.credit_statement import CreditEntry, CreditLine, CreditStatement, CreditsUntil
from billing_beans.documents.model import PaymentDetails
from billing_beans.documents.receipt import Receipt, Settled
from billing_beans.documents.reminder import OverdueInvoice, Reminder
from billing_beans.documents.statement import AgingBucket, EntryKind, Statement, StatementLine

if TYPE_CHECKING:
    from billing_beans.documents.model import Line

FOOTER = ("Beans Singapore Pte. Ltd. · UEN 201912345K",)
COMMON: dict[str, Any] = {"locale": "en_SG", "seller": SINGAPORE, "buyer": ACME, "footer": FOOTER}
BANK = PaymentDetails(holder="Beans Singapore Pte. Ltd.", bank="DBS Bank", account="012-345678-9", reference="acme")
EPC = PaymentDetails(holder="Bohnen GmbH", iban="DE89 3704 0044 0532 0130 00", reference="DE-17")


def money(number: str | Decimal | int, currency: str = "SGD") -> Money:
    return round_money(Decimal(number), currency)


def make_credit_note(*lines: Line, **changes: Any) -> CreditNote:
    """A credit note over whole lines, all of it set against its invoice."""
    invoice = make_invoice(*lines)
    values: dict[str, Any] = {
        "number": "SGC-2026-00001",
        "currency": "SGD",
        "issued": date(2026, 1, 20),
        "invoice": "SG-2026-00002",
        "invoice_issued": date(2026, 1, 11),
        "reason": "Wrong quantity",
        "subtotal": invoice.subtotal,
        "tax": invoice.tax,
        "taxes": invoice.taxes,
        "total": invoice.total,
        "against_invoice": invoice.total,
    }
    return CreditNote(lines=lines, **(COMMON | values | changes))


def make_receipt(*amounts: str, on_account: str = "0.00", **changes: Any) -> Receipt:
    """A payment that settles an invoice with each of the amounts."""
    currency = changes.get("currency", "SGD")
    settled = tuple(
        Settled(f"SG-2026-{n:05d}", money(amount, currency), date(2026, 1, 11)) for n, amount in enumerate(amounts, 1)
    )
    rest = money(on_account, currency)
    values: dict[str, Any] = {
        "number": "PAY-1",
        "currency": currency,
        "received": date(2026, 1, 13),
        "amount": money(sum((one.amount.number for one in settled), rest.number), currency),
        "method": "bank-transfer",
        "reference": "FT26012ABC",
        "settled": settled,
        "on_account": rest,
    }
    return Receipt(**(COMMON | values | changes))


def make_statement(count: int, opening: str = "0.00", charge: str = "250.00", **changes: Any) -> Statement:
    """Invoices and payments by turns, two days apart: of five documents two are payments over twice the charge."""
    currency = changes.get("currency", "SGD")
    balance = Decimal(opening)
    lines = []
    for n in range(1, count + 1):
        pays = n % 5 in {0, 3}
        amount = Decimal(charge) * (2 if pays else 1)
        balance += -amount if pays else amount
        day = date(2026, 1, 1) + timedelta(days=2 * n)
        lines.append(
            StatementLine(
                day,
                EntryKind.PAYMENT if pays else EntryKind.INVOICE,
                f"PAY-{n}" if pays else f"SG-2026-{n:05d}",
                money(balance, currency),
                debit=None if pays else money(amount, currency),
                credit=money(amount, currency) if pays else None,
                due=None if pays else day + timedelta(days=30),
            )
        )
    closing = money(balance, currency)
    values: dict[str, Any] = {
        "number": "acme-2026-12-31",
        "customer": "acme",
        "currency": currency,
        "first": date(2026, 1, 1),
        "last": date(2026, 12, 31),
        "opening": money(opening, currency),
        "lines": tuple(lines),
        "closing": closing,
        "aging": make_aging(currency, max(balance, Decimal(0)), *(["0"] * 4)),
        "unapplied": money(max(-balance, Decimal(0)), currency),
        "payment_details": BANK,
    }
    return Statement(**(COMMON | values | changes))


def make_credit_statement(count: int, opening: str = "0", each: str = "120", **changes: Any) -> CreditStatement:
    """Grants and applications by turns, two days apart: of five movements two use half as many credits, one of them free."""
    balance = Decimal(opening)
    lines = []
    for n in range(1, count + 1):
        uses = n % 5 in {0, 3}
        units = -Decimal(each) / 2 if uses else Decimal(each)
        balance += units
        day = date(2026, 1, 1) + timedelta(days=2 * n)
        lines.append(
            CreditLine(
                day,
                CreditEntry.APPLICATION if uses else CreditEntry.GRANT,
                f"APP-{n}" if uses else f"GRANT-{n}",
                units,
                balance,
                n % 5 != 3,
                about=(f"SG-2026-{n:05d}", "GRANT-1") if uses else (f"PAY-{n}",),
                until=None if uses else day + timedelta(days=180),
            )
        )
    free = min(balance, Decimal(20))
    values: dict[str, Any] = {
        "number": "acme-CREDIT-USD-2026-12-31",
        "customer": "acme",
        "currency": "USD",
        "unit": "CREDIT-USD",
        "unit_name": "US dollar credits",
        "first": date(2026, 1, 1),
        "last": date(2026, 12, 31),
        "opening": Decimal(opening),
        "lines": tuple(lines),
        "closing": balance,
        "paid": balance - free,
        "available": balance,
        "worth": money(balance, changes.get("currency", "USD")),
        "expiry": (CreditsUntil(balance - free, date(2027, 6, 30)), CreditsUntil(free)) if count else (),
    }
    return CreditStatement(**(COMMON | values | changes))


def make_aging(currency: str, *amounts: str | Decimal) -> tuple[AgingBucket, ...]:
    spans = ((None, 0), (1, 30), (31, 60), (61, 90), (91, None))
    return tuple(AgingBucket(*span, money(amount, currency)) for span, amount in zip(spans, amounts, strict=True))


def make_reminder(*opens: str, **changes: Any) -> Reminder:
    """Overdue invoices of which the amounts are still open."""
    currency = changes.get("currency", "SGD")
    day = date(2026, 3, 1)
    invoices = tuple(
        OverdueInvoice(
            f"SG-2026-{n:05d}",
            date(2026, 1, 11),
            day - timedelta(days=7 * n),
            7 * n,
            money(Decimal(amount) + 100, currency),
            money(amount, currency),
        )
        for n, amount in enumerate(opens, 1)
    )
    values: dict[str, Any] = {
        "number": "acme-2026-03-01",
        "customer": "acme",
        "currency": currency,
        "day": day,
        "level": 1,
        "pay_by": date(2026, 3, 15),
        "invoices": invoices,
        "payment_details": BANK,
    }
    return Reminder(**(COMMON | values | changes))
