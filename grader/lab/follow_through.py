"""Follow-through: credit for a later task that is consistent with the student's earlier results.

Two rules. Credit is for work, so an answer that costs no thought earns nothing even if it agrees
with itself. And an earlier fault costs once: if the student's scores are degenerate, the later
task is judged on scores that everybody is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from grader.engine.check import CannotTell, Unanswered, Wrong
from grader.engine.compare import Value, relative_error
from grader.engine.evidence import Answered
from grader.engine.observation import Measured, Observation, Observations
from grader.lab.differences import EXACT
from grader.lab.functional import RIGHT, backward, data_loss, dscores_of, probabilities, reg_loss
from grader.lab.guest.network import given_hidden, given_scores
from grader.lab.questions import GRADIENT_REG, HIDDEN_CASES, PARAMS, reg_of

if TYPE_CHECKING:
    from grader.lab.answers import Answers
    from grader.lab.evidence import NetworkEvidence as Evidence

Grads = Mapping[str, np.ndarray]

CASES = ("published", *HIDDEN_CASES)  # on which gradients are compared
ENOUGH = 3  # of these, one regularized and one with more than two classes
TRIVIAL = 1e-2  # an answer this near to one that costs no thought shows nothing, relative
SAME_LOSS = 1e-9  # relative; the loss was worked out from that very softmax
SAME_ROWS = 1e-9
FUNCTION_OF_SCORES = 1e-4  # relative; central differences are off by about 1e-9
REG_FACTORS = (0.0, 0.5, 1.0, 2.0)  # how often a loss may have the regularization in it


# Earlier results.


def is_degenerate(scores: np.ndarray | None, shape: tuple[int, ...]) -> bool:
    """Whether scores (N, C) show no work: not there, not finite, flat, the same for every example.

    Rows are also the same if one is another in a different order, as rows of a one-hot array are.
    """
    if scores is None or scores.shape != shape or not np.isfinite(scores).all():
        return True
    logs = np.log(np.maximum(probabilities(scores.astype(np.float64)), 1e-300))
    rows = np.sort(logs, axis=1)
    if len(rows) == 1:
        return bool(np.ptp(rows) <= SAME_ROWS)
    return bool(np.ptp(rows, axis=0).max() <= SAME_ROWS)


def own_scores(evidence: Evidence, case: str) -> np.ndarray | None:
    """The student's scores (N, C) of a case, or None if they are degenerate.

    Scores that are the same for two networks and inputs of one size are degenerate on every case.
    """
    scores = evidence.array(f"scores/{case}", "scores")
    one, other = (evidence.array(f"scores/{name}", "scores") for name in ("published", "twin"))
    copied = one is not None and other is not None and np.array_equal(one, other)
    if copied or is_degenerate(scores, evidence.answers.scores(case).shape):
        return None
    assert scores is not None
    return scores.astype(np.float64)


def reg_of_question(evidence: Evidence, question: str) -> float:
    """Regularization strength that a question was asked with."""
    return float(evidence.answers.questions[question].options["reg"])


# T#6.


def losses_at_hand(evidence: Evidence, case: str) -> list[tuple[Value, float]]:
    """The student's loss on their own scores, or on given ones; each with what it should be.

    Raises
    ------
    Wrong
        If the scores are degenerate, none can be given, and the loss is trivial.
    CannotTell
        If the scores are degenerate, none can be given, and the loss is not trivial.
    """
    scores, given = own_scores(evidence, case), given_scores(evidence.answers.case(case).arrays)
    found = []
    if scores is not None and evidence.array(f"loss/{case}", "loss") is not None:
        found.append(_loss(evidence, f"loss/{case}", "loss", scores))
        if (
            relative_error(scores, evidence.answers.scores(case))
            <= evidence.rubric.tolerance.relative
        ):
            return found  # nothing was wrong before
    if evidence.array(f"loss/{case}", "given") is not None:  # the code had none to go on with
        found.append(_loss(evidence, f"loss/{case}", "given", given))
    if evidence.array(f"given/{case}", "loss") is not None:
        found.append(_loss(evidence, f"given/{case}", "loss", given))
    if found:
        return found
    if evidence.array(f"loss/{case}", "loss") is None:
        raise Unanswered(f"loss/{case}", evidence.observation(f"loss/{case}"))
    if _has_trivial_loss(evidence):
        raise Wrong(
            "the loss does not depend on the scores: it is a constant, or only the regularization"
        )
    raise CannotTell("Your scores cannot be used to judge the loss, and none could be inserted")


def _loss(evidence: Evidence, question: str, name: str, scores: np.ndarray) -> tuple[Value, float]:
    arrays = evidence.answers.case(question.split("/")[1]).arrays
    regularization = reg_loss(arrays, reg_of_question(evidence, question), len(scores))
    return evidence.value(question, name), data_loss(scores, arrays["y"]) + regularization


def _has_trivial_loss(evidence: Evidence) -> bool:
    """Whether the loss is one constant, or log C, plus a multiple of the regularization."""
    rest: dict[float, list[float]] = {factor: [] for factor in REG_FACTORS}
    sizes = []
    for case in HIDDEN_CASES:
        loss = evidence.array(f"loss/{case}", "loss")
        if loss is None or loss.size != 1 or not np.isfinite(loss).all():
            continue
        arrays = evidence.answers.case(case).arrays
        sizes.append(np.log(arrays["b2"].size))
        for factor, found in rest.items():
            found.append(float(loss.item()) - factor * reg_loss(arrays, reg_of(case), 1))
    return not sizes or any(
        np.ptp(found) <= 1e-6 or np.ptp(np.subtract(found, sizes)) <= 1e-6
        for found in rest.values()
    )


# T#7.


@dataclass(frozen=True)
class Comparison:
    """One case: the gradients that came back, and those that one loss would have."""

    case: str
    reg: float
    got: Grads
    candidates: tuple[Grads, ...]  # several if it is unknown which variable the code goes on with


@dataclass(frozen=True)
class Followed:
    """Which gradients earn points, all for the same loss."""

    names: frozenset[str]
    given: bool = False  # whether it is the loss of given scores


def followed_gradients(evidence: Evidence) -> Followed:
    """The gradients that are right for one loss on every case: that which most of them match."""
    return evidence.cached("followed gradients", lambda: _best_match(evidence))


def _best_match(evidence: Evidence) -> Followed:
    best = Followed(frozenset())
    for given, comparisons in _hypotheses(evidence):
        names = _matching(comparisons, evidence, evidence.rubric.tolerance.relative)
        if len(names) > len(best.names):
            best = Followed(names, given)
        if len(names) == len(PARAMS):
            break
    return best


def _hypotheses(evidence: Evidence) -> Iterator[tuple[bool, list[Comparison]]]:
    """The losses that the gradients may be those of, each with its cases."""
    yield True, [one for case in CASES for one in _on_given_scores(evidence, case)]
    if _is_loss_of_the_scores(evidence):
        yield False, list(_on_own(evidence, _slopes))
    yield False, list(_on_own(evidence, _of_own_scores))
    yield False, list(_on_own(evidence, _of_own_softmax))
    for at in range(len(evidence.explained_functions)):
        yield False, list(_on_own(evidence, partial(_of_explained, at=at)))


def needs_slopes(seen: Mapping[str, Observation], answers: Answers) -> bool:
    """Whether the gradients are not exactly those of given scores, which would settle the matter.

    Slopes take hundreds of calls. The tolerance is fixed, as in `differs_from_reference`.
    """
    shown = Answered(Observations(seen, "none", Measured(0.0, 0.0, 0.0)), answers)
    try:
        with np.errstate(all="ignore"):
            given = [one for case in CASES for one in _on_given_scores(shown, case)]
            return len(_matching(given, shown, EXACT)) < len(PARAMS)
    except Exception:  # of arrays that no code of the lab gives: the judge says so of the check
        return True


def _matching(
    comparisons: list[Comparison], evidence: Answered, tolerance: float
) -> frozenset[str]:
    """Names of the gradients that match on every case, on enough cases that show something."""
    names = set(PARAMS)
    telling: dict[str, list[Comparison]] = {name: [] for name in PARAMS}
    for one in comparisons:
        arrays = evidence.answers.case(one.case).arrays
        matches = [_matched(one.got, expected, tolerance) for expected in one.candidates]
        at = max(range(len(matches)), key=lambda at: len(matches[at] & names), default=None)
        if at is None:
            return frozenset()
        names &= matches[at]
        for name in names:
            if not is_trivial(one.candidates[at][name], arrays[name]):
                telling[name].append(one)
    return frozenset(name for name in names if _are_enough(telling[name], evidence))


def _matched(got: Grads, expected: Grads, tolerance: float) -> set[str]:
    return {
        name
        for name in PARAMS
        if name in got
        and name in expected
        and relative_error(got[name], expected[name]) <= tolerance
    }


def _are_enough(comparisons: list[Comparison], evidence: Answered) -> bool:
    return (
        len(comparisons) >= ENOUGH
        and any(one.reg > 0 for one in comparisons)
        and any(evidence.answers.case(one.case).arrays["b2"].size > 2 for one in comparisons)
    )


def is_trivial(grad: np.ndarray, param: np.ndarray) -> bool:
    """Whether a gradient costs no thought: zeros, one constant, or a multiple of its parameter."""
    size = np.abs(grad).max()
    if not np.isfinite(size) or size <= 1e-6:
        return True
    guesses = [np.zeros_like(param)] + ([np.full_like(param, grad.mean())] if grad.size > 1 else [])
    if param.any() and grad.size > 1:
        guesses.append(param * (grad * param).sum() / (param * param).sum())
    return any(relative_error(guess, grad) <= TRIVIAL for guess in guesses)


def cannot_tell(evidence: Evidence, name: str) -> bool:
    """Whether gradients that are not trivial have neither own scores nor given ones to follow."""
    if _stops_at_another_form(evidence):
        return True
    if any(own_scores(evidence, case) is not None for case in HIDDEN_CASES):
        return False
    if any(_given_grads(evidence, case) for case in CASES):
        return False
    found = [_own_grads(evidence, case).get(name) for case in CASES]
    params = [evidence.answers.case(case).arrays[name] for case in CASES]
    return any(
        grad is not None and grad.shape == param.shape and not is_trivial(grad, param)
        for grad, param in zip(found, params, strict=True)
    )


def _stops_at_another_form(evidence: Evidence) -> bool:
    """Whether little comes of cases whose scores have as many numbers as they should, reshaped.

    The hidden layer is then reshaped as well, and given scores do not fit it.
    """
    cases = [
        case
        for case in HIDDEN_CASES
        if (own := evidence.array(f"scores/{case}", "scores")) is not None
        and own.shape != (right := evidence.answers.scores(case)).shape
        and own.size == right.size > 1
    ]
    found = [case for case in cases if _own_grads(evidence, case) or _given_grads(evidence, case)]
    return 2 * len(found) < len(cases)


def _question(case: str) -> tuple[str, float]:
    if case == "published":
        return "grads/published", GRADIENT_REG
    return f"loss/{case}", reg_of(case)


def _own_grads(evidence: Evidence, case: str) -> dict[str, np.ndarray]:
    return _arrays(evidence, _question(case)[0], "grads")


def _given_grads(evidence: Answered, case: str) -> dict[str, np.ndarray]:
    """Gradients for given scores: in a rerun, or of code that had no scores to go on with."""
    found = _arrays(evidence, _question(case)[0], "given")
    return found or _arrays(evidence, f"given/{case}", "grads")


def _arrays(evidence: Answered, question: str, kind: str) -> dict[str, np.ndarray]:
    found = {name: evidence.array(question, f"{kind}/{name}") for name in PARAMS}
    return {name: array.astype(np.float64) for name, array in found.items() if array is not None}


def _on_given_scores(evidence: Answered, case: str) -> Iterator[Comparison]:
    got, (_, reg) = _given_grads(evidence, case), _question(case)
    if not got:
        return
    arrays = evidence.answers.case(case).arrays
    scores, right = given_scores(arrays), RIGHT.forward(arrays["X"], arrays)[0]
    starts = [dscores_of(scores, arrays["y"])]
    loss = evidence.array(f"given/{case}", "loss")
    starts += _softmax_starts(evidence, f"given/{case}", loss, case, reg)
    layers = [given_hidden(arrays), right, *_inside(evidence, f"inside/{case}", "hidden")]
    yield Comparison(case, reg, got, _ways_back(arrays, layers, starts, reg))


def _on_own(
    evidence: Evidence, candidates_of: Callable[[Evidence, str, float], Iterator[Grads]]
) -> Iterator[Comparison]:
    """Every case that returned a finite loss, with the gradients of one kind of loss."""
    for case in CASES:
        question, reg = _question(case)
        loss = evidence.array(question, "loss")
        if loss is not None and loss.size == 1 and np.isfinite(loss).all():
            candidates = tuple(candidates_of(evidence, case, reg))
            yield Comparison(case, reg, _own_grads(evidence, case), candidates)


def _slopes(evidence: Evidence, case: str, reg: float) -> Iterator[Grads]:
    """The numerical slopes of the student's own loss."""
    slopes = _arrays(evidence, f"numeric/{case}", "numeric")
    if len(slopes) == len(PARAMS) and _depends_on_data(evidence, case):
        yield slopes


