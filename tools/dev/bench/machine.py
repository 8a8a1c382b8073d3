"""On what a figure was measured."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

import numpy as np

from tools.common.machine import available_cores


def describe() -> dict[str, str | int | float]:
    """Date, processor, cores, load of others, versions."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": available_cores(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
