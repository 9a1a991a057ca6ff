"""What the lives of wallets, and reading them with bad intent, brought to light: each case was wrong once."""

from __future__ import annotations

import re
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount.parser import parser

sys.path.append(str(Path(__file__).parent))

import wallet_laws as laws
from wallet_books import BANKS, Ledger

from billing_beans.acts import credits as acts
from billing_beans.acts import money
from billing_beans.acts.catalog import choose_policy
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.entitlements import consume_entitlement
from billing_beans.acts.invoices import IssueInvoice, draft_invoice, issue_invoice
from billing_beans.acts.payments import ReceivePayment, receive_payment, verify_payment
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Fact
from billing_beans.core.money import parse_money
from billing_beans.credits.adjusting import AdjustGrant
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.facts import CreditApplied
from billing_beans.credits.granting import GrantCredits
from billing_beans.credits.operations import ReverseApplication
from billing_beans.credits.records import Grant, GrantStatus, Terms
from billing_beans.entitlements.operations import Consume
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.ledger.reading import judge
from billing_beans.payments.chargebacks import ChargeBack
from billing_beans.payments.operations import SubmitPayment, VerifyPayment
from billing_beans.payments.refunds import RequestRefund, SettleRefund

FIRST, SECOND = "SG-2026-00001", "SG-2026-00002"


class Till:
    """Books of acme at sg; each act is some hours after the one before."""

    def __init__(self, **policies: str) -> None:
        self.ledger = Ledger()
        for name, choice in policies.items():
            self.ledger.perform(choose_policy, ChoosePolicy(name.replace("_", "-"), choice), date(2026, 1, 2))

    def does(self, verb: Any, request: Any, *, days: int = 0, day: date | None = None) -> tuple[Fact, ...]:
        self.ledger.moment += timedelta(days=days, hours=3)
        return self.ledger.perform(verb, request, day)

    def grant(self, units: str, unit: str = "CREDIT-USD", **terms: Any) -> str:
        request = GrantCredits("acme", Decimal(units), "promo/x", unit, terms=Terms(**terms), seller="sg")
        return self.does(acts.grant_credits, request)[-1].grant  # type: ignore[attr-defined,no-any-return]

    def buys(self, units: str, price: str, unit: str = "CREDIT-USD", *, received: bool = True, **terms: Any) -> None:
        payment = SubmitPayment(customer="acme", seller="sg", amount=parse_money(price))
        request = acts.TopUpByPayment(payment, Decimal(units), unit, None, Terms(**terms), received=received)
        self.does(acts.top_up_by_payment, request)

    def invoices(self, *items: tuple[str, str, str], **more: Any) -> None:
        """Product, quantity, price; drafted and issued."""
        lines = tuple(Item(f"sg-{name}", Decimal(count), parse_money(price), **more) for name, count, price in items)
        number = self.does(draft_invoice, DraftInvoice("acme", lines, "USD", "sg"))[0].invoice  # type: ignore[attr-defined]
        self.does(issue_invoice, IssueInvoice(number))

    def pays(self, number: str) -> None:
        self.does(receive_payment, ReceivePayment(SubmitPayment((number,))))

    def tops_up(self, units: str, product: str = "oct") -> None:
        self.does(acts.top_up_by_invoice, acts.TopUpByInvoice("acme", Decimal(units), f"sg-{product}", "sg"))
        self.pays(FIRST)

    def left(self, name: str) -> Grant:
        found = self.ledger.books.credits.grants.get(name)
        assert found is not None
        return found

    def head(self, number: str = FIRST) -> InvoiceHead:
        found = self.ledger.books.invoices.heads.get(number)
        assert found is not None
        return found

    def holds(self) -> None:
        """The books by every law, by Beancount and by every check."""
        laws.hold(self.ledger)

    def findings(self, *changes: tuple[str, str]) -> list[str]:
        """What is found in the ledger with these texts replaced."""
        text = self.ledger.text()
        for before, after in changes:
            assert re.search(before, text), before
            text = re.sub(before, after, text, count=1)
        return [one.problem.check for one in judge(parser.parse_string(text)[0]).findings]


# --- Credit notes -----------------------------------------------------------------------------------------------------


