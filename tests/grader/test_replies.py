"""What a reply may say and how much of it; the responder's own forms pass, whatever is near not."""

from __future__ import annotations

import numpy as np
import pytest

from grader.replies import MAX_ITEMS, Breach, check_reply

REPLY = {"id": "record/steps", "ended": "finished", "error": None, "values": {}, "kinds": {}}
ARRAY = {"type": "ndarray", "dtype": "float64", "shape": [2, 3]}
RECORD = {
    "num_calls": 2,
    "X_shapes": [[6, 3], [6, 3]],
    "y_shapes": [[6], []],
    "learning_rate": [0.1, None],
    "reg": [0, 0.25],
}


def breach(arrays=(), **changes):
    with pytest.raises(Breach) as caught:
        check_reply("record/steps", {**REPLY, **changes}, dict.fromkeys(arrays, np.zeros(1)))
    return str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"error": "ValueError: a slip"},
        {"kinds": {"scores": ARRAY, "returned": {"type": "tuple", "shape": [2]}}},
        {"kinds": {"grads": {"type": "dict"}, "grads/b2": ARRAY, "hidden/9": ARRAY}},
        {"kinds": {"loss": {"type": "float", "dtype": "float64", "shape": []}}},
        {"kinds": {"scores": {"type": "ndarray", "shape": [0] * 64}}},
        {"kinds": {"scores": {"type": "ndarray", "shape": [2**40 - 1]}}},
        {"values": RECORD},
        {"values": {"num_calls": 0}},
        {"values": {"changed": ["X", "x" * 100], "undone": [], "grads_keys": ["W1"] * MAX_ITEMS}},
        {"values": {"class": "Net", "finite": False}},
    ],
)
def test_what_the_responder_sends_passes(changes):
    names = ("scores", "labels", "val_acc_history", "hidden/0", "batch/y", "numeric/W2")
    check_reply("record/steps", {**REPLY, **changes}, dict.fromkeys(names, np.zeros(1)))


@pytest.mark.parametrize(
    "name",
    ["score", "scores2", "returned", "hidden/10", "batch/z", "params/W3", "x" * 99, "accuracy"],
)
def test_arrays_have_the_responders_names(name):
    assert breach([name]) == f"an array named {name!r:.50}"


@pytest.mark.parametrize(
    "kind",
    [
        None,
        ["ndarray"],
        {},
        {"type": 1},
        {**ARRAY, "dtype": 8},
        {**ARRAY, "shape": 2},
        {**ARRAY, "shape": [-1]},
        {**ARRAY, "shape": [2.0]},
        {**ARRAY, "shape": [True]},
        {**ARRAY, "shape": [2**40]},
        {**ARRAY, "shape": [1] * 65},
        {**ARRAY, "judged": "right"},
    ],
)
def test_kinds_say_type_dtype_and_shape_alone(kind):
    assert breach(kinds={"scores": kind}) == "no kind of value: 'scores'"
    assert breach(kinds={"score": ARRAY}) == "no kind of value: 'score'"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("changed", "X"),
        ("changed", ["x" * 101]),
        ("undone", [8]),
        ("grads_keys", ["W1"] * (MAX_ITEMS + 1)),
        ("num_calls", 1.0),
        ("num_calls", -1),
        ("num_calls", 2**40),
        ("reg", [True]),
        ("learning_rate", 0.1),
        ("X_shapes", [6, 3]),
        ("y_shapes", [[[6]]]),
        ("class", None),
        ("class", "N" * 101),
        ("finite", 1),
        ("score", 100),
    ],
)
def test_values_are_of_their_own_kind(name, value):
    assert breach(values={name: value}) == f"the value {name!r}"


@pytest.mark.parametrize("name", ["X_shapes", "y_shapes", "learning_rate", "reg"])
def test_what_is_said_of_one_call_is_said_of_all(name):
    assert breach(values={**RECORD, name: RECORD[name][:1]}) == f"a record that lacks {name}"
    without = {key: value for key, value in RECORD.items() if key != name}
    assert breach(values=without) == f"a record that lacks {name}"


@pytest.mark.parametrize("question", ["record/stepa", "record/stept", "", None])
def test_the_reply_is_to_the_question(question):
    assert breach(id=question) == "another question's answer"
