"""Statements as banks write them, made as small as they can be, for the tests of bank statements."""

from __future__ import annotations

from pathlib import Path

from billing_beans.importers.bank.lines import BankFile, BankLine, identified
from billing_beans.importers.bank.reading import ReadChoices, read_bank_data
from billing_beans.importers.bank.table import CsvChoices

DATA = Path(__file__).parents[1] / "data" / "bank"
IBAN = "SG001"


def read(text: str | bytes, choices: ReadChoices | None = None, name: str = "statement") -> BankFile:
    data = text.encode() if isinstance(text, str) else text
    return read_bank_data(data, name, choices or ReadChoices())


def lines(text: str | bytes, choices: ReadChoices | None = None) -> list[BankLine]:
    """The lines of one file, with their ids."""
    return [*identified([read(text, choices)]).lines]


def csv_choices(**said: object) -> ReadChoices:
    encoding = said.pop("encoding", None)
    return ReadChoices(format="csv", encoding=encoding, csv=CsvChoices(**{"account": IBAN, "currency": "SGD", **said}))  # type: ignore[arg-type]


def camt(*entries: str, version: str = "08", account: str = IBAN, head: str = "", number: str = "1") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">
<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
{stmt(*entries, account=account, number=number)}
</BkToCstmrStmt></Document>
"""


def stmt(*entries: str, account: str = IBAN, number: str = "1") -> str:
    return f"""<Stmt><Id>{number}</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="SGD">1981.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-01-13</Dt></Dt></Bal>
{"".join(entries)}</Stmt>"""


def entry(
    amount: str = "981.00",
    text: str = "SG-2026-00001",
    *,
    sign: str = "CRDT",
    currency: str = "SGD",
    day: str = "2026-01-13",
    bank_id: str = "",
    details: str | None = None,
    more: str = "",
    name: str = "Acme Pte. Ltd.",
) -> str:
    found = details if details is not None else detail("", text, name=name)
    reference = f"<AcctSvcrRef>{bank_id}</AcctSvcrRef>" if bank_id else ""
    return f"""<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{more}<Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>{day}</Dt></BookgDt>{reference}<NtryDtls>{found}</NtryDtls></Ntry>
"""


def detail(
    amount: str, text: str, *, end_to_end: str = "NOTPROVIDED", currency: str = "SGD", name: str = "Acme"
) -> str:
    money = f'<Amt Ccy="{currency}">{amount}</Amt>' if amount else ""
    return f"""<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{money}
<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE89 3704 0044 0532 0130 00</IBAN></Id></DbtrAcct>
</RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"""


def mt940(*fields: str, number: str = "1/1", closing: str = ":62F:C260113SGD1981,00") -> str:
    return "\n".join(
        (":20:STATEMENT", f":25:{IBAN}", f":28C:{number}", ":60F:C260112SGD1000,00", *fields, closing, "-", "")
    )


def ofx(*bookings: str, head: str = "") -> str:
    return f"""OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>{head}<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>SGD
<BANKACCTFROM><ACCTID>{IBAN}</BANKACCTFROM><BANKTRANLIST>
{"".join(bookings)}</BANKTRANLIST><LEDGERBAL><BALAMT>1981.00<DTASOF>20260113</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def booking(
    amount: str = "981.00", memo: str = "SG-2026-00001", fitid: str = "1", day: str = "20260113000000[-5:EST]"
) -> str:
    return f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{fitid}<NAME>Acme &amp; Co<MEMO>{memo}</STMTTRN>\n"
