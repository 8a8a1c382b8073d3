"""Owners and grades go to an OUT folder and come back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import MaterialError
from tests.tools.course.export.samples import grade, report, write_out
from tools.course.export import left_over, load_grades, read_owners, write_owners
from tools.course.student import Owner

names = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
owners = st.builds(
    Owner,
    student=names,
    name=st.none() | names,
    system=names,
    ids=st.dictionaries(names, names, max_size=3),
    received=st.none() | names,
    late=st.none() | st.booleans(),
    original=names,
    members=st.lists(st.dictionaries(names, names, max_size=2), max_size=2).map(tuple),
)


@given(st.lists(owners, max_size=4, unique_by=lambda owner: owner.student))
def test_owners_come_back_unchanged(tmp_path_factory, found):
    out = tmp_path_factory.mktemp("out")
    write_owners(out, found)
    assert read_owners(out) == {owner.student: owner for owner in found}
    assert [path.name for path in out.iterdir()] == ["owners.json"]


def test_order_of_owners_does_not_change_the_file(tmp_path):
    both = [Owner("b"), Owner("a", ids={"sid": "007"})]
    once = write_owners(tmp_path, both).read_bytes()
    assert write_owners(tmp_path, reversed(both)).read_bytes() == once


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "owners.json: cannot be read"),
        ("[]", "schema is None, expected 1"),
        ('{"schema": 2, "owners": []}', "schema is 2, expected 1"),
        ('{"schema": 1, "owners": {}}', "owners is dict, expected a list"),
        ('{"schema": 1, "owners": [3]}', r"owners\[0\]: found int, expected an object"),
        ('{"schema": 1, "owners": [{"student": 7}]}', "student is int, expected str"),
        ('{"schema": 1, "owners": [{"student": "a"}]}', "late is missing"),
    ],
)
def test_other_owners_files_are_refused(tmp_path, text, message):
    (tmp_path / "owners.json").write_text(text)
    with pytest.raises(MaterialError, match=message):
        read_owners(tmp_path)


def test_owners_file_reports_all_mistakes_at_once(tmp_path):
    entry = json.loads(write_owners(tmp_path, [Owner("a")]).read_text())["owners"][0]
    bad = [entry, entry, entry | {"ids": {"sid": 7}}, entry | {"name": False, "members": ["x"]}]
    (tmp_path / "owners.json").write_text(json.dumps({"schema": 1, "owners": bad}))
    with pytest.raises(MaterialError) as caught:
        read_owners(tmp_path)
    told = [problem.split("owners.json: ")[1] for problem in caught.value.problems]
    assert told == [
        "owners[1]: 'a' is listed twice",
        "owners[2]: ids holds something other than texts by name",
        "owners[3]: name is bool, expected str or null",
        "owners[3]: members holds something other than texts by name",
    ]


def test_missing_owners_file_says_how_to_get_it(tmp_path):
    with pytest.raises(MaterialError, match=r"owners\.json: missing; grade again into"):
        load_grades(tmp_path)


def test_grades_come_with_owner_folder_and_report(tmp_path):
    out = write_out(tmp_path, [grade("b", 12), grade("a", 20, ids={"sid": "007"})])
    first, second = load_grades(out)
    assert (first.owner.student, first.score, first.report.max_score) == ("a", 20, 20)
    assert first.owner.ids == {"sid": "007"}
    assert first.folder == out / "students" / "a"
    assert [task.judged for task in second.report.tasks] == ["right", "partly"]
    assert second.report.tasks[0].checks[1].public is False


def test_submission_without_a_score_is_not_final(tmp_path):
    lost = report("a", 10, "ungradable") | {"score": None}
    (loaded,) = load_grades(write_out(tmp_path, [grade("a", 10)], [lost]))
    assert not loaded.final
    assert loaded.score == 0


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"schema": 9}, "schema is 9, expected 1"),
        ({"student": "b"}, "this is the report of 'b', expected 'a'"),
        ({"score": None}, "not a report of schema 1: .*graded without a score"),
        ({"tasks": [{}]}, "not a report of schema 1: KeyError"),
        ({"tasks": None}, "not a report of schema 1: TypeError"),
        ({"max_score": float("nan")}, "cannot be read: NaN is not a JSON number"),
    ],
)
def test_report_of_another_kind_is_refused(tmp_path, broken, message):
    out = write_out(tmp_path, [grade("a")], [report("a") | broken | {"student": "a"}])
    path = out / "students" / "a" / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | broken))
    with pytest.raises(MaterialError, match=message):
        load_grades(out)


def test_report_that_is_cut_off_is_refused(tmp_path):
    out = write_out(tmp_path, [grade("a")])
    (out / "students" / "a" / "report.json").write_text('{"schema": 1')
    with pytest.raises(MaterialError, match=r"a/report\.json: cannot be read"):
        load_grades(out)


def test_owner_without_report_is_told(tmp_path):
    out = write_out(tmp_path, [grade("a")])
    write_owners(out, [Owner("a"), Owner("c")])
    with pytest.raises(
        MaterialError, match=r"students/c: no report\.json, although owners\.json has"
    ):
        load_grades(out)


def test_report_of_an_earlier_run_is_left_over(tmp_path):
    out = write_out(tmp_path, [grade("a"), grade("gone")])
    write_owners(out, [Owner("a")])
    assert [each.owner.student for each in load_grades(out)] == ["a"]
    assert left_over(out) == ["gone"]


def test_folder_without_students_is_refused(tmp_path):
    write_owners(tmp_path, [])
    with pytest.raises(MaterialError, match="no student has been graded here"):
        load_grades(tmp_path)
