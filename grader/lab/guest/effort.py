"""Counts how often student code runs while it computes gradients once.

Backpropagation runs its lines once. Numerical gradients evaluate the loss, or perturb a
parameter, once for every single weight.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any

import loading
import numpy as np
from network import PARAMS, Arrays

FEW_LINES = 60  # code without loops ends before; only then are its variables worth a look
_MOST_LINES = 20_000  # after these, the counts are clear


class Effort:
    """What one call of the student's `loss` does, line by line."""

    def __init__(self, params: Arrays) -> None:
        self.params = {name: params[name].copy() for name in PARAMS}
        self.own = params
        self.lines = 0
        self.perturbed = 0  # lines at which some array is a parameter with one number changed
        self._calls: dict[CodeType, int] = {}

    @property
    def calls(self) -> int:
        """How often the most frequently called function of the student's was called."""
        return max(self._calls.values(), default=0)

    def trace(self, frame: FrameType, event: str, arg: object) -> Any:
        """Count the student's code; for `rerun.traced`."""
        if not frame.f_code.co_filename.startswith(loading.ROOT):
            return None
        self._calls[frame.f_code] = self._calls.get(frame.f_code, 0) + 1
        return self._follow

    def _follow(self, frame: FrameType, event: str, arg: object) -> Any:
        self.lines += event == "line"
        if event == "line" and FEW_LINES < self.lines < _MOST_LINES:
            self.perturbed += self._is_perturbed(frame)
        return self._follow

    def _is_perturbed(self, frame: FrameType) -> bool:
        values = [*frame.f_locals.values(), *self.own.values()]
        return any(isinstance(value, np.ndarray) and self._is_near(value) for value in values)

    def _is_near(self, array: np.ndarray) -> bool:
        """Whether the array is a parameter except for one number."""
        same_shape = [one for one in self.params.values() if one.shape == array.shape]
        return any(np.count_nonzero(array != one) == 1 for one in same_shape)
