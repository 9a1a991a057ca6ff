"""Makes two companies' books, and says where to look: `python -m billing_beans.ledgers.demo`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from billing_beans.cli.root import run
from billing_beans.ledgers.demo.credits import make_credits
from billing_beans.ledgers.demo.shell import DemoFailed, say
from billing_beans.ledgers.demo.shop import make_shop

MARK = "made-by-the-demo"
"""A file in the demo's folder: only a folder that has it is made anew."""


@click.command()
@click.option("--into", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Where to.")
@click.option("--serve", is_flag=True, help="In the end open Fava on the shop's books.")
@click.option(
    "--quick",
    metavar="N",
    type=click.IntRange(min=50),
    help="Only the first N rows of the shop's file, and the cancellations of their days.",
)
def demo(into: Path, serve: bool, quick: int | None) -> None:
    """Make two companies' books from nothing, by the commands that anybody types, each printed before it runs."""
    _make_room(into)
    company, shop = into / "credits", into / "shop"
    try:
        pdfs = [*make_credits(company), *make_shop(shop, quick)]
    except DemoFailed as failed:
        click.secho(f"\n{failed}", fg="red", err=True)
        sys.exit(1)
    say("Done. The documents:", *(f"  {pdf}" for pdf in pdfs))
    say(
        "The books:",
        *(f"  billing-beans --books {books} browse" for books in (company, shop)),
        *(f"  bean-check -C {books}/main.beancount" for books in (company, shop)),
        f"  rows that were refused: {into / 'shop-refused.csv'}",
    )
    if serve:
        sys.exit(run(["browse", "--books", str(shop)]))


def _make_room(into: Path) -> None:
    """An empty folder. What an earlier demo made goes; anything else stays, and is refused."""
    if into.exists() and any(into.iterdir()):
        if not (into / MARK).exists():
            click.echo(f"Refused: {into} is not empty, and no demo made it.\nInstead: --into another folder", err=True)
            sys.exit(2)
        shutil.rmtree(into)
    into.mkdir(parents=True, exist_ok=True)
    (into / MARK).touch()


if __name__ == "__main__":
    demo(prog_name="script/demo")
