"""Waiting until a change to a file can no longer go unnoticed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from billing_beans.ledger.attempt import FOLDER
from billing_beans.ledger.stamps import Stamp, stamp_of

_TICK = f"{FOLDER}/index.tick"
_PATIENCE = 50
_PAUSE = 0.001


def is_settled(root: Path, stamps: Mapping[str, Stamp]) -> bool:
    """Whether files still have these stamps, at a moment at which any further change would give them others.

    File systems count time in steps of some milliseconds: within one, a file could be changed again and keep its stamp. So
    the end of the step is waited for, by the file system's own clock.
    """
    newest = max((one.changed for one in stamps.values()), default=0)
    tick = root / _TICK
    try:
        for _ in range(_PATIENCE):
            tick.write_bytes(b"")
            os.utime(tick)
            if tick.stat().st_ctime_ns > newest:
                return all(stamp_of(os.stat(root / name)) == stamp for name, stamp in stamps.items())  # noqa: PTH116
            time.sleep(_PAUSE)
    except OSError:
        return False
    return False
