"""The lab's data as its notebook prepares it: rows of 784 pixels, the mean image subtracted."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.errors import KitError
from mnist_data.contents import TITLES
from mnist_data.errors import DataError
from mnist_data.fetch.locate import find_data
from mnist_data.load_mnist import read_data_sets


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
    source: str  # for people: what it is and in which folder

    @property
    def title(self) -> str:
        """How people call this data."""
        return TITLES[self.kind]


def load_lab_data(kind: str = "auto") -> LabData:
    """Find, read and prepare the data; kind is "auto", "mnist" or "synthetic"."""
    try:
        found = find_data(kind)
        with contextlib.redirect_stdout(io.StringIO()):
            X_train, y_train, X_val, y_val, X_test, y_test = read_data_sets(found.folder)
    except DataError as error:
        raise KitError(str(error)) from error
    mean_image = X_train.mean(axis=0)  # (28, 28, 1)

    def rows(images: np.ndarray) -> np.ndarray:
        return (images - mean_image).reshape(len(images), -1)  # (N, 784)

    return LabData(
        X_train=rows(X_train),
        y_train=y_train,
        X_val=rows(X_val),
        y_val=y_val,
        X_test=rows(X_test),
        y_test=y_test,
        kind=found.kind,
        source=str(found),
    )


def write_arrays(data: LabData, folder: Path) -> None:
    """Put the arrays into a folder, for processes that share them."""
    for name, value in vars(data).items():
        if isinstance(value, np.ndarray):
            np.save(folder / f"{name}.npy", value, allow_pickle=False)


def map_arrays(folder: Path, kind: str, source: str) -> LabData:
    """The data of `write_arrays`, read-only, in memory once for all processes that map it."""
    arrays = {path.stem: np.asarray(np.load(path, mmap_mode="r")) for path in folder.glob("*.npy")}
    return LabData(**arrays, kind=kind, source=source)
