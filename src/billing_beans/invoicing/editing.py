"""The edit of a draft: its next revision, whole, with everything reckoned again (I3).

What is not touched keeps what it was drafted with: price, terms and words. Tax is the exception: a line is taxed at the
rate that its code has on the day of the revision. The two lines of a gig sale stay two (I2). Once any line is another, no
line is lowered by free credits any more: they were used for what is no longer sold so (W3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.pricing import Buyer
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.ids import AgreementId
from billing_beans.core.money import Money, check_size, shortest, times
from billing_beans.core.records import record
from billing_beans.core.words import rate_words
from billing_beans.invoicing.amounts import Share, line_amount
from billing_beans.invoicing.discounting import with_credit_discounts
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.lines import BASIS_POINTS, Item, Sale, lines_of, part_of, price_item
from billing_beans.invoicing.operations import customer_of, draft_named, entity_of, head_named, with_lines
from billing_beans.invoicing.status import Event, Status, can

ONLY_DRAFTS = "I3: only a draft is edited; what was issued never changes."
TWO_LINES = "I2: a gig-credit invoice is exactly two lines, principal and platform fee."


@record
class LineEdit:
    """What changes on one line, named by its number in the revision that counts now."""

    line: int
    quantity: Decimal | None = None
    unit_price: Money | None = None
    description: str | None = None


@record
class EditInvoice:
    """What a person changes on a draft; None leaves a thing as it is, an empty text takes away what may be absent."""

    number: str
    due: date | None = None
    notes: str | None = None
    add: tuple[Item, ...] = ()
    remove: tuple[int, ...] = ()
    changes: tuple[LineEdit, ...] = ()
    bill_to_name: str | None = None
    bill_to_attention: str | None = None
    bill_to_email: str | None = None
    bill_to_address: str | None = None


def revised(books: Books, request: EditInvoice, day: date) -> InvoiceDrafted | None:
    """The next revision of the draft, or None where the request changes nothing. Raises `Refused` or `WrongUsage`."""
    draft = draft_named(books, request.number)
    _must_be_draft(books, draft)
    whole = with_credit_discounts(draft, {})
    lines = _changed(books, whole, request)
    if lines == whole.lines and not request.add:
        lines = draft.lines
    edited = with_lines(_with_head(draft, request, day), lines)
    if edited == draft and not request.add:
        return None
    edited = _with_added(books, edited, request.add, day)
    if not edited.lines:
        raise WrongUsage(
            f"{draft.invoice} would have no lines left.",
            rule="S3-2: an invoice has at least one line.",
            instead=f"add what is sold with --add, or: billing-beans invoice void {draft.invoice} --reason ...",
        )
    return _next_revision(books, edited, draft.revision + 1, day)


def lowered(books: Books, number: str, discounts: Mapping[int, Money], day: date) -> InvoiceDrafted:
    """The next revision of a draft, with these discounts of free credits by the number of the line, and no others (W3)."""
    draft = draft_named(books, number)
    _must_be_draft(books, draft)
    return _next_revision(books, with_credit_discounts(draft, discounts), draft.revision + 1, max(day, draft.date))


def _must_be_draft(books: Books, draft: InvoiceDrafted) -> None:
    status = head_named(books, draft.invoice).status
    if not can(status, Event.REVISED):
        way_out = {
            True: f"billing-beans invoice void {draft.invoice} --reason ..., then draft a new one",
            False: f"billing-beans invoice draft {draft.customer} PRODUCT QUANTITY makes a new one",
        }
        raise Refused(
            f"{draft.invoice} is {status.replace('-', ' ')} and can't be edited.",
            rule=ONLY_DRAFTS,
            instead=way_out[status is Status.ISSUED],
        )


def _with_head(draft: InvoiceDrafted, request: EditInvoice, day: date) -> InvoiceDrafted:
    for what, given in (("name", request.bill_to_name), ("address", request.bill_to_address)):
        if given is not None and not given.strip():
            raise WrongUsage(f"The {what} of the bill-to can't be empty.", instead=f"give it with --bill-to-{what}")
    if request.due is not None and request.due != draft.due and request.due < day:
        raise WrongUsage(
            f"The invoice would be due on {request.due}, before its date {day}.", instead="give a later --due"
        )
    return replace(
        draft,
        due=request.due or draft.due,
        notes=_or_kept(request.notes, draft.notes),
        bill_to_name=request.bill_to_name or draft.bill_to_name,
        bill_to_attention=_or_kept(request.bill_to_attention, draft.bill_to_attention),
        bill_to_email=_or_kept(request.bill_to_email, draft.bill_to_email),
        bill_to_address=request.bill_to_address or draft.bill_to_address,
    )


def _or_kept(given: str | None, kept: str | None) -> str | None:
    return kept if given is None else given or None


def _changed(books: Books, draft: InvoiceDrafted, request: EditInvoice) -> tuple[InvoiceLine, ...]:
    """The lines that stay, changed as asked; still with their numbers."""
    edits = {one.line: one for one in request.changes}
    for number in (*edits, *request.remove):
        if not 0 < number <= len(draft.lines):
            raise WrongUsage(
                f"{draft.invoice} has no line {number}; its lines are 1 to {len(draft.lines)}.",
                instead=f"billing-beans invoice show {draft.invoice}",
            )
    both = sorted(set(edits) & set(request.remove))
    if both:
        raise WrongUsage(f"Line {both[0]} can't be removed and changed in one edit.", instead="do one of the two")
    _remove_whole_sales(draft, request.remove)
    lines = tuple(_with_edit(books, draft, line, edits.get(line.line)) for line in draft.lines)
    return tuple(_fee_follows(line, lines) for line in lines if line.line not in request.remove)


def _remove_whole_sales(draft: InvoiceDrafted, remove: tuple[int, ...]) -> None:
    for fee in draft.lines:
        principal = fee.fee_of_line
        if principal is not None and (principal in remove) != (fee.line in remove):
            raise Refused(
                f"Lines {principal} and {fee.line} of {draft.invoice} are one sale, principal and platform fee; "
                "one of them can't be removed alone.",
                rule=TWO_LINES,
                instead=f"remove both (--remove {principal} --remove {fee.line}) and --add something else, "
                f"or: billing-beans invoice void {draft.invoice} --reason ...",
            )


def _with_edit(books: Books, draft: InvoiceDrafted, line: InvoiceLine, edit: LineEdit | None) -> InvoiceLine:
    if edit is None:
        return line
    if edit.description is not None and not edit.description.strip():
        raise WrongUsage(f"Line {line.line} needs a description.", instead="give it words, or leave it as it is")
    described = replace(line, description=edit.description or line.description)
    if edit.quantity is None and edit.unit_price is None:
        return described
    if line.fee_of_line is not None:
        raise Refused(
            f"Line {line.line} of {draft.invoice} is the platform fee of line {line.fee_of_line}, "
            f"{rate_words(Decimal(line.platform_fee_bps or 0) / 10_000)} of it.",
            rule=TWO_LINES,
            instead=f"change line {line.fee_of_line}; its fee follows",
        )
    return _requantified(_repriced(described, edit.unit_price), books, draft, edit.quantity)


def _repriced(line: InvoiceLine, unit_price: Money | None) -> InvoiceLine:
    """A price given by hand stands in for the catalogue's and its discount, as in a draft."""
    if unit_price is None or unit_price == line.unit_price:
        return line
    check_size(unit_price.number)
    if unit_price.currency != line.unit_price.currency or unit_price.number < 0:
        raise WrongUsage(
            f"The unit price {unit_price.number:f} {unit_price.currency} of line {line.line} must be in "
            f"{line.unit_price.currency} and not below zero."
        )
    return _reckoned(replace(line, unit_price=unit_price, price=None, discount=None, of_quantity=None), None)


