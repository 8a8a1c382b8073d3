"""Mistakes of T#6."""

# One stage has many mistaken forms, and all of them bear its name.

from __future__ import annotations

import numpy as np

from grader.misconceptions.mistake import Mistakes

MISTAKES = Mistakes("T#6")


@MISTAKES.add(
    "loss-is-a-sum",
    "The loss is the sum over the batch, not its mean.",
    "What should happen to the loss when the same batch is fed in twice over?",
)
def data_loss(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_probs[np.arange(len(y)), y].sum()


@MISTAKES.add(
    "no-half",
    "The regularisation comes without the factor 0.5.",
    "Which factor does the task's formula have in front of reg?",
)
def reg_loss(params, reg):
    return reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))
