"""Judges a class again from stored observations: no student code is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from grader.engine.judge import judge
from grader.engine.rubric import Rubric
from grader.engine.verdict import CheckVerdict
from grader.errors import KitError
from grader.lab.questions import make_questions
from grader.two_layer_net import LAB
from tools.course.batch.observing import attention_of
from tools.course.gradebook import Gradebook, RunRecord
from tools.course.gradebook.records import checks_of, truth_of

_CHUNK = 25


@dataclass(frozen=True)
class Moved:
    """One check of one student that is judged otherwise than before."""

    student: str
    task: str
    check: str
    before: float | None  # points; None where the check is new
    after: float | None  # None where it is gone
    why: str


@dataclass(frozen=True)
class Judgement:
    """A student's new verdicts beside the old ones."""

    student: str
    before: tuple[CheckVerdict, ...]
    after: tuple[CheckVerdict, ...]
    attention: tuple[str, ...]

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The checks whose points changed."""
        old = {check.id: check for check in self.before}
        new = {check.id: check for check in self.after}
        return tuple(
            _moved(self.student, old.get(name), new.get(name))
            for name in dict.fromkeys([*old, *new])
            if _points(old.get(name)) != _points(new.get(name))
        )


@dataclass(frozen=True)
class Shift:
    """What a new judgement means for one student: what is kept of it in memory."""

    student: str
    before: float
    after: float
    moved: tuple[Moved, ...]
    attention: tuple[str, ...]


def judge_again(
    out: Path, rubric: Rubric, students: Sequence[str], jobs: int
) -> Iterator[Judgement]:
    """New verdicts for some students of a gradebook; nothing is stored."""
    chunks = [students[at : at + _CHUNK] for at in range(0, len(students), _CHUNK)]
    if jobs == 1 or len(chunks) < 3:
        for chunk in chunks:
            yield from judge_some(out, rubric, chunk)
        return
    with ProcessPoolExecutor(min(jobs, len(chunks)), mp_context=get_context("spawn")) as pool:
        for judgements in pool.map(judge_some, repeat(out), repeat(rubric), chunks):
            yield from judgements


def shifts_of(judgements: Iterable[Judgement]) -> Iterator[Shift]:
    """The same without the verdicts, which for a large class would fill the memory."""
    for new in judgements:
        before, after = (
            round(sum(check.score for check in checks), 4) for checks in (new.before, new.after)
        )
        yield Shift(new.student, before, after, new.moved, new.attention)


def judge_and_save(
    book: Gradebook, rubric: Rubric, students: Sequence[str], jobs: int
) -> list[Shift]:
    """Judge again and store, all or nothing."""
    shifts: list[Shift] = []

    def rows() -> Iterator[tuple[str, tuple[CheckVerdict, ...], tuple[str, ...]]]:
        for new in judge_again(book.out, rubric, students, jobs):
            shifts.extend(shifts_of([new]))
            yield new.student, new.after, new.attention

    book.save_judgements(rubric.sha256, rows())
    return shifts


def judge_some(out: Path, rubric: Rubric, students: Sequence[str]) -> list[Judgement]:
    """New verdicts for a few students."""
    with Gradebook(out, write=False) as book:
        return [_judged(book, student, rubric) for student in students]


def _judged(book: Gradebook, student: str, rubric: Rubric) -> Judgement:
    before = tuple(book.verdicts(student))
    observations = book.observations(student)
    if not observations.by_question:  # nothing was read of it: there is nothing to judge
        return Judgement(student, before, before, book.submission(student).attention)
    run = book.run_of(student)
    if not is_known(run):
        raise KitError(
            f"{book.path}: {student} was asked the questions of another kit ({run.kit_version}), "
            "whose answers this one does not know; grade again, or judge with that kit"
        )
    verdict = judge(LAB.evidence_of(observations, run.seed, rubric, truth_of(run)))
    return Judgement(student, before, checks_of(verdict), attention_of(verdict))


def is_known(run: RunRecord) -> bool:
    """Whether a run asked the questions that this kit has the answers to."""
    return run.questions_sha256 == make_questions(run.seed).sha256


def _points(check: CheckVerdict | None) -> float:
    return 0.0 if check is None else check.score


def _moved(student: str, old: CheckVerdict | None, new: CheckVerdict | None) -> Moved:
    known = new or old
    assert known is not None
    if old is None or new is None:
        why = "the check is new" if old is None else "the check is gone"
    elif old.max_score != new.max_score:
        why = f"it is worth {new.max_score:g} instead of {old.max_score:g}"
    elif old.judged is new.judged:
        why = f"{new.judged}, {new.score:g} points instead of {old.score:g}: {new.message}"
    else:
        why = f"{old.judged}, now {new.judged}: {new.message}"
    return Moved(
        student,
        known.task,
        known.id,
        None if old is None else old.score,
        None if new is None else new.score,
        why,
    )
