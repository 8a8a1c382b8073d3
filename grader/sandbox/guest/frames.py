"""The wire format: the only way anything crosses the border of the sandbox.

    u32 total | u32 header length | JSON [header, [[name, dtype, shape], ...]] | raw arrays

All numbers are little-endian; `total` counts the whole frame. Arrays lie in C order, each one
padded with zeros to a multiple of eight bytes, so that the reader can use them where they are.
There is no compression (no bombs) and no pickle (no code). The decoder believes nothing: every
field is checked against the bytes that are really there before anything is allocated.

A header is JSON. Floats that JSON cannot spell are written `{"$float": "nan"}`, `"inf"` or
`"-inf"`, so a stored header is strict JSON; a dict of the user's own with the key `$float` is
refused by the encoder. Keys are strings (numbers become strings), tuples come back as lists.
"""

from __future__ import annotations

import contextlib
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

# The six kinds of number that questions and answers need. No object, text, void or record types.
DTYPES = ("<f8", "<f4", "<i8", "<i4", "|b1", "|u1")
_KINDS = {np.dtype(kind): kind for kind in DTYPES}
_DTYPES = {kind: dtype for dtype, kind in _KINDS.items()}

PREFIX = struct.Struct("<II")
# Room for all questions of a submission in one frame; longer lists of numbers are arrays.
MAX_HEADER_BYTES = 256 * 1024
MAX_ARRAYS = 256
MAX_DIMENSIONS = 4
MAX_NAME = 100
ALIGNMENT = 8  # the widest item; unaligned arrays would be copied by every BLAS call
NONFINITE = "$float"


class FrameError(ValueError):
    """Bytes that are no frame, or a value that does not fit into one."""


