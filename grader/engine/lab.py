"""The seam between the engine and a lab: everything the engine needs to know about one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from grader.engine.check import Check
from grader.engine.observation import Observation, Observations
from grader.engine.protocol import ReplyFormat
from grader.engine.question import Questions
from grader.engine.rubric import Rubric, RubricFormat
from grader.submission.format import SubmissionFormat
from grader.submission.submission import Submission

if TYPE_CHECKING:
    from grader.engine.evidence import Evidence


@dataclass(frozen=True)
class Task:
    """One task of a lab, as students know it."""

    name: str  # "T#1"
    title: str
    where: str  # the method, or "notebook"
    asked: str  # in one sentence, as feedback repeats it


class Data(Protocol):
    """A data set, split by who may see it."""

    @property
    def public(self) -> dict[str, np.ndarray]:
        """What enters the sandbox."""

    @property
    def title(self) -> str:
        """For people: what it is and where it was found."""

    @property
    def kind(self) -> str:
        """One of the lab's data kinds."""

    @property
    def truth(self) -> Any:
        """What only the judge may see."""


class Explanation(Protocol):
    """A catalogued mistake that explains what was observed."""

    @property
    def slug(self) -> str:
        """Its name for programs."""

    @property
    def advice(self) -> str:
        """What the student reads."""


def _load_nothing(kind: str) -> Data:
    raise ValueError(f"this lab has no data of the kind {kind!r}")


@dataclass(frozen=True)
class Lab:
    """One lab. The functions have defaults that suit a lab without the feature.

    Parameters
    ----------
    guest : Path
        Python file of the program that asks the questions inside the sandbox: `prepare(header,
        arrays)` and `serve(channel, prepared)`.
    make_questions : function of (seed, with_data) to Questions
        The same seed gives the same questions on every machine.
    make_answers : function of seed
        What the reference says; only the checks read it.
    evidence : type of Evidence
        What a check is handed; a lab may extend it.
    """

    tasks: tuple[Task, ...]
    checks: Mapping[str, Check]  # by id, in the order of the tasks
    submission: SubmissionFormat
    guest: Path
    make_questions: Callable[[int, bool], Questions]
    make_answers: Callable[[int], Any]
    replies: ReplyFormat
    rubric: RubricFormat
    rubric_path: Path
    evidence: type[Evidence]  # or a class of the lab's own: the functions below are handed one
    reference: Callable[[str | None], Submission]  # of a data kind
    data_kinds: tuple[str, ...] = ()
    load_data: Callable[[str], Data] = _load_nothing
    # The data of one run, with what is drawn from its seed.
    seed_data: Callable[[Any, int], Data] = lambda data, seed: data
    # Replaces large arrays of an observation by what the judge needs of them, given the data and
    # all observations of the submission.
    summarize: Callable[[Observation, Any, Mapping[str, Observation]], Observation] = (
        lambda observation, data, seen: observation
    )
    # Whether observations, beside the answers, call for the first further questions, the second...
    needs_further: tuple[Callable[[Mapping[str, Observation], Any], bool], ...] = ()
    diagnose: Callable[[Any, str], Explanation | None] = lambda evidence, task: None
    # Whether the task is still the stub of the release, although the question went on.
    is_stub: Callable[[Any, str], bool] = lambda evidence, task: False
    # The earlier task that keeps a question from being answered.
    earlier_task: Callable[[Any, str, Observation], str | None] = lambda *_: None
    # Why there is no observation of a question, in one sentence.
    why_missing: Callable[[Any, str], str] = lambda evidence, question: (
        "The grader did not run this check."
    )
    # What a question that finished without the value asked for did, in one sentence.
    why_empty: Callable[[Observation], str | None] = lambda observation: None
    # Sentences about a submission that cost no point, and those that ask for the instructor.
    flags: Callable[[Any], Sequence[str]] = lambda evidence: ()
    attention: Callable[[Any], Sequence[str]] = lambda evidence: ()

    @property
    def task_names(self) -> tuple[str, ...]:
        """Names of the tasks, in order."""
        return tuple(task.name for task in self.tasks)

    def evidence_of(
        self, observations: Observations, seed: int, rubric: Rubric, truth: Any
    ) -> Evidence:
        """What the checks are handed: observations beside the answers to the same questions."""
        return self.evidence(observations, self.make_answers(seed), self, rubric, truth)

    def checks_by_task(self) -> dict[str, list[str]]:
        """Ids of the checks of each task."""
        return {
            name: [check.id for check in self.checks.values() if check.task == name]
            for name in self.task_names
        }
