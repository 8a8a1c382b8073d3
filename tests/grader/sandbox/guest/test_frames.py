"""Whole frames come back unchanged; everything else is refused before it is believed."""

from __future__ import annotations

import json
import math
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from grader.sandbox.guest import frames

_KINDS = st.sampled_from([np.dtype(kind) for kind in frames.DTYPES])
_ARRAYS = _KINDS.flatmap(lambda kind: arrays_of.arrays(kind, arrays_of.array_shapes(max_dims=4)))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
_HEADERS = st.dictionaries(st.text().filter(lambda key: key != frames.NONFINITE), _JSON)


def _frame(value: object, data: bytes = b"") -> bytes:
    """A frame with any header whatever, of right length unless `value` says otherwise."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    text += b" " * (-(len(text)) % 8)
    return struct.pack("<II", 8 + len(text) + len(data), len(text)) + text + data


@given(_HEADERS, st.dictionaries(st.text(min_size=1, max_size=20), _ARRAYS, max_size=4))
def test_a_frame_comes_back_unchanged(header, arrays):
    got_header, got_arrays = frames.decode(frames.encode(header, arrays))
    assert repr(got_header) == repr(header)  # repr, because nan is not itself
    assert list(got_arrays) == list(arrays)
    for name, array in arrays.items():
        assert got_arrays[name].dtype == array.dtype
        assert got_arrays[name].shape == array.shape
        assert got_arrays[name].tobytes() == array.tobytes()


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_and_nothing_worse(data):
    with pytest.raises(frames.FrameError):
        frames.decode(data)


@given(st.data())
def test_a_changed_byte_is_refused_or_harmless(data):
    frame = bytearray(frames.encode({"a": [1.5, "x"]}, {"W": np.ones((2, 3)), "y": np.arange(3)}))
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        _, arrays = frames.decode(frame)
    except frames.FrameError:
        return
    assert all(array.dtype.str in frames.DTYPES for array in arrays.values())


_ROWS = st.tuples(
    st.sampled_from(["W", "b", ""]) | _JSON,
    st.sampled_from([*frames.DTYPES, "|O", "<U9"]) | _JSON,
    st.lists(st.sampled_from([0, 1, 2, 2**20, 2**31 - 1, 2**63, -1, True]), max_size=5) | _JSON,
)
_FORGED = st.tuples(_JSON | st.just({}), st.lists(_ROWS | _JSON, max_size=4) | _JSON)


@given(_FORGED | _JSON, st.binary(max_size=64) | st.integers(0, 8).map(lambda n: bytes(8 * n)))
def test_any_header_is_refused_or_means_real_bytes(header, data):
    frame = _frame(header, data)
    tracemalloc.start()
    try:
        _, arrays = frames.decode(frame)
    except frames.FrameError:
        arrays = {}
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sum(array.nbytes for array in arrays.values()) <= len(data)
    assert peak < 50_000 + 20 * len(frame)


@pytest.mark.parametrize(
    "array",
    [
        np.float64(3.5),
        np.zeros(()),
        np.zeros((0, 4)),
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12, dtype=">i4")[::2],
        np.ma.masked_array(np.arange(3.0), mask=[0, 1, 0]),
    ],
    ids=["scalar", "0-d", "empty", "transposed", "big-endian", "subclass"],
)
def test_unusual_arrays_arrive_as_plain_ones(array):
    _, got = frames.decode(frames.encode({}, {"a": array}))
    assert type(got["a"]) is np.ndarray
    assert got["a"].shape == np.shape(array)
    np.testing.assert_array_equal(got["a"], np.asarray(array))


def test_arrays_are_aligned_read_only_views():
    arrays = {"flags": np.ones(3, bool), "x": np.ones(5), "small": np.ones(3, np.float32)}
    frame = frames.encode({"k": "abc"}, {**arrays, "last": np.ones(2)})
    _, got = frames.decode(frame)
    for array in got.values():
        assert not array.flags.writeable
        assert not array.flags.owndata
        assert array.flags.aligned


def test_nonfinite_floats_are_strict_json():
    frame = frames.encode({"a": [math.nan, math.inf, -math.inf, 1.0]})
    size = struct.unpack_from("<I", frame, 4)[0]
    header = json.loads(frame[8 : 8 + size], parse_constant=pytest.fail)[0]
    assert header == {"a": [{"$float": "nan"}, {"$float": "inf"}, {"$float": "-inf"}, 1.0]}
    assert repr(frames.decode(frame)[0]) == "{'a': [nan, inf, -inf, 1.0]}"


@pytest.mark.parametrize(
    ("header", "arrays", "message"),
    [
        ({"a": object()}, {}, "not JSON"),
        ({"$float": 1}, {}, "cannot be a key"),
        ({"a": {"$float": "nan"}}, {}, "cannot be a key"),
        ({(1, 2): 3}, {}, "keys must be str"),
        ({"a": "x" * frames.MAX_HEADER_BYTES}, {}, "a header of"),
        ({}, {"a": np.array(["text"])}, "is of kind <U4"),
        ({}, {"a": np.array([object()])}, r"is of kind \|O"),
        ({}, {"a": np.zeros(1, np.float16)}, "is of kind <f2"),
        ({}, {"a": np.zeros((1,) * 5)}, "has 5 dimensions"),
        ({}, {"": np.zeros(1)}, "needs a name"),
        ({}, {"x" * 101: np.zeros(1)}, "needs a name"),
        ({}, {str(i): np.zeros(1) for i in range(frames.MAX_ARRAYS + 1)}, "arrays in one frame"),
    ],
)
def test_the_encoder_refuses_what_does_not_fit(header, arrays, message):
    with pytest.raises(frames.FrameError, match=message):
        frames.encode(header, arrays)


def test_a_frame_may_be_full():
    brackets = len('[{"a":""},[]]')
    header = {"a": "x" * (frames.MAX_HEADER_BYTES - brackets)}
    assert frames.decode(frames.encode(header))[0] == header
    with pytest.raises(frames.FrameError, match="a header of"):
        frames.encode({"a": header["a"] + "x"})
    names = [f"{i:0{frames.MAX_NAME}}" for i in range(frames.MAX_ARRAYS)]
    arrays = {name: np.zeros((1,) * frames.MAX_DIMENSIONS) for name in names}
    assert list(frames.decode(frames.encode({}, arrays))[1]) == names


def test_a_frame_beyond_4_gib_is_never_made():
    row = np.zeros(1, np.uint8)
    vast = np.lib.stride_tricks.as_strided(row, (2**32,), (0,))
    with pytest.raises(frames.FrameError, match="4 GiB"):
        frames.encode({}, {"a": vast})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b"", "shorter"),
        (b"\x07\0\0\0\0\0\0", "shorter"),
        (struct.pack("<II", 99, 0), "announces 99 bytes"),
        (struct.pack("<II", 8, 900), "header of 900"),
        (frames.encode({}) + b"x", "announces"),
        (_frame(b"\xff\xfe"), "not JSON"),
        (_frame(b"[" * 60_000), "not JSON"),
        (_frame(b"9" * 5_000), "not JSON"),
        (_frame(b'[{"a": NaN}, []]'), "NaN is not JSON"),
        (_frame(b'[{"a": Infinity}, []]'), "Infinity is not JSON"),
        (_frame([{"a": {"$float": "1"}}, []]), "used wrongly"),
        (_frame([{"a": {"$float": "nan", "b": 1}}, []]), "used wrongly"),
        (_frame([{"$float": "nan"}, []]), r"not \[header, table"),
        (_frame({}), r"not \[header, table"),
        (_frame([{}, [], 3]), r"not \[header, table"),
        (_frame([[], []]), r"not \[header, table"),
        (_frame([{}, {}]), r"not \[header, table"),
        (_frame([{}, [[str(i), "|u1", [0]] for i in range(257)]]), "257 arrays"),
        (_frame([{}, ["a"]]), "a row of the table"),
        (_frame([{}, [["a", "<f8"]]]), "a row of the table"),
        (_frame([{}, [["a", "<f8", [0], 0]]]), "a row of the table"),
        (_frame([{}, [[1, "<f8", []]]], bytes(8)), "not the name"),
        (_frame([{}, [["a" * 101, "<f8", []]]], bytes(8)), "not the name"),
        (_frame([{}, [["a", "|O", [1]]]], bytes(8)), "none of the kinds"),
        (_frame([{}, [["a", ["<f8"], [1]]]], bytes(8)), "none of the kinds"),
        (_frame([{}, [["a", "<f8", 1]]], bytes(8)), "not a shape"),
        (_frame([{}, [["a", "<f8", [1] * 5]]], bytes(8)), "not a shape"),
        (_frame([{}, [["a", "<f8", [True]]]], bytes(8)), "not a shape"),
        (_frame([{}, [["a", "<f8", [1.0]]]], bytes(8)), "not a shape"),
        (_frame([{}, [["a", "<f8", [-1]]]], bytes(8)), "not a shape"),
        (_frame([{}, [["a", "<f8", [2**31]]]], bytes(8)), "not a shape"),
        (_frame([{}, [["a", "<f8", [2**30, 2**30]]]], bytes(8)), "an array of"),
        (_frame([{}, [["a", "<f8", [2]]]], bytes(8)), "an array of 16 bytes"),
        (_frame([{}, [["a", "<f8", [1]]]], bytes(16)), "8 bytes are left over"),
        (_frame([{}, [["a", "|u1", [1]]]], b"\1" * 8), "padding"),
        (_frame([{}, [["a", "|b1", [8]]]], b"\2" * 8), "truth value"),
        (_frame([{}, [["a", "|u1", [8]], ["a", "|u1", [8]]]], bytes(16)), "comes twice"),
        (_frame([{}, [["a", "<f8", [0, 2**31 - 1, 2**31 - 1, 2**31 - 1]]]]), "array"),
    ],
)
def test_forged_frames_are_refused(frame, message):
    with pytest.raises(frames.FrameError, match=message):
        frames.decode(frame)


def test_a_forged_shape_allocates_nothing():
    frame = _frame([{}, [["a", "<f8", [2**20, 2**20]]]], bytes(64))
    tracemalloc.start()
    try:
        with pytest.raises(frames.FrameError):
            frames.decode(frame)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000
