"""Billing runs that wait for review: their files in `pending/`, and `review.beancount`, which includes them (U4).

A file holds the facts that a post would write, transactions flagged `!`. It is derived from the books and from nothing else: it may be
made anew at any time, and nothing is recorded from it. What it said is discarded with a word why, and kept beside it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from beancount.parser import parser

from billing_beans.acts.act import Act, GivenUp, Waiting
from billing_beans.books import Books
from billing_beans.core.errors import BooksUnusable
from billing_beans.core.facts import Fact
from billing_beans.ledger.codec import encode
from billing_beans.ledger.gathering import gather
from billing_beans.ledger.journal import Append, Replace
from billing_beans.ledger.reading import MAIN, collector_paused
from billing_beans.ledger.text import PENDING, RECORDED

FOLDER = "pending"
REVIEW = "review.beancount"

_ENVELOPE = re.compile(r"^  (?:id|at|actor|operation|idempotency-key|request|content|sequence): .*\n", re.MULTILINE)
"""What differs between two reckonings of the same: with the numbers go their places in the series, and the seals over them."""
_ASIDE = re.compile(r"^(?:;.*)?\n", re.MULTILINE)
"""Comments and empty lines."""
_DRAWN = (
    re.compile(r'^\S+ custom "billing" "(?:invoice-drafted|credit-note-drafted)" "([^"]+)"', re.MULTILINE),
    re.compile(
        r'^  event: "(?:credit-applied|credit-discounted|payment-allocated|credit-adjusted)"\n'
        r'(?:  [a-z].*\n)*?  (?:application|allocation|adjustment): "([^"]+)"',
        re.MULTILINE,
    ),
    re.compile(r'^  event: "credit-renewed"\n(?:  [a-z].*\n)*?  grant: "([^"]+)"', re.MULTILINE),
)
"""Numbers that are drawn when something is recorded."""
_STRINGS = re.compile(r'"(?:[^"\\\n]|\\.)*"|\^\S+')
_FLAG = len("2026-01-31 ")
"""Where the flag of a transaction stands, behind its date."""
_DIGITS = re.compile(r"\d+")
_INCLUDE = re.compile(rf'^include "{FOLDER}/(RUN-\d+)\.beancount"[ \t]*\n?', re.MULTILINE)


def file_of(run: str) -> str:
    """The file in which a run waits, relative to the books."""
    return f"{FOLDER}/{run}.beancount"


def review_of(root: Path) -> str:
    """The file of the books with what waits for review. Raises `BooksUnusable` where there is none."""
    if not (root / REVIEW).is_file():
        raise BooksUnusable(
            f"There is no {REVIEW} in {root}.",
            instead="billing-beans run start makes it; without a run that waits it says what main.beancount says",
        )
    return REVIEW


def waiting_in(root: Path) -> list[str]:
    """The runs that the books with what waits for review include, in their order there."""
    return _INCLUDE.findall(_text(root / REVIEW) or "")


def discarded_file_of(run: str) -> str:
    """The file that keeps what waited before and does not count, relative to the books; nothing includes it."""
    return f"{FOLDER}/{run}.discarded.beancount"


class PendingFiles:
    """What waits for review in the folder of some books."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def text_of(self, fact: Fact) -> str:
        """A fact as it stands there."""
        return encode(fact, PENDING)

    def recorded(self, text: str) -> str:
        """The same text as it stands in the journal: with the other flag, where it is a transaction."""
        return f"{text[:_FLAG]}{RECORDED}{text[_FLAG + 1 :]}" if text[_FLAG] == PENDING else text

    def content_of(self, texts: Iterable[str]) -> str:
        """The digest of what facts say so, ids and times aside, with the numbers that they draw replaced by their order."""
        return content_of("".join(texts))

    def content(self, run: str) -> str | None:
        """The same of what stands in a run's file; None where there is no file that could be read."""
        text = _text(self._root / file_of(run))
        return None if text is None else content_of(text)

    def facts(self, run: str) -> list[Fact]:
        """The facts in a run's file, as far as they can be read, in the order of their ids."""
        text = _text(self._root / file_of(run))
        if text is None:
            return []
        with collector_paused():
            entries, _errors, _options = parser.parse_string(text, report_filename=file_of(run))
            return [read.fact for read in gather(entries).facts]


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def content_of(text: str) -> str:
    """The digest of what a text says that waits for review."""
    names = dict.fromkeys(name for pattern in _DRAWN for name in pattern.findall(text))
    bare = _ASIDE.sub("", _ENVELOPE.sub("", text))
    if names:
        bare = _numbered(bare, [*names])
    return "sha256:" + hashlib.sha256(bare.encode()).hexdigest()


