"""What must hold of books however they came to be, held against the ledger's text as Beancount itself books it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from beancount import loader
from beancount.core.data import Transaction
from beancount.parser import parser
from money_histories import FOUNDATION, Life

from billing_beans.books import Books
from billing_beans.core.accounts import Role, account_of
from billing_beans.core.facts import Fact, Movement
from billing_beans.core.tables import MemoryStore, Store
from billing_beans.entitlements.facts import InvoicePosted, LotsOpened
from billing_beans.invoicing.credit_limits import relieved_taxes
from billing_beans.invoicing.legs import Parties, line_account, line_grants
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import Status
from billing_beans.ledger import quick, reading
from billing_beans.ledger.codec import encode
from billing_beans.ledger.collecting import collect
from billing_beans.ledger.gathering import gather_collected
from billing_beans.opening.facts import DeferredOpened
from billing_beans.payments.facts import PaymentVerified
from billing_beans.payments.records import PaymentStatus, RefundStatus
from billing_beans.periods.facts import PeriodClosed, PeriodReopened
from billing_beans.revenue.facts import RevenueReleased
from billing_beans.revenue.state import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beancount.core.data import Directive

ZERO = Decimal(0)
Amounts = dict[tuple[str, str], Decimal]


def dump(store: Store) -> dict[str, dict[Any, Any]]:
    """Every record of every table that holds any."""
    assert isinstance(store, MemoryStore)
    return {name: dict(table) for name, table in store._tables.items() if [*table]}


def hold(life: Life) -> None:
    """Every law, of the books and of their text."""
    entries = read(life)
    the_text_is_the_books(life, entries)
    books, balances = life.books, balances_of(entries)
    receivables_are_what_is_due(books, balances)
    unapplied_is_what_remains(books, balances)
    nothing_is_below_zero(books)
    no_more_goes_back_than_came(books)
    credits_are_within_their_lines(books)
    held_is_what_is_billed_and_not_granted(books, balances)
    deferred_is_what_was_neither_earned_nor_taken_away(life, balances)
    lots_are_those_of_beancount(books, entries)
    money_is_kept(books)
    sales_are_what_was_sold(life, entries)
    facts_balance(life.facts)
    every_day_is_sound(life)


def read(life: Life) -> list[Directive]:
    """The ledger as Beancount loads and books it, with every check of ours as a plugin: nothing is found."""
    entries, errors, _options = loader.load_string(life.text)
    assert errors == [], [error.message for error in errors]
    return entries


def the_text_is_the_books(life: Life, entries: list[Directive]) -> None:
    """The quick pass and the audit agree on the books that the acts made, and their text says the same once more."""
    collected = collect(entries)
    swift = reading.opened_books(collected, None)
    assert quick.fold_sound(collected, swift), "the quick pass finds what the audit does not"
    audited, audit = reading._audited(gather_collected(collected), reading.opened_books(collected, None))
    assert not audit.findings, audit.findings
    kept = dump(life.books.store)
    for books in (swift, audited):
        found = dump(books.store)
        assert found | {"accounts": 0, "last_fact": 0} == kept | {"accounts": 0, "last_fact": 0}
    # As the parser reads it: booking may write the units of a lot with fewer zeros.
    parsed = gather_collected(collect(parser.parse_string(life.text)[0]))
    gathered = [one.fact for one in parsed.facts if one.fact.id]
    assert sorted(map(encode, gathered)) == sorted(map(encode, life.facts))


def balances_of(entries: Iterable[Directive]) -> Amounts:
    """What stands on each account, by currency; lots by units."""
    found: Amounts = defaultdict(lambda: ZERO)
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                found[posting.account, posting.units.currency] += posting.units.number
    return {key: number for key, number in found.items() if number}


def those_of(balances: Amounts, *roles: str) -> Amounts:
    return {key: number for key, number in balances.items() if key[0].split(":")[2] in roles}


def _parties(books: Books, head: InvoiceHead) -> tuple[str, str]:
    entity, customer = (
        books.catalog.entity(head.seller, head.drafted),
        books.catalog.customer(head.customer, head.drafted),
    )
    assert entity is not None
    assert customer is not None
    return entity.account, customer.account


def receivables_are_what_is_due(books: Books, balances: Amounts) -> None:
    """Of each customer at each seller in each currency."""
    due: Amounts = defaultdict(lambda: ZERO)
    for head in books.invoices.heads.all():
        due[account_of(Role.RECEIVABLE, *_parties(books, head)), head.currency] += head.due_amount
        moved = [one.amount.number for one in books.invoices.settlements.range("invoice", head.number)]
        assert sum(moved, start=ZERO) == head.settled + head.credited
    assert those_of(balances, "Receivable") == {key: number for key, number in due.items() if number}


def unapplied_is_what_remains(books: Books, balances: Amounts) -> None:
    found: Amounts = defaultdict(lambda: ZERO)
    for money in books.payments.money.all():
        found[money.account, money.currency] -= money.remaining
        entries = [one.amount for one in books.payments.entries.range("origin", money.origin)]
        assert sum(entries, start=ZERO) == money.remaining
        assert sum((one for one in entries if one > 0), start=ZERO) == money.amount
    assert those_of(balances, "Unapplied") == {key: number for key, number in found.items() if number}


def nothing_is_below_zero(books: Books) -> None:
    for head in books.invoices.heads.all():
        assert 0 <= head.due_amount <= head.total, head
        assert 0 <= head.written_off <= head.settled, head
        assert head.credited >= 0, head
        owes = head.status in (Status.ISSUED, Status.PARTIALLY_PAID)
        assert owes == (head.due_amount > 0), head
    for money in books.payments.money.all():
        assert 0 <= money.reserved <= money.remaining <= money.amount, money
    for lot in books.entitlements.lots.all():
        assert 0 <= lot.remaining <= lot.granted, lot


def no_more_goes_back_than_came(books: Books) -> None:
    """Refunds and chargebacks of a payment, and pending refunds by what they keep."""
    back: dict[str, Decimal] = defaultdict(lambda: ZERO)
    kept: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for refund in books.payments.refunds.all():
        if refund.status is not RefundStatus.FAILED and refund.payment:
            back[refund.payment] += refund.amount.number
        if refund.status is RefundStatus.PENDING:
            kept[refund.origin] += refund.from_unapplied
    for chargeback in books.payments.chargebacks.all():
        if chargeback.reversed is None:
            back[chargeback.payment] += chargeback.amount.number
    for head in books.payments.heads.all():
        came = head.amount.number if head.status is PaymentStatus.VERIFIED else ZERO
        assert back[head.payment] <= came, head
        assert came - back[head.payment] == head.refundable, head
    for money in books.payments.money.all():
        assert money.reserved == kept[money.origin], money


def credits_are_within_their_lines(books: Books) -> None:
    """All credit notes of a line come to at most it, net and tax, write-offs that gave tax back counted; and to it exactly in the end."""
    for head in books.invoices.heads.all():
        draft = books.invoices.current(head.number)
        assert draft is not None
        back = relieved_taxes(books, head.number)
        for line in draft.lines:
            one = books.invoices.credited.get((head.number, line.line))
            tax = back.get(line.line, ZERO) + (one.tax if one else ZERO)
            assert 0 <= tax <= line.tax.number, (head, line.line)
            if one is None:
                continue
            assert 0 <= one.amount <= line.amount.number
            assert 0 <= one.ungranted_amount <= one.amount
            if line.fee_of_line is None:
                assert 0 <= one.quantity <= line.quantity
                if one.quantity == line.quantity:
                    assert (one.amount, one.tax) == (line.amount.number, line.tax.number)
        notes = [one for one in books.invoices.credit_notes.range("invoice", head.number) if one.issued]
        total = sum((one.total for one in notes), start=ZERO)
        assert total <= head.total, head
        assert all(one.to_receivable + one.to_unapplied == one.total for one in notes)
        whole = total == head.total if head.total else _all_quantities_are_credited(books, head.number)
        assert head.is_credited == (bool(notes) and whole), head


def _all_quantities_are_credited(books: Books, invoice: str) -> bool:
    draft = books.invoices.current(invoice)
    assert draft is not None
    credited = [(line, books.invoices.credited.get((invoice, line.line))) for line in draft.lines]
    return all(one is not None and one.quantity == line.quantity for line, one in credited)


def held_is_what_is_billed_and_not_granted(books: Books, balances: Amounts) -> None:
    """What is billed waits for payment: issued, neither posted nor credited, and not void."""
    held: Amounts = defaultdict(lambda: ZERO)
    for head in books.invoices.heads.all():
        draft = books.invoices.current(head.number)
        assert draft is not None
        if head.issued is None or head.voided is not None or head.posted is not None or head.opened:
            continue
        entity, customer = _parties(books, head)
        for line in draft.lines:
            if line_grants(line):
                one = books.invoices.credited.get((head.number, line.line))
                account = line_account(line, Parties(entity, customer))
                held[account, head.currency] -= line.amount.number - (one.amount if one else ZERO)
    assert those_of(balances, "Billed") == {key: number for key, number in held.items() if number}


def deferred_is_what_was_neither_earned_nor_taken_away(life: Life, balances: Amounts) -> None:
    """Of each customer at each seller; every line's days are released one after the other, and no more than there was."""
    left: Amounts = defaultdict(lambda: ZERO)
    for one in life.books.revenue.deferred.all():
        moves = [*life.books.revenue.moves.range("record", (one.source, one.line))]
        assert one.left == sum((move.amount for move in moves), start=ZERO) >= 0
        assert not one.left or one.until < one.end
        left[one.account, one.currency] -= one.left
    assert those_of(balances, "Deferred") == {key: number for key, number in left.items() if number}
    until: dict[tuple[str, int], date] = {}
    for fact in life.facts:
        if isinstance(fact, RevenueReleased):
            key = source_of(fact)
            assert until.get(key, fact.since) == fact.since < fact.until
            assert fact.deferred.number == -fact.income.number > 0
            until[key] = fact.until


