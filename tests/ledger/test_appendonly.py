"""Append-only against git: every fact that stood at the base stands there still (rule 2, R3)."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from billing_beans.core.errors import BooksUnusable, WrongUsage
from billing_beans.ledger.appendonly import Change, Violation, check_append_only

JANUARY = "journal/2026/2026-01.beancount"
FEBRUARY = "journal/2026/2026-02.beancount"
SETUP = "setup/catalog.beancount"


def ulid(number: int) -> str:
    return f"01KF0000000000000000{number:06d}"


def fact(number: int) -> str:
    return f"""\
2026-01-20 * "Acme" "1 placement" ^SG-{number}
  event: "invoice-issued"
  id: "{ulid(number)}"
  invoice: "SG-{number}"
  Assets:Receivable                                   90.00 SGD
  Income:Sales                                       -90.00 SGD
"""


CATALOGUE = """\
2026-01-01 custom "billing" "price" "PRICE-1" "api"
  unit-price: 90.00 SGD
2026-01-01 open Income:Sales
"""


def git(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments]
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text.encode())


@pytest.fixture(params=[".", "company/books"])
def root(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Committed books, alone in their repository or in a subfolder of another one."""
    repository = tmp_path / "repository"
    root = repository / str(request.param)
    for path, text in {
        JANUARY: fact(1) + fact(2) + fact(3),
        FEBRUARY: fact(4),
        SETUP: CATALOGUE,
        "pending/RUN-1.beancount": fact(8),
        "main.beancount": 'include "setup/catalog.beancount"\n',
    }.items():
        write(root, path, text)
    git(repository, "init", "-q")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "books")
    return root


def only(root: Path, base: str = "HEAD") -> Violation:
    (violation,) = check_append_only(root, base)
    return violation


def test_unchanged_and_appended_to_is_fine(root: Path) -> None:
    assert check_append_only(root, "HEAD") == []
    write(root, JANUARY, fact(1) + fact(2) + fact(3) + "\n" + fact(5))
    write(root, SETUP, CATALOGUE + '2026-02-01 custom "billing" "price" "PRICE-1" "api"\n  unit-price: 95.00 SGD\n')
    write(root, "journal/2026/2026-03.beancount", fact(6))
    assert check_append_only(root, "HEAD") == []


def test_a_merge_may_put_facts_between_and_comments_are_free(root: Path) -> None:
    write(root, JANUARY, "; why\n\n" + fact(1) + fact(7) + "; a remark\n" + fact(2) + fact(3))
    assert check_append_only(root, "HEAD") == []


def test_line_ends_of_windows_are_no_change(root: Path) -> None:
    write(root, JANUARY, (fact(1) + fact(2) + fact(3)).replace("\n", "\r\n"))
    assert check_append_only(root, "HEAD") == []


def test_a_changed_fact_is_named_with_the_lines_that_changed(root: Path) -> None:
    write(root, JANUARY, "\n" + fact(1) + fact(2).replace("90.00", "80.00") + fact(3))
    violation = only(root)
    assert violation.change is Change.CHANGED
    assert str(violation) == (
        f"{JANUARY}:8: invoice-issued SG-2 ({ulid(2)}) was changed.\n"
        "  Assets:Receivable                                   90.00 SGD"
        " -> Assets:Receivable                                   80.00 SGD\n"
        "  Income:Sales                                       -90.00 SGD"
        " -> Income:Sales                                       -80.00 SGD\n"
        "  Rule R3: a fact is never changed or removed; a correction is a new fact.\n"
        f"  Instead: put it back as `git show HEAD:./{JANUARY}` has it (line 7)"
    )


def test_what_it_says_to_do_works(root: Path) -> None:
    (root / FEBRUARY).unlink()
    violation = only(root)
    assert (violation.change, violation.file, violation.line, violation.id) == (Change.REMOVED, FEBRUARY, 1, ulid(4))
    assert violation.lines[0].endswith("^SG-4 -> (nothing)")
    git(root, *violation.instead.split()[1:])
    assert check_append_only(root, "HEAD") == []
    write(root, JANUARY, fact(1) + fact(3) + fact(5))
    shown = only(root).instead.split("`")[1]
    assert fact(2) in git(root, *shown.split()[1:]) + "\n"


def test_a_removed_fact_stays_named_after_the_removal_was_committed(root: Path) -> None:
    write(root, JANUARY, fact(1) + fact(3))
    git(root, "commit", "-qam", "quietly")
    violation = only(root, "HEAD~1")
    assert (violation.change, violation.file, violation.line, violation.id) == (Change.REMOVED, JANUARY, 7, ulid(2))
    assert check_append_only(root, "HEAD") == []


def test_git_s_index_can_t_hide_a_change(root: Path) -> None:
    git(root, "update-index", "--assume-unchanged", JANUARY)
    write(root, JANUARY, fact(1) + fact(3))
    assert only(root).id == ulid(2)


def test_a_moved_fact_is_named_with_its_new_place(root: Path) -> None:
    write(root, JANUARY, fact(1) + fact(3))
    write(root, FEBRUARY, fact(4) + fact(2).replace("90.00", "80.00"))
    violation = only(root)
    assert (violation.change, violation.file, violation.line) == (Change.MOVED, FEBRUARY, 7)
    assert violation.lines[0] == f"{JANUARY}:7 -> {FEBRUARY}:7"
    assert len(violation.lines) == 3


