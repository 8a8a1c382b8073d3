"""Answers that cost no thought earn nothing, even if they agree with each other.

For each way to earn follow-through there are such answers. The scores are returned from a variable
in half of the submissions, so that given scores can be inserted, and from an expression in the
other half.
"""

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
        N, D, H, C = len(X), X.shape[1], len(b1), len(b2)
        total = sum(p.sum() for p in self.params.values())
        squares = sum((self.params[n] ** 2).sum() for n in ("W1", "W2"))
        R = 0.5 * reg * squares
        rng = np.random.RandomState(0)
        HIDDEN
        if y is None:
            return SCORES
        onehot = np.eye(C)[y]
        EXTRA
        return LOSS, GRADS

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6,
              num_iters=100, batch_size=200, verbose=False):
        TRAIN

    def predict(self, X):
        N = len(X)
        return LABELS
"""
ZEROS = "np.zeros(len(X), int)"
NO_GRADS = "{name: np.zeros_like(value) for name, value in self.params.items()}"
REG_GRADS = "{n: reg * v if n[0] == 'W' else 0 * v for n, v in self.params.items()}"
ONES = "{n: FACTOR * np.ones_like(v) for n, v in self.params.items()}"
REG_TOO = "{n: FACTOR * np.ones_like(v) + (reg * v if n[0] == 'W' else 0) for n, v in P}"
ALL_REG = "{n: reg * v for n, v in self.params.items()}"

SCORES = {
    "zeros": "np.zeros((N, C))",
    "ones": "np.ones((N, C))",
    "one class": "np.eye(C)[[0] * N]",
    "identity": "np.eye(N, C)",
    "steep identity": "1e3 * np.eye(C)[np.arange(N) % C]",
    "counting": "np.arange(N * C).reshape(N, C) * 1.0",
    "the biases": "np.tile(b2, (N, 1))",
    "always the same noise": "rng.randn(N, C)",
    "the sum of everything": "total * np.ones((N, C))",
    "the sum of each example": "X.sum(axis=1, keepdims=True) * np.ones(C)",
    "not finite": "np.full((N, C), np.nan)",
    "nothing": "None",
}
# name -> (loss, gradients)
LOSSES = {
    "zero": ("0.0", REG_GRADS),
    "log C": ("np.log(C)", REG_GRADS),
    "log C and the regularization": ("np.log(C) + R", REG_GRADS),
    "the regularization": ("R", REG_GRADS),
    "twice the regularization": ("2 * R", ALL_REG.replace("reg", "2 * reg")),
    "published": ("1.30378789133", REG_GRADS),
    "sum of the parameters": ("3 * total", ONES.replace("FACTOR", "3")),
    "sum and regularization": (
        "3 * total + R",
        REG_TOO.replace("FACTOR", "3").replace("P}", "self.params.items()}"),
    ),
    "sum times the labels": ("total * y.sum()", ONES.replace("FACTOR", "y.sum()")),
    "sum times labels and inputs": (
        "total * (X.sum(axis=1) * (y + 1)).sum()",
        ONES.replace("FACTOR", "(X.sum(axis=1) * (y + 1)).sum()"),
    ),
    "sum beside labels and inputs": (
        "total + (X.sum(axis=1) * (y + 1)).sum() + R",
        REG_TOO.replace("FACTOR", "1").replace("P}", "self.params.items()}"),
    ),
    "squares times labels and inputs": (
        "squares * (X.sum(axis=1) * (y + 1)).sum()",
        "{n: 2 * v * (X.sum(axis=1) * (y + 1)).sum() if n[0] == 'W' else 0 * v "
        "for n, v in self.params.items()}",
    ),
}


def text(*, scores="None", loss="None", grads="None", labels="None", **code):
    filled = TEMPLATE
    parts = {"HIDDEN": "pass", "EXTRA": "pass", "TRAIN": "return {}", **code}
    parts |= {"SCORES": scores, "LOSS": loss, "GRADS": grads, "LABELS": labels}
    for name, value in parts.items():
        filled = filled.replace(name, value)
    return filled


def points(verdict):
    """Points by check, those of the trainings on images left out; only those above zero."""
    return {
        check.id: check.score
        for check in checks_of(verdict).values()
        if check.score and check.task in WITHOUT_TUNING and check.id not in ON_IMAGES
    }


# What all four answers are: scores, loss, gradients, labels.
TRIVIAL = {
    "none": ("None", "None", "None", "None"),
    "zeros": ("np.zeros((N, C))", "0.0", NO_GRADS, "np.zeros(N, int)"),
    "ones": ("np.ones((N, C))", "1.0", REG_GRADS, "np.ones(N, int)"),
    "nan": (
        *("np.full((N, C), np.nan)", "float('nan')"),
        *("{n: v * np.nan for n, v in self.params.items()}", "np.full(N, np.nan)"),
    ),
    "inf": (
        *("np.full((N, C), np.inf)", "float('inf')"),
        *("{n: v * np.inf for n, v in self.params.items()}", "np.full(N, np.inf)"),
    ),
    "own arrays": ("X", "X", "self.params", "X"),
    "empty dict": ("{}", "{}", "{}", "{}"),
    "strings": ("'scores'", "'loss'", "'grads'", "'labels'"),
    "equal to anything": (
        *("Anything()", "Anything()", "dict.fromkeys(self.params, Anything())", "Anything()"),
    ),
    "looks like an array": (
        *("Zeros()", "Zeros()", "dict.fromkeys(self.params, Zeros())", "Zeros()"),
    ),
    "huge": (
        *("np.zeros((3000, 3000))", "np.zeros((3000, 3000))"),
        *("dict.fromkeys(self.params, np.zeros((3000, 3000)))", "np.zeros((3000, 3000))"),
    ),
    "nones": ("[[None] * C] * N", "[None]", "[None] * 4", "[None] * N"),
    "empty arrays": (
        *("np.empty((0, 0))", "np.empty(0)"),
        *("dict.fromkeys(self.params, np.empty(0))", "np.empty(0)"),
    ),
    "large numbers": ("np.full((N, C), 1e300)", "1e300", NO_GRADS, "None"),
    "complex": ("1j * np.ones((N, C))", "1j", "None", "1j * np.ones(N)"),
    "counting": ("np.arange(N * C).reshape(N, C) * 1.0", "1.0", NO_GRADS, "None"),
    "published loss alone": ("np.zeros((N, C))", "1.30378789133", REG_GRADS, "None"),
    "first class": ("np.eye(C)[[0] * N]", "None", "None", "np.zeros(N, int)"),
    "last class": (
        *("np.arange(N * C).reshape(N, C) * 1.0", "None", "None"),
        "np.full(N, len(self.params['b2']) - 1)",
    ),
}


@pytest.mark.parametrize(("scores", "loss", "grads", "labels"), TRIVIAL.values(), ids=TRIVIAL)
def test_trivial_answers_earn_nothing(grader, scores, loss, grads, labels):
    verdict = grader.grade(text(scores=scores, loss=loss, grads=grads, labels=labels))
    assert points(verdict) == {}
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
    verdict = grader.grade(text(TRAIN=train))
    assert points(verdict) == {}
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
    assert points(verdict) == {}
    checks = checks_of(verdict)
    for name in ("scores-published", "loss-published", "predict-published"):
        assert checks[name].message.startswith("The published numbers are right, but other numbers")
        assert checks[name].got is None
        assert checks[name].expected is None


def pairs(offset):
    """Every kind of scores with one kind of loss; another offset makes other pairs."""
    names = list(LOSSES)
    return [(one, names[(at + offset) % len(names)]) for at, one in enumerate(SCORES)]


@pytest.mark.parametrize(("scores", "loss"), pairs(0) + pairs(7))
def test_nonsense_from_an_expression_earns_nothing(grader, scores, loss):
    value, grads = LOSSES[loss]
    source = text(scores=SCORES[scores], loss=value, grads=grads, labels=ZEROS)
    assert points(grader.grade(source)) == {}


@pytest.mark.parametrize(("scores", "loss"), pairs(1) + pairs(5))
def test_nonsense_from_a_variable_earns_nothing(grader, scores, loss):
    code, (value, grads) = f"scores = {SCORES[scores]}", LOSSES[loss]
    source = text(HIDDEN=code, scores="scores", loss=value, grads=grads, labels=ZEROS)
    assert points(grader.grade(source)) == {}


RIGHT_SCORES = "scores = np.maximum(0, X @ W1 + b1) @ W2 + b2"


@pytest.mark.parametrize(("loss", "grads"), LOSSES.values(), ids=LOSSES)
def test_nonsense_after_right_scores_earns_t5_alone(grader, loss, grads):
    source = text(HIDDEN=RIGHT_SCORES, scores="scores", loss=loss, grads=grads, labels=ZEROS)
    assert {name.split("-")[0] for name in points(grader.grade(source))} == {"scores"}


STORED = {
    "one-hot": "probs = onehot",
    "one-hot as floats": "probs = onehot * 1.0; p = probs.copy()",
    "soft one-hot": "probs = 0.9 * onehot + 0.1 / C",
    "uniform": "probs = np.full((N, C), 1 / C)",
    "always the same": "probs = np.tile(np.arange(1.0, C + 1) / sum(range(C + 1)), (N, 1))",
}
HIDDENS = {
    "negative": "hidden = -np.ones((N, H))",
    "zero": "hidden = np.zeros((N, H))",
    "one": "hidden = np.ones((N, H))",
}
FROM_STORED = "R - np.log(probs[np.arange(N), y]).mean()"


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
@pytest.mark.parametrize("hidden", HIDDENS.values(), ids=HIDDENS)
@pytest.mark.parametrize("scores", ["np.zeros((N, C))", "X.sum(axis=1, keepdims=True) * b2"])
def test_stored_softmax_and_hidden_layer_earn_nothing(grader, stored, hidden, scores):
    """The gradients of the regularization are right for a softmax that equals the labels."""
    code = f"{hidden}; scores = {scores}"
    source = text(HIDDEN=code, EXTRA=stored, scores="scores", loss=FROM_STORED, grads=REG_GRADS)
    assert points(grader.grade(source)) == {}


FORGE = """
import sys
import numpy as np

