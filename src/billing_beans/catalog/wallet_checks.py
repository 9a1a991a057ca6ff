"""What must hold of kinds of credits, of products that sell them, and of policies."""

from __future__ import annotations

from collections.abc import Iterator

from billing_beans.books import Books
from billing_beans.catalog.credit_units import FINEST, LONGEST_VALIDITY, can_be_credits, is_credit_unit
from billing_beans.catalog.facts import CreditUnitAdded, PolicyChosen, ProductAdded, Revenue
from billing_beans.catalog.policies import POLICIES
from billing_beans.catalog.standards import is_identifier
from billing_beans.core.checks import Broken, check
from billing_beans.core.errors import BillingError
from billing_beans.core.money import is_within_limits, minor_digits


@check(
    CreditUnitAdded,
    promise="W1: one credit is worth the same in money whenever it is used.",
    remedy="correct what is wrong; what is worth something else is another kind of credits, with a name of its own",
)
def sound_credit_unit(books: Books, fact: CreditUnitAdded) -> Iterator[str | Broken]:
    unit, face = fact.credit_unit, fact.face
    if not is_credit_unit(unit):
        yield Broken(
            f"{unit!r} can't be the name of credits",
            "write CREDIT, or CREDIT- and capitals, digits and dashes, twenty characters at most: CREDIT-USD",
        )
    if not fact.name.strip():
        yield Broken(f"{unit} has no name", "say what invoices and statements call it")
    try:
        minor_digits(face.currency)
    except BillingError as error:
        yield Broken(error.what, error.instead or "write its ISO 4217 code, such as USD")
    if face.number <= 0 or not is_within_limits(face.number):
        yield Broken(
            f"one {unit} is worth {face.number:f} {face.currency}", "say what one is worth: above zero, 1.00 USD"
        )
    for other in books.catalog.credit_units.range("versions", unit):
        if other.face != face:
            yield f"one {unit} is worth {face.number:f} {face.currency}, and {other.face.number:f} {other.face.currency} from {other.date} on"
            break
    granting = next(iter(books.catalog.products.range("unit", unit)), None)
    if granting is not None:
        yield f"{unit} can't be credits: {granting.product} grants it as an entitlement"


@check(
    PolicyChosen,
    promise="10 of the architecture: what can be done in several ways is a named policy, with choices that are known.",
    remedy="billing-beans book policy lists the policies and what can be chosen",
)
def sound_policy(_books: Books, fact: PolicyChosen) -> Iterator[str | Broken]:
    if fact.policy not in POLICIES:
        yield f"there is no policy {fact.policy!r}"
    elif fact.choice not in (choices := [one.value for one in POLICIES[fact.policy]]):
        yield Broken(f"{fact.choice!r} is no choice of {fact.policy}", f"choose one of {', '.join(choices)}")


@check(
    ProductAdded,
    promise="W2: a top-up sells so many credits of a kind that is known; nothing else does.",
    remedy="correct what is wrong; docs/ledger.md says what a product needs",
)
def sound_top_up(books: Books, fact: ProductAdded) -> Iterator[str | Broken]:
    if fact.meter is not None and not is_identifier(fact.meter):
        yield Broken(f"{fact.product} is sold by the meter {fact.meter!r}", "name a meter as it is, such as api-calls")
    if fact.entitlement is not None and any(
        True for _ in books.catalog.credit_units.range("versions", fact.entitlement)
    ):
        yield f"{fact.product} can't grant {fact.entitlement} as an entitlement: it is a kind of credits"
    if fact.revenue is Revenue.TOP_UP:
        yield from _sells_credits(books, fact)
    else:
        yield from _sells_none(fact)


def _sells_credits(books: Books, fact: ProductAdded) -> Iterator[str | Broken]:
    product, unit = fact.product, fact.credit_unit
    if unit is None:
        yield Broken(f"{product} is a top-up, and says not of which credits", "name them with --credit-unit CREDIT-USD")
    elif books.catalog.credit_unit(unit, fact.date) is None:
        yield Broken(
            f"{product} sells {unit}, and there are no such credits on {fact.date}",
            "billing-beans credit unit list; or add them with the same date or an earlier one: "
            f'billing-beans credit unit add {unit} --face "1.00 USD"',
        )
    if fact.units_per_quantity is None:
        yield Broken(f"{product} is a top-up, and says not how many credits one is", "say it with --units")
    for units, what in ((fact.units_per_quantity, ""), (fact.bonus_units, " as a bonus")):
        if units and not can_be_credits(units):
            yield Broken(
                f"{product} sells {units:f} credits{what} for each",
                f"give a number above zero, of {FINEST} decimals at most",
            )
    if fact.valid_days is not None and not 0 < fact.valid_days <= LONGEST_VALIDITY:
        yield Broken(
            f"the credits of {product} can be used for {fact.valid_days} days", f"give 1 to {LONGEST_VALIDITY} days"
        )
    for value, what in (
        (fact.platform_fee_bps, "a platform fee"),
        (fact.fee_tax_code, "a tax on a platform fee"),
        (fact.income, "an income account"),
    ):
        if value is not None:
            yield f"{product} is a top-up and has {what}; credits are what a customer has paid for and not used yet"


def _sells_none(fact: ProductAdded) -> Iterator[str | Broken]:
    for value, option in (
        (fact.credit_unit, "credit-unit"),
        (fact.bonus_units, "bonus-units"),
        (fact.valid_days, "valid-days"),
    ):
        if value is not None:
            yield Broken(
                f"{fact.product} says {option}, and its revenue counts {fact.revenue}",
                f"a top-up is sold with --revenue {Revenue.TOP_UP.value}; else leave out --{option}",
            )