def encode(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> bytes:
    """Return one frame; `arrays` must be of the six kinds in `DTYPES` in any byte or memory order.

    Raises
    ------
    FrameError
        For another kind of array, a header that is not JSON, or more than a frame may hold.
    """
    arrays = arrays or {}
    if len(arrays) > MAX_ARRAYS:
        raise FrameError(f"{len(arrays)} arrays in one frame, at most {MAX_ARRAYS} are possible")
    # asarray, unlike ascontiguousarray, leaves a 0-d array 0-d; it drops subclasses as well.
    plain = {name: np.asarray(array) for name, array in arrays.items()}
    table: list[list[Any]] = [
        [name, _kind(name, array), list(array.shape)] for name, array in plain.items()
    ]
    text = _dump([header, table])
    text += b" " * (-(PREFIX.size + len(text)) % ALIGNMENT)
    if len(text) > MAX_HEADER_BYTES:
        raise FrameError(f"a header of {len(text)} bytes, at most {MAX_HEADER_BYTES} are possible")
    total = PREFIX.size + len(text) + sum(map(_padded_size, plain.values()))
    if total >= 2**32:
        raise FrameError(f"a frame of {total} bytes, at most 4 GiB are possible")
    parts: list[bytes | memoryview] = [PREFIX.pack(total, len(text)), text]
    for (_, kind, _), array in zip(table, plain.values(), strict=True):
        if array.size:
            parts.append(array.astype(kind, order="C", copy=False).data)
            if array.nbytes % ALIGNMENT:
                parts.append(bytes(-array.nbytes % ALIGNMENT))
    return b"".join(parts)


def decode(frame: bytes | bytearray | memoryview) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Take one whole frame apart; the arrays are read-only views of its bytes.

    Raises
    ------
    FrameError
        For anything that `encode` would not have written.
    """
    view = memoryview(frame).toreadonly()
    if len(view) < PREFIX.size:
        raise FrameError("shorter than a frame can be")
    total, header_bytes = PREFIX.unpack_from(view)
    if total != len(view):
        raise FrameError(f"announces {total} bytes, has {len(view)}")
    if header_bytes > min(MAX_HEADER_BYTES, total - PREFIX.size):
        raise FrameError(f"announces a header of {header_bytes} bytes")
    start = PREFIX.size + header_bytes
    header, table = _load(bytes(view[PREFIX.size : start]))
    arrays: dict[str, np.ndarray] = {}
    for entry in table:
        name, dtype, shape = _entry(entry)
        if name in arrays:
            raise FrameError(f"the array {name!r} comes twice")
        arrays[name], start = _take(view, start, dtype, shape)
    if start != total:
        raise FrameError(f"{total - start} bytes are left over")
    return header, arrays


def _kind(name: str, array: np.ndarray) -> str:
    """The little-endian kind of an array, after a look at everything that a frame limits."""
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise FrameError(f"an array needs a name of 1 to {MAX_NAME} characters, not {name!r:.50}")
    kind = _KINDS.get(array.dtype) or array.dtype.newbyteorder("<").str
    if kind not in DTYPES:
        raise FrameError(f"the array {name!r} is of kind {kind}, none of {DTYPES}")
    if array.ndim > MAX_DIMENSIONS:
        raise FrameError(f"the array {name!r} has {array.ndim} dimensions, not {MAX_DIMENSIONS}")
    return kind


def _padded_size(array: np.ndarray) -> int:
    return array.nbytes + (-array.nbytes % ALIGNMENT)


def _dump(value: Any) -> bytes:
    try:
        text = _written(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise FrameError(f"the header is not JSON: {error}") from None
    return text.encode("ascii")  # json escapes everything else, lone surrogates included


def _written(value: Any) -> str:
    """JSON at once where it is strict already, as nearly always."""
    with contextlib.suppress(ValueError):
        text = _WRITER.encode(value)
        if NONFINITE not in text:
            return text
    return _WRITER.encode(_spelled(value))


def _spelled(value: Any) -> Any:
    """`value` with every float that JSON cannot spell as `{"$float": ...}`."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {NONFINITE: _word_for(value)}
    if isinstance(value, (list, tuple)):
        return [_spelled(item) for item in value]
    if isinstance(value, Mapping):
        if NONFINITE in value:
            raise TypeError(f"{NONFINITE!r} cannot be a key")
        return {key: _spelled(item) for key, item in value.items()}
    return value


def _word_for(value: float) -> str:
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _load(text: bytes) -> tuple[dict[str, Any], list[Any]]:
    try:
        # The key may hide behind an escape.
        is_plain = b"$" not in text and b"\\" not in text
        value = (_PLAIN_READER if is_plain else _READER).decode(text.decode("ascii"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise FrameError(f"the header is not JSON: {error}") from None
    if not isinstance(value, list) or len(value) != 2:
        raise FrameError("the header is not [header, table of arrays]")
    header, table = value
    if not isinstance(header, dict) or not isinstance(table, list):
        raise FrameError("the header is not [header, table of arrays]")
    if len(table) > MAX_ARRAYS:
        raise FrameError(f"{len(table)} arrays, at most {MAX_ARRAYS} are possible")
    return header, table


def _unspelled(value: dict[str, Any]) -> Any:
    if NONFINITE not in value:
        return value
    spelling = value[NONFINITE]
    if len(value) != 1 or spelling not in ("nan", "inf", "-inf"):
        raise FrameError(f"{NONFINITE!r} is used wrongly")
    return float(spelling)


def _refuse(constant: str) -> None:
    raise FrameError(f"{constant} is not JSON")


# Made once: a frame is soon written, and to make these takes longer than some frames.
_WRITER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_READER = json.JSONDecoder(object_hook=_unspelled, parse_constant=_refuse)
_PLAIN_READER = json.JSONDecoder(parse_constant=_refuse)  # where the key of `_unspelled` is not


def _entry(entry: Any) -> tuple[str, str, tuple[int, ...]]:
    """One row of the table of arrays, every field checked."""
    if not isinstance(entry, list) or len(entry) != 3:
        raise FrameError("a row of the table of arrays is not [name, dtype, shape]")
    name, dtype, shape = entry
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise FrameError(f"{name!r:.50} is not the name of an array")
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise FrameError(f"{dtype!r:.50} is none of the kinds {DTYPES}")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise FrameError(f"{shape!r:.50} is not a shape")
    for length in shape:
        # `type is`, because True is an int; 2**31 keeps empty arrays from absurd shapes.
        if type(length) is not int or not 0 <= length < 2**31:
            raise FrameError(f"{shape!r:.50} is not a shape")
    return name, dtype, tuple(shape)


def _take(
    view: memoryview, start: int, dtype: str, shape: tuple[int, ...]
) -> tuple[np.ndarray, int]:
    """The array at `start`, as a view, and where the next one begins."""
    kind = _DTYPES[dtype]
    size = math.prod(shape) * kind.itemsize  # python integers: no overflow
    end = start + size
    padded = end + (-size % ALIGNMENT)
    if padded > len(view):
        raise FrameError(f"an array of {size} bytes in a frame of {len(view)}")
    if padded > end and any(view[end:padded]):
        raise FrameError("the padding is not zero")
    if dtype == "|b1" and size and np.frombuffer(view[start:end], np.uint8).max() > 1:
        raise FrameError("a truth value is neither 0 nor 1")  # numpy would compute nonsense
    try:
        return np.ndarray(shape, kind, view, start), padded
    except ValueError as error:  # an empty array of a size that numpy cannot hold
        raise FrameError(str(error)) from None
