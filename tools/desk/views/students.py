"""One student: what was lost, the code, the notebook, and what graders said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort, g, request

from grader.errors import ConflictError, MaterialError
from tools.common.plural import plural
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import (
    Claim,
    Decision,
    Extension,
    Item,
    Kind,
    Released,
    Scope,
    ScoreEntry,
)
from tools.course.report.build import Decided, report_of
from tools.course.report.pages.model import Report, Task
from tools.course.report.pages.sections import Remark, sections
from tools.course.report.source_lines import line_of_check, lines_of
from tools.desk.access import NOTEBOOK_POLICY
from tools.desk.classroom import Classroom, Pupil
from tools.desk.grading import Typed, extension_of
from tools.desk.listing import Query, neighbors
from tools.desk.pages import desk, environment, go, render, say, url
from tools.desk.source import (
    Excerpts,
    diff_of,
    mistake_of,
    parts_of,
    reference_lines,
    title_of,
)

pages = Blueprint("students", __name__)
TABS = ("code", "diff", "checks", "notebook", "pictures", "attempts", "questions")
KINDS: dict[str, type[Any]] = {
    "entry": ScoreEntry,
    "extension": Extension,
    "decision": Decision,
    "released": Released,
    "claim": Claim,
    "item": Item,
}


@dataclass(frozen=True)
class Loss:
    """Points that were lost in one task for one cause."""

    task: Task
    points: float
    title: str
    text: str
    line: int | None
    mistake: str | None  # slug
    others: int  # students with the same mistake


@dataclass(frozen=True)
class Event:
    """One line of the history."""

    time: str
    author: str
    text: str
    reason: str
    undo: tuple[str, int] | None  # kind and id of a row that is in force


@pages.get("/s/<folder>")
def student(folder: str) -> str:
    """The page of a student."""
    return _page(folder, Typed())


def _page(folder: str, typed: Typed, problem: str = "") -> str:
    """The page, with what was typed if it could not be taken."""
    room = desk().classroom()
    pupil = _pupil(room, folder)
    query = Query.of(request.args)
    before, after, place = neighbors(query.pupils(room), folder)
    tab = request.args.get("tab", "code")
    with desk().reading() as book:
        stored, checks = book.submission(folder), book.verdicts(folder)
        decided = Decided.of(book.ledger, folder)
        person, run = room.work[folder][0], room.work[folder][3]
        data, doubts = report_of(person, stored, checks, run, room.rules, decided)
        report = Report.from_dict(data)
        items = book.ledger.rows(Item)
        claims = book.ledger.rows(Claim, folder)
        history = _history(book, folder, pupil)
        seen = book.ledger.revision(folder)
    losses = _losses(room, report, data, checks, stored.source)
    entries = [one for one in decided.entries if one.student or one.mistake in pupil.lost]
    return render(
        "student.html",
        room,
        query=query,
        pupil=pupil,
        before=before,
        after=after,
        place=place,
        report=report,
        doubts=doubts,
        stored=stored,
        losses=losses,
        tab=tab if tab in TABS else "code",
        TABS=TABS,
        parts=parts_of(stored.source) if tab not in TABS or tab == "code" else (),
        diff=tuple(diff_of(reference_lines(), lines_of(stored.source))) if tab == "diff" else (),
        marked={loss.line: loss for loss in losses if loss.line},
        at_line=_at_line(entries),
        of_task={
            task.name: [one for one in entries if _is_about(one, task.name, pupil)]
            for task in report.tasks
        },
        of_whole=[one for one in entries if _is_about(one, None, pupil)],
        sections=sections,
        items=items,
        claims=[one for one in claims if one.answers is None],
        answers={one.answers: one for one in claims if one.answers},
        history=history,
        seen=seen,
        typed=typed,
        problem=problem,
    )


def _pupil(room: Classroom, folder: str) -> Pupil:
    if folder not in room.pupils:
        abort(404, "There is no such student in this gradebook.")
    return room.pupils[folder]


def _losses(
    room: Classroom, report: Report, data: Any, checks: Sequence[Any], source: str
) -> list[Loss]:
    """What was lost, task by task; checks that say the same count together."""
    by_id = {check.id: check for check in checks}
    found = []
    for task in report.tasks:
        for section in sections(task):
            for remark in section.remarks:
                if remark.score < remark.max_score:
                    found.append(_loss(room, task, remark, by_id[remark.ids[0]], source))
    return _merged(found)


def _loss(room: Classroom, task: Task, remark: Remark, check: Any, source: str) -> Loss:
    slug = (check.misconception or "").split("+")[0] or None
    return Loss(
        task,
        remark.max_score - remark.score,
        remark.misconception or remark.head,
        title_of(slug) if slug else (remark.asked or ""),
        line_of_check(source, check),
        slug,
        len(room.has_mistake.get(slug or "", ())) - 1,
    )


def _merged(losses: Sequence[Loss]) -> list[Loss]:
    merged: dict[tuple[str, str], Loss] = {}
    for loss in losses:
        key = (loss.task.name, loss.title)
        known = merged.get(key)
        merged[key] = replace(known, points=known.points + loss.points) if known else loss
    return sorted(merged.values(), key=lambda loss: -loss.points)


def _at_line(entries: Sequence[ScoreEntry]) -> dict[int, list[ScoreEntry]]:
    found: dict[int, list[ScoreEntry]] = {}
    for one in entries:
        if one.scope == Scope.LINE and one.line:
            found.setdefault(one.line, []).append(one)
    return found


def _is_about(entry: ScoreEntry, task: str | None, pupil: Pupil) -> bool:
    if entry.scope == Scope.MISTAKE:
        return pupil.lost[entry.mistake or ""][0] == task
    return entry.task == task


def _history(book: Gradebook, folder: str, pupil: Pupil) -> list[Event]:
    """Everything that people did to this student, the newest first; undoing is an event, too."""
    events = []
    for name, kind in KINDS.items():
        if kind is Item:
            continue
        for row in book.ledger.rows(kind, folder, withdrawn=True):
            if row.student is None and getattr(row, "mistake", None) not in pupil.lost:
                continue
            text = _told(row)
            undo = None if row.withdrawn else (name, row.id)
            events.append(Event(row.time, row.author or row.source, text, row.reason, undo))
            if row.withdrawn:
                by = row.withdrawn_by or ""
                events.append(Event(row.withdrawn, by, f"withdrew: {text}", "", None))
    return sorted(events, key=lambda event: event.time, reverse=True)


def _told(row: Any) -> str:
    """A row of the ledger in a few words."""
    if isinstance(row, ScoreEntry):
        where = row.task or "the whole submission"
        if row.mistake:
            where = f"everybody with “{row.mistake.replace('-', ' ')}”"
        if row.line:
            where = f"line {row.line}" + (f", {row.task}" if row.task else "")
        if row.kind == Kind.COMMENT:
            return f"commented on {where}"
        if row.kind == Kind.CHANGE:
            return f"{row.value:+g} {'point' if abs(row.value or 0) == 1 else 'points'} for {where}"
        return f"{row.value:g} set for {where}"
    if isinstance(row, Extension):
        parts = (
            plural(row.days, "more day") if row.days is not None else "",
            f"due {row.due[:16]}" if row.due else "",
            f"handed in {row.received[:16]}" if row.received else "",
        )
        return "extension: " + ", ".join(filter(None, parts))
    if isinstance(row, Decision):
        return f"accepted: {row.accepts.replace('-', ' ')}"
    if isinstance(row, Released):
        return f"feedback {row.state}"
    return "answered the regrade request" if row.answers else f"regrade request {row.task or ''}"


@pages.post("/s/<folder>/entry")
def add_entry(folder: str) -> Response | tuple[str, int]:
    """Add points or a comment; what was typed comes back if it cannot be taken."""
    room, typed = desk().classroom(), Typed.of(request.form)
    _pupil(room, folder)
    seen = request.form.get("seen", "")
    try:
        entry = typed.entry(folder, g.grader, room.rules)
        desk().add(entry, seen=int(seen) if seen.isdecimal() and entry.student else None)
    except ConflictError as error:
        return _page(folder, typed, f"{error} Your entry is still here: save it again."), 409
    except MaterialError as error:
        return _page(folder, typed, str(error)), 422
    if typed.keep and typed.words:
        value = entry.value if entry.kind == Kind.CHANGE else None
        desk().add(Item(reason=typed.words, task=entry.task, value=value, author=g.grader))
    reached = len(desk().classroom().affected([entry]))
    everybody = f" It reaches {plural(reached, 'student')}, and everybody who is graded later."
    say(f"Saved: {_told(entry)}." + (everybody if entry.student is None else ""))
    return go(f"/s/{folder}?{_rest()}")


@pages.post("/s/<folder>/item/<int:number>")
def use_item(folder: str, number: int) -> Response:
    """Add a reusable comment with its points."""
    room = desk().classroom()
    _pupil(room, folder)
    with desk().reading() as book:
        item = next((one for one in book.ledger.rows(Item) if one.id == number), None)
    if item is None:
        raise ConflictError("Somebody has removed this comment from the bank.")
    points = "" if item.value is None else f"{item.value:+g}"
    scope = Scope.TASK if item.task else Scope.STUDENT
    typed = Typed(scope=scope, task=item.task or "", points=points, words=item.reason)
    entry, seen = typed.entry(folder, g.grader, room.rules), request.form.get("seen", "")
    desk().add(entry, seen=int(seen) if seen.isdecimal() else None)
    say(f"Saved: {_told(entry)}.")
    return go(f"/s/{folder}?{_rest()}")


@pages.post("/undo/<kind>/<int:number>")
def undo(kind: str, number: int) -> Response:
    """Take back a row; both stay in the history."""
    if kind not in KINDS:
        abort(404)
    with desk().reading() as book:
        rows = book.ledger.rows(KINDS[kind])
    row = next((one for one in rows if one.id == number), None)
    if row is None:
        raise ConflictError("This was already undone.")
    desk().withdraw(row, g.grader)
    say("Removed from the bank." if kind == "item" else f"Undone: {_told(row)}.")
    folder = request.form.get("student") or row.student
    return go(f"/s/{folder}?{_rest()}" if folder else f"/mistake/{row.mistake}")


@pages.post("/s/<folder>/extension")
def extend(folder: str) -> Response:
    """Give more time, or say when the work came."""
    _pupil(desk().classroom(), folder)
    desk().add(extension_of(folder, request.form, g.grader))
    say("Saved the extension.")
    return go(f"/s/{folder}?{_rest()}")


@pages.post("/s/<folder>/claim")
def claim(folder: str) -> Response:
    """Note a regrade request, or answer one; an answer may change the score."""
    room, form = desk().classroom(), request.form
    _pupil(room, folder)
    words, task, number = form.get("words", "").strip(), form.get("task", ""), form.get("answers")
    if not words:
        raise MaterialError(["Type what the student says, or your answer."])
    answers = int(number) if number and number.isdecimal() else None
    rows: list[Any] = [Claim(folder, words, g.grader, task=task or None, answers=answers)]
    if answers and form.get("points", "").strip():
        scope = Scope.TASK if task else Scope.STUDENT
        typed = Typed(scope=scope, task=task, points=form["points"].strip(), words=words)
        rows.append(typed.entry(folder, g.grader, room.rules))
    seen = form.get("seen", "")
    desk().add(*rows, seen=int(seen) if seen.isdecimal() else None)
    say("Saved the answer." if answers else "Saved the request.")
    return go(f"/s/{folder}?{_rest()}")


def _rest() -> str:
    """The list and the tab that the grader came from, in the form as `rest`."""
    rest = request.form.get("rest", "")
    return rest if rest.isprintable() and len(rest) < 2000 else ""


@pages.get("/s/<folder>/notebook")
def notebook(folder: str) -> Response:
    """The student's notebook for its frame."""
    from tools.desk import handed_in  # like other imports below: the first page can do without

    with desk().reading() as book:
        person, stored = _known(book, folder)
    answer = Response(handed_in.notebook_html(person, stored))
    answer.headers["Content-Security-Policy"] = NOTEBOOK_POLICY
    return answer


