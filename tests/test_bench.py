"""The benchmarks run, print figures, and put them into their page; how large the figures are is nobody's promise here."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

RUN = Path(__file__).parent.parent / "benchmarks" / "run.py"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program as a module."""
    monkeypatch.syspath_prepend(RUN.parent)
    spec = importlib.util.spec_from_file_location("bench_run", RUN)
    assert spec
    assert spec.loader
    module: ModuleType = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bench_run", module)
    spec.loader.exec_module(module)
    return module


def test_figures_are_printed_under_the_circumstances() -> None:
    words = [sys.executable, str(RUN), "--quick", "--only", "help,verify,processors,revenue", "--date", "2026-02-03"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    first, _blank, *lines = done.stdout.splitlines()
    assert re.match(r"2026-02-03; .*, \d+ cores, \d+ GB, .*; Python 3\.\d+\.\d+, billing-beans .*beancount 3\.", first)
    _head, _rule, started, *verified, imported, again, deferred, released, once_more, _checked = lines
    assert re.search(r"--help`.*\| \d\.\d{3} s \| `python -c pass`: \d\.\d{3} s \| -?\d\.\d{3} s more \|", started)
    sizes = [re.findall(r"in ([\d,]+) transactions.* \d+\.\d\d s user, \d+\.\d\d s wall", line) for line in verified]
    assert sizes == [["1,000"]]
    assert re.search(r"`import stripe` of 1,000 events .* \| \d+ events a second", imported)
    assert "nothing is new" in again
    assert "`report deferred`, 400 lines" in deferred
    assert re.search(r"`revenue release`, 400 lines \| \d+\.\d\d s CPU", released)
    assert "once more, 400 lines" in once_more
    assert "making books of 1,000 transactions" in done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ("--only", "coffee"),
            "there are check, verify, pdf, import, bank, processors, index, credits, runs, aging, revenue, help",
        ),
        (("--write", "--quick"), "--write takes the whole table"),
        (("--write", "--only", "help"), "--write takes the whole table"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Any, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run.parsed(words)
    assert expected in capsys.readouterr().err


def test_figures_go_between_their_markers_in_the_page(run: Any) -> None:
    page = run.PAGE.read_text(encoding="utf-8")
    once = run.between_markers(page, "| figures |\n")
    assert run.between_markers(once, "| figures |\n") == once
    before, after = once.split("| figures |\n")
    assert page.startswith(before.removesuffix("\n"))
    assert page.endswith(after.removeprefix("\n"))
    with pytest.raises(ValueError, match="no place for figures"):
        run.between_markers("# A page\n", "| figures |\n")
