"""Words about payments, and ids of theirs that complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from billing_beans.books import Books
from billing_beans.cli.arguments import completes
from billing_beans.cli.output import money, table
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Fact
from billing_beans.core.money import parse_money
from billing_beans.entitlements.facts import InvoicePosted
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.operations import Allocate
from billing_beans.payments.records import PaymentStatus

Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def open_invoices(books: Books) -> Iterable[tuple[str, str]]:
    """Invoices on which money is owed, and how much."""
    for status in OPEN:
        for head in books.invoices.heads.range("status", status):
            yield head.number, f"{head.customer}, {head.due_amount:f} {head.currency}"


def payments(*statuses: PaymentStatus) -> Completion:
    """Completion of payments that stand here."""

    def candidates(books: Books) -> Iterable[tuple[str, str]]:
        for status in statuses:
            for head in books.payments.heads.range("status", status):
                yield head.payment, f"{head.customer}, {money(head.amount)}"

    return completes(candidates)


def origins(books: Books) -> Iterable[tuple[str, str]]:
    """What unapplied money came from, as people type it."""
    for one in books.payments.money.all():
        if one.remaining:
            yield one.origin.partition("/")[2], f"{one.customer}, {one.available:f} {one.currency}"


def origin_named(books: Books, text: str) -> str:
    """The origin of money that a person names: a payment, a credit note, or an opening. Raises `Refused`.

    Where two have one name, the origin in full says which: `opening/PAY-1`.
    """
    if books.payments.money.get(text) is not None:
        return text
    if books.payments.heads.get(text) is not None:
        return f"payment/{text}"
    for kind in ("credit-note", "opening"):
        if books.payments.money.get(f"{kind}/{text}") is not None:
            return f"{kind}/{text}"
    raise Refused(
        f"There is no payment and no unapplied money {text}.",
        rule="Y4: money is named by what it came from: a payment, a credit note, an opening.",
        instead="billing-beans payment list, or billing-beans payment unapplied",
    )


def next_for_credits(books: Books, payment: str) -> list[str]:
    """What can be done with unapplied money that was to buy credits, or had bought some; nothing for other money."""
    origin = f"payment/{payment}"
    money_of = books.payments.money.get(origin)
    grant = next(iter(books.credits.grants.range("payment", payment)), None)
    if grant is None or money_of is None or not money_of.available:
        return []
    buying = f"billing-beans credit top-up {grant.customer} CREDITS --unit {grant.unit} --from {payment}"
    return [f"Next: {buying}, or billing-beans payment refund {payment} --reason ..."]


def allocation(text: str) -> Allocate:
    """A share as people type it: `SG-2026-00001=500.00 SGD`, or `SG-2026-00001:2=50.00 SGD` for its second line. Raises `WrongUsage`."""
    invoice, equals, amount = text.rpartition("=")
    if not equals:
        raise WrongUsage(f"{text!r} says no share.", instead='for example --allocate "SG-2026-00001=500.00 SGD"')
    number, colon, line = invoice.partition(":")
    if colon and not (line.isascii() and line.isdecimal() and 0 < int(line) < 1_000_000):
        raise WrongUsage(f"{line!r} is no number of a line.", instead=f'for example --allocate "{number}:2=50.00 SGD"')
    return Allocate(number, parse_money(amount, minor=True), int(line) if colon else None)


def invoice_table(books: Books, numbers: Iterable[str | None], facts: Iterable[Fact]) -> str:
    """Where invoices stand after an act: what is owed, and what was posted in it."""
    posted = {fact.invoice for fact in facts if isinstance(fact, InvoicePosted)}
    rows = []
    for number in dict.fromkeys(numbers):
        head = books.invoices.heads.get(number)
        if head is not None:
            owed = f"{head.due_amount:f} owed" if head.due_amount else ""
            status = f"{head.status.value}, reopened" if head.reopened == _last_day(facts) else head.status.value
            words = posted_units(books, head.number) if head.number in posted else owed
            rows.append((f"  {head.number}", f"{head.total:f}", status, words))
    return table(["  invoice", "total>", "status", ""], rows) if rows else ""


def _last_day(facts: Iterable[Fact]) -> object:
    return max((fact.date for fact in facts), default=None)


def posted_units(books: Books, number: str) -> str:
    """What an invoice granted: `posted: 10 PLACEMENT`."""
    draft, head = books.invoices.current(number), books.invoices.heads.get(number)
    if draft is None or head is None or head.posted is None:
        return ""
    units = [f"{line.units:f} {line.entitlement}" for line in draft.lines if line.entitlement is not None]
    fees = [f"fee {line.amount.number:f} deferred" for line in draft.lines if line.fee_of_line is not None]
    return f"posted: {', '.join(units + fees)}"
