"""Makes the corpus again: `sound.beancount` by the real acts, and from it one broken ledger for each case.

    python tests/ledgers/make.py

Each case is a small edit of the sound ledger that breaks exactly one rule. Beside it lies what `billing-beans check`
says of it. Run this when the format or a message changes, and read the difference that git shows.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from broken import CASES  # noqa: E402 - beside this file
from edits import broken  # noqa: E402
from sound import sound_ledger  # noqa: E402

from billing_beans.ledger.checking import check_books  # noqa: E402

SOUND = "sound.beancount"


def said_of(ledger: Path) -> str:
    """What `billing-beans check` says of one ledger file."""
    checked = check_books(ledger.parent, ledger.name)
    follow = [f"({checked.following} more only follow.)"] if checked.following else []
    return "\n".join([*map(str, checked.problems), *follow, ""])


def checks_of(ledger: Path) -> list[str]:
    """The names of the checks that a ledger breaks."""
    return [one.problem.check for one in check_books(ledger.parent, ledger.name).problems]


def main() -> None:
    """Write every file of the corpus; those of cases that are gone are removed."""
    sound = sound_ledger()
    (HERE / SOUND).write_text(sound, encoding="utf-8")
    if said_of(HERE / SOUND).strip():
        sys.exit(f"{SOUND} is not sound:\n{said_of(HERE / SOUND)}")
    for folder in HERE.iterdir():
        if folder.is_dir() and not folder.name.startswith("__"):
            shutil.rmtree(folder)
    for check, cases in CASES.items():
        for name, edit in cases.items():
            ledger = HERE / check / f"{name}.beancount"
            ledger.parent.mkdir(exist_ok=True)
            ledger.write_text(broken(sound, edit), encoding="utf-8")
            ledger.with_suffix(".message").write_text(said_of(ledger), encoding="utf-8")
            if checks_of(ledger) != [check]:
                print(f"{check}/{name} breaks {checks_of(ledger)}", file=sys.stderr)  # noqa: T201 - for who edits the cases


if __name__ == "__main__":
    main()
