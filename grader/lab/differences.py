"""Decides whether a submission is asked further questions, by what it answered so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from grader.engine.compare import off_by
from grader.engine.observation import Observation
from grader.lab.answers import Answers
from grader.lab.questions import HIDDEN_CASES, PUBLISHED_REG, reg_of

# Relative to the size of an array. It is fixed, so that another rubric needs no other questions.
# Right code in double precision differs by up to 1e-14.
EXACT = 1e-12

_Pair = tuple[np.ndarray | None, np.ndarray, float]  # got, expected, the size to compare with


def differs_from_reference(seen: Mapping[str, Observation], answers: Answers) -> bool:
    """Whether scores or loss differ from the reference, in code that runs at all.

    If both are right, nothing follows through, and gradients are compared with the reference alone.
    """
    if not any(
        one.arrays for one in seen.values() if one.question.startswith(("scores/", "loss/"))
    ):
        return False
    return not all(_is_exact(*pair) for pair in _pairs(seen, answers))


def _pairs(seen: Mapping[str, Observation], answers: Answers) -> Iterator[_Pair]:
    for case in ("published", "twin", "large", *HIDDEN_CASES):
        expected = answers.scores(case)
        yield _array(seen, f"scores/{case}", "scores"), expected, float(np.abs(expected).max())
    regs = {"published": PUBLISHED_REG, "twin": PUBLISHED_REG, "large": 0.0}
    regs |= {case: reg_of(case) for case in HIDDEN_CASES}
    for case, reg in regs.items():
        loss = answers.loss(case, reg)[0]
        yield _array(seen, f"loss/{case}", "loss"), np.array(loss), max(1.0, abs(loss))


def _array(seen: Mapping[str, Observation], question: str, name: str) -> np.ndarray | None:
    found = seen.get(question)
    return None if found is None else found.arrays.get(name)


def _is_exact(got: np.ndarray | None, expected: np.ndarray, size: float) -> bool:
    return got is not None and off_by(got, expected, size) <= EXACT