def _requantified(line: InvoiceLine, books: Books, draft: InvoiceDrafted, quantity: Decimal | None) -> InvoiceLine:
    if quantity is None or quantity == line.quantity:
        return line
    check_size(quantity)
    _must_be_whole_sale(draft, line)
    if quantity <= 0:
        raise WrongUsage(
            f"The quantity of line {line.line} would be {quantity:f}; it must be above zero.",
            instead=f"to take the line away: --remove {line.line}",
        )
    units, bonus = (
        None if of is None else shortest(of / line.quantity * quantity) for of in (line.units, line.bonus_units)
    )
    rate = _discount_rate(books, draft, line) if line.discount else None
    return _reckoned(replace(line, quantity=quantity, units=units, bonus_units=bonus), rate)


def _must_be_whole_sale(draft: InvoiceDrafted, line: InvoiceLine) -> None:
    """What a price's model has made is reckoned from all that was sold, not line by line (U2). Raises `Refused`."""
    if line.of_quantity is None:
        return
    alike = [one for one in draft.lines if (one.price, one.of_quantity) == (line.price, line.of_quantity)]
    raise Refused(
        f"Line {line.line} of {draft.invoice} is a part of what {line.of_quantity:f} of {line.product} come to "
        f"at {line.price}: it has no quantity of its own.",
        rule="U2: a price with tiers and the like is reckoned from all that is sold.",
        instead=f"take its lines out and sell it anew: {' '.join(f'--remove {one.line}' for one in alike)} "
        f'--add "{line.product} QUANTITY"',
    )


