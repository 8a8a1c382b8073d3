"""A named way of being wrong."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from grader.lab.functional import STAGE_NAMES


@dataclass(frozen=True)
class Mistake:
    """One mistake of the catalogue.

    `stage` is the mistaken function: it bears the name of the stage of `functional` that it
    stands for, uses numpy and the other stages alone, and serves both to predict what the mistake
    gives on a question and, by its source, as a wrong submission in the kit's own tests.

    `carried` is a right later stage that works on with what the mistake left behind, such as the
    gradient that a student takes from probabilities that were wrong already.
    """

    slug: str  # "loss-is-a-sum"
    task: str  # "T#6"
    sentence: str  # what is wrong and where to look, not how to mend it
    stage: Callable = field(repr=False)
    question: str | None = None  # to think about
    carried: Callable | None = field(default=None, repr=False)

    @property
    def advice(self) -> str:
        """What the student reads."""
        return f"{self.sentence} {self.question}" if self.question else self.sentence

    @property
    def source(self) -> str:
        """The mistaken function as text, without its decorator."""
        return source_of(self.stage)


def source_of(function: Callable) -> str:
    """A function as text, without decorators."""
    text = textwrap.dedent(inspect.getsource(function))
    return text[text.index("def ") :]


class Mistakes:
    """The mistakes of one task, gathered as they are written down."""

    def __init__(self, task: str) -> None:
        self.task = task
        self.all: list[Mistake] = []

    def add(self, slug: str, sentence: str, question: str | None = None):
        """Put above the function that makes the mistake."""

        def keep(stage: Callable) -> Callable:
            assert stage.__name__ in STAGE_NAMES, f"{stage.__name__} is no stage"
            self.all.append(Mistake(slug, self.task, sentence, stage, question))
            return stage

        return keep

    def carry(self, stage: Callable) -> Callable:
        """Put above the right later stage that goes on from the mistake before it."""
        assert stage.__name__ in STAGE_NAMES, f"{stage.__name__} is no stage"
        self.all[-1] = replace(self.all[-1], carried=stage)
        return stage
