"""Credit notes: what an invoice sold is taken back, whole, by line, by quantity or by amount (I7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal

from billing_beans.books import Books
from billing_beans.catalog.credit_units import FINEST, can_be_credits
from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import BREAKAGE, Account, Role, account_of, fee_unit, unit_component
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.ids import CreditNoteNumber
from billing_beans.core.money import Money, check_size, is_minor, new_money, round_money
from billing_beans.core.records import record
from billing_beans.invoicing.credit_limits import credited_of, not_written_off, still_within
from billing_beans.invoicing.facts import (
    CreditNoteDrafted,
    CreditNoteIssued,
    CreditNoteLine,
    InvoiceDrafted,
    InvoiceLine,
)
from billing_beans.invoicing.legs import (
    EARNED_BY_ISSUE,
    bonus_of,
    discounts_account,
    line_account,
    line_grants,
    units_of,
)
from billing_beans.invoicing.numbering import number_format
from billing_beans.invoicing.operations import draft_named, entity_of, head_named, parties_of
from billing_beans.invoicing.records import IMPORTED, CreditedLine, CreditNote, InvoiceHead
from billing_beans.invoicing.seal import seal_credit_note
from billing_beans.invoicing.state import CREDIT_NOTE_SERIES
from billing_beans.invoicing.status import CREDITABLE

_ZERO = Decimal(0)
_PRECISE = Context(prec=100)


@record
class CreditLine:
    """So much of one line of an invoice: a quantity of it, or all that is left.

    With an `amount` (net of tax, positive) the line gets cheaper by so much, and nothing of its quantity is taken back; that may be
    for the days from `period_start` until the end of its period.
    """

    line: int
    quantity: Decimal | None = None
    amount: Money | None = None
    period_start: date | None = None
    period_end: date | None = None
    from_at: str | None = None


@record
class CreditInvoice:
    """An invoice is taken back: these lines, or all that is left of it. `number` is for imported credit notes."""

    invoice: str
    reason: str
    lines: tuple[CreditLine, ...] = ()
    number: str | None = None
    source: str | None = None


def credit_note_drafted(books: Books, request: CreditInvoice, day: date) -> CreditNoteDrafted:
    """The credit note as its document says it: the next number of its own series, and what each line is credited (I7).

    Raises `Refused` where the invoice can't be credited so far, and `WrongUsage` for lines and quantities that are none.
    """
    head, draft = head_named(books, request.invoice), draft_named(books, request.invoice)
    _creditable(head)
    lines = tuple(_lines(books, head, draft, request.lines))
    currency = draft.currency
    subtotal = sum((line.amount.number for line in lines), start=_ZERO)
    tax = sum((line.tax.number for line in lines), start=_ZERO)
    if not subtotal + tax and not any(_sold_for_nothing(draft, line) for line in lines):
        raise Refused(
            f"Nothing of {head.number} is left to be credited.",
            rule="I7: all credit notes of an invoice add up to at most it.",
            instead=f"billing-beans invoice show {head.number}",
        )
    number, series, sequence = _number(books, request, draft, day)
    return CreditNoteDrafted(
        date=day,
        source=request.source,
        credit_note=number,
        invoice=draft.invoice,
        lines=lines,
        series=series,
        sequence=sequence,
        customer=draft.customer,
        seller=draft.seller,
        reason=request.reason,
        subtotal=new_money(subtotal, currency),
        tax=new_money(tax, currency),
        total=new_money(subtotal + tax, currency),
    )


def _sold_for_nothing(draft: InvoiceDrafted, line: CreditNoteLine) -> bool:
    """Whether free credits had paid a line whole, or it cost nothing: then a quantity goes back, and no amount."""
    return not draft.lines[line.line - 1].amount.number and bool(line.quantity)


def _creditable(head: InvoiceHead) -> None:
    if head.status not in CREDITABLE:
        ways = {
            "draft": f"billing-beans invoice edit {head.number}, or billing-beans invoice void {head.number}",
            "credited": f"billing-beans invoice show {head.number} names its credit notes",
        }
        raise Refused(
            f"{head.number} is {head.status}, and can't be credited.",
            rule="I7: a credit note is for an issued, partially paid or paid invoice.",
            instead=ways.get(head.status.value, f"billing-beans invoice show {head.number}"),
        )


def _number(
    books: Books, request: CreditInvoice, draft: InvoiceDrafted, day: date
) -> tuple[CreditNoteNumber, str, int | None]:
    if request.number is not None:
        return CreditNoteNumber(request.number), IMPORTED, None
    numbers = number_format(credit_note_format(books, draft.seller, day))
    series = numbers.series(day)
    last = books.invoices.series.get((draft.seller, f"{CREDIT_NOTE_SERIES}/{series}"))
    sequence = last.last + 1 if last else 1
    return CreditNoteNumber(numbers.number(day, sequence)), series, sequence


def credit_note_format(books: Books, seller: str, day: date) -> str:
    """How a legal entity numbers its credit notes: as it says, else like its invoices with CN- before. Raises `Refused`."""
    return entity_of(books, seller, day).credit_notes_format


def draws_itself(books: Books, seller: str, number: str, day: date) -> bool:
    """Whether a legal entity, if there is one, could draw this number itself, for an invoice or for a credit note."""
    entity = books.catalog.entity(seller, day)
    if entity is None:
        return False
    formats = (entity.invoice_format, credit_note_format(books, seller, day))
    return any(number_format(text).matches(number) for text in formats)


def _lines(
    books: Books, head: InvoiceHead, draft: InvoiceDrafted, wanted: tuple[CreditLine, ...]
) -> Iterator[CreditNoteLine]:
    """Each line of the invoice that is credited, a platform fee with the line that it belongs to."""
    chosen = _chosen(draft, wanted)
    for line in draft.lines:
        principal = draft.lines[line.fee_of_line - 1] if line.fee_of_line else line
        if principal.line not in chosen:
            continue
        one, credited = chosen[principal.line], credited_of(books, draft, line)
        if one.amount is not None:
            amount = _allowance(head, line, credited, one.amount)
            made = _credit_line(line, credited, Decimal(1), amount, allowance=True)
            yield replace(made, period_start=one.period_start, period_end=one.period_end, from_at=one.from_at)
            continue
        of_principal = credited_of(books, draft, principal)
        quantity = _quantity(draft, principal, of_principal, one.quantity)
        if not quantity:
            continue
        amount = _of_quantity(line, credited, principal.quantity, of_principal, quantity)
        yield _credit_line(line, credited, quantity if line is principal else Decimal(1), amount)


def _credit_line(
    line: InvoiceLine, credited: CreditedLine, quantity: Decimal, amount: Money, *, allowance: bool = False
) -> CreditNoteLine:
    """With its tax: cumulatively the share of the line's tax that its net amount has, so that all parts add up to it."""
    return CreditNoteLine(
        line=line.line,
        description=line.description,
        quantity=quantity,
        unit_price=amount if allowance or line.fee_of_line else line.unit_price,
        amount=amount,
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
        tax=_share(line.tax, credited.amount + amount.number, line.amount.number, credited.tax),
        allowance=True if allowance else None,
    )


