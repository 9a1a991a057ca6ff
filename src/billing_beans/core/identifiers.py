"""Ids of facts: ULIDs that only rise, so that facts fold in the order in which they were recorded.

A ULID is 128 bits in 26 characters of Crockford's base 32: 48 bits of milliseconds since 1970, then 80 random bits.
Ids compare as text like the numbers they stand for. The codec is written out here because importing python-ulid takes
longer than many a command; the tests compare the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from billing_beans.core.clock import Clock
from billing_beans.core.errors import BooksUnusable, WrongUsage

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTH = 26
_BITS = 128
_RANDOM_BITS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_ULIDS = re.compile(rf"(?:{_ULID.pattern}\n)*")


class UlidSource:
    """Makes ids, each above the one before and above `last`, the last id in the books (empty in new books).

    An id is the later of the clock and the last id plus one, so it also rises within one act, within one millisecond, and
    where the clock was set back or the books come from a machine whose clock runs fast. `randomness` gives as many random
    bytes as it is asked for, like `os.urandom`. Raises `WrongUsage` where `last` is no ULID.
    """

    def __init__(self, clock: Clock, randomness: Callable[[int], bytes], last: str = "") -> None:
        self._clock = clock
        self._randomness = randomness
        self._last = _decode(last) if last else 0

    def next(self) -> str:
        """The next id. Raises `BooksUnusable` where there is none: the last id, or the clock, is at the end of time."""
        following = max(self._from_clock(), self._last + 1)
        if following >> _BITS:
            raise BooksUnusable(
                "There is no id above the last one: it, or the clock, stands at the end of the year 10889.",
                instead="find the id in the books that begins with 7Z and was not made by this tool; set the clock",
            )
        self._last = following
        return _encode(following)

    def _from_clock(self) -> int:
        milliseconds = (self._clock.now() - _EPOCH) // _MILLISECOND
        return milliseconds << _RANDOM_BITS | int.from_bytes(self._randomness(_RANDOM_BITS // 8), "big")


def a_moment_later(ulid: str) -> str:
    """The id a millisecond later. Raises `WrongUsage` for what is no ULID, and `BooksUnusable` where there is none."""
    later = _decode(ulid) + (1 << _RANDOM_BITS)
    if later >> _BITS:
        raise BooksUnusable("There is no id a moment later.", instead="set the clock")
    return _encode(later)


def is_ulid(text: str) -> bool:
    """Whether it is a ULID in its one canonical form: capitals, of Crockford's alphabet, within 128 bits."""
    return _ULID.fullmatch(text) is not None


def are_ulids(texts: Iterable[object]) -> bool:
    """Whether all of them are; for many of them in a fraction of the time. What is no text is none."""
    return _ULIDS.fullmatch("".join([f"{text}\n" for text in texts])) is not None


def moment_of(ulid: str) -> datetime:
    """When the id was made, in UTC, to the millisecond; a little later where it had to rise above another (U9).

    Raises `WrongUsage` for what is no ULID, or one of a year that no date has.
    """
    try:
        return _EPOCH + (_decode(ulid) >> _RANDOM_BITS) * _MILLISECOND
    except OverflowError:
        raise WrongUsage(f"The id {ulid} says that it was made after the year 9999.") from None


def _encode(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range((_LENGTH - 1) * 5, -1, -5))


def _decode(ulid: str) -> int:
    if not is_ulid(ulid):
        raise WrongUsage(f"{ulid!r} is no id of a fact.", instead="ids are ULIDs, such as 01KEN1MP8G0000000000000000")
    number = 0
    for character in ulid:
        number = number << 5 | _VALUES[character]
    return number
