"""Bank statements in each format: read whole and exactly, or refused with the line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from bank_samples import DATA, IBAN, booking, camt, csv_choices, detail, entry, lines, mt940, ofx, read, stmt
from hypothesis import given
from hypothesis import strategies as st

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money
from billing_beans.importers.bank.lines import identified
from billing_beans.importers.bank.reading import ReadChoices, format_of, read_bank_file

REAL = {
    "abnamro.sta": ("mt940", 2, 10, "-345.93"),
    "ing.sta": ("mt940", 1, 7, "-45.59"),
    "multiline.sta": ("mt940", 1, 2, "114.00"),
    "rabobank-iban.sta": ("mt940", 2, 4, "-70.00"),
    "sepa_mt9401.sta": ("mt940", 26, 97, None),
    "camt053.v2.multi.statement.xml": ("camt", 2, 2, "1.85"),
    "camt053.v4.xml": ("camt", 1, 1, "8.85"),
    "camt053.v8.xml": ("camt", 1, 1, "8.85"),
    "anzcc.ofx": ("ofx", 1, 1, "-5.50"),
    "checking.ofx": ("ofx", 1, 3, "-59.50"),
    "suncorp.ofx": ("ofx", 1, 1, "-16.85"),
}
"""Format, statements, lines and the sum of their amounts, where it was added up by hand."""


@pytest.mark.parametrize("name", REAL)
def test_real_statements_are_read_whole(name: str) -> None:
    kind, statements, count, total = REAL[name]
    file = read_bank_file(DATA / name, ReadChoices())
    found = identified([file]).lines
    assert (file.format, len(file.statements), len(found)) == (kind, statements, count)
    if total is not None:
        assert sum(line.amount.number for line in found) == Decimal(total)
    assert all(isinstance(line.amount.number, Decimal) for line in found)
    assert len({line.id for line in found}) == count


def test_the_balances_of_a_real_statement_in_pages_come_out() -> None:
    """Each of the 26 pages adds up to its closing balance: no booking was lost, or read with another sign."""
    file = read_bank_file(DATA / "sepa_mt9401.sta", ReadChoices())
    assert file.notes == ()
    for statement in file.statements:
        assert statement.opening is not None
        assert statement.closing is not None
        moved = sum(line.amount.number for line in statement.lines)
        assert statement.opening.number + moved == statement.closing.amount.number


def test_a_statement_whose_balances_differ_is_read_and_said() -> None:
    assert "differ by -2038.00 EUR" in read_bank_file(DATA / "abnamro.sta", ReadChoices()).notes[0]


def test_the_format_is_seen_from_the_content() -> None:
    assert {name: format_of((DATA / name).read_bytes()) for name in REAL} == {
        name: one[0] for name, one in REAL.items()
    }
    assert format_of(b"Date;Amount\n2026-01-13;1.00\n") == "csv"
    assert format_of(b"hello world") is None


@pytest.mark.parametrize("version", ["02", "04", "06", "08", "10", "13"])
def test_camt_is_read_in_every_version(version: str) -> None:
    (line,) = lines(camt(entry(bank_id="REF1"), version=version))
    assert line.amount == Money(Decimal("981.00"), "SGD")
    assert (line.account, line.booked, line.bank_id) == (IBAN, date(2026, 1, 13), "REF1")
    assert (line.counterparty, line.counterparty_account) == ("Acme Pte. Ltd.", "DE89370400440532013000")
    assert (line.text, line.end_to_end, line.where) == ("SG-2026-00001", "", "statement:7")


def test_camt_of_version_2_names_parties_and_states_one_level_up() -> None:
    old = (
        camt(entry(), version="02")
        .replace("<Pty>", "")
        .replace("</Pty>", "")
        .replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>")
    )
    assert lines(old)[0].counterparty == "Acme Pte. Ltd."


def test_a_batch_is_one_line_for_each_detail_where_these_add_up() -> None:
    details = detail("900.00", "SG-2026-00001", end_to_end="E1") + detail("81.00", "SG-2026-00002", end_to_end="E2")
    found = lines(camt(entry(details=details, bank_id="REF1")))
    assert [(line.amount.number, line.text, line.end_to_end) for line in found] == [
        (Decimal("900.00"), "SG-2026-00001", "E1"),
        (Decimal("81.00"), "SG-2026-00002", "E2"),
    ]
    assert len({line.id for line in found}) == 2


@pytest.mark.parametrize("second", [detail("80.00", "B"), detail("", "B"), detail("81.00", "B", currency="USD")])
def test_a_batch_whose_details_do_not_add_up_stays_one_line(second: str) -> None:
    (line,) = lines(camt(entry(details=detail("900.00", "A") + second)))
    assert (line.amount.number, line.text) == (Decimal("981.00"), "A B")


def test_camt_signs_by_the_direction_of_the_booking_also_where_it_is_a_reversal() -> None:
    out, back = lines(camt(entry(sign="DBIT"), entry(more="<RvslInd>true</RvslInd>", text="back")))
    assert (out.amount.number, out.reversal) == (Decimal("-981.00"), False)
    assert (back.amount.number, back.reversal) == (Decimal("981.00"), True)


def test_what_is_not_booked_yet_is_no_line_and_is_listed() -> None:
    file = read(camt(entry(), entry(text="pending").replace("BOOK", "PDNG")))
    assert len(file.statements[0].lines) == 1
    assert [one.why for one in file.skipped] == ["is not booked yet, but PDNG"]


def test_several_statements_in_one_document_are_read() -> None:
    both = camt(entry()).replace("</BkToCstmrStmt>", stmt(entry("5.00", "x"), account="SG002") + "</BkToCstmrStmt>")
    assert [(line.account, line.amount.number) for line in lines(both)] == [
        ("SG001", Decimal("981.00")),
        ("SG002", Decimal("5.00")),
    ]


LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
READS = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [LAUGHS, READS, '<!DOCTYPE d SYSTEM "http://example.com/d.dtd">'])
def test_xml_with_a_document_type_is_refused_before_it_is_read(head: str) -> None:
    with pytest.raises(WrongUsage, match=r"statement:2: .*document type"):
        read(camt(entry(text="&a;" if "ENTITY" in head else "x"), head=head))
    with pytest.raises(WrongUsage, match="never read"):
        read(ofx(booking(), head=head))


def test_xml_without_end_is_refused() -> None:
    with pytest.raises(WrongUsage, match="60 elements deep"):
        read(camt("<a>" * 100_000))


def test_mt940_is_read_with_german_sub_fields_and_with_slashes() -> None:
    german = (
        ":86:166?00GUTSCHRIFT?20EREF+E-1?21SVWZ+Rechnung SG-2026-?2200001?31DE89370400440532013000?32Acme Pte.?33 Ltd."
    )
    slashed = ":86:/EREF/E-2/NAME/Acme/IBAN/DE89370400440532013000/REMI/SG-2026-00002"
    one, two = lines(mt940(":61:2601130113C500,NTRFNONREF//B1", german, ":61:2601130113C481,00NTRFNONREF//B2", slashed))
    assert (one.amount, one.bank_id, one.end_to_end) == (Money(Decimal("500.00"), "SGD"), "B1", "E-1")
    assert (one.counterparty, one.counterparty_account) == ("Acme Pte. Ltd.", "DE89370400440532013000")
    assert "SG-2026-00001" in one.text
    assert (two.counterparty, two.text, two.end_to_end, two.where) == ("Acme", "SG-2026-00002", "E-2", "statement:7")


def test_the_text_behind_the_closing_balance_is_no_bookings() -> None:
    text = mt940(":61:2601130113C981,00NTRFNONREF", ":86:mine", closing=":62F:C260113SGD1981,00\n:86:the statement's")
    assert lines(text)[0].text == "mine"


def test_reversals_of_mt940_have_the_sign_of_the_money() -> None:
    took, gave = lines(mt940(":61:260113RC10,00NTRFNONREF", ":61:260113RD20,00NTRFNONREF"))
    assert (took.amount.number, took.reversal) == (Decimal("-10.00"), True)
    assert (gave.amount.number, gave.reversal) == (Decimal("20.00"), True)


@pytest.mark.parametrize("amount", ["981.00", "+981.00", "981,00", "981", "000981.0000"])
def test_ofx_is_read_with_each_way_to_write_an_amount(amount: str) -> None:
    (line,) = lines(ofx(booking(amount)))
    assert line.amount == Money(Decimal("981.00"), "SGD")
    assert f"{line.amount.number:f}" == "981.00"
    assert (line.booked, line.counterparty, line.bank_id, line.text) == (
        date(2026, 1, 13),
        "Acme & Co",
        "1",
        "SG-2026-00001",
    )


def test_ofx_as_xml_says_the_same() -> None:
    sgml = lines(ofx(booking()))
    closed = ofx(
        "<STMTTRN><DTPOSTED>20260113</DTPOSTED><TRNAMT>981.00</TRNAMT><FITID>1</FITID><NAME>Acme &amp; Co</NAME><MEMO><![CDATA[SG-2026-00001]]></MEMO></STMTTRN>"
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n'
    assert [line.id for line in lines(head + closed[closed.index("<OFX>") :])] == [line.id for line in sgml]


GERMAN = """\
Sparkasse Musterstadt;;;;;
Konto;SG001;;;;
Buchungstag;Betrag;Waehrung;Name;Verwendungszweck;Kontonummer/IBAN
13.01.2026;1.981,00;SGD;Müller & Söhne;"SG-2026-00001; danke";DE89370400440532013000
14.01.2026;-5,5;SGD;Bank;Gebühr;
"""
GERMAN_CHOICES = {"decimal": ",", "date_format": "%d.%m.%Y"}


@pytest.mark.parametrize("encoding", [None, "cp1252"])
def test_csv_is_read_as_german_banks_write_it(encoding: str | None) -> None:
    data = GERMAN.encode(encoding or "utf-8")
    came, went = lines(data, csv_choices(encoding=encoding, **GERMAN_CHOICES))
    assert (came.amount, came.booked) == (Money(Decimal("1981.00"), "SGD"), date(2026, 1, 13))
    assert (came.counterparty, came.text) == ("Müller & Söhne", "SG-2026-00001; danke")
    assert (came.where, went.amount.number) == ("statement:4", Decimal("-5.50"))


def test_csv_columns_are_those_that_are_named() -> None:
    text = "When|In|Out|What\n2026-01-13|981.00||SG-2026-00001\n2026-01-13||-4.00|fee\n2026-01-13||4.00|fee\n"
    columns = {"date": "When", "credit": "In", "debit": "Out", "text": "What"}
    found = lines(text, csv_choices(columns=columns, delimiter="|"))
    assert [line.amount.number for line in found] == [Decimal("981.00"), Decimal("-4.00"), Decimal("-4.00")]


@given(st.decimals(min_value="-999999999.99", max_value="999999999.99", places=2).filter(bool), st.sampled_from(",."))
def test_csv_amounts_are_exact_however_they_are_written(number: Decimal, mark: str) -> None:
    other = "," if mark == "." else "."
    written = f"{number:,f}".replace(",", "_").replace(".", mark).replace("_", other)
    (line,) = lines(f"date;amount\n2026-01-13;{written}\n", csv_choices(decimal=mark, delimiter=";"))
    assert line.amount.number == number


BAD = {
    "empty": (b"", "the file is empty"),
    "pdf": (b"%PDF-1.7 x", "this is a PDF"),
    "image": (b"\x89PNG\r\n\x1a\n\0\0", "no bank statement"),
    "another xml": (b"<html><body/></html>", "a document <html>"),
    "camt.054": (camt(entry()).replace("BkToCstmrStmt>", "BkToCstmrDbtCdtNtfctn>").encode(), "a notification"),
    "camt cut off": (camt(entry(), entry()).encode()[:700], "no well-formed XML"),
    "camt in two encodings": (camt(entry(text="Söhne")).encode().replace(b"Acme Pte", b"M\xfcller"), "statement:9: this is no well-formed"),
    "camt without an amount": (camt(entry("")).encode(), "There is no number"),
    "camt with a float": (camt(entry("9.81e2")).encode(), "no number that can be read without doubt"),
    "camt with half a cent": (camt(entry("981.005")).encode(), "more decimals than SGD"),
    "camt in no currency": (camt(entry(currency="ZZZ")).encode(), "no currency"),
    "camt on no day": (camt(entry(day="2026-02-30")).encode(), "There is no day 2026-02-30"),
    "camt without a direction": (camt(entry(sign="UP")).encode(), "neither CRDT nor DBIT"),
    "mt940 cut off": (mt940(":61:260113C1,00NTRFNONREF").split(":62F:")[0].encode(), "cut off: it has no closing balance"),
    "mt940 with a bad booking": (mt940(":61:260113C1,00NTRFNONREF", ":61:what").encode(), "statement:6: this field"),
    "mt940 on no day": (mt940(":61:260113C1,00NTRFNONREF", ":61:261399C1,00NTRFNONREF").encode(), "statement:6: this field"),
    "mt940 with bookings that can't be told apart": (mt940(":61:260113C1,00", ":61:260113C2,00").encode(), "2 bookings, of which 1"),
    "mt940 without an account": (mt940(":61:260113C1,00NTRFNONREF").replace(f":25:{IBAN}\n", "").encode(), "names no account"),
    "mt940 in two encodings": (mt940(":61:260113C1,00NTRFNONREF", ":86:Söhne").encode() + b":86:M\xfcller\n", "line 6 is: the file is in two encodings"),
    "ofx cut off": (ofx(booking(), booking()).split("</BANKTRANLIST>")[0].encode(), "cut off: <BANKTRANLIST> of line 12"),
    "ofx without a day": (ofx(booking(day="")).encode(), "statement:13: '' is no day"),
    "ofx with thousands": (ofx(booking("1,981.00")).encode(), "no number that can be read"),
    "ofx of an investment": (ofx().replace("STMTRS", "INVSTMTRS").encode(), "no statement of an account"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_can_not_be_read_whole_is_refused_with_its_line(what: str) -> None:
    data, words = BAD[what]
    with pytest.raises(WrongUsage) as refused:
        read(data)
    assert words in str(refused.value)
    assert str(refused.value).startswith("statement:")
    assert refused.value.instead


BAD_CSV = {
    "no header": ("1,2,3\n", {}, "names a column for the date"),
    "no amount": ("date,text\n2026-01-13,x\n", {}, "names a column for the amount"),
    "a column that is not there": ("date,amount\n", {"columns": {"text": "Zweck"}}, "names the columns Zweck"),
    "another decimal mark": ("date;amount\n2026-01-13;1.981,00\n", {}, "statement:2: '1.981,00' is no number"),
    "thousands that are none": ("date;amount\n2026-01-13;19,81\n", {}, "statement:2: '19,81' is no number"),
    "another day": ("date,amount\n13.01.2026,5\n", {}, "statement:2: '13.01.2026' is no date"),
    "a day of another form": ("date,amount\n2026-01-13,5\n", {"date_format": "%d.%m.%Y"}, "of the form"),
    "too few cells": ("date,amount\n2026-01-13\n", {}, "the row has 1 cells"),
    "no account": ("date,amount\n2026-01-13,5\n", {"account": None}, "names no account"),
    "no currency": ("date,amount\n2026-01-13,5\n", {"currency": None}, "names no currency"),
    "both directions": ("date,debit,credit\n2026-01-13,5,6\n", {}, "a debit of 5 and a credit of 6"),
    "a quote without end": ('date,amount\n2026-01-13,"5\n', {}, "no CSV"),
}


@pytest.mark.parametrize("what", BAD_CSV)
def test_a_table_that_can_not_be_read_whole_is_refused_with_its_line(what: str) -> None:
    text, choices, words = BAD_CSV[what]
    with pytest.raises(WrongUsage) as refused:
        read(text, csv_choices(**choices))
    assert words in str(refused.value)
    assert refused.value.instead


def test_a_table_in_two_encodings_is_refused_whichever_is_named() -> None:
    mixed = "date,amount,text\n2026-01-13,5,Söhne\n".encode() + "2026-01-13,6,Müller\n".encode("cp1252")
    with pytest.raises(WrongUsage, match=r"statement:3: .* line 2 is: the file is in two encodings"):
        read(mixed, csv_choices())
    with pytest.raises(WrongUsage, match="statement:2: this line is UTF-8"):
        read(mixed, csv_choices(encoding="cp1252"))
    with pytest.raises(WrongUsage, match="no encoding that is known"):
        read(mixed, csv_choices(encoding="latin-99"))


def read_or_refused(data: bytes, choices: ReadChoices) -> str:
    """What a file is, or why it is refused; any other error is one of ours."""
    try:
        return read(data, choices).format
    except WrongUsage as refused:
        return refused.what


@given(st.binary(max_size=400))
def test_no_bytes_are_read_in_part(data: bytes) -> None:
    """Anything is either read or refused with words; never is there another error."""
    for choices in (ReadChoices(), *(ReadChoices(format=one) for one in ("camt", "mt940", "ofx", "csv"))):
        assert read_or_refused(data, choices)


@given(st.sampled_from([camt(entry()), mt940(":61:260113C1,00NTRFNONREF", ":86:x"), ofx(booking())]), st.data())
def test_a_statement_that_was_damaged_is_read_or_refused(text: str, data: st.DataObject) -> None:
    raw = text.encode()
    place = data.draw(st.integers(0, len(raw) - 1))
    damaged = raw[:place] + data.draw(st.binary(max_size=3)) + raw[place + data.draw(st.integers(0, 40)) :]
    assert read_or_refused(damaged, ReadChoices())
