"""Small edits of a ledger's text, by the facts in it: what breaks the sound ledger, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

from billing_beans.ledger.blocks import Block, split_blocks

Edit = Callable[[str], str]


def broken(sound: str, edit: Edit) -> str:
    """The sound ledger with this edit, which must change something."""
    text = edit(sound)
    assert text != sound
    return text


def enveloped(number: int) -> str:
    """Id, time, actor and act of a fact behind all others."""
    return (
        f'  id: "01KEJT3G80ZZZZZZZZZZZZZZ{number:02d}"\n  at: "2026-01-31T02:00:00Z"\n'
        '  actor: "sarah"\n  operation: "01KEJT3G80ZZZZZZZZZZZZZZ00"\n'
    )


def both(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text

    return edit


def plus(text: str) -> Edit:
    """Something more at the end."""
    return lambda sound: f"{sound}\n{text}"


def without(kind: str, about: str) -> Edit:
    """Without one fact."""
    return lambda sound: "".join(block.text for block in split_blocks(sound) if not is_about(block, kind, about))


def within(kind: str, about: str, *pairs: tuple[str, str]) -> Edit:
    """One fact, with each first text of a pair replaced by its second."""

    def edit(sound: str) -> str:
        return "".join(
            swapped(block.text, pairs) if is_about(block, kind, about) else block.text for block in split_blocks(sound)
        )

    return edit


def again(kind: str, about: str, *pairs: tuple[str, str], number: int = 1) -> Edit:
    """The same fact once more, recorded last, with some texts replaced."""

    def edit(sound: str) -> str:
        (block,) = (one for one in split_blocks(sound) if is_about(one, kind, about))
        head, _, rest = block.directive.partition('  id: "')
        tail = rest.split("\n", 4)[4]
        return f"{sound}\n{swapped(head + enveloped(number) + tail, pairs)}"

    return edit


def is_about(block: Block, kind: str, about: str) -> bool:
    """Whether this is the fact of this kind about this thing: its first value, first link, or source."""
    links = re.findall(r"\^(\S+)", block.directive.partition("\n")[0])
    return block.kind == kind and about in (*block.values[:1], *links[:1], block.meta.get("source"))


def swapped(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for old, new in pairs:
        assert old in text, f"{old!r} is not in\n{text}"
        text = text.replace(old, new)
    return text
