"""The merge driver: facts of two branches whole and once, and what a person must decide (rule 19, R3)."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from beancount import loader
from hypothesis import given
from hypothesis import strategies as st

from billing_beans.core.errors import BooksUnusable
from billing_beans.ledger.blocks import split_blocks
from billing_beans.ledger.merge import GITATTRIBUTES, install, main, merge_texts

MAIN = """\
option "title" "Books"
option "operating_currency" "SGD"

include "setup.beancount"
include "january.beancount"
"""
SETUP = """\
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Receivable
2026-01-01 open Income:Sales
2026-01-01 custom "billing" "customer" "acme"
  name: "Acme"
"""


def ulid(number: int) -> str:
    return f"01KF0000000000000000{number:06d}"


def consumed(number: int, operation: int = 0) -> str:
    return f"""\
2026-01-20 * "Acme" "1 placement"
  event: "entitlement-consumed"
  id: "{ulid(number)}"
  actor: "system"
  operation: "{ulid(operation or number)}"
  Assets:Receivable                                   90.00 SGD
  Income:Sales                                       -90.00 SGD
"""


def drafted(number: int, invoice: str, *, actor: str = "sarah", revision: int = 1, extra: str = "") -> str:
    return f"""\
2026-01-10 custom "billing" "invoice-drafted" "{invoice}"
  id: "{ulid(number)}"
  actor: "{actor}"
  operation: "{ulid(number)}"
{extra}  revision: {revision}
  lines: 1
2026-01-10 custom "billing" "invoice-line" "{invoice}" 1
  revision: {revision}
"""


def billed(number: int, invoice: str, subscription: str, since: str, charge: str = "seat") -> str:
    line = f'  subscription: "{subscription}"\n  period-start: {since}\n  charge: "{charge}"\n'
    return drafted(number, invoice) + line


def custom(number: int, kind: str, subject: str, *, actor: str = "sarah", extra: str = "") -> str:
    return f"""\
2026-01-11 custom "billing" "{kind}" "{subject}"
  id: "{ulid(number)}"
  actor: "{actor}"
  operation: "{ulid(number)}"
{extra}"""


def moved(number: int, kind: str, about: str, *, actor: str = "fin", operation: int = 0) -> str:
    return f"""\
2026-01-13 * "Acme" "{kind}"
  event: "{kind}"
  id: "{ulid(number)}"
  actor: "{actor}"
  operation: "{ulid(operation or number)}"
  {about}
  Assets:Bank                                          1.00 SGD
  Assets:Receivable                                   -1.00 SGD
