"""`billing-beans merge-driver`: what git calls to merge two versions of a ledger file."""

from __future__ import annotations

from pathlib import Path

import click

from billing_beans.ledger import merge

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("base", type=_FILE)
@click.argument("ours", type=_FILE)
@click.argument("theirs", type=_FILE)
@click.argument("name")
def command(base: Path, ours: Path, theirs: Path, name: str) -> int:
    """Merge THEIRS into OURS by whole facts; NAME is the file's path in words. Ends with 1 where a person must decide.

    Git calls this as `billing-beans merge-driver %O %A %B %P`; `billing-beans init` tells it to.
    """
    return merge.main(base, ours, theirs, name)
