"""What `nnlab` alone says: what is in this folder, and what to do next."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Iterator
from pathlib import Path

from mnist_data.contents import MNIST, TITLES
from mnist_data.errors import DataError
from mnist_data.find import choose, look_around
from tools.common.plural import plural

_ZIP = "Simple_Neural_Network_Lab.zip"
_SHOWN = 3  # graded classes


def next_steps(folder: Path) -> str:
    """What is here and what comes next, as text; nothing is changed, nothing fetched."""
    release, classes = _release(folder), _classes(folder)
    data, data_step = _data()
    graded = [_describe(each, folder) for each in classes[:_SHOWN]]
    here = [
        ("data", data),
        ("release", str(release) if release else "none here yet"),
        ("grades", "; ".join(graded) or "none here yet"),
    ]
    build = [("nnlab release --out lab", "build the student release")]
    steps = [*data_step, *(build if release is None else ()), *_grade_steps(folder, classes)]
    width = max(len(command) for command, _ in steps)
    return "\n".join(
        [
            f"Here, in {folder}:",
            *(f"  {name:<9}{found}" for name, found in here),
            "",
            "What comes next:",
            *(f"  {command:<{width}}  {what}" for command, what in steps),
            "",
            "nnlab --help lists all commands.",
        ]
    )


def _data() -> tuple[str, list[tuple[str, str]]]:
    fetch = (
        "nnlab data fetch",
        "download MNIST (11 MB); without it the kit uses the offline digits",
    )
    try:
        found = choose(look_around())
    except DataError as error:
        return str(error), [("nnlab data", "see where the kit looks for data")]
    if found is None:
        return f"none yet; {TITLES['synthetic']} are drawn when they are needed", [fetch]
    return str(found), [] if found.kind == MNIST else [fetch]


def _release(folder: Path) -> Path | None:
    found = sorted([*folder.glob(_ZIP), *folder.glob(f"*/{_ZIP}"), *folder.glob(f"*/dist/{_ZIP}")])
    return found[0].relative_to(folder) if found else None


def _grade_steps(folder: Path, classes: list[Path]) -> Iterator[tuple[str, str]]:
    if not classes:
        yield f"nnlab grade {_download(folder)} -o grades", "grade the submissions"
        return
    out = shlex.quote(str(classes[0].relative_to(folder)))
    yield f"open {out}/index.html", "the class at a glance"
    yield f"nnlab serve {out}", "the desk: decide, comment, give back"
    yield f"nnlab judge {out} --dry-run", "what a changed rubric would do"
    yield f"nnlab export {out} --to csv", "grades; also for canvas, moodle, ..."


def _download(folder: Path) -> str:
    """A file or folder here that looks like what a learning system gave out."""
    likely = [
        path.name
        for path in sorted(folder.iterdir())
        if path.suffix == ".zip" and path.name != _ZIP and "submission" in path.name.casefold()
    ]
    return shlex.quote(likely[0]) if likely else "submissions.zip"


def _classes(folder: Path) -> list[Path]:
    """The folders of graded classes in a folder, the newest first."""
    depths = ("gradebook.sqlite", "*/gradebook.sqlite", "*/*/gradebook.sqlite")
    books = [book for depth in depths for book in folder.glob(depth)]
    newest_first = sorted(books, key=lambda path: path.stat().st_mtime, reverse=True)
    return [book.parent for book in newest_first]


def _describe(graded: Path, folder: Path) -> str:
    """An OUT folder of `nnlab grade`, as far as its tables tell."""
    attention = _rows(graded / "attention.csv")
    waiting = f", {attention} to look at" if attention else ""
    students = plural(_rows(graded / "scores.csv"), "student")
    return f"{graded.relative_to(folder)}: {students}{waiting}"


def _rows(table: Path) -> int:
    """How many rows a table has below its header; 0 where it is not there."""
    if not table.is_file():
        return 0
    with table.open(encoding="utf-8", newline="") as file:
        return max(0, sum(1 for _ in csv.reader(file)) - 1)
