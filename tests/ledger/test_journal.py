"""The journal writes all or nothing, whatever happens: real files, real processes, real signals, a real full disk."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from billing_beans.core.errors import BooksUnusable
from billing_beans.ledger.disk import CHUNK
from billing_beans.ledger.journal import DISCARDED, FOLDER, INTENT, Append, Journal, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

OPEN_END = "journal/2026/2026-01.beancount"  # somebody left it without a newline at its end
ABSENT = "journal/2027/06/2027-06.beancount"  # in folders that are absent, too
LARGE = "setup/customers.beancount"  # the text for it is written in three pieces

BEFORE = {OPEN_END: b"option\n; edited by hand", LARGE: b'custom "billing"\n', "main.beancount": b"include\n"}
TEXTS = {OPEN_END: "2026-01-02 *\n  two\n", ABSENT: "2027-06-01 *\n", LARGE: "; 円\n" * (2 * CHUNK // 6) + "; rest\n"}
AFTER = {
    **BEFORE,
    OPEN_END: BEFORE[OPEN_END] + b"\n2026-01-02 *\n  two\n",
    ABSENT: b"2027-06-01 *\n",
    LARGE: BEFORE[LARGE] + TEXTS[LARGE].encode(),
}
APPENDS = [Append(path, text) for path, text in TEXTS.items()]

ANNOUNCED = "intent:rename:end"  # from here on the write will be whole


def operations(names: str) -> list[str]:
    return names.split()


CARRIED_OUT = operations("""
    append:1:open append:1:write:0 append:1:sync append:1:read-back
    append:2:folder:1:make append:2:folder:1:sync-folder append:2:folder:2:make append:2:folder:2:sync-folder
    append:2:open append:2:write:0 append:2:sync append:2:sync-folder append:2:read-back
    append:3:open append:3:write:0 append:3:write:1 append:3:write:2 append:3:sync append:3:read-back
    intent:remove intent:removed:sync-folder
""")
ANNOUNCE = operations("""
    own:make own:sync-folder
    intent:open intent:write:0 intent:write:1 intent:write:2 intent:sync intent:rename intent:sync-folder
""")
WRITE = ANNOUNCE + CARRIED_OUT
TAKEN_BACK = operations("""
    undo:3:open undo:3:truncate undo:3:sync undo:2:remove undo:2:sync-folder undo:1:open undo:1:truncate undo:1:sync
    undo:folder:2:remove undo:folder:2:sync-folder undo:folder:1:remove undo:folder:1:sync-folder
    undo:intent:remove undo:draft:remove undo:sync-folder
""")
LATE = "append:3:write:1:end"  # two targets whole, the third half


def steps(names: Sequence[str]) -> list[str]:
    return [f"{name}:{edge}" for name in names for edge in ("begin", "end")]


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the books, and every empty folder as `name/`, without the journal's own."""
    found: dict[str, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] in {FOLDER, ".git"}:
            continue
        if path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[f"{name}/"] = b""
    return found


def make_books(root: Path) -> Path:
    for name, content in BEFORE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.fixture
def books(tmp_path: Path) -> Path:
    root = tmp_path / "books"
    root.mkdir()
    return make_books(root)


def write(root: Path, appends: Sequence[Append] = APPENDS, step: Callable[[str], None] = lambda _: None) -> list[str]:
    journal = Journal(root, step=step)
    with journal.locked():
        return [str(written) for written in journal.append(appends)]


def failing(at: str, failure: BaseException, seen: list[str] | None = None) -> Callable[[str], None]:
    def step(name: str) -> None:
        if seen is not None:
            seen.append(name)
        if name == at:
            raise failure

    return step


# Processes: each command is a process of its own, forked by a server that has imported the journal already.

SERVER = """
import json, os, resource, signal, sys
from pathlib import Path
from billing_beans.core.errors import BooksUnusable
from billing_beans.ledger.journal import Append, Journal

def obey(order):
    seen = []
    def step(name):
        seen.append(name)
        if name == order["fail"]:
            raise OSError(5, "Input/output error")
        if name == order["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
    if order["limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
    journal = Journal(Path(order["root"]), lock_timeout=60, step=step)
    written, refused, recovery = [], None, None
    try:
        with journal.locked() as recovery:
            if order["hold"]:
                print("held", flush=True)
                sys.stdin.readline()
        for appends in order["acts"]:
            with journal.locked():
                written += map(str, journal.append([Append(*append) for append in appends]))
    except BooksUnusable as error:
        refused = str(error)
    return {"written": written, "refused": refused, "recovery": recovery and str(recovery), "steps": seen}

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
    print(json.dumps({"status": status, **json.loads(said or "{}")}), flush=True)
"""
KILLED = -9


