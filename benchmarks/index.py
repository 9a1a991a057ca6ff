"""What one command costs in books of several sizes, through the index, beside a full load by plain Beancount.

Every command is repeated on the same books, which grow by its own few facts: nothing is copied.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PYTHON = Path(sys.executable)
COMMAND = PYTHON.with_name("billing-beans")
BEAN_CHECK = PYTHON.with_name("bean-check")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "BILLING_BEANS_NOW": "2026-12-01T02:00:00Z",
    "BILLING_BEANS_ACTOR": "bench",
}

CUSTOMER = "customer-0"
SALE = (CUSTOMER, "placement-credit", "5")
BANK = "Assets:SG:Bank:OCBC"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process took: CPU of user and system together and wall time in seconds, peak memory in bytes."""

    cpu: float
    wall: float
    peak: int


@dataclass(frozen=True, slots=True)
class Typical:
    """The medians of many runs, and the highest peak."""

    cpu: float
    wall: float
    peak: int

    def __str__(self) -> str:
        return f"{self.cpu:.3f} s CPU, {self.wall:.3f} s wall, {self.peak / 2**20:.0f} MB"


LAUNCHER = """
import json, os, sys, time
began = time.perf_counter()
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - began
taken = [os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024]
os.write(int(sys.argv[1]), json.dumps(taken).encode())
"""
"""A process begins with the peak of memory of the one that starts it: so commands are started by one that is small."""


def taken(*words: str | Path, out: Path | None = None) -> Taken:
    """Run a command, and end everything where it fails."""
    reading, writing = os.pipe()
    with (
        tempfile.TemporaryFile() as errors,
        Path(out or os.devnull).open("wb") as output,
        os.fdopen(reading, "rb") as told,
    ):
        launcher = [str(PYTHON), "-I", "-S", "-c", LAUNCHER, str(writing), *map(str, words)]
        subprocess.run(launcher, stdout=output, stderr=errors, env=ENVIRONMENT, pass_fds=[writing], check=True)
        os.close(writing)
        code, cpu, wall, peak = json.loads(told.read())
        if code:
            errors.seek(0)
            sys.exit(f"{words} ended with {code}: {errors.read().decode()}")
    return Taken(cpu, wall, peak)


def typical(runs: Sequence[Taken]) -> Typical:
    return Typical(median(one.cpu for one in runs), median(one.wall for one in runs), max(one.peak for one in runs))


class Books:
    """Commands on books that stay where they are."""

    def __init__(self, root: Path, answer: Path) -> None:
        self._root = root
        self._answer = answer

    def run(self, *words: str) -> Taken:
        return taken(COMMAND, "--books", self._root, *words)

    def made(self, key: str, *words: str) -> str:
        """What a command made: this key of its first fact."""
        taken(COMMAND, "--books", self._root, *words, "--json", out=self._answer)
        made: str = json.loads(self._answer.read_text(encoding="utf-8"))["facts"][0][key]
        return made

    def draft(self) -> str:
        return self.made("invoice", "invoice", "draft", *SALE)

    def submitted(self) -> str:
        number = self.draft()
        self.run("invoice", "issue", number)
        return self.made("payment", "payment", "submit", number)

    # What is measured: each gives the cost of one command, and prepares what that needs.

    def verify(self) -> Taken:
        """A payment that completes its invoice, which is posted in the same act."""
        return self.run("payment", "verify", self.submitted(), "--into", BANK)

    def drafting(self) -> Taken:
        return self.run("invoice", "draft", *SALE)

    def issue(self) -> Taken:
        return self.run("invoice", "issue", self.draft())

    def consume(self) -> Taken:
        return self.run("entitlement", "consume", CUSTOMER, "PLACEMENT", "1", "--source", "placement/bench")

    def show(self) -> Taken:
        return self.run("invoice", "show", "SG-2026-000001")

    def list_one(self) -> Taken:
        """One customer's invoices: as many in books of any size."""
        return self.run("invoice", "list", "--customer", CUSTOMER)

    def list_all(self) -> Taken:
        return self.run("invoice", "list")


MEASURED: Mapping[str, Callable[[Books], Taken]] = {
    "payment verify": Books.verify,
    "invoice draft": Books.drafting,
    "invoice issue": Books.issue,
    "entitlement consume": Books.consume,
    "invoice show": Books.show,
    "invoice list --customer": Books.list_one,
}


def measured(roots: Mapping[int, Path], answer: Path, runs: int) -> Iterator[tuple[str, int, Typical]]:
    """Each command in books of each size; sizes take turns, so that whatever else the machine does hits all of them."""
    every = {size: Books(root, answer) for size, root in roots.items()}
    for books in every.values():
        books.verify()  # Units to consume; and the index is there, and its files are in the machine's memory.
    for name, measure in MEASURED.items():
        seen: dict[int, list[Taken]] = {size: [] for size in every}
        for _ in range(runs):
            for size, books in every.items():
                seen[size].append(measure(books))
        for size, costs in seen.items():
            yield name, size, typical(costs)


def whole(root: Path, answer: Path) -> Iterator[tuple[str, Taken]]:
    """What reads everything: once each, one behind the other."""
    books = Books(root, answer)
    yield "invoice list", books.list_all()
    yield "rebuild", books.run("rebuild")
    yield "check", books.run("check")
    yield "bean-check -C", taken(BEAN_CHECK, "-C", root / "plain.beancount")
