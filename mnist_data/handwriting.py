"""Writers and what they write: pen paths of digits, each in its writer's hand.

A writer has a hand that stays: slant, width of the pen, pressure, which forms
of each digit, and how exactly each of these forms is bent. On top of that no
two digits of one writer are alike.

The same numbers come out on every machine. Chance comes as raw 64-bit words
from PCG64, a stream that numpy guarantees (unlike the distributions made from
it), and the geometry uses + - * / and sqrt element by element alone, which
IEEE 754 rounds in one way only: no sines, no matrix products, no float sums
whose order is left to numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from mnist_data.strokes import FORMS, SAMPLES, Form, read_form

SEED = 1998
BOX = 20.0  # pixels: as in MNIST, the longer side of each digit
KNOTS = 6  # the width of a stroke is set at these many places along it
MEAN_RADIUS = 1.25  # of the pen, pixels
MEAN_SLANT = 0.10  # tangent of the angle; most writers lean to the right
FAITH = 88  # out of a hundred digits, those in the form that the writer prefers
LOOSE_ENDS = 1.5  # where a stroke begins and ends is less certain than where it passes

# How far hands differ from each other, and the digits of one hand among themselves (standard
# deviations). Chosen so that the networks of the lab find these digits as hard as MNIST, which
# `tools/measure_digits.py` measures.
SPREAD = {
    "bend": (0.034, 0.020),  # of each control point, digit heights
    "warp": (0.12, 0.10),  # of the plane, smoothly, per digit height
    "slant": (0.20, 0.08),  # tangent of the angle
    "turn": (0.03, 0.03),  # tangent of half the angle
    "stretch": (0.15, 0.07),  # width over height, relative
    "radius": (0.22, 0.06),  # relative
    "pressure": (0.10, 0.12),  # change of the radius along the digit, relative
}
HASTE = (0.5, 1.5)  # each hand's and each digit's spread is multiplied by a factor from here

_READ = tuple(tuple(read_form(text) for _, text in forms) for forms in FORMS)
_MOST_FORMS = max(len(forms) for forms in FORMS)
_MOST_POINTS = max(len(form.points) for forms in _READ for form in forms)
_SIZES = {"slant": 1, "turn": 1, "stretch": 1, "radius": 1, "pressure": KNOTS, "warp": 6}
_TRAITS = sum(_SIZES.values())
_BENDS = 2 * _MOST_POINTS
# The words of a hand: traits, bends of each form of each digit, preferred forms, haste.
_HAND_WORDS = _TRAITS + 10 * _MOST_FORMS * _BENDS + 10 + 1
# The words of a digit: traits, bends, faithful or not, the other form, haste.
_DIGIT_WORDS = _TRAITS + _BENDS + 3


@dataclass(frozen=True)
class Paths:
    """Where the pen went, for N digits.

    Attributes
    ----------
    labels : ndarray of uint8, shape (N,)
        The digits.
    xy : ndarray of float, shape (2, N, SAMPLES)
        Pixels, x to the right and y down; with the width of its line each
        digit fills a box around 0 that is BOX wide or high.
    radius : ndarray of float, shape (N, SAMPLES)
        Half the width of the line, pixels.
    """

    labels: np.ndarray
    xy: np.ndarray
    radius: np.ndarray


def write(writers: range, copies: int) -> Paths:
    """What these writers write when each writes every digit `copies` times.

    Writer by writer, digit by digit. A writer writes the same, whoever else is
    asked.
    """
    words = np.stack([_words(writer, copies) for writer in writers])
    hands = words[:, :_HAND_WORDS]  # (W, words)
    digits = words[:, _HAND_WORDS:].reshape(len(writers), 10, copies, _DIGIT_WORDS)
    shape = (len(writers), 10, copies)
    xy = np.empty((2, *shape, SAMPLES))
    radius = np.empty((*shape, SAMPLES))
    for digit in range(10):
        chosen = _choose_forms(hands, digits[:, digit], digit)  # (W, copies)
        for number, form in enumerate(_READ[digit]):
            writer, copy = np.nonzero(chosen == number)
            bends = _TRAITS + (digit * _MOST_FORMS + number) * _BENDS
            columns = np.r_[:_TRAITS, bends : bends + _BENDS]
            spread = _spread(hands[writer][:, columns], 0) * _haste(hands[writer, -1])
            within = digits[writer, digit, copy]  # (n, words)
            spread += _spread(within[:, : len(columns)], 1) * _haste(within[:, -1])
            drawn = _draw(form, spread)
            xy[:, writer, digit, copy], radius[writer, digit, copy] = drawn
    labels = np.broadcast_to(np.arange(10, dtype=np.uint8)[:, None], shape)
    return Paths(labels.reshape(-1), xy.reshape(2, -1, SAMPLES), radius.reshape(-1, SAMPLES))


def _words(writer: int, copies: int) -> np.ndarray:
    """All the chance there is in a writer."""
    count = _HAND_WORDS + 10 * copies * _DIGIT_WORDS
    return np.random.PCG64([SEED, writer]).random_raw(count)


def _choose_forms(hands: np.ndarray, digits: np.ndarray, digit: int) -> np.ndarray:
    """Number of the form in which each writer writes each copy of a digit, (W, copies)."""
    shares = list(accumulate(share for share, _ in FORMS[digit]))
    habit = np.searchsorted(shares, _below(hands[:, -11 + digit], 100), side="right")  # (W,)
    other = np.searchsorted(shares, _below(digits[..., -2], 100), side="right")  # (W, copies)
    faithful = _below(digits[..., -3], 100) < FAITH
    return np.where(faithful, habit[:, None], other)


def _below(words: np.ndarray, limit: int) -> np.ndarray:
    """Whole numbers from 0 to limit - 1."""
    return (words >> np.uint64(32)).astype(np.int64) * limit >> 32


def _haste(words: np.ndarray) -> np.ndarray:
    """A factor between the two of HASTE for each word, as a column."""
    low, high = HASTE
    return (low + (high - low) / 1024 * _below(words, 1024))[:, None]


def _spread(words: np.ndarray, level: int) -> np.ndarray:
    """Deviations from words: of hands at level 0, within a hand at level 1."""
    scale = [SPREAD[name][level] for name, size in _SIZES.items() for _ in range(size)]
    return _normal(words) * np.array(scale + _BENDS * [SPREAD["bend"][level]])


def _normal(words: np.ndarray) -> np.ndarray:
    """Nearly normal numbers: the sum of the four 16-bit parts of a word, standardised."""
    parts = [(words >> np.uint64(16 * i)) & np.uint64(0xFFFF) for i in range(4)]
    total = (parts[0] + parts[1] + parts[2] + parts[3]).astype(np.int64)
    return (total - 2 * 65535) / 37837.0  # 65536 * sqrt(4 / 12)


def _draw(form: Form, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Paths (2, n, SAMPLES) and radii (n, SAMPLES) of one form, bent as `spread` says."""
    trait = dict(
        zip(_SIZES, np.split(spread, np.cumsum(list(_SIZES.values())), axis=1)[:-1], strict=True)
    )
    x, y = _bend(form, spread[:, _TRAITS:])
    x, y = _warp(x, y, trait["warp"])
    x = x * np.maximum(1 + trait["stretch"], 0.4)
    x = x - (MEAN_SLANT + trait["slant"]) * y
    x, y = _turn(x, y, trait["turn"])
    radius = _press(trait["radius"], trait["pressure"])  # (n, SAMPLES)
    return _fit(_curve(form, x), _curve(form, y), radius), radius


