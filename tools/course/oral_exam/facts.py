"""What the kit knows about one student, for questions."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.engine.judge import together
from grader.engine.observation import Observation
from grader.engine.verdict import CheckVerdict, Judged
from grader.lab.data import Truth
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.records import truth_of
from tools.course.oral_exam.code import ParsedCode

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
    code: ParsedCode
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
            ParsedCode(stored.source),
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

    def losses(self, question: str) -> NDArray[np.float64] | None:
        """The finite losses of a training, (iterations,), at least one."""
        found = self.array(question, "loss_history")
        return found if found is not None and found.ndim == 1 and found.size else None


Words = Mapping[str, Any]  # fill the braces of a question; "lineno" is quoted as `{line}`
Find = Callable[[Facts], Words | None]
TEXTS = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Generator:
    """Asks one question if the tasks that it needs are right and `find` finds its words."""

    topic: str
    find: Find

    def __call__(self, facts: Facts) -> OralQuestion | None:
        texts = TEXTS[self.topic]
        words = self.find(facts) if facts.right(*texts.get("needs", ())) else None
        if words is None:
            return None
        line = words.get("lineno")
        words = {**words, "line": facts.code.quote(line) if line else ""}
        task, question, answer = (
            texts[key].format_map(words) for key in ("task", "question", "answer")
        )
        return OralQuestion(self.topic, task, question, answer, line)


def asks(bank: list[Generator]) -> Callable[[Find], Find]:
    """Put a question into a bank; its topic is the name of the function that finds its words."""

    def register(find: Find) -> Find:
        bank.append(Generator(find.__name__.replace("_", "-"), find))
        return find

    return register
