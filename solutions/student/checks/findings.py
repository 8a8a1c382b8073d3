"""What a check can find, and how arrays are compared."""

import numpy as np


class UnfinishedError(Exception):
    """The task still has its stub."""


class BlockedError(Exception):
    """The task cannot be judged before another task is right; the message names that task."""


class SkippedError(Exception):
    """The check cannot run here; the message says why."""


class TooLongError(BaseException):
    """A check runs too long. Not an `Exception`, so that no `except Exception` catches it."""


class WrongError(Exception):
    """Something is wrong.

    Parameters
    ----------
    task : str
        Such as "T#5".
    got, expected : str
        A clause ("scores is None") and a noun phrase ("an array"). Without an expected value
        `got` is a sentence.
    *hints : str
        The first one is shown, the others are folded away. Empty ones are dropped.
    table : list of tuple of str, optional
        Rows that show where the mistake is; the first row is the head.
    cause : str, optional
        Of several findings of a task with the same cause only the first one is shown.
    """

    def __init__(self, task, got, expected, *hints, table=None, cause=None):
        self.got, self.expected = f"{task}: {got}", expected
        self.hints = tuple(hint for hint in hints if hint)
        self.table = table or []
        super().__init__(f"{self.got}, expected {expected}." if expected else self.got)
        self.cause = cause or str(self)


def check_array(task, name, got, shape, letters, kind=np.floating):
    """Check step by step: is it there, an array, of the right shape and kind, and finite?

    Parameters
    ----------
    task, name : str
        The task, and the name of what is checked.
    got : object
        What the student's code returned.
    shape : tuple of int
        The shape it should have.
    letters : str
        The same shape in letters, such as "(N, C)".
    kind : type, default=np.floating
        The kind of its elements: `np.floating` or `np.integer`.

    Raises
    ------
    WrongError
        At the first step that fails.
    """
    wanted = f"an array of shape {shape} = {letters}"
    if got is None:
        raise WrongError(task, f"{name} is None", wanted, "Is it set, and returned?", cause="none")
    if not isinstance(got, np.ndarray):
        raise WrongError(task, f"{name} is of type {type(got).__name__}", wanted, cause="type")
    if got.shape != shape:
        found, hint = f"{name} has shape {got.shape}", _shape_hint(got, shape)
        raise WrongError(task, found, f"{shape} = {letters}", hint, cause="shape")
    if not np.issubdtype(got.dtype, kind):
        noun = "whole numbers" if kind is np.integer else "real numbers"
        raise WrongError(task, f"{name} has elements of type {got.dtype}", noun, cause="kind")
    if not np.isfinite(got).all():
        count = got.size - np.count_nonzero(np.isfinite(got))
        found = f"{name} contains nan or inf: {count} of {got.size} elements"
        raise WrongError(task, found, "finite numbers", cause="finite")


def check_close(task, name, got, expected, limit, *hints, cause=None):
    """Compare two numbers, or two arrays of the same shape.

    Parameters
    ----------
    task, name : str
        The task, and the name of what is checked.
    got, expected : array_like
        Finite numbers of one shape.
    limit : float
        Largest absolute difference that is allowed.
    *hints, cause : str, optional
        As for `WrongError`.

    Raises
    ------
    WrongError
        With the worst element and, if all elements are off by one telling factor, that factor.
    """
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    off = np.abs(got - expected)
    if (off <= limit).all():
        return
    worst = tuple(int(i) for i in np.unravel_index(np.argmax(off), off.shape))
    where = f"{name}[{', '.join(map(str, worst))}]" if worst else name
    allowed = f"off by {off[worst]:.3g}; at most {limit:g} is allowed"
    wanted = f"{expected[worst]:.12g} ({allowed})"
    hints = (_factor_hint(got, expected), *hints)
    raise WrongError(task, f"{where} is {got[worst]:.12g}", wanted, *hints, cause=cause)


def fitted_factor(got, expected):
    """The number f with ``got = f * expected``, or None if there is none."""
    size = np.sum(expected * expected)
    factor = np.sum(got * expected) / size if size > 0 else 0.0
    close = factor and np.allclose(got, factor * expected, rtol=1e-5, atol=1e-12)
    return float(factor) if close else None


def join_names(names):
    """Names as English writes them: "W1", "W1 and b1", "W1, b1 and W2"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def relative_error(x, y):
    """Largest difference of two arrays, relative to the size of their elements."""
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def _shape_hint(got, shape):
    if got.size == np.prod(shape) and 1 in got.shape:
        return "One axis has length 1. Do you want a vector here?"
    if got.ndim < len(shape) or len(shape) == 1:
        return "Which axis do you reduce, and which one should be left?"
    return "Look at the order of the factors in each product and at the axis of each sum."


def _factor_hint(got, expected):
    """A sentence if `got` is a telling multiple of `expected`: -1, 2, a half, 5, a fifth."""
    factor = fitted_factor(got, expected)
    if not factor:
        return ""
    whole = max(abs(factor), 1 / abs(factor))
    if got.size == 1 and abs(whole - round(whole)) > 1e-5 * whole:
        return ""  # any two numbers have some factor between them
    return f"It is {factor:.6g} times the expected value. Where could that factor come from?"
