from __future__ import annotations

import pytest

from grader.engine.verdict import Judged
from tests.tools.course.report.pages import samples
from tools.course.report.pages.model import Report, judged_of, number, off_by, shown_name


def test_a_report_reads_the_same_after_a_way_through_its_file():
    data = samples.report("Ada", "loss-sum-not-mean")
    assert Report.from_dict(samples.as_json(data)) == Report.from_dict(data)


def test_an_unknown_schema_is_refused():
    with pytest.raises(ValueError, match="report has schema 2, expected 1"):
        Report.from_dict(samples.report("Ada", schema=2))


def test_a_word_that_no_judge_says_counts_as_could_not_tell():
    assert judged_of("right") is Judged.RIGHT
    assert judged_of("splendid") is Judged.COULD_NOT_TELL


@pytest.mark.parametrize("value", [None, "3", True, float("nan"), float("inf"), [1]])
def test_what_is_no_finite_number_is_none(value):
    assert number(value) is None


@pytest.mark.parametrize(
    ("got", "expected", "answer"),
    [
        (1.5, 1.0, "0.5"),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5.25]], "1.25"),
        ([1, 2], [1, 2, 3], None),
        ([[1], [2, 3]], [[1], [2, 3]], None),
        ("1", "2", None),
        (None, 1.0, None),
        (float("nan"), 1.0, None),
        ({"a": 1}, {"a": 2}, None),
    ],
)
def test_how_far_off_is_told_where_both_are_numbers_of_one_shape(got, expected, answer):
    assert off_by(got, expected) == answer


def test_a_score_is_final_only_if_every_check_could_be_told():
    assert Report.from_dict(samples.report("Ada")).final
    assert not Report.from_dict(samples.attention("Ada")).final


def test_follow_through_names_the_tasks_before_it_that_are_not_right():
    report = Report.from_dict(samples.report("Ada", "loss-sum-not-mean", "step-uphill"))
    grads = next(task for task in report.tasks if task.name == "T#7")
    assert [task.name for task in report.earlier_trouble(grads)] == ["T#6"]


def test_student_is_shown_by_name_with_the_key_where_it_is_another_word():
    assert shown_name({"student": "ana-doe", "name": "Ana Doe"}) == "Ana Doe"
    assert shown_name({"student": "ana-doe-301", "name": "Ana Doe"}) == "Ana Doe (ana-doe-301)"
    assert shown_name({"student": "p17", "name": None}) == "p17"
    assert shown_name({"student": "p17", "name": "\x1b[31m‮red"}) == "red (p17)"