def test_a_line_slipped_behind_an_invoice_at_the_end_of_the_file_is_a_change(root: Path) -> None:
    head = f'2026-01-20 custom "billing" "invoice-drafted" "SG-9"\n  id: "{ulid(9)}"\n  lines: 1\n'
    line = '2026-01-20 custom "billing" "invoice-line" "SG-9" {}\n'
    write(root, FEBRUARY, fact(4) + head + line.format(1))
    git(root, "commit", "-qam", "draft")
    for slipped in (line.format(2), '  note: "more"\n', "; c\n\n  x-y: 1\n"):
        write(root, FEBRUARY, fact(4) + head + line.format(1) + slipped)
        violation = only(root)
        assert (violation.change, violation.id, violation.line) == (Change.CHANGED, ulid(9), 7)
        assert violation.lines[-1] == f"(nothing) -> {slipped.strip().splitlines()[-1].strip()}"


def test_catalogue_by_hand_is_only_added_to(root: Path) -> None:
    write(root, SETUP, CATALOGUE.replace("90.00", "80.00").replace("open", "close"))
    violation = only(root)
    assert (violation.change, violation.id, violation.words) == (Change.CHANGED, None, "price PRICE-1")
    assert violation.lines == ("unit-price: 90.00 SGD -> unit-price: 80.00 SGD",)
    write(root, SETUP, "")
    write(root, "setup/prices.beancount", CATALOGUE)
    assert (only(root).change, only(root).file) == (Change.MOVED, "setup/prices.beancount")


def test_a_tier_slipped_behind_a_price_by_hand_is_a_change(root: Path) -> None:
    price = '2026-01-01 custom "billing" "price" "PRICE-2" "api"\n  model: "volume"\n  tiers: 1\n'
    tiers = [f'2026-01-01 custom "billing" "price-tier" "PRICE-2" {n}\n  unit-price: {n} SGD\n' for n in (1, 2)]
    write(root, SETUP, CATALOGUE + price + tiers[0])
    git(root, "commit", "-aqm", "a price")
    assert check_append_only(root, "HEAD") == []
    write(root, SETUP, CATALOGUE + price + tiers[0] + tiers[1])
    violation = only(root)
    assert (violation.words, violation.change) == ("price PRICE-2", Change.CHANGED)
    assert "(nothing) -> unit-price: 2 SGD" in violation.lines


def test_of_two_equal_facts_both_must_stay(root: Path) -> None:
    twice = '2026-01-01 custom "billing" "note" "x"\n' * 2
    write(root, SETUP, twice)
    git(root, "commit", "-qam", "twice")
    write(root, SETUP, twice[: len(twice) // 2])
    assert only(root).change is Change.REMOVED


def test_only_spaces_are_a_change_too(root: Path) -> None:
    write(root, FEBRUARY, fact(4).replace('  id: "', '   id: "'))
    assert "only spaces changed" in only(root).lines[0]


def test_a_pending_run_may_be_discarded(root: Path) -> None:
    (root / "pending/RUN-1.beancount").unlink()
    assert check_append_only(root, "HEAD") == []


def test_all_of_a_file_moved_away_is_found_together(root: Path) -> None:
    (root / JANUARY).rename(root / "journal/january.beancount")
    assert [(found.change, found.line) for found in check_append_only(root, "HEAD")] == [
        (Change.MOVED, line) for line in (1, 7, 13)
    ]


def test_inside_a_git_hook_the_books_are_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    write(root, JANUARY, fact(1) + fact(3))
    assert only(root).id == ulid(2)


@pytest.mark.parametrize("base", ["nowhere", "--all", "", "HEAD~7", "HEAD:main.beancount"])
def test_an_unknown_base_is_wrong_usage(root: Path, base: str) -> None:
    with pytest.raises(WrongUsage, match="There is no commit"):
        check_append_only(root, base)


def test_no_repository_and_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BooksUnusable, match="in no git repository"):
        check_append_only(tmp_path, "HEAD")
    with pytest.raises(BooksUnusable, match="was not found"):
        check_append_only(tmp_path / "nowhere", "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BooksUnusable, match="git command was not found"):
        check_append_only(tmp_path, "HEAD")


def test_a_shallow_clone_says_what_is_missing(root: Path, tmp_path: Path) -> None:
    write(root, JANUARY, fact(1) + fact(2) + fact(3) + fact(5))
    git(root, "commit", "-qam", "more")
    first = git(root, "rev-parse", "HEAD~1")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{git(root, 'rev-parse', '--show-toplevel')}", str(clone))
    books = clone / git(root, "rev-parse", "--show-prefix")
    assert check_append_only(books, "HEAD") == []
    with pytest.raises(WrongUsage, match="shallow") as refused:
        check_append_only(books, first)
    assert "git fetch --unshallow" in refused.value.instead


def test_a_repository_that_lacks_an_object_says_so(root: Path) -> None:
    blob = git(root, "rev-parse", f"HEAD:./{JANUARY}")
    top = Path(git(root, "rev-parse", "--show-toplevel"))
    (top / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert check_append_only(root, "HEAD") == [], "what is the same needs no history"
    write(root, JANUARY, fact(1))
    with pytest.raises(BooksUnusable, match=f"{JANUARY} .* is missing"):
        check_append_only(root, "HEAD")


def test_a_hundred_thousand_facts_take_seconds(tmp_path: Path) -> None:
    text = "".join(map(fact, range(100_000)))
    write(tmp_path, JANUARY, text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "books")
    write(tmp_path, JANUARY, text + fact(100_000))
    started = time.perf_counter()
    assert check_append_only(tmp_path, "HEAD") == []
    assert time.perf_counter() - started < 5
    write(tmp_path, JANUARY, text.replace(fact(50_000), ""))
    started = time.perf_counter()
    assert only(tmp_path).id == ulid(50_000)
    assert time.perf_counter() - started < 20
