"""What a check is handed: the observations of one submission beside the reference's answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from grader.engine.check import Unanswered, Wrong
from grader.engine.compare import Value
from grader.engine.observation import Ended, Observation, Observations, kind_of
from grader.engine.rubric import Rubric

if TYPE_CHECKING:
    from grader.engine.lab import Explanation, Lab

T = TypeVar("T")


@dataclass
class Answered:
    """One submission's observations beside the answers, before anybody judges them."""

    observations: Observations
    answers: Any  # what the lab's `make_answers` gives

    def array(self, question: str, name: str) -> np.ndarray | None:
        """The numbers of a value, or None where there are none."""
        found = self.observations.by_question.get(question)
        return None if found is None else found.arrays.get(name)


@dataclass
class Evidence(Answered):
    """One submission's observations, read with answers and rubric at hand."""

    lab: Lab
    rubric: Rubric
    truth: Any = None  # what only the judge may see of the data
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

    def clear_notes(self) -> None:
        """Forget what an earlier check, or the first look at an answer, has noted."""
        self.deviations.clear()
        self.remarks.clear()

    def passes(self, check: str) -> bool:
        """Whether another check passes, be it only nearly as asked."""
        if check not in self.passed:
            noted, told = list(self.deviations), list(self.remarks)
            try:
                self.lab.checks[check].test(self)
                self.passed[check] = True
            except (Wrong, Unanswered):
                self.passed[check] = False
            finally:
                self.deviations[:], self.remarks[:] = noted, told
        return self.passed[check]

    @cached_property
    def passed(self) -> dict[str, bool]:
        """Whether a check passes, for those that have run already."""
        return {}

    def observation(self, question: str) -> Observation:
        """What one question brought; Unanswered where it was never put."""
        found = self.observations.by_question.get(question)
        if found is None:
            raise Unanswered(question)
        self._note(found)
        return found

    def _note(self, found: Observation) -> None:
        """Note what the guest had to adapt before it could ask the question."""
        for slug in found.values.get("deviations", ()):
            if slug in self.rubric.deviations:
                self.deviates(slug)
        renamed = ", ".join(found.values.get("renamed", ()))
        if renamed and (sentence := f"The grader used {renamed}.") not in self.remarks:
            self.remark(sentence)

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

    def cached(self, name: str, work: Callable[[], T]) -> T:
        """What some work gives, which is done at its first call alone."""
        if name not in self._done:
            self._done[name] = work()
        done: T = self._done[name]
        return done

    @cached_property
    def _done(self) -> dict[str, Any]:
        return {}

    def explained(self, task: str) -> Explanation | None:
        """The catalogued mistake that explains what was seen of a task, if one does."""
        return self.cached(f"mistake of {task}", lambda: self.lab.diagnose(self, task))
