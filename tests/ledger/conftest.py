"""Tests are no packages here, so what those of the ledger share is found by its folder."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
