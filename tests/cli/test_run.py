"""Billing runs: started, reviewed, done again, posted, discarded (U4, U6, U9, W8)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from run_shell import change_seats, subscribe, with_plans

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

PENDING = "pending/RUN-1.beancount"
DISCARDED = "pending/RUN-1.discarded.beancount"
FEBRUARY = "journal/2026/2026-02.beancount"
LATER = "2026-02-06T02:00:00Z"


@pytest.fixture
def due(shell: Shell) -> Shell:
    """Two subscriptions of which two months are due."""
    with_plans(shell)
    for customer in ("acme", "bolt"):
        subscribe(shell, customer)
    shell.at(LATER)
    return shell


def sound(shell: Shell, *options: str) -> None:
    said = shell("check", *options)
    assert said.status == 0, said.out


def test_a_run_that_was_started_counts_for_nothing_and_waits_for_review(due: Shell) -> None:
    said = due.done("run", "start")

    assert "Started RUN-1, revision 1: 4 invoices for 2 subscriptions" in said.out
    assert "Next: billing-beans run show RUN-1" in said.out
    assert due.done("invoice", "list", "--json").json["result"]["invoices"] == []
    waiting = due.files()[PENDING]
    assert waiting.count('2026-02-06 ! "') == 4
    assert '2026-02-06 * "' not in waiting
    assert waiting.index('"run-posted" "RUN-1"') < waiting.index("invoice-drafted")
    assert due.files()["review.beancount"].endswith(f'include "{PENDING}"\n')
    assert PENDING not in due.files()["main.beancount"]
    sound(due)
    sound(due, "--pending")
    assert "4 invoices" in due.done("check", "--pending").out


def test_a_started_run_leaves_the_index_as_it_is(due: Shell) -> None:
    due.done("invoice", "list")
    due.done("run", "start")
    assert due.done("invoice", "list").err == ""
    due.done("run", "post", "RUN-1")
    assert due.done("invoice", "list").err == ""


def test_show_says_what_a_run_would_do_in_words_and_sums(due: Shell) -> None:
    due.done("run", "start")
    said = due.done("run", "show", "RUN-1").out
    assert "It waits for review in pending/RUN-1.beancount." in said
    assert "Acme Pte. Ltd. (acme), by sg" in said
    assert "2  x Seats    2026-01-05 to 2026-02-04, SUB-1       10.00   20.00  1.80" in said
    assert "SGD              4    180.00  16.20  196.20  196.20" in said
    result = due.done("run", "show", "RUN-1", "--json").json["result"]
    assert result["status"] == "pending"
    assert [one["invoice"] for one in result["documents"]] == [f"SG-2026-0000{number}" for number in range(1, 5)]
    assert result["totals"]["SGD"]["total"] == "196.20 SGD"


def test_started_again_there_is_nothing_new_and_it_says_so(due: Shell) -> None:
    due.done("run", "start")
    before = due.files()
    said = due.done("run", "start")
    assert (
        "Nothing to bill that is in no run yet; for review there wait RUN-1 (until 2026-02-06, 4 invoices)." in said.out
    )
    assert "SUB-1 waits in RUN-1" in due.done("run", "start", "--subscription", "SUB-1").out
    assert due.files() == before


def test_what_is_posted_is_what_waited_and_then_nothing_is_due(due: Shell) -> None:
    due.done("run", "start")
    said = due.done("run", "post", "RUN-1")
    assert "Posted RUN-1, dated 2026-02-06: SG-2026-00001 to SG-2026-00004." in said.out
    files = due.files()
    assert PENDING not in files
    assert 'include "pending/' not in files["review.beancount"]
    assert files[FEBRUARY].count('source: "run/RUN-1"') == 4
    assert len(due.done("invoice", "list", "--json").json["result"]["invoices"]) == 4
    sound(due)
    sound(due, "--pending")
    assert "nothing is due that is not billed" in due.done("run", "start").out
    assert due.files() == files


def test_posting_twice_and_discarding_what_was_posted_are_refused(due: Shell) -> None:
    due.done("run", "start")
    due.done("run", "post", "RUN-1")
    assert "RUN-1 was posted on 2026-02-06, and can't be posted." in due.refused("run", "post", "RUN-1")
    said = due.refused("run", "discard", "RUN-1", "--reason", "no")
    assert "RUN-1 was posted on 2026-02-06, and can't be discarded." in said
    assert "can't be done again" in due.refused("run", "redo", "RUN-1")
    assert "There is no billing run RUN-9." in due.refused("run", "post", "RUN-9")


def test_a_run_done_again_discards_what_waited_and_keeps_it_with_the_moment_and_why(due: Shell) -> None:
    due.done("run", "start")
    first = due.files()[PENDING]
    due.at("2026-02-07T02:00:00Z")
    assert "Reckoned anew RUN-1, revision 2" in due.done("run", "redo", "RUN-1").out
    kept = due.files()[DISCARDED]
    assert kept == f";; Revision 1 of RUN-1, discarded at 2026-02-07T02:00:00Z: done again\n{first}"
    assert "revision: 2" in due.files()[PENDING]
    assert "2026-02-07" in due.files()[PENDING]
    sound(due, "--pending")
    due.done("run", "post", "RUN-1")
    sound(due)
    assert due.files()[DISCARDED] == kept


def test_what_a_discarded_run_billed_another_can_bill(due: Shell) -> None:
    due.done("run", "start")
    first = due.files()[PENDING]
    said = due.done("run", "discard", "RUN-1", "--reason", "prices change\nfirst")
    assert "Discarded RUN-1, revision 1: prices change first" in said.out
    assert due.files()[DISCARDED] == (f";; Revision 1 of RUN-1, discarded at {LATER}: prices change first\n{first}")
    assert PENDING not in due.files()
    assert "RUN-1 was discarded on 2026-02-06, and can't be posted." in due.refused("run", "post", "RUN-1")
    assert "can't be discarded" in due.refused("run", "discard", "RUN-1", "--reason", "again")
    assert "Started RUN-2, revision 1: 4 invoices" in due.done("run", "start").out
    sound(due)
    assert "discarded for a reason" in due.refused("run", "discard", "RUN-2", "--reason", " ", status=2)


def edit(root: Path, old: str, new: str) -> None:
    path = root / PENDING
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def cut_off(root: Path) -> None:
    path = root / PENDING
    path.write_bytes(path.read_bytes()[:-40])


def lose(root: Path) -> None:
    (root / PENDING).unlink()


@pytest.mark.parametrize(
    "harm",
    [
        lambda root: edit(root, "total: 49.05 SGD", "total: 49.06 SGD"),
        lambda root: edit(root, '"acme"', '"bolt"'),
        lambda root: edit(root, "revision: 1", "revision: 2"),
        lambda root: edit(root, "-25.00 SGD", "-26.00 SGD"),
        cut_off,
        lose,
    ],
    ids=["amount", "customer", "revision", "posting", "cut-off", "lost"],
)
def test_a_file_that_is_not_as_it_was_made_is_not_posted_and_redo_makes_it_anew(due: Shell, harm: object) -> None:
    due.done("run", "start")
    assert callable(harm)
    harm(due.root)
    said = due.refused("run", "post", "RUN-1")
    assert PENDING in said
    assert "Instead: billing-beans run redo RUN-1" in said
    due.done("run", "redo", "RUN-1")
    sound(due, "--pending")
    due.done("run", "post", "RUN-1")
    sound(due)


def test_comments_and_empty_lines_may_be_written_beside_what_waits(due: Shell) -> None:
    due.done("run", "start")
    path = due.root / PENDING
    path.write_text("; looked at by sarah\n\n" + path.read_text(encoding="utf-8").replace("\n\n", "\n\n;; fine\n\n"))
    due.done("run", "post", "RUN-1")
    sound(due)


def test_what_has_changed_since_is_said_and_not_posted(due: Shell) -> None:
    due.done("run", "start")
    change_seats(due, "SUB-2", 5, date(2026, 2, 5))
    said = due.refused("run", "post", "RUN-1")
    assert "Something that RUN-1 bills has changed since it was reckoned" in said
    assert "bolt invoice 49.05 SGD and invoice 49.05 SGD then, invoice 49.05 SGD and invoice 81.75 SGD now" in said
    assert "acme" not in said.partition("\n")[0]
    due.done("run", "redo", "RUN-1")
    due.done("run", "post", "RUN-1")
    sound(due)


def test_numbers_that_were_drawn_meanwhile_are_no_change(due: Shell) -> None:
    due.done("run", "start")
    due.done("invoice", "draft", "acme", "handbook", "1")
    said = due.done("run", "post", "RUN-1")
    assert "SG-2026-00002 to SG-2026-00005" in said.out
    sound(due)


def test_what_waits_says_how_it_can_be_mended_where_numbers_were_drawn_meanwhile(due: Shell) -> None:
    due.done("run", "start")
    due.done("invoice", "draft", "acme", "handbook", "1")
    said = due("check", "--pending")
    assert said.status == 3
    assert "Next: billing-beans run redo RUN-1" in said.out
    due.done("run", "redo", "RUN-1")
    sound(due, "--pending")


def test_two_runs_can_be_reviewed_together_and_posted_in_any_order(due: Shell) -> None:
    due.done("run", "start", "--customer", "bolt")
    due.done("run", "start")
    assert "SG-2026-00003" in due.files()["pending/RUN-2.beancount"]
    sound(due, "--pending")
    due.done("run", "post", "RUN-2")
    due.done("run", "post", "RUN-1")
    sound(due)
    sound(due, "--pending")


def test_one_that_cannot_be_billed_is_named_and_stops_nobody_else(due: Shell) -> None:
    with (due.root / "setup/catalog.beancount").open("a", encoding="utf-8") as catalog:
        catalog.write(SHORT_LIVED)
    subscribe(due, "quote", plan="odd")
    said = due("run", "start")
    assert said.status == 1
    assert "Started RUN-1, revision 1: 4 invoices for 2 subscriptions" in said.out
    assert "SUB-3 of quote can't be billed: " in said.err
    assert "SUB-3" in due.done("run", "show", "RUN-1").out
    refused = due.done("run", "show", "RUN-1", "--json").json["result"]["refused"]
    assert [one["subscription"] for one in refused] == ["SUB-3"]
    due.done("run", "post", "RUN-1")
    before = due.files()
    again = due("run", "start")
    assert again.status == 1
    assert "Nothing was started: nothing that is due can be billed." in again.out
    assert due.files() == before


SHORT_LIVED = """\
2026-01-01 custom "billing" "product" "odd"
  name: "Odd"
  revenue: "on-issue"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-31" "odd"
  active-until: 2026-02-04
  unit-price: 10.00 SGD
