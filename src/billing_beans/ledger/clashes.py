"""What two branches can't both record, as a table: the collisions that the text of a ledger file shows by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from billing_beans.core.records import record
from billing_beans.ledger.blocks import Block, Key

Name = tuple[Key, int]
"""What a block is known by within one file: its key, and the how-manieth with that key it is."""


CHARGED: Final = "charged"
_PART = re.compile(r"^(?=[0-9]{4,}[-/])", re.MULTILINE)
_CHARGED = re.compile(r'^[ \t]+(charge|subscription|period-start):[ \t]+"?([^"\s]+)"?[ \t]*$', re.MULTILINE)


@record
class Clash:
    """Two new facts, one of each branch, that can't both stand; text alone shows it.

    A fact of a kind in `one` and a fact of a kind in `other` clash where all values named in `by` are equal. A value is
    metadata, or a custom directive's second value where it has no metadata of that name (its `invoice`, its `payment`),
    or `date`, or `values` (all values of a custom directive), or `charged` (each charge of a subscription that an invoice bills, with its
    first day); `revision=1` asks for just that value. An empty set of kinds means every kind; facts of one
    operation never clash. `what` and `instead` are said to the person: {it} is what both are about.
    """

    one: frozenset[str]
    other: frozenset[str]
    by: tuple[str, ...]
    what: str
    instead: str


def _twice(kinds: str, by: str, what: str, instead: str) -> Clash:
    return Clash(frozenset(kinds.split()), frozenset(kinds.split()), tuple(by.split()), what, instead)


_KEEP: Final = (
    "Keep one side's facts, take out the other's (what its operation wrote in other files too) and the markers, "
    "then git add"
)

# fmt: off
# What can happen once to a thing, and was done on both branches. Entitlements used up twice are not here: whether there
# were enough is no matter of text, and `billing-beans check` says it of the merged books. The first row that fits a
# pair gives the words, so the row that explains most stands first.
CLASHES: Final = (
    _twice("", "idempotency-key", "the request {it} was carried out on both branches",
        f"{_KEEP}: both did the same, and the first result counts."),
    _twice(
        "invoice-drafted", "invoice revision=1",
        "{it} was drawn on both branches",
        f"{_KEEP}, and draft the other again: it draws the next number. If both were sent already, keep one, "
        "draft and issue the other anew, and tell the customer that the number was replaced.",
    ),
    _twice("invoice-drafted invoice-revised", "invoice revision", "{it} was edited on both branches",
        f"{_KEEP}, and edit the invoice once more with what is missing."),
    _twice("invoice-issued", "invoice", "{it} was issued on both branches",
        f"{_KEEP}: an invoice is issued once."),
    _twice("invoice-issued invoice-voided", "invoice", "{it} was issued or voided on both branches",
        f"{_KEEP}. An invoice that was issued can be voided afterwards, or credited."),
    Clash(
        frozenset({"invoice-drafted", "invoice-revised"}), frozenset({"invoice-issued", "invoice-voided"}), ("invoice",),
        "{it} was edited on one branch, and issued or voided on the other",
        f"{_KEEP}. An issued invoice is not edited any more: void it or credit it afterwards.",
    ),
    _twice("invoice-posted", "invoice", "{it} was posted on both branches",
        f"{_KEEP}: an invoice is posted once, or its units would be granted twice (I6)."),
    _twice("payment-submitted", "payment", "payment {it} was submitted on both branches",
        f"{_KEEP}. If it is two payments, submit the other again: it gets the next id."),
    _twice("payment-verified payment-rejected", "payment",
        "payment {it} was verified or rejected on both branches",
        f"{_KEEP}: the money was received once or not at all."),
    _twice("payment-allocated", "allocation", "allocation {it} of unapplied money was made on both branches",
        f"{_KEEP}, and allocate the other again: it gets the next id."),
    _twice("credit-note-drafted", "credit-note", "credit note {it} was drawn on both branches",
        f"{_KEEP}, and credit the other again: it draws the next number. If both were sent already, keep one, issue the "
        "other anew, and tell the customer that the number was replaced."),
    _twice("credit-note-issued", "credit-note", "credit note {it} was issued on both branches",
        f"{_KEEP}: a credit note is issued once."),
    _twice("invoice-written-off", "write-off", "write-off {it} was made on both branches",
        f"{_KEEP}, and write the other off again: it gets the next id."),
    _twice("write-off-reversed", "write-off", "write-off {it} was taken back on both branches",
        f"{_KEEP}: it is taken back once."),
    _twice("invoice-opened", "invoice", "invoice {it} was opened on both branches",
        f"{_KEEP}: what was owed when the books began is opened once."),
    _twice("unapplied-opened", "opening", "opening {it} was made on both branches",
        f"{_KEEP}. If it is other money, open it again: it gets the next id."),
    _twice("lots-opened", "opening", "the lots {it} were opened on both branches",
        f"{_KEEP}: what was left when the books began is opened once."),
    _twice("credits-opened", "opening", "the credits {it} were opened on both branches",
        f"{_KEEP}: what was left when the books began is opened once."),
    _twice("deferred-opened", "opening", "the deferred revenue {it} was opened on both branches",
        f"{_KEEP}: what was left when the books began is opened once."),
    _twice("payment-charged-back", "chargeback", "chargeback {it} was recorded on both branches",
        f"{_KEEP}. If it is two chargebacks, record the other again: it gets the next id."),
    _twice("chargeback-reversed", "chargeback", "chargeback {it} was reversed on both branches",
        f"{_KEEP}: it is reversed once."),
    _twice("payout-received", "payout", "payout {it} was recorded on both branches",
        f"{_KEEP}. If it is two payouts, record the other again: it gets the next id."),
    _twice("payout-returned", "payout", "payout {it} was returned on both branches",
        f"{_KEEP}: it comes back once."),
    _twice("period-closed", "values", "the books were closed until {it} on both branches",
        f"{_KEEP}: a period is closed once."),
    _twice("refund-requested", "refund", "refund {it} was requested on both branches",
        f"{_KEEP}, and request the other again: it gets the next id."),
    _twice("refund-succeeded refund-failed", "refund", "refund {it} was settled on both branches",
        f"{_KEEP}: the money went out once or not at all."),
    _twice("credit-granted credit-requested credit-renewed", "grant", "grant {it} was given on both branches",
        f"{_KEEP}. If it is two grants, grant the other again: it gets the next id."),
    _twice("credit-applied credit-discounted", "application", "application {it} of credits was made on both branches",
        f"{_KEEP}, and apply the other again: it gets the next id."),
    _twice("credit-adjusted", "adjustment", "adjustment {it} of credits was made on both branches",
        f"{_KEEP}, and adjust the other again: it gets the next id."),
    _twice("credit-expired", "grant", "grant {it} was expired on both branches",
        f"{_KEEP}: what is left expires once."),
    _twice("revenue-released", "invoice line since",
        "revenue of {it} was released from the same day on, on both branches",
        f"{_KEEP}, and release again: a line's revenue is released once for each day."),
    _twice("revenue-released", "opening since",
        "revenue of {it} was released from the same day on, on both branches",
        f"{_KEEP}, and release again: deferred revenue is released once for each day."),
    Clash(
        frozenset({"revenue-released"}), frozenset({"invoice-voided"}), ("invoice",),
        "revenue of {it} was released on one branch, and it was voided on the other",
        f"{_KEEP}. An invoice of which revenue was released is not voided any more: credit it afterwards.",
    ),
    _twice("usage-rated", "subscription meter period-start",
        "usage of {it} was rated for the same period on both branches",
        f"{_KEEP}, and recalculate if usage is missing."),
    _twice("calculation", "calculation", "calculation {it} was made on both branches",
        f"{_KEEP}, and run the other again: it gets the next id."),
    _twice("subscription-started", "subscription", "subscription {it} was started on both branches",
        f"{_KEEP}. If it is two subscriptions, start the other again: it gets the next id."),
    _twice("run-started", "run revision", "{it} of a billing run was reckoned on both branches",
        f"{_KEEP}, with its file in pending/, and review.beancount as that side has it. If it is two runs, start the other again: it "
        "gets the next number; if it is one, billing-beans run redo reckons it anew."),
    _twice("run-posted run-discarded", "run", "billing run {it} was posted or discarded on both branches",
        f"{_KEEP}: a run is posted or discarded once."),
    _twice(
        "subscription-changed subscription-paused subscription-resumed subscription-cancelled subscription-renewed",
        "subscription", "something happened to subscription {it} on both branches",
        f"{_KEEP}, and record the other again, if it is still wanted: it counts on top of what was kept."),
    _twice("invoice-drafted", "charged", "{it} is billed on both branches",
        f"{_KEEP}: a run on the merged books bills what is missing then."),
    _twice("transfer-created", "transaction", "transfer {it} was created on both branches",
        f"{_KEEP}, and create the other again: it gets an id of its own."),
    _twice("transfer-accepted transfer-rejected", "transaction client",
        "transfer {it} was accepted or rejected on both branches",
        f"{_KEEP}: the money moves once or not at all."),
    _twice("policy", "values date", "{it} was chosen on both branches with the same date",
        f"{_KEEP}: the books do it in one way."),
    _twice("legal-entity customer bill-to tax-code tax-rule credit-unit product price agreement agreement-term top-up-rule meter plan", "values date",
        "{it} was added on both branches with the same date",
        f"{_KEEP}. If it is two, add the other again under another code."),
)
# fmt: on


def same_operation(mine: Block, yours: Block) -> bool:
    return mine.meta.get("operation", mine.id) == yours.meta.get("operation", yours.id)


def identities(
    blocks: Mapping[Name, Block], kinds: frozenset[str], by: tuple[str, ...]
) -> Iterator[tuple[Name, tuple[str, ...]]]:
    for name, block in blocks.items():
        if not kinds or block.kind in kinds:
            if by == (CHARGED,):
                yield from ((name, (one,)) for one in charged_by(block))
                continue
            values = tuple(value_of(block, of) for of in by)
            if all(values):
                yield name, values


def charged_by(block: Block) -> Iterator[str]:
    """The charges of subscriptions that an invoice bills, each with the day from which on: `seat of SUB-1 from 2026-02-01 on`."""
    if "charge:" not in block.directive:
        return
    for part in split_parts(block):
        said = dict(_CHARGED.findall(part))
        if "charge" in said and "subscription" in said:
            since = f" from {said['period-start']} on" if "period-start" in said else ""
            yield f"{said['charge']} of {said['subscription']}{since}"


def split_parts(block: Block) -> list[str]:
    """The text of each part of a fact."""
    return _PART.split(block.directive)[1:]


def value_of(block: Block, of: str) -> str:
    """The value of one column of `Clash.by`; empty where the fact has none, or not the one that is asked for."""
    name, _, wanted = of.partition("=")
    if name == "date":
        return block.date.replace("/", "-")
    if name == "values":
        return " ".join(block.values)
    about = block.values[0] if block.is_billing and block.values and name != "idempotency-key" else ""
    value = block.meta.get(name, about)
    return "" if wanted and value != wanted else value
