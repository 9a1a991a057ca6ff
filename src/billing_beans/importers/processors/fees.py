"""What a processor kept, where it was told later than the thing it was for, or by itself (Y3)."""

from __future__ import annotations

from datetime import date

from billing_beans.acts.act import Act
from billing_beans.core.accounts import Account
from billing_beans.core.money import Money
from billing_beans.importers.processors.days import dated
from billing_beans.importers.processors.outcomes import NotTaken
from billing_beans.importers.processors.plan import Thing
from billing_beans.payments.processor_operations import fee_told


def kept(thing: Thing) -> Money | None:
    """The fee that is recorded with the thing itself; what was given back is recorded beside it."""
    return thing.fee if thing.fee is not None and thing.fee.number > 0 else None


def add_fee(act: Act, thing: Thing, account: Account, day: date) -> bool:
    """Record the fee of a thing that is in the books without one, if the files say one. Raises `NotTaken` for another fee.

    True where it was recorded.
    """
    fee = thing.fee
    if fee is None or not fee.number:
        return False
    before = act.books.processors.fees.get(thing.source)
    if before is not None:
        if (before.amount, before.currency) != (fee.number, fee.currency):
            raise NotTaken(
                f"{thing.source} is in the books with a fee of {before.amount:f} {before.currency}, and the file says {fee}.",
                rule="Y6: what a processor told once is not changed by telling it otherwise.",
                instead="compare it at the processor; what is missing is posted by hand",
            )
        return False
    with dated(act, day) as known:
        act.record(fee_told(thing.source, fee, account, known))
    return True
