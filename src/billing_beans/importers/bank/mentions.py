"""Finding numbers and references in what payers write: with spaces, without dashes, in small letters, split by the bank."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_RUN = re.compile(r"[A-Z]+|[0-9]+")
_GAP = re.compile(r"[\s\-_/.:#+]{0,3}")
_MOST_RUNS = 10
_DISTINCTIVE = 6
_DISTINCTIVE_DIGITS = 4
_DISTINCTIVE_BARE = 10
"""A number of digits only is like many things that payers write: days, customers' numbers, telephones."""

_LEGAL_FORMS = frozenset(
    (
        "ab",
        "ag",
        "as",
        "asa",
        "bhd",
        "bv",
        "corp",
        "co",
        "company",
        "corporation",
        "cv",
        "eg",
        "ek",
        "ev",
        "gbr",
        "gmbh",
        "inc",
        "incorporated",
        "kg",
        "kgaa",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "ltda",
        "mbh",
        "nv",
        "ohg",
        "oy",
        "oyj",
        "plc",
        "pte",
        "pty",
        "pvt",
        "sa",
        "sas",
        "sarl",
        "sdn",
        "se",
        "sl",
        "spa",
        "sprl",
        "srl",
        "ug",
    )
)
_TITLES = frozenset(("mr", "mrs", "ms", "dr", "herr", "frau", "und", "and"))


class Strength(IntEnum):
    """How plainly a text names something."""

    WEAK = 1
    """A short number, one of few digits, or one that is written onto other letters."""
    PATCHED = 2
    """A number whose digits stand apart, and that has them together."""
    PLAIN = 3
    """The number itself, with other separators or none."""


class Mention(NamedTuple):
    """Something that a text names, by the key under which it is known."""

    key: str
    strength: Strength


class Numbers:
    """Numbers and references that may be mentioned, found in a text by its runs of letters and digits."""

    def __init__(self) -> None:
        self._runs: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._firsts: set[str] = set()
        self._longest = 0

    def add(self, key: str, number: str) -> None:
        """Let texts mention `key` by writing `number`. One without letters and digits can't be mentioned."""
        runs = tuple(_RUN.findall(number.upper()))
        written = "".join(runs)
        if written:
            self._runs.setdefault(written, []).append((key, runs))
            self._firsts.add(runs[0])
            self._longest = max(self._longest, len(written))

    def in_text(self, text: str) -> list[Mention]:
        """What a text names, each once, as plainly as it is named anywhere. A longer number counts, and not one inside it."""
        if not text or not self._firsts:
            return []
        upper = text.upper()
        found = list(self._windows(upper, list(_RUN.finditer(upper))))
        best: dict[str, Strength] = {}
        for one in found:
            # A longer number swallows one inside it, unless the longer one had to be put together.
            if not any(other.strength is Strength.PLAIN and _swallows(other, one) for other in found):
                best[one.key] = max(one.strength, best.get(one.key, one.strength))
        return [Mention(key, strength) for key, strength in best.items()]

    def _windows(self, text: str, runs: list[re.Match[str]]) -> Iterator[_Window]:
        """Runs in a row that make a known number: where they begin and end, and how plainly they do."""
        for first, run in enumerate(runs):
            if run[0] not in self._firsts:
                continue
            written = ""
            for last in range(first, min(first + _MOST_RUNS, len(runs))):
                if last > first and _GAP.fullmatch(text, runs[last - 1].end(), runs[last].start()) is None:
                    break
                written += runs[last][0]
                if len(written) > self._longest:
                    break
                begin, end = run.start(), runs[last].end()
                for key, own in self._runs.get(written, ()):
                    said = [one[0] for one in runs[first : last + 1]]
                    strength = _strength(written, own, said, alone=_stands_alone(text, begin, end))
                    yield _Window(begin, end, key, strength)


class _Window(NamedTuple):
    begin: int
    end: int
    key: str
    strength: Strength


def _swallows(other: _Window, one: _Window) -> bool:
    inside = other.begin <= one.begin and one.end <= other.end
    return inside and (other.begin, other.end) != (one.begin, one.end)


def _stands_alone(text: str, begin: int, end: int) -> bool:
    return not (text[begin - 1 : begin].isalnum() or text[end : end + 1].isalnum())


def _strength(written: str, own: Sequence[str], said: Sequence[str], *, alone: bool) -> Strength:
    digits = sum(character.isdigit() for character in written)
    short = len(written) < _DISTINCTIVE or digits < _DISTINCTIVE_DIGITS
    if not alone or short or (digits == len(written) and digits < _DISTINCTIVE_BARE):
        return Strength.WEAK
    return Strength.PLAIN if _cuts(said) <= _cuts(own) else Strength.PATCHED


def _cuts(runs: Sequence[str]) -> set[int]:
    """Where runs in a row meet."""
    return set(accumulate(map(len, runs)))


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """What two ways to write one name share: without accents, legal form, title, order and punctuation."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    words = "".join(one if one.isalnum() else " " for one in bare.replace(".", "")).split()
    kept = [word for word in words if word not in _LEGAL_FORMS and word not in _TITLES]
    return " ".join(sorted(kept or words))


def name_keys(names: Iterable[str]) -> set[str]:
    """The keys of several names of one party; none for a name without a letter."""
    return {key for key in map(name_key, names) if key}
