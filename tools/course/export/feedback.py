"""Feedback files in a zip, named so that the learning system knows whose they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from tools.common.stable_zip import ZipMember, stable_zip
from tools.course.export.result import Export, NotWritten, Obstacle, Request, held_back_unless
from tools.course.export.student_grade import Grade

FILE = "feedback.zip"
_MOODLE = re.compile(
    r"(?P<head>[^_]*_\d+_assign(?:submission|feedback)_[a-z]+)(?P<rest>_.*)?", re.S
)
_CANVAS = re.compile(r".*?(?:_|^)(?:anon_[A-Za-z0-9]+|\d+)_\d+_.+", re.S)
_BRIGHTSPACE = re.compile(
    r"\d+-\d+ - .+ - [A-Za-z]{3} \d{1,2}, \d{4} \d{3,4} ?[AP]M(?P<rest> - .+)?", re.S
)
_Named = Iterator[tuple[str, bytes]]


def feedback_zip(request: Request, system: str) -> Export:
    """The zip for `system`; who has no name there, or no feedback, is a problem."""
    name = NAMES[system]
    grades, problems = held_back_unless(
        request, lambda each: (each.final or request.with_attention) and not each.draft
    )
    members: dict[str, ZipMember] = {}
    written, missing = [], []
    for grade in grades:
        feedback = _files(grade)
        named = dict(name(grade, feedback)) if feedback else {}
        if not feedback:
            why = "no feedback.html beside its report"
        elif not named:
            why = f"{grade.owner.original!r} is not a name in {system}'s download"
        else:
            members |= {path: ZipMember(content) for path, content in named.items()}
            written.append(grade.owner.student)
            continue
        missing.append(NotWritten(grade.owner.student, Obstacle.NOT_IN_FILE, why))
    return Export({FILE: stable_zip(members)}, tuple(written), (*problems, *missing))


def _files(grade: Grade) -> dict[str, bytes]:
    if grade.folder is None:
        return {}
    paths = [grade.folder / name for name in ("feedback.html", "feedback.md")]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def _part(pattern: re.Pattern[str], grade: Grade) -> re.Match[str] | None:
    """The part of the path in the download that is named as the system names its own."""
    parts = re.split(r"[/\\]", grade.owner.original)
    return next((found for part in parts if (found := pattern.fullmatch(part))), None)


def _moodle(grade: Grade, feedback: Mapping[str, bytes]) -> _Named:
    """In the student's folder of the download, its name unchanged; also for one without folders."""
    found = _part(_MOODLE, grade)
    if not found:
        return
    with_folders = found["rest"] in (None, "_")  # Moodle up to 4.0 ends the folder's name in "_"
    start = f"{found[0]}/" if with_folders else f"{found['head']}_"
    yield from ((start + name, content) for name, content in feedback.items())


def _canvas(grade: Grade, feedback: Mapping[str, bytes]) -> _Named:
    """Under the very name of the student's file.

    Canvas attaches what comes back to that submission under the name that the student's file
    has, so the content follows its extension: a zip of the feedback in place of a zip, else the
    readable text.
    """
    found = _part(_CANVAS, grade)
    if not found:
        return
    name = found[0]
    if name.lower().endswith(".zip"):
        yield name, stable_zip({path: ZipMember(content) for path, content in feedback.items()})
    elif name.lower().endswith((".html", ".htm")) and "feedback.html" in feedback:
        yield name, feedback["feedback.html"]
    elif "feedback.md" in feedback:
        yield name, feedback["feedback.md"]


def _brightspace(grade: Grade, feedback: Mapping[str, bytes]) -> _Named:
    """In the student's folder of the download; a flat name becomes that folder."""
    found = _part(_BRIGHTSPACE, grade)
    if found:
        folder = found[0].removesuffix(found["rest"] or "")
        yield from ((f"{folder}/{name}", content) for name, content in feedback.items())


def _plain(grade: Grade, feedback: Mapping[str, bytes]) -> _Named:
    yield from ((f"{grade.owner.student}/{name}", each) for name, each in feedback.items())


NAMES: Mapping[str, Callable[[Grade, Mapping[str, bytes]], _Named]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "brightspace": _brightspace,
    "csv": _plain,
}