class Server:
    def __init__(self, *prefix: str) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def send(self, root: Path, acts: Sequence[Sequence[Append]] = (), **order: object) -> None:
        texts = [[(str(append.path), append.text) for append in appends] for appends in acts]
        whole = {"root": str(root), "acts": texts, "die": None, "fail": None, "limit": None, "hold": False, **order}
        self.say(json.dumps(whole))

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def run(self, root: Path, acts: Sequence[Sequence[Append]] = (), **order: object) -> dict:
        self.send(root, acts, **order)
        return json.loads(self.hear())


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


# What an append does


def test_texts_stand_at_the_end_of_each_file_and_the_lines_are_told(books: Path) -> None:
    written = write(books)

    assert contents(books) == AFTER
    assert written == [f"{OPEN_END}:3-4", f"{ABSENT}:1-1", f"{LARGE}:2-{len(AFTER[LARGE].splitlines())}"]
    assert not (books / INTENT).exists()


@pytest.mark.parametrize(
    ("before", "text", "after", "lines"),
    [
        (None, "a\n", b"a\n", (1, 1)),
        (b"", "a\nb\n", b"a\nb\n", (1, 2)),
        (b"x\n", "a\n", b"x\na\n", (2, 2)),
        (b"x", "a\n", b"x\na\n", (2, 2)),
        (b"x\r\ny", "a\n", b"x\r\ny\na\n", (3, 3)),
        (b"x\n\n", "\na\n", b"x\n\n\na\n", (3, 4)),
        ("Gr\xfcn\n".encode("latin-1"), "Gr\xfcn\n", b"Gr\xfcn\nGr\xc3\xbcn\n", (2, 2)),
    ],
    ids=["absent", "empty", "whole", "no newline at the end", "windows", "blank lines", "not utf-8"],
)
def test_a_file_keeps_what_it_holds(
    tmp_path: Path, before: bytes | None, text: str, after: bytes, lines: tuple[int, int]
) -> None:
    if before is not None:
        (tmp_path / "a.beancount").write_bytes(before)
    journal = Journal(tmp_path)
    with journal.locked() as recovery:
        written = journal.append([Append(PurePosixPath("a.beancount"), text)])

    assert recovery is None
    assert written == (Written(PurePosixPath("a.beancount"), *lines),)
    assert (tmp_path / "a.beancount").read_bytes() == after


def test_a_ledger_file_is_appended_to_and_never_replaced(books: Path) -> None:
    with (books / OPEN_END).open("rb") as reader:
        write(books)
        assert reader.read() == AFTER[OPEN_END]


def test_nothing_to_append_writes_nothing(books: Path) -> None:
    assert write(books, []) == []
    assert contents(books) == BEFORE


def test_every_operation_on_disk_is_a_step(books: Path) -> None:
    seen: list[str] = []
    write(books, step=seen.append)
    assert seen == steps(WRITE)


# Killed


@pytest.mark.parametrize("die", steps(WRITE))
def test_killed_at_any_step_the_write_is_whole_or_not_at_all(books: Path, server: Server, die: str) -> None:
    promised = steps(WRITE).index(die) >= steps(WRITE).index(ANNOUNCED)

    assert server.run(books, [APPENDS], die=die)["status"] == KILLED
    recovered = server.run(books)

    assert recovered["refused"] is None
    assert contents(books) == (AFTER if promised else BEFORE)
    assert sorted(path.name for path in (books / FOLDER).iterdir()) == ["lock"]
    assert server.run(books, [[Append(OPEN_END, "next\n")]])["refused"] is None


@pytest.mark.parametrize("die", steps(CARRIED_OUT))
@pytest.mark.parametrize("first", [ANNOUNCED, LATE])
def test_killed_again_while_recovering_the_write_is_still_whole(
    books: Path, server: Server, first: str, die: str
) -> None:
    assert server.run(books, [APPENDS], die=first)["status"] == KILLED
    # What stands already is not written again, so that some steps don't come in the second run.
    assert server.run(books, die=die)["status"] in {KILLED, 0}
    assert server.run(books)["refused"] is None
    assert contents(books) == AFTER


