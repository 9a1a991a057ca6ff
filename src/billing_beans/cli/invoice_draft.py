"""`billing-beans invoice`: draft, edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

import click

from billing_beans.acts.invoices import draft_invoice, edit_invoice
from billing_beans.books import Books
from billing_beans.cli.arguments import completes
from billing_beans.cli.invoice_words import InvoiceRow, invoices_that_are, lines_and_total, one_line, row_named
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME, NumbersAsArguments
from billing_beans.core.calendar import parse_day, parse_period
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, parse_money, parse_number
from billing_beans.invoicing.editing import EditInvoice, LineEdit
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice, draft_named
from billing_beans.invoicing.status import Status
from billing_beans.ledger.ledger import Outcome

T = TypeVar("T")


def _customers(books: Books) -> Iterable[tuple[str, str]]:
    return {one.customer: one_line(one.name) for one in books.catalog.customers.all()}.items()


def _products(books: Books) -> Iterable[tuple[str, str]]:
    return {one.product: one_line(one.name) for one in books.catalog.products.all()}.items()


_of_subscription = click.option(
    "--subscription", metavar="ID", type=NAME, help="The subscription that is billed: its credits can pay these lines."
)
_for_period = click.option(
    "--period", metavar="START..END", help="What these lines are for: the first day, and the day after the last."
)


@click.command(cls=NumbersAsArguments)
@click.argument("customer", type=NAME, shell_complete=completes(_customers))
@click.argument(
    "items",
    nargs=-1,
    required=True,
    metavar="PRODUCT QUANTITY [PRODUCT QUANTITY]...",
    shell_complete=completes(_products),
)
@click.option("--currency", help="Of the bill-to profile, where the customer has several: SGD.")
@click.option("--seller", help="The legal entity that sells, where there are several.")
@click.option("--agreement", help="The agreement whose terms count, where several are active.")
@click.option("--due", metavar="DATE", help="When it is to be paid; else by the payment terms.")
@click.option("--notes", help="Words to the customer on the document.")
@click.option("--unit-price", metavar="PRODUCT=AMOUNT", multiple=True, help="A price instead of the catalogue's.")
@click.option("--description", metavar="PRODUCT=TEXT", multiple=True, help="Words instead of the product's name.")
@_of_subscription
@_for_period
@global_options
@click.pass_context
def draft(
    ctx: click.Context,
    customer: str,
    items: tuple[str, ...],
    currency: str | None,
    seller: str | None,
    agreement: str | None,
    due: str | None,
    notes: str | None,
    unit_price: tuple[str, ...],
    description: tuple[str, ...],
    subscription: str | None,
    period: str | None,
) -> None:
    """Draft an invoice: prices, tax, buyer and seller as they are on its day. The number is drawn now.

    \b
    Examples:
      billing-beans invoice draft acme placement-credit 10
      billing-beans invoice draft acme gig-credit 10 --due 2026-02-28
      billing-beans invoice draft acme handbook 2 --unit-price "handbook=20.00 SGD" --notes "PO 4711"
      billing-beans invoice draft acme api-calls 12000 --subscription SUB-1 --period 2026-02-01..2026-03-01
    """
    session = session_of(ctx)
    sold = _items(items, _named(unit_price, "price", parse_money), _named(description, "description", str))
    sold = _in_scope(sold, subscription, period, session.today)
    day = parse_day(due, session.today) if due is not None else None
    code = currency.upper() if currency else None
    request = DraftInvoice(customer, sold, code, seller, agreement, day, notes or None)
    session.perform(draft_invoice, request, _say_drafted)


def _items(words: Sequence[str], prices: dict[str, Money], descriptions: dict[str, str]) -> tuple[Item, ...]:
    """Products and quantities in turn, each with its price and words where they were given. Raises `WrongUsage`."""
    if len(words) % 2:
        raise WrongUsage(
            f"The product {words[-1]!r} has no quantity: products and quantities come in turn.",
            instead="for example: billing-beans invoice draft acme placement-credit 10 handbook 2",
        )
    products = words[::2]
    if not all(product.strip() for product in products):
        raise WrongUsage("A product is empty.", instead="give its id; billing-beans product list shows them")
    for product in (*prices, *descriptions):
        if product not in products:
            raise WrongUsage(
                f"{product!r} is not on this invoice.", instead=f"name one of its products: {', '.join(products)}"
            )
    return tuple(
        Item(product, parse_number(quantity), prices.get(product), descriptions.get(product))
        for product, quantity in zip(products, words[1::2], strict=True)
    )


def _in_scope(items: tuple[Item, ...], subscription: str | None, period: str | None, today: date) -> tuple[Item, ...]:
    """The items as those of a subscription and for a period, where they were given. Raises `WrongUsage`."""
    if subscription is None and period is None:
        return items
    if not items:
        raise WrongUsage(
            "A subscription or a period is of lines that are added, and none is.",
            instead='add what was sold, for example --add "handbook 2"; or take the line out and add it anew',
        )
    start, end = parse_period(period, today) if period is not None else (None, None)
    return tuple(replace(one, subscription=subscription, period_start=start, period_end=end) for one in items)


def _named(texts: Iterable[str], what: str, read: Callable[[str], T]) -> dict[str, T]:
    """`NAME=VALUE` options by name, each name once. Raises `WrongUsage`."""
    found: dict[str, T] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise WrongUsage(f"{text!r} names no {what}.", instead="write it as NAME=VALUE, in quotation marks")
        if name.strip() in found:
            raise WrongUsage(f"The {what} of {name.strip()} is given twice.", instead="give it once")
        found[name.strip()] = read(value)
    return found


def _say_drafted(outcome: Outcome) -> tuple[InvoiceRow, str]:
    books, number = outcome.act.books, outcome.facts[0].entities()[0]
    made = draft_named(books, number)
    words = [
        f"Drafted {number} for {one_line(made.bill_to_name)}",
        lines_and_total(books, made),
        f"Next: billing-beans invoice issue {number}",
    ]
    return row_named(books, number), "\n".join(words)


@click.command()
@click.argument("number", type=NAME, shell_complete=completes(invoices_that_are(Status.DRAFT)))
@click.option("--due", metavar="DATE", help="When it is to be paid.")
@click.option("--notes", help='Words to the customer; "" takes them away.')
@click.option("--add", metavar='"PRODUCT QUANTITY"', multiple=True, help="Sell this too.")
@click.option("--remove", metavar="LINE", type=int, multiple=True, help="Take this line away.")
@click.option("--quantity", metavar="LINE=NUMBER", multiple=True, help="Another quantity.")
@click.option("--unit-price", metavar="LINE=AMOUNT", multiple=True, help="Another price of one.")
@click.option("--description", metavar="LINE=TEXT", multiple=True, help="Other words.")
@_of_subscription
@_for_period
@click.option("--bill-to-name", help="Whom it is addressed to.")
@click.option("--bill-to-attention", help='For whose attention; "" takes it away.')
@click.option("--bill-to-email", help='Where it is sent; "" takes it away.')
@click.option("--bill-to-address", help="Where they are.")
@global_options
@click.pass_context
def edit(
    ctx: click.Context,
    /,
    number: str,
    due: str | None,
    notes: str | None,
    add: tuple[str, ...],
    remove: tuple[int, ...],
    quantity: tuple[str, ...],
    unit_price: tuple[str, ...],
    description: tuple[str, ...],
    subscription: str | None,
    period: str | None,
    **bill_to: str | None,
) -> None:
    """Edit a draft. Every edit is a new revision, whole, with totals and tax reckoned again; all revisions are kept.

    LINE is a number that `invoice show` gives. The platform fee of a gig sale follows its principal. A subscription and a
    period are those of the lines that are added.

    \b
    Examples:
      billing-beans invoice edit SG-2026-00001 --quantity 1=12 --due 2026-02-28
      billing-beans invoice edit SG-2026-00001 --add "handbook 2" --remove 1
      billing-beans invoice edit SG-2026-00001 --unit-price "1=85.00 SGD" --bill-to-attention "Mei Tan"
    """
    session = session_of(ctx)
    request = EditInvoice(
        number,
        parse_day(due, session.today) if due is not None else None,
        notes,
        _in_scope(tuple(_added(text) for text in add), subscription, period, session.today),
        tuple(dict.fromkeys(remove)),
        tuple(_line_edits(quantity, unit_price, description)),
        **bill_to,
    )
    session.perform(edit_invoice, request, lambda outcome: _say_edited(outcome, number))


def _added(text: str) -> Item:
    words = text.split()
    if len(words) != 2:
        raise WrongUsage(f"{text!r} is not a product and a quantity.", instead='for example --add "handbook 2"')
    return Item(words[0], parse_number(words[1]))


def _line_edits(
    quantity: tuple[str, ...], unit_price: tuple[str, ...], description: tuple[str, ...]
) -> Iterator[LineEdit]:
    quantities: dict[int, Decimal] = _by_line(_named(quantity, "quantity", parse_number))
    prices: dict[int, Money] = _by_line(_named(unit_price, "price", parse_money))
    texts: dict[int, str] = _by_line(_named(description, "description", str))
    for line in dict.fromkeys((*quantities, *prices, *texts)):
        yield LineEdit(line, quantities.get(line), prices.get(line), texts.get(line))


def _by_line(named: dict[str, T]) -> dict[int, T]:
    for name in named:
        if not (name.isascii() and name.isdecimal() and len(name) < 6):
            raise WrongUsage(f"{name!r} is no line of an invoice.", instead="lines are numbered 1, 2, 3, ...")
    return {int(name): value for name, value in named.items()}


def _say_edited(outcome: Outcome, number: str) -> tuple[InvoiceRow, str]:
    from billing_beans.cli.credit_said import credits_said

    books = outcome.act.books
    result = row_named(books, number)
    if not outcome.facts:
        return result, f"Nothing to do: {number} says all of that already."
    revision = draft_named(books, number)
    before = books.invoices.revisions.get((number, revision.revision - 1))
    was = f"; it was {money(before.total)}" if before and before.total != revision.total else ""
    words = [
        f"Edited {number}, revision {revision.revision}{was}",
        lines_and_total(books, revision),
    ]
    if gone := credits_said(books, outcome.facts):
        words += [
            *gone,
            "  What they lowered was edited; to use them again:",
            f"Next: billing-beans credit apply {number}",
        ]
    else:
        words.append(f"Next: billing-beans invoice issue {number}")
    return result, "\n".join(words)
