"""The small books of the command line's tests, with an account at each processor."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def _of_the_command_line() -> Any:
    """The small books of the command line's tests, and their shell."""
    spec = importlib.util.spec_from_file_location("command_line_books", HERE.parent / "cli" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


COMMAND_LINE = _of_the_command_line()
OPEN = "2026-01-01 open Assets:SG:Processor:Paypal\n"
