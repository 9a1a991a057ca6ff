"""`import bank` end to end: from a bank's file to the ledger's text, and what is refused on the way (Y3, Y6)."""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader

sys.path.append(str(Path(__file__).parents[1] / "importers"))

from bank_samples import DATA, booking, camt, detail, entry, mt940, ofx
from beginnings import beginning

from billing_beans.acts.money import record_payout
from billing_beans.acts.periods import close_period
from billing_beans.core.accounts import Account
from billing_beans.core.clock import FixedClock
from billing_beans.core.money import parse_money
from billing_beans.importers.bank.lines import identified
from billing_beans.importers.bank.reading import ReadChoices, read_bank_file
from billing_beans.ledger.ledger import Asker, Ledger
from billing_beans.payments.chargebacks import RecordPayout
from billing_beans.periods.operations import ClosePeriod

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Shell

BANK = "Assets:SG:Bank:OCBC"


@beginning
def billed(shell: Shell) -> Shell:
    """Three invoices of acme: 981.00 for placements, 27.25 and 54.50 for handbooks."""
    shell.done("invoice", "draft", "acme", "placement-credit", "10")
    shell.done("invoice", "draft", "acme", "handbook", "1")
    shell.done("invoice", "draft", "acme", "handbook", "2")
    shell.done("invoice", "issue", "SG-2026-00001", "SG-2026-00002", "SG-2026-00003")
    shell.at("2026-01-20T02:00:00Z")
    return shell


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    def write(text: str | bytes, name: str = "january.xml") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def problems(shell: Shell) -> list[Any]:
    return loader.load_file(str(shell.root / "main.beancount"))[1]


SURE = camt(entry(bank_id="REF1"), entry("27.25", "invoice sg 2026 00002", name="Somebody Else", day="2026-01-14"))


def test_a_statement_is_shown_with_what_each_line_pays_and_nothing_is_written(billed: Shell, file: Any) -> None:
    before = billed.files()
    said = billed.done("import", "bank", file(SURE + "\n"))
    assert billed.files() == before
    assert "Account SG001 is Assets:SG:Bank:OCBC." in said.out
    assert "SG-2026-00001  names SG-2026-00001, and is over what is owed" in said.out
    assert "2 lines: 2 sure." in said.out
    assert "january.xml --verify" in said.out


def test_sure_lines_become_verified_payments_in_the_ledger(billed: Shell, file: Any) -> None:
    said = billed.done("import", "bank", file(SURE), "--verify")
    assert "Verified 2 payments." in said.out
    text = billed.journal()
    submitted = text.partition('"payment-submitted" "PAY-1"')[2]
    assert '  customer: "acme"\n  method: "bank-transfer"\n  amount: 981.00 SGD\n' in submitted
    assert 'bank-reference: "REF1"' in submitted
    assert '2026-01-13 * "Acme Pte. Ltd." "Payment PAY-1, bank transfer" ^PAY-1 ^SG-2026-00001' in text
    assert '2026-01-14 * "Acme Pte. Ltd." "Payment PAY-2, bank transfer" ^PAY-2 ^SG-2026-00002' in text
    assert re.search(r"Assets:SG:Bank:OCBC +981\.00 SGD", text)
    assert text.count('source: "bank/') == 4
    assert "10 PLACEMENT {" in text
    assert problems(billed) == []
    assert "paid" in billed.done("invoice", "show", "SG-2026-00001").out


def test_the_same_statement_twice_changes_nothing(billed: Shell, file: Any) -> None:
    path = file(SURE)
    billed.done("import", "bank", path, "--verify")
    before = billed.files()
    said = billed.done("import", "bank", path, "--verify")
    assert "2 lines: 2 in the books already." in said.out
    assert "Nothing was written." in said.out
    assert billed.files() == before
    assert billed.done("import", "bank", path, file(SURE, "copy.xml"), "--json").json["result"]["standing"] == 2


def test_statements_that_overlap_record_each_line_once(billed: Shell, file: Any) -> None:
    one, two, three = entry(), entry("27.25", "SG-2026-00002"), entry("54.50", "SG-2026-00003")
    billed.done("import", "bank", file(camt(one, two), "a.xml"), "--verify")
    said = billed.done("import", "bank", file(camt(two, three, number="2"), "b.xml"), "--verify")
    assert "2 lines: 1 sure, 1 in the books already." in said.out
    assert billed.journal().count('"payment-submitted"') == 3
    assert problems(billed) == []


