from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.errors import MaterialError
from grader.lab.tasks import TASKS
from tests.tools.course.gradebook.samples import RUN, graded
from tools.course.gradebook.ledger import Extension
from tools.course.late import LatePolicy, Punctuality, after_deduction, late_policy
from tools.course.report.build import Decided, Rules, report_of
from tools.course.student import student_of

DEADLINE = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
POLICY = LatePolicy(DEADLINE, grace_minutes=15, percent_per_day=10, cap_percent=25)


@pytest.mark.parametrize(
    ("received", "deduction", "message"),
    [
        ("2026-03-03T12:00:00+00:00", 0, "Handed in on time."),
        ("2026-03-01T00:00:00+00:00", 0, "Handed in on time."),
        ("2026-03-03T18:59:59+07:00", 0, "Handed in on time."),
        ("2026-03-03T12:15:00+00:00", 0, "Handed in 15 min late, within the grace period."),
        (
            "2026-03-03T12:16:00+00:00",
            10,
            "Handed in 16 min late: counts as 1 day, 10% = 10 points.",
        ),
        ("2026-03-04T12:00:00+00:00", 10, "Handed in 1 d late: counts as 1 day, 10% = 10 points."),
        ("2026-03-04T14:30:00", 20, "Handed in 1 d 2 h late: counts as 2 days, 20% = 20 points."),
        (
            "2026-03-30T12:00:00+00:00",
            25,
            "Handed in 27 d late: counts as 27 days, 25% = 25 points.",
        ),
    ],
)
def test_each_day_begun_costs_up_to_the_cap(received, deduction, message):
    lateness = POLICY.lateness(received, 100)
    assert (lateness.deduction, lateness.message) == (deduction, message)
    late = Punctuality.LATE if deduction else Punctuality.ON_TIME
    assert lateness.punctuality is late


def test_grace_days_cost_nothing_and_later_days_do():
    policy = replace(POLICY, cap_percent=100, grace_days=2)
    late = [policy.lateness(f"2026-03-0{day}T11:00:00+00:00", 100) for day in (4, 5, 6, 7)]
    assert [one.deduction for one in late] == [0, 0, 10, 20]
    assert {one.punctuality for one in late} == {Punctuality.LATE}


def test_section_has_its_own_deadline():
    policy = replace(POLICY, sections={"B": DEADLINE + timedelta(days=1)})
    at = (DEADLINE + timedelta(hours=20)).isoformat()
    assert policy.for_student("B", None).lateness(at, 100).deduction == 0
    assert policy.for_student("A", None).lateness(at, 100).deduction == 10


def test_due_and_days_move_one_deadline():
    at = (DEADLINE + timedelta(days=3)).isoformat()
    due = Extension(student="ana", due=(DEADLINE + timedelta(days=2)).isoformat())
    days = Extension(student="ana", days=3)
    own_section = replace(POLICY, sections={"B": DEADLINE - timedelta(days=1)})
    assert POLICY.lateness(at, 100).deduction == 25
    assert POLICY.for_student("", due).lateness(at, 100).deduction == 10
    assert POLICY.for_student("", days).lateness(at, 100).deduction == 0
    assert own_section.for_student("B", days).lateness(at, 100).deduction == 10


def scored(extension=None, received="2026-03-05T12:00:00+00:00", late=None):
    """The report of 2 points of T#5, after an extension and the learning system's own mark."""
    rows = graded()
    owner = replace(rows.submission.owner, late=late, received=received)
    stored = replace(rows.submission, owner=owner, received=received)
    rules = Rules({task.name: 2.0 for task in TASKS}, replace(POLICY, cap_percent=100))
    decided = Decided(extension=extension)
    return report_of(student_of(owner), stored, rows.verdicts, RUN, rules, decided)


def test_extension_changes_the_score():
    """Two days late costs 20 % of the 16 points that the lab is worth here."""
    assert scored()[0]["late"]["deduction"] == 3.2
    given = Extension(student="ada", days=1)
    assert scored(given)[0]["late"]["deduction"] == 1.6
    assert scored(given)[0]["score"] == 0.4
    given = Extension(student="ada", due="2026-03-05T12:00:00+00:00")
    assert scored(given)[0]["score"] == 2


