"""Mistakes of T#5."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811
# mypy: disable-error-code="no-redef"

from __future__ import annotations

import numpy as np

from grader.lab.functional import probabilities
from grader.lab.mistakes.mistake import Mistakes

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
    "sigmoid-for-relu",
    "The hidden units go through a sigmoid; this network has a ReLU there.",
    "What is the largest value that a hidden unit of this network can have?",
)
def forward(X, params):
    hidden = 1 / (1 + np.exp(-(X @ params["W1"] + params["b1"])))
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "tanh-for-relu",
    "The hidden units go through tanh; this network has a ReLU there.",
    "Can a hidden unit of this network be negative?",
)
def forward(X, params):
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "leaky-relu",
    "The hidden units let a small share of what is negative through: that is a leaky ReLU.",
    "What does a ReLU make of -100?",
)
def forward(X, params):
    before = X @ params["W1"] + params["b1"]
    hidden = np.where(before > 0, before, 0.01 * before)
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "absolute-for-relu",
    "The hidden units are absolute values; a ReLU does something else with what is negative.",
    "What does a ReLU make of -100?",
)
def forward(X, params):
    hidden = np.abs(X @ params["W1"] + params["b1"])
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "relu-upside-down",
    "The hidden units keep what is negative and drop what is positive.",
    "Which of its two arguments does the function that you compare with 0 return?",
)
def forward(X, params):
    hidden = np.minimum(0, X @ params["W1"] + params["b1"])
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "relu-on-scores",
    "The scores go through a ReLU as well: none of them is ever negative.",
    "What would the softmax lose if no score could be below zero?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, np.maximum(0, hidden @ params["W2"] + params["b2"])


@MISTAKES.add(
    "relu-on-inputs",
    "The ReLU works on the inputs, not on what the first layer makes of them.",
    "After which of the two affine layers does the ReLU come?",
)
def forward(X, params):
    hidden = np.maximum(0, X) @ params["W1"] + params["b1"]
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "no-first-bias",
    "The scores are those of a network whose first layer has no bias.",
    "What does a hidden unit give for an image that is all zeros, and what should it give?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"])
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "no-second-bias",
    "The scores are those of a network whose second layer has no bias.",
    "What are the scores of an example for which all hidden units are off?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, hidden @ params["W2"]


@MISTAKES.add(
    "no-biases",
    "The scores are those of a network without any bias; the notebook's toy model starts its "
    "biases at zero and so cannot show it.",
    "Which of the four parameters does your forward pass use?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"])
    return hidden, hidden @ params["W2"]


@MISTAKES.add(
    "bias-after-relu",
    "The first bias is added after the ReLU; it belongs to the affine layer before it.",
    "Can a hidden unit of your network be negative?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"]) + params["b1"]
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "bias-twice",
    "The second bias is in the scores twice.",
    "What are the scores of an example for which all hidden units are off?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, hidden @ params["W2"] + params["b2"] + params["b2"]


@MISTAKES.add(
    "bias-subtracted",
    "The biases are taken off; an affine layer adds them.",
    "Does a large bias make a hidden unit more or less likely to be on?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] - params["b1"])
    return hidden, hidden @ params["W2"] - params["b2"]


@MISTAKES.add(
    "bias-multiplied",
    "The first bias is a factor; an affine layer uses it in another way.",
    "What happens to your hidden units where all biases are zero, as when training begins?",
)
def forward(X, params):
    hidden = np.maximum(0, (X @ params["W1"]) * params["b1"])
    return hidden, hidden @ params["W2"] + params["b2"]


@MISTAKES.add(
    "softmax-in-scores",
    "What comes back are probabilities: the softmax has been applied already.",
    "In which task does the softmax belong, and what does the docstring say of the scores?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, probabilities(hidden @ params["W2"] + params["b2"])


@MISTAKES.add(
    "log-softmax-in-scores",
    "What comes back are logarithms of probabilities: the softmax has been applied already.",
    "In which task does the softmax belong, and what does the docstring say of the scores?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, np.log(probabilities(hidden @ params["W2"] + params["b2"]))


@MISTAKES.add(
    "tanh-on-scores",
    "The scores go through tanh: none of them leaves the range from -1 to 1.",
    "How sure of itself can a network get whose scores differ by 2 at most?",
)
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, np.tanh(hidden @ params["W2"] + params["b2"])


@MISTAKES.add(
    "inputs-centred",
    "The batch loses its own mean before the first layer: the scores of an example then hang on "
    "which others are in the batch.",
    "What are the scores of a batch that holds a single example?",
)
def forward(X, params):
    hidden = np.maximum(0, (X - X.mean(axis=0)) @ params["W1"] + params["b1"])
    return hidden, hidden @ params["W2"] + params["b2"]