def test_each_format_verifies_the_same_payment(billed: Shell, file: Any) -> None:
    texts = {
        "a.xml": camt(entry()),
        "b.sta": mt940(":61:260113C27,25NTRFNONREF//B2", ":86:166?00GUTSCHRIFT?20SVWZ+SG-2026-00002?32Acme"),
        "c.ofx": ofx(booking("54.50", "SG-2026-00003")),
    }
    paths = [file(text, name) for name, text in texts.items()]
    assert "Verified 3 payments." in billed.done("import", "bank", *paths, "--verify").out
    assert problems(billed) == []


def test_a_table_verifies_with_its_columns_named(billed: Shell, file: Any) -> None:
    table = "Tag;Betrag;Zweck\n13.01.2026;981,00;Rechnung SG-2026-00001\n"
    options = ("--columns", "date=Tag,amount=Betrag,text=Zweck", "--decimal", ",", "--date-format", "%d.%m.%Y")
    said = billed.done(
        "import", "bank", file(table, "x.csv"), *options, "--account", "SG001", "--currency", "SGD", "--verify"
    )
    assert "Verified 1 payment." in said.out


def test_hostile_text_of_a_payer_stays_text(billed: Shell, file: Any) -> None:
    name, bank_id = 'Q}"ote\\ <b>\n2026-01-01 open Assets:Evil\n\x07株式会社', 'R"1\\'
    table = io.StringIO()
    csv.writer(table).writerows(
        [["date", "amount", "text", "name", "id"], ["2026-01-13", "981", "SG-2026-00001", name, bank_id]]
    )
    billed.done(
        "import", "bank", file(table.getvalue(), "x.csv"), "--account", "SG001", "--currency", "SGD", "--verify"
    )
    text = billed.journal()
    assert '  payer: "Q}\\"ote\\\\ <b> 2026-01-01 open Assets:Evil 株式会社"' in text
    assert '  bank-reference: "R\\"1\\\\"' in text
    assert problems(billed) == []


def test_one_line_pays_several_invoices_that_it_names(billed: Shell, file: Any) -> None:
    billed.done("import", "bank", file(camt(entry("1008.25", "SG-2026-00001, SG-2026-00002"))), "--verify")
    assert "  Assets:SG:Receivable:Acme" in billed.journal()
    for number in ("SG-2026-00001", "SG-2026-00002"):
        assert billed.done("invoice", "show", number, "--json").json["result"]["invoice"]["status"] == "paid"


def test_a_batch_pays_each_invoice_by_its_detail(billed: Shell, file: Any) -> None:
    details = detail("27.25", "SG-2026-00002") + detail("54.50", "SG-2026-00003")
    assert (
        "Verified 2 payments."
        in billed.done("import", "bank", file(camt(entry("81.75", details=details))), "--verify").out
    )


def test_a_payment_that_was_submitted_before_gets_its_money(billed: Shell, file: Any) -> None:
    billed.done("payment", "submit", "SG-2026-00001", "--reference", "FT26012ABC")
    path = file(camt(entry(text="FT26012ABC")))
    assert "has the reference of PAY-1, and its amount" in billed.done("import", "bank", path).out
    billed.done("import", "bank", path, "--verify")
    assert billed.journal().count('"payment-submitted"') == 1
    assert "1 in the books already" in billed.done("import", "bank", path, "--verify").out
    assert problems(billed) == []


def test_less_and_more_than_is_owed_is_likely_and_waits_to_be_asked_for(billed: Shell, file: Any) -> None:
    path = file(camt(entry("500.00"), entry("30.00", "SG-2026-00002", day="2026-01-14")))
    said = billed.done("import", "bank", path, "--verify")
    assert "2 lines: 2 likely." in said.out
    assert "Nothing was written." in said.out
    billed.done("import", "bank", path, "--verify", "--likely")
    assert (
        billed.done("invoice", "show", "SG-2026-00001", "--json").json["result"]["invoice"]["status"]
        == "partially-paid"
    )
    assert re.search(r"Liabilities:SG:Unapplied:Acme +-2\.75 SGD", billed.journal())
    assert problems(billed) == []


def test_money_of_a_known_account_for_no_invoice_is_the_customers(billed: Shell, file: Any) -> None:
    path = file(camt(entry("700.00", "deposit", name="Holding of Acme")))
    assert "1 unknown" in billed.done("import", "bank", path).out
    billed.done("customer", "payer", "acme", "iban/DE89370400440532013000", "--date", "2026-01-02")
    assert "money of acme" in billed.done("import", "bank", path).out
    billed.done("import", "bank", path, "--verify", "--likely")
    text = billed.journal()
    assert '  payer: "iban/DE89370400440532013000"\n' in text
    assert re.search(r"Liabilities:SG:Unapplied:Acme +-700\.00 SGD", text)
    assert "1 in the books already" in billed.done("import", "bank", path).out
    assert problems(billed) == []


