"""Books in which everything happens to money that can: the laws hold, on each day, in each store, by each pass."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import money_laws as laws
import pytest
from beancount.parser import parser
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from money_histories import BANKS, LIVES, REQUESTS, STRIPE, Life, Move, by_chance, pick

from billing_beans.acts import money as acts
from billing_beans.acts.catalog import Change, change
from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.acts.invoices import IssueInvoice, VoidInvoice, draft_invoice, issue_invoice, void_invoice
from billing_beans.acts.opening import OpenInvoice, OpenMoney, open_invoice, open_money
from billing_beans.acts.payments import ReceivePayment, receive_payment, submit_payment, verify_payment
from billing_beans.acts.periods import close_period
from billing_beans.core.errors import BillingError, Refused, WrongUsage
from billing_beans.core.money import Money, parse_money
from billing_beans.entitlements.facts import InvoicePosted
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.invoicing.status import Status
from billing_beans.invoicing.writing_off import WriteOffInvoice
from billing_beans.ledger import quick, reading
from billing_beans.ledger.codec import encode
from billing_beans.ledger.collecting import collect
from billing_beans.ledger.gathering import gather_collected
from billing_beans.ledger.sqlite import SqliteStore
from billing_beans.payments.allocating import AllocateMoney, ReverseAllocation
from billing_beans.payments.chargebacks import ChargeBack, RecordPayout
from billing_beans.payments.operations import Allocate, SubmitPayment, VerifyPayment
from billing_beans.payments.refunds import FailRefund, RequestRefund, SettleRefund
from billing_beans.periods.operations import ClosePeriod

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(LIVES)
@settings(SLOW)
def test_whatever_happens_to_money_the_laws_hold(moves: list[Move]) -> None:
    laws.hold(Life().live(moves))


def test_most_of_what_these_histories_try_is_done_and_each_verb_and_fact_is_among_it() -> None:
    done: Counter[str] = Counter()
    refused = 0
    for seed in range(28):
        life = Life().live(by_chance(seed))
        laws.hold(life)
        done.update(life.done)
        refused += len(life.refused)
        done.update(fact.shape.kind for fact in life.facts)
    assert all(done[verb] >= 2 for verb in REQUESTS), done
    assert sum(done[verb] for verb in REQUESTS) > 2 * refused
    assert all(done[kind] >= 2 for kind in MONEY), done


MONEY = (
    "payment-verified", "payment-allocated", "allocation-reversed", "refund-requested", "refund-succeeded", "refund-failed",
    "payment-charged-back", "chargeback-reversed", "payout-received", "payout-returned", "credit-note-issued",
    "invoice-written-off", "write-off-reversed", "invoice-opened", "unapplied-opened", "period-closed", "period-reopened",
    "invoice-posted", "entitlement-consumed", "payer", "lots-opened", "deferred-opened",
    "revenue-released",
)  # fmt: skip


@given(LIVES)
@settings(SLOW, max_examples=10)
def test_money_over_sqlite_is_the_same_as_over_memory_and_still_there_when_opened_again(moves: list[Move]) -> None:
    memory = Life().live(moves)
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "index.sqlite")
        life = Life(store).live(moves)
        assert (life.done, life.refused) == (memory.done, memory.refused)
        assert [*map(encode, life.facts)] == [*map(encode, memory.facts)]
        store.commit()
        store.close()
        again = SqliteStore(Path(folder) / "index.sqlite")
        for table in memory.books.store._tables.values():  # type: ignore[attr-defined]
            assert list(again.table(table.spec).all()) == list(table.all()), table.spec.name
        again.close()


EDITS = ("drop", "copy", "cents", "day", "exchange", "name")
NAMES = re.compile(r"\b(?:SG-2026-\d+|PAY-\d+|REF-\d+|WO-\d+|ALLOC-\d+|CB-\d+)\b")


@given(
    LIVES, st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=3)
)
@settings(SLOW)
def test_whatever_is_changed_by_hand_both_passes_agree_and_what_is_sound_has_its_money(
    moves: list[Move], edits: list[tuple[str, int, int]]
) -> None:
    life = Life().live(moves)
    blocks = [encode(fact) for fact in life.facts]
    foundation = life.text[: life.text.index(blocks[0])]
    for kind, one, other in edits:
        if blocks:
            edit(blocks, kind, one % len(blocks), other % len(blocks))
    collected = collect(parser.parse_string(foundation + "".join(blocks))[0])
    swift = reading.opened_books(collected, None)
    is_sound = quick.fold_sound(collected, swift)
    books, audit = reading._audited(gather_collected(collected), reading.opened_books(collected, None))
    assert is_sound == (not audit.findings and not audit.following)
    assert "judged" not in [one.problem.check for one in audit.findings]
    if is_sound:
        assert laws.dump(swift.store) == laws.dump(books.store)
        laws.sound_on_a_day(books)
        laws.money_is_kept(books)


def edit(blocks: list[str], kind: str, one: int, other: int) -> None:
    """What a hand, or a merge, may do to a ledger."""
    if kind == "drop":
        blocks.pop(one)
    elif kind == "copy":
        blocks.insert(other, blocks[one])
    elif kind == "cents":
        blocks[one] = re.sub(
            r"\d+\.\d\d(?= )", lambda found: str(Decimal(found[0]) + Decimal("0.01")), blocks[one], count=2
        )
    elif kind == "day":
        blocks[one] = re.sub(r"^2026-\d\d-\d\d", str(date(2026, 1, 15) + timedelta(days=other % 30)), blocks[one])
    elif kind == "name":
        names = NAMES.findall("".join(blocks))
        blocks[one] = NAMES.sub(lambda found: pick(names, other) or found[0], blocks[one], count=1)
    else:
        ids = [re.search(r'  id: "(\w+)"', blocks[place]) for place in (one, other)]
        for place, (ours, theirs) in zip((one, other), (ids, ids[::-1]), strict=True):
            if ours and theirs:
                blocks[place] = blocks[place].replace(ours[0], theirs[0])


@given(
    st.sampled_from(("placement", "gig")),
    st.integers(1, 40),
    st.decimals("0.01", "999", places=2),
    st.lists(st.integers(1, 99), min_size=1, max_size=4),
)
@example("gig", 7, Decimal("0.01"), [33, 33])
@example("placement", 1, Decimal("0.01"), [50])
@example("placement", 3, Decimal("33.33"), [50])
@settings(SLOW)
def test_what_is_granted_after_credits_is_worth_what_was_billed_less_what_was_credited(
    product: str, quantity: int, price: Decimal, parts: list[int]
) -> None:
    life = Life()
    number = sold(life, (product, quantity, f"{price} SGD"))
    draft = life.books.invoices.current(number)
    assert draft is not None
    for hundredths in parts:
        left = quantity - (life.books.invoices.credited.get((number, 1)) or CreditLine(1, Decimal(0))).quantity  # type: ignore[operator]
        units = (left * hundredths / 100).quantize(Decimal("0.001"))
        if 0 < units < left:
            later(life)
            try:
                life.act(credit_invoice, CreditInvoice(number, "fewer", (CreditLine(1, units),)))
            except Refused:
                continue  # so little of it is worth nothing
    later(life)
    if status(life, number) is Status.CREDITED:
        return laws.hold(life)  # half of a cent is a cent
    facts = life.act(receive_payment, ReceivePayment(SubmitPayment((number,))))
    posted = [fact for fact in facts if isinstance(fact, InvoicePosted)]
    head = life.books.invoices.heads.get(number)
    assert head is not None
    credited = [life.books.invoices.credited.get((number, line.line)) for line in draft.lines]
    net = draft.subtotal.number - sum(one.amount for one in credited if one)
    granted = -sum(leg.weight.number for fact in posted for leg in (*fact.lots, *fact.fees))
    assert granted == net
    assert sum(-leg.number for fact in posted for leg in fact.lots) == quantity - (
        credited[0].quantity if credited[0] else 0
    )
    return laws.hold(life)


# --- What was wrong once ------------------------------------------------------------------------------------------------


def later(life: Life) -> None:
    life.moment += timedelta(days=1)


def sold(
    life: Life, *items: tuple[str, int, str], currency: str = "SGD", seller: str = "sg", rate: Decimal | None = None
) -> str:
    """An issued invoice of acme: products, quantities and prices."""
    later(life)
    wanted = tuple(
        Item(f"{seller}-{product}", Decimal(quantity), parse_money(price)) for product, quantity, price in items
    )
    (draft,) = life.act(draft_invoice, DraftInvoice("acme", wanted, currency, seller))
    number = draft.entities()[0]
    life.act(issue_invoice, IssueInvoice(number, rate))
    return number


def paid(life: Life, number: str, amount: str | None = None, rate: Decimal | None = None) -> None:
    later(life)
    money = parse_money(amount) if amount else None
    life.act(receive_payment, ReceivePayment(SubmitPayment((number,), amount=money, rate=rate)))


def prepaid(life: Life, amount: str) -> None:
    later(life)
    life.act(receive_payment, ReceivePayment(SubmitPayment(customer="acme", seller="sg", amount=parse_money(amount))))


def status(life: Life, number: str) -> Status:
    head = life.books.invoices.heads.get(number)
    assert head is not None
    return head.status


@pytest.mark.parametrize(
    ("price", "amount", "rate"), [("33.33 USD", "5000 JPY", "150.015"), ("0.67 USD", "100 JPY", "150")]
)
def test_yen_for_dollars_balance_for_beancount_too(price: str, amount: str, rate: str) -> None:
    life = Life()
    number = sold(life, ("opening", 1, price), currency="USD")
    paid(life, number, amount, Decimal(rate))
    assert status(life, number) is Status.PAID
    assert " 5000.0 JPY" in life.text or " 100.0 JPY" in life.text
    assert life.books.payments.heads.get("PAY-1").amount == parse_money(amount)  # type: ignore[union-attr]
    laws.hold(life)


def test_a_payment_verified_before_its_period_was_closed_stays_sound_for_the_quick_pass() -> None:
    life = Life()
    prepaid(life, "100.00 SGD")
    life.moment += timedelta(days=20)
    life.act(close_period, ClosePeriod(life.today - timedelta(days=1)))
    laws.hold(life)


def test_an_amount_in_another_currency_than_was_submitted_is_found_by_both_passes() -> None:
    life = Life()
    later(life)
    life.act(submit_payment, SubmitPayment(customer="acme", seller="sg", amount=parse_money("100.00 SGD")))
    with pytest.raises(Refused, match="which is in SGD"):
        life.act(verify_payment, VerifyPayment("PAY-1", amount=parse_money("100.00 USD")))
    life.act(verify_payment, VerifyPayment("PAY-1", amount=parse_money("90.00 SGD")))
    collected = collect(parser.parse_string(life.text.replace("90.00 SGD", "90.00 USD"))[0])
    assert not quick.fold_sound(collected, reading.opened_books(collected, None))


@pytest.mark.parametrize("verb", ["allocate", "reverse", "refund", "charge-back", "receive"])
def test_a_customer_may_be_renamed_on_the_day_on_which_its_money_moved(verb: str) -> None:
    life = Life()
    number = sold(life, ("advice", 1, "100.00 SGD"))
    prepaid(life, "300.00 SGD")
    if verb != "receive":
        life.act(acts.allocate_money, AllocateMoney("payment/PAY-1", (Allocate(number),)))
    if verb == "reverse":
        life.act(acts.reverse_allocation, ReverseAllocation("payment/PAY-1", number, "not for it"))
    elif verb == "refund":
        life.act(acts.refund, acts.Refund(RequestRefund("payment/PAY-1", "too much"), SettleRefund("")))
    elif verb == "charge-back":
        life.act(acts.charge_back, ChargeBack("PAY-1", "fraudulent"))
        life.act(acts.reverse_chargeback, acts.ReverseChargeback("CB-1"))
    life.act(change, Change("customer", "acme", (("name", "Acme Holding"),)))
    laws.hold(life)


def test_lines_paid_in_another_currency_are_taken_back_as_each_was_exchanged() -> None:
    life = Life()
    number = sold(life, ("opening", 1, "50.00 USD"), ("opening", 1, "25.00 USD"), currency="USD", rate=Decimal("1.30"))
    later(life)
    lines = tuple(Allocate(number, line=line) for line in (1, 2))
    payment = SubmitPayment(allocations=lines, amount=parse_money("101.25 SGD"), rate=Decimal("1.35"))
    life.act(receive_payment, ReceivePayment(payment))
    laws.hold(life)
    later(life)
    life.act(acts.reverse_allocation, ReverseAllocation("payment/PAY-1", number, "not for it"))
    money = life.books.payments.money.get("payment/PAY-1")
    assert money is not None
    assert money.remaining == Decimal("101.25")
    laws.hold(life)


def test_money_that_is_worth_three_invoices_settles_them_though_each_share_is_rounded_up() -> None:
    life = Life()
    numbers = [sold(life, ("opening", 1, "0.33 USD"), currency="USD") for _ in range(3)]
    prepaid(life, "1.49 SGD")
    life.act(acts.allocate_money, AllocateMoney("payment/PAY-1", tuple(map(Allocate, numbers)), Decimal("1.5")))
    assert {status(life, number) for number in numbers} == {Status.PAID}
    laws.hold(life)


def test_an_invoice_is_allocated_to_once_in_an_act() -> None:
    life = Life()
    number = sold(life, ("advice", 1, "100.00 SGD"))
    prepaid(life, "300.00 SGD")
    with pytest.raises(WrongUsage, match="named twice"):
        life.act(acts.allocate_money, AllocateMoney("payment/PAY-1", (Allocate(number), Allocate(number))))


def test_what_a_pending_refund_waits_for_is_not_taken_back() -> None:
    life = Life()
    number = sold(life, ("advice", 1, "100.00 SGD"))
    paid(life, number)
    life.act(acts.refund, acts.Refund(RequestRefund("payment/PAY-1", "goodwill", reopens=(number,))))
    for amount in (None, parse_money("0.01 SGD")):
        with pytest.raises(Refused, match="a pending refund waits"):
            life.act(acts.reverse_allocation, ReverseAllocation("payment/PAY-1", number, "not for it", amount))
    life.act(acts.settle_refund, SettleRefund("REF-1"))
    laws.hold(life)


def test_a_refund_goes_back_through_the_legal_entity_that_has_the_money() -> None:
    life = Life()
    ours, theirs = sold(life, ("advice", 1, "100.00 SGD")), sold(life, ("advice", 1, "100.00 SGD"), seller="de")
    paid(life, ours)
    later(life)
    life.act(receive_payment, ReceivePayment(SubmitPayment((theirs,)), BANKS["de"]))
    life.act(credit_invoice, CreditInvoice(ours, "not delivered"))
    with pytest.raises(Refused, match="another customer or legal entity"):
        life.act(acts.refund, acts.Refund(RequestRefund("credit-note/CN-SG-2026-00001", "as agreed", payment="PAY-2")))


def test_an_open_invoice_of_before_grants_nothing() -> None:
    life = Life()
    owed = parse_money("100.00 SGD")
    for product in ("sg-pass", "sg-gig"):
        with pytest.raises(Refused, match="grants something"):
            life.act(
                open_invoice, OpenInvoice("OLD-1", "acme", date(2025, 11, 3), date(2025, 12, 3), owed, product, "sg")
            )


def test_tax_comes_back_once_by_a_credit_note_or_by_a_write_off() -> None:
    life = Life()
    number = sold(life, ("advice", 1, "100.00 SGD"), ("opening", 1, "100.00 SGD"))
    later(life)
    life.act(credit_invoice, CreditInvoice(number, "not delivered", (CreditLine(1),)))
    (fact,) = life.act(acts.write_off, WriteOffInvoice(number, "insolvent", tax_relief=True))
    assert fact.taxes == ()  # type: ignore[attr-defined]
    laws.hold(life)
    number = sold(life, ("advice", 1, "100.00 SGD"), ("opening", 1, "100.00 SGD"))
    paid(life, number, "150.00 SGD")
    life.act(acts.write_off, WriteOffInvoice(number, "insolvent", tax_relief=True))
    with pytest.raises(Refused, match="came back when it was written off"):
        life.act(credit_invoice, CreditInvoice(number, "not delivered", (CreditLine(1),)))
    laws.hold(life)


ZERO = Money(Decimal("0.00"), "SGD")


@pytest.mark.parametrize("amount", [ZERO, Money(Decimal("-1.00"), "SGD"), Money(Decimal("0.001"), "SGD")])
@pytest.mark.parametrize(
    "verb", ["charge-back", "write-off", "verify", "reverse", "refund", "allocate", "payout", "open"]
)
def test_nothing_less_than_nothing_and_a_part_of_a_cent_are_no_amounts(verb: str, amount: Money) -> None:
    life = Life()
    number, other = sold(life, ("advice", 1, "100.00 SGD")), sold(life, ("advice", 1, "50.00 SGD"))
    paid(life, number)
    prepaid(life, "20.00 SGD")
    life.act(submit_payment, SubmitPayment((other,)))
    before = laws.dump(life.store)
    asked = {
        "charge-back": (acts.charge_back, ChargeBack("PAY-1", "fraudulent", amount)),
        "write-off": (acts.write_off, WriteOffInvoice(other, "insolvent", amount)),
        "verify": (verify_payment, VerifyPayment("PAY-3", amount=amount)),
        "reverse": (acts.reverse_allocation, ReverseAllocation("payment/PAY-1", number, "not for it", amount)),
        "refund": (acts.refund, acts.Refund(RequestRefund("payment/PAY-2", "too much", amount))),
        "allocate": (acts.allocate_money, AllocateMoney("payment/PAY-2", (Allocate(other, amount),))),
        "payout": (acts.record_payout, RecordPayout(amount, STRIPE["sg"])),
        "open": (open_money, OpenMoney("acme", amount, "sg")),
    }[verb]
    with pytest.raises(BillingError):
        life.act(*asked)
    assert laws.dump(life.store) == before


def test_a_fee_is_in_cents_and_a_payout_reaches_a_bank() -> None:
    life = Life()
    money = SubmitPayment(customer="acme", seller="sg", amount=parse_money("1.00 SGD"))
    with pytest.raises(WrongUsage, match=r"fee of 0\.005"):
        life.act(receive_payment, ReceivePayment(money, fee=Money(Decimal("0.005"), "SGD")))
    with pytest.raises(WrongUsage, match="can't receive a payout"):
        life.act(acts.record_payout, RecordPayout(parse_money("1.00 SGD"), STRIPE["sg"], STRIPE["sg"]))


def test_what_builds_on_money_is_not_dated_before_it() -> None:
    life = Life()
    number = sold(life, ("placement", 3, "100.00 SGD"))
    issued = life.today
    paid(life, number)
    life.moment += timedelta(days=5)
    between = life.today
    later(life)
    with pytest.raises(Refused, match="was there on"):
        life.act(credit_invoice, CreditInvoice(number, "not delivered"), day=issued)
    life.act(acts.reverse_allocation, ReverseAllocation("payment/PAY-1", number, "not for it"))
    with pytest.raises(Refused, match="when there were both"):
        life.act(acts.allocate_money, AllocateMoney("payment/PAY-1", (Allocate(number),)), day=between)
    with pytest.raises(Refused, match="is open since"):
        life.act(acts.write_off, WriteOffInvoice(number, "insolvent", parse_money("1.00 SGD")), day=between)
    with pytest.raises(Refused, match="before the money was free"):
        life.act(acts.refund, acts.Refund(RequestRefund("payment/PAY-1", "too much")), day=between)
    with pytest.raises(Refused, match="was with us on"):
        life.act(acts.charge_back, ChargeBack("PAY-1", "fraudulent"), day=between)
    later(life)
    facts = life.act(receive_payment, ReceivePayment(SubmitPayment((number,))))
    assert facts[-1].date == life.today
    laws.hold(life)


def test_a_payment_received_before_an_invoice_was_opened_again_settles_it_from_then_on() -> None:
    life = Life()
    number = sold(life, ("advice", 1, "100.00 SGD"))
    paid(life, number)
    later(life)
    received = life.today
    life.moment += timedelta(days=5)
    life.act(acts.reverse_allocation, ReverseAllocation("payment/PAY-1", number, "not for it"))
    opened_again = life.today
    later(life)
    life.act(submit_payment, SubmitPayment((number,)))
    verified, *_rest = life.act(verify_payment, VerifyPayment("PAY-2", received))
    assert verified.date == opened_again
    laws.hold(life)


def test_an_invoice_is_not_voided_before_the_day_on_which_its_money_was_taken_back() -> None:
    life = Life()
    number = sold(life, ("advice", 1, "100.00 SGD"))
    issued = life.today
    paid(life, number)
    later(life)
    life.act(acts.reverse_allocation, ReverseAllocation("payment/PAY-1", number, "not for it"))
    with pytest.raises(Refused, match="is voided on"):
        life.act(void_invoice, VoidInvoice(number, "a mistake"), day=issued)


def test_a_refund_after_one_that_failed_is_not_dated_before_it_failed() -> None:
    life = Life()
    prepaid(life, "100.00 SGD")
    life.act(acts.refund, acts.Refund(RequestRefund("payment/PAY-1", "too much")))
    requested = life.today
    later(life)
    life.act(acts.fail_refund, FailRefund("REF-1", "the account is closed"))
    later(life)
    with pytest.raises(Refused):
        life.act(acts.refund, acts.Refund(RequestRefund("payment/PAY-1", "too much")), day=requested)


def test_two_credit_notes_that_take_the_same_are_found_though_both_were_drawn_before_either_was_issued() -> None:
    life = Life()
    number = sold(life, ("advice", 2, "100.00 SGD"))
    paid(life, number)
    later(life)
    life.act(credit_invoice, CreditInvoice(number, "not delivered"))
    draft, issue = life.facts[-2:]
    twin = encode(draft).replace("CN-SG-2026-00001", "CN-SG-2026-00002").replace("sequence: 1", "sequence: 2")
    last = encode(issue).replace("CN-SG-2026-00001", "CN-SG-2026-00002")
    between, behind = (f"{draft.id[:-2]}{end}" for end in ("ZY", "ZZ"))
    ordered = f"{draft.id[:-1]}Z"
    text = life.text.replace(issue.id, behind)
    text += twin.replace(draft.id, ordered) + last.replace(issue.id, f"{between[:-1]}X")
    collected = collect(parser.parse_string(text)[0])
    _books, audit = reading._audited(gather_collected(collected), reading.opened_books(collected, None))
    found = [one.problem for one in audit.findings if one.problem.check == "credited-in-full"]
    assert found
    assert not quick.fold_sound(collected, reading.opened_books(collected, None))


def test_an_exchange_is_taken_back_before_its_invoice_is_voided() -> None:
    life = Life()
    number = sold(life, ("opening", 1, "100.00 USD"), currency="USD")
    prepaid(life, "200.00 SGD")
    life.act(acts.allocate_money, AllocateMoney("payment/PAY-1", (Allocate(number),), Decimal("1.35")))
    later(life)
    life.act(void_invoice, VoidInvoice(number, "a mistake", take_back=True))
    assert status(life, number) is Status.VOID
    laws.hold(life)


def test_what_an_allowance_left_of_a_line_is_not_credited_before_the_allowance() -> None:
    life = Life()
    number = sold(life, ("advice", 7, "100.00 SGD"))
    issued = life.today
    life.moment += timedelta(days=5)
    life.act(credit_invoice, CreditInvoice(number, "late", (CreditLine(1, amount=parse_money("63.00 SGD")),)))
    with pytest.raises(Refused, match="was there on"):
        life.act(credit_invoice, CreditInvoice(number, "not delivered"), day=issued)
    life.act(credit_invoice, CreditInvoice(number, "not delivered"))
    assert status(life, number) is Status.CREDITED
    laws.hold(life)
