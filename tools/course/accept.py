"""Accepts doubtful grades: a person looked at them, and they may leave."""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterator
from pathlib import Path

from tools.course.batch.settings import read_rubric
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Decision
from tools.course.imports import import_files
from tools.course.report.build import Decided, Rules, report_of
from tools.course.report.write import write_reports


def accept(
    out: Path, slug: str, students: Collection[str] = (), note: str = "", *, jobs: int = 1
) -> list[str]:
    """Accept one kind of doubt for some students, or for all who have it; who they are.

    The decision holds for the submission of now: a newer one raises the doubt again.
    """
    with Gradebook(out, write=True) as book:
        rubric, _ = read_rubric(None, book.latest_run())
        import_files(book, rubric)
        chosen = students or book.students()
        accepted = list(_doubtful(book, slug, chosen, Rules.of(rubric)))
        book.ledger.add(
            *(
                Decision(
                    student=student,
                    accepts=slug,
                    sha256=book.submission(student).sha256,
                    reason=note,
                    author=getpass.getuser(),
                    source="accept",
                )
                for student in accepted
            )
        )
        write_reports(out, book, rubric, jobs=jobs)
    return accepted


def _doubtful(book: Gradebook, slug: str, students: Collection[str], rules: Rules) -> Iterator[str]:
    for student in students:
        stored, run = book.submission(student), book.run_of(student)
        decided = Decided.of(book.ledger, student)
        checks = book.verdicts(student)
        _, doubts = report_of(book.student(student), stored, checks, run, rules, decided)
        if any(doubt.slug == slug for doubt in doubts):
            yield student
