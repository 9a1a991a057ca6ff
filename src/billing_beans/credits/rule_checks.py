"""What must hold of rules for top-ups, who gets which credits and when, and of what they do (W2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from billing_beans.books import Books
from billing_beans.catalog.credit_units import FINEST, LONGEST_VALIDITY, can_be_credits
from billing_beans.catalog.facts import Revenue, TopUpRuleAdded
from billing_beans.catalog.standards import is_identifier
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.credits.facts import CreditGranted
from billing_beans.credits.granting import MAX_PRIORITY, granted
from billing_beans.credits.rules import comes_on, grant_by, version_on, versions_named
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.payments.settling import as_called

RESTORE = "restore the text with git; what was recorded is never edited"


@check(
    TopUpRuleAdded,
    promise="W2: a rule says for which wallet, how many credits, and when; it stays with its wallet, and what has ended stays so.",
    remedy="correct what is wrong; docs/ledger.md says what a rule needs",
)
def sound_top_up_rule(books: Books, fact: TopUpRuleAdded) -> Iterator[str | Broken]:
    catalog, rule, day = books.catalog, fact.rule, fact.date
    known = (
        (catalog.customer(fact.customer, day), "customer", fact.customer),
        (catalog.entity(fact.seller, day), "legal entity", fact.seller),
        (catalog.credit_unit(fact.credit_unit, day), "kind of credits", fact.credit_unit),
    )
    for found, what, name in known:
        if found is None:
            yield Broken(f"{rule} names the {what} {name}, which is not there on {day}", "give the rule a later day")
    for units, what in ((fact.units, "gives"), (fact.below, "waits for less than")):
        if units is not None and not can_be_credits(units):
            yield Broken(f"{rule} {what} {units:f} credits", f"give a number above zero, of {FINEST} decimals at most")
    if fact.every is None and fact.below is None:
        yield Broken(f"{rule} does not say when", "write every: month, say, or below: 20, or both")
    yield from _terms(fact)
    yield from _sold(books, fact)
    yield from _goes_on(books, fact)


def _terms(fact: TopUpRuleAdded) -> Iterator[str]:
    if fact.valid_days is not None and not 0 < fact.valid_days <= LONGEST_VALIDITY:
        yield f"{fact.rule} gives credits for {fact.valid_days} days; they can be used for 1 to {LONGEST_VALIDITY}"
    if fact.priority is not None and not 0 <= fact.priority <= MAX_PRIORITY:
        yield f"{fact.rule} gives credits of priority {fact.priority}, which is none of 0 to {MAX_PRIORITY}"
    for name, value in (("subscription", fact.scope_subscription), ("meter", fact.scope_meter)):
        if value is not None and not is_identifier(value):
            yield f"{fact.rule} gives credits for the {name} {value!r}, which is no id"


def _sold(books: Books, fact: TopUpRuleAdded) -> Iterator[str]:
    """Where an invoice sells the credits, its product does, and says for how long they can be used."""
    if fact.product is None:
        return
    product = books.catalog.product(fact.product, fact.date)
    if product is None or product.revenue is not Revenue.TOP_UP or product.credit_unit != fact.credit_unit:
        yield f"{fact.rule} sells {fact.credit_unit} by {fact.product}, which is not the product for it on {fact.date}"
    said = (fact.scope_subscription, fact.scope_meter, fact.valid_days, fact.priority)
    if any(value is not None for value in said):
        yield f"{fact.rule} sells credits by {fact.product}, which says how they can be used, and says so itself"


def _goes_on(books: Books, fact: TopUpRuleAdded) -> Iterator[str]:
    """A version follows those before it."""
    versions = [*books.catalog.top_up_rules.range("versions", fact.rule)]
    if not versions:
        if fact.active_until is not None and fact.active_until < fact.date:
            yield f"{fact.rule} begins on {fact.date}, and its last day is {fact.active_until}, which is earlier"
        return
    before = versions[-1]
    if (before.customer, before.seller, before.credit_unit) != (fact.customer, fact.seller, fact.credit_unit):
        yield f"{fact.rule} is for {before.credit_unit} of {before.customer} with {before.seller}, and can't be for another wallet"
    ended = before.active_until or date.max
    if ended < fact.date and (fact.active_until or date.max) > ended:
        yield f"{fact.rule} ended on {ended}, and goes on from {fact.date}"


def not_as_said(books: Books, fact: CreditGranted | InvoiceDrafted, rule: str, day: date) -> Iterator[str | Broken]:
    """Where what a rule does for a day is no day of it, or not what its version of that day says."""
    what = fact.entities()[0]
    versions = versions_named(books, rule)
    version = version_on(versions, day)
    if version is None or not (version.below is not None or comes_on(versions, day)):
        yield f"{what} is what {rule} does for {day}, and that is no day of it"
    elif fact.date < day:
        yield f"{what} is dated {fact.date}, and {rule} does it for {day}"
    elif isinstance(fact, InvoiceDrafted):
        yield from _invoiced(version, fact)
    else:
        yield from _granted(books, version, fact, day)


def _granted(books: Books, version: TopUpRuleAdded, fact: CreditGranted, day: date) -> Iterator[str | Broken]:
    if version.product is not None:
        yield f"{fact.grant} is free, and {version.rule} sells credits by {version.product}"
        return
    expected = granted(books, grant_by(version, day, fact.grant), fact.date)
    if differs := difference(fact, as_called(books, fact.customer, fact, expected)):
        yield Broken(f"{fact.grant} is not what {version.rule} gives on {day}: {differs}", RESTORE)


def _invoiced(version: TopUpRuleAdded, fact: InvoiceDrafted) -> Iterator[str | Broken]:
    said = [(fact.customer, fact.seller), *((line.product, line.credit_unit, line.units) for line in fact.lines)]
    wanted = [(version.customer, version.seller), (version.product, version.credit_unit, version.units)]
    if said != wanted:
        sold = f"{version.units:f} {version.credit_unit} to {version.customer}, by {version.product or 'no invoice'}"
        yield Broken(f"{fact.invoice} is what {version.rule} does, and does not sell {sold}", RESTORE)