@pytest.mark.parametrize("die", steps(TAKEN_BACK))
def test_killed_while_taking_back_the_write_is_whole_or_not_at_all(books: Path, server: Server, die: str) -> None:
    given_up = steps(TAKEN_BACK).index(die) >= steps(TAKEN_BACK).index("undo:intent:remove:end")

    assert server.run(books, [APPENDS], fail=LATE, die=die)["status"] == KILLED
    assert server.run(books)["refused"] is None
    assert contents(books) == (BEFORE if given_up else AFTER)


def test_recovery_is_told_in_one_line(books: Path, server: Server) -> None:
    server.run(books, [APPENDS], die="intent:write:0:end")
    assert server.run(books)["recovery"] == "An interrupted write had not begun: nothing of it is in the books."
    server.run(books, [APPENDS], die=LATE)
    assert server.run(books)["recovery"] == f"An interrupted write was finished: {OPEN_END}, {ABSENT}, {LARGE}."
    assert server.run(books)["recovery"] is None


def test_recovery_on_its_own_takes_the_lock_and_says_what_it_did(books: Path, server: Server) -> None:
    server.run(books, [APPENDS], die=LATE)
    recovery = Journal(books).recover()
    assert recovery
    assert recovery.targets == tuple(map(PurePosixPath, TEXTS))
    assert contents(books) == AFTER


# Failing, and alive


@pytest.mark.parametrize(
    "failure", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()], ids=["disk", "ctrl-c"]
)
@pytest.mark.parametrize("at", [step for step in steps(WRITE) if not step.startswith(("own:", "intent:remove"))])
def test_a_failure_at_any_step_takes_everything_back(books: Path, at: str, failure: BaseException) -> None:
    words = "Input/output error" if isinstance(failure, OSError) else "interrupted"
    with pytest.raises(BooksUnusable, match=rf"Could not write \S+: {words}; nothing was written"):
        write(books, step=failing(at, failure))
    assert contents(books) == BEFORE
    assert not (books / INTENT).exists()
    write(books)
    assert contents(books) == AFTER


def test_taking_back_is_made_of_these_steps(books: Path) -> None:
    seen: list[str] = []
    with pytest.raises(BooksUnusable):
        write(books, step=failing(LATE, OSError(errno.EIO, "Input/output error"), seen))
    assert seen[seen.index(LATE) + 1 :] == steps(TAKEN_BACK)


