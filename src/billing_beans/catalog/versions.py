"""Versions of one thing of the catalogue: which is valid on a day, what one changes, how the next is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from billing_beans.core.facts import ENVELOPE, Fact

F = TypeVar("F", bound=Fact)

_BLANK: dict[str, Any] = {name: "" if name in ("id", "at", "actor", "operation") else None for name in ENVELOPE}


def given_values(fact: Fact, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were given for a version of this fact; an empty text takes away what may be absent."""
    optional = {field.name for field in fact.shape.fields if field.optional}
    given = {name: value for name, value in values.items() if value is not None}
    return {name: None if value == "" and name in optional else value for name, value in given.items()}


def without_envelope(fact: F) -> F:
    """The fact as if nobody had recorded it yet."""
    return replace(fact, **_BLANK)


def same_content(one: Fact, other: Fact) -> bool:
    """Whether two versions say the same, whenever and by whom they were recorded, and from whichever day."""
    return not differences(one, other)


def differences(one: Fact, other: Fact) -> list[str]:
    """The fields, named as in the ledger, in which two versions differ."""
    return [field.key for field in one.shape.fields if getattr(one, field.name) != getattr(other, field.name)]


def last_by(versions: Iterable[F], day: date) -> F | None:
    """The version that is valid on this day, of versions by date."""
    valid = None
    for version in versions:
        if version.date <= day:
            valid = version
    return valid
