"""The lab's data as its notebook prepares it: rows of 784 pixels, the mean image subtracted."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_data.load_mnist import read_data_sets

NAMES = {"mnist": "MNIST", "synthetic": "the offline digits"}


@dataclass(frozen=True)
class LabData:
    """Images (N, 784) of float64 and labels (N,), with where they came from."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    kind: str  # "mnist" or "synthetic"
    folder: Path

    @property
    def name(self) -> str:
        """How people call this data."""
        return NAMES[self.kind]


def load_lab_data(folder: Path, kind: str) -> LabData:
    """Read the four files of `folder` and prepare them; raises mnist_data's DataError."""
    with contextlib.redirect_stdout(io.StringIO()):
        X_train, y_train, X_val, y_val, X_test, y_test = read_data_sets(folder)
    mean_image = X_train.mean(axis=0)  # (28, 28, 1)

    def rows(images: np.ndarray) -> np.ndarray:
        return (images - mean_image).reshape(len(images), -1)  # (N, 784)

    return LabData(
        rows(X_train), y_train, rows(X_val), y_val, rows(X_test), y_test, kind, Path(folder)
    )