"""


def ids(text: str) -> list[int]:
    return [int(block.id[-6:]) for block in split_blocks(text) if block.id]


def clean(base: str, ours: str, theirs: str) -> str:
    result = merge_texts(base, ours, theirs)
    assert [str(conflict) for conflict in result.conflicts] == []
    return result.text


def conflict(base: str, ours: str, theirs: str) -> tuple[str, str]:
    """The merged text, and the words of its one conflict."""
    result = merge_texts(base, ours, theirs)
    assert len(result.conflicts) == 1
    return result.text, str(result.conflicts[0])


# Clean merges of text


def test_new_facts_follow_the_base_by_id() -> None:
    base = consumed(1)
    assert clean(base, base + consumed(3) + consumed(5), base + consumed(2) + consumed(4)) == "".join(
        map(consumed, (1, 2, 3, 4, 5))
    )


def test_the_base_keeps_its_order() -> None:
    base = consumed(7) + consumed(3)
    assert ids(clean(base, base + consumed(5), base + consumed(4))) == [7, 3, 4, 5]


def test_equal_consumptions_with_different_ids_are_both_kept() -> None:
    assert clean("", consumed(1), consumed(2)) == consumed(1) + consumed(2)


def test_a_fact_that_both_have_stands_once() -> None:
    assert clean("", consumed(1) + consumed(2), consumed(2) + consumed(3)) == "".join(map(consumed, (1, 2, 3)))


def test_both_open_the_same_account_once() -> None:
    account = "2026-01-02 open Assets:New\n"
    merged = clean(consumed(1), consumed(1) + account + consumed(3), consumed(1) + account + consumed(2))
    assert merged == consumed(1) + account + consumed(2) + consumed(3)


def test_both_open_one_account_differently_is_to_be_decided() -> None:
    text, words = conflict("", "2026-01-02 open Assets:New\n", "2026-01-03 open Assets:New\n")
    assert text.count("open Assets:New") == 2
    assert words == "open Assets:New was added on both branches, with different text. Keep one of them, then git add."


def test_includes_of_both_come_once_and_sorted() -> None:
    ours = MAIN + 'include "b.beancount"\ninclude "d.beancount"\n'
    theirs = MAIN + 'include "a.beancount"\ninclude "d.beancount"\n'
    assert clean(MAIN, ours, theirs) == MAIN + "".join(f'include "{name}.beancount"\n' for name in "abd")


def test_an_include_in_the_middle_stays_in_its_place() -> None:
    line = 'include "setup.beancount"\n'
    ours = MAIN.replace(line, line + 'include "setup2.beancount"\n')
    theirs = MAIN.replace(line, line + 'include "setup1.beancount"\n')
    both = line + 'include "setup1.beancount"\ninclude "setup2.beancount"\n'
    assert clean(MAIN, ours, theirs) == MAIN.replace(line, both)


def test_what_was_written_by_hand_may_be_corrected_on_one_side() -> None:
    corrected, removed = SETUP.replace('"Acme"', '"Acme Ltd"'), SETUP.replace("2026-01-01 open Income:Sales\n", "")
    assert clean(SETUP, corrected, removed) == corrected.replace("2026-01-01 open Income:Sales\n", "")
    _, words = conflict(SETUP, corrected, SETUP.replace('"Acme"', '"ACME"'))
    assert words.startswith("customer acme was changed on both branches.")


def by_hand(price: str, *tiers: str) -> str:
    """A price with tiers, as a person writes it."""
    head = f'2026-01-01 custom "billing" "price" "{price}" "api"\n  model: "volume"\n  tiers: {len(tiers)}\n'
    parts = (f'2026-01-01 custom "billing" "price-tier" "{price}" {n}\n{says}' for n, says in enumerate(tiers, start=1))
    return "".join((head, *parts))


def test_a_price_by_hand_is_merged_whole_with_its_tiers() -> None:
    first, last, dearer = "  up-to: 10\n  unit-price: 2 SGD\n", "  unit-price: 1 SGD\n", "  unit-price: 3 SGD\n"
    base = by_hand("P-1", first, last) + consumed(1)
    mine = base.replace(by_hand("P-1", first, last), by_hand("P-1", first, dearer) + by_hand("P-2", first, last))
    yours = base.replace(by_hand("P-1", first, last), by_hand("P-1", first, last) + by_hand("P-3", last))
    changed = by_hand("P-1", first, dearer)
    assert clean(base, mine, yours) == changed + by_hand("P-2", first, last) + by_hand("P-3", last) + consumed(1)
    both = base.replace(last, "  unit-price: 4 SGD\n")
    merged, words = conflict(base, base.replace(last, dearer), both)
    assert "price P-1 was changed on both branches" in words
    assert merged.count('"price-tier" "P-1" 1') == 2


def test_a_changed_option_is_no_second_option() -> None:
    ours, theirs = MAIN.replace('"Books"', '"Our books"'), MAIN + 'option "operating_currency" "USD"\n'
    merged = clean(MAIN, ours, theirs)
    assert merged.count('option "title"') == 1
    assert merged.count('option "operating_currency"') == 2


def test_a_comment_may_change_and_is_never_lost() -> None:
    fact = consumed(1)
    assert clean(fact, "; why\n" + fact, fact) == "; why\n" + fact
    assert clean("; a\n" + fact, "; b\n" + fact, "; c\n" + fact) == "; b\n; c\n" + fact


def test_the_head_of_a_file_is_not_doubled_by_the_first_fact() -> None:
    head = ";; January 2026\n"
    assert clean(head, head + consumed(2), head + consumed(1)) == head + "\n" + consumed(1) + consumed(2)


def test_a_file_without_an_end_of_line_and_windows_line_ends() -> None:
    base = consumed(1).rstrip("\n")
    windows = (consumed(1) + consumed(3)).replace("\n", "\r\n")
    assert clean(base, base + "\n" + consumed(2).rstrip("\n"), windows) == "".join(map(consumed, (1, 2, 3)))
    assert clean(base, windows, consumed(1) + consumed(2)) == "".join(map(consumed, (1, 2, 3))).replace("\n", "\r\n")


def test_several_additions_of_catalogue_at_different_dates_are_no_clash() -> None:
    terms = [f'2026-0{month}-01 custom "billing" "agreement-term" "AG-1" "api"\n  fee: {month}\n' for month in (2, 3)]
    assert clean(SETUP, SETUP + terms[0], SETUP + terms[1]) == SETUP + "".join(terms)


# What a person must decide


def test_a_number_drawn_on_both_branches() -> None:
    base = consumed(1)
    mine, yours = drafted(7, "SG-2026-00007"), drafted(8, "SG-2026-00007", actor="oli")
    text, words = conflict(base, base + mine, base + yours)
    assert text == f"{base}<<<<<<< ours\n{mine}=======\n{yours}>>>>>>> theirs\n"
    assert words.startswith(
        f"SG-2026-00007 was drawn on both branches: by sarah on ours ({ulid(7)}), by oli on theirs ({ulid(8)}). "
        "Keep one side's facts"
    )
    assert "draft the other again: it draws the next number" in words


def test_with_a_clash_goes_what_belongs_to_it_and_nothing_else() -> None:
    """An act is all or nothing, and one branch's story of an invoice is kept whole."""
    ours = [drafted(2, "SG-1"), moved(3, "invoice-issued", 'invoice: "SG-1"', operation=3), consumed(4, 3), consumed(5)]
    theirs = [drafted(6, "SG-1"), moved(7, "invoice-issued", 'invoice: "SG-1"'), drafted(8, "SG-2")]
    text, words = conflict("", "".join(ours), "".join(theirs))
    assert text == "".join(
        ("<<<<<<< ours\n", *ours[:3], "=======\n", *theirs[:2], ">>>>>>> theirs\n", ours[3], theirs[2])
    )
    assert "3 more between the same markers follow from it." in words


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        (
            custom(2, "payment-submitted", "PAY-7"),
            custom(3, "payment-submitted", "PAY-7"),
            "payment PAY-7 was submitted on both branches",
        ),
        (
            moved(2, "payment-verified", 'payment: "PAY-7"'),
            moved(3, "payment-verified", 'payment: "PAY-7"'),
            "payment PAY-7 was verified or rejected on both branches: by fin on ours",
        ),
        (
            moved(2, "payment-verified", 'payment: "PAY-7"'),
            custom(3, "payment-rejected", "PAY-7"),
            "on both branches: payment-verified by fin on ours",
        ),
        (
            moved(2, "invoice-posted", 'invoice: "SG-1"'),
            moved(3, "invoice-posted", 'invoice: "SG-1"'),
            "SG-1 was posted on both branches",
        ),
        (
            moved(2, "invoice-issued", 'invoice: "SG-1"'),
            custom(3, "invoice-voided", "SG-1"),
            "SG-1 was issued or voided on both branches: invoice-issued by fin on ours",
        ),
        (
            drafted(2, "SG-1", revision=2),
            moved(3, "invoice-issued", 'invoice: "SG-1"'),
            "SG-1 was edited on one branch, and issued or voided on the other: invoice-drafted by sarah on ours",
        ),
        (drafted(2, "SG-1", revision=2), drafted(3, "SG-1", revision=2), "SG-1 was edited on both branches"),
        (
            drafted(2, "SG-1", extra='  idempotency-key: "deal-8"\n'),
            drafted(3, "SG-2", extra='  idempotency-key: "deal-8"\n'),
            "the request deal-8 was carried out on both branches",
        ),
        (
            custom(2, "customer", "acme"),
            custom(3, "customer", "acme", extra='  name: "Acme"\n'),
            "acme was added on both branches with the same date",
        ),
        (
            custom(2, "credit-unit", "CREDIT-USD", extra="  face: 1.00 USD\n"),
            custom(3, "credit-unit", "CREDIT-USD", extra="  face: 2.00 USD\n"),
            "CREDIT-USD was added on both branches with the same date",
        ),
        (
            custom(2, "policy", "credit-order", extra='  choice: "expiry-first"\n'),
            custom(3, "policy", "credit-order", extra='  choice: "priority-first"\n'),
            "credit-order was chosen on both branches with the same date",
        ),
        (
            custom(2, "credit-requested", "GRANT-3"),
            moved(3, "credit-granted", 'grant: "GRANT-3"'),
            "grant GRANT-3 was given on both branches",
        ),
        (
            moved(2, "credit-renewed", 'grant: "GRANT-3"'),
            moved(3, "credit-granted", 'grant: "GRANT-3"'),
            "grant GRANT-3 was given on both branches",
        ),
        (
            moved(2, "credit-applied", 'application: "APP-3"'),
            moved(3, "credit-discounted", 'application: "APP-3"'),
            "application APP-3 of credits was made on both branches",
        ),
        (
            moved(2, "credit-adjusted", 'adjustment: "ADJ-3"'),
            moved(3, "credit-adjusted", 'adjustment: "ADJ-3"'),
            "adjustment ADJ-3 of credits was made on both branches",
        ),
        (
            moved(2, "revenue-released", 'invoice: "SG-1"\n  line: 1\n  since: 2026-01-01\n  until: 2026-02-01'),
            moved(3, "revenue-released", 'invoice: "SG-1"\n  line: 1\n  since: 2026-01-01\n  until: 2026-01-16'),
            "revenue of SG-1 was released from the same day on, on both branches",
        ),
        (
            moved(2, "revenue-released", 'opening: "SUB-3"\n  since: 2026-01-01\n  until: 2026-02-01'),
            moved(3, "revenue-released", 'opening: "SUB-3"\n  since: 2026-01-01\n  until: 2026-02-01'),
            "revenue of SUB-3 was released from the same day on, on both branches",
        ),
        (
            moved(2, "revenue-released", 'invoice: "SG-1"\n  line: 1\n  since: 2026-01-01\n  until: 2026-02-01'),
            custom(3, "invoice-voided", "SG-1"),
            "revenue of SG-1 was released on one branch, and it was voided on the other",
        ),
        (
            custom(2, "subscription-started", "SUB-4"),
            custom(3, "subscription-started", "SUB-4"),
            "subscription SUB-4 was started on both branches",
        ),
        (
            custom(2, "subscription-changed", "SUB-4", extra="  quantity: 5\n"),
            custom(3, "subscription-changed", "SUB-4", extra="  quantity: 7\n"),
            "something happened to subscription SUB-4 on both branches: by sarah on ours",
        ),
        (
            custom(2, "subscription-cancelled", "SUB-4"),
            custom(3, "subscription-renewed", "SUB-4"),
            "on both branches: subscription-cancelled by sarah on ours",
        ),
        (
            billed(2, "SG-1", "SUB-4", "2026-02-01"),
            billed(3, "SG-2", "SUB-4", "2026-02-01"),
            "seat of SUB-4 from 2026-02-01 on is billed on both branches",
        ),
        (
            custom(2, "plan", "pro", extra='  name: "Pro"\n'),
            custom(3, "plan", "pro", extra='  name: "Pros"\n'),
            "pro was added on both branches with the same date",
        ),
        (consumed(2), consumed(2).replace("90.00", "80.00"), "was added on both branches, with different text"),
    ],
)
def test_what_happens_once_and_was_done_on_both(ours: str, theirs: str, words: str) -> None:
    base = consumed(1)
    for mine, yours in ((ours, theirs), (theirs, ours)):
        text, said = conflict(base, base + mine, base + yours)
        assert text == f"{base}<<<<<<< ours\n{mine}=======\n{yours}>>>>>>> theirs\n"
        if mine == ours:
            assert words in said
    assert merge_texts(base, base + ours + theirs, base).conflicts == (), "one branch alone is the check's to judge"


