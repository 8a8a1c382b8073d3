"""Numerical gradients, to check analytic ones against."""

import numpy as np


def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    """Gradient of a function at a point, by central differences.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns one number. It is called twice for
        every element of `x`.
    x : ndarray of floats, any shape
        The point. Each element is changed **in place** while `f` is called
        and is put back afterwards, so `f` may as well ignore its argument
        and read the same array from elsewhere.
    verbose : bool, default=True
        Print the index and the slope of every element.
    h : float, default=1e-5
        Half the distance between the two points of a difference. Smaller
        lets rounding in, larger lets curvature in.

    Returns
    -------
    ndarray
        Same shape as `x`; element i is (f(x + h eᵢ) - f(x - h eᵢ)) / 2h.

    Notes
    -----
    The error falls with h², against h for a one-sided difference. Where `f`
    has a kink within h of `x` (a ReLU that just switches) the result lies
    between the two slopes and says nothing about either.
    """
    grad = np.zeros_like(x)  # same shape as x
    for index in np.ndindex(*x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept
        grad[index] = (above - below) / (2 * h)
        if verbose:
            print(index, grad[index])
    return grad
