"""Wallets in books that are there: what is granted, and what commands on it cost beside a full load by plain Beancount.

The grants are made by the real acts, many in one of them, so that making them takes a minute and not an hour.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from books import INVOICES_PER_CUSTOMER, TRANSACTIONS_PER_INVOICE
from index import BEAN_CHECK, COMMAND, CUSTOMER, Taken, Typical, taken, typical

from billing_beans.acts.act import Act
from billing_beans.acts.payments import ReceivePayment, receive_payment
from billing_beans.core.clock import FixedClock
from billing_beans.core.money import Money, parse_money
from billing_beans.credits.granting import BuyCredits, GrantCredits, bought, granted
from billing_beans.credits.records import Terms
from billing_beans.ledger.ledger import Asker, Ledger
from billing_beans.payments.operations import SubmitPayment

UNIT = "CREDIT-SGD"
OPENED = date(2026, 1, 1)
LOTS = 1_000
"""Open lots of the wallet that pays."""
GRANTS = 100_000
GRANTS_OF_ONE = 50
"""Grants of each customer in books of many."""
VALID_DAYS = 60
HOLDER = "holder-"
LAST_GRANT = date(2026, 9, 28)
"""Grants of 60 days have all expired on 2026-12-01."""
SEEN = "2026-12-01T01:00:00Z"


def _performed(root: Path, day: date, verb: Callable[[Act, int], None], count: int, seed: int = 1) -> None:
    clock = FixedClock(datetime(2026, 12, 1, 1, tzinfo=UTC))
    Ledger(root, clock, random.Random(seed).randbytes).perform(verb, count, Asker("bench", day))


def _set_up(root: Path, *texts: str) -> None:
    """A kind of credits, and what else is added to the catalogue by hand, from the first day of the books on."""
    unit = f'{OPENED} custom "billing" "credit-unit" "{UNIT}"\n  name: "Credits"\n  face: 1.00 SGD\n'
    with (root / "setup" / "setup.beancount").open("a", encoding="utf-8") as handle:
        handle.write("\n" + unit + "".join(texts))


def fill_wallet(root: Path, lots: int) -> None:
    """One customer has bought credits so many times, at prices of their own: each is a lot that is open."""
    _set_up(root)
    _performed(root, date(2026, 6, 1), _buy, lots)


def _buy(act: Act, lots: int) -> None:
    """A payment for all of them, and lots of 10 credits, of which some expire and some are for one meter only."""
    paid = Money(Decimal(9 * lots), "SGD")
    receive_payment(act, ReceivePayment(SubmitPayment(customer=CUSTOMER, amount=paid)))
    chance = random.Random(3)
    day = date(2026, 6, 1)
    for number in range(lots):
        expires_at = f"2027-{chance.randrange(1, 13):02}-01T00:00:00Z" if number % 2 else None
        terms = Terms(expires_at=expires_at, priority=chance.randrange(10) if number % 5 == 0 else None)
        act.record(
            bought(act.books, BuyCredits("payment/PAY-" + _last(act), Decimal(10), parse_money("9.00 SGD"), UNIT, terms=terms), day)
        )


def _last(act: Act) -> str:
    payment = next(fact for fact in act.facts if fact.shape.kind == "payment-verified")
    return payment.entities()[0].removeprefix("PAY-")


def grant_many(root: Path, grants: int) -> None:
    """Free credits for many customers, some each week, of which nine in ten have expired."""
    holders = (
        f'{OPENED} custom "billing" "customer" "{HOLDER}{one}"\n  name: "Holder {one}"\n  account: "Holder-{one}"\n'
        for one in range(max(1, grants // GRANTS_OF_ONE))
    )
    _set_up(root, *holders)
    _performed(root, OPENED, _grant, grants)


def _grant(act: Act, grants: int) -> None:
    holders = max(1, grants // GRANTS_OF_ONE)
    days = (LAST_GRANT - OPENED).days
    for number in range(grants):
        day = OPENED + timedelta(days=number * days // grants)
        terms = Terms(valid_days=VALID_DAYS if number // holders % 10 else 2 * 365)
        act.record(granted(act.books, GrantCredits(f"{HOLDER}{number % holders}", Decimal(25), "promo/BENCH", UNIT, terms=terms), day))
