"""Loads the student's best network, whatever it is and however it was saved."""

from __future__ import annotations

import contextlib
import gzip
import io
import pickle
import sys
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any, NoReturn

import numpy as np
from network import PARAMS, Arrays, make_network


class BestNetError(Exception):
    """The saved network cannot be used; the message says why, for the student."""


class _Unpickler(pickle.Unpickler):
    """Finds classes under the names they had where the pickle was made."""

    def __init__(self, file: IO[bytes], main: str) -> None:
        super().__init__(file)
        self.main = main

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("numpy.core"):  # numpy 1 wrote it, numpy 2 reads it
            module = "numpy._core" + module[len("numpy.core") :]
        try:
            return super().find_class(module, name)
        except (ImportError, AttributeError):
            # A class of the notebook, or of a module that was renamed before handing in.
            found = getattr(sys.modules[self.main], name, None)
        if found is None:
            raise BestNetError(
                f"the file needs {name[:60]} from the module {module[:60]}, which is neither in "
                "your submission nor in Python or numpy. Hand in the module too, or save a "
                "TwoLayerNet"
            )
        return found


class _Parameters:
    """Good parameters of a class that takes none: they can still be looked at."""

    def __init__(self, params: Arrays, error: Exception) -> None:
        self.params = params
        self._error = error

    def predict(self, X: np.ndarray) -> NoReturn:
        """Fails as the class did."""
        raise self._error


def load(content: bytes, main: str, net_class: type[Any], deviations: set[str]) -> Any:
    """The student's network from the bytes of a pickle, an npz or an npy file.

    Slugs of what is not as asked are added to the set `deviations`.

    Raises
    ------
    BestNetError
        If the bytes hold no network. Loading a pickle runs code, which may raise anything.
    """
    try:
        saved = _read(content, main)
    except (pickle.UnpicklingError, EOFError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise BestNetError(
            f"the file cannot be read ({error}): it is incomplete, damaged, or neither a pickle "
            "nor an npz file. Save it again, and load it once before you hand it in"
        ) from error
    if isinstance(saved, type):
        raise BestNetError(
            f"the file contains the class {saved.__name__[:40]} itself, not a network"
        )
    found = list(_networks(saved, net_class))
    params = None if found else _by_shape(saved)
    if params:
        deviations.add("best-net-arrays")
        found = [_from_params(params, net_class)]
    if len(found) != 1:
        raise BestNetError(f"{_what(saved)}, which is not a network: it has no predict() and no W1")
    if isinstance(saved, dict) and "data" in saved:  # which data set it was trained on
        with contextlib.suppress(Exception):
            found[0].data = str(saved["data"])
    return found[0]


def _read(content: bytes, main: str) -> Any:
    if not content:
        raise EOFError("it is empty")
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {
                name.removesuffix(".npy"): _array(archive.read(name), main)
                for name in archive.namelist()
            }
    if content.startswith(np.lib.format.MAGIC_PREFIX):
        return _array(content, main)
    return _Unpickler(io.BytesIO(content), main).load()


def _array(content: bytes, main: str) -> Any:
    """An array, or the object in it: `np.savez` packs a dict or a network into an array of one."""
    if not content.startswith(np.lib.format.MAGIC_PREFIX):
        return None  # of another program's zip file
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    header = "read_array_header_1_0" if version == (1, 0) else "read_array_header_2_0"
    kind = getattr(np.lib.format, header)(file)[2]
    if not kind.hasobject:
        return np.load(io.BytesIO(content), allow_pickle=False)
    array = _Unpickler(file, main).load()
    return array.item() if getattr(array, "size", 0) == 1 else array


def _networks(saved: Any, net_class: type[Any], depth: int = 2) -> Iterator[Any]:
    """What can predict, or holds parameters: the thing itself, or things inside it."""
    if callable(getattr(saved, "predict", None)):
        yield saved
    elif isinstance(getattr(saved, "params", None), dict):
        yield _from_params(saved.params, net_class)
    elif isinstance(saved, dict) and any(_named(saved, name) for name in PARAMS):
        yield _from_params(saved, net_class)
    elif isinstance(saved, (dict, list, tuple)) and depth:
        for inner in list(saved.values() if isinstance(saved, dict) else saved)[:100]:
            yield from _networks(inner, net_class, depth - 1)


def _by_shape(saved: Any) -> Arrays | None:
    """Four arrays in a list or under any names, told apart by their shapes; else None."""
    if isinstance(saved, np.ndarray) and saved.dtype == object:
        saved = list(saved.flat)
    values = list(saved.values()) if isinstance(saved, dict) else saved
    if not isinstance(values, (list, tuple)) or len(values) != len(PARAMS):
        return None
    try:
        arrays = [np.squeeze(np.asarray(value, dtype=np.float64)) for value in values]
    except (TypeError, ValueError):
        return None
    matrices = [array for array in arrays if array.ndim == 2]
    vectors = {array.size: array for array in arrays if array.ndim == 1}
    if len(matrices) != 2 or len(vectors) != 2:
        return None
    if matrices[0].shape[1] != matrices[1].shape[0]:
        matrices.reverse()
    (_, H), (inner, C) = (matrix.shape for matrix in matrices)
    if inner != H or set(vectors) != {H, C}:
        return None
    return {"W1": matrices[0], "b1": vectors[H], "W2": matrices[1], "b2": vectors[C]}


def _named(arrays: Mapping[Any, Any], name: str) -> list[Any]:
    """The keys that name a parameter, whatever their case and whatever stands before a slash."""
    return [key for key in arrays if str(key).split("/")[-1].lower() == name.lower()]


def _from_params(arrays: Mapping[Any, Any], net_class: type[Any]) -> Any:
    """A network of the student's own class with these parameters."""
    params = {}
    for name in PARAMS:
        near = _named(arrays, name)
        if len(near) != 1:
            found = ", ".join(sorted(str(key)[:40] for key in arrays)[:10])
            raise BestNetError(f"the saved parameters lack {name}; found: {found or 'none'}")
        try:
            params[name] = np.asarray(arrays[near[0]], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise BestNetError(f"the saved {name} is not an array of numbers") from error
    if params["W1"].ndim != 2 or params["W2"].ndim != 2:
        raise BestNetError("the saved W1 and W2 must have two dimensions")
    try:
        return make_network(net_class, params)
    except Exception as error:
        return _Parameters(params, error)


def _what(saved: object) -> str:
    if isinstance(saved, dict):
        keys = ", ".join(str(key)[:40] for key in list(saved)[:10])
        return f"the file contains {keys or 'nothing'}"
    name = type(saved).__name__[:40]
    return f"the file contains {'an' if name[0] in 'aeiou' else 'a'} {name}"
