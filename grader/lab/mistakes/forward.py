"""Names what is wrong with the scores of T#5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from grader.engine.compare import relative_error
from grader.engine.question import Questions
from grader.lab.functional import RIGHT
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.mistake import Mistake
from grader.lab.mistakes.predicting import (
    CASES,
    Arrays,
    Mistakes,
    agree,
    only_one_example,
    pairs,
    rounded,
    same,
    scores_of,
    singles,
    stages_of,
)

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

_LOSSLESS, _FEW_DIGITS = 1e-6, 0.02  # relative errors of single and of half precision
_NEAR = 1e-3
_SQUARE = (
    "tall",
    "small",
    "one-hidden",
)  # cases whose W2 can be undone: no more units than classes


def explain(evidence: NetworkEvidence) -> Mistakes | None:
    """() if the scores are right, the mistakes that explain them, or None."""
    questions = evidence.answers.questions
    seen = seen_scores(evidence)

    def fits(mistakes: Mistakes) -> bool:
        stages = stages_of(mistakes)
        return agree(seen, lambda case: scores_of(stages, questions, case))

    if fits(()):
        return ()
    form = _form(evidence, seen)
    if form:
        return (form,)
    two = _hopeful_pairs(seen, questions)
    for candidates in (singles("T#5"), _fitted(evidence, seen), two):
        found = next((one for one in candidates if fits(one)), None)
        if found is not None:
            return found
    fault = _scale(evidence, seen) or _activation(evidence, seen) or _telling(evidence, seen)
    return (fault,) if fault else None


def _telling(evidence: NetworkEvidence, seen: Arrays) -> Mistake | None:
    """What stands out in scores that nothing explains."""
    if evidence.drew("scores"):
        return BY_SLUG["scores-random"]
    right = {case: evidence.answers.scores(case) for case in seen}
    if not seen or any(seen[case].shape != right[case].shape for case in seen):
        return None
    off = {case: relative_error(seen[case], right[case]) for case in seen}
    worst = max(off.values())
    if _LOSSLESS < worst < _FEW_DIGITS:
        return BY_SLUG["scores-of-few-digits"].filled(digits=int(-np.log10(worst)))
    if only_one_example(off):
        return BY_SLUG["scores-right-for-one-example"]
    for near in singles("T#5"):  # a constant of its own, such as one that avoids division by 0
        predicted = partial(scores_of, stages_of(near), evidence.answers.questions)
        if agree(seen, predicted, _NEAR):
            return near[0]
    return None


def _hopeful_pairs(seen: Arrays, questions: Questions) -> Iterator[Mistakes]:
    """Pairs of mistakes that agree with the scores of one case."""
    scores = seen.get("small")
    if scores is None:
        return
    rows, values = _scores_of_pairs(questions, scores.shape)
    off = np.abs(values - scores.ravel()).max(axis=1, initial=0)
    for at in rows[off <= 1e-4 * max(1e-8, float(np.abs(scores).max()))]:
        yield pairs("T#5")[at]


@lru_cache(maxsize=8)
def _scores_of_pairs(questions: Questions, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Which pairs give scores of a shape on the first case, and these scores, flat."""
    made = [
        (at, scores_of(stages_of(two), questions, "small")) for at, two in enumerate(pairs("T#5"))
    ]
    fitting = [
        (at, scores.ravel()) for at, scores in made if scores is not None and scores.shape == shape
    ]
    size = int(np.prod(shape))
    values = np.array([flat for _, flat in fitting]).reshape(len(fitting), size)
    return np.array([at for at, _ in fitting], dtype=int), values


def _form(evidence: NetworkEvidence, seen: Arrays) -> Mistake | None:
    """What is wrong with scores that hold no numbers, or zeros only."""
    if len(seen) > 2 and not any(array.any() for array in seen.values()):
        return BY_SLUG["scores-all-zero"]
    found = [evidence.observations.by_question.get(f"scores/{case}") for case in CASES]
    kinds = [one.values.get("kinds", {}).get("scores", {}).get("type") for one in found if one]
    return BY_SLUG["scores-are-nothing"] if kinds and set(kinds) == {"NoneType"} else None


def seen_scores(evidence: NetworkEvidence) -> dict[str, np.ndarray]:
    """The student's scores by case."""
    found = {case: evidence.array(f"scores/{case}", "scores") for case in CASES}
    return {case: array for case, array in found.items() if array is not None}


