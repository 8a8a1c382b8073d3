"""A named way of being wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from grader.lab.functional import RIGHT, NetworkFunctions, compiled, source_of

Edits = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Mistake:
    """One mistake of the catalogue.

    `edits` turn the right source of one stage of `functional` into the mistake; each must match
    exactly once. They predict what the mistake gives on a question, and they write a wrong
    submission for the kit's own tests. A mistake without a stage is recognized by its own code.

    `carried` are edits of `dscores_of`: right code for T#7 that continues with the probabilities
    that the mistake left behind.
    """

    slug: str  # "loss-is-a-sum"
    task: str  # "T#6"; "" if it can occur in any task
    title: str  # a sentence: what is wrong
    what: str
    look_at: str
    question: str
    stage: str = ""
    edits: Edits = ()
    carried: Edits = ()
    whole: bool = False  # never claimed for a part of the parameters

    @property
    def advice(self) -> str:
        """What the student reads."""
        return f"{self.title} {self.what} {self.look_at} {self.question}"

    def filled(self, **values: Any) -> Mistake:
        """The same with values in the places of its text."""
        return replace(
            self,
            title=self.title.format(**values),
            what=self.what.format(**values),
            look_at=self.look_at.format(**values),
            question=self.question.format(**values),
        )

    def only_for(self, names: Iterable[str], kind: str) -> Mistake:
        """The same in some of the four parameters."""
        names = list(names)
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return replace(
            self,
            slug=f"{self.slug}-for-{'-'.join(names)}",
            what=f"This concerns only the {kind} of {listed}. {self.what}",
        )


def together(mistakes: tuple[Mistake, ...]) -> Mistake:
    """One mistake, or several as one: their titles and slugs, and the first one's question."""
    first, *more = mistakes
    if not more:
        return first
    return replace(
        first,
        slug="+".join(one.slug for one in mistakes),
        title=f"Several mistakes at once. {' '.join(one.title for one in mistakes)}",
        what=" ".join(one.look_at for one in mistakes[1:3]),
    )


def edited(source: str, edits: Edits) -> str | None:
    """The source with the edits made; None if one of them does not match exactly once."""
    for old, new in edits:
        if source.count(old) != 1:
            return None
        source = source.replace(old, new)
    return source


def sources_with(mistakes: Iterable[Mistake], *, carried: bool = False) -> dict[str, str] | None:
    """Sources of the stages that the mistakes change, by stage; None if they exclude each other.

    With `carried` the later stages work on with what the mistakes left behind.
    """
    sources: dict[str, str] = {}
    for mistake in mistakes:
        changes = [(mistake.stage, mistake.edits)]
        if carried and mistake.carried:
            changes.append(("dscores_of", mistake.carried))
        for stage, edits in changes:
            source = edited(sources.get(stage) or source_of(stage), edits)
            if source is None:
                return None
            sources[stage] = source
    return sources


@cache
def stages_with(
    mistakes: tuple[Mistake, ...], start: NetworkFunctions = RIGHT, *, carried: bool = False
) -> NetworkFunctions | None:
    """The stages with mistakes made; None if the mistakes exclude each other."""
    sources = sources_with(mistakes, carried=carried)
    if sources is None:
        return None
    functions = {stage: compiled(stage, source) for stage, source in sources.items()}
    return replace(start, **functions)
