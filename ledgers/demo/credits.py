"""A company in Singapore that sells credits: placement credits of its own, gig credits held for gig workers."""

from __future__ import annotations

from pathlib import Path

from billing_beans.ledgers.demo.shell import Shell, say

START = ("--date", "2026-01-01")


def make_credits(root: Path) -> list[Path]:
    """Make the company's books in this folder, from the first command to the check; the PDFs that were made."""
    company = Shell(root)
    say("A company in Singapore that sells credits. Everything is typed by hand.")
    company.init("--name", "Example Pte. Ltd.", "--country", "SG", "--address", "1 Raffles Place, Singapore 048616",
                 "--tax-number", "M90000001X", *START)  # fmt: skip
    _catalogue(company)
    _customers(company)
    _paid_in_parts(company)
    _others(company)
    _wallet(company)
    company("check")
    return sorted((root / "documents").rglob("*.pdf"))


def _catalogue(company: Shell) -> None:
    company("entity", "change", "sg", "--bank", "Assets:SG:Bank:OCBC", "--bank-name", "OCBC Bank",
            "--account-number", "501-234567-001", "--bic", "OCBCSGSG", "--terms", "30", "--date", "2026-01-02")  # fmt: skip
    company("tax-code", "add", "SG-GST-9", "--rate", "9%", "--name", "GST", *START)
    company("tax-code", "add", "SG-EXEMPT", "--rate", "0%", "--name", "GST, exempt", *START)
    say("Placement credits are earned as they are used; gig credits are held for the workers, less a fee of 15 %.")
    company("product", "add", "placement-credit", "--name", "Placement credits", "--revenue", "on-consumption",
            "--tax-code", "SG-GST-9", "--entitlement", "PLACEMENT", *START)  # fmt: skip
    company("product", "add", "gig-credit", "--name", "Gig credits", "--revenue", "agent", "--tax-code", "SG-EXEMPT",
            "--entitlement", "GIG", "--platform-fee-bps", "1500", "--fee-tax-code", "SG-GST-9", *START)  # fmt: skip
    company("price", "add", "placement-credit", "100.00 SGD", *START)
    company("price", "add", "gig-credit", "20.00 SGD", *START)


def _customers(company: Shell) -> None:
    since = ("--date", "2026-01-02")
    company("customer", "add", "acme", "--name", "Acme Pte. Ltd.", "--country", "SG", "--currency", "SGD",
            "--address", "2 Shenton Way, Singapore 068804", "--email", "ap@acme.example", *since)  # fmt: skip
    company("customer", "add", "globex", "--name", "Globex Pte. Ltd.", "--country", "SG", "--currency", "SGD",
            "--address", "8 Marina View, Singapore 018960", "--email", "ap@globex.example", *since)  # fmt: skip
    say("Acme has negotiated: placement credits for 90.00.")
    company("agreement", "add", "acme", "--id", "AG-1", *since)
    company("agreement", "term", "AG-1", "placement-credit", "--unit-price", "90.00 SGD", *since)
    company("agreement", "add", "globex", "--id", "AG-2", *since)


def _paid_in_parts(company: Shell) -> None:
    say("An invoice is drafted, corrected, issued, and paid in two parts; a part grants nothing.")
    company("invoice", "draft", "acme", "placement-credit", "10", "--date", "2026-01-11")
    company("invoice", "edit", "SG-2026-00001", "--quantity", "1=12", "--date", "2026-01-11")
    company("invoice", "issue", "SG-2026-00001", "--date", "2026-01-11")
    company("invoice", "render", "SG-2026-00001")
    company("payment", "submit", "SG-2026-00001", "--amount", "500.00 SGD", "--reference", "FT26012ABC",
            "--date", "2026-01-12")  # fmt: skip
    company("payment", "verify", "PAY-1", "--received", "2026-01-13", "--date", "2026-01-13")
    company("payment", "submit", "SG-2026-00001", "--reference", "FT26020DEF", "--date", "2026-01-20")
    company("payment", "verify", "PAY-2", "--received", "2026-01-21", "--date", "2026-01-21")
    company("entitlement", "consume", "acme", "PLACEMENT", "5", "--source", "placement/991", "--date", "2026-01-25")
    company("entitlement", "balance", "acme")
    company("invoice", "show", "SG-2026-00001")


def _others(company: Shell) -> None:
    say("Gig credits are two lines: what is held for the workers, and the fee, which alone is taxed.")
    company("invoice", "draft", "acme", "gig-credit", "50", "--date", "2026-02-02")
    company("invoice", "issue", "SG-2026-00002", "--date", "2026-02-02")
    say("One for the wrong customer is voided, for a reason; one stays a draft.")
    company("invoice", "draft", "globex", "placement-credit", "3", "--date", "2026-02-03")
    company("invoice", "issue", "SG-2026-00003", "--date", "2026-02-03")
    company("invoice", "void", "SG-2026-00003", "--reason", "wrong customer", "--date", "2026-02-04")
    company("invoice", "draft", "globex", "placement-credit", "4", "--notes", "Thank you.", "--date", "2026-02-05")
    say("What a rule forbids is refused, and nothing is written.")
    company("invoice", "void", "SG-2026-00001", "--reason", "wrong customer", expect=(1,))
    company("invoice", "list")
    company("invoice", "render", "--all")


def _wallet(company: Shell) -> None:
    say("Globex pays in advance: a top-up, credits for nothing, and an invoice that both pay.")
    company("credit", "unit", "add", "CREDIT-SGD", "--face", "1.00 SGD", "--name", "Credits", *START)
    company("tax-code", "add", "SG-OUT", "--rate", "0%", "--name", "Out of scope", *START)
    company("product", "add", "top-up", "--name", "Credits", "--revenue", "top-up", "--credit-unit", "CREDIT-SGD", "--units", "1",
            "--bonus-units", "0.1", "--valid-days", "365", "--tax-code", "SG-OUT", "--price", "1.00 SGD", *START)  # fmt: skip
    company("product", "add", "consulting", "--name", "Consulting, one hour", "--revenue", "on-issue",
            "--tax-code", "SG-GST-9", "--price", "150.00 SGD", *START)  # fmt: skip
    company("credit", "top-up", "globex", "200", "--date", "2026-02-09")
    company("payment", "receive", "SG-2026-00005", "--date", "2026-02-10")
    company(
        "credit", "grant", "globex", "60", "--source", "promo/SPRING", "--until", "2026-06-30", "--date", "2026-02-10"
    )
    company("invoice", "draft", "globex", "consulting", "1", "--date", "2026-02-12")
    company("invoice", "issue", "SG-2026-00006", "--apply-credits", "--date", "2026-02-12")
    company("credit", "balance", "globex", "--by", "grant", "--date", "2026-02-28")
    say("Half of the work is credited: what paid it goes back. What nobody used has expired meanwhile.")
    company(
        "invoice", "credit", "SG-2026-00006", "--line", "1=0.5", "--reason", "half an hour less", "--date", "2026-02-20"
    )
    company("credit", "expire")
    company("credit", "statement", "globex")