def test_a_submitted_payment_over_another_amount_is_likely_and_verified_over_what_came(
    billed: Shell, file: Any
) -> None:
    billed.done("payment", "submit", "SG-2026-00001", "--reference", "FT26012ABC")
    path = file(camt(entry("980.00", "FT26012ABC")))
    assert "1 likely" in billed.done("import", "bank", path, "--verify").out
    assert "Verified 1 payment." in billed.done("import", "bank", path, "--verify", "--likely").out
    assert re.search(r"Assets:SG:Bank:OCBC +980\.00 SGD", billed.journal())
    assert problems(billed) == []


def test_a_payout_of_a_processor_that_is_in_the_books_is_no_receipt(billed: Shell, file: Any) -> None:
    payout(billed, "100.00 SGD", "3.00 SGD", "po_1")
    said = billed.done("import", "bank", file(camt(entry("97.00", "STRIPE", name="Stripe Payments", day="2026-01-15"))))
    assert "97.00 SGD is the payout po_1, which is in the books" in said.out
    twice = file(
        camt(*[entry("97.00", text, name="Stripe Payments", day="2026-01-15") for text in ("a", "b")]), "b.xml"
    )
    assert "2 lines: 1 unknown, 1 skipped." in billed.done("import", "bank", twice).out
    late = file(camt(entry("97.00", "STRIPE", name="Stripe Payments", day="2026-01-21")), "c.xml")
    assert "1 unknown" in billed.done("import", "bank", late).out


def payout(shell: Shell, amount: str, fee: str, payout: str) -> None:
    """What Stripe paid out on 2026-01-13."""
    request = RecordPayout(
        parse_money(amount), Account("Assets:SG:Processor:Stripe"), Account(BANK), parse_money(fee), payout
    )
    clock = FixedClock(datetime(2026, 1, 20, 2, tzinfo=UTC))
    Ledger(shell.root, clock, os.urandom).perform(record_payout, request, Asker("fin", date(2026, 1, 13)))


def test_the_next_command_has_the_options_of_this_one(billed: Shell, file: Any) -> None:
    path = file("Tag;Betrag;Zweck\n13.01.2026;981,00;SG-2026-00001\n", "mein konto.csv")
    options = (
        "--account",
        "SG001",
        "--columns",
        "date=Tag,amount=Betrag,text=Zweck",
        "--decimal",
        ",",
        "--date-format",
        "%d.%m.%Y",
        "--currency",
        "SGD",
    )
    said = billed.done("import", "bank", path, *options, "--into", BANK)
    (following,) = [line for line in said.out.splitlines() if line.startswith("Next: ")]
    words = shlex.split(following.removeprefix("Next: billing-beans "))
    assert words[2] == path
    assert "Verified 1 payment." in billed.done(*words).out


def test_nothing_is_dated_into_a_closed_period(billed: Shell, file: Any) -> None:
    clock = FixedClock(datetime(2026, 1, 20, 2, tzinfo=UTC))
    Ledger(billed.root, clock, os.urandom).perform(close_period, ClosePeriod(date(2026, 1, 15)), Asker("fin"))
    billed.done("import", "bank", file(camt(entry())), "--verify")
    assert '2026-01-16 * "Acme Pte. Ltd." "Payment PAY-1, bank transfer"' in billed.journal()
    assert "  received: 2026-01-13\n" in billed.journal()
    assert problems(billed) == []


def test_what_a_person_records_of_a_doubtful_line_makes_it_sure(billed: Shell, file: Any) -> None:
    path = file(camt(entry("981.00", "thanks", name="Unknown GmbH")))
    said = billed.done("import", "bank", path)
    assert "1 doubtful" in said.out
    line = billed.done("import", "bank", path, "--json").json["result"]["matches"][0]
    assert f'payment submit INVOICE --amount "981.00 SGD" --reference {line["id"]}' in said.out
    billed.done("payment", "submit", "SG-2026-00001", "--amount", "981.00 SGD", "--reference", line["id"])
    assert "Verified 1 payment." in billed.done("import", "bank", path, "--verify").out


