"""Measures what must be fast, beside something to compare it with, and prints a table (docs/performance.md).

Run it as `script/bench [--only help,verify] [--quick] [--write]`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from statistics import median

import bank
import index
import processors
import pypdfium2
import reports
import revenue
import subscriptions
import wallets
from books import (
    BANK,
    INVOICES_PER_CUSTOMER,
    START,
    TRANSACTIONS_PER_INVOICE,
    write_books,
    write_deferred,
    write_receivables,
)

from billing_beans.core.clock import SystemClock
from billing_beans.documents.filling import fill
from billing_beans.documents.render import render_pdf
from billing_beans.ledger.reading import read_books
from billing_beans.ledger.starting import has_books
from billing_beans.ledgers.demo.shop import ABROAD, COLUMNS, COUNTRIES, DATA, OPENED

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures, made by script/bench --write -->\n", "<!-- end of the figures -->\n"

PYTHON = Path(sys.executable)
COMMAND = PYTHON.with_name("billing-beans")
BEAN_CHECK = PYTHON.with_name("bean-check")
ENVIRONMENT = {**os.environ, "BILLING_BEANS_NOW": "2026-12-01T02:00:00Z", "BILLING_BEANS_ACTOR": "bench"}
"""The benchmark's books end in November 2026, whenever it runs."""
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # else each command would compile what is new in the program once more

VERIFY_SIZES = (1_000, 10_000, 100_000)
VERIFY_RUNS = 3
INDEX_SIZES = (1_000, 100_000)
INDEX_RUNS = 20
QUICK_INDEX_RUNS = 2
HELP_RUNS = 11
PDF_BOOKS = 250
"""Transactions of the books whose invoices are rendered: 50 invoices."""
QUICK_TRANSACTIONS = 5_000
QUICK_RUNS = 2
QUICK_ROWS = 500
BANK_LINES = 100_000
QUICK_LINES = 2_000
EVENTS = 100_000
QUICK_EVENTS = 1_000
LOTS = 1_000
GRANTS = 100_000
QUICK_GRANTS = 500
LINES = 100_000
QUICK_REVENUE_LINES = 400
SUBSCRIPTIONS = 10_000
QUICK_SUBSCRIPTIONS = 20
EVENT_BOOKS = 10_000
"""Transactions of the books into which a processor's events are imported: 200 customers."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process and its children took, in seconds."""

    user: float
    wall: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, the figure, what stands beside it, and how the two compare."""

    what: str
    figure: str
    beside: str = ""
    compared: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """Sizes and repetitions, and a folder to work in."""

    folder: Path
    transactions: int
    runs: int
    rows: int | None
    """Rows of the shop's file; None for all."""
    repeated: int = INDEX_RUNS
    """How often one command is run that takes a moment only."""
    ready: Path | None = None
    """Where books lie that were made before, by their size: they are copied."""
    lines: int | None = None
    """Lines of which revenue is released, where another number than the usual one was asked for."""

    def books(self, transactions: int) -> Path:
        """Books of this size, made when they are first asked for."""
        root = self.folder / f"books-{transactions}"
        ready = self.ready / str(transactions) if self.ready else None
        if ready is not None and not has_books(root) and has_books(ready):
            shutil.copytree(ready, root)
        if not has_books(root):
            say(f"making books of {transactions:,} transactions")
            write_books(root, transactions)
        return root


def say(words: str) -> None:
    """Progress, for whoever waits."""
    print(words, file=sys.stderr, flush=True)