def test_a_credit_note_for_a_top_up_takes_the_bonus_in_the_same_proportion() -> None:
    till = Till()
    till.tops_up("14")
    assert till.left("GRANT-1").remaining == 2
    till.does(credit_invoice, CreditInvoice(FIRST, "too many", (CreditLine(1, Decimal("0.5")),)))
    assert till.left(f"{FIRST}/1").remaining == Decimal("10.5")
    assert till.left("GRANT-1").remaining == Decimal("1.5")
    till.does(credit_invoice, CreditInvoice(FIRST, "all of it"))
    assert till.left("GRANT-1").remaining == 0
    till.holds()


def test_a_bonus_that_is_spent_stays_spent_when_its_top_up_is_credited() -> None:
    till = Till(credit_discounts="after-tax", credit_order="granted-first")
    till.tops_up("14")
    till.invoices(("advice", "1", "0.20 USD"))
    till.does(acts.apply_credits, ApplyCredits(SECOND))
    assert till.left("GRANT-1").remaining == Decimal("0.24")
    till.does(credit_invoice, CreditInvoice(FIRST, "too many"))
    assert till.left("GRANT-1").remaining == 0
    till.holds()


def test_a_credit_note_takes_back_no_credits_that_have_expired_whether_they_are_swept_or_not() -> None:
    till = Till()
    till.tops_up("14")
    with pytest.raises(Refused, match="14 CREDIT-OCT of line 1 of SG-2026-00001 were to be taken back, and 0 of them"):
        till.does(credit_invoice, CreditInvoice(FIRST, "too late"), days=30)


