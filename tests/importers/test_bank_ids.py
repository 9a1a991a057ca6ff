"""The id of a line: the same one for the same booking, whatever file it stands in, and never for two (Y6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from bank_samples import IBAN, booking, camt, entry, lines, mt940, ofx, read
from hypothesis import given
from hypothesis import strategies as st

from billing_beans.core.identifiers import is_ulid
from billing_beans.core.ids import is_link
from billing_beans.core.money import Money
from billing_beans.importers.bank.lines import BankFile, BankLine, Statement, identified

DAY = date(2026, 1, 13)


def line(day: int = 0, amount: int = 1, text: str = "", bank_id: str = "") -> BankLine:
    money = Money(Decimal(amount).scaleb(-2), "SGD")
    return BankLine(
        IBAN, DAY + timedelta(days=day), money, f"{day}/{amount}/{text}/{bank_id}", bank_id=bank_id, text=text
    )


def file(*statements: list[BankLine], name: str = "a") -> BankFile:
    found = [Statement(IBAN, str(number), tuple(one)) for number, one in enumerate(statements)]
    return BankFile(name, "mt940", tuple(found))


def ids(*files: BankFile) -> list[str]:
    return [one.id for one in identified(files).lines]


def test_an_id_can_be_a_source_and_a_link() -> None:
    (one,) = ids(file([line()]))
    assert one.startswith("bank/")
    assert is_link(one)
    assert not is_ulid(one)


def test_the_same_file_twice_gives_every_line_once() -> None:
    text = camt(entry(bank_id="R1"), entry("5.00"), entry("5.00"))
    found = identified([read(text, name="a.xml"), read(text, name="b.xml")])
    assert len(found.lines) == 3
    assert [one.why for one in found.repeated] == [
        "is the same booking as a.xml:7",
        *("is the same booking as a.xml:11", "is the same booking as a.xml:15"),
    ]


def test_equal_lines_without_an_id_of_the_bank_are_as_many_as_they_are() -> None:
    assert len(set(ids(file([line(), line(), line()])))) == 3


def test_equal_lines_with_one_id_of_the_bank_are_one() -> None:
    found = identified([file([line(bank_id="R"), line(bank_id="R")])])
    assert len(found.lines) == 1


def test_one_id_of_the_bank_over_other_amounts_is_several_lines() -> None:
    assert len(set(ids(file([line(amount=1, bank_id="R"), line(amount=2, bank_id="R")])))) == 2


def test_the_pages_of_one_statement_count_together_and_two_statements_do_not() -> None:
    fields = (":61:260113C5,00NTRFNONREF", ":86:x")
    pages = mt940(*fields, number="1/1", closing=":62M:C260113SGD1005,00") + mt940(*fields, number="1/2")
    assert len(lines(pages)) == 2
    overlapping = mt940(*fields, number="1/1") + mt940(*fields, number="2/1")
    assert len(lines(overlapping)) == 1


def test_an_id_does_not_depend_on_how_a_bank_spaces_its_text() -> None:
    assert ids(file([line(text="SG-2026 00001")])) == ids(file([line(text="SG-20 2600001")]))


def test_the_lines_of_another_account_are_others() -> None:
    one = lines(ofx(booking()))
    other = lines(ofx(booking()).replace(IBAN, "SG999"))
    assert one[0].id != other[0].id


booked = st.builds(
    line,
    day=st.integers(0, 4),
    amount=st.integers(1, 3),
    text=st.sampled_from(["", "a", "b"]),
    bank_id=st.sampled_from(["", "", "R1", "R2"]),
)


@given(st.lists(booked, max_size=30), st.integers(0, 4), st.integers(0, 4))
def test_statements_that_overlap_by_whole_days_give_each_booking_once(
    history: list[BankLine], end: int, start: int
) -> None:
    """What a bank books is one history of days; statements are pieces of it, and together they say no more than it does."""
    history.sort(key=lambda one: one.booked)
    first = [one for one in history if one.booked <= DAY + timedelta(days=end)]
    second = [one for one in history if one.booked >= DAY + timedelta(days=start)]
    whole = ids(file(history))
    pieces = ids(file(first, name="a"), file(second, name="b"))
    assert len(whole) == len(set(whole))
    assert set(pieces) <= set(whole)
    if start <= end + 1:
        assert set(pieces) == set(whole)
    assert len(pieces) == len(set(pieces))


@given(st.lists(booked, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_lines_within_a_day_does_not_matter(history: list[BankLine], random: object) -> None:
    shuffled = [*history]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert set(ids(file(history))) == set(ids(file(shuffled)))
