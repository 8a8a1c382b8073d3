"""A person's word: read, validated, laid over a report, taken back."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import MaterialError
from tests.tools.course.export.samples import report
from tools.course.overrides import Override, apply_overrides, read_overrides, without_overrides

MAX_POINTS = {"T#5": 10.0, "T#6": 10.0}
STUDENTS = ("ana", "kai")

word = st.builds(
    Override,
    student=st.sampled_from(STUDENTS),
    task=st.sampled_from([None, "T#5", "T#6"]),
    points=st.integers(0, 40).map(lambda quarter: quarter / 4),
    comment=st.none() | st.just("was ill"),
)


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "overrides.csv"
    path.write_bytes(text.encode(encoding))
    return read_overrides(path, STUDENTS, MAX_POINTS)


def test_no_file_is_no_overrides(tmp_path):
    assert read_overrides(tmp_path / "overrides.csv", STUDENTS, MAX_POINTS) == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_file_is_read_in_any_form_a_spreadsheet_saves(tmp_path, encoding):
    text = "Student;Task;Points;Comment\r\nana;T#6;7,5;was ill\r\n\r\nkai;all;12;\r\nana;;15;é\r\n"
    assert read(tmp_path, text, encoding) == (
        Override("ana", "T#6", 7.5, "was ill"),
        Override("kai", None, 12.0, None),
        Override("ana", None, 15.0, "é"),
    )


def test_comment_column_may_be_left_out_and_task_written_small(tmp_path):
    assert read(tmp_path, "student,task,points\nana,t#5,3\n") == (Override("ana", "T#5", 3.0),)


def test_every_mistake_is_told_with_line_and_nearest_name(tmp_path):
    text = (
        "student,task,points,comment\n"
        'anna,T#6,1,"two\nlines"\n'
        "ana,T#66,1,\n"
        "ana,T#6,many,\n"
        "ana,T#6,11,\n"
        "ana,all,-1,\n"
        "kai,T#5,1,\n"
        "kai,t#5,2,\n"
    )
    with pytest.raises(MaterialError) as caught:
        read(tmp_path, text)
    assert caught.value.problems == (
        "overrides.csv:2: no student 'anna'; did you mean 'ana'?",
        "overrides.csv:4: no task 'T#66'; did you mean 'T#6'?; expected T#5, T#6, "
        "or all for the whole",
        "overrides.csv:5: points are 'many', expected a number such as 7.5",
        "overrides.csv:6: points are 11, expected 0 to 10, the points of T#6",
        "overrides.csv:7: points are -1, expected 0 to 20, the points of the whole",
        "overrides.csv:9: says again what line 8 says; keep one of them",
    )


def test_wrong_headers_are_told_all_at_once(tmp_path):
    with pytest.raises(MaterialError) as caught:
        read(tmp_path, "studnet,task,task,comment\nana,,1,\n")
    assert caught.value.problems == (
        "overrides.csv:1: column 'student' is missing; did you mean 'studnet'?; "
        "expected student, task, points, comment",
        "overrides.csv:1: column 'points' is missing; expected student, task, points, comment",
        "overrides.csv:1: column 'task' stands there twice",
    )


def test_points_for_a_task_change_its_score_and_the_sum():
    told = apply_overrides(report("ana", 12), [Override("ana", "T#6", 9, "idea is right")])
    assert told["score"] == 19
    assert told["override"] == {
        "points": None,
        "computed_score": 12,
        "computed_status": "graded",
        "comment": None,
    }
    assert told["tasks"][1]["score"] == 9
    assert told["tasks"][1]["override"] == {"computed_score": 2, "comment": "idea is right"}
    assert told["tasks"][0]["override"] is None


def test_points_for_the_whole_are_the_score_and_settle_attention():
    shaky = report("ana", 12, "attention")
    words = [Override("ana", None, 5.5, "was ill"), Override("ana", "T#6", 9)]
    told = apply_overrides(shaky, words)
    assert (told["score"], told["status"]) == (5.5, "graded")
    assert told["override"] == {
        "points": 5.5,
        "computed_score": 12,
        "computed_status": "attention",
        "comment": "was ill",
    }
    assert told["tasks"][1]["score"] == 9


def test_lateness_is_taken_from_overridden_tasks_but_not_from_the_whole():
    late = report("ana", 10, late={"deduction": 2})
    assert apply_overrides(late, [Override("ana", "T#6", 9)])["score"] == 17
    assert apply_overrides(late, [Override("ana", None, 9)])["score"] == 9
    heavy = report("ana", 0, late={"deduction": 50})
    assert apply_overrides(heavy, [Override("ana", "T#5", 9)])["score"] == 0


def test_other_students_keep_their_report():
    theirs = apply_overrides(report("kai", 12), [Override("ana", None, 1)])
    assert theirs == without_overrides(report("kai", 12))
    assert theirs["score"] == 12
    assert theirs["override"] is None


@given(st.lists(word, max_size=6), st.lists(word, max_size=6))
def test_overrides_are_laid_over_anew_and_can_be_taken_back(first, second):
    """Judging again with another file gives what the other file alone would have given."""
    plain = report("ana", 12.5)
    before = copy.deepcopy(plain)
    once = apply_overrides(plain, first)
    assert plain == before
    assert apply_overrides(once, first) == once
    assert apply_overrides(once, second) == apply_overrides(plain, second)
    assert without_overrides(once) == without_overrides(plain)