def _bend(form: Form, bends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Control points x and y, (n, points) each, moved one by one."""
    n = len(form.points)
    loose = np.where(form.is_end, LOOSE_ENDS, 1.0)
    by_x, by_y = (_smooth(bends[:, i : i + n]) for i in (0, _MOST_POINTS))
    return form.points[:, 0] + loose * by_x, form.points[:, 1] + loose * by_y


def _smooth(bends: np.ndarray) -> np.ndarray:
    """Bends that neighbouring points share: a hand swerves, it does not tremble."""
    padded = np.concatenate([bends[:, :1], bends, bends[:, -1:]], axis=1)
    return (padded[:, :-2] + 2 * bends + padded[:, 2:]) / 2.45  # sqrt(6): as wide as before


def _warp(x: np.ndarray, y: np.ndarray, by: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The plane bent by a quadratic form in each direction."""
    xx, xy, yy = x * x, x * y, y * y
    a, b, c, d, e, f = (by[:, i : i + 1] for i in range(6))
    return x + a * xx + b * xy + c * yy, y + d * xx + e * xy + f * yy


def _turn(x: np.ndarray, y: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turned by twice the angle with this tangent: sine and cosine as rational functions."""
    scale = 1 + half * half
    cosine, sine = (1 - half * half) / scale, 2 * half / scale
    return cosine * x - sine * y, sine * x + cosine * y


def _curve(form: Form, values: np.ndarray) -> np.ndarray:
    """Samples along the curve, (n, SAMPLES), from one coordinate of its control points."""
    (a, b, c, d), (p, q, r, s) = form.neighbours, form.weights
    return values[:, a] * p + values[:, b] * q + values[:, c] * r + values[:, d] * s


def _press(radius: np.ndarray, pressure: np.ndarray) -> np.ndarray:
    """Radius of the pen at each sample, (n, SAMPLES): straight lines between the knots."""
    place = np.arange(SAMPLES) * ((KNOTS - 1) / SAMPLES)
    left = place.astype(np.int64)
    along = pressure[:, left] + (place - left) * (pressure[:, left + 1] - pressure[:, left])
    return MEAN_RADIUS * np.clip(1 + radius, 0.45, 1.6) * np.clip(1 + along, 0.55, 1.4)


def _fit(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Paths moved and scaled into the box, the width of the line allowed for."""
    lows = [values.min(axis=1, keepdims=True) for values in (x, y)]
    highs = [values.max(axis=1, keepdims=True) for values in (x, y)]
    size = np.maximum(highs[0] - lows[0], highs[1] - lows[1])
    scale = (BOX - 2 * radius.max(axis=1, keepdims=True)) / size
    middles = [(low + high) / 2 for low, high in zip(lows, highs, strict=True)]
    return np.stack([(x - middles[0]) * scale, (y - middles[1]) * scale])
