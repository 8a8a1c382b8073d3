"""What the gradebook does not keep: the notebook, earlier attempts, the images.

They are read from where the submissions were collected, if that is still there.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import escape

from grader.errors import KitError, NnlabError
from grader.submission import read_submission
from grader.submission.files import find_files
from grader.submission.source import decode_source
from grader.submission.submission import Submission
from grader.two_layer_net import LAB
from tools.course.batch.observing import load_data
from tools.course.collect.collecting import collect
from tools.course.collect.model import Entry
from tools.course.collect.reader import Reader
from tools.course.gradebook.records import RunRecord, StoredSubmission, truth_of
from tools.course.student import Attempt, Student

CELLS = 400  # of a notebook: the lab has 40
_PAGE = """<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light">
<title>Notebook</title><body><p>{}</p>"""


@functools.lru_cache(maxsize=4)
def _collected(source: str, touched: float) -> dict[str, Entry]:
    """Entries of a class folder or download by the name of the submission in it."""
    return {entry.owner.original: entry for entry in collect([Path(source)]).entries}


def submission_of(person: Student, original: str) -> Submission | None:
    """The files of a submission; None if they are no longer where they were."""
    source = Path(person.source)
    if not person.source or not source.exists():
        return None
    try:
        entry = _collected(person.source, source.stat().st_mtime).get(original)
        if entry is None:
            return None
        with Reader() as reader:
            return reader.read(entry)
    except (NnlabError, OSError):
        return None


def notebook_html(person: Student, stored: StoredSubmission) -> str:
    """The student's notebook as a page; a sentence if there is none to show."""
    found = submission_of(person, person.original)
    if found is None:
        return _PAGE.format("The submission is no longer where it was collected.")
    file = find_files(found, LAB.submission).notebook
    if file is None:
        return _PAGE.format("No notebook was handed in.")
    changed = "" if found.sha256 == stored.sha256 else "The files have changed since grading. "
    return _rendered(file[1], changed)


@functools.lru_cache(maxsize=16)
def _rendered(content: bytes, note: str) -> str:
    import nbformat  # these two take a second, and most visitors never open the tab
    from nbconvert import HTMLExporter

    try:
        book = nbformat.reads(content.decode("utf-8", "replace"), as_version=4)
        book.cells = book.cells[:CELLS]
        exporter = HTMLExporter(template_name="basic", sanitize_html=True)
        body, _ = exporter.from_notebook_node(book)
    except Exception as fault:  # whatever a student's file does to the renderer
        return _PAGE.format(f"The notebook cannot be shown: {escape(type(fault).__name__)}.")
    style = (
        "body{font:15px/1.6 system-ui,sans-serif;max-width:52rem;margin:1rem auto;padding:0 1rem}"
        "pre{background:#f5f3ee;padding:.6rem;overflow:auto;font-size:13px}img{max-width:100%}"
        "table{border-collapse:collapse}td,th{border:1px solid #ddd;padding:.2rem .5rem}"
    )
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Notebook</title>'
    return f"{head}<style>{style}</style><body>{escape(note)}{body}"


def attempt_source(person: Student, attempt: Attempt) -> str | None:
    """neural_net.py of an earlier attempt; None if it cannot be read any more."""
    path = Path(person.source) / attempt.original
    if not person.source or not path.exists():
        return None
    try:
        found = read_submission(path, student=person.folder, received=None)
        source = find_files(found, LAB.submission).source
    except (NnlabError, OSError, ValueError):
        return None
    return None if source is None else decode_source(source[1])


def images(run: RunRecord) -> tuple[np.ndarray | None, Any]:
    """The validation images (N, 28, 28) of bytes, if they are on this machine, and the labels."""
    return _validation_images(run.data), truth_of(run)


@functools.lru_cache(maxsize=2)
def _validation_images(kind: str) -> np.ndarray | None:
    try:
        data = load_data(kind)
    except KitError:
        return None
    return None if data is None else data.public["val"].copy()