def test_a_credit_note_for_a_part_gives_back_that_part_of_what_free_credits_had_paid() -> None:
    till = Till(credit_discounts="after-tax")
    till.grant("1000")
    till.invoices(("plan", "10", "10.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    till.does(credit_invoice, CreditInvoice(FIRST, "one less", (CreditLine(1, Decimal(1)),)))
    assert till.left("GRANT-1").remaining == 1000 - Decimal("98.10")
    assert till.head().due_amount == 0
    till.holds()


def test_a_credit_note_gives_back_what_credits_had_paid_of_the_line_that_it_is_for() -> None:
    """And not what another line owes less by it: credits that are for one thing don't pay another."""
    till = Till(credit_discounts="after-tax")
    till.grant("1000", meter="api")
    till.invoices(("calls", "1", "100.00 USD"), ("advice", "1", "100.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    till.does(credit_invoice, CreditInvoice(FIRST, "no calls", (CreditLine(1),)))
    assert till.left("GRANT-1").remaining == 1000
    assert till.head().due_amount == Decimal("109.00")
    till.holds()


def test_a_credit_note_takes_back_no_credits_on_a_day_before_they_came_back() -> None:
    till = Till()
    till.does(acts.top_up_by_invoice, acts.TopUpByInvoice("acme", Decimal(50), "sg-usd", "sg"))
    till.pays(FIRST)
    till.invoices(("advice", "1", "40.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(SECOND))
    till.does(acts.reverse_application, ReverseApplication("APP-1", "not meant"), days=10)
    back = till.left(f"{FIRST}/1")
    assert back.remaining == 50
    day = back.granted + timedelta(days=5) if back.granted else None
    with pytest.raises(Refused, match="what it takes back of SG-2026-00001 was there on 2026-01-21"):
        till.does(credit_invoice, CreditInvoice(FIRST, "too early"), day=day)
    till.does(credit_invoice, CreditInvoice(FIRST, "in time"))
    till.holds()


def test_a_credit_note_before_the_payment_leaves_a_number_of_credits_that_can_be_granted() -> None:
    till = Till()
    till.does(acts.top_up_by_invoice, acts.TopUpByInvoice("acme", Decimal(10), "sg-usd", "sg"))
    with pytest.raises(WrongUsage, match=r"can't be credited: that are 0\.0123457 CREDIT-USD"):
        till.does(credit_invoice, CreditInvoice(FIRST, "less", (CreditLine(1, Decimal("0.0123457")),)))
    till.does(credit_invoice, CreditInvoice(FIRST, "less", (CreditLine(1, Decimal("0.01234")),)))
    till.pays(FIRST)
    assert till.left(f"{FIRST}/1").remaining == Decimal("9.98766")
    assert till.left("GRANT-1").remaining == Decimal("0.998766")
    till.holds()


# --- Money that had bought credits ------------------------------------------------------------------------------------


@pytest.mark.parametrize("returns", ["expire", "renew"])
def test_a_chargeback_takes_credits_that_were_used_in_time_and_have_expired_since(returns: str) -> None:
    till = Till(credit_returns=returns)
    till.buys("100", "100.00 USD", expires_at="2026-01-20T00:00:00Z")
    till.invoices(("advice", "1", "50.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    till.does(acts.expire_credits, acts.ExpireCredits(), days=20)
    till.does(money.charge_back, ChargeBack("PAY-1", "fraud", parse_money("54.50 USD")))
    assert till.head().due_amount == Decimal("54.50")
    assert till.ledger.books.payments.money.get("payment/PAY-1").remaining == 0  # type: ignore[union-attr]
    till.holds()


def test_of_what_a_chargeback_brings_back_too_late_the_rest_ends_as_the_book_says() -> None:
    till = Till(credit_returns="renew")
    till.buys("100", "100.00 USD", expires_at="2026-01-20T00:00:00Z")
    till.invoices(("advice", "1", "50.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    till.does(money.charge_back, ChargeBack("PAY-1", "fraud", parse_money("60.00 USD")), days=20)
    assert till.left("GRANT-2").remaining == 40
    assert till.left("GRANT-2").of_grant == "GRANT-1"
    till.holds()


def test_a_refund_opens_an_invoice_that_was_paid_with_credits_that_have_expired_since() -> None:
    till = Till()
    till.buys("100", "100.00 USD", expires_at="2026-01-20T00:00:00Z")
    till.invoices(("advice", "1", "50.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    request = RequestRefund("payment/PAY-1", "goodwill", parse_money("54.50 USD"), (FIRST,))
    settle = SettleRefund("", BANKS["sg"])
    till.does(money.refund, money.Refund(request, settle, money.PaidCredits.TAKE), days=20)
    assert till.head().due_amount == Decimal("54.50")
    till.holds()


def test_a_refund_takes_back_nothing_that_has_expired_whether_it_is_swept_or_not() -> None:
    till = Till()
    till.buys("100", "100.00 USD", expires_at="2026-01-20T00:00:00Z")
    request = money.Refund(RequestRefund("payment/PAY-1", "goodwill"), None, money.PaidCredits.TAKE)
    with pytest.raises(Refused, match="Nothing of PAY-1 is free to go back"):
        till.does(money.refund, request, days=20)


def test_a_payment_that_comes_when_its_credits_would_have_expired_is_the_customers_money() -> None:
    till = Till()
    till.buys("100", "90.00 USD", received=False, expires_at="2026-01-20T00:00:00Z")
    till.does(verify_payment, VerifyPayment("PAY-1"), days=20)
    assert till.left("GRANT-1").status is GrantStatus.VOID
    assert till.left("GRANT-1").reason == "PAY-1 came when they would have expired, at 2026-01-20T00:00:00Z"
    assert till.ledger.books.payments.money.get("payment/PAY-1").remaining == 90  # type: ignore[union-attr]
    till.holds()


def test_no_more_becomes_money_again_than_was_paid_also_over_renewals() -> None:
    """Each by itself would be rounded up: 3.335 and 3.335 of 10.00 to 3.34, and what is left of 3.33."""
    till = Till(credit_returns="renew")
    till.buys("2000", "10.00 USD", "CREDIT-CENT", expires_at="2026-01-20T00:00:00Z")
    till.invoices(("advice", "1", "18.36 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    used = till.left("GRANT-1").applied
    till.does(acts.adjust_grant, AdjustGrant("GRANT-1", "wrong", units=Decimal(667)))
    assert till.left("GRANT-1").remaining == 2000 - used - 667
    till.does(acts.adjust_grant, AdjustGrant("GRANT-1", "wrong"))
    till.does(acts.reverse_application, ReverseApplication("APP-1", "not meant"), days=20)
    till.does(acts.adjust_grant, AdjustGrant("GRANT-2", "wrong", units=Decimal(1)))
    till.does(acts.adjust_grant, AdjustGrant("GRANT-2", "wrong"))
    assert till.ledger.books.payments.money.get("payment/PAY-1").remaining == 10  # type: ignore[union-attr]
    till.holds()


# --- Use --------------------------------------------------------------------------------------------------------------


def used_by(facts: tuple[Fact, ...]) -> list[list[tuple[str, Decimal, int | None]]]:
    return [
        [(leg.cost.label or "", leg.number, leg.line) for leg in fact.lots if leg.cost is not None]
        for fact in facts
        if isinstance(fact, CreditApplied)
    ]


def test_what_free_credits_can_not_pay_in_whole_cents_paid_ones_do() -> None:
    till = Till(credit_discounts="after-tax", credit_order="granted-first")
    till.grant("1.5", "CREDIT-CENT")
    till.buys("10", "1.00 USD", "CREDIT-CENT")
    till.invoices(("advice", "1", "0.11 USD"))
    facts = till.does(acts.apply_credits, ApplyCredits(FIRST))
    assert used_by(facts) == [[("GRANT-1", 1, 1)], [("GRANT-2", 3, None)]]
    assert till.head().due_amount == 0


def test_credits_that_come_first_are_not_passed_over_for_fragments_that_pay_nothing() -> None:
    till = Till(credit_discounts="after-tax", credit_order="granted-first")
    till.grant("1", "CREDIT-CENT")
    till.grant("1.5", "CREDIT-CENT")
    till.invoices(("advice", "1", "0.02 USD"), ("advice", "1", "0.02 USD"), ("advice", "1", "40.00 USD"))
    facts = till.does(acts.apply_credits, ApplyCredits(FIRST))
    assert used_by(facts) == [[("GRANT-1", 1, 3), ("GRANT-2", 1, 3)]]


def test_what_a_fragment_can_not_pay_credits_without_scope_do() -> None:
    till = Till()
    till.buys("0.5", "1.00 USD", "CREDIT-CENT", meter="api")
    till.buys("10", "1.00 USD", "CREDIT-CENT")
    till.invoices(("calls", "1", "0.06 USD"))
    assert till.head().due_amount == Decimal("0.07")
    facts = till.does(acts.apply_credits, ApplyCredits(FIRST))
    assert used_by(facts) == [[("GRANT-2", 2, None)]]


def test_fragments_of_several_grants_pay_a_cent_together() -> None:
    till = Till()
    till.buys("0.5", "1.00 USD", "CREDIT-CENT")
    till.buys("0.5", "1.00 USD", "CREDIT-CENT")
    till.invoices(("calls", "1", "10.00 USD"))
    facts = till.does(acts.apply_credits, ApplyCredits(FIRST))
    assert used_by(facts) == [[("GRANT-1", Decimal("0.5"), None), ("GRANT-2", Decimal("0.5"), None)]]


def test_a_renewal_lasts_as_long_as_what_came_back_now_would_have() -> None:
    """And not as long as what had come back before, which was used earlier."""
    till = Till(credit_returns="renew")
    till.buys("100", "100.00 USD", expires_at="2026-02-10T00:00:00Z")
    till.invoices(("advice", "1", "10.00 USD"))
    till.invoices(("advice", "1", "10.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    till.does(acts.apply_credits, ApplyCredits(SECOND), days=20)
    used_at = [one.at for one in till.ledger.books.credits.applications.all()]
    till.does(acts.reverse_application, ReverseApplication("APP-1", "not meant"), days=20)
    till.does(acts.reverse_application, ReverseApplication("APP-2", "not meant"), days=2)
    expired = laws.read_moment("2026-02-10T00:00:00Z")
    for name, used in zip(("GRANT-2", "GRANT-3"), used_at, strict=True):
        grant = till.left(name)
        assert grant.terms.expires_at is not None
        lasts = laws.read_moment(grant.terms.expires_at) - laws.read_moment(grant.at)
        assert lasts == expired - laws.read_moment(used), name
    till.holds()


def test_a_renewal_does_not_last_longer_for_what_came_back_before_and_was_taken() -> None:
    till = Till(credit_returns="renew")
    till.buys("100", "100.00 USD", expires_at="2026-02-10T00:00:00Z")
    till.invoices(("advice", "1", "10.00 USD"))
    till.invoices(("advice", "1", "10.00 USD"))
    till.does(acts.apply_credits, ApplyCredits(FIRST))
    till.does(acts.apply_credits, ApplyCredits(SECOND), days=20)
    used_at = [one.at for one in till.ledger.books.credits.applications.all()]
    till.does(acts.adjust_grant, AdjustGrant("GRANT-1", "too many"))
    request = RequestRefund("payment/PAY-1", "goodwill", parse_money("89.10 USD"), (FIRST,))
    till.does(money.refund, money.Refund(request, None, money.PaidCredits.TAKE), days=20)
    till.does(acts.reverse_application, ReverseApplication("APP-2", "not meant"), days=2)
    grant = till.left("GRANT-2")
    assert grant.terms.expires_at is not None
    lasts = laws.read_moment(grant.terms.expires_at) - laws.read_moment(grant.at)
    assert lasts == laws.read_moment("2026-02-10T00:00:00Z") - laws.read_moment(used_at[1])


def test_a_top_up_for_nothing_is_granted_when_it_is_issued() -> None:
    till = Till()
    till.invoices(("usd", "5", "0.00 USD"))
    assert till.left(f"{FIRST}/1").remaining == 5
    assert till.left(f"{FIRST}/1").paid is False
    assert till.left("GRANT-1").remaining == Decimal("0.5")
    till.holds()


def test_lots_in_several_currencies_are_consumed_in_order_also_as_beancount_books_them() -> None:
    """Which puts the postings of each currency together."""
    till = Till()
    for currency, price in (("USD", "7"), ("JPY", "100"), ("USD", "9")):
        item = Item("sg-place", Decimal(1), parse_money(f"{price} {currency}"))
        number = till.does(draft_invoice, DraftInvoice("acme", (item,), currency, "sg"))[0].invoice  # type: ignore[attr-defined]
        till.does(issue_invoice, IssueInvoice(number))
        till.pays(number)
    till.does(consume_entitlement, Consume("acme", "PLACEMENT", Decimal(3), seller="sg"))
    till.holds()


# --- Ledgers that were edited -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def edited() -> Till:
    """A bonus, a correction, a discount before tax, an expiry, and an adjustment."""
    till = Till()
    till.tops_up("14")
    till.grant("20", expires_at="2026-01-25T00:00:00Z")
    till.does(acts.correct_grant, acts.CorrectGrant("GRANT-2", Decimal(2), "too few"))
    till.does(acts.adjust_grant, AdjustGrant("GRANT-2", "too many", units=Decimal(1)))
    till.does(draft_invoice, DraftInvoice("acme", (Item("sg-advice", Decimal(1), parse_money("10 USD")),), "USD", "sg"))
    till.does(acts.apply_credits, ApplyCredits(SECOND, parse_money("4.00 USD"), unit="CREDIT-USD"))
    till.does(issue_invoice, IssueInvoice(SECOND))
    till.does(acts.expire_credits, acts.ExpireCredits(), days=20)
    assert till.findings() == []
    return till


BONUS = r'(credit-type: "granted-bonus"[\s\S]*?)'
CASES = {
    "a bonus that is larger than was sold": (
        "granted-once",
        (r"2 CREDIT-OCT granted", "3 CREDIT-OCT granted"), (BONUS + r"-2 CREDIT-OCT", r"\1-3 CREDIT-OCT"),
    ),
    "a bonus of nothing": ("granted-once", (BONUS + r"  of-grant: .*\n", r"\1")),
    "a bonus that lasts longer": ("granted-once", (BONUS + r'expires-at: "2026-01-18', r'\1expires-at: "2026-02-18')),
    "a bonus from elsewhere": (
        "granted-once", (r'source: "grant/SG-2026-00001/1"(\n.*\n.*\n.*granted-bonus)', r'source: "promo/x"\1'),
    ),
    "a correction without end": (
        "granted-once", (r'(grant-correction"[\s\S]*?)  expires-at: .*\n', r"\1"),
    ),
    "an expiry that is later than it was recorded": ("expired-once", (r'2026-01-25( \* .*"Expiry)', r"2026-03-25\1")),
    "a discount by credits that are used after the issue": (
        "discounted-as-applied", (r'2026-01-1\d( \* "acme Ltd" "4 CREDIT-USD)', r"2026-01-20\1"),
    ),
    "an adjustment of what has expired": (
        "adjusted-within", (r'(event: "credit-adjusted"\n.*\n)  at: .*', r'\1  at: "2026-01-28T00:00:00Z"'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_found(edited: Till, case: str) -> None:
    check, *changes = CASES[case]
    assert check in edited.findings(*changes)  # type: ignore[arg-type]
