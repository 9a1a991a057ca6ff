"""Random lives of wallets, held against a model of wallets at every step: `python tests/credits/wallet_lives.py --steps 100000`.

A step is an act that a person may ask for: most are possible, some are not, some have a day of their own. After each the
books, the accounts and the model say the same, and what is refused the model refuses too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

import wallet_credit_steps as credits_
import wallet_invoice_steps as invoices
import wallet_laws as laws
import wallet_money_steps as money
import wallet_other_steps as other
from wallet_life import Difference, Life, Verbs

VERBS: Verbs = {
    "grant": credits_.grant,
    "buy": credits_.buy,
    "top-up-by-payment": credits_.top_up_by_payment,
    "top-up-by-invoice": credits_.top_up_by_invoice,
    "draft": invoices.draft,
    "edit": invoices.edit,
    "issue": invoices.issue,
    "void": invoices.void,
    "apply": credits_.apply,
    "reverse": credits_.reverse,
    "adjust": credits_.adjust,
    "correct": credits_.correct,
    "sweep": credits_.sweep,
    "pay": money.pay,
    "on-account": money.on_account,
    "verify": money.verify,
    "reject": money.reject,
    "allocate": money.allocate,
    "reverse-allocation": money.reverse_allocation,
    "refund": money.refund,
    "settle-refund": money.settle_refund,
    "charge-back": money.charge_back,
    "reverse-chargeback": money.reverse_chargeback,
    "credit": invoices.credit,
    "write-off": money.write_off,
    "reverse-write-off": money.reverse_write_off,
    "policy": credits_.policy,
    "open-credits": other.opened_credits,
    "open-invoice": other.opened_invoice,
    "consume": other.consume,
    "release": other.release,
    "pay-in-another": other.pay_in_another,
    "close": other.close,
    "reopen": other.reopen,
}
WEIGHTED = (
    *VERBS,
    "grant",
    "grant",
    "draft",
    "draft",
    "draft",
    *["issue"] * 4,
    *["apply"] * 9,
    "reverse",
    "credit",
    "pay",
    "refund",
    "top-up-by-payment",
    "release",
    "release",
)


# --- Runs -------------------------------------------------------------------------------------------------------------


def begun(seed: int) -> Life:
    """A life in which nothing has happened."""
    return Life(seed, VERBS, WEIGHTED)


def live(seed: int, steps: int, *, text_every: int = 250, text_at_end: bool = True) -> Life:
    """A life of so many steps. Raises `Difference` with seed, step and act where anything differs."""
    life = begun(seed)
    for step in range(1, steps + 1):
        try:
            life.step()
            if step % text_every == 0 or (step == steps and text_at_end):
                laws.hold(life)
        except Exception as error:
            raise Difference(f"seed {seed}, step {step}, {life.last}: {type(error).__name__}: {error}") from error
    return life


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Random lives of wallets, held against a model of wallets at every step."
    )
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first life; each further life has the next")
    parser.add_argument("--length", type=int, default=500, help="steps of one life")
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
    sys.stdout.write(f"\nNo difference.\nDone: {_counted(done)}.\nRefused by both: {_counted(refused)}.\n")
    return 0


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counter.most_common())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Difference as difference:
        sys.exit(f"\n{difference}")