def cost_of(*words: str | Path, statuses: Sequence[int] = (0,), out: Path | None = None) -> Cost:
    """Run a command and say what it took. Ends the benchmark where the command ends otherwise than it should."""
    with tempfile.TemporaryFile() as errors, Path(out or os.devnull).open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen([str(word) for word in words], stdout=output, stderr=errors, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in statuses:
            errors.seek(0)
            sys.exit(f"{words} ended with {process.returncode}: {errors.read().decode()}")
    return Cost(usage.ru_utime, wall)


def billing(root: Path, *words: str | Path, statuses: Sequence[int] = (0,), out: Path | None = None) -> Cost:
    """A command of ours on books."""
    return cost_of(COMMAND, "--books", root, *words, statuses=statuses, out=out)


def alternating(runs: int, *measured: Callable[[], Cost]) -> list[float]:
    """The median user CPU of each; they take turns, so that whatever else the machine does hits all of them."""
    seen: list[list[float]] = [[] for _ in measured]
    for _ in range(runs):
        for one, costs in zip(measured, seen, strict=True):
            costs.append(one().user)
    return [median(costs) for costs in seen]


def bench_check(bench: Bench) -> Iterator[Row]:
    """`bean-check -C` with our checks, and of the same ledger without them."""
    root = bench.books(bench.transactions)
    say(f"bean-check with and without our checks, {bench.runs} times")
    ours, plain = alternating(
        bench.runs,
        lambda: cost_of(BEAN_CHECK, "-C", root / "main.beancount"),
        lambda: cost_of(BEAN_CHECK, "-C", root / "plain.beancount"),
    )
    what = f"`bean-check -C` of {bench.transactions:,} transactions, user CPU, median of {bench.runs}"
    yield Row(what, f"{ours:.2f} s with our checks", f"{plain:.2f} s without", f"{ours / plain:.2f} times")


def bench_verify(bench: Bench) -> Iterator[Row]:
    """One `payment verify`, each time on a fresh copy of books of several sizes."""
    for transactions in [one for one in VERIFY_SIZES if one <= bench.transactions] or [bench.transactions]:
        root = bench.books(transactions)
        payment = _submitted(root, bench.folder / "answer.json")
        runs = min(VERIFY_RUNS, bench.runs)
        say(f"payment verify in {transactions:,} transactions, {runs} times")
        costs = [_verified(root, payment, bench.folder / "copy") for _ in range(runs)]
        user, wall = median(one.user for one in costs), median(one.wall for one in costs)
        checked = cost_of(BEAN_CHECK, "-C", root / "main.beancount").user
        what = f"`payment verify` in {transactions:,} transactions, median of {runs}"
        figure = f"{user:.2f} s user, {wall:.2f} s wall"
        yield Row(what, figure, f"`bean-check -C`: {checked:.2f} s user", f"{user / checked:.2f} times")


def _submitted(root: Path, answer: Path) -> str:
    """A payment that waits in the books, for an invoice that it completes; made by commands."""
    billing(root, "invoice", "draft", "customer-0", "placement-credit", "5", "--json", out=answer)
    number = json.loads(answer.read_text(encoding="utf-8"))["facts"][0]["invoice"]
    billing(root, "invoice", "issue", number)
    billing(root, "payment", "submit", number, "--json", out=answer)
    payment: str = json.loads(answer.read_text(encoding="utf-8"))["facts"][0]["payment"]
    return payment


def _verified(root: Path, payment: str, copy: Path) -> Cost:
    shutil.copytree(root, copy)
    try:
        return billing(copy, "payment", "verify", payment, "--into", BANK)
    finally:
        shutil.rmtree(copy)


def bench_pdf(bench: Bench) -> Iterator[Row]:
    """Documents of one process each, and of a process that has rendered before."""
    root = bench.books(PDF_BOOKS)
    books = read_books(root).books
    documents = [fill(books, head.number, root) for head in books.invoices.heads.all()]
    pdf = bench.folder / "invoice.pdf"
    say(f"rendering one document, {bench.runs} times")
    costs = [billing(root, "invoice", "render", documents[0].number, "--output", pdf) for _ in range(bench.runs)]
    wall = median(one.wall for one in costs)
    cold = _pages(pdf.read_bytes()) / wall
    say(f"rendering {len(documents)} documents")
    render_pdf(documents[0])
    began = time.perf_counter()
    made = [render_pdf(document) for document in documents]
    warm = sum(map(_pages, made)) / (time.perf_counter() - began)
    what = f"PDF pages a second: a process for each, median of {bench.runs}; and {len(documents)} documents in one"
    yield Row(what, f"{warm:.1f} warm", f"{cold:.2f} cold ({wall:.2f} s wall for one)", f"{warm / cold:.1f} times")


def _pages(data: bytes) -> int:
    with pypdfium2.PdfDocument(data) as document:
        return len(document)


def bench_import(bench: Bench) -> Iterator[Row]:
    """`invoice import` of the demo's shop, in books that have its customers already."""
    root = bench.folder / "shop"
    invoices = _shop(root, bench)
    answer = bench.folder / "answer.json"
    say("importing the shop's invoices")
    importing = ("invoice", "import", invoices, "--product", "goods", "--customer-prefix", "c-",
                 "--date-format", "%m/%d/%Y %H:%M", "--json")  # fmt: skip
    # 1: the file has rows that are refused, as it should be.
    cost = billing(root, *importing, statuses=(0, 1), out=answer)
    result = json.loads(answer.read_text(encoding="utf-8"))["result"]
    imported, credited = result["imported"], result["credited"]
    checked = cost_of(BEAN_CHECK, "-C", root / "main.beancount").user
    yield Row(
        f"`invoice import` of online retail, {imported:,} invoices and {credited:,} credit notes",
        f"{(imported + credited) / cost.wall:.0f} documents a second ({cost.user:.2f} s user, {cost.wall:.2f} s wall)",
        f"`bean-check -C` of them: {checked:.2f} s user",
        f"{cost.user / checked:.2f} times",
    )


def _shop(root: Path, bench: Bench) -> Path:
    """The demo's shop, before any invoice; the file to import."""
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as handle:
        rows = list(islice(csv.reader(handle), None if bench.rows is None else bench.rows + 1))
    # From the end, so that a customer's first country counts.
    sold = ((customer, country) for _number, _date, customer, country, *_rest in reversed(rows[1:]))
    countries = {customer: country for customer, country in sold if customer.isdecimal()}
    customers, invoices = bench.folder / "customers.csv", bench.folder / "invoices.csv"
    found = [(f"c-{one}", f"Customer {one}", COUNTRIES.get(at, ""), "GBP", at) for one, at in countries.items()]
    _write_csv(customers, [COLUMNS, *found])
    _write_csv(invoices, rows)
    since = ("--date", OPENED)
    seller = ("--name", "Example Gifts Ltd", "--country", "GB", "--address", "1 High Street, London EC1A 1AA")
    cost_of(COMMAND, "init", root, *seller, "--no-git", *since)
    billing(root, "tax-code", "add", "GB-VAT", "--rate", "17.5%", *since)
    billing(root, "tax-code", "change", "GB-VAT", "--rate", "20%", "--date", "2011-01-04")
    billing(root, "tax-code", "add", "GB-EXPORT", "--rate", "0%", *since)
    product = ("--name", "Gifts and homeware", "--revenue", "on-issue", "--tax-code", "GB-VAT")
    billing(root, "product", "add", "goods", *product, *since)
    for country in sorted(ABROAD.values()):
        billing(root, "tax-code", "rule", "goods", country, "GB-EXPORT", *since)
    billing(root, "customer", "import", customers, *since)
    return invoices


def _write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)


