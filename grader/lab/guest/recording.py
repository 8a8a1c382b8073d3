"""Watches `train` through a `loss` that returns scripted gradients.

The batches, the parameters after each step and the learning rate that they imply are then
independent of what the student's own `loss` and `predict` do.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np
from describe import Seen, describe, plain
from network import PARAMS, Arrays, Keys, Renamed, Shapes, own_keys, params_of

Call = dict[str, Any]  # of `loss`: its arguments, where it came from, what it was given
Calls = list[Call]
Place = tuple[tuple[CodeType, int], ...]
MAX_CALLS = 2_000
SHIFT = 5  # apart from the gradients that a stale one could be
KEPT_ELEMENTS = 60_000  # of all batches together; those of an honest training have 1,000


class _Labels(np.ndarray):
    """Labels that can be compared with any number of others.

    The scaffold compares them with `y_batch`; a batch with too many labels must not end the
    training, whose steps and rates are other tasks.
    """

    def __eq__(self, other: Any) -> Any:
        return super().__eq__(other) if np.shape(other) == self.shape else np.zeros(self.shape)

    def __ne__(self, other: Any) -> Any:
        return super().__ne__(other) if np.shape(other) == self.shape else np.ones(self.shape)

    __hash__ = None


class Recording:
    """Every call of `loss` in one training, in order, answered with scripted gradients.

    Parameters
    ----------
    scripted_grads : dict
        Keyed as the parameters, arrays of shape (number of steps, *shape of the parameter).
    returned : object
        What the student's own `loss` has once returned; what stands in for it has the same form.
    rate_name : str
        What `train` calls its learning rate.

    Notes
    -----
    Some look at other losses beside the training: of a whole set, of a few rows, of the same batch
    after the step. So calls are told apart by the place in the code that they come from. Each place
    has all the scripted gradients from the first on, whatever is asked for elsewhere, and which
    place is the training's is found afterwards. A place that asks for other rows than the call
    before it, or with another reg, gets them in another order: a step along them is then seen.
    """

    def __init__(
        self, scripted_grads: Arrays, returned: object = None, rate_name: str = "learning_rate"
    ) -> None:
        self.grads = scripted_grads
        self.returned, self.rate_name = returned, rate_name
        self._left = KEPT_ELEMENTS
        self._signature: Any = None  # of the student's own `loss`
        self.calls: Calls = []
        self._last_at: dict[Place, Call] = {}  # place -> the last call from it
        self._shifts: dict[Place, int] = {}  # place -> by how much its gradients are moved on

    def watched(self, base: type[Any]) -> type[Any]:
        """A subclass of the student's class whose training is recorded."""
        recording = self
        with contextlib.suppress(TypeError, ValueError):
            self._signature = inspect.signature(base.loss)

        class Recorder(base):  # type: ignore[misc]  # known only at run time
            def loss(self, *args: Any, **named: Any) -> Any:
                return recording.loss(self, *recording.arguments(self, args, named))

            def predict(self, X: Any) -> np.ndarray:
                for call in recording._last_at.values():
                    call["after"] = _copied(params_of(self))
                return np.zeros(0 if X is None else len(X), dtype=np.int64).view(_Labels)

        Recorder.__name__, Recorder.__qualname__ = base.__name__, base.__qualname__  # for messages
        return Recorder

    @contextlib.contextmanager
    def standing_in(self, base: type[Any]) -> Iterator[None]:
        """While this lasts, the class's own `loss` is recorded too: some write TwoLayerNet.loss."""

        def loss(net: Any, *args: Any, **named: Any) -> Any:
            return self.loss(net, *self.arguments(net, args, named))

        owners: list[tuple[Any, Any]] = [
            (one, vars(one)["loss"]) for one in base.__mro__ if "loss" in vars(one)
        ]
        for owner, _ in owners:
            owner.loss = loss
        try:
            yield
        finally:
            for owner, own in owners:
                owner.loss = own

    def loss(self, net: Any, X: Any, y: Any, reg: Any) -> Any:
        """What stands in for the student's `loss`: scores of nothing, or a loss and gradients."""
        if y is None and X is not None:
            return np.zeros((len(X), self.grads["b2"].shape[1]))
        if len(self.calls) == MAX_CALLS:
            raise RuntimeError("train() calls loss() without end")
        place, learning_rate, counters = _place(self.rate_name)
        params = _copied(params_of(net))
        given = self._given_at(place, X, params, counters)
        call = {
            "place": place,
            "given": given,
            "at": self._script_at(place, given, X, _number(reg)),
            "asked": X,
            "counters": counters,
            "X": self._kept(X),
            "y": self._kept(y),
            "reg": _number(reg),
            "learning_rate": _number(learning_rate),
            "params": params,
        }
        self.calls.append(call)
        self._last_at[place] = call
        at = call["at"]
        grads = {name: steps[at].copy() for name, steps in self.grads.items()}
        # As a sum of numpy's would be; the loss of batches goes up and down.
        return self._in_form(net, np.float64((1.0 + at % 2) / (1 + at)), grads)

    def arguments(
        self, net: Any, args: Sequence[Any], named: dict[str, Any]
    ) -> tuple[Any, Any, Any]:
        """X, y and reg of a call of `loss`; some give it further settings or other names."""
        if self._signature and not named.keys() <= {"X", "y", "reg"}:
            bound = self._signature.bind(net, *args, **named)
            bound.apply_defaults()
            args, named = list(bound.arguments.values())[1:4], {}
        given = dict(zip(("X", "y", "reg"), args, strict=False)) | named
        return given.get("X"), given.get("y"), given.get("reg", 0.0)

    def _given_at(self, place: Place, X: Any, params: Arrays, counters: dict[str, int]) -> int:
        """Which scripted gradients a call gets: the next ones, or for a second look the same.

        A second look asks for the same batch again, from the same place, before the step is done.
        """
        last = self._last_at.get(place)
        if last is None:
            return 0
        given: int = last["given"]
        if X is None or X is not last["asked"]:
            return given + 1
        changed = [name for name in params if not _is_same_array(params, last["params"], name)]
        is_begun = len(changed) < len(PARAMS) and counters == last["counters"]
        return given + bool(changed and not is_begun)

    def _script_at(self, place: Place, given: int, X: Any, reg: float | None) -> int:
        """Which of the scripted gradients a call is handed."""
        last = self.calls[-1] if self.calls else None
        is_elsewhere = last is not None and last["place"] != place and last["reg"] == reg
        if last is not None and is_elsewhere and np.array_equal(last["asked"], X):
            at: int = last["at"]  # the same rows have the same gradient
            return at
        length = len(self.grads["b2"])
        shift = self._shifts.setdefault(place, SHIFT * len(self._shifts))
        return (given + shift) % length if shift else min(given, length - 1)

    def _kept(self, value: object) -> tuple[dict[str, Any], np.ndarray | None]:
        kind, array = describe(value, max_elements=min(20_000, self._left))
        self._left -= 0 if array is None else array.size
        return kind, array

    def _in_form(self, net: Any, loss: np.float64, grads: Arrays) -> tuple[Any, ...]:
        """A loss and gradients in the form, and under the keys, of the student's own."""
        keys = {name: own for name, own in own_keys(params_of(net)).items() if own != name}
        own = self.returned if isinstance(self.returned, (tuple, list)) else (0.0, {})
        if len(own) == 2 and not keys and isinstance(own[1], dict) and set(own[1]) <= set(PARAMS):
            return loss, grads
        shapes = {name: grad.shape for name, grad in grads.items()}
        return tuple(_replaced(value, loss, grads, shapes, keys) for value in own)

    def forget(self) -> None:
        """Begin again, as if nothing had been trained."""
        self.calls.clear()
        self._last_at.clear()
        self._shifts.clear()

    def steps(self, num_iters: int, batch_size: int, reg: float) -> Calls:
        """The calls that are the training's own.

        They come from one place, which asks `num_iters` times; among several from that with
        batches of `batch_size` rows and the given `reg`, and other ones each time; then from the
        first. If several
        such places are each followed by a step, all of them belong to the training. Where none
        asks so often, the training broke off or has several places: every call for a batch of
        that size counts, or every call if there is none, but for a batch that is asked about
        again before anything has changed.
        """
        places: dict[Place, Calls] = {}
        for call in self.calls:
            places.setdefault(call["place"], []).append(call)
        ways = [one for calls in places.values() for one in (calls, _without_second_looks(calls))]
        whole = [calls for calls in ways if len(calls) == num_iters]
        stepping = {calls[0]["place"] for calls in whole if self._trains(calls, batch_size)}
        if len(stepping) > 1:
            return [call for call in self.calls if call["place"] in stepping]
        if whole:
            return max(
                whole,
                key=lambda calls: (
                    _are_batches(calls, batch_size),
                    calls[0]["reg"] == reg,
                    _vary(calls),
                    self._is_followed_by_steps(calls),
                ),
            )
        calls = [call for call in self.calls if _are_batches([call], batch_size)] or self.calls
        return [
            call
            for at, call in enumerate(calls)
            if at == 0 or not _is_asked_again(call, calls[at - 1])
        ]

    def _trains(self, calls: Calls, batch_size: int) -> bool:
        return (
            _are_batches(calls, batch_size) and _vary(calls) and self._is_followed_by_steps(calls)
        )

    def _is_followed_by_steps(self, calls: Calls) -> bool:
        """Whether the parameters change between the first of some calls and the next of all."""
        at = next(at for at, call in enumerate(self.calls) if call is calls[0])
        following = self.calls[at + 1 : at + 2]
        return not all(_is_same(call["params"], calls[0]["params"]) for call in following)


