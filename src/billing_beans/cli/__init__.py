"""The command line: `billing-beans NOUN VERB [WHAT] [--options]`, one module for each noun.

Nouns are imported when they are asked for, so that `--help` costs no more than Click.
"""

from __future__ import annotations

import gc
import sys

from billing_beans.cli.root import run

__all__ = ["main"]

_OBJECTS = 200_000


def main() -> None:
    """The console script. Ends the process with the exit status of the command."""
    # Nearly every command is done before the collector could find anything; those that run on still have it now and then.
    gc.set_threshold(_OBJECTS, 20, 20)
    status = run()
    # On its way out Python would look for cycles in everything, three times: 0.03 s, and then the memory is gone anyway.
    gc.freeze()
    sys.exit(status)