def lots_are_those_of_beancount(books: Books, entries: Iterable[Directive]) -> None:
    """Lot by lot; and the platform fee of each label is attached to as many units as there are."""
    found: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            if posting.cost is not None:
                found[posting.account, posting.cost.label, posting.cost.number, posting.cost.date] -= (
                    posting.units.number
                )
    lots = list(books.entitlements.lots.all())
    assert {key: units for key, units in found.items() if units} == {
        (lot.account, lot.label, lot.cost, lot.date): lot.remaining for lot in lots if lot.remaining
    }
    units: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    fees: dict[str, Decimal] = {}
    for lot in lots:
        if ":PlatformFee:" in lot.account:
            fees[lot.label] = fees.get(lot.label, ZERO) + lot.remaining
        else:
            units[lot.label, lot.unit] += lot.remaining
    for label, left in fees.items():
        assert left == units[label, "GIG"], label


def money_is_kept(books: Books) -> None:
    """What came of each origin settles something, is unapplied, or went back; in its own currency, to the last minor unit."""
    origins: dict[str, Decimal] = {}
    for money in books.payments.money.all():
        first, *_rest = books.payments.entries.range("origin", money.origin)
        origins[money.origin] = first.amount
    for note in books.invoices.credit_notes.all():
        if note.to_unapplied:
            assert origins[f"credit-note/{note.number}"] == note.to_unapplied
    for head in books.payments.heads.all():
        if head.status is PaymentStatus.VERIFIED:
            origins[f"payment/{head.payment}"] = head.amount.number
    went = _went_back(books)
    for origin, came in origins.items():
        settled = sum(
            ((one.paid or one.amount).number for one in books.invoices.settlements.range("origin", origin)), start=ZERO
        )
        held = books.payments.money.get(origin)
        assert came == settled + (held.remaining if held else ZERO) + went[origin], origin