def _of_own_scores(evidence: Evidence, case: str, reg: float) -> Iterator[Grads]:
    """What the usual way back makes of the student's own scores."""
    scores, arrays = own_scores(evidence, case), evidence.answers.case(case).arrays
    if scores is not None:
        starts = [dscores_of(scores, arrays["y"])]
        yield from _ways_back(arrays, _own_layers(evidence, case), starts, reg)


def _of_own_softmax(evidence: Evidence, case: str, reg: float) -> Iterator[Grads]:
    """What the usual way back makes of the student's own softmax, wherever `loss` keeps one."""
    arrays = evidence.answers.case(case).arrays
    loss = evidence.array(_question(case)[0], "loss")
    starts = list(_softmax_starts(evidence, f"inside/{case}", loss, case, reg))
    yield from _ways_back(arrays, _own_layers(evidence, case), starts, reg)


def _of_explained(evidence: Evidence, case: str, reg: float, at: int) -> Iterator[Grads]:
    """What right code makes of a known mistake."""
    arrays = evidence.answers.case(case).arrays
    if own_scores(evidence, case) is not None:
        stages = evidence.explained_functions[at]
        yield stages.loss(arrays["X"], arrays["y"], dict(arrays), reg)[1]


def _own_layers(evidence: Evidence, case: str) -> list[np.ndarray]:
    """Arrays that may be the student's hidden layer; the right one if the scores are right."""
    layers = [one for one in _inside(evidence, f"inside/{case}", "hidden") if _varies(one)]
    scores, expected = own_scores(evidence, case), evidence.answers.scores(case)
    if (
        scores is not None
        and relative_error(scores, expected) <= evidence.rubric.tolerance.relative
    ):
        arrays = evidence.answers.case(case).arrays
        layers.append(RIGHT.forward(arrays["X"], arrays)[0])
    return layers


