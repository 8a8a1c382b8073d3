"""The checks that every grader is measured with: the notebook's toy case, on a class.

Numpy alone, so that each grader can be handed this file as it is.
"""

from typing import Any

import numpy as np

SCORES = np.array(
    [
        [-0.81233741, -1.27654624, -0.70335995],
        [-0.17129677, -1.18803311, -0.47310444],
        [-0.51590475, -1.01354314, -0.8504215],
        [-0.15419291, -0.48629638, -0.52901952],
        [-0.00618733, -0.12435261, -0.15226949],
    ]
)
LOSS = 1.30378789133
STEP = 1e-5


def toy(net_class: type[Any]) -> tuple[Any, np.ndarray, np.ndarray]:
    """The notebook's toy network and data."""
    np.random.seed(0)
    net = net_class(4, 10, 3, std=1e-1)
    np.random.seed(1)
    return net, 10 * np.random.randn(5, 4), np.array([0, 1, 2, 2, 1])


def scores(net_class: type[Any]) -> None:
    """The published scores."""
    net, X, _ = toy(net_class)
    assert np.abs(net.loss(X) - SCORES).sum() < 1e-7


def loss(net_class: type[Any]) -> None:
    """The published loss."""
    net, X, y = toy(net_class)
    assert abs(net.loss(X, y, reg=0.1)[0] - LOSS) < 1e-12


def gradients(net_class: type[Any]) -> None:
    """Analytic against numerical gradients."""
    net, X, y = toy(net_class)
    _, grads = net.loss(X, y, reg=0.05)
    for name, x in net.params.items():
        slope = np.zeros_like(x)
        for index in np.ndindex(*x.shape):
            kept = x[index]
            x[index] = kept + STEP
            above = net.loss(X, y, reg=0.05)[0]
            x[index] = kept - STEP
            below = net.loss(X, y, reg=0.05)[0]
            x[index] = kept
            slope[index] = (above - below) / (2 * STEP)
        off = np.abs(slope - grads[name]) / np.maximum(1e-8, np.abs(slope) + np.abs(grads[name]))
        assert off.max() < 1e-8


def training(net_class: type[Any]) -> None:
    """The toy training ends below the notebook's target."""
    net, X, y = toy(net_class)
    np.random.seed(0)
    history = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=100, verbose=False)
    assert history["loss_history"][-1] < 0.05


def predict(net_class: type[Any]) -> None:
    """The class of the highest score."""
    net, X, _ = toy(net_class)
    assert (net.predict(X) == SCORES.argmax(axis=1)).all()


CHECKS = (scores, loss, gradients, training, predict)


def passed(net_class: type[Any]) -> list[str]:
    """Names of the checks that pass."""
    names = []
    for check in CHECKS:
        try:
            check(net_class)
        except Exception:
            continue
        names.append(check.__name__)
    return names
