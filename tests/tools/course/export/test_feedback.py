"""Feedback goes back under the names that systems gave."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.tools.course.export.samples import grade, request
from tools.course.export import Obstacle, export_grades, feedback_zip, with_releases
from tools.course.export.feedback import FILE
from tools.course.gradebook.ledger import Release


@pytest.fixture
def pages(tmp_path):
    (tmp_path / "feedback.html").write_text("<p>well done</p>")
    (tmp_path / "feedback.md").write_text("well done")
    return tmp_path


def unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def names(system, *grades):
    return sorted(unzipped(feedback_zip(request(grades), system).files[FILE]))


@pytest.mark.parametrize(
    "folder",
    [
        "Ana Doe_10482_assignsubmission_file",
        "Ana Doe_10482_assignsubmission_file_",  # up to Moodle 4.0
        "Participant_10482_assignsubmission_onlinetext",
    ],
)
def test_moodle_folder_comes_back_unchanged(pages, folder):
    each = grade("a", original=folder, folder=pages)
    assert names("moodle", each) == [f"{folder}/feedback.html", f"{folder}/feedback.md"]


def test_moodle_download_without_folders_gets_flat_names(pages):
    original = "Ana Doe_10482_assignsubmission_file_lab1.ipynb"
    assert names("moodle", grade("a", original=original, folder=pages)) == [
        "Ana Doe_10482_assignsubmission_file_feedback.html",
        "Ana Doe_10482_assignsubmission_file_feedback.md",
    ]


@pytest.mark.parametrize(
    ("original", "content"),
    [
        ("doeana_LATE_48213_9917342_net-1.py", b"well done"),
        ("doeana_48213_9917342_page.html", b"<p>well done</p>"),
        ("LATE_anon_kQ3f9_9917401_lab1.py", b"well done"),
    ],
)
def test_canvas_file_comes_back_under_its_name(pages, original, content):
    each = grade("a", original=original, folder=pages)
    assert unzipped(feedback_zip(request([each]), "canvas").files[FILE]) == {original: content}


def test_canvas_zip_comes_back_as_a_zip(pages):
    original = "doeana_48213_9917342_lab1.zip"
    each = grade("a", original=original, folder=pages)
    outer = unzipped(feedback_zip(request([each]), "canvas").files[FILE])
    assert list(outer) == [original]
    assert sorted(unzipped(outer[original])) == ["feedback.html", "feedback.md"]


@pytest.mark.parametrize("flat", ["", " - lab1.zip"])
def test_brightspace_folder_comes_back(pages, flat):
    folder = "397063-2557369 - Ana Doe - Mar 2, 2026 943 PM"
    each = grade("a", original=folder + flat, folder=pages)
    assert names("brightspace", each) == [f"{folder}/feedback.html", f"{folder}/feedback.md"]


def test_plain_zip_has_a_folder_for_each_student(pages):
    assert names("csv", grade("a", folder=pages)) == ["a/feedback.html", "a/feedback.md"]


def test_who_gets_no_feedback_is_listed(pages, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    name = "Ana Doe_1_assignsubmission_file"
    result = feedback_zip(
        request(
            [
                grade("named otherwise", original="../../etc", folder=pages),
                grade("no page", original=name, folder=empty),
                grade("no folder", original=name),
                grade("shaky", original=name, folder=pages, status="attention"),
            ]
        ),
        "moodle",
    )
    assert unzipped(result.files[FILE]) == {}
    assert [(each.student, each.kind) for each in result.problems] == [
        ("shaky", Obstacle.HELD_BACK),
        ("named otherwise", Obstacle.NOT_IN_FILE),
        ("no page", Obstacle.NOT_IN_FILE),
        ("no folder", Obstacle.NOT_IN_FILE),
    ]
    assert "'../../etc' is not a name in moodle's download" in result.problems[1].text


@pytest.mark.parametrize("system", ["moodle", "canvas", "brightspace"])
def test_no_name_of_a_download_leaves_the_zip(pages, system):
    for original in (
        "../x_1_assignsubmission_file",
        "a/../../doe_1_2_x.zip",
        "1-2 - ../../x - Mar 2, 2026 943 PM",
    ):
        each = grade("a", original=original, folder=pages)
        for name in names(system, each):
            assert ".." not in name.split("/")


def test_drafts_stay_once_any_feedback_was_released(pages):
    grades = [grade(name, folder=pages) for name in ("ada", "ben", "cy")]
    none = with_releases(grades, {"cy": Release.HELD})
    assert feedback_zip(request(none), "csv").written == ("ada", "ben")
    some = with_releases(grades, {"ben": Release.RELEASED, "cy": Release.HELD})
    export = feedback_zip(request(some), "csv")
    assert export.written == ("ben",)
    assert [one.kind for one in export.problems] == [Obstacle.HELD_BACK] * 2


def test_held_grade_tells_nothing_to_anybody(pages):
    """Whatever the system, and also with --with-attention."""
    one = grade("ada", 17.5, folder=pages)
    held = with_releases([one], {"ada": Release.HELD})
    for system in ("csv", "junit", "gradescope", "prairielearn"):
        for grades, says in (([one], True), (held, False)):
            files = export_grades(system, request(grades, with_attention=True)).files
            assert (b"17.5" in b"".join(files.values())) is says, system
