"""Recognises a catalogued mistake: what was seen is what the mistake would give.

What each mistake gives on the questions of a run is worked out once. A mistake is named only if
everything that was seen of its task agrees with it, and something was seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from grader.engine.check import Unanswered
from grader.engine.compare import off_by
from grader.engine.question import Questions
from grader.lab.functional import RIGHT, Stages
from grader.lab.mistakes import batches
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.mistake import Mistake
from grader.lab.questions import PARAMS, RECORD_RATE, RecordPlan, reg_of
from grader.lab.rates import rates_of

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

# Cases on which scores, losses and gradients are compared, the quickest to tell apart first.
CASES = ("small", "wide", "tall", "square", "two-classes", "one-hidden", "one-example")
_TOLERANCE = 1e-5

Parts = tuple[Mistake, ...]  # one mistake, or two that were made together


def diagnose(evidence: NetworkEvidence, task: str) -> Mistake | None:
    """The mistakes that explain what was seen of a task; None if it is right or not explained."""
    look = _LOOKS.get(task)
    parts = None if look is None else look(evidence)
    return together(parts) if parts else None


def forward_stages(evidence: NetworkEvidence) -> tuple[Stages, ...]:
    """What right code for T#7 may start from, where known mistakes of T#5 and T#6 explain it.

    The network with the mistake of T#5, and the same where the way back works on with what a
    mistake of T#6 left behind; nothing if the scores are not explained.
    """
    scores, loss = _scores(evidence), _loss(evidence) or ()
    if scores is None:
        return ()
    forward = _with(RIGHT, [one.stage for one in scores])
    carried = [one.carried for one in loss if one.carried is not None]
    return (forward, _with(forward, carried)) if carried else (forward,)


def _with(stages: Stages, functions: Iterable[Callable]) -> Stages:
    for function in functions:
        stages = stages.with_stage(function)
    return stages


def together(parts: Parts) -> Mistake:
    """One mistake, or two as one: both sentences, both slugs."""
    if len(parts) == 1:
        return parts[0]
    first, second = parts
    return Mistake(
        slug=f"{first.slug}+{second.slug}",
        task=first.task,
        sentence=f"Two things at once. {first.sentence} {second.sentence}",
        stage=first.stage,
        question=second.question or first.question,
    )


@cache
def _candidates(task: str, *, pairs: bool = False) -> tuple[tuple[Parts, Stages], ...]:
    """The right stages, each mistake of a task, and pairs of mistakes in different stages."""
    return tuple(_made_candidates(task, pairs))


def _made_candidates(task: str, pairs: bool) -> Iterator[tuple[Parts, Stages]]:
    yield (), RIGHT
    mistakes = CATALOGUE[task]
    for one in mistakes:
        yield (one,), RIGHT.with_stage(one.stage)
    if pairs:
        for one, other in product(mistakes, mistakes):
            if one.stage.__name__ < other.stage.__name__:
                yield (one, other), RIGHT.with_stage(one.stage).with_stage(other.stage)


# Each of these says: () if the task is right, the mistakes that explain it, or None.


def _scores(evidence: NetworkEvidence) -> Parts | None:
    return evidence.once(
        "parts of T#5", lambda: _first_match("T#5", _seen_scores(evidence), evidence)
    )


def _loss(evidence: NetworkEvidence) -> Parts | None:
    return evidence.once("parts of T#6", lambda: _match_loss(evidence))


def _seen_scores(evidence: NetworkEvidence) -> dict[str, np.ndarray]:
    return _seen(evidence, "scores", "scores")


def _seen(evidence: NetworkEvidence, kind: str, name: str) -> dict[str, np.ndarray]:
    found = {case: evidence.array(f"{kind}/{case}", name) for case in CASES}
    return {case: array for case, array in found.items() if array is not None}


@lru_cache(maxsize=8)
def _predicted_scores(questions: Questions) -> list[tuple[Parts, dict[str, np.ndarray]]]:
    return [
        (parts, {case: _scores_of(stages, questions, case) for case in CASES})
        for parts, stages in _candidates("T#5")
    ]


def _first_match(
    task: str, seen: Mapping[str, np.ndarray], evidence: NetworkEvidence
) -> Parts | None:
    for parts, predicted in _predicted_scores(evidence.answers.questions):
        if _agree(seen, predicted):
            return parts
    return None


def _match_loss(evidence: NetworkEvidence) -> Parts | None:
    """The loss is compared with what a mistake makes of the student's own scores."""
    seen = _seen(evidence, "loss", "loss")
    scores = _seen_scores(evidence)
    seen = {case: loss.reshape(-1)[:1] for case, loss in seen.items() if case in scores}
    for parts, stages in _candidates("T#6", pairs=True):
        predicted = _Lazy(lambda case, s=stages: _loss_of(s, evidence, scores[case], case))
        if _agree(seen, predicted):
            return parts
    return None


def _gradients(evidence: NetworkEvidence) -> Parts | None:
    seen = {
        f"{case}/{name}": array
        for name in PARAMS
        for case, array in _seen(evidence, "loss", f"grads/{name}").items()
    }
    questions = evidence.answers.questions

    def predicted_under(stages: Stages) -> _Lazy:
        def gradient(key: str):
            case, name = key.split("/")
            grads = _gradients_under(stages, questions, case)
            return None if grads is None else grads.get(name)

        return _Lazy(gradient)

    for start in forward_stages(evidence) or (RIGHT,):
        for parts, stages in _candidates("T#7", pairs=True):
            if start is not RIGHT:
                stages = _with(start, [one.stage for one in parts])
            if _agree(seen, predicted_under(stages)):
                return parts
    return None


