"""The steps of grading a class, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from grader.errors import SubmissionError
from grader.lab.data import Truth
from grader.lab.questions import make_questions
from tools.common.machine import available_cores
from tools.course.batch.observing import describe_data, described, load_data
from tools.course.batch.pool import grade_entries
from tools.course.batch.rejudge import is_known, judge_and_save
from tools.course.batch.settings import Settings, kit_version
from tools.course.collect.collecting import again_alone, collect
from tools.course.collect.model import Collection, Entry, Problem
from tools.course.collect.reader import Reader
from tools.course.gradebook.book import FILE, Gradebook
from tools.course.gradebook.records import Graded, RunRecord, StoredSubmission, labels_bytes
from tools.course.imports import import_files
from tools.course.student import Owner, Student

# From entries, settings and number of jobs to results as they come: on this machine's cores, or
# on a cluster.
Runner = Callable[[Sequence[Entry], Settings, int], Iterator[tuple[Entry, Graded]]]


@dataclass
class Outcome:
    """What a run did, for the summary at its end."""

    collected: int = 0
    observed: int = 0
    kept: int = 0  # unchanged since an earlier run
    absent: tuple[str, ...] = ()  # students of earlier runs who were not among the paths
    data: str = "none"  # kind of the images
    images: str | None = None  # a sentence on them
    problems: list[Problem] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def left(self) -> int:
        """Submissions that are still to be graded, after a run that was stopped."""
        return self.collected - self.kept - self.observed


class Watcher:
    """Told what happens; the command line shows it. Does nothing by itself."""

    def begin(self, total: int, already: int, images: str | None = None) -> None:
        """So many entries, so many of which are unchanged; a sentence on the images, if any."""

    def graded(self, entry: Entry, graded: Graded) -> None:
        """One more is stored."""


def grade(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    jobs: int | None = None,
    roster: Path | None = None,
    section: str | None = None,
    forget_absent: bool = False,
    watcher: Watcher | None = None,
    runner: Runner = grade_entries,
) -> Outcome:
    """Collect, observe and judge, and leave everything in the gradebook of `out`.

    What was observed before with the same questions, and has not changed since, is kept. So are
    students who are not among the paths, unless `forget_absent`: to grade one submission again
    must not cost the others.

    Raises
    ------
    NnlabError
        If the class cannot be graded at all; single submissions never do that.
    """
    watcher = watcher or Watcher()
    options = ["-o", str(out.absolute()), *settings.options]
    if roster is not None:
        options += ["--roster", str(roster.absolute())]
    if section is not None:
        options += ["--section", section]
    collection = collect(
        paths, known=known_students(out), section=section, roster=roster, options=options
    )

    def with_command(stored: StoredSubmission, entry: Entry) -> StoredSubmission:
        # By a roster, all who are not among the paths count as missing.
        alone = stored.status != "graded" and roster is None
        return replace(stored, again=again_alone(entry, options)) if alone else stored

    data = load_data(settings.data)
    truth, images = data.truth if data else None, describe_data(data)
    del data  # the images are for the workers
    with Gradebook(out, write=True, create=True) as book:
        asked_with = settings.asked_with(truth.kind if truth else "none")
        fresh, kept = _sort_out(collection.entries, book.seen(asked_with))
        run = book.begin_run(_run_record(settings, truth, asked_with))
        book.register(entry.record for entry in collection.entries if entry.record)
        import_files(book, settings.rubric)
        absent = sorted({*book.students()} - {entry.student for entry in collection.entries})
        if forget_absent:
            book.forget(absent)
        problems = _all_problems(collection, paths, () if forget_absent else book.problems())
        book.put_problems(problems)
        book.update(
            with_command(described(book.submission(entry.student), entry), entry) for entry in kept
        )
        outcome = _outcome(collection, problems, fresh, () if forget_absent else absent)
        outcome.data, outcome.images = truth.kind if truth else "none", images
        watcher.begin(len(collection.entries), outcome.kept, images)
        try:
            for entry, graded in runner(fresh, settings, jobs or available_cores()):
                stored = with_command(graded.submission, entry)
                book.save(run, replace(graded, submission=stored))
                outcome.observed += 1
                watcher.graded(entry, graded)
        except KeyboardInterrupt:
            outcome.interrupted = True
    return outcome


def known_students(out: Path) -> dict[Student, Owner]:
    """The students of a gradebook, if there is one."""
    if not (out / FILE).is_file():
        return {}
    with Gradebook(out, write=True) as book:
        return book.known()


def kept_run(out: Path) -> RunRecord | None:
    """The last run of a gradebook, whose rubric, seed and data go on; None for a new OUT."""
    if not (out / FILE).is_file():
        return None
    with Gradebook(out, write=True) as book:
        return book.latest_run() if book.has_run else None


def _sort_out(
    entries: Sequence[Entry], seen: Mapping[str, tuple[str, str]]
) -> tuple[list[Entry], list[Entry]]:
    """Entries to be graded, and those that are as they were seen before."""
    fresh: list[Entry] = []
    kept: list[Entry] = []
    with Reader() as reader:
        for entry in entries:
            is_kept = entry.student in seen and _is_same(entry, *seen[entry.student], reader)
            (kept if is_kept else fresh).append(entry)
    return fresh, kept


def _is_same(entry: Entry, fingerprint: str, sha256: str, reader: Reader) -> bool:
    """Nothing was touched; or it was moved or downloaded again, and holds the same."""
    if entry.fingerprint == fingerprint:
        return True
    try:
        return reader.read(entry).sha256 == sha256
    except SubmissionError:
        return False


def _all_problems(
    collection: Collection, paths: Sequence[Path], earlier: Iterable[Problem]
) -> list[Problem]:
    """The problems of this run, and those of earlier runs with other paths that are still there."""
    now = [path.absolute() for path in paths]
    students = {entry.student for entry in collection.entries}
    source = "\n".join(map(str, now))
    found = [replace(problem, source=source) for problem in collection.problems]
    for problem in earlier:
        sources = [Path(source) for source in problem.source.splitlines()]
        is_there = bool(sources) and all(source.exists() for source in sources)
        is_looked_at_again = any(old.is_relative_to(new) for old in sources for new in now)
        if is_there and not is_looked_at_again and problem.student not in students:
            found.append(problem)
    return found


def _outcome(
    collection: Collection,
    problems: list[Problem],
    fresh: Sequence[Entry],
    absent: Sequence[str],
) -> Outcome:
    return Outcome(
        collected=len(collection.entries),
        kept=len(collection.entries) - len(fresh),
        absent=tuple(absent),
        problems=problems,
        notes=collection.notes,
    )


def _run_record(settings: Settings, truth: Truth | None, asked_with: str) -> RunRecord:
    return RunRecord(
        seed=settings.seed,
        data=truth.kind if truth else "none",
        isolation=settings.isolation,
        rubric_sha256=settings.rubric.sha256,
        rubric=settings.rubric_text,
        kit_version=kit_version(),
        numpy_version=np.__version__,
        asked_with=asked_with,
        questions_sha256=make_questions(settings.seed).sha256,
        labels=labels_bytes(truth),
    )


def judge_kept(out: Path, settings: Settings, jobs: int) -> int:
    """Judge by this rubric what was kept from a run with another; how many that were."""
    with Gradebook(out, write=True) as book:
        stale = [
            student
            for student in book.judged_by_other_rubric(settings.rubric.sha256)
            if is_known(book.run_of(student))
        ]
        judged = sum(bool(book.verdicts(student)) for student in stale)  # the others never ran
        judge_and_save(book, settings.rubric, stale, jobs)
    return judged
