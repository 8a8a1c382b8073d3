"""What right code shows, with single things changed by hand: the judge alone, nothing run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from grader.engine.judge import judge, judge_check
from grader.engine.observation import Ended, Observation
from grader.engine.rubric import Rubric
from grader.engine.verdict import CheckVerdict, Verdict
from grader.lab.data import Truth
from grader.lab.evidence import NetworkEvidence
from grader.two_layer_net import LAB
from tests.grader.judging import ON_IMAGES, checks_of


class _Unnamed(NetworkEvidence):
    """Evidence in which no mistake is known."""

    def explained(self, task: str) -> None:
        return None


def _fields(evidence: NetworkEvidence) -> dict[str, Any]:
    return {field.name: getattr(evidence, field.name) for field in fields(evidence)}


@dataclass(frozen=True)
class Altered:
    """Evidence of right code; every change gives another one, and leaves this as it is."""

    evidence: NetworkEvidence

    def array(self, question: str, name: str) -> np.ndarray:
        """A copy of an array as it was seen."""
        return self._seen(question).arrays[name].copy()

    def with_array(self, question: str, name: str, array: Any, *, type: str = "ndarray") -> Altered:
        """With other numbers in the place of an array, and the kind that belongs to them."""
        found, array = self._seen(question), np.asarray(array)
        kind = {"type": type, "dtype": str(array.dtype), "shape": list(array.shape)}
        kinds = {**found.values.get("kinds", {}), name: kind}
        return self.with_observation(
            replace(
                found,
                arrays={**found.arrays, name: array},
                values={**found.values, "kinds": kinds},
            )
        )

    def with_kind(self, question: str, name: str, **kind: Any) -> Altered:
        """With a value that is no array, of this kind."""
        found = self._seen(question)
        arrays = {key: array for key, array in found.arrays.items() if key != name}
        kinds = {**found.values["kinds"], name: kind}
        values = {**found.values, "kinds": kinds}
        return self.with_observation(replace(found, arrays=arrays, values=values))

    def with_values(self, question: str, **values: Any) -> Altered:
        """With other values beside the arrays."""
        found = self._seen(question)
        return self.with_observation(replace(found, values={**found.values, **values}))

    def ended(self, question: str, ended: Ended, error: str | None = None) -> Altered:
        """With a question that ended before anything came back."""
        return self.with_observation(Observation(question, ended, error=error))

    def with_error(self, question: str, error: str) -> Altered:
        """With a question that raised after all that was seen of it."""
        found = self._seen(question)
        return self.with_observation(replace(found, ended=Ended.RAISED, error=error))

    def with_observation(self, observation: Observation) -> Altered:
        """With another observation, or one more."""
        return self._with({**self._by_question, observation.question: observation})

    def without(self, *questions: str) -> Altered:
        """With questions that were never put."""
        return self._with({k: v for k, v in self._by_question.items() if k not in questions})

    def with_rubric(self, **changes: Any) -> Altered:
        """Judged by a rubric that says otherwise."""
        rubric: Rubric = replace(self.evidence.rubric, **changes)
        return Altered(replace(self.evidence, rubric=rubric, deviations=[]))

    def with_truth(self, truth: Truth) -> Altered:
        """Judged where images are at hand."""
        return Altered(replace(self.evidence, truth=truth, deviations=[]))

    @cached_property
    def verdict(self) -> Verdict:
        """What the judge says, mistakes unnamed: naming costs more than all else."""
        return judge(self._fresh)

    def alone(self, check: str) -> CheckVerdict:
        """What the judge says of one check where no other has run, as pytest's -k does."""
        return judge_check(LAB.checks[check], self._fresh)

    @property
    def checks(self) -> dict[str, CheckVerdict]:
        """What it says of each check, by id."""
        return checks_of(self.verdict)

    def changed_from(self, other: Altered) -> set[str]:
        """Checks that are judged otherwise than there, or earn something else.

        Those of the trainings are left out, since they hang on all others.
        """
        before = other.checks
        return {
            check.id
            for check in self.checks.values()
            if (check.judged, check.score) != (before[check.id].judged, before[check.id].score)
            and check.id not in {*ON_IMAGES, "step-toy"}
        }

    @property
    def _fresh(self) -> NetworkEvidence:
        return _Unnamed(**{**_fields(self.evidence), "deviations": []})

    @property
    def _by_question(self) -> Mapping[str, Observation]:
        return self.evidence.observations.by_question

    def _seen(self, question: str) -> Observation:
        return self._by_question[question]

    def _with(self, by_question: Mapping[str, Observation]) -> Altered:
        observations = replace(self.evidence.observations, by_question=by_question)
        return Altered(replace(self.evidence, observations=observations, deviations=[]))