def _chosen(draft: InvoiceDrafted, wanted: tuple[CreditLine, ...]) -> dict[int, CreditLine]:
    if not wanted:
        return {line.line: CreditLine(line.line) for line in draft.lines}
    chosen: dict[int, CreditLine] = {}
    for one in wanted:
        if not 0 < one.line <= len(draft.lines):
            raise WrongUsage(
                f"{draft.invoice} has no line {one.line}.", instead=f"billing-beans invoice show {draft.invoice}"
            )
        if fee_of := draft.lines[one.line - 1].fee_of_line:
            raise WrongUsage(
                f"Line {one.line} of {draft.invoice} is the platform fee of line {fee_of}.",
                rule="I7: a platform fee is credited with what it was charged for.",
                instead=f"billing-beans invoice credit {draft.invoice} --line {fee_of} --reason ...",
            )
        if one.line in chosen:
            raise WrongUsage(f"Line {one.line} is named twice.", instead="name each line once")
        if one.quantity is not None and one.amount is not None:
            raise WrongUsage(
                f"Line {one.line} is credited by quantity and by amount.",
                rule="I7: a quantity is credited at what it was sold for; an amount is taken off, and no quantity with it.",
                instead="say one of them",
            )
        chosen[one.line] = one
    return chosen


def _quantity(draft: InvoiceDrafted, line: InvoiceLine, credited: CreditedLine, wanted: Decimal | None) -> Decimal:
    left = line.quantity - credited.quantity
    if wanted is None:
        return left
    check_size(wanted)
    if not 0 < wanted <= left:
        raise _too_much(draft.invoice, line, f"{wanted:f}", f"{left:f} of its {line.quantity:f}")
    if line.credit_unit is not None:
        _whole_credits(draft.invoice, line, wanted)
    return wanted


