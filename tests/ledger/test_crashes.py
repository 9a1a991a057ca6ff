"""Acts on real books are whole or not at all (rule 3): killed at every step, on a full disk, by many processes at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from billing_beans.ledger.checking import check_books
from billing_beans.ledger.journal import FOLDER, INTENT
from billing_beans.ledger.layout import ACCOUNTS, MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

JANUARY = "journal/2026/2026-01.beancount"
NEXT_YEAR = tuple(f"journal/2027/2027-{month:02}.beancount" for month in range(1, 13))
NOW = "2026-01-11T02:00:00Z"
LATER = "2027-01-05T02:00:00Z"

DONE, REFUSED, UNUSABLE = 0, 1, 4
"""Exit statuses; a process that a signal ended has its number, below zero."""
KILLED = -9

VERIFY = ("payment", "verify", "PAY-1")
CATALOGUE = (
    ("tax-code", "add", "SG-GST-9", "--rate", "9%"),
    ("tax-code", "add", "SG-EXEMPT", "--rate", "0%"),
    ("product", "add", "gig-credit", "--name", "Gig credits", "--revenue", "agent", "--tax-code", "SG-EXEMPT",
     "--entitlement", "GIG", "--platform-fee-bps", "1500", "--fee-tax-code", "SG-GST-9"),
    ("price", "add", "gig-credit", "20.00 SGD"),
    ("customer", "add", "acme", "--name", "Acme", "--country", "SG", "--address", "2 Shenton Way"),
    ("agreement", "add", "acme", "--id", "AG-1"),
)  # fmt: skip
OWING = (
    ("invoice", "draft", "acme", "gig-credit", "10"),
    ("invoice", "issue", "SG-2026-00001"),
    ("payment", "submit", "SG-2026-00001"),
)
"""PAY-1 completes the invoice: verifying it settles, posts, and opens the accounts of the units and of the fee."""


# Each command is a process of its own, forked by a server that has imported everything already.

SERVER = """
import functools, gc, io, json, os, resource, signal, sys
from contextlib import redirect_stderr, redirect_stdout
from billing_beans.cli import agreement, check, customer, init, invoice, payment, price, product, recover, root, tax_code
from billing_beans.ledger import journal, ledger

def obey(order):
    seen = []
    def step(name):
        seen.append(name)
        if name == order["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
    stepping = functools.partial(journal.Journal, step=step)
    ledger.Journal = recover.Journal = stepping
    os.environ.update(order["environment"])
    if order["limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = root.run(order["words"])
    return {"status": status, "out": out.getvalue(), "err": err.getvalue(), "steps": seen}

gc.freeze()
for line in sys.stdin:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        with open(writer, "w") as answer:
            json.dump(obey(json.loads(line)), answer)
        os._exit(0)
    os.close(writer)
    with open(reader) as answer:
        said = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps(json.loads(said) if said else {"status": status, "out": "", "err": "", "steps": []}), flush=True)
"""


@dataclass(frozen=True)
class Said:
    """What a command answered, and the journal's steps that it went through."""

    status: int
    out: str
    err: str
    steps: list[str]


class Server:
    def __init__(self, *prefix: str) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self, root: Path, *words: str, at: str = NOW, die: str | None = None, limit: int | None = None, seed: str = "1"
    ) -> Said:
        """Run a command at this moment; `die` is the step at which it is killed, `limit` how large a file may become."""
        environment = {"BILLING_BEANS_NOW": at, "BILLING_BEANS_SEED": seed, "BILLING_BEANS_ACTOR": "sarah"}
        whole = ["--books", str(root), *words]
        order = {"words": whole, "die": die, "limit": limit, "environment": environment}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return Said(**json.loads(self.process.stdout.readline()))

    def done(self, root: Path, *words: str, **more: Any) -> Said:
        said = self.run(root, *words, **more)
        assert said.status == DONE, f"{words}: {said}"
        return said


@contextmanager
def serving(*prefix: str) -> Iterator[Server]:
    server = Server(*prefix)
    try:
        yield server
    finally:
        server.process.communicate()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the books, without git's and the journal's own."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    names = {path.relative_to(root).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in names.items() if name.split("/")[0] not in {FOLDER, ".git"}}


