"""The cases: the published toy network, and a network small enough to compute by hand."""

import numpy as np

from checks.student_code import network_class

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

# A network to compute by hand: round numbers, and biases that are not zero. (The biases of the
# toy network are zero, so it cannot show that a bias is missing.)
HAND_X = np.array([[1.0, 2.0, 0.0], [-1.0, 0.0, 3.0]])  # (2, 3) = (N, D)
HAND_Y = np.array([3, 0])  # (2,)
HAND_PARAMS = {
    "W1": np.array([[1.0, -1.0], [0.0, 2.0], [1.0, 1.0]]),  # (3, 2) = (D, H)
    "b1": np.array([1.0, -3.5]),  # (2,)
    "W2": np.array([[1.0, 0.0, -1.0, 2.0], [3.0, -1.0, 0.0, 1.0]]),  # (2, 4) = (H, C)
    "b2": np.array([0.0, 3.0, 0.5, -1.0]),  # (4,)
}
HAND_SCORES = np.array([[2.0, 3.0, -1.5, 3.0], [4.5, 2.5, -2.5, 5.5]])  # (2, 4) = (N, C)
# Losses by reg, of this network and of the toy.
HAND_LOSSES = {0.0: 1.10796209504, 1.0: 13.607962095}
TOY_LOSSES = {0.0: 1.26585705212, TOY_REG: TOY_LOSS}
# Gradients at reg 0 and 0.5, to 9 digits.
HAND_GRADS = {
    0.0: {
        "W1": np.array(
            [
                [-0.839486515, 0.775793936],
                [-1.00933926, 0.0],
                [1.00445065, -2.32738181],
            ]
        ),
        "b1": np.array([-0.169852745, -0.775793936]),
        "W2": np.array(
            [
                [-0.956210476, 0.473012804, 0.00502449156, 0.478173181],
                [-0.185141232, 0.00877767968, 5.91435404e-05, 0.176304409],
            ]
        ),
        "b2": np.array([-0.292964006, 0.227728722, 0.00245310224, 0.0627821813]),
    },
    0.5: {
        "W1": np.array(
            [
                [-0.339486515, 0.275793936],
                [-1.00933926, 1.0],
                [1.50445065, -1.82738181],
            ]
        ),
        "b1": np.array([-0.169852745, -0.775793936]),
        "W2": np.array(
            [
                [-0.456210476, 0.473012804, -0.494975508, 1.47817318],
                [1.31485877, -0.49122232, 5.91435404e-05, 0.676304409],
            ]
        ),
        "b2": np.array([-0.292964006, 0.227728722, 0.00245310224, 0.0627821813]),
    },
}


def toy_net():
    """The toy network of the notebook: D = 4, H = 10, C = 3."""
    np.random.seed(0)
    return network_class()(4, 10, 3, std=1e-1)


def toy_data():
    """The toy data of the notebook: X of shape (5, 4), y of shape (5,)."""
    np.random.seed(1)
    X = 10 * np.random.randn(5, 4)  # (N, D)
    return X, np.array([0, 1, 2, 2, 1])


def hand_net():
    """The network to compute by hand: D = 3, H = 2, C = 4."""
    net = network_class()(3, 2, 4)
    net.params = {name: value.copy() for name, value in HAND_PARAMS.items()}
    return net
