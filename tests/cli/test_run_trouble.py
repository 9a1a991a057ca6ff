"""Invoices whose text is damaged, and billing: what looks as if it weren't billed is not billed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from run_shell import subscribe, with_plans

if TYPE_CHECKING:
    from conftest import Shell

DAMAGES = {
    "amount": ("  unit-price: 10.00 SGD", "  unit-price: 11.00 SGD"),
    "line": ("  quantity: 3", "  quantiti: 3"),
    "head": ("  sequence: ", "  sequenze: "),
}
"""What was done to the text: a line that no longer is what was sealed, a line that can't be read, a head that can't."""


@pytest.fixture
def billed(shell: Shell) -> Shell:
    """One subscription, billed for its first month."""
    subscribe(with_plans(shell), "bolt", 3)
    shell.done("subscription", "bill", "SUB-1")
    return shell


@pytest.mark.parametrize("damage", sorted(DAMAGES))
@pytest.mark.parametrize("words", [("subscription", "bill", "SUB-1"), ("run", "start")], ids=["bill", "run"])
def test_what_a_damaged_invoice_bills_is_not_billed_again(billed: Shell, damage: str, words: tuple[str, ...]) -> None:
    month = next(
        path for path in sorted(billed.root.glob("journal/*/*.beancount")) if DAMAGES[damage][0] in path.read_text()
    )
    old, new = DAMAGES[damage]
    text = month.read_text()
    month.write_text(new.join(text.rsplit(old, 1)))
    said = billed.refused(*words, status=3)
    assert "SUB-1" in said
    assert "billing-beans check" in said
