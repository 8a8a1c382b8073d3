"""The rubric: edit it, see who would move, apply it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from grader.engine.rubric import Rubric, parse_rubric
from grader.errors import ConflictError, MaterialError, NnlabError
from grader.two_layer_net import LAB
from tools.common.machine import available_cores
from tools.course.late import late_policy
from tools.course.report.build import Rules
from tools.course.report.shifts import Shift, grades_of, shift_of
from tools.desk.classroom import DecidedOfAll, Desk
from tools.desk.figures import scores_of
from tools.desk.pages import desk, go, render, say
from tools.desk.rubric_text import Field, changes_between, fields_of, with_values

pages = Blueprint("judging", __name__)
NAME = "the rubric"


@dataclass
class Trial:
    """A judgment by a changed rubric, in a thread of its own; nothing is stored until applied."""

    text: str
    rubric: Rubric
    changes: str  # of the gradebook that it began with
    total: int
    author: str
    shifts: list[Shift] = field(default_factory=list)
    done: bool = False
    applying: bool = False
    applied: bool = False
    error: str = ""

    @property
    def running(self) -> bool:
        """Whether the page should ask again."""
        return not (self.done or self.error) or self.applying

    @property
    def count(self) -> int | None:
        """Students judged; None while the result is stored."""
        return None if self.applying else len(self.shifts)

    @property
    def step(self) -> str:
        """What it does, in words."""
        judging = f"Judging: {len(self.shifts)} of {self.total}"
        return "Storing the new scores" if self.applying else judging

    @property
    def moved(self) -> list[Shift]:
        """Students whose sum moves, the largest change first."""
        found = [one for one in self.shifts if one.before != one.after]
        return sorted(found, key=lambda one: (-abs(one.after - one.before), one.student))

    @property
    def kept_sum(self) -> int:
        """Students whose checks move and whose sum stays."""
        return sum(bool(one.moved) and one.before == one.after for one in self.shifts)


class Trials:
    """The last trial; one at a time, for a machine has few cores."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.last: Trial | None = None

    def start(self, opened: Desk, trial: Trial) -> None:
        with self._lock:
            if self.last is not None and self.last.running:
                raise ConflictError("Another preview is still running; wait for it.")
            self.last = trial
        Thread(target=_judge, args=(opened, trial), daemon=True).start()


def trials() -> Trials:
    """The trials of this desk."""
    found: Trials = current_app.config["TRIALS"]
    return found


def _judge(opened: Desk, trial: Trial) -> None:
    from tools.course.batch.rejudge import judge_again

    room, rules = opened.classroom(), Rules.of(trial.rubric)
    try:
        with opened.reading() as book:
            decided = DecidedOfAll(book.ledger)
        for new in judge_again(opened.out, trial.rubric, list(room.work), available_cores()):
            student, stored, _, run = room.work[new.student]
            mine = decided.of(new.student)
            trial.shifts.append(shift_of(student, stored, run, mine, new, room.rules, rules))
        trial.done = True
    except NnlabError as error:
        trial.error = str(error)


def _apply(opened: Desk, trial: Trial) -> None:
    from tools.course.batch.rejudge import judge_and_save

    room = opened.classroom()
    run = replace(room.run, rubric=trial.text, rubric_sha256=trial.rubric.sha256)
    try:
        with opened.changing() as book:
            judge_and_save(book, trial.rubric, list(room.work), available_cores(), run)
        opened.classroom()
        trial.applied = True
    except NnlabError as error:
        trial.error = str(error)
    finally:
        trial.applying = False


@pages.get("/rubric")
def rubric() -> str:
    """The rubric that the class was judged with, and what the last preview found."""
    room = desk().classroom()
    return _page(room.run.rubric)


def _page(text: str, problems: Sequence[str] = ()) -> str:
    room, trial = desk().classroom(), trials().last
    if trial is not None and trial.changes != room.changes and not trial.applied:
        trial = None  # a preview of another state of the class
    # Read once: the preview goes on in a thread of its own.
    is_running = trial is not None and trial.running
    context: dict[str, Any] = {"is_running": is_running}
    if trial is not None and trial.done and not is_running:
        scores = grades_of(trial.shifts)
        most = max(room.max_score, sum(sum(each.values()) for each in trial.rubric.points.values()))
        context |= {
            "before": scores_of(scores[0], most),
            "after": scores_of(scores[1], most),
            "keys": changes_between(room.run.rubric, trial.text) if not trial.applied else [],
        }
    fields: dict[str, list[Field]] = {}
    for one in fields_of(text):
        fields.setdefault(one.table, []).append(one)
    return render(
        "rubric.html", room, text=text, problems=problems, fields=fields, trial=trial, **context
    )


@pages.post("/rubric")
def preview() -> Response | tuple[str, int]:
    """Check the changed rubric and begin to judge by it."""
    room, form = desk().classroom(), request.form
    text = (form.get("text") or room.run.rubric).replace("\r\n", "\n")
    try:
        text = with_values(text, form) if "fields" in form else text
        changed = parse_rubric(LAB, NAME, text.encode())
        late_policy(changed.late)
    except MaterialError as error:
        return _page(text, error.problems), 422
    if changed.sha256 == room.run.rubric_sha256:
        say("Nothing in the rubric was changed.", "note")
        return go("/rubric")
    trials().start(desk(), Trial(text, changed, room.changes, len(room.work), g.grader))
    return go("/rubric#preview")


@pages.get("/rubric/progress")
def progress() -> str:
    """How far the preview is; the page asks again until it is done."""
    trial = trials().last
    if trial is None:
        return ""
    return render("progress.html", desk().classroom(), job=trial, here="/rubric")


@pages.post("/rubric/apply")
def apply() -> Response:
    """Store what the preview showed."""
    trial, room = trials().last, desk().classroom()
    if trial is None or not trial.done or trial.rubric.sha256 != request.form.get("sha256"):
        raise ConflictError("This preview is too old; look at a new one first.")
    if trial.changes != room.changes:
        raise ConflictError("The gradebook has changed since the preview; look at a new one first.")
    if not trial.applying:
        trial.applying = True
        Thread(target=_apply, args=(desk(), trial), daemon=True).start()
    return go("/rubric#preview")
