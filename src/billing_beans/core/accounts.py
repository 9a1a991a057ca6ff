"""The chart of accounts: which account holds what, and how its name is made.

An account of billing is `<root>:<entity>:<component>[:<owner>...]`, so each legal entity has a balance sheet of its own
(B3). A `Role` is one row of the chart; the facts say by role what they move.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import NamedTuple, NewType

from billing_beans.core.errors import WrongUsage

Account = NewType("Account", str)


class Role(Enum):
    """A row of the chart: the root, the component behind the legal entity, and whether it belongs to the tool.

    Accounts of the tool are touched by facts only; the others are shared with the accountant.
    """

    RECEIVABLE = ("Assets", "Receivable", True)
    UNBILLED = ("Assets", "Unbilled", True)
    BILLED = ("Liabilities", "Billed", True)
    DEFERRED = ("Liabilities", "Deferred", True)
    UNAPPLIED = ("Liabilities", "Unapplied", True)
    CREDITS = ("Liabilities", "Credits", True)
    ENTITLEMENTS = ("Liabilities", "Entitlements", True)
    PLATFORM_FEE = ("Liabilities", "PlatformFee", True)
    WALLET = ("Liabilities", "Wallet", True)
    TRANSFERS = ("Equity", "Transfers", True)
    OPENING = ("Equity", "Opening", True)
    TAX = ("Liabilities", "Tax", False)
    PAYABLE = ("Liabilities", "Payable", False)
    BANK = ("Assets", "Bank", False)
    PROCESSOR = ("Assets", "Processor", False)
    PROCESSOR_FEES = ("Expenses", "ProcessorFees", False)
    BANK_CHARGES = ("Expenses", "BankCharges", False)
    WRITE_OFF = ("Expenses", "WriteOff", False)
    FX = ("Income", "FX", False)
    INCOME = ("Income", "", False)

    def __init__(self, root: str, component: str, of_the_tool: bool) -> None:
        self.root = root
        self.component = component
        self.of_the_tool = of_the_tool

    @property
    def holds_lots(self) -> bool:
        """Whether what it holds are units at a cost."""
        return self in (Role.CREDITS, Role.ENTITLEMENTS, Role.PLATFORM_FEE)

    # Roles are dictionary keys in the hot path of every load; Enum's own __hash__ is a Python function.
    __hash__ = object.__hash__


class Place(NamedTuple):
    """An account's name, read: whose it is and what it holds."""

    role: Role
    entity: str
    owner: tuple[str, ...]


_BY_COMPONENT = {(role.root, role.component): role for role in Role if role.component}
_COMPONENT = re.compile(r"[A-Z0-9][A-Za-z0-9-]*")
_UNIT = re.compile(r"[A-Z][A-Z0-9-]{0,18}[A-Z0-9]")


@cache
def place_of(account: str) -> Place | None:
    """What this account holds, or None for an account that billing knows nothing of."""
    root, *rest = account.split(":")
    if len(rest) < 2:
        return None
    entity, component, *owner = rest
    role = _BY_COMPONENT.get((root, component))
    if role is not None:
        return Place(role, entity, tuple(owner))
    return Place(Role.INCOME, entity, (component, *owner)) if root == "Income" else None


@cache
def account_of(role: Role, entity: str, *owner: str) -> Account:
    """The account of this role: `account_of(Role.RECEIVABLE, "SG", "Acme")` is `Assets:SG:Receivable:Acme`."""
    held_at = f"{role.root}:{entity}:{role.component}" if role.component else f"{role.root}:{entity}"
    return Account(":".join((held_at, *owner)))


BREAKAGE = "Breakage"
"""The component of the income that paid credits become which are never used."""

PAID, FREE = "Paid", "Free"
"""The last component of the two accounts that a customer's credits have."""


def credit_account(entity: str, owner: str, *, paid: bool) -> Account:
    """The account of the paid, or of the free, credits of a customer."""
    return account_of(Role.CREDITS, entity, owner, PAID if paid else FREE)


def is_paid(account: str) -> bool:
    """Whether an account of credits is that of paid ones."""
    return account.endswith(f":{PAID}")


def component_of(identifier: str) -> str:
    """The account component for a customer or an entity: `acme-corp` becomes `Acme-Corp`.

    Raises `WrongUsage` where the identifier holds what an account's name can't.
    """
    component = "-".join(word[:1].upper() + word[1:] for word in identifier.split("-"))
    if not is_component(component):
        raise WrongUsage(
            f"No account can be named after {identifier!r}: only letters A to Z, digits and dashes are possible.",
            instead="give the name of the account with --account, for example --account Acme",
        )
    return component


def is_component(text: str) -> bool:
    return _COMPONENT.fullmatch(text) is not None


def is_unit(text: str) -> bool:
    """Whether this can be the commodity of an entitlement: capitals, digits and dashes, two to twenty of them."""
    return _UNIT.fullmatch(text) is not None


@cache
def unit_component(unit: str) -> str:
    """The account component of an entitlement: `PLACEMENT` becomes `Placement`."""
    return "-".join(word.capitalize() for word in unit.split("-"))


def fee_unit(unit: str) -> str:
    """The commodity of the platform fee that is attached to a unit: `GIG-FEE` for `GIG`."""
    return f"{unit}-FEE"
