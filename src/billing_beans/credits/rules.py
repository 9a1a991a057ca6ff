"""Rules by which customers get credits again and again: how one is added and ended, and what is due by them (W2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.credit_units import LONGEST_VALIDITY
from billing_beans.catalog.facts import CreditUnitAdded, TopUpRuleAdded
from billing_beans.catalog.versions import differences, same_content, without_envelope
from billing_beans.core.calendar import Every, days_anchored, next_anchored
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.ids import CustomerId, EntityId, ProductId, RuleId
from billing_beans.core.records import record
from billing_beans.credits.facts import CreditType
from billing_beans.credits.granting import MAX_PRIORITY, NO_TERMS, GrantCredits, check_units, quantity_of
from billing_beans.credits.moments import has_expired
from billing_beans.credits.records import Terms
from billing_beans.credits.rule_state import source_of
from billing_beans.credits.state import wallet_key
from billing_beans.credits.units import unit_chosen
from billing_beans.invoicing.operations import DraftInvoice, customer_of, parties_named, seller_of

PREFIX = "RULE"
_DAY = timedelta(days=1)
_ONCE = "W2: what a rule has done stays; what changes is a new version of a later date."
_ZERO = Decimal(0)

Versions = Sequence[TopUpRuleAdded]
"""The versions of one rule by date, one at least."""


@record
class AddRule:
    """A rule, or the next version of one that is named: `units` credits `every` so often, or when fewer than `below` are available.

    With a product an invoice sells them; else they are free, and can be used as `terms` say: scope, valid days, priority. `until` is
    its last day.
    """

    customer: str
    units: Decimal
    every: Every | None = None
    below: Decimal | None = None
    product: str | None = None
    credit_unit: str | None = None
    terms: Terms = NO_TERMS
    seller: str | None = None
    since: date | None = None
    until: date | None = None
    rule: str | None = None


@record
class EndRule:
    """Nothing more is done by a rule from the day of the act on; or `until` is its last day."""

    rule: str
    until: date | None = None


def versions_named(books: Books, rule: str) -> Versions:
    """The versions of the rule of this id. Raises `Refused`."""
    versions = [*books.catalog.top_up_rules.range("versions", rule)]
    if not versions:
        raise Refused(f"There is no rule {rule}.", instead="billing-beans credit rule list --all")
    return versions


def every_rule(books: Books, customer: str | None = None) -> list[Versions]:
    """The versions of each rule of a customer, or of all, rule by rule."""
    rules = books.catalog.top_up_rules
    found: dict[str, list[TopUpRuleAdded]] = {}
    units = books.catalog.valid_on(CreditUnitAdded, date.max)
    groups = [("unit", one.credit_unit) for one in units] if customer is None else [("customer", customer)]
    for index, group in groups:
        for one in rules.range(index, group):
            found.setdefault(one.rule, []).append(one)
    return [*found.values()]


def last_day_of(versions: Versions) -> date:
    """The last day on which a rule does anything: as its last version says."""
    return versions[-1].active_until or date.max


def version_on(versions: Versions, day: date) -> TopUpRuleAdded | None:
    """What a rule says on a day; None before its first day and behind its last."""
    begun = [one for one in versions if one.date <= day]
    return begun[-1] if begun and day <= last_day_of(versions) else None


def comes_on(versions: Versions, day: date) -> bool:
    """Whether a rule does something on a day, as often as it says, whatever is available."""
    version = version_on(versions, day)
    if version is None or version.every is None:
        return False
    return next_anchored(versions[0].date, version.every, day - _DAY) == day


def days_due(books: Books, versions: Versions, until: date) -> Iterator[date]:
    """The days up to one on which a rule has something to do that is not done. What came before the last that is done is done."""
    done = books.rules.occurrences.last("rule", versions[0].rule)
    end = min(until, last_day_of(versions))
    yield from _days_behind(versions, done.day if done is not None else date.min, end)


def next_day(books: Books, versions: Versions) -> date | None:
    """The first day on which a rule has something to do that is not done, also one to come."""
    done = books.rules.occurrences.last("rule", versions[0].rule)
    after = done.day if done is not None else date.min
    horizon = max(after, versions[-1].date) + timedelta(days=_LONGEST_PERIOD)
    return next(_days_behind(versions, after, min(horizon, last_day_of(versions))), None)


_LONGEST_PERIOD = 366
"""Days within which what comes again has come."""


def _days_behind(versions: Versions, after: date, until: date) -> Iterator[date]:
    for version, following in zip(versions, [*versions[1:], None], strict=True):
        end = until if following is None else min(until, following.date - _DAY)
        if version.every is not None:
            yield from days_anchored(versions[0].date, version.every, max(after, version.date - _DAY), end)


def wallet_topped_up(books: Books, version: TopUpRuleAdded, day: date) -> str:
    """The key of the wallet that a rule tops up."""
    return wallet_key(*parties_named(books, version.seller, version.customer, day), version.credit_unit)


def falls_short(books: Books, version: TopUpRuleAdded, day: date, moment: str) -> bool:
    """Whether fewer credits are available than a rule asks for; never of one that asks for none."""
    if version.below is None:
        return False
    lots = books.credits.lots.range("open", wallet_topped_up(books, version, day))
    available = sum((lot.usable for lot in lots if not has_expired(lot.terms, moment)), start=_ZERO)
    return available < version.below


def awaited_invoice(books: Books, version: TopUpRuleAdded, day: date) -> str | None:
    """An invoice of a rule whose credits wait for its payment."""
    for grant in books.credits.grants.range("pending", wallet_topped_up(books, version, day)):
        for made in books.rules.occurrences.range("invoice", grant.invoice) if grant.invoice is not None else ():
            if made.rule == version.rule:
                return grant.invoice
    return None


def grant_by(version: TopUpRuleAdded, day: date, grant: str | None = None) -> GrantCredits:
    """The free credits that a rule grants for a day."""
    terms = Terms(
        version.scope_subscription, version.scope_meter, priority=version.priority, valid_days=version.valid_days
    )
    return GrantCredits(
        version.customer,
        version.units,
        source_of(version.rule, day),
        version.credit_unit,
        CreditType.PROMO,
        terms=terms,
        seller=version.seller,
        grant=grant,
    )


def rule_added(books: Books, request: AddRule, day: date) -> TopUpRuleAdded | None:
    """A rule from a day on, with the next id RULE-n; or the next version of the one that is named, None where it says nothing else.

    Raises `Refused` or `WrongUsage`.
    """
    since = request.since or day
    versions = [*books.catalog.top_up_rules.range("versions", request.rule)] if request.rule is not None else []
    before = versions[-1] if versions else None
    seller = _seller(books, request, before, since)
    product = books.catalog.product(request.product, since) if request.product is not None else None
    _check_request(request, since)
    if product is not None and product.credit_unit is not None:
        quantity_of(request.units, product)
    unit = request.credit_unit or (product.credit_unit if product else None) or (before.credit_unit if before else None)
    terms = request.terms
    fact = TopUpRuleAdded(
        date=since,
        rule=RuleId(request.rule or books.catalog.counters.next(PREFIX)),
        customer=CustomerId(request.customer),
        seller=EntityId(seller),
        credit_unit=unit_chosen(books, unit, since).credit_unit,
        units=request.units,
        every=request.every,
        below=request.below,
        product=ProductId(request.product) if request.product is not None else None,
        scope_subscription=terms.subscription,
        scope_meter=terms.meter,
        valid_days=terms.valid_days,
        priority=terms.priority,
        active_until=request.until,
    )
    if request.rule is None:
        return None if _is_there(books, fact) else fact
    if before is not None and same_content(before, fact):
        return None
    return _later(books, versions, fact) if versions else fact


def _is_there(books: Books, fact: TopUpRuleAdded) -> bool:
    """Whether a rule says just this from just this day on: the same command once more doesn't top up twice."""
    others = books.catalog.top_up_rules.range("customer", fact.customer)
    return any(one.date == fact.date and differences(one, fact) == ["rule"] for one in others)


