"""T#7: the gradients of the loss."""

from __future__ import annotations

import numpy as np

from grader.engine.check import NotReached, Wrong, check, follow_through
from grader.engine.compare import Wanted, near, numbers, off_by
from grader.lab.evidence import NOT_WORKED_OUT
from grader.lab.functional import RIGHT, backward, dscores_of, reg_loss
from grader.lab.guest.network import given_scores
from grader.lab.questions import PARAMS, PUBLISHED_REG, reg_of

CASES = ("square", "wide", "tall", "one-example", "two-classes", "one-hidden", "small")
SAME_LOSS = 1e-9  # relative; the loss was worked out from that very softmax
LETTERS = {"W1": "(D, H)", "b1": "(H,)", "W2": "(H, C)", "b2": "(C,)"}


@check("T#7", "gradient-check", public=True)
def test_gradient_check(evidence):
    """The notebook's gradient check, all four parameters."""
    limit = evidence.rubric.tolerance.published_gradient
    numeric = evidence.answers.numeric("published", 0.05)
    analytic = evidence.answers.loss("published", 0.05)[1]
    for name in PARAMS:
        grad = _grad(evidence, "grads/published", name, numeric[name], public=True)
        error = relative_error(grad, numeric[name])
        if error < limit:
            continue
        off = off_by(grad, analytic[name], evidence.answers.gradient_size("published", 0.05))
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
def test_gradient_w2(evidence):
    """The gradient of W2 on hidden cases."""
    _right_gradient(evidence, "W2")


@check("T#7", "gradient-b2")
def test_gradient_b2(evidence):
    """The gradient of b2 on hidden cases."""
    _right_gradient(evidence, "b2")


@check("T#7", "gradient-W1")
def test_gradient_w1(evidence):
    """The gradient of W1 on hidden cases."""
    _right_gradient(evidence, "W1")


@check("T#7", "gradient-b1")
def test_gradient_b1(evidence):
    """The gradient of b1 on hidden cases."""
    _right_gradient(evidence, "b1")


@follow_through(test_gradient_check)
def check_against_own_loss(evidence):
    """The gradients are those of your own loss."""
    for name in PARAMS:
        _gradient_of_own_loss(evidence, "published", "grads/published", 0.05, name)


@follow_through(test_gradient_w2)
def gradient_w2_of_own_loss(evidence):
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "small", "loss/small", reg_of("small"), "W2")


@follow_through(test_gradient_b2)
def gradient_b2_of_own_loss(evidence):
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "small", "loss/small", reg_of("small"), "b2")


@follow_through(test_gradient_w1)
def gradient_w1_of_own_loss(evidence):
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "small", "loss/small", reg_of("small"), "W1")


@follow_through(test_gradient_b1)
def gradient_b1_of_own_loss(evidence):
    """The gradient is that of your own loss."""
    _gradient_of_own_loss(evidence, "small", "loss/small", reg_of("small"), "b1")


def relative_error(got, expected):
    """The notebook's `rel_error`: largest |x - y| / max(1e-8, |x| + |y|); NaN if any is."""
    return float(np.max(np.abs(got - expected) / np.maximum(1e-8, np.abs(got) + np.abs(expected))))


def _grad(evidence, question, name, expected, public=False):
    """One gradient as numbers of the right shape."""
    returned = evidence.value(question, "returned")
    if returned.kind.get("type") not in ("tuple", "list"):
        raise Wrong(f"loss() returned {returned.kind['type']}, expected the pair (loss, grads).")
    if returned.kind.get("shape", [2]) != [2]:
        number = returned.kind["shape"][0]
        raise Wrong(f"loss() returned {number} values, expected the pair (loss, grads).")
    grads = evidence.value(question, "grads")
    if grads.kind.get("type") != "dict":
        raise Wrong(f"grads is a {grads.kind['type']}, expected a dict with the keys of params.")
    keys = evidence.observation(question).values.get("grads_keys", [])
    if name not in keys:
        raise Wrong(f"grads has the keys {', '.join(keys) or 'none'}; {name} is missing.")
    value = evidence.value(question, f"grads/{name}")
    wanted = Wanted(f"grads[{name!r}]", expected, LETTERS[name], public)
    return numbers(evidence, value, wanted)


def _right_gradient(evidence, name, cases=CASES):
    # A case that not even the scores got through is T#5's loss, not four times T#7's.
    for case in [case for case in cases if evidence.finished(f"scores/{case}")] or cases:
        expected = evidence.answers.loss(case, _reg_of(case))[1][name]
        grad = _grad(evidence, f"loss/{case}", name, expected)
        wanted = Wanted(f"grads[{name!r}]", expected, LETTERS[name])
        scale = evidence.answers.gradient_size(case, _reg_of(case))
        near(grad, wanted, evidence.rubric.tolerance.relative, scale)


def _reg_of(case):
    return PUBLISHED_REG if case == "twin" else reg_of(case)


