"""Results of long runs kept in a file, so that a sweep that was stopped can go on."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

import solutions.cattern.neural_net
from grader.errors import KitError
from tools.common.atomic_write import write_atomic
from tools.transcript.training_runs import RandomState, Trained, TrainingRun


def versions_key(kind: str, states: Mapping[TrainingRun, RandomState]) -> str:
    """What results depend on; those under another key are not used again.

    That is the data, numpy, the reference's source, and the random state that each run begins in.
    """
    source = Path(solutions.cattern.neural_net.__file__).read_text(encoding="utf-8")
    parts = [kind, np.__version__, platform.machine(), source, *map(repr, states.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_runs(path: Path, key: str) -> dict[str, Trained]:
    """Results by the name of their run; none if the file is missing or has another key."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        runs = saved["outcomes"].items() if saved["key"] == key else ()
        return {name: Trained(**each | {"losses": tuple(each["losses"])}) for name, each in runs}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise KitError(
            f"{path}: found something other than saved outcomes ({error!r}); "
            "remove it, or name another file with --resume."
        ) from error


def write_runs(path: Path, key: str, runs: Mapping[str, Trained]) -> None:
    """Replace the file; KitError if it cannot be written."""
    saved = {"key": key, "outcomes": {name: asdict(trained) for name, trained in runs.items()}}
    write_atomic(path, json.dumps(saved, indent=1).encode() + b"\n")
