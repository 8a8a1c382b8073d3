"""Pen paths made into images, by stamping the nib at every point of the path.

Positions are rounded to an eighth of a pixel and radii to a sixteenth, so the
nib has few shapes: they are drawn once, and what remains is whole numbers.
"""

from __future__ import annotations

import numpy as np

from mnist_data.handwriting import Paths

SIDE = 28  # pixels of an image
PARTS = 8  # of a pixel, that positions are rounded to
RADII = 40  # sixteenths of a pixel; wider pens are drawn as 2.5 pixels
EDGE = 1.3  # pixels from full ink to none, at the edge of a line
NIB = 9  # pixels of a nib image: twice the widest radius, edges, and a pixel to move in
CANVAS = 44  # pixels: the box of 20 in the middle and room to move the centre of mass


def draw(paths: Paths) -> np.ndarray:
    """Images of the paths, uint8 (N, 28, 28): 0 is paper, 255 is full ink.

    As in MNIST, the centre of mass is moved by whole pixels to pixel (14, 14).
    """
    count = len(paths.labels)
    places = np.rint(paths.xy * PARTS).astype(np.int64) + CANVAS * PARTS // 2  # (2, N, S)
    pixels, parts = places // PARTS, places % PARTS
    radii = np.clip(np.rint(paths.radius * 16).astype(np.int64), 0, RADII - 1)  # (N, S)
    nibs = (radii * PARTS + parts[1]) * PARTS + parts[0]  # (N, S)
    corners = (pixels[1] - NIB // 2) * CANVAS + pixels[0] - NIB // 2  # (N, S)
    corners += np.arange(count)[:, None] * CANVAS * CANVAS
    canvas = np.zeros(count * CANVAS * CANVAS, np.uint8)
    window = (np.arange(NIB)[:, None] * CANVAS + np.arange(NIB)).reshape(-1)
    for corner, nib in zip(corners.T, nibs.T, strict=True):  # one point of every path
        at = corner[:, None] + window  # (N, NIB * NIB)
        canvas[at] = np.maximum(canvas[at], _NIBS[nib])
    return _centre(canvas.reshape(count, CANVAS, CANVAS))


def _centre(canvas: np.ndarray) -> np.ndarray:
    """The part of each canvas around its centre of mass, (N, 28, 28)."""
    grid = np.arange(CANVAS)
    ink = canvas.sum(axis=(1, 2), dtype=np.int64)
    corner = []
    for axis in (2, 1):  # summed over columns: the row of the centre, and the other way round
        moment = (canvas.sum(axis=axis, dtype=np.int64) * grid).sum(axis=1)
        corner.append((2 * moment + ink) // (2 * ink) - SIDE // 2)
    row, column = (np.clip(c, 0, CANVAS - SIDE)[:, None, None] for c in corner)
    along = np.arange(SIDE)
    return canvas[np.arange(len(canvas))[:, None, None], row + along[:, None], column + along]


def _cut_nibs() -> np.ndarray:
    """Images of the nib, uint8 (RADII * PARTS * PARTS, NIB * NIB), by radius, y and x."""
    radius = np.arange(RADII)[:, None, None] / 16
    offset = np.arange(NIB) - NIB // 2 - np.arange(PARTS)[:, None] / PARTS  # (PARTS, NIB)
    square = offset * offset
    distance = np.sqrt(square[:, None, :, None] + square[None, :, None, :])
    distance = distance.reshape(1, PARTS * PARTS, NIB * NIB)
    ink = np.clip((radius - distance) / EDGE + 0.5, 0, 1)
    return np.rint(255 * ink).astype(np.uint8).reshape(-1, NIB * NIB)


_NIBS = _cut_nibs()
