"""Pen strokes: a form of a digit, bent, slanted and pressed as a hand does it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_data.offline.strokes import SAMPLES, Form

BOX = 20.0  # pixels: as in MNIST, the longer side of every digit
KNOTS = 6  # the pressure is set at this many places along a digit
MEAN_RADIUS = 1.3  # of the pen, pixels: as much ink as in MNIST
LEAST_RADIUS = 0.5  # of the pen, pixels: what is thinner fades
MEAN_ROUNDING = 0.35  # of corners, from 0 for sharp to 1 for none
MEAN_SLANT = 0.20  # most writers lean to the right
LOOSE_ENDS = 1.5  # where a stroke begins and ends is less certain than where it passes

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]


@dataclass(frozen=True)
class Paths:
    """Where the pen went, for N digits.

    In pixels, x to the right and y down. With the width of its line each digit fills a box around
    0 that is BOX wide or high.
    """

    labels: np.ndarray  # (N,) uint8
    xy: Floats  # (2, N, SAMPLES)
    radius: Floats  # (N, SAMPLES), half the width of the line


def trace(form: Form, traits: dict[str, Floats]) -> Pair:
    """Trace one form n times; return xy (2, n, SAMPLES) and radius (n, SAMPLES) as in `Paths`.

    `traits` say how the form differs from the mean, each an ndarray of n rows: ``bend`` (n, 2 * P),
    of each control point in x and, from column P on, in y, in digit heights; ``warp`` (n, 6), of
    the plane, per digit height; ``stretch`` (n, 1), of the width, relative; ``slant`` (n, 1),
    tangent of the angle; ``turn`` (n, 1), tangent of half the angle; ``rounding`` (n, 1), of
    corners; ``radius`` (n, 1), ``pressure`` (n, KNOTS) and ``nib`` (n, 2), of the width of the
    line, relative: altogether, along the digit, and with the direction.
    """
    x, y = _bend(form, traits["bend"])  # (n, points)
    x, y = _warp(x, y, traits["warp"])
    x = x * np.clip(1 + traits["stretch"], 0.65, 1.6)
    x = x - (MEAN_SLANT + traits["slant"]) * y
    x, y = _turn(x, y, traits["turn"])
    rounding = np.clip(MEAN_ROUNDING + traits["rounding"], 0, 1)
    x, y = (_curve(form, values, rounding) for values in (x, y))  # (n, SAMPLES)
    width = 1 + _along(traits["pressure"]) + _across(x, y, traits["nib"])  # (n, SAMPLES)
    radius = MEAN_RADIUS * np.clip(1 + traits["radius"], 0.5, 1.7) * np.clip(width, 0.6, 1.5)
    radius = np.maximum(radius, LEAST_RADIUS)
    return _fit(x, y, radius), radius


def _bend(form: Form, bends: Floats) -> Pair:
    """Control points x and y, (n, points) each, moved one by one."""
    points, half = len(form.points), bends.shape[1] // 2
    loose = np.where(form.is_end, LOOSE_ENDS, 1.0)
    by_x, by_y = (_smooth(bends[:, start : start + points]) for start in (0, half))
    return form.points[:, 0] + loose * by_x, form.points[:, 1] + loose * by_y


def _smooth(bends: Floats) -> Floats:
    """Bends that neighbors share: a hand swerves, it does not tremble."""
    padded = np.concatenate([bends[:, :1], bends, bends[:, -1:]], axis=1)
    # sqrt(6), to spread as before
    return np.asarray((padded[:, :-2] + 2 * bends + padded[:, 2:]) / 2.45)


def _warp(x: Floats, y: Floats, by: Floats) -> Pair:
    """The plane bent by a quadratic form in each direction."""
    a, b, c, d, e, f = (by[:, i : i + 1] for i in range(6))
    xx, xy, yy = x * x, x * y, y * y
    return x + a * xx + b * xy + c * yy, y + d * xx + e * xy + f * yy


def _turn(x: Floats, y: Floats, half: Floats) -> Pair:
    """The plane turned; sine and cosine are rational in the tangent of half the angle."""
    scale = 1 + half * half
    cosine, sine = (1 - half * half) / scale, 2 * half / scale
    return cosine * x - sine * y, sine * x + cosine * y


def _curve(form: Form, values: Floats, rounding: Floats) -> Floats:
    """Samples along the curve, (n, SAMPLES), from one coordinate of its control points."""
    sharp = _weigh(values, form.sharp, form.weights)
    smooth = _weigh(values, form.smooth, form.weights)
    return sharp + rounding * (smooth - sharp)


def _weigh(values: Floats, points: Floats, weights: Floats) -> Floats:
    (a, b, c, d), (p, q, r, s) = points, weights
    return np.asarray(values[:, a] * p + values[:, b] * q + values[:, c] * r + values[:, d] * s)


def _along(pressure: Floats) -> Floats:
    """Change of the width along the digit, (n, SAMPLES): straight lines between the knots."""
    place = np.arange(SAMPLES) * ((KNOTS - 1) / SAMPLES)
    knot = place.astype(np.int64)
    return pressure[:, knot] + (place - knot) * (pressure[:, knot + 1] - pressure[:, knot])


def _across(x: Floats, y: Floats, nib: Floats) -> Floats:
    """Change of the width with the direction of the stroke, (n, SAMPLES).

    A nib that is not round draws wide across itself and thin along itself: the
    change goes with the cosine and the sine of twice the direction.
    """
    dx, dy = (np.diff(values, axis=1, append=values[:, -1:]) for values in (x, y))
    xx, yy = dx * dx, dy * dy
    square = xx + yy + 1e-12  # the last sample has no direction: no change
    return nib[:, :1] * ((xx - yy) / square) + nib[:, 1:] * (2 * dx * dy / square)


def _fit(x: Floats, y: Floats, radius: Floats) -> Floats:
    """Paths moved and scaled into the box, the width of the line allowed for."""
    lows = [values.min(axis=1, keepdims=True) for values in (x, y)]  # (n, 1) each
    highs = [values.max(axis=1, keepdims=True) for values in (x, y)]
    size = np.maximum(highs[0] - lows[0], highs[1] - lows[1])
    scale = (BOX - 2 * radius.max(axis=1, keepdims=True)) / size
    middles = [(low + high) / 2 for low, high in zip(lows, highs, strict=True)]
    return np.stack([(x - middles[0]) * scale, (y - middles[1]) * scale])