def _whole_credits(invoice: str, line: InvoiceLine, quantity: Decimal) -> None:
    """Credits have six decimals, also those that are left, and those that come free with them."""
    for units in (units_of(line, quantity), bonus_of(line, quantity)):
        if units is not None and not can_be_credits(units):
            raise WrongUsage(
                f"{quantity:f} of line {line.line} of {invoice} can't be credited: that are {units:f} {line.credit_unit}.",
                rule=f"W4: a number of credits has {FINEST} decimals at most.",
                instead="credit a quantity with fewer decimals",
            )


def _too_much(invoice: str, line: InvoiceLine, wanted: str, left: str) -> Refused:
    return Refused(
        f"{wanted} of line {line.line} of {invoice} can't be credited: {left} are left.",
        rule="I7: all credit notes of an invoice add up to at most it.",
        instead=f"billing-beans invoice show {invoice}",
    )


def takes_amounts(head: InvoiceHead, line: InvoiceLine) -> bool:
    """Whether an amount alone can be taken off a line: not where units were granted, which have their cost, or are held for others."""
    if line.revenue in (Revenue.AGENT, Revenue.TOP_UP):
        return False
    return not (line_grants(line) and head.posted is not None)


def _allowance(head: InvoiceHead, line: InvoiceLine, credited: CreditedLine, wanted: Money) -> Money:
    """An amount off a line, up to what is left of it. Units stay, so that something must be left for those that it grants."""
    check_size(wanted.number)
    if wanted.currency != line.amount.currency or not is_minor(wanted):
        raise WrongUsage(
            f"{wanted} can't be taken off line {line.line} of {head.number}, which is in {line.amount.currency}.",
            rule="I7: a credit note is in its invoice's currency, in minor units.",
            instead=f"billing-beans invoice show {head.number}",
        )
    left = line.amount.number - credited.amount
    if not takes_amounts(head, line) or (line_grants(line) and wanted.number == left):
        raise Refused(
            f"No amount of {wanted} can be taken off line {line.line} of {head.number} alone: it sold units.",
            rule="I7: units that were granted are taken back by quantity, at their own cost.",
            instead=f"billing-beans invoice credit {head.number} --line {line.line}=QUANTITY --reason ...",
        )
    if not 0 < wanted.number <= left:
        raise _too_much(head.number, line, str(wanted), f"{left:f} of its {line.amount}")
    return round_money(wanted.number, wanted.currency)


def net_of(line: InvoiceLine, credited: CreditedLine, quantity: Decimal) -> Money:
    """What the next so many of a line come to, net of tax (I7). The line is no platform fee; so many are left of it."""
    return _of_quantity(line, credited, line.quantity, credited, quantity)


def _of_quantity(
    line: InvoiceLine, credited: CreditedLine, sold: Decimal, of_principal: CreditedLine, quantity: Decimal
) -> Money:
    """The same of any line, by the quantities of its principal. Since an allowance, what was left then is shared out."""
    before, since = of_principal.allowed_quantity, credited.allowed_amount
    whole = new_money(line.amount.number - since, line.amount.currency)
    until = of_principal.quantity + quantity - before
    return _share(whole, until, sold - before, credited.amount - since)


def _share(whole: Money, until: Decimal, of: Decimal, before: Decimal) -> Money:
    """What this much of a line comes to, cumulatively: all parts of a line add up to it, to the last minor unit."""
    if until == of:
        return new_money(whole.number - before, whole.currency)
    reached = _PRECISE.divide(_PRECISE.multiply(whole.number, until), of)
    return new_money(round_money(reached, whole.currency).number - before, whole.currency)


# --- What it moves ---------------------------------------------------------------------------------------------------


