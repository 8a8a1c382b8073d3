"""The checks of one task in reading order: public and hidden apart, equal remarks said once."""

from __future__ import annotations

from dataclasses import dataclass

from grader.engine.verdict import Judged
from tools.course.report.pages.model import Check, Tally, Task


@dataclass(frozen=True)
class Remark:
    """What there is to say about one check, or about several that say the same."""

    judged: Judged
    ended: str
    head: str  # first line of the message
    asked: str | None  # what was looked at; None where the message says it
    details: str  # the rest: a trimmed traceback; "" where there is none, or it was shown above
    got: str | None
    expected: str | None
    off_by: str | None
    hint: str | None  # None also where it was given above
    misconception: str | None
    ids: tuple[str, ...]
    score: float
    max_score: float


@dataclass(frozen=True)
class Section:
    """The public or the hidden checks of one task."""

    name: str
    counts: str  # "2 of 3 passed"
    remarks: tuple[Remark, ...]
    held: tuple[str, ...]


def sections(task: Task) -> tuple[Section, ...]:
    """Public checks first; a kind that the task does not have is left out."""
    said: set[str] = set()
    kinds = (("Public checks", task.public), ("Hidden checks", task.hidden))
    return tuple(_section(task, name, checks, said) for name, checks in kinds if checks)


def mistake_words(slug: str) -> str:
    """A misconception's slug as words; two at once are joined by a plus."""
    return slug.replace("-", " ").replace("+", ", and ")


def counts(tally: Tally) -> str:
    """How many checks passed, and how many earn credit by follow-through."""
    followed = f", {tally.followed} by follow-through" if tally.followed else ""
    return f"{tally.held} of {tally.total} passed{followed}"


def _section(task: Task, name: str, checks: tuple[Check, ...], said: set[str]) -> Section:
    groups: dict[tuple[object, ...], list[Check]] = {}
    for check in checks:
        if not check.holds:
            key = (check.judged, check.ended, check.message, check.hint, check.got, check.expected)
            groups.setdefault(key, []).append(check)
    return Section(
        name,
        counts(Tally.of(checks)),
        tuple(_remark(task, group, said) for group in groups.values()),
        tuple(_bare(task, check.message) for check in checks if check.holds),
    )


def _remark(task: Task, group: list[Check], said: set[str]) -> Remark:
    first = group[0]
    head, _, details = _bare(task, first.message).partition("\n")
    hint = None if first.hint in said else first.hint
    details = "" if details in said else details
    said.update(words for words in (hint, details) if words)
    tally = Tally.of(group)
    return Remark(
        first.judged,
        first.ended,
        head,
        _asked(group),
        details,
        first.got,
        first.expected,
        first.off_by,
        hint,
        None if first.misconception is None else mistake_words(first.misconception),
        tuple(check.id for check in group),
        tally.score,
        tally.max_score,
    )


def _asked(group: list[Check]) -> str | None:
    """What the checks ask, each once: "scores: 4 of 4 numbers are off" does not say of which."""
    if group[0].judged in (Judged.NOT_REACHED, Judged.NOT_ASKED):  # nothing was looked at
        return None
    titles = (check.title for check in group if check.title and check.title not in check.message)
    return "; ".join(dict.fromkeys(titles)) or None


def _bare(task: Task, message: str) -> str:
    """The message without the name of its task, which stands in the heading above it."""
    return message.removeprefix(f"{task.name}: ")
