"""Stripe's reports as CSV: balance and payout reconciliation (itemized), balance history, payments, payouts.

Source of the columns: docs.stripe.com/reports/report-types/balance and .../payout-reconciliation (itemized), of the
categories docs.stripe.com/reports/reporting-categories; the exports of the dashboard name the same things otherwise
(`id, Type, Source, Amount, Fee, Net, Currency, Created (UTC)`; `id, Created date (UTC), Amount, Amount Refunded, ...`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.importers.processors.amounts import currency_of
from billing_beans.importers.processors.events import EventKind, Payer, Processor, ProcessorEvent, Read, Skipped
from billing_beans.importers.processors.files import SourceFile
from billing_beans.importers.processors.hints import from_metadata, numbers_in
from billing_beans.importers.processors.reading import each
from billing_beans.importers.processors.rows import Cells, Columns, utc_moment
from billing_beans.importers.processors.stripe_kinds import NOT_READ, PAYOUTS, kind_of_movement
from billing_beans.importers.tables import TableFile

_WANTED = {
    "transaction": ("balancetransactionid",),
    "id": ("id", "payoutid"),
    "category": ("reportingcategory", "type"),
    "source": ("sourceid", "source"),
    "gross": ("gross", "amount"),
    "fee": ("fee", "fees"),
    "net": ("net",),
    "currency": ("currency",),
    "created": ("createdutc", "createddateutc", "created"),
    "arrival": ("effectiveatutc", "effectiveat", "arrivaldateutc", "arrivaldate"),
    "description": ("description",),
    "facing": ("customerfacingamount",),
    "facing-currency": ("customerfacingcurrency",),
    "charge": ("chargeid",),
    "customer": ("customerid",),
    "email": ("customeremail",),
    "name": ("customername", "customerdescription"),
    "invoice": ("invoicenumber",),
    "status": ("status",),
    "captured": ("captured",),
    "refunded": ("amountrefunded",),
    "converted": ("convertedamount",),
    "converted-currency": ("convertedcurrency",),
    "reason": ("disputereason", "declinereason", "failuremessage"),
    "mode": ("livemode", "mode"),
}
_AMOUNTS = ("gross", "fee", "net", "facing", "refunded", "converted")

_PAYMENTS = {
    "paid": EventKind.PAID,
    "succeeded": EventKind.PAID,
    "refunded": EventKind.PAID,
    "partially refunded": EventKind.PAID,
    "disputed": EventKind.PAID,
    "pending": EventKind.PENDING,
    "uncaptured": EventKind.PENDING,
    "failed": EventKind.FAILED,
    "canceled": EventKind.FAILED,
    "blocked": EventKind.FAILED,
}


def is_one(table: TableFile) -> bool:
    """Whether the columns are those of a report of Stripe."""
    columns = Columns(TableFile(table.name, "", table.header, ()), _WANTED, ())
    return _is_balance(columns) or _is_payouts(columns) or _is_payments(columns)


def _is_balance(columns: Columns) -> bool:
    return columns.has("category", "gross", "currency", "created") and columns.has("source")


def _is_payouts(columns: Columns) -> bool:
    return columns.has("id", "gross", "currency", "arrival") and not columns.has("source")


def _is_payments(columns: Columns) -> bool:
    return columns.has("id", "gross", "currency", "created", "status") and not columns.has("source")


def read(source: SourceFile) -> Read:
    """What a report says, row by row. Raises `WrongUsage` with the lines that can't be read."""
    assert source.table is not None
    columns = Columns(source.table, _WANTED, _AMOUNTS)
    row_of = _balance_row if _is_balance(columns) else _payout_row if _is_payouts(columns) else _payment_row
    return each(source, source.table.rows, lambda row: row.line, lambda row, where: row_of(Cells(columns, row), where))


