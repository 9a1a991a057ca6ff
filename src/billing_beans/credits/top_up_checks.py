"""What must hold of top-ups by rules: each time is done once, as the rule says (W2)."""

from __future__ import annotations

from collections.abc import Iterator

from billing_beans.books import Books
from billing_beans.core.checks import Broken, check
from billing_beans.credits.facts import CreditGranted
from billing_beans.credits.rule_state import rule_and_day
from billing_beans.invoicing.facts import InvoiceDrafted


@check(
    CreditGranted,
    InvoiceDrafted,
    promise="W2: a rule tops up on its days, each time once, as it says.",
    remedy="keep one of both where two branches did the same; else let the tool do it: billing-beans credit rule run",
)
def topped_up_once(books: Books, fact: CreditGranted | InvoiceDrafted) -> Iterator[str | Broken]:
    named = rule_and_day(fact.source) if fact.source is not None else None
    if named is None or (isinstance(fact, InvoiceDrafted) and fact.revision != 1):
        return
    rule, day = named
    before = books.rules.occurrences.get(named)
    if before is not None:
        yield f"{fact.entities()[0]} is what {rule} does for {day}, and that is {before.grant or before.invoice} already"
        return
    from billing_beans.credits.rule_checks import not_as_said  # noqa: PLC0415 - it takes time, and few come this far

    yield from not_as_said(books, fact, rule, day)