def test_other_subscriptions_other_periods_and_other_charges_don_t_clash() -> None:
    ours = billed(2, "SG-1", "SUB-4", "2026-02-01") + custom(3, "subscription-paused", "SUB-4")
    theirs = (
        billed(4, "SG-2", "SUB-4", "2026-03-01")
        + billed(5, "SG-3", "SUB-5", "2026-02-01")
        + billed(6, "SG-4", "SUB-4", "2026-02-01", charge="support")
        + custom(7, "subscription-cancelled", "SUB-5")
    )
    assert ids(clean("", ours, theirs)) == [2, 3, 4, 5, 6, 7]


def test_releases_of_other_lines_or_days_don_t_clash() -> None:
    about = 'invoice: "SG-1"\n  line: {}\n  since: {}\n  until: 2026-02-01'
    ours = moved(2, "revenue-released", about.format(1, "2026-01-01"))
    theirs = moved(3, "revenue-released", about.format(2, "2026-01-01"))
    later = moved(4, "revenue-released", about.format(1, "2026-01-16"))
    assert ids(clean("", ours, theirs + later)) == [2, 3, 4]


def test_different_invoices_and_payments_don_t_clash() -> None:
    ours = drafted(2, "SG-1") + custom(3, "payment-submitted", "PAY-1") + moved(4, "invoice-posted", 'invoice: "SG-0"')
    theirs = (
        drafted(5, "SG-2") + custom(6, "payment-submitted", "PAY-2") + moved(7, "invoice-posted", 'invoice: "SG-9"')
    )
    assert ids(clean("", ours, theirs)) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("mine_is_broken", [True, False])
