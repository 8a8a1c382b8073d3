"""What people decide is added and withdrawn, never edited, and survives an older schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from grader.errors import ConflictError, KitError
from tests.tools.course.gradebook.samples import RUN, graded
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import (
    Decision,
    Extension,
    Kind,
    Release,
    Released,
    Scope,
    ScoreEntry,
)
from tools.course.gradebook.records import Judgment, Moved
from tools.course.student import Student

CHANGE = ScoreEntry(
    student="ada", scope=Scope.TASK, kind=Kind.CHANGE, task="T#6", value=-2.0, reason="style"
)


@pytest.fixture
def book(tmp_path):
    """A gradebook with Ada and Ben."""
    with Gradebook(tmp_path, write=True, create=True) as made:
        run = made.begin_run(RUN)
        made.save(run, graded())
        made.save(run, graded("ben"))
        yield made


@pytest.mark.parametrize(
    "row",
    [
        CHANGE,
        Extension(student="ada", due="2026-03-09T23:59:00+01:00", reason="ill", author="prof"),
        Decision(student="ada", accepts="zero", sha256="s" * 64),
        Released(student="ada", state=Release.HELD),
    ],
    ids=lambda row: type(row).__name__,
)
def test_added_row_comes_back_until_withdrawn(book, row):
    book.ledger.add(row)
    (found,) = book.ledger.rows(type(row), "ada")
    assert (found.reason, found.source, found.withdrawn) == (row.reason, row.source, None)
    assert found.time < "3"
    assert found.id > 0
    book.ledger.withdraw(found, "prof")
    assert book.ledger.rows(type(row)) == []
    (gone,) = book.ledger.rows(type(row), withdrawn=True)
    assert gone.withdrawn is not None
    assert gone.withdrawn_by == "prof"


def test_second_grader_sees_the_conflict(book):
    seen = book.ledger.revision("ada")
    book.ledger.add(CHANGE, seen=seen)
    with pytest.raises(ConflictError, match="Somebody else has changed ada"):
        book.ledger.add(CHANGE, seen=seen)
    assert len(book.ledger.rows(ScoreEntry)) == 1
    book.ledger.add(CHANGE, seen=book.ledger.revision("ada"))


def test_replacing_a_source_keeps_its_unchanged_rows(book):
    """A line of overrides.csv that did not change keeps its time, and so its place."""
    lines = [ScoreEntry(student=one, value=5.0, source="file") for one in ("ada", "ben")]
    book.ledger.replace(ScoreEntry, "file", lines)
    book.ledger.add(CHANGE)
    before = book.ledger.rows(ScoreEntry)
    book.ledger.replace(ScoreEntry, "file", lines[:1])
    assert book.ledger.rows(ScoreEntry) == [before[0], before[2]]
    assert len(book.ledger.rows(ScoreEntry, withdrawn=True)) == 3


def test_entry_on_a_mistake_is_everybodys(book):
    slip = ScoreEntry(scope=Scope.MISTAKE, kind=Kind.CHANGE, mistake="half-reg", value=1.0)
    book.ledger.add(slip)
    assert len(book.ledger.rows(ScoreEntry, "ben")) == 1


def test_release_state_is_the_latest(book):
    assert "ada" not in book.ledger.releases()
    book.ledger.add(Released(student="ada", state=Release.RELEASED))
    book.ledger.add(Released(student="ada", state=Release.HELD))
    assert book.ledger.releases() == {"ada": Release.HELD}


def test_row_of_a_stranger_is_refused(book):
    with pytest.raises(KitError, match="FOREIGN KEY"):
        book.ledger.add(Released(student="zoe"))


def test_folders_differ_in_more_than_case(book):
    with pytest.raises(KitError, match="UNIQUE"):
        book.register([Student("ADA", "moodle", "1", "Ada")])


def test_moves_keep_the_first_points_and_forget_what_moved_back(book):
    def judged(before, after):
        old, new = graded(score=before).verdicts, graded(score=after).verdicts
        return Judgment("ada", old, new, ())

    book.save_judgments("other", "code", [judged(2.0, 1.0)])
    book.save_judgments("other", "code", [judged(1.0, 0.5)])
    (moved,) = book.moves()
    assert isinstance(moved, Moved)
    assert (moved.before, moved.after) == (2.0, 0.5)
    book.save_judgments("other", "code", [judged(0.5, 2.0)])
    assert book.moves() == []


def test_version_3_becomes_students_with_their_ids(tmp_path):
    """The fixture was written by the kit whose schema was 3; two rows share one id."""
    text = (Path(__file__).parent / "version3.sql").read_text(encoding="utf-8")
    with sqlite3.connect(tmp_path / "gradebook.sqlite") as plain:
        plain.executescript(text)
    with Gradebook(tmp_path, write=True) as book:
        assert [(one.folder, one.system, one.id) for one in book.people()] == [
            ("ana-lee", "canvas", "111"),
            ("ben", "moodle", "7"),
            ("ben-2", "moodle", None),
            ("cleo", "folder", None),
        ]
        told = {one.student: [each.slug for each in one.attention] for one in book.submissions()}
        assert told == {"ana-lee": [], "ben": [], "ben-2": ["suspicious"], "cleo": ["unreadable"]}
        assert tuple(book.verdicts("ana-lee")) == graded().verdicts
        assert book.latest_run() == RUN
        book.ledger.add(ScoreEntry(student="cleo"))
