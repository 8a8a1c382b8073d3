"""What is said of a value beside its numbers: nothing where the numbers say it themselves."""

from __future__ import annotations

import numpy as np
import pytest

from grader.engine.observation import kind_of
from grader.sandbox.guest.describe import Seen


def seen(value):
    found = Seen()
    found.add("it", value)
    return found


@pytest.mark.parametrize(
    "value", [np.ones((2, 3)), np.arange(4), np.array([True]), np.ones(()), np.ones((0, 3))]
)
def test_a_plain_array_needs_no_description(value):
    found = seen(value)
    assert found.kinds == {}
    assert kind_of(found.arrays["it"]) == {
        "type": "ndarray",
        "dtype": str(value.dtype),
        "shape": list(value.shape),
    }


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.ones(2, np.float32), {"type": "ndarray", "dtype": "float32", "shape": [2]}),
        (np.arange(2, dtype=np.uint8), {"type": "ndarray", "dtype": "uint8", "shape": [2]}),
        (np.ones(2, ">f8"), {"type": "ndarray", "dtype": ">f8", "shape": [2]}),
        (np.float64(2), {"type": "float64", "dtype": "float64", "shape": []}),
        (2.5, {"type": "float", "dtype": "float64", "shape": []}),
        ([1, 2], {"type": "list", "dtype": "int64", "shape": [2]}),
        (np.ma.ones(2), {"type": "MaskedArray", "dtype": "float64", "shape": [2]}),
    ],
)
def test_anything_else_is_said_beside_its_numbers(value, kind):
    found = seen(value)
    assert found.kinds == {"it": kind}
    assert found.arrays["it"].dtype in (np.float64, np.int64)


@pytest.mark.parametrize("value", [None, "text", {}, np.array(["a"]), np.ones(200_001), object()])
def test_values_without_numbers_are_described(value):
    found = seen(value)
    assert found.arrays == {}
    assert found.kinds["it"]["type"] == type(value).__name__
