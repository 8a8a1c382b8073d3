"""With what a class is graded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import grader
from grader.judge import checks_by_task
from grader.rubric import DEFAULT_RUBRIC, Rubric, load_rubric

# What shapes an observation, besides the settings: a change of these asks everything again.
_ASKING = ("questions.py", "observe.py", "parts.py", "source.py", "inside/*.py")


@dataclass(frozen=True)
class Settings:
    """What a run is told; the same settings and submissions give the same reports."""

    seed: int = 0
    data: str = "auto"
    isolation: str = "auto"
    trust_submissions: bool = False
    rubric_path: Path = DEFAULT_RUBRIC
    timeout_s: float | None = None  # for each question, instead of the rubric's
    memory_mb: float | None = None  # instead of the rubric's

    @cached_property
    def rubric(self) -> Rubric:
        """The rubric, checked, with the limits that were given by hand."""
        rubric = load_rubric(self.rubric_path, checks_by_task())
        limits = rubric.limits
        if self.timeout_s is not None:
            limits = replace(limits, question_s=self.timeout_s)
        if self.memory_mb is not None:
            limits = replace(limits, memory_mb=self.memory_mb)
        return replace(rubric, limits=limits)

    def asked_with(self, data_kind: str) -> str:
        """Digest of everything that shapes an observation."""
        text = json.dumps(
            {
                "seed": self.seed,
                "data": data_kind,
                "limits": asdict(self.rubric.limits),
                "code": _code_digest(),
            },
            sort_keys=True,
        )
        return hashlib.sha256(text.encode()).hexdigest()


def kit_version() -> str:
    """Version of the kit."""
    return version("nnlab")


def _code_digest() -> str:
    digest = hashlib.sha256()
    folder = Path(grader.__file__).parent
    for pattern in _ASKING:
        for path in sorted(folder.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
