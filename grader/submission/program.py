"""A submission's modules as they are imported inside the sandbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.submission.files import Parts
from grader.submission.source import decode_source

MAIN = "cattern.neural_net"
NO_PATH = ""  # of source that is not the student's: no line of it is shown

# What the release hands out beside the class: a submission may import it and need not hand it in.
# It holds no answer. Name in the source -> the files that it takes.
_GIVEN = {
    "gradient_check": ("solutions/cattern/gradient_check.py",),
    "mnist_data": ("mnist_data/**/*.py",),
}

# Stands in for the student's class where there is none, so that best_net can still be unpickled.
STAND_IN = """
class TwoLayerNet:
    def __init__(self, *sizes, **settings):
        self.params = {}

    def predict(self, X):
        raise NotImplementedError("there is no neural_net.py that can be used to predict")
"""


@dataclass(frozen=True)
class Program:
    """What is imported, and how; `best_net` is the saved network's bytes."""

    modules: tuple[tuple[str, str, str], ...]  # name, path, text
    best_net: bytes | None
    rescue: bool = False

    @property
    def main_text(self) -> str:
        """Source of the module that holds the class."""
        return next(text for name, _, text in self.modules if name == MAIN)

    def without_main(self) -> Program:
        """The same with a class that does nothing in place of the student's."""
        others = tuple(one for one in self.modules if one[0] != MAIN)
        return replace(self, modules=(*others, (MAIN, NO_PATH, STAND_IN)))

    def message(
        self, seed: int, rounds: list[list[str]]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The frame that asks for it, and for the answers to the rounds of questions."""
        header = {
            "modules": [{"name": name, "path": path} for name, path, _ in self.modules],
            "main": MAIN,
            "rescue": self.rescue,
            "seed": seed % 2**32,
            "rounds": rounds,
        }
        arrays = {
            f"source/{at}": np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
            for at, (_, _, text) in enumerate(self.modules)
        }
        if self.best_net is not None:
            arrays["best_net"] = np.frombuffer(self.best_net, np.uint8)
        return header, arrays


def program_of(parts: Parts) -> Program:
    """The modules a submission is made of, with what it may take for granted."""
    own = {name: (path, decode_source(data)) for name, (path, data) in parts.modules.items()}
    if parts.source is None:
        own[MAIN] = (NO_PATH, STAND_IN)
    else:
        path, content = parts.source
        own[MAIN] = (path, decode_source(content))
    modules = {**_given_modules(tuple(text for _, text in own.values())), **own}
    best_net = parts.best_net[1] if parts.best_net else None
    return Program(tuple((name, *module) for name, module in modules.items()), best_net)


def _given_modules(texts: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """The modules of the release that some source speaks of: name -> (path, text)."""
    spoken_of = (name for name in _GIVEN if any(name in text for text in texts))
    return {name: file for given in spoken_of for name, file in _read_given(given).items()}


@cache
def _read_given(given: str) -> dict[str, tuple[str, str]]:
    root, found = Path(__file__).resolve().parents[2], {}
    for pattern in _GIVEN[given]:
        for file in sorted(root.glob(pattern)):
            path = file.relative_to(root).as_posix().removeprefix("solutions/")
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found[name] = (path, file.read_text(encoding="utf-8"))
    return found
