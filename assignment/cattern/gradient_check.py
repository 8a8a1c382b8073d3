"""Numerical gradients, to check your own gradients against."""

import numpy as np


def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    """Gradient of a function at a point, by central differences.

    Parameters
    ----------
    f : callable
        Takes an array like `x` and returns one number. It is called twice for
        every element of `x`.
    x : ndarray of floats, any shape
        The point. Each element is changed **in place** while `f` is called
        and restored afterwards, so `f` may ignore its argument and read the
        same array from somewhere else.
    verbose : bool, default=True
        Print the index and the slope of every element.
    h : float, default=1e-5
        Half the distance between the two points of a difference. A smaller
        `h` adds rounding error, a larger one adds error from curvature.

    Returns
    -------
    ndarray
        Same shape as `x`; element i is (f(x + h eᵢ) - f(x - h eᵢ)) / 2h.

    Notes
    -----
    The error shrinks with h²; that of a one-sided difference only with h. If `f`
    has a kink within h of `x` (a ReLU that just switches), the result lies
    between the two slopes and tells you nothing about either.
    """
    grad = np.zeros_like(x)  # same shape as x
    for index in np.ndindex(*x.shape):
        original = x[index]
        x[index] = original + h
        above = f(x)
        x[index] = original - h
        below = f(x)
        x[index] = original
        grad[index] = (above - below) / (2 * h)
        if verbose:
            print(index, grad[index])
    return grad
