"""Whatever happens to books between commands: through the index a command says and writes what it would on a full load."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from billing_beans.cli.root import run
from billing_beans.ledger.index import INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JANUARY = "journal/2026/2026-01.beancount"
CATALOG = "setup/catalog.beancount"
CUSTOMERS = "setup/customers.beancount"
PAYROLL = "setup/payroll.beancount"
OURS = ("Index made anew:", "The books are read whole", "The index was damaged")

BASE = (
    ("tax-code", "add", "SG-GST-9", "--rate", "9%", "--name", "GST"),
    ("tax-code", "add", "SG-EXEMPT", "--rate", "0%"),
    ("product", "add", "placement", "--name", "Placement", "--revenue", "on-consumption", "--tax-code", "SG-GST-9",
     "--entitlement", "PLACEMENT", "--price", "90.00 SGD"),
    ("product", "add", "advice", "--name", "Advice", "--revenue", "on-issue", "--tax-code", "SG-GST-9",
     "--price", "150.00 SGD"),
    ("customer", "add", "acme", "--name", "Acme", "--country", "SG", "--address", "2 Shenton Way"),
    ("customer", "add", "bolt", "--name", "Bolt", "--country", "SG", "--address", "3 Shenton Way"),
    ("agreement", "add", "acme", "--id", "AG-1"),
)  # fmt: skip


class Said(NamedTuple):
    status: int
    out: str
    err: str


@dataclass
class Side:
    """One copy of the books, and how commands are run on it."""

    root: Path
    seed: int = 0
    kept: list[dict[str, bytes]] = field(default_factory=list)

    def run(self, words: tuple[str, ...]) -> Said:
        """A command at the next second. What is said of the index itself is left out."""
        self.seed += 1
        moment = f"2026-01-11T{self.seed // 60:02}:{self.seed % 60:02}:00Z"
        out, err = StringIO(), StringIO()
        environment = {
            "BILLING_BEANS_NOW": moment,
            "BILLING_BEANS_SEED": str(self.seed),
            "BILLING_BEANS_ACTOR": "sarah",
        }
        with patch.dict(os.environ, environment), redirect_stdout(out), redirect_stderr(err):
            status = run(["--books", str(self.root), *words])
        lines = [one for one in err.getvalue().splitlines() if not one.startswith(OURS)]
        return Said(status, *(text.replace(str(self.root), "ROOT") for text in (out.getvalue(), "\n".join(lines))))

    def files(self) -> dict[str, bytes]:
        found = sorted(self.root.rglob("*.beancount"))
        return {str(path.relative_to(self.root)): path.read_bytes() for path in found}

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Change a file in place, as an editor would that writes it anew."""
        path = self.root / name
        if path.exists():
            path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")

    def restore(self, files: dict[str, bytes]) -> None:
        """Check out other files, as git does: those that differ are removed and made anew."""
        for name, content in self.files().items():
            if files.get(name) != content:
                (self.root / name).unlink()
        for name, content in files.items():
            if not (self.root / name).exists():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                (self.root / name).write_bytes(content)


Step = tuple[str, "Callable[[Side], Said | None]"]


def command(*words: str) -> Step:
    return " ".join(words), lambda side: side.run(words)


def edit(name: str, change: Callable[[str], str], why: str) -> Step:
    return f"{why} {name}", lambda side: side.edit(name, change)


def append(name: str, text: str) -> Step:
    return edit(name, lambda before: before + text, f"append {text!r} to")


