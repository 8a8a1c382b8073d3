"""The cases that are looked at: the published toy case and a net small enough to do by hand."""

import numpy as np
from student_code import network_class

TOY_SCORES = np.array(  # (5, 3) = (N, C)
    [
        [-0.81233741, -1.27654624, -0.70335995],
        [-0.17129677, -1.18803311, -0.47310444],
        [-0.51590475, -1.01354314, -0.8504215],
        [-0.15419291, -0.48629638, -0.52901952],
        [-0.00618733, -0.12435261, -0.15226949],
    ]
)
TOY_REG, TOY_LOSS = 0.1, 1.30378789133
TOY_TARGET = 0.05  # the toy training should end below this loss


def toy_net():
    """The toy model of the notebook: D = 4, H = 10, C = 3."""
    np.random.seed(0)
    return network_class()(4, 10, 3, std=1e-1)


def toy_data():
    """The toy data of the notebook: X of shape (5, 4), y of shape (5,)."""
    np.random.seed(1)
    X = 10 * np.random.randn(5, 4)  # (N, D)
    return X, np.array([0, 1, 2, 2, 1])


# By hand: whole numbers, and biases that are not zero (the toy model's are, which hides a bias
# that is forgotten). Scores, and losses at reg 0 and 1, worked out on paper.
HAND_X = np.array([[1.0, 2.0, 0.0], [-1.0, 0.0, 3.0]])  # (2, 3) = (N, D)
HAND_Y = np.array([3, 0])  # (2,)
HAND_PARAMS = {
    "W1": np.array([[1.0, -1.0], [0.0, 2.0], [1.0, 1.0]]),  # (3, 2) = (D, H)
    "b1": np.array([1.0, -3.5]),  # (2,)
    "W2": np.array([[1.0, 0.0, -1.0, 2.0], [3.0, -1.0, 0.0, 1.0]]),  # (2, 4) = (H, C)
    "b2": np.array([0.0, 3.0, 0.5, -1.0]),  # (4,)
}
HAND_SCORES = np.array([[2.0, 3.0, -1.5, 3.0], [4.5, 2.5, -2.5, 5.5]])  # (2, 4) = (N, C)
HAND_LOSSES = {0.0: 1.10796209504, 1.0: 13.60796209504}  # by reg


def hand_net():
    """The net that was done by hand: D = 3, H = 2, C = 4."""
    net = network_class()(3, 2, 4)
    net.params = {name: value.copy() for name, value in HAND_PARAMS.items()}
    return net
