"""Carrying an intent out, file by file, and taking it back (architecture, rule 3).

The journal decides when; here is how: what is missing of each target is appended, flushed and read back. Taking back
cuts off nothing but our own text, in this process; the next process only ever carries on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from billing_beans.core.errors import BooksUnusable
from billing_beans.ledger.exchange import Exchange
from billing_beans.ledger.stamps import stamp_of

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from billing_beans.ledger.disk import Disk
    from billing_beans.ledger.intent import Intent, Target

FOLDER = ".billing-beans"
"""The journal's own folder in the books: lock and intent; derived, ignored by git."""
BESIDE = f"{FOLDER}/exchange.tmp"
"""Where new text of a file stands until it takes the file's place."""


class Changed(Exception):
    """These files are not as the write left them: another program wrote to them."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(f"another program changed {', '.join(paths)} at the same time")
        self.paths = paths


def inside(root: Path, path: PurePosixPath | str) -> Path:
    """The file itself, links resolved: within the resolved `root`, and not one of the journal's own.

    Raises BooksUnusable.
    """
    file = Path(os.path.realpath(root / path))
    own = root / FOLDER
    if root not in file.parents or file == own or own in file.parents:
        raise BooksUnusable(
            f"{path} leads to {file}: that is no ledger file of the books in {root}; nothing was written.",
            instead="replace the symbolic link by what it leads to, or open the books where they really are",
        )
    return file


class Attempt:
    """One run at an intent that is on disk already; what it touches is noted before it is touched."""

    def __init__(self, root: Path, intent: Intent, disk: Disk) -> None:
        self._root = root
        self._intent = intent
        self._disk = disk
        self._begun: list[Target | Exchange] = []
        self._folders: list[Path] = []

    @property
    def at(self) -> str | None:
        """The target that was begun last."""
        return self._begun[-1].path if self._begun else None

    def carry_out(self) -> None:
        """Write what is missing of each target.

        Raises Changed, before it changes any file, if one is not as it was left; and OSError.
        """
        files = [inside(self._root, target.path) for target in self._intent.targets]
        work = [(target, file, target.done(file)) for target, file in zip(self._intent.targets, files, strict=True)]
        changed = [target.path for target, _, done in work if done is None]
        if changed:
            raise Changed(changed)
        for number, (target, file, done) in enumerate(work, start=1):
            if isinstance(target, Exchange):
                self._exchange(f"exchange:{number}", target, file, done=bool(done))
            else:
                self._begun.append(target)
                self._finish(f"append:{number}", target, file, done or 0)
        if self._beside.exists():
            # Of an attempt that was being taken back when it was killed.
            self._disk.remove("beside", self._beside)

    def take_back(self) -> None:
        """Leave every target as it was. Raises Changed where another program wrote meanwhile; and OSError."""
        for number, target in reversed(list(enumerate(self._begun, start=1))):
            if isinstance(target, Exchange):
                self._exchange_back(f"undo:{number}", target)
            else:
                self._restore(f"undo:{number}", target)
        for depth, folder in reversed(list(enumerate(self._folders, start=1))):
            # It may never have been made, or somebody put a file of their own there.
            if folder.is_dir() and not any(folder.iterdir()):
                self._disk.remove_folder(f"undo:folder:{depth}", folder)

    def _make_folders(self, name: str, file: Path) -> None:
        missing = [folder for folder in file.parents if not folder.exists()]
        for depth, folder in enumerate(reversed(missing), start=1):
            self._folders.append(folder)
            self._disk.make_folder(f"{name}:folder:{depth}", folder)

    def _exchange(self, name: str, target: Exchange, file: Path, *, done: bool) -> None:
        # Nobody came between looking at all targets and coming to this one: then it is not ours to take back, either.
        if not done and target.done(file) != 0:
            raise Changed([target.path])
        self._begun.append(target)
        if not done:
            if target.becomes is not None:
                self._make_folders(name, file)
            target.carry_out(self._disk, name, file, self._beside)
        with self._disk.operation(f"{name}:read-back"):
            if target.done(file) != 1:
                raise Changed([target.path])

    def _exchange_back(self, name: str, target: Exchange) -> None:
        file = inside(self._root, target.path)
        done = target.done(file)
        # Only our own text is replaced: what another program put there is not ours to remove.
        if done is None:
            raise Changed([target.path])
        if done:
            target.restore(self._disk, name, file, self._beside)
        self._disk.remove(f"{name}:new", self._beside)

    @property
    def _beside(self) -> Path:
        return self._root / BESIDE

    def _finish(self, name: str, target: Target, file: Path, done: int) -> None:
        self._make_folders(name, file)
        with self._disk.opened(name, file, os.O_APPEND | (0 if target.exists else os.O_CREAT)) as descriptor:
            # Before the write: nobody came between looking and opening. After it: what stands is what was meant.
            now = stamp_of(os.fstat(descriptor))
            if now.size != target.size + done or (target.stamp and not done and now != target.stamp):
                raise Changed([target.path])
            self._disk.write(name, descriptor, target.text[done:])
        if not target.exists:
            self._disk.sync_folder(name, file.parent)
        with self._disk.operation(f"{name}:read-back"):
            if not target.stands_whole_in(file):
                raise Changed([target.path])

    def _restore(self, name: str, target: Target) -> None:
        file = inside(self._root, target.path)
        done = target.done(file)
        # Cut off nothing but our own text: what another program put there is not ours to remove.
        if done is None:
            raise Changed([target.path])
        if target.exists and done:
            with self._disk.opened(name, file, 0) as descriptor, self._disk.operation(f"{name}:truncate"):
                os.ftruncate(descriptor, target.size)
        elif not target.exists and file.exists():
            self._disk.remove(name, file)
            self._disk.sync_folder(name, file.parent)
        if target.done(file) != 0:
            raise Changed([target.path])
