"""Makes networks of the student's own class with given parameters."""

import numpy as np

PARAMS = ("W1", "b1", "W2", "b2")


def given_scores(inputs):
    """Scores (N, C) of any kind for a case whose network has none; large where its own would be."""
    N, C, size = len(inputs["X"]), inputs["b2"].size, max(1.0, np.abs(inputs["W2"]).max())
    return inputs["b2"] + size * np.sin(np.arange(2.0, N * C + 2) ** 2).reshape(N, C)


def given_hidden(inputs):
    """A hidden layer (N, H) of any kind for a case: zeros and positive numbers."""
    N, H = len(inputs["X"]), inputs["b1"].size
    return np.maximum(0, np.cos(np.arange(3.0, N * H + 3) ** 2)).reshape(N, H)


def make_network(net_class, params):
    """A network of the class, of the sizes that the parameters have, with copies of them.

    Raises
    ------
    TypeError
        If what is put into the network's `params` does not stay there.
    """
    D, H = params["W1"].shape
    net = net_class(D, H, params["W2"].shape[1])
    for name in PARAMS:
        _put(net, name, params[name])
    return net


def _put(net, name, value):
    """Set one parameter, in the array that is there if it is of the same kind.

    Code may hold that array under a second name, as `self.W1` beside `self.params["W1"]`.
    """
    old = net.params.get(name)
    if _is_of_kind(old, value):
        old[...] = value
    else:
        net.params[name] = value.copy()
    if not np.array_equal(net.params[name], value, equal_nan=True):
        raise TypeError(
            f"what is put into params[{name!r}] does not stay there: params must be a dict that "
            "holds the arrays themselves"
        )


def _is_of_kind(old, value):
    return (
        type(old) is np.ndarray
        and old.shape == value.shape
        and old.dtype == value.dtype
        and old.flags.writeable
    )
