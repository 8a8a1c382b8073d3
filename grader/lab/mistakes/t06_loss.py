"""Mistakes of T#6."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811
# mypy: disable-error-code="no-redef"

from __future__ import annotations

import numpy as np

from grader.lab.functional import probabilities
from grader.lab.mistakes.mistake import Mistakes

MISTAKES = Mistakes("T#6")


@MISTAKES.add(
    "loss-is-a-sum",
    "The loss is the sum over the batch, not its mean.",
    "What should happen to the loss when the same batch is fed in twice over?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores)[np.arange(len(y)), y]).sum()


@MISTAKES.add(
    "loss-divided-twice",
    "The loss is divided by the number of examples twice.",
    "Does the function that takes the mean need help?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores)[np.arange(len(y)), y]).mean() / len(y)


@MISTAKES.add(
    "loss-divided-by-classes",
    "The sum over the batch is divided by the number of classes.",
    "The mean of what is asked for: which axis of the scores counts those?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores)[np.arange(len(y)), y]).sum() / scores.shape[1]


@MISTAKES.add(
    "mean-over-classes",
    "The loss takes all classes of an example, not the right one alone.",
    "Where in your loss do the labels y come in?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores)).mean()


@MISTAKES.add(
    "sum-over-classes",
    "For each example the loss adds up all classes, not the right one alone.",
    "Where in your loss do the labels y come in?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores)).sum() / len(y)


@MISTAKES.add(
    "best-class-for-right-class",
    "The loss looks at the class with the highest score, not at the right class.",
    "Could a network that is sure of wrong answers have a low loss with your formula?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores).max(axis=1)).mean()


@MISTAKES.add(
    "first-class-for-right-class",
    "The loss always looks at the first class, whatever the label is.",
    "Where in your loss do the labels y come in?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores)[:, 0]).mean()


@MISTAKES.add(
    "no-minus",
    "The logarithms come without their minus sign.",
    "Is the logarithm of a probability positive or negative, and what should a loss be?",
)
def data_loss(scores, y):
    return np.log(probabilities(scores)[np.arange(len(y)), y]).mean()


@MISTAKES.add(
    "no-log",
    "The loss is made of probabilities, without their logarithm.",
    "What does the cross-entropy charge for a probability close to 0?",
)
def data_loss(scores, y):
    return -probabilities(scores)[np.arange(len(y)), y].mean()


@MISTAKES.add(
    "error-rate-for-log",
    "The loss is one minus the probability of the right class; the cross-entropy is another "
    "function of it.",
    "What does the cross-entropy charge for a probability close to 0?",
)
def data_loss(scores, y):
    return (1 - probabilities(scores)[np.arange(len(y)), y]).mean()


@MISTAKES.add(
    "log2-for-log",
    "The logarithm is to the base 2.",
    "For which base is the gradient of a logarithm simply 1/x?",
)
def data_loss(scores, y):
    return -np.log2(probabilities(scores)[np.arange(len(y)), y]).mean()


@MISTAKES.add(
    "log10-for-log",
    "The logarithm is to the base 10.",
    "For which base is the gradient of a logarithm simply 1/x?",
)
def data_loss(scores, y):
    return -np.log10(probabilities(scores)[np.arange(len(y)), y]).mean()


@MISTAKES.add(
    "softmax-over-batch",
    "The softmax runs down the columns: the probabilities of one class add up to 1 over the batch.",
    "Which numbers must add up to 1, and along which axis do they lie?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores.T).T[np.arange(len(y)), y]).mean()


@MISTAKES.carry
def dscores_of(scores, y):
    dscores = probabilities(scores.T).T
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y)


@MISTAKES.add(
    "largest-of-each-class-taken-off",
    "Before the exponentials each class loses its own largest score of the batch: that changes the "
    "softmax.",
    "What can be taken off the scores of one example without changing its softmax?",
)
def data_loss(scores, y):
    return -np.log(probabilities(scores - scores.max(axis=0))[np.arange(len(y)), y]).mean()


@MISTAKES.carry
def dscores_of(scores, y):
    dscores = probabilities(scores - scores.max(axis=0))
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y)


@MISTAKES.add(
    "softmax-over-everything",
    "The softmax divides by the sum over the whole batch: only all probabilities of all examples "
    "together add up to 1.",
    "Which numbers must add up to 1, and along which axis do they lie?",
)
def data_loss(scores, y):
    return -np.log(
        probabilities(scores.reshape(1, -1)).reshape(scores.shape)[range(len(y)), y]
    ).mean()


@MISTAKES.carry
def dscores_of(scores, y):
    dscores = probabilities(scores.reshape(1, -1)).reshape(scores.shape)
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y)


@MISTAKES.add(
    "no-softmax",
    "The loss is made of scores alone: nothing makes probabilities of them.",
    "What keeps the score of the right class from growing without end?",
)
def data_loss(scores, y):
    return -scores[np.arange(len(y)), y].mean()


@MISTAKES.add(
    "softmax-twice",
    "The softmax is applied to what is a softmax already.",
    "What is the largest probability that three numbers between 0 and 1 can give in a softmax?",
)
def data_loss(scores, y):
    return -np.log(probabilities(probabilities(scores))[np.arange(len(y)), y]).mean()


@MISTAKES.add(
    "hinge-loss",
    "This is the hinge loss of a support vector machine; the task asks for the cross-entropy of "
    "a softmax.",
    "Where in your loss is a probability?",
)
def data_loss(scores, y):
    right = scores[np.arange(len(y)), y][:, None]
    return (np.maximum(0, scores - right + 1).sum(axis=1) - 1).mean()


@MISTAKES.add(
    "squared-error",
    "This is the squared difference between probabilities and labels; the task asks for the "
    "cross-entropy.",
    "What does the cross-entropy charge for a probability close to 0?",
)
def data_loss(scores, y):
    return ((probabilities(scores) - np.eye(scores.shape[1])[y]) ** 2).sum(axis=1).mean()


@MISTAKES.add(
    "every-class-its-own-yes-or-no",
    "Each class is charged as a yes-or-no question of its own: the wrong classes are counted too.",
    "How does the softmax make the wrong classes count without a term of their own?",
)
def data_loss(scores, y):
    probs = probabilities(scores)
    right = np.eye(scores.shape[1])[y] == 1
    return -np.log(np.where(right, probs, 1 - probs)).sum(axis=1).mean()


@MISTAKES.add(
    "no-half",
    "The regularisation comes without the factor 0.5.",
    "Which factor does the task's formula have in front of reg?",
)
def reg_loss(params, reg, N):
    return reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))


@MISTAKES.add(
    "no-regularisation",
    "The loss is the same for every reg: the regularisation is missing.",
    "Which arguments of the method does your loss never use?",
)
def reg_loss(params, reg, N):
    return 0.0


@MISTAKES.add(
    "biases-regularised",
    "The biases are regularised as well; the notebook's toy model starts them at zero and so "
    "cannot show it.",
    "Over which parameters does the sum of the task's formula run?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * sum(np.sum(value**2) for value in params.values())


@MISTAKES.add(
    "first-matrix-only",
    "Only the first weight matrix is regularised.",
    "Over which parameters does the sum of the task's formula run?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * np.sum(params["W1"] ** 2)


@MISTAKES.add(
    "second-matrix-only",
    "Only the second weight matrix is regularised.",
    "Over which parameters does the sum of the task's formula run?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * np.sum(params["W2"] ** 2)


@MISTAKES.add(
    "absolute-weights",
    "The regularisation adds up absolute values of the weights, not their squares.",
    "What would the gradient of your regularisation be, and is it a multiple of the weights?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * (np.abs(params["W1"]).sum() + np.abs(params["W2"]).sum())


@MISTAKES.add(
    "square-of-the-sum",
    "The weights are added up before they are squared.",
    "What is your regularisation of the two weights 5 and -5?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * (np.sum(params["W1"]) ** 2 + np.sum(params["W2"]) ** 2)


@MISTAKES.add(
    "norm-not-squared",
    "The regularisation adds up the norms of the matrices, not the squares of the norms.",
    "What does the function that gives you the norm do last?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * (np.linalg.norm(params["W1"]) + np.linalg.norm(params["W2"]))


@MISTAKES.add(
    "mean-of-squares",
    "The regularisation takes the mean of the squared weights, not their sum.",
    "Should a larger network be regularised as much as a small one, by the task's formula?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * (np.mean(params["W1"] ** 2) + np.mean(params["W2"] ** 2))


@MISTAKES.add(
    "regularisation-divided-by-n",
    "The regularisation is divided by the number of examples along with the rest.",
    "Do the weights hang on how many examples are in the batch?",
)
def reg_loss(params, reg, N):
    return 0.5 * reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2)) / N


@MISTAKES.add(
    "regularisation-subtracted",
    "The regularisation is taken off the loss: large weights are rewarded.",
    "Should large weights make the loss higher or lower?",
)
def reg_loss(params, reg, N):
    return -0.5 * reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))