def _went_back(books: Books) -> dict[str, Decimal]:
    went: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for refund in books.payments.refunds.all():
        if refund.status is RefundStatus.SUCCEEDED:
            went[refund.origin] += refund.amount.number
    for chargeback in books.payments.chargebacks.all():
        if chargeback.reversed is None:
            went[f"payment/{chargeback.payment}"] += chargeback.amount.number
    return went


def sales_are_what_was_sold(life: Life, entries: Iterable[Directive]) -> None:
    """What is billed, granted, deferred, earned or owed to others is the net of what was sold, or there before, and not credited; tax is its tax."""
    found = _sold_by_account(entries)
    expected: Amounts = defaultdict(lambda: ZERO)
    for fact in life.facts:
        if isinstance(fact, (LotsOpened, DeferredOpened)) and fact.opening_balance:
            opened = fact.opening_balance
            expected[opened.account.split(":")[1], opened.currency] += opened.number
    books = life.books
    for head in books.invoices.heads.all():
        draft = books.invoices.current(head.number)
        assert draft is not None
        if head.issued is None or head.voided is not None:
            continue
        entity = _parties(books, head)[0]
        expected[f"{entity} tax", head.currency] -= sum(relieved_taxes(books, head.number).values(), start=ZERO)
        for line in draft.lines:
            one = books.invoices.credited.get((head.number, line.line))
            sold = ZERO if head.opened else line.amount.number
            expected[entity, head.currency] += sold - (one.amount if one else ZERO)
            expected[f"{entity} tax", head.currency] += line.tax.number - (one.tax if one else ZERO)
    assert {key: number for key, number in found.items() if number} == {
        key: number for key, number in expected.items() if number
    }


