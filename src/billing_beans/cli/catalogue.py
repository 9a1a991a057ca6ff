"""What the nouns of catalogue and parties have in common: dates, versions, words, and import from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from billing_beans.acts.catalog import Change, Importing, ImportRows, change, named
from billing_beans.catalog.facts import LegalEntityAdded
from billing_beans.catalog.versions import differences, last_by
from billing_beans.cli.output import money, plain, table
from billing_beans.cli.session import Session, session_of
from billing_beans.core.calendar import local_date, parse_day
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.facts import Fact, Place
from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.ledger.ledger import Outcome

F = TypeVar("F", bound=Fact)
Said = tuple[Any, str]

_MANY = 300
"""Rows from which on an import says how far it is."""
_LISTED = 20
"""Refused rows that are said; the others stand in the file of `--reject`."""


def day_shown(session: Session, seller: str | None = None) -> date:
    """The day for which the catalogue is shown: `--date`, else today where the legal entity is."""
    if session.day is not None:
        return session.day
    entities = session.reading.books.catalog.valid_on(LegalEntityAdded, date.max)
    zones = {one.time_zone for one in entities if seller in (None, one.entity)}
    return local_date(session.clock.now(), zones.pop() if len(zones) == 1 else "UTC")


def day_typed(session: Session, text: str | None) -> date | None:
    """A day given with an option, if it was given. Raises `WrongUsage`."""
    return parse_day(text, day_shown(session)) if text is not None else None


def perform(session: Session, verb: Any, request: Any, say: Callable[[Outcome], Said]) -> None:
    """Perform an act that may find that there is nothing to do."""

    def say_or_nothing(outcome: Outcome) -> Said:
        return say(outcome) if outcome.facts else (None, "Nothing to do: the books say exactly this already.")

    session.perform(verb, request, say_or_nothing)


def perform_change(session: Session, noun: str, identifier: str, values: Mapping[str, Any]) -> None:
    """A new version of something, and what is different in it. Raises `WrongUsage` where nothing is given."""
    given = tuple((name, value) for name, value in values.items() if value is not None)
    if not given:
        raise WrongUsage(
            f"Nothing was said that would be different in {identifier}.",
            instead=f"billing-beans {noun} change --help names the options",
        )

    def say(outcome: Outcome) -> Said:
        (fact,) = outcome.facts
        versions = outcome.act.books.catalog.versions_of(fact)
        before = versions[versions.index(fact) - 1]
        rows = [(f"  {key}", _value(before, key), _value(fact, key)) for key in differences(before, fact)]
        return fact, f"Changed {noun} {identifier} from {fact.date} on.\n" + table(["  what", "before", "now"], rows)

    perform(session, change, Change(noun, identifier, given), say)


def _value(fact: Fact, key: str) -> str:
    return cell(getattr(fact, key.replace("-", "_")))


def cell(value: Any) -> str:
    """A value in a table: amounts and numbers in full, lines of an address on one line."""
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, tuple):
        return "; ".join(_part_words(one) for one in value)
    shown = plain(value)
    return "" if shown is None else ", ".join(str(shown).splitlines())


def _part_words(part: Any) -> str:
    """A part of a fact, such as a tier of a price: what it says, in the order of its declaration."""
    values = [(field, getattr(part, field.name)) for field in part.shape.fields]
    return ", ".join(
        cell(value) if field.place is Place.KEY else f"{field.key} {cell(value)}"
        for field, value in values
        if value is not None
    )


def detail_rows(fact: Fact) -> list[tuple[str, str]]:
    """Every field that says something, and its value."""
    values = [(field.key, getattr(fact, field.name)) for field in fact.shape.fields]
    return [(key, cell(value)) for key, value in values if value is not None and cell(value)]


def history_rows(versions: Sequence[Fact]) -> list[tuple[str, str, str]]:
    """From when each version is valid, who recorded it, and what it changed."""
    rows = []
    before: Fact | None = None
    for one in versions:
        what = [f"{key} {_value(one, key) or '(none)'}" for key in differences(before, one)] if before else ["first"]
        rows.append((one.date.isoformat(), one.actor or "by hand", ", ".join(what) or "nothing"))
        before = one
    return rows


def show_one(session: Session, noun: str, identifier: str) -> None:
    """One thing of the catalogue: as it is on the day, and all its versions. Raises `Refused`."""
    books, day = session.reading.books, day_shown(session)
    first = named(books, noun, identifier)
    versions: list[Fact] = [*books.catalog.versions_of(first)]
    valid = last_by(versions, day) or versions[0]
    words = [described(noun, identifier, valid, versions, day)]
    session.answer({noun: valid, "versions": versions}, "\n".join(words))


def described(noun: str, identifier: str, valid: Fact, versions: Sequence[Fact], day: date) -> str:
    """The version in words, and the history where there is any."""
    when = f"from {valid.date} on" if valid.date > day else f"on {day}"
    words = table([noun, f"{identifier}, {when}"], detail_rows(valid)[1:])
    if len(versions) > 1:
        words += "\n\n" + table(["from", "recorded by", "what"], history_rows(versions))
    return words


def show_list(session: Session, found: Sequence[Fact], columns: Mapping[str, Callable[[Any], Any]], none: str) -> None:
    """A table of things of the catalogue, one row each."""
    rows = [[cell(read(one)) for read in columns.values()] for one in found]
    session.answer(found, table([*columns], rows) if rows else none)


def import_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of each import from a file."""
    for option in (
        click.option(
            "--reject", type=click.Path(path_type=Path, dir_okay=False), help="Write the refused rows to this file."
        ),
        click.option("--map", "mapping", metavar="NAME=COLUMN", multiple=True, help="Which column says what."),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


@record
class FromFile:
    """What is imported, in words, from which file, how its columns are called, and where refused rows go."""

    noun: str
    file: Path
    mapping: tuple[str, ...]
    reject: Path | None


def import_file(ctx: click.Context, given: FromFile, read: Callable[..., Any]) -> None:
    """Import the rows of a file in one act; those that are refused are named. Ends with 1 where there are any."""
    from billing_beans.importers.catalog_rows import Refusal, refused_as_csv
    from billing_beans.importers.tables import read_table

    if given.reject is not None and given.reject.absolute() == given.file.absolute():
        raise WrongUsage(
            f"{given.file} would be overwritten by its refused rows.", instead="give --reject another file"
        )
    session = session_of(ctx)
    found = read_table(given.file)
    rows = read(found, dict(_pair(text) for text in given.mapping), day_shown(session))
    importing = Importing(_progress)
    cells = {row.line: row.cells for row in found.rows}

    def refused() -> list[Refusal]:
        by_rule = [Refusal(line, cells[line], error) for line, error in importing.refused]
        return sorted([*rows.refused, *by_rule], key=lambda one: one.line)

    def say(_outcome: Outcome) -> Said:
        return _result(given.noun, importing, refused())

    session.perform(importing.import_rows, ImportRows(rows.rows), say)
    bad = refused()
    _name_refused(bad, given)
    if bad and given.reject is not None and not session.settings.dry_run:
        _write(given.reject, refused_as_csv(found, bad))
    if bad:
        ctx.exit(1)


def _pair(text: str) -> tuple[str, str]:
    name, equals, column = text.partition("=")
    if not equals:
        raise WrongUsage(f"{text!r} maps nothing.", instead="for example --map name=Company")
    return name.strip(), column.strip()


def _progress(done: int, total: int) -> None:
    if total > _MANY and (done % max(_MANY, total // 10) == 0 or done == total):
        click.echo(f"{done:,} of {total:,} rows", err=True)


def _result(noun: str, importing: Importing, refused: Sequence[Any]) -> Said:
    counts = [f"{importing.new} new"]
    counts += [f"{importing.known} known already"] if importing.known else []
    counts += [f"{len(refused)} refused"] if refused else []
    named_rows = [{"line": one.line, "why": one.error.what, "instead": one.error.instead} for one in refused]
    result = {"new": importing.new, "known": importing.known, "refused": named_rows}
    nothing = "" if importing.new else " Nothing was written."
    return result, f"Imported {noun}: {', '.join(counts)}.{nothing}"


def _name_refused(refused: Sequence[Any], given: FromFile) -> None:
    for one in refused[:_LISTED]:
        click.echo(f"{given.file}:{one.line}: {_in_a_line(one.error)}", err=True)
    if len(refused) > _LISTED:
        where = given.reject or "the file of --reject"
        click.echo(f"... and {len(refused) - _LISTED:,} more rows: see {where}.", err=True)


def _in_a_line(error: BillingError) -> str:
    rule = f" Rule {error.rule}" if error.rule else ""
    instead = f" Instead: {error.instead}" if error.instead else ""
    return f"{error.what}{rule}{instead}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUsage(
            f"The refused rows can't be written to {path}: {error.strerror}. The other rows were imported."
        ) from error
