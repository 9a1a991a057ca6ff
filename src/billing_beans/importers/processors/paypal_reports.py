"""PayPal's activity download as CSV, in English and in German.

Source of the columns and types: PayPal's "Activity Download Specification" (paypalobjects.com, PP_ActivityDownload.pdf);
gross and net are signed by what they do to the balance, the fee is negative where it was kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.importers.processors.amounts import currency_of
from billing_beans.importers.processors.events import EventKind, Payer, Processor, ProcessorEvent, Read, Skipped
from billing_beans.importers.processors.files import SourceFile
from billing_beans.importers.processors.hints import numbers_in
from billing_beans.importers.processors.reading import each
from billing_beans.importers.processors.rows import Cells, Columns
from billing_beans.importers.tables import TableFile

_WANTED = {
    "date": ("date", "datum"),
    "time": ("time", "uhrzeit"),
    "zone": ("timezone", "zeitzone"),
    "name": ("name",),
    "type": ("type", "description", "typ", "beschreibung"),
    "status": ("status",),
    "currency": ("currency", "währung"),
    "gross": ("gross", "brutto"),
    "fee": ("fee", "fees", "gebühr", "entgelt"),
    "net": ("net", "netto"),
    "from": ("fromemailaddress", "absenderemailadresse"),
    "id": ("transactionid", "transaktionscode"),
    "about": ("referencetxnid", "zugehörigertransaktionscode"),
    "invoice": ("invoicenumber", "invoiceid", "rechnungsnummer"),
    "custom": ("customnumber", "zollnummer", "individuellenummer"),
    "subject": ("subject", "betreff", "itemtitle", "artikelbezeichnung"),
    "impact": ("balanceimpact", "auswirkungaufguthaben", "guthabenauswirkung"),
}
_AMOUNTS = ("gross", "fee", "net")

_DONE = frozenset(
    (
        "completed",
        "cleared",
        "abgeschlossen",
        "",
        "partially refunded",
        "refunded",
        "reversed",
        "teilweise zurückgezahlt",
        "zurückgezahlt",
    )
)
"""Also a payment that has been sent back since: its own row still says what came."""

_WAITING = frozenset(("pending", "on hold", "held", "processing", "unclaimed", "ausstehend", "offen", "zurückgestellt"))
_OVER = frozenset(
    [
        "denied",
        "failed",
        "canceled",
        "cancelled",
        "expired",
        "voided",
        "returned",
        "removed",
        "refused",
        "abgelehnt",
        "fehlgeschlagen",
        "storniert",
        "abgelaufen",
    ]
)

_NO_MONEY = re.compile(r"hold|release|review|authori[sz]ation|order|einbehalt|freigabe|autorisierung|prüfung")
_KINDS = (
    (re.compile(r"currency conversion|währungsumrechnung"), None, (EventKind.EXCHANGED, None, None)),
    (
        re.compile(r"refund|rückzahlung|rückerstattung"),
        True,
        (EventKind.REFUNDED, EventKind.REFUND_PENDING, EventKind.REFUND_FAILED),
    ),
    (re.compile(r"\bfee\b|gebühr|entgelt"), None, (EventKind.FEE, None, None)),
    (re.compile(r"chargeback|reversal|rückbuchung|rückbelastung|dispute"), True, (EventKind.DISPUTED, None, None)),
    (re.compile(r"chargeback|reversal|rückbuchung|rückbelastung|dispute"), False, (EventKind.DISPUTE_WON, None, None)),
    (
        re.compile(r"withdrawal|transfer to bank|bank payout|abbuchung|auszahlung"),
        True,
        (EventKind.PAYOUT, EventKind.PAYOUT_PENDING, EventKind.PAYOUT_FAILED),
    ),
    (
        re.compile(r"withdrawal|transfer to bank|bank payout|abbuchung|auszahlung"),
        False,
        (EventKind.PAYOUT_FAILED, None, None),
    ),
    (
        re.compile(r"^(?!.*(refund|rückzahlung)).*(payment|checkout|zahlung|donation|spende)"),
        False,
        (EventKind.PAID, EventKind.PENDING, EventKind.FAILED),
    ),
)
"""Types by their words, by whether the money goes out, and what such a row is when it is done, waits, or came to nothing."""

_HOURS = {
    "UTC": 0, "GMT": 0, "BST": 1, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3,
    "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6, "CDT": -5, "EST": -5, "EDT": -4, "AKST": -9, "AKDT": -8,
    "HST": -10, "SGT": 8, "HKT": 8, "MYT": 8, "JST": 9, "AWST": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Hours ahead of UTC of the abbreviations that PayPal writes; one that means several (IST) is not among them."""

