"""Questions about what the student's code returned when the kit ran it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from grader.engine.verdict import Judged
from grader.lab.answers import make_answers
from grader.lab.questions import GRADIENT_REG, PUBLISHED_REG, make_questions
from tools.course.oral_exam.facts import Facts, Generator, OralQuestion

CLASSES, PIXELS = 10, 784
LARGE = "loss/large"


def own_mistake(facts: Facts) -> OralQuestion | None:
    """The first common mistake that cost points; its hint begins with what is wrong."""
    for check in facts.checks:
        title, stop, hint = (check.hint or "").partition(". ")
        if check.misconception and check.judged is Judged.WRONG and stop:
            return OralQuestion(
                "own-mistake",
                check.task,
                f"The grader says about your {check.task}: {title}. Show the place in your code. "
                "How would you correct it?",
                f"The student points to lines of {check.task} and names the correction. "
                f"If not, give this hint: {hint}",
            )
    return None


def first_loss(facts: Facts) -> OralQuestion | None:
    """The first loss of the short training on images is log 10."""
    losses = facts.array("train/images", "loss_history")
    if losses is None or losses.ndim != 1 or not losses.size or not facts.right("T#5", "T#6"):
        return None
    if abs(losses[0] - math.log(CLASSES)) > 0.01:
        return None
    return OralQuestion(
        "first-loss",
        "T#6",
        f"We trained your network on digits with reg = 0. Its first loss was {losses[0]:.4f}. "
        "Why that number?",
        f"It is log(10) = {math.log(CLASSES):.4f}. The first weights are tiny (std = 1e-4), so all "
        "scores are almost 0 and each of the 10 classes gets a probability of about 1/10.",
    )


def last_loss(facts: Facts) -> OralQuestion | None:
    """What a loss means as a probability."""
    losses = facts.array("train/images", "loss_history")
    if losses is None or losses.ndim != 1 or losses.size < 2 or not facts.right("T#5", "T#6"):
        return None
    last = float(losses[-1])
    if not 0.05 < last < 2:
        return None
    return OralQuestion(
        "last-loss",
        "T#6",
        f"After {losses.size} steps with reg = 0 your loss was {last:.2f}. About which probability "
        "does the network give to the right class?",
        f"About exp(-{last:.2f}) = {math.exp(-last):.2f}: the loss is the mean of -log(probability "
        "of the right class). Strictly, this is the geometric mean over the batch.",
    )


def toy_first_loss(facts: Facts) -> OralQuestion | None:
    """Larger weights and inputs do not start at log C."""
    losses = facts.array("train/toy", "loss_history")
    if losses is None or losses.ndim != 1 or not losses.size or not facts.right("T#5", "T#6"):
        return None
    if abs(losses[0] - math.log(3)) < 0.03:
        return None
    return OralQuestion(
        "toy-first-loss",
        "T#6",
        f"On the toy data with its 3 classes your training started at a loss of {losses[0]:.4f}. "
        f"Why not at log(3) = {math.log(3):.4f}?",
        "The toy weights have std = 0.1 and the inputs are about 10 in size, so the scores are not "
        "close to 0 and the first probabilities are not equal.",
    )


def toy_final_loss(facts: Facts) -> OralQuestion | None:
    """A small loss on five points is no generalization."""
    losses = facts.array("train/toy", "loss_history")
    if losses is None or losses.ndim != 1 or not losses.size or not facts.right("T#9"):
        return None
    if not 0 < losses[-1] < 0.05:
        return None
    return OralQuestion(
        "toy-final-loss",
        "T#9",
        f"Your toy training ended at a loss of {losses[-1]:.4f} on 5 points. What does this tell "
        "you about the network's accuracy on new points?",
        "Nothing. The network can memorize 5 points (it overfits). The small loss only shows that "
        "loss, gradients and steps work together.",
    )


def weight_decay(facts: Facts) -> OralQuestion | None:
    """Two gradients that differ by the regularization."""
    one, other = (facts.array(f"{do}/published", "grads/W1") for do in ("grads", "loss"))
    weight = float(make_questions(0).cases["published"].arrays["W1"][0, 0])
    if one is None or other is None or one.shape != (4, 10) or other.shape != one.shape:
        return None
    difference = float(other[0, 0] - one[0, 0])
    expected = (PUBLISHED_REG - GRADIENT_REG) * weight
    if abs(difference - expected) > 1e-6 or not facts.right("T#7"):
        return None
    return OralQuestion(
        "weight-decay",
        "T#7",
        f"On the notebook's toy data, entry [0, 0] of your gradient of W1 was {one[0, 0]:.6f} with "
        f"reg = {GRADIENT_REG:g} and {other[0, 0]:.6f} with reg = {PUBLISHED_REG:g}. "
        "Where does the difference come from?",
        f"From the regularization, whose gradient is reg * W1. W1[0, 0] is {weight:.6f}, and "
        f"{PUBLISHED_REG - GRADIENT_REG:.2f} * {weight:.6f} = {expected:.6f}.",
    )


def bias_decay(facts: Facts) -> OralQuestion | None:
    """Biases are not regularized."""
    one, other = (facts.array(f"{do}/published", "grads/b1") for do in ("grads", "loss"))
    if one is None or other is None or one.shape != other.shape or not facts.right("T#7"):
        return None
    weights = [facts.array(f"{do}/published", "grads/W1") for do in ("grads", "loss")]
    if not np.allclose(one, other, rtol=0, atol=1e-12) or _same(*weights):
        return None
    return OralQuestion(
        "bias-decay",
        "T#7",
        f"Your gradient of b1 on the toy data is the same with reg = {GRADIENT_REG:g} and "
        f"reg = {PUBLISHED_REG:g}, and your gradient of W1 is not. Why?",
        "The loss penalizes large weights only. The biases are not in the regularization term, so "
        "its derivative with respect to b1 is 0.",
    )


def overflow(facts: Facts) -> OralQuestion | None:
    """A loss that is not finite for large scores."""
    seen = facts.seen.get(LARGE)
    loss = None if seen is None else seen.arrays.get("loss")
    if loss is None or loss.dtype.kind != "f" or loss.shape or np.isfinite(loss):
        return None
    return OralQuestion(
        "overflow",
        "T#6",
        f"For scores near 1,000 your loss was {float(loss)}. Why, and how do you avoid it?",
        "np.exp overflows above about 709. Subtract each row's largest score first: the "
        "probabilities stay the same, and the largest exponent is 0.",
    )


def optimistic_validation(facts: Facts) -> OralQuestion | None:
    """The set that chose the network flatters it."""
    validation, test = facts.accuracies
    if validation is None or test is None or not validation - test > 0.001:
        return None
    return OralQuestion(
        "optimistic-validation",
        "T#12",
        f"Your best_net is right on {validation:.2%} of the validation images and on {test:.2%} of "
        "the test images. Which number would you report, and why?",
        "The test accuracy. Hyperparameters are chosen to do well on the validation set, so its "
        "accuracy tends to be too optimistic.",
    )


def parameter_count(facts: Facts) -> OralQuestion | None:
    """How many numbers the saved network has."""
    seen = facts.seen.get("best_net/load")
    kinds = {} if seen is None else seen.values.get("kinds", {})
    shape = kinds.get("params/W1", {}).get("shape", []) if isinstance(kinds, dict) else []
    if len(shape) != 2 or shape[0] != PIXELS or facts.accuracies[0] is None:
        return None
    hidden = int(shape[1])
    count = PIXELS * hidden + hidden + hidden * CLASSES + CLASSES
    return OralQuestion(
        "parameter-count",
        "T#12",
        f"Your best_net has {hidden} hidden units. How many parameters does it have?",
        f"784 * {hidden} + {hidden} + {hidden} * 10 + 10 = {count:,}.",
    )


def confusion(facts: Facts) -> OralQuestion | None:
    """The pair of digits that the saved network confuses most often."""
    labels = facts.array("best_net/val", "labels")
    y_val = None if facts.truth is None else facts.truth.y_val
    if labels is None or y_val is None or labels.shape != y_val.shape:
        return None
    wrong = (labels != y_val) & (labels >= 0) & (labels < CLASSES)
    pairs = np.zeros((CLASSES, CLASSES), int)
    np.add.at(pairs, (y_val[wrong], labels[wrong].astype(int)), 1)
    true, got = divmod(int(pairs.argmax()), CLASSES)
    if pairs[true, got] < 3 or (pairs == pairs[true, got]).sum() > 1:
        return None
    return OralQuestion(
        "confusion",
        "T#12",
        f"On the validation images your best_net takes a {true} for a {got} {pairs[true, got]} "
        "times, more often than it makes any other mistake. How would you find out why?",
        "Look at these images and at their probabilities. Compare them with images of a "
        f"{got} that the network gets right.",
    )


def gradient_check(facts: Facts) -> OralQuestion | None:
    """The gradient check never gives exactly zero."""
    got = facts.array("grads/published", "grads/W1")
    expected = make_answers(0).numeric("published", GRADIENT_REG)["W1"]
    if got is None or got.shape != expected.shape or not facts.right("T#6", "T#7"):
        return None
    error = float((abs(got - expected) / np.maximum(1e-8, abs(got) + abs(expected))).max())
    if not 0 < error < 1e-6:
        return None
    return OralQuestion(
        "gradient-check",
        "T#7",
        f"On the toy data, the relative error of your gradient of W1 against the numerical one is "
        f"{error:.1e}. Why is it not 0, and would a step of h = 1e-12 be better than 1e-5?",
        "Central differences have an error of order h² and a rounding error of order 1e-16 / h. "
        "With h = 1e-12 the rounding error would be about 1e-4, which is much worse.",
    )


def _same(one: NDArray[np.float64] | None, other: NDArray[np.float64] | None) -> bool:
    return one is None or other is None or np.array_equal(one, other)


RUN_BANK: tuple[Generator, ...] = (
    own_mistake,
    first_loss,
    last_loss,
    toy_first_loss,
    toy_final_loss,
    weight_decay,
    bias_decay,
    overflow,
    optimistic_validation,
    parameter_count,
    confusion,
    gradient_check,
)