def _ways_back(
    arrays: Grads, layers: list[np.ndarray], starts: list[np.ndarray], reg: float
) -> tuple[Grads, ...]:
    return tuple(
        backward(arrays["X"], layer, dscores, arrays, reg) for layer in layers for dscores in starts
    )


def _softmax_starts(
    evidence: Answered, question: str, loss: np.ndarray | None, case: str, reg: float
) -> Iterator[np.ndarray]:
    """The gradient on the scores that belongs to a softmax among the variables of `loss`.

    It is the student's if its cross-entropy is the student's loss. The gradient may have been made
    of it in place: it is then what is missing to the softmax.
    """
    arrays = evidence.answers.case(case).arrays
    if loss is None or loss.size != 1:
        return
    N, at_label = len(arrays["y"]), (np.arange(len(arrays["y"])), arrays["y"])
    own = [float(loss.item()) - factor * reg_loss(arrays, reg, N) for factor in REG_FACTORS]
    for array in _inside(evidence, question, "output"):
        onehot = np.zeros(array.shape)
        onehot[at_label] = 1
        for softmax in (array, array + onehot, N * array + onehot):
            entropy = -np.log(softmax[at_label]).mean()
            is_own = any(abs(entropy - one) <= SAME_LOSS * abs(one) for one in own)
            if is_own and _varies(np.sort(softmax, axis=1)):
                yield (softmax - onehot) / N


