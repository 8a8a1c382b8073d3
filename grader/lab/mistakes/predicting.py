"""What mistakes give on the questions of a run, worked out once, and how it is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import combinations
from typing import Any, TypeVar

import numpy as np

from grader.engine.question import Questions
from grader.lab.functional import RIGHT, NetworkFunctions
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.mistake import Mistake, stages_with
from grader.lab.questions import PARAMS, reg_of

# Cases on which scores, losses and gradients are compared, the quickest to tell apart first.
CASES = ("small", "wide", "tall", "square", "two-classes", "one-hidden", "one-example")
Mistakes = tuple[Mistake, ...]  # () is right code
Arrays = Mapping[str, np.ndarray]
_T = TypeVar("_T")


@cache
def singles(task: str) -> tuple[Mistakes, ...]:
    """Each mistake of a task alone."""
    return tuple((one,) for one in CATALOGUE[task])


@cache
def pairs(task: str) -> tuple[Mistakes, ...]:
    """Two mistakes of a task at a time, those that do not exclude each other."""
    twos = combinations(CATALOGUE[task], 2)
    return tuple(two for two in twos if stages_with(two) is not None)


def tried(work: Callable[[], _T]) -> _T | None:
    """What a mistaken stage gives, or None if it cannot be run on a case."""
    with np.errstate(all="ignore"):
        try:
            return work()
        except Exception:  # two mistakes together may raise anything
            return None


def same(seen: np.ndarray, predicted: Any, tolerance: float = 1e-5) -> bool:
    """Whether two arrays agree, relative to the largest predicted number."""
    if predicted is None:
        return False
    predicted = np.asarray(predicted, dtype=np.float64)
    if seen.shape != predicted.shape:
        return False
    if not predicted.size:
        return True
    finite = np.isfinite(predicted)
    if not finite.all():
        return bool(np.array_equal(seen, predicted, equal_nan=True))
    size = max(float(np.abs(predicted).max()), 1e-8)
    return bool(np.abs(seen - predicted).max() <= tolerance * size)


def agree(seen: Arrays, predicted: Callable[[str], Any], tolerance: float = 1e-5) -> bool:
    """Whether everything that was seen is as predicted, and something was seen."""
    return bool(seen) and all(same(array, predicted(key), tolerance) for key, array in seen.items())


@lru_cache(maxsize=20_000)
def scores_of(stages: NetworkFunctions, questions: Questions, case: str) -> np.ndarray | None:
    """Scores of a case; most submissions of a class share their mistakes."""
    arrays = questions.cases[case].arrays
    return tried(lambda: stages.scores(arrays["X"], dict(arrays)))


@lru_cache(maxsize=20_000)
def gradients_of(
    stages: NetworkFunctions, questions: Questions, case: str
) -> Mapping[str, Any] | None:
    """The four gradients of a case, by name."""
    arrays = questions.cases[case].arrays
    return tried(lambda: stages.loss(arrays["X"], arrays["y"], params_of(arrays), reg_of(case))[1])


def only_one_example(off: Mapping[str, float], tolerance: float = 1e-5) -> bool:
    """Whether of all cases the one of a single example is right; `off` has their errors."""
    right = {case for case, error in off.items() if error <= tolerance}
    return right == {"one-example"} and len(off) > 3


def params_of(arrays: Arrays) -> dict[str, np.ndarray]:
    """The parameters alone."""
    return {name: arrays[name] for name in PARAMS}


def stages_of(mistakes: Mistakes, start: NetworkFunctions = RIGHT) -> NetworkFunctions:
    """The stages with mistakes that do not exclude each other."""
    stages = stages_with(mistakes, start)
    assert stages is not None
    return stages


def rounded(number: float) -> str:
    """A fitted constant for a person: four digits."""
    return f"{number:.4g}"


def is_round(number: float) -> bool:
    """Whether a constant looks as if somebody had typed it: at most two digits."""
    return bool(number and abs(float(f"{number:.2g}") / number - 1) < 1e-6)


def first(found: Iterator[_T]) -> _T | None:
    """The first one, or None."""
    return next(found, None)
