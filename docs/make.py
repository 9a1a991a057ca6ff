# ruff: noqa: INP001 - a page's maker is no package
"""Makes the generated documentation: `docs/errors.md` from the corpus, the tables of `docs/ledger.md` from the kinds.

    python docs/make.py

A test fails where one of them is out of date.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path

from beancount.core.amount import Amount

from billing_beans.audit import BY_HAND, CHECKS
from billing_beans.books import KINDS
from billing_beans.core.accounts import Account
from billing_beans.core.checks import Checking
from billing_beans.core.facts import Fact, Field, Place, Shape, Side

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "ledgers"
ERRORS = ROOT / "docs" / "errors.md"
LEDGER = ROOT / "docs" / "ledger.md"
BEGIN = "<!-- What follows is made by docs/make.py from the declarations of the kinds. -->\n"

_TYPES = {
    str: "text",
    int: "whole number",
    Decimal: "number",
    Amount: "amount",
    bool: "TRUE or FALSE",
    Account: "account",
}


def errors_page() -> str:
    """Every check with the ledgers that break it: what was changed in the sound one, and what is said."""
    return "\n".join(_errors()) + "\n"


def _errors() -> Iterator[str]:
    yield "# What `billing-beans check` can say"
    yield ""
    yield "Made by `python docs/make.py` from `tests/ledgers/`: for each check small ledgers that break exactly this one"
    yield "rule, shown as what was changed in `tests/ledgers/sound.beancount`, and the message. Beancount and Fava show the"
    yield "same. After the first problem of an invoice or a payment, those that only follow from it are counted."
    checks = {one.name: one for found in CHECKS.values() for one in found}
    folders = [
        folder.name for folder in sorted(CORPUS.iterdir()) if folder.is_dir() and not folder.name.startswith("__")
    ]
    for name in [*(one for one in checks if one in folders), *(one for one in folders if one not in checks)]:
        yield from _one_check(name, checks.get(name))


def _one_check(name: str, check: Checking | None) -> Iterator[str]:
    yield f"\n## {name}\n"
    if check is not None:
        yield f"Rule {check.promise}"
        yield ""
    for ledger in sorted((CORPUS / name).glob("*.beancount")):
        yield "```diff"
        yield from _difference(ledger)
        yield "```\n"
        yield "```text"
        yield ledger.with_suffix(".message").read_text(encoding="utf-8").rstrip("\n")
        yield "```"


def _difference(ledger: Path) -> Iterator[str]:
    sound = (CORPUS / "sound.beancount").read_text(encoding="utf-8").splitlines()
    broken = ledger.read_text(encoding="utf-8").splitlines()
    for line in [*difflib.unified_diff(sound, broken, n=0, lineterm="")][2:]:
        if not line.startswith("@@") and line[1:].strip():
            yield line


def ledger_page() -> str:
    """The page about the ledger: what is written by hand, then the tables."""
    by_hand = LEDGER.read_text(encoding="utf-8").partition(BEGIN)[0]
    return by_hand + BEGIN + "\n" + "\n".join(_tables()) + "\n"


def _tables() -> Iterator[str]:
    kinds = list(KINDS.values())
    yield "## What each fact moves\n"
    yield "| fact | debit | credit |"
    yield "|---|---|---|"
    for kind in kinds:
        if kind.shape.moves:
            yield f"| `{kind.shape.kind}` | {_legs(kind.shape, Side.DEBIT)} | {_legs(kind.shape, Side.CREDIT)} |"
    yield "\nAll other kinds move nothing.\n"
    yield "## Every kind and its keys"
    for kind in kinds:
        yield from _kind(kind)


def _legs(shape: Shape, side: Side) -> str:
    return "; ".join(_leg(field) for field in shape.legs if field.side is side) or "nothing"


def _leg(field: Field) -> str:
    how_many = ", many" if field.many else ", at most one" if field.optional else ""
    tags = ", ".join(
        [f"`{tag.replace('_', '-')}`" for tag in field.tags]
        + [f"perhaps `{tag.replace('_', '-')}`" for tag in field.may]
    )
    tags += " (`@@` where it is another currency)" if field.priced else ""
    roles = " or ".join(role.component or role.root for role in field.roles)
    return f"{roles} ({field.name.replace('_', ' ')}{how_many})" + (f" with {tags}" if tags else "")


def _kind(kind: type[Fact]) -> Iterator[str]:
    shape = kind.shape
    how = "transaction" if shape.moves else "custom"
    yield f"\n### {shape.kind} ({how}{', also by hand' if kind in BY_HAND else ''})\n"
    yield _words(kind)
    yield ""
    yield from _keys(shape)
    for field in shape.parts:
        part: Shape = field.type.shape  # type: ignore[attr-defined]
        yield f"\nEach of its `{field.key}` is a directive `{part.kind}` right behind it.\n"
        yield _words(part.cls)
        yield ""
        yield from _keys(part)


def _words(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split())


def _keys(shape: Shape) -> Iterator[str]:
    yield "| key | value | |"
    yield "|---|---|---|"
    for field in shape.fields:
        if field.place is Place.LEG:
            continue
        value = "how many" if field.place is Place.PARTS else _value(field)
        yield f"| `{field.key}` | {value} | {_remark(shape, field)} |"


def _value(field: Field) -> str:
    if field.type is not Account and issubclass(field.type, Enum):
        return ", ".join(f"`{one.value}`" for one in field.type)
    return _TYPES.get(field.type, "date")


def _remark(shape: Shape, field: Field) -> str:
    behind = "behind the kind" if field.place is Place.KEY and not shape.moves else ""
    return behind or ("optional" if field.optional else "")


if __name__ == "__main__":
    ERRORS.write_text(errors_page(), encoding="utf-8")
    LEDGER.write_text(ledger_page(), encoding="utf-8")
