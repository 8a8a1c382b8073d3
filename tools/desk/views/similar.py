"""Similar work: the pairs that stand out, and two submissions side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, request
from markupsafe import Markup

from grader.errors import MaterialError
from tools.course.report.source_lines import lines_of
from tools.desk.likeness import Searches
from tools.desk.pages import desk, go, render
from tools.desk.source import Line, highlighted

pages = Blueprint("similar", __name__)
SHOWN = 200  # pairs
AROUND = 2  # lines shown before and after a shared region


@dataclass(frozen=True)
class Side:
    """Lines of one of two students, with the shared ones marked."""

    file: str
    lines: tuple[Line, ...]
    marked: Collection[int]


def _searches() -> Searches:
    found: Searches = current_app.config["SEARCHES"]
    return found


@pages.get("/similar")
def similar() -> str:
    """The pairs, or how far the search is."""
    room = desk().classroom()
    search, archives = _searches().current(room), _searches().archives
    return render("similar.html", room, job=search, archives=archives, SHOWN=SHOWN)


@pages.get("/similar/progress")
def progress() -> str:
    """How far the search is; the page asks again until it is done."""
    room = desk().classroom()
    return render("progress.html", room, job=_searches().current(room), here="/similar")


@pages.post("/similar")
def compare() -> Response:
    """Search again, with or without an earlier year."""
    typed = request.form.get("archive", "").strip()
    path = Path(typed).expanduser().absolute()
    if typed and not path.exists():
        raise MaterialError([f"{typed}: there is no such folder or archive on this machine."])
    known = [one for one in _searches().archives if one != str(path)]
    _searches().restart([*known, str(path)] if typed else [])
    return go("/similar")


@pages.get("/similar/<first>/<second>")
def pair(first: str, second: str) -> str:
    """Two submissions side by side: what they share, and how rare it is."""
    room = desk().classroom()
    found = _searches().current(room).result or {"pairs": ()}
    known = {(one["first"], one["second"]): one for one in found["pairs"]}
    if (first, second) not in known:
        abort(404, "These two do not stand out, or the search is still running.")
    one = known[first, second]
    from tools.course.similar import sources_of  # most desks are never asked for a pair

    with desk().reading() as book:
        texts = [
            sources_of(book.submission(name)) if name in room.work else found["texts"][name]
            for name in (first, second)
        ]
    code = [{file: highlighted(lines_of(text)) for file, text in each.items()} for each in texts]
    shared = [(match, [_region(code[at], match, at) for at in (0, 1)]) for match in one["matches"]]
    whole = [_whole(code[at], [sides[at] for _, sides in shared]) for at in (0, 1)]
    return render(
        "pair.html", room, pair=one, total=found["submissions"], shared=shared, whole=whole
    )


def _region(code: Mapping[str, Sequence[Markup]], match: Mapping[str, Any], at: int) -> Side:
    """One student's lines of a match, with some around them."""
    region = match[("first", "second")[at]]
    lines = code[region["file"]]
    begin = max(1, region["first_line"] - AROUND)
    end = min(len(lines), region["last_line"] + AROUND)
    shown = tuple(Line(number, lines[number - 1]) for number in range(begin, end + 1))
    return Side(region["file"], shown, {pair[at] for pair in match["lines"]})


def _whole(code: Mapping[str, Sequence[Markup]], regions: Sequence[Side]) -> list[Side]:
    """One student's files with everything marked that a match shares."""
    return [
        Side(
            file,
            tuple(Line(number, html) for number, html in enumerate(lines, 1)),
            {number for one in regions if one.file == file for number in one.marked},
        )
        for file, lines in code.items()
    ]
