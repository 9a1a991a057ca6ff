"""The life of a wallet in the sound ledger: granted and bought, used before tax and after it, given back, adjusted, expired."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing_beans.acts.act import Act
from billing_beans.acts.credits import (
    CorrectGrant,
    ExpireCredits,
    TopUpByPayment,
    adjust_grant,
    apply_credits,
    buy_credits,
    correct_grant,
    expire_credits,
    grant_credits,
    reverse_application,
    top_up_by_payment,
)
from billing_beans.acts.invoices import IssueInvoice, draft_invoice, issue_invoice
from billing_beans.acts.payments import ReceivePayment, RejectPayment, receive_payment, reject_payment, verify_payment
from billing_beans.core.money import parse_money
from billing_beans.credits.adjusting import AdjustGrant
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.facts import AdjustmentType
from billing_beans.credits.granting import BuyCredits, GrantCredits
from billing_beans.credits.operations import ReverseApplication
from billing_beans.credits.records import Terms
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.payments.operations import SubmitPayment, VerifyPayment

if TYPE_CHECKING:
    from collections.abc import Callable

UNIT = "CREDIT-PRO"

SETUP = """\
2026-01-01 custom "billing" "credit-unit" "CREDIT-PRO"
  name: "Pro credits"
  face: 1.00 SGD
2026-01-30 custom "billing" "policy" "credit-returns"
  choice: "renew"
"""


def wallet_life(on: Callable[[int, Any, Any], None]) -> None:
    """`on` performs an act on a day of January."""
    _granted(on)
    _bought(on)
    _used(on)
    _ended(on)


def _free(grant: str, units: int, **terms: Any) -> GrantCredits:
    return GrantCredits("acme", Decimal(units), "promo/NY2026", UNIT, terms=Terms(**terms), grant=grant)


def _granted(on: Callable[[int, Any, Any], None]) -> None:
    on(29, grant_credits, _free("PROMO-1", 60))
    on(29, grant_credits, _free("PROMO-2", 5, meter="pages", expires_at="2026-01-29T16:00:00Z"))
    on(29, grant_credits, _free("PROMO-3", 60, meter="pages"))
    on(29, grant_credits, _free("PROMO-4", 60))
    on(29, correct_grant, CorrectGrant("PROMO-1", Decimal(2), "62 were promised"))


def _paid(grant: str, units: int, price: str, **more: Any) -> TopUpByPayment:
    payment = SubmitPayment(customer="acme", amount=parse_money(price))
    return TopUpByPayment(payment, Decimal(units), UNIT, grant=grant, **more)


def _bought(on: Callable[[int, Any, Any], None]) -> None:
    """By a payment that comes, one that does not, and one that is still waited for; from money that was there."""
    on(29, top_up_by_payment, _paid("TOPUP-1", 100, "80.00 SGD", bonus=Decimal(10), terms=Terms(valid_days=90)))
    on(29, verify_payment, VerifyPayment("PAY-9"))
    on(29, top_up_by_payment, _paid("TOPUP-2", 30, "30.00 SGD"))
    on(29, reject_payment, RejectPayment("PAY-10", "recalled"))
    on(29, top_up_by_payment, _paid("TOPUP-3", 30, "30.00 SGD"))
    on(29, receive_payment, ReceivePayment(SubmitPayment(customer="acme", amount=parse_money("200.00 SGD"))))
    early = Terms(expires_at="2026-01-30T16:00:00Z")
    on(29, buy_credits, BuyCredits("payment/PAY-12", Decimal(40), parse_money("40.00 SGD"), UNIT, None, early, "EARLY"))
    on(29, buy_credits, BuyCredits("payment/PAY-12", Decimal(90), parse_money("90.00 SGD"), UNIT, grant="LATE"))


def _draft(act: Act, hours: int) -> None:
    draft_invoice(act, DraftInvoice("acme", (Item("consulting", Decimal(hours)),)))


def _used(on: Callable[[int, Any, Any], None]) -> None:
    """Free credits before tax on two drafts, of which one is issued, and paid with paid ones; what of it goes back."""
    first, second = "SG-2026-00015", "SG-2026-00016"
    on(29, _draft, 1)
    on(29, _draft, 2)
    on(29, apply_credits, ApplyCredits(first, parse_money("30.00 SGD"), unit=UNIT))
    on(29, apply_credits, ApplyCredits(second, parse_money("20.00 SGD"), unit=UNIT))
    on(29, issue_invoice, IssueInvoice(first))
    on(29, apply_credits, ApplyCredits(first, parse_money("40.00 SGD"), unit=UNIT))
    on(29, apply_credits, ApplyCredits(first, parse_money("20.00 SGD"), unit=UNIT))
    on(30, reverse_application, ReverseApplication("APP-4", "too much", parse_money("10.00 SGD")))


def _ended(on: Callable[[int, Any, Any], None]) -> None:
    error = AdjustmentType.ERROR
    on(30, adjust_grant, AdjustGrant("TOPUP-1", "granted twice", error, Decimal(25)))
    on(30, adjust_grant, AdjustGrant("PROMO-4", "resold", AdjustmentType.TERMS_VIOLATION, Decimal(5)))
    on(30, expire_credits, ExpireCredits())
    on(31, reverse_application, ReverseApplication("APP-3", "meant for another invoice"))
