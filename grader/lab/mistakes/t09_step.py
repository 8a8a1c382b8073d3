"""Mistakes of T#9."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811
# mypy: disable-error-code="no-redef"

from __future__ import annotations

import numpy as np

from grader.lab.mistakes.mistake import Mistakes

MISTAKES = Mistakes("T#9")


@MISTAKES.add(
    "step-uphill",
    "The step goes uphill: the parameters move with the gradient.",
    "Does the loss grow or shrink in the direction of its gradient?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] += learning_rate * grads[name]


@MISTAKES.add(
    "weights-only",
    "Only the weights take a step; the biases stay where they began.",
    "How many parameters does the network have?",
)
def step(params, grads, learning_rate, memory):
    for name in ("W1", "W2"):
        params[name] -= learning_rate * grads[name]


@MISTAKES.add(
    "biases-only",
    "Only the biases take a step; the weights stay where they began.",
    "How many parameters does the network have?",
)
def step(params, grads, learning_rate, memory):
    for name in ("b1", "b2"):
        params[name] -= learning_rate * grads[name]


@MISTAKES.add(
    "first-layer-stays",
    "Only the second layer takes a step; the first stays where it began.",
    "How many parameters does the network have?",
)
def step(params, grads, learning_rate, memory):
    for name in ("W2", "b2"):
        params[name] -= learning_rate * grads[name]


@MISTAKES.add(
    "last-bias-stays",
    "Three parameters take a step; b2 stays where it began.",
    "How many parameters does the network have?",
)
def step(params, grads, learning_rate, memory):
    for name in ("W1", "b1", "W2"):
        params[name] -= learning_rate * grads[name]


@MISTAKES.add(
    "step-is-lost",
    "No parameter ever changes: the step is worked out and then lost.",
    "Into which variable does the result go, and does the network know of it?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        value = params[name].copy()
        value -= learning_rate * grads[name]


@MISTAKES.add(
    "no-learning-rate",
    "The step is the whole gradient: the learning rate does not come in.",
    "What would change in your training if the learning rate were a hundred times as large?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= grads[name]


@MISTAKES.add(
    "learning-rate-squared",
    "The learning rate comes into the step twice.",
    "How long is a step with learning rate 0.1, as a share of the gradient?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= learning_rate * (learning_rate * grads[name])


@MISTAKES.add(
    "divided-by-learning-rate",
    "The gradient is divided by the learning rate.",
    "Should a larger learning rate make the step longer or shorter?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= grads[name] / learning_rate


@MISTAKES.add(
    "stale-gradient",
    "Each step uses the gradient of the step before.",
    "Where between the gradient and the step do you keep it, and when is that filled?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= learning_rate * memory.get(name, 0)
        memory[name] = grads[name]


@MISTAKES.add(
    "sign-for-gradient",
    "Every number moves by the same amount: only the sign of the gradient comes in.",
    "Where the slope is steep, should the step be longer?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= learning_rate * np.sign(grads[name])


@MISTAKES.add(
    "gradient-of-length-one",
    "The gradient is stretched to length 1 before the step.",
    "Where the slope is steep, should the step be longer?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= learning_rate * grads[name] / np.linalg.norm(grads[name])


@MISTAKES.add(
    "parameters-replaced",
    "The step takes the place of the parameters instead of changing them.",
    "What is left of the parameters of before after your line?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] = -learning_rate * grads[name]


@MISTAKES.add(
    "parameters-shrink",
    "The parameters shrink at every step as well: a second regularisation, beside the loss's.",
    "In which task does reg come in, and is it in the gradients already?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= learning_rate * (grads[name] + params[name])


@MISTAKES.add(
    "gradients-pile-up",
    "Each step uses the sum of all gradients so far: nothing is ever forgotten.",
    "What does momentum multiply its memory with at every step?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        memory[name] = memory.get(name, 0) + grads[name]
        params[name] -= learning_rate * memory[name]


@MISTAKES.add(
    "momentum-uphill",
    "There is a momentum, and it goes uphill: the parameters move with the gradient.",
    "Which sign has the gradient in the velocity, and which has the velocity in the step?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        memory[name] = 0.9 * memory.get(name, 0) + learning_rate * grads[name]
        params[name] += memory[name]


@MISTAKES.add(
    "step-twice",
    "Every parameter takes its step twice.",
    "How often does your loop come by the same parameter?",
)
def step(params, grads, learning_rate, memory):
    for name in params:
        params[name] -= learning_rate * grads[name]
        params[name] -= learning_rate * grads[name]