def credit_note_issued(books: Books, number: str, day: date, content: str | None = None) -> CreditNoteIssued:
    """What a credit note moves: what is not yet earned first, lots at their own cost, revenue for the rest; tax (I7).

    Raises `Refused` where a part of the invoice was written off that would have to be credited.
    """
    note = credit_note_draft_named(books, number)
    head, draft = head_named(books, note.invoice), draft_named(books, note.invoice)
    _creditable(head)
    still_within(books, draft, note)
    legs = _Crediting(books, head, draft, note)
    open_part = min(note.total.number, head.due_amount)
    rest = note.total.number - open_part
    not_written_off(books, head, rest)
    receivable, unapplied = (account_of(role, *legs.parties) for role in (Role.RECEIVABLE, Role.UNAPPLIED))
    currency = draft.currency
    return CreditNoteIssued(
        date=day,
        payee=draft.bill_to_name,
        narration=f"Credit note {number} for {draft.invoice}",
        credit_note=note.credit_note,
        invoice=draft.invoice,
        customer=draft.customer,
        content=seal_credit_note(note) if content is None else content,
        held=tuple(legs.held),
        lots=tuple(legs.lots),
        fees=tuple(legs.fees),
        credits=tuple(legs.credits),
        earned=tuple(legs.earned),
        taxes=tuple(legs.taxes),
        rounding=tuple(legs.rounding),
        receivable=new_leg(receivable, new_money(-open_part, currency), invoice=draft.invoice) if open_part else None,
        unapplied=new_leg(unapplied, new_money(-rest, currency)) if rest else None,
    )