def test_a_fault_of_the_program_takes_everything_back_and_keeps_its_name(books: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write(books, step=failing(LATE, ZeroDivisionError()))
    assert contents(books) == BEFORE


@pytest.mark.parametrize("at", steps(TAKEN_BACK[: TAKEN_BACK.index("undo:intent:remove")]))
def test_where_taking_back_fails_the_next_command_finishes(books: Path, at: str) -> None:
    def step(name: str) -> None:
        if name in {LATE, at}:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(BooksUnusable, match="the next command then finishes the write, so don't repeat"):
        write(books, step=step)
    Journal(books).recover()
    assert contents(books) == AFTER


def test_the_same_command_goes_no_further_after_failing_to_take_back(books: Path) -> None:
    def step(name: str) -> None:
        if name in {LATE, "undo:3:open:begin"}:
            raise OSError(errno.EIO, "Input/output error")

    journal = Journal(books, step=step)
    with journal.locked():
        with pytest.raises(BooksUnusable, match="nor could what was begun be taken back"):
            journal.append(APPENDS)
        with pytest.raises(BooksUnusable, match="An interrupted write still waits"):
            journal.append([Append(OPEN_END, "next\n")])


@pytest.mark.parametrize("at", ["intent:remove:begin", "intent:removed:sync-folder:begin"])
def test_what_stands_whole_is_not_taken_back_because_tidying_up_fails(books: Path, at: str) -> None:
    with pytest.raises(BooksUnusable, match=r"everything was written, but(?s:.*)don't repeat the command"):
        write(books, step=failing(at, OSError(errno.EIO, "Input/output error")))
    Journal(books).recover()
    assert contents(books) == AFTER


def test_a_failure_while_recovering_keeps_the_write_for_the_next_command(books: Path, server: Server) -> None:
    server.run(books, [APPENDS], die=LATE)
    refused = server.run(books, fail="append:3:write:0:begin")["refused"]
    assert "could not be finished: Input/output error" in refused
    assert "the next command tries again" in refused
    server.run(books)
    assert contents(books) == AFTER


def test_a_file_over_the_limit_of_the_system_is_taken_back(books: Path, server: Server) -> None:
    appends = [*APPENDS[:2], Append(LARGE, "; one\n")]
    (books / LARGE).write_bytes(b"; old\n" * 1000)
    before = contents(books)
    # The kernel writes three bytes of the last text, and then refuses.
    refused = server.run(books, [appends], limit=6003)["refused"]
    assert f"Could not write {LARGE}: File too large; nothing was written." in refused
    assert contents(books) == before


def test_a_full_disk_is_taken_back(tmp_path: Path) -> None:
    mounted = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=512k none "$0" && exec "$@"', str(tmp_path)]
    if not shutil.which("unshare") or subprocess.run([*mounted, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a small disk can't be mounted here")
    with serving(*mounted) as server:
        # Only the server sees the small disk under this name; /proc leads there.
        assert server.run(tmp_path / "absent")["refused"]
        root = Path(f"/proc/{server.process.pid}/root{tmp_path}")
        make_books(root)
        assert shutil.disk_usage(root).total == 512 * 1024

        # The intent takes more than half of the disk, so that there is no place for the text itself.
        act = [*APPENDS[:2], Append(LARGE, "; large\n" * 32_000)]
        refused = server.run(tmp_path, [act])["refused"]
        assert f"Could not write {LARGE}: No space left on device; nothing was written." in refused
        assert contents(root) == BEFORE

        refused = server.run(tmp_path, [[Append(LARGE, "; large\n" * 64_000)]])["refused"]
        assert f"Could not write {INTENT}: No space left on device; nothing was written." in refused
        assert contents(root) == BEFORE

        # Killed half-way, and then the disk is full: kept until there is place.
        assert server.run(tmp_path, [APPENDS], die="append:3:write:0:end")["status"] == KILLED
        (root / "filler").write_bytes(b"x" * shutil.disk_usage(root).free)
        assert "could not be finished: No space left on device" in server.run(tmp_path)["refused"]
        (root / "filler").unlink()
        assert server.run(tmp_path)["refused"] is None
        assert contents(root) == AFTER


@contextmanager
def mere_user() -> Iterator[Server]:
    """A process that folders' permissions bind: as root they don't, unless it gives up that privilege."""
    dropped = "-dac_override,-dac_read_search"
    prefix = [] if os.geteuid() else ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}"]
    with serving(*prefix) as server:
        yield server


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    mode = path.stat().st_mode
    path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        path.chmod(mode)


def test_read_only_books_are_refused_in_words(books: Path) -> None:
    with mere_user() as server:
        with read_only(books):
            assert f"Could not write to the books in {books}: Permission denied" in server.run(books)["refused"]
        (books / FOLDER).mkdir()
        with read_only(books / FOLDER):
            assert f"Could not lock the books in {books}: Permission denied" in server.run(books)["refused"]


@pytest.mark.parametrize("name", [LARGE, "journal"], ids=["file", "folder"])
def test_a_read_only_target_takes_everything_back(books: Path, name: str) -> None:
    appends = [Append("main.beancount", "first\n"), *APPENDS]
    with mere_user() as server, read_only(books / name):
        refused = server.run(books, [appends])["refused"]
    at = LARGE if name == LARGE else ABSENT
    assert f"Could not write {at}: Permission denied; nothing was written." in refused
    assert contents(books) == BEFORE


def test_books_that_are_not_there_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BooksUnusable, match="There are no books in"):
        Journal(tmp_path / "absent").recover()
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    with pytest.raises(BooksUnusable, match=r"Could not write to the books in .*: File exists"):
        Journal(tmp_path).recover()


# Changed by somebody else


def test_another_branch_checked_out_after_an_interrupted_write_is_refused(books: Path, server: Server) -> None:
    def git(*command: str) -> None:
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *author, *command], cwd=books, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    (books / ".git/info/exclude").write_text(f"/{FOLDER}/\n")
    git("add", ".")
    git("commit", "--message=before")
    git("checkout", "-b", "other")
    (books / LARGE).write_text("other\n")
    git("commit", "--all", "--message=other")
    git("checkout", "main")
    assert server.run(books, [APPENDS], die=LATE)["status"] == KILLED
    git("checkout", "--force", "other")
    on_other = contents(books)
    refused = server.run(books, [[Append(OPEN_END, "next\n")]])["refused"]

    assert f"An interrupted write can't be finished: {LARGE} holds neither" in refused
    assert "checked out another branch, after an interrupted write" in refused
    assert "Instead: " in refused
    assert "`billing-beans recover --discard`" in refused
    assert contents(books) == on_other

    git("checkout", "--force", "main")
    assert server.run(books)["refused"] is None
    assert contents(books) == AFTER


