"""Gradescope, PrairieLearn, JUnit and plain CSV, from the same grades."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import KitError
from tests.tools.course.export.samples import check, grade, report, request, scored
from tests.tools.course.report.pages.hostile import HOSTILE
from tools.common.numbers import decimal_mark, number, points, to_json
from tools.course.export import export_grades, grade_from_report
from tools.course.export.gradescope import not_finished, results
from tools.course.export.junit import legal
from tools.course.student import Owner


def files(system, grades, **more):
    return export_grades(system, request(grades, **more)).files


def with_check(**values):
    """A grade whose second task has one check of the given kind."""
    data = report("s", 12)
    data["tasks"][1]["checks"] = [check("one", 2, 10, **values)]
    return grade_from_report(data, Owner("s"))


def test_gradescope_gets_total_tests_and_visibility():
    ana = grade("ana", 17.5, ids={"submission_id": "90210"})
    ((path, data),) = files("gradescope", [ana]).items()
    assert path == "submission_90210/results.json"
    told = json.loads(data)
    assert told["score"] == 17.5
    assert told["stdout_visibility"] == "hidden"
    assert told["tests"][:2] == [
        {
            "number": "1.1",
            "name": "T#5 published",
            "name_format": "text",
            "output": "as expected",
            "output_format": "text",
            "visibility": "visible",
            "score": 4.0,
            "max_score": 4.0,
            "status": "passed",
        },
        {
            "number": "1.2",
            "name": "T#5 shapes",
            "name_format": "text",
            "output": "as expected",
            "output_format": "text",
            "visibility": "after_published",
            "score": 6.0,
            "max_score": 6.0,
            "status": "passed",
        },
    ]
    assert told["tests"][2]["status"] == "failed"
    assert told["tests"][2]["output"] == "off by 0.5\nLook at the bias."


@pytest.mark.parametrize("visibility", ["visible", "hidden", "after_due_date"])
def test_visibility_of_hidden_checks_can_be_chosen(visibility):
    (data,) = files("gradescope", [grade("a")], hidden_checks=visibility).values()
    assert [test["visibility"] for test in json.loads(data)["tests"]] == [
        "visible",
        visibility,
        "visible",
    ]


def test_overall_text_tells_only_visible_tests():
    """Gradescope hides the total as long as a test is hidden."""
    each = grade("a", 17.5, status="attention")
    assert results(each, "hidden")["output"] == (
        "Part of this could not be graded; your instructor will look at it."
    )
    assert results(each, "visible")["output"].startswith("Score 17.5 of 20.")


def test_student_is_told_why_nothing_could_be_graded():
    lost = grade("a", 10, status="ungradable", flags=["The archive is encrypted."])
    assert results(lost)["output"] == "This could not be graded.\nThe archive is encrypted."


@pytest.mark.parametrize("system", ["gradescope", "prairielearn"])
def test_results_stay_below_a_megabyte(system):
    data = report("s", 12)
    long = check("x", 0, 1, message="\U0001f600" * 2900)
    data["tasks"][1]["checks"] = [long] * 200
    (content,) = files(system, [grade_from_report(data, Owner("s"))]).values()
    assert 100_000 < len(content) <= 900_000
    told = json.loads(content)
    assert len(told["tests"]) == 202
    assert "characters left out" in told["tests"][-1]["output"]


def test_unjudged_check_has_no_points_or_status():
    test = results(with_check(judged="could not tell"))["tests"][2]
    assert not {"score", "max_score", "status"} & test.keys()


def test_follow_through_passes_although_points_are_missing():
    assert results(with_check(judged="follow-through"))["tests"][2]["status"] == "passed"


def test_what_stands_there_while_grading_runs_says_so():
    assert not_finished()["score"] == 0
    assert "did not finish" in not_finished()["output"]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_number_that_json_lacks_is_refused(bad):
    with pytest.raises(KitError, match="a number that JSON does not have"):
        to_json({"score": bad})


def test_prairielearn_gets_a_fraction_and_points():
    (data,) = files("prairielearn", [grade("ana", 17.5)]).values()
    told = json.loads(data)
    assert told["score"] == 0.875
    assert told["gradable"] is True
    assert told["message"] == "2 of 3 checks passed"
    assert all({"points", "max_points"} <= test.keys() for test in told["tests"])


def test_prairielearn_gets_no_score_that_needs_a_person():
    result = export_grades("prairielearn", request([grade("a", status="attention")]))
    assert not result.files
    assert [each.student for each in result.problems] == ["a"]


def test_prairielearn_fraction_of_nothing_is_nothing():
    data = report("s", 10, max_score=0.0)
    told = export_grades("prairielearn", request([grade_from_report(data, Owner("s"))]))
    assert json.loads(told.files["s/results.json"])["score"] == 0


def test_junit_has_suites_of_students_with_cases():
    shaky = with_check(judged="could not tell", message="sandbox failed")
    absent = with_check(judged="not reached", message="T#5 is not done yet")
    root = ET.fromstring(files("junit", [grade("ana", 20), shaky, absent])["junit.xml"])
    suites = list(root)
    assert [suite.get("name") for suite in suites] == ["ana", "s", "s"]
    assert [suite.get("tests") for suite in suites] == ["3"] * 3
    counts = [
        (suite.get("failures"), suite.get("errors"), suite.get("skipped")) for suite in suites
    ]
    assert counts == [("0", "0", "0"), ("0", "1", "0"), ("0", "0", "1")]
    assert suites[1].find(".//error").get("message") == "sandbox failed"
    assert suites[2].find(".//skipped").get("message") == "T#5 is not done yet"
    case = suites[0].find("testcase")
    assert (case.get("classname"), case.get("name")) == ("T#5", "published")
    assert case.find("properties/property").attrib == {"name": "points", "value": "4"}


def test_junit_failure_has_message_and_hint():
    root = ET.fromstring(files("junit", [grade("ana", 17.5)])["junit.xml"])
    (failure,) = root.iter("failure")
    assert failure.get("message") == "off by 0.5"
    assert failure.text == "off by 0.5\nLook at the bias."


@given(st.text())
def test_junit_of_any_text_is_xml(text):
    data = report("s", 12)
    data["tasks"][1]["checks"][0]["message"] = text
    data["student"] = text
    owner = Owner(text)
    root = ET.fromstring(files("junit", [grade_from_report(data, owner)])["junit.xml"])
    assert root[0].get("name") == legal(text)


def test_characters_that_xml_lacks_are_written_out():
    assert legal("\x1b[31m\x00 é 漢 \U0001f600 \ufffe") == "#x1B[31m#x00 é 漢 \U0001f600 #xFFFE"


def decoded(content):
    name, _, value = content.decode().partition("=")
    assert name == "result"
    return json.loads(base64.b64decode(value, validate=False))


def test_github_output_adds_up_to_the_grade():
    content = files("github", [grade("ana", 17.5)])["github-output.txt"]
    assert content.count(b"\n") == 1
    told = decoded(content)
    assert (told["version"], told["status"], told["max_score"]) == (1, "fail", 20)
    assert [(test["name"], test["status"], test["score"]) for test in told["tests"]] == [
        ("T#5 published", "pass", 4),
        ("T#5 shapes", "pass", 6),
        ("T#6 value", "fail", 7.5),
    ]


def test_github_output_never_lacks_tests():
    """A person's word, lateness or an unreadable submission: the grade is then one test."""
    nothing = report("a", 10, "ungradable") | {"score": None, "tasks": []}
    settled = scored(report("b", 12), (None, 20))
    told = files("github", [grade_from_report(nothing, Owner("a"))])
    only = {"test_code": "", "filename": "", "line_no": 0, "duration": 0}
    assert decoded(told["github-output.txt"])["tests"] == [
        {"name": "grade", "status": "error", "score": 0, **only}
    ]
    told = files("github", [grade("a"), grade_from_report(settled, Owner("b"))])
    assert told.keys() == {"a/github-output.txt", "b/github-output.txt"}
    assert decoded(told["b/github-output.txt"])["tests"] == [
        {"name": "grade", "status": "pass", "score": 20, **only}
    ]


