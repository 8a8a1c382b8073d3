"""The data of the lab, found, read and prepared as the notebook prepares it."""

import contextlib
import io
from dataclasses import dataclass, replace

import numpy as np

from mnist_data.contents import TITLES
from mnist_data.find import find_data
from mnist_data.load_mnist import read_data_sets


@dataclass(frozen=True)
class LabData:
    """Training, validation and test set, with where they come from.

    Attributes
    ----------
    X_train, y_train, X_val, y_val, X_test, y_test : ndarray
        Images, float64 rows (N, 784) or uint8 (N, 28, 28, 1), and labels (N,).
    kind : str
        "mnist" or "synthetic".
    source : str
        What it is and in which folder, for people.
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    kind: str
    source: str

    @property
    def title(self) -> str:
        """Name of the set, for people."""
        return TITLES[self.kind]


def load_lab_data(kind: str = "auto", centered: bool = True) -> LabData:
    """Find and read the data without printing anything.

    Parameters
    ----------
    kind : {"auto", "mnist", "synthetic"}
        As for `find_data`, which may draw the offline digits first.
    centered : bool, default=True
        Subtract the mean training image and return rows of 784. Otherwise return the
        images as `read_data_sets` does, at an eighth of the memory.

    Raises
    ------
    DataError
        If there is no such data, or it is broken.
    """
    found = find_data(kind)
    with contextlib.redirect_stdout(io.StringIO()):
        data = LabData(*read_data_sets(found.folder), found.kind, str(found))
    if not centered:
        return data
    mean_image = data.X_train.mean(axis=0)  # (28, 28, 1)
    X_train, X_val, X_test = (
        (images - mean_image).reshape(len(images), -1)  # (N, 784)
        for images in (data.X_train, data.X_val, data.X_test)
    )
    return replace(data, X_train=X_train, X_val=X_val, X_test=X_test)
