"""Give back: the file for the learning system, the feedback's state, regrade requests."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, g, request, send_file

from grader.errors import ConflictError, MaterialError
from tools.common.plural import plural
from tools.common.stable_zip import ZipMember, stable_zip
from tools.course.gradebook.ledger import Claim
from tools.desk.giveback import (
    FROM_FILE,
    Preview,
    Previews,
    feedback_systems,
    preview_of,
    read_claims,
    write_feedback,
)
from tools.desk.job import Job
from tools.desk.pages import desk, go, render, say

pages = Blueprint("back", __name__)
SYSTEM_NAMES = {
    "canvas": "Canvas",
    "moodle": "Moodle",
    "brightspace": "Brightspace",
    "blackboard": "Blackboard",
    "gradescope": "Gradescope",
    "prairielearn": "PrairieLearn",
    "csv": "CSV for any spreadsheet",
    "junit": "JUnit XML",
}
SHOWN = 400  # changed cells in the preview; the download has all


def _previews() -> Previews:
    found: Previews = current_app.config["PREVIEWS"]
    return found


def _without_options(problem: str) -> str:
    """The same advice for somebody who has fields in front of them."""
    told = problem.replace("--scale converts them", "tick “convert to the column’s maximum”")
    return told.replace("--column", "the field “Grade column”")


@pages.get("/back")
def back() -> str:
    """The form, and what waits."""
    return _page()


def _page(preview: Preview | None = None, key: str = "", problems: tuple[str, ...] = ()) -> str:
    room = desk().classroom()
    counts: dict[str, int] = {}
    for one in room.pupils.values():
        counts[one.release] = counts.get(one.release, 0) + 1
    return render(
        "back.html",
        room,
        SYSTEMS=SYSTEM_NAMES,
        FROM_FILE=FROM_FILE,
        SHOWN=SHOWN,
        preview=preview,
        key=key,
        problems=problems,
        counts=counts,
        ready=sum(not one.reasons for one in room.pupils.values()),
        form=request.form,
        FEEDBACK=feedback_systems(),
        job=_previews().feedback,
    )


@pages.post("/back")
def preview() -> str | tuple[str, int]:
    """Show each cell that would change, and who is held back."""
    from tools.course.export import Request

    form, upload = request.form, request.files.get("file")
    content = upload.read() if upload and upload.filename else None
    asked = Request(
        grades=(),
        source=content if form.get("system") in FROM_FILE else None,
        source_name=(upload.filename or "") if upload else "",
        column=form.get("column", "").strip() or None,
        scale="scale" in form,
        by_name="by_name" in form,
        with_attention="with_attention" in form,
    )
    room = desk().classroom()
    try:
        with desk().reading() as book:
            grades = _previews().grades(room, book)
        made = preview_of(room, grades, form.get("system", ""), asked)
    except MaterialError as error:
        return _page(problems=tuple(map(_without_options, error.problems))), 422
    return _page(made, _previews().keep(made))


@pages.post("/feedback")
def feedback() -> Response:
    """Begin to write the zip of feedback pages."""
    system, previews = request.form.get("system", ""), _previews()
    if system not in feedback_systems():
        raise MaterialError([f"{system!r} takes no feedback files."])
    if previews.feedback is not None and previews.feedback.running:
        raise ConflictError("Another feedback.zip is still being written; wait for it.")
    previews.feedback = Job("Writing feedback pages", len(desk().classroom().pupils))
    previews.feedback.start(write_feedback, desk().out, system, "with_attention" in request.form)
    return go("/back#feedback")


@pages.get("/back/progress")
def progress() -> str:
    """Whether the zip is written; the page asks again until it is."""
    job = _previews().feedback or abort(404)
    return render("progress.html", desk().classroom(), job=job, here="/back")


@pages.get("/back/feedback.zip")
def feedback_file() -> Response:
    """The zip of feedback pages that was written last."""
    from tools.course.export.feedback import FILE

    path = desk().out / "exports" / FILE
    if not path.is_file():
        abort(404, "There is no feedback.zip yet.")
    return send_file(path.absolute(), as_attachment=True)


@pages.get("/back/<key>")
def download(key: str) -> Response:
    """The file, or a zip of the files, that a preview showed."""
    made = _previews().get(key) or abort(404, "This preview is too old; make a new one.")
    files = made.export.files
    if len(files) == 1:
        ((name, content),) = files.items()
    else:
        content = stable_zip({path: ZipMember(each) for path, each in files.items()})
        name = f"{made.system}.zip"
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name.rsplit("/", 1)[-1])
    return answer


@pages.post("/claims")
def import_claims() -> Response | tuple[str, int]:
    """Add the regrade requests of a CSV file; those that are there already are not added again."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page(problems=("Choose a CSV file with the columns student, task and claim.",)), 422
    with desk().reading() as book:
        people, known = book.people(), book.ledger.rows(Claim, withdrawn=True)
    try:
        rows = read_claims(upload.read(), "claims.csv", people, g.grader)
    except MaterialError as error:
        return _page(problems=error.problems), 422
    there = {(one.student, one.task, one.reason) for one in known}
    fresh = [one for one in rows if (one.student, one.task, one.reason) not in there]
    if fresh:
        desk().add(*fresh)
    say(f"{plural(len(fresh), 'new regrade request')}; already known: {len(rows) - len(fresh)}.")
    return go("/?reason=regrade")
