"""Writes OUT: one folder for each student, and the class's tables and dashboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
import numpy as np

from grader.engine.rubric import Rubric
from grader.errors import KitError, NnlabError
from tools.common import sanitize
from tools.common.atomic_write import write_atomic
from tools.course.batch.observing import load_data
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.records import truth_of
from tools.course.imports import import_files
from tools.course.owners import write_owners
from tools.course.report.alarm import other_data_alarm
from tools.course.report.build import Decided, Rules, report_of
from tools.course.report.extras import QUESTIONS, extras_of
from tools.course.report.page_cache import PagesKept, digest_of
from tools.course.report.pages import (
    Attention,
    Extras,
    folder_of,
    write_dashboard,
    write_student,
)
from tools.course.report.scores_csv import write_attention, write_moved, write_scores
from tools.course.student import Owner

_CHUNK = 50
_WORTH_PROCESSES = 4  # chunks from which on starting processes costs less than it saves


@dataclass(frozen=True)
class Written:
    """What is kept in memory of one student when the folder is written."""

    report: Mapping[str, Any]  # without what the class's tables do not need
    owner: Owner
    attention: tuple[Attention, ...]
    digest: str  # of all that the folder was made from


def write_reports(
    out: Path,
    book: Gradebook,
    rubric: Rubric,
    *,
    jobs: int = 1,
    compare: Iterable[Mapping[str, Any]] | None = None,
) -> list[Mapping[str, Any]]:
    """Write everything of OUT but the gradebook; the reports by student, in short.

    Folders that would come out the same are left alone. `compare` are the reports of an earlier
    run, for the dashboard.
    """
    import_files(book, rubric)
    changes, students, rules = book.mark("changes"), book.students(), Rules.of(rubric)
    kept = PagesKept.read(out)
    try:
        written = list(_write_students(out, rules, students, kept, jobs))
        kept.remove_all_but(students)
        kept.write({one.report["student"]: one.digest for one in written})
        reports = [one.report for one in written]
        attention = [
            *_for_the_class(reports),
            *_from_collecting(book),
            *(row for one in written for row in one.attention),
        ]
        write_owners(out, [one.owner for one in written])
        write_scores(out, reports)
        write_attention(out, attention)
        write_moved(out, book.moves())
        write_dashboard(out, reports, attention, compare=compare)
    except OSError as error:
        raise KitError(f"{out}: the report cannot be written: {error.strerror}") from error
    book.set_mark("reported", changes)
    return reports


def _write_students(
    out: Path, rules: Rules, students: Sequence[str], kept: PagesKept, jobs: int
) -> Iterator[Written]:
    chunks = [students[at : at + _CHUNK] for at in range(0, len(students), _CHUNK)]
    known = [{student: kept.digest(student) for student in chunk} for chunk in chunks]
    if jobs == 1 or len(chunks) < _WORTH_PROCESSES:
        for chunk in known:
            yield from write_some(out, rules, chunk)
        return
    with ProcessPoolExecutor(min(jobs, len(chunks)), mp_context=get_context("spawn")) as pool:
        for written in pool.map(write_some, repeat(out), repeat(rules), known):
            yield from written


def write_some(out: Path, rules: Rules, known: Mapping[str, str | None]) -> list[Written]:
    """Write the folders of some students; `known` maps each to the digest of what is there."""
    with Gradebook(out, write=False) as book:
        return [_write_one(rules, book, student, digest) for student, digest in known.items()]


def _write_one(rules: Rules, book: Gradebook, student: str, known: str | None) -> Written:
    stored, run = book.submission(student), book.run_of(student)
    checks, decided = book.verdicts(student), Decided.of(book.ledger, student)
    report, doubts = report_of(book.student(student), stored, checks, run, rules, decided)
    text = _json(report)
    truth = truth_of(run)
    # Only a page that shows errors needs them, and they take half a second to read.
    has_errors = stored.figures.get("validation_accuracy") is not None
    images = _validation_images(run.data) if has_errors else None
    digest = digest_of(text, stored.source, run.labels, book.content(student), images)
    if digest != known:
        seen = book.seen_of(student, QUESTIONS)
        folder = folder_of(book.out, student)
        _write_pages(
            folder,
            report,
            lambda: extras_of(seen, stored.source, run.seed, images, truth, checks),
        )
        # Last: a folder with a report.json is whole.
        write_atomic(folder / "report.json", text.encode("utf-8", "backslashreplace"))
    stage = "read" if stored.status == "ungradable" else "grade"
    attention = tuple(
        Attention(student, stored.name, stage, doubt.message, stored.again) for doubt in doubts
    )
    return Written(in_short(report), stored.owner, attention, digest)


def _write_pages(folder: Path, report: Mapping[str, Any], extras: Callable[[], Extras]) -> None:
    """The pages; what a student's arrays do to the pictures costs that page its pictures alone."""
    try:
        write_student(folder, report, extras())
    except (OSError, NnlabError):  # of the disk, not of the pictures
        raise
    except Exception as fault:
        told = (
            f"{folder.name}: no pictures, because of a bug in the kit "
            f"({type(fault).__name__}: {fault})"
        )
        click.echo(sanitize.line(told, 300), err=True)
        write_student(folder, report)


def _json(report: Mapping[str, Any]) -> str:
    """A line for each key: still to be read by people, and quick to write.

    Half a surrogate pair, which a student's text may hold, becomes its escape when it is encoded.
    """
    lines = [
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for key, value in report.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def in_short(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report with only those checks that tables and dashboard speak of.

    A whole one takes 60 kB of memory, mostly messages that stand on the student's page alone.
    """
    tasks = [
        dict(task)
        | {
            "checks": [
                check
                for check in task["checks"]
                if check["misconception"] is not None or check["judged"] == "could not tell"
            ]
        }
        for task in report["tasks"]
    ]
    return dict(report) | {"tasks": tasks}


def _for_the_class(reports: Sequence[Mapping[str, Any]]) -> Iterator[Attention]:
    alarm = other_data_alarm(reports)
    if alarm is not None:
        yield Attention("", "", "class", alarm, "")


def _from_collecting(book: Gradebook) -> list[Attention]:
    return [
        Attention(one.student, one.submission, one.stage, one.reason, one.again)
        for one in book.problems()
    ]


@lru_cache(maxsize=2)
def _validation_images(kind: str) -> np.ndarray | None:
    """The images, to show errors with, where the data that were graded with are still here."""
    try:
        data = load_data(kind)
    except KitError:
        return None
    return None if data is None else data.public["val"].copy()
