"""Small books, written by hand, and a way to run commands on them in this process."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from billing_beans.cli.root import run

# Tests are no packages here, so what they share is found by its folder.
sys.path.append(str(Path(__file__).parent))

from beginnings import Beginnings
from credit_shell import with_credits

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-01-11T02:00:00Z"

MAIN = """\
option "title" "Example"
option "operating_currency" "SGD"
plugin "billing_beans.plugins"
include "setup/accounts.beancount"
include "setup/catalog.beancount"
include "setup/customers.beancount"
include "journal/accounts.beancount"
include "journal/all.beancount"
"""

ACCOUNTS = """\
2026-01-01 custom "billing" "book" "example"
  organization: "Example Group"
  livemode: TRUE
  format: 1
2026-01-01 open Assets:SG:Bank:OCBC                    SGD, USD, EUR
2026-01-01 open Assets:SG:Processor:Stripe
"""

CATALOG = """\
2026-01-01 custom "billing" "legal-entity" "sg"
  name: "Example Pte. Ltd."
  address: "1 Raffles Place, Singapore 048616"
  tax-number: "M90000001X"
  country: "SG"
  currency: "SGD"
  time-zone: "Asia/Singapore"
  account: "SG"
  bank: Assets:SG:Bank:OCBC
  invoice-format: "SG-{year}-{sequence:05d}"
2026-01-01 custom "billing" "tax-code" "SG-GST-9"
  rate: 0.09
  account: Liabilities:SG:Tax:GST
  name: "GST"
2026-01-01 custom "billing" "tax-code" "SG-EXEMPT"
  rate: 0.00
  account: Liabilities:SG:Tax:GST
2026-01-01 custom "billing" "product" "placement-credit"
  name: "Placement credits"
  entitlement: "PLACEMENT"
  units-per-quantity: 1
  revenue: "on-consumption"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "product" "gig-credit"
  name: "Gig credits"
  entitlement: "GIG"
  units-per-quantity: 1
  revenue: "agent"
  platform-fee-bps: 1800
  tax-code: "SG-EXEMPT"
  fee-tax-code: "SG-GST-9"
2026-01-01 custom "billing" "product" "handbook"
  name: "Handbook"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "product" "poster"
  name: "Poster"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-1" "placement-credit"
  country: "SG"
  unit-price: 100.00 SGD
2026-01-01 custom "billing" "price" "PRICE-2" "gig-credit"
  unit-price: 20.00 SGD
2026-01-01 custom "billing" "price" "PRICE-3" "handbook"
  unit-price: 25.00 SGD
2026-01-01 custom "billing" "price" "PRICE-4" "handbook"
  unit-price: 19.00 USD
2026-01-01 custom "billing" "price" "PRICE-5" "poster"
  unit-price: 9.99 SGD
"""

HOSTILE_NAME = 'Q}"ote & <b>Söhne</b>\n株式会社 =1+1 [red]'
HOSTILE_ADDRESS = 'Line 1 "quoted"\nLine 2 {sequence} \\ end'


def _in_ledger(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


CUSTOMERS = f"""\
2026-01-02 custom "billing" "customer" "acme"
  name: "Acme Pte. Ltd."
  country: "SG"
  account: "Acme"
2026-01-02 custom "billing" "bill-to" "acme" "SGD"
  name: "Acme Pte. Ltd."
  attention: "Accounts Payable"
  email: "ap@acme.example"
  address: "2 Shenton Way, Singapore 068804"
2026-01-02 custom "billing" "bill-to" "acme" "USD"
  name: "Acme Pte. Ltd."
  address: "2 Shenton Way, Singapore 068804"
2026-01-02 custom "billing" "agreement" "AG-1" "acme"
  active-until: 2026-12-31
2026-01-02 custom "billing" "agreement-term" "AG-1" "placement-credit"
  unit-price: 90.00 SGD
2026-01-02 custom "billing" "agreement-term" "AG-1" "gig-credit"
  platform-fee-bps: 1500
2026-01-02 custom "billing" "agreement-term" "AG-1" "poster"
  discount: 0.10
2026-01-02 custom "billing" "customer" "quote"
  name: "{_in_ledger(HOSTILE_NAME)}"
  country: "DE"
  account: "Quote"
2026-01-02 custom "billing" "bill-to" "quote" "SGD"
  name: "{_in_ledger(HOSTILE_NAME)}"
  address: "{_in_ledger(HOSTILE_ADDRESS)}"
"""


def write_books(root: Path) -> Path:
    """The books as `init` would leave them, with a seller, products, prices and two customers."""
    files = {
        "main.beancount": MAIN,
        "setup/accounts.beancount": ACCOUNTS,
        "setup/catalog.beancount": CATALOG,
        "setup/customers.beancount": CUSTOMERS,
        "journal/accounts.beancount": "",
        "journal/all.beancount": "",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@dataclass
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands on one set of books, and looks at what they left."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.at(NOW)

    def at(self, moment: str) -> None:
        """Set the clock: `2026-01-13T02:00:00Z`."""
        self._monkeypatch.setenv("BILLING_BEANS_NOW", moment)

    def __call__(self, *words: str) -> Said:
        self._capsys.readouterr()
        status = run(["--books", str(self.root), *words])
        out, err = self._capsys.readouterr()
        return Said(status, out, err)

    def done(self, *words: str) -> Said:
        """Run a command that must succeed."""
        said = self(*words)
        assert said.status == 0, f"{words}: {said.err}{said.out}"
        return said

    def refused(self, *words: str, status: int = 1) -> str:
        """Run a command that must be refused, and show that nothing was written."""
        before = self.files()
        said = self(*words)
        assert said.status == status, f"{words}: {said.status} {said.err}{said.out}"
        assert self.files() == before
        assert "Traceback" not in said.err
        return said.err

    def files(self) -> dict[str, str]:
        """Every ledger file of the books by its path."""
        found = sorted(self.root.rglob("*.beancount"))
        return {str(path.relative_to(self.root)): path.read_text(encoding="utf-8") for path in found}

    def journal(self) -> str:
        return self.files().get("journal/2026/2026-01.beancount", "")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    monkeypatch.setenv("BILLING_BEANS_ACTOR", "sarah")
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(write_books(tmp_path / "books"), monkeypatch, capsys)


@pytest.fixture
def other_books(tmp_path: Path) -> Path:
    """A second set of the same books."""
    return write_books(tmp_path / "other")


@pytest.fixture(scope="module")
def books_of_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same books for all tests of a module: what takes many commands happens in them once, and each test has a copy."""
    return write_books(tmp_path_factory.mktemp("module") / "books")


@pytest.fixture(scope="session")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> Beginnings:
    """Books that were made once, for the fixtures that `beginning` makes."""
    return Beginnings(tmp_path_factory.mktemp("beginnings"))


@pytest.fixture
def kinds(shell: Shell) -> Shell:
    """Books with kinds of credits, and what can be paid with them."""
    return with_credits(shell)


@pytest.fixture
def wallets(kinds: Shell) -> Iterator[Shell]:
    """The same; when the test ends they must be sound, and their reports equal their accounts on every day."""
    yield kinds
    said = kinds("check", "--deep")
    assert said.status == 0, said.out + said.err
