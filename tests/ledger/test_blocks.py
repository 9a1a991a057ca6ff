"""Blocks: whole facts of text, and nothing lost."""

from __future__ import annotations

import time

import pytest
from beancount.parser import parser
from hypothesis import given
from hypothesis import strategies as st

from billing_beans.ledger.blocks import Block, normalised, open_quote_line, split_blocks

FACT = """\
2026-01-10 custom "billing" "invoice-drafted" "SG-2026-00001"
  id: "01KEKK02FG1GA8D9P8HC7EG2XC"
  at: "2026-01-10T09:15:02Z"
  actor: "sarah"
  revision: 1
  lines: 2
2026-01-10 custom "billing" "invoice-line" "SG-2026-00001" 1
  description: "Gig credits"
2026-01-10 custom "billing" "invoice-line" "SG-2026-00001" 2
  description: "Fee"
"""
MOVE = """\
2026-01-11 * "Acme" "Invoice SG-2026-00001" ^SG-2026-00001
  event: "invoice-issued"
  id: "01KENCG7803AV7TVWEM33Y6BFV"
  invoice: "SG-2026-00001"
  Assets:SG:Receivable:Acme                          981.00 SGD
    line: 1
  Liabilities:SG:Billed:Acme                        -981.00 SGD
"""


def only(text: str) -> Block:
    (block,) = split_blocks(text)
    return block


def summary(text: str) -> list[tuple[int, str | None, str]]:
    return [(block.line, block.id and block.id[-4:], block.words) for block in split_blocks(text)]


def test_a_fact_is_one_block_with_its_comment_and_parts() -> None:
    text = f";; A draft.\n;; No money moves.\n{FACT}\n;; Issued.\n{MOVE}"
    assert summary(text) == [
        (3, "G2XC", "invoice-drafted SG-2026-00001"),
        (15, "6BFV", "invoice-issued SG-2026-00001"),
    ]
    first, second = split_blocks(text)
    assert first.comment == ";; A draft.\n;; No money moves.\n"
    assert first.fact == FACT
    assert second.lead == "\n"
    assert second.meta["invoice"] == "SG-2026-00001"
    assert "line" not in second.meta


def test_a_comment_with_an_empty_line_below_stands_alone() -> None:
    text = f";; The file.\n\n\n;; The fact.\n{MOVE}"
    assert summary(text) == [(1, None, "comment ';; The file.'"), (5, "6BFV", "invoice-issued SG-2026-00001")]


def test_parts_belong_to_a_head_that_counts_them_only() -> None:
    customer = '2026-01-02 custom "billing" "customer" "acme"\n  id: "01KEKK02FG1GA8D9P8HC7EG2XC"\n  days: 30\n'
    bill_to = '2026-01-02 custom "billing" "bill-to" "acme" "SGD"\n  name: "Acme"\n'
    tier = '2026-01-02 custom "billing" "price-tier" "PRICE-4" 1\n  up-to: 10\n'
    assert len(split_blocks(customer + bill_to)) == 2
    assert len(split_blocks(FACT.replace("  lines: 2\n", ""))) == 3
    assert len(split_blocks(FACT + tier)) == 2
    price = '2026-01-02 custom "billing" "price" "PRICE-4" "api"\n  id: "01KEKK02FG1GA8D9P8HC7EG2XD"\n  tiers: 1\n'
    assert len(split_blocks(price + tier)) == 1


def test_what_was_written_by_hand_has_its_parts_too() -> None:
    price = '2026-01-02 custom "billing" "price" "PRICE-4" "api"\n  model: "volume"\n  tiers: 2\n'
    one, two, other = (
        f'2026-01-02 custom "billing" "price-tier" "{name}" {n}\n'
        for name, n in (("PRICE-4", 1), ("PRICE-4", 2), ("PRICE-5", 1))
    )
    (block,) = split_blocks(f"{price}{one}\n; by hand\n{two}")
    assert block.key == ("custom", "price", "PRICE-4", "api", "2026-01-02")
    assert block.fact == f"{price}{one}\n; by hand\n{two}"
    assert len(split_blocks(price + one + other)) == 2
    assert len(split_blocks(price.replace("  tiers: 2\n", "") + one + two)) == 3


def test_a_part_more_than_the_head_says_is_still_its_part() -> None:
    more = '2026-01-10 custom "billing" "invoice-line" "SG-2026-00001" 3\n  description: "slipped in"\n'
    assert only(FACT + more).fact == FACT + more


@pytest.mark.parametrize(
    "string",
    [
        '"two\nlines"',
        '"a directive:\n2026-01-03 open Assets:Fake\n  id: \\"01KEKK02FG1GA8D9P8HC7EG2XD\\""',
        '"; no comment"',
        '"said \\"yes\\" \\\\"',
        '"<<<<<<< ours\n=======\n>>>>>>> theirs"',
    ],
)
def test_strings_may_hold_anything(string: str) -> None:
    fact = f'2026-01-02 custom "billing" "note" "N-1"\n  text: {string}\n  id: "01KEKK02FG1GA8D9P8HC7EG2XC"\n'
    assert [block.id for block in split_blocks(fact + MOVE)] == [
        "01KEKK02FG1GA8D9P8HC7EG2XC",
        "01KENCG7803AV7TVWEM33Y6BFV",
    ]
    assert split_blocks(fact + MOVE)[0].fact == fact
    entries, errors, _ = parser.parse_string(fact)
    assert not errors
    assert split_blocks(fact)[0].meta["text"] == entries[0].meta["text"]