_DATE = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})")


def is_one(table: TableFile) -> bool:
    """Whether the columns are those of an activity download."""
    columns = Columns(TableFile(table.name, "", table.header, ()), _WANTED, ())
    return columns.has("date", "time", "type", "currency", "gross", "net", "id")


def read(source: SourceFile, date_format: str | None) -> Read:
    """What the download says, row by row. Raises `WrongUsage` with the lines that can't be read."""
    table = source.table
    assert table is not None
    columns = Columns(table, _WANTED, _AMOUNTS)
    place = columns.places["date"]
    form = date_format or _form_of(source.name, (row.cells[place] for row in table.rows if place < len(row.cells)))
    result = each(source, table.rows, lambda row: row.line, lambda row, where: _row(Cells(columns, row), where, form))
    _pair_exchanges(result)
    return result


def _pair_exchanges(read: Read) -> None:
    """An exchange stands in two rows: what went out, and what came of it. Both name the same movement, or each other."""
    halves = [one for one in read.events if one.kind is EventKind.EXCHANGED]
    read.events[:] = [one for one in read.events if one.kind is not EventKind.EXCHANGED]
    groups: dict[tuple[datetime, frozenset[str]], list[ProcessorEvent]] = {}
    mutual = {(one.thing, one.about) for one in halves}
    for one in halves:
        is_mutual = (one.about, one.thing) in mutual
        key = frozenset((one.thing, one.about) if is_mutual else (one.about,))
        groups.setdefault((one.moment, key), []).append(one)
    for found in groups.values():
        given = [one for one in found if one.amount is not None and one.amount.number < 0]
        got = [one for one in found if one not in given]
        if len(given) == len(got) == 1 and found[0].about and given[0].amount and got[0].amount:
            amount = new_money(-given[0].amount.number, given[0].amount.currency)
            read.events.append(replace(given[0], about="", amount=amount, settled=got[0].amount, fee=None))
        else:
            words = "half of an exchange whose other half is not in the file: record it by hand"
            read.skipped.extend(Skipped(one.where, f"{one.reason} {one.thing}, {one.amount}", words) for one in found)


def _form_of(name: str, cells: Iterable[str]) -> str:
    """How dates are written, from all of them. Raises `WrongUsage` where day and month can't be told apart."""
    first = second = 0
    form, unclear = "%Y-%m-%d", ""
    for cell in cells:
        parts = _DATE.fullmatch(cell.strip())
        if parts is None or len(parts[1]) == 4:
            continue
        if parts[2] == ".":
            return "%d.%m.%Y"
        first, second = max(first, int(parts[1])), max(second, int(parts[3]))
        form = f"%m{parts[2]}%d{parts[2]}%Y"
        unclear = unclear or (cell if parts[1] != parts[3] else "")
    if first > 12:
        return form.replace("%m", "?").replace("%d", "%m").replace("?", "%d")
    if unclear and second <= 12:
        raise WrongUsage(
            f"{name} does not show whether {unclear} begins with the day or the month.",
            instead='say it: --date-format "%d/%m/%Y" or --date-format "%m/%d/%Y"',
        )
    return form


