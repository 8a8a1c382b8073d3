"""T#12: the best network, on validation and on test images."""

from __future__ import annotations

import numpy as np

from grader.engine.check import NotReached, Unanswered, Wrong, check, follow_through
from grader.engine.compare import Wanted, numbers

PIXELS = 784


@check("T#12", "tuning-validation", needs_data=True)
def test_tuning_validation(evidence):
    """The accuracy of best_net on the validation images."""
    return _share(evidence, "val", _own_accuracy(evidence, "val"))


@check("T#12", "tuning-test", needs_data=True)
def test_tuning_test(evidence):
    """The accuracy of best_net on the test images."""
    return _share(evidence, "test", _own_accuracy(evidence, "test"))


@follow_through(test_tuning_validation)
def accuracy_of_saved_parameters_on_validation(evidence):
    """The saved parameters are good; what fails is your code for an earlier task."""
    return _share(evidence, "val", _accuracy_of_parameters(evidence, "val"))


@follow_through(test_tuning_test)
def accuracy_of_saved_parameters_on_test(evidence):
    """The saved parameters are good; what fails is your code for an earlier task."""
    return _share(evidence, "test", _accuracy_of_parameters(evidence, "test"))


def _share(evidence, name, accuracy):
    """Share of the points that an accuracy earns; Wrong where it earns none."""
    steps = evidence.rubric.tuning[evidence.truth.kind]
    ladder = steps.validation if name == "val" else steps.test
    share = next((share for floor, share in ladder if accuracy > floor), 0.0)
    if not share:
        raise Wrong(
            f"The accuracy is {accuracy:.4f}, expected above {ladder[0][0]}; the first points are "
            f"given above {ladder[-1][0]}.{_scaled(evidence)}"
        )
    better = [f"{more:.0%} above {floor}" for floor, more in reversed(ladder) if more > share]
    gives = f", which gives {share:.0%} of the points; {better[0]}" if better else ""
    evidence.remark(f"It is {accuracy:.4f}{gives}.")
    return share


def _own_accuracy(evidence, name):
    """Share of right labels that the student's own object gives."""
    truth = evidence.truth.y_val if name == "val" else evidence.truth.y_test
    try:
        value = evidence.value(f"best_net/{name}", "labels")
    except Unanswered:
        _takes_images(evidence)
        raise
    labels = numbers(evidence, value, Wanted("best_net.predict(X)", truth, "(N,)"))
    evidence.start_over()  # the form of labels is T#11's
    if evidence.observation("best_net/load").values.get("finite") is False:
        raise Wrong("The parameters of best_net are not all finite (nan or inf).")
    return float((labels == truth).mean())


def _takes_images(evidence):
    """Say so where the saved weights are those of a network for other inputs."""
    load = evidence.observation("best_net/load")  # Unanswered where none was handed in
    shape = load.values.get("kinds", {}).get("params/W1", {}).get("shape")
    if shape is not None and (len(shape) != 2 or shape[0] != PIXELS):
        raise Wrong(
            f"best_net is no network for the images: its W1 has shape {tuple(shape)}, expected "
            f"({PIXELS}, H), one row for each pixel."
        )


def _accuracy_of_parameters(evidence, name):
    """Share of right labels that the reference's code gives with the student's parameters."""
    labels = evidence.array("best_net/load", f"reference_labels/{name}")
    if labels is None:
        raise NotReached("best_net has no parameters of the lab's own form")
    truth = evidence.truth.y_val if name == "val" else evidence.truth.y_test
    return float((labels == truth).mean())


def _scaled(evidence):
    """A sentence where the network does well on pixels of another scale."""
    labels = evidence.array("best_net/val-255", "labels")
    if labels is None or labels.ndim != 1:
        return ""
    if np.mean(labels == evidence.truth.y_val[: len(labels)]) > 0.9:
        return (
            " On pixels divided by 255 it does well: save a network that takes the notebook's "
            "pixels, less the mean image and not divided."
        )
    return ""
