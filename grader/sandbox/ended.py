"""How the run of a question ended."""

from __future__ import annotations

from enum import StrEnum


class Ended(StrEnum):
    """How the run of a question ended; how the answer was judged is another matter (`Judged`)."""

    FINISHED = "finished"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    KILLED = "killed"
    FLOODED = "flooded"
    SANDBOX_FAILED = "sandbox failed"
    NOT_ASKED = "not asked"