def _replaced(value: Any, loss: np.float64, grads: Arrays, shapes: Shapes, keys: Keys) -> Any:
    """What stands in for one of the values that the student's own `loss` returns."""
    if isinstance(value, dict):
        own = {name: key for name, key in own_keys(value, shapes).items() if key in value}
        names = {name: {**keys, **own}.get(name, name) for name in grads}
        # Other keys of grads are T#7's fault: the step may ask for either.
        return Renamed({**value, **{names[name]: grads[name] for name in grads}}, names)
    if np.ndim(value) == 0:
        return loss
    near = [name for name, shape in shapes.items() if np.shape(value) == shape]
    return grads[near[0]] if len(near) == 1 else value


def _without_second_looks(calls: Calls) -> Calls:
    return [
        call for at, call in enumerate(calls) if not at or call["given"] != calls[at - 1]["given"]
    ]


def _place(rate_name: str) -> tuple[Place, Any, dict[str, int]]:
    """Where in the code `loss` is called, helpers on the way included; the rate and the counters.

    The counters are the whole numbers that `train` holds, which tell one iteration from another.
    """
    frame: Any = sys._getframe(3)
    place, learning_rate, counters = [], None, {}
    while frame is not None:
        place.append((frame.f_code, frame.f_lasti))
        is_train = frame.f_code.co_name == "train"
        if learning_rate is None or is_train:
            variables = frame.f_locals
            learning_rate = variables.get(rate_name) if learning_rate is None else learning_rate
            counters = {k: one for k, one in variables.items() if is_train and type(one) is int}
        frame = frame.f_back
    return tuple(place), learning_rate, counters


