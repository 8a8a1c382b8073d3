"""A lab so small that its published run takes a second: same shape, made-up figures."""

from __future__ import annotations

import copy

import numpy as np

from mnist_data import LabData
from solutions.published import published


def small_data(kind="mnist", num_train=60, D=6):
    """Random examples of ten classes."""
    draw = np.random.default_rng(0)

    def some(N):
        return draw.normal(size=(N, D)), draw.integers(10, size=N)

    (X_train, y_train), (X_val, y_val), (X_test, y_test) = some(num_train), some(20), some(30)
    return LabData(X_train, y_train, X_val, y_val, X_test, y_test, kind, f"{kind} made for a test")


def small_published():
    """The published figures with few iterations; those of MNIST can agree with nothing."""
    figures = copy.deepcopy(published())
    for table in ("fixed_rate", "decay"):
        figures[table].update(num_iters=200, batch_size=5, losses=figures[table]["losses"][:2])
    figures["tuning"].update(num_iters=7, batch_size=5)
    return figures