def bench_bank(bench: Bench) -> Iterator[Row]:
    """`import bank` of a large statement, read and matched to the shop's open invoices; beside what only reads it."""
    root = bench.folder / "shop"
    importing = ("--product", "goods", "--customer-prefix", "c-", "--date-format", "%m/%d/%Y %H:%M", "--json")
    if not has_books(root):
        billing(root, "invoice", "import", _shop(root, bench), *importing, statuses=(0, 1))
    rows = bank.rows_for(read_books(root).books, QUICK_LINES if bench.rows else BANK_LINES)
    statements = {
        "CSV": (bench.folder / "statement.csv", bank.write_statement_as_csv, bank.CSV_PEER, "`csv.DictReader`"),
        "MT940": (bench.folder / "statement.sta", bank.write_statement_as_mt940, bank.MT940_PEER, "`mt-940`"),
    }
    answer = bench.folder / "answer.json"
    options = ("--account", bank.ACCOUNT, "--currency", "GBP", "--json")
    for kind, (path, write, peer, called) in statements.items():
        write(path, rows)
        say(f"matching {len(rows):,} lines of {kind}")
        cost = billing(root, "import", "bank", path, *options, out=answer)
        result = json.loads(answer.read_text(encoding="utf-8"))["result"]
        beside = cost_of(PYTHON, "-c", peer, path)
        megabytes = path.stat().st_size / 2**20
        yield Row(
            f"`import bank` of {kind}, {len(rows):,} lines, {megabytes:.1f} MB, {result['sure']:,} of them sure",
            f"{len(rows) / cost.wall:,.0f} lines a second ({cost.user:.2f} s user, {cost.wall:.2f} s wall)",
            f"{called}, which only reads: {beside.user:.2f} s user",
            f"{cost.user / beside.user:.2f} times",
        )
    say(f"verifying {result['sure']:,} payments")
    cost = billing(root, "import", "bank", statements["CSV"][0], *options, "--verify", out=answer)
    verified = json.loads(answer.read_text(encoding="utf-8"))["result"]["verified"]
    checked = cost_of(BEAN_CHECK, "-C", root / "main.beancount").user
    yield Row(
        f"`import bank --verify` of the CSV, {verified:,} payments submitted and verified",
        f"{verified / cost.wall:,.0f} payments a second ({cost.user:.2f} s user, {cost.wall:.2f} s wall)",
        f"`bean-check -C` of them: {checked:.2f} s user",
        f"{cost.user / checked:.2f} times",
    )


