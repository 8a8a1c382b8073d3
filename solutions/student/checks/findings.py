"""What a check can find, besides that all is well, and how arrays are compared."""

import numpy as np


class UnfinishedError(Exception):
    """The task still holds its stub."""


class BlockedError(Exception):
    """The task cannot be looked at before another one is done."""


class TooLongError(BaseException):
    """A check runs for ever; not an `Exception`, so that no `except Exception` takes it."""


class WrongError(Exception):
    """Something was got, and something else expected."""


def wrong(task, got, expected, look=""):
    """The finding that says what was got, what was expected and where to look.

    Parameters
    ----------
    task : str
        Such as "T#5".
    got, expected : str
        A main clause ("scores is None") and a noun phrase ("an array").
    look : str, optional
        Where to look, or a question to think about; a sentence.

    Returns
    -------
    WrongError
        To be raised.
    """
    return WrongError(f"{task}: {got}, expected {expected}." + (f"\n{look}" if look else ""))


def check_array(task, name, got, shape, letters, kind=np.floating):
    """Go up the ladder: is it there, an array, of the shape, of the kind, finite?

    Parameters
    ----------
    task, name : str
        Task and name of what is looked at.
    got : object
        What came back.
    shape : tuple of int
        The shape it should have.
    letters : str
        The same shape in letters, such as "(N, C)".
    kind : type, default=np.floating
        The kind of its elements: `np.floating` or `np.integer`.

    Raises
    ------
    WrongError
        At the first step that does not hold.
    """
    expected = f"an array of shape {shape} = {letters}"
    if got is None:
        raise wrong(task, f"{name} is None", expected, "Is it set, and returned?")
    if not isinstance(got, np.ndarray):
        raise wrong(task, f"{name} is of type {type(got).__name__}", expected)
    if got.shape != shape:
        raise wrong(
            task, f"{name} has shape {got.shape}", f"{shape} = {letters}", _shape_hint(got, shape)
        )
    if not np.issubdtype(got.dtype, kind):
        noun = "whole numbers" if kind is np.integer else "real numbers"
        raise wrong(task, f"{name} holds elements of type {got.dtype}", noun)
    if not np.isfinite(got).all():
        count = got.size - np.count_nonzero(np.isfinite(got))
        raise wrong(task, f"{name} holds {count} times nan or infinity", "finite numbers")


def check_close(task, name, got, expected, limit, look=""):
    """Compare two arrays, or two numbers, that have the same shape.

    Parameters
    ----------
    task, name : str
        Task and name of what is looked at.
    got, expected : array_like
        Finite numbers of one shape.
    limit : float
        Largest difference that is allowed, in absolute terms.
    look : str, optional
        Where to look if they differ.

    Raises
    ------
    WrongError
        With the element that is furthest off and, if all are off by one factor, the factor.
    """
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    off = np.abs(got - expected)
    if (off <= limit).all():
        return
    worst = tuple(int(i) for i in np.unravel_index(np.argmax(off), off.shape))
    where = f"{name}[{', '.join(map(str, worst))}]" if worst else name
    hints = [_factor_hint(got, expected), look]
    raise wrong(
        task,
        f"{where} is {got[worst]:.12g}",
        f"{expected[worst]:.12g} (off by {off[worst]:.3g}, at most {limit:g} is allowed)",
        "\n".join(hint for hint in hints if hint),
    )


def _shape_hint(got, shape):
    if got.size == np.prod(shape) and 1 in got.shape:
        return "One of its lengths is 1: do you want a vector?"
    if got.ndim < len(shape) or len(shape) == 1:
        return "Along which axis do you go, and which one is left?"
    return "Look at the order of the factors in the products, and at the axis of the sums."


def _factor_hint(got, expected):
    """A sentence if `got` is a telling multiple of `expected`: -1, 2, a half, 5, a fifth."""
    size = np.sum(expected * expected)
    factor = np.sum(got * expected) / size if size > 0 else 0.0
    if not factor or not np.allclose(got, factor * expected, rtol=1e-5, atol=0):
        return ""
    whole = max(abs(factor), 1 / abs(factor))
    if got.size == 1 and abs(whole - round(whole)) > 1e-5 * whole:
        return ""  # two numbers always have some factor between them
    return f"It is {factor:.6g} times what is expected: where may that come from?"
