"""What a line of a bank statement pays, and how sure that is: the table of `matching.py`, row by row (Y6)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_beans.core.money import Money
from billing_beans.importers.bank.candidates import Candidates
from billing_beans.importers.bank.lines import BankLine
from billing_beans.importers.bank.matching import Confidence, Match, match_line, take
from billing_beans.importers.bank.mentions import Numbers, Strength, name_key
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import Status
from billing_beans.payments.records import PaymentHead, PaymentStatus

DAY = date(2026, 1, 13)
ISSUED = date(2026, 1, 11)
SURE, LIKELY, DOUBTFUL, UNKNOWN, SKIPPED = Confidence


def head(number: str, due: str, customer: str = "acme", currency: str = "SGD", seller: str = "sg") -> InvoiceHead:
    return InvoiceHead(
        number, customer, seller, currency, Status.ISSUED, 1, ISSUED, "1", ISSUED, Decimal(due), issued=ISSUED
    )


def submitted(payment: str, amount: str, reference: str | None, customer: str = "acme") -> PaymentHead:
    money = Money(Decimal(amount), "SGD")
    return PaymentHead(
        payment,
        customer,
        "bank-transfer",
        money,
        PaymentStatus.SUBMITTED,
        DAY,
        "1",
        "fin",
        "SG-2026-00001",
        "sg",
        reference,
    )


def line(
    amount: str, text: str = "", name: str = "", *, account: str = "", day: date = DAY, **more: object
) -> BankLine:
    currency = str(more.pop("currency", "SGD"))
    return BankLine(
        "SG001",
        day,
        Money(Decimal(amount), currency),
        "a:1",
        text=text,
        counterparty=name,
        counterparty_account=account,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def owed() -> Candidates:
    """acme owes 981.00, 500.00 and 12.00; globex 700.00 and 981.00; PAY-7 of globex waits for its 700.00."""
    found = Candidates("sg", payers=lambda payer, _day: {"iban/DE02GLOBEX": "globex"}.get(payer))
    found.add_invoice(head("SG-2026-00001", "981.00"))
    found.add_invoice(head("SG-2026-00002", "500.00"))
    found.add_invoice(head("536365", "12.00"))
    found.add_invoice(head("SG-2026-00003", "700.00", "globex"))
    found.add_invoice(head("SG-2026-00004", "981.00", "globex"))
    found.add_invoice(head("SG-2026-00005", "20.00", "acme", "USD"))
    found.add_payment(submitted("PAY-7", "700.00", "FT26012ABC", "globex"), {"SG-2026-00003": Decimal("700.00")})
    found.add_name("acme", ("Acme Pte. Ltd.", "ACME Holding"))
    found.add_name("globex", ("Globex GmbH",))
    found.add_name("shared-1", ("Max Müller",))
    found.add_name("shared-2", ("Müller, Max",))
    return found


ROWS = [
    (line("-981.00", "SG-2026-00001"), SKIPPED, ()),
    (line("981.00", "SG-2026-00001", reversal=True), SKIPPED, ()),
    (line("981.00", "SG-2026-00001"), SURE, ("SG-2026-00001",)),
    (line("981.00", "invoice sg 2026 00001 thank you"), SURE, ("SG-2026-00001",)),
    (line("981.00", "RG.NR.:SG202600001/14.01.2026"), SURE, ("SG-2026-00001",)),
    (line("981.00", end_to_end="SG-2026-00001"), SURE, ("SG-2026-00001",)),
    (line("1481.00", "SG-2026-00002 + SG-2026-00001"), SURE, ("SG-2026-00002", "SG-2026-00001")),
    (line("981.00", "SG-2026-000 01"), LIKELY, ("SG-2026-00001",)),
    (line("981.00", "SG-2026-000 01", "ACME"), SURE, ("SG-2026-00001",)),
    (line("12.00", "536365"), LIKELY, ("536365",)),
    (line("12.00", "536365", "Acme Pte Ltd"), SURE, ("536365",)),
    (line("981.00", "SG-2026-00001", day=date(2026, 1, 10)), LIKELY, ("SG-2026-00001",)),
    (line("981.00", "SG-2026-00001", account="DE02 GLOBEX"), LIKELY, ("SG-2026-00001",)),
    (line("900.00", "SG-2026-00001"), LIKELY, ("SG-2026-00001",)),
    (line("1000.00", "SG-2026-00001"), LIKELY, ("SG-2026-00001",)),
    (line("900.00", "SG-2026-000 01"), DOUBTFUL, ()),
    (line("981.00", "SG-2026-00001 SG-2026-00002"), LIKELY, ("SG-2026-00001",)),
    (line("1962.00", "SG-2026-00001 SG-2026-00004"), DOUBTFUL, ()),
    (line("20.00", "SG-2026-00005"), DOUBTFUL, ()),
    (line("20.00", "SG-2026-00005", currency="USD"), SURE, ("SG-2026-00005",)),
    (line("700.00", "FT26012ABC"), SURE, "PAY-7"),
    (line("700.00", bank_id="FT26012ABC"), SURE, "PAY-7"),
    (line("700.00", "SG-2026-00003"), SURE, "PAY-7"),
    (line("650.00", "SG-2026-00003"), DOUBTFUL, ()),
    (line("650.00", "FT26012ABC"), LIKELY, "PAY-7"),
    (line("700.00", "FT26012ABC SG-2026-00001"), DOUBTFUL, ()),
    (line("700.00", "", "GLOBEX"), LIKELY, "PAY-7"),
    (line("500.00", "thanks", "Acme"), LIKELY, ("SG-2026-00002",)),
    (line("981.00", "", "Globex", account="DE02GLOBEX"), LIKELY, ("SG-2026-00004",)),
    (line("981.00", "", "Max Mueller"), DOUBTFUL, ()),
    (line("981.00"), DOUBTFUL, ()),
    (line("33.00", "", "Acme"), DOUBTFUL, ()),
    (line("33.00", "", "Anybody", account="DE02 GLOBEX"), LIKELY, ()),
    (line("33.00", "", "Max Müller"), DOUBTFUL, ()),
    (line("33.00", "hello", "Nobody"), UNKNOWN, ()),
    (line("981.00", "SG-2026-000011"), DOUBTFUL, ()),
    (line("981.00", "XSG-2026-00001"), DOUBTFUL, ()),
]


@pytest.mark.parametrize(
    ("given_line", "confidence", "pays"),
    ROWS,
    ids=lambda one: f"{one.amount.number} {one.text} {one.counterparty}" if isinstance(one, BankLine) else "",
)
def test_each_row_of_the_table(owed: Candidates, given_line: BankLine, confidence: Confidence, pays: object) -> None:
    match = match_line(given_line, owed)
    assert (match.confidence, match.payment or match.invoices) == (confidence, pays)
    assert match.reasons


def test_a_doubtful_line_says_what_it_may_be(owed: Candidates) -> None:
    match = match_line(line("981.00", "", "Somebody"), owed)
    assert match.reasons == ("is over the amount of SG-2026-00001, SG-2026-00004", "'Somebody' is no customer")


def test_what_is_taken_is_not_paid_again(owed: Candidates) -> None:
    first = match_line(line("981.00", "SG-2026-00001"), owed)
    take(first, owed)
    again = match_line(line("981.00", "SG-2026-00001"), owed)
    assert (again.confidence, again.reasons) == (DOUBTFUL, ("SG-2026-00001 is settled already, by a:1",))
    take(match_line(line("700.00", "FT26012ABC"), owed), owed)
    assert match_line(line("700.00", "FT26012ABC"), owed).confidence is DOUBTFUL
    assert match_line(line("700.00", "SG-2026-00003"), owed).confidence is DOUBTFUL


def test_a_part_that_is_taken_leaves_the_rest(owed: Candidates) -> None:
    take(match_line(line("900.00", "SG-2026-00001"), owed), owed)
    assert match_line(line("81.00", "SG-2026-00001"), owed).confidence is SURE


def test_two_payments_with_one_reference_are_never_sure(owed: Candidates) -> None:
    owed.add_payment(submitted("PAY-8", "700.00", "FT26012ABC"), {"SG-2026-00001": Decimal("700.00")})
    match = match_line(line("700.00", "FT26012ABC"), owed)
    assert (match.confidence, match.payment) == (DOUBTFUL, None)


def test_a_longer_number_is_not_the_shorter_one_inside_it() -> None:
    numbers = Numbers()
    for number in ("SG-2026-00001", "2026-00001", "SG-2026-000012"):
        numbers.add(number, number)
    assert [one.key for one in numbers.in_text("pays SG-2026-00001.")] == ["SG-2026-00001"]
    assert [one.key for one in numbers.in_text("pays 2026-00001")] == ["2026-00001"]


def test_a_number_that_can_be_read_in_two_ways_names_both() -> None:
    numbers = Numbers()
    numbers.add("a", "SG-2026-0001")
    numbers.add("b", "SG-2026-00012")
    found = {one.key: one.strength for one in numbers.in_text("SG-2026-0001 2 pieces")}
    assert found == {"a": Strength.PLAIN, "b": Strength.PATCHED}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Pte. Ltd.", "ACME PTE LTD"),
        ("Müller & Söhne GmbH", "Muller und Sohne"),
        ("Richter, Renate", "Renate Richter"),
        ("Café S.A.R.L.", "CAFE SARL"),
        ("株式会社 テスト", "テスト 株式会社"),
    ],
)
def test_names_are_told_without_accents_forms_and_order(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
    assert name_key(one)


def test_a_name_of_nothing_but_a_legal_form_is_no_other() -> None:
    assert name_key("Co") != name_key("Ltd")
    assert name_key("&") == ""


amounts = st.sampled_from(["10.00", "20.00", "30.00", "40.00"])
customers = st.sampled_from(["acme", "globex"])
spellings = st.sampled_from(
    ["{}", "inv {} thx", "{} PO 4711", "20260113 {}", "Rg.{}/2026", "TEL 6512345678 {}", "({})"]
)


@st.composite
def books(draw: st.DrawFn) -> tuple[Candidates, dict[str, InvoiceHead]]:
    """Invoices that look like each other, over few amounts: whatever can be taken for another is there."""
    numbers = draw(
        st.lists(
            st.one_of(
                st.integers(1, 30).map(lambda one: f"SG-2026-{one:05d}"),
                st.integers(1, 30).map(lambda one: f"SG-2026-{one}"),
                st.integers(1, 30).map(lambda one: f"{one:06d}"),
                st.integers(20260101, 20260130).map(str),
            ),
            min_size=1,
            max_size=12,
            unique=True,
        )
    )
    found = Candidates("sg")
    heads = {number: head(number, draw(amounts), draw(customers)) for number in numbers}
    for one in heads.values():
        found.add_invoice(one)
    found.add_name("acme", ("Acme",))
    found.add_name("globex", ("Globex",))
    return found, heads


@given(books(), st.data())
def test_a_line_that_is_sure_pays_what_its_payer_wrote(
    made: tuple[Candidates, dict[str, InvoiceHead]], data: st.DataObject
) -> None:
    """A payer pays one invoice and writes its number as payers do: where that is sure, it is that invoice."""
    candidates, heads = made
    meant = data.draw(st.sampled_from(sorted(heads)))
    written = data.draw(
        st.sampled_from(
            [meant, meant.replace("-", " "), meant.replace("-", ""), meant.lower(), f"{meant[:-1]} {meant[-1]}"]
        )
    )
    text = data.draw(spellings).format(written)
    amount = data.draw(st.one_of(st.just(str(heads[meant].total)), amounts))
    name = data.draw(st.sampled_from(["", "Nobody", heads[meant].customer]))
    match = match_line(line(amount, text, name), candidates)
    if match.confidence is SURE:
        assert match.invoices == (meant,)
        assert match.line.amount.number == heads[meant].total


def noise(heads: dict[str, InvoiceHead]) -> st.SearchStrategy[str]:
    """What payers write besides: pieces of numbers that are there, numbers put together, and words."""
    number = st.sampled_from(sorted(heads))
    piece = st.one_of(
        st.sampled_from(["SG", "2026", "sg-2026", "thanks", "/", "#", "rent", "0"]),
        number,
        number.map(lambda one: one.removeprefix("SG-")),
        number.map(lambda one: f"{one[:-1]} {one[-1]}"),
        number.map(lambda one: f"{one} 2"),
        number.map(lambda one: f"x{one}"),
    )
    return st.lists(piece, max_size=3).map(" ".join)


def is_written(number: str, text: str) -> bool:
    """Whether a number stands in a text by itself, with its parts as it has them."""
    parts = r"[\s\-]{0,3}".join(re.findall(r"[A-Z]+|[0-9]+", number))
    return re.search(rf"(?<![A-Z0-9]){parts}(?![A-Z0-9])", text.upper()) is not None


@settings(max_examples=400)
@given(books(), amounts, st.data())
def test_a_line_is_sure_without_its_payer_only_where_it_names_everything_plainly(
    made: tuple[Candidates, dict[str, InvoiceHead]], amount: str, data: st.DataObject
) -> None:
    candidates, heads = made
    text = data.draw(noise(heads))
    match = match_line(line(amount, text, "Nobody"), candidates)
    if match.confidence is SURE:
        assert all(number.startswith("SG-") and is_written(number, text) for number in match.invoices)
        assert sum(heads[number].total for number in match.invoices) == Decimal(amount)
        assert not [
            one for one in heads if one.startswith("SG-") and is_written(one, text) and one not in match.invoices
        ]


@given(books(), st.lists(st.tuples(amounts, st.sampled_from(["", "Acme", "Globex"])), max_size=12), st.data())
def test_no_run_settles_more_than_is_owed(
    made: tuple[Candidates, dict[str, InvoiceHead]], lines: list[tuple[str, str]], data: st.DataObject
) -> None:
    candidates, heads = made
    settled = dict.fromkeys(heads, Decimal(0))
    for amount, name in lines:
        match: Match = match_line(line(amount, data.draw(noise(heads)), name), candidates)
        if match.confidence not in (SURE, LIKELY):
            continue
        before = {number: candidates.invoices[number].due for number in match.invoices}
        take(match, candidates)
        for number, due in before.items():
            settled[number] += due - candidates.invoices[number].due
        if match.confidence is SURE:
            assert sum(before.values()) == Decimal(amount)
    assert all(settled[number] <= one.total for number, one in heads.items())
    assert all(settled[number] + candidates.invoices[number].due == one.total for number, one in heads.items())
