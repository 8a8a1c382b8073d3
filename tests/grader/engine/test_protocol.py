"""What a reply may say and how much of it; the responder's own forms pass, whatever is near not."""

from __future__ import annotations

import numpy as np
import pytest

from grader.engine.observation import Ended, Observation
from grader.engine.protocol import (
    MAX_ITEMS,
    ProtocolError,
    check_reply,
    ending_of,
    frame_of,
    read_answers,
    take_apart,
    values_of,
)
from grader.lab.replies import REPLIES
from grader.sandbox.host import Reply

REPLY = {"id": "record/steps", "ended": "finished", "error": None, "values": {}, "kinds": {}}
ARRAY = {"type": "ndarray", "dtype": "float64", "shape": [2, 3]}
RECORD = {
    "num_calls": 2,
    "X_shapes": [[6, 3], [6, 3]],
    "y_shapes": [[6], []],
    "learning_rate": [0.1, None],
    "reg": [0, 0.25],
    "given": [0, 1],
}


def breach(arrays=(), **changes):
    with pytest.raises(ProtocolError) as caught:
        check_reply(
            REPLIES, "record/steps", {**REPLY, **changes}, dict.fromkeys(arrays, np.zeros(1))
        )
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
    check_reply(REPLIES, "record/steps", {**REPLY, **changes}, dict.fromkeys(names, np.zeros(1)))


@pytest.mark.parametrize(
    "name",
    [
        "reference_labels/val",
        "score",
        "scores2",
        "returned",
        "hidden/10",
        "batch/z",
        "params/W3",
        "x" * 99,
        "accuracy",
    ],
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


@pytest.mark.parametrize("name", ["X_shapes", "y_shapes", "learning_rate", "reg", "given"])
def test_what_is_said_of_one_call_is_said_of_all(name):
    if not name.endswith("_shapes"):  # of batches there are fewer where drawing one raises
        assert breach(values={**RECORD, name: RECORD[name][:1]}) == f"a record that lacks {name}"
    without = {key: value for key, value in RECORD.items() if key != name}
    assert breach(values=without) == f"a record that lacks {name}"


@pytest.mark.parametrize("question", ["record/stepa", "record/stept", "", None])
def test_the_reply_is_to_the_question(question):
    assert breach(id=question) == "another question's answer"


@pytest.mark.parametrize("name", ["kinds", "values"])
@pytest.mark.parametrize("found", [None, [1], "right"])
def test_kinds_and_values_are_tables(name, found):
    assert breach(**{name: found}) == f"no {name}"


def test_an_error_is_a_text():
    assert breach(error=1) == "an error that is not text"


def test_only_the_responders_endings_are_taken():
    assert ending_of({"ended": "raised"}) is Ended.RAISED
    for ended in ("sandbox failed", "timed out", None, 1, []):
        with pytest.raises(ProtocolError, match="it ended"):
            ending_of({"ended": ended})


@pytest.mark.parametrize(
    ("header", "names", "message"),
    [
        ({}, [], "the number of answers differs from the number of questions"),
        ({"answers": 2}, [], "the number of answers differs from the number of questions"),
        ({"answers": [REPLY]}, [], "the number of answers differs from the number of questions"),
        (
            {"answers": [REPLY] * 3},
            [],
            "the number of answers differs from the number of questions",
        ),
        ({"answers": [REPLY, 7]}, [], "an answer that is none"),
        ({"answers": [REPLY, REPLY]}, ["2/scores"], "an array named"),
        ({"answers": [REPLY, REPLY]}, ["scores"], "an array named"),
        ({"answers": [REPLY, REPLY]}, ["-1/scores"], "an array named"),
        ({"answers": [REPLY, REPLY]}, ["²/scores"], "an array named"),
    ],
)
def test_a_round_of_another_form_is_a_breach(header, names, message):
    with pytest.raises(ProtocolError, match=message):
        take_apart(Reply(header, {name: np.zeros(1) for name in names}), 2)


def test_a_round_is_taken_apart_by_the_place_of_each_question():
    arrays = {"1/scores": np.ones(2), "0/grads/W1": np.zeros(3)}
    first, second = take_apart(Reply({"answers": [{"id": "a"}, {"id": "b"}]}, arrays), 2)
    assert (first.header["id"], second.header["id"]) == ("a", "b")
    assert list(first.arrays) == ["grads/W1"]
    np.testing.assert_array_equal(second.arrays["scores"], np.ones(2))


def test_an_answer_holds_its_five_parts_and_no_more():
    assert breach(loud=True) == "not the parts of an answer"
    with pytest.raises(ProtocolError, match="not the parts of an answer"):
        check_reply(REPLIES, "record/steps", {"id": "record/steps"}, {})


def test_what_came_in_frames_is_found_by_its_question():
    raised = Observation(
        "loss/wide", Ended.RAISED, {"changed": ["X"], "kinds": {"loss": ARRAY}}, {}, "oh"
    )
    arrays = {"grads/W1": np.arange(6.0).reshape(2, 3), "labels": np.array([1, 2])}
    right = Observation("grads/published", Ended.FINISHED, {"kinds": {}}, arrays)
    found = read_answers(frame_of(raised) + frame_of(right))
    assert list(found) == ["loss/wide", "grads/published"]
    for seen in (raised, right):
        answer = found[seen.question]
        check_reply(REPLIES, seen.question, answer.header, answer.arrays)
        assert (ending_of(answer.header), answer.header["error"]) == (seen.ended, seen.error)
        assert values_of(answer.header) == seen.values
        assert list(answer.arrays) == list(seen.arrays)
        for name, array in seen.arrays.items():
            np.testing.assert_array_equal(answer.arrays[name], array)


def test_nothing_came_in_no_frame():
    assert read_answers(b"") == {}