@pages.get("/s/<folder>/pictures")
def show_pictures(folder: str) -> str:
    """Pictures of the network, for the tab that asks for them."""
    from tools.course.report.extras import QUESTIONS, extras_of
    from tools.course.report.pages import pictures
    from tools.desk import handed_in

    with desk().reading() as book:
        _, stored = _known(book, folder)
        run = book.run_of(folder)
        seen = book.seen_of(folder, QUESTIONS)
    drawn = pictures.draw(extras_of(seen, stored.source, run.seed, *handed_in.images(run)))
    return environment().get_template("drawn.html").render(pictures=drawn)


@pages.get("/s/<folder>/attempts")
def attempts(folder: str) -> str:
    """Earlier attempts, each beside the one that counts."""
    from tools.desk import handed_in

    with desk().reading() as book:
        person, stored = _known(book, folder)
    compared = [
        (attempt, None if text is None else tuple(diff_of(lines_of(text), lines_of(stored.source))))
        for attempt in stored.attempts
        for text in [handed_in.attempt_source(person, attempt)]
    ]
    return environment().get_template("attempts.html").render(compared=compared, stored=stored)


@pages.get("/s/<folder>/questions")
def questions(folder: str) -> str:
    """Questions for an oral exam, with the expected answers."""
    from tools.course.oral_exam import questions_for

    with desk().reading() as book:
        _known(book, folder)
        asked = questions_for(book, folder)
    template = environment().get_template("questions.html")
    return template.render(questions=asked, folder=folder, url=url)


