"""What is counted over the class: the distribution, the tasks, the mistakes, the checks."""

from __future__ import annotations

import functools
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.engine.verdict import CheckVerdict, Judged
from grader.lab.tasks import TASKS, Task
from grader.two_layer_net import LAB
from tools.course.gradebook.ledger import Release
from tools.desk.classroom import REASONS, Classroom, Pupil

BINS = 20
LEVELS = (1.0, 0.75, 0.5, 0.25, 0.0)  # shares of a task's points, from full to none


@dataclass(frozen=True)
class Bar:
    """Scores from `low` to `high`, without `high` unless it is the maximum."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Scores:
    """How scores are distributed."""

    bars: tuple[Bar, ...]
    count: int
    mean: float
    median: float
    quartiles: tuple[float, float]

    @property
    def most(self) -> int:
        """Students in the highest bar."""
        return max(bar.count for bar in self.bars)


@dataclass(frozen=True)
class TaskBar:
    """How many students earned which share of a task's points."""

    task: Task
    counts: tuple[int, ...]  # as LEVELS: all, three quarters or more, ..., nothing
    mean: float  # points
    worth: float
    followed: int  # students with credit by follow-through

    @property
    def total(self) -> int:
        """Students who were asked."""
        return sum(self.counts)


@dataclass(frozen=True)
class MistakeRow:
    """One line of the table of common mistakes."""

    slug: str
    task: str
    count: int
    points: float  # lost with it, all together
    first: Pupil  # to take a sample line from


@dataclass(frozen=True)
class Reason:
    """One reason for open decisions."""

    slug: str
    text: str
    folders: tuple[str, ...]
    sample: str  # what is said of the first


@dataclass(frozen=True)
class CheckFigures:
    """Item analysis of one check."""

    id: str
    task: str
    title: str
    worth: float
    difficulty: float | None  # mean share of its points; None if nobody was asked
    discrimination: float | None  # correlation with the rest of the score; None if all are alike
    lost: int  # students who lost points
    unknown: int  # students for whom it could not tell
    mistakes: tuple[tuple[str, int], ...]  # what it caught, the commonest first


@functools.lru_cache(maxsize=4)
def overview(room: Classroom, section: str) -> Mapping[str, Any]:
    """What the first page counts over a section, or over the class if that is ""."""
    pupils = [one for one in room.pupils.values() if section in ("", one.section)]
    measured = [room.work[one.folder][1].measured for one in pupils]
    return {
        "queue": queue_of(pupils, room.claims),
        "scores": scores_of([one.score for one in pupils if one.counted], room.max_score),
        "uncounted": sum(not one.counted for one in pupils),
        "tasks": task_bars(pupils, room),
        "mistakes": mistakes_of(pupils),
        "released": sum(one.release is Release.RELEASED for one in pupils),
        "cost": {
            "cpu": sum(one.cpu_s for one in measured),
            "wall": sum(one.wall_s for one in measured),
            "memory": max((one.peak_memory_mb for one in measured), default=0.0),
        },
    }


def scores_of(scores: Sequence[float], maximum: float) -> Scores | None:
    """The distribution of scores over equal bars; None without scores."""
    if not scores or maximum <= 0:
        return None
    width = maximum / BINS
    filled = Counter(min(BINS - 1, max(0, int(score / width))) for score in scores)
    bars = tuple(Bar(at * width, (at + 1) * width, filled[at]) for at in range(BINS))
    if len(scores) == 1:
        quartiles = (scores[0], scores[0])
    else:
        first, _, third = statistics.quantiles(scores, n=4, method="inclusive")
        quartiles = (first, third)
    mean = statistics.fmean(scores)
    return Scores(bars, len(scores), mean, statistics.median(scores), quartiles)


def task_bars(pupils: Sequence[Pupil], room: Classroom) -> list[TaskBar]:
    """One bar for each task."""
    made = []
    for task in TASKS:
        asked = [got for one in pupils if (got := one.tasks[task.name])[1] > 0]
        counts = Counter(level_of(score / worth) for score, worth, _ in asked)
        mean = statistics.fmean(score for score, _, _ in asked) if asked else 0.0
        followed = sum(judged == Judged.FOLLOW_THROUGH for _, _, judged in asked)
        levels = tuple(counts[at] for at in range(len(LEVELS)))
        made.append(TaskBar(task, levels, mean, room.rules.max_points[task.name], followed))
    return made


def level_of(share: float) -> int:
    """Index into LEVELS of a share of points: full and none stand for themselves."""
    if share <= 0:
        return len(LEVELS) - 1
    return next(at for at, level in enumerate(LEVELS) if share >= level or at == len(LEVELS) - 2)


def mistakes_of(pupils: Iterable[Pupil]) -> list[MistakeRow]:
    """Catalogued mistakes, the commonest first."""
    having: dict[str, list[Pupil]] = {}
    for one in pupils:
        for slug in one.lost:
            having.setdefault(slug, []).append(one)
    rows = [
        MistakeRow(
            slug,
            who[0].lost[slug][0],
            len(who),
            round(sum(one.lost[slug][1] for one in who), 2),
            who[0],
        )
        for slug, who in having.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, -row.points, row.slug))


def queue_of(pupils: Iterable[Pupil], claims: Mapping[str, Sequence[object]]) -> list[Reason]:
    """Open decisions by reason."""
    having: dict[str, list[Pupil]] = {}
    for one in pupils:
        for slug in one.reasons:
            having.setdefault(slug, []).append(one)
    found = []
    for slug in sorted(having, key=lambda slug: [*REASONS, slug].index(slug)):
        who = having[slug]
        said = next((each.message for each in who[0].doubts if each.slug == slug), "")
        folders = tuple(one.folder for one in who)
        found.append(Reason(slug, REASONS.get(slug, slug), folders, said))
    return found


@functools.lru_cache(maxsize=1)
def check_figures(room: Classroom) -> list[CheckFigures]:
    """Item analysis of every check of the rubric, in order."""
    found: dict[str, list[CheckVerdict]] = {}
    totals: dict[str, list[float]] = {}
    for _, _, checks, _ in room.work.values():
        total = sum(check.score for check in checks)
        for check in checks:
            found.setdefault(check.id, []).append(check)
            totals.setdefault(check.id, []).append(total)
    return [
        _figures(
            check.id, check.task, check.title, found.get(check.id, []), totals.get(check.id, [])
        )
        for check in LAB.checks.values()
    ]


def _figures(
    name: str, task: str, title: str, verdicts: Sequence[CheckVerdict], totals: Sequence[float]
) -> CheckFigures:
    asked = [(one, total) for one, total in zip(verdicts, totals, strict=True) if one.max_score]
    shares = np.array([one.score / one.max_score for one, _ in asked])
    rest = np.array([total - one.score for one, total in asked])
    slugs = Counter(
        slug for one in verdicts if one.misconception for slug in one.misconception.split("+")
    )
    return CheckFigures(
        name,
        task,
        title,
        max((one.max_score for one in verdicts), default=0.0),
        float(shares.mean()) if asked else None,
        _correlation(shares, rest),
        int((shares < 1).sum()),
        sum(one.judged is Judged.COULD_NOT_TELL for one in verdicts),
        tuple(slugs.most_common(3)),
    )


def _correlation(shares: np.ndarray, rest: np.ndarray) -> float | None:
    """Pearson's correlation, -1 to 1; None if one side does not vary."""
    if len(shares) < 3 or shares.std() < 1e-9 or rest.std() < 1e-9:
        return None
    return float(np.corrcoef(shares, rest)[0, 1])