class _Crediting:
    """The debits of a credit note by what they are, and what a lot's own cost is more than what is credited."""

    def __init__(self, books: Books, head: InvoiceHead, draft: InvoiceDrafted, note: CreditNoteDrafted) -> None:
        self.parties = parties_of(books, draft)
        self.held: list[Leg] = []
        self.lots: list[Leg] = []
        self.fees: list[Leg] = []
        self.credits: list[Leg] = []
        self.earned: list[Leg] = []
        self.taxes: list[Leg] = []
        self.rounding: list[Leg] = []
        self._books, self._head, self._draft = books, head, draft
        self._quantities = {line.line: _ZERO if line.allowance else line.quantity for line in note.lines}
        for line in note.lines:
            sold = draft.lines[line.line - 1]
            self._take_back(sold, line.amount)
            if line.tax.number:
                self.taxes.append(new_leg(sold.tax_account, line.tax, line=line.line, tax_code=line.tax_code))

    def _take_back(self, sold: InvoiceLine, amount: Money) -> None:
        """What was granted comes out of its lots; what is billed or deferred, from there; the rest was earned."""
        worth = _ZERO
        if line_grants(sold) and self._head.posted is not None:
            taken = [*self._unspent(sold)]
            (self.fees if sold.fee_of_line else self.lots).extend(taken)
            worth = sum((leg.weight.number for leg in taken), start=_ZERO) + self._was_discounted(sold, amount.currency)
        elif self._is_topped_up(sold):
            taken = [*self._unspent_credits(sold)]
            self.credits.extend(taken)
            worth = sum((leg.weight.number for leg in taken), start=_ZERO)
        elif not self._head.opened and sold.revenue not in EARNED_BY_ISSUE:
            worth = self._still_held(sold, amount)
        elif sold.credit_discount is not None and amount.number:
            amount = self._before_credits(sold, sold.credit_discount, amount)
        rest = amount.number - worth
        if rest:
            leg = new_leg(self._earned_account(sold), new_money(rest, amount.currency), line=sold.line)
            (self.earned if rest > 0 else self.rounding).append(leg)

    def _still_held(self, sold: InvoiceLine, amount: Money) -> Decimal:
        """What of so much of a line is billed or deferred comes from there: of what is earned over a period what is not released (R5)."""
        held = amount.number
        if sold.revenue is Revenue.OVER_PERIOD:
            held = min(held, self._books.revenue.left_of(self._draft.invoice, sold.line))
        if held:
            part = new_money(held, amount.currency)
            self.held.append(new_leg(line_account(sold, self.parties), part, line=sold.line))
        return held

    def _was_discounted(self, sold: InvoiceLine, currency: str) -> Decimal:
        """What free credits had taken off so much of a line before it was granted: it never was revenue, but a discount (W3)."""
        discount = self._books.invoices.line_discounts.get((self._draft.invoice, sold.line))
        if discount is None or discount.held == discount.credited:
            return _ZERO
        left = sold.quantity - credited_of(self._books, self._draft, sold).quantity
        part = _share(new_money(discount.held - discount.credited, currency), self._quantities[sold.line], left, _ZERO)
        if part.number:
            self.earned.append(new_leg(discounts_account(self.parties), part, line=sold.line))
        return part.number

    def _before_credits(self, sold: InvoiceLine, whole: Money, amount: Money) -> Money:
        """What was earned of this much of a line before free credits lowered it; its part of the discount goes with it (W3)."""
        before = credited_of(self._books, self._draft, sold).amount
        until, of = before + amount.number, sold.amount.number
        taken = _ZERO if not before else _share(whole, before, of, _ZERO).number
        discount = _share(whole, until, of, taken)
        if discount.number:
            leg = new_leg(discounts_account(self.parties), new_money(-discount.number, amount.currency), line=sold.line)
            self.rounding.append(leg)
        return new_money(amount.number + discount.number, amount.currency)

    def _earned_account(self, sold: InvoiceLine) -> Account:
        """What the line became as it was used: revenue, or what is owed to others."""
        if sold.income is not None:
            return sold.income
        if sold.credit_unit is not None:
            return account_of(Role.INCOME, self.parties.seller, BREAKAGE)
        assert sold.entitlement is not None
        return account_of(Role.PAYABLE, self.parties.seller, unit_component(sold.entitlement))

    def _is_topped_up(self, sold: InvoiceLine) -> bool:
        """Whether the credits that a line sells were granted."""
        grant = self._books.credits.grants.get(f"{self._draft.invoice}/{sold.line}")
        return sold.credit_unit is not None and grant is not None and grant.granted is not None

    def _unspent_credits(self, sold: InvoiceLine) -> Iterator[Leg]:
        """Credits of a line that are left, at their own cost, those that would be used last first. Raises `Refused` for too few."""
        wanted = left = units_of(sold, self._quantities[sold.line])
        lots = [*self._books.credits.lots.range("grant", f"{self._draft.invoice}/{sold.line}")]
        for lot in reversed(lots):
            units = min(lot.usable, left)
            if units > 0:
                left -= units
                cost = new_cost(lot.cost, lot.currency, lot.date, lot.label)
                yield new_leg(lot.account, new_money(units, lot.unit), cost, line=sold.line)
        if left:
            raise Refused(
                f"{wanted:f} {sold.credit_unit} of line {sold.line} of {self._draft.invoice} were to be taken back, and "
                f"{wanted - left:f} of them are unspent.",
                rule="I7, W6: credits that are spent or expired are not taken back.",
                instead=f"credit less of it with --line {sold.line}=QUANTITY; or give back what was used first: "
                "billing-beans credit reverse APPLICATION --reason ...",
            )

    def _unspent(self, sold: InvoiceLine) -> Iterator[Leg]:
        """Units of the line's lots that are left, or the platform fee attached to them, at their own cost; the oldest first."""
        principal = self._draft.lines[sold.fee_of_line - 1] if sold.fee_of_line else sold
        assert principal.entitlement is not None
        role, unit = Role.ENTITLEMENTS, principal.entitlement
        if principal is not sold:
            role, unit = Role.PLATFORM_FEE, fee_unit(principal.entitlement)
        account = account_of(role, *self.parties, unit_component(principal.entitlement))
        label = f"{self._draft.invoice}/{principal.line}"
        left = units_of(principal, self._quantities[principal.line])
        for lot in self._books.entitlements.lots.range("open", account):
            if lot.label == label and left > 0:
                units = min(lot.remaining, left)
                left -= units
                cost = new_cost(lot.cost, lot.currency, lot.date, lot.label)
                yield new_leg(account, new_money(units, unit), cost, line=sold.line)


def credit_note_named(books: Books, number: str) -> CreditNote:
    """The credit note of this number. Raises `Refused`."""
    note = books.invoices.credit_notes.get(number)
    if note is None:
        raise Refused(f"There is no credit note {number}.", instead="billing-beans credit-note list")
    return note


def credit_note_draft_named(books: Books, number: str) -> CreditNoteDrafted:
    """What a credit note says. Raises `Refused`."""
    draft = books.invoices.credit_note_drafts.get(number)
    if draft is None:
        raise Refused(f"There is no credit note {number}.", instead="billing-beans credit-note list")
    return draft
