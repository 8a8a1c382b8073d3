"""T#11: the method `predict`."""

import cases
import numpy as np
from findings import check_array, wrong
from student_code import call, network_class

X = np.array([[0.0, 1.0, 5.0], [7.0, 2.0, 1.0], [1.0, 3.0, 2.0], [4.0, 0.0, 2.0]])  # (N, D)


def net_that_repeats(b2):
    """A net with three classes whose scores are its inputs plus `b2`."""
    net = network_class()(3, 3, 3)
    net.params = {"W1": np.eye(3), "b1": np.zeros(3), "W2": np.eye(3), "b2": np.array(b2)}
    return net


def check_labels(b2, expected):
    """Compare the labels that are predicted."""
    labels = call("T#11", net_that_repeats(b2).predict, X.copy())
    check_array("T#11", "labels", labels, (4,), "(N,)", np.integer)
    if labels.tolist() != expected:
        got = f"labels is {labels.tolist()}, where the scores are\n{X + np.array(b2)}\n"
        raise wrong("T#11", got, f"{expected}", "Which column of each row is it?")


def test_t11_labels_are_the_largest_scores():
    check_labels([0.0, 0.0, 0.0], [2, 0, 1, 0])


def test_t11_biases_count():
    check_labels([0.0, 4.5, 0.0], [1, 0, 1, 1])


def test_t11_one_example_gives_one_label():
    net = cases.hand_net()
    labels = call("T#11", net.predict, cases.HAND_X[:1])
    check_array("T#11", "labels", labels, (1,), "(N,)", np.integer)
