"""`check` looks at the documents, too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from billing_beans.cli.root import run

sys.path.append(str(Path(__file__).parent.parent / "documents"))

from billed_books import PLACEMENT, Billed


def test_a_document_that_was_edited_is_found_by_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T04:00:00Z")
    billed = Billed(tmp_path).make()
    number = billed.issue(billed.draft("acme", PLACEMENT))
    books = ["--books", str(billed.root)]
    assert run([*books, "invoice", "render", number]) == 0
    assert run([*books, "check"]) == 0
    (pdf,) = billed.root.rglob(f"documents/**/*{number}.pdf")
    pdf.write_bytes(b"%PDF edited")
    capsys.readouterr()
    assert run([*books, "check"]) == 3
    said = capsys.readouterr().out
    assert f"{pdf.relative_to(billed.root)}: the file is not the document of {number} that was recorded" in said
    assert f"billing-beans invoice render {number} --force" in said
