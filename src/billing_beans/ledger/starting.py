"""New books: the starter files of `billing_beans.ledgers`, filled in, with the facts that say whose they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from billing_beans.acts.act import Act, Context
from billing_beans.acts.catalog import add_entity
from billing_beans.books import FORMAT, Books
from billing_beans.catalog.facts import BookDeclared, LegalEntityAdded
from billing_beans.catalog.operations import AddEntity
from billing_beans.core.errors import BooksUnusable, Refused
from billing_beans.core.records import record
from billing_beans.ledger import merge, text
from billing_beans.ledger.layout import appends_of
from billing_beans.ledger.reading import MAIN

_RENAMED = {"gitignore": ".gitignore"}
"""A file that git would heed in our own repository lies there under another name."""


@record
class NewBooks:
    """What the first page of books says. `entity` is the first legal entity, where it is known already."""

    organization: str
    livemode: bool
    entity: AddEntity | None = None


def starting_act(context: Context, asked: NewBooks) -> Act:
    """What these books are, and their first legal entity: recorded like any act, checked like any act (P4, B4)."""
    assert context.day is not None, "the day from which the books say something"
    act = Act(Books(), context)
    name = re.sub(r"[^a-z0-9]+", "-", asked.organization.lower()).strip("-") or "books"
    act.record(
        BookDeclared(
            date=context.day, book=name, organization=asked.organization, livemode=asked.livemode, format=FORMAT
        )
    )
    if asked.entity is not None:
        add_entity(act, asked.entity)
    return act


def starting_files(root: Path, asked: NewBooks, act: Act) -> dict[str, str]:
    """Every file of new books: its path, and its text."""
    sellers = list(act.books.catalog.entities.all())
    made = {path: _filled(path, found, asked, sellers) for path, found in _starter_files(_starter(), "")}
    for append in appends_of(act, root):
        made[str(append.path)] += append.text
    made[".gitattributes"] = merge.GITATTRIBUTES
    return made


def make_books(root: Path, made: Mapping[str, str], *, git: bool) -> None:
    """Write these files into an empty folder, or one with a fresh git repository. Raises `Refused`, `BooksUnusable`."""
    _refuse_full(root)
    if git and shutil.which("git") is None:
        raise _no_git()
    try:
        for path, content in made.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise BooksUnusable(
            f"The books can't be made in {root}: {error.filename}: {error.strerror}.",
            instead="put the cause right, empty the folder, and repeat the command",
        ) from error
    if git:
        begin_git(root)


def begin_git(root: Path) -> None:
    """A git repository, where the folder stands in none, and the merge driver in it. Nothing is committed."""
    if not in_git(root):
        _git(root, "init", "--quiet")
    merge.install(root)


def in_git(root: Path) -> bool:
    """Whether the folder stands in a git repository. Raises `BooksUnusable` where there is no git."""
    return _git(root, "rev-parse", "--is-inside-work-tree", must=False) == 0


def _git(root: Path, *arguments: str, must: bool = True) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's git
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise _no_git() from error
    if must and done.returncode:
        raise BooksUnusable(f"git {arguments[0]} failed in {root}: {done.stderr.strip()}", instead="--no-git")
    return done.returncode


def _no_git() -> BooksUnusable:
    return BooksUnusable("The git command was not found.", instead="install git, or make books without it: --no-git")


def _refuse_full(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise Refused(f"{root} is a file.", instead="name a new folder for the books")
    try:
        there = sorted(one.name for one in root.iterdir() if one.name != ".git") if root.exists() else []
    except OSError as error:
        raise BooksUnusable(f"{root} can't be read: {error.strerror}.", instead="name another folder") from error
    if there:
        raise Refused(
            f"{root} is not empty: it holds {', '.join(there[:3])}{' and more' if len(there) > 3 else ''}.",
            rule="books are made in a folder of their own; an empty git repository is fine.",
            instead=f"name a new folder: billing-beans init {root}/billing",
        )


def _starter() -> Traversable:
    return files("billing_beans.ledgers") / "starter"


def _starter_files(folder: Traversable, below: str) -> Iterable[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda found: found.name):
        if one.is_dir():
            yield from _starter_files(one, f"{below}{one.name}/")
        else:
            yield f"{below}{_RENAMED.get(one.name, one.name)}", one.read_text(encoding="utf-8")


def _filled(path: str, starter: str, asked: NewBooks, sellers: list[LegalEntityAdded]) -> str:
    """A starter with its placeholders filled: only the files at the top have any."""
    if "/" in path or "{" not in starter:
        return starter
    mode = "" if asked.livemode else " (test)"
    seller = sellers[0] if sellers else None
    return starter.format(
        organization=" ".join(asked.organization.split()),
        title=text.quoted(f"{asked.organization}{mode}"),
        review_title=text.quoted(f"{asked.organization}{mode}, under review"),
        currencies="".join(f'option "operating_currency" "{one.currency}"\n' for one in sellers),
        currency=seller.currency if seller else "SGD",
        country=seller.country if seller else "SG",
    )


def has_books(root: Path) -> bool:
    return (root / MAIN).is_file()
