"""One run of a command: the books that it is about, who asks, and what it says in the end."""

from __future__ import annotations

import getpass
import json
import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click

from billing_beans.cli.options import Settings
from billing_beans.cli.output import plain
from billing_beans.core.calendar import parse_day, parse_moment
from billing_beans.core.clock import Clock, FixedClock, SystemClock
from billing_beans.core.errors import BooksUnusable, WrongUsage
from billing_beans.ledger.ledger import Asker, Ledger, Outcome, Verb
from billing_beans.ledger.reading import MAIN, Reading

Request = TypeVar("Request")

ACTOR = "BILLING_BEANS_ACTOR"
NOW = "BILLING_BEANS_NOW"
"""A moment (2026-01-11T02:00:00Z) that stands in for the clock: for tests, demos and books made again byte for byte."""
SEED = "BILLING_BEANS_SEED"
"""A number that makes ids repeatable, with `BILLING_BEANS_NOW`."""


@dataclass
class Session:
    """What every command needs: settings, books, clock, and one way to write and to speak."""

    settings: Settings
    _day_counts: bool = False

    @cached_property
    def clock(self) -> Clock:
        now = os.environ.get(NOW)
        return FixedClock(parse_moment(now)) if now else SystemClock()

    @cached_property
    def randomness(self) -> Callable[[int], bytes]:
        seed = os.environ.get(SEED)
        return random.Random(seed).randbytes if seed else os.urandom  # noqa: S311 - only where repeatable ids are asked for

    @cached_property
    def root(self) -> Path:
        """The folder of the books. Raises `BooksUnusable`."""
        given = self.settings.books
        start = (Path(given) if given else Path.cwd()).absolute()
        for folder in (start,) if given else (start, *start.parents):
            if (folder / MAIN).is_file():
                return folder
        where = f"in {start}" if given else f"in {start} or above it"
        raise BooksUnusable(
            f"There are no books {where}: no {MAIN}.",
            instead="billing-beans init DIR makes books; --books DIR names them",
        )

    @cached_property
    def ledger(self) -> Ledger:
        self.settings.ledger = Ledger(self.root, self.clock, self.randomness, _say_aside)
        return self.settings.ledger

    @cached_property
    def reading(self) -> Reading:
        """The books as they are. Raises `BooksUnusable`."""
        self.settings.reading = self.ledger.read()
        return self.settings.reading

    @property
    def today(self) -> date:
        return self.clock.now().date()

    @property
    def day(self) -> date | None:
        """The day that was asked for, if any. Raises `WrongUsage`."""
        self._day_counts = True
        return parse_day(self.settings.date, self.today) if self.settings.date else None

    @property
    def actor(self) -> str:
        return self.settings.actor or os.environ.get(ACTOR) or getpass.getuser()

    @property
    def asker(self) -> Asker:
        return Asker(self.actor, self.day, self.settings.idempotency_key, self.settings.dry_run)

    def perform(self, verb: Verb[Request], request: Request, say: Callable[[Outcome], tuple[Any, str]]) -> None:
        """Perform an act and say what it did.

        `say` gives the result for programs and the words for people. Raises `BillingError`; then nothing was written.
        """
        outcome = self.ledger.perform(verb, request, self.asker)
        self.settings.is_done = bool(outcome.written)
        if outcome.recovery is not None:
            click.echo(str(outcome.recovery), err=True)
        if outcome.repeated is not None:
            self._say_repeated(outcome)
        elif self.settings.dry_run:
            self._say_dry(outcome)
        else:
            result, words = say(outcome)
            self._say(outcome, result, words)

    def answer(self, result: Any, words: str) -> None:
        """Say something that was only looked up. Raises `WrongUsage` for a day at which it was not looked up."""
        self.refuse_another_day()
        click.echo(_json({"result": plain(result), **self._as_of()}) if self.settings.json else words)

    def refuse_another_day(self) -> None:
        """Raises `WrongUsage` where a day was asked for and did not count."""
        if self.settings.date and not self._day_counts:
            raise WrongUsage(
                "This shows the books as they are now, and can't show them as they were on another day.",
                instead="leave --date out",
            )

    def _as_of(self) -> dict[str, Any]:
        """How far the books go that were looked at, if any were."""
        reading = self.settings.reading
        return {} if reading is None else {"as-of": plain(reading.as_of)}

    def _say(self, outcome: Outcome, result: Any, words: str) -> None:
        if self.settings.json:
            facts = [{"kind": fact.shape.kind, **plain(fact)} for fact in outcome.facts]
            written = [str(one) for one in outcome.written]
            _tell(_json({"result": plain(result), "facts": facts, "written": written}))
        else:
            _tell(words)

    def _say_dry(self, outcome: Outcome) -> None:
        if self.settings.json:
            appends = {str(append.path): append.text for append in outcome.appends}  # null: the file is taken away
            _tell(_json({"result": None, "would-write": appends}))
            return
        if not outcome.appends:
            _tell("Nothing to do: nothing would be written.")
        for append in outcome.appends:
            _tell(f";; {append.path}" + ("" if append.text is not None else " is taken away"))
            _tell(append.text or "")

    def _say_repeated(self, outcome: Outcome) -> None:
        recorded = outcome.repeated
        assert recorded is not None
        if self.settings.json:
            _tell(_json({"result": plain(recorded), "facts": [], "written": []}))
        else:
            what = " ".join(recorded.entities)
            _tell(f"Nothing to do: {recorded.key} was done already ({recorded.kind} {what}).")


def _say_aside(words: str) -> None:
    """What a person may want to know, and a program does not read."""
    click.echo(words, err=True)


def _tell(words: str) -> None:
    """Say what was done. It is done, whether or not somebody can still hear it: that must not look like a refusal."""
    try:
        click.echo(words)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"It was done, but what it says could not be printed: {error.strerror}.", err=True)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def session_of(ctx: click.Context) -> Session:
    """The session of this run, made from the global options."""
    return Session(ctx.ensure_object(Settings))