def edit(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda file: edit(file, file.read_bytes() + b"by hand\n"), id="line added"),
        pytest.param(lambda file: edit(file, file.read_bytes().replace(b"option", b"Option")), id="line changed"),
        pytest.param(lambda file: edit(file, file.read_bytes()[:5]), id="cut off"),
        pytest.param(lambda file: file.unlink(), id="removed"),
    ],
)
@pytest.mark.parametrize("die", [ANNOUNCED, LATE])
def test_a_file_edited_after_an_interrupted_write_is_refused_before_anything_is_changed(
    books: Path, server: Server, die: str, change: Callable[[Path], None]
) -> None:
    assert server.run(books, [APPENDS], die=die)["status"] == KILLED
    change(books / OPEN_END)
    edited = contents(books)
    assert f"can't be finished: {OPEN_END} holds neither" in server.run(books)["refused"]
    assert contents(books) == edited


def test_a_write_that_is_not_wanted_can_be_discarded(books: Path, server: Server) -> None:
    server.run(books, [APPENDS], die=LATE)
    (books / OPEN_END).write_text("by hand\n")
    stands = contents(books)
    recovery = Journal(books).discard()

    assert str(recovery) == (
        f"An interrupted write was given up; what it was is kept in {DISCARDED}. Of its text, {OPEN_END} was changed "
        f"since, so look at its end, {ABSENT} holds all, {LARGE} holds the first {2 * CHUNK} bytes of "
        f"{len(TEXTS[LARGE].encode())}."
    )
    assert contents(books) == stands
    assert TEXTS[ABSENT].strip() in (books / DISCARDED).read_text()
    assert server.run(books, [[Append(OPEN_END, "next\n")]])["refused"] is None
    assert Journal(books).discard() is None


@pytest.mark.parametrize("target", [OPEN_END, ABSENT])
def test_what_another_program_writes_meanwhile_is_neither_cut_off_nor_built_on(books: Path, target: str) -> None:
    def step(name: str) -> None:
        if name == "append:3:write:0:begin":
            with (books / target).open("ab") as other:
                other.write(b"by hand\n")
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(BooksUnusable, match=f"be taken back: another program changed {target}"):
        write(books, step=step)
    assert contents(books)[target] == AFTER[target] + b"by hand\n"
    with pytest.raises(BooksUnusable, match=f"can't be finished: {target} holds neither"):
        Journal(books).recover()


@pytest.mark.parametrize("at", ["append:3:open:begin", "append:3:sync:end"])
def test_a_file_that_changes_during_the_write_is_noticed(books: Path, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            with (books / LARGE).open("ab") as other:
                other.write(b"by hand\n")

    with pytest.raises(BooksUnusable, match=f"another program changed {LARGE} at the same time"):
        write(books, step=step)
    assert contents(books)[LARGE].endswith(b"by hand\n")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: data[: len(data) // 2], "cut off"),
        (lambda _: b"", "cut off"),
        (lambda _: b"[]", "cut off"),
        (lambda data: data.replace(b"2027-06-01 *", b"2027-06-02 *"), "its digest does not fit"),
    ],
    ids=["half", "empty", "other", "changed"],
)
def test_a_corrupt_intent_is_refused_and_can_be_discarded(
    books: Path, server: Server, spoil: Callable[[bytes], bytes], why: str
) -> None:
    server.run(books, [APPENDS], die=ANNOUNCED)
    (books / INTENT).write_bytes(spoil((books / INTENT).read_bytes()))
    with pytest.raises(BooksUnusable, match=f"{INTENT} can't be trusted: .*{why}"):
        Journal(books).recover()
    assert contents(books) == BEFORE
    assert "Which files it was meant for is unknown" in str(Journal(books).discard())
    write(books)
    assert contents(books) == AFTER


# Where it may write


@pytest.mark.parametrize(
    "path", ["../out.beancount", "/tmp/out.beancount", "out/a.beancount", "link.beancount", ".", INTENT, "loop"]
)
def test_a_target_outside_the_books_is_refused(books: Path, path: str) -> None:
    (books.parent / "elsewhere").mkdir()
    (books / "out").symlink_to(books.parent / "elsewhere")
    (books / "link.beancount").symlink_to(books.parent / "elsewhere/new.beancount")
    (books / "loop").symlink_to("loop")
    with pytest.raises(BooksUnusable, match=r"that is no ledger file of the books|Too many levels of symbolic links"):
        write(books, [*APPENDS, Append(path, "x\n")])
    assert not list((books.parent / "elsewhere").iterdir())
    assert (books / OPEN_END).read_bytes() == BEFORE[OPEN_END]


