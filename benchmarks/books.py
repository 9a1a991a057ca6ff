"""Books of a stated size, made by the real acts: what the benchmarks run on."""

from __future__ import annotations

import argparse
import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from billing_beans.acts.act import Act, Context
from billing_beans.acts.entitlements import consume_entitlement
from billing_beans.acts.invoices import IssueInvoice, draft_invoice, issue_invoice
from billing_beans.acts.payments import submit_payment, verify_payment
from billing_beans.books import Books, OpenAccount
from billing_beans.catalog import facts as catalog
from billing_beans.core.accounts import Account
from billing_beans.core.clock import FixedClock
from billing_beans.core.facts import Fact, Movement
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.money import parse_money
from billing_beans.entitlements.operations import Consume
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice
from billing_beans.ledger.codec import encode
from billing_beans.ledger.layout import MONTHS, appends_of
from billing_beans.payments.operations import SubmitPayment, VerifyPayment

START = date(2026, 1, 1)
INVOICES_PER_CUSTOMER = 10
MAIN = """option "title" "Benchmark"
option "operating_currency" "SGD"
{plugin}
include "setup/setup.beancount"
include "journal/accounts.beancount"
include "journal/all.beancount"
"""
TRANSACTIONS_PER_INVOICE = 5
"""Issued, verified, posted, and two consumptions."""


def catalogue(customers: int) -> Iterator[Fact]:
    """One legal entity, placement and gig credits, and customers with an agreement each."""
    yield catalog.BookDeclared(date=START, book="bench", organization="Bench", livemode=True, format=1)
    yield catalog.LegalEntityAdded(
        date=START, entity="sg", name="Example Pte. Ltd.", address="1 Raffles Place, Singapore 048616",
        tax_number="M90000001X", country="SG", currency="SGD", time_zone="Asia/Singapore", account="SG",
        invoice_format="SG-{year}-{sequence:06d}", bank=Account("Assets:SG:Bank:OCBC"),
    )  # fmt: skip
    tax = Account("Liabilities:SG:Tax:GST")
    yield catalog.TaxCodeAdded(date=START, tax_code="SG-GST-9", rate=Decimal("0.09"), account=tax)
    yield catalog.TaxCodeAdded(date=START, tax_code="SG-EXEMPT", rate=Decimal("0.00"), account=tax)
    yield catalog.ProductAdded(
        date=START, product="placement-credit", name="Placement credits", revenue=catalog.Revenue.ON_CONSUMPTION,
        tax_code="SG-GST-9", entitlement="PLACEMENT",
    )  # fmt: skip
    yield catalog.ProductAdded(
        date=START, product="gig-credit", name="Gig credits", revenue=catalog.Revenue.AGENT, tax_code="SG-EXEMPT",
        fee_tax_code="SG-GST-9", entitlement="GIG", platform_fee_bps=1500,
    )  # fmt: skip
    yield catalog.ProductAdded(
        date=START, product="consulting", name="Consulting", revenue=catalog.Revenue.ON_ISSUE, tax_code="SG-GST-9"
    )
    yield catalog.ProductAdded(
        date=START, product="support", name="Support", revenue=catalog.Revenue.OVER_PERIOD, tax_code="SG-GST-9"
    )
    yield catalog.PriceAdded(date=START, price="PRICE-4", product="support", unit_price=parse_money("99.00 SGD"))
    yield catalog.PriceAdded(date=START, price="PRICE-3", product="consulting", unit_price=parse_money("150.00 SGD"))
    yield catalog.PriceAdded(
        date=START, price="PRICE-1", product="placement-credit", unit_price=parse_money("100.00 SGD")
    )
    yield catalog.PriceAdded(date=START, price="PRICE-2", product="gig-credit", unit_price=parse_money("20.00 SGD"))
    for one in range(customers):
        yield from _customer(one)


def _customer(one: int) -> Iterator[Fact]:
    name = f"customer-{one}"
    yield catalog.CustomerAdded(
        date=START, customer=name, name=f"Customer {one} Pte. Ltd.", country="SG", account=f"Customer-{one}"
    )
    yield catalog.BillToAdded(
        date=START, customer=name, currency="SGD", name=f"Customer {one} Pte. Ltd.",
        attention="Accounts Payable", email=f"ap@customer-{one}.example", address="2 Shenton Way, Singapore 068804",
    )  # fmt: skip
    yield catalog.AgreementAdded(date=START, agreement=f"AG-{one}", customer=name)


BANK = "Assets:SG:Bank:OCBC"


