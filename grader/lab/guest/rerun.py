"""Reruns a student's `loss` with given results of T#5, and measures the slopes of their own loss.

T#6, T#7 and T#11 are other tasks than T#5. If the student's scores are wrong, the later tasks are
observed on scores and a hidden layer that everybody is given. These are arbitrary numbers: the
right ones would be an answer.
"""

from __future__ import annotations

import contextlib
import dis
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

import loading
import numpy as np
from network import PARAMS, Arrays, given_hidden, given_scores, make_network

_NESTED = (tuple, list, dict)


class _FirstCall:
    """Follows the first call of the student's `loss`, line by line."""

    def __init__(self) -> None:
        self.frame: FrameType | None = None

    def trace(self, frame: FrameType, event: str, arg: object) -> Any:
        if not _is_loss(frame) or self.frame is not None:
            return None
        self.frame = frame
        return self._follow

    def _follow(self, frame: FrameType, event: str, arg: object) -> Any:
        raise NotImplementedError


class _Path(_FirstCall):
    """The lines that `loss` runs through, and where it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []
        self.name: str | None = None  # the variable that is returned

    def _follow(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "line":
            self.lines.append(frame.f_lineno)
        elif event == "return":
            self.name = _returned_name(frame)
        return self._follow


def _returned_name(frame: FrameType) -> str | None:
    """The variable that a frame returns; None for an expression, or if it raised."""
    before = None
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset == frame.f_lasti:
            break
        if instruction.opname != "CACHE":
            before = instruction
    is_return = frame.f_code.co_code[frame.f_lasti] == dis.opmap["RETURN_VALUE"]
    if not is_return or before is None or not before.opname.startswith("LOAD_FAST"):
        return None
    return str(before.argval)


class _Insertion(_FirstCall):
    """Puts given scores and a given hidden layer where the path to the scores is left.

    A call with labels follows the lines of a call without them until the scores would be returned.
    There T#5 ends, whatever its variables are called.
    """

    def __init__(self, path: _Path, inputs: Arrays, net: Any, X: np.ndarray) -> None:
        super().__init__()
        self.path, self.inputs, self.net, self.X = path, inputs, net, X
        self.at = 0
        self.is_done = False
        self.end: dict[str, Any] = {}  # local variables when `loss` ends

    def _follow(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "return":
            self.end = dict(frame.f_locals)
        elif event == "line" and not self.is_done:
            lines = self.path.lines
            if self.at < len(lines) and lines[self.at] == frame.f_lineno:
                self.at += 1
            elif self.at and self.path.name:
                self._insert(frame)
                self.is_done = True
        return self._follow

    def _insert(self, frame: FrameType) -> None:
        variables = frame.f_locals  # reading it a second time would undo what was put there
        name = self.path.name or ""  # never empty: that is asked before
        others = [value for key, value in variables.items() if key != name]
        self._overwrite([*others, *vars(self.net).values()], variables.get(name))
        variables[name] = given_scores(self.inputs)
        # What T#5 has made of the inputs and of the parameters is no fault of later tasks.
        for name in PARAMS:
            param = self.net.params.get(name)
            if isinstance(param, np.ndarray) and param.shape == self.inputs[name].shape:
                param[...] = self.inputs[name]
        for argument, key in zip(frame.f_code.co_varnames[1:3], ("X", "y"), strict=False):
            variables[argument] = self.inputs[key].copy()

    def _overwrite(self, values: Iterable[object], own_scores: object, depth: int = 1) -> None:
        """Overwrite arrays that look like the hidden layer, also inside of caches."""
        for value in values:
            if isinstance(value, np.ndarray):
                self._overwrite_hidden(value, own_scores)
            elif isinstance(value, _NESTED) and depth:
                inner = value.values() if isinstance(value, dict) else value
                self._overwrite(inner, own_scores, depth - 1)

    def _overwrite_hidden(self, array: np.ndarray, own_scores: object) -> None:
        kept = [self.X, *self.net.params.values(), own_scores]
        is_kept = any(isinstance(one, np.ndarray) and np.shares_memory(array, one) for one in kept)
        hidden = given_hidden(self.inputs)
        if is_kept or not array.flags.writeable or array.dtype.kind not in "fb":
            return
        if array.dtype.kind == "b":
            hidden = hidden > 0
        if array.shape == hidden.shape:
            array[...] = hidden
        elif array.shape == hidden.T.shape:
            array[...] = hidden.T


def _is_loss(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_name == "loss" and code.co_filename.startswith(loading.ROOT)


@contextlib.contextmanager
def traced(trace: Callable[[FrameType, str, object], Any]) -> Iterator[None]:
    """While this lasts, `trace` sees each call."""
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def loss_of_given_scores(
    net_class: type[Any], inputs: Arrays, reg: float
) -> tuple[Any, dict[str, Any]] | None:
    """What `loss` returns if T#5 is given, and its local variables at the end.

    Returns
    -------
    tuple or None
        The returned value (None if it raised) and a dict of variables; None if the given scores
        cannot be inserted: the code does not return its scores from a variable.
    """
    path, net = _Path(), make_network(net_class, inputs)
    with traced(path.trace), contextlib.suppress(BaseException):
        net.loss(inputs["X"].copy())
    net, X, y = make_network(net_class, inputs), inputs["X"].copy(), inputs["y"].copy()
    insertion, returned = _Insertion(path, inputs, net, X), None
    with traced(insertion.trace), contextlib.suppress(BaseException):
        returned = net.loss(X, y, reg=reg)
    return (returned, insertion.end) if insertion.is_done else None


def labels_of_given_scores(net_class: type[Any], inputs: Arrays) -> Any:
    """The labels that `predict` makes of given scores; None if it never asks `loss` for scores."""
    given, calls = given_scores(inputs), []

    class Given(net_class):  # type: ignore[misc]  # known only at run time
        def loss(self, X: np.ndarray, y: np.ndarray | None = None, *more: Any, **named: Any) -> Any:
            calls.append(len(X))
            return given[: len(X)].copy() if y is None else (np.nan, {})

    labels = None
    with contextlib.suppress(BaseException):
        labels = make_network(Given, inputs).predict(inputs["X"].copy())
    return labels if calls else None


def slopes(net: Any, inputs: Arrays, reg: float, h: float) -> Arrays:
    """Central differences of the student's own loss, for each parameter by name."""
    X, y = inputs["X"], inputs["y"]
    return _differences(net, h, lambda: float(net.loss(X.copy(), y.copy(), reg=reg)[0]))