def assert_sound(root: Path) -> None:
    checked = check_books(root)
    assert not checked.problems, checked.problems


@dataclass(frozen=True)
class Act:
    """PAY-1 verified at a moment: the books' bytes before it and after it, which both pass the checks."""

    template: Path
    at: str
    before: dict[str, bytes]
    after: dict[str, bytes]

    def books(self, root: Path) -> Path:
        """A copy of the books as they were before the act."""
        return copied(self.template, root)


def copied(root: Path, to: Path) -> Path:
    shutil.copytree(root, to)
    return to


def make_act(server: Server, owing: Path, spare: Path, at: str) -> Act:
    root = copied(owing, spare)
    assert_sound(root)
    said = server.done(root, *VERIFY, at=at)
    assert "posted: 10 GIG, fee 30.00 deferred" in said.out
    assert_sound(root)
    return Act(owing, at, contents(owing), contents(root))


@pytest.fixture(scope="module")
def owing(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books in which PAY-1 waits to be verified, made by commands."""
    root = tmp_path_factory.mktemp("owing") / "books"
    place = ("--country", "SG", "--address", "1 Raffles Place", "--name", "Example", "--no-git", str(root))
    server.done(Path(), "init", *place)
    for number, words in enumerate((*CATALOGUE, *OWING)):
        server.done(root, *words, at=f"2026-01-11T01:00:{number:02}Z", seed=str(number))
    return root


@pytest.fixture(scope="module")
def verifying(server: Server, owing: Path, tmp_path_factory: pytest.TempPathFactory) -> Act:
    return make_act(server, owing, tmp_path_factory.mktemp("verifying") / "books", NOW)


@pytest.fixture(scope="module")
def new_year(server: Server, owing: Path, tmp_path_factory: pytest.TempPathFactory) -> Act:
    """The same act a year later: it begins 2027 as well, in twelve new files."""
    return make_act(server, owing, tmp_path_factory.mktemp("new-year") / "books", LATER)


# Killed


def steps_of(targets: Sequence[str], fresh: Sequence[str] = ()) -> list[str]:
    """The steps of a write to these files, where `fresh` ones are made, the first of them with its folder."""
    names = ["intent:open", "intent:write:0", "intent:sync", "intent:rename", "intent:sync-folder"]
    for number, target in enumerate(targets, start=1):
        folder = ["folder:1:make", "folder:1:sync-folder"] if target in fresh[:1] else []
        synced = ["sync-folder"] if target in fresh else []
        names += [f"append:{number}:{one}" for one in [*folder, "open", "write:0", "sync", *synced, "read-back"]]
    names += ["intent:remove", "intent:removed:sync-folder"]
    return [f"{name}:{edge}" for name in names for edge in ("begin", "end")]


ANNOUNCED = "intent:rename:end"  # from here on the act will be whole
MIDDLE = "append:1:read-back:end"  # one file whole, the rest untouched
VERIFYING = steps_of([ACCOUNTS, JANUARY])
BEGINNING = steps_of([MONTHS, *NEXT_YEAR, ACCOUNTS], NEXT_YEAR)


def kill_and_recover(server: Server, act: Act, root: Path, die: str, steps: Sequence[str]) -> bool:
    """Whether the books hold the act, after it was killed at this step and `recover` has run.

    To the byte they are books with the whole act or without any of it, both of which pass the checks; no write waits.
    """
    promised = steps.index(die) >= steps.index(ANNOUNCED)
    act.books(root)
    assert server.run(root, *VERIFY, at=act.at, die=die).status == KILLED
    server.done(root, "recover")
    assert contents(root) == (act.after if promised else act.before)
    assert not (root / INTENT).exists()
    return promised


@pytest.mark.parametrize("die", VERIFYING)
def test_a_payment_killed_at_any_step_is_verified_and_posted_or_neither_and_then_once(
    server: Server, verifying: Act, tmp_path: Path, die: str
) -> None:
    root = tmp_path / "books"
    stands = kill_and_recover(server, verifying, root, die, VERIFYING)
    assert server.run(root, *VERIFY).status == (REFUSED if stands else DONE)
    assert contents(root) == verifying.after


@pytest.mark.parametrize("die", BEGINNING)
def test_a_year_begun_by_an_act_that_is_killed_at_any_step_is_there_whole_or_not_at_all(
    server: Server, new_year: Act, tmp_path: Path, die: str
) -> None:
    kill_and_recover(server, new_year, tmp_path / "books", die, BEGINNING)


def test_these_are_all_the_steps(server: Server, verifying: Act, new_year: Act, tmp_path: Path) -> None:
    assert server.done(verifying.books(tmp_path / "a"), *VERIFY).steps == VERIFYING
    assert server.done(new_year.books(tmp_path / "b"), *VERIFY, at=LATER).steps == BEGINNING
    assert set(new_year.after) - set(new_year.before) == set(NEXT_YEAR)


@pytest.mark.parametrize("die", [step for step in VERIFYING if VERIFYING.index(step) >= VERIFYING.index(ANNOUNCED)])
def test_the_next_act_finishes_the_interrupted_one_and_then_does_its_own(
    server: Server, verifying: Act, tmp_path: Path, die: str
) -> None:
    root = verifying.books(tmp_path / "books")
    assert server.run(root, *VERIFY, die=die).status == KILLED

    said = server.done(root, "entitlement", "consume", "acme", "GIG", "10", "--source", "placement/1")

    finished = VERIFYING.index(die) < VERIFYING.index("intent:remove:end")
    assert ("An interrupted write was finished" in said.err) == finished
    assert_sound(root)


@pytest.mark.parametrize("die", [ANNOUNCED, MIDDLE])
def test_an_interrupted_act_is_a_problem_that_check_names(
    server: Server, verifying: Act, tmp_path: Path, die: str
) -> None:
    root = verifying.books(tmp_path / "books")
    server.run(root, *VERIFY, die=die)
    assert "a write was interrupted" in server.run(root, "check").out


# A disk that is full, books that are read-only


PADDING = b";" * 79 + b"\n"


@pytest.mark.parametrize("full", ["intent", "target"])
def test_on_a_full_disk_an_act_is_refused_in_words_and_leaves_no_trace(
    server: Server, verifying: Act, tmp_path: Path, full: str
) -> None:
    root = verifying.books(tmp_path / "books")
    # The month is made larger than the intent, so that the intent has room, and of the month only a few bytes.
    with (root / JANUARY).open("ab") as month:
        month.write(PADDING * 500)
    before = contents(root)
    limit = {"intent": 100, "target": len(before[JANUARY]) + 7}[full]

    said = server.run(root, *VERIFY, limit=limit)

    where = {"intent": INTENT, "target": JANUARY}[full]
    assert said.status == UNUSABLE
    assert f"Refused: Could not write {where}: File too large; nothing was written." in said.err
    assert contents(root) == before
    assert not (root / INTENT).exists()
    server.done(root, *VERIFY)
    assert_sound(root)


def test_a_recovery_on_a_full_disk_waits_for_room(server: Server, verifying: Act, tmp_path: Path) -> None:
    root = verifying.books(tmp_path / "books")
    assert server.run(root, *VERIFY, die=MIDDLE).status == KILLED
    said = server.run(root, "recover", limit=len(verifying.before[JANUARY]) + 7)
    assert said.status == UNUSABLE
    assert "could not be finished: File too large" in said.err
    server.done(root, "recover")
    assert contents(root) == verifying.after


@contextmanager
def mere_user() -> Iterator[Server]:
    """A process that folders' permissions bind: as root they don't, unless it gives up that privilege."""
    dropped = "-dac_override,-dac_read_search"
    prefix = [] if os.geteuid() else ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}"]
    with serving(*prefix) as server:
        yield server


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in the folder can be changed."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path, mode in modes.items():
        path.chmod(mode & 0o555)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def test_read_only_books_can_be_read_and_an_act_is_refused_in_words(verifying: Act, tmp_path: Path) -> None:
    root = verifying.books(tmp_path / "books")
    with mere_user() as server, read_only(root):
        said = server.run(root, *VERIFY)
        assert server.done(root, "payment", "show", "PAY-1").out
        assert server.done(root, "check").out
    assert said.status == UNUSABLE
    assert "Permission denied" in said.err
    assert contents(root) == verifying.before


def test_a_read_only_journal_takes_everything_back(verifying: Act, tmp_path: Path) -> None:
    root = verifying.books(tmp_path / "books")
    with mere_user() as server, read_only(root / "journal/2026"):
        said = server.run(root, *VERIFY)
    assert said.status == UNUSABLE
    assert f"Could not write {JANUARY}: Permission denied; nothing was written." in said.err
    assert contents(root) == verifying.before


# Another branch


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("die", [ANNOUNCED, MIDDLE])
def test_another_branch_checked_out_before_recovery_is_refused_in_words(
    server: Server, verifying: Act, tmp_path: Path, die: str
) -> None:
    root = verifying.books(tmp_path / "books")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "books")
    git(root, "checkout", "-qb", "other")
    server.done(root, "payment", "reject", "PAY-1", "--reason", "no money")
    git(root, "commit", "-qam", "rejected")
    git(root, "checkout", "-q", "main")
    assert server.run(root, *VERIFY, die=die).status == KILLED
    git(root, "checkout", "-qf", "other")
    other = contents(root)

    for words in (("recover",), ("invoice", "draft", "acme", "gig-credit", "1")):
        said = server.run(root, *words)
        assert said.status == UNUSABLE
        assert f"can't be finished: {JANUARY} holds neither" in said.err
        assert "checked out another branch" in said.err
        assert "billing-beans recover --discard" in said.err
        assert contents(root) == other

    git(root, "checkout", "-qf", "main")
    server.done(root, "recover")
    assert contents(root) == verifying.after


# Eight at once: real processes, real time, chance


WORKERS = 8
EACH = 5


def command(root: Path, *words: str) -> dict[str, Any]:
    """Run a command as a process of its own; what it says as JSON."""
    program = "from billing_beans.cli import main; main()"
    whole = [sys.executable, "-c", program, "--books", str(root), "--json", "--actor", "sarah", *words]
    done = subprocess.run(whole, capture_output=True, text=True, check=False)
    assert done.returncode == DONE, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_eight_processes_at_once_draw_every_number_once_and_lose_nothing(owing: Path, tmp_path: Path) -> None:
    root = copied(owing, tmp_path / "books")

    def work(_worker: int) -> list[str]:
        drafts = [command(root, "invoice", "draft", "acme", "gig-credit", "1", "--date", "2026-01-11")
                  for _ in range(EACH)]  # fmt: skip
        numbers: list[str] = [one["facts"][0]["invoice"] for one in drafts]
        command(root, "invoice", "issue", *numbers, "--date", "2026-01-11")
        return numbers

    with ThreadPoolExecutor(WORKERS) as pool:
        drawn = [number for numbers in pool.map(work, range(WORKERS)) for number in numbers]

    assert sorted(drawn) == [f"SG-2026-{number:05}" for number in range(2, 2 + WORKERS * EACH)]
    listed = command(root, "invoice", "list", "--status", "issued")["result"]["invoices"]
    assert sorted(one["number"] for one in listed) == sorted(["SG-2026-00001", *drawn])
    assert_sound(root)


def test_one_idempotency_key_from_eight_processes_is_one_act(owing: Path, tmp_path: Path) -> None:
    root = copied(owing, tmp_path / "books")
    words = ("invoice", "draft", "acme", "gig-credit", "1", "--date", "2026-01-11", "--idempotency-key", "order-77")

    with ThreadPoolExecutor(WORKERS) as pool:
        said = list(pool.map(lambda _: command(root, *words), range(WORKERS)))

    (first,) = (one for one in said if one["facts"])
    assert first["facts"][0]["invoice"] == "SG-2026-00002"
    assert all("SG-2026-00002" in json.dumps(one["result"]) for one in said)
    assert [one["number"] for one in command(root, "invoice", "list", "--status", "draft")["result"]["invoices"]] == [
        "SG-2026-00002"
    ]
    assert_sound(root)