def test_what_a_person_records_of_a_line_goes_before_what_the_line_says(billed: Shell, file: Any) -> None:
    path = file(camt(entry("5.00", "SG-2026-00001", currency="USD")))
    line = billed.done("import", "bank", path, "--json").json["result"]["matches"][0]
    assert line["confidence"] == "doubtful"
    billed.done("payment", "submit", "--customer", "acme", "--amount", "5.00 USD", "--reference", line["id"])
    assert "Verified 1 payment." in billed.done("import", "bank", path, "--verify").out
    assert problems(billed) == []


def test_money_that_came_twice_is_recorded_as_the_customers_by_the_command_that_is_shown(
    billed: Shell, file: Any
) -> None:
    billed.done("import", "bank", file(camt(entry(bank_id="A"))), "--verify")
    path = file(camt(entry(bank_id="B"), number="2"), "b.xml")
    said = billed.done("import", "bank", path)
    assert "names SG-2026-00001, which is paid" in said.out
    (by_hand,) = [line for line in said.out.splitlines() if line.startswith("By hand, for example b.xml:7: ")]
    billed.done(*shlex.split(by_hand.partition("billing-beans ")[2]))
    assert "Verified 1 payment." in billed.done("import", "bank", path, "--verify").out
    assert re.search(r"Liabilities:SG:Unapplied:Acme +-981\.00 SGD", billed.journal())
    assert problems(billed) == []


def test_an_unknown_customer_and_money_that_went_out_are_listed(billed: Shell, file: Any) -> None:
    text = camt(entry("7.77", "hello", name="Unknown GmbH"), entry("5.00", "rent", sign="DBIT"))
    said = billed.done("import", "bank", file(text), "--verify")
    assert "'Unknown GmbH' is no customer" in said.out
    assert "january.xml:11  -5.00 SGD went out" in said.out
    assert "2 lines: 1 unknown, 1 skipped." in said.out


def test_two_lines_do_not_pay_one_invoice(billed: Shell, file: Any) -> None:
    said = billed.done("import", "bank", file(camt(entry(bank_id="A"), entry(bank_id="B"))), "--verify")
    assert "2 lines: 1 sure, 1 doubtful." in said.out
    assert "SG-2026-00001 is settled already, by january.xml:7" in said.out


def test_a_dry_run_says_what_would_be_verified_and_writes_nothing(billed: Shell, file: Any) -> None:
    before = billed.files()
    said = billed.done("import", "bank", file(SURE), "--verify", "--dry-run")
    assert "Would verify 2 payments." in said.out
    assert '2026-01-13 custom "billing" "payment-submitted" "PAY-1"' in said.out
    assert '2026-01-13 * "Acme Pte. Ltd." "Payment PAY-1, bank transfer"' in said.out
    assert billed.files() == before


def test_one_line_that_a_rule_forbids_does_not_stop_the_others(billed: Shell, file: Any) -> None:
    """The second line is booked on a day that is still to come."""
    said = billed("import", "bank", file(camt(entry(), entry("27.25", "SG-2026-00002", day="2026-03-01"))), "--verify")
    assert said.status == 1
    assert "Verified 1 payment." in said.out
    assert "Refused january.xml:11: PAY-2 is said to be received on 2026-03-01" in said.out
    assert problems(billed) == []


@pytest.mark.parametrize("path", sorted(DATA.glob("*.sta")), ids=lambda path: path.name)
def test_real_statements_are_read_and_pay_nothing_here(billed: Shell, path: Path) -> None:
    account = identified([read_bank_file(path, ReadChoices())]).lines[0].account
    before = billed.files()
    said = billed.done("import", "bank", str(path), "--into", BANK, "--account", account, "--verify", "--json")
    result = said.json["result"]
    assert (result["verified"], result["sure"], result["likely"]) == (0, 0, 0)
    assert result["lines"] == sum(result[one] for one in ("doubtful", "unknown", "standing", "skipped"))
    assert result["accounts"] == {account: BANK}
    assert billed.files() == before


def test_a_file_of_many_accounts_is_taken_account_by_account(billed: Shell) -> None:
    said = billed("import", "bank", str(DATA / "sepa_mt9401.sta"), "--into", BANK)
    assert said.status == 2
    assert "take them one by one, such as --account 50880050/0194774600888" in said.err


def test_a_payment_that_a_person_verified_with_the_line_as_its_reference_is_in_the_books(
    billed: Shell, file: Any
) -> None:
    path = file(camt(entry("981.00", "thanks", name="Unknown GmbH")))
    line = billed.done("import", "bank", path, "--json").json["result"]["matches"][0]["id"]
    billed.done("payment", "submit", "SG-2026-00001", "--reference", line)
    billed.done("payment", "verify", "PAY-1", "--received", "2026-01-13")
    assert billed.done("import", "bank", path, "--json").json["result"]["standing"] == 1