@pytest.mark.parametrize("broken", ["", consumed(2).replace("90.00", "80.00")])
def test_a_fact_that_one_side_changed_or_removed(broken: str, mine_is_broken: bool) -> None:
    base, fact = consumed(1) + consumed(2) + consumed(3), consumed(2)
    changed, kept = base.replace(fact, broken), base + consumed(4)
    text, words = conflict(base, *((changed, kept) if mine_is_broken else (kept, changed)))
    mine, yours = (broken, fact) if mine_is_broken else (fact, broken)
    region = f"<<<<<<< ours\n{mine}=======\n{yours}>>>>>>> theirs\n"
    assert text == f"{consumed(1)}{region}{consumed(3)}{consumed(4)}"
    side = "ours" if mine_is_broken else "theirs"
    assert f"({ulid(2)})" in words
    assert (f"was changed on {side}" if broken else f"is missing on {side}") in words
    assert "A fact is never changed or removed" in words


def test_a_part_slipped_into_an_invoice_is_a_change() -> None:
    base = drafted(1, "SG-1")
    slipped = base + '2026-01-10 custom "billing" "invoice-line" "SG-1" 2\n'
    _, words = conflict(base, slipped, base + consumed(2))
    assert "invoice-drafted SG-1" in words
    assert "was changed on ours" in words


