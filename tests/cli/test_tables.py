"""Tables look the same whether they are laid out here or by the library that also folds them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing_beans.cli import output
from billing_beans.cli.output import _aligned, _folded

CELLS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8).map(str.rstrip)
HEADS = st.text(st.characters(min_codepoint=97, max_codepoint=122), max_size=6)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[bool], list[list[str]]]:
    columns = draw(st.integers(1, 5))
    row = st.lists(CELLS, min_size=columns, max_size=columns)
    heads = draw(st.lists(HEADS, min_size=columns, max_size=columns))
    return heads, draw(st.lists(st.booleans(), min_size=columns, max_size=columns)), draw(st.lists(row, max_size=4))


@given(tables())
@example((["invoice", ""], [False, True], [["SG-1", "[red]x"], ["", "1.00"]]))
def test_a_table_that_fits_is_laid_out_as_the_library_does(
    table: tuple[list[str], list[bool], list[list[str]]],
) -> None:
    heads, right, rows = table
    assert (_aligned(heads, right, rows, None) or "").rstrip("\n") == _folded(heads, right, rows, None).rstrip("\n")


def test_wide_characters_lines_and_tables_that_do_not_fit_are_left_to_the_library() -> None:
    for cell in ("株式会社", "two\nlines", "x" * 500):
        assert _aligned(["head"], [False], [[cell]], None) is None


def test_the_title_of_a_table_is_text_and_no_markup() -> None:
    assert _folded(["head"], [False], [["x" * 40]], "株式会社 [red] [/]").startswith("株式会社 [red] [/]\n")


@given(tables(), st.integers(10, 60))
@example(
    (
        ["grant", "units", "until"],
        [False, True, False],
        [["SG-2026-00001/1", "1000", "2026-06-30 12:00"], ["A", "", ""]],
    ),
    20,
)
@example(
    (
        ["subscription", "customer", "plan", "every", "status", "from", "until", "next billing"],
        [False] * 8,
        [["SUB-1", "acme", "7 x team", "month", "active", "2026-01-10", "2026-05-31", "2026-03-01"]],
    ),
    80,
)
@example((["name", "sum"], [False, True], [["株式会社 one two three", "5007 JPY"]]), 14)
@example((["a", "b"], [False, False], [["two\nlines", "x" * 30]]), 20)
def test_nothing_is_cut_from_a_table_however_narrow_the_terminal(
    table: tuple[list[str], list[bool], list[list[str]]], width: int
) -> None:
    heads, right, rows = table
    columns = [head + ">" * is_right for head, is_right in zip(heads, right, strict=True)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(output, "_width", lambda: width)
        said = output.table(columns, rows)
    words = "".join(said.split())
    for cell in (*heads, *(cell for row in rows for cell in row)):
        assert all(word in words for word in cell.split()), cell


def test_columns_that_do_not_fit_stand_on_lines_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_width", lambda: 30)
    rows = [["GRANT-1", "100 CREDIT", "2026-06-30", "promo"], ["SG-2026-00001/1", "9 CREDIT", "", ""]]
    assert output.table(["grant", "units>", "until", "what"], rows, title="Grants").split("\n") == [
        "Grants",
        "grant                 units",
        "    until       what",
        "GRANT-1          100 CREDIT",
        "    2026-06-30  promo",
        "SG-2026-00001/1    9 CREDIT",
    ]
