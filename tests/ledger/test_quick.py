"""The quick pass over sound books holds exactly where the audit finds nothing, and adds up to the same books."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Directive
from beancount.parser import parser
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_beans.audit import CHECKS
from billing_beans.books import Books
from billing_beans.core.tables import MemoryStore
from billing_beans.ledger import quick, reading
from billing_beans.ledger.collecting import collect
from billing_beans.ledger.gathering import gather_collected

CORPUS = Path(__file__).parent.parent / "ledgers"
SOUND = CORPUS / "sound.beancount"
CASES = sorted(CORPUS.glob("*/*.beancount"))
TOKENS = re.findall(r'"[^"\n]*"|[^\s"]+|\s+|"', SOUND.read_text(encoding="utf-8"))


def dump(books: Books) -> dict[str, Any]:
    """Every record of every table that holds any."""
    assert isinstance(books.store, MemoryStore)
    return {name: dict(table) for name, table in books.store._tables.items() if [*table]}


def compare(entries: Iterable[Directive]) -> bool:
    """Whether both passes find that nothing is wrong; they must agree, and on the books."""
    collected = collect(entries)
    books = reading.opened_books(collected, None)
    is_sound = quick.fold_sound(collected, books)
    audited, audit = reading._audited(gather_collected(collected), reading.opened_books(collected, None))
    assert is_sound == (not audit.findings and not audit.following)
    if is_sound:
        assert dump(books) == dump(audited)
    return is_sound


@pytest.mark.parametrize("window", [1, 2, 5, 7, quick.WINDOW])
def test_the_sound_ledger_is_sound_however_it_is_cut_into_windows(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "WINDOW", window)
    assert compare(loader._load([(str(SOUND), True)], None, None, None)[0])
    assert compare(parser.parse_file(str(SOUND))[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_no_broken_ledger_passes(case: Path) -> None:
    assert not compare(loader._load([(str(case), True)], None, None, None)[0])


@given(
    st.lists(st.tuples(st.integers(0, len(TOKENS) - 1), st.sampled_from(TOKENS)), min_size=1, max_size=2),
    st.sampled_from([1, 3, quick.WINDOW]),
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_changed_in_the_ledger_both_passes_agree(changes: list[tuple[int, str]], window: int) -> None:
    tokens = list(TOKENS)
    for position, replacement in changes:
        tokens[position] = replacement
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "WINDOW", window)
        compare(parser.parse_string("".join(tokens))[0])


BLOCKS = re.split(r"\n(?=\d{4}-)", SOUND.read_text(encoding="utf-8"))


@given(st.lists(st.tuples(st.integers(0, len(BLOCKS) - 1), st.integers(0, len(BLOCKS))), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_directive_is_left_out_or_copied_both_passes_agree(moves: list[tuple[int, int]]) -> None:
    blocks = list(BLOCKS)
    for source, target in moves:
        if target < len(blocks):
            blocks.insert(target, blocks[source % len(blocks)])
        else:
            blocks.pop(source % len(blocks))
    compare(parser.parse_string("\n".join(blocks))[0])


def test_some_checks_are_timeless_and_some_are_not() -> None:
    assert {one.timeless for checks in CHECKS.values() for one in checks} == {True, False}