def line_of(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    def changed(text: str) -> str:
        lines = text.splitlines(keepends=True)
        if lines:
            lines[number % len(lines)] = change(lines[number % len(lines)])
        return "".join(lines)

    return changed


def keep(side: Side) -> None:
    side.kept.append(side.files())


def go_back(side: Side) -> None:
    if side.kept:
        before = side.files()
        side.restore(side.kept.pop())
        side.kept.insert(0, before)


def touched(side: Side) -> None:
    for path in side.root.rglob("*.beancount"):
        path.touch()


def replaced(side: Side) -> None:
    """Every file as it was, in a new one."""
    for path in side.root.rglob("*.beancount"):
        made = path.with_suffix(".tmp")
        shutil.copyfile(path, made)
        made.replace(path)


NUMBERS = st.integers(1, 4).map(lambda one: f"SG-2026-{one:05d}")
PAYMENTS = st.integers(1, 3).map(lambda one: f"PAY-{one}")
PARTIES = st.sampled_from(("acme", "bolt", "cole"))
PRODUCTS = st.sampled_from(("placement", "advice", "poster"))
JOURNALS = st.sampled_from((JANUARY, "journal/accounts.beancount", CATALOG, CUSTOMERS, PAYROLL))

# What sells credits, and an invoice that does.
TOPS_UP = [
    command("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD"),
    command("product", "add", "top-up", "--name", "Top-up", "--revenue", "top-up", "--tax-code", "SG-EXEMPT",
            "--credit-unit", "CREDIT-SGD", "--bonus-units", "0.1", "--price", "1.00 SGD"),
    command("invoice", "draft", "acme", "top-up", "100"),
]  # fmt: skip

# What tops up by itself, each day of it once.
RULE = ("credit", "rule", "add", "acme", "20", "--every", "day", "--free", "--id", "RULE-1")
RULED = [
    command("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--date", "2026-01-01"),
    command(*RULE, "--from", "2026-01-09"),
    command("credit", "rule", "run"),
]

# A price with tiers, and what can't have one.
IN_TIERS = command("price", "add", "advice", "--model", "graduated", "--tier", "3=100.00 SGD", "--tier", "rest=90.00 SGD+5.00 SGD",
                   "--date", "2026-01-12")  # fmt: skip
GRANTS = command(
    "product", "change", "advice", "--revenue", "on-consumption", "--entitlement", "ADVICE", "--date", "2026-01-13"
)

# What is subscribed to, billed, and changed; and versions of it that would have been billed otherwise.
SUBSCRIBED = [
    command("product", "add", "seat", "--name", "Seat", "--revenue", "over-period", "--tax-code", "SG-GST-9",
            "--price", "10.00 SGD", "--date", "2026-01-01"),
    command("plan", "add", "pro", "--charge", "seat", "--date", "2026-01-01"),
    command("subscription", "start", "acme", "pro", "2", "--from", "2026-01-09", "--bill"),
]  # fmt: skip

ACTS = st.one_of(
    st.builds(lambda who, what, n: command("invoice", "draft", who, what, str(n)), PARTIES, PRODUCTS, st.integers(1, 9)),
    st.builds(lambda one: command("invoice", "issue", one), NUMBERS),
    st.builds(lambda one: command("invoice", "edit", one, "--notes", "x"), NUMBERS),
    st.builds(lambda one: command("invoice", "void", one, "--reason", "mistake"), NUMBERS),
    st.builds(lambda one: command("payment", "submit", one), NUMBERS),
    st.builds(lambda one: command("payment", "verify", one), PAYMENTS),
    st.builds(lambda who, n: command("entitlement", "consume", who, "PLACEMENT", str(n)), PARTIES, st.integers(1, 4)),
    st.builds(lambda one: command("payment", "receive", one, "--amount", "500.00 SGD"), NUMBERS),
    st.builds(lambda one, n: command("payment", "allocate", one, n), PAYMENTS, NUMBERS),
    st.builds(lambda one: command("payment", "refund", one, "--reason", "x", "--whole", "--paid"), PAYMENTS),
    st.builds(lambda one: command("invoice", "credit", one, "--reason", "x"), NUMBERS),
    st.builds(lambda one: command("payment", "write-off", one, "--reason", "x"), NUMBERS),
    st.sampled_from((
        command("customer", "add", "cole", "--name", "Cole", "--country", "SG", "--address", "4 Shenton Way"),
        command("customer", "change", "acme", "--name", "Acme Ltd"),
        command("product", "add", "poster", "--name", "Poster", "--revenue", "on-issue", "--tax-code", "SG-GST-9",
                "--price", "9.99 SGD"),
        command("product", "change", "advice", "--name", "Counsel", "--date", "2026-01-12"),
        command("product", "change", "advice", "--revenue", "agent", "--date", "2026-01-12"),
        command("tax-code", "change", "SG-GST-9", "--rate", "10%", "--date", "2026-01-12"),
        command("tax-code", "change", "SG-GST-9", "--rate", "10%", "--date", "2026-02-01"),
        command("price", "add", "advice", "160.00 SGD", "--date", "2026-02-01"),
        IN_TIERS,
        GRANTS,
        command("agreement", "add", "bolt", "--id", "AG-2"),
        command("dunning", "level", "add", "1", "--days", "10"),
        command("dunning", "level", "add", "2", "--days", "12"),
        command("dunning", "level", "add", "2", "--days", "9", "--date", "2026-01-05"),
        command("agreement", "term", "AG-1", "placement", "--discount", "0.1"),
        command("entity", "add", "de", "--name", "Beispiel GmbH", "--country", "DE", "--address", "Weg 1"),
        command("invoice", "draft", "acme", "advice", "1", "--dry-run"),
        command("invoice", "draft", "acme", "advice", "2", "--idempotency-key", "K1"),
        command("invoice", "draft", "acme", "advice", "1", "--date", "2027-01-05"),
        command("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--name", "Coins", "--date", "2026-01-12"),
        command("product", "change", "top-up", "--revenue", "on-issue", "--date", "2026-01-12"),
        command("book", "policy", "credit-discounts", "after-tax"),
        command("book", "policy", "credit-order", "expiry-first", "--date", "2026-02-01"),
        *TOPS_UP,
        *RULED,
        command(*RULE, "--below", "5", "--from", "2026-01-10"),
        command(*RULE, "--below", "5", "--date", "2026-01-12"),
        command("credit", "rule", "end", "RULE-1"),
        command("credit", "rule", "run", "--date", "2026-01-10"),
        *SUBSCRIBED,
        command("subscription", "quantity", "SUB-1", "3", "--bill"),
        command("subscription", "pause", "SUB-1", "--from", "2026-01-20"),
        command("subscription", "bill", "SUB-1"),
        command("plan", "change", "pro", "--charge", "seat", "--charge", "advice:in-arrears:1", "--from", "2026-01-09"),
        command("plan", "change", "pro", "--charge", "seat:5", "--from", "2026-01-15"),
        command("plan", "change", "pro", "--name", "Pros", "--from", "2026-01-10"),
        command("plan", "change", "pro", "--until", "2026-01-31", "--from", "2026-01-10"),
        command("product", "change", "seat", "--meter", "seats", "--date", "2026-01-10"),
    )),
)  # fmt: skip

LOOKS = st.one_of(
    st.builds(lambda one: command("invoice", "show", one, "--json"), NUMBERS),
    st.builds(lambda one: command("payment", "show", one), PAYMENTS),
    st.sampled_from((
        command("invoice", "list", "--json"),
        command("payment", "list"),
        command("entitlement", "balance", "--json"),
        command("entitlement", "lots", "acme"),
        command("customer", "list", "--json"),
        command("price", "list", "--json"),
        command("check", "--fast"),
        command("report", "aging", "--json"),
        command("report", "aging", "--date", "2026-01-10", "--invoices"),
        command("report", "aging", "--date", "2026-03-01", "--csv"),
        command("report", "statement", "acme"),
        command("report", "tax", "--json"),
        command("dunning", "list", "--date", "2026-03-01"),
        command("dunning", "level", "list"),
        command("credit", "unit", "list", "--json"),
        command("credit", "rule", "list", "--all", "--json"),
        command("book", "policy", "--json"),
        command("plan", "list", "--all", "--json"),
        command("subscription", "list", "--json"),
        command("subscription", "show", "SUB-1", "--json"),
    )),
)  # fmt: skip

WAGES = '2026-01-10 * "Wages"\n  Expenses:Wages   100.00 SGD\n  Assets:SG:Bank:OCBC\n'
SNEAKY = '2026-01-10 * "Sneaky"\n  Assets:SG:Receivable:Acme   100.00 SGD\n  Assets:SG:Bank:OCBC\n'
LEVEL = '2026-01-08 custom "billing" "dunning-level" 1\n  days: 12\n'
DALE = '2026-01-05 custom "billing" "customer" "dale"\n  name: "Dale"\n  account: "Dale"\n'
OTHER_PRICE = '2026-01-08 custom "billing" "price" "PRICE-9" "advice"\n  unit-price: 7.00 SGD\n'
TIERED = (
    '2026-01-08 custom "billing" "price" "PRICE-8" "advice"\n  country: "SG"\n  model: "volume"\n  tiers: 1\n'
    '2026-01-08 custom "billing" "price-tier" "PRICE-8" 1\n  unit-price: 7.00 SGD\n'
)
TIER = '2026-01-08 custom "billing" "price-tier" "PRICE-8" 2\n  unit-price: 6.00 SGD\n'
EARLIER_TAX = '2026-01-08 custom "billing" "tax-code" "SG-GST-9"\n  rate: 0.05\n  account: Liabilities:SG:Tax:GST\n'
RISING = '2026-01-08 custom "billing" "product" "advice"\n  name: "A"\n  revenue: "on-usage"\n  tax-code: "SG-GST-9"\n'
COINS = '2026-01-08 custom "billing" "credit-unit" "CREDIT-SGD"\n  name: "Coins"\n  face: {face} SGD\n'
OTHER_RULE = (
    '2026-01-{day} custom "billing" "top-up-rule" "RULE-1" "acme"\n  seller: "sg"\n  credit-unit: "CREDIT-SGD"\n  units: 7\n'
    '  every: "day"\n'
)
OTHER_PLAN = (
    '2026-01-{day} custom "billing" "plan" "pro"\n  name: "Pro"\n  every: "month"\n  charges: 1\n'
    '2026-01-{day} custom "billing" "plan-charge" "pro" "seat"\n  product: "seat"\n  timing: "in-advance"\n  quantity: 9\n'
)
AFTER_TAX = '2026-01-08 custom "billing" "policy" "credit-discounts"\n  choice: "after-tax"\n'

EDITS = st.one_of(
    st.builds(lambda name: append(name, ";; a remark\n"), JOURNALS),
    st.sampled_from((
        append(PAYROLL, WAGES),
        append(PAYROLL, SNEAKY),
        edit(PAYROLL, lambda text: text.replace("100", "200"), "double the wages in"),
        edit(PAYROLL, lambda _text: "", "empty"),
        append(PAYROLL, "2026-01-01 open Assets:SG:Bank:DBS\n"),
        append(PAYROLL, "2026-01-09 close Assets:SG:Bank:OCBC\n"),
        append(CUSTOMERS, DALE),
        edit(CUSTOMERS, lambda text: DALE + text, "put a customer before all in"),
        append(CATALOG, OTHER_PRICE),
        append(CATALOG, TIERED),
        append(CATALOG, TIER),
        append(CATALOG, EARLIER_TAX),
        append(CATALOG, RISING),
        append(CATALOG, LEVEL),
        append(CATALOG, COINS.format(face="1.00")),
        append(CATALOG, COINS.format(face="2.00")),
        append(CATALOG, AFTER_TAX),
        append(CATALOG, OTHER_PLAN.format(day="08")),
        append(CATALOG, OTHER_PLAN.format(day="20")),
        append(CUSTOMERS, OTHER_RULE.format(day="08")),
        append(CUSTOMERS, OTHER_RULE.format(day="10")),
        append(CUSTOMERS, OTHER_RULE.format(day="12")),
        append(JANUARY, DALE),
        append(JANUARY, WAGES),
        append(JANUARY, "  x-own: TRUE\n"),
        append(JANUARY, ";; no end of line"),
        append(JANUARY, "2026-01-10 nonsense\n"),
        append(JANUARY, "pushtag #secret\n"),
        append("journal/all.beancount", 'include "../setup/more.beancount"\n'),
        append("main.beancount", ";; a remark\n"),
        edit(JANUARY, lambda text: text + text[text.rfind("\n\n") + 1 :], "copy the last fact of"),
        edit(JANUARY, lambda text: text[: text.rfind("\n\n") + 1], "remove the last fact of"),
        edit(JANUARY, lambda text: text.replace("quantity: 1", "quantity: 3"), "sell more in"),
        edit(JANUARY, lambda text: text.replace("  45", "  46"), "change amounts in"),
        ("keep this version", keep),
        ("go back to the version that was kept", go_back),
        ("touch every file", touched),
        ("replace every file by itself", replaced),
    )),
    st.builds(
        lambda name, number: edit(name, line_of(number, lambda _line: ""), f"remove line {number} of"),
        JOURNALS, st.integers(0, 200),
    ),
    st.builds(
        lambda name, number: edit(name, line_of(number, lambda line: line * 2), f"double line {number} of"),
        JOURNALS, st.integers(0, 200),
    ),
)  # fmt: skip


# What happens to the index alone


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as handle:
        for start in range(4096, size, 4096):
            handle.seek(start)
            handle.write(b"\xff" * 200)


def no_database(path: Path) -> None:
    path.write_bytes(b"This is a text.\n" * 500)


def of_another_release(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE _shapes SET shape = 'another' WHERE name = ''")
    connection.close()


def of_a_later_layout(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()


def without_tables(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE invoices")
        connection.execute("DROP TABLE _troubled")
    connection.close()


def with_unreadable_records(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE invoices SET record = '[1,2'")
        connection.execute("UPDATE customers SET record = '[1,2'")
    connection.close()


MISHAPS: tuple[Callable[[Path], None], ...] = (
    Path.unlink,
    cut_off,
    emptied,
    overwritten,
    no_database,
    of_another_release,
    of_a_later_layout,
    without_tables,
    with_unreadable_records,
)


def mishap(happens: Callable[[Path], None]) -> Step:
    def step(side: Side) -> None:
        path = side.root / INDEX
        if path.is_dir():
            return
        # After another mishap it may be no database any more, or be gone.
        with suppress(sqlite3.DatabaseError, FileNotFoundError):
            happens(path)

    return f"the index: {happens.__name__}", step


STEPS = st.one_of(ACTS, ACTS, ACTS, LOOKS, EDITS, st.sampled_from(MISHAPS).map(mishap))

SOLD = [
    command("invoice", "draft", "acme", "placement", "5"),
    command("invoice", "issue", "SG-2026-00001"),
    command("payment", "submit", "SG-2026-00001"),
    command("payment", "verify", "PAY-1"),
    command("entitlement", "consume", "acme", "PLACEMENT", "2"),
]
HISTORIES = st.builds(
    lambda begun, steps: [*SOLD[:begun], *steps], st.integers(0, len(SOLD)), st.lists(STEPS, min_size=1, max_size=10)
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books with a catalogue, a bank account, and a payroll of the accountant's own."""
    root = tmp_path_factory.mktemp("base") / "books"
    side = Side(root)
    place = ("--country", "SG", "--address", "1 Raffles Place", "--name", "Example", "--no-git", "--date", "2026-01-01")
    environment = {
        "BILLING_BEANS_NOW": "2026-01-01T02:00:00Z",
        "BILLING_BEANS_SEED": "1",
        "BILLING_BEANS_ACTOR": "sarah",
    }
    with patch.dict(os.environ, environment), redirect_stdout(StringIO()):
        assert run(["init", *place, str(root)]) == 0
    (root / PAYROLL).write_text(
        "2026-01-01 open Assets:SG:Bank:OCBC  SGD\n2026-01-01 open Assets:SG:Processor:Stripe\n"
        "2026-01-01 open Expenses:Wages\n",
        encoding="utf-8",
    )
    (root / "setup" / "more.beancount").write_text(";; nothing yet\n", encoding="utf-8")
    side.edit("main.beancount", lambda text: text + f'include "{PAYROLL}"\n')
    for words in BASE:
        said = side.run((*words, "--date", "2026-01-01"))
        assert said.status == 0, said
    return root


def two_sides(base: Path, folder: Path) -> Iterator[Side]:
    """The books with an index, and the books where there can't be one: a folder stands in its place."""
    for name in ("indexed", "whole"):
        shutil.copytree(base, folder / name)
        shutil.rmtree(folder / name / ".billing-beans")
    (folder / "whole" / INDEX).mkdir(parents=True)
    yield Side(folder / "indexed")
    yield Side(folder / "whole")


def play(base: Path, steps: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        indexed, whole = two_sides(base, Path(folder))
        for number, (words, step) in enumerate([*steps, *LAST]):
            before = [name for name, _step in steps[: number + 1]]
            assert step(indexed) == step(whole), before
            assert indexed.files() == whole.files(), (words, before)


LAST = [command("check", "--fast"), command("invoice", "list"), command("report", "aging"), command("entitlement", "balance"),
        command("customer", "list"), command("invoice", "draft", "bolt", "advice", "1"), command("check", "--fast")]  # fmt: skip


@given(HISTORIES)
@example([*SOLD, append(PAYROLL, SNEAKY)])
@example([*SOLD, command("customer", "change", "acme", "--name", "Acme Ltd")])
@example(
    [*SOLD, command("tax-code", "change", "SG-GST-9", "--rate", "10%", "--date", "2026-01-12"), append(CATALOG, RISING)]
)
@example([*RULED, append(CUSTOMERS, OTHER_RULE.format(day="10")), *RULED])
@example([*RULED, append(CUSTOMERS, OTHER_RULE.format(day="12")), *RULED])
@example([*RULED, append(CUSTOMERS, OTHER_RULE.format(day="08")), *RULED])
@example([*RULED, command("credit", "rule", "end", "RULE-1"), *RULED])
@example([*SOLD, command("invoice", "draft", "acme", "advice", "1", "--date", "2027-01-05")])
@example([*TOPS_UP, append(CATALOG, COINS.format(face="1.00")), append(CATALOG, COINS.format(face="2.00"))])
@example(
    [
        IN_TIERS,
        command("invoice", "draft", "acme", "advice", "5", "--date", "2026-01-12"),
        GRANTS,
        append(CATALOG, TIERED),
    ]
)
@example([append(CATALOG, TIERED), command("price", "list", "--json"), append(CATALOG, TIER)])
@example([*TOPS_UP, append(CATALOG, AFTER_TAX), command("book", "policy", "credit-order", "expiry-first")])
@example([*SUBSCRIBED, append(CATALOG, OTHER_PLAN.format(day="08")), command("subscription", "bill", "SUB-1")])
@example(
    [
        *SUBSCRIBED,
        command("subscription", "pause", "SUB-1", "--from", "2026-01-20"),
        append(CATALOG, OTHER_PLAN.format(day="20")),
        command("subscription", "show", "SUB-1", "--json"),
    ]
)
@example(
    [
        *SUBSCRIBED,
        command("subscription", "start", "acme", "pro", "--from", "2026-02-20"),
        command("plan", "change", "pro", "--until", "2026-02-10", "--from", "2026-02-01"),
        command("check", "--fast"),
    ]
)
@example([*SUBSCRIBED, command("product", "change", "seat", "--meter", "seats", "--date", "2026-01-10")])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_through_the_index_commands_say_and_write_what_they_do_on_a_full_load(base: Path, steps: list[Step]) -> None:
    play(base, steps)


# What can happen to money, in books in which there is some

STRIPE = "Assets:SG:Processor:Stripe"
WHY = ("--reason", "x")
ORIGINS = st.sampled_from(("PAY-1", "PAY-2", "PAY-3", "PAY-4", "CN-SG-2026-00001", "CN-SG-2026-00002", "OPEN-1"))
AMOUNTS = st.sampled_from(("0.01 SGD", "9.81 SGD", "163.50 SGD", "500.00 SGD", "10.00 USD"))
FIRST, SECOND, THIRD = (f"SG-2026-{number:05d}" for number in (1, 2, 3))

MONEY = st.one_of(
    st.builds(lambda one: command("payment", "receive", one), NUMBERS),
    st.builds(lambda one, much: command("payment", "receive", one, "--amount", much, "--rate", "0.74"), NUMBERS, AMOUNTS),
    st.builds(lambda one, much: command("payment", "receive", "--customer", one, "--amount", much), PARTIES, AMOUNTS),
    st.builds(lambda one, n: command("payment", "allocate", one, n), ORIGINS, NUMBERS),
    st.builds(lambda one, n, much: command("payment", "allocate", one, n, "--amount", much), ORIGINS, NUMBERS, AMOUNTS),
    st.builds(lambda one, n: command("payment", "deallocate", one, n, *WHY), ORIGINS, NUMBERS),
    st.builds(lambda one: command("payment", "refund", one, *WHY), ORIGINS),
    st.builds(lambda one, n: command("payment", "refund", one, "--reopen", n, *WHY), ORIGINS, NUMBERS),
    st.builds(lambda one: command("payment", "refund", one, "--whole", "--paid", *WHY), ORIGINS),
    st.builds(lambda n: command("refund", "settle", f"REF-{n}"), st.integers(1, 2)),
    st.builds(lambda n: command("refund", "fail", f"REF-{n}", *WHY), st.integers(1, 2)),
    st.builds(lambda one: command("payment", "chargeback", one, "--fee", "15.00 SGD", *WHY), PAYMENTS),
    st.builds(lambda n: command("payment", "chargeback", f"CB-{n}", "--reversed"), st.integers(1, 2)),
    st.builds(lambda one: command("invoice", "credit", one, *WHY), NUMBERS),
    st.builds(lambda one: command("invoice", "credit", one, "--line", "1=1", *WHY), NUMBERS),
    st.builds(lambda one, much: command("payment", "write-off", one, much, *WHY), NUMBERS, AMOUNTS),
    st.builds(lambda one: command("payment", "write-off", one, "--tax-relief", *WHY), NUMBERS),
    st.builds(lambda one: command("payment", "write-off", one, "--reverse", *WHY), NUMBERS),
    st.builds(lambda one: command("invoice", "void", one, *WHY), NUMBERS),
    st.sampled_from((
        command("payment", "payout", STRIPE, "100.00 SGD", "--fee", "1.00 SGD"),
        command("payment", "payout", "PO-1", "--returned", "no such account"),
        command("payment", "receive", THIRD, "--method", "processor", "--into", STRIPE, "--fee", "2.90 SGD"),
        command("customer", "payer", "acme", "stripe/cus_9"),
        command("customer", "payer", "bolt", "stripe/cus_9"),
        command("customer", "change", "acme", "--name", "Acme Holding"),
        command("customer", "change", "bolt", "--name", "Bolt Holding", "--date", "2026-01-11"),
        command("period", "close", "2026-01-09"),
        command("period", "close", "2026-01-10"),
        command("period", "reopen", "--from", "2026-01-10", *WHY),
    )),
)  # fmt: skip

LOOKS_AT_MONEY = st.one_of(
    st.builds(lambda one: command("payment", "show", one, "--json"), PAYMENTS),
    st.builds(lambda one: command("invoice", "show", one), NUMBERS),
    st.sampled_from((
        command("payment", "unapplied"),
        command("refund", "list", "--json"),
        command("credit-note", "list"),
        command("period", "list"),
        command("report", "aging", "--json"),
        command("report", "statement", "acme"),
        command("check", "--fast"),
    )),
)  # fmt: skip

PAID = [
    command("invoice", "draft", "acme", "placement", "5"),
    command("invoice", "draft", "acme", "advice", "1"),
    command("invoice", "draft", "acme", "advice", "3"),
    command("invoice", "issue", FIRST, SECOND, THIRD),
    command("payment", "receive", FIRST),
    command("payment", "receive", "--customer", "acme", "--amount", "200.00 SGD"),
    command("payment", "allocate", "PAY-2", SECOND),
    command("invoice", "credit", FIRST, "--line", "1=2", *WHY),
]
RENAMED = command("customer", "change", "acme", "--name", "Acme Holding")


@given(
    st.builds(
        lambda begun, steps: [*PAID[:begun], *steps],
        st.integers(4, len(PAID)),
        st.lists(st.one_of(MONEY, MONEY, MONEY, LOOKS_AT_MONEY, EDITS), min_size=1, max_size=10),
    )
)
@example([*PAID, RENAMED])
@example(
    [*PAID, command("payment", "deallocate", "PAY-2", SECOND, *WHY), RENAMED, command("period", "close", "2026-01-10")]
)
@example([*PAID, command("payment", "refund", "PAY-1", "--whole", *WHY), command("refund", "settle", "REF-1"), RENAMED])
@example(
    [*PAID, command("payment", "chargeback", "PAY-1", *WHY), command("payment", "chargeback", "CB-1", "--reversed")]
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_money_through_the_index_is_what_it_is_on_a_full_load(base: Path, steps: list[Step]) -> None:
    play(base, steps)


def test_the_money_with_which_these_histories_begin_is_there(base: Path, tmp_path: Path) -> None:
    indexed, _whole = two_sides(base, tmp_path)
    for words, step in PAID:
        said = step(indexed)
        assert said is not None, words
        assert said.status == 0, said
