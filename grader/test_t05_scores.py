"""T#5: the scores of a batch."""

from __future__ import annotations

import numpy as np

from grader.engine.check import Wrong, check
from grader.engine.compare import Expected, as_array, assert_close, relative_error, shown
from grader.lab.answers import PUBLISHED_SCORES
from grader.lab.evidence import NOT_WORKED_OUT, NetworkEvidence
from grader.lab.questions import EDGES, HIDDEN


@check("T#5", "scores-published", public=True)
def test_scores_published(evidence: NetworkEvidence) -> None:
    """The scores of the notebook's toy case."""
    value = evidence.value("scores/published", "scores")
    scores = as_array(evidence, value, Expected("scores", PUBLISHED_SCORES, "(N, C)", public=True))
    difference = np.abs(scores - PUBLISHED_SCORES).sum()
    limit = evidence.rubric.tolerance.published_scores
    tolerance = evidence.rubric.tolerance.relative
    if not difference < limit and relative_error(scores, PUBLISHED_SCORES) <= tolerance:
        evidence.deviates("single-precision")
    elif not difference < limit:
        raise Wrong(
            f"scores: the differences from the published ones add up to {difference:.3g}, "
            f"expected less than {limit:g}.",
            got=shown(scores, public=True),
            expected=shown(PUBLISHED_SCORES, public=True),
        )
    try:
        _right_scores(evidence, "twin")
    except Wrong as wrong:
        raise Wrong(f"{NOT_WORKED_OUT} {wrong}") from wrong


@check("T#5", "scores-hidden")
def test_scores_hidden(evidence: NetworkEvidence) -> None:
    """The scores of other shapes, with biases that are not zero."""
    for case in HIDDEN:
        _right_scores(evidence, case)


@check("T#5", "scores-edges")
def test_scores_edges(evidence: NetworkEvidence) -> None:
    """The scores of a single example, a single hidden unit, two classes."""
    for case in EDGES:
        _right_scores(evidence, case)


def _right_scores(evidence: NetworkEvidence, case: str) -> None:
    value = evidence.value(f"scores/{case}", "scores")
    wanted = Expected("scores", evidence.answers.scores(case), "(N, C)")
    assert_close(evidence, value, wanted, evidence.rubric.tolerance.relative)
