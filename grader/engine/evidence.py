"""What a check is handed: the observations of one submission beside the reference's answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.engine.check import Check, Unanswered, Wrong
from grader.engine.compare import Value
from grader.engine.observation import Ended, Observation, Observations, kind_of
from grader.engine.rubric import Rubric
from grader.lab.answers import Answers
from grader.lab.functional import Stages
from grader.lab.training_trace import Record

if TYPE_CHECKING:
    from grader.lab.mistakes import Mistake

# Where a test looks for each kind of case.
HIDDEN = ("square", "wide", "tall", "small")
EDGES = ("one-example", "two-classes", "one-hidden")

# What a check of a published number says where the same shapes with other numbers go wrong.
NOT_WORKED_OUT = (
    "The published numbers come out, those of another case with the same shapes do not: is the "
    "answer worked out from what is handed in?"
)


@dataclass(frozen=True)
class Truth:
    """The labels that only the judge knows, and which data they are of."""

    kind: str  # "mnist" or "synthetic"
    y_val: np.ndarray  # (5000,)
    y_test: np.ndarray  # (10000,)


@dataclass
class Evidence:
    """One submission's observations, read with the answers at hand."""

    observations: Observations
    answers: Answers
    rubric: Rubric
    truth: Truth | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)  # all of them, by id
    # Slugs of what is only nearly as asked, gathered while one check runs.
    deviations: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # sentences for the student, likewise

    def deviates(self, slug: str) -> None:
        """Note that something is right in substance but not as asked."""
        if slug not in self.deviations:
            self.deviations.append(slug)

    def remark(self, sentence: str) -> None:
        """Add a sentence to what the student reads of an answer that earns points."""
        self.remarks.append(sentence)

    def start_over(self) -> None:
        """Forget what an earlier check, or the first look at an answer, has noted."""
        self.deviations.clear()
        self.remarks.clear()

    def holds(self, check: str) -> bool:
        """Whether another check passes, be it only nearly as asked."""
        if check not in self.held:
            noted, told = list(self.deviations), list(self.remarks)
            try:
                self.checks[check].test(self)
                self.held[check] = True
            except (Wrong, Unanswered):
                self.held[check] = False
            finally:
                self.deviations[:], self.remarks[:] = noted, told
        return self.held[check]

    @cached_property
    def held(self) -> dict[str, bool]:
        """Whether a check passes, for those that have run already."""
        return {}

    def observation(self, question: str) -> Observation:
        """What one question brought; Unanswered where it was never put."""
        found = self.observations.by_question.get(question)
        if found is None:
            raise Unanswered(question)
        return found

    def finished(self, question: str) -> bool:
        """Whether a question was answered to its end."""
        found = self.observations.by_question.get(question)
        return found is not None and found.ended is Ended.FINISHED

    def value(self, question: str, name: str) -> Value:
        """One value of an observation; Unanswered where the question ended before it was there."""
        found = self.observation(question)
        kind = found.values.get("kinds", {}).get(name)
        array = found.arrays.get(name)
        if kind is not None:
            return Value(kind, array)
        if array is not None:
            return Value(kind_of(array), array)
        if found.ended is Ended.FINISHED:
            return Value({"type": "NoneType"}, None)
        raise Unanswered(question, found)

    def array(self, question: str, name: str) -> np.ndarray | None:
        """The numbers of a value, or None where there are none."""
        found = self.observations.by_question.get(question)
        return None if found is None else found.arrays.get(name)

    def record(self, case: str) -> Record:
        """What was seen of a training with scripted gradients."""
        return self.once(
            f"record of {case}",
            lambda: Record.of(self.observation(f"record/{case}"), self.answers, case),
        )

    def once(self, name: str, work: Callable[[], Any]) -> Any:
        """What some work gives, which is done at its first call alone."""
        if name not in self._done:
            self._done[name] = work()
        return self._done[name]

    @cached_property
    def _done(self) -> dict[str, Any]:
        return {}

    def explained(self, task: str) -> Mistake | None:
        """The catalogued mistake that explains what was seen of a task, if one does."""
        from grader.lab.mistakes import diagnose  # here, since it reads evidence itself

        return self.once(f"mistake of {task}", lambda: diagnose(self, task))

    @cached_property
    def explained_stages(self) -> tuple[Stages, ...]:
        """The network as the student's T#5 and T#6 have it, where known mistakes explain it."""
        from grader.lab.mistakes import forward_stages

        return forward_stages(self)
