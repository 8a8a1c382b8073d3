"""What the judge asks this lab besides the checks: stubs, earlier tasks, flags, attention."""

from __future__ import annotations

import numpy as np

from grader.engine.check import Unanswered
from grader.engine.observation import Ended, Observation
from grader.lab.evidence import NetworkEvidence
from grader.lab.training import TRACE_CHECKS

# The published sweep's best has 0.979; this much takes more than two layers, or the labels.
BEYOND_THE_LAB = 0.99
_SAVED = "best_net/load"
SAME_LABELS = 0.002  # single precision changes fewer


def is_stub(evidence: NetworkEvidence, task: str) -> bool:
    """Whether a task of `train` is still the stub of the release."""
    if task not in TRACE_CHECKS:
        return False
    try:
        return task in evidence.trace("steps").undone
    except Unanswered:
        return False


def earlier_task(evidence: NetworkEvidence, task: str, observation: Observation) -> str | None:
    """The earlier task that must work before this question can be answered, or None."""
    if task in ("T#9", "T#10"):
        if not evidence.observations.by_question["record/steps"].values.get("num_calls"):
            return "T#8"
        return "T#9" if task == "T#10" and not evidence.passes("step-size") else None
    if observation.ended is not Ended.RAISED or task not in ("T#6", "T#7", "T#11"):
        return None
    case = observation.question.split("/")[1]
    if evidence.array(f"scores/{case}", "scores") is None:
        return "T#5"
    return "T#6" if task == "T#7" and "loss" not in observation.arrays else None


def why_missing(evidence: NetworkEvidence, question: str) -> str:
    """What was not handed in."""
    if question.startswith("best_net"):
        return "No best_net.pkl or best_net.npz was handed in."
    return "No class TwoLayerNet was handed in."


def why_empty(observation: Observation) -> str | None:
    """Why a training that finished shows no step."""
    if observation.ended is Ended.FINISHED and observation.question.startswith("record/"):
        return "train() never calls self.loss(), so the grader cannot see its batches and steps."
    return None


def flags(evidence: NetworkEvidence) -> list[str]:
    """Sentences to be told; they cost no point."""
    found = []
    changed: dict[str, set[str]] = {}
    for question, seen in evidence.observations.by_question.items():
        for name in seen.values.get("changed") or ():
            changed.setdefault(question.split("/")[0], set()).add(name)
    for kind, names in changed.items():
        method = {"scores": "loss", "grads": "loss", "record": "train"}.get(kind, kind)
        found.append(f"{method}() changes {', '.join(sorted(names))} in place.")
    return sorted(set(found))


def attention(evidence: NetworkEvidence) -> list[str]:
    """Reasons to suspect that best_net knows the test images themselves."""
    kept = accuracy_without_lookup(evidence)
    known = _own_accuracy(evidence, "test")
    if kept is not None and known is None:
        return [
            f"best_net has accuracy {_own_accuracy(evidence, 'val'):.3f} on the validation images, "
            "but no labels for test images mixed with perturbed copies, and predict does not use "
            "the saved parameters. The network may have memorized the images. Please look at it."
        ]
    if kept is not None:
        return [
            f"best_net has accuracy {known:.3f} on the test images and {kept:.3f} on perturbed "
            "copies, and predict does not use the saved parameters. The network may have "
            "memorized the images. Please look at it."
        ]
    if known is not None and known > BEYOND_THE_LAB:
        return [
            f"best_net has accuracy {known:.3f} on the test images, more than networks of this lab "
            "reach. It may have memorized the images. Please look at it."
        ]
    return []


def accuracy_without_lookup(evidence: NetworkEvidence) -> float | None:
    """What a net that seems to know the images themselves has on perturbed ones; else None.

    It may know them if it does much worse on perturbed copies, or gives no labels as soon as there
    are any among the test images, and `predict` does not follow the saved parameters.
    """
    name = "test" if _own_accuracy(evidence, "test") is not None else "val"
    known = _own_accuracy(evidence, name) or 0.0
    kept = _accuracy_on_copies(evidence) if name == "test" else 0.0
    falls = known > 0.5 and kept < evidence.rubric.perturbed_share * known
    return kept if falls and _disagrees(evidence, name) else None


def _own_accuracy(evidence: NetworkEvidence, name: str) -> float | None:
    """Share of right labels that `predict` gives for "val" or "test"; None if it gives none."""
    labels = _labels(evidence, name)
    if labels is None or evidence.truth is None:
        return None
    return float((labels == evidence.truth.labels(name)).mean())


def _labels(evidence: NetworkEvidence, name: str) -> np.ndarray | None:
    """The labels in a row, also if they came as a column; None if they are not one per image."""
    labels = evidence.array(f"best_net/{name}", "labels")
    if labels is None or evidence.truth is None:
        return None
    fits = labels.size == evidence.truth.labels(name).size
    return labels.reshape(-1) if fits else None


def _accuracy_on_copies(evidence: NetworkEvidence) -> float:
    """Share of right labels on perturbed test images; 1 if they were not asked about."""
    labels = evidence.array("best_net/test", "labels/perturbed")
    copied = evidence.array("best_net/test", "copied")
    if evidence.truth is None or labels is None or copied is None:
        return 1.0
    return float((labels.reshape(len(labels), -1)[:, 0] == evidence.truth.y_test[copied]).mean())


def _disagrees(evidence: NetworkEvidence, name: str) -> bool:
    """Whether `predict` gives other labels than the saved parameters do."""
    labels, saved = _labels(evidence, name), evidence.array(_SAVED, f"reference_labels/{name}")
    if labels is None or saved is None or saved.shape != labels.shape:
        return True
    return bool((saved != labels).mean() > SAME_LABELS)
