"""T#6: the loss of a batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.engine.check import NotReached, Wrong, check, follow_through
from grader.engine.compare import Expected, Value, as_array, assert_close
from grader.lab.answers import PUBLISHED_LOSS, PUBLISHED_SCORES
from grader.lab.evidence import NOT_WORKED_OUT, NetworkEvidence
from grader.lab.follow_through import losses_at_hand
from grader.lab.functional import data_loss, probabilities, reg_loss
from grader.lab.questions import PUBLISHED_REG, reg_of

MILD_EPSILON = 1e-6  # inside the logarithm; less costs nothing on hidden cases


@check("T#6", "loss-published", public=True)
def test_loss_published(evidence: NetworkEvidence) -> None:
    """The loss of the notebook's toy case."""
    if "T#6" in evidence.observation("loss/published").values.get("returned_early", ()):
        raise Wrong("loss() returns only the loss and never reaches T#7, expected (loss, grads).")
    value = evidence.value("loss/published", "loss")
    wanted = Expected("loss", np.array(PUBLISHED_LOSS), "", public=True)
    loss = float(as_array(evidence, value, wanted))
    limit = evidence.rubric.tolerance.published_loss
    difference = abs(loss - PUBLISHED_LOSS)
    if not difference < evidence.rubric.tolerance.relative * PUBLISHED_LOSS:
        raise Wrong(
            f"loss is off by {difference:.6g}, expected less than {limit:g}.",
            got=loss,
            expected=PUBLISHED_LOSS,
        )
    if not difference < limit:
        evidence.deviates("single-precision" if _is_single(evidence, loss) else "epsilon-in-log")
    try:
        _right_loss(evidence, "twin", PUBLISHED_REG)
    except Wrong as wrong:
        raise Wrong(f"{NOT_WORKED_OUT} {wrong}") from wrong


@check("T#6", "loss-data")
def test_loss_data(evidence: NetworkEvidence) -> None:
    """The loss without regularization: the mean cross-entropy."""
    _right_loss(evidence, "square")


@check("T#6", "loss-reg")
def test_loss_reg(evidence: NetworkEvidence) -> None:
    """The loss with regularization of both weight matrices, but of no bias."""
    for case in ("wide", "tall", "small"):
        _right_loss(evidence, case)


@check("T#6", "loss-edges")
def test_loss_edges(evidence: NetworkEvidence) -> None:
    """The loss of a single example, and of a single hidden unit."""
    for case in ("one-example", "one-hidden"):
        _right_loss(evidence, case)


@check("T#6", "loss-stable")
def test_loss_stable(evidence: NetworkEvidence) -> None:
    """The loss for scores near a thousand, where exp overflows."""
    value = evidence.value("loss/large", "loss")
    wanted = Expected("loss", np.array(evidence.answers.loss("large", 0.0)[0]), "")
    try:
        loss = float(as_array(evidence, value, wanted))
    except Wrong as wrong:
        raise Wrong(
            f"{wrong} exp() of a score above 709 is infinite. What changes in the softmax when "
            "you subtract the same number from every score of a row?"
        ) from wrong
    # A floor inside the logarithm caps the loss of one example at 16 to 37: not what is asked.
    if not abs(loss - wanted.array) <= evidence.rubric.tolerance.relative * wanted.array:
        raise Wrong("loss is finite but wrong for large scores.")


@follow_through(test_loss_published)
def loss_of_own_published_scores(evidence: NetworkEvidence) -> None:
    """The loss follows from the scores at hand."""
    if "T#6" in evidence.observation("loss/published").values.get("returned_early", ()):
        raise NotReached("loss() returns too early")
    _loss_of_own_scores(evidence, ("published", "twin"))


@follow_through(test_loss_data)
def loss_of_own_scores_without_reg(evidence: NetworkEvidence) -> None:
    """The loss follows from the scores at hand."""
    _loss_of_own_scores(evidence, ("square",))


