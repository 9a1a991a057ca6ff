"""Books with credit wallets in which anything happens in any order, by the real acts; and what wallets hold by the ledger alone."""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from beancount.core.data import Transaction
from hypothesis import strategies as st

from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.credits import (
    ExpireCredits,
    TopUpByInvoice,
    TopUpByPayment,
    adjust_grant,
    apply_credits,
    expire_credits,
    grant_credits,
    reverse_application,
    top_up_by_invoice,
    top_up_by_payment,
)
from billing_beans.acts.invoices import VoidInvoice, draft_invoice, void_invoice
from billing_beans.acts.payments import RejectPayment, reject_payment, submit_payment, verify_payment
from billing_beans.core.money import parse_money
from billing_beans.credits.adjusting import AdjustGrant
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.facts import AdjustmentType, Kinds
from billing_beans.credits.granting import GrantCredits
from billing_beans.credits.operations import ReverseApplication
from billing_beans.credits.records import Terms
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.payments.operations import SubmitPayment, VerifyPayment

sys.path.append(str(Path(__file__).parent))

from histories import SETUP, History, Step, drafted, money_for, sell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beancount.core.data import Directive

UNIT, POINTS = "CREDIT-SGD", "CREDIT-POINTS"
ZONE = ZoneInfo("Asia/Singapore")
WALLETS = (
    SETUP.replace('time-zone: "UTC"', 'time-zone: "Asia/Singapore"', 1)
    + f"""\
2026-01-01 custom "billing" "credit-unit" "{UNIT}"
  name: "Dollar credits"
  face: 1.00 SGD
2026-01-01 custom "billing" "credit-unit" "{POINTS}"
  name: "Points"
  face: 0.10 SGD
2026-01-01 custom "billing" "product" "top-up"
  name: "Credits"
  revenue: "top-up"
  tax-code: "ZERO"
  credit-unit: "{UNIT}"
  units-per-quantity: 10
  bonus-units: 1
  valid-days: 20
2026-01-01 custom "billing" "price" "PRICE-9" "top-up"
  unit-price: 9.00 SGD
"""
)
INVOICES = [f"SG-2026-{number:05d}" for number in range(1, 7)]
GRANTS = [f"GRANT-{number}" for number in range(1, 6)]


def at_noon(day: int) -> str:
    """The hour at which something expires on a day of January: noon of Singapore."""
    return f"2026-01-{day:02d}T04:00:00Z"


def given(customer: str = "acme", units: str = "50", **more: Any) -> GrantCredits:
    terms = {name: more.pop(name) for name in list(more) if name in Terms._fields}
    return GrantCredits(
        customer, Decimal(units), "promo/spring", more.pop("unit", UNIT), terms=Terms(**terms), seller="sg", **more
    )


def bought(units: str, price: str, *, received: bool = True, bonus: str | None = None, **terms: Any) -> TopUpByPayment:
    payment = SubmitPayment(customer="acme", seller="sg", amount=parse_money(price))
    return TopUpByPayment(
        payment, Decimal(units), UNIT, Decimal(bonus) if bonus else None, Terms(**terms), received=received
    )


def top_up(units: int) -> TopUpByInvoice:
    return TopUpByInvoice("acme", Decimal(units), product="top-up", seller="sg")


def pay(act: Any, invoice: str) -> None:
    """A payment that is verified at once."""
    submit_payment(act, money_for(invoice))
    verify_payment(act, VerifyPayment(act.facts[-1].payment))


TOLD = [
    Step(0, top_up_by_payment, bought("100", "80.00 SGD", bonus="5", expires_at=at_noon(25)), hour=2),
    Step(1, grant_credits, given(expires_at=at_noon(12))),
    Step(0, grant_credits, given(units="300", unit=POINTS)),
    Step(1, top_up_by_payment, bought("3", "10.00 SGD", received=False), hour=9),
    Step(0, sell, drafted("acme", "advice", 2, "sg")),
    Step(1, apply_credits, ApplyCredits(INVOICES[0], credits=Kinds.PAID, amount=parse_money("30.00 SGD")), hour=3),
    Step(0, verify_payment, VerifyPayment("PAY-2"), hour=5),
    Step(1, top_up_by_invoice, top_up(30)),
    Step(1, pay, INVOICES[1], hour=6),
    Step(1, reverse_application, ReverseApplication("APP-1", "wrong invoice", parse_money("10.00 SGD"))),
    Step(1, adjust_grant, AdjustGrant("GRANT-1", "too many", units=Decimal(10))),
    Step(0, adjust_grant, AdjustGrant("GRANT-1", "fraud", AdjustmentType.TERMS_VIOLATION, Decimal(4)), hour=7),
    Step(4, grant_credits, given("bolt", "7", subscription="sub-1", meter="api")),
    Step(1, expire_credits, ExpireCredits(), hour=3),
    Step(6, draft_invoice, drafted("acme", "advice", 1, "sg")),
    Step(0, apply_credits, ApplyCredits(INVOICES[2], parse_money("3.00 SGD"), credits=Kinds.FREE, unit=UNIT), hour=3),
    Step(3, expire_credits, ExpireCredits()),
    Step(1, credit_invoice, CreditInvoice(INVOICES[1], "returned", (CreditLine(1, Decimal(1)),))),
]
"""A story of most that can happen, told in the tests: nothing of it is refused."""