def _fitted(evidence: NetworkEvidence, seen: Arrays) -> tuple[Mistakes, ...]:
    """A leaky ReLU of the slope that fits best."""
    arrays, scores = evidence.answers.case("small").arrays, seen.get("small")
    if scores is None or scores.shape != (len(arrays["X"]), arrays["b2"].size):
        return ()
    below = np.minimum(0, arrays["X"] @ arrays["W1"] + arrays["b1"]) @ arrays["W2"]
    rest = scores - RIGHT.scores(arrays["X"], arrays)
    slope = float((rest * below).sum() / (below * below).sum())
    if not np.isfinite(slope):
        return ()
    code = f"np.where(before > 0, before, {slope!r} * before)"
    named = BY_SLUG["leaky-relu-of-other-slope"].filled(slope=rounded(slope))
    edits = (("np.maximum(0, before)", code),)
    return ((replace(named, stage="forward", edits=edits),),)


def _scale(evidence: NetworkEvidence, seen: Arrays) -> Mistake | None:
    """A factor on the product of the second layer, and on its bias."""
    columns, wanted = [], []
    for case, scores in seen.items():
        arrays = evidence.answers.case(case).arrays
        right = RIGHT.scores(arrays["X"], arrays)
        if scores.shape != right.shape or not np.isfinite(scores).all():
            return None
        bias = np.broadcast_to(arrays["b2"], right.shape)
        columns.append(np.stack([(right - bias).ravel(), bias.ravel()], axis=1))
        wanted.append(scores.ravel())
    if not columns:
        return None
    matrix, target = np.concatenate(columns), np.concatenate(wanted)
    factors, *_ = np.linalg.lstsq(matrix, target, rcond=None)
    if not same(target, matrix @ factors):
        return None
    factor, share = (rounded(round(float(number), 9)) for number in np.ravel(factors))
    return BY_SLUG["scores-scaled"].filled(factor=factor, bias=share)


def _activation(evidence: NetworkEvidence, seen: Arrays) -> Mistake | None:
    """What the hidden layer does with a value, read off the cases whose second layer inverts."""
    before, hidden = [], []
    for case in _SQUARE:
        arrays, scores = evidence.answers.case(case).arrays, seen.get(case)
        if scores is None or scores.shape != (len(arrays["X"]), arrays["b2"].size):
            return None
        own = (scores - arrays["b2"]) @ np.linalg.pinv(arrays["W2"])
        if not same(scores, own @ arrays["W2"] + arrays["b2"]):
            return None
        before.append((arrays["X"] @ arrays["W1"] + arrays["b1"]).ravel())
        hidden.append(own.ravel())
    return _curve(before, hidden)


def _curve(before: list[np.ndarray], hidden: list[np.ndarray]) -> Mistake | None:
    z, h = np.concatenate(before), np.concatenate(hidden)
    kept, zero, low, high = np.abs(h - z) < 1e-6, np.abs(h) < 1e-6, h.min(), h.max()
    if np.abs(h - np.clip(z, 0, high)).max() < 1e-6:
        return BY_SLUG["hidden-clipped"].filled(limit=rounded(high))
    if np.abs(h - np.maximum(z, low)).max() < 1e-6:
        return BY_SLUG["relu-other-floor"].filled(limit=rounded(low))
    if (kept | zero).all() and zero[z <= 0].all():
        dropped = z[zero & (z > 0)]
        if dropped.size and dropped.max() < z[kept & ~zero].min():
            between = (dropped.max() + z[kept & ~zero].min()) / 2
            return BY_SLUG["relu-other-threshold"].filled(limit=f"{between:.1g}")
        return BY_SLUG["hidden-dropped"] if dropped.size else None
    return _other_curve(before, hidden)


def _other_curve(before: list[np.ndarray], hidden: list[np.ndarray]) -> Mistake | None:
    """Whether one curve through the largest case predicts the others, and is not the ReLU."""
    order = np.argsort(before[0])
    z, h = before[0][order], hidden[0][order]
    others_z, others_h = np.concatenate(before[1:]), np.concatenate(hidden[1:])
    inner = (others_z > z[0]) & (others_z < z[-1])
    missed = np.abs(np.interp(others_z, z, h) - others_h)[inner]
    if missed.size < 8 or not np.isfinite(h).all() or np.ptp(h) < 1e-6:
        return None
    if missed.max() > 0.02 * np.ptp(h) or np.abs(np.diff(h)).max() > 0.3 * np.ptp(h):
        return None
    at = np.interp([-1.0, 1.0], z, h)
    return BY_SLUG["another-function-for-relu"].filled(
        at_minus=f"{at[0]:.2f}", at_plus=f"{at[1]:.2f}"
    )
