"""Whatever the bytes are: arrays as documented, or the package's own error, and no vast memory."""

from __future__ import annotations

import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mnist_data.errors import DataError
from mnist_data.files import unpack
from mnist_data.idx import parse_images, parse_labels
from tests.mnist_data.sets import idx

PARSERS = {"images": (parse_images, 3), "labels": (parse_labels, 1)}
ANY_SIZE = st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2, 28, 2**16, 2**31, 2**32 - 1])
HEADERS = st.builds(
    lambda kind, sizes: struct.pack(f">HBB{len(sizes)}I", 0, kind, len(sizes), *sizes),
    st.sampled_from([8, 8, 8, 9, 13]),
    st.lists(ANY_SIZE, max_size=4),
)
CONTENTS = st.builds(bytes.__add__, HEADERS | st.just(b""), st.binary(max_size=900))
CAP = 10_000  # bytes that may come out of a packed file here


@pytest.mark.parametrize("kind", PARSERS)
@given(CONTENTS)
@example(struct.pack(">HBBI", 0, 8, 1, 2) + b"\3\11")
@example(struct.pack(">HBB3I", 0, 8, 3, 1, 28, 28) + bytes(784))
def test_any_bytes_are_an_array_or_one_error(kind, content):
    parse, ndim = PARSERS[kind]
    array, told = _outcome(parse, "file", content)
    if array is None:
        assert told.startswith("file: found ")
    else:
        assert array.dtype == np.uint8
        assert 0 < array.size == len(content) - 4 - 4 * ndim


@given(st.lists(st.integers(0, 255), min_size=1, max_size=50))
def test_labels_come_back_or_one_is_named(labels):
    content = idx(np.array(labels, np.uint8))
    wrong = [at for at, label in enumerate(labels) if label > 9]
    if wrong:
        with pytest.raises(DataError, match=rf"label {labels[wrong[0]]} at position {wrong[0]},"):
            parse_labels("file", content)
    else:
        np.testing.assert_array_equal(parse_labels("file", content), labels)


@given(HEADERS, st.sampled_from([parse_images, parse_labels]))
def test_sizes_that_a_header_claims_allocate_nothing(header, parse):
    def refuse():
        with pytest.raises(DataError):
            parse("file", header)

    assert _peak_bytes(refuse) < 100_000


@given(CONTENTS, st.integers(0, 2_000), st.binary(max_size=30))
def test_damaged_gzip_data_is_content_or_error(content, at, damage):
    """The checksum at its end tells; what stands behind zeros as padding may be cut or changed."""
    packed = gzip.compress(content, mtime=0)
    at %= len(packed)
    damaged = packed[:at] + damage + packed[at + len(damage) :]
    got, told = _outcome(unpack, "file.gz", damaged, CAP)
    assert got == content or told.startswith("file.gz: found ")


@given(st.binary(max_size=100), st.integers(0, 3))
def test_bytes_after_a_stream_stay_in_bounds(tail, streams):
    packed = gzip.compress(bytes(4_000), mtime=0) * streams + tail

    def read():
        try:
            assert len(unpack("file.gz", packed, CAP)) <= CAP
        except DataError:
            return

    assert _peak_bytes(read) < 200_000


def test_a_bomb_is_unpacked_to_the_cap():
    bomb = gzip.compress(bytes(50_000_000), mtime=0)

    def read():
        with pytest.raises(DataError, match="more than 10,000 bytes inside"):
            unpack("file.gz", bomb, CAP)

    assert _peak_bytes(read) < 500_000


def _outcome(read, *arguments):
    """What was read and nothing, or nothing and what was told."""
    try:
        return read(*arguments), ""
    except DataError as error:
        return None, str(error)


def _peak_bytes(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
