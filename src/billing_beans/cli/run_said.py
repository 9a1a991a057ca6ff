"""What `billing-beans run` says of a run, and of what it bills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing_beans.cli.credit_words import number
from billing_beans.cli.invoice_words import note_of, one_line, period_words
from billing_beans.cli.output import money, table
from billing_beans.cli.run_bills import Bill, Bills, OfCustomer, Sums, Used, bills_result
from billing_beans.cli.subscription_words import note_days_words
from billing_beans.core.money import round_money
from billing_beans.core.words import count_words
from billing_beans.ledger.pending import REVIEW, discarded_file_of, file_of
from billing_beans.runs.records import NotBilled, Run, RunStatus

if TYPE_CHECKING:
    from billing_beans.acts.runs import Runs
    from billing_beans.books import Books
    from billing_beans.invoicing.facts import CreditNoteDrafted

_SHORT = 20
"""Documents up to which a run is shown whole."""
_REFUSALS = 20


def state_words(run: Run) -> str:
    """A run in a few words: `until 2026-01-31, pending`."""
    return f"until {run.until}, {run.status}"


def list_rows(runs: Iterable[Run]) -> Iterator[Sequence[object]]:
    """The runs as rows of a table."""
    for run in runs:
        yield (
            run.run,
            run.revision,
            run.until,
            run.day,
            f"{run.status} {run.decided}" if run.decided else run.status.value,
            run.subscriptions,
            run.invoices,
            run.credit_notes,
            run.refusals or "",
        )


def result_of(run: Run, bills: Bills | None = None, refusals: Iterable[NotBilled] = ()) -> dict[str, Any]:
    """A run for programs, with what it bills where that is known."""
    said = run._asdict()
    said["date"] = said.pop("day")
    refused = [{"subscription": one.subscription, "why": one.reason, "instead": one.instead} for one in refusals]
    return {
        **{name.replace("_", "-"): value for name, value in said.items() if value not in (None, "")},
        **(bills_result(bills) if bills is not None else {}),
        "refused": refused,
    }


def nothing_words(books: Books, runs: Runs) -> str:
    """Why no run was started."""
    if runs.not_billed:
        return "Nothing was started: nothing that is due can be billed."
    if runs.waits:
        said = ", ".join(f"{one} waits in {run}" for one, run in runs.waits.items())
        return f"Nothing to bill: {said}.\nNext: billing-beans run show {next(iter(runs.waits.values()))}"
    pending = books.runs.pending()
    if not pending:
        return "Nothing to bill: nothing is due that is not billed."
    said = ", ".join(f"{run.run} (until {run.until}, {count_words(run.invoices, 'invoice')})" for run in pending)
    return f"Nothing to bill that is in no run yet; for review there wait {said}.\nNext: billing-beans run show {pending[0].run}"


def refusal_words(subscription: str, customer: str, why: str) -> str:
    """One that could not be billed."""
    return f"{subscription} of {customer} can't be billed: {why}"


def discarded_words(run: Run) -> str:
    """What became of what waited."""
    return (
        f"Discarded {run.run}, revision {run.revision}: {one_line(run.reason or '')}\n"
        f"  What waited is kept in {discarded_file_of(run.run)}; {count_words(run.subscriptions, 'subscription')} can be billed by another run."
    )


def posted_words(run: Run, bills: Bills) -> str:
    """What a run has recorded."""
    numbers = [one for of in bills.customers for one in of.invoices]
    spans = ", ".join(_spans(bills))
    words = [f"Posted {run.run}, dated {run.day}{': ' * bool(spans)}{spans}.", *_sums_table(bills)]
    following = f"invoice show {numbers[0]}" if numbers else f"run show {run.run}"
    return "\n".join([*words, f"Next: billing-beans {following}"])


def _spans(bills: Bills) -> Iterator[str]:
    """The first and the last number of each seller: they are drawn one behind the other."""
    sellers: dict[str, list[str]] = {}
    for one in bills.customers:
        sellers.setdefault(one.seller, []).extend(one.invoices)
    for numbers in filter(None, sellers.values()):
        yield numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def run_words(
    books: Books,
    run: Run,
    bills: Bills | None,
    refusals: Sequence[NotBilled],
    *,
    every: bool,
    began: bool = False,
    is_sound: bool = True,
) -> str:
    """A run, and what it bills: whole where that is short, or `every` is wanted; else the sums.

    Of one whose file was changed, which is not `is_sound`, nothing can be posted.
    """
    words = [_began_words(run) if began else _head_words(run)]
    if bills is not None:
        is_whole = every or (bills.length <= _SHORT and not began)
        words += [part for one in bills.customers for part in _customer_words(books, one)] if is_whole else []
        words += [*_sums_table(bills)]
        if not is_whole and not began:
            words.append(f"Every invoice with its lines: billing-beans run show {run.run} --all")
    words += [*_refusals(refusals)]
    if not began:
        words += [*_next_words(run, is_sound=is_sound)]
    return "\n".join(words)


def _began_words(run: Run) -> str:
    what = "Started" if run.revision == 1 else "Reckoned anew"
    return (
        f"{what} {run.run}, revision {run.revision}: {count_words(run.invoices, 'invoice')}"
        f"{_notes(run)} for {count_words(run.subscriptions, 'subscription')}, due by {run.until}, dated {run.day}.\n"
        f"  Nothing counts yet: it waits in {file_of(run.run)}, which {REVIEW} includes."
    )


def _head_words(run: Run) -> str:
    began = f"started {run.started} by {run.started_by}"
    what = (
        f"{run.run}, revision {run.revision}, {began}: {count_words(run.invoices, 'invoice')}{_notes(run)} "
        f"for {count_words(run.subscriptions, 'subscription')}, due by {run.until}, dated {run.day}."
    )
    if run.status is RunStatus.PENDING:
        return f"{what}\n  It waits for review in {file_of(run.run)}."
    why = f": {one_line(run.reason)}" if run.reason else ""
    return f"{what}\n  It was {run.status} on {run.decided} by {run.decided_by}{why}."


def _notes(run: Run) -> str:
    return f" and {count_words(run.credit_notes, 'credit note')}" if run.credit_notes else ""


def _next_words(run: Run, *, is_sound: bool) -> Iterator[str]:
    if run.status is RunStatus.PENDING and not is_sound:
        yield f"Next: billing-beans run redo {run.run}, or billing-beans run discard {run.run} --reason ..."
    elif run.status is RunStatus.PENDING:
        yield (
            f"Next: billing-beans run post {run.run}; or billing-beans run redo {run.run}, "
            f"or billing-beans run discard {run.run} --reason ..."
        )


def _customer_words(books: Books, one: OfCustomer) -> Iterator[str]:
    yield ""
    yield f"{one_line(_name(books, one))} ({one.customer}), by {one.seller}"
    for note in one.credit_notes:
        yield _note_words(books, note)
    for name, bill in one.invoices.items():
        yield _invoice_words(books, name, bill)


def _name(books: Books, one: OfCustomer) -> str:
    for bill in one.invoices.values():
        return bill.draft.bill_to_name
    versions = [*books.catalog.customers.range("versions", one.customer)]
    return versions[-1].name if versions else one.customer


def _note_words(books: Books, note: CreditNoteDrafted) -> str:
    head = f"  {note.credit_note}, credit note of {note.invoice}: {one_line(note.reason)}"
    rows = [
        (
            f"    {-line.quantity:f}",
            f"x {one_line(line.description)}",
            note_days_words(books, note, line),
            f"{-line.amount.number:f}",
            f"{-line.tax.number:f}",
        )
        for line in note.lines
    ]
    lines = table(("    quantity>", "what", "for", "amount>", "tax>"), rows)
    return f"{head}\n{lines}\n    total -{note.total}"


def _invoice_words(books: Books, name: str, bill: Bill) -> str:
    draft = bill.draft
    rows = [
        (
            f"    {line.quantity:f}",
            f"x {one_line(line.description)}",
            period_words(line),
            f"{line.unit_price.number:f}",
            f"{line.amount.number:f}",
            f"{line.tax.number:f}",
            note_of(books, draft, line),
        )
        for line in draft.lines
    ]
    columns = ("    quantity>", "what", "for", "unit price>", "amount>", "tax>", "")
    words = [f"  {name}, due {draft.due}", table(columns, rows)]
    words += [f"    {_used_words(used)}" for used in bill.used]
    rest = f", {money(bill.owed)} to pay" if bill.owed != draft.total else ""
    words.append(
        f"    subtotal {draft.subtotal.number:f}   tax {draft.tax.number:f}   total {money(draft.total)}{rest}"
    )
    return "\n".join(words)


def _used_words(fact: Used) -> str:
    units: dict[str, Any] = {}
    for leg in fact.lots:
        units[leg.currency] = units.get(leg.currency, 0) + leg.number
    credits_ = " and ".join(f"{number(count)} {unit}" for unit, count in units.items())
    grants = ", ".join(dict.fromkeys(leg.cost.label or "" for leg in fact.lots if leg.cost is not None))
    settles = getattr(fact, "settles", ())
    if settles:
        amount = -sum(leg.number for leg in settles)
        return f"{credits_} of {grants} pay {amount:f} {settles[0].currency}"
    return f"{credits_} of {grants} lower it before tax"


def _sums_table(bills: Bills) -> Iterator[str]:
    if not bills.sums:
        return
    has_credits = any(of.by_credits for of in bills.sums.values())
    has_notes = any(of.credit_notes for of in bills.sums.values())
    columns = ["currency", "invoices>", "subtotal>", "tax>", "total>"]
    columns += ["by credits>"] if has_credits else []
    columns += ["to pay>"]
    columns += ["credit notes>", "credited>"] if has_notes else []
    rows = [_sums_row(currency, of, credits_=has_credits, notes=has_notes) for currency, of in bills.sums.items()]
    yield ""
    yield table(columns, rows)


def _sums_row(currency: str, of: Sums, *, credits_: bool, notes: bool) -> list[str]:
    def amount(number: Decimal) -> str:
        return f"{round_money(number, currency).number:f}"

    row = [currency, f"{of.invoices:,}", amount(of.subtotal), amount(of.tax), amount(of.total)]
    row += [amount(of.by_credits)] if credits_ else []
    row += [amount(of.owed)]
    row += [f"{of.credit_notes:,}", amount(of.credited)] if notes else []
    return row


def _refusals(refusals: Sequence[NotBilled]) -> Iterator[str]:
    if not refusals:
        return
    yield ""
    yield f"{count_words(len(refusals), 'subscription')} can't be billed:"
    for one in refusals[:_REFUSALS]:
        instead = f" Instead: {one_line(one.instead)}" if one.instead else ""
        yield f"  {one.subscription}: {one_line(one.reason)}{instead}"
    if len(refusals) > _REFUSALS:
        yield f"  and {len(refusals) - _REFUSALS:,} more: --json names all of them"
