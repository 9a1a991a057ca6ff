"""Two processes that spend the last credits at the same time: one wins, the other is told, nothing is negative."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from credit_shell import balances, free, invoice, sell, top_up, wallet

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

COMMAND = (sys.executable, "-m", "billing_beans.cli")


def race(root: Path, *commands: tuple[str, ...]) -> list[tuple[int, str]]:
    """Run commands at the same time, each a process of its own; how each ended, and what it said."""
    running = [
        subprocess.Popen(
            [*COMMAND, "--books", str(root), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "BILLING_BEANS_SEED": str(number)},
        )
        for number, words in enumerate(commands, start=100)
    ]
    said = [one.communicate(timeout=120)[0] for one in running]
    return [(one.returncode, words) for one, words in zip(running, said, strict=True)]


def test_the_last_paid_credits_are_spent_once(wallets: Shell) -> None:
    top_up(wallets, "27.25")
    numbers = [sell(wallets, "handbook", "1"), sell(wallets, "handbook", "1")]
    ended = race(wallets.root, *(("credit", "apply", number) for number in numbers))
    assert sorted(status for status, _said in ended) == [0, 1]
    (told,) = [said for status, said in ended if status == 1]
    assert "acme has no paid credits that can be used for" in told
    assert "Traceback" not in told
    assert sorted(invoice(wallets, number)["owed"] for number in numbers) == ["0.00 SGD", "27.25 SGD"]
    assert wallet(wallets) == {"posted": "0", "pending": "0", "available": "0"}
    assert "Liabilities:SG:Credits:Acme:Paid" not in balances(wallets)


def test_what_is_applied_is_not_taken_back_at_the_same_time(wallets: Shell) -> None:
    """Applied, adjusted, refunded: three that want the same credits, and one that gets them."""
    top_up(wallets, "27.25")
    number = sell(wallets, "handbook", "1")
    ended = race(
        wallets.root,
        ("credit", "apply", number),
        ("credit", "adjust", "GRANT-1", "--all", "--type", "clawback-terms-violation", "--reason", "x"),
        ("payment", "refund", "PAY-1", "--take-credits", "--reason", "x"),
    )
    assert sorted(status for status, _said in ended) == [0, 1, 1], ended
    assert wallet(wallets)["posted"] == "0"


def test_the_same_key_at_the_same_time_grants_once(wallets: Shell) -> None:
    words = ("credit", "grant", "acme", "10", "--unit", "CREDIT", "--idempotency-key", "crm-7")
    ended = race(wallets.root, words, words)
    assert [status for status, _said in ended] == [0, 0]
    assert sum("was done already" in said for _status, said in ended) == 1
    assert wallet(wallets)["available"] == "10"


def test_two_sweeps_at_the_same_time_write_off_once(wallets: Shell) -> None:
    free(wallets, "10", "--until", "2026-01-20")
    wallets.at("2026-02-01T02:00:00Z")
    ended = race(wallets.root, ("credit", "expire"), ("credit", "expire"))
    assert [status for status, _said in ended] == [0, 0]
    assert sum("Wrote off 10 CREDIT" in said for _status, said in ended) == 1
    assert sum("Nothing to do" in said for _status, said in ended) == 1
