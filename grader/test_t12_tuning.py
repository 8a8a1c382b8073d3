"""T#12: the best network, on validation and on test images."""

from __future__ import annotations

import numpy as np

from grader.engine.check import CannotTell, NotReached, Unanswered, Wrong, check, follow_through
from grader.engine.compare import Expected, as_array
from grader.lab.data import Truth
from grader.lab.evidence import NetworkEvidence
from grader.lab.judging import BEYOND_THE_LAB, accuracy_without_lookup
from grader.lab.rubric import DATA_KINDS

PIXELS = 784


@check("T#12", "tuning-validation", needs_data=True)
def test_tuning_validation(evidence: NetworkEvidence) -> float:
    """The accuracy of best_net on the validation images."""
    _same_data_set(evidence, "val")
    return _own_share(evidence, "val")


@check("T#12", "tuning-test", needs_data=True)
def test_tuning_test(evidence: NetworkEvidence) -> float:
    """The accuracy of best_net on the test images."""
    _same_data_set(evidence, "test")
    return _own_share(evidence, "test")


@follow_through(test_tuning_validation)
def accuracy_of_saved_parameters_on_validation(evidence: NetworkEvidence) -> float:
    """The saved parameters are good; what fails is your code for an earlier task."""
    return _share_of_saved(evidence, "val")


@follow_through(test_tuning_test)
def accuracy_of_saved_parameters_on_test(evidence: NetworkEvidence) -> float:
    """The saved parameters are good; what fails is your code for an earlier task."""
    return _share_of_saved(evidence, "test")


def _same_data_set(evidence: NetworkEvidence, name: str) -> None:
    """Leave it to a person if best_net notes that it was trained on another data set."""
    noted = _noted(evidence)
    if evidence.truth is not None and noted in DATA_KINDS and noted != evidence.truth.kind:
        raise CannotTell(
            f"best_net says that it was trained on {noted}, but this run is judged on "
            f"{evidence.truth.kind}: {_accuracies(evidence, name)}",
            _share_elsewhere(evidence, name),
        )


def _own_share(evidence: NetworkEvidence, name: str) -> float:
    """The share that `predict` earns. A net that looks images up earns by its perturbed images."""
    accuracy, kept = _own_accuracy(evidence, name), accuracy_without_lookup(evidence)
    if kept is None or kept >= accuracy:
        return _share(evidence, name, accuracy)
    return _share(evidence, name, kept, " on images that are shifted, rotated or noisy")


def _share_of_saved(evidence: NetworkEvidence, name: str) -> float:
    """The share that the saved parameters earn; a person looks if they may be for other data."""
    try:
        return _share(evidence, name, _accuracy_of_parameters(evidence, name))
    except (Wrong, NotReached):
        if not _may_be_for_other_data(evidence, name):
            raise
    raise CannotTell(
        "best_net does not say which data set it was trained on, and its accuracy is below the "
        f"lowest step: {_accuracies(evidence, name)}",
        _share_elsewhere(evidence, name),
    )


def _may_be_for_other_data(evidence: NetworkEvidence, name: str) -> bool:
    """Whether a whole network that gives labels has no note, and no other reason to be bad."""
    if evidence.truth is None or not evidence.finished(f"best_net/{name}"):
        return False
    try:
        _own_accuracy(evidence, name)
    except Wrong:
        return False
    return _noted(evidence) is None and not _scaled(evidence)


def _noted(evidence: NetworkEvidence) -> str | None:
    """The data set that best_net was trained on, by its own note; None without a note."""
    loaded = evidence.observations.by_question.get("best_net/load")
    return None if loaded is None else loaded.values.get("data")


def _truth(evidence: NetworkEvidence) -> Truth:
    """The labels of the data set that is judged on; checks of T#12 run with data only."""
    assert evidence.truth is not None
    return evidence.truth


def _accuracies(evidence: NetworkEvidence, name: str) -> str:
    """The accuracies on this run's data set, and on the other one if it is at hand."""
    labels, truth = evidence.array(f"best_net/{name}", "labels"), _truth(evidence)
    found: list[str] = []
    right = truth.labels(name)
    if labels is not None and labels.shape == right.shape:
        found.append(f"{float((labels == right).mean()):.4f} on {truth.kind}")
    elsewhere = _elsewhere(evidence)
    found += [f"{accuracies[name]:.4f} on {kind}" for kind, accuracies in elsewhere.items()]
    found += [f"unknown on {kind}" for kind in DATA_KINDS if kind not in (truth.kind, *elsewhere)]
    return f"{'validation' if name == 'val' else 'test'} accuracy {', '.join(found)}"


