"""The images that questions are asked about, and the labels that only the judge may know."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from grader.errors import KitError
from mnist_data.errors import DataError
from mnist_data.fetch.locate import find_data
from mnist_data.load_mnist import read_data_sets

# The short training takes 80 steps an epoch from these, so that two of its epochs end.
TRAINING_IMAGES = 8_000
SHIFTED_IMAGES = 500


@dataclass(frozen=True)
class Truth:
    """The labels that only the judge knows, and which data they are of."""

    kind: str  # "mnist" or "synthetic"
    y_val: np.ndarray  # (5000,)
    y_test: np.ndarray  # (10000,)


@dataclass(frozen=True)
class GradingData:
    """One data set, parted by who may see it."""

    public: dict[str, np.ndarray]  # goes into the sandbox: see `guest/harness.py`, prepare
    truth: Truth  # stays with the judge
    title: str  # for people: what it is and where it was found

    @property
    def kind(self) -> str:
        """Either "mnist" or "synthetic"."""
        return self.truth.kind

    def rows(self, name: str) -> np.ndarray:
        """Images "train", "val" or "test" as the notebook prepares them, (N, 784)."""
        if name not in self._rows:
            images = self.public[name]
            self._rows[name] = images.reshape(len(images), -1) - self.public["mean"]
        return self._rows[name]

    @cached_property
    def _rows(self) -> dict[str, np.ndarray]:
        # Prepared once: for every submission it would cost as much as a student's own prediction.
        return {}


def load_grading_data(kind: str = "auto") -> GradingData:
    """Find and read the data; `kind` is "auto", "mnist" or "synthetic".

    Raises
    ------
    KitError
        If the data are not to be had, in the words of `mnist_data`.
    """
    try:
        found = find_data(kind)
        with contextlib.redirect_stdout(io.StringIO()):
            X_train, y_train, X_val, y_val, X_test, y_test = read_data_sets(found.folder)
    except DataError as error:
        raise KitError(str(error)) from error
    mean = X_train.reshape(len(X_train), -1).mean(axis=0)  # (784,)
    train, val, test = (_pixels(X) for X in (X_train[:TRAINING_IMAGES], X_val, X_test))
    public = {
        "train": train,
        "train_labels": y_train[:TRAINING_IMAGES].astype(np.uint8),
        "mean": mean.astype(np.float64),
        "val": val,
        "test": test,
        "shifted": _shifted(test[:SHIFTED_IMAGES]),
    }
    truth = Truth(found.kind, np.asarray(y_val, np.int64), np.asarray(y_test, np.int64))
    return GradingData(public, truth, str(found))


def _pixels(images: np.ndarray) -> np.ndarray:
    """Images as (N, 28, 28) bytes."""
    return np.ascontiguousarray(images.reshape(len(images), 28, 28), dtype=np.uint8)


def _shifted(images: np.ndarray) -> np.ndarray:
    """The images moved by one pixel to each of the four sides, (4 N, 28, 28)."""
    moves = ((1, 1), (-1, 1), (1, 2), (-1, 2))
    return np.concatenate([np.roll(images, by, axis=axis) for by, axis in moves])
