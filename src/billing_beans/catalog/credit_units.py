"""Kinds of credits and the policies of a book, made from what a person asks for; and which credits there can be."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import CreditUnitAdded, PolicyChosen
from billing_beans.catalog.policies import POLICIES
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import Money, is_within_limits
from billing_beans.core.records import record

LONGEST_VALIDITY = 36_525
"""Days for which credits can be used; more than a hundred years is a typing error."""
FINEST = 6
"""Decimals that a number of credits has at most."""

_NAME = re.compile(r"CREDIT(-[A-Z0-9]+)*")
_LONGEST_NAME = 20


@record
class AddCreditUnit:
    """A kind of credits: what one of them is worth when it is used, and what people call it."""

    credit_unit: str
    face: Money
    name: str | None = None


@record
class ChoosePolicy:
    """How these books do something from a day on."""

    policy: str
    choice: str


def is_credit_unit(name: str) -> bool:
    """Whether this can be the commodity of credits: `CREDIT`, or `CREDIT-` and capitals, digits and dashes; twenty at most.

    What ends with -FEE is a platform fee, in any ledger.
    """
    return _NAME.fullmatch(name) is not None and len(name) <= _LONGEST_NAME and not name.endswith("-FEE")


def can_be_credits(units: Decimal) -> bool:
    """Whether so many credits can be granted: above zero, not too many, six decimals at most."""
    return is_within_limits(units) and units > 0 and units == round(units, FINEST)


def credit_unit_added(books: Books, request: AddCreditUnit, day: date) -> CreditUnitAdded:
    """A kind of credits from this day on (W1). Without a name it is called as before, or as it is written. Raises `Refused`."""
    before = books.catalog.credit_unit(request.credit_unit, day)
    if before is not None and before.face != request.face:
        raise Refused(
            f"One {before.credit_unit} is worth {before.face.number:f} {before.face.currency} since {before.date}.",
            rule="W1: one credit is worth the same in money whenever it is used.",
            instead="add another kind of credits, with a name of its own",
        )
    name = request.name if request.name is not None else before.name if before else request.credit_unit
    return CreditUnitAdded(date=day, credit_unit=request.credit_unit, name=name, face=request.face)


def policy_chosen(request: ChoosePolicy, day: date) -> PolicyChosen:
    """How these books do something from this day on (architecture, rule 10). Raises `WrongUsage`."""
    if request.policy not in POLICIES:
        raise WrongUsage(
            f"There is no policy {request.policy}.",
            rule="10 of the architecture: what can be done in several ways is a named policy.",
            instead=f"choose one of {', '.join(POLICIES)}; billing-beans book policy lists them",
        )
    choices = [one.value for one in POLICIES[request.policy]]
    if request.choice not in choices:
        raise WrongUsage(
            f"{request.choice!r} is no choice of {request.policy}.",
            rule="10 of the architecture: what can be done in several ways is a named policy.",
            instead=f"choose one of {', '.join(choices)}",
        )
    return PolicyChosen(date=day, policy=request.policy, choice=request.choice)
