"""Mistakes of T#7."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811
# mypy: disable-error-code="no-redef"

from __future__ import annotations

import numpy as np

from grader.lab.functional import probabilities
from grader.lab.mistakes.mistake import Mistakes

MISTAKES = Mistakes("T#7")


@MISTAKES.add(
    "gradients-not-divided-by-n",
    "The gradients are those of a sum over the batch; the loss is a mean.",
    "If the loss is divided by something, what happens to its gradient?",
)
def dscores_of(scores, y):
    dscores = probabilities(scores)
    dscores[np.arange(len(y)), y] -= 1
    return dscores


@MISTAKES.add(
    "gradients-divided-twice",
    "The gradients are divided by the number of examples twice.",
    "How many of your lines divide by N on the way back?",
)
def dscores_of(scores, y):
    dscores = probabilities(scores)
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y) ** 2


@MISTAKES.add(
    "gradients-divided-by-classes",
    "The gradient on the scores is divided by the number of classes.",
    "Over what does the loss take the mean?",
)
def dscores_of(scores, y):
    dscores = probabilities(scores)
    dscores[np.arange(len(y)), y] -= 1
    return dscores / scores.shape[1]


@MISTAKES.add(
    "labels-not-taken-off",
    "The gradient on the scores is the probabilities alone: the labels do not come in.",
    "When is the gradient on the scores zero, and can yours ever be?",
)
def dscores_of(scores, y):
    return probabilities(scores) / len(y)


@MISTAKES.add(
    "labels-taken-off-every-row",
    "The right class of every example is taken off in every row, not only in its own.",
    "How many numbers does your indexing by y change?",
)
def dscores_of(scores, y):
    dscores = probabilities(scores)
    dscores[:, y] -= 1
    return dscores / len(y)


@MISTAKES.add(
    "labels-added",
    "The gradient on the scores adds what it should take off at the right class.",
    "Should a step downhill raise or lower the score of the right class?",
)
def dscores_of(scores, y):
    dscores = probabilities(scores)
    dscores[np.arange(len(y)), y] += 1
    return dscores / len(y)


@MISTAKES.add(
    "best-class-taken-off",
    "What is taken off is the class with the highest score, not the right class.",
    "What does the network learn from an example that it gets wrong?",
)
def dscores_of(scores, y):
    dscores = probabilities(scores)
    dscores[np.arange(len(y)), scores.argmax(axis=1)] -= 1
    return dscores / len(y)


@MISTAKES.add(
    "data-gradient-uphill",
    "The gradients of the data's share of the loss have the wrong sign.",
    "In which order do what the softmax believes and what is true stand in the difference?",
)
def dscores_of(scores, y):
    dscores = -probabilities(scores)
    dscores[np.arange(len(y)), y] += 1
    return dscores / len(y)


@MISTAKES.add(
    "scores-for-probabilities",
    "The gradient on the scores starts from the scores themselves, not from their softmax.",
    "What does the softmax believe, and what is true: which two numbers does the gradient compare?",
)
def dscores_of(scores, y):
    dscores = scores.copy()
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y)


@MISTAKES.add(
    "exponentials-for-probabilities",
    "The gradient on the scores starts from exponentials that are not divided by their sum.",
    "What do the probabilities of an example add up to, and what do your numbers add up to?",
)
def dscores_of(scores, y):
    dscores = np.exp(scores - scores.max(axis=1, keepdims=True))
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y)


@MISTAKES.add(
    "no-regularisation-in-gradients",
    "The gradients of the weights lack the share of the regularisation.",
    "What is the derivative of 0.5 · reg · w² with respect to w?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden,
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores,
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "regularisation-subtracted-in-gradients",
    "The share of the regularisation in the gradients has the wrong sign.",
    "Which way should the regularisation pull a large weight?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden - reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores - reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "regularisation-twice-in-gradients",
    "The share of the regularisation in the gradients is twice as large as it should be.",
    "What is the derivative of 0.5 · reg · w² with respect to w?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + 2 * reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + 2 * reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "half-regularisation-in-gradients",
    "The share of the regularisation in the gradients is half as large as it should be.",
    "What is the derivative of 0.5 · reg · w² with respect to w?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + 0.5 * reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + 0.5 * reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "regularisation-without-weights",
    "The share of the regularisation in the gradients is the same number for every weight.",
    "Which is pulled towards zero more strongly, a large weight or a small one?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + reg,
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg,
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "regularisation-divided-in-gradients",
    "The share of the regularisation in the gradients is divided by the number of examples.",
    "Which terms of the loss are divided by N?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + reg * params["W1"] / len(X),
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"] / len(X),
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "regularisation-of-first-gradient-only",
    "The gradient of W2 lacks the share of the regularisation, that of W1 has it.",
    "Over which parameters does the sum in the loss run?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores,
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "regularisation-in-bias-gradients",
    "The gradients of the biases have a share of the regularisation; the loss has none for them.",
    "Which parameters stand in the loss's regularisation?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(axis=0) + reg * params["b1"],
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0) + reg * params["b2"],
    }


@MISTAKES.add(
    "no-relu-on-the-way-back",
    "The gradient goes back through the ReLU as if nothing were there.",
    "How does the loss change when a hidden unit that is off is moved a little?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = dscores @ params["W2"].T
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "relu-of-the-gradient",
    "On the way back the ReLU looks at the gradient's own sign.",
    "Whose sign decides what a ReLU lets through: that of what goes back, or of what went forward?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = np.maximum(0, dscores @ params["W2"].T)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "mask-upside-down",
    "On the way back the ReLU stops what it let through on the way forward, and the reverse.",
    "For which hidden units does your condition hold?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden <= 0)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "hidden-for-mask",
    "The gradient is multiplied by the hidden units themselves.",
    "What is the slope of a ReLU at 5, and what is its value there?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * hidden
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "sigmoid-on-the-way-back",
    "The gradient goes back as through a sigmoid.",
    "What is the slope of a ReLU at 5?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * hidden * (1 - hidden)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "bias-before-mask",
    "The gradient of b1 is taken before the ReLU has let it through.",
    "In which order do the bias and the ReLU come on the way forward, and so on the way back?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = dscores @ params["W2"].T
    masked = dhidden * (hidden > 0)
    return {
        "W1": X.T @ masked + reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "bias-gradients-are-means",
    "The gradients of the biases are means over the batch of what was divided by N before.",
    "By what are the other gradients of the same layer divided, and how often?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.mean(axis=0),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.mean(axis=0),
    }


@MISTAKES.add(
    "bias-gradients-not-summed",
    "The gradients of the biases have a row for each example; a bias has one number a unit.",
    "A bias touches every example of the batch: what does that make of its gradient?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden,
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores,
    }


@MISTAKES.add(
    "bias-gradients-are-one-number",
    "The gradient of a bias is summed over everything, to a single number.",
    "How many numbers does b2 have, and along which axis does the batch lie?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden + reg * params["W1"],
        "b1": dhidden.sum(),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(),
    }


@MISTAKES.add(
    "weight-gradients-transposed",
    "The gradients of the weights are transposed.",
    "What shape has W1, and what shape has what you add to it in a step?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": (X.T @ dhidden + reg * params["W1"]).T,
        "b1": dhidden.sum(axis=0),
        "W2": (hidden.T @ dscores + reg * params["W2"]).T,
        "b2": dscores.sum(axis=0),
    }


@MISTAKES.add(
    "gradients-uphill",
    "All gradients have the wrong sign.",
    "Does the loss grow or shrink in the direction of its gradient?",
)
def backward(X, hidden, dscores, params, reg):
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": -(X.T @ dhidden + reg * params["W1"]),
        "b1": -dhidden.sum(axis=0),
        "W2": -(hidden.T @ dscores + reg * params["W2"]),
        "b2": -dscores.sum(axis=0),
    }


@MISTAKES.add(
    "second-layer-only",
    "The gradients of the first layer are zero: the way back ends at the second.",
    "How does the loss learn of W1, and which line of yours passes that on?",
)
def backward(X, hidden, dscores, params, reg):
    return {
        "W1": np.zeros_like(params["W1"]),
        "b1": np.zeros_like(params["b1"]),
        "W2": hidden.T @ dscores + reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }
