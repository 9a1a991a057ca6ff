"""Books with open invoices, and a way to import files into them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import realization

# Tests are no packages here, so what they share is found by its folder.
HERE = Path(__file__).parent
sys.path.append(str(HERE))

from books_of_samples import COMMAND_LINE, OPEN  # noqa: E402 - found by its folder

LATER = "2026-01-20T02:00:00Z"


@dataclass
class Desk:
    """Somebody who imports files into books."""

    shell: Any
    folder: Path

    def file(self, name: str, text: str | bytes) -> Path:
        """A file beside the books."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def take(self, text: str | bytes, *options: str, processor: str = "stripe", name: str = "events.json") -> Any:
        """Import a file that must be taken; what was said of it."""
        path = self.file(name, text)
        return self.shell.done("import", processor, str(path), *options, "--json").json["result"]

    def refused(self, text: str | bytes, *options: str, processor: str = "stripe", name: str = "events.json") -> str:
        """Import a file that must be refused; nothing may be written."""
        path = self.file(name, text)
        said: str = self.shell.refused("import", processor, str(path), *options, status=2)
        return said

    def invoice(self, customer: str = "acme", product: str = "handbook", quantity: int = 4) -> str:
        """An issued invoice: four handbooks are 100.00 SGD and 9.00 tax."""
        self.shell.at(COMMAND_LINE.NOW)
        said = self.shell.done("invoice", "draft", customer, product, str(quantity), "--json").json
        number: str = said["result"]["number"]
        self.shell.done("invoice", "issue", number)
        self.shell.at(LATER)
        return number

    def balances(self) -> dict[str, str]:
        """What each account holds, by the ledger itself; those that hold nothing are left out."""
        entries, errors, _options = loader.load_file(str(self.shell.root / "main.beancount"))
        assert errors == []
        root = realization.realize(entries)
        return {one.account: str(one.balance) for one in realization.iter_children(root) if not one.balance.is_empty()}

    def status(self, number: str) -> str:
        """Where an invoice stands."""
        shown = self.shell.done("invoice", "show", number, "--json").json["result"]
        status: str = (shown.get("invoice") or shown)["status"]
        return status


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    monkeypatch.setenv("BILLING_BEANS_ACTOR", "fin")
    monkeypatch.setenv("NO_COLOR", "1")
    root = COMMAND_LINE.write_books(tmp_path / "books")
    accounts = root / "setup" / "accounts.beancount"
    accounts.write_text(accounts.read_text(encoding="utf-8") + OPEN, encoding="utf-8")
    made = COMMAND_LINE.Shell(root, monkeypatch, capsys)
    made.at(LATER)
    return made


@pytest.fixture
def desk(shell: Any, tmp_path: Path) -> Desk:
    return Desk(shell, tmp_path)
