"""A question that hangs, crashes, floods or exits costs its own checks; all others keep theirs."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from grader.engine import observe
from grader.engine.observation import Ended
from grader.engine.observe import Observer
from grader.two_layer_net import LAB
from solutions.cattern import neural_net
from tests.grader.judging import ON_IMAGES, WITHOUT_TUNING, Grader, checks_of

REFERENCE = Path(neural_net.__file__).read_text()
PLACES = {
    "loss": "        N = X.shape[0]\n",
    "train": "            loss_history.append(loss)\n",
    "predict": "        # BEGIN SOLUTION T#11\n",
}
CRASH = "import ctypes; ctypes.string_at(0)"
PREDICT = {"predict-published", "predict-hidden", "predict-edges"}
# A case that ends the process ends it for scores, loss and labels: the edges of T#5, T#6, T#11.
N_1 = {"scores-edges", "loss-edges", "predict-edges"}
RECORD = {
    *("batch-shape", "batch-pairs", "batch-random", "batch-reach", "batch-small-data"),
    *("step-W1", "step-b1", "step-W2", "step-b2", "step-size", "step-toy"),
    *("decay-factor", "decay-epoch"),
}


def with_code(place: str, code: str) -> str:
    """The reference with code in one of its methods."""
    line = PLACES[place]
    indent = " " * (len(line) - len(line.lstrip()))
    return REFERENCE.replace(line, line + textwrap.indent(code, indent) + "\n", 1)


CASES = {
    "predict crashes": ("predict", CRASH, PREDICT, Ended.KILLED),
    "predict exits": ("predict", "import os; os._exit(0)", PREDICT, Ended.KILLED),
    "predict floods": ("predict", "while True: print('x' * 9_999)", PREDICT, Ended.FLOODED),
    "one example crashes": ("loss", f"if N == 1: {CRASH}", N_1, Ended.KILLED),
    "two classes raise": (
        *("loss", "if W2.shape[1] == 2: raise ValueError('two')"),
        {"scores-edges"},
        Ended.RAISED,
    ),
    "train exits after three steps": (
        *("train", "if it == 3:\n    import os; os._exit(0)", RECORD),
        Ended.KILLED,
    ),
    "train hoards": (
        *("train", "hoard = np.ones(1 << 31)"),
        {one for one in RECORD if one.startswith("step")},  # where it stands is T#9
        Ended.OUT_OF_MEMORY,
    ),
}


@pytest.mark.parametrize(("place", "code", "lost", "ended"), CASES.values(), ids=CASES)
def test_it_costs_its_own_checks_alone(grader, place, code, lost, ended):
    checks = {
        name: check
        for name, check in checks_of(grader.grade(with_code(place, code))).items()
        if check.task in WITHOUT_TUNING and name not in ON_IMAGES
    }
    assert {name for name, check in checks.items() if check.score < check.max_score} == lost
    first = next(name for name in checks if name in lost)
    assert checks[first].ended is ended
    assert "/grader/" not in checks[first].message


def test_a_flood_with_regularization_spares_the_loss_without(grader):
    code = "if y is not None and reg > 0:\n    while True: print('x' * 9_999)"
    checks = checks_of(grader.grade(with_code("loss", code)))
    assert checks["loss-data"].score == checks["loss-data"].max_score
    assert checks["loss-reg"].ended is Ended.FLOODED
    assert checks["scores-hidden"].score == checks["scores-hidden"].max_score


def test_a_train_that_never_asks_is_told(grader):
    text = REFERENCE.replace("loss, grads = self.loss(", "loss, grads = self._loss(")
    text = text.replace("    def loss(", "    def _loss(").replace("self.loss(X)", "self._loss(X)")
    text += "\n    def loss(self, X, y=None, reg=0.0):\n        return self._loss(X, y, reg)\n"
    message = checks_of(grader.grade(text))["batch-shape"].message
    assert message.startswith("train() never calls self.loss()")


def test_a_train_that_asks_endlessly_is_told(grader):
    code = "if it == 0:\n    for _ in range(2000): self.loss(X_batch, y_batch)"
    checks = checks_of(grader.grade(with_code("train", code)))
    assert checks["batch-shape"].score == checks["batch-shape"].max_score
    for check in ("step-W1", "decay-factor"):
        assert "RuntimeError: train() calls loss() without end" in checks[check].message


def test_a_hanging_loss_leaves_train_asked(rubric):
    """With a tenth of the time that the rubric gives, which nobody wants to wait for here."""
    limits = replace(rubric.limits, question_s=0.3, toy_s=0.3, wasted_s=rubric.limits.wasted_s / 10)
    impatient = replace(rubric, limits=limits)
    with Observer(LAB, seed=7, rubric=impatient, data=None) as observer:
        verdict = Grader(observer).grade(with_code("loss", "while True: pass"))
    checks = checks_of(verdict)
    assert checks["scores-published"].ended is Ended.TIMED_OUT
    assert checks["step-size"].score == checks["step-size"].max_score


def test_a_slow_sleeper_is_not_asked_forever(grader, monkeypatch):
    monkeypatch.setattr(observe, "PATIENCE_S", 0.1)
    limits = replace(grader.observer.rubric.limits, wasted_s=0.2)
    monkeypatch.setattr(grader.observer, "rubric", replace(grader.observer.rubric, limits=limits))
    checks = checks_of(grader.grade(with_code("loss", "import time; time.sleep(0.01)")))
    assert checks["scores-published"].score == checks["scores-published"].max_score
    assert checks["gradient-check"].score == checks["gradient-check"].max_score
    # A training asks for the loss up to 250 times.
    assert "used up the time of this submission" in checks["step-W1"].message
