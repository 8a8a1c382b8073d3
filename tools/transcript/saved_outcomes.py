"""Outcomes of long runs kept in a file, so that a sweep that was stopped can go on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

import solutions.cattern.neural_net
from grader.errors import KitError
from tools.transcript.training_runs import Outcome, RandomState, Run


def versions_key(kind: str, states: Mapping[Run, RandomState]) -> str:
    """What outcomes depend on; those under another key are not used again.

    That is the data, numpy, the reference's source, and the random state that each run begins in.
    """
    source = Path(solutions.cattern.neural_net.__file__).read_text(encoding="utf-8")
    parts = [kind, np.__version__, platform.machine(), source, *map(repr, states.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_outcomes(path: Path, key: str) -> dict[str, Outcome]:
    """Outcomes by the name of their run; none where the file is missing or of another key."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        if saved["key"] != key:
            return {}
        return {
            name: Outcome(**{**fields, "losses": tuple(fields["losses"])})
            for name, fields in saved["outcomes"].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise KitError(
            f"{path}: found something other than saved outcomes ({error!r}); "
            "remove it, or name another file with --resume."
        ) from error


def write_outcomes(path: Path, key: str, outcomes: Mapping[str, Outcome]) -> None:
    """Replace the file at once: whoever reads it sees the old outcomes or the new ones."""
    text = json.dumps(
        {"key": key, "outcomes": {name: asdict(outcome) for name, outcome in outcomes.items()}},
        indent=1,
    )
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise KitError(f"{path}: outcomes cannot be saved ({error.strerror}).") from error