@pytest.mark.parametrize("end", ['  note: "cut o', "<<<<<<< ours\n"])
def test_a_file_whose_facts_can_t_be_told_apart_stays_whole(end: str) -> None:
    ours, theirs = consumed(1) + end, consumed(1) + consumed(2)
    text, words = conflict(consumed(1), ours, theirs)
    assert text == f"<<<<<<< ours\n{ours.rstrip()}\n=======\n{theirs}>>>>>>> theirs\n"
    assert "git merge --abort" in words


# Properties

BLOCKS = [consumed(number) for number in range(1, 7)] + [
    "2026-01-02 open Assets:A\n",
    "; a remark\n\n",
    'include "x.beancount"\n',
    '2026-01-02 * "Rent"\n  Assets:Bank  1 SGD\n  Assets:Receivable\n',
    "\n; above\n" + consumed(9),
]
SOME = st.lists(st.sampled_from(BLOCKS), unique=True)


@given(SOME, SOME, SOME)
def test_merging_is_the_same_set_either_way_and_once_is_enough(
    base: list[str], mine: list[str], yours: list[str]
) -> None:
    before = "".join(base)
    ours, theirs = (before + "".join(block for block in new if block not in base) for new in (mine, yours))
    merged = clean(before, ours, theirs)
    other_way = clean(before, theirs, ours)
    facts = sorted(block.key for block in split_blocks(merged) if block.kind != "blank")
    assert facts == sorted(block.key for block in split_blocks(other_way) if block.kind != "blank")
    wanted = {
        block.key for text in (ours, theirs) for block in split_blocks(text) if block.kind not in {"blank", "comment"}
    }
    assert wanted == {key for key in facts if not key[1].startswith(";")}
    assert len(set(ids(merged))) == len(ids(merged))
    for version in (ours, theirs, merged):
        assert clean(before, merged, version) == merged


