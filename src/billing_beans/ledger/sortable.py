"""Keys as bytes that sort: what the tables of the index are ordered by.

Bytes compare as Python compares the values: equal numbers are equal bytes (90.0 and 90.00, as in a dictionary), and no value's
bytes begin with another's, so that those of a tuple can stand one behind the other.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from billing_beans.core.tables import Key

_NONE, _NUMBER, _TEXT, _DAY = b"\1", b"\2", b"\3", b"\4"
_NEGATIVE, _ZERO, _POSITIVE = b"\1", b"\2", b"\3"
_END = b"\0"
BEHIND = b"\xff"
"""Behind the beginning of a key: after all keys that begin so."""
_ESCAPED = b"\0\xff"
_EXPONENT_BYTES, _EXPONENT_ZERO = 8, 1 << 63
_COMPLEMENT = bytes(range(255, -1, -1))


def sortable(key: Key) -> bytes:
    """A key, or a part of one, as bytes."""
    if key.__class__ is str:
        return _sortable_text(key)
    if isinstance(key, tuple):
        return b"".join(map(_sortable_value, key))
    return _sortable_value(key)


def _sortable_value(value: Any) -> bytes:
    if isinstance(value, str):
        return _sortable_text(value)
    if value.__class__ is int:
        return _sortable_int(value)
    if isinstance(value, date):
        return _sortable_day(value)
    return _NONE if value is None else _NUMBER + _sortable_number(value)


# Names, days and small numbers stand in many keys: what one of them is in bytes is kept at hand.


@lru_cache(maxsize=4096)
def _sortable_day(value: date) -> bytes:
    return _DAY + value.isoformat().encode()


@lru_cache(maxsize=4096)
def _sortable_int(value: int) -> bytes:
    return _NUMBER + _sortable_number(value)


@lru_cache(maxsize=1 << 14)
def _sortable_text(value: str) -> bytes:
    return _TEXT + value.encode("utf-8", "surrogatepass").replace(_END, _ESCAPED) + _END


def _sortable_number(value: Decimal | int) -> bytes:
    """Sign, place of the first digit, digits without zeros at the end; for what is below zero the bytes of the complement."""
    if not value:
        return _ZERO
    number = Decimal(value)
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0").encode()
    place = (number.adjusted() + _EXPONENT_ZERO).to_bytes(_EXPONENT_BYTES, "big")
    magnitude = place + digits + _END
    return _POSITIVE + magnitude if value > 0 else _NEGATIVE + magnitude.translate(_COMPLEMENT)
