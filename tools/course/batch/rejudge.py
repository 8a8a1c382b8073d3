"""Judges a class again from stored observations: no student code is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from grader.engine.judge import judge, with_points
from grader.engine.rubric import Rubric, parse_rubric
from grader.errors import KitError, MaterialError
from grader.lab.questions import make_questions
from grader.two_layer_net import LAB
from tools.course.batch.observing import SUSPICIOUS, suspicions
from tools.course.batch.settings import judging_digest
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.records import Judgment, RunRecord, checks_of, truth_of

_CHUNK = 25


def judge_again(
    out: Path, rubric: Rubric, students: Sequence[str], jobs: int
) -> Iterator[Judgment]:
    """New verdicts for some students of a gradebook; nothing is stored."""
    chunks = [students[at : at + _CHUNK] for at in range(0, len(students), _CHUNK)]
    # To start a process takes as long as other points for a few hundred submissions.
    if jobs == 1 or len(chunks) < 3 or _only_points_changed(out, rubric):
        yield from _judge_each(out, rubric, students)
        return
    with ProcessPoolExecutor(min(jobs, len(chunks)), mp_context=get_context("spawn")) as pool:
        for judgments in pool.map(judge_some, repeat(out), repeat(rubric), chunks):
            yield from judgments


def judge_and_save(
    book: Gradebook,
    rubric: Rubric,
    students: Sequence[str],
    jobs: int,
    run: RunRecord | None = None,
    watch: Callable[[Judgment], None] = lambda new: None,
) -> None:
    """Judge again and store verdicts, moves and the run, all or nothing.

    `watch` is handed each judgment before it is stored.
    """

    def judged() -> Iterator[Judgment]:
        for new in judge_again(book.out, rubric, students, jobs):
            watch(new)
            yield new

    book.save_judgments(rubric.sha256, judging_digest(), judged(), run)


def judge_some(out: Path, rubric: Rubric, students: Sequence[str]) -> list[Judgment]:
    """New verdicts for a few students."""
    return list(_judge_each(out, rubric, students))


def _judge_each(out: Path, rubric: Rubric, students: Sequence[str]) -> Iterator[Judgment]:
    with Gradebook(out, write=False) as book:
        alike = _rubrics_like(book, rubric)
        for student in students:
            yield _judged(book, student, rubric, alike)


def _only_points_changed(out: Path, rubric: Rubric) -> bool:
    """Whether no check has to run again for anybody."""
    with Gradebook(out, write=False) as book:
        alike = {(sha256, judging_digest()) for sha256 in _rubrics_like(book, rubric)}
        return book.judged_with() <= alike


def _rubrics_like(book: Gradebook, rubric: Rubric) -> set[str]:
    """Digests of earlier rubrics whose verdicts differ from this one's only in points."""
    found = set()
    for sha256, text in book.rubrics().items():
        with suppress(MaterialError):  # of an earlier kit
            if parse_rubric(LAB, sha256, text.encode()).judges_like(rubric):
                found.add(sha256)
    return found


def _judged(book: Gradebook, student: str, rubric: Rubric, alike: Set[str]) -> Judgment:
    """New verdicts; where only points changed, the old ones with other points."""
    before, stored = tuple(book.verdicts(student)), book.submission(student)
    told = stored.attention
    if stored.judged_with == judging_digest() and stored.judged_by in alike:
        after = tuple(with_points(check, rubric) for check in before)
        return Judgment(student, before, after, told)
    observations = book.observations(student)
    if not observations.by_question:  # nothing was read of it: there is nothing to judge
        return Judgment(student, before, before, told)
    run = book.run_of(student)
    if not is_known(run):
        raise KitError(
            f"{book.path}: {student} was asked questions of another kit version "
            f"({run.kit_version}), whose answers this one does not know; grade again, or judge "
            "with that kit"
        )
    verdict = judge(LAB.evidence_of(observations, run.seed, rubric, truth_of(run)))
    attention = (*(one for one in told if one.slug != SUSPICIOUS), *suspicions(verdict))
    return Judgment(student, before, checks_of(verdict), attention)


def is_known(run: RunRecord) -> bool:
    """Whether a run asked the questions that this kit has the answers to."""
    return run.questions_sha256 == make_questions(run.seed).sha256
