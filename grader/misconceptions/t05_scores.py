"""Mistakes of T#5."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811

from __future__ import annotations

import numpy as np

from grader.misconceptions.mistake import Mistakes

MISTAKES = Mistakes("T#5")


@MISTAKES.add(
    "no-relu",
    "The scores are those of a network without the ReLU: two affine layers in a row.",
    "What single layer would two affine layers without anything between them be equal to?",
)
def forward(X, params):
    hidden = X @ params["W1"] + params["b1"]
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "no-first-bias",
    "The scores are those of a network whose first layer has no bias.",
    "What does a hidden unit give for an image that is all zeros, and what should it give?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"])
    return hidden, hidden @ params["W2"] + params["b2"]