def _numbered(text: str, names: list[str]) -> str:
    """Each name that was drawn replaced by its place in the order of drawing, wherever a string or a link says it."""
    places = {name: f"#{place}" for place, name in enumerate(names)}

    def place_of(found: re.Match[str]) -> str:
        start = found.start()
        is_name = start == 0 or not found.string[start - 1].isalnum()
        return places.get(found[0], found[0]) if is_name else found[0]

    # Names of one shape, such as SG-2026-00001, are found by what they begin with. One that begins with a digit could be a part of
    # anything: it is one only where it stands by itself in a string or a link, or behind the type of a source.
    for shape in dict.fromkeys(r"\d+".join(map(re.escape, _DIGITS.split(name))) for name in names):
        if shape[0].isalpha():
            text = re.sub(rf"{shape}(?![A-Za-z0-9])", place_of, text)
        else:
            alone = re.compile(rf'(?:(?<=["^ ])|(?<=[a-z]/)){shape}(?=["/ ]|\Z)')
            text = _STRINGS.sub(lambda string, alone=alone: alone.sub(place_of, string[0]), text)  # type: ignore[misc]
    return text


# Writing


def changes_of(act: Act, root: Path) -> list[Append | Replace]:
    """What becomes of `pending/` and of `review.beancount` with an act. Runs that other acts left there stay."""
    changes: list[Append | Replace] = []
    for waiting in act.waiting:
        if waiting.given_up is not None:
            changes.append(_discarded(root, waiting.run, waiting.given_up))
        changes.append(Replace(file_of(waiting.run), _written(act.books, waiting)))
    if act.waiting:
        changes += _review(root, [run.run for run in act.books.runs.pending()])
    return changes


def _written(books: Books, waiting: Waiting) -> str | None:
    if not waiting.facts:
        return None
    run = books.runs.runs.get(waiting.run)
    assert run is not None, f"{waiting.run} was not started"
    heading = (
        f";; {run.run}, revision {run.revision}: what is due until {run.until}, as it would be recorded on {run.day}.\n"
        f";; Nothing here counts before it is posted: billing-beans run show {run.run}\n"
    )
    return "\n".join([heading, *waiting.texts])


def _discarded(root: Path, run: str, given_up: GivenUp) -> Append:
    """What waited, as it stands, behind those that were discarded before."""
    reason = " ".join(given_up.reason.split())
    heading = f";; Revision {given_up.revision} of {run}, discarded at {given_up.moment}: {reason}\n"
    try:
        text = (root / file_of(run)).read_bytes().decode("utf-8", "replace")
    except OSError:
        text = ";; Its file was not there any more.\n"
    return Append(discarded_file_of(run), heading + text + ("" if text.endswith("\n") else "\n"))


def _review(root: Path, runs: list[str]) -> Iterator[Replace]:
    """`review.beancount` with an include for each run that waits, and everything else in it as it is; made from main where it is absent."""
    text = _text(root / REVIEW)
    if text is None:
        if (root / REVIEW).exists():
            return
        text = f";; What the books would be: {MAIN} and the billing runs that wait for review in {FOLDER}/.\n"
        text += _text(root / MAIN) or ""
    kept = _INCLUDE.sub("", text if text.endswith("\n") else text + "\n")
    yield Replace(REVIEW, kept + "".join(f'include "{file_of(run)}"\n' for run in runs))
