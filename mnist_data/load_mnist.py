"""Load MNIST, or any set of digits in the same four files."""

from pathlib import Path

import numpy as np

from mnist_data.errors import DataError, wrong
from mnist_data.files import find_files, read_content
from mnist_data.idx import parse_images, parse_labels

_HOW_TO_GET = (
    '"python -m mnist_data fetch" downloads MNIST, "python -m mnist_data make" draws digits'
)

Sets = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def read_data_sets(directory: str | Path, validation_size: int = 5000) -> Sets:
    """Read the training, validation and test set from the four IDX files of a folder.

    Parameters
    ----------
    directory : str or Path
        The folder with the files, compressed (``.gz``) or not.
    validation_size : int, default=5000
        How many of the first training images are set aside for validation.

    Returns
    -------
    X_train : ndarray of uint8, shape (55000, 28, 28, 1)
        The other training images, pixels from 0 (background) to 255 (ink).
    y_train : ndarray of int64, shape (55000,)
        Their labels, the digits 0 to 9.
    X_val, y_val : ndarray, shapes (5000, 28, 28, 1) and (5000,)
        The validation set.
    X_test, y_test : ndarray, shapes (10000, 28, 28, 1) and (10000,)
        The test set.

    Raises
    ------
    DataError
        If a file is missing, damaged or inconsistent, or `validation_size` is out of range.

    Notes
    -----
    The pixels are bytes, as in the files. Arithmetic between bytes wraps around at 256 and
    has no negative numbers, so make new arrays instead of changing these in place:
    ``X_train = X_train - mean_image`` gives float64.

    Prints the path of each file as it is read.
    """
    paths = find_files(directory, _HOW_TO_GET)
    X_rest, y_rest = _read_pair(*paths[:2])
    X_test, y_test = _read_pair(*paths[2:])
    _check_validation_size(paths[0], validation_size, len(X_rest))
    val, train = slice(None, validation_size), slice(validation_size, None)
    # Copies: the arrays own their memory, can be written to, and share nothing with each other.
    return (
        X_rest[train].copy(),
        y_rest[train].copy(),
        X_rest[val].copy(),
        y_rest[val].copy(),
        X_test.copy(),
        y_test,
    )


def _read_pair(image_path: Path, label_path: Path) -> tuple[np.ndarray, np.ndarray]:
    images = parse_images(image_path, _extract(image_path))  # (N, 28, 28, 1)
    labels = parse_labels(label_path, _extract(label_path))  # (N,)
    if len(labels) != len(images):
        expected = f"{len(images):,}, one for each image of {image_path.name}"
        raise wrong(label_path, f"{len(labels):,} labels", expected)
    return images, labels.astype(np.int64)


def _extract(path: Path) -> bytes:
    print(f"Extracting {path}")
    return read_content(path)


def _check_validation_size(path: Path, validation_size: object, count: int) -> None:
    is_integer = isinstance(validation_size, int | np.integer) and not isinstance(
        validation_size, bool
    )
    if not is_integer or not 0 <= validation_size < count:  # type: ignore[operator]
        raise DataError(
            f"{path}: validation_size is {validation_size!r}, expected an integer from 0 "
            f"to {count - 1:,}, because there are {count:,} training images."
        )
