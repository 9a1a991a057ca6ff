"""A ledger file as whole facts of text: what git merges and what append-only is checked by (rules 2 and 19).

Nothing here knows the kinds of facts. A *block* is one directive with its indented lines, the comment lines directly
above it, and the parts that stand right behind it (`invoice-line`, `payment-allocation`). Splitting loses nothing: the
blocks' texts, joined, are the file again, also where the file is no valid ledger (cut off, conflict markers in it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

Key = tuple[str, ...]

# Beancount's own lexer, as far as lines go. Strings span lines; a quote that is never closed is an invalid token up to
# the next space, and what stands behind it is read as usual. Possessive and atomic: nothing here may backtrack, or
# hostile text would make it slow.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*"'
_BROKEN = r'["\\][^ \t\r\n]*+'
_REST = rf'(?>(?:[^";\n\\]++|{_STRING}|{_BROKEN})*(?:;[^\n]*+)?(?:\n|\Z))'
_BLANK = r"[ \t\r]*+(?:\n|(?<=[ \t\r])\Z)"
# Beancount ignores a line that begins with one of these flags (headings of Emacs' org mode), just like a comment.
_COMMENT = r"[;*:#!&?%][^\n]*+(?:\n|\Z)"
_INDENT = r"[ \t]++(?=[^ \t\r\n])"
_OTHER_META = rf"{_INDENT}(?:(?!id:)[a-z][A-Za-z0-9_-]*+:|[;#^]){_REST}"
_ID_META = rf'{_INDENT}id:[ \t]*+"(?P<id>[0-7][0-9A-HJKMNP-TV-Z]{{25}})"{_REST}'

# A column-0 comment or an empty line ends a directive for Beancount, and indented lines behind it are an error. They stay
# with the directive above, so that a broken fact is seen as one changed fact and not as two new things.
_UNIT = re.compile(
    rf"(?P<lead>(?>(?:{_BLANK}|{_COMMENT})*))"
    rf"(?:(?=[^\n]){_REST}(?:{_OTHER_META})*(?:{_ID_META})?(?:(?>(?:{_BLANK}|{_COMMENT})*){_INDENT}{_REST})*)?"
)
_LEAD_LINE = re.compile(rf"(?P<blank>{_BLANK})|{_COMMENT}")
_META = re.compile(rf"{_INDENT}(?:(?P<key>[a-z][A-Za-z0-9_-]*+):(?P<value>{_REST})|[;#^]{_REST})")
_LINE = re.compile(_REST)
_TOKEN = re.compile(rf'{_STRING}|;[^\n]*|[^ \t\r\n";]+|"')
_BILLING = re.compile(r'[0-9]{4,}[-/][0-9]+[-/][0-9]+[ \t]+custom[ \t]+"billing"[ \t]+"([^"\\\n]+)"[ \t]+"([^"\\\n]*)"')
_DATE = re.compile(r"[0-9]{4,}[-/][0-9]+[-/][0-9]+")
_OPEN_QUOTE = re.compile(rf'(?m:^[*:#!&?%][^\n]*)|;[^\n]*|{_STRING}|(?P<open>")')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b"}

_WORDS = frozenset(
    {"open", "close", "commodity", "balance", "pad", "price", "note", "document", "event", "query", "custom"}
    | {"option", "plugin", "include", "pushtag", "poptag", "pushmeta", "popmeta"}
)
# Options that may stand several times, each with a value of its own.
_LISTED_OPTIONS = frozenset({"operating_currency", "documents", "inferred_tolerance_default"})


def normalised(text: str) -> str:
    """The text as it is compared: line ends of git, and a last line that ends."""
    text = text.replace("\r\n", "\n") if "\r" in text else text
    return text if not text or text.endswith("\n") else text + "\n"


@dataclass(frozen=True, eq=False)
class Block:
    """One directive of a ledger file, whole.

    `lead` is the empty lines before it, `comment` the comment lines directly above it, `directive` the rest with all its
    parts. `line` is the number of the directive's first line, as Beancount counts (of the comment's, where that is all).
    `id` is the ULID in its metadata; without one it was written by hand, or is no fact.
    """

    lead: str
    comment: str
    directive: str
    line: int
    id: str | None

    @property
    def text(self) -> str:
        """Exactly what stands in the file."""
        return self.lead + self.comment + self.directive

    @cached_property
    def fact(self) -> str:
        """The directive with its parts as it is compared: comments and empty lines around a fact are not the fact."""
        return normalised(self.directive)

    @cached_property
    def meta(self) -> dict[str, str]:
        """The directive's own metadata (not its postings' and not its parts'): strings unquoted, the rest as written."""
        found: dict[str, str] = {}
        at = len(_first_line(self.directive))
        while line := _META.match(self.directive, at):
            if key := line["key"]:
                found.setdefault(key, " ".join(_unquoted(token) for token in _tokens(line["value"])))
            at = line.end()
        return found

    @cached_property
    def _head(self) -> tuple[str, ...]:
        return tuple(_tokens(_first_line(self.directive)))

    @property
    def date(self) -> str:
        """The directive's date as written; empty for `include`, `option` and the like."""
        return self._head[0] if self._head and _DATE.fullmatch(self._head[0]) else ""

    @property
    def values(self) -> tuple[str, ...]:
        """What stands behind the kind of a custom directive; the arguments of any other, strings unquoted."""
        at = bool(self.date) + 1 + 2 * self.is_billing
        return tuple(_unquoted(token) for token in self._head[at:])

    @property
    def is_billing(self) -> bool:
        """Whether it is a `custom "billing"` directive."""
        return self._head[1:3] == ("custom", '"billing"') and len(self._head) > 3

    @cached_property
    def kind(self) -> str:
        """The kind of fact; of anything else the directive's word: `open`, `include`, `transaction`, `comment`, `text`."""
        if not self.directive:
            return "comment" if self.comment else "blank"
        if self.is_billing:
            return _unquoted(self._head[3])
        word = self._head[bool(self.date)] if len(self._head) > bool(self.date) else ""
        if word in _WORDS:
            return word
        is_transaction = bool(self.date) and (word == "txn" or len(word) == 1)
        return self.meta.get("event", "transaction") if is_transaction else "text"

    @cached_property
    def subject(self) -> str:
        """What the fact is about: the second value of a custom directive, else its metadata of that name, else its link.

        `credit-note-issued` is about its `credit-note`, `payment-verified` about its `payment`.
        """
        if self.is_billing or self.kind in _WORDS:
            return self.values[0] if self.values else ""
        words = self.kind.split("-")
        names = ("-".join(words[:count]) for count in range(len(words) - 1, 0, -1))
        named = (self.meta[name] for name in names if name in self.meta)
        links = (token[1:] for token in self._head if token.startswith("^"))
        return next(named, None) or next(links, None) or (self.values[-1] if self.values else "")

    @property
    def words(self) -> str:
        """How a person names it: `invoice-issued SG-2026-00001`, `open Assets:SG:Receivable:Acme`."""
        if self.kind in {"comment", "text", "blank"}:
            return f"{self.kind} {(self.comment + self.directive).strip().partition(chr(10))[0][:60]!r}"
        return f"{self.kind} {self.subject}".strip()

    @cached_property
    def key(self) -> Key:
        """What it is the same by, in two versions of a file: the id; or what can stand there once; or its whole text."""
        if self.id:
            return ("id", self.id)
        if self.is_billing:
            return ("custom", self.kind, *self.values, self.date)
        if self.kind in {"open", "close", "commodity", "include", "plugin"}:
            return (self.kind, *self.values[:1])
        if self.kind == "option" and self.values[:1] and self.values[0] not in _LISTED_OPTIONS:
            return ("option", self.values[0])
        return ("text", normalised(self.comment) if self.kind == "comment" else self.fact)


