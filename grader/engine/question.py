"""Questions: what the student's code is asked, without the answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

SOURCE, SAVED = "source", "saved"  # the files that a question may need


@dataclass(frozen=True)
class Case:
    """One set of inputs."""

    id: str
    arrays: Mapping[str, np.ndarray] = field(repr=False)
    public: bool = False


@dataclass(frozen=True)
class Question:
    """One thing to do with a case.

    Short questions of one `round` travel together, because a process that is woken for each answer
    costs more than most answers do.
    """

    id: str  # "loss/wide"
    do: str  # names a method of the lab's harness
    case: str
    seed: int
    limit: str = "question"  # which limit of the rubric applies
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: str = SOURCE  # which file of the submission: SOURCE or SAVED
    round: str | None = None  # None: travels alone
    required: bool = False  # if it fails, nothing else is asked of the file that it needs
    summarized: bool = False  # the lab summarizes its observation before it is stored
    # 1, 2, ...: asked after all others, and only if that one of the lab's `needs_further` says so.
    further: int = 0

    @property
    def header(self) -> dict[str, Any]:
        """What the child is told, as JSON."""
        return {
            "id": self.id,
            "do": self.do,
            "inputs": self.case,
            "seed": self.seed,
            **self.options,
        }


@dataclass(frozen=True, eq=False)
class Questions:
    """Everything that one submission is asked, in order."""

    cases: Mapping[str, Case]
    questions: tuple[Question, ...]

    def __getitem__(self, question_id: str) -> Question:
        return next(question for question in self.questions if question.id == question_id)

    @cached_property
    def sha256(self) -> str:
        """Digest of all that is asked: answers to the same questions can be judged alike."""
        digest = hashlib.sha256()
        for case in self.cases.values():
            for name, array in case.arrays.items():
                digest.update(f"{case.id}/{name} {array.dtype.str} {array.shape}".encode())
                digest.update(array.tobytes())
        for question in self.questions:
            digest.update(json.dumps(question.header, sort_keys=True).encode())
        return digest.hexdigest()
