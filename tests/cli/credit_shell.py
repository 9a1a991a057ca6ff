"""Books with kinds of credits and what can be paid with them, and what Beancount itself says of their accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from beancount import loader
from beancount.core import convert, realization

from billing_beans.ledger.blocks import split_blocks

if TYPE_CHECKING:
    from conftest import Shell

CREDITS = """\
2026-01-01 custom "billing" "credit-unit" "CREDIT"
  name: "Credits"
  face: 1.00 SGD
2026-01-01 custom "billing" "credit-unit" "CREDIT-USD"
  name: "Dollar credits"
  face: 1.00 USD
2026-01-01 custom "billing" "credit-unit" "CREDIT-CALL"
  name: "Calls"
  face: 0.03 USD
2026-01-01 custom "billing" "credit-unit" "CREDIT-YEN"
  name: "Yen credits"
  face: 1 JPY
2026-01-01 custom "billing" "product" "top-up"
  name: "Credits"
  revenue: "top-up"
  credit-unit: "CREDIT"
  units-per-quantity: 1
  bonus-units: 0.1
  valid-days: 365
  tax-code: "SG-EXEMPT"
2026-01-01 custom "billing" "price" "PRICE-11" "top-up"
  unit-price: 1.00 SGD
2026-01-01 custom "billing" "product" "pack"
  name: "Pack of dollar credits"
  revenue: "top-up"
  credit-unit: "CREDIT-USD"
  units-per-quantity: 120
  tax-code: "SG-EXEMPT"
2026-01-01 custom "billing" "price" "PRICE-12" "pack"
  unit-price: 100.00 USD
2026-01-01 custom "billing" "product" "calls"
  name: "API calls"
  revenue: "on-usage"
  meter: "api-calls"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-13" "calls"
  unit-price: 0.10 SGD
2026-01-01 custom "billing" "product" "plan"
  name: "Plan"
  revenue: "over-period"
  tax-code: "SG-GST-9"
2026-01-01 custom "billing" "price" "PRICE-14" "plan"
  unit-price: 50.00 SGD
2026-01-01 custom "billing" "price" "PRICE-15" "handbook"
  unit-price: 2000 JPY
2026-01-02 custom "billing" "bill-to" "acme" "JPY"
  name: "Acme Pte. Ltd."
  address: "2 Shenton Way, Singapore 068804"
"""

SECOND_SELLER = """\
2026-01-01 custom "billing" "legal-entity" "de"
  name: "Example GmbH"
  address: "Hauptstr. 1, Berlin"
  country: "DE"
  currency: "EUR"
  time-zone: "Europe/Berlin"
  account: "DE"
  bank: Assets:DE:Bank:GLS
  invoice-format: "DE-{year}-{sequence:05d}"
2026-01-01 open Assets:DE:Bank:GLS
2026-01-01 custom "billing" "credit-unit" "CREDIT-EUR"
  name: "Euro credits"
  face: 1.00 EUR
2026-01-01 custom "billing" "tax-code" "DE-VAT-19"
  rate: 0.19
  account: Liabilities:DE:Tax:VAT
2026-01-01 custom "billing" "product" "buch"
  name: "Buch"
  revenue: "on-issue"
  tax-code: "DE-VAT-19"
2026-01-01 custom "billing" "price" "PRICE-21" "buch"
  unit-price: 10.00 EUR
2026-01-02 custom "billing" "customer" "bolt"
  name: "Bolt GmbH"
  country: "DE"
  account: "Bolt"
  seller: "de"
2026-01-02 custom "billing" "bill-to" "bolt" "EUR"
  name: "Bolt GmbH"
  address: "Nebenstr. 2, Berlin"
