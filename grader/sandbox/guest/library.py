"""Imports the whole standard library and numpy, for levels at which a child cannot read them."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pkgutil
import sys
import warnings
from collections.abc import Iterator

# Modules that act when they are imported, need a screen, or are large and of no use to a lab.
_LEFT_OUT = {
    *("__main__", "antigravity", "ensurepip", "idlelib", "lib2to3", "pip", "pydoc_data", "test"),
    *("this", "tkinter", "turtle", "turtledemo", "venv"),
}
_LEFT_OUT_INSIDE = {"__main__", "tests", "test", "conftest", "f2py", "distutils", "_pyinstaller"}


def import_all() -> None:
    """Import every module that this machine has of the standard library and of numpy."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for top in sorted((sys.stdlib_module_names | {"numpy"}) - _LEFT_OUT):
            for name in _with_submodules(top):
                # Modules of other systems raise what they like.
                with contextlib.suppress(Exception):
                    importlib.import_module(name)


def _with_submodules(name: str) -> Iterator[str]:
    """The name of a module and the names of all modules below it; the module is imported first."""
    yield name
    for folder in getattr(sys.modules.get(name), "__path__", ()):
        for inner in pkgutil.iter_modules([os.fspath(folder)]):
            if inner.name not in _LEFT_OUT_INSIDE:
                yield from _with_submodules(f"{name}.{inner.name}")
