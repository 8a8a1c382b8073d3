"""With what a class is graded."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

import grader
from grader.engine.rubric import Rubric, load_rubric, parse_rubric
from grader.errors import MaterialError
from grader.two_layer_net import LAB
from tools.course.gradebook.records import RunRecord

# What shapes an observation, besides the settings: a change of these asks everything again.
_ASKING = (
    *("engine/observe.py", "engine/question.py", "lab/guest/*.py", "lab/param_summary.py"),
    *("lab/questions.py", "sandbox/guest/*.py", "sandbox/host/modules.py", "submission/*.py"),
)
_JUDGING = ("*.py", "engine/*.py", "lab/**/*.py", "../solutions/cattern/*.py")


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
    rubric_path: Path | None = None,
    *,
    kept: RunRecord | None = None,
    timeout_s: float | None = None,
    memory_mb: float | None = None,
    seed: int | None = None,
    data: str | None = None,
    isolation: str = "auto",
    trust_submissions: bool = False,
) -> Settings:
    """Settings with the rubric read and checked, and with limits that are given by hand.

    What is not given is as in the run `kept`, or else the default: the kit's rubric, seed 0 and
    data "auto".

    Raises
    ------
    MaterialError
        With every mistake of the rubric.
    """
    rubric, text = read_rubric(rubric_path, kept)
    by_hand = {"question_s": timeout_s, "memory_mb": memory_mb}
    given = {name: value for name, value in by_hand.items() if value is not None}
    if seed is None:
        seed = kept.seed if kept else rubric.seed or 0
    return Settings(
        rubric=replace(rubric, limits=replace(rubric.limits, **given)),
        rubric_text=text,
        seed=seed,
        data=data or (kept.data if kept else "auto"),
        isolation=isolation,
        trust_submissions=trust_submissions,
        options=(
            *_option("--isolation", isolation, "auto"),
            *(("--trust-submissions",) if trust_submissions else ()),
            *_option("--timeout-s", timeout_s, None),
            *_option("--memory-mb", memory_mb, None),
        ),
    )


def read_rubric(path: Path | None, kept: RunRecord | None) -> tuple[Rubric, str]:
    """The rubric of a file, or else the one that a class was judged with; and its text.

    Raises
    ------
    MaterialError
        With every mistake of the rubric.
    """
    if path is None and kept is not None:
        text = kept.rubric
        try:
            rubric = parse_rubric(LAB, "the rubric in the gradebook", text.encode())
        except MaterialError as error:  # an earlier kit took it
            advice = "`--rubric default` judges by the rubric of this kit"
            raise MaterialError([*error.problems, advice]) from error
    else:
        path = path or LAB.rubric_path
        rubric, text = load_rubric(LAB, path), path.read_text(encoding="utf-8")
    from tools.course.late import late_policy  # here, since workers read no rubric

    late_policy(rubric.late)  # read when reports are written; its mistakes are told now
    return rubric, text


def draw_seed() -> int:
    """A seed that nobody can guess."""
    return secrets.randbits(63)


def _option(name: str, value: object, default: object) -> tuple[str, ...]:
    return () if value == default else (name, str(value))


def kit_version() -> str:
    """Version of the kit."""
    from importlib.metadata import version  # here, since workers need no version

    return version("nnlab")


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Digest of the code that asks."""
    return _digest_of(_ASKING)


@lru_cache(maxsize=1)
def judging_digest() -> str:
    """Digest of all that shapes a verdict besides rubric and observations."""
    return _digest_of(_JUDGING, np.__version__)


def _digest_of(patterns: Sequence[str], version: str = "") -> str:
    digest = hashlib.sha256(version.encode())
    folder = Path(grader.__file__).parent
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