# With git


@dataclass
class Books:
    root: Path

    def git(self, *arguments: str, fails: bool = False) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "core.editor=true", *arguments],
            cwd=self.root,
            env=environment | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def append(self, text: str, file: str = "january.beancount") -> None:
        with (self.root / file).open("a") as journal:
            journal.write(text)
        self.git("commit", "-qam", f"append to {file}")

    def january(self) -> str:
        return (self.root / "january.beancount").read_text()

    def check(self) -> list[str]:
        return [error.message for error in loader.load_file(str(self.root / "main.beancount"))[1]]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    books = Books(tmp_path / "books")
    books.root.mkdir()
    driver = tmp_path / "driver.py"
    driver.write_text(
        "import sys\nfrom pathlib import Path\nfrom billing_beans.ledger.merge import main\n"
        "assert sys.argv[1] == 'merge-driver'\n"
        "sys.exit(main(*map(Path, sys.argv[2:5]), sys.argv[5]))\n"
    )
    books.git("init", "-q", "-b", "main")
    install(books.root, f"{sys.executable} {driver}")
    files = {
        ".gitattributes": GITATTRIBUTES,
        "main.beancount": MAIN,
        "setup.beancount": SETUP,
        "january.beancount": consumed(1),
    }
    for name, text in files.items():
        (books.root / name).write_text(text)
    books.git("add", ".")
    books.git("commit", "-qm", "books")
    books.git("branch", "other")
    return books


def test_two_branches_that_append_to_one_month_merge(books: Books) -> None:
    books.append(consumed(3))
    books.git("checkout", "-q", "other")
    books.append(consumed(2) + consumed(4))
    books.git("checkout", "-q", "main")
    books.git("merge", "-q", "other")
    assert books.january() == "".join(map(consumed, (1, 2, 3, 4)))
    assert books.check() == []


def test_a_number_drawn_on_both_stops_the_merge_and_fails_bean_check_until_decided(books: Books) -> None:
    books.append(drafted(7, "SG-7"))
    books.git("checkout", "-q", "other")
    books.append(drafted(8, "SG-7", actor="oli"))
    books.git("checkout", "-q", "main")
    said = books.git("merge", "other", fails=True)
    assert "january.beancount: SG-7 was drawn on both branches: by sarah on ours" in said
    assert "CONFLICT (content): Merge conflict in january.beancount" in said
    assert books.check()
    (books.root / "january.beancount").write_text(consumed(1) + drafted(8, "SG-7", actor="oli"))
    books.git("add", "january.beancount")
    books.git("commit", "-qm", "decided")
    assert books.check() == []


def test_without_the_driver_git_stops_with_a_conflict(books: Books) -> None:
    books.git("config", "--remove-section", "merge.billing-beans")
    books.append(consumed(3))
    books.git("checkout", "-q", "other")
    books.append(consumed(2))
    assert "CONFLICT" in books.git("merge", "main", fails=True)
    assert books.check()


def test_both_branches_add_the_same_account_and_file(books: Books) -> None:
    for branch, number in (("main", 2), ("other", 3)):
        books.git("checkout", "-q", branch)
        (books.root / f"{branch}.beancount").touch()
        (books.root / "x.beancount").write_text(f'; x\n2026-01-01 custom "x" "{branch}"\n')
        books.git("add", ".")
        books.append('include "x.beancount"\n', "main.beancount")
        books.append("2026-01-01 open Assets:New\n", "setup.beancount")
        books.append(consumed(number))
    books.git("merge", "-q", "main")
    assert (books.root / "main.beancount").read_text().count("x.beancount") == 1
    assert (books.root / "setup.beancount").read_text() == SETUP + "2026-01-01 open Assets:New\n"
    assert books.check() == []


