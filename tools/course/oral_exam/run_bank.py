"""Questions about what the student's code returned when the kit ran it."""

from __future__ import annotations

import math

import numpy as np

from grader.engine.verdict import Judged
from grader.lab.answers import make_answers
from grader.lab.questions import GRADIENT_REG, PUBLISHED_REG, make_questions
from tools.course.oral_exam.facts import Facts, Generator, Words, asks

CLASSES, PIXELS = 10, 784
REGS = {"low": GRADIENT_REG, "high": PUBLISHED_REG}
RUN_BANK: list[Generator] = []


@asks(RUN_BANK)
def own_mistake(facts: Facts) -> Words | None:
    """The first common mistake that cost points; its hint begins with what is wrong."""
    for check in facts.checks:
        title, stop, hint = (check.hint or "").partition(". ")
        if check.misconception and check.judged is Judged.WRONG and stop:
            return {"task": check.task, "title": title, "hint": hint}
    return None


@asks(RUN_BANK)
def first_loss(facts: Facts) -> Words | None:
    """The first loss of the short training on images is log 10."""
    losses = facts.losses("train/images")
    if losses is None or abs(losses[0] - math.log(CLASSES)) > 0.01:
        return None
    return {"first": losses[0]}


@asks(RUN_BANK)
def last_loss(facts: Facts) -> Words | None:
    """What a loss means as a probability."""
    losses = facts.losses("train/images")
    if losses is None or losses.size < 2 or not 0.05 < losses[-1] < 2:
        return None
    return {"steps": losses.size, "last": losses[-1], "probability": math.exp(-losses[-1])}


@asks(RUN_BANK)
def toy_first_loss(facts: Facts) -> Words | None:
    """Larger weights and inputs do not start at log C."""
    losses = facts.losses("train/toy")
    if losses is None or abs(losses[0] - math.log(3)) < 0.03:
        return None
    return {"first": losses[0]}


@asks(RUN_BANK)
def toy_final_loss(facts: Facts) -> Words | None:
    """A small loss on five points is no generalization."""
    losses = facts.losses("train/toy")
    return None if losses is None or not 0 < losses[-1] < 0.05 else {"last": losses[-1]}


@asks(RUN_BANK)
def weight_decay(facts: Facts) -> Words | None:
    """Two gradients that differ by the regularization."""
    one, other = (facts.array(f"{do}/published", "grads/W1") for do in ("grads", "loss"))
    weight = float(make_questions(0).cases["published"].arrays["W1"][0, 0])
    if one is None or other is None or one.shape != (4, 10) or other.shape != one.shape:
        return None
    difference = PUBLISHED_REG - GRADIENT_REG
    expected = difference * weight
    if abs(other[0, 0] - one[0, 0] - expected) > 1e-6:
        return None
    figures = {"weight": weight, "difference": difference, "expected": expected}
    return {"one": one[0, 0], "other": other[0, 0], **figures, **REGS}


@asks(RUN_BANK)
def bias_decay(facts: Facts) -> Words | None:
    """Biases are not regularized."""
    names = ("grads/b1", "grads/W1")
    (b1, W1), (other_b1, other_W1) = (
        [facts.array(f"{do}/published", name) for name in names] for do in ("grads", "loss")
    )
    if b1 is None or other_b1 is None or W1 is None or other_W1 is None:
        return None
    is_same = b1.shape == other_b1.shape and np.allclose(b1, other_b1, rtol=0, atol=1e-12)
    return REGS if is_same and not np.array_equal(W1, other_W1) else None


@asks(RUN_BANK)
def overflow(facts: Facts) -> Words | None:
    """A loss that is not finite for large scores."""
    seen = facts.seen.get("loss/large")
    loss = None if seen is None else seen.arrays.get("loss")
    if loss is None or loss.dtype.kind != "f" or loss.shape or np.isfinite(loss):
        return None
    return {"loss": float(loss)}


@asks(RUN_BANK)
def optimistic_validation(facts: Facts) -> Words | None:
    """The set that chose the network flatters it."""
    validation, test = facts.accuracies
    if validation is None or test is None or not validation - test > 0.001:
        return None
    return {"validation": validation, "test": test}


@asks(RUN_BANK)
def parameter_count(facts: Facts) -> Words | None:
    """How many numbers the saved network has."""
    seen = facts.seen.get("best_net/load")
    kinds = {} if seen is None else seen.values.get("kinds", {})
    shape = kinds.get("params/W1", {}).get("shape", []) if isinstance(kinds, dict) else []
    if len(shape) != 2 or shape[0] != PIXELS or facts.accuracies[0] is None:
        return None
    hidden = int(shape[1])
    return {"hidden": hidden, "count": (PIXELS + 1) * hidden + (hidden + 1) * CLASSES}


@asks(RUN_BANK)
def confusion(facts: Facts) -> Words | None:
    """The pair of digits that the saved network confuses most often."""
    labels = facts.array("best_net/val", "labels")
    y_val = None if facts.truth is None else facts.truth.y_val
    if labels is None or y_val is None or labels.shape != y_val.shape:
        return None
    wrong = (labels != y_val) & (labels >= 0) & (labels < CLASSES)
    pairs = np.zeros((CLASSES, CLASSES), int)
    np.add.at(pairs, (y_val[wrong], labels[wrong].astype(int)), 1)
    true, got = divmod(int(pairs.argmax()), CLASSES)
    times = pairs[true, got]
    if times < 3 or (pairs == times).sum() > 1:
        return None
    return {"true": true, "got": got, "times": times}


@asks(RUN_BANK)
def gradient_check(facts: Facts) -> Words | None:
    """The gradient check never gives exactly zero."""
    got = facts.array("grads/published", "grads/W1")
    expected = make_answers(0).numeric("published", GRADIENT_REG)["W1"]
    if got is None or got.shape != expected.shape:
        return None
    error = float((abs(got - expected) / np.maximum(1e-8, abs(got) + abs(expected))).max())
    return {"error": error} if 0 < error < 1e-6 else None
