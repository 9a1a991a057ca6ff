"""The command line: `billing-beans NOUN VERB [WHAT] [--options]`, one module for each noun.

Nouns are imported when they are asked for, so that `--help` costs no more than Click.
"""

from __future__ import annotations

import sys

from billing_beans.cli.root import run

__all__ = ["main"]


def main() -> None:
    """The console script. Ends the process with the exit status of the command."""
    sys.exit(run())
