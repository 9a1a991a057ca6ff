"""What Beancount's booking finds wrong with a fact, our checks find as well: so facts need no booking to be folded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from beancount import loader
from beancount.core.data import Transaction
from beancount.parser import parser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing_beans.ledger.reading import judge

SOUND = (Path(__file__).parents[1] / "ledgers" / "sound.beancount").read_text(encoding="utf-8").splitlines()
POSTINGS = [number for number, line in enumerate(SOUND) if line.startswith("  ") and line[2:3].isupper()]
LOTS = [number for number in POSTINGS if "{" in SOUND[number]]

Change = tuple[str, int, int]


def changed(changes: list[Change]) -> str:
    lines = list(SOUND)
    for kind, number, digit in changes:
        line = lines[number]
        if kind == "remove":
            lines[number] = ""
        elif kind == "double":
            lines[number] = f"{line}\n{line}"
        elif kind == "digit":
            places = [place for place, letter in enumerate(line) if letter.isdigit()]
            if places:
                place = places[digit % len(places)]
                lines[number] = line[:place] + str(digit % 10) + line[place + 1 :]
        elif kind == "sign":
            lines[number] = line.replace(" -", " ", 1) if " -" in line else line
        elif kind == "no cost":
            lines[number] = line.partition(" {")[0]
        elif kind == "any cost":
            lines[number] = line.partition(" {")[0] + " {}"
        else:
            lines[number] = line.rpartition("  ")[0]
    return "\n".join(lines) + "\n"


CHANGES = st.tuples(
    st.sampled_from(("remove", "double", "digit", "sign", "no cost", "any cost", "no amount")),
    st.sampled_from(POSTINGS) | st.sampled_from(LOTS),
    st.integers(0, 99),
)


def is_of_booking(error: Any) -> bool:
    return type(error).__module__.startswith("beancount.parser.booking")


def facts_that_booking_refuses(errors: list[Any]) -> list[Any]:
    return [
        one for one in errors if is_of_booking(one) and isinstance(one.entry, Transaction) and "event" in one.entry.meta
    ]


@given(st.lists(CHANGES, min_size=1, max_size=3))
@example([("no cost", LOTS[-1], 0)])
@example([("any cost", LOTS[-1], 0)])
@settings(max_examples=80, deadline=None)
def test_what_booking_refuses_our_checks_refuse_unbooked_as_well(changes: list[Change]) -> None:
    text = changed(changes)
    _entries, errors, _options = loader.load_string(text)
    refused = facts_that_booking_refuses(errors)
    entries, syntax, _options = parser.parse_string(text)
    assert not refused or syntax or judge(entries).findings, [one.message for one in refused]


def test_booking_does_refuse_some_of_these() -> None:
    for kind in ("sign", "digit", "remove"):
        errors = [loader.load_string(changed([(kind, number, 7)]))[1] for number in LOTS]
        if any(facts_that_booking_refuses(one) for one in errors):
            return
    raise AssertionError("none of these changes is found by booking: the test above proves nothing")


def test_the_sound_ledger_is_sound_to_both() -> None:
    entries, errors, _options = loader.load_string("\n".join(SOUND))
    assert errors == []
    assert judge(entries).findings == []
