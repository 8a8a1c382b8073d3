"""The images that questions are asked about, and the labels that only the judge may know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from grader.errors import KitError
from grader.lab.perturbed import Mixture, mix
from grader.lab.questions import TRAINING_IMAGES
from mnist_data import DataError, LabData
from mnist_data import load_lab_data as load_data


@dataclass(frozen=True)
class Truth:
    """The labels that only the judge knows, and which data they are of."""

    kind: str  # "mnist" or "synthetic"
    y_val: np.ndarray  # (5000,)
    y_test: np.ndarray  # (10000,)

    def labels(self, name: str) -> np.ndarray:
        """Labels of "val" or "test", (N,)."""
        return self.y_val if name == "val" else self.y_test


@dataclass(frozen=True)
class GradingData:
    """One data set, parted by who may see it."""

    public: dict[str, np.ndarray]  # goes into the sandbox: see `guest/harness.py`, prepare
    test: np.ndarray  # (10000, 28, 28) bytes; enters the sandbox mixed with perturbed copies only
    truth: Truth  # stays with the judge
    title: str  # for people: what it is and where it was found
    mixture: Mixture | None = None  # of one run

    @property
    def kind(self) -> str:
        """Either "mnist" or "synthetic"."""
        return self.truth.kind

    def rows(self, name: str) -> np.ndarray:
        """Images "train", "val" or "test" as the notebook prepares them, (N, 784)."""
        if name not in self._rows:
            images = self.test if name == "test" else self.public[name]
            self._rows[name] = images.reshape(len(images), -1) - self.public["mean"]
        return self._rows[name]

    @cached_property
    def _rows(self) -> dict[str, np.ndarray]:
        # Prepared once: for every submission it would cost as much as a student's own prediction.
        return {}


def load_lab_data(kind: str = "auto", centered: bool = True) -> LabData:
    """Load the data with `mnist_data`, and raise KitError, in its words, if that fails."""
    try:
        return load_data(kind, centered)
    except DataError as error:
        raise KitError(str(error)) from error


def load_grading_data(kind: str = "auto") -> GradingData:
    """Find and read the data; `kind` is "auto", "mnist" or "synthetic".

    Raises KitError if there is no such data.
    """
    data = load_lab_data(kind, centered=False)
    mean = data.X_train.reshape(len(data.X_train), -1).mean(axis=0)  # (784,)
    images = (data.X_train[:TRAINING_IMAGES], data.X_val, data.X_test)
    train, val, test = (_pixels(X) for X in images)
    public = {
        "train": train,
        "train_labels": data.y_train[:TRAINING_IMAGES].astype(np.uint8),
        "mean": mean.astype(np.float64),
        "val": val,
    }
    return GradingData(public, test, Truth(data.kind, data.y_val, data.y_test), data.source)


def seeded(data: GradingData, seed: int) -> GradingData:
    """The data of a run: the sandbox gets the test images among perturbed copies."""
    mixture = mix(data.test, seed)
    return replace(data, public={**data.public, "mixed": mixture.images}, mixture=mixture)


def _pixels(images: np.ndarray) -> np.ndarray:
    """Images as (N, 28, 28) bytes."""
    return np.ascontiguousarray(images.reshape(len(images), 28, 28), dtype=np.uint8)
