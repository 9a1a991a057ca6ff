"""Charges of a plan as people type them, and plans in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanAdded, PlanCharge, Timing
from billing_beans.catalog.plans import AddCharge
from billing_beans.catalog.price_words import price_words
from billing_beans.catalog.versions import differences
from billing_beans.core.calendar import Every
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import parse_number

FORM = "PRODUCT, NAME=PRODUCT, and behind it :in-arrears or :once, and :NUMBER for a fixed quantity: setup:once:1"

EVERY = {
    Every.DAY: "every day",
    Every.WEEK: "every week",
    Every.MONTH: "every month",
    Every.QUARTER: "every quarter",
    Every.HALF_YEAR: "every half year",
    Every.YEAR: "every year",
}
_TIMING = {
    Timing.IN_ADVANCE: "in advance",
    Timing.IN_ARREARS: "in arrears",
    Timing.ONCE: "once, with the first period",
}


def read_charge(text: str) -> AddCharge:
    """A charge as it is typed: `seat`, `base:1`, `support=hotline:in-arrears`, `setup:once:1`. Raises `WrongUsage`."""
    what, *said = (part.strip() for part in text.split(":"))
    name, equals, product = what.rpartition("=")
    if not product or (equals and not name) or "=" in name:
        raise WrongUsage(f"{text!r} is no charge of a plan.", instead=f"write it as {FORM}")
    timing: Timing | None = None
    quantity: Decimal | None = None
    for word in said:
        if word in [one.value for one in Timing] and timing is None:
            timing = Timing(word)
        elif quantity is None and _begins_like_a_number(word):
            quantity = parse_number(word)
        else:
            raise WrongUsage(
                f"{word!r} in {text!r} is neither when it is charged nor how many.",
                instead=f"in-advance, in-arrears or once, and a number: {FORM}",
            )
    return AddCharge(product, timing or Timing.IN_ADVANCE, quantity, name or None)


def _begins_like_a_number(word: str) -> bool:
    return word.lstrip("-+.,")[:1].isdigit()


def charge_words(charge: PlanCharge) -> str:
    """A charge as it is typed, which says all of it: `support=hotline:in-arrears`."""
    named = charge.product if charge.charge == charge.product else f"{charge.charge}={charge.product}"
    timing = "" if charge.timing is Timing.IN_ADVANCE else f":{charge.timing}"
    return f"{named}{timing}{f':{charge.quantity:f}' if charge.quantity is not None else ''}"


def charges_words(charges: Iterable[PlanCharge]) -> str:
    return ", ".join(map(charge_words, charges))


def timing_words(charge: PlanCharge) -> str:
    return _TIMING[charge.timing]


def quantity_words(charge: PlanCharge) -> str:
    """How many it charges."""
    return "the subscription's" if charge.quantity is None else f"{charge.quantity:f}"


def charge_rows(books: Books, plan: PlanAdded, day: date, no_price: str) -> list[tuple[str, ...]]:
    """What a plan charges: name, quantity, product, when, and the price on a day, or the words for none."""
    return [
        (
            one.charge,
            quantity_words(one),
            one.product,
            timing_words(one),
            prices_words(books, one.product, day) or no_price,
        )
        for one in plan.charges
    ]


def prices_words(books: Books, product: str, day: date) -> str:
    """What one of a product costs on a day, for all and by country: `30.00 USD, 40.00 SGD (SG)`; empty without a price."""
    found = sorted(books.catalog.active_prices(product, day), key=lambda one: (one.country or "", one.price))
    return ", ".join(f"{price_words(one)}{f' ({one.country})' if one.country else ''}" for one in found)


def priceless(books: Books, plan: PlanAdded) -> list[str]:
    """The products of a plan that have no price when it begins."""
    products = dict.fromkeys(charge.product for charge in plan.charges)
    return [one for one in products if not prices_words(books, one, plan.date)]


def change_words(before: PlanAdded | None, plan: PlanAdded) -> str:
    """What a version of a plan says that the one before didn't."""
    if before is None:
        return "first"
    said = {"charges": charges_words(plan.charges)}
    values = ((key, said.get(key) or getattr(plan, key.replace("-", "_"))) for key in differences(before, plan))
    return ", ".join(f"{key} {'(none)' if value is None else value}" for key, value in values) or "nothing"
