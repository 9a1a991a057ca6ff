"""What is said of bank statements: a table of lines and what they pay, counts, and the command that comes next."""

from __future__ import annotations

from collections import Counter
from typing import Any

from billing_beans.cli.output import money, plain, table
from billing_beans.core.words import count_words
from billing_beans.importers.bank.batches import Report
from billing_beans.importers.bank.lines import BankLine
from billing_beans.importers.bank.matching import Confidence, Match

SHOWN = 40
"""Lines of each kind that are shown; `--json` has all of them."""
_WIDE = 30

_SAID = (Confidence.SURE, Confidence.LIKELY, Confidence.DOUBTFUL, Confidence.UNKNOWN)


def shown(report: Report, again: str, *, verify: bool, dry_run: bool) -> tuple[Any, str]:
    """The result for programs, and the words for people; `again` is the command that was run."""
    parts = [*_accounts(report), *(f"Note: {note}" for note in report.notes)]
    parts += [*_tables(report), *_skipped(report), _counts(report, verify=verify, dry_run=dry_run)]
    parts += [*_refused(report), *_next(report, again, verify=verify, dry_run=dry_run)]
    return _result(report, dry_run=dry_run), "\n".join(parts)


def _accounts(report: Report) -> list[str]:
    return [f"Account {stated} is {account}." for stated, account in report.accounts.items()]


def _tables(report: Report) -> list[str]:
    found = []
    for confidence in _SAID:
        matches = report.of(confidence)
        if matches:
            heads = ("  line", "booked", "amount>", "from", "pays", "why")
            rows = [_row(match, report) for match in matches[:SHOWN]]
            found.append(table(heads, rows, title=f"{confidence.value}:"))
        if len(matches) > SHOWN:
            found.append(f"  and {len(matches) - SHOWN:,} more; --json has all of them")
    return found


def _row(match: Match, report: Report) -> tuple[str, ...]:
    line = match.line
    pays = report.verified.get(line.id) or match.payment or ", ".join(match.invoices)
    if not pays and match.confidence is Confidence.LIKELY:
        pays = f"money of {match.customer}"
    who = line.counterparty if len(line.counterparty) <= _WIDE else f"{line.counterparty[:_WIDE]}..."
    return (f"  {line.where}", line.booked.isoformat(), money(line.amount), who, pays, "; ".join(match.reasons))


def _skipped(report: Report) -> list[str]:
    out = report.of(Confidence.SKIPPED)
    rows = [(f"  {one.line.where}", f"{money(one.line.amount)} {'; '.join(one.reasons)}") for one in out]
    rows += [(f"  {one.where}", one.why) for one in report.skipped]
    if not rows:
        return []
    found = [table(("  line", "why"), rows[:SHOWN], title="skipped:")]
    if len(rows) > SHOWN:
        found.append(f"  and {len(rows) - SHOWN:,} more; --json has all of them")
    return found


def _counts(report: Report, *, verify: bool, dry_run: bool) -> str:
    counts = Counter(one.confidence for one in report.matches)
    skipped = counts[Confidence.SKIPPED] + len(report.skipped)
    said = [f"{counts[one]:,} {one.value}" for one in _SAID if counts[one]]
    said += [f"{len(report.standing):,} in the books already"] if report.standing else []
    said += [f"{skipped:,} skipped"] if skipped else []
    words = f"{count_words(report.lines, 'line')}: {', '.join(said) or 'nothing to do'}."
    if not verify:
        return words
    verb = "Would verify" if dry_run else "Verified"
    count = len(report.verified)
    return f"{words}\n{verb} {count_words(count, 'payment')}." if count else f"{words}\nNothing was written."


def _refused(report: Report) -> list[str]:
    found = []
    for match in report.matches:
        error = report.refused.get(match.line.id)
        if error is not None:
            rule = f" Rule {error.rule}" if error.rule else ""
            found.append(f"Refused {match.line.where}: {error.what}{rule}")
    return found


def _next(report: Report, again: str, *, verify: bool, dry_run: bool) -> list[str]:
    if dry_run:
        return (
            [f"Nothing was written. The first payment would be:\n\n{report.sample.rstrip()}"] if report.verified else []
        )
    found = []
    if not verify and report.of(Confidence.SURE):
        found.append(f"Next: {again} --verify")
    elif not verify and report.of(Confidence.LIKELY):
        found.append(f"Next: {again} --verify --likely")
    if verify and report.verified:
        found.append("Next: billing-beans check")
    doubtful = [*report.of(Confidence.DOUBTFUL), *report.of(Confidence.UNKNOWN)]
    if doubtful:
        found.append(f"By hand, for example {doubtful[0].line.where}: {_by_hand(doubtful[0])}")
    return found


def _by_hand(match: Match) -> str:
    """The command that records what a person knows of a line; its reference ties the line to it, and verifies it then."""
    whose = f"--customer {match.customer}" if match.customer else "INVOICE"
    return f'billing-beans payment submit {whose} --amount "{money(match.line.amount)}" --reference {match.line.id}'


def _result(report: Report, *, dry_run: bool) -> dict[str, Any]:
    counts = Counter(one.confidence for one in report.matches)
    return {
        "dry-run": dry_run,
        "lines": report.lines,
        **{one.value: counts[one] for one in _SAID},
        "standing": len(report.standing),
        "skipped": counts[Confidence.SKIPPED] + len(report.skipped),
        "verified": len(report.verified),
        "refused": len(report.refused),
        "accounts": report.accounts,
        "notes": report.notes,
        "matches": [_match(one, report) for one in report.matches],
        "in-the-books": [{**_line(one.line), "as": one.what} for one in report.standing],
        "passed-over": [{"line": one.where, "why": one.why} for one in report.skipped],
        "written": [str(one) for one in report.written],
    }


def _match(match: Match, report: Report) -> dict[str, Any]:
    error = report.refused.get(match.line.id)
    found = {
        **_line(match.line),
        "confidence": match.confidence.value,
        "reasons": list(match.reasons),
        "customer": match.customer,
        "invoices": list(match.invoices),
        "payment": report.verified.get(match.line.id) or match.payment,
        "refused": str(error) if error else None,
    }
    return {key: value for key, value in found.items() if value not in (None, [])}


def _line(line: BankLine) -> dict[str, Any]:
    said: dict[str, Any] = plain(line)
    return said
