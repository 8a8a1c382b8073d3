from __future__ import annotations

import csv
import io
import time
import zipfile

import pytest

from tests.tools.desk.conftest import nnlab
from tools.course.gradebook.book import Gradebook

HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (55120)\nPoints Possible,,,,,72\n"


@pytest.fixture
def worksheet(visitor):
    """A Canvas gradebook of everybody, with one grade in it already."""
    names = list(visitor.client.application.config["DESK"].classroom().pupils)
    rows = [
        f'"{name}",{n},{name},{name},A,{"1" if name == "ben" else ""}'
        for n, name in enumerate(names)
    ]
    return HEAD + "\n".join(rows) + "\n"


def _post(visitor, text, **form):
    data = {"system": "canvas", "file": (io.BytesIO(text.encode()), "grades.csv")} | form
    return visitor.post("/back", data=data)


def _download(visitor, page):
    key = page.split('href="/back/')[1].split('"')[0]
    return visitor.get(f"/back/{key}")


def _accept_all(visitor):
    room = visitor.client.application.config["DESK"].classroom()
    for slug in {doubt.slug for one in room.pupils.values() for doubt in one.doubts}:
        count = sum(any(d.slug == slug for d in one.doubts) for one in room.pupils.values())
        visitor.post("/accept", data={"reason": slug, "count": count, "words": "fine"})


def test_open_decisions_are_held_back_with_the_reason(visitor, worksheet):
    page = _post(visitor, worksheet).text
    assert "0 students written" in page
    assert "The grader did not run all checks of" in page


def test_preview_shows_exactly_the_cells_of_the_download(visitor, worksheet):
    _accept_all(visitor)
    answer = _post(visitor, worksheet)
    page = answer.text
    after = list(csv.reader(io.StringIO(_download(visitor, page).text)))
    before = list(csv.reader(io.StringIO(worksheet)))
    changed = [
        (old[0], was, now)
        for old, new in zip(before, after, strict=True)
        for was, now in zip(old, new, strict=True)
        if was != now
    ]
    assert f"cells that change in grades.csv: {len(changed)}" in page
    assert ("ben", "1", "64") in changed
    for _, _, now in changed:
        assert f"<b>{now}</b>" in page


def test_held_grade_leaves_in_no_file(visitor, worksheet):
    _accept_all(visitor)
    visitor.post("/release", data={"student": "ben", "to": "held"})
    page = _post(visitor, worksheet).text
    assert "a grader holds this grade" in page
    rows = {row[0]: row for row in csv.reader(io.StringIO(_download(visitor, page).text))}
    assert rows["ben"][-1] == "1"
    page = _post(visitor, "", system="csv").text
    rows = {row[0]: row for row in csv.reader(io.StringIO(_download(visitor, page).text))}
    at = {name: column for column, name in enumerate(rows["student"])}
    assert (rows["ben"][at["score"]], rows["ben"][at["status"]]) == ("", "held")


def _feedback(visitor, **form):
    """The page and the names in the zip once it is written."""
    visitor.post("/feedback", data={"system": "csv"} | form)
    end = time.monotonic() + 120
    while 'id="progress"' in (page := visitor.get("/back").text):
        assert time.monotonic() < end
        time.sleep(0.1)
    with visitor.get("/back/feedback.zip") as answer:
        content = answer.data
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return page, {name.split("/")[0] for name in file.namelist()}, content


def test_feedback_zip_has_what_was_released(visitor, out):
    """The desk and `nnlab export --feedback` write the same file."""
    assert visitor.post("/feedback", data={"system": "junit"}).status_code == 422
    assert visitor.get("/back/feedback.zip").status_code == 404
    _accept_all(visitor)
    visitor.post("/release", data={"student": "ben", "to": "held"})
    page, names, content = _feedback(visitor)
    assert len(names) == 6
    assert "ben" not in names
    assert "a grader holds this grade" in page
    done = nnlab("export", out, "--to", "csv", "--feedback", "-o", out / "again.zip")
    assert done.returncode == 1
    assert (out / "again.zip").read_bytes() == content
    visitor.post("/release", data={"student": "bob", "to": "released"})
    page, names, _ = _feedback(visitor)
    assert names == {"bob"}
    assert page.count("its feedback is a draft") == 5


def test_command_exports_no_held_grade(visitor, worksheet, out):
    _accept_all(visitor)
    visitor.post("/release", data={"student": "ben", "to": "held"})
    (out.parent / "grades.csv").write_text(worksheet)
    arguments = (out.parent / "grades.csv", "--with-attention", "-o", out / "canvas.csv")
    done = nnlab("export", out, "--to", "canvas", *arguments)
    assert "ben: held back: a grader holds this grade" in done.stderr
    written = (out / "canvas.csv").read_text()
    rows = {row[0]: row for row in csv.reader(io.StringIO(written))}
    assert rows["ben"][-1] == "1"
    assert rows["bob"][-1] == "64"


def test_wrong_file_is_explained_and_nothing_is_offered(visitor):
    for text, problem in (("a,b\n1,2\n", "grades.csv"), ("", "choose it")):
        answer = _post(visitor, text) if text else visitor.post("/back", data={"system": "canvas"})
        assert answer.status_code == 422
        assert problem in answer.text
        assert 'href="/back/' not in answer.text


def test_preview_does_not_change_the_gradebook(visitor, worksheet, out):
    with Gradebook(out, write=False) as book:
        before = book.mark("changes")
    _post(visitor, worksheet)
    with Gradebook(out, write=False) as book:
        assert book.mark("changes") == before
