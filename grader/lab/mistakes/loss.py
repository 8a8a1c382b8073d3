"""Names what is wrong with the loss of T#6: the cross-entropy and the regularizer apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.engine.question import Questions
from grader.lab.functional import RIGHT, NetworkFunctions, data_loss
from grader.lab.mistakes.catalogue import BY_SLUG, CATALOGUE
from grader.lab.mistakes.forward import seen_scores
from grader.lab.mistakes.mistake import Mistake
from grader.lab.mistakes.predicting import (
    CASES,
    Arrays,
    Mistakes,
    is_round,
    only_one_example,
    params_of,
    rounded,
    stages_of,
    tried,
)
from grader.lab.questions import PARAMS, PUBLISHED_REG, reg_of

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

_ALL = (*CASES, "twin", "published")
_DATA = ((), *((one,) for one in CATALOGUE["T#6"] if one.stage == "data_loss"))
_REG = ((), *((one,) for one in CATALOGUE["T#6"] if one.stage == "reg_loss"))
_TOLERANCE = 1e-7
_TEMPERATURES = (0.01, 0.1, 0.2, 0.5, 2, 3, 5, 10, 20, 50, 100, 255)
_OF_CLASSES: tuple[tuple[Callable[[int], float], str], ...] = (
    (np.sqrt, "the root of the number of classes"),
    (float, "the number of classes"),
)


@dataclass(frozen=True)
class _Losses:
    """One loss for each case, beside what each mistake makes of the student's own scores."""

    cases: tuple[str, ...]
    seen: np.ndarray  # (K,)
    data: np.ndarray  # (mistakes, K), the first row right
    reg: np.ndarray  # (mistakes, K), the first row right

    def fits(self, predicted: np.ndarray) -> np.ndarray:
        """Whether predicted losses, (..., K), agree with those seen."""
        size = np.maximum(1.0, np.abs(self.seen))
        agree: np.ndarray = (np.abs(predicted - self.seen) <= _TOLERANCE * size).all(axis=-1)
        return agree


def explain(evidence: NetworkEvidence) -> Mistakes | None:
    """() if the loss is right, the mistakes that explain it, or None."""
    form = _form(evidence)
    if form is not None:
        return (form,)
    losses = _losses(evidence, 1)  # with a right cross-entropy, which is quick to see
    if losses is None:
        return None
    found = _match(losses)
    if found is None:
        losses = _losses(evidence, len(_DATA)) or losses
        found = _match(losses)
    if found is None:
        found = _fit(evidence, losses)
    large = None if found is None else _at_large_scores(evidence, found)
    return found if large is None else (*(found or ()), large)


def _form(evidence: NetworkEvidence) -> Mistake | None:
    """What is wrong with a loss that is not one number."""
    shapes, kinds = {}, set()
    for case in CASES:
        seen = evidence.observations.by_question.get(f"loss/{case}")
        if seen is None or (not seen.values.get("kinds", {}) and "loss" not in seen.arrays):
            continue
        if "loss" in seen.arrays:
            shapes[case] = seen.arrays["loss"].shape
        kinds.add(seen.values.get("kinds", {}).get("loss", {}).get("type"))
    if kinds == {"NoneType"}:
        return BY_SLUG["loss-is-nothing"]
    if len(shapes) < 3:
        return None
    sizes = {case: evidence.answers.scores(case).shape for case in shapes}
    if all(shape in ((sizes[case][0],), (sizes[case][0], 1)) for case, shape in shapes.items()):
        return BY_SLUG["loss-per-example"]
    if all(shape == (sizes[case][1],) for case, shape in shapes.items()):
        return BY_SLUG["loss-per-class"]
    losses = [evidence.array(f"loss/{case}", "loss") for case in shapes]
    if all(loss is not None and loss.size == 1 and not loss.any() for loss in losses):
        return BY_SLUG["loss-always-zero"]
    return None


def _losses(evidence: NetworkEvidence, num_mistakes: int) -> _Losses | None:
    """The losses seen, beside those of the first so many mistakes; None if there are too few."""
    scores = seen_scores(evidence)
    for case in ("twin", "published"):
        own = evidence.array(f"scores/{case}", "scores")
        if own is not None:
            scores[case] = own
    found = {case: evidence.array(f"loss/{case}", "loss") for case in _ALL}
    seen = {
        case: float(loss.item())
        for case, loss in found.items()
        if loss is not None
        and loss.size == 1
        and np.isfinite(loss).all()
        and case in scores
        and scores[case].shape == evidence.answers.scores(case).shape
    }
    if len(seen) < 4:
        return None
    cases, questions = tuple(seen), evidence.answers.questions
    if all(np.array_equal(scores[case], evidence.answers.scores(case)) for case in cases):
        data = _right_data(questions, cases)[:num_mistakes]
    else:
        data = _data_of({case: scores[case] for case in cases}, questions, num_mistakes)
    return _Losses(cases, np.array(list(seen.values())), data, _reg_of_all(questions, cases))


