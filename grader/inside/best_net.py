"""Loads the student's best network, whatever it is, and asks it for labels."""

import io
import pickle
import sys

import numpy as np


class _Unpickler(pickle.Unpickler):
    """Finds classes under the names they had where the pickle was made."""

    def __init__(self, file, main):
        super().__init__(file)
        self.main = main

    def find_class(self, module, name):
        if module.startswith("numpy.core"):  # numpy 1 wrote it, numpy 2 reads it
            module = "numpy._core" + module[len("numpy.core") :]
        try:
            return super().find_class(module, name)
        except (ImportError, AttributeError):
            # A class of the notebook, or of a module that was renamed before handing in.
            return getattr(sys.modules[self.main], name)


def load(content, main, make_net):
    """The student's network from the bytes of a pickle or an npz."""
    if content[:4] == b"PK\x03\x04":
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _from_params({name: arrays[name] for name in arrays.files}, make_net)
    loaded = _Unpickler(io.BytesIO(content), main).load()
    if isinstance(loaded, dict) and not hasattr(loaded, "predict"):
        return _from_params(loaded, make_net)
    if not callable(getattr(loaded, "predict", None)):
        raise TypeError(f"best_net is a {type(loaded).__name__}, which has no predict()")
    return loaded


def _from_params(arrays, make_net):
    """A network of the student's own class with these parameters."""
    params = {}
    for name in ("W1", "b1", "W2", "b2"):
        near = [key for key in arrays if str(key).split("/")[-1].lower() == name.lower()]
        if len(near) != 1:
            found = ", ".join(sorted(str(key)[:40] for key in arrays)[:10])
            raise KeyError(f"the saved parameters lack {name}; found: {found}")
        params[name] = np.asarray(arrays[near[0]], dtype=np.float64)
    if params["W1"].ndim != 2 or params["W2"].ndim != 2:
        raise ValueError("the saved W1 and W2 must have two dimensions")
    net = make_net(params["W1"].shape[0], params["W1"].shape[1], params["W2"].shape[1])
    net.params.update(params)
    return net
