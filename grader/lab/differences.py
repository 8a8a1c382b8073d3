"""Decides whether a submission is asked further questions, by what it answered so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from grader.engine.compare import relative_error
from grader.engine.observation import Observation
from grader.lab.answers import Answers
from grader.lab.questions import GRADIENT_REG, HIDDEN_CASES, PARAMS, PUBLISHED_REG, reg_of

# Relative to the size of an array. It is fixed, so that another rubric needs no other questions.
# Right code in double precision differs by up to 1e-14.
EXACT = 1e-12

_REGS = {
    "published": PUBLISHED_REG,
    "twin": PUBLISHED_REG,
    "large": 0.0,
    **{case: reg_of(case) for case in HIDDEN_CASES},
}

_Pair = tuple[np.ndarray | None, np.ndarray, float]  # got, expected, the size to compare with


def differs_from_reference(seen: Mapping[str, Observation], answers: Answers) -> bool:
    """Whether the code runs at all, and a task may follow from an earlier one that differs.

    T#6, T#7 and T#11 follow from the scores. T#7 also follows from the loss, unless loss or
    gradients are those of the reference.
    """
    if not any(
        one.arrays for one in seen.values() if one.question.startswith(("scores/", "loss/"))
    ):
        return False
    if not all(_is_exact(*pair) for pair in _scores(seen, answers)):
        return True
    losses = list(_losses(seen, answers))
    if any(got is None for got, *_ in losses):
        return True
    is_exact = all(_is_exact(*pair) for pair in losses)
    return not is_exact and not all(_is_exact(*pair) for pair in _gradients(seen, answers))


def _scores(seen: Mapping[str, Observation], answers: Answers) -> Iterator[_Pair]:
    for case in _REGS:
        expected = answers.scores(case)
        yield _array(seen, f"scores/{case}", "scores"), expected, float(np.abs(expected).max())


def _losses(seen: Mapping[str, Observation], answers: Answers) -> Iterator[_Pair]:
    for case, reg in _REGS.items():
        loss = answers.loss(case, reg)[0]
        yield _array(seen, f"loss/{case}", "loss"), np.array(loss), max(1.0, abs(loss))


def _gradients(seen: Mapping[str, Observation], answers: Answers) -> Iterator[_Pair]:
    asked = [(f"loss/{case}", case, reg) for case, reg in _REGS.items()]
    for question, case, reg in [*asked, ("grads/published", "published", GRADIENT_REG)]:
        grads, size = answers.loss(case, reg)[1], answers.gradient_size(case, reg)
        for name in PARAMS:
            yield _array(seen, question, f"grads/{name}"), grads[name], size


def _array(seen: Mapping[str, Observation], question: str, name: str) -> np.ndarray | None:
    found = seen.get(question)
    return None if found is None else found.arrays.get(name)


def _is_exact(got: np.ndarray | None, expected: np.ndarray, size: float) -> bool:
    return got is not None and relative_error(got, expected, size) <= EXACT