def _elsewhere(evidence: NetworkEvidence) -> dict[str, dict[str, float]]:
    """Accuracies of the saved parameters by other data set, as far as they are known."""
    others: dict[str, dict[str, float]] = (
        evidence.observation("best_net/load").values.get("others") or {}
    )
    return others


def _share_elsewhere(evidence: NetworkEvidence, name: str) -> float | None:
    """The share of the points on the other data set; None if unknown or too good to be true."""
    for kind, accuracies in _elsewhere(evidence).items():
        if accuracies[name] <= BEYOND_THE_LAB:
            return _step(evidence, kind, name, accuracies[name])
    return None


def _share(evidence: NetworkEvidence, name: str, accuracy: float, where: str = "") -> float:
    """Share of the points that an accuracy earns; Wrong where it earns none."""
    ladder = _ladder(evidence, _truth(evidence).kind, name)
    share = _step(evidence, _truth(evidence).kind, name, accuracy)
    if not share:
        raise Wrong(
            f"The accuracy{where} is {accuracy:.4f}, expected above {ladder[0][0]}; "
            f"points start above {ladder[-1][0]}.{_scaled(evidence)}"
        )
    better = [f"{more:.0%} above {floor}" for floor, more in reversed(ladder) if more > share]
    gives = f", which gives {share:.0%} of the points; {better[0]}" if better else ""
    evidence.remark(f"It is {accuracy:.4f}{gives}.")
    return share


def _ladder(evidence: NetworkEvidence, kind: str, name: str) -> tuple[tuple[float, float], ...]:
    steps = evidence.rubric.tuning[kind]
    return steps.validation if name == "val" else steps.test


def _step(evidence: NetworkEvidence, kind: str, name: str, accuracy: float) -> float:
    """The share that an accuracy on a data set earns."""
    ladder = _ladder(evidence, kind, name)
    return next((share for floor, share in ladder if accuracy > floor), 0.0)


def _own_accuracy(evidence: NetworkEvidence, name: str) -> float:
    """Share of right labels that the student's own object gives."""
    truth = _truth(evidence).labels(name)
    try:
        value = evidence.value(f"best_net/{name}", "labels")
    except Unanswered:
        _takes_images(evidence)
        raise
    labels = as_array(evidence, value, Expected("best_net.predict(X)", truth, "(N,)"))
    evidence.clear_notes()  # the form of labels is T#11's
    if evidence.observation("best_net/load").values.get("finite") is False:
        raise Wrong("The parameters of best_net are not all finite (nan or inf).")
    return float((labels == truth).mean())


def _takes_images(evidence: NetworkEvidence) -> None:
    """Say so where the saved weights are those of a network for other inputs."""
    load = evidence.observation("best_net/load")  # Unanswered where none was handed in
    shape = load.values.get("kinds", {}).get("params/W1", {}).get("shape")
    if shape is not None and (len(shape) != 2 or shape[0] != PIXELS):
        raise Wrong(
            f"best_net is not a network for the images: its W1 has shape {tuple(shape)}, expected "
            f"({PIXELS}, H), one row for each pixel."
        )


def _accuracy_of_parameters(evidence: NetworkEvidence, name: str) -> float:
    """Share of right labels that the reference's code gives with the student's parameters."""
    labels = evidence.array("best_net/load", f"reference_labels/{name}")
    if labels is None:
        raise NotReached("best_net has no W1, b1, W2 and b2 in the lab's shapes")
    truth = _truth(evidence).labels(name)
    return float((labels == truth).mean())


def _scaled(evidence: NetworkEvidence) -> str:
    """A sentence where the network does well on pixels of another scale."""
    labels = evidence.array("best_net/val-255", "labels")
    if labels is None or labels.ndim != 1:
        return ""
    if np.mean(labels == _truth(evidence).y_val[: len(labels)]) > 0.9:
        return (
            " It does well on pixels divided by 255. Save a network that takes the notebook's "
            "pixels: minus the mean image, not divided."
        )
    return ""
