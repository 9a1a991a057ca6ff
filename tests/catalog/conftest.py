"""Tests are no packages here, so what they share is found by its folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
