"""Parse IDX data, the format in which MNIST is published.

IDX data of bytes is: two zero bytes, the type (8 for unsigned bytes), the
number of dimensions, one 4-byte big-endian size for each dimension, and the
values, with the last index running fastest.
"""

import struct
from math import prod
from pathlib import Path

import numpy as np

from mnist_data.errors import wrong
from mnist_data.files import IDX_MAGIC, describe

SIDE = 28  # pixels, height and width of an image
CLASSES = 10  # the digits


def parse_images(path: str | Path, content: bytes) -> np.ndarray:
    """Parse images into a read-only uint8 array (N, 28, 28, 1), from 0 (background) to 255 (ink).

    Raises DataError if it is not IDX data of 28x28 images, or is too short or too long.
    """
    images = _parse(path, content, ndim=3, unit="images")  # (N, 28, 28)
    height, width = images.shape[1:]
    if (height, width) != (SIDE, SIDE):
        raise wrong(path, f"images of {height}x{width} pixels", f"{SIDE}x{SIDE}")
    return images[..., np.newaxis]  # (N, 28, 28, 1)


def parse_labels(path: str | Path, content: bytes) -> np.ndarray:
    """Parse labels into a read-only uint8 array (N,) of digits.

    Raises DataError if it is not IDX data of labels from 0 to 9, or is too short or too long.
    """
    labels = _parse(path, content, ndim=1, unit="labels")  # (N,)
    first = int(np.argmax(labels >= CLASSES))
    if labels[first] >= CLASSES:
        raise wrong(path, f"the label {labels[first]} at position {first}", "labels from 0 to 9")
    return labels


def _parse(path: str | Path, content: bytes, ndim: int, unit: str) -> np.ndarray:
    header = 4 + 4 * ndim  # bytes
    magic = IDX_MAGIC + bytes([ndim])
    if content[:4] != magic:
        raise wrong(path, _describe_magic(content), f"{_number(magic)}, the one of {unit}")
    if len(content) < header:
        raise wrong(path, f"a header of {len(content)} bytes", f"one of {header}")
    shape = struct.unpack(f">{ndim}I", content[4:header])
    if not prod(shape):
        raise wrong(path, f"a header that counts {shape[0]} {unit}", "at least one")
    size = header + prod(shape)
    if len(content) != size:
        how = "the file is cut off" if len(content) < size else "bytes were added at its end"
        expected = f"{size:,} for the {shape[0]:,} {unit} that its header counts"
        raise wrong(path, f"{len(content):,} bytes inside", expected, how)
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _number(magic: bytes) -> str:
    return f"the IDX number {magic.hex(' ')}"


def _describe_magic(content: bytes) -> str:
    known = {IDX_MAGIC + b"\1": "the one of labels", IDX_MAGIC + b"\3": "the one of images"}
    magic = content[:4]
    if magic in known:
        return f"{_number(magic)}, {known[magic]}"
    return _number(magic) if magic[:2] == b"\0\0" and len(magic) == 4 else describe(content)