def test_late_mark_without_time_waits():
    """As Canvas marks it; a received time in extensions.csv decides."""
    told, doubts = scored(received=None, late=True)
    assert (told["score"], told["status"]) == (2, "attention")
    assert [doubt.slug for doubt in doubts] == ["lateness"]
    when = Extension(student="ada", received="2026-03-04T12:00:00+00:00")
    told, doubts = scored(when, received=None, late=True)
    assert (told["score"], told["status"], doubts) == (0.4, "graded", ())
    assert scored(received=None, late=False)[0]["status"] == "graded"


def test_no_time_is_unknown_and_costs_nothing():
    unknown = POLICY.lateness(None, 100)
    marked = POLICY.lateness(None, 100, marked_late=True)
    assert unknown.punctuality is marked.punctuality is Punctuality.UNKNOWN
    assert unknown.deduction == marked.deduction == 0
    assert unknown.message == "The submission time is unknown, so nothing was subtracted."
    assert marked.message == "The learning system marks this as late and gives no time."


def test_the_score_after_deduction_is_never_negative():
    late = POLICY.lateness("2026-03-30T12:00:00+00:00", 100)
    assert after_deduction(80.5, late) == 55.5
    assert after_deduction(10, late) == 0


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.floats(0, 100), st.floats(0, 100))
def test_later_costs_more_up_to_the_cap(one, other, per_day, cap):
    policy = LatePolicy(DEADLINE, 10, per_day, cap)
    times = [
        datetime.fromtimestamp(DEADLINE.timestamp() + late, UTC).isoformat()
        for late in sorted((one, other))
    ]
    sooner, later = (policy.lateness(time, 50).deduction for time in times)
    assert 0 <= sooner <= later <= 50 * cap / 100 + 1e-4


def test_the_table_of_the_rubric_becomes_a_policy():
    table = {"deadline": "2026-03-03T19:00:00+07:00", "grace_minutes": 15, "cap_percent": 25}
    assert late_policy(table) == POLICY
    assert late_policy({**table, "deadline": DEADLINE}) == POLICY
    assert late_policy({}) is None


def test_late_table_reports_all_mistakes_at_once():
    table = {
        "deadline": "2026-03-03T12:00:00",
        "percent_per_day": 120,
        "cap_percent": True,
        "per_day": 3,
    }
    with pytest.raises(MaterialError) as caught:
        late_policy(table)
    problems = caught.value.problems
    assert len(problems) == 4
    assert problems[0].startswith("rubric.toml [late]: per_day is unknown; expected deadline,")
    assert "expected a time with offset such as" in problems[1]
    assert re.search(r"percent_per_day is 120, expected a number from 0 to 100", problems[2])
    assert "cap_percent is True" in problems[3]


@pytest.mark.parametrize("deadline", [None, "tomorrow", 3, datetime(2026, 3, 3)])
def test_deadline_without_offset_is_refused(deadline):
    with pytest.raises(MaterialError, match="deadline is"):
        late_policy({"deadline": deadline})


WORDS = ["deadline", "grace_minutes", "percent_per_day", "cap_percent"]
WORDS += ["grace_days", "sections", "x"]
SECTIONS = [{}, {"b": "2026-03-03T12:00:00+07:00"}, {"b": 3}]
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.datetimes(timezones=st.none() | ZONES)
    | st.sampled_from(["2026-03-03T12:00:00+07:00", "2026-03-03", [], *SECTIONS, 10**400])
)
MOMENTS = st.datetimes(timezones=st.none() | st.just(UTC)).map(datetime.isoformat)


@given(st.dictionaries(st.sampled_from(WORDS), VALUES), MOMENTS)
@example({"deadline": "0001-01-01T00:00:00+12:00"}, "9999-12-31T23:59:59")
@example({"deadline": "9999-12-31T00:00:00-12:00"}, "0001-01-01T00:00:00")
def test_any_table_is_a_policy_or_refused(table, received):
    try:
        policy = late_policy(table)
    except MaterialError:
        return
    if policy is not None:
        assert 0 <= policy.lateness(received, 100).deduction <= 100
