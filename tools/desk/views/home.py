"""The first page: what needs a decision, how the class did, and everybody in it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, request

from grader.errors import ConflictError
from tools.common.plural import plural
from tools.course.gradebook.ledger import Decision, Release, Released
from tools.desk.figures import overview
from tools.desk.listing import Page, Query
from tools.desk.pages import desk, go, render, say
from tools.desk.source import Excerpts

pages = Blueprint("home", __name__)
TOP = 12  # mistakes that are shown at first


@pages.get("/")
def home() -> str:
    """The class; with the header of htmx, the list of students alone."""
    room, query = desk().classroom(), Query.of(request.args)
    found = query.pupils(room)
    if request.headers.get("HX-Target", "").endswith("students"):
        return render("students.html", room, query=query, page=Page.of(found, query.page))
    counted = overview(room, query.section)
    with desk().reading() as book:
        excerpts, top = Excerpts(book), counted["mistakes"][:TOP]
        samples = {row.slug: excerpts.line(row.first.folder, row.slug) for row in top}
        problems = book.problems()
    return render(
        "home.html",
        room,
        query=query,
        page=Page.of(found, query.page),
        samples=samples,
        problems=problems,
        TOP=TOP,
        **counted,
    )


@pages.post("/accept")
def accept() -> Response:
    """Accept every open decision of one reason, for all who were shown or for one student."""
    room, slug = desk().classroom(), request.form.get("reason", "")
    only, section = request.form.get("student"), request.form.get("section", "")
    folders = [
        one.folder
        for one in room.pupils.values()
        if any(doubt.slug == slug for doubt in one.doubts)
        and only in (None, one.folder)
        and section in ("", one.section)
    ]
    if not folders:
        abort(404, "Nobody has this open decision anymore.")
    if request.form.get("count", "1") != str(len(folders)):
        raise ConflictError(
            f"The list has changed: {plural(len(folders), 'student', ('has', 'have'))} this now."
        )
    words = request.form.get("words", "").strip()
    desk().add(
        *(
            Decision(
                folder,
                accepts=slug,
                sha256=room.work[folder][1].sha256,
                reason=words,
                author=g.grader,
            )
            for folder in folders
        )
    )
    whom = plural(len(folders), "grade")
    say(f"Accepted {whom}. You can undo this on each student's page.")
    return go(f"/s/{only}" if only else "/")


@pages.post("/release")
def release() -> Response:
    """Set the release state of everybody in a list, or of one student."""
    room, state = desk().classroom(), Release(request.form["to"])
    query, only = Query.of(request.form), request.form.get("student")
    chosen = [room.pupils[only]] if only else query.pupils(room)
    ready = [
        one.folder
        for one in chosen
        if one.release is not state and (state is not Release.RELEASED or only or not one.reasons)
    ]
    if ready:
        words = request.form.get("words", "").strip()
        desk().add(*(Released(who, state=state, author=g.grader, reason=words) for who in ready))
    left = len(chosen) - len(ready)
    say(f"{len(ready)} now {state}." + (f" Unchanged: {left}." if left and not only else ""))
    return go(f"/s/{only}" if only else f"/?{query.address()}")
