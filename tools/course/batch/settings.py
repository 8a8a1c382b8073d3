"""With what a class is graded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import grader
from grader.engine.rubric import Rubric, load_rubric
from grader.two_layer_net import LAB
from tools.course.late import late_policy

# What shapes an observation, besides the settings: a change of these asks everything again.
_ASKING = (
    *("engine/observe.py", "engine/question.py", "lab/guest/*.py", "lab/param_summary.py"),
    *("lab/questions.py", "sandbox/guest/*.py", "sandbox/host/modules.py", "submission/*.py"),
)


@dataclass(frozen=True)
class Settings:
    """What a run is told; the same settings and submissions give the same reports."""

    rubric: Rubric
    rubric_text: str
    seed: int = 0
    data: str = "auto"
    isolation: str = "auto"
    trust_submissions: bool = False
    options: tuple[str, ...] = ()  # of `nnlab grade`: those that give these settings

    def asked_with(self, data_kind: str) -> str:
        """Digest of everything that shapes an observation."""
        parts = {
            "seed": self.seed,
            "data": data_kind,
            "limits": asdict(self.rubric.limits),
            "modules": self.rubric.modules,
            "code": code_digest(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def make_settings(
    rubric_path: Path = LAB.rubric_path,
    *,
    timeout_s: float | None = None,
    memory_mb: float | None = None,
    seed: int | None = None,
    data: str = "auto",
    isolation: str = "auto",
    trust_submissions: bool = False,
) -> Settings:
    """Settings with the rubric read and checked, and with limits that are given by hand.

    Raises
    ------
    MaterialError
        With every mistake of the rubric.
    """
    rubric = load_rubric(LAB, rubric_path)
    late_policy(rubric.late)  # read when reports are written; its mistakes are told now
    by_hand = {"question_s": timeout_s, "memory_mb": memory_mb}
    given = {name: value for name, value in by_hand.items() if value is not None}
    return Settings(
        rubric=replace(rubric, limits=replace(rubric.limits, **given)),
        rubric_text=rubric_path.read_text(encoding="utf-8"),
        seed=rubric.seed if seed is None else seed,
        data=data,
        isolation=isolation,
        trust_submissions=trust_submissions,
        options=(
            *_option("--seed", seed, None),
            *_option("--data", data, "auto"),
            *_option("--isolation", isolation, "auto"),
            *(("--trust-submissions",) if trust_submissions else ()),
            *_option("--rubric", rubric_path.absolute(), LAB.rubric_path),
            *_option("--timeout-s", timeout_s, None),
            *_option("--memory-mb", memory_mb, None),
        ),
    )


def _option(name: str, value: object, default: object) -> tuple[str, ...]:
    return () if value == default else (name, str(value))


def kit_version() -> str:
    """Version of the kit."""
    return version("nnlab")


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Digest of the code that asks."""
    digest = hashlib.sha256()
    folder = Path(grader.__file__).parent
    for pattern in _ASKING:
        for path in sorted(folder.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
