"""The evidence of this lab: with its answers, its training traces and its network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from grader.engine.evidence import Evidence
from grader.lab.answers import Answers
from grader.lab.data import Truth
from grader.lab.functional import NetworkFunctions
from grader.lab.questions import PARAMS
from grader.lab.rubric import NetworkRubric
from grader.lab.training_trace import TrainingTrace

# What a check of a published number says where the same shapes with other numbers go wrong.
NOT_WORKED_OUT = (
    "The published numbers are right, but other numbers with the same shapes give a wrong result. "
    "Does your code compute the result from its arguments?"
)


@dataclass
class NetworkEvidence(Evidence):
    """What the checks of T#5 to T#12 are handed."""

    answers: Answers
    rubric: NetworkRubric
    truth: Truth | None = None

    def trace(self, case: str) -> TrainingTrace:
        """What was seen of a training with scripted gradients."""
        found = self.observation(f"record/{case}")
        return self.cached(f"record of {case}", lambda: TrainingTrace.of(found, self.answers, case))

    @property
    def loss_changes_params(self) -> bool:
        """Whether the student's `loss` leaves other parameters behind than it found."""
        return any(
            question.startswith("loss/") and set(PARAMS) & set(one.values.get("changed", ()))
            for question, one in self.observations.by_question.items()
        )

    @property
    def drifting(self) -> tuple[str, ...]:
        """Gradients that change when `loss` is called again with the same arguments."""
        seen = self.observations.by_question.get("effort/one-example")
        return () if seen is None else tuple(seen.values.get("drifting", ()))

    def drew(self, kind: str) -> bool:
        """Whether the student's code drew random numbers on questions of a kind."""
        seen = self.observations.by_question.items()
        return any(
            question.startswith(f"{kind}/") and one.values.get("drew", False)
            for question, one in seen
        )

    @cached_property
    def explained_functions(self) -> tuple[NetworkFunctions, ...]:
        """The network as the student's T#5 and T#6 have it, where known mistakes explain it."""
        from grader.lab.mistakes import forward_functions  # here, since it reads evidence itself

        return forward_functions(self)