def slopes_of_scores(net: Any, inputs: Arrays, h: float) -> Arrays:
    """The same of the student's scores: arrays of shape (*shape of the parameter, N, C)."""
    return _differences(net, h, lambda: np.array(net.loss(inputs["X"].copy()), np.float64))


def _differences(net: Any, h: float, work: Callable[[], Any]) -> Arrays:
    found = {}
    for name in PARAMS:
        x = net.params[name]
        rows = []
        for index in np.ndindex(*x.shape):
            kept = x[index]
            x[index] = kept + h
            above = work()
            x[index] = kept - h
            below = work()
            x[index] = kept
            rows.append((above - below) / (2 * h))
        found[name] = np.array(rows).reshape(*x.shape, *np.shape(rows[0]))
    return found


def probed_losses(net: Any, inputs: Arrays, reg: float) -> np.ndarray:
    """The loss of a case, with the labels handed on by one example, and with other inputs, (3,).

    A single example is given the next label instead.
    """
    X, y = inputs["X"], inputs["y"]
    others = np.roll(y, 1) if len(y) > 1 else (y + 1) % inputs["b2"].size
    asked = [(X, y), (X, others), (X + np.cos(np.arange(X.size)).reshape(X.shape), y)]
    return np.array([float(net.loss(a.copy(), b.copy(), reg=reg)[0]) for a, b in asked])