def _sold_by_account(entries: Iterable[Directive]) -> Amounts:
    """What stands on the accounts of sales and of tax, lots at their cost, as credits."""
    found: Amounts = defaultdict(lambda: ZERO)
    with localcontext(prec=200):
        for entry in entries:
            for posting in entry.postings if isinstance(entry, Transaction) else ():
                _root, entity, what, *_rest = posting.account.split(":")
                weight = (posting.units.number, posting.units.currency)
                if posting.cost is not None:
                    weight = (posting.units.number * posting.cost.number, posting.cost.currency)
                if what == "Tax":
                    found[f"{entity} tax", weight[1]] -= weight[0]
                elif what in _SOLD or (posting.account.startswith("Income:") and what != "FX"):
                    found[entity, weight[1]] -= weight[0]
    return found


_SOLD = ("Billed", "Entitlements", "PlatformFee", "Payable", "Deferred", "Unbilled")


def facts_balance(facts: Iterable[Fact]) -> None:
    """To the last decimal; and what is posted is worth what was billed and not credited before."""
    for fact in facts:
        if isinstance(fact, Movement):
            assert not any(residual(fact).values()), fact
        if isinstance(fact, InvoicePosted):
            with localcontext(prec=200):
                granted = -sum((leg.weight.number for leg in (*fact.lots, *fact.fees)), start=ZERO)
                assert granted == sum((leg.number for leg in fact.billed), start=ZERO), fact


def residual(fact: Movement) -> dict[str, Decimal]:
    """What a movement does not balance by, in every currency, reckoned without rounding."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    with localcontext(prec=200):
        for leg in fact.legs():
            weight = leg.weight
            sums[weight.currency] += weight.number
    return sums


# --- A cut by date is a valid history (rule 11) -----------------------------------------------------------------------


def every_day_is_sound(life: Life) -> None:
    """What is dated until a day folds by itself, and its books are sound.

    The proof of a payment moves nothing and may be seen later than the money: it is taken with its verification. Periods
    say what may be recorded from then on, and not what happened.
    """
    verified = {fact.payment: fact.date for fact in life.facts if isinstance(fact, PaymentVerified)}
    days = sorted({fact.date for fact in life.facts})
    for day in days[:-1]:
        cut = Books(MemoryStore())
        for fact in FOUNDATION:
            cut.apply(fact)
        for fact in life.facts:
            since = (
                min(fact.date, verified.get(getattr(fact, "payment", ""), date.max))
                if fact.shape.kind == "payment-submitted"
                else fact.date
            )
            if since <= day and not isinstance(fact, (PeriodClosed, PeriodReopened)):
                cut.apply(fact)
        try:
            sound_on_a_day(cut)
        except AssertionError as error:
            raise AssertionError(f"on {day}: {error}") from error
        _open_amounts(life.books, cut, day)


def sound_on_a_day(books: Books) -> None:
    assert all(one.left >= 0 for one in books.revenue.deferred.all())
    nothing_is_below_zero(books)
    no_more_goes_back_than_came(books)
    credits_are_within_their_lines(books)


def _open_amounts(books: Books, cut: Books, day: date) -> None:
    """What was open on a day is said by the settlements dated until then."""
    for head in books.invoices.heads.all():
        then = cut.invoices.heads.get(head.number)
        if head.issued is None or head.issued > day or (head.voided is not None and head.voided <= day):
            assert then is None or then.due_amount == 0
            continue
        moved = [one for one in books.invoices.settlements.range("invoice", head.number) if one.date <= day]
        assert then is not None
        assert then.due_amount == head.total - sum((one.amount.number for one in moved), start=ZERO)
