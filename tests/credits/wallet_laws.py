"""What must hold of wallets in any books, held against the postings, and now and then against Beancount and every check."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parent.parent / "ledger"))

from beancount import loader
from beancount.core.data import Directive, Transaction
from money_laws import dump, no_more_goes_back_than_came, nothing_is_below_zero

from billing_beans.books import Books, OpenAccount
from billing_beans.catalog.facts import Revenue
from billing_beans.core.facts import Fact, Movement
from billing_beans.core.tables import MemoryStore
from billing_beans.credits import facts as kinds
from billing_beans.credits.records import GrantStatus
from billing_beans.ledger import quick, reading
from billing_beans.ledger.collecting import collect
from billing_beans.ledger.gathering import gather_collected
from billing_beans.ledger.sqlite import SqliteStore
from billing_beans.payments.facts import PaymentVerified
from billing_beans.payments.records import PaymentStatus
from billing_beans.periods.facts import PeriodClosed, PeriodReopened

if TYPE_CHECKING:
    from wallet_books import Ledger


def read_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hold_for(ledger: Ledger, facts: Sequence[Fact]) -> None:
    """What can be said at every step, of what was touched by it."""
    books = ledger.books
    for fact in facts:
        wallets = (
            {_wallet(leg) for leg in fact.legs() if ":Credits:" in leg.account} if isinstance(fact, Movement) else ()
        )
        for key in wallets:
            wallet = books.credits.wallets.get(key)
            assert wallet is not None
            lots = [*books.credits.lots.range("open", key)]
            assert all(lot.remaining > 0 for lot in lots), key
            paid = sum((lot.remaining for lot in lots if lot.paid), start=0)
            free = sum((lot.remaining for lot in lots if not lot.paid), start=0)
            assert (wallet.paid, wallet.free) == (paid, free), key
            assert wallet.credits - wallet.debits == paid + free, key
        if isinstance(fact, (kinds.CreditApplied, kinds.CreditDiscounted)):
            _used_in_time(ledger, fact)


def _used_in_time(ledger: Ledger, fact: Any) -> None:
    """Nothing is used at or after its expiry."""
    for leg in fact.lots:
        grant = ledger.books.credits.grants.get(leg.cost.label)
        assert grant is not None
        assert grant.status is GrantStatus.GRANTED
        expires = grant.terms.expires_at
        if expires is not None:
            assert fact.at < expires or fact.date.isoformat() <= expires[:10], fact


def _wallet(leg: Any) -> str:
    _root, entity, _credits, owner, _paid = leg.account.split(":")
    return f"{entity}/{owner}/{leg.currency}"


def hold(ledger: Ledger) -> None:
    """Everything: entries, lots, money, the held accounts, the text by Beancount, both passes, and another store."""
    entries_are_the_wallets(ledger)
    nothing_is_below_zero(ledger.books)
    no_more_goes_back_than_came(ledger.books)
    what_is_held_is_nothing_once_it_is_done(ledger)
    no_more_is_unapplied_than_is_with_us(ledger)
    some_days_are_sound(ledger)
    entries = read(ledger)
    the_text_is_the_books(ledger, entries)
    folded_elsewhere(ledger)


def entries_are_the_wallets(ledger: Ledger) -> None:
    books = ledger.books
    sums: dict[str, Any] = defaultdict(lambda: 0)
    by_grant: dict[str, Any] = defaultdict(lambda: 0)
    for entry in books.credits.entries.all():
        sums[entry.wallet] += entry.units
        by_grant[entry.grant] += entry.units
    for wallet in books.credits.wallets.all():
        assert sums[wallet.wallet] == wallet.paid + wallet.free, wallet
    for grant in books.credits.grants.all():
        assert by_grant[grant.grant] == grant.remaining, grant
        if grant.status is GrantStatus.GRANTED:
            assert grant.units == grant.remaining + grant.applied + grant.adjusted + grant.expired, grant
            assert min(grant.remaining, grant.applied, grant.adjusted, grant.expired) >= 0, grant


def no_more_is_unapplied_than_is_with_us(ledger: Ledger) -> None:
    """Of each payment what is unapplied and what is left of the credits that it bought is at most what came and did not go back."""
    books = ledger.books
    for head in books.payments.heads.all():
        money = books.payments.money.get(f"payment/{head.payment}")
        if head.status is PaymentStatus.VERIFIED and money is not None:
            bought = [*books.credits.grants.range("origin", money.origin)]
            lots = [lot for grant in bought for lot in books.credits.lots.range("grant", grant.grant)]
            credits_left = sum((Fraction(lot.remaining) * Fraction(lot.cost) for lot in lots), start=Fraction(0))
            with_us = head.amount.number - head.refunded - head.charged_back
            rounding = sum((grant.returned - grant.returned_cost for grant in bought), start=0)
            assert Fraction(money.remaining) + credits_left <= Fraction(with_us + max(rounding, 0)), head.payment


def some_days_are_sound(ledger: Ledger) -> None:
    """What is dated until a day folds by itself, and nothing in it is below zero (rule 11).

    The proof of a payment may be seen later than the money: it is taken with its verification, and so is what waited for it.
    """
    verified = {one.payment: one.date for one in ledger.facts if isinstance(one, PaymentVerified)}
    days = sorted({fact.date for fact in ledger.facts})
    for day in days[:: max(len(days) // 5, 1)]:
        cut = Books(MemoryStore())
        for fact in (*_foundation(), *ledger.facts):
            waits = fact.shape.kind in ("payment-submitted", "credit-requested")
            since = min(fact.date, verified.get(fact.payment, fact.date)) if waits else fact.date  # type: ignore[attr-defined]
            if since <= day and not isinstance(fact, (PeriodClosed, PeriodReopened)):
                cut.apply(fact)
        nothing_is_below_zero(cut)
        for lot in cut.credits.lots.all():
            assert 0 <= lot.remaining <= lot.granted, (day, lot)
        for grant in cut.credits.grants.all():
            assert min(grant.remaining, grant.applied, grant.adjusted, grant.expired) >= 0, (day, grant)


def what_is_held_is_nothing_once_it_is_done(ledger: Ledger) -> None:
    """Billed until it is granted, credited or void; deferred until it is released, credited or void."""
    books = ledger.books
    for (number, line), held in ledger.held.items():
        head, draft = books.invoices.heads.get(number), books.invoices.current(number)
        assert head is not None
        assert draft is not None
        assert line is not None
        sold = draft.lines[line - 1]
        credited = books.invoices.credited.get((number, line))
        topped = books.credits.grants.get(f"{number}/{line}")
        granted = (sold.entitlement or sold.fee_of_line) and head.posted is not None
        granted = granted or (topped is not None and topped.status is GrantStatus.GRANTED)
        if head.voided or granted or (credited and credited.amount == sold.amount.number and not _earned(sold)):
            assert held == 0, (number, line, held)
        assert held <= sold.amount.number or _earned(sold), (number, line)
        if sold.revenue is Revenue.OVER_PERIOD:
            assert held == books.revenue.left_of(number, line), (number, line, held)


def _earned(sold: Any) -> bool:
    return sold.revenue.value in ("on-issue", "on-usage")


def read(ledger: Ledger) -> list[Directive]:
    """The ledger as Beancount loads and books it, with every check of ours as a plugin: nothing is found."""
    entries, errors, _options = loader.load_string(ledger.text())
    assert errors == [], [error.message for error in errors][:3]
    balances: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            balances[posting.account, posting.units.currency] += Fraction(posting.units.number)
    ours = {key: number for key, number in ledger.balances.items() if number}
    assert {key: number for key, number in balances.items() if number} == ours
    return entries


def the_text_is_the_books(ledger: Ledger, entries: list[Directive]) -> None:
    """The quick pass and a fresh audit agree on the books that the acts made."""
    collected = collect(entries)
    swift = reading.opened_books(collected, None)
    assert quick.fold_sound(collected, swift), "the quick pass finds what the audit does not"
    audited, audit = reading._audited(gather_collected(collected), reading.opened_books(collected, None))
    assert not audit.findings, audit.findings[:3]
    kept = dump(ledger.store)
    for books in (swift, audited):
        found = dump(books.store)
        ignored = {"accounts": 0, "last_fact": 0}
        assert found | ignored == kept | ignored


def folded_elsewhere(ledger: Ledger) -> None:
    """The same facts over SQLite are the same books, and still there when it is opened again."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "index.sqlite"
        store = SqliteStore(path)
        books = Books(store)
        for table in ("accounts",):
            for account in ledger.books.accounts.all():
                assert isinstance(account, OpenAccount), table
                books.accounts.put(account)
        for fact in (*_foundation(), *ledger.facts):
            books.apply(fact)
        books.note_ids(fact.id for fact in ledger.facts if fact.id)
        store.commit()
        assert isinstance(ledger.store, MemoryStore)
        for again in (store, SqliteStore(path)):
            for table in ledger.store.tables():
                if table.spec.name != "last_fact":
                    assert [*again.table(table.spec).all()] == table.all(), table.spec.name
        again.close()
        store.close()


def _foundation() -> Sequence[Fact]:
    from wallet_books import FOUNDATION  # noqa: PLC0415 - it imports this

    return FOUNDATION
