"""What came back from the student's code: plain data, no judgment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from grader.sandbox.ended import Ended as Ended
from grader.submission.submission import Finding

# How the errors of questions begin that were never asked. They say nothing about an answer.
NOT_IMPORTED = "the code cannot be imported:"
NOT_ASKED = "not asked:"


_name_of = cache(str)  # of a dtype; numpy puts it together every time


def kind_of(array: np.ndarray) -> dict[str, Any]:
    """What is said of a value; of an array that came as it was, nothing else is said."""
    return {"type": "ndarray", "dtype": _name_of(array.dtype), "shape": list(array.shape)}


@dataclass(frozen=True)
class Observation:
    """What one question brought to light.

    `values` holds JSON values (numbers, short texts, lists); `arrays` holds plain numpy arrays of
    the few kinds that cross the border. Both are the student's word: nothing in them is trusted.
    """

    question: str  # id of the question
    ended: Ended
    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    error: str | None = None  # traceback, trimmed to the student's own files, or a sentence

    @property
    def was_asked(self) -> bool:
        """Whether the question reached the student's code."""
        return not (self.error or "").startswith((NOT_ASKED, NOT_IMPORTED))


@dataclass(frozen=True)
class Measured:
    """What a run cost; differs from run to run, so it never enters a verdict."""

    wall_s: float
    cpu_s: float
    peak_memory_mb: float


@dataclass(frozen=True)
class Observations:
    """Everything observed of one submission, in the order of the questions."""

    by_question: Mapping[str, Observation]
    isolation: str  # "full", "flat", "sealed", "none"
    measured: Measured
    output: str = ""  # what the student's code printed, its beginning
    attempts: tuple[str, ...] = ()  # what it tried in vain; for the instructor, costs nothing
    findings: tuple[Finding, ...] = ()  # what is to be told besides verdicts
    frames: tuple[bytes, ...] = ()  # what came back, as it came: `grader.engine.protocol` reads it
