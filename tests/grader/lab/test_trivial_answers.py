"""Answers that cost no thought earn nothing."""

from __future__ import annotations

import pytest

from tests.grader.judging import ON_IMAGES, WITHOUT_TUNING, checks_of

TEMPLATE = """
import numpy as np


class Anything:
    def __eq__(self, other): return True
    def __array__(self, *args, **kwargs): raise ValueError("no array")
    def __float__(self): return 0.0
    def __len__(self): return 5


class Zeros:
    shape = (5, 3)
    def __array__(self, *args, **kwargs): return np.zeros((5, 3))


class TwoLayerNet:
    def __init__(self, D, H, C, std=1e-4):
        self.params = {"W1": std * np.random.randn(D, H), "b1": np.zeros(H),
                       "W2": std * np.random.randn(H, C), "b2": np.zeros(C)}

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        N, C = len(X), len(b2)
        hidden = np.zeros((N, len(b1)))
        if y is None:
            return SCORES
        return LOSS, GRADS

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6,
              num_iters=100, batch_size=200, verbose=False):
        TRAIN

    def predict(self, X):
        N = len(X)
        return LABELS
"""
NO_GRADS = "{name: np.zeros_like(value) for name, value in self.params.items()}"
REG_GRADS = "{n: reg * v if n[0] == 'W' else 0 * v for n, v in self.params.items()}"


def text(*, scores="None", loss="None", grads="None", train="return {}", labels="None"):
    filled = TEMPLATE
    for name, code in (
        *(("SCORES", scores), ("LOSS", loss), ("GRADS", grads)),
        *(("TRAIN", train), ("LABELS", labels)),
    ):
        filled = filled.replace(name, code)
    return filled


def earned(verdict):
    """Points by task, those of the trainings on images left out."""
    points = dict.fromkeys(WITHOUT_TUNING, 0.0)
    for check in checks_of(verdict).values():
        if check.task in points and check.id not in ON_IMAGES:
            points[check.task] += check.score
    return points


NOTHING = dict.fromkeys(WITHOUT_TUNING, 0.0)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {
            "scores": "np.zeros((N, C))",
            "loss": "0.0",
            "grads": NO_GRADS,
            "labels": "np.zeros(N, int)",
        },
        {
            "scores": "np.ones((N, C))",
            "loss": "1.0",
            "grads": REG_GRADS,
            "labels": "np.ones(N, int)",
        },
        {
            "scores": "np.full((N, C), np.nan)",
            "loss": "float('nan')",
            "grads": "{n: v * np.nan for n, v in self.params.items()}",
            "labels": "np.full(N, np.nan)",
        },
        {
            "scores": "np.full((N, C), np.inf)",
            "loss": "float('inf')",
            "grads": "{n: v * np.inf for n, v in self.params.items()}",
            "labels": "np.full(N, np.inf)",
        },
        {"scores": "X", "loss": "X", "grads": "self.params", "labels": "X"},
        {"scores": "{}", "loss": "{}", "grads": "{}", "labels": "{}"},
        {"scores": "'scores'", "loss": "'loss'", "grads": "'grads'", "labels": "'labels'"},
        {
            "scores": "Anything()",
            "loss": "Anything()",
            "grads": "dict.fromkeys(self.params, Anything())",
            "labels": "Anything()",
        },
        {
            "scores": "Zeros()",
            "loss": "Zeros()",
            "grads": "dict.fromkeys(self.params, Zeros())",
            "labels": "Zeros()",
        },
        {
            "scores": "np.zeros((3000, 3000))",
            "loss": "np.zeros((3000, 3000))",
            "grads": "dict.fromkeys(self.params, np.zeros((3000, 3000)))",
            "labels": "np.zeros((3000, 3000))",
        },
        {
            "scores": "[[None] * C] * N",
            "loss": "[None]",
            "grads": "[None] * 4",
            "labels": "[None] * N",
        },
        {
            "scores": "np.empty((0, 0))",
            "loss": "np.empty(0)",
            "grads": "dict.fromkeys(self.params, np.empty(0))",
            "labels": "np.empty(0)",
        },
        {"scores": "np.full((N, C), 1e300)", "loss": "1e300", "grads": NO_GRADS},
        {"scores": "1j * np.ones((N, C))", "loss": "1j", "labels": "1j * np.ones(N)"},
        {"scores": "np.arange(N * C).reshape(N, C) * 1.0", "loss": "1.0", "grads": NO_GRADS},
        {"scores": "np.zeros((N, C))", "loss": "1.30378789133", "grads": REG_GRADS},
        {"scores": "np.eye(C)[[0] * N]", "labels": "np.zeros(N, int)"},
        {
            "scores": "np.arange(N * C).reshape(N, C) * 1.0",
            "labels": "np.full(N, len(self.params['b2']) - 1)",
        },
    ],
    ids=[
        *("none", "zeros", "ones", "nan", "inf", "own-arrays", "empty-dict", "strings"),
        *("equal-to-anything", "looks-like-an-array", "huge", "nones", "empty-arrays"),
        *("large-numbers", "complex", "counting", "published-loss-alone"),
        *("first-class", "last-class"),
    ],
)
def test_trivial_answer_earns_nothing(grader, answers):
    verdict = grader.grade(text(**answers))
    assert earned(verdict) == NOTHING
    assert not verdict.could_not_tell


@pytest.mark.parametrize(
    "train",
    [
        "pass",
        "return {'loss_history': [0.0] * num_iters}",
        "self.params = {}; return self.params",
        "[self.loss(X, y) for it in range(num_iters)]; return {}",
        "[self.loss(X, y=y, reg=reg) for it in range(num_iters)]; return {}",
        "[self.loss(X[:0], y[:0]) for it in range(num_iters)]; return {}",
        "[self.loss(None, None) for it in range(num_iters)]; return {}",
        "[self.loss(np.nan * X[:batch_size], y[:batch_size]) for _ in range(num_iters)]",
        "[self.loss(X, y) for _ in range(5_000)]",
    ],
)
def test_training_without_thought_earns_nothing(grader, train):
    verdict = grader.grade(text(train=train))
    assert earned(verdict) == NOTHING
    assert not verdict.could_not_tell


PUBLISHED = """
import numpy as np

SCORES = np.array([
    [-0.81233741, -1.27654624, -0.70335995], [-0.17129677, -1.18803311, -0.47310444],
    [-0.51590475, -1.01354314, -0.8504215], [-0.15419291, -0.48629638, -0.52901952],
    [-0.00618733, -0.12435261, -0.15226949]])


class TwoLayerNet:
    def __init__(self, D, H, C, std=1e-4):
        self.params = {"W1": std * np.random.randn(D, H), "b1": np.zeros(H),
                       "W2": std * np.random.randn(H, C), "b2": np.zeros(C)}

    def loss(self, X, y=None, reg=0.0):
        if y is None:
            return SCORES
        return 1.30378789133 if reg == 0.1 else 1.2, {}

    def train(self, *args, **kwargs):
        return {}

    def predict(self, X):
        return SCORES.argmax(axis=1)
"""


def test_published_numbers_alone_earn_nothing(grader):
    verdict = grader.grade(PUBLISHED)
    assert earned(verdict) == NOTHING
    checks = checks_of(verdict)
    for name in ("scores-published", "loss-published", "predict-published"):
        assert checks[name].message.startswith("The published numbers are right, but other numbers")
        assert checks[name].got is None
        assert checks[name].expected is None