def _inside(evidence: Answered, question: str, kind: str) -> list[np.ndarray]:
    """The arrays of a kind that the student's `loss` has at its end."""
    seen = evidence.observations.by_question.get(question)
    found = sorted(seen.arrays.items()) if seen else ()
    return [array.astype(np.float64) for name, array in found if name.startswith(f"{kind}/")]


def _varies(rows: np.ndarray) -> bool:
    """Whether rows, one for each example, differ; a single row must not be flat."""
    if not rows.size or not np.isfinite(rows).all():
        return False
    return bool(np.ptp(rows, axis=0 if len(rows) > 1 else 1).max() > SAME_ROWS)


def _depends_on_data(evidence: Evidence, case: str) -> bool:
    """Whether the loss changes with the labels and with the inputs."""
    probed = evidence.array(f"numeric/{case}", "probed")
    if probed is None or probed.shape != (3,) or not np.isfinite(probed).all():
        return False
    return bool((np.abs(probed[1:] - probed[0]) > 1e-6 * max(1.0, abs(probed[0]))).all())


def _is_loss_of_the_scores(evidence: Evidence) -> bool:
    """Whether the slopes of the loss follow from those of the scores by the chain rule.

    A loss that is made of the parameters by themselves has nothing to do with a network. Neither
    have slopes that are the same along a whole axis of a weight matrix.
    """
    case = "square"
    slopes = _arrays(evidence, f"numeric/{case}", "numeric")
    jacobian = _arrays(evidence, f"numeric/{case}", "jacobian")
    if own_scores(evidence, case) is None or not len(slopes) == len(jacobian) == len(PARAMS):
        return False
    g = np.concatenate([slopes[name].ravel() for name in PARAMS])  # (P,)
    columns = evidence.answers.scores(case).size
    if any(jacobian[name].size != slopes[name].size * columns for name in PARAMS):
        return False
    J = np.concatenate([jacobian[name].reshape(-1, columns) for name in PARAMS])  # (P, N C)
    if not (np.isfinite(g).all() and np.isfinite(J).all()):
        return False
    on_scores, *_ = np.linalg.lstsq(J, g, rcond=1e-9)
    follows = np.abs(J @ on_scores - g).max() <= FUNCTION_OF_SCORES * np.abs(g).max()
    return bool(follows and all(_varies_along_axes(slopes[name]) for name in ("W1", "W2")))


def _varies_along_axes(slope: np.ndarray) -> bool:
    size = np.abs(slope).max()
    return slope.ndim == 2 and all(
        np.ptp(slope, axis=axis).max() > TRIVIAL * size for axis in (0, 1)
    )


def has_numerical_gradients(evidence: Evidence) -> bool:
    """Whether something happens once for every single weight while gradients are computed."""
    seen = evidence.observations.by_question.get("effort/one-example")
    if seen is None:
        return False
    weights = sum(evidence.answers.case("one-example").arrays[name].size for name in PARAMS)
    calls, perturbed = seen.values.get("calls", 0), seen.values.get("perturbed", 0)
    return bool(
        perturbed >= weights / 2
        or (calls >= weights / 2 and not all(_is_exact(evidence, name) for name in PARAMS))
    )


def _is_exact(evidence: Evidence, name: str) -> bool:
    grad = evidence.array("loss/one-example", f"grads/{name}")
    right = evidence.answers.loss("one-example", reg_of("one-example"))[1]
    return grad is not None and relative_error(grad, right[name]) <= EXACT
