"""Every check is broken on purpose by a ledger of its own, through Beancount's real loader (I11)."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader

from billing_beans import audit
from billing_beans.books import KINDS
from billing_beans.core.checks import checks_of
from billing_beans.ledger import collecting
from billing_beans.ledger.checking import check_books
from billing_beans.ledger.reading import judge

if TYPE_CHECKING:
    from types import ModuleType

TESTS = Path(__file__).parent
CORPUS = TESTS / "ledgers"
SOUND = CORPUS / "sound.beancount"
CASES = sorted(CORPUS.glob("*/*.beancount"))

INVARIANTS = {
    "1 belongs to exactly one account": "known-parties/nobody",
    "2 has at least one item": "has-lines/none",
    "3 immutable once issued": "sealed/address",
    "4 never deleted": "number-gapless/removed",
    "5 number is unique": "number-drawn-once/twice",
    "6 granted only after it is paid": "posted-once/before-paid",
    "7 posted at most once": "posted-once/twice",
    "8 prices, tax and terms are snapshots": "sealed/unit-price",
    "9 gig credits have two lines": "two-gig-lines/one-line",
    "10 total is subtotal and tax, and the sum of the lines": "exact-totals/total",
    "11 who created and changed it is known": "audit-trail/no-actor",
}
"""The invariants of the requirements (S3), each with a ledger that breaks it."""


def name_of(case: Path) -> str:
    return f"{case.parent.name}/{case.stem}"


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def errors_of(ledger: Path) -> list[Any]:
    """What Beancount's loader reports, as `bean-check -C` and Fava load: without the cache beside the file."""
    errors: list[Any] = loader._load([(str(ledger), True)], None, None, None)[1]
    return errors


@pytest.mark.parametrize("case", [one for one in CASES if one.parent.name == "complete"], ids=name_of)
def test_what_is_found_holds_no_cycle(case: Path) -> None:
    # The collector is paused meanwhile, and afterwards passes over all that is there: a cycle would stay for ever.
    entries = loader._load([(str(case), True)], None, None, None)[0]
    judge(entries)
    gc.collect()
    gc.disable()
    try:
        assert judge(entries).findings
        assert gc.collect() == 0
    finally:
        gc.enable()


def all_checks() -> set[str]:
    """The declared checks, and those that the audit and the reading of directives name themselves."""
    declared = {one.name for found in audit.CHECKS.values() for one in found}
    named = set(collecting._REMEDIES)
    for source in (audit, collecting):
        assert source.__file__ is not None
        named |= set(re.findall(r'Problem\(\s*"([a-z-]+)"', Path(source.__file__).read_text(encoding="utf-8")))
    # A check that itself fails is a defect of the program: no ledger is known that does it.
    return (declared | named) - {"judged"}


def test_the_sound_ledger_has_no_problem() -> None:
    assert check_books(CORPUS, SOUND.name).problems == ()
    assert errors_of(SOUND) == []


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_broken_ledger_breaks_its_one_rule_and_says_so(case: Path) -> None:
    checked = check_books(case.parent, case.name)

    assert [one.problem.check for one in checked.problems] == [case.parent.name]
    assert str(checked.problems[0]) == case.with_suffix(".message").read_text(encoding="utf-8").split("\n(")[0].rstrip(
        "\n"
    )


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_bean_check_shows_the_same_problem(case: Path) -> None:
    ours = [error for error in errors_of(case) if type(error).__name__ == "BillingProblem"]

    assert len(ours) == 1
    first_line = case.with_suffix(".message").read_text(encoding="utf-8").split("\n")[0]
    assert first_line == f"{case.name}:{ours[0].source['lineno']}: {ours[0].message.splitlines()[0]}"


def test_every_check_has_a_case() -> None:
    assert all_checks() == {case.parent.name for case in CASES}


def test_every_invariant_of_an_invoice_is_broken_by_a_case() -> None:
    assert set(INVARIANTS.values()) <= {name_of(case) for case in CASES}
    assert len(INVARIANTS) == len(set(INVARIANTS.values())) == 11


@pytest.mark.parametrize("page", ["errors", "ledger"])
def test_the_generated_pages_are_up_to_date(page: str) -> None:
    made = module(TESTS.parent / "docs" / "make.py")
    text = getattr(made, f"{page}_page")()

    assert text == (TESTS.parent / "docs" / f"{page}.md").read_text(encoding="utf-8"), "run: python docs/make.py"


def test_each_module_of_checks_is_known_by_the_kinds_that_it_checks() -> None:
    package = Path(audit.__file__).parent
    modules = [f"{one.parent.name}.{one.stem}" for one in package.glob("*/*checks.py") if one.parent.name != "core"]
    found = {
        (kind.__module__.removeprefix("billing_beans."), name)
        for name in modules
        for kind in checks_of([importlib.import_module(f"billing_beans.{name}")])
    }
    assert {(facts, name) for facts, names in audit.CHECKED_BY.items() for name in names} == found
    assert len(audit.CHECKS) == len(KINDS)