@lru_cache(maxsize=8)
def _right_data(questions: Questions, cases: tuple[str, ...]) -> np.ndarray:
    right = {}
    for case in cases:
        arrays = questions.cases[case].arrays
        right[case] = stages_of(()).scores(arrays["X"], arrays)
    return _data_of(right, questions, len(_DATA))


def _data_of(scores: Arrays, questions: Questions, num_mistakes: int) -> np.ndarray:
    labels = {case: questions.cases[case].arrays["y"] for case in scores}
    return np.array(
        [
            [
                _data_loss(stages, own.astype(np.float64), labels[case])
                for case, own in scores.items()
            ]
            for stages in map(stages_of, _DATA[:num_mistakes])
        ]
    )


def _data_loss(stages: NetworkFunctions, scores: np.ndarray, y: np.ndarray) -> float:
    return _number(lambda: stages.data_loss(scores, y))


@lru_cache(maxsize=8)
def _reg_of_all(questions: Questions, cases: tuple[str, ...]) -> np.ndarray:
    return np.array(
        [[_reg_loss(stages, questions, case) for case in cases] for stages in map(stages_of, _REG)]
    )


def _reg_loss(stages: NetworkFunctions, questions: Questions, case: str) -> float:
    arrays = questions.cases[case].arrays
    return _number(lambda: stages.reg_loss(params_of(arrays), _strength(case), len(arrays["X"])))


def _number(work: Callable[[], Any]) -> float:
    value = tried(work)
    return np.nan if value is None or np.ndim(value) else float(value)


def _strength(case: str) -> float:
    return PUBLISHED_REG if case in ("twin", "published") else reg_of(case)


def _match(losses: _Losses) -> Mistakes | None:
    """The fewest catalogued mistakes that explain everything."""
    fits = losses.fits(losses.data[:, None] + losses.reg)  # (data, reg)
    ways = sorted(np.argwhere(fits).tolist(), key=lambda way: (way[0] > 0) + (way[1] > 0))
    return (*_DATA[ways[0][0]], *_REG[ways[0][1]]) if ways else None


def _fit(evidence: NetworkEvidence, losses: _Losses) -> Mistakes | None:
    """A catalogued mistake, or right code, beside a constant that fits."""
    for at, data in enumerate(_DATA):
        fault = _fitted_reg(evidence, losses, losses.seen - losses.data[at])
        if fault:
            return (*data, fault)
    for at, reg in enumerate(_REG):
        fault = _fitted_data(evidence, losses, losses.seen - losses.reg[at])
        if fault:
            return (fault, *reg)
    right = losses.data[0] + losses.reg[0]
    for digits in range(7):
        if losses.fits(np.round(right, digits)):
            return (BY_SLUG["loss-rounded"].filled(digits=digits),)
    return _divided_scores(evidence, losses) or _one_part(losses) or _one_case(losses)


def _divided_scores(evidence: NetworkEvidence, losses: _Losses) -> Mistakes | None:
    """A fixed number, or the root of C or C itself, that all scores are divided by."""
    scores = {case: evidence.array(f"scores/{case}", "scores") for case in losses.cases}
    labels = {case: evidence.answers.case(case).arrays["y"] for case in losses.cases}
    for number, told in (*((number, f"{number:g}") for number in _TEMPERATURES), *_OF_CLASSES):
        predicted = [
            _data_loss(RIGHT, own.astype(np.float64) / _called(number, own), labels[case])
            for case, own in scores.items()
            if own is not None
        ]
        for at, reg in enumerate(_REG):
            if losses.fits(np.array(predicted) + losses.reg[at]):
                kind = "sharp" if not callable(number) and number < 1 else "equal"
                fault = BY_SLUG["scores-divided-before-softmax"].filled(number=told, kind=kind)
                return (fault, *reg)
    return None


def _called(number: Any, scores: np.ndarray) -> float:
    return float(number(scores.shape[1]) if callable(number) else number)


def _one_case(losses: _Losses) -> Mistakes | None:
    """Whether the loss of a single example is right and every other wrong."""
    right = losses.data[0] + losses.reg[0]
    off = np.abs(losses.seen - right) / np.maximum(1.0, np.abs(right))
    errors = dict(zip(losses.cases, off.tolist(), strict=True))
    return (BY_SLUG["loss-right-for-one-example"],) if only_one_example(errors) else None


