"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# Where a change is judged, the same change gives the same answer; everywhere else each run looks for something new.
settings.register_profile("judged", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("judged")
