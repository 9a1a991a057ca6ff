"""What a person can fix, said in three parts: what was refused, which rule, and the way out.

Wrong use raises one of these. Problems found *in* a ledger are collected instead: see `core.check.Problem`.
"""

from __future__ import annotations

from typing import ClassVar


class BillingError(Exception):
    """A command that was refused; nothing was written.

    `what` names the thing and the facts that matter, `rule` the promise by its id (`I5: ...`), `instead` the command or
    the step that helps. `exit_status` is what the command line ends with.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, what: str, *, rule: str = "", instead: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.rule = rule
        self.instead = instead

    def __str__(self) -> str:
        rule = f"\nRule {self.rule}" if self.rule else ""
        instead = f"\nInstead: {self.instead}" if self.instead else ""
        return f"{self.what}{rule}{instead}"


class Refused(BillingError):
    """A rule of the books forbids it."""


class WrongUsage(BillingError):
    """The command was given something that it can't read: a number, a date, an id, a file."""

    exit_status = 2


class ProblemsInBooks(BillingError):
    """The books break a rule already, in something that the command touches."""

    exit_status = 3


class BooksUnusable(BillingError):
    """The books can't be found, read, locked or written."""

    exit_status = 4


class OutdatedIndex(Exception):
    """The index was made by another release, for other tables, or is damaged: delete it and fold the facts again."""
