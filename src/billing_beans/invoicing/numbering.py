"""Invoice numbers by a legal entity's format: `SG-{year}-{sequence:05d}` gives `SG-2026-00001` (I10)."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from billing_beans.core.errors import WrongUsage
from billing_beans.core.records import record

_FIELD = re.compile(r"\{(year|sequence)(?::0(\d)d)?\}")
_PLAIN = re.compile(r"[A-Za-z0-9\-_/.]*")
WITHOUT_YEAR = "all"


@record
class NumberFormat:
    """A format, read: it must hold `{sequence}` once, may hold `{year}`, and otherwise what a link can hold."""

    text: str

    def __post_init__(self) -> None:
        names = [name for name, _width in _FIELD.findall(self.text)]
        plain = _FIELD.sub("", self.text)
        if names.count("sequence") != 1 or names.count("year") > 1 or not _PLAIN.fullmatch(plain):
            raise WrongUsage(
                f"{self.text!r} can't number invoices: it needs {{sequence}} once, may have {{year}}, "
                "and otherwise only letters, digits and - _ / .",
                rule="I10: numbers come from the legal entity's format.",
                instead="for example SG-{year}-{sequence:05d}",
            )

    def series(self, day: date) -> str:
        """The series in which a number of this day is drawn: its year, or one for all years."""
        return str(day.year) if "{year}" in self.text else WITHOUT_YEAR

    def matches(self, number: str) -> bool:
        """Whether this could be a number of this format, drawn in some year."""
        return _pattern(self.text).fullmatch(number) is not None

    def number(self, day: date, sequence: int) -> str:
        # Only the two fields are left in a text that passed the check above, so nothing else can be reached through it.
        return self.text.format(year=day.year, sequence=sequence)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    patterns = {"year": r"\d{4}", "sequence": r"\d+"}
    plain = _FIELD.split(text)[::3]
    fields = [patterns[name] for name, _width in _FIELD.findall(text)]
    return re.compile("".join(re.escape(part) + field for part, field in zip(plain, [*fields, ""], strict=True)))


@cache
def number_format(text: str) -> NumberFormat:
    """The format that this text says, read once. Raises `WrongUsage`."""
    return NumberFormat(text)