def _known(book: Gradebook, folder: str) -> tuple[Any, Any]:
    if folder not in desk().classroom().pupils:
        abort(404)
    return book.student(folder), book.submission(folder)


@pages.get("/mistake/<slug>")
def mistake(slug: str) -> str:
    """One mistake: who has it, and what is said to all of them at once."""
    room = desk().classroom()
    return _mistake_page(room, slug, Typed())


def _mistake_page(room: Classroom, slug: str, typed: Typed, problem: str = "") -> str:
    folders, known = room.has_mistake.get(slug, []), mistake_of(slug)
    if known is None and not folders:
        abort(404, "There is no such mistake.")
    task = room.pupils[folders[0]].lost[slug][0] if folders else known.task if known else ""
    with desk().reading() as book:
        excerpts = Excerpts(book)
        samples = [(room.pupils[who], excerpts.line(who, slug)) for who in folders[:30]]
        entries = [
            one for one in book.ledger.rows(ScoreEntry, withdrawn=True) if one.mistake == slug
        ]
        seen = book.ledger.revision(None, slug)
    return render(
        "mistake.html",
        room,
        slug=slug,
        task=task,
        advice=known.advice if known and "{" not in known.advice else title_of(slug),
        count=len(folders),
        points=round(sum(room.pupils[who].lost[slug][1] for who in folders), 2),
        samples=samples,
        entries=entries,
        seen=seen,
        typed=typed,
        problem=problem,
    )


@pages.post("/mistake/<slug>")
def say_once(slug: str) -> Response | tuple[str, int]:
    """A comment or a change of points for everybody who has a mistake, now or later."""
    room = desk().classroom()
    if mistake_of(slug) is None and slug not in room.has_mistake:
        abort(404, "There is no such mistake.")
    typed = replace(Typed.of(request.form), scope=Scope.MISTAKE, mistake=slug)
    try:
        entry = typed.entry(None, g.grader, room.rules)
        desk().add(entry, seen=int(request.form.get("seen", "0")))
    except ConflictError as error:
        return _mistake_page(desk().classroom(), slug, typed, f"{error} Save again."), 409
    except MaterialError as error:
        return _mistake_page(room, slug, typed, str(error)), 422
    reached = len(room.has_mistake.get(slug, ()))
    say(f"Saved for {plural(reached, 'student')}, and for everybody who is graded later.")
    return go(f"/mistake/{slug}")
