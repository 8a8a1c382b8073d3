"""Gray pictures as PNG data URIs.

Written by hand because it is forty lines, needs nothing but zlib, gives the same bytes for the
same picture, and takes a millisecond where an imaging library takes an import.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY_4_BIT = struct.pack(">BBBBB", 4, 0, 0, 0, 0)  # depth, gray, deflate, no filter, no interlace
# Sixteen grays are more than an eye tells apart in a tile, and halve the file; weights are close
# to noise, so harder compression costs time and saves next to nothing.
_LEVEL = 1


def gray_png(image: np.ndarray) -> bytes:
    """PNG file of an image, uint8 of shape (height, width), in sixteen grays."""
    height, width = image.shape
    nibbles = image >> 4  # (height, width), 0 to 15
    if width % 2:
        nibbles = np.pad(nibbles, ((0, 0), (0, 1)))
    rows = (nibbles[:, ::2] << 4) | nibbles[:, 1::2]  # (height, (width + 1) // 2)
    scanlines = np.pad(rows, ((0, 0), (1, 0)))  # each begins with its filter: 0, none
    header = struct.pack(">II", width, height) + _GRAY_4_BIT
    data = zlib.compress(scanlines.astype(np.uint8).tobytes(), _LEVEL)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def data_uri(image: np.ndarray) -> str:
    """The image as an address that carries it."""
    return "data:image/png;base64," + base64.b64encode(gray_png(image)).decode("ascii")


def contact_sheet(images: np.ndarray, columns: int, gap: int = 2) -> np.ndarray:
    """Images (K, height, width) side by side in rows of `columns`, white between them."""
    count, height, width = images.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + gap, width + gap), 255, np.uint8)
    cells[:count, :height, :width] = images
    cells = cells.reshape(rows, columns, height + gap, width + gap)
    sheet = cells.transpose(0, 2, 1, 3).reshape(rows * (height + gap), columns * (width + gap))
    return sheet[:-gap, :-gap]
