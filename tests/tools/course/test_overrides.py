"""overrides.csv and extensions.csv: read, and refused with every mistake."""

from __future__ import annotations

import pytest

from grader.errors import MaterialError
from tools.course.extensions import read_extensions
from tools.course.overrides import read_overrides
from tools.course.student import Student

MAX_POINTS = {"T#5": 10.0, "T#6": 10.0}
STUDENTS = (
    Student("ana", "canvas", "111", "Ana"),
    Student("kai", "canvas", "222", "Kai"),
    Student("222", "moodle", "7", "A folder that is named as an id"),
    Student("eve", "moodle", "9", "Eve"),
    Student("eve-9", "canvas", "9", "Eve"),
)


def read(text, encoding="utf-8", bonus=0.0):
    found = read_overrides(text.encode(encoding), STUDENTS, MAX_POINTS, bonus)
    return [(one.student, one.task, one.kind, one.value, one.reason) for one in found]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_file_is_read_as_any_spreadsheet_saves(encoding):
    text = "Student;Task;Points;Comment\r\nana;t#6;7,5;was ill\r\n\r\nkai;all;+2;\r\nana;;;é\r\n"
    assert read(text, encoding) == [
        ("ana", "T#6", "absolute", 7.5, "was ill"),
        ("kai", None, "change", 2.0, ""),
        ("ana", None, "comment", None, "é"),
    ]


def test_nothing_in_the_file_is_no_entry():
    assert read("") == []
    assert read("student,task,points\n") == []


def test_folder_wins_over_id():
    assert read("student,task,points\n222,,1\n111,,2\n") == [
        ("222", None, "absolute", 1.0, ""),
        ("ana", None, "absolute", 2.0, ""),
    ]


def test_mistakes_have_line_and_nearest_name():
    text = (
        "student,task,points,comment\n"
        'anna,T#6,1,"two\nlines"\n'
        "ana,T#66,1,\n"
        "ana,T#6,many,\n"
        "ana,T#6,11,\n"
        "ana,all,-21,\n"
        "kai,T#5,1,\n"
        "kai,t#5,2,\n"
        "9,,1,\n"
        ",,1,\n"
    )
    with pytest.raises(MaterialError) as caught:
        read(text)
    assert caught.value.problems == (
        "overrides.csv:2: no student 'anna'; did you mean 'ana'?",
        "overrides.csv:4: no task 'T#66'; did you mean 'T#6'?; expected T#5, T#6, "
        "or all for the whole submission",
        "overrides.csv:5: points are 'many', expected a number such as 7.5, +2 or -1.5",
        "overrides.csv:6: points are 11, expected 0 to 10, the points of T#6",
        "overrides.csv:7: points are -21, expected a change of at most 20",
        "overrides.csv:9: repeats line 8; keep one of them",
        "overrides.csv:10: student '9' is ambiguous: eve, eve-9",
        "overrides.csv:11: there is no student",
    )


def test_total_above_the_maximum_needs_a_bonus():
    with pytest.raises(MaterialError, match="expected 0 to 20"):
        read("student,task,points\nana,,21\n")
    assert read("student,task,points\nana,,21\n", bonus=2.0)[0][3] == 21.0


def test_wrong_headers_are_told_all_at_once():
    with pytest.raises(MaterialError) as caught:
        read("studnet,task,task,comment\nana,,1,\n")
    assert caught.value.problems == (
        "overrides.csv:1: column 'student' is missing; did you mean 'studnet'?; "
        "expected student, task, points, comment",
        "overrides.csv:1: column 'points' is missing; expected student, task, points, comment",
        "overrides.csv:1: there are two columns 'task'",
    )


def test_extensions_are_due_dates_days_or_times():
    text = (
        "student,due,days,received,reason\n"
        "ana,2026-03-09T23:59:00+07:00,,,ill\n"
        "kai,,2.5,,\n"
        "eve,,,2026-03-01T10:00:00+00:00,by mail\n"
    )
    found = read_extensions(text.encode(), STUDENTS)
    assert [(one.student, one.due, one.days, one.received, one.reason) for one in found] == [
        ("ana", "2026-03-09T23:59:00+07:00", None, None, "ill"),
        ("kai", None, 2.5, None, ""),
        ("eve", None, None, "2026-03-01T10:00:00+00:00", "by mail"),
    ]


def test_mistakes_in_extensions_are_told_with_their_lines():
    text = "student,due,days\nana,tomorrow,\nkai,2026-03-09,\neve,,-1\n222,,\n"
    text += "ana,2026-03-09T00:00Z,3\n"
    with pytest.raises(MaterialError) as caught:
        read_extensions(text.encode(), STUDENTS)
    expected = "is not a time with offset, expected one such as 2026-03-03T23:59:00+07:00"
    assert caught.value.problems == (
        f"extensions.csv:2: 'tomorrow' {expected}",
        f"extensions.csv:3: '2026-03-09' {expected}",
        "extensions.csv:4: days are '-1', expected a number from 0 to 366",
        "extensions.csv:5: there is no due, days or received",
        "extensions.csv:6: both due and days; keep one of them",
    )
