"""How far each pair of submissions stands out from what each of the two shares with others."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.course.similar.fingerprints import KINDS, Fingerprints

RARITY_POWER = 1.5  # a fingerprint weighs log(submissions / submissions with it) to this power
COMMON = 0.5  # what a larger share of the class writes does not count
KIND_WEIGHTS = {"values": 1.0, "code": 1.0, "words": 0.5}
KIND_POWER = 1.5  # one strong kind of evidence counts for more than two weak ones
TRIMMED = 0.03  # share of a row's highest values that do not enter its mean and spread
CHUNK = 4096  # fingerprints multiplied at once

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class PairScores:
    """Of n submissions: `score` and each kind's `deviations`, (n, n); `counts` of each mark."""

    score: Matrix
    deviations: dict[str, Matrix]
    counts: dict[str, dict[int, int]]


def score_pairs(students: Sequence[Fingerprints], given: Fingerprints) -> PairScores:
    """Return how far each pair stands out, in standard deviations."""
    counts = {
        kind: _counts([s[kind].keys() for s in students], given[kind].keys()) for kind in KINDS
    }
    half_a_mark = weight(2, len(students)) / 2
    deviations = {
        kind: _deviation(_shared([s[kind].keys() for s in students], counts[kind]), half_a_mark)
        for kind in KINDS
    }
    combined = np.zeros_like(deviations["values"])
    for kind in KINDS:
        combined += KIND_WEIGHTS[kind] * np.maximum(deviations[kind], 0) ** KIND_POWER
    return PairScores(_deviation(combined, 1.0), deviations, counts)


def weight(count: int, submissions: int) -> float:
    """Return what a fingerprint found in `count` submissions weighs."""
    if count < 2 or count > max(COMMON * submissions, 2):
        return 0.0
    return float(np.log(submissions / count) ** RARITY_POWER)


def _counts(students: Sequence[Set[int]], given: Set[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for marks in students:
        for mark in marks - given:
            counts[mark] = counts.get(mark, 0) + 1
    return counts


def _shared(students: Sequence[Set[int]], counts: dict[int, int]) -> Matrix:
    """Return the weight of what each pair shares, (n, n)."""
    n = len(students)
    weights = {mark: weight(count, n) for mark, count in counts.items() if count > 1}
    columns = {mark: i for i, mark in enumerate(m for m, w in weights.items() if w)}
    roots = np.sqrt([weights[mark] for mark in columns]).astype(np.float32)
    rows = [np.array([columns[m] for m in marks if m in columns], int) for marks in students]
    total = np.zeros((n, n))
    for start in range(0, len(columns), CHUNK):
        block = np.zeros((n, CHUNK), np.float32)
        for i, row in enumerate(rows):
            inside = row[(row >= start) & (row < start + CHUNK)]
            block[i, inside - start] = roots[inside]
        total += block @ block.T
    return total


def _deviation(values: Matrix, least: float) -> Matrix:
    """Return each pair's distance from the mean of its two rows, in their standard deviations.

    `least` is the smallest standard deviation that counts: in a class where nearly all hand in
    the same, one more shared mark is no outlier.
    """
    n = len(values)
    others = np.sort(values[~np.eye(n, dtype=bool)].reshape(n, n - 1), axis=1)
    others = others[:, : -max(2, int(TRIMMED * n))]
    spread = others.std(axis=1)
    spread = np.maximum(spread, max(np.median(spread), least))  # little to share is no outlier
    rows = (values - others.mean(axis=1)[:, None]) / spread[:, None]
    symmetric: Matrix = (rows + rows.T) / 2
    return symmetric
