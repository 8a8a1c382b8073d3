"""Makes networks of the student's own class with given parameters, whatever their keys are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
Keys = dict[str, Any]  # name of a parameter -> its key in the student's dict
Shapes = dict[str, tuple[int, ...]]
PARAMS = ("W1", "b1", "W2", "b2")


def given_scores(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """Scores (N, C) of any kind for a case whose network has none; large where its own would be."""
    N, C, size = len(inputs["X"]), inputs["b2"].size, max(1.0, np.abs(inputs["W2"]).max())
    return np.asarray(inputs["b2"] + size * np.sin(np.arange(2.0, N * C + 2) ** 2).reshape(N, C))


def given_hidden(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """A hidden layer (N, H) of any kind for a case: zeros and positive numbers."""
    N, H = len(inputs["X"]), inputs["b1"].size
    return np.asarray(np.maximum(0, np.cos(np.arange(3.0, N * H + 3) ** 2)).reshape(N, H))


def make_network(net_class: type[Any], params: Arrays, renamed: list[str] | None = None) -> Any:
    """A network of the class, of the sizes that the parameters have, with copies of them.

    What the class calls otherwise than the lab is added to the list `renamed`.

    Raises
    ------
    TypeError
        If what is put into the network's `params` does not stay there.
    """
    D, H = params["W1"].shape
    net = net_class(D, H, params["W2"].shape[1])
    texts = rename(net)
    if renamed is not None:
        renamed += texts
    for name in PARAMS:
        _put(net, name, params[name])
    return net


def _put(net: Any, name: str, value: np.ndarray) -> None:
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
            f"a value stored in params[{name!r}] does not stay there: params must be a dict that "
            "contains the arrays themselves"
        )


def _is_of_kind(old: object, value: np.ndarray) -> bool:
    return (
        type(old) is np.ndarray
        and old.shape == value.shape
        and old.dtype == value.dtype
        and old.flags.writeable
    )


class Renamed(dict[Any, Any]):
    """Parameters or gradients under the student's keys, found under the lab's names too.

    A view: `own` is the student's dict and is what changes.
    """

    def __init__(self, own: Any, keys: Keys) -> None:
        super().__init__(own)
        self.own, self.keys_by_name = own, keys

    def __getitem__(self, key: Any) -> Any:
        return self.own[self.keys_by_name.get(key, key)]

    def __setitem__(self, key: Any, value: object) -> None:
        key = self.keys_by_name.get(key, key)
        self.own[key] = value
        super().__setitem__(key, value)

    def __contains__(self, key: Any) -> bool:
        return self.keys_by_name.get(key, key) in self.own

    def get(self, key: Any, default: Any = None) -> Any:
        """As of any dict."""
        return self.own.get(self.keys_by_name.get(key, key), default)


def params_of(net: Any) -> Mapping[Any, Any]:
    """The dict of a network's parameters, or its attributes if there is no such dict."""
    params = getattr(net, "params", None)
    return params if isinstance(params, Mapping) else getattr(net, "__dict__", {})


def own_keys(
    arrays: Mapping[Any, Any], shapes: Shapes | None = None, known: Keys | None = None
) -> Keys:
    """The student's key of each parameter: by the name itself, by a similar name, by its shape.

    `shapes` maps the lab's names to the shapes that the arrays have, and `known` to keys that may
    be used here as well. A parameter without a key is left out.
    """
    if isinstance(arrays, Renamed):
        return arrays.keys_by_name
    found = {name: name for name in PARAMS if name in arrays}
    if known and not found and all(key in arrays for key in known.values()):
        return known
    for name in PARAMS if len(found) < len(PARAMS) else ():
        near = [key for key in arrays if _is_like(key, name)]
        if name not in found and len(near) == 1:
            found[name] = near[0]
    if len(found) < len(PARAMS) and shapes:
        by_shape = _keys_by_shape(arrays, shapes)
        found = by_shape or found
    return found


def _is_like(key: Any, name: str) -> bool:
    letters = [letter for letter in str(key).lower() if letter.isalnum()]
    return bool(letters) and (letters[0], letters[-1]) == (name[0].lower(), name[1])


def _keys_by_shape(arrays: Mapping[Any, Any], shapes: Shapes) -> Keys:
    """The key of each parameter if exactly one array has its shape; rows count as vectors."""
    found = {}
    for name, shape in shapes.items():
        kinds = (shape, (1, *shape)) if len(shape) == 1 else (shape,)
        near = [key for key, value in arrays.items() if np.shape(value) in kinds]
        if len(near) != 1:
            return {}
        found[name] = near[0]
    return found


def rename(net: Any) -> list[str]:
    """Let a network's parameters be found under the lab's names; says which were renamed."""
    params = params_of(net)
    keys, is_dict = _keys_of(net), isinstance(getattr(net, "params", None), Mapping)
    texts = [] if is_dict else ["attributes for params"]
    texts += renamed(keys)
    if not texts or len(keys) < len(PARAMS):
        return []
    net.params = Renamed(params, keys)
    return texts


def _keys_of(net: Any) -> Keys:
    """The keys of a network's parameters; if their names say nothing, by shapes that all differ."""
    keys = own_keys(params_of(net))
    if len(keys) < len(PARAMS):
        D, H, C = 7, 5, 3
        shapes = {"W1": (D, H), "b1": (H,), "W2": (H, C), "b2": (C,)}
        return own_keys(params_of(type(net)(D, H, C)), shapes)
    return keys


def renamed(keys: Keys) -> list[str]:
    """Texts that say which keys stand for which parameters."""
    return [f"{str(key)[:40]} for {name}" for name, key in keys.items() if key != name]
