"""Made-up writers and what they write.

A writer has a hand that stays: slant, width of the pen, pressure, which form of
each digit, and how exactly each of these forms is bent. On top of that, no two
digits of one writer are alike.

The same numbers come out on every machine. Chance comes as raw 64-bit words
from PCG64, a stream that numpy guarantees, unlike the distributions made from
it. And what is made of the words, here and in `pen` and `ink`, takes whole
numbers and + - * / and sqrt of one element at a time alone, which IEEE 754
rounds in one way only: no sine, no matrix product, no sum of floats whose order
is left to numpy.
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from mnist_data.offline.pen import KNOTS, Paths, trace
from mnist_data.offline.strokes import FORMS, SAMPLES, read_form

SEED = 1998
FAITH = 88  # out of a hundred digits, those in the form that their writer prefers

# How far hands differ from each other, and the digits of one hand among themselves: standard
# deviations of what `pen.trace` describes. Chosen so that the networks of the lab find these
# digits as hard as MNIST, which `tools/dev/measure_digits.py` measures.
SPREAD = {
    "slant": (0.19, 0.08),
    "turn": (0.03, 0.03),
    "stretch": (0.15, 0.07),
    "radius": (0.26, 0.06),
    "pressure": (0.08, 0.12),
    "nib": (0.12, 0.04),
    "rounding": (0.25, 0.20),
    "warp": (0.12, 0.09),
    "bend": (0.031, 0.019),
}
HASTE = (0.5, 1.5)  # each hand's and each digit's deviations are multiplied by one factor in here

_READ = tuple(tuple(read_form(text) for _, text in forms) for forms in FORMS)
_MOST_FORMS = max(len(forms) for forms in FORMS)
_BENDS = 2 * max(len(form.points) for forms in _READ for form in forms)
_SIZES = dict.fromkeys(SPREAD, 1) | {"pressure": KNOTS, "nib": 2, "warp": 6, "bend": _BENDS}
_TRAITS = sum(_SIZES.values())
_OTHERS = _TRAITS - _BENDS  # all but the bends, which a hand has for each form anew
# The words of a hand: other traits, bends of each form of each digit, preferred forms, haste.
_HAND_WORDS = _OTHERS + 10 * _MOST_FORMS * _BENDS + 10 + 1
# The words of a digit: traits, whether in the preferred form, in which else, haste.
_DIGIT_WORDS = _TRAITS + 3


def write(writers: Sequence[int], copies: int) -> Paths:
    """Return what W writers write: W * 10 * copies digits, writer by writer and digit by digit.

    A writer of one number writes the same, whoever else is asked.
    """
    words = np.stack([_words(writer, copies) for writer in writers])
    hands = words[:, :_HAND_WORDS]  # (W, words)
    digits = words[:, _HAND_WORDS:].reshape(len(writers), 10, copies, _DIGIT_WORDS)
    shape = (len(writers), 10, copies)
    labels = np.empty(shape, np.uint8)
    xy = np.empty((2, *shape, SAMPLES))
    radius = np.empty((*shape, SAMPLES))
    for digit in range(10):
        labels[:, digit] = digit
        chosen = _choose_forms(hands, digits[:, digit], digit)  # (W, copies)
        for number, form in enumerate(_READ[digit]):
            writer, copy = np.nonzero(chosen == number)  # n of them
            traits = _hand_traits(hands[writer], digit, number)  # (n, traits)
            traits += _deviations(digits[writer, digit, copy], 1)
            traced = trace(form, _named(traits))
            xy[:, writer, digit, copy], radius[writer, digit, copy] = traced
    return Paths(labels.reshape(-1), xy.reshape(2, -1, SAMPLES), radius.reshape(-1, SAMPLES))


def _words(writer: int, copies: int) -> np.ndarray:
    """All the chance that there is in a writer."""
    return np.random.PCG64([SEED, writer]).random_raw(_HAND_WORDS + 10 * copies * _DIGIT_WORDS)


def _choose_forms(hands: np.ndarray, digits: np.ndarray, digit: int) -> np.ndarray:
    """The number of the form in which each writer writes each copy of a digit, (W, copies)."""
    shares = list(accumulate(share for share, _ in FORMS[digit]))
    preferred = np.searchsorted(shares, _below(100, hands[:, -11 + digit]), side="right")  # (W,)
    other = np.searchsorted(shares, _below(100, digits[..., -2]), side="right")  # (W, copies)
    return np.where(_below(100, digits[..., -3]) < FAITH, preferred[:, None], other)


def _hand_traits(hands: np.ndarray, digit: int, number: int) -> np.ndarray:
    """Traits that all digits of a hand in one form have in common, (n, traits)."""
    bends = _OTHERS + (digit * _MOST_FORMS + number) * _BENDS
    words = [hands[:, :_OTHERS], hands[:, bends : bends + _BENDS], hands[:, -1:]]
    return _deviations(np.concatenate(words, axis=1), 0)


def _deviations(words: NDArray[np.uint64], level: int) -> NDArray[np.float64]:
    """Traits from words, the last of which is for haste: between hands (0), within one (1)."""
    spread = [SPREAD[name][level] for name, size in _SIZES.items() for _ in range(size)]
    least, most = HASTE
    haste = least + (most - least) * (_below(1024, words[:, -1:]) / 1024)  # (n, 1)
    deviations: NDArray[np.float64] = _normal(words[:, :_TRAITS]) * np.array(spread) * haste
    return deviations


def _named(traits: np.ndarray) -> dict[str, np.ndarray]:
    stops = list(accumulate(_SIZES.values()))
    return dict(zip(_SIZES, np.split(traits, stops[:-1], axis=1), strict=True))


def _below(limit: int, words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Whole numbers from 0 to limit - 1."""
    return (words >> np.uint64(32)).astype(np.int64) * limit >> 32


def _normal(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Nearly normal numbers: the sum of the four 16-bit parts of a word, standardized."""
    parts = [(words >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)]
    total = (parts[0] + parts[1] + parts[2] + parts[3]).astype(np.int64)
    return np.asarray((total - 2 * 0xFFFF) / 37837)  # the deviation: 2¹⁶ * sqrt(4 / 12)
