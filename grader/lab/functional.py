"""The network cut into stages, so that one stage can be swapped for a mistaken one.

The same few functions serve three ends: a mistake of the catalogue replaces one of them to predict
what it would give on a question; credit that follows through asks what right later stages would
make of a mistaken earlier one; and the kit's own tests write the source of a wrong submission from
them. They use nothing but numpy and each other's results. A test compares them with the reference.

One letter has one meaning: N examples, D inputs, H hidden units, C classes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np


def forward(X, params):
    """Hidden units (N, H) and scores (N, C)."""
    before = X @ params["W1"] + params["b1"]
    hidden = np.maximum(0, before)
    scores = hidden @ params["W2"] + params["b2"]
    return hidden, scores


def probabilities(scores):
    """Softmax of each row, (N, C)."""
    exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exp_scores / exp_scores.sum(axis=1, keepdims=True)


def data_loss(scores, y):
    """Mean cross-entropy, one number."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_probs[np.arange(len(y)), y].mean()


def reg_loss(params, reg, N):
    """The regularization's share of the loss, one number, the same for every batch of N."""
    return 0.5 * reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))


def dscores_of(scores, y):
    """Gradient of the data loss on the scores, (N, C)."""
    dscores = probabilities(scores)
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y)


def data_gradients(X, hidden, dscores, params):
    """Gradients of the data loss, keyed as the parameters."""
    dhidden = (dscores @ params["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ dhidden,
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores,
        "b2": dscores.sum(axis=0),
    }


def reg_gradients(params, reg, N):
    """Gradients of the regularizer, keyed as the parameters."""
    return {"W1": reg * params["W1"], "b1": 0.0, "W2": reg * params["W2"], "b2": 0.0}


def gradients(data, reg):
    """Gradients of the loss: those of the data loss plus those of the regularizer."""
    grads = {}
    for name in data:
        grads[name] = data[name] + reg[name]
    return grads


def backward(X, hidden, dscores, params, reg):
    """Gradients of the loss, keyed as the parameters."""
    data = data_gradients(X, hidden, dscores, params)
    return gradients(data, reg_gradients(params, reg, len(X)))


def minibatch(X, y, batch_size, it):
    """One batch: rows and their labels."""
    rows = np.random.choice(len(X), batch_size)
    return X[rows], y[rows]


def step(params, grads, learning_rate, memory):
    """One step, in place; `memory` is a dict that lives as long as the training."""
    for name in params:
        params[name] -= learning_rate * grads[name]


def decayed(learning_rate, learning_rate_decay, epoch, first_rate):
    """The learning rate after an epoch's end."""
    return learning_rate * learning_rate_decay


def decays_at(it, iterations_per_epoch):
    """Whether the rate falls after step `it`."""
    return it % iterations_per_epoch == 0


def labels_of(scores):
    """Most likely class of each row, (N,)."""
    return np.argmax(scores, axis=1)


@dataclass(frozen=True)
class NetworkFunctions:
    """One function for each stage; the defaults are right."""

    forward: Callable[..., Any] = forward
    data_loss: Callable[..., Any] = data_loss
    reg_loss: Callable[..., Any] = reg_loss
    dscores_of: Callable[..., Any] = dscores_of
    data_gradients: Callable[..., Any] = data_gradients
    reg_gradients: Callable[..., Any] = reg_gradients
    gradients: Callable[..., Any] = gradients
    minibatch: Callable[..., Any] = minibatch
    step: Callable[..., Any] = step
    decayed: Callable[..., Any] = decayed
    decays_at: Callable[..., Any] = decays_at
    labels_of: Callable[..., Any] = labels_of

    def with_function(self, function: Callable[..., Any]) -> NetworkFunctions:
        """The same stages with one replaced: the one that bears the function's name."""
        return replace(self, **{function.__name__: function})

    def scores(self, X: np.ndarray, params: Mapping[str, np.ndarray]) -> Any:
        """Scores (N, C)."""
        return self.forward(X, params)[1]

    def loss(
        self, X: np.ndarray, y: np.ndarray, params: Mapping[str, np.ndarray], reg: float
    ) -> tuple[Any, Any]:
        """Loss and gradients."""
        hidden, scores = self.forward(X, params)
        loss = self.data_loss(scores, y) + self.reg_loss(params, reg, len(X))
        data = self.data_gradients(X, hidden, self.dscores_of(scores, y), params)
        return loss, self.gradients(data, self.reg_gradients(params, reg, len(X)))

    def steps(
        self,
        params: Mapping[str, np.ndarray],
        grads: Mapping[str, np.ndarray],
        learning_rate: float,
        decay: float,
        iterations_per_epoch: float,
    ) -> dict[str, np.ndarray]:
        """Parameters before each step and after the last, under given gradients.

        `params` maps names to arrays, `grads` to arrays of shape (steps, *shape); the result maps
        names to arrays of shape (steps + 1, *shape).
        """
        params = {name: value.copy() for name, value in params.items()}
        num_steps = len(next(iter(grads.values())))
        memory: dict[str, Any] = {}
        states, epoch, rate = [], 0, learning_rate
        for it in range(num_steps):
            states.append({name: value.copy() for name, value in params.items()})
            at_step = {name: values[it].copy() for name, values in grads.items()}
            self.step(params, at_step, rate, memory)
            if self.decays_at(it, iterations_per_epoch):
                rate = self.decayed(rate, decay, epoch, learning_rate)
                epoch += 1
        states.append(params)
        return {name: np.stack([state[name] for state in states]) for name in params}


FUNCTION_NAMES = tuple(field.name for field in fields(NetworkFunctions))
RIGHT = NetworkFunctions()


@cache
def source_of(stage: str) -> str:
    """Source text of the right function of a stage."""
    return inspect.getsource(getattr(RIGHT, stage))


@cache
def compiled(stage: str, source: str) -> Any:
    """The function of a stage from its source text, which may use the other right stages."""
    namespace = dict(globals())
    exec(compile(source, f"<{stage}>", "exec"), namespace)
    return namespace[stage]
