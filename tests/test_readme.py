"""What the README says is true: its commands run, and its links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

from billing_beans.cli.root import NOUNS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_commands_of_the_readme_lead_from_an_empty_folder_to_a_pdf(tmp_path: Path) -> None:
    script = "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "BILLING_BEANS_NOW": "2026-01-11T02:00:00Z",
        "BILLING_BEANS_SEED": "1",
    }
    done = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No problems" in done.stdout
    pdfs = sorted(tmp_path.rglob("*.pdf"))
    names = ["credits", "PAY-1", "SG-2026-00001-paid", "SGC-2026-00001", "statement"]
    assert [pdf.stem.split(".")[-1] for pdf in pdfs] == names
    assert all(pdf.read_bytes().startswith(b"%PDF") for pdf in pdfs)


def test_the_links_of_the_readme_lead_to_files_of_the_project() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    local = [link for link in links if not link.startswith("https://")]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_the_readme_names_only_nouns_that_exist() -> None:
    named = set(re.findall(r"billing-beans ([a-z][a-z-]*)", README))
    assert named <= set(NOUNS)
