"""The demo makes two companies' sound books from nothing, by the commands that anybody types."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beanquery import query


def run_demo(into: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "billing_beans.ledgers.demo", "--into", str(into), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the demo stands, made of the first 300 rows, and what it said."""
    into = tmp_path_factory.mktemp("demo") / "books"
    done = run_demo(into, "--quick", "300")
    assert done.returncode == 0, done.stdout + done.stderr
    return into, done.stdout


@pytest.mark.parametrize("books", ["credits", "shop"])
def test_the_books_of_the_demo_pass_bean_check(demo: tuple[Path, str], books: str) -> None:
    _entries, errors, _options = loader.load_file(str(demo[0] / books / "main.beancount"))
    assert errors == []


def test_the_demo_renders_invoices_in_every_state_and_says_where_they_are(demo: tuple[Path, str]) -> None:
    into, said = demo
    pdfs = {str(path.name): path for path in into.rglob("*.pdf")}
    assert set(pdfs) >= {
        "2026-01-11.SG-2026-00001-paid.pdf",
        "2026-02-02.SG-2026-00002.pdf",
        "2026-02-03.SG-2026-00003-void.pdf",
        "2026-02-05.SG-2026-00004-draft-r1.pdf",
        "2010-12-01.536365.pdf",
        "2010-12-01.536389.pdf",
    }
    assert all(path.read_bytes().startswith(b"%PDF") and str(path) in said for path in pdfs.values())


def test_the_demo_shows_each_command_as_it_can_be_typed(demo: tuple[Path, str]) -> None:
    into, said = demo
    assert f"$ billing-beans invoice issue SG-2026-00001 --date 2026-01-11 --books {into}/credits" in said
    assert f"billing-beans --books {into}/shop browse" in said
    assert "Imported 271 invoices of 2010-12-01 to 2010-12-03: 162681.50 GBP" in said
    assert "and 8 credit notes: 192.17 GBP" in said
    assert "--match newest" in said
    assert "Nothing to do: no row of shop-invoices.csv is new." in said


def test_home_sales_carry_vat_and_exports_none(demo: tuple[Path, str]) -> None:
    text = (demo[0] / "shop/journal/2010/2010-12.beancount").read_text(encoding="utf-8")
    home, export = (text.partition(f'"invoice-line" "{number}" 1')[2][:400] for number in ("536365", "536389"))
    assert "tax-rate: 0.175" in home
    assert 'tax-code: "GB-EXPORT"' in export


def test_what_the_shops_customers_owe_is_what_it_invoiced_less_its_credit_notes(demo: tuple[Path, str]) -> None:
    entries, errors, options = loader.load_file(str(demo[0] / "shop/main.beancount"))
    assert errors == []
    asked = "SELECT sum(number) WHERE account ~ '^Assets:GB:Receivable'"
    assert query.run_query(entries, options, asked)[1] == [(Decimal("162681.50") - Decimal("192.17"),)]


def test_the_demo_makes_its_own_folder_anew_and_leaves_any_other_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    done = run_demo(tmp_path, "--quick", "50")
    assert done.returncode == 2
    assert "no demo made it" in done.stderr
    assert [*tmp_path.iterdir()] == [precious]
