"""Where the loss of a right training stays: measured once, kept beside the code.

`python -m tools.dev.measure_loss_bands` measures again; a test holds that the settings are still
those of the question that students' code is asked.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np

FILE = "loss_bands.npz"


@functools.cache
def _stored() -> dict[str, np.ndarray]:
    source = resources.files("tools.course.report.pages") / FILE
    with source.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def loss_band(kind: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Lowest and highest loss of the reference at each step, (steps,) each.

    Over many seeds, each curve averaged over a few steps as it is drawn; None for other data than
    "mnist" and "synthetic".
    """
    stored = _stored()
    if f"{kind}_low" not in stored:
        return None
    return stored[f"{kind}_low"], stored[f"{kind}_high"]


def band_settings() -> Mapping[str, Any]:
    """How the bands were measured: options of the question, seeds, steps in an average."""
    settings: dict[str, Any] = json.loads(str(_stored()["settings"]))
    return settings