def _row(row: Cells, where: str, form: str) -> Iterator[ProcessorEvent | Skipped]:
    what, transaction = row.needed("type"), row.needed("id")
    status, impact = row["status"].lower(), row["impact"].lower()
    currency = currency_of(row.needed("currency"))
    gross, kept = row.amount("gross", currency), row.amount_or_none("fee", currency)
    net = row.amount_or_none("net", currency)
    if net is not None and kept is not None and gross.number + kept.number != net.number:
        raise WrongUsage(f"{gross.number:f} and the fee {kept.number:f} are not the net {net.number:f}")
    words = f"{what} {transaction}, {gross.number:f} {currency}"
    if impact == "memo" or _NO_MONEY.search(what.lower()):
        yield Skipped(where, words, "it does not change the balance")
        return
    kind = _kind(what.lower(), status, gross)
    if kind is None:
        yield Skipped(where, words, _NOT_READ if _standing(status) == 0 else f"it is {status}: nothing moved")
        return
    moment = _moment(row, form)
    if kind is EventKind.DISPUTE_WON and kept is not None and kept.number:
        yield _event(row, where, EventKind.FEE, kept, None, moment)
        kept = None
    yield _event(row, where, kind, gross, kept, moment)


_NOT_READ = (
    "it moves the processor's balance, and is no payment, refund, reversal, withdrawal or fee: record it by hand"
)


def _event(
    row: Cells, where: str, kind: EventKind, gross: Money, kept: Money | None, moment: datetime
) -> ProcessorEvent:
    fee = None if kept is None else new_money(-kept.number + 0, kept.currency)
    if kind is EventKind.FEE:
        fee = new_money(-gross.number + (fee.number if fee else 0) + 0, gross.currency)
    about = row["about"]
    return ProcessorEvent(
        processor=Processor.PAYPAL,
        kind=kind,
        thing=row.needed("id"),
        event=row.needed("id"),
        moment=moment,
        where=where,
        about=about if kind not in (EventKind.PAID, EventKind.PENDING, EventKind.FAILED) else "",
        amount=_amount_of(kind, gross),
        fee=fee,
        payer=Payer("", row["custom"], row["from"], row["name"]),
        invoices=numbers_in(row["invoice"]),
        description=row["subject"],
        reason=row.needed("type"),
    )


def _amount_of(kind: EventKind, gross: Money) -> Money | None:
    """What it is over, positive; of half an exchange as it is signed."""
    if kind is EventKind.FEE:
        return None
    return gross if kind is EventKind.EXCHANGED else new_money(abs(gross.number), gross.currency)


def _kind(what: str, status: str, gross: Money) -> EventKind | None:
    """What a row of this type is. None for what moves the balance in another way. Raises `WrongUsage` for a strange status."""
    standing = _standing(status)
    out = gross.number < 0
    kinds = next((kinds for pattern, is_out, kinds in _KINDS if is_out in (None, out) and pattern.search(what)), None)
    return kinds[standing] if kinds else None


def _standing(status: str) -> int:
    for standing, statuses in enumerate((_DONE, _WAITING, _OVER)):
        if status in statuses:
            return standing
    raise WrongUsage(
        f"the status {status!r} is not known",
        instead="download the activity in English or German, with the statuses Completed, Pending, Denied",
    )


def _moment(row: Cells, form: str) -> datetime:
    text = f"{row.needed('date')} {row['time'] or '00:00:00'}"
    try:
        local = datetime.strptime(text, f"{form} %H:%M:%S")  # noqa: DTZ007 - its zone stands in another column
    except ValueError:
        raise WrongUsage(
            f"{text!r} is no moment of the form {form} %H:%M:%S", instead="give the right --date-format"
        ) from None
    zone = row["zone"] or "UTC"
    hours = _HOURS.get(zone.upper())
    if hours is not None:
        return local.replace(tzinfo=timezone(timedelta(hours=hours))).astimezone(UTC)
    try:
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (KeyError, ValueError, OSError):
        raise WrongUsage(
            f"the time zone {zone!r} is not known", instead="download the activity in UTC or another zone"
        ) from None