REFUSED = {
    "a pdf": (b"%PDF-1.7", (), "january.xml:1: this is a PDF"),
    "a statement cut off": (camt(entry()).encode()[:-40], (), "no well-formed XML"),
    "two encodings": (camt(entry(text="Söhne")).encode().replace(b"Acme Pte", b"M\xfcller"), (), "january.xml:9:"),
    "another currency": (
        camt(entry(currency="GBP")).encode(),
        (),
        "january.xml:7: 981.00 GBP came to an account of SGD, USD, EUR",
    ),
    "another account": (camt(entry()).encode(), ("--account", "SG999"), "has no statement of SG999"),
    "no bank account": (camt(entry()).encode(), ("--into", "Assets:SG:Receivable:Acme"), "is no bank account"),
    "an account that is not open": (camt(entry()).encode(), ("--into", "Assets:SG:Bank:DBS"), "is not open"),
    "a table without its currency": (
        b"date,amount,account\n2026-01-13,5.00,123\n",
        (),
        "Instead: say which one it is with --currency",
    ),
    "another format": (camt(entry()).encode(), ("--format", "mt940"), "this is no MT940"),
    "likely alone": (camt(entry()).encode(), ("--likely",), "--likely says what is recorded"),
    "a date": (camt(entry()).encode(), ("--date", "2026-01-01"), "Each line has a day of its own"),
    "a key": (camt(entry()).encode(), ("--idempotency-key", "x"), "takes no --idempotency-key"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_files_and_options_are_refused_and_nothing_is_written(billed: Shell, file: Any, what: str) -> None:
    data, options, words = REFUSED[what]
    good = file(SURE, "good.xml")
    before = billed.files()
    said = billed("import", "bank", file(data), *options, *([] if "--likely" in options else ["--verify"]))
    assert said.status in (1, 2)
    assert words in said.err
    assert billed.files() == before
    if not options:
        # One bad file among good ones: none of them is taken.
        assert billed("import", "bank", good, file(data), "--verify").status in (1, 2)
        assert billed.files() == before


def test_the_statement_of_another_legal_entity_needs_its_account_named(billed: Shell, file: Any) -> None:
    billed.done("entity", "change", "sg", "--account-number", "SG001")
    assert "1 sure" in billed.done("import", "bank", file(camt(entry()))).out
    other = file(camt(entry(), account="SG777"), "other.xml")
    assert "is of account SG777, which is that of no legal entity" in billed("import", "bank", other).err
    assert "entity change ENTITY --account-number SG777" in billed("import", "bank", other).err
    assert "1 sure" in billed.done("import", "bank", other, "--into", BANK).out


@pytest.mark.parametrize(
    ("stated", "is_ours"),
    [("37040044/532013000", True), ("37040044/0532013000", True), ("37040044/53201300", False)],
)
def test_a_german_bank_code_and_number_are_those_of_the_iban(
    billed: Shell, file: Any, stated: str, is_ours: bool
) -> None:
    billed.done("entity", "change", "sg", "--iban", "DE89370400440532013000")
    text = f":20:X\n:25:{stated}\n:28C:1/1\n:60F:C260112SGD0,\n:61:2601130113C1,00NTRFNONREF\n:62F:C260113SGD1,\n-\n"
    assert (billed("import", "bank", file(text, "a.sta")).status == 0) is is_ours


def test_a_line_that_a_person_keeps_as_a_transaction_is_in_the_books(billed: Shell, file: Any) -> None:
    path = file(camt(entry()))
    line = billed.done("import", "bank", path, "--json").json["result"]["matches"][0]["id"]
    with (billed.root / "setup" / "accounts.beancount").open("a", encoding="utf-8") as handle:
        handle.write(
            f'2026-01-01 open Assets:SG:Bank:Unmatched\n2026-01-13 * "x"\n  bank-line: "{line}"\n  {BANK}  981.00 SGD\n  Assets:SG:Bank:Unmatched\n'
        )
    said = billed.done("import", "bank", path, "--verify", "--json").json["result"]
    assert said["in-the-books"][0]["as"] == "a transaction kept by hand"
    assert said["verified"] == 0


def test_columns_are_mapped_by_the_option_of_the_other_imports_too(billed: Shell, file: Any) -> None:
    path = file("Tag;Summe\n2026-01-13;981.00\n", "a.csv")
    mapped = ("--map", "date=Tag", "--map", "amount=Summe")
    assert "1 line" in billed.done("import", "bank", path, "--account", "1", "--currency", "SGD", *mapped).out
