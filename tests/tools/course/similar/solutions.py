"""A small class of independent-looking solutions, put together from parts by seed."""

from __future__ import annotations

import random

GIVEN = '''import numpy as np


class TwoLayerNet:
    """A fully connected network with one hidden layer."""

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N = X.shape[0]
        # T#5
        raise NotImplementedError
        # T#7
        raise NotImplementedError
        return loss, grads

    def step(self, grads, learning_rate):
        # T#9
        raise NotImplementedError
'''
HIDDEN = [
    ["{h} = np.maximum(0, X.dot(W1) + b1)"],
    ["{z} = X @ W1 + b1", "{h} = {z} * ({z} > 0)"],
    ["{h} = np.dot(X, W1) + b1", "{h}[{h} < 0] = 0"],
    ["{z} = np.dot(X, W1)", "{z} += b1", "{h} = np.where({z} > 0, {z}, 0)"],
]
PROBABILITIES = [
    ["{e} = np.exp({s} - np.max({s}, axis=1, keepdims=True))", "{p} = {e} / {e}.sum(1)[:, None]"],
    ["{s} -= {s}.max()", "{p} = np.exp({s})", "{p} /= np.sum({p}, axis=1, keepdims=True)"],
    ["{e} = np.exp({s})", "{p} = {e} / np.sum({e}, axis=1).reshape(-1, 1)"],
    ["{p} = (np.exp({s}).T / np.exp({s}).sum(axis=1)).T"],
]
LOSS = [
    ["loss = -np.mean(np.log({p}[np.arange(N), y]))"],
    ["{c} = {p}[range(N), y]", "loss = np.sum(-np.log({c})) / N"],
    ["loss = 0.0", "for i in range(N):", "    loss -= np.log({p}[i, y[i]]) / N"],
    [
        "{c} = np.zeros_like({p})",
        "{c}[np.arange(N), y] = 1",
        "loss = -np.sum({c} * np.log({p})) / N",
    ],
]
PENALTY = [
    ["loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))"],
    ["loss += reg * np.sum(W1 ** 2) / 2", "loss += reg * np.sum(W2 ** 2) / 2"],
    ["{r} = np.square(W1).sum() + np.square(W2).sum()", "loss = loss + 0.5 * reg * {r}"],
]
DELTA = [
    ["{d} = {p}.copy()", "{d}[np.arange(N), y] -= 1", "{d} /= N"],
    ["{d} = ({p} - np.eye({p}.shape[1])[y]) / N"],
    ["{p}[range(N), y] -= 1", "{d} = {p} / N"],
    ["{d} = {p}", "{d}[np.arange(N), y] = {d}[np.arange(N), y] - 1", "{d} = {d} * (1.0 / N)"],
]
BACK = [
    ["{b} = {d}.dot(W2.T)", "{b}[{h} <= 0] = 0"],
    ["{b} = ({d} @ W2.T) * ({h} > 0)"],
    ["{b} = np.dot({d}, W2.T)", "{b} = np.where({h} > 0, {b}, 0)"],
]
GRADIENTS = [
    [
        "grads = {{}}",
        "grads['W2'] = {h}.T.dot({d}) + reg * W2",
        "grads['b2'] = np.sum({d}, axis=0)",
        "grads['W1'] = X.T.dot({b}) + reg * W1",
        "grads['b1'] = np.sum({b}, axis=0)",
    ],
    [
        "grads = {{'W1': X.T @ {b} + reg * W1, 'b1': {b}.sum(0),",
        "         'W2': {h}.T @ {d} + reg * W2, 'b2': {d}.sum(0)}}",
    ],
    [
        "dW1 = np.dot(X.T, {b})",
        "dW2 = np.dot({h}.T, {d})",
        "dW1 += reg * W1",
        "dW2 += reg * W2",
        "grads = dict(W1=dW1, W2=dW2, b1={b}.sum(axis=0), b2={d}.sum(axis=0))",
    ],
]
STEP = [
    ["for {k} in grads:", "    self.params[{k}] -= learning_rate * grads[{k}]"],
    ["for {k}, {v} in grads.items():", "    self.params[{k}] += -learning_rate * {v}"],
    [
        "self.params['W1'] -= learning_rate * grads['W1']",
        "self.params['b1'] -= learning_rate * grads['b1']",
        "self.params['W2'] -= learning_rate * grads['W2']",
        "self.params['b2'] -= learning_rate * grads['b2']",
    ],
]
NAMES = {
    "h": ["hidden", "a1", "relu", "layer1", "act"],
    "z": ["z1", "pre", "affine", "lin"],
    "s": ["scores"],
    "e": ["exps", "exp_scores", "num", "ex"],
    "p": ["probs", "softmax", "p", "q"],
    "c": ["correct", "picked", "right", "truth"],
    "r": ["penalty", "squares", "l2"],
    "d": ["dscores", "delta", "ds", "err"],
    "b": ["dhidden", "dh", "back", "da1"],
    "k": ["key", "name", "k", "param"],
    "v": ["grad", "value", "g"],
}


def solution(seed: int) -> str:
    """Return a whole solution; each part and name is drawn independently."""
    rng = random.Random(seed)
    names = {letter: rng.choice(words) for letter, words in NAMES.items()}

    def block(*parts: list[list[str]]) -> str:
        lines = [line.format(**names) for part in parts for line in rng.choice(part)]
        return "".join(f"        {line}\n" for line in lines)

    scores = [["{s} = {h}.dot(W2) + b2"], ["{s} = np.dot({h}, W2) + b2"], ["{s} = {h} @ W2 + b2"]]
    stub = "        raise NotImplementedError\n"
    text = GIVEN.replace(stub, block(HIDDEN, scores, PROBABILITIES, LOSS, PENALTY), 1)
    return text.replace(stub, block(DELTA, BACK, GRADIENTS), 1).replace(stub, block(STEP), 1)


def students(count: int) -> dict[str, dict[str, str]]:
    """Return a class: names to files."""
    return {f"s{i:02}": {"neural_net.py": solution(i)} for i in range(count)}