2026-01-01 custom "billing" "plan" "odd"
  name: "Odd"
  every: "month"
  charges: 1
2026-01-01 custom "billing" "plan-charge" "odd" "odd"
  product: "odd"
  timing: "in-advance"
"""
"""A plan whose price is not valid for its second period."""


def test_only_what_is_asked_for_is_billed_and_what_is_unknown_is_refused(due: Shell) -> None:
    assert "for 1 subscription," in due.done("run", "start", "--subscription", "SUB-2").out
    assert "for 1 subscription," in due.done("run", "start", "--customer", "acme").out
    assert "There is no customer nobody." in due.refused("run", "start", "--customer", "nobody")
    assert "SUB-9" in due.refused("run", "start", "--subscription", "SUB-9")
    due.refused("run", "start", "--subscription", "", status=2)
    due.refused("run", "start", "--until", "2026-02-30", status=2)


def test_what_is_due_by_an_earlier_day_only(due: Shell) -> None:
    said = due.done("run", "start", "--until", "2026-01-31").out
    assert "2 invoices for 2 subscriptions, due by 2026-01-31, dated 2026-02-06." in said


def test_a_run_is_dated_as_it_was_reviewed(due: Shell) -> None:
    due.done("run", "start", "--date", "2026-02-05")
    assert "RUN-1 is dated 2026-02-05" in due.refused("run", "post", "RUN-1", "--date", "2026-02-06")
    due.at("2026-03-02T02:00:00Z")
    due.done("period", "close", "2026-02-28")
    said = due.refused("run", "post", "RUN-1")
    assert "the books are closed until 2026-02-28" in said
    assert "Instead: billing-beans run redo RUN-1 --date 2026-03-01" in said
    due.done("run", "redo", "RUN-1", "--date", "2026-03-01")
    due.done("run", "post", "RUN-1")
    assert "2026-03-01" in due.files()["journal/2026/2026-03.beancount"]
    sound(due)


def test_a_dry_run_shows_what_would_wait_and_writes_nothing(due: Shell) -> None:
    before = due.files()
    said = due.done("run", "start", "--dry-run").out
    assert f";; {PENDING}" in said
    assert '"run-started" "RUN-1"' in said
    assert due.files() == before
    due.done("run", "start")
    before = due.files()
    assert f";; {PENDING} is taken away" in due.done("run", "post", "RUN-1", "--dry-run").out
    assert due.files() == before


def test_the_same_key_starts_and_posts_once(due: Shell) -> None:
    due.done("run", "start", "--idempotency-key", "feb")
    before = due.files()
    assert "feb was done already (run-started RUN-1)" in due.done("run", "start", "--idempotency-key", "feb").out
    assert due.files() == before
    due.done("run", "post", "RUN-1", "--idempotency-key", "feb-post")
    before = due.files()
    assert "was done already" in due.done("run", "post", "RUN-1", "--idempotency-key", "feb-post").out
    assert due.files() == before
    sound(due)


def test_old_books_get_their_review_file_with_the_first_run(due: Shell) -> None:
    assert "review.beancount" not in due.files()
    assert "There is no review.beancount" in due.refused("check", "--pending", status=4)
    due.done("run", "start")
    review = due.files()["review.beancount"]
    assert 'plugin "billing_beans.plugins"' in review
    assert review.endswith(f'include "{PENDING}"\n')


def test_what_else_stands_in_the_review_file_stays(due: Shell) -> None:
    (due.root / "review.beancount").write_text(due.files()["main.beancount"] + ";; a word of mine", encoding="utf-8")
    due.done("run", "start")
    assert due.files()["review.beancount"].endswith(f';; a word of mine\ninclude "{PENDING}"\n')
    due.done("run", "post", "RUN-1")
    assert due.files()["review.beancount"].endswith(";; a word of mine\n")


def test_main_never_includes_what_waits(due: Shell) -> None:
    due.done("run", "start")
    with (due.root / "main.beancount").open("a", encoding="utf-8") as main:
        main.write(f'include "{PENDING}"\n')
    said = due("check")
    assert said.status == 3
    assert "pending/RUN-1.beancount is included by main.beancount, and waits for review" in said.out


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (PENDING, "2026-02-06 ! ", "2026-02-06 * ", "has the flag *, and what waits for review has !"),
        (FEBRUARY, "2026-02-06 * ", "2026-02-06 ! ", "has the flag !, and facts have *"),
    ],
    ids=["pending", "journal"],
)
def test_a_wrong_flag_is_a_problem(due: Shell, file: str, old: str, new: str, words: str) -> None:
    due.done("run", "start", "--customer", "acme")
    due.done("run", "start")
    due.done("run", "post", "RUN-2")
    due.done("run", "redo", "RUN-1")
    path = due.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    said = due("check", "--pending")
    assert said.status == 3
    assert words in said.out


# Credits


@pytest.fixture
def with_credits(due: Shell) -> Shell:
    """The same; acme has 100 free credits, of which a run uses 90."""
    with (due.root / "setup/catalog.beancount").open("a", encoding="utf-8") as catalog:
        catalog.write('2026-01-01 custom "billing" "credit-unit" "CREDIT"\n  name: "Credits"\n  face: 1.00 SGD\n')
    due.done("credit", "grant", "acme", "100", "--source", "promo/1", "--id", "PROMO-1")
    return due


def balance(shell: Shell) -> tuple[str, str]:
    (wallet,) = shell.done("credit", "balance", "acme", "--json").json["result"]["wallets"]
    return wallet["available"]["total"], wallet["reserved"]["total"]


def test_what_a_run_will_use_is_not_available_until_it_is_posted_or_discarded(with_credits: Shell) -> None:
    shell = with_credits
    assert balance(shell) == ("100", "0")
    shell.done("run", "start")
    assert balance(shell) == ("10", "90")
    assert "90 wait to be used" in shell.done("credit", "balance", "acme").out
    assert "45 CREDIT of PROMO-1 lower it before tax" in shell.done("run", "show", "RUN-1").out
    said = shell.refused(
        "credit", "adjust", "PROMO-1", "--by", "-20", "--type", "admin-reduction", "--reason", "too many"
    )
    assert "of which a billing run has reserved 90" in said
    shell.done("credit", "adjust", "PROMO-1", "--by", "-4", "--type", "admin-reduction", "--reason", "too many")
    assert balance(shell) == ("6", "90")
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("credit", "apply", "SG-2026-00001")
    assert balance(shell) == ("0", "90")
    sound(shell, "--deep")
    shell.done("run", "redo", "RUN-1")
    assert balance(shell) == ("0", "90")
    sound(shell, "--pending")
    shell.done("run", "discard", "RUN-1", "--reason", "not yet")
    assert balance(shell) == ("90", "0")
    sound(shell, "--deep")
    shell.done("run", "start")
    shell.done("run", "post", "RUN-2")
    assert balance(shell) == ("0", "0")
    sound(shell, "--deep")


def test_credits_of_a_run_that_expire_meanwhile_are_a_change(due: Shell) -> None:
    with (due.root / "setup/catalog.beancount").open("a", encoding="utf-8") as catalog:
        catalog.write('2026-01-01 custom "billing" "credit-unit" "CREDIT"\n  name: "Credits"\n  face: 1.00 SGD\n')
    due.done("credit", "grant", "acme", "30", "--source", "promo/1", "--id", "P", "--expires-at", "2026-02-10T00:00")
    due.done("run", "start")
    due.at("2026-02-20T02:00:00Z")
    due.done("credit", "expire")
    said = due.refused("run", "post", "RUN-1")
    assert "acme" in said
    assert "Instead: billing-beans run redo RUN-1" in said
    due.done("run", "redo", "RUN-1")
    sound(due, "--pending")
    due.done("run", "post", "RUN-1")
    sound(due, "--deep")


def test_runs_are_listed_and_completed_by_where_they_stand(due: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import ShellComplete  # noqa: PLC0415

    from billing_beans.cli.options import Settings  # noqa: PLC0415
    from billing_beans.cli.root import root  # noqa: PLC0415

    assert "No billing runs." in due.done("run", "list").out
    due.done("run", "start", "--customer", "acme")
    due.done("run", "start")
    due.done("run", "post", "RUN-1")
    listed = due.done("run", "list", "--json").json["result"]
    assert [(one["run"], one["status"]) for one in listed] == [("RUN-2", "pending"), ("RUN-1", "posted")]
    assert [one["run"] for one in due.done("run", "list", "--status", "posted", "--json").json["result"]] == ["RUN-1"]

    def offered(*words: str) -> list[str]:
        complete = ShellComplete(root, {"obj": Settings(books=str(due.root))}, "billing-beans", "_C")
        return [one.value for one in complete.get_completions([*words], "")]

    for verb in ("post", "redo", "discard"):
        assert offered("run", verb) == ["RUN-2"]
    assert offered("run", "show") == ["RUN-1", "RUN-2"]
    assert offered("run", "start", "--subscription") == ["SUB-1", "SUB-2"]


def test_browse_opens_the_books_with_what_waits(due: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Server:
        def __init__(self, main: str, _address: str, _port: int, **_options: object) -> None:
            opened.append(main)

        def start(self) -> None:
            raise KeyboardInterrupt

        def stop(self) -> None:
            pass

    monkeypatch.setattr("billing_beans.cli.browse._server", Server)
    monkeypatch.setattr("billing_beans.cli.browse._refuse_taken", lambda *_: None)
    assert "There is no review.beancount" in due.refused("browse", "--pending", "--no-open", status=4)
    due.done("run", "start")
    due.done("browse", "--pending", "--no-open")
    due.done("browse", "--no-open")
    assert opened == [str(due.root / "review.beancount"), str(due.root / "main.beancount")]


def test_a_subscription_in_a_run_that_waits_is_not_billed_at_once(due: Shell) -> None:
    due.done("run", "start")
    said = due.refused("subscription", "bill", "SUB-1")
    assert "SUB-1 waits in RUN-1." in said
    assert "Instead: billing-beans run post RUN-1" in said
    due.done("run", "discard", "RUN-1", "--reason", "one by one")
    due.done("subscription", "bill", "SUB-1")
    assert "for 1 subscription," in due.done("run", "start").out


def test_the_pending_books_are_checked_whole_and_by_nothing_else(due: Shell) -> None:
    due.done("run", "start")
    for option in ("--fast", "--deep"):
        assert "--pending looks at what is no fact yet" in due.refused("check", "--pending", option, status=2)


def test_credit_notes_and_what_they_pay_wait_as_well_and_are_posted_with_other_numbers(due: Shell) -> None:
    due.done("run", "start", "--subscription", "SUB-1")
    due.done("run", "post", "RUN-1")
    for number in ("SG-2026-00001", "SG-2026-00002"):
        due.done("payment", "receive", number)
    change_seats(due, "SUB-1", 1, date(2026, 2, 19))
    due.at("2026-03-06T02:00:00Z")
    due.done("run", "start", "--subscription", "SUB-1")
    sound(due, "--pending")
    said = due.done("run", "show", "RUN-2").out
    assert "credit note of SG-2026-00002: SUB-1: what is not used" in said
    assert "credit notes  credited" in said
    assert " to pay" in said
    waiting = due.files()["pending/RUN-2.beancount"]
    assert 'event: "payment-allocated"' in waiting
    due.done("invoice", "draft", "acme", "handbook", "1")
    due.done("invoice", "issue", "SG-2026-00003")
    due.done("invoice", "credit", "SG-2026-00003", "--reason", "by mistake")
    due.done("run", "post", "RUN-2")
    sound(due, "--deep")
    assert "Nothing to bill" in due.done("run", "start", "--subscription", "SUB-1").out
