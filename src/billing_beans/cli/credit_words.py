"""Words about credits: numbers of them, and their terms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from billing_beans.books import Books
from billing_beans.cli.output import money
from billing_beans.core.calendar import parse_moment
from billing_beans.core.money import Money, minor_digits, new_money
from billing_beans.credits.moments import zone_of
from billing_beans.credits.ordering import scope_of
from billing_beans.credits.records import Grant, Terms

if TYPE_CHECKING:
    from billing_beans.reports.wallet_liability import Account
    from billing_beans.reports.wallets import Units

KIND = {True: "paid", False: "free"}


def number(units: Decimal) -> str:
    """A number of credits, with only the decimals that count."""
    return f"{units.normalize():f}" if units else "0"


def split(units: Units) -> dict[str, str]:
    """Credits for programs: paid, free, and both."""
    return {"paid": number(units.paid), "free": number(units.free), "total": number(units.total)}


def counted(units: Iterable[Decimal]) -> list[Decimal]:
    """Numbers of credits for spreadsheets, with only the decimals that count."""
    return [Decimal(number(one)) for one in units]


def exact(amount: Money) -> str:
    """An amount with the minor units of its currency, and more decimals only where it has them: `12.345 USD`."""
    return money(Money(exact_number(amount.number, amount.currency), amount.currency))


def exact_number(amount: Decimal, currency: str) -> Decimal:
    """The same without its currency."""
    least = minor_digits(currency)
    exponent = amount.normalize().as_tuple().exponent
    digits = max(least, -exponent) if isinstance(exponent, int) else least
    return round(amount, digits)


def until(books: Books, entity: str, expires_at: str | None) -> str:
    """The last day on which credits can be used, where the legal entity with this account component is; the minute, too, where
    that isn't all of the day. Nothing where they never expire.
    """
    if expires_at is None:
        return ""
    moment = parse_moment(expires_at)
    local = moment.astimezone(ZoneInfo(zone_of(books, entity, moment.date())))
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return (local - timedelta(days=1)).date().isoformat()
    return _minute(local)


def _minute(local: datetime) -> str:
    """Day and time; what clocks show twice says how far it is from UTC."""
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    shown = local if is_twice else local.replace(tzinfo=None)
    return shown.isoformat(" ", "seconds" if local.second else "minutes")


def scope(terms: Terms) -> str:
    """For what credits are, empty where they are for anything."""
    words = scope_of(terms)
    return "" if words == "any" else words


def terms_words(books: Books, grant: Grant) -> str:
    """For what and until when a grant can be used, as the end of a sentence; empty where that is anything, for ever."""
    terms = grant.terms
    words = [f"only for {scope(terms)}"] if scope(terms) else []
    if terms.expires_at is not None:
        words.append(f"until {until(books, grant.wallet.partition('/')[0], terms.expires_at)}")
    if terms.valid_days is not None:
        words.append(f"for {terms.valid_days} days from the grant on")
    if terms.priority is not None:
        words.append(f"priority {terms.priority}")
    return f": {', '.join(words)}" if words else ""


def terms_result(terms: Terms) -> dict[str, Any]:
    """Terms for programs: what is said of them."""
    return {name.replace("_", "-"): value for name, value in terms._asdict().items() if value is not None}


def account_result(one: Account) -> dict[str, str]:
    """What is owed in credits by a legal entity, for programs."""
    liability = exact(new_money(one.balance, one.currency))
    return {"seller": one.seller, "account": one.account, "currency": one.currency, "liability": liability}