class _Lazy:
    """What a mistake gives, worked out when it is asked for."""

    def __init__(self, work) -> None:
        self.work = work

    def __getitem__(self, key: str):
        return self.work(key)


@lru_cache(maxsize=2_000)
def _gradients_under(stages: Stages, questions: Questions, case: str):
    """The four gradients of a case, by name; most classes share their mistakes."""
    arrays = questions.cases[case].arrays
    return _tried(lambda: stages.loss(arrays["X"], arrays["y"], dict(arrays), reg_of(case))[1])


def _minibatch(evidence: NetworkEvidence) -> Parts | None:
    try:
        slug = batches.name_of(evidence.record("steps"), evidence.record("reach"))
    except Unanswered:
        return None
    return tuple(one for one in CATALOGUE["T#8"] if one.slug == slug) if slug else ()


def _step(evidence: NetworkEvidence) -> Parts | None:
    """Compared with the steady record, at the rates that T#10 leaves it with."""
    try:
        record = evidence.record("steady")
        seen = record.states
    except Unanswered:
        return None
    if seen is None:
        return None
    rates = [one.stage for one in _decay(evidence) or ()]
    for parts, stages in _candidates("T#9"):
        stages = _with(stages, rates)
        states = _states_under(stages, evidence.answers.questions, record.num_steps)
        if states is not None and all(_same(seen[name], states[name]) for name in PARAMS):
            return parts
    return None


@lru_cache(maxsize=500)
def _states_under(stages: Stages, questions: Questions, num_steps: int):
    """Parameters before each of so many steps and after the last, (T + 1, ...), by name."""
    data = questions.cases["steady"].arrays
    grads = {name: data[f"grads_{name}"][:num_steps] for name in PARAMS}
    return _tried(lambda: stages.steps(_params(data), grads, RECORD_RATE, 1.0, 4))


def _decay(evidence: NetworkEvidence) -> Parts | None:
    return evidence.once("parts of T#10", lambda: _match_decay(evidence))


def _match_decay(evidence: NetworkEvidence) -> Parts | None:
    """Compared by the rates that the steps imply, so that T#9 has no say."""
    try:
        rates = rates_of(evidence)
    except (Unanswered, AssertionError):
        return None
    plan = evidence.record("steps").plan
    for parts, stages in _candidates("T#10", pairs=True):
        predicted = _rates_under(stages, plan)
        if predicted is not None and off_by(rates, predicted[: len(rates)]) <= 1e-4:
            return parts
    return None


@lru_cache(maxsize=500)
def _rates_under(stages: Stages, plan: RecordPlan) -> np.ndarray | None:
    """Rates over the first, as some stages let them fall."""
    return _tried(lambda: _made_rates(stages, plan))


def _made_rates(stages: Stages, plan: RecordPlan) -> np.ndarray:
    rate, epoch, rates = RECORD_RATE, 0, []
    for it in range(plan.num_iters):
        rates.append(rate)
        if stages.decays_at(it, plan.num_train / plan.batch_size):
            rate = stages.decayed(rate, plan.decay, epoch, RECORD_RATE)
            epoch += 1
    return np.array(rates) / RECORD_RATE


def _labels(evidence: NetworkEvidence) -> Parts | None:
    """Compared with what a mistake makes of the student's own scores."""
    seen, scores = _seen(evidence, "predict", "labels"), _seen_scores(evidence)
    seen = {case: labels for case, labels in seen.items() if case in scores}
    for parts, stages in _candidates("T#11"):
        predicted = _Lazy(lambda case, s=stages: _tried(lambda: s.labels_of(scores[case])))
        if _agree(seen, predicted):
            return parts
    return None


_LOOKS: Mapping[str, Callable[[NetworkEvidence], Parts | None]] = {
    "T#5": _scores,
    "T#6": _loss,
    "T#7": _gradients,
    "T#8": _minibatch,
    "T#9": _step,
    "T#10": _decay,
    "T#11": _labels,
}


def _agree(seen: Mapping[str, np.ndarray], predicted) -> bool:
    """Whether everything seen is as predicted, and there is something to compare."""
    compared = 0
    for key, array in seen.items():
        expected = predicted[key]
        if expected is None:
            return False
        expected = np.asarray(expected, dtype=np.float64)
        if not _same(array, expected):
            return False
        compared += 1
    return compared > 0


def _same(got: np.ndarray, expected: np.ndarray) -> bool:
    off = off_by(got, expected)
    if not math.isnan(off):
        return off <= _TOLERANCE
    finite = np.isfinite(expected)
    return bool(
        np.array_equal(got[~finite], expected[~finite], equal_nan=True)
        and off_by(got[finite], expected[finite]) <= _TOLERANCE
    )


def _scores_of(stages: Stages, questions: Questions, case: str):
    arrays = questions.cases[case].arrays
    return _tried(lambda: stages.scores(arrays["X"], dict(arrays)))


def _loss_of(stages: Stages, evidence: NetworkEvidence, scores: np.ndarray, case: str):
    arrays = evidence.answers.case(case).arrays
    return _tried(
        lambda: np.reshape(
            stages.data_loss(scores.astype(np.float64), arrays["y"])
            + stages.reg_loss(_params(arrays), reg_of(case), len(scores)),
            -1,
        )
    )


def _params(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: arrays[name] for name in PARAMS}


def _tried(work):
    """What a mistaken stage gives, or None where it cannot even be run on a case."""
    with np.errstate(all="ignore"):
        try:
            return work()
        except (ValueError, IndexError, TypeError, FloatingPointError, KeyError):
            return None