def _gradient_of_own_loss(evidence, case, question, reg, name):
    """Against central differences of the student's loss, or against the right way back from it.

    A forward pass that leaves a parameter out has a loss whose slope on it is zero; the usual
    line for that gradient is still the right line, only for the right network. So the gradient
    also counts as consistent if right later stages give it from the student's own scores.
    """
    given = evidence.array(question, f"given/{name}")
    if given is not None:
        _check_gradient_of_given_scores(evidence, case, reg, name, given)
        return
    expected = evidence.answers.loss(case, reg)[1][name]
    grad = _grad(evidence, question, name, expected)
    if earlier_tasks_right(evidence):
        raise NotReached("the student's own scores and loss are right: nothing to follow through")
    if _is_slope_of_own_loss(evidence, case, reg, name, grad):
        return
    for right in _ways_back(evidence, case, question, reg):
        if off_by(grad, right[name]) <= evidence.rubric.tolerance.relative:
            return
    raise Wrong(f"grads[{name!r}] is not the gradient of the student's own loss either.")


def _check_gradient_of_given_scores(evidence, case, reg, name, grad):
    """Where T#5 had no scores: the way back from those that T#7 was given instead."""
    arrays = evidence.answers.case(case).arrays
    dscores = dscores_of(given_scores(arrays), arrays["y"])
    hidden, _ = RIGHT.forward(arrays["X"], arrays)
    for layer in (hidden, *_inside(evidence, case, "hidden")):
        right = backward(arrays["X"], layer, dscores, arrays, reg)[name]
        if off_by(grad, right) <= evidence.rubric.tolerance.relative:
            return
    raise Wrong(f"grads[{name!r}] is not the gradient for scores that are given either.")


def _is_slope_of_own_loss(evidence, case, reg, name, grad):
    """Whether it is the numerical gradient of a loss that hangs on the parameter and the data.

    Scores that are always the same have gradients of zero, or of the regularisation alone: such
    an answer costs no thought and earns nothing.
    """
    numeric = evidence.array(f"numeric/{case}", f"numeric/{name}")
    if numeric is None or not off_by(grad, numeric) <= evidence.rubric.tolerance.numeric:
        return False
    weights = evidence.answers.case(case).arrays[name] if name.startswith("W") else 0.0
    return all(np.abs(numeric - share * reg * weights).max() > 1e-6 for share in (0, 0.5, 1, 2))


def _ways_back(evidence, case, question, reg):
    """Gradients that right code for T#7 gives, starting from the student's own forward pass.

    Either from the known mistake that explains it, or from the student's own scores or softmax and
    whatever the student's code holds that looks like the hidden layer.
    """
    arrays = evidence.answers.case(case).arrays
    for stages in evidence.explained_stages:
        yield stages.loss(arrays["X"], arrays["y"], arrays, reg)[1]
    scores = evidence.array(f"scores/{case}", "scores")
    if scores is None or scores.shape != evidence.answers.scores(case).shape or _is_flat(scores):
        return
    starts = [dscores_of(scores.astype(np.float64), arrays["y"])]
    starts += _own_dscores(evidence, case, question, reg)
    for hidden in _inside(evidence, case, "hidden"):
        if not _is_flat(hidden):
            for dscores in starts:
                yield backward(arrays["X"], hidden, dscores, arrays, reg)


def _own_dscores(evidence, case, question, reg):
    """What the usual line makes of the student's own softmax, wherever `loss` holds one.

    It is the student's own if its cross-entropy is the student's own loss. The gradient may have
    been made of it in place: it is then what the line takes off short of it.
    """
    arrays, loss = evidence.answers.case(case).arrays, evidence.array(question, "loss")
    if loss is None or loss.size != 1:
        return
    N, own = len(arrays["y"]), float(loss.item()) - reg_loss(arrays, reg, len(arrays["y"]))
    at_label = (np.arange(N), arrays["y"])
    for array in _inside(evidence, case, "output"):
        taken_off = np.zeros(array.shape)
        taken_off[at_label] = 1
        for softmax in (array, array + taken_off, N * array + taken_off):
            if np.abs(-np.log(softmax[at_label]).mean() - own) <= SAME_LOSS * np.abs(own):
                yield (softmax - taken_off) / N


def _inside(evidence, case, kind):
    """The arrays of a kind that the student's `loss` holds."""
    inside = evidence.observations.by_question.get(f"inside/{case}")
    for name, array in sorted(inside.arrays.items()) if inside else ():
        if name.startswith(f"{kind}/"):
            yield array.astype(np.float64)


def _is_flat(array):
    """Whether all numbers are the same, so that nothing was worked out."""
    return not array.size or bool((array == array.flat[0]).all())


def earlier_tasks_right(evidence):
    """Whether scores and loss are right on every hidden case."""
    for case in CASES:
        scores = evidence.array(f"scores/{case}", "scores")
        loss = evidence.array(f"loss/{case}", "loss")
        if scores is None or loss is None:
            return False
        tolerance = evidence.rubric.tolerance.relative
        right_loss = np.array(evidence.answers.loss(case, reg_of(case))[0])
        if not off_by(scores, evidence.answers.scores(case)) <= tolerance:
            return False
        if loss.size != 1 or not off_by(loss.reshape(()), right_loss) <= tolerance:
            return False
    return True
