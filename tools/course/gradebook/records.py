"""What goes into the gradebook and comes out of it."""

from __future__ import annotations

import dataclasses
import json
import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from grader.engine.observation import Ended, Measured, Observation, Observations
from grader.engine.protocol import read_answers, values_of
from grader.engine.verdict import CheckVerdict, Judged, Verdict
from grader.lab.data import Truth
from grader.sandbox.guest import frames
from grader.submission.submission import Finding
from tools.course.student import Attempt, Owner

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Moved:
    """One check of one student whose points changed when it was judged again."""

    student: str
    task: str
    check: str
    before: float | None  # points; None if the check is new
    after: float | None  # None if it is gone
    why: str


@dataclass(frozen=True)
class Judgment:
    """A student's new verdicts beside the old ones."""

    student: str
    before: tuple[CheckVerdict, ...]
    after: tuple[CheckVerdict, ...]
    attention: tuple[Finding, ...]

    @cached_property
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
class RunRecord:
    """With what a class was graded."""

    seed: int
    data: str
    isolation: str
    rubric_sha256: str
    rubric: str
    kit_version: str
    numpy_version: str
    asked_with: str
    questions_sha256: str
    labels: bytes


@dataclass(frozen=True)
class StoredSubmission:
    """One student's row."""

    student: str
    name: str
    sha256: str
    fingerprint: str
    received: str | None
    status: str  # "graded", "attention", "ungradable"
    owner: Owner
    findings: tuple[Finding, ...]
    attention: tuple[Finding, ...]  # doubts that are not in the verdicts
    source: str
    output: str
    isolation: str
    measured: Measured
    figures: Mapping[str, float | None]  # accuracies of best_net, final loss of the toy training
    judged_by: str  # sha256 of the rubric
    judged_with: str  # digest of the code that judged
    again: str
    attempts: tuple[Attempt, ...] = ()  # earlier ones, newest first; not graded
    notebook: str = ""  # its code cells as text, each under a line "# %%"


@dataclass(frozen=True)
class Graded:
    """Everything that is stored of one student, in one transaction."""

    submission: StoredSubmission
    observations: tuple[tuple[Any, ...], ...]  # rows of the table
    content: bytes  # what came back to them, packed where it was seen
    verdicts: tuple[CheckVerdict, ...]


def storable(values: Iterable[Any]) -> tuple[Any, ...]:
    """A row that SQLite takes: half a surrogate pair, which a student's text may hold, is no UTF-8.

    Each becomes one other character, so that texts are cut at the same place before and after.
    """
    row = tuple(values)
    if "".join([value for value in row if isinstance(value, str)]).isascii():  # nearly always
        return row
    return tuple(
        _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value
        for value in row
    )


def observation_rows(observations: Observations) -> tuple[tuple[Any, ...], ...]:
    """Rows (question, position, ended, error)."""
    return tuple(
        (question, position, str(seen.ended), seen.error)
        for position, (question, seen) in enumerate(observations.by_question.items())
    )


def pack_frames(came: Iterable[bytes]) -> bytes:
    """What came back, as one."""
    # Level 1: a fifth of the time of the default for a tenth more bytes.
    return zlib.compress(b"".join(came), 1)


def unpack_observations(
    rows: Iterable[tuple[str, str, str | None]], content: bytes, questions: Collection[str] = ()
) -> dict[str, Observation]:
    """The observations of rows (question, ended, error), of all questions or only of some."""
    answers, found = read_answers(zlib.decompress(content), questions), {}
    for question, ended, error in rows:
        if not questions or question in questions:
            answer = answers.get(question)
            values = {} if answer is None else values_of(answer.header)
            arrays = {} if answer is None else answer.arrays
            found[question] = Observation(question, Ended(ended), values, arrays, error)
    return found


def verdict_row(position: int, verdict: CheckVerdict) -> tuple[Any, ...]:
    """A check's verdict as a row without the student."""
    return (
        verdict.id,
        position,
        verdict.task,
        str(verdict.judged),
        str(verdict.ended),
        verdict.score,
        verdict.max_score,
        int(verdict.public),
        verdict.message,
        _json(verdict.got),
        _json(verdict.expected),
        verdict.hint,
        verdict.misconception,
        verdict.worth,
        verdict.worth_if_accepted,
    )


# Columns of a check's verdict, without the student and the position.
VERDICT_COLUMNS = tuple(field.name for field in dataclasses.fields(CheckVerdict))


@lru_cache(maxsize=10_000)
def verdict_of_row(*row: Any) -> CheckVerdict:
    """The verdict of a row of VERDICT_COLUMNS: most students have most of them alike."""
    values = dict(zip(VERDICT_COLUMNS, row, strict=True))
    values |= {"judged": Judged(values["judged"]), "ended": Ended(values["ended"])}
    values |= {name: _value(values[name]) for name in ("got", "expected")}
    return CheckVerdict(**values | {"public": bool(values["public"])})


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def checks_of(verdict: Verdict) -> tuple[CheckVerdict, ...]:
    """The checks of all tasks."""
    return tuple(check for task in verdict.tasks for check in task.checks)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def owner_json(owner: Owner) -> str:
    """An owner as text."""
    return json.dumps(dataclasses.asdict(owner), ensure_ascii=False, sort_keys=True)


def owner_of_json(text: str) -> Owner:
    """The owner of a text."""
    table = json.loads(text)
    return Owner(**table | {"members": tuple(table["members"])})


def labels_bytes(truth: Truth | None) -> bytes:
    """The labels that only the judge knows, packed; empty where nothing was asked about images."""
    if truth is None:
        return b""
    arrays = {"y_val": truth.y_val.astype("|u1"), "y_test": truth.y_test.astype("|u1")}
    return zlib.compress(frames.encode({}, arrays), 6)


@lru_cache(maxsize=4)
def truth_of(run: RunRecord) -> Truth | None:
    """The labels of a run."""
    if not run.labels:
        return None
    _, arrays = frames.decode(zlib.decompress(run.labels))
    return Truth(run.data, *(arrays[name].astype(np.int64) for name in ("y_val", "y_test")))


def _points(check: CheckVerdict | None) -> float:
    return 0.0 if check is None else check.score


def _moved(student: str, old: CheckVerdict | None, new: CheckVerdict | None) -> Moved:
    known = new or old
    assert known is not None
    if old is None or new is None:
        why = "the check is new" if old is None else "the check was removed"
    elif old.max_score != new.max_score:
        why = f"it is worth {new.max_score:g} instead of {old.max_score:g}"
    elif old.judged is new.judged:
        why = f"{new.judged}, {new.score:g} instead of {old.score:g} points: {new.message}"
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
