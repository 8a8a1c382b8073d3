"""The ladder: is it there, an array, the shape, finite, close; one sentence at the first no."""

from __future__ import annotations

import numpy as np
import pytest

from grader.engine.check import Wrong
from grader.engine.compare import Expected, Value, as_array, assert_close, relative_error, shown

WANTED = Expected("scores", np.arange(1.0, 7.0).reshape(2, 3), "(N, C)", public=True)
HIDDEN = Expected("scores", WANTED.array, "(N, C)")
VECTOR = Expected("grads['b2']", np.array([1.0, 2.0, 3.0]), "(C,)")
NUMBER = Expected("loss", np.array(2.0), "")


class Notes:
    """Stands in for the evidence: only gathers deviations."""

    def __init__(self):
        self.slugs = []

    def deviates(self, slug):
        self.slugs.append(slug)


def value_of(array):
    array = np.asarray(array)
    kind = {"type": "ndarray", "dtype": str(array.dtype), "shape": list(array.shape)}
    return Value(kind, array)


def message(value, wanted=WANTED, tolerance=1e-5):
    with pytest.raises(Wrong) as caught:
        assert_close(Notes(), value, wanted, tolerance)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "wanted", "said"),
    [
        (
            Value({"type": "NoneType"}, None),
            WANTED,
            "scores is None, expected an array of shape (2, 3) = (N, C).",
        ),
        (Value({"type": "NoneType"}, None), NUMBER, "loss is None, expected a number."),
        (
            Value({"type": "dict"}, None),
            WANTED,
            "scores is a dict, expected an array of shape (2, 3) = (N, C) of numbers.",
        ),
        (
            Value({"type": "ndarray", "dtype": "object", "shape": [2]}, None),
            WANTED,
            "scores is an ndarray of object with shape (2,), "
            "expected an array of shape (2, 3) = (N, C) of numbers.",
        ),
        (
            value_of(np.zeros((3, 2))),
            WANTED,
            "scores has shape (3, 2), expected (2, 3) = (N, C). The dimensions are in the "
            "wrong order: look at the factors of the product.",
        ),
        (
            value_of(np.zeros(3)),
            WANTED,
            "scores has shape (3,), expected (2, 3) = (N, C). A dimension is missing: look at "
            "what you sum, and over which axis.",
        ),
        (
            value_of(np.zeros((4, 5))),
            WANTED,
            "scores has shape (4, 5), expected (2, 3) = (N, C).",
        ),
        (value_of(np.zeros(2)), NUMBER, "loss has shape (2,), expected ()."),
        (
            value_of([[1, np.nan, 3], [np.inf, 5, 6]]),
            WANTED,
            "scores has numbers that are not finite (nan or inf): 2 of 6.",
        ),
        (
            value_of(WANTED.array + np.array([[0, 0, 0.5], [0, 0, 0]])),
            WANTED,
            "scores: 1 of 6 numbers is off, by up to 0.0833 times the largest expected number.",
        ),
        (
            value_of(6.0),
            NUMBER,
            "loss: it is 3 times what it should be.",
        ),
    ],
    ids=lambda value: None,
)
def test_ladder_stops_at_the_first_no(value, wanted, said):
    assert message(value, wanted) == said


def test_numbers_are_shown_on_public_cases_alone():
    off = value_of(WANTED.array + 1)
    for wanted, got, expected in (
        (WANTED, [[2, 3, 4], [5, 6, 7]], WANTED.array.tolist()),
        (HIDDEN, None, None),
    ):
        with pytest.raises(Wrong) as caught:
            assert_close(Notes(), off, wanted, 1e-5)
        assert caught.value.got == got
        assert caught.value.expected == expected


def test_numbers_that_are_not_finite_are_shown_as_text():
    assert shown(np.array([1.0, np.nan]), public=True) == "[ 1. nan]"


def test_numbers_are_shown_as_they_are_and_only_if_they_are_few():
    assert shown(np.arange(40), public=True) == list(range(40))
    assert shown(np.arange(41), public=True) is None
    assert repr(shown(np.array([1, 2]), public=True)) == "[1, 2]"
    assert repr(shown(np.array([True, False]), public=True)) == "[True, False]"
    assert shown(np.array([1 / 3]), public=True) == [0.333333333]


@pytest.mark.parametrize(
    ("value", "wanted", "slug"),
    [
        (Value({"type": "list"}, WANTED.array), WANTED, "list-for-array"),
        (value_of(VECTOR.array[None]), VECTOR, "row-for-vector"),
        (value_of(VECTOR.array[:, None]), VECTOR, "row-for-vector"),
        (value_of([[2.0]]), NUMBER, "array-for-number"),
        (value_of([[0], [2]]), Expected("labels", np.array([0, 2]), "(N,)"), "labels-as-column"),
    ],
)
def test_dimensions_of_one_are_only_noted(value, wanted, slug):
    notes = Notes()
    assert_close(notes, value, wanted, 1e-5)
    assert notes.slugs == [slug]


def test_integers_and_single_precision_are_numbers():
    assert as_array(Notes(), value_of(np.ones((2, 3), np.int64)), WANTED).dtype == np.float64
    assert_close(Notes(), value_of(WANTED.array.astype(np.float32)), WANTED, 1e-5)


def test_nan_is_never_near():
    nan = np.full((2, 3), np.nan)
    assert not relative_error(nan, WANTED.array) <= 1e300
    assert not relative_error(WANTED.array, nan) <= 1e300
    assert (
        relative_error(np.zeros(2), np.zeros(3))
        == relative_error(np.zeros(3), np.zeros(2))
        == float("inf")
    )
    assert relative_error(np.zeros(0), np.zeros(0)) == 0


def test_distance_is_relative_to_the_largest_number_expected():
    assert relative_error(np.array([4.0, 2.0]), np.array([4.0, 1.0])) == 0.25
    assert relative_error(np.array([4.0, 2.0]), np.array([4.0, 1.0]), scale=2.0) == 0.5
    # Where zeros are expected there is nothing to be relative to, but rounding is still no error.
    assert relative_error(np.array([1e-12]), np.zeros(1)) == pytest.approx(1e-4)


@pytest.mark.parametrize("shape", [(3, 2), (2, 1), (1, 4)])
def test_a_table_in_place_of_a_vector_is_a_wrong_shape(shape):
    assert f"has shape {shape}, expected (3,)" in message(value_of(np.zeros(shape)), VECTOR)


def test_two_empty_arrays_are_equal():
    assert relative_error(np.zeros((0, 3)), np.zeros((0, 3))) == 0
