"""`billing-beans browse` shows the books, and what is wrong with them, in Fava (R1, R6)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from billing_beans.cli.root import run

SELLER = ["--name", "Example", "--country", "SG", "--address", "1 Raffles Place", "--no-git"]
COMMAND = [sys.executable, "-c", "from billing_beans.cli import main; main()"]
HOSTILE = """
2026-01-31 * "<img src=x onerror='document.body.dataset.ran = 1'>" "paid"
  Assets:SG:Bank:Main   1.00 SGD
  Equity:SG:Opening
"""
WRONG = '2026-01-31 custom "billing" "invoice-payed" "SG-2026-00001"\n'


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@contextmanager
def browsing(books: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A process that shows the books: its address, and the process, ended like by Ctrl-C."""
    port = free_port()
    arguments = ["--books", str(books), "browse", "--no-open", "--port", str(port), *options]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield f"http://127.0.0.1:{port}/", process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def answer(address: str, method: str = "GET") -> Any:
    """What the address answers, once somebody listens there."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=10) as found:
                return found.read().decode()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError(address)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    root = tmp_path / "books"
    assert run(["init", str(root), *SELLER]) == 0
    return root


def test_fava_shows_a_problem_of_books_edited_by_hand(books: Path) -> None:
    with (books / "setup/customers.beancount").open("a", encoding="utf-8") as file:
        file.write(WRONG)

    with browsing(books) as (address, process):
        assert "Example" in answer(address)
        (error,) = json.loads(answer(f"{address}example/api/errors"))["data"]
        assert error["type"] == "BillingProblem"
        assert error["message"].startswith("'invoice-payed' is no kind of fact")
        with pytest.raises(urllib.error.HTTPError, match="40"):
            answer(f"{address}example/api/format_source", "PUT")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert process.returncode == 0
    assert f"is open at {address.replace('127.0.0.1', 'localhost')}" in out
    assert err == "Stopped.\n"


def test_a_port_that_is_taken_is_said(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        status = run(["--books", str(books), "browse", "--no-open", "--port", str(port)])

    assert status == 4
    said = capsys.readouterr().err
    assert f"Port {port} of 127.0.0.1 is taken" in said
    assert "--port" in said


@pytest.mark.parametrize(
    ("options", "status"),
    [(["--port", "0"], 2), (["--port", "99999"], 2), (["--host", "no.such.host.invalid"], 4), (["--host", ""], 4)],
)
def test_where_nobody_can_listen_is_said(
    books: Path, options: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--books", str(books), "browse", "--no-open", *options]) == status
    assert "Traceback" not in capsys.readouterr().err


def test_pages_say_that_nothing_in_them_may_run_but_favas_own_scripts(books: Path) -> None:
    with browsing(books) as (address, _process):
        answer(address)
        with urllib.request.urlopen(f"{address}example/journal/", timeout=10) as page:
            policy = page.headers["Content-Security-Policy"]
    (scripts,) = (one for one in policy.split("; ") if one.startswith("script-src"))
    assert scripts == "script-src 'self' 'wasm-unsafe-eval'"


@pytest.mark.browser
def test_markup_in_the_name_of_a_payer_does_not_run_in_a_browser(books: Path) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with (books / "setup/customers.beancount").open("a", encoding="utf-8") as file:
        file.write(HOSTILE)

    with browsing(books) as (address, _process), sync_playwright() as play:
        answer(address)
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        refused = []
        page.on("console", lambda said: refused.append(said.text))
        page.goto(f"{address}example/journal/")
        page.locator("strong.payee").first.wait_for(timeout=20_000)
        page.wait_for_timeout(500)
        assert page.evaluate("document.body.dataset.ran") is None
        assert any("Content Security Policy" in one for one in refused)
        browser.close()


@pytest.mark.browser
def test_the_errors_page_shows_it_in_a_browser(books: Path) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with (books / "setup/customers.beancount").open("a", encoding="utf-8") as file:
        file.write(WRONG)

    with browsing(books) as (address, _process), sync_playwright() as play:
        answer(address)
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{address}example/errors/")
        page.get_by_text("'invoice-payed' is no kind of fact").wait_for(timeout=20_000)
        assert "What to do" in page.inner_text("article")
        browser.close()