def _balance_row(row: Cells, where: str) -> Iterator[ProcessorEvent | Skipped]:
    """One movement of the balance. Gross is signed by what it does to the balance; the fee is positive where it was kept."""
    transaction = row["transaction"] or row.needed("id")
    category, thing = row.needed("category").lower(), row["source"]
    own = currency_of(row.needed("currency"))
    gross, fee = row.amount("gross", own), row.amount_or_none("fee", own)
    _adds_up(row, gross, fee)
    kind = kind_of_movement(category, thing, gross)
    if kind is None or not (thing or kind is EventKind.FEE):
        yield Skipped(where, f"{category} {thing or transaction}, {gross.number:f} {own}", NOT_READ)
        return
    if kind is EventKind.FEE:
        yield _fee_row(row, transaction, where, gross, fee)
        return
    if kind is EventKind.DISPUTE_WON and fee is not None and fee.number:
        yield _fee_row(row, transaction, where, new_money(-fee.number, own), None)
        fee = None
    amount, settled = _facing(row, gross)
    invoices, customer = from_metadata(row.metadata())
    yield ProcessorEvent(
        processor=Processor.STRIPE,
        kind=kind,
        thing=thing,
        event=transaction,
        moment=utc_moment(row.needed("created")),
        where=where,
        about=row["charge"] if kind is not EventKind.PAID else "",
        amount=amount,
        fee=fee,
        settled=settled,
        payer=Payer(row["customer"], customer, row["email"], row["name"]),
        invoices=tuple(dict.fromkeys((*invoices, *numbers_in(row["invoice"])))),
        description=row["description"],
        reason=row["reason"].replace("_", " "),
    )


def _adds_up(row: Cells, gross: Money, fee: Money | None) -> None:
    net = row.amount_or_none("net", gross.currency)
    if net is not None and fee is not None and gross.number - fee.number != net.number:
        raise WrongUsage(f"{gross.number:f} less the fee {fee.number:f} is not the net {net.number:f}")


def _facing(row: Cells, gross: Money) -> tuple[Money, Money | None]:
    """What the payer saw, and what it came to in the balance where that is another currency; both positive."""
    settled = new_money(abs(gross.number), gross.currency)
    if not row["facing"] or not row["facing-currency"]:
        return settled, None
    currency = currency_of(row["facing-currency"])
    if currency == gross.currency:
        return settled, None
    facing = row.amount("facing", currency)
    return new_money(abs(facing.number), currency), settled


def _fee_row(row: Cells, transaction: str, where: str, gross: Money, fee: Money | None) -> ProcessorEvent:
    """A fee that belongs to no charge: what the balance lost, positive."""
    lost = (fee.number if fee else 0) - gross.number
    return ProcessorEvent(
        processor=Processor.STRIPE,
        kind=EventKind.FEE,
        thing=transaction,
        event=transaction,
        moment=utc_moment(row.needed("created")),
        where=where,
        fee=new_money(lost + 0, gross.currency),
        description=row["description"],
    )


def _payment_row(row: Cells, where: str) -> Iterator[ProcessorEvent | Skipped]:
    """One charge of the payments export; its fee is in the currency that it was converted to."""
    charge, status = row.needed("id"), row.needed("status").lower()
    kind = _PAYMENTS.get(status)
    if kind is None or charge.startswith("pi_"):
        why = "the row does not name its charge: export the column with it" if kind else "nothing was paid"
        yield Skipped(where, f"{charge}, {status}", why)
        return
    if kind is EventKind.PAID and row["captured"].lower() == "false":
        kind = EventKind.PENDING
    currency = currency_of(row.needed("currency"))
    amount = row.amount("gross", currency)
    own = currency_of(row["converted-currency"] or currency)
    settled = row.amount("converted", own) if own != currency else None
    invoices, customer = from_metadata(row.metadata())
    event = ProcessorEvent(
        processor=Processor.STRIPE,
        kind=kind,
        thing=charge,
        event=charge,
        moment=utc_moment(row.needed("created")),
        where=where,
        amount=amount,
        fee=row.amount_or_none("fee", own) if kind is EventKind.PAID else None,
        settled=settled,
        payer=Payer(row["customer"], customer, row["email"], row["name"]),
        invoices=invoices,
        description=row["description"],
        reason=row["reason"].replace("_", " "),
        live=_live(row),
    )
    yield event
    back = row.amount_or_none("refunded", currency)
    if back is not None and back.number:
        yield replace(event, kind=EventKind.WENT_BACK, about=charge, amount=back, fee=None, settled=None)


def _payout_row(row: Cells, where: str) -> Iterator[ProcessorEvent | Skipped]:
    payout = row.needed("id")
    status = row["status"].lower() or "paid"
    kind = PAYOUTS.get(status)
    if kind is None:
        raise WrongUsage(f"{payout} has the status {status!r}, which no payout has")
    currency = currency_of(row.needed("currency"))
    amount = row.amount("gross", currency)
    yield ProcessorEvent(
        processor=Processor.STRIPE,
        kind=kind,
        thing=payout,
        event=payout,
        moment=utc_moment(row.needed("arrival")),
        where=where,
        amount=new_money(abs(amount.number), currency),
        reason=row["reason"].replace("_", " "),
        live=_live(row),
    )


def _live(row: Cells) -> bool | None:
    return {"true": True, "live": True, "false": False, "test": False}.get(row["mode"].lower())