def test_rebase_and_cherry_pick_go_through_the_driver(books: Books) -> None:
    books.append(consumed(5))
    books.git("checkout", "-q", "other")
    for number in (2, 3):
        books.append(consumed(number))
    books.git("checkout", "-q", "-b", "picked", "main")
    books.git("cherry-pick", "other~1")
    assert ids(books.january()) == [1, 2, 5]
    books.git("checkout", "-q", "other")
    books.git("rebase", "-q", "main")
    assert ids(books.january()) == [1, 2, 3, 5]
    books.git("merge", "-q", "picked")
    assert sorted(ids(books.january())) == [1, 2, 3, 5], "what both have stands once"
    assert books.check() == []


def test_a_merge_of_merges_with_a_virtual_base(books: Books) -> None:
    """Criss-cross: both branches merged each other's first commit, so git makes one base of two."""
    books.append(consumed(2))
    books.git("checkout", "-q", "other")
    books.append(consumed(3))
    books.git("branch", "three")
    books.git("merge", "-q", "main")
    books.append(consumed(4))
    books.git("checkout", "-q", "main")
    books.git("merge", "-q", "three")
    books.append(consumed(5))
    assert len(books.git("merge-base", "--all", "main", "other").split()) == 2
    books.git("merge", "-q", "other")
    assert books.january() == "".join(map(consumed, (1, 2, 3, 4, 5)))


@pytest.mark.parametrize(("decided_here", "is_clean"), [(8, True), (7, False)])
def test_a_virtual_base_with_a_conflict_binds_nobody(books: Books, decided_here: int, is_clean: bool) -> None:
    """Both branches decided the same clash: alike, and all is well; differently, and it is a clash again."""
    books.append(drafted(7, "SG-7"))
    books.git("checkout", "-q", "other")
    books.append(drafted(8, "SG-7"))
    books.git("branch", "three")
    for branch, merged, kept, then in (("other", "main", 8, 9), ("main", "three", decided_here, 10)):
        books.git("checkout", "-q", branch)
        books.git("merge", merged, fails=True)
        (books.root / "january.beancount").write_text(consumed(1) + drafted(kept, "SG-7"))
        books.git("commit", "-qam", "decided")
        books.append(consumed(then))
    said = books.git("merge", "other", fails=not is_clean)
    if is_clean:
        assert ids(books.january()) == [1, 8, 9, 10]
    else:
        assert "SG-7 was drawn on both branches" in said


def test_a_fact_taken_back_with_git_revert_is_a_conflict_where_more_was_appended(books: Books) -> None:
    books.append(consumed(2))
    books.append(consumed(3))
    assert "is missing on theirs" in books.git("revert", "HEAD~1", fails=True)


def test_windows_line_ends_are_merged_as_git_stores_them(books: Books) -> None:
    books.append(consumed(3))
    books.git("checkout", "-q", "other")
    (books.root / "january.beancount").write_bytes((consumed(1) + consumed(2)).replace("\n", "\r\n").encode())
    books.git("commit", "-qam", "from Windows")
    books.git("merge", "-q", "main")
    assert books.january() == "".join(map(consumed, (1, 2, 3)))


def test_the_driver_writes_any_bytes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = b'2026-01-02 * "\xff\xfe"\n  Assets:Bank  1 SGD\n'
    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    for path, content in ((base, b""), (ours, strange), (theirs, consumed(2).encode())):
        path.write_bytes(content)
    assert main(base, ours, theirs, "january.beancount") == 0
    assert sorted(ours.read_bytes().splitlines()) == sorted((strange + consumed(2).encode()).splitlines())
    assert capsys.readouterr().err == ""


def test_installing_needs_a_repository_and_may_be_done_twice(books: Books, tmp_path: Path) -> None:
    install(books.root, "billing-beans")
    install(books.root)
    driver = books.git("config", "merge.billing-beans.driver")
    assert driver == "billing-beans merge-driver %O %A %B %P\n"
    with pytest.raises(BooksUnusable, match="can't be told"):
        install(tmp_path)
    assert "union" not in GITATTRIBUTES.replace("Never merge=union", "")
