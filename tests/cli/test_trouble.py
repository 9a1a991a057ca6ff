"""Books that are damaged, half written or badly heard: what commands say, and that they write nothing then."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from billing_beans.cli.root import run

sys.path.append(str(Path(__file__).parent.parent / "documents"))

from billed_books import PLACEMENT, Billed

MONTH = "journal/2026/2026-01.beancount"


@pytest.fixture
def billed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Billed:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-12T04:00:00Z")
    monkeypatch.chdir(tmp_path)
    books = Billed(tmp_path).make()
    books.issue(books.draft("acme", PLACEMENT))
    return books


def _edit(billed: Billed, path: str, old: str, new: str) -> None:
    file = billed.root / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_a_journal_that_is_not_included_stops_new_numbers(billed: Billed, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(billed, "main.beancount", 'include "journal/all.beancount"', "")
    assert run(["invoice", "draft", "acme", "placement-credit", "1", "--seller", "sg"]) == 3
    assert "is not included" in capsys.readouterr().err
    assert run(["check"]) == 3
    assert "journal/all.beancount is not included" in capsys.readouterr().out


def test_a_month_that_was_emptied_stops_new_numbers(billed: Billed, capsys: pytest.CaptureFixture[str]) -> None:
    (billed.root / MONTH).write_text("")
    assert run(["invoice", "draft", "acme", "placement-credit", "1", "--seller", "sg"]) == 3
    assert "was emptied" in capsys.readouterr().err


def test_a_price_with_a_problem_prices_nothing(billed: Billed, capsys: pytest.CaptureFixture[str]) -> None:
    catalog = billed.root / "setup/catalog.beancount"
    price = next(line for line in catalog.read_text().split("\n") if '"price"' in line and "placement-credit" in line)
    catalog.write_text(f"{catalog.read_text()}\n{price}\n  unit-price: 1.00 SGD\n")
    assert run(["invoice", "draft", "acme", "placement-credit", "1", "--seller", "sg"]) == 3
    assert "There is a problem in the books with" in capsys.readouterr().err


def test_a_damaged_invoice_is_not_said_to_be_unknown(billed: Billed, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(billed, MONTH, "  quantity:", "  quantity-typo:")
    assert run(["invoice", "void", "SG-2026-00001", "--reason", "no"]) == 3
    assert "keeps it out of them" in capsys.readouterr().err
    assert run(["invoice", "show", "SG-2026-00001"]) == 3
    assert "billing-beans check" in capsys.readouterr().err


def test_the_missing_plugin_line_is_a_problem(billed: Billed, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(billed, "main.beancount", 'plugin "billing_beans.plugins"', "")
    assert run(["check"]) == 3
    assert "bean-check and Fava check nothing" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["invoice", "list"], ["customer", "list"], ["--dry-run", "invoice", "list"]])
def test_an_interrupted_write_is_not_shown_as_half_an_act(
    billed: Billed, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = billed.root / ".billing-beans"
    folder.mkdir(exist_ok=True)
    (folder / "intent.json").write_text("{}")
    assert run(command) == 4
    assert "billing-beans recover" in capsys.readouterr().err
    assert run(["--dry-run", "recover"]) == 0
    assert (folder / "intent.json").exists()


@pytest.mark.parametrize("option", ["--idempotency-key", "--date", "--actor", "--books"])
def test_an_empty_global_option_is_wrong_usage(billed: Billed, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = (billed.root / MONTH).read_text()
    assert run([option, "", "invoice", "draft", "acme", "placement-credit", "1", "--seller", "sg"]) == 2
    assert "it is empty" in capsys.readouterr().err
    assert (billed.root / MONTH).read_text() == before


def test_an_act_that_nobody_hears_is_no_refusal(billed: Billed) -> None:
    command = [
        sys.executable,
        "-m",
        "billing_beans.cli",
        "--json",
        "invoice",
        "draft",
        "acme",
        "placement-credit",
        "1",
        "--seller",
        "sg",
    ]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, cwd=billed.root, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "It was done" in done.stderr
    listed = subprocess.run(
        [sys.executable, "-m", "billing_beans.cli", "--json", "invoice", "list"],
        cwd=billed.root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(json.dumps(json.loads(listed.stdout))) > 2
    assert "SG-2026-00002" in listed.stdout


@pytest.mark.parametrize("unit", ["TRUE", "SGD", "GIG-FEE"])
def test_a_unit_that_means_something_else_in_a_ledger_is_refused(
    billed: Billed, unit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["product", "add", "odd", "--name", "Odd", "--revenue", "on-consumption", "--tax-code", "SG-GST-9"]
    before = (billed.root / "setup/catalog.beancount").read_text()
    assert run([*words, "--entitlement", unit]) in (1, 2)
    assert "can't be the unit of an entitlement" in capsys.readouterr().err
    assert (billed.root / "setup/catalog.beancount").read_text() == before


@pytest.mark.parametrize(
    "command", [["invoice", "list"], ["invoice", "show", "SG-2026-00001"], ["entitlement", "balance"]]
)
def test_a_look_at_another_day_is_not_answered_with_today(
    billed: Billed, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--date", "2026-01-01"]) == 2
    assert "as they are now" in capsys.readouterr().err
    assert run(["customer", "list", "--date", "2026-01-02"]) == 0


def test_a_reference_that_was_seen_before_is_pointed_out(billed: Billed, capsys: pytest.CaptureFixture[str]) -> None:
    for expected in ("Next: billing-beans payment verify PAY-1", "Careful: PAY-1 has the same reference FT1."):
        assert run(["payment", "submit", "SG-2026-00001", "--amount", "1.00 SGD", "--reference", "FT1"]) == 0
        assert expected in capsys.readouterr().out


def test_an_id_that_is_none_does_not_stop_every_command(billed: Billed, capsys: pytest.CaptureFixture[str]) -> None:
    with (billed.root / "setup/catalog.beancount").open("a", encoding="utf-8") as file:
        file.write('\n2026-01-01 custom "billing" "tax-code" "ODD"\n  rate: 0.09\n  account: Liabilities:SG:Tax:Odd\n')
        file.write('  id: "zzz"\n  at: "2026-01-01T00:00:00Z"\n  actor: "me"\n  operation: "zzz"\n')
    assert run(["check"]) == 3
    assert "which is no ULID" in capsys.readouterr().out
    assert run(["customer", "add", "globex", "--name", "Globex", "--address", "1 Road", "--currency", "SGD"]) == 0
