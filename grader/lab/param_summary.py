"""Large parameters as what is needed of them: they are not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from grader.engine.observation import Observation, kind_of
from grader.errors import KitError
from grader.lab.answers import net_with
from grader.lab.data import GradingData, load_grading_data
from grader.lab.functional import probabilities
from grader.lab.perturbed import Mixture
from grader.lab.questions import LOAD_BEST_NET, PARAMS, Arrays
from grader.lab.rubric import DATA_KINDS

FOR_THIS_DATA = 0.9  # accuracy; what is better was hardly trained on other data
TILES = 36  # first-layer weights kept as pictures


def summarize_params(
    observation: Observation, data: GradingData, seen: Mapping[str, Observation]
) -> Observation:
    """With the labels that the reference's code gives, and pictures, in place of parameters.

    Labels of the mixed test images are put in order, those of the perturbed copies by themselves.
    """
    if observation.question == "best_net/test":
        return _in_order(observation, data)
    arrays, kinds = dict(observation.arrays), dict(observation.values["kinds"])
    params = {name: arrays.pop(f"params/{name}", None) for name in PARAMS}
    for name, array in params.items():
        if array is not None:  # its shape is still of interest
            kinds.setdefault(f"params/{name}", kind_of(array))
    network = _network(params)
    values = {**observation.values, "kinds": kinds}
    if observation.question == LOAD_BEST_NET:
        arrays.update(_pictures(params["W1"]))
        if network is not None:
            arrays.update(_labels_beside(network, data, seen))
            values["others"] = _accuracy_elsewhere(values.get("data"), arrays, network, data)
    elif network is not None:
        scores = _scores(network, data.rows("val"))
        arrays["reference_labels/val"] = scores.argmax(axis=1).astype(np.uint8)
    return replace(observation, values=values, arrays=arrays)


def _labels_beside(network: Arrays, data: GradingData, seen: Mapping[str, Observation]) -> Arrays:
    """The reference's labels, and how sure it is of the validation images that are shown.

    To work out all of them costs as much as the student's own prediction. They are the student's
    labels if both agree on those that are wrong, where alone the accuracy could rise, and on a
    sample. Pictures show wrong labels only.
    """
    arrays: Arrays = {}
    for name in ("val", "test"):
        images, truth = data.rows(name), data.truth.labels(name)
        own = _own_labels(seen.get(f"best_net/{name}"), truth)
        rows = _telling_rows(own, truth, data.mixture)
        scores = _scores(network, images[rows])
        labels = scores.argmax(axis=1)
        if own is not None and np.array_equal(labels, own[rows]):
            labels = own
        elif len(labels) < len(images):
            rows, scores = slice(None), _scores(network, images)
            labels = scores.argmax(axis=1)
        arrays[f"reference_labels/{name}"] = labels.astype(np.uint8)
        if name == "val":
            sure = np.zeros(len(truth), np.uint8)
            sure[rows] = np.nan_to_num(255 * probabilities(scores).max(axis=1))
            arrays["confidence/val"] = sure
    return arrays


def _own_labels(observation: Observation | None, truth: np.ndarray) -> np.ndarray | None:
    """The labels (N,) that the student's network gave, if they are whole numbers, one an image."""
    labels = None if observation is None else observation.arrays.get("labels")
    fits = labels is not None and labels.shape == truth.shape and labels.dtype.kind in "iu"
    return labels if fits else None


def _telling_rows(
    own: np.ndarray | None, truth: np.ndarray, mixture: Mixture | None
) -> np.ndarray | slice:
    """The images with wrong labels, and those that were drawn to be copied; or else all."""
    if own is None or mixture is None or (own == truth).mean() < FOR_THIS_DATA:
        return slice(None)
    return np.union1d(np.flatnonzero(own != truth), mixture.copied[mixture.copied < len(own)])


def _scores(network: Arrays, images: np.ndarray) -> np.ndarray:
    """The reference's scores (N, 10); they may overflow."""
    with np.errstate(all="ignore"):
        scores: np.ndarray = net_with(network).loss(images)
    return scores


def _accuracy_elsewhere(
    noted: str | None, arrays: Mapping[str, np.ndarray], network: Arrays, data: GradingData
) -> dict[str, dict[str, float]]:
    """Accuracies of the saved parameters on the other data set, if it is here and may be theirs."""
    here = float((arrays["reference_labels/val"] == data.truth.y_val).mean())
    if noted == data.kind or (noted is None and here > FOR_THIS_DATA):
        return {}
    found = {}
    for kind in DATA_KINDS:
        other = None if kind == data.kind else _other_data(kind)
        if other is not None:
            found[kind] = {name: _accuracy(network, other, name) for name in ("val", "test")}
    return found


def _accuracy(network: Arrays, data: GradingData, name: str) -> float:
    labels = _scores(network, data.rows(name)).argmax(axis=1)
    return float((labels == data.truth.labels(name)).mean())


@lru_cache(maxsize=2)
def _other_data(kind: str) -> GradingData | None:
    try:
        return load_grading_data(kind)
    except KitError:
        return None


def _in_order(observation: Observation, data: GradingData) -> Observation:
    labels, mixture = observation.arrays.get("labels"), data.mixture
    if mixture is None or labels is None or not labels.shape:
        return observation
    if labels.shape[0] != len(mixture.order):  # no label for each image: left as it is
        return observation
    ordered, of_copies = mixture.split(labels)
    arrays = {"labels": ordered, "labels/perturbed": of_copies, "copied": mixture.copied}
    kinds = dict(observation.values["kinds"])
    if "labels" in kinds:
        kinds["labels"] = {**kinds["labels"], "shape": list(ordered.shape)}
    values = {**observation.values, "kinds": kinds}
    return replace(observation, values=values, arrays={**observation.arrays, **arrays})


def _network(params: Mapping[str, np.ndarray | None]) -> dict[str, np.ndarray] | None:
    """The parameters as floats, if they are finite and those of 784 inputs and 10 classes."""
    found = {name: array.astype(np.float64) for name, array in params.items() if array is not None}
    if len(found) < len(PARAMS) or found["W1"].ndim != 2:
        return None
    H = found["W1"].shape[1]
    shapes = {"W1": (784, H), "b1": (H,), "W2": (H, 10), "b2": (10,)}
    shaped = {name: in_shape(found[name], shape) for name, shape in shapes.items()}
    network = {name: array for name, array in shaped.items() if array is not None}
    fits = len(network) == len(PARAMS)
    return network if fits and all(np.isfinite(array).all() for array in network.values()) else None


def in_shape(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """A parameter in its shape, be it (1, H) for (H,); None where it is not of that shape.

    Where T#7 gives a row for a bias, the step makes one of the bias too.
    """
    if [length for length in array.shape if length > 1] != [n for n in shape if n > 1]:
        return None
    return array.reshape(shape)


def _pictures(W1: np.ndarray | None) -> dict[str, np.ndarray]:
    """The first hidden units' weights as gray images of 28 x 28, each stretched to 0..255."""
    if W1 is None or W1.ndim != 2 or W1.shape[0] != 784 or not np.isfinite(W1).all():
        return {}
    tiles = W1.T[:TILES].astype(np.float64)  # (K, 784)
    low, high = tiles.min(axis=1, keepdims=True), tiles.max(axis=1, keepdims=True)
    spread = np.where(high > low, high - low, 1.0)
    return {"tiles": (255 * (tiles - low) / spread).astype(np.uint8).reshape(-1, 28, 28)}
