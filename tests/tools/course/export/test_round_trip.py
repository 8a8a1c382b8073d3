"""From a system's download to the file that it takes back: only grading itself is left out."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from tests.tools.course.collect import downloads
from tests.tools.course.export.samples import changed_lines, grade, report, request, write_out
from tools.course.collect.collecting import collect
from tools.course.export import (
    Obstacle,
    export_grades,
    feedback_zip,
    grade_from_report,
    load_grades,
)


@pytest.fixture
def graded(tmp_path):
    """OUT of a download: everybody gets 10 points, and one more than the one before."""

    def grades_of(files):
        collection = collect([downloads.as_zip(tmp_path, "download", files)])
        reports = [report(each.student, 10 + at) for at, each in enumerate(collection.entries)]
        grades = [
            grade_from_report(told, entry.owner)
            for told, entry in zip(reports, collection.entries, strict=True)
        ]
        return load_grades(write_out(tmp_path / "out", grades, reports))

    return grades_of


def score_of(grades, **ids):
    (found,) = [each for each in grades if ids.items() <= each.owner.ids.items()]
    return found.score


def names_in(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return set(archive.namelist())


def test_canvas(graded):
    grades = graded(downloads.CANVAS)
    gradebook = (
        "Student,ID,SIS Login ID,Section,Lab (5)\n"
        '    Points Possible,,,,20.00\n"Doe, Ana",48213,ad,s,\n"O\'Brien, Kai",48220,kob,s,\n'
        '"Doe, Ana",50001,ad2,s,\n"Absent, Al",1,al,s,\n"Student, Test",48999,,s,\n'
    )
    result = export_grades("canvas", request(grades, gradebook))
    rows = list(csv.reader(io.StringIO(result.files["canvas.csv"].decode())))
    scores = {row[1]: row[4] for row in rows[2:]}
    for user in ("48213", "48220", "50001"):  # two Ana Does stay two
        assert float(scores[user]) == score_of(grades, user_id=user)
    assert scores["1"] == scores["48999"] == ""
    assert {each.kind for each in result.problems} == {Obstacle.NOT_IN_FILE}
    assert len(result.written) + len(result.problems) == len(grades)
    back = names_in(feedback_zip(request(grades), "canvas").files["feedback.zip"])
    assert back <= downloads.CANVAS.keys()
    assert "obrienkai_LATE_48220_9917388_neural_net-1.py" in back


@pytest.mark.parametrize("files", [downloads.MOODLE, downloads.MOODLE_FLAT])
def test_moodle(graded, files):
    grades = graded(files)
    worksheet = (
        b"Identifier,Full name,Grade,Maximum Grade,Last modified (grade)\r\n"
        b"Participant 10482,Ana Doe,,20.00,-\r\nParticipant 10490,Ana Doe,,20.00,-\r\n"
        b"Participant 10483,Kai O'Brien,,20.00,-\r\nParticipant 10499,Eve,,20.00,-\r\n"
    )
    result = export_grades("moodle", request(grades, worksheet))
    changed = changed_lines(worksheet, result.files["moodle.csv"])
    assert len(changed) == len(result.written) >= 2
    for _, line in changed:
        participant = line.split(b",")[0].removeprefix(b"Participant ").decode()
        assert float(line.split(b",")[2]) == score_of(grades, participant=participant)
    back = names_in(feedback_zip(request(grades), "moodle").files["feedback.zip"])
    heads = {name.split("_file")[0] for name in files}
    assert back
    assert all(name.split("_file")[0] in heads for name in back)
    assert not [name for name in back if name.startswith("Default group")]  # it has no number


def test_gradescope(graded):
    grades = graded(downloads.GRADESCOPE)
    told = export_grades("gradescope", request(grades)).files
    assert len(told) == len(grades)
    for name in ("submission_90210", "submission_90211"):
        score = json.loads(told[f"{name}/results.json"])["score"]
        assert score == score_of(grades, submission_id=name.removeprefix("submission_"))


def test_blackboard(graded):
    grades = graded(downloads.BLACKBOARD)
    download = (
        '"Last Name","First Name","Username","Lab 1 [Total Pts: 20 Score] |337483"\r\n'
        '"Doe","Ana","ad_123","Needs Grading"\r\n"X","Kai","kob7",""\r\n"Y","Al","al",""\r\n'
    )
    result = export_grades("blackboard", request(grades, download))
    rows = list(csv.reader(io.StringIO(result.files["blackboard.csv"].decode(), newline="")))
    scores = {row[2]: row[3] for row in rows[1:]}
    assert float(scores["ad_123"]) == score_of(grades, username="ad_123")
    assert float(scores["kob7"]) == score_of(grades, username="kob7")
    assert scores["al"] == ""


def test_brightspace_namesakes_are_not_guessed(graded):
    grades = graded(downloads.BRIGHTSPACE)
    exported = (
        "OrgDefinedId,Last Name,First Name,Lab Points Grade,End-of-Line Indicator\n"
        "#1,Doe,Ana,,#\n#2,O'Brien,Kai,,#\n"
    )
    result = export_grades("brightspace", request(grades, exported, by_name=True))
    ((old, new),) = changed_lines(exported.encode(), result.files["brightspace.csv"])
    assert old == b"#2,O'Brien,Kai,,#\n"
    assert float(new.split(b",")[3]) in [each.score for each in grades]
    assert len(result.problems) == len(grades) - 1
    back = names_in(feedback_zip(request(grades), "brightspace").files["feedback.zip"])
    assert {name.split("/")[0] for name in back} <= {
        name.split("/")[0] for name in downloads.BRIGHTSPACE
    }


def test_nbgrader_folders_match_logins(graded):
    grades = graded(downloads.NBGRADER)
    gradebook = "Student,ID,SIS Login ID,Section,Lab (5)\nAna,48213,ad_123,s,\nKai,2,KOB7,s,\n"
    result = export_grades("canvas", request(grades, gradebook))
    assert {"ad_123", "kob7"} <= set(result.written)


def test_groups_without_known_members_are_listed(graded):
    grades = [*graded(downloads.MOODLE), grade("unknown group")]
    worksheet = "Identifier,Grade,Maximum Grade\nParticipant 1,,20.00\n"
    result = export_grades("moodle", request(grades, worksheet))
    assert {each.student for each in result.problems} == {each.owner.student for each in grades}
