"""Pen paths made into images, by stamping the pen at every point of the path.

Positions are rounded to an eighth of a pixel and radii to a sixteenth, so that
the stamps are few: they are cut once, and what remains is whole numbers.
"""

import numpy as np
from numpy.typing import NDArray

from mnist_data.offline.pen import Paths

SIDE = 28  # pixels, height and width of an image
PARTS = 8  # of a pixel, that positions are rounded to
RADII = 54  # the radii 0, 1/16, ... 53/16 of a pixel: the widest pen
EDGE = 1.1  # pixels from full ink to none at the edge of a line, as in MNIST
STAMP = 9  # pixels, side of a stamp: the widest line, its edges, and a pixel to shift in
CANVAS = 48  # pixels, side: all of an image around any pixel of the box of 20 in the middle


def draw(paths: Paths) -> np.ndarray:
    """Draw N digits as uint8 images (N, 28, 28), from 0, paper, to 255, ink.

    As in MNIST the center of mass is moved, by whole pixels, to the pixel (14, 14).
    """
    N = len(paths.labels)
    places = np.rint(paths.xy * PARTS).astype(np.int64) + CANVAS * PARTS // 2  # (2, N, SAMPLES)
    pixels, parts = places // PARTS, places % PARTS
    radii = np.rint(paths.radius * 16).astype(np.int64)  # (N, SAMPLES)
    stamps = (radii * PARTS + parts[1]) * PARTS + parts[0]  # (N, SAMPLES)
    corners = (pixels[1] - STAMP // 2) * CANVAS + pixels[0] - STAMP // 2  # (N, SAMPLES)
    corners += np.arange(N)[:, None] * CANVAS * CANVAS
    canvas = np.zeros(N * CANVAS * CANVAS, np.uint8)
    window = (np.arange(STAMP)[:, None] * CANVAS + np.arange(STAMP)).reshape(-1)
    for corner, stamp in zip(corners.T, stamps.T, strict=True):  # one point of every path
        under = corner[:, None] + window  # (N, STAMP * STAMP)
        canvas[under] = np.maximum(canvas[under], _STAMPS[stamp])
    return _center(canvas.reshape(N, CANVAS, CANVAS))


def _center(canvas: np.ndarray) -> np.ndarray:
    """The part of each canvas that has its center of mass in the middle, (N, 28, 28)."""
    total = canvas.sum(axis=(1, 2), dtype=np.int64)  # (N,)
    along = np.arange(SIDE)
    rows, columns = (
        _middle(canvas.sum(axis=axis, dtype=np.int64), total)[:, None] - SIDE // 2 + along
        for axis in (2, 1)
    )  # (N, 28) each
    picked = (np.arange(len(canvas))[:, None, None], rows[:, :, None], columns[:, None, :])
    return np.asarray(canvas[picked])


def _middle(ink: NDArray[np.int64], total: NDArray[np.int64]) -> NDArray[np.int64]:
    """Centers of mass, rounded, (N,), from the ink in each row or column, (N, CANVAS)."""
    moment = (ink * np.arange(CANVAS)).sum(axis=1)
    return np.asarray((2 * moment + total) // (2 * total))


def _cut_stamps() -> np.ndarray:
    """Images of the pen, uint8 (RADII * PARTS * PARTS, STAMP * STAMP), by radius, y and x."""
    radius = np.arange(RADII)[:, None, None] / 16
    offset = np.arange(STAMP) - STAMP // 2 - np.arange(PARTS)[:, None] / PARTS  # (PARTS, STAMP)
    square = offset * offset
    distance = np.sqrt(square[:, None, :, None] + square[None, :, None, :])
    distance = distance.reshape(1, PARTS * PARTS, STAMP * STAMP)
    ink = np.clip((radius - distance) / EDGE + 0.5, 0, 1)
    return np.rint(255 * ink).astype(np.uint8).reshape(-1, STAMP * STAMP)


_STAMPS = _cut_stamps()
