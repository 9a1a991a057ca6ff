"""Statement of a credit wallet: what was in it, each movement since, and what is in it now (W1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.records import record
from billing_beans.credits.records import Entry, EntryKind
from billing_beans.reports.periods import Period
from billing_beans.reports.wallets import Balance, Group, WalletName, balance, balances_by, end_of, holding

_ZERO = Decimal(0)


class Movement(NamedTuple):
    """Units of one grant that came (above zero) or left, as one line; `balance` are all units of the wallet after it.

    `at` is when it was recorded, by which `actor`. `reference` is `invoice/SG-1`, `payment/PAY-1`, another source, or None;
    `identifier` what it is called itself, where it is: `APP-1`, `ADJ-1`. `worth` is what the units cost, signed like them.
    """

    day: date
    at: str
    actor: str
    kind: EntryKind
    paid: bool
    grant: str
    reference: str | None
    identifier: str | None
    units: Decimal
    worth: Decimal
    balance: Decimal

    @property
    def is_credit(self) -> bool:
        return self.units > 0

    @property
    def reference_type(self) -> str:
        """`invoice`, `payment`, another thing of the books, `external` or `none` (W1)."""
        return reference_type(self.reference)


USER = "user"
OWN = frozenset(("invoice", "payment", "credit-note", "grant", "opening", USER))
"""Types of references to things of the books; the last is whoever granted free credits, where nothing else is named."""


def reference_type(reference: str | None) -> str:
    """What kind of thing a reference names: of the books (`invoice`, `payment`, ...), `external`, or `none`."""
    if reference is None:
        return "none"
    kind = reference.partition("/")[0]
    return kind if kind in OWN else "external"


@record
class CreditStatement:
    """One wallet in a period: units before it, each movement in the order of days and recording, units at its end.

    `at_the_end` is what they come to on the last day, and `by_expiry` the same by when they expire.
    """

    name: WalletName
    period: Period
    opening: Decimal
    lines: tuple[Movement, ...]
    closing: Decimal
    at_the_end: Balance
    by_expiry: tuple[Balance, ...]


def credit_statement(books: Books, name: WalletName, period: Period) -> CreditStatement:
    """The statement of a wallet. Only what moved since its first day is read."""
    wallet = books.credits.wallets.get(name.key)
    posted = wallet.credits - wallet.debits if wallet else _ZERO
    entries = books.credits.entries
    since = [
        *(
            entries.range("wallet", name.key)
            if period.first is None
            else entries.since("wallet", name.key, (period.first,))
        )
    ]
    opening = posted - sum((one.units for one in since), start=_ZERO)
    lines = tuple(movements((one for one in since if one.date <= period.last), opening))
    end = holding(books, name, end_of(books, name, period.last))
    return CreditStatement(
        name,
        period,
        opening,
        lines,
        lines[-1].balance if lines else opening,
        balance(books, end),
        tuple(balances_by(books, end, Group.EXPIRY)),
    )


def movements(entries: Iterable[Entry], opening: Decimal = _ZERO) -> list[Movement]:
    """Entries as lines: what one fact did to one grant is one line, whatever its units had cost."""
    found, after = [], opening
    for _fact, of_fact in groupby(entries, key=attrgetter("fact")):
        parts: dict[tuple[str, bool, bool], list[Entry]] = {}
        for entry in of_fact:
            parts.setdefault((entry.grant, entry.paid, entry.units > 0), []).append(entry)
        for several in parts.values():
            line = _movement(several, after)
            after = line.balance
            found.append(line)
    return found


def _movement(several: Sequence[Entry], before: Decimal) -> Movement:
    first = several[0]
    units = sum((one.units for one in several), start=_ZERO)
    return Movement(
        first.date,
        first.at,
        first.actor,
        first.kind,
        first.paid,
        first.grant,
        first.reference,
        first.identifier,
        units,
        sum((one.units * one.cost for one in several), start=_ZERO),
        before + units,
    )