def write_books(root: Path, transactions: int, seed: int = 1) -> None:
    """Books with about this many billing transactions, spread over a year."""
    _write(root, max(1, transactions // TRANSACTIONS_PER_INVOICE), _invoice, seed)


def write_receivables(root: Path, invoices: int, seed: int = 1) -> None:
    """Books with this many invoices over a year, of which nearly all are paid some weeks later: for reports."""
    waiting: deque[str] = deque()
    lag = max(1, invoices // 8)

    def invoice(books: Books, customer: str, moment: datetime, chance: random.Random) -> Act:
        return _receivable(books, customer, moment, chance, waiting if len(waiting) >= lag else None, waiting.append)

    _write(root, invoices, invoice, seed)


LINES_OF_ONE = 4


def write_deferred(root: Path, lines: int, seed: int = 1) -> None:
    """Books with this many lines, four on each invoice, that are earned over the month in which they are issued: for releases."""
    _write(root, max(1, lines // LINES_OF_ONE), _deferred, seed)


Maker = Callable[[Books, str, datetime, random.Random], Act]


def _write(root: Path, invoices: int, make: Maker, seed: int) -> None:
    facts = list(catalogue(max(1, invoices // INVOICES_PER_CUSTOMER)))
    books = Books()
    for fact in facts:
        books.apply(fact)
    books.accounts.put(OpenAccount(BANK, START))
    files: dict[str, list[str]] = defaultdict(list)
    files["setup/setup.beancount"] = ["\n".join(encode(fact) for fact in facts), f"\n{START} open {BANK}  SGD\n"]
    for path, text in _history(root, books, invoices, make, random.Random(seed)):
        files[path].append(text)
    files["main.beancount"] = [MAIN.format(plugin='plugin "billing_beans.plugins"')]
    files["plain.beancount"] = [MAIN.format(plugin="")]
    for path, texts in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("".join(texts), encoding="utf-8")


def _history(root: Path, books: Books, invoices: int, make: Maker, chance: random.Random) -> Iterator[tuple[str, str]]:
    """What each invoice appends. Nothing is on disk yet, so each append would begin the year anew: only the first may."""
    step = timedelta(days=330) / invoices
    for number in range(invoices):
        moment = datetime(2026, 1, 2, tzinfo=UTC) + step * number
        customer = f"customer-{chance.randrange(max(1, invoices // INVOICES_PER_CUSTOMER))}"
        for append in appends_of(make(books, customer, moment, chance), root):
            text = append.text
            if number and append.path == MONTHS:
                continue
            if number and text.startswith(";;"):
                text = text.split("\n", 1)[1]
            yield str(append.path), text


def _invoice(books: Books, customer: str, moment: datetime, chance: random.Random) -> Act:
    ids = UlidSource(FixedClock(moment), chance.randbytes, books.last_id)
    act = Act(books, Context(moment, "bench", ids.next))
    units = Decimal(chance.randrange(2, 30))
    product, unit = chance.choice((("placement-credit", "PLACEMENT"), ("gig-credit", "GIG")))
    draft_invoice(act, DraftInvoice(customer, (Item(product, units),)))
    draft = act.facts[0]
    issue_invoice(act, IssueInvoice(draft.entities()[0]))
    submit_payment(act, SubmitPayment((draft.entities()[0],), bank_reference="FT26012ABC"))
    verify_payment(act, VerifyPayment(act.facts[-1].entities()[0]))
    consume_entitlement(act, Consume(customer, unit, units - 1, f"placement/{draft.entities()[0]}"))
    consume_entitlement(act, Consume(customer, unit, Decimal(1), f"placement/{draft.entities()[0]}/2"))
    assert sum(isinstance(fact, Movement) for fact in act.facts) == TRANSACTIONS_PER_INVOICE
    return act


def _deferred(books: Books, customer: str, moment: datetime, chance: random.Random) -> Act:
    """Support is sold for a month, which has begun."""
    ids = UlidSource(FixedClock(moment), chance.randbytes, books.last_id)
    act = Act(books, Context(moment, "bench", ids.next))
    start = moment.date().replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1)
    items = [
        Item("support", Decimal(chance.randrange(1, 30)), period_start=start, period_end=end)
        for _ in range(LINES_OF_ONE)
    ]
    draft_invoice(act, DraftInvoice(customer, tuple(items)))
    issue_invoice(act, IssueInvoice(act.facts[0].entities()[0]))
    return act


def _receivable(
    books: Books,
    customer: str,
    moment: datetime,
    chance: random.Random,
    waiting: deque[str] | None,
    wait: Callable[[str], None],
) -> Act:
    """An invoice is issued. Of those that wait for long enough the first is paid, mostly: sometimes only in part, or not."""
    ids = UlidSource(FixedClock(moment), chance.randbytes, books.last_id)
    act = Act(books, Context(moment, "bench", ids.next))
    draft_invoice(act, DraftInvoice(customer, (Item("consulting", Decimal(chance.randrange(1, 30))),)))
    number = act.facts[0].entities()[0]
    issue_invoice(act, IssueInvoice(number))
    wait(number)
    paid = chance.random()
    if waiting is not None:
        due = waiting.popleft()
        if paid < 0.95:
            submit_payment(act, SubmitPayment((due,), amount=parse_money("100.00 SGD") if paid < 0.02 else None))
            verify_payment(act, VerifyPayment(act.facts[-1].entities()[0]))
    return act


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("root", type=Path)
    arguments.add_argument("transactions", type=int)
    options = arguments.parse_args()
    write_books(options.root, options.transactions)