def bench_processors(bench: Bench) -> Iterator[Row]:
    """`import stripe` of many events, the same once more, and a program that only parses them."""
    is_quick = bench.rows is not None
    events, transactions = (QUICK_EVENTS, PDF_BOOKS) if is_quick else (EVENTS, EVENT_BOOKS)
    root = bench.folder / "processors"
    shutil.copytree(bench.books(transactions), root)
    customers = transactions // TRANSACTIONS_PER_INVOICE // INVOICES_PER_CUSTOMER
    with (root / "setup" / "setup.beancount").open("a", encoding="utf-8") as handle:
        handle.write(f"\n{START} open {processors.PROCESSOR}  SGD\n")
    file, answer = bench.folder / "events.jsonl", bench.folder / "answer.json"
    processors.write_events(file, events, customers)
    say(f"importing {events:,} events of a processor")
    cost = billing(root, "import", "stripe", file, "--json", out=answer)
    result = json.loads(answer.read_text(encoding="utf-8"))["result"]
    assert not result["listed"], result["listed"][:1]
    say("importing them once more")
    again = billing(root, "import", "stripe", file)
    plain = cost_of(PYTHON, *processors.parsed(file))
    size = file.stat().st_size / 2**20
    done = ", ".join(f"{count:,} {family}s" for family, count in result["recorded"].items())
    yield Row(
        f"`import stripe` of {events:,} events ({size:.0f} MB; {done}) into {transactions:,} transactions",
        f"{events / cost.wall:.0f} events a second ({cost.user:.1f} s user, {cost.wall:.1f} s wall)",
        f"`json.loads` of each line: {plain.user:.2f} s user",
        f"{cost.user / plain.user:.0f} times",
    )
    yield Row(
        "the same file once more: nothing is new",
        f"{again.user:.1f} s user, {again.wall:.1f} s wall",
        f"`json.loads` of each line: {plain.user:.2f} s user",
        f"{again.user / plain.user:.0f} times",
    )


def bench_help(_bench: Bench) -> Iterator[Row]:
    """What every command costs before it does anything."""
    say(f"billing-beans --help, {HELP_RUNS} times")
    ours, plain = alternating(
        HELP_RUNS, lambda: cost_of(COMMAND, "--help"), lambda: cost_of(PYTHON, "-c", "pass")
    )  # fmt: skip
    what = f"`billing-beans --help`, user CPU, median of {HELP_RUNS}"
    yield Row(what, f"{ours:.3f} s", f"`python -c pass`: {plain:.3f} s", f"{ours - plain:.3f} s more")


def bench_index(bench: Bench) -> Iterator[Row]:
    """One command in books of several sizes, through the index; and what reads everything, beside plain Beancount."""
    sizes = sorted({one for one in INDEX_SIZES if one < bench.transactions} | {bench.transactions})
    roots = {size: bench.books(size) for size in sizes}
    answer = bench.folder / "answer.json"
    say(f"commands through the index, {bench.repeated} times each")
    smallest: dict[str, float] = {}
    for name, size, cost in index.measured(roots, answer, bench.repeated):
        first = smallest.setdefault(name, cost.cpu)
        what = f"`{name}` in {size:,} transactions, median of {bench.repeated}"
        yield Row(what, str(cost), f"in {sizes[0]:,}: {first:.3f} s CPU", f"{cost.cpu / first:.2f} times")
    for size, root in roots.items():
        say(f"reading {size:,} transactions whole")
        costs = dict(index.whole(root, answer))
        plain = costs.pop("bean-check -C")
        for name, cost in costs.items():
            figure = f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s wall, {cost.peak / 2**20:.0f} MB"
            beside = f"`bean-check -C` without our checks: {plain.cpu:.2f} s CPU, {plain.peak / 2**20:.0f} MB"
            yield Row(f"`{name}` in {size:,} transactions", figure, beside, f"{cost.cpu / plain.cpu:.2f} times")


