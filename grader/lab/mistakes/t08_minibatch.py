"""Mistakes of T#8.

Their numbers hang on chance, so they are told by their ways: see `batches.py`.
"""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811
# mypy: disable-error-code="no-redef"

from __future__ import annotations

import numpy as np

from grader.lab.mistakes.mistake import Mistakes

MISTAKES = Mistakes("T#8")


@MISTAKES.add(
    "first-rows-always",
    "Every batch holds the first rows of the training set.",
    "How much of the training set does the network see in a thousand steps?",
)
def minibatch(X, y, batch_size, it):
    return X[:batch_size], y[:batch_size]


@MISTAKES.add(
    "batches-in-order",
    "The batches go through the training set from the first row to the last, round and round.",
    "What would the network learn in such a round if the digits were sorted?",
)
def minibatch(X, y, batch_size, it):
    rows = np.arange(it * batch_size, (it + 1) * batch_size) % len(X)
    return X[rows], y[rows]


@MISTAKES.add(
    "same-rows-every-step",
    "Rows are drawn, but the same ones at every step.",
    "How often does your code draw, and is the chance it draws from set back in between?",
)
def minibatch(X, y, batch_size, it):
    rows = np.random.RandomState(1).choice(len(X), batch_size)
    return X[rows], y[rows]


@MISTAKES.add(
    "labels-drawn-apart",
    "The labels are drawn by a draw of their own: they belong to other rows than the images.",
    "How does the label in place 3 know which row is in place 3?",
)
def minibatch(X, y, batch_size, it):
    rows = np.random.choice(len(X), batch_size)
    return X[rows], y[np.random.choice(len(X), batch_size)]


@MISTAKES.add(
    "labels-from-the-front",
    "The rows are drawn by chance, the labels are the first ones of the training set.",
    "How does the label in place 3 know which row is in place 3?",
)
def minibatch(X, y, batch_size, it):
    return X[np.random.choice(len(X), batch_size)], np.resize(y, batch_size)


@MISTAKES.add(
    "labels-all",
    "The batch comes with the labels of the whole training set.",
    "How many labels does a batch of 200 rows need?",
)
def minibatch(X, y, batch_size, it):
    return X[np.random.choice(len(X), batch_size)], y


@MISTAKES.add(
    "last-row-missing",
    "The last row of the training set is never drawn.",
    "What is the largest number that your draw can give?",
)
def minibatch(X, y, batch_size, it):
    rows = np.random.choice(len(X) - 1, batch_size)
    return X[rows], y[rows]


@MISTAKES.add(
    "first-row-missing",
    "The first row of the training set is never drawn.",
    "What is the smallest number that your draw can give?",
)
def minibatch(X, y, batch_size, it):
    rows = np.random.randint(1, len(X), batch_size)
    return X[rows], y[rows]


@MISTAKES.add(
    "drawn-from-the-first-rows",
    "The rows are drawn by chance, but only among the first batch_size ones.",
    "From how many numbers does your draw choose?",
)
def minibatch(X, y, batch_size, it):
    rows = np.random.choice(min(batch_size, len(X)), batch_size)
    return X[rows], y[rows]


@MISTAKES.add(
    "one-row-repeated",
    "One row is drawn, and the batch holds it again and again.",
    "How many numbers does your draw give?",
)
def minibatch(X, y, batch_size, it):
    rows = np.full(batch_size, np.random.choice(len(X)))
    return X[rows], y[rows]


@MISTAKES.add(
    "one-row-only",
    "A batch holds one row, whatever batch_size is.",
    "How many numbers does your draw give?",
)
def minibatch(X, y, batch_size, it):
    rows = np.random.choice(len(X), 1)
    return X[rows], y[rows]


@MISTAKES.add(
    "whole-set-every-step",
    "Every batch is the whole training set.",
    "What does a step then cost with 55,000 images, and what is batch_size for?",
)
def minibatch(X, y, batch_size, it):
    return X, y


@MISTAKES.add(
    "batch-one-short",
    "A batch has one row less than it should.",
    "How many numbers lie between the two ends that you draw or cut by?",
)
def minibatch(X, y, batch_size, it):
    rows = np.random.choice(len(X), batch_size - 1)
    return X[rows], y[rows]


@MISTAKES.add(
    "random-numbers-for-rows",
    "The batch is made of random numbers, not of rows of the training set.",
    "What is to be drawn by chance: numbers, or which rows to take?",
)
def minibatch(X, y, batch_size, it):
    return np.random.randn(batch_size, X.shape[1]), np.random.randint(0, y.max() + 1, batch_size)