def _seller(books: Books, request: AddRule, before: TopUpRuleAdded | None, day: date) -> str:
    customer_of(books, request.customer, day)
    wanted = request.seller or (before.seller if before is not None else None)
    return seller_of(books, DraftInvoice(request.customer, (), seller=wanted), day).entity


def _check_request(request: AddRule, since: date) -> None:
    """What the check of a rule would find as well, said of the options. Raises `WrongUsage`."""
    check_units(request.units)
    if request.every is None and request.below is None:
        raise WrongUsage(
            "Nothing says when the credits come.",
            instead="give --every month, or --below 20 for when fewer than 20 are available, or both",
        )
    if request.below is not None:
        check_units(request.below)
    if request.until is not None and request.until < since:
        raise WrongUsage(
            f"A rule from {since} on can't have its last day on {request.until}.", instead="give a later --until"
        )
    terms = request.terms
    if request.product is not None and terms != NO_TERMS:
        raise WrongUsage(
            f"{request.product} says how its credits can be used, and the rule can't.",
            rule="W2: what an invoice sells is what its product says.",
            instead="leave out scope, valid days and priority; or grant free credits with --free",
        )
    if terms.valid_days is not None and not 0 < terms.valid_days <= LONGEST_VALIDITY:
        raise WrongUsage(
            f"Credits can't be valid for {terms.valid_days} days.", instead=f"from 1 to {LONGEST_VALIDITY}"
        )
    if terms.priority is not None and not 0 <= terms.priority <= MAX_PRIORITY:
        raise WrongUsage(f"{terms.priority} is no priority.", instead=f"from 0, used first, to {MAX_PRIORITY}")


