"""T#11: the most likely label of each example."""

from __future__ import annotations

import numpy as np

from grader.engine.check import Unanswered, Wrong, check, follow_through
from grader.engine.compare import Wanted, numbers, shown
from grader.lab.evidence import NOT_WORKED_OUT
from grader.lab.guest.network import given_scores
from grader.lab.questions import EDGES

CASES = ("square", "wide", "tall")


@check("T#11", "predict-published", public=True)
def test_predict_published(evidence):
    """The labels of the notebook's toy case."""
    _right_labels(evidence, "published", evidence.answers.labels("published"), public=True)
    try:
        _right_labels(evidence, "twin", evidence.answers.labels("twin"))
    except Wrong as wrong:
        raise Wrong(f"{NOT_WORKED_OUT} {wrong}") from wrong


@check("T#11", "predict-hidden")
def test_predict_hidden(evidence):
    """The labels of other shapes."""
    for case in CASES:
        _right_labels(evidence, case, evidence.answers.labels(case))


@check("T#11", "predict-edges")
def test_predict_edges(evidence):
    """The labels of a single example, a single hidden unit, two classes."""
    for case in EDGES:
        _right_labels(evidence, case, evidence.answers.labels(case))


@follow_through(test_predict_published)
def labels_of_own_published_scores(evidence):
    """The labels are those of the highest scores at hand."""
    _labels_of_own_scores(evidence, ("published", "twin"))


@follow_through(test_predict_hidden)
def labels_of_own_scores(evidence):
    """The labels are those of the highest scores at hand."""
    _labels_of_own_scores(evidence, CASES)


@follow_through(test_predict_edges)
def labels_of_own_scores_at_the_edges(evidence):
    """The labels are those of the highest scores at hand."""
    _labels_of_own_scores(evidence, EDGES)


def _right_labels(evidence, case, expected, public=False):
    wanted = Wanted("labels", expected, "(N,)", public)
    labels = numbers(evidence, evidence.value(f"predict/{case}", "labels"), wanted)
    wrong = int((labels != expected).sum())
    if wrong:
        raise Wrong(
            f"{wrong} of {expected.size} labels are not the class of the highest score.",
            got=shown(labels.astype(int), public),
            expected=shown(expected, public),
        )


def _labels_of_own_scores(evidence, cases):
    """Against the student's own scores, on these cases and on enough others to tell.

    Where the same class is the highest in every row of every case, the first one as where all are
    equal or the last one, a label costs no thought; such scores say nothing of T#11.
    """
    asked = {case: _scores_at_hand(evidence, case) for case in (*cases, *CASES)}
    if _is_one_class([scores for _, scores in asked.values()]):
        raise Wrong("the student's own scores give every example the same class")
    for case, (name, scores) in asked.items():
        wanted = Wanted("labels", scores.argmax(axis=1), "(N,)")
        labels = numbers(evidence, evidence.value(f"predict/{case}", name), wanted)
        best = scores.max(axis=1, keepdims=True) == scores  # (N, C); several where scores tie
        classes = np.arange(scores.shape[1])
        if not (best & (labels[:, None] == classes)).any(axis=1).all():
            raise Wrong("the labels are not those of the student's own highest scores either")


def _scores_at_hand(evidence, case):
    """The student's own scores or, where `predict` stopped for want of them, those it was given.

    The labels of the former are "labels", those of the latter "given".
    """
    scores = evidence.array(f"scores/{case}", "scores")
    shape = evidence.answers.scores(case).shape
    if evidence.array(f"predict/{case}", "given") is not None:
        return "given", given_scores(evidence.answers.case(case).arrays)
    if scores is None or scores.shape != shape or not np.isfinite(scores).all():
        raise Unanswered(f"scores/{case}")
    return "labels", scores


def _is_one_class(arrays):
    """Whether the same class, counted from either end, has the highest score in every row."""
    best = [(k, k - scores.shape[1]) for scores in arrays for k in scores.argmax(axis=1).tolist()]
    return any(len(set(labels)) == 1 for labels in zip(*best, strict=True))
