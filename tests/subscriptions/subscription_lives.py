"""Random lives of subscriptions, held against a model: `python tests/subscriptions/subscription_lives.py --steps 20000 --seed 1`.

A step is an act that a person may ask for, or a billing run. What a run bills and takes back is what the model says, line by line;
a second run adds nothing; and now and then the whole ledger is read back from its text.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))

from subscribers import PLANS
from subscription_life import CUSTOMERS, OPEN, Difference, Life
from subscription_model import DAY

from billing_beans.core.calendar import format_moment
from billing_beans.core.money import Money
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine
from billing_beans.subscriptions.operations import StartSubscription
from billing_beans.subscriptions.points import When

QUANTITIES = [Decimal(one) for one in ("1", "1", "2", "3", "7", "0.5", "10")]


def some_when(life: Life, name: str | None = None, *, back: int = 12, ahead: int = 25) -> When:
    """Now; on a day before or behind; in books that bill by the second, a moment; at the end of the period."""
    chance, some = life.chance, life.chance.random()
    if some < 0.45:
        return When()
    if some < 0.6 and name is not None:
        return When(at_period_end=True)
    if life.policies["proration"] == "second" and some < 0.8:
        moment = life.office.moment + (chance.randint(-back, ahead) * DAY) + chance.random() * DAY
        return When(at=format_moment(moment))
    return When(life.today + chance.randint(-back, ahead) * DAY)


def start(life: Life) -> None:
    chance = life.chance
    when = some_when(life, back=40, ahead=20)
    day = when.day or life.today
    anchor = None
    if chance.random() < 0.4:
        anchor = chance.choice(
            [date(2026, 1, 31), date(2026, 1, 30), date(2026, 1, 29), day + chance.randint(-60, 60) * DAY]
        )
    trial = chance.choice((None, None, None, 0, 7, 14, 40))
    ending: dict[str, Any] = chance.choice(
        [{}, {}, {}, {"periods": chance.randint(1, 5)}, {"until": day + chance.randint(0, 200) * DAY}]
    )
    plan, customer = chance.choice([*PLANS]), f"c{chance.randrange(CUSTOMERS)}"
    life.start(
        StartSubscription(customer, plan, chance.choice(QUANTITIES), when, anchor=anchor, trial_days=trial, **ending)
    )


def a_subscription(life: Life) -> str | None:
    return life.chance.choice([*life.models]) if life.models else None


def change(life: Life) -> None:
    if name := a_subscription(life):
        way = life.chance.random()
        plan = life.chance.choice([*PLANS]) if way < 0.6 else None
        quantity = life.chance.choice(QUANTITIES) if way > 0.4 else None
        life.happens("change", name, some_when(life, name), plan=plan, quantity=quantity)


def pause(life: Life) -> None:
    if name := a_subscription(life):
        life.happens("pause", name, some_when(life, name))


def resume(life: Life) -> None:
    paused = [name for name, model in life.models.items() if model.slices[-1].state.paused]
    if paused:
        name = life.chance.choice(paused)
        life.happens("resume", name, some_when(life, name))


def cancel(life: Life) -> None:
    if name := a_subscription(life):
        life.happens("cancel", name, some_when(life, name))


def renew(life: Life) -> None:
    ending = [name for name, model in life.models.items() if model.ends is not None]
    if ending:
        name = life.chance.choice(ending)
        until = life.today + life.chance.randint(0, 200) * DAY
        more: dict[str, Any] = life.chance.choice([{}, {"periods": life.chance.randint(1, 3)}, {"until": until}])
        life.renew(name, **more)


def an_invoice(life: Life) -> str | None:
    heads = [one.number for one in life.office.books.invoices.heads.all() if one.status in OPEN]
    return life.chance.choice(heads) if heads else None


def pay(life: Life) -> None:
    if invoice := an_invoice(life):
        life.pay(invoice)


def void(life: Life) -> None:
    if invoice := an_invoice(life):
        life.void(invoice)


def credit(life: Life) -> None:
    """By hand: something off a line, a part of its quantity, all of it."""
    if invoice := an_invoice(life):
        draft = life.office.books.invoices.current(invoice)
        assert draft is not None
        line = life.chance.choice(draft.lines)
        way = life.chance.random()
        if way < 0.6 and line.amount.number:
            amount = (line.amount.number * life.chance.randint(1, 99) / 100).quantize(Decimal("0.01"))
            wanted = CreditLine(line.line, amount=Money(amount, "USD"))
        elif way < 0.8:
            wanted = CreditLine(line.line, (line.quantity / 2))
        else:
            wanted = CreditLine(line.line)
        life.credit(CreditInvoice(invoice, "goodwill", (wanted,)))


def grant(life: Life) -> None:
    life.grant(f"c{life.chance.randrange(CUSTOMERS)}", Decimal(life.chance.randint(1, 200)))


def run(life: Life) -> None:
    names = None
    if life.chance.random() < 0.2 and life.models:
        names = life.chance.sample([*life.models], life.chance.randint(1, len(life.models)))
    life.run(names=names)


def missed(life: Life) -> None:
    life.office.moment += life.chance.randint(60, 110) * DAY
    life.run()


VERBS: dict[str, Callable[[Life], None]] = {
    "start": start, "change": change, "pause": pause, "resume": resume, "cancel": cancel, "renew": renew, "pay": pay, "void": void,
    "credit": credit, "grant": grant, "run": run, "missed": missed,
}  # fmt: skip
WEIGHTS = (4, 8, 3, 4, 2, 2, 2, 1, 1, 2, 10, 0.4)


def live(seed: int, steps: int, *, text_every: int = 100, text_at_end: bool = True, **fixed: Any) -> Life:
    """A life of so many steps. Raises `Difference` with seed, step and act where anything differs."""
    life = Life(seed, **fixed)
    for step in range(1, steps + 1):
        life.wait()
        verb = life.chance.choices([*VERBS], WEIGHTS)[0]
        if len(life.models) > 12 and verb == "start":
            verb = "change"
        try:
            VERBS[verb](life)
            if step % text_every == 0 or (step == steps and text_at_end):
                life.last = "the text"
                life.hold()
        except Exception as error:
            raise Difference(
                f"seed {seed}, step {step}, {life.last} in {life.zone}, {life.policies}: {type(error).__name__}: {error}"
            ) from error
    return life


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Random lives of subscriptions, held against a model of what should be billed of them."
    )
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first life; each further life has the next")
    parser.add_argument("--length", type=int, default=100, help="steps of one life")
    options = parser.parse_args(arguments)
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    began, so_far = time.monotonic(), 0
    for seed in count(options.seed):
        life = live(seed, min(options.length, options.steps - so_far))
        done.update(life.done)
        refused.update(life.refused)
        so_far = min(so_far + options.length, options.steps)
        pace = so_far / (time.monotonic() - began)
        sys.stdout.write(f"\r{so_far} of {options.steps} steps, {pace:.0f} a second")
        sys.stdout.flush()
        if so_far >= options.steps:
            break
    sys.stdout.write(f"\nNo difference.\nDone: {_counted(done)}.\nRefused: {_counted(refused)}.\n")
    return 0


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counter.most_common())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Difference as difference:
        sys.exit(f"\n{difference}")
