"""Ids of facts rise, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from billing_beans.core.clock import FixedClock
from billing_beans.core.errors import BooksUnusable, WrongUsage
from billing_beans.core.identifiers import UlidSource, is_ulid, moment_of

MOMENT = datetime(2026, 1, 11, 2, 0, 0, 123_000, tzinfo=UTC)
HIGHEST = "7" + "Z" * 25


def zeros(count: int) -> bytes:
    return bytes(count)


def source(last: str = "", moment: datetime = MOMENT) -> UlidSource:
    return UlidSource(FixedClock(moment), zeros, last)


class SteppingClock:
    """A clock that shows these moments one after the other."""

    def __init__(self, moments: list[datetime]) -> None:
        self.moments = iter(moments)

    def now(self) -> datetime:
        return next(self.moments)


def test_an_id_tells_the_moment_and_the_randomness_like_python_ulid() -> None:
    made = UlidSource(FixedClock(MOMENT), lambda count: bytes(range(count))).next()
    assert made == str(ULID.from_timestamp(int(MOMENT.timestamp() * 1000)))[:10] + made[10:]
    assert ULID.from_str(made).bytes[6:] == bytes(range(10))
    assert moment_of(made) == MOMENT


def test_ids_of_one_act_rise_by_one_while_the_clock_stands_still() -> None:
    ids = source()
    first, second, third = (int(ULID.from_str(ids.next())) for _ in range(3))
    assert (second, third) == (first + 1, first + 2)


def test_an_id_is_the_last_one_plus_one_where_the_clock_was_set_back() -> None:
    last = source(moment=MOMENT + timedelta(days=400)).next()
    following = source(last).next()
    assert int(ULID.from_str(following)) == int(ULID.from_str(last)) + 1
    assert moment_of(following) == MOMENT + timedelta(days=400)


def test_an_id_is_the_clocks_where_that_is_later() -> None:
    last = source(moment=MOMENT - timedelta(days=1)).next()
    assert moment_of(source(last).next()) == MOMENT


def test_an_id_carries_over_from_the_randomness_into_the_next_millisecond() -> None:
    last = source().next()[:10] + "Z" * 16
    assert moment_of(source(last).next()) == MOMENT + timedelta(milliseconds=1)


def test_ids_never_wrap_around() -> None:
    with pytest.raises(BooksUnusable, match="no id above the last one"):
        source(HIGHEST).next()
    ids = source(HIGHEST[:-1] + "Y")
    assert ids.next() == HIGHEST
    with pytest.raises(BooksUnusable, match="no id above the last one"):
        ids.next()
    with pytest.raises(BooksUnusable, match="no id above the last one"):
        ids.next()


def test_a_clock_before_1970_still_gives_ids_that_rise() -> None:
    ids = source(moment=datetime(1960, 1, 1, tzinfo=UTC))
    assert [ids.next(), ids.next()] == ["0" * 25 + "1", "0" * 25 + "2"]


@pytest.mark.parametrize("last", ["x", "0", HIGHEST.lower(), "8" + "0" * 25])
def test_ids_dont_go_on_from_what_is_no_id(last: str) -> None:
    with pytest.raises(WrongUsage, match="is no id of a fact"):
        source(last)


@pytest.mark.parametrize("text", ["0" * 26, HIGHEST, "01KEN1MP8G0000000000000000", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_a_canonical_ulid_is_one(text: str) -> None:
    assert is_ulid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 25,
        "0" * 27,
        "8" + "0" * 25,
        "01arz3ndektsv4rrffq69g5fav",
        "01ARZ3NDEKTSV4RRFFQ69G5FAI",
        "01ARZ3NDEKTSV4RRFFQ69G5FAL",
        "01ARZ3NDEKTSV4RRFFQ69G5FAO",
        "01ARZ3NDEKTSV4RRFFQ69G5FAU",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV\n",
        " 01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "\u0660" * 26,
    ],
)
def test_any_other_form_is_no_ulid_and_tells_no_moment(text: str) -> None:
    assert not is_ulid(text)
    with pytest.raises(WrongUsage, match="is no id of a fact"):
        moment_of(text)


def test_an_id_beyond_the_last_date_tells_so() -> None:
    with pytest.raises(WrongUsage, match="after the year 9999"):
        moment_of(HIGHEST)


@given(st.integers(0, 2**128 - 2))
def test_ids_are_encoded_and_decoded_like_python_ulid_does(number: int) -> None:
    following = source(str(ULID.from_int(number)), datetime(1960, 1, 1, tzinfo=UTC)).next()
    assert following == str(ULID.from_int(number + 1))
    assert is_ulid(following)


@given(
    st.lists(
        st.tuples(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.binary(min_size=10, max_size=10)),  # noqa: DTZ001
        min_size=2,
    )
)
def test_ids_rise_as_text_whatever_the_clock_and_the_randomness_do(steps: list[tuple[datetime, bytes]]) -> None:
    random = iter([randomness for _, randomness in steps])
    ids = UlidSource(SteppingClock([moment.replace(tzinfo=UTC) for moment, _ in steps]), lambda _: next(random))
    made = [ids.next() for _ in steps]
    assert made == sorted(set(made))
    assert all(map(is_ulid, made))