_CUSTOMERS = st.sampled_from(("acme", "acme", "bolt"))
_UNITS = st.sampled_from(("1", "2.5", "10", "40"))
_EXPIRY = st.none() | st.integers(6, 31).map(at_noon)
_INVOICES = st.sampled_from(INVOICES)
_AMOUNTS = st.none() | st.sampled_from(("5.00 SGD", "20.00 SGD", "36.33 SGD")).map(parse_money)


def _asked(verb: Any, made: Any, *drawn: Any) -> Any:
    return st.tuples(st.just(verb), st.builds(made, *drawn))


_REQUESTS = st.one_of(
    _asked(grant_credits, lambda who, units, ends: given(who, units, expires_at=ends), _CUSTOMERS, _UNITS, _EXPIRY),
    _asked(grant_credits, lambda who, meter: given(who, unit=POINTS, meter=meter), _CUSTOMERS, st.sampled_from((None, "api"))),
    _asked(
        top_up_by_payment,
        lambda units, there, ends: bought(units, "33.33 SGD", received=there, bonus="1", expires_at=ends),
        _UNITS, st.booleans(), _EXPIRY,
    ),
    _asked(top_up_by_invoice, lambda times: top_up(10 * times), st.integers(1, 3)),
    _asked(verify_payment, lambda one: VerifyPayment(f"PAY-{one}"), st.integers(1, 4)),
    _asked(reject_payment, lambda one: RejectPayment(f"PAY-{one}", "bounced"), st.integers(1, 4)),
    _asked(pay, str, _INVOICES),
    _asked(sell, lambda who, many: drafted(who, "advice", many, "sg"), _CUSTOMERS, st.integers(1, 3)),
    _asked(draft_invoice, lambda who: drafted(who, "credit", 1, "sg"), _CUSTOMERS),
    _asked(apply_credits, lambda one, amount, kinds: ApplyCredits(one, amount, credits=kinds), _INVOICES, _AMOUNTS, st.sampled_from(Kinds)),
    _asked(
        reverse_application,
        lambda one, amount: ReverseApplication(f"APP-{one}", "wrong", amount), st.integers(1, 3), _AMOUNTS,
    ),
    _asked(
        adjust_grant, lambda one, kind, units: AdjustGrant(one, "error", kind, Decimal(units), cap=True),
        st.sampled_from(GRANTS), st.sampled_from(AdjustmentType), _UNITS,
    ),
    _asked(expire_credits, ExpireCredits),
    _asked(void_invoice, lambda one: VoidInvoice(one, "a mistake", take_back=True), _INVOICES),
    _asked(
        credit_invoice, lambda one, whole: CreditInvoice(one, "returned", () if whole else (CreditLine(1, Decimal(1)),)),
        _INVOICES, st.booleans(),
    ),
)  # fmt: skip
_DATED = st.sampled_from((None, None, None, date(2026, 1, 12), date(2026, 1, 24), date(2026, 2, 1)))
"""Days on which something may be said to have happened, before it is recorded, or after."""
WALLET_STEPS = st.builds(
    lambda begun, steps: [*TOLD[:begun], *steps],
    st.integers(0, len(TOLD)),
    st.lists(
        st.builds(
            lambda days, hour, dated, asked: Step(days, *asked, hour=hour, dated=dated),
            st.sampled_from((0, 0, 1, 2, 5)), st.sampled_from((0, 3, 5, 17)), _DATED, _REQUESTS,
        ),
        max_size=10,
    ),
)  # fmt: skip


def played_wallets(steps: Iterable[Step]) -> History:
    history = History(WALLETS)
    for step in steps:
        history.attempt(step)
    return history


class Moved(NamedTuple):
    """One posting of credits, as the ledger has it."""

    account: str
    unit: str
    grant: str
    day: date
    moment: str
    units: Decimal
    cost: Decimal


def credit_postings(entries: list[Directive]) -> list[Moved]:
    """Every posting of credits; what came is above zero. The moment is that of the record, or the last second of the day."""
    found = []
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                if ":Credits:" in posting.account:
                    moment = _moment(entry.date, entry.meta["at"])
                    units, cost = posting.units, posting.cost
                    found.append(
                        Moved(
                            posting.account, units.currency, cost.label, entry.date, moment, -units.number, cost.number
                        )
                    )  # type: ignore[union-attr,operator,arg-type]
    return found


def _moment(day: date, at: str) -> str:
    recorded = datetime.fromisoformat(at).astimezone(ZONE)
    last = datetime.combine(day + timedelta(days=1), time(), ZONE) - timedelta(seconds=1)
    return at if recorded.date() == day else last.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expiries(entries: list[Directive]) -> dict[str, str]:
    """When each grant expires, as its transaction says."""
    found: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Transaction) and "expires-at" in entry.meta:
            found[entry.meta["grant"]] = entry.meta["expires-at"]
    return found


def sums_of(moved: Iterable[Moved]) -> dict[tuple[str, str], Decimal]:
    """Units by account and unit."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in moved:
        found[one.account, one.unit] += one.units
    return found
