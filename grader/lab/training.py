"""What the real trainings say, shared by T#8, T#9 and T#10.

A training that misses its threshold is one fault, and it counts once: against the task whose
record shows it, or against none of the three where the forward and backward pass are to blame.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from grader.engine.check import CausedElsewhere, NotReached, Unanswered, Wrong
from grader.engine.observation import Ended
from grader.lab.follow_through import has_numerical_gradients
from grader.lab.functional import RIGHT, data_loss
from grader.lab.param_summary import in_shape
from grader.lab.questions import PARAMS, TRAINING

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

# What the scripted record says of each task, and what says that the passes are right.
TRACE_CHECKS = {
    "T#8": ("batch-shape", "batch-pairs", "batch-random", "batch-reach", "batch-small-data"),
    "T#9": ("step-W1", "step-b1", "step-W2", "step-b2", "step-size"),
    "T#10": ("decay-factor", "decay-epoch"),
}
_NOT_YET = "The training is judged only if the other checks of this task pass"
PASS_CHECKS = (
    *("scores-hidden", "loss-data", "loss-reg"),
    *("gradient-W1", "gradient-b1", "gradient-W2", "gradient-b2"),
)


def judged_training(evidence: NetworkEvidence, task: str, name: str) -> None:
    """Judge the training "toy" or "images" for one task.

    Raises
    ------
    Wrong, Unanswered
        If the training falls short and this task may be to blame.
    NotReached
        If the record has shown already that it is.
    CausedElsewhere
        If it falls short, or cannot tell, for another reason.
    """
    held = [evidence.passes(check) for check in TRACE_CHECKS[task]]
    own_record = all(held)
    if not any(held):
        raise NotReached(_NOT_YET)
    if evidence.loss_changes_params or not all(map(evidence.passes, PASS_CHECKS)):
        if own_record:
            raise CausedElsewhere(
                "We could not train your network, because scores, loss or gradients are wrong"
            )
        raise NotReached(_NOT_YET)
    try:
        problem = _problem(evidence, name)
    except Unanswered:
        if own_record and _is_out_of_time(evidence, name):
            raise CausedElsewhere(
                "The training ran out of time: loss() or predict() is slow"
            ) from None
        others = (
            _others_to_blame(evidence, task),
            _predict_ends_it(evidence, name),
            has_numerical_gradients(evidence),  # these take hours on images
            evidence.observation("loss/published").values.get("returned_early"),
        )
        if own_record and any(others):
            raise CausedElsewhere("The training stopped in the code of another task") from None
        raise
    if problem and own_record and _others_to_blame(evidence, task):
        raise CausedElsewhere(f"{problem} Another task causes this")
    if problem:
        raise Wrong(problem)


def _others_to_blame(evidence: NetworkEvidence, task: str) -> bool:
    """Whether another task of the training is known to be wrong."""
    others = [check for other in TRACE_CHECKS if other != task for check in TRACE_CHECKS[other]]
    return not all(evidence.passes(check) for check in others)


def _predict_ends_it(evidence: NetworkEvidence, name: str) -> bool:
    """Whether `predict`, which `train` calls, ends a process by itself: hangs, crashes, floods."""
    ends = (Ended.TIMED_OUT, Ended.KILLED, Ended.FLOODED, Ended.OUT_OF_MEMORY)
    alone = evidence.observation("predict/published").ended
    return alone in ends and evidence.observation(f"train/{name}").ended in ends


def _is_out_of_time(evidence: NetworkEvidence, name: str) -> bool:
    """Whether a training took too long or was not asked, though `train` by itself ends.

    Batches, steps and rates were seen to their end with a `loss` that takes no time.
    """
    if evidence.observation(f"train/{name}").ended is not Ended.TIMED_OUT:
        return False
    return all(evidence.finished(f"record/{case}") for case in ("steps", "steady"))


def _problem(evidence: NetworkEvidence, name: str) -> str | None:
    """Why a training falls short, or None."""
    question = f"train/{name}"
    found = evidence.observation(question)
    params = {key: found.arrays.get(f"params/{key}") for key in PARAMS}
    if name == "images" and evidence.truth is not None:
        labels = found.arrays.get("reference_labels/val")
        if labels is None:
            return _ended(evidence, question)
        accuracy = float((labels == evidence.truth.y_val[: len(labels)]).mean())
        floor = getattr(evidence.rubric.threshold, f"training_{evidence.truth.kind}")
        if accuracy > floor:
            return None
        steps = TRAINING["settings"]["num_iters"]
        return f"After {steps} steps the accuracy is {accuracy:.3f}, expected above {floor}."
    finite = {
        name: one for name, one in params.items() if one is not None and np.isfinite(one).all()
    }
    if len(finite) < len(params):
        return _ended(evidence, question)
    loss = toy_loss(evidence, finite)
    if loss is None:
        return "The training changes the shapes of the parameters."
    limit = evidence.rubric.threshold.toy_loss
    return None if loss < limit else f"The final loss is {loss:.4g}, expected below {limit}."


def _ended(evidence: NetworkEvidence, question: str) -> str:
    found = evidence.observation(question)
    if found.error:
        raise Unanswered(question, found)
    return "After training, the parameters are missing or not finite."


def toy_loss(evidence: NetworkEvidence, params: Mapping[str, np.ndarray]) -> float | None:
    """Loss of the reference on the five toy points, with the parameters that were trained.

    None where they are not those of the toy network.
    """
    arrays = evidence.answers.case("published").arrays
    shaped = {name: in_shape(params[name], arrays[name].shape) for name in PARAMS}
    trained = {name: array for name, array in shaped.items() if array is not None}
    if len(trained) < len(shaped):
        return None
    return float(data_loss(RIGHT.scores(arrays["X"], trained), arrays["y"]))