def bench_credits(bench: Bench) -> Iterator[Row]:
    """Credits pay from a wallet of many lots, in books of several sizes; balances among many grants; all that expired is swept."""
    is_quick = bench.rows is not None
    lots, grants = (LOTS // 10, QUICK_GRANTS) if is_quick else (LOTS, GRANTS)
    sizes = sorted({one for one in INDEX_SIZES if one < bench.transactions} | {bench.transactions})
    paying = {size: _copied(bench, size, f"paying-{size}") for size in sizes}
    say(f"buying {lots:,} lots in each of the books")
    for root in paying.values():
        wallets.fill_wallet(root, lots)
    answer = bench.folder / "answer.json"
    say(f"credits pay, {bench.repeated} times")
    costs = wallets.measured(paying, answer, bench.repeated, index.CUSTOMER, wallets.PAYING)
    among = {size: f"of {lots:,} open lots in {size:,} transactions" for size in sizes}
    yield from _flat(costs, among, bench.repeated)
    every = wallets.used_up(paying[sizes[0]], answer, lots)
    yield Row(f"`credit apply` that uses all lots that are left of {lots:,}", _taken(every))
    holding = {count: _copied(bench, INDEX_SIZES[0], f"holding-{count}") for count in (grants // 100, grants)}
    for count, root in holding.items():
        say(f"making {count:,} grants")
        wallets.grant_many(root, count)
    costs = wallets.measured(holding, answer, bench.repeated, f"{wallets.HOLDER}0", wallets.HOLDING)
    yield from _flat(costs, {count: f"in books of {count:,} grants" for count in holding}, bench.repeated)
    say(f"sweeping {grants:,} grants")
    taken = dict(wallets.swept(holding[grants]))
    plain = taken.pop("bean-check -C")
    beside = f"`bean-check -C` without our checks, afterwards: {plain.cpu:.2f} s CPU, {plain.peak / 2**20:.0f} MB"
    for name, cost in taken.items():
        what = name if name == "once more" else f"`{name}`"
        yield Row(
            f"{what} in {grants:,} grants, nine in ten expired",
            _taken(cost),
            beside,
            f"{cost.cpu / plain.cpu:.2f} times",
        )


def _copied(bench: Bench, transactions: int, name: str) -> Path:
    root = bench.folder / name
    shutil.copytree(bench.books(transactions), root, ignore=shutil.ignore_patterns(".billing-beans"))
    return root


def _flat(costs: Iterator[tuple[str, int, index.Typical]], among: Mapping[int, str], runs: int) -> Iterator[Row]:
    """One row for each command and size, beside the same in the smallest."""
    smallest: dict[str, float] = {}
    for name, size, cost in costs:
        first = smallest.setdefault(name, cost.cpu)
        beside = f"in {min(among):,}: {first:.3f} s CPU"
        yield Row(f"`{name}` {among[size]}, median of {runs}", str(cost), beside, f"{cost.cpu / first:.2f} times")


def _taken(cost: index.Taken) -> str:
    return f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s wall, {cost.peak / 2**20:.0f} MB"


def bench_runs(bench: Bench) -> Iterator[Row]:
    """Billing runs over many subscriptions, in books of two ages: a month, and the next."""
    is_quick = bench.rows is not None
    count = QUICK_SUBSCRIPTIONS if is_quick else SUBSCRIPTIONS
    for size in sorted({INDEX_SIZES[0], bench.transactions}):
        root = _copied(bench, size, f"runs-{size}")
        say(f"starting {count:,} subscriptions in books of {size:,} transactions")
        subscriptions.subscribe(root, count)
        index.taken(COMMAND, "--books", root, "run", "list")  # The index is there.
        for number, day in enumerate((subscriptions.FIRST, subscriptions.SECOND), start=1):
            say(f"billing {count:,} subscriptions by {day}")
            costs = dict(subscriptions.month(root, day, f"RUN-{number}"))
            again = costs.pop("once more")
            for name, cost in costs.items():
                yield Row(
                    f"`{name}` of {count:,} subscriptions, month {number}, in {size:,} transactions",
                    _taken(cost),
                    f"{count / cost.cpu:,.0f} invoices a second of CPU",
                    f"{count / cost.wall:,.0f} of wall",
                )
            yield Row("the same run once more: nothing is due", _taken(again))
        plain = subscriptions.checked(root)
        yield Row(f"`bean-check -C` of all of it without our checks, in {size:,} transactions", "", _taken(plain))


def bench_aging(bench: Bench) -> Iterator[Row]:
    """Reports over many invoices, beside a query of their accounts; and what `check --deep` adds to `check`."""
    root = bench.folder / "receivables"
    say(f"making books of {bench.transactions:,} invoices")
    write_receivables(root, bench.transactions)
    say("reports, and the ledger read whole three times")
    costs = dict(reports.measured(root))
    query, check = costs.pop("bean-query"), costs.pop("check")
    for name, cost in costs.items():
        beside, words = (check, "`check`") if name.startswith("check") else (query, "`bean-query` of the receivables")
        figure = f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s wall, {cost.peak / 2**20:.0f} MB"
        compared = f"{cost.cpu / beside.cpu:.2f} times"
        yield Row(f"`{name}` of {bench.transactions:,} invoices", figure, f"{words}: {beside.cpu:.2f} s CPU", compared)


def bench_revenue(bench: Bench) -> Iterator[Row]:
    """Revenue of many lines is released, each line with one entry; and what reads the books afterwards."""
    lines = bench.lines or (LINES if bench.rows is None else QUICK_REVENUE_LINES)
    root = bench.folder / "deferred"
    say(f"making books with {lines:,} lines that are earned over a month")
    write_deferred(root, lines)
    say("releasing, and reading all of it")
    costs = dict(revenue.measured(root))
    plain = costs.pop("bean-check -C")
    beside = f"`bean-check -C` without our checks, afterwards: {plain.cpu:.2f} s CPU, {plain.peak / 2**20:.0f} MB"
    for name, cost in costs.items():
        what = name if name == "once more" else f"`{name}`"
        yield Row(f"{what}, {lines:,} lines", _taken(cost), beside, f"{cost.cpu / plain.cpu:.2f} times")


BENCHES: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "check": bench_check,
    "verify": bench_verify,
    "pdf": bench_pdf,
    "import": bench_import,
    "bank": bench_bank,
    "processors": bench_processors,
    "index": bench_index,
    "credits": bench_credits,
    "runs": bench_runs,
    "aging": bench_aging,
    "revenue": bench_revenue,
    "help": bench_help,
}


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    cells = [("what", "billing-beans", "beside it", ""), ("---", "---", "---", "---")]
    cells += [(row.what, row.figure, row.beside, row.compared) for row in rows]
    return "".join(f"| {' | '.join(one)} |\n" for one in cells)


def circumstances(day: str) -> str:
    """When, on what machine, with which versions."""
    packages = ("billing-beans", "beancount", "weasyprint")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"
    return f"{day}; {machine}; Python {platform.python_version()}, {versions}.\n"


def _processor() -> str:
    """The processor's name, which Python does not know on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def between_markers(page: str, text: str) -> str:
    """The page with this text in the place of the last figures. Raises `ValueError` where it has no such place."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for figures")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(BENCHES)}")
    return names


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", type=_names, metavar="NAMES", help=f"some of {','.join(BENCHES)}")
    parser.add_argument("--transactions", type=int, default=VERIFY_SIZES[-1], help="how large the largest books are")
    parser.add_argument("--runs", type=int, default=5, help="how often, where a median is taken")
    parser.add_argument(
        "--ready", type=Path, metavar="DIR", help="books made before by benchmarks/books.py: DIR/1000000"
    )
    parser.add_argument("--lines", type=int, help=f"lines of which revenue is released; else {LINES:,}")
    parser.add_argument("--quick", action="store_true", help="small books, few runs: only to see that it works")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--date", help="the date that stands above the table; else today")
    options = parser.parse_args(words)
    if options.write and (options.quick or options.only):
        parser.error("--write takes the whole table: leave out --quick and --only")
    if options.quick:
        options.transactions, options.runs = QUICK_TRANSACTIONS, QUICK_RUNS
    return options


def main() -> None:
    """Measure, print, and write where that was asked for."""
    options = parsed()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), options.transactions, options.runs, QUICK_ROWS if options.quick else None,
            QUICK_INDEX_RUNS if options.quick else INDEX_RUNS, options.ready, options.lines)  # fmt: skip
        for name in options.only or BENCHES:
            rows += BENCHES[name](bench)
    day = options.date or SystemClock().now().date().isoformat()
    text = f"{circumstances(day)}\n{table(rows)}"
    print(text, end="")
    if options.write:
        PAGE.write_text(between_markers(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