def split_blocks(text: str) -> list[Block]:
    """Split a ledger file's text; the blocks' texts joined are `text` again, byte for byte. Takes linear time."""
    blocks: list[Block] = []
    parts: list[str] = []
    for block in _units(text):
        if blocks and _is_part(blocks[-1], block):
            parts.append(block.text)
            continue
        _close(blocks, parts)
        blocks.append(block)
    _close(blocks, parts)
    return blocks


def _close(blocks: list[Block], parts: list[str]) -> None:
    """Give the last block the parts found behind it; once for each head, or an invoice of n lines would cost n squared."""
    if parts:
        blocks[-1] = replace(blocks[-1], directive="".join((blocks[-1].directive, *parts)))
        parts.clear()


def open_quote_line(text: str) -> int | None:
    """The line of a quote that nothing closes (the file was cut off, or a quote was lost); None if all are balanced."""
    for token in _OPEN_QUOTE.finditer(text):
        if token["open"]:
            return text.count("\n", 0, token.start()) + 1
    return None


def _units(text: str) -> Iterator[Block]:
    line = 1
    for unit in _UNIT.finditer(text):
        start, end = unit.span()
        if start == end:
            continue
        middle = unit.end("lead")
        lead = text[start:middle]
        if lead.strip(" \t\r\n"):
            *alone, (blank, comment) = _lead_parts(lead)
            for empty, remark in alone:
                line += empty.count("\n")
                yield Block(empty, remark, "", line, None)
                line += remark.count("\n")
        else:
            blank, comment = lead, ""
        line += blank.count("\n") + (comment.count("\n") if middle < end else 0)
        yield Block(blank, comment, text[middle:end], line, unit["id"])
        line += text.count("\n", middle, end) if middle < end else comment.count("\n")


def _lead_parts(lead: str) -> list[tuple[str, str]]:
    """Pairs of empty lines and the comment lines under them; an empty line parts one comment from the next."""
    parts: list[tuple[str, str]] = []
    start, comment = 0, None
    for line in _LEAD_LINE.finditer(lead):
        if line["blank"] is None:
            comment = line.start() if comment is None else comment
        elif comment is not None:
            parts.append((lead[start:comment], lead[comment : line.start()]))
            start, comment = line.start(), None
    return [*parts, (lead[start:comment], lead[comment:] if comment is not None else "")]


def _is_part(head: Block, block: Block) -> bool:
    """Whether the block is a part of the fact above it: same second value, and the head says how many there are.

    A part more than the head says is still its part: a line added to an invoice changes the invoice. A head of the
    catalogue may be written by hand, without an id: a price with its tiers.
    """
    if block.id:
        return False
    part, whole = _BILLING.match(block.directive), _BILLING.match(head.directive)
    if not part or not whole or part[2] != whole[2]:
        return False
    return any(head.meta.get(name, "").isdecimal() for name in _counted_as(part[1]))


def _counted_as(part_kind: str) -> tuple[str, ...]:
    """The metadata that counts parts of a kind: `lines` for `invoice-line`, `taxes` for `invoice-tax`."""
    word = part_kind.rsplit("-", 1)[-1]
    return (f"{word}s", f"{word}es", f"{word[:-1]}ies")


def _first_line(directive: str) -> str:
    line = _LINE.match(directive)
    return line[0] if line else ""


def _tokens(line: str) -> list[str]:
    return [token for token in _TOKEN.findall(line) if not token.startswith(";")]


def _unquoted(token: str) -> str:
    if not token.startswith('"'):
        return token
    inner = token[1:-1]
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), inner) if "\\" in inner else inner
