"""Renders pages with the templates of the desk and those it shares with the static pages."""

from __future__ import annotations

import functools
import os
from contextlib import suppress
from importlib import resources
from typing import Any

from flask import Response, abort, current_app, g, redirect, request
from jinja2 import ChoiceLoader, Environment, FileSystemBytecodeCache, PackageLoader

from grader.lab.tasks import TASKS
from mnist_data.errors import DataError
from mnist_data.find import cache_folder
from tools.course.report.pages import page
from tools.course.report.pages.sections import mistake_words
from tools.desk.classroom import REASONS, Classroom, Desk

STATIC = {"htmx.min.js": "text/javascript", "desk.js": "text/javascript"}
TITLE = "Simple Neural Network Lab"


@functools.cache
def environment() -> Environment:
    """The static pages' templates and filters, with the desk's own templates before them."""
    shared = page.environment()
    assert shared.loader is not None
    loader = ChoiceLoader([PackageLoader("tools.desk"), shared.loader])
    made = shared.overlay(loader=loader, bytecode_cache=_compiled())
    made.filters |= {"signed": signed, "mistake": mistake_words, "when": when}
    made.globals |= {"TASKS": TASKS, "REASONS": REASONS}
    return made


def _compiled() -> FileSystemBytecodeCache | None:
    """Templates that an earlier start compiled, a tenth of a second faster; None without a home."""
    with suppress(DataError, OSError):
        folder = cache_folder() / "templates"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return FileSystemBytecodeCache(str(folder))
    return None


def desk() -> Desk:
    """The open gradebook."""
    found: Desk = current_app.config["DESK"]
    return found


def render(template: str, room: Classroom, **context: Any) -> str:
    """A page for the grader who asks."""
    messages, g.session.messages = g.session.messages, []
    context |= {"room": room, "grader": g.grader, "messages": messages, "url": url, "TITLE": TITLE}
    return environment().get_template(template).render(context)


def message(title: str, text: str) -> str:
    """A page that only says something, for errors."""
    return environment().get_template("message.html").render(title=title, text=text, url=url)


def url(path: str) -> str:
    """An address of the desk."""
    return f"{request.script_root}{path}"


def say(text: str, kind: str = "done") -> None:
    """Show a sentence on the next page."""
    g.session.messages.append((kind, text))


def go(path: str) -> Response:
    """Answer a change with the page to look at next."""
    return redirect(url(path), 303)  # type: ignore[return-value]


def signed(value: float) -> str:
    """Points with their sign."""
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{page.points(abs(value))}"


def when(time: str) -> str:
    """A time of the ledger, to the minute."""
    return time[:16].replace("T", " ")


def static_file(name: str) -> Response:
    """One of our scripts."""
    if name not in STATIC:
        abort(404)
    content = (resources.files("tools.desk") / "static" / name).read_bytes()
    return _kept(Response(content, mimetype=STATIC[name]))


def style() -> Response:
    """The style of the static pages and the desk's."""
    own = (resources.files("tools.desk") / "static" / "desk.css").read_text(encoding="utf-8")
    return _kept(Response(str(page.asset("base.css", "feedback.css")) + own, mimetype="text/css"))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