"""


def add_setup(shell: Shell, text: str) -> None:
    """Write more of the catalogue by hand, as a person would."""
    path = shell.root / "setup" / "catalog.beancount"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def with_credits(shell: Shell) -> Shell:
    """The books with kinds of credits; their bank takes yen, too."""
    add_setup(shell, CREDITS)
    accounts = shell.root / "setup" / "accounts.beancount"
    accounts.write_text(accounts.read_text(encoding="utf-8").replace("USD, EUR", "USD, EUR, JPY"), encoding="utf-8")
    return shell


def with_second_seller(shell: Shell) -> Shell:
    """A German legal entity besides, with a customer of its own; acme buys from Singapore unless it is said otherwise."""
    add_setup(shell, SECOND_SELLER)
    customers = shell.root / "setup" / "customers.beancount"
    text = customers.read_text(encoding="utf-8").replace('  account: "Acme"\n', '  account: "Acme"\n  seller: "sg"\n')
    customers.write_text(text, encoding="utf-8")
    return shell


def balances(shell: Shell) -> dict[str, str]:
    """What each account holds, by Beancount's own loader: units, and behind them what they cost where that is another thing."""
    entries, errors, _options = loader.load_file(str(shell.root / "main.beancount"))
    assert errors == []
    found = {}
    for one in realization.iter_children(realization.realize(entries)):
        units = {pos.units.currency: pos.units.number for pos in one.balance.reduce(convert.get_units)}
        cost = {pos.units.currency: pos.units.number for pos in one.balance.reduce(convert.get_cost)}
        words = [_amounts(units)] if units else []
        words += [f"at {_amounts(cost)}"] if cost not in ({}, units) and any(cost.values()) else []
        if words:
            found[one.account] = " ".join(words)
    return found


def _amounts(numbers: dict[str, Decimal]) -> str:
    return ", ".join(f"{round(number, 2).normalize():f} {currency}" for currency, number in sorted(numbers.items()))


def moved(shell: Shell, before: dict[str, str]) -> dict[str, str]:
    """The accounts that hold something else than before, and what that is now; empty where they hold nothing any more."""
    after = balances(shell)
    return {name: after.get(name, "") for name in sorted({*before, *after}) if before.get(name) != after.get(name)}


def last_facts(shell: Shell, count: int = 1) -> str:
    """The text of the facts that were recorded last, in order, without who, when and ids."""
    blocks = [block for name, text in shell.files().items() if name in _journal(shell) for block in split_blocks(text)]
    facts = sorted((block for block in blocks if "id" in block.meta), key=lambda block: str(block.meta["id"]))
    texts = [
        "\n".join(line for line in block.directive.splitlines() if not line.startswith(_ENVELOPE))
        for block in facts[-count:]
    ]
    return "\n".join([*texts, ""])


_ENVELOPE = ('  id: "', '  at: "', '  actor: "', '  operation: "')


def _journal(shell: Shell) -> set[str]:
    return {name for name in shell.files() if name.startswith("journal/20")}


def wallet(shell: Shell, unit: str = "CREDIT", customer: str = "acme") -> dict[str, str]:
    """Posted, pending and available credits of a wallet, as `credit balance` says them."""
    (found,) = shell.done("credit", "balance", customer, "--unit", unit, "--json").json["result"]["wallets"]
    return {name: found[name]["total"] for name in ("posted", "pending", "available")}


def grant(shell: Shell, name: str) -> Any:
    """What `credit show` says of a grant, for programs."""
    return shell.done("credit", "show", name, "--json").json["result"]


def units_of(shell: Shell, name: str) -> tuple[str, str, str, str]:
    """Of the units of a grant how many are used, taken back, expired, and left."""
    found = grant(shell, name)
    parts = (Decimal(found[part]) for part in ("applied", "adjusted", "expired", "remaining"))
    applied, adjusted, expired, remaining = (f"{part.normalize():f}" for part in parts)
    return applied, adjusted, expired, remaining


def invoice(shell: Shell, number: str) -> Any:
    """Where an invoice stands."""
    return shell.done("invoice", "show", number, "--json").json["result"]["invoice"]


def sell(shell: Shell, *items: str, customer: str = "acme", currency: str | None = None, issue: bool = True) -> str:
    """Draft an invoice and issue it; its number."""
    options = ("--currency", currency) if currency else ()
    said = shell.done("invoice", "draft", customer, *items, *options, "--json").json
    number: str = said["result"]["number"]
    if issue:
        shell.done("invoice", "issue", number)
    return number


def top_up(shell: Shell, units: str, *options: str, customer: str = "acme", unit: str = "CREDIT") -> str:
    """Paid credits from money that is there; the grant's id."""
    said = shell.done("credit", "top-up", customer, units, "--unit", unit, "--receive", *options, "--json").json
    name: str = said["result"]["grants"][0]["grant"]
    return name


def free(shell: Shell, units: str, *options: str, customer: str = "acme", unit: str = "CREDIT") -> str:
    """Free credits; the grant's id."""
    said = shell.done("credit", "grant", customer, units, "--unit", unit, *options, "--json").json
    name: str = said["result"]["grant"]
    return name


def after_tax(shell: Shell) -> None:
    """Free credits are a discount after tax in these books."""
    shell.done("book", "policy", "credit-discounts", "after-tax", "--date", "2026-01-01")
