"""T#7: the gradients of the loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.engine.check import CannotTell, NotReached, Wrong, check, follow_through
from grader.engine.compare import Expected, as_array, assert_near, relative_error
from grader.lab.evidence import NOT_WORKED_OUT, NetworkEvidence
from grader.lab.follow_through import cannot_tell, followed_gradients, has_numerical_gradients
from grader.lab.questions import HIDDEN_CASES as CASES
from grader.lab.questions import PARAMS, PUBLISHED_REG, reg_of

LETTERS = {"W1": "(D, H)", "b1": "(H,)", "W2": "(H, C)", "b2": "(C,)"}


@check("T#7", "gradient-check", public=True)
def test_gradient_check(evidence: NetworkEvidence) -> None:
    """The notebook's gradient check, all four parameters."""
    limit = evidence.rubric.tolerance.published_gradient
    numeric = evidence.answers.numeric("published", 0.05)
    analytic = evidence.answers.loss("published", 0.05)[1]
    for name in PARAMS:
        grad = _grad(evidence, "grads/published", name, numeric[name], public=True)
        error = notebook_error(grad, numeric[name])
        if error < limit:
            continue
        off = relative_error(
            grad, analytic[name], evidence.answers.gradient_size("published", 0.05)
        )
        if off <= evidence.rubric.tolerance.relative:
            evidence.deviates("single-precision")
        else:
            raise Wrong(
                f"{name}: the largest relative error against the numerical gradient is "
                f"{error:.3g}, expected less than {limit:g}."
            )
    for name in PARAMS:
        try:
            _right_gradient(evidence, name, ("twin",))
        except Wrong as wrong:
            raise Wrong(f"{NOT_WORKED_OUT} {wrong}") from wrong


@check("T#7", "gradient-W2")
def test_gradient_w2(evidence: NetworkEvidence) -> None:
    """The gradient of W2 on hidden cases."""
    _right_gradient(evidence, "W2")


@check("T#7", "gradient-b2")
def test_gradient_b2(evidence: NetworkEvidence) -> None:
    """The gradient of b2 on hidden cases."""
    _right_gradient(evidence, "b2")


@check("T#7", "gradient-W1")
def test_gradient_w1(evidence: NetworkEvidence) -> None:
    """The gradient of W1 on hidden cases."""
    _right_gradient(evidence, "W1")


@check("T#7", "gradient-b1")
def test_gradient_b1(evidence: NetworkEvidence) -> None:
    """The gradient of b1 on hidden cases."""
    _right_gradient(evidence, "b1")


@follow_through(test_gradient_check)
def check_against_own_loss(evidence: NetworkEvidence) -> None:
    """The gradients are those of your own loss."""
    for name in PARAMS:
        _gradient_of_own_loss(evidence, name)


@follow_through(test_gradient_w2)
def gradient_w2_of_own_loss(evidence: NetworkEvidence) -> None:
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "W2")


@follow_through(test_gradient_b2)
def gradient_b2_of_own_loss(evidence: NetworkEvidence) -> None:
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "b2")


@follow_through(test_gradient_w1)
def gradient_w1_of_own_loss(evidence: NetworkEvidence) -> None:
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "W1")


@follow_through(test_gradient_b1)
def gradient_b1_of_own_loss(evidence: NetworkEvidence) -> None:
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "b1")


def notebook_error(got: np.ndarray, expected: np.ndarray) -> float:
    """The notebook's `rel_error`: largest |x - y| / max(1e-8, |x| + |y|); NaN if any is."""
    return float(np.max(np.abs(got - expected) / np.maximum(1e-8, np.abs(got) + np.abs(expected))))


def _grad(
    evidence: NetworkEvidence, question: str, name: str, expected: np.ndarray, public: bool = False
) -> np.ndarray:
    """One gradient as numbers of the right shape."""
    returned = evidence.value(question, "returned")
    if returned.kind.get("type") not in ("tuple", "list"):
        raise Wrong(f"loss() returned {returned.kind['type']}, expected the pair (loss, grads).")
    if returned.kind.get("shape", [2]) != [2]:
        found = f"{returned.kind['type']} of length {returned.kind['shape'][0]}"
        raise Wrong(f"loss() returned a {found}, expected the pair (loss, grads).")
    grads = evidence.value(question, "grads")
    if grads.kind.get("type") != "dict":
        raise Wrong(f"grads is a {grads.kind['type']}, expected a dict with the keys of params.")
    keys = evidence.observation(question).values.get("grads_keys", [])
    if name not in keys:
        raise Wrong(f"grads has the keys {', '.join(keys) or 'none'}; {name} is missing.")
    value = evidence.value(question, f"grads/{name}")
    wanted = Expected(f"grads[{name!r}]", expected, LETTERS[name], public)
    return as_array(evidence, value, wanted)


def _right_gradient(evidence: NetworkEvidence, name: str, cases: Sequence[str] = CASES) -> None:
    # A case that not even the scores got through is T#5's loss, not four times T#7's.
    for case in [case for case in cases if evidence.finished(f"scores/{case}")] or cases:
        expected = evidence.answers.loss(case, _reg_of(case))[1][name]
        grad = _grad(evidence, f"loss/{case}", name, expected)
        wanted = Expected(f"grads[{name!r}]", expected, LETTERS[name])
        scale = evidence.answers.gradient_size(case, _reg_of(case))
        assert_near(grad, wanted, evidence.rubric.tolerance.relative, scale)
    _same_again(evidence, name)
    _note_numerical_gradients(evidence)


def _reg_of(case: str) -> float:
    return PUBLISHED_REG if case == "twin" else reg_of(case)


def _gradient_of_own_loss(evidence: NetworkEvidence, name: str) -> None:
    """Against one loss on every case: the student's own, or that of scores that are given."""
    if earlier_tasks_right(evidence):
        raise NotReached("your own scores and loss are right: nothing to follow through")
    if name in followed_gradients(evidence).names:
        _same_again(evidence, name)
        _note_numerical_gradients(evidence)
        return
    if cannot_tell(evidence, name):
        raise CannotTell(
            "Your scores cannot be used to judge gradients, and none could be inserted"
        )
    raise Wrong(f"grads[{name!r}] is not the gradient of your own loss either.")


def _same_again(evidence: NetworkEvidence, name: str) -> None:
    if name in evidence.drifting:
        raise Wrong(
            f"grads[{name!r}] changes when loss is called again with the same arguments: start "
            "from zero in every call."
        )


def _note_numerical_gradients(evidence: NetworkEvidence) -> None:
    if has_numerical_gradients(evidence):
        evidence.deviates("numerical-gradient")


def earlier_tasks_right(evidence: NetworkEvidence) -> bool:
    """Whether scores and loss are right on every hidden case."""
    for case in CASES:
        scores = evidence.array(f"scores/{case}", "scores")
        loss = evidence.array(f"loss/{case}", "loss")
        if scores is None or loss is None:
            return False
        tolerance = evidence.rubric.tolerance.relative
        right_loss = np.array(evidence.answers.loss(case, reg_of(case))[0])
        if not relative_error(scores, evidence.answers.scores(case)) <= tolerance:
            return False
        if loss.size != 1 or not relative_error(loss.reshape(()), right_loss) <= tolerance:
            return False
    return True