def _one_part(losses: _Losses) -> Mistakes | None:
    """What the cases without regularizer say of the cross-entropy alone."""
    free = np.array([_strength(case) == 0 for case in losses.cases])
    if free.sum() < 2:
        return None
    off = np.abs(losses.data[:, free] - losses.seen[free]) > _TOLERANCE * np.maximum(
        1.0, np.abs(losses.seen[free])
    )
    fitting = np.flatnonzero(~off.any(axis=1) & np.isfinite(losses.data[:, free]).all(axis=1))
    if not fitting.size:
        return None
    return (*_DATA[fitting[0]], BY_SLUG["regularization-otherwise"])


def _fitted_reg(evidence: NetworkEvidence, losses: _Losses, rest: np.ndarray) -> Mistake | None:
    """A regularizer of fixed strength, or of other factors for some parameters."""
    if not np.isfinite(rest).all():
        return None
    squares = np.array(
        [
            [float((evidence.answers.case(case).arrays[name] ** 2).sum()) for name in PARAMS]
            for case in losses.cases
        ]
    )  # (K, 4)
    strengths = np.array([_strength(case) for case in losses.cases])
    both = 0.5 * (squares[:, 0] + squares[:, 2])
    strength = float(rest @ both / (both @ both))
    if strength and np.abs(rest - strength * both).max() <= 1e-6 * max(1.0, np.abs(rest).max()):
        return BY_SLUG["regularization-of-fixed-strength"].filled(strength=rounded(strength))
    columns = strengths[:, None] * squares
    factors, *_ = np.linalg.lstsq(columns, rest, rcond=None)
    fits = np.abs(columns @ factors - rest).max() <= 1e-6 * max(1.0, np.abs(rest).max())
    if not fits or not all(abs(factor) < 1e-6 or is_round(float(factor)) for factor in factors):
        return None
    return BY_SLUG["regularization-of-other-factors"].filled(formula=_formula(factors))


def _formula(factors: np.ndarray) -> str:
    terms = [
        f"{rounded(float(factor))} Σ{name}²"
        for name, factor in zip(PARAMS, factors, strict=True)
        if abs(factor) > 1e-6
    ]
    return " + ".join(terms).replace("+ -", "- ") or "0"


def _fitted_data(evidence: NetworkEvidence, losses: _Losses, rest: np.ndarray) -> Mistake | None:
    """A constant factor on the cross-entropy, smoothed labels, or a floor in the logarithm."""
    right = losses.data[0]
    factor = float(rest @ right / (right @ right))
    if np.abs(rest - factor * right).max() <= _TOLERANCE * max(1.0, np.abs(rest).max()):
        return BY_SLUG["loss-scaled"].filled(factor=rounded(factor))
    everything = losses.data[
        next(at for at, one in enumerate(_DATA) if one and one[0].slug == "mean-over-classes")
    ]
    share = float(
        (rest - right) @ (everything - right) / ((everything - right) @ (everything - right))
    )
    if np.abs(right + share * (everything - right) - rest).max() <= 1e-6 and 0 < share < 1:
        return BY_SLUG["label-smoothing"]
    if "one-example" not in losses.cases:
        return None
    at = losses.cases.index("one-example")
    floor = float(np.exp(-rest[at]) - np.exp(-right[at]))
    if not floor > 1e-7:
        return None
    for case, loss in zip(losses.cases, rest, strict=True):
        scores = evidence.array(f"scores/{case}", "scores")
        if scores is None:
            return None
        y = evidence.answers.case(case).arrays["y"]
        each = np.array([data_loss(scores[n : n + 1], y[n : n + 1]) for n in range(len(y))])
        if abs(-np.log(np.exp(-each) + floor).mean() - loss) > 1e-6:
            return None
    return BY_SLUG["floor-in-log"]


def _at_large_scores(evidence: NetworkEvidence, found: Mistakes) -> Mistake | None:
    """What is wrong with the loss of large scores alone."""
    loss, scores = evidence.array("loss/large", "loss"), evidence.array("scores/large", "scores")
    arrays = evidence.answers.case("large").arrays
    if loss is None or loss.size != 1 or scores is None or not np.isfinite(scores).all():
        return None
    if any(one.stage != "reg_loss" for one in found):
        return None  # the cross-entropy is wrong anyway
    expected = _data_loss(RIGHT, scores.astype(np.float64), arrays["y"])
    stages, params = stages_of(found), params_of(arrays)
    expected += _number(lambda: stages.reg_loss(params, 0.0, len(scores)))
    if not np.isfinite(loss).all():
        return BY_SLUG["exp-overflows"]
    own = float(loss.item())
    if abs(own - expected) <= 1e-5 * max(1.0, abs(expected)):
        return None
    clipped = stages_of((BY_SLUG["scores-clipped"],))
    other = _data_loss(clipped, scores.astype(np.float64), arrays["y"])
    if abs(other - own) <= 1e-5 * max(1.0, abs(other)):
        return BY_SLUG["scores-clipped"]
    return BY_SLUG["loss-wrong-at-large-scores"]
