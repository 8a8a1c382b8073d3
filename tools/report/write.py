"""Writes OUT: one folder for each student, and the class's tables and dashboard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import KitError
from grader.rubric import Rubric
from tools.batch.observing import load_data
from tools.export.owners import write_owners
from tools.gradebook import Gradebook
from tools.gradebook.records import truth_of
from tools.late import LatePolicy, late_policy
from tools.overrides import FILE as OVERRIDES
from tools.overrides import apply_overrides, read_overrides
from tools.pages import Attention, folder_of, write_dashboard, write_student
from tools.report.build import report_of
from tools.report.extras import QUESTIONS, extras_of
from tools.scores_csv import write_attention, write_scores

_CHUNK = 50


@dataclass(frozen=True)
class _Pages:
    """What a process needs to write the pages of some students."""

    out: Path
    max_points: Mapping[str, float]
    overrides: tuple[Any, ...]
    policy: LatePolicy | None
    images: np.ndarray | None  # of validation, to show errors with


def write_reports(
    out: Path,
    book: Gradebook,
    rubric: Rubric,
    *,
    jobs: int = 1,
    compare: Sequence[Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Write everything of OUT but the gradebook; the reports, sorted by student.

    `compare` are the reports of an earlier run, for the dashboard.
    """
    run = book.latest_run()
    students = book.students()
    max_points = {task: sum(points.values()) for task, points in rubric.points.items()}
    overrides = read_overrides(out / OVERRIDES, students, max_points)
    policy = late_policy(rubric.late)
    pages = _Pages(out, max_points, overrides, policy, _validation_images(run.data))
    try:
        reports = _write_students(pages, students, jobs)
        attention = _attention(book, reports)
        write_owners(out, [stored.owner for stored in book.submissions()])
        write_scores(out, reports)
        write_attention(out, attention)
        write_dashboard(out, reports, attention, compare=compare)
    except OSError as error:
        raise KitError(f"{out}: the report cannot be written: {error.strerror}") from error
    return reports


def _write_students(pages: _Pages, students: list[str], jobs: int) -> list[dict[str, Any]]:
    chunks = [students[at : at + _CHUNK] for at in range(0, len(students), _CHUNK)]
    if jobs == 1 or len(chunks) < 2:
        return [report for chunk in chunks for report in write_some(pages, chunk)]
    with ProcessPoolExecutor(min(jobs, len(chunks)), mp_context=get_context("spawn")) as pool:
        written = pool.map(write_some, [pages] * len(chunks), chunks)
        return [report for chunk in written for report in chunk]


def write_some(pages: _Pages, students: Sequence[str]) -> list[dict[str, Any]]:
    """Write the folders of some students; their reports."""
    with Gradebook(pages.out, write=False) as book:
        run = book.latest_run()
        truth = truth_of(run)
        reports = []
        for student in students:
            stored = book.submission(student)
            checks = book.verdicts(student)
            report = report_of(stored, checks, run, pages.max_points, pages.policy)
            report = apply_overrides(report, pages.overrides)
            seen = book.observations(student, QUESTIONS).by_question
            extras = extras_of(seen, stored.source, run.seed, pages.images, truth)
            folder = folder_of(pages.out, student)
            write_student(folder, report, extras)
            text = json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False)
            # Last: a folder with a report.json is whole.
            (folder / "report.json").write_text(text + "\n", encoding="utf-8")
            reports.append(report)
    return reports


def _attention(book: Gradebook, reports: Sequence[Mapping[str, Any]]) -> list[Attention]:
    """What a person has to look at: from collecting, and from the submissions themselves."""
    found = [
        Attention(one.student, one.submission, one.stage, one.reason, one.again)
        for one in book.problems()
    ]
    for stored in book.submissions():
        stage = "read" if stored.status == "ungradable" else "grade"
        found += [
            Attention(stored.student, stored.name, stage, reason, stored.again)
            for reason in stored.attention
        ]
    return found


def _validation_images(kind: str) -> np.ndarray | None:
    """The images, where the data that were graded with are still here."""
    try:
        data = load_data(kind)
    except KitError:
        return None
    return None if data is None else data.public["val"]
