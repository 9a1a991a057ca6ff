"""What docs/prices.md says is true: its commands run, and say what stands there."""

import re
import shlex
from pathlib import Path

import pytest

from billing_beans.cli.root import run

PAGE = Path(__file__).parents[2] / "docs" / "prices.md"
SET_UP = """
init books --name "Example Pte. Ltd." --country SG --address "1 Raffles Place, Singapore 048616"
--books books tax-code add SG-GST-9 --rate 9% --name GST
--books books customer add acme --name "Acme Pte. Ltd." --country SG --address "2 Shenton Way, Singapore 068804"
"""


def test_the_manual_of_prices_says_what_its_commands_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("NOW", "2026-01-11T02:00:00Z"), ("SEED", "1"), ("ACTOR", "sarah")):
        monkeypatch.setenv(f"BILLING_BEANS_{name}", value)
    monkeypatch.setenv("COLUMNS", "130")
    monkeypatch.chdir(tmp_path)
    for line in SET_UP.strip().splitlines():
        assert run(shlex.split(line)) == 0, capsys.readouterr()
    monkeypatch.chdir(tmp_path / "books")
    capsys.readouterr()

    page = PAGE.read_text(encoding="utf-8")
    for kind, text in re.findall(r"```(console|beancount)\n(.*?)```", page, re.DOTALL):
        if kind == "beancount":
            with Path("setup/catalog.beancount").open("a", encoding="utf-8") as catalog:
                catalog.write(text)
            continue
        for command in re.split(r"^(?=\$ )", text, flags=re.MULTILINE)[1:]:
            words, _, said = command.partition("\n")
            assert run(shlex.split(words.removeprefix("$ billing-beans "))) == 0, capsys.readouterr()
            assert capsys.readouterr().out.rstrip("\n") == said.rstrip("\n"), words
    assert run(["check"]) == 0, capsys.readouterr()