def test_github_output_tells_an_error_from_a_failure():
    shaky = with_check(judged="could not tell")
    assert decoded(files("github", [shaky])["github-output.txt"])["status"] == "error"
    assert decoded(files("github", [grade("a", 20)])["github-output.txt"])["status"] == "pass"


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("system", ["gradescope", "prairielearn", "junit", "csv"])
def test_hostile_text_never_breaks_a_file(system, hostile):
    data = report("s", 12, message=hostile)
    each = grade_from_report(data, Owner("s", name=hostile))
    for name, content in files(system, [each]).items():
        assert b"\x1b" not in content
        assert "\u202e" not in content.decode()
        if name.endswith(".json"):
            json.loads(content)
        elif name.endswith(".xml"):
            ET.fromstring(content)
        else:
            rows = list(csv.reader(io.StringIO(content.decode())))
            assert {len(row) for row in rows} == {len(rows[0])}
            assert not rows[1][1].startswith(("=", "+", "-", "@", "\t"))


def test_csv_has_everyone_with_status_and_tasks():
    late = report("b", 12.5) | {"score": 10, "late": {"deduction": 2.5}}
    words = [(None, 11, "was ill"), ("T#5", 10, "=shown()")]
    sick = scored(report("c", 9.5), *words)
    grades = [
        grade("a", name="Ana", ids={"user_id": "007"}, status="attention"),
        grade_from_report(late, Owner("b")),
        grade_from_report(sick, Owner("c")),
    ]
    rows = list(csv.DictReader(io.StringIO(files("csv", grades)["grades.csv"].decode())))
    assert [row["status"] for row in rows] == ["attention", "graded", "graded"]
    assert [row["user_id"] for row in rows] == ["007", "", ""]
    assert [row["T#5"] for row in rows] == ["10"] * 3
    assert [row["computed_score"] for row in rows] == ["", "12.5", "9.5"]
    assert [row["late_deduction"] for row in rows] == ["", "2.5", ""]
    assert rows[2]["comment"] == "was ill; T#5: =shown()"


