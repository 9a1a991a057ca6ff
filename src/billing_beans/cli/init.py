"""`billing-beans init`: new books in a folder, or a clone of books made ready for merging."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from billing_beans.acts.act import Context
from billing_beans.catalog.operations import AddEntity
from billing_beans.cli.options import global_options
from billing_beans.cli.session import Session, session_of
from billing_beans.core.accounts import Role, account_of, component_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.identifiers import UlidSource
from billing_beans.ledger.starting import NewBooks, begin_git, has_books, make_books, starting_act, starting_files


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="[DIR]", default=Path())
@click.option("--name", help="Whose books they are, as it stands on invoices.")
@click.option("--country", help="Where the seller is: its two letters, SG. With it the first legal entity is added.")
@click.option("--entity", help="The id of the first legal entity; else its country in small letters.")
@click.option("--currency", help="The legal entity's currency; else its country's.")
@click.option("--time-zone", help="Where its day begins and ends; else its country's, where that has one.")
@click.option("--address", help="The address on its invoices.")
@click.option("--tax-number", help="The tax number on its invoices.")
@click.option("--live/--test", "live", default=True, help="Whether documents count, or are marked as a test.")
@click.option("--no-git", is_flag=True, help="Make no git repository and install no merge driver.")
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    name: str | None,
    country: str | None,
    entity: str | None,
    currency: str | None,
    time_zone: str | None,
    address: str | None,
    tax_number: str | None,
    live: bool,
    no_git: bool,
) -> None:
    """Make new books in DIR: files to begin with, a git repository, and the driver that merges ledger files by facts.

    In a clone of existing books it only installs the merge driver. Nothing is committed: that is for you.

    \b
    Examples:
      billing-beans init books --name "Example Pte. Ltd." --country SG --address "1 Raffles Place, Singapore 048616"
      billing-beans init trial --name "Example Pte. Ltd." --country SG --test
      billing-beans init books --name "Example Group"      legal entities follow: billing-beans entity add
    """
    session = session_of(ctx)
    root = (session.settings.books or Path()) / folder
    if has_books(root):
        _say_there(session, root, git=not no_git)
        return
    seller = None
    if country is not None:
        seller = _seller(name, country, entity, address, currency, time_zone, tax_number)
    elif entity or address or currency or time_zone or tax_number:
        raise WrongUsage("The first legal entity needs its country.", instead="for example --country SG")
    organization = root.absolute().name if name is None else name.strip()
    if not organization:
        raise WrongUsage("The books need a name.", instead='for example --name "Example Pte. Ltd."')
    books = NewBooks(organization, live, seller)
    ids = UlidSource(session.clock, session.randomness)
    day = session.day or date(session.today.year, 1, 1)
    act = starting_act(Context(session.clock.now(), session.actor, ids.next, day), books)
    files = starting_files(root, books, act)
    if session.settings.dry_run:
        session.answer({"would-write": files}, "\n".join(f";; {path}\n{text}" for path, text in files.items()))
        return
    make_books(root, files, git=not no_git)
    _say_made(session, root, books, sorted(files), git=not no_git)


def _seller(
    name: str | None,
    country: str,
    entity: str | None,
    address: str | None,
    currency: str | None,
    time_zone: str | None,
    tax_number: str | None,
) -> AddEntity:
    """The first seller of record. What is left out follows from its country, but never its name."""
    if not (name or "").strip():
        raise WrongUsage("The first legal entity needs its name.", instead='for example --name "Example Pte. Ltd."')
    account = component_of((entity or country).upper())
    return AddEntity(
        entity=entity or country.lower(),
        name=str(name).strip(),
        address=address or _country_name(country),
        country=country,
        currency=currency,
        time_zone=time_zone,
        account=account,
        tax_number=tax_number,
        bank=account_of(Role.BANK, account, "Main"),
    )


def _country_name(country: str) -> str:
    """The country in English, which is the shortest address."""
    from babel import Locale

    return str(Locale("en").territories.get(country, country))


def _say_made(session: Session, root: Path, books: NewBooks, files: list[str], *, git: bool) -> None:
    mode = "live" if books.livemode else "test"
    entity = books.entity
    words = [f"Made {mode} books for {books.organization} in {root}: {len(files)} files."]
    if entity is not None:
        words.append(f"  legal entity {entity.entity}, accounts :{entity.account}:, bank account {entity.bank}")
        if entity.address == _country_name(entity.country):
            words.append(
                f"  Its address is only {entity.address}: write it into setup/catalog.beancount before you invoice."
            )
    if git:
        words.append("  git: the merge driver is installed; nothing is committed yet.")
    words.append(f"Next: {root / 'README.md'} shows the first ten commands.")
    session.answer({"books": str(root), "files": files, "entity": entity}, "\n".join(words))


def _say_there(session: Session, root: Path, *, git: bool) -> None:
    words = f"Nothing to do: there are books in {root} already."
    if git and not session.settings.dry_run:
        begin_git(root)
        words += " The merge driver is installed."
    session.answer({"books": str(root), "files": []}, words)