def _later(books: Books, versions: Versions, fact: TopUpRuleAdded) -> TopUpRuleAdded:
    """The next version, behind all others and all that was done. Raises `Refused`."""
    before, done = versions[-1], books.rules.occurrences.last("rule", fact.rule)
    if (before.customer, before.seller, before.credit_unit) != (fact.customer, fact.seller, fact.credit_unit):
        raise Refused(
            f"{fact.rule} gives {before.customer} {before.credit_unit} of {before.seller}.",
            rule="W2: a rule is for one wallet for ever.",
            instead="leave out --id: another wallet has a rule of its own",
        )
    if before.active_until is not None and before.active_until < fact.date:
        raise Refused(
            f"{fact.rule} ended on {before.active_until}.",
            rule=_ONCE,
            instead="leave out --id: what begins again is a rule of its own",
        )
    last = max(before.date, done.day) if done is not None else before.date
    if fact.date <= last:
        was = "topped up for" if done is not None and last == done.day else "a version of"
        raise Refused(
            f"{fact.rule} has {was} {last} already, and this one is from {fact.date} on.",
            rule=_ONCE,
            instead=f"give a later day: --from {last + _DAY}",
        )
    return fact


def rule_ended(books: Books, request: EndRule, day: date) -> TopUpRuleAdded | None:
    """The last version of a rule: what it was, with its last day. None where it ends so already. Raises `Refused` or `WrongUsage`."""
    versions = versions_named(books, request.rule)
    before, done = versions[-1], books.rules.occurrences.last("rule", request.rule)
    last = max(done.day, day - _DAY) if done is not None else day - _DAY
    until = last if request.until is None else request.until
    if done is not None and until < done.day:
        raise Refused(
            f"{request.rule} has topped up for {done.day} already, and can't end on {until}.",
            rule=_ONCE,
            instead=f"give no day, or {done.day} or a later one; what was granted is taken back by: billing-beans credit adjust",
        )
    if before.active_until is not None and before.active_until <= until:
        if request.until is None or before.active_until == until:
            return None
        raise Refused(
            f"{request.rule} ends on {before.active_until} already.",
            rule=_ONCE,
            instead="what goes on is a rule of its own: billing-beans credit rule add",
        )
    return replace(without_envelope(before), date=max(day, before.date + _DAY), active_until=until)