def test_submission_that_never_ran_has_no_score():
    tasks = [
        task | {"judged": "not reached", "score": 0, "checks": []} for task in report("z")["tasks"]
    ]
    lost = report("z", status="ungradable", tasks=tasks, flags=["lab.zip is encrypted."])
    lost = grade_from_report(lost | {"score": 0.0}, Owner("z"))
    (row,) = csv.DictReader(io.StringIO(files("csv", [lost])["grades.csv"].decode()))
    assert (row["score"], row["T#5"], row["status"]) == ("", "", "ungradable")
    (suite,) = ET.fromstring(files("junit", [lost])["junit.xml"])
    assert (suite.get("tests"), suite.get("skipped"), suite.get("failures")) == ("1", "1", "0")
    assert suite.find("properties/property[@name='score']") is None
    (case,) = suite.iter("testcase")
    assert case.find("skipped").get("message").endswith("lab.zip is encrypted.")
    assert decoded(files("github", [lost])["github-output.txt"])["status"] == "error"
    why = "lab.zip is encrypted. Accept the grade, or set its score in overrides.csv."
    for system in ("csv", "junit", "github"):
        assert export_grades(system, request([lost])).notes == (f"z: no score: {why}",)
    for system in ("gradescope", "prairielearn"):
        result = export_grades(system, request([lost], with_attention=True))
        assert (result.files, [each.text for each in result.problems]) == ({}, [why])
    settled = scored(report("z", tasks=tasks), (None, 9))
    (row,) = csv.DictReader(
        io.StringIO(files("csv", [grade_from_report(settled, Owner("z"))])["grades.csv"].decode())
    )
    assert row["score"] == "9"


