"""Writes the text of a submission from the right stages, some of them mistaken."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from grader.lab.functional import FUNCTION_NAMES, probabilities, source_of
from grader.lab.mistakes.mistake import Mistake, sources_with
from grader.submission.submission import Submission

_CLASS = """
class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {
            "W1": std * np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": std * np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }

    def loss(self, X, y=None, reg=0.0):
        hidden, scores = forward(X, self.params)
        if y is None:
            return scores
        loss = data_loss(scores, y) + reg_loss(self.params, reg, len(X))
        data = data_gradients(X, hidden, dscores_of(scores, y), self.params)
        grads = gradients(data, reg_gradients(self.params, reg, len(X)))
        return loss, grads

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6,
              num_iters=100, batch_size=200, verbose=False):
        iterations_per_epoch = max(len(X) / batch_size, 1)
        loss_history, train_acc_history, val_acc_history = [], [], []
        memory, epoch, first_rate = {}, 0, learning_rate
        for it in range(num_iters):
            X_batch, y_batch = minibatch(X, y, batch_size, it)
            loss, grads = self.loss(X_batch, y=y_batch, reg=reg)
            loss_history.append(loss)
            step(self.params, grads, learning_rate, memory)
            if it % iterations_per_epoch == 0:
                train_acc_history.append((self.predict(X_batch) == y_batch).mean())
                val_acc_history.append((self.predict(X_val) == y_val).mean())
            if decays_at(it, iterations_per_epoch):
                learning_rate = decayed(learning_rate, learning_rate_decay, epoch, first_rate)
                epoch += 1
        return {
            "loss_history": loss_history,
            "train_acc_history": train_acc_history,
            "val_acc_history": val_acc_history,
        }

    def predict(self, X):
        return labels_of(self.loss(X))
"""


def text_with(*mistakes: Mistake, carried: bool = False) -> str:
    """A whole `neural_net.py`, right but for some mistakes.

    With `carried` the later stages work on with what the mistakes left behind.

    Raises
    ------
    ValueError
        If the mistakes exclude each other.
    """
    sources = sources_with(mistakes, carried=carried)
    if sources is None:
        raise ValueError(f"these exclude each other: {[one.slug for one in mistakes]}")
    return text_of(sources)


def text_of(sources: Mapping[str, str]) -> str:
    """A whole `neural_net.py`, right but for the sources of some stages."""
    stages = [sources.get(stage) or source_of(stage) for stage in FUNCTION_NAMES]
    return (
        "\n\n".join(["import numpy as np\n", inspect.getsource(probabilities), *stages])
        + "\n"
        + _CLASS
    )


def submission_with(*mistakes: Mistake, carried: bool = False) -> Submission:
    """The same as a submission, named after what is wrong with it."""
    name = "+".join(one.slug for one in mistakes) or "right"
    return submission_of(text_with(*mistakes, carried=carried), name)


def submission_of(text: str, name: str = "student") -> Submission:
    """A submission that is `neural_net.py` alone."""
    return Submission(name, name, {"cattern/neural_net.py": text.encode()})