def _discount_rate(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> Decimal:
    """The rate behind a line's discount: that of the agreement's term which gave it."""
    assert line.discount is not None
    gross = line.amount.number + line.discount.number
    terms = books.catalog.terms.range("versions", (draft.agreement, line.product)) if draft.agreement else ()
    for term in reversed(list(terms)):
        if term.discount is not None and times(gross, term.discount, draft.currency) == line.discount:
            return term.discount
    raise Refused(
        f"Line {line.line} of {draft.invoice} has a discount of {line.discount}, and no term of an agreement says its rate.",
        rule="P2: a discount comes from an agreement.",
        instead=f'take the line out and sell it anew: --remove {line.line} --add "{line.product} QUANTITY"',
    )


def _reckoned(line: InvoiceLine, discount_rate: Decimal | None) -> InvoiceLine:
    """The line with discount, amount and tax as they follow from quantity and price (I10)."""
    made = line_amount(line.description, line.quantity, line.unit_price, Share(part_of(line), discount_rate))
    tax = times(made.amount.number, line.tax_rate, made.amount.currency)
    return replace(line, discount=made.discount, amount=made.amount, tax=tax)


def _fee_follows(line: InvoiceLine, lines: tuple[InvoiceLine, ...]) -> InvoiceLine:
    """The platform fee of a changed principal, at the rate that was snapshotted."""
    if line.fee_of_line is None or line.platform_fee_bps is None:
        return line
    principal = lines[line.fee_of_line - 1]
    fee = times(principal.amount.number, line.platform_fee_bps / BASIS_POINTS, principal.amount.currency)
    return line if fee == line.amount else _reckoned(replace(line, unit_price=fee), None)


def _with_added(books: Books, draft: InvoiceDrafted, items: tuple[Item, ...], day: date) -> InvoiceDrafted:
    """The draft with further items behind its lines, priced as on the day of the edit."""
    if not items:
        return draft
    seller = entity_of(books, draft.seller, day)
    buyer = Buyer(customer_of(books, draft.customer, day), draft.currency, day, draft.agreement)
    sale = Sale(seller.account, buyer)
    lines: list[InvoiceLine] = []
    agreements: set[AgreementId] = {draft.agreement} if draft.agreement else set()
    for item in items:
        priced = price_item(books.catalog, sale, item)
        lines += lines_of(books.catalog, sale, priced, _next_number(draft.lines, lines), draft.revision)
        if priced.terms.agreement is not None:
            agreements.add(priced.terms.agreement.agreement)
    if len(agreements) > 1:
        raise Refused(
            f"The added lines come under {len(agreements)} agreements: {', '.join(sorted(agreements))}.",
            rule="I12: an invoice names the agreement that its terms come from.",
            instead="draft an invoice for each, with --agreement",
        )
    return replace(draft, agreement=next(iter(agreements), None), lines=(*draft.lines, *lines))


def _next_number(kept: tuple[InvoiceLine, ...], added: list[InvoiceLine]) -> int:
    return max((line.line for line in (*kept, *added)), default=0) + 1


def _next_revision(books: Books, draft: InvoiceDrafted, revision: int, day: date) -> InvoiceDrafted:
    """Whole and in order: lines numbered from 1, taxed at the rates of the day, totals added up."""
    numbers = {line.line: position for position, line in enumerate(draft.lines, start=1)}
    lines = tuple(
        replace(
            _taxed(books, line, day),
            line=numbers[line.line],
            revision=revision,
            fee_of_line=None if line.fee_of_line is None else numbers[line.fee_of_line],
        )
        for line in draft.lines
    )
    return with_lines(replace(draft, date=day, revision=revision), lines)


def _taxed(books: Books, line: InvoiceLine, day: date) -> InvoiceLine:
    code = books.catalog.tax_code(line.tax_code, day)
    if code is None or code.rate == line.tax_rate:
        return line
    return replace(line, tax_rate=code.rate, tax=times(line.amount.number, code.rate, line.amount.currency))