def test_csv_leaves_undecided_scores_empty():
    (row,) = csv.DictReader(
        io.StringIO(files("csv", [with_check(judged="could not tell")])["grades.csv"].decode())
    )
    assert (row["T#5"], row["T#6"]) == ("10", "")


def test_feedback_says_overrides_and_lateness():
    late = report("b", 12) | {"score": 9.5, "late": {"deduction": 2.5}, "status": "attention"}
    words = [("T#6", 5, "the idea is right")]
    assert grade_from_report(scored(late, *words), Owner("b")).feedback.split("\n") == [
        "Score 12.5 of 20.",
        "The checks gave 9.5.",
        "Lateness cost 2.5 points.",
        "Part of this could not be graded; your instructor will look at it.",
        "T#5 Scores: 10/10, right",
        "T#6 Loss: 5/10, set by your instructor (the checks gave 2): the idea is right",
    ]


def test_persons_word_on_the_whole_takes_lateness_back():
    late = report("b", 12) | {"score": 9.5, "late": {"deduction": 2.5}}
    told = grade_from_report(scored(late, (None, 12, "ill")), Owner("b"))
    assert told.report.deduction == 0
    assert told.feedback.startswith("Score 12 of 20.\nThe checks gave 9.5.\nYour instructor: ill\n")


def test_lateness_takes_no_more_than_the_score():
    late = report("b", 10) | {"score": 0, "late": {"deduction": 50}}
    told = grade_from_report(late, Owner("b"))
    assert (told.score, told.computed, told.report.deduction) == (0, 10, 10)


@pytest.mark.parametrize(
    ("value", "text"),
    [(17.5, "17.5"), (20, "20"), (0, "0"), (-0.00001, "0"), (1 / 3, "0.3333"), (1e7, "10000000")],
)
def test_points_are_plain_numbers(value, text):
    assert points(value) == text
    assert points(value, mark=",") == text.replace(".", ",")


@given(st.floats(0, 1000))
def test_points_are_read_back(value):
    assert number(points(value, mark=",")) == pytest.approx(value, abs=5.1e-5)


@pytest.mark.parametrize("cell", ["", "-", "EX", "87.5%", "1,234.5", "1 000", "nan", "٣"])
def test_what_is_no_number_is_none(cell):
    assert number(cell) is None


def test_decimal_mark_is_taken_from_the_cells():
    assert decimal_mark(["", "x, y", "20"]) == "."
    assert decimal_mark(["", "17,50"]) == ","


def test_csv_has_a_row_for_each_member():
    members = [{"name": "Ana", "user_id": "48213"}, {"name": "Kai", "user_id": "48220"}]
    team, jo = grade("team", 15, members=members), grade("jo", 7, name="Jo")
    ((_, data),) = files("csv", [team, jo]).items()
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    found = [(row["student"], row["name"], row["user_id"], row["score"]) for row in rows]
    assert found == [
        ("team", "Ana", "48213", "15"),
        ("team", "Kai", "48220", "15"),
        ("jo", "Jo", "", "7"),
    ]


def test_comment_says_the_named_mistake_before_any_number():
    told = report("s", 12)
    plain = check("first", 0, 5, message="off by 0.0379")
    named = check("second", 2, 5, message="off by 2")
    named |= {"hint": "The regularization is halved twice.", "misconception": "half-reg"}
    told["tasks"][1]["checks"] = [plain, named]
    comment = grade_from_report(told, Owner("s")).feedback
    assert "The regularization is halved twice." in comment
    assert "off by" not in comment
    told["tasks"][1]["checks"] = [plain]
    assert "off by 0.0379" in grade_from_report(told, Owner("s")).feedback
