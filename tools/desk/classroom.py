"""The class in memory: what pages list, filter and count.

The gradebook stays the only truth. It counts its transactions; if the count has moved by more than
our own change, everything is read again.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

from grader.engine.verdict import CheckVerdict
from grader.submission.submission import Finding
from tools.common import sanitize
from tools.course.batch.settings import read_rubric
from tools.course.doubts import DOUBTS
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import (
    Claim,
    Decision,
    Extension,
    Item,
    Ledger,
    Release,
    Released,
    ScoreEntry,
)
from tools.course.gradebook.records import RunRecord, StoredSubmission
from tools.course.imports import files_changed, import_files
from tools.course.report.build import Decided, Rules, report_of
from tools.course.report.pages.model import is_final
from tools.course.student import Student

# What the bank begins with: a person judges the experiments of T#12.
BANK = tuple(
    Item(reason=words, author="nnlab", task="T#12", value=value)
    for value, words in (
        (2.0, "Compares several settings, one change at a time, and says what each one did."),
        (1.0, "Explains the gap between training and validation accuracy."),
        (1.0, "Reads the learned weights as images and says what they show."),
        (-1.0, "States a result without the run that shows it."),
    )
)
# The graded work of one student, without the long texts.
Work = tuple[Student, StoredSubmission, Sequence[CheckVerdict], RunRecord]


@dataclass(frozen=True)
class Pupil:
    """One student as lists show them."""

    folder: str
    name: str  # clean to show
    id: str
    section: str
    score: float
    max_score: float
    counted: bool  # the score is a grade
    tasks: Mapping[str, tuple[float, float, str]]  # task -> score, of, judged
    lost: Mapping[str, tuple[str, float]]  # mistake -> task, points lost with it
    reasons: frozenset[str]  # slugs of open decisions
    doubts: tuple[Finding, ...]
    release: Release
    changed: bool  # a person set or changed something
    late: bool

    @cached_property
    def words(self) -> str:
        """What a search looks through."""
        return plain(f"{self.name} {self.id} {self.folder}")


def plain(text: str) -> str:
    """A text without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in folded if not unicodedata.combining(char))


@dataclass(frozen=True, eq=False)  # functions are cached by it
class Classroom:
    """Everybody, as of one count of changes."""

    changes: str
    run: RunRecord
    rules: Rules
    pupils: Mapping[str, Pupil]  # by folder, in the order of names
    work: Mapping[str, Work]
    claims: Mapping[str, tuple[Claim, ...]]  # student -> open regrade requests

    @cached_property
    def max_score(self) -> float:
        """The points of the whole lab."""
        return sum(self.rules.max_points.values())

    @cached_property
    def sections(self) -> list[str]:
        """Names of the sections, if there are any."""
        return sorted({one.section for one in self.pupils.values()} - {""})

    def name_of(self, folder: str) -> str:
        """The name to show; of somebody from an earlier year, what identifies them there."""
        return self.pupils[folder].name if folder in self.pupils else sanitize.line(folder, 120)

    @cached_property
    def has_mistake(self) -> Mapping[str, list[str]]:
        """Mistake -> folders of all who have it."""
        found = defaultdict(list)
        for one in self.pupils.values():
            for slug in one.lost:
                found[slug].append(one.folder)
        return found

    def affected(self, rows: Iterable[Any]) -> set[str]:
        """Students whom some rows of the ledger are about."""
        found: set[str] = set()
        for row in rows:
            mistake = getattr(row, "mistake", None) or ""
            found |= {row.student} if row.student else set(self.has_mistake.get(mistake, ()))
        return found & self.pupils.keys()


