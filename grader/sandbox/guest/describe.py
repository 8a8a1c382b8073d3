"""Turns what the student's code returned into what may cross the border: arrays and short texts."""

from __future__ import annotations

from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
MAX_ELEMENTS = 200_000  # of one array; the largest honest array has 784 x 150 numbers
MAX_DIMENSIONS = 4
TEXT_LIMIT = 2_000
# Numbers in one reply: of a small question (the largest honest one has 3,000), and of a large one.
SMALL, LARGE = 60_000, 4 * MAX_ELEMENTS
_PLAIN = {np.dtype("<f8"), np.dtype("<i8"), np.dtype("|b1")}  # what `plain` leaves as it is


def short(text: object, limit: int = TEXT_LIMIT) -> str:
    """The text, or its head and tail with a note between them that says so."""
    text = str(text)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - limit} characters left out ...]\n{text[-half:]}"


def describe(
    value: object, max_elements: int = MAX_ELEMENTS
) -> tuple[dict[str, Any], np.ndarray | None]:
    """What a value is, and its numbers where it has any.

    Returns
    -------
    kind : dict
        ``type`` and, for anything like an array, ``dtype`` and ``shape``.
    array : ndarray or None
        Floats as float64, integers as int64, truth values as they are; None for anything else
        and for arrays of more than `max_elements`.
    """
    kind: dict[str, Any] = {"type": type(value).__name__[:40]}
    if value is None or isinstance(value, (str, bytes, dict, set)):
        return kind, None
    try:
        array = np.asarray(value)
    except Exception:  # ragged lists, hostile __array__
        return kind, None
    kind["dtype"] = str(array.dtype)[:40]
    kind["shape"] = [int(n) for n in array.shape]
    if array.size > max_elements or array.ndim > MAX_DIMENSIONS:
        return kind, None
    return kind, plain(array)


def plain(array: np.ndarray) -> np.ndarray | None:
    """The array as one of the three kinds that the kit compares, or None."""
    if array.dtype.kind == "f":
        return np.array(array, dtype="<f8", order="C", subok=False)
    if array.dtype.kind in "iu":
        return np.array(array, dtype="<i8", order="C", subok=False)
    if array.dtype.kind == "b":
        return np.array(array, dtype="|b1", order="C", subok=False)
    return None


def _speaks_for_itself(value: object, max_elements: int) -> bool:
    """Whether `plain` leaves all that `describe` would say of a value to its copy."""
    return (
        type(value) is np.ndarray
        and value.dtype in _PLAIN
        and value.size <= max_elements
        and value.ndim <= MAX_DIMENSIONS
    )


class Seen:
    """Collects described values under their names, for one reply."""

    def __init__(self, most_elements: int = LARGE) -> None:
        self.left = most_elements
        self.kinds: dict[str, dict[str, Any]] = {}
        self.arrays: Arrays = {}
        self.values: dict[str, Any] = {}

    def add(self, name: str, value: object, max_elements: int = MAX_ELEMENTS) -> None:
        """Keep what a value is and its numbers; an array that comes as it is speaks for itself."""
        max_elements = min(max_elements, self.left)
        if _speaks_for_itself(value, max_elements):
            array = plain(np.asarray(value))
        else:
            self.kinds[name], array = describe(value, max_elements)
        if array is not None:
            self.left -= array.size
            self.arrays[name] = array