frame = sys._getframe()
while type(frame.f_locals.get("self")).__name__ != "Harness":
    frame = frame.f_back
PARAMS = ("W1", "b1", "W2", "b2")

def answer(self, question, inputs):
    arrays, values = forged(question, inputs), {"changed": [], "grads_keys": list(PARAMS)}
    arrays = {name: np.array(array, np.float64) for name, array in arrays.items()}
    kinds = {"returned": {"type": "tuple", "shape": [2]}, "grads": {"type": "dict"}}
    return {"id": question["id"], "ended": "finished", "error": None, "kinds": kinds,
            "values": values}, arrays

type(frame.f_locals["self"]).answer = answer

def forged(question, inputs):
    if "X" not in inputs or "W1" not in inputs or "grads_W1" in inputs:
        return {}
    X, y, reg = inputs["X"], inputs["y"], question.get("reg", 0.0)
    N, C, H = len(X), inputs["b2"].size, inputs["b1"].size
    ones = {name: np.ones(inputs[name].shape) for name in PARAMS}
    reg_grads = {n: reg * inputs[n] if n[0] == "W" else np.zeros(inputs[n].shape) for n in PARAMS}
    squares = sum((inputs[n] ** 2).sum() for n in ("W1", "W2"))
    found = {}
    FORGED
    return found

