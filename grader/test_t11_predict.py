"""T#11: the most likely label of each example."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from grader.engine.check import CannotTell, Unanswered, Wrong, check, follow_through
from grader.engine.compare import Expected, as_array, shown
from grader.lab.evidence import NOT_WORKED_OUT, NetworkEvidence
from grader.lab.follow_through import own_scores
from grader.lab.guest.network import given_scores
from grader.lab.questions import EDGES

CASES = ("square", "wide", "tall")


@check("T#11", "predict-published", public=True)
def test_predict_published(evidence: NetworkEvidence) -> None:
    """The labels of the notebook's toy case."""
    _right_labels(evidence, "published", evidence.answers.labels("published"), public=True)
    try:
        _right_labels(evidence, "twin", evidence.answers.labels("twin"))
    except Wrong as wrong:
        raise Wrong(f"{NOT_WORKED_OUT} {wrong}") from wrong


@check("T#11", "predict-hidden")
def test_predict_hidden(evidence: NetworkEvidence) -> None:
    """The labels of other shapes."""
    for case in CASES:
        _right_labels(evidence, case, evidence.answers.labels(case))


@check("T#11", "predict-edges")
def test_predict_edges(evidence: NetworkEvidence) -> None:
    """The labels of a single example, a single hidden unit, two classes."""
    for case in EDGES:
        _right_labels(evidence, case, evidence.answers.labels(case))


@follow_through(test_predict_published)
def labels_of_own_published_scores(evidence: NetworkEvidence) -> None:
    """The labels are those of the highest scores at hand."""
    _labels_of_own_scores(evidence, ("published", "twin"))


@follow_through(test_predict_hidden)
def labels_of_own_scores(evidence: NetworkEvidence) -> None:
    """The labels are those of the highest scores at hand."""
    _labels_of_own_scores(evidence, CASES)


@follow_through(test_predict_edges)
def labels_of_own_scores_at_the_edges(evidence: NetworkEvidence) -> None:
    """The labels are those of the highest scores at hand."""
    _labels_of_own_scores(evidence, EDGES)


def _right_labels(
    evidence: NetworkEvidence, case: str, expected: np.ndarray, public: bool = False
) -> None:
    wanted = Expected("labels", expected, "(N,)", public)
    labels = as_array(evidence, evidence.value(f"predict/{case}", "labels"), wanted)
    wrong = int((labels != expected).sum())
    if wrong:
        raise Wrong(
            f"Labels that are not the class of the highest score: {wrong} of {expected.size}.",
            got=shown(labels.astype(int), public),
            expected=shown(expected, public),
        )


def _labels_of_own_scores(evidence: NetworkEvidence, cases: Sequence[str]) -> None:
    """Against the student's own scores or given ones, on these cases and on enough others to tell.

    If the same class is the highest in every row of every case, the first one (as if all are equal)
    or the last one, a label costs no thought. The labels are then those of given scores.
    """
    own = {case: own_scores(evidence, case) for case in (*cases, *CASES)}
    known = [scores for scores in own.values() if scores is not None]
    if len(known) < len(own) or _is_one_class(known):
        own = dict.fromkeys(own)
    chances = [own]
    if all(evidence.array(f"given/{case}", "labels") is not None for case in own):
        chances.append(
            dict.fromkeys(own)
        )  # scores that are drawn by chance are no two times the same
    for scores_of in chances:
        if all(_are_highest(evidence, case, scores_of[case]) for case in own):
            return
    raise Wrong("the labels are not those of your own highest scores either")


def _are_highest(evidence: NetworkEvidence, case: str, scores: np.ndarray | None) -> bool:
    question, name, scores = _labels_at_hand(evidence, case, scores)
    wanted = Expected("labels", scores.argmax(axis=1), "(N,)")
    labels = as_array(evidence, evidence.value(question, name), wanted)
    best = scores.max(axis=1, keepdims=True) == scores  # (N, C); several where scores tie
    return bool((best & (labels[:, None] == np.arange(scores.shape[1]))).any(axis=1).all())


def _labels_at_hand(
    evidence: NetworkEvidence, case: str, scores: np.ndarray | None
) -> tuple[str, str, np.ndarray]:
    """Question and name of the labels to judge, and the scores (N, C) that they should follow."""
    given = given_scores(evidence.answers.case(case).arrays)
    if evidence.array(f"predict/{case}", "given") is not None:  # predict stopped for want of scores
        return f"predict/{case}", "given", given
    if scores is not None:
        return f"predict/{case}", "labels", scores
    if evidence.array(f"given/{case}", "labels") is not None:
        return f"given/{case}", "labels", given
    if _are_trivial(evidence):
        raise Unanswered(f"scores/{case}")
    raise CannotTell("Your scores cannot be used to judge labels, and predict never asks for them")


def _are_trivial(evidence: NetworkEvidence) -> bool:
    """Whether the labels are not labels, all one class, or the same for two different networks."""
    seen: dict[str, np.ndarray] = {}
    for case in ("published", "twin", *CASES):
        labels = evidence.array(f"predict/{case}", "labels")
        shape = evidence.answers.labels(case).shape
        if labels is None or labels.shape != shape or not np.isfinite(labels).all():
            return True
        seen[case] = labels
    copied = np.array_equal(seen["published"], seen["twin"])
    return copied or all(np.ptp(labels) == 0 for labels in seen.values())


def _is_one_class(arrays: Iterable[np.ndarray]) -> bool:
    """Whether the same class, counted from either end, has the highest score in every row."""
    best = [(k, k - scores.shape[1]) for scores in arrays for k in scores.argmax(axis=1).tolist()]
    return any(len(set(labels)) == 1 for labels in zip(*best, strict=True))
