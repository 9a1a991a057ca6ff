"""How a file of a processor is read: each object or row by itself, and every one that can't be read is named with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.ids import is_link
from billing_beans.importers.processors.events import Processor, ProcessorEvent, Read, Skipped
from billing_beans.importers.processors.files import Found, SourceFile, open_file

T = TypeVar("T")
Say = Iterable[ProcessorEvent | Skipped]
SHOWN = 5
"""Broken lines that an error shows; the others are counted."""


def read_file(path: Path, processor: Processor, date_format: str | None = None) -> Read:
    """What a file of this processor says. Raises `WrongUsage` for another's file, and naming the lines that can't be read."""
    from billing_beans.importers.processors import (  # noqa: PLC0415 - they import this module
        paypal_events,
        paypal_reports,
        stripe_objects,
        stripe_reports,
    )

    source = open_file(path)
    if source.table is not None:
        _refuse_other(source, processor)
        if processor is Processor.STRIPE:
            return stripe_reports.read(source)
        return paypal_reports.read(source, date_format)
    objects = stripe_objects.said if processor is Processor.STRIPE else paypal_events.said
    return each(
        source, source.objects(), lambda found: found.line, lambda found, where: _own(found, where, processor, objects)
    )


def _own(found: Found, where: str, processor: Processor, said: Callable[[Found, str], Say]) -> Say:
    other = Processor.PAYPAL if processor is Processor.STRIPE else Processor.STRIPE
    if whose(found.value) is other:
        raise WrongUsage(f"this is from {other.label}", instead=f"billing-beans import {other} FILE")
    return said(found, where)


def whose(value: dict[str, object]) -> Processor | None:
    """Whose object this is, by what only it has."""
    if isinstance(value.get("object"), str):
        return Processor.STRIPE
    if "event_type" in value or "transaction_info" in value or "resource_type" in value:
        return Processor.PAYPAL
    return None


def _refuse_other(source: SourceFile, processor: Processor) -> None:
    """A table of the other processor is refused by its header, before its rows are misread."""
    from billing_beans.importers.processors import paypal_reports, stripe_reports  # noqa: PLC0415

    assert source.table is not None
    is_stripe, is_paypal = stripe_reports.is_one(source.table), paypal_reports.is_one(source.table)
    if (is_stripe, is_paypal) == (processor is Processor.STRIPE, processor is Processor.PAYPAL):
        return
    other = Processor.STRIPE if is_stripe else Processor.PAYPAL
    if is_stripe or is_paypal:
        raise WrongUsage(
            f"{source.name} is a report of {other.label}, not of {processor.label}.",
            instead=f"billing-beans import {other} {source.name}",
        )
    raise WrongUsage(
        f"{source.name} is no report of {processor.label} that can be read; its columns are "
        f"{', '.join(source.table.header)[:200]}.",
        instead="Stripe: the balance, payout reconciliation, payments or payouts report"
        if processor is Processor.STRIPE
        else "PayPal: the activity download as CSV, in English or German, with Transaction ID, Status, Gross, Fee and Net",
    )


def each(source: SourceFile, things: Iterable[T], line_of: Callable[[T], int], read: Callable[[T, str], Say]) -> Read:
    """Everything that is said, thing by thing. Raises `WrongUsage` with the lines of those that can't be read."""
    result = Read(source.name, source.digest)
    broken: list[str] = []
    helps = ""
    for thing in things:
        where = f"line {line_of(thing)} of {source.name}"
        try:
            for one in read(thing, where):
                if isinstance(one, Skipped):
                    result.skipped.append(one)
                else:
                    _refuse_ids(one)
                    result.events.append(one)
        except BillingError as error:
            broken.append(f"{where}: {error.what}")
            helps = helps or error.instead
    if broken:
        raise _unreadable(broken, helps)
    return result


def _refuse_ids(event: ProcessorEvent) -> None:
    """Raises `WrongUsage` for an id that no processor gives, and that could not be written."""
    for name in (event.thing, event.about):
        if name and not is_link(name):
            raise WrongUsage(f"{name!r} is no id of {event.processor.label}")


def _unreadable(broken: list[str], helps: str) -> WrongUsage:
    more = f"\nand {len(broken) - SHOWN:,} more lines" if len(broken) > SHOWN else ""
    return WrongUsage(
        "\n".join(broken[:SHOWN]) + more,
        rule="Y6: a file is imported whole or not at all; nothing was written.",
        instead=helps or "download the file again, and import it as it is",
    )
