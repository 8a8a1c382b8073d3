"""The effective score: the latest absolute entry or the computed score, plus later changes."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.course.export.samples import report, scored
from tools.course.entries import apply_entries, settled_tasks
from tools.course.gradebook.ledger import Kind, Scope, ScoreEntry

MAX_POINTS = {"T#5": 10.0, "T#6": 10.0}

entry = st.builds(
    ScoreEntry,
    student=st.sampled_from(["ana", "kai"]),
    scope=st.just(Scope.TASK),
    task=st.sampled_from(["T#5", "T#6"]),
    kind=st.sampled_from(list(Kind)),
    value=st.integers(0, 40).map(lambda quarter: quarter / 4),
)


def change(value, at=9, task=None, **more):
    scope = Scope.TASK if task else Scope.STUDENT
    return ScoreEntry(
        id=at, student="ana", scope=scope, kind=Kind.CHANGE, task=task, value=value, **more
    )


def absolute(value, at=5, task=None):
    scope = Scope.TASK if task else Scope.STUDENT
    return ScoreEntry(id=at, student="ana", scope=scope, kind=Kind.ABSOLUTE, task=task, value=value)


def total(*entries, score=12, bonus=0.0, **more):
    return apply_entries(report("ana", score, **more), entries, MAX_POINTS, bonus)["score"]


def test_points_for_a_task_change_the_sum():
    told = scored(report("ana", 12), ("T#6", 9, "idea is right"))
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


def test_points_for_the_whole_settle_attention():
    told = scored(report("ana", 12, "attention"), ("T#6", 9), (None, 5.5, "was ill"))
    assert (told["score"], told["status"]) == (5.5, "graded")
    assert told["override"] == {
        "points": 5.5,
        "computed_score": 12,
        "computed_status": "attention",
        "comment": "was ill",
    }


def test_change_stays_on_top_of_another_computed_score():
    assert total(change(-2.0, task="T#6")) == 10
    assert total(change(-2.0, task="T#6"), score=17) == 15


def test_only_changes_made_after_an_absolute_entry_count():
    assert total(change(1.0, at=4), absolute(8.0), change(2.0, at=6)) == 10
    assert total(change(1.0, at=4, task="T#6"), absolute(8.0)) == 8
    assert total(absolute(8.0), change(-2.0, at=6, task="T#6")) == 6
    assert total(absolute(9.0, task="T#6"), change(0.5, at=6, task="T#6")) == 19.5


def test_newest_absolute_entry_wins():
    assert total(absolute(8.0, at=1), absolute(9.0, at=2)) == 9


def test_total_stays_between_zero_and_the_maximum():
    assert total(change(-20.0)) == 0
    assert total(change(15.0)) == 20
    assert total(change(15.0), bonus=3.0) == 23


def test_lateness_spares_a_score_for_the_whole():
    late = {"deduction": 2}
    assert total(absolute(9.0, task="T#6"), score=10, late=late) == 17
    assert total(absolute(9.0), score=10, late=late) == 9
    assert total(absolute(9.0, task="T#5"), score=0, late={"deduction": 50}) == 0


def test_entry_on_a_mistake_reaches_everybody():
    slip = ScoreEntry(
        id=1, scope=Scope.MISTAKE, kind=Kind.CHANGE, mistake="half-reg", value=1.0, reason="shown"
    )
    data = report("ana", 12)
    assert apply_entries(data, [slip], MAX_POINTS)["override"] is None
    data["tasks"][1]["checks"][0]["misconception"] = "half-reg"
    told = apply_entries(data, [slip], MAX_POINTS)
    assert told["score"] == 13
    assert told["tasks"][1]["override"]["comment"] == "shown"


def test_comment_on_a_line_changes_no_score():
    line = ScoreEntry(
        id=1, student="ana", scope=Scope.LINE, task="T#6", line=12, reason="nice", value=None
    )
    told = apply_entries(report("ana", 12), [line], MAX_POINTS)
    assert told["score"] == 12
    assert told["tasks"][1]["override"]["comment"] == "line 12: nice"


def test_scored_unasked_task_is_worth_its_points():
    data = report("ana", 10)
    data["tasks"][1] |= {"score": 0.0, "max_score": 0.0, "judged": "not asked"}
    told = apply_entries(data, [absolute(7.0, task="T#6")], MAX_POINTS)
    assert (told["score"], told["max_score"]) == (17, 20)
    assert settled_tasks([absolute(7.0, task="T#6")], data["tasks"]) == {"T#6"}
    assert settled_tasks([change(7.0, task="T#6")], data["tasks"]) == frozenset()


@given(st.lists(entry, max_size=6))
def test_other_students_keep_their_report(entries):
    plain = report("zoe", 12.5)
    before = copy.deepcopy(plain)
    told = apply_entries(plain, entries, MAX_POINTS)
    assert plain == before
    assert (told["score"], told["override"]) == (12.5, None)
