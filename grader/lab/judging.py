"""What the judge asks this lab besides the checks: stubs, earlier tasks, flags, attention."""

from __future__ import annotations

import numpy as np

from grader.engine.check import Unanswered
from grader.engine.observation import Ended, Observation
from grader.lab.evidence import NetworkEvidence
from grader.lab.training import RECORD_CHECKS

# The published sweep's best has 0.979; this much takes more than two layers, or the labels.
BEYOND_THE_LAB = 0.99
SAME_LABELS = 0.002  # single precision changes fewer


def is_stub(evidence: NetworkEvidence, task: str) -> bool:
    """Whether a task of `train` is still the stub of the release."""
    if task not in RECORD_CHECKS:
        return False
    try:
        return task in evidence.record("steps").undone
    except Unanswered:
        return False


def earlier_task(evidence: NetworkEvidence, task: str, observation: Observation) -> str | None:
    """The earlier task that must work before this question can be answered, or None."""
    if task in ("T#9", "T#10"):
        if not evidence.observations.by_question["record/steps"].values.get("num_calls"):
            return "T#8"
        return "T#9" if task == "T#10" and not evidence.holds("step-size") else None
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
    test = evidence.array("best_net/test", "labels")
    if evidence.truth is None:
        return []
    if test is None or test.shape != evidence.truth.y_test.shape:
        return _attention_without_test_labels(evidence)
    known = float((test == evidence.truth.y_test).mean())
    kept = _accuracy_on_copies(evidence)
    if (
        known > 0.5
        and kept < evidence.rubric.perturbed_share * known
        and _disagrees(evidence, test, "test")
    ):
        return [
            f"best_net has accuracy {known:.3f} on the test images and {kept:.3f} on perturbed "
            "copies, and predict does not use the saved parameters. The network may have "
            "memorized the images. Please look at it."
        ]
    if known > BEYOND_THE_LAB:
        return [
            f"best_net has accuracy {known:.3f} on the test images, more than networks of this lab "
            "reach. It may have memorized the images. Please look at it."
        ]
    return []


def _attention_without_test_labels(evidence: NetworkEvidence) -> list[str]:
    """The reason if a net knows the validation images and fails on mixed test images."""
    labels = evidence.array("best_net/val", "labels")
    assert evidence.truth is not None
    if labels is None or labels.shape != evidence.truth.y_val.shape:
        return []
    known = float((labels == evidence.truth.y_val).mean())
    if known <= 0.5 or not _disagrees(evidence, labels, "val"):
        return []
    return [
        f"best_net has accuracy {known:.3f} on the validation images, but no labels for test "
        "images mixed with perturbed copies, and predict does not use the saved parameters. The "
        "network may have memorized the images. Please look at it."
    ]


def _accuracy_on_copies(evidence: NetworkEvidence) -> float:
    """Share of right labels on perturbed test images; 1 if they were not asked about."""
    labels = evidence.array("best_net/test", "labels/perturbed")
    copied = evidence.array("best_net/test", "copied")
    if evidence.truth is None or labels is None or copied is None:
        return 1.0
    return float((labels.reshape(len(labels), -1)[:, 0] == evidence.truth.y_test[copied]).mean())


def _disagrees(evidence: NetworkEvidence, labels: np.ndarray, images: str) -> bool:
    """Whether `predict` gives other labels than the saved parameters do."""
    saved = evidence.array("best_net/load", f"reference_labels/{images}")
    if saved is None or saved.shape != labels.shape:
        return True
    return bool((saved != labels).mean() > SAME_LABELS)
