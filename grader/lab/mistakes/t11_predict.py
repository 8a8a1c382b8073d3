"""Mistakes of T#11."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811
# mypy: disable-error-code="no-redef"

from __future__ import annotations

import numpy as np

from grader.lab.functional import probabilities
from grader.lab.mistakes.mistake import Mistakes

MISTAKES = Mistakes("T#11")


@MISTAKES.add(
    "lowest-score",
    "What comes back is the class of the lowest score.",
    "Does a high score speak for a class or against it?",
)
def labels_of(scores):
    return np.argmin(scores, axis=1)


@MISTAKES.add(
    "best-example-of-each-class",
    "What comes back is one number for each class: the example that has its highest score.",
    "Along which axis of the scores do the classes lie?",
)
def labels_of(scores):
    return np.argmax(scores, axis=0)


@MISTAKES.add(
    "one-label-for-all",
    "What comes back is a single number: the place of the highest score of all.",
    "How many labels does a batch of N examples have?",
)
def labels_of(scores):
    return np.argmax(scores)


@MISTAKES.add(
    "score-for-label",
    "What comes back are the highest scores themselves, not their classes.",
    "Is what you want the largest value, or where it stands?",
)
def labels_of(scores):
    return np.max(scores, axis=1)


@MISTAKES.add(
    "scores-for-labels",
    "What comes back are the scores of all classes.",
    "What does the docstring say of the shape that predict returns?",
)
def labels_of(scores):
    return scores


@MISTAKES.add(
    "probabilities-for-labels",
    "What comes back are the probabilities of all classes.",
    "What does the docstring say of the shape that predict returns?",
)
def labels_of(scores):
    return probabilities(scores)


@MISTAKES.add(
    "one-hot-for-labels",
    "What comes back is a row of zeros and a one for each example.",
    "What does the docstring say of the shape that predict returns?",
)
def labels_of(scores):
    return (scores == scores.max(axis=1, keepdims=True)).astype(int)


@MISTAKES.add(
    "labels-from-one",
    "All labels are too large by one: the classes are counted from 1.",
    "Which number does the first class have?",
)
def labels_of(scores):
    return np.argmax(scores, axis=1) + 1


@MISTAKES.add(
    "order-of-all-classes",
    "What comes back is the order of all classes, not the best one alone.",
    "What does the docstring say of the shape that predict returns?",
)
def labels_of(scores):
    return np.argsort(scores, axis=1)


@MISTAKES.add(
    "largest-size",
    "What comes back is the class whose score is farthest from zero, be it far below.",
    "Does a score of -10 speak for a class?",
)
def labels_of(scores):
    return np.argmax(np.abs(scores), axis=1)