def test_a_link_put_in_the_place_of_a_target_after_an_interrupted_write_is_refused(books: Path, server: Server) -> None:
    server.run(books, [APPENDS], die=ANNOUNCED)
    (books.parent / "elsewhere").write_bytes(BEFORE[LARGE])
    (books / LARGE).unlink()
    (books / LARGE).symlink_to(books.parent / "elsewhere")
    assert "that is no ledger file of the books" in server.run(books)["refused"]
    assert (books / OPEN_END).read_bytes() == BEFORE[OPEN_END]


def test_a_link_within_the_books_is_followed(books: Path) -> None:
    (books / "current").symlink_to("journal/2026")
    assert write(books, [Append("current/2026-01.beancount", "x\n")]) == ["current/2026-01.beancount:3-3"]
    assert (books / OPEN_END).read_bytes() == BEFORE[OPEN_END] + b"\nx\n"
    assert (books / "current").is_symlink()


def test_a_pipe_or_folder_in_the_place_of_a_file_is_refused(books: Path) -> None:
    os.mkfifo(books / "pipe.beancount")
    for name in ("pipe.beancount", "journal"):
        with pytest.raises(BooksUnusable, match=f"Could not read {name}: not a file that can be appended to"):
            write(books, [*APPENDS, Append(name, "x\n")])


def test_text_that_is_not_unicode_is_refused(books: Path) -> None:
    with pytest.raises(BooksUnusable, match=r"'\\udcff' is not Unicode text; nothing was written"):
        write(books, [*APPENDS, Append("main.beancount", os.fsdecode(b"caf\xff\n"))])
    assert contents(books) == BEFORE


# Misuse by the program


def test_appending_needs_the_lock(books: Path) -> None:
    with pytest.raises(AssertionError, match="only within"):
        Journal(books).append(APPENDS)


@pytest.mark.parametrize(
    "appends",
    [
        [Append("a", "x\n"), Append("a", "y\n")],
        [Append("main.beancount", "x\n"), Append("setup/../main.beancount", "y\n")],
        [Append("a", "half a line")],
        [Append("a", "")],
    ],
    ids=["same", "same by detour", "half a line", "empty"],
)
def test_an_append_is_whole_lines_for_distinct_files(books: Path, appends: list[Append]) -> None:
    with pytest.raises(AssertionError):
        write(books, appends)
    assert contents(books) == BEFORE


# Several processes


def test_a_lock_held_by_another_process_is_said_with_its_number(books: Path, server: Server) -> None:
    server.send(books, hold=True)
    assert server.hear() == "held\n"
    holder = int((books / FOLDER / "lock.holder").read_text())
    with (
        pytest.raises(BooksUnusable, match=rf"writing to these books \(process {holder} since \d{{4}}-.*Z\)"),
        Journal(books, lock_timeout=0.05).locked(),
    ):
        pass
    server.say("")
    assert json.loads(server.hear())["refused"] is None
    with Journal(books, lock_timeout=0.05).locked():
        pass
    assert not (books / FOLDER / "lock.holder").exists()


def test_eight_processes_at_once_lose_nothing_and_tear_nothing(books: Path) -> None:
    def acts(who: int) -> list[list[Append]]:
        text = {turn: "".join(f"; {who}-{turn}-{line} {'x' * 200}\n" for line in range(20)) for turn in range(25)}
        return [[Append(ABSENT, text[turn]), Append(OPEN_END, f"; {who}-{turn}\n")] for turn in range(25)]

    servers = [Server() for _ in range(8)]
    for who, one in enumerate(servers):
        one.send(books, acts(who))
    answers = [json.loads(one.hear()) for one in servers]
    for one in servers:
        one.process.communicate()

    lines = {name: (books / name).read_text().splitlines(keepends=True) for name in (ABSENT, OPEN_END)}
    for who, answer in enumerate(answers):
        assert answer["refused"] is None
        texts = [append for appends in acts(who) for append in appends]
        for append, written in zip(texts, answer["written"], strict=True):
            first, last = map(int, written.rpartition(":")[2].split("-"))
            assert "".join(lines[str(append.path)][first - 1 : last]) == append.text
    assert len(lines[ABSENT]) == 8 * 25 * 20
    assert len(lines[OPEN_END]) == 2 + 8 * 25