class Desk:
    """One gradebook that is open to graders; every method may be called from any thread."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._lock = RLock()  # one change at a time
        self._reading = RLock()  # one reading of everything at a time, also while a change is made
        self._classroom: Classroom | None = None

    def prepare(self) -> None:
        """Import what people edited in files, and fill the bank of comments the first time."""
        with self.changing() as book:
            if files_changed(book):
                import_files(book, read_rubric(None, book.latest_run())[0])
            if not book.ledger.rows(Item, withdrawn=True):
                book.ledger.add(*BANK)

    @contextmanager
    def reading(self) -> Iterator[Gradebook]:
        """The gradebook, to read one student."""
        with Gradebook(self.out, write=False) as book:
            yield book

    @contextmanager
    def changing(self) -> Iterator[Gradebook]:
        """The gradebook, for one change; refused while another nnlab is at work."""
        with self._lock, Gradebook(self.out, write=True) as book:
            yield book

    def add(self, *rows: Any, seen: int | None = None) -> None:
        """Add rows to the ledger; ConflictError if somebody changed the student meanwhile."""
        with self._lock:
            before = self.classroom()
            with self.changing() as book:
                book.ledger.add(*rows, seen=seen)
            self._update(before, rows)

    def withdraw(self, row: Any, author: str) -> None:
        """Withdraw a row of the ledger."""
        with self._lock:
            before = self.classroom()
            with self.changing() as book:
                book.ledger.withdraw(row, author)
            self._update(before, [row])

    def classroom(self) -> Classroom:
        """The class as the gradebook has it now."""
        with self._reading, self.reading() as book:
            known = self._classroom
            if known is None or known.changes != book.mark("changes"):
                known = self._classroom = _read(book)
            return known

    def _update(self, before: Classroom, rows: Iterable[Any]) -> None:
        """After our own change, read only those whom it is about."""
        with self._reading, self.reading() as book:
            changes = book.mark("changes")
            if changes != str(int(before.changes) + 1):
                return  # somebody else changed something, too: the next reader reads everything
            folders = before.affected(rows)
            pupils = dict(before.pupils)
            decided = DecidedOfAll(book.ledger)
            only_releases = all(isinstance(row, Released) for row in rows)
            for folder in folders:
                pupils[folder] = (
                    replace(pupils[folder], release=decided.release(folder))
                    if only_releases
                    else _pupil(before.work[folder], before.rules, decided)
                )
            self._classroom = replace(
                before, changes=changes, pupils=pupils, claims=decided.open_claims
            )


class DecidedOfAll:
    """What people decided about everybody, read at once."""

    def __init__(self, ledger: Ledger) -> None:
        entries = ledger.rows(ScoreEntry)
        self._of_all = [one for one in entries if one.student is None]
        self._entries = _by_student(entries)
        self._decisions = _by_student(ledger.rows(Decision))
        self._extensions = _by_student(ledger.rows(Extension))
        self._releases = ledger.releases()
        claims = ledger.rows(Claim)
        answered = {one.answers for one in claims}
        still_open = [one for one in claims if one.answers is None and one.id not in answered]
        self.open_claims: Mapping[str, tuple[Claim, ...]] = {
            student: tuple(rows) for student, rows in _by_student(still_open).items()
        }

    def of(self, student: str) -> Decided:
        """As `Decided.of`."""
        entries = sorted([*self._entries.get(student, ()), *self._of_all], key=lambda one: one.id)
        extensions = self._extensions.get(student)
        decisions = self._decisions.get(student, ())
        return Decided(entries, decisions, extensions[-1] if extensions else None)

    def release(self, student: str) -> Release:
        """The release state of a student."""
        return self._releases.get(student, Release.DRAFT)


def _by_student(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        if row.student is not None:
            found[row.student].append(row)
    return found


def _read(book: Gradebook) -> Classroom:
    run, changes = book.latest_run(), book.mark("changes")
    rules = Rules.of(read_rubric(None, run)[0])
    people = {one.folder: one for one in book.people()}
    checks, decided = book.checks(), DecidedOfAll(book.ledger)
    work = {
        one.student: (
            people[one.student],
            one,
            checks.get(one.student, ()),
            book.run_of(one.student),
        )
        for one in book.submissions(texts=False)
    }
    pupils = [_pupil(one, rules, decided) for one in work.values()]
    pupils.sort(key=lambda one: (plain(one.name), one.folder))
    by_folder = {one.folder: one for one in pupils}
    return Classroom(changes, run, rules, by_folder, work, decided.open_claims)


def _pupil(work: Work, rules: Rules, decided: DecidedOfAll) -> Pupil:
    student, stored, checks, run = work
    mine = decided.of(student.folder)
    report, doubts = report_of(student, stored, checks, run, rules, mine)
    lost: dict[str, tuple[str, float]] = {}
    for check in checks:
        for slug in (check.misconception or "").split("+") if check.misconception else ():
            before = lost.get(slug, (check.task, 0.0))[1]
            lost[slug] = (check.task, before + check.max_score - check.score)
    reasons = {one.slug for one in doubts}
    if student.folder in decided.open_claims:
        reasons.add("regrade")
    return Pupil(
        folder=student.folder,
        name=sanitize.line(student.name or student.folder, 120),
        id=student.id or "",
        section=student.section,
        score=report["score"],
        max_score=report["max_score"],
        counted=is_final(report),
        tasks={
            task["task"]: (task["score"], task["max_score"], task["judged"])
            for task in report["tasks"]
        },
        lost=lost,
        reasons=frozenset(reasons),
        doubts=tuple(doubts),
        release=decided.release(student.folder),
        changed=report["override"] is not None,
        late=bool(report["late"] and report["late"]["deduction"]),
    )


REASONS: Mapping[str, str] = {
    "regrade": "A student asks for a regrade",
    **{slug: text[0].upper() + text[1:] for slug, text in DOUBTS.items()},
}
