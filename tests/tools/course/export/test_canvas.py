"""Canvas's gradebook comes back with one column changed."""

from __future__ import annotations

import codecs
import csv
import io

import pytest

from grader.errors import MaterialError
from tests.tools.course.export.samples import changed_lines, grade, request
from tools.course.export import Obstacle, export_grades

GRADEBOOK = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1: MLP (55120),Lab 2 (55121),Current Score,\
Unposted Current Score,Final Score (2026)
,,,,,Manual Posting,,,,
    Points Possible,,,,,20.00,10.00,(read only),(read only),(read only)
"Doe, Ana",48213,0070012,ad123,Sec 1,,9.00,90.00,90.00,90.00
"O'Brien, Kai",48220,0070013,kob7,Sec 1 and Sec 2,12.00,,,,
"=""=cmd()""",48221,0070014,evil,Sec 1,,,,,
"Roe, Eve",48222,0070015,er1,Sec 1,EX,,,,
"Student, Test",48999,,,Sec 1,,,,,
'''
LAB = {"column": "Lab 1: MLP (55120)"}


def export(grades, source=GRADEBOOK, **more):
    result = export_grades("canvas", request(grades, source, **(LAB | more)))
    return result, result.files["canvas.csv"]


def test_only_the_grade_cells_of_graded_students_change():
    ana = grade("doeana", 17.5, ids={"user_id": "48213"})
    evil = grade("evil", 20, ids={"login": "EVIL"})
    result, data = export([ana, evil])
    assert changed_lines(GRADEBOOK.encode(), data) == [
        (
            b'"Doe, Ana",48213,0070012,ad123,Sec 1,,9.00,90.00,90.00,90.00\n',
            b'"Doe, Ana",48213,0070012,ad123,Sec 1,17.5,9.00,90.00,90.00,90.00\n',
        ),
        (
            b'"=""=cmd()""",48221,0070014,evil,Sec 1,,,,,\n',
            b'"=""=cmd()""",48221,0070014,evil,Sec 1,20,,,,\n',
        ),
    ]
    assert result.written == ("doeana", "evil")
    assert not result.problems


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
def test_users_options_of_canvas_survive(end, bom):
    """Semicolons, decimal commas and a byte order mark are options of its export."""
    rows = list(csv.reader(io.StringIO(GRADEBOOK)))
    rows = [[cell.replace(".00", ",00") for cell in row] for row in rows]
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator=end).writerows(rows)
    source = bom + text.getvalue().encode()
    _, data = export([grade("a", 17.5, ids={"user_id": "48213"})], source)
    old, new = b";ad123;Sec 1;;9,00;", b";ad123;Sec 1;17,5;9,00;"
    assert data == source.replace(old, new) != source


def test_present_grade_is_not_written_anew():
    _, data = export([grade("k", 12, ids={"sid": "0070013"})])
    assert data == GRADEBOOK.encode()


def test_first_and_last_name_may_be_two_columns():
    source = GRADEBOOK.replace("Student,ID", "LastName,FirstName,ID")
    source = source.replace(",,,,,Manual", ",,,,,,Manual").replace("Possible,", "Possible,,")
    source = source.replace('"Doe, Ana"', "Doe,Ana").replace('"Student, Test"', "Student,Test")
    ana = grade("a", 17.5, name="Ana Doe")
    test = grade("t", 1, name="Test Student")
    result, data = export([ana, test], source, by_name=True)
    assert b"Doe,Ana,48213,0070012,ad123,Sec 1,17.5,9.00" in data
    assert [(each.student, each.kind) for each in result.problems] == [("t", Obstacle.NOT_IN_FILE)]


def test_excused_student_stays_excused():
    result, data = export([grade("e", 5, ids={"user_id": "48222"})])
    assert data == GRADEBOOK.encode()
    assert [(each.kind, each.text) for each in result.problems] == [
        (Obstacle.LEFT, "excused in Canvas")
    ]


def test_students_without_a_match_are_listed():
    result, data = export([grade("ghost", 5, ids={"user_id": "1"}, name="Ana Doe")])
    assert data == GRADEBOOK.encode()
    (problem,) = result.problems
    assert (problem.student, problem.kind) == ("ghost", Obstacle.NOT_IN_FILE)
    assert "no id in common" in problem.text
    assert "--by-name" in problem.text


def test_unique_name_decides_only_if_asked():
    ana = grade("x", 17.5, name="ana  doe")
    result, data = export([ana], by_name=True)
    assert b",ad123,Sec 1,17.5," in data
    twin = grade("y", 3, name="Ana Doe")
    result, data = export([ana, twin], by_name=True)
    assert data == GRADEBOOK.encode()
    assert {each.student for each in result.problems} == {"x", "y"}


def test_two_rows_of_one_name_are_never_guessed():
    source = GRADEBOOK.replace("O'Brien, Kai", "Doe, Ana")
    result, data = export([grade("x", 1, name="Ana Doe")], source, by_name=True)
    assert data == source.encode()
    assert "more than one has the name" in result.problems[0].text


def test_ids_that_name_two_rows_are_ambiguous():
    mixed = grade("m", 1, ids={"user_id": "48213", "login": "kob7"})
    result, data = export([mixed])
    assert data == GRADEBOOK.encode()
    assert [(each.kind, each.text) for each in result.problems] == [
        (Obstacle.AMBIGUOUS, "its ids match rows 4, 5")
    ]


def test_submissions_on_one_row_are_left_out():
    twice = [grade("a", 1, ids={"user_id": "48213"}), grade("b", 2, ids={"login": "ad123"})]
    result, data = export(twice)
    assert data == GRADEBOOK.encode()
    assert [each.kind for each in result.problems] == [Obstacle.AMBIGUOUS] * 2


def test_every_member_of_a_group_gets_the_grade():
    members = [{"name": "Ana Doe", "user_id": "48213"}, {"name": "Kai", "user_id": "48220"}]
    result, data = export([grade("team", 15, members=members)])
    assert b",ad123,Sec 1,15," in data
    assert b",kob7,Sec 1 and Sec 2,15," in data
    assert result.written == ("team: Ana Doe", "team: Kai")


def test_doubtful_score_is_held_back_unless_asked_for():
    shaky = grade("a", 5, ids={"user_id": "48213"}, status="attention")
    result, data = export([shaky])
    assert data == GRADEBOOK.encode()
    assert [each.kind for each in result.problems] == [Obstacle.HELD_BACK]
    result, data = export([shaky], with_attention=True)
    assert b",ad123,Sec 1,5," in data


def test_folder_name_counts_where_it_is_a_login():
    _, data = export([grade("ad123", 17.5)])
    assert b",ad123,Sec 1,17.5," in data


def test_column_with_another_maximum_needs_scale():
    source = GRADEBOOK.replace("20.00", "50.00")
    ana = [grade("a", 17.5, ids={"user_id": "48213"})]
    with pytest.raises(MaterialError, match="out of 50 points, the grades are out of 20; --scale"):
        export(ana, source)
    _, data = export(ana, source, scale=True)
    assert b",ad123,Sec 1,43.75," in data


@pytest.mark.parametrize(
    ("source", "more", "message"),
    [
        (GRADEBOOK, {"column": None}, "several grade columns; choose with --column out of 'Lab 1"),
        (GRADEBOOK, {"column": "Lap 2 (55121)"}, r"did you mean 'Lab 2 \(55121\)'"),
        (GRADEBOOK, {"column": "Lab"}, "column 'Lab' is there more than once"),
        ("Name,Grade\nAna,1\n", {}, "this is not a Canvas gradebook: no ID and Section"),
        ("Student,ID,Section,Notes\na,1,s,\n", {"column": None}, "no grade column of Canvas"),
        (GRADEBOOK.replace("0070012", "7.0012E+04"), {}, r"row 4: sid '7.0012E\+04' was an id"),
        (
            None,
            {"column": None},
            "Canvas needs the gradebook that you downloaded from it, or --column",
        ),
    ],
)
def test_what_cannot_be_filled_in_is_said(source, more, message):
    with pytest.raises(MaterialError, match=message):
        export([grade("a", 1, ids={"user_id": "48213"})], source, **more)


def test_totals_of_a_grading_period_are_no_assignments():
    source = GRADEBOOK.replace(",Lab 2 (55121)", ",Notes")
    _, data = export([grade("a", 17.5, ids={"user_id": "48213"})], source, column=None)
    assert b",ad123,Sec 1,17.5," in data


def test_beginning_of_a_title_names_its_column():
    _, data = export([grade("a", 17.5, ids={"user_id": "48213"})], column="Lab 1")
    assert b",ad123,Sec 1,17.5," in data


def test_without_a_gradebook_the_least_one_is_made():
    ana = grade("a", 17.5, name="=Ana", ids={"user_id": "48213", "login": "ad123"})
    nobody = grade("b", 3)
    result, data = export([ana, nobody], None)
    assert data.decode() == (
        "Student,ID,SIS Login ID,Section,Lab 1: MLP (55120)\n'=Ana,48213,ad123,,17.5\n"
    )
    assert [(each.student, each.text) for each in result.problems] == [
        ("b", "no Canvas id and no login")
    ]
