"""New books: sound at once, ready for git, never over anything that is there (architecture, books on disk)."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from beancount import loader

from billing_beans.cli.root import run

SELLER = ["--name", "Example Pte. Ltd.", "--country", "SG", "--address", "1 Raffles Place"]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T02:00:00Z")
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    monkeypatch.delenv("BILLING_BEANS_ACTOR", raising=False)
    monkeypatch.chdir(tmp_path)


def git(folder: str, *arguments: str) -> str:
    return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("options", [[], SELLER, [*SELLER, "--test"], ["--name", "Only a name"], [*SELLER, "--no-git"]])
def test_new_books_pass_bean_check_at_once(options: list[str]) -> None:
    assert run(["init", "books", *options]) == 0

    for main in ("main", "review"):
        _entries, errors, _options = loader.load_file(f"books/{main}.beancount")
        assert errors == []
    assert run(["--books", "books", "check"]) == 0


@pytest.mark.parametrize(
    "name", ['Quotes " and }', "Zeile\nzwei", "日本株式会社", "back\\slash {x}", "100% {organization}"]
)
def test_a_name_of_any_characters_stands_in_the_books(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "books", "--name", name, "--country", "JP", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["result"]["entity"]["name"] == name
    _entries, errors, options = loader.load_file("books/main.beancount")
    assert errors == []
    assert options["title"] == name


def test_the_readme_names_ten_commands_that_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["init", "books", *SELLER]) == 0
    commands = re.findall(
        r"^    billing-beans (.*)$", Path("books/README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    monkeypatch.chdir("books")

    assert len(commands) == 10
    for command in commands:
        status = run(shlex.split(command.replace("NUMBER", "SG-2026-00001")))
        assert status == 0, f"{command}: {capsys.readouterr()}"


def test_git_knows_the_merge_driver_and_nothing_is_committed() -> None:
    run(["init", "books"])

    assert "merge-driver %O %A %B %P" in git("books", "config", "merge.billing-beans.driver")
    assert "merge=billing-beans" in Path("books/.gitattributes").read_text(encoding="utf-8")
    assert git("books", "status", "--short").startswith("??")
    assert git("books", "check-ignore", ".billing-beans/lock").strip() == ".billing-beans/lock"


def test_a_fresh_repository_is_taken_as_it_is() -> None:
    subprocess.run(["git", "init", "-q", "books"], check=True)

    assert run(["init", "books"]) == 0


def test_no_git_makes_no_repository() -> None:
    assert run(["init", "books", "--no-git"]) == 0
    assert not Path("books/.git").exists()


def test_where_git_is_missing_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert run(["init", "books"]) == 4
    assert "--no-git" in capsys.readouterr().err
    assert not Path("books").exists()


@pytest.mark.parametrize("there", ["notes.txt", ".hidden"])
def test_a_folder_with_something_in_it_is_refused_untouched(there: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("books").mkdir()
    Path("books", there).write_text("mine", encoding="utf-8")

    assert run(["init", "books"]) == 1

    assert [one.name for one in Path("books").iterdir()] == [there]
    assert f"it holds {there}" in capsys.readouterr().err


def test_a_file_in_the_way_is_refused() -> None:
    Path("books").write_text("mine", encoding="utf-8")
    assert run(["init", "books"]) == 1


def test_doing_it_again_changes_nothing_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", "books", *SELLER])
    before = {path: path.read_bytes() for path in Path("books").rglob("*.beancount")}
    capsys.readouterr()

    assert run(["init", "books", *SELLER]) == 0

    assert "Nothing to do" in capsys.readouterr().out
    assert before == {path: path.read_bytes() for path in Path("books").rglob("*.beancount")}


def test_in_a_clone_the_merge_driver_is_installed() -> None:
    run(["init", "books"])
    git("books", "add", ".")
    git("books", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "books")
    subprocess.run(["git", "clone", "-q", "books", "clone"], check=True)

    assert run(["init", "clone"]) == 0
    assert "merge-driver" in git("clone", "config", "merge.billing-beans.driver")


def test_a_dry_run_makes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "books", *SELLER, "--dry-run"]) == 0
    assert not Path("books").exists()
    assert 'custom "billing" "legal-entity" "sg"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--name", "X", "--country", "US"], "--time-zone"),
        (["--name", "X", "--country", "sg"], "--country SG"),
        (["--name", "X", "--country", "XX"], "no country"),
        (["--country", "SG"], "needs its name"),
        (["--name", " "], "need a name"),
        (["--currency", "SGD"], "needs its country"),
        ([*SELLER, "--currency", "ABCD"], "ABCD"),
        ([*SELLER, "--time-zone", "Mars/Base"], "Mars/Base"),
        ([*SELLER, "--entity", "a b"], "a b"),
        ([*SELLER, "--date", "2026-13-01"], "2026-13-01"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_made(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "books", *options]) in (1, 2)
    assert words.lower() in capsys.readouterr().err.lower()
    assert not Path("books").exists()
