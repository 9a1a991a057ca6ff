"""What became of each thing that a processor told."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.accounts import Account
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.records import record
from billing_beans.importers.processors.events import Family
from billing_beans.importers.processors.plan import Thing


class Became(StrEnum):
    """What became of a thing: it was recorded, stood in the books, waits for its charge, moves no money, or is for a person."""

    RECORDED = "recorded"
    STANDING = "standing"
    HELD = "held"
    NO_MONEY = "no-money"
    LISTED = "listed"


class NotTaken(Refused):
    """Something that only a person can decide. Nothing was recorded of it, and nothing was made up."""


class Outcome(NamedTuple):
    """What became of one thing, and why where that needs a word; `instead` is the command that helps."""

    thing: Thing
    became: Became
    why: str = ""
    instead: str = ""

    @property
    def family(self) -> Family:
        """What kind of thing it is."""
        return self.thing.family


def listed(thing: Thing, error: BillingError) -> Outcome:
    """It is for a person, with the reason."""
    why = f"{error.what} Rule {error.rule}" if error.rule else error.what
    return Outcome(thing, Became.LISTED, why, error.instead)


def by_hand(thing: Thing, what: str = "INVOICE") -> str:
    """The command that records money of a processor by hand, so that imports pass it over from then on."""
    amount = f'"{thing.amount}"' if thing.amount is not None else "..."
    return (
        f"billing-beans payment receive {what} --amount {amount} --date ... --method processor --into ACCOUNT "
        f"--source {thing.source}"
    )


@record
class Choices:
    """What the files do not say: the legal entity, its account at the processor, and the bank account of payouts."""

    processor: str
    label: str
    seller: str | None = None
    into: Account | None = None
    bank: Account | None = None
