"""T#11: the most likely label of each example."""

from __future__ import annotations

import numpy as np

from grader.check import Unanswered, Wrong, check, follow_through
from grader.compare import Wanted, numbers, shown
from grader.evidence import EDGES

CASES = ("square", "wide", "tall")


@check("T#11", "predict-published", public=True)
def test_predict_published(evidence):
    """The labels of the notebook's toy case."""
    _right_labels(evidence, "published", evidence.answers.labels("published"), public=True)


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
    """The labels are those of the student's own highest scores."""
    if _are_all_equal(evidence.array("scores/published", "scores")):
        labels_of_own_scores(evidence)  # this case tells nothing: every label would do
    else:
        _right_labels(evidence, "published", _own_labels(evidence, "published"))


@follow_through(test_predict_hidden)
def labels_of_own_scores(evidence):
    """The labels are those of the student's own highest scores."""
    for case in CASES:
        _right_labels(evidence, case, _own_labels(evidence, case))


@follow_through(test_predict_edges)
def labels_of_own_scores_at_the_edges(evidence):
    """The labels are those of the student's own highest scores."""
    for case in EDGES:
        _right_labels(evidence, case, _own_labels(evidence, case))


def _right_labels(evidence, case, expected, public=False):
    value = evidence.value(f"predict/{case}", "labels")
    labels = numbers(evidence, value, Wanted("labels", expected, "(N,)", public))
    wrong = int((labels != expected).sum())
    if wrong:
        raise Wrong(
            f"{wrong} of {expected.size} labels are not the class of the highest score.",
            got=shown(labels.astype(int), public),
            expected=shown(expected, public),
        )


def _own_labels(evidence, case):
    scores = evidence.array(f"scores/{case}", "scores")
    if scores is None or scores.ndim != 2 or not np.isfinite(scores).all():
        raise Unanswered(f"scores/{case}")
    if _are_all_equal(scores):
        raise Wrong("the student's own scores are all equal: every label would do")
    return scores.argmax(axis=1)


def _are_all_equal(scores):
    """Whether no class stands out in any row."""
    return scores is not None and scores.ndim == 2 and bool((scores == scores[:, :1]).all())
