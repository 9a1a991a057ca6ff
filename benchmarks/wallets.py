"""Wallets in books that are there: how they are filled, and what commands on them cost, through the index.

They are filled by the real acts, many in one of them, so that it takes a minute and not hours.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

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
HOLDER = "holder-"
OPENED, BOUGHT, LAST_GRANT = date(2026, 1, 1), date(2026, 6, 1), date(2026, 9, 28)
GRANTS_OF_ONE = 50
VALID_DAYS, VALID_LONG = 60, 730
"""Nine grants in ten have expired when the commands run, on 2026-12-01."""


def fill_wallet(root: Path, lots: int) -> None:
    """One customer has bought credits so many times: each is a lot of 10 that is open, half of them expire some day."""
    _set_up(root)
    _perform(root, BOUGHT, _buy, lots)


def grant_many(root: Path, grants: int) -> None:
    """So many grants, fifty for each of other customers, from January to September."""
    holders = range(max(1, grants // GRANTS_OF_ONE))
    customer = '{day} custom "billing" "customer" "{name}{one}"\n  name: "Holder {one}"\n  account: "Holder-{one}"\n'
    _set_up(root, *(customer.format(day=OPENED, name=HOLDER, one=one) for one in holders))
    _perform(root, OPENED, _grant, grants)


def _set_up(root: Path, *texts: str) -> None:
    """A kind of credits, and what else the catalogue needs, by hand."""
    unit = f'{OPENED} custom "billing" "credit-unit" "{UNIT}"\n  name: "Credits"\n  face: 1.00 SGD\n'
    with (root / "setup" / "setup.beancount").open("a", encoding="utf-8") as handle:
        handle.write("\n" + unit + "".join(texts))


def _perform(root: Path, day: date, verb: Callable[[Act, int], None], count: int) -> None:
    clock = FixedClock(datetime(2026, 12, 1, 1, tzinfo=UTC))
    Ledger(root, clock, random.Random(1).randbytes).perform(verb, count, Asker("bench", day))


def _buy(act: Act, lots: int) -> None:
    receive_payment(act, ReceivePayment(SubmitPayment(customer=CUSTOMER, amount=Money(Decimal(9 * lots), "SGD"))))
    payment = next(one.entities()[0] for one in act.facts if one.shape.kind == "payment-verified")
    chance = random.Random(2)
    for number in range(lots):
        terms = Terms(expires_at=f"2027-{chance.randrange(1, 13):02}-01T00:00:00Z" if number % 2 else None)
        request = BuyCredits(f"payment/{payment}", Decimal(10), parse_money("9.00 SGD"), UNIT, terms=terms)
        act.record(bought(act.books, request, BOUGHT))


def _grant(act: Act, grants: int) -> None:
    holders = max(1, grants // GRANTS_OF_ONE)
    for number in range(grants):
        day = OPENED + (LAST_GRANT - OPENED) * number // grants
        terms = Terms(valid_days=VALID_DAYS if number // holders % 10 else VALID_LONG)
        holder = f"{HOLDER}{number % holders}"
        act.record(granted(act.books, GrantCredits(holder, Decimal(25), "promo/BENCH", UNIT, terms=terms), day))


class Wallets:
    """Commands on books that stay where they are."""

    def __init__(self, root: Path, answer: Path, customer: str) -> None:
        self._root = root
        self._answer = answer
        self._customer = customer

    def run(self, *words: str) -> Taken:
        return taken(COMMAND, "--books", self._root, *words)

    def billed(self, hours: str) -> str:
        """The number of an invoice that was issued to the customer."""
        sale = ("invoice", "draft", self._customer, "consulting", hours, "--json")
        taken(COMMAND, "--books", self._root, *sale, out=self._answer)
        number: str = json.loads(self._answer.read_text(encoding="utf-8"))["facts"][0]["invoice"]
        self.run("invoice", "issue", number)
        return number

    # What is measured: each gives the cost of one command, and prepares what that needs.

    def apply(self) -> Taken:
        """16.35 SGD, which two lots pay of all that are open."""
        return self.run("credit", "apply", self.billed("0.1"))

    def balance(self) -> Taken:
        return self.run("credit", "balance", self._customer)

    def grant(self) -> Taken:
        return self.run("credit", "grant", self._customer, "1")


PAYING: Mapping[str, Callable[[Wallets], Taken]] = {
    "credit apply": Wallets.apply,
    "credit balance CUSTOMER": Wallets.balance,
}
HOLDING: Mapping[str, Callable[[Wallets], Taken]] = {
    "credit balance CUSTOMER": Wallets.balance,
    "credit grant": Wallets.grant,
}


def measured(
    roots: Mapping[int, Path],
    answer: Path,
    runs: int,
    customer: str,
    commands: Mapping[str, Callable[[Wallets], Taken]],
) -> Iterator[tuple[str, int, Typical]]:
    """Each command in each of the books; they take turns, so that whatever else the machine does hits all of them."""
    every = {size: Wallets(root, answer, customer) for size, root in roots.items()}
    for wallets in every.values():
        wallets.balance()  # The index is there, and its files are in the machine's memory.
    for name, measure in commands.items():
        seen: dict[int, list[Taken]] = {size: [] for size in every}
        for _ in range(runs):
            for size, wallets in every.items():
                seen[size].append(measure(wallets))
        for size, costs in seen.items():
            yield name, size, typical(costs)


def used_up(root: Path, answer: Path, lots: int) -> Taken:
    """One invoice that all open lots pay, as far as they go: it is over more than their 10.00 SGD each."""
    wallets = Wallets(root, answer, CUSTOMER)
    return wallets.run("credit", "apply", wallets.billed(str(max(1, lots // 10))))


def swept(root: Path) -> Iterator[tuple[str, Taken]]:
    """All that has expired is written off in one run; once more; and what reads all of that: once each."""
    books = (COMMAND, "--books", root)
    yield "credit expire", taken(*books, "credit", "expire")
    yield "once more", taken(*books, "credit", "expire")
    yield "check", taken(*books, "check")
    yield "bean-check -C", taken(BEAN_CHECK, "-C", root / "plain.beancount")
