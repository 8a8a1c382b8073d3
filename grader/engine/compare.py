"""The ladder every comparison goes down: is it there, an array, the shape, finite, close.

It stops at the first no, and says in one sentence what came back, what was expected and by how
much it is off. Comparisons are written so that NaN fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.engine.check import Wrong

if TYPE_CHECKING:
    from grader.engine.evidence import Evidence


@dataclass(frozen=True)
class Value:
    """Something that the student's code returned: what it is, and its numbers if it has any."""

    kind: Mapping[str, Any]  # "type", and "dtype" and "shape" where it is like an array
    array: np.ndarray | None

    @property
    def is_list(self) -> bool:
        """Whether it came as a list or tuple of numbers."""
        return self.kind.get("type") in ("list", "tuple")


@dataclass(frozen=True)
class Expected:
    """What a value is compared with."""

    name: str  # "scores"
    array: np.ndarray
    axes: str  # "(N, C)"
    public: bool = False  # whether its numbers may be shown


def as_array(evidence: Evidence, value: Value, wanted: Expected) -> np.ndarray:
    """The value as floats in the wanted shape, noting what is only nearly as asked.

    Raises
    ------
    Wrong
        If there are no numbers, the shape is another, or some are not finite.
    """
    array = _shaped(evidence, value, wanted)
    _check_finite(array, wanted)
    return array


def _shaped(evidence: Evidence, value: Value, wanted: Expected) -> np.ndarray:
    name, shape = wanted.name, wanted.array.shape
    if value.kind.get("type") == "NoneType":
        raise Wrong(f"{name} is None, expected {_form(wanted)}.")
    if value.array is None:
        of_numbers = " of numbers" if shape else ""
        raise Wrong(f"{name} is {_a(value.kind)}, expected {_form(wanted)}{of_numbers}.")
    array = np.asarray(value.array, np.float64)
    if array.shape != shape:
        array = _nearly(evidence, array, wanted)
    if value.is_list and shape != ():
        evidence.deviates("list-for-array")
    return array


def _check_finite(array: np.ndarray, wanted: Expected) -> None:
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise Wrong(
            f"{wanted.name} has numbers that are not finite (nan or inf): {bad} of {array.size}.",
            got=shown(array, wanted.public),
        )


def _nearly(evidence: Evidence, array: np.ndarray, wanted: Expected) -> np.ndarray:
    """The array in the wanted shape where only dimensions of 1 are too many."""
    shape = wanted.array.shape
    if shape == () and array.size == 1:
        evidence.deviates("array-for-number")
        return array.reshape(())
    if len(shape) == 1 and array.ndim == 2 and sorted(array.shape) == sorted((1, *shape)):
        evidence.deviates("labels-as-column" if wanted.name == "labels" else "row-for-vector")
        return array.reshape(shape)
    hint = ""
    if array.ndim == len(shape) and sorted(array.shape) == sorted(shape):
        hint = " The dimensions are in the wrong order: look at the factors of the product."
    elif array.ndim < len(shape):
        hint = " A dimension is missing: look at what you sum, and over which axis."
    raise Wrong(f"{wanted.name} has shape {array.shape}, expected {_shape(wanted)}.{hint}")


def assert_close(
    evidence: Evidence,
    value: Value,
    wanted: Expected,
    tolerance: float,
    *,
    scale: float | None = None,
) -> None:
    """Compare a value with what is wanted, relative to the size of the wanted array.

    Raises
    ------
    Wrong
        At the first rung of the ladder that does not hold.
    """
    assert_near(_shaped(evidence, value, wanted), wanted, tolerance, scale)


def assert_near(
    array: np.ndarray, wanted: Expected, tolerance: float, scale: float | None = None
) -> None:
    """The last two rungs alone, for numbers of the right shape: what is near is finite as well."""
    if not relative_error(array, wanted.array, scale) <= tolerance:
        _check_finite(array, wanted)
        raise Wrong(
            f"{wanted.name}: {_how_far(array, wanted)}.",
            got=shown(array, wanted.public),
            expected=shown(wanted.array, wanted.public),
        )


def relative_error(got: np.ndarray, expected: np.ndarray, scale: float | None = None) -> float:
    """Largest difference, relative to the largest expected number; NaN where something is."""
    if got.shape != expected.shape:
        return float("inf")
    if not expected.size:
        return 0.0
    size = float(np.abs(expected).max()) if scale is None else scale
    return float(np.abs(got - expected).max()) / max(size, 1e-8)


def _how_far(got: np.ndarray, wanted: Expected) -> str:
    """How far off, in shares of what is wanted: of a hidden case no number is given away."""
    expected = wanted.array
    if got.ndim == 0:
        ratio = float(got) / float(expected) if expected else float("nan")
        return f"it is {ratio:.6g} times what it should be"
    wrong = int((~np.isclose(got, expected, rtol=1e-5, atol=1e-8)).sum())
    return (
        f"{wrong} of {got.size} numbers {'is' if wrong == 1 else 'are'} off, by up to "
        f"{relative_error(got, expected):.3g} times the largest expected number"
    )


def shown(array: np.ndarray, public: bool) -> Any:
    """Numbers for a report: rounded, short, and only of public cases."""
    if not public or array.size > 40:
        return None
    if array.dtype.kind != "f":
        return array.tolist()
    if not np.isfinite(array).all():
        return np.array2string(array, threshold=40)
    return np.vectorize(lambda number: float(f"{number:.9g}"), otypes=[float])(array).tolist()


def _form(wanted: Expected) -> str:
    return "a number" if wanted.array.shape == () else f"an array of shape {_shape(wanted)}"


def _shape(wanted: Expected) -> str:
    return f"{wanted.array.shape} = {wanted.axes}" if wanted.axes else str(wanted.array.shape)


def _a(kind: Mapping[str, Any]) -> str:
    name = str(kind.get("type", "nothing"))
    article = "an" if name[:1].lower() in "aeiou" or name.startswith("nd") else "a"
    if "shape" in kind:
        return f"{article} {name} of {kind.get('dtype')} with shape {tuple(kind['shape'])}"
    return f"{article} {name}"