def _are_batches(calls: Calls, batch_size: int) -> bool:
    return all(call["X"][0].get("shape", ())[:1] == [batch_size] for call in calls)


def _vary(calls: Calls) -> bool:
    first = calls[0]["X"][1]
    return not all(np.array_equal(call["X"][1], first) for call in calls)


def _is_asked_again(call: Call, last: Call) -> bool:
    return (
        call["place"] != last["place"]
        and call["asked"] is last["asked"]
        and _is_same(call["params"], last["params"])
    )


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except Exception:
        return None


def _copied(params: Mapping[Any, Any]) -> Arrays:
    """Copies of the parameters as float64; a parameter that is no array of numbers is left out."""
    copies, keys = {}, own_keys(params)
    for name in PARAMS:
        _, array = describe(params.get(keys.get(name, name)))
        if array is not None:
            copies[name] = array.astype("<f8")
    return copies


def report(
    seen: Seen,
    calls: Calls,
    batches: Calls,
    final_params: Mapping[Any, Any],
    num_iters: int,
    with_params: bool,
) -> None:
    """Put the record of a training run into a reply, arrays of all calls stacked.

    `calls` are those of the training itself, `batches` the same and perhaps more: calls of which
    the batches alone are looked at. Batches of different sizes come one after the other instead,
    (rows of all calls, D). What comes after the `num_iters` planned calls is left out: how many
    there are is in the scaffold's hands, not in those of the tasks.
    """
    final = calls[num_iters]["params"] if len(calls) > num_iters else _copied(final_params)
    calls, batches = calls[:num_iters], batches[:num_iters]
    seen.values["num_calls"] = len(calls)
    seen.values["given"] = [call["at"] for call in calls]
    seen.values["reg"] = [call["reg"] for call in calls]
    seen.values["learning_rate"] = [call["learning_rate"] for call in calls]
    for name in ("X", "y"):
        stacked = _stacked([call[name][1] for call in batches])
        if stacked is not None:
            seen.arrays[f"batch/{name}"] = stacked
        seen.values[f"{name}_shapes"] = [list(call[name][0].get("shape", ())) for call in batches]
    if not with_params:
        return
    states = _states(calls, final)
    for name in ("W1", "b1", "W2", "b2"):
        stacked = _stacked([state.get(name) for state in states])
        if stacked is not None:
            seen.arrays[f"params/{name}"] = stacked


def _states(calls: Calls, final: Arrays) -> list[Arrays]:
    """Parameters before each step and after the last.

    Some put the best parameters back in the end. After the last step they are then taken from
    where `predict` was asked for the accuracy.
    """
    states = [call["params"] for call in calls]
    after = calls[-1].get("after", final) if calls else final
    is_put_back = any(_is_same(final, state) for state in states)
    if is_put_back and not any(_is_same(after, state) for state in states):
        final = after
    return [*states, final]


def _is_same(ours: Arrays, theirs: Arrays) -> bool:
    return ours.keys() == theirs.keys() and all(_is_same_array(ours, theirs, name) for name in ours)


def _is_same_array(ours: Arrays, theirs: Arrays, name: str) -> bool:
    return name in theirs and np.array_equal(ours[name], theirs[name])


def _stacked(given: Sequence[np.ndarray | None]) -> np.ndarray | None:
    arrays = [array for array in given if array is not None]
    if not arrays or len(arrays) < len(given):
        return None
    if len({array.shape for array in arrays}) == 1:
        return plain(np.stack(arrays))
    if len({array.shape[1:] for array in arrays}) == 1 and all(array.ndim for array in arrays):
        return plain(np.concatenate(arrays))
    return None