def test_quotes_in_comments_and_headings_open_nothing() -> None:
    text = f'; isn"t\n* Section "one\n2026-01-01 open Assets:A ; "\n  name: "x" ; "\n{MOVE}'
    assert [block.kind for block in split_blocks(text)] == ["open", "invoice-issued"]
    assert open_quote_line(text) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2026-01-02 open Assets:A  USD, EUR\n", ("open", "Assets:A")),
        ("2026-01-02 close Assets:A ; gone\n", ("close", "Assets:A")),
        ("2026-01-02 commodity GIG\n", ("commodity", "GIG")),
        ('include "a.beancount"\n', ("include", "a.beancount")),
        ('plugin "a" "b"\n', ("plugin", "a")),
        ('option "title" "b"\n', ("option", "title")),
        ('option "operating_currency" "USD"', ("text", 'option "operating_currency" "USD"\n')),
        ('2026-01-02 custom "billing" "bill-to" "acme" "SGD"\n', ("custom", "bill-to", "acme", "SGD", "2026-01-02")),
        ('2026-01-02 ! "Lunch"\r\n  Assets:A  1 USD\r\n', ("text", '2026-01-02 ! "Lunch"\n  Assets:A  1 USD\n')),
    ],
)
def test_without_an_id_a_block_is_known_by_what_can_stand_once(text: str, key: tuple[str, ...]) -> None:
    assert only(text).key == key
    assert only(text).id is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('2026-01-02 txn "A" "B"\n  event: "credit-note-issued"\n  credit-note: "SGC-1"\n', "credit-note-issued SGC-1"),
        ('2026-01-02 * "A" "B" ^GRANT-1\n  event: "credit-granted"\n', "credit-granted GRANT-1"),
        ('2026-01-02 * "Landlord" "Rent"\n  Assets:A  1 USD\n', "transaction Rent"),
        ("2026-01-02 open Assets:A USD\n", "open Assets:A"),
        ("<<<<<<< ours\n", "text '<<<<<<< ours'"),
    ],
)
def test_a_person_can_tell_which_it_is(text: str, words: str) -> None:
    assert only(text).words == words


def test_windows_line_ends_are_kept_and_compared_alike() -> None:
    text = f"; c\n{FACT}\n{MOVE}"
    windows = text.replace("\n", "\r\n")
    assert "".join(block.text for block in split_blocks(windows)) == windows
    assert [(b.line, b.id, b.fact, b.words, b.meta) for b in split_blocks(windows)] == [
        (b.line, b.id, b.fact, b.words, b.meta) for b in split_blocks(text)
    ]


def test_indented_lines_that_beancount_refuses_stay_with_the_fact() -> None:
    broken = MOVE.replace("  Liabilities", "\n; why\n  Liabilities")
    assert only(broken).fact == broken


def test_a_file_that_was_cut_off_loses_nothing() -> None:
    text = FACT + MOVE
    for end in range(len(text)):
        cut = text[:end]
        assert "".join(block.text for block in split_blocks(cut)) == cut
    assert open_quote_line(text[: text.index("Fee")]) == 10
    assert open_quote_line(text) is None


PIECES = [
    "2026-01-02 ",
    '"',
    "\\",
    "\n",
    "\r\n",
    " ",
    ";",
    "*",
    "id:",
    "open A:B",
    "custom",
    '"billing"',
    "é",
    "\u2028",
    FACT,
    MOVE,
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join))
def test_splitting_loses_nothing(text: str) -> None:
    blocks = split_blocks(text)
    assert "".join(block.text for block in blocks) == text
    for block in blocks:
        assert (block.words, block.key, block.meta) is not None
        stands = text.split("\n")[block.line - 1]
        assert stands.startswith((block.directive or block.comment or stands).split("\n")[0])


@given(
    st.lists(
        st.sampled_from([FACT, MOVE, "; c\n", "\n", "2026-01-02 open Assets:A\n", '2026-01-03 * "a\nb;" "c"\n']),
        max_size=9,
    )
)
def test_blocks_begin_where_beancount_says(pieces: list[str]) -> None:
    text = "".join(pieces)
    entries, errors, _ = parser.parse_string(text)
    assert not errors
    seen = {entry.meta["lineno"] for entry in entries}
    heads = {
        entry.meta["lineno"]
        for entry in entries
        if "invoice-line" not in [v.value for v in getattr(entry, "values", ())]
    }
    lines = {block.line for block in split_blocks(text) if block.directive}
    assert heads <= lines <= seen


@pytest.mark.parametrize(
    "hostile", ['"', '"\\\n', '\\"', '" \\" ', "{", " \n", ";\n", '"a\n', "2026-01-01 open A:B\n  "]
)
def test_hostile_text_takes_linear_time(hostile: str) -> None:
    text = hostile * (400_000 // len(hostile))
    started = time.perf_counter()
    assert sum(len(block.text) for block in split_blocks(text)) == len(text)
    open_quote_line(text)
    assert time.perf_counter() - started < 5


def test_compared_text_ends_with_a_line() -> None:
    assert normalised("") == ""
    assert normalised("a\r\nb") == "a\nb\n"