class TwoLayerNet:
    def __init__(self, D, H, C, std=1e-4):
        self.params = {}
    def loss(self, X, y=None, reg=0.0): pass
    def train(self, *args, **kwargs): pass
    def predict(self, X): pass
"""
FORGED = {
    "slopes of ones": """
    found["scores"] = np.sin(np.arange(N * C) + X.sum()).reshape(N, C)
    found["loss"] = 3 * sum(inputs[n].sum() for n in PARAMS)
    found["probed"] = found["loss"] + np.arange(3)
    for name in PARAMS:
        found[f"grads/{name}"] = found[f"numeric/{name}"] = 3 * ones[name]
        found[f"jacobian/{name}"] = np.ones((*ones[name].shape, N, C))
    """,
    "gradients of the regularization": """
    found["scores"] = np.sin(np.arange(N * C) + X.sum()).reshape(N, C)
    found["loss"] = 0.5 * reg * squares
    found["hidden/0"] = -np.ones((N, H))
    found["output/0"] = np.eye(C)[y]
    for name in PARAMS:
        found[f"grads/{name}"] = found[f"given/{name}"] = reg_grads[name]
        found[f"numeric/{name}"] = reg_grads[name]
    found["probed"] = found["loss"] + np.arange(3)
    """,
    "log C for zero scores": """
    found["scores"] = np.zeros((N, C))
    found["loss"] = found["given"] = np.log(C) + 0.5 * reg * squares
    found["labels"] = np.zeros(N)
    """,
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_forged_replies_earn_nothing(grader, forged):
    verdict = grader.grade(FORGE.replace("\n    FORGED\n", forged))
    assert points(verdict) == {}
