"""T#9: the SGD step, judged on what the parameters do under scripted gradients."""

from __future__ import annotations

import numpy as np

from grader.engine.check import Unanswered, Wrong, check
from grader.lab import update_rules as update_rules
from grader.lab.evidence import NetworkEvidence
from grader.lab.questions import PARAMS, RECORD_RATE
from grader.lab.training import judged_training
from grader.lab.training_trace import TrainingTrace
from grader.lab.update_rules import plain_rates, update_rule_of


@check("T#9", "step-W1")
def test_step_w1(evidence: NetworkEvidence) -> None:
    """The step moves W1 against its gradient."""
    _right_step(evidence, "W1")


@check("T#9", "step-b1")
def test_step_b1(evidence: NetworkEvidence) -> None:
    """The step moves b1 against its gradient."""
    _right_step(evidence, "b1")


@check("T#9", "step-W2")
def test_step_w2(evidence: NetworkEvidence) -> None:
    """The step moves W2 against its gradient."""
    _right_step(evidence, "W2")


@check("T#9", "step-b2")
def test_step_b2(evidence: NetworkEvidence) -> None:
    """The step moves b2 against its gradient."""
    _right_step(evidence, "b2")


@check("T#9", "step-size")
def test_step_size(evidence: NetworkEvidence) -> None:
    """All parameters take the same kind of step, and learning_rate sets its length."""
    record = _whole_record(evidence)
    tolerance = evidence.rubric.tolerance.step
    rule = update_rule_of(record, tolerance)
    if rule.name == "adaptive":
        evidence.deviates("adaptive-step")
    elif rule.name == "none":
        odd = [name for name in PARAMS if not update_rule_of(record, tolerance, (name,)).is_known]
        if 0 < len(odd) < len(PARAMS):
            raise Wrong(
                f"The step of {', '.join(odd)} follows a different rule from the other steps."
            )
        first = f"{_first_rate(record):.4g}"
        if first == f"{RECORD_RATE:.4g}":
            raise Wrong(
                "The four parameters do not follow one rule with the given learning rate: the "
                "first step is right, later steps are not."
            )
        raise Wrong(
            "The four parameters do not follow one rule with the given learning rate: the first "
            f"step is {first} times the gradient, expected {RECORD_RATE:g}."
        )
    _without_decay(evidence, record)


@check("T#9", "step-toy", public=True)
def test_step_toy(evidence: NetworkEvidence) -> None:
    """The notebook's toy training ends below its threshold."""
    judged_training(evidence, "T#9", "toy")


@check("T#9", "step-training", needs_data=True)
def test_step_training(evidence: NetworkEvidence) -> None:
    """A short training on images learns with these steps."""
    judged_training(evidence, "T#9", "images")


def _right_step(evidence: NetworkEvidence, name: str) -> None:
    record = _whole_record(evidence)
    steps, grads = record.steps[name], record.grads[name]
    if not np.isfinite(steps).all():
        raise Wrong(f"{name} is no longer finite after a step.")
    rule = update_rule_of(record, evidence.rubric.tolerance.step, (name,))
    if rule.name == "adaptive":
        evidence.deviates("adaptive-step")
    elif rule.name == "none":
        raise Wrong(f"{name}: {_what_happened(steps, grads, evidence.rubric.tolerance.step)}")


def _without_decay(evidence: NetworkEvidence, steady: TrainingTrace) -> None:
    """Wrong where learning_rate_decay comes into the step itself, and T#10 is right besides."""
    if not (evidence.passes("decay-factor") and evidence.passes("decay-epoch")):
        return
    decaying, tolerance = evidence.trace("steps"), evidence.rubric.tolerance.step
    first = update_rules.first_length(decaying, steady, tolerance)
    if first is not None and abs(first - 1) > 10 * tolerance:
        raise Wrong(
            f"With learning_rate_decay {decaying.plan.decay:g} the first step is {first:.4g} times "
            "as long as with 1. The decay must not change the step itself."
        )


def _whole_record(evidence: NetworkEvidence) -> TrainingTrace:
    """The record without decay: of all its steps, or as far as a later task let it go."""
    record = evidence.trace("steady")
    taken, expected = record.num_steps, record.plan.num_iters
    if record.observation.error is not None:
        # What comes after a whole and right step is no longer the step's fault, nor is what comes
        # before it, where there was no batch.
        if (
            record.batch_sizes
            and not update_rule_of(record, evidence.rubric.tolerance.step).is_known
        ):
            raise Unanswered("record/steady", record.observation)
    elif taken < expected:
        raise Wrong(f"The number of training steps is {taken}, expected {expected}.")
    return record


def _what_happened(steps: np.ndarray, grads: np.ndarray, tolerance: float) -> str:
    """The commonest ways of a wrong step, from the T steps and gradients of one parameter."""
    steps, grads = steps.reshape(len(steps), -1), grads.reshape(len(grads), -1)
    if not steps.any():
        return "it never changes."
    rates = plain_rates(steps, grads, tolerance)
    if rates is not None and (rates < 0).all():
        return "it moves along the gradient, so the loss grows."
    if rates is not None and not rates.all():
        return f"it does not change in {int((rates == 0).sum())} of {len(rates)} steps."
    if rates is not None:
        return (
            f"the first step is {rates[0]:.4g} times the gradient, the last {rates[-1]:.4g} times; "
            f"expected {RECORD_RATE:g} times at every step (this run has no decay)."
        )
    if len(steps) > 1 and plain_rates(steps[1:], grads[:-1], tolerance) is not None:
        return "each step uses the gradient of the previous step."
    return (
        "its steps should be -learning_rate times its gradient, and they are not a multiple of it."
    )


def _first_rate(record: TrainingTrace) -> float:
    steps, grads = record.flat(record.steps)[0], record.flat(record.grads)[0]
    return float(steps @ grads / (grads @ grads))
