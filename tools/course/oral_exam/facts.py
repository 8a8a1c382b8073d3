"""What the kit knows about one student, for questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.engine.judge import together
from grader.engine.observation import Observation
from grader.engine.verdict import CheckVerdict, Judged
from grader.lab.data import Truth
from tools.course.gradebook import Gradebook
from tools.course.gradebook.records import truth_of
from tools.course.oral_exam.code import StudentCode

# The questions whose observations the bank uses; the others need not be unpacked.
QUESTIONS = (
    *("loss/published", "loss/large", "grads/published", "train/toy", "train/images"),
    *("best_net/load", "best_net/val"),
)


@dataclass(frozen=True)
class OralQuestion:
    """One question to a student, with the answer that is right for this student's work."""

    topic: str  # names the generator, "first-loss"
    task: str  # "T#6"
    question: str
    answer: str
    line: int | None = None  # of the student's source


@dataclass(frozen=True)
class Facts:
    """Verdicts, observations and source of one student."""

    checks: Sequence[CheckVerdict]
    seen: Mapping[str, Observation]
    code: StudentCode
    accuracies: tuple[float | None, float | None]  # of best_net: validation, test
    truth: Truth | None

    @classmethod
    def of(cls, book: Gradebook, student: str) -> Facts:
        """The facts of a gradebook."""
        stored = book.submission(student)
        figures = stored.figures
        return cls(
            book.verdicts(student),
            book.seen_of(student, QUESTIONS),
            StudentCode(stored.source),
            (figures.get("validation_accuracy"), figures.get("test_accuracy")),
            truth_of(book.run_of(student)),
        )

    def right(self, *tasks: str) -> bool:
        """Whether all these tasks are right, each on its own and not by follow-through."""
        return all(self._judged(task) is Judged.RIGHT for task in tasks)

    def _judged(self, task: str) -> Judged | None:
        judged = {check.judged for check in self.checks if check.task == task}
        return together(judged) if judged else None

    def array(self, question: str, name: str) -> NDArray[np.float64] | None:
        """A finite array that a question brought back."""
        found = self.seen.get(question)
        array = None if found is None else found.arrays.get(name)
        if array is None or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            return None
        return array.astype(np.float64)


Generator = Callable[[Facts], OralQuestion | None]