@follow_through(test_loss_reg)
def loss_of_own_scores_with_reg(evidence: NetworkEvidence) -> None:
    """The loss follows from the scores at hand."""
    _loss_of_own_scores(evidence, ("wide", "tall", "small"))


@follow_through(test_loss_edges)
def loss_of_own_scores_at_the_edges(evidence: NetworkEvidence) -> None:
    """The loss follows from the scores at hand."""
    _loss_of_own_scores(evidence, ("one-example", "one-hidden"))


@follow_through(test_loss_stable)
def finite_loss_of_own_large_scores(evidence: NetworkEvidence) -> None:
    """The loss is what a stable softmax makes of your own scores."""
    _loss_of_own_scores(evidence, ("large",))


def _right_loss(evidence: NetworkEvidence, case: str, reg: float | None = None) -> None:
    reg = reg_of(case) if reg is None else reg
    value, expected = evidence.value(f"loss/{case}", "loss"), evidence.answers.loss(case, reg)[0]
    epsilon = evidence.cached("epsilon in the logarithm", lambda: _epsilon(evidence))
    if epsilon > MILD_EPSILON:
        evidence.deviates("epsilon-in-log")
    try:
        _near(evidence, value, expected)
    except Wrong:
        if not epsilon:
            raise
        _near(evidence, value, expected - _gain(evidence, case, epsilon))


def _epsilon(evidence: NetworkEvidence) -> float:
    """The number inside the logarithm that explains the loss of the published case, or 0.

    That case is the same for every seed, and so is what such a number costs.
    """
    loss = evidence.array("loss/published", "loss")
    if loss is None or loss.size != 1:
        return 0.0
    missing = float(evidence.answers.loss("published", PUBLISHED_REG)[0]) - float(loss.item())
    if not evidence.rubric.tolerance.published_loss < missing < 0.1:
        return 0.0
    low, high = -40.0, 0.0  # of its logarithm
    for _ in range(60):
        middle = (low + high) / 2
        is_more = _gain(evidence, "published", np.exp(middle)) > missing
        low, high = (low, middle) if is_more else (middle, high)
    return float(np.exp(low))


def _gain(evidence: NetworkEvidence, case: str, epsilon: float) -> float:
    """By how much a number inside the logarithm makes the loss smaller."""
    y = evidence.answers.case(case).arrays["y"]
    probs = probabilities(evidence.answers.scores(case))[np.arange(len(y)), y]
    return float(np.log1p(epsilon / probs).mean())


def _near(evidence: NetworkEvidence, value: Value, expected: float) -> None:
    """A loss close to 0 is the logarithm of a number close to 1, and as exact as that."""
    wanted, tolerance = Expected("loss", np.array(expected), ""), evidence.rubric.tolerance.relative
    assert_close(evidence, value, wanted, tolerance, scale=max(1.0, abs(float(expected))))


def _is_single(evidence: NetworkEvidence, loss: float) -> bool:
    """Whether the difference is one of single precision: of the loss, the scores, or throughout."""
    if evidence.value("loss/published", "loss").kind.get("dtype") == "float32":
        return True
    value = evidence.value("scores/published", "scores")
    if value.array is None or value.array.shape != PUBLISHED_SCORES.shape:
        return False
    arrays = evidence.answers.case("published").arrays
    own = data_loss(value.array, arrays["y"]) + reg_loss(arrays, PUBLISHED_REG, len(value.array))
    return value.kind.get("dtype") != "float64" or abs(loss - own) < 1e-12


def _loss_of_own_scores(evidence: NetworkEvidence, cases: Sequence[str]) -> None:
    for case in cases:
        _near_any(evidence, losses_at_hand(evidence, case))


def _near_any(evidence: NetworkEvidence, pairs: Sequence[tuple[Value, float]]) -> None:
    """One pair of a loss and what it should be has to agree; else the first one is told."""
    problems = []
    for value, expected in pairs:
        try:
            return _near(evidence, value, expected)
        except Wrong as wrong:
            problems.append(wrong)
    raise problems[0]
