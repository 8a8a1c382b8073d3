"""How near the reference's training is to its floor, and to libraries."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from grader.lab.reference import SOLUTIONS
from tools.dev.bench.cost import run

WORKER = Path(__file__).with_name("training_worker.py")


def measure_training(rounds: int, python: Path = Path(sys.executable)) -> dict[str, Any]:
    """CPU of a step by size and kind, and ratios to the matrix products alone.

    Raises
    ------
    RuntimeError
        If the measuring process fails; with what it wrote.
    """
    done = run([python, WORKER, SOLUTIONS, str(rounds)], timeout_s=1_800)
    if done.status != 0:
        raise RuntimeError(f"training could not be measured:\n{done.output[-2000:]}")
    found = json.loads(done.output.splitlines()[-1])
    return {size: _row(times) for size, times in found.items()}


def _row(times: dict[str, float]) -> dict[str, float]:
    floor = times["products"]
    row = {f"{name} ms": round(ms, 3) for name, ms in times.items()}
    drawn = times["products_of_drawn_batches"]
    return row | {
        **{
            f"{name} by products": round(ms / floor, 2)
            for name, ms in times.items()
            if name != "products"
        },
        "reference by products_of_drawn_batches": round(times["reference"] / drawn, 2),
    }
