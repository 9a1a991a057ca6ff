"""The cases of the corpus that break the rules of billing runs."""

from __future__ import annotations

from collections.abc import Mapping

from edits import Edit, again, within


def revision(number: int, *pairs: tuple[str, str]) -> Edit:
    """The last revision of the run that waits, once more as another one."""
    return again("run-started", "RUN-3", ("revision: 1", f"revision: {number}"), *pairs)


CASES: Mapping[str, Mapping[str, Edit]] = {
    "runs-in-order": {
        "twice": revision(1),
        "a-revision-left-out": revision(3),
        "after-it-was-discarded": again("run-started", "RUN-2", ("revision: 1", "revision: 2")),
        "of-another-name": revision(1, ("RUN-3", "RUN-A")),
        "begins-with-the-second": revision(2, ("RUN-3", "RUN-4")),
    },
    "billed-by-one-run": {
        "that-waits-in-another": revision(1, ("RUN-3", "RUN-4")),
    },
    "reserved-within": {
        "more-than-there-is": within("run-started", "RUN-3", ("units: ", "units: 9")),
    },
    "run-decided-once": {
        "discarded-after-all": again("run-posted", "RUN-1"),
        "never-started": again("run-discarded", "RUN-2", ("RUN-2", "RUN-9")),
        "of-another-revision": again("run-discarded", "RUN-2", ("RUN-2", "RUN-3"), ("revision: 1", "revision: 2")),
    },
    "posted-as-reviewed": {
        "another-content": within("run-posted", "RUN-1", ('content: "sha256:', 'content: "sha256:0')),
    },
}
